/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests of Crossplane: any map gets a response, the same each time, which is valid JSON; what is
 * fed back as desired changes nothing.  The text is a request, or a map with one under "request" as
 * in tests/data/function.
 */
#include <modelplane/function.h>
#include <stdlib.h>
#include <string.h>

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const mp_object *get(const mp_object *map, const char *key)
{
    return mp_object_get(map, key, MP_NTS);
}

static mp_doc *answer(const mp_object *request, const mp_reconcile_opts *opts)
{
    mp_doc *response;
    mp_error err;

    REQUIRE(mp_function_run(NULL, request, opts, &response, &err) == MP_OK);
    return response;
}

/* What is written reads back as the same tree. */
static void check_text(const mp_object *response)
{
    mp_text text;
    mp_doc *again;

    REQUIRE(mp_json_text(NULL, response, 0, &text, NULL) == MP_OK);
    REQUIRE(mp_json_read(NULL, text.data, text.size, NULL, &again, NULL) == MP_OK);
    REQUIRE(mp_object_identical(response, mp_doc_root(again)));
    mp_doc_free(again);
    mp_text_fini(&text);
}

static void check_parts(const mp_object *response)
{
    const mp_object *item = mp_object_first(get(get(response, "requirements"), "resources"));

    for (; item; item = mp_object_next(item)) {
        REQUIRE(mp_object_is_string(get(item, "apiVersion")));
        REQUIRE(mp_object_is_string(get(item, "kind")));
        REQUIRE(!get(item, "matchName") != !get(item, "matchLabels"));
    }
    for (item = mp_object_first(get(response, "results")); item; item = mp_object_next(item))
        REQUIRE(mp_object_is_string(get(item, "severity")) &&
                mp_object_is_string(get(item, "message")));
    for (item = mp_object_first(get(response, "conditions")); item; item = mp_object_next(item))
        REQUIRE(mp_object_is_string(get(item, "type")) && mp_object_is_string(get(item, "reason")));
}

static void check_desired(const mp_object *request, const mp_object *response,
                          const mp_reconcile_opts *opts)
{
    mp_doc *next, *second;
    mp_object *root;

    REQUIRE(mp_doc_new(NULL, &next, NULL) == MP_OK);
    root = mp_object_copy(next, request);
    (void)mp_object_set_copy(root, "desired", MP_NTS, get(response, "desired"));
    second = answer(root, opts);
    REQUIRE(mp_object_equal(get(response, "desired"), get(mp_doc_root(second), "desired")));
    mp_doc_free(second);
    mp_doc_free(next);
}

static void run(const mp_object *request, mp_shape shape, mp_routing routing)
{
    mp_reconcile_opts opts = MP_RECONCILE_OPTS_INIT;
    mp_doc *first, *second;

    opts.budget = 1000;
    opts.shape = shape;
    opts.routing = routing;
    first = answer(request, &opts);
    second = answer(request, &opts);
    REQUIRE(mp_object_identical(mp_doc_root(first), mp_doc_root(second)));
    check_text(mp_doc_root(first));
    check_parts(mp_doc_root(first));
    check_desired(request, mp_doc_root(first), &opts);
    mp_doc_free(second);
    mp_doc_free(first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const mp_object *request;
    mp_doc *doc;

    if (mp_json_read(NULL, (const char *)data, size, NULL, &doc, NULL) != MP_OK)
        return 0;
    request = mp_doc_root(doc);
    if (mp_object_is_map(get(request, "request")))
        request = get(request, "request");
    if (mp_object_is_map(request)) {
        run(request, MP_SHAPE_AUTO, MP_ROUTING_AUTO);
        run(request, MP_SHAPE_V1, MP_ROUTING_POOL);
    }
    mp_doc_free(doc);
    return 0;
}

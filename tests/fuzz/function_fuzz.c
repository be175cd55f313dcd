/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests of Crossplane: any map gets a response, the same each time, which is valid JSON; what is
 * fed back as desired changes nothing.  The text is a request, or a map with one under "request" as
 * in tests/data/function.
 *
 * Half of the mutations are of the tree: a node is lost, or replaced by a copy of another or by a
 * value of another type.
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
#ifdef MP_FUZZING
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
#endif

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

/* ---- mutations ---- */

#ifdef MP_FUZZING
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

static unsigned next_random(unsigned *state)
{
    *state = *state * 1103515245u + 12345u;
    return *state >> 8;
}

typedef struct pick {
    size_t position; /* how many nodes to pass by */
    const mp_object *node;
} pick;

static mp_walk_step take_node(const mp_object *node, mp_walk_event event, void *user)
{
    pick *p = user;

    if (event == MP_WALK_LEAVE)
        return MP_WALK_NEXT;
    p->node = node;
    return p->position-- == 0 ? MP_WALK_STOP : MP_WALK_NEXT;
}

static const mp_object *random_node(const mp_object *root, unsigned *state)
{
    pick p = { next_random(state) % 400, NULL };

    (void)mp_object_visit(root, take_node, &p);
    return p.node;
}

static mp_object *random_value(mp_doc *doc, const mp_object *root, unsigned *state)
{
    switch (next_random(state) % 8) {
    case 0:
        return mp_object_new_null(doc);
    case 1:
        return mp_object_new_int(doc, (int64_t)next_random(state) - 1000);
    case 2:
        return mp_object_new_double(doc, 1e300);
    case 3:
        return mp_object_new_string(doc, "", 0);
    case 4:
        return mp_object_new_list(doc);
    case 5:
        return mp_object_new_map(doc);
    default:
        return mp_object_copy(doc, random_node(root, state));
    }
}

static void change_tree(mp_doc *doc, unsigned *state)
{
    mp_object *root = mp_doc_root(doc);
    mp_object *node = (mp_object *)random_node(root, state);
    mp_object *parent = mp_object_parent(node);
    mp_object *value = random_value(doc, root, state);
    size_t size;
    const char *key = mp_object_key(node, &size);

    if (mp_object_is_list(parent))
        (void)mp_object_append(parent, value);
    else if (mp_object_is_map(parent) && next_random(state) % 4 == 0)
        (void)mp_object_remove(parent, key, size);
    else if (mp_object_is_map(parent))
        (void)mp_object_set(parent, key, size, value);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    unsigned state = seed;
    mp_doc *doc;
    mp_text text;

    if (next_random(&state) % 2 == 0 ||
        mp_json_read(NULL, (const char *)data, size, NULL, &doc, NULL) != MP_OK)
        return LLVMFuzzerMutate(data, size, max_size);
    for (unsigned n = next_random(&state) % 4 + 1; n > 0; n--)
        change_tree(doc, &state);
    REQUIRE(mp_json_text(NULL, mp_doc_root(doc), 0, &text, NULL) == MP_OK);
    mp_doc_free(doc);
    if (text.size <= max_size) {
        memcpy(data, text.data, text.size);
        size = text.size;
    }
    mp_text_fini(&text);
    return size;
}
#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents: any list of JSON documents is checked and reconciled.  The result does not depend on
 * their order, and what is refused says which document.  The text is a list, or a map with the list
 * under "documents" as in tests/data/reconcile.
 */
#include <modelplane/reconcile.h>
#include <stdlib.h>
#include <string.h>

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool take_violation(const mp_violation *violation, void *user)
{
    (void)user;
    REQUIRE(violation->path && violation->message && violation->message[0] != '\0');
    return true;
}

static void check_documents(const mp_object *list)
{
    for (const mp_object *d = mp_object_first(list); d; d = mp_object_next(d)) {
        mp_status st = mp_validate(NULL, d, MP_SHAPE_AUTO, take_violation, NULL, NULL, NULL);

        REQUIRE(st == MP_OK || st == MP_EDOC || st == MP_ENOENT);
    }
}

static mp_doc *reverse(const mp_object *list)
{
    size_t count = mp_object_size(list), i = count;
    const mp_object **items = malloc((count + 1) * sizeof *items);
    mp_object *root;
    mp_doc *doc;

    REQUIRE(items && mp_doc_new(NULL, &doc, NULL) == MP_OK);
    for (const mp_object *d = mp_object_first(list); d; d = mp_object_next(d))
        items[--i] = d;
    root = mp_object_new_list(doc);
    mp_doc_set_root(doc, root);
    for (i = 0; i < count; i++)
        (void)mp_object_append_copy(root, items[i]);
    free(items);
    return doc;
}

static void reconcile(const mp_object *list, bool ready)
{
    mp_reconcile_opts opts = MP_RECONCILE_OPTS_INIT;
    mp_doc *first, *second, *reversed;
    mp_error err;
    mp_status st;

    opts.assume_ready = opts.named = opts.infrastructure = ready;
    opts.explain_all = true;
    opts.budget = 1000;
    st = mp_reconcile(NULL, list, &opts, &first, &err);
    if (st != MP_OK) {
        REQUIRE(st != MP_ENOMEM && first == NULL && err.text[0] != '\0');
        return;
    }
    reversed = reverse(list);
    REQUIRE(mp_reconcile(NULL, mp_doc_root(reversed), &opts, &second, NULL) == MP_OK);
    REQUIRE(mp_object_identical(mp_doc_root(first), mp_doc_root(second)));
    mp_doc_free(reversed);
    mp_doc_free(first);
    mp_doc_free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const mp_object *list;
    mp_doc *doc;

    if (mp_json_read(NULL, (const char *)data, size, NULL, &doc, NULL) != MP_OK)
        return 0;
    list = mp_doc_root(doc);
    if (mp_object_is_map(list))
        list = mp_object_get(list, "documents", MP_NTS);
    if (mp_object_is_list(list)) {
        check_documents(list);
        reconcile(list, false);
        reconcile(list, true);
    }
    mp_doc_free(doc);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Validation of what should not be: data/validate/every-field.json, where every field of every kind
 * is given, with each node in turn missing or of another type; memory that runs out; lists of a
 * size that no honest document has.
 */
#include "mp_test.h"
#include "value_internal.h"
#include <modelplane/document.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static mp_doc *samples;

static void load_samples(void)
{
    size_t size;
    char *text = mp_test_read(mp_test_path("data/validate/every-field.json"), &size);

    ck_assert(text != NULL);
    ck_assert_int_eq(mp_json_read(NULL, text, size, NULL, &samples, NULL), MP_OK);
    free(text);
}

static void free_samples(void)
{
    mp_doc_free(samples);
}

static mp_shape shape_of(const mp_object *sample)
{
    return mp_object_string_is(mp__get(sample, "shape"), "V1", 2) ? MP_SHAPE_V1 : MP_SHAPE_V2;
}

/* The path of a violation is that of its node, with one more field if that is what is missing. */
static bool check_path(const mp_violation *v, void *user)
{
    size_t *longest = user, size = strlen(v->path);
    char *path = malloc(size + 1);

    ck_assert(v->message[0] != '\0' && strchr(v->message, '\n') == NULL);
    mp_object_path(v->node, path, size + 1);
    ck_assert_msg(strncmp(path, v->path, strlen(path)) == 0, "%s at %s", v->path, path);
    ck_assert(strchr(v->path + strlen(path) + (v->path[strlen(path)] == '.'), '.') == NULL);
    *longest = size > *longest ? size : *longest;
    free(path);
    return true;
}

START_TEST(every_field_is_known)
{
    for (const mp_object *s = mp_object_first(mp_doc_root(samples)); s; s = mp_object_next(s)) {
        const mp_object *document = mp__get(s, "document");
        size_t unknown;
        mp_error err;
        mp_status st = mp_validate(NULL, document, shape_of(s), NULL, NULL, NULL, &err);

        ck_assert_msg(st == MP_OK, "%s: %s", err.path, err.text);
        ck_assert_int_eq(
            mp_document_unknown(NULL, document, shape_of(s), NULL, NULL, &unknown, NULL), MP_OK);
        ck_assert_uint_eq(unknown, 0);
    }
}
END_TEST

/* ---- each node in turn ---- */

/* A copy of `node` in which `target` is `other`, or not there at all if that is NULL. */
static mp_object *copy_but(mp_doc *doc, const mp_object *node, const mp_object *target,
                           const mp_object *other)
{
    mp_object *copy;

    if (node == target)
        return mp_object_copy(doc, other);
    if (!mp_object_is_map(node) && !mp_object_is_list(node))
        return mp_object_copy(doc, node);
    copy = mp_object_is_map(node) ? mp_object_new_map(doc) : mp_object_new_list(doc);
    for (const mp_object *child = mp_object_first(node); child; child = mp_object_next(child)) {
        size_t size;
        const char *key = mp_object_key(child, &size);

        if (child == target && !other)
            continue;
        if (key)
            (void)mp_object_set(copy, key, size, copy_but(doc, child, target, other));
        else
            (void)mp_object_append(copy, copy_but(doc, child, target, other));
    }
    return copy;
}

typedef struct mutation {
    const mp_object *root;
    const mp_object *others;
    mp_shape shape;
    size_t tried, refused, longest;
} mutation;

static void try_one(mutation *m, const mp_object *target, const mp_object *other)
{
    mp_error err;
    mp_doc *doc;
    mp_status st;
    size_t unknown;

    ck_assert_int_eq(mp_doc_new(NULL, &doc, NULL), MP_OK);
    mp_doc_set_root(doc, copy_but(doc, m->root, target, other));
    st = mp_validate(NULL, mp_doc_root(doc), m->shape, check_path, &m->longest, NULL, &err);
    ck_assert(st == MP_OK || st == MP_EDOC || st == MP_ENOENT);
    ck_assert((st == MP_OK) == (err.text[0] == '\0'));
    m->tried++;
    m->refused += st != MP_OK;
    st = mp_document_unknown(NULL, mp_doc_root(doc), m->shape, check_path, &m->longest, &unknown,
                             NULL);
    ck_assert(st == MP_OK || st == MP_ENOENT);
    mp_doc_free(doc);
}

static mp_walk_step try_node(const mp_object *node, mp_walk_event event, void *user)
{
    mutation *m = user;

    if (event != MP_WALK_ENTER || node == m->root)
        return MP_WALK_NEXT;
    try_one(m, node, NULL);
    for (const mp_object *other = mp_object_first(m->others); other; other = mp_object_next(other))
        try_one(m, node, other);
    return MP_WALK_NEXT;
}

START_TEST(each_node_missing_or_of_another_type)
{
    static const char text[] = "[null, true, 0, -1, 18446744073709551615, 2.5, 1e300, \"\", "
                               "\"text\", [], [[[0]]], {}, {\"\": {\"\": 0}}, [null, {}]]";
    mp_doc *others;
    mutation m = { 0 };

    ck_assert_int_eq(mp_json_read(NULL, text, sizeof text - 1, NULL, &others, NULL), MP_OK);
    m.others = mp_doc_root(others);
    for (const mp_object *s = mp_object_first(mp_doc_root(samples)); s; s = mp_object_next(s)) {
        mp_doc *doc;

        ck_assert_int_eq(mp_doc_new(NULL, &doc, NULL), MP_OK);
        mp_doc_set_root(doc, mp_object_copy(doc, mp__get(s, "document")));
        m.root = mp_doc_root(doc);
        m.shape = shape_of(s);
        ck_assert_int_eq(mp_object_visit(m.root, try_node, &m), MP_OK);
        mp_doc_free(doc);
    }
    mp_test_note("%zu documents, %zu refused", m.tried, m.refused);
    ck_assert(m.tried > 10000 && m.refused > m.tried / 2 && m.refused < m.tried);
    mp_doc_free(others);
}
END_TEST

/* ---- memory ---- */

/* Every sample, as it is and read in the shape that it does not have. */
static mp_status validate_all(const mp_allocator *alloc, void *user)
{
    mp_status st = MP_OK;

    (void)user;
    for (const mp_object *s = mp_object_first(mp_doc_root(samples)); s && st != MP_ENOMEM;
         s = mp_object_next(s)) {
        const mp_object *document = mp__get(s, "document");
        mp_error err;

        st = mp_validate(alloc, document, MP_SHAPE_V1, NULL, NULL, NULL, &err);
        ck_assert(st == err.status);
        if (st != MP_ENOMEM)
            st = mp_validate(alloc, document, MP_SHAPE_V2, NULL, NULL, NULL, &err);
        ck_assert(st == err.status);
        if (st != MP_ENOMEM)
            st = mp_document_unknown(alloc, document, MP_SHAPE_V1, NULL, NULL, NULL, &err);
    }
    return st == MP_ENOMEM ? st : MP_OK;
}

START_TEST(out_of_memory)
{
    ck_assert_uint_gt(mp_test_sweep(validate_all, NULL), 20);
}
END_TEST

/* ---- size ---- */

#define MANY 100000

static mp_object *large_cluster(mp_doc *doc)
{
    mp_object *root = mp_object_new_map(doc), *spec, *taints, *cluster, *labels;

    mp_doc_set_root(doc, root);
    mp__set_lit(root, "apiVersion", "modelplane.ai/v1alpha1");
    mp__set_lit(root, "kind", "InferenceCluster");
    labels = mp__set_map(mp__set_map(root, "metadata"), "labels");
    mp__set_lit(mp_object_parent(labels), "name", "large");
    spec = mp__set_map(root, "spec");
    cluster = mp__set_map(spec, "cluster");
    mp__set_lit(cluster, "source", "Nebius");
    mp__set_map(cluster, "nebius");
    taints = mp__set_list(spec, "taints");
    for (int i = 0; i < MANY; i++) {
        mp_object *taint = mp_object_append_map(taints);
        char key[32];
        int size = snprintf(key, sizeof key, "key %d", i % (MANY - 1));

        (void)mp_object_set_string(taint, "key", 3, key, (size_t)size);
        mp__set_lit(taint, "effect", "NoSchedule");
        size = snprintf(key, sizeof key, "nodepool %d", i);
        (void)mp_object_set_int(spec, key, (size_t)size, i);
        (void)mp_object_set_int(labels, key, (size_t)size, i);
    }
    return root;
}

START_TEST(lists_of_any_size_in_linear_time)
{
    mp_object *root;
    size_t count;
    mp_doc *doc;

    ck_assert_int_eq(mp_doc_new(NULL, &doc, NULL), MP_OK);
    root = large_cluster(doc);
    ck_assert_int_eq(mp_doc_status(doc), MP_OK);
    ck_assert_int_eq(mp_validate(NULL, root, MP_SHAPE_AUTO, NULL, NULL, &count, NULL), MP_EDOC);
    ck_assert_uint_eq(count, 2 * MANY + 1); /* keys and types of labels, one taint twice */
    ck_assert_int_eq(mp_document_unknown(NULL, root, MP_SHAPE_AUTO, NULL, NULL, &count, NULL),
                     MP_OK);
    ck_assert_uint_eq(count, MANY);
    mp_doc_free(doc);
}
END_TEST

static bool check_long(const mp_violation *v, void *user)
{
    size_t *longest = user;

    *longest = strlen(v->path);
    ck_assert_uint_lt(strlen(v->message), 300);
    return true;
}

START_TEST(a_key_of_any_length)
{
    enum { SIZE = 1000000 };
    char *key = malloc(SIZE);
    size_t longest = 0;
    mp_object *root;
    mp_error err;
    mp_doc *doc;

    memset(key, 'k', SIZE);
    ck_assert_int_eq(mp_doc_new(NULL, &doc, NULL), MP_OK);
    root = mp_object_new_map(doc);
    mp_doc_set_root(doc, root);
    mp__set_lit(root, "apiVersion", "modelplane.ai/v1alpha1");
    mp__set_lit(root, "kind", "ModelEndpoint");
    mp__set_lit(mp__set_map(root, "spec"), "url", "x");
    (void)mp__set_map(root, "metadata");
    mp__set_lit(mp__get(root, "metadata"), "name", "n");
    (void)mp_object_set_string(mp__set_map(mp__get(root, "metadata"), "labels"), key, SIZE, "v", 1);
    ck_assert_int_eq(mp_validate(NULL, root, MP_SHAPE_AUTO, check_long, &longest, NULL, &err),
                     MP_EDOC);
    ck_assert_uint_eq(longest, SIZE + strlen("metadata.labels."));
    ck_assert_uint_eq(strlen(err.path), MP_ERROR_PATH_SIZE - 1);
    (void)mp_object_set_int(root, key, SIZE, 1);
    ck_assert_int_eq(
        mp_document_unknown(NULL, root, MP_SHAPE_AUTO, check_long, &longest, NULL, NULL), MP_OK);
    ck_assert_uint_eq(longest, SIZE);
    mp_doc_free(doc);
    free(key);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("validate");
    TCase *tc = tcase_create("faults");

    tcase_set_timeout(tc, 300);
    tcase_add_checked_fixture(tc, load_samples, free_samples);
    tcase_add_test(tc, every_field_is_known);
    tcase_add_test(tc, each_node_missing_or_of_another_type);
    tcase_add_test(tc, out_of_memory);
    tcase_add_test(tc, lists_of_any_size_in_linear_time);
    tcase_add_test(tc, a_key_of_any_length);
    suite_add_tcase(s, tc);
    return mp_test_main(s);
}

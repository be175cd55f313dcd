/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Object trees: building, reading, visiting, comparing, paths, depth, size, out of memory.
 */
#include "object_random.h"
#include "value_internal.h"
#include <stdio.h>
#include <stdlib.h>

static mp_doc *new_doc(void)
{
    mp_doc *doc;

    ck_assert_int_eq(mp_doc_new(NULL, &doc, NULL), MP_OK);
    return doc;
}

/* The document of a JSON text, which must be fine. */
static mp_doc *read(const char *json)
{
    mp_doc *doc;
    mp_error err;

    ck_assert_msg(mp_json_read(NULL, json, MP_NTS, NULL, &doc, &err) == MP_OK, "%s: %s", json,
                  err.text);
    return doc;
}

static void assert_json(const mp_object *node, const char *want)
{
    mp_text text;

    ck_assert_int_eq(mp_json_text(NULL, node, 0, &text, NULL), MP_OK);
    ck_assert_str_eq(text.data, want);
    mp_text_fini(&text);
}

/* ---- building ---- */

START_TEST(build_every_type)
{
    mp_doc *doc = new_doc();
    mp_object *map = mp_object_new_map(doc), *list;

    ck_assert_ptr_null(mp_doc_root(doc));
    mp_doc_set_root(doc, map);
    mp_object_set_null(map, "null", MP_NTS);
    mp_object_set_bool(map, "bool", MP_NTS, true);
    mp_object_set_int(map, "int", MP_NTS, -7);
    mp_object_set(map, "uint", MP_NTS, mp_object_new_uint(doc, UINT64_MAX));
    mp_object_set_double(map, "double", MP_NTS, 0.5);
    mp_object_set_string(map, "string", MP_NTS, "text", 2);
    list = mp_object_set_list(map, "list", MP_NTS);
    mp_object_append_int(list, 1);
    mp_object_append_string(list, "a\0b", 3);
    mp_object_append_list(list);
    mp_object_append_map(list);
    mp_object_append_copy(list, mp__get(map, "int"));
    mp_object_set_copy(map, "copy", MP_NTS, list);
    mp__set_map(map, "map");
    ck_assert_int_eq(mp_doc_status(doc), MP_OK);
    assert_json(map, "{\"null\":null,\"bool\":true,\"int\":-7,\"uint\":18446744073709551615,"
                     "\"double\":0.5,\"string\":\"te\",\"list\":[1,\"a\\u0000b\",[],{},-7],"
                     "\"copy\":[1,\"a\\u0000b\",[],{},-7],\"map\":{}}");
    ck_assert_uint_eq(mp_object_size(map), 9);
    mp_doc_free(doc);
}
END_TEST

START_TEST(set_keeps_places)
{
    mp_doc *doc = read("{\"a\":1,\"b\":2,\"c\":3}");
    mp_object *map = mp_doc_root(doc), *old = mp__get(map, "b"), *first = mp__get(map, "a");

    mp_object_set_int(map, "b", 1, 20);
    mp_object_set_int(map, "a", 1, 10);
    mp_object_set_int(map, "c", 1, 30);
    assert_json(map, "{\"a\":10,\"b\":20,\"c\":30}");
    ck_assert_ptr_null(mp_object_parent(old));
    ck_assert_ptr_null(mp_object_key(old, NULL));
    ck_assert_ptr_nonnull(mp_object_set(map, "d", 1, old)); /* free to go elsewhere */
    ck_assert(mp_object_remove(map, "a", 1));
    ck_assert(!mp_object_remove(map, "a", 1));
    ck_assert_ptr_null(mp_object_parent(first));
    mp_object_set_int(map, "a", 1, 100);
    assert_json(map, "{\"b\":20,\"c\":30,\"d\":2,\"a\":100}");
    ck_assert(mp_object_remove(map, "c", 1));
    ck_assert(mp_object_remove(map, "a", 1));
    assert_json(map, "{\"b\":20,\"d\":2}");
    ck_assert(mp_object_remove(map, "b", 1));
    ck_assert(mp_object_remove(map, "d", 1));
    assert_json(map, "{}");
    mp_object_set_int(map, "z", 1, 1);
    assert_json(map, "{\"z\":1}");
    mp_doc_free(doc);
}
END_TEST

/* Random sets and removes on one map, against a plain array of keys. */
START_TEST(map_against_an_array)
{
    enum { KEYS = 60 };
    mp_test_random r = { 7 };
    mp_doc *doc = new_doc();
    mp_object *map = mp_object_new_map(doc);
    int64_t order[KEYS], values[KEYS];
    size_t count = 0;

    for (int64_t step = 0; step < (int64_t)mp_test_scaled(5000); step++) {
        int64_t k = (int64_t)mp_test_random_below(&r, KEYS), value;
        char key[16];
        size_t at = 0;

        snprintf(key, sizeof key, "key%d", (int)k);
        while (at < count && order[at] != k)
            at++;
        if (mp_test_random_below(&r, 2) == 0) {
            ck_assert_int_eq(mp_object_remove(map, key, MP_NTS), at < count);
            if (at < count) {
                count--;
                memmove(order + at, order + at + 1, (count - at) * sizeof *order);
                memmove(values + at, values + at + 1, (count - at) * sizeof *values);
            }
        } else {
            mp_object_set_int(map, key, MP_NTS, step);
            order[at] = k;
            values[at] = step;
            count += at == count;
        }
        ck_assert_uint_eq(mp_object_size(map), count);
        at = 0;
        for (mp_object *n = mp_object_first(map); n != NULL; n = mp_object_next(n), at++) {
            snprintf(key, sizeof key, "key%d", (int)order[at]);
            ck_assert(mp_object_key_is(n, key, MP_NTS));
            ck_assert_ptr_eq(mp_object_get(map, key, MP_NTS), n);
            ck_assert(mp_object_int(n, &value) && value == values[at]);
        }
        ck_assert_uint_eq(at, count);
    }
    mp_doc_free(doc);
}
END_TEST

START_TEST(adoption_is_checked)
{
    mp_doc *doc = new_doc(), *other = new_doc();
    mp_object *top = mp_object_new_map(doc), *list = mp_object_set_list(top, "l", 1);
    mp_object *inner = mp_object_append_map(list), *alone = mp_object_new_list(doc);

    ck_assert_ptr_null(mp_object_append(list, list));      /* itself */
    ck_assert_ptr_null(mp_object_set(inner, "x", 1, top)); /* a ring */
    ck_assert_ptr_null(mp_object_append(alone, inner));    /* has a parent */
    ck_assert_ptr_null(mp_object_set(top, "x", 1, mp_object_new_null(other)));
    ck_assert_ptr_null(mp_object_append(top, alone));       /* no list */
    ck_assert_ptr_null(mp_object_set(list, "x", 1, alone)); /* no map */
    ck_assert_ptr_null(mp_object_set(top, NULL, 0, alone));
    assert_json(top, "{\"l\":[{}]}");
    ck_assert_ptr_eq(mp_object_set(top, "x", 1, alone), alone);

    /* A root that gets a parent is no root any more. */
    mp_doc_set_root(doc, inner);
    ck_assert_ptr_null(mp_doc_root(doc));
    mp_doc_set_root(doc, mp_object_new_null(other));
    ck_assert_ptr_null(mp_doc_root(doc));
    mp_doc_set_root(doc, top);
    ck_assert_ptr_eq(mp_doc_root(doc), top);
    alone = mp_object_new_list(doc);
    mp_object_append(alone, top);
    ck_assert_ptr_null(mp_doc_root(doc));
    mp_doc_set_root(doc, alone);
    assert_json(mp_doc_root(doc), "[{\"l\":[{}],\"x\":[]}]");
    mp_doc_set_root(doc, NULL);
    ck_assert_ptr_null(mp_doc_root(doc));
    ck_assert_int_eq(mp_doc_status(doc), MP_OK); /* refusing is not running out of memory */
    mp_doc_free(doc);
    mp_doc_free(other);
}
END_TEST

static mp_walk_step next_step(const mp_object *node, mp_walk_event event, void *user)
{
    (void)node;
    (void)event;
    (void)user;
    return MP_WALK_NEXT;
}

START_TEST(null_is_accepted)
{
    mp_doc *doc = new_doc();
    mp_object *map = mp_object_new_map(doc);
    int64_t i = 5;
    uint64_t u = 5;
    double d = 5;
    size_t size = 5;
    char path[4] = "xyz";

    ck_assert_ptr_null(mp_object_new_null(NULL));
    ck_assert_ptr_null(mp_object_new_string(doc, NULL, 3));
    ck_assert_ptr_null(mp_object_new_string(NULL, "x", 1));
    ck_assert_ptr_null(mp_object_copy(doc, NULL));
    ck_assert_ptr_null(mp_object_set(map, "k", 1, NULL));
    ck_assert_ptr_null(mp_object_set_string(map, "k", 1, NULL, 0));
    ck_assert_ptr_null(mp_object_set_copy(map, "k", 1, NULL));
    ck_assert_ptr_null(mp_object_set_int(NULL, "k", 1, 1));
    ck_assert_ptr_null(mp_object_append_int(NULL, 1));
    ck_assert(!mp_object_remove(NULL, "k", 1));
    ck_assert_uint_eq(mp_object_size(map), 0);
    ck_assert_int_eq(mp_object_type(NULL), MP_OBJECT_NULL);
    ck_assert(!mp_object_is_map(NULL) && !mp_object_is_list(NULL) && !mp_object_is_string(NULL));
    ck_assert_uint_eq(mp_object_size(NULL), 0);
    ck_assert_ptr_null(mp_object_get(NULL, "k", 1));
    ck_assert_ptr_null(mp_object_get(map, NULL, 1));
    ck_assert_ptr_null(mp_object_at(NULL, 0));
    ck_assert_ptr_null(mp_object_first(NULL));
    ck_assert_ptr_null(mp_object_next(NULL));
    ck_assert_ptr_null(mp_object_parent(NULL));
    ck_assert_ptr_null(mp_object_key(NULL, &size));
    ck_assert_uint_eq(size, 0);
    ck_assert(!mp_object_key_is(NULL, "k", 1));
    ck_assert_uint_eq(mp_object_index(NULL), 0);
    ck_assert(mp_object_bool(NULL, true) && !mp_object_bool(NULL, false));
    ck_assert_ptr_null(mp_object_string(NULL, NULL));
    ck_assert(!mp_object_string_is(NULL, "", 0));
    ck_assert(!mp_object_int(NULL, &i) && !mp_object_uint(NULL, &u) && !mp_object_double(NULL, &d));
    ck_assert(i == 5 && u == 5 && d == 5);
    ck_assert_uint_eq(mp_object_offset(NULL), MP_NO_OFFSET);
    ck_assert_uint_eq(mp_object_line(NULL), 0);
    mp_object_set_source(NULL, 1, 1);
    mp_object_path(NULL, path, sizeof path);
    ck_assert_str_eq(path, "");
    mp_object_path(map, NULL, 0);
    ck_assert(mp_object_equal(NULL, NULL) && !mp_object_equal(map, NULL));
    ck_assert_int_eq(mp_object_visit(NULL, next_step, NULL), MP_OK);
    ck_assert_int_eq(mp_object_visit(map, NULL, NULL), MP_EINVAL);
    ck_assert_ptr_null(mp_doc_root(NULL));
    mp_doc_set_root(NULL, NULL);
    ck_assert_int_eq(mp_doc_status(NULL), MP_OK);
    mp_doc_free(NULL);
    ck_assert_int_eq(mp_doc_new(NULL, NULL, NULL), MP_EINVAL);
    mp_doc_free(doc);
}
END_TEST

/* ---- reading ---- */

static const struct {
    const char *json;
    bool is_int, is_uint;
    int64_t integer;
    uint64_t natural;
    double real;
} number_cases[] = {
    { "0", true, true, 0, 0, 0 },
    { "-0", true, true, 0, 0, 0 },
    { "-5", true, false, -5, 0, -5 },
    { "9223372036854775807", true, true, INT64_MAX, INT64_MAX, 0x1p63 },
    { "-9223372036854775808", true, false, INT64_MIN, 0, -0x1p63 },
    { "9223372036854775808", false, true, 0, UINT64_C(9223372036854775808), 0x1p63 },
    { "18446744073709551615", false, true, 0, UINT64_MAX, 0x1p64 },
    { "18446744073709551616", false, false, 0, 0, 0x1p64 },
    { "-9223372036854775809", true, false, INT64_MIN, 0, -0x1p63 }, /* the nearest double is in */
    { "3.0", true, true, 3, 3, 3 },
    { "-3.0", true, false, -3, 0, -3 },
    { "-0.0", true, true, 0, 0, 0 },
    { "1e3", true, true, 1000, 1000, 1000 },
    { "2.5", false, false, 0, 0, 2.5 },
    { "1e19", false, true, 0, UINT64_C(10000000000000000000), 1e19 },
    { "1e20", false, false, 0, 0, 1e20 },
    { "-1e19", false, false, 0, 0, -1e19 },
    { "9223372036854775808.0", false, true, 0, UINT64_C(9223372036854775808), 0x1p63 },
    { "1e-400", true, true, 0, 0, 0 },
};

START_TEST(numbers)
{
    mp_doc *doc = read(number_cases[_i].json);
    const mp_object *node = mp_doc_root(doc);
    int64_t i = 77;
    uint64_t u = 77;
    double d = 77;

    ck_assert_int_eq(mp_object_int(node, &i), number_cases[_i].is_int);
    ck_assert_int_eq(i, number_cases[_i].is_int ? number_cases[_i].integer : 77);
    ck_assert_int_eq(mp_object_uint(node, &u), number_cases[_i].is_uint);
    ck_assert_uint_eq(u, number_cases[_i].is_uint ? number_cases[_i].natural : 77);
    ck_assert(mp_object_double(node, &d) && d == number_cases[_i].real);
    mp_doc_free(doc);
}
END_TEST

START_TEST(other_types_are_no_numbers)
{
    static const char *const texts[] = { "null", "true", "\"1\"", "[]", "{}" };

    for (size_t k = 0; k < MP__COUNT(texts); k++) {
        mp_doc *doc = read(texts[k]);
        int64_t i;
        uint64_t u;
        double d;

        ck_assert(!mp_object_int(mp_doc_root(doc), &i) && !mp_object_uint(mp_doc_root(doc), &u) &&
                  !mp_object_double(mp_doc_root(doc), &d));
        mp_doc_free(doc);
    }
}
END_TEST

START_TEST(positions)
{
    mp_doc *doc = read("[10,11,12,13,14]");
    mp_object *list = mp_doc_root(doc);
    int64_t value;

    for (size_t i = 0; i < 5; i++) {
        ck_assert_uint_eq(mp_object_index(mp_object_at(list, i)), i);
        ck_assert(mp_object_int(mp_object_at(list, i), &value) && value == 10 + (int64_t)i);
    }
    ck_assert_ptr_null(mp_object_at(list, 5));
    ck_assert_ptr_null(mp_object_at(mp_object_at(list, 0), 0));
    ck_assert_str_eq(mp_object_type_name(mp_object_type(list)), "list");
    ck_assert_str_eq(mp_object_type_name((mp_object_type_t)99), "?");
    mp_doc_free(doc);
}
END_TEST

START_TEST(types_and_texts)
{
    static const char *const names[] = { "null",   "bool",   "int",  "uint",
                                         "double", "string", "list", "map" };
    mp_doc *doc = read("[null,true,1,18446744073709551615,1.0,\"x\\u0000y\",[],{\"k\":\"v\"}]");
    const mp_object *list = mp_doc_root(doc), *text, *map;
    size_t size;

    for (size_t i = 0; i < MP__COUNT(names); i++)
        ck_assert_str_eq(mp_object_type_name(mp_object_type(mp_object_at(list, i))), names[i]);
    ck_assert(mp_object_bool(mp_object_at(list, 1), false));
    ck_assert(!mp_object_bool(mp_object_at(list, 2), false));
    text = mp_object_at(list, 5);
    ck_assert_int_eq(memcmp(mp_object_string(text, &size), "x\0y", 4), 0);
    ck_assert_uint_eq(size, 3);
    ck_assert(mp_object_string_is(text, "x\0y", 3) && !mp_object_string_is(text, "x", MP_NTS));
    map = mp_object_at(list, 7);
    ck_assert(mp__str_equal(mp__get_str(map, "k"), MP__STR("v")));
    ck_assert_ptr_null(mp__get_str(map, "other").data);
    ck_assert_ptr_null(mp__get_str(text, "k").data);
    ck_assert_str_eq(mp_object_key(mp_object_first(map), &size), "k");
    ck_assert_uint_eq(size, 1);
    ck_assert_ptr_null(mp__doc_arena(doc)->alloc.user);
    ck_assert_ptr_eq(mp__doc_allocator(doc), &mp__doc_arena(doc)->alloc);
    mp_doc_free(doc);
}
END_TEST

START_TEST(sources)
{
    mp_doc *doc = read("{\n  \"a\": [\n    1,\r\n    {\"b\": \"c\"}]}");
    const mp_object *root = mp_doc_root(doc), *list = mp__get(root, "a");

    ck_assert_uint_eq(mp_object_offset(root), 0);
    ck_assert_uint_eq(mp_object_line(root), 1);
    ck_assert_uint_eq(mp_object_offset(list), 9);
    ck_assert_uint_eq(mp_object_line(list), 2);
    ck_assert_uint_eq(mp_object_offset(mp_object_at(list, 1)), 23);
    ck_assert_uint_eq(mp_object_line(mp_object_at(list, 1)), 4);
    mp_object_set_source(mp_object_at(list, 1), 99, 7);
    ck_assert_uint_eq(mp_object_offset(mp_object_at(list, 1)), 99);
    ck_assert_uint_eq(mp_object_line(mp_object_at(list, 1)), 7);
    ck_assert_uint_eq(mp_object_offset(mp_object_new_null(doc)), MP_NO_OFFSET);
    mp_doc_free(doc);
}
END_TEST

/* ---- paths ---- */

START_TEST(paths)
{
    static const struct {
        const char *json, *want;
    } cases[] = {
        { "0", "" },
        { "{\"spec\":{\"engines\":[0,{\"name\":0}]}}", "spec.engines[1].name" },
        { "[[0,0,0,0,0,0,0,0,0,0,[0]]]", "[0][10][0]" },
        { "[{\"a\":0}]", "[0].a" },
        { "{\"a-b\":{\"_c9\":0}}", "a-b._c9" },
        { "{\"a/b\":{\"c\":0}}", "[\"a/b\"].c" },
        { "{\"\":0}", "[\"\"]" },
        { "{\"x\":{\"9\":0}}", "x[\"9\"]" },
        { "{\"-\":0}", "[\"-\"]" },
        { "{\"q\\\"\\\\\\n\\u007f\":0}", "[\"q\\\"\\\\\\u000a\\u007f\"]" },
        { "{\"\\u00e9\":0}", "[\"\xc3\xa9\"]" },
    };

    for (size_t k = 0; k < MP__COUNT(cases); k++) {
        mp_doc *doc = read(cases[k].json);
        const mp_object *node = mp_doc_root(doc);
        size_t whole = strlen(cases[k].want);
        char path[64];

        while (mp_object_size(node) != 0)
            node = mp_object_at(node, mp_object_size(node) - 1);
        mp_object_path(node, path, sizeof path);
        ck_assert_str_eq(path, cases[k].want);
        for (size_t size = 1; size <= whole; size++) { /* cut, but never inside a character */
            memset(path, '!', sizeof path);
            mp_object_path(node, path, size);
            ck_assert_uint_ge(strlen(path) + 2, size);
            ck_assert_uint_lt(strlen(path), size);
            ck_assert(mp__utf8_valid(path, strlen(path)));
            ck_assert_int_eq(memcmp(path, cases[k].want, strlen(path)), 0);
            ck_assert_int_eq(path[size], '!');
        }
        mp_doc_free(doc);
    }
}
END_TEST

/* ---- comparing and copying ---- */

static const struct {
    const char *a, *b;
    bool equal, identical;
} equal_cases[] = {
    { "{\"a\":1,\"b\":[true,null]}", "{\"b\":[true,null],\"a\":1}", true, false },
    { "{\"a\":1,\"b\":2}", "{\"a\":1,\"b\":2}", true, true },
    { "{\"a\":1}", "{\"a\":1,\"b\":2}", false, false },
    { "{\"a\":1,\"b\":2}", "{\"a\":1,\"c\":2}", false, false },
    { "{\"a\":{\"x\":1,\"y\":[]}}", "{\"a\":{\"y\":[],\"x\":1}}", true, false },
    { "{\"a\":{\"x\":1}}", "{\"a\":{\"x\":2}}", false, false },
    { "[1,2]", "[2,1]", false, false },
    { "[1,[2,3]]", "[1,[2,3]]", true, true },
    { "[[1],2]", "[1,[2]]", false, false },
    { "[]", "{}", false, false },
    { "null", "false", false, false },
    { "1", "1.0", true, true },
    { "0", "-0.0", true, true },
    { "1", "1.5", false, false },
    { "1", "\"1\"", false, false },
    { "1", "true", false, false },
    { "9223372036854775807", "9223372036854775808", false, false },
    { "9223372036854775807", "9223372036854775807.0", false, false }, /* that double is 2^63 */
    { "9223372036854775808", "9223372036854775808.0", true, true },
    { "9007199254740993", "9007199254740992.0", false, false },
    { "18446744073709551615", "18446744073709551616", false, false },
    { "-1", "18446744073709551615", false, false },
    { "\"a\"", "\"a\"", true, true },
    { "\"a\"", "\"a\\u0000\"", false, false },
};

START_TEST(equality)
{
    mp_doc *a = read(equal_cases[_i].a), *b = read(equal_cases[_i].b);
    const mp_object *x = mp_doc_root(a), *y = mp_doc_root(b);

    ck_assert_int_eq(mp_object_equal(x, y), equal_cases[_i].equal);
    ck_assert_int_eq(mp_object_equal(y, x), equal_cases[_i].equal);
    ck_assert_int_eq(mp_object_identical(x, y), equal_cases[_i].identical);
    ck_assert_int_eq(mp_object_identical(y, x), equal_cases[_i].identical);
    mp_doc_free(a);
    mp_doc_free(b);
}
END_TEST

START_TEST(copies_equal_their_source)
{
    mp_test_random r = { 11 };

    for (size_t i = 0; i < mp_test_scaled(300); i++) {
        mp_doc *a = new_doc(), *b = new_doc();
        mp_object *tree = object_random_tree(&r, a, 1 + i % 120);
        mp_object *here = mp_object_copy(a, tree), *there = mp_object_copy(b, here);

        ck_assert_ptr_null(mp_object_parent(there));
        ck_assert(mp_object_identical(tree, here) && mp_object_equal(tree, there));
        mp_doc_free(a); /* the copy stands alone */
        mp_object_append(mp_object_new_list(b), there);
        ck_assert(mp_object_equal(there, mp_object_copy(b, there)));
        mp_doc_free(b);
    }
}
END_TEST

START_TEST(nan_equals_its_copy)
{
    mp_doc *doc = new_doc();
    mp_object *nan = mp_object_new_double(doc, strtod("nan", NULL));

    ck_assert(mp_object_equal(nan, mp_object_copy(doc, nan)));
    ck_assert(!mp_object_equal(nan, mp_object_new_int(doc, 0)));
    mp_doc_free(doc);
}
END_TEST

/* ---- visiting ---- */

typedef struct trace {
    mp__buf buf;
    const char *skip, *stop_enter, *stop_leave;
} trace;

static mp_walk_step trace_step(const mp_object *node, mp_walk_event event, void *user)
{
    trace *t = user;
    const char *stop = event == MP_WALK_ENTER ? t->stop_enter : t->stop_leave;
    size_t size;
    const char *key = mp_object_key(node, &size);

    mp__buf_putc(&t->buf, event == MP_WALK_ENTER ? '+' : '-');
    mp__buf_put(&t->buf, key != NULL ? key : "*", key != NULL ? size : 1);
    if (stop != NULL && mp_object_key_is(node, stop, MP_NTS))
        return MP_WALK_STOP;
    if (t->skip != NULL && mp_object_key_is(node, t->skip, MP_NTS))
        return MP_WALK_SKIP;
    return MP_WALK_NEXT;
}

START_TEST(visiting)
{
    static const struct {
        const char *skip, *stop_enter, *stop_leave, *want;
        mp_status status;
    } cases[] = {
        { NULL, NULL, NULL, "+*+a+b+*+*-b+c-c-a+d+e-e-*", MP_OK },
        { "a", NULL, NULL, "+*+a+d+e-e-*", MP_OK },
        { "b", NULL, NULL, "+*+a+b+c-c-a+d+e-e-*", MP_OK },
        { "c", NULL, NULL, "+*+a+b+*+*-b+c-a+d+e-e-*", MP_OK },
        { "d", NULL, NULL, "+*+a+b+*+*-b+c-c-a+d+e-e-*", MP_OK }, /* a scalar has nothing to skip */
        { "e", NULL, NULL, "+*+a+b+*+*-b+c-c-a+d+e-*", MP_OK },
        { NULL, "b", NULL, "+*+a+b", MP_ESTOPPED },
        { NULL, "d", NULL, "+*+a+b+*+*-b+c-c-a+d", MP_ESTOPPED },
        { NULL, NULL, "b", "+*+a+b+*+*-b", MP_ESTOPPED },
        { NULL, NULL, "c", "+*+a+b+*+*-b+c-c", MP_ESTOPPED },
    };
    mp_doc *doc = read("{\"a\":{\"b\":[1,2],\"c\":{}},\"d\":true,\"e\":[]}");

    for (size_t i = 0; i < MP__COUNT(cases); i++) {
        trace t = { .skip = cases[i].skip,
                    .stop_enter = cases[i].stop_enter,
                    .stop_leave = cases[i].stop_leave };

        mp__buf_init(&t.buf, NULL);
        ck_assert_int_eq(mp_object_visit(mp_doc_root(doc), trace_step, &t), cases[i].status);
        ck_assert_str_eq(t.buf.data, cases[i].want);
        mp__buf_fini(&t.buf);
    }
    {
        trace t = { .skip = NULL }; /* a part of a tree ends where the part ends */

        mp__buf_init(&t.buf, NULL);
        ck_assert_int_eq(mp_object_visit(mp__get(mp_doc_root(doc), "a"), trace_step, &t), MP_OK);
        ck_assert_int_eq(mp_object_visit(mp__get(mp_doc_root(doc), "d"), trace_step, &t), MP_OK);
        ck_assert_str_eq(t.buf.data, "+a+b+*+*-b+c-c-a+d");
        mp__buf_fini(&t.buf);
    }
    mp_doc_free(doc);
}
END_TEST

/* ---- depth and size ---- */

static mp_walk_step count_step(const mp_object *node, mp_walk_event event, void *user)
{
    (void)node;
    (void)event;
    ++*(size_t *)user;
    return MP_WALK_NEXT;
}

/* Nothing recurses: a tree that is far deeper than any C stack. */
START_TEST(deep_trees)
{
    enum { DEPTH = 300000 };
    mp_doc *doc = new_doc();
    mp_object *top = mp_object_new_list(doc), *at = top, *copy;
    size_t events = 0;
    mp_text text;
    char path[32];

    for (size_t i = 0; i < DEPTH; i++)
        at = i % 2 == 0 ? mp_object_append_map(at) : mp_object_set_list(at, "k", 1);
    ck_assert_int_eq(mp_doc_status(doc), MP_OK);
    ck_assert_int_eq(mp_object_visit(top, count_step, &events), MP_OK);
    ck_assert_uint_eq(events, 2 * (DEPTH + 1));
    copy = mp_object_copy(doc, top);
    ck_assert(mp_object_equal(top, copy));
    mp_object_append_int(at, 1);
    ck_assert(!mp_object_equal(top, copy));
    mp_object_path(at, path, sizeof path);
    ck_assert_str_eq(path, "[0].k[0].k[0].k[0].k[0].k[0].k[");
    ck_assert_int_eq(mp_json_text(NULL, top, 0, &text, NULL), MP_OK);
    ck_assert_uint_eq(text.size, (DEPTH / 2 + 1) * 2 + DEPTH / 2 * 6 + 1);
    mp_text_fini(&text);
    mp_doc_free(doc);
}
END_TEST

START_TEST(large_maps)
{
    enum { KEYS = 100000 };
    mp_doc *doc = new_doc(), *other = new_doc();
    mp_object *map = mp_object_new_map(doc), *copy;
    char key[32];
    int64_t value;

    for (int64_t i = 0; i < KEYS; i++) {
        snprintf(key, sizeof key, "%d", (int)i);
        mp_object_set_int(map, key, MP_NTS, i);
    }
    ck_assert_int_eq(mp_doc_status(doc), MP_OK);
    for (int64_t i = 0; i < KEYS; i++) {
        snprintf(key, sizeof key, "%d", (int)i);
        ck_assert(mp_object_int(mp_object_get(map, key, MP_NTS), &value) && value == i);
    }
    copy = mp_object_copy(other, map);
    ck_assert(mp_object_equal(map, copy));
    for (int64_t i = 0; i < KEYS; i += 2) {
        snprintf(key, sizeof key, "%d", (int)i);
        ck_assert(mp_object_remove(copy, key, MP_NTS));
        ck_assert_ptr_null(mp_object_get(copy, key, MP_NTS));
    }
    for (int64_t i = 0; i < KEYS; i += 2) {
        snprintf(key, sizeof key, "%d", (int)i);
        mp_object_set_int(copy, key, MP_NTS, i);
    }
    ck_assert(mp_object_equal(map, copy)); /* in another order by now */
    ck_assert(!mp_object_identical(map, copy));
    mp_doc_free(doc);
    mp_doc_free(other);
}
END_TEST

/* ---- out of memory ---- */

static mp_status build(const mp_allocator *alloc, void *user)
{
    mp_doc *doc = NULL, *other = NULL;
    mp_object *map, *list;
    mp_status st = mp_doc_new(alloc, &doc, NULL);
    char key[200];

    (void)user;
    ck_assert_int_eq(doc != NULL, st == MP_OK);
    if (st == MP_OK)
        st = mp_doc_new(alloc, &other, NULL);
    map = mp_object_new_map(doc); /* no check per step */
    mp_doc_set_root(doc, map);
    for (int i = 0; i < 60; i++) {
        snprintf(key, sizeof key, "%0150d", i);
        list = mp_object_set_list(map, key, MP_NTS);
        mp_object_append_string(list, key, MP_NTS);
        mp_object_append_int(list, i);
        mp_object_set_bool(mp_object_append_map(list), "b", 1, true);
    }
    mp_object_set_copy(map, "copy", 4, mp_object_copy(other, map));
    if (st == MP_OK)
        st = mp_doc_status(doc);
    if (st == MP_OK)
        st = mp_doc_status(other);
    if (st == MP_OK)
        ck_assert_uint_eq(mp_object_size(map), 61);
    mp_doc_free(doc);
    mp_doc_free(other);
    return st;
}

START_TEST(out_of_memory)
{
    ck_assert_uint_gt(mp_test_sweep(build, NULL), 10);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("object");
    TCase *tc = tcase_create("tree");

    tcase_set_timeout(tc, 300);
    tcase_add_test(tc, build_every_type);
    tcase_add_test(tc, set_keeps_places);
    tcase_add_test(tc, map_against_an_array);
    tcase_add_test(tc, adoption_is_checked);
    tcase_add_test(tc, null_is_accepted);
    tcase_add_loop_test(tc, numbers, 0, (int)MP__COUNT(number_cases));
    tcase_add_test(tc, other_types_are_no_numbers);
    tcase_add_test(tc, positions);
    tcase_add_test(tc, types_and_texts);
    tcase_add_test(tc, sources);
    tcase_add_test(tc, paths);
    tcase_add_loop_test(tc, equality, 0, (int)MP__COUNT(equal_cases));
    tcase_add_test(tc, copies_equal_their_source);
    tcase_add_test(tc, nan_equals_its_copy);
    tcase_add_test(tc, visiting);
    tcase_add_test(tc, deep_trees);
    tcase_add_test(tc, large_maps);
    tcase_add_test(tc, out_of_memory);
    suite_add_tcase(s, tc);
    return s;
}

int main(void)
{
    return mp_test_main(suite());
}

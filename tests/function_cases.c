/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mp_function_run() over the files of data/function: each has a request and what is expected of the
 * response, told in lines (render_response() below writes them; "*" stands for any text), and under
 * "exact" whole parts of it by path, and the SHA-256 of all of it.
 */
#include "case_files.h"
#include "mp_test.h"
#include "value_internal.h"
#include <modelplane/function.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the response in lines ---- */

static void put_key(mp__buf *out, const char *what, const mp_object *node)
{
    mp__buf_printf(out, "%s %s ", what, mp_object_key(node, NULL));
}

static void put_json(mp__buf *out, const mp_object *node)
{
    mp_text text;

    ck_assert(mp_json_text(NULL, node, 0, &text, NULL) == MP_OK);
    mp__buf_put(out, text.data, text.size);
    mp_text_fini(&text);
}

static void put_requirement(mp__buf *out, const mp_object *r)
{
    mp__buf_printf(out, "require %s %s %s", mp_object_key(r, NULL),
                   case_text(mp__get(r, "apiVersion")), case_text(mp__get(r, "kind")));
    ck_assert(!mp__get(r, "matchName") != !mp__get(r, "matchLabels"));
    if (mp__get(r, "matchName"))
        mp__buf_printf(out, " named %s", case_text(mp__get(r, "matchName")));
    else
        put_json(out, mp__get(r, "matchLabels"));
    if (mp__get(r, "namespace"))
        mp__buf_printf(out, " in %s", case_text(mp__get(r, "namespace")));
    mp__buf_putc(out, '\n');
}

static void put_composite(mp__buf *out, const mp_object *composite)
{
    const mp_object *ready = mp__get(composite, "ready");
    const mp_object *status = mp__get(mp__get(composite, "resource"), "status");

    if (ready)
        mp__buf_printf(out, "parent %s\n", case_text(ready));
    for (const mp_object *f = mp_object_first(status); f; f = mp_object_next(f)) {
        put_key(out, "status", f);
        put_json(out, f);
        mp__buf_putc(out, '\n');
    }
}

static void put_child(mp__buf *out, const mp_object *child)
{
    const mp_object *object = mp__get(child, "resource");
    const mp_object *ready = mp__get(child, "ready");

    ck_assert(mp_object_is_map(object));
    put_key(out, "child", child);
    mp__buf_printf(out, "%s%s%s\n", case_text(mp__get(object, "kind")), ready ? " " : "",
                   case_text(ready));
}

static void put_condition(mp__buf *out, const mp_object *c)
{
    mp__buf_printf(out, "condition %s %s %s", case_text(mp__get(c, "type")),
                   case_text(mp__get(c, "status")), case_text(mp__get(c, "reason")));
    if (mp__get(c, "message"))
        mp__buf_printf(out, " \"%s\"", case_text(mp__get(c, "message")));
    mp__buf_putc(out, '\n');
}

static void put_result(mp__buf *out, const mp_object *r)
{
    mp__buf_printf(out, "%s %s\n", case_text(mp__get(r, "severity")),
                   case_text(mp__get(r, "message")));
}

static void put_all(mp__buf *out, const mp_object *list, void (*put)(mp__buf *, const mp_object *))
{
    for (const mp_object *item = mp_object_first(list); item; item = mp_object_next(item))
        put(out, item);
}

static void render_response(mp__buf *out, const mp_object *response)
{
    const mp_object *desired = mp__get(response, "desired");

    mp__buf_init(out, NULL);
    mp__buf_puts(out, "");
    put_composite(out, mp__get(desired, "composite"));
    put_all(out, mp__get(desired, "resources"), put_child);
    put_all(out, mp__get(response, "conditions"), put_condition);
    put_all(out, mp__get(response, "results"), put_result);
    put_all(out, mp__get(mp__get(response, "requirements"), "resources"), put_requirement);
    ck_assert(!out->failed);
    ck_assert_str_eq(case_text(mp__get(mp__get(response, "meta"), "ttl")), "60s");
}

/* ---- exact parts ---- */

/* "a/b/c"; a number is an index of a list. */
static const mp_object *follow(const mp_object *node, const char *path)
{
    while (node && *path) {
        size_t size = strcspn(path, "/");

        node = mp_object_is_list(node) ? mp_object_at(node, (size_t)strtoul(path, NULL, 10))
                                       : mp_object_get(node, path, size);
        path += size + (path[size] == '/');
    }
    return node;
}

/* Texts are compared, so that 1 is not 1.0. */
static void compare_exact(const char *name, const mp_object *exact, const mp_object *response)
{
    for (const mp_object *want = mp_object_first(exact); want; want = mp_object_next(want)) {
        const mp_object *got = follow(response, mp_object_key(want, NULL));
        mp_text a, b = { 0 };

        ck_assert(mp_json_text(NULL, want, 0, &a, NULL) == MP_OK);
        ck_assert(mp_json_text(NULL, got, 0, &b, NULL) == MP_OK);
        ck_assert_msg(got && strcmp(a.data, b.data) == 0, "%s: %s: wanted %s, got %s", name,
                      mp_object_key(want, NULL), a.data, got ? b.data : "nothing");
        mp_text_fini(&a);
        mp_text_fini(&b);
    }
}

/* ---- tests ---- */

static mp_reconcile_opts read_options(const mp_object *file)
{
    const mp_object *from = mp__get(file, "options");
    mp_reconcile_opts opts = MP_RECONCILE_OPTS_INIT;

    if (mp_object_string_is(mp__get(from, "shape"), "v1", MP_NTS))
        opts.shape = MP_SHAPE_V1;
    if (mp_object_string_is(mp__get(from, "routing"), "pool", MP_NTS))
        opts.routing = MP_ROUTING_POOL;
    return opts;
}

START_TEST(matches_expectation)
{
    mp_doc *file = case_read((size_t)_i), *response;
    const mp_object *root = mp_doc_root(file);
    mp_reconcile_opts opts = read_options(root);
    mp_error err;
    mp__buf lines;

    ck_assert_msg(mp_function_run(NULL, mp__get(root, "request"), &opts, &response, &err) == MP_OK,
                  "%s", err.text);
    render_response(&lines, mp_doc_root(response));
    case_lines(case_name((size_t)_i), mp__get(root, "expect"), lines.data);
    compare_exact(case_name((size_t)_i), mp__get(root, "exact"), mp_doc_root(response));
    case_digest(case_name((size_t)_i), mp__get(root, "sha256"), mp_doc_root(response));
    mp__buf_fini(&lines);
    mp_doc_free(response);
    mp_doc_free(file);
}
END_TEST

static mp_status sweep_once(const mp_allocator *alloc, void *user)
{
    const mp_object *root = user;
    mp_reconcile_opts opts = read_options(root);
    mp_error err;
    mp_doc *out = (mp_doc *)user;
    mp_status st = mp_function_run(alloc, mp__get(root, "request"), &opts, &out, &err);

    if (st != MP_OK)
        ck_assert(out == NULL);
    mp_doc_free(out);
    return st;
}

START_TEST(out_of_memory)
{
    mp_doc *file = case_read((size_t)_i);

    (void)mp_test_sweep(sweep_once, mp_doc_root(file));
    mp_doc_free(file);
}
END_TEST

/* What comes back as desired and observed gives the same answer: nothing goes to and fro. */
START_TEST(settles)
{
    mp_doc *file = case_read((size_t)_i), *first, *second, *again;
    const mp_object *request = mp__get(mp_doc_root(file), "request");
    mp_reconcile_opts opts = read_options(mp_doc_root(file));
    mp_object *root;

    ck_assert(mp_function_run(NULL, request, &opts, &first, NULL) == MP_OK);
    ck_assert(mp_doc_new(NULL, &again, NULL) == MP_OK);
    root = mp_object_copy(again, request);
    mp__set_copy(root, "desired", mp__get(mp_doc_root(first), "desired"));
    ck_assert(mp_function_run(NULL, root, &opts, &second, NULL) == MP_OK);
    ck_assert_msg(mp_object_equal(mp__get(mp_doc_root(first), "desired"),
                                  mp__get(mp_doc_root(second), "desired")),
                  "%s", case_name((size_t)_i));
    mp_doc_free(second);
    mp_doc_free(again);
    mp_doc_free(first);
    mp_doc_free(file);
}
END_TEST

START_TEST(refuses_what_is_no_map)
{
    mp_doc *doc, *out;
    mp_error err;

    ck_assert(mp_json_read(NULL, MP__LIT("[]"), NULL, &doc, NULL) == MP_OK);
    out = doc;
    ck_assert_int_eq(mp_function_run(NULL, mp_doc_root(doc), NULL, &out, &err), MP_EINVAL);
    ck_assert(out == NULL);
    ck_assert_str_eq(err.text, "a request must be a map");
    mp_doc_free(doc);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("function");
    TCase *tc = tcase_create("cases");
    int count = (int)case_list("data/function"), code;

    tcase_set_timeout(tc, 120);
    if (count == 0)
        return 1; /* the fixtures are lost: nothing was tested */
    tcase_add_loop_test(tc, matches_expectation, 0, count);
    tcase_add_loop_test(tc, settles, 0, count);
    tcase_add_loop_test(tc, out_of_memory, 0, count);
    tcase_add_test(tc, refuses_what_is_no_map);
    suite_add_tcase(s, tc);
    code = mp_test_main(s);
    case_forget();
    return code;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mp_reconcile() over the files of data/reconcile: each has documents, options and what is expected
 * of the result, told in lines (render_result() below writes them; "*" stands for any text), and
 * under "exact" whole statuses and objects; the SHA-256 of the whole result pins its bytes.  Every
 * file is also run in other orders of its documents, which must change nothing.
 */
#include "case_files.h"
#include "mp_test.h"
#include "value_internal.h"
#include <inttypes.h>
#include <modelplane/reconcile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static mp_reconcile_opts read_options(const mp_object *file)
{
    const mp_object *from = mp__get(file, "options");
    mp_reconcile_opts opts = MP_RECONCILE_OPTS_INIT;

    opts.assume_ready = mp_object_bool(mp__get(from, "assume_ready"), false);
    opts.bare = mp_object_bool(mp__get(from, "bare"), false);
    opts.named = mp_object_bool(mp__get(from, "named"), false);
    opts.infrastructure = mp_object_bool(mp__get(from, "infrastructure"), false);
    opts.explain = true;
    return opts;
}

/* ---- the result in lines ---- */

static void put_place(mp__buf *out, const mp_object *at)
{
    const char *ns = case_text(mp__get(at, "namespace"));

    mp__buf_printf(out, "%s%s%s", ns, ns[0] ? "/" : "", case_text(mp__get(at, "name")));
}

static void put_status_head(mp__buf *out, const mp_object *item)
{
    mp__buf_printf(out, "status %s ", case_text(mp__get(item, "kind")));
    put_place(out, mp__get(item, "metadata"));
    mp__buf_puts(out, ": ");
}

static int64_t int_of(const mp_object *node)
{
    int64_t value = -1;

    (void)mp_object_int(node, &value);
    return value;
}

static void put_status(mp__buf *out, const mp_object *item)
{
    const mp_object *status = mp__get(item, "status"), *replicas = mp__get(status, "replicas");
    const mp_object *summary = mp__get(status, "summary");
    const mp_object *c;

    if (replicas) {
        put_status_head(out, item);
        mp__buf_printf(out, "replicas %" PRId64 " total, %" PRId64 " ready\n",
                       int_of(mp__get(replicas, "total")), int_of(mp__get(replicas, "ready")));
    }
    if (summary) {
        put_status_head(out, item);
        mp__buf_printf(out, "ready %s\n", case_text(mp__get(summary, "ready")));
        for (c = mp_object_first(mp__get(status, "clusters")); c; c = mp_object_next(c)) {
            put_status_head(out, item);
            mp__buf_printf(out, "%s %s\n", case_text(mp__get(c, "name")),
                           case_text(mp__get(c, "phase")));
        }
    }
    if (mp__get(mp__get(status, "routing"), "backendName")) {
        put_status_head(out, item);
        mp__buf_printf(out, "backend %s\n",
                       case_text(mp__get(mp__get(status, "routing"), "backendName")));
    }
    if (mp__get(status, "address")) {
        put_status_head(out, item);
        mp__buf_printf(out, "address %s\n", case_text(mp__get(status, "address")));
    }
    for (c = mp_object_first(mp__get(status, "conditions")); c; c = mp_object_next(c)) {
        put_status_head(out, item);
        mp__buf_printf(out, "%s=%s %s", case_text(mp__get(c, "type")),
                       case_text(mp__get(c, "status")), case_text(mp__get(c, "reason")));
        if (mp__get(c, "message"))
            mp__buf_printf(out, " \"%s\"", case_text(mp__get(c, "message")));
        mp__buf_putc(out, '\n');
    }
}

static void put_child(mp__buf *out, const mp_object *item)
{
    const char *cluster = case_text(mp__get(item, "cluster"));

    mp__buf_printf(out, "child %s ", case_text(mp__get(mp__get(item, "parent"), "kind")));
    put_place(out, mp__get(item, "parent"));
    mp__buf_printf(out, " %s%s%s %s\n", case_text(mp__get(item, "key")), cluster[0] ? " on " : "",
                   cluster, mp_object_bool(mp__get(item, "ready"), false) ? "ready" : "waiting");
    ck_assert(mp_object_is_map(mp__get(item, "object")));
}

static void put_event(mp__buf *out, const mp_object *item)
{
    mp__buf_printf(out, "event %s %s ", case_text(mp__get(item, "type")),
                   case_text(mp__get(mp__get(item, "parent"), "kind")));
    put_place(out, mp__get(item, "parent"));
    mp__buf_printf(out, ": %s\n", case_text(mp__get(item, "message")));
}

static void put_plan(mp__buf *out, const mp_object *item)
{
    const mp_object *fault = mp__get(item, "fault");
    const mp_object *p = mp_object_first(mp__get(item, "placements"));
    const char *separator = ": ";

    mp__buf_puts(out, "plan ");
    put_place(out, item);
    mp__buf_printf(out, " %s", case_text(mp__get(item, "verdict")));
    if (fault)
        mp__buf_printf(out, " fault %s", case_text(mp__get(fault, "reason")));
    for (; p; p = mp_object_next(p)) {
        mp__buf_printf(out, "%s%s %s", separator, case_text(mp__get(p, "replica")),
                       mp_object_bool(mp__get(p, "retained"), false) ? "kept" : "new");
        separator = ", ";
    }
    mp__buf_putc(out, '\n');
}

static void put_skipped(mp__buf *out, const mp_object *item)
{
    mp__buf_printf(out, "skipped %s ", case_text(mp__get(item, "kind")));
    put_place(out, mp__get(item, "metadata"));
    mp__buf_putc(out, '\n');
}

static void put_error(mp__buf *out, const mp_object *item)
{
    const char *path = case_text(mp__get(item, "path"));

    mp__buf_printf(out, "error %s ", case_text(mp__get(item, "kind")));
    put_place(out, mp__get(item, "metadata"));
    mp__buf_printf(out, ": %s%s%s\n", path, path[0] ? ": " : "",
                   case_text(mp__get(item, "message")));
}

static void put_all(mp__buf *out, const mp_object *list, void (*put)(mp__buf *, const mp_object *))
{
    for (const mp_object *item = mp_object_first(list); item; item = mp_object_next(item))
        put(out, item);
}

static void render_result(mp__buf *out, const mp_object *result)
{
    mp__buf_init(out, NULL);
    mp__buf_puts(out, "");
    put_all(out, mp__get(result, "statuses"), put_status);
    put_all(out, mp__get(result, "objects"), put_child);
    put_all(out, mp__get(result, "events"), put_event);
    put_all(out, mp__get(result, "plans"), put_plan);
    put_all(out, mp__get(result, "skipped"), put_skipped);
    put_all(out, mp__get(result, "errors"), put_error);
    ck_assert(!out->failed);
}

/* ---- comparing ---- */

/* exact: {statuses: {"Kind name": status}, objects: {key: object}} */
static void compare_exact(const char *name, const mp_object *exact, const mp_object *result)
{
    const mp_object *want, *item;

    for (want = mp_object_first(mp__get(exact, "statuses")); want; want = mp_object_next(want)) {
        for (item = mp_object_first(mp__get(result, "statuses")); item;
             item = mp_object_next(item)) {
            char id[256];

            (void)snprintf(id, sizeof id, "%s %s", case_text(mp__get(item, "kind")),
                           case_text(mp__get(mp__get(item, "metadata"), "name")));
            if (mp_object_key_is(want, id, MP_NTS))
                break;
        }
        ck_assert_msg(mp_object_equal(want, mp__get(item, "status")), "%s: status of %s", name,
                      mp_object_key(want, NULL));
    }
    for (want = mp_object_first(mp__get(exact, "objects")); want; want = mp_object_next(want)) {
        for (item = mp_object_first(mp__get(result, "objects")); item; item = mp_object_next(item))
            if (mp_object_key_is(want, case_text(mp__get(item, "key")), MP_NTS))
                break;
        ck_assert_msg(mp_object_equal(want, mp__get(item, "object")), "%s: object %s", name,
                      mp_object_key(want, NULL));
    }
}

/* ---- tests ---- */

static mp_doc *reconcile(const mp_object *documents, const mp_reconcile_opts *opts)
{
    mp_error err;
    mp_doc *result;

    ck_assert_msg(mp_reconcile(NULL, documents, opts, &result, &err) == MP_OK, "%s: %s", err.path,
                  err.text);
    return result;
}

START_TEST(matches_expectation)
{
    mp_doc *file = case_read((size_t)_i), *result;
    const mp_object *root = mp_doc_root(file);
    mp_reconcile_opts opts = read_options(root);
    mp__buf lines;

    result = reconcile(mp__get(root, "documents"), &opts);
    render_result(&lines, mp_doc_root(result));
    case_lines(case_name((size_t)_i), mp__get(root, "expect"), lines.data);
    compare_exact(case_name((size_t)_i), mp__get(root, "exact"), mp_doc_root(result));
    case_digest(case_name((size_t)_i), mp__get(root, "sha256"), mp_doc_root(result));
    mp__buf_fini(&lines);
    mp_doc_free(result);
    mp_doc_free(file);
}
END_TEST

static mp_doc *shuffled(const mp_object *documents, mp_test_random *random)
{
    size_t count = mp_object_size(documents);
    const mp_object **items = calloc(count ? count : 1, sizeof *items);
    mp_object *list;
    mp_doc *doc;

    ck_assert(items != NULL && mp_doc_new(NULL, &doc, NULL) == MP_OK);
    for (size_t i = 0; i < count; i++) {
        size_t j = (size_t)mp_test_random_below(random, i + 1);

        items[i] = items[j];
        items[j] = mp_object_at(documents, i);
    }
    list = mp_object_new_list(doc);
    mp_doc_set_root(doc, list);
    for (size_t i = 0; i < count; i++)
        (void)mp_object_append_copy(list, items[i]);
    free(items);
    ck_assert(mp_doc_status(doc) == MP_OK);
    return doc;
}

START_TEST(order_does_not_matter)
{
    mp_doc *file = case_read((size_t)_i), *first;
    const mp_object *documents = mp__get(mp_doc_root(file), "documents");
    mp_reconcile_opts opts = read_options(mp_doc_root(file));
    mp_test_random random = { 42 };

    first = reconcile(documents, &opts);
    for (size_t n = 0; n < mp_test_scaled(50); n++) {
        mp_doc *other = shuffled(documents, &random), *again = reconcile(mp_doc_root(other), &opts);

        ck_assert_msg(mp_object_identical(mp_doc_root(first), mp_doc_root(again)),
                      "%s depends on the order of documents", case_name((size_t)_i));
        mp_doc_free(again);
        mp_doc_free(other);
    }
    mp_doc_free(first);
    mp_doc_free(file);
}
END_TEST

typedef struct sweep {
    const mp_object *documents;
    mp_reconcile_opts opts;
} sweep;

static mp_status sweep_once(const mp_allocator *alloc, void *user)
{
    const sweep *s = user;
    mp_error err;
    mp_doc *out = (mp_doc *)user;
    mp_status st = mp_reconcile(alloc, s->documents, &s->opts, &out, &err);

    if (st != MP_OK)
        ck_assert(out == NULL);
    mp_doc_free(out);
    return st;
}

START_TEST(out_of_memory)
{
    mp_doc *file = case_read((size_t)_i);
    sweep s = { mp__get(mp_doc_root(file), "documents"), read_options(mp_doc_root(file)) };

    s.opts.explain_all = true;
    (void)mp_test_sweep(sweep_once, &s);
    mp_doc_free(file);
}
END_TEST

/* ---- refusals ---- */

static const struct {
    const char *documents; /* with ' for " */
    mp_status want;
    const char *path, *text;
} refused[] = {
    { "{}", MP_EINVAL, "", "documents must be a list" },
    { "[{'apiVersion':'modelplane.ai/v1alpha1','kind':'ModelCache','metadata':{'name':'a',"
      "'namespace':'n'}},{'apiVersion':'modelplane.ai/v1alpha1','kind':'ModelCache','metadata':"
      "{'name':'a','namespace':'n'}}]",
      MP_EDOC, "ModelCache n/a", "is there twice" },
};

START_TEST(refuses)
{
    char text[1024];
    mp_doc *doc, *out = NULL;
    mp_error err;
    size_t size = strlen(refused[_i].documents);

    ck_assert(size < sizeof text);
    for (size_t i = 0; i <= size; i++)
        text[i] = refused[_i].documents[i] == '\'' ? '"' : refused[_i].documents[i];
    ck_assert(mp_json_read(NULL, text, size, NULL, &doc, &err) == MP_OK);
    ck_assert_int_eq(mp_reconcile(NULL, mp_doc_root(doc), NULL, &out, &err), refused[_i].want);
    ck_assert(out == NULL);
    ck_assert_str_eq(err.path, refused[_i].path);
    ck_assert_msg(case_matches(refused[_i].text, err.text, strlen(err.text)), "%s", err.text);
    mp_doc_free(doc);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("reconcile");
    TCase *tc = tcase_create("cases");
    int count, code;

    count = (int)case_list("data/reconcile");
    tcase_set_timeout(tc, 120);
    if (count == 0)
        return 1; /* the fixtures are lost: nothing was tested */
    tcase_add_loop_test(tc, matches_expectation, 0, count);
    tcase_add_loop_test(tc, order_does_not_matter, 0, count);
    tcase_add_loop_test(tc, out_of_memory, 0, count);
    tcase_add_loop_test(tc, refuses, 0, (int)MP__COUNT(refused));
    suite_add_tcase(s, tc);
    code = mp_test_main(s);
    case_forget();
    return code;
}

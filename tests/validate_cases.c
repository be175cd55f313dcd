/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mp_validate() over the cases of data/validate: documents with every violation that is wanted, in
 * order.  rules.json has at least one accepted and one refused document per numbered rule.
 */
#include "mp_test.h"
#include "value_internal.h"
#include <modelplane/document.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RULES 46

static mp_doc *read_cases(const char *file)
{
    char below[64];
    mp_error err;
    mp_doc *doc;
    char *text;
    size_t size;

    (void)snprintf(below, sizeof below, "data/validate/%s", file);
    text = mp_test_read(mp_test_path(below), &size);
    ck_assert_msg(text != NULL, "%s: cannot be read", below);
    ck_assert_msg(mp_json_read(NULL, text, size, NULL, &doc, &err) == MP_OK, "%s:%u: %s", below,
                  (unsigned)err.line, err.text);
    free(text);
    return doc;
}

static int64_t number(const mp_object *map, const char *key, int64_t fallback)
{
    int64_t value = fallback;

    (void)mp_object_int(mp_object_get(map, key, MP_NTS), &value);
    return value;
}

static mp_shape shape_of(const mp_object *test)
{
    if (mp_object_string_is(mp__get(test, "shape"), "V1", 2))
        return MP_SHAPE_V1;
    return mp_object_string_is(mp__get(test, "shape"), "V2", 2) ? MP_SHAPE_V2 : MP_SHAPE_AUTO;
}

/* ---- a case ---- */

typedef struct listening {
    const mp_object *test;
    const mp_object *want; /* the next violation */
    size_t count;
} listening;

/* The node of a violation is at its path, or lacks the last field of it. */
static void expect_place(const listening *l, const mp_violation *v)
{
    char root[256], path[1024];
    size_t size;

    mp_object_path(mp__get(l->test, "document"), root, sizeof root);
    mp_object_path(v->node, path, sizeof path);
    size = strlen(root);
    ck_assert(strncmp(root, path, size) == 0);
    size += path[size] == '.';
    ck_assert_msg(strncmp(v->path, path + size, strlen(path + size)) == 0, "%s, at %s", v->path,
                  path);
    ck_assert_msg(strlen(path + size) == strlen(v->path) ||
                      mp_object_get(v->node,
                                    strrchr(v->path, '.') ? strrchr(v->path, '.') + 1 : v->path,
                                    MP_NTS) == NULL,
                  "%s, at %s", v->path, path);
}

static bool hear(const mp_violation *v, void *user)
{
    listening *l = user;
    const char *name = mp_object_string(mp__get(l->test, "name"), NULL);
    int64_t rule = number(l->want, "rule", number(l->test, "rule", -1));

    ck_assert_msg(l->want != NULL, "%s: not wanted: %s: %s", name, v->path, v->message);
    ck_assert_msg(mp_object_string_is(mp__get(l->want, "path"), v->path, MP_NTS), "%s: path %s: %s",
                  name, v->path, v->message);
    ck_assert_msg(mp_object_string_is(mp__get(l->want, "message"), v->message, MP_NTS),
                  "%s: message %s", name, v->message);
    ck_assert_msg(rule == (int64_t)v->rule, "%s: rule %u", name, v->rule);
    expect_place(l, v);
    l->want = mp_object_next(l->want);
    l->count++;
    return true;
}

static void expect_first(const mp_object *first, const mp_error *err)
{
    char path[MP_ERROR_PATH_SIZE];

    if (!first) {
        ck_assert_int_eq(err->status, MP_OK);
        return;
    }
    (void)snprintf(path, sizeof path, "%s", mp_object_string(mp__get(first, "path"), NULL));
    ck_assert_int_eq(err->status, MP_EDOC);
    ck_assert_str_eq(err->path, path);
    ck_assert(err->line != 0 && err->offset != MP_NO_OFFSET);
}

static void run_case(const mp_object *test)
{
    const mp_object *document = mp__get(test, "document"), *want = mp__get(test, "want");
    listening l = { test, mp_object_first(want), 0 };
    mp_validate_opts opts = MP_VALIDATE_OPTS_INIT;
    size_t count = 99;
    mp_error err;
    mp_status st;

    opts.shape = shape_of(test);
    opts.relaxed = mp_object_bool(mp__get(test, "relaxed"), false);
    opts.before = mp__get(test, "before");
    st = mp_validate_with(NULL, document, &opts, hear, &l, &count, &err);
    ck_assert_msg(l.want == NULL, "%s: only %zu violations",
                  mp_object_string(mp__get(test, "name"), NULL), l.count);
    ck_assert_int_eq(st, mp_object_size(want) ? MP_EDOC : MP_OK);
    ck_assert_uint_eq(count, mp_object_size(want));
    expect_first(mp_object_first(want), &err);
    ck_assert_int_eq(mp_validate_with(NULL, document, &opts, NULL, NULL, NULL, NULL), st);
    if (!opts.relaxed && !opts.before)
        ck_assert_int_eq(mp_validate(NULL, document, opts.shape, NULL, NULL, NULL, NULL), st);
}

static void run_cases(const char *file)
{
    mp_doc *doc = read_cases(file);

    for (const mp_object *t = mp_object_first(mp_doc_root(doc)); t; t = mp_object_next(t))
        run_case(t);
    mp_doc_free(doc);
}

START_TEST(rules)
{
    run_cases("rules.json");
}
END_TEST

START_TEST(structure)
{
    run_cases("structure.json");
}
END_TEST

START_TEST(every_rule_has_cases)
{
    size_t accepted[RULES + 1] = { 0 }, refused[RULES + 1] = { 0 };
    mp_doc *doc = read_cases("rules.json");

    for (const mp_object *t = mp_object_first(mp_doc_root(doc)); t; t = mp_object_next(t)) {
        size_t rule = (size_t)number(t, "rule", 0);
        const mp_object *want = mp__get(t, "want");

        ck_assert(rule >= 1 && rule <= RULES);
        accepted[rule] += mp_object_size(want) == 0;
        for (const mp_object *w = mp_object_first(want); w; w = mp_object_next(w))
            refused[rule] += number(w, "rule", (int64_t)rule) == (int64_t)rule;
    }
    for (size_t rule = 1; rule <= RULES; rule++)
        ck_assert_msg(accepted[rule] && refused[rule], "rule %zu", rule);
    mp_doc_free(doc);
}
END_TEST

/* "| 11 | kind | what holds | `message` |" */
static void expect_documented(const char *page, int64_t rule, const char *message)
{
    char begin[32];
    const char *line, *end, *at;

    (void)snprintf(begin, sizeof begin, "\n| %d |", (int)rule);
    line = strstr(page, begin);
    ck_assert_msg(line != NULL, "rule %d", (int)rule);
    end = strchr(line + 1, '\n');
    at = strstr(line, message);
    ck_assert_msg(at && at < end && at[-1] == '`' && at[strlen(message)] == '`', "rule %d: %s",
                  (int)rule, message);
}

START_TEST(every_message_is_documented)
{
    size_t size;
    char *page = mp_test_read(mp_test_path("../doc/validation.md"), &size);
    mp_doc *doc = read_cases("rules.json");

    ck_assert(page != NULL);
    for (const mp_object *t = mp_object_first(mp_doc_root(doc)); t; t = mp_object_next(t)) {
        for (const mp_object *w = mp_object_first(mp__get(t, "want")); w; w = mp_object_next(w)) {
            int64_t rule = number(w, "rule", number(t, "rule", 0));

            if (rule != 0)
                expect_documented(page, rule, mp_object_string(mp__get(w, "message"), NULL));
        }
    }
    mp_doc_free(doc);
    free(page);
}
END_TEST

/* ---- what is around it ---- */

static mp_doc *read_text(const char *text)
{
    mp_doc *doc;

    ck_assert_int_eq(mp_json_read(NULL, text, strlen(text), NULL, &doc, NULL), MP_OK);
    return doc;
}

START_TEST(kinds)
{
    static const struct {
        const char *text;
        bool known;
    } cases[] = {
        { "{'apiVersion':'modelplane.ai/v1alpha1','kind':'InferenceClass'}", true },
        { "{'apiVersion':'modelplane.ai/v1alpha1','kind':'InferenceCluster'}", true },
        { "{'apiVersion':'modelplane.ai/v1alpha1','kind':'InferenceGateway'}", true },
        { "{'apiVersion':'modelplane.ai/v1alpha1','kind':'ModelDeployment'}", true },
        { "{'apiVersion':'modelplane.ai/v1alpha1','kind':'ModelReplica'}", true },
        { "{'apiVersion':'modelplane.ai/v1alpha1','kind':'ModelService'}", true },
        { "{'apiVersion':'modelplane.ai/v1alpha1','kind':'ModelEndpoint'}", true },
        { "{'apiVersion':'modelplane.ai/v1alpha1','kind':'ModelCache'}", true },
        { "{'apiVersion':'modelplane.ai/v1alpha1','kind':'modelcache'}", false },
        { "{'apiVersion':'modelplane.ai/v1','kind':'ModelCache'}", false },
        { "{'apiVersion':'infrastructure.modelplane.ai/v1alpha1','kind':'GKECluster'}", false },
        { "{'apiVersion':'v1','kind':'Service'}", false },
        { "{'kind':'ModelCache'}", false },
        { "{'apiVersion':['modelplane.ai/v1alpha1'],'kind':{}}", false },
        { "[]", false },
        { "'ModelCache'", false },
    };
    char text[256];
    mp_error err;
    mp_doc *doc;
    mp_status st;

    (void)snprintf(text, sizeof text, "%s", cases[_i].text);
    for (char *c = text; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    doc = read_text(text);
    ck_assert_int_eq(mp_document_known(mp_doc_root(doc)), cases[_i].known);
    st = mp_validate(NULL, mp_doc_root(doc), MP_SHAPE_AUTO, NULL, NULL, NULL, &err);
    ck_assert_int_eq(st, cases[_i].known ? MP_EDOC : MP_ENOENT);
    ck_assert_int_eq(err.status, st);
    st = mp_document_unknown(NULL, mp_doc_root(doc), MP_SHAPE_AUTO, NULL, NULL, NULL, &err);
    ck_assert_int_eq(st, cases[_i].known ? MP_OK : MP_ENOENT);
    mp_doc_free(doc);
}
END_TEST

START_TEST(nothing_at_all)
{
    ck_assert(!mp_document_known(NULL));
    ck_assert_int_eq(mp_validate(NULL, NULL, MP_SHAPE_V1, NULL, NULL, NULL, NULL), MP_ENOENT);
    ck_assert_int_eq(mp_document_unknown(NULL, NULL, MP_SHAPE_V2, NULL, NULL, NULL, NULL),
                     MP_ENOENT);
}
END_TEST

static bool stop_at_second(const mp_violation *v, void *user)
{
    size_t *heard = user;

    (void)v;
    return ++*heard < 2;
}

START_TEST(a_callback_can_stop)
{
    mp_doc *doc = read_text("{\"apiVersion\":\"modelplane.ai/v1alpha1\",\"kind\":\"ModelCache\","
                            "\"x\":1,\"y\":2,\"z\":3,\"metadata\":1,\"spec\":2,\"status\":3}");
    size_t heard = 0, count;
    mp_error err;

    ck_assert_int_eq(
        mp_validate(NULL, mp_doc_root(doc), MP_SHAPE_AUTO, stop_at_second, &heard, &count, &err),
        MP_ESTOPPED);
    ck_assert(heard == 2 && count == 2);
    heard = 0;
    ck_assert_int_eq(mp_document_unknown(NULL, mp_doc_root(doc), MP_SHAPE_AUTO, stop_at_second,
                                         &heard, &count, &err),
                     MP_ESTOPPED);
    ck_assert(heard == 2 && count == 2);
    mp_doc_free(doc);
}
END_TEST

/* ---- unknown fields ---- */

static bool write_line(const mp_violation *v, void *user)
{
    mp__buf *out = user;

    mp__buf_printf(out, "%s: %s\n", v->path, v->message);
    return v->rule == 0;
}

START_TEST(unknown_fields)
{
    static const char text[] =
        "{\"apiVersion\": \"modelplane.ai/v1alpha1\", \"kind\": \"ModelDeployment\","
        " \"metadata\": {\"name\": \"m\", \"label\": {\"anything\": 1}},"
        " \"spec\": {\"replica\": 1, \"replicas\": 1, \"tempalte\": {}, \"template\": {"
        "   \"metadata\": {\"labels\": {\"any key\": \"is known\"}, \"annotations\": {}},"
        "   \"spec\": {\"Engines\": [], \"engine s\": 1, \"toleration\": [], \"zzz\": {},"
        "     \"engines\": [{\"name\": \"a\", \"coppies\": 2, \"members\": [{"
        "       \"nodeselector\": {}, \"template\": {\"spec\": {\"containers\": ["
        "         {\"name\": \"engine\", \"imgae\": \"i\", \"resources\": {\"x\": 1}}],"
        "         \"volumes\": []}}}]}, \"no map\"]}}}}";
    static const char want[] =
        "metadata.label: unknown field; did you mean labels?\n"
        "spec.replica: unknown field\n"
        "spec.tempalte: unknown field\n"
        "spec.template.metadata.annotations: unknown field\n"
        "spec.template.spec.Engines: unknown field\n"
        "spec.template.spec[\"engine s\"]: unknown field\n"
        "spec.template.spec.toleration: unknown field; did you mean tolerations?\n"
        "spec.template.spec.zzz: unknown field\n"
        "spec.template.spec.engines[0].coppies: unknown field; did you mean copies?\n"
        "spec.template.spec.engines[0].members[0].nodeselector: unknown field; did you mean "
        "nodeSelector?\n"
        "spec.template.spec.engines[0].members[0].template.spec.containers[0].imgae: unknown "
        "field; did you mean image?\n"
        "spec.template.spec.engines[0].members[0].template.spec.containers[0].resources: unknown "
        "field\n"
        "spec.template.spec.engines[0].members[0].template.spec.volumes: unknown field\n";
    mp_doc *doc = read_text(text);
    size_t count;
    mp_error err;
    mp__buf out;

    mp__buf_init(&out, NULL);
    ck_assert_int_eq(
        mp_document_unknown(NULL, mp_doc_root(doc), MP_SHAPE_AUTO, write_line, &out, &count, &err),
        MP_OK);
    ck_assert_str_eq(out.data, want);
    ck_assert_uint_eq(count, 13);
    ck_assert_int_eq(err.status, MP_OK);
    mp__buf_clear(&out);
    ck_assert_int_eq(
        mp_document_unknown(NULL, mp_doc_root(doc), MP_SHAPE_V1, write_line, &out, &count, &err),
        MP_OK);
    ck_assert_str_eq(out.data, "metadata.label: unknown field; did you mean labels?\n"
                               "spec.replica: unknown field\n"
                               "spec.tempalte: unknown field\n"
                               "spec.template: unknown field\n");
    mp__buf_fini(&out);
    mp_doc_free(doc);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("validate");
    TCase *tc = tcase_create("cases");

    tcase_add_test(tc, rules);
    tcase_add_test(tc, structure);
    tcase_add_test(tc, every_rule_has_cases);
    tcase_add_test(tc, every_message_is_documented);
    tcase_add_loop_test(tc, kinds, 0, 16);
    tcase_add_test(tc, nothing_at_all);
    tcase_add_test(tc, a_callback_can_stop);
    tcase_add_test(tc, unknown_fields);
    suite_add_tcase(s, tc);
    return mp_test_main(s);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs files of selector cases: cel_corpus [FILE...].
 *
 * A file is a JSON array of cases; `expr` is the source.  A case with a `device` is a DRA selector,
 * any other an expression of the base environment with `vars` of `types`.  What is wanted is a
 * value, or an error of compilation or of evaluation, and with it the type and the cost where they
 * are given; `dra` has the answers for the DRA environment where they differ.
 *
 * Without arguments: the cases in data/cel and those in the shared data folder, if it is there. One
 * TAP line a suite.  A case is left for later only if what it is refused for is a name in the table
 * `later` below, or if it asks for an older release's environment.
 */
#define _POSIX_C_SOURCE 200809L
#include "cel_values.h"
#include "mp_test.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define VARS_MAX 16
#define SUITES_MAX 128

/* Optional functions that are not declared yet; for a name that has some forms, those it lacks. */
static const struct {
    const char *name, *form; /* form: how the argument types begin; NULL: any */
} later[] = {
    /* conversions and types */
    { "uint", NULL },
    { "bool", NULL },
    { "bytes", NULL },
    { "type", NULL },
    { "timestamp", NULL },
    { "duration", NULL },
    { "getFullYear", NULL },
    { "getMonth", NULL },
    { "getDate", NULL },
    { "getDayOfMonth", NULL },
    { "getDayOfWeek", NULL },
    { "getDayOfYear", NULL },
    { "getHours", NULL },
    { "getMinutes", NULL },
    { "getSeconds", NULL },
    { "getMilliseconds", NULL },
    /* messages */
    { "google.protobuf.BoolValue", NULL },
    { "google.protobuf.BytesValue", NULL },
    { "google.protobuf.DoubleValue", NULL },
    { "google.protobuf.Duration", NULL },
    { "google.protobuf.FloatValue", NULL },
    { "google.protobuf.Int32Value", NULL },
    { "google.protobuf.Int64Value", NULL },
    { "google.protobuf.ListValue", NULL },
    { "google.protobuf.StringValue", NULL },
    { "google.protobuf.Struct", NULL },
    { "google.protobuf.Timestamp", NULL },
    { "google.protobuf.UInt32Value", NULL },
    { "google.protobuf.UInt64Value", NULL },
    { "google.protobuf.Value", NULL },
    { "google", NULL },
    { "BoolValue", NULL },
    { "BytesValue", NULL },
    { "DoubleValue", NULL },
    { "FloatValue", NULL },
    { "Int32Value", NULL },
    { "Int64Value", NULL },
    { "StringValue", NULL },
    { "UInt32Value", NULL },
    { "UInt64Value", NULL },
    /* macros */
    { "transformList", NULL },
    { "transformMap", NULL },
    { "transformMapEntry", NULL },
    { "optFlatMap", NULL },
    { "sortBy", NULL },
    /* Kubernetes lists, regular expressions, URLs, formats, authorizer */
    { "isSorted", NULL },
    { "sum", NULL },
    { "min", NULL },
    { "max", NULL },
    { "findAll", NULL },
    { "isURL", NULL },
    { "url", NULL },
    { "getScheme", NULL },
    { "getHost", NULL },
    { "getHostname", NULL },
    { "getPort", NULL },
    { "getEscapedPath", NULL },
    { "getQuery", NULL },
    { "format", NULL },
    { "validate", NULL },
    /* extension libraries */
    { "strings", NULL },
    { "strings.quote", NULL },
    { "slice", NULL },
    { "flatten", NULL },
    { "sort", NULL },
    { "distinct", NULL },
    { "reverse", NULL },
    { "lists", NULL },
    { "lists.range", NULL },
    { "sets", NULL },
    { "sets.contains", NULL },
    { "sets.equivalent", NULL },
    { "sets.intersects", NULL },
    { "optional", NULL },
    { "optional.unwrap", NULL },
    { "unwrapOpt", NULL },
};

typedef struct suite {
    char name[64];
    unsigned passed, failed, left, costs, costs_wrong;
} suite;

typedef struct runner {
    suite suites[SUITES_MAX];
    size_t count;
    const char *only; /* print one case in full */
    bool verbose;     /* name the cases that are left */
} runner;

typedef enum outcome { PASSED, FAILED, LEFT } outcome;

/* One case under way. */
typedef struct trial {
    const mp_object *node;
    suite *suite;
    char why[1024]; /* what went wrong */
} trial;

static bool is(mp__str s, const char *text)
{
    return mp__str_equal(s, mp__str_make(text, MP_NTS));
}

static outcome wrong(trial *t, const char *fmt, ...) MP_PRINTF(2, 3);

static outcome wrong(trial *t, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(t->why, sizeof t->why, fmt, args);
    va_end(args);
    return FAILED;
}

/* What the DRA environment answers, where the case says that it differs. */
static const mp_object *answer(const mp_object *c, const char *field)
{
    const mp_object *dra = mp__get(c, "dra");

    if (dra && (mp__get(dra, "want") || mp__get(dra, "want_error")) &&
        strncmp(field, "want_cost", 9) != 0)
        return mp_object_get(dra, field, MP_NTS);
    return mp_object_get(c, field, MP_NTS);
}

/* ---- left for later ---- */

static bool starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* The name between the first quotes, as it is in the two messages about names. */
static bool refused_name(const char *text, mp__str *name, const char **form)
{
    const char *open, *close, *applied;

    if (!starts(text, "undeclared reference to '") &&
        !starts(text, "found no matching overload for '"))
        return false;
    open = strchr(text, '\'') + 1;
    close = strchr(open, '\'');
    *name = (mp__str){ open, (size_t)(close - open) };
    applied = strstr(close, "applied to '");
    *form = applied ? applied + strlen("applied to '") : "";
    return true;
}

/* Whether a compile error comes from a function that is not there yet. */
static bool is_later(const mp_error *err)
{
    const char *form;
    mp__str name;

    if (err->status != MP_ECOMPILE || !refused_name(err->text, &name, &form))
        return false;
    for (size_t i = 0; i < MP__COUNT(later); i++)
        if (is(name, later[i].name) && (!later[i].form || starts(form, later[i].form)))
            return true;
    return false;
}

/* ---- one case ---- */

/* The case wants a refusal, and for the very name that was refused. */
static bool same_refusal(const mp_object *c, const mp_error *err)
{
    mp__str hint = mp__object_str(answer(c, "error_hint")), name, wanted;
    const char *form;
    char text[512];

    if (hint.size >= sizeof text || !hint.data)
        return false;
    memcpy(text, hint.data, hint.size);
    text[hint.size] = '\0';
    return refused_name(text, &wanted, &form) && refused_name(err->text, &name, &form) &&
           mp__str_equal(name, wanted);
}

static outcome check_compile_error(trial *t, mp_status st, const mp_error *err)
{
    const mp_object *want = answer(t->node, "want_error");

    if (st != MP_EPARSE && st != MP_ECOMPILE && st != MP_ELIMIT)
        return wrong(t, "status %s: %s", mp_status_name(st), err->text);
    if (err->status != st || err->text[0] == '\0' || err->line == 0 || err->column == 0)
        return wrong(t, "an error without a place: %s", err->text);
    if (is_later(err) && !same_refusal(t->node, err))
        return LEFT;
    if (want && is(mp__object_str(want), "compile"))
        return PASSED;
    return wrong(t, "%u:%u: %s", err->line, err->column, err->text);
}

static outcome check_value(trial *t, const mp__value *v, mp_status st, const mp_error *err)
{
    const mp_object *want = answer(t->node, "want"), *want_error = answer(t->node, "want_error");
    outcome result = PASSED;
    mp__buf buf;

    mp__buf_init(&buf, NULL);
    if (v->kind != MP__ERROR)
        cel_value_print(v, &buf);
    if (want_error && is(mp__object_str(want_error), "compile"))
        result = wrong(t, "compiles, gives %s", st == MP_OK ? buf.data : err->text);
    else if (want_error && st != MP_EEVAL && st != MP_EBUDGET)
        result = wrong(t, "no error, but %s", st == MP_OK ? buf.data : err->text);
    else if (!want_error && st != MP_OK)
        result = wrong(t, "%s", err->text);
    else if (want && !want_error && !cel_value_agrees(v, want))
        result = wrong(t, "gives %s", buf.data ? buf.data : "nothing");
    mp__buf_fini(&buf);
    return result;
}

static void check_cost(trial *t, uint64_t cost)
{
    uint64_t want;

    if (!mp_object_uint(mp__get(t->node, "want_actual_cost"), &want))
        return;
    t->suite->costs++;
    if (cost == want)
        return;
    t->suite->costs_wrong++;
    if (getenv("CEL_CORPUS_COSTS"))
        printf("# cost %s/%.*s: %llu, wanted %llu\n#   %.*s\n", t->suite->name,
               (int)mp__get_str(t->node, "name").size, mp__get_str(t->node, "name").data,
               (unsigned long long)cost, (unsigned long long)want,
               (int)mp__get_str(t->node, "expr").size, mp__get_str(t->node, "expr").data);
}

/* Runs a program as selectors run: the result must be a bool, and mp_cel_match() must agree. */
static outcome run_selector(trial *t, const mp_cel *cel, const mp_cel_device *device)
{
    mp__machine m;
    mp__value v;
    mp_error err, again;
    mp_status st = MP_OK, st2;
    outcome result;
    bool match;

    mp__error_clear(&err);
    mp__machine_init(&m, NULL, cel);
    m.device = device;
    v = mp__machine_run(&m);
    if (v.kind == MP__ERROR)
        st = mp__machine_fail(&m, &v, &err);
    else if (v.kind != MP__BOOL)
        st = mp__fail(&err, MP_EEVAL, "not a bool");
    check_cost(t, m.cost);
    result = check_value(t, &v, st, &err);
    st2 = mp_cel_match(cel, device, &match, &again);
    if (result == PASSED && (st2 != st || match != (st == MP_OK && v.as.boolean)))
        result = wrong(t, "mp_cel_match() differs: %s %s", mp_status_name(st2), again.text);
    mp__machine_fini(&m);
    return result;
}

static outcome run_expression(trial *t, const mp_cel *cel, const mp__value *vars)
{
    mp__machine m;
    mp__value v;
    mp_error err;
    mp_status st = MP_OK;
    outcome result;

    mp__error_clear(&err);
    mp__machine_init(&m, NULL, cel);
    m.variables = vars;
    v = mp__machine_run(&m);
    if (v.kind == MP__ERROR)
        st = mp__machine_fail(&m, &v, &err);
    check_cost(t, m.cost);
    result = check_value(t, &v, st, &err);
    mp__machine_fini(&m);
    return result;
}

/* Declares the variables of a case and reads their values. */
static outcome declare(trial *t, mp_cel_env *env, mp__arena *arena, mp__value *values)
{
    const mp_object *vars = mp__get(t->node, "vars"), *types = mp__get(t->node, "types");
    const mp_object *sets[2] = { types, vars };
    size_t count = 0;

    for (size_t s = 0; s < 2; s++)
        for (const mp_object *o = mp_object_first(sets[s]); o; o = mp_object_next(o)) {
            mp__str name = { 0 }, type = MP__STR("dyn");
            const mp_object *value;

            name.data = mp_object_key(o, &name.size);
            if (s == 1 && mp_object_get(types, name.data, name.size))
                continue;
            if (s == 0)
                type = mp__object_str(o);
            value = mp_object_get(vars, name.data, name.size);
            if (count == VARS_MAX || mp__cel_env_declare(env, name, type) != MP_OK)
                return wrong(t, "cannot declare %.*s", (int)name.size, name.data);
            if (value && !cel_value_read(arena, value, &values[count]))
                return LEFT; /* a timestamp or duration */
            count++;
        }
    return PASSED;
}

static outcome check_type(trial *t, const mp_cel *cel)
{
    mp__str want = mp__get_str(t->node, "want_type");

    if (want.data && answer(t->node, "want_type") && !is(want, mp_cel_type(cel)))
        return wrong(t, "type %s, wanted %.*s", mp_cel_type(cel), (int)want.size, want.data);
    return PASSED;
}

/* The estimate, and whether it is what is wanted. */
static outcome check_estimate(trial *t, const mp_cel_env *env, mp__str source)
{
    static const char *const names[] = { "want_cost_min", "want_cost" };
    const mp_object *dra = mp__get(t->node, "dra"), *field;
    uint64_t want, got;
    mp_cel_cost cost;
    mp_error err;

    if (!answer(t->node, "want_cost"))
        return PASSED;
    if (mp_cel_estimate(env, source.data, source.size, &cost, &err) != MP_OK)
        return wrong(t, "no estimate: %s", err.text);
    for (size_t i = 0; i < 2; i++) {
        got = i ? cost.max : cost.min;
        field = mp_object_get(dra, names[i], MP_NTS);
        if (!field)
            field = mp_object_get(t->node, names[i], MP_NTS);
        if (mp_object_uint(field, &want) && got != want)
            return wrong(t, "%s %llu, wanted %llu", names[i], (unsigned long long)got,
                         (unsigned long long)want);
    }
    return PASSED;
}

static outcome compile_and_run(trial *t, mp_cel_env *env, const mp__value *values)
{
    const mp_object *device_node = mp__get(t->node, "device");
    mp__str source = mp__get_str(t->node, "expr");
    mp_cel_device *device = NULL;
    mp_cel *cel = NULL;
    mp_error err;
    mp_status st = mp_cel_compile(env, source.data, source.size, &cel, &err);
    outcome result;

    if (st != MP_OK)
        return cel ? wrong(t, "a program after all") : check_compile_error(t, st, &err);
    result = check_type(t, cel);
    if (result == PASSED)
        result = check_estimate(t, env, source);
    if (result == PASSED && !mp_object_bool(mp__get(t->node, "check_only"), false)) {
        if (!device_node)
            result = run_expression(t, cel, values);
        else if (!cel_device_read(device_node, &device))
            result = wrong(t, "a device that makes no sense");
        else
            result = run_selector(t, cel, device);
    }
    mp_cel_device_free(device);
    mp_cel_free(cel);
    return result;
}

static outcome run_case(trial *t)
{
    bool dra = mp__get(t->node, "device") != NULL;
    mp__str container = mp__get_str(t->node, "container");
    mp__value values[VARS_MAX] = { { 0 } };
    mp_cel_env *env = NULL;
    mp__arena arena;
    outcome result = PASSED;

    if (is(mp__get_str(t->node, "env"), "new"))
        return LEFT; /* profiles of older releases */
    if ((dra ? mp_cel_env_new_dra(NULL, &env, NULL) : mp_cel_env_new(NULL, &env, NULL)) != MP_OK)
        return wrong(t, "no environment");
    mp__arena_init(&arena, NULL);
    if (container.size && mp__cel_env_set_container(env, container) != MP_OK)
        result = wrong(t, "no container");
    if (result == PASSED)
        result = declare(t, env, &arena, values);
    if (result == PASSED)
        result = compile_and_run(t, env, values);
    mp__arena_fini(&arena);
    mp_cel_env_free(env);
    return result;
}

/* ---- files and suites ---- */

static suite *suite_named(runner *r, mp__str name)
{
    for (size_t i = 0; i < r->count; i++)
        if (is(name, r->suites[i].name))
            return &r->suites[i];
    if (r->count == SUITES_MAX || name.size >= sizeof r->suites[0].name)
        return NULL;
    memcpy(r->suites[r->count].name, name.data, name.size);
    return &r->suites[r->count++];
}

static void report(const trial *t, const char *what)
{
    mp__str section = mp__get_str(t->node, "section"), name = mp__get_str(t->node, "name");
    mp_text text;

    if (mp_json_text(NULL, t->node, 0, &text, NULL) == MP_OK)
        printf("# %s %s/%.*s/%.*s: %s\n#   %s\n", what, t->suite->name, (int)section.size,
               section.data, (int)name.size, name.data, t->why, text.data);
    mp_text_fini(&text);
}

static void count_case(runner *r, const mp_object *node)
{
    trial t = { node, suite_named(r, mp__get_str(node, "suite")), "" };

    if (!t.suite) {
        printf("Bail out! a case without a suite, or too many suites\n");
        exit(EXIT_FAILURE);
    }
    switch (run_case(&t)) {
    case PASSED:
        t.suite->passed++;
        break;
    case LEFT:
        t.suite->left++;
        if (r->verbose)
            report(&t, "LEFT");
        break;
    case FAILED:
        t.suite->failed++;
        report(&t, "FAIL");
        break;
    }
}

static void run_file(runner *r, const char *path)
{
    size_t size = 0;
    char *text = mp_test_read(path, &size);
    mp_doc *doc = NULL;
    mp_error err;

    if (!text || mp_json_read(NULL, text, size, NULL, &doc, &err) != MP_OK) {
        printf("Bail out! %s: %s\n", path, text ? err.text : "cannot be read");
        exit(EXIT_FAILURE);
    }
    for (const mp_object *c = mp_object_first(mp_doc_root(doc)); c; c = mp_object_next(c))
        count_case(r, c);
    mp_doc_free(doc);
    free(text);
}

static int is_json(const struct dirent *entry)
{
    size_t size = strlen(entry->d_name);

    return size > 5 && strcmp(entry->d_name + size - 5, ".json") == 0;
}

/* Every case file of a folder, in the order of their names. */
static bool run_folder(runner *r, const char *folder)
{
    struct dirent **entries;
    int count = folder ? scandir(folder, &entries, is_json, alphasort) : -1;
    char path[4096], base[2048];

    if (count <= 0)
        return false;
    snprintf(base, sizeof base, "%s", folder);
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s", base, entries[i]->d_name);
        run_file(r, path);
        free(entries[i]);
    }
    free(entries);
    return true;
}

/* A suite's TAP line, and the sums in `all`. */
static void print_suite(const suite *s, size_t number, suite *all)
{
    if (s->passed == 0 && s->failed == 0)
        printf("ok %zu - %s # SKIP all %u left for later\n", number, s->name, s->left);
    else
        printf("%s %zu - %s: %u passed, %u failed, %u left for later; cost %u of %u\n",
               s->failed ? "not ok" : "ok", number, s->name, s->passed, s->failed, s->left,
               s->costs - s->costs_wrong, s->costs);
    all->passed += s->passed;
    all->failed += s->failed;
    all->left += s->left;
    all->costs += s->costs;
    all->costs_wrong += s->costs_wrong;
}

int main(int argc, char **argv)
{
    static runner r;
    suite all = { 0 };
    size_t number = 0;

    r.verbose = getenv("CEL_CORPUS_LEFT") != NULL;
    for (int i = 1; i < argc; i++)
        run_file(&r, argv[i]);
    if (argc == 1) {
        if (!run_folder(&r, mp_test_path("data/cel")))
            printf("not ok %zu - no cases in data/cel\n", ++number);
        if (!run_folder(&r, mp_test_shared("testdata/cel")))
            printf("ok %zu - shared cases # SKIP no testdata/cel in the shared data folder\n",
                   ++number);
    }
    for (size_t i = 0; i < r.count; i++)
        print_suite(&r.suites[i], ++number, &all);
    printf("1..%zu\n", number);
    printf("# total: %u passed, %u failed, %u left for later; cost %u of %u\n", all.passed,
           all.failed, all.left, all.costs - all.costs_wrong, all.costs);
    return all.failed || (argc == 1 && all.passed == 0) ? EXIT_FAILURE : EXIT_SUCCESS;
}

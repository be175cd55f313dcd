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

typedef struct suite {
    char name[64];
    unsigned passed, failed, skipped, costs, costs_wrong;
} suite;

typedef struct runner {
    suite suites[SUITES_MAX];
    size_t count;
} runner;

typedef enum outcome { PASSED, FAILED, SKIPPED } outcome;

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

/* ---- one case ---- */

static outcome check_compile_error(trial *t, mp_status st, const mp_error *err)
{
    const mp_object *want = answer(t->node, "want_error");

    if (st != MP_EPARSE && st != MP_ECOMPILE && st != MP_ELIMIT)
        return wrong(t, "status %s: %s", mp_status_name(st), err->text);
    if (err->status != st || err->text[0] == '\0' || err->line == 0 || err->column == 0)
        return wrong(t, "an error without a place: %s", err->text);
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

static outcome check_cost(trial *t, uint64_t cost)
{
    uint64_t want;

    if (!mp_object_uint(mp__get(t->node, "want_actual_cost"), &want))
        return PASSED;
    t->suite->costs++;
    if (cost == want)
        return PASSED;
    t->suite->costs_wrong++;
    return wrong(t, "costs %llu, wanted %llu", (unsigned long long)cost, (unsigned long long)want);
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
    result = check_value(t, &v, st, &err);
    if (result == PASSED)
        result = check_cost(t, m.cost);
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
    result = check_value(t, &v, st, &err);
    if (result == PASSED)
        result = check_cost(t, m.cost);
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
                return wrong(t, "cannot read the value of %.*s", (int)name.size, name.data);
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

static mp__node *parse(mp__arena *arena, const char *text, size_t size)
{
    mp__source source = { text, size };
    mp__node *root = NULL;

    return mp__parse(arena, &source, MP__RELEASE, &root, NULL) == MP_OK ? root : NULL;
}

/* What is printed of the source, read and printed again, is the same text. */
static outcome check_print(trial *t, mp__str source)
{
    outcome result = PASSED;
    mp__arena arena;
    mp__buf first, second;
    mp__node *root;

    mp__arena_init(&arena, NULL);
    mp__buf_init(&first, NULL);
    mp__buf_init(&second, NULL);
    root = parse(&arena, source.data, source.size);
    if (root)
        mp__cel_print(root, &first);
    root = root ? parse(&arena, first.data, first.size) : NULL;
    if (root)
        mp__cel_print(root, &second);
    if (!root || first.size != second.size || memcmp(first.data, second.data, first.size) != 0)
        result = wrong(t, "prints as %.*s", (int)first.size, first.size ? first.data : "");
    mp__buf_fini(&second);
    mp__buf_fini(&first);
    mp__arena_fini(&arena);
    return result;
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
    if (result == PASSED)
        result = check_print(t, source);
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

/* A case for libraries that the environment of selectors does not have. */
static bool needs_other_library(const mp_object *c)
{
    static const char *const others[] = { "math", "encoders", "block" };

    for (const mp_object *o = mp_object_first(mp__get(c, "needs")); o; o = mp_object_next(o))
        for (size_t i = 0; i < MP__COUNT(others); i++)
            if (is(mp__object_str(o), others[i]))
                return true;
    return false;
}

static mp_cel_profile read_profile(const mp_object *c)
{
    mp_cel_profile p = MP_CEL_PROFILE_INIT;

    p.stored = !is(mp__get_str(c, "env"), "new");
    for (const mp_object *o = mp_object_first(mp__get(c, "features")); o; o = mp_object_next(o)) {
        if (is(mp__object_str(o), "DRAConsumableCapacity"))
            p.gates |= MP_CEL_CONSUMABLE_CAPACITY;
        if (is(mp__object_str(o), "DRAListTypeAttributes"))
            p.gates |= MP_CEL_LIST_ATTRIBUTES;
    }
    return p;
}

static outcome run_case(trial *t)
{
    bool dra = mp__get(t->node, "device") != NULL;
    mp_cel_profile profile = read_profile(t->node);
    mp__str container = mp__get_str(t->node, "container");
    mp__value values[VARS_MAX] = { { 0 } };
    mp_cel_env *env = NULL;
    mp__arena arena;
    outcome result = PASSED;

    if (needs_other_library(t->node))
        return SKIPPED;
    if ((dra ? mp_cel_env_new_profile(NULL, &profile, &env, NULL)
             : mp_cel_env_new(NULL, &env, NULL)) != MP_OK)
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

static void report(const trial *t)
{
    mp__str section = mp__get_str(t->node, "section"), name = mp__get_str(t->node, "name");
    mp_text text;

    if (mp_json_text(NULL, t->node, 0, &text, NULL) == MP_OK)
        printf("# FAIL %s/%.*s/%.*s: %s\n#   %s\n", t->suite->name, (int)section.size, section.data,
               (int)name.size, name.data, t->why, text.data);
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
    case SKIPPED:
        t.suite->skipped++;
        break;
    case FAILED:
        t.suite->failed++;
        report(&t);
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

static void add_suite(const suite *s, suite *all)
{
    all->passed += s->passed;
    all->failed += s->failed;
    all->skipped += s->skipped;
    all->costs += s->costs;
    all->costs_wrong += s->costs_wrong;
}

static void print_counts(const suite *s, const char *name)
{
    printf("%s: %u passed, %u failed, %u skipped\n", name, s->passed, s->failed, s->skipped);
}

/* Without files, under the test command: a TAP line a suite, the counts behind it. */
static void print_tap(const suite *s, size_t number)
{
    if (s->passed == 0 && s->failed == 0)
        printf("ok %zu - %s # SKIP all %u need libraries that selectors do not have\n", number,
               s->name, s->skipped);
    else
        printf("%s %zu - %s: %u passed, %u failed, %u skipped; cost %u of %u\n",
               s->failed || s->costs_wrong ? "not ok" : "ok", number, s->name, s->passed, s->failed,
               s->skipped, s->costs - s->costs_wrong, s->costs);
}

/* The folders of the project and of the shared data, if that is there. */
static int run_folders(runner *r)
{
    size_t number = 0;
    suite all = { 0 };

    if (!run_folder(r, mp_test_path("data/cel")))
        printf("not ok %zu - no cases in data/cel\n", ++number);
    if (!run_folder(r, mp_test_shared("testdata/cel")))
        printf("ok %zu - shared cases # SKIP no testdata/cel in the shared data folder\n",
               ++number);
    for (size_t i = 0; i < r->count; i++) {
        print_tap(&r->suites[i], ++number);
        add_suite(&r->suites[i], &all);
    }
    printf("1..%zu\n", number);
    printf("# total: %u passed, %u failed, %u skipped; cost %u of %u\n", all.passed, all.failed,
           all.skipped, all.costs - all.costs_wrong, all.costs);
    return all.failed || all.costs_wrong || all.passed == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    static runner r;
    suite all = { 0 };

    if (argc == 1)
        return run_folders(&r);
    for (int i = 1; i < argc; i++)
        run_file(&r, argv[i]);
    for (size_t i = 0; i < r.count; i++) {
        print_counts(&r.suites[i], r.suites[i].name);
        add_suite(&r.suites[i], &all);
    }
    print_counts(&all, "total");
    return all.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

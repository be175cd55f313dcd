/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expressions over declared variables: every kind of value in and out, wrong use, one program in
 * many threads, memory that runs out; and environments of other releases.
 */
#define _POSIX_C_SOURCE 200809L
#include "mp_test.h"
#include <modelplane/cel.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static mp_doc *read_json(const char *text)
{
    mp_doc *doc = NULL;
    mp_error err;

    ck_assert_msg(mp_json_read(NULL, text, MP_NTS, NULL, &doc, &err) == MP_OK, "%s", err.text);
    return doc;
}

/* ---- values in and out ---- */

static const struct {
    const char *type, *json; /* of the variable x */
    const char *source;
    const char *result_type, *result;
    uint64_t cost;
} values[] = {
    { "bool", "true", "!x", "bool", "false", 2 },
    { "int", "-5", "x * 2", "int", "-10", 2 },
    { "uint", "5", "x + 1u", "uint", "6", 2 },
    { "double", "2", "x / 4.0", "double", "0.5", 2 },
    { "string", "\"ab\"", "x + 'c'", "string", "\"abc\"", 2 },
    { "bytes", "\"ab\"", "x + b'c'", "bytes", "\"abc\"", 2 },
    { "dyn", "null", "x", "null_type", "null", 1 },
    { "dyn", "[1, 2.5, \"a\"]", "x[1]", "double", "2.5", 2 },
    { "dyn", "18446744073709551615", "x", "uint", "18446744073709551615", 1 },
    { "list(int)", "[3, 1]", "x.sort()", "list", "[1,3]", 20 },
    { "map(string, int)", "{\"a\": 1}", "x.a", "int", "1", 2 },
    { "map(string, list(uint))", "{\"a\": [1]}", "x['a'][0]", "uint", "1", 3 },
    { "wrapper(int)", "null", "x == null", "bool", "true", 2 },
    { "wrapper(int)", "7", "x + 1", "int", "8", 2 },
    { "wrapper(uint)", "7", "x + 1u", "uint", "8", 2 },
    { "list(wrapper(bytes))", "[null, \"ab\"]", "x[1] + b'c'", "bytes", "\"abc\"", 3 },
    { "optional_type(int)", "null", "x.orValue(4)", "int", "4", 1 },
    { "optional_type(int)", "3", "x.orValue(4)", "int", "3", 1 },
    { "optional_type(int)", "3", "x", "optional_type", "3", 1 },
    { "optional_type(int)", "null", "x", "optional_type", "null", 1 },
    { "kubernetes.Quantity", "\"1.5Gi\"", "x.add(quantity('512Mi'))", "kubernetes.Quantity",
      "\"2Gi\"", 3 },
    { "kubernetes.Semver", "\"1.2.3-rc.1+b\"", "x", "kubernetes.Semver", "\"1.2.3-rc.1+b\"", 1 },
    { "timestamp", "\"2024-02-29T12:00:00+01:00\"", "x + duration('1h')",
      "google.protobuf.Timestamp", "\"2024-02-29T13:00:00+01:00\"", 2 },
    { "duration", "\"90m\"", "x", "google.protobuf.Duration", "\"5400s\"", 1 },
    { "net.IP", "\"::1\"", "x", "net.IP", "\"::1\"", 1 },
    { "net.CIDR", "\"10.0.0.0/8\"", "x.ip()", "net.IP", "\"10.0.0.0\"", 2 },
    { "net.CIDR", "\"10.0.0.0/8\"", "x", "net.CIDR", "\"10.0.0.0/8\"", 1 },
    { "kubernetes.URL", "\"HTTP://h/a%20b\"", "x", "kubernetes.URL", "\"http://h/a%20b\"", 1 },
    { "int", "1", "type(x)", "type", "\"int\"", 2 },
    { "int", "1", "type(timestamp(x))", "type", "\"google.protobuf.Timestamp\"", 3 },
    { "int", "1", "format.date()", "kubernetes.NamedFormat", "\"kubernetes.NamedFormat\"", 1 },
    { "bytes", "\"\\u00ff\"", "x", "bytes", "\"\xc3\xbf\"", 1 },
    { "int", "2", "{x: [x], 3: [x]}", "map", "{\"2\":[2],\"3\":[2]}", 53 },
};

/* The result as JSON; NULL after a failure, whose status is in *st. */
static char *evaluate(const mp_allocator *alloc, const char *type, const char *json,
                      const char *source, mp_status *st, uint64_t *cost, char *result_type,
                      mp_error *err)
{
    mp_cel_input input = MP_CEL_INPUT_INIT;
    mp_cel_result *result = NULL;
    mp_cel_vars *vars = NULL;
    mp_cel_env *env = NULL;
    mp_doc *in = read_json(json), *out = NULL;
    mp_cel *cel = NULL;
    mp_text text = { 0 };
    char *copy = NULL;

    *st = mp_cel_env_new(alloc, &env, err);
    if (*st == MP_OK)
        *st = mp_cel_env_declare(env, "x", MP_NTS, type, err);
    if (*st == MP_OK)
        *st = mp_cel_compile(env, source, MP_NTS, &cel, err);
    if (*st == MP_OK)
        *st = mp_cel_vars_new(env, &vars, err);
    if (*st == MP_OK)
        *st = mp_cel_vars_set(vars, "x", MP_NTS, mp_doc_root(in), err);
    input.vars = vars;
    if (*st == MP_OK)
        *st = mp_cel_eval(cel, &input, &result, cost, err);
    ck_assert((*st == MP_OK) == (result != NULL));
    if (*st == MP_OK)
        *st = mp_doc_new(alloc, &out, err);
    if (*st == MP_OK) {
        mp_object *object = mp_cel_result_object(result, out);

        snprintf(result_type, 64, "%s", mp_cel_result_type(result));
        *st = object ? mp_json_text(alloc, object, 0, &text, err) : MP_ENOMEM;
    }
    if (*st == MP_OK)
        copy = strdup(text.data);
    mp_text_fini(&text);
    mp_doc_free(out);
    mp_cel_result_free(result);
    mp_cel_vars_free(vars);
    mp_cel_free(cel);
    mp_cel_env_free(env);
    mp_doc_free(in);
    return copy;
}

START_TEST(every_kind)
{
    char type[64];
    mp_error err;
    uint64_t cost = 0;
    mp_status st;
    char *text =
        evaluate(NULL, values[_i].type, values[_i].json, values[_i].source, &st, &cost, type, &err);

    ck_assert_msg(st == MP_OK, "%s: %s", values[_i].source, err.text);
    ck_assert_str_eq(text, values[_i].result);
    ck_assert_str_eq(type, values[_i].result_type);
    ck_assert_msg(cost == values[_i].cost, "%s costs %llu", values[_i].source,
                  (unsigned long long)cost);
    free(text);
}
END_TEST

/* ---- values that are not of their type ---- */

static const struct {
    const char *type, *json;
} misfits[] = {
    { "bool", "1" },
    { "int", "\"1\"" },
    { "int", "1.5" },
    { "uint", "-1" },
    { "string", "1" },
    { "list(int)", "[1, \"a\"]" },
    { "list(int)", "{}" },
    { "map(string, int)", "{\"a\": true}" },
    { "int", "null" },
    { "kubernetes.Quantity", "\"1x\"" },
    { "timestamp", "\"now\"" },
    { "duration", "\"1d\"" },
    { "net.IP", "\"1.2.3\"" },
    { "net.CIDR", "\"1.2.3.4\"" },
    { "kubernetes.URL", "\"a b\"" },
    { "kubernetes.Semver", "\"1.2\"" },
    { "optional_type(int)", "\"a\"" },
};

START_TEST(other_kinds)
{
    char type[64];
    uint64_t cost;
    mp_error err;
    mp_status st;
    char *text = evaluate(NULL, misfits[_i].type, misfits[_i].json, "true", &st, &cost, type, &err);

    ck_assert_msg(st == MP_EINVAL, "%s %s: %s", misfits[_i].type, misfits[_i].json,
                  mp_status_name(st));
    ck_assert(!text && err.text[0]);
}
END_TEST

/* ---- scalars one by one ---- */

START_TEST(scalars)
{
    static const char names[] = "bisudy";
    mp_cel_input input = MP_CEL_INPUT_INIT;
    mp_cel_env *env;
    mp_cel_vars *vars;
    mp_cel_result *r;
    mp_cel *cel;
    mp_error err;
    const char *text;
    uint64_t u;
    int64_t i;
    double d;
    size_t size;
    bool b;

    ck_assert_int_eq(mp_cel_env_new(NULL, &env, &err), MP_OK);
    for (size_t n = 0; names[n]; n++)
        ck_assert_int_eq(mp_cel_env_declare(env, &names[n], 1, "dyn", &err), MP_OK);
    ck_assert_int_eq(mp_cel_compile(env, "[b, i, s, u, d, y]", MP_NTS, &cel, &err), MP_OK);
    ck_assert_int_eq(mp_cel_vars_new(env, &vars, &err), MP_OK);
    input.vars = vars;
    ck_assert_int_eq(mp_cel_eval(cel, &input, &r, NULL, &err), MP_EEVAL); /* nothing is set */
    ck_assert_ptr_null(r);
    ck_assert_int_eq(mp_cel_vars_set_bool(vars, "b", 1, true), MP_OK);
    ck_assert_int_eq(mp_cel_vars_set_int(vars, "i", 1, -7), MP_OK);
    ck_assert_int_eq(mp_cel_vars_set_string(vars, "s", 1, "text", MP_NTS), MP_OK);
    ck_assert_int_eq(mp_cel_vars_set_uint(vars, "u", 1, 7), MP_OK);
    ck_assert_int_eq(mp_cel_vars_set_double(vars, "d", 1, 1.5), MP_OK);
    ck_assert_int_eq(mp_cel_vars_set_bytes(vars, "y", 1, "\xff\x00", 2), MP_OK);
    ck_assert_int_eq(mp_cel_vars_set_int(vars, "z", 1, 1), MP_EINVAL);
    mp_cel_free(cel);
    for (size_t n = 0; names[n]; n++) {
        ck_assert_int_eq(mp_cel_compile(env, &names[n], 1, &cel, &err), MP_OK);
        ck_assert_int_eq(mp_cel_eval(cel, &input, &r, NULL, &err), MP_OK);
        ck_assert(mp_cel_result_bool(r, &b) == (names[n] == 'b') && b == (names[n] == 'b'));
        ck_assert(mp_cel_result_int(r, &i) == (names[n] == 'i') && i == (names[n] == 'i' ? -7 : 0));
        ck_assert(mp_cel_result_uint(r, &u) == (names[n] == 'u') &&
                  u == (names[n] == 'u' ? 7u : 0));
        ck_assert(mp_cel_result_double(r, &d) == (names[n] == 'd') &&
                  !(d > 0) == (names[n] != 'd'));
        text = mp_cel_result_string(r, &size);
        ck_assert((text != NULL) == (names[n] == 's' || names[n] == 'y'));
        ck_assert_uint_eq(size, names[n] == 's' ? 4 : names[n] == 'y' ? 2 : 0);
        mp_cel_result_free(r);
        mp_cel_free(cel);
    }
    mp_cel_vars_free(vars);
    mp_cel_env_free(env);
}
END_TEST

/* ---- wrong use ---- */

START_TEST(wrong_use)
{
    mp_cel_input input = MP_CEL_INPUT_INIT;
    mp_cel_result *r = NULL;
    mp_cel_vars *vars;
    mp_cel_device *device;
    mp_cel_env *env, *dra;
    mp_cel *cel;
    mp_error err;
    uint64_t cost = 1;

    ck_assert_int_eq(mp_cel_env_new(NULL, &env, &err), MP_OK);
    ck_assert_int_eq(mp_cel_env_new_dra(NULL, &dra, &err), MP_OK);
    ck_assert_int_eq(mp_cel_env_declare(dra, "x", MP_NTS, "int", &err), MP_EINVAL);
    ck_assert_int_eq(mp_cel_env_declare(env, "", 0, "int", &err), MP_EINVAL);
    ck_assert_int_eq(mp_cel_env_declare(env, "x", MP_NTS, "integer", &err), MP_EINVAL);
    ck_assert_str_eq(err.text, "\"integer\" is no type");
    ck_assert_int_eq(mp_cel_env_declare(env, "x", MP_NTS, "list(int", &err), MP_EINVAL);
    ck_assert_int_eq(mp_cel_env_declare(env, "a.b", MP_NTS, "int", &err), MP_OK);
    ck_assert_int_eq(mp_cel_vars_new(env, &vars, &err), MP_OK);
    ck_assert_int_eq(mp_cel_vars_set_int(vars, "a.b", MP_NTS, 41), MP_OK);
    ck_assert_int_eq(mp_cel_compile(env, "a.b + 1", MP_NTS, &cel, &err), MP_OK);
    ck_assert_int_eq(mp_cel_eval(cel, &input, &r, &cost, &err), MP_EINVAL); /* no variables */
    ck_assert_ptr_null(r);
    input.vars = vars;
    input.budget = 1;
    ck_assert_int_eq(mp_cel_eval(cel, &input, &r, &cost, &err), MP_EBUDGET);
    ck_assert_str_eq(err.text, "actual cost limit exceeded");
    input.budget = 2;
    ck_assert_int_eq(mp_cel_eval(cel, &input, &r, &cost, &err), MP_OK);
    ck_assert_uint_eq(cost, 2);
    mp_cel_result_free(r);
    mp_cel_free(cel);
    ck_assert_int_eq(mp_cel_compile(dra, "device.driver == ''", MP_NTS, &cel, &err), MP_OK);
    ck_assert_int_eq(mp_cel_eval(cel, &input, &r, &cost, &err), MP_EINVAL); /* no device */
    ck_assert_int_eq(mp_cel_device_new(NULL, "", 0, &device, &err), MP_OK);
    input.device = device;
    input.budget = 0;
    ck_assert_int_eq(mp_cel_eval(cel, &input, &r, &cost, &err), MP_OK);
    mp_cel_result_free(r);
    mp_cel_device_free(device);
    mp_cel_free(cel);
    mp_cel_vars_free(vars);
    mp_cel_vars_free(NULL);
    mp_cel_result_free(NULL);
    mp_cel_env_free(env);
    mp_cel_env_free(dra);
}
END_TEST

/* ---- threads ---- */

#define THREADS 8
#define RUNS 2000

typedef struct shared {
    const mp_cel *cel, *selector;
    const mp_cel_vars *vars;
    const mp_cel_device *device;
} shared;

/* Returns how many runs gave something else than all others. */
static void *run_many(void *user)
{
    const shared *s = user;
    size_t wrong = 0;

    for (size_t i = 0; i < RUNS; i++) {
        mp_cel_input input = MP_CEL_INPUT_INIT;
        mp_cel_result *r = NULL;
        uint64_t cost = 0;
        int64_t sum = 0;
        bool match = false;

        input.vars = s->vars;
        wrong += mp_cel_eval(s->cel, &input, &r, &cost, NULL) != MP_OK;
        wrong += !r || !mp_cel_result_int(r, &sum) || sum != 12 || cost != 47;
        mp_cel_result_free(r);
        wrong += mp_cel_match(s->selector, s->device, &match, NULL) != MP_OK || !match;
    }
    return (void *)(uintptr_t)wrong;
}

START_TEST(one_program_in_many_threads)
{
    pthread_t threads[THREADS];
    mp_cel *cel, *selector;
    mp_cel_device *device;
    mp_cel_env *env, *dra;
    mp_doc *list = read_json("[1, 2, 3]");
    mp_cel_vars *vars;
    shared s;

    ck_assert_int_eq(mp_cel_env_new(NULL, &env, NULL), MP_OK);
    ck_assert_int_eq(mp_cel_env_declare(env, "l", MP_NTS, "list(int)", NULL), MP_OK);
    ck_assert_int_eq(mp_cel_compile(env, "l.map(x, x * 2).sum()", MP_NTS, &cel, NULL), MP_OK);
    ck_assert_int_eq(mp_cel_vars_new(env, &vars, NULL), MP_OK);
    ck_assert_int_eq(mp_cel_vars_set(vars, "l", 1, mp_doc_root(list), NULL), MP_OK);
    ck_assert_int_eq(mp_cel_env_new_dra(NULL, &dra, NULL), MP_OK);
    ck_assert_int_eq(
        mp_cel_compile(dra,
                       "device.driver == 'd' && device.attributes['d'].m.matches('^a+b$')"
                       " && device.attributes['d'].m in ['x', 'aab']",
                       MP_NTS, &selector, NULL),
        MP_OK);
    ck_assert_int_eq(mp_cel_device_new(NULL, "d", 1, &device, NULL), MP_OK);
    ck_assert_int_eq(mp_cel_device_set_string(device, "m", 1, "aab", 3), MP_OK);
    s = (shared){ cel, selector, vars, device };
    for (size_t i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, run_many, &s), 0);
    for (size_t i = 0; i < THREADS; i++) {
        void *wrong = NULL;

        ck_assert_int_eq(pthread_join(threads[i], &wrong), 0);
        ck_assert_ptr_null(wrong);
    }
    mp_cel_device_free(device);
    mp_cel_free(selector);
    mp_cel_free(cel);
    mp_cel_vars_free(vars);
    mp_doc_free(list);
    mp_cel_env_free(dra);
    mp_cel_env_free(env);
}
END_TEST

/* ---- copies of devices, and many devices at once ---- */

static const char *const asked[] = {
    "device.driver == 'd' && device.attributes['d'].a == 'x'",
    "device.attributes['d'].n > 1 || device.attributes['e'].b",
    "device.capacity['d'].m.compareTo(quantity('1Gi')) >= 0",
    "has(device.attributes['d'].new) || device.attributes['new'].x == 1",
    "cel.bind(d, device.attributes['d'], has(d.a) && d.a.startsWith('x'))",
    "['x', 'y'].exists(p, device.attributes['d'].a.contains(p))",
    "['x', 'y'].all(p, device.attributes['d'].a.endsWith(p))",
    ("device.attributes['d'].a in ['x', 'z'] && "
     "device.attributes['d'].v.isGreaterThan(semver('1.0.0'))"),
    "size(device.attributes) == 2 && device.attributes['d'].a.matches('^x')",
    "!has(device.attributes.d.a) || device.attributes.d.a != 'x'",
};

#define COPIES 40

/* A device that has it all, or a copy of it with something changed. */
static mp_status make_model(const mp_allocator *alloc, mp_cel_device **out)
{
    mp_status st = mp_cel_device_new(alloc, "d", 1, out, NULL);

    if (st == MP_OK)
        st = mp_cel_device_set_string(*out, "a", 1, "x", 1);
    if (st == MP_OK)
        st = mp_cel_device_set_int(*out, "n", 1, 1);
    if (st == MP_OK)
        st = mp_cel_device_set_bool(*out, "e/b", 3, false);
    if (st == MP_OK)
        st = mp_cel_device_set_version(*out, "v", 1, "1.2.3", 5);
    if (st == MP_OK)
        st = mp_cel_device_set_capacity(*out, "m", 1, "2Gi", 3);
    return st;
}

static mp_status change(mp_cel_device *d, size_t how)
{
    switch (how % 10) {
    case 1:
        return mp_cel_device_set_string(d, "a", 1, "yx", 2);
    case 2:
        return mp_cel_device_set_int(d, "n", 1, 5);
    case 3:
        return mp_cel_device_set_bool(d, "new", 3, true); /* a name of its own */
    case 4:
        return mp_cel_device_set_int(d, "new/x", 5, 1); /* a domain of its own */
    case 5:
        return mp_cel_device_set_capacity(d, "m", 1, "512Mi", 5);
    case 6:
        return mp_cel_device_set_capacity(d, "c", 1, "1", 1);
    case 7:
        return mp_cel_device_set_int(d, "a", 1, 7); /* another type */
    case 8:
        return mp_cel_device_set_version(d, "v", 1, "nope", 4); /* fails every selector */
    case 9:
        return mp_cel_device_set_string(d, "a", 1, "", 0);
    default:
        return MP_OK;
    }
}

/* The same device, made for itself. */
static mp_status make_alone(const mp_allocator *alloc, size_t how, mp_cel_device **out)
{
    mp_status st = make_model(alloc, out);

    return st == MP_OK ? change(*out, how) : st;
}

START_TEST(copies_are_devices)
{
    const mp_cel_device *copies[COPIES];
    mp_cel_device *model, *alone[COPIES];
    uint8_t outcomes[COPIES];
    mp_cel_env *env;
    mp_cel *cel;

    ck_assert_int_eq(make_model(NULL, &model), MP_OK);
    for (size_t i = 0; i < COPIES; i++) {
        mp_cel_device *copy;

        ck_assert_int_eq(make_alone(NULL, i, &alone[i]), MP_OK);
        ck_assert_int_eq(mp_cel_device_copy(NULL, model, &copy, NULL), MP_OK);
        ck_assert_int_eq(change(copy, i), MP_OK);
        if (i >= 20)
            ck_assert_int_eq(change(copy, i / 7), MP_OK);
        if (i >= 20)
            ck_assert_int_eq(change(alone[i], i / 7), MP_OK);
        copies[i] = copy;
    }
    ck_assert_int_eq(mp_cel_env_new_dra(NULL, &env, NULL), MP_OK);
    ck_assert_int_eq(mp_cel_compile(env, asked[_i], MP_NTS, &cel, NULL), MP_OK);
    ck_assert_int_eq(mp_cel_match_each(cel, copies, COPIES, outcomes, NULL), MP_OK);
    for (size_t i = 0; i < COPIES; i++) {
        bool match, same;
        mp_status st = mp_cel_match(cel, alone[i], &match, NULL);

        ck_assert_int_eq(mp_cel_match(cel, copies[i], &same, NULL), st);
        ck_assert(match == same);
        ck_assert_msg(outcomes[i] == (st == MP_OK ? match : MP_CEL_FAILED), "%s on %zu: %d",
                      asked[_i], i, outcomes[i]);
        mp_cel_device_free((mp_cel_device *)(uintptr_t)copies[i]);
        mp_cel_device_free(alone[i]);
    }
    mp_cel_free(cel);
    mp_cel_env_free(env);
    mp_cel_device_free(model);
}
END_TEST

static mp_status sweep_copies(const mp_allocator *alloc, void *user)
{
    const size_t *i = user;
    mp_cel_device *model = NULL, *copy = NULL;
    mp_cel_env *env = NULL;
    mp_cel *cel = NULL;
    uint8_t outcome;
    mp_status st = make_model(alloc, &model);

    if (st == MP_OK)
        st = mp_cel_device_copy(alloc, model, &copy, NULL);
    for (size_t k = 0; k < 8 && st == MP_OK; k++)
        st = change(copy, k);
    if (st == MP_OK)
        st = mp_cel_env_new_dra(alloc, &env, NULL);
    if (st == MP_OK)
        st = mp_cel_compile(env, asked[*i], MP_NTS, &cel, NULL);
    if (st == MP_OK)
        st = mp_cel_match_each(cel, (const mp_cel_device *const[]){ copy }, 1, &outcome, NULL);
    mp_cel_free(cel);
    mp_cel_env_free(env);
    mp_cel_device_free(copy);
    mp_cel_device_free(model);
    return st;
}

START_TEST(copies_without_memory)
{
    size_t i = (size_t)_i;

    ck_assert_uint_gt(mp_test_sweep(sweep_copies, &i), 10);
}
END_TEST

/* ---- memory that runs out ---- */

static mp_status sweep(const mp_allocator *alloc, void *user)
{
    const size_t *i = user;
    char type[64];
    uint64_t cost;
    mp_error err;
    mp_status st;

    free(evaluate(alloc, values[*i].type, values[*i].json, values[*i].source, &st, &cost, type,
                  &err));
    return st;
}

START_TEST(out_of_memory)
{
    size_t i = (size_t)_i;

    ck_assert_uint_gt(mp_test_sweep(sweep, &i), 3);
}
END_TEST

/* ---- releases ---- */

#define LISTS MP_CEL_LIST_ATTRIBUTES
#define MULTIPLE MP_CEL_CONSUMABLE_CAPACITY
#define ATTR "device.attributes['d']"

static const struct {
    unsigned release;
    bool stored;
    unsigned gates;
    const char *source;
    mp_status want; /* of compiling */
} releases[] = {
    { 30, true, 0, "true", MP_EINVAL },
    { 38, true, 0, "true", MP_EINVAL },
    { 31, true, 0, ATTR ".x == 1", MP_OK },
    /* functions and macros come with releases; a new selector may use those of the one before */
    { 31, true, 0, "[1].exists(i, v, v == 1)", MP_ECOMPILE },
    { 32, true, 0, "[1].exists(i, v, v == 1)", MP_OK },
    { 32, false, 0, "[1].exists(i, v, v == 1)", MP_ECOMPILE },
    { 33, false, 0, "[1].exists(i, v, v == 1)", MP_OK },
    { 32, true, 0, "[1].transformList(i, v, v) == [1]", MP_OK },
    { 31, true, 0, "[1].transformList(i, v, v) == [1]", MP_ECOMPILE },
    { 32, true, 0, "isSemver('v1', true)", MP_ECOMPILE },
    { 33, true, 0, "isSemver('v1', true)", MP_OK },
    { 32, true, 0, "isSemver('v1')", MP_OK },
    { 33, true, 0, "[2, 1].sort() == [1, 2]", MP_ECOMPILE },
    { 34, true, 0, "[2, 1].sort() == [1, 2]", MP_OK },
    { 33, true, 0, "[2, 1].sortBy(x, x) == [1, 2]", MP_ECOMPILE },
    { 34, true, 0, "[2, 1].sortBy(x, x) == [1, 2]", MP_OK },
    { 33, true, 0, "[1].first().hasValue()", MP_ECOMPILE },
    /* fields and types come with gates */
    { 33, true, MULTIPLE, "device.allowMultipleAllocations", MP_ECOMPILE },
    { 34, true, 0, "device.allowMultipleAllocations", MP_OK },
    { 35, false, 0, "device.allowMultipleAllocations", MP_ECOMPILE },
    { 35, false, MULTIPLE, "device.allowMultipleAllocations", MP_OK },
    { 36, true, 0, "[1].includes(1)", MP_ECOMPILE },
    { 36, true, LISTS, "[1].includes(1)", MP_OK },
    { 37, true, 0, "[1].includes(1)", MP_OK },
    { 37, false, 0, "[1].includes(1)", MP_ECOMPILE },
    { 37, false, LISTS, "[1].includes(1)", MP_OK },
    { 37, false, 0, ATTR ".l.exists(x, x == 1)", MP_ECOMPILE },
    { 37, false, LISTS, ATTR ".l.exists(x, x == 1)", MP_OK },
    { 36, true, 0, ATTR ".flag", MP_OK },
    { 36, true, 0, "dyn(true)", MP_ECOMPILE },
    { 37, true, 0, "dyn(true)", MP_OK },
    /* and syntax */
    { 36, true, 0, ATTR ".`a-b` == 1", MP_EPARSE },
    { 37, true, 0, ATTR ".`a-b` == 1", MP_OK },
    { 37, false, 0, ATTR ".`a-b` == 1", MP_EPARSE },
};

START_TEST(declares_by_release)
{
    mp_cel_profile profile = MP_CEL_PROFILE_INIT;
    mp_cel_env *env = NULL;
    mp_cel *cel = NULL;
    mp_error err;
    mp_status st;

    profile.release = releases[_i].release;
    profile.stored = releases[_i].stored;
    profile.gates = releases[_i].gates;
    st = mp_cel_env_new_profile(NULL, &profile, &env, &err);
    if (st == MP_OK)
        st = mp_cel_compile(env, releases[_i].source, MP_NTS, &cel, &err);
    ck_assert_msg(st == releases[_i].want, "1.%u %s: %s", releases[_i].release, releases[_i].source,
                  err.text);
    mp_cel_free(cel);
    mp_cel_env_free(env);
}
END_TEST

/* What evaluators before that of 1.37 do otherwise. */
static const struct {
    const char *source;
    mp_status status[2]; /* 1.36, 1.37 */
    uint64_t cost[2];
} evaluators[] = {
    { "device.driver.startsWith('a')", { MP_OK, MP_OK }, { 5, 3 } },
    { "device.driver.endsWith('a')", { MP_OK, MP_OK }, { 5, 3 } },
    { "matches(device.driver, 'a|b|c')", { MP_OK, MP_OK }, { 3, 8 } },
    { "device.driver.matches('a|b|c')", { MP_OK, MP_OK }, { 8, 8 } },
    { "device.driver.indexOf('', 99) == 99", { MP_OK, MP_OK }, { 5, 5 } },
    { "device.attributes['gpu.example.com.of.a.vendor'].l.includes(99)",
      { MP_EEVAL, MP_OK },
      { 5, 64 } },
    { "lists.range(-1) == []", { MP_OK, MP_EEVAL }, { 11, 12 } },
};

START_TEST(evaluates_by_release)
{
    static int64_t many[60];
    mp_cel_device *device;

    ck_assert_int_eq(mp_cel_device_new(NULL, "gpu.example.com.of.a.vendor", MP_NTS, &device, NULL),
                     MP_OK);
    ck_assert_int_eq(mp_cel_device_set_ints(device, "l", 1, many, 60), MP_OK);
    for (unsigned k = 0; k < 2; k++) {
        mp_cel_profile profile = MP_CEL_PROFILE_INIT;
        mp_cel_input input = MP_CEL_INPUT_INIT;
        mp_cel_result *r = NULL;
        uint64_t cost = 0;
        mp_cel_env *env;
        mp_cel *cel;
        mp_error err;
        mp_status st;

        profile.release = 36 + k;
        profile.gates = LISTS;
        ck_assert_int_eq(mp_cel_env_new_profile(NULL, &profile, &env, NULL), MP_OK);
        st = mp_cel_compile(env, evaluators[_i].source, MP_NTS, &cel, &err);
        ck_assert_msg(st == MP_OK, "%s", err.text);
        input.device = device;
        st = mp_cel_eval(cel, &input, &r, &cost, &err);
        ck_assert_msg(st == evaluators[_i].status[k], "1.%u %s: %s", profile.release,
                      evaluators[_i].source, mp_status_name(st));
        ck_assert_msg(cost == evaluators[_i].cost[k], "1.%u %s: costs %llu", profile.release,
                      evaluators[_i].source, (unsigned long long)cost);
        mp_cel_result_free(r);
        mp_cel_free(cel);
        mp_cel_env_free(env);
    }
    mp_cel_device_free(device);
}
END_TEST

#define ADD(tc, name, array) tcase_add_loop_test(tc, name, 0, (int)COUNT(array))

int main(void)
{
    Suite *s = suite_create("cel_api");
    TCase *tc = tcase_create("values");

    ADD(tc, every_kind, values);
    ADD(tc, other_kinds, misfits);
    tcase_add_test(tc, scalars);
    tcase_add_test(tc, wrong_use);
    tcase_add_test(tc, one_program_in_many_threads);
    ADD(tc, copies_are_devices, asked);
    ADD(tc, copies_without_memory, asked);
    ADD(tc, out_of_memory, values);
    tcase_set_timeout(tc, 60);
    suite_add_tcase(s, tc);
    tc = tcase_create("releases");
    ADD(tc, declares_by_release, releases);
    ADD(tc, evaluates_by_release, evaluators);
    suite_add_tcase(s, tc);
    return mp_test_main(s);
}

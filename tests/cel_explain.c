/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a selector gives what it gives: part by part on one device, conjunct by conjunct on many, and
 * the names that none has.
 */
#include "mp_test.h"
#include <modelplane/cel.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define DOMAIN "gpu.example.com"
#define ATTR "device.attributes['" DOMAIN "']"

/* Lines of what was reported, for comparison as a whole. */
typedef struct record {
    char text[8192];
    size_t size, count;
} record;

static void add(record *r, const char *fmt, ...) MP_PRINTF(2, 3);

static void add(record *r, const char *fmt, ...)
{
    va_list args;
    int size;

    va_start(args, fmt);
    size = vsnprintf(r->text + r->size, sizeof r->text - r->size, fmt, args);
    va_end(args);
    r->size += (size_t)size;
    if (r->size >= sizeof r->text)
        r->size = sizeof r->text - 1;
    r->count++;
}

static void on_part(const mp_cel_part *p, void *user)
{
    add(user, "%*s%u:%u %s = %s %s (%llu)\n", (int)(2 * p->depth), "", (unsigned)p->line,
        (unsigned)p->column, p->text, p->type, p->value, (unsigned long long)p->cost);
}

static void on_step(const mp_cel_step *s, void *user)
{
    add(user, "%u:%u %s %zu left, %zu failed\n", (unsigned)s->line, (unsigned)s->column, s->text,
        s->left, s->failed);
}

static void on_unknown(const mp_cel_unknown *u, void *user)
{
    add(user, "%u:%u %s %s %s\n", (unsigned)u->line, (unsigned)u->column,
        u->capacity ? "capacity" : "attribute", u->name, u->nearest ? u->nearest : "-");
}

static mp_cel_device *new_device(const mp_allocator *alloc, const char *model, int64_t cores)
{
    mp_cel_device *d = NULL;

    if (mp_cel_device_new(alloc, DOMAIN, MP_NTS, &d, NULL) == MP_OK &&
        mp_cel_device_set_string(d, "model", MP_NTS, model, MP_NTS) == MP_OK &&
        mp_cel_device_set_int(d, "cores", MP_NTS, cores) == MP_OK &&
        mp_cel_device_set_string(d, "net.example.com/speed", MP_NTS, "x", 1) == MP_OK &&
        mp_cel_device_set_capacity(d, "memory", MP_NTS, "80Gi", MP_NTS) == MP_OK)
        return d;
    mp_cel_device_free(d);
    return NULL;
}

/* ---- one device ---- */

static const struct {
    const char *source, *want;
} parts[] = {
    { "device.driver == 'gpu.example.com'", //
      "1:15 device.driver == \"gpu.example.com\" = bool true (4)\n"
      "  1:7 device.driver = string \"gpu.example.com\" (2)\n" },
    { ATTR ".model == 'H100' &&\n  " ATTR ".nope > 1",
      "1:44 "
      "device.attributes[\"gpu.example.com\"].model == \"H100\" && "
      "device.attributes[\"gpu.example.com\"].nope > 1 = bool false (5)\n"
      "  1:44 device.attributes[\"gpu.example.com\"].model == \"H100\" = bool false (5)\n"
      "    1:37 device.attributes[\"gpu.example.com\"].model = string \"H200\" (4)\n"
      "      1:18 device.attributes[\"gpu.example.com\"] = map "
      "{\"cores\":132,\"model\":\"H200\"} (3)\n"
      "        1:7 device.attributes = map {\"gpu.example.com\":{\"cores\":132,\"model\":\"H200\"},"
      "\"net.example.com\":{\"speed\":\"x\"}} (2)\n"
      "  2:45 device.attributes[\"gpu.example.com\"].nope > 1 =  no such key: nope (an optional "
      "step "
      "like .?name, or has(), avoids this) (5)\n"
      "    2:39 device.attributes[\"gpu.example.com\"].nope =  no such key: nope (an optional step "
      "like .?name, or has(), avoids this) (4)\n"
      "      2:20 device.attributes[\"gpu.example.com\"] = map "
      "{\"cores\":132,\"model\":\"H200\"} (3)\n"
      "        2:9 device.attributes = map {\"gpu.example.com\":{\"cores\":132,\"model\":\"H200\"},"
      "\"net.example.com\":{\"speed\":\"x\"}} (2)\n" },
    /* what a macro repeats has no value of its own; its range has */
    { "[1, 2].exists(x, x == 2)", "1:7 [1, 2].exists(x, x == 2) = bool true (13)\n"
                                  "  1:1 [1, 2] = list [1,2] (0)\n" },
    { "quantity('1x') == quantity('1')", //
      "1:16 quantity(\"1x\") == quantity(\"1\") =  the string is no quantity (3)\n"
      "  1:1 quantity(\"1x\") =  the string is no quantity (1)\n"
      "  1:19 quantity(\"1\") = kubernetes.Quantity \"1\" (1)\n" },
};

static mp_status explain(const mp_allocator *alloc, const char *source, record *r, mp_error *err)
{
    mp_cel_device *device = new_device(alloc, "H200", 132);
    mp_cel_env *env = NULL;
    mp_status st = device ? mp_cel_env_new_dra(alloc, &env, err) : MP_ENOMEM;

    if (st == MP_OK)
        st = mp_cel_explain(env, source, MP_NTS, device, on_part, r, err);
    mp_cel_env_free(env);
    mp_cel_device_free(device);
    return st;
}

START_TEST(explains_parts)
{
    record r = { 0 };
    mp_error err;

    ck_assert_msg(explain(NULL, parts[_i].source, &r, &err) == MP_OK, "%s", err.text);
    ck_assert_str_eq(r.text, parts[_i].want);
}
END_TEST

START_TEST(refuses_as_compiling_does)
{
    record r = { 0 };
    mp_cel_env *env;
    mp_error err;

    ck_assert_int_eq(explain(NULL, "device.", &r, &err), MP_EPARSE);
    ck_assert_uint_eq(err.offset, 7);
    ck_assert_int_eq(explain(NULL, "device.nope", &r, &err), MP_ECOMPILE);
    ck_assert_int_eq(explain(NULL, "int('x') == 1", &r, &err), MP_ECOMPILE);
    ck_assert_int_eq(mp_cel_env_new(NULL, &env, &err), MP_OK);
    ck_assert_int_eq(mp_cel_explain(env, "true", MP_NTS, NULL, on_part, &r, &err), MP_EINVAL);
    mp_cel_env_free(env);
}
END_TEST

/* Parts are limited in number and in what they cost together. */
START_TEST(stops_in_time)
{
    record r = { 0 };
    char *text = malloc(40000), *at = text;
    mp_error err;

    for (int i = 0; i < 1000; i++)
        at += sprintf(at, "%sdevice.driver == ''", i ? " || " : "");
    ck_assert_int_eq(explain(NULL, text, &r, &err), MP_OK);
    ck_assert_uint_eq(r.count, MP_CEL_PARTS_MAX);
    memset(&r, 0, sizeof r);
    at = text;
    for (int i = 0; i < 300; i++)
        at += sprintf(at, "%slists.range(900000).size() < 1", i ? " || " : "");
    ck_assert_int_eq(explain(NULL, text, &r, &err), MP_OK);
    ck_assert_uint_lt(r.count, 30);
    free(text);
}
END_TEST

/* ---- many devices ---- */

static const struct {
    const char *source, *steps, *unknown;
} sieves[] = {
    { "device.driver == '" DOMAIN "' && " ATTR ".model == 'H200' && " ATTR ".cores > 100",
      "1:15 device.driver == \"gpu.example.com\" 3 left, 0 failed\n"
      "1:82 device.attributes[\"gpu.example.com\"].model == \"H200\" 2 left, 0 failed\n"
      "1:138 device.attributes[\"gpu.example.com\"].cores > 100 1 left, 0 failed\n",
      "" },
    { ATTR ".modle == 'H200' && " ATTR ".zzzzzzzz == 1 && device.capacity['" DOMAIN
           "'].?mem.hasValue() && device.attributes['net.example.com'].spead == 'x'",
      "1:44 device.attributes[\"gpu.example.com\"].modle == \"H200\" 0 left, 3 failed\n"
      "1:103 device.attributes[\"gpu.example.com\"].zzzzzzzz == 1 0 left, 3 failed\n"
      "1:150 device.capacity[\"gpu.example.com\"].?mem.hasValue() 0 left, 3 failed\n"
      "1:208 device.attributes[\"net.example.com\"].spead == \"x\" 0 left, 3 failed\n",
      "1:37 attribute gpu.example.com/modle gpu.example.com/model\n"
      "1:93 attribute gpu.example.com/zzzzzzzz -\n"
      "1:145 capacity gpu.example.com/mem -\n"
      "1:201 attribute net.example.com/spead net.example.com/speed\n" },
    { "true", "1:1 true 3 left, 0 failed\n", "" },
    { "[1].all(x, " ATTR ".coers > x)",
      "1:4 [1].all(x, device.attributes[\"gpu.example.com\"].coers > x) 0 left, 3 failed\n",
      "1:48 attribute gpu.example.com/coers gpu.example.com/cores\n" },
};

static mp_status sift(const mp_allocator *alloc, const char *source, record *steps, record *unknown,
                      mp_error *err)
{
    static const struct {
        const char *model;
        int64_t cores;
    } all[] = { { "H200", 132 }, { "H100", 132 }, { "H200", 66 } };
    mp_cel_device *devices[COUNT(all)] = { NULL };
    mp_cel_env *env = NULL;
    mp_status st = mp_cel_env_new_dra(alloc, &env, err);

    for (size_t i = 0; i < COUNT(all) && st == MP_OK; i++) {
        devices[i] = new_device(alloc, all[i].model, all[i].cores);
        st = devices[i] ? MP_OK : MP_ENOMEM;
    }
    if (st == MP_OK)
        st = mp_cel_sieve(env, source, MP_NTS, (const mp_cel_device *const *)devices, COUNT(all),
                          on_step, steps, err);
    if (st == MP_OK)
        st = mp_cel_unknown_names(env, source, MP_NTS, (const mp_cel_device *const *)devices,
                                  COUNT(all), on_unknown, unknown, err);
    for (size_t i = 0; i < COUNT(all); i++)
        mp_cel_device_free(devices[i]);
    mp_cel_env_free(env);
    return st;
}

START_TEST(sifts_devices)
{
    record steps = { 0 }, unknown = { 0 };
    mp_error err;

    ck_assert_msg(sift(NULL, sieves[_i].source, &steps, &unknown, &err) == MP_OK, "%s", err.text);
    ck_assert_str_eq(steps.text, sieves[_i].steps);
    ck_assert_str_eq(unknown.text, sieves[_i].unknown);
}
END_TEST

/* ---- memory that runs out ---- */

static mp_status sweep(const mp_allocator *alloc, void *user)
{
    record r = { 0 };
    const char *source = user;
    mp_error err;
    mp_status st = explain(alloc, source, &r, &err);

    memset(&r, 0, sizeof r);
    return st == MP_OK ? sift(alloc, source, &r, &r, &err) : st;
}

START_TEST(out_of_memory)
{
    char source[512];

    snprintf(source, sizeof source, "%s", sieves[_i].source);
    ck_assert_uint_gt(mp_test_sweep(sweep, source), 10);
}
END_TEST

#define ADD(tc, name, array) tcase_add_loop_test(tc, name, 0, (int)COUNT(array))

int main(void)
{
    Suite *s = suite_create("cel_explain");
    TCase *tc = tcase_create("explain");

    ADD(tc, explains_parts, parts);
    tcase_add_test(tc, refuses_as_compiling_does);
    tcase_add_test(tc, stops_in_time);
    ADD(tc, sifts_devices, sieves);
    ADD(tc, out_of_memory, sieves);
    tcase_set_timeout(tc, 60);
    suite_add_tcase(s, tc);
    return mp_test_main(s);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Selectors: what is refused has a place inside the source and a reason.  What compiles runs on two
 * devices and ends within its budget, with the same answer whether or not literals, lookups and
 * tests were prepared; printed and read again it is the same program.
 */
#include "cel_internal.h"
#include <stdlib.h>
#include <string.h>

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static mp_cel_device *full_device(void)
{
    static const char *const texts[] = { "nv0", "nv1" };
    static const size_t sizes[] = { 3, 3 };
    static const int64_t lanes[] = { 4, 8 };
    mp_cel_device *d;

    REQUIRE(mp_cel_device_new(NULL, "gpu.example.com", MP_NTS, &d, NULL) == MP_OK);
    REQUIRE(mp_cel_device_set_string(d, "model", MP_NTS, "H200", MP_NTS) == MP_OK);
    REQUIRE(mp_cel_device_set_int(d, "cores", MP_NTS, 132) == MP_OK);
    REQUIRE(mp_cel_device_set_bool(d, "healthy", MP_NTS, true) == MP_OK);
    REQUIRE(mp_cel_device_set_version(d, "driver", MP_NTS, "560.35.3-rc.1", MP_NTS) == MP_OK);
    REQUIRE(mp_cel_device_set_strings(d, "links", MP_NTS, texts, sizes, 2) == MP_OK);
    REQUIRE(mp_cel_device_set_ints(d, "lanes", MP_NTS, lanes, 2) == MP_OK);
    REQUIRE(mp_cel_device_set_string(d, "dra.net/ipv4", MP_NTS, "10.1.2.3", MP_NTS) == MP_OK);
    REQUIRE(mp_cel_device_set_capacity(d, "memory", MP_NTS, "141Gi", MP_NTS) == MP_OK);
    return d;
}

static mp_cel_device *empty_device(void)
{
    mp_cel_device *d;

    REQUIRE(mp_cel_device_new(NULL, "", 0, &d, NULL) == MP_OK);
    return d;
}

/* What one run of the machine gives: the answer, how it ended and what it cost. */
typedef struct outcome {
    mp_status status;
    bool match;
    uint64_t cost;
    mp_error err;
} outcome;

static outcome count(const mp_cel *cel, const mp_cel_device *device)
{
    outcome o = { MP_OK, false, 0, { 0 } };
    mp__machine m;
    mp__value v;

    mp__machine_init(&m, NULL, cel);
    m.device = device;
    v = mp__machine_run(&m);
    if (v.kind == MP__BOOL)
        o.match = v.as.boolean;
    else
        o.status = v.kind == MP__ERROR ? mp__machine_fail(&m, &v, &o.err) : MP_EEVAL;
    o.cost = m.cost;
    mp__machine_fini(&m);
    return o;
}

/* The programs are one source compiled in two ways. */
static void run(const mp_cel *cel, const mp_cel *literal, const mp_cel_device *device)
{
    bool match = true;
    mp_error err;
    mp_status st = mp_cel_match(cel, device, &match, &err);
    outcome fast = count(cel, device), slow = count(literal, device);

    REQUIRE(st == MP_OK || st == MP_EEVAL || st == MP_EBUDGET);
    REQUIRE(st == MP_OK || (!match && err.status == st && err.text[0] != '\0'));
    REQUIRE(fast.status == st && fast.match == match);
    REQUIRE(st == MP_EBUDGET || fast.cost <= MP_CEL_COST_MAX);
    REQUIRE(slow.status == st && slow.match == match);
    REQUIRE(st == MP_EBUDGET || slow.cost == fast.cost);
}

static mp__node *parse(mp__arena *arena, const char *text, size_t size)
{
    mp__source source = { text, size };
    mp__node *root = NULL;
    mp_error err;

    return mp__parse(arena, &source, MP__RELEASE, &root, &err) == MP_OK ? root : NULL;
}

/* Printing what was read from a print gives the print.  Parentheses may nest deeper than allowed,
 * or bring the text over the limit: then there is nothing to compare. */
static void print_twice(const char *text, size_t size)
{
    mp__arena arena;
    mp__buf first, second;
    mp__node *root;

    mp__arena_init(&arena, NULL);
    mp__buf_init(&first, NULL);
    mp__buf_init(&second, NULL);
    root = parse(&arena, text, size);
    REQUIRE(root);
    mp__cel_print(root, &first);
    REQUIRE(!first.failed);
    root = parse(&arena, first.data, first.size);
    if (root) {
        mp__cel_print(root, &second);
        REQUIRE(second.size == first.size && memcmp(first.data, second.data, first.size) == 0);
    } else {
        mp_cel_env *env;
        mp_cel *cel;

        REQUIRE(mp_cel_env_new_dra(NULL, &env, NULL) == MP_OK);
        REQUIRE(mp_cel_compile(env, first.data, first.size, &cel, NULL) == MP_ELIMIT);
        mp_cel_env_free(env);
    }
    mp__buf_fini(&second);
    mp__buf_fini(&first);
    mp__arena_fini(&arena);
}

static void refused(mp_status st, const mp_error *err, size_t size)
{
    REQUIRE(st == MP_EPARSE || st == MP_ECOMPILE || st == MP_ELIMIT);
    REQUIRE(err->status == st && err->text[0] != '\0');
    REQUIRE(err->offset == MP_NO_OFFSET ||
            (err->offset <= size && err->line >= 1 && err->column >= 1));
}

/* Kubernetes takes the shortest result of a replacement for longer than the longest where the text
 * is shorter than what is sought; so do we. */
static bool replaces(mp__str source)
{
    return mp__text_find(source, MP__STR("replace"), 0) != SIZE_MAX;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static mp_cel_device *full, *empty;
    static mp_cel_env *env;
    mp_cel *cel, *literal;
    mp_cel_cost cost;
    mp_error err;
    mp_status st;

    if (!env) {
        REQUIRE(mp_cel_env_new_dra(NULL, &env, NULL) == MP_OK);
        full = full_device();
        empty = empty_device();
    }
    st = mp_cel_compile(env, (const char *)data, size, &cel, &err);
    REQUIRE((st == MP_OK) == (cel != NULL));
    if (st != MP_OK) {
        refused(st, &err, size);
        return 0;
    }
    env->literal = true;
    st = mp_cel_compile(env, (const char *)data, size, &literal, &err);
    env->literal = false;
    REQUIRE(st == MP_OK);
    REQUIRE(mp_cel_estimate(env, (const char *)data, size, &cost, &err) == MP_OK);
    REQUIRE(cost.min <= cost.max || replaces((mp__str){ (const char *)data, size }));
    run(cel, literal, full);
    run(cel, literal, empty);
    print_twice((const char *)data, size);
    mp_cel_free(literal);
    mp_cel_free(cel);
    return 0;
}

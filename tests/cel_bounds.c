/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sources of 10 KiB made to be expensive: whatever they say, reading, checking, estimating and
 * explaining them takes memory in proportion, and running them ends within the budget and within
 * the work and the memory that one evaluation may take.  Nothing here looks at a clock: work that
 * is counted is bounded, and what is not counted is in proportion to it.
 */
#include "cel_internal.h"
#include "mp_test.h"
#include <stdio.h>
#include <stdlib.h>

#define SIZE MP_CEL_STORED_MAX

/* Bytes and allocations that compiling or estimating one source may take, all at once. */
#define COMPILE_BYTES ((size_t)48 << 20)
#define COMPILE_CALLS 20000
/* What evaluating it may take: the limits of eval.c, and one list or text that is made at once. */
#define RUN_BYTES ((size_t)160 << 20)
#define RUN_WORK 64000000

/* ---- how sources are made ---- */

typedef struct writer {
    char *text;
    size_t size;
} writer;

/* Appends a form: '#' is a number, '$' the variable before it. */
static void put(writer *w, const char *form, int number)
{
    for (; *form; form++) {
        if (*form == '#')
            w->size += (size_t)sprintf(w->text + w->size, "%d", number);
        else if (*form == '$')
            w->size += (size_t)sprintf(w->text + w->size, "v%d", number - 1);
        else
            w->text[w->size++] = *form;
    }
    w->text[w->size] = '\0';
}

enum { FILL, NEST, BIND };

typedef struct source {
    int how; /* FILL: units to 10 KiB; NEST: `count` units, then as many ends; BIND: see below */
    int count;
    const char *first, *unit, *last;
    mp_status compiled, ran;
} source;

/* BIND makes cel.bind(v0, FIRST, cel.bind(v1, UNIT, ... LAST)), where $ is the one before. */
static char *make(const source *s)
{
    writer w = { malloc(4 * SIZE), 0 };
    int i = 0;

    if (s->how == BIND)
        put(&w, "cel.bind(v0, ", 0);
    put(&w, s->first, 0);
    if (s->how == FILL) {
        while (w.size + strlen(s->unit) + strlen(s->last) + 8 < SIZE)
            put(&w, s->unit, i++);
    } else if (s->how == NEST) {
        for (i = 0; i < s->count; i++)
            put(&w, s->unit, i);
        put(&w, "true", 0);
        for (i = 0; i < s->count; i++)
            put(&w, s->last, i);
    } else {
        for (i = 1; i <= s->count; i++) {
            put(&w, ", cel.bind(v#, ", i);
            put(&w, s->unit, i);
        }
        put(&w, ", ", 0);
        put(&w, s->last, i);
        for (i = 0; i <= s->count; i++)
            put(&w, ")", 0);
        return w.text;
    }
    if (s->how == FILL)
        put(&w, s->last, i);
    return w.text;
}

#define AB "device.driver.size() > 0 ? 'ab' : 'ba'"
#define THUE_MORSE "$ + $.replace('a', 'c').replace('b', 'a').replace('c', 'b')"

static const source sources[] = {
    /* nesting */
    { NEST, 249, "", "(", ")", MP_OK, MP_OK },
    { NEST, 248, "dyn(1) != ", "[", "]", MP_OK, MP_OK },
    { NEST, 250, "", "(", ")", MP_ELIMIT, MP_OK },
    { NEST, 5000, "", "(", ")", MP_ELIMIT, MP_OK },
    { NEST, 5000, "", "[", "]", MP_ELIMIT, MP_OK },
    { NEST, 2000, "", "{1: ", "}", MP_ELIMIT, MP_OK },
    { NEST, 2000, "", "dyn(", ")", MP_ELIMIT, MP_OK },
    { NEST, 1200, "", "true ? ", " : false", MP_EPARSE, MP_OK },
    { NEST, 900, "", "true ? false : ", "", MP_ELIMIT, MP_OK },
    { NEST, 240, "", "[1].all(x#, ", ")", MP_OK, MP_OK },
    { NEST, 100, "", "[1, 2, 3, 4].all(x#, ", ")", MP_OK, MP_EBUDGET },
    { NEST, 100, "", "[1, 2, 3, 4].map(x#, ", ")", MP_ECOMPILE, MP_OK },
    { NEST, 200, "", "cel.bind(x#, ", ", true)", MP_OK, MP_OK },
    { NEST, 240, "", "has(dyn({}).a#) || (", ")", MP_OK, MP_OK },
    { NEST, 40, "", "optional.of(", ").optMap(x, x).value()", MP_OK, MP_EBUDGET },
    { NEST, 30, "", "optional.of(1).optFlatMap(y, optional.of(", ")).value()", MP_OK, MP_OK },
    { FILL, 0, "", "!", "true", MP_OK, MP_OK },
    { FILL, 0, "1 != ", "-", "1", MP_OK, MP_OK },
    { FILL, 0, "dyn({})", ".a", "", MP_ELIMIT, MP_OK },
    { FILL, 0, "dyn([])", "[0]", "", MP_ELIMIT, MP_OK },
    { FILL, 0, "dyn({})", ".?a", "", MP_ELIMIT, MP_OK },
    { FILL, 0, "1", " + 1", " > 0", MP_ELIMIT, MP_OK },
    { FILL, 0, "[1]", ".map(x, x)", ".size() > 0", MP_ELIMIT, MP_OK },
    /* length */
    { FILL, 0, "true", " && device.driver != '#'", "", MP_OK, MP_OK },
    { FILL, 0, "false", " || device.driver == '#'", "", MP_OK, MP_OK },
    { FILL, 0, "true", " && !has(device.attributes['d'].x#)", "", MP_OK, MP_OK },
    { FILL, 0, "false", " || device.attributes['d#'].x# == 1", "", MP_OK, MP_EEVAL },
    { FILL, 0, "false", " || [1, 2, 3].all(x, [1, 2, 3].all(y, x + y == #))", "", MP_OK, MP_OK },
    { FILL, 0, "!(-5 in [0", ", #", "])", MP_OK, MP_OK },
    { FILL, 0, "!(-5 in {-1: 0", ", #: #", "})", MP_OK, MP_OK },
    { FILL, 0, "1 in {1: 0", ", 1: #", "}", MP_OK, MP_OK },
    { FILL, 0, "dyn(1) in [1", ", 'a'", "]", MP_ECOMPILE, MP_OK },
    { FILL, 0, "device.driver + 'é", "é", "'.lowerAscii() != ''", MP_OK, MP_OK },
    { FILL, 0, "true //", "/", "", MP_OK, MP_OK },
    { FILL, 0, "'", "%s", "'.format([1]) == ''", MP_ECOMPILE, MP_OK },
    { FILL, 0, "quantity('", "9", "').isGreaterThan(quantity('1'))", MP_OK, MP_OK },
    { FILL, 0, "double('0.", "1", "') > 0.0", MP_OK, MP_OK },
    { FILL, 0, "semver('1.2.3-a", ".a#", "').major() == 1", MP_OK, MP_OK },
    { FILL, 0, "url('http://a/?", "a#=1&", "').getQuery().size() > 0", MP_OK, MP_OK },
    /* types whose size doubles with every step */
    { BIND, 60, "{1: 1}", "{$: $}", "$ == {}", MP_ELIMIT, MP_OK },
    { BIND, 60, "{1: 1}", "{$: $}", "$ + 1", MP_ELIMIT, MP_OK },
    { BIND, 60, "{}", "{$: $}", "$.size() > 0", MP_ELIMIT, MP_OK },
    { BIND, 60, "{1: 1}", "{$: $}", "[$].exists(x, x == $)", MP_ELIMIT, MP_OK },
    { BIND, 10, "{1: 1}", "{$: $}", "$ == $", MP_OK, MP_OK },
    { BIND, 60, "[1]", "[$]", "$ == $", MP_OK, MP_OK },
    /* values that double */
    { BIND, 60, "dyn([1])", "dyn([$, $])", "$ == $", MP_OK, MP_EBUDGET },
    { BIND, 60, "device.driver", "$ + $", "$ != ''", MP_OK, MP_EBUDGET },
    { BIND, 60, "[device.driver]", "$ + $", "$.size() > 0", MP_OK, MP_EBUDGET },
    { BIND, 60, "device.driver", "$.replace('', $)", "$ != ''", MP_OK, MP_EEVAL },
    { BIND, 60, "[device.driver]", "[$.join(','), $.join(';')]", "$.size() > 0", MP_OK,
      MP_EBUDGET },
    /* texts sought in texts */
    { BIND, 16, "'aaaaaaaa'", "$ + $", "$.indexOf($.substring(size($) / 2) + 'b') < 0", MP_OK,
      MP_OK },
    { BIND, 16, "'aaaaaaaa'", "$ + $",
      "lists.range(9).all(i, $.indexOf($.substring(size($) / 2) + 'b') < 0)", MP_OK, MP_EBUDGET },
    { BIND, 16, "'aaaaaaaa'", "$ + $", "$.split($.substring(size($) / 2) + 'b').size() == 1", MP_OK,
      MP_OK },
    { BIND, 10, "'aaaaaaaa'", "$ + $", "!$.contains($.substring(size($) / 2) + 'b')", MP_OK,
      MP_OK },
    /* regular expressions */
    { FILL, 0, "!'x'.matches('a", "|b#", "')", MP_OK, MP_OK },
    { FILL, 0, "!'x'.matches('[", "\\\\p{Greek}", "]')", MP_OK, MP_OK },
    { FILL, 0, "'x'.matches('a')", " || 'x'.matches('\\\\pL{900}#')", "", MP_OK, MP_OK },
    { FILL, 0, "'x'.matches('", "(a|", "b')", MP_ECOMPILE, MP_OK },
    { FILL, 0, "'x'.matches('a", "{9}", "')", MP_ECOMPILE, MP_OK },
    { FILL, 0, "lists.range(100000).all(i, !'a'.matches('\\\\pL{999}' + string(i)))", " ", "",
      MP_OK, MP_EBUDGET },
    { BIND, 14, AB, THUE_MORSE, "!$.matches('(a|b)*a(a|b){900}c')", MP_OK, MP_OK },
    { BIND, 14, AB, THUE_MORSE, "lists.range(1000).all(i, !$.matches('(a|b)*a(a|b){900}[^ab]'))",
      MP_OK, MP_EBUDGET },
    { BIND, 14, AB, THUE_MORSE, "$.findAll('a(?:[ab]*c)?').size() > 1000", MP_OK, MP_EBUDGET },
    /* digits that nobody sees */
    { FILL, 0, "lists.range(60000).all(i, '%.15000000f'.format([1.5]) != 'x')", " ", "", MP_OK,
      MP_EBUDGET },
    { FILL, 0, "lists.range(60000).all(i, '%.16000000f%.16000000f'.format([1.5, 1.5]) != 'x')", " ",
      "", MP_OK, MP_EBUDGET },
    /* long lists */
    { FILL, 0, "lists.range(690).map(x, dyn({'a': x})).distinct().size() == 690", " ", "", MP_OK,
      MP_OK },
    { FILL, 0, "lists.range(999999).sort().size() > 0", " ", "", MP_OK, MP_EBUDGET },
    { FILL, 0, "lists.range(1000).map(x, lists.range(x)).flatten().map(x, string(x)).join() != ''",
      " ", "", MP_OK, MP_EBUDGET },
    { FILL, 0, "lists.range(30000).all(x, string(1e-300 * double(x)).size() > 0)", " ", "", MP_OK,
      MP_OK },
    { FILL, 0, "lists.range(20000).all(x, quantity('1e99999').add(quantity('1n')).isInteger())",
      " ", "", MP_OK, MP_OK },
    { FILL, 0,
      "lists.range(20000).all(x, quantity('1e99999').add(quantity('1n')) != quantity('1'))", " ",
      "", MP_OK, MP_EBUDGET },
    { FILL, 0, "lists.range(3000).transformMapEntry(i, v, {dyn([v]): i}).size() == 3000", " ", "",
      MP_OK, MP_OK },
};

/* ---- what is held ---- */

typedef struct use {
    mp_test_alloc alloc;
    mp_cel_env *env;
    mp_cel_device *device;
} use;

static void begin(use *u)
{
    mp_test_alloc_init(&u->alloc);
    ck_assert_int_eq(mp_cel_env_new_dra(&u->alloc.allocator, &u->env, NULL), MP_OK);
    ck_assert_int_eq(
        mp_cel_device_new(&u->alloc.allocator, "gpu.example.com", MP_NTS, &u->device, NULL), MP_OK);
    u->alloc.peak_bytes = 0;
    u->alloc.calls = 0;
}

static void end(use *u)
{
    mp_cel_device_free(u->device);
    mp_cel_env_free(u->env);
    ck_assert_uint_eq(u->alloc.live_blocks, 0);
}

static void bounded(const use *u, const char *what, size_t bytes, size_t calls)
{
    ck_assert_msg(u->alloc.peak_bytes <= bytes, "%s takes %zu bytes", what, u->alloc.peak_bytes);
    ck_assert_msg(u->alloc.calls <= calls, "%s takes %zu allocations", what, u->alloc.calls);
}

START_TEST(compiling_is_bounded)
{
    char *text = make(&sources[_i]);
    mp_cel_cost cost;
    mp_error err;
    mp_status st;
    mp_cel *cel;
    use u;

    begin(&u);
    st = mp_cel_compile(u.env, text, MP_NTS, &cel, &err);
    ck_assert_msg(st == sources[_i].compiled, "%.60s: %s %s", text, mp_status_name(st), err.text);
    mp_cel_free(cel);
    st = mp_cel_estimate(u.env, text, MP_NTS, &cost, &err);
    ck_assert(st == sources[_i].compiled || (st == MP_OK && sources[_i].compiled == MP_ECOMPILE));
    bounded(&u, "compiling", COMPILE_BYTES, COMPILE_CALLS);
    end(&u);
    free(text);
}
END_TEST

START_TEST(running_is_bounded)
{
    char *text = make(&sources[_i]);
    mp__machine m;
    mp__value v;
    mp_cel *cel;
    mp_error err;
    mp_status st = MP_OK;
    use u;

    begin(&u);
    if (mp_cel_compile(u.env, text, MP_NTS, &cel, NULL) == MP_OK) {
        mp__machine_init(&m, &u.alloc.allocator, cel);
        m.device = u.device;
        v = mp__machine_run(&m);
        if (v.kind == MP__ERROR)
            st = mp__machine_fail(&m, &v, &err);
        ck_assert_msg(st == sources[_i].ran, "%.60s: %s", text, mp_status_name(st));
        ck_assert(st == MP_EBUDGET || m.cost <= MP_CEL_COST_MAX);
        ck_assert_msg(m.work <= RUN_WORK, "%.60s: work of %llu", text, (unsigned long long)m.work);
        mp__machine_fini(&m);
        bounded(&u, text, RUN_BYTES, SIZE_MAX);
        mp_cel_free(cel);
    }
    end(&u);
    free(text);
}
END_TEST

static void count_part(const mp_cel_part *part, void *user)
{
    ck_assert_ptr_nonnull(part->text);
    ++*(size_t *)user;
}

static void count_step(const mp_cel_step *step, void *user)
{
    ck_assert_uint_le(step->left + step->failed, 1);
    ++*(size_t *)user;
}

/* A part is evaluated by itself, so what explains takes a run for each: only sources whose runs are
 * short. */
START_TEST(explaining_is_bounded)
{
    char *text = make(&sources[_i]);
    size_t parts = 0, steps = 0;
    mp_status st;
    use u;

    begin(&u);
    if (sources[_i].ran == MP_OK && sources[_i].how != BIND) {
        const mp_cel_device *devices[1];

        devices[0] = u.device;
        st = mp_cel_explain(u.env, text, MP_NTS, u.device, count_part, &parts, NULL);
        ck_assert_int_eq(st, sources[_i].compiled);
        ck_assert_uint_le(parts, MP_CEL_PARTS_MAX);
        st = mp_cel_sieve(u.env, text, MP_NTS, devices, 1, count_step, &steps, NULL);
        ck_assert_int_eq(st, sources[_i].compiled);
        bounded(&u, "explaining", RUN_BYTES, SIZE_MAX);
    }
    end(&u);
    free(text);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("cel bounds");
    TCase *tc = tcase_create("10 KiB");

    tcase_set_timeout(tc, 300);
    tcase_add_loop_test(tc, compiling_is_bounded, 0, (int)MP__COUNT(sources));
    tcase_add_loop_test(tc, running_is_bounded, 0, (int)MP__COUNT(sources));
    tcase_add_loop_test(tc, explaining_is_bounded, 0, (int)MP__COUNT(sources));
    suite_add_tcase(s, tc);
    return mp_test_main(s);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of time zones: what holds before, between and behind the changes they list, and files that
 * are cut short or lie.
 */
#include "mp_test.h"
#include "time_internal.h"
#include <stdio.h>
#include <stdlib.h>

typedef struct file {
    unsigned char data[1024];
    size_t size;
} file;

static void put(file *f, uint64_t value, unsigned size)
{
    while (size-- > 0)
        f->data[f->size++] = (unsigned char)(value >> 8 * size);
}

/* A header with so many changes, types and bytes of names. */
static void put_header(file *f, char version, size_t times, size_t types, size_t names)
{
    memcpy(f->data + f->size, "TZif", 4);
    f->size += 4;
    put(f, (unsigned char)version, 1);
    for (int i = 0; i < 15; i++)
        put(f, 0, 1);
    put(f, 0, 4);
    put(f, 0, 4);
    put(f, 0, 4);
    put(f, times, 4);
    put(f, types, 4);
    put(f, names, 4);
}

typedef struct change {
    int64_t at;
    unsigned type;
} change;

typedef struct type {
    int32_t offset;
    unsigned dst;
} type;

static file make(const change *changes, size_t count, const type *types, size_t type_count,
                 const char *tail)
{
    file f = { { 0 }, 0 };

    put_header(&f, '2', 0, 1, 4); /* the old part, which is skipped */
    put(&f, 0, 6);
    put(&f, 0, 4);
    put_header(&f, '2', count, type_count, 4);
    for (size_t i = 0; i < count; i++)
        put(&f, (uint64_t)changes[i].at, 8);
    for (size_t i = 0; i < count; i++)
        put(&f, changes[i].type, 1);
    for (size_t i = 0; i < type_count; i++) {
        put(&f, (uint32_t)types[i].offset, 4);
        put(&f, types[i].dst, 1);
        put(&f, 0, 1);
    }
    put(&f, 0, 4);
    if (tail) {
        put(&f, '\n', 1);
        memcpy(f.data + f.size, tail, strlen(tail));
        f.size += strlen(tail);
        put(&f, '\n', 1);
    }
    return f;
}

static const type two_types[] = { { 3600, 0 }, { 7200, 1 } };
static const change two_changes[] = { { 1000, 1 }, { 2000, 0 } };

/* ---- rules for what comes after the last change ---- */

#define NO INT64_MIN /* the rule is none: the last change goes on holding */

/* Offsets at noon UTC on these days of 2023 and 2024. */
static const char *const days[] = { "2023-01-15", "2023-07-15", "2024-03-01", "2024-03-10",
                                    "2024-11-03" };

static const struct {
    const char *tail;
    int64_t offsets[5];
} rules[] = {
    { "EST5EDT,M3.2.0,M11.1.0", { -18000, -14400, -18000, -14400, -18000 } },
    { "<-03>3", { -10800, -10800, -10800, -10800, -10800 } },
    { "<+0330>-3:30", { 12600, 12600, 12600, 12600, 12600 } },
    { "AAA-1BBB-2:30:15,M3.5.0/2,M10.5.0/3", { 3600, 9015, 3600, 3600, 3600 } },
    /* the southern half: summer is round the year's end */
    { "AEST-10AEDT,M10.1.0,M4.1.0/3", { 39600, 36000, 39600, 39600, 39600 } },
    /* days by number: J counts without the leap day, plain numbers with it, from 0 */
    { "AAA0BBB,J60/0,J300/0", { 0, 3600, 3600, 3600, 0 } },
    { "AAA0BBB,60/0,300/0", { 0, 3600, 3600, 3600, 0 } },
    { "AAA0BBB,61/0,300/0", { 0, 3600, 0, 3600, 0 } },
    /* times of day may lie outside the day */
    { "IST-1GMT0,M10.5.0,M3.5.0/1", { 0, 3600, 0, 0, 0 } },
    { "AAA0BBB,M3.2.0/-144,M11.1.0/24", { 0, 3600, 0, 3600, 3600 } },
    { "AA5", { NO } },
    { "EST", { NO } },
    { "EST5x", { NO } },
    { "EST5EDT", { NO } },
    { "EST5EDT,M3.2.0", { NO } },
    { "EST5EDT,M13.2.0,M11.1.0", { NO } },
    { "EST5EDT,M0.2.0,M11.1.0", { NO } },
    { "EST5EDT,M3.6.0,M11.1.0", { NO } },
    { "EST5EDT,M3.0.0,M11.1.0", { NO } },
    { "EST5EDT,M3.2.7,M11.1.0", { NO } },
    { "EST5EDT,M3.2,M11.1.0", { NO } },
    { "EST5EDT,J0,J300", { NO } },
    { "EST5EDT,J366,J300", { NO } },
    { "EST5EDT,366,300", { NO } },
    { "EST5EDT,M3.2.0/168:00:01,M11.1.0", { -18000, -14400, -18000, -18000, -18000 } },
    { "EST5EDT,M3.2.0/169,M11.1.0", { NO } },
    { "EST5EDT,M3.2.0/1:60,M11.1.0", { NO } },
    { "EST5EDT4x,M3.2.0,M11.1.0", { NO } },
    { "EST5EDT,M3.2.0,M11.1.0,", { NO } },
    { "<EST5", { NO } },
    { "EST5ED,M3.2.0,M11.1.0", { NO } },
    { "", { NO } },
};

static int64_t noon(const char *day)
{
    char text[32];
    mp__time t;

    snprintf(text, sizeof text, "%sT12:00:00Z", day);
    ck_assert(mp__time_parse(mp__str_make(text, MP_NTS), &t));
    return t.seconds;
}

START_TEST(follows_rules)
{
    file f = make(two_changes, 2, two_types, 2, rules[_i].tail);
    const mp__zone *z;
    mp__arena arena;

    mp__arena_init(&arena, NULL);
    z = mp__zone_read(&arena, f.data, f.size);
    ck_assert_ptr_nonnull(z);
    ck_assert_int_eq(mp__zone_offset(z, 999), 3600);
    ck_assert_int_eq(mp__zone_offset(z, 1000), 7200);
    ck_assert_int_eq(mp__zone_offset(z, 1999), 7200);
    for (size_t d = 0; d < MP__COUNT(days); d++) {
        int64_t want = rules[_i].offsets[0] == NO ? 3600 : rules[_i].offsets[d];
        int64_t got = mp__zone_offset(z, noon(days[d]));

        ck_assert_msg(got == want, "%s on %s: %lld", rules[_i].tail, days[d], (long long)got);
    }
    mp__arena_fini(&arena);
}
END_TEST

/* ---- before the first change ---- */

static const struct {
    type types[3];
    change changes[2];
    size_t type_count, count;
    int64_t want;
} firsts[] = {
    { { { 10, 0 }, { 20, 1 } }, { { 0, 1 } }, 2, 1, 10 }, /* the first, if unused */
    { { { 10, 1 }, { 20, 0 } }, { { 0, 0 } }, 2, 1, 20 }, /* used: the first standard */
    { { { 10, 1 }, { 20, 0 }, { 30, 1 } },
      { { 0, 2 }, { 9, 0 } },
      3,
      2,
      20 },                                               /* before the first's */
    { { { 10, 1 }, { 20, 1 } }, { { 0, 0 } }, 2, 1, 10 }, /* none is standard */
    { { { 10, 1 } }, { { 0, 0 } }, 1, 0, 10 },            /* no change at all */
};

START_TEST(begins)
{
    file f =
        make(firsts[_i].changes, firsts[_i].count, firsts[_i].types, firsts[_i].type_count, NULL);
    const mp__zone *z;
    mp__arena arena;

    mp__arena_init(&arena, NULL);
    z = mp__zone_read(&arena, f.data, f.size);
    ck_assert_ptr_nonnull(z);
    ck_assert_int_eq(mp__zone_offset(z, -5), firsts[_i].want);
    mp__arena_fini(&arena);
}
END_TEST

/* ---- files that are none ---- */

START_TEST(refuses_cut_and_changed_files)
{
    file whole = make(two_changes, 2, two_types, 2, "EST5EDT,M3.2.0,M11.1.0"), f;
    size_t body = whole.size - strlen("\nEST5EDT,M3.2.0,M11.1.0\n");
    mp__arena arena;

    mp__arena_init(&arena, NULL);
    for (size_t size = 0; size <= whole.size; size++) {
        unsigned char *copy = malloc(size + 1); /* so that reading past the end is seen */

        memcpy(copy, whole.data, size);
        ck_assert((mp__zone_read(&arena, copy, size) != NULL) == (size >= body));
        free(copy);
    }
    for (size_t i = 0; i < whole.size; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            const mp__zone *z;

            f = whole;
            f.data[i] = (unsigned char)(f.data[i] ^ 1u << bit);
            z = mp__zone_read(&arena, f.data, f.size);
            if (z)
                (void)mp__zone_offset(z, INT64_C(1) << 40);
        }
    }
    f = whole;
    f.data[4] = '1';
    ck_assert_ptr_null(mp__zone_read(&arena, f.data, f.size)); /* no second part */
    f = whole;
    f.data[0] = 'X';
    ck_assert_ptr_null(mp__zone_read(&arena, f.data, f.size));
    mp__arena_fini(&arena);
}
END_TEST

/* ---- names ---- */

START_TEST(finds_files)
{
    static const char *const none[] = { "No/Where", "../etc/passwd", "/etc/passwd", "\\x",
                                        "Europe",   "zone.tab",      "a/../b" };
    const mp__zone *z;
    mp__arena arena;
    char text[200];

    mp__arena_init(&arena, NULL);
    for (size_t i = 0; i < MP__COUNT(none); i++)
        ck_assert_int_eq(mp__zone_load(&arena, mp__str_make(none[i], MP_NTS), &z), MP_ENOENT);
    memset(text, 'a', sizeof text);
    ck_assert_int_eq(mp__zone_load(&arena, (mp__str){ text, sizeof text }, &z), MP_ENOENT);
    ck_assert_int_eq(mp__zone_load(&arena, MP__STR("a\0b"), &z), MP_ENOENT);
    ck_assert_int_eq(mp__zone_load(&arena, MP__STR("UTC"), &z), MP_OK);
    ck_assert_int_eq(mp__zone_offset(z, 0), 0);
    mp__arena_fini(&arena);
}
END_TEST

#define ADD(tc, name, array) tcase_add_loop_test(tc, name, 0, (int)MP__COUNT(array))

int main(void)
{
    Suite *s = suite_create("cel_zone");
    TCase *tc = tcase_create("zones");

    ADD(tc, follows_rules, rules);
    ADD(tc, begins, firsts);
    tcase_add_test(tc, refuses_cut_and_changed_files);
    tcase_add_test(tc, finds_files);
    suite_add_tcase(s, tc);
    return mp_test_main(s);
}

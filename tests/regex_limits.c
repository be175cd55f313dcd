/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Regular expressions under strain: allocation failures, patterns and texts made to be slow, counts
 * that multiply, and searches that may not allocate.
 */
#include <mp_test.h>
#include "regex_internal.h"
#include <stdlib.h>
#include <time.h>

/* Far above what a linear search takes under any sanitizer, far below what backtracking would. */
#define LINEAR_SECONDS 20.0

static mp__regex *compile(const mp_allocator *a, const char *pattern)
{
    mp__regex *re;
    mp_error err = { 0 };
    mp_status st = mp__regex_compile(a, pattern, strlen(pattern), &re, &err);

    ck_assert_msg(st == MP_OK, "%s: %s", pattern, err.text);
    return re;
}

static const struct {
    const char *pattern, *text;
    int found;
} sweeps[] = {
    { "", "", 1 },
    { "^.*h100.*$", "NVIDIA-h100-80GB", 1 },
    { "(?i)^(?P<x>a|\\pL{2,3}?)*[^\\w[:punct:]]\\Q.*\\E$", "aé .*", 1 },
    { "(?:[a-z]{1,30}[0-9]*){1,20}x", "abc123y", 0 },
    { "a{600}", "aaa", 0 },
};

static mp_status compile_and_search(const mp_allocator *alloc, void *user)
{
    size_t i = *(const size_t *)user, begin, end;
    mp__regex *re = NULL;
    mp_error err = { 0 };
    mp_status st =
        mp__regex_compile(alloc, sweeps[i].pattern, strlen(sweeps[i].pattern), &re, &err);
    int found;

    ck_assert_int_eq(err.status, st);
    if (st != MP_OK) {
        ck_assert_ptr_null(re);
        return st;
    }
    found = mp__regex_search(re, alloc, sweeps[i].text, strlen(sweeps[i].text), 0, &begin, &end);
    mp__regex_free(re);
    if (found < 0)
        return MP_ENOMEM;
    ck_assert_int_eq(found, sweeps[i].found);
    return MP_OK;
}

START_TEST(survives_allocation_failures)
{
    size_t i = (size_t)_i;

    ck_assert_uint_gt(mp_test_sweep(compile_and_search, &i), 1);
}
END_TEST

START_TEST(small_programs_search_without_allocating)
{
    static const char *const patterns[] = { "^.*h100.*$", "(?i)h100", "(a|b)*c",
                                            "\\pL+\\d{1,20}$" };
    static const char text[] = "NVIDIA-h100-80GB-HBM3";

    for (size_t i = 0; i < MP__COUNT(patterns); i++) {
        mp_test_alloc alloc;
        mp__regex *re = compile(NULL, patterns[i]);
        size_t begin, end;

        mp_test_alloc_init(&alloc);
        mp__regex_search(re, &alloc.allocator, text, sizeof text - 1, 0, NULL, NULL);
        mp__regex_search(re, &alloc.allocator, text, sizeof text - 1, 0, &begin, &end);
        ck_assert_uint_eq(alloc.calls, 0);
        mp__regex_free(re);
    }
}
END_TEST

/* Patterns that take exponential or quadratic time where a matcher backtracks; none matches. */
static const char *const evil[] = {
    "(a*)*b",
    "(a|a)*b",
    "(a|aa)+$b",
    "^(a?){50}a{50}b",
    "(?:a+)+b",
    "(.*)(.*)(.*)(.*)b$",
    "(?:a{0,100}){1,10}b",
    "(a*?)*?b",
    "(|a)+b",
    "(?:\\ba*)*b",
};

START_TEST(time_is_linear_in_the_text)
{
    size_t size = mp_test_scaled(100000), begin, end;
    char *text = malloc(size);
    mp__regex *re = compile(NULL, evil[_i]);
    clock_t before = clock();

    ck_assert_ptr_nonnull(text);
    memset(text, 'a', size);
    ck_assert_int_eq(mp__regex_search(re, NULL, text, size, 0, NULL, NULL), 0);
    ck_assert_int_eq(mp__regex_search(re, NULL, text, size, 0, &begin, &end), 0);
    /* With the b that all of them want, those that are not bound elsewhere match. */
    text[size - 1] = 'b';
    if (!strchr(evil[_i], '$') && evil[_i][0] != '^') {
        ck_assert_int_eq(mp__regex_search(re, NULL, text, size, 0, &begin, &end), 1);
        ck_assert_uint_eq(end, size);
    }
    ck_assert_double_lt((double)(clock() - before) / CLOCKS_PER_SEC, LINEAR_SECONDS);
    mp__regex_free(re);
    free(text);
}
END_TEST

/* prefix, then middle over and over, then suffix: what becomes of a pattern of about 10 KB */
static const struct {
    const char *prefix, *middle, *suffix;
    size_t times;
    mp_status want;
} large[] = {
    { "", "a", "", 10000, MP_OK },          { "", "a*", "", 5000, MP_OK },
    { "", "a?", "b", 5000, MP_OK },         { "x", "|ab", "", 3300, MP_OK },
    { "[", "a-z", "]", 3300, MP_OK },       { "(?i)[", "k", "]", 10000, MP_OK },
    { "(?i)", "k", "", 10000, MP_OK },      { "(?i)", "[k]", "", 3300, MP_OK },
    { "(?i)", "\\pL", "", 300, MP_OK },     { "", "[^\\W]", "", 1600, MP_OK },
    { "\\Q", "*", "", 10000, MP_OK },       { "", "(?i)(?-i)", "a", 1100, MP_OK },
    { "", "()", "", 5000, MP_OK },          { "", "(?P<n>a)", "", 1200, MP_OK },
    { "[", "[:", "x]", 5000, MP_OK },       { "", "^$\\b", "", 2500, MP_OK },
    { "", "(", "", 10000, MP_EPARSE },      { "", "[", "", 10000, MP_EPARSE },
    { "", "(?:", "", 3300, MP_EPARSE },     { "", "(a|", "", 3300, MP_EPARSE },
    { "a", "*", "", 10000, MP_EPARSE },     { "", "\\", "\\", 9999, MP_OK },
    { "", "\\", "", 9999, MP_EPARSE },      { "a{", "9", "}", 10000, MP_EPARSE },
    { "a{", "9", "", 10000, MP_OK },        { "\\x{", "0", "41}", 10000, MP_OK },
    { "\\p{", "_", "L}", 10000, MP_OK },    { "\\p{", "L", "}", 10000, MP_EPARSE },
    { "(?P<", "n", ">a)", 10000, MP_OK },   { "(?", "i", ")a", 10000, MP_OK },
    { "", "a{1000}", "", 1400, MP_ELIMIT },
};

START_TEST(large_patterns)
{
    size_t prefix = strlen(large[_i].prefix), middle = strlen(large[_i].middle);
    size_t suffix = strlen(large[_i].suffix), size = prefix + middle * large[_i].times + suffix;
    char *pattern = malloc(size);
    mp_test_alloc alloc;
    mp__regex *re;
    mp_error err = { 0 };
    mp_status st;
    clock_t before = clock();

    ck_assert_ptr_nonnull(pattern);
    memcpy(pattern, large[_i].prefix, prefix);
    for (size_t i = 0; i < large[_i].times; i++)
        memcpy(pattern + prefix + i * middle, large[_i].middle, middle);
    memcpy(pattern + size - suffix, large[_i].suffix, suffix);
    mp_test_alloc_init(&alloc);
    st = mp__regex_compile(&alloc.allocator, pattern, size, &re, &err);
    ck_assert_msg(st == large[_i].want, "%s: %s", mp_status_name(st), err.text);
    ck_assert_int_eq(re != NULL, st == MP_OK);
    if (st == MP_OK)
        ck_assert_int_ge(mp__regex_search(re, &alloc.allocator, pattern, size, 0, NULL, NULL), 0);
    ck_assert_double_lt((double)(clock() - before) / CLOCKS_PER_SEC, LINEAR_SECONDS);
    mp__regex_free(re);
    ck_assert_uint_eq(alloc.live_blocks, 0);
    ck_assert_uint_lt(alloc.peak_bytes, (size_t)64 << 20);
    free(pattern);
}
END_TEST

/* Groups nest to a named limit, and far below it everything works. */
START_TEST(groups_nest)
{
    static const struct {
        size_t depth;
        mp_status want;
    } cases[] = { { 1, MP_OK }, { 999, MP_OK }, { 1000, MP_OK }, { 1001, MP_EPARSE } };

    for (size_t i = 0; i < MP__COUNT(cases); i++) {
        size_t depth = cases[i].depth, size = 3 * depth + 1;
        char *pattern = malloc(size);
        mp__regex *re;

        ck_assert_ptr_nonnull(pattern);
        memset(pattern, '(', depth);
        pattern[depth] = 'a';
        for (size_t k = 0; k < depth; k++)
            memcpy(pattern + depth + 1 + 2 * k, ")*", 2);
        ck_assert_int_eq(mp__regex_compile(NULL, pattern, size, &re, NULL), cases[i].want);
        if (re) {
            size_t begin, end;

            ck_assert_int_eq(mp__regex_search(re, NULL, "aaab", 4, 0, &begin, &end), 1);
            ck_assert_uint_eq(begin, 0);
            ck_assert_uint_eq(end, 3);
        }
        mp__regex_free(re);
        free(pattern);
    }
}
END_TEST

/* The literal that a pattern needs is a shortcut: with a class in its place nothing may change. */
START_TEST(shortcuts_change_nothing)
{
    static const struct {
        const char *quick, *slow;
    } pairs[] = {
        { "h1", "[hh][1]|\\z\\A[^\\x00-\\x{10FFFF}]" },
        { "^.*h1.*$", "^.*(?:h1|h1).*$" },
        { ".*h1", ".*(?:h|h)1" },
        { "h1.*$", "(?:h|h)1.*$" },
        { "^h1", "(?:^)(?:h1|h1)" },
        { "(?s)^.*h1.*$", "(?s)^.*(?:h1|h1).*$" },
        { "(?m)^.*h1.*$", "(?m)^.*(?:h1|h1).*$" },
        { ".+h1$", ".+(?:h1|h1)$" },
    };
    static const char letters[] = "hh11\nx\xC3\xA9";
    mp_test_random random = { 7 };

    for (size_t i = 0; i < MP__COUNT(pairs); i++) {
        mp__regex *quick = compile(NULL, pairs[i].quick), *slow = compile(NULL, pairs[i].slow);

        for (size_t round = 0; round < mp_test_scaled(20000); round++) {
            char text[8];
            size_t size = (size_t)mp_test_random_below(&random, sizeof text + 1);
            size_t start = (size_t)mp_test_random_below(&random, size + 1), a = 0, b = 0, c = 0,
                   d = 0;
            int found;

            for (size_t k = 0; k < size; k++)
                text[k] = letters[mp_test_random_below(&random, sizeof letters - 1)];
            found = mp__regex_search(slow, NULL, text, size, start, &a, &b);
            ck_assert_int_eq(mp__regex_search(quick, NULL, text, size, start, &c, &d), found);
            ck_assert_int_eq(mp__regex_search(quick, NULL, text, size, start, NULL, NULL), found);
            ck_assert_uint_eq(a, c);
            ck_assert_uint_eq(b, d);
        }
        mp__regex_free(quick);
        mp__regex_free(slow);
    }
}
END_TEST

START_TEST(errors_have_a_place)
{
    static const struct {
        const char *pattern;
        size_t offset;
    } cases[] = {
        { "ab(c", 2 },
        { "ab)", 2 },
        { "a[b", 1 },
        { "a**", 2 },
        { "*", 0 },
        { "a|*", 2 },
        { "a\\", 1 },
        { "a\\8", 1 },
        { "a{1001}", 1 },
        { "x[b-a]", 2 },
        { "a(?=b)", 1 },
        { "a\\pX", 1 },
        { "(?P<n>a)(?P<>b)", 8 },
        { "a\xFF", 1 },
        { "[[:x:]]", 1 },
    };

    for (size_t i = 0; i < MP__COUNT(cases); i++) {
        mp__regex *re;
        mp_error err = { 0 };

        ck_assert_int_eq(
            mp__regex_compile(NULL, cases[i].pattern, strlen(cases[i].pattern), &re, &err),
            MP_EPARSE);
        ck_assert_ptr_null(re);
        ck_assert_int_eq(err.status, MP_EPARSE);
        ck_assert_msg(err.offset == cases[i].offset, "%s: %zu", cases[i].pattern, err.offset);
    }
}
END_TEST

/* Names that Go 1.26 refuses for their '_', by mistake, and its older releases take. */
START_TEST(names_of_scripts)
{
    static const char *const patterns[] = { "\\p{Old_Italic}", "\\p{Phags_Pa}",
                                            "\\p{SignWriting}" };
    static const char *const texts[] = { "\xF0\x90\x8C\x80", "\xEA\xA1\x80", "\xF0\x9D\xA0\x80" };

    for (size_t i = 0; i < MP__COUNT(patterns); i++) {
        mp__regex *re = compile(NULL, patterns[i]);

        ck_assert_int_eq(mp__regex_search(re, NULL, texts[i], 3 + (i != 1), 0, NULL, NULL), 1);
        ck_assert_int_eq(mp__regex_search(re, NULL, "a", 1, 0, NULL, NULL), 0);
        mp__regex_free(re);
    }
    mp__regex_free(NULL);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("regex_limits");
    TCase *tc = tcase_create("limits");

    tcase_set_timeout(tc, 300);
    tcase_add_loop_test(tc, survives_allocation_failures, 0, (int)MP__COUNT(sweeps));
    tcase_add_test(tc, small_programs_search_without_allocating);
    tcase_add_loop_test(tc, time_is_linear_in_the_text, 0, (int)MP__COUNT(evil));
    tcase_add_loop_test(tc, large_patterns, 0, (int)MP__COUNT(large));
    tcase_add_test(tc, groups_nest);
    tcase_add_test(tc, shortcuts_change_nothing);
    tcase_add_test(tc, errors_have_a_place);
    tcase_add_test(tc, names_of_scripts);
    suite_add_tcase(s, tc);
    return mp_test_main(s);
}

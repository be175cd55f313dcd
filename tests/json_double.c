/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Doubles from and to decimal text, against the C library's strtod() and printf() in the C locale,
 * which are exact where these tests run.
 */
#include "object_internal.h"
#include "mp_test.h"
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t bits_of(double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static double from_bits(uint64_t bits)
{
    double value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

static void check_parse(const char *text)
{
    double ours = 77, want = strtod(text, NULL);

    if (!mp__double_parse(text, strlen(text), &ours) || bits_of(ours) != bits_of(want))
        ck_abort_msg("%s is read as %a, not %a", text, ours, want);
}

/* Positive and finite, from many corners: any bits, subnormals, powers of two, short decimals. */
static double random_double(mp_test_random *r)
{
    uint64_t bits = mp_test_random_next(r) >> 1;
    double value;

    switch (mp_test_random_below(r, 6)) {
    case 0:
        bits &= (UINT64_C(1) << 52) - 1;
        break;
    case 1:
        bits &= ~((UINT64_C(1) << 52) - 1);
        bits += mp_test_random_below(r, 3);
        break;
    case 2:
        return (double)mp_test_random_below(r, 10000000) /
               pow(10, (double)mp_test_random_below(r, 8));
    case 3:
        return (double)(bits >> mp_test_random_below(r, 63));
    default:
        break;
    }
    value = from_bits(bits);
    return value - value == 0 ? value : 1.5;
}

/* ---- parsing ---- */

static const struct {
    const char *text;
    uint64_t bits;
} parse_cases[] = {
    { "0", 0 },
    { "-0", UINT64_C(1) << 63 },
    { "0e999999999999999999999", 0 },
    { "0.000e-5", 0 },
    { "1", UINT64_C(0x3FF0000000000000) },
    { "+1.", UINT64_C(0x3FF0000000000000) },
    { ".5", UINT64_C(0x3FE0000000000000) },
    { "1e0000000000000000000000000000001", UINT64_C(0x4024000000000000) },
    { "5e-324", 1 },
    { "2.4703282292062327208299439634110732637e-324", 0 }, /* just below half the smallest */
    { "2.4703282292062327208299439634110732638e-324", 0 },
    { "2.4703282292062328e-324", 1 },
    { "2.2250738585072011e-308", UINT64_C(0x000FFFFFFFFFFFFF) }, /* famous for endless loops */
    { "2.2250738585072012e-308", UINT64_C(0x0010000000000000) },
    { "2.2250738585072014e-308", UINT64_C(0x0010000000000000) },
    { "1.7976931348623157e308", UINT64_C(0x7FEFFFFFFFFFFFFF) },
    { "1.7976931348623158e308", UINT64_C(0x7FEFFFFFFFFFFFFF) },
    { "1.7976931348623159e308", UINT64_C(0x7FF0000000000000) },
    { "1e309", UINT64_C(0x7FF0000000000000) },
    { "1e999999999999999999999999", UINT64_C(0x7FF0000000000000) },
    { "1e-999999999999999999999999", 0 },
    { "9007199254740993", UINT64_C(0x4340000000000000) }, /* a tie, to even */
    { "9007199254740993.0000000000000000000000000000001", UINT64_C(0x4340000000000001) },
    { "9007199254740995", UINT64_C(0x4340000000000002) },
    { "123456789012345678901234567890", UINT64_C(0x45F8EE90FF6C373E) },
};

START_TEST(parse_table)
{
    double value;

    ck_assert(mp__double_parse(parse_cases[_i].text, strlen(parse_cases[_i].text), &value));
    ck_assert_uint_eq(bits_of(value), parse_cases[_i].bits);
    check_parse(parse_cases[_i].text);
}
END_TEST

START_TEST(parse_refuses)
{
    static const char *const texts[] = { "",    "+",   "-",     ".",   "e5",  "1e",  "1e+",  " 1",
                                         "1 ",  "--1", "1.2.3", "0x1", "inf", "nan", "1e5.", "1,5",
                                         "1_0", ".e1", "1e-",   "-.",  "1f",  "+-1" };

    for (size_t i = 0; i < MP__COUNT(texts); i++) {
        double value = 77;

        ck_assert_msg(!mp__double_parse(texts[i], strlen(texts[i]), &value), "%s", texts[i]);
        ck_assert(value == 77);
    }
}
END_TEST

/* The longest texts that matter: a point halfway between two doubles, to its last digit, and a
 * little on either side of it. */
START_TEST(parse_halfway)
{
    static char text[2400];
    mp_test_random r = { 3 };

    if (LDBL_MANT_DIG < 64) {
        mp_test_note("long double has no room for points halfway between doubles");
        return;
    }
    for (size_t i = 0; i < mp_test_scaled(20000); i++) {
        double value = random_double(&r);
        double above = from_bits(bits_of(value) + 1);
        size_t size;

        if (above - above != 0)
            continue;
        snprintf(text, sizeof text, "%.1100Lf", ((long double)value + (long double)above) / 2);
        size = strlen(text);
        while (text[size - 1] == '0')
            text[--size] = '\0';
        check_parse(text);
        strcpy(text + size, "00000000000000000000001");
        check_parse(text);
        if (text[size - 1] != '.') {
            text[size] = '\0';
            text[size - 1]--; /* the last digit is a 5 */
            strcpy(text + size, "99999999999");
            check_parse(text);
        }
    }
}
END_TEST

START_TEST(parse_random)
{
    static char text[1400];
    mp_test_random r = { 5 };

    for (size_t i = 0; i < mp_test_scaled(400000); i++) {
        double value = random_double(&r);

        snprintf(text, sizeof text, "%.17g", value);
        check_parse(text);
        snprintf(text, sizeof text, "-%.*e", (int)mp_test_random_below(&r, 26), value);
        check_parse(text);
        if (i % 64 == 0) {
            snprintf(text, sizeof text, "%.1100f", value);
            check_parse(text);
            snprintf(text, sizeof text, "%.900e", value);
            check_parse(text);
        }
        snprintf(text, sizeof text, "%llu.%llue%d",
                 (unsigned long long)mp_test_random_next(&r) >> mp_test_random_below(&r, 64),
                 (unsigned long long)mp_test_random_next(&r) >> mp_test_random_below(&r, 64),
                 (int)mp_test_random_below(&r, 680) - 345);
        check_parse(text);
    }
}
END_TEST

/* ---- printing ---- */

static const struct {
    double value;
    const char *digits;
    int exponent;
} digit_cases[] = {
    { 0.0, "0", 1 },
    { 1.0, "1", 1 },
    { 10.0, "1", 2 },
    { 0.1, "1", 0 },
    { 0.001, "1", -2 },
    { 0.3, "3", 0 },
    { 2.0 / 3.0, "6666666666666666", 0 },
    { 123456.789, "123456789", 6 },
    { 5e-324, "5", -323 },
    { 2.2250738585072014e-308, "22250738585072014", -307 },
    { 1.7976931348623157e308, "17976931348623157", 309 },
    { 9007199254740991.0, "9007199254740991", 16 },
    { 9007199254740992.0, "9007199254740992", 16 },
    { 1e21, "1", 22 },
    { 1e23, "1", 24 },
    { 9.5367431640625e-7, "95367431640625", -6 },
    /* 2^-44: the nearest text of 16 digits does not read back, one a little further does */
    { 5.684341886080802e-14, "5684341886080802", -13 },
    { 4.35, "435", 1 },
};

START_TEST(digits_table)
{
    char digits[18];
    int exponent;

    ck_assert_int_eq(mp__double_digits(digit_cases[_i].value, digits, &exponent),
                     (int)strlen(digit_cases[_i].digits));
    ck_assert_str_eq(digits, digit_cases[_i].digits);
    ck_assert_int_eq(exponent, digit_cases[_i].exponent);
}
END_TEST

/* Reads back equal; no text with a digit less does; and the nearest of its length, if that reads
 * back at all. */
START_TEST(digits_random)
{
    mp_test_random r = { 8 };

    for (size_t i = 0; i < mp_test_scaled(300000); i++) {
        double value = random_double(&r);
        char digits[18], text[40], nearest[20];
        int exponent, count = mp__double_digits(value, digits, &exponent), k = 0;

        if (value == 0)
            continue;
        snprintf(text, sizeof text, "0.%se%d", digits, exponent);
        if (strtod(text, NULL) != value || (int)strlen(digits) != count || digits[0] == '0' ||
            digits[count - 1] == '0')
            ck_abort_msg("%a is written %s", value, text);
        snprintf(text, sizeof text, "%.*e", count - 1, value);
        for (const char *s = text; *s != 'e'; s++) {
            if (*s != '.')
                nearest[k++] = *s;
        }
        nearest[k] = '\0';
        if (strtod(text, NULL) == value && strcmp(nearest, digits) != 0)
            ck_abort_msg("%a is written %s, but %s is nearer", value, digits, nearest);
        if (count == 1)
            continue;
        snprintf(text, sizeof text, "%.*e", count - 2, value);
        if (strtod(text, NULL) == value)
            ck_abort_msg("%a is written %s, but %s is shorter", value, digits, text);
    }
}
END_TEST

static const struct {
    double value;
    const char *json, *yaml;
} format_cases[] = {
    { 0.0, "0.0", "0.0" },
    { -0.0, "-0.0", "-0.0" },
    { 1.0, "1.0", "1.0" },
    { -1.5, "-1.5", "-1.5" },
    { 1000.0, "1000.0", "1000.0" },
    { 1234.5, "1234.5", "1234.5" },
    { 123e18, "123000000000000000000.0", "123000000000000000000.0" },
    { 1e21, "1e21", "1.0e+21" },
    { -1.25e21, "-1.25e21", "-1.25e+21" },
    { 1e300, "1e300", "1.0e+300" },
    { 0.1, "0.1", "0.1" },
    { 0.000001, "0.000001", "0.000001" },
    { 0.00000123, "0.00000123", "0.00000123" },
    { 0.0000001, "1e-7", "1.0e-7" },
    { -1.5e-7, "-1.5e-7", "-1.5e-7" },
    { 5e-324, "5e-324", "5.0e-324" },
    { -1.7976931348623157e308, "-1.7976931348623157e308", "-1.7976931348623157e+308" },
    { -2.2250738585072014e-308, "-2.2250738585072014e-308", "-2.2250738585072014e-308" },
    { 0.0000012345678901234567, "0.0000012345678901234567", "0.0000012345678901234567" },
};

START_TEST(format_table)
{
    char text[MP__DOUBLE_TEXT_MAX + 1];

    text[mp__format_double(format_cases[_i].value, false, text)] = '\0';
    ck_assert_str_eq(text, format_cases[_i].json);
    text[mp__format_double(format_cases[_i].value, true, text)] = '\0';
    ck_assert_str_eq(text, format_cases[_i].yaml);
}
END_TEST

/* The longest text fits its limit. */
START_TEST(format_fits)
{
    mp_test_random r = { 21 };
    size_t longest = 0;

    for (size_t i = 0; i < mp_test_scaled(100000); i++) {
        char text[100];
        size_t size = mp__format_double(-random_double(&r), i % 2 == 0, text);

        longest = size > longest ? size : longest;
    }
    ck_assert_uint_le(longest, MP__DOUBLE_TEXT_MAX);
    mp_test_note("the longest double has %zu bytes", longest);
}
END_TEST

/* The process's locale does not matter. */
START_TEST(locale_does_not_matter)
{
    static const char *const names[] = { "de_DE.UTF-8", "fr_FR.UTF-8", "de_DE.utf8", "fr_FR",
                                         "de_DE" };
    char text[MP__DOUBLE_TEXT_MAX + 1];
    double value;
    size_t found = 0;

    for (size_t i = 0; i < MP__COUNT(names); i++) {
        if (setlocale(LC_ALL, names[i]) == NULL)
            continue;
        found++;
        text[mp__format_double(1.5, false, text)] = '\0';
        ck_assert_str_eq(text, "1.5");
        ck_assert(mp__double_parse("1.5", 3, &value) && value == 1.5);
        ck_assert(!mp__double_parse("1,5", 3, &value));
        setlocale(LC_ALL, "C");
    }
    mp_test_note("%zu locales with a decimal comma were there to try", found);
}
END_TEST

START_TEST(integers)
{
    static const struct {
        int64_t value;
        const char *text;
    } cases[] = { { 0, "0" },
                  { 7, "7" },
                  { -1, "-1" },
                  { 1000, "1000" },
                  { INT64_MAX, "9223372036854775807" },
                  { INT64_MIN, "-9223372036854775808" } };
    char text[MP__INT_TEXT_MAX + 1];

    for (size_t i = 0; i < MP__COUNT(cases); i++) {
        text[mp__format_int(cases[i].value, text)] = '\0';
        ck_assert_str_eq(text, cases[i].text);
    }
    text[mp__format_uint(UINT64_MAX, text)] = '\0';
    ck_assert_str_eq(text, "18446744073709551615");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("json double");
    TCase *tc = tcase_create("double");

    tcase_set_timeout(tc, 300);
    tcase_add_loop_test(tc, parse_table, 0, (int)MP__COUNT(parse_cases));
    tcase_add_test(tc, parse_refuses);
    tcase_add_test(tc, parse_halfway);
    tcase_add_test(tc, parse_random);
    tcase_add_loop_test(tc, digits_table, 0, (int)MP__COUNT(digit_cases));
    tcase_add_test(tc, digits_random);
    tcase_add_loop_test(tc, format_table, 0, (int)MP__COUNT(format_cases));
    tcase_add_test(tc, format_fits);
    tcase_add_test(tc, locale_does_not_matter);
    tcase_add_test(tc, integers);
    suite_add_tcase(s, tc);
    return s;
}

int main(void)
{
    return mp_test_main(suite());
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Versions, rule by rule: strict and normalizing reading, and order.
 */
#include "mp_test.h"
#include "value_internal.h"
#include <inttypes.h>
#include <stdio.h>

static const struct {
    const char *text;
    const char *strict, *normalized; /* written out again; NULL where it is refused */
} parse_cases[] = {
    { "1.2.3", "1.2.3", "1.2.3" },
    { "0.0.0", "0.0.0", "0.0.0" },
    { "1.2.3-rc.1", "1.2.3-rc.1", "1.2.3-rc.1" },
    { "1.2.3+b.7", "1.2.3+b.7", "1.2.3+b.7" },
    { "1.2.3-rc.1+b.007", "1.2.3-rc.1+b.007", "1.2.3-rc.1+b.007" },
    { "1.2.3+a-b", "1.2.3+a-b", "1.2.3+a-b" }, /* cut at the first '+' before the first '-' */
    { "1.2.3-a-b", "1.2.3-a-b", "1.2.3-a-b" },
    { "1.2.3--", "1.2.3--", "1.2.3--" },
    { "1.2.3-0a", "1.2.3-0a", "1.2.3-0a" },
    { "1.2.3-18446744073709551615", "1.2.3-18446744073709551615", "1.2.3-18446744073709551615" },
    { "18446744073709551615.0.0", "18446744073709551615.0.0", "18446744073709551615.0.0" },
    /* Only when normalizing. */
    { "v1.2.3", NULL, "1.2.3" },
    { "1", NULL, "1.0.0" },
    { "1.2", NULL, "1.2.0" },
    { "v01.002", NULL, "1.2.0" },
    { "01.02.03", NULL, "1.2.3" },
    { "000.0.03", NULL, "0.0.3" },
    { "1.2.00-rc", NULL, "1.2.0-rc" },
    { "1.2.003+b", NULL, "1.2.3+b" },
    { "1.2.-rc", NULL, "1.2.0-rc" }, /* stripping leaves a zero where there was none */
    { "1.2.+b", NULL, "1.2.0+b" },
    /* Never. */
    { "", NULL, NULL },
    { "v", NULL, NULL },
    { "V1.2.3", NULL, NULL },
    { "vv1.2.3", NULL, NULL },
    { " 1.2.3", NULL, NULL },
    { "1.2.3 ", NULL, NULL },
    { "1.2.3.4", NULL, NULL },
    { "1..3", NULL, NULL },
    { ".1.2", NULL, NULL },
    { "1.2.", NULL, NULL },
    { "1.2.-", NULL, NULL },
    { "1.2.3-", NULL, NULL },
    { "1.2.3+", NULL, NULL },
    { "1.2.3-a..b", NULL, NULL },
    { "1.2.3+a..b", NULL, NULL },
    { "1.2.3-01", NULL, NULL },
    { "1.2.3-a_b", NULL, NULL },
    { "1.2.3-\xC3\xA9", NULL, NULL },
    { "1.2.3-18446744073709551616", NULL, NULL },
    { "18446744073709551616.0.0", NULL, NULL },
    { "1.2-rc", NULL, NULL }, /* a short version has no pre-release */
    { "1+b", NULL, NULL },
    { "1.2-a.3", NULL, NULL },
    { "-1.2.3", NULL, NULL },
    { "1.x.3", NULL, NULL },
    { "0x1.2.3", NULL, NULL },
};

static void check_parse(const char *text, unsigned flags, const char *want)
{
    char got[128];
    mp_semver v;
    mp_error err;

    if (mp_semver_parse(text, MP_NTS, flags, &v, &err) != MP_OK) {
        ck_assert_msg(!want, "%s: %s", text, err.text);
        ck_assert_msg(err.status == MP_EPARSE && err.offset <= strlen(text), "%s: %zu", text,
                      err.offset);
        ck_assert_msg(v.major == 0 && v.minor == 0 && v.patch == 0 && !v.prerelease && !v.build,
                      "%s left something", text);
        return;
    }
    snprintf(got, sizeof got, "%" PRIu64 ".%" PRIu64 ".%" PRIu64 "%s%.*s%s%.*s", v.major, v.minor,
             v.patch, v.prerelease_size ? "-" : "", (int)v.prerelease_size,
             v.prerelease_size ? v.prerelease : "", v.build_size ? "+" : "", (int)v.build_size,
             v.build_size ? v.build : "");
    ck_assert_msg(want && strcmp(got, want) == 0, "%s (flags %u) is %s", text, flags, got);
}

START_TEST(parses)
{
    check_parse(parse_cases[_i].text, 0, parse_cases[_i].strict);
    check_parse(parse_cases[_i].text, MP_SEMVER_NORMALIZE, parse_cases[_i].normalized);
}
END_TEST

START_TEST(offsets)
{
    static const struct {
        const char *text;
        size_t offset;
    } cases[] = {
        { "1.2", 3 }, { "1.02.3", 2 }, { "1.2.x", 4 }, { "1.2.3-a..b", 8 }, { "1.2.3+a_b", 7 },
    };

    for (size_t i = 0; i < MP__COUNT(cases); i++) {
        mp_semver v;
        mp_error err;

        ck_assert_int_eq(mp_semver_parse(cases[i].text, MP_NTS, 0, &v, &err), MP_EPARSE);
        ck_assert_msg(err.offset == cases[i].offset, "%s: %zu", cases[i].text, err.offset);
    }
}
END_TEST

START_TEST(text_ends_where_its_size_says)
{
    mp_semver v;

    ck_assert_int_eq(mp_semver_parse("1.2.34", 5, 0, &v, NULL), MP_OK);
    ck_assert_uint_eq(v.patch, 3);
    ck_assert_int_eq(mp_semver_parse("1.2.3\0", 6, 0, &v, NULL), MP_EPARSE);
}
END_TEST

/* Ascending; a line holds versions that are equal. */
static const char *const ladder[][3] = {
    { "0.0.0-0", NULL },
    { "0.0.0", "0.0.0+x", NULL },
    { "0.9.9", NULL },
    { "1.0.0-1", NULL },
    { "1.0.0-2", NULL },
    { "1.0.0-10", NULL },
    { "1.0.0-18446744073709551615", NULL },
    { "1.0.0--", NULL },
    { "1.0.0-1a", NULL },
    { "1.0.0-Z", NULL },
    { "1.0.0-alpha", "1.0.0-alpha+b.1", "1.0.0-alpha+b.2" },
    { "1.0.0-alpha.1", NULL },
    { "1.0.0-alpha.beta", NULL },
    { "1.0.0-alphab", NULL },
    { "1.0.0-beta", NULL },
    { "1.0.0-beta.2", NULL },
    { "1.0.0-beta.11", NULL },
    { "1.0.0-rc.1", NULL },
    { "1.0.0", "1.0.0+build" },
    { "1.0.1", NULL },
    { "1.1.0", NULL },
    { "1.10.0", NULL },
    { "2.0.0-a", NULL },
    { "2.0.0", NULL },
    { "18446744073709551615.0.0", NULL },
};

START_TEST(order)
{
    for (size_t i = 0; i < MP__COUNT(ladder) * 3; i++) {
        for (size_t j = 0; j < MP__COUNT(ladder) * 3; j++) {
            const char *x = ladder[i / 3][i % 3], *y = ladder[j / 3][j % 3];
            int want = i / 3 < j / 3 ? -1 : i / 3 > j / 3;
            mp_semver a, b;

            if (!x || !y)
                continue;
            ck_assert_int_eq(mp_semver_parse(x, MP_NTS, 0, &a, NULL), MP_OK);
            ck_assert_int_eq(mp_semver_parse(y, MP_NTS, 0, &b, NULL), MP_OK);
            ck_assert_msg(mp_semver_compare(&a, &b) == want, "%s against %s", x, y);
        }
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("semver_rules");
    TCase *tc = tcase_create("rules");

    tcase_add_loop_test(tc, parses, 0, MP__COUNT(parse_cases));
    tcase_add_test(tc, offsets);
    tcase_add_test(tc, text_ends_where_its_size_says);
    tcase_add_test(tc, order);
    suite_add_tcase(s, tc);
    return mp_test_main(s);
}

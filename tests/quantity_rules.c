/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quantities, rule by rule: what parses, into which representation, order, sums, texts, doubles,
 * limits and lack of memory.  The expected values are those of k8s.io/apimachinery 0.37, but for
 * decimal texts from 10^21 on, where it loses the suffix.
 */
#include "mp_test.h"
#include "quantity_internal.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static mp_quantity parse(const char *text)
{
    mp_quantity q;
    mp_error err;

    if (mp_quantity_parse(NULL, text, MP_NTS, &q, &err) != MP_OK)
        ck_abort_msg("%s: %s", text, err.text);
    return q;
}

/* ---- parsing ---- */

#define NO_INTEGER INT64_MIN
static const struct {
    const char *text;
    int64_t integer; /* NO_INTEGER where isInteger() is false */
    const char *decimal, *canonical;
} parse_cases[] = {
    { "0", 0, "0", "0" },
    { "-0", 0, "0", "0" },
    { "1", 1, "1", "1" },
    { "+007", 7, "7", "7" },
    { "1.0", NO_INTEGER, "1", "1" },
    { "5.", 5, "5", "5" },
    { ".5", NO_INTEGER, "0.5", "500m" },
    /* Without digits the scaled form reads zero. */
    { "+", 0, "0", "0" },
    { ".", 0, "0", "0" },
    { "m", NO_INTEGER, "0", "0" },
    { "-Mi", 0, "0", "0" },
    { "Ti", 0, "0", "0" },
    /* Every suffix. */
    { "1n", NO_INTEGER, "0.000000001", "1n" },
    { "1u", NO_INTEGER, "0.000001", "1u" },
    { "1m", NO_INTEGER, "0.001", "1m" },
    { "1k", 1000, "1000", "1k" },
    { "1M", 1000000, "1000000", "1M" },
    { "1G", 1000000000, "1000000000", "1G" },
    { "1T", INT64_C(1000000000000), "1000000000000", "1T" },
    { "1P", INT64_C(1000000000000000), "1000000000000000", "1P" },
    { "1E", INT64_C(1000000000000000000), "1000000000000000000", "1E" },
    { "1Ki", 1024, "1024", "1Ki" },
    { "1Mi", 1048576, "1048576", "1Mi" },
    { "1Gi", 1073741824, "1073741824", "1Gi" },
    { "1Ti", INT64_C(1099511627776), "1099511627776", "1Ti" },
    { "1Pi", NO_INTEGER, "1125899906842624", "1Pi" },
    { "1Ei", NO_INTEGER, "1152921504606846976", "1Ei" },
    { "1e3", 1000, "1000", "1e3" },
    { "1E3", 1000, "1000", "1e3" },
    { "1e+3", 1000, "1000", "1e3" },
    { "1e-3", NO_INTEGER, "0.001", "1e-3" },
    { "1e0", 1, "1", "1" },
    { "1e007", 10000000, "10000000", "10e6" },
    /* Scaled up to 18 digits, whole and fraction together; leading zeros do not count. */
    { "123456789012345678", INT64_C(123456789012345678), "123456789012345678",
      "123456789012345678" },
    { "000123456789012345678", INT64_C(123456789012345678), "123456789012345678",
      "123456789012345678" },
    { "1234567890123456789", NO_INTEGER, "1234567890123456789", "1234567890123456789" },
    { "9E", INT64_C(9000000000000000000), "9000000000000000000", "9E" },
    { "10E", NO_INTEGER, "10000000000000000000", "10E" },
    { "1000m", NO_INTEGER, "1", "1" },
    { "1500m", NO_INTEGER, "1.5", "1500m" },
    { "1.5k", 1500, "1500", "1500" },
    { "1.000k", 1000, "1000", "1k" },
    { "1.0000k", NO_INTEGER, "1000", "1k" },
    /* Binary suffixes: scaled without a fraction, and while 15 - digits - exponent x 0.3 allows. */
    { "10Ti", INT64_C(10995116277760), "10995116277760", "10Ti" },
    { "99Ti", INT64_C(108851651149824), "108851651149824", "99Ti" },
    { "100Ti", NO_INTEGER, "109951162777600", "100Ti" },
    { "1.5Gi", NO_INTEGER, "1610612736", "1536Mi" },
    { "0.5Ki", NO_INTEGER, "512", "512" },
    { "2.Ki", 2048, "2048", "2Ki" },
    { "1023", 1023, "1023", "1023" },
    { "1024", 1024, "1024", "1024" },
    { "1025Ki", 1049600, "1049600", "1025Ki" },
    { "0.1Ki", NO_INTEGER, "102.4", "102400m" },
    { "0.0001Ki", NO_INTEGER, "0.1024", "102400u" },
    /* Rounded away from zero at 10^-9. */
    { "0.1n", NO_INTEGER, "0.000000001", "1n" },
    { "-0.1n", NO_INTEGER, "-0.000000001", "-1n" },
    { "1.0000000001", NO_INTEGER, "1.000000001", "1000000001n" },
    { "0.9999999999", NO_INTEGER, "1", "1" },
    { "1e-10", NO_INTEGER, "0.000000001", "1e-9" },
    { "0e-10", NO_INTEGER, "0", "0" },
    { "1e-100000", NO_INTEGER, "0.000000001", "1e-9" },
    /* Binary magnitudes stop at 2^63 - 1, decimal ones nowhere. */
    { "7Ei", NO_INTEGER, "8070450532247928832", "7Ei" },
    { "8Ei", NO_INTEGER, "9223372036854775807", "9223372036854775807" },
    { "-8Ei", NO_INTEGER, "-9223372036854775807", "-9223372036854775807" },
    { "99999999999Ti", NO_INTEGER, "9223372036854775807", "9223372036854775807" },
    { "9223372036854775807", NO_INTEGER, "9223372036854775807", "9223372036854775807" },
    { "9223372036854775808", NO_INTEGER, "9223372036854775808", "9223372036854775808" },
    { "1000E", NO_INTEGER, "1000000000000000000000", "1000E" },
    { "1e21", NO_INTEGER, "1000000000000000000000", "1e21" },
    { "12e20", NO_INTEGER, "1200000000000000000000", "1200e18" },
};

START_TEST(parses)
{
    const char *text = parse_cases[_i].text;
    mp_quantity q = parse(text);
    mp_text decimal, canonical;
    int64_t integer = NO_INTEGER;

    ck_assert_int_eq(mp_quantity_decimal(NULL, &q, &decimal, NULL), MP_OK);
    ck_assert_int_eq(mp_quantity_text(NULL, &q, &canonical, NULL), MP_OK);
    ck_assert_msg(mp_quantity_as_integer(&q, &integer) == mp_quantity_is_integer(&q), "%s", text);
    ck_assert_msg(integer == parse_cases[_i].integer, "%s is the integer %" PRId64, text, integer);
    ck_assert_msg(strcmp(decimal.data, parse_cases[_i].decimal) == 0, "%s is %s", text,
                  decimal.data);
    ck_assert_msg(strcmp(canonical.data, parse_cases[_i].canonical) == 0, "%s prints as %s", text,
                  canonical.data);
    mp_text_fini(&decimal);
    mp_text_fini(&canonical);
    mp_quantity_fini(&q);
}
END_TEST

/* Offsets are of the first byte that does not belong. */
static const struct {
    const char *text;
    mp_status status;
    size_t offset;
} bad_cases[] = {
    { "", MP_EPARSE, 0 },
    { " 1", MP_EPARSE, 0 },
    { "1 ", MP_EPARSE, 1 },
    { "1,5", MP_EPARSE, 1 },
    { "--1", MP_EPARSE, 1 },
    { "1.2.3", MP_EPARSE, 3 },
    { "1K", MP_EPARSE, 1 },
    { "1mi", MP_EPARSE, 1 },
    { "20Mo", MP_EPARSE, 3 },
    { "10Mm", MP_EPARSE, 2 },
    { "1Kii", MP_EPARSE, 1 },
    { "1e", MP_EPARSE, 1 },
    { "1e+", MP_EPARSE, 1 },
    { "1e3.5", MP_EPARSE, 3 },
    { "1e3k", MP_EPARSE, 3 },
    { "1Gi5", MP_EPARSE, 1 },
    { "0x10", MP_EPARSE, 1 },
    { "1\xC2\xB5", MP_EPARSE, 1 },
    { "NaN", MP_EPARSE, 0 },
    { "i", MP_EPARSE, 0 },
    { "Pi", MP_EPARSE,
      0 }, /* zero times Pi is beyond the scaled form, which alone needs no digit */
    { "Ei", MP_EPARSE, 0 },
    { "-.Ei", MP_EPARSE, 2 },
    { "1e9223372036854775808", MP_EPARSE, 1 },
    { "1e100001", MP_ELIMIT, 1 },
    { "1e-100001", MP_ELIMIT, 1 },
    { "1e2147483647", MP_ELIMIT, 1 },
};

START_TEST(refuses)
{
    const char *text = bad_cases[_i].text;
    mp_quantity q;
    mp_error err;

    ck_assert_msg(mp_quantity_parse(NULL, text, MP_NTS, &q, &err) == bad_cases[_i].status, "%s: %s",
                  text, err.text);
    ck_assert_msg(err.offset == bad_cases[_i].offset, "%s: offset %zu", text, err.offset);
    ck_assert_msg(!q.big && q.unscaled == 0, "%s left something", text);
    ck_assert_int_eq(mp_quantity_parse(NULL, text, MP_NTS, &q, NULL), bad_cases[_i].status);
}
END_TEST

START_TEST(sizes_are_limited)
{
    char *text = malloc(MP_QUANTITY_SIZE_MAX + 2);
    mp_quantity q;

    ck_assert_ptr_nonnull(text);
    memset(text, '9', MP_QUANTITY_SIZE_MAX + 2);
    ck_assert_int_eq(mp_quantity_parse(NULL, text, MP_QUANTITY_SIZE_MAX + 1, &q, NULL), MP_ELIMIT);
    ck_assert_int_eq(mp_quantity_parse(NULL, text, MP_QUANTITY_SIZE_MAX, &q, NULL), MP_OK);
    ck_assert_int_eq(mp_quantity_value(&q), INT64_MAX);
    mp_quantity_fini(&q);
    /* NUL is a byte like others. */
    ck_assert_int_eq(mp_quantity_parse(NULL, "1\0", 2, &q, NULL), MP_EPARSE);
    free(text);
}
END_TEST

/* ---- value: rounded away from zero, clamped ---- */

static const struct {
    const char *text;
    int64_t value;
} value_cases[] = {
    { "0", 0 },
    { "20Gi", INT64_C(21474836480) },
    { "1500m", 2 },
    { "-1500m", -2 },
    { "1n", 1 },
    { "-1n", -1 },
    { "2.0", 2 },
    { "7Ei", INT64_C(8070450532247928832) },
    { "8Ei", INT64_MAX },
    { "9223372036854775807", INT64_MAX },
    { "9223372036854775806.5", INT64_MAX },
    { "9223372036854775808", INT64_MAX },
    { "-9223372036854775808", INT64_MIN },
    { "-9223372036854775809", INT64_MIN },
    { "1e100000", INT64_MAX },
    { "-1e100000", INT64_MIN },
    { "0e100000", 0 },
};

START_TEST(values)
{
    mp_quantity q = parse(value_cases[_i].text);

    ck_assert_msg(mp_quantity_value(&q) == value_cases[_i].value, "%s is %" PRId64,
                  value_cases[_i].text, mp_quantity_value(&q));
    mp_quantity_fini(&q);
}
END_TEST

/* ---- order ---- */

/* Ascending; a line holds texts of one value. */
static const char *const ladder[][4] = {
    { "-1e100000", "-1e+100000", NULL },
    { "-1e30", "-1000000000000E", NULL },
    { "-8Ei", "-9223372036854775807", NULL },
    { "-1Ki", "-1024", "-1.024k", NULL },
    { "-1", "-1000m", "-0.9999999999", NULL },
    { "-1n", "-1e-100000", NULL },
    { "0", "-0", "0e100000", "Mi" },
    { "1n", "0.0000000001", "1e-9", NULL },
    { "1m", "1000u", "0.001", NULL },
    { "200M", "0.2G", "200000k", NULL },
    { "1Gi", "1024Mi", "1073741824.0", NULL },
    { "9223372036854775806", NULL },
    { "9223372036854775807", "8Ei", "9Ei", NULL },
    { "9223372036854775808", NULL },
    { "99999e99995", NULL },
    { "1e100000", "10e99999", NULL },
};

START_TEST(order)
{
    for (size_t i = 0; i < MP__COUNT(ladder) * 4; i++) {
        for (size_t j = 0; j < MP__COUNT(ladder) * 4; j++) {
            const char *x = ladder[i / 4][i % 4], *y = ladder[j / 4][j % 4];
            int want = i / 4 < j / 4 ? -1 : i / 4 > j / 4;
            mp_quantity a, b;

            if (!x || !y)
                continue;
            a = parse(x);
            b = parse(y);
            ck_assert_msg(mp_quantity_compare(&a, &b) == want, "%s against %s", x, y);
            mp_quantity_fini(&a);
            mp_quantity_fini(&b);
        }
    }
}
END_TEST

/* ---- sums ---- */

static const struct {
    const char *a, *b;
    const char *sum, *difference; /* canonical; with a leading '~' where it is no integer */
} sum_cases[] = {
    { "1", "2", "3", "-1" },
    { "50k", "20", "50020", "49980" },
    { "50k", "20Ki", "70480", "29520" },
    { "20Ki", "50k", "70480", "-29520" },
    { "1Gi", "512Mi", "1536Mi", "512Mi" },
    { "1Gi", "1", "1073741825", "1073741823" },
    { "1e3", "1", "1001", "999" },
    { "100m", "900m", "~1", "~-800m" },
    /* A zero adopts the other's scale and format. */
    { "0", "1Gi", "1Gi", "-1Gi" },
    { "0.0", "1Gi", "1Gi", "-1Gi" },
    { "0", "100m", "~100m", "~-100m" },
    { "100m", "0", "~100m", "~100m" },
    { "5k", "0.00", "5k", "5k" },
    { "1000m", "1", "~2", "~0" },
    /* Beyond int64 the sum is big and stays so. */
    { "9E", "9E", "~18E", "0" },
    { "9E", "900000000000000000m", "~9000900T", "~8999100T" },
    { "4Ei", "4Ei", "~8Ei", "~0" },
    { "7Ei", "7Ei", "~14Ei", "~0" },
    { "1Pi", "1", "~1125899906842625", "~1125899906842623" },
    { "-9E", "9E", "0", "~-18E" },
    { "1e30", "1", "~1000000000000000000000000000001", "~999999999999999999999999999999" },
    { "1e30", "1Gi", "~1000000000000000000001073741824", "~999999999999999999998926258176" },
    { "7Ei", "0.5", "~8070450532247928832500m", "~8070450532247928831500m" },
    { "0.3", "0.1", "~400m", "~200m" },
};

static void check_sum(const char *name, const mp_quantity *q, const char *want)
{
    bool integer = want[0] != '~';
    mp_text text;

    ck_assert_int_eq(mp_quantity_text(NULL, q, &text, NULL), MP_OK);
    ck_assert_msg(strcmp(text.data, want + !integer) == 0, "%s is %s", name, text.data);
    ck_assert_msg(mp_quantity_is_integer(q) == integer, "%s: integer", name);
    mp_text_fini(&text);
}

START_TEST(sums)
{
    char name[128];
    mp_quantity a = parse(sum_cases[_i].a), b = parse(sum_cases[_i].b), r = MP_QUANTITY_INIT;

    snprintf(name, sizeof name, "%s + %s", sum_cases[_i].a, sum_cases[_i].b);
    ck_assert_int_eq(mp_quantity_add(NULL, &a, &b, &r, NULL), MP_OK);
    check_sum(name, &r, sum_cases[_i].sum);
    /* The result may be the left or the right operand. */
    ck_assert_int_eq(mp_quantity_sub(NULL, &r, &b, &r, NULL), MP_OK);
    ck_assert_int_eq(mp_quantity_compare(&r, &a), 0);
    snprintf(name, sizeof name, "%s - %s", sum_cases[_i].a, sum_cases[_i].b);
    ck_assert_int_eq(mp_quantity_sub(NULL, &a, &b, &b, NULL), MP_OK);
    check_sum(name, &b, sum_cases[_i].difference);
    ck_assert_int_eq(mp_quantity_sub(NULL, &a, &a, &a, NULL), MP_OK);
    ck_assert_int_eq(mp_quantity_sign(&a), 0);
    mp_quantity_fini(&a);
    mp_quantity_fini(&b);
    mp_quantity_fini(&r);
}
END_TEST

START_TEST(smallest_int64)
{
    mp_quantity least = { INT64_MIN, 0, MP_QUANTITY_DECIMAL_SI, NULL }, zero = MP_QUANTITY_INIT, r;
    mp_text text;

    r = zero;
    ck_assert_int_eq(mp_quantity_sub(NULL, &zero, &least, &r, NULL), MP_OK);
    ck_assert_int_eq(mp_quantity_text(NULL, &r, &text, NULL), MP_OK);
    ck_assert_str_eq(text.data, "9223372036854775808");
    ck_assert_int_eq(mp_quantity_compare(&least, &r), -1);
    ck_assert_int_eq(mp_quantity_value(&least), INT64_MIN);
    mp_text_fini(&text);
    mp_quantity_fini(&r);
}
END_TEST

/* ---- doubles: unscaled times a power of ten, both rounded ---- */

static const struct {
    const char *text;
    uint64_t bits;
} double_cases[] = {
    { "0", UINT64_C(0x0000000000000000) },
    { "1500m", UINT64_C(0x3FF8000000000000) },
    { "0.3", UINT64_C(0x3FD3333333333334) },
    { "5k", UINT64_C(0x40B3880000000000) },
    { "3Ki", UINT64_C(0x40A8000000000000) },
    { "7Ei", UINT64_C(0x43DC000000000000) },
    { "0.1n", UINT64_C(0x3E112E0BE826D695) },
    { "123456789012345678901", UINT64_C(0x441AC53A7E04BCDA) },
    { "-1e308", UINT64_C(0xFFE1CCF385EBC8A0) },
    { "909P", UINT64_C(0x43A93AD55E29A900) },
};

START_TEST(doubles)
{
    mp_quantity q = parse(double_cases[_i].text);
    double value = mp_quantity_as_double(&q);
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    ck_assert_msg(bits == double_cases[_i].bits, "%s is %a", double_cases[_i].text, value);
    mp_quantity_fini(&q);
}
END_TEST

START_TEST(doubles_at_the_edges)
{
    mp_quantity huge = parse("1e400"), negative = parse("-1e400"), zero = parse("0e400");
    double inf = mp_quantity_as_double(&huge);

    ck_assert(inf > 1.7976931348623157e308);
    ck_assert(mp_quantity_as_double(&negative) == -inf);
    /* Zero times infinity, as the reference computes it. */
    ck_assert(mp_quantity_as_double(&zero) != mp_quantity_as_double(&zero));
    mp_quantity_fini(&huge);
    mp_quantity_fini(&negative);
    mp_quantity_fini(&zero);
}
END_TEST

/* ---- laws over random quantities ---- */

static void random_text(mp_test_random *r, char *out)
{
    static const char *const suffixes[] = { "",   "",   "n",  "u",  "m",   "k",  "M",
                                            "G",  "T",  "P",  "E",  "Ki",  "Mi", "Gi",
                                            "Ti", "Pi", "Ei", "e9", "e-7", "e25" };
    size_t whole = (size_t)mp_test_random_below(r, 22);
    size_t fraction = mp_test_random_below(r, 3) ? 0 : 12;
    size_t size = 0;

    if (mp_test_random_below(r, 3) == 0)
        out[size++] = '-';
    for (size_t i = 0; i <= whole; i++)
        out[size++] = (char)('0' + mp_test_random_below(r, 10));
    if (fraction)
        out[size++] = '.';
    for (size_t i = 0; i < fraction; i++)
        out[size++] = (char)('0' + mp_test_random_below(r, 10));
    strcpy(out + size, suffixes[mp_test_random_below(r, MP__COUNT(suffixes))]);
}

/* A text of `q` reads back equal. */
static void check_read_back(const mp_quantity *q, bool decimal, const char *name)
{
    mp_quantity back;
    mp_text text;

    ck_assert_int_eq(decimal ? mp_quantity_decimal(NULL, q, &text, NULL)
                             : mp_quantity_text(NULL, q, &text, NULL),
                     MP_OK);
    back = parse(text.data);
    ck_assert_msg(mp_quantity_compare(&back, q) == 0, "%s reads back from %s", name, text.data);
    mp_quantity_fini(&back);
    mp_text_fini(&text);
}

START_TEST(laws)
{
    mp_test_random r = { 11 };

    for (size_t i = 0; i < mp_test_scaled(20000); i++) {
        char x[64], y[64];
        mp_quantity a, b, ab = MP_QUANTITY_INIT, ba = MP_QUANTITY_INIT, d = MP_QUANTITY_INIT;

        random_text(&r, x);
        random_text(&r, y);
        a = parse(x);
        b = parse(y);
        check_read_back(&a, false, x);
        check_read_back(&a, true, x);
        ck_assert_int_eq(mp_quantity_add(NULL, &a, &b, &ab, NULL), MP_OK);
        ck_assert_int_eq(mp_quantity_add(NULL, &b, &a, &ba, NULL), MP_OK);
        ck_assert_int_eq(mp_quantity_sub(NULL, &a, &b, &d, NULL), MP_OK);
        ck_assert_msg(mp_quantity_compare(&ab, &ba) == 0, "%s + %s", x, y);
        ck_assert_msg(mp_quantity_sign(&d) == mp_quantity_compare(&a, &b), "%s - %s", x, y);
        ck_assert_int_eq(mp_quantity_compare(&a, &b), -mp_quantity_compare(&b, &a));
        ck_assert_int_eq(mp_quantity_add(NULL, &d, &b, &d, NULL), MP_OK);
        ck_assert_msg(mp_quantity_compare(&d, &a) == 0, "%s - %s + itself", x, y);
        mp_quantity_fini(&a);
        mp_quantity_fini(&b);
        mp_quantity_fini(&ab);
        mp_quantity_fini(&ba);
        mp_quantity_fini(&d);
    }
}
END_TEST

/* ---- memory ---- */

/* Two parses, a sum, a difference and their texts. */
static mp_status whole_work(const mp_allocator *alloc, void *user)
{
    mp_quantity a, b, sum = MP_QUANTITY_INIT;
    mp_text text = { 0 }, decimal = { 0 };
    mp_status st;

    (void)user;
    st = mp_quantity_parse(alloc, "7Ei", MP_NTS, &a, NULL);
    if (st != MP_OK)
        return st;
    st = mp_quantity_parse(alloc, "1.5Gi", MP_NTS, &b, NULL);
    if (st == MP_OK)
        st = mp_quantity_add(alloc, &a, &b, &sum, NULL);
    if (st == MP_OK)
        st = mp_quantity_add(alloc, &sum, &a, &sum, NULL);
    if (st == MP_OK)
        st = mp_quantity_sub(alloc, &sum, &b, &sum, NULL);
    if (st == MP_OK)
        st = mp_quantity_text(alloc, &sum, &text, NULL);
    if (st == MP_OK)
        st = mp_quantity_decimal(alloc, &sum, &decimal, NULL);
    if (st == MP_OK)
        ck_assert_str_eq(text.data, "14Ei");
    mp_text_fini(&text);
    mp_text_fini(&decimal);
    mp_quantity_fini(&sum);
    mp_quantity_fini(&b);
    mp_quantity_fini(&a);
    return st;
}

START_TEST(out_of_memory)
{
    ck_assert_uint_gt(mp_test_sweep(whole_work, NULL), 5);
}
END_TEST

START_TEST(failed_sum_keeps_the_result)
{
    mp_quantity a = parse("7Ei"), b = parse("1"), r = parse("42");
    mp_test_alloc t;

    mp_test_alloc_init(&t);
    t.fail_at = 0;
    ck_assert_int_eq(mp_quantity_add(&t.allocator, &a, &b, &r, NULL), MP_ENOMEM);
    ck_assert_int_eq(mp_quantity_value(&r), 42);
    mp_quantity_fini(&a);
    mp_quantity_fini(&a);
    mp_quantity_fini(NULL);
}
END_TEST

START_TEST(common_quantities_need_no_memory)
{
    mp_quantity a, b, sum = MP_QUANTITY_INIT;
    mp_test_alloc t;

    mp_test_alloc_init(&t);
    ck_assert_int_eq(mp_quantity_parse(&t.allocator, "141Gi", MP_NTS, &a, NULL), MP_OK);
    ck_assert_int_eq(mp_quantity_parse(&t.allocator, "1500m", MP_NTS, &b, NULL), MP_OK);
    ck_assert_int_eq(mp_quantity_add(&t.allocator, &a, &b, &sum, NULL), MP_OK);
    ck_assert_int_eq(mp_quantity_compare(&a, &sum), -1);
    ck_assert_uint_eq(t.calls, 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("quantity_rules");
    TCase *tc = tcase_create("rules");

    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, parses, 0, MP__COUNT(parse_cases));
    tcase_add_loop_test(tc, refuses, 0, MP__COUNT(bad_cases));
    tcase_add_test(tc, sizes_are_limited);
    tcase_add_loop_test(tc, values, 0, MP__COUNT(value_cases));
    tcase_add_test(tc, order);
    tcase_add_loop_test(tc, sums, 0, MP__COUNT(sum_cases));
    tcase_add_test(tc, smallest_int64);
    tcase_add_loop_test(tc, doubles, 0, MP__COUNT(double_cases));
    tcase_add_test(tc, doubles_at_the_edges);
    tcase_add_test(tc, laws);
    tcase_add_test(tc, out_of_memory);
    tcase_add_test(tc, failed_sum_keeps_the_result);
    tcase_add_test(tc, common_quantities_need_no_memory);
    suite_add_tcase(s, tc);
    return mp_test_main(s);
}

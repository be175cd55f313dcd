/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Semantic versions, as the library that Kubernetes uses (blang/semver v4) reads them.
 *
 * The text is cut at the first '+', then at the first '-'; what is left are three numbers.  Nothing
 * is copied: pre-release and build stay where they are in the caller's text.
 */
#include "value_internal.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_identifier_char(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

static bool all_digits(mp__str s)
{
    for (size_t i = 0; i < s.size; i++)
        if (!is_digit(s.data[i]))
            return false;
    return s.size > 0;
}

/* The text being read; `start` is what offsets count from. */
typedef struct reader {
    const char *start;
    mp_error *err;
} reader;

static mp_status fail(const reader *r, const char *at, const char *what)
{
    return mp__fail_at(r->err, MP_EPARSE, (size_t)(at - r->start), 0, 0, "%s", what);
}

/* A number without leading zeros (unless `lenient`) that fits uint64. */
static mp_status read_number(const reader *r, mp__str s, bool lenient, uint64_t *out)
{
    uint64_t value = 0;

    if (s.size == 0)
        return fail(r, s.data, "expected a number");
    if (!lenient && s.size > 1 && s.data[0] == '0')
        return fail(r, s.data, "a number may not have leading zeros");
    for (size_t i = 0; i < s.size; i++) {
        uint64_t digit = (uint64_t)(s.data[i] - '0');

        if (!is_digit(s.data[i]))
            return fail(r, s.data + i, "expected a digit");
        if (value > (UINT64_MAX - digit) / 10)
            return fail(r, s.data, "the number is too large");
        value = value * 10 + digit;
    }
    *out = value;
    return MP_OK;
}

/* Dot-separated identifiers, none empty; numeric ones of a pre-release have no leading zeros. */
static mp_status check_identifiers(const reader *r, mp__str s, bool prerelease)
{
    const char *end = s.data + s.size, *at = s.data;

    for (;;) {
        mp__str part = { at, 0 };
        uint64_t number;

        while (at < end && *at != '.')
            if (!is_identifier_char(*at++))
                return fail(r, at - 1, "this character cannot stand in an identifier");
        part.size = (size_t)(at - part.data);
        if (part.size == 0)
            return fail(r, part.data, "an identifier is empty");
        if (prerelease && all_digits(part)) {
            mp_status st = read_number(r, part, false, &number);

            if (st != MP_OK)
                return st;
        }
        if (at == end)
            return MP_OK;
        at++;
    }
}

static mp__str cut(mp__str *s, char c)
{
    const char *at = memchr(s->data, c, s->size);
    mp__str rest = { NULL, 0 };

    if (at) {
        rest = (mp__str){ at + 1, (size_t)(s->data + s->size - at - 1) };
        s->size = (size_t)(at - s->data);
    }
    return rest;
}

/* Reads pre-release and build, which follow the numbers; `rest` keeps the numbers. */
static mp_status read_tail(const reader *r, mp__str *rest, mp_semver *out)
{
    mp__str build = cut(rest, '+');
    mp__str pre = cut(rest, '-');
    mp_status st = MP_OK;

    if (pre.data)
        st = check_identifiers(r, pre, true);
    if (st == MP_OK && build.data)
        st = check_identifiers(r, build, false);
    if (pre.size) {
        out->prerelease = pre.data;
        out->prerelease_size = pre.size;
    }
    if (build.size) {
        out->build = build.data;
        out->build_size = build.size;
    }
    return st;
}

static mp_status read_strict(const reader *r, mp__str s, mp_semver *out)
{
    mp__str minor, patch;
    mp_status st;

    st = read_tail(r, &s, out);
    if (st != MP_OK)
        return st;
    minor = cut(&s, '.');
    if (!minor.data)
        return fail(r, s.data + s.size, "expected major.minor.patch");
    patch = cut(&minor, '.');
    if (!patch.data)
        return fail(r, minor.data + minor.size, "expected major.minor.patch");
    st = read_number(r, s, false, &out->major);
    if (st == MP_OK)
        st = read_number(r, minor, false, &out->minor);
    if (st == MP_OK)
        st = read_number(r, patch, false, &out->patch);
    return st;
}

/* A part without the leading zeros that another digit follows. */
static mp__str strip_zeros(mp__str s)
{
    while (s.size > 1 && s.data[0] == '0' && is_digit(s.data[1])) {
        s.data++;
        s.size--;
    }
    return s;
}

static bool has_sign(mp__str s)
{
    return memchr(s.data, '+', s.size) || memchr(s.data, '-', s.size);
}

/*
 * The normalizing form.  The text is split at '.' into at most three parts before anything else, so
 * the first two parts may not hold a '-' or '+', and the third carries pre-release and build.
 */
static mp_status read_normalized(const reader *r, mp__str s, mp_semver *out)
{
    mp__str parts[3], last;
    size_t count = 1;
    mp_status st;
    uint64_t *numbers[3] = { &out->major, &out->minor, &out->patch };

    if (s.size && s.data[0] == 'v') {
        s.data++;
        s.size--;
    }
    parts[0] = s;
    while (count < 3) {
        mp__str rest = cut(&parts[count - 1], '.');

        if (!rest.data)
            break;
        parts[count++] = rest;
    }
    if (count < 3 && has_sign(parts[count - 1]))
        return fail(r, parts[count - 1].data, "a short version cannot have a pre-release or build");
    for (size_t i = 0; i + 1 < count; i++)
        if (has_sign(parts[i]))
            return fail(r, parts[i].data, "expected a number");
    last = parts[count - 1];
    st = read_tail(r, &parts[count - 1], out);
    /* Stripping zeros leaves one, even where there was none: "1.2.-rc" is 1.2.0-rc. */
    if (parts[count - 1].size == 0 && last.size > 1)
        parts[count - 1] = MP__STR("0");
    for (size_t i = 0; st == MP_OK && i < count; i++)
        st = read_number(r, strip_zeros(parts[i]), false, numbers[i]);
    return st;
}

mp_status mp_semver_parse(const char *text, size_t size, unsigned flags, mp_semver *out,
                          mp_error *err)
{
    mp__str s = mp__str_make(text, size);
    reader r = { s.data, err };
    mp_status st;

    mp__error_clear(err);
    memset(out, 0, sizeof *out);
    st = flags & MP_SEMVER_NORMALIZE ? read_normalized(&r, s, out) : read_strict(&r, s, out);
    if (st != MP_OK)
        memset(out, 0, sizeof *out);
    return st;
}

/* ---- order ---- */

static int compare_numbers(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

/* Numeric identifiers come before alphanumeric ones and compare by value; without leading zeros the
 * longer one is the larger. */
static int compare_identifiers(mp__str a, mp__str b)
{
    bool a_numeric = all_digits(a), b_numeric = all_digits(b);
    int order;

    if (a_numeric != b_numeric)
        return a_numeric ? -1 : 1;
    if (a_numeric && a.size != b.size)
        return a.size < b.size ? -1 : 1;
    order = mp__str_compare(a, b);
    return order < 0 ? -1 : order > 0;
}

static int compare_prereleases(mp__str a, mp__str b)
{
    for (;;) {
        mp__str a_rest = cut(&a, '.'), b_rest = cut(&b, '.');
        int order = compare_identifiers(a, b);

        if (order != 0)
            return order;
        if (!a_rest.data || !b_rest.data)
            return a_rest.data ? 1 : b_rest.data ? -1 : 0;
        a = a_rest;
        b = b_rest;
    }
}

int mp_semver_compare(const mp_semver *a, const mp_semver *b)
{
    int order = compare_numbers(a->major, b->major);

    if (order == 0)
        order = compare_numbers(a->minor, b->minor);
    if (order == 0)
        order = compare_numbers(a->patch, b->patch);
    if (order != 0)
        return order;
    if (!a->prerelease_size || !b->prerelease_size)
        return a->prerelease_size ? -1 : b->prerelease_size ? 1 : 0;
    return compare_prereleases((mp__str){ a->prerelease, a->prerelease_size },
                               (mp__str){ b->prerelease, b->prerelease_size });
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arithmetic, order, membership and conversions.  Integer arithmetic is checked; doubles are IEEE.
 */
#include "functions_internal.h"
#include "double_internal.h"
#include "net_internal.h"

static mp__value overflow(void)
{
    return mp__error(MP__FAIL_OVERFLOW, (mp__str){ 0 });
}

static mp__value unsigned_overflow(void)
{
    return mp__error(MP__FAIL_UNSIGNED_OVERFLOW, (mp__str){ 0 });
}

static mp__value make_uint(uint64_t u)
{
    mp__value v = { 0 };

    v.kind = MP__UINT;
    v.as.unsigned_integer = u;
    return v;
}

#define I(n) args[n].as.integer
#define U(n) args[n].as.unsigned_integer
#define D(n) args[n].as.number
#define FN(name) mp__value mp__fn_##name(mp__machine *m, const mp__value *args)

FN(add_int)
{
    (void)m;
    if (I(1) > 0 ? I(0) > INT64_MAX - I(1) : I(0) < INT64_MIN - I(1))
        return overflow();
    return mp__int(I(0) + I(1));
}

FN(sub_int)
{
    (void)m;
    if (I(1) < 0 ? I(0) > INT64_MAX + I(1) : I(0) < INT64_MIN + I(1))
        return overflow();
    return mp__int(I(0) - I(1));
}

FN(mul_int)
{
    int64_t a = I(0), b = I(1);

    (void)m;
    if (a > 0 ? (b > 0 ? a > INT64_MAX / b : b < INT64_MIN / a)
              : a < 0 && (b > 0 ? a < INT64_MIN / b : b < INT64_MAX / a))
        return overflow();
    return mp__int(a * b);
}

FN(div_int)
{
    (void)m;
    if (I(1) == 0)
        return mp__error(MP__FAIL_DIVIDE, (mp__str){ 0 });
    if (I(0) == INT64_MIN && I(1) == -1)
        return overflow();
    return mp__int(I(0) / I(1));
}

FN(mod_int)
{
    (void)m;
    if (I(1) == 0)
        return mp__error(MP__FAIL_MODULUS, (mp__str){ 0 });
    if (I(0) == INT64_MIN && I(1) == -1)
        return overflow();
    return mp__int(I(0) % I(1));
}

FN(neg_int)
{
    (void)m;
    return I(0) == INT64_MIN ? overflow() : mp__int(-I(0));
}

FN(add_uint)
{
    (void)m;
    return U(0) > UINT64_MAX - U(1) ? unsigned_overflow() : make_uint(U(0) + U(1));
}

FN(sub_uint)
{
    (void)m;
    return U(0) < U(1) ? unsigned_overflow() : make_uint(U(0) - U(1));
}

FN(mul_uint)
{
    (void)m;
    return U(1) && U(0) > UINT64_MAX / U(1) ? unsigned_overflow() : make_uint(U(0) * U(1));
}

FN(div_uint)
{
    (void)m;
    return U(1) ? make_uint(U(0) / U(1)) : mp__error(MP__FAIL_DIVIDE, (mp__str){ 0 });
}

FN(mod_uint)
{
    (void)m;
    return U(1) ? make_uint(U(0) % U(1)) : mp__error(MP__FAIL_MODULUS, (mp__str){ 0 });
}

FN(add_double)
{
    (void)m;
    return mp__double(D(0) + D(1));
}

FN(sub_double)
{
    (void)m;
    return mp__double(D(0) - D(1));
}

FN(mul_double)
{
    (void)m;
    return mp__double(D(0) * D(1));
}

FN(div_double)
{
    (void)m;
    return mp__double(D(0) / D(1));
}

FN(neg_double)
{
    (void)m;
    return mp__double(-D(0));
}

FN(add_text)
{
    size_t size = (size_t)args[0].size + args[1].size;
    char *text;
    mp__value v = { 0 };

    if (size > UINT32_MAX)
        return overflow();
    text = mp__arena_alloc(&m->arena, size);
    if (!text)
        return mp__no_memory(m);
    memcpy(text, args[0].as.text, args[0].size);
    memcpy(text + args[0].size, args[1].as.text, args[1].size);
    v.kind = args[0].kind;
    v.size = (uint32_t)size;
    v.as.text = text;
    return v;
}

FN(add_list)
{
    return mp__concat_lists(m, &args[0], &args[1]);
}

/* ---- order ---- */

/* -1, 0, 1 in *order, or an error: the kinds do not compare, or one is a NaN. */
static bool ordered(const mp__value *args, const char *name, int *order, mp__value *error)
{
    *order = mp__compare(&args[0], &args[1]);
    if (*order == 2)
        *error = mp__error(MP__FAIL_NO_OVERLOAD, mp__str_make(name, MP_NTS));
    else if (*order == 3)
        *error = mp__error(MP__FAIL_TEXT, MP__STR("NaN values cannot be ordered"));
    return *order < 2;
}

FN(less)
{
    mp__value error;
    int order;

    (void)m;
    return ordered(args, "_<_", &order, &error) ? mp__bool(order < 0) : error;
}

FN(less_equal)
{
    mp__value error;
    int order;

    (void)m;
    return ordered(args, "_<=_", &order, &error) ? mp__bool(order <= 0) : error;
}

FN(greater)
{
    mp__value error;
    int order;

    (void)m;
    return ordered(args, "_>_", &order, &error) ? mp__bool(order > 0) : error;
}

FN(greater_equal)
{
    mp__value error;
    int order;

    (void)m;
    return ordered(args, "_>=_", &order, &error) ? mp__bool(order >= 0) : error;
}

/* ---- membership ---- */

FN(in_list)
{
    const mp__list *list = args[1].as.list;

    (void)m;
    for (size_t i = 0; i < list->count; i++) {
        mp__value same = mp__equal(m, &args[0], &list->items[i]);

        if (same.kind == MP__BOOL && same.as.boolean)
            return same;
    }
    return mp__bool(false);
}

FN(in_map)
{
    mp__value found_value;
    bool found;

    /* A domain that is not there reads as empty, but is not in the map. */
    if (args[1].kind == MP__DOMAINS)
        return mp__bool(args[0].kind == MP__STRING &&
                        mp__domains_domain(args[1].as.domains, mp__text_of(&args[0])) != NULL);
    found_value = mp__map_lookup(m, &args[1], &args[0], &found);
    (void)found_value;
    return mp__bool(found);
}

/* ---- conversions ---- */

FN(identity)
{
    (void)m;
    return args[0];
}

/* [sign] digits, within int64. */
static bool parse_int(mp__str s, int64_t *out)
{
    bool negative = s.size && s.data[0] == '-';
    size_t i = s.size && (s.data[0] == '-' || s.data[0] == '+');
    uint64_t value = 0, limit = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;

    if (i == s.size)
        return false;
    for (; i < s.size; i++) {
        uint64_t digit = (uint64_t)(s.data[i] - '0');

        if (s.data[i] < '0' || s.data[i] > '9' || value > (limit - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

FN(to_int)
{
    int64_t value = 0;

    (void)m;
    switch (args[0].kind) {
    case MP__UINT:
        return U(0) > INT64_MAX ? overflow() : mp__int((int64_t)U(0));
    case MP__DOUBLE:
        /* The least int64 is refused as a double too. */
        if (!(D(0) > -9223372036854775808.0 && D(0) < 9223372036854775808.0))
            return overflow();
        return mp__int((int64_t)D(0));
    default:
        return parse_int(mp__text_of(&args[0]), &value)
                   ? mp__int(value)
                   : mp__error(MP__FAIL_TEXT, MP__STR("cannot convert the string to int"));
    }
}

/* Digits alone, within uint64. */
static bool parse_uint(mp__str s, uint64_t *out)
{
    uint64_t value = 0;

    for (size_t i = 0; i < s.size; i++) {
        uint64_t digit = (uint64_t)(s.data[i] - '0');

        if (s.data[i] < '0' || s.data[i] > '9' || value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = value;
    return s.size > 0;
}

FN(to_uint)
{
    uint64_t value;

    (void)m;
    switch (args[0].kind) {
    case MP__INT:
        return I(0) < 0 ? unsigned_overflow() : make_uint(U(0));
    case MP__DOUBLE:
        if (!(D(0) >= 0 && D(0) < 18446744073709551616.0))
            return unsigned_overflow();
        return make_uint((uint64_t)D(0));
    default:
        return parse_uint(mp__text_of(&args[0]), &value)
                   ? make_uint(value)
                   : mp__error(MP__FAIL_TEXT, MP__STR("cannot convert the string to uint"));
    }
}

static bool equals_fold(mp__str s, const char *lower)
{
    if (s.size != strlen(lower))
        return false;
    for (size_t i = 0; i < s.size; i++) {
        char c = s.data[i];

        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if (c != lower[i])
            return false;
    }
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* mantissa x 2^exponent, and a bit more if `sticky`, to the nearest double, ties to even; false
 * where that is out of range. */
static bool round_double(uint64_t mantissa, int64_t exponent, bool sticky, double *out)
{
    uint64_t kept, rest, half;
    int64_t top, keep = 53;

    *out = 0;
    if (mantissa == 0)
        return true;
    for (; !(mantissa >> 63); exponent--)
        mantissa <<= 1;
    top = exponent + 63; /* the value is 1.m x 2^top */
    if (top < -1022)
        keep = 53 - (-1022 - top);
    if (keep < 0 || top > 1023)
        return keep < 0;
    kept = keep ? mantissa >> (64 - keep) : 0;
    rest = keep ? mantissa << keep : mantissa;
    half = UINT64_C(1) << 63;
    if (rest > half || (rest == half && (sticky || kept & 1)))
        kept++;
    if (top < -1022) {
        *out = mp__double_from_bits(kept);
        return true;
    }
    /* A carry out of the mantissa lands in the exponent, as it should. */
    kept += (uint64_t)(top + 1022) << 52;
    *out = mp__double_from_bits(kept);
    return kept >> 52 < 0x7FF;
}

/* The exponent after 'p': [sign] digits, to the end. */
static bool read_exponent(mp__str s, size_t i, int64_t *out)
{
    bool negative = i < s.size && s.data[i] == '-';
    int64_t value = 0;

    i += i < s.size && (s.data[i] == '-' || s.data[i] == '+');
    if (i == s.size)
        return false;
    for (; i < s.size; i++) {
        if (s.data[i] < '0' || s.data[i] > '9')
            return false;
        if (value < INT64_C(1) << 56)
            value = value * 10 + (s.data[i] - '0');
    }
    *out = negative ? -value : value;
    return true;
}

/* Hexadecimal: 0x digits [. digits] p exponent, which must be there. */
static bool parse_hex_double(mp__str s, double *out)
{
    uint64_t mantissa = 0;
    int64_t shift = 0, exponent = 0;
    size_t i = 2, digits = 0;
    bool point = false, sticky = false;

    for (; i < s.size && (hex_digit(s.data[i]) >= 0 || s.data[i] == '.'); i++) {
        if (s.data[i] == '.') {
            if (point)
                return false;
            point = true;
            continue;
        }
        digits++;
        if (mantissa >> 60) {
            sticky |= s.data[i] != '0';
            shift += point ? 0 : 4;
        } else {
            mantissa = mantissa << 4 | (uint64_t)hex_digit(s.data[i]);
            shift -= point ? 4 : 0;
        }
    }
    if (digits == 0 || i == s.size || (s.data[i] != 'p' && s.data[i] != 'P') ||
        !read_exponent(s, i + 1, &exponent))
        return false;
    return round_double(mantissa, exponent + shift, sticky, out);
}

static bool is_hex(mp__str s)
{
    return s.size > 1 && s.data[0] == '0' && (s.data[1] == 'x' || s.data[1] == 'X');
}

/* Every underscore stands between digits; the prefix 0x counts as one. */
static bool underscores_fit(mp__str s)
{
    bool hex = is_hex(s), digit = hex, under = false;

    for (size_t i = hex ? 2 : 0; i < s.size; i++) {
        char c = s.data[i];

        if (c == '_') {
            if (!digit)
                return false;
            digit = false;
            under = true;
            continue;
        }
        digit = (c >= '0' && c <= '9') || (hex && hex_digit(c) >= 0);
        if (under && !digit)
            return false;
        under = false;
    }
    return !under;
}

/* The text without its underscores; data is NULL when out of memory. */
static mp__str without_underscores(mp__machine *m, mp__str s)
{
    char *copy = mp__arena_alloc(&m->arena, s.size);
    size_t size = 0;

    for (size_t i = 0; copy && i < s.size; i++)
        if (s.data[i] != '_')
            copy[size++] = s.data[i];
    return (mp__str){ copy, size };
}

/* Go's syntax of floats without the sign. */
static bool parse_unsigned_double(mp__str s, double *out)
{
    if (equals_fold(s, "inf") || equals_fold(s, "infinity")) {
        *out = mp__double_from_bits(UINT64_C(0x7FF) << 52);
        return true;
    }
    if (is_hex(s))
        return parse_hex_double(s, out);
    return s.size > 0 && s.data[0] != '-' && s.data[0] != '+' &&
           mp__double_parse(s.data, s.size, out) && *out <= 1.7976931348623157e308;
}

/* As Go reads floats: inf, nan (which takes no sign), hexadecimal, underscores between digits. */
static bool parse_double(mp__machine *m, mp__str s, double *out)
{
    bool negative = s.size && s.data[0] == '-';

    if (equals_fold(s, "nan")) {
        *out = mp__double_from_bits(UINT64_C(0x7FF8) << 48);
        return true;
    }
    if (s.size && (s.data[0] == '-' || s.data[0] == '+')) {
        s.data++;
        s.size--;
    }
    if (s.size && memchr(s.data, '_', s.size)) {
        if (!underscores_fit(s))
            return false;
        s = without_underscores(m, s);
    }
    if (!s.data || !parse_unsigned_double(s, out))
        return false;
    if (negative)
        *out = -*out;
    return true;
}

FN(to_double)
{
    double value = 0;

    if (args[0].kind == MP__INT)
        return mp__double((double)I(0));
    if (args[0].kind == MP__UINT)
        return mp__double((double)U(0));
    if (parse_double(m, mp__text_of(&args[0]), &value))
        return mp__double(value);
    return m->arena.failed
               ? mp__no_memory(m)
               : mp__error(MP__FAIL_TEXT, MP__STR("cannot convert the string to double"));
}

static size_t put_uint(char *out, uint64_t u)
{
    char digits[20];
    size_t n = 0;

    do
        digits[n++] = (char)('0' + u % 10);
    while ((u /= 10) > 0);
    for (size_t i = 0; i < n; i++)
        out[i] = digits[n - 1 - i];
    return n;
}

/* The shortest digits that read back equal; an exponent where it is below -4 or at least 6. */
static size_t put_double(char out[40], double d)
{
    char digits[18];
    int exponent, point;
    size_t n = 0, count;

    if (d != d)
        return memcpy(out, "NaN", 3), 3;
    if (d > 1.7976931348623157e308)
        return memcpy(out, "+Inf", 4), 4;
    if (d < -1.7976931348623157e308)
        return memcpy(out, "-Inf", 4), 4;
    if (d < 0 || (d == 0 && 1 / d < 0))
        out[n++] = '-';
    if (d == 0) {
        out[n++] = '0';
        return n;
    }
    count = (size_t)mp__double_digits(d < 0 ? -d : d, digits, &exponent);
    point = exponent - 1; /* of d.ddd */
    if (point < -4 || point >= 6) {
        out[n++] = digits[0];
        if (count > 1) {
            out[n++] = '.';
            memcpy(out + n, digits + 1, count - 1);
            n += count - 1;
        }
        out[n++] = 'e';
        out[n++] = point < 0 ? '-' : '+';
        point = point < 0 ? -point : point;
        if (point < 10)
            out[n++] = '0';
        return n + put_uint(out + n, (uint64_t)point);
    }
    if (point < 0) {
        out[n++] = '0';
        out[n++] = '.';
        for (int i = -1; i > point; i--)
            out[n++] = '0';
        memcpy(out + n, digits, count);
        return n + count;
    }
    for (int i = 0; i <= point || i < (int)count; i++) {
        if (i == point + 1)
            out[n++] = '.';
        out[n++] = i < (int)count ? digits[i] : '0';
    }
    return n;
}

FN(to_string)
{
    char text[64];
    size_t n = 0;

    switch (args[0].kind) {
    case MP__BOOL:
        return mp__string(args[0].as.boolean ? MP__STR("true") : MP__STR("false"));
    case MP__INT:
        if (I(0) < 0)
            text[n++] = '-';
        n += put_uint(text + n, I(0) < 0 ? 0 - U(0) : U(0));
        break;
    case MP__UINT:
        n = put_uint(text, U(0));
        break;
    case MP__DOUBLE:
        n = put_double(text, D(0));
        break;
    case MP__IP:
        n = mp__ip_text(args[0].as.ip, text);
        break;
    case MP__CIDR:
        n = mp__cidr_text(args[0].as.cidr, text);
        break;
    default: /* bytes */
        if (!mp__utf8_valid(args[0].as.text, args[0].size))
            return mp__error(MP__FAIL_TEXT, MP__STR("invalid UTF-8 in bytes, cannot convert to "
                                                    "string"));
        return mp__string(mp__text_of(&args[0]));
    }
    return mp__make_text(m, MP__STRING, text, n);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quotation, decimal forms of doubles, and the syntax of format strings.
 */
#include "text_internal.h"
#include "double_internal.h"
#include "regex_tables.h"

/* ---- quotation ---- */

static bool in_class(const char *name, uint32_t c)
{
    for (size_t k = 0; k < mp__regex_named_count; k++) {
        const mp__regex_named *class = &mp__regex_named_classes[k];
        size_t low = class->start, high = low + class->count;

        if (strcmp(class->name, name) != 0)
            continue;
        while (low < high) {
            size_t middle = low + (high - low) / 2;

            if (mp__regex_ranges[middle].high < c)
                low = middle + 1;
            else
                high = middle;
        }
        return low < class->start + (size_t) class->count && mp__regex_ranges[low].low <= c;
    }
    return false;
}

/* Letters, marks, numbers, punctuation, symbols, and the space of ASCII. */
static bool is_printable(uint32_t c)
{
    if (c < 0x7F)
        return c >= ' ';
    return in_class("l", c) || in_class("m", c) || in_class("n", c) || in_class("p", c) ||
           in_class("s", c);
}

static void put_rune(mp__buf *buf, uint32_t c)
{
    static const char from[] = "\a\b\f\n\r\t\v\\\"", to[] = "abfnrtv\\\"";
    const char *at = c > 0 && c < 0x80 ? strchr(from, (char)c) : NULL;

    if (at) {
        mp__buf_putc(buf, '\\');
        mp__buf_putc(buf, to[at - from]);
    } else if (is_printable(c)) {
        mp__buf_put_utf8(buf, c);
    } else if (c < ' ' || c == 0x7F) {
        mp__buf_printf(buf, "\\x%02x", (unsigned)c);
    } else {
        mp__buf_printf(buf, c < 0x10000 ? "\\u%04x" : "\\U%08x", (unsigned)c);
    }
}

void mp__put_escaped_text(mp__buf *buf, mp__str s)
{
    mp__buf_putc(buf, '"');
    for (size_t at = 0; at < s.size;) {
        uint32_t c;

        if (mp__utf8_next(s.data, s.size, &at, &c))
            put_rune(buf, c);
        else
            mp__buf_printf(buf, "\\x%02x", (unsigned)(unsigned char)s.data[at++]);
    }
    mp__buf_putc(buf, '"');
}

/* ---- decimal forms ---- */

/* Digits of a double without end: 0.d1d2d3... x 10^point, exactly. */
#define DIGITS_MAX 1100
typedef struct decimal {
    char digits[DIGITS_MAX];
    int count, point;
} decimal;

static uint32_t divide(mp__big *n, uint32_t by)
{
    uint64_t rest = 0;

    for (size_t i = n->count; i-- > 0;) {
        rest = rest << 32 | n->limb[i];
        n->limb[i] = (uint32_t)(rest / by);
        rest %= by;
    }
    while (n->count > 0 && n->limb[n->count - 1] == 0)
        n->count--;
    return (uint32_t)rest;
}

/* `value` is finite and not below 0. */
static void expand(double value, decimal *d)
{
    char reversed[DIGITS_MAX + 9];
    uint64_t mantissa;
    int exponent, count = 0;
    mp__big n;

    mp__double_split(mp__double_bits(value), &mantissa, &exponent);
    for (; mantissa && mantissa % 2 == 0; exponent++)
        mantissa /= 2;
    mp__big_set(&n, mantissa);
    if (exponent < 0)
        mp__big_mul_pow5(&n, (unsigned)-exponent);
    else if (mantissa)
        mp__big_shift(&n, (unsigned)exponent);
    while (n.count > 0) {
        uint32_t group = divide(&n, 1000000000);

        for (int i = 0; i < 9; i++, group /= 10)
            reversed[count++] = (char)('0' + group % 10);
    }
    while (count > 0 && reversed[count - 1] == '0')
        count--;
    d->point = count - (exponent < 0 ? -exponent : 0);
    d->count = count;
    for (int i = 0; i < count; i++)
        d->digits[i] = reversed[count - 1 - i];
}

/* Leaves `keep` digits, the last one rounded half to even. */
static void round_to(decimal *d, int keep)
{
    bool up;

    if (keep >= d->count)
        return;
    if (keep < 0) {
        d->count = 0;
        return;
    }
    up = d->digits[keep] > '5';
    if (d->digits[keep] == '5') {
        up = keep > 0 && (d->digits[keep - 1] - '0') % 2 == 1;
        for (int i = keep + 1; i < d->count; i++)
            up = up || d->digits[i] != '0';
    }
    d->count = keep;
    if (!up)
        return;
    while (d->count > 0 && d->digits[d->count - 1] == '9')
        d->count--;
    if (d->count > 0) {
        d->digits[d->count - 1]++;
    } else {
        d->digits[0] = '1';
        d->count = 1;
        d->point++;
    }
}

static char digit_at(const decimal *d, int64_t i)
{
    return i >= 0 && i < d->count ? d->digits[i] : '0';
}

void mp__put_fixed(mp__buf *buf, double value, uint32_t digits, uint32_t least, bool group)
{
    uint32_t keep = digits;
    decimal d;

    if (value < 0)
        mp__buf_putc(buf, '-');
    expand(value < 0 ? -value : value, &d);
    if ((int64_t)digits < DIGITS_MAX)
        round_to(&d, d.point + (int)digits);
    if (d.point <= 0 || d.count == 0)
        mp__buf_putc(buf, '0');
    for (int i = 0; i < d.point && d.count > 0; i++) {
        mp__buf_putc(buf, digit_at(&d, i));
        if (group && (d.point - i) % 3 == 1 && i + 1 < d.point)
            mp__buf_putc(buf, ',');
    }
    while (keep > least && digit_at(&d, (int64_t)d.point + keep - 1) == '0')
        keep--;
    if (keep > 0)
        mp__buf_putc(buf, '.');
    for (uint32_t i = 0; i < keep && !buf->failed; i++)
        mp__buf_putc(buf, d.count ? digit_at(&d, (int64_t)d.point + i) : '0');
}

void mp__put_mantissa(mp__buf *buf, double value, int *exponent)
{
    decimal d;

    if (value < 0)
        mp__buf_putc(buf, '-');
    expand(value < 0 ? -value : value, &d);
    round_to(&d, 7);
    *exponent = d.count ? d.point - 1 : 0;
    for (int i = 0; i < 7; i++) {
        mp__buf_putc(buf, digit_at(&d, i));
        if (i == 0)
            mp__buf_putc(buf, '.');
    }
}

/* ---- clauses ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Digits after the point, to a number; the text of an error, or NULL. */
static const char *read_precision(mp__str s, size_t *at, mp__clause *out)
{
    size_t start = ++*at;
    uint64_t value = 0;

    for (; *at < s.size && is_digit(s.data[*at]); ++*at) {
        value = value * 10 + (uint64_t)(s.data[*at] - '0');
        if (value > INT32_MAX)
            value = INT32_MAX;
    }
    if (*at == s.size)
        return "could not parse formatting clause: error while parsing precision: could not find "
               "end of precision specifier";
    if (*at == start)
        return "could not parse formatting clause: error while parsing precision: error while "
               "converting precision to integer";
    out->has_precision = true;
    out->precision = (uint32_t)value;
    return NULL;
}

const char *mp__clause_read(mp__arena *arena, mp__str format, size_t *at, mp__clause *out)
{
    const char *why = NULL;
    size_t size;

    memset(out, 0, sizeof *out);
    if (*at == format.size)
        return "unexpected end of string";
    if (format.data[*at] == '.')
        why = read_precision(format, at, out);
    if (why)
        return why;
    out->verb = format.data[(*at)++];
    if (strchr("sdfebxXo", out->verb) && out->verb)
        return NULL;
    why = mp__arena_printf(arena, &size,
                           "could not parse formatting clause: unrecognized formatting clause "
                           "\"%c\"",
                           out->verb);
    return why ? why : "out of memory";
}

const char *mp__clause_refusal(char verb)
{
    switch (verb) {
    case 's':
        return "error during formatting: string clause can only be used on strings, bools, bytes, "
               "ints, doubles, maps, lists, types, durations, and timestamps, was given %s";
    case 'd':
        return "error during formatting: decimal clause can only be used on integers, was given %s";
    case 'f':
        return "error during formatting: fixed-point clause can only be used on doubles, was given "
               "%s";
    case 'e':
        return "error during formatting: scientific clause can only be used on doubles, was given "
               "%s";
    case 'b':
        return "error during formatting: only integers and bools can be formatted as binary, was "
               "given %s";
    case 'o':
        return "error during formatting: octal clause can only be used on integers, was given %s";
    default:
        return "error during formatting: only integers, byte buffers, and strings can be formatted "
               "as hex, was given %s";
    }
}

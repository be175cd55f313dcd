/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decimal text to the nearest double, ties to even.
 *
 * Three steps, each handing on what it cannot settle: small numbers by one exact operation
 * (Clinger 1990); then a 64-bit product with a bound on its error, which settles all but about one
 * in a hundred; then an exact comparison with the halfway points beside the estimate.
 */
#include "double_internal.h"

/* A double is settled by its first 767 significant digits and whether anything follows. */
#define DECIMAL_DIGITS 800

/* The text as 0.d1d2d3... x 10^point; leading and trailing zeros dropped. */
typedef struct decimal {
    bool negative;
    size_t count;
    int64_t point;
    unsigned char digits[DECIMAL_DIGITS + 1]; /* values 0..9 */
} decimal;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Take one digit; `*tail` notes a digit other than 0 beyond those that are kept. */
static void take_digit(decimal *d, char c, bool after_point, bool *tail)
{
    if (d->count == 0 && c == '0') {
        d->point -= after_point;
        return;
    }
    d->point += !after_point;
    if (d->count < DECIMAL_DIGITS)
        d->digits[d->count++] = (unsigned char)(c - '0');
    else if (c != '0')
        *tail = true;
}

/* [+-] digits [. digits] [e [+-] digits], at least one digit before the exponent. */
static bool scan(const char *text, size_t size, decimal *d)
{
    size_t i = 0, seen = 0;
    bool tail = false;

    d->negative = false;
    d->count = 0;
    d->point = 0;
    if (i < size && (text[i] == '+' || text[i] == '-'))
        d->negative = text[i++] == '-';
    for (; i < size && is_digit(text[i]); i++, seen++)
        take_digit(d, text[i], false, &tail);
    if (i < size && text[i] == '.') {
        for (i++; i < size && is_digit(text[i]); i++, seen++)
            take_digit(d, text[i], true, &tail);
    }
    if (seen == 0)
        return false;
    if (i < size && (text[i] == 'e' || text[i] == 'E')) {
        bool down = false;
        int64_t exponent = 0;

        i++;
        if (i < size && (text[i] == '+' || text[i] == '-'))
            down = text[i++] == '-';
        if (i == size || !is_digit(text[i]))
            return false;
        for (; i < size && is_digit(text[i]); i++) {
            if (exponent < INT64_C(1) << 56) /* more than any count of digits can make up for */
                exponent = exponent * 10 + (text[i] - '0');
        }
        d->point += down ? -exponent : exponent;
    }
    if (i != size)
        return false;
    while (d->count > 0 && d->digits[d->count - 1] == 0 && !tail)
        d->count--;
    if (tail)
        d->digits[d->count++] = 1;
    return true;
}

/* ---- an estimate: 64 bits and a bound on the error ---- */

/* mantissa x 2^exponent, top bit set. */
typedef struct approx {
    uint64_t mantissa;
    int exponent;
} approx;

/* 10^(2^i) and 10^-(2^i), rounded to nearest: off by half a unit in the last place at most. */
static const approx powers_up[9] = {
    { UINT64_C(0xa000000000000000), -60 }, { UINT64_C(0xc800000000000000), -57 },
    { UINT64_C(0x9c40000000000000), -50 }, { UINT64_C(0xbebc200000000000), -37 },
    { UINT64_C(0x8e1bc9bf04000000), -10 }, { UINT64_C(0x9dc5ada82b70b59e), 43 },
    { UINT64_C(0xc2781f49ffcfa6d5), 149 }, { UINT64_C(0x93ba47c980e98ce0), 362 },
    { UINT64_C(0xaa7eebfb9df9de8e), 787 }
};
static const approx powers_down[9] = {
    { UINT64_C(0xcccccccccccccccd), -67 },  { UINT64_C(0xa3d70a3d70a3d70a), -70 },
    { UINT64_C(0xd1b71758e219652c), -77 },  { UINT64_C(0xabcc77118461cefd), -90 },
    { UINT64_C(0xe69594bec44de15b), -117 }, { UINT64_C(0xcfb11ead453994ba), -170 },
    { UINT64_C(0xa87fea27a539e9a5), -276 }, { UINT64_C(0xddd0467c64bce4a1), -489 },
    { UINT64_C(0xc0314325637a193a), -914 }
};

/* The high half of the product, normalised; at most one unit below the exact product. */
static approx multiply(approx a, approx b)
{
    uint64_t a1 = a.mantissa >> 32, a0 = a.mantissa & UINT32_MAX;
    uint64_t b1 = b.mantissa >> 32, b0 = b.mantissa & UINT32_MAX;
    uint64_t middle = (a0 * b0 >> 32) + (a1 * b0 & UINT32_MAX) + (a0 * b1 & UINT32_MAX);
    uint64_t high = a1 * b1 + (a1 * b0 >> 32) + (a0 * b1 >> 32) + (middle >> 32);
    int exponent = a.exponent + b.exponent + 64;

    if (high >> 63 == 0) {
        high = high << 1 | (middle >> 31 & 1);
        exponent--;
    }
    return (approx){ high, exponent };
}

/*
 * Round the decimal to a double, given as bits; true if that is certainly the nearest one, false if
 * it may be the neighbour of the nearest one (or several off among subnormals).
 *
 * Error, in units of the last place of 64 bits: digits beyond the 19th count less than one in
 * 10^18, which is 19; each of up to nine factors adds 1 for itself and 2 for its product.  The sum,
 * 46, stays below ERROR.
 */
static bool estimate(const decimal *d, uint64_t *bits)
{
    enum { ERROR = 64 };
    int power = (int)d->point - (int)d->count, shift;
    size_t take = d->count < 19 ? d->count : 19;
    approx x = { 0, 0 };
    uint64_t below, half;

    power += (int)(d->count - take);
    for (size_t i = 0; i < take; i++)
        x.mantissa = x.mantissa * 10 + d->digits[i];
    while (x.mantissa >> 63 == 0) {
        x.mantissa <<= 1;
        x.exponent--;
    }
    for (unsigned left = (unsigned)(power < 0 ? -power : power), i = 0; left != 0;
         left >>= 1, i++) {
        if (left & 1)
            x = multiply(x, power < 0 ? powers_down[i] : powers_up[i]);
    }
    shift = 11;
    if (x.exponent + shift < MP__DOUBLE_EXPONENT_MIN)
        shift = MP__DOUBLE_EXPONENT_MIN - x.exponent;
    if (shift > 63) { /* below or near half the smallest subnormal */
        *bits = 0;
        return false;
    }
    below = x.mantissa & ((UINT64_C(1) << shift) - 1);
    half = UINT64_C(1) << (shift - 1);
    /* A carry out of the mantissa adds one to the exponent, which is what it should do. */
    x.mantissa >>= shift;
    x.exponent += shift;
    if (x.exponent + 53 > DBL_MAX_EXP) {
        *bits = UINT64_C(0x7FF) << 52;
        return false;
    }
    *bits = x.mantissa & (MP__DOUBLE_HIDDEN_BIT - 1);
    if (x.mantissa >= MP__DOUBLE_HIDDEN_BIT)
        *bits |= (uint64_t)(x.exponent - MP__DOUBLE_EXPONENT_MIN + 1) << 52;
    *bits += below > half;
    return (below > half ? below - half : half - below) > ERROR;
}

/* ---- the exact comparison ---- */

/* The decimal compared with the point halfway between the double of `bits` and the next one. */
static int compare_halfway(const decimal *d, uint64_t bits)
{
    mp__big left, right;
    uint64_t mantissa;
    int power = (int)d->point - (int)d->count, exponent;

    mp__double_split(bits, &mantissa, &exponent);
    exponent--;
    mp__big_set(&right, 2 * mantissa + 1);
    mp__big_set(&left, 0);
    for (size_t i = 0; i < d->count;) { /* nine digits at a time */
        uint32_t part = 0, scale = 1;

        for (; i < d->count && scale < 1000000000; i++, scale *= 10)
            part = part * 10 + d->digits[i];
        mp__big_mul(&left, scale, part);
    }
    /* left x 5^power x 2^power against right x 2^exponent, every factor where it is whole */
    if (power >= 0)
        mp__big_mul_pow5(&left, (unsigned)power);
    else
        mp__big_mul_pow5(&right, (unsigned)-power);
    if (power >= exponent)
        mp__big_shift(&left, (unsigned)(power - exponent));
    else
        mp__big_shift(&right, (unsigned)(exponent - power));
    return mp__big_compare(&left, &right);
}

/* Move from the estimate to the nearest double; a tie goes to the even one. */
static uint64_t settle(const decimal *d, uint64_t bits)
{
    const uint64_t infinity = UINT64_C(0x7FF) << 52;

    while (bits < infinity) {
        int order = compare_halfway(d, bits);

        if (order < 0 || (order == 0 && bits % 2 == 0))
            break;
        bits++;
    }
    while (bits > 0) {
        int order = compare_halfway(d, bits - 1);

        if (order > 0 || (order == 0 && bits % 2 == 0))
            break;
        bits--;
    }
    return bits;
}

/* Up to 15 digits and a power of ten up to 22 are exact as doubles: one operation rounds once. */
static bool parse_small(const decimal *d, double *out)
{
    int64_t power = d->point - (int64_t)d->count;
    int64_t whole = 0;

    if (!MP__DOUBLE_IS_PLAIN || d->count > 15 || power < -MP__EXACT_POWER_MAX ||
        power > MP__EXACT_POWER_MAX)
        return false;
    for (size_t i = 0; i < d->count; i++)
        whole = whole * 10 + d->digits[i];
    *out = power < 0 ? (double)whole / mp__exact_powers[-power]
                     : (double)whole * mp__exact_powers[power];
    return true;
}

bool mp__double_parse(const char *text, size_t size, double *out)
{
    decimal d;
    double value;
    uint64_t bits;

    if (!scan(text, size, &d))
        return false;
    if (d.count == 0 || d.point < -330) {
        value = 0;
    } else if (d.point > 310) {
        value = mp__double_from_bits(UINT64_C(0x7FF) << 52);
    } else if (!parse_small(&d, &value)) {
        if (!estimate(&d, &bits))
            bits = settle(&d, bits);
        value = mp__double_from_bits(bits);
    }
    *out = d.negative ? -value : value;
    return true;
}

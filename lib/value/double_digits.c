/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shortest decimal digits of a double that read back equal, and of those the closest.
 *
 * Free-format printing after Steele and White, and Burger and Dybvig ("Printing floating-point
 * numbers quickly and accurately", 1996), on exact integers: value = r / s, and half the way to the
 * neighbours is low / s and high / s.  Whole numbers that a double holds exactly need none of it,
 * and neither do decimals of few digits.
 */
#include "double_internal.h"
#include "object_internal.h"

/* What the digit loop works on. */
typedef struct scaled {
    mp__big r, s;
    mp__big low;    /* half the distance to the next double below, times s */
    bool uneven;    /* the distance above is twice that: the mantissa is a power of two */
    bool inclusive; /* the halfway points themselves read back as this double */
} scaled;

/* r + high, compared with s. */
static int compare_high(const scaled *x)
{
    mp__big sum = x->r;

    mp__big_add(&sum, &x->low);
    if (x->uneven)
        mp__big_add(&sum, &x->low);
    return mp__big_compare(&sum, &x->s);
}

static void multiply_by_ten(scaled *x)
{
    mp__big_mul(&x->r, 10, 0);
    mp__big_mul(&x->low, 10, 0);
}

/* floor(log10(2^n)), for |n| up to 1650. */
static int log10_pow2(int n)
{
    int scaled_log = n * 78913; /* log10(2) x 2^18 */

    return scaled_log >= 0 ? scaled_log >> 18 : -(int)(((unsigned)-scaled_log + 262143) >> 18);
}

/* Set up r, s and the distances such that value = r / s x 10^k with r / s below 1, and the first
 * digit comes after one multiplication by ten.  Returns k. */
static int scale(scaled *x, uint64_t mantissa, int exponent)
{
    unsigned up = exponent > 0 ? (unsigned)exponent : 0;
    unsigned down = exponent < 0 ? (unsigned)-exponent : 0;
    int top = exponent, k;

    x->uneven = mantissa == MP__DOUBLE_HIDDEN_BIT && exponent > MP__DOUBLE_EXPONENT_MIN;
    x->inclusive = mantissa % 2 == 0;
    mp__big_set(&x->r, mantissa);
    mp__big_shift(&x->r, up + 1 + x->uneven);
    mp__big_set(&x->low, 1);
    mp__big_shift(&x->low, up);
    mp__big_set(&x->s, 1);
    mp__big_shift(&x->s, down + 1 + x->uneven);

    while (mantissa > 1) { /* top = floor(log2(value)) */
        mantissa >>= 1;
        top++;
    }
    k = log10_pow2(top) + 1; /* right, or one too low */
    if (k >= 0) {
        mp__big_mul_pow5(&x->s, (unsigned)k);
        mp__big_shift(&x->s, (unsigned)k);
    } else {
        mp__big_mul_pow5(&x->r, (unsigned)-k);
        mp__big_shift(&x->r, (unsigned)-k);
        mp__big_mul_pow5(&x->low, (unsigned)-k);
        mp__big_shift(&x->low, (unsigned)-k);
    }
    if (compare_high(x) >= (x->inclusive ? 0 : 1)) {
        mp__big_mul(&x->s, 10, 0);
        k++;
    }
    return k;
}

static int exact_digits(uint64_t mantissa, int exponent, char *digits, int *k)
{
    scaled x;
    int count = 0;

    *k = scale(&x, mantissa, exponent);
    for (;;) {
        bool low_enough, high_enough;
        int digit = 0;

        multiply_by_ten(&x);
        while (mp__big_compare(&x.r, &x.s) >= 0) {
            mp__big_sub(&x.r, &x.s);
            digit++;
        }
        low_enough = mp__big_compare(&x.r, &x.low) < (x.inclusive ? 1 : 0);
        high_enough = compare_high(&x) >= (x.inclusive ? 0 : 1);
        if (low_enough || high_enough) {
            if (low_enough && high_enough) { /* the closer of both; a tie goes to the even digit */
                int order;

                mp__big_shift(&x.r, 1);
                order = mp__big_compare(&x.r, &x.s);
                high_enough = order > 0 || (order == 0 && digit % 2 == 1);
            }
            digits[count++] = (char)('0' + digit + (high_enough ? 1 : 0));
            return count;
        }
        digits[count++] = (char)('0' + digit);
    }
}

/* Digits of `whole`, without zeros at the end; *k is how many there were. */
static int whole_digits(uint64_t whole, char *digits, int *k)
{
    char text[MP__INT_TEXT_MAX];
    int count = (int)mp__format_uint(whole, text);

    *k = count;
    while (text[count - 1] == '0')
        count--;
    memcpy(digits, text, (size_t)count);
    return count;
}

/*
 * A number that people write, such as 0.95: at most 15 digits.  No two decimals of 15 digits are
 * the same double, so the first that reads back equal is the shortest and the only one of its
 * length; and rounding the product finds it, since its error is below 0.3.  Returns 0 if there is
 * none.
 */
static int short_digits(double value, char *digits, int *k)
{
    int count;

    if (!MP__DOUBLE_IS_PLAIN || !(value >= 1e-6))
        return 0;
    for (int power = 1; power <= MP__EXACT_POWER_MAX; power++) {
        double scaled_value = value * mp__exact_powers[power];
        uint64_t whole;

        if (scaled_value >= 999999999999999.0)
            return 0;
        whole = (uint64_t)(scaled_value + 0.5);
        if ((double)whole / mp__exact_powers[power] != value)
            continue;
        count = whole_digits(whole, digits, k);
        *k -= power;
        return count;
    }
    return 0;
}

int mp__double_digits(double value, char digits[18], int *exponent)
{
    uint64_t mantissa;
    int binary, count = 0;

    mp__double_split(mp__double_bits(value), &mantissa, &binary);
    if (mantissa == 0) {
        memcpy(digits, "0", 2);
        *exponent = 1;
        return 1;
    }
    if (binary > -53 && binary <= 0 && mantissa % (UINT64_C(1) << -binary) == 0) {
        /* Below 2^53 the neighbours are at most 1 away: no shorter text reads back equal. */
        count = whole_digits(mantissa >> -binary, digits, exponent);
    } else {
        count = short_digits(value, digits, exponent);
        if (count == 0)
            count = exact_digits(mantissa, binary, digits, exponent);
    }
    digits[count] = '\0';
    return count;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Natural numbers of bounded size, for exact conversion between doubles and decimal text.
 */
#ifndef MP_DOUBLE_INTERNAL_H
#define MP_DOUBLE_INTERNAL_H

#include "value_internal.h"
#include <float.h>

/*
 * The largest number that comes up is a halfway point times the power of ten of a text of
 * MP__DECIMAL_DIGITS digits near the smallest subnormal: 10^(324 + 801) x 2^54, below 2^3800.
 * Multiplying a text of that many digits up to 10^309 stays below 2^3700.
 */
#define MP__BIG_LIMBS 128

typedef struct mp__big {
    uint32_t limb[MP__BIG_LIMBS]; /* least significant first */
    size_t count;                 /* no leading zero limb; 0 for zero */
} mp__big;

void mp__big_set(mp__big *n, uint64_t value);
/* n = n * factor + add */
void mp__big_mul(mp__big *n, uint32_t factor, uint32_t add);
void mp__big_mul_pow5(mp__big *n, unsigned exponent);
void mp__big_shift(mp__big *n, unsigned bits);
void mp__big_add(mp__big *n, const mp__big *other);
/* n -= other, which is not larger. */
void mp__big_sub(mp__big *n, const mp__big *other);
int mp__big_compare(const mp__big *a, const mp__big *b);

/* 10^0 to 10^22, the powers of ten that doubles hold exactly.  With them and whole numbers below
 * 2^53 one multiplication or division rounds once, hence correctly, in the default rounding mode
 * and where the machine computes in double precision (MP__DOUBLE_IS_PLAIN). */
#define MP__EXACT_POWER_MAX 22
extern const double mp__exact_powers[MP__EXACT_POWER_MAX + 1];
#define MP__DOUBLE_IS_PLAIN (FLT_EVAL_METHOD == 0)

/* A positive finite double is mantissa x 2^exponent, mantissa < 2^53. */
#define MP__DOUBLE_EXPONENT_MIN (-1074)
#define MP__DOUBLE_HIDDEN_BIT (UINT64_C(1) << 52)
uint64_t mp__double_bits(double value);
double mp__double_from_bits(uint64_t bits);
void mp__double_split(uint64_t bits, uint64_t *mantissa, int *exponent);

#endif

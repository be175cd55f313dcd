/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Natural numbers of bounded size, limb by limb, and the parts of a double.
 *
 * The callers' inputs are bounded such that no operation runs out of limbs (see the header).
 */
#include "double_internal.h"
#include <assert.h>

_Static_assert(FLT_RADIX == 2 && DBL_MANT_DIG == 53 && sizeof(double) == 8,
               "doubles must be IEEE 754 binary64");

const double mp__exact_powers[MP__EXACT_POWER_MAX + 1] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,
                                                           1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                                           1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
                                                           1e18, 1e19, 1e20, 1e21, 1e22 };

void mp__big_set(mp__big *n, uint64_t value)
{
    n->limb[0] = (uint32_t)value;
    n->limb[1] = (uint32_t)(value >> 32);
    n->count = n->limb[1] != 0 ? 2 : n->limb[0] != 0 ? 1 : 0;
}

void mp__big_mul(mp__big *n, uint32_t factor, uint32_t add)
{
    uint64_t carry = add;

    for (size_t i = 0; i < n->count; i++) {
        carry += (uint64_t)n->limb[i] * factor;
        n->limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry != 0) {
        assert(n->count < MP__BIG_LIMBS);
        n->limb[n->count++] = (uint32_t)carry;
    }
}

void mp__big_mul_pow5(mp__big *n, unsigned exponent)
{
    for (; exponent >= 13; exponent -= 13)
        mp__big_mul(n, 1220703125, 0); /* 5^13, the largest that fits a limb */
    for (; exponent > 0; exponent--)
        mp__big_mul(n, 5, 0);
}

void mp__big_shift(mp__big *n, unsigned bits)
{
    size_t limbs = bits / 32;

    mp__big_mul(n, UINT32_C(1) << bits % 32, 0);
    if (n->count == 0 || limbs == 0)
        return;
    assert(n->count + limbs <= MP__BIG_LIMBS);
    memmove(n->limb + limbs, n->limb, n->count * sizeof *n->limb);
    memset(n->limb, 0, limbs * sizeof *n->limb);
    n->count += limbs;
}

void mp__big_add(mp__big *n, const mp__big *other)
{
    uint64_t carry = 0;

    while (n->count < other->count)
        n->limb[n->count++] = 0;
    for (size_t i = 0; i < n->count; i++) {
        carry += (uint64_t)n->limb[i] + (i < other->count ? other->limb[i] : 0);
        n->limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry != 0) {
        assert(n->count < MP__BIG_LIMBS);
        n->limb[n->count++] = (uint32_t)carry;
    }
}

void mp__big_sub(mp__big *n, const mp__big *other)
{
    uint64_t borrow = 0;

    for (size_t i = 0; i < n->count; i++) {
        uint64_t take = (i < other->count ? other->limb[i] : 0) + borrow;

        borrow = n->limb[i] < take;
        n->limb[i] = (uint32_t)(n->limb[i] - take);
    }
    while (n->count > 0 && n->limb[n->count - 1] == 0)
        n->count--;
}

int mp__big_compare(const mp__big *a, const mp__big *b)
{
    if (a->count != b->count)
        return a->count < b->count ? -1 : 1;
    for (size_t i = a->count; i > 0; i--) {
        if (a->limb[i - 1] != b->limb[i - 1])
            return a->limb[i - 1] < b->limb[i - 1] ? -1 : 1;
    }
    return 0;
}

uint64_t mp__double_bits(double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    return bits;
}

double mp__double_from_bits(uint64_t bits)
{
    double value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

void mp__double_split(uint64_t bits, uint64_t *mantissa, int *exponent)
{
    int biased = (int)(bits >> 52 & 0x7FF);

    *mantissa = bits & (MP__DOUBLE_HIDDEN_BIT - 1);
    *exponent = MP__DOUBLE_EXPONENT_MIN;
    if (biased != 0) {
        *mantissa |= MP__DOUBLE_HIDDEN_BIT;
        *exponent += biased - 1;
    }
}

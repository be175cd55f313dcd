/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Big decimals, for the quantities that do not fit an int64 and a power of ten.
 */
#ifndef MP_QUANTITY_INTERNAL_H
#define MP_QUANTITY_INTERNAL_H

#include "value_internal.h"

/*
 * sign x digits x 10^exponent.  Digits are values 0..9, most significant first, without leading
 * zeros; zero has none.  The exponent is part of the representation, not reduced: Kubernetes
 * computes its approximate float from it.
 */
typedef struct mp__bigdec {
    mp_allocator alloc;
    bool negative;
    int32_t exponent;
    size_t size;
    uint8_t digits[];
} mp__bigdec;

/* Room for `size` digits, all zero; NULL when out of memory. */
mp__bigdec *mp__bigdec_new(const mp_allocator *alloc, size_t size);
void mp__bigdec_free(mp__bigdec *b);
mp__bigdec *mp__bigdec_from_int(const mp_allocator *alloc, int64_t unscaled, int32_t exponent);
/* Drop leading zeros after digits were written. */
void mp__bigdec_trim(mp__bigdec *b);
/* -1, 0, 1 by value; never materialises the exponents. */
int mp__bigdec_compare(const mp__bigdec *a, const mp__bigdec *b);
/* a + b, or a - b; the exponent is the smaller of the two. */
mp__bigdec *mp__bigdec_add(const mp_allocator *alloc, const mp__bigdec *a, const mp__bigdec *b,
                           bool subtract);
/* digits x 2^shift (shift <= 60), same exponent. */
mp__bigdec *mp__bigdec_shift(const mp_allocator *alloc, const mp__bigdec *b, unsigned shift);
/* The same value with the given exponent, rounded away from zero where digits are lost. */
mp__bigdec *mp__bigdec_rescale(const mp_allocator *alloc, const mp__bigdec *b, int32_t exponent);
/* Divides an integer (exponent 0) in place; false, and nothing changed, if there is a remainder. */
bool mp__bigdec_divide(mp__bigdec *b, unsigned divisor);
bool mp__bigdec_is_whole(const mp__bigdec *b);
/* The integer value: false where it does not fit int64 or has a fraction. */
bool mp__bigdec_int64(const mp__bigdec *b, int64_t *out);

#endif

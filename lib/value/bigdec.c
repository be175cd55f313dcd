/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Big decimals by the rules of school arithmetic, one digit a byte.  They are rare and short; what
 * counts is that every operation is exact.
 */
#include "quantity_internal.h"

mp__bigdec *mp__bigdec_new(const mp_allocator *alloc, size_t size)
{
    mp__bigdec *b;

    if (size > SIZE_MAX - sizeof *b)
        return NULL;
    b = mp__calloc(alloc, 1, sizeof *b + size);
    if (b) {
        b->alloc = *alloc;
        b->size = size;
    }
    return b;
}

void mp__bigdec_free(mp__bigdec *b)
{
    if (b) {
        mp_allocator alloc = b->alloc;

        mp__free(&alloc, b);
    }
}

void mp__bigdec_trim(mp__bigdec *b)
{
    size_t zeros = 0;

    while (zeros < b->size && b->digits[zeros] == 0)
        zeros++;
    memmove(b->digits, b->digits + zeros, b->size - zeros);
    b->size -= zeros;
}

mp__bigdec *mp__bigdec_from_int(const mp_allocator *alloc, int64_t unscaled, int32_t exponent)
{
    mp__bigdec *b = mp__bigdec_new(alloc, 19);
    uint64_t rest = unscaled < 0 ? 0 - (uint64_t)unscaled : (uint64_t)unscaled;

    if (!b)
        return NULL;
    b->negative = unscaled < 0;
    b->exponent = exponent;
    for (size_t i = 19; i-- > 0; rest /= 10)
        b->digits[i] = (uint8_t)(rest % 10);
    mp__bigdec_trim(b);
    return b;
}

/* Compares magnitudes: first the place of the leading digit, then digit by digit. */
static int compare_magnitudes(const mp__bigdec *a, const mp__bigdec *b)
{
    int64_t a_top = (int64_t)a->size + a->exponent, b_top = (int64_t)b->size + b->exponent;
    size_t longest = a->size > b->size ? a->size : b->size;

    if (a->size == 0 || b->size == 0)
        return a->size ? 1 : b->size ? -1 : 0;
    if (a_top != b_top)
        return a_top < b_top ? -1 : 1;
    for (size_t i = 0; i < longest; i++) {
        int x = i < a->size ? a->digits[i] : 0, y = i < b->size ? b->digits[i] : 0;

        if (x != y)
            return x < y ? -1 : 1;
    }
    return 0;
}

int mp__bigdec_compare(const mp__bigdec *a, const mp__bigdec *b)
{
    bool a_negative = a->negative && a->size, b_negative = b->negative && b->size;

    if (a_negative != b_negative)
        return a_negative ? -1 : 1;
    return a_negative ? compare_magnitudes(b, a) : compare_magnitudes(a, b);
}

/* The digit of b at 10^place. */
static int digit_at(const mp__bigdec *b, int64_t place)
{
    int64_t from_end = place - b->exponent;

    return from_end < 0 || from_end >= (int64_t)b->size ? 0
                                                        : b->digits[b->size - 1 - (size_t)from_end];
}

static int64_t top_of(const mp__bigdec *b, int32_t least)
{
    int64_t top = (int64_t)b->size + b->exponent;

    return b->size && top > least ? top : least;
}

mp__bigdec *mp__bigdec_add(const mp_allocator *alloc, const mp__bigdec *a, const mp__bigdec *b,
                           bool subtract)
{
    int32_t least = a->exponent < b->exponent ? a->exponent : b->exponent;
    int64_t a_top = top_of(a, least), b_top = top_of(b, least);
    size_t size = (size_t)((a_top > b_top ? a_top : b_top) - least) + 1;
    bool b_negative = b->negative != subtract, opposite = a->negative != b_negative;
    bool swapped = opposite && compare_magnitudes(a, b) < 0;
    const mp__bigdec *large = swapped ? b : a, *small = swapped ? a : b;
    mp__bigdec *sum = mp__bigdec_new(alloc, size);
    int carry = 0;

    if (!sum)
        return NULL;
    sum->exponent = least;
    sum->negative = swapped ? b_negative : a->negative;
    for (size_t i = 0; i < size; i++) {
        int64_t place = (int64_t)least + (int64_t)i;
        int d = digit_at(large, place) + carry;

        d += opposite ? -digit_at(small, place) : digit_at(small, place);
        carry = d < 0 ? -1 : d / 10;
        sum->digits[size - 1 - i] = (uint8_t)(d < 0 ? d + 10 : d % 10);
    }
    mp__bigdec_trim(sum);
    if (sum->size == 0)
        sum->negative = false;
    return sum;
}

mp__bigdec *mp__bigdec_shift(const mp_allocator *alloc, const mp__bigdec *b, unsigned shift)
{
    mp__bigdec *product = mp__bigdec_new(alloc, b->size + 19); /* 2^60 has 19 digits */
    uint64_t carry = 0;

    if (!product)
        return NULL;
    product->negative = b->negative;
    product->exponent = b->exponent;
    for (size_t i = 0; i < product->size; i++) {
        uint64_t d = i < b->size ? b->digits[b->size - 1 - i] : 0;
        uint64_t sum = (d << shift) + carry; /* below 9 x 2^60 + 2^60 x 10/9 < 2^64 */

        product->digits[product->size - 1 - i] = (uint8_t)(sum % 10);
        carry = sum / 10;
    }
    mp__bigdec_trim(product);
    return product;
}

mp__bigdec *mp__bigdec_rescale(const mp_allocator *alloc, const mp__bigdec *b, int32_t exponent)
{
    int64_t top = top_of(b, exponent);
    size_t size = (size_t)(top - exponent) + 1; /* one more for the carry of rounding up */
    mp__bigdec *r = mp__bigdec_new(alloc, size);
    bool lost = false;

    if (!r)
        return NULL;
    r->negative = b->negative;
    r->exponent = exponent;
    for (size_t i = 0; i < size; i++)
        r->digits[size - 1 - i] = (uint8_t)digit_at(b, (int64_t)exponent + (int64_t)i);
    for (size_t i = 0; i < b->size && !lost; i++)
        lost = b->digits[b->size - 1 - i] != 0 && (int64_t)b->exponent + (int64_t)i < exponent;
    for (size_t i = size; lost && i-- > 0;) {
        lost = r->digits[i] == 9;
        r->digits[i] = (uint8_t)(lost ? 0 : r->digits[i] + 1);
    }
    mp__bigdec_trim(r);
    return r;
}

bool mp__bigdec_divide(mp__bigdec *b, unsigned divisor)
{
    unsigned rest = 0;

    for (size_t i = 0; i < b->size; i++)
        rest = (rest * 10 + b->digits[i]) % divisor;
    if (rest)
        return false;
    for (size_t i = 0; i < b->size; i++) {
        rest = rest * 10 + b->digits[i];
        b->digits[i] = (uint8_t)(rest / divisor);
        rest %= divisor;
    }
    mp__bigdec_trim(b);
    return true;
}

bool mp__bigdec_is_whole(const mp__bigdec *b)
{
    for (size_t i = 0; i < b->size; i++)
        if (b->digits[b->size - 1 - i] != 0)
            return (int64_t)b->exponent + (int64_t)i >= 0;
    return true;
}

bool mp__bigdec_int64(const mp__bigdec *b, int64_t *out)
{
    int64_t top = top_of(b, 0);
    uint64_t value = 0, limit = b->negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX;

    if (top > 19 || !mp__bigdec_is_whole(b))
        return false;
    for (int64_t place = top; place-- > 0;) {
        uint64_t d = (uint64_t)digit_at(b, place);

        if (value > (limit - d) / 10)
            return false;
        value = value * 10 + d;
    }
    *out = b->negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

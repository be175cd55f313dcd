/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers as text, the same in every locale.
 */
#include "object_internal.h"
#include "double_internal.h"

size_t mp__format_uint(uint64_t value, char *out)
{
    char reversed[MP__INT_TEXT_MAX];
    size_t count = 0;

    do {
        reversed[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    for (size_t i = 0; i < count; i++)
        out[i] = reversed[count - 1 - i];
    return count;
}

size_t mp__format_int(int64_t value, char *out)
{
    if (value >= 0)
        return mp__format_uint((uint64_t)value, out);
    out[0] = '-';
    return 1 + mp__format_uint(0 - (uint64_t)value, out + 1);
}

static size_t put_zeros(char *out, int count)
{
    if (count <= 0)
        return 0;
    memset(out, '0', (size_t)count);
    return (size_t)count;
}

/* 0.DIGITS x 10^exponent without an exponent: 0.00015, 1.5, 1500.0. */
static size_t put_plain(const char *digits, int count, int exponent, char *out)
{
    int whole = exponent < 0 ? 0 : exponent < count ? exponent : count;
    size_t size = (size_t)whole;

    memcpy(out, digits, size);
    size += put_zeros(out + size, exponent <= 0 ? 1 : exponent - whole);
    out[size++] = '.';
    size += put_zeros(out + size, whole == count ? 1 : -exponent);
    memcpy(out + size, digits + whole, (size_t)(count - whole));
    return size + (size_t)(count - whole);
}

/* D.IGITSe[+-]N; YAML 1.1 wants the point and the sign always. */
static size_t put_scientific(const char *digits, int count, int exponent, bool yaml, char *out)
{
    size_t size = 0;

    exponent--;
    out[size++] = digits[0];
    if (count > 1 || yaml)
        out[size++] = '.';
    if (count > 1) {
        memcpy(out + size, digits + 1, (size_t)count - 1);
        size += (size_t)count - 1;
    } else if (yaml) {
        out[size++] = '0';
    }
    out[size++] = 'e';
    if (exponent < 0 || yaml)
        out[size++] = exponent < 0 ? '-' : '+';
    return size + mp__format_uint((uint64_t)(exponent < 0 ? -exponent : exponent), out + size);
}

size_t mp__format_double(double value, bool yaml, char *out)
{
    char text[18];
    size_t size = 0;
    int exponent, count;
    bool negative = mp__double_bits(value) >> 63 != 0;

    if (negative)
        out[size++] = '-';
    count = mp__double_digits(negative ? -value : value, text, &exponent);
    if (exponent > -6 && exponent <= 21)
        return size + put_plain(text, count, exponent, out + size);
    return size + put_scientific(text, count, exponent, yaml, out + size);
}

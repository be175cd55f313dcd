/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UTF-8 as RFC 3629 has it: shortest form only, no surrogates, nothing beyond U+10FFFF.
 */
#include "base_internal.h"

/* True for a byte of the form 10xxxxxx. */
static bool is_tail(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

bool mp__utf8_next(const char *data, size_t size, size_t *pos, uint32_t *code_point)
{
    const unsigned char *s = (const unsigned char *)data + *pos;
    size_t left = size - *pos;
    uint32_t c;

    if (left == 0)
        return false;
    if (s[0] < 0x80) {
        *code_point = s[0];
        *pos += 1;
        return true;
    }
    if (s[0] >= 0xC2 && s[0] <= 0xDF && left >= 2 && is_tail(s[1])) {
        *code_point = (uint32_t)(s[0] & 0x1F) << 6 | (uint32_t)(s[1] & 0x3F);
        *pos += 2;
        return true;
    }
    if ((s[0] & 0xF0) == 0xE0 && left >= 3 && is_tail(s[1]) && is_tail(s[2])) {
        c = (uint32_t)(s[0] & 0x0F) << 12 | (uint32_t)(s[1] & 0x3F) << 6 | (uint32_t)(s[2] & 0x3F);
        if (c < 0x800 || (c >= 0xD800 && c <= 0xDFFF))
            return false;
        *code_point = c;
        *pos += 3;
        return true;
    }
    if ((s[0] & 0xF8) == 0xF0 && left >= 4 && is_tail(s[1]) && is_tail(s[2]) && is_tail(s[3])) {
        c = (uint32_t)(s[0] & 0x07) << 18 | (uint32_t)(s[1] & 0x3F) << 12 |
            (uint32_t)(s[2] & 0x3F) << 6 | (uint32_t)(s[3] & 0x3F);
        if (c < 0x10000 || c > 0x10FFFF)
            return false;
        *code_point = c;
        *pos += 4;
        return true;
    }
    return false;
}

bool mp__utf8_valid(const char *data, size_t size)
{
    size_t pos = 0;
    uint32_t c;

    while (pos < size) {
        uint64_t eight;

        while (size - pos >= 8) { /* runs of ASCII, eight at a time */
            memcpy(&eight, data + pos, 8);
            if ((eight & UINT64_C(0x8080808080808080)) != 0)
                break;
            pos += 8;
        }
        if (pos < size && !mp__utf8_next(data, size, &pos, &c))
            return false;
    }
    return true;
}

size_t mp__utf8_count(const char *data, size_t size)
{
    size_t count = 0;

    for (size_t i = 0; i < size; i++)
        count += !is_tail((unsigned char)data[i]);
    return count;
}

size_t mp__utf8_encode(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

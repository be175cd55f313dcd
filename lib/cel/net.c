/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IP addresses and prefixes.
 */
#include "net_internal.h"
#include <stdio.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int hex_digit(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Four decimal numbers up to 255 without leading zeros, joined by dots. */
static bool parse_ipv4(mp__str s, uint8_t out[4])
{
    size_t at = 0;

    for (int i = 0; i < 4; i++) {
        size_t start = at;
        unsigned value = 0;

        while (at < s.size && is_digit(s.data[at]) && at - start < 4)
            value = value * 10 + (unsigned)(s.data[at++] - '0');
        if (at == start || at - start > 3 || value > 255 ||
            (s.data[start] == '0' && at - start > 1))
            return false;
        out[i] = (uint8_t)value;
        if (i < 3 && (at == s.size || s.data[at++] != '.'))
            return false;
    }
    return at == s.size;
}

/* One group of up to four hexadecimal digits. */
static bool parse_group(mp__str s, size_t *at, uint16_t *out)
{
    size_t start = *at;
    unsigned value = 0;

    while (*at < s.size && *at - start < 5 && hex_digit(s.data[*at]) >= 0)
        value = value << 4 | (unsigned)hex_digit(s.data[(*at)++]);
    *out = (uint16_t)value;
    return *at > start && *at - start <= 4;
}

/* Groups joined by colons; "::" stands once for one or more zero groups; the last two groups may be
 * written as an IPv4 address. */
static bool parse_ipv6(mp__str s, uint8_t out[16])
{
    size_t at = 0, filled = 0, gap = SIZE_MAX;

    memset(out, 0, 16);
    if (s.size >= 2 && s.data[0] == ':' && s.data[1] == ':') {
        gap = 0;
        at = 2;
    }
    while (at < s.size && filled < 16) {
        size_t start = at;
        uint16_t group;

        if (!parse_group(s, &at, &group)) {
            return false;
        }
        if (at < s.size && s.data[at] == '.') {
            mp__str tail = { s.data + start, s.size - start };

            if (filled > 12 || (gap == SIZE_MAX && filled != 12) || !parse_ipv4(tail, out + filled))
                return false;
            filled += 4;
            at = s.size;
            break;
        }
        out[filled++] = (uint8_t)(group >> 8);
        out[filled++] = (uint8_t)group;
        if (at == s.size)
            break;
        if (s.data[at] != ':' || ++at == s.size)
            return false;
        if (s.data[at] == ':') {
            if (gap != SIZE_MAX)
                return false;
            gap = filled;
            at++;
        }
    }
    if (at < s.size)
        return false;
    if (gap == SIZE_MAX)
        return filled == 16;
    if (filled == 16)
        return false;
    memmove(out + 16 - (filled - gap), out + gap, filled - gap);
    memset(out + gap, 0, 16 - filled);
    return true;
}

static bool is_mapped(const uint8_t bytes[16])
{
    static const uint8_t prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF };

    return memcmp(bytes, prefix, sizeof prefix) == 0;
}

bool mp__ip_parse(mp__str text, mp__ip *out)
{
    memset(out, 0, sizeof *out);
    if (memchr(text.data, ':', text.size)) {
        out->family = 6;
        return parse_ipv6(text, out->bytes) && !is_mapped(out->bytes);
    }
    out->family = 4;
    return parse_ipv4(text, out->bytes);
}

bool mp__ip6_parse(mp__str text, mp__ip *out)
{
    memset(out, 0, sizeof *out);
    out->family = 6;
    return parse_ipv6(text, out->bytes);
}

bool mp__cidr_parse(mp__str text, mp__cidr *out)
{
    size_t slash = text.size, bits = 0;
    mp__str digits;

    while (slash > 0 && text.data[slash - 1] != '/')
        slash--;
    if (slash == 0 || !mp__ip_parse((mp__str){ text.data, slash - 1 }, &out->ip))
        return false;
    digits = (mp__str){ text.data + slash, text.size - slash };
    if (digits.size == 0 || digits.size > 3 || (digits.size > 1 && digits.data[0] == '0'))
        return false;
    for (size_t i = 0; i < digits.size; i++) {
        if (!is_digit(digits.data[i]))
            return false;
        bits = bits * 10 + (size_t)(digits.data[i] - '0');
    }
    out->bits = (uint8_t)bits;
    return bits <= (out->ip.family == 4 ? 32 : 128);
}

bool mp__ip_equal(const mp__ip *a, const mp__ip *b)
{
    return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

bool mp__cidr_equal(const mp__cidr *a, const mp__cidr *b)
{
    return a->bits == b->bits && mp__ip_equal(&a->ip, &b->ip);
}

/* ---- text ---- */

/* The longest run of two or more zero groups, the first of equal ones. */
static void longest_zeros(const uint8_t bytes[16], int *start, int *length)
{
    *start = -1;
    *length = 1;
    for (int i = 0; i < 8; i++) {
        int n = 0;

        while (i + n < 8 && bytes[2 * (i + n)] == 0 && bytes[2 * (i + n) + 1] == 0)
            n++;
        if (n > *length) {
            *start = i;
            *length = n;
        }
    }
}

size_t mp__ip_text(const mp__ip *ip, char out[MP__IP_TEXT_MAX])
{
    const uint8_t *b = ip->bytes;
    int start, length, size = 0;

    if (ip->family == 4)
        return (size_t)snprintf(out, MP__IP_TEXT_MAX, "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
    longest_zeros(b, &start, &length);
    for (int i = 0; i < 8; i++) {
        if (i == start) {
            out[size++] = ':';
            out[size++] = ':';
            i += length - 1;
            continue;
        }
        if (i > 0 && (start < 0 || i != start + length))
            out[size++] = ':';
        size += snprintf(out + size, (size_t)(MP__IP_TEXT_MAX - size), "%x",
                         (unsigned)b[2 * i] << 8 | b[2 * i + 1]);
    }
    out[size] = '\0';
    return (size_t)size;
}

size_t mp__cidr_text(const mp__cidr *cidr, char out[MP__IP_TEXT_MAX])
{
    size_t size = mp__ip_text(&cidr->ip, out);

    return size + (size_t)snprintf(out + size, MP__IP_TEXT_MAX - size, "/%u", cidr->bits);
}

/* ---- what an address is ---- */

bool mp__ip_is_unspecified(const mp__ip *ip)
{
    static const uint8_t zero[16];

    return memcmp(ip->bytes, zero, ip->family == 4 ? 4 : 16) == 0;
}

bool mp__ip_is_loopback(const mp__ip *ip)
{
    static const uint8_t one[16] = { [15] = 1 };

    return ip->family == 4 ? ip->bytes[0] == 127 : memcmp(ip->bytes, one, 16) == 0;
}

bool mp__ip_is_link_local_multicast(const mp__ip *ip)
{
    const uint8_t *b = ip->bytes;

    if (ip->family == 4)
        return b[0] == 224 && b[1] == 0 && b[2] == 0;
    return b[0] == 0xFF && (b[1] & 0x0F) == 0x02;
}

bool mp__ip_is_link_local_unicast(const mp__ip *ip)
{
    const uint8_t *b = ip->bytes;

    if (ip->family == 4)
        return b[0] == 169 && b[1] == 254;
    return b[0] == 0xFE && (b[1] & 0xC0) == 0x80;
}

static bool is_multicast(const mp__ip *ip)
{
    return ip->family == 4 ? (ip->bytes[0] & 0xF0) == 0xE0 : ip->bytes[0] == 0xFF;
}

static bool is_broadcast(const mp__ip *ip)
{
    return ip->family == 4 && ip->bytes[0] == 255 && ip->bytes[1] == 255 && ip->bytes[2] == 255 &&
           ip->bytes[3] == 255;
}

/* Any address for one host, private ones included. */
bool mp__ip_is_global_unicast(const mp__ip *ip)
{
    return !mp__ip_is_unspecified(ip) && !mp__ip_is_loopback(ip) && !is_multicast(ip) &&
           !is_broadcast(ip) && !mp__ip_is_link_local_unicast(ip);
}

/* ---- prefixes ---- */

mp__cidr mp__cidr_masked(const mp__cidr *cidr)
{
    mp__cidr masked = *cidr;

    for (unsigned i = 0; i < 16; i++) {
        unsigned bits = masked.bits > 8 * i ? masked.bits - 8 * i : 0;

        if (bits < 8)
            masked.ip.bytes[i] = (uint8_t)(masked.ip.bytes[i] & ~(0xFFu >> bits));
    }
    return masked;
}

bool mp__cidr_contains_ip(const mp__cidr *cidr, const mp__ip *ip)
{
    mp__cidr a = mp__cidr_masked(cidr), b = { *ip, cidr->bits };

    b = mp__cidr_masked(&b);
    return mp__ip_equal(&a.ip, &b.ip);
}

bool mp__cidr_contains_cidr(const mp__cidr *outer, const mp__cidr *inner)
{
    return outer->bits <= inner->bits && mp__cidr_contains_ip(outer, &inner->ip);
}

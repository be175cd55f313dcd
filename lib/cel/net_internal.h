/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IP addresses and prefixes, read as strictly as Kubernetes does: no zones, no leading zeros, no
 * IPv4-mapped IPv6 addresses.
 */
#ifndef MP_NET_INTERNAL_H
#define MP_NET_INTERNAL_H

#include "base_internal.h"

typedef struct mp__ip {
    uint8_t family;    /* 4 or 6 */
    uint8_t bytes[16]; /* the first 4 of an IPv4 address */
} mp__ip;

/* An address and how many of its first bits count; later bits need not be zero. */
typedef struct mp__cidr {
    mp__ip ip;
    uint8_t bits;
} mp__cidr;

bool mp__ip_parse(mp__str text, mp__ip *out);
/* Any address of version 6, those that stand for one of version 4 too. */
bool mp__ip6_parse(mp__str text, mp__ip *out);
bool mp__cidr_parse(mp__str text, mp__cidr *out);
bool mp__ip_equal(const mp__ip *a, const mp__ip *b);
bool mp__cidr_equal(const mp__cidr *a, const mp__cidr *b);
/* Canonical text (RFC 5952), NUL-terminated; returns its size. */
#define MP__IP_TEXT_MAX 48
size_t mp__ip_text(const mp__ip *ip, char out[MP__IP_TEXT_MAX]);
size_t mp__cidr_text(const mp__cidr *cidr, char out[MP__IP_TEXT_MAX]);

bool mp__ip_is_unspecified(const mp__ip *ip);
bool mp__ip_is_loopback(const mp__ip *ip);
bool mp__ip_is_link_local_multicast(const mp__ip *ip);
bool mp__ip_is_link_local_unicast(const mp__ip *ip);
bool mp__ip_is_global_unicast(const mp__ip *ip);

mp__cidr mp__cidr_masked(const mp__cidr *cidr);
bool mp__cidr_contains_ip(const mp__cidr *cidr, const mp__ip *ip);
bool mp__cidr_contains_cidr(const mp__cidr *outer, const mp__cidr *inner);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IP addresses and prefixes: what is read, canonical text, kinds, containment.  Expected values are
 * those of Go's net/netip, with the forms that Kubernetes refuses on top: zones and IPv4-mapped
 * addresses.
 */
#include "mp_test.h"
#include "net_internal.h"
#include <stdio.h>
#include <stdlib.h>

static mp__str str(const char *text)
{
    return (mp__str){ text, strlen(text) };
}

static mp__ip ip(const char *text)
{
    mp__ip out;

    ck_assert_msg(mp__ip_parse(str(text), &out), "%s", text);
    return out;
}

static mp__cidr cidr(const char *text)
{
    mp__cidr out;

    ck_assert_msg(mp__cidr_parse(str(text), &out), "%s", text);
    return out;
}

/* ---- addresses ---- */

enum { UNSPECIFIED = 1, LOOPBACK = 2, LINK_MULTICAST = 4, LINK_UNICAST = 8, GLOBAL_UNICAST = 16 };

static const struct {
    const char *text;
    const char *canonical; /* NULL where it is refused */
    unsigned kinds;
} ip_cases[] = {
    { "0.0.0.0", "0.0.0.0", UNSPECIFIED },
    { "127.0.0.1", "127.0.0.1", LOOPBACK },
    { "127.255.255.254", "127.255.255.254", LOOPBACK },
    { "10.0.0.1", "10.0.0.1", GLOBAL_UNICAST },
    { "192.168.0.1", "192.168.0.1", GLOBAL_UNICAST },
    { "128.0.0.0", "128.0.0.0", GLOBAL_UNICAST },
    { "169.254.7.9", "169.254.7.9", LINK_UNICAST },
    { "169.253.7.9", "169.253.7.9", GLOBAL_UNICAST },
    { "224.0.0.251", "224.0.0.251", LINK_MULTICAST },
    { "224.0.1.1", "224.0.1.1", 0 },
    { "239.255.255.255", "239.255.255.255", 0 },
    { "240.0.0.1", "240.0.0.1", GLOBAL_UNICAST },
    { "255.255.255.255", "255.255.255.255", 0 },
    { "255.255.255.254", "255.255.255.254", GLOBAL_UNICAST },
    { "::", "::", UNSPECIFIED },
    { "::1", "::1", LOOPBACK },
    { "::2", "::2", GLOBAL_UNICAST },
    { "2001:db8::68", "2001:db8::68", GLOBAL_UNICAST },
    { "2001:DB8::68", "2001:db8::68", GLOBAL_UNICAST },
    { "2001:0db8:0000:0000:0000:0000:0000:0068", "2001:db8::68", GLOBAL_UNICAST },
    { "fd00::1", "fd00::1", GLOBAL_UNICAST },
    { "fe80::1", "fe80::1", LINK_UNICAST },
    { "febf::1", "febf::1", LINK_UNICAST },
    { "fec0::1", "fec0::1", GLOBAL_UNICAST },
    { "ff02::1", "ff02::1", LINK_MULTICAST },
    { "ff12::1", "ff12::1", LINK_MULTICAST },
    { "ff01::1", "ff01::1", 0 },
    { "ff05::2", "ff05::2", 0 },
    /* The longest run of zeros is cut, the first of equal ones, never a single group. */
    { "1:0:0:2:0:0:0:3", "1:0:0:2::3", GLOBAL_UNICAST },
    { "1:0:0:2:0:0:3:4", "1::2:0:0:3:4", GLOBAL_UNICAST },
    { "1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7", GLOBAL_UNICAST },
    { "1::3:4:5:6:7:8", "1:0:3:4:5:6:7:8", GLOBAL_UNICAST },
    { "1:2:3:4:5:6:0:0", "1:2:3:4:5:6::", GLOBAL_UNICAST },
    { "0:0:3:4:5:6:7:8", "::3:4:5:6:7:8", GLOBAL_UNICAST },
    { "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 0 },
    /* The last two groups as an IPv4 address. */
    { "64:ff9b::192.0.2.33", "64:ff9b::c000:221", GLOBAL_UNICAST },
    { "::1.2.3.4", "::102:304", GLOBAL_UNICAST },
    { "1:2:3:4:5:6:7.8.9.10", "1:2:3:4:5:6:708:90a", GLOBAL_UNICAST },
    { "::fffe:1.2.3.4", "::fffe:102:304", GLOBAL_UNICAST },
    /* Refused. */
    { "", NULL, 0 },
    { "1.2.3", NULL, 0 },
    { "1.2.3.4.5", NULL, 0 },
    { "1.2.3.", NULL, 0 },
    { ".1.2.3", NULL, 0 },
    { "1..2.3", NULL, 0 },
    { "1.2.3.256", NULL, 0 },
    { "1.2.3.04", NULL, 0 },
    { "1.2.3.00", NULL, 0 },
    { "1.2.3.1000", NULL, 0 },
    { "1.2.3.4 ", NULL, 0 },
    { " 1.2.3.4", NULL, 0 },
    { "1.2.3.+4", NULL, 0 },
    { "0x7f.0.0.1", NULL, 0 },
    { "2130706433", NULL, 0 },
    { "1.2.3.4/24", NULL, 0 },
    { "1.2.3.4:80", NULL, 0 },
    { "[::1]", NULL, 0 },
    { ":", NULL, 0 },
    { ":::", NULL, 0 },
    { "1:", NULL, 0 },
    { ":1", NULL, 0 },
    { "1::2::3", NULL, 0 },
    { "2001:db8:::68", NULL, 0 },
    { "1:2:3:4:5:6:7", NULL, 0 },
    { "1:2:3:4:5:6:7:8:9", NULL, 0 },
    { "1:2:3:4:5:6:7:8:", NULL, 0 },
    { "1:2:3:4:5:6:7:8::", NULL, 0 },
    { "1:2:3:4::5:6:7:8", NULL, 0 },
    { "::12345", NULL, 0 },
    { "::g", NULL, 0 },
    { "::1.2.3", NULL, 0 },
    { "::1.2.3.4:5", NULL, 0 },
    { "::01.2.3.4", NULL, 0 },
    { "1:2:3:4:5:6:7:1.2.3.4", NULL, 0 },
    { "1.2.3.4::", NULL, 0 },
    { "fe80::1%eth0", NULL, 0 },
    { "fe80::1%", NULL, 0 },
    { "::ffff:192.168.0.1", NULL, 0 },
    { "::ffff:c0a8:1", NULL, 0 },
};

static unsigned kinds_of(const mp__ip *a)
{
    return (mp__ip_is_unspecified(a) ? UNSPECIFIED : 0u) | (mp__ip_is_loopback(a) ? LOOPBACK : 0u) |
           (mp__ip_is_link_local_multicast(a) ? LINK_MULTICAST : 0u) |
           (mp__ip_is_link_local_unicast(a) ? LINK_UNICAST : 0u) |
           (mp__ip_is_global_unicast(a) ? GLOBAL_UNICAST : 0u);
}

START_TEST(addresses)
{
    const char *text = ip_cases[_i].text, *want = ip_cases[_i].canonical;
    char out[MP__IP_TEXT_MAX];
    mp__ip a, back;

    ck_assert_msg(mp__ip_parse(str(text), &a) == (want != NULL), "%s", text);
    if (!want)
        return;
    ck_assert_uint_eq(mp__ip_text(&a, out), strlen(out));
    ck_assert_msg(strcmp(out, want) == 0, "%s is %s", text, out);
    ck_assert_int_eq(a.family, strchr(text, ':') ? 6 : 4);
    ck_assert_msg(kinds_of(&a) == ip_cases[_i].kinds, "%s has kinds %x", text, kinds_of(&a));
    back = ip(out);
    ck_assert(mp__ip_equal(&a, &back));
}
END_TEST

START_TEST(text_ends_where_its_size_says)
{
    mp__ip a, b = ip("1.2.3.4");

    ck_assert(mp__ip_parse((mp__str){ "1.2.3.45", 7 }, &a) && mp__ip_equal(&a, &b));
    ck_assert(!mp__ip_parse((mp__str){ "1.2.3.4\0", 8 }, &a));
    ck_assert(!mp__ip_parse((mp__str){ "", 0 }, &a));
}
END_TEST

START_TEST(families_differ)
{
    mp__ip four = ip("0.0.0.0"), six = ip("::");

    ck_assert(!mp__ip_equal(&four, &six));
}
END_TEST

/* Any address is read back from its text, and no shorter text of groups exists in another form. */
START_TEST(every_text_reads_back)
{
    mp_test_random r = { 5 };

    for (size_t i = 0; i < mp_test_scaled(50000); i++) {
        uint64_t zeros = mp_test_random_next(&r) & mp_test_random_next(&r);
        char text[MP__IP_TEXT_MAX];
        mp__ip a = { 6, { 0 } }, b;

        for (size_t k = 0; k < 16; k++)
            if (!(zeros >> k / 2 * 3 & 1))
                a.bytes[k] = (uint8_t)(mp_test_random_next(&r) >> (zeros >> k & 7));
        mp__ip_text(&a, text);
        ck_assert_msg(mp__ip_parse(str(text), &b) && mp__ip_equal(&a, &b), "%s", text);
        ck_assert_msg(!strstr(text, ":0:0:") || strstr(text, "::"), "%s", text);
    }
}
END_TEST

/* ---- prefixes ---- */

static const struct {
    const char *text;
    const char *canonical, *masked; /* NULL where it is refused */
} cidr_cases[] = {
    { "192.168.0.0/24", "192.168.0.0/24", "192.168.0.0/24" },
    { "192.168.0.77/24", "192.168.0.77/24", "192.168.0.0/24" },
    { "10.255.255.255/9", "10.255.255.255/9", "10.128.0.0/9" },
    { "1.2.3.4/0", "1.2.3.4/0", "0.0.0.0/0" },
    { "1.2.3.4/32", "1.2.3.4/32", "1.2.3.4/32" },
    { "2001:DB8::1/32", "2001:db8::1/32", "2001:db8::/32" },
    { "ffff::ffff/127", "ffff::ffff/127", "ffff::fffe/127" },
    { "ffff::1/0", "ffff::1/0", "::/0" },
    { "::1/128", "::1/128", "::1/128" },
    { "1:2:3:4:5:6:7:8/70", "1:2:3:4:5:6:7:8/70", "1:2:3:4::/70" },
    { "192.168.0.0/", NULL, NULL },
    { "192.168.0.0", NULL, NULL },
    { "/24", NULL, NULL },
    { "192.168.0.0/33", NULL, NULL },
    { "192.168.0.0/024", NULL, NULL },
    { "192.168.0.0/00", NULL, NULL },
    { "192.168.0.0/+8", NULL, NULL },
    { "192.168.0.0/-1", NULL, NULL },
    { "192.168.0.0/8 ", NULL, NULL },
    { "192.168.0.0/8/8", NULL, NULL },
    { "192.168.0/24", NULL, NULL },
    { "::/129", NULL, NULL },
    { "::/1000", NULL, NULL },
    { "::/18446744073709551617", NULL, NULL },
    { "fe80::1%eth0/64", NULL, NULL },
    { "::ffff:192.168.0.1/120", NULL, NULL },
};

START_TEST(prefixes)
{
    const char *text = cidr_cases[_i].text, *want = cidr_cases[_i].canonical;
    char out[MP__IP_TEXT_MAX];
    mp__cidr c, masked;

    ck_assert_msg(mp__cidr_parse(str(text), &c) == (want != NULL), "%s", text);
    if (!want)
        return;
    ck_assert_uint_eq(mp__cidr_text(&c, out), strlen(out));
    ck_assert_msg(strcmp(out, want) == 0, "%s is %s", text, out);
    masked = mp__cidr_masked(&c);
    mp__cidr_text(&masked, out);
    ck_assert_msg(strcmp(out, cidr_cases[_i].masked) == 0, "%s masked is %s", text, out);
    ck_assert(mp__cidr_contains_ip(&c, &c.ip) && mp__cidr_contains_cidr(&masked, &c));
    ck_assert(mp__cidr_equal(&c, &masked) == (strcmp(want, cidr_cases[_i].masked) == 0));
}
END_TEST

static const struct {
    const char *outer, *inner;
    bool contains;
} contain_cases[] = {
    { "192.168.0.0/24", "192.168.0.0", true },
    { "192.168.0.0/24", "192.168.0.255", true },
    { "192.168.0.0/24", "192.168.1.0", false },
    { "192.168.0.77/24", "192.168.0.1", true },
    { "0.0.0.0/0", "255.255.255.255", true },
    { "0.0.0.0/0", "::", false },
    { "::/0", "0.0.0.0", false },
    { "10.0.0.0/31", "10.0.0.1", true },
    { "10.0.0.0/31", "10.0.0.2", false },
    { "2001:db8::/32", "2001:db8:ffff::1", true },
    { "2001:db8::/32", "2001:db9::1", false },
    { "2001:db8::/33", "2001:db8:8000::", false },
    { "192.168.0.0/24", "192.168.0.0/24", true },
    { "192.168.0.0/24", "192.168.0.128/25", true },
    { "192.168.0.0/24", "192.168.0.0/23", false },
    { "192.168.0.0/24", "192.168.1.0/25", false },
    { "192.168.0.9/24", "192.168.0.7/24", true },
    { "0.0.0.0/0", "::/0", false },
    { "2001:db8::/32", "2001:db8:1::/48", true },
    { "2001:db8::/48", "2001:db8::/32", false },
};

START_TEST(contains)
{
    const char *inner = contain_cases[_i].inner;
    mp__cidr outer = cidr(contain_cases[_i].outer);
    bool got;

    if (strchr(inner, '/')) {
        mp__cidr c = cidr(inner);

        got = mp__cidr_contains_cidr(&outer, &c);
    } else {
        mp__ip a = ip(inner);

        got = mp__cidr_contains_ip(&outer, &a);
    }
    ck_assert_msg(got == contain_cases[_i].contains, "%s in %s", inner, contain_cases[_i].outer);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("net_rules");
    TCase *tc = tcase_create("rules");

    tcase_add_loop_test(tc, addresses, 0, MP__COUNT(ip_cases));
    tcase_add_test(tc, text_ends_where_its_size_says);
    tcase_add_test(tc, families_differ);
    tcase_add_test(tc, every_text_reads_back);
    tcase_add_loop_test(tc, prefixes, 0, MP__COUNT(cidr_cases));
    tcase_add_loop_test(tc, contains, 0, MP__COUNT(contain_cases));
    suite_add_tcase(s, tc);
    return mp_test_main(s);
}

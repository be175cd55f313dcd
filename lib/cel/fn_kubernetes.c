/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions of Kubernetes: quantities, versions, addresses and prefixes.
 */
#include "functions_internal.h"
#include "net_internal.h"

#define FN(name) mp__value mp__fn_##name(mp__machine *m, const mp__value *args)

static mp__value fail(const char *text)
{
    return mp__error(MP__FAIL_TEXT, mp__str_make(text, MP_NTS));
}

/* ---- quantities ---- */

/* Parses into the machine's arena, so nothing has to be freed. */
static mp_status parse_quantity(mp__machine *m, const mp__value *text, mp_quantity *q)
{
    mp_allocator arena = mp__arena_allocator(&m->arena);

    return mp_quantity_parse(&arena, text->as.text, text->size, q, NULL);
}

FN(quantity)
{
    mp_quantity q;
    mp_status st = parse_quantity(m, &args[0], &q);

    if (st == MP_ENOMEM)
        return mp__no_memory(m);
    return st == MP_OK ? mp__make_quantity(m, &q, false) : fail("the string is no quantity");
}

FN(is_quantity)
{
    mp_quantity q;
    mp_status st = parse_quantity(m, &args[0], &q);

    return st == MP_ENOMEM ? mp__no_memory(m) : mp__bool(st == MP_OK);
}

FN(quantity_compare)
{
    (void)m;
    return mp__int(mp_quantity_compare(args[0].as.quantity, args[1].as.quantity));
}

FN(quantity_greater)
{
    (void)m;
    return mp__bool(mp_quantity_compare(args[0].as.quantity, args[1].as.quantity) > 0);
}

FN(quantity_less)
{
    (void)m;
    return mp__bool(mp_quantity_compare(args[0].as.quantity, args[1].as.quantity) < 0);
}

/*
 * Kubernetes subtracts by adding the negated int64, and the least int64 is its own negation: as
 * long as that sum does not overflow, it is the result.
 */
static bool negates_to_itself(const mp_quantity *a, const mp_quantity *b)
{
    return !a->big && !b->big && b->unscaled == INT64_MIN;
}

static mp__value combine(mp__machine *m, const mp__value *args, bool subtract)
{
    mp_allocator arena = mp__arena_allocator(&m->arena);
    mp_quantity sum = MP_QUANTITY_INIT, number = MP_QUANTITY_INIT;
    const mp_quantity *other = args[1].as.quantity;
    mp_status st;

    if (args[1].kind == MP__INT) {
        number.unscaled = args[1].as.integer;
        other = &number;
    }
    if (subtract && negates_to_itself(args[0].as.quantity, other)) {
        st = mp_quantity_add(&arena, args[0].as.quantity, other, &sum, NULL);
        if (st != MP_OK)
            return mp__no_memory(m);
        if (!sum.big)
            return mp__make_quantity(m, &sum, true);
    }
    st = subtract ? mp_quantity_sub(&arena, args[0].as.quantity, other, &sum, NULL)
                  : mp_quantity_add(&arena, args[0].as.quantity, other, &sum, NULL);
    return st == MP_OK ? mp__make_quantity(m, &sum, true) : mp__no_memory(m);
}

FN(quantity_add)
{
    return combine(m, args, false);
}

FN(quantity_sub)
{
    return combine(m, args, true);
}

FN(is_integer)
{
    (void)m;
    return mp__bool(mp_quantity_is_integer(args[0].as.quantity));
}

FN(as_integer)
{
    int64_t value;

    (void)m;
    return mp_quantity_as_integer(args[0].as.quantity, &value)
               ? mp__int(value)
               : fail("cannot convert value to integer");
}

FN(as_float)
{
    (void)m;
    return mp__double(mp_quantity_as_double(args[0].as.quantity));
}

FN(quantity_sign)
{
    (void)m;
    return mp__int(mp_quantity_sign(args[0].as.quantity));
}

/* ---- versions ---- */

static mp_status parse_version(mp__machine *m, const mp__value *args, mp_semver *version)
{
    bool normalize = m->calling->arg_count == 2 && args[1].as.boolean;

    return mp_semver_parse(args[0].as.text, args[0].size, normalize ? MP_SEMVER_NORMALIZE : 0,
                           version, NULL);
}

FN(semver)
{
    mp_semver *version = MP__NEW(&m->arena, mp_semver);
    mp__value v = { 0 };

    if (!version)
        return mp__no_memory(m);
    if (parse_version(m, args, version) != MP_OK)
        return fail("the string is no semantic version");
    v.kind = MP__SEMVER;
    v.as.semver = version;
    return v;
}

FN(is_semver)
{
    mp_semver version;

    return mp__bool(parse_version(m, args, &version) == MP_OK);
}

FN(semver_compare)
{
    (void)m;
    return mp__int(mp_semver_compare(args[0].as.semver, args[1].as.semver));
}

FN(semver_greater)
{
    (void)m;
    return mp__bool(mp_semver_compare(args[0].as.semver, args[1].as.semver) > 0);
}

FN(semver_less)
{
    (void)m;
    return mp__bool(mp_semver_compare(args[0].as.semver, args[1].as.semver) < 0);
}

/* The parts are uint64 and are given as int64, wrapped around. */
static mp__value wrapped(uint64_t u)
{
    mp__value v = mp__int(0);

    v.as.unsigned_integer = u;
    return v;
}

FN(major)
{
    (void)m;
    return wrapped(args[0].as.semver->major);
}

FN(minor)
{
    (void)m;
    return wrapped(args[0].as.semver->minor);
}

FN(patch)
{
    (void)m;
    return wrapped(args[0].as.semver->patch);
}

/* ---- addresses ---- */

static mp__value make_ip(mp__machine *m, const mp__ip *ip)
{
    mp__ip *copy = MP__NEW(&m->arena, mp__ip);
    mp__value v = { 0 };

    if (!copy)
        return mp__no_memory(m);
    *copy = *ip;
    v.kind = MP__IP;
    v.as.ip = copy;
    return v;
}

FN(ip)
{
    mp__ip ip;

    return mp__ip_parse(mp__text_of(&args[0]), &ip) ? make_ip(m, &ip)
                                                    : fail("the string is no IP address");
}

FN(is_ip)
{
    mp__ip ip;

    (void)m;
    return mp__bool(mp__ip_parse(mp__text_of(&args[0]), &ip));
}

FN(ip_canonical)
{
    char text[MP__IP_TEXT_MAX];
    mp__ip ip;
    size_t size;

    (void)m;
    if (!mp__ip_parse(mp__text_of(&args[0]), &ip))
        return fail("the string is no IP address");
    size = mp__ip_text(&ip, text);
    return mp__bool(mp__str_equal(mp__text_of(&args[0]), (mp__str){ text, size }));
}

FN(ip_family)
{
    (void)m;
    return mp__int(args[0].as.ip->family);
}

FN(ip_unspecified)
{
    (void)m;
    return mp__bool(mp__ip_is_unspecified(args[0].as.ip));
}

FN(ip_loopback)
{
    (void)m;
    return mp__bool(mp__ip_is_loopback(args[0].as.ip));
}

FN(ip_ll_multicast)
{
    (void)m;
    return mp__bool(mp__ip_is_link_local_multicast(args[0].as.ip));
}

FN(ip_ll_unicast)
{
    (void)m;
    return mp__bool(mp__ip_is_link_local_unicast(args[0].as.ip));
}

FN(ip_global)
{
    (void)m;
    return mp__bool(mp__ip_is_global_unicast(args[0].as.ip));
}

/* ---- prefixes ---- */

static mp__value make_cidr(mp__machine *m, const mp__cidr *cidr)
{
    mp__cidr *copy = MP__NEW(&m->arena, mp__cidr);
    mp__value v = { 0 };

    if (!copy)
        return mp__no_memory(m);
    *copy = *cidr;
    v.kind = MP__CIDR;
    v.as.cidr = copy;
    return v;
}

FN(cidr)
{
    mp__cidr cidr;

    return mp__cidr_parse(mp__text_of(&args[0]), &cidr) ? make_cidr(m, &cidr)
                                                        : fail("the string is no CIDR prefix");
}

FN(is_cidr)
{
    mp__cidr cidr;

    (void)m;
    return mp__bool(mp__cidr_parse(mp__text_of(&args[0]), &cidr));
}

FN(cidr_ip)
{
    return make_ip(m, &args[0].as.cidr->ip);
}

FN(cidr_masked)
{
    mp__cidr masked = mp__cidr_masked(args[0].as.cidr);

    return make_cidr(m, &masked);
}

FN(cidr_length)
{
    (void)m;
    return mp__int(args[0].as.cidr->bits);
}

FN(contains_ip)
{
    mp__ip ip;

    (void)m;
    if (args[1].kind == MP__IP)
        return mp__bool(mp__cidr_contains_ip(args[0].as.cidr, args[1].as.ip));
    if (!mp__ip_parse(mp__text_of(&args[1]), &ip))
        return fail("the string is no IP address");
    return mp__bool(mp__cidr_contains_ip(args[0].as.cidr, &ip));
}

FN(contains_cidr)
{
    mp__cidr cidr;

    (void)m;
    if (args[1].kind == MP__CIDR)
        return mp__bool(mp__cidr_contains_cidr(args[0].as.cidr, args[1].as.cidr));
    if (!mp__cidr_parse(mp__text_of(&args[1]), &cidr))
        return fail("the string is no CIDR prefix");
    return mp__bool(mp__cidr_contains_cidr(args[0].as.cidr, &cidr));
}

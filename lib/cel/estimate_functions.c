/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a call is estimated at, by function: the formulas of Kubernetes and of cel-go's extension
 * libraries over ranges of sizes.  A function that is not in the table costs 1.
 *
 * The estimate decides what may be stored in a cluster, so its oddities are kept: join is charged
 * for half of what it costs, a map counts as a list of its keys.
 */
#include "estimate_internal.h"

#define TENTH 0.1   /* of a character */
#define QUARTER .25 /* of a character of a regular expression */

static mp__call_estimate only(mp__range cost)
{
    return (mp__call_estimate){ cost, false, { 0, 0 } };
}

static mp__call_estimate sized(mp__range cost, mp__range size)
{
    return (mp__call_estimate){ cost, true, size };
}

static mp__range fixed(uint64_t n)
{
    return (mp__range){ n, n };
}

typedef struct call {
    const mp__function *row;
    const mp__operand *target; /* NULL: global */
    const mp__operand *args;
    size_t count; /* of args */
} call;

typedef bool (*formula)(const call *c, mp__call_estimate *out);

/* A constant int, as the list functions read it: what is no constant is `otherwise`. */
static uint64_t literal(const mp__operand *a, uint64_t otherwise)
{
    if (a->node->kind != MP__NODE_CONST || a->node->value.kind != MP__INT)
        return otherwise;
    return a->node->value.as.integer < 0 ? 0 : (uint64_t)a->node->value.as.integer;
}

/* The size of an element of a list: of a map, its keys' type with its values' place. */
static bool element(const mp__operand *list, const mp__type **type, mp__range *size)
{
    if (!list->type->a)
        return false;
    *type = list->type->a;
    if (!mp__place_size(mp__place_values(list->place), size))
        *size = MP__ANY_SIZE;
    return true;
}

/* ---- formulas ---- */

static bool text_scan(const call *c, mp__call_estimate *out)
{
    if (c->count < 1)
        return false;
    *out = only(mp__range_scale(c->args[0].size, TENTH));
    return true;
}

static bool ip(const call *c, mp__call_estimate *out)
{
    return !c->target && text_scan(c, out);
}

static bool canonical(const call *c, mp__call_estimate *out)
{
    *out = only(mp__range_scale(c->args[0].size, 2 * TENTH));
    return true;
}

static bool url(const call *c, mp__call_estimate *out)
{
    *out = sized(mp__range_scale(c->args[0].size, TENTH), c->args[0].size);
    return true;
}

static bool transform(const call *c, mp__call_estimate *out)
{
    *out = sized(mp__range_scale(c->target->size, TENTH), c->target->size);
    return true;
}

static bool prefix(const call *c, mp__call_estimate *out)
{
    *out = only(mp__range_scale(c->args[0].size, TENTH));
    return true;
}

static bool contains(const call *c, mp__call_estimate *out)
{
    *out = only(mp__range_times(mp__range_scale(c->target->size, TENTH),
                                mp__range_scale(c->args[0].size, TENTH)));
    return true;
}

static mp__range regex_cost(mp__range text, mp__range pattern)
{
    return mp__range_times(mp__range_scale(mp__range_add(text, fixed(1)), TENTH),
                           mp__range_scale(pattern, QUARTER));
}

static bool matches(const call *c, mp__call_estimate *out)
{
    const mp__operand *text = c->target ? c->target : &c->args[0];

    *out = only(regex_cost(text->size, c->args[c->target ? 0 : 1].size));
    return true;
}

static bool find(const call *c, mp__call_estimate *out)
{
    *out =
        sized(regex_cost(c->target->size, c->args[0].size), (mp__range){ 0, c->target->size.max });
    return true;
}

/* isSorted, sum, min, max, includes, indexOf, lastIndexOf: one visit of every element. */
static bool traverse(const call *c, mp__call_estimate *out)
{
    mp__range cost = fixed(1), size;
    const mp__type *type;
    bool includes = strcmp(c->row->name, "includes") == 0;

    if (!c->target)
        return false;
    if (element(c->target, &type, &size)) {
        if (type->kind == MP__TYPE_STRING || type->kind == MP__TYPE_BYTES)
            cost = mp__range_add(cost, mp__range_scale(size, TENTH));
    } else if (!includes) {
        *out = only(mp__range_scale(c->target->size, TENTH));
        return true;
    }
    *out = only(mp__range_times(c->target->size, cost));
    return true;
}

/* ceil(a / b) in floating point, as the formula is written. */
static uint64_t divide_up(uint64_t a, uint64_t b)
{
    return mp__range_scale(fixed(1), (double)a / (double)b).max;
}

/* The longest and the shortest result of a replacement. */
static mp__range replaced_size(mp__range text, mp__range from, mp__range to)
{
    mp__range count = { 0, 0 }, kept = { 0, 0 };

    if (from.min == 0) {
        count.max = text.max < UINT64_MAX ? text.max + 1 : text.max;
        kept.max = text.max;
    } else if (to.max <= from.min) {
        kept.max = text.max;
    } else {
        count.max = divide_up(text.max, from.min);
    }
    if (from.max == 0) {
        count.min = text.min < UINT64_MAX ? text.min + 1 : text.min;
        kept.min = text.min;
    } else if (from.max <= to.min) {
        kept.min = text.min;
    } else {
        count.min = divide_up(text.min, from.max);
    }
    return mp__range_add(mp__range_times(count, to), kept);
}

static bool replace(const call *c, mp__call_estimate *out)
{
    *out = sized(mp__range_scale(c->target->size, 2 * TENTH),
                 replaced_size(c->target->size, c->args[0].size, c->args[1].size));
    return true;
}

static bool split(const call *c, mp__call_estimate *out)
{
    uint64_t most = c->target->size.max;

    if (c->count > 1 && c->args[1].node->kind == MP__NODE_CONST &&
        c->args[1].node->value.kind == MP__INT)
        most = c->args[1].node->value.as.unsigned_integer; /* -1 is 2^64-1 */
    *out = sized(mp__range_scale(c->target->size, 2 * TENTH), (mp__range){ 0, most });
    return true;
}

static bool join(const call *c, mp__call_estimate *out)
{
    mp__range list = c->target->size, size = { 0, 0 }, each;
    const mp__type *type;

    if (element(c->target, &type, &each))
        size = mp__range_times(list, each);
    if (c->count > 0) {
        mp__range gaps = { list.min ? list.min - 1 : 0, list.max ? list.max - 1 : 0 };

        size = mp__range_add(size, mp__range_times(c->args[0].size, gaps));
    }
    *out = sized(mp__range_scale(size, TENTH), size);
    return true;
}

/* An address is 4 to 16 bytes, compared with another. */
static bool contains_ip(const call *c, mp__call_estimate *out)
{
    mp__range bytes = { 4, 16 }, cost = mp__range_scale(mp__range_add(bytes, bytes), TENTH);

    if (strcmp(c->row->name, "containsCIDR") == 0)
        cost = mp__range_add(mp__range_add(cost, mp__range_scale(bytes, TENTH)), fixed(1));
    if (c->row->params[1]->kind == MP__TYPE_STRING)
        cost = mp__range_add(cost, mp__range_scale(c->args[0].size, TENTH));
    *out = only(cost);
    return true;
}

/* The regular expression of a named format counts as one of 128 characters. */
static bool validate(const call *c, mp__call_estimate *out)
{
    *out = only(mp__range_scale(mp__range_scale(c->args[0].size, TENTH), 128 * QUARTER));
    return true;
}

static bool format(const call *c, mp__call_estimate *out)
{
    if (!c->target)
        return false;
    *out = only(mp__range_scale(c->target->size, TENTH));
    return true;
}

static bool quote(const call *c, mp__call_estimate *out)
{
    mp__range n = c->args[0].size;

    /* As the reference computes it, wrapping round where it does. */
    *out = sized(mp__range_scale(n, TENTH), (mp__range){ n.min + 2, n.max * 2 + 2 });
    return true;
}

static bool to_bytes(const call *c, mp__call_estimate *out)
{
    mp__range n = c->args[0].size;

    if (c->row->params[0]->kind != MP__TYPE_STRING)
        return false;
    *out = sized(mp__range_scale(n, TENTH), (mp__range){ n.min, n.max * 4 });
    return true;
}

static bool to_string(const call *c, mp__call_estimate *out)
{
    mp__range n = c->args[0].size;

    if (c->row->params[0]->kind != MP__TYPE_BYTES)
        return false;
    *out = sized(mp__range_scale(n, TENTH), (mp__range){ n.min / 4, n.max });
    return true;
}

static bool in(const call *c, mp__call_estimate *out)
{
    if (c->row->params[1]->kind != MP__TYPE_LIST)
        return false;
    *out = only(mp__range_scale(c->args[1].size, 1));
    return true;
}

static bool add(const call *c, mp__call_estimate *out)
{
    mp__range size = mp__range_add(c->args[0].size, c->args[1].size);

    switch (c->row->params[0]->kind) {
    case MP__TYPE_LIST:
        *out = sized(fixed(1), size);
        return true;
    case MP__TYPE_STRING:
    case MP__TYPE_BYTES:
        *out = sized(mp__range_scale(size, TENTH), size);
        return true;
    default:
        return false;
    }
}

static bool compare(const call *c, mp__call_estimate *out)
{
    uint64_t a = c->args[0].size.max, b = c->args[1].size.max, least = a < b ? a : b;

    *out = only(mp__range_scale((mp__range){ least > 0, least }, TENTH));
    return true;
}

static bool order(const call *c, mp__call_estimate *out)
{
    mp__type_kind kind = c->row->params[0]->kind;

    return (kind == MP__TYPE_STRING || kind == MP__TYPE_BYTES) && compare(c, out);
}

static bool is_type(const mp__type *type, const char *name)
{
    const char *kind = mp__type_kind_name(type->kind);

    return kind && strcmp(kind, name) == 0;
}

static bool equal(const call *c, mp__call_estimate *out)
{
    const mp__type *type = c->args[0].type;

    if (!mp__type_equal(type, c->args[1].type))
        return compare(c, out);
    if (type->kind == MP__TYPE_IP || type->kind == MP__TYPE_CIDR ||
        type->kind == MP__TYPE_QUANTITY || type->kind == MP__TYPE_SEMVER) {
        *out = only(fixed(1));
    } else if (is_type(type, "kubernetes.NamedFormat")) {
        *out = only(mp__range_scale((mp__range){ 1, 64 }, TENTH)); /* formats are short */
    } else if (is_type(type, "kubernetes.URL")) {
        /* The right side stands for both. */
        uint64_t most = c->args[1].sized ? c->args[1].size.max : 1;

        *out = only(mp__range_scale((mp__range){ 1, most }, TENTH));
    } else {
        return compare(c, out);
    }
    return true;
}

/* ---- the list and set libraries ---- */

/* 11 for the call and the list it makes. */
static mp__call_estimate list_call(double factor, mp__range size)
{
    return sized(mp__range_add(mp__range_scale(size, factor), fixed(11)), size);
}

static bool slice(const call *c, mp__call_estimate *out)
{
    uint64_t from = literal(&c->args[0], 0), to = literal(&c->args[1], c->target->size.max);

    *out = list_call(1, fixed(to - from));
    return true;
}

static bool lists_range(const call *c, mp__call_estimate *out)
{
    *out = list_call(1, fixed(literal(&c->args[0], UINT64_MAX)));
    return true;
}

static bool reverse(const call *c, mp__call_estimate *out)
{
    *out = list_call(1, c->target->size);
    return true;
}

static bool flatten(const call *c, mp__call_estimate *out)
{
    uint64_t depth = c->count == 1 ? literal(&c->args[0], UINT64_MAX) : 1;

    *out = list_call((double)depth, c->target->size);
    return true;
}

static bool distinct(const call *c, mp__call_estimate *out)
{
    *out = list_call(2, mp__range_times(c->target->size, c->target->size));
    return true;
}

static bool sort(const call *c, mp__call_estimate *out)
{
    const mp__operand *keys = c->count > 0 ? &c->args[c->count - 1] : c->target;
    const mp__type *list = c->row->params[c->row->arity - 1], *type = list->a;
    bool text = type && (type->kind == MP__TYPE_STRING || type->kind == MP__TYPE_BYTES);

    *out = list_call(text ? 2.0 + TENTH : 2.0, mp__range_times(keys->size, keys->size));
    return true;
}

static mp__call_estimate set_call(const call *c, double factor)
{
    return only(mp__range_add(
        mp__range_scale(mp__range_times(c->args[0].size, c->args[1].size), factor), fixed(1)));
}

static bool set_once(const call *c, mp__call_estimate *out)
{
    *out = set_call(c, 1);
    return true;
}

static bool set_twice(const call *c, mp__call_estimate *out)
{
    *out = set_call(c, 2);
    return true;
}

/* ---- the table ---- */

static const struct {
    const char *name;
    formula formula;
} formulas[] = {
    { "_==_", equal },
    { "_!=_", compare },
    { "_<_", order },
    { "_<=_", order },
    { "_>_", order },
    { "_>=_", order },
    { "_+_", add },
    { "@in", in },
    { "startsWith", prefix },
    { "endsWith", prefix },
    { "contains", contains },
    { "matches", matches },
    { "find", find },
    { "findAll", find },
    { "lowerAscii", transform },
    { "upperAscii", transform },
    { "substring", transform },
    { "trim", transform },
    { "replace", replace },
    { "split", split },
    { "join", join },
    { "format", format },
    { "strings.quote", quote },
    { "string", to_string },
    { "bytes", to_bytes },
    { "quantity", text_scan },
    { "isQuantity", text_scan },
    { "semver", text_scan },
    { "isSemver", text_scan },
    { "url", url },
    { "cidr", text_scan },
    { "isCIDR", text_scan },
    { "isIP", text_scan },
    { "ip", ip },
    { "ip.isCanonical", canonical },
    { "containsIP", contains_ip },
    { "containsCIDR", contains_ip },
    { "validate", validate },
    { "includes", traverse },
    { "isSorted", traverse },
    { "sum", traverse },
    { "min", traverse },
    { "max", traverse },
    { "indexOf", traverse },
    { "lastIndexOf", traverse },
    { "slice", slice },
    { "lists.range", lists_range },
    { "reverse", reverse },
    { "flatten", flatten },
    { "distinct", distinct },
    { "sort", sort },
    { "@sortByAssociatedKeys", sort },
    { "sets.contains", set_once },
    { "sets.intersects", set_once },
    { "sets.equivalent", set_twice },
};

mp__call_estimate mp__estimate_function(const mp__function *row, const mp__operand *target,
                                        const mp__operand *args, size_t count)
{
    call c = { row, target, args, count };
    mp__call_estimate out;

    for (size_t i = 0; i < MP__COUNT(formulas); i++)
        if (strcmp(formulas[i].name, row->name) == 0)
            return formulas[i].formula(&c, &out) ? out : only(fixed(1));
    return only(fixed(1));
}

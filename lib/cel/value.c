/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values at run time: making them, equality, order, lookup in maps.
 *
 * Equality is total across types but for the opaque ones (quantity, version, address, prefix),
 * which raise "no such overload" when they stand on the left of another type.  Inside lists and
 * maps such an error counts as equal, as it does in cel-go.
 */
#include "cel_internal.h"
#include "net_internal.h"

mp__value mp__error(mp__failure failure, mp__str detail)
{
    mp__value v = { 0 };

    v.kind = MP__ERROR;
    v.failure = (uint8_t)failure;
    v.size = (uint32_t)detail.size;
    v.as.text = detail.data;
    return v;
}

static mp__value no_overload(const char *function)
{
    return mp__error(MP__FAIL_NO_OVERLOAD, mp__str_make(function, MP_NTS));
}

mp__value mp__no_memory(mp__machine *m)
{
    m->status = MP_ENOMEM;
    return mp__error(MP__FAIL_STOPPED, (mp__str){ 0 });
}

mp__value mp__make_text(mp__machine *m, mp__kind kind, const char *data, size_t size)
{
    char *copy = size > UINT32_MAX ? NULL : mp__arena_strdup(&m->arena, data, size);
    mp__value v = { 0 };

    if (!copy)
        return mp__no_memory(m);
    v.kind = (uint8_t)kind;
    v.size = (uint32_t)size;
    v.as.text = copy;
    return v;
}

mp__value mp__make_list(mp__machine *m, const mp__value *items, size_t count)
{
    mp__list *list = MP__NEW(&m->arena, mp__list);
    mp__value v = { 0 };

    if (!list)
        return mp__no_memory(m);
    list->items = items;
    list->count = count;
    v.kind = MP__LIST;
    v.as.list = list;
    return v;
}

/* Items of `a` copied into a store with room for more. */
static mp__list_store *new_store(mp__machine *m, const mp__list *a, size_t extra)
{
    mp__list_store *store = MP__NEW(&m->arena, mp__list_store);

    if (!store || a->count > SIZE_MAX / 4 - extra)
        return NULL;
    store->capacity = (a->count + extra) * 2;
    store->items = MP__NEW_ARRAY(&m->arena, mp__value, store->capacity);
    if (!store->items)
        return NULL;
    if (a->count)
        memcpy(store->items, a->items, a->count * sizeof *a->items);
    store->used = a->count;
    return store;
}

mp__value mp__concat_lists(mp__machine *m, const mp__value *a, const mp__value *b)
{
    const mp__list *x = a->as.list, *y = b->as.list;
    mp__list_store *store = x->store;
    mp__value sum;

    if (y->count == 0)
        return *a;
    if (!store || store->used != x->count || store->capacity - store->used < y->count) {
        store = new_store(m, x, y->count);
        if (!store)
            return mp__no_memory(m);
    }
    memcpy(store->items + store->used, y->items, y->count * sizeof *y->items);
    store->used += y->count;
    sum = mp__make_list(m, store->items, store->used);
    if (sum.kind == MP__LIST)
        ((mp__list *)(uintptr_t)sum.as.list)->store = store;
    return sum;
}

mp__value mp__make_optional(mp__machine *m, const mp__value *held)
{
    mp__value v = { 0 }, *copy = NULL;

    if (held && held->kind == MP__ERROR)
        return *held;
    if (held) {
        copy = MP__NEW(&m->arena, mp__value);
        if (!copy)
            return mp__no_memory(m);
        *copy = *held;
    }
    v.kind = MP__OPTIONAL;
    v.as.optional = copy;
    return v;
}

mp__value mp__make_quantity(mp__machine *m, const mp_quantity *q, bool sum)
{
    mp_quantity *copy = MP__NEW(&m->arena, mp_quantity);
    mp__value v = { 0 };

    if (!copy)
        return mp__no_memory(m);
    *copy = *q;
    v.kind = MP__QUANTITY;
    v.sum = sum;
    v.as.quantity = copy;
    return v;
}

const char *mp__kind_name(const mp__value *v)
{
    static const char *const names[] = {
        "error",
        "null_type",
        "bool",
        "int",
        "uint",
        "double",
        "string",
        "bytes",
        "list",
        "map",
        "optional_type",
        "type",
        "kubernetes.Quantity",
        "kubernetes.Semver",
        "net.IP",
        "net.CIDR",
        "google.protobuf.Timestamp",
        "google.protobuf.Duration",
        "kubernetes.URL",
        "kubernetes.NamedFormat",
        "?",
        "map",
        "map",
    };

    return v->kind < MP__COUNT(names) ? names[v->kind] : "?";
}

const mp__type *mp__type_of(const mp__value *v)
{
    static const mp__type_kind kinds[] = {
        [MP__ERROR] = MP__TYPE_ERROR,
        [MP__NULL] = MP__TYPE_NULL,
        [MP__BOOL] = MP__TYPE_BOOL,
        [MP__INT] = MP__TYPE_INT,
        [MP__UINT] = MP__TYPE_UINT,
        [MP__DOUBLE] = MP__TYPE_DOUBLE,
        [MP__STRING] = MP__TYPE_STRING,
        [MP__BYTES] = MP__TYPE_BYTES,
        [MP__LIST] = MP__TYPE_LIST,
        [MP__MAP] = MP__TYPE_MAP,
        [MP__OPTIONAL] = MP__TYPE_OPTIONAL,
        [MP__TYPEVAL] = MP__TYPE_TYPE,
        [MP__QUANTITY] = MP__TYPE_QUANTITY,
        [MP__SEMVER] = MP__TYPE_SEMVER,
        [MP__IP] = MP__TYPE_IP,
        [MP__CIDR] = MP__TYPE_CIDR,
        [MP__TIMESTAMP] = MP__TYPE_TIMESTAMP,
        [MP__DURATION] = MP__TYPE_DURATION,
        [MP__URL] = MP__TYPE_URL,
        [MP__FORMAT] = MP__TYPE_FORMAT,
        [MP__LAZY] = MP__TYPE_ERROR,
        [MP__DEVICE] = MP__TYPE_MAP,
        [MP__DOMAINS] = MP__TYPE_MAP,
    };

    return &mp__types[kinds[v->kind]];
}

const char *mp__type_value_name(const mp__type *type)
{
    if (type->kind == MP__TYPE_TIMESTAMP)
        return "google.protobuf.Timestamp";
    return type->kind == MP__TYPE_DURATION ? "google.protobuf.Duration"
                                           : mp__type_kind_name(type->kind);
}

mp__value mp__type_value(const mp__type *type)
{
    mp__value v = { 0 };

    v.kind = MP__TYPEVAL;
    v.as.type = type;
    return v;
}

/* ---- numbers ---- */

static bool is_number(const mp__value *v)
{
    return v->kind == MP__INT || v->kind == MP__UINT || v->kind == MP__DOUBLE;
}

static int compare_doubles(double a, double b)
{
    return a < b ? -1 : a > b ? 1 : a == b ? 0 : 3;
}

/* The int is converted after a test of the double's range, so neighbours beyond 2^53 may be equal.
 */
static int compare_double_int(double d, int64_t i)
{
    if (d < -9223372036854775808.0)
        return -1;
    if (d > 9223372036854775808.0)
        return 1;
    return compare_doubles(d, (double)i);
}

static int compare_double_uint(double d, uint64_t u)
{
    if (d < 0)
        return -1;
    if (d > 18446744073709551616.0)
        return 1;
    return compare_doubles(d, (double)u);
}

static int compare_numbers(const mp__value *a, const mp__value *b)
{
    if (a->kind == MP__DOUBLE) {
        if (b->kind == MP__DOUBLE)
            return compare_doubles(a->as.number, b->as.number);
        return b->kind == MP__INT ? compare_double_int(a->as.number, b->as.integer)
                                  : compare_double_uint(a->as.number, b->as.unsigned_integer);
    }
    if (b->kind == MP__DOUBLE) {
        int order = compare_numbers(b, a);

        return order == 3 ? 3 : -order;
    }
    if (a->kind == MP__INT && b->kind == MP__INT)
        return a->as.integer < b->as.integer ? -1 : a->as.integer > b->as.integer;
    if (a->kind == MP__INT && a->as.integer < 0)
        return -1;
    if (b->kind == MP__INT && b->as.integer < 0)
        return 1;
    return a->as.unsigned_integer < b->as.unsigned_integer
               ? -1
               : a->as.unsigned_integer > b->as.unsigned_integer;
}

static int sign(int order)
{
    return order < 0 ? -1 : order > 0;
}

int mp__compare(const mp__value *a, const mp__value *b)
{
    if (is_number(a) && is_number(b))
        return compare_numbers(a, b);
    if (a->kind != b->kind)
        return 2;
    switch (a->kind) {
    case MP__BOOL:
        return (int)a->as.boolean - (int)b->as.boolean;
    case MP__STRING:
    case MP__BYTES:
        return sign(mp__str_compare(mp__text_of(a), mp__text_of(b)));
    case MP__TIMESTAMP:
        return mp__time_compare(a, b);
    case MP__DURATION:
        return a->as.integer < b->as.integer ? -1 : a->as.integer > b->as.integer;
    default:
        return 2;
    }
}

/* ---- equality ---- */

static bool is_false(mp__value v)
{
    return v.kind == MP__BOOL && !v.as.boolean;
}

static mp__value equal_maps(mp__machine *m, const mp__value *a, const mp__value *b)
{
    size_t count = mp__mapping_size(a);

    if (count != mp__mapping_size(b))
        return mp__bool(false);
    for (size_t i = 0; i < count; i++) {
        mp__value key = { 0 }, value = { 0 }, other;
        bool found;

        mp__mapping_at(a, i, &key, &value);
        /* A domain that is not there reads as empty, but is not an entry. */
        if (b->kind == MP__DOMAINS &&
            (key.kind != MP__STRING || !mp__domains_domain(b->as.domains, mp__text_of(&key))))
            return mp__bool(false);
        other = mp__map_lookup(m, b, &key, &found);
        if (!found || is_false(mp__equal(m, &value, &other)))
            return mp__bool(false);
    }
    return mp__bool(true);
}

static mp__value equal_lists(mp__machine *m, const mp__list *a, const mp__list *b)
{
    if (a->count != b->count)
        return mp__bool(false);
    for (size_t i = 0; i < a->count; i++)
        if (is_false(mp__equal(m, &a->items[i], &b->items[i])))
            return mp__bool(false);
    return mp__bool(true);
}

bool mp__is_opaque(const mp__value *v)
{
    return v->kind == MP__QUANTITY || v->kind == MP__SEMVER || v->kind == MP__IP ||
           v->kind == MP__CIDR || v->kind == MP__URL || v->kind == MP__FORMAT;
}

static mp__value equal_opaque(const mp__value *a, const mp__value *b)
{
    if (a->kind != b->kind || (b->kind == MP__QUANTITY && b->sum))
        return no_overload("_==_");
    switch (a->kind) {
    case MP__QUANTITY:
        return mp__bool(mp_quantity_compare(a->as.quantity, b->as.quantity) == 0);
    case MP__SEMVER:
        return mp__bool(mp_semver_compare(a->as.semver, b->as.semver) == 0);
    case MP__IP:
        return mp__bool(mp__ip_equal(a->as.ip, b->as.ip));
    case MP__URL:
        return mp__bool(mp__url_equal(a->as.url, b->as.url));
    case MP__FORMAT:
        return mp__bool(a->as.format == b->as.format);
    default:
        return mp__bool(mp__cidr_equal(a->as.cidr, b->as.cidr));
    }
}

/* Values nest no deeper than the expressions that made them, so recursion is bounded; parts may be
 * shared many times over, so its steps are counted. */
mp__value mp__equal(mp__machine *m, const mp__value *a, const mp__value *b)
{
    if (m && !mp__work(m, 1))
        return mp__error(MP__FAIL_STOPPED, (mp__str){ 0 });
    if (a->kind == MP__NULL || b->kind == MP__NULL)
        return mp__bool(a->kind == b->kind);
    if (mp__is_opaque(a))
        return equal_opaque(a, b);
    if (is_number(a) && is_number(b))
        return mp__bool(compare_numbers(a, b) == 0);
    if (mp__is_mapping(a) && mp__is_mapping(b))
        return equal_maps(m, a, b);
    if (a->kind != b->kind)
        return mp__bool(false);
    switch (a->kind) {
    case MP__LIST:
        return equal_lists(m, a->as.list, b->as.list);
    case MP__OPTIONAL:
        if (!a->as.optional || !b->as.optional)
            return mp__bool(!a->as.optional && !b->as.optional);
        return mp__equal(m, a->as.optional, b->as.optional);
    case MP__TYPEVAL:
        return mp__bool(a->as.type->kind == b->as.type->kind);
    default:
        return mp__bool(mp__compare(a, b) == 0);
    }
}

uint64_t mp__cost_size(const mp__value *v)
{
    switch (v->kind) {
    case MP__STRING:
        return mp__utf8_count(v->as.text, v->size);
    case MP__BYTES:
        return v->size;
    case MP__LIST:
        return v->as.list->count;
    case MP__MAP:
    case MP__DOMAINS:
    case MP__DEVICE:
        return mp__mapping_size(v);
    case MP__OPTIONAL:
        return v->as.optional ? mp__cost_size(v->as.optional) : 1;
    case MP__IP:
        return v->as.ip->family == 4 ? 4 : 16;
    case MP__CIDR:
        return (v->as.cidr->bits + 7u) / 8u;
    default:
        return 1;
    }
}

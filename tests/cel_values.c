/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values and devices of case files.
 */
#include "cel_values.h"
#include "net_internal.h"
#include "time_internal.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static mp__str key_of(const mp_object *node)
{
    mp__str key = { 0 };

    key.data = mp_object_key(node, &key.size);
    return key;
}

static bool is(mp__str key, const char *name)
{
    return mp__str_equal(key, mp__str_make(name, MP_NTS));
}

/* ---- scalars ---- */

static bool read_number(mp__str text, mp__value *out)
{
    char digits[64];
    char *end;

    if (text.size == 0 || text.size >= sizeof digits)
        return false;
    memcpy(digits, text.data, text.size);
    digits[text.size] = '\0';
    if (out->kind == MP__INT || out->kind == MP__DURATION)
        out->as.integer = strtoll(digits, &end, 10);
    else if (out->kind == MP__UINT)
        out->as.unsigned_integer = strtoull(digits, &end, 10);
    else
        out->as.number = strtod(digits, &end); /* tests run in the C locale */
    return *end == '\0';
}

static int base64_digit(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)(at - digits) : -1;
}

static bool read_base64(mp__arena *arena, mp__str text, mp__value *out)
{
    char *data = mp__arena_alloc(arena, text.size + 1);
    uint32_t bits = 0, count = 0, size = 0;

    if (!data)
        return false;
    for (size_t i = 0; i < text.size && text.data[i] != '='; i++) {
        int digit = base64_digit(text.data[i]);

        if (digit < 0)
            return false;
        bits = bits << 6 | (uint32_t)digit;
        count += 6;
        if (count >= 8) {
            count -= 8;
            data[size++] = (char)(bits >> count & 0xFF);
        }
    }
    out->as.text = data;
    out->size = size;
    return true;
}

static bool read_text(mp__arena *arena, mp__str text, mp__value *out)
{
    out->as.text = mp__arena_strdup(arena, text.data ? text.data : "", text.size);
    out->size = (uint32_t)text.size;
    return out->as.text != NULL;
}

static bool read_time(mp__str text, mp__value *out)
{
    mp__time t;

    if (!mp__time_parse(text, &t))
        return false;
    *out = mp__make_time(t);
    return true;
}

/* ---- reading ---- */

static bool read_list(mp__arena *arena, const mp_object *node, mp__value *out)
{
    mp__list *list = MP__NEW(arena, mp__list);
    mp__value *items = MP__NEW_ARRAY(arena, mp__value, mp_object_size(node));

    if (!list || !items)
        return false;
    for (const mp_object *o = mp_object_first(node); o; o = mp_object_next(o))
        if (!cel_value_read(arena, o, &items[list->count++]))
            return false;
    list->items = items;
    out->as.list = list;
    return true;
}

static bool read_map(mp__arena *arena, const mp_object *node, mp__value *out)
{
    mp__cmap *map = MP__NEW(arena, mp__cmap);
    mp__value *keys = MP__NEW_ARRAY(arena, mp__value, mp_object_size(node));
    mp__value *values = MP__NEW_ARRAY(arena, mp__value, mp_object_size(node));

    if (!map || !keys || !values)
        return false;
    for (const mp_object *o = mp_object_first(node); o; o = mp_object_next(o)) {
        if (!cel_value_read(arena, mp_object_at(o, 0), &keys[map->count]) ||
            !cel_value_read(arena, mp_object_at(o, 1), &values[map->count]))
            return false;
        map->count++;
    }
    map->keys = keys;
    map->values = values;
    out->as.map = map;
    return true;
}

static bool read_optional(mp__arena *arena, const mp_object *node, mp__value *out)
{
    mp__value *held;

    if (mp_object_type(node) == MP_OBJECT_NULL)
        return true;
    held = MP__NEW(arena, mp__value);
    out->as.optional = held;
    return held && cel_value_read(arena, node, held);
}

bool cel_value_read(mp__arena *arena, const mp_object *node, mp__value *out)
{
    static const struct {
        const char *name;
        mp__kind kind;
    } kinds[] = {
        { "null", MP__NULL },         { "bool", MP__BOOL },         { "int", MP__INT },
        { "uint", MP__UINT },         { "double", MP__DOUBLE },     { "string", MP__STRING },
        { "bytes", MP__BYTES },       { "list", MP__LIST },         { "map", MP__MAP },
        { "optional", MP__OPTIONAL }, { "duration", MP__DURATION }, { "timestamp", MP__TIMESTAMP },
    };
    const mp_object *held = mp_object_first(node);
    mp__str key = held ? key_of(held) : (mp__str){ 0 };
    size_t k = 0;

    memset(out, 0, sizeof *out);
    while (k < MP__COUNT(kinds) && !is(key, kinds[k].name))
        k++;
    if (k == MP__COUNT(kinds))
        return false;
    out->kind = (uint8_t)kinds[k].kind;
    switch (kinds[k].kind) {
    case MP__NULL:
        return true;
    case MP__BOOL:
        out->as.boolean = mp_object_bool(held, false);
        return true;
    case MP__STRING:
        return read_text(arena, mp__object_str(held), out);
    case MP__BYTES:
        return read_base64(arena, mp__object_str(held), out);
    case MP__LIST:
        return read_list(arena, held, out);
    case MP__MAP:
        return read_map(arena, held, out);
    case MP__OPTIONAL:
        return read_optional(arena, held, out);
    case MP__TIMESTAMP:
        return read_time(mp__object_str(held), out);
    default:
        return read_number(mp__object_str(held), out);
    }
}

/* ---- comparing ---- */

static bool list_agrees(const mp__list *list, const mp_object *want)
{
    if (list->count != mp_object_size(want))
        return false;
    for (size_t i = 0; i < list->count; i++)
        if (!cel_value_agrees(&list->items[i], mp_object_at(want, i)))
            return false;
    return true;
}

static bool map_agrees(const mp__cmap *map, const mp_object *want)
{
    if (map->count != mp_object_size(want))
        return false;
    for (const mp_object *o = mp_object_first(want); o; o = mp_object_next(o)) {
        bool found = false;

        for (size_t i = 0; i < map->count && !found; i++)
            found = cel_value_agrees(&map->keys[i], mp_object_at(o, 0)) &&
                    cel_value_agrees(&map->values[i], mp_object_at(o, 1));
        if (!found)
            return false;
    }
    return true;
}

static bool double_agrees(double d, mp__str want)
{
    mp__value other = { 0 };

    other.kind = MP__DOUBLE;
    if (is(want, "NaN"))
        return isnan(d);
    return read_number(want, &other) && d == other.as.number;
}

static bool text_agrees(const mp__value *v, mp__str want)
{
    mp__buf buf;
    bool same;

    mp__buf_init(&buf, NULL);
    cel_value_print(v, &buf);
    same = mp__str_equal((mp__str){ buf.data, buf.size }, want);
    mp__buf_fini(&buf);
    return same;
}

static bool version_agrees(const mp_semver *v, mp__str want)
{
    mp_semver other;

    return mp_semver_parse(want.data, want.size, 0, &other, NULL) == MP_OK &&
           mp_semver_compare(v, &other) == 0 &&
           mp__str_equal((mp__str){ v->build, v->build_size },
                         (mp__str){ other.build, other.build_size });
}

static bool bytes_agree(const mp__value *v, mp__str want)
{
    mp__arena arena;
    mp__value other = { 0 };
    bool same;

    mp__arena_init(&arena, NULL);
    same = read_base64(&arena, want, &other) && mp__str_equal(mp__text_of(v), mp__text_of(&other));
    mp__arena_fini(&arena);
    return same;
}

bool cel_value_agrees(const mp__value *v, const mp_object *node)
{
    const mp_object *want = mp_object_first(node);
    mp__str key = want ? key_of(want) : (mp__str){ 0 }, text = mp__object_str(want);
    mp__value number = { 0 };

    number.kind = v->kind;
    switch ((mp__kind)v->kind) {
    case MP__NULL:
        return is(key, "null");
    case MP__BOOL:
        return is(key, "bool") && mp_object_bool(want, !v->as.boolean) == v->as.boolean;
    case MP__INT:
        return is(key, "int") && read_number(text, &number) && number.as.integer == v->as.integer;
    case MP__UINT:
        return is(key, "uint") && read_number(text, &number) &&
               number.as.unsigned_integer == v->as.unsigned_integer;
    case MP__DOUBLE:
        return is(key, "double") && double_agrees(v->as.number, text);
    case MP__STRING:
        return is(key, "string") && mp__str_equal(mp__text_of(v), text);
    case MP__BYTES:
        return is(key, "bytes") && bytes_agree(v, text);
    case MP__LIST:
        return is(key, "list") && list_agrees(v->as.list, want);
    case MP__MAP:
        return is(key, "map") && map_agrees(v->as.map, want);
    case MP__OPTIONAL:
        if (!is(key, "optional") || (mp_object_type(want) == MP_OBJECT_NULL) != !v->as.optional)
            return false;
        return !v->as.optional || cel_value_agrees(v->as.optional, want);
    case MP__TYPEVAL:
        return is(key, "type") && text_agrees(v, text);
    case MP__QUANTITY:
        return is(key, "quantity") && text_agrees(v, text);
    case MP__SEMVER:
        return is(key, "semver") && version_agrees(v->as.semver, text);
    case MP__IP:
        return is(key, "ip") && text_agrees(v, text);
    case MP__CIDR:
        return is(key, "cidr") && text_agrees(v, text);
    case MP__DURATION:
        return is(key, "duration") && read_number(text, &number) &&
               number.as.integer == v->as.integer;
    case MP__TIMESTAMP:
        return is(key, "timestamp") && read_time(text, &number) &&
               mp__time_compare(v, &number) == 0;
    default:
        return false;
    }
}

/* ---- printing ---- */

static void print_quantity(const mp_quantity *q, mp__buf *buf)
{
    mp_text text;

    if (mp_quantity_decimal(NULL, q, &text, NULL) == MP_OK)
        mp__buf_put(buf, text.data, text.size);
    mp_text_fini(&text);
}

static void print_time(const mp__value *v, mp__buf *buf)
{
    mp__time t = mp__time_of(v);
    char text[MP__TIME_TEXT_MAX];

    mp__buf_put(buf, text, mp__time_text(&t, text));
}

static void print_list(const mp__value *items, size_t count, mp__buf *buf)
{
    mp__buf_putc(buf, '[');
    for (size_t i = 0; i < count; i++) {
        if (i)
            mp__buf_puts(buf, ", ");
        cel_value_print(&items[i], buf);
    }
    mp__buf_putc(buf, ']');
}

void cel_value_print(const mp__value *v, mp__buf *buf)
{
    char text[MP__IP_TEXT_MAX];

    switch ((mp__kind)v->kind) {
    case MP__BOOL:
        mp__buf_puts(buf, v->as.boolean ? "true" : "false");
        break;
    case MP__INT:
        mp__buf_printf(buf, "%lld", (long long)v->as.integer);
        break;
    case MP__UINT:
        mp__buf_printf(buf, "%lluu", (unsigned long long)v->as.unsigned_integer);
        break;
    case MP__DOUBLE:
        mp__buf_printf(buf, "double %.17g", v->as.number);
        break;
    case MP__STRING:
    case MP__BYTES:
        mp__buf_printf(buf, "%s'%.*s'", v->kind == MP__BYTES ? "b" : "", (int)v->size, v->as.text);
        break;
    case MP__LIST:
        print_list(v->as.list->items, v->as.list->count, buf);
        break;
    case MP__MAP:
        mp__buf_puts(buf, "map ");
        print_list(v->as.map->keys, v->as.map->count, buf);
        mp__buf_puts(buf, " to ");
        print_list(v->as.map->values, v->as.map->count, buf);
        break;
    case MP__OPTIONAL:
        mp__buf_puts(buf, v->as.optional ? "optional " : "none");
        if (v->as.optional)
            cel_value_print(v->as.optional, buf);
        break;
    case MP__TYPEVAL:
        mp__buf_puts(buf, mp__type_value_name(v->as.type));
        break;
    case MP__QUANTITY:
        print_quantity(v->as.quantity, buf);
        break;
    case MP__SEMVER:
        mp__buf_printf(buf, "%llu.%llu.%llu-%.*s", (unsigned long long)v->as.semver->major,
                       (unsigned long long)v->as.semver->minor,
                       (unsigned long long)v->as.semver->patch, (int)v->as.semver->prerelease_size,
                       v->as.semver->prerelease_size ? v->as.semver->prerelease : "");
        break;
    case MP__IP:
        mp__buf_put(buf, text, mp__ip_text(v->as.ip, text));
        break;
    case MP__CIDR:
        mp__buf_put(buf, text, mp__cidr_text(v->as.cidr, text));
        break;
    case MP__DURATION:
        mp__buf_printf(buf, "%lld ns", (long long)v->as.integer);
        break;
    case MP__TIMESTAMP:
        print_time(v, buf);
        break;
    default:
        mp__buf_puts(buf, mp__kind_name(v));
    }
}

/* ---- devices ---- */

#define LIST_MAX 256

/* {"strings": [...]} and the like. */
static bool set_list(mp_cel_device *d, mp__str name, mp__str kind, const mp_object *list)
{
    const char *texts[LIST_MAX];
    size_t sizes[LIST_MAX], count = mp_object_size(list);
    int64_t ints[LIST_MAX];
    bool bools[LIST_MAX];

    if (count > LIST_MAX)
        return false;
    for (size_t i = 0; i < count; i++) {
        const mp_object *item = mp_object_at(list, i);
        mp__str text = mp__object_str(item);
        mp__value number = { 0 };

        number.kind = MP__INT;
        texts[i] = text.data;
        sizes[i] = text.size;
        bools[i] = mp_object_bool(item, false);
        if (is(kind, "ints") && !read_number(text, &number))
            return false;
        ints[i] = number.as.integer;
    }
    if (is(kind, "strings"))
        return mp_cel_device_set_strings(d, name.data, name.size, texts, sizes, count) == MP_OK;
    if (is(kind, "versions"))
        return mp_cel_device_set_versions(d, name.data, name.size, texts, sizes, count) == MP_OK;
    if (is(kind, "ints"))
        return mp_cel_device_set_ints(d, name.data, name.size, ints, count) == MP_OK;
    return is(kind, "bools") &&
           mp_cel_device_set_bools(d, name.data, name.size, bools, count) == MP_OK;
}

static bool set_attribute(mp_cel_device *d, const mp_object *attribute)
{
    const mp_object *value = mp_object_first(attribute);
    mp__str name = key_of(attribute), kind = value ? key_of(value) : (mp__str){ 0 };
    mp__str text = mp__object_str(value);
    mp__value number = { 0 };

    number.kind = MP__INT;
    if (!value)
        return mp_cel_device_set_invalid(d, name.data, name.size) == MP_OK;
    if (is(kind, "string"))
        return mp_cel_device_set_string(d, name.data, name.size, text.data, text.size) == MP_OK;
    if (is(kind, "version"))
        return mp_cel_device_set_version(d, name.data, name.size, text.data, text.size) == MP_OK;
    if (is(kind, "bool"))
        return mp_cel_device_set_bool(d, name.data, name.size, mp_object_bool(value, false)) ==
               MP_OK;
    if (is(kind, "int") && read_number(text, &number))
        return mp_cel_device_set_int(d, name.data, name.size, number.as.integer) == MP_OK;
    return set_list(d, name, kind, value);
}

bool cel_device_read(const mp_object *node, mp_cel_device **out)
{
    mp__str driver = mp__get_str(node, "driver");
    const mp_object *list = mp__get(node, "attributes");
    bool ok =
        mp_cel_device_new(NULL, driver.data ? driver.data : "", driver.size, out, NULL) == MP_OK;

    for (const mp_object *o = mp_object_first(list); o && ok; o = mp_object_next(o))
        ok = set_attribute(*out, o);
    list = mp__get(node, "capacity");
    for (const mp_object *o = mp_object_first(list); o && ok; o = mp_object_next(o)) {
        mp__str name = key_of(o), text = mp__object_str(o);

        ok = mp_cel_device_set_capacity(*out, name.data, name.size, text.data, text.size) == MP_OK;
    }
    if (ok && mp_object_bool(mp__get(node, "allowMultipleAllocations"), false))
        mp_cel_device_set_multiple_allocations(*out, true);
    return ok;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Maps: lookup, and stores that grow behind the maps that share them.
 *
 * A map sees the first entries of its store, so adding to the newest map of a store is cheap and
 * leaves the older ones as they were.
 */
#include "functions_internal.h"

const char mp__no_hash[] =
    "bytes, versions and formats cannot be looked up in a map or a constant list";

bool mp__has_hash(const mp__value *v)
{
    return v->kind != MP__BYTES && v->kind != MP__SEMVER && v->kind != MP__FORMAT;
}

bool mp__may_be_key(const mp__value *v)
{
    return v->kind == MP__STRING || v->kind == MP__INT || v->kind == MP__UINT ||
           v->kind == MP__DOUBLE || v->kind == MP__BOOL;
}

/* ---- stores ---- */

/* Maps of more entries have an index. */
#define INDEX_MIN 16

static uint32_t mix(uint64_t x)
{
    x ^= x >> 33;
    x *= UINT64_C(0xFF51AFD7ED558CCD);
    x ^= x >> 33;
    return (uint32_t)(x ^ x >> 29);
}

static uint32_t hash_text(mp__str s)
{
    uint64_t h = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < s.size; i++)
        h = (h ^ (unsigned char)s.data[i]) * UINT64_C(1099511628211);
    return mix(h);
}

/* Numbers of any kind that are equal have one double. */
static uint32_t hash_number(double d)
{
    uint64_t bits;

    if (d == 0)
        d = 0; /* of either sign */
    memcpy(&bits, &d, sizeof bits);
    return mix(bits);
}

static uint32_t hash(const mp__value *key)
{
    switch (key->kind) {
    case MP__INT:
        return hash_number((double)key->as.integer);
    case MP__UINT:
        return hash_number((double)key->as.unsigned_integer);
    case MP__DOUBLE:
        return hash_number(key->as.number);
    case MP__STRING:
        return hash_text(mp__text_of(key));
    default:
        return 1; /* rare */
    }
}

static void index_entry(mp__map_store *s, size_t at)
{
    uint32_t slot = hash(&s->keys[at]) & s->mask;

    while (s->index[slot])
        slot = (slot + 1) & s->mask;
    s->index[slot] = (uint32_t)at + 1;
}

static bool grow(mp__arena *arena, mp__map_store *s)
{
    size_t wider = s->capacity ? 2 * s->capacity : 4;
    mp__value *keys = MP__NEW_ARRAY(arena, mp__value, wider);
    mp__value *values = MP__NEW_ARRAY(arena, mp__value, wider);

    if (!keys || !values || wider > UINT32_MAX / 4)
        return false;
    if (s->used) {
        memcpy(keys, s->keys, s->used * sizeof *keys);
        memcpy(values, s->values, s->used * sizeof *values);
    }
    s->keys = keys;
    s->values = values;
    s->capacity = wider;
    if (wider <= INDEX_MIN)
        return true;
    s->index = MP__NEW_ARRAY(arena, uint32_t, 2 * wider);
    s->mask = (uint32_t)(2 * wider - 1);
    for (size_t i = 0; s->index && i < s->used; i++)
        index_entry(s, i);
    return s->index != NULL;
}

/* Two keys of a literal are one: lists and maps are so many keys as they are written. */
static bool same_key(mp__machine *m, const mp__value *a, const mp__value *b)
{
    mp__value v;

    if (a->kind == MP__LIST || mp__is_mapping(a))
        return false;
    v = mp__equal(m, a, b);
    return v.kind == MP__BOOL && v.as.boolean;
}

size_t mp__map_store_find(mp__machine *m, const mp__map_store *s, const mp__value *key)
{
    if (!s->index) {
        for (size_t i = 0; i < s->used; i++)
            if (same_key(m, &s->keys[i], key))
                return i;
        return s->used;
    }
    for (uint32_t slot = hash(key) & s->mask; s->index[slot]; slot = (slot + 1) & s->mask)
        if (same_key(m, &s->keys[s->index[slot] - 1], key))
            return s->index[slot] - 1;
    return s->used;
}

bool mp__map_store_add(mp__arena *arena, mp__map_store *s, const mp__value *key,
                       const mp__value *value)
{
    if (s->used == s->capacity && !grow(arena, s))
        return false;
    s->keys[s->used] = *key;
    s->values[s->used] = *value;
    if (s->index)
        index_entry(s, s->used);
    s->used++;
    return true;
}

mp__cmap *mp__map_of_store(mp__arena *arena, mp__map_store *s)
{
    mp__cmap *map = MP__NEW(arena, mp__cmap);

    if (map) {
        map->count = s->used;
        map->keys = s->keys;
        map->values = s->values;
        map->store = s;
    }
    return map;
}

/* ---- entries ---- */

/* Whether a key finds an entry: whole numbers do across types, and doubles find them, but whole
 * numbers do not find doubles. */
static bool finds(const mp__value *key, const mp__value *entry)
{
    if (entry->kind == MP__DOUBLE && key->kind != MP__DOUBLE)
        return false;
    return mp__compare(entry, key) == 0;
}

static const mp__value *find_entry(const mp__cmap *map, const mp__value *key)
{
    const mp__map_store *s = map->store;

    if (s && s->index) {
        for (uint32_t slot = hash(key) & s->mask; s->index[slot]; slot = (slot + 1) & s->mask) {
            size_t at = s->index[slot] - 1;

            if (at < map->count && finds(key, &map->keys[at]))
                return &map->values[at];
        }
        return NULL;
    }
    /* The last of equal keys wins. */
    for (size_t i = map->count; i-- > 0;)
        if (finds(key, &map->keys[i]))
            return &map->values[i];
    return NULL;
}

static const mp__cmap empty_map = { 0, NULL, NULL, NULL, true };

static mp__value map_value(const mp__cmap *map)
{
    mp__value v = { 0 };

    v.kind = MP__MAP;
    v.as.map = map;
    return v;
}

static mp__value domains_value(const mp__domains *domains)
{
    mp__value v = { 0 };

    v.kind = MP__DOMAINS;
    v.as.domains = domains;
    return v;
}

static bool device_field(const mp_cel_device *device, mp__str name, mp__value *out)
{
    if (mp__str_equal(name, MP__STR("driver")))
        *out = mp__string(device->driver);
    else if (mp__str_equal(name, MP__STR("attributes")))
        *out = domains_value(&device->attributes);
    else if (mp__str_equal(name, MP__STR("capacity")))
        *out = domains_value(&device->capacity);
    else if (mp__str_equal(name, MP__STR("allowMultipleAllocations")))
        *out = mp__bool(device->multiple);
    else
        return false;
    return true;
}

mp__value mp__map_lookup(mp__machine *m, const mp__value *map, const mp__value *key, bool *found)
{
    const mp__value *entry;
    const mp__domain *domain;
    mp__value out = { 0 };

    *found = false;
    switch (map->kind) {
    case MP__MAP:
        if (m && !mp__has_hash(key) && !map->as.map->fixed && map->as.map->count > 0)
            return mp__abort(m, mp__no_hash);
        entry =
            !m || mp__work(m,
                           map->as.map->store && map->as.map->store->index ? 1 : map->as.map->count)
                ? find_entry(map->as.map, key)
                : NULL;
        *found = entry != NULL;
        return entry ? *entry : out;
    case MP__DOMAINS:
        /* Any name, and even a key that is no name, has at least an empty map. */
        *found = true;
        domain =
            key->kind == MP__STRING ? mp__domains_domain(map->as.domains, mp__text_of(key)) : NULL;
        return map_value(domain ? &domain->entries : &empty_map);
    case MP__DEVICE:
        *found = key->kind == MP__STRING && device_field(map->as.device, mp__text_of(key), &out);
        return out;
    default:
        return mp__error(MP__FAIL_NO_OVERLOAD, MP__STR("_[_]"));
    }
}

static mp__cmap *new_map(mp__machine *m, size_t count, mp__value **keys, mp__value **values)
{
    mp__cmap *map = MP__NEW(&m->arena, mp__cmap);

    *keys = MP__NEW_ARRAY(&m->arena, mp__value, count);
    *values = MP__NEW_ARRAY(&m->arena, mp__value, count);
    if (!map || !*keys || !*values)
        return NULL;
    map->count = count;
    map->keys = *keys;
    map->values = *values;
    return map;
}

mp__value mp__as_map(mp__machine *m, const mp__value *v)
{
    static const char *const fields[] = { "driver", "attributes", "capacity",
                                          "allowMultipleAllocations" };
    size_t count = v->kind == MP__DEVICE ? MP__COUNT(fields) : 0;
    mp__value *keys, *values;
    mp__cmap *map;

    if (v->kind == MP__MAP)
        return *v;
    if (v->kind == MP__DOMAINS)
        count = v->as.domains->count;
    map = new_map(m, count, &keys, &values);
    if (!map)
        return mp__no_memory(m);
    for (size_t i = 0; i < count; i++) {
        if (v->kind == MP__DOMAINS) {
            keys[i] = mp__string(v->as.domains->items[i].name);
            values[i] = map_value(&v->as.domains->items[i].entries);
        } else {
            keys[i] = mp__string(mp__str_make(fields[i], MP_NTS));
            device_field(v->as.device, mp__str_make(fields[i], MP_NTS), &values[i]);
        }
    }
    return map_value(map);
}

size_t mp__mapping_size(const mp__value *v)
{
    return v->kind == MP__MAP       ? v->as.map->count
           : v->kind == MP__DOMAINS ? v->as.domains->count
                                    : 4;
}

bool mp__is_mapping(const mp__value *v)
{
    return v->kind == MP__MAP || v->kind == MP__DOMAINS || v->kind == MP__DEVICE;
}

/* Entry number i of a map-like value. */
void mp__mapping_at(const mp__value *v, size_t i, mp__value *key, mp__value *value)
{
    static const char *const fields[] = { "driver", "attributes", "capacity",
                                          "allowMultipleAllocations" };

    if (v->kind == MP__MAP) {
        *key = v->as.map->keys[i];
        *value = v->as.map->values[i];
    } else if (v->kind == MP__DOMAINS) {
        *key = mp__string(v->as.domains->items[i].name);
        *value = map_value(&v->as.domains->items[i].entries);
    } else {
        *key = mp__string(mp__str_make(fields[i], MP_NTS));
        device_field(v->as.device, mp__str_make(fields[i], MP_NTS), value);
    }
}

/* ---- maps that grow ---- */

mp__value mp__new_map(mp__machine *m)
{
    mp__map_store *s = MP__NEW(&m->arena, mp__map_store);
    mp__cmap *map = s ? mp__map_of_store(&m->arena, s) : NULL;

    return map ? map_value(map) : mp__no_memory(m);
}

/* The map's store, if nothing was added to it behind the map; else a copy. */
static mp__map_store *own_store(mp__machine *m, const mp__value *map)
{
    mp__map_store *s = map->kind == MP__MAP ? map->as.map->store : NULL;

    if (s && s->used == map->as.map->count)
        return s;
    s = MP__NEW(&m->arena, mp__map_store);
    for (size_t i = 0; s && i < mp__mapping_size(map); i++) {
        mp__value key, value;

        mp__mapping_at(map, i, &key, &value);
        if (!mp__work(m, 1) || !mp__map_store_add(&m->arena, s, &key, &value))
            return NULL;
    }
    return s;
}

mp__value mp__map_put(mp__machine *m, const mp__value *map, const mp__value *key,
                      const mp__value *value)
{
    mp__map_store *s = own_store(m, map);
    size_t at = s ? mp__map_store_find(m, s, key) : 0;
    mp__cmap *out;

    if (s && at < s->used)
        s->values[at] = *value;
    else if (!s || !mp__map_store_add(&m->arena, s, key, value))
        return mp__no_memory(m);
    out = mp__map_of_store(&m->arena, s);
    return out ? map_value(out) : mp__no_memory(m);
}

static mp__value insert(mp__machine *m, const mp__value *map, const mp__value *key,
                        const mp__value *value)
{
    mp__map_store *s = own_store(m, map);
    mp__cmap *out;

    if (!s)
        return mp__no_memory(m);
    if (!mp__has_hash(key))
        return mp__abort(m, mp__no_hash);
    if (mp__map_store_find(m, s, key) < s->used)
        return mp__error(MP__FAIL_TEXT, MP__STR("insert failed: the key already exists"));
    if (!mp__map_store_add(&m->arena, s, key, value))
        return mp__no_memory(m);
    out = mp__map_of_store(&m->arena, s);
    return out ? map_value(out) : mp__no_memory(m);
}

/* The step of transformMap (a key and a value) and of transformMapEntry (a map of new entries). */
mp__value mp__fn_map_insert(mp__machine *m, const mp__value *args)
{
    mp__value map = args[0], key, value;

    if (m->calling->arg_count == 3)
        return insert(m, &map, &args[1], &args[2]);
    for (size_t i = 0; i < mp__mapping_size(&args[1]) && map.kind != MP__ERROR; i++) {
        mp__mapping_at(&args[1], i, &key, &value);
        map = insert(m, &map, &key, &value);
    }
    return map;
}

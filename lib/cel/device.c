/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices, prepared for matching: attributes and capacities by domain and id, both in bytewise
 * order, versions and quantities parsed once.
 */
#include "cel_internal.h"

/* Of a copy's arena at first: what is set in one is little. */
#define COPY_BLOCK 112

mp_status mp_cel_device_new(const mp_allocator *alloc, const char *driver, size_t driver_size,
                            mp_cel_device **out, mp_error *err)
{
    mp_allocator a = mp__allocator(alloc);
    mp__str text = mp__str_make(driver, driver_size);
    mp_cel_device *d = mp__calloc(&a, 1, sizeof *d);

    mp__error_clear(err);
    *out = NULL;
    if (!d)
        return mp__fail_nomem(err);
    d->alloc = a;
    mp__arena_init(&d->arena, &a);
    d->driver.data = mp__arena_strdup(&d->arena, text.data, text.size);
    d->driver.size = text.size;
    if (!d->driver.data) {
        mp_cel_device_free(d);
        return mp__fail_nomem(err);
    }
    *out = d;
    return MP_OK;
}

void mp_cel_device_free(mp_cel_device *device)
{
    mp_allocator a;

    if (!device)
        return;
    a = device->alloc;
    mp__arena_fini(&device->arena);
    mp__free(&a, device);
}

/* ---- lookup ---- */

/* First position in a sorted array of `count` names that is not below `name`. */
static size_t lower_bound(const mp__domain *items, size_t count, mp__str name)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (mp__str_compare(items[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const mp__domain *mp__domains_domain(const mp__domains *domains, mp__str domain)
{
    size_t at = lower_bound(domains->items, domains->count, domain);

    return at < domains->count && mp__str_equal(domains->items[at].name, domain)
               ? &domains->items[at]
               : NULL;
}

static size_t key_bound(const mp__cmap *map, mp__str id)
{
    size_t low = 0, high = map->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (mp__str_compare(mp__text_of(&map->keys[middle]), id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const mp__value *mp__domains_find(const mp__domains *domains, mp__str domain, mp__str id)
{
    const mp__domain *d = mp__domains_domain(domains, domain);
    size_t at = d ? key_bound(&d->entries, id) : 0;

    return d && at < d->entries.count && mp__str_equal(mp__text_of(&d->entries.keys[at]), id)
               ? &d->entries.values[at]
               : NULL;
}

uint32_t mp__name_hash(mp__str domain, mp__str id, bool capacity)
{
    uint32_t h = capacity ? 2166136261u ^ 0x5bd1e995u : 2166136261u;

    for (size_t i = 0; i < domain.size; i++)
        h = (h ^ (unsigned char)domain.data[i]) * 16777619u;
    h = (h ^ 0xffu) * 16777619u; /* no byte of UTF-8 */
    for (size_t i = 0; i < id.size; i++)
        h = (h ^ (unsigned char)id.data[i]) * 16777619u;
    return h ^ h >> 15;
}

const mp__slot *mp__device_slot(const mp_cel_device *device, uint32_t hash, bool capacity,
                                mp__str domain, mp__str id)
{
    const mp__domains *domains = capacity ? &device->capacity : &device->attributes;

    if (!device->slots)
        return NULL;
    for (uint32_t i = hash & device->slot_mask;; i = (i + 1) & device->slot_mask) {
        const mp__slot *s = &device->slots[i];
        const mp__domain *d;

        if (s->at == MP__SLOT_FREE)
            return NULL;
        if (s->hash != hash || !(s->domain & MP__SLOT_CAPACITY) != !capacity)
            continue;
        d = &domains->items[s->domain & ~MP__SLOT_CAPACITY];
        if (mp__str_equal(mp__text_of(&d->entries.keys[s->at]), id) &&
            mp__str_equal(d->name, domain))
            return s;
    }
}

const mp__value *mp__device_find(const mp_cel_device *device, uint32_t hash, bool capacity,
                                 mp__str domain, mp__str id)
{
    const mp__domains *domains = capacity ? &device->capacity : &device->attributes;
    const mp__slot *s;

    if (!device->slots)
        return mp__domains_find(domains, domain, id);
    s = mp__device_slot(device, hash, capacity, domain, id);
    return s ? &domains->items[s->domain & ~MP__SLOT_CAPACITY].entries.values[s->at] : NULL;
}

/* ---- copies: values of their own in one block, everything else shared ---- */

static size_t values_of(const mp__domains *domains)
{
    size_t count = 0;

    for (size_t i = 0; i < domains->count; i++)
        count += domains->items[i].entries.count;
    return count;
}

static void copy_domains(mp__domains *to, const mp__domains *from, mp__domain **items,
                         mp__value **values)
{
    *to = (mp__domains){ *items, from->count, from->count };
    for (size_t i = 0; i < from->count; i++) {
        mp__domain *d = &(*items)[i];

        *d = from->items[i];
        memcpy(*values, d->entries.values, d->entries.count * sizeof **values);
        d->entries.values = *values;
        d->capacity = d->entries.count;
        *values += d->entries.count;
    }
    *items += from->count;
}

mp_status mp_cel_device_copy(const mp_allocator *alloc, const mp_cel_device *model,
                             mp_cel_device **out, mp_error *err)
{
    size_t domains = model->attributes.count + model->capacity.count;
    size_t values = values_of(&model->attributes) + values_of(&model->capacity);
    mp_allocator a = mp__allocator(alloc);
    mp__domain *items;
    mp__value *room;
    mp_cel_device *d;

    mp__error_clear(err);
    *out = d = mp__alloc(&a, sizeof *d + domains * sizeof *items + values * sizeof(mp__value));
    if (!d)
        return mp__fail_nomem(err);
    *d = *model;
    d->shares = true;
    d->alloc = a;
    mp__arena_init(&d->arena, &a);
    d->arena.block_size = COPY_BLOCK;
    items = (mp__domain *)(d + 1);
    room = (mp__value *)(items + domains);
    copy_domains(&d->attributes, &model->attributes, &items, &room);
    copy_domains(&d->capacity, &model->capacity, &items, &room);
    return MP_OK;
}

/* ---- setting ---- */

/* After an entry (or a domain, `at` MP__SLOT_FREE) came to stand before others, they are one
 * further. */
static void shift_slots(mp_cel_device *d, uint16_t domain, uint16_t at)
{
    for (uint32_t i = 0; d->slots && i <= d->slot_mask; i++) {
        mp__slot *s = &d->slots[i];

        if (s->at == MP__SLOT_FREE || (s->domain ^ domain) & MP__SLOT_CAPACITY)
            continue;
        if (at == MP__SLOT_FREE)
            s->domain = (uint16_t)(s->domain + (s->domain >= domain));
        else if (s->domain == domain && s->at >= at)
            s->at++;
    }
}

static void put_slot(mp__slot *slots, uint32_t mask, mp__slot slot)
{
    uint32_t i = slot.hash & mask;

    while (slots[i].at != MP__SLOT_FREE)
        i = (i + 1) & mask;
    slots[i] = slot;
}

/* Twice the room, or none from MP__SLOT_NAMES names on. */
static bool widen_slots(mp_cel_device *d)
{
    uint32_t size = d->slots ? 2 * (d->slot_mask + 1) : 16;
    mp__slot *wider;

    if (d->name_count >= MP__SLOT_NAMES) {
        d->slots = NULL;
        return true;
    }
    if (d->name_count && !d->slots)
        return true; /* given up before */
    wider = MP__NEW_ARRAY(&d->arena, mp__slot, size);
    if (!wider)
        return false;
    memset(wider, 0xff, size * sizeof *wider);
    for (uint32_t i = 0; d->slots && i <= d->slot_mask; i++)
        if (d->slots[i].at != MP__SLOT_FREE)
            put_slot(wider, size - 1, d->slots[i]);
    d->slots = wider;
    d->slot_mask = size - 1;
    return true;
}

static mp__str copy(mp_cel_device *d, mp__str text)
{
    char *data = mp__arena_strdup(&d->arena, text.data, text.size);

    return (mp__str){ data, data ? text.size : 0 };
}

/* Keys and slots of its own, before a name is added. */
static bool unshare(mp_cel_device *d)
{
    mp__domains *all[2] = { &d->attributes, &d->capacity };
    mp__slot *slots;

    if (!d->shares)
        return true;
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < all[k]->count; i++) {
            mp__cmap *map = &all[k]->items[i].entries;
            mp__value *keys = MP__NEW_ARRAY(&d->arena, mp__value, map->count + 1);

            if (!keys)
                return false;
            if (map->count)
                memcpy(keys, map->keys, map->count * sizeof *keys);
            map->keys = keys;
        }
    }
    slots = d->slots ? MP__NEW_ARRAY(&d->arena, mp__slot, d->slot_mask + 1u) : NULL;
    if (d->slots && !slots)
        return false;
    if (slots)
        memcpy(slots, d->slots, (d->slot_mask + 1u) * sizeof *slots);
    d->slots = slots;
    d->shares = false;
    return true;
}

static mp__domain *add_domain(mp_cel_device *d, mp__domains *domains, mp__str name)
{
    size_t at = lower_bound(domains->items, domains->count, name);

    if (at < domains->count && mp__str_equal(domains->items[at].name, name))
        return &domains->items[at];
    name = copy(d, name);
    if (!name.data || !unshare(d))
        return NULL;
    if (domains->count == domains->capacity) {
        size_t wider = domains->capacity ? domains->capacity * 2 : 2;
        mp__domain *grown = MP__NEW_ARRAY(&d->arena, mp__domain, wider);

        if (!grown)
            return NULL;
        if (domains->count)
            memcpy(grown, domains->items, domains->count * sizeof *grown);
        domains->items = grown;
        domains->capacity = wider;
    }
    shift_slots(d, (uint16_t)(at | (domains == &d->capacity ? MP__SLOT_CAPACITY : 0)),
                MP__SLOT_FREE);
    memmove(&domains->items[at + 1], &domains->items[at],
            (domains->count - at) * sizeof *domains->items);
    memset(&domains->items[at], 0, sizeof *domains->items);
    domains->items[at].name = name;
    domains->items[at].entries.fixed = true;
    domains->count++;
    return &domains->items[at];
}

/* Keys and values lie in one block, keys first; the arrays are rebuilt when they grow. */
static mp_status add_entry(mp_cel_device *d, const mp__domains *domains, mp__domain *domain,
                           mp__str id, mp__value value)
{
    mp__cmap *map = &domain->entries;
    bool capacity = domains == &d->capacity;
    uint16_t number =
        (uint16_t)((size_t)(domain - domains->items) | (capacity ? MP__SLOT_CAPACITY : 0));
    size_t at = key_bound(map, id);
    mp__value *keys, *values = (mp__value *)(uintptr_t)map->values;

    if (at < map->count && mp__str_equal(mp__text_of(&map->keys[at]), id)) {
        values[at] = value;
        return MP_OK;
    }
    id = copy(d, id);
    if (!id.data || !unshare(d))
        return MP_ENOMEM;
    keys = (mp__value *)(uintptr_t)map->keys;
    if ((!d->slots || 2 * d->name_count > d->slot_mask) && !widen_slots(d))
        return MP_ENOMEM;
    if (map->count == domain->capacity) {
        size_t wider = domain->capacity ? domain->capacity * 2 : 4;
        mp__value *block = MP__NEW_ARRAY(&d->arena, mp__value, 2 * wider);

        if (!block)
            return MP_ENOMEM;
        if (map->count) {
            memcpy(block, keys, map->count * sizeof *block);
            memcpy(block + wider, values, map->count * sizeof *block);
        }
        map->keys = keys = block;
        map->values = values = block + wider;
        domain->capacity = wider;
    }
    memmove(&keys[at + 1], &keys[at], (map->count - at) * sizeof *keys);
    memmove(&values[at + 1], &values[at], (map->count - at) * sizeof *values);
    keys[at] = mp__string(id);
    values[at] = value;
    map->count++;
    d->name_count++;
    shift_slots(d, number, (uint16_t)at);
    if (d->slots)
        put_slot(d->slots, d->slot_mask,
                 (mp__slot){ mp__name_hash(domain->name, id, capacity), number, (uint16_t)at });
    return MP_OK;
}

/* A name "domain/id", cut at the first slash, or "id" in the driver's domain. */
static mp_status set(mp_cel_device *d, mp__domains *domains, mp__str name, mp__value value)
{
    const char *slash = memchr(name.data, '/', name.size);
    mp__str domain = d->driver, id = name;
    mp__domain *place;

    if (slash) {
        domain = (mp__str){ name.data, (size_t)(slash - name.data) };
        id = (mp__str){ slash + 1, name.size - domain.size - 1 };
    }
    place = add_domain(d, domains, domain);
    return place ? add_entry(d, domains, place, id, value) : MP_ENOMEM;
}

static mp_status set_malformed(mp_cel_device *d, mp__str name)
{
    name = copy(d, name);
    if (!name.data)
        return MP_ENOMEM;
    if (!d->malformed.data)
        d->malformed = name;
    return MP_OK;
}

mp_status mp_cel_device_set_string(mp_cel_device *device, const char *name, size_t name_size,
                                   const char *text, size_t size)
{
    mp__str s = copy(device, mp__str_make(text, size));

    return s.data ? set(device, &device->attributes, mp__str_make(name, name_size), mp__string(s))
                  : MP_ENOMEM;
}

mp_status mp_cel_device_set_bool(mp_cel_device *device, const char *name, size_t name_size,
                                 bool value)
{
    return set(device, &device->attributes, mp__str_make(name, name_size), mp__bool(value));
}

mp_status mp_cel_device_set_int(mp_cel_device *device, const char *name, size_t name_size,
                                int64_t value)
{
    return set(device, &device->attributes, mp__str_make(name, name_size), mp__int(value));
}

/* A copy of the text as a version; *valid tells whether it is one. */
static mp_status make_version(mp_cel_device *d, mp__str text, mp__value *out, bool *valid)
{
    mp__str s = copy(d, text);
    mp_semver *version = MP__NEW(&d->arena, mp_semver);

    if (!s.data || !version)
        return MP_ENOMEM;
    *valid = mp_semver_parse(s.data, s.size, 0, version, NULL) == MP_OK;
    memset(out, 0, sizeof *out);
    out->kind = MP__SEMVER;
    out->as.semver = version;
    return MP_OK;
}

mp_status mp_cel_device_set_version(mp_cel_device *device, const char *name, size_t name_size,
                                    const char *text, size_t size)
{
    mp__value v;
    bool valid;
    mp_status st = make_version(device, mp__str_make(text, size), &v, &valid);

    if (st != MP_OK)
        return st;
    return valid ? set(device, &device->attributes, mp__str_make(name, name_size), v)
                 : set_malformed(device, mp__str_make(name, name_size));
}

/* ---- setting lists ---- */

/* Room for `count` values; NULL when out of memory. */
static mp__list *new_list(mp_cel_device *d, size_t count, mp__value **items)
{
    mp__list *list = MP__NEW(&d->arena, mp__list);

    *items = MP__NEW_ARRAY(&d->arena, mp__value, count);
    if (!list || !*items)
        return NULL;
    list->items = *items;
    list->count = count;
    return list;
}

static mp_status set_list(mp_cel_device *d, mp__str name, const mp__list *list)
{
    mp__value v = { 0 };

    v.kind = MP__LIST;
    v.as.list = list;
    return set(d, &d->attributes, name, v);
}

mp_status mp_cel_device_set_strings(mp_cel_device *device, const char *name, size_t name_size,
                                    const char *const *texts, const size_t *sizes, size_t count)
{
    mp__value *items;
    mp__list *list = new_list(device, count, &items);

    if (!list)
        return MP_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        mp__str s = copy(device, mp__str_make(texts[i], sizes[i]));

        if (!s.data)
            return MP_ENOMEM;
        items[i] = mp__string(s);
    }
    return set_list(device, mp__str_make(name, name_size), list);
}

mp_status mp_cel_device_set_bools(mp_cel_device *device, const char *name, size_t name_size,
                                  const bool *values, size_t count)
{
    mp__value *items;
    mp__list *list = new_list(device, count, &items);

    if (!list)
        return MP_ENOMEM;
    for (size_t i = 0; i < count; i++)
        items[i] = mp__bool(values[i]);
    return set_list(device, mp__str_make(name, name_size), list);
}

mp_status mp_cel_device_set_ints(mp_cel_device *device, const char *name, size_t name_size,
                                 const int64_t *values, size_t count)
{
    mp__value *items;
    mp__list *list = new_list(device, count, &items);

    if (!list)
        return MP_ENOMEM;
    for (size_t i = 0; i < count; i++)
        items[i] = mp__int(values[i]);
    return set_list(device, mp__str_make(name, name_size), list);
}

mp_status mp_cel_device_set_versions(mp_cel_device *device, const char *name, size_t name_size,
                                     const char *const *texts, const size_t *sizes, size_t count)
{
    mp__value *items;
    mp__list *list = new_list(device, count, &items);
    mp_status st = list ? MP_OK : MP_ENOMEM;
    bool valid = true;

    for (size_t i = 0; st == MP_OK && valid && i < count; i++)
        st = make_version(device, mp__str_make(texts[i], sizes[i]), &items[i], &valid);
    if (st != MP_OK)
        return st;
    return valid ? set_list(device, mp__str_make(name, name_size), list)
                 : set_malformed(device, mp__str_make(name, name_size));
}

mp_status mp_cel_device_set_invalid(mp_cel_device *device, const char *name, size_t name_size)
{
    return set_malformed(device, mp__str_make(name, name_size));
}

mp_status mp_cel_device_set_capacity(mp_cel_device *device, const char *name, size_t name_size,
                                     const char *text, size_t size)
{
    mp_allocator arena = mp__arena_allocator(&device->arena);
    mp__str s = mp__str_make(text, size);
    mp_quantity *q = MP__NEW(&device->arena, mp_quantity);
    mp__value v = { 0 };
    mp_status st;

    if (!q)
        return MP_ENOMEM;
    st = mp_quantity_parse(&arena, s.data, s.size, q, NULL);
    if (st == MP_ENOMEM)
        return st;
    if (st != MP_OK)
        return set_malformed(device, mp__str_make(name, name_size));
    v.kind = MP__QUANTITY;
    v.as.quantity = q;
    return set(device, &device->capacity, mp__str_make(name, name_size), v);
}

mp_status mp_cel_device_set_multiple_allocations(mp_cel_device *device, bool value)
{
    device->multiple = value;
    return MP_OK;
}

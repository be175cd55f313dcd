/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pools of a cluster and the devices on their nodes.
 *
 * Attributes are kept in order of name, attributes before capacities, so that a device's content
 * does not depend on the order in which it was described.
 */
#include "fleet_internal.h"
#include <inttypes.h>

/* Pools up to which names are simply compared. */
#define POOLS_FEW 16

static mp_pool *find_pool(const mp_cluster *c, mp__str name)
{
    if (c->pool_names)
        return mp__map_get(c->pool_names, name.data, name.size);
    for (size_t i = 0; i < c->pool_count; i++)
        if (mp__str_equal(c->pools[i]->name, name))
            return c->pools[i];
    return NULL;
}

/* Makes the map of names, where the last pool added is one more than a few; or adds that. */
static bool name_pool(mp_cluster *c)
{
    size_t from = c->pool_names ? c->pool_count - 1 : 0;

    if (c->pool_count <= POOLS_FEW)
        return true;
    if (!c->pool_names) {
        c->pool_names = mp__calloc(&c->fleet->alloc, 1, sizeof *c->pool_names);
        if (!c->pool_names)
            return false;
        mp__map_init(c->pool_names, &c->fleet->alloc);
    }
    for (size_t i = from; i < c->pool_count; i++) {
        mp__str name = c->pools[i]->name;

        if (mp__map_set_borrowed(c->pool_names, name.data, name.size, c->pools[i]))
            continue;
        if (from == 0) {
            mp__map_fini(c->pool_names);
            mp__free(&c->fleet->alloc, c->pool_names);
            c->pool_names = NULL;
        }
        return false;
    }
    return true;
}

mp_pool *mp_cluster_add_pool(mp_cluster *c, const char *name, size_t name_size, int64_t nodes,
                             mp_error *err)
{
    mp__str text = mp__str_make(name, name_size);
    mp_pool *p, **grown;

    mp__error_clear(err);
    if (find_pool(c, text)) {
        mp__fail(err, MP_EEXIST, "pool \"%.*s\" exists already", (int)text.size, text.data);
        return NULL;
    }
    if (c->pool_count >= UINT32_MAX) {
        mp__fail(err, MP_ELIMIT, "a cluster has at most %" PRIu32 " pools", UINT32_MAX);
        return NULL;
    }
    p = MP__NEW(mp__cluster_arena(c), mp_pool);
    if (!p)
        goto nomem;
    p->cluster = c;
    p->name = mp__arena_str(&c->arena, text);
    p->nodes = nodes > 0 ? nodes : 0;
    p->index = (uint32_t)c->pool_count;
    if (!p->name.data || mp__pool_reprofile(p) != MP_OK)
        goto nomem;
    grown = mp__arena_push(mp__cluster_arena(c), c->pools, &c->pool_count, &c->pool_capacity,
                           sizeof *grown);
    if (!grown) {
        mp__profile_unref(c->fleet, p->profile);
        goto nomem;
    }
    c->pools = grown;
    grown[c->pool_count - 1] = p;
    if (!name_pool(c)) {
        c->pool_count--;
        mp__profile_unref(c->fleet, p->profile);
        goto nomem;
    }
    c->fleet->version++;
    return p;
nomem:
    mp__fail_nomem(err);
    return NULL;
}

mp_status mp_pool_set_nodes(mp_pool *p, int64_t nodes)
{
    if (p->levels && p->levels->domain_count > 0)
        return MP_EINVAL;
    p->nodes = nodes > 0 ? nodes : 0;
    p->cluster->fleet->version++;
    return MP_OK;
}

mp_status mp_pool_set_cost(mp_pool *p, int64_t cost)
{
    p->cost = cost;
    p->cluster->fleet->version++;
    return MP_OK;
}

mp_pool *mp_cluster_find_pool(const mp_cluster *c, const char *name, size_t size)
{
    mp__str text = mp__str_make(name, size);

    return c ? find_pool(c, text) : NULL;
}

size_t mp_cluster_pool_count(const mp_cluster *c)
{
    return c ? c->pool_count : 0;
}

mp_pool *mp_cluster_pool(const mp_cluster *c, size_t i)
{
    return c && i < c->pool_count ? c->pools[i] : NULL;
}

const char *mp_pool_name(const mp_pool *p, size_t *size)
{
    if (size)
        *size = p ? p->name.size : 0;
    return p ? p->name.data : NULL;
}

int64_t mp_pool_nodes(const mp_pool *p)
{
    return p ? p->nodes : 0;
}

/* ---- devices ---- */

/* A place at the end of the pool's devices, which are counted by the caller. */
static bool add_place(mp_pool *p)
{
    size_t count = p->device_count;
    mp_device **wider;

    if ((count & (count - 1)) != 0 || count == 1)
        return true;
    wider = MP__NEW_ARRAY(mp__cluster_arena(p->cluster), mp_device *, count ? 2 * count : 2);
    if (!wider)
        return false;
    if (count > 0)
        memcpy(wider, p->devices, count * sizeof *wider);
    p->devices = wider;
    return true;
}

mp_device *mp_pool_add_device(mp_pool *p, const char *name, size_t name_size, const char *driver,
                              size_t driver_size, const char *device_class,
                              size_t device_class_size, mp_claim claim, int64_t count,
                              mp_error *err)
{
    mp_fleet *fleet = p->cluster->fleet;
    mp_device *d;

    mp__error_clear(err);
    if (p->device_count >= MP_POOL_DEVICES_MAX) {
        mp__fail(err, MP_ELIMIT, "a pool has at most %d kinds of devices", MP_POOL_DEVICES_MAX);
        return NULL;
    }
    d = MP__NEW(mp__cluster_arena(p->cluster), mp_device);
    if (!d || !add_place(p))
        goto nomem;
    d->pool = p;
    d->count = count > 0 ? count : 0;
    d->kind = mp__kind_get(fleet, mp__str_make(name, name_size), mp__str_make(driver, driver_size),
                           mp__str_make(device_class, device_class_size), claim);
    if (!d->kind)
        goto nomem;
    p->devices[p->device_count++] = d;
    if (mp__device_reshape(d, NULL, 0) != MP_OK) {
        p->device_count--;
        mp__kind_unref(fleet, d->kind);
        goto nomem;
    }
    fleet->version++;
    return d;
nomem:
    mp__fail_nomem(err);
    return NULL;
}

/* Attributes come before capacities; each sort by name. */
static int compare_attribute(const mp__attribute *a, const mp__attribute *b)
{
    bool capacity = a->kind == MP__ATTRIBUTE_CAPACITY;

    if (capacity != (b->kind == MP__ATTRIBUTE_CAPACITY))
        return capacity ? 1 : -1;
    return mp__str_compare(a->name, b->name);
}

/* Sets or replaces one attribute or capacity and gives the device its new shape; on failure the
 * device is as it was. */
static mp_status set(mp_device *d, mp__attribute_kind kind, mp__str name, mp__str text,
                     int64_t number)
{
    const mp_allocator *alloc = &d->pool->cluster->fleet->alloc;
    const mp__attribute attribute = { name, text, number, kind };
    size_t count = d->shape->attribute_count, at = 0;
    const mp__attribute *old = d->shape->attributes;
    bool replaces;
    mp__attribute *list;
    mp_status st;

    while (at < count && compare_attribute(&old[at], &attribute) < 0)
        at++;
    replaces = at < count && compare_attribute(&old[at], &attribute) == 0;
    if (!replaces && count >= MP_DEVICE_ATTRIBUTES_MAX)
        return MP_ELIMIT;
    list = mp__calloc(alloc, count + 1, sizeof *list);
    if (!list)
        return MP_ENOMEM;
    memcpy(list, old, at * sizeof *list);
    list[at] = attribute;
    memcpy(&list[at + 1], &old[at + replaces], (count - at - replaces) * sizeof *list);
    st = mp__device_reshape(d, list, count + !replaces);
    mp__free(alloc, list);
    if (st == MP_OK)
        d->pool->cluster->fleet->version++;
    return st;
}

mp_status mp_device_set_string(mp_device *d, const char *name, size_t name_size, const char *text,
                               size_t size)
{
    return set(d, MP__ATTRIBUTE_STRING, mp__str_make(name, name_size), mp__str_make(text, size), 0);
}

mp_status mp_device_set_bool(mp_device *d, const char *name, size_t name_size, bool value)
{
    return set(d, MP__ATTRIBUTE_BOOL, mp__str_make(name, name_size), MP__STR(""), value);
}

mp_status mp_device_set_int(mp_device *d, const char *name, size_t name_size, int64_t value)
{
    return set(d, MP__ATTRIBUTE_INT, mp__str_make(name, name_size), MP__STR(""), value);
}

mp_status mp_device_set_version(mp_device *d, const char *name, size_t name_size, const char *text,
                                size_t size)
{
    return set(d, MP__ATTRIBUTE_VERSION, mp__str_make(name, name_size), mp__str_make(text, size),
               0);
}

mp_status mp_device_set_invalid(mp_device *d, const char *name, size_t name_size)
{
    return set(d, MP__ATTRIBUTE_INVALID, mp__str_make(name, name_size), MP__STR(""), 0);
}

mp_status mp_device_set_capacity(mp_device *d, const char *name, size_t name_size, const char *text,
                                 size_t size)
{
    return set(d, MP__ATTRIBUTE_CAPACITY, mp__str_make(name, name_size), mp__str_make(text, size),
               0);
}

size_t mp_pool_device_count(const mp_pool *p)
{
    return p ? p->device_count : 0;
}

mp_device *mp_pool_device(const mp_pool *p, size_t i)
{
    return p && i < p->device_count ? p->devices[i] : NULL;
}

const char *mp_device_name(const mp_device *d, size_t *size)
{
    if (size)
        *size = d ? d->kind->name.size : 0;
    return d ? d->kind->name.data : NULL;
}

int64_t mp_device_count(const mp_device *d)
{
    return d ? d->count : 0;
}

const mp_cel_device *mp_device_cel(const mp_device *d)
{
    return d && d->shape ? d->shape->cel : NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pools of a cluster and the devices on their nodes.
 *
 * Attributes are kept in order of name, attributes before capacities, so that a device's content
 * does not depend on the order in which it was described.
 */
#include "fleet_internal.h"

mp_pool *mp_cluster_add_pool(mp_cluster *c, const char *name, size_t name_size, int64_t nodes,
                             mp_error *err)
{
    mp__str text = mp__str_make(name, name_size);
    mp_pool *p, **grown;

    mp__error_clear(err);
    if (mp__map_get(&c->pool_names, text.data, text.size)) {
        mp__fail(err, MP_EEXIST, "pool \"%.*s\" exists already", (int)text.size, text.data);
        return NULL;
    }
    p = MP__NEW(&c->arena, mp_pool);
    if (!p)
        goto nomem;
    p->cluster = c;
    p->name = mp__arena_str(&c->arena, text);
    p->nodes = nodes > 0 ? nodes : 0;
    p->index = c->pool_count;
    if (!p->name.data || mp__pool_reprofile(p) != MP_OK)
        goto nomem;
    grown = mp__arena_push(&c->arena, c->pools, &c->pool_count, &c->pool_capacity, sizeof *grown);
    if (!grown) {
        mp__profile_unref(c->fleet, p->profile);
        goto nomem;
    }
    c->pools = grown;
    grown[c->pool_count - 1] = p;
    if (!mp__map_set(&c->pool_names, text.data, text.size, p)) {
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

    return c ? mp__map_get(&c->pool_names, text.data, text.size) : NULL;
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

mp_device *mp_pool_add_device(mp_pool *p, const char *name, size_t name_size, const char *driver,
                              size_t driver_size, const char *device_class,
                              size_t device_class_size, mp_claim claim, int64_t count,
                              mp_error *err)
{
    mp__arena *arena = &p->cluster->arena;
    mp_device *d = MP__NEW(arena, mp_device), **grown;

    mp__error_clear(err);
    if (p->device_count >= MP_POOL_DEVICES_MAX) {
        mp__fail(err, MP_ELIMIT, "a pool has at most %d kinds of devices", MP_POOL_DEVICES_MAX);
        return NULL;
    }
    if (!d)
        goto nomem;
    d->pool = p;
    d->name = mp__arena_str(arena, mp__str_make(name, name_size));
    d->driver = mp__arena_str(arena, mp__str_make(driver, driver_size));
    d->device_class = mp__arena_str(arena, mp__str_make(device_class, device_class_size));
    d->claim = claim;
    d->count = count > 0 ? count : 0;
    if (!d->name.data || !d->driver.data || !d->device_class.data)
        goto nomem;
    grown = mp__arena_push(arena, p->devices, &p->device_count, &p->device_capacity, sizeof *grown);
    if (!grown)
        goto nomem;
    p->devices = grown;
    grown[p->device_count - 1] = d;
    if (mp__device_reshape(d) != MP_OK) {
        p->device_count--;
        goto nomem;
    }
    p->cluster->fleet->version++;
    return d;
nomem:
    mp__fail_nomem(err);
    return NULL;
}

/* Attributes come before capacities; each sort by name. */
static int compare_attribute(const mp__attribute *a, bool is_capacity, mp__str name)
{
    bool a_capacity = a->kind == MP__ATTRIBUTE_CAPACITY;

    if (a_capacity != is_capacity)
        return a_capacity ? 1 : -1;
    return mp__str_compare(a->name, name);
}

static size_t find_attribute(const mp_device *d, bool is_capacity, mp__str name, bool *found)
{
    size_t at = 0;

    while (at < d->attribute_count && compare_attribute(&d->attributes[at], is_capacity, name) < 0)
        at++;
    *found =
        at < d->attribute_count && compare_attribute(&d->attributes[at], is_capacity, name) == 0;
    return at;
}

static void move_attributes(mp_device *d, size_t to, size_t from, size_t end)
{
    memmove(&d->attributes[to], &d->attributes[from], (end - from) * sizeof *d->attributes);
}

/* Sets or replaces one attribute or capacity and gives the device its new shape; on failure the
 * device is as it was. */
static mp_status set(mp_device *d, mp__attribute_kind kind, mp__str name, mp__str text,
                     int64_t number)
{
    mp__arena *arena = &d->pool->cluster->arena;
    mp__attribute attribute = { mp__arena_str(arena, name), mp__arena_str(arena, text), number,
                                kind };
    mp__attribute before = { 0 };
    bool replaces;
    size_t at = find_attribute(d, kind == MP__ATTRIBUTE_CAPACITY, name, &replaces);
    mp_status st;

    if (!attribute.name.data || !attribute.text.data)
        return MP_ENOMEM;
    if (replaces) {
        before = d->attributes[at];
    } else {
        mp__attribute *grown;

        if (d->attribute_count >= MP_DEVICE_ATTRIBUTES_MAX)
            return MP_ELIMIT;
        grown = mp__arena_push(arena, d->attributes, &d->attribute_count, &d->attribute_capacity,
                               sizeof *grown);
        if (!grown)
            return MP_ENOMEM;
        d->attributes = grown;
        move_attributes(d, at + 1, at, d->attribute_count - 1);
    }
    d->attributes[at] = attribute;
    st = mp__device_reshape(d);
    if (st == MP_OK) {
        d->pool->cluster->fleet->version++;
    } else if (replaces) {
        d->attributes[at] = before;
    } else {
        move_attributes(d, at, at + 1, d->attribute_count);
        d->attribute_count--;
    }
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
        *size = d ? d->name.size : 0;
    return d ? d->name.data : NULL;
}

int64_t mp_device_count(const mp_device *d)
{
    return d ? d->count : 0;
}

const mp_cel_device *mp_device_cel(const mp_device *d)
{
    return d && d->shape ? d->shape->cel : NULL;
}

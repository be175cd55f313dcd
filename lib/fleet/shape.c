/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interning of devices into shapes and of pools into profiles.
 *
 * The key of a shape is the device's driver and its attributes in order of name, each with its kind
 * and sizes, so that no two contents share a key.  The key of a profile is its devices' shapes (by
 * address: a live shape has one), claims, counts and classes.
 */
#include "fleet_internal.h"

static void put_str(mp__buf *buf, mp__str text)
{
    mp__buf_put(buf, (const char *)&text.size, sizeof text.size);
    mp__buf_put(buf, text.data, text.size);
}

static void put_bytes(mp__buf *buf, const void *data, size_t size)
{
    mp__buf_put(buf, data, size);
}

static void shape_key(const mp_device *d, const mp__attribute *list, size_t count, mp__buf *key)
{
    put_str(key, d->kind->driver);
    for (size_t i = 0; i < count; i++) {
        const mp__attribute *a = &list[i];

        mp__buf_putc(key, (char)a->kind);
        put_str(key, a->name);
        put_str(key, a->text);
        put_bytes(key, &a->number, sizeof a->number);
    }
}

static mp_status set_attribute(mp_cel_device *cel, const mp__attribute *a)
{
    switch (a->kind) {
    case MP__ATTRIBUTE_STRING:
        return mp_cel_device_set_string(cel, a->name.data, a->name.size, a->text.data,
                                        a->text.size);
    case MP__ATTRIBUTE_BOOL:
        return mp_cel_device_set_bool(cel, a->name.data, a->name.size, a->number != 0);
    case MP__ATTRIBUTE_INT:
        return mp_cel_device_set_int(cel, a->name.data, a->name.size, a->number);
    case MP__ATTRIBUTE_VERSION:
        return mp_cel_device_set_version(cel, a->name.data, a->name.size, a->text.data,
                                         a->text.size);
    case MP__ATTRIBUTE_INVALID:
        return mp_cel_device_set_invalid(cel, a->name.data, a->name.size);
    case MP__ATTRIBUTE_CAPACITY:
        return mp_cel_device_set_capacity(cel, a->name.data, a->name.size, a->text.data,
                                          a->text.size);
    }
    return MP_EINVAL;
}

/* A copy of a list with its texts, in one block. */
static mp__attribute *copy_attributes(const mp_allocator *alloc, const mp__attribute *list,
                                      size_t count)
{
    size_t size = count * sizeof *list + 1;
    mp__attribute *copy;
    char *text;

    for (size_t i = 0; i < count; i++)
        size += list[i].name.size + list[i].text.size + 2;
    copy = mp__calloc(alloc, size, 1);
    text = (char *)(copy ? copy + count : NULL);
    for (size_t i = 0; copy && i < count; i++) {
        mp__str *parts[] = { &copy[i].name, &copy[i].text };

        copy[i] = list[i];
        for (size_t k = 0; k < MP__COUNT(parts); k++) {
            memcpy(text, parts[k]->data, parts[k]->size);
            parts[k]->data = text;
            text += parts[k]->size + 1;
        }
    }
    return copy;
}

static void free_shape(mp_fleet *fleet, mp__shape *shape)
{
    mp_cel_device_free(shape->cel);
    mp__free(&fleet->alloc, shape->attributes);
    mp__free(&fleet->alloc, shape);
}

static mp__shape *new_shape(mp_fleet *fleet, const mp_device *d, const mp__attribute *list,
                            size_t count, const mp__buf *key)
{
    mp__shape *shape = mp__calloc(&fleet->alloc, 1, sizeof *shape);
    mp__str driver = d->kind->driver;
    mp_status st;

    if (!shape)
        return NULL;
    shape->attributes = copy_attributes(&fleet->alloc, list, count);
    shape->attribute_count = count;
    st = shape->attributes
             ? mp_cel_device_new(&fleet->alloc, driver.data, driver.size, &shape->cel, NULL)
             : MP_ENOMEM;
    for (size_t i = 0; st == MP_OK && i < count; i++)
        st = set_attribute(shape->cel, &list[i]);
    if (st == MP_OK)
        shape->entry = mp__table_add(&fleet->shapes, (mp__str){ key->data, key->size }, shape);
    if (!shape->entry) {
        free_shape(fleet, shape);
        return NULL;
    }
    return shape;
}

void mp__shape_unref(mp_fleet *fleet, mp__shape *shape)
{
    if (!shape || --shape->entry->refs > 0)
        return;
    mp__table_remove(&fleet->shapes, shape->entry);
    free_shape(fleet, shape);
}

mp_status mp__device_reshape(mp_device *d, const mp__attribute *list, size_t count)
{
    mp_fleet *fleet = d->pool->cluster->fleet;
    mp__shape *old = d->shape, *shape;
    mp__buf key;
    mp__entry *entry;
    mp_status st;

    mp__buf_init(&key, &fleet->alloc);
    shape_key(d, list, count, &key);
    if (key.failed) {
        mp__buf_fini(&key);
        return MP_ENOMEM;
    }
    entry = mp__table_find(&fleet->shapes, (mp__str){ key.data, key.size });
    if (entry) {
        shape = entry->value;
        entry->refs++;
    } else {
        shape = new_shape(fleet, d, list, count, &key);
    }
    mp__buf_fini(&key);
    if (!shape)
        return MP_ENOMEM;
    d->shape = shape;
    st = mp__pool_reprofile(d->pool);
    if (st != MP_OK) {
        d->shape = old;
        mp__shape_unref(fleet, shape);
        return st;
    }
    mp__shape_unref(fleet, old);
    return MP_OK;
}

/* ---- profiles ---- */

static void profile_key(const mp_pool *p, mp__buf *key)
{
    for (size_t i = 0; i < p->device_count; i++) {
        const mp_device *d = p->devices[i];

        put_bytes(key, &d->shape, sizeof d->shape);
        put_bytes(key, &d->count, sizeof d->count);
        mp__buf_putc(key, (char)d->kind->claim);
        put_str(key, d->kind->device_class);
    }
    if (p->device_count == 0)
        mp__buf_puts(key, "none"); /* an empty key has no data */
}

static void free_profile(mp_fleet *fleet, mp__profile *profile)
{
    mp__free(&fleet->alloc, profile->devices);
    mp__free(&fleet->alloc, profile->texts);
    mp__free(&fleet->alloc, profile);
}

static mp__profile *new_profile(mp_fleet *fleet, const mp_pool *p, const mp__buf *key)
{
    mp__profile *profile = mp__calloc(&fleet->alloc, 1, sizeof *profile);
    size_t text_size = 0;
    char *text;

    if (!profile)
        return NULL;
    for (size_t i = 0; i < p->device_count; i++)
        text_size += p->devices[i]->kind->device_class.size + 1;
    profile->device_count = p->device_count;
    profile->devices = mp__calloc(&fleet->alloc, p->device_count + 1, sizeof *profile->devices);
    profile->texts = text = mp__calloc(&fleet->alloc, text_size + 1, 1);
    if (profile->devices && profile->texts)
        profile->entry =
            mp__table_add(&fleet->profiles, (mp__str){ key->data, key->size }, profile);
    if (!profile->entry) {
        free_profile(fleet, profile);
        return NULL;
    }
    for (size_t i = 0; i < p->device_count; i++) {
        const mp_device *d = p->devices[i];

        memcpy(text, d->kind->device_class.data, d->kind->device_class.size);
        profile->devices[i] = (mp__profile_device){
            d->shape, d->kind->claim, d->count, { text, d->kind->device_class.size }
        };
        text += d->kind->device_class.size + 1;
    }
    return profile;
}

void mp__profile_unref(mp_fleet *fleet, mp__profile *profile)
{
    if (!profile || --profile->entry->refs > 0)
        return;
    mp__table_remove(&fleet->profiles, profile->entry);
    free_profile(fleet, profile);
}

mp_status mp__pool_reprofile(mp_pool *p)
{
    mp_fleet *fleet = p->cluster->fleet;
    mp__profile *profile;
    mp__buf key;
    mp__entry *entry;

    mp__buf_init(&key, &fleet->alloc);
    profile_key(p, &key);
    if (key.failed) {
        mp__buf_fini(&key);
        return MP_ENOMEM;
    }
    entry = mp__table_find(&fleet->profiles, (mp__str){ key.data, key.size });
    if (entry) {
        profile = entry->value;
        entry->refs++;
    } else {
        profile = new_profile(fleet, p, &key);
    }
    mp__buf_fini(&key);
    if (!profile)
        return MP_ENOMEM;
    mp__profile_unref(fleet, p->profile);
    p->profile = profile;
    return MP_OK;
}

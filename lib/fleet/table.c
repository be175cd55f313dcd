/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chained buckets, a power of two of them, doubled when there are as many entries.  Numbers of
 * removed entries are used again, smallest stack first, so that tables indexed by them stay dense.
 */
#include "table_internal.h"

#define BUCKETS_MIN 16

void mp__table_init(mp__table *t, const mp_allocator *alloc)
{
    memset(t, 0, sizeof *t);
    t->alloc = mp__allocator(alloc);
}

void mp__table_fini(mp__table *t, void (*release)(void *value, void *user), void *user)
{
    for (size_t i = 0; i < t->bucket_count; i++) {
        mp__entry *e = t->buckets[i];

        while (e) {
            mp__entry *next = e->next;

            if (release)
                release(e->value, user);
            mp__free(&t->alloc, e);
            e = next;
        }
    }
    mp__free(&t->alloc, t->buckets);
    mp__free(&t->alloc, t->free_ids);
    t->buckets = NULL;
    t->free_ids = NULL;
    t->bucket_count = t->count = 0;
}

static mp__entry **bucket_of(const mp__table *t, uint64_t hash)
{
    return &t->buckets[hash & (t->bucket_count - 1)];
}

static uint64_t hash_of(mp__str first, mp__str second)
{
    uint64_t hash = mp__hash(second.data, second.size);

    /* Rotated, so that equal parts do not cancel each other. */
    return first.size ? (hash << 17 | hash >> 47) ^ mp__hash(first.data, first.size) : hash;
}

static bool has_key(const mp__entry *e, mp__str first, mp__str second)
{
    return e->first_size == first.size && e->key_size - e->first_size == second.size &&
           (first.size == 0 || memcmp(e->key, first.data, first.size) == 0) &&
           (second.size == 0 || memcmp(e->key + first.size, second.data, second.size) == 0);
}

mp__entry *mp__table_find2(const mp__table *t, mp__str first, mp__str second)
{
    uint64_t hash;
    mp__entry *e;

    if (t->count == 0)
        return NULL;
    hash = hash_of(first, second);
    for (e = *bucket_of(t, hash); e; e = e->next)
        if (e->hash == hash && has_key(e, first, second))
            return e;
    return NULL;
}

mp__entry *mp__table_find(const mp__table *t, mp__str key)
{
    return mp__table_find2(t, MP__STR(""), key);
}

static bool grow_buckets(mp__table *t)
{
    mp__table wider = *t;

    wider.bucket_count = t->bucket_count ? t->bucket_count * 2 : BUCKETS_MIN;
    wider.buckets = mp__calloc(&t->alloc, wider.bucket_count, sizeof *wider.buckets);
    if (!wider.buckets)
        return false;
    for (size_t i = 0; i < t->bucket_count; i++) {
        mp__entry *e = t->buckets[i];

        while (e) {
            mp__entry *next = e->next, **bucket = bucket_of(&wider, e->hash);

            e->next = *bucket;
            *bucket = e;
            e = next;
        }
    }
    mp__free(&t->alloc, t->buckets);
    *t = wider;
    return true;
}

mp__entry *mp__table_add2(mp__table *t, mp__str first, mp__str second, void *value)
{
    mp__entry *e, **bucket;

    if (t->count >= t->bucket_count && !grow_buckets(t))
        return NULL;
    /* Room to give every id back later, so that removing cannot fail. */
    if (!mp__grow(&t->alloc, &t->free_ids, &t->free_capacity, t->count + t->free_count + 1,
                  sizeof *t->free_ids))
        return NULL;
    if (first.size > SIZE_MAX - sizeof *e || second.size > SIZE_MAX - sizeof *e - first.size)
        return NULL;
    e = mp__alloc(&t->alloc, sizeof *e + first.size + second.size);
    if (!e)
        return NULL;
    e->hash = hash_of(first, second);
    e->refs = 1;
    e->id = t->free_count ? t->free_ids[--t->free_count] : t->id_limit++;
    e->value = value;
    e->first_size = first.size;
    e->key_size = first.size + second.size;
    if (first.size)
        memcpy(e->key, first.data, first.size);
    if (second.size)
        memcpy(e->key + first.size, second.data, second.size);
    bucket = bucket_of(t, e->hash);
    e->next = *bucket;
    *bucket = e;
    t->count++;
    return e;
}

mp__entry *mp__table_add(mp__table *t, mp__str key, void *value)
{
    return mp__table_add2(t, MP__STR(""), key, value);
}

void mp__table_remove(mp__table *t, mp__entry *entry)
{
    mp__entry **link = bucket_of(t, entry->hash);

    while (*link != entry)
        link = &(*link)->next;
    *link = entry->next;
    t->free_ids[t->free_count++] = entry->id;
    t->count--;
    mp__free(&t->alloc, entry);
}

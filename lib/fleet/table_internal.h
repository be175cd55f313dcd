/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table from bytes to an entry that can be removed again, counts its users and has a small
 * number.  Names of clusters and replicas, contents of devices and pools are all kept in one.  A
 * key has two parts (a namespace and a name, say), of which the first may be empty.
 */
#ifndef MP_FLEET_TABLE_INTERNAL_H
#define MP_FLEET_TABLE_INTERNAL_H

#include "base_internal.h"

typedef struct mp__entry mp__entry;
struct mp__entry {
    mp__entry *next; /* in the bucket */
    uint64_t hash;
    size_t refs;
    uint32_t id; /* dense: below table->id_limit, unique among live entries */
    void *value;
    size_t first_size, key_size; /* of the first part, and of both */
    char key[];
};

typedef struct mp__table {
    mp_allocator alloc;
    mp__entry **buckets;
    size_t bucket_count, count;
    uint32_t id_limit;  /* ids handed out so far */
    uint32_t *free_ids; /* stack of ids given back; has room for all of them */
    size_t free_count, free_capacity;
} mp__table;

void mp__table_init(mp__table *t, const mp_allocator *alloc);
/* Frees the table and its entries; values are the caller's business, through `release`. */
void mp__table_fini(mp__table *t, void (*release)(void *value, void *user), void *user);
/* NULL if there is none.  Allocates nothing. */
mp__entry *mp__table_find(const mp__table *t, mp__str key);
mp__entry *mp__table_find2(const mp__table *t, mp__str first, mp__str second);
/* A new entry with one reference; the key must not be there.  NULL when out of memory. */
mp__entry *mp__table_add(mp__table *t, mp__str key, void *value);
mp__entry *mp__table_add2(mp__table *t, mp__str first, mp__str second, void *value);
/* Removes and frees an entry, whatever its references. */
void mp__table_remove(mp__table *t, mp__entry *entry);

#endif

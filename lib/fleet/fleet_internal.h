/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bodies behind fleet.h.
 *
 * A *shape* is the content of a device that selectors can see; a *profile* is the content of a pool
 * that decides whether a member matches: its devices' shapes, claims, classes and counts, in order.
 * Both are interned, so equal content means equal pointer, and both have a dense number for tables.
 */
#ifndef MP_FLEET_INTERNAL_H
#define MP_FLEET_INTERNAL_H

#include "model_internal.h"
#include "table_internal.h"
#include <modelplane/fleet.h>

typedef struct mp__shape {
    mp__entry *entry; /* entry->id numbers it, entry->refs counts devices */
    mp_cel_device *cel;
} mp__shape;

/* One device of a profile: what matching needs to know. */
typedef struct mp__profile_device {
    const mp__shape *shape;
    mp_claim claim;
    int64_t count; /* per node, 0 or more */
    mp__str device_class;
} mp__profile_device;

typedef struct mp__profile {
    mp__entry *entry; /* entry->id numbers it, entry->refs counts pools */
    size_t device_count;
    mp__profile_device *devices;
    char *texts; /* device classes, one after the other */
} mp__profile;

typedef enum mp__attribute_kind {
    MP__ATTRIBUTE_STRING,
    MP__ATTRIBUTE_BOOL,
    MP__ATTRIBUTE_INT,
    MP__ATTRIBUTE_VERSION,
    MP__ATTRIBUTE_INVALID,
    MP__ATTRIBUTE_CAPACITY
} mp__attribute_kind;

typedef struct mp__attribute {
    mp__str name, text;
    int64_t number; /* of a bool or int */
    mp__attribute_kind kind;
} mp__attribute;

struct mp_device {
    mp_pool *pool;
    mp__str name, driver, device_class;
    mp_claim claim;
    int64_t count; /* per node, 0 or more */
    mp__attribute *attributes; /* sorted by (is capacity, name) */
    size_t attribute_count, attribute_capacity;
    mp__shape *shape;
};

struct mp_pool {
    mp_cluster *cluster;
    mp__str name;
    int64_t nodes; /* 0 or more */
    size_t index;  /* in its cluster */
    mp_device **devices;
    size_t device_count, device_capacity;
    mp__profile *profile;
};

typedef struct mp__taint {
    mp__str key, value;
    mp_taint_effect effect;
} mp__taint;

struct mp_cluster {
    mp_fleet *fleet;
    mp__arena arena;
    mp__entry *entry; /* in fleet->cluster_names */
    mp__str name, gateway;
    bool ready;
    size_t index; /* in fleet->clusters */
    mp__labels labels;
    mp__taint *taints;
    size_t taint_count, taint_capacity;
    mp_pool **pools;
    size_t pool_count, pool_capacity;
    mp__map pool_names;
};

typedef struct mp__replica_member {
    mp_role role;
    mp__str pool;
    int64_t nodes; /* of one copy */
    bool claims;
} mp__replica_member;

struct mp_replica_engine {
    mp_replica *replica;
    mp__str name;
    int64_t copies;
    mp__replica_member *members;
    size_t member_count, member_capacity;
};

struct mp_replica {
    mp_fleet *fleet;
    mp__arena arena;
    mp__entry *entry; /* in fleet->replica_names */
    size_t position;  /* in fleet->replicas */
    mp__str ns, name, owner, cluster;
    int64_t index;
    mp_replica_engine **engines;
    size_t engine_count, engine_capacity;
};

struct mp_fleet {
    mp_allocator alloc;
    uint64_t version;
    mp_cluster **clusters; /* bytewise order of names */
    size_t cluster_count, cluster_capacity;
    mp__table cluster_names;
    mp__table shapes, profiles;
    mp_replica **replicas; /* no order */
    size_t replica_count, replica_capacity;
    mp__table replica_names; /* namespace, NUL, name */
};

/* Re-intern after a change; on MP_ENOMEM nothing has changed. */
mp_status mp__device_reshape(mp_device *d);
mp_status mp__pool_reprofile(mp_pool *p);
void mp__shape_unref(mp_fleet *fleet, mp__shape *shape);
void mp__profile_unref(mp_fleet *fleet, mp__profile *profile);

#endif

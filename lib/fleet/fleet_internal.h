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
    int64_t count;             /* per node, 0 or more */
    mp__attribute *attributes; /* sorted by (is capacity, name) */
    size_t attribute_count, attribute_capacity;
    mp__shape *shape;
};

struct mp_domain {
    mp_pool *pool;
    mp__str path;
    mp__str *names; /* parts of the path, one a level */
    int64_t nodes;
    int64_t tiers[MP_TIER_COUNT];
};

/* What a pool with levels has more than others. */
typedef struct mp__levels {
    mp__str names[MP_POOL_LEVELS_MAX]; /* coarsest first */
    size_t count;
    mp_domain **domains;
    size_t domain_count, domain_capacity;
    mp__map paths;
} mp__levels;

struct mp_pool {
    mp_cluster *cluster;
    mp__str name;
    mp__str fabric;               /* size 0: one of its own */
    int64_t nodes;                /* 0 or more; with domains, the sum of theirs */
    int64_t tiers[MP_TIER_COUNT]; /* likewise */
    int64_t cost;                 /* of a node */
    size_t index;                 /* in its cluster */
    mp__levels *levels;           /* NULL: none */
    mp_device **devices;
    size_t device_count, device_capacity;
    mp__profile *profile;
};

/* A name that clusters are known by: of a cluster, of what replicas say they run on, or both. */
typedef struct mp__site {
    mp__entry *entry;     /* entry->id numbers it */
    mp_cluster *cluster;  /* NULL: none of that name in the fleet */
    mp_replica *replicas; /* list by site_next, in no order that may matter */
} mp__site;

/* A deployment, in the eyes of the replicas it owns. */
typedef struct mp__owner {
    mp__entry *entry;     /* key: namespace and name */
    mp_replica *replicas; /* list by owner_next, in no order that may matter */
} mp__owner;

typedef struct mp__taint {
    mp__str key, value;
    mp_taint_effect effect;
} mp__taint;

struct mp_cluster {
    mp_fleet *fleet;
    mp__arena arena;
    mp__site *site;
    mp__str name, gateway;
    bool ready;
    int64_t cost;
    mp__labels labels;
    mp__taint *taints;
    size_t taint_count, taint_capacity;
    mp_pool **pools;
    size_t pool_count, pool_capacity;
    mp__map pool_names;
};

/* Devices of one entry that a pod holds. */
typedef struct mp__hold {
    mp__str device;
    int64_t count;
} mp__hold;

/* Pods of a member of which it is known where they run. */
typedef struct mp__replica_pods {
    mp__str pool, domain, node; /* domain and node: size 0 where not known */
    int64_t pods;
    mp__hold *holds; /* of each; none: all of its node */
    size_t hold_count, hold_capacity;
} mp__replica_pods;

typedef struct mp__replica_member {
    mp_role role;
    mp__str pool;
    int64_t nodes; /* of one copy */
    bool claims;
    mp__replica_pods *pods;
    size_t pods_count, pods_capacity;
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
    mp__site *site;
    mp__owner *owner;
    mp_replica *site_next, **site_link;   /* *site_link == this replica */
    mp_replica *owner_next, **owner_link; /* *owner_link == this replica */
    mp__str ns, name;
    int64_t index;
    mp__labels labels;
    mp_replica_engine **engines;
    size_t engine_count, engine_capacity;
};

struct mp_fleet {
    mp_allocator alloc;
    uint64_t version;
    mp_cluster **clusters; /* bytewise order of names */
    size_t cluster_count, cluster_capacity;
    mp__table sites, owners;
    mp__table shapes, profiles;
    mp__table replica_names; /* namespace and name */
};

/* Position of the first cluster whose name is not below `name`. */
size_t mp__fleet_position(const mp_fleet *fleet, mp__str name);
/* The site of a name, made if it is not there and `make`; NULL when out of memory or not there. */
mp__site *mp__site_get(mp_fleet *fleet, mp__str name, bool make);
/* Frees a site that has neither cluster nor replicas. */
void mp__site_drop(mp_fleet *fleet, mp__site *site);
/* The replicas of a deployment, or NULL if it has none. */
const mp__owner *mp__fleet_owner(const mp_fleet *fleet, mp__str ns, mp__str name);

/* Re-intern after a change; on MP_ENOMEM nothing has changed. */
mp_status mp__device_reshape(mp_device *d);
mp_status mp__pool_reprofile(mp_pool *p);
void mp__shape_unref(mp_fleet *fleet, mp__shape *shape);
void mp__pool_free_levels(mp_pool *p);
void mp__profile_unref(mp_fleet *fleet, mp__profile *profile);

#endif

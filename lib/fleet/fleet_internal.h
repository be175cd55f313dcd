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

typedef struct mp__shape {
    mp__entry *entry; /* entry->id numbers it, entry->refs counts devices */
    mp_cel_device *cel;
    mp__attribute *attributes; /* sorted by (is capacity, name); texts follow */
    size_t attribute_count;
} mp__shape;

/* What devices of many pools are called. */
typedef struct mp__kind {
    mp__entry *entry; /* entry->refs counts devices */
    mp__str name, driver, device_class;
    mp_claim claim;
} mp__kind;

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

/* All that is the same for many devices is kept once: in the kind and the shape. */
struct mp_device {
    mp_pool *pool;
    mp__kind *kind;
    mp__shape *shape;
    int64_t count; /* per node, 0 or more */
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
    uint32_t index;               /* in its cluster */
    uint32_t device_count;        /* there is room for the next power of two of them */
    mp__levels *levels;           /* NULL: none */
    mp_device **devices;
    mp__profile *profile;
};

/* A name that clusters are known by: of a cluster, of what replicas say they run on, or both. */
typedef struct mp__site {
    mp__entry *entry;     /* entry->id numbers it */
    mp_cluster *cluster;  /* NULL: none of that name in the fleet */
    mp_replica *replicas; /* list by site_next, in no order that may matter */
    size_t replica_count;
    size_t located; /* replicas of which it is known where some pods are */
    mp__map
        *held; /* by pool: mp__sum of the nodes that members claim, wherever they are; or NULL */
} mp__site;

/* A sum of numbers of 0 or more that cannot overflow, and so can be taken apart again. */
typedef struct mp__sum {
    uint64_t low, high;
} mp__sum;

/* A deployment, in the eyes of the replicas it owns. */
typedef struct mp__owner {
    mp__entry *entry;     /* key: namespace and name */
    mp_replica *replicas; /* list by owner_next, in no order that may matter */
    size_t replica_count;
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
    mp__map *pool_names; /* NULL as long as there are few */
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
    bool located; /* counted by its site */
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
    mp__table shapes, kinds, profiles;
    mp__table replica_names; /* namespace and name */
};

/* Position of the first cluster whose name is not below `name`. */
size_t mp__fleet_position(const mp_fleet *fleet, mp__str name);
/* The site of a name, made if it is not there and `make`; NULL when out of memory or not there. */
mp__site *mp__site_get(mp_fleet *fleet, mp__str name, bool make);
/* Nodes that members claim on a pool of the site: more of them, and fewer.  MP_ENOMEM. */
mp_status mp__site_hold(mp_fleet *fleet, mp__site *site, mp__str pool, int64_t nodes);
void mp__site_let_go(mp__site *site, mp__str pool, int64_t nodes);
/* The sum, or the largest number where it is larger. */
int64_t mp__sum_get(const mp__sum *sum);
/* Frees a site that has neither cluster nor replicas. */
void mp__site_drop(mp_fleet *fleet, mp__site *site);
/* The replicas of a deployment, or NULL if it has none. */
const mp__owner *mp__fleet_owner(const mp_fleet *fleet, mp__str ns, mp__str name);

/* ---- what the data means, for all who read it ---- */

/* Whether a device of a pool is claimed; if not, it is matched and never used up. */
static inline bool mp__device_claims(const mp_pool *p, size_t device)
{
    return p->devices[device]->kind->claim == MP_CLAIM_DRA;
}
/* Whether a device that nobody is on serves a request.  MP_ENOMEM. */
mp_status mp__device_serves(const mp_device *d, const mp_request *q, bool *yes);
/* Per device, what a pod may use of a node with so much left to claim; NULL: all.  Of the arena;
 * NULL when out of memory. */
int64_t *mp__pool_left(mp__arena *arena, const mp_pool *p, const int64_t *left);
/* Nodes of a pool that new pods may use, as far as they are on a path; size 0: all. */
int64_t mp__pool_usable(const mp_pool *p, mp__str path);
/* Whether a path leads into another, or is it. */
bool mp__path_within(mp__str path, mp__str outer);
/* The path of a domain down to so many of its levels. */
mp__str mp__domain_prefix(const mp_domain *d, size_t depth);
/* A name for the domain of a level ("fabric", "pool", one of the pool's; size 0: the cluster) that
 * a path of a pool is in: the same for two pools of a cluster if the domain is.  Size 0: in none.
 * Of the arena; data is NULL when out of memory. */
mp__str mp__pool_domain_name(mp__arena *arena, const mp_pool *p, mp__str path, mp__str level);
/* Whether pools of a cluster share a fabric. */
bool mp__pools_share_fabric(const mp_pool *p, const mp_pool *q);
/* Whether an affinity of the deployment keeps new pods off the cluster; of a fabric (p not NULL),
 * off the pool.  Its own replicas have no say. */
bool mp__cluster_bars(const mp_cluster *c, const mp_deployment *d, const mp_pool *p);
/* The engine of a deployment that an observed one is: of its name, its members in the same roles;
 * or NULL. */
const mp_engine *mp__replica_engine(const mp_replica_engine *e, const mp_deployment *d);
/* Whether the deployment tolerates the taints of a cluster, for what is new or for what runs. */
bool mp__cluster_tolerated(const mp_cluster *c, const mp_deployment *d, bool runs);

/* Memory of a cluster.  Blocks grow with what there is, so that little of it is never used. */
mp__arena *mp__cluster_arena(mp_cluster *c);
/* Re-intern after a change; on MP_ENOMEM nothing has changed.  `attributes` are copied. */
mp_status mp__device_reshape(mp_device *d, const mp__attribute *attributes, size_t count);
mp__kind *mp__kind_get(mp_fleet *fleet, mp__str name, mp__str driver, mp__str device_class,
                       mp_claim claim);
void mp__kind_unref(mp_fleet *fleet, mp__kind *kind);
mp_status mp__pool_reprofile(mp_pool *p);
void mp__shape_unref(mp_fleet *fleet, mp__shape *shape);
void mp__pool_free_levels(mp_pool *p);
void mp__profile_unref(mp_fleet *fleet, mp__profile *profile);

#endif

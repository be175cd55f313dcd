/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file fleet.h
 * A fleet: clusters, their node pools, the devices on a node of each pool, and what already runs.
 *
 * The fleet owns its clusters, pools, devices and replicas; pointers to them are borrowed and stay
 * valid until they are removed or the fleet is freed.  Text is copied.
 * Threads: any number may schedule on one fleet at once; changing it is exclusive.
 */
#ifndef MODELPLANE_FLEET_H
#define MODELPLANE_FLEET_H

#include <modelplane/deployment.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mp_fleet mp_fleet;     /**< clusters, and what runs on them */
typedef struct mp_cluster mp_cluster; /**< node pools behind one gateway */
typedef struct mp_pool mp_pool;       /**< a named set of identical nodes of one cluster */
typedef struct mp_domain mp_domain;   /**< nodes of a pool that are close to each other */
typedef struct mp_device mp_device;   /**< one kind of device on every node of a pool */
typedef struct mp_replica mp_replica; /**< an observed replica: what runs, or is being started */
typedef struct mp_replica_engine mp_replica_engine; /**< an engine of an observed replica */

/** What matching a device leads to. */
typedef enum mp_claim {
    MP_CLAIM_DRA,      /**< matched, and claimed from the node */
    MP_CLAIM_SYNTHETIC /**< matched only */
} mp_claim;

/** What becomes of the nodes of a pool.  Nodes that are in none of these are free to be used. */
typedef enum mp_tier {
    MP_TIER_CORDONED,  /**< there, but cordoned or unhealthy: never used for new pods */
    MP_TIER_RESERVED,  /**< there, but held back: never used for new pods */
    MP_TIER_CREATABLE, /**< not there yet: how many more the pool may grow by */
    MP_TIER_COUNT      /**< not a tier */
} mp_tier;

/* Limits of the builder, as in deployment.h.  Past one, MP_ELIMIT. */
#define MP_POOL_LEVELS_MAX 8         /**< levels of a pool below its fabric */
#define MP_POOL_DOMAINS_MAX 4096     /**< lowest domains of a pool */
#define MP_CLUSTER_TAINTS_MAX 1024   /**< taints of a cluster */
#define MP_POOL_DEVICES_MAX 256      /**< kinds of devices of a pool, not devices */
#define MP_DEVICE_ATTRIBUTES_MAX 256 /**< attributes and capacities together */

/**
 * An empty fleet.
 * @param[out] out owned by the caller (mp_fleet_free()); NULL unless MP_OK is returned
 * @retval MP_ENOMEM out of memory
 */
MP_API mp_status mp_fleet_new(const mp_allocator *alloc, mp_fleet **out, mp_error *err);
/** Free a fleet with all that is in it.  NULL is fine. */
MP_API void mp_fleet_free(mp_fleet *fleet);
/** Grows with every change, so equal versions of one fleet mean equal content. */
MP_API uint64_t mp_fleet_version(const mp_fleet *fleet);

/* ---- clusters ---- */

/** NULL with MP_EINVAL (empty name), MP_EEXIST or MP_ENOMEM in err.  Not ready until told so. */
MP_API mp_cluster *mp_fleet_add_cluster(mp_fleet *fleet, const char *name, size_t name_size,
                                        mp_error *err);
/** Remove a cluster with its pools.  Replicas that name it stay and count nowhere. */
MP_API void mp_fleet_remove_cluster(mp_fleet *fleet, mp_cluster *cluster);
/** Cluster by name, or NULL. */
MP_API mp_cluster *mp_fleet_find_cluster(const mp_fleet *fleet, const char *name, size_t size);
/** Number of clusters. */
MP_API size_t mp_fleet_cluster_count(const mp_fleet *fleet);
/** By position, in bytewise order of names. */
MP_API mp_cluster *mp_fleet_cluster(const mp_fleet *fleet, size_t i);
/** A label, for the cluster selectors of deployments. */
MP_API mp_status mp_cluster_set_label(mp_cluster *c, const char *key, size_t key_size,
                                      const char *value, size_t value_size);
/** `effect` is MP_EFFECT_NO_SCHEDULE or MP_EFFECT_NO_EXECUTE (MP_EINVAL). */
MP_API mp_status mp_cluster_add_taint(mp_cluster *c, const char *key, size_t key_size,
                                      const char *value, size_t value_size, mp_taint_effect effect);
/** What one more replica there costs, in units of the caller's; for MP_CLUSTERS_CHEAPEST. */
MP_API mp_status mp_cluster_set_cost(mp_cluster *c, int64_t cost);
/** Whether the cluster takes new replicas. */
MP_API mp_status mp_cluster_set_ready(mp_cluster *c, bool ready);
/** Address of the cluster's gateway; "" for none, and then it takes no new replicas. */
MP_API mp_status mp_cluster_set_gateway(mp_cluster *c, const char *address, size_t size);
/** Name, borrowed; `size` may be NULL. */
MP_API const char *mp_cluster_name(const mp_cluster *c, size_t *size);
/** Gateway address, borrowed; "" for none. */
MP_API const char *mp_cluster_gateway(const mp_cluster *c, size_t *size);
/** Whether the cluster is Ready. */
MP_API bool mp_cluster_ready(const mp_cluster *c);

/* ---- pools, in published order ---- */

/** Negative `nodes` count as 0; any name will do.  NULL with MP_EEXIST or MP_ENOMEM in err. */
MP_API mp_pool *mp_cluster_add_pool(mp_cluster *c, const char *name, size_t name_size,
                                    int64_t nodes, mp_error *err);
/**
 * Resize a pool; negative counts as 0.
 * @retval MP_EINVAL the pool has domains, and so as many nodes as those
 */
MP_API mp_status mp_pool_set_nodes(mp_pool *p, int64_t nodes);
/**
 * Nodes of one tier; negative counts as 0.  Cordoned and reserved ones are among the pool's nodes.
 * @retval MP_EINVAL no such tier, or the pool has domains, which have their own
 */
MP_API mp_status mp_pool_set_tier(mp_pool *p, mp_tier tier, int64_t nodes);
/** Nodes of one tier, those of its domains together. */
MP_API int64_t mp_pool_tier(const mp_pool *p, mp_tier tier);
/** What a node costs, in units of the caller's; for MP_POOLS_CHEAPEST.  0 until set. */
MP_API mp_status mp_pool_set_cost(mp_pool *p, int64_t cost);
/**
 * The interconnect that joins the pool's nodes.  Pools of a cluster with one name share it; a pool
 * with the name "", as at first, has a fabric of its own.
 */
MP_API mp_status mp_pool_set_fabric(mp_pool *p, const char *name, size_t size);
/** Name of the fabric, borrowed, or ""; `size` may be NULL. */
MP_API const char *mp_pool_fabric(const mp_pool *p, size_t *size);
/** Pool by name, or NULL. */
MP_API mp_pool *mp_cluster_find_pool(const mp_cluster *c, const char *name, size_t size);
/** Number of pools. */
MP_API size_t mp_cluster_pool_count(const mp_cluster *c);
/** Pool by position; NULL past the end. */
MP_API mp_pool *mp_cluster_pool(const mp_cluster *c, size_t i);
/** Name, borrowed; `size` may be NULL. */
MP_API const char *mp_pool_name(const mp_pool *p, size_t *size);
/** Nodes of the pool. */
MP_API int64_t mp_pool_nodes(const mp_pool *p);

/* ---- levels of closeness below the fabric: blocks, racks ... ---- */

/**
 * Name the next finer level of the pool: the coarsest first.  Before the first domain.
 * @retval MP_EINVAL the name is "", "fabric" or "pool", or has a '/', or there are domains already
 * @retval MP_EEXIST the pool has that level
 * @retval MP_ELIMIT more than #MP_POOL_LEVELS_MAX
 */
MP_API mp_status mp_pool_add_level(mp_pool *p, const char *name, size_t size, mp_error *err);
/**
 * Nodes of the pool that are in one lowest domain.  From then on the pool has the nodes of its
 * domains.  A domain of another pool with the same levels and path, on the same named fabric, is
 * the same domain.
 * @param path names of the domains that it is in, one for each level, with '/' between: "b1/r3"
 * NULL with MP_EINVAL (not one name a level), MP_EEXIST, MP_ELIMIT or MP_ENOMEM in err.
 */
MP_API mp_domain *mp_pool_add_domain(mp_pool *p, const char *path, size_t size, int64_t nodes,
                                     mp_error *err);
/** Number of lowest domains; 0 if the pool has no levels. */
MP_API size_t mp_pool_domain_count(const mp_pool *p);
/** Domain by position; NULL past the end. */
MP_API mp_domain *mp_pool_domain(const mp_pool *p, size_t i);
/** Path, borrowed; `size` may be NULL. */
MP_API const char *mp_domain_path(const mp_domain *d, size_t *size);
/** Nodes of the domain; negative counts as 0. */
MP_API mp_status mp_domain_set_nodes(mp_domain *d, int64_t nodes);
/** As mp_pool_set_tier(), for a domain. */
MP_API mp_status mp_domain_set_tier(mp_domain *d, mp_tier tier, int64_t nodes);

/* ---- devices of one node of the pool, in published order ---- */

/**
 * NULL with MP_ELIMIT or MP_ENOMEM in err.
 * @param count devices of this kind per node; below 0 counts as 0
 * @param device_class name of the DeviceClass; may be "" for a synthetic device
 */
MP_API mp_device *mp_pool_add_device(mp_pool *p, const char *name, size_t name_size,
                                     const char *driver, size_t driver_size,
                                     const char *device_class, size_t device_class_size,
                                     mp_claim claim, int64_t count, mp_error *err);
/* Attribute and capacity setters as of mp_cel_device in cel.h. */
/** A text attribute, as mp_cel_device_set_string(). */
MP_API mp_status mp_device_set_string(mp_device *d, const char *name, size_t name_size,
                                      const char *text, size_t size);
/** A truth attribute, as mp_cel_device_set_bool(). */
MP_API mp_status mp_device_set_bool(mp_device *d, const char *name, size_t name_size, bool value);
/** An integer attribute, as mp_cel_device_set_int(). */
MP_API mp_status mp_device_set_int(mp_device *d, const char *name, size_t name_size, int64_t value);
/** A version attribute, as mp_cel_device_set_version(). */
MP_API mp_status mp_device_set_version(mp_device *d, const char *name, size_t name_size,
                                       const char *text, size_t size);
/** An attribute without a value, as mp_cel_device_set_invalid(). */
MP_API mp_status mp_device_set_invalid(mp_device *d, const char *name, size_t name_size);
/** A capacity, as mp_cel_device_set_capacity(). */
MP_API mp_status mp_device_set_capacity(mp_device *d, const char *name, size_t name_size,
                                        const char *text, size_t size);
/** Number of device entries of the pool. */
MP_API size_t mp_pool_device_count(const mp_pool *p);
/** Device entry by position; NULL past the end. */
MP_API mp_device *mp_pool_device(const mp_pool *p, size_t i);
/** Name, borrowed; `size` may be NULL. */
MP_API const char *mp_device_name(const mp_device *d, size_t *size);
/** Devices of this entry on every node. */
MP_API int64_t mp_device_count(const mp_device *d);
/** What selectors see; borrowed.  Shared by all devices of equal content (one shape). */
MP_API const mp_cel_device *mp_device_cel(const mp_device *d);
/** Number of distinct device shapes in the fleet. */
MP_API size_t mp_fleet_shape_count(const mp_fleet *fleet);

/* ---- what already runs ---- */

/**
 * Record an observed replica, owned by deployment `owner` in namespace `ns`.
 * @param cluster name of its cluster; need not be in the fleet
 * @param index   its replica index on that cluster
 * NULL with MP_EEXIST (namespace and name taken), MP_EINVAL or MP_ENOMEM in err.
 */
MP_API mp_replica *mp_fleet_add_replica(mp_fleet *fleet, const char *ns, size_t ns_size,
                                        const char *name, size_t name_size, const char *owner,
                                        size_t owner_size, const char *cluster, size_t cluster_size,
                                        int64_t index, mp_error *err);
/** Remove an observed replica; what it took is free again. */
MP_API void mp_fleet_remove_replica(mp_fleet *fleet, mp_replica *replica);
/** Observed replica by namespace and name, or NULL. */
MP_API mp_replica *mp_fleet_find_replica(const mp_fleet *fleet, const char *ns, size_t ns_size,
                                         const char *name, size_t name_size);
/** Add an engine to an observed replica.  NULL with the reason in err. */
MP_API mp_replica_engine *mp_replica_add_engine(mp_replica *r, const char *name, size_t name_size,
                                                int64_t copies, mp_error *err);
/**
 * @param nodes  pods of one copy: worker.nodes, or 1
 * @param claims whether the member claims devices, and so takes whole nodes
 */
MP_API mp_status mp_replica_add_member(mp_replica_engine *e, mp_role role, const char *pool,
                                       size_t pool_size, int64_t nodes, bool claims, mp_error *err);
/**
 * Say where pods of the member added last run.  Pods of which nothing is said may be on any node of
 * the member's pool, and are counted so that no later answer can be wrong; see doc/placement.md.
 * @param pool   the pool; "" for the member's
 * @param domain names of the domains from the coarsest level on, as far as known: "b1/r3", "b1", ""
 * @param node   name of the node, "" if not known; then `pods` nodes that nobody shares
 * @param pods   1 or more, of all copies together (MP_EINVAL)
 */
MP_API mp_status mp_replica_add_pods(mp_replica_engine *e, const char *pool, size_t pool_size,
                                     const char *domain, size_t domain_size, const char *node,
                                     size_t node_size, int64_t pods, mp_error *err);
/**
 * Say what each of the pods added last holds: `count` devices of the pool's entry `device`.  A pod
 * that claims devices of which nothing is said holds all of its node.
 */
MP_API mp_status mp_replica_hold(mp_replica_engine *e, const char *device, size_t size,
                                 int64_t count, mp_error *err);
/** A label of an observed replica, for the affinities of deployments. */
MP_API mp_status mp_replica_set_label(mp_replica *r, const char *key, size_t key_size,
                                      const char *value, size_t value_size);
/** Number of observed replicas. */
MP_API size_t mp_fleet_replica_count(const mp_fleet *fleet);

/* ---- from documents ---- */

/**
 * Add the cluster that an InferenceCluster document describes, from its labels, spec.taints and
 * status (gpuPools, conditions, gateway.address).  A cluster without a status has no pools.  Pools
 * whose entries in spec.nodePools name one InfiniBand fabric share it.
 * @retval MP_EDOC a field has another type; err->path and offset say which
 */
MP_API mp_status mp_fleet_read_cluster(mp_fleet *fleet, const mp_object *document, mp_error *err);

/** Add the observed replica that a ModelReplica document describes.  @retval MP_EDOC as above */
MP_API mp_status mp_fleet_read_replica(mp_fleet *fleet, const mp_object *document, mp_error *err);

#ifdef __cplusplus
}
#endif
#endif

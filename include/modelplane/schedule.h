/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file schedule.h
 * Scheduling: which replicas of a deployment run on which cluster, and which pool each engine gets.
 *
 * Pure and deterministic: no clock, no random number, no environment; ties go to the cluster with
 * fewer replicas of the deployment, then to the bytewise lower name.  Fail-closed: an engine lands
 * whole on one pool or the replica is not placed.
 *
 * Within a cluster the search is complete: if there is a way to put every engine on a pool it is
 * found, or the budget runs out and the verdict says so.  The way chosen is the lexicographically
 * first one: engines in the deployment's order, pools in published order.  Within a pool, requests
 * in order, devices in published order; ways in which every request gets the first device that can
 * serve it go before all others.  Only a search by devices, fabrics, levels or a policy that has
 * spent an eighth of its budget that way goes on in another fixed order (doc/placement.md).
 */
#ifndef MODELPLANE_SCHEDULE_H
#define MODELPLANE_SCHEDULE_H

#include <modelplane/fleet.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mp_plan mp_plan;           /**< the answer: placements and counters */
typedef struct mp_placement mp_placement; /**< one replica on one cluster */

/**
 * Steps of search allowed for one replica on one cluster, and for one member on one kind of pool,
 * unless the options say otherwise.  A step is a small, bounded piece of work: less than a
 * microsecond.
 */
#define MP_SCHEDULE_BUDGET_DEFAULT UINT64_C(1000000)

/** What a pod that claims devices takes from the node it runs on. */
typedef enum mp_accounting {
    MP_ACCOUNTING_NODES,  /**< all of it */
    MP_ACCOUNTING_DEVICES /**< the devices it claims; others may have the rest */
} mp_accounting;

/** Which cluster gets the next replica.  Ties go to fewer replicas, then to the lower name. */
typedef enum mp_cluster_policy {
    MP_CLUSTERS_SPREAD,    /**< the one with the fewest replicas of the deployment */
    MP_CLUSTERS_PACK,      /**< the one with the most; ties go to the lower name */
    MP_CLUSTERS_CHEAPEST,  /**< the one with the least mp_cluster_set_cost() */
    MP_CLUSTERS_PREFERRED, /**< the one with the most labels of mp_deployment_prefer_cluster() */
    MP_CLUSTERS_SCORED     /**< the one with the least score */
} mp_cluster_policy;

/** Which pool, or fabric, an engine is offered first.  Ties go to the one published first. */
typedef enum mp_pool_policy {
    MP_POOLS_FIRST,        /**< the one published first */
    MP_POOLS_BEST_FIT,     /**< the one with the fewest nodes that could still be used */
    MP_POOLS_UNFRAGMENTED, /**< where the fewest places for the largest engine are lost */
    MP_POOLS_CHEAPEST,     /**< the one with the least mp_pool_set_cost() */
    MP_POOLS_SCORED        /**< the one with the least score */
} mp_pool_policy;

/** What a score is asked for. */
typedef struct mp_candidate {
    const mp_cluster *cluster; /**< where */
    const mp_pool *pool;     /**< the pool, or the first of a fabric; NULL: the cluster is scored */
    const mp_engine *engine; /**< the engine to be placed; NULL with the pool */
    int64_t replicas;        /**< replicas of the deployment on the cluster so far */
    int64_t needs;           /**< nodes or places that the engine needs; 0 for a cluster */
    int64_t free;            /**< how many of them there are; 0 for a cluster */
} mp_candidate;

/** Scores a candidate: the least goes first.  Must depend on its arguments alone. */
typedef int64_t (*mp_score_fn)(const mp_candidate *candidate, void *user);

/** Fields are added at the end only. */
typedef struct mp_schedule_opts {
    int version;                /**< 1: up to `budget`; 2: all */
    bool no_fill;               /**< keep and scale down, but place nothing new */
    uint64_t budget;            /**< search steps per replica and cluster; 0 for the default */
    mp_accounting accounting;   /**< what a pod takes from its node */
    mp_span span;               /**< MP_SPAN_FABRIC: every engine may spread over its fabric */
    mp_cluster_policy clusters; /**< choice of clusters */
    mp_pool_policy pools;       /**< choice of pools */
    mp_score_fn score;          /**< for the SCORED policies */
    void *user;                 /**< passed to `score` */
    bool whole_members;  /**< keep the pods of a member in one pool, also where engines span */
    bool least_movement; /**< a replica that cannot stay as it is keeps its cluster and as many
                              engines in place as can be, rather than being placed anew */
} mp_schedule_opts;
/** The defaults. */
#define MP_SCHEDULE_OPTS_INIT                                                                      \
    {                                                                                              \
        2, false, 0, MP_ACCOUNTING_NODES, MP_SPAN_POOL, MP_CLUSTERS_SPREAD, MP_POOLS_FIRST, NULL,  \
            NULL, false, false                                                                     \
    }

/** What became of the replicas wanted. */
typedef enum mp_verdict {
    MP_VERDICT_PLACED,  /**< every replica wanted has a place */
    MP_VERDICT_PARTIAL, /**< some have none, and none can be found: proved */
    MP_VERDICT_UNKNOWN, /**< some have none, and a search ran out of budget */
    MP_VERDICT_HELD     /**< some have none, and filling was switched off */
} mp_verdict;

/** What a plan cost. */
typedef enum mp_counter {
    MP_COUNTER_EVALUATIONS, /**< selector runs: distinct selectors x shapes, never x pools */
    MP_COUNTER_SHAPES,      /**< distinct device shapes that selectors were asked about */
    MP_COUNTER_STEPS,       /**< search steps taken */
    MP_COUNTER_CANDIDATES   /**< clusters that the deployment's selector admits */
} mp_counter;

/**
 * Retain what runs, scale down, and fill up to the replicas wanted.
 *
 * Observed replicas belong to the deployment when namespace and owner name both match.
 * @param fleet read only
 * @param d     read only; must outlive the plan, which borrows from it
 * @param opts  NULL for #MP_SCHEDULE_OPTS_INIT
 * @param[out] out owned by the caller (mp_plan_free()); NULL unless MP_OK is returned.  Fewer
 *                 placements than wanted is MP_OK: ask mp_plan_verdict().
 * @retval MP_EBUDGET whether a running replica still matches its pools could not be decided; it
 *                    should stay as it is
 * @retval MP_ENOMEM out of memory
 * Threads: any number of calls may share one fleet while nobody changes it.
 */
MP_API mp_status mp_schedule(const mp_fleet *fleet, const mp_deployment *d,
                             const mp_schedule_opts *opts, mp_plan **out, mp_error *err);
/** Free a plan with its placements.  NULL is fine. */
MP_API void mp_plan_free(mp_plan *plan);

/** What came out. */
MP_API mp_verdict mp_plan_verdict(const mp_plan *plan);
/** "placed", "partial", "unknown", "held".  Static text. */
MP_API const char *mp_verdict_name(mp_verdict verdict);
/** What the plan cost; the same for equal inputs. */
MP_API uint64_t mp_plan_counter(const mp_plan *plan, mp_counter counter);
/** The deployment that was scheduled. */
MP_API const mp_deployment *mp_plan_deployment(const mp_plan *plan);

/** Number of placements. */
MP_API size_t mp_plan_size(const mp_plan *plan);
/** By position, ordered by (cluster name, index); borrowed from the plan. */
MP_API const mp_placement *mp_plan_placement(const mp_plan *plan, size_t i);

/** Name of the cluster, borrowed; `size` may be NULL. */
MP_API const char *mp_placement_cluster(const mp_placement *p, size_t *size);
/** Index of the replica on its cluster, from 0. */
MP_API int64_t mp_placement_index(const mp_placement *p);
/** Gateway address of the cluster, "" if it has none. */
MP_API const char *mp_placement_gateway(const mp_placement *p, size_t *size);
/** Whether an observed replica was kept. */
MP_API bool mp_placement_retained(const mp_placement *p);
/**
 * Whether an engine stays where it runs: all of a retained placement do, and with least_movement
 * those that need not move.
 */
MP_API bool mp_placement_engine_kept(const mp_placement *p, size_t engine);
/**
 * Engines of the placement: the deployment's order, or that of the observed replica if retained.
 * Members are in the deployment's order.
 */
MP_API size_t mp_placement_engine_count(const mp_placement *p);
/** Engine by position in the placement. */
MP_API const mp_engine *mp_placement_engine(const mp_placement *p, size_t engine);
/** Name of the pool that a member runs on, borrowed; the first of them if it spreads. */
MP_API const char *mp_placement_pool(const mp_placement *p, size_t engine, size_t member,
                                     size_t *size);
/** Pods of a member that are in one place. */
typedef struct mp_share {
    const char *pool;   /**< name of the pool, borrowed */
    size_t pool_size;   /**< its bytes */
    const char *domain; /**< path of the domain within the pool as far as some wish for closeness
                             asked for it; else "".  Borrowed */
    size_t domain_size; /**< its bytes */
    int64_t copy;       /**< copy of the engine that the pods are of; -1: of all copies */
    int64_t pods;       /**< how many */
    int64_t nodes;      /**< nodes that they claim devices of; 0 for pods that claim none */
} mp_share;
/** Places that the pods of a member are in: one, unless its engine may spread or wants levels. */
MP_API size_t mp_placement_share_count(const mp_placement *p, size_t engine, size_t member);
/** By position; false past the end. */
MP_API bool mp_placement_share(const mp_placement *p, size_t engine, size_t member, size_t share,
                               mp_share *out);
/** Device requests that became claims, in the member's order. */
MP_API size_t mp_placement_claim_count(const mp_placement *p, size_t engine, size_t member);
/** The request, and the DeviceClass of the device that it got ("" if the device names none). */
MP_API const mp_request *mp_placement_claim(const mp_placement *p, size_t engine, size_t member,
                                            size_t claim, const char **device_class,
                                            size_t *device_class_size);

/* ---- proofs ---- */

/** How a certificate proves that a cluster takes no more replicas. */
typedef enum mp_proof {
    MP_PROOF_CLOSED, /**< a label, a taint, readiness, the gateway or an affinity keeps them off */
    MP_PROOF_COUNT,  /**< counting: more is needed than there is */
    MP_PROOF_SEARCH  /**< all was tried */
} mp_proof;

/** What is counted. */
typedef enum mp_unit {
    MP_UNIT_POD,    /**< pods of one member, each on one node */
    MP_UNIT_COPY,   /**< copies of engines */
    MP_UNIT_ENGINE, /**< engines */
    MP_UNIT_ALL     /**< all that some engines need together */
} mp_unit;

/** Why a cluster takes no more replicas. */
typedef struct mp_certificate {
    const char *cluster; /**< name, borrowed */
    size_t cluster_size; /**< its bytes */
    mp_proof proof;      /**< what follows is of one that counts */
    mp_unit unit;        /**< what must be in one domain of a level */
    const char *level;   /**< the level: "cluster", "fabric", "pool" or a named one.  Borrowed */
    size_t level_size;   /**< its bytes */
    int64_t needs;       /**< units that there are */
    int64_t has;         /**< units that there is room for at most */
} mp_certificate;

/**
 * Write into the plan why clusters take no more replicas than it has put there: for each cluster
 * that refuses one more, other than for lack of budget.  Certificates of an earlier call are lost.
 * @param fleet as it was when the plan was made
 */
MP_API mp_status mp_plan_certify(const mp_fleet *fleet, mp_plan *plan, mp_error *err);
/** Number of certificates: 0 before mp_plan_certify(). */
MP_API size_t mp_plan_certificate_count(const mp_plan *plan);
/** By position, in order of clusters; false past the end. */
MP_API bool mp_plan_certificate(const mp_plan *plan, size_t i, mp_certificate *out);

/**
 * Verify a plan from the inputs alone; shares no code with the scheduler.
 *
 * Checks what every plan promises: identities are unique, retained replicas may be retained, no
 * taint, readiness, affinity, pool, device or selector is violated, engines, copies, groups and
 * replicas stay as close as they must, no pool is overcommitted by new replicas, and counts match
 * what is wanted.
 *
 * Certificates are verified too: what is closed is closed, what is counted is counted again, and
 * what was searched is searched again, pod by pod, as far as a fixed number of tries goes.  If all
 * of the fleet's clusters have one, the refusal is proved; of clusters without one nothing is said.
 * @retval MP_ECHECK a rule is broken; err->text says which and where
 */
MP_API mp_status mp_plan_check(const mp_fleet *fleet, const mp_deployment *d,
                               const mp_schedule_opts *opts, const mp_plan *plan, mp_error *err);

/**
 * Why clusters that could have taken one more replica did not: a tree of codes and counts, made
 * only when asked for.
 *
 *     {deployment, namespace, desired, placed, verdict,
 *      clusters: [{name, code, message, engine?, pools?: [{name, code, message, needs?, free?,
 *                  member?, request?}]}]}
 *
 * Cluster codes: Fits, SelectorMismatch (label key and value), NotReady, NoGateway, Tainted,
 * NoPools, EngineUnmatched (an engine matches no pool), InsufficientNodes, Unknown (budget).  Pool
 * codes: Fits, RequestUnmatched (no device satisfies request r of member m), Stranded,
 * InsufficientNodes. Every message is one line of plain English made by one function, and is
 * stable.
 * @param[out] out owned by the caller (mp_doc_free())
 */
MP_API mp_status mp_plan_explain(const mp_fleet *fleet, const mp_plan *plan, mp_doc **out,
                                 mp_error *err);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file reconcile.h
 * The whole system in one call: documents in, everything desired out.
 */
#ifndef MODELPLANE_RECONCILE_H
#define MODELPLANE_RECONCILE_H

#include <modelplane/compose.h>
#include <modelplane/document.h>
#include <modelplane/schedule.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Fields are added at the end only. */
typedef struct mp_reconcile_opts {
    int version;       /**< 1 */
    bool assume_ready; /**< a cluster whose status is derived counts as Ready with an address */
    bool explain;      /**< add the reasons of every deployment that is short of replicas */
    bool bare;         /**< remote objects as manifests, not wrapped in provider Objects */
    uint64_t budget;   /**< search steps per replica and cluster; 0 for the default */
    bool named;        /**< give provider Objects a name, as mp_compose_opts.named */
    bool explain_all;  /**< add the reasons of every deployment, also of those fully placed */
    mp_accounting accounting;   /**< as in mp_schedule_opts, like those that follow */
    mp_span span;               /**< with it, members stay whole: a ModelReplica names one pool for
                                     each */
    mp_cluster_policy clusters; /**< MP_CLUSTERS_SCORED counts as MP_CLUSTERS_SPREAD */
    mp_pool_policy pools;       /**< MP_POOLS_SCORED counts as MP_POOLS_FIRST */
    mp_shape shape;      /**< what is composed, as in mp_compose_opts; documents of both are read */
    mp_routing routing;  /**< as in mp_compose_opts */
    bool infrastructure; /**< also what clusters and gateways themselves need */
} mp_reconcile_opts;
/** The defaults. */
#define MP_RECONCILE_OPTS_INIT                                                                     \
    {                                                                                              \
        1, false, false, false, 0, false, false, MP_ACCOUNTING_NODES, MP_SPAN_POOL,                \
            MP_CLUSTERS_SPREAD, MP_POOLS_FIRST, MP_SHAPE_AUTO, MP_ROUTING_AUTO, false              \
    }

/**
 * Reconcile a set of documents to a fixed point.
 *
 * Reads InferenceClass, InferenceCluster (a status is derived from pools and classes where it is
 * missing), InferenceGateway, ServingStack, ModelDeployment (both shapes), ModelReplica (observed:
 * what runs), ModelEndpoint, ModelService and ModelCache.  Deployments are taken in bytewise order
 * of (namespace, name); each sees what the ones before it took.  What is desired is reconciled in
 * turn, in the same call: a ModelReplica that is Ready gets its ModelEndpoint, that its Service and
 * EndpointSlice, and a ModelService the route to them.  An endpoint whose deployment is among the
 * documents and does not want it any more counts for nothing.
 *
 * What Crossplane composed is found by its marks, the label crossplane.io/composite and the
 * annotation crossplane.io/composition-resource-name: provider Objects (what runs on a workload
 * cluster) and anything else.  Secrets hold the token a ModelCache names.  Documents of other kinds
 * are left alone.
 *
 * With `infrastructure` clusters and gateways get what they need themselves, and the ServingStacks
 * of clusters are reconciled too.  With `named`, all that Crossplane would name has a name made by
 * mp_child_name() of its parent and key, and with `assume_ready` besides, an endpoint's Service
 * counts as observed under that name.
 *
 * Running replicas never disappear by mistake: they are kept as they are while their deployment has
 * a selector that does not compile, or no candidate cluster, or (up to the number wanted) refers to
 * a ModelCache that is not there.  A ModelReplica whose deployment is not among the documents is
 * composed as it is.
 *
 * With `assume_ready`, a cluster without a status is Ready and its gateway is "NAME.invalid".
 *
 * Documents are taken as the API server lets them through: check them with mp_validate() first. One
 * that cannot be read is among the errors of the result, and what depends on it stays as it is: the
 * replicas of a deployment that cannot be read, or one of which (or whose cluster) cannot be read,
 * are kept, and its condition ReplicasScheduled has the reason UnreadableDocument.
 *
 * @param documents a list of documents, each identity (kind, namespace, name) once; order does not
 *                  matter
 * @param[out] out owned by the caller (mp_doc_free()); the root is a map:
 *
 *     objects:  [{parent: {kind, namespace?, name}, cluster?, key, ready, object: {...}}]
 *               desired children: ModelReplicas, ModelEndpoints, and per ModelReplica the objects
 * of its workload cluster (then `cluster` names it) statuses: [{apiVersion, kind, metadata:
 * {namespace?, name}, status: {..., conditions: []}}] events:   [{parent: {...}, type:
 * Normal|Warning, message}] plans:    [{namespace, name, desired, verdict, candidates, evaluations,
 * steps, fault?: {reason, path?, message},  a deployment that cannot be scheduled as it is:
 *                    InvalidNodeSelector, NoClusters or ModelCacheNotFound
 *                 placements: [{cluster, index, replica, retained, engines: [{name, copies,
 *                    members: [{role, pool, nodes, claims: [{name, deviceClassName, count}]}]}]}],
 *                 reasons?: as of mp_plan_explain()}]
 *     skipped:  [{apiVersion, kind, metadata: {namespace?, name}}]   kinds not reconciled
 *     errors:   [{apiVersion?, kind?, metadata: {namespace?, name?}, path?, message}]
 *               documents that cannot be read; nothing is composed of them
 *
 * @retval MP_EDOC one identity twice; err->path is its kind and name
 * @retval MP_EINVAL `documents` is not a list
 * @retval MP_ENOMEM out of memory
 * Threads: any number of calls may share the documents while nobody changes them.
 */
MP_API mp_status mp_reconcile(const mp_allocator *alloc, const mp_object *documents,
                              const mp_reconcile_opts *opts, mp_doc **out, mp_error *err);

#ifdef __cplusplus
}
#endif
#endif

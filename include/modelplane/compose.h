/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file compose.h
 * Composition: a plan becomes ModelReplicas and ModelEndpoints, a ModelReplica becomes the objects
 * of its workload cluster.  What comes out is an object tree per object, in a map by response key.
 */
#ifndef MODELPLANE_COMPOSE_H
#define MODELPLANE_COMPOSE_H

#include <modelplane/document.h>
#include <modelplane/schedule.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Longest name made, in characters (code points), without the NUL. */
#define MP_NAME_MAX 63

/** Namespace of a deployment or replica that names none. */
#define MP_NAMESPACE_DEFAULT "default"

/**
 * The name of a child: the parts joined by "-", cut to 57 characters, without trailing hyphens,
 * then
 * "-" and the first five hex digits of the SHA-256 of the whole.
 * @param sizes length per part, or NULL if all parts are NUL-terminated
 * @param count number of parts, 1 or more
 * @param[out] out the caller's (mp_text_fini()); NUL-terminated, at most #MP_NAME_MAX characters
 *                 (not bytes); empty unless MP_OK is returned
 * @retval MP_EINVAL no parts
 * @retval MP_ENOMEM out of memory
 */
MP_API mp_status mp_child_name(const mp_allocator *alloc, const char *const *parts,
                               const size_t *sizes, size_t count, mp_text *out, mp_error *err);
/** As mp_child_name(), hashed over all parts while only the first is visible. */
MP_API mp_status mp_opaque_name(const mp_allocator *alloc, const char *const *parts,
                                const size_t *sizes, size_t count, mp_text *out, mp_error *err);

/** Which observed replicas are Ready; `user` as given in the options. */
typedef bool (*mp_replica_ready_fn)(const char *replica_name, size_t size, void *user);

/** How requests reach the serving pods of a replica. */
typedef enum mp_routing {
    MP_ROUTING_AUTO,    /**< a Service for Unified serving, an InferencePool for all other modes */
    MP_ROUTING_SERVICE, /**< as AUTO: modes that need a picker get one */
    MP_ROUTING_POOL     /**< an InferencePool with an endpoint picker, always */
} mp_routing;

/** What runs gangs on the workload cluster; an InferenceCluster's spec.stack. */
typedef enum mp_stack {
    MP_STACK_STANDARD, /**< LeaderWorkerSet */
    MP_STACK_DYNAMO    /**< Grove and KAI; with a cache, ModelExpress */
} mp_stack;

/** Fields are added at the end only. */
typedef struct mp_compose_opts {
    int version; /**< 1 */
    /** Asked per placement whether its replica is Ready and so gets an endpoint; NULL: none is. */
    mp_replica_ready_fn replica_ready;
    void *user; /**< last argument of `replica_ready` */
    /** Name of the ClusterProviderConfig that the provider Objects use (mp_compose_replica()). */
    const char *provider_config;
    size_t provider_config_size; /**< bytes, or #MP_NTS */
    bool bare;                   /**< the manifests themselves, not wrapped in provider Objects */
    /**
     * Which shape of the kinds to compose; MP_SHAPE_AUTO is MP_SHAPE_V2.  MP_SHAPE_V1 knows no
     * member metadata, no MODELPLANE_RANK, no probe and route timeouts, no labels, serving mode and
     * phases on replicas, and gives an endpoint to every replica, Ready or not.
     */
    mp_shape shape;
    /**
     * Give each provider Object a metadata.name, made by mp_child_name() of replica and response
     * key, and the replica's namespace.  Crossplane names composed Objects itself; without it they
     * need a name to be applied.
     */
    bool named;
    mp_routing routing; /**< MP_SHAPE_V1 knows the Service only */
    mp_stack stack;     /**< MP_SHAPE_V1 knows MP_STACK_STANDARD only */
} mp_compose_opts;
/** The defaults. */
#define MP_COMPOSE_OPTS_INIT                                                                       \
    {                                                                                              \
        1, 0, 0, 0, 0, false, MP_SHAPE_AUTO, false, MP_ROUTING_AUTO, MP_STACK_STANDARD             \
    }

/**
 * The ModelReplicas and ModelEndpoints of a plan.
 *
 * Every placement gives a ModelReplica, in the plan's order; one whose cluster has a gateway
 * address and whose replica is Ready also gives a ModelEndpoint, after all replicas.  Both have the
 * name mp_opaque_name(deployment, cluster, index) and the deployment's namespace.  Member templates
 * are copied verbatim.
 * @param plan read only
 * @param opts NULL for #MP_COMPOSE_OPTS_INIT
 * @param[out] out owned by the caller (mp_doc_free()); NULL unless MP_OK is returned.  The root is
 * a map from response key ("replica-CLUSTER-INDEX", "endpoint-CLUSTER-INDEX") to object; it comes
 * from the allocator of the plan's deployment and borrows nothing from the plan.
 * @retval MP_EINVAL no plan
 * @retval MP_ENOMEM out of memory
 * Threads: any number of calls may share one plan.
 */
MP_API mp_status mp_compose(const mp_plan *plan, const mp_compose_opts *opts, mp_doc **out,
                            mp_error *err);

/**
 * The objects of one ModelReplica on its workload cluster: workloads, claim templates, Service and
 * HTTPRoute.
 *
 * Templates are opaque: every field of them survives, known or not.  In a list the managed entries
 * come first and the user's follow in their order; where the user has an entry of the same identity
 * (a volume of that name, a mount at that path, container port 8000, that variable, that
 * toleration, a readinessProbe), it stands and the managed one is left out.  Not the user's to
 * change are what placement and routing rest on: the key modelplane.ai/pool of nodeSelector, the
 * claim named "devices" of a member with deviceRequests, and the managed labels; a worker never
 * carries modelplane.ai/serving.
 *
 * @param replica a ModelReplica document; read only
 * @param opts provider_config is needed unless `bare` is set
 * @param[out] out owned by the caller (mp_doc_free()); NULL unless MP_OK is returned.  The root is
 * a map from response key ("model-serving-ENGINE", "resource-claim-ENGINE-ROLE", "model-service",
 * "model-route") to object: per engine its workload, then its claim templates; the routing comes
 * last.  An InferencePool has the keys "inference-pool", "epp-serviceaccount", "epp-role",
 * "epp-rolebinding", "epp-config", "epp" and "epp-service" in place of "model-service".
 * @retval MP_EDOC   a needed field is missing or has another type; err->path, relative to
 * `replica`, and err->offset say which
 * @retval MP_EINVAL no provider_config, and not `bare`
 * @retval MP_ENOMEM out of memory
 * Threads: any number of calls may share one document while nobody changes it.
 */
MP_API mp_status mp_compose_replica(const mp_allocator *alloc, const mp_object *replica,
                                    const mp_compose_opts *opts, mp_doc **out, mp_error *err);

#ifdef __cplusplus
}
#endif
#endif

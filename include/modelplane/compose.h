/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file compose.h
 * Composition: a plan becomes ModelReplicas and ModelEndpoints, a ModelReplica becomes the objects of
 * its workload cluster.  What comes out is an object tree per object, in a map by response key.
 */
#ifndef MODELPLANE_COMPOSE_H
#define MODELPLANE_COMPOSE_H

#include <modelplane/schedule.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Longest name made, without the NUL. */
#define MP_NAME_MAX 63

/**
 * The name of a child: the parts joined by "-", cut to 57 characters, without trailing hyphens, then
 * "-" and the first five hex digits of the SHA-256 of the whole.
 * @param[out] out NUL-terminated, at most #MP_NAME_MAX characters (not bytes)
 * @retval MP_ENOMEM out of memory (long parts only)
 */
MP_API mp_status mp_child_name(const mp_allocator *alloc, const char *const *parts,
                               const size_t *sizes, size_t count, mp_text *out, mp_error *err);
/** As mp_child_name(), hashed over all parts while only the first is visible. */
MP_API mp_status mp_opaque_name(const mp_allocator *alloc, const char *const *parts,
                                const size_t *sizes, size_t count, mp_text *out, mp_error *err);

/** Which observed replicas are Ready; `user` as given in the options. */
typedef bool (*mp_replica_ready_fn)(const char *replica_name, size_t size, void *user);

/** Fields are added at the end only. */
typedef struct mp_compose_opts {
    int version; /**< 1 */
    /** Asked per placement whether its replica is Ready and so gets an endpoint; NULL: none is. */
    mp_replica_ready_fn replica_ready;
    void *user;
    /** Name of the ClusterProviderConfig that the provider Objects use (mp_compose_replica()). */
    const char *provider_config;
    size_t provider_config_size;
    bool bare; /**< the manifests themselves, not wrapped in provider Objects */
} mp_compose_opts;
#define MP_COMPOSE_OPTS_INIT                                                                       \
    {                                                                                              \
        1, 0, 0, 0, 0, false                                                                       \
    }

/**
 * The ModelReplicas and ModelEndpoints of a plan.
 * @param[out] out owned by the caller (mp_doc_free()); the root is a map from response key
 *                 ("replica-CLUSTER-INDEX", "endpoint-CLUSTER-INDEX") to object
 */
MP_API mp_status mp_compose(const mp_plan *plan, const mp_compose_opts *opts, mp_doc **out,
                            mp_error *err);

/**
 * The objects of one ModelReplica on its workload cluster: workloads, claim templates, Service and
 * HTTPRoute.
 * @param replica a ModelReplica document
 * @param[out] out owned by the caller; the root is a map from response key ("model-serving-ENGINE",
 *                 "resource-claim-ENGINE-ROLE", "model-service", "model-route") to object
 * @retval MP_EDOC a needed field is missing; err->path says which
 */
MP_API mp_status mp_compose_replica(const mp_allocator *alloc, const mp_object *replica,
                                    const mp_compose_opts *opts, mp_doc **out, mp_error *err);

#ifdef __cplusplus
}
#endif
#endif

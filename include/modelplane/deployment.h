/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file deployment.h
 * A model deployment: what should run.  Replicas of engines, engines of members, members that ask
 * for devices on every node they use.
 *
 * The deployment owns its engines, members and requests; a pointer to one is borrowed and stays
 * valid until mp_deployment_free().  Text is copied.  Order is kept and is part of the meaning.
 * Threads: building is exclusive; a finished deployment may be read by any number of threads.
 */
#ifndef MODELPLANE_DEPLOYMENT_H
#define MODELPLANE_DEPLOYMENT_H

#include <modelplane/cel.h>
#include <modelplane/object.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mp_deployment mp_deployment; /**< N replicas of a set of engines */
typedef struct mp_engine mp_engine;         /**< one serving unit: a lone pod or a gang */
typedef struct mp_member mp_member;         /**< one pod template of an engine */
typedef struct mp_request mp_request;       /**< devices a member's pod needs from its node */

/** What a member is to its engine; its name is mp_role_name(). */
typedef enum mp_role { MP_ROLE_STANDALONE, MP_ROLE_LEADER, MP_ROLE_WORKER } mp_role;
/** The part of inference that an engine does; its name is mp_phase_name(). */
typedef enum mp_phase {
    MP_PHASE_NONE,
    MP_PHASE_PREFILL,
    MP_PHASE_DECODE,
    MP_PHASE_ENCODE
} mp_phase;
/** How the engines of a replica serve together. */
typedef enum mp_serving_mode {
    MP_SERVING_UNSET, /**< no serving block: as unified */
    MP_SERVING_UNIFIED,
    MP_SERVING_PREFILL_DECODE,
    MP_SERVING_ENCODE_PREFILL_DECODE
} mp_serving_mode;
/** How a toleration compares with a taint. */
typedef enum mp_toleration_op { MP_TOLERATION_EQUAL, MP_TOLERATION_EXISTS } mp_toleration_op;
/** What a taint keeps away. */
typedef enum mp_taint_effect {
    MP_EFFECT_ANY, /**< in a toleration only: covers every effect */
    MP_EFFECT_NO_SCHEDULE,
    MP_EFFECT_NO_EXECUTE
} mp_taint_effect;

/** How far the members of an engine, and the pods of a member, may spread. */
typedef enum mp_span {
    MP_SPAN_POOL,  /**< one pool of nodes */
    MP_SPAN_FABRIC /**< the pools of one fabric */
} mp_span;
/** What happens when a wish for closeness cannot be met. */
typedef enum mp_strength {
    MP_STRENGTH_REQUIRED, /**< the replica is not placed */
    MP_STRENGTH_PREFERRED /**< the wish is dropped */
} mp_strength;
/** Where a deployment looks for replicas that it wants near, or not near. */
typedef enum mp_scope { MP_SCOPE_CLUSTER, MP_SCOPE_FABRIC } mp_scope;

/*
 * Limits of the builder, far above those of the documents (which mp_validate() checks): they keep
 * the cost of a hostile document in proportion to its size.  Past one, MP_ELIMIT.
 */
#define MP_LABELS_MAX 1024 /**< labels of a deployment, of its selector, of a cluster */
#define MP_DEPLOYMENT_TOLERATIONS_MAX 1024 /**< tolerations of a deployment */
#define MP_DEPLOYMENT_ENGINES_MAX 1024     /**< engines of a deployment */
#define MP_DEPLOYMENT_AFFINITIES_MAX 64    /**< affinities of a deployment */
#define MP_ENGINE_MEMBERS_MAX 64           /**< members of an engine */
#define MP_MEMBER_REQUESTS_MAX 256         /**< requests of a member */
#define MP_REQUEST_SELECTORS_MAX 256       /**< selectors of a request */

/** "Standalone", "Leader", "Worker".  Static text. */
MP_API const char *mp_role_name(mp_role role);
/** "", "Prefill", "Decode".  Static text. */
MP_API const char *mp_phase_name(mp_phase phase);

/* ---- building; adders return NULL and setters a status other than MP_OK on failure ---- */

/**
 * A deployment of 1 replica without engines.
 * @param[out] out owned by the caller (mp_deployment_free()); NULL unless MP_OK is returned
 * @retval MP_EINVAL the name is empty
 * @retval MP_ENOMEM out of memory
 */
MP_API mp_status mp_deployment_new(const mp_allocator *alloc, const char *ns, size_t ns_size,
                                   const char *name, size_t name_size, mp_deployment **out,
                                   mp_error *err);
/** Free a deployment with all its engines.  NULL is fine. */
MP_API void mp_deployment_free(mp_deployment *d);

/** Replicas wanted, 0 or more (MP_EINVAL). */
MP_API mp_status mp_deployment_set_replicas(mp_deployment *d, int64_t replicas);
/** A label for every replica (template.metadata.labels). */
MP_API mp_status mp_deployment_set_label(mp_deployment *d, const char *key, size_t key_size,
                                         const char *value, size_t value_size);
/** Only clusters that carry this label are candidates; several are ANDed. */
MP_API mp_status mp_deployment_select_cluster(mp_deployment *d, const char *key, size_t key_size,
                                              const char *value, size_t value_size);
/** Name of the ModelCache, in the deployment's namespace. */
MP_API mp_status mp_deployment_set_cache(mp_deployment *d, const char *name, size_t name_size);
/** How the engines serve together. */
MP_API mp_status mp_deployment_set_serving(mp_deployment *d, mp_serving_mode mode);
/** An empty key with MP_TOLERATION_EXISTS tolerates every key. */
MP_API mp_status mp_deployment_add_toleration(mp_deployment *d, const char *key, size_t key_size,
                                              mp_toleration_op op, const char *value,
                                              size_t value_size, mp_taint_effect effect);

/**
 * Add an engine with `copies` (1 or more) identical instances in every replica.
 * NULL with MP_EINVAL (no name, copies below 1), MP_EEXIST (name taken) or MP_ENOMEM in err.
 */
MP_API mp_engine *mp_deployment_add_engine(mp_deployment *d, const char *name, size_t name_size,
                                           int64_t copies, mp_error *err);
/** The part of inference that the engine does. */
MP_API mp_status mp_engine_set_phase(mp_engine *e, mp_phase phase);
/** How far the engine may spread; MP_SPAN_POOL until set.  No engine ever leaves one fabric. */
MP_API mp_status mp_engine_set_span(mp_engine *e, mp_span span);
/**
 * Want all pods of each copy in one domain of a level: a level of the pools, "fabric" or "pool".
 * The last call counts; an empty name takes the wish back.
 */
MP_API mp_status mp_engine_set_level(mp_engine *e, const char *level, size_t size,
                                     mp_strength strength);
/** Put the engine into a group of engines; "" for none. */
MP_API mp_status mp_engine_set_group(mp_engine *e, const char *group, size_t size);
/** Want all pods of a group of engines in one domain, as mp_engine_set_level(). */
MP_API mp_status mp_deployment_set_group_level(mp_deployment *d, const char *group,
                                               size_t group_size, const char *level, size_t size,
                                               mp_strength strength);
/** Want all pods of a replica in one domain, as mp_engine_set_level(). */
MP_API mp_status mp_deployment_set_level(mp_deployment *d, const char *level, size_t size,
                                         mp_strength strength);
/** Prefer clusters with this label; several count together.  For MP_CLUSTERS_PREFERRED. */
MP_API mp_status mp_deployment_prefer_cluster(mp_deployment *d, const char *key, size_t key_size,
                                              const char *value, size_t value_size);
/**
 * Be where replicas of other deployments with this label run, on the same cluster or the same
 * fabric; or, with `anti`, where none runs.  All that are given hold.
 * @retval MP_ELIMIT more than #MP_DEPLOYMENT_AFFINITIES_MAX
 */
MP_API mp_status mp_deployment_add_affinity(mp_deployment *d, const char *key, size_t key_size,
                                            const char *value, size_t value_size, mp_scope scope,
                                            bool anti);

/** Add a member; a Worker counts as 1 node until mp_member_set_nodes(). */
MP_API mp_member *mp_engine_add_member(mp_engine *e, mp_role role, mp_error *err);
/** Nodes (pods) of a Worker, 1 or more.  MP_EINVAL on another role. */
MP_API mp_status mp_member_set_nodes(mp_member *m, int64_t nodes);
/** The pod template (metadata, spec.containers...), passed through verbatim; copied. */
MP_API mp_status mp_member_set_template(mp_member *m, const mp_object *pod_template);

/** Ask for `count` (1 or more) devices on each node of the member. */
MP_API mp_request *mp_member_add_request(mp_member *m, const char *name, size_t name_size,
                                         int64_t count, mp_error *err);
/**
 * A selector that every device of the request must satisfy; several are ANDed.  Compiled at once.
 * @retval MP_EPARSE, MP_ECOMPILE, MP_ELIMIT as mp_cel_compile(), err->path names the selector
 */
MP_API mp_status mp_request_add_selector(mp_request *r, const char *cel, size_t size,
                                         mp_error *err);

/* ---- reading; all accept NULL; texts are borrowed and NUL-terminated ---- */

/** Name; `size` may be NULL. */
MP_API const char *mp_deployment_name(const mp_deployment *d, size_t *size);
/** Namespace, may be "". */
MP_API const char *mp_deployment_namespace(const mp_deployment *d, size_t *size);
/** Replicas wanted. */
MP_API int64_t mp_deployment_replicas(const mp_deployment *d);
/** Cache name, or NULL. */
MP_API const char *mp_deployment_cache(const mp_deployment *d, size_t *size);
/** Serving mode. */
MP_API mp_serving_mode mp_deployment_serving(const mp_deployment *d);
/** Number of labels for every replica. */
MP_API size_t mp_deployment_label_count(const mp_deployment *d);
/** Key of a label by position, and its value; NULL past the end. */
MP_API const char *mp_deployment_label(const mp_deployment *d, size_t i, const char **value);
/** Number of engines. */
MP_API size_t mp_deployment_engine_count(const mp_deployment *d);
/** Engine by position, in the order in which they were added; NULL past the end. */
MP_API const mp_engine *mp_deployment_engine(const mp_deployment *d, size_t i);
/** Engine by name, or NULL. */
MP_API const mp_engine *mp_deployment_find_engine(const mp_deployment *d, const char *name,
                                                  size_t size);
/** Name of the engine. */
MP_API const char *mp_engine_name(const mp_engine *e, size_t *size);
/** Identical instances of the engine in every replica. */
MP_API int64_t mp_engine_copies(const mp_engine *e);
/** The part of inference that the engine does. */
MP_API mp_phase mp_engine_phase(const mp_engine *e);
/** How far the engine may spread. */
MP_API mp_span mp_engine_span(const mp_engine *e);
/** Number of members. */
MP_API size_t mp_engine_member_count(const mp_engine *e);
/** Member by position, in the order in which they were added; NULL past the end. */
MP_API const mp_member *mp_engine_member(const mp_engine *e, size_t i);
/** Role of the member. */
MP_API mp_role mp_member_role(const mp_member *m);
/** Nodes one copy of the member takes: worker.nodes, or 1. */
MP_API int64_t mp_member_nodes(const mp_member *m);
/** True if mp_member_set_nodes() was called: the worker block is present. */
MP_API bool mp_member_has_nodes(const mp_member *m);
/** The template, or NULL. */
MP_API const mp_object *mp_member_template(const mp_member *m);
/** Number of device requests. */
MP_API size_t mp_member_request_count(const mp_member *m);
/** Request by position; NULL past the end. */
MP_API const mp_request *mp_member_request(const mp_member *m, size_t i);
/** Name of the request. */
MP_API const char *mp_request_name(const mp_request *r, size_t *size);
/** Devices asked for on each node of the member. */
MP_API int64_t mp_request_count(const mp_request *r);
/** Number of selectors. */
MP_API size_t mp_request_selector_count(const mp_request *r);
/** The compiled selector; its source is the text given. */
MP_API const mp_cel *mp_request_selector(const mp_request *r, size_t i);

/* ---- from a document ---- */

/**
 * Read a ModelDeployment, in the shape with spec.template or the older one without.
 *
 * Reads what is there and is well-typed enough to schedule; the rules of the kind are checked by
 * mp_validate().  Unknown fields of member templates survive.
 * @retval MP_EDOC     a needed field is missing or has another type; err->path and offset say which
 * @retval MP_EPARSE, MP_ECOMPILE a selector is bad; err->path names it, err->text begins with the
 *                     message that belongs after "Invalid nodeSelector CEL expression: "
 */
MP_API mp_status mp_deployment_read(const mp_allocator *alloc, const mp_object *document,
                                    mp_deployment **out, mp_error *err);

#ifdef __cplusplus
}
#endif
#endif

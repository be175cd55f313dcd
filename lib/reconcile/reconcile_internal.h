/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of lib/reconcile share: the input by kind and identity, and the result being
 * built.
 *
 * Everything here lives as long as one mp_reconcile(): texts borrow from the input or from the
 * arena of the call.  A failed allocation is remembered by the arena and the documents, so most
 * functions return nothing and mp__run_status() is asked between the stages.
 */
#ifndef MP_RECONCILE_INTERNAL_H
#define MP_RECONCILE_INTERNAL_H

#include "base_internal.h"
#include "value_internal.h"
#include <modelplane/function.h>
#include <modelplane/reconcile.h>

#define MP__API_VERSION "modelplane.ai/v1alpha1"

/* ---- documents.c: the input ---- */

typedef struct mp__resource mp__resource;
struct mp__resource {
    const mp_object *object;
    mp__str api_version, kind, ns, name;
    /* Of an InferenceCluster, ModelEndpoint or InferenceGateway: given or derived; or NULL. */
    const mp_object *status;
    mp__resource *next; /* of a ModelReplica: the next one of the same deployment, by name */
    mp__str cluster;    /* of a ModelReplica: spec.clusterName */
    mp__str key;        /* of a ModelReplica: its response key, replica-CLUSTER-INDEX */
    bool owned;  /* a ModelReplica whose deployment is in the input, an endpoint or stack that is
                    desired */
    bool held;   /* a ModelReplica that is kept as it is */
    bool broken; /* it cannot be read: no one may act on what it seems to say */
};

/* Documents of one kind, by (namespace, name). */
typedef struct mp__resources {
    mp__resource *items;
    size_t count;
} mp__resources;

typedef enum mp__kind {
    MP__KIND_CLASS,
    MP__KIND_CLUSTER,
    MP__KIND_DEPLOYMENT,
    MP__KIND_REPLICA,
    MP__KIND_ENDPOINT,
    MP__KIND_CACHE,
    MP__KIND_SERVICE,
    MP__KIND_GATEWAY,
    MP__KIND_STACK,
    MP__KIND_SECRET,
    MP__KIND_REMOTE, /* provider Object: what runs on a workload cluster */
    MP__KIND_CHILD,  /* anything else that Crossplane composed */
    MP__KIND_OTHER,
    MP__KIND_COUNT
} mp__kind;

/* The rest of mp_function_run(): what it was given and what it asks for. */
typedef struct mp__request {
    const mp_object *required; /* requirement -> {items: [{resource}]}, or NULL */
    const mp_object *extra;    /* the same, by its older name */
    const mp_object *observed; /* response key -> {resource}, or NULL */
    mp_object *requirements;   /* requirement -> selector, in mp__run.doc */
    bool ready_told, ready;    /* of the parent; not told: it follows its children */
} mp__request;

typedef struct mp__run {
    mp_allocator alloc;
    mp_reconcile_opts opts;
    mp__arena arena;
    mp__resources kinds[MP__KIND_COUNT];
    mp__map by_id;   /* kind \0 namespace \0 name -> mp__resource */
    mp__map owners;  /* namespace \0 deployment -> first mp__resource of its replicas */
    mp__map holders; /* namespace \0 deployment \0 response key -> first mp__resource of that key */
    mp__map observed;     /* namespace \0 parent \0 response key -> observed child (mp__resource) */
    mp__map used;         /* names of clusters that replicas are scheduled to */
    mp__request *request; /* NULL in mp_reconcile() */
    mp_doc *scratch;      /* derived documents */
    mp_doc *doc;          /* the result */
    mp_object *objects, *statuses, *events, *plans, *skipped, *errors;
    mp_fleet *fleet;
    mp__resource *parents; /* desired ModelReplicas, and observed ones without owner; by `next` */
    size_t parent_count;
    mp__resource *endpoints; /* desired ModelEndpoints, by `next` */
    mp__resource *stacks;    /* desired ServingStacks, by `next` */
} mp__run;

/* Begin and end; a run that could not begin is ended too. */
mp_status mp__run_begin(mp__run *run, const mp_allocator *alloc, const mp_reconcile_opts *opts,
                        mp_error *err);
void mp__run_end(mp__run *run);
/* Sort the documents into kinds; those that are none are among the errors.  Of several with one
 * identity the first counts in mp_function_run().  @retval MP_EDOC one identity twice, otherwise */
mp_status mp__run_index(mp__run *run, const mp_object *const *documents, size_t count,
                        mp_error *err);
/* MP_OK, or MP_ENOMEM once anything could not be allocated. */
mp_status mp__run_status(const mp__run *run, mp_error *err);
/* Make the path of a failure begin in the document, not in the tree that holds it. */
void mp__run_relative(const mp__resource *resource, mp_error *err);
/* A failure that is the document's fault joins the errors, the document counts as broken, and the
 * answer is MP_OK; being out of memory is nobody's fault. */
mp_status mp__run_excuse(mp__run *run, mp__resource *resource, mp_status status,
                         const mp_error *why, mp_error *err);

/* a \0 b \0 c, in the arena. */
mp__str mp__run_key(mp__run *run, mp__str a, mp__str b, mp__str c);
/* What a buffer holds, in the arena; frees the buffer. */
mp__str mp__run_take(mp__run *run, mp__buf *buf);
/* a, b, c joined as they are, in the arena. */
mp__str mp__run_text(mp__run *run, mp__str a, mp__str b, mp__str c);
mp__resource *mp__run_find(mp__run *run, mp__str kind, mp__str ns, mp__str name);
/* The ModelReplica that has an identity of a deployment, or NULL. */
mp__resource *mp__run_holder(mp__run *run, mp__str ns, mp__str deployment, mp__str key);
/* A document as a resource of no list. */
mp__resource *mp__run_resource(mp__run *run, const mp_object *object);
/* A copy of a desired object with the status that was observed, if there is one. */
const mp_object *mp__run_with_status(mp__run *run, const mp_object *object,
                                     const mp__resource *observed);
void mp__run_observe(mp__run *run, mp__str ns, mp__str parent, mp__str key, mp__resource *child);
/* The observed child of a parent under a response key, or NULL. */
const mp__resource *mp__run_observed(mp__run *run, mp__str ns, mp__str parent, mp__str key);

/* The index of a ModelReplica document, from its label. */
int64_t mp__replica_index(const mp_object *replica);
/* Whether a condition has status "True"; false for NULL. */
bool mp__condition_true(const mp_object *document, mp__str type);
/* The same in a list of conditions. */
bool mp__condition_in(const mp_object *conditions, mp__str type);
/* The condition of that type in a status, or NULL. */
const mp_object *mp__condition_find(const mp_object *status, mp__str type);
/* Whether the labels of a document carry every pair of a matchLabels map (or NULL). */
bool mp__labels_match(const mp_object *document, const mp_object *match_labels);

/* ---- emit.c: the result ---- */

/* Add a desired child; copies `object`.  `cluster` is "" for children on the control plane. */
void mp__emit_object(mp__run *run, const mp__resource *parent, mp__str cluster, mp__str key,
                     bool ready, const mp_object *object);
/* Add the status of a document; returns the map to fill. */
mp_object *mp__emit_status(mp__run *run, const mp__resource *resource);
/* Append a condition to status.conditions; an empty message is left out.  The transition time of
 * the observed condition is kept while the status does not change. */
void mp__emit_condition(const mp__resource *resource, mp_object *status, mp__str type, bool is_true,
                        mp__str reason, mp__str message);
void mp__emit_event(mp__run *run, const mp__resource *parent, mp__str type, mp__str message);
void mp__emit_skipped(mp__run *run, const mp__resource *resource);

/* Name an object that Crossplane would name, after its parent and key. */
mp__str mp__give_name(mp__run *run, const mp__resource *parent, mp__str key, mp_object *object);
/* Whether the parent is Ready apart from its children (mp_function_run()). */
void mp__emit_ready(mp__run *run, bool ready);
/* "Kind namespace/name". */
mp__str mp__name_of(mp__run *run, const mp__resource *resource);

/* ---- requirements (mp_function_run(); mp_reconcile() has all there is) ---- */

/* Documents of a kind, asked for under a name of the requirement's own: the one called `name`, or
 * else those with the labels (NULL: any); in the namespace, or in any. */
typedef struct mp__need {
    mp__str key, kind;
    mp__str api_version; /* of Modelplane, if it is empty */
    mp__str name;
    const mp_object *labels;
    mp__str ns;
} mp__need;
void mp__require(mp__run *run, const mp__need *need);
/* Whether what is asked for under that name has been looked for. */
bool mp__run_fetched(const mp__run *run, mp__str key);
/* What was found then: a list of {resource}, or NULL. */
const mp_object *mp__run_items(const mp__run *run, mp__str key);

/* ---- held.c: replicas kept as they are ---- */

/* What of an observed object is desired when it is kept as it is: not its status, and not what the
 * API server wrote into its metadata.  In run->scratch. */
mp_object *mp__held_object(mp__run *run, const mp_object *object);
/* The ModelEndpoint of a Ready replica, on a cluster with a gateway; else NULL. */
mp_object *mp__held_endpoint(mp__run *run, const mp__resource *replica);
/* Keep desired what was composed before, as it is, but for one key (mp_function_run()). */
void mp__emit_kept(mp__run *run, const mp__resource *parent, mp__str but_key);
/* An entry of plans[].placements for a ModelReplica; appended to `list`. */
void mp__describe_replica(mp_object *list, const mp_object *replica, bool retained);

/* ---- turns.c: one deployment and its turns ---- */

typedef enum mp__outcome {
    MP__SCHEDULED,
    MP__NO_CLUSTERS,
    MP__BAD_SELECTOR,
    MP__UNREADABLE /* the deployment, a replica of it, or the cluster of one */
} mp__outcome;

typedef struct mp__turn {
    mp__run *run;
    mp__resource *resource;
    const mp_object *body; /* spec.template.spec, or spec in the older shape */
    int64_t desired;
    mp__str cache_name;
    const mp__resource *cache; /* NULL while it is missing, or if none is asked for */
    mp__resource *replicas;    /* observed ones, by `next` */
    const mp__resource **held;
    size_t held_count;
    mp_deployment *deployment; /* NULL for a bad selector */
    mp_doc *children;          /* of mp_compose(), NULL until scheduled */
    mp_object *plan;           /* entry of the result's plans, in run->scratch */
    mp__map fresh;             /* names of replicas placed in this call */
    mp__map ready;             /* names that Ready replicas have or would have */
    mp__outcome outcome;
    mp_verdict verdict;
    uint64_t candidates;
    mp__str fault;                 /* of a bad selector, or of what cannot be read */
    const mp_object *match_labels; /* of candidate clusters; NULL: all */
} mp__turn;

/* Read a deployment; `turn` is zeroed, and given to mp__turn_fini() whatever the result. */
mp_status mp__turn_begin(mp__turn *turn, mp__run *run, mp__resource *resource, mp_error *err);
/* Schedule all that can be, in order, until no one's turn changes anything. */
mp_status mp__turns_take(mp__turn *turns, size_t count, mp_error *err);
void mp__turn_fini(mp__turn *turn);
/* Why nothing is placed while the ModelCache is not there. */
mp__str mp__cache_message(const mp__turn *turn);
bool mp__is_replica(const mp_object *child);

/* ---- one file per kind ---- */

void mp__reconcile_class(mp__run *run, const mp__resource *resource);
/* Give every cluster its status, emit it, and put the cluster into the fleet. */
mp_status mp__reconcile_cluster(mp__run *run, mp__resource *resource, mp_error *err);
/* Put a cluster into the fleet by the status that `document` says. */
mp_status mp__add_cluster(mp__run *run, mp__resource *resource, const mp_object *document,
                          mp_error *err);
mp_status mp__reconcile_cache(mp__run *run, mp__resource *resource, mp_error *err);
/* All deployments, since they share the fleet.  Adds the desired replicas to run->parents. */
mp_status mp__reconcile_deployments(mp__run *run, mp_error *err);
/* Put what runs into the fleet. */
mp_status mp__add_replicas(mp__run *run, mp_error *err);
/* Add a ModelReplica to run->parents; `observed` may be NULL. */
void mp__run_add_parent(mp__run *run, const mp_object *replica, const mp__resource *observed);
mp_status mp__reconcile_replica(mp__run *run, mp__resource *resource, mp_error *err);

/* With the status that follows, in resource->status too. */
mp_status mp__reconcile_endpoint(mp__run *run, mp__resource *resource, mp_error *err);
mp_status mp__reconcile_service(mp__run *run, mp__resource *resource, mp_error *err);
mp_status mp__reconcile_gateway(mp__run *run, mp__resource *resource, mp_error *err);
mp_status mp__reconcile_stack(mp__run *run, mp__resource *resource, mp_error *err);
/* Reconcile the stack of a cluster later on; `seen` may be NULL. */
void mp__add_stack(mp__run *run, const mp__resource *cluster, const mp_object *object,
                   const mp__resource *seen);
/* Note which clusters are used, before any is equipped. */
void mp__note_used(mp__run *run);
/* cluster_equip.c: what a cluster needs on the control plane. */
mp_status mp__equip_cluster(mp__run *run, mp__resource *resource, mp_error *err);

#endif

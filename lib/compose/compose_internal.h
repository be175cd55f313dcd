/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of lib/compose share.
 *
 * A ModelReplica is read into views first (read.c), which borrow from its document; whatever is
 * wrong with it is found there.  Composing the views can then fail for lack of memory only, and the
 * document being built remembers that.
 */
#ifndef MP_COMPOSE_INTERNAL_H
#define MP_COMPOSE_INTERNAL_H

#include "base_internal.h"
#include "value_internal.h"
#include <assert.h>
#include <modelplane/compose.h>

/* ---- names.c ---- */

/* Room for MP_NAME_MAX characters, 57 of which may take four bytes, and a NUL. */
typedef struct mp__name {
    char data[57 * 4 + 8];
    size_t size;
} mp__name;

/* mp_child_name() and mp_opaque_name() without allocation; at least one part.  The result borrows
 * from `name`. */
mp__str mp__child_name(const mp__str *parts, size_t count, mp__name *name);
mp__str mp__opaque_name(const mp__str *parts, size_t count, mp__name *name);
/* The name that an object of a parent gets where Crossplane would give it one: as
 * mp__child_name(parent, key), and never cut behind a dot, which keys may hold. */
mp__str mp__object_name(mp__str parent, mp__str key, mp__name *name);
/* The name of a PodCliqueSet: as mp__child_name(), with 18 characters to read. */
mp__str mp__grove_name(const mp__str *parts, size_t count, mp__name *name);

/* ---- read.c ---- */

typedef struct mp__member_view {
    mp_role role;
    int64_t nodes; /* pods in one copy: worker.nodes, or 1; at most INT32_MAX - 1 */
    mp__str pool;
    const mp_object *requests;     /* list with at least one entry; NULL if nothing is claimed */
    const mp_object *pod_template; /* map */
    const mp_object *metadata;     /* map or NULL; so are its labels and annotations */
    const mp_object *spec;         /* map */
    const mp_object *container;    /* map, the one named "engine" */
    int64_t port;                  /* where it serves */
    mp_phase phase; /* of a serving member of a disaggregated replica; else MP_PHASE_NONE */
} mp__member_view;

typedef struct mp__engine_view {
    mp__str name;
    int64_t copies; /* 1..INT32_MAX */
    mp_phase phase;
    size_t count; /* 1: Standalone; 2: Leader, then Worker */
    mp__member_view members[2];
} mp__engine_view;

typedef struct mp__replica_view {
    mp__str name, ns;
    mp__str cache; /* of the ModelCache; size 0 without one */
    mp_serving_mode mode;
    const mp_object *engines; /* list with at least one entry */
} mp__replica_view;

/* Both answer MP_OK or MP_EDOC; err->path is relative to the node given. */
mp_status mp__replica_view_read(const mp_object *document, mp__replica_view *out, mp_error *err);
mp_status mp__engine_view_read(const mp_object *engine, mp__engine_view *out, mp_error *err);

/* Value of a key, or NULL if it is absent or null: both mean "not given". */
const mp_object *mp__field(const mp_object *map, const char *key, size_t key_size);
#define mp__given(map, key) mp__field((map), MP__LIT(key))

/* ---- compose.c ---- */

/* One mp_compose_replica() in progress. */
typedef struct mp__composer {
    mp_doc *doc;
    mp_object *objects; /* the root: response key -> object */
    const mp__replica_view *replica;
    mp__str cache_claim; /* PersistentVolumeClaim of the cache; size 0 without one */
    mp__str provider;
    mp__str block_size; /* of the KV cache, decimal digits */
    mp_serving_mode mode;
    bool bare, named, v1;
    bool pooled; /* routed through an InferencePool */
    bool dynamo; /* the cluster runs the Dynamo stack */
} mp__composer;

/* The parts in one text, in the memory of `doc`; empty when out of memory. */
mp__str mp__join(mp_doc *doc, const mp__str *parts, size_t count);

/* nulls.c: remove every field below `root` that is null. */
void mp__drop_nulls(mp_object *root);

typedef enum mp__readiness {
    MP__READY_CREATED,   /* once it exists */
    MP__READY_AVAILABLE, /* once its condition Available is True */
    MP__READY_CLIQUES    /* once all its replicas are available */
} mp__readiness;

/* A manifest without spec, in the namespace where all remote objects live. */
mp_object *mp__manifest_new(const mp__composer *c, mp__str api_version, mp__str kind, mp__str name);
/* Add a manifest to the result, in a provider Object unless bare ones are wanted. */
void mp__manifest_add(const mp__composer *c, mp__str key, mp_object *manifest,
                      mp__readiness readiness);

/* ---- pod.c, workload.c, claims.c, route.c ---- */

/* The pod template of a member.  `claim` names its ResourceClaimTemplate, size 0 without one;
 * `workload` is the name of a Deployment, unused in a gang. */
mp_object *mp__pod_template(const mp__composer *c, const mp__member_view *m, mp__str workload,
                            mp__str claim);
/* Deployment or LeaderWorkerSet, and the claim templates. */
void mp__compose_engine(const mp__composer *c, const mp__engine_view *e);
/* Name of a member's ResourceClaimTemplate; size 0 if it claims nothing. */
mp__str mp__claim_name(const mp__composer *c, const mp__engine_view *e, const mp__member_view *m,
                       mp__name *name);
void mp__compose_claim(const mp__composer *c, const mp__engine_view *e, const mp__member_view *m);
void mp__compose_route(const mp__composer *c);

/* ---- route.c: parts of a rule ---- */

/* Match /NAMESPACE/NAME/. */
void mp__put_prefix(mp_doc *doc, mp_object *rule, mp__str ns, mp__str name);
/* Put `prefix` in place of what was matched; `owner` is a rule or a backend. */
void mp__put_rewrite(mp_object *owner, mp__str prefix);

/* ---- pod.c: parts ---- */

#define MP__SERVING_PORT 8000
#define MP__CACHE_PATH "/mnt/models"
#define MP__LABEL_SERVING "modelplane.ai/serving"

/* True if an item of the list has this text under `key`. */
bool mp__has_item(const mp_object *list, const char *key, const char *text);
/* Append a variable unless the user's `env` has one of that name. */
void mp__add_variable(mp_object *list, const mp_object *env, const char *name, mp__str value);
void mp__put_probe(const mp__composer *c, int64_t port, mp_object *container);
void mp__put_pod_spec(const mp__composer *c, const mp__member_view *m, mp__str claim,
                      mp_object *spec);
void mp__put_user_labels(const mp__composer *c, const mp__member_view *m, mp_object *labels);
void mp__put_annotations(const mp__composer *c, const mp__member_view *m, mp_object *to);

/* ---- flags.c ---- */

/* Block size by the flags of an engine, 16 by default. */
mp__str mp__block_size(mp_doc *doc, const mp__member_view *m);
/* The port its flags name; false if that is none. */
bool mp__engine_port(const mp__member_view *m, int64_t fallback, int64_t *out);

/* ---- picker.c ---- */

mp__str mp__pool_name(const mp__composer *c);
void mp__compose_picker(const mp__composer *c);

/* ---- disagg.c ---- */

/* Give the serving member of an engine its part; false if its --port is no port. */
bool mp__disagg_prepare(mp__engine_view *e);
/* Both do nothing for a member without a phase. */
void mp__disagg_labels(const mp__composer *c, const mp__member_view *m, mp_object *labels);
void mp__disagg_pod(const mp__composer *c, const mp__member_view *m, mp_object *pod_spec);

/* ---- grove.c: the Dynamo stack ---- */

/* MP_EDOC where members of a gang have fields in their template that no clique could carry;
 * err->path is relative to the engine. */
mp_status mp__check_cliques(const mp_object *engine, mp_error *err);
mp_object *mp__make_cliques(const mp__composer *c, const mp__engine_view *e);
/* Whether engines fetch weights through ModelExpress. */
bool mp__has_express(const mp__composer *c);
void mp__put_express_env(const mp__composer *c, const mp_object *env, mp_object *list);
void mp__put_express_security(mp_object *container);

#endif

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
} mp__member_view;

typedef struct mp__engine_view {
    mp__str name;
    int64_t copies; /* 1..INT32_MAX */
    size_t count;   /* 1: Standalone; 2: Leader, then Worker */
    mp__member_view members[2];
} mp__engine_view;

typedef struct mp__replica_view {
    mp__str name, ns;
    mp__str cache;            /* of the ModelCache; size 0 without one */
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
    bool bare, named, v1;
} mp__composer;

/* The parts in one text, in the memory of `doc`; empty when out of memory. */
mp__str mp__join(mp_doc *doc, const mp__str *parts, size_t count);

typedef enum mp__readiness {
    MP__READY_CREATED,  /* once it exists */
    MP__READY_AVAILABLE /* once its condition Available is True */
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

#endif

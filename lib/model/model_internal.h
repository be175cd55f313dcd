/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bodies behind deployment.h, for the layers above that read them in their inner loops.
 */
#ifndef MP_MODEL_INTERNAL_H
#define MP_MODEL_INTERNAL_H

#include "value_internal.h"
#include <modelplane/cel.h>
#include <modelplane/deployment.h>

/* A list of key-value pairs in order of insertion. */
typedef struct mp__label {
    mp__str key, value;
} mp__label;
typedef struct mp__labels {
    mp__label *items;
    size_t count, capacity;
} mp__labels;

/* Whether the labels have a value of a key, and all pairs of others. */
bool mp__labels_carry(const mp__labels *labels, mp__str key, mp__str value);
bool mp__labels_carry_all(const mp__labels *labels, const mp__labels *wanted);
/* Sets or replaces; texts are copied into the arena.  MP_ENOMEM, MP_ELIMIT. */
mp_status mp__labels_set(mp__labels *labels, mp__arena *arena, mp__str key, mp__str value);
/* The value, or NULL. */
const mp__str *mp__labels_get(const mp__labels *labels, mp__str key);

/* A copy in the arena, NUL-terminated; data is NULL when out of memory. */
mp__str mp__arena_str(mp__arena *arena, mp__str text);

/* Grows an array that lives in an arena by one zeroed item; NULL when out of memory.  The old array
 * stays behind, so pointers to items are not stable: arrays of pointers where that matters. */
void *mp__arena_push(mp__arena *arena, void *array, size_t *count, size_t *capacity,
                     size_t item_size);

typedef struct mp__toleration {
    mp__str key, value;
    mp_toleration_op op;
    mp_taint_effect effect;
} mp__toleration;

struct mp_request {
    mp_member *member;
    mp__str name;
    int64_t count;
    size_t index; /* in its member */
    mp_cel **selectors;
    size_t selector_count, selector_capacity;
};

struct mp_member {
    mp_engine *engine;
    mp_role role;
    int64_t nodes; /* of one copy: worker.nodes, or 1 */
    bool has_nodes;
    size_t index; /* in its engine */
    mp_object *pod_template;
    mp_request **requests;
    size_t request_count, request_capacity;
};

/* A wish for closeness; level.size == 0: none. */
typedef struct mp__level_wish {
    mp__str level;
    mp_strength strength;
} mp__level_wish;

/* Engines that want to be close to each other. */
typedef struct mp__group {
    mp__str name;
    mp__level_wish wish;
} mp__group;

typedef struct mp__affinity {
    mp__str key, value;
    mp_scope scope;
    bool anti;
} mp__affinity;

struct mp_engine {
    mp_deployment *deployment;
    mp__str name;
    mp__str group; /* size 0: in none */
    mp__level_wish wish;
    mp_span span;
    int64_t copies;
    mp_phase phase;
    size_t index; /* in its deployment */
    mp_member **members;
    size_t member_count, member_capacity;
};

struct mp_deployment {
    mp_allocator alloc;
    mp__arena arena;
    mp_doc *templates;       /* owns the members' templates; NULL until there is one */
    mp_cel_env *env;         /* NULL until there is a selector */
    mp__str ns, name, cache; /* cache.data is NULL without one */
    int64_t replicas;
    mp_serving_mode serving;
    mp__labels labels;
    mp__labels cluster_selector;
    mp__toleration *tolerations;
    size_t toleration_count, toleration_capacity;
    mp__level_wish wish; /* of the replica as a whole */
    mp__group *groups;
    size_t group_count, group_capacity;
    mp__affinity *affinities;
    size_t affinity_count, affinity_capacity;
    mp__labels preferred; /* of clusters */
    mp_engine **engines;
    size_t engine_count, engine_capacity;
    mp__map engine_names;
};

/* Sum and product of numbers that are 0 or more; INT64_MAX where that overflows. */
static inline int64_t mp__add_saturating(int64_t a, int64_t b)
{
    return a > INT64_MAX - b ? INT64_MAX : a + b;
}
static inline int64_t mp__mul_saturating(int64_t a, int64_t b)
{
    return b != 0 && a > INT64_MAX / b ? INT64_MAX : a * b;
}

/* Pods (= nodes, where each takes a whole one) of a member in one replica: nodes x copies,
 * INT64_MAX where that overflows. */
int64_t mp__member_pods(const mp_member *m);
/* Whether requests ask for the same: so many devices, by the same texts in order. */
bool mp__request_equal(const mp_request *x, const mp_request *y);
/* The wish of the group of that name, or NULL. */
const mp__level_wish *mp__deployment_group_wish(const mp_deployment *d, mp__str group);

/* What pods must have in common for a wish to be about them; the wishes of engines, groups and
 * replicas are about those before, too. */
typedef enum mp__scope {
    MP__OF_MEMBER,
    MP__OF_COPY,
    MP__OF_ENGINE,
    MP__OF_GROUP,
    MP__OF_REPLICA
} mp__scope;
typedef struct mp__wish {
    mp__scope of;
    mp__str level; /* in one domain of which they must be; size 0: of none */
} mp__wish;
#define MP__WISHES 6
#define MP__WISHES_OF_NEW 3 /* the first are about new pods only: running ones may be apart */
/* All that pods of an engine must be together with.  `wide`: the engine may span its fabric
 * whatever it says itself; `whole`: members may not. */
void mp__engine_wishes(const mp_engine *e, bool wide, bool whole, mp__wish out[MP__WISHES]);

/* Whether some toleration of the deployment covers a taint. */
bool mp__deployment_tolerates(const mp_deployment *d, mp__str key, mp__str value,
                              mp_taint_effect effect);

#endif

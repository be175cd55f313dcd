/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the checker share: check.c has the rules of a placement, check_room.c closeness
 * and room, check_refusal.c the certificates.  They know the structs of the scheduler and call none
 * of its functions.
 *
 * A test gives the text of the rule that is broken, or NULL.  Running out of memory is noted in
 * the checker and asked for at the end.
 */
#ifndef MP_PLACE_CHECK_INTERNAL_H
#define MP_PLACE_CHECK_INTERNAL_H

#include "place_internal.h"

typedef const char *rule;

/* Nodes of a place that have the same devices left. */
typedef struct state {
    int64_t *left; /* per device of the pool, 0 of synthetic ones; NULL: whole nodes are counted */
    int64_t nodes;
} state;

/* A pool, or as much of it as is in one domain, and what is free there. */
typedef struct place place;
struct place {
    const mp_pool *pool;
    mp__str path;
    state *states; /* the first: nodes that nobody is on */
    size_t count, capacity;
    bool listed; /* new pods may be in it */
    place *next; /* of the pool */
};

/* Pods that run on a pool: some of which it is known where, or so many that may be anywhere. */
typedef struct sight sight;
struct sight {
    const mp__replica_pods *pods;
    int64_t anywhere;
    sight *next;
};

/* Pods that the plan puts down. */
typedef struct put {
    const mp_placement *p;
    const mp_engine *engine;
    const mp_member *m;
    const mp__row *row;
    place *at;
    bool kept;      /* they run there already */
    int64_t key[3]; /* to sort by */
} put;

typedef struct checker {
    const mp_fleet *fleet;
    const mp_deployment *d;
    const mp_plan *plan;
    const mp__owner *owner;
    mp_schedule_opts opts;
    const mp_cluster *cluster; /* the one under way, and what is known of it: */
    place **places;            /* per pool */
    sight **seen;              /* likewise; NULL before it is asked for */
    place **list;              /* that new pods may be in, if a refusal is checked */
    size_t count;
    mp__arena arena;
    bool nomem;
} checker;

/* Zeroed, of the cluster's arena; NULL is noted. */
void *mp__checker_get(checker *c, size_t count, size_t size);
bool mp__checker_serves(checker *c, const mp_request *r, const mp_device *device);
/* Whether the member must claim devices, since it can somewhere on the cluster. */
bool mp__checker_must_claim(checker *c, const mp_member *m);
/* What keeps new replicas (or ones that run) off the cluster. */
rule mp__checker_cluster(const checker *c, bool retained);
/* Whether an affinity keeps new pods off the pool; NULL: off the cluster. */
bool mp__checker_barred(const checker *c, const mp_pool *pool);
/* The placement of an identity, or NULL. */
const mp_placement *mp__checker_find(const checker *c, mp__str cluster, int64_t index);

/* Whether a level is required by a wish; NULL: none. */
bool mp__checker_requires(const mp__level_wish *w, mp__str level);
bool mp__checker_together(const place *a, const place *b, mp__str level);
/* The place, opened if it is new. */
place *mp__checker_place(checker *c, const mp_pool *pool, mp__str path);
/* Nodes of a place in some state. */
void mp__checker_add(checker *c, place *at, const int64_t *left, int64_t nodes);
/* The rule that forbids put `n` its place beside those before it of the same placement. */
rule mp__checker_apart(const checker *c, const put *puts, size_t n);
/* Opens all places that new pods may be in. */
void mp__checker_places(checker *c);
/* New placements [first, end) of one cluster: *p is the one to blame. */
rule mp__checker_room(checker *c, size_t first, size_t end, const mp_placement **p);

/* After the room for what is placed was taken: whether a certificate proves that one more replica
 * has no room.  Of one that counts, mp__checker_count() says how much is needed and there is. */
rule mp__checker_refusal(checker *c, const mp__certificate *of);
rule mp__checker_count(checker *c, const mp__certificate *of, int64_t *needs, int64_t *has);

/* A checker of a plan, and at a cluster; the caller frees the arena. */
void mp__checker_init(checker *c, const mp_fleet *fleet, const mp_deployment *d,
                      const mp_schedule_opts *opts, const mp_plan *plan);
bool mp__checker_open(checker *c, mp__str cluster);

#endif

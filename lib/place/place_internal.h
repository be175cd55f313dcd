/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the placer share: matching (which member fits which pool), search (which engine
 * gets which pool of one cluster), the ledger, and the plan.
 */
#ifndef MP_PLACE_INTERNAL_H
#define MP_PLACE_INTERNAL_H

#include "fleet_internal.h"
#include <modelplane/schedule.h>

/* ---- matching ---- */

/* What a member gets on a pool of some profile, capacity aside. */
typedef struct mp__match {
    bool matched;
    bool unknown;          /* not matched, because the budget ran out */
    uint32_t claims;       /* requests that got a DRA device */
    uint32_t failed;       /* without a match: first request that no choice of devices could serve */
    uint32_t *device;      /* per request: position of its device in the profile */
} mp__match;

/*
 * Evaluates each distinct selector once per shape and each member once per profile, on demand.
 * Members are numbered through the deployment: engine by engine, member by member.
 */
typedef struct mp__matcher {
    mp__arena *arena;
    const mp_fleet *fleet;
    const mp_deployment *deployment;
    uint64_t budget; /* steps for one member on one profile */
    size_t member_count;
    const mp_member **members;
    size_t *first_member;  /* per engine */
    size_t *first_request; /* per member */
    size_t request_count;
    uint32_t **selector_ids; /* per request: number of each of its selectors */
    const mp_cel **selectors;
    size_t selector_count;
    size_t shape_limit, profile_limit;
    uint8_t *results;    /* [selector][shape]: RESULT_* of match.c */
    mp__match **matches; /* [member][profile]: NULL until asked for */
    uint64_t evaluations, steps, shapes;
    uint8_t *shape_seen;
} mp__matcher;

mp_status mp__matcher_init(mp__matcher *m, mp__arena *arena, const mp_fleet *fleet,
                           const mp_deployment *d, uint64_t budget);
/* NULL when out of memory. */
const mp__match *mp__matcher_member(mp__matcher *m, size_t member, const mp__profile *profile);

/* ---- search ---- */

typedef enum mp__fit {
    MP__FIT_YES,
    MP__FIT_UNMATCHED,    /* some engine matches no pool at all */
    MP__FIT_INSUFFICIENT, /* proved: not enough free nodes */
    MP__FIT_UNKNOWN       /* the budget ran out */
} mp__fit;

/* How an engine stands to a profile on a cluster. */
typedef enum mp__standing {
    MP__STANDING_OK,
    MP__STANDING_UNMATCHED, /* some member does not match */
    MP__STANDING_STRANDED   /* a member that could claim elsewhere would claim nothing here */
} mp__standing;

/* One cluster prepared for placing replicas of the deployment, whatever is free. */
typedef struct mp__board {
    const mp_cluster *cluster;
    size_t engine_count, pool_count;
    size_t class_count;      /* distinct profiles among the pools */
    uint32_t *class_of;      /* per pool */
    const mp__profile **profile_of; /* per class */
    int64_t *cost;           /* [engine][class]: nodes taken, or -1 where the engine cannot go */
    mp__standing *standing;  /* [engine][class] */
    bool *claimable;         /* per member of the deployment: claims on some pool of the cluster */
    bool unknown;            /* a match ran out of budget */
} mp__board;

mp_status mp__board_init(mp__board *board, mp__matcher *m, mp__arena *arena,
                         const mp_cluster *cluster);

/*
 * The lexicographically first way to put every engine on a pool: choice[engine] = pool.
 * `free` (per pool) is read only; the caller subtracts.  `steps` counts up to `budget`.
 */
mp_status mp__search(const mp__board *board, mp__arena *arena, const int64_t *free,
                     uint64_t budget, uint64_t *steps, uint32_t *choice, mp__fit *fit);

/* ---- ledger ---- */

/* Free nodes of every pool of the candidate clusters.  May be negative; that means full. */
typedef struct mp__ledger {
    const mp_fleet *fleet;
    int64_t **free; /* per cluster of the fleet; NULL for one that is no candidate */
} mp__ledger;

/* Published nodes of the candidates, nothing charged yet. */
mp_status mp__ledger_init(mp__ledger *ledger, mp__arena *arena, const mp_fleet *fleet,
                          const bool *candidate);
/* Subtract what an observed replica holds; pools that are not there are passed over. */
void mp__ledger_charge(mp__ledger *ledger, const mp_replica *replica);

/* ---- plan ---- */

typedef struct mp__placed_claim {
    const mp_request *request;
    mp__str device_class;
} mp__placed_claim;

typedef struct mp__placed_member {
    mp__str pool;
    mp__placed_claim *claims;
    size_t claim_count;
} mp__placed_member;

typedef struct mp__placed_engine {
    const mp_engine *engine;
    mp__placed_member *members;
} mp__placed_engine;

struct mp_placement {
    mp__str cluster, gateway;
    int64_t index;
    bool retained;
    mp__str replica; /* name of the observed replica, if retained */
    mp__placed_engine *engines;
    size_t engine_count;
};

struct mp_plan {
    mp_allocator alloc;
    mp__arena arena;
    const mp_deployment *deployment;
    mp_schedule_opts opts;
    uint64_t fleet_version;
    mp_placement **placements; /* sorted by (cluster, index) */
    size_t count;
    mp_verdict verdict;
    uint64_t counters[4];
};

/* Whether the deployment's selector admits the cluster. */
bool mp__cluster_admitted(const mp_cluster *c, const mp_deployment *d);
/* First taint of the cluster with one of the two effects that no toleration covers, or NULL. */
const mp__taint *mp__cluster_untolerated(const mp_cluster *c, const mp_deployment *d,
                                         bool no_schedule_too);
/* Fill members of a placed engine from the matches; pool per member. */
mp_status mp__plan_engine(mp_plan *plan, mp__matcher *m, const mp_engine *engine,
                          const mp_pool *const *pools, mp__placed_engine *out);
/* Retained replicas of the deployment, in order of name: placements appended to the list. */
typedef struct mp__placement_list {
    mp_placement **items;
    size_t count, capacity;
} mp__placement_list;
mp_status mp__retain(mp_plan *plan, mp__matcher *m, mp__arena *scratch, const bool *candidate,
                     mp__placement_list *kept);

#endif

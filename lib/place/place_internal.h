/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the placer share: matching (which member fits which pool), the board and the
 * search (which engine gets which pool of one cluster), the ledger, and the plan.
 *
 * All of it but the plan lives in a scratch arena for the length of one call.
 */
#ifndef MP_PLACE_INTERNAL_H
#define MP_PLACE_INTERNAL_H

#include "fleet_internal.h"
#include <modelplane/schedule.h>

/* ---- matching ---- */

/* What a member gets on a pool of some profile, capacity aside. */
typedef struct mp__match {
    bool known; /* worked out already */
    bool matched;
    bool simple;      /* matched, each request by the first device that could serve it */
    bool unknown;     /* not matched, because the budget ran out */
    uint32_t claims;  /* requests that got a DRA device */
    uint32_t failed;  /* without a match: first request that no choice of devices could serve */
    uint32_t *device; /* per request: position of its device in the profile */
} mp__match;

/*
 * Evaluates each distinct selector once per shape and each distinct member once per profile, on
 * demand.  Members are numbered through the deployment: engine by engine, member by member; those
 * that ask for the same share a *kind*.
 */
typedef struct mp__matcher {
    mp__arena *arena;
    const mp_fleet *fleet;
    const mp_deployment *deployment;
    uint64_t budget; /* steps for one member on one profile */
    size_t member_count, kind_count;
    const mp_member **members;
    uint32_t *kind_of;       /* per member */
    size_t *member_of;       /* per kind: the first member of it */
    size_t *first_member;    /* per engine */
    size_t *first_request;   /* per member */
    uint32_t **selector_ids; /* per request: number of each of its selectors */
    const mp_cel **selectors;
    size_t selector_count;
    uint8_t **results;            /* [shape][selector], a row made when the shape is first met */
    mp__match **matches;          /* [profile][kind], a row made when the profile is first met */
    struct mp__options **options; /* [profile][kind], likewise; NULL until the first is asked for */
    mp__interner signatures;      /* of options; empty until the first is asked for */
    mp_accounting accounting;     /* whether options that differ in use alone differ */
    uint32_t *class_of;           /* per profile: scratch of the board, all 0 between uses */
    uint64_t evaluations, steps, shapes;
} mp__matcher;

mp_status mp__matcher_init(mp__matcher *m, mp__arena *arena, const mp_fleet *fleet,
                           const mp_deployment *d, uint64_t budget);
void mp__matcher_fini(mp__matcher *m);
/* Whether a shape satisfies every selector of a request; `ids` are the request's. */
mp_status mp__matcher_satisfies(mp__matcher *m, const mp_request *q, const uint32_t *ids,
                                const mp__shape *shape, bool *yes);
/* NULL when out of memory. */
const mp__match *mp__matcher_member(mp__matcher *m, size_t member, const mp__profile *profile);

/* ---- the board ---- */

/* How an engine stands to a profile on a cluster. */
typedef enum mp__standing {
    MP__STANDING_OK,
    MP__STANDING_UNMATCHED, /* some member does not match */
    MP__STANDING_STRANDED,  /* a member that could claim elsewhere would claim nothing here */
    MP__STANDING_CLAIMLESS  /* no member claims anything anywhere on the cluster */
} mp__standing;

/* One cluster prepared for placing replicas of the deployment, whatever is free. */
typedef struct mp__board {
    const mp_cluster *cluster;
    bool simple;  /* only simple matches count */
    bool skipped; /* and there were others */
    size_t engine_count, pool_count;
    size_t class_count;             /* distinct profiles among the pools */
    uint32_t *class_of;             /* per pool */
    const mp__profile **profile_of; /* per class */
    size_t type_count;              /* distinct rows of costs among the engines */
    uint32_t *type_of;              /* per engine */
    int64_t *cost;                  /* [type][class]: nodes taken, or -1: the engine cannot go */
    mp__standing *standing;         /* [engine][class] */
    bool *claimable;                /* per member: claims on some pool of the cluster */
    bool unknown;                   /* a match ran out of budget, so nothing is certain */
} mp__board;

mp_status mp__board_init(mp__board *board, mp__matcher *m, mp__arena *arena,
                         const mp_cluster *cluster, bool simple);
/* Nodes that the engine takes on the pool, or -1. */
int64_t mp__board_cost(const mp__board *board, size_t engine, size_t pool);

/* Whether a member that claims nothing on some class might claim something there, if it did not get
 * the first devices that serve it. */
bool mp__board_is_ambiguous(const mp__board *board, mp__matcher *m);

/* ---- search ---- */

typedef enum mp__fit {
    MP__FIT_YES,
    MP__FIT_UNMATCHED,    /* some engine can go to no pool at all, were they empty */
    MP__FIT_INSUFFICIENT, /* proved: not enough free nodes */
    MP__FIT_UNKNOWN       /* the budget ran out */
} mp__fit;

/*
 * The lexicographically first way to put every engine on a pool: choice[engine] = pool.
 * `free` (per pool) is read only; the caller subtracts.  `steps` grows by the steps taken.
 */
mp_status mp__search(const mp__board *board, mp__arena *arena, const int64_t *free, uint64_t budget,
                     uint64_t *steps, uint32_t *choice, mp__fit *fit);

/*
 * One replica on one cluster: searches with simple matches only, then with all.  `board` is left as
 * the last search had it.
 */
mp_status mp__place(mp__board *board, mp__matcher *m, mp__arena *arena, const mp_cluster *cluster,
                    const int64_t *free, uint64_t *steps, uint32_t *choice, mp__fit *fit);

/* ---- the cluster's rules and its ledger ---- */

/* First pair of the deployment's selector that the cluster's labels lack, or NULL. */
const mp__label *mp__cluster_mismatch(const mp_cluster *c, const mp_deployment *d);
/* First taint that no toleration covers, NO_EXECUTE only or of both effects; NULL if none. */
const mp__taint *mp__cluster_untolerated(const mp_cluster *c, const mp_deployment *d,
                                         bool no_schedule_too);

/*
 * Free nodes per pool: published, less what replicas hold that run there.  Not charged: replicas of
 * `owner` whose (cluster, index) is not among `identities`, and engines that a repair moves.  May
 * be negative; that means full.
 */
mp_status mp__ledger_free(const mp_cluster *c, const mp__owner *owner, const mp__table *identities,
                          mp__arena *arena, int64_t **free);

/* Whether what runs holds its nodes: all but replicas of `owner` that are not kept.  `identities`
 * are those of the plan so far; of those without a value a replica is kept. */
bool mp__holds_nodes(const mp_replica *r, const mp__owner *owner, const mp__table *identities);

/* The placement that leaves some engines of a replica where they run, and moves the others; or
 * NULL. */
const mp_placement *mp__repaired_by(const mp_replica *r, const mp__owner *owner,
                                    const mp__table *identities);
/* Whether it leaves this one. */
bool mp__stays_put(const mp_placement *p, const mp_replica_engine *o);

/* A (cluster, index) as a key of a table. */
typedef struct mp__identity {
    uint64_t site, index;
} mp__identity;
mp__str mp__identity_key(mp__identity *id, const mp__site *site, int64_t index);

/* The options of a caller of any version; NULL: the defaults. */
mp_schedule_opts mp__schedule_opts(const mp_schedule_opts *opts);

/* ---- plan ---- */

typedef struct mp__placed_claim {
    const mp_request *request;
    mp__str device_class;
} mp__placed_claim;

/* Pods that are put on nodes that are alike.  Rows of a placement are in the order in which they
 * were put down, over all its members: each finds the nodes as those before it left them. */
typedef struct mp__row {
    mp__str pool, domain;
    int64_t copy; /* or -1: of all */
    int64_t pods;
    int64_t nodes;       /* 0: they claim nothing */
    bool again;          /* the nodes are those of the row before */
    const int64_t *left; /* per device of the pool: left on each node before; NULL: whole nodes */
    uint32_t *device;    /* per request: which device of the pool serves it */
    size_t order;        /* in the placement */
} mp__row;

typedef struct mp__placed_member {
    mp__str pool; /* of the first row */
    mp__placed_claim *claims;
    size_t claim_count;
    mp__row *rows;
    size_t row_count, row_capacity;
    mp_share *shares; /* rows of one pool, domain and copy together */
    size_t share_count, share_capacity;
} mp__placed_member;

typedef struct mp__placed_engine {
    const mp_engine *engine;
    bool kept; /* left where it runs, though its replica is not */
    mp__placed_member *members;
} mp__placed_engine;

struct mp_placement {
    mp__str cluster, gateway;
    int64_t index;
    bool retained;
    size_t order;    /* among the new ones: earlier ones took their nodes first */
    mp__str replica; /* name of the observed replica, if retained or repaired; else size 0 */
    mp__placed_engine *engines;
    size_t engine_count;
};

/* Why a cluster takes no more replicas, so that the checker can see for itself. */
typedef struct mp__certificate {
    mp__str cluster;
    mp_proof proof;
    /* Of one that counts: */
    mp_unit unit;
    mp__str level; /* size 0: the cluster */
    bool *engines; /* per engine: whether it is counted */
    size_t member; /* for pods: which member of the one engine */
    int64_t needs, has;
} mp__certificate;

#define MP__COUNTER_COUNT (MP_COUNTER_CANDIDATES + 1)

struct mp_plan {
    mp_allocator alloc;
    mp__arena arena;
    const mp_deployment *deployment;
    mp_schedule_opts opts;
    mp_placement **placements; /* sorted by (cluster, index) */
    size_t count;
    mp_verdict verdict;
    mp__certificate *certificates; /* in order of clusters */
    size_t certificate_count, certificate_capacity;
    uint64_t counters[MP__COUNTER_COUNT];
};

typedef struct mp__checker mp__checker;
/* NULL when out of memory. */
mp__checker *mp__checker_new(const mp_fleet *fleet, const mp_deployment *d,
                             const mp_schedule_opts *opts, const mp_plan *plan);
void mp__checker_free(mp__checker *c);
/* Checks the whole plan, if `of` is NULL.  For somebody who looks for a certificate: goes to its
 * cluster, puts down what the plan has there, the placements from `first` on, and says by its proof
 * whether it is closed; then, as often as need be, fills in what one that counts needs and has.
 * MP_ECHECK where something is not right; MP_ENOMEM. */
mp_status mp__checker_run(mp__checker *c, mp__certificate *of, size_t first);

/* A placement on a cluster whose engines are still to be filled in; NULL when out of memory. */
mp_placement *mp__plan_placement(mp_plan *plan, const mp_cluster *c, int64_t index,
                                 size_t engine_count);
/* Fills in one engine of a placement; `pools` has one for each member. */
mp_status mp__plan_engine(mp_plan *plan, mp__matcher *m, const mp_engine *engine,
                          const mp_pool *const *pools, mp__placed_engine *out);

/* Adds a claim to a member that has room for it; MP_ENOMEM. */
mp_status mp__plan_claim(mp_plan *plan, mp__placed_member *m, const mp_request *request,
                         const mp__profile_device *device);
/* Adds a row to the shares of a member; MP_ENOMEM. */
mp_status mp__plan_share(mp_plan *plan, mp__placed_member *m, const mp__row *row);

/* A placement under way: where it is, and what the plan will show. */
typedef struct mp__kept {
    const mp__site *site;
    mp_placement *placement;
} mp__kept;

/* The replicas of a deployment, in order of their names; `owner` may be NULL. */
mp_status mp__find_ours(const mp__owner *owner, mp__arena *scratch, const mp_replica ***out,
                        size_t *count);

/*
 * The observed replicas of the deployment that stay, in order of name, and their identities.
 * @retval MP_EBUDGET whether one stays could not be decided
 */
mp_status mp__retain(mp_plan *plan, mp__matcher *m, const mp__owner *owner, mp__arena *scratch,
                     mp__kept **kept, size_t *count, mp__table *identities, mp_error *err);

/* ---- why ---- */

struct mp__part;

/* What keeps one more replica off a cluster, and what would let it in. */
typedef struct mp__why {
    const mp_fleet *fleet;
    const mp_plan *plan; /* what has been placed so far */
    const mp_deployment *d;
    const mp_cluster *c;
    mp__matcher *m;
    mp__arena *arena;   /* for the answer */
    mp__arena question; /* emptied before each */
    const mp__owner *owner;
    mp__table identities; /* of replicas that are kept */
    struct mp__part *parts;
    size_t count, capacity;
    mp__fit last; /* what the last question came to */
    bool unknown; /* some question ran out of budget */
    int64_t cost; /* of the fix; INT64_MAX: there is none */
} mp__why;

/* Asks whether one more replica fits.  mp__why_fini() in any case. */
mp_status mp__why_init(mp__why *why, const mp_fleet *fleet, const mp_plan *plan,
                       const mp_cluster *c, mp__matcher *m, mp__arena *arena, mp__fit *fit);
void mp__why_fini(mp__why *why);
/* If it does not, into the map `node`: the parts of a minimal conflict, the cheapest fix, the
 * outlook.
 */
mp_status mp__why_write(mp__why *why, mp_object *node);

#endif

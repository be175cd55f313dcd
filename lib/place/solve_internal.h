/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The general search: engines onto the nodes of one cluster, with fabrics, levels, tiers and either
 * way of counting.  (search.c answers the plain case of whole nodes and one pool an engine.)
 *
 * A *level* is a way to cut the nodes of a cluster into domains: "fabric", "pool", or one that
 * pools name.  Only levels that the question uses matter.  Nodes of one pool that no such level
 * tells apart are a *plot*; plots of equal nodes that none tells apart are a *cell*, and cells are
 * all the search sees.  A cell is a histogram: how many nodes have which devices left (a *state*),
 * never a list of nodes.
 */
#ifndef MP_PLACE_SOLVE_INTERNAL_H
#define MP_PLACE_SOLVE_INTERNAL_H

#include "place_internal.h"

#define MP__NO_DOMAIN UINT32_MAX

/* Levels every question knows. */
enum { MP__LEVEL_FABRIC, MP__LEVEL_POOL };

/* ---- the question ---- */

/* A wish for closeness that must be met; level: number in the question's levels, or -1: none. */
typedef struct mp__ask_engine {
    bool off;       /* not part of the question */
    int span;       /* level that the whole engine stays in one domain of: fabric or pool */
    int copy_level; /* and each copy */
    int group;      /* number of its group, or -1 */
} mp__ask_engine;

typedef struct mp__ask {
    const mp_cluster *cluster;
    mp_accounting accounting;
    mp_pool_policy policy;
    mp_score_fn score;
    void *user;
    int64_t replicas; /* ours on the cluster, for the score */
    mp__str *levels;  /* [0] "fabric", [1] "pool", then named ones */
    size_t level_count;
    bool whole_members; /* pods of a member stay in one pool */
    bool pool_matters;  /* some wish or span is of level "pool" */
    mp__ask_engine *engines;
    size_t engine_count;
    int *group_levels;
    size_t group_count;
    int replica_level;
} mp__ask;

/* ---- what a pod can claim ---- */

/* One way to serve all requests of a member from a node. */
typedef struct mp__option {
    uint32_t signature; /* equal: the claims are the same, name by name and class by class */
    uint32_t claims;    /* requests that get a DRA device */
    uint32_t *device;   /* per request: position of its device in the profile */
    int64_t *use;       /* per device of the profile: how many DRA devices are taken */
} mp__option;

typedef struct mp__options {
    bool known;
    bool truncated; /* there may be more: the budget ran out */
    mp__option *items;
    size_t count, capacity;
} mp__options;

/* All options of a member on nodes of a profile, different in signature or use.  NULL: no memory.
 */
const mp__options *mp__matcher_options(mp__matcher *m, size_t member, const mp__profile *profile);

/* ---- the space ---- */

/* The contents that nodes of one profile are met with: how many of each device are left. */
typedef struct mp__class {
    const mp__profile *profile;
    size_t width;    /* devices of the profile; 0 where whole nodes are counted */
    int64_t *values; /* [vector][width] */
    size_t count, capacity;
    mp__table numbers; /* of vectors by content */
} mp__class;

/* Nodes by what is left on them. */
typedef struct mp__histogram {
    int64_t *nodes; /* per vector of the class */
    size_t size;    /* vectors it has room for; further ones are 0 */
} mp__histogram;

typedef struct mp__cell {
    uint32_t class_index;
    uint32_t *domains; /* per level; MP__NO_DOMAIN where the nodes have no such level */
    mp__histogram left;
    uint32_t first_plot; /* in published order */
} mp__cell;

typedef struct mp__plot {
    uint32_t pool, cell;
    mp__str domain; /* path as far as levels of the question go */
    uint32_t *domains;
    int64_t capacity; /* nodes that may be used */
    mp__histogram left;
} mp__plot;

typedef struct mp__space {
    const mp__ask *ask;
    mp__arena *arena;
    mp__class *classes;
    size_t class_count;
    mp__plot *plots;
    size_t plot_count;
    mp__cell *cells;
    size_t cell_count;
    size_t *domain_count; /* per level */
} mp__space;

/* What the space is less or more than the fleet says. */
typedef struct mp__change {
    const mp_replica **without; /* not charged */
    size_t without_count;
    const mp_replica *partly; /* charged for some engines only, though it is not kept */
    const bool *held;         /* those, per engine of it */
    const bool *pending; /* per replica of the fleet, by number: charged as it runs; may be NULL */
    const bool *uncordoned, *unreserved; /* per pool: nodes of the tier may be used; may be NULL */
    const mp_pool *pool;                 /* gets more nodes; NULL: none does */
    const mp_domain *domain;             /* of it, or NULL */
    int64_t nodes;
    bool uncordon; /* so many nodes of those cordoned, rather than new ones */
} mp__change;

/* `hidden` says per pool whether no new pod may go there; may be NULL, like `change`. */
mp_status mp__space_init(mp__space *s, const mp__ask *ask, mp__matcher *m, mp__arena *arena,
                         const mp__owner *owner, const mp__table *identities, const bool *hidden,
                         const mp__change *change);
void mp__space_fini(mp__space *s);

/* Number of a vector in its class; MP__NO_SYMBOL when out of memory. */
uint32_t mp__class_vector(mp__class *k, const int64_t *values);
const int64_t *mp__class_values(const mp__class *k, uint32_t vector);
int64_t mp__histogram_get(const mp__histogram *h, uint32_t vector);
/* Adds nodes (or takes them away) of a vector; false when out of memory. */
bool mp__histogram_add(mp__histogram *h, mp__arena *arena, uint32_t vector, int64_t nodes);

/* Pods of an option that a node with these devices left can hold; 1 where whole nodes are counted.
 */
int64_t mp__pods_on(const mp__class *k, uint32_t vector, const mp__option *o);
/* What is left of a node after `each` pods.  MP__NO_SYMBOL: out of memory; the node is gone where
 * whole nodes are counted, which mp__class.width == 0 tells. */
uint32_t mp__vector_after(mp__class *k, uint32_t vector, const mp__option *o, int64_t each);

/* ---- the answer ---- */

/* `nodes` nodes of a cell with `vector` left take `each` pods of a member. */
typedef struct mp__taken {
    uint32_t engine, member, cell, vector;
    const mp__option *option;
    int64_t copy; /* or -1: of all */
    int64_t nodes, each;
    int64_t pods; /* nodes x each; of pods that claim nothing: all, with nodes == 0 */
    bool again;   /* the nodes are those of the row before, which left them in this state */
} mp__taken;

typedef struct mp__answer {
    mp__fit fit;
    mp__taken *taken;
    size_t count, capacity;
    bool counted;    /* INSUFFICIENT or UNMATCHED by counting alone, without a search */
    uint64_t states; /* states visited */
} mp__answer;

/* The first answer in the order of the policy.  Leaves the space as it was. */
mp_status mp__solve(mp__space *s, mp__matcher *m, mp__arena *arena, uint64_t *steps,
                    mp__answer *out);

/* ---- asking ---- */

/* Whether the question needs the general search. */
bool mp__ask_is_general(const mp_deployment *d, const mp_schedule_opts *opts);
/* The levels and wishes of a deployment; the cluster is set by the caller.  MP_ENOMEM. */
mp_status mp__ask_init(mp__ask *ask, mp__arena *arena, const mp_deployment *d,
                       const mp_schedule_opts *opts);
/* Levels that nothing asks for any more are not told apart. */
void mp__ask_forget_levels(mp__ask *ask);
/* How many preferred wishes the deployment has; and the question with those that are to be `met`:
 * in the order replica, groups, engines. */
size_t mp__ask_preferences(const mp_deployment *d);
void mp__ask_prefer(mp__ask *ask, const mp_deployment *d, const bool *met);
/* Per pool of the cluster, whether affinities forbid it; *out is NULL if none has a say.  The
 * cluster as a whole: mp__affinity_forbids(). */
mp_status mp__affinity_hide(const mp_deployment *d, const mp_cluster *c, mp__arena *arena,
                            bool **out);
bool mp__affinity_forbids(const mp_deployment *d, const mp_cluster *c);

/* ---- the answer in the plan ---- */

/* Fills in the engines of a placement, and takes what they take from the space. */
mp_status mp__settle(mp__space *s, mp_plan *plan, mp__matcher *m, const mp__answer *answer,
                     mp_placement *p);
/* Takes from the space what a placement of the plan takes. */
mp_status mp__space_take(mp__space *s, const mp_placement *p);

/* ---- least movement ---- */

typedef struct mp__repair {
    mp_plan *plan;
    mp__matcher *matcher;
    const mp__owner *owner;
    const mp__table *identities;
    mp__kept *list; /* what the plan has so far */
    size_t count;
    uint64_t *steps;
    mp__arena *scratch, *question; /* question: emptied often */
    const bool *pending;           /* as in mp__change: what may be repaired later */
} mp__repair;

/* A placement of the replica on its cluster that moves as few engines as can be; NULL in *out if
 * there is none. */
mp_status mp__repair_replica(const mp__repair *by, const mp_replica *r, mp_placement **out);
/* Takes from the space what new placements of the list on its cluster take. */
mp_status mp__repair_take(const mp__repair *by, mp__space *space);

/* ---- bounds ---- */

/* The domains that engines are bound to on the current path of the search. */
typedef struct mp__binding {
    uint32_t replica;
    uint32_t *groups;  /* per group; MP__NO_DOMAIN: not bound yet */
    uint32_t *homes;   /* per engine */
    uint32_t copy;     /* of the engine under way */
    uint32_t *members; /* pools of members, where those are whole */
} mp__binding;

/* A member that claims devices. */
typedef struct mp__claimer {
    uint32_t kind; /* number among the kinds below */
    int64_t nodes; /* pods of one copy */
} mp__claimer;

/*
 * Counting: what could fit if only numbers mattered.  Two kinds of members stand in an order where
 * one can take any place of the other; then places for the lesser bound how many of both there can
 * be.
 */
typedef struct mp__bound {
    const mp__space *s;
    mp__matcher *m;
    const mp__binding *bound;
    size_t kind_count;
    size_t *member_of;           /* per kind: a member of it */
    uint32_t *kind_of;           /* per member of the deployment; MP__NO_DOMAIN: claims nothing */
    bool *exceeds;               /* [k][l]: whoever has room for k has room for l */
    const mp__options **options; /* [kind][class] */
    int64_t *least_use;          /* per kind: devices that a pod takes at least */
    int64_t *places;             /* [kind][cell], as of mp__bound_count() */
    char *engine_exceeds; /* [e][f]: likewise for engines as a whole: 'y', 'n', 0: not known */
    uint32_t *order;      /* engines, in the order in which they are placed: at first as given */
} mp__bound;

/* `claims` per member of the deployment.  MP_ENOMEM. */
mp_status mp__bound_init(mp__bound *b, mp__space *s, mp__matcher *m, mp__arena *arena,
                         const bool *claims, const mp__binding *binding);
/* Counts the places as they are now. */
void mp__bound_count(mp__bound *b, uint64_t *looks);
/* Whether engines from that place of the order on cannot all have room; after mp__bound_count(). */
bool mp__bound_refuses(const mp__bound *b, size_t from, uint64_t *looks);
/* How scarce places for the engine's members are: millionths of one over their number, summed;
 * after mp__bound_count(). */
int64_t mp__bound_scarcity(const mp__bound *b, size_t engine);
/* Whether pods of the engine may be on the cell, as far as the path goes. */
bool mp__bound_allows(const mp__bound *b, size_t engine, uint32_t cell);
/* How many times the engine (or one copy of it) fits into a domain, whatever else does. */
int64_t mp__bound_engine(const mp__bound *b, size_t engine, bool copy, size_t level,
                         uint32_t domain, int64_t *places);
/* Pods of all copies (or of one) that claim devices. */
int64_t mp__bound_needs(const mp__bound *b, size_t engine, bool copy);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is left on the nodes of one cluster, told apart by place and by what they have left.
 *
 * A *place* is a pool, or one domain of it.  What is known to run in a place is there; pods that
 * may be in it or elsewhere are taken to be there, a whole node of every state: wherever they are,
 * so many nodes of each state are left at least.
 *
 * Whoever takes nodes says of which place and state.  They are taken from that place and from all
 * around it, and put back there with what is left of them.  In places within it, where they may be,
 * they are taken to be gone from every state.
 */
#ifndef MP_FLEET_CENSUS_INTERNAL_H
#define MP_FLEET_CENSUS_INTERNAL_H

#include "fleet_internal.h"

/* Nodes of a place that have the same devices left. */
typedef struct mp__state mp__state;
struct mp__state {
    const mp_pool *pool;
    mp__str path;     /* of the domain within the pool; size 0: all of it */
    int64_t *left;    /* per device; of whole nodes, and of synthetic devices, all */
    int64_t nodes;    /* 0 or more */
    mp__state *place; /* the nodes of the place that nobody is on */
    mp__state *next;  /* of the pool */
    /* For the user: */
    bool open, useful, idle;
    mp__state *peer;
};

typedef struct mp__census {
    mp__arena *arena;
    const mp_cluster *cluster;
    bool devices;        /* are counted, not nodes */
    mp__state **states;  /* per pool */
    struct sight **runs; /* per pool: pods, as far as it is known where */
    mp__map nodes;       /* sights by name of the node */
} mp__census;

/* All of the arena, with nothing to free.  What gives a pointer or a bool gives NULL or false when
 * out of memory. */
bool mp__census_init(mp__census *c, mp__arena *arena, const mp_cluster *cluster, bool devices);
/* Charges what an engine of an observed replica holds; before the first place is asked for. */
bool mp__census_charge(mp__census *c, const mp_replica_engine *e);
/* The nodes of a place that nobody is on. */
mp__state *mp__census_place(mp__census *c, const mp_pool *pool, mp__str path);
/* Those of a place (any state of it) that have so much left; a new state has none. */
mp__state *mp__census_state(mp__census *c, mp__state *at, const int64_t *left);
/* Takes nodes of a state and puts them back with `after` left, or for good where nodes are counted.
 * `again`: they are those that were taken last.  The state has as many. */
bool mp__census_take(mp__census *c, mp__state *from, const int64_t *after, int64_t nodes,
                     bool again);

#endif

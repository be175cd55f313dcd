/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small random clusters with fabrics, levels, cordons and pods of others, and one deployment; with
 * an oracle that keeps a list of single nodes and tries every node for every pod, but for what has
 * failed before.
 */
#ifndef PLACE_RANDOM_H
#define PLACE_RANDOM_H

#include "mp_test.h"
#include <modelplane/schedule.h>

enum { POOLS = 3, DEVICES = 2, ENGINES = 3, MEMBERS = 2, REQUESTS = 2, NODES = 32, RACKS = 3 };
enum { PODS = 12, OBSERVED = 3 };

/* ---- instances ---- */

typedef struct device {
    int size, count, class_name;
    bool dra;
} device;

typedef struct rack {
    int block, rack; /* names */
    int nodes, cordoned;
} rack;

typedef struct pool {
    int fabric; /* 0: its own */
    int device_count;
    device devices[DEVICES];
    bool levels;
    int rack_count; /* 1 without levels */
    rack racks[RACKS];
} pool;

typedef struct request {
    int count, at_least;
} request;

typedef struct member {
    int nodes, request_count;
    request requests[REQUESTS];
} member;

typedef enum level { LEVEL_NONE, LEVEL_BLOCK, LEVEL_RACK, LEVEL_FABRIC } level;

typedef struct engine {
    int copies, member_count;
    member members[MEMBERS];
    bool wide; /* spans its fabric */
    level level;
    bool grouped;
    bool out; /* not asked for any more, though other engines may go by what it could get */
} engine;

/* Pods of somebody else on one pool. */
typedef struct observed {
    int pool, pods;
    int rack;   /* position, or -1: not known */
    bool named; /* on one named node, all of them */
    int held[DEVICES];
} observed;

typedef struct instance {
    bool devices; /* counted, rather than nodes */
    bool whole;   /* pods of a member stay in one pool */
    int replicas; /* wanted */
    int pool_count, engine_count, observed_count;
    pool pools[POOLS];
    engine engines[ENGINES];
    level group_level, replica_level;
    observed observed[OBSERVED];
} instance;

/* ---- the oracle ---- */

typedef struct node {
    int pool, rack; /* rack: position in the pool */
    int left[DEVICES];
    bool taken; /* where whole nodes are counted */
} node;

/* Nodes that an earlier replica has put pods on. */
typedef struct taken {
    int pool, nodes;
    const char *path; /* of the domain, as far as it is known */
    size_t path_size;
    int left[DEVICES], use[DEVICES]; /* of each node before, and by the pods on it together */
} taken;

typedef struct oracle {
    const instance *in;
    const taken *before; /* what earlier replicas have taken */
    int before_count;
    bool amiss; /* they have taken what is not there */
    node nodes[NODES * POOLS];
    int node_count;
    int order[ENGINES], turn[ENGINES]; /* engines that ask most of a node go first */
    bool claims[ENGINES][MEMBERS];
    int replica_domain, group_domain, home, copy_domain; /* -1: not chosen */
    int classes[REQUESTS];                               /* of the member under way; -1: none */
    int classes_of[ENGINES][MEMBERS][REQUESTS];
    bool has_classes[ENGINES][MEMBERS];
    int pool_of[ENGINES][MEMBERS]; /* plus 1; 0: none yet */
    long tries;
} oracle;

/* Whether one replica can be placed, beside what others have taken. */
bool random_feasible(const instance *in, oracle *o, const taken *before, int before_count);
/* Whether a walk places it that takes the first home and the first node and never goes back. */
bool random_greedy(const instance *in, oracle *o);
/* `mix`: bit 0 devices, bit 1 fabric, bit 2 levels, bit 3 cordons, bit 4 several replicas. */
void random_instance(mp_test_random *r, unsigned mix, instance *in);
/* Built with the library; what runs is added in an order that `r` chooses. */
mp_deployment *random_deployment(const instance *in);
mp_fleet *random_fleet(const instance *in, mp_test_random *r);
void random_print(const instance *in);

#endif

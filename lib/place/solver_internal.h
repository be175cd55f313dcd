/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the general search share: solve.c walks, solve_domains.c lists the domains and
 * signatures to choose from, solve_loads.c the loads, solve_state.c remembers what failed.
 */
#ifndef MP_PLACE_SOLVER_INTERNAL_H
#define MP_PLACE_SOLVER_INTERNAL_H

#include "solve_internal.h"

/* Loads of one state that are looked at; beyond, the answer may be "unknown". */
#define LOADS_MAX 4096
/* Bytes of failed states that are remembered; beyond, they may be met again. */
#define FAILED_BYTES_MAX ((size_t)64 << 20)

typedef enum task_kind {
    TASK_REPLICA,
    TASK_GROUP,
    TASK_HOME,
    TASK_COPY,
    TASK_MEMBER,
    TASK_SIGN,
    TASK_PODS,
    TASK_REST
} task_kind;

typedef struct task {
    task_kind kind;
    uint32_t engine, member; /* member: of the deployment */
    int64_t copy;            /* or -1: of all */
    int64_t pods;
    bool last; /* of its engine's copies */
} task;

/* So many pods of an option, as a part of a load. */
typedef struct part {
    const mp__option *option;
    int64_t pods;
} part;

/* What a node of a state can take at once. */
typedef struct load {
    size_t entry;
    const part *parts;
    size_t part_count;
    int64_t pods;
    uint32_t after; /* vector that is left */
} load;

/* Nodes of one state of one cell, for one task. */
typedef struct entry {
    uint32_t cell, vector;
    int64_t left;
    int64_t room; /* of later entries: pods at most */
} entry;

typedef struct loads {
    mp__arena arena;
    entry *entries;
    load *items;
    size_t entry_count, entry_capacity, count, capacity;
} loads;

typedef struct frame {
    uint32_t task;
    bool applied, first;
    bool tried;         /* something was applied, so failing says more than counting does */
    uint32_t *domains;  /* candidates, or signatures */
    loads *loads;       /* shared by the frames of a task */
    size_t count, next; /* candidates or loads; the one to be tried next */
    int64_t remaining;  /* pods, before this frame */
    int64_t nodes;      /* that take the load; 0: none tried yet */
    uint32_t before;    /* binding that was there */
} frame;

typedef struct solver {
    mp__space *s;
    mp__matcher *m;
    mp__arena *arena;
    const mp__ask *ask;
    mp__bound bound;
    mp__binding binding;
    bool *claims; /* per member */
    task *tasks;
    size_t task_count, task_capacity;
    uint32_t *position; /* per engine: its place in the order */
    frame *frames;
    size_t depth, frame_capacity;
    size_t at;           /* task to be opened next */
    int64_t pending;     /* pods of it that are not placed; 0: not begun */
    uint32_t *signature; /* per member; MP__NO_SYMBOL: any */
    bool truncated;
    uint32_t *group_of; /* per cell: like cells have the same */
    uint32_t *order;    /* cells by group, and within by what is left, as far as known */
    uint64_t *mark;     /* per cell: bindings that single it out */
    mp__table failed;
    size_t failed_bytes;
    mp__buf key;
    uint64_t looks;
    uint64_t limit;        /* steps after which the search is given up */
    mp_pool_policy policy; /* of pools, on the way */
    mp__answer *out;
} solver;

#define LOOKS_PER_STEP 256
/* The share of the budget that the first order may use up. */
#define FIRST_ORDER_PART 8

static inline const mp_engine *engine_of(const solver *s, uint32_t e)
{
    return s->m->deployment->engines[e];
}

static inline size_t level_of(const solver *s, const task *t)
{
    const mp__ask_engine *e = &s->ask->engines[t->engine];

    switch (t->kind) {
    case TASK_REPLICA:
        return (size_t)s->ask->replica_level;
    case TASK_GROUP:
        return (size_t)s->ask->group_levels[e->group];
    case TASK_HOME:
        return (size_t)e->span;
    case TASK_MEMBER:
        return MP__LEVEL_POOL;
    default:
        return (size_t)e->copy_level;
    }
}

static inline uint32_t *binding_of(solver *s, const task *t)
{
    switch (t->kind) {
    case TASK_REPLICA:
        return &s->binding.replica;
    case TASK_GROUP:
        return &s->binding.groups[s->ask->engines[t->engine].group];
    case TASK_HOME:
        return &s->binding.homes[t->engine];
    case TASK_COPY:
        return &s->binding.copy;
    case TASK_MEMBER:
        return &s->binding.members[t->member];
    default:
        return &s->signature[t->member];
    }
}

static inline bool allowed(const solver *s, const task *t, uint32_t cell)
{
    const mp__ask_engine *e = &s->ask->engines[t->engine];

    if (!mp__bound_allows(&s->bound, t->engine, cell))
        return false;
    if (t->kind > TASK_COPY && e->copy_level >= 0 &&
        s->s->cells[cell].domains[e->copy_level] != s->binding.copy)
        return false;
    return t->kind <= TASK_MEMBER || !s->ask->whole_members ||
           s->s->cells[cell].domains[MP__LEVEL_POOL] == s->binding.members[t->member];
}

static inline const mp__options *options_of(const solver *s, uint32_t member, uint32_t cell)
{
    return mp__matcher_options(s->m, member, s->s->classes[s->s->cells[cell].class_index].profile);
}

/* Whether an option is one that the member may take: who can claim somewhere must claim. */
static inline bool may_take(const solver *s, uint32_t member, const mp__option *o)
{
    return (o->claims > 0) == s->claims[member] &&
           (s->signature[member] == MP__NO_SYMBOL || s->signature[member] == o->signature);
}

/* Sorts out which cells are alike. */
mp_status mp__solver_group_cells(solver *s);
/* All that the outcome of a task and of those after it depends on; s->key.failed: no memory. */
mp__str mp__solver_key(solver *s, const task *t);
/* The domains, or signatures, that a task may choose from, in f->domains. */
mp_status mp__solver_domains(solver *s, const task *t, frame *f);
mp_status mp__solver_signatures(solver *s, const task *t, frame *f);
/* The loads that the pods of a task may be put down with, in f->loads. */
mp_status mp__solver_loads(solver *s, const task *t, frame *f);
/* The next way to use loads for the pods of a frame: fewer nodes for this load, or the next load.
 */
bool mp__solver_next_load(frame *f);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Engines to pools, within one cluster: a complete search for the lexicographically first answer
 * (engines in the deployment's order, pools in published order).
 *
 * Two pools of one class with equally many free nodes are interchangeable, and so are two engines
 * of one type.  The first answer L never uses a pool where an earlier interchangeable one would do,
 * and its engines of one type stand on pools in ascending order: otherwise exchanging the two would
 * give an answer before L.  So the search may
 *   - look only at the first pools of each kind, as many as there are engines (`find_relevant`),
 *   - pass over a pool that repeats one which failed at the same state (`repeats`),
 *   - start an engine at the pool of the last engine of its type (`twin`),
 * and still meets L first.  States that failed are remembered up to the exchange of equal pools.
 * That is safe together with the above: all is visited in order, so a state is only ever left
 * behind when no answer before it or in it exists.
 *
 * A pool where some request must give way to a later one, to serve them all, is left to a second
 * search that runs when the first has failed.  So wherever the plain walk without going back
 * succeeds (engines in order, the first pool for each, the first device for each request), the
 * answer is that walk's.
 *
 * Before each step down, counting must not refuse: engines confined to some set of classes need
 * room there, in nodes and one by one.  That settles nearly all cases without search.
 */
#include "place_internal.h"

typedef struct search {
    const mp__board *board;
    size_t engines, types, classes;
    size_t pools;       /* relevant ones; they are numbered in published order */
    uint32_t *pool;     /* per relevant pool: its number on the board */
    uint32_t *class_of; /* per relevant pool */
    int64_t *free;      /* per relevant pool, on the current path */
    int64_t *rest;      /* [engine][class]: the most it and later ones can take of one pool */
    uint32_t *twin;     /* per engine: the last one before it of its type, or itself */
    uint32_t *choice;   /* per engine: relevant pool */
    int64_t *cheapest;  /* per type: least cost on any class */
    bool *confined;     /* [type t][type u]: u costs at least as much and goes only where t goes */
    int64_t *least;     /* [type t][class]: least cost there of the types confined to t's classes */
    size_t *left;       /* per type: engines not placed yet */
    uint32_t *slot_of;  /* per relevant pool: its place in `at` */
    uint32_t *at;       /* relevant pools by (class, free descending, number) */
    int64_t *key;       /* scratch: the bytes of a state */
    uint64_t node_steps; /* what one visit to a state costs of the budget */
    mp__table failed;
} search;

/* Work that one step of the budget stands for, in looks at a number. */
#define LOOKS_PER_STEP 256

static int64_t cost_of(const search *s, size_t type, size_t class_index)
{
    return s->board->cost[type * s->classes + class_index];
}

/* ---- what does not change ---- */

static mp_status sum_rest(search *s, mp__arena *arena)
{
    s->rest = MP__NEW_ARRAY(arena, int64_t, (s->engines + 1) * s->classes);
    if (!s->rest)
        return MP_ENOMEM;
    for (size_t e = s->engines; e-- > 0;) {
        for (size_t c = 0; c < s->classes; c++) {
            int64_t cost = cost_of(s, s->board->type_of[e], c);

            s->rest[e * s->classes + c] =
                mp__add_saturating(s->rest[(e + 1) * s->classes + c], cost > 0 ? cost : 0);
        }
    }
    return MP_OK;
}

static bool goes_only_where(const search *s, size_t inner, size_t outer)
{
    for (size_t c = 0; c < s->classes; c++)
        if (cost_of(s, inner, c) >= 0 && cost_of(s, outer, c) < 0)
            return false;
    return true;
}

static mp_status describe_types(search *s, mp__arena *arena)
{
    s->cheapest = MP__NEW_ARRAY(arena, int64_t, s->types);
    s->left = MP__NEW_ARRAY(arena, size_t, s->types);
    s->confined = MP__NEW_ARRAY(arena, bool, s->types * s->types);
    s->least = MP__NEW_ARRAY(arena, int64_t, s->types * s->classes);
    if (!s->cheapest || !s->left || !s->confined || !s->least)
        return MP_ENOMEM;
    for (size_t t = 0; t < s->types; t++) {
        s->cheapest[t] = INT64_MAX;
        for (size_t c = 0; c < s->classes; c++)
            if (cost_of(s, t, c) >= 0 && cost_of(s, t, c) < s->cheapest[t])
                s->cheapest[t] = cost_of(s, t, c);
    }
    for (size_t t = 0; t < s->types; t++) {
        for (size_t c = 0; c < s->classes; c++)
            s->least[t * s->classes + c] = INT64_MAX;
        for (size_t u = 0; u < s->types; u++) {
            if (s->cheapest[u] < s->cheapest[t] || !goes_only_where(s, u, t))
                continue;
            s->confined[t * s->types + u] = true;
            for (size_t c = 0; c < s->classes; c++)
                if (cost_of(s, u, c) >= 0 && cost_of(s, u, c) < s->least[t * s->classes + c])
                    s->least[t * s->classes + c] = cost_of(s, u, c);
        }
    }
    return MP_OK;
}

static mp_status find_twins(search *s, mp__arena *arena)
{
    uint32_t *last = MP__NEW_ARRAY(arena, uint32_t, s->types); /* plus 1 */

    s->twin = MP__NEW_ARRAY(arena, uint32_t, s->engines);
    s->choice = MP__NEW_ARRAY(arena, uint32_t, s->engines);
    if (!last || !s->twin || !s->choice)
        return MP_ENOMEM;
    for (size_t e = 0; e < s->engines; e++) {
        uint32_t type = s->board->type_of[e];

        s->twin[e] = last[type] ? last[type] - 1 : (uint32_t)e;
        last[type] = (uint32_t)e + 1;
        s->left[type]++;
    }
    return MP_OK;
}

/* ---- relevant pools ---- */

/* A kind of pools: a class and a number of free nodes.  Kinds are kept in an open hash table. */
typedef struct kind {
    int64_t free;
    uint32_t class_index;
    uint32_t count; /* pools of it that are relevant; 0 in an empty place */
} kind;

static kind *find_kind(kind *kinds, size_t mask, uint32_t class_index, int64_t free)
{
    int64_t key[2] = { class_index, free };
    size_t at = (size_t)mp__hash(key, sizeof key) & mask;

    while (kinds[at].count > 0 && (kinds[at].free != free || kinds[at].class_index != class_index))
        at = (at + 1) & mask;
    kinds[at].free = free;
    kinds[at].class_index = class_index;
    return &kinds[at];
}

/*
 * Picks the pools worth looking at.  Free nodes beyond what all engines together could take of one
 * pool are cut off: such a pool is as good as endless, and one of each class is enough.
 */
static mp_status find_relevant(search *s, mp__arena *arena, const int64_t *free)
{
    const mp__board *b = s->board;
    bool *endless = MP__NEW_ARRAY(arena, bool, s->classes);
    int64_t *smallest = MP__NEW_ARRAY(arena, int64_t, s->classes);
    size_t size = 4;
    kind *kinds;

    while (size < b->pool_count * 2)
        size *= 2;
    kinds = MP__NEW_ARRAY(arena, kind, size);
    s->pool = MP__NEW_ARRAY(arena, uint32_t, b->pool_count);
    s->class_of = MP__NEW_ARRAY(arena, uint32_t, b->pool_count);
    s->free = MP__NEW_ARRAY(arena, int64_t, b->pool_count);
    if (!endless || !smallest || !kinds || !s->pool || !s->class_of || !s->free)
        return MP_ENOMEM;
    for (size_t c = 0; c < s->classes; c++) {
        smallest[c] = INT64_MAX;
        for (size_t t = 0; t < s->types; t++)
            if (cost_of(s, t, c) >= 0 && cost_of(s, t, c) < smallest[c])
                smallest[c] = cost_of(s, t, c);
    }
    for (size_t p = 0; p < b->pool_count; p++) {
        uint32_t c = b->class_of[p];

        /* INT64_MAX stands for a sum that was too large, which no number of nodes covers. */
        if (smallest[c] == INT64_MAX || free[p] < smallest[c] || endless[c])
            continue;
        if (free[p] >= s->rest[c] && s->rest[c] < INT64_MAX)
            endless[c] = true;
        else if (find_kind(kinds, size - 1, c, free[p])->count++ >= s->engines)
            continue;
        s->pool[s->pools] = (uint32_t)p;
        s->class_of[s->pools] = c;
        s->free[s->pools++] = free[p];
    }
    return MP_OK;
}

/* ---- the order of pools in a state ---- */

static bool goes_before(const search *s, uint32_t p, uint32_t q)
{
    if (s->class_of[p] != s->class_of[q])
        return s->class_of[p] < s->class_of[q];
    return s->free[p] != s->free[q] ? s->free[p] > s->free[q] : p < q;
}

static int compare_pools(const void *a, const void *b, void *user)
{
    uint32_t p, q;

    memcpy(&p, a, sizeof p);
    memcpy(&q, b, sizeof q);
    return goes_before(user, p, q) ? -1 : 1;
}

static mp_status sort_pools(search *s, mp__arena *arena)
{
    s->at = MP__NEW_ARRAY(arena, uint32_t, s->pools);
    s->slot_of = MP__NEW_ARRAY(arena, uint32_t, s->pools);
    s->key = MP__NEW_ARRAY(arena, int64_t, s->pools + 1);
    if (!s->at || !s->slot_of || !s->key)
        return MP_ENOMEM;
    for (size_t p = 0; p < s->pools; p++)
        s->at[p] = (uint32_t)p;
    if (!mp__sort(&arena->alloc, s->at, s->pools, sizeof *s->at, compare_pools, s))
        return MP_ENOMEM;
    for (size_t i = 0; i < s->pools; i++)
        s->slot_of[s->at[i]] = (uint32_t)i;
    return MP_OK;
}

static void swap_slots(search *s, uint32_t slot)
{
    uint32_t p = s->at[slot], q = s->at[slot + 1];

    s->at[slot] = q;
    s->at[slot + 1] = p;
    s->slot_of[p] = slot + 1;
    s->slot_of[q] = slot;
}

/* Changes what is free on a pool and moves it to its new place. */
static void take(search *s, uint32_t p, int64_t nodes)
{
    s->free[p] -= nodes;
    while (s->slot_of[p] + 1 < s->pools && goes_before(s, s->at[s->slot_of[p] + 1], p))
        swap_slots(s, s->slot_of[p]);
    while (s->slot_of[p] > 0 && goes_before(s, p, s->at[s->slot_of[p] - 1]))
        swap_slots(s, s->slot_of[p] - 1);
}

/* The state in which engine `e` is next: its number, then the free nodes in order, less what nobody
 * who is left could use. */
static mp__str state_key(search *s, size_t e)
{
    s->key[0] = (int64_t)e;
    for (size_t i = 0; i < s->pools; i++) {
        int64_t useful = s->rest[e * s->classes + s->class_of[s->at[i]]];
        int64_t free = s->free[s->at[i]];

        s->key[i + 1] = free < useful ? free : useful;
    }
    return (mp__str){ (const char *)s->key, (s->pools + 1) * sizeof *s->key };
}

/* ---- counting ---- */

/* Whether the engines left that are confined to the classes of type `t` cannot all have room there.
 * A pool with f free nodes holds at most f / least of them. */
static bool lacks_room(const search *s, size_t t)
{
    int64_t need = 0, have = 0, need_places = 0, places = 0;
    bool any = false;

    for (size_t u = 0; u < s->types; u++) {
        if (s->left[u] > 0 && s->confined[t * s->types + u]) {
            need =
                mp__add_saturating(need, mp__mul_saturating((int64_t)s->left[u], s->cheapest[u]));
            need_places += (int64_t)s->left[u];
        }
    }
    for (size_t p = 0; p < s->pools; p++) {
        int64_t cost = cost_of(s, t, s->class_of[p]);

        if (cost < 0)
            continue;
        any |= s->free[p] >= cost;
        have = mp__add_saturating(have, s->free[p]);
        places = mp__add_saturating(places, s->free[p] / s->least[t * s->classes + s->class_of[p]]);
        if (any && have >= need && places >= need_places)
            return false;
    }
    return true;
}

static bool counting_refuses(const search *s)
{
    for (size_t t = 0; t < s->types; t++)
        if (s->left[t] > 0 && lacks_room(s, t))
            return true;
    return false;
}

/* ---- the search ---- */

/* Whether an interchangeable pool from `first` on, before `p`, has been tried at this state. */
static bool repeats(const search *s, size_t first, uint32_t p)
{
    uint32_t slot = s->slot_of[p], before;

    if (slot == 0)
        return false;
    before = s->at[slot - 1];
    return s->class_of[before] == s->class_of[p] && s->free[before] == s->free[p] &&
           before >= first;
}

/* The next pool for engine `e`, from `from` on; == pools: none. */
static size_t next_pool(const search *s, size_t e, size_t from)
{
    size_t first = s->twin[e] == e ? 0 : s->choice[s->twin[e]];
    uint32_t type = s->board->type_of[e];

    for (size_t p = from > first ? from : first; p < s->pools; p++) {
        int64_t cost = cost_of(s, type, s->class_of[p]);

        if (cost >= 0 && s->free[p] >= cost && !repeats(s, first, (uint32_t)p))
            return p;
    }
    return s->pools;
}

static void place(search *s, size_t e, size_t p)
{
    uint32_t type = s->board->type_of[e];

    s->choice[e] = (uint32_t)p;
    s->left[type]--;
    take(s, (uint32_t)p, cost_of(s, type, s->class_of[p]));
}

static void take_back(search *s, size_t e)
{
    uint32_t type = s->board->type_of[e];

    s->left[type]++;
    take(s, s->choice[e], -cost_of(s, type, s->class_of[s->choice[e]]));
}

/* Depth-first.  Invariant: engines [0, e) stand on their pools, the others on none. */
static mp_status run(search *s, uint64_t budget, uint64_t *steps, mp__fit *fit)
{
    size_t e = 0, from = 0; /* from > 0: back at this state, having tried the pools before */
    uint64_t spent = 0;
    mp_status st = MP_OK;

    *fit = MP__FIT_INSUFFICIENT;
    while (e < s->engines) {
        size_t p = s->pools;
        bool known = false;

        spent += s->node_steps;
        if (spent > budget) {
            *fit = MP__FIT_UNKNOWN;
            break;
        }
        if (from == 0 && s->failed.count > 0)
            known = mp__table_find(&s->failed, state_key(s, e)) != NULL;
        if (!known && (from > 0 || !counting_refuses(s)))
            p = next_pool(s, e, from);
        if (p < s->pools) {
            place(s, e++, p);
            from = 0;
            continue;
        }
        if (e == 0)
            break;
        /* Counting finds again what it refused at once; what took a search is remembered. */
        if (from > 0 && !mp__table_find(&s->failed, state_key(s, e)) &&
            !mp__table_add(&s->failed, state_key(s, e), NULL)) {
            st = MP_ENOMEM;
            break;
        }
        take_back(s, --e);
        from = (size_t)s->choice[e] + 1;
    }
    *steps += spent;
    if (e == s->engines)
        *fit = MP__FIT_YES;
    return st;
}

static mp_status prepare(search *s, const mp__board *b, mp__arena *arena, const int64_t *free)
{
    mp_status st;

    memset(s, 0, sizeof *s);
    s->board = b;
    s->engines = b->engine_count;
    s->types = b->type_count;
    s->classes = b->class_count;
    mp__table_init(&s->failed, &arena->alloc);
    st = sum_rest(s, arena);
    if (st == MP_OK)
        st = describe_types(s, arena);
    if (st == MP_OK)
        st = find_twins(s, arena);
    if (st == MP_OK)
        st = find_relevant(s, arena, free);
    if (st == MP_OK)
        st = sort_pools(s, arena);
    s->node_steps = 1 + (s->types + 1) * (s->types + s->pools) / LOOKS_PER_STEP;
    return st;
}

/* Whether some engine can go nowhere on the cluster, however many nodes it had. */
static bool has_homeless_engine(const mp__board *b)
{
    for (size_t t = 0; t < b->type_count; t++) {
        bool any = false;

        for (size_t c = 0; c < b->class_count && !any; c++)
            any = b->cost[t * b->class_count + c] >= 0;
        if (!any)
            return true;
    }
    return b->engine_count == 0;
}

mp_status mp__search(const mp__board *board, mp__arena *arena, const int64_t *free, uint64_t budget,
                     uint64_t *steps, uint32_t *choice, mp__fit *fit)
{
    search s;
    mp_status st;

    *fit = board->unknown ? MP__FIT_UNKNOWN : MP__FIT_UNMATCHED;
    if (board->unknown || has_homeless_engine(board))
        return MP_OK;
    st = prepare(&s, board, arena, free);
    if (st == MP_OK)
        st = run(&s, budget, steps, fit);
    for (size_t e = 0; st == MP_OK && *fit == MP__FIT_YES && e < s.engines; e++)
        choice[e] = s.pool[s.choice[e]];
    mp__table_fini(&s.failed, NULL, NULL);
    return st;
}

mp_status mp__place(mp__board *board, mp__matcher *m, mp__arena *arena, const mp_cluster *cluster,
                    const int64_t *free, uint64_t *steps, uint32_t *choice, mp__fit *fit)
{
    mp__fit first = MP__FIT_UNMATCHED;
    bool simple = true;

    for (;;) {
        mp_status st = mp__board_init(board, m, arena, cluster, simple);

        if (st == MP_OK)
            st = mp__search(board, arena, free, m->budget, steps, choice, fit);
        if (st != MP_OK || *fit == MP__FIT_YES)
            return st;
        if (!simple || !board->skipped)
            break;
        first = *fit;
        simple = false;
    }
    if (first == MP__FIT_UNKNOWN)
        *fit = MP__FIT_UNKNOWN;
    else if (first == MP__FIT_INSUFFICIENT && *fit == MP__FIT_UNMATCHED)
        *fit = MP__FIT_INSUFFICIENT;
    return MP_OK;
}

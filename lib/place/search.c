/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Engines to pools, within one cluster: a complete search for the lexicographically first answer
 * (engines in the deployment's order, pools in published order).
 *
 * Pools of one profile are one *class*: an engine costs the same on each, so two pools of a class with
 * equal free nodes are interchangeable, and after one has failed the other is not tried.  Engines that
 * cost the same on every class are *twins*: in the first answer a later twin never stands on an earlier
 * pool than its predecessor.  Neither rule can skip the first answer: exchanging the two pools, or
 * the two engines, would give an answer that the search has met before.
 *
 * Counting settles most cases before any search.  Failed states (which engine is next, and what is free
 * up to exchange of equal pools) are remembered; free nodes beyond what all remaining engines
 * could use are not part of a state.
 */
#include "place_internal.h"

/* ---- the board ---- */

static mp_status find_classes(mp__board *board, mp__matcher *m, mp__arena *arena)
{
    uint32_t *class_by_profile = MP__NEW_ARRAY(arena, uint32_t, m->profile_limit);

    board->class_of = MP__NEW_ARRAY(arena, uint32_t, board->pool_count);
    board->profile_of = MP__NEW_ARRAY(arena, const mp__profile *, board->pool_count);
    if (!class_by_profile || !board->class_of || !board->profile_of)
        return MP_ENOMEM;
    for (size_t p = 0; p < board->pool_count; p++) {
        const mp__profile *profile = board->cluster->pools[p]->profile;
        uint32_t *class_plus_1 = &class_by_profile[profile->entry->id];

        if (*class_plus_1 == 0) {
            board->profile_of[board->class_count++] = profile;
            *class_plus_1 = (uint32_t)board->class_count;
        }
        board->class_of[p] = *class_plus_1 - 1;
    }
    return MP_OK;
}

/* Which members claim something on some pool of the cluster, capacity aside. */
static mp_status find_claimable(mp__board *board, mp__matcher *m, mp__arena *arena)
{
    board->claimable = MP__NEW_ARRAY(arena, bool, m->member_count);
    if (!board->claimable)
        return MP_ENOMEM;
    for (size_t i = 0; i < m->member_count; i++) {
        for (size_t c = 0; c < board->class_count; c++) {
            const mp__match *match = mp__matcher_member(m, i, board->profile_of[c]);

            if (!match)
                return MP_ENOMEM;
            board->unknown |= match->unknown;
            if (match->matched && match->claims > 0)
                board->claimable[i] = true;
        }
    }
    return MP_OK;
}

/* Standing and cost of an engine on a class.  Only members that claim something take nodes. */
static mp_status stand(mp__board *board, mp__matcher *m, size_t engine, size_t class_index)
{
    const mp_engine *e = m->deployment->engines[engine];
    size_t at = engine * board->class_count + class_index;
    int64_t cost = 0;
    bool any = false, stranded = false;

    board->cost[at] = -1;
    for (size_t i = 0; i < e->member_count; i++) {
        size_t member = m->first_member[engine] + i;
        const mp__match *match = mp__matcher_member(m, member, board->profile_of[class_index]);
        int64_t pods = mp__member_pods(e->members[i]);

        if (!match)
            return MP_ENOMEM;
        if (!match->matched) {
            board->standing[at] = MP__STANDING_UNMATCHED;
            return MP_OK;
        }
        any |= board->claimable[member];
        if (match->claims > 0)
            cost = cost > INT64_MAX - pods ? INT64_MAX : cost + pods;
        else if (board->claimable[member])
            stranded = true;
    }
    if (stranded) {
        board->standing[at] = MP__STANDING_STRANDED;
    } else if (!any) {
        board->standing[at] = MP__STANDING_UNMATCHED; /* no member claims anything anywhere */
    } else {
        board->standing[at] = MP__STANDING_OK;
        board->cost[at] = cost;
    }
    return MP_OK;
}

mp_status mp__board_init(mp__board *board, mp__matcher *m, mp__arena *arena,
                         const mp_cluster *cluster)
{
    mp_status st;

    memset(board, 0, sizeof *board);
    board->cluster = cluster;
    board->engine_count = m->deployment->engine_count;
    board->pool_count = cluster->pool_count;
    st = find_classes(board, m, arena);
    if (st == MP_OK)
        st = find_claimable(board, m, arena);
    if (st != MP_OK)
        return st;
    if (board->class_count && board->engine_count > SIZE_MAX / board->class_count)
        return MP_ENOMEM;
    board->cost = MP__NEW_ARRAY(arena, int64_t, board->engine_count * board->class_count);
    board->standing = MP__NEW_ARRAY(arena, mp__standing, board->engine_count * board->class_count);
    if (!board->cost || !board->standing)
        return MP_ENOMEM;
    for (size_t e = 0; e < board->engine_count; e++) {
        for (size_t c = 0; c < board->class_count; c++) {
            st = stand(board, m, e, c);
            if (st != MP_OK)
                return st;
        }
    }
    return MP_OK;
}

/* ---- counting bounds ---- */

static int64_t cost_on(const mp__board *b, size_t engine, size_t pool)
{
    return b->cost[engine * b->class_count + b->class_of[pool]];
}

static int64_t add_saturating(int64_t a, int64_t b)
{
    return a > INT64_MAX - b ? INT64_MAX : a + b;
}

static int64_t cheapest(const mp__board *b, size_t engine)
{
    int64_t least = INT64_MAX;

    for (size_t c = 0; c < b->class_count; c++) {
        int64_t cost = b->cost[engine * b->class_count + c];

        if (cost >= 0 && cost < least)
            least = cost;
    }
    return least;
}

/* Whether every class that `inner` can go to is open to `outer` too. */
static bool within(const mp__board *b, size_t inner, size_t outer)
{
    for (size_t c = 0; c < b->class_count; c++)
        if (b->cost[inner * b->class_count + c] >= 0 && b->cost[outer * b->class_count + c] < 0)
            return false;
    return true;
}

/*
 * Refuses when some set of engines needs more than the pools it can go to have.  For each engine the
 * set is: those confined to its pools that cost at least as much.  Such engines need their cheapest
 * costs in sum, and, one by one, at least the least of those costs: a pool with f free nodes holds
 * at most f / least of them.
 */
static bool counting_refuses(const mp__board *b, const int64_t *free)
{
    for (size_t e = 0; e < b->engine_count; e++) {
        int64_t least = cheapest(b, e), need = 0, have = 0, need_slots = 0, slots = 0;

        for (size_t f = 0; f < b->engine_count; f++) {
            if (cheapest(b, f) >= least && within(b, f, e)) {
                need = add_saturating(need, cheapest(b, f));
                need_slots++;
            }
        }
        for (size_t p = 0; p < b->pool_count && (have < need || slots < need_slots); p++) {
            if (cost_on(b, e, p) >= 0 && free[p] > 0) {
                have = add_saturating(have, free[p]);
                slots = add_saturating(slots, free[p] / (least > 0 ? least : 1));
            }
        }
        if (have < need || slots < need_slots)
            return true;
    }
    return false;
}

/* ---- the search ---- */

typedef struct search {
    const mp__board *board;
    int64_t *free;       /* per pool, what is left on the current path */
    int64_t *rest;       /* per engine: the most that it and all later ones can take */
    uint32_t *twin;      /* per engine: nearest earlier engine of equal costs, or itself */
    uint32_t *choice;    /* per engine */
    int64_t *sorted;     /* scratch for states: free per pool, grouped by class */
    size_t *group_start; /* per class, and one more */
    size_t *group_fill;
    mp__table failed;
    uint64_t work; /* pools looked at: bounds the time where the steps alone would not */
} search;

/* So many looks at a pool weigh as much as one step. */
#define LOOKS_PER_STEP 256

static void find_twins(search *s)
{
    const mp__board *b = s->board;

    for (size_t e = 0; e < b->engine_count; e++) {
        s->twin[e] = (uint32_t)e;
        for (size_t f = e; f-- > 0;) {
            if (memcmp(&b->cost[e * b->class_count], &b->cost[f * b->class_count],
                       b->class_count * sizeof *b->cost) == 0) {
                s->twin[e] = (uint32_t)f;
                break;
            }
        }
    }
}

static void sum_rest(search *s)
{
    const mp__board *b = s->board;
    int64_t total = 0;

    for (size_t e = b->engine_count; e-- > 0;) {
        int64_t most = 0;

        for (size_t c = 0; c < b->class_count; c++)
            if (b->cost[e * b->class_count + c] > most)
                most = b->cost[e * b->class_count + c];
        total = add_saturating(total, most);
        s->rest[e] = total;
    }
}

static mp_status search_init(search *s, const mp__board *b, mp__arena *arena, const int64_t *free,
                             uint32_t *choice)
{
    memset(s, 0, sizeof *s);
    s->board = b;
    s->choice = choice;
    s->free = MP__NEW_ARRAY(arena, int64_t, b->pool_count);
    s->rest = MP__NEW_ARRAY(arena, int64_t, b->engine_count);
    s->twin = MP__NEW_ARRAY(arena, uint32_t, b->engine_count);
    s->sorted = MP__NEW_ARRAY(arena, int64_t, b->pool_count + 1);
    s->group_start = MP__NEW_ARRAY(arena, size_t, b->class_count + 1);
    s->group_fill = MP__NEW_ARRAY(arena, size_t, b->class_count + 1);
    if (!s->free || !s->rest || !s->twin || !s->sorted || !s->group_start || !s->group_fill)
        return MP_ENOMEM;
    memcpy(s->free, free, b->pool_count * sizeof *free);
    for (size_t p = 0; p < b->pool_count; p++)
        s->group_start[b->class_of[p] + 1]++;
    for (size_t c = 0; c < b->class_count; c++)
        s->group_start[c + 1] += s->group_start[c];
    find_twins(s);
    sum_rest(s);
    mp__table_init(&s->failed, &arena->alloc);
    return MP_OK;
}

static int compare_int64(const void *a, const void *b, void *user)
{
    int64_t x, y;

    (void)user;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return x < y ? -1 : x > y;
}

/* The state in which `engine` is next: its number, then the free nodes of each class, sorted, negative
 * counts as 0 and what nobody could use cut off. */
static bool state_key(search *s, size_t engine, const mp_allocator *alloc, mp__str *key)
{
    const mp__board *b = s->board;
    int64_t useful = s->rest[engine];

    s->work += b->pool_count;
    s->sorted[0] = (int64_t)engine;
    memcpy(s->group_fill, s->group_start, (b->class_count + 1) * sizeof *s->group_fill);
    for (size_t p = 0; p < b->pool_count; p++) {
        int64_t f = s->free[p] < 0 ? 0 : s->free[p];

        s->sorted[1 + s->group_fill[b->class_of[p]]++] = f < useful ? f : useful;
    }
    for (size_t c = 0; c < b->class_count; c++) {
        size_t start = s->group_start[c];

        if (!mp__sort(alloc, &s->sorted[1 + start], s->group_start[c + 1] - start,
                      sizeof *s->sorted, compare_int64, NULL))
            return false;
    }
    *key = (mp__str){ (const char *)s->sorted, (b->pool_count + 1) * sizeof *s->sorted };
    return true;
}

/* Whether an earlier pool of the same class with as many free nodes was tried at this state. */
static bool tried_equal(search *s, size_t first, size_t pool)
{
    const mp__board *b = s->board;

    s->work += pool - first;
    for (size_t p = first; p < pool; p++)
        if (b->class_of[p] == b->class_of[pool] && s->free[p] == s->free[pool])
            return true;
    return false;
}

/* The next pool for `engine`, from `from` on; == pool_count: none. */
static size_t next_pool(search *s, size_t engine, size_t from)
{
    const mp__board *b = s->board;
    size_t first = s->twin[engine] == engine ? 0 : s->choice[s->twin[engine]];

    for (size_t p = from > first ? from : first; p < b->pool_count; p++) {
        int64_t cost = cost_on(b, engine, p);

        s->work++;
        /* Past the first attempt at this state, pools that repeat a failure are passed over. */
        if (cost >= 0 && s->free[p] >= cost && !(from > 0 && tried_equal(s, first, p)))
            return p;
    }
    return b->pool_count;
}

/* Whether each engine from `engine` on still has some pool. */
static bool look_ahead(search *s, size_t engine)
{
    const mp__board *b = s->board;

    for (size_t e = engine; e < b->engine_count; e++) {
        bool any = false;

        if (s->twin[e] >= engine && s->twin[e] != e)
            continue; /* as its twin */
        for (size_t p = 0; p < b->pool_count && !any; p++) {
            any = cost_on(b, e, p) >= 0 && s->free[p] >= cost_on(b, e, p);
            s->work++;
        }
        if (!any)
            return false;
    }
    return true;
}

static mp_status run(search *s, mp__arena *arena, uint64_t budget, uint64_t *steps, mp__fit *fit)
{
    const mp__board *b = s->board;
    uint64_t spent = 0;
    size_t e = 0, from = 0;
    mp__str key;

    *fit = MP__FIT_INSUFFICIENT;
    while (e < b->engine_count) {
        size_t p = b->pool_count;
        bool known = false;

        if (from == 0 && e > 0 && s->failed.count > 0) {
            if (!state_key(s, e, &arena->alloc, &key))
                return MP_ENOMEM;
            known = mp__table_find(&s->failed, key) != NULL;
        }
        if (!known && (from > 0 || look_ahead(s, e)))
            p = next_pool(s, e, from);
        if (p < b->pool_count) {
            spent++;
            if (spent + s->work / LOOKS_PER_STEP > budget) {
                *fit = MP__FIT_UNKNOWN;
                *steps += spent;
                return MP_OK;
            }
            s->choice[e] = (uint32_t)p;
            s->free[p] -= cost_on(b, e, p);
            e++;
            from = 0;
            continue;
        }
        if (e == 0)
            break;
        if (!known) {
            if (!state_key(s, e, &arena->alloc, &key) ||
                (!mp__table_find(&s->failed, key) && !mp__table_add(&s->failed, key, NULL)))
                return MP_ENOMEM;
        }
        e--;
        s->free[s->choice[e]] += cost_on(b, e, s->choice[e]);
        from = (size_t)s->choice[e] + 1;
    }
    *steps += spent;
    if (e == b->engine_count)
        *fit = MP__FIT_YES;
    return MP_OK;
}

mp_status mp__search(const mp__board *board, mp__arena *arena, const int64_t *free,
                     uint64_t budget, uint64_t *steps, uint32_t *choice, mp__fit *fit)
{
    search s;
    mp_status st;

    *fit = MP__FIT_UNMATCHED;
    for (size_t e = 0; e < board->engine_count; e++) {
        if (cheapest(board, e) == INT64_MAX) {
            /* Nothing is proved about a member whose match ran out of budget. */
            if (board->unknown)
                *fit = MP__FIT_UNKNOWN;
            return MP_OK;
        }
    }
    *fit = board->unknown ? MP__FIT_UNKNOWN : MP__FIT_INSUFFICIENT;
    if (board->engine_count == 0 || counting_refuses(board, free))
        return MP_OK;
    st = search_init(&s, board, arena, free, choice);
    if (st == MP_OK) {
        st = run(&s, arena, budget, steps, fit);
        if (*fit == MP__FIT_INSUFFICIENT && board->unknown)
            *fit = MP__FIT_UNKNOWN;
    }
    mp__table_fini(&s.failed, NULL, NULL);
    return st;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Least movement: a replica that cannot stay as it is stays on its cluster, with as many engines
 * where they are as can be.
 *
 * An engine can be left alone if each of its members still matches the pool it runs on.  Sets of
 * such engines that move after all are tried by size, then in the deployment's order, so the first
 * that gives the others a place is a smallest one.  Wishes that join engines are about all of them:
 * with such a wish all engines move, within the cluster.
 */
#include "solve_internal.h"

/* Sets of engines that are tried before a replica is placed anew. */
#define SETS_MAX 1024

typedef struct repairer {
    const mp_replica *r;
    const mp_deployment *d;
    const mp__repair *by;
    const mp_replica_engine **observed; /* per engine of the deployment; NULL: it has to move */
    const mp_pool ***pools;             /* of those: per member */
    bool *stays;                        /* per engine */
    size_t *movable;                    /* engines that can stay, in order */
    size_t movable_count;
    bool *held; /* per observed engine */
} repairer;

/* ---- what could stay ---- */

static const mp_replica_engine *find_observed(const mp_replica *r, const mp_engine *e)
{
    const mp_replica_engine *found = NULL;

    for (size_t i = 0; i < r->engine_count; i++) {
        if (!mp__str_equal(r->engines[i]->name, e->name))
            continue;
        if (found)
            return NULL;
        found = r->engines[i];
    }
    return found;
}

static bool joined(const mp_deployment *d, const mp_engine *e)
{
    const mp__level_wish *group = mp__deployment_group_wish(d, e->group);

    return d->wish.level.size > 0 || e->wish.level.size > 0 || (group && group->level.size > 0);
}

/* Whether the engine can be left where it is. */
static mp_status look_at(repairer *x, size_t number)
{
    const mp_engine *e = x->d->engines[number];
    const mp_replica_engine *o = find_observed(x->r, e);
    const mp_cluster *c = x->r->site->cluster;
    const mp_pool **pools = MP__NEW_ARRAY(x->by->scratch, const mp_pool *, e->member_count);
    bool claims = false;

    if (!pools)
        return MP_ENOMEM;
    if (!o || o->member_count != e->member_count || joined(x->d, e))
        return MP_OK;
    for (size_t i = 0; i < e->member_count; i++) {
        const mp__match *match;

        pools[i] = mp_cluster_find_pool(c, o->members[i].pool.data, o->members[i].pool.size);
        if (o->members[i].role != e->members[i]->role || !pools[i])
            return MP_OK;
        match = mp__matcher_member(x->by->matcher, x->by->matcher->first_member[number] + i,
                                   pools[i]->profile);
        if (!match)
            return MP_ENOMEM;
        if (!match->matched)
            return MP_OK;
        claims |= match->claims > 0;
    }
    if (!claims)
        return MP_OK;
    x->observed[number] = o;
    x->pools[number] = pools;
    x->movable[x->movable_count++] = number;
    return MP_OK;
}

/* ---- one set ---- */

static mp_status write(repairer *x, mp__space *space, const mp__answer *answer, mp_placement *p)
{
    mp_status st = answer ? mp__settle(space, x->by->plan, x->by->matcher, answer, p) : MP_OK;

    for (size_t e = 0; e < x->d->engine_count && st == MP_OK; e++) {
        if (!x->stays[e])
            continue;
        st = mp__plan_engine(x->by->plan, x->by->matcher, x->d->engines[e], x->pools[e],
                             &p->engines[e]);
        p->engines[e].kept = true;
    }
    return st;
}

/* Asks for the engines that move, beside those that stay. */
static mp_status solve(repairer *x, mp__space *space, bool any, mp_placement **out)
{
    mp__answer answer;
    mp_status st = mp__repair_take(x->by, space);

    if (st == MP_OK && any)
        st = mp__solve(space, x->by->matcher, x->by->question, x->by->steps, &answer);
    if (st != MP_OK || (any && answer.fit != MP__FIT_YES))
        return st;
    *out = mp__plan_placement(x->by->plan, x->r->site->cluster, x->r->index, x->d->engine_count);
    if (!*out)
        return MP_ENOMEM;
    (*out)->replica = mp__arena_str(&x->by->plan->arena, x->r->name);
    if (!(*out)->replica.data)
        return MP_ENOMEM;
    return write(x, space, any ? &answer : NULL, *out);
}

static mp_status try_set(repairer *x, mp_placement **out)
{
    mp__change change = { .partly = x->r, .held = x->held, .pending = x->by->pending };
    mp__ask ask;
    mp__space space;
    bool *hidden, *met, any = false;
    mp_status st;

    mp__arena_reset(x->by->question);
    st = mp__ask_init(&ask, x->by->question, x->d, &x->by->plan->opts);
    if (st != MP_OK)
        return st;
    met = MP__NEW_ARRAY(x->by->question, bool, mp__ask_preferences(x->d));
    if (!met)
        return MP_ENOMEM;
    mp__ask_prefer(&ask, x->d, met);
    ask.cluster = x->r->site->cluster;
    memset(x->held, 0, x->r->engine_count);
    for (size_t e = 0; e < x->d->engine_count; e++) {
        ask.engines[e].off = x->stays[e];
        any |= !x->stays[e];
        for (size_t i = 0; i < x->r->engine_count; i++)
            x->held[i] |= x->stays[e] && x->r->engines[i] == x->observed[e];
    }
    st = mp__affinity_hide(x->d, ask.cluster, x->by->question, &hidden);
    if (st != MP_OK)
        return st;
    st = mp__space_init(&space, &ask, x->by->matcher, x->by->question, x->by->owner,
                        x->by->identities, hidden, &change);
    if (st == MP_OK)
        st = solve(x, &space, any, out);
    mp__space_fini(&space);
    return st;
}

/* ---- sets by size ---- */

/* The next set of `size` of the movable engines in lexicographic order; false after the last. */
static bool next_set(const repairer *x, size_t *set, size_t size)
{
    size_t i = size;

    while (i > 0 && set[i - 1] == x->movable_count - size + i - 1)
        i--;
    if (i == 0)
        return false;
    set[i - 1]++;
    for (; i < size; i++)
        set[i] = set[i - 1] + 1;
    return true;
}

static mp_status try_size(repairer *x, size_t *set, size_t size, size_t *tries, mp_placement **out)
{
    mp_status st;

    for (size_t i = 0; i < size; i++)
        set[i] = i;
    do {
        for (size_t i = 0; i < x->movable_count; i++)
            x->stays[x->movable[i]] = true;
        for (size_t i = 0; i < size; i++)
            x->stays[x->movable[set[i]]] = false;
        st = try_set(x, out);
        ++*tries;
    } while (st == MP_OK && !*out && *tries < SETS_MAX && next_set(x, set, size));
    return st;
}

mp_status mp__repair_replica(const mp__repair *by, const mp_replica *r, mp_placement **out)
{
    repairer x = { .r = r, .d = by->plan->deployment, .by = by };
    size_t engines = x.d->engine_count, tries = 0, *set;
    mp_status st = MP_OK;

    *out = NULL;
    x.observed = MP__NEW_ARRAY(by->scratch, const mp_replica_engine *, engines);
    x.pools = MP__NEW_ARRAY(by->scratch, const mp_pool **, engines);
    x.stays = MP__NEW_ARRAY(by->scratch, bool, engines);
    x.movable = MP__NEW_ARRAY(by->scratch, size_t, engines);
    x.held = MP__NEW_ARRAY(by->scratch, bool, r->engine_count);
    set = MP__NEW_ARRAY(by->scratch, size_t, engines);
    if (!x.observed || !x.pools || !x.stays || !x.movable || !x.held || !set)
        return MP_ENOMEM;
    for (size_t e = 0; e < engines && st == MP_OK; e++)
        st = look_at(&x, e);
    for (size_t size = 0; size <= x.movable_count && st == MP_OK && !*out && tries < SETS_MAX;
         size++)
        st = try_size(&x, set, size, &tries, out);
    return st;
}

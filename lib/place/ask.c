/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a deployment to the question that the general search answers: levels by number, wishes, and
 * which of the preferred ones are met.
 */
#include "solve_internal.h"

bool mp__ask_is_general(const mp_deployment *d, const mp_schedule_opts *opts)
{
    if (opts->accounting != MP_ACCOUNTING_NODES || opts->span != MP_SPAN_POOL ||
        opts->pools != MP_POOLS_FIRST || d->wish.level.size > 0)
        return true;
    for (size_t g = 0; g < d->group_count; g++)
        if (d->groups[g].wish.level.size > 0)
            return true;
    for (size_t e = 0; e < d->engine_count; e++)
        if (d->engines[e]->span != MP_SPAN_POOL || d->engines[e]->wish.level.size > 0)
            return true;
    for (size_t a = 0; a < d->affinity_count; a++)
        if (d->affinities[a].scope == MP_SCOPE_FABRIC)
            return true;
    return false;
}

/* Number of a wish's level, new ones at the end; -1 without a wish. */
static int level_number(mp__ask *ask, const mp__level_wish *wish)
{
    size_t l = 0;

    if (wish->level.size == 0)
        return -1;
    while (l < ask->level_count && !mp__str_equal(ask->levels[l], wish->level))
        l++;
    if (l == ask->level_count)
        ask->levels[ask->level_count++] = wish->level;
    ask->pool_matters |= l == MP__LEVEL_POOL;
    return (int)l;
}

static bool has_engines(const mp_deployment *d, mp__str group)
{
    for (size_t e = 0; e < d->engine_count; e++)
        if (mp__str_equal(d->engines[e]->group, group))
            return true;
    return false;
}

mp_status mp__ask_init(mp__ask *ask, mp__arena *arena, const mp_deployment *d,
                       const mp_schedule_opts *opts)
{
    memset(ask, 0, sizeof *ask);
    ask->accounting = opts->accounting;
    ask->policy = opts->pools;
    ask->score = opts->score;
    ask->user = opts->user;
    ask->whole_members = ask->pool_matters = opts->whole_members;
    ask->engine_count = d->engine_count;
    ask->group_count = d->group_count;
    ask->levels = MP__NEW_ARRAY(arena, mp__str, 3 + d->group_count + d->engine_count);
    ask->engines = MP__NEW_ARRAY(arena, mp__ask_engine, d->engine_count);
    ask->group_levels = MP__NEW_ARRAY(arena, int, d->group_count);
    if (!ask->levels || !ask->engines || !ask->group_levels)
        return MP_ENOMEM;
    ask->levels[ask->level_count++] = MP__STR("fabric");
    ask->levels[ask->level_count++] = MP__STR("pool");
    ask->replica_level = level_number(ask, &d->wish);
    for (size_t g = 0; g < d->group_count; g++)
        ask->group_levels[g] =
            has_engines(d, d->groups[g].name) ? level_number(ask, &d->groups[g].wish) : -1;
    for (size_t e = 0; e < d->engine_count; e++) {
        const mp_engine *engine = d->engines[e];
        bool wide = engine->span == MP_SPAN_FABRIC || opts->span == MP_SPAN_FABRIC;

        ask->engines[e].span = wide ? MP__LEVEL_FABRIC : MP__LEVEL_POOL;
        ask->pool_matters |= !wide;
        ask->engines[e].copy_level = level_number(ask, &engine->wish);
        ask->engines[e].group = -1;
        for (size_t g = 0; g < d->group_count; g++)
            if (engine->group.size > 0 && mp__str_equal(engine->group, d->groups[g].name))
                ask->engines[e].group = (int)g;
    }
    return MP_OK;
}

static bool uses(const mp__ask *ask, int level)
{
    bool any = ask->replica_level == level;

    for (size_t e = 0; e < ask->engine_count; e++) {
        const mp__ask_engine *engine = &ask->engines[e];

        any |= !engine->off && (engine->copy_level == level ||
                                (engine->group >= 0 && ask->group_levels[engine->group] == level));
    }
    return any;
}

void mp__ask_forget_levels(mp__ask *ask)
{
    for (size_t l = MP__LEVEL_POOL + 1; l < ask->level_count; l++)
        if (!uses(ask, (int)l))
            ask->levels[l] = (mp__str){ "", 0 }; /* no pool has a level of that name */
}

/* ---- preferred wishes ---- */

static bool preferred(const mp__level_wish *wish)
{
    return wish->level.size > 0 && wish->strength == MP_STRENGTH_PREFERRED;
}

/* Takes wish `number` back if it is preferred and not to be met. */
static void drop(const mp__level_wish *wish, size_t *number, const bool *met, int *level)
{
    if (preferred(wish) && !met[(*number)++])
        *level = -1;
}

size_t mp__ask_preferences(const mp_deployment *d)
{
    size_t count = preferred(&d->wish);

    for (size_t g = 0; g < d->group_count; g++)
        count += preferred(&d->groups[g].wish);
    for (size_t e = 0; e < d->engine_count; e++)
        count += preferred(&d->engines[e]->wish);
    return count;
}

void mp__ask_prefer(mp__ask *ask, const mp_deployment *d, const bool *met)
{
    size_t number = 0;

    drop(&d->wish, &number, met, &ask->replica_level);
    for (size_t g = 0; g < d->group_count; g++)
        drop(&d->groups[g].wish, &number, met, &ask->group_levels[g]);
    for (size_t e = 0; e < d->engine_count; e++)
        drop(&d->engines[e]->wish, &number, met, &ask->engines[e].copy_level);
    mp__ask_forget_levels(ask);
}

/* ---- affinities ---- */

static bool carries(const mp_replica *r, const mp_deployment *d, const mp__affinity *a)
{
    const mp__str *value;

    if (r->owner == mp__fleet_owner(r->fleet, d->ns, d->name))
        return false; /* its own replicas have no say */
    value = mp__labels_get(&r->labels, a->key);
    return value && mp__str_equal(*value, a->value);
}

bool mp__affinity_forbids(const mp_deployment *d, const mp_cluster *c)
{
    for (size_t i = 0; i < d->affinity_count; i++) {
        const mp__affinity *a = &d->affinities[i];
        bool found = false;

        if (a->scope != MP_SCOPE_CLUSTER)
            continue;
        for (const mp_replica *r = c->site->replicas; r && !found; r = r->site_next)
            found = carries(r, d, a);
        if (found == a->anti)
            return true;
    }
    return false;
}

static bool same_fabric(const mp_pool *p, const mp_pool *q)
{
    return p == q || (p->fabric.size > 0 && mp__str_equal(p->fabric, q->fabric));
}

static void mark_fabric(const mp_cluster *c, mp__str pool, bool *near)
{
    const mp_pool *p = mp_cluster_find_pool(c, pool.data, pool.size);

    for (size_t i = 0; p && i < c->pool_count; i++)
        near[i] |= same_fabric(p, c->pools[i]);
}

static void mark_replica(const mp_cluster *c, const mp_replica *r, bool *near)
{
    for (size_t e = 0; e < r->engine_count; e++) {
        for (size_t i = 0; i < r->engines[e]->member_count; i++) {
            const mp__replica_member *m = &r->engines[e]->members[i];

            mark_fabric(c, m->pool, near);
            for (size_t k = 0; k < m->pods_count; k++)
                mark_fabric(c, m->pods[k].pool, near);
        }
    }
}

mp_status mp__affinity_hide(const mp_deployment *d, const mp_cluster *c, mp__arena *arena,
                            bool **out)
{
    bool *near = NULL;

    *out = NULL;
    for (size_t i = 0; i < d->affinity_count; i++) {
        const mp__affinity *a = &d->affinities[i];

        if (a->scope != MP_SCOPE_FABRIC)
            continue;
        near = near ? near : MP__NEW_ARRAY(arena, bool, c->pool_count);
        *out = *out ? *out : MP__NEW_ARRAY(arena, bool, c->pool_count);
        if (!near || !*out)
            return MP_ENOMEM;
        memset(near, 0, c->pool_count);
        for (const mp_replica *r = c->site->replicas; r; r = r->site_next)
            if (carries(r, d, a))
                mark_replica(c, r, near);
        for (size_t p = 0; p < c->pool_count; p++)
            (*out)[p] |= near[p] == a->anti;
    }
    return MP_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Retention: which observed replicas of the deployment stay where they are.
 *
 * Not asked here, on purpose: whether the cluster is ready or has a gateway, free nodes, NoSchedule
 * taints, and changes to copies, worker nodes, phases, templates or serving, which are stamped onto the
 * kept replica.  Nor the one-pool rule: a replica that runs split is kept split.
 */
#include "place_internal.h"

static int compare_names(const void *a, const void *b, void *user)
{
    const mp_replica *x, *y;

    (void)user;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return mp__str_compare(x->name, y->name);
}

/* Replicas of the deployment (same namespace, same name), in order of their names. */
static mp_status find_ours(const mp_fleet *fleet, const mp_deployment *d, mp__arena *scratch,
                           const mp_replica ***out, size_t *count)
{
    const mp_replica **ours;
    size_t n = 0;

    *count = 0;
    for (size_t i = 0; i < fleet->replica_count; i++)
        n += mp__str_equal(fleet->replicas[i]->owner, d->name) &&
             mp__str_equal(fleet->replicas[i]->ns, d->ns);
    *out = ours = MP__NEW_ARRAY(scratch, const mp_replica *, n);
    if (!ours)
        return MP_ENOMEM;
    for (size_t i = 0; i < fleet->replica_count; i++)
        if (mp__str_equal(fleet->replicas[i]->owner, d->name) &&
            mp__str_equal(fleet->replicas[i]->ns, d->ns))
            ours[(*count)++] = fleet->replicas[i];
    return mp__sort(&scratch->alloc, ours, n, sizeof *ours, compare_names, NULL) ? MP_OK
                                                                                 : MP_ENOMEM;
}

static bool kept_already(const mp__placement_list *kept, mp__str cluster, int64_t index)
{
    for (size_t i = 0; i < kept->count; i++)
        if (kept->items[i]->index == index && mp__str_equal(kept->items[i]->cluster, cluster))
            return true;
    return false;
}

/* The pools of an observed engine's members, if each still matches; NULL in *pools otherwise. */
static mp_status match_engine(mp__matcher *m, mp__arena *scratch, const mp_cluster *c,
                              const mp_replica_engine *observed, const mp_engine *engine,
                              const mp_pool ***pools, size_t *claims)
{
    const mp_pool **found = MP__NEW_ARRAY(scratch, const mp_pool *, engine->member_count);

    *pools = NULL;
    if (!found)
        return MP_ENOMEM;
    if (observed->member_count != engine->member_count)
        return MP_OK;
    for (size_t i = 0; i < engine->member_count; i++) {
        const mp__replica_member *o = &observed->members[i];
        const mp__match *match;

        if (o->role != engine->members[i]->role || o->pool.size == 0)
            return MP_OK;
        found[i] = mp_cluster_find_pool(c, o->pool.data, o->pool.size);
        if (!found[i])
            return MP_OK;
        match = mp__matcher_member(m, m->first_member[engine->index] + i, found[i]->profile);
        if (!match)
            return MP_ENOMEM;
        if (!match->matched)
            return MP_OK;
        *claims += match->claims;
    }
    *pools = found;
    return MP_OK;
}

/* Whether the replica names each engine of the deployment once. */
static bool same_engines(const mp_deployment *d, const mp_replica *r)
{
    if (r->engine_count != d->engine_count)
        return false;
    for (size_t i = 0; i < r->engine_count; i++) {
        mp__str name = r->engines[i]->name;

        if (!mp_deployment_find_engine(d, name.data, name.size))
            return false;
        for (size_t j = 0; j < i; j++)
            if (mp__str_equal(r->engines[j]->name, name))
                return false;
    }
    return true;
}

/* A placement of the replica as it is, or NULL in *out where it cannot stay. */
static mp_status keep(mp_plan *plan, mp__matcher *m, mp__arena *scratch, const mp_cluster *c,
                      const mp_replica *r, mp_placement **out)
{
    const mp_deployment *d = plan->deployment;
    mp_placement *p;
    size_t claims = 0;

    *out = NULL;
    if (!same_engines(d, r))
        return MP_OK;
    p = MP__NEW(&plan->arena, mp_placement);
    if (!p)
        return MP_ENOMEM;
    p->engines = MP__NEW_ARRAY(&plan->arena, mp__placed_engine, r->engine_count);
    if (!p->engines)
        return MP_ENOMEM;
    for (size_t e = 0; e < r->engine_count; e++) {
        const mp_replica_engine *observed = r->engines[e];
        const mp_engine *engine = mp_deployment_find_engine(d, observed->name.data,
                                                            observed->name.size);
        const mp_pool **pools;
        mp_status st = match_engine(m, scratch, c, observed, engine, &pools, &claims);

        if (st != MP_OK || !pools)
            return st;
        st = mp__plan_engine(plan, m, engine, pools, &p->engines[p->engine_count++]);
        if (st != MP_OK)
            return st;
    }
    if (claims == 0)
        return MP_OK;
    p->cluster = mp__arena_str(&plan->arena, c->name);
    p->gateway = mp__arena_str(&plan->arena, c->gateway);
    p->replica = mp__arena_str(&plan->arena, r->name);
    p->index = r->index;
    p->retained = true;
    if (plan->arena.failed)
        return MP_ENOMEM;
    *out = p;
    return MP_OK;
}

mp_status mp__retain(mp_plan *plan, mp__matcher *m, mp__arena *scratch, const bool *candidate,
                     mp__placement_list *kept)
{
    const mp_fleet *fleet = m->fleet;
    const mp_replica **ours;
    size_t count;
    mp_status st = find_ours(fleet, plan->deployment, scratch, &ours, &count);

    for (size_t i = 0; st == MP_OK && i < count; i++) {
        const mp_replica *r = ours[i];
        const mp_cluster *c = mp_fleet_find_cluster(fleet, r->cluster.data, r->cluster.size);
        mp_placement *p, **grown;

        if (!c || !candidate[c->index] || kept_already(kept, c->name, r->index) ||
            mp__cluster_untolerated(c, plan->deployment, false))
            continue;
        st = keep(plan, m, scratch, c, r, &p);
        if (st != MP_OK || !p)
            continue;
        grown = mp__arena_push(scratch, kept->items, &kept->count, &kept->capacity, sizeof *grown);
        if (!grown)
            return MP_ENOMEM;
        kept->items = grown;
        grown[kept->count - 1] = p;
    }
    return st;
}

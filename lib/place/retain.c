/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Retention: which observed replicas of the deployment stay where they are.
 *
 * Not asked here, on purpose: whether the cluster is ready or has a gateway, free nodes, NoSchedule
 * taints, and changes to copies, worker nodes, phases, templates or serving, which are stamped onto
 * the kept replica.  Nor the one-pool rule: a replica that runs split is kept split.
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

mp_status mp__find_ours(const mp__owner *owner, mp__arena *scratch, const mp_replica ***out,
                        size_t *count)
{
    const mp_replica *r, **ours;
    size_t n = 0;

    for (r = owner ? owner->replicas : NULL; r; r = r->owner_next)
        n++;
    *count = n;
    *out = ours = MP__NEW_ARRAY(scratch, const mp_replica *, n);
    if (!ours)
        return MP_ENOMEM;
    n = 0;
    for (r = owner ? owner->replicas : NULL; r; r = r->owner_next)
        ours[n++] = r;
    return mp__sort(&scratch->alloc, ours, n, sizeof *ours, compare_names, NULL) ? MP_OK
                                                                                 : MP_ENOMEM;
}

/* Whether the replica has each engine of the deployment, once: engine[i] is that of its i-th. */
static mp_status same_engines(const mp_deployment *d, const mp_replica *r, mp__arena *scratch,
                              const mp_engine ***engines, bool *same)
{
    const mp_engine **of = MP__NEW_ARRAY(scratch, const mp_engine *, d->engine_count);
    bool *seen = MP__NEW_ARRAY(scratch, bool, d->engine_count);

    *engines = of;
    *same = false;
    if (!of || !seen)
        return MP_ENOMEM;
    if (r->engine_count != d->engine_count)
        return MP_OK;
    for (size_t i = 0; i < r->engine_count; i++) {
        of[i] = mp_deployment_find_engine(d, r->engines[i]->name.data, r->engines[i]->name.size);
        if (!of[i] || seen[of[i]->index])
            return MP_OK;
        seen[of[i]->index] = true;
    }
    *same = true;
    return MP_OK;
}

/* The pools of an observed engine's members, if each still matches there; NULL in *pools if not. */
static mp_status match_engine(mp__matcher *m, mp__arena *scratch, const mp_cluster *c,
                              const mp_replica_engine *observed, const mp_engine *engine,
                              const mp_pool ***pools, bool *claims)
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
        if (match->unknown)
            return MP_EBUDGET;
        if (!match->matched)
            return MP_OK;
        *claims |= match->claims > 0;
    }
    *pools = found;
    return MP_OK;
}

/* The pools of every member of a replica that can stay, engine by engine in `pools`. */
static mp_status match_replica(mp__matcher *m, mp__arena *scratch, const mp_replica *r,
                               const mp_engine **engines, const mp_pool ***pools, bool *stays)
{
    bool claims = false;

    for (size_t e = 0; e < r->engine_count; e++) {
        mp_status st = match_engine(m, scratch, r->site->cluster, r->engines[e], engines[e],
                                    &pools[e], &claims);

        if (st != MP_OK || !pools[e])
            return st;
    }
    *stays = claims;
    return MP_OK;
}

/* A placement of the replica as it is, or NULL in *out where it cannot stay. */
static mp_status keep(mp_plan *plan, mp__matcher *m, mp__arena *scratch, const mp_replica *r,
                      mp_placement **out)
{
    const mp_cluster *c = r->site->cluster;
    const mp_pool ***pools = MP__NEW_ARRAY(scratch, const mp_pool **, r->engine_count);
    const mp_engine **engines;
    mp_placement *p;
    bool stays = false;
    mp_status st = pools ? same_engines(plan->deployment, r, scratch, &engines, &stays) : MP_ENOMEM;

    *out = NULL;
    if (st != MP_OK || !stays)
        return st;
    stays = false;
    st = match_replica(m, scratch, r, engines, pools, &stays);
    if (st != MP_OK || !stays)
        return st;
    p = mp__plan_placement(plan, c, r->index, r->engine_count);
    if (!p)
        return MP_ENOMEM;
    p->retained = true;
    p->replica = mp__arena_str(&plan->arena, r->name);
    if (!p->replica.data)
        return MP_ENOMEM;
    for (size_t e = 0; e < r->engine_count; e++) {
        st = mp__plan_engine(plan, m, engines[e], pools[e], &p->engines[e]);
        if (st != MP_OK)
            return st;
    }
    *out = p;
    return MP_OK;
}

mp_status mp__retain(mp_plan *plan, mp__matcher *m, const mp__owner *owner, mp__arena *scratch,
                     mp__kept **kept, size_t *count, mp__table *identities, mp_error *err)
{
    const mp_deployment *d = plan->deployment;
    const mp_replica **ours;
    size_t ours_count;
    mp_status st = mp__find_ours(owner, scratch, &ours, &ours_count);

    *count = 0;
    *kept = st == MP_OK ? MP__NEW_ARRAY(scratch, mp__kept, ours_count) : NULL;
    if (!*kept)
        return mp__fail_nomem(err);
    for (size_t i = 0; i < ours_count; i++) {
        const mp_replica *r = ours[i];
        const mp_cluster *c = r->site->cluster;
        mp__identity id;
        mp_placement *p;

        if (!c || mp__cluster_mismatch(c, d) ||
            mp__table_find(identities, mp__identity_key(&id, r->site, r->index)) ||
            mp__cluster_untolerated(c, d, false))
            continue;
        st = keep(plan, m, scratch, r, &p);
        if (st == MP_OK && p &&
            !mp__table_add(identities, mp__identity_key(&id, r->site, r->index), NULL))
            st = MP_ENOMEM;
        if (st == MP_EBUDGET)
            return mp__fail(
                err, st, "whether replica \"%.*s\" still matches its pools took too long to decide",
                (int)r->name.size, r->name.data);
        if (st != MP_OK)
            return mp__fail_nomem(err);
        if (p)
            (*kept)[(*count)++] = (mp__kept){ r->site, p };
    }
    return MP_OK;
}

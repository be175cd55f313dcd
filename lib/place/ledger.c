/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a cluster demands of those who come, and what is free on it.
 *
 * Observed replicas are charged what they were composed with, their own copies and nodes, whatever
 * the deployment says now.  What is pinned to a pool that is not published cannot run, and is not
 * charged.  Two replicas of one identity are both charged: both hold their nodes until one is gone.
 */
#include "place_internal.h"

const mp__label *mp__cluster_mismatch(const mp_cluster *c, const mp_deployment *d)
{
    for (size_t i = 0; i < d->cluster_selector.count; i++) {
        const mp__label *want = &d->cluster_selector.items[i];
        const mp__str *have = mp__labels_get(&c->labels, want->key);

        if (!have || !mp__str_equal(*have, want->value))
            return want;
    }
    return NULL;
}

const mp__taint *mp__cluster_untolerated(const mp_cluster *c, const mp_deployment *d,
                                         bool no_schedule_too)
{
    for (size_t i = 0; i < c->taint_count; i++) {
        const mp__taint *t = &c->taints[i];

        if ((no_schedule_too || t->effect == MP_EFFECT_NO_EXECUTE) &&
            !mp__deployment_tolerates(d, t->key, t->value, t->effect))
            return t;
    }
    return NULL;
}

mp__str mp__identity_key(mp__identity *id, const mp__site *site, int64_t index)
{
    id->site = site->entry->id;
    id->index = (uint64_t)index;
    return (mp__str){ (const char *)id, sizeof *id };
}

/* Adds to `used` (per pool) what a replica holds, saturating: sums of many are compared, not shown,
 * and saturated addition does not depend on the order. */
static void charge(const mp_cluster *c, const mp_replica *r, int64_t *used)
{
    for (size_t e = 0; e < r->engine_count; e++) {
        const mp_replica_engine *engine = r->engines[e];

        for (size_t i = 0; i < engine->member_count; i++) {
            const mp__replica_member *m = &engine->members[i];
            const mp_pool *p =
                m->claims ? mp_cluster_find_pool(c, m->pool.data, m->pool.size) : NULL;

            if (p)
                used[p->index] = mp__add_saturating(used[p->index],
                                                    mp__mul_saturating(m->nodes, engine->copies));
        }
    }
}

mp_status mp__ledger_free(const mp_cluster *c, const mp__owner *owner, const mp__table *identities,
                          mp__arena *arena, int64_t **free)
{
    int64_t *nodes = MP__NEW_ARRAY(arena, int64_t, c->pool_count);

    *free = nodes;
    if (!nodes)
        return MP_ENOMEM;
    for (const mp_replica *r = c->site->replicas; r; r = r->site_next) {
        mp__identity id;

        if (r->owner != owner ||
            mp__table_find(identities, mp__identity_key(&id, c->site, r->index)))
            charge(c, r, nodes);
    }
    /* The largest number stands for a sum that was too large, so no pool may have as many nodes. */
    for (size_t p = 0; p < c->pool_count; p++)
        nodes[p] = (c->pools[p]->nodes < INT64_MAX ? c->pools[p]->nodes : INT64_MAX - 1) - nodes[p];
    return MP_OK;
}

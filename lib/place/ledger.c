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

bool mp__holds_nodes(const mp_replica *r, const mp__owner *owner, const mp__table *identities)
{
    mp__identity id;
    const mp__entry *e = r->owner == owner
                             ? mp__table_find(identities, mp__identity_key(&id, r->site, r->index))
                             : NULL;

    return r->owner != owner || (e && !e->value);
}

const mp_placement *mp__repaired_by(const mp_replica *r, const mp__owner *owner,
                                    const mp__table *identities)
{
    mp__identity id;
    const mp__entry *e = r->owner == owner
                             ? mp__table_find(identities, mp__identity_key(&id, r->site, r->index))
                             : NULL;
    const mp_placement *p = e ? e->value : NULL;

    return p && !p->retained && mp__str_equal(p->replica, r->name) ? p : NULL;
}

bool mp__stays_put(const mp_placement *p, const mp_replica_engine *o)
{
    for (size_t e = 0; e < p->engine_count; e++)
        if (p->engines[e].kept && mp__str_equal(p->engines[e].engine->name, o->name))
            return true;
    return false;
}

/* What is being summed up for one cluster.  Sums saturate: sums of many are compared, not shown,
 * and saturated addition does not depend on the order. */
typedef struct sums {
    const mp_cluster *cluster;
    int64_t *used;   /* per pool */
    mp__table named; /* nodes that pods name, by pool and name: each counts once */
} sums;

static void add(sums *s, mp__str pool, int64_t nodes)
{
    const mp_pool *p = mp_cluster_find_pool(s->cluster, pool.data, pool.size);

    if (p)
        s->used[p->index] = mp__add_saturating(s->used[p->index], nodes);
}

/* Pods of which it is known where they run. */
static mp_status charge_pods(sums *s, const mp__replica_pods *pods)
{
    if (pods->node.size == 0) {
        add(s, pods->pool, pods->pods);
        return MP_OK;
    }
    if (mp__table_find2(&s->named, pods->pool, pods->node))
        return MP_OK;
    add(s, pods->pool, 1);
    return mp__table_add2(&s->named, pods->pool, pods->node, NULL) ? MP_OK : MP_ENOMEM;
}

static mp_status charge_member(sums *s, const mp__replica_member *m, int64_t copies)
{
    int64_t rest = mp__mul_saturating(m->nodes, copies);

    for (size_t i = 0; i < m->pods_count; i++) {
        rest = rest > m->pods[i].pods ? rest - m->pods[i].pods : 0;
        if (charge_pods(s, &m->pods[i]) != MP_OK)
            return MP_ENOMEM;
    }
    add(s, m->pool, rest);
    return MP_OK;
}

/* `repair`: what leaves only some of its engines there, or NULL. */
static mp_status charge(sums *s, const mp_replica *r, const mp_placement *repair)
{
    for (size_t e = 0; e < r->engine_count; e++) {
        const mp_replica_engine *engine = r->engines[e];

        for (size_t i = 0; i < engine->member_count; i++)
            if (engine->members[i].claims && (!repair || mp__stays_put(repair, engine)) &&
                charge_member(s, &engine->members[i], engine->copies) != MP_OK)
                return MP_ENOMEM;
    }
    return MP_OK;
}

/* Nodes that new pods may use.  The largest number stands for a sum that was too large, so no pool
 * may have as many nodes. */
static int64_t usable(const mp_pool *p)
{
    int64_t nodes = p->nodes < INT64_MAX ? p->nodes : INT64_MAX - 1;
    int64_t lost = mp__add_saturating(p->tiers[MP_TIER_CORDONED], p->tiers[MP_TIER_RESERVED]);

    return nodes > lost ? nodes - lost : 0;
}

/* Whether all that runs holds its nodes and may be anywhere: then the site knows the sums. */
static bool sums_are_known(const mp__site *site, const mp__owner *owner,
                           const mp__table *identities)
{
    bool known = site->located == 0, by_owner;
    const mp_replica *r;

    if (!owner || !known)
        return known;
    by_owner = owner->replica_count < site->replica_count;
    for (r = by_owner ? owner->replicas : site->replicas; r && known;
         r = by_owner ? r->owner_next : r->site_next)
        known = r->site != site || r->owner != owner || mp__holds_nodes(r, owner, identities);
    return known;
}

mp_status mp__ledger_free(const mp_cluster *c, const mp__owner *owner, const mp__table *identities,
                          mp__arena *arena, int64_t **free)
{
    sums s = { .cluster = c, .used = MP__NEW_ARRAY(arena, int64_t, c->pool_count) };
    mp_status st = MP_OK;

    *free = s.used;
    if (!s.used)
        return MP_ENOMEM;
    if (sums_are_known(c->site, owner, identities)) {
        const mp__map *held = c->site->held;

        for (size_t i = 0; held && i < held->count; i++)
            add(&s, held->entries[i].key, mp__sum_get(held->entries[i].value));
    } else {
        mp__table_init(&s.named, &arena->alloc);
        for (const mp_replica *r = c->site->replicas; r && st == MP_OK; r = r->site_next) {
            const mp_placement *repair = mp__repaired_by(r, owner, identities);

            if (repair || mp__holds_nodes(r, owner, identities))
                st = charge(&s, r, repair);
        }
        mp__table_fini(&s.named, NULL, NULL);
    }
    for (size_t p = 0; p < c->pool_count; p++)
        s.used[p] = usable(c->pools[p]) - s.used[p];
    return st;
}

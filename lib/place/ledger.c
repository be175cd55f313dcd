/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger: free nodes per pool of the candidate clusters.
 *
 * Observed replicas are charged what they were composed with, their own copies and nodes, whatever the
 * deployment says now.  What is pinned to a pool that is not published cannot run, and is not charged.
 */
#include "place_internal.h"

mp_status mp__ledger_init(mp__ledger *ledger, mp__arena *arena, const mp_fleet *fleet,
                          const bool *candidate)
{
    ledger->fleet = fleet;
    ledger->free = MP__NEW_ARRAY(arena, int64_t *, fleet->cluster_count);
    if (!ledger->free)
        return MP_ENOMEM;
    for (size_t i = 0; i < fleet->cluster_count; i++) {
        const mp_cluster *c = fleet->clusters[i];

        if (!candidate[i])
            continue;
        ledger->free[i] = MP__NEW_ARRAY(arena, int64_t, c->pool_count);
        if (!ledger->free[i])
            return MP_ENOMEM;
        for (size_t p = 0; p < c->pool_count; p++)
            ledger->free[i][p] = c->pools[p]->nodes;
    }
    return MP_OK;
}

static int64_t pods_of(const mp_replica_engine *e, const mp__replica_member *m)
{
    return m->nodes > INT64_MAX / e->copies ? INT64_MAX : m->nodes * e->copies;
}

void mp__ledger_charge(mp__ledger *ledger, const mp_replica *replica)
{
    const mp_cluster *c = mp_fleet_find_cluster(ledger->fleet, replica->cluster.data,
                                                replica->cluster.size);
    int64_t *free = c ? ledger->free[c->index] : NULL;

    if (!free)
        return;
    for (size_t e = 0; e < replica->engine_count; e++) {
        const mp_replica_engine *engine = replica->engines[e];

        for (size_t i = 0; i < engine->member_count; i++) {
            const mp__replica_member *m = &engine->members[i];
            const mp_pool *p = m->claims ? mp_cluster_find_pool(c, m->pool.data, m->pool.size)
                                         : NULL;
            int64_t pods = pods_of(engine, m);

            if (p)
                free[p->index] = free[p->index] < INT64_MIN + pods ? INT64_MIN
                                                                   : free[p->index] - pods;
        }
    }
}

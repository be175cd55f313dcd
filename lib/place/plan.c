/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan: what it holds, and the getters.  It borrows from the deployment and copies what it
 * needs of the fleet, so it outlives changes of the fleet.
 */
#include "place_internal.h"

mp_placement *mp__plan_placement(mp_plan *plan, const mp_cluster *c, int64_t index,
                                 size_t engine_count)
{
    mp__arena *arena = &plan->arena;
    mp_placement *p = MP__NEW(arena, mp_placement);

    if (!p)
        return NULL;
    p->cluster = mp__arena_str(arena, c->name);
    p->gateway = mp__arena_str(arena, c->gateway);
    p->index = index;
    p->engines = MP__NEW_ARRAY(arena, mp__placed_engine, engine_count);
    p->engine_count = engine_count;
    return p->cluster.data && p->gateway.data && p->engines ? p : NULL;
}

mp_status mp__plan_claim(mp_plan *plan, mp__placed_member *m, const mp_request *request,
                         const mp__profile_device *device)
{
    mp__placed_claim *claim = &m->claims[m->claim_count];

    claim->request = request;
    claim->device_class = mp__arena_str(&plan->arena, device->device_class);
    if (!claim->device_class.data)
        return MP_ENOMEM;
    m->claim_count++;
    return MP_OK;
}

mp_status mp__plan_share(mp_plan *plan, mp__placed_member *m, const mp__row *row)
{
    mp_share *share = NULL, *grown;

    for (size_t i = m->share_count; i-- > 0 && !share;) {
        mp_share *s = &m->shares[i];

        if (s->copy == row->copy && mp__str_equal((mp__str){ s->pool, s->pool_size }, row->pool) &&
            mp__str_equal((mp__str){ s->domain, s->domain_size }, row->domain))
            share = s;
    }
    if (!share) {
        grown = mp__arena_push(&plan->arena, m->shares, &m->share_count, &m->share_capacity,
                               sizeof *grown);
        if (!grown)
            return MP_ENOMEM;
        m->shares = grown;
        share = &grown[m->share_count - 1];
        share->pool = row->pool.data;
        share->pool_size = row->pool.size;
        share->domain = row->domain.data;
        share->domain_size = row->domain.size;
        share->copy = row->copy;
    }
    share->pods = mp__add_saturating(share->pods, row->pods);
    if (!row->again)
        share->nodes = mp__add_saturating(share->nodes, row->nodes);
    return MP_OK;
}

mp_status mp__plan_engine(mp_plan *plan, mp__matcher *m, const mp_engine *engine,
                          const mp_pool *const *pools, mp__placed_engine *out)
{
    out->engine = engine;
    out->members = MP__NEW_ARRAY(&plan->arena, mp__placed_member, engine->member_count);
    if (!out->members)
        return MP_ENOMEM;
    for (size_t i = 0; i < engine->member_count; i++) {
        const mp_member *member = engine->members[i];
        const mp__profile *profile = pools[i]->profile;
        const mp__match *match = mp__matcher_member(m, m->first_member[engine->index] + i, profile);
        mp__placed_member *placed = &out->members[i];
        int64_t pods = mp__member_pods(member);
        uint32_t *device;

        if (!match)
            return MP_ENOMEM;
        placed->pool = mp__arena_str(&plan->arena, pools[i]->name);
        placed->claims = MP__NEW_ARRAY(&plan->arena, mp__placed_claim, match->claims);
        device = MP__NEW_ARRAY(&plan->arena, uint32_t, member->request_count);
        placed->rows = MP__NEW(&plan->arena, mp__row);
        if (!placed->pool.data || !placed->claims || !device || !placed->rows)
            return MP_ENOMEM;
        for (size_t r = 0; r < member->request_count; r++) {
            const mp__profile_device *served_by = &profile->devices[match->device[r]];

            device[r] = match->device[r];
            if (served_by->claim == MP_CLAIM_DRA &&
                mp__plan_claim(plan, placed, member->requests[r], served_by) != MP_OK)
                return MP_ENOMEM;
        }
        placed->row_count = 1;
        placed->rows[0] = (mp__row){ .pool = placed->pool,
                                     .domain = { "", 0 },
                                     .copy = -1,
                                     .pods = pods,
                                     .nodes = match->claims > 0 ? pods : 0,
                                     .device = device };
        if (mp__plan_share(plan, placed, &placed->rows[0]) != MP_OK)
            return MP_ENOMEM;
    }
    return MP_OK;
}

void mp_plan_free(mp_plan *plan)
{
    mp_allocator a;

    if (!plan)
        return;
    a = plan->alloc;
    mp__arena_fini(&plan->arena);
    mp__free(&a, plan);
}

const char *mp_verdict_name(mp_verdict verdict)
{
    switch (verdict) {
    case MP_VERDICT_PLACED:
        return "placed";
    case MP_VERDICT_PARTIAL:
        return "partial";
    case MP_VERDICT_UNKNOWN:
        return "unknown";
    case MP_VERDICT_HELD:
        return "held";
    }
    return "";
}

mp_verdict mp_plan_verdict(const mp_plan *plan)
{
    return plan ? plan->verdict : MP_VERDICT_PARTIAL;
}

uint64_t mp_plan_counter(const mp_plan *plan, mp_counter counter)
{
    return plan && (size_t)counter < MP__COUNTER_COUNT ? plan->counters[counter] : 0;
}

const mp_deployment *mp_plan_deployment(const mp_plan *plan)
{
    return plan ? plan->deployment : NULL;
}

size_t mp_plan_size(const mp_plan *plan)
{
    return plan ? plan->count : 0;
}

const mp_placement *mp_plan_placement(const mp_plan *plan, size_t i)
{
    return plan && i < plan->count ? plan->placements[i] : NULL;
}

static const char *give(mp__str text, size_t *size)
{
    if (size)
        *size = text.size;
    return text.data;
}

const char *mp_placement_cluster(const mp_placement *p, size_t *size)
{
    return give(p->cluster, size);
}

int64_t mp_placement_index(const mp_placement *p)
{
    return p->index;
}

const char *mp_placement_gateway(const mp_placement *p, size_t *size)
{
    return give(p->gateway, size);
}

bool mp_placement_retained(const mp_placement *p)
{
    return p->retained;
}

bool mp_placement_engine_kept(const mp_placement *p, size_t engine)
{
    return engine < p->engine_count && (p->retained || p->engines[engine].kept);
}

size_t mp_placement_engine_count(const mp_placement *p)
{
    return p->engine_count;
}

const mp_engine *mp_placement_engine(const mp_placement *p, size_t engine)
{
    return engine < p->engine_count ? p->engines[engine].engine : NULL;
}

static const mp__placed_member *member_at(const mp_placement *p, size_t engine, size_t member)
{
    if (engine >= p->engine_count || member >= p->engines[engine].engine->member_count)
        return NULL;
    return &p->engines[engine].members[member];
}

const char *mp_placement_pool(const mp_placement *p, size_t engine, size_t member, size_t *size)
{
    const mp__placed_member *m = member_at(p, engine, member);

    return give(m ? m->pool : (mp__str){ NULL, 0 }, size);
}

size_t mp_placement_share_count(const mp_placement *p, size_t engine, size_t member)
{
    const mp__placed_member *m = member_at(p, engine, member);

    return m ? m->share_count : 0;
}

bool mp_placement_share(const mp_placement *p, size_t engine, size_t member, size_t share,
                        mp_share *out)
{
    const mp__placed_member *m = member_at(p, engine, member);

    if (!m || share >= m->share_count)
        return false;
    *out = m->shares[share];
    return true;
}

size_t mp_placement_claim_count(const mp_placement *p, size_t engine, size_t member)
{
    const mp__placed_member *m = member_at(p, engine, member);

    return m ? m->claim_count : 0;
}

const mp_request *mp_placement_claim(const mp_placement *p, size_t engine, size_t member,
                                     size_t claim, const char **device_class,
                                     size_t *device_class_size)
{
    const mp__placed_member *m = member_at(p, engine, member);
    bool there = m && claim < m->claim_count;
    const char *text =
        give(there ? m->claims[claim].device_class : (mp__str){ NULL, 0 }, device_class_size);

    if (device_class)
        *device_class = text;
    return there ? m->claims[claim].request : NULL;
}

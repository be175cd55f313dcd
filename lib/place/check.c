/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checker: verifies a plan from the inputs alone.
 *
 * It runs the selectors itself and redoes every sum.  It proves that what the plan does is allowed,
 * that no running replica was let go which could stay, and that a refusal with a certificate is
 * right.
 *
 * Where a rule depends on what a member would get elsewhere, the checker walks that pool the simple
 * way: each request takes the first entry that serves it.  If that works it is the first answer,
 * and proves the point; if it does not, the checker does not judge.
 */
#include "check_internal.h"
#include <inttypes.h>

void *mp__checker_get(checker *c, size_t count, size_t size)
{
    void *got = mp__arena_calloc(&c->arena, count, size);

    c->nomem |= !got;
    return got;
}

/* ---- the cluster ---- */

static bool tolerated(const mp_deployment *d, const mp__taint *taint)
{
    bool any = false;

    for (size_t i = 0; i < d->toleration_count && !any; i++) {
        const mp__toleration *t = &d->tolerations[i];
        bool exists = t->op == MP_TOLERATION_EXISTS;

        any = (mp__str_equal(t->key, taint->key) || (exists && t->key.size == 0)) &&
              (exists || mp__str_equal(t->value, taint->value)) &&
              (t->effect == taint->effect || t->effect == MP_EFFECT_ANY);
    }
    return any;
}

static bool carries(const mp__labels *labels, mp__str key, mp__str value)
{
    for (size_t i = 0; i < labels->count; i++)
        if (mp__str_equal(labels->items[i].key, key))
            return mp__str_equal(labels->items[i].value, value);
    return false;
}

rule mp__checker_cluster(const checker *c, bool retained)
{
    const mp_cluster *k = c->cluster;

    for (size_t i = 0; i < c->d->cluster_selector.count; i++)
        if (!carries(&k->labels, c->d->cluster_selector.items[i].key,
                     c->d->cluster_selector.items[i].value))
            return "the cluster lacks a label that the deployment selects by";
    for (size_t i = 0; i < k->taint_count; i++)
        if ((!retained || k->taints[i].effect == MP_EFFECT_NO_EXECUTE) &&
            !tolerated(c->d, &k->taints[i]))
            return "the cluster has a taint that is not tolerated";
    if (retained)
        return NULL;
    return !k->ready                     ? "new on a cluster that is not ready"
           : k->gateway.size == 0        ? "new on a cluster without a gateway address"
           : mp__checker_barred(c, NULL) ? "new where an affinity forbids it"
                                         : NULL;
}

/* Whether pods of the replica are on the pool's fabric. */
static bool runs_near(const mp_replica *r, const mp_pool *pool)
{
    for (size_t e = 0; e < r->engine_count; e++)
        for (size_t i = 0; i < r->engines[e]->member_count; i++)
            for (size_t k = 0; k <= r->engines[e]->members[i].pods_count; k++) {
                const mp__replica_member *m = &r->engines[e]->members[i];
                mp__str name = k < m->pods_count ? m->pods[k].pool : m->pool;
                const mp_pool *q = mp_cluster_find_pool(pool->cluster, name.data, name.size);

                if (q &&
                    (q == pool || (q->fabric.size > 0 && mp__str_equal(q->fabric, pool->fabric))))
                    return true;
            }
    return false;
}

bool mp__checker_barred(const checker *c, const mp_pool *pool)
{
    bool barred = false;

    for (size_t i = 0; i < c->d->affinity_count && !barred; i++) {
        const mp__affinity *a = &c->d->affinities[i];
        bool near = false;

        if ((a->scope == MP_SCOPE_FABRIC) != (pool != NULL))
            continue;
        for (const mp_replica *r = c->cluster->site->replicas; r && !near; r = r->site_next)
            near = r->owner != c->owner && carries(&r->labels, a->key, a->value) &&
                   (!pool || runs_near(r, pool));
        barred = near == a->anti;
    }
    return barred;
}

/* ---- devices ---- */

bool mp__checker_serves(checker *c, const mp_request *r, const mp_device *device)
{
    bool yes = true;

    for (size_t i = 0; yes && i < r->selector_count; i++)
        c->nomem |= mp_cel_match(r->selectors[i], mp_device_cel(device), &yes, NULL) == MP_ENOMEM;
    return yes;
}

static int64_t *counts_of(checker *c, const mp_pool *pool)
{
    int64_t *left = mp__checker_get(c, pool->device_count, sizeof *left);

    for (size_t i = 0; left && i < pool->device_count; i++)
        left[i] = pool->devices[i]->count;
    return left;
}

/* What a member claims on a pool if each request takes the first entry that serves it; -1 if some
 * finds none.  `device` may be NULL. */
static int walk(checker *c, const mp_member *m, const mp_pool *pool, uint32_t *device)
{
    int64_t *left = counts_of(c, pool);
    int claims = 0;

    for (size_t r = 0; r < m->request_count; r++) {
        size_t i = 0;

        while (left && i < pool->device_count &&
               (left[i] < m->requests[r]->count ||
                !mp__checker_serves(c, m->requests[r], pool->devices[i])))
            i++;
        if (!left || i == pool->device_count)
            return -1;
        left[i] -= m->requests[r]->count;
        claims += pool->devices[i]->kind->claim == MP_CLAIM_DRA;
        if (device)
            device[r] = (uint32_t)i;
    }
    return claims;
}

bool mp__checker_must_claim(checker *c, const mp_member *m)
{
    bool any = false;

    for (size_t i = 0; i < c->cluster->pool_count && m->request_count > 0 && !any; i++)
        any = walk(c, m, c->cluster->pools[i], NULL) > 0;
    return any;
}

/* Whole nodes, pools as published, and no wishes: requests get the first devices there are. */
static bool plain(const checker *c)
{
    bool yes = c->opts.accounting == MP_ACCOUNTING_NODES && c->opts.span == MP_SPAN_POOL &&
               c->opts.pools == MP_POOLS_FIRST && c->d->wish.level.size == 0;

    for (size_t g = 0; g < c->d->group_count; g++)
        yes &= c->d->groups[g].wish.level.size == 0;
    for (size_t e = 0; e < c->d->engine_count; e++)
        yes &= c->d->engines[e]->span == MP_SPAN_POOL && c->d->engines[e]->wish.level.size == 0;
    for (size_t a = 0; a < c->d->affinity_count; a++)
        yes &= c->d->affinities[a].scope != MP_SCOPE_FABRIC;
    return yes;
}

/* The devices that pods of a row get: there, enough, right, and claimed if DRA. */
static rule check_devices(checker *c, const mp_member *m, const mp__placed_member *placed,
                          const mp__row *row, const mp_pool *pool)
{
    int64_t *left = counts_of(c, pool);
    uint32_t *first = mp__checker_get(c, m->request_count, sizeof *first);
    bool judged = first && plain(c) && walk(c, m, pool, first) > 0;
    size_t claims = 0;

    for (size_t r = 0; r < m->request_count && left; r++) {
        uint32_t i = row->device[r];
        const mp_request *q = m->requests[r];
        const mp_device *device = i < pool->device_count ? pool->devices[i] : NULL;

        if (!device || left[i] < q->count)
            return "a pool lacks devices that a request needs";
        left[i] -= q->count;
        if (!mp__checker_serves(c, q, device))
            return "a device does not satisfy the selectors of its request";
        if (judged && first[r] != i)
            return "a request could have had a device before the one it got";
        if (device->kind->claim != MP_CLAIM_DRA)
            continue;
        if (claims >= placed->claim_count || placed->claims[claims].request != q ||
            !mp__str_equal(placed->claims[claims].device_class, device->kind->device_class))
            return "the claims are not those of the devices";
        claims++;
    }
    return claims == placed->claim_count ? NULL : "there are more claims than devices to claim";
}

/* ---- engines ---- */

static rule check_member(checker *c, const mp_placement *p, const mp__placed_engine *e, size_t m)
{
    const mp__placed_member *placed = &e->members[m];
    const mp_member *member = e->engine->members[m];
    int64_t pods = 0;
    rule broken = NULL;

    for (size_t i = 0; i < placed->row_count && !broken; i++) {
        const mp__row *row = &placed->rows[i];
        const mp_pool *pool = mp_cluster_find_pool(c->cluster, row->pool.data, row->pool.size);

        if (!pool)
            return "a pool that the cluster does not publish";
        if (!p->retained && !e->kept && mp__checker_barred(c, pool))
            return "new where an affinity forbids it";
        if (row->pods < 1 || (placed->claim_count > 0) != (row->nodes > 0))
            return "pods without nodes, or nodes without pods";
        pods = mp__add_saturating(pods, row->pods);
        broken = check_devices(c, member, placed, row, pool);
    }
    if (broken)
        return broken;
    if (pods != mp__member_pods(member) || !mp__str_equal(placed->pool, placed->rows[0].pool))
        return "not as many pods as the member has";
    if (!p->retained && !e->kept && placed->claim_count == 0 && mp__checker_must_claim(c, member))
        return "a member is stranded: it could claim devices on another pool";
    return NULL;
}

static rule check_engines(checker *c, const mp_placement *p)
{
    bool *seen = mp__checker_get(c, c->d->engine_count, sizeof *seen);
    size_t claims = 0;

    if (p->engine_count != c->d->engine_count)
        return "the number of engines differs from the deployment's";
    for (size_t e = 0; e < p->engine_count && seen; e++) {
        const mp_engine *engine = p->engines[e].engine;
        size_t before = claims;

        if (engine->deployment != c->d || seen[engine->index])
            return "an engine is there twice, or is another deployment's";
        seen[engine->index] = true;
        if (!p->retained && engine->index != e)
            return "the engines of a new replica are out of order";
        for (size_t m = 0; m < engine->member_count; m++) {
            rule broken = check_member(c, p, &p->engines[e], m);

            if (broken)
                return broken;
            claims += p->engines[e].members[m].claim_count;
        }
        if (!p->retained && claims == before)
            return "an engine claims no device";
    }
    return claims > 0 ? NULL : "no member claims a device";
}

/* ---- retention ---- */

static bool same_engine(const mp_replica_engine *o, const mp__placed_engine *placed)
{
    bool same = mp__str_equal(o->name, placed->engine->name) &&
                o->member_count == placed->engine->member_count;

    for (size_t m = 0; same && m < o->member_count; m++)
        same = o->members[m].role == placed->engine->members[m]->role &&
               mp__str_equal(o->members[m].pool, placed->members[m].pool);
    return same;
}

/* Whether the replica that a placement names was observed, with the engines that are left where
 * they are: all in their order if it is retained. */
static bool was_observed(const checker *c, const mp_placement *p)
{
    const mp_replica *r = mp_fleet_find_replica(c->fleet, c->d->ns.data, c->d->ns.size,
                                                p->replica.data, p->replica.size);
    bool all = p->retained;

    if (!r || r->owner != c->owner || r->site->cluster != c->cluster || r->index != p->index ||
        (all && r->engine_count != p->engine_count))
        return false;
    for (size_t e = 0; e < p->engine_count; e++) {
        bool found = !all && !p->engines[e].kept;

        for (size_t i = all ? e : 0; i < (all ? e + 1 : r->engine_count) && !found; i++)
            found = same_engine(r->engines[i], &p->engines[e]);
        if (!found)
            return false;
    }
    return true;
}

/* Whether an observed replica of ours can stay beyond doubt. */
static bool may_stay(checker *c, const mp_replica *r)
{
    bool *seen = mp__checker_get(c, c->d->engine_count, sizeof *seen);
    int claims = 0;

    c->cluster = r->site->cluster;
    if (!seen || !c->cluster || mp__checker_cluster(c, true) ||
        r->engine_count != c->d->engine_count)
        return false;
    for (size_t e = 0; e < r->engine_count; e++) {
        const mp_replica_engine *o = r->engines[e];
        const mp_engine *engine = mp_deployment_find_engine(c->d, o->name.data, o->name.size);

        if (!engine || seen[engine->index] || engine->member_count != o->member_count)
            return false;
        seen[engine->index] = true;
        for (size_t m = 0; m < engine->member_count; m++) {
            mp__str name = o->members[m].pool;
            const mp_pool *pool = mp_cluster_find_pool(c->cluster, name.data, name.size);
            bool there = pool && name.size > 0 && o->members[m].role == engine->members[m]->role;
            int got = there ? walk(c, engine->members[m], pool, NULL) : -1;

            if (got < 0)
                return false;
            claims += got;
        }
    }
    return claims > 0;
}

static int compare_identity(const mp_placement *p, mp__str cluster, int64_t index)
{
    int order = mp__str_compare(p->cluster, cluster);

    return order != 0 ? order : p->index < index ? -1 : p->index > index;
}

const mp_placement *mp__checker_find(const checker *c, mp__str cluster, int64_t index)
{
    size_t low = 0, high = c->plan->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare_identity(c->plan->placements[middle], cluster, index) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < c->plan->count && compare_identity(c->plan->placements[low], cluster, index) == 0
               ? c->plan->placements[low]
               : NULL;
}

/* No replica that can stay is gone, unless there are enough without it and none is new. */
static mp_status check_kept(checker *c, mp_error *err)
{
    bool any_new = false;

    for (size_t i = 0; i < c->plan->count; i++)
        any_new |= !c->plan->placements[i]->retained;
    for (const mp_replica *r = c->owner ? c->owner->replicas : NULL; r; r = r->owner_next) {
        const mp_placement *p;

        mp__arena_reset(&c->arena);
        if (!may_stay(c, r))
            continue;
        p = mp__checker_find(c, r->site->cluster->name, r->index);
        if (p && p->retained && mp__str_compare(p->replica, r->name) > 0)
            return mp__fail(err, MP_ECHECK, "replica \"%.*s\" of this identity goes first by name",
                            (int)r->name.size, r->name.data);
        if (p ? !p->retained : any_new || c->plan->count < (uint64_t)c->d->replicas)
            return mp__fail(err, MP_ECHECK, "replica \"%.*s\" can stay but is not kept",
                            (int)r->name.size, r->name.data);
    }
    return MP_OK;
}

/* ---- the plan ---- */

/* `smaller`: how many of the placements before it on the cluster have an index from 0 on. */
static rule check_placement(checker *c, const mp_placement *p, int64_t smaller)
{
    rule broken = mp__checker_cluster(c, p->retained);

    if (broken)
        return broken;
    if (!mp__str_equal(p->gateway, c->cluster->gateway))
        return "the gateway is not that of the cluster";
    if (!p->retained && c->opts.no_fill)
        return "new, though filling is switched off";
    if (!p->retained && p->replica.size == 0 && p->index > smaller)
        return "a smaller index is free";
    if (p->retained && !was_observed(c, p))
        return "retained, but no such replica was observed";
    if (!p->retained && p->replica.size > 0 && !(c->opts.least_movement && was_observed(c, p)))
        return "no such replica could be repaired";
    return check_engines(c, p);
}

static mp_status check_counts(const checker *c, mp_error *err)
{
    const mp_plan *plan = c->plan;
    uint64_t wanted = (uint64_t)c->d->replicas;
    bool full = plan->count == wanted, held = plan->verdict == MP_VERDICT_HELD;

    if (plan->deployment != c->d)
        return mp__fail(err, MP_ECHECK, "the plan is of another deployment");
    if (plan->count > wanted)
        return mp__fail(err, MP_ECHECK, "%zu placements for %" PRIu64 " replicas", plan->count,
                        wanted);
    if (full != (plan->verdict == MP_VERDICT_PLACED) || (!full && held != c->opts.no_fill))
        return mp__fail(err, MP_ECHECK, "%zu placements for %" PRIu64 " replicas are not \"%s\"",
                        plan->count, wanted, mp_verdict_name(plan->verdict));
    for (size_t i = 1; i < plan->count; i++)
        if (compare_identity(plan->placements[i - 1], plan->placements[i]->cluster,
                             plan->placements[i]->index) >= 0)
            return mp__fail(err, MP_ECHECK, "placement %zu is out of order, or there twice", i);
    return MP_OK;
}

bool mp__checker_open(checker *c, mp__str name)
{
    mp__arena_reset(&c->arena);
    c->cluster = mp_fleet_find_cluster(c->fleet, name.data, name.size);
    c->list = NULL;
    c->seen = NULL;
    c->count = 0;
    c->places = mp__checker_get(c, c->cluster ? c->cluster->pool_count : 0, sizeof *c->places);
    return c->cluster && c->places;
}

/* All that is said of one cluster: the placements [first, end), and a certificate or NULL. */
static mp_status check_cluster(checker *c, mp__str name, size_t first, size_t end,
                               const mp__certificate *refusal, mp_error *err)
{
    const mp_placement *p = NULL;
    bool there = mp__checker_open(c, name);
    rule broken = there || c->nomem ? NULL : "there is no such cluster";
    int64_t smaller = 0;

    for (size_t i = first; i < end && !broken && !c->nomem; i++) {
        p = c->plan->placements[i];
        broken = check_placement(c, p, smaller);
        smaller += p->index >= 0;
    }
    if (refusal && !broken && !c->nomem)
        mp__checker_places(c);
    if (!broken && !c->nomem)
        broken = mp__checker_room(c, first, end, &p);
    if (broken && p)
        return mp__fail(err, MP_ECHECK, "%.*s/%" PRId64 ": %s", (int)name.size, name.data, p->index,
                        broken);
    if (!broken && refusal && !c->nomem)
        broken = mp__checker_refusal(c, refusal);
    return broken && !c->nomem
               ? mp__fail(err, MP_ECHECK, "%.*s: %s", (int)name.size, name.data, broken)
               : MP_OK;
}

/* Cluster by cluster, in the order of names, which placements and certificates are both in. */
static mp_status check(checker *c, mp_error *err)
{
    const mp_plan *plan = c->plan;
    mp_status st = check_counts(c, err);
    size_t i = 0, k = 0;

    while (st == MP_OK && !c->nomem && (i < plan->count || k < plan->certificate_count)) {
        const mp__certificate *of = k < plan->certificate_count ? &plan->certificates[k] : NULL;
        mp__str name = i < plan->count ? plan->placements[i]->cluster : of->cluster;
        size_t first = i;

        if (of && mp__str_compare(of->cluster, name) < 0)
            name = of->cluster;
        while (i < plan->count && mp__str_equal(plan->placements[i]->cluster, name))
            i++;
        of = of && mp__str_equal(of->cluster, name) ? of : NULL;
        k += of != NULL;
        st = check_cluster(c, name, first, i, of, err);
    }
    return st == MP_OK && !c->nomem ? check_kept(c, err) : st;
}

void mp__checker_init(checker *c, const mp_fleet *fleet, const mp_deployment *d,
                      const mp_schedule_opts *opts, const mp_plan *plan)
{
    static const mp_schedule_opts defaults = MP_SCHEDULE_OPTS_INIT;

    memset(c, 0, sizeof *c);
    c->fleet = fleet;
    c->d = d;
    c->plan = plan;
    c->owner = mp__fleet_owner(fleet, d->ns, d->name);
    c->opts = opts && opts->version >= 2 ? *opts : defaults;
    c->opts.no_fill = opts && opts->no_fill;
    mp__arena_init(&c->arena, &fleet->alloc);
}

mp_status mp_plan_check(const mp_fleet *fleet, const mp_deployment *d, const mp_schedule_opts *opts,
                        const mp_plan *plan, mp_error *err)
{
    checker c;
    mp_status st;

    mp__error_clear(err);
    mp__checker_init(&c, fleet, d, opts, plan);
    st = check(&c, err);
    st = c.nomem ? MP_ENOMEM : st;
    mp__arena_fini(&c.arena);
    return st == MP_OK ? st : mp__fail(err, st, "%s", mp_status_text(st));
}

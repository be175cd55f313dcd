/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checker: verifies a plan from the inputs alone.
 *
 * It shares the structs of the scheduler but none of its functions: it runs the selectors itself
 * and redoes every sum.  It proves that what the plan does is allowed, and that no running replica
 * was let go which could stay.  Whether more would have fitted is a question for a search, not for
 * a checker.
 *
 * Where a rule depends on what a member would get elsewhere, the checker walks that pool the simple
 * way: each request takes the first entry that serves it.  If that works it is the first answer,
 * and proves the point; if it does not, the checker does not judge.
 */
#include "solve_internal.h"
#include <inttypes.h>

typedef struct checker {
    const mp_fleet *fleet;
    const mp_deployment *d;
    const mp_plan *plan;
    const mp__owner *owner;
    mp_schedule_opts opts;
    mp__arena scratch; /* of one cluster */
    mp_error *err;
} checker;

static mp_status refuse(checker *c, const mp_placement *p, const char *rule)
{
    return mp__fail(c->err, MP_ECHECK, "%.*s/%" PRId64 ": %s", (int)p->cluster.size,
                    p->cluster.data, p->index, rule);
}

static int compare_identity(const mp_placement *p, mp__str cluster, int64_t index)
{
    int order = mp__str_compare(p->cluster, cluster);

    return order != 0 ? order : p->index < index ? -1 : p->index > index;
}

/* ---- counts and order ---- */

static mp_status check_counts(checker *c)
{
    const mp_plan *plan = c->plan;
    uint64_t wanted = (uint64_t)c->d->replicas;
    bool full = plan->count == wanted, held = plan->verdict == MP_VERDICT_HELD;

    if (plan->deployment != c->d)
        return mp__fail(c->err, MP_ECHECK, "the plan is of another deployment");
    if (plan->count > wanted)
        return mp__fail(c->err, MP_ECHECK, "%zu placements for %" PRIu64 " replicas", plan->count,
                        wanted);
    if (full != (plan->verdict == MP_VERDICT_PLACED) || (!full && held != c->opts.no_fill))
        return mp__fail(c->err, MP_ECHECK, "%zu placements for %" PRIu64 " replicas are not \"%s\"",
                        plan->count, wanted, mp_verdict_name(plan->verdict));
    for (size_t i = 1; i < plan->count; i++) {
        const mp_placement *p = plan->placements[i];

        if (compare_identity(plan->placements[i - 1], p->cluster, p->index) >= 0)
            return refuse(c, p, "out of order, or there twice");
    }
    return MP_OK;
}

/* ---- the cluster ---- */

static bool tolerated(const mp_deployment *d, const mp__taint *taint)
{
    for (size_t i = 0; i < d->toleration_count; i++) {
        const mp__toleration *t = &d->tolerations[i];
        bool exists = t->op == MP_TOLERATION_EXISTS;
        bool key = mp__str_equal(t->key, taint->key) || (exists && t->key.size == 0);
        bool value = exists || mp__str_equal(t->value, taint->value);

        if (key && value && (t->effect == taint->effect || t->effect == MP_EFFECT_ANY))
            return true;
    }
    return false;
}

static bool carries(const mp_cluster *cluster, const mp__label *want)
{
    for (size_t i = 0; i < cluster->labels.count; i++)
        if (mp__str_equal(cluster->labels.items[i].key, want->key))
            return mp__str_equal(cluster->labels.items[i].value, want->value);
    return false;
}

/* What is wrong with a cluster, for a replica that runs there or a new one; or NULL. */
static const char *cluster_fault(const mp_deployment *d, const mp_cluster *cluster, bool retained)
{
    for (size_t i = 0; i < d->cluster_selector.count; i++)
        if (!carries(cluster, &d->cluster_selector.items[i]))
            return "the cluster lacks a label that the deployment selects by";
    for (size_t i = 0; i < cluster->taint_count; i++)
        if ((!retained || cluster->taints[i].effect == MP_EFFECT_NO_EXECUTE) &&
            !tolerated(d, &cluster->taints[i]))
            return "the cluster has a taint that is not tolerated";
    if (!retained && !cluster->ready)
        return "new on a cluster that is not ready";
    if (!retained && cluster->gateway.size == 0)
        return "new on a cluster without a gateway address";
    return NULL;
}

/* ---- devices ---- */

static bool plain(const checker *c)
{
    return !mp__ask_is_general(c->d, &c->opts);
}

static mp_status satisfies(const mp_request *r, const mp_device *device, bool *yes)
{
    *yes = true;
    for (size_t i = 0; *yes && i < r->selector_count; i++)
        if (mp_cel_match(r->selectors[i], mp_device_cel(device), yes, NULL) == MP_ENOMEM)
            return MP_ENOMEM;
    return MP_OK;
}

/* What a member gets on a pool if each request takes the first entry that serves it. */
typedef struct walk {
    bool served;      /* every request found one */
    bool claims;      /* and one of them was a DRA device */
    uint32_t *device; /* per request */
} walk;

static int64_t *counts_of(checker *c, const mp_pool *pool)
{
    int64_t *left = MP__NEW_ARRAY(&c->scratch, int64_t, pool->device_count);

    for (size_t i = 0; left && i < pool->device_count; i++)
        left[i] = pool->devices[i]->count;
    return left;
}

static mp_status walk_pool(checker *c, const mp_member *m, const mp_pool *pool, walk *w)
{
    int64_t *left = counts_of(c, pool);

    w->device = MP__NEW_ARRAY(&c->scratch, uint32_t, m->request_count);
    w->served = w->claims = false;
    if (!left || !w->device)
        return MP_ENOMEM;
    for (size_t r = 0; r < m->request_count; r++) {
        bool yes = false;
        size_t i;

        for (i = 0; i < pool->device_count; i++) {
            if (left[i] < m->requests[r]->count)
                continue;
            if (satisfies(m->requests[r], pool->devices[i], &yes) != MP_OK)
                return MP_ENOMEM;
            if (yes)
                break;
        }
        if (!yes)
            return MP_OK;
        left[i] -= m->requests[r]->count;
        w->device[r] = (uint32_t)i;
        w->claims |= pool->devices[i]->claim == MP_CLAIM_DRA;
    }
    w->served = true;
    return MP_OK;
}

/* The devices that pods of a row get: there, enough, right, and claimed if DRA.  Where pods stay in
 * one pool and take whole nodes they are the first ones, too. */
static mp_status check_devices(checker *c, const mp_placement *p, const mp_member *m,
                               const mp__placed_member *placed, const mp__row *row,
                               const mp_pool *pool)
{
    int64_t *left = counts_of(c, pool);
    size_t claims = 0;
    walk w = { 0 };

    if (!left || (plain(c) && walk_pool(c, m, pool, &w) != MP_OK))
        return MP_ENOMEM;
    for (size_t r = 0; r < m->request_count; r++) {
        uint32_t i = row->device[r];
        const mp_device *device = i < pool->device_count ? pool->devices[i] : NULL;
        bool yes = false;

        if (!device || left[i] < m->requests[r]->count)
            return refuse(c, p, "a pool lacks devices that a request needs");
        left[i] -= m->requests[r]->count;
        if (satisfies(m->requests[r], device, &yes) != MP_OK)
            return MP_ENOMEM;
        if (!yes)
            return refuse(c, p, "a device does not satisfy the selectors of its request");
        if (w.served && w.claims && w.device[r] != i)
            return refuse(c, p, "a request could have had a device before the one it got");
        if (device->claim != MP_CLAIM_DRA)
            continue;
        if (claims >= placed->claim_count || placed->claims[claims].request != m->requests[r] ||
            !mp__str_equal(placed->claims[claims].device_class, device->device_class))
            return refuse(c, p, "the claims are not those of the devices");
        claims++;
    }
    if (claims != placed->claim_count)
        return refuse(c, p, "there are more claims than devices to claim");
    return MP_OK;
}

static mp_status check_stranding(checker *c, const mp_placement *p, const mp_member *m,
                                 const mp_cluster *cluster)
{
    for (size_t i = 0; i < cluster->pool_count && m->request_count > 0; i++) {
        walk w;

        if (walk_pool(c, m, cluster->pools[i], &w) != MP_OK)
            return MP_ENOMEM;
        if (w.served && w.claims)
            return refuse(c, p, "a member is stranded: it could claim devices on another pool");
    }
    return MP_OK;
}

/* ---- engines ---- */

static mp_status check_member(checker *c, const mp_placement *p, const mp_cluster *cluster,
                              const mp__placed_engine *e, size_t member)
{
    const mp__placed_member *placed = &e->members[member];
    const mp_member *m = e->engine->members[member];
    int64_t pods = 0;
    mp_status st = MP_OK;

    for (size_t i = 0; i < placed->row_count && st == MP_OK; i++) {
        const mp__row *row = &placed->rows[i];
        const mp_pool *pool = mp_cluster_find_pool(cluster, row->pool.data, row->pool.size);

        if (!pool)
            return refuse(c, p, "a pool that the cluster does not publish");
        if (row->pods < 1 || (placed->claim_count > 0) != (row->nodes > 0))
            return refuse(c, p, "pods without nodes, or nodes without pods");
        pods = mp__add_saturating(pods, row->pods);
        st = check_devices(c, p, m, placed, row, pool);
    }
    if (st == MP_OK &&
        (pods != mp__member_pods(m) || !mp__str_equal(placed->pool, placed->rows[0].pool)))
        return refuse(c, p, "not as many pods as the member has");
    if (st == MP_OK && !p->retained && placed->claim_count == 0)
        st = check_stranding(c, p, m, cluster);
    return st;
}

static mp_status check_engines(checker *c, const mp_placement *p, const mp_cluster *cluster)
{
    bool *seen = MP__NEW_ARRAY(&c->scratch, bool, c->d->engine_count);
    size_t claims = 0;

    if (!seen)
        return MP_ENOMEM;
    if (p->engine_count != c->d->engine_count)
        return refuse(c, p, "the number of engines differs from the deployment's");
    for (size_t e = 0; e < p->engine_count; e++) {
        const mp_engine *engine = p->engines[e].engine;
        size_t before = claims;

        if (engine->deployment != c->d || seen[engine->index])
            return refuse(c, p, "an engine is there twice, or is another deployment's");
        seen[engine->index] = true;
        if (!p->retained && engine->index != e)
            return refuse(c, p, "the engines of a new replica are out of order");
        for (size_t m = 0; m < engine->member_count; m++) {
            mp_status st = check_member(c, p, cluster, &p->engines[e], m);

            if (st != MP_OK)
                return st;
            claims += p->engines[e].members[m].claim_count;
        }
        if (!p->retained && claims == before)
            return refuse(c, p, "an engine claims no device");
    }
    return claims > 0 ? MP_OK : refuse(c, p, "no member claims a device");
}

/* ---- retention ---- */

/* Whether a placement keeps an observed replica on exactly the pools it runs on. */
static bool keeps(const checker *c, const mp_placement *p, const mp_replica *r)
{
    if (r->owner != c->owner || !r->site->cluster || r->engine_count != p->engine_count ||
        compare_identity(p, r->site->cluster->name, r->index) != 0)
        return false;
    for (size_t e = 0; e < r->engine_count; e++) {
        const mp_replica_engine *observed = r->engines[e];
        const mp__placed_engine *placed = &p->engines[e];

        if (!mp__str_equal(observed->name, placed->engine->name) ||
            observed->member_count != placed->engine->member_count)
            return false;
        for (size_t m = 0; m < observed->member_count; m++)
            if (observed->members[m].role != placed->engine->members[m]->role ||
                !mp__str_equal(observed->members[m].pool, placed->members[m].pool))
                return false;
    }
    return true;
}

/* Whether the engines that a placement leaves in place run where it says. */
static bool repairs(const checker *c, const mp_placement *p)
{
    const mp_replica *r = mp_fleet_find_replica(c->fleet, c->d->ns.data, c->d->ns.size,
                                                p->replica.data, p->replica.size);

    if (!r || !c->opts.least_movement || r->owner != c->owner || !r->site->cluster ||
        compare_identity(p, r->site->cluster->name, r->index) != 0)
        return false;
    for (size_t e = 0; e < p->engine_count; e++) {
        const mp__placed_engine *placed = &p->engines[e];
        bool same = !placed->kept;

        for (size_t i = 0; i < r->engine_count && !same; i++) {
            const mp_replica_engine *o = r->engines[i];

            same = mp__str_equal(o->name, placed->engine->name) &&
                   o->member_count == placed->engine->member_count;
            for (size_t m = 0; same && m < o->member_count; m++)
                same = o->members[m].role == placed->engine->members[m]->role &&
                       mp__str_equal(o->members[m].pool, placed->members[m].pool);
        }
        if (!same)
            return false;
    }
    return true;
}

/* Whether an observed replica of ours can stay beyond doubt. */
static mp_status may_stay(checker *c, const mp_replica *r, bool *yes)
{
    const mp_cluster *cluster = r->site->cluster;
    bool claims = false, *seen = MP__NEW_ARRAY(&c->scratch, bool, c->d->engine_count);

    *yes = false;
    if (!seen)
        return MP_ENOMEM;
    if (!cluster || cluster_fault(c->d, cluster, true) || r->engine_count != c->d->engine_count)
        return MP_OK;
    for (size_t e = 0; e < r->engine_count; e++) {
        const mp_replica_engine *observed = r->engines[e];
        const mp_engine *engine =
            mp_deployment_find_engine(c->d, observed->name.data, observed->name.size);

        if (!engine || seen[engine->index] || engine->member_count != observed->member_count)
            return MP_OK;
        seen[engine->index] = true;
        for (size_t m = 0; m < engine->member_count; m++) {
            mp__str name = observed->members[m].pool;
            const mp_pool *pool = mp_cluster_find_pool(cluster, name.data, name.size);
            walk w;

            if (observed->members[m].role != engine->members[m]->role || name.size == 0 || !pool)
                return MP_OK;
            if (walk_pool(c, engine->members[m], pool, &w) != MP_OK)
                return MP_ENOMEM;
            if (!w.served)
                return MP_OK;
            claims |= w.claims;
        }
    }
    *yes = claims;
    return MP_OK;
}

/* The placement of an identity, or NULL. */
static const mp_placement *find_placement(const checker *c, mp__str cluster, int64_t index)
{
    size_t low = 0, high = c->plan->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_identity(c->plan->placements[middle], cluster, index);

        if (order == 0)
            return c->plan->placements[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* No replica that can stay is gone, unless there are enough without it and none is new. */
static mp_status check_kept(checker *c)
{
    bool any_new = false;

    for (size_t i = 0; i < c->plan->count; i++)
        any_new |= !c->plan->placements[i]->retained;
    for (const mp_replica *r = c->owner ? c->owner->replicas : NULL; r; r = r->owner_next) {
        const mp_placement *p;
        bool yes;

        mp__arena_reset(&c->scratch);
        if (may_stay(c, r, &yes) != MP_OK)
            return MP_ENOMEM;
        if (!yes)
            continue;
        p = find_placement(c, r->site->cluster->name, r->index);
        if (p && p->retained && mp__str_compare(p->replica, r->name) > 0)
            return refuse(c, p, "another replica of this identity goes first by name");
        if (p ? !p->retained : any_new || c->plan->count < (uint64_t)c->d->replicas)
            return mp__fail(c->err, MP_ECHECK, "replica \"%.*s\" can stay but is not kept",
                            (int)r->name.size, r->name.data);
    }
    return MP_OK;
}

/* ---- one cluster ---- */

/* `smaller`: how many of the placements before it on the cluster have an index from 0 on. */
static mp_status check_placement(checker *c, const mp_placement *p, const mp_cluster *cluster,
                                 int64_t smaller)
{
    const char *fault = cluster_fault(c->d, cluster, p->retained);

    if (fault)
        return refuse(c, p, fault);
    if (!mp__str_equal(p->gateway, cluster->gateway))
        return refuse(c, p, "the gateway is not that of the cluster");
    if (!p->retained && c->opts.no_fill)
        return refuse(c, p, "new, though filling is switched off");
    if (!p->retained && p->replica.size == 0 && p->index > smaller)
        return refuse(c, p, "a smaller index is free");
    if (!p->retained && p->replica.size > 0 && !repairs(c, p))
        return refuse(c, p, "no such replica could be repaired");
    if (p->retained) {
        const mp_replica *r = mp_fleet_find_replica(c->fleet, c->d->ns.data, c->d->ns.size,
                                                    p->replica.data, p->replica.size);

        if (!r || !keeps(c, p, r))
            return refuse(c, p, "retained, but no such replica was observed");
    }
    return check_engines(c, p, cluster);
}

/* The placements [first, end) are all of one cluster. */
static mp_status check_group(checker *c, size_t first, size_t end)
{
    const mp_placement *p = c->plan->placements[first];
    const mp_cluster *cluster = mp_fleet_find_cluster(c->fleet, p->cluster.data, p->cluster.size);
    int64_t smaller = 0;

    if (!cluster)
        return refuse(c, p, "there is no such cluster");
    for (size_t i = first; i < end; i++) {
        mp_status st;

        mp__arena_reset(&c->scratch);
        p = c->plan->placements[i];
        st = check_placement(c, p, cluster, smaller);
        if (st != MP_OK)
            return st;
        smaller += p->index >= 0;
    }
    mp__arena_reset(&c->scratch);
    return mp__check_room(c->fleet, c->d, &c->opts, c->plan, cluster, &c->scratch, c->err);
}

static mp_status check(checker *c)
{
    mp_status st = check_counts(c);
    size_t first = 0;

    for (size_t i = 1; st == MP_OK && i <= c->plan->count; i++) {
        if (i < c->plan->count &&
            mp__str_equal(c->plan->placements[i]->cluster, c->plan->placements[first]->cluster))
            continue;
        st = check_group(c, first, i);
        first = i;
    }
    return st == MP_OK ? check_kept(c) : st;
}

mp_status mp_plan_check(const mp_fleet *fleet, const mp_deployment *d, const mp_schedule_opts *opts,
                        const mp_plan *plan, mp_error *err)
{
    checker c = { 0 };
    mp_status st;

    mp__error_clear(err);
    c.fleet = fleet;
    c.d = d;
    c.plan = plan;
    c.owner = mp__fleet_owner(fleet, d->ns, d->name);
    c.opts = mp__schedule_opts(opts);
    c.err = err;
    mp__arena_init(&c.scratch, &fleet->alloc);
    st = check(&c);
    mp__arena_fini(&c.scratch);
    return st == MP_OK ? st : mp__fail(err, st, "%s", mp_status_text(st));
}

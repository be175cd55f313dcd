/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checker: verifies a plan from the inputs alone.
 *
 * It shares no function with the scheduler: it reads deployment and fleet through their public getters
 * and a few of their fields, runs selectors itself, and redoes every sum.  It proves that what the plan
 * says is allowed; whether more would have fitted is the oracle's question, not its own.
 */
#include "fleet_internal.h"
#include <inttypes.h>
#include <modelplane/schedule.h>

typedef struct checker {
    const mp_fleet *fleet;
    const mp_deployment *d;
    const mp_plan *plan;
    bool fills; /* whether new replicas are allowed */
    mp__arena scratch;
    mp_error *err;
} checker;

/* A text as the arguments of %.*s. */
#define TEXT(s) (int)(s).size, (s).data

static mp__str cluster_name(const mp_placement *p)
{
    mp__str name;

    name.data = mp_placement_cluster(p, &name.size);
    return name;
}

static mp__str pool_name(const mp_placement *p, size_t engine, size_t member)
{
    mp__str name;

    name.data = mp_placement_pool(p, engine, member, &name.size);
    return name;
}

static mp_status refuse(checker *c, const mp_placement *p, const char *rule)
{
    mp__str name = cluster_name(p);

    return mp__fail(c->err, MP_ECHECK, "%.*s/%" PRId64 ": %s", TEXT(name), mp_placement_index(p),
                    rule);
}

/* ---- identity and count ---- */

static mp_status check_order(checker *c)
{
    size_t count = mp_plan_size(c->plan);

    if (count > (uint64_t)mp_deployment_replicas(c->d))
        return mp__fail(c->err, MP_ECHECK, "%zu placements for %" PRId64 " replicas", count,
                        mp_deployment_replicas(c->d));
    if ((mp_plan_verdict(c->plan) == MP_VERDICT_PLACED) !=
        (count == (uint64_t)mp_deployment_replicas(c->d)))
        return mp__fail(c->err, MP_ECHECK, "the verdict does not agree with %zu placements", count);
    for (size_t i = 1; i < count; i++) {
        const mp_placement *a = mp_plan_placement(c->plan, i - 1);
        const mp_placement *b = mp_plan_placement(c->plan, i);
        int order = mp__str_compare(cluster_name(a), cluster_name(b));

        if (order > 0 || (order == 0 && mp_placement_index(a) >= mp_placement_index(b)))
            return refuse(c, b, "out of order, or twice");
    }
    return MP_OK;
}

/* ---- the cluster ---- */

static bool tolerated(const mp_deployment *d, const mp__taint *taint)
{
    for (size_t i = 0; i < d->toleration_count; i++) {
        const mp__toleration *t = &d->tolerations[i];
        bool key = t->key.size == 0 ? t->op == MP_TOLERATION_EXISTS
                                    : mp__str_equal(t->key, taint->key);
        bool value = t->op == MP_TOLERATION_EXISTS || mp__str_equal(t->value, taint->value);

        /* An Equal toleration without a key covers a taint without one, as written. */
        if (t->key.size == 0 && t->op == MP_TOLERATION_EQUAL)
            key = taint->key.size == 0;
        if (key && value && (t->effect == MP_EFFECT_ANY || t->effect == taint->effect))
            return true;
    }
    return false;
}

static mp_status check_cluster(checker *c, const mp_placement *p, const mp_cluster *cluster)
{
    bool retained = mp_placement_retained(p);

    for (size_t i = 0; i < c->d->cluster_selector.count; i++) {
        const mp__label *want = &c->d->cluster_selector.items[i];
        bool found = false;

        for (size_t l = 0; l < cluster->labels.count; l++)
            found |= mp__str_equal(cluster->labels.items[l].key, want->key) &&
                     mp__str_equal(cluster->labels.items[l].value, want->value);
        if (!found)
            return refuse(c, p, "the cluster lacks a label that the deployment selects by");
    }
    for (size_t i = 0; i < cluster->taint_count; i++)
        if ((!retained || cluster->taints[i].effect == MP_EFFECT_NO_EXECUTE) &&
            !tolerated(c->d, &cluster->taints[i]))
            return refuse(c, p, "the cluster has a taint that is not tolerated");
    if (!retained && !mp_cluster_ready(cluster))
        return refuse(c, p, "a new replica on a cluster that is not ready");
    if (!retained && cluster->gateway.size == 0)
        return refuse(c, p, "a new replica on a cluster without a gateway address");
    return MP_OK;
}

/* ---- devices ---- */

static mp_status satisfies(const mp_request *r, const mp_device *device, bool *yes)
{
    *yes = true;
    for (size_t i = 0; *yes && i < mp_request_selector_count(r); i++)
        if (mp_cel_match(mp_request_selector(r, i), mp_device_cel(device), yes, NULL) == MP_ENOMEM)
            return MP_ENOMEM;
    return MP_OK;
}

/*
 * Whether requests [r, n) can be served by what is left, with exactly the claims that the placement
 * says: request k is among the claims if and only if it gets a DRA device of the class named.
 * Plain recursion over requests; a member has few.
 */
static bool served(const mp_placement *p, size_t engine, size_t member, const mp_member *m,
                   const mp_pool *pool, const bool *fits, int64_t *left, size_t r, size_t claim)
{
    const mp_request *request = mp_member_request(m, r);
    const char *wanted_class = NULL;
    size_t wanted_size = 0, devices = mp_pool_device_count(pool);
    bool claimed;

    if (!request)
        return claim == mp_placement_claim_count(p, engine, member);
    claimed = mp_placement_claim(p, engine, member, claim, &wanted_class, &wanted_size) == request;
    for (size_t i = 0; i < devices; i++) {
        const mp_device *device = mp_pool_device(pool, i);
        mp__str wanted = { wanted_class, wanted_size };
        bool ok;

        if (!fits[r * devices + i] || left[i] < mp_request_count(request) ||
            claimed != (device->claim == MP_CLAIM_DRA) ||
            (claimed && !mp__str_equal(device->device_class, wanted)))
            continue;
        left[i] -= mp_request_count(request);
        ok = served(p, engine, member, m, pool, fits, left, r + 1, claim + claimed);
        left[i] += mp_request_count(request);
        if (ok)
            return true;
    }
    return false;
}

static mp_status check_member(checker *c, const mp_placement *p, size_t engine, size_t member,
                              const mp_pool *pool)
{
    const mp_member *m = mp_engine_member(mp_placement_engine(p, engine), member);
    size_t devices = mp_pool_device_count(pool), requests = mp_member_request_count(m);
    bool *fits = mp__arena_calloc(&c->scratch, requests + 1, devices + 1);
    int64_t *left = mp__arena_calloc(&c->scratch, devices + 1, sizeof *left);

    if (!fits || !left)
        return mp__fail_nomem(c->err);
    for (size_t i = 0; i < devices; i++) {
        left[i] = mp_device_count(mp_pool_device(pool, i));
        for (size_t r = 0; r < requests; r++)
            if (satisfies(mp_member_request(m, r), mp_pool_device(pool, i),
                          &fits[r * devices + i]) != MP_OK)
                return mp__fail_nomem(c->err);
    }
    if (!served(p, engine, member, m, pool, fits, left, 0, 0))
        return refuse(c, p, "a pool lacks devices that a member's requests need");
    return MP_OK;
}

/* ---- engines ---- */

static mp_status check_engines(checker *c, const mp_placement *p, const mp_cluster *cluster)
{
    size_t count = mp_placement_engine_count(p), claims = 0;

    if (count != mp_deployment_engine_count(c->d))
        return refuse(c, p, "the number of engines differs from the deployment's");
    for (size_t e = 0; e < count; e++) {
        const mp_engine *engine = mp_placement_engine(p, e);
        size_t engine_claims = 0;

        for (size_t f = 0; f < e; f++)
            if (mp_placement_engine(p, f) == engine)
                return refuse(c, p, "an engine is there twice");
        if (engine->deployment != c->d)
            return refuse(c, p, "an engine is of another deployment");
        if (!mp_placement_retained(p) && engine != mp_deployment_engine(c->d, e))
            return refuse(c, p, "the engines of a new replica are out of order");
        for (size_t m = 0; m < mp_engine_member_count(engine); m++) {
            mp__str name = pool_name(p, e, m);
            const mp_pool *pool = mp_cluster_find_pool(cluster, name.data, name.size);
            mp_status st;

            if (!pool)
                return refuse(c, p, "a pool that the cluster does not publish");
            if (!mp_placement_retained(p) && m > 0 && !mp__str_equal(name, pool_name(p, e, 0)))
                return refuse(c, p, "an engine is spread over pools");
            st = check_member(c, p, e, m, pool);
            if (st != MP_OK)
                return st;
            engine_claims += mp_placement_claim_count(p, e, m);
        }
        if (!mp_placement_retained(p) && engine_claims == 0)
            return refuse(c, p, "an engine claims no device");
        claims += engine_claims;
    }
    return claims ? MP_OK : refuse(c, p, "no member claims a device");
}

/* ---- retention ---- */

static bool is_replica_of(const mp_replica *r, const mp_placement *p, const mp_deployment *d)
{
    return mp__str_equal(r->owner, d->name) && mp__str_equal(r->ns, d->ns) &&
           mp__str_equal(r->cluster, cluster_name(p)) && r->index == mp_placement_index(p);
}

/* Whether an observed replica stands exactly where the placement says. */
static bool same_place(const mp_replica *r, const mp_placement *p)
{
    if (r->engine_count != mp_placement_engine_count(p))
        return false;
    for (size_t e = 0; e < r->engine_count; e++) {
        const mp_engine *engine = mp_placement_engine(p, e);

        if (!mp__str_equal(r->engines[e]->name, engine->name) ||
            r->engines[e]->member_count != engine->member_count)
            return false;
        for (size_t m = 0; m < engine->member_count; m++)
            if (r->engines[e]->members[m].role != mp_member_role(engine->members[m]) ||
                !mp__str_equal(r->engines[e]->members[m].pool, pool_name(p, e, m)))
                return false;
    }
    return true;
}

static mp_status check_retained(checker *c, const mp_placement *p)
{
    for (size_t i = 0; i < c->fleet->replica_count; i++)
        if (is_replica_of(c->fleet->replicas[i], p, c->d) && same_place(c->fleet->replicas[i], p))
            return MP_OK;
    return refuse(c, p, "retained, but no such replica was observed");
}

/* ---- nodes ---- */

/* Nodes that observed replicas hold on a pool: those of others, and ours whose identity is kept. */
static int64_t observed_nodes(const checker *c, const mp_cluster *cluster, const mp_pool *pool)
{
    int64_t total = 0;

    for (size_t i = 0; i < c->fleet->replica_count; i++) {
        const mp_replica *r = c->fleet->replicas[i];
        bool counts = !mp__str_equal(r->owner, c->d->name) || !mp__str_equal(r->ns, c->d->ns);

        if (!mp__str_equal(r->cluster, cluster->name))
            continue;
        for (size_t k = 0; !counts && k < mp_plan_size(c->plan); k++)
            counts = mp_placement_retained(mp_plan_placement(c->plan, k)) &&
                     is_replica_of(r, mp_plan_placement(c->plan, k), c->d);
        for (size_t e = 0; counts && e < r->engine_count; e++) {
            for (size_t m = 0; m < r->engines[e]->member_count; m++) {
                const mp__replica_member *member = &r->engines[e]->members[m];
                double pods = (double)member->nodes * (double)r->engines[e]->copies;

                if (!member->claims || !mp__str_equal(member->pool, pool->name))
                    continue;
                if (pods > 4e18 || total > INT64_MAX / 2)
                    return INT64_MAX;
                total += member->nodes * r->engines[e]->copies;
            }
        }
    }
    return total;
}

/* Nodes that new replicas of the plan take on a pool. */
static int64_t new_nodes(const checker *c, const mp_cluster *cluster, const mp_pool *pool)
{
    int64_t total = 0;

    for (size_t k = 0; k < mp_plan_size(c->plan); k++) {
        const mp_placement *p = mp_plan_placement(c->plan, k);

        if (mp_placement_retained(p) || !mp__str_equal(cluster_name(p), cluster->name))
            continue;
        for (size_t e = 0; e < mp_placement_engine_count(p); e++) {
            const mp_engine *engine = mp_placement_engine(p, e);

            for (size_t m = 0; m < mp_engine_member_count(engine); m++) {
                int64_t nodes = mp_member_nodes(mp_engine_member(engine, m));

                if (!mp__str_equal(pool_name(p, e, m), pool->name) ||
                    mp_placement_claim_count(p, e, m) == 0)
                    continue;
                if (nodes > INT64_MAX / 4 / mp_engine_copies(engine) || total > INT64_MAX / 2)
                    return INT64_MAX;
                total += nodes * mp_engine_copies(engine);
            }
        }
    }
    return total;
}

static mp_status check_nodes(checker *c, const mp_placement *p, const mp_cluster *cluster)
{
    for (size_t e = 0; e < mp_placement_engine_count(p); e++) {
        mp__str name = pool_name(p, e, 0);
        const mp_pool *pool = mp_cluster_find_pool(cluster, name.data, name.size);
        int64_t taken = new_nodes(c, cluster, pool);

        if (taken > 0 && taken > mp_pool_nodes(pool) - observed_nodes(c, cluster, pool))
            return refuse(c, p, "a pool is overcommitted by new replicas");
    }
    return MP_OK;
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
    c.fills = !opts || !opts->no_fill;
    c.err = err;
    mp__arena_init(&c.scratch, &fleet->alloc);
    st = check_order(&c);
    for (size_t i = 0; st == MP_OK && i < mp_plan_size(plan); i++) {
        const mp_placement *p = mp_plan_placement(plan, i);
        mp__str name = cluster_name(p);
        const mp_cluster *cluster = mp_fleet_find_cluster(fleet, name.data, name.size);

        if (!cluster)
            st = refuse(&c, p, "no such cluster");
        if (st == MP_OK)
            st = check_cluster(&c, p, cluster);
        if (st == MP_OK)
            st = check_engines(&c, p, cluster);
        if (st == MP_OK && mp_placement_retained(p))
            st = check_retained(&c, p);
        if (st == MP_OK && !mp_placement_retained(p) && !c.fills)
            st = refuse(&c, p, "new, though filling is switched off");
        if (st == MP_OK && !mp_placement_retained(p))
            st = check_nodes(&c, p, cluster);
    }
    mp__arena_fini(&c.scratch);
    return st;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checker: verifies a plan from the inputs alone, and calls no function of the scheduler.  Each
 * rule is one call of mp__must(): the first that is broken, or memory that runs out, ends the work
 * with a jump, for all memory is the arena's.  doc/placement.md says why this proves what it does.
 */
#include "proof_internal.h"
#include <inttypes.h>
#include <stdlib.h>

void mp__must(mp__checker *c, bool holds, const char *rule)
{
    if (holds)
        return;
    c->broken = rule;
    longjmp(c->end, 1);
}

void *mp__got(mp__checker *c, void *memory)
{
    mp__must(c, memory, NULL);
    return memory;
}

void **mp__fact(mp__checker *c, int64_t kind, uint64_t a, int64_t b, mp__str text)
{
    int64_t numbers[] = { kind, (int64_t)a, b };
    size_t size = sizeof numbers + text.size;
    char few[128], *key = size <= sizeof few ? few : mp__got(c, mp__arena_alloc(&c->arena, size));
    mp__map_entry *found;

    memcpy(key, numbers, sizeof numbers);
    if (text.size > 0)
        memcpy(key + sizeof numbers, text.data, text.size);
    found = mp__map_find(&c->facts, key, size);
    mp__must(c, found || mp__map_set(&c->facts, key, size, NULL), NULL);
    return found ? &found->value : &c->facts.entries[c->facts.count - 1].value;
}

static const mp_pool *find_pool(const mp__checker *c, mp__str name)
{
    return mp_cluster_find_pool(c->cluster, name.data, name.size);
}

/* ---- clusters and devices ---- */

const char *mp__check_closed(const mp__checker *c, bool runs)
{
    const mp_cluster *k = c->cluster;

    return !mp__labels_carry_all(&k->labels, &c->d->cluster_selector) ? "the cluster lacks a label"
           : !mp__cluster_tolerated(k, c->d, runs)                    ? "a taint is not tolerated"
           : runs                                                     ? NULL
           : !k->ready                       ? "new on a cluster that is not ready"
           : k->gateway.size == 0            ? "new on a cluster without a gateway address"
           : mp__cluster_bars(k, c->d, NULL) ? "new where an affinity forbids it"
                                             : NULL;
}

bool mp__check_serves(mp__checker *c, const mp_device *device, const mp_request *q)
{
    bool yes = true;

    mp__must(c, !q || mp__device_serves(device, q, &yes) == MP_OK, NULL);
    return yes;
}

bool mp__check_serve(mp__checker *c, const mp_pool *pool, size_t i, const mp_request *q,
                     int64_t *left)
{
    if (i >= pool->device_count || left[i] < q->count || !mp__check_serves(c, pool->devices[i], q))
        return false;
    left[i] -= q->count;
    return true;
}

/* What a member claims on a pool if each request takes the first entry that serves it.  If that
 * works it is the answer; if not (-1) the checker does not judge. */
static int walk(mp__checker *c, const mp_member *m, const mp_pool *pool)
{
    int64_t *left = mp__got(c, mp__pool_left(&c->arena, pool, NULL));
    int claims = 0;

    for (size_t r = 0, i; r < m->request_count; r++) {
        for (i = 0; i < pool->device_count && !mp__check_serve(c, pool, i, m->requests[r], left);)
            i++;
        if (i == pool->device_count)
            return -1;
        claims += mp__device_claims(pool, i);
    }
    return claims;
}

bool mp__check_claims(mp__checker *c, const mp_member *m)
{
    void **known = mp__fact(c, MP__FACT_CLAIMS, m->engine->index, (int64_t)m->index, MP__STR(""));

    for (size_t i = 0; i < c->cluster->pool_count && !*known; i++)
        if (walk(c, m, c->cluster->pools[i]) > 0)
            *known = &c->devices;
    *known = *known ? *known : &c->charged;
    return *known == &c->devices;
}

/* ---- rows ---- */

mp__state *mp__check_place(mp__checker *c, const mp_pool *pool, mp__str path)
{
    for (const mp_replica *r = c->cluster->site->replicas; r && !c->charged; r = r->site_next)
        for (size_t e = 0; e < r->engine_count; e++)
            if (r->owner != c->owner || *mp__fact(c, MP__FACT_STAYS, 0, r->index, MP__STR("")) ||
                *mp__fact(c, MP__FACT_STAYS, r->entry->id + 1, 0, r->engines[e]->name))
                mp__must(c, mp__census_charge(&c->census, r->engines[e]), NULL);
    c->charged = true;
    return mp__got(c, mp__census_place(&c->census, pool, path));
}

mp__str mp__check_domain(mp__checker *c, const mp__state *at, mp__str level)
{
    mp__str name = mp__pool_domain_name(&c->arena, at->pool, at->path, level);

    mp__must(c, name.data, NULL);
    return name;
}

void mp__check_put(mp__checker *c, mp__put *u)
{
    c->puts = mp__got(c, mp__arena_push(&c->arena, c->puts, &c->count, &c->capacity, sizeof u));
    c->puts[c->count - 1] = u;
}

bool mp__check_apart(mp__checker *c, mp__put *u)
{
    const mp_engine *e = u->m->engine;
    mp__wish wishes[MP__WISHES];

    mp__engine_wishes(e, c->opts.span == MP_SPAN_FABRIC, c->opts.whole_members, wishes);
    for (size_t w = u->kept ? MP__WISHES_OF_NEW : 0; w < MP__WISHES; w++) {
        mp__scope of = wishes[w].of;
        int64_t part = of == MP__OF_COPY ? u->copy : of == MP__OF_MEMBER ? (int64_t)u->m->index : 0;
        mp__str here = mp__check_domain(c, u->at, wishes[w].level);
        mp__put **first = (mp__put **)mp__fact(c, c->number * MP__WISHES + (int64_t)w,
                                               of < MP__OF_GROUP ? e->index : 0, part,
                                               of == MP__OF_GROUP ? e->group : MP__STR(""));

        *first = *first ? *first : u;
        if (here.size == 0 ||
            !mp__str_equal(here, mp__check_domain(c, (*first)->at, wishes[w].level)))
            return true;
    }
    return false;
}

/* Pods on nodes that are alike, with the same devices of each. */
static void check_row(mp__checker *c, mp__put *u, const mp__placed_member *placed)
{
    const mp__row *row = u->row;
    const mp_pool *pool = find_pool(c, row->pool);
    bool takes = row->nodes > 0 && !u->kept;
    int64_t each = takes ? row->pods / row->nodes : 1, *pod, *before;
    size_t claims = 0;

    mp__must(c, pool, "a pool that the cluster does not publish");
    mp__must(c, u->kept || !mp__cluster_bars(c->cluster, c->d, pool),
             "new where an affinity forbids it");
    mp__must(c, row->pods >= 1 && row->nodes >= 0 && (placed->claim_count > 0) == (row->nodes > 0),
             "pods without nodes, or nodes without pods");
    mp__must(c, !takes || (row->pods == each * row->nodes && c->devices == (row->left != NULL)),
             "pods do not share nodes that way");
    mp__must(c, c->devices || each == 1, "pods do not share nodes that way");
    pod = mp__got(c, mp__pool_left(&c->arena, pool, NULL));
    before = mp__got(c, mp__pool_left(&c->arena, pool, row->left));
    u->left = mp__got(c, mp__pool_left(&c->arena, pool, row->left));
    for (size_t r = 0; r < u->m->request_count; r++) {
        const mp_request *q = u->m->requests[r];
        size_t i = row->device[r];

        mp__must(c, mp__check_serve(c, pool, i, q, pod),
                 "a device is not there, or does not serve the request");
        if (!mp__device_claims(pool, i))
            continue;
        mp__must(c, u->left[i] / each >= q->count, "devices are taken already");
        u->left[i] -= c->devices ? each * q->count : 0;
        mp__must(c,
                 claims < placed->claim_count && placed->claims[claims].request == q &&
                     mp__str_equal(placed->claims[claims].device_class,
                                   pool->devices[i]->kind->device_class),
                 "the claims are not those of the devices");
        claims++;
    }
    mp__must(c, claims == placed->claim_count, "the claims are not those of the devices");
    if (c->p->retained)
        return;
    u->at = mp__check_place(c, pool, row->domain);
    u->at = mp__got(c, mp__census_state(&c->census, u->at, before));
    if (takes)
        mp__check_put(c, u);
    mp__must(c, !mp__check_apart(c, u), "pods are apart that must be in one domain");
}

static size_t check_engine(mp__checker *c, const mp__placed_engine *e)
{
    bool kept = c->p->retained || e->kept;
    size_t claims = 0;

    for (size_t m = 0; m < e->engine->member_count; m++) {
        const mp__placed_member *placed = &e->members[m];
        mp__put *u = mp__got(c, MP__NEW_ARRAY(&c->arena, mp__put, placed->row_count));
        int64_t pods = 0;

        for (size_t r = 0; r < placed->row_count; r++) {
            u[r] = (mp__put){ .p = c->p,
                              .row = &placed->rows[r],
                              .m = e->engine->members[m],
                              .copy = placed->rows[r].copy,
                              .kept = kept };
            check_row(c, &u[r], placed);
            pods = mp__add_saturating(pods, placed->rows[r].pods);
        }
        mp__must(c,
                 pods == mp__member_pods(e->engine->members[m]) && placed->row_count > 0 &&
                     mp__str_equal(placed->pool, placed->rows[0].pool),
                 "not as many pods as the member has");
        mp__must(c, kept || placed->claim_count > 0 || !mp__check_claims(c, e->engine->members[m]),
                 "a member is stranded: it could claim devices elsewhere");
        claims += placed->claim_count;
    }
    mp__must(c, claims > 0 || c->p->retained, "an engine claims no device");
    return claims;
}

/* `smaller`: how many of the placements before it on the cluster have an index from 0 on. */
static void check_placement(mp__checker *c, const mp_placement *p, int64_t smaller)
{
    const char *shut = mp__check_closed(c, p->retained);
    size_t claims = 0;

    c->p = p;
    c->number++;
    mp__must(c, !shut, shut);
    mp__must(c, mp__str_equal(p->gateway, c->cluster->gateway), "the gateway is not the cluster's");
    mp__must(c, p->retained || !c->opts.no_fill, "new, though filling is switched off");
    mp__must(c, p->retained || p->replica.size > 0 || p->index <= smaller,
             "a smaller index is free");
    mp__must(c, p->engine_count == c->d->engine_count, "the number of engines differs");
    for (size_t e = 0; e < p->engine_count; e++) {
        const mp_engine *engine = p->engines[e].engine;
        void **seen = mp__fact(c, MP__FACT_SEEN, engine->index, c->number, MP__STR(""));

        mp__must(c, engine->deployment == c->d && !*seen, "an engine is there twice");
        mp__must(c, p->retained || engine->index == e, "engines are out of order");
        *seen = c;
        claims += check_engine(c, &p->engines[e]);
    }
    mp__must(c, claims > 0, "no member claims a device");
}

/* ---- retention ---- */

/* Whether an observed engine is the one that was placed, where it was placed. */
static bool same_engine(const mp__checker *c, const mp_replica_engine *o,
                        const mp__placed_engine *e)
{
    bool same = mp__replica_engine(o, c->d) == e->engine;

    for (size_t m = 0; same && m < o->member_count; m++)
        same = mp__str_equal(o->members[m].pool, e->members[m].pool);
    return same;
}

/* Notes which engines stay where they run, by a placement that keeps a replica or a part of it. */
static void observe(mp__checker *c, const mp_placement *p)
{
    const mp_replica *r = mp_fleet_find_replica(c->fleet, c->d->ns.data, c->d->ns.size,
                                                p->replica.data, p->replica.size);
    bool there = r && r->owner == c->owner && r->site->cluster == c->cluster &&
                 r->index == p->index && (!p->retained || r->engine_count == p->engine_count) &&
                 (p->retained || c->opts.least_movement);

    for (size_t e = 0; there && e < p->engine_count; e++) {
        bool stays = p->retained || p->engines[e].kept;

        there = !stays;
        for (size_t i = 0; i < r->engine_count && !there; i++)
            there = (!p->retained || i == e) && same_engine(c, r->engines[i], &p->engines[e]);
        if (p->engines[e].kept)
            *mp__fact(c, MP__FACT_STAYS, r->entry->id + 1, 0, p->engines[e].engine->name) = c;
    }
    if (p->retained)
        *mp__fact(c, MP__FACT_STAYS, 0, p->index, MP__STR("")) = c;
    c->p = p;
    mp__must(c, there || (!p->retained && p->replica.size == 0), "no such replica was observed");
}

/* Whether an observed replica of ours can stay beyond doubt. */
static bool may_stay(mp__checker *c, const mp_replica *r)
{
    bool *seen = mp__got(c, MP__NEW_ARRAY(&c->arena, bool, c->d->engine_count));
    bool stays = !mp__check_closed(c, true) && r->engine_count == c->d->engine_count;
    int claims = 0;

    for (size_t e = 0; stays && e < r->engine_count; e++) {
        const mp_replica_engine *o = r->engines[e];
        const mp_engine *engine = mp__replica_engine(o, c->d);

        stays = engine && !seen[engine->index];
        for (size_t m = 0; stays && m < o->member_count; m++) {
            const mp_pool *pool = find_pool(c, o->members[m].pool);
            int claimed = pool ? walk(c, engine->members[m], pool) : -1;

            seen[engine->index] = true;
            stays = claimed >= 0;
            claims += claimed;
        }
    }
    return stays && claims > 0;
}

static int compare(const void *a, const void *b)
{
    const mp_placement *const *x = a, *const *y = b;
    int order = mp__str_compare((*x)->cluster, (*y)->cluster);

    return order != 0 ? order : ((*x)->index > (*y)->index) - ((*x)->index < (*y)->index);
}

/* No replica that can stay is gone, unless there are enough without it and none is new. */
static void check_kept(mp__checker *c)
{
    bool enough = c->plan->count >= (uint64_t)c->d->replicas;

    for (size_t i = 0; i < c->plan->count; i++)
        enough &= c->plan->placements[i]->retained;
    for (const mp_replica *r = c->owner ? c->owner->replicas : NULL; r; r = r->owner_next) {
        mp_placement at = { .index = r->index }, *key = &at, **found;

        mp__arena_reset(&c->arena);
        c->cluster = r->site->cluster;
        if (!c->cluster || !may_stay(c, r))
            continue;
        at.cluster = c->name = c->cluster->name;
        found = c->plan->count
                    ? bsearch(&key, c->plan->placements, c->plan->count, sizeof key, compare)
                    : NULL;
        mp__must(c,
                 !found || !(*found)->retained || mp__str_compare((*found)->replica, r->name) <= 0,
                 "another replica of an identity goes first by name");
        mp__must(c, found ? (*found)->retained : enough, "a replica can stay but is not kept");
    }
}

/* ---- the plan ---- */

/* Rows were put down in this order: each finds the nodes that those before it left. */
static int by_order(const void *a, const void *b, void *user)
{
    const mp__put *const *x = a, *const *y = b;
    int order = ((*x)->p->order > (*y)->p->order) - ((*x)->p->order < (*y)->p->order);

    (void)user;
    return order ? order
                 : ((*x)->row->order > (*y)->row->order) - ((*x)->row->order < (*y)->row->order);
}

/* Goes to a cluster, and puts down what the plan has there: the placements from `i` on.  Gives
 * the first of the next cluster. */
static size_t enter(mp__checker *c, mp__str name, size_t i, bool refuses)
{
    mp_allocator alloc = mp__arena_allocator(&c->arena);
    int64_t smaller = 0;
    size_t end = i;

    mp__arena_reset(&c->arena);
    c->p = NULL;
    c->name = name;
    c->cluster = mp_fleet_find_cluster(c->fleet, name.data, name.size);
    mp__must(c, c->cluster, "there is no such cluster");
    mp__must(c, mp__census_init(&c->census, &c->arena, c->cluster, c->devices), NULL);
    mp__map_init(&c->facts, &alloc);
    c->charged = false;
    c->puts = NULL;
    c->count = c->capacity = 0;
    for (; end < c->plan->count && mp__str_equal(c->plan->placements[end]->cluster, name); end++)
        observe(c, c->plan->placements[end]);
    if (refuses)
        mp__proof_open(c);
    for (; i < end; i++) {
        check_placement(c, c->plan->placements[i], smaller);
        smaller += c->plan->placements[i]->index >= 0;
    }
    mp__must(c, mp__sort(&c->fleet->alloc, c->puts, c->count, sizeof *c->puts, by_order, NULL),
             NULL);
    for (size_t k = 0; k < c->count; k++) {
        const mp__put *u = c->puts[k];

        c->p = u->p;
        mp__must(c, u->at->nodes >= u->row->nodes, "new replicas overcommit a pool");
        mp__must(c, mp__census_take(&c->census, u->at, u->left, u->row->nodes, u->row->again),
                 NULL);
    }
    c->p = NULL;
    return end;
}

/* Cluster by cluster, in the order of names, which placements and certificates are both in. */
static void check(mp__checker *c)
{
    const mp_plan *plan = c->plan;
    bool full = plan->count == (uint64_t)c->d->replicas, held = plan->verdict == MP_VERDICT_HELD;

    mp__must(c, plan->deployment == c->d, "the plan is of another deployment");
    mp__must(c, plan->count <= (uint64_t)c->d->replicas, "more placements than replicas");
    mp__must(c, full == (plan->verdict == MP_VERDICT_PLACED) && (full || held == c->opts.no_fill),
             "the verdict is not what the placements are");
    for (size_t i = 1; i < plan->count; i++)
        mp__must(c, compare(&plan->placements[i - 1], &plan->placements[i]) < 0,
                 "placements are out of order, or there twice");
    for (size_t i = 0, k = 0; i < plan->count || k < plan->certificate_count;) {
        const mp__certificate *of = k < plan->certificate_count ? &plan->certificates[k] : NULL;
        mp__str name = i < plan->count ? plan->placements[i]->cluster : of->cluster;

        name = of && mp__str_compare(of->cluster, name) < 0 ? of->cluster : name;
        of = of && mp__str_equal(of->cluster, name) ? of : NULL;
        i = enter(c, name, i, of);
        if (of)
            mp__proof_check(c, of);
        k += of != NULL;
    }
    check_kept(c);
}

mp_status mp__checker_run(mp__checker *c, mp__certificate *of, size_t first)
{
    c->broken = NULL;
    if (setjmp(c->end) != 0)
        return c->broken ? MP_ECHECK : MP_ENOMEM;
    if (!of) {
        check(c);
    } else if (of->proof == MP_PROOF_COUNT) {
        mp__proof_count(c, of);
    } else {
        enter(c, of->cluster, first, true);
        of->proof = mp__check_closed(c, false) ? MP_PROOF_CLOSED : MP_PROOF_SEARCH;
    }
    return MP_OK;
}

mp__checker *mp__checker_new(const mp_fleet *fleet, const mp_deployment *d,
                             const mp_schedule_opts *opts, const mp_plan *plan)
{
    static const mp_schedule_opts defaults = MP_SCHEDULE_OPTS_INIT;
    mp__checker *c = mp__calloc(&fleet->alloc, 1, sizeof *c);

    if (!c)
        return NULL;
    c->fleet = fleet;
    c->d = d;
    c->plan = plan;
    c->name = MP__STR("the plan");
    c->owner = mp__fleet_owner(fleet, d->ns, d->name);
    c->opts = opts && opts->version >= 2 ? *opts : defaults;
    c->opts.no_fill = opts && opts->no_fill;
    c->devices = c->opts.accounting == MP_ACCOUNTING_DEVICES;
    mp__arena_init(&c->arena, &fleet->alloc);
    return c;
}

void mp__checker_free(mp__checker *c)
{
    mp_allocator alloc;

    if (!c)
        return;
    alloc = c->arena.alloc;
    mp__arena_fini(&c->arena);
    mp__free(&alloc, c);
}

mp_status mp_plan_check(const mp_fleet *fleet, const mp_deployment *d, const mp_schedule_opts *opts,
                        const mp_plan *plan, mp_error *err)
{
    mp__checker *c = mp__checker_new(fleet, d, opts, plan);
    mp_status st = c ? mp__checker_run(c, NULL, 0) : MP_ENOMEM;

    mp__error_clear(err);
    if (st == MP_ENOMEM)
        mp__fail_nomem(err);
    else if (st == MP_ECHECK && c->p)
        mp__fail(err, st, "%.*s/%" PRId64 ": %s", (int)c->name.size, c->name.data, c->p->index,
                 c->broken);
    else if (st == MP_ECHECK)
        mp__fail(err, st, "%.*s: %s", (int)c->name.size, c->name.data, c->broken);
    mp__checker_free(c);
    return st;
}

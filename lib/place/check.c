/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checker: verifies a plan from the inputs alone, and calls no function of the scheduler.  Each
 * rule is one call of must(): the first that is broken, or memory that runs out, ends the work with
 * a jump, for all memory is the arena's.  doc/placement.md says why this proves what it does.
 */
#include "place_internal.h"
#include "census_internal.h"
#include <inttypes.h>
#include <setjmp.h>
#include <stdlib.h>

/* Pods that are put down, by a row or by the search. */
typedef struct put put;
struct put {
    const mp_placement *p;
    const mp__row *row;
    int64_t *left; /* of each node after it */
    const mp_member *m;
    int64_t copy;
    mp__state *at;            /* a state of their place */
    bool kept, must;          /* they run there already; they claim devices */
    size_t claims, device[8]; /* of the search: per request */
};

enum { SEARCH_PODS = 32, SEARCH_STEPS = 20000 }; /* how deep and how far the search goes */

typedef struct mp__checker {
    const mp_fleet *fleet;
    const mp_deployment *d;
    const mp_plan *plan;
    const mp__owner *owner;
    mp_schedule_opts opts;
    mp__str name; /* of the cluster under way */
    const mp_cluster *cluster;
    const mp_placement *p;             /* to blame; NULL: the cluster */
    int64_t replica;                   /* number of the one that is put down */
    mp__census census;                 /* of the cluster, */
    bool devices, charged;             /* where they are counted; with what runs on it */
    mp__map facts;                     /* of the cluster; */
    size_t first_domain, domain_count; /* of those that domains were last linked by */
    put **puts;                        /* of the cluster, that take nodes */
    size_t count, capacity;
    put *pods[SEARCH_PODS + 1]; /* of the search; NULL after the last */
    size_t steps;
    mp__arena arena;
    const char *broken; /* NULL: out of memory */
    jmp_buf end;
} checker;

static void must(checker *c, bool holds, const char *rule)
{
    if (holds)
        return;
    c->broken = rule;
    longjmp(c->end, 1);
}

static void *got(checker *c, void *memory)
{
    must(c, memory, NULL);
    return memory;
}

/* What is known of something: NULL at first.  To be set before the next question. */
enum { SEEN = -4, STAYS, MUST, DOMAIN }; /* and from 0 on the wishes of each replica */
static void **fact(checker *c, int64_t kind, uint64_t a, int64_t b, mp__str text)
{
    int64_t numbers[] = { kind, (int64_t)a, b };
    size_t size = sizeof numbers + text.size;
    char few[128], *key = size <= sizeof few ? few : got(c, mp__arena_alloc(&c->arena, size));
    mp__map_entry *found;

    memcpy(key, numbers, sizeof numbers);
    if (text.size > 0)
        memcpy(key + sizeof numbers, text.data, text.size);
    found = mp__map_find(&c->facts, key, size);
    must(c, found || mp__map_set(&c->facts, key, size, NULL), NULL);
    return found ? &found->value : &c->facts.entries[c->facts.count - 1].value;
}

static const mp_pool *find_pool(const checker *c, mp__str name)
{
    return mp_cluster_find_pool(c->cluster, name.data, name.size);
}

/* ---- clusters and devices ---- */

/* What keeps new replicas, or ones that run, off the cluster. */
static const char *closed(const checker *c, bool runs)
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

/* Whether a device that nobody is on serves a request; NULL: any. */
static bool serves(checker *c, const mp_device *device, const mp_request *q)
{
    bool yes = true;

    must(c, !q || mp__device_serves(device, q, &yes) == MP_OK, NULL);
    return yes;
}

/* Serves a request by a device, if it can be, out of what is left. */
static bool serve(checker *c, const mp_pool *pool, size_t i, const mp_request *q, int64_t *left)
{
    if (i >= pool->device_count || left[i] < q->count || !serves(c, pool->devices[i], q))
        return false;
    left[i] -= q->count;
    return true;
}

/* What a member claims on a pool if each request takes the first entry that serves it.  If that
 * works it is the answer; if not (-1) the checker does not judge. */
static int walk(checker *c, const mp_member *m, const mp_pool *pool)
{
    int64_t *left = got(c, mp__pool_left(&c->arena, pool, NULL));
    int claims = 0;

    for (size_t r = 0, i; r < m->request_count; r++) {
        for (i = 0; i < pool->device_count && !serve(c, pool, i, m->requests[r], left);)
            i++;
        if (i == pool->device_count)
            return -1;
        claims += mp__device_claims(pool, i);
    }
    return claims;
}

/* Whether the member must claim devices, since it can somewhere on the cluster. */
static bool must_claim(checker *c, const mp_member *m)
{
    void **known = fact(c, MUST, m->engine->index, (int64_t)m->index, MP__STR(""));

    for (size_t i = 0; i < c->cluster->pool_count && !*known; i++)
        if (walk(c, m, c->cluster->pools[i]) > 0)
            *known = &c->devices;
    *known = *known ? *known : &c->charged;
    return *known == &c->devices;
}

/* ---- rows ---- */

/* A place, beside all that runs on the cluster but what goes of the deployment's own. */
static mp__state *place(checker *c, const mp_pool *pool, mp__str path)
{
    for (const mp_replica *r = c->cluster->site->replicas; r && !c->charged; r = r->site_next)
        for (size_t e = 0; e < r->engine_count; e++)
            if (r->owner != c->owner || *fact(c, STAYS, 0, r->index, MP__STR("")) ||
                *fact(c, STAYS, r->entry->id + 1, 0, r->engines[e]->name))
                must(c, mp__census_charge(&c->census, r->engines[e]), NULL);
    c->charged = true;
    return got(c, mp__census_place(&c->census, pool, path));
}

/* Names the domain of a level that a state is in; size 0: none. */
static mp__str domain(checker *c, const mp__state *at, mp__str level)
{
    mp__str name = mp__pool_domain_name(&c->arena, at->pool, at->path, level);

    must(c, name.data, NULL);
    return name;
}

/* Whether pods are apart from the first of those that they must be together with. */
static bool apart(checker *c, put *u)
{
    const mp_engine *e = u->m->engine;
    mp__wish wishes[MP__WISHES];

    mp__engine_wishes(e, c->opts.span == MP_SPAN_FABRIC, c->opts.whole_members, wishes);
    for (size_t w = u->kept ? MP__WISHES_OF_NEW : 0; w < MP__WISHES; w++) {
        mp__scope of = wishes[w].of;
        int64_t part = of == MP__OF_COPY ? u->copy : of == MP__OF_MEMBER ? (int64_t)u->m->index : 0;
        mp__str here = domain(c, u->at, wishes[w].level);
        put **first =
            (put **)fact(c, c->replica * MP__WISHES + (int64_t)w, of < MP__OF_GROUP ? e->index : 0,
                         part, of == MP__OF_GROUP ? e->group : MP__STR(""));

        *first = *first ? *first : u;
        if (here.size == 0 || !mp__str_equal(here, domain(c, (*first)->at, wishes[w].level)))
            return true;
    }
    return false;
}

/* Pods on nodes that are alike, with the same devices of each. */
static void check_row(checker *c, put *u, const mp__placed_member *placed)
{
    const mp__row *row = u->row;
    const mp_pool *pool = find_pool(c, row->pool);
    bool takes = row->nodes > 0 && !u->kept;
    int64_t each = takes ? row->pods / row->nodes : 1, *pod, *before, *left;
    size_t claims = 0;

    must(c, pool, "a pool that the cluster does not publish");
    must(c, u->kept || !mp__cluster_bars(c->cluster, c->d, pool),
         "new where an affinity forbids it");
    must(c, row->pods >= 1 && row->nodes >= 0 && (placed->claim_count > 0) == (row->nodes > 0),
         "pods without nodes, or nodes without pods");
    must(c, !takes || (row->pods == each * row->nodes && c->devices == (row->left != NULL)),
         "pods do not share nodes that way");
    must(c, c->devices || each == 1, "pods do not share nodes that way");
    pod = got(c, mp__pool_left(&c->arena, pool, NULL));
    before = got(c, mp__pool_left(&c->arena, pool, row->left));
    left = got(c, mp__pool_left(&c->arena, pool, row->left));
    for (size_t r = 0; r < u->m->request_count; r++) {
        const mp_request *q = u->m->requests[r];
        size_t i = row->device[r];

        must(c, serve(c, pool, i, q, pod), "a device is not there, or does not serve the request");
        if (!mp__device_claims(pool, i))
            continue;
        must(c, left[i] / each >= q->count, "devices are taken already");
        left[i] -= c->devices ? each * q->count : 0;
        must(c,
             claims < placed->claim_count && placed->claims[claims].request == q &&
                 mp__str_equal(placed->claims[claims].device_class,
                               pool->devices[i]->kind->device_class),
             "the claims are not those of the devices");
        claims++;
    }
    must(c, claims == placed->claim_count, "the claims are not those of the devices");
    if (c->p->retained)
        return;
    u->copy = row->copy;
    u->left = left;
    u->at = place(c, pool, row->domain);
    u->at = got(c, mp__census_state(&c->census, u->at, before));
    if (takes) {
        c->puts = got(c, mp__arena_push(&c->arena, c->puts, &c->count, &c->capacity, sizeof u));
        c->puts[c->count - 1] = u;
    }
    must(c, !apart(c, u), "pods are apart that must be in one domain");
}

static size_t check_engine(checker *c, const mp__placed_engine *e)
{
    bool kept = c->p->retained || e->kept;
    size_t claims = 0;

    for (size_t m = 0; m < e->engine->member_count; m++) {
        const mp__placed_member *placed = &e->members[m];
        put *u = got(c, MP__NEW_ARRAY(&c->arena, put, placed->row_count));
        int64_t pods = 0;

        for (size_t r = 0; r < placed->row_count; r++) {
            u[r] = (put){
                .p = c->p, .row = &placed->rows[r], .m = e->engine->members[m], .kept = kept
            };
            check_row(c, &u[r], placed);
            pods = mp__add_saturating(pods, placed->rows[r].pods);
        }
        must(c,
             pods == mp__member_pods(e->engine->members[m]) && placed->row_count > 0 &&
                 mp__str_equal(placed->pool, placed->rows[0].pool),
             "not as many pods as the member has");
        must(c, kept || placed->claim_count > 0 || !must_claim(c, e->engine->members[m]),
             "a member is stranded: it could claim devices elsewhere");
        claims += placed->claim_count;
    }
    must(c, claims > 0 || c->p->retained, "an engine claims no device");
    return claims;
}

/* `smaller`: how many of the placements before it on the cluster have an index from 0 on. */
static void check_placement(checker *c, const mp_placement *p, int64_t smaller)
{
    const char *shut = closed(c, p->retained);
    size_t claims = 0;

    c->p = p;
    c->replica++;
    must(c, !shut, shut);
    must(c, mp__str_equal(p->gateway, c->cluster->gateway), "the gateway is not the cluster's");
    must(c, p->retained || !c->opts.no_fill, "new, though filling is switched off");
    must(c, p->retained || p->replica.size > 0 || p->index <= smaller, "a smaller index is free");
    must(c, p->engine_count == c->d->engine_count, "the number of engines differs");
    for (size_t e = 0; e < p->engine_count; e++) {
        const mp_engine *engine = p->engines[e].engine;
        void **seen = fact(c, SEEN, engine->index, c->replica, MP__STR(""));

        must(c, engine->deployment == c->d && !*seen, "an engine is there twice");
        must(c, p->retained || engine->index == e, "engines are out of order");
        *seen = c;
        claims += check_engine(c, &p->engines[e]);
    }
    must(c, claims > 0, "no member claims a device");
}

/* ---- retention ---- */

/* Whether an observed engine is the one that was placed, where it was placed. */
static bool same_engine(const checker *c, const mp_replica_engine *o, const mp__placed_engine *e)
{
    bool same = mp__replica_engine(o, c->d) == e->engine;

    for (size_t m = 0; same && m < o->member_count; m++)
        same = mp__str_equal(o->members[m].pool, e->members[m].pool);
    return same;
}

/* Notes which engines stay where they run, by a placement that keeps a replica or a part of it. */
static void observe(checker *c, const mp_placement *p)
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
            *fact(c, STAYS, r->entry->id + 1, 0, p->engines[e].engine->name) = c;
    }
    if (p->retained)
        *fact(c, STAYS, 0, p->index, MP__STR("")) = c;
    c->p = p;
    must(c, there || (!p->retained && p->replica.size == 0), "no such replica was observed");
}

/* Whether an observed replica of ours can stay beyond doubt. */
static bool may_stay(checker *c, const mp_replica *r)
{
    bool *seen = got(c, MP__NEW_ARRAY(&c->arena, bool, c->d->engine_count));
    bool stays = !closed(c, true) && r->engine_count == c->d->engine_count;
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
static void check_kept(checker *c)
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
        must(c, !found || !(*found)->retained || mp__str_compare((*found)->replica, r->name) <= 0,
             "another replica of an identity goes first by name");
        must(c, found ? (*found)->retained : enough, "a replica can stay but is not kept");
    }
}

/* ---- certificates that count ---- */

/* Opens all places that one more replica may be in: told apart as far as it must be together. */
static void open_places(checker *c)
{
    mp__wish wishes[MP__WISHES];

    for (size_t p = 0; p < c->cluster->pool_count; p++) {
        const mp_pool *pool = c->cluster->pools[p];
        size_t depth = 0, domains = mp_pool_domain_count(pool);

        for (size_t e = 0; domains > 0 && e < c->d->engine_count; e++) {
            mp__engine_wishes(c->d->engines[e], false, false, wishes);
            for (size_t w = 0; w < MP__WISHES; w++)
                for (size_t l = depth; l < pool->levels->count; l++)
                    depth = mp__str_equal(wishes[w].level, pool->levels->names[l]) ? l + 1 : depth;
        }
        for (size_t i = 0; i < domains || i == 0; i++)
            if (!mp__cluster_bars(c->cluster, c->d, pool))
                place(c, pool,
                      domains ? mp__domain_prefix(pool->levels->domains[i], depth) : MP__STR(""))
                    ->open = true;
    }
}

/* Grains that a request is worth in a domain: none if others than those that count may serve it. */
static int64_t worth(checker *c, const mp__state *s, const mp_request *q, const mp__measure *by)
{
    for (; s; s = s->peer)
        for (size_t i = 0; i < s->pool->device_count; i++)
            if (serves(c, s->pool->devices[i], q) && !serves(c, s->pool->devices[i], by->request))
                return 0;
    return q->count / by->grain;
}

/* Whether a node of a state could hold a pod: each request for itself; `claims`: it need not claim.
 */
static bool holds(checker *c, const mp__state *s, const mp_member *m, bool claims)
{
    for (size_t r = 0; r < m->request_count; r++) {
        const mp_request *q = m->requests[r];
        bool found = false;

        for (size_t i = 0; i < s->pool->device_count; i++) {
            if (s->left[i] < q->count || !serves(c, s->pool->devices[i], q))
                continue;
            found = true;
            claims |= mp__device_claims(s->pool, i);
        }
        if (!found)
            return false;
    }
    return claims;
}

/* Grains that the least unit needs in a domain; 0 also if nothing is known of it. */
static int64_t demand(checker *c, const mp__certificate *of, mp__state *s, const mp__measure *by)
{
    bool nodes = !c->devices && of->unit != MP_UNIT_POD, idle;
    int64_t least = INT64_MAX, sum = 0;

    for (mp__state *t = s; t; t = t->peer)
        t->useful = t->idle = false;
    for (size_t e = 0; e < c->d->engine_count; e++) {
        const mp_engine *engine = c->d->engines[e];

        sum = of->unit == MP_UNIT_ALL ? sum : 0;
        for (size_t m = 0; of->engines[e] && m < engine->member_count; m++) {
            const mp_member *k = engine->members[m];
            int64_t each = 0, pods = of->unit == MP_UNIT_POD    ? m == of->member
                                     : of->unit == MP_UNIT_COPY ? k->nodes
                                                                : mp__member_pods(k);

            for (size_t r = 0; r < k->request_count && pods > 0; r++)
                each = mp__add_saturating(each, worth(c, s, k->requests[r], by));
            idle = each > 0 && !must_claim(c, k);
            for (mp__state *t = s; t && each > 0; t = t->peer) {
                bool held = holds(c, t, k, idle);

                t->useful |= held;
                t->idle |= held && idle;
            }
            sum = mp__add_saturating(sum, mp__mul_saturating(pods, nodes ? each > 0 : each));
        }
        if (of->engines[e])
            least = of->unit == MP_UNIT_ALL || sum < least ? sum : least;
    }
    return least;
}

/* Grains that a domain has; INT64_MAX: no end of them, for what is not claimed is not used up. */
static int64_t supply(checker *c, const mp__certificate *of, const mp__state *s,
                      const mp__measure *by)
{
    int64_t sum = 0;

    for (; s; s = s->peer) {
        int64_t each = 0;

        for (size_t i = 0; s->useful && i < s->pool->device_count; i++)
            if (serves(c, s->pool->devices[i], by->request))
                each = mp__add_saturating(each,
                                          mp__device_claims(s->pool, i) || !(c->devices || s->idle)
                                              ? s->left[i] / by->grain
                                              : INT64_MAX);
        if (each < INT64_MAX && of->unit != MP_UNIT_POD)
            each = mp__mul_saturating(c->devices ? each : each > 0, s->nodes);
        sum = mp__add_saturating(sum, each);
    }
    return sum;
}

/* Units that there are, each of which must be in one domain of the level. */
static int64_t count_units(checker *c, const mp__certificate *of)
{
    static const mp__scope scopes[] = { MP__OF_MEMBER, MP__OF_COPY, MP__OF_ENGINE, MP__OF_REPLICA };
    const mp_engine *first = NULL;
    mp__wish wishes[MP__WISHES];
    int64_t units = 0;

    for (size_t e = 0; e < c->d->engine_count; e++) {
        const mp_engine *engine = c->d->engines[e];
        bool whole = of->level.size == 0;

        if (!of->engines[e])
            continue;
        must(c, of->unit != MP_UNIT_POD || !first, "a certificate is about nothing");
        first = first ? first : engine;
        mp__engine_wishes(engine, c->opts.span == MP_SPAN_FABRIC, c->opts.whole_members, wishes);
        for (size_t w = 0; w < MP__WISHES; w++)
            whole |= mp__str_equal(wishes[w].level, of->level) &&
                     (wishes[w].of >= scopes[of->unit] ||
                      (wishes[w].of == MP__OF_GROUP && mp__str_equal(first->group, engine->group)));
        must(c, whole, "the units of a certificate need not be in one domain");
        units = mp__add_saturating(units, of->unit == MP_UNIT_COPY ? engine->copies : 1);
    }
    must(c, first && of->measure_count > 0 && of->member < first->member_count,
         "a certificate is about nothing");
    return of->unit == MP_UNIT_ALL   ? 1
           : of->unit == MP_UNIT_POD ? mp__member_pods(first->members[of->member])
                                     : units;
}

/* Links the open states of each domain of a level; of pods, each is one for itself. */
static void link_domains(checker *c, const mp__certificate *of)
{
    bool pod = of->unit == MP_UNIT_POD;

    c->replica++;
    c->first_domain = c->facts.count;
    for (size_t p = 0; p < c->cluster->pool_count; p++) {
        for (mp__state *s = c->census.states[p], **last; s; s = s->next) {
            mp__str name = pod ? MP__STR("") : domain(c, s, of->level);

            if (s->place->open && (pod || name.size > 0)) {
                last = (mp__state **)fact(c, DOMAIN, pod ? c->facts.count : 0, c->replica, name);
                s->peer = *last;
                *last = s;
            }
        }
    }
    c->domain_count = c->facts.count - c->first_domain;
}

/* Fills in what a certificate counts, and the room of as many domains as are asked for. */
static void count(checker *c, mp__draft *draft)
{
    mp__certificate *of = &draft->certificate;
    bool pod = of->unit == MP_UNIT_POD;

    of->needs = count_units(c, of);
    of->has = 0;
    if (!draft->same)
        link_domains(c, of);
    draft->domain_count = c->domain_count;
    for (size_t k = 0; k < draft->domain_count; k++) {
        mp__state *s = c->facts.entries[c->first_domain + k].value;
        const mp__measure *by = &of->measures[k < of->measure_count ? k : of->measure_count - 1];
        int64_t need, there, room = INT64_MAX;

        must(c, by->grain > 0, "a certificate counts nothing");
        need = demand(c, of, s, by);
        there = supply(c, of, s, by);
        if (need > 0 && there < INT64_MAX)
            room = there / need;
        if (pod && room < INT64_MAX)
            room = mp__mul_saturating(c->devices ? room : room > 0, s->nodes);
        of->has = mp__add_saturating(of->has, room);
        if (k < draft->room_count)
            draft->rooms[k] = room;
    }
}

/* ---- certificates of a search ---- */

/* Puts down pod `n` from request `r` on, on a node (NULL: on any) with so much left, and all
 * after it: every node, every device, as far as the steps go. */
static bool fits(checker *c, size_t n, size_t r, mp__state *on, int64_t *left)
{
    put *u = c->pods[n], **fellow = c->pods;
    bool found = !u;

    if (c->steps++ >= SEARCH_STEPS)
        return false;
    for (size_t p = 0; u && !on && p < c->cluster->pool_count && !found; p++) {
        for (mp__state *s = c->census.states[p]; s && !found; s = s->next) {
            u->at = s;
            if (s->place->open && (!u->must || s->nodes > 0) && !apart(c, u))
                found = fits(c, n, 0, s, got(c, mp__pool_left(&c->arena, s->pool, s->left)));
        }
    }
    while (u && (*fellow)->m != u->m)
        fellow++;
    for (size_t i = 0; u && on && r < u->m->request_count && i < on->pool->device_count && !found;
         i++) {
        const mp__kind *kind = on->pool->devices[i]->kind, *other;

        if (!serve(c, on->pool, i, u->m->requests[r], left))
            continue;
        u->device[r] = i;
        other = (*fellow)->at->pool->devices[(*fellow)->device[r]]->kind;
        u->claims += kind->claim == MP_CLAIM_DRA;
        found = kind->claim == other->claim &&
                (kind->claim != MP_CLAIM_DRA ||
                 mp__str_equal(kind->device_class, other->device_class)) &&
                fits(c, n, r + 1, on, left);
        u->claims -= kind->claim == MP_CLAIM_DRA;
        left[i] += u->m->requests[r]->count;
    }
    if (u && on && r == u->m->request_count && u->must == (u->claims > 0)) {
        int64_t *after = got(c, mp__pool_left(&c->arena, on->pool, c->devices ? left : on->left));
        mp__state *to = got(c, mp__census_state(&c->census, on, after));

        on->nodes -= u->must;
        to->nodes += u->must && c->devices;
        found = fits(c, n + 1, 0, NULL, NULL);
        on->nodes += u->must;
        to->nodes -= u->must && c->devices;
    }
    return found;
}

/* Lists the pods of one more replica; false: too many, or some engine claims nothing. */
static bool list_pods(checker *c)
{
    size_t count = 0;

    for (size_t e = 0; e < c->d->engine_count; e++) {
        const mp_engine *engine = c->d->engines[e];
        bool claims = false;

        for (int64_t copy = 0; copy < engine->copies; copy++) {
            for (size_t m = 0; m < engine->member_count; m++) {
                put u = { .m = engine->members[m], .copy = copy };

                u.must = must_claim(c, u.m);
                claims |= u.must;
                for (int64_t n = 0; n < u.m->nodes; n++) {
                    if (count == SEARCH_PODS || u.m->request_count > MP__COUNT(u.device))
                        return false;
                    c->pods[count] = got(c, MP__NEW(&c->arena, put));
                    *c->pods[count++] = u;
                }
            }
        }
        if (!claims)
            return false;
    }
    c->pods[count] = NULL;
    return count > 0;
}

static void check_certificate(checker *c, const mp__certificate *of)
{
    mp__draft own = { .certificate = *of };

    c->replica++;
    c->steps = 0;
    if (of->proof == MP_PROOF_CLOSED)
        must(c, closed(c, false), "the cluster is not closed to new replicas");
    if (of->proof == MP_PROOF_SEARCH)
        must(c, !list_pods(c) || !fits(c, 0, 0, NULL, NULL), "one more replica fits after all");
    if (of->proof == MP_PROOF_COUNT) {
        count(c, &own);
        must(c, own.certificate.has < own.certificate.needs, "there is room by that count");
        must(c, own.certificate.has == of->has && own.certificate.needs == of->needs,
             "a certificate counts other numbers");
    }
}

/* ---- the plan ---- */

/* Rows were put down in this order: each finds the nodes that those before it left. */
static int by_order(const void *a, const void *b, void *user)
{
    const put *const *x = a, *const *y = b;
    int order = ((*x)->p->order > (*y)->p->order) - ((*x)->p->order < (*y)->p->order);

    (void)user;
    return order ? order
                 : ((*x)->row->order > (*y)->row->order) - ((*x)->row->order < (*y)->row->order);
}

/* Goes to a cluster, and puts down what the plan has there: the placements from `i` on.  Gives
 * the first of the next cluster. */
static size_t enter(checker *c, mp__str name, size_t i, bool refuses)
{
    mp_allocator alloc = mp__arena_allocator(&c->arena);
    int64_t smaller = 0;
    size_t end = i;

    mp__arena_reset(&c->arena);
    c->p = NULL;
    c->name = name;
    c->cluster = mp_fleet_find_cluster(c->fleet, name.data, name.size);
    must(c, c->cluster, "there is no such cluster");
    must(c, mp__census_init(&c->census, &c->arena, c->cluster, c->devices), NULL);
    mp__map_init(&c->facts, &alloc);
    c->charged = false;
    c->puts = NULL;
    c->count = c->capacity = 0;
    for (; end < c->plan->count && mp__str_equal(c->plan->placements[end]->cluster, name); end++)
        observe(c, c->plan->placements[end]);
    if (refuses)
        open_places(c);
    for (; i < end; i++) {
        check_placement(c, c->plan->placements[i], smaller);
        smaller += c->plan->placements[i]->index >= 0;
    }
    must(c, mp__sort(&c->fleet->alloc, c->puts, c->count, sizeof *c->puts, by_order, NULL), NULL);
    for (size_t k = 0; k < c->count; k++) {
        const put *u = c->puts[k];

        c->p = u->p;
        must(c, u->at->nodes >= u->row->nodes, "new replicas overcommit a pool");
        must(c, mp__census_take(&c->census, u->at, u->left, u->row->nodes, u->row->again), NULL);
    }
    c->p = NULL;
    return end;
}

/* Cluster by cluster, in the order of names, which placements and certificates are both in. */
static void check(checker *c)
{
    const mp_plan *plan = c->plan;
    bool full = plan->count == (uint64_t)c->d->replicas, held = plan->verdict == MP_VERDICT_HELD;

    must(c, plan->deployment == c->d, "the plan is of another deployment");
    must(c, plan->count <= (uint64_t)c->d->replicas, "more placements than replicas");
    must(c, full == (plan->verdict == MP_VERDICT_PLACED) && (full || held == c->opts.no_fill),
         "the verdict is not what the placements are");
    for (size_t i = 1; i < plan->count; i++)
        must(c, compare(&plan->placements[i - 1], &plan->placements[i]) < 0,
             "placements are out of order, or there twice");
    for (size_t i = 0, k = 0; i < plan->count || k < plan->certificate_count;) {
        const mp__certificate *of = k < plan->certificate_count ? &plan->certificates[k] : NULL;
        mp__str name = i < plan->count ? plan->placements[i]->cluster : of->cluster;

        name = of && mp__str_compare(of->cluster, name) < 0 ? of->cluster : name;
        of = of && mp__str_equal(of->cluster, name) ? of : NULL;
        i = enter(c, name, i, of);
        if (of)
            check_certificate(c, of);
        k += of != NULL;
    }
    check_kept(c);
}

mp_status mp__checker_run(mp__checker *c, mp__draft *draft)
{
    c->broken = NULL;
    if (setjmp(c->end) != 0)
        return c->broken ? MP_ECHECK : MP_ENOMEM;
    if (!draft)
        check(c);
    else if (draft->counts)
        count(c, draft);
    else
        enter(c, draft->certificate.cluster, draft->first, true);
    if (draft)
        draft->closed = closed(c, false);
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
    mp_status st = c ? mp__checker_run(c, NULL) : MP_ENOMEM;

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

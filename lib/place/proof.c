/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checker's second half: verifies why a cluster takes no more replicas.  Like the first it
 * knows nothing of the scheduler.  A certificate that counts says what of; by what measure there is
 * least room in a domain is found here.
 */
#include "proof_internal.h"

/* Domains are measured by so many requests: the first in the deployment's order. */
#define MEASURES_MAX 16
/* How deep and how far the search goes. */
#define SEARCH_PODS 32
#define SEARCH_STEPS 20000

/* What there is in a domain, and what is needed, are counted in grains: devices that could serve a
 * request, and requests that only those could serve, are worth so many as go into their number. */
typedef struct measure {
    const mp_request *by; /* NULL: any */
    int64_t grain;        /* 1 or more */
} measure;

void mp__proof_open(mp__checker *c)
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
                mp__check_place(c, pool,
                                domains ? mp__domain_prefix(pool->levels->domains[i], depth)
                                        : MP__STR(""))
                    ->open = true;
    }
}

/* ---- counting ---- */

/* Grains that a request is worth in a domain: none if others than those that count may serve it. */
static int64_t worth(mp__checker *c, const mp__state *s, const mp_request *q, measure m)
{
    for (; s; s = s->peer)
        for (size_t i = 0; i < s->pool->device_count; i++)
            if (mp__check_serves(c, s->pool->devices[i], q) &&
                !mp__check_serves(c, s->pool->devices[i], m.by))
                return 0;
    return q->count / m.grain;
}

/* Whether a node of a state could hold a pod, each request for itself, and claims if it must. */
static bool holds(mp__checker *c, const mp__state *s, const mp_member *k, bool must)
{
    bool claims = !must;

    for (size_t r = 0; r < k->request_count; r++) {
        const mp_request *q = k->requests[r];
        bool found = false;

        for (size_t i = 0; i < s->pool->device_count; i++) {
            if (s->left[i] < q->count || !mp__check_serves(c, s->pool->devices[i], q))
                continue;
            found = true;
            claims |= mp__device_claims(s->pool, i);
        }
        if (!found)
            return false;
    }
    return claims;
}

/* Pods of a member in one unit; 0: it is not counted. */
static int64_t pods_of(const mp__certificate *of, const mp_member *k)
{
    return !of->engines[k->engine->index] ? 0
           : of->unit == MP_UNIT_POD      ? k->index == of->member
           : of->unit == MP_UNIT_COPY     ? k->nodes
                                          : mp__member_pods(k);
}

/* Adds to `sum` the grains that pods of a member need in a domain, and notes which states are of
 * use to them; false: no state is. */
static bool add_demand(mp__checker *c, const mp__certificate *of, mp__state *s, const mp_member *k,
                       measure m, int64_t *sum)
{
    int64_t each = 0, pods = pods_of(of, k);
    bool must = mp__check_claims(c, k), held = pods == 0;

    for (size_t r = 0; pods > 0 && r < k->request_count; r++)
        each = mp__add_saturating(each, worth(c, s, k->requests[r], m));
    for (mp__state *t = s; pods > 0 && t; t = t->peer) {
        bool here = holds(c, t, k, must);

        held |= here;
        t->useful |= here && each > 0;
        t->idle |= here && each > 0 && !must;
    }
    each = c->devices || of->unit == MP_UNIT_POD ? each : each > 0;
    *sum = mp__add_saturating(*sum, mp__mul_saturating(pods, each));
    return held;
}

/* Grains that the least unit needs in a domain; INT64_MAX: no unit can be there. */
static int64_t demand(mp__checker *c, const mp__certificate *of, mp__state *s, measure m)
{
    int64_t least = INT64_MAX, sum = 0;
    bool all = of->unit == MP_UNIT_ALL, held = true;

    for (mp__state *t = s; t; t = t->peer)
        t->useful = t->idle = false;
    for (size_t e = 0; e < c->d->engine_count; e++) {
        const mp_engine *engine = c->d->engines[e];

        sum = all ? sum : 0;
        held |= !all;
        for (size_t k = 0; k < engine->member_count; k++)
            held &= add_demand(c, of, s, engine->members[k], m, &sum);
        if (of->engines[e] && (all || (held && sum < least)))
            least = !held ? INT64_MAX : sum < INT64_MAX ? sum : INT64_MAX - 1;
    }
    return least;
}

/* Grains that a domain has; INT64_MAX: no end of them.  What is not claimed is not used up, but a
 * pod that must claim takes its node, too. */
static int64_t supply(mp__checker *c, const mp__certificate *of, const mp__state *s, measure m)
{
    int64_t sum = 0;

    for (; s; s = s->peer) {
        int64_t each = 0;

        for (size_t i = 0; s->useful && i < s->pool->device_count; i++)
            if (mp__check_serves(c, s->pool->devices[i], m.by))
                each = mp__add_saturating(each,
                                          mp__device_claims(s->pool, i) || !(c->devices || s->idle)
                                              ? s->left[i] / m.grain
                                              : INT64_MAX);
        if (each < INT64_MAX && of->unit != MP_UNIT_POD)
            each = mp__mul_saturating(c->devices ? each : each > 0, s->nodes);
        sum = mp__add_saturating(sum, each);
    }
    return sum;
}

/* Units that a domain has room for at most. */
static int64_t room(mp__checker *c, const mp__certificate *of, mp__state *s, measure m)
{
    int64_t need = demand(c, of, s, m), there = supply(c, of, s, m);
    int64_t units = need == INT64_MAX                 ? 0
                    : need == 0 || there == INT64_MAX ? INT64_MAX
                                                      : there / need;

    if (of->unit == MP_UNIT_POD && units < INT64_MAX)
        units = mp__mul_saturating(c->devices ? units : units > 0, s->nodes);
    return units;
}

/* The same by whatever measure there is least: any device, or those that a request counts, one by
 * one or in its number. */
static int64_t least_room(mp__checker *c, const mp__certificate *of, mp__state *s,
                          const mp_request *const *requests, size_t count)
{
    int64_t least = room(c, of, s, (measure){ NULL, 1 });

    for (size_t i = 0; i < 2 * count && least > 0; i++) {
        const mp_request *by = requests[i / 2];
        int64_t units = room(c, of, s, (measure){ by, i % 2 ? 1 : by->count });

        least = units < least ? units : least;
    }
    return least;
}

/* Lists the requests of what is counted, those that are alike once. */
static size_t list_requests(mp__checker *c, const mp__certificate *of,
                            const mp_request *out[MEASURES_MAX])
{
    size_t count = 0;

    for (size_t e = 0; e < c->d->engine_count; e++) {
        for (size_t m = 0; m < c->d->engines[e]->member_count; m++) {
            const mp_member *k = c->d->engines[e]->members[m];

            for (size_t r = 0, i; pods_of(of, k) > 0 && r < k->request_count; r++) {
                for (i = 0; i < count && !mp__request_equal(out[i], k->requests[r]);)
                    i++;
                if (i == count && count < MEASURES_MAX)
                    out[count++] = k->requests[r];
            }
        }
    }
    return count;
}

/* Units that there are, each of which must be in one domain of the level. */
static int64_t count_units(mp__checker *c, const mp__certificate *of)
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
        mp__must(c, of->unit != MP_UNIT_POD || !first, "a certificate is about nothing");
        first = first ? first : engine;
        mp__engine_wishes(engine, c->opts.span == MP_SPAN_FABRIC, c->opts.whole_members, wishes);
        for (size_t w = 0; w < MP__WISHES; w++)
            whole |= mp__str_equal(wishes[w].level, of->level) &&
                     (wishes[w].of >= scopes[of->unit] ||
                      (wishes[w].of == MP__OF_GROUP && mp__str_equal(first->group, engine->group)));
        mp__must(c, whole, "the units of a certificate need not be in one domain");
        units = mp__add_saturating(units, of->unit == MP_UNIT_COPY ? engine->copies : 1);
    }
    mp__must(c, first && of->member < first->member_count, "a certificate is about nothing");
    return of->unit == MP_UNIT_ALL   ? 1
           : of->unit == MP_UNIT_POD ? mp__member_pods(first->members[of->member])
                                     : units;
}

/* Links the open states of each domain of a level; of pods, each is one for itself.  Gives the
 * first fact that is a domain; those after it are, too. */
static size_t link_domains(mp__checker *c, const mp__certificate *of)
{
    bool pod = of->unit == MP_UNIT_POD;
    size_t first = c->facts.count;

    c->number++;
    for (size_t p = 0; p < c->cluster->pool_count; p++) {
        for (mp__state *s = c->census.states[p], **last; s; s = s->next) {
            mp__str name = pod ? MP__STR("") : mp__check_domain(c, s, of->level);

            if (s->place->open && (pod || name.size > 0)) {
                last = (mp__state **)mp__fact(c, MP__FACT_DOMAIN, pod ? c->facts.count : 0,
                                              c->number, name);
                s->peer = *last;
                *last = s;
            }
        }
    }
    return first;
}

void mp__proof_count(mp__checker *c, mp__certificate *of)
{
    const mp_request *requests[MEASURES_MAX];
    size_t count, end, k;

    of->needs = count_units(c, of);
    of->has = 0;
    count = list_requests(c, of, requests);
    k = link_domains(c, of);
    for (end = c->facts.count; k < end; k++)
        of->has = mp__add_saturating(of->has,
                                     least_room(c, of, c->facts.entries[k].value, requests, count));
}

/* ---- searching ---- */

/* Puts down pod `n` from request `r` on, on a node (NULL: on any) with so much left, and all
 * after it: every node, every device, as far as the steps go. */
static bool fits(mp__checker *c, size_t n, size_t r, mp__state *on, int64_t *left)
{
    mp__put *u = n < c->count ? c->puts[n] : NULL;
    bool found = !u, dra = false;

    if (c->steps++ >= SEARCH_STEPS)
        return false;
    for (size_t p = 0; u && !on && p < c->cluster->pool_count && !found; p++) {
        for (mp__state *s = c->census.states[p]; s && !found; s = s->next) {
            u->at = s;
            if (s->place->open && (!u->must || s->nodes > 0) && !mp__check_apart(c, u))
                found = fits(c, n, 0, s, mp__got(c, mp__pool_left(&c->arena, s->pool, s->left)));
        }
    }
    if (!u || !on)
        return found;
    for (size_t i = 0; r < u->m->request_count && i < on->pool->device_count && !found; i++) {
        const mp__kind *kind = on->pool->devices[i]->kind, *first;

        if (!mp__check_serve(c, on->pool, i, u->m->requests[r], left))
            continue;
        u->device[r] = i;
        first = u->first->at->pool->devices[u->first->device[r]]->kind;
        found = kind->claim == first->claim &&
                (kind->claim != MP_CLAIM_DRA ||
                 mp__str_equal(kind->device_class, first->device_class)) &&
                fits(c, n, r + 1, on, left);
        left[i] += u->m->requests[r]->count;
    }
    for (size_t i = 0; r == u->m->request_count && i < r; i++)
        dra |= mp__device_claims(on->pool, u->device[i]);
    if (r == u->m->request_count && u->must == dra) {
        int64_t *after =
            mp__got(c, mp__pool_left(&c->arena, on->pool, c->devices ? left : on->left));
        mp__state *to = mp__got(c, mp__census_state(&c->census, on, after));

        on->nodes -= dra;
        to->nodes += dra && c->devices;
        found = fits(c, n + 1, 0, NULL, NULL);
        on->nodes += dra;
        to->nodes -= dra && c->devices;
    }
    return found;
}

/* Lists the pods of a member in one more copy of its engine; false: they are too many. */
static bool list_pods(mp__checker *c, const mp_member *m, int64_t copy)
{
    bool must = mp__check_claims(c, m);
    mp__put **first =
        (mp__put **)mp__fact(c, MP__FACT_FIRST, m->engine->index, (int64_t)m->index, MP__STR(""));

    for (int64_t n = 0; n < m->nodes; n++) {
        mp__put *u = mp__got(c, MP__NEW(&c->arena, mp__put));

        if (c->count == SEARCH_PODS || m->request_count > MP__COUNT(u->device))
            return false;
        *first = *first ? *first : u;
        *u = (mp__put){ .m = m, .copy = copy, .must = must, .first = *first };
        mp__check_put(c, u);
    }
    return true;
}

/* Whether one more replica was seen to fit.  It does not if some engine claims nothing. */
static bool seen_to_fit(mp__checker *c)
{
    c->count = 0;
    c->steps = 0;
    for (size_t e = 0; e < c->d->engine_count; e++) {
        const mp_engine *engine = c->d->engines[e];
        bool claims = false;

        for (int64_t copy = 0; copy < engine->copies; copy++)
            for (size_t m = 0; m < engine->member_count; m++)
                if (!list_pods(c, engine->members[m], copy))
                    return false;
        for (size_t i = 0; i < c->count; i++)
            claims |= c->puts[i]->m->engine == engine && c->puts[i]->must;
        if (!claims)
            return false;
    }
    return c->count > 0 && fits(c, 0, 0, NULL, NULL);
}

void mp__proof_check(mp__checker *c, const mp__certificate *of)
{
    mp__certificate own = *of;

    c->number++;
    if (of->proof == MP_PROOF_CLOSED)
        mp__must(c, mp__check_closed(c, false), "the cluster is not closed to new replicas");
    if (of->proof == MP_PROOF_SEARCH)
        mp__must(c, !seen_to_fit(c), "one more replica fits after all");
    if (of->proof == MP_PROOF_COUNT) {
        mp__proof_count(c, &own);
        mp__must(c, own.has < own.needs, "there is room by that count");
        mp__must(c, own.has == of->has && own.needs == of->needs,
                 "a certificate counts other numbers");
    }
}

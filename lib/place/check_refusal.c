/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checker: certificates of refusals.
 *
 * One that counts names *units*, each of which must be whole in one domain of a level: pods on
 * nodes, copies, engines, or all that a list of engines needs.  For each request q, what units need
 * of the devices that could serve q is set against what domains have of them; a domain has room for
 * as many units as the scarcest of these allows.  If all domains together have room for fewer units
 * than there are, there is no room for the replica, whatever is tried.
 *
 * One q asks for any one device.  A request counts for q if it is as large and only devices that
 * could serve q could serve it; then a device entry with n left serves it n / (size of q) times.
 * Counted in devices, its size does not matter.  Where whole nodes are counted, a pod counts once
 * and a node serves one.
 *
 * One of an exhausted search is searched again, in the simplest way there is: every pod, every
 * place, every state of its nodes, every device; as far as RETRIES goes.
 */
#include "check_internal.h"

/* What requests of equal content ask for. */
typedef struct want {
    int64_t count;
    bool *by; /* per device entry of the cluster, pool by pool: whether it serves */
} want;

/* A member of a counted engine. */
typedef struct demand {
    const mp_engine *engine;
    const mp_member *m;
    size_t *wants; /* per request */
    bool must;     /* it claims devices wherever it is */
} demand;

typedef struct ledger {
    checker *c;
    const mp__certificate *of;
    size_t *base; /* per pool: its first entry */
    size_t entries;
    want *wants;
    demand *demands;
    size_t want_count, demand_count, want_capacity, demand_capacity;
    int64_t *weights; /* [want][devices][demand]: what a pod takes of a want */
} ledger;

static int64_t lesser(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static bool same_wants(const want *a, const want *b, size_t entries)
{
    return a->count == b->count && memcmp(a->by, b->by, entries * sizeof *a->by) == 0;
}

/* The want of a request; NULL: of any one device. */
static size_t add_want(ledger *l, const mp_request *q)
{
    checker *c = l->c;
    want w = { q && q->count > 0 ? q->count : 1, mp__checker_get(c, l->entries, sizeof *w.by) },
         *grown;

    for (size_t p = 0; w.by && p < c->cluster->pool_count; p++)
        for (size_t i = 0; i < c->cluster->pools[p]->device_count; i++)
            w.by[l->base[p] + i] = !q || mp__checker_serves(c, q, c->cluster->pools[p]->devices[i]);
    for (size_t i = 0; w.by && i < l->want_count; i++)
        if (same_wants(&l->wants[i], &w, l->entries))
            return i;
    grown =
        mp__arena_push(&c->arena, l->wants, &l->want_count, &l->want_capacity, sizeof *l->wants);
    c->nomem |= !grown;
    if (!grown)
        return 0;
    l->wants = grown;
    l->wants[l->want_count - 1] = w;
    return l->want_count - 1;
}

static void add_demand(ledger *l, const mp_engine *e, const mp_member *m)
{
    demand d = { e, m, mp__checker_get(l->c, m->request_count, sizeof *d.wants),
                 mp__checker_must_claim(l->c, m) };
    demand *grown = mp__arena_push(&l->c->arena, l->demands, &l->demand_count, &l->demand_capacity,
                                   sizeof *grown);

    l->c->nomem |= !grown;
    if (!grown)
        return;
    l->demands = grown;
    for (size_t r = 0; d.wants && r < m->request_count; r++)
        d.wants[r] = add_want(l, m->requests[r]);
    grown[l->demand_count - 1] = d;
}

static bool of_pods(const ledger *l)
{
    return l->of->unit == MP_UNIT_POD;
}

/* Requests of a pod that count for want `w`; whole nodes: whether one does. */
static int64_t weigh(const ledger *l, const demand *d, size_t w, bool devices)
{
    const want *q = &l->wants[w];
    int64_t sum = 0;

    for (size_t r = 0; r < d->m->request_count && (d->must || of_pods(l)); r++) {
        const want *other = &l->wants[d->wants[r]];
        bool counts = devices || other->count >= q->count;

        for (size_t i = 0; i < l->entries && counts; i++)
            counts = q->by[i] || !other->by[i];
        if (counts)
            sum = mp__add_saturating(sum, devices ? other->count : 1);
    }
    if (l->c->opts.accounting == MP_ACCOUNTING_NODES && !of_pods(l))
        sum = sum > 0;
    return sum;
}

static int64_t weight(const ledger *l, size_t w, bool devices, size_t d)
{
    return l->weights[(2 * w + devices) * l->demand_count + d];
}

/* What the least unit needs of want `w`. */
static int64_t least_need(const ledger *l, size_t w, bool devices)
{
    int64_t least = INT64_MAX, sum = 0;

    for (size_t i = 0; i < l->demand_count; i++) {
        const demand *d = &l->demands[i];
        int64_t pods = of_pods(l)                    ? 1
                       : l->of->unit == MP_UNIT_COPY ? d->m->nodes
                                                     : mp__member_pods(d->m);
        bool last = i + 1 == l->demand_count ||
                    (l->of->unit != MP_UNIT_ALL && l->demands[i + 1].engine != d->engine);

        sum = mp__add_saturating(sum, mp__mul_saturating(pods, weight(l, w, devices, i)));
        least = last ? lesser(least, sum) : least;
        sum = last ? 0 : sum;
    }
    return least;
}

/* Whether a node could hold a pod of the demand: each request finds an entry with enough, and one
 * that must claim finds one to claim. */
static bool could_hold(const ledger *l, const demand *d, const mp_pool *pool, const int64_t *left)
{
    bool claims = !d->must;

    for (size_t r = 0; r < d->m->request_count; r++) {
        const want *w = &l->wants[d->wants[r]];
        bool found = false;

        for (size_t i = 0; i < pool->device_count; i++) {
            bool dra = pool->devices[i]->kind->claim == MP_CLAIM_DRA;
            bool serves = w->by[l->base[pool->index] + i] &&
                          (left && dra ? left[i] : pool->devices[i]->count) >= w->count;

            found |= serves;
            claims |= serves && dra;
        }
        if (!found)
            return false;
    }
    return claims;
}

/* How much of want `w` a node in a state has. */
static int64_t on_node(const ledger *l, size_t w, bool devices, const mp_pool *pool,
                       const int64_t *left)
{
    const want *q = &l->wants[w];
    bool any = false;
    int64_t sum = 0;

    for (size_t i = 0; i < l->demand_count && !any; i++)
        any = weight(l, w, devices, i) > 0 && could_hold(l, &l->demands[i], pool, left);
    if (!any)
        return 0;
    if (l->c->opts.accounting == MP_ACCOUNTING_NODES && !of_pods(l))
        return 1;
    for (size_t i = 0; i < pool->device_count; i++) {
        bool dra = pool->devices[i]->kind->claim == MP_CLAIM_DRA;
        int64_t n = dra && left ? left[i] : dra || of_pods(l) ? pool->devices[i]->count : INT64_MAX;

        if (q->by[l->base[pool->index] + i])
            sum = mp__add_saturating(sum, devices || n == INT64_MAX ? n : n / q->count);
    }
    return sum;
}

/* Units that a want leaves room for in the domain of a place; INT64_MAX: it says nothing. */
static int64_t room_for(const ledger *l, size_t w, bool devices, const place *first,
                        place *const *places, size_t count)
{
    int64_t need = least_need(l, w, devices), sum = 0;

    for (size_t i = 0; i < count && need > 0; i++)
        for (size_t s = 0; s < places[i]->count; s++)
            if (places[i]->states[s].nodes > 0 &&
                mp__checker_together(first, places[i], l->of->level))
                sum = mp__add_saturating(sum,
                                         mp__mul_saturating(on_node(l, w, devices, places[i]->pool,
                                                                    places[i]->states[s].left),
                                                            places[i]->states[s].nodes));
    return need > 0 && sum < INT64_MAX ? sum / need : INT64_MAX;
}

/* Pods that a state of a place has room for.  A pod that need not claim needs no free node. */
static int64_t room_for_pods(const ledger *l, const place *at, const state *s)
{
    const demand *d = &l->demands[0];
    int64_t least = could_hold(l, d, at->pool, s->left) ? INT64_MAX : 0;

    for (size_t w = 0; w < l->want_count; w++) {
        for (int devices = 0; devices < 2; devices++) {
            int64_t need = weight(l, w, devices, 0);

            if (need > 0)
                least = lesser(least, on_node(l, w, devices, at->pool, s->left) / need);
        }
    }
    if (l->c->opts.accounting == MP_ACCOUNTING_NODES)
        least = lesser(least, 1);
    if (d->must)
        return mp__mul_saturating(least, s->nodes);
    return least > 0 ? INT64_MAX : 0;
}

static int64_t count_room(const ledger *l, place *const *places, size_t count)
{
    int64_t has = 0;

    for (size_t i = 0; i < count; i++) {
        bool seen = !of_pods(l) && !mp__checker_together(places[i], places[i], l->of->level);
        int64_t least = INT64_MAX;

        for (size_t j = 0; j < i && !seen && !of_pods(l); j++)
            seen = mp__checker_together(places[i], places[j], l->of->level);
        if (seen)
            continue;
        for (size_t s = 0; s < places[i]->count && of_pods(l); s++)
            has = mp__add_saturating(has, room_for_pods(l, places[i], &places[i]->states[s]));
        if (of_pods(l))
            continue;
        for (size_t w = 0; w < l->want_count && least > 0; w++)
            for (int devices = 0; devices < 2; devices++)
                least = lesser(least, room_for(l, w, devices, places[i], places, count));
        has = mp__add_saturating(has, least);
    }
    return has;
}

/* ---- units ---- */

/* Whether the units of a certificate stay whole in domains of its level. */
static bool stays_whole(const ledger *l)
{
    const mp__certificate *of = l->of;
    const mp_deployment *d = l->c->d;
    mp__str group = { "", 0 };
    bool whole = of->unit == MP_UNIT_ALL && mp__str_equal(of->level, MP__STR("cluster"));

    if (whole || of->unit == MP_UNIT_POD)
        return true;
    if (mp__checker_requires(&d->wish, of->level))
        return true;
    for (size_t i = 0; i < l->demand_count; i++) {
        const mp_engine *e = l->demands[i].engine;
        bool wide = e->span == MP_SPAN_FABRIC || l->c->opts.span == MP_SPAN_FABRIC;
        bool one = i == 0 || e == l->demands[0].engine || of->unit != MP_UNIT_ALL;

        group = i == 0 ? e->group : group;
        whole = (one && mp__str_equal(of->level, MP__STR("fabric"))) ||
                (one && !wide && mp__str_equal(of->level, MP__STR("pool"))) ||
                (of->unit == MP_UNIT_COPY && mp__checker_requires(&e->wish, of->level)) ||
                ((one || mp__str_equal(e->group, group)) &&
                 mp__checker_requires(mp__deployment_group_wish(d, e->group), of->level));
        if (!whole)
            return false;
    }
    return l->demand_count > 0;
}

static int64_t count_units(const ledger *l)
{
    int64_t sum = 0;

    if (of_pods(l))
        return mp__member_pods(l->demands[0].m);
    for (size_t i = 0; i < l->demand_count && l->of->unit != MP_UNIT_ALL; i++)
        if (i == 0 || l->demands[i].engine != l->demands[i - 1].engine)
            sum = mp__add_saturating(sum, l->of->unit == MP_UNIT_COPY ? l->demands[i].engine->copies
                                                                      : 1);
    return l->of->unit == MP_UNIT_ALL ? 1 : sum;
}

/* ---- the places ---- */

/* Names of a path down to the deepest level that something is required of. */
static mp__str known_path(const checker *c, const mp_pool *pool, mp__str path)
{
    size_t depth = 0, end = 0;

    for (size_t l = 0; l < pool->levels->count; l++) {
        bool asked = mp__checker_requires(&c->d->wish, pool->levels->names[l]);

        for (size_t e = 0; e < c->d->engine_count && !asked; e++)
            asked = mp__checker_requires(&c->d->engines[e]->wish, pool->levels->names[l]) ||
                    mp__checker_requires(mp__deployment_group_wish(c->d, c->d->engines[e]->group),
                                         pool->levels->names[l]);
        depth = asked ? l + 1 : depth;
    }
    while (depth > 0 && end < path.size && (path.data[end] != '/' || --depth > 0))
        end++;
    return (mp__str){ path.data, end };
}

void mp__checker_places(checker *c)
{
    size_t capacity = 0;

    for (size_t p = 0; p < c->cluster->pool_count && !c->nomem; p++) {
        const mp_pool *pool = c->cluster->pools[p];
        size_t domains = mp_pool_domain_count(pool);

        for (size_t i = 0; i < (domains ? domains : 1) && !mp__checker_barred(c, pool); i++) {
            place *at = mp__checker_place(
                c, pool,
                domains ? known_path(c, pool, pool->levels->domains[i]->path) : MP__STR(""));
            place **grown;

            if (!at || at->listed)
                continue;
            grown = mp__arena_push(&c->arena, c->list, &c->count, &capacity, sizeof *grown);
            c->nomem |= !grown;
            if (!grown)
                return;
            c->list = grown;
            grown[c->count - 1] = at;
            at->listed = true;
        }
    }
}

static bool open_ledger(ledger *l, checker *c, const mp__certificate *of)
{
    *l = (ledger){ .c = c, .of = of };
    l->base = mp__checker_get(c, c->cluster->pool_count, sizeof *l->base);
    for (size_t p = 0; l->base && p < c->cluster->pool_count; p++) {
        l->base[p] = l->entries;
        l->entries += c->cluster->pools[p]->device_count;
    }
    if (!c->nomem)
        add_want(l, NULL);
    for (size_t e = 0; e < c->d->engine_count && !c->nomem; e++)
        for (size_t m = 0; m < c->d->engines[e]->member_count && of->engines[e]; m++)
            if (of->unit != MP_UNIT_POD || m == of->member)
                add_demand(l, c->d->engines[e], c->d->engines[e]->members[m]);
    l->weights = mp__checker_get(c, 2 * l->want_count * l->demand_count, sizeof *l->weights);
    for (size_t i = 0; !c->nomem && i < 2 * l->want_count * l->demand_count; i++) {
        size_t w = i / l->demand_count / 2;

        l->weights[i] = weigh(l, &l->demands[i % l->demand_count], w, i / l->demand_count % 2 == 1);
    }
    return !c->nomem;
}

rule mp__checker_count(checker *c, const mp__certificate *of, int64_t *needs, int64_t *has)
{
    ledger l;

    *needs = *has = 0;
    if (!open_ledger(&l, c, of))
        return "out of memory";
    if (l.demand_count == 0 || (of_pods(&l) && l.demand_count > 1))
        return "a certificate is about nothing";
    if (!stays_whole(&l))
        return "the units of a certificate need not be in one domain";
    *needs = count_units(&l);
    *has = count_room(&l, c->list, c->count);
    return *has < *needs ? NULL : "by a certificate's own count there is room";
}

/* ---- an exhausted search ---- */

#define RETRIES 20000
#define RETRY_PODS 32 /* and so deep does the search go */

typedef struct retry {
    ledger l;
    size_t demand_of[RETRY_PODS]; /* per pod */
    put puts[RETRY_PODS];
    mp__row rows[RETRY_PODS];
    size_t count, tries;
} retry;

/* All pods of the replica, copy by copy; false: none, too many, or some engine claims
 * nothing. */
static bool list_pods(retry *r)
{
    for (size_t i = 0, first = 0; i < r->l.demand_count; first = i) {
        const mp_engine *e = r->l.demands[first].engine;
        bool claims = false;

        for (size_t k = first; k < r->l.demand_count && r->l.demands[k].engine == e; k++)
            claims |= r->l.demands[k].must;
        if (!claims)
            return false;
        for (int64_t copy = 0; copy < e->copies; copy++) {
            for (i = first; i < r->l.demand_count && r->l.demands[i].engine == e; i++) {
                const demand *d = &r->l.demands[i];

                for (int64_t n = 0; n < d->m->nodes; n++, r->count++) {
                    if (r->count == RETRY_PODS)
                        return false;
                    r->demand_of[r->count] = i;
                    r->rows[r->count].copy = copy;
                    r->puts[r->count] = (put){ .engine = e, .m = d->m, .row = &r->rows[r->count] };
                    r->rows[r->count].device =
                        mp__checker_get(r->l.c, d->m->request_count, sizeof(uint32_t));
                }
            }
        }
    }
    return r->count > 0 && !r->l.c->nomem;
}

/* Whether the devices of pod `n` serve it, from what is left, with the claims of its fellows; then
 * what is left after it is in `after`. */
static bool served(const retry *r, size_t n, const int64_t *left, int64_t *after)
{
    const demand *d = &r->l.demands[r->demand_of[n]];
    const mp_pool *pool = r->puts[n].at->pool;
    size_t claims = 0, fellow = 0;

    while (r->demand_of[fellow] != r->demand_of[n])
        fellow++;
    for (size_t i = 0; i < pool->device_count; i++)
        after[i] = left && pool->devices[i]->kind->claim == MP_CLAIM_DRA ? left[i]
                                                                         : pool->devices[i]->count;
    for (size_t q = 0; q < d->m->request_count; q++) {
        const mp_device *device = pool->devices[r->rows[n].device[q]];
        const mp_device *other = r->puts[fellow].at->pool->devices[r->rows[fellow].device[q]];
        const want *w = &r->l.wants[d->wants[q]];

        after[r->rows[n].device[q]] -= w->count;
        if (!w->by[r->l.base[pool->index] + r->rows[n].device[q]] ||
            after[r->rows[n].device[q]] < 0 || device->kind->claim != other->kind->claim ||
            (device->kind->claim == MP_CLAIM_DRA &&
             !mp__str_equal(device->kind->device_class, other->kind->device_class)))
            return false;
        claims += device->kind->claim == MP_CLAIM_DRA;
    }
    for (size_t i = 0; i < pool->device_count; i++)
        after[i] = pool->devices[i]->kind->claim == MP_CLAIM_DRA ? after[i] : 0;
    return (claims > 0) == d->must;
}

/* The next choice of devices, the last request's first; false after the last. */
static bool next_way(const retry *r, size_t n)
{
    size_t q = r->puts[n].m->request_count;

    while (q > 0 && ++r->rows[n].device[q - 1] >= r->puts[n].at->pool->device_count)
        r->rows[n].device[--q] = 0;
    return q > 0;
}

static bool fits(retry *r, size_t n);

/* Tries pod `n`, and all after it, on nodes of a state. */
static bool fits_on(retry *r, size_t n, place *at, size_t s)
{
    checker *c = r->l.c;
    bool must = r->l.demands[r->demand_of[n]].must, found = false;
    bool devices = c->opts.accounting == MP_ACCOUNTING_DEVICES;
    int64_t *after = mp__checker_get(c, at->pool->device_count, sizeof *after);

    if (!after || (must && at->states[s].nodes <= 0) ||
        (at->pool->device_count == 0 && r->puts[n].m->request_count > 0))
        return false;
    memset(r->rows[n].device, 0, r->puts[n].m->request_count * sizeof(uint32_t));
    r->puts[n].at = at;
    do {
        if (r->tries++ > RETRIES || c->nomem)
            return false;
        if (!served(r, n, at->states[s].left, after) || mp__checker_apart(c, r->puts, n))
            continue;
        at->states[s].nodes -= must;
        if (must && devices)
            mp__checker_add(c, at, after, 1);
        found = fits(r, n + 1);
        at->states[s].nodes += must;
        if (must && devices)
            mp__checker_add(c, at, after, -1);
    } while (!found && next_way(r, n));
    return found;
}

static bool fits(retry *r, size_t n)
{
    checker *c = r->l.c;

    for (size_t i = 0; i < c->count && n < r->count; i++)
        for (size_t s = 0; s < c->list[i]->count; s++)
            if (fits_on(r, n, c->list[i], s))
                return true;
    return n == r->count;
}

static rule check_search(checker *c)
{
    retry *r = mp__checker_get(c, 1, sizeof *r);
    bool *engines = mp__checker_get(c, c->d->engine_count, sizeof *engines);
    mp__certificate all = { .unit = MP_UNIT_ALL, .engines = engines };

    if (!r || !engines)
        return NULL;
    memset(engines, true, c->d->engine_count * sizeof *engines);
    if (!open_ledger(&r->l, c, &all) || !list_pods(r))
        return NULL;
    return fits(r, 0) && !c->nomem ? "one more replica fits after all" : NULL;
}

rule mp__checker_refusal(checker *c, const mp__certificate *of)
{
    int64_t needs, has;
    rule broken;

    switch (of->proof) {
    case MP_PROOF_CLOSED:
        return mp__checker_cluster(c, false) ? NULL : "the cluster is not closed to new replicas";
    case MP_PROOF_COUNT:
        broken = mp__checker_count(c, of, &needs, &has);
        return broken || (needs == of->needs && has == of->has)
                   ? broken
                   : "a certificate counts other numbers";
    default:
        return check_search(c);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates: why each cluster takes no more replicas, in a form that the checker can verify.
 *
 * The search says that a cluster is full; then short proofs by counting are thought of, from the
 * simplest on, and the first by which more is needed than there is is taken.  What is counted in
 * each domain is whatever leaves the least room there.  The checker's own count is asked, which
 * knows nothing of this: a proof stands for itself, however it was found.
 */
#include "place_internal.h"

/* Proposals for one cluster and one kind of unit look at so many engines one by one, */
#define ENGINES_APART 64
/* and count in so many ways. */
#define MEASURES_MAX 33

typedef struct writer {
    const mp_fleet *fleet;
    const mp_deployment *d;
    mp_plan *plan;
    mp__matcher matcher;
    mp__checker *checker;
    mp__arena scratch, question, rooms;
    mp__draft draft;
    mp__measure measures[MEASURES_MAX];
    size_t measure_count;
    bool found, nomem;
} writer;

/* ---- what to count ---- */

static bool same_request(const mp_request *x, const mp_request *y)
{
    bool same = x->count == y->count && x->selector_count == y->selector_count;

    for (size_t s = 0; same && s < x->selector_count; s++)
        same =
            strcmp(mp_cel_source(x->selectors[s], NULL), mp_cel_source(y->selectors[s], NULL)) == 0;
    return same;
}

static void add_measure(writer *w, const mp_request *q, int64_t grain)
{
    for (size_t i = 0; q && i < w->measure_count; i++)
        if (w->measures[i].request && w->measures[i].grain == grain &&
            same_request(w->measures[i].request, q))
            return;
    if (w->measure_count < MEASURES_MAX)
        w->measures[w->measure_count++] = (mp__measure){ q, grain };
}

/* All devices; and for each request that is counted, those that could serve it: as places for
 * requests of its size, and one by one. */
static void list_measures(writer *w)
{
    const mp__certificate *of = &w->draft.certificate;

    w->measure_count = 0;
    add_measure(w, NULL, 1);
    for (size_t e = 0; e < w->d->engine_count; e++) {
        const mp_engine *engine = w->d->engines[e];

        for (size_t m = 0; of->engines[e] && m < engine->member_count; m++) {
            for (size_t r = 0; r < engine->members[m]->request_count; r++) {
                const mp_request *q = engine->members[m]->requests[r];

                if (of->unit == MP_UNIT_POD && m != of->member)
                    continue;
                add_measure(w, q, q->count);
                add_measure(w, q, 1);
            }
        }
    }
}

/* Counts all domains in one way.  False: there is no such proof, or no memory. */
static bool count(writer *w, mp__measure *measures, size_t count)
{
    mp_status st;

    w->draft.certificate.measures = measures;
    w->draft.certificate.measure_count = count;
    w->draft.counts = true;
    st = mp__checker_run(w->checker, &w->draft);
    w->nomem |= st == MP_ENOMEM;
    w->found = st == MP_OK && w->draft.certificate.has < w->draft.certificate.needs;
    return st == MP_OK;
}

/* ---- proposals ---- */

/* Looks for what to count in each domain, if units are to be in one of a level. */
static void propose(writer *w, mp_unit unit, mp__str level)
{
    mp__measure *best;
    int64_t *rooms, *least;
    size_t domains;

    if (w->found || w->nomem)
        return;
    w->draft.certificate.proof = MP_PROOF_COUNT;
    w->draft.certificate.unit = unit;
    w->draft.certificate.level = level;
    list_measures(w);
    w->draft.same = false;
    if (!count(w, w->measures, 1) || w->found)
        return;
    w->draft.same = true;
    domains = w->draft.domain_count;
    mp__arena_reset(&w->rooms);
    rooms = MP__NEW_ARRAY(&w->rooms, int64_t, domains);
    least = MP__NEW_ARRAY(&w->rooms, int64_t, domains);
    best = MP__NEW_ARRAY(&w->rooms, mp__measure, domains);
    w->nomem |= !rooms || !least || !best;
    w->draft.rooms = rooms;
    w->draft.room_count = domains;
    for (size_t i = 0; i < w->measure_count && !w->found && !w->nomem; i++) {
        count(w, &w->measures[i], 1);
        for (size_t k = 0; k < domains; k++) {
            if (i == 0 || rooms[k] < least[k]) {
                least[k] = rooms[k];
                best[k] = w->measures[i];
            }
        }
    }
    w->draft.room_count = 0;
    if (!w->found && !w->nomem)
        count(w, best, domains);
}

static void choose(writer *w, bool yes)
{
    memset(w->draft.certificate.engines, yes, w->d->engine_count * sizeof(bool));
}

static bool same_requests(const mp_member *a, const mp_member *b)
{
    bool same = a->request_count == b->request_count;

    for (size_t r = 0; same && r < a->request_count; r++)
        same = same_request(a->requests[r], b->requests[r]);
    return same;
}

/* Whether an engine before this one is just like it. */
static bool repeats(const mp_deployment *d, size_t e)
{
    const mp_engine *engine = d->engines[e];

    for (size_t i = 0; i < e; i++) {
        const mp_engine *other = d->engines[i];
        bool same = other->copies == engine->copies && other->span == engine->span &&
                    other->member_count == engine->member_count &&
                    mp__str_equal(other->wish.level, engine->wish.level) &&
                    mp__str_equal(other->group, engine->group);

        for (size_t m = 0; same && m < engine->member_count; m++)
            same = other->members[m]->nodes == engine->members[m]->nodes &&
                   same_requests(other->members[m], engine->members[m]);
        if (same)
            return true;
    }
    return false;
}

static void propose_engine(writer *w, const mp_engine *e)
{
    bool wide = e->span == MP_SPAN_FABRIC || w->plan->opts.span == MP_SPAN_FABRIC;

    propose(w, MP_UNIT_ENGINE, wide ? MP__STR("fabric") : MP__STR("pool"));
    if (e->wish.level.size > 0)
        propose(w, MP_UNIT_COPY, e->wish.level);
}

/* Engines with at least as many pods as one of them. */
static void propose_large(writer *w, const mp_engine *least)
{
    int64_t pods = 0;

    for (size_t m = 0; m < least->member_count; m++)
        pods = mp__add_saturating(pods, mp__member_pods(least->members[m]));
    for (size_t e = 0; e < w->d->engine_count; e++) {
        const mp_engine *engine = w->d->engines[e];
        int64_t sum = 0;

        for (size_t m = 0; m < engine->member_count; m++)
            sum = mp__add_saturating(sum, mp__member_pods(engine->members[m]));
        w->draft.certificate.engines[e] = sum >= pods;
    }
    propose_engine(w, least);
}

static void propose_all(writer *w)
{
    const mp_deployment *d = w->d;

    for (size_t e = 0; e < d->engine_count && e < ENGINES_APART; e++) {
        if (repeats(d, e))
            continue;
        choose(w, false);
        w->draft.certificate.engines[e] = true;
        for (size_t m = 0; m < d->engines[e]->member_count && !w->found; m++) {
            w->draft.certificate.member = m;
            propose(w, MP_UNIT_POD, MP__STR(""));
        }
        if (w->found)
            return;
        w->draft.certificate.member = 0;
        propose_engine(w, d->engines[e]);
        propose(w, MP_UNIT_ALL, MP__STR(""));
        if (!w->found)
            propose_large(w, d->engines[e]);
        if (w->found)
            return;
    }
    choose(w, true);
    propose(w, MP_UNIT_ALL, MP__STR(""));
    if (d->wish.level.size > 0)
        propose(w, MP_UNIT_ALL, d->wish.level);
    for (size_t g = 0; g < d->group_count && !w->found; g++) {
        for (size_t e = 0; e < d->engine_count; e++)
            w->draft.certificate.engines[e] =
                mp__str_equal(d->engines[e]->group, d->groups[g].name);
        if (d->groups[g].wish.level.size > 0)
            propose(w, MP_UNIT_ALL, d->groups[g].wish.level);
    }
}

/* ---- a cluster ---- */

static mp_status ask(writer *w, const mp_cluster *cluster, mp__fit *fit)
{
    mp__why why;
    mp_status st;

    mp__arena_reset(&w->question);
    st = mp__why_init(&why, w->fleet, w->plan, cluster, &w->matcher, &w->question, fit);
    mp__why_fini(&why);
    return st;
}

/* Adds the draft to the plan, with a copy of what it refers to. */
static mp_status keep(writer *w)
{
    mp_plan *plan = w->plan;
    mp__certificate *grown =
        mp__arena_push(&plan->arena, plan->certificates, &plan->certificate_count,
                       &plan->certificate_capacity, sizeof *grown);
    mp__certificate *of = grown ? &grown[plan->certificate_count - 1] : NULL;
    mp__measure *measures;

    if (!grown)
        return MP_ENOMEM;
    plan->certificates = grown;
    *of = w->draft.certificate;
    if (of->proof != MP_PROOF_COUNT)
        of->measure_count = 0;
    measures = MP__NEW_ARRAY(&plan->arena, mp__measure, of->measure_count);
    if (!measures)
        return MP_ENOMEM;
    for (size_t i = 0; i < of->measure_count; i++)
        measures[i] = of->measures[i];
    of->measures = measures;
    return MP_OK;
}

static mp_status certify(writer *w, const mp_cluster *cluster)
{
    mp__certificate *of = &w->draft.certificate;
    mp__fit fit = MP__FIT_UNKNOWN;
    mp_status st;

    w->found = false;
    *of = (mp__certificate){ .cluster = mp__arena_str(&w->plan->arena, cluster->name),
                             .engines = MP__NEW_ARRAY(&w->plan->arena, bool, w->d->engine_count) };
    if (!of->cluster.data || !of->engines)
        return MP_ENOMEM;
    w->draft.counts = false;
    st = mp__checker_run(w->checker, &w->draft);
    if (st == MP_ECHECK)
        return MP_OK; /* not a plan for this fleet: nothing can be proved */
    if (st != MP_OK || w->draft.closed)
        return st == MP_OK ? keep(w) : st;
    st = ask(w, cluster, &fit);
    if (st != MP_OK || fit == MP__FIT_YES || fit == MP__FIT_UNKNOWN)
        return st;
    propose_all(w);
    if (!w->found)
        of->proof = MP_PROOF_SEARCH;
    return w->nomem ? MP_ENOMEM : keep(w);
}

static mp_status certify_all(writer *w)
{
    uint64_t budget = w->plan->opts.budget ? w->plan->opts.budget : MP_SCHEDULE_BUDGET_DEFAULT;
    mp_status st = mp__matcher_init(&w->matcher, &w->scratch, w->fleet, w->d, budget);

    w->matcher.accounting = w->plan->opts.accounting;
    for (size_t i = 0; st == MP_OK && i < w->fleet->cluster_count; i++) {
        const mp_cluster *cluster = w->fleet->clusters[i];
        mp_placement *const *placements = w->plan->placements;

        while (w->draft.first < w->plan->count &&
               mp__str_compare(placements[w->draft.first]->cluster, cluster->name) < 0)
            w->draft.first++;
        st = certify(w, cluster);
    }
    return st;
}

mp_status mp_plan_certify(const mp_fleet *fleet, mp_plan *plan, mp_error *err)
{
    writer w;
    mp_status st;

    mp__error_clear(err);
    memset(&w, 0, sizeof w);
    w.fleet = fleet;
    w.d = plan->deployment;
    w.plan = plan;
    plan->certificate_count = 0;
    mp__arena_init(&w.scratch, &fleet->alloc);
    mp__arena_init(&w.question, &fleet->alloc);
    mp__arena_init(&w.rooms, &fleet->alloc);
    w.checker = mp__checker_new(fleet, w.d, &plan->opts, plan);
    st = w.checker ? certify_all(&w) : MP_ENOMEM;
    mp__checker_free(w.checker);
    mp__matcher_fini(&w.matcher);
    mp__arena_fini(&w.rooms);
    mp__arena_fini(&w.question);
    mp__arena_fini(&w.scratch);
    if (st != MP_OK)
        plan->certificate_count = 0;
    return st == MP_OK ? MP_OK : mp__fail(err, st, "%s", mp_status_text(st));
}

size_t mp_plan_certificate_count(const mp_plan *plan)
{
    return plan ? plan->certificate_count : 0;
}

bool mp_plan_certificate(const mp_plan *plan, size_t i, mp_certificate *out)
{
    const mp__certificate *c;
    mp__str level;

    if (i >= mp_plan_certificate_count(plan))
        return false;
    c = &plan->certificates[i];
    level = c->level.size == 0 && c->unit == MP_UNIT_ALL ? MP__STR("cluster") : c->level;
    *out = (mp_certificate){ c->cluster.data, c->cluster.size, c->proof, c->unit,
                             level.data,      level.size,      c->needs, c->has };
    return true;
}

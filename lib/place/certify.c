/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates: why each cluster takes no more replicas, in a form that the checker can verify.
 *
 * The search says that a cluster is full; then short proofs by counting are thought of, from the
 * simplest on, and the first by which more is needed than there is is taken.  The checker's own
 * count is asked, which knows nothing of this: a proof stands for itself, however it was found.
 */
#include "place_internal.h"

/* Proposals for one cluster look at so many engines one by one. */
#define ENGINES_APART 64

typedef struct writer {
    const mp_fleet *fleet;
    const mp_deployment *d;
    mp_plan *plan;
    mp__matcher matcher;
    mp__checker *checker;
    mp__arena scratch, question;
    mp__certificate draft;
    size_t first; /* placement of the cluster, or of one after it */
    bool found, nomem;
} writer;

/* ---- proposals ---- */

/* Counts, if units are to be in one domain of a level. */
static void propose(writer *w, mp_unit unit, mp__str level)
{
    mp__certificate *of = &w->draft;
    mp_status st;

    if (w->found || w->nomem)
        return;
    of->proof = MP_PROOF_COUNT;
    of->unit = unit;
    of->level = level;
    st = mp__checker_run(w->checker, of, 0);
    w->nomem = st == MP_ENOMEM;
    w->found = st == MP_OK && of->has < of->needs;
}

static void choose(writer *w, bool yes)
{
    memset(w->draft.engines, yes, w->d->engine_count * sizeof(bool));
}

static bool same_requests(const mp_member *a, const mp_member *b)
{
    bool same = a->request_count == b->request_count;

    for (size_t r = 0; same && r < a->request_count; r++)
        same = mp__request_equal(a->requests[r], b->requests[r]);
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
        w->draft.engines[e] = sum >= pods;
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
        w->draft.engines[e] = true;
        for (size_t m = 0; m < d->engines[e]->member_count && !w->found; m++) {
            w->draft.member = m;
            propose(w, MP_UNIT_POD, MP__STR(""));
        }
        if (w->found)
            return;
        w->draft.member = 0;
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
            w->draft.engines[e] = mp__str_equal(d->engines[e]->group, d->groups[g].name);
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

/* Adds the draft to the plan. */
static mp_status keep(writer *w)
{
    mp_plan *plan = w->plan;
    mp__certificate *grown =
        mp__arena_push(&plan->arena, plan->certificates, &plan->certificate_count,
                       &plan->certificate_capacity, sizeof *grown);

    if (!grown)
        return MP_ENOMEM;
    plan->certificates = grown;
    grown[plan->certificate_count - 1] = w->draft;
    return MP_OK;
}

static mp_status certify(writer *w, const mp_cluster *cluster)
{
    mp__certificate *of = &w->draft;
    mp__fit fit = MP__FIT_UNKNOWN;
    mp_status st;

    w->found = false;
    *of = (mp__certificate){ .cluster = mp__arena_str(&w->plan->arena, cluster->name),
                             .engines = MP__NEW_ARRAY(&w->plan->arena, bool, w->d->engine_count) };
    if (!of->cluster.data || !of->engines)
        return MP_ENOMEM;
    st = mp__checker_run(w->checker, of, w->first);
    if (st == MP_ECHECK)
        return MP_OK; /* not a plan for this fleet: nothing can be proved */
    if (st != MP_OK || of->proof == MP_PROOF_CLOSED)
        return st == MP_OK ? keep(w) : st;
    st = ask(w, cluster, &fit);
    if (st != MP_OK || fit == MP__FIT_YES || fit == MP__FIT_UNKNOWN)
        return st;
    propose_all(w);
    if (!w->found)
        *of = (mp__certificate){ .cluster = of->cluster, .proof = MP_PROOF_SEARCH };
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

        while (w->first < w->plan->count &&
               mp__str_compare(placements[w->first]->cluster, cluster->name) < 0)
            w->first++;
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
    w.checker = mp__checker_new(fleet, w.d, &plan->opts, plan);
    st = w.checker ? certify_all(&w) : MP_ENOMEM;
    mp__checker_free(w.checker);
    mp__matcher_fini(&w.matcher);
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

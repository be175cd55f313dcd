/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates: why each cluster takes no more replicas, in a form that the checker can verify.
 *
 * The search says that a cluster is full; then short proofs by counting are proposed to the
 * checker's own count, from the simplest on, and the first that it believes is taken.  The checker
 * knows nothing of this: a proof stands for itself, however it was found.
 */
#include "check_internal.h"

/* Proposals for one cluster and one kind of unit look at so many engines one by one. */
#define ENGINES_APART 64

typedef struct writer {
    checker c;
    mp_plan *plan;
    mp__matcher matcher;
    mp__arena scratch, question;
    mp__certificate draft;
    bool found;
} writer;

/* ---- proposals ---- */

static void propose(writer *w, mp_unit unit, mp__str level)
{
    if (w->found || w->c.nomem || (level.size == 0 && unit != MP_UNIT_POD))
        return;
    w->draft.proof = MP_PROOF_COUNT;
    w->draft.unit = unit;
    w->draft.level = level;
    w->found = !mp__checker_count(&w->c, &w->draft, &w->draft.needs, &w->draft.has);
}

static void choose(writer *w, bool yes)
{
    memset(w->draft.engines, yes, w->c.d->engine_count * sizeof *w->draft.engines);
}

static bool same_requests(const mp_member *a, const mp_member *b)
{
    bool same = a->request_count == b->request_count;

    for (size_t r = 0; same && r < a->request_count; r++) {
        const mp_request *x = a->requests[r], *y = b->requests[r];

        same = x->count == y->count && x->selector_count == y->selector_count;
        for (size_t s = 0; same && s < x->selector_count; s++)
            same = strcmp(mp_cel_source(x->selectors[s], NULL),
                          mp_cel_source(y->selectors[s], NULL)) == 0;
    }
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
    bool wide = e->span == MP_SPAN_FABRIC || w->c.opts.span == MP_SPAN_FABRIC;

    propose(w, MP_UNIT_ENGINE, wide ? MP__STR("fabric") : MP__STR("pool"));
    propose(w, MP_UNIT_COPY, e->wish.level);
}

/* Engines with at least as many pods as one of them. */
static void propose_large(writer *w, const mp_engine *least)
{
    int64_t pods = 0;

    for (size_t m = 0; m < least->member_count; m++)
        pods = mp__add_saturating(pods, mp__member_pods(least->members[m]));
    for (size_t e = 0; e < w->c.d->engine_count; e++) {
        const mp_engine *engine = w->c.d->engines[e];
        int64_t sum = 0;

        for (size_t m = 0; m < engine->member_count; m++)
            sum = mp__add_saturating(sum, mp__member_pods(engine->members[m]));
        w->draft.engines[e] = sum >= pods;
    }
    propose_engine(w, least);
}

static void propose_all(writer *w)
{
    const mp_deployment *d = w->c.d;

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
        propose(w, MP_UNIT_ALL, MP__STR("cluster"));
        if (!w->found)
            propose_large(w, d->engines[e]);
        if (w->found)
            return;
    }
    choose(w, true);
    propose(w, MP_UNIT_ALL, MP__STR("cluster"));
    propose(w, MP_UNIT_ALL, d->wish.level);
    for (size_t g = 0; g < d->group_count && !w->found; g++) {
        for (size_t e = 0; e < d->engine_count; e++)
            w->draft.engines[e] = mp__str_equal(d->engines[e]->group, d->groups[g].name);
        propose(w, MP_UNIT_ALL, d->groups[g].wish.level);
    }
}

/* ---- a cluster ---- */

static mp_status ask(writer *w, mp__fit *fit)
{
    mp__why why;
    mp_status st;

    mp__arena_reset(&w->question);
    st = mp__why_init(&why, w->c.fleet, w->plan, w->c.cluster, &w->matcher, &w->question, fit);
    mp__why_fini(&why);
    return st;
}

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

/* The placements [first, end) are those of the cluster. */
static mp_status certify(writer *w, const mp_cluster *cluster, size_t first, size_t end)
{
    const mp_placement *last;
    mp__fit fit = MP__FIT_UNKNOWN;
    mp_status st;

    w->found = false;
    w->draft = (mp__certificate){ .cluster = mp__arena_str(&w->plan->arena, cluster->name),
                                  .proof = MP_PROOF_CLOSED };
    w->draft.engines = MP__NEW_ARRAY(&w->plan->arena, bool, w->c.d->engine_count);
    if (!w->draft.cluster.data || !w->draft.engines || !mp__checker_open(&w->c, cluster->name))
        return MP_ENOMEM;
    if (mp__checker_cluster(&w->c, false))
        return keep(w);
    st = ask(w, &fit);
    if (st != MP_OK || fit == MP__FIT_YES || fit == MP__FIT_UNKNOWN)
        return st;
    mp__checker_places(&w->c);
    mp__checker_room(&w->c, first, end, &last);
    propose_all(w);
    if (!w->found)
        w->draft.proof = MP_PROOF_SEARCH;
    return w->c.nomem ? MP_ENOMEM : keep(w);
}

static mp_status certify_all(writer *w)
{
    const mp_deployment *d = w->c.d;
    uint64_t budget = w->plan->opts.budget ? w->plan->opts.budget : MP_SCHEDULE_BUDGET_DEFAULT;
    mp_status st = mp__matcher_init(&w->matcher, &w->scratch, w->c.fleet, d, budget);
    size_t first = 0;

    w->matcher.accounting = w->plan->opts.accounting;
    for (size_t i = 0; st == MP_OK && i < w->c.fleet->cluster_count; i++) {
        const mp_cluster *cluster = w->c.fleet->clusters[i];
        size_t end = first;

        while (end < w->plan->count &&
               mp__str_equal(w->plan->placements[end]->cluster, cluster->name))
            end++;
        st = certify(w, cluster, first, end);
        first = end;
    }
    return st;
}

mp_status mp_plan_certify(const mp_fleet *fleet, mp_plan *plan, mp_error *err)
{
    writer w;
    mp_status st;

    mp__error_clear(err);
    memset(&w, 0, sizeof w);
    w.plan = plan;
    plan->certificate_count = 0;
    mp__checker_init(&w.c, fleet, plan->deployment, &plan->opts, plan);
    mp__arena_init(&w.scratch, &fleet->alloc);
    mp__arena_init(&w.question, &fleet->alloc);
    st = certify_all(&w);
    mp__matcher_fini(&w.matcher);
    mp__arena_fini(&w.question);
    mp__arena_fini(&w.scratch);
    mp__arena_fini(&w.c.arena);
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

    if (i >= mp_plan_certificate_count(plan))
        return false;
    c = &plan->certificates[i];
    *out = (mp_certificate){ c->cluster.data, c->cluster.size, c->proof, c->unit,
                             c->level.data,   c->level.size,   c->needs, c->has };
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mp_schedule(): retain, scale down, fill.
 *
 * Each step ends in a total order: replicas are retained in order of their names; the victim of scaling
 * down is on the cluster with the most of ours, then the highest cluster name, then the highest index;
 * a new replica goes to the cluster with the fewest of ours, then the lowest name.
 */
#include "place_internal.h"

bool mp__cluster_admitted(const mp_cluster *c, const mp_deployment *d)
{
    for (size_t i = 0; i < d->cluster_selector.count; i++) {
        const mp__label *want = &d->cluster_selector.items[i];
        const mp__str *have = mp__labels_get(&c->labels, want->key);

        if (!have || !mp__str_equal(*have, want->value))
            return false;
    }
    return true;
}

const mp__taint *mp__cluster_untolerated(const mp_cluster *c, const mp_deployment *d,
                                         bool no_schedule_too)
{
    for (size_t i = 0; i < c->taint_count; i++) {
        const mp__taint *t = &c->taints[i];

        if ((no_schedule_too || t->effect == MP_EFFECT_NO_EXECUTE) &&
            !mp__deployment_tolerates(d, t->key, t->value, t->effect))
            return t;
    }
    return NULL;
}

/* The state of one call. */
typedef struct planner {
    const mp_fleet *fleet;
    const mp_deployment *deployment;
    mp_plan *plan;
    uint64_t budget;
    mp__arena scratch;
    mp__matcher matcher;
    bool *candidate; /* per cluster */
    mp__placement_list list; /* retained first, then new */
    size_t *ours;    /* per cluster: replicas of ours there */
    mp__ledger ledger;
    mp__board **boards; /* per cluster, made on first use */
    bool *dead;         /* per cluster: takes no more replicas in this call */
    int64_t *next_index; /* per cluster: every index below is taken */
    bool unknown;
} planner;

static mp_status find_candidates(planner *p)
{
    p->candidate = MP__NEW_ARRAY(&p->scratch, bool, p->fleet->cluster_count);
    p->ours = MP__NEW_ARRAY(&p->scratch, size_t, p->fleet->cluster_count);
    if (!p->candidate || !p->ours)
        return MP_ENOMEM;
    for (size_t i = 0; i < p->fleet->cluster_count; i++) {
        p->candidate[i] = mp__cluster_admitted(p->fleet->clusters[i], p->deployment);
        p->plan->counters[MP_COUNTER_CANDIDATES] += p->candidate[i];
    }
    return MP_OK;
}

static size_t cluster_index(const planner *p, const mp_placement *placement)
{
    return mp_fleet_find_cluster(p->fleet, placement->cluster.data, placement->cluster.size)->index;
}

/* Whether `a` goes before `b` when replicas have to go. */
static bool worse(const planner *p, const mp_placement *a, const mp_placement *b)
{
    size_t x = p->ours[cluster_index(p, a)], y = p->ours[cluster_index(p, b)];
    int order;

    if (x != y)
        return x > y;
    order = mp__str_compare(a->cluster, b->cluster);
    return order != 0 ? order > 0 : a->index > b->index;
}

static void scale_down(planner *p)
{
    mp__placement_list *kept = &p->list;

    for (size_t i = 0; i < kept->count; i++)
        p->ours[cluster_index(p, kept->items[i])]++;
    while (kept->count > (uint64_t)p->deployment->replicas) {
        size_t victim = 0;

        for (size_t i = 1; i < kept->count; i++)
            if (worse(p, kept->items[i], kept->items[victim]))
                victim = i;
        p->ours[cluster_index(p, kept->items[victim])]--;
        memmove(&kept->items[victim], &kept->items[victim + 1],
                (kept->count - victim - 1) * sizeof *kept->items);
        kept->count--;
    }
}

/* ---- filling ---- */

static bool identity_kept(const planner *p, const mp_replica *r)
{
    for (size_t i = 0; i < p->list.count; i++)
        if (p->list.items[i]->index == r->index &&
            mp__str_equal(p->list.items[i]->cluster, r->cluster))
            return true;
    return false;
}

/* Somebody else's replicas are charged, and ours where their identity stays: two replicas of one
 * identity are both charged, since both hold their nodes until one is gone. */
static mp_status open_ledger(planner *p)
{
    mp_status st = mp__ledger_init(&p->ledger, &p->scratch, p->fleet, p->candidate);

    for (size_t i = 0; st == MP_OK && i < p->fleet->replica_count; i++) {
        const mp_replica *r = p->fleet->replicas[i];
        bool ours = mp__str_equal(r->owner, p->deployment->name) &&
                    mp__str_equal(r->ns, p->deployment->ns);

        if (!ours || identity_kept(p, r))
            mp__ledger_charge(&p->ledger, r);
    }
    return st;
}

/* The cluster that is next in line, or NULL: fewest of ours, then lowest name. */
static const mp_cluster *next_cluster(const planner *p)
{
    const mp_cluster *best = NULL;

    for (size_t i = 0; i < p->fleet->cluster_count; i++)
        if (!p->dead[i] && (!best || p->ours[i] < p->ours[best->index]))
            best = p->fleet->clusters[i];
    return best;
}

static bool index_taken(const planner *p, const mp_cluster *c, int64_t index)
{
    for (size_t i = 0; i < p->list.count; i++)
        if (p->list.items[i]->index == index && mp__str_equal(p->list.items[i]->cluster, c->name))
            return true;
    return false;
}

/* Smallest index from 0 that none of ours on the cluster has. */
static int64_t free_index(planner *p, const mp_cluster *c)
{
    int64_t *next = &p->next_index[c->index];

    while (index_taken(p, c, *next))
        ++*next;
    return *next;
}

static mp_status add_placement(planner *p, const mp__board *board, const uint32_t *choice)
{
    const mp_cluster *c = board->cluster;
    mp__arena *arena = &p->plan->arena;
    mp_placement *placement = MP__NEW(arena, mp_placement), **grown;
    mp_status st;

    if (!placement)
        return MP_ENOMEM;
    placement->cluster = mp__arena_str(arena, c->name);
    placement->gateway = mp__arena_str(arena, c->gateway);
    placement->index = free_index(p, c);
    placement->engines = MP__NEW_ARRAY(arena, mp__placed_engine, board->engine_count);
    if (arena->failed)
        return MP_ENOMEM;
    placement->engine_count = board->engine_count;
    for (size_t e = 0; e < board->engine_count; e++) {
        const mp_engine *engine = p->deployment->engines[e];
        const mp_pool **pools = MP__NEW_ARRAY(&p->scratch, const mp_pool *, engine->member_count);

        if (!pools)
            return MP_ENOMEM;
        for (size_t i = 0; i < engine->member_count; i++)
            pools[i] = c->pools[choice[e]];
        st = mp__plan_engine(p->plan, &p->matcher, engine, pools, &placement->engines[e]);
        if (st != MP_OK)
            return st;
        p->ledger.free[c->index][choice[e]] -=
            board->cost[e * board->class_count + board->class_of[choice[e]]];
    }
    grown = mp__arena_push(&p->scratch, p->list.items, &p->list.count, &p->list.capacity,
                           sizeof *grown);
    if (!grown)
        return MP_ENOMEM;
    p->list.items = grown;
    grown[p->list.count - 1] = placement;
    p->ours[c->index]++;
    return MP_OK;
}

/* One more replica on the cluster, or the cluster is dead. */
static mp_status try_cluster(planner *p, const mp_cluster *c)
{
    mp__board **board = &p->boards[c->index];
    uint32_t *choice = MP__NEW_ARRAY(&p->scratch, uint32_t, p->deployment->engine_count);
    mp__fit fit;
    mp_status st;

    if (!choice)
        return MP_ENOMEM;
    if (!*board) {
        *board = MP__NEW(&p->scratch, mp__board);
        st = *board ? mp__board_init(*board, &p->matcher, &p->scratch, c) : MP_ENOMEM;
        if (st != MP_OK)
            return st;
    }
    st = mp__search(*board, &p->scratch, p->ledger.free[c->index], p->budget,
                    &p->plan->counters[MP_COUNTER_STEPS], choice, &fit);
    if (st != MP_OK)
        return st;
    if (fit == MP__FIT_YES)
        return add_placement(p, *board, choice);
    p->dead[c->index] = true;
    p->unknown |= fit == MP__FIT_UNKNOWN;
    return MP_OK;
}

static mp_status fill(planner *p)
{
    const mp_cluster *c;
    mp_status st = open_ledger(p);

    p->boards = MP__NEW_ARRAY(&p->scratch, mp__board *, p->fleet->cluster_count);
    p->dead = MP__NEW_ARRAY(&p->scratch, bool, p->fleet->cluster_count);
    p->next_index = MP__NEW_ARRAY(&p->scratch, int64_t, p->fleet->cluster_count);
    if (st != MP_OK || !p->boards || !p->dead || !p->next_index)
        return MP_ENOMEM;
    for (size_t i = 0; i < p->fleet->cluster_count; i++) {
        c = p->fleet->clusters[i];
        p->dead[i] = !p->candidate[i] || !c->ready || c->gateway.size == 0 ||
                     mp__cluster_untolerated(c, p->deployment, true) != NULL;
    }
    while (st == MP_OK && p->list.count < (uint64_t)p->deployment->replicas &&
           (c = next_cluster(p)) != NULL)
        st = try_cluster(p, c);
    return st;
}

/* ---- the answer ---- */

static int compare_placements(const void *a, const void *b, void *user)
{
    const mp_placement *x, *y;
    int order;

    (void)user;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    order = mp__str_compare(x->cluster, y->cluster);
    return order != 0 ? order : x->index < y->index ? -1 : x->index > y->index;
}

static mp_status finish(planner *p)
{
    mp_plan *plan = p->plan;

    plan->count = p->list.count;
    plan->placements = MP__NEW_ARRAY(&plan->arena, mp_placement *, plan->count);
    if (!plan->placements)
        return MP_ENOMEM;
    if (plan->count)
        memcpy(plan->placements, p->list.items, plan->count * sizeof *plan->placements);
    if (!mp__sort(&plan->alloc, plan->placements, plan->count, sizeof *plan->placements,
                  compare_placements, NULL))
        return MP_ENOMEM;
    plan->counters[MP_COUNTER_EVALUATIONS] = p->matcher.evaluations;
    plan->counters[MP_COUNTER_SHAPES] = p->matcher.shapes;
    plan->counters[MP_COUNTER_STEPS] += p->matcher.steps;
    plan->fleet_version = p->fleet->version;
    if (plan->count >= (uint64_t)p->deployment->replicas)
        plan->verdict = MP_VERDICT_PLACED;
    else if (plan->opts.no_fill)
        plan->verdict = MP_VERDICT_HELD;
    else
        plan->verdict = p->unknown ? MP_VERDICT_UNKNOWN : MP_VERDICT_PARTIAL;
    return MP_OK;
}

static mp_status make_plan(planner *p)
{
    mp_status st = find_candidates(p);

    if (st == MP_OK)
        st = mp__matcher_init(&p->matcher, &p->scratch, p->fleet, p->deployment, p->budget);
    if (st == MP_OK)
        st = mp__retain(p->plan, &p->matcher, &p->scratch, p->candidate, &p->list);
    if (st != MP_OK)
        return st;
    scale_down(p);
    if (!p->plan->opts.no_fill && p->list.count < (uint64_t)p->deployment->replicas)
        st = fill(p);
    return st == MP_OK ? finish(p) : st;
}

mp_status mp_schedule(const mp_fleet *fleet, const mp_deployment *d, const mp_schedule_opts *opts,
                      mp_plan **out, mp_error *err)
{
    static const mp_schedule_opts defaults = MP_SCHEDULE_OPTS_INIT;
    planner p = { 0 };
    mp_status st;

    mp__error_clear(err);
    *out = NULL;
    p.fleet = fleet;
    p.deployment = d;
    p.plan = mp__calloc(&fleet->alloc, 1, sizeof *p.plan);
    if (!p.plan)
        return mp__fail_nomem(err);
    p.plan->alloc = fleet->alloc;
    p.plan->deployment = d;
    p.plan->opts = opts ? *opts : defaults;
    p.budget = p.plan->opts.budget ? p.plan->opts.budget : MP_SCHEDULE_BUDGET_DEFAULT;
    mp__arena_init(&p.plan->arena, &fleet->alloc);
    mp__arena_init(&p.scratch, &fleet->alloc);
    st = make_plan(&p);
    mp__arena_fini(&p.scratch);
    if (st != MP_OK) {
        mp_plan_free(p.plan);
        return mp__fail(err, st, "%s", mp_status_text(st));
    }
    *out = p.plan;
    return MP_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a cluster takes no more replicas of a deployment: a tree of codes and numbers, with a line of
 * text at each node.
 *
 * The plan does not keep the search, so the question is asked again: the ledger as it stands after
 * the plan, one more replica, cluster by cluster.
 */
#include "solve_internal.h"
#include <inttypes.h>

typedef struct explainer {
    const mp_fleet *fleet;
    const mp_plan *plan;
    const mp_deployment *deployment;
    mp__arena scratch;
    mp__arena question; /* of one cluster, emptied before each */
    mp__matcher matcher;
    const mp__owner *owner;
    mp__table identities; /* of the plan */
    size_t next;          /* the first placement on this cluster or a later one */
    mp_object *fix;       /* the cheapest so far, in the node of its cluster */
    mp__str fix_cluster;
    int64_t fix_cost;
} explainer;

/* A text as the arguments of %.*s. */
#define TEXT(s) (int)(s).size, (s).data

static const char *plural(int64_t n)
{
    return n == 1 ? "" : "s";
}

/* Give a node its code and its line of text: the one place where reasons become words. */
static void put_reason(mp_object *node, mp__str code, const char *line)
{
    mp__set_str(node, "code", code);
    mp__set_str(node, "message", mp__str_make(line, MP_NTS));
}

/* ---- pools ---- */

/* The first member of the engine that does not match the pool, or that none claims anything. */
static void explain_unmatched(explainer *x, mp_object *node, size_t engine, const mp_pool *pool)
{
    const mp_engine *e = x->deployment->engines[engine];

    for (size_t i = 0; i < e->member_count; i++) {
        const mp__match *match =
            mp__matcher_member(&x->matcher, x->matcher.first_member[engine] + i, pool->profile);
        const mp_request *r;

        if (!match || match->matched)
            continue;
        r = e->members[i]->requests[match->failed];
        mp__set_str(node, "member", mp__str_make(mp_role_name(e->members[i]->role), MP_NTS));
        mp__set_str(node, "request", r->name);
        mp__set_int(node, "count", r->count);
        put_reason(node, MP__STR("RequestUnmatched"),
                   mp__arena_printf(&x->question, NULL,
                                    "no device can serve request \"%.*s\" (%" PRId64
                                    " per node) of the %s",
                                    TEXT(r->name), r->count, mp_role_name(e->members[i]->role)));
        return;
    }
    put_reason(node, MP__STR("RequestUnmatched"), "no member of the engine claims a device here");
}

static void put_tier(mp_object *node, const char *name, int64_t nodes)
{
    if (nodes > 0)
        mp_object_set_int(node, name, MP_NTS, nodes);
}

/* ", 1 cordoned", or nothing. */
static const char *tier_text(explainer *x, int64_t nodes, const char *name)
{
    const char *text =
        nodes > 0 ? mp__arena_printf(&x->question, NULL, ", %" PRId64 " %s", nodes, name) : "";

    return text ? text : "";
}

static void explain_pool(explainer *x, mp_object *node, const mp__board *b, size_t engine,
                         size_t pool, int64_t free)
{
    const mp_pool *p = b->cluster->pools[pool];
    size_t at = engine * b->class_count + b->class_of[pool];
    int64_t needs = mp__board_cost(b, engine, pool), have = free < 0 ? 0 : free;

    mp__set_str(node, "name", p->name);
    switch (b->standing[at]) {
    case MP__STANDING_CLAIMLESS:
    case MP__STANDING_UNMATCHED:
        explain_unmatched(x, node, engine, p);
        return;
    case MP__STANDING_STRANDED:
        put_reason(node, MP__STR("Stranded"),
                   "a member that claims devices elsewhere would claim none here");
        return;
    case MP__STANDING_OK:
        break;
    }
    mp__set_int(node, "needs", needs);
    mp__set_int(node, "free", have);
    mp__set_int(node, "nodes", p->nodes);
    put_tier(node, "cordoned", p->tiers[MP_TIER_CORDONED]);
    put_tier(node, "reserved", p->tiers[MP_TIER_RESERVED]);
    put_tier(node, "creatable", p->tiers[MP_TIER_CREATABLE]);
    put_reason(node, have >= needs ? MP__STR("Fits") : MP__STR("InsufficientNodes"),
               mp__arena_printf(&x->question, NULL,
                                "needs %" PRId64 " node%s, %s%" PRId64 " of %" PRId64 " free%s%s%s",
                                needs, plural(needs), have >= needs ? "" : "only ", have, p->nodes,
                                tier_text(x, p->tiers[MP_TIER_CORDONED], "cordoned"),
                                tier_text(x, p->tiers[MP_TIER_RESERVED], "reserved"),
                                tier_text(x, p->tiers[MP_TIER_CREATABLE], "creatable")));
}

static void explain_pools(explainer *x, mp_object *node, const mp__board *b, size_t engine,
                          const int64_t *free)
{
    mp_object *pools = mp__set_list(node, "pools");

    for (size_t p = 0; p < b->pool_count; p++)
        explain_pool(x, mp_object_append_map(pools), b, engine, p, free[p]);
}

/* ---- clusters ---- */

/* The first engine that finds no pool when engines are put down in order, or engine_count. */
static size_t first_stuck(const mp__board *b, const int64_t *free, bool unmatched)
{
    for (size_t e = 0; e < b->engine_count; e++) {
        bool any = false;

        for (size_t p = 0; p < b->pool_count && !any; p++) {
            int64_t cost = mp__board_cost(b, e, p);

            any = cost >= 0 && (unmatched || free[p] >= cost);
        }
        if (!any)
            return e;
    }
    return b->engine_count;
}

/* The pool that lacks the fewest nodes for an engine, the first of equal ones. */
static size_t closest_pool(const mp__board *b, size_t engine, const int64_t *free)
{
    size_t best = b->pool_count;
    int64_t least = INT64_MAX;

    for (size_t p = 0; p < b->pool_count; p++) {
        int64_t cost = mp__board_cost(b, engine, p);
        int64_t lacks = cost - (free[p] < 0 ? 0 : free[p]);

        if (cost >= 0 && (best == b->pool_count || lacks < least)) {
            least = lacks;
            best = p;
        }
    }
    return best;
}

static void explain_capacity(explainer *x, mp_object *node, const mp__board *b, const int64_t *free)
{
    size_t engine = first_stuck(b, free, false);
    mp__str name, pool;

    if (engine == b->engine_count) {
        /* Each engine fits alone, but not all together: show the pools of the hungriest. */
        put_reason(node, MP__STR("InsufficientNodes"),
                   mp__arena_printf(&x->question, NULL,
                                    "each engine fits alone, but all %zu together need more free "
                                    "nodes than there are",
                                    b->engine_count));
        engine = b->engine_count - 1;
        mp__set_str(node, "engine", x->deployment->engines[engine]->name);
    } else {
        size_t p = closest_pool(b, engine, free);
        int64_t needs = mp__board_cost(b, engine, p);

        name = x->deployment->engines[engine]->name;
        pool = b->cluster->pools[p]->name;
        mp__set_str(node, "engine", name);
        put_reason(node, MP__STR("InsufficientNodes"),
                   mp__arena_printf(&x->question, NULL,
                                    "engine \"%.*s\" needs %" PRId64
                                    " node%s in one pool; %.*s comes closest with %" PRId64 " free",
                                    TEXT(name), needs, plural(needs), TEXT(pool),
                                    free[p] < 0 ? 0 : free[p]));
    }
    explain_pools(x, node, b, engine, free);
}

/* Some engine could not go anywhere, were all pools empty. */
static void explain_unmatched_engine(explainer *x, mp_object *node, const mp__board *b,
                                     const int64_t *free)
{
    size_t engine = first_stuck(b, free, true);
    mp__str name;

    if (engine == b->engine_count) {
        put_reason(node, MP__STR("EngineUnmatched"), "the deployment has no engines");
        return;
    }
    name = x->deployment->engines[engine]->name;
    mp__set_str(node, "engine", name);
    put_reason(node, MP__STR("EngineUnmatched"),
               mp__arena_printf(&x->question, NULL,
                                "no pool has the devices that engine \"%.*s\" asks for",
                                TEXT(name)));
    explain_pools(x, node, b, engine, free);
}

/* Takes from `free` what a new replica of the plan holds. */
static void charge_new(const mp_cluster *c, const mp_placement *p, int64_t *free)
{
    for (size_t e = 0; e < p->engine_count; e++) {
        for (size_t i = 0; i < p->engines[e].engine->member_count && !p->engines[e].kept; i++) {
            const mp__placed_member *m = &p->engines[e].members[i];
            const mp_pool *pool = mp_cluster_find_pool(c, m->pool.data, m->pool.size);

            if (pool && m->claim_count > 0)
                free[pool->index] -= mp__member_pods(p->engines[e].engine->members[i]);
        }
    }
}

/* The ledger of a cluster as it stands after the plan. */
static mp_status find_free(explainer *x, const mp_cluster *c, int64_t **free)
{
    const mp_plan *plan = x->plan;
    mp_status st = mp__ledger_free(c, x->owner, &x->identities, &x->question, free);

    while (x->next < plan->count &&
           mp__str_compare(plan->placements[x->next]->cluster, c->name) < 0)
        x->next++;
    for (size_t i = x->next;
         st == MP_OK && i < plan->count && mp__str_equal(plan->placements[i]->cluster, c->name);
         i++)
        if (!plan->placements[i]->retained)
            charge_new(c, plan->placements[i], *free);
    return st;
}

/* Each engine might do alone, or with what wishes it has; what stands in the way is the conflict.
 */
static void explain_closeness(explainer *x, mp_object *node, const mp__board *b,
                              const int64_t *free)
{
    size_t engine = first_stuck(b, free, true);

    if (engine < b->engine_count) {
        explain_unmatched_engine(x, node, b, free);
        return;
    }
    put_reason(node, MP__STR("InsufficientNodes"), "no domain has room for what must be together");
    explain_pools(x, node, b, 0, free);
}

/* The board with all matches, and what is free. */
static mp_status look(explainer *x, const mp_cluster *c, mp__board *b, int64_t **free)
{
    mp_status st = find_free(x, c, free);

    return st == MP_OK ? mp__board_init(b, &x->matcher, &x->question, c, false) : st;
}

static mp_status explain_search(explainer *x, mp_object *node, const mp_cluster *c, mp__fit fit)
{
    int64_t *free;
    mp__board b;
    mp_status st;

    if (fit == MP__FIT_YES) {
        put_reason(node, MP__STR("Fits"), "one more replica fits");
        return MP_OK;
    }
    if (fit == MP__FIT_UNKNOWN) {
        put_reason(node, MP__STR("Unknown"),
                   mp__arena_printf(&x->question, NULL,
                                    "the search was given up after its budget of %" PRIu64 " steps",
                                    x->matcher.budget));
        return MP_OK;
    }
    st = look(x, c, &b, &free);
    if (st != MP_OK)
        return st;
    if (mp__ask_is_general(x->deployment, &x->plan->opts))
        explain_closeness(x, node, &b, free);
    else if (fit == MP__FIT_UNMATCHED || first_stuck(&b, free, true) < b.engine_count)
        explain_unmatched_engine(x, node, &b, free);
    else
        explain_capacity(x, node, &b, free);
    return MP_OK;
}

static void explain_selector(explainer *x, mp_object *node, const mp_cluster *c,
                             const mp__label *want)
{
    const mp__str *have = mp__labels_get(&c->labels, want->key);

    mp__set_str(node, "label", want->key);
    put_reason(node, MP__STR("SelectorMismatch"),
               have ? mp__arena_printf(&x->question, NULL,
                                       "label %.*s is \"%.*s\", wanted is \"%.*s\"",
                                       TEXT(want->key), TEXT(*have), TEXT(want->value))
                    : mp__arena_printf(&x->question, NULL, "has no label %.*s, wanted is \"%.*s\"",
                                       TEXT(want->key), TEXT(want->value)));
}

static mp_status explain_cluster(explainer *x, mp_object *node, const mp_cluster *c)
{
    const mp__taint *taint = mp__cluster_untolerated(c, x->deployment, true);
    const mp__label *mismatch = mp__cluster_mismatch(c, x->deployment);

    mp__why why;
    mp__fit fit = MP__FIT_UNKNOWN;
    mp_status st;

    mp__arena_reset(&x->question);
    mp__set_str(node, "name", c->name);
    st = mp__why_init(&why, x->fleet, x->plan, c, &x->matcher, &x->question, &fit);
    if (st != MP_OK) {
        mp__why_fini(&why);
        return st;
    }
    if (mismatch) {
        explain_selector(x, node, c, mismatch);
    } else if (taint) {
        mp__set_str(node, "taint", taint->key);
        put_reason(
            node, MP__STR("Tainted"),
            mp__arena_printf(&x->question, NULL, "taint %.*s%s%.*s:%s is not tolerated",
                             TEXT(taint->key), taint->value.size ? "=" : "", TEXT(taint->value),
                             taint->effect == MP_EFFECT_NO_EXECUTE ? "NoExecute" : "NoSchedule"));
    } else if (!c->ready) {
        put_reason(node, MP__STR("NotReady"), "the cluster is not Ready");
    } else if (c->gateway.size == 0) {
        put_reason(node, MP__STR("NoGateway"), "the cluster's gateway has no address");
    } else if (mp__affinity_forbids(x->deployment, c)) {
        put_reason(node, MP__STR("Affinity"), "an affinity forbids the cluster");
    } else if (c->pool_count == 0) {
        put_reason(node, MP__STR("NoPools"), "the cluster has no node pools");
    } else {
        st = explain_search(x, node, c, fit);
    }
    if (st == MP_OK && fit != MP__FIT_YES && fit != MP__FIT_UNKNOWN)
        st = mp__why_write(&why, node);
    if (st == MP_OK && why.cost < x->fix_cost) {
        x->fix_cost = why.cost;
        x->fix = mp_object_get(node, "fix", 3);
        x->fix_cluster = c->name;
    }
    mp__why_fini(&why);
    return st == MP_OK && x->question.failed ? MP_ENOMEM : st;
}

/* ---- the tree ---- */

/* The identities of the plan: those of ours that are charged where they run, or in part. */
static mp_status list_identities(explainer *x)
{
    for (size_t i = 0; i < x->plan->count; i++) {
        mp_placement *p = x->plan->placements[i];
        const mp_cluster *c = mp_fleet_find_cluster(x->fleet, p->cluster.data, p->cluster.size);
        mp__identity id;

        if (c && (p->retained || p->replica.size > 0) &&
            !mp__table_add(&x->identities, mp__identity_key(&id, c->site, p->index),
                           p->retained ? NULL : p))
            return MP_ENOMEM;
    }
    return MP_OK;
}

static mp_status explain(explainer *x, mp_doc *doc)
{
    const mp_deployment *d = x->deployment;
    mp_object *root = mp_object_new_map(doc), *clusters;
    mp_status st;

    mp_doc_set_root(doc, root);
    mp__set_str(root, "deployment", d->name);
    mp__set_str(root, "namespace", d->ns);
    mp__set_int(root, "desired", d->replicas);
    mp__set_int(root, "placed", (int64_t)x->plan->count);
    mp__set_str(root, "verdict", mp__str_make(mp_verdict_name(x->plan->verdict), MP_NTS));
    clusters = mp__set_list(root, "clusters");
    st = mp__matcher_init(&x->matcher, &x->scratch, x->fleet, d,
                          x->plan->opts.budget ? x->plan->opts.budget : MP_SCHEDULE_BUDGET_DEFAULT);
    x->matcher.accounting = x->plan->opts.accounting;
    x->owner = mp__fleet_owner(x->fleet, d->ns, d->name);
    if (st == MP_OK)
        st = list_identities(x);
    x->fix_cost = INT64_MAX;
    for (size_t i = 0; st == MP_OK && i < x->fleet->cluster_count; i++)
        st = explain_cluster(x, mp_object_append_map(clusters), x->fleet->clusters[i]);
    if (st == MP_OK && x->fix) {
        mp_object *fix = mp__set_map(root, "fix");

        mp__set_str(fix, "cluster", x->fix_cluster);
        for (const mp_object *o = mp_object_first(x->fix); o; o = mp_object_next(o)) {
            size_t size;
            const char *key = mp_object_key(o, &size);

            mp_object_set_copy(fix, key, size, o);
        }
    }
    return st == MP_OK ? mp_doc_status(doc) : st;
}

mp_status mp_plan_explain(const mp_fleet *fleet, const mp_plan *plan, mp_doc **out, mp_error *err)
{
    explainer x = { 0 };
    mp_status st;

    mp__error_clear(err);
    st = mp_doc_new(&fleet->alloc, out, err);
    if (st != MP_OK)
        return st;
    x.fleet = fleet;
    x.plan = plan;
    x.deployment = plan->deployment;
    mp__arena_init(&x.scratch, &fleet->alloc);
    mp__arena_init(&x.question, &fleet->alloc);
    mp__table_init(&x.identities, &fleet->alloc);
    st = explain(&x, *out);
    mp__matcher_fini(&x.matcher);
    mp__table_fini(&x.identities, NULL, NULL);
    mp__arena_fini(&x.question);
    mp__arena_fini(&x.scratch);
    if (st != MP_OK) {
        mp_doc_free(*out);
        *out = NULL;
        return mp__fail(err, st, "%s", mp_status_text(st));
    }
    return MP_OK;
}

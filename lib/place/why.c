/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a cluster does not take one more replica, and what would change that.
 *
 * All that stands in the way is a list of *parts*: labels, taints, engines, wishes, what runs, what
 * is cordoned.  A conflict is a set of parts that cannot be met together; it is minimal when taking
 * any one of them away leaves a set that can.  One is found by taking parts away in the order of
 * `part_kind` as long as the rest stays impossible, so that what the deployment asks stays in it
 * rather than what happens to run, and a rule of the cluster rather than an engine.
 *
 * A fix is one kind of change that lets the replica in.  Fixes are compared by the costs below.
 */
#include "solve_internal.h"
#include <inttypes.h>

typedef enum part_kind {
    PART_REPLICA,  /* what runs: an observed replica */
    PART_PLACED,   /* or one that the plan has just placed */
    PART_RESERVED, /* nodes of a pool that are reserved */
    PART_CORDON,   /* nodes of a pool that are cordoned */
    PART_SPAN,     /* an engine stays in one pool */
    PART_WISH,     /* a required wish: of the replica, a group, an engine */
    PART_FABRIC,   /* an affinity about fabrics */
    PART_ENGINE,
    PART_AFFINITY, /* about clusters */
    PART_GATEWAY,
    PART_READY,
    PART_TAINT,
    PART_LABEL
} part_kind;

typedef struct mp__part part;
struct mp__part {
    part_kind kind;
    const void *what; /* replica, placement, pool, label, taint, affinity */
    size_t number;    /* of an engine; of a wish: 0 the replica's, then groups, then engines */
    bool off;
};

/* What a change costs, in units that only compare.  One node that must be bought is worth more than
 * a few words in a document. */
enum {
    COST_TOLERATION = 1, /* each */
    COST_LABEL = 1,      /* each */
    COST_SPAN = 2,       /* for all engines */
    COST_UNCORDON = 2,   /* a node */
    COST_MOVE = 5,       /* a replica */
    COST_MOVE_NODE = 1,  /* and each node it holds */
    COST_ADD = 10        /* a node */
};

typedef struct fix {
    const char *kind;
    int64_t cost;
    int64_t nodes;
    const mp_pool *pool;
    const mp_domain *domain;
    const mp_replica *replica;
} fix;

typedef mp__why asker;

#define TEXT(s) (int)(s).size, (s).data

/* ---- the parts ---- */

static mp_status add(asker *a, part_kind kind, const void *what, size_t number)
{
    part *grown = mp__arena_push(a->arena, a->parts, &a->count, &a->capacity, sizeof *grown);

    if (!grown)
        return MP_ENOMEM;
    a->parts = grown;
    grown[a->count - 1] = (part){ kind, what, number, false };
    return MP_OK;
}

static int compare_replicas(const void *x, const void *y, void *user)
{
    const mp_replica *a, *b;
    int order;

    (void)user;
    memcpy(&a, x, sizeof a);
    memcpy(&b, y, sizeof b);
    order = mp__str_compare(a->ns, b->ns);
    return order != 0 ? order : mp__str_compare(a->name, b->name);
}

/* What runs on the cluster and holds nodes, in order of name. */
static mp_status add_replicas(asker *a)
{
    const mp_replica **list;
    size_t count = 0;
    mp_status st = MP_OK;

    for (const mp_replica *r = a->c->site->replicas; r; r = r->site_next)
        count++;
    list = MP__NEW_ARRAY(a->arena, const mp_replica *, count);
    if (!list)
        return MP_ENOMEM;
    count = 0;
    for (const mp_replica *r = a->c->site->replicas; r; r = r->site_next)
        if (mp__holds_nodes(r, a->owner, &a->identities))
            list[count++] = r;
    if (!mp__sort(&a->arena->alloc, list, count, sizeof *list, compare_replicas, NULL))
        return MP_ENOMEM;
    for (size_t i = 0; i < count && st == MP_OK; i++)
        st = add(a, PART_REPLICA, list[i], 0);
    for (size_t i = 0; i < a->plan->count && st == MP_OK; i++)
        if (!a->plan->placements[i]->retained &&
            mp__str_equal(a->plan->placements[i]->cluster, a->c->name))
            st = add(a, PART_PLACED, a->plan->placements[i], 0);
    return st;
}

static mp_status add_wishes(asker *a)
{
    const mp_deployment *d = a->d;
    mp_status st = MP_OK;

    if (d->wish.level.size > 0 && d->wish.strength == MP_STRENGTH_REQUIRED)
        st = add(a, PART_WISH, &d->wish, 0);
    for (size_t g = 0; g < d->group_count && st == MP_OK; g++)
        if (d->groups[g].wish.level.size > 0 && d->groups[g].wish.strength == MP_STRENGTH_REQUIRED)
            st = add(a, PART_WISH, &d->groups[g].wish, 1 + g);
    for (size_t e = 0; e < d->engine_count && st == MP_OK; e++)
        if (d->engines[e]->wish.level.size > 0 &&
            d->engines[e]->wish.strength == MP_STRENGTH_REQUIRED)
            st = add(a, PART_WISH, &d->engines[e]->wish, 1 + d->group_count + e);
    return st;
}

static mp_status add_rules(asker *a)
{
    const mp_deployment *d = a->d;
    mp_status st = MP_OK;

    if (mp__affinity_forbids(d, a->c))
        st = add(a, PART_AFFINITY, NULL, 0);
    if (st == MP_OK && a->c->gateway.size == 0)
        st = add(a, PART_GATEWAY, NULL, 0);
    if (st == MP_OK && !a->c->ready)
        st = add(a, PART_READY, NULL, 0);
    for (size_t i = 0; i < a->c->taint_count && st == MP_OK; i++) {
        const mp__taint *t = &a->c->taints[i];

        if (!mp__deployment_tolerates(d, t->key, t->value, t->effect))
            st = add(a, PART_TAINT, t, 0);
    }
    for (size_t i = 0; i < d->cluster_selector.count && st == MP_OK; i++) {
        const mp__label *want = &d->cluster_selector.items[i];
        const mp__str *have = mp__labels_get(&a->c->labels, want->key);

        if (!have || !mp__str_equal(*have, want->value))
            st = add(a, PART_LABEL, want, 0);
    }
    return st;
}

static mp_status list_parts(asker *a)
{
    const mp_deployment *d = a->d;
    mp_status st = add_replicas(a);
    bool *hidden = NULL;

    for (int tier = 0; tier < 2; tier++)
        for (size_t p = 0; p < a->c->pool_count && st == MP_OK; p++)
            if (a->c->pools[p]->tiers[tier ? MP_TIER_CORDONED : MP_TIER_RESERVED] > 0)
                st = add(a, tier ? PART_CORDON : PART_RESERVED, a->c->pools[p], 0);
    for (size_t e = 0; e < d->engine_count && st == MP_OK; e++)
        if (d->engines[e]->span == MP_SPAN_POOL && a->plan->opts.span == MP_SPAN_POOL)
            st = add(a, PART_SPAN, d->engines[e], e);
    if (st == MP_OK)
        st = add_wishes(a);
    if (st == MP_OK)
        st = mp__affinity_hide(d, a->c, a->arena, &hidden);
    if (st == MP_OK && hidden)
        st = add(a, PART_FABRIC, NULL, 0);
    for (size_t e = 0; e < d->engine_count && st == MP_OK; e++)
        st = add(a, PART_ENGINE, d->engines[e], e);
    return st == MP_OK ? add_rules(a) : st;
}

/* ---- asking ---- */

/* The replica that a placement repairs, or NULL. */
static const mp_replica *observed(const asker *a, const mp_placement *p)
{
    return p->replica.size == 0 ? NULL
                                : mp_fleet_find_replica(a->fleet, a->d->ns.data, a->d->ns.size,
                                                        p->replica.data, p->replica.size);
}

/* The question without the parts that are off. */
static mp_status relax(asker *a, mp__ask *ask, mp__change *change)
{
    bool *uncordoned = MP__NEW_ARRAY(&a->question, bool, a->c->pool_count);
    bool *unreserved = MP__NEW_ARRAY(&a->question, bool, a->c->pool_count);

    change->without = MP__NEW_ARRAY(&a->question, const mp_replica *, a->count + 1);
    if (!uncordoned || !unreserved || !change->without)
        return MP_ENOMEM;
    if (change->uncordoned == NULL)
        change->uncordoned = uncordoned;
    change->unreserved = unreserved;
    for (size_t i = 0; i < a->count; i++) {
        const part *p = &a->parts[i];
        size_t n = p->number;

        if (!p->off)
            continue;
        switch (p->kind) {
        case PART_REPLICA:
            change->without[change->without_count++] = p->what;
            break;
        case PART_PLACED: /* with what stays of a replica that was repaired */
            change->without[change->without_count++] = observed(a, p->what);
            break;
        case PART_RESERVED:
            unreserved[((const mp_pool *)p->what)->index] = true;
            break;
        case PART_CORDON:
            uncordoned[((const mp_pool *)p->what)->index] = true;
            break;
        case PART_SPAN:
            ask->engines[n].span = MP__LEVEL_FABRIC;
            break;
        case PART_WISH:
            if (n == 0)
                ask->replica_level = -1;
            else if (n <= a->d->group_count)
                ask->group_levels[n - 1] = -1;
            else
                ask->engines[n - 1 - a->d->group_count].copy_level = -1;
            break;
        case PART_ENGINE:
            ask->engines[n].off = true;
            break;
        default:
            break;
        }
    }
    return MP_OK;
}

static bool stands(const asker *a, part_kind first, part_kind last)
{
    for (size_t i = 0; i < a->count; i++)
        if (!a->parts[i].off && a->parts[i].kind >= first && a->parts[i].kind <= last)
            return true;
    return false;
}

static mp_status take_placed(asker *a, mp__space *space)
{
    mp_status st = MP_OK;

    for (size_t order = 0; st == MP_OK && order <= a->plan->count; order++)
        for (size_t i = 0; i < a->count && st == MP_OK; i++) {
            const part *p = &a->parts[i];

            if (p->kind == PART_PLACED && !p->off &&
                ((const mp_placement *)p->what)->order == order)
                st = mp__space_take(space, p->what);
        }
    return st;
}

static mp_status solve_relaxed(asker *a, const mp__ask *ask, const bool *hidden,
                               const mp__change *change, mp__fit *fit)
{
    mp__space space;
    mp__answer answer = { .fit = MP__FIT_UNKNOWN };
    uint64_t steps = 0;
    mp_status st =
        mp__space_init(&space, ask, a->m, &a->question, a->owner, &a->identities, hidden, change);

    if (st == MP_OK)
        st = take_placed(a, &space);
    if (st == MP_OK)
        st = mp__solve(&space, a->m, &a->question, &steps, &answer);
    mp__space_fini(&space);
    *fit = answer.fit;
    return st;
}

/* Whether the parts that are on can be met together, with a change of the nodes if there is one. */
static mp_status fits(asker *a, const mp__change *with, bool *yes)
{
    mp_schedule_opts opts = a->plan->opts;
    mp__change change = { 0 };
    mp__ask ask;
    bool *hidden = NULL, *met;
    mp__fit fit = MP__FIT_UNKNOWN;
    mp_status st;

    *yes = false;
    if (stands(a, PART_AFFINITY, PART_LABEL))
        return MP_OK;
    if (a->d->engine_count > 0 && !stands(a, PART_ENGINE, PART_ENGINE)) {
        *yes = true;
        return MP_OK;
    }
    if (with)
        change = *with;
    mp__arena_reset(&a->question);
    opts.pools = MP_POOLS_FIRST;
    st = mp__ask_init(&ask, &a->question, a->d, &opts);
    ask.cluster = a->c;
    /* Preferred wishes never keep anything off. */
    met = MP__NEW_ARRAY(&a->question, bool, mp__ask_preferences(a->d));
    if (st == MP_OK)
        st = met ? relax(a, &ask, &change) : MP_ENOMEM;
    if (st == MP_OK)
        mp__ask_prefer(&ask, a->d, met);
    if (st == MP_OK && stands(a, PART_FABRIC, PART_FABRIC))
        st = mp__affinity_hide(a->d, a->c, &a->question, &hidden);
    if (st == MP_OK)
        st = solve_relaxed(a, &ask, hidden, &change, &fit);
    a->unknown |= st == MP_OK && fit == MP__FIT_UNKNOWN;
    a->last = fit;
    *yes = fit == MP__FIT_YES;
    return st;
}

static void set_all(asker *a, bool off)
{
    for (size_t i = 0; i < a->count; i++)
        a->parts[i].off = off;
}

/* ---- the conflict ---- */

/* Takes parts away as long as the rest cannot be met: a whole run of one kind at once if it goes.
 */
static mp_status find_conflict(asker *a)
{
    mp_status st = MP_OK;

    set_all(a, false);
    for (size_t i = 0, end; i < a->count && st == MP_OK; i = end) {
        bool yes = true;

        for (end = i; end < a->count && a->parts[end].kind == a->parts[i].kind; end++)
            a->parts[end].off = true;
        st = fits(a, NULL, &yes);
        if (!yes)
            continue;
        for (size_t k = i; k < end; k++)
            a->parts[k].off = false;
        for (size_t k = i; k < end && st == MP_OK; k++) {
            a->parts[k].off = true;
            st = fits(a, NULL, &yes);
            a->parts[k].off = !yes;
        }
    }
    return st;
}

static const char *plural(int64_t n)
{
    return n == 1 ? "" : "s";
}

static const char *wish_text(asker *a, const part *p)
{
    const mp__level_wish *w = p->what;
    size_t n = p->number;

    if (n == 0)
        return mp__arena_printf(a->arena, NULL, "the replica must be in one %.*s", TEXT(w->level));
    if (n <= a->d->group_count)
        return mp__arena_printf(a->arena, NULL, "group \"%.*s\" must be in one %.*s",
                                TEXT(a->d->groups[n - 1].name), TEXT(w->level));
    return mp__arena_printf(a->arena, NULL, "each copy of engine \"%.*s\" must be in one %.*s",
                            TEXT(a->d->engines[n - 1 - a->d->group_count]->name), TEXT(w->level));
}

/* What a part is called, and the one line about it. */
static const char *part_text(asker *a, const part *p, const char **kind)
{
    static const char *const kinds[] = { "replica", "placement", "reserved", "cordon",   "span",
                                         "wish",    "affinity",  "engine",   "affinity", "gateway",
                                         "ready",   "taint",     "label" };
    const mp_replica *r = p->what;
    const mp_placement *placed = p->what;
    const mp_pool *pool = p->what;
    const mp_engine *e = p->what;
    const mp__taint *t = p->what;
    const mp__label *label = p->what;
    int64_t nodes;

    *kind = kinds[p->kind];
    switch (p->kind) {
    case PART_REPLICA:
        return mp__arena_printf(a->arena, NULL, "replica %.*s/%.*s runs here", TEXT(r->ns),
                                TEXT(r->name));
    case PART_PLACED:
        return mp__arena_printf(a->arena, NULL, "replica %" PRId64 " of the plan is placed here",
                                placed->index);
    case PART_RESERVED:
    case PART_CORDON:
        nodes = pool->tiers[p->kind == PART_CORDON ? MP_TIER_CORDONED : MP_TIER_RESERVED];
        return mp__arena_printf(a->arena, NULL, "%" PRId64 " node%s of pool %.*s %s %s", nodes,
                                plural(nodes), TEXT(pool->name), nodes == 1 ? "is" : "are",
                                p->kind == PART_CORDON ? "cordoned" : "reserved");
    case PART_SPAN:
        return mp__arena_printf(a->arena, NULL, "engine \"%.*s\" stays in one pool", TEXT(e->name));
    case PART_WISH:
        return wish_text(a, p);
    case PART_ENGINE:
        return mp__arena_printf(a->arena, NULL, "engine \"%.*s\" needs its devices", TEXT(e->name));
    case PART_FABRIC:
        return "an affinity forbids fabrics";
    case PART_AFFINITY:
        return "an affinity forbids the cluster";
    case PART_GATEWAY:
        return "the gateway has no address";
    case PART_READY:
        return "the cluster is not Ready";
    case PART_TAINT:
        return mp__arena_printf(a->arena, NULL, "taint %.*s%s%.*s:%s is not tolerated",
                                TEXT(t->key), t->value.size ? "=" : "", TEXT(t->value),
                                t->effect == MP_EFFECT_NO_EXECUTE ? "NoExecute" : "NoSchedule");
    case PART_LABEL:
        return mp__arena_printf(a->arena, NULL, "label %.*s is not \"%.*s\"", TEXT(label->key),
                                TEXT(label->value));
    }
    return "";
}

static void write_conflict(asker *a, mp_object *node)
{
    mp_object *list = mp__set_list(node, "conflict");

    for (size_t i = 0; i < a->count; i++) {
        const char *kind, *text;
        mp_object *item;

        if (a->parts[i].off)
            continue;
        item = mp_object_append_map(list);
        text = part_text(a, &a->parts[i], &kind);
        mp__set_str(item, "part", mp__str_make(kind, MP_NTS));
        if (a->parts[i].kind == PART_REPLICA) {
            mp__set_str(item, "namespace", ((const mp_replica *)a->parts[i].what)->ns);
            mp__set_str(item, "name", ((const mp_replica *)a->parts[i].what)->name);
        } else if (a->parts[i].kind == PART_ENGINE || a->parts[i].kind == PART_SPAN) {
            mp__set_str(item, "name", ((const mp_engine *)a->parts[i].what)->name);
        } else if (a->parts[i].kind == PART_CORDON || a->parts[i].kind == PART_RESERVED) {
            mp__set_str(item, "name", ((const mp_pool *)a->parts[i].what)->name);
        } else if (a->parts[i].kind == PART_TAINT) {
            mp__set_str(item, "name", ((const mp__taint *)a->parts[i].what)->key);
        } else if (a->parts[i].kind == PART_LABEL) {
            mp__set_str(item, "name", ((const mp__label *)a->parts[i].what)->key);
        }
        mp__set_str(item, "message", mp__str_make(text ? text : "", MP_NTS));
    }
}

/* ---- fixes ---- */

/* The least number of nodes, from 1 to `most`, that lets the replica in; 0: not even all. */
static mp_status least_nodes(asker *a, mp__change change, int64_t most, int64_t *nodes)
{
    int64_t low = 0, high = most;
    bool yes = false;
    mp_status st;

    *nodes = 0;
    if (most < 1)
        return MP_OK;
    change.nodes = most;
    st = fits(a, &change, &yes);
    if (st != MP_OK || !yes)
        return st;
    /* Not with low, but with high. */
    while (high - low > 1 && st == MP_OK) {
        change.nodes = low + (high - low) / 2;
        st = fits(a, &change, &yes);
        if (yes)
            high = change.nodes;
        else
            low = change.nodes;
    }
    *nodes = high;
    return st;
}

/* Nodes that one replica can take at most. */
static int64_t all_pods(const mp_deployment *d)
{
    int64_t pods = 0;

    for (size_t e = 0; e < d->engine_count; e++)
        for (size_t i = 0; i < d->engines[e]->member_count; i++)
            pods = mp__add_saturating(pods, mp__member_pods(d->engines[e]->members[i]));
    return pods;
}

static void consider(fix *best, fix f)
{
    if (f.cost < best->cost)
        *best = f;
}

/* Nodes that a fix of cost `cost` each may use, and still be cheaper than the best. */
static int64_t affordable(const fix *best, int64_t cost)
{
    return best->cost == INT64_MAX ? INT64_MAX : (best->cost - 1) / cost;
}

static int64_t lesser(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* New nodes, or cordoned ones, in one place. */
static mp_status try_place(asker *a, const mp_pool *p, const mp_domain *d, bool uncordon, fix *best)
{
    const int64_t *tiers = d ? d->tiers : p->tiers;
    int64_t cost = uncordon ? COST_UNCORDON : COST_ADD, nodes;
    int64_t most =
        lesser(uncordon ? tiers[MP_TIER_CORDONED] : all_pods(a->d), affordable(best, cost));
    mp_status st =
        least_nodes(a, (mp__change){ .pool = p, .domain = d, .uncordon = uncordon }, most, &nodes);

    if (st == MP_OK && nodes > 0)
        consider(best, (fix){ .kind = uncordon ? "Uncordon" : "AddNodes",
                              .cost = mp__mul_saturating(nodes, cost),
                              .nodes = nodes,
                              .pool = p,
                              .domain = d });
    return st;
}

static mp_status try_pools(asker *a, bool uncordon, fix *best)
{
    mp_status st = MP_OK;

    for (size_t i = 0; i < a->c->pool_count && st == MP_OK; i++) {
        const mp_pool *p = a->c->pools[i];

        if (mp_pool_domain_count(p) == 0)
            st = try_place(a, p, NULL, uncordon, best);
        for (size_t k = 0; k < mp_pool_domain_count(p) && st == MP_OK; k++)
            st = try_place(a, p, p->levels->domains[k], uncordon, best);
    }
    return st;
}

/* Takes all parts of a kind away and puts them back. */
static mp_status try_without(asker *a, part_kind kind, const char *name, int64_t each,
                             int64_t together, fix *best)
{
    int64_t count = 0;
    bool yes = false;
    mp_status st;

    for (size_t i = 0; i < a->count; i++) {
        a->parts[i].off = a->parts[i].kind == kind;
        count += a->parts[i].off;
    }
    st = count > 0 ? fits(a, NULL, &yes) : MP_OK;
    set_all(a, false);
    if (yes)
        consider(best, (fix){ .kind = name, .cost = together + each * count, .nodes = count });
    return st;
}

static int64_t nodes_held(const mp_replica *r)
{
    int64_t sum = 0;

    for (size_t e = 0; e < r->engine_count; e++)
        for (size_t i = 0; i < r->engines[e]->member_count; i++)
            if (r->engines[e]->members[i].claims)
                sum = mp__add_saturating(sum, mp__mul_saturating(r->engines[e]->members[i].nodes,
                                                                 r->engines[e]->copies));
    return sum;
}

static mp_status try_moving(asker *a, fix *best)
{
    mp_status st = MP_OK;

    for (size_t i = 0; i < a->count && st == MP_OK; i++) {
        const mp_replica *r = a->parts[i].what;
        bool yes = false;
        int64_t cost;

        if (a->parts[i].kind != PART_REPLICA)
            continue;
        cost = mp__add_saturating(COST_MOVE, mp__mul_saturating(COST_MOVE_NODE, nodes_held(r)));
        if (cost >= best->cost)
            continue;
        a->parts[i].off = true;
        st = fits(a, NULL, &yes);
        a->parts[i].off = false;
        if (yes)
            consider(best, (fix){ .kind = "MoveReplica", .cost = cost, .replica = r });
    }
    return st;
}

/* In the order in which ties go. */
static mp_status find_fix(asker *a, fix *best)
{
    mp_status st;

    *best = (fix){ .cost = INT64_MAX };
    set_all(a, false);
    st = try_without(a, PART_TAINT, "Tolerate", COST_TOLERATION, 0, best);
    if (st == MP_OK)
        st = try_without(a, PART_LABEL, "ChangeLabel", COST_LABEL, 0, best);
    if (st == MP_OK && !stands(a, PART_AFFINITY, PART_LABEL)) {
        st = try_without(a, PART_SPAN, "SpanFabric", 0, COST_SPAN, best);
        if (st == MP_OK)
            st = try_pools(a, true, best);
        if (st == MP_OK)
            st = try_moving(a, best);
        if (st == MP_OK)
            st = try_pools(a, false, best);
    }
    return st;
}

static const char *place_text(asker *a, const fix *f)
{
    return f->domain ? mp__arena_printf(a->arena, NULL, "%.*s, domain %.*s", TEXT(f->pool->name),
                                        TEXT(f->domain->path))
                     : mp__arena_printf(a->arena, NULL, "%.*s", TEXT(f->pool->name));
}

static const char *fix_text(asker *a, const fix *f)
{
    const char *at = f->pool ? place_text(a, f) : "";

    at = at ? at : "";
    switch (*f->kind) {
    case 'T':
        return mp__arena_printf(a->arena, NULL, "tolerate %" PRId64 " taint%s of cluster %.*s",
                                f->nodes, plural(f->nodes), TEXT(a->c->name));
    case 'C':
        return mp__arena_printf(a->arena, NULL, "change %" PRId64 " label%s of cluster %.*s",
                                f->nodes, plural(f->nodes), TEXT(a->c->name));
    case 'S':
        return "let engines span their fabric";
    case 'U':
        return mp__arena_printf(a->arena, NULL, "uncordon %" PRId64 " node%s of pool %s", f->nodes,
                                plural(f->nodes), at);
    case 'M':
        return mp__arena_printf(a->arena, NULL, "move replica %.*s/%.*s elsewhere",
                                TEXT(f->replica->ns), TEXT(f->replica->name));
    default:
        return mp__arena_printf(a->arena, NULL, "add %" PRId64 " node%s to pool %s", f->nodes,
                                plural(f->nodes), at);
    }
}

static void write_fix(asker *a, mp_object *node, const fix *f)
{
    mp_object *map;
    const char *text = fix_text(a, f);

    if (f->cost == INT64_MAX)
        return;
    map = mp__set_map(node, "fix");
    mp__set_str(map, "kind", mp__str_make(f->kind, MP_NTS));
    mp__set_int(map, "cost", f->cost);
    if (f->nodes > 0)
        mp__set_int(map, "count", f->nodes);
    if (f->pool)
        mp__set_str(map, "pool", f->pool->name);
    if (f->domain)
        mp__set_str(map, "domain", f->domain->path);
    if (f->replica) {
        mp__set_str(map, "namespace", f->replica->ns);
        mp__set_str(map, "name", f->replica->name);
    }
    mp__set_str(map, "message", mp__str_make(text ? text : "", MP_NTS));
}

/* ---- the outlook ---- */

/* Fits after so many more nodes in one pool that may be created, or never. */
static mp_status write_outlook(asker *a, mp_object *node)
{
    mp_object *map = mp__set_map(node, "outlook");
    int64_t best = INT64_MAX, nodes;
    const mp_pool *pool = NULL;
    const mp_domain *domain = NULL;
    mp_status st = MP_OK;

    for (size_t i = 0; i < a->c->pool_count && st == MP_OK; i++) {
        const mp_pool *p = a->c->pools[i];
        size_t domains = mp_pool_domain_count(p);

        for (size_t k = 0; k < (domains ? domains : 1) && st == MP_OK; k++) {
            const mp_domain *d = domains ? p->levels->domains[k] : NULL;
            int64_t most = d ? d->tiers[MP_TIER_CREATABLE] : p->tiers[MP_TIER_CREATABLE];

            st = least_nodes(a, (mp__change){ .pool = p, .domain = d },
                             lesser(lesser(most, best - 1), all_pods(a->d)), &nodes);
            if (nodes > 0) {
                best = nodes;
                pool = p;
                domain = d;
            }
        }
    }
    mp__set_str(map, "tier", pool ? MP__STR("creatable") : MP__STR("never"));
    if (pool) {
        mp__set_int(map, "nodes", best);
        mp__set_str(map, "pool", pool->name);
    }
    if (domain)
        mp__set_str(map, "domain", domain->path);
    return st;
}

/* ---- the whole ---- */

static mp_status list_kept(asker *a)
{
    for (size_t i = 0; i < a->plan->count; i++) {
        mp_placement *p = a->plan->placements[i];
        mp__identity id;

        if ((p->retained || p->replica.size > 0) && mp__str_equal(p->cluster, a->c->name) &&
            !mp__table_add(&a->identities, mp__identity_key(&id, a->c->site, p->index),
                           p->retained ? NULL : p))
            return MP_ENOMEM;
    }
    return MP_OK;
}

mp_status mp__why_init(mp__why *a, const mp_fleet *fleet, const mp_plan *plan, const mp_cluster *c,
                       mp__matcher *m, mp__arena *arena, mp__fit *fit)
{
    bool yes = false;
    mp_status st;

    *a = (mp__why){ .fleet = fleet,
                    .plan = plan,
                    .d = plan->deployment,
                    .c = c,
                    .m = m,
                    .arena = arena,
                    .cost = INT64_MAX };
    a->owner = mp__fleet_owner(fleet, a->d->ns, a->d->name);
    mp__arena_init(&a->question, &fleet->alloc);
    mp__table_init(&a->identities, &fleet->alloc);
    a->last = MP__FIT_UNMATCHED;
    st = list_kept(a);
    if (st == MP_OK)
        st = list_parts(a);
    if (st == MP_OK)
        st = fits(a, NULL, &yes);
    *fit = a->last;
    return st;
}

void mp__why_fini(mp__why *a)
{
    mp__table_fini(&a->identities, NULL, NULL);
    mp__arena_fini(&a->question);
}

mp_status mp__why_write(mp__why *a, mp_object *node)
{
    fix best;
    mp_status st = find_conflict(a);

    if (st == MP_OK && !a->unknown)
        write_conflict(a, node);
    if (st == MP_OK)
        st = find_fix(a, &best);
    if (st != MP_OK)
        return st;
    a->cost = best.cost;
    if (best.cost < INT64_MAX)
        write_fix(a, node, &best);
    return write_outlook(a, node);
}

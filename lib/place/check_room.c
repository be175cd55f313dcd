/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checker's second half: closeness, and room for new replicas beside what runs.
 *
 * A *place* is a pool, or one domain of it as far as rows name one.  What is known to run in a
 * place is there; what may be there is taken to be there, a whole node of every state.  Then the
 * rows of the new placements are put down again in the plan's order: each must find its nodes.
 */
#include "place_internal.h"
#include <inttypes.h>

/* Nodes of a place that have the same devices left. */
typedef struct state {
    int64_t *left; /* per device of the pool; NULL where whole nodes are counted */
    int64_t nodes;
} state;

typedef struct place {
    const mp_pool *pool;
    mp__str path;
    state *states;
    size_t count, capacity;
} place;

typedef struct room {
    const mp_fleet *fleet;
    const mp_deployment *d;
    const mp_schedule_opts *opts;
    const mp_plan *plan;
    const mp_cluster *cluster;
    mp__arena *arena;
    place *places;
    size_t count, capacity;
    mp_error *err;
} room;

static mp_status refuse(const room *c, const mp_placement *p, const char *rule)
{
    return mp__fail(c->err, MP_ECHECK, "%.*s/%" PRId64 ": %s", (int)p->cluster.size,
                    p->cluster.data, p->index, rule);
}

/* ---- closeness ---- */

/* The name of the domain of a level that a row is in: its fabric and the path, or false. */
static bool domain_of(const room *c, const mp__row *row, mp__str level, const mp_pool **pool,
                      mp__str *path)
{
    const mp_pool *p = mp_cluster_find_pool(c->cluster, row->pool.data, row->pool.size);
    size_t depth = 0, end = 0;

    *pool = p;
    *path = (mp__str){ "", 0 };
    if (mp__str_equal(level, MP__STR("fabric")) || mp__str_equal(level, MP__STR("pool")))
        return true;
    while (p->levels && depth < p->levels->count && !mp__str_equal(p->levels->names[depth], level))
        depth++;
    if (!p->levels || depth == p->levels->count)
        return false;
    for (size_t names = 0; end < row->domain.size; end++)
        if (row->domain.data[end] == '/' && names++ == depth)
            break;
    *path = (mp__str){ row->domain.data, end };
    return end > 0;
}

static bool together(const room *c, const mp__row *a, const mp__row *b, mp__str level)
{
    const mp_pool *p, *q;
    mp__str x, y;

    if (!domain_of(c, a, level, &p, &x) || !domain_of(c, b, level, &q, &y))
        return false;
    if (p != q && (mp__str_equal(level, MP__STR("pool")) || p->fabric.size == 0 ||
                   !mp__str_equal(p->fabric, q->fabric)))
        return false;
    /* Levels above this one may have other names, and then so has the domain. */
    for (size_t i = 0; p != q && x.size > 0; i++) {
        if (i >= p->levels->count || i >= q->levels->count ||
            !mp__str_equal(p->levels->names[i], q->levels->names[i]))
            return false;
        if (mp__str_equal(p->levels->names[i], level))
            break;
    }
    return mp__str_equal(x, y);
}

typedef struct span {
    const mp_engine *engine; /* NULL: all */
    mp__str group;           /* size 0: all */
    mp__str level;
    bool each_copy;
} span;

/* Whether all rows that a span is about are in one domain of its level. */
static bool keeps_together(const room *c, const mp_placement *p, span s)
{
    for (int64_t copy = -1;; copy++) {
        const mp__row *first = NULL;

        for (size_t e = 0; e < p->engine_count; e++) {
            const mp_engine *engine = p->engines[e].engine;

            if ((s.engine && engine != s.engine) ||
                (s.group.size > 0 && !mp__str_equal(engine->group, s.group)))
                continue;
            for (size_t m = 0; m < engine->member_count; m++) {
                for (size_t r = 0; r < p->engines[e].members[m].row_count; r++) {
                    const mp__row *row = &p->engines[e].members[m].rows[r];

                    if (s.each_copy && row->copy != copy)
                        continue;
                    first = first ? first : row;
                    if (!together(c, first, row, s.level))
                        return false;
                }
            }
        }
        if (!s.each_copy || copy + 1 >= s.engine->copies)
            return true;
    }
}

static bool required(const mp__level_wish *w)
{
    return w->level.size > 0 && w->strength == MP_STRENGTH_REQUIRED;
}

static bool whole_members(const mp__placed_engine *e)
{
    for (size_t m = 0; m < e->engine->member_count; m++)
        for (size_t r = 1; r < e->members[m].row_count; r++)
            if (!mp__str_equal(e->members[m].rows[r].pool, e->members[m].rows[0].pool))
                return false;
    return true;
}

static mp_status check_closeness(const room *c, const mp_placement *p)
{
    const mp_deployment *d = c->d;
    const char *apart = "pods are apart that must be in one domain";

    for (size_t e = 0; e < d->engine_count; e++) {
        const mp_engine *engine = d->engines[e];
        bool kept = p->engines[e].kept;
        bool wide = engine->span == MP_SPAN_FABRIC || c->opts->span == MP_SPAN_FABRIC;

        if (!kept && !wide &&
            !keeps_together(c, p, (span){ engine, { "", 0 }, MP__STR("pool"), false }))
            return refuse(c, p, "an engine is spread over pools");
        if (!kept && !keeps_together(c, p, (span){ engine, { "", 0 }, MP__STR("fabric"), false }))
            return refuse(c, p, "an engine is spread over fabrics");
        if (!kept && c->opts->whole_members && !whole_members(&p->engines[e]))
            return refuse(c, p, "a member is spread over pools");
        if (required(&engine->wish) &&
            !keeps_together(c, p, (span){ engine, { "", 0 }, engine->wish.level, true }))
            return refuse(c, p, apart);
    }
    for (size_t g = 0; g < d->group_count; g++)
        if (required(&d->groups[g].wish) &&
            !keeps_together(c, p,
                            (span){ NULL, d->groups[g].name, d->groups[g].wish.level, false }))
            return refuse(c, p, apart);
    if (required(&d->wish) &&
        !keeps_together(c, p, (span){ NULL, { "", 0 }, d->wish.level, false }))
        return refuse(c, p, apart);
    return MP_OK;
}

/* ---- what runs ---- */

/* Whether a path leads to another, or is it. */
static bool leads_to(mp__str path, mp__str to)
{
    return path.size == 0 || (path.size <= to.size && memcmp(path.data, to.data, path.size) == 0 &&
                              (path.size == to.size || to.data[path.size] == '/'));
}

/* Whether an engine of an observed replica is there: all but ours that go. */
static bool held(const room *c, const mp_replica *r, size_t engine)
{
    const mp_placement *p = NULL;

    if (r->owner != mp__fleet_owner(c->fleet, c->d->ns, c->d->name))
        return true;
    for (size_t i = 0; i < c->plan->count && !p; i++)
        if (c->plan->placements[i]->index == r->index &&
            mp__str_equal(c->plan->placements[i]->cluster, c->cluster->name))
            p = c->plan->placements[i];
    if (!p || p->retained)
        return p != NULL;
    for (size_t e = 0; e < p->engine_count && mp__str_equal(p->replica, r->name); e++)
        if (p->engines[e].kept &&
            mp__str_equal(p->engines[e].engine->name, r->engines[engine]->name))
            return true;
    return false;
}

/* A node of the place that observed pods name. */
typedef struct node {
    mp__str name, path;
    int64_t *left; /* what nobody holds; NULL: nothing that could be used */
} node;

typedef struct census {
    node *nodes;
    size_t count, capacity;
    int64_t unknown; /* nodes that pods take which may be in the place */
} census;

static node *name_node(room *c, const place *at, census *n, const mp__replica_pods *pods)
{
    node *grown;

    for (size_t i = 0; i < n->count; i++)
        if (mp__str_equal(n->nodes[i].name, pods->node))
            return &n->nodes[i];
    grown = mp__arena_push(c->arena, n->nodes, &n->count, &n->capacity, sizeof *grown);
    if (!grown)
        return NULL;
    n->nodes = grown;
    grown = &grown[n->count - 1];
    grown->name = pods->node;
    grown->left = MP__NEW_ARRAY(c->arena, int64_t, at->pool->device_count);
    for (size_t i = 0; grown->left && i < at->pool->device_count; i++)
        if (at->pool->devices[i]->claim == MP_CLAIM_DRA)
            grown->left[i] = at->pool->devices[i]->count;
    return grown->left ? grown : NULL;
}

static void hold(const place *at, node *of, const mp__replica_pods *pods)
{
    if (pods->hold_count == 0)
        of->left = NULL;
    for (size_t h = 0; h < pods->hold_count && of->left; h++) {
        int64_t count = mp__mul_saturating(pods->holds[h].count, pods->pods);
        size_t i = 0;

        while (i < at->pool->device_count &&
               !mp__str_equal(at->pool->devices[i]->name, pods->holds[h].device))
            i++;
        if (i == at->pool->device_count)
            of->left = NULL;
        else if (at->pool->devices[i]->claim != MP_CLAIM_DRA)
            continue;
        else if (of->left[i] < count)
            of->left = NULL;
        else
            of->left[i] -= count;
    }
}

static mp_status count_member(room *c, const place *at, const mp__replica_member *m, int64_t copies,
                              census *n)
{
    int64_t rest = mp__mul_saturating(m->nodes, copies);

    for (size_t i = 0; i < m->pods_count; i++) {
        const mp__replica_pods *pods = &m->pods[i];
        node *of;

        rest = rest > pods->pods ? rest - pods->pods : 0;
        if (!mp__str_equal(pods->pool, at->pool->name))
            continue;
        if (pods->node.size == 0) {
            if (leads_to(at->path, pods->domain) || leads_to(pods->domain, at->path))
                n->unknown = mp__add_saturating(n->unknown, pods->pods);
            continue;
        }
        of = name_node(c, at, n, pods);
        if (!of)
            return MP_ENOMEM;
        of->path = pods->domain.size > of->path.size ? pods->domain : of->path;
        if (of->left)
            hold(at, of, pods);
    }
    if (mp__str_equal(m->pool, at->pool->name))
        n->unknown = mp__add_saturating(n->unknown, rest);
    return MP_OK;
}

static mp_status take_census(room *c, const place *at, census *n)
{
    for (const mp_replica *r = c->cluster->site->replicas; r; r = r->site_next)
        for (size_t e = 0; e < r->engine_count; e++)
            for (size_t m = 0; held(c, r, e) && m < r->engines[e]->member_count; m++)
                if (r->engines[e]->members[m].claims &&
                    count_member(c, at, &r->engines[e]->members[m], r->engines[e]->copies, n) !=
                        MP_OK)
                    return MP_ENOMEM;
    return MP_OK;
}

/* ---- places ---- */

static bool same_left(const place *at, const int64_t *a, const int64_t *b)
{
    return !a || !b ? a == b : memcmp(a, b, at->pool->device_count * sizeof *a) == 0;
}

static state *find_state(room *c, place *at, const int64_t *left)
{
    state *grown;

    for (size_t i = 0; i < at->count; i++)
        if (same_left(at, at->states[i].left, left))
            return &at->states[i];
    grown = mp__arena_push(c->arena, at->states, &at->count, &at->capacity, sizeof *grown);
    if (!grown)
        return NULL;
    at->states = grown;
    grown = &grown[at->count - 1];
    if (left) {
        grown->left = MP__NEW_ARRAY(c->arena, int64_t, at->pool->device_count);
        if (!grown->left)
            return NULL;
        memcpy(grown->left, left, at->pool->device_count * sizeof *left);
    }
    return grown;
}

static int64_t usable(int64_t nodes, const int64_t *tiers)
{
    int64_t sum = mp__add_saturating(tiers[MP_TIER_CORDONED], tiers[MP_TIER_RESERVED]);

    return nodes > sum ? nodes - sum : 0;
}

static int64_t nodes_of(const place *at)
{
    int64_t sum = 0;

    if (mp_pool_domain_count(at->pool) == 0)
        return usable(at->pool->nodes, at->pool->tiers);
    for (size_t i = 0; i < at->pool->levels->domain_count; i++) {
        const mp_domain *d = at->pool->levels->domains[i];

        if (leads_to(at->path, d->path))
            sum = mp__add_saturating(sum, usable(d->nodes, d->tiers));
    }
    return sum;
}

/* What is left in a place before anything new is there. */
static mp_status open_place(room *c, place *at)
{
    bool devices = c->opts->accounting == MP_ACCOUNTING_DEVICES;
    node whole = { 0 };
    census n = { 0 };
    int64_t fresh = nodes_of(at);
    state *s;

    whole.left = NULL;
    if (take_census(c, at, &n) != MP_OK)
        return MP_ENOMEM;
    for (size_t i = 0; i < n.count; i++) {
        if (leads_to(at->path, n.nodes[i].path)) {
            fresh = fresh > 0 ? fresh - 1 : 0;
            if (!devices || !n.nodes[i].left)
                continue;
            s = find_state(c, at, n.nodes[i].left);
            if (!s)
                return MP_ENOMEM;
            s->nodes++;
        } else if (leads_to(n.nodes[i].path, at->path)) {
            n.unknown = mp__add_saturating(n.unknown, 1);
        }
    }
    if (devices) {
        mp__replica_pods none = { .node = { "", 0 } };
        census fresh_node = { 0 };
        node *like = name_node(c, at, &fresh_node, &none);

        if (!like)
            return MP_ENOMEM;
        whole = *like;
    }
    s = find_state(c, at, whole.left);
    if (!s)
        return MP_ENOMEM;
    s->nodes = mp__add_saturating(s->nodes, fresh);
    for (size_t i = 0; i < at->count; i++)
        at->states[i].nodes = at->states[i].nodes > n.unknown ? at->states[i].nodes - n.unknown : 0;
    return MP_OK;
}

/* ---- putting rows down ---- */

/* A row, and what says when it was put down. */
typedef struct put {
    const mp_placement *p;
    const mp_member *m;
    const mp__row *row;
} put;

/* What is left of a node after `each` pods of a row; false: they need more than it has. */
static bool after_row(const place *at, const put *u, int64_t *left)
{
    int64_t each = u->row->pods / u->row->nodes;

    memcpy(left, u->row->left, at->pool->device_count * sizeof *left);
    for (size_t r = 0; r < u->m->request_count; r++) {
        uint32_t i = u->row->device[r];

        if (at->pool->devices[i]->claim != MP_CLAIM_DRA)
            continue;
        if (left[i] / each < u->m->requests[r]->count)
            return false;
        left[i] -= each * u->m->requests[r]->count;
    }
    return true;
}

/* What a row takes from a place that it is in, or may be in; *short: there is not as much. */
static mp_status take(room *c, place *at, const put *u, bool *lacking)
{
    int64_t nodes = u->row->nodes, *left;
    state *s;

    *lacking = false;
    if (!leads_to(at->path, u->row->domain)) {
        for (size_t i = 0; i < at->count && !u->row->again; i++)
            at->states[i].nodes = at->states[i].nodes > nodes ? at->states[i].nodes - nodes : 0;
        return MP_OK;
    }
    s = find_state(c, at, u->row->left);
    if (!s)
        return MP_ENOMEM;
    *lacking = s->nodes < nodes;
    s->nodes = *lacking ? 0 : s->nodes - nodes;
    if (!u->row->left)
        return MP_OK;
    left = MP__NEW_ARRAY(c->arena, int64_t, at->pool->device_count);
    if (!left)
        return MP_ENOMEM;
    if (!after_row(at, u, left)) {
        *lacking = true;
        return MP_OK;
    }
    s = find_state(c, at, left);
    if (!s)
        return MP_ENOMEM;
    s->nodes = mp__add_saturating(s->nodes, nodes);
    return MP_OK;
}

static bool concerns(const place *at, const mp__row *row)
{
    return mp__str_equal(at->pool->name, row->pool) &&
           (leads_to(at->path, row->domain) || leads_to(row->domain, at->path));
}

/* The place of a row, with what rows before it have taken. */
static mp_status find_place(room *c, const put *puts, size_t number, place **out)
{
    const mp__row *row = puts[number].row;
    place *grown;
    mp_status st;

    for (size_t i = 0; i < c->count; i++) {
        *out = &c->places[i];
        if (mp__str_equal((*out)->pool->name, row->pool) &&
            mp__str_equal((*out)->path, row->domain))
            return MP_OK;
    }
    grown = mp__arena_push(c->arena, c->places, &c->count, &c->capacity, sizeof *grown);
    if (!grown)
        return MP_ENOMEM;
    c->places = grown;
    *out = grown = &grown[c->count - 1];
    grown->pool = mp_cluster_find_pool(c->cluster, row->pool.data, row->pool.size);
    grown->path = row->domain;
    st = open_place(c, grown);
    for (size_t i = 0; i < number && st == MP_OK; i++) {
        bool lacking;

        if (concerns(grown, puts[i].row))
            st = take(c, grown, &puts[i], &lacking);
    }
    return st;
}

static mp_status put_row(room *c, const put *puts, size_t number)
{
    const put *u = &puts[number];
    const mp__row *row = u->row;
    bool devices = c->opts->accounting == MP_ACCOUNTING_DEVICES, lacking;
    place *at;
    mp_status st = find_place(c, puts, number, &at);

    if (st != MP_OK)
        return st;
    if (row->pods % row->nodes != 0 || devices != (row->left != NULL) ||
        (!devices && row->pods != row->nodes))
        return refuse(c, u->p, "pods do not share nodes that way");
    for (size_t i = 0; i < c->count && st == MP_OK; i++) {
        if (!concerns(&c->places[i], row))
            continue;
        st = take(c, &c->places[i], u, &lacking);
        if (st == MP_OK && lacking && &c->places[i] == at)
            st = refuse(c, u->p, "new replicas overcommit a pool");
    }
    return st;
}

static int compare_puts(const void *a, const void *b, void *user)
{
    const put *x = a, *y = b;

    (void)user;
    if (x->p != y->p)
        return x->p->order < y->p->order ? -1 : 1;
    return x->row->order < y->row->order ? -1 : x->row->order > y->row->order;
}

mp_status mp__check_room(const mp_fleet *fleet, const mp_deployment *d,
                         const mp_schedule_opts *opts, const mp_plan *plan,
                         const mp_cluster *cluster, mp__arena *scratch, mp_error *err)
{
    room c = { fleet, d, opts, plan, cluster, scratch, NULL, 0, 0, err };
    put *puts = NULL;
    size_t count = 0, capacity = 0;
    mp_status st = MP_OK;

    for (size_t i = 0; i < plan->count && st == MP_OK; i++) {
        const mp_placement *p = plan->placements[i];

        if (p->retained || !mp__str_equal(p->cluster, cluster->name))
            continue;
        st = check_closeness(&c, p);
        for (size_t e = 0; e < p->engine_count; e++) {
            for (size_t m = 0; m < p->engines[e].engine->member_count; m++) {
                const mp__placed_member *placed = &p->engines[e].members[m];

                for (size_t r = 0; r < placed->row_count; r++) {
                    if (placed->rows[r].nodes == 0 || p->engines[e].kept)
                        continue;
                    puts = mp__arena_push(scratch, puts, &count, &capacity, sizeof *puts);
                    if (!puts)
                        return MP_ENOMEM;
                    puts[count - 1] =
                        (put){ p, p->engines[e].engine->members[m], &placed->rows[r] };
                }
            }
        }
    }
    if (st == MP_OK && !mp__sort(&scratch->alloc, puts, count, sizeof *puts, compare_puts, NULL))
        st = MP_ENOMEM;
    for (size_t i = 0; i < count && st == MP_OK; i++)
        st = put_row(&c, puts, i);
    return st;
}

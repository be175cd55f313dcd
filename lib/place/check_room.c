/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checker: closeness, and room for new replicas beside what runs.
 *
 * A *place* is a pool, or one domain of it as far as rows name one.  What is known to run in a
 * place is there; what may be there is taken to be there, a whole node of every state.  Then the
 * rows of the new placements are put down again in the plan's order: each must find its nodes.
 */
#include "check_internal.h"

/* ---- closeness ---- */

/* Takes the first name off a path. */
static mp__str next_name(mp__str *path)
{
    const char *slash = path->size ? memchr(path->data, '/', path->size) : NULL;
    mp__str name = { path->data, slash ? (size_t)(slash - path->data) : path->size };
    size_t gone = name.size + (slash != NULL);

    *path = (mp__str){ path->data ? path->data + gone : NULL, path->size - gone };
    return name;
}

static bool named(mp__str level, const char *name)
{
    return mp__str_equal(level, mp__str_make(name, MP_NTS));
}

/* Two are in one domain if all names down to it are the same, and so are the levels they are of. */
bool mp__checker_together(const place *a, const place *b, mp__str level)
{
    const mp__levels *of = a->pool->levels, *other = b->pool->levels;
    mp__str x = a->path, y = b->path;

    if (named(level, "cluster") || (a->pool == b->pool && named(level, "pool")))
        return true;
    if (named(level, "pool") ||
        (a->pool != b->pool &&
         (a->pool->fabric.size == 0 || !mp__str_equal(a->pool->fabric, b->pool->fabric))))
        return false;
    if (named(level, "fabric"))
        return true;
    for (size_t l = 0; of && other && l < of->count && l < other->count; l++) {
        mp__str name = next_name(&x), same = next_name(&y);

        if (!mp__str_equal(of->names[l], other->names[l]) || name.size == 0 ||
            !mp__str_equal(name, same))
            return false;
        if (mp__str_equal(of->names[l], level))
            return true;
    }
    return false;
}

/* What pods must have in common for a wish to be about them. */
typedef enum unit { UNIT_REPLICA, UNIT_GROUP, UNIT_ENGINE, UNIT_COPY, UNIT_MEMBER } unit;

static bool share(const put *a, const put *b, unit u)
{
    switch (u) {
    case UNIT_REPLICA:
        return true;
    case UNIT_GROUP:
        return mp__str_equal(a->engine->group, b->engine->group);
    case UNIT_MEMBER:
        return a->m == b->m;
    default:
        return a->engine == b->engine && (u == UNIT_ENGINE || a->row->copy == b->row->copy);
    }
}

bool mp__checker_requires(const mp__level_wish *w, mp__str level)
{
    return w && w->strength == MP_STRENGTH_REQUIRED && level.size > 0 &&
           mp__str_equal(w->level, level);
}

static mp__str required(const mp__level_wish *w)
{
    return w && w->strength == MP_STRENGTH_REQUIRED ? w->level : (mp__str){ "", 0 };
}

/* It is enough to look at the last one of each unit. */
rule mp__checker_apart(const checker *c, const put *puts, size_t n)
{
    const put *u = &puts[n];
    bool wide = u->engine->span == MP_SPAN_FABRIC || c->opts.span == MP_SPAN_FABRIC;
    bool whole = c->opts.whole_members;
    rule wish = "pods are apart that must be in one domain";
    const struct {
        unit of;
        mp__str level;
        rule text;
    } wishes[] = {
        { UNIT_ENGINE, mp__str_make(wide || u->kept ? "" : "pool", MP_NTS),
          "an engine is spread over pools" },
        { UNIT_ENGINE, mp__str_make(u->kept ? "" : "fabric", MP_NTS),
          "an engine is spread over fabrics" },
        { UNIT_MEMBER, mp__str_make(!whole || u->kept ? "" : "pool", MP_NTS),
          "a member is spread over pools" },
        { UNIT_COPY, required(&u->engine->wish), wish },
        { UNIT_GROUP, required(mp__deployment_group_wish(c->d, u->engine->group)), wish },
        { UNIT_REPLICA, required(&c->d->wish), wish },
    };

    for (size_t w = 0; w < MP__COUNT(wishes); w++) {
        size_t i = n;

        while (i > 0 && puts[i - 1].p == u->p && !share(&puts[i - 1], u, wishes[w].of))
            i--;
        i = i > 0 && puts[i - 1].p == u->p ? i - 1 : n;
        if (wishes[w].level.size > 0 && !mp__checker_together(puts[i].at, u->at, wishes[w].level))
            return wishes[w].text;
    }
    return NULL;
}

/* ---- what runs ---- */

/* Whether a path leads to another, or is it. */
static bool leads_to(mp__str path, mp__str to)
{
    return path.size == 0 || (path.size <= to.size && memcmp(path.data, to.data, path.size) == 0 &&
                              (path.size == to.size || to.data[path.size] == '/'));
}

/* Whether an engine of an observed replica is there: all but ours that go. */
static bool held(const checker *c, const mp_replica *r, size_t engine)
{
    const mp_placement *p =
        r->owner == c->owner ? mp__checker_find(c, c->cluster->name, r->index) : NULL;
    bool stays = p ? p->retained : r->owner != c->owner;

    for (size_t e = 0; p && e < p->engine_count && mp__str_equal(p->replica, r->name); e++)
        stays |= p->engines[e].kept &&
                 mp__str_equal(p->engines[e].engine->name, r->engines[engine]->name);
    return stays;
}

/* A node that observed pods name. */
typedef struct node {
    mp__str path;
    int64_t *left; /* what nobody holds; NULL: nothing that could be used */
} node;

typedef struct census {
    const place *at;
    mp__map nodes;   /* by name */
    int64_t unknown; /* nodes that pods take which may be in the place */
} census;

/* What there is to claim on a node that nobody is on. */
static int64_t *all_left(checker *c, const mp_pool *pool)
{
    int64_t *left = mp__checker_get(c, pool->device_count, sizeof *left);

    for (size_t i = 0; left && i < pool->device_count; i++)
        left[i] = pool->devices[i]->kind->claim == MP_CLAIM_DRA ? pool->devices[i]->count : 0;
    return left;
}

static void hold(const mp_pool *pool, node *of, const mp__replica_pods *pods)
{
    bool all = pods->hold_count == 0;

    for (size_t h = 0; h < pods->hold_count && of->left && !all; h++) {
        int64_t count = mp__mul_saturating(pods->holds[h].count, pods->pods);
        size_t i = 0;

        while (i < pool->device_count &&
               !mp__str_equal(pool->devices[i]->kind->name, pods->holds[h].device))
            i++;
        all = i == pool->device_count ||
              (pool->devices[i]->kind->claim == MP_CLAIM_DRA && of->left[i] < count);
        if (!all && pool->devices[i]->kind->claim == MP_CLAIM_DRA)
            of->left[i] -= count;
    }
    of->left = all ? NULL : of->left;
}

static void count_pods(checker *c, census *n, const mp__replica_pods *pods)
{
    node *of = mp__map_get(&n->nodes, pods->node.data, pods->node.size);

    if (pods->node.size == 0) {
        if (leads_to(n->at->path, pods->domain) || leads_to(pods->domain, n->at->path))
            n->unknown = mp__add_saturating(n->unknown, pods->pods);
        return;
    }
    if (!of) {
        of = mp__checker_get(c, 1, sizeof *of);
        if (!of || !mp__map_set(&n->nodes, pods->node.data, pods->node.size, of)) {
            c->nomem = true;
            return;
        }
        of->left = all_left(c, n->at->pool);
    }
    of->path = pods->domain.size > of->path.size ? pods->domain : of->path;
    hold(n->at->pool, of, pods);
}

static void see(checker *c, mp__str name, const mp__replica_pods *pods, int64_t anywhere)
{
    const mp_pool *pool = mp_cluster_find_pool(c->cluster, name.data, name.size);
    sight *s = pool ? mp__checker_get(c, 1, sizeof *s) : NULL;

    if (!s)
        return;
    *s = (sight){ pods, anywhere, c->seen[pool->index] };
    c->seen[pool->index] = s;
}

/* What runs on the cluster, sorted by pools once. */
static void look_around(checker *c)
{
    c->seen = mp__checker_get(c, c->cluster->pool_count, sizeof *c->seen);
    for (const mp_replica *r = c->seen ? c->cluster->site->replicas : NULL; r; r = r->site_next) {
        for (size_t e = 0; e < r->engine_count; e++) {
            for (size_t i = 0; held(c, r, e) && i < r->engines[e]->member_count; i++) {
                const mp__replica_member *m = &r->engines[e]->members[i];
                int64_t rest = mp__mul_saturating(m->nodes, r->engines[e]->copies);

                for (size_t k = 0; k < m->pods_count && m->claims; k++) {
                    rest = rest > m->pods[k].pods ? rest - m->pods[k].pods : 0;
                    see(c, m->pods[k].pool, &m->pods[k], 0);
                }
                if (m->claims && rest > 0)
                    see(c, m->pool, NULL, rest);
            }
        }
    }
}

static void take_census(checker *c, census *n)
{
    if (!c->seen)
        look_around(c);
    for (const sight *s = c->seen ? c->seen[n->at->pool->index] : NULL; s; s = s->next) {
        if (s->pods)
            count_pods(c, n, s->pods);
        n->unknown = mp__add_saturating(n->unknown, s->anywhere);
    }
}

/* ---- places ---- */

static state *get_state(checker *c, place *at, const int64_t *left)
{
    size_t size = at->pool->device_count * sizeof *left;
    state *grown;

    for (size_t i = 0; i < at->count; i++)
        if (left ? at->states[i].left && memcmp(at->states[i].left, left, size) == 0
                 : !at->states[i].left)
            return &at->states[i];
    grown = mp__arena_push(&c->arena, at->states, &at->count, &at->capacity, sizeof *grown);
    c->nomem |= !grown;
    if (!grown)
        return NULL;
    at->states = grown;
    grown = &grown[at->count - 1];
    grown->left = left ? mp__checker_get(c, at->pool->device_count, sizeof *left) : NULL;
    if (grown->left)
        memcpy(grown->left, left, size);
    return grown;
}

void mp__checker_add(checker *c, place *at, const int64_t *left, int64_t nodes)
{
    state *s = get_state(c, at, left);

    if (s)
        s->nodes = nodes < 0 ? s->nodes + nodes : mp__add_saturating(s->nodes, nodes);
}

static int64_t usable(int64_t nodes, const int64_t *tiers)
{
    int64_t lost = mp__add_saturating(tiers[MP_TIER_CORDONED], tiers[MP_TIER_RESERVED]);

    return nodes > lost ? nodes - lost : 0;
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
static void open_place(checker *c, place *at)
{
    bool devices = c->opts.accounting == MP_ACCOUNTING_DEVICES;
    int64_t fresh = nodes_of(at), *whole = devices ? all_left(c, at->pool) : NULL;
    census n = { .at = at };

    mp__map_init(&n.nodes, &c->fleet->alloc);
    mp__checker_add(c, at, whole, 0);
    take_census(c, &n);
    for (size_t i = 0; i < n.nodes.count; i++) {
        const node *of = n.nodes.entries[i].value;

        if (leads_to(at->path, of->path)) {
            fresh = fresh > 0 ? fresh - 1 : 0;
            if (devices && of->left)
                mp__checker_add(c, at, of->left, 1);
        } else if (leads_to(of->path, at->path)) {
            n.unknown = mp__add_saturating(n.unknown, 1);
        }
    }
    mp__checker_add(c, at, whole, fresh);
    for (size_t i = 0; i < at->count; i++)
        at->states[i].nodes = at->states[i].nodes > n.unknown ? at->states[i].nodes - n.unknown : 0;
    mp__map_fini(&n.nodes);
}

place *mp__checker_place(checker *c, const mp_pool *pool, mp__str path)
{
    place *at = c->places[pool->index];

    while (at && !mp__str_equal(at->path, path))
        at = at->next;
    if (at)
        return at;
    at = mp__checker_get(c, 1, sizeof *at);
    if (!at)
        return NULL;
    *at = (place){ .pool = pool, .path = path, .next = c->places[pool->index] };
    c->places[pool->index] = at;
    open_place(c, at);
    return at;
}

/* ---- putting rows down ---- */

/* What is left of a node after `each` pods of a row; NULL: they need more than it has. */
static int64_t *after_row(checker *c, const put *u, int64_t each)
{
    const mp_pool *pool = u->at->pool;
    int64_t *left = mp__checker_get(c, pool->device_count, sizeof *left);

    if (left && pool->device_count > 0)
        memcpy(left, u->row->left, pool->device_count * sizeof *left);
    for (size_t r = 0; r < u->m->request_count && left; r++) {
        uint32_t i = u->row->device[r];

        if (pool->devices[i]->kind->claim != MP_CLAIM_DRA)
            continue;
        if (left[i] / each < u->m->requests[r]->count)
            return NULL;
        left[i] -= each * u->m->requests[r]->count;
    }
    return left;
}

/* Takes the nodes of a row from its place, and from others that are a part of it or that it is a
 * part of.  False: they are not there. */
static bool take(checker *c, const put *u)
{
    int64_t nodes = u->row->nodes, *left = NULL;
    bool there = true;

    if (u->row->left)
        left = after_row(c, u, u->row->pods / nodes);
    if (u->row->left && !left)
        return false;
    for (place *at = c->places[u->at->pool->index]; at; at = at->next) {
        state *s;

        if (!leads_to(at->path, u->at->path)) {
            for (size_t i = 0; i < at->count && !u->row->again && leads_to(u->at->path, at->path);
                 i++)
                at->states[i].nodes = at->states[i].nodes > nodes ? at->states[i].nodes - nodes : 0;
            continue;
        }
        s = get_state(c, at, u->row->left);
        there &= at != u->at || (s && s->nodes >= nodes);
        if (s)
            s->nodes = s->nodes > nodes ? s->nodes - nodes : 0;
        if (left)
            mp__checker_add(c, at, left, nodes);
    }
    return there;
}

static rule check_row(checker *c, const put *u)
{
    bool devices = c->opts.accounting == MP_ACCOUNTING_DEVICES;

    if (u->row->pods % u->row->nodes != 0 || devices != (u->row->left != NULL) ||
        (!devices && u->row->pods != u->row->nodes))
        return "pods do not share nodes that way";
    return take(c, u) ? NULL : "new replicas overcommit a pool";
}

/* ---- a cluster ---- */

static int compare_keys(const void *a, const void *b, void *user)
{
    const put *x = a, *y = b;
    int order = 0;

    (void)user;
    for (size_t i = 0; i < MP__COUNT(x->key) && order == 0; i++)
        order = x->key[i] < y->key[i] ? -1 : x->key[i] > y->key[i];
    return order;
}

static void list_engine(checker *c, const mp_placement *p, size_t e, put **puts, size_t *count,
                        size_t *capacity)
{
    const mp__placed_engine *placed = &p->engines[e];

    for (size_t m = 0; m < placed->engine->member_count; m++) {
        for (size_t r = 0; r < placed->members[m].row_count; r++) {
            const mp__row *row = &placed->members[m].rows[r];
            put *grown = mp__arena_push(&c->arena, *puts, count, capacity, sizeof *grown);

            c->nomem |= !grown;
            if (!grown)
                return;
            *puts = grown;
            grown[*count - 1] = (put){
                .p = p,
                .engine = placed->engine,
                .m = placed->engine->members[m],
                .row = row,
                .at = mp__checker_place(
                    c, mp_cluster_find_pool(c->cluster, row->pool.data, row->pool.size),
                    row->domain),
                .kept = placed->kept,
                .key = { (int64_t)p->order, (int64_t)e, row->copy },
            };
        }
    }
}

rule mp__checker_room(checker *c, size_t first, size_t end, const mp_placement **p)
{
    put *puts = NULL;
    size_t count = 0, capacity = 0;
    rule broken = NULL;

    for (size_t i = first; i < end; i++)
        for (size_t e = 0; !c->plan->placements[i]->retained && e < c->d->engine_count; e++)
            list_engine(c, c->plan->placements[i], e, &puts, &count, &capacity);
    /* By copies, to see what is together; then as they were put down. */
    for (int pass = 0; pass < 2 && !broken && !c->nomem; pass++) {
        c->nomem |= !mp__sort(&c->fleet->alloc, puts, count, sizeof *puts, compare_keys, NULL);
        for (size_t i = 0; i < count && !broken && !c->nomem; i++) {
            *p = puts[i].p;
            if (pass == 0)
                broken = mp__checker_apart(c, puts, i);
            else if (puts[i].row->nodes > 0 && !puts[i].kept)
                broken = check_row(c, &puts[i]);
        }
        for (size_t i = 0; i < count; i++) {
            puts[i].key[1] = (int64_t)puts[i].row->order;
            puts[i].key[2] = 0;
        }
    }
    return broken;
}

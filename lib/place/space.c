/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One cluster as the general search sees it: plots, cells, and what is left on them.
 *
 * What runs already is charged where it is known to be.  Of pods that may be in several plots, or
 * on nodes of several states, each is charged to every one of them as a whole node: whatever the
 * truth, at least that many nodes of that plot and state are left, so an answer that is made of
 * single plots and states holds in every case.
 */
#include "solve_internal.h"
#include <stddef.h>

/* Bytes on the stack for names of domains and the like: most clusters need no more. */
#define TEMP_FIRST 4096

/* ---- vectors and histograms ---- */

uint32_t mp__class_vector(mp__class *k, const int64_t *values)
{
    mp__str key = { (const char *)values, k->width * sizeof *values };
    mp__entry *e;

    if (k->width == 0)
        return 0;
    e = mp__table_find(&k->numbers, key);
    if (e)
        return e->id;
    if (!mp__grow(&k->numbers.alloc, &k->values, &k->capacity, (k->count + 1) * k->width,
                  sizeof *k->values))
        return MP__NO_SYMBOL;
    e = mp__table_add(&k->numbers, key, NULL);
    if (!e)
        return MP__NO_SYMBOL;
    memcpy(&k->values[k->count++ * k->width], values, key.size);
    return e->id;
}

const int64_t *mp__class_values(const mp__class *k, uint32_t vector)
{
    return &k->values[vector * k->width];
}

int64_t mp__histogram_get(const mp__histogram *h, uint32_t vector)
{
    return vector < h->size ? h->nodes[vector] : 0;
}

bool mp__histogram_add(mp__histogram *h, mp__arena *arena, uint32_t vector, int64_t nodes)
{
    if (vector >= h->size) {
        size_t wider = h->size ? h->size : 1;
        int64_t *grown;

        while (wider <= vector)
            wider *= 2;
        grown = MP__NEW_ARRAY(arena, int64_t, wider);
        if (!grown)
            return false;
        if (h->size)
            memcpy(grown, h->nodes, h->size * sizeof *grown);
        h->nodes = grown;
        h->size = wider;
    }
    h->nodes[vector] =
        nodes > 0 ? mp__add_saturating(h->nodes[vector], nodes) : h->nodes[vector] + nodes;
    return true;
}

int64_t mp__pods_on(const mp__class *k, uint32_t vector, const mp__option *o)
{
    const int64_t *left;
    int64_t pods = INT64_MAX;

    if (k->width == 0)
        return 1;
    left = mp__class_values(k, vector);
    for (size_t d = 0; d < k->width; d++)
        if (o->use[d] > 0 && left[d] / o->use[d] < pods)
            pods = left[d] / o->use[d];
    return pods;
}

uint32_t mp__vector_after(mp__class *k, uint32_t vector, const mp__option *o, int64_t each)
{
    int64_t few[16] = { 0 }, *after = few;
    uint32_t number;

    if (k->width == 0)
        return 0;
    if (k->width > sizeof few / sizeof *few) {
        after = mp__alloc(&k->numbers.alloc, k->width * sizeof *after);
        if (!after)
            return MP__NO_SYMBOL;
    }
    for (size_t d = 0; d < k->width; d++)
        after[d] = mp__class_values(k, vector)[d] - each * o->use[d];
    number = mp__class_vector(k, after);
    if (after != few)
        mp__free(&k->numbers.alloc, after);
    return number;
}

/* ---- classes ---- */

static mp_status init_class(mp__class *k, const mp__space *s, const mp__profile *profile)
{
    int64_t *fresh;
    uint32_t vector;

    k->profile = profile;
    k->width = s->ask->accounting == MP_ACCOUNTING_DEVICES ? profile->device_count : 0;
    mp__table_init(&k->numbers, &s->arena->alloc);
    if (k->width == 0)
        return MP_OK;
    fresh = MP__NEW_ARRAY(s->arena, int64_t, k->width);
    if (!fresh)
        return MP_ENOMEM;
    for (size_t d = 0; d < k->width; d++)
        fresh[d] = profile->devices[d].claim == MP_CLAIM_DRA ? profile->devices[d].count : 0;
    vector = mp__class_vector(k, fresh); /* number 0: nothing is taken */
    return vector == MP__NO_SYMBOL ? MP_ENOMEM : MP_OK;
}

/* The class of each pool; `m->class_of` is all 0 before and after. */
static mp_status find_classes(mp__space *s, mp__matcher *m, uint32_t *class_of)
{
    const mp_cluster *c = s->ask->cluster;
    mp_status st = MP_OK;

    s->classes = MP__NEW_ARRAY(s->arena, mp__class, c->pool_count);
    if (!s->classes)
        return MP_ENOMEM;
    for (size_t p = 0; p < c->pool_count && st == MP_OK; p++) {
        uint32_t *plus_1 = &m->class_of[c->pools[p]->profile->entry->id];

        if (*plus_1 == 0) {
            st = init_class(&s->classes[s->class_count++], s, c->pools[p]->profile);
            *plus_1 = (uint32_t)s->class_count;
        }
        class_of[p] = *plus_1 - 1;
    }
    for (size_t i = 0; i < s->class_count; i++)
        m->class_of[s->classes[i].profile->entry->id] = 0;
    return st;
}

/* ---- plots ---- */

typedef struct maker {
    mp__space *s;
    const bool *hidden;
    const mp__change *change;
    uint32_t *class_of;  /* per pool */
    mp_allocator temp;   /* for what is not needed in the end */
    mp__interner *names; /* per level: of domains */
    mp__buf key;
    size_t plot_capacity;
} maker;

/* How many names of a domain's path the question can tell apart. */
static size_t known_depth(const mp__ask *ask, const mp_pool *p)
{
    size_t depth = 0;

    for (size_t i = 0; p->levels && i < p->levels->count; i++)
        for (size_t l = MP__LEVEL_POOL + 1; l < ask->level_count; l++)
            if (mp__str_equal(p->levels->names[i], ask->levels[l]))
                depth = i + 1;
    return depth;
}

/* Nodes of a pool, or of a domain of it, that new pods may use. */
static int64_t usable(const mp__change *change, const mp_pool *p, const mp_domain *d)
{
    const int64_t *tiers = d ? d->tiers : p->tiers;
    int64_t nodes = d ? d->nodes : p->nodes;
    bool changes = change && change->pool == p && change->domain == d;
    int64_t uncordon = changes && change->uncordon ? change->nodes : 0;
    int64_t more = changes && !change->uncordon ? change->nodes : 0;
    bool uncordoned = change && change->uncordoned && change->uncordoned[p->index];
    bool unreserved = change && change->unreserved && change->unreserved[p->index];
    int64_t cordoned = tiers[MP_TIER_CORDONED] - uncordon;
    int64_t lost = mp__add_saturating(uncordoned || cordoned < 0 ? 0 : cordoned,
                                      unreserved ? 0 : tiers[MP_TIER_RESERVED]);

    /* The largest number stands for sums that were too large. */
    return mp__add_saturating(
        nodes <= lost ? 0 : (nodes < INT64_MAX ? nodes : INT64_MAX - 1) - lost, more);
}

/* The key of the pool's fabric: a name, or the pool itself. */
static void put_fabric(mp__buf *key, const mp_pool *p)
{
    mp__buf_clear(key);
    if (p->fabric.size > 0) {
        mp__buf_putc(key, 'f');
        mp__buf_put(key, (const char *)&p->fabric.size, sizeof p->fabric.size);
        mp__buf_put(key, p->fabric.data, p->fabric.size);
    } else {
        mp__buf_putc(key, 'p');
        mp__buf_put(key, (const char *)&p->index, sizeof p->index);
    }
}

static bool number_domain(maker *k, size_t level, uint32_t *out)
{
    if (!k->key.failed)
        *out = mp__intern(&k->names[level], k->key.data, k->key.size);
    return !k->key.failed && *out != MP__NO_SYMBOL;
}

/* The domains that a plot is in.  A domain is known by its fabric and all names down to it. */
static bool number_domains(maker *k, const mp_pool *p, const mp_domain *d, uint32_t *domains)
{
    const mp__ask *ask = k->s->ask;

    put_fabric(&k->key, p);
    if (!number_domain(k, MP__LEVEL_FABRIC, &domains[MP__LEVEL_FABRIC]))
        return false;
    domains[MP__LEVEL_POOL] = (uint32_t)p->index;
    for (size_t l = MP__LEVEL_POOL + 1; l < ask->level_count; l++)
        domains[l] = MP__NO_DOMAIN;
    for (size_t i = 0; d && i < p->levels->count; i++) {
        mp__buf_put(&k->key, (const char *)&d->names[i].size, sizeof d->names[i].size);
        mp__buf_put(&k->key, d->names[i].data, d->names[i].size);
        for (size_t l = MP__LEVEL_POOL + 1; l < ask->level_count; l++)
            if (mp__str_equal(p->levels->names[i], ask->levels[l]) &&
                !number_domain(k, l, &domains[l]))
                return false;
    }
    return !k->key.failed;
}

/* The part of a domain's path that counts. */
static mp__str known_path(const mp_domain *d, size_t depth)
{
    const mp__str *last = depth > 0 ? &d->names[depth - 1] : NULL;

    return last ? (mp__str){ d->path.data, (size_t)(last->data + last->size - d->path.data) }
                : (mp__str){ "", 0 };
}

static mp__plot *new_plot(maker *k, const mp_pool *p, const mp_domain *d, mp__str path)
{
    mp__space *s = k->s;
    mp__plot *grown =
        mp__arena_push(s->arena, s->plots, &s->plot_count, &k->plot_capacity, sizeof *grown);
    mp__plot *plot;

    if (!grown)
        return NULL;
    s->plots = grown;
    plot = &grown[s->plot_count - 1];
    plot->pool = (uint32_t)p->index;
    plot->domain = path;
    plot->domains = MP__NEW_ARRAY(s->arena, uint32_t, s->ask->level_count);
    return plot->domains && number_domains(k, p, d, plot->domains) ? plot : NULL;
}

static mp_status plot_pool(maker *k, const mp_pool *p)
{
    size_t depth = known_depth(k->s->ask, p), first = k->s->plot_count;
    mp__map paths;
    mp_status st = MP_OK;

    if (mp_pool_domain_count(p) == 0) {
        mp__plot *plot = new_plot(k, p, NULL, (mp__str){ "", 0 });

        if (!plot)
            return MP_ENOMEM;
        plot->capacity = usable(k->change, p, NULL);
        return MP_OK;
    }
    mp__map_init(&paths, &k->s->arena->alloc);
    for (size_t i = 0; i < p->levels->domain_count && st == MP_OK; i++) {
        const mp_domain *d = p->levels->domains[i];
        mp__str path = known_path(d, depth);
        size_t at = (size_t)(uintptr_t)mp__map_get(&paths, path.data, path.size);

        if (at == 0) {
            at = k->s->plot_count - first + 1;
            if (!new_plot(k, p, d, path) ||
                !mp__map_set(&paths, path.data, path.size, (void *)(uintptr_t)at)) {
                st = MP_ENOMEM;
                break;
            }
        }
        k->s->plots[first + at - 1].capacity =
            mp__add_saturating(k->s->plots[first + at - 1].capacity, usable(k->change, p, d));
    }
    mp__map_fini(&paths);
    return st;
}

/* ---- charges ---- */

/* A node that pods name. */
typedef struct named_node {
    const mp_pool *pool;
    mp__str domain;
    bool full;     /* or taken by what is not known */
    int64_t *used; /* per device of the profile */
} named_node;

typedef struct charges {
    maker *k;
    size_t *first;    /* per pool: its first plot; one more at the end */
    int64_t *unknown; /* per plot: nodes that pods take of any state */
    int64_t *taken;   /* per plot: nodes that are not fresh any more */
    mp__table nodes;  /* by pool and name */
    named_node **list;
    size_t count, capacity;
} charges;

/* Whether one of two paths leads to the other. */
static bool compatible(mp__str a, mp__str b)
{
    mp__str shorter = a.size < b.size ? a : b, longer = a.size < b.size ? b : a;

    if (shorter.size == 0)
        return true;
    return memcmp(shorter.data, longer.data, shorter.size) == 0 &&
           (longer.size == shorter.size || longer.data[shorter.size] == '/');
}

static void charge_unknown(charges *c, const mp_pool *p, mp__str domain, int64_t nodes)
{
    for (size_t i = c->first[p->index]; i < c->first[p->index + 1]; i++)
        if (compatible(c->k->s->plots[i].domain, domain))
            c->unknown[i] = mp__add_saturating(c->unknown[i], nodes);
}

static named_node *get_node(charges *c, const mp_pool *p, mp__str domain, mp__str name)
{
    mp__str pool_key = { (const char *)&p->index, sizeof p->index };
    mp__entry *e = mp__table_find2(&c->nodes, pool_key, name);
    mp__arena *arena = c->k->s->arena;
    named_node *node, **grown;

    if (e) {
        node = e->value;
        /* The longer path knows more. */
        if (domain.size > node->domain.size)
            node->domain = domain;
        return node;
    }
    node = MP__NEW(arena, named_node);
    grown = node ? mp__arena_push(arena, c->list, &c->count, &c->capacity, sizeof *grown) : NULL;
    if (!grown)
        return NULL;
    c->list = grown;
    grown[c->count - 1] = node;
    node->pool = p;
    node->domain = domain;
    node->used = MP__NEW_ARRAY(arena, int64_t, p->device_count);
    return node->used && mp__table_add2(&c->nodes, pool_key, name, node) ? node : NULL;
}

static void hold_devices(named_node *node, const mp__replica_pods *pods)
{
    node->full |= pods->hold_count == 0;
    for (size_t h = 0; h < pods->hold_count; h++) {
        size_t d = 0;

        while (d < node->pool->device_count &&
               !mp__str_equal(node->pool->devices[d]->kind->name, pods->holds[h].device))
            d++;
        if (d == node->pool->device_count)
            node->full = true;
        else
            node->used[d] = mp__add_saturating(
                node->used[d], mp__mul_saturating(pods->holds[h].count, pods->pods));
    }
}

static mp_status charge_member(charges *c, const mp__replica_member *m, int64_t copies)
{
    const mp_cluster *cluster = c->k->s->ask->cluster;
    int64_t rest = mp__mul_saturating(m->nodes, copies);
    const mp_pool *p;

    for (size_t i = 0; i < m->pods_count; i++) {
        const mp__replica_pods *pods = &m->pods[i];

        rest = rest > pods->pods ? rest - pods->pods : 0;
        p = mp_cluster_find_pool(cluster, pods->pool.data, pods->pool.size);
        if (!p)
            continue;
        if (pods->node.size > 0) {
            named_node *node = get_node(c, p, pods->domain, pods->node);

            if (!node)
                return MP_ENOMEM;
            hold_devices(node, pods);
        } else {
            charge_unknown(c, p, pods->domain, pods->pods);
        }
    }
    p = mp_cluster_find_pool(cluster, m->pool.data, m->pool.size);
    if (p && rest > 0)
        charge_unknown(c, p, (mp__str){ "", 0 }, rest);
    return MP_OK;
}

/* What a replica holds; with `held`, what those of its engines hold. */
static mp_status charge_replica(charges *c, const mp_replica *r, const bool *held)
{
    for (size_t e = 0; e < r->engine_count; e++) {
        if (held && !held[e])
            continue;
        for (size_t i = 0; i < r->engines[e]->member_count; i++) {
            const mp__replica_member *m = &r->engines[e]->members[i];
            mp_status st = m->claims ? charge_member(c, m, r->engines[e]->copies) : MP_OK;

            if (st != MP_OK)
                return st;
        }
    }
    return MP_OK;
}

/* The plot that a named node is in for certain, or plot_count. */
static size_t only_plot(const charges *c, const named_node *node)
{
    for (size_t i = c->first[node->pool->index]; i < c->first[node->pool->index + 1]; i++) {
        mp__str path = c->k->s->plots[i].domain;

        if (path.size <= node->domain.size && compatible(path, node->domain))
            return i;
    }
    return c->k->s->plot_count;
}

/* What is left of a named node, or false if that cannot be used. */
static bool left_of(const mp__class *k, const named_node *node, int64_t *left)
{
    bool any = false;

    for (size_t d = 0; d < k->width; d++) {
        left[d] = mp__class_values(k, 0)[d];
        if (k->profile->devices[d].claim != MP_CLAIM_DRA)
            continue;
        if (node->used[d] > left[d])
            return false;
        left[d] -= node->used[d];
        any |= left[d] > 0;
    }
    return any && !node->full;
}

static int compare_left(const void *a, const void *b, void *user)
{
    const size_t *width = user;
    const int64_t *x, *y;

    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    for (size_t d = 0; d < *width; d++)
        if (x[d] != y[d])
            return x[d] < y[d] ? -1 : 1;
    return 0;
}

/* Named nodes of one plot, as states of its histogram.  They are numbered in order of content, so
 * that the order in which replicas were observed does not matter. */
static mp_status add_states(charges *c, size_t plot, int64_t **left, size_t count)
{
    mp__space *s = c->k->s;
    mp__class *k = &s->classes[c->k->class_of[s->plots[plot].pool]];

    if (!mp__sort(&s->arena->alloc, left, count, sizeof *left, compare_left, &k->width))
        return MP_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        uint32_t vector = mp__class_vector(k, left[i]);

        if (vector == MP__NO_SYMBOL ||
            !mp__histogram_add(&s->plots[plot].left, s->arena, vector, 1))
            return MP_ENOMEM;
    }
    return MP_OK;
}

/* Puts the named nodes where they are; those that may be in several plots count in each. */
static mp_status settle_nodes(charges *c)
{
    mp__space *s = c->k->s;
    size_t *plot_of = MP__NEW_ARRAY(s->arena, size_t, c->count);
    int64_t **left = MP__NEW_ARRAY(s->arena, int64_t *, c->count);
    mp_status st = MP_OK;

    if (!plot_of || !left)
        return MP_ENOMEM;
    for (size_t i = 0; i < c->count; i++) {
        plot_of[i] = only_plot(c, c->list[i]);
        if (plot_of[i] < s->plot_count)
            c->taken[plot_of[i]]++;
        else
            charge_unknown(c, c->list[i]->pool, c->list[i]->domain, 1);
    }
    for (size_t p = 0; p < s->plot_count && s->ask->accounting == MP_ACCOUNTING_DEVICES &&
                       st == MP_OK && c->count > 0;
         p++) {
        const mp__class *k = &s->classes[c->k->class_of[s->plots[p].pool]];
        size_t count = 0;

        for (size_t i = 0; i < c->count; i++) {
            if (plot_of[i] != p)
                continue;
            left[count] = MP__NEW_ARRAY(s->arena, int64_t, k->width);
            if (!left[count])
                return MP_ENOMEM;
            if (left_of(k, c->list[i], left[count]))
                count++;
        }
        st = add_states(c, p, left, count);
    }
    return st;
}

/* Fresh nodes, and what nodes of unknown whereabouts leave of each state. */
static mp_status settle_plots(charges *c)
{
    mp__space *s = c->k->s;

    for (size_t i = 0; i < s->plot_count; i++) {
        mp__plot *p = &s->plots[i];
        int64_t fresh = p->capacity < INT64_MAX ? p->capacity : INT64_MAX - 1;
        bool hidden = c->k->hidden && c->k->hidden[p->pool];

        fresh = fresh > c->taken[i] ? fresh - c->taken[i] : 0;
        if (!mp__histogram_add(&p->left, s->arena, 0, fresh))
            return MP_ENOMEM;
        for (size_t v = 0; v < p->left.size; v++) {
            int64_t nodes = p->left.nodes[v];

            p->left.nodes[v] = hidden || nodes <= c->unknown[i] ? 0 : nodes - c->unknown[i];
        }
    }
    return MP_OK;
}

static bool left_out(const mp__change *change, const mp_replica *r)
{
    for (size_t i = 0; change && i < change->without_count; i++)
        if (change->without[i] == r)
            return true;
    return false;
}

/* A replica of which a repair leaves only some engines there. */
static mp_status charge_rest(charges *c, const mp_replica *r, const mp_placement *repair)
{
    bool *held = MP__NEW_ARRAY(c->k->s->arena, bool, r->engine_count);

    for (size_t e = 0; held && e < r->engine_count; e++)
        held[e] = mp__stays_put(repair, r->engines[e]);
    return held ? charge_replica(c, r, held) : MP_ENOMEM;
}

static mp_status charge(maker *k, const mp__owner *owner, const mp__table *identities)
{
    const mp_cluster *cluster = k->s->ask->cluster;
    charges c = { .k = k };
    mp_status st = MP_OK;
    size_t plot = 0;

    c.first = MP__NEW_ARRAY(k->s->arena, size_t, cluster->pool_count + 1);
    c.unknown = MP__NEW_ARRAY(k->s->arena, int64_t, k->s->plot_count);
    c.taken = MP__NEW_ARRAY(k->s->arena, int64_t, k->s->plot_count);
    if (!c.first || !c.unknown || !c.taken)
        return MP_ENOMEM;
    for (size_t p = 0; p < cluster->pool_count; p++) {
        c.first[p] = plot;
        while (plot < k->s->plot_count && k->s->plots[plot].pool == p)
            plot++;
    }
    c.first[cluster->pool_count] = plot;
    mp__table_init(&c.nodes, &k->s->arena->alloc);
    for (const mp_replica *r = cluster->site->replicas; r && st == MP_OK; r = r->site_next) {
        const mp_placement *repair = mp__repaired_by(r, owner, identities);

        if (left_out(k->change, r))
            continue;
        if (repair)
            st = charge_rest(&c, r, repair);
        else if (mp__holds_nodes(r, owner, identities))
            st = charge_replica(&c, r, NULL);
        else if (k->change && k->change->partly == r)
            st = charge_replica(&c, r, k->change->held);
        else if (k->change && k->change->pending && k->change->pending[r->entry->id])
            st = charge_replica(&c, r, NULL);
    }
    if (st == MP_OK)
        st = settle_nodes(&c);
    if (st == MP_OK)
        st = settle_plots(&c);
    mp__table_fini(&c.nodes, NULL, NULL);
    return st;
}

/* ---- cells ---- */

/* What plots must share to be one cell: the class, and every domain that may matter. */
static void put_cell(maker *k, const mp__plot *p)
{
    const mp__ask *ask = k->s->ask;

    mp__buf_clear(&k->key);
    mp__buf_put(&k->key, (const char *)&k->class_of[p->pool], sizeof *k->class_of);
    for (size_t l = 0; l < ask->level_count; l++)
        if (l != MP__LEVEL_POOL || ask->pool_matters)
            mp__buf_put(&k->key, (const char *)&p->domains[l], sizeof *p->domains);
}

static mp_status find_cells(maker *k)
{
    mp__space *s = k->s;
    mp__interner cells;
    mp_status st = MP_OK;

    s->cells = MP__NEW_ARRAY(s->arena, mp__cell, s->plot_count);
    if (!s->cells)
        return MP_ENOMEM;
    mp__interner_init(&cells, &k->temp);
    for (size_t i = 0; i < s->plot_count && st == MP_OK; i++) {
        mp__plot *p = &s->plots[i];
        mp__cell *cell;

        put_cell(k, p);
        p->cell = k->key.failed ? MP__NO_SYMBOL : mp__intern(&cells, k->key.data, k->key.size);
        if (p->cell == MP__NO_SYMBOL) {
            st = MP_ENOMEM;
            break;
        }
        cell = &s->cells[p->cell];
        if (p->cell == s->cell_count) {
            s->cell_count++;
            cell->class_index = k->class_of[p->pool];
            cell->domains = p->domains;
            cell->first_plot = (uint32_t)i;
        }
        for (size_t v = 0; v < p->left.size; v++)
            if (!mp__histogram_add(&cell->left, s->arena, (uint32_t)v, p->left.nodes[v]))
                st = MP_ENOMEM;
    }
    return st;
}

static mp_status make(maker *k, mp__matcher *m, const mp__owner *owner, const mp__table *identities)
{
    const mp_cluster *c = k->s->ask->cluster;
    mp_status st = find_classes(k->s, m, k->class_of);

    for (size_t p = 0; p < c->pool_count && st == MP_OK; p++)
        st = plot_pool(k, c->pools[p]);
    if (st == MP_OK)
        st = charge(k, owner, identities);
    if (st == MP_OK)
        st = find_cells(k);
    for (size_t l = 0; l < k->s->ask->level_count; l++)
        k->s->domain_count[l] = l == MP__LEVEL_POOL ? c->pool_count : k->names[l].count;
    return st;
}

mp_status mp__space_init(mp__space *s, const mp__ask *ask, mp__matcher *m, mp__arena *arena,
                         const mp__owner *owner, const mp__table *identities, const bool *hidden,
                         const mp__change *change)
{
    maker k = { .s = s, .hidden = hidden, .change = change };
    max_align_t first[TEMP_FIRST / sizeof(max_align_t)];
    mp__arena temp;
    mp_status st;

    memset(s, 0, sizeof *s);
    s->ask = ask;
    s->arena = arena;
    s->domain_count = MP__NEW_ARRAY(arena, size_t, ask->level_count);
    k.class_of = MP__NEW_ARRAY(arena, uint32_t, ask->cluster->pool_count);
    k.names = MP__NEW_ARRAY(arena, mp__interner, ask->level_count);
    if (!s->domain_count || !k.class_of || !k.names)
        return MP_ENOMEM;
    mp__arena_init_in(&temp, &arena->alloc, first, sizeof first);
    k.temp = mp__arena_allocator(&temp);
    for (size_t l = 0; l < ask->level_count; l++)
        mp__interner_init(&k.names[l], &k.temp);
    mp__buf_init(&k.key, &k.temp);
    st = make(&k, m, owner, identities);
    mp__arena_fini(&temp);
    return st;
}

void mp__space_fini(mp__space *s)
{
    for (size_t i = 0; i < s->class_count; i++) {
        mp__table_fini(&s->classes[i].numbers, NULL, NULL);
        mp__free(&s->classes[i].numbers.alloc, s->classes[i].values);
    }
    s->class_count = 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is left on the nodes of a cluster.  States of a pool are in a list: they are few.
 */
#include "census_internal.h"

/* Pods: on one named node, with what they leave of it (NULL: nothing), or somewhere on a path. */
struct sight {
    mp__str path;
    int64_t nodes, *left;
    bool named;
    struct sight *next; /* of the pool */
};

bool mp__census_init(mp__census *c, mp__arena *arena, const mp_cluster *cluster, bool devices)
{
    mp_allocator alloc = mp__arena_allocator(arena);

    *c = (mp__census){ .arena = arena, .cluster = cluster, .devices = devices };
    c->states = MP__NEW_ARRAY(arena, mp__state *, cluster->pool_count);
    c->runs = MP__NEW_ARRAY(arena, struct sight *, cluster->pool_count);
    mp__map_init(&c->nodes, &alloc);
    return c->states && c->runs;
}

/* ---- what runs ---- */

/* Takes what pods hold from what is left of their node; false: it is not known, or too much. */
static bool hold(const mp_pool *pool, const mp__replica_pods *pods, int64_t *left)
{
    for (size_t h = 0; h < pods->hold_count; h++) {
        int64_t count = mp__mul_saturating(pods->holds[h].count, pods->pods);
        size_t i = 0;

        while (i < pool->device_count &&
               !mp__str_equal(pool->devices[i]->kind->name, pods->holds[h].device))
            i++;
        if (i == pool->device_count || (mp__device_claims(pool, i) && left[i] < count))
            return false;
        left[i] -= mp__device_claims(pool, i) ? count : 0;
    }
    return pods->hold_count > 0;
}

static struct sight *new_sight(mp__census *c, const mp_pool *pool)
{
    struct sight *s = MP__NEW(c->arena, struct sight);

    if (s) {
        s->next = c->runs[pool->index];
        c->runs[pool->index] = s;
    }
    return s;
}

/* Pods that are anywhere on a path. */
static bool see(mp__census *c, mp__str name, mp__str path, int64_t pods)
{
    const mp_pool *pool = mp_cluster_find_pool(c->cluster, name.data, name.size);
    struct sight *s = pool && pods > 0 ? new_sight(c, pool) : NULL;

    if (s) {
        s->path = path;
        s->nodes = pods;
    }
    return s || !pool || pods <= 0;
}

/* Pods on a node that has a name.  The longest of their paths is where it is. */
static bool see_node(mp__census *c, const mp__replica_pods *pods)
{
    const mp_pool *pool = mp_cluster_find_pool(c->cluster, pods->pool.data, pods->pool.size);
    size_t size;
    char *key = pool ? mp__arena_printf(c->arena, &size, "%u/%.*s", (unsigned)pool->index,
                                        (int)pods->node.size, pods->node.data)
                     : NULL;
    struct sight *s = key ? mp__map_get(&c->nodes, key, size) : NULL;

    if (!pool || !key)
        return !pool;
    if (!s) {
        s = new_sight(c, pool);
        if (!s || !mp__map_set(&c->nodes, key, size, s))
            return false;
        s->named = true;
        s->nodes = 1;
        s->left = mp__pool_left(c->arena, pool, NULL);
        if (!s->left)
            return false;
    }
    if (pods->domain.size > s->path.size)
        s->path = pods->domain;
    if (s->left && !hold(pool, pods, s->left))
        s->left = NULL;
    return true;
}

bool mp__census_charge(mp__census *c, const mp_replica_engine *e)
{
    bool ok = true;

    for (size_t i = 0; i < e->member_count && ok; i++) {
        const mp__replica_member *m = &e->members[i];
        int64_t rest = mp__mul_saturating(m->nodes, e->copies);

        for (size_t k = 0; k < m->pods_count && m->claims && ok; k++) {
            rest = rest > m->pods[k].pods ? rest - m->pods[k].pods : 0;
            ok = m->pods[k].node.size > 0
                     ? see_node(c, &m->pods[k])
                     : see(c, m->pods[k].pool, m->pods[k].domain, m->pods[k].pods);
        }
        ok = ok && (!m->claims || see(c, m->pool, MP__STR(""), rest));
    }
    return ok;
}

/* ---- places ---- */

mp__state *mp__census_state(mp__census *c, mp__state *at, const int64_t *left)
{
    size_t size = at->pool->device_count * sizeof *left;
    mp__state *s = c->states[at->pool->index];

    while (s && (s->place != at->place || memcmp(s->left, left, size) != 0))
        s = s->next;
    if (s)
        return s;
    s = MP__NEW(c->arena, mp__state);
    if (!s)
        return NULL;
    *s = (mp__state){ .pool = at->pool,
                      .path = at->path,
                      .left = mp__pool_left(c->arena, at->pool, left),
                      .place = at->place,
                      .next = at->next };
    if (!s->left)
        return NULL;
    at->next = s;
    return s;
}

static mp__state *new_place(mp__census *c, const mp_pool *pool, mp__str path)
{
    mp__state *at = MP__NEW(c->arena, mp__state);

    if (!at)
        return NULL;
    *at = (mp__state){ .pool = pool,
                       .path = path,
                       .left = mp__pool_left(c->arena, pool, NULL),
                       .nodes = mp__pool_usable(pool, path),
                       .place = at,
                       .next = c->states[pool->index] };
    if (!at->left)
        return NULL;
    c->states[pool->index] = at;
    return at;
}

mp__state *mp__census_place(mp__census *c, const mp_pool *pool, mp__str path)
{
    mp__state *at = c->states[pool->index];
    int64_t unknown = 0;

    while (at && !(at->place == at && mp__str_equal(at->path, path)))
        at = at->next;
    if (at)
        return at;
    at = new_place(c, pool, path);
    for (const struct sight *x = at ? c->runs[pool->index] : NULL; x; x = x->next) {
        if (x->named && mp__path_within(x->path, path)) {
            mp__state *s = c->devices && x->left ? mp__census_state(c, at, x->left) : NULL;

            if (c->devices && x->left && !s)
                return NULL;
            at->nodes -= at->nodes > 0;
            if (s)
                s->nodes++;
        } else if (mp__path_within(x->path, path) || mp__path_within(path, x->path)) {
            unknown = mp__add_saturating(unknown, x->nodes);
        }
    }
    for (mp__state *s = at; s; s = s->next)
        if (s->place == at)
            s->nodes = s->nodes > unknown ? s->nodes - unknown : 0;
    return at;
}

/* ---- taking ---- */

static void lose(mp__state *s, int64_t nodes)
{
    s->nodes = s->nodes > nodes ? s->nodes - nodes : 0;
}

bool mp__census_take(mp__census *c, mp__state *from, const int64_t *after, int64_t nodes,
                     bool again)
{
    for (mp__state *s = c->states[from->pool->index]; s; s = s->next) {
        if (s->place == s && mp__path_within(from->path, s->path)) {
            mp__state *of = mp__census_state(c, s, from->left);
            mp__state *to = of ? mp__census_state(c, s, after) : NULL;

            if (!to)
                return false;
            lose(of, nodes);
            to->nodes = mp__add_saturating(to->nodes, c->devices ? nodes : 0);
        } else if (!again && s->place != from->place && mp__path_within(s->path, from->path)) {
            lose(s, nodes);
        }
    }
    return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the nodes of a pool are: its fabric, its levels and their domains, and the tiers of nodes.
 *
 * A pool with domains has the nodes of its domains: the sums are kept in the pool at every change,
 * so that those who do not care for domains need not look.
 */
#include "fleet_internal.h"

static void changed(mp_pool *p)
{
    p->cluster->fleet->version++;
}

mp_status mp_pool_set_fabric(mp_pool *p, const char *name, size_t size)
{
    mp__str copy = mp__arena_str(mp__cluster_arena(p->cluster), mp__str_make(name, size));

    if (!copy.data)
        return MP_ENOMEM;
    p->fabric = copy;
    changed(p);
    return MP_OK;
}

const char *mp_pool_fabric(const mp_pool *p, size_t *size)
{
    if (size)
        *size = p ? p->fabric.size : 0;
    return p && p->fabric.size > 0 ? p->fabric.data : "";
}

/* ---- levels ---- */

static bool reserved_name(mp__str name)
{
    return name.size == 0 || mp__str_equal(name, MP__STR("fabric")) ||
           mp__str_equal(name, MP__STR("pool")) || memchr(name.data, '/', name.size);
}

static mp__levels *get_levels(mp_pool *p)
{
    if (p->levels)
        return p->levels;
    p->levels = mp__calloc(&p->cluster->fleet->alloc, 1, sizeof *p->levels);
    if (p->levels)
        mp__map_init(&p->levels->paths, &p->cluster->fleet->alloc);
    return p->levels;
}

void mp__pool_free_levels(mp_pool *p)
{
    if (!p->levels)
        return;
    mp__map_fini(&p->levels->paths);
    mp__free(&p->cluster->fleet->alloc, p->levels);
    p->levels = NULL;
}

mp_status mp_pool_add_level(mp_pool *p, const char *name, size_t size, mp_error *err)
{
    mp__str text = mp__str_make(name, size);
    mp__levels *l = p->levels;

    mp__error_clear(err);
    if (reserved_name(text))
        return mp__fail(err, MP_EINVAL, "\"%.*s\" is no name for a level", (int)text.size,
                        text.data);
    if (l && l->domain_count > 0)
        return mp__fail(err, MP_EINVAL, "levels come before the domains");
    if (l && l->count >= MP_POOL_LEVELS_MAX)
        return mp__fail(err, MP_ELIMIT, "a pool has at most %d levels", MP_POOL_LEVELS_MAX);
    for (size_t i = 0; l && i < l->count; i++)
        if (mp__str_equal(l->names[i], text))
            return mp__fail(err, MP_EEXIST, "the pool has the level \"%.*s\" already",
                            (int)text.size, text.data);
    text = mp__arena_str(mp__cluster_arena(p->cluster), text);
    l = text.data ? get_levels(p) : NULL;
    if (!l)
        return mp__fail_nomem(err);
    l->names[l->count++] = text;
    changed(p);
    return MP_OK;
}

/* ---- domains ---- */

/* Splits a path into one name a level; false if there are more or fewer, or empty ones. */
static bool split(mp__str path, mp__str *names, size_t count)
{
    size_t n = 0, start = 0;

    for (size_t i = 0; i <= path.size; i++) {
        if (i < path.size && path.data[i] != '/')
            continue;
        if (i == start || n == count)
            return false;
        names[n++] = (mp__str){ path.data + start, i - start };
        start = i + 1;
    }
    return n == count;
}

static mp_domain *new_domain(mp_pool *p, mp__str path)
{
    mp__arena *arena = mp__cluster_arena(p->cluster);
    mp_domain *d = MP__NEW(arena, mp_domain);

    if (!d)
        return NULL;
    d->pool = p;
    d->path = mp__arena_str(arena, path);
    d->names = MP__NEW_ARRAY(arena, mp__str, p->levels->count);
    if (!d->path.data || !d->names)
        return NULL;
    split(d->path, d->names, p->levels->count);
    return d;
}

mp_domain *mp_pool_add_domain(mp_pool *p, const char *path, size_t size, int64_t nodes,
                              mp_error *err)
{
    mp__str names[MP_POOL_LEVELS_MAX], text = mp__str_make(path, size);
    mp__levels *l = p->levels;
    mp_domain *d, **grown;

    mp__error_clear(err);
    if (!l || !split(text, names, l->count)) {
        mp__fail(err, MP_EINVAL, "\"%.*s\" does not name one domain for each of %zu levels",
                 (int)text.size, text.data, l ? l->count : 0);
        return NULL;
    }
    if (mp__map_get(&l->paths, text.data, text.size)) {
        mp__fail(err, MP_EEXIST, "domain \"%.*s\" exists already", (int)text.size, text.data);
        return NULL;
    }
    if (l->domain_count >= MP_POOL_DOMAINS_MAX) {
        mp__fail(err, MP_ELIMIT, "a pool has at most %d domains", MP_POOL_DOMAINS_MAX);
        return NULL;
    }
    d = new_domain(p, text);
    grown = d ? mp__arena_push(mp__cluster_arena(p->cluster), l->domains, &l->domain_count,
                               &l->domain_capacity, sizeof *grown)
              : NULL;
    if (!grown) {
        mp__fail_nomem(err);
        return NULL;
    }
    l->domains = grown;
    grown[l->domain_count - 1] = d;
    if (!mp__map_set(&l->paths, text.data, text.size, d)) {
        l->domain_count--;
        mp__fail_nomem(err);
        return NULL;
    }
    if (l->domain_count == 1) {
        p->nodes = 0;
        memset(p->tiers, 0, sizeof p->tiers);
    }
    mp_domain_set_nodes(d, nodes);
    return d;
}

size_t mp_pool_domain_count(const mp_pool *p)
{
    return p && p->levels ? p->levels->domain_count : 0;
}

mp_domain *mp_pool_domain(const mp_pool *p, size_t i)
{
    return i < mp_pool_domain_count(p) ? p->levels->domains[i] : NULL;
}

const char *mp_domain_path(const mp_domain *d, size_t *size)
{
    if (size)
        *size = d ? d->path.size : 0;
    return d ? d->path.data : NULL;
}

/* ---- numbers of nodes ---- */

static int64_t lesser(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* The pool's sums, made anew: a sum that was too large cannot be taken back.  No more nodes of a
 * domain are cordoned or reserved than it has, or they would count against other domains. */
static void sum_up(mp_pool *p)
{
    p->nodes = 0;
    memset(p->tiers, 0, sizeof p->tiers);
    for (size_t i = 0; i < p->levels->domain_count; i++) {
        const mp_domain *d = p->levels->domains[i];
        int64_t cordoned = lesser(d->tiers[MP_TIER_CORDONED], d->nodes);
        int64_t reserved = lesser(d->tiers[MP_TIER_RESERVED], d->nodes - cordoned);

        p->nodes = mp__add_saturating(p->nodes, d->nodes);
        p->tiers[MP_TIER_CORDONED] = mp__add_saturating(p->tiers[MP_TIER_CORDONED], cordoned);
        p->tiers[MP_TIER_RESERVED] = mp__add_saturating(p->tiers[MP_TIER_RESERVED], reserved);
        p->tiers[MP_TIER_CREATABLE] =
            mp__add_saturating(p->tiers[MP_TIER_CREATABLE], d->tiers[MP_TIER_CREATABLE]);
    }
    changed(p);
}

mp_status mp_domain_set_nodes(mp_domain *d, int64_t nodes)
{
    d->nodes = nodes > 0 ? nodes : 0;
    sum_up(d->pool);
    return MP_OK;
}

mp_status mp_domain_set_tier(mp_domain *d, mp_tier tier, int64_t nodes)
{
    if ((unsigned)tier >= MP_TIER_COUNT)
        return MP_EINVAL;
    d->tiers[tier] = nodes > 0 ? nodes : 0;
    sum_up(d->pool);
    return MP_OK;
}

mp_status mp_pool_set_tier(mp_pool *p, mp_tier tier, int64_t nodes)
{
    if ((unsigned)tier >= MP_TIER_COUNT || mp_pool_domain_count(p) > 0)
        return MP_EINVAL;
    p->tiers[tier] = nodes > 0 ? nodes : 0;
    changed(p);
    return MP_OK;
}

int64_t mp_pool_tier(const mp_pool *p, mp_tier tier)
{
    return p && (unsigned)tier < MP_TIER_COUNT ? p->tiers[tier] : 0;
}

/* ---- what it means ---- */

mp_status mp__device_serves(const mp_device *d, const mp_request *q, bool *yes)
{
    *yes = d->count >= q->count;
    for (size_t i = 0; *yes && i < q->selector_count; i++)
        if (mp_cel_match(q->selectors[i], mp_device_cel(d), yes, NULL) == MP_ENOMEM)
            return MP_ENOMEM;
    return MP_OK;
}

int64_t *mp__pool_left(mp__arena *arena, const mp_pool *p, const int64_t *left)
{
    int64_t *count = MP__NEW_ARRAY(arena, int64_t, p->device_count);

    for (size_t i = 0; count && i < p->device_count; i++)
        count[i] = left && mp__device_claims(p, i) ? left[i] : p->devices[i]->count;
    return count;
}

static int64_t usable(int64_t nodes, const int64_t *tiers)
{
    int64_t lost = mp__add_saturating(tiers[MP_TIER_CORDONED], tiers[MP_TIER_RESERVED]);

    return nodes > lost ? nodes - lost : 0;
}

int64_t mp__pool_usable(const mp_pool *p, mp__str path)
{
    int64_t sum = 0;

    if (mp_pool_domain_count(p) == 0)
        return path.size == 0 ? usable(p->nodes, p->tiers) : 0;
    for (size_t i = 0; i < p->levels->domain_count; i++) {
        const mp_domain *d = p->levels->domains[i];

        if (mp__path_within(d->path, path))
            sum = mp__add_saturating(sum, usable(d->nodes, d->tiers));
    }
    return sum;
}

bool mp__path_within(mp__str path, mp__str outer)
{
    return outer.size == 0 ||
           (outer.size <= path.size && memcmp(path.data, outer.data, outer.size) == 0 &&
            (outer.size == path.size || path.data[outer.size] == '/'));
}

mp__str mp__domain_prefix(const mp_domain *d, size_t depth)
{
    const mp__str *last = depth > 0 ? &d->names[depth - 1] : NULL;

    return last ? (mp__str){ d->path.data, (size_t)(last->data + last->size - d->path.data) }
                : MP__STR("");
}

bool mp__pools_share_fabric(const mp_pool *p, const mp_pool *q)
{
    return p == q || (p->fabric.size > 0 && mp__str_equal(p->fabric, q->fabric));
}

/* The names of levels and domains, each with its size, after that of the fabric. */
mp__str mp__pool_domain_name(mp__arena *arena, const mp_pool *p, mp__str path, mp__str level)
{
    bool pool = p->fabric.size == 0 || mp__str_equal(level, MP__STR("pool"));
    mp__str of = pool ? p->name : p->fabric, name;

    if (level.size == 0)
        return MP__STR("cluster");
    name.data = mp__arena_printf(arena, &name.size, "%s %.*s", pool ? "pool" : "fabric",
                                 (int)of.size, of.data);
    if (mp__str_equal(level, MP__STR("pool")) || mp__str_equal(level, MP__STR("fabric")))
        return name;
    for (size_t l = 0, end; p->levels && l < p->levels->count && name.data; l++) {
        mp__str at = p->levels->names[l];

        for (end = 0; end < path.size && path.data[end] != '/';)
            end++;
        if (end == 0)
            break;
        name.data =
            mp__arena_printf(arena, &name.size, "%.*s/%zu:%.*s=%.*s", (int)name.size, name.data,
                             at.size, (int)at.size, at.data, (int)end, path.data);
        if (mp__str_equal(at, level))
            return name;
        end += end < path.size;
        path = (mp__str){ path.data + end, path.size - end };
    }
    return name.data ? MP__STR("") : name;
}

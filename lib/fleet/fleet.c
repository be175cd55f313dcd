/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fleet and its clusters.
 *
 * Clusters are kept in bytewise order of their names, which is the order that every tie between
 * them is broken in.  Each has an arena of its own, so that removing one gives its memory back.
 */
#include "fleet_internal.h"

#define CLUSTER_BLOCK 1008

mp_status mp_fleet_new(const mp_allocator *alloc, mp_fleet **out, mp_error *err)
{
    mp_allocator a = mp__allocator(alloc);
    mp_fleet *fleet = mp__calloc(&a, 1, sizeof *fleet);

    mp__error_clear(err);
    *out = fleet;
    if (!fleet)
        return mp__fail_nomem(err);
    fleet->alloc = a;
    mp__table_init(&fleet->sites, &a);
    mp__table_init(&fleet->owners, &a);
    mp__table_init(&fleet->shapes, &a);
    mp__table_init(&fleet->kinds, &a);
    mp__table_init(&fleet->profiles, &a);
    mp__table_init(&fleet->replica_names, &a);
    return MP_OK;
}

mp__arena *mp__cluster_arena(mp_cluster *c)
{
    size_t most = c->arena.total / 4;

    c->arena.block_size = most > CLUSTER_BLOCK ? most / 16 * 16 : CLUSTER_BLOCK;
    return &c->arena;
}

/* Frees a cluster; its site and its place in the list are the caller's business. */
static void free_cluster(mp_cluster *c)
{
    mp_fleet *fleet = c->fleet;

    for (size_t p = 0; p < c->pool_count; p++) {
        mp__profile_unref(fleet, c->pools[p]->profile);
        mp__pool_free_levels(c->pools[p]);
        for (size_t d = 0; d < c->pools[p]->device_count; d++) {
            mp__shape_unref(fleet, c->pools[p]->devices[d]->shape);
            mp__kind_unref(fleet, c->pools[p]->devices[d]->kind);
        }
    }
    if (c->pool_names)
        mp__map_fini(c->pool_names);
    mp__free(&fleet->alloc, c->pool_names);
    mp__arena_fini(&c->arena);
    mp__free(&fleet->alloc, c);
}

static void free_replica(void *value, void *user)
{
    mp_replica *r = value;
    mp_fleet *fleet = user;

    mp__arena_fini(&r->arena);
    mp__free(&fleet->alloc, r);
}

static void free_value(void *value, void *user)
{
    mp_fleet *fleet = user;

    mp__free(&fleet->alloc, value);
}

static void free_held(mp_fleet *fleet, mp__site *site)
{
    for (size_t i = 0; site->held && i < site->held->count; i++)
        mp__free(&fleet->alloc, site->held->entries[i].value);
    if (site->held)
        mp__map_fini(site->held);
    mp__free(&fleet->alloc, site->held);
    site->held = NULL;
}

static void free_site(void *value, void *user)
{
    free_held(user, value);
    free_value(value, user);
}

void mp_fleet_free(mp_fleet *fleet)
{
    mp_allocator a;

    if (!fleet)
        return;
    a = fleet->alloc;
    for (size_t i = 0; i < fleet->cluster_count; i++)
        free_cluster(fleet->clusters[i]);
    mp__free(&a, fleet->clusters);
    mp__table_fini(&fleet->replica_names, free_replica, fleet);
    mp__table_fini(&fleet->sites, free_site, fleet);
    mp__table_fini(&fleet->owners, free_value, fleet);
    mp__table_fini(&fleet->profiles, NULL, NULL);
    mp__table_fini(&fleet->kinds, NULL, NULL);
    mp__table_fini(&fleet->shapes, NULL, NULL);
    mp__free(&a, fleet);
}

uint64_t mp_fleet_version(const mp_fleet *fleet)
{
    return fleet ? fleet->version : 0;
}

size_t mp_fleet_shape_count(const mp_fleet *fleet)
{
    return fleet ? fleet->shapes.count : 0;
}

/* ---- sites ---- */

mp__site *mp__site_get(mp_fleet *fleet, mp__str name, bool make)
{
    mp__entry *entry = mp__table_find(&fleet->sites, name);
    mp__site *site;

    if (entry)
        return entry->value;
    site = make ? mp__calloc(&fleet->alloc, 1, sizeof *site) : NULL;
    if (!site)
        return NULL;
    site->entry = mp__table_add(&fleet->sites, name, site);
    if (!site->entry) {
        mp__free(&fleet->alloc, site);
        return NULL;
    }
    return site;
}

/* A sum that is not there is made. */
static mp__sum *get_sum(mp_fleet *fleet, mp__site *site, mp__str pool)
{
    mp__sum *sum = site->held ? mp__map_get(site->held, pool.data, pool.size) : NULL;

    if (sum)
        return sum;
    if (!site->held) {
        site->held = mp__calloc(&fleet->alloc, 1, sizeof *site->held);
        if (!site->held)
            return NULL;
        mp__map_init(site->held, &fleet->alloc);
    }
    sum = mp__calloc(&fleet->alloc, 1, sizeof *sum);
    if (sum && !mp__map_set(site->held, pool.data, pool.size, sum)) {
        mp__free(&fleet->alloc, sum);
        sum = NULL;
    }
    return sum;
}

mp_status mp__site_hold(mp_fleet *fleet, mp__site *site, mp__str pool, int64_t nodes)
{
    mp__sum *sum = get_sum(fleet, site, pool);

    if (!sum)
        return MP_ENOMEM;
    sum->low += (uint64_t)nodes;
    sum->high += sum->low < (uint64_t)nodes;
    return MP_OK;
}

void mp__site_let_go(mp__site *site, mp__str pool, int64_t nodes)
{
    mp__sum *sum = mp__map_get(site->held, pool.data, pool.size);

    sum->high -= sum->low < (uint64_t)nodes;
    sum->low -= (uint64_t)nodes;
}

int64_t mp__sum_get(const mp__sum *sum)
{
    return sum->high > 0 || sum->low > INT64_MAX ? INT64_MAX : (int64_t)sum->low;
}

void mp__site_drop(mp_fleet *fleet, mp__site *site)
{
    if (site && !site->replicas)
        free_held(fleet, site);
    if (!site || site->cluster || site->replicas)
        return;
    mp__table_remove(&fleet->sites, site->entry);
    mp__free(&fleet->alloc, site);
}

/* ---- clusters ---- */

size_t mp__fleet_position(const mp_fleet *fleet, mp__str name)
{
    size_t low = 0, high = fleet->cluster_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (mp__str_compare(fleet->clusters[middle]->name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void insert_cluster(mp_fleet *fleet, mp_cluster *c)
{
    size_t at = mp__fleet_position(fleet, c->name);

    memmove(&fleet->clusters[at + 1], &fleet->clusters[at],
            (fleet->cluster_count - at) * sizeof *fleet->clusters);
    fleet->clusters[at] = c;
    fleet->cluster_count++;
}

mp_cluster *mp_fleet_add_cluster(mp_fleet *fleet, const char *name, size_t name_size, mp_error *err)
{
    mp__str text = mp__str_make(name, name_size);
    mp_cluster *c;

    mp__error_clear(err);
    if (text.size == 0) {
        mp__fail(err, MP_EINVAL, "a cluster needs a name");
        return NULL;
    }
    if (mp_fleet_find_cluster(fleet, text.data, text.size)) {
        mp__fail(err, MP_EEXIST, "cluster \"%.*s\" exists already", (int)text.size, text.data);
        return NULL;
    }
    c = mp__calloc(&fleet->alloc, 1, sizeof *c);
    if (!c) {
        mp__fail_nomem(err);
        return NULL;
    }
    c->fleet = fleet;
    mp__arena_init(&c->arena, &fleet->alloc);
    c->name = mp__arena_str(mp__cluster_arena(c), text);
    c->gateway = mp__arena_str(mp__cluster_arena(c), MP__STR(""));
    if (!c->arena.failed && mp__grow(&fleet->alloc, &fleet->clusters, &fleet->cluster_capacity,
                                     fleet->cluster_count + 1, sizeof *fleet->clusters))
        c->site = mp__site_get(fleet, c->name, true);
    if (!c->site) {
        free_cluster(c);
        mp__fail_nomem(err);
        return NULL;
    }
    c->site->cluster = c;
    insert_cluster(fleet, c);
    fleet->version++;
    return c;
}

void mp_fleet_remove_cluster(mp_fleet *fleet, mp_cluster *cluster)
{
    size_t at;

    if (!cluster)
        return;
    at = mp__fleet_position(fleet, cluster->name);
    fleet->cluster_count--;
    memmove(&fleet->clusters[at], &fleet->clusters[at + 1],
            (fleet->cluster_count - at) * sizeof *fleet->clusters);
    cluster->site->cluster = NULL;
    mp__site_drop(fleet, cluster->site);
    free_cluster(cluster);
    fleet->version++;
}

mp_cluster *mp_fleet_find_cluster(const mp_fleet *fleet, const char *name, size_t size)
{
    mp__entry *entry = fleet ? mp__table_find(&fleet->sites, mp__str_make(name, size)) : NULL;

    return entry ? ((mp__site *)entry->value)->cluster : NULL;
}

size_t mp_fleet_cluster_count(const mp_fleet *fleet)
{
    return fleet ? fleet->cluster_count : 0;
}

mp_cluster *mp_fleet_cluster(const mp_fleet *fleet, size_t i)
{
    return fleet && i < fleet->cluster_count ? fleet->clusters[i] : NULL;
}

mp_status mp_cluster_set_label(mp_cluster *c, const char *key, size_t key_size, const char *value,
                               size_t value_size)
{
    mp_status st = mp__labels_set(&c->labels, mp__cluster_arena(c), mp__str_make(key, key_size),
                                  mp__str_make(value, value_size));

    if (st == MP_OK)
        c->fleet->version++;
    return st;
}

mp_status mp_cluster_add_taint(mp_cluster *c, const char *key, size_t key_size, const char *value,
                               size_t value_size, mp_taint_effect effect)
{
    mp__taint taint, *grown;

    if (effect != MP_EFFECT_NO_SCHEDULE && effect != MP_EFFECT_NO_EXECUTE)
        return MP_EINVAL;
    if (c->taint_count >= MP_CLUSTER_TAINTS_MAX)
        return MP_ELIMIT;
    taint.key = mp__arena_str(mp__cluster_arena(c), mp__str_make(key, key_size));
    taint.value = mp__arena_str(mp__cluster_arena(c), mp__str_make(value, value_size));
    taint.effect = effect;
    if (!taint.key.data || !taint.value.data)
        return MP_ENOMEM;
    grown = mp__arena_push(mp__cluster_arena(c), c->taints, &c->taint_count, &c->taint_capacity,
                           sizeof *grown);
    if (!grown)
        return MP_ENOMEM;
    c->taints = grown;
    grown[c->taint_count - 1] = taint;
    c->fleet->version++;
    return MP_OK;
}

mp_status mp_cluster_set_cost(mp_cluster *c, int64_t cost)
{
    c->cost = cost;
    c->fleet->version++;
    return MP_OK;
}

mp_status mp_cluster_set_ready(mp_cluster *c, bool ready)
{
    c->ready = ready;
    c->fleet->version++;
    return MP_OK;
}

mp_status mp_cluster_set_gateway(mp_cluster *c, const char *address, size_t size)
{
    mp__str copy = mp__arena_str(mp__cluster_arena(c), mp__str_make(address, size));

    if (!copy.data)
        return MP_ENOMEM;
    c->gateway = copy;
    c->fleet->version++;
    return MP_OK;
}

const char *mp_cluster_name(const mp_cluster *c, size_t *size)
{
    if (size)
        *size = c ? c->name.size : 0;
    return c ? c->name.data : NULL;
}

const char *mp_cluster_gateway(const mp_cluster *c, size_t *size)
{
    if (size)
        *size = c ? c->gateway.size : 0;
    return c ? c->gateway.data : NULL;
}

bool mp_cluster_ready(const mp_cluster *c)
{
    return c && c->ready;
}

bool mp__cluster_tolerated(const mp_cluster *c, const mp_deployment *d, bool runs)
{
    for (size_t i = 0; i < c->taint_count; i++) {
        const mp__taint *t = &c->taints[i];

        if ((!runs || t->effect == MP_EFFECT_NO_EXECUTE) &&
            !mp__deployment_tolerates(d, t->key, t->value, t->effect))
            return false;
    }
    return true;
}

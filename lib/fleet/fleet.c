/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fleet and its clusters.
 *
 * Clusters are kept in bytewise order of their names, which is the order that every tie between them
 * is broken in.  Each has an arena of its own, so that removing one gives its memory back.
 */
#include "fleet_internal.h"

mp_status mp_fleet_new(const mp_allocator *alloc, mp_fleet **out, mp_error *err)
{
    mp_allocator a = mp__allocator(alloc);
    mp_fleet *fleet = mp__calloc(&a, 1, sizeof *fleet);

    mp__error_clear(err);
    *out = fleet;
    if (!fleet)
        return mp__fail_nomem(err);
    fleet->alloc = a;
    mp__table_init(&fleet->cluster_names, &a);
    mp__table_init(&fleet->shapes, &a);
    mp__table_init(&fleet->profiles, &a);
    mp__table_init(&fleet->replica_names, &a);
    return MP_OK;
}

/* Frees a cluster; its entry and its place in the list are the caller's business. */
static void free_cluster(mp_cluster *c)
{
    mp_fleet *fleet = c->fleet;

    for (size_t p = 0; p < c->pool_count; p++) {
        mp__profile_unref(fleet, c->pools[p]->profile);
        for (size_t d = 0; d < c->pools[p]->device_count; d++)
            mp__shape_unref(fleet, c->pools[p]->devices[d]->shape);
    }
    mp__map_fini(&c->pool_names);
    mp__arena_fini(&c->arena);
    mp__free(&fleet->alloc, c);
}

static void free_replica(mp_replica *r)
{
    mp_allocator a = r->fleet->alloc;

    mp__arena_fini(&r->arena);
    mp__free(&a, r);
}

void mp_fleet_free(mp_fleet *fleet)
{
    mp_allocator a;

    if (!fleet)
        return;
    a = fleet->alloc;
    for (size_t i = 0; i < fleet->cluster_count; i++)
        free_cluster(fleet->clusters[i]);
    for (size_t i = 0; i < fleet->replica_count; i++)
        free_replica(fleet->replicas[i]);
    mp__free(&a, fleet->clusters);
    mp__free(&a, fleet->replicas);
    mp__table_fini(&fleet->cluster_names, NULL, NULL);
    mp__table_fini(&fleet->replica_names, NULL, NULL);
    mp__table_fini(&fleet->profiles, NULL, NULL);
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

/* ---- clusters ---- */

/* Position of the first cluster whose name is not below `name`. */
static size_t lower_bound(const mp_fleet *fleet, mp__str name)
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
    size_t at = lower_bound(fleet, c->name);

    memmove(&fleet->clusters[at + 1], &fleet->clusters[at],
            (fleet->cluster_count - at) * sizeof *fleet->clusters);
    fleet->clusters[at] = c;
    fleet->cluster_count++;
    for (size_t i = at; i < fleet->cluster_count; i++)
        fleet->clusters[i]->index = i;
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
    if (mp__table_find(&fleet->cluster_names, text)) {
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
    mp__map_init(&c->pool_names, &fleet->alloc);
    c->name = mp__arena_str(&c->arena, text);
    c->gateway = mp__arena_str(&c->arena, MP__STR(""));
    if (!c->arena.failed && mp__grow(&fleet->alloc, &fleet->clusters, &fleet->cluster_capacity,
                                     fleet->cluster_count + 1, sizeof *fleet->clusters))
        c->entry = mp__table_add(&fleet->cluster_names, c->name, c);
    if (!c->entry) {
        free_cluster(c);
        mp__fail_nomem(err);
        return NULL;
    }
    insert_cluster(fleet, c);
    fleet->version++;
    return c;
}

void mp_fleet_remove_cluster(mp_fleet *fleet, mp_cluster *cluster)
{
    size_t at;

    if (!cluster)
        return;
    at = cluster->index;
    fleet->cluster_count--;
    memmove(&fleet->clusters[at], &fleet->clusters[at + 1],
            (fleet->cluster_count - at) * sizeof *fleet->clusters);
    for (size_t i = at; i < fleet->cluster_count; i++)
        fleet->clusters[i]->index = i;
    mp__table_remove(&fleet->cluster_names, cluster->entry);
    free_cluster(cluster);
    fleet->version++;
}

mp_cluster *mp_fleet_find_cluster(const mp_fleet *fleet, const char *name, size_t size)
{
    mp__entry *entry = fleet ? mp__table_find(&fleet->cluster_names, mp__str_make(name, size)) : NULL;

    return entry ? entry->value : NULL;
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
    if (!mp__labels_set(&c->labels, &c->arena, mp__str_make(key, key_size),
                        mp__str_make(value, value_size)))
        return MP_ENOMEM;
    c->fleet->version++;
    return MP_OK;
}

mp_status mp_cluster_add_taint(mp_cluster *c, const char *key, size_t key_size, const char *value,
                               size_t value_size, mp_taint_effect effect)
{
    mp__taint taint, *grown;

    if (effect != MP_EFFECT_NO_SCHEDULE && effect != MP_EFFECT_NO_EXECUTE)
        return MP_EINVAL;
    taint.key = mp__arena_str(&c->arena, mp__str_make(key, key_size));
    taint.value = mp__arena_str(&c->arena, mp__str_make(value, value_size));
    taint.effect = effect;
    if (!taint.key.data || !taint.value.data)
        return MP_ENOMEM;
    grown = mp__arena_push(&c->arena, c->taints, &c->taint_count, &c->taint_capacity,
                           sizeof *grown);
    if (!grown)
        return MP_ENOMEM;
    c->taints = grown;
    grown[c->taint_count - 1] = taint;
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
    mp__str copy = mp__arena_str(&c->arena, mp__str_make(address, size));

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

/* ---- replicas ---- */

/* The key of a replica: namespace, NUL, name.  Kubernetes names hold no NUL. */
static bool replica_key(const mp_fleet *fleet, mp__str ns, mp__str name, mp__buf *key)
{
    mp__buf_init(key, &fleet->alloc);
    mp__buf_put(key, ns.data, ns.size);
    mp__buf_putc(key, '\0');
    mp__buf_put(key, name.data, name.size);
    return !key->failed;
}

mp_replica *mp_fleet_find_replica(const mp_fleet *fleet, const char *ns, size_t ns_size,
                                  const char *name, size_t name_size)
{
    mp__buf key;
    mp__entry *entry = NULL;

    if (!fleet)
        return NULL;
    if (replica_key(fleet, mp__str_make(ns, ns_size), mp__str_make(name, name_size), &key))
        entry = mp__table_find(&fleet->replica_names, (mp__str){ key.data, key.size });
    mp__buf_fini(&key);
    return entry ? entry->value : NULL;
}

static bool fill_replica(mp_replica *r, mp__str ns, mp__str name, mp__str owner, mp__str cluster)
{
    r->ns = mp__arena_str(&r->arena, ns);
    r->name = mp__arena_str(&r->arena, name);
    r->owner = mp__arena_str(&r->arena, owner);
    r->cluster = mp__arena_str(&r->arena, cluster);
    return !r->arena.failed;
}

mp_replica *mp_fleet_add_replica(mp_fleet *fleet, const char *ns, size_t ns_size, const char *name,
                                 size_t name_size, const char *owner, size_t owner_size,
                                 const char *cluster, size_t cluster_size, int64_t index,
                                 mp_error *err)
{
    mp__str name_text = mp__str_make(name, name_size), ns_text = mp__str_make(ns, ns_size);
    mp_replica *r;
    mp__buf key;

    mp__error_clear(err);
    if (name_text.size == 0) {
        mp__fail(err, MP_EINVAL, "a replica needs a name");
        return NULL;
    }
    if (!replica_key(fleet, ns_text, name_text, &key)) {
        mp__buf_fini(&key);
        mp__fail_nomem(err);
        return NULL;
    }
    if (mp__table_find(&fleet->replica_names, (mp__str){ key.data, key.size })) {
        mp__buf_fini(&key);
        mp__fail(err, MP_EEXIST, "replica \"%.*s\" exists already", (int)name_text.size,
                 name_text.data);
        return NULL;
    }
    r = mp__calloc(&fleet->alloc, 1, sizeof *r);
    if (r) {
        r->fleet = fleet;
        r->index = index;
        mp__arena_init(&r->arena, &fleet->alloc);
        if (fill_replica(r, ns_text, name_text, mp__str_make(owner, owner_size),
                         mp__str_make(cluster, cluster_size)) &&
            mp__grow(&fleet->alloc, &fleet->replicas, &fleet->replica_capacity,
                     fleet->replica_count + 1, sizeof *fleet->replicas))
            r->entry = mp__table_add(&fleet->replica_names, (mp__str){ key.data, key.size }, r);
    }
    mp__buf_fini(&key);
    if (!r || !r->entry) {
        if (r)
            free_replica(r);
        mp__fail_nomem(err);
        return NULL;
    }
    r->position = fleet->replica_count;
    fleet->replicas[fleet->replica_count++] = r;
    fleet->version++;
    return r;
}

void mp_fleet_remove_replica(mp_fleet *fleet, mp_replica *replica)
{
    mp_replica *last;

    if (!replica)
        return;
    last = fleet->replicas[--fleet->replica_count];
    fleet->replicas[replica->position] = last;
    last->position = replica->position;
    mp__table_remove(&fleet->replica_names, replica->entry);
    free_replica(replica);
    fleet->version++;
}

mp_replica_engine *mp_replica_add_engine(mp_replica *r, const char *name, size_t name_size,
                                         int64_t copies, mp_error *err)
{
    mp_replica_engine *e = NULL, **grown;
    mp__str text;

    mp__error_clear(err);
    if (copies < 1) {
        mp__fail(err, MP_EINVAL, "an engine needs at least one copy");
        return NULL;
    }
    text = mp__arena_str(&r->arena, mp__str_make(name, name_size));
    if (text.data)
        e = mp__arena_calloc(&r->arena, 1, sizeof *e);
    grown = e ? mp__arena_push(&r->arena, r->engines, &r->engine_count, &r->engine_capacity,
                               sizeof *grown)
              : NULL;
    if (!grown) {
        mp__fail_nomem(err);
        return NULL;
    }
    r->engines = grown;
    grown[r->engine_count - 1] = e;
    e->replica = r;
    e->name = text;
    e->copies = copies;
    r->fleet->version++;
    return e;
}

mp_status mp_replica_add_member(mp_replica_engine *e, mp_role role, const char *pool,
                                size_t pool_size, int64_t nodes, bool claims, mp_error *err)
{
    mp__arena *arena = &e->replica->arena;
    mp__replica_member *grown;
    mp__str text;

    mp__error_clear(err);
    if (nodes < 1)
        return mp__fail(err, MP_EINVAL, "a member needs at least one node");
    text = mp__arena_str(arena, mp__str_make(pool, pool_size));
    grown = text.data ? mp__arena_push(arena, e->members, &e->member_count, &e->member_capacity,
                                       sizeof *grown)
                      : NULL;
    if (!grown)
        return mp__fail_nomem(err);
    e->members = grown;
    grown[e->member_count - 1] = (mp__replica_member){ role, text, nodes, claims };
    e->replica->fleet->version++;
    return MP_OK;
}

size_t mp_fleet_replica_count(const mp_fleet *fleet)
{
    return fleet ? fleet->replica_count : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Observed replicas.
 *
 * Each hangs in two lists: that of the site it runs on, from which the nodes taken there are summed
 * up, and that of the deployment that owns it, which retention reads.  So scheduling one deployment
 * looks only at its own replicas and at those on clusters it tries, however many there are.
 */
#include "fleet_internal.h"

mp_replica *mp_fleet_find_replica(const mp_fleet *fleet, const char *ns, size_t ns_size,
                                  const char *name, size_t name_size)
{
    mp__entry *entry = fleet ? mp__table_find2(&fleet->replica_names, mp__str_make(ns, ns_size),
                                               mp__str_make(name, name_size))
                             : NULL;

    return entry ? entry->value : NULL;
}

const mp__owner *mp__fleet_owner(const mp_fleet *fleet, mp__str ns, mp__str name)
{
    mp__entry *entry = mp__table_find2(&fleet->owners, ns, name);

    return entry ? entry->value : NULL;
}

static mp__owner *get_owner(mp_fleet *fleet, mp__str ns, mp__str name)
{
    mp__entry *entry = mp__table_find2(&fleet->owners, ns, name);
    mp__owner *owner;

    if (entry)
        return entry->value;
    owner = mp__calloc(&fleet->alloc, 1, sizeof *owner);
    if (!owner)
        return NULL;
    owner->entry = mp__table_add2(&fleet->owners, ns, name, owner);
    if (!owner->entry) {
        mp__free(&fleet->alloc, owner);
        return NULL;
    }
    return owner;
}

static void drop_owner(mp_fleet *fleet, mp__owner *owner)
{
    if (!owner || owner->replicas)
        return;
    mp__table_remove(&fleet->owners, owner->entry);
    mp__free(&fleet->alloc, owner);
}

/* Nodes that a member claims, wherever its pods are. */
static int64_t held_by(const mp_replica_engine *e, const mp__replica_member *m)
{
    return mp__mul_saturating(m->nodes, e->copies);
}

static void link_replica(mp_replica *r)
{
    r->site_next = r->site->replicas;
    r->site_link = &r->site->replicas;
    if (r->site_next)
        r->site_next->site_link = &r->site_next;
    r->site->replicas = r;
    r->owner_next = r->owner->replicas;
    r->owner_link = &r->owner->replicas;
    if (r->owner_next)
        r->owner_next->owner_link = &r->owner_next;
    r->owner->replicas = r;
    r->site->replica_count++;
    r->owner->replica_count++;
}

static void unlink_replica(mp_replica *r)
{
    for (size_t e = 0; e < r->engine_count; e++) {
        for (size_t i = 0; i < r->engines[e]->member_count; i++) {
            const mp__replica_member *m = &r->engines[e]->members[i];

            if (m->claims)
                mp__site_let_go(r->site, m->pool, held_by(r->engines[e], m));
        }
    }
    r->site->located -= r->located;
    r->site->replica_count--;
    r->owner->replica_count--;
    *r->site_link = r->site_next;
    if (r->site_next)
        r->site_next->site_link = r->site_link;
    *r->owner_link = r->owner_next;
    if (r->owner_next)
        r->owner_next->owner_link = r->owner_link;
}

/* Frees a replica that hangs in no list, with the site and the owner if it was their last. */
static void drop_replica(mp_fleet *fleet, mp_replica *r)
{
    if (r->entry)
        mp__table_remove(&fleet->replica_names, r->entry);
    mp__site_drop(fleet, r->site);
    drop_owner(fleet, r->owner);
    mp__arena_fini(&r->arena);
    mp__free(&fleet->alloc, r);
}

static mp_replica *new_replica(mp_fleet *fleet, mp__str ns, mp__str name, mp__str owner,
                               mp__str cluster)
{
    mp_replica *r = mp__calloc(&fleet->alloc, 1, sizeof *r);

    if (!r)
        return NULL;
    r->fleet = fleet;
    mp__arena_init(&r->arena, &fleet->alloc);
    r->ns = mp__arena_str(&r->arena, ns);
    r->name = mp__arena_str(&r->arena, name);
    r->site = r->arena.failed ? NULL : mp__site_get(fleet, cluster, true);
    r->owner = r->site ? get_owner(fleet, ns, owner) : NULL;
    r->entry = r->owner ? mp__table_add2(&fleet->replica_names, ns, name, r) : NULL;
    if (r->entry)
        return r;
    drop_replica(fleet, r);
    return NULL;
}

mp_replica *mp_fleet_add_replica(mp_fleet *fleet, const char *ns, size_t ns_size, const char *name,
                                 size_t name_size, const char *owner, size_t owner_size,
                                 const char *cluster, size_t cluster_size, int64_t index,
                                 mp_error *err)
{
    mp__str name_text = mp__str_make(name, name_size), ns_text = mp__str_make(ns, ns_size);
    mp_replica *r;

    mp__error_clear(err);
    if (name_text.size == 0) {
        mp__fail(err, MP_EINVAL, "a replica needs a name");
        return NULL;
    }
    if (mp__table_find2(&fleet->replica_names, ns_text, name_text)) {
        mp__fail(err, MP_EEXIST, "replica \"%.*s\" exists already", (int)name_text.size,
                 name_text.data);
        return NULL;
    }
    r = new_replica(fleet, ns_text, name_text, mp__str_make(owner, owner_size),
                    mp__str_make(cluster, cluster_size));
    if (!r) {
        mp__fail_nomem(err);
        return NULL;
    }
    r->index = index;
    link_replica(r);
    fleet->version++;
    return r;
}

void mp_fleet_remove_replica(mp_fleet *fleet, mp_replica *replica)
{
    if (!replica)
        return;
    unlink_replica(replica);
    drop_replica(fleet, replica);
    fleet->version++;
}

size_t mp_fleet_replica_count(const mp_fleet *fleet)
{
    return fleet ? fleet->replica_names.count : 0;
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
        e = MP__NEW(&r->arena, mp_replica_engine);
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
    mp_replica *r = e->replica;
    mp__arena *arena = &r->arena;
    mp__replica_member added = { .role = role, .nodes = nodes, .claims = claims }, *grown;

    mp__error_clear(err);
    if (nodes < 1)
        return mp__fail(err, MP_EINVAL, "a member needs at least one node");
    added.pool = mp__arena_str(arena, mp__str_make(pool, pool_size));
    if (!added.pool.data ||
        (claims && mp__site_hold(r->fleet, r->site, added.pool, held_by(e, &added)) != MP_OK))
        return mp__fail_nomem(err);
    grown = mp__arena_push(arena, e->members, &e->member_count, &e->member_capacity, sizeof *grown);
    if (!grown) {
        if (claims)
            mp__site_let_go(r->site, added.pool, held_by(e, &added));
        return mp__fail_nomem(err);
    }
    e->members = grown;
    grown[e->member_count - 1] = added;
    r->fleet->version++;
    return MP_OK;
}

mp_status mp_replica_add_pods(mp_replica_engine *e, const char *pool, size_t pool_size,
                              const char *domain, size_t domain_size, const char *node,
                              size_t node_size, int64_t pods, mp_error *err)
{
    mp__arena *arena = &e->replica->arena;
    mp__replica_pods where = { .pods = pods }, *grown;
    mp__str pool_text = mp__str_make(pool, pool_size);
    mp__replica_member *m;

    mp__error_clear(err);
    if (e->member_count == 0)
        return mp__fail(err, MP_EINVAL, "the engine has no member that pods could be of");
    if (pods < 1)
        return mp__fail(err, MP_EINVAL, "there must be at least one pod");
    m = &e->members[e->member_count - 1];
    where.pool = pool_text.size > 0 ? mp__arena_str(arena, pool_text) : m->pool;
    where.domain = mp__arena_str(arena, mp__str_make(domain, domain_size));
    where.node = mp__arena_str(arena, mp__str_make(node, node_size));
    if (!where.pool.data || !where.domain.data || !where.node.data)
        return mp__fail_nomem(err);
    grown = mp__arena_push(arena, m->pods, &m->pods_count, &m->pods_capacity, sizeof *grown);
    if (!grown)
        return mp__fail_nomem(err);
    m->pods = grown;
    grown[m->pods_count - 1] = where;
    e->replica->site->located += !e->replica->located;
    e->replica->located = true;
    e->replica->fleet->version++;
    return MP_OK;
}

mp_status mp_replica_hold(mp_replica_engine *e, const char *device, size_t size, int64_t count,
                          mp_error *err)
{
    mp__arena *arena = &e->replica->arena;
    mp__replica_member *m = e->member_count > 0 ? &e->members[e->member_count - 1] : NULL;
    mp__replica_pods *pods = m && m->pods_count > 0 ? &m->pods[m->pods_count - 1] : NULL;
    mp__hold *grown;
    mp__str text;

    mp__error_clear(err);
    if (!pods)
        return mp__fail(err, MP_EINVAL, "no pods were added that could hold devices");
    if (count < 1)
        return mp__fail(err, MP_EINVAL, "a pod holds at least one device");
    text = mp__arena_str(arena, mp__str_make(device, size));
    grown = text.data ? mp__arena_push(arena, pods->holds, &pods->hold_count, &pods->hold_capacity,
                                       sizeof *grown)
                      : NULL;
    if (!grown)
        return mp__fail_nomem(err);
    pods->holds = grown;
    grown[pods->hold_count - 1] = (mp__hold){ text, count };
    e->replica->fleet->version++;
    return MP_OK;
}

mp_status mp_replica_set_label(mp_replica *r, const char *key, size_t key_size, const char *value,
                               size_t value_size)
{
    mp_status st = mp__labels_set(&r->labels, &r->arena, mp__str_make(key, key_size),
                                  mp__str_make(value, value_size));

    if (st == MP_OK)
        r->fleet->version++;
    return st;
}

/* Whether pods of a replica run on the pool's fabric. */
static bool runs_near(const mp_replica *r, const mp_pool *p)
{
    bool near = false;

    for (size_t e = 0; e < r->engine_count; e++) {
        for (size_t i = 0; i < r->engines[e]->member_count; i++) {
            const mp__replica_member *m = &r->engines[e]->members[i];

            for (size_t k = 0; k <= m->pods_count && !near; k++) {
                mp__str name = k < m->pods_count ? m->pods[k].pool : m->pool;
                const mp_pool *q = mp_cluster_find_pool(p->cluster, name.data, name.size);

                near = q && mp__pools_share_fabric(q, p);
            }
        }
    }
    return near;
}

bool mp__cluster_bars(const mp_cluster *c, const mp_deployment *d, const mp_pool *p)
{
    const mp__owner *owner = mp__fleet_owner(c->fleet, d->ns, d->name);
    bool bars = false;

    for (size_t i = 0; i < d->affinity_count && !bars; i++) {
        const mp__affinity *a = &d->affinities[i];
        bool near = false;

        if ((a->scope == MP_SCOPE_FABRIC) != (p != NULL))
            continue;
        for (const mp_replica *r = c->site->replicas; r && !near; r = r->site_next)
            near = r->owner != owner && mp__labels_carry(&r->labels, a->key, a->value) &&
                   (!p || runs_near(r, p));
        bars = near == a->anti;
    }
    return bars;
}

const mp_engine *mp__replica_engine(const mp_replica_engine *e, const mp_deployment *d)
{
    const mp_engine *engine = mp_deployment_find_engine(d, e->name.data, e->name.size);
    bool same = engine && engine->member_count == e->member_count;

    for (size_t i = 0; same && i < e->member_count; i++)
        same = e->members[i].role == engine->members[i]->role;
    return same ? engine : NULL;
}

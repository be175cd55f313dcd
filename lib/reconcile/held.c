/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replicas that are kept as they are, and how a replica is told in a plan.
 *
 * A bad selector, a cache that is not there and an empty set of candidate clusters are mistakes of
 * someone who edits documents; none of them is a reason to stop what serves.
 */
#include "reconcile_internal.h"

static void copy_field(mp_object *to, const mp_object *from, const char *key)
{
    const mp_object *value = mp_object_get(from, key, MP_NTS);

    mp_object_set_copy(to, key, MP_NTS, value);
}

mp_object *mp__held_object(mp__run *run, const mp_object *from)
{
    const mp_object *metadata = mp__get(from, "metadata");
    mp_object *object = mp_object_new_map(run->scratch);

    for (const mp_object *field = mp_object_first(from); field; field = mp_object_next(field)) {
        mp__str key;
        mp_object *at;

        key.data = mp_object_key(field, &key.size);
        if (field != metadata) {
            if (!mp__str_equal(key, MP__STR("status")))
                mp_object_set_copy(object, key.data, key.size, field);
            continue;
        }
        at = mp__set_map(object, "metadata");
        copy_field(at, metadata, "name");
        copy_field(at, metadata, "namespace");
        copy_field(at, metadata, "labels");
        copy_field(at, metadata, "annotations");
    }
    return object;
}

void mp__emit_kept(mp__run *run, const mp__resource *parent, mp__str but_key)
{
    const mp_object *child = run->request ? mp_object_first(run->request->observed) : NULL;

    for (; child; child = mp_object_next(child)) {
        const mp_object *seen = mp__get(child, "resource");
        mp__str key;

        key.data = mp_object_key(child, &key.size);
        if (mp_object_is_map(seen) && !mp__str_equal(key, but_key))
            mp__emit_object(run, parent, MP__STR(""), key,
                            mp__condition_true(seen, MP__STR("Ready")), mp__held_object(run, seen));
    }
}

mp_object *mp__held_endpoint(mp__run *run, const mp__resource *replica)
{
    const mp__resource *cluster =
        mp__run_find(run, MP__STR("InferenceCluster"), MP__STR(""), replica->cluster);
    mp__str gateway = MP__STR("");
    mp_object *object, *at;
    mp__str path;

    if (cluster)
        gateway = mp__get_str(mp__get(cluster->status, "gateway"), "address");
    if (gateway.size == 0)
        return NULL;
    path = mp__run_text(run, MP__STR("/"), replica->ns, MP__STR("/"));
    path = mp__run_text(run, path, replica->name, MP__STR("/"));
    object = mp_object_new_map(run->scratch);
    mp__set_str(object, "apiVersion", replica->api_version);
    mp__set_lit(object, "kind", "ModelEndpoint");
    at = mp__set_map(object, "metadata");
    mp__set_str(at, "name", replica->name);
    mp__set_str(at, "namespace", replica->ns);
    mp__set_copy(at, "labels", mp__get(mp__get(replica->object, "metadata"), "labels"));
    at = mp__set_map(object, "spec");
    mp__set_str(at, "rewritePath", path);
    path = mp__run_text(run, gateway, path, MP__STR("v1"));
    path = mp__run_text(run, MP__STR("http://"), path, MP__STR(""));
    mp__set_str(at, "url", path);
    return object;
}

/* ---- telling ---- */

static int64_t int_or(const mp_object *node, int64_t fallback)
{
    int64_t value;

    return mp_object_int(node, &value) ? value : fallback;
}

static void describe_member(mp_object *list, const mp_object *member)
{
    const mp_object *requests = mp__get(member, "deviceRequests");
    mp_object *to = mp_object_append_map(list), *claims;
    mp__str role = mp__get_str(member, "role");

    mp__set_str(to, "role", role.size > 0 ? role : MP__STR("Standalone"));
    mp__set_copy(to, "pool", mp__get(member, "nodePoolName"));
    mp__set_int(to, "nodes", int_or(mp__get(mp__get(member, "worker"), "nodes"), 1));
    claims = mp__set_list(to, "claims");
    for (const mp_object *r = mp_object_first(requests); r; r = mp_object_next(r)) {
        mp_object *claim = mp_object_append_map(claims);

        copy_field(claim, r, "name");
        copy_field(claim, r, "deviceClassName");
        mp__set_int(claim, "count", int_or(mp__get(r, "count"), 1));
    }
}

/* Whether the members of an engine are in more than one pool. */
static bool is_split(const mp_object *engine)
{
    const mp_object *first = mp_object_first(mp__get(engine, "members")), *m = first;

    for (; m; m = mp_object_next(m))
        if (!mp__str_equal(mp__get_str(m, "nodePoolName"), mp__get_str(first, "nodePoolName")))
            return true;
    return false;
}

/* An engine that runs split, which nothing new is unless it asked for it, is marked. */
void mp__describe_replica(mp_object *list, const mp_object *replica, bool retained)
{
    const mp_object *spec = mp__get(replica, "spec");
    mp_object *to = mp_object_append_map(list), *engines;

    mp__set_copy(to, "cluster", mp__get(spec, "clusterName"));
    mp__set_int(to, "index", mp__replica_index(replica));
    mp__set_copy(to, "replica", mp__get(mp__get(replica, "metadata"), "name"));
    mp__set_bool(to, "retained", retained);
    engines = mp__set_list(to, "engines");
    for (const mp_object *e = mp_object_first(mp__get(spec, "engines")); e; e = mp_object_next(e)) {
        mp_object *engine = mp_object_append_map(engines), *members;

        copy_field(engine, e, "name");
        mp__set_int(engine, "copies", int_or(mp__get(e, "copies"), 1));
        if (retained && is_split(e))
            mp__set_bool(engine, "split", true);
        members = mp__set_list(engine, "members");
        for (const mp_object *m = mp_object_first(mp__get(e, "members")); m; m = mp_object_next(m))
            describe_member(members, m);
    }
}

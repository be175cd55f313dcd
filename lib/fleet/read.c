/* SPDX-License-Identifier: Apache-2.0 */
/*
 * InferenceCluster and ModelReplica documents into a fleet.
 *
 * A status is written by a controller, but is read with the same distrust as a spec: counts may be
 * absent or negative and then are 0, an attribute may hold no value.  An observed replica is read
 * as far as it makes sense, since what runs holds its nodes whatever its document looks like.
 */
#include "fleet_internal.h"
#include "read_internal.h"

/* A builder's status as a fault of the document. */
static mp_status built(const mp_object *node, mp_status st, mp_error *err)
{
    char path[MP_ERROR_PATH_SIZE];

    if (st == MP_OK)
        return st;
    if (st == MP_ENOMEM)
        return mp__fail_nomem(err);
    mp_object_path(node, path, sizeof path);
    mp__fail_at(err, MP_EDOC, mp_object_offset(node), mp_object_line(node), 0, "%s",
                mp_status_text(st));
    mp__error_set_path(err, "%s", path);
    return MP_EDOC;
}

static mp_status missing_handle(const mp_object *node, const mp_error *why, mp_error *err)
{
    return built(node, why->status == MP_OK ? MP_ENOMEM : why->status, err);
}

/* ---- devices ---- */

/* The version is looked at first, then string, bool, int. */
static mp_status read_attribute(mp_device *d, const mp_object *node, mp_error *err)
{
    const mp_object *boolean = mp__get(node, "bool"), *integer = mp__get(node, "int");
    mp__str name, version, string;
    int64_t number;
    mp_status st;

    name.data = mp_object_key(node, &name.size);
    if (!mp_object_is_map(node))
        return mp__read_fail(node, "a map", err);
    st = mp__read_str(node, "version", &version, err);
    if (st == MP_OK)
        st = mp__read_str(node, "string", &string, err);
    if (st != MP_OK)
        return st;
    if (version.data)
        return built(
            node, mp_device_set_version(d, name.data, name.size, version.data, version.size), err);
    if (string.data)
        return built(node, mp_device_set_string(d, name.data, name.size, string.data, string.size),
                     err);
    if (mp_object_type(boolean) == MP_OBJECT_BOOL)
        return built(
            node, mp_device_set_bool(d, name.data, name.size, mp_object_bool(boolean, false)), err);
    if (integer && mp_object_type(integer) != MP_OBJECT_NULL) {
        st = mp__read_int(node, "int", 0, &number, err);
        return st == MP_OK ? built(node, mp_device_set_int(d, name.data, name.size, number), err)
                           : st;
    }
    return built(node, mp_device_set_invalid(d, name.data, name.size), err);
}

/* A capacity without a value is passed over. */
static mp_status read_capacity(mp_device *d, const mp_object *node, mp_error *err)
{
    mp__str name, value;
    mp_status st;

    name.data = mp_object_key(node, &name.size);
    if (!mp_object_is_map(node))
        return mp__read_fail(node, "a map", err);
    st = mp__read_str(node, "value", &value, err);
    if (st != MP_OK || !value.data)
        return st;
    return built(node, mp_device_set_capacity(d, name.data, name.size, value.data, value.size),
                 err);
}

static mp_status read_device(mp_pool *p, const mp_object *node, mp_error *err)
{
    const mp_object *attributes, *capacity;
    mp__str name, driver, device_class, claim;
    mp_error why;
    mp_device *d;
    int64_t count;
    mp_status st = mp_object_is_map(node) ? mp__read_str(node, "name", &name, err)
                                          : mp__read_fail(node, "a map", err);

    if (st == MP_OK)
        st = mp__read_str(node, "driver", &driver, err);
    if (st == MP_OK)
        st = mp__read_str(node, "deviceClassName", &device_class, err);
    if (st == MP_OK)
        st = mp__read_str(node, "claim", &claim, err);
    if (st == MP_OK)
        st = mp__read_int(node, "count", 0, &count, err);
    if (st == MP_OK)
        st = mp__read_map(node, "attributes", &attributes, err);
    if (st == MP_OK)
        st = mp__read_map(node, "capacity", &capacity, err);
    if (st != MP_OK)
        return st;
    d = mp_pool_add_device(
        p, name.data, name.size, driver.data, driver.size, device_class.data, device_class.size,
        mp__str_equal(claim, MP__STR("Synthetic")) ? MP_CLAIM_SYNTHETIC : MP_CLAIM_DRA, count,
        &why);
    if (!d)
        return missing_handle(node, &why, err);
    for (const mp_object *a = mp_object_first(attributes); a && st == MP_OK; a = mp_object_next(a))
        st = read_attribute(d, a, err);
    for (const mp_object *a = mp_object_first(capacity); a && st == MP_OK; a = mp_object_next(a))
        st = read_capacity(d, a, err);
    return st;
}

static mp_status read_pool(mp_cluster *c, const mp_object *node, mp_error *err)
{
    const mp_object *devices;
    mp__str name;
    mp_error why;
    mp_pool *p;
    int64_t nodes;
    mp_status st = mp_object_is_map(node) ? mp__read_str(node, "name", &name, err)
                                          : mp__read_fail(node, "a map", err);

    if (st == MP_OK)
        st = mp__read_int(node, "nodes", 0, &nodes, err);
    if (st == MP_OK)
        st = mp__read_list(node, "devices", &devices, err);
    if (st != MP_OK)
        return st;
    if (!name.data)
        return mp__read_missing(node, "name", err);
    /* A second pool of one name is not valid, and the first one stands. */
    if (mp_cluster_find_pool(c, name.data, name.size))
        return MP_OK;
    p = mp_cluster_add_pool(c, name.data, name.size, nodes, &why);
    if (!p)
        return missing_handle(node, &why, err);
    for (const mp_object *d = mp_object_first(devices); d && st == MP_OK; d = mp_object_next(d))
        st = read_device(p, d, err);
    return st;
}

/*
 * The fabrics that the pools of spec.nodePools are on.  Only an InfiniBand fabric that has a name
 * can be shared: what other pools are wired to is not known, so each is on its own.
 */
static mp_status read_fabrics(mp_cluster *c, const mp_object *pools, mp_error *err)
{
    mp_status st = MP_OK;

    if (!mp_object_is_list(pools))
        return MP_OK;
    for (const mp_object *p = mp_object_first(pools); p && st == MP_OK; p = mp_object_next(p)) {
        mp__str name = mp__get_str(p, "name");
        const mp_object *fabric = mp__get(p, "fabric");
        mp__str wire = mp__get_str(mp__get(fabric, "infiniband"), "fabric");
        mp_pool *pool = mp_cluster_find_pool(c, name.data ? name.data : "", name.size);

        if (pool && wire.size > 0 &&
            mp__str_equal(mp__get_str(fabric, "type"), MP__STR("InfiniBand")))
            st = built(fabric, mp_pool_set_fabric(pool, wire.data, wire.size), err);
    }
    return st;
}

/* ---- clusters ---- */

static mp_status set_label(void *target, const char *key, size_t key_size, const char *value,
                           size_t value_size)
{
    return mp_cluster_set_label(target, key, key_size, value, value_size);
}

static mp_status read_taints(mp_cluster *c, const mp_object *taints, mp_error *err)
{
    mp_status st = MP_OK;

    for (const mp_object *t = mp_object_first(taints); t && st == MP_OK; t = mp_object_next(t)) {
        mp__str key, value, effect;

        st = mp_object_is_map(t) ? mp__read_str(t, "key", &key, err)
                                 : mp__read_fail(t, "a map", err);
        if (st == MP_OK)
            st = mp__read_str(t, "value", &value, err);
        if (st == MP_OK)
            st = mp__read_str(t, "effect", &effect, err);
        if (st != MP_OK)
            return st;
        /* Kubernetes has effects that do not concern replicas; those are passed over. */
        if (mp__str_equal(effect, MP__STR("NoSchedule")) ||
            mp__str_equal(effect, MP__STR("NoExecute")))
            st = built(t,
                       mp_cluster_add_taint(c, key.data, key.size, value.data, value.size,
                                            effect.size == 10 ? MP_EFFECT_NO_SCHEDULE
                                                              : MP_EFFECT_NO_EXECUTE),
                       err);
    }
    return st;
}

static bool is_ready(const mp_object *conditions)
{
    for (const mp_object *c = mp_object_first(conditions); c; c = mp_object_next(c))
        if (mp__str_equal(mp__get_str(c, "type"), MP__STR("Ready")) &&
            mp__str_equal(mp__get_str(c, "status"), MP__STR("True")))
            return true;
    return false;
}

static mp_status read_status(mp_cluster *c, const mp_object *status, mp_error *err)
{
    const mp_object *gateway, *pools = NULL;
    mp__str address = { 0 };
    mp_status st = mp__read_map(status, "gateway", &gateway, err);

    if (st == MP_OK && gateway)
        st = mp__read_str(gateway, "address", &address, err);
    if (st == MP_OK && address.data &&
        mp_cluster_set_gateway(c, address.data, address.size) != MP_OK)
        st = mp__fail_nomem(err);
    if (st == MP_OK)
        st = mp_cluster_set_ready(c, is_ready(mp__get(status, "conditions")));
    if (st == MP_OK)
        st = mp__read_list(status, "gpuPools", &pools, err);
    for (const mp_object *p = mp_object_first(pools); p && st == MP_OK; p = mp_object_next(p))
        st = read_pool(c, p, err);
    return st;
}

mp_status mp_fleet_read_cluster(mp_fleet *fleet, const mp_object *document, mp_error *err)
{
    const mp_object *metadata, *labels = NULL, *spec, *status, *taints = NULL;
    mp_cluster *c;
    mp_error why;
    mp__str name;
    mp_status st;

    mp__error_clear(err);
    st = mp__read_metadata(document, &metadata, &name, err);
    if (st == MP_OK)
        st = mp__read_map(metadata, "labels", &labels, err);
    if (st == MP_OK)
        st = mp__read_map(document, "spec", &spec, err);
    if (st == MP_OK)
        st = mp__read_list(spec, "taints", &taints, err);
    if (st == MP_OK)
        st = mp__read_map(document, "status", &status, err);
    if (st != MP_OK)
        return st;
    c = mp_fleet_add_cluster(fleet, name.data, name.size, &why);
    if (!c)
        return missing_handle(mp__get(metadata, "name"), &why, err);
    st = mp__read_labels(labels, set_label, c, err);
    if (st == MP_OK)
        st = read_taints(c, taints, err);
    if (st == MP_OK && status)
        st = read_status(c, status, err);
    if (st == MP_OK)
        st = read_fabrics(c, mp__get(spec, "nodePools"), err);
    if (st != MP_OK)
        mp_fleet_remove_cluster(fleet, c);
    return st;
}

/* ---- replicas ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/*
 * The index label, read as Python's int() does: white space around, a sign, leading zeros and
 * single underscores between digits are fine.  Anything else, and what int64 cannot hold, is 0.
 */
static int64_t parse_index(mp__str s)
{
    uint64_t value = 0;
    bool negative, digit = false;

    while (s.size && is_space(*s.data)) {
        s.data++;
        s.size--;
    }
    while (s.size && is_space(s.data[s.size - 1]))
        s.size--;
    negative = s.size && *s.data == '-';
    if (s.size && (*s.data == '-' || *s.data == '+')) {
        s.data++;
        s.size--;
    }
    for (size_t i = 0; i < s.size; i++) {
        if (s.data[i] == '_' && digit && i + 1 < s.size) {
            digit = false;
            continue;
        }
        if (!is_digit(s.data[i]) || value > (INT64_MAX - 9) / 10)
            return 0;
        value = value * 10 + (uint64_t)(s.data[i] - '0');
        digit = true;
    }
    return !digit ? 0 : negative ? -(int64_t)value : (int64_t)value;
}

/* A count of at least 1, whatever the document says. */
static int64_t count_of(const mp_object *map, const char *key)
{
    int64_t count;

    return mp__read_int(map, key, 1, &count, NULL) == MP_OK && count > 0 ? count : 1;
}

static mp_role role_of(mp__str text)
{
    return mp__str_equal(text, MP__STR("Leader"))   ? MP_ROLE_LEADER
           : mp__str_equal(text, MP__STR("Worker")) ? MP_ROLE_WORKER
                                                    : MP_ROLE_STANDALONE;
}

static mp_status read_members(mp_replica_engine *e, const mp_object *members, mp_error *err)
{
    mp_status st = MP_OK;

    for (const mp_object *m = mp_object_first(members); m && st == MP_OK; m = mp_object_next(m)) {
        mp__str pool = mp__get_str(m, "nodePoolName");
        mp_role role = role_of(mp__get_str(m, "role"));
        const mp_object *requests = mp__get(m, "deviceRequests"), *worker = mp__get(m, "worker");

        st = mp_replica_add_member(
            e, role, pool.data, pool.size, role == MP_ROLE_WORKER ? count_of(worker, "nodes") : 1,
            mp_object_is_list(requests) && mp_object_size(requests) > 0, NULL);
        if (st != MP_OK)
            return built(m, st, err);
    }
    return st;
}

static mp_status read_engines(mp_replica *r, const mp_object *engines, mp_error *err)
{
    mp_status st = MP_OK;

    for (const mp_object *e = mp_object_first(engines); e && st == MP_OK; e = mp_object_next(e)) {
        mp__str name = mp__get_str(e, "name");
        mp_error why;
        mp_replica_engine *engine =
            mp_replica_add_engine(r, name.data, name.size, count_of(e, "copies"), &why);

        if (!engine)
            return missing_handle(e, &why, err);
        st = read_members(engine, mp__get(e, "members"), err);
    }
    return st;
}

/* The labels of a replica, those that are texts. */
static mp_status read_replica_labels(mp_replica *r, const mp_object *labels, mp_error *err)
{
    mp_status st = MP_OK;

    if (!mp_object_is_map(labels))
        return MP_OK;
    for (const mp_object *l = mp_object_first(labels); l && st == MP_OK; l = mp_object_next(l)) {
        size_t key_size, size;
        const char *key = mp_object_key(l, &key_size), *text = mp_object_string(l, &size);

        if (text)
            st = built(l, mp_replica_set_label(r, key, key_size, text, size), err);
    }
    return st;
}

mp_status mp_fleet_read_replica(mp_fleet *fleet, const mp_object *document, mp_error *err)
{
    const mp_object *metadata = mp__get(document, "metadata"),
                    *labels = mp__get(metadata, "labels");
    const mp_object *spec = mp__get(document, "spec");
    mp__str name = mp__get_str(metadata, "name"), ns = mp__get_str(metadata, "namespace");
    mp__str owner = mp__get_str(labels, "modelplane.ai/deployment");
    mp__str cluster = mp__get_str(spec, "clusterName");
    mp_error why;
    mp_replica *r;
    mp_status st;

    mp__error_clear(err);
    if (!mp_object_is_map(document))
        return mp__read_fail(document, "a map", err);
    if (!name.size)
        return mp__read_missing(mp_object_is_map(metadata) ? metadata : document, "name", err);
    r = mp_fleet_add_replica(fleet, ns.data, ns.size, name.data, name.size, owner.data, owner.size,
                             cluster.data, cluster.size,
                             parse_index(mp__get_str(labels, "modelplane.ai/replica-index")), &why);
    if (!r)
        return missing_handle(document, &why, err);
    st = read_replica_labels(r, labels, err);
    if (st == MP_OK)
        st = read_engines(r, mp__get(spec, "engines"), err);
    if (st != MP_OK)
        mp_fleet_remove_replica(fleet, r);
    return st;
}

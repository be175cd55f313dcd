/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ModelDeployment documents, in both shapes: everything below spec, or below spec.template.spec.
 *
 * Defaults are those that the API server would have filled in.
 */
#include "model_internal.h"
#include "read_internal.h"
#include <stdio.h>

/* A list of names, and how a message says it. */
typedef struct choice {
    const char *names[4];
    const char *text;
} choice;

/* One of a list of names; the fallback where the field is absent. */
static mp_status read_enum(const mp_object *map, const char *key, const choice *known, int fallback,
                           int *out, mp_error *err)
{
    mp__str text;
    mp_status st = mp__read_str(map, key, &text, err);

    *out = fallback;
    if (st != MP_OK || !text.data)
        return st;
    for (size_t i = 0; i < MP__COUNT(known->names) && known->names[i]; i++) {
        if (mp__str_equal(text, mp__str_make(known->names[i], MP_NTS))) {
            *out = (int)i;
            return MP_OK;
        }
    }
    return mp__read_fail(mp_object_get(map, key, strlen(key)), known->text, err);
}

/* err, made while a node was read by a builder call, gets the node's place. */
static mp_status located(const mp_object *node, mp_status st, mp_error *err)
{
    char path[MP_ERROR_PATH_SIZE];

    if (st == MP_OK || st == MP_ENOMEM || !err)
        return st;
    mp_object_path(node, path, sizeof path);
    snprintf(err->path, sizeof err->path, "%s", path);
    /* The offset counts from the start of the document; a selector's own place is in the text. */
    if (st == MP_EINVAL || st == MP_EEXIST)
        err->status = st = MP_EDOC;
    err->offset = mp_object_offset(node);
    return st;
}

/* The path is the selector's; line and column count within its text, and the message says so. */
static mp_status read_selector(mp_request *r, const mp_object *node, mp_error *err)
{
    mp__str cel;
    mp_status st = mp_object_is_map(node) ? mp__read_str(node, "cel", &cel, err)
                                          : mp__read_fail(node, "a map", err);

    if (st != MP_OK || cel.size == 0)
        return st;
    st = mp_request_add_selector(r, cel.data, cel.size, err);
    return located(mp__get(node, "cel"), st, err);
}

static mp_status read_request(mp_member *m, const mp_object *node, mp_error *err)
{
    const mp_object *selectors;
    mp_request *r;
    mp__str name;
    int64_t count;
    mp_status st = mp_object_is_map(node) ? mp__read_str(node, "name", &name, err)
                                          : mp__read_fail(node, "a map", err);

    if (st == MP_OK)
        st = mp__read_int(node, "count", 1, &count, err);
    if (st == MP_OK)
        st = mp__read_list(node, "selectors", &selectors, err);
    if (st != MP_OK)
        return st;
    if (!name.data)
        return mp__read_missing(node, "name", err);
    r = mp_member_add_request(m, name.data, name.size, count, err);
    if (!r)
        return located(node, err ? err->status : MP_EDOC, err);
    for (const mp_object *s = mp_object_first(selectors); s && st == MP_OK; s = mp_object_next(s))
        st = read_selector(r, s, err);
    return st;
}

static mp_status read_devices(mp_member *m, const mp_object *node, mp_error *err)
{
    const mp_object *selector, *devices = NULL;
    mp_status st = mp__read_map(node, "nodeSelector", &selector, err);

    if (st == MP_OK && selector)
        st = mp__read_list(selector, "devices", &devices, err);
    for (const mp_object *d = mp_object_first(devices); d && st == MP_OK; d = mp_object_next(d))
        st = read_request(m, d, err);
    return st;
}

static mp_status read_member(mp_engine *e, const mp_object *node, mp_error *err)
{
    static const choice roles = { { "Standalone", "Leader", "Worker" },
                                  "Standalone, Leader or Worker" };
    const mp_object *worker, *pod_template;
    mp_member *m;
    int64_t nodes;
    int role;
    mp_status st = mp_object_is_map(node) ? read_enum(node, "role", &roles, 0, &role, err)
                                          : mp__read_fail(node, "a map", err);

    if (st == MP_OK)
        st = mp__read_map(node, "worker", &worker, err);
    if (st == MP_OK)
        st = mp__read_map(node, "template", &pod_template, err);
    if (st != MP_OK)
        return st;
    m = mp_engine_add_member(e, (mp_role)role, err);
    if (!m)
        return located(node, err ? err->status : MP_ENOMEM, err);
    if (worker && role == MP_ROLE_WORKER) {
        st = mp__read_int(worker, "nodes", 1, &nodes, err);
        if (st == MP_OK && mp_member_set_nodes(m, nodes) != MP_OK)
            st = mp__read_fail(mp__get(worker, "nodes"), "1 or more", err);
    }
    if (st == MP_OK && pod_template) {
        st = mp_member_set_template(m, pod_template);
        if (st != MP_OK)
            return mp__fail_nomem(err);
    }
    return st == MP_OK ? read_devices(m, node, err) : st;
}

static mp_status read_engine(mp_deployment *d, const mp_object *node, mp_error *err)
{
    static const choice phases = { { "", "Prefill", "Decode", "Encode" },
                                   "Prefill, Decode or Encode" };
    const mp_object *members;
    mp_engine *e;
    mp__str name;
    int64_t copies;
    int phase;
    mp_status st = mp_object_is_map(node) ? mp__read_str(node, "name", &name, err)
                                          : mp__read_fail(node, "a map", err);

    if (st == MP_OK)
        st = mp__read_int(node, "copies", 1, &copies, err);
    if (st == MP_OK)
        st = read_enum(node, "phase", &phases, 0, &phase, err);
    if (st == MP_OK)
        st = mp__read_list(node, "members", &members, err);
    if (st != MP_OK)
        return st;
    if (!name.data)
        return mp__read_missing(node, "name", err);
    if (!members)
        return mp__read_missing(node, "members", err);
    e = mp_deployment_add_engine(d, name.data, name.size, copies, err);
    if (!e)
        return located(node, err ? err->status : MP_EDOC, err);
    mp_engine_set_phase(e, (mp_phase)phase);
    for (const mp_object *m = mp_object_first(members); m && st == MP_OK; m = mp_object_next(m))
        st = read_member(e, m, err);
    return st;
}

static mp_status read_toleration(mp_deployment *d, const mp_object *node, mp_error *err)
{
    static const choice ops = { { "Equal", "Exists" }, "Equal or Exists" };
    static const choice effects = { { "", "NoSchedule", "NoExecute" }, "NoSchedule or NoExecute" };
    mp__str key, value;
    int op, effect;
    mp_status st = mp_object_is_map(node) ? mp__read_str(node, "key", &key, err)
                                          : mp__read_fail(node, "a map", err);

    if (st == MP_OK)
        st = mp__read_str(node, "value", &value, err);
    if (st == MP_OK)
        st = read_enum(node, "operator", &ops, 0, &op, err);
    if (st == MP_OK)
        st = read_enum(node, "effect", &effects, 0, &effect, err);
    if (st != MP_OK)
        return st;
    st = mp_deployment_add_toleration(d, key.data, key.size, (mp_toleration_op)op, value.data,
                                      value.size, (mp_taint_effect)effect);
    return st == MP_OK ? st : mp__read_refused(node, st, err);
}

static mp_status set_label(void *target, const char *key, size_t key_size, const char *value,
                           size_t value_size)
{
    return mp_deployment_set_label(target, key, key_size, value, value_size);
}

static mp_status select_cluster(void *target, const char *key, size_t key_size, const char *value,
                                size_t value_size)
{
    return mp_deployment_select_cluster(target, key, key_size, value, value_size);
}

/* What lies below the spec of the replicas, in either shape. */
static mp_status read_replica_spec(mp_deployment *d, const mp_object *spec, mp_error *err)
{
    static const choice modes = { { "", "Unified", "PrefillDecode", "EncodePrefillDecode" },
                                  "Unified, PrefillDecode or EncodePrefillDecode" };
    const mp_object *selector, *labels = NULL, *cache, *serving, *tolerations, *engines;
    mp__str cache_name = { 0 };
    int mode = MP_SERVING_UNSET;
    mp_status st = mp__read_map(spec, "clusterSelector", &selector, err);

    if (st == MP_OK && selector)
        st = mp__read_map(selector, "matchLabels", &labels, err);
    if (st == MP_OK)
        st = mp__read_labels(labels, select_cluster, d, err);
    if (st == MP_OK)
        st = mp__read_map(spec, "modelCacheRef", &cache, err);
    if (st == MP_OK && cache)
        st = mp__read_str(cache, "name", &cache_name, err);
    if (st == MP_OK && cache_name.data &&
        mp_deployment_set_cache(d, cache_name.data, cache_name.size) != MP_OK)
        st = mp__fail_nomem(err);
    if (st == MP_OK)
        st = mp__read_map(spec, "serving", &serving, err);
    if (st == MP_OK && serving)
        st = read_enum(serving, "mode", &modes, MP_SERVING_UNIFIED, &mode, err);
    if (st == MP_OK)
        st = mp_deployment_set_serving(d, (mp_serving_mode)mode);
    if (st == MP_OK)
        st = mp__read_list(spec, "tolerations", &tolerations, err);
    for (const mp_object *t = st == MP_OK ? mp_object_first(tolerations) : NULL; t && st == MP_OK;
         t = mp_object_next(t))
        st = read_toleration(d, t, err);
    if (st == MP_OK)
        st = mp__read_list(spec, "engines", &engines, err);
    if (st == MP_OK && !engines)
        st = mp__read_missing(spec, "engines", err);
    for (const mp_object *e = st == MP_OK ? mp_object_first(engines) : NULL; e && st == MP_OK;
         e = mp_object_next(e))
        st = read_engine(d, e, err);
    return st;
}

static mp_status read_spec(mp_deployment *d, const mp_object *spec, mp_error *err)
{
    const mp_object *outer, *metadata, *labels = NULL, *inner = spec;
    int64_t replicas;
    mp_status st = mp__read_int(spec, "replicas", 1, &replicas, err);

    if (st == MP_OK && mp_deployment_set_replicas(d, replicas) != MP_OK)
        return mp__read_fail(mp__get(spec, "replicas"), "0 or more", err);
    if (st == MP_OK)
        st = mp__read_map(spec, "template", &outer, err);
    if (st == MP_OK && outer) {
        st = mp__read_map(outer, "metadata", &metadata, err);
        if (st == MP_OK && metadata)
            st = mp__read_map(metadata, "labels", &labels, err);
        if (st == MP_OK)
            st = mp__read_labels(labels, set_label, d, err);
        if (st == MP_OK)
            st = mp__read_map(outer, "spec", &inner, err);
        if (st == MP_OK && !inner)
            st = mp__read_missing(outer, "spec", err);
    }
    return st == MP_OK ? read_replica_spec(d, inner, err) : st;
}

mp_status mp_deployment_read(const mp_allocator *alloc, const mp_object *document,
                             mp_deployment **out, mp_error *err)
{
    const mp_object *metadata, *spec;
    mp_error local;
    mp_deployment *d = NULL;
    mp__str name, ns;
    mp_status st;

    if (!err)
        err = &local;
    mp__error_clear(err);
    *out = NULL;
    st = mp__read_metadata(document, &metadata, &name, err);
    if (st == MP_OK)
        st = mp__read_str(metadata, "namespace", &ns, err);
    if (st == MP_OK)
        st = mp__read_map(document, "spec", &spec, err);
    if (st == MP_OK && !spec)
        st = mp__read_missing(document, "spec", err);
    if (st == MP_OK)
        st = mp_deployment_new(alloc, ns.data, ns.size, name.data, name.size, &d, err);
    if (st == MP_OK)
        st = read_spec(d, spec, err);
    if (st != MP_OK) {
        mp_deployment_free(d);
        return st;
    }
    *out = d;
    return MP_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a ModelReplica.
 *
 * Only what composition looks at is checked here; everything else of a member's template is copied
 * later as it stands.  A field that is null counts as absent.  Errors carry a path relative to the
 * node being read, and each level puts its own step before it.
 */
#include "compose_internal.h"

/* Kubernetes counts replicas and gang sizes in int32; a gang is one leader and the nodes. */
#define COPIES_MAX INT32_MAX
#define NODES_MAX (INT32_MAX - 1)

const mp_object *mp__field(const mp_object *map, const char *key, size_t key_size)
{
    const mp_object *value = mp_object_get(map, key, key_size);

    return mp_object_type(value) == MP_OBJECT_NULL ? NULL : value;
}

/* ---- failing ---- */

static mp_status fail_missing(const mp_object *map, const char *key, mp_error *err)
{
    mp_status st = mp__fail_at(err, MP_EDOC, mp_object_offset(map), mp_object_line(map), 0,
                               "required field is missing");

    mp__error_set_path(err, "%s", key);
    return st;
}

static mp_status fail_type(const mp_object *node, const char *key, const char *wanted,
                           mp_error *err)
{
    mp_status st =
        mp__fail_at(err, MP_EDOC, mp_object_offset(node), mp_object_line(node), 0,
                    "must be a %s, not %s", wanted, mp_object_type_name(mp_object_type(node)));

    mp__error_set_path(err, "%s", key);
    return st;
}

static mp_status fail_value(const mp_object *node, const char *key, const char *text, mp_error *err)
{
    mp_status st =
        mp__fail_at(err, MP_EDOC, mp_object_offset(node), mp_object_line(node), 0, "%s", text);

    mp__error_set_path(err, "%s", key);
    return st;
}

/* ---- fields ---- */

/* A field of the type wanted; NULL if it is not given. */
static mp_status get_typed(const mp_object *map, const char *key, mp_object_type_t type,
                           const mp_object **out, mp_error *err)
{
    *out = mp__field(map, key, strlen(key));
    if (*out != NULL && mp_object_type(*out) != type)
        return fail_type(*out, key, mp_object_type_name(type), err);
    return MP_OK;
}

static mp_status need_typed(const mp_object *map, const char *key, mp_object_type_t type,
                            const mp_object **out, mp_error *err)
{
    mp_status st = get_typed(map, key, type, out, err);

    if (st == MP_OK && *out == NULL)
        return fail_missing(map, key, err);
    return st;
}

/* A text that is not empty. */
static mp_status need_text(const mp_object *map, const char *key, mp__str *out, mp_error *err)
{
    const mp_object *node;
    mp_status st = need_typed(map, key, MP_OBJECT_STRING, &node, err);

    if (st != MP_OK)
        return st;
    *out = mp__object_str(node);
    return out->size > 0 ? MP_OK : fail_value(node, key, "must not be empty", err);
}

/* A number of 1 or more; `fallback` if it is not given. */
static mp_status get_count(const mp_object *map, const char *key, int64_t fallback, int64_t max,
                           int64_t *out, mp_error *err)
{
    const mp_object *node = mp__field(map, key, strlen(key));

    *out = fallback;
    if (node == NULL)
        return MP_OK;
    if (!mp_object_int(node, out))
        return fail_type(node, key, "whole number", err);
    if (*out < 1)
        return fail_value(node, key, "must be 1 or more", err);
    return *out <= max ? MP_OK : fail_value(node, key, "is too large", err);
}

typedef struct field_type {
    const char *key;
    mp_object_type_t type;
} field_type;

/* The fields that are given have these types. */
static mp_status check_types(const mp_object *map, const field_type *fields, size_t count,
                             mp_error *err)
{
    for (size_t i = 0; i < count; i++) {
        const mp_object *node;
        mp_status st = get_typed(map, fields[i].key, fields[i].type, &node, err);

        if (st != MP_OK)
            return st;
    }
    return MP_OK;
}

/* Every item of the list has the type; a list that is not given has none. */
static mp_status check_items(const mp_object *map, const char *key, mp_object_type_t type,
                             mp_error *err)
{
    size_t i = 0;

    for (const mp_object *item = mp_object_first(mp__field(map, key, strlen(key))); item != NULL;
         item = mp_object_next(item), i++) {
        if (mp_object_type(item) != type) {
            mp_status st = fail_type(item, "", mp_object_type_name(type), err);

            mp__error_set_path(err, "%s[%zu]", key, i);
            return st;
        }
    }
    return MP_OK;
}

/* ---- device requests ---- */

static mp_status check_selectors(const mp_object *request, mp_error *err)
{
    const mp_object *selectors;
    mp_status st = get_typed(request, "selectors", MP_OBJECT_LIST, &selectors, err);
    size_t i = 0;

    for (const mp_object *item = mp_object_first(selectors); st == MP_OK && item != NULL;
         item = mp_object_next(item), i++) {
        mp__str cel;

        st = need_text(item, "cel", &cel, err);
        if (st != MP_OK)
            mp__error_prefix_path(err, "selectors[%zu]", i);
    }
    return st;
}

static mp_status check_request(const mp_object *request, mp_error *err)
{
    mp__str text;
    int64_t count;
    mp_status st = need_text(request, "name", &text, err);

    if (st == MP_OK)
        st = need_text(request, "deviceClassName", &text, err);
    if (st == MP_OK)
        st = get_count(request, "count", 1, INT64_MAX, &count, err);
    return st == MP_OK ? check_selectors(request, err) : st;
}

static mp_status read_requests(const mp_object *member, mp__member_view *out, mp_error *err)
{
    const mp_object *list;
    mp_status st = get_typed(member, "deviceRequests", MP_OBJECT_LIST, &list, err);
    size_t i = 0;

    out->requests = mp_object_size(list) > 0 ? list : NULL;
    for (const mp_object *item = mp_object_first(out->requests); st == MP_OK && item != NULL;
         item = mp_object_next(item), i++) {
        st = check_request(item, err);
        if (st != MP_OK)
            mp__error_prefix_path(err, "deviceRequests[%zu]", i);
    }
    return st;
}

/* ---- pod template ---- */

static mp_status read_container(const mp_object *container, mp_error *err)
{
    static const field_type fields[] = {
        { "command", MP_OBJECT_LIST },      { "args", MP_OBJECT_LIST },
        { "env", MP_OBJECT_LIST },          { "ports", MP_OBJECT_LIST },
        { "volumeMounts", MP_OBJECT_LIST }, { "resources", MP_OBJECT_MAP },
    };
    const mp_object *claims;
    mp__str image;
    mp_status st = need_text(container, "image", &image, err);

    if (st == MP_OK)
        st = check_types(container, fields, MP__COUNT(fields), err);
    if (st == MP_OK)
        st = check_items(container, "command", MP_OBJECT_STRING, err);
    if (st == MP_OK)
        st = check_items(container, "args", MP_OBJECT_STRING, err);
    if (st != MP_OK)
        return st;
    st = get_typed(mp__given(container, "resources"), "claims", MP_OBJECT_LIST, &claims, err);
    if (st != MP_OK)
        mp__error_prefix_path(err, "resources");
    return st;
}

/* The container named "engine"; others are the user's own and stay as they are. */
static mp_status find_engine(const mp_object *spec, mp__member_view *out, mp_error *err)
{
    const mp_object *containers;
    mp_status st = need_typed(spec, "containers", MP_OBJECT_LIST, &containers, err);
    size_t i = 0;

    if (st != MP_OK)
        return st;
    for (const mp_object *item = mp_object_first(containers); item != NULL;
         item = mp_object_next(item), i++) {
        if (!mp_object_string_is(mp__given(item, "name"), MP__LIT("engine")))
            continue;
        if (out->container != NULL) {
            st = fail_value(item, "name", "two containers are named 'engine'", err);
        } else {
            out->container = item;
            st = read_container(item, err);
        }
        if (st != MP_OK) {
            mp__error_prefix_path(err, "containers[%zu]", i);
            return st;
        }
    }
    if (out->container == NULL)
        return fail_value(containers, "containers", "no container is named 'engine'", err);
    return MP_OK;
}

static mp_status read_spec(const mp_object *pod_template, mp__member_view *out, mp_error *err)
{
    static const field_type fields[] = {
        { "volumes", MP_OBJECT_LIST },        { "tolerations", MP_OBJECT_LIST },
        { "resourceClaims", MP_OBJECT_LIST }, { "imagePullSecrets", MP_OBJECT_LIST },
        { "nodeSelector", MP_OBJECT_MAP },
    };
    mp_status st = need_typed(pod_template, "spec", MP_OBJECT_MAP, &out->spec, err);

    if (st != MP_OK)
        return st;
    st = check_types(out->spec, fields, MP__COUNT(fields), err);
    if (st == MP_OK)
        st = find_engine(out->spec, out, err);
    if (st != MP_OK)
        mp__error_prefix_path(err, "spec");
    return st;
}

static mp_status read_metadata(const mp_object *pod_template, mp__member_view *out, mp_error *err)
{
    static const field_type fields[] = {
        { "labels", MP_OBJECT_MAP },
        { "annotations", MP_OBJECT_MAP },
    };
    mp_status st = get_typed(pod_template, "metadata", MP_OBJECT_MAP, &out->metadata, err);

    if (st != MP_OK)
        return st;
    st = check_types(out->metadata, fields, MP__COUNT(fields), err);
    if (st != MP_OK)
        mp__error_prefix_path(err, "metadata");
    return st;
}

static mp_status read_template(const mp_object *member, mp__member_view *out, mp_error *err)
{
    mp_status st = need_typed(member, "template", MP_OBJECT_MAP, &out->pod_template, err);

    if (st != MP_OK)
        return st;
    st = read_metadata(out->pod_template, out, err);
    if (st == MP_OK)
        st = read_spec(out->pod_template, out, err);
    if (st != MP_OK)
        mp__error_prefix_path(err, "template");
    return st;
}

/* ---- members and engines ---- */

static mp_status read_role(const mp_object *member, mp_role *out, mp_error *err)
{
    static const mp_role roles[] = { MP_ROLE_STANDALONE, MP_ROLE_LEADER, MP_ROLE_WORKER };
    const mp_object *node;
    mp_status st = get_typed(member, "role", MP_OBJECT_STRING, &node, err);

    *out = MP_ROLE_STANDALONE;
    if (st != MP_OK || node == NULL)
        return st;
    for (size_t i = 0; i < MP__COUNT(roles); i++) {
        if (mp_object_string_is(node, mp_role_name(roles[i]), MP_NTS)) {
            *out = roles[i];
            return MP_OK;
        }
    }
    return fail_value(node, "role", "must be Standalone, Leader or Worker", err);
}

static mp_status read_nodes(const mp_object *member, mp__member_view *out, mp_error *err)
{
    const mp_object *worker;
    mp_status st = get_typed(member, "worker", MP_OBJECT_MAP, &worker, err);

    out->nodes = 1;
    if (st != MP_OK || worker == NULL)
        return st;
    if (out->role != MP_ROLE_WORKER)
        return fail_value(worker, "worker", "worker may only be set on a Worker member", err);
    st = mp__given(worker, "nodes") == NULL
             ? fail_missing(worker, "nodes", err)
             : get_count(worker, "nodes", 1, NODES_MAX, &out->nodes, err);
    if (st != MP_OK)
        mp__error_prefix_path(err, "worker");
    return st;
}

static mp_status read_member(const mp_object *member, mp__member_view *out, mp_error *err)
{
    mp_status st = read_role(member, &out->role, err);

    out->port = MP__SERVING_PORT;
    if (st == MP_OK)
        st = need_text(member, "nodePoolName", &out->pool, err);
    if (st == MP_OK)
        st = read_requests(member, out, err);
    if (st == MP_OK)
        st = read_nodes(member, out, err);
    return st == MP_OK ? read_template(member, out, err) : st;
}

static mp_status read_members(const mp_object *engine, mp__engine_view *out, mp_error *err)
{
    static const char shape[] =
        "an engine must be either a single Standalone member or one Leader and one Worker member";
    const mp_object *members;
    mp_status st = need_typed(engine, "members", MP_OBJECT_LIST, &members, err);

    if (st != MP_OK)
        return st;
    out->count = mp_object_size(members);
    if (out->count < 1 || out->count > MP__COUNT(out->members))
        return fail_value(members, "members", shape, err);
    for (size_t i = 0; i < out->count; i++) {
        st = read_member(mp_object_at(members, i), &out->members[i], err);
        if (st != MP_OK) {
            mp__error_prefix_path(err, "members[%zu]", i);
            return st;
        }
    }
    if (out->count == 1)
        return out->members[0].role == MP_ROLE_STANDALONE
                   ? MP_OK
                   : fail_value(members, "members", shape, err);
    if (out->members[0].role == MP_ROLE_WORKER) {
        mp__member_view worker = out->members[0];

        out->members[0] = out->members[1];
        out->members[1] = worker;
    }
    if (out->members[0].role != MP_ROLE_LEADER || out->members[1].role != MP_ROLE_WORKER)
        return fail_value(members, "members", shape, err);
    return MP_OK;
}

static mp_status read_phase(const mp_object *engine, mp_phase *out, mp_error *err)
{
    static const mp_phase phases[] = { MP_PHASE_PREFILL, MP_PHASE_DECODE, MP_PHASE_ENCODE };
    const mp_object *node;
    mp_status st = get_typed(engine, "phase", MP_OBJECT_STRING, &node, err);

    *out = MP_PHASE_NONE;
    if (st != MP_OK || node == NULL)
        return st;
    for (size_t i = 0; i < MP__COUNT(phases); i++) {
        if (mp_object_string_is(node, mp_phase_name(phases[i]), MP_NTS)) {
            *out = phases[i];
            return MP_OK;
        }
    }
    return fail_value(node, "phase", "must be Prefill, Decode or Encode", err);
}

mp_status mp__engine_view_read(const mp_object *engine, mp__engine_view *out, mp_error *err)
{
    mp_status st;

    *out = (mp__engine_view){ 0 };
    st = need_text(engine, "name", &out->name, err);
    if (st == MP_OK)
        st = get_count(engine, "copies", 1, COPIES_MAX, &out->copies, err);
    if (st == MP_OK)
        st = read_phase(engine, &out->phase, err);
    return st == MP_OK ? read_members(engine, out, err) : st;
}

/* ---- the replica ---- */

static mp_status read_identity(const mp_object *document, mp__replica_view *out, mp_error *err)
{
    const mp_object *metadata, *ns;
    mp_status st = need_typed(document, "metadata", MP_OBJECT_MAP, &metadata, err);

    if (st != MP_OK)
        return st;
    st = need_text(metadata, "name", &out->name, err);
    if (st == MP_OK)
        st = get_typed(metadata, "namespace", MP_OBJECT_STRING, &ns, err);
    if (st != MP_OK) {
        mp__error_prefix_path(err, "metadata");
        return st;
    }
    out->ns = mp__object_str(ns);
    if (out->ns.size == 0)
        out->ns = MP__STR(MP_NAMESPACE_DEFAULT);
    return MP_OK;
}

static mp_status read_cache(const mp_object *spec, mp__replica_view *out, mp_error *err)
{
    const mp_object *ref;
    mp_status st = get_typed(spec, "modelCacheRef", MP_OBJECT_MAP, &ref, err);

    if (st != MP_OK || ref == NULL)
        return st;
    st = need_text(ref, "name", &out->cache, err);
    if (st != MP_OK)
        mp__error_prefix_path(err, "modelCacheRef");
    return st;
}

/* Each of the phases is the part of exactly one engine. */
static mp_status check_phases(const mp_object *engines, const mp_phase *phases, size_t count,
                              const char *how_many, const char *mode, mp_error *err)
{
    if (mp_object_size(engines) != count)
        return fail_value(engines, "engines", how_many, err);
    for (size_t i = 0; i < count; i++) {
        const char *name = mp_phase_name(phases[i]);
        size_t found = 0;

        for (const mp_object *at = mp_object_first(engines); at != NULL; at = mp_object_next(at))
            found += mp_object_string_is(mp__given(at, "phase"), name, MP_NTS);
        if (found != 1) {
            mp_status st =
                mp__fail_at(err, MP_EDOC, mp_object_offset(engines), mp_object_line(engines), 0,
                            "%s serving requires exactly one engine with phase %s", mode, name);

            mp__error_set_path(err, "engines");
            return st;
        }
    }
    return MP_OK;
}

static mp_status read_serving(const mp_object *spec, mp__replica_view *out, mp_error *err)
{
    static const mp_phase stages[] = { MP_PHASE_PREFILL, MP_PHASE_DECODE, MP_PHASE_ENCODE };
    const mp_object *serving, *mode = NULL;
    mp_status st = get_typed(spec, "serving", MP_OBJECT_MAP, &serving, err);

    if (st == MP_OK)
        st = get_typed(serving, "mode", MP_OBJECT_STRING, &mode, err);
    if (st != MP_OK || mode == NULL || mp_object_string_is(mode, MP__LIT("Unified")))
        return st;
    if (mp_object_string_is(mode, MP__LIT("PrefillDecode"))) {
        out->mode = MP_SERVING_PREFILL_DECODE;
        return check_phases(out->engines, stages, 2,
                            "PrefillDecode serving requires exactly two engines (one Prefill, "
                            "one Decode)",
                            "PrefillDecode", err);
    }
    if (mp_object_string_is(mode, MP__LIT("EncodePrefillDecode"))) {
        out->mode = MP_SERVING_ENCODE_PREFILL_DECODE;
        return check_phases(out->engines, stages, 3,
                            "EncodePrefillDecode serving requires exactly three engines (one "
                            "Encode, one Prefill, one Decode)",
                            "EncodePrefillDecode", err);
    }
    return fail_value(mode, "serving.mode", "must be Unified, PrefillDecode or EncodePrefillDecode",
                      err);
}

static mp_status read_replica_spec(const mp_object *document, mp__replica_view *out, mp_error *err)
{
    const mp_object *spec;
    mp_status st = need_typed(document, "spec", MP_OBJECT_MAP, &spec, err);

    if (st != MP_OK)
        return st;
    st = read_cache(spec, out, err);
    if (st == MP_OK)
        st = need_typed(spec, "engines", MP_OBJECT_LIST, &out->engines, err);
    if (st == MP_OK && mp_object_size(out->engines) == 0)
        st = fail_value(out->engines, "engines", "must not be empty", err);
    if (st == MP_OK)
        st = read_serving(spec, out, err);
    if (st != MP_OK)
        mp__error_prefix_path(err, "spec");
    return st;
}

mp_status mp__replica_view_read(const mp_object *document, mp__replica_view *out, mp_error *err)
{
    const mp_object *kind = mp__given(document, "kind");
    mp_status st;

    *out = (mp__replica_view){ 0 };
    if (kind != NULL && !mp_object_string_is(kind, MP__LIT("ModelReplica")))
        return fail_value(kind, "kind", "must be ModelReplica", err);
    st = read_identity(document, out, err);
    return st == MP_OK ? read_replica_spec(document, out, err) : st;
}

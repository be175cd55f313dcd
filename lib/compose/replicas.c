/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plan becomes ModelReplicas and ModelEndpoints.
 *
 * What is optional and not given stays absent, never null and never an empty list.
 */
#include "compose_internal.h"
#include "model_internal.h"
#include <inttypes.h>
#include <stdio.h>

/* One mp_compose() in progress. */
typedef struct planner {
    mp_doc *doc;
    mp_object *objects; /* the root: response key -> object */
    const mp_deployment *d;
    mp__str deployment, ns;
    const mp_compose_opts *opts;
    bool v1;
} planner;

/* What identifies one placement. */
typedef struct identity {
    mp__str cluster, replica;
    mp__name name_buffer;
    mp__str index;
    char index_buffer[24];
} identity;

static void identify(const planner *p, const mp_placement *placement, identity *id)
{
    mp__str parts[3];
    int size = snprintf(id->index_buffer, sizeof id->index_buffer, "%" PRId64,
                        mp_placement_index(placement));

    id->index = (mp__str){ id->index_buffer, size > 0 ? (size_t)size : 0 };
    id->cluster.data = mp_placement_cluster(placement, &id->cluster.size);
    parts[0] = p->deployment;
    parts[1] = id->cluster;
    parts[2] = id->index;
    id->replica = mp__opaque_name(parts, MP__COUNT(parts), &id->name_buffer);
}

static void add_object(const planner *p, mp__str prefix, const identity *id, mp_object *object)
{
    const mp__str parts[] = { prefix, id->cluster, MP__STR("-"), id->index };
    mp__str key = mp__join(p->doc, parts, MP__COUNT(parts));

    mp_object_set(p->objects, key.data, key.size, object);
}

/* ---- the parts that replica and endpoint share ---- */

static void put_labels(const planner *p, const identity *id, mp_object *metadata)
{
    mp_object *labels = mp__set_map(metadata, "labels");
    size_t count = p->v1 ? 0 : mp_deployment_label_count(p->d);

    for (size_t i = 0; i < count; i++) {
        const char *value;
        const char *key = mp_deployment_label(p->d, i, &value);

        mp_object_set_string(labels, key, MP_NTS, value, MP_NTS);
    }
    mp__set_str(labels, "modelplane.ai/deployment", p->deployment);
    mp__set_str(labels, "modelplane.ai/cluster", id->cluster);
    mp__set_str(labels, "modelplane.ai/replica-index", id->index);
}

static mp_object *new_object(const planner *p, const identity *id, mp__str kind)
{
    mp_object *object = mp_object_new_map(p->doc);
    mp_object *metadata;

    mp__set_lit(object, "apiVersion", "modelplane.ai/v1alpha1");
    mp__set_str(object, "kind", kind);
    metadata = mp__set_map(object, "metadata");
    mp__set_str(metadata, "name", id->replica);
    mp__set_str(metadata, "namespace", p->ns);
    put_labels(p, id, metadata);
    return object;
}

/* ---- ModelReplica ---- */

static void put_selectors(mp_object *to, const mp_request *request)
{
    size_t count = mp_request_selector_count(request);
    mp_object *list;

    if (count == 0)
        return;
    list = mp__set_list(to, "selectors");
    for (size_t i = 0; i < count; i++) {
        mp__str source;

        source.data = mp_cel_source(mp_request_selector(request, i), &source.size);
        mp__set_str(mp_object_append_map(list), "cel", source);
    }
}

static void put_requests(const mp_placement *placement, size_t engine, size_t member, mp_object *to)
{
    size_t count = mp_placement_claim_count(placement, engine, member);
    mp_object *list;

    if (count == 0)
        return;
    list = mp__set_list(to, "deviceRequests");
    for (size_t i = 0; i < count; i++) {
        mp_object *entry = mp_object_append_map(list);
        mp__str name, device_class;
        const mp_request *request = mp_placement_claim(placement, engine, member, i,
                                                       &device_class.data, &device_class.size);

        name.data = mp_request_name(request, &name.size);
        mp__set_str(entry, "name", name);
        mp__set_str(entry, "deviceClassName", device_class);
        mp__set_int(entry, "count", mp_request_count(request));
        put_selectors(entry, request);
    }
}

static void put_member(const mp_placement *placement, size_t engine, size_t member, mp_object *to)
{
    const mp_member *m = mp_engine_member(mp_placement_engine(placement, engine), member);
    mp__str role = mp__str_make(mp_role_name(mp_member_role(m)), MP_NTS);
    mp__str pool;

    pool.data = mp_placement_pool(placement, engine, member, &pool.size);
    mp__set_str(to, "role", role);
    mp__set_str(to, "nodePoolName", pool);
    put_requests(placement, engine, member, to);
    if (mp_member_has_nodes(m))
        mp__set_int(mp__set_map(to, "worker"), "nodes", mp_member_nodes(m));
    mp__set_copy(to, "template", mp_member_template(m));
}

static void put_engine(const planner *p, const mp_placement *placement, size_t engine,
                       mp_object *to)
{
    const mp_engine *e = mp_placement_engine(placement, engine);
    size_t count = mp_engine_member_count(e);
    mp_phase phase = p->v1 ? MP_PHASE_NONE : mp_engine_phase(e);
    mp_object *members;
    mp__str name;

    name.data = mp_engine_name(e, &name.size);
    mp__set_str(to, "name", name);
    mp__set_int(to, "copies", mp_engine_copies(e));
    if (phase != MP_PHASE_NONE)
        mp_object_set_string(to, MP__LIT("phase"), mp_phase_name(phase), MP_NTS);
    members = mp__set_list(to, "members");
    for (size_t i = 0; i < count; i++)
        put_member(placement, engine, i, mp_object_append_map(members));
}

static void put_serving(const planner *p, mp_object *spec)
{
    switch (p->v1 ? MP_SERVING_UNSET : mp_deployment_serving(p->d)) {
    case MP_SERVING_UNSET:
        break;
    case MP_SERVING_UNIFIED:
        mp__set_lit(mp__set_map(spec, "serving"), "mode", "Unified");
        break;
    case MP_SERVING_PREFILL_DECODE:
        mp__set_lit(mp__set_map(spec, "serving"), "mode", "PrefillDecode");
        break;
    case MP_SERVING_ENCODE_PREFILL_DECODE:
        mp__set_lit(mp__set_map(spec, "serving"), "mode", "EncodePrefillDecode");
        break;
    }
}

static void add_replica(const planner *p, const mp_placement *placement)
{
    identity id;
    mp_object *object, *spec, *engines;
    mp__str cache;

    identify(p, placement, &id);
    object = new_object(p, &id, MP__STR("ModelReplica"));
    spec = mp__set_map(object, "spec");
    mp__set_str(spec, "clusterName", id.cluster);
    cache.data = mp_deployment_cache(p->d, &cache.size);
    if (cache.data != NULL)
        mp__set_str(mp__set_map(spec, "modelCacheRef"), "name", cache);
    put_serving(p, spec);
    engines = mp__set_list(spec, "engines");
    for (size_t i = 0; i < mp_placement_engine_count(placement); i++)
        put_engine(p, placement, i, mp_object_append_map(engines));
    add_object(p, MP__STR("replica-"), &id, object);
}

/* ---- ModelEndpoint ---- */

/* A replica that is not Ready would answer with errors, so it has no endpoint. */
static bool has_endpoint(const planner *p, const identity *id, mp__str gateway)
{
    if (gateway.size == 0)
        return false;
    if (p->v1)
        return true;
    return p->opts->replica_ready != NULL &&
           p->opts->replica_ready(id->replica.data, id->replica.size, p->opts->user);
}

static void add_endpoint(const planner *p, const mp_placement *placement)
{
    mp__str gateway;
    identity id;

    identify(p, placement, &id);
    gateway.data = mp_placement_gateway(placement, &gateway.size);
    if (has_endpoint(p, &id, gateway)) {
        const mp__str path_parts[] = { MP__STR("/"), p->ns, MP__STR("/"), id.replica,
                                       MP__STR("/") };
        mp__str path = mp__join(p->doc, path_parts, MP__COUNT(path_parts));
        const mp__str url_parts[] = { MP__STR("http://"), gateway, path, MP__STR("v1") };
        mp__str url = mp__join(p->doc, url_parts, MP__COUNT(url_parts));
        mp_object *object = new_object(p, &id, MP__STR("ModelEndpoint"));
        mp_object *spec = mp__set_map(object, "spec");

        mp__set_str(spec, "rewritePath", path);
        mp__set_str(spec, "url", url);
        add_object(p, MP__STR("endpoint-"), &id, object);
    }
}

/* ---- the call ---- */

static mp_status compose_plan(planner *p, const mp_plan *plan, mp_error *err)
{
    size_t count = mp_plan_size(plan);

    p->objects = mp_object_new_map(p->doc);
    mp_doc_set_root(p->doc, p->objects);
    for (size_t i = 0; i < count; i++)
        add_replica(p, mp_plan_placement(plan, i));
    for (size_t i = 0; i < count; i++)
        add_endpoint(p, mp_plan_placement(plan, i));
    return mp_doc_status(p->doc) == MP_OK ? MP_OK : mp__fail_nomem(err);
}

mp_status mp_compose(const mp_plan *plan, const mp_compose_opts *opts, mp_doc **out, mp_error *err)
{
    static const mp_compose_opts defaults = MP_COMPOSE_OPTS_INIT;
    planner p = { 0 };
    mp_status st;

    *out = NULL;
    mp__error_clear(err);
    if (plan == NULL)
        return mp__fail(err, MP_EINVAL, "no plan");
    p.opts = opts != NULL ? opts : &defaults;
    p.v1 = p.opts->shape == MP_SHAPE_V1;
    p.d = mp_plan_deployment(plan);
    p.deployment.data = mp_deployment_name(p.d, &p.deployment.size);
    p.ns.data = mp_deployment_namespace(p.d, &p.ns.size);
    if (p.ns.size == 0)
        p.ns = MP__STR(MP_NAMESPACE_DEFAULT);
    st = mp_doc_new(&p.d->alloc, &p.doc, err);
    if (st != MP_OK)
        return st;
    st = compose_plan(&p, plan, err);
    if (st != MP_OK) {
        mp_doc_free(p.doc);
        return st;
    }
    *out = p.doc;
    return MP_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routing on the workload cluster: one Service, or an InferencePool with an endpoint picker, over
 * the serving pods of every engine, and the HTTPRoute that leads the replica's path to it.
 */
#include "compose_internal.h"

static void compose_service(const mp__composer *c)
{
    mp__str name = c->replica->name;
    mp_object *object = mp__manifest_new(c, MP__STR("v1"), MP__STR("Service"), name);
    mp_object *spec = mp__set_map(object, "spec");
    mp_object *port;

    mp__set_str(mp__set_map(spec, "selector"), MP__LABEL_SERVING, name);
    port = mp_object_append_map(mp__set_list(spec, "ports"));
    mp__set_int(port, "port", 80);
    mp__set_int(port, "targetPort", MP__SERVING_PORT);
    mp__manifest_add(c, MP__STR("model-service"), object, MP__READY_CREATED);
}

void mp__put_prefix(mp_doc *doc, mp_object *rule, mp__str ns, mp__str name)
{
    const mp__str parts[] = { MP__STR("/"), ns, MP__STR("/"), name, MP__STR("/") };
    mp_object *match = mp_object_append_map(mp__set_list(rule, "matches"));
    mp_object *path = mp__set_map(match, "path");
    mp__str prefix = mp__join(doc, parts, MP__COUNT(parts));

    mp__set_lit(path, "type", "PathPrefix");
    mp__set_str(path, "value", prefix);
}

void mp__put_rewrite(mp_object *owner, mp__str prefix)
{
    mp_object *filter = mp_object_append_map(mp__set_list(owner, "filters"));
    mp_object *path;

    mp__set_lit(filter, "type", "URLRewrite");
    path = mp__set_map(mp__set_map(filter, "urlRewrite"), "path");
    mp__set_lit(path, "type", "ReplacePrefixMatch");
    mp__set_str(path, "replacePrefixMatch", prefix);
}

static void put_backend(const mp__composer *c, mp_object *rule)
{
    mp_object *backend = mp_object_append_map(mp__set_list(rule, "backendRefs"));

    if (c->pooled) {
        mp__str pool = mp__pool_name(c);

        mp__set_lit(backend, "group", "inference.networking.k8s.io");
        mp__set_lit(backend, "kind", "InferencePool");
        mp__set_str(backend, "name", pool);
        return;
    }
    mp__set_str(backend, "name", c->replica->name);
    mp__set_int(backend, "port", 80);
}

void mp__compose_route(const mp__composer *c)
{
    mp_object *object, *spec, *parent, *rule;

    if (c->pooled)
        mp__compose_picker(c);
    else
        compose_service(c);
    object = mp__manifest_new(c, MP__STR("gateway.networking.k8s.io/v1"), MP__STR("HTTPRoute"),
                              c->replica->name);
    spec = mp__set_map(object, "spec");
    parent = mp_object_append_map(mp__set_list(spec, "parentRefs"));
    mp__set_lit(parent, "name", "inference-gateway");
    mp__set_lit(parent, "namespace", "modelplane-system");
    rule = mp_object_append_map(mp__set_list(spec, "rules"));
    mp__put_prefix(c->doc, rule, c->replica->ns, c->replica->name);
    mp__put_rewrite(rule, MP__STR("/"));
    put_backend(c, rule);
    if (!c->v1) /* a gateway's default of 15 s cuts token streams */
        mp__set_lit(mp__set_map(rule, "timeouts"), "request", "0s");
    mp__manifest_add(c, MP__STR("model-route"), object, MP__READY_CREATED);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Routing through an InferencePool: the pool over the serving pods of a replica, and the endpoint
 * picker that chooses among them for every request.
 *
 * The picker's configuration is the same text for all replicas of a mode but for the block size, so
 * that two implementations that compose it agree in every byte; its hash in the pod's annotations
 * rolls the picker when it changes.
 */
#include "compose_internal.h"

#define PICKER_PORT 9002
#define HEALTH_PORT 9003
#define POOL_GROUP "inference.networking.k8s.io"
#define CONFIG_KEY "epp-config.yaml"
#define IMAGE "ghcr.io/llm-d/llm-d-router-endpoint-picker:v0.9.0"

#define CONFIG_HEAD                                                                                \
    "apiVersion: llm-d.ai/v1alpha1\n"                                                              \
    "kind: EndpointPickerConfig\n"                                                                 \
    "plugins:\n"                                                                                   \
    "- type: approx-prefix-cache-producer\n"                                                       \
    "  parameters:\n"                                                                              \
    "    autoTune: false\n"                                                                        \
    "    blockSizeTokens: "
#define CONFIG_SCORER                                                                              \
    "\n"                                                                                           \
    "    maxPrefixBlocksToMatch: 256\n"                                                            \
    "    lruCapacityPerServer: 31250\n"                                                            \
    "- type: prefix-cache-scorer\n"
#define PICK_BY_PREFIX                                                                             \
    "  - pluginRef: max-score-picker\n"                                                            \
    "  - pluginRef: prefix-cache-scorer\n"                                                         \
    "    weight: 2\n"                                                                              \
    "  - pluginRef: queue-scorer\n"                                                                \
    "    weight: 1\n"
/* A profile per role: only the pods of that role take part. */
#define PROFILE(role)                                                                              \
    "- name: " role "\n"                                                                           \
    "  plugins:\n"                                                                                 \
    "  - pluginRef: " role "-filter\n"
#define DECIDE_PREFILL                                                                             \
    "- type: max-score-picker\n"                                                                   \
    "- type: prefix-based-pd-decider\n"                                                            \
    "  parameters:\n"                                                                              \
    "    nonCachedTokens: 16\n" /* 0 would mean: never disaggregate */

static const char unified_tail[] = CONFIG_SCORER "- type: queue-scorer\n"
                                                 "- type: max-score-picker\n"
                                                 "schedulingProfiles:\n"
                                                 "- name: default\n"
                                                 "  plugins:\n" PICK_BY_PREFIX;

static const char prefill_decode_tail[] = CONFIG_SCORER
    "- type: disagg-headers-handler\n"
    "- type: queue-scorer\n"
    "- type: prefill-filter\n"
    "- type: decode-filter\n" DECIDE_PREFILL "- type: disagg-profile-handler\n"
    "  parameters:\n"
    "    deciders:\n"
    "      prefill: prefix-based-pd-decider\n"
    "schedulingProfiles:\n" PROFILE("prefill") PICK_BY_PREFIX PROFILE("decode") PICK_BY_PREFIX;

/* An encoder keeps no KV cache, so its profile scores by queue alone. */
static const char encode_prefill_decode_tail[] = CONFIG_SCORER
    "- type: disagg-headers-handler\n"
    "- type: queue-scorer\n"
    "- type: encode-filter\n"
    "- type: prefill-filter\n"
    "- type: decode-filter\n" DECIDE_PREFILL "- type: always-disagg-multimodal-decider\n"
    "- type: disagg-profile-handler\n"
    "  parameters:\n"
    "    deciders:\n"
    "      encode: always-disagg-multimodal-decider\n"
    "      prefill: prefix-based-pd-decider\n"
    "schedulingProfiles:\n" PROFILE("encode") "  - pluginRef: max-score-picker\n"
                                              "  - pluginRef: queue-scorer\n"
                                              "    weight: 1\n" PROFILE("prefill")
                                                  PICK_BY_PREFIX PROFILE("decode") PICK_BY_PREFIX;

static mp__str config_tail(mp_serving_mode mode)
{
    switch (mode) {
    case MP_SERVING_PREFILL_DECODE:
        return (mp__str){ MP__LIT(prefill_decode_tail) };
    case MP_SERVING_ENCODE_PREFILL_DECODE:
        return (mp__str){ MP__LIT(encode_prefill_decode_tail) };
    case MP_SERVING_UNSET:
    case MP_SERVING_UNIFIED:
        break;
    }
    return (mp__str){ MP__LIT(unified_tail) };
}

/* What the objects of one picker share. */
typedef struct picker {
    const mp__composer *c;
    mp__str name; /* N-epp */
    mp__str pool; /* N-pool */
    mp__str config;
} picker;

static mp_object *new_manifest(const picker *p, mp__str api_version, mp__str kind)
{
    return mp__manifest_new(p->c, api_version, kind, p->name);
}

static void compose_pool(const picker *p)
{
    mp_object *object =
        mp__manifest_new(p->c, MP__STR(POOL_GROUP "/v1"), MP__STR("InferencePool"), p->pool);
    mp_object *spec = mp__set_map(object, "spec");
    mp_object *at = mp__set_map(mp__set_map(spec, "selector"), "matchLabels");

    mp__set_str(at, MP__LABEL_SERVING, p->c->replica->name);
    at = mp_object_append_map(mp__set_list(spec, "targetPorts"));
    mp__set_int(at, "number", MP__SERVING_PORT);
    at = mp__set_map(spec, "endpointPickerRef");
    mp__set_str(at, "name", p->name);
    mp__set_int(mp__set_map(at, "port"), "number", PICKER_PORT);
    mp__set_lit(at, "failureMode", "FailOpen");
    mp__manifest_add(p->c, MP__STR("inference-pool"), object, MP__READY_CREATED);
}

static void put_rule(mp_object *rules, mp__str group, mp__str resource)
{
    mp_object *rule = mp_object_append_map(rules), *list;

    mp_object_append_string(mp__set_list(rule, "apiGroups"), group.data, group.size);
    mp_object_append_string(mp__set_list(rule, "resources"), resource.data, resource.size);
    list = mp__set_list(rule, "verbs");
    mp_object_append_string(list, MP__LIT("get"));
    mp_object_append_string(list, MP__LIT("watch"));
    mp_object_append_string(list, MP__LIT("list"));
}

static void compose_role(const picker *p)
{
    mp_object *object = new_manifest(p, MP__STR("rbac.authorization.k8s.io/v1"), MP__STR("Role"));
    mp_object *rules = mp__set_list(object, "rules");

    put_rule(rules, MP__STR(""), MP__STR("pods"));
    put_rule(rules, MP__STR(POOL_GROUP), MP__STR("inferencepools"));
    put_rule(rules, MP__STR("inference.networking.x-k8s.io"), MP__STR("inferenceobjectives"));
    mp__manifest_add(p->c, MP__STR("epp-role"), object, MP__READY_CREATED);
}

static void compose_account(const picker *p)
{
    mp_object *object = new_manifest(p, MP__STR("v1"), MP__STR("ServiceAccount"));
    mp_object *at;

    mp__manifest_add(p->c, MP__STR("epp-serviceaccount"), object, MP__READY_CREATED);
    compose_role(p);
    object = new_manifest(p, MP__STR("rbac.authorization.k8s.io/v1"), MP__STR("RoleBinding"));
    at = mp_object_append_map(mp__set_list(object, "subjects"));
    mp__set_lit(at, "kind", "ServiceAccount");
    mp__set_str(at, "name", p->name);
    mp__set_lit(at, "namespace", "default");
    at = mp__set_map(object, "roleRef");
    mp__set_lit(at, "apiGroup", "rbac.authorization.k8s.io");
    mp__set_lit(at, "kind", "Role");
    mp__set_str(at, "name", p->name);
    mp__manifest_add(p->c, MP__STR("epp-rolebinding"), object, MP__READY_CREATED);
}

static void put_port(mp_object *ports, mp__str name, int64_t number)
{
    mp_object *port = mp_object_append_map(ports);

    mp__set_str(port, "name", name);
    mp__set_int(port, "containerPort", number);
}

static void put_container(const picker *p, mp_object *containers)
{
    mp_object *container = mp_object_append_map(containers);
    const mp__str parts[] = { MP__STR("--pool-name="), p->pool };
    mp__str pool = mp__join(p->c->doc, parts, MP__COUNT(parts));
    mp_object *at;

    mp__set_lit(container, "name", "epp");
    mp__set_lit(container, "image", IMAGE);
    at = mp__set_list(container, "args");
    mp_object_append_string(at, pool.data, pool.size);
    mp_object_append_string(at, MP__LIT("--pool-namespace=default"));
    mp_object_append_string(at, MP__LIT("--pool-group=" POOL_GROUP));
    mp_object_append_string(at, MP__LIT("--config-file=/config/" CONFIG_KEY));
    mp_object_append_string(at, MP__LIT("--grpc-port=9002"));
    at = mp__set_list(container, "ports");
    put_port(at, MP__STR("grpc"), PICKER_PORT);
    put_port(at, MP__STR("grpc-health"), HEALTH_PORT);
    at = mp_object_append_map(mp__set_list(container, "volumeMounts"));
    mp__set_lit(at, "name", "config");
    mp__set_lit(at, "mountPath", "/config");
}

static void compose_deployment(const picker *p)
{
    mp_object *object = new_manifest(p, MP__STR("apps/v1"), MP__STR("Deployment"));
    mp_object *spec = mp__set_map(object, "spec"), *at;
    char sum[65];

    mp__set_int(spec, "replicas", 1);
    at = mp__set_map(mp__set_map(spec, "selector"), "matchLabels");
    mp__set_str(at, "app", p->name);
    spec = mp__set_map(spec, "template");
    at = mp__set_map(spec, "metadata");
    mp__set_str(mp__set_map(at, "labels"), "app", p->name);
    mp__sha256_hex(p->config.data, p->config.size, sum);
    mp_object_set_string(mp__set_map(at, "annotations"),
                         MP__LIT("modelplane.ai/epp-config-checksum"), sum, sizeof sum - 1);
    spec = mp__set_map(spec, "spec");
    mp__set_str(spec, "serviceAccountName", p->name);
    put_container(p, mp__set_list(spec, "containers"));
    at = mp_object_append_map(mp__set_list(spec, "volumes"));
    mp__set_lit(at, "name", "config");
    mp__set_str(mp__set_map(at, "configMap"), "name", p->name);
    mp__manifest_add(p->c, MP__STR("epp"), object, MP__READY_AVAILABLE);
}

static void compose_config(const picker *p)
{
    mp_object *object = new_manifest(p, MP__STR("v1"), MP__STR("ConfigMap"));

    mp__set_str(mp__set_map(object, "data"), CONFIG_KEY, p->config);
    mp__manifest_add(p->c, MP__STR("epp-config"), object, MP__READY_CREATED);
}

static void compose_service(const picker *p)
{
    mp_object *object = new_manifest(p, MP__STR("v1"), MP__STR("Service"));
    mp_object *spec = mp__set_map(object, "spec"), *port;

    mp__set_str(mp__set_map(spec, "selector"), "app", p->name);
    port = mp_object_append_map(mp__set_list(spec, "ports"));
    mp__set_lit(port, "name", "grpc-ext-proc");
    mp__set_int(port, "port", PICKER_PORT);
    mp__set_int(port, "targetPort", PICKER_PORT);
    mp__set_lit(port, "appProtocol", "http2");
    mp__manifest_add(p->c, MP__STR("epp-service"), object, MP__READY_CREATED);
}

mp__str mp__pool_name(const mp__composer *c)
{
    const mp__str parts[] = { c->replica->name, MP__STR("-pool") };

    return mp__join(c->doc, parts, MP__COUNT(parts));
}

/* It names a Service, which may have 63 characters: a longer one is cut as names of children are.
 */
static mp__str picker_name(const mp__composer *c, mp__name *buffer)
{
    const mp__str parts[] = { c->replica->name, MP__STR("epp") };
    const mp__str whole[] = { c->replica->name, MP__STR("-epp") };
    mp__str name = mp__join(c->doc, whole, MP__COUNT(whole));

    return mp__utf8_count(name.data, name.size) <= MP_NAME_MAX
               ? name
               : mp__child_name(parts, MP__COUNT(parts), buffer);
}

void mp__compose_picker(const mp__composer *c)
{
    const mp__str config[] = { MP__STR(CONFIG_HEAD), c->block_size, config_tail(c->mode) };
    picker p = { .c = c };
    mp__name buffer;

    p.name = picker_name(c, &buffer);
    p.pool = mp__pool_name(c);
    p.config = mp__join(c->doc, config, MP__COUNT(config));
    compose_pool(&p);
    compose_account(&p);
    compose_config(&p);
    compose_deployment(&p);
    compose_service(&p);
}

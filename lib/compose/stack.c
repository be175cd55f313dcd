/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ServingStack: what is installed on a workload cluster so that replicas can run and be reached.
 *
 * Charts are installed by provider-helm under the name mp-CHART, everything else by
 * provider-kubernetes.  A cluster with the Dynamo stack has Grove and KAI in place of
 * LeaderWorkerSet, and ModelExpress.
 */
#include "objects_internal.h"

#define ENVOY "oci://docker.io/envoyproxy"
#define GATEWAY "inference-gateway"
#define MODEL_EXPRESS "modelexpress-server"

/* Which stacks have a component: by their kind, or by the fabric of the cluster's pools. */
typedef enum presence { ALWAYS, STANDARD_ONLY, DYNAMO_ONLY, WITH_EFA, WITH_INFINIBAND } presence;

static const struct chart {
    const char *key, *chart, *repository, *version, *ns;
    const char *choice; /* field of spec.versions that overrides it, or NULL */
    presence presence;
    const char *v1; /* version in MP_SHAPE_V1: NULL for the same, "" for none */
} charts[] = {
    { "cert-manager", "cert-manager", "https://charts.jetstack.io", "v1.17.1", "cert-manager",
      "certManager", ALWAYS, NULL },
    { "envoy-gateway", "gateway-helm", ENVOY, "v1.8.1", "envoy-gateway-system", "envoyGateway",
      ALWAYS, "v1.3.0" },
    { "ai-gateway-crds", "ai-gateway-crds-helm", ENVOY, "v0.7.0", "envoy-ai-gateway-system", NULL,
      ALWAYS, "" },
    { "ai-gateway", "ai-gateway-helm", ENVOY, "v0.7.0", "envoy-ai-gateway-system", NULL, ALWAYS,
      "" },
    { "prometheus", "kube-prometheus-stack", "https://prometheus-community.github.io/helm-charts",
      "72.6.2", "monitoring", "prometheus", ALWAYS, NULL },
    { "leader-worker-set", "lws", "oci://registry.k8s.io/lws/charts", "v0.8.0", "lws-system",
      "leaderWorkerSet", STANDARD_ONLY, NULL },
    { "grove", "grove-charts", "oci://ghcr.io/ai-dynamo/grove", "v0.1.0-alpha.6", "grove-system",
      NULL, DYNAMO_ONLY, NULL },
    { "kai-scheduler", "kai-scheduler", "oci://ghcr.io/kai-scheduler/kai-scheduler", "v0.16.8",
      "kai-scheduler", NULL, DYNAMO_ONLY, NULL },
    { "node-feature-discovery", "node-feature-discovery", "oci://registry.k8s.io/nfd/charts",
      "0.18.3", "node-feature-discovery", "nodeFeatureDiscovery", ALWAYS, NULL },
    { "dra-driver", "dra-driver-nvidia-gpu", "oci://registry.k8s.io/dra-driver-nvidia/charts",
      "0.4.0", "dra-driver-nvidia-gpu", "nvidiaDraDriver", ALWAYS, NULL },
    { "aws-dranet", "aws-dranet", "https://aws.github.io/eks-charts", "1.0.0", "kube-system", NULL,
      WITH_EFA, "" },
    { "network-operator", "network-operator", "https://helm.ngc.nvidia.com/nvidia", "26.4.0",
      "nvidia-network-operator", NULL, WITH_INFINIBAND, "" },
};

/* One stack in progress. */
typedef struct stack {
    const mp__composer *c;
    const mp_object *spec;
    mp__str helm; /* the provider configuration of charts */
} stack;

/* ---- charts ---- */

static void put_gpu_toleration(mp_object *owner)
{
    mp_object *item = mp_object_append_map(mp__set_list(owner, "tolerations"));

    mp__set_lit(item, "key", "nvidia.com/gpu");
    mp__set_lit(item, "operator", "Exists");
    mp__set_lit(item, "effect", "NoSchedule");
}

static void put_values(const stack *s, const struct chart *chart, mp_object *to)
{
    mp__str root = mp__get_str(s->spec, "nvidiaDriverRoot");

    if (strcmp(chart->key, "cert-manager") == 0) {
        mp__set_bool(mp__set_map(mp__set_map(to, "values"), "crds"), "enabled", true);
    } else if (strcmp(chart->key, "node-feature-discovery") == 0) {
        put_gpu_toleration(mp__set_map(mp__set_map(to, "values"), "worker"));
    } else if (strcmp(chart->key, "dra-driver") == 0) {
        to = mp__set_map(to, "values");
        mp__set_str(to, "nvidiaDriverRoot", root.size > 0 ? root : MP__STR("/"));
        mp__set_bool(to, "gpuResourcesEnabledOverride", true);
    }
}

mp_object *mp__make_release(const mp__composer *c, mp__str provider, const mp__chart *chart)
{
    const mp__str release[] = { MP__STR("mp-"), chart->name };
    mp_object *object = mp_object_new_map(c->doc), *at, *spec;

    mp__set_lit(object, "apiVersion", "helm.m.crossplane.io/v1beta1");
    mp__set_lit(object, "kind", "Release");
    at = mp__set_map(object, "metadata");
    mp__set_lit(at, "namespace", MP__SYSTEM_NAMESPACE);
    mp__set_str(mp__set_map(at, "annotations"), "crossplane.io/external-name",
                mp__join(c->doc, release, MP__COUNT(release)));
    spec = mp__set_map(object, "spec");
    at = mp__set_map(spec, "providerConfigRef");
    mp__set_lit(at, "kind", "ClusterProviderConfig");
    mp__set_str(at, "name", provider);
    spec = mp__set_map(spec, "forProvider");
    at = mp__set_map(spec, "chart");
    mp__set_str(at, "name", chart->name);
    mp__set_str(at, "repository", chart->repository);
    mp__set_str(at, "version", chart->version);
    mp__set_str(spec, "namespace", chart->ns);
    return object;
}

/* Unless the stack says otherwise; empty if it is not part of that shape. */
static mp__str version_of(const stack *s, const struct chart *chart)
{
    return mp__str_make(s->c->v1 && chart->v1 ? chart->v1 : chart->version, MP_NTS);
}

static void add_chart(const stack *s, const struct chart *chart)
{
    const mp_object *versions = mp__get(s->spec, "versions");
    mp__chart release = { .name = mp__str_make(chart->chart, MP_NTS),
                          .repository = mp__str_make(chart->repository, MP_NTS),
                          .ns = mp__str_make(chart->ns, MP_NTS) };
    mp_object *object;

    if (chart->choice)
        release.version = mp__object_get_str(versions, chart->choice, strlen(chart->choice));
    if (release.version.size == 0)
        release.version = version_of(s, chart);
    if (release.version.size == 0)
        return;
    object = mp__make_release(s->c, s->helm, &release);
    put_values(s, chart, mp__get(mp__get(object, "spec"), "forProvider"));
    mp_object_set(s->c->objects, chart->key, MP_NTS, object);
}

/* ---- manifests ---- */

/* `ns` is empty for what is in no namespace. */
static mp_object *new_manifest(const stack *s, mp__str api_version, mp__str kind, mp__str name,
                               mp__str ns)
{
    mp_object *object = mp_object_new_map(s->c->doc), *metadata;

    mp__set_str(object, "apiVersion", api_version);
    mp__set_str(object, "kind", kind);
    metadata = mp__set_map(object, "metadata");
    mp__set_str(metadata, "name", name);
    if (ns.size > 0)
        mp__set_str(metadata, "namespace", ns);
    return object;
}

static void add(const stack *s, mp__str key, mp_object *manifest)
{
    mp__manifest_add(s->c, key, manifest, MP__READY_CREATED);
}

static void append(mp_object *list, const char *text)
{
    mp_object_append_string(list, text, MP_NTS);
}

/* Pods of the DRA driver are critical, which a namespace must allow where quotas are the rule. */
static void add_quota(const stack *s)
{
    mp_object *object =
        new_manifest(s, MP__STR("v1"), MP__STR("ResourceQuota"),
                     MP__STR("dra-driver-critical-pods"), MP__STR("dra-driver-nvidia-gpu"));
    mp_object *spec = mp__set_map(object, "spec"), *at;

    mp__set_lit(mp__set_map(spec, "hard"), "pods", "1000");
    at = mp_object_append_map(mp__set_list(mp__set_map(spec, "scopeSelector"), "matchExpressions"));
    mp__set_lit(at, "scopeName", "PriorityClass");
    mp__set_lit(at, "operator", "In");
    at = mp__set_list(at, "values");
    append(at, "system-node-critical");
    append(at, "system-cluster-critical");
    add(s, MP__STR("dra-driver-critical-pods-quota"), object);
}

/* ---- the gateway ---- */

static mp__str class_name(const stack *s)
{
    mp__str name = mp__get_str(mp__get(s->spec, "gateway"), "className");

    return name.size > 0 ? name : MP__STR("envoy");
}

void mp__put_listener(mp_object *list, const mp_object *name, int64_t port,
                      const mp_object *protocol, const char *default_name)
{
    mp_object *item = mp_object_append_map(list);

    if (name)
        mp__set_copy(item, "name", name);
    else
        mp_object_set_string(item, MP__LIT("name"), default_name, MP_NTS);
    mp__set_int(item, "port", port);
    if (protocol)
        mp__set_copy(item, "protocol", protocol);
    else
        mp__set_lit(item, "protocol", "HTTP");
    mp__set_lit(mp__set_map(mp__set_map(item, "allowedRoutes"), "namespaces"), "from", "All");
}

static void put_listeners(const stack *s, mp_object *list)
{
    const mp_object *given = mp__get(mp__get(s->spec, "gateway"), "listeners");
    const mp_object *item = mp_object_is_list(given) ? mp_object_first(given) : NULL;

    if (!item)
        mp__put_listener(list, NULL, 80, NULL, "http");
    for (; item; item = mp_object_next(item)) {
        int64_t port = 80;

        (void)mp_object_int(mp__get(item, "port"), &port);
        mp__put_listener(list, mp__given(item, "name"), port, mp__given(item, "protocol"), "http");
    }
}

static void add_gateway(const stack *s)
{
    const mp__str system = MP__STR(MP__SYSTEM_NAMESPACE), name = MP__STR(GATEWAY);
    mp_object *object, *spec, *at;

    object = new_manifest(s, MP__STR("v1"), MP__STR("Namespace"), system, MP__STR(""));
    add(s, MP__STR("gateway-namespace"), object);
    object = new_manifest(s, MP__STR("gateway.envoyproxy.io/v1alpha1"), MP__STR("EnvoyProxy"), name,
                          system);
    at = mp__set_map(mp__set_map(object, "spec"), "provider");
    mp__set_lit(at, "type", "Kubernetes");
    add(s, MP__STR("gateway-proxy"), object);
    object = new_manifest(s, MP__STR("gateway.networking.k8s.io/v1"), MP__STR("GatewayClass"),
                          class_name(s), MP__STR(""));
    mp__set_lit(mp__set_map(object, "spec"), "controllerName",
                "gateway.envoyproxy.io/gatewayclass-controller");
    add(s, MP__STR("gateway-class"), object);
    object =
        new_manifest(s, MP__STR("gateway.networking.k8s.io/v1"), MP__STR("Gateway"), name, system);
    spec = mp__set_map(object, "spec");
    mp__set_str(spec, "gatewayClassName", class_name(s));
    at = mp__set_map(mp__set_map(spec, "infrastructure"), "parametersRef");
    mp__set_lit(at, "group", "gateway.envoyproxy.io");
    mp__set_lit(at, "kind", "EnvoyProxy");
    mp__set_lit(at, "name", GATEWAY);
    put_listeners(s, mp__set_list(spec, "listeners"));
    add(s, MP__STR("gateway"), object);
}

/* ---- the Dynamo stack ---- */

static void add_queue(const stack *s, mp__str key, mp__str name, mp__str parent)
{
    static const char *const kinds[] = { "cpu", "gpu", "memory" };
    mp_object *object =
        new_manifest(s, MP__STR("scheduling.run.ai/v2"), MP__STR("Queue"), name, MP__STR(""));
    mp_object *spec = mp__set_map(object, "spec"), *resources;

    if (parent.size > 0)
        mp__set_str(spec, "parentQueue", parent);
    resources = mp__set_map(spec, "resources");
    for (size_t i = 0; i < MP__COUNT(kinds); i++) {
        mp_object *at = mp_object_set_map(resources, kinds[i], MP_NTS);

        mp__set_int(at, "quota", -1);
        mp__set_int(at, "limit", -1);
        mp__set_int(at, "overQuotaWeight", 1);
    }
    add(s, key, object);
}

static mp_object *new_express(const stack *s, mp__str api_version, mp__str kind)
{
    return new_manifest(s, api_version, kind, MP__STR(MODEL_EXPRESS), MP__STR("default"));
}

static void put_express_role(mp_object *object)
{
    static const char *const verbs[] = { "get",    "list",  "watch", "create",
                                         "update", "patch", "delete" };
    mp_object *rule = mp_object_append_map(mp__set_list(object, "rules")), *at;

    append(mp__set_list(rule, "apiGroups"), "modelexpress.nvidia.com");
    append(mp__set_list(rule, "resources"), "*");
    at = mp__set_list(rule, "verbs");
    for (size_t i = 0; i < MP__COUNT(verbs); i++)
        append(at, verbs[i]);
}

static void put_express_binding(mp_object *object)
{
    mp_object *at = mp_object_append_map(mp__set_list(object, "subjects"));

    mp__set_lit(at, "kind", "ServiceAccount");
    mp__set_lit(at, "name", MODEL_EXPRESS);
    mp__set_lit(at, "namespace", "default");
    at = mp__set_map(object, "roleRef");
    mp__set_lit(at, "apiGroup", "rbac.authorization.k8s.io");
    mp__set_lit(at, "kind", "Role");
    mp__set_lit(at, "name", MODEL_EXPRESS);
}

static void put_express_pods(mp_object *object)
{
    mp_object *spec = mp__set_map(object, "spec"), *at;

    mp__set_int(spec, "replicas", 1);
    at = mp__set_map(mp__set_map(spec, "selector"), "matchLabels");
    mp__set_lit(at, "app", MODEL_EXPRESS);
    spec = mp__set_map(spec, "template");
    mp__set_lit(mp__set_map(mp__set_map(spec, "metadata"), "labels"), "app", MODEL_EXPRESS);
    spec = mp__set_map(spec, "spec");
    mp__set_lit(spec, "serviceAccountName", MODEL_EXPRESS);
    at = mp_object_append_map(mp__set_list(spec, "containers"));
    mp__set_lit(at, "name", MODEL_EXPRESS);
    mp__set_lit(at, "image", "nvcr.io/nvidia/ai-dynamo/" MODEL_EXPRESS ":0.4.1");
    at = mp_object_append_map(mp__set_list(at, "ports"));
    mp__set_lit(at, "name", "grpc");
    mp__set_int(at, "containerPort", 8001);
}

static void add_express(const stack *s)
{
    const mp__str rbac = MP__STR("rbac.authorization.k8s.io/v1");
    mp_object *object, *at;

    add(s, MP__STR(MODEL_EXPRESS "-sa"), new_express(s, MP__STR("v1"), MP__STR("ServiceAccount")));
    object = new_express(s, rbac, MP__STR("Role"));
    put_express_role(object);
    add(s, MP__STR(MODEL_EXPRESS "-role"), object);
    object = new_express(s, rbac, MP__STR("RoleBinding"));
    put_express_binding(object);
    add(s, MP__STR(MODEL_EXPRESS "-rolebinding"), object);
    object = new_express(s, MP__STR("apps/v1"), MP__STR("Deployment"));
    put_express_pods(object);
    mp__manifest_add(s->c, MP__STR(MODEL_EXPRESS), object, MP__READY_AVAILABLE);
    object = new_express(s, MP__STR("v1"), MP__STR("Service"));
    at = mp__set_map(object, "spec");
    mp__set_lit(mp__set_map(at, "selector"), "app", MODEL_EXPRESS);
    at = mp_object_append_map(mp__set_list(at, "ports"));
    mp__set_lit(at, "name", "grpc");
    mp__set_int(at, "port", 8001);
    mp__set_int(at, "targetPort", 8001);
    add(s, MP__STR(MODEL_EXPRESS "-svc"), object);
}

/* ---- the stack ---- */

void mp__compose_stack(const mp__composer *c, const mp_object *document, mp__str helm)
{
    const stack s = { c, mp__get(document, "spec"), helm };
    const mp_object *labels = mp__get(mp__get(document, "metadata"), "labels");
    const mp_object *fabric = mp__get(labels, MP__FABRIC_LABEL);
    const bool wanted[] = {
        [ALWAYS] = true,
        [STANDARD_ONLY] = !c->dynamo,
        [DYNAMO_ONLY] = c->dynamo,
        [WITH_EFA] = mp_object_string_is(fabric, MP__LIT("EFA")),
        [WITH_INFINIBAND] = mp_object_string_is(fabric, MP__LIT("InfiniBand")),
    };

    if (!c->v1)
        mp__add_inference_crds(c);
    for (size_t i = 0; i < MP__COUNT(charts); i++)
        if (wanted[charts[i].presence])
            add_chart(&s, &charts[i]);
    add_quota(&s);
    add_gateway(&s);
    if (!c->dynamo)
        return;
    add_queue(&s, MP__STR("kai-queue-root"), MP__STR("modelplane-root"), MP__STR(""));
    add_queue(&s, MP__STR("kai-queue"), MP__STR("modelplane"), MP__STR("modelplane-root"));
    add_express(&s);
}

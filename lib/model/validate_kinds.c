/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The schemas of the kinds of modelplane.ai/v1alpha1, as trees of constants.
 *
 * V2 is the shape of release line v0.3 (commit 90ba117d), V1 the shape of June 2026 (commit
 * 0f0c660d).  Where a block did not change it stands here once.  Of what came later, V2 has the
 * stack of a cluster, and of our own making the stage that encodes.  A field that the API server
 * fills with a default is not required, even where the schema of the API says so.
 *
 * One departure: a condition needs no lastTransitionTime, since this library writes conditions
 * itself and reads no clock.
 */
#include "validate_internal.h"

#define API_VERSION "modelplane.ai/v1alpha1"
#define MAX MP__UNBOUNDED

/* ---- words of the tables: the long name makes an initializer, the short one a schema ---- */

#define REQUIRED(name, schema)                                                                     \
    {                                                                                              \
        name, sizeof(name) - 1, true, schema                                                       \
    }
#define OPTIONAL(name, schema)                                                                     \
    {                                                                                              \
        name, sizeof(name) - 1, false, schema                                                      \
    }
#define TEXTS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define FIELDS(...)                                                                                \
    .fields = (const mp__field[])                                                                  \
    {                                                                                              \
        __VA_ARGS__,                                                                               \
        {                                                                                          \
            NULL, 0, false, NULL                                                                   \
        }                                                                                          \
    }

#define AS(...) (&(const mp__schema){ __VA_ARGS__ })
#define SIZED(type_, min_, max_) .type = (type_), .min = (min_), .max = (max_)
#define ANY AS(.type = MP__SCHEMA_ANY)
#define BOOL AS(.type = MP__SCHEMA_BOOL)
#define INT(min, max) AS(SIZED(MP__SCHEMA_INT, min, max))
#define STRING(min, max) AS(SIZED(MP__SCHEMA_STRING, min, max))
#define TEXT STRING(0, MAX)
#define CHOICE(...) AS(SIZED(MP__SCHEMA_STRING, 0, MAX), .choices = TEXTS(__VA_ARGS__))
#define LIST(min, max, item) AS(SIZED(MP__SCHEMA_LIST, min, max), .each = (item))
#define LIST_BY(key, min, max, item)                                                               \
    AS(SIZED(MP__SCHEMA_LIST, min, max), .each = (item), .keys = { key })
#define MAP(max, value) AS(SIZED(MP__SCHEMA_MAP, 0, max), .each = (value))
#define OBJECT(...) AS(SIZED(MP__SCHEMA_OBJECT, 0, MAX), FIELDS(__VA_ARGS__))
#define RULED_OBJECT(rule_, ...)                                                                   \
    AS(SIZED(MP__SCHEMA_OBJECT, 0, MAX), .rule = (rule_), FIELDS(__VA_ARGS__))
#define SCHEMA static const mp__schema
#define OBJECT_INIT(...)                                                                           \
    {                                                                                              \
        SIZED(MP__SCHEMA_OBJECT, 0, MAX), FIELDS(__VA_ARGS__)                                      \
    }

/* ---- what every kind has ---- */

SCHEMA any_time = { SIZED(MP__SCHEMA_STRING, 0, MAX), .form = &mp__form_time };
/* Tools written in Go write creationTimestamp: null. */
SCHEMA any_time_or_null = { SIZED(MP__SCHEMA_STRING, 0, MAX), .form = &mp__form_time,
                            .nullable = true };
SCHEMA object_name = { SIZED(MP__SCHEMA_STRING, 0, 63), .form = &mp__form_name };
SCHEMA namespace_name = { SIZED(MP__SCHEMA_STRING, 0, 63), .form = &mp__form_namespace };
SCHEMA label_value = { SIZED(MP__SCHEMA_STRING, 0, 63), .form = &mp__form_label_value };
SCHEMA labels = { SIZED(MP__SCHEMA_MAP, 0, MAX), .form = &mp__form_label_key,
                  .each = &label_value };
SCHEMA annotations = { SIZED(MP__SCHEMA_MAP, 0, MAX), .form = &mp__form_annotation_key,
                       .each = TEXT };
SCHEMA finalizers = { SIZED(MP__SCHEMA_LIST, 0, MAX), .distinct = true, .each = STRING(1, MAX) };

SCHEMA metadata = {
    SIZED(MP__SCHEMA_OBJECT, 0, MAX),
    .rule = mp__rule_metadata,
    FIELDS(OPTIONAL("name", &object_name), OPTIONAL("namespace", &namespace_name),
           OPTIONAL("generateName", TEXT), OPTIONAL("labels", &labels),
           OPTIONAL("annotations", &annotations), OPTIONAL("uid", TEXT),
           OPTIONAL("generation", INT(INT64_MIN, MAX)), OPTIONAL("resourceVersion", TEXT),
           OPTIONAL("selfLink", TEXT), OPTIONAL("creationTimestamp", &any_time_or_null),
           OPTIONAL("deletionTimestamp", &any_time),
           OPTIONAL("deletionGracePeriodSeconds", INT(INT64_MIN, MAX)),
           OPTIONAL("finalizers", &finalizers),
           OPTIONAL(
               "ownerReferences",
               LIST_BY("uid", 0, MAX,
                       OBJECT(REQUIRED("apiVersion", TEXT), REQUIRED("kind", TEXT),
                              REQUIRED("name", TEXT), REQUIRED("uid", TEXT),
                              OPTIONAL("controller", BOOL), OPTIONAL("blockOwnerDeletion", BOOL)))),
           OPTIONAL("managedFields",
                    LIST(0, MAX,
                         OBJECT(OPTIONAL("apiVersion", TEXT), OPTIONAL("fieldsType", TEXT),
                                OPTIONAL("fieldsV1", MAP(MAX, ANY)), OPTIONAL("manager", TEXT),
                                OPTIONAL("operation", TEXT), OPTIONAL("subresource", TEXT),
                                OPTIONAL("time", &any_time))))),
};

#define NAME_ONLY OBJECT(REQUIRED("name", TEXT))
#define MATCH_LABELS_ONLY OBJECT(REQUIRED("matchLabels", MAP(MAX, TEXT)))

/* What Crossplane adds to the spec of its composite resources.  Those of a namespace refer to
 * resources of that namespace. */
#define CROSSPLANE_OF(...)                                                                         \
    OBJECT_INIT(                                                                                   \
        OPTIONAL("compositionRef", NAME_ONLY), OPTIONAL("compositionSelector", MATCH_LABELS_ONLY), \
        OPTIONAL("compositionRevisionRef", NAME_ONLY),                                             \
        OPTIONAL("compositionRevisionSelector", MATCH_LABELS_ONLY),                                \
        OPTIONAL("compositionUpdatePolicy", CHOICE("Automatic", "Manual")),                        \
        OPTIONAL("resourceRefs",                                                                   \
                 LIST(0, MAX,                                                                      \
                      OBJECT(REQUIRED("apiVersion", TEXT), REQUIRED("kind", TEXT), __VA_ARGS__))))
SCHEMA crossplane = CROSSPLANE_OF(OPTIONAL("name", TEXT));
SCHEMA crossplane_wide = CROSSPLANE_OF(OPTIONAL("name", TEXT), OPTIONAL("namespace", TEXT));

SCHEMA conditions = {
    SIZED(MP__SCHEMA_LIST, 0, MAX),
    .keys = { "type" },
    .each = OBJECT(REQUIRED("type", TEXT), REQUIRED("status", TEXT), REQUIRED("reason", TEXT),
                   OPTIONAL("message", TEXT), OPTIONAL("lastTransitionTime", &any_time),
                   OPTIONAL("observedGeneration", INT(INT64_MIN, MAX))),
};

#define DOCUMENT(spec, status)                                                                     \
    OBJECT_INIT(REQUIRED("apiVersion", TEXT), REQUIRED("kind", TEXT),                              \
                REQUIRED("metadata", &metadata), REQUIRED("spec", spec),                           \
                OPTIONAL("status", status))
#define CONDITIONS OPTIONAL("conditions", &conditions)
#define CROSSPLANE OPTIONAL("crossplane", &crossplane)           /* of namespaced kinds */
#define CROSSPLANE_WIDE OPTIONAL("crossplane", &crossplane_wide) /* of cluster-scoped kinds */
#define STATUS_OF_CONDITIONS OBJECT(CONDITIONS)

/* ---- InferenceClass ---- */

SCHEMA accelerator = OBJECT_INIT(REQUIRED("type", STRING(1, 63)), REQUIRED("count", INT(1, 16)));
#define DISK_SIZE OPTIONAL("diskSizeGb", INT(10, MAX))
#define ACCELERATOR REQUIRED("accelerator", &accelerator)
SCHEMA gke_nodes = OBJECT_INIT(REQUIRED("machineType", STRING(1, MAX)), DISK_SIZE, ACCELERATOR);
SCHEMA eks_nodes = OBJECT_INIT(REQUIRED("instanceType", STRING(1, MAX)), DISK_SIZE, ACCELERATOR);
SCHEMA aks_nodes = OBJECT_INIT(REQUIRED("vmSize", STRING(1, MAX)), DISK_SIZE, ACCELERATOR);
SCHEMA nebius_nodes =
    OBJECT_INIT(REQUIRED("platform", STRING(1, 63)), REQUIRED("preset", STRING(1, 63)), DISK_SIZE,
                OPTIONAL("driversPreset", STRING(1, 63)), ACCELERATOR);
SCHEMA vultr_nodes = OBJECT_INIT(REQUIRED("plan", STRING(1, 63)), ACCELERATOR);

#define ATTRIBUTE_FIELDS                                                                           \
    OPTIONAL("string", STRING(0, 253)), OPTIONAL("version", STRING(0, 32)),                        \
        OPTIONAL("bool", BOOL), OPTIONAL("int", INT(INT64_MIN, MAX))
#define CAPACITIES(min) OPTIONAL("capacity", MAP(32, OBJECT(REQUIRED("value", STRING(min, 32)))))

SCHEMA class_devices = {
    SIZED(MP__SCHEMA_LIST, 1, 16),
    .keys = { "name" },
    .each = RULED_OBJECT(
        mp__rule_device, REQUIRED("name", STRING(1, 63)),
        OPTIONAL("claim", CHOICE("DRA", "Synthetic")), REQUIRED("driver", STRING(1, 253)),
        OPTIONAL("deviceClassName", STRING(1, 253)), OPTIONAL("count", INT(1, 64)),
        OPTIONAL("attributes", MAP(32, RULED_OBJECT(mp__rule_attribute, ATTRIBUTE_FIELDS))),
        CAPACITIES(1)),
};

SCHEMA class_v2 = DOCUMENT(
    OBJECT(
        OPTIONAL("description", TEXT),
        OPTIONAL("provisioning",
                 RULED_OBJECT(mp__rule_provisioning,
                              REQUIRED("provider", CHOICE("GKE", "EKS", "AKS", "Nebius", "Vultr")),
                              OPTIONAL("gke", &gke_nodes), OPTIONAL("eks", &eks_nodes),
                              OPTIONAL("aks", &aks_nodes), OPTIONAL("nebius", &nebius_nodes),
                              OPTIONAL("vultr", &vultr_nodes))),
        REQUIRED("devices", &class_devices), CROSSPLANE_WIDE),
    STATUS_OF_CONDITIONS);
SCHEMA class_v1 =
    DOCUMENT(OBJECT(OPTIONAL("description", TEXT),
                    OPTIONAL("provisioning",
                             OBJECT(REQUIRED("provider", CHOICE("GKE", "EKS")),
                                    OPTIONAL("gke", &gke_nodes), OPTIONAL("eks", &eks_nodes))),
                    REQUIRED("devices", &class_devices), CROSSPLANE_WIDE),
             STATUS_OF_CONDITIONS);

/* ---- InferenceCluster ---- */

SCHEMA kubeconfig_ref =
    OBJECT_INIT(REQUIRED("name", STRING(1, 253)), OPTIONAL("key", STRING(1, 253)));
SCHEMA provider_ref =
    OBJECT_INIT(OPTIONAL("type", CHOICE("ProviderConfig", "ClusterProviderConfig")),
                OPTIONAL("name", STRING(1, 253)));
#define MANAGED OPTIONAL("kubernetesVersion", TEXT), OPTIONAL("credentials", &provider_ref)
#define REGION REQUIRED("region", STRING(1, 32))
#define CACHE_CLASS(max) OPTIONAL("cache", OBJECT(OPTIONAL("storageClassName", STRING(1, max))))

SCHEMA source_v2 = {
    SIZED(MP__SCHEMA_OBJECT, 0, MAX),
    .rule = mp__rule_cluster_source,
    FIELDS(REQUIRED("source", CHOICE("GKE", "EKS", "AKS", "Nebius", "Vultr", "Existing")),
           OPTIONAL(
               "existing",
               OBJECT(REQUIRED("secretRef", &kubeconfig_ref),
                      OPTIONAL("identitySecretRef",
                               OBJECT(REQUIRED("name", STRING(1, 253)),
                                      OPTIONAL("key", STRING(1, 253)),
                                      OPTIONAL("type", CHOICE("GoogleApplicationCredentials",
                                                              "AWSWebIdentityCredentials",
                                                              "NebiusServiceAccountCredentials")))),
                      CACHE_CLASS(253))),
           OPTIONAL("gke", OBJECT(REGION, MANAGED)), OPTIONAL("eks", OBJECT(REGION, MANAGED)),
           OPTIONAL("aks", OBJECT(REQUIRED("location", STRING(1, 32)), MANAGED)),
           OPTIONAL("nebius", OBJECT(MANAGED)), OPTIONAL("vultr", OBJECT(REGION, MANAGED))),
};
SCHEMA source_v1 = OBJECT_INIT(
    REQUIRED("source", CHOICE("GKE", "EKS", "Existing")),
    OPTIONAL("existing", OBJECT(REQUIRED("secretRef", &kubeconfig_ref),
                                OPTIONAL("identitySecretRef", &kubeconfig_ref), CACHE_CLASS(MAX))),
    OPTIONAL("gke", OBJECT(REQUIRED("project", STRING(6, 30)), REGION,
                           OPTIONAL("kubernetesVersion", TEXT), CACHE_CLASS(MAX))),
    OPTIONAL("eks", OBJECT(REGION, OPTIONAL("kubernetesVersion", TEXT), CACHE_CLASS(MAX))));

SCHEMA taints = {
    SIZED(MP__SCHEMA_LIST, 0, MAX),
    .keys = { "key", "effect" },
    .each = OBJECT(REQUIRED("key", STRING(1, MAX)), OPTIONAL("value", TEXT),
                   REQUIRED("effect", CHOICE("NoSchedule", "NoExecute"))),
};
SCHEMA reservation = { SIZED(MP__SCHEMA_STRING, 4, 64), .form = &mp__form_reservation };
SCHEMA infiniband = { SIZED(MP__SCHEMA_OBJECT, 0, MAX), .rule = mp__rule_infiniband,
                      FIELDS(REQUIRED("fabric", STRING(1, 63))) };

#define POOL_FIELDS                                                                                \
    REQUIRED("name", STRING(0, 40)), REQUIRED("className", STRING(1, 253)),                        \
        OPTIONAL("nodeCount", INT(0, MAX)), OPTIONAL("minNodeCount", INT(0, MAX)),                 \
        OPTIONAL("maxNodeCount", INT(1, MAX)), OPTIONAL("zones", LIST(0, MAX, TEXT))
#define POOLS(...) OPTIONAL("nodePools", LIST_BY("name", 1, 8, OBJECT(__VA_ARGS__)))

SCHEMA status_devices = {
    SIZED(MP__SCHEMA_LIST, 0, 16),
    .keys = { "name" },
    .each = OBJECT(REQUIRED("name", STRING(0, 63)), OPTIONAL("claim", CHOICE("DRA", "Synthetic")),
                   REQUIRED("driver", STRING(0, 253)), OPTIONAL("deviceClassName", STRING(0, 253)),
                   OPTIONAL("count", INT(INT64_MIN, MAX)),
                   OPTIONAL("attributes", MAP(32, OBJECT(ATTRIBUTE_FIELDS))), CAPACITIES(0)),
};
#define CLUSTER_STATUS_FIELDS                                                                      \
    CONDITIONS, OPTIONAL("namespace", TEXT),                                                       \
        OPTIONAL("providerConfigRef", OBJECT(OPTIONAL("name", TEXT))),                             \
        OPTIONAL("gateway", OBJECT(OPTIONAL("address", TEXT))),                                    \
        OPTIONAL("gpuPools",                                                                       \
                 LIST_BY("name", 0, 8,                                                             \
                         OBJECT(REQUIRED("name", TEXT), OPTIONAL("nodes", INT(INT64_MIN, MAX)),    \
                                OPTIONAL("devices", &status_devices))))
SCHEMA cluster_status_v2 = OBJECT_INIT(
    CLUSTER_STATUS_FIELDS, OPTIONAL("cache", OBJECT(OPTIONAL("storageClassName", STRING(0, 253)))));
SCHEMA cluster_status_v1 = OBJECT_INIT(CLUSTER_STATUS_FIELDS);

SCHEMA stack = { SIZED(MP__SCHEMA_STRING, 0, MAX), .choices = TEXTS("Standard", "Dynamo"),
                 .rule = mp__rule_stack };

SCHEMA cluster_v2 = DOCUMENT(
    RULED_OBJECT(
        mp__rule_cluster, REQUIRED("cluster", &source_v2), OPTIONAL("taints", &taints),
        OPTIONAL("stack", &stack),
        POOLS(POOL_FIELDS,
              OPTIONAL("capacityBlock", OBJECT(REQUIRED("capacityReservationId", &reservation))),
              OPTIONAL("fabric", RULED_OBJECT(mp__rule_fabric,
                                              OPTIONAL("type", CHOICE("None", "EFA", "InfiniBand")),
                                              OPTIONAL("infiniband", &infiniband)))),
        CROSSPLANE_WIDE),
    &cluster_status_v2);
SCHEMA cluster_v1 =
    DOCUMENT(OBJECT(REQUIRED("cluster", &source_v1), POOLS(POOL_FIELDS), CROSSPLANE_WIDE),
             &cluster_status_v1);

/* ---- members of engines, in deployments and replicas ---- */

SCHEMA pod_labels_v2 = {
    SIZED(MP__SCHEMA_MAP, 0, 32),
    .each = AS(SIZED(MP__SCHEMA_STRING, 0, 63), .rule = mp__rule_member_label),
};
SCHEMA pod_annotations_v2 = {
    SIZED(MP__SCHEMA_MAP, 0, 32),
    .each = AS(SIZED(MP__SCHEMA_STRING, 0, 8192), .rule = mp__rule_member_annotation),
};
SCHEMA key_ref =
    OBJECT_INIT(REQUIRED("name", TEXT), REQUIRED("key", TEXT), OPTIONAL("optional", BOOL));
#define KEY_REFS OPTIONAL("secretKeyRef", &key_ref), OPTIONAL("configMapKeyRef", &key_ref)
#define FIELD_REF                                                                                  \
    OPTIONAL("fieldRef", OBJECT(REQUIRED("fieldPath", TEXT), OPTIONAL("apiVersion", TEXT)))

/* A pod template whose values come from the given references. */
#define POD_TEMPLATE(labels_, annotations_, ...)                                                   \
    OBJECT_INIT(                                                                                   \
        OPTIONAL("metadata",                                                                       \
                 OBJECT(OPTIONAL("labels", labels_), OPTIONAL("annotations", annotations_))),      \
        OPTIONAL("spec",                                                                           \
                 OBJECT(REQUIRED("containers",                                                     \
                                 AS(SIZED(MP__SCHEMA_LIST, 1, 1), .relaxed_max = MAX,              \
                                    .rule = mp__rule_containers,                                   \
                                    .each = OBJECT(REQUIRED("name", STRING(1, MAX)),               \
                                                   REQUIRED("image", STRING(1, MAX)),              \
                                                   OPTIONAL("command", LIST(0, MAX, TEXT)),        \
                                                   OPTIONAL("args", LIST(0, MAX, TEXT)),           \
                                                   OPTIONAL("env", ENV(__VA_ARGS__))))),           \
                        OPTIONAL("imagePullSecrets", LIST(0, MAX, NAME_ONLY)))))
#define ENV(...)                                                                                   \
    LIST(0, MAX,                                                                                   \
         OBJECT(REQUIRED("name", TEXT), OPTIONAL("value", TEXT),                                   \
                OPTIONAL("valueFrom", OBJECT(__VA_ARGS__))))

SCHEMA pod_template_v2 = POD_TEMPLATE(&pod_labels_v2, &pod_annotations_v2, KEY_REFS, FIELD_REF);
SCHEMA pod_template_v1 = POD_TEMPLATE(MAP(MAX, TEXT), MAP(MAX, TEXT), KEY_REFS);

#define ROLE OPTIONAL("role", CHOICE("Standalone", "Leader", "Worker"))
#define WORKER_FIELDS FIELDS(REQUIRED("nodes", INT(1, 63)))
SCHEMA worker = { SIZED(MP__SCHEMA_OBJECT, 0, MAX), .rule = mp__rule_worker, WORKER_FIELDS };
SCHEMA worker_anywhere = { SIZED(MP__SCHEMA_OBJECT, 0, MAX), WORKER_FIELDS };
SCHEMA selector = { SIZED(MP__SCHEMA_OBJECT, 1, MAX), FIELDS(OPTIONAL("cel", STRING(1, 10240))) };
#define SELECTORS(min) LIST(min, 8, &selector)
#define PHASE                                                                                      \
    OPTIONAL("phase", AS(SIZED(MP__SCHEMA_STRING, 0, MAX),                                         \
                         .choices = TEXTS("Prefill", "Decode", "Encode"), .rule = mp__rule_phase))
#define ENGINE_FIELDS REQUIRED("name", STRING(1, 63)), OPTIONAL("copies", INT(1, 64))
#define ENGINES(rule_, ...)                                                                        \
    REQUIRED("engines", AS(SIZED(MP__SCHEMA_LIST, 1, 8), .rule = (rule_), .keys = { "name" },      \
                           .each = OBJECT(ENGINE_FIELDS, __VA_ARGS__)))
#define MEMBERS(rule_, ...)                                                                        \
    REQUIRED("members",                                                                            \
             AS(SIZED(MP__SCHEMA_LIST, 1, 2), .rule = (rule_), .each = OBJECT(ROLE, __VA_ARGS__)))
#define SERVING                                                                                    \
    OPTIONAL("serving",                                                                            \
             OBJECT(OPTIONAL("mode", CHOICE("Unified", "PrefillDecode", "EncodePrefillDecode"))))
#define CACHE_REF OPTIONAL("modelCacheRef", OBJECT(REQUIRED("name", STRING(1, MAX))))
#define CLUSTER_SELECTOR                                                                           \
    OPTIONAL("clusterSelector", OBJECT(OPTIONAL("matchLabels", MAP(MAX, TEXT))))

/* ---- ModelDeployment ---- */

SCHEMA node_selector = OBJECT_INIT(REQUIRED(
    "devices", LIST_BY("name", 1, 16,
                       OBJECT(REQUIRED("name", STRING(1, 63)), OPTIONAL("count", INT(1, 64)),
                              REQUIRED("selectors", SELECTORS(1))))));
#define DEPLOYMENT_MEMBERS(pod_template)                                                           \
    MEMBERS(mp__rule_deployment_members, OPTIONAL("nodeSelector", &node_selector),                 \
            OPTIONAL("worker", &worker), REQUIRED("template", pod_template))
#define REPLICAS REQUIRED("replicas", INT(1, 10))

SCHEMA tolerations = {
    SIZED(MP__SCHEMA_LIST, 0, MAX),
    .each = RULED_OBJECT(
        mp__rule_toleration, OPTIONAL("key", TEXT), OPTIONAL("operator", CHOICE("Exists", "Equal")),
        OPTIONAL("value", AS(SIZED(MP__SCHEMA_STRING, 0, MAX), .rule = mp__rule_toleration_value)),
        OPTIONAL("effect", CHOICE("NoSchedule", "NoExecute"))),
};
SCHEMA replica_labels = {
    SIZED(MP__SCHEMA_MAP, 0, 32),
    .each = AS(SIZED(MP__SCHEMA_STRING, 0, 63), .rule = mp__rule_replica_label),
};
SCHEMA deployment_status =
    OBJECT_INIT(CONDITIONS, OPTIONAL("replicas", OBJECT(OPTIONAL("total", INT(INT64_MIN, MAX)),
                                                        OPTIONAL("ready", INT(INT64_MIN, MAX)))));

SCHEMA deployment_v2 = DOCUMENT(
    OBJECT(
        REPLICAS,
        REQUIRED("template",
                 OBJECT(OPTIONAL("metadata", OBJECT(OPTIONAL("labels", &replica_labels))),
                        REQUIRED("spec", OBJECT(CLUSTER_SELECTOR, CACHE_REF, SERVING,
                                                OPTIONAL("tolerations", &tolerations),
                                                ENGINES(mp__rule_engines, PHASE,
                                                        DEPLOYMENT_MEMBERS(&pod_template_v2)))))),
        CROSSPLANE),
    &deployment_status);
SCHEMA deployment_v1 =
    DOCUMENT(OBJECT(REPLICAS, CLUSTER_SELECTOR, CACHE_REF,
                    ENGINES(NULL, DEPLOYMENT_MEMBERS(&pod_template_v1)), CROSSPLANE),
             &deployment_status);

/* ---- ModelReplica ---- */

SCHEMA device_requests = {
    SIZED(MP__SCHEMA_LIST, 1, 16),
    .keys = { "name" },
    .each = OBJECT(REQUIRED("name", STRING(1, 63)), REQUIRED("deviceClassName", STRING(1, 253)),
                   OPTIONAL("count", INT(1, 64)), OPTIONAL("selectors", SELECTORS(0))),
};
#define REPLICA_MEMBERS(rule, worker_, pod_template)                                               \
    MEMBERS(rule, REQUIRED("nodePoolName", STRING(1, MAX)),                                        \
            OPTIONAL("deviceRequests", &device_requests), OPTIONAL("worker", worker_),             \
            REQUIRED("template", pod_template))
#define CLUSTER_NAME REQUIRED("clusterName", STRING(1, MAX))

SCHEMA replica_v2 =
    DOCUMENT(OBJECT(CLUSTER_NAME, CACHE_REF, SERVING,
                    ENGINES(mp__rule_engines, PHASE,
                            REPLICA_MEMBERS(mp__rule_replica_members, &worker, &pod_template_v2)),
                    CROSSPLANE),
             STATUS_OF_CONDITIONS);
SCHEMA replica_v1 =
    DOCUMENT(OBJECT(CLUSTER_NAME, CACHE_REF,
                    ENGINES(NULL, REPLICA_MEMBERS(mp__rule_replica_requests, &worker_anywhere,
                                                  &pod_template_v1)),
                    CROSSPLANE),
             STATUS_OF_CONDITIONS);

/* ---- ModelService, ModelEndpoint, ModelCache, InferenceGateway ---- */

#define ENDPOINTS(...)                                                                             \
    REQUIRED("endpoints",                                                                          \
             LIST(1, MAX, OBJECT(REQUIRED("selector", MATCH_LABELS_ONLY), __VA_ARGS__)))
#define ADDRESS_STATUS OBJECT(OPTIONAL("address", TEXT), CONDITIONS)
SCHEMA service_v2 =
    DOCUMENT(OBJECT(ENDPOINTS(OPTIONAL("weight", INT(1, 1000000))), CROSSPLANE), ADDRESS_STATUS);
SCHEMA service_v1 = DOCUMENT(
    OBJECT(REQUIRED("endpoints", LIST(1, MAX, OBJECT(REQUIRED("selector", MATCH_LABELS_ONLY)))),
           CROSSPLANE),
    ADDRESS_STATUS);

SCHEMA endpoint =
    DOCUMENT(OBJECT(REQUIRED("url", STRING(1, MAX)), OPTIONAL("rewritePath", TEXT), CROSSPLANE),
             OBJECT(OPTIONAL("routing", OBJECT(OPTIONAL("backendName", TEXT))), CONDITIONS));

SCHEMA cache = DOCUMENT(
    RULED_OBJECT(mp__rule_cache_source, REQUIRED("source", CHOICE("HuggingFace")),
                 OPTIONAL("huggingFace",
                          OBJECT(REQUIRED("repo", STRING(1, MAX)), OPTIONAL("revision", TEXT),
                                 OPTIONAL("authSecret", OBJECT(REQUIRED("name", STRING(1, MAX)),
                                                               OPTIONAL("key", TEXT))),
                                 REQUIRED("sizeGiB", INT(1, 100000)))),
                 CLUSTER_SELECTOR, CROSSPLANE),
    OBJECT(CONDITIONS, OPTIONAL("summary", OBJECT(OPTIONAL("ready", TEXT))),
           OPTIONAL("clusters", LIST(0, MAX,
                                     OBJECT(REQUIRED("name", TEXT),
                                            OPTIONAL("phase", CHOICE("Pending", "Hydrating",
                                                                     "Ready", "Failed")),
                                            OPTIONAL("message", TEXT))))));

#define TRAEFIK_FIELDS                                                                             \
    REQUIRED("version", TEXT), OPTIONAL("loadBalancer", CHOICE("MetalLB")),                        \
        OPTIONAL("metallb", OBJECT(REQUIRED("addressPool", TEXT)))
#define BACKEND REQUIRED("backend", CHOICE("Traefik"))
SCHEMA gateway_v2 =
    DOCUMENT(RULED_OBJECT(mp__rule_gateway_backend, BACKEND,
                          OPTIONAL("traefik", RULED_OBJECT(mp__rule_load_balancer, TRAEFIK_FIELDS)),
                          CROSSPLANE_WIDE),
             ADDRESS_STATUS);
SCHEMA gateway_v1 = DOCUMENT(
    OBJECT(BACKEND, OPTIONAL("traefik", OBJECT(TRAEFIK_FIELDS)), CROSSPLANE_WIDE), ADDRESS_STATUS);

/* ---- which schema ---- */

static const struct kind {
    const char *name;
    const mp__schema *v1, *v2;
} kinds[] = {
    { "InferenceClass", &class_v1, &class_v2 },
    { "InferenceCluster", &cluster_v1, &cluster_v2 },
    { "InferenceGateway", &gateway_v1, &gateway_v2 },
    { "ModelCache", &cache, &cache },
    { "ModelDeployment", &deployment_v1, &deployment_v2 },
    { "ModelEndpoint", &endpoint, &endpoint },
    { "ModelReplica", &replica_v1, &replica_v2 },
    { "ModelService", &service_v1, &service_v2 },
};

static const struct kind *find_kind(const mp_object *document)
{
    const mp_object *name = mp__get(document, "kind");

    if (!mp_object_string_is(mp__get(document, "apiVersion"), MP__LIT(API_VERSION)))
        return NULL;
    for (size_t i = 0; i < MP__COUNT(kinds); i++) {
        if (mp_object_string_is(name, kinds[i].name, MP_NTS))
            return &kinds[i];
    }
    return NULL;
}

bool mp_document_known(const mp_object *document)
{
    return find_kind(document) != NULL;
}

/* The newer shape takes whatever the older one of a kind holds, but for deployments, where the
 * engines moved. */
static bool is_v1(const mp_object *document, mp_shape shape)
{
    const mp_object *spec = mp__get(document, "spec");

    if (shape != MP_SHAPE_AUTO)
        return shape == MP_SHAPE_V1;
    return mp_object_string_is(mp__get(document, "kind"), MP__LIT("ModelDeployment")) &&
           mp__get(spec, "engines") && !mp__get(spec, "template");
}

const mp__schema *mp__schema_of(const mp_object *document, mp_shape shape, mp_error *err)
{
    const struct kind *kind = find_kind(document);

    if (!kind) {
        mp__fail_at(err, MP_ENOENT, mp_object_offset(document), mp_object_line(document), 0,
                    "no rules are known for this apiVersion and kind");
        return NULL;
    }
    return is_v1(document, shape) ? kind->v1 : kind->v2;
}

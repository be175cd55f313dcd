/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ModelReplica becomes the objects of its workload cluster.
 *
 * Fixtures: data/compose/NAME.json is the replica, NAME.want.json the map of bare manifests, equal
 * with the same keys, values and order.
 */
#include "mp_test.h"
#include <modelplane/compose.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "data/compose/"

static const char *const names[] = {
    "standalone",     "gang-cache", "claimless-leader",      "two-standalone",
    "prefill-decode", "own-fields", "encode-prefill-decode",
};
#define NAMES (sizeof names / sizeof *names)

static const struct {
    const char *replica, *want;
    mp_shape shape;
    mp_routing routing;
    mp_stack stack;
} trees[] = {
    { "standalone", "standalone.want", MP_SHAPE_AUTO, 0, 0 },
    { "gang-cache", "gang-cache.want", MP_SHAPE_V2, 0, 0 },
    { "gang-cache", "gang-cache.v1.want", MP_SHAPE_V1, 0, 0 },
    { "claimless-leader", "claimless-leader.want", MP_SHAPE_AUTO, 0, 0 },
    { "two-standalone", "two-standalone.want", MP_SHAPE_AUTO, 0, 0 },
    { "prefill-decode", "prefill-decode.want", MP_SHAPE_AUTO, 0, 0 },
    { "own-fields", "own-fields.want", MP_SHAPE_AUTO, 0, 0 },
    { "standalone", "standalone.pool.want", MP_SHAPE_AUTO, MP_ROUTING_POOL, 0 },
    { "standalone", "standalone.want", MP_SHAPE_AUTO, MP_ROUTING_SERVICE, 0 },
    { "gang-cache", "gang-cache.v1.want", MP_SHAPE_V1, MP_ROUTING_POOL, MP_STACK_DYNAMO },
    { "gang-cache", "gang-cache.dynamo.want", MP_SHAPE_AUTO, 0, MP_STACK_DYNAMO },
    { "prefill-decode", "prefill-decode.want", MP_SHAPE_V2, MP_ROUTING_SERVICE, 0 },
    { "encode-prefill-decode", "encode-prefill-decode.want", MP_SHAPE_AUTO, 0, 0 },
};

static mp_doc *load(const char *name)
{
    char below[128];
    size_t size;
    char *text;
    mp_doc *doc;
    mp_error err;

    snprintf(below, sizeof below, FOLDER "%s.json", name);
    text = mp_test_read(mp_test_path(below), &size);
    ck_assert_msg(text != NULL, "cannot read %s", below);
    ck_assert_msg(mp_json_read(NULL, text, size, NULL, &doc, &err) == MP_OK, "%s: %s", below,
                  err.text);
    free(text);
    return doc;
}

static mp_compose_opts bare_opts(mp_shape shape)
{
    mp_compose_opts opts = MP_COMPOSE_OPTS_INIT;

    opts.bare = true;
    opts.shape = shape;
    return opts;
}

static mp_doc *compose(const mp_doc *replica, const mp_compose_opts *opts)
{
    mp_doc *out;
    mp_error err;
    mp_status st = mp_compose_replica(NULL, mp_doc_root(replica), opts, &out, &err);

    ck_assert_msg(st == MP_OK, "%s: %s", err.path, err.text);
    ck_assert_int_eq(mp_doc_status(out), MP_OK);
    return out;
}

static mp_text json(const mp_object *node)
{
    mp_text text;

    ck_assert_int_eq(mp_json_text(NULL, node, 0, &text, NULL), MP_OK);
    return text;
}

#define GET(map, key) mp_object_get((map), (key), MP_NTS)

START_TEST(example_trees)
{
    mp_compose_opts opts = bare_opts(trees[_i].shape);
    mp_doc *replica = load(trees[_i].replica);
    mp_doc *want = load(trees[_i].want);
    mp_doc *got;

    opts.routing = trees[_i].routing;
    opts.stack = trees[_i].stack;
    got = compose(replica, &opts);
    if (!mp_object_identical(mp_doc_root(got), mp_doc_root(want))) {
        mp_text text = json(mp_doc_root(got));

        mp_test_note("composed: %s", text.data);
        mp_text_fini(&text);
        ck_abort_msg("%s differs", trees[_i].want);
    }
    mp_doc_free(got);
    mp_doc_free(want);
    mp_doc_free(replica);
}
END_TEST

/* ---- the provider Object ---- */

static const char query[] = "has(object.status.conditions) && object.status.conditions.exists(c, "
                            "c.type == \"Available\" && c.status == \"True\")";

static void check_object(const mp_object *object, const mp_object *manifest)
{
    const mp_object *spec = GET(object, "spec");
    const mp_object *readiness = GET(spec, "readiness");
    const char *kind = mp_object_string(GET(manifest, "kind"), NULL);
    bool workload = strcmp(kind, "Deployment") == 0 || strcmp(kind, "LeaderWorkerSet") == 0;

    ck_assert(mp_object_string_is(GET(object, "apiVersion"), "kubernetes.m.crossplane.io/v1alpha1",
                                  MP_NTS));
    ck_assert(mp_object_string_is(GET(object, "kind"), "Object", MP_NTS));
    ck_assert(mp_object_identical(GET(GET(spec, "forProvider"), "manifest"), manifest));
    ck_assert_uint_eq(mp_object_size(GET(spec, "providerConfigRef")), 2);
    ck_assert(mp_object_string_is(GET(GET(spec, "providerConfigRef"), "kind"),
                                  "ClusterProviderConfig", MP_NTS));
    ck_assert(
        mp_object_string_is(GET(GET(spec, "providerConfigRef"), "name"), "east-1-cfg", MP_NTS));
    ck_assert_uint_eq(mp_object_size(readiness), workload ? 2 : 1);
    ck_assert(mp_object_string_is(GET(readiness, "policy"),
                                  workload ? "DeriveFromCelQuery" : "SuccessfulCreate", MP_NTS));
    if (workload)
        ck_assert_str_eq(mp_object_string(GET(readiness, "celQuery"), NULL), query);
}

START_TEST(wraps_in_provider_objects)
{
    mp_compose_opts opts = bare_opts(MP_SHAPE_AUTO);
    mp_doc *replica = load(names[_i]);
    mp_doc *bare = compose(replica, &opts);
    mp_doc *wrapped;
    const mp_object *manifest = mp_object_first(mp_doc_root(bare));
    const mp_object *object;

    opts.bare = false;
    opts.provider_config = "east-1-cfg";
    opts.provider_config_size = MP_NTS;
    wrapped = compose(replica, &opts);
    ck_assert_uint_eq(mp_object_size(mp_doc_root(wrapped)), mp_object_size(mp_doc_root(bare)));
    for (object = mp_object_first(mp_doc_root(wrapped)); object != NULL;
         object = mp_object_next(object)) {
        ck_assert_str_eq(mp_object_key(object, NULL), mp_object_key(manifest, NULL));
        ck_assert_uint_eq(mp_object_size(object), 3); /* apiVersion, kind, spec: no metadata */
        check_object(object, manifest);
        manifest = mp_object_next(manifest);
    }
    mp_doc_free(wrapped);
    mp_doc_free(bare);
    mp_doc_free(replica);
}
END_TEST

START_TEST(names_objects_when_asked)
{
    mp_compose_opts opts = MP_COMPOSE_OPTS_INIT;
    mp_doc *replica = load("standalone");
    const char *parts[] = { "chat-3e6a5", "model-serving-web" };
    const mp_object *metadata;
    mp_doc *out;
    mp_text name;

    opts.provider_config = "east-1-cfg";
    opts.provider_config_size = MP_NTS;
    opts.named = true;
    out = compose(replica, &opts);
    metadata = GET(GET(mp_doc_root(out), "model-serving-web"), "metadata");
    ck_assert_int_eq(mp_child_name(NULL, parts, NULL, 2, &name, NULL), MP_OK);
    ck_assert_str_eq(mp_object_string(GET(metadata, "name"), NULL), name.data);
    ck_assert_str_eq(mp_object_string(GET(metadata, "namespace"), NULL), "team-a");
    mp_text_fini(&name);
    mp_doc_free(out);
    mp_doc_free(replica);
}
END_TEST

START_TEST(objects_need_a_provider_config)
{
    mp_doc *replica = load("standalone");
    mp_doc *out;
    mp_error err;

    ck_assert_int_eq(mp_compose_replica(NULL, mp_doc_root(replica), NULL, &out, &err), MP_EINVAL);
    ck_assert_ptr_null(out);
    mp_doc_free(replica);
}
END_TEST

/* ---- small rules, each on a replica written here ---- */

#define MEMBER(container)                                                                          \
    "{metadata: {name: r, namespace: n}, spec: {modelCacheRef: {name: c}, engines: ["              \
    "{name: e, members: [{nodePoolName: p, template: {spec: {containers: [{name: engine, "         \
    "image: i" container "}]}}}]}]}}"

/* Texts here are JSON without quotes around words, so that they can be read. */
static mp_doc *read_loose(const char *text)
{
    char strict[4096];
    size_t n = 0;
    mp_doc *doc;
    mp_error err;

    for (const char *at = text; *at != '\0';) {
        if ((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || *at == '-' || *at == '/') {
            strict[n++] = '"';
            while (*at != '\0' && strchr(" ,:{}[]", *at) == NULL)
                strict[n++] = *at++;
            strict[n++] = '"';
        } else {
            strict[n++] = *at++;
        }
        ck_assert_uint_lt(n, sizeof strict - 8);
    }
    ck_assert_msg(mp_json_read(NULL, strict, n, NULL, &doc, &err) == MP_OK, "%.*s: %s", (int)n,
                  strict, err.text);
    return doc;
}

static const struct {
    const char *replica, *args; /* what args are composed */
} model_flags[] = {
    { MEMBER(""), "[\"--model=/mnt/models\"]" },
    { MEMBER(", args: []"), "[\"--model=/mnt/models\"]" },
    { MEMBER(", args: [--x]"), "[\"--x\",\"--model=/mnt/models\"]" },
    { MEMBER(", args: [--model=/m]"), "[\"--model=/m\"]" },
    { MEMBER(", args: [--model, /m]"), "[\"--model\",\"/m\"]" },
    { MEMBER(", args: [--model=]"), "[\"--model=\"]" },
    { MEMBER(", args: [--model-impl=x]"), "[\"--model-impl=x\",\"--model=/mnt/models\"]" },
    { MEMBER(", args: [--mode]"), "[\"--mode\",\"--model=/mnt/models\"]" },
    { MEMBER(", command: [serve]"), "[]" },
    { MEMBER(", command: []"), "[\"--model=/mnt/models\"]" },
};

START_TEST(adds_the_model_flag)
{
    mp_compose_opts opts = bare_opts(MP_SHAPE_AUTO);
    mp_doc *replica = read_loose(model_flags[_i].replica);
    mp_doc *out = compose(replica, &opts);
    const mp_object *at = GET(GET(mp_doc_root(out), "model-serving-e"), "spec");
    mp_text text;

    at = mp_object_first(GET(GET(GET(at, "template"), "spec"), "containers"));
    ck_assert(mp_object_is_list(GET(at, "args")));
    ck_assert_int_eq(mp_json_text(NULL, GET(at, "args"), 0, &text, NULL), MP_OK);
    ck_assert_str_eq(text.data, model_flags[_i].args);
    mp_text_fini(&text);
    mp_doc_free(out);
    mp_doc_free(replica);
}
END_TEST

static const struct {
    const char *replica, *field, *want; /* a field of the engine's container */
} own_entries[] = {
    { MEMBER(", ports: [{containerPort: 8000}]"), "ports", "[{\"containerPort\":8000}]" },
    { MEMBER(", ports: [{containerPort: 8000, protocol: TCP}]"), "ports",
      "[{\"containerPort\":8000,\"protocol\":\"TCP\"}]" },
    { MEMBER(", ports: [{containerPort: 8000, protocol: UDP}]"), "ports",
      "[{\"containerPort\":8000},{\"containerPort\":8000,\"protocol\":\"UDP\"}]" },
    { MEMBER(", ports: [{containerPort: 9000, protocol: TCP}]"), "ports",
      "[{\"containerPort\":8000},{\"containerPort\":9000,\"protocol\":\"TCP\"}]" },
    { MEMBER(", ports: [{containerPort: 9000}, {containerPort: 8000}]"), "ports",
      "[{\"containerPort\":9000},{\"containerPort\":8000}]" },
    { MEMBER(", volumeMounts: [{name: v, mountPath: /mnt/models//}]"), "volumeMounts",
      "[{\"name\":\"dshm\",\"mountPath\":\"/dev/shm\"},"
      "{\"name\":\"v\",\"mountPath\":\"/mnt/models//\"}]" },
    { MEMBER(", volumeMounts: [{name: v, mountPath: /dev/shm}]"), "volumeMounts",
      "[{\"name\":\"model-cache\",\"mountPath\":\"/mnt/models\"},"
      "{\"name\":\"v\",\"mountPath\":\"/dev/shm\"}]" },
    { MEMBER(", volumeMounts: [{name: v, mountPath: /dev/shm2}]"), "volumeMounts",
      "[{\"name\":\"dshm\",\"mountPath\":\"/dev/shm\"},"
      "{\"name\":\"model-cache\",\"mountPath\":\"/mnt/models\"},"
      "{\"name\":\"v\",\"mountPath\":\"/dev/shm2\"}]" },
};

START_TEST(own_entries_stand_instead_of_ours)
{
    mp_compose_opts opts = bare_opts(MP_SHAPE_AUTO);
    mp_doc *replica = read_loose(own_entries[_i].replica);
    mp_doc *out = compose(replica, &opts);
    const mp_object *at = GET(GET(mp_doc_root(out), "model-serving-e"), "spec");
    mp_text text;

    at = mp_object_first(GET(GET(GET(at, "template"), "spec"), "containers"));
    text = json(GET(at, own_entries[_i].field));
    ck_assert_str_eq(text.data, own_entries[_i].want);
    mp_text_fini(&text);
    mp_doc_free(out);
    mp_doc_free(replica);
}
END_TEST

/* ---- what is refused, and where ---- */

#define GOOD_POD "nodePoolName: p, template: {spec: {containers: [{name: engine, image: i}]}}"
#define ENGINES(engines) "{metadata: {name: r}, spec: {engines: " engines "}}"
#define ONE(member) ENGINES("[{name: e, members: [{" member "}]}]")
#define POD(pod) ONE("nodePoolName: p, template: {spec: {" pod "}}")
#define CONTAINER(fields) POD("containers: [{name: engine" fields "}]")
#define REQUEST(fields) ONE(GOOD_POD ", deviceRequests: [{" fields "}]")

#define MEMBER_PATH "spec.engines[0].members[0]."
#define CONTAINER_PATH MEMBER_PATH "template.spec.containers[0]."

static const struct {
    const char *replica, *path, *text;
} refused[] = {
    { "[]", "metadata", "required field is missing" },
    { "{}", "metadata", "required field is missing" },
    { "{kind: Pod}", "kind", "must be ModelReplica" },
    { "{metadata: []}", "metadata", "must be a map, not list" },
    { "{metadata: {}}", "metadata.name", "required field is missing" },
    { "{metadata: {name: 1}}", "metadata.name", "must be a string, not int" },
    { "{metadata: {name: r, namespace: []}}", "metadata.namespace", "must be a string, not list" },
    { "{metadata: {name: r}}", "spec", "required field is missing" },
    { "{metadata: {name: r}, spec: {}}", "spec.engines", "required field is missing" },
    { "{metadata: {name: r}, spec: {modelCacheRef: c}}", "spec.modelCacheRef",
      "must be a map, not string" },
    { "{metadata: {name: r}, spec: {modelCacheRef: {}}}", "spec.modelCacheRef.name",
      "required field is missing" },
    { ENGINES("[]"), "spec.engines", "must not be empty" },
    { ENGINES("{}"), "spec.engines", "must be a list, not map" },
    { ENGINES("[1]"), "spec.engines[0].name", "required field is missing" },
    { ENGINES("[{name: e}]"), "spec.engines[0].members", "required field is missing" },
    { ENGINES("[{name: e, copies: 0}]"), "spec.engines[0].copies", "must be 1 or more" },
    { ENGINES("[{name: e, copies: 1.5}]"), "spec.engines[0].copies",
      "must be a whole number, not double" },
    { ENGINES("[{name: e, copies: 2147483648}]"), "spec.engines[0].copies", "is too large" },
    { ENGINES("[{name: e, members: []}]"), "spec.engines[0].members",
      "an engine must be either a single Standalone member or one Leader and one Worker member" },
    { ENGINES("[{name: e, members: [{" GOOD_POD "}, {" GOOD_POD "}]}]"), "spec.engines[0].members",
      "an engine must be either a single Standalone member or one Leader and one Worker member" },
    { ENGINES("[{name: e, members: [{role: Leader, " GOOD_POD "}]}]"), "spec.engines[0].members",
      "an engine must be either a single Standalone member or one Leader and one Worker member" },
    { ENGINES("[{name: e, members: [{role: Worker, " GOOD_POD "}, {role: Worker, " GOOD_POD "}]}]"),
      "spec.engines[0].members",
      "an engine must be either a single Standalone member or one Leader and one Worker member" },
    { ENGINES("[{name: e, members: [{" GOOD_POD "}]}, {name: e, members: [{" GOOD_POD "}]}]"),
      "spec.engines[1].name", "an earlier engine has this name" },
    { ONE(""), MEMBER_PATH "nodePoolName", "required field is missing" },
    { ONE("role: Boss"), MEMBER_PATH "role", "must be Standalone, Leader or Worker" },
    { ONE("role: 1"), MEMBER_PATH "role", "must be a string, not int" },
    { ONE("nodePoolName: p"), MEMBER_PATH "template", "required field is missing" },
    { ONE("nodePoolName: p, template: {}"), MEMBER_PATH "template.spec",
      "required field is missing" },
    { ONE("nodePoolName: p, template: {metadata: 1}"), MEMBER_PATH "template.metadata",
      "must be a map, not int" },
    { ONE("nodePoolName: p, template: {metadata: {labels: []}}"),
      MEMBER_PATH "template.metadata.labels", "must be a map, not list" },
    { ONE("nodePoolName: p, template: {metadata: {annotations: []}}"),
      MEMBER_PATH "template.metadata.annotations", "must be a map, not list" },
    { ONE("worker: {nodes: 1}, " GOOD_POD), MEMBER_PATH "worker",
      "worker may only be set on a Worker member" },
    { ONE("role: Worker, worker: {}, " GOOD_POD), MEMBER_PATH "worker.nodes",
      "required field is missing" },
    { ONE("role: Worker, worker: {nodes: 0}, " GOOD_POD), MEMBER_PATH "worker.nodes",
      "must be 1 or more" },
    { ONE("role: Worker, worker: {nodes: 2147483647}, " GOOD_POD), MEMBER_PATH "worker.nodes",
      "is too large" },
    { POD(""), MEMBER_PATH "template.spec.containers", "required field is missing" },
    { POD("containers: []"), MEMBER_PATH "template.spec.containers",
      "no container is named 'engine'" },
    { POD("containers: [{name: other}]"), MEMBER_PATH "template.spec.containers",
      "no container is named 'engine'" },
    { POD("containers: [{name: engine, image: i}, {name: engine, image: i}]"),
      MEMBER_PATH "template.spec.containers[1].name", "two containers are named 'engine'" },
    { POD("volumes: {}, containers: []"), MEMBER_PATH "template.spec.volumes",
      "must be a list, not map" },
    { POD("tolerations: {}, containers: []"), MEMBER_PATH "template.spec.tolerations",
      "must be a list, not map" },
    { POD("resourceClaims: {}, containers: []"), MEMBER_PATH "template.spec.resourceClaims",
      "must be a list, not map" },
    { POD("imagePullSecrets: {}, containers: []"), MEMBER_PATH "template.spec.imagePullSecrets",
      "must be a list, not map" },
    { POD("nodeSelector: [], containers: []"), MEMBER_PATH "template.spec.nodeSelector",
      "must be a map, not list" },
    { CONTAINER(""), CONTAINER_PATH "image", "required field is missing" },
    { CONTAINER(", image: i, args: x"), CONTAINER_PATH "args", "must be a list, not string" },
    { CONTAINER(", image: i, args: [x, 2]"), CONTAINER_PATH "args[1]",
      "must be a string, not int" },
    { CONTAINER(", image: i, command: [[]]"), CONTAINER_PATH "command[0]",
      "must be a string, not list" },
    { CONTAINER(", image: i, command: {}"), CONTAINER_PATH "command", "must be a list, not map" },
    { CONTAINER(", image: i, env: {}"), CONTAINER_PATH "env", "must be a list, not map" },
    { CONTAINER(", image: i, ports: {}"), CONTAINER_PATH "ports", "must be a list, not map" },
    { CONTAINER(", image: i, volumeMounts: {}"), CONTAINER_PATH "volumeMounts",
      "must be a list, not map" },
    { CONTAINER(", image: i, resources: []"), CONTAINER_PATH "resources",
      "must be a map, not list" },
    { CONTAINER(", image: i, resources: {claims: 1}"), CONTAINER_PATH "resources.claims",
      "must be a list, not int" },
    { ONE(GOOD_POD ", deviceRequests: {}"), MEMBER_PATH "deviceRequests",
      "must be a list, not map" },
    { REQUEST(""), MEMBER_PATH "deviceRequests[0].name", "required field is missing" },
    { REQUEST("name: g"), MEMBER_PATH "deviceRequests[0].deviceClassName",
      "required field is missing" },
    { REQUEST("name: g, deviceClassName: c, count: 0"), MEMBER_PATH "deviceRequests[0].count",
      "must be 1 or more" },
    { REQUEST("name: g, deviceClassName: c, selectors: 1"),
      MEMBER_PATH "deviceRequests[0].selectors", "must be a list, not int" },
    { REQUEST("name: g, deviceClassName: c, selectors: [{cel: x}, {}]"),
      MEMBER_PATH "deviceRequests[0].selectors[1].cel", "required field is missing" },
};

START_TEST(refuses_with_path_and_reason)
{
    mp_compose_opts opts = bare_opts(MP_SHAPE_AUTO);
    mp_doc *replica = read_loose(refused[_i].replica);
    mp_doc *out;
    mp_error err;
    mp_status st = mp_compose_replica(NULL, mp_doc_root(replica), &opts, &out, &err);

    ck_assert_msg(st == MP_EDOC, "%s: %s", refused[_i].replica, mp_status_name(st));
    ck_assert_ptr_null(out);
    ck_assert_str_eq(err.path, refused[_i].path);
    ck_assert_str_eq(err.text, refused[_i].text);
    ck_assert_uint_eq(err.line, 1);
    mp_doc_free(replica);
}
END_TEST

#define POD_WITH(more, metadata)                                                                   \
    "nodePoolName: p, template: {" more "metadata: {" metadata "}, spec: {containers: [{name: "    \
    "engine, image: i}]}}"
#define GANG_WITH(more, metadata)                                                                  \
    "{metadata: {name: r}, spec: {engines: [{name: e, members: [{role: Worker, worker: {nodes: "   \
    "1}, " POD_WITH(more, metadata) "}, {role: Leader, " POD_WITH("", "labels: {a: b}") "}]}]}}"

static const struct {
    const char *replica, *path; /* path: NULL if it can be carried */
} cliques[] = {
    { GANG_WITH("", "annotations: {a: b}"), NULL },
    { GANG_WITH("later: [1], ", "labels: {a: b}"), MEMBER_PATH "template.later" },
    { GANG_WITH("", "labels: {a: b}, finalizers: [f]"),
      MEMBER_PATH "template.metadata.finalizers" },
    { "{metadata: {name: r}, spec: {engines: [{name: e, members: [{role: Standalone, " POD_WITH(
          "later: 1, ", "finalizers: [f]") "}]}]}}",
      NULL },
};

/* What a pod template may hold and a clique may not; elsewhere it is passed on. */
START_TEST(cliques_lose_nothing)
{
    mp_compose_opts opts = bare_opts(MP_SHAPE_AUTO);
    mp_doc *replica = read_loose(cliques[_i].replica);
    mp_doc *out;
    mp_error err;

    ck_assert_int_eq(mp_compose_replica(NULL, mp_doc_root(replica), &opts, &out, &err), MP_OK);
    mp_doc_free(out);
    opts.stack = MP_STACK_DYNAMO;
    ck_assert_int_eq(mp_compose_replica(NULL, mp_doc_root(replica), &opts, &out, &err),
                     cliques[_i].path ? MP_EDOC : MP_OK);
    if (cliques[_i].path) {
        ck_assert_str_eq(err.path, cliques[_i].path);
        ck_assert_str_eq(err.text, "a gang of the Dynamo stack has no place for this field");
    }
    mp_doc_free(out);
    mp_doc_free(replica);
}
END_TEST

START_TEST(null_is_absent)
{
    mp_compose_opts opts = bare_opts(MP_SHAPE_AUTO);
    mp_doc *plain = load("standalone"), *nulls = load("standalone");
    mp_object *spec = GET(mp_doc_root(nulls), "spec");
    mp_object *member = mp_object_first(GET(mp_object_first(GET(spec, "engines")), "members"));
    mp_object *pod = GET(GET(member, "template"), "spec");
    mp_object *container = mp_object_first(GET(pod, "containers"));
    mp_doc *a, *b;

    ck_assert_ptr_nonnull(mp_object_set_null(spec, "modelCacheRef", MP_NTS));
    ck_assert_ptr_nonnull(mp_object_set_null(member, "worker", MP_NTS));
    ck_assert_ptr_nonnull(mp_object_set_null(member, "role", MP_NTS));
    ck_assert_ptr_nonnull(mp_object_set_null(GET(member, "template"), "metadata", MP_NTS));
    ck_assert_ptr_nonnull(mp_object_set_null(pod, "volumes", MP_NTS));
    ck_assert_ptr_nonnull(mp_object_set_null(container, "command", MP_NTS));
    ck_assert_ptr_nonnull(mp_object_set_null(container, "readinessProbe", MP_NTS));
    ck_assert_ptr_nonnull(mp_object_set_null(container, "livenessProbe", MP_NTS));
    ck_assert_ptr_nonnull(mp_object_set_null(pod, "securityContext", MP_NTS));
    a = compose(plain, &opts);
    b = compose(nulls, &opts);
    ck_assert(mp_object_identical(mp_doc_root(a), mp_doc_root(b)));
    mp_doc_free(a);
    mp_doc_free(b);
    mp_doc_free(plain);
    mp_doc_free(nulls);
}
END_TEST

/* Whether a tree has a null, or an empty map or list that may not be there. */
static mp_walk_step find_empty(const mp_object *node, mp_walk_event event, void *user)
{
    bool empty = mp_object_size(node) == 0 &&
                 (mp_object_is_map(node) ||
                  (mp_object_is_list(node) && !mp_object_key_is(node, "args", MP_NTS)));

    (void)user;
    if (event == MP_WALK_ENTER && mp_object_key_is(node, "emptyDir", MP_NTS))
        return MP_WALK_SKIP; /* of the user's, and as empty as it says */
    return mp_object_type(node) == MP_OBJECT_NULL || empty ? MP_WALK_STOP : MP_WALK_NEXT;
}

static void expect_clean(const mp_doc *objects, const char *name)
{
    ck_assert_msg(mp_object_visit(mp_doc_root(objects), find_empty, NULL) == MP_OK, "%s", name);
}

/* Nothing that server-side apply would stumble over: no null, no empty managed field. */
START_TEST(leaves_nothing_empty)
{
    mp_doc *replica = load(trees[_i].replica), *out;
    mp_compose_opts opts = bare_opts(trees[_i].shape);

    opts.routing = trees[_i].routing;
    opts.stack = trees[_i].stack;
    out = compose(replica, &opts);
    expect_clean(out, trees[_i].want);
    mp_doc_free(out);
    opts.bare = false;
    opts.provider_config = "cfg";
    opts.provider_config_size = MP_NTS;
    out = compose(replica, &opts);
    expect_clean(out, trees[_i].want);
    mp_doc_free(out);
    mp_doc_free(replica);
}
END_TEST

START_TEST(nulls_at_any_depth_are_dropped)
{
    static const char nested[] =
        "{\"a\":null,\"b\":{\"c\":null,\"d\":[{\"e\":null,\"f\":1}]},\"g\":[null,2]}";
    static const char wanted[] = "{\"b\":{\"d\":[{\"f\":1}]},\"g\":[null,2]}";
    mp_compose_opts opts = bare_opts(MP_SHAPE_AUTO);
    mp_doc *replica = load("standalone"), *out, *add;
    mp_object *spec = GET(mp_doc_root(replica), "spec"), *pod;
    const mp_object *got;
    mp_text text;

    ck_assert(mp_json_read(NULL, nested, sizeof nested - 1, NULL, &add, NULL) == MP_OK);
    pod = mp_object_first(GET(mp_object_first(GET(spec, "engines")), "members"));
    pod = GET(GET(pod, "template"), "spec");
    ck_assert_ptr_nonnull(mp_object_set_copy(pod, "own", MP_NTS, mp_doc_root(add)));
    out = compose(replica, &opts);
    got = GET(GET(mp_object_first(mp_doc_root(out)), "spec"), "template");
    ck_assert(mp_json_text(NULL, GET(GET(got, "spec"), "own"), 0, &text, NULL) == MP_OK);
    ck_assert_str_eq(text.data, wanted);
    mp_text_fini(&text);
    mp_doc_free(out);
    mp_doc_free(add);
    mp_doc_free(replica);
}
END_TEST

START_TEST(without_a_namespace_it_is_default)
{
    mp_compose_opts opts = bare_opts(MP_SHAPE_AUTO);
    mp_doc *replica = load("standalone");
    mp_doc *out;
    const mp_object *at;

    ck_assert(mp_object_remove(GET(mp_doc_root(replica), "metadata"), "namespace", MP_NTS));
    out = compose(replica, &opts);
    at = mp_object_first(GET(GET(GET(mp_doc_root(out), "model-route"), "spec"), "rules"));
    at = GET(mp_object_first(GET(at, "matches")), "path");
    ck_assert_str_eq(mp_object_string(GET(at, "value"), NULL), "/default/chat-3e6a5/");
    mp_doc_free(out);
    mp_doc_free(replica);
}
END_TEST

/* ---- hostile documents ---- */

/* The node at this position of the document order, the root being 0. */
static mp_object *node_at(mp_object *root, size_t position)
{
    mp_object *at = root;

    while (position > 0 && at != NULL) {
        if (mp_object_first(at) != NULL) {
            at = mp_object_first(at);
        } else {
            while (at != root && mp_object_next(at) == NULL)
                at = mp_object_parent(at);
            at = at == root ? NULL : mp_object_next(at);
        }
        position--;
    }
    return at;
}

static mp_object *new_of_type(mp_doc *doc, unsigned type)
{
    switch (type) {
    case 0:
        return mp_object_new_null(doc);
    case 1:
        return mp_object_new_bool(doc, true);
    case 2:
        return mp_object_new_int(doc, INT64_MAX);
    case 3:
        return mp_object_new_int(doc, -1);
    case 4:
        return mp_object_new_double(doc, 1e300);
    case 5:
        return mp_object_new_string(doc, "", 0);
    case 6:
        return mp_object_new_string(doc, "\xFF\0\"x", 4);
    case 7:
        return mp_object_new_list(doc);
    case 8:
        return mp_object_new_map(doc);
    default:
        return NULL;
    }
}

/* Swap the node for another in its parent; a list is rebuilt around it. */
static void put_instead(mp_doc *doc, mp_object *node, mp_object *other)
{
    mp_object *parent = mp_object_parent(node), *list, *at;
    size_t size;
    const char *key = mp_object_key(node, &size);

    if (parent == NULL) {
        mp_doc_set_root(doc, other);
    } else if (key != NULL) {
        ck_assert_ptr_nonnull(mp_object_set(parent, key, size, other));
    } else {
        list = mp_object_new_list(doc);
        for (at = mp_object_first(parent); at != NULL; at = mp_object_next(at)) {
            if (at == node)
                mp_object_append(list, other);
            else
                mp_object_append_copy(list, at);
        }
        put_instead(doc, parent, list);
    }
}

/* Every node of the replica takes every other type in turn: a result or MP_EDOC, nothing else. */
START_TEST(survives_any_type_anywhere)
{
    mp_compose_opts opts = bare_opts(MP_SHAPE_AUTO);
    size_t composed = 0, told = 0;
    mp_doc *replica = load(names[_i]);

    for (size_t position = 0; node_at(mp_doc_root(replica), position) != NULL; position++) {
        mp_object *other;
        mp_doc *doc = NULL;

        for (unsigned type = 0;; type++, mp_doc_free(doc)) {
            mp_doc *out;
            mp_error err;
            mp_status st;

            ck_assert_int_eq(mp_doc_new(NULL, &doc, NULL), MP_OK);
            mp_doc_set_root(doc, mp_object_copy(doc, mp_doc_root(replica)));
            other = new_of_type(doc, type);
            if (other == NULL)
                break;
            put_instead(doc, node_at(mp_doc_root(doc), position), other);
            st = mp_compose_replica(NULL, mp_doc_root(doc), &opts, &out, &err);
            if (st == MP_OK) {
                composed++;
                mp_doc_free(out);
                continue;
            }
            ck_assert_int_eq(st, MP_EDOC);
            ck_assert_ptr_null(out);
            ck_assert_uint_gt(strlen(err.path), 0);
            told++;
        }
        mp_doc_free(doc);
    }
    ck_assert_uint_gt(composed, 0);
    ck_assert_uint_gt(told, 0);
    mp_test_note("%s: %zu changed replicas composed, %zu refused", names[_i], composed, told);
    mp_doc_free(replica);
}
END_TEST

/* Lists as long as a document may hold take time in proportion. */
START_TEST(bears_long_lists)
{
    mp_compose_opts opts = bare_opts(MP_SHAPE_AUTO);
    mp_doc *replica = load("standalone");
    mp_object *spec = GET(mp_doc_root(replica), "spec");
    mp_object *member = mp_object_first(GET(mp_object_first(GET(spec, "engines")), "members"));
    mp_object *pod = GET(GET(member, "template"), "spec");
    mp_object *env = mp_object_set_list(mp_object_first(GET(pod, "containers")), "env", MP_NTS);
    mp_object *selector = mp_object_set_map(pod, "nodeSelector", MP_NTS);
    const size_t count = 200000;
    mp_doc *out;
    const mp_object *at;

    for (size_t i = 0; i < count; i++) {
        char key[32];

        snprintf(key, sizeof key, "k%zu", i);
        mp_object_set_string(mp_object_append_map(env), "name", MP_NTS, key, MP_NTS);
        mp_object_set_string(selector, key, MP_NTS, "v", MP_NTS);
    }
    ck_assert_int_eq(mp_doc_status(replica), MP_OK);
    out = compose(replica, &opts);
    at = GET(GET(mp_doc_root(out), "model-serving-web"), "spec");
    at = GET(GET(at, "template"), "spec");
    ck_assert_uint_eq(mp_object_size(GET(at, "nodeSelector")), count + 1);
    ck_assert_uint_eq(mp_object_size(GET(mp_object_first(GET(at, "containers")), "env")), count);
    mp_doc_free(out);
    mp_doc_free(replica);
}
END_TEST

/* ---- same bytes, no leaks ---- */

START_TEST(same_bytes_twice)
{
    mp_compose_opts opts = bare_opts(MP_SHAPE_AUTO);
    mp_doc *replica = load(names[_i]);
    mp_doc *first = compose(replica, &opts), *second = compose(replica, &opts);
    mp_text a = json(mp_doc_root(first)), b;

    mp_doc_free(first);
    mp_doc_free(replica); /* what was composed borrows nothing */
    b = json(mp_doc_root(second));
    ck_assert_str_eq(a.data, b.data);
    mp_text_fini(&a);
    mp_text_fini(&b);
    mp_doc_free(second);
}
END_TEST

/* A replica, and how it is composed. */
typedef struct form {
    const mp_object *replica;
    mp_compose_opts opts;
} form;

static mp_status sweep_compose(const mp_allocator *alloc, void *user)
{
    const form *f = user;
    mp_doc *out;
    mp_status st = mp_compose_replica(alloc, f->replica, &f->opts, &out, NULL);

    ck_assert(st == MP_OK || out == NULL);
    mp_doc_free(out);
    return st;
}

START_TEST(out_of_memory)
{
    mp_doc *replica = load(names[_i]);
    form f = { mp_doc_root(replica), MP_COMPOSE_OPTS_INIT };

    f.opts.provider_config = "cfg";
    f.opts.provider_config_size = 3;
    for (int routing = MP_ROUTING_AUTO; routing <= MP_ROUTING_POOL; routing++) {
        for (int stack = MP_STACK_STANDARD; stack <= MP_STACK_DYNAMO; stack++) {
            f.opts.routing = (mp_routing)routing;
            f.opts.stack = (mp_stack)stack;
            ck_assert_uint_gt(mp_test_sweep(sweep_compose, &f), 0);
        }
    }
    f.opts.shape = MP_SHAPE_V1;
    ck_assert_uint_gt(mp_test_sweep(sweep_compose, &f), 0);
    mp_doc_free(replica);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("compose_replica");
    TCase *tc = tcase_create("trees");

    tcase_add_loop_test(tc, example_trees, 0, sizeof trees / sizeof *trees);
    tcase_add_loop_test(tc, wraps_in_provider_objects, 0, NAMES);
    tcase_add_test(tc, names_objects_when_asked);
    tcase_add_test(tc, objects_need_a_provider_config);
    tcase_add_loop_test(tc, adds_the_model_flag, 0, sizeof model_flags / sizeof *model_flags);
    tcase_add_loop_test(tc, own_entries_stand_instead_of_ours, 0,
                        sizeof own_entries / sizeof *own_entries);
    suite_add_tcase(s, tc);

    tc = tcase_create("documents");
    tcase_add_loop_test(tc, refuses_with_path_and_reason, 0, sizeof refused / sizeof *refused);
    tcase_add_loop_test(tc, cliques_lose_nothing, 0, sizeof cliques / sizeof *cliques);
    tcase_add_test(tc, null_is_absent);
    tcase_add_test(tc, nulls_at_any_depth_are_dropped);
    tcase_add_loop_test(tc, leaves_nothing_empty, 0, (int)(sizeof trees / sizeof *trees));
    tcase_add_test(tc, without_a_namespace_it_is_default);
    tcase_add_loop_test(tc, survives_any_type_anywhere, 0, NAMES);
    tcase_add_test(tc, bears_long_lists);
    suite_add_tcase(s, tc);

    tc = tcase_create("memory");
    tcase_add_loop_test(tc, same_bytes_twice, 0, NAMES);
    tcase_add_loop_test(tc, out_of_memory, 0, NAMES);
    suite_add_tcase(s, tc);
    return mp_test_main(s);
}

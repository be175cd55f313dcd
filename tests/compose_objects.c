/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What composition reads from flags and URLs, the picker's configuration by its digests, and the
 * objects of endpoints and services.
 */
#include "mp_test.h"
#include "objects_internal.h"
#include <stdio.h>

#define GET(map, key) mp_object_get((map), (key), MP_NTS)

static mp__str str(const char *text)
{
    return mp__str_make(text, MP_NTS);
}

static mp_doc *read_json(const char *text)
{
    mp_doc *doc;
    mp_error err;

    ck_assert_msg(mp_json_read(NULL, text, strlen(text), NULL, &doc, &err) == MP_OK, "%s: %s", text,
                  err.text);
    return doc;
}

static void check_json(const mp_object *node, const char *want)
{
    mp_text text;

    ck_assert_int_eq(mp_json_text(NULL, node, 0, &text, NULL), MP_OK);
    ck_assert_str_eq(text.data, want);
    mp_text_fini(&text);
}

/* ---- the block size, and the configuration it goes into ---- */

#define SUM_UNIFIED_16 "20c1dfea3fc4ad41e335cc74edbeb1e8689a607bc4bf7395849ffd2cf0bb2ae1"
#define SUM_UNIFIED_32 "010ff255b687ac2274e523f27b23c75976b8b6150ed0e6eb27d0983838b6b0f9"
#define SUM_SPLIT_16 "f715f3024f37e7042d42628f10cbb04c7da78b96dc65953dac0f289ef2c7ef98"
#define SUM_SPLIT_32 "9749bd046481320bc67e9228da4b2c0dcf83ab87d1df97f3dce4bf662cca2aa4"

#define ENGINE(name, more, args)                                                                   \
    "{\"name\":\"" name "\"," more "\"members\":[{\"nodePoolName\":\"p\",\"template\":{\"spec\":"  \
    "{\"containers\":[{\"name\":\"engine\",\"image\":\"i\",\"args\":[" args "]}]}}}]}"
#define PHASE(phase) "\"phase\":\"" phase "\","
#define REPLICA(mode, engines)                                                                     \
    "{\"metadata\":{\"name\":\"r\"},\"spec\":{\"serving\":{\"mode\":\"" mode                       \
    "\"},\"engines\":[" engines "]}}"
#define UNIFIED(args) REPLICA("Unified", ENGINE("a", "", args))
#define SPLIT(prefill, decode)                                                                     \
    REPLICA("PrefillDecode",                                                                       \
            ENGINE("a", PHASE("Prefill"), prefill) "," ENGINE("b", PHASE("Decode"), decode))

static mp_status compose_text(const char *replica, mp_doc **out, mp_error *err)
{
    mp_compose_opts opts = MP_COMPOSE_OPTS_INIT;
    mp_doc *doc = read_json(replica);
    mp_status st;

    opts.bare = true;
    opts.routing = MP_ROUTING_POOL;
    st = mp_compose_replica(NULL, mp_doc_root(doc), &opts, out, err);
    mp_doc_free(doc);
    return st;
}

static const struct {
    const char *replica, *sum;
    size_t size;
} configs[] = {
    { UNIFIED(""), SUM_UNIFIED_16, 469 },
    { UNIFIED("\"--block-size=32\""), SUM_UNIFIED_32, 469 },
    { UNIFIED("\"--page-size\",\"32\""), SUM_UNIFIED_32, 469 },
    { REPLICA("Unified", ENGINE("a", "", "\"--block-size=32\"") "," ENGINE("b", "", "")),
      SUM_UNIFIED_32, 469 },
    { REPLICA("Unified", ENGINE("a", "", "") "," ENGINE("b", "", "\"--block-size=32\"")),
      SUM_UNIFIED_16, 469 },
    { SPLIT("\"--block-size=32\"", ""), SUM_SPLIT_16, 921 },
    { SPLIT("", "\"--block-size=32\""), SUM_SPLIT_32, 921 },
};

START_TEST(configuration_has_its_digest)
{
    mp_doc *out;
    mp_error err;
    const mp_object *at;
    mp__str text;
    char sum[65];

    ck_assert_int_eq(compose_text(configs[_i].replica, &out, &err), MP_OK);
    text = mp__object_str(GET(GET(GET(mp_doc_root(out), "epp-config"), "data"), "epp-config.yaml"));
    mp__sha256_hex(text.data, text.size, sum);
    ck_assert_str_eq(sum, configs[_i].sum);
    ck_assert_uint_eq(text.size, configs[_i].size);
    at = GET(GET(GET(GET(mp_doc_root(out), "epp"), "spec"), "template"), "metadata");
    at = GET(GET(at, "annotations"), "modelplane.ai/epp-config-checksum");
    ck_assert_str_eq(mp_object_string(at, NULL), sum);
    mp_doc_free(out);
}
END_TEST

static const struct {
    const char *args, *want;
} block_sizes[] = {
    { "[]", "16" },
    { "[\"--block-size=64\"]", "64" },
    { "[\"--block-size\",\"64\"]", "64" },
    { "[\"--block-size\"]", "16" },
    { "[\"--page-size=8\",\"--block-size=64\"]", "8" },
    { "[\"--page-size\",\"--block-size=64\"]", "16" }, /* the first to give a value decides */
    { "[\"--block-size=\",\"--block-size=64\"]", "16" },
    { "[\"--block-sizes=64\"]", "16" },
    { "[\"--block-size= +6_4 \"]", "64" },
    { "[\"--block-size=_64\"]", "16" },
    { "[\"--block-size=6__4\"]", "16" },
    { "[\"--block-size=64_\"]", "16" },
    { "[\"--block-size=0064\"]", "64" },
    { "[\"--block-size=-8\"]", "-8" },
    { "[\"--block-size=-0\"]", "0" },
    { "[\"--block-size=000\"]", "0" },
    { "[\"--block-size=6.4\"]", "16" },
    { "[\"--block-size=0x10\"]", "16" },
    { "[\"--block-size=-\"]", "16" },
    { "[\"--block-size=6:4\"]", "16" }, /* the neighbours of digits */
    { "[\"--block-size=6/4\"]", "16" },
    { "[\"--block-size=90\"]", "90" },
    { "[\"--block-size=\\t\\r64\\u001c\\u001f\"]", "64" }, /* the first and last of white space */
    { "[\"--block-size=\\u001f\\r64\\t \"]", "64" },
    { "[\"--block-size=\\u000864\"]", "16" }, /* and their neighbours */
    { "[\"--block-size=\\u000e64\"]", "16" },
    { "[\"--block-size=\\u001b64\"]", "16" },
    { "[\"--block-size=!64\"]", "16" },
    { "[\"--block-size= \"]", "16" },
    { "[\"--block-size\",\"\"]", "16" },
    { "[\"--block-size=99999999999999999999999\"]", "99999999999999999999999" },
};

START_TEST(reads_the_block_size)
{
    char text[256];
    mp__member_view member = { 0 };
    mp_doc *doc;
    mp__str got;

    snprintf(text, sizeof text, "{\"args\":%s}", block_sizes[_i].args);
    doc = read_json(text);
    member.container = mp_doc_root(doc);
    got = mp__block_size(doc, &member);
    ck_assert_msg(mp__str_equal(got, str(block_sizes[_i].want)), "%s: %.*s", text, (int)got.size,
                  got.data);
    mp_doc_free(doc);
}
END_TEST

START_TEST(a_block_size_has_at_most_4300_digits)
{
    char text[4400], digits[4302];
    mp__member_view member = { 0 };

    memset(digits, '7', sizeof digits);
    for (int count = 4300; count <= 4301; count++) {
        mp_doc *doc;
        mp__str got;

        snprintf(text, sizeof text, "{\"args\":[\"--block-size=%.*s\"]}", count, digits);
        doc = read_json(text);
        member.container = mp_doc_root(doc);
        got = mp__block_size(doc, &member);
        ck_assert_uint_eq(got.size, count == 4300 ? 4300 : 2);
        mp_doc_free(doc);
    }
}
END_TEST

static const struct {
    const char *args;
    int64_t want; /* 0: refused */
} ports[] = {
    { "", 8001 },           { "\"--port=9001\"", 9001 },   { "\"--port\",\"9001\"", 9001 },
    { "\"--port\"", 8001 }, { "\"--ports=9001\"", 8001 },  { "\"--port= +09_001 \"", 9001 },
    { "\"--port=1\"", 1 },  { "\"--port=65535\"", 65535 }, { "\"--port=100000\"", 0 },
    { "\"--port= \"", 0 },  { "\"--port=65536\"", 0 },     { "\"--port=0\"", 0 },
    { "\"--port=-1\"", 0 }, { "\"--port=http\"", 0 },      { "\"--port=\"", 0 },
};

START_TEST(reads_the_port_of_decode)
{
    char text[1024];
    mp_doc *out;
    mp_error err;
    mp_status st;
    const mp_object *at;
    int64_t port = 0;

    snprintf(text, sizeof text,
             REPLICA("PrefillDecode", ENGINE("a", PHASE("Prefill"), "\"--port=x\"") "," ENGINE(
                                          "b", PHASE("Decode"), "%s")),
             ports[_i].args);
    st = compose_text(text, &out, &err);
    if (ports[_i].want == 0) {
        ck_assert_int_eq(st, MP_EDOC);
        ck_assert_ptr_null(out);
        ck_assert_str_eq(err.path, "spec.engines[1].members");
        ck_assert_str_eq(err.text, "the flag --port of a Decode engine must be a port number");
        return;
    }
    ck_assert_int_eq(st, MP_OK);
    at = GET(GET(GET(mp_doc_root(out), "model-serving-b"), "spec"), "template");
    at = mp_object_first(GET(GET(at, "spec"), "containers"));
    ck_assert(mp_object_int(GET(mp_object_first(GET(at, "ports")), "containerPort"), &port));
    ck_assert_int_eq(port, ports[_i].want);
    ck_assert(mp_object_int(GET(GET(GET(at, "readinessProbe"), "httpGet"), "port"), &port));
    ck_assert_int_eq(port, ports[_i].want);
    snprintf(text, sizeof text, "--vllm-port=%d", (int)port);
    at = mp_object_at(GET(mp_object_next(at), "args"), 2);
    ck_assert_str_eq(mp_object_string(at, NULL), text);
    mp_doc_free(out);
}
END_TEST

static const struct {
    const char *replica, *path, *text;
} modes[] = {
    { REPLICA("PrefillDecode", ENGINE("a", PHASE("Prefill"), "")), "spec.engines",
      "PrefillDecode serving requires exactly two engines (one Prefill, one Decode)" },
    { REPLICA("PrefillDecode",
              ENGINE("a", PHASE("Prefill"), "") "," ENGINE("b", PHASE("Prefill"), "")),
      "spec.engines", "PrefillDecode serving requires exactly one engine with phase Prefill" },
    { REPLICA("PrefillDecode", ENGINE("a", PHASE("Prefill"), "") "," ENGINE("b", "", "")),
      "spec.engines", "PrefillDecode serving requires exactly one engine with phase Decode" },
    { REPLICA("EncodePrefillDecode",
              ENGINE("a", PHASE("Prefill"), "") "," ENGINE("b", PHASE("Decode"), "")),
      "spec.engines",
      "EncodePrefillDecode serving requires exactly three engines (one Encode, one Prefill, one "
      "Decode)" },
    { REPLICA("Both", ENGINE("a", "", "")), "spec.serving.mode",
      "must be Unified, PrefillDecode or EncodePrefillDecode" },
    { UNIFIED("") /* as it is */, NULL, NULL },
    { REPLICA("Unified", ENGINE("a", PHASE("Middle"), "")), "spec.engines[0].phase",
      "must be Prefill, Decode or Encode" },
};

START_TEST(checks_the_serving_mode)
{
    mp_doc *out;
    mp_error err;
    mp_status st = compose_text(modes[_i].replica, &out, &err);

    ck_assert_int_eq(st, modes[_i].path != NULL ? MP_EDOC : MP_OK);
    if (modes[_i].path != NULL) {
        ck_assert_str_eq(err.path, modes[_i].path);
        ck_assert_str_eq(err.text, modes[_i].text);
    }
    mp_doc_free(out);
}
END_TEST

/* ---- names of PodCliqueSets ---- */

START_TEST(names_clique_sets)
{
    const mp__str parts[] = { MP__STR("deepseek-v3-long-0abcd"), MP__STR("decode") };
    mp__name name;

    mp__grove_name(parts, 2, &name);
    ck_assert_str_eq(name.data, "deepseek-v3-long-0-29392");
}
END_TEST

/* ---- endpoints ---- */

static const struct {
    const char *url, *host; /* NULL: refused */
    int64_t port;
    mp__host_form form;
} urls[] = {
    { "http://203.0.113.7/ns/r/v1", "203.0.113.7", 80, MP__HOST_IPV4 },
    { "https://API.together.xyz/", "api.together.xyz", 443, MP__HOST_FQDN },
    { "https://api.example:8443", "api.example", 8443, MP__HOST_FQDN },
    { "HTTPS://a", "a", 443, MP__HOST_FQDN },
    { "http://[2001:DB8::1]:8000/v1", "2001:db8::1", 8000, MP__HOST_IPV6 },
    { "http://[::1]", "::1", 80, MP__HOST_IPV6 },
    { "http://user:pass@host:81/", "host", 81, MP__HOST_FQDN },
    { "http://host:/", "host", 80, MP__HOST_FQDN },
    { "http://host:0/", "host", 80, MP__HOST_FQDN },
    { "https://host:0", "host", 443, MP__HOST_FQDN },
    { "grpc://host", "host", 80, MP__HOST_FQDN },
    { "http://host?q=1", "host", 80, MP__HOST_FQDN },
    { "http://host#f", "host", 80, MP__HOST_FQDN },
    { "http://256.0.0.1", "256.0.0.1", 80, MP__HOST_FQDN },
    { "http://1.2.3", "1.2.3", 80, MP__HOST_FQDN },
    { "http://01.2.3.4", "01.2.3.4", 80, MP__HOST_FQDN },
    { "http://host:65535", "host", 65535, MP__HOST_FQDN },
    { "http://host:65536", NULL, 0, 0 },
    { "http://host:-1", NULL, 0, 0 },
    { "http://host:x", NULL, 0, 0 },
    { "http://", NULL, 0, 0 },
    { "http:///path", NULL, 0, 0 },
    { "http://:80/", NULL, 0, 0 },
    { "http://[::1", NULL, 0, 0 },
    { "http://[::1]x", NULL, 0, 0 },
    { "host", NULL, 0, 0 },
    { "host:80", NULL, 0, 0 },
    { "", NULL, 0, 0 },
};

START_TEST(reads_urls)
{
    mp_doc *doc = read_json("{}");
    mp__url url;
    bool read = mp__url_read(doc, str(urls[_i].url), &url);

    ck_assert_msg(read == (urls[_i].host != NULL), "%s", urls[_i].url);
    if (read) {
        ck_assert_str_eq(url.host.data, urls[_i].host);
        ck_assert_int_eq(url.port, urls[_i].port);
        ck_assert_int_eq(url.form, urls[_i].form);
    }
    mp_doc_free(doc);
}
END_TEST

START_TEST(makes_endpoints)
{
    mp_doc *doc = read_json("{}");
    mp__url url;

    ck_assert(mp__url_read(doc, MP__STR("http://[::1]:8080/"), &url));
    check_json(mp__make_endpoint_service(doc, MP__STR("n"), &url),
               "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"namespace\":\"n\"},"
               "\"spec\":{\"ports\":[{\"port\":8080,\"protocol\":\"TCP\"}]}}");
    check_json(mp__make_endpoint_slice(doc, MP__STR("n"), MP__STR("s-1"), &url),
               "{\"apiVersion\":\"discovery.k8s.io/v1\",\"kind\":\"EndpointSlice\",\"metadata\":"
               "{\"namespace\":\"n\",\"labels\":{\"kubernetes.io/service-name\":\"s-1\"}},"
               "\"addressType\":\"IPv6\",\"ports\":[{\"name\":\"\",\"port\":8080,\"protocol\":"
               "\"TCP\"}],\"endpoints\":[{\"addresses\":[\"::1\"],\"conditions\":{\"ready\":true}}"
               "]}");
    mp_doc_free(doc);
}
END_TEST

/* ---- services ---- */

#define BACKENDS_MAX 8

static const struct {
    struct {
        int64_t weight;
        size_t endpoints;
    } groups[3];
    int64_t want[BACKENDS_MAX];
} weights[] = {
    { { { 80, 3 }, { 20, 1 } }, { 27, 27, 26, 20 } },
    { { { 1, 5 }, { 1, 1 } }, { 1, 1, 1, 1, 1, 5 } },
    { { { 95, 2 }, { 5, 1 } }, { 48, 47, 5 } },
    { { { 2, 2 }, { 2, 2 } }, { 1, 1, 1, 1 } },
    { { { 1000000, 2 }, { 1, 3 } }, { 1000000, 1000000, 1, 1, 1 } },
    { { { 1000000, 1 } }, { 1 } },
    { { { 1000000, 1 }, { 1, 1 } }, { 1000000, 1 } },
    { { { 3, 3 }, { 1, 2 }, { 2, 1 } }, { 2, 2, 2, 1, 1, 4 } },
};

START_TEST(shares_weights)
{
    mp__backend backends[BACKENDS_MAX] = { 0 };
    size_t count = 0;

    for (size_t g = 0; g < 3; g++) {
        for (size_t k = 0; k < weights[_i].groups[g].endpoints; k++) {
            backends[count].group = g;
            backends[count++].weight = weights[_i].groups[g].weight;
        }
    }
    mp__backend_weigh(backends, count);
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(backends[i].weight, weights[_i].want[i]);
}
END_TEST

START_TEST(makes_routes)
{
    static const char start[] =
        "{\"apiVersion\":\"gateway.networking.k8s.io/v1\",\"kind\":\"HTTPRoute\",\"metadata\":"
        "{\"namespace\":\"n\"},\"spec\":{\"parentRefs\":[{\"name\":\"modelplane\",\"namespace\":"
        "\"modelplane-system\"}],\"rules\":[{\"matches\":[{\"path\":{\"type\":\"PathPrefix\","
        "\"value\":\"/n/s/\"}}]";
    const mp__backend backends[] = {
        { MP__STR("b-1"), MP__STR("/n/r/"), 80, 0, 3 },
        { MP__STR("b-2"), MP__STR(""), 443, 1, 1 },
    };
    char want[2048];
    mp_doc *doc = read_json("{}");

    snprintf(want, sizeof want, "%s}]}}", start);
    check_json(mp__make_service_route(doc, MP__STR("n"), MP__STR("s"), NULL, 0), want);
    snprintf(want, sizeof want,
             "%s,\"backendRefs\":[{\"name\":\"b-1\",\"port\":80,\"weight\":3,\"filters\":"
             "[{\"type\":\"URLRewrite\",\"urlRewrite\":{\"path\":{\"type\":\"ReplacePrefixMatch\","
             "\"replacePrefixMatch\":\"/n/r/\"}}}]},{\"name\":\"b-2\",\"port\":443,\"weight\":1}]"
             "}]}}",
             start);
    check_json(mp__make_service_route(doc, MP__STR("n"), MP__STR("s"), backends, 2), want);
    mp_doc_free(doc);
}
END_TEST

/* ---- clusters ---- */

static const mp__secret_ref kubeconfig = { { MP__LIT("") },
                                           { MP__LIT("kc") },
                                           { MP__LIT("kubeconfig") } };
static const mp__secret_ref identity = { { MP__LIT("GoogleApplicationCredentials") },
                                         { MP__LIT("id") },
                                         { MP__LIT("private_key") } };

START_TEST(makes_what_a_cluster_needs)
{
    mp_doc *doc = read_json("{}");
    const mp__str name = MP__STR("test-cluster");

    check_json(mp__make_provider_config(doc, name, &kubeconfig, &identity),
               "{\"apiVersion\":\"kubernetes.m.crossplane.io/v1alpha1\",\"kind\":"
               "\"ClusterProviderConfig\",\"metadata\":{\"name\":"
               "\"test-cluster-cluster-kubeconfig-d0f89\"},\"spec\":{\"credentials\":"
               "{\"source\":\"Secret\",\"secretRef\":{\"name\":\"kc\",\"namespace\":"
               "\"modelplane-system\",\"key\":\"kubeconfig\"}},\"identity\":{\"type\":"
               "\"GoogleApplicationCredentials\",\"source\":\"Secret\",\"secretRef\":{"
               "\"name\":\"id\",\"namespace\":\"modelplane-system\",\"key\":"
               "\"private_key\"}}}}");
    check_json(mp__make_serving_stack(doc, name, &kubeconfig, NULL),
               "{\"apiVersion\":\"infrastructure.modelplane.ai/v1alpha1\",\"kind\":"
               "\"ServingStack\",\"metadata\":{\"name\":\"test-cluster-serving-stack-fd00b\","
               "\"namespace\":\"modelplane-system\"},\"spec\":{\"secrets\":[{\"type\":"
               "\"Kubeconfig\",\"name\":\"kc\",\"key\":\"kubeconfig\",\"namespace\":"
               "\"modelplane-system\"}]}}");
    check_json(
        mp__make_cluster_usage(doc, name),
        "{\"apiVersion\":\"protection.crossplane.io/v1beta1\",\"kind\":\"ClusterUsage\","
        "\"spec\":{\"of\":{\"apiVersion\":\"modelplane.ai/v1alpha1\",\"kind\":"
        "\"InferenceCluster\",\"resourceRef\":{\"name\":\"test-cluster\"}},\"reason\":"
        "\"ModelReplicas are scheduled to this InferenceCluster\",\"replayDeletion\":true}}");
    mp_doc_free(doc);
}
END_TEST

/* Everything of this file's objects in one document. */
static mp_status sweep_objects(const mp_allocator *alloc, void *user)
{
    const mp__backend backend = { MP__STR("b"), MP__STR("/"), 80, 0, 1 };
    mp_doc *doc;
    mp__url url;
    mp_status st = mp_doc_new(alloc, &doc, NULL);

    (void)user;
    if (st != MP_OK)
        return st;
    if (mp__url_read(doc, MP__STR("http://host"), &url)) {
        mp__make_endpoint_service(doc, MP__STR("n"), &url);
        mp__make_endpoint_slice(doc, MP__STR("n"), MP__STR("s"), &url);
    }
    mp__make_service_route(doc, MP__STR("n"), MP__STR("s"), &backend, 1);
    mp__make_provider_config(doc, MP__STR("c"), &kubeconfig, &identity);
    mp__make_serving_stack(doc, MP__STR("c"), &kubeconfig, &identity);
    mp__make_cluster_usage(doc, MP__STR("c"));
    st = mp_doc_status(doc);
    mp_doc_free(doc);
    return st;
}

START_TEST(out_of_memory)
{
    ck_assert_uint_gt(mp_test_sweep(sweep_objects, NULL), 0);
}
END_TEST

#define LOOP(tc, test, table) tcase_add_loop_test(tc, test, 0, (int)MP__COUNT(table))

int main(void)
{
    Suite *s = suite_create("compose_objects");
    TCase *tc = tcase_create("replica");

    LOOP(tc, configuration_has_its_digest, configs);
    LOOP(tc, reads_the_block_size, block_sizes);
    tcase_add_test(tc, a_block_size_has_at_most_4300_digits);
    LOOP(tc, reads_the_port_of_decode, ports);
    LOOP(tc, checks_the_serving_mode, modes);
    tcase_add_test(tc, names_clique_sets);
    suite_add_tcase(s, tc);

    tc = tcase_create("control plane");
    LOOP(tc, reads_urls, urls);
    tcase_add_test(tc, makes_endpoints);
    LOOP(tc, shares_weights, weights);
    tcase_add_test(tc, makes_routes);
    tcase_add_test(tc, makes_what_a_cluster_needs);
    tcase_add_test(tc, out_of_memory);
    suite_add_tcase(s, tc);
    return mp_test_main(s);
}

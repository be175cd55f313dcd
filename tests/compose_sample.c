/* SPDX-License-Identifier: Apache-2.0 */
#include "compose_sample.h"
#include <string.h>

#define LIT(text) text, sizeof(text) - 1

/* The index of the replica observed on zone-3. */
#define OBSERVED_INDEX 4

static const char *const clusters[] = { "east-1", "west-1", "zone-3" };
static const char *const gateways[] = { "203.0.113.7", "gw.west.example", "" };

static mp_status add_cluster(mp_fleet *fleet, const char *name, const char *gateway, mp_error *err)
{
    mp_cluster *c = mp_fleet_add_cluster(fleet, name, MP_NTS, err);
    mp_pool *pool = c ? mp_cluster_add_pool(c, LIT("h100"), 8, err) : NULL;
    mp_device *gpu = pool ? mp_pool_add_device(pool, LIT("gpu"), LIT("gpu.nvidia.com"),
                                               LIT("gpu.nvidia.com"), MP_CLAIM_DRA, 8, err)
                          : NULL;
    mp_status st;

    if (gpu == NULL)
        return err->status;
    st = mp_device_set_capacity(gpu, LIT("memory"), LIT("80Gi"));
    if (st == MP_OK)
        st = mp_cluster_set_gateway(c, gateway, MP_NTS);
    return st == MP_OK ? mp_cluster_set_ready(c, true) : st;
}

static mp_status add_observed(mp_fleet *fleet, mp_error *err)
{
    mp_replica *r = mp_fleet_add_replica(fleet, LIT("ml-team"), LIT("observed"), LIT("chat"),
                                         LIT("zone-3"), OBSERVED_INDEX, err);
    mp_replica_engine *fast = r ? mp_replica_add_engine(r, LIT("fast"), 2, err) : NULL;
    mp_replica_engine *slow = fast ? mp_replica_add_engine(r, LIT("slow"), 1, err) : NULL;
    mp_status st;

    if (slow == NULL)
        return err->status;
    st = mp_replica_add_member(fast, MP_ROLE_STANDALONE, LIT("h100"), 1, true, err);
    if (st == MP_OK)
        st = mp_replica_add_member(slow, MP_ROLE_LEADER, LIT("h100"), 1, false, err);
    if (st == MP_OK)
        st = mp_replica_add_member(slow, MP_ROLE_WORKER, LIT("h100"), 2, true, err);
    return st;
}

static const char standalone_template[] =
    "{\"metadata\":{\"labels\":{\"team\":\"a\"}},\"spec\":{\"containers\":[{\"name\":\"engine\","
    "\"image\":\"reg.example/vllm:1\",\"args\":[\"--block-size=32\"],\"env\":[{\"name\":\"A\","
    "\"valueFrom\":{\"secretKeyRef\":{\"name\":\"hf\",\"key\":\"token\"}}}]}]}}";
static const char leader_template[] =
    "{\"spec\":{\"containers\":[{\"name\":\"engine\",\"image\":\"reg.example/vllm:1\","
    "\"command\":[\"head\"]}]}}";
static const char worker_template[] =
    "{\"spec\":{\"containers\":[{\"name\":\"engine\",\"image\":\"reg.example/vllm:1\","
    "\"command\":[\"rank\"]}],\"imagePullSecrets\":[{\"name\":\"reg\"}]}}";

static mp_status set_template(mp_member *m, const mp_allocator *alloc, const char *text,
                              mp_error *err)
{
    mp_doc *doc;
    mp_status st = mp_json_read(alloc, text, strlen(text), NULL, &doc, err);

    if (st == MP_OK)
        st = mp_member_set_template(m, mp_doc_root(doc));
    mp_doc_free(doc);
    return st;
}

static mp_status add_request(mp_member *m, int64_t count, const char *selector, mp_error *err)
{
    mp_request *r = mp_member_add_request(m, LIT("gpu"), count, err);

    if (r == NULL)
        return err->status;
    return mp_request_add_selector(r, selector, MP_NTS, err);
}

static mp_status add_prefill(mp_deployment *d, const mp_allocator *alloc, const char *pod_template,
                             mp_error *err)
{
    mp_engine *e = mp_deployment_add_engine(d, LIT("fast"), 2, err);
    mp_member *m = e ? mp_engine_add_member(e, MP_ROLE_STANDALONE, err) : NULL;
    mp_status st;

    if (m == NULL)
        return err->status;
    st = mp_engine_set_phase(e, MP_PHASE_PREFILL);
    if (st == MP_OK)
        st = set_template(m, alloc, pod_template ? pod_template : standalone_template, err);
    if (st == MP_OK)
        st = add_request(m, 4, "device.driver == \"gpu.nvidia.com\"", err);
    return st;
}

static mp_status add_decode(mp_deployment *d, const mp_allocator *alloc, mp_error *err)
{
    mp_engine *e = mp_deployment_add_engine(d, LIT("slow"), 1, err);
    mp_member *leader = e ? mp_engine_add_member(e, MP_ROLE_LEADER, err) : NULL;
    mp_member *worker = leader ? mp_engine_add_member(e, MP_ROLE_WORKER, err) : NULL;
    mp_status st;

    if (worker == NULL)
        return err->status;
    st = mp_engine_set_phase(e, MP_PHASE_DECODE);
    if (st == MP_OK)
        st = mp_member_set_nodes(worker, 2);
    if (st == MP_OK)
        st = set_template(leader, alloc, leader_template, err);
    if (st == MP_OK)
        st = set_template(worker, alloc, worker_template, err);
    if (st == MP_OK)
        st = add_request(worker, 8,
                         "device.capacity[\"gpu.nvidia.com\"].memory"
                         ".compareTo(quantity(\"80Gi\")) >= 0",
                         err);
    return st;
}

static mp_status make_deployment(compose_sample *s, const mp_allocator *alloc,
                                 const char *pod_template, mp_error *err)
{
    mp_status st = mp_deployment_new(alloc, LIT("ml-team"), LIT("chat"), &s->deployment, err);

    if (st == MP_OK)
        st = mp_deployment_set_replicas(s->deployment, 3);
    if (st == MP_OK)
        st = mp_deployment_set_label(s->deployment, LIT("tier"), LIT("gold"));
    if (st == MP_OK)
        st = mp_deployment_set_cache(s->deployment, LIT("w70"));
    if (st == MP_OK)
        st = mp_deployment_set_serving(s->deployment, MP_SERVING_PREFILL_DECODE);
    if (st == MP_OK)
        st = add_prefill(s->deployment, alloc, pod_template, err);
    return st == MP_OK ? add_decode(s->deployment, alloc, err) : st;
}

mp_status compose_sample_init(compose_sample *s, const mp_allocator *alloc,
                              const char *pod_template, mp_error *err)
{
    mp_status st;

    memset(s, 0, sizeof *s);
    st = mp_fleet_new(alloc, &s->fleet, err);
    for (size_t i = 0; st == MP_OK && i < sizeof clusters / sizeof *clusters; i++)
        st = add_cluster(s->fleet, clusters[i], gateways[i], err);
    if (st == MP_OK)
        st = add_observed(s->fleet, err);
    if (st == MP_OK)
        st = make_deployment(s, alloc, pod_template, err);
    if (st == MP_OK)
        st = mp_schedule(s->fleet, s->deployment, NULL, &s->plan, err);
    return st;
}

void compose_sample_fini(compose_sample *s)
{
    mp_plan_free(s->plan);
    mp_deployment_free(s->deployment);
    mp_fleet_free(s->fleet);
}

bool compose_sample_ready(const char *replica_name, size_t size, void *user)
{
    static const char *const ready[][3] = { { "chat", "east-1", "0" }, { "chat", "zone-3", "4" } };
    bool found = false;

    (void)user;
    for (size_t i = 0; i < sizeof ready / sizeof *ready && !found; i++) {
        mp_text name;

        if (mp_opaque_name(NULL, ready[i], NULL, 3, &name, NULL) != MP_OK)
            return false;
        found = name.size == size && memcmp(name.data, replica_name, size) == 0;
        mp_text_fini(&name);
    }
    return found;
}

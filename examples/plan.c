/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fleet made by calls, a deployment placed on it, and the objects that make it so.
 *
 *     cc plan.c $(pkg-config --cflags --libs modelplane) && ./a.out
 */
#include <inttypes.h>
#include <modelplane/modelplane.h>
#include <stdio.h>

/* ---- the fleet: two clusters with a pool of H200 nodes each ---- */

static mp_status add_cluster(mp_fleet *fleet, const char *name, int64_t nodes, mp_error *err)
{
    mp_cluster *cluster = mp_fleet_add_cluster(fleet, name, MP_NTS, err);
    mp_pool *pool = cluster ? mp_cluster_add_pool(cluster, "h200", MP_NTS, nodes, err) : NULL;
    mp_device *gpu = pool ? mp_pool_add_device(pool, "gpu", MP_NTS, "gpu.nvidia.com", MP_NTS,
                                               "gpu.nvidia.com", MP_NTS, MP_CLAIM_DRA, 8, err)
                          : NULL;
    mp_status st;

    if (!gpu)
        return err->status;
    st = mp_device_set_capacity(gpu, "memory", MP_NTS, "141Gi", MP_NTS);
    if (st == MP_OK)
        st = mp_device_set_string(gpu, "architecture", MP_NTS, "Hopper", MP_NTS);
    if (st == MP_OK)
        st = mp_cluster_set_gateway(cluster, "203.0.113.7", MP_NTS);
    return st == MP_OK ? mp_cluster_set_ready(cluster, true) : st;
}

/* ---- the deployment: two replicas of a gang over three nodes ---- */

static mp_status add_member(mp_engine *engine, mp_role role, mp_error *err)
{
    static const char pod[] = "{\"spec\": {\"containers\": [{\"name\": \"engine\","
                              " \"image\": \"vllm/vllm-openai:v0.11.0\"}]}}";
    static const char selector[] =
        "device.capacity[\"gpu.nvidia.com\"].memory.compareTo(quantity(\"140Gi\")) >= 0";
    mp_member *member = mp_engine_add_member(engine, role, err);
    mp_request *gpus = member ? mp_member_add_request(member, "gpu", MP_NTS, 8, err) : NULL;
    mp_doc *doc = NULL;
    mp_status st;

    if (!gpus)
        return err->status;
    st = mp_request_add_selector(gpus, selector, MP_NTS, err);
    if (st == MP_OK && role == MP_ROLE_WORKER)
        st = mp_member_set_nodes(member, 2);
    if (st == MP_OK)
        st = mp_json_read(NULL, pod, sizeof pod - 1, NULL, &doc, err);
    if (st == MP_OK)
        st = mp_member_set_template(member, mp_doc_root(doc));
    mp_doc_free(doc);
    return st;
}

static mp_status make_deployment(mp_deployment **out, mp_error *err)
{
    mp_status st = mp_deployment_new(NULL, "chat", MP_NTS, "big-model", MP_NTS, out, err);
    mp_engine *engine;

    if (st != MP_OK)
        return st;
    engine = mp_deployment_add_engine(*out, "main", MP_NTS, 1, err);
    st = engine ? mp_deployment_set_replicas(*out, 2) : err->status;
    if (st == MP_OK)
        st = add_member(engine, MP_ROLE_LEADER, err);
    if (st == MP_OK)
        st = add_member(engine, MP_ROLE_WORKER, err);
    return st;
}

/* ---- the answer ---- */

static void print_plan(const mp_plan *plan)
{
    printf("%s: %zu placed, %" PRIu64 " selector evaluations\n",
           mp_verdict_name(mp_plan_verdict(plan)), mp_plan_size(plan),
           mp_plan_counter(plan, MP_COUNTER_EVALUATIONS));
    for (size_t i = 0; i < mp_plan_size(plan); i++) {
        const mp_placement *p = mp_plan_placement(plan, i);

        printf("  replica %" PRId64 " on %s, pool %s\n", mp_placement_index(p),
               mp_placement_cluster(p, NULL), mp_placement_pool(p, 0, 0, NULL));
    }
}

/* Prints every image of the tree, with its path. */
static mp_walk_step print_image(const mp_object *node, mp_walk_event event, void *user)
{
    char path[256];

    (void)user;
    if (event == MP_WALK_ENTER && mp_object_key_is(node, "image", MP_NTS)) {
        mp_object_path(node, path, sizeof path);
        printf("  %s = %s\n", path, mp_object_string(node, NULL));
    }
    return MP_WALK_NEXT;
}

static mp_status print_objects(const mp_plan *plan, mp_error *err)
{
    mp_compose_opts opts = MP_COMPOSE_OPTS_INIT;
    const mp_object *first;
    mp_doc *replicas, *objects;
    mp_status st = mp_compose(plan, NULL, &replicas, err);

    if (st != MP_OK)
        return st;
    first = mp_object_first(mp_doc_root(replicas));
    opts.bare = true;
    st = mp_compose_replica(NULL, first, &opts, &objects, err);
    if (st == MP_OK) {
        printf("objects of %s:\n", mp_object_key(first, NULL));
        for (const mp_object *o = mp_object_first(mp_doc_root(objects)); o; o = mp_object_next(o))
            printf("  %s\n", mp_object_key(o, NULL));
        printf("images:\n");
        st = mp_object_visit(mp_doc_root(objects), print_image, NULL);
        mp_doc_free(objects);
    }
    mp_doc_free(replicas);
    return st;
}

static mp_status run(mp_fleet **fleet, mp_deployment **deployment, mp_plan **plan, mp_error *err)
{
    mp_status st = mp_fleet_new(NULL, fleet, err);

    if (st == MP_OK)
        st = add_cluster(*fleet, "east", 4, err);
    if (st == MP_OK)
        st = add_cluster(*fleet, "west", 3, err);
    if (st == MP_OK)
        st = make_deployment(deployment, err);
    if (st == MP_OK)
        st = mp_schedule(*fleet, *deployment, NULL, plan, err);
    if (st == MP_OK)
        st = mp_plan_check(*fleet, *deployment, NULL, *plan, err);
    if (st == MP_OK) {
        print_plan(*plan);
        st = print_objects(*plan, err);
    }
    return st;
}

int main(void)
{
    mp_fleet *fleet = NULL;
    mp_deployment *deployment = NULL;
    mp_plan *plan = NULL;
    mp_error err = { 0 };
    mp_status st = run(&fleet, &deployment, &plan, &err);

    if (st != MP_OK)
        fprintf(stderr, "%s: %s\n", mp_status_name(st), err.text);
    mp_plan_free(plan);
    mp_deployment_free(deployment);
    mp_fleet_free(fleet);
    return st == MP_OK ? 0 : 1;
}

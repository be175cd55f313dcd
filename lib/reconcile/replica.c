/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ModelReplica: the objects of its workload cluster, and the two conditions that follow them.
 */
#include "reconcile_internal.h"

#define WORKLOAD "model-serving-"

/* What the observed workloads of a replica add up to. */
typedef struct progress {
    bool observed; /* some workload was seen */
    bool accepted; /* every workload is known to its cluster */
    bool ready;    /* every workload is Ready */
} progress;

static bool is_workload(mp__str key)
{
    return key.size > sizeof WORKLOAD - 1 && memcmp(key.data, MP__LIT(WORKLOAD)) == 0;
}

/* An empty manifest is as good as none. */
static bool is_accepted(const mp__resource *remote)
{
    const mp_object *status = remote ? mp__get(remote->object, "status") : NULL;

    return mp_object_size(mp__get(mp__get(status, "atProvider"), "manifest")) > 0;
}

static void emit_conditions(mp__run *run, const mp__resource *resource, const progress *p)
{
    mp_object *status = mp__emit_status(run, resource);
    mp__str accepted = p && p->accepted ? MP__STR("Accepted")
                       : p              ? MP__STR("Deploying")
                                        : MP__STR("WaitingForCluster");
    mp__str ready = p && p->ready      ? MP__STR("Serving")
                    : p && p->accepted ? MP__STR("ModelStarting")
                                       : MP__STR("WaitingForModel");

    mp__emit_condition(resource, status, MP__STR("ModelAccepted"), p && p->accepted, accepted,
                       MP__STR(""));
    mp__emit_condition(resource, status, MP__STR("ModelReady"), p && p->ready, ready, MP__STR(""));
}

/* The image of the engine in a pod; others may stand beside it. */
static mp__str engine_image(const mp_object *pod)
{
    const mp_object *c = mp_object_first(mp__get(pod, "containers"));

    while (c && !mp_object_string_is(mp__get(c, "name"), MP__LIT("engine")))
        c = mp_object_next(c);
    return mp__get_str(c, "image");
}

static void emit_composing(mp__run *run, const mp__resource *resource)
{
    const mp_object *spec = mp__get(resource->object, "spec");
    const mp_object *engine = mp_object_first(mp__get(spec, "engines"));
    const mp_object *member = mp_object_first(mp__get(engine, "members"));
    mp__str image = engine_image(mp__get(mp__get(member, "template"), "spec"));
    mp__str text = mp__run_text(run, MP__STR("Composing "), image, MP__STR(" on "));

    mp__emit_event(run, resource, MP__STR("Normal"),
                   mp__run_text(run, text, resource->cluster, MP__STR("")));
}

static void emit_children(mp__run *run, const mp__resource *resource, const mp_object *children)
{
    progress p = { .observed = false, .accepted = true, .ready = true };

    for (const mp_object *child = mp_object_first(children); child; child = mp_object_next(child)) {
        mp__str key;
        const mp__resource *remote;
        bool ready;

        key.data = mp_object_key(child, &key.size);
        remote = mp__run_observed(run, resource->ns, resource->name, key);
        ready = remote != NULL;
        if (is_workload(key)) {
            ready = remote && mp__condition_true(remote->object, MP__STR("Ready"));
            p.observed = p.observed || remote;
            p.accepted = p.accepted && is_accepted(remote);
            p.ready = p.ready && ready;
        }
        mp__emit_object(run, resource, resource->cluster, key, ready, child);
    }
    if (!p.observed)
        emit_composing(run, resource);
    emit_conditions(run, resource, &p);
}

/* Nothing is composed until it is known how to reach the cluster; what runs there is kept. */
static mp_status wait_for_cluster(mp__run *run, const mp__resource *resource, mp__str what,
                                  mp_error *err)
{
    mp__emit_event(run, resource, MP__STR("Normal"), what);
    emit_conditions(run, resource, NULL);
    mp__emit_kept(run, resource, MP__STR(""));
    mp__emit_ready(run, false);
    return mp__run_status(run, err);
}

mp_status mp__reconcile_replica(mp__run *run, mp__resource *resource, mp_error *err)
{
    const mp__resource *cluster =
        mp__run_find(run, MP__STR("InferenceCluster"), MP__STR(""), resource->cluster);
    const mp__need need = { .key = MP__STR("cluster"),
                            .kind = MP__STR("InferenceCluster"),
                            .name = resource->cluster };
    mp_compose_opts opts = MP_COMPOSE_OPTS_INIT;
    mp__str provider;
    mp_doc *children;
    mp_error why;
    mp_status st;

    mp__require(run, &need);
    if (!cluster)
        return wait_for_cluster(run, resource, MP__STR("Waiting for cluster to be resolved"), err);
    provider = mp__get_str(mp__get(cluster->status, "providerConfigRef"), "name");
    if (provider.size == 0)
        return wait_for_cluster(run, resource, MP__STR("Waiting for cluster providerConfigRef"),
                                err);
    opts.provider_config = provider.data;
    opts.provider_config_size = provider.size;
    opts.bare = run->opts.bare;
    opts.named = run->opts.named;
    opts.shape = run->opts.shape;
    opts.routing = run->opts.routing;
    if (mp_object_string_is(mp__get(mp__get(cluster->object, "spec"), "stack"), MP__LIT("Dynamo")))
        opts.stack = MP_STACK_DYNAMO;
    st = mp_compose_replica(&run->alloc, resource->object, &opts, &children, &why);
    if (st != MP_OK)
        return mp__run_excuse(run, resource, st, &why, err);
    emit_children(run, resource, mp_doc_root(children));
    mp_doc_free(children);
    return mp__run_status(run, err);
}

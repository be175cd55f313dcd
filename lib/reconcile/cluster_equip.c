/* SPDX-License-Identifier: Apache-2.0 */
/*
 * InferenceCluster: its children on the control plane.
 *
 * A cluster that is provisioned gets the object behind it; once it is known how to reach the
 * cluster, the provider configuration and the serving stack follow.  While replicas are scheduled
 * to it, a usage keeps it from being deleted.
 */
#include "cluster_internal.h"

static bool is_ready(const mp__resource *child)
{
    return child && mp__condition_true(child->object, MP__STR("Ready"));
}

static const mp__resource *seen(mp__run *run, const mp__resource *resource, mp__str key)
{
    return mp__run_observed(run, resource->ns, resource->name, key);
}

/* ---- the usage ---- */

static void note_cluster(mp__run *run, const mp_object *replica)
{
    const mp_object *labels = mp__get(mp__get(replica, "metadata"), "labels");
    mp__str name = mp__get_str(labels, "modelplane.ai/cluster");

    if (name.size > 0 && !mp__map_set_borrowed(&run->used, name.data, name.size, run))
        run->arena.failed = true;
}

void mp__note_used(mp__run *run)
{
    const mp__resources *all = &run->kinds[MP__KIND_REPLICA];

    for (size_t i = 0; i < all->count; i++)
        note_cluster(run, all->items[i].object);
    for (const mp__resource *p = run->parents; p; p = p->next)
        note_cluster(run, p->object);
}

static void emit_usage(mp__run *run, const mp__resource *resource)
{
    const mp__str key = MP__STR("usage-replicas"), replicas = MP__STR("replicas");
    mp_object *labels = mp_object_new_map(run->scratch);
    const mp__need need = { .key = replicas, .kind = MP__STR("ModelReplica"), .labels = labels };
    const mp__resource *usage = seen(run, resource, key);
    mp_object *object;
    bool used;

    mp__set_str(labels, "modelplane.ai/cluster", resource->name);
    mp__require(run, &need);
    used = mp__map_has(&run->used, resource->name.data, resource->name.size);
    if (!mp__run_fetched(run, replicas))
        used = usage != NULL; /* until it is known, nothing changes */
    if (!used)
        return;
    object = mp__make_cluster_usage(run->scratch, resource->name);
    if (run->opts.named)
        (void)mp__give_name(run, resource, key, object);
    mp__emit_object(run, resource, MP__STR(""), key, usage != NULL, object);
}

/* ---- how to reach it ---- */

static mp__str text_or(const mp_object *map, const char *key, mp__str fallback)
{
    mp__str text = mp__object_get_str(map, key, strlen(key));

    return text.size > 0 ? text : fallback;
}

static void read_existing(const mp_object *block, mp__secret_ref *config, mp__secret_ref *identity)
{
    const mp_object *ref = mp__get(block, "identitySecretRef");

    config->name = mp__get_str(mp__get(block, "secretRef"), "name");
    config->key = text_or(mp__get(block, "secretRef"), "key", MP__STR("kubeconfig"));
    identity->name = mp__get_str(ref, "name");
    identity->key = text_or(ref, "key", MP__STR("private_key"));
    identity->type = text_or(ref, "type", MP__STR("GoogleApplicationCredentials"));
}

/* The secrets that a provisioned cluster names in its status. */
static void read_secrets(const mp__resource *backing, mp__secret_ref *config,
                         mp__secret_ref *identity)
{
    const mp_object *list = backing ? mp__get(mp__get(backing->object, "status"), "secrets") : NULL;
    const mp_object *item = mp_object_is_list(list) ? mp_object_first(list) : NULL;

    for (; item; item = mp_object_next(item)) {
        mp__str type = mp__get_str(item, "type");
        mp__secret_ref *to = mp__str_equal(type, MP__STR("Kubeconfig")) ? config : identity;

        to->type = type;
        to->name = mp__get_str(item, "name");
        to->key = mp__get_str(item, "key");
    }
}

/* The fabric of a cloud's pools that needs a driver of its own, or NULL.  What an existing cluster
 * needs its operator has installed. */
static const mp_object *driven_fabric(const mp__resource *resource)
{
    const mp_object *spec = mp__get(resource->object, "spec");
    const mp_object *source = mp__get(mp__get(spec, "cluster"), "source");
    const mp_object *pools = mp__get(spec, "nodePools");
    const mp_object *pool = mp_object_is_list(pools) ? mp_object_first(pools) : NULL;
    const char *driven = mp_object_string_is(source, MP__LIT("EKS"))   ? "EFA"
                         : mp_object_string_is(source, MP__LIT("AKS")) ? "InfiniBand"
                                                                       : NULL;

    for (; pool && driven; pool = mp_object_next(pool)) {
        const mp_object *type = mp__get(mp__get(pool, "fabric"), "type");

        if (mp_object_string_is(type, driven, MP_NTS))
            return type;
    }
    return NULL;
}

/* The kind has no fields for these. */
static void label_stack(mp_object *object, const mp_object *stack, const mp_object *fabric)
{
    mp_object *metadata = mp__get(object, "metadata"), *labels;
    bool dynamo = mp_object_string_is(stack, MP__LIT("Dynamo"));

    if (!dynamo && !fabric)
        return;
    labels = mp__set_map(metadata, "labels");
    if (fabric)
        mp__set_copy(labels, MP__FABRIC_LABEL, fabric);
    if (dynamo)
        mp__set_copy(labels, "modelplane.ai/stack", stack);
}

static void emit_access(mp__run *run, const mp__resource *resource, const mp__secret_ref *config,
                        const mp__secret_ref *identity)
{
    const mp__str config_key = MP__STR("cluster-provider-config-kubernetes");
    const mp__str stack_key = MP__STR("serving-stack");
    const mp_object *stack = mp__get(mp__get(resource->object, "spec"), "stack");
    mp_object *object = mp__make_provider_config(run->scratch, resource->name, config, identity);

    mp__emit_object(run, resource, MP__STR(""), config_key, seen(run, resource, config_key) != NULL,
                    object);
    object = mp__make_serving_stack(run->scratch, resource->name, config, identity);
    label_stack(object, stack, driven_fabric(resource));
    mp__emit_object(run, resource, MP__STR(""), stack_key, is_ready(seen(run, resource, stack_key)),
                    object);
    mp__add_stack(run, resource, object, seen(run, resource, stack_key));
}

/* ---- the cluster behind it ---- */

/* False if the class of a pool says nothing about nodes of this source. */
static bool put_pools(mp__run *run, mp_object *backing, const mp__resource *resource,
                      const mp__source *source)
{
    const mp_object *pools = mp__get(mp__get(resource->object, "spec"), "nodePools");
    const mp_object *pool = mp_object_is_list(pools) ? mp_object_first(pools) : NULL;

    for (; pool; pool = mp_object_next(pool)) {
        const mp_object *nodes = mp__class_nodes(run, pool, source);

        if (!nodes)
            return false;
        mp__put_backing_pool(backing, source, pool, nodes);
    }
    return true;
}

/* One that is there is left as it is while a pool cannot be built. */
static void emit_backing(mp__run *run, const mp__resource *resource, const mp__source *source,
                         const mp__resource *backing)
{
    const mp_object *cluster = mp__get(mp__get(resource->object, "spec"), "cluster");
    mp_object *object = mp__make_backing(run->scratch, resource->name, source,
                                         mp_object_get(cluster, source->block, MP_NTS));

    if (!put_pools(run, object, resource, source))
        object = backing ? mp__held_object(run, backing->object) : NULL;
    if (object)
        mp__emit_object(run, resource, MP__STR(""), mp__str_make(source->key, MP_NTS),
                        is_ready(backing), object);
}

mp_status mp__equip_cluster(mp__run *run, mp__resource *resource, mp_error *err)
{
    const mp__source *source = mp__source_of(resource->object);
    const mp__resource *backing = mp__seen_backing(run, resource, source);
    const mp_object *cluster = mp__get(mp__get(resource->object, "spec"), "cluster");
    mp__secret_ref config = { .name = MP__STR("") }, identity = { .name = MP__STR("") };

    emit_usage(run, resource);
    if (mp__missing_classes(run, resource).size > 0) {
        mp__emit_kept(run, resource, MP__STR("usage-replicas"));
        mp__emit_ready(run, false);
        return mp__run_status(run, err);
    }
    if (source && !source->kind)
        read_existing(mp__get(cluster, "existing"), &config, &identity);
    else
        read_secrets(backing, &config, &identity);
    if (config.name.size > 0)
        emit_access(run, resource, &config, &identity);
    if (source && source->kind)
        emit_backing(run, resource, source, backing);
    return mp__run_status(run, err);
}

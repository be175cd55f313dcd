/* SPDX-License-Identifier: Apache-2.0 */
/*
 * InferenceClass, and InferenceCluster: its status follows from its node pools and their classes.
 *
 * A cluster that comes with a status is taken at its word.  For one without, the status is derived
 * as a control plane would: one pool per node pool with the class's devices, at the largest size
 * the pool may grow to.  What only running machines can tell (Ready, the gateway's address, and
 * that a provisioned cluster is up) is absent, unless the caller wants such clusters assumed ready.
 */
#include "compose_internal.h"
#include "reconcile_internal.h"
#include <stdio.h>

void mp__reconcile_class(mp__run *run, const mp__resource *resource)
{
    mp_object *status = mp__emit_status(run, resource);

    mp__emit_condition(resource, status, MP__STR("Accepted"), true, MP__STR("Available"),
                       MP__STR(""));
}

/* ---- classes of a cluster ---- */

static const mp__resource *find_class(mp__run *run, const mp_object *pool)
{
    return mp__run_find(run, MP__STR("InferenceClass"), MP__STR(""),
                        mp__get_str(pool, "className"));
}

static int compare_names(const void *a, const void *b, void *user)
{
    (void)user;
    return mp__str_compare(*(const mp__str *)a, *(const mp__str *)b);
}

/* The names of classes that are not there, sorted, each once, joined by ", "; size 0 if all are. */
static mp__str missing_classes(mp__run *run, const mp_object *pools)
{
    mp__str *names = MP__NEW_ARRAY(&run->arena, mp__str, mp_object_size(pools));
    size_t count = 0;
    mp__buf text;

    if (!names)
        return MP__STR("");
    for (const mp_object *pool = mp_object_first(pools); pool; pool = mp_object_next(pool))
        if (!find_class(run, pool))
            names[count++] = mp__get_str(pool, "className");
    if (!mp__sort(&run->alloc, names, count, sizeof *names, compare_names, NULL))
        run->arena.failed = true;
    mp__buf_init(&text, &run->alloc);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && mp__str_equal(names[i], names[i - 1]))
            continue;
        mp__buf_puts(&text, i == 0 ? "" : ", ");
        mp__buf_put(&text, names[i].data, names[i].size);
    }
    return mp__run_take(run, &text);
}

/* ---- status.gpuPools ---- */

/* As the API server holds it: with the defaults filled in. */
static void put_device(mp_object *list, const mp_object *device)
{
    mp_object *to = mp_object_append_copy(list, device);

    if (!mp__get(device, "claim"))
        mp__set_lit(to, "claim", "DRA");
    if (!mp__get(device, "count"))
        mp__set_int(to, "count", 1);
}

/* maxNodeCount if it is set and not zero, else nodeCount, else 1. */
static int64_t pool_nodes(const mp_object *pool)
{
    int64_t nodes;

    if (mp_object_int(mp__get(pool, "maxNodeCount"), &nodes) && nodes != 0)
        return nodes;
    return mp_object_int(mp__get(pool, "nodeCount"), &nodes) ? nodes : 1;
}

static void put_pools(mp__run *run, mp_object *status, const mp_object *pools)
{
    mp_object *to = mp__set_list(status, "gpuPools");

    for (const mp_object *pool = mp_object_first(pools); pool; pool = mp_object_next(pool)) {
        const mp__resource *class = find_class(run, pool);
        const mp_object *devices =
            class ? mp__get(mp__get(class->object, "spec"), "devices") : NULL;
        mp_object *item, *list;

        if (mp_object_size(devices) == 0) /* also out of memory for the key of the class */
            continue;
        item = mp_object_append_map(to);
        mp__set_copy(item, "name", mp__get(pool, "name"));
        mp__set_int(item, "nodes", pool_nodes(pool));
        list = mp__set_list(item, "devices");
        for (const mp_object *d = mp_object_first(devices); d; d = mp_object_next(d))
            put_device(list, d);
    }
}

/* ---- the rest of the status ---- */

/* What each source calls its block in a spec and its storage class for shared volumes. */
static const struct source {
    const char *name, *block, *storage_class;
} sources[] = {
    { "GKE", "gke", "modelplane-rwx" },
    { "EKS", "eks", "modelplane-rwx-efs" },
    { "AKS", "aks", "modelplane-rwx-fs" },
    { "Nebius", "nebius", "modelplane-rwx-fs" },
    { "Vultr", "vultr", NULL },
    { "Existing", "existing", NULL },
};

static const struct source *find_source(const mp_object *document)
{
    const mp_object *cluster = mp__get(mp__get(document, "spec"), "cluster");

    for (size_t i = 0; i < MP__COUNT(sources); i++)
        if (mp_object_string_is(mp__get(cluster, "source"), sources[i].name, MP_NTS))
            return &sources[i];
    return NULL;
}

static bool is_existing(const struct source *source)
{
    return source && strcmp(source->name, "Existing") == 0;
}

static void put_storage_class(mp_object *status, const mp_object *document,
                              const struct source *source)
{
    const mp_object *cluster = mp__get(mp__get(document, "spec"), "cluster");
    mp__str name = mp__str_make(source ? source->storage_class : NULL, MP_NTS);

    if (is_existing(source))
        name = mp__get_str(mp__get(mp__get(cluster, "existing"), "cache"), "storageClassName");
    if (name.size > 0)
        mp__set_str(mp__set_map(status, "cache"), "storageClassName", name);
}

/* A class that cannot be provisioned on the cluster's cloud. */
static void warn_pools(mp__run *run, const mp__resource *resource, const struct source *source,
                       const mp_object *pools)
{
    if (!source || is_existing(source))
        return;
    for (const mp_object *pool = mp_object_first(pools); pool; pool = mp_object_next(pool)) {
        const mp__resource *class = find_class(run, pool);
        const mp_object *provisioning =
            class ? mp__get(mp__get(class->object, "spec"), "provisioning") : NULL;
        mp__str text;

        if (!class || mp_object_get(provisioning, source->block, MP_NTS))
            continue;
        text = mp__run_text(run, MP__STR("InferenceClass "), class->name, MP__STR(" has no "));
        text = mp__run_text(run, text, mp__str_make(source->name, MP_NTS),
                            MP__STR(" provisioning block"));
        mp__emit_event(run, resource, MP__STR("Warning"), text);
    }
}

static void put_conditions(const mp__run *run, const mp__resource *resource, mp_object *status,
                           bool existing)
{
    bool assumed = run->opts.assume_ready, up = existing || assumed;
    mp__str none = MP__STR("");

    mp__emit_condition(resource, status, MP__STR("ClusterReady"), up,
                       up ? MP__STR("ClusterRunning") : MP__STR("Provisioning"), none);
    mp__emit_condition(resource, status, MP__STR("BackendReady"), assumed,
                       assumed ? MP__STR("BackendHealthy")
                       : up    ? MP__STR("Installing")
                               : MP__STR("WaitingForCluster"),
                       none);
    mp__emit_condition(resource, status, MP__STR("Ready"), assumed,
                       assumed ? MP__STR("Available") : MP__STR("Creating"), none);
}

/* An address that resolves nowhere (RFC 2606), so that nobody takes it for a real one. */
static void put_gateway(mp__run *run, mp_object *status, const mp__resource *resource)
{
    mp__str address;

    if (!run->opts.assume_ready)
        return;
    address = mp__run_text(run, resource->name, MP__STR(".invalid"), MP__STR(""));
    mp__set_str(mp__set_map(status, "gateway"), "address", address);
}

static void derive_status(mp__run *run, const mp__resource *resource, mp_object *status)
{
    const struct source *source = find_source(resource->object);
    const mp_object *pools = mp__get(mp__get(resource->object, "spec"), "nodePools");
    const mp__str name[] = { resource->name, MP__STR("cluster-kubeconfig") };
    mp__str missing = missing_classes(run, pools), config;
    mp__name buffer;

    if (run->arena.failed)
        return; /* classes that are there may not have been found */
    if (missing.size > 0) {
        mp__str text =
            mp__run_text(run, MP__STR("Waiting for InferenceClasses: "), missing, MP__STR(""));

        mp__emit_condition(resource, status, MP__STR("ClusterReady"), false,
                           MP__STR("WaitingForClasses"), text);
        mp__emit_event(run, resource, MP__STR("Normal"), text);
        return;
    }
    warn_pools(run, resource, source, pools);
    config = mp__child_name(name, MP__COUNT(name), &buffer);
    mp__set_str(mp__set_map(status, "providerConfigRef"), "name", config);
    mp__set_lit(status, "namespace", "modelplane-system");
    put_gateway(run, status, resource);
    put_storage_class(status, resource->object, source);
    put_pools(run, status, pools);
    put_conditions(run, resource, status, is_existing(source));
}

mp_status mp__add_cluster(mp__run *run, mp__resource *resource, const mp_object *document,
                          mp_error *err)
{
    mp_error why;

    resource->status = mp__get(document, "status");
    return mp__run_excuse(run, resource, mp_fleet_read_cluster(run->fleet, document, &why), &why,
                          err);
}

mp_status mp__reconcile_cluster(mp__run *run, mp__resource *resource, mp_error *err)
{
    const mp_object *given = mp__get(resource->object, "status");
    mp_object *document = mp_object_copy(run->scratch, resource->object);
    mp_object *status = mp__emit_status(run, resource);
    mp_status st = mp__run_status(run, err);

    if (st != MP_OK)
        return st;
    if (mp_object_size(given) > 0 && !run->request)
        for (const mp_object *c = mp_object_first(given); c; c = mp_object_next(c)) {
            size_t size;
            const char *key = mp_object_key(c, &size);

            mp_object_set_copy(status, key, size, c);
        }
    else
        derive_status(run, resource, status);
    mp__set_copy(document, "status", status);
    st = mp__run_status(run, err);
    return st == MP_OK ? mp__add_cluster(run, resource, document, err) : st;
}

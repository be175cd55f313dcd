/* SPDX-License-Identifier: Apache-2.0 */
/*
 * InferenceClass, and InferenceCluster: its status follows from its node pools and their classes.
 *
 * A cluster that comes with a status is taken at its word.  For one without, the status is derived
 * as a control plane would: one pool per node pool with the class's devices, at the largest size
 * the pool may grow to.  What only running machines can tell (Ready, the gateway's address, and
 * that a provisioned cluster is up) is absent, unless the caller wants such clusters assumed ready.
 */
#include "cluster_internal.h"

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

const mp_object *mp__class_nodes(mp__run *run, const mp_object *pool, const mp__source *source)
{
    const mp__resource *class = find_class(run, pool);
    const mp_object *spec = class ? mp__get(class->object, "spec") : NULL;

    return mp_object_get(mp__get(spec, "provisioning"), source->block, MP_NTS);
}

static int compare_names(const void *a, const void *b, void *user)
{
    (void)user;
    return mp__str_compare(*(const mp__str *)a, *(const mp__str *)b);
}

/* The names of the classes of all pools, sorted, each once. */
static size_t class_names(mp__run *run, const mp_object *pools, mp__str **out)
{
    mp__str *names = MP__NEW_ARRAY(&run->arena, mp__str, mp_object_size(pools));
    size_t count = 0, kept = 0;

    *out = names;
    if (!names || !mp_object_is_list(pools))
        return 0;
    for (const mp_object *pool = mp_object_first(pools); pool; pool = mp_object_next(pool))
        names[count++] = mp__get_str(pool, "className");
    if (!mp__sort(&run->alloc, names, count, sizeof *names, compare_names, NULL))
        run->arena.failed = true;
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || !mp__str_equal(names[i], names[kept - 1]))
            names[kept++] = names[i];
    return kept;
}

/* Joined by ", "; size 0 if none is missing. */
mp__str mp__missing_classes(mp__run *run, const mp__resource *resource)
{
    const mp_object *pools = mp__get(mp__get(resource->object, "spec"), "nodePools");
    mp__str *names;
    size_t count = class_names(run, pools, &names);
    mp__buf text;

    mp__buf_init(&text, &run->alloc);
    for (size_t i = 0; i < count; i++) {
        const mp__need need = { .key = mp__run_text(run, MP__STR("class-"), names[i], MP__STR("")),
                                .kind = MP__STR("InferenceClass"),
                                .name = names[i] };

        mp__require(run, &need);
        if (mp__run_find(run, MP__STR("InferenceClass"), MP__STR(""), names[i]))
            continue;
        mp__buf_puts(&text, text.size == 0 ? "" : ", ");
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

static bool is_existing(const mp__source *source)
{
    return source && !source->kind;
}

/* The cluster behind this one, as last seen. */
const mp__resource *mp__seen_backing(mp__run *run, const mp__resource *resource,
                                     const mp__source *source)
{
    if (!source || !source->key)
        return NULL;
    return mp__run_observed(run, resource->ns, resource->name, mp__str_make(source->key, MP_NTS));
}

static const mp__resource *seen_stack(mp__run *run, const mp__resource *resource)
{
    return mp__run_observed(run, resource->ns, resource->name, MP__STR("serving-stack"));
}

/* A cluster that is not there yet has none; what is planned offline takes the usual one. */
static void put_storage_class(mp__run *run, mp_object *status, const mp__resource *resource,
                              const mp__source *source)
{
    const mp_object *cluster = mp__get(mp__get(resource->object, "spec"), "cluster");
    const mp__resource *backing = mp__seen_backing(run, resource, source);
    mp__str name = MP__STR("");

    if (is_existing(source)) {
        name = mp__get_str(mp__get(mp__get(cluster, "existing"), "cache"), "storageClassName");
        if (name.size == 0 && run->opts.shape == MP_SHAPE_V1)
            name = MP__STR("modelplane-rwx"); /* the default of that shape */
    } else if (source && source->storage_class && backing) {
        name =
            mp__get_str(mp__get(mp__get(backing->object, "status"), "cache"), "storageClassName");
    } else if (source && !run->request) {
        name = mp__str_make(source->storage_class, MP_NTS);
    }
    if (name.size > 0)
        mp__set_str(mp__set_map(status, "cache"), "storageClassName", name);
}

/* A class that cannot be provisioned on the cluster's cloud. */
static void warn_pools(mp__run *run, const mp__resource *resource, const mp__source *source,
                       const mp_object *pools)
{
    if (!source || is_existing(source))
        return;
    for (const mp_object *pool = mp_object_first(pools); pool; pool = mp_object_next(pool)) {
        const mp__resource *class = find_class(run, pool);
        mp__str text;

        if (!class || mp__class_nodes(run, pool, source))
            continue;
        text = mp__run_text(run, MP__STR("InferenceClass "), class->name, MP__STR(" has no "));
        text = mp__run_text(run, text, mp__str_make(source->name, MP_NTS),
                            MP__STR(" provisioning block"));
        mp__emit_event(run, resource, MP__STR("Warning"), text);
    }
}

static bool is_ready(const mp__resource *child)
{
    return child && mp__condition_true(child->object, MP__STR("Ready"));
}

static void put_conditions(mp__run *run, const mp__resource *resource, mp_object *status,
                           const mp__source *source)
{
    bool assumed = run->opts.assume_ready;
    bool up = assumed || is_existing(source) || is_ready(mp__seen_backing(run, resource, source));
    bool served = assumed || (up && is_ready(seen_stack(run, resource)));
    mp__str none = MP__STR("");

    mp__emit_condition(resource, status, MP__STR("ClusterReady"), up,
                       up ? MP__STR("ClusterRunning") : MP__STR("Provisioning"), none);
    mp__emit_condition(resource, status, MP__STR("BackendReady"), served,
                       served ? MP__STR("BackendHealthy")
                       : up   ? MP__STR("Installing")
                              : MP__STR("WaitingForCluster"),
                       none);
    if (!run->request) /* to a function it is Crossplane's own */
        mp__emit_condition(resource, status, MP__STR("Ready"), served,
                           served ? MP__STR("Available") : MP__STR("Creating"), none);
}

/* Assumed is an address that resolves nowhere (RFC 2606), so that nobody takes it for a real one.
 */
static void put_gateway(mp__run *run, mp_object *status, const mp__resource *resource)
{
    const mp__resource *stack = seen_stack(run, resource);
    mp__str address = MP__STR("");

    if (stack)
        address = mp__get_str(mp__get(mp__get(stack->object, "status"), "gateway"), "address");
    if (address.size == 0 && run->opts.assume_ready)
        address = mp__run_text(run, resource->name, MP__STR(".invalid"), MP__STR(""));
    if (address.size > 0)
        mp__set_str(mp__set_map(status, "gateway"), "address", address);
}

static void derive_status(mp__run *run, const mp__resource *resource, mp_object *status)
{
    const mp__source *source = mp__source_of(resource->object);
    const mp_object *pools = mp__get(mp__get(resource->object, "spec"), "nodePools");
    const mp__str name[] = { resource->name, MP__STR("cluster-kubeconfig") };
    mp__str missing = mp__missing_classes(run, resource), config;
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
    mp__set_lit(status, "namespace", MP__SYSTEM_NAMESPACE);
    put_gateway(run, status, resource);
    put_storage_class(run, status, resource, source);
    put_pools(run, status, pools);
    put_conditions(run, resource, status, source);
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

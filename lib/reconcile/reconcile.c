/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole system in one call.
 *
 * Stages follow the references between kinds: classes, then the clusters built of them, then caches
 * and what already runs, then deployments, and last the replicas that deployments ask for. Statuses
 * come out in that order, each kind by (namespace, name).
 */
#include "reconcile_internal.h"

/* ---- what already runs ---- */

mp_status mp__add_replicas(mp__run *run, mp_error *err)
{
    const mp__resources *replicas = &run->kinds[MP__KIND_REPLICA];
    mp_status st = MP_OK;

    for (size_t i = 0; st == MP_OK && i < replicas->count; i++) {
        mp__resource *r = &replicas->items[i];
        mp_error why;

        st = mp__run_excuse(run, r, mp_fleet_read_replica(run->fleet, r->object, &why), &why, err);
        if (!r->owned && !r->broken && !run->request)
            mp__run_add_parent(run, r->object, NULL);
    }
    return st;
}

/* ---- what is wanted is reconciled in turn ---- */

typedef mp_status (*reconcile_fn)(mp__run *run, mp__resource *resource, mp_error *err);

static int compare_names(const void *a, const void *b, void *user)
{
    const mp__resource *x = a, *y = b;
    int order = mp__str_compare(x->ns, y->ns);

    (void)user;
    return order ? order : mp__str_compare(x->name, y->name);
}

static mp_status reconcile_all(mp__run *run, mp__resources *list, reconcile_fn reconcile,
                               mp_error *err)
{
    mp_status st = MP_OK;

    for (size_t i = 0; st == MP_OK && i < list->count; i++)
        st = reconcile(run, &list->items[i], err);
    return st;
}

/* The resources of a chain and then those of a list that `keep` wants, sorted by name. */
static mp_status gather(mp__run *run, const mp__resource *chain, const mp__resources *list,
                        bool (*keep)(mp__run *, const mp__resource *), mp__resources *out,
                        mp_error *err)
{
    size_t most = list ? list->count : 0;

    for (const mp__resource *r = chain; r; r = r->next)
        most++;
    out->items = MP__NEW_ARRAY(&run->arena, mp__resource, most);
    out->count = 0;
    if (!out->items)
        return mp__fail_nomem(err);
    for (const mp__resource *r = chain; r; r = r->next)
        out->items[out->count++] = *r;
    for (size_t i = 0; list && i < list->count; i++)
        if (keep(run, &list->items[i]))
            out->items[out->count++] = list->items[i];
    if (!mp__sort(&run->alloc, out->items, out->count, sizeof *out->items, compare_names, NULL))
        return mp__fail_nomem(err);
    return MP_OK;
}

static mp_status reconcile_replicas(mp__run *run, mp_error *err)
{
    mp__resources all;
    mp_status st = gather(run, run->parents, NULL, NULL, &all, err);

    return st == MP_OK ? reconcile_all(run, &all, mp__reconcile_replica, err) : st;
}

/* An endpoint of a deployment is there as long as the deployment wants it. */
static bool is_free_endpoint(mp__run *run, const mp__resource *endpoint)
{
    const mp_object *labels = mp__get(mp__get(endpoint->object, "metadata"), "labels");
    mp__str owner = mp__get_str(labels, "modelplane.ai/deployment");

    if (endpoint->owned)
        return false; /* it is in the chain of those that are wanted */
    return owner.size == 0 || !mp__run_find(run, MP__STR("ModelDeployment"), endpoint->ns, owner);
}

static mp_status reconcile_endpoints(mp__run *run, mp_error *err)
{
    mp__resources *all = &run->kinds[MP__KIND_ENDPOINT], wanted;
    mp_status st = gather(run, run->endpoints, all, is_free_endpoint, &wanted, err);

    if (st != MP_OK)
        return st;
    *all = wanted; /* what services select from */
    return reconcile_all(run, all, mp__reconcile_endpoint, err);
}

/* ---- clusters and gateways ---- */

static bool is_free_stack(mp__run *run, const mp__resource *stack)
{
    (void)run;
    return !stack->owned;
}

static mp_status reconcile_infrastructure(mp__run *run, mp_error *err)
{
    mp__resources stacks;
    mp_status st = MP_OK;

    if (run->opts.infrastructure) {
        mp__note_used(run);
        st = reconcile_all(run, &run->kinds[MP__KIND_CLUSTER], mp__equip_cluster, err);
    }
    if (st == MP_OK)
        st = gather(run, run->stacks, &run->kinds[MP__KIND_STACK], is_free_stack, &stacks, err);
    return st == MP_OK ? reconcile_all(run, &stacks, mp__reconcile_stack, err) : st;
}

/* ---- the call ---- */

static mp_status reconcile_kinds(mp__run *run, mp_error *err)
{
    mp__resources *k = run->kinds;
    mp_status st = MP_OK;

    for (size_t i = 0; i < k[MP__KIND_CLASS].count; i++)
        mp__reconcile_class(run, &k[MP__KIND_CLASS].items[i]);
    st = reconcile_all(run, &k[MP__KIND_CLUSTER], mp__reconcile_cluster, err);
    if (st == MP_OK)
        st = reconcile_all(run, &k[MP__KIND_CACHE], mp__reconcile_cache, err);
    if (st == MP_OK)
        st = mp__add_replicas(run, err);
    if (st == MP_OK)
        st = mp__reconcile_deployments(run, err);
    if (st == MP_OK)
        st = reconcile_replicas(run, err);
    if (st == MP_OK)
        st = reconcile_all(run, &k[MP__KIND_GATEWAY], mp__reconcile_gateway, err);
    if (st == MP_OK)
        st = reconcile_endpoints(run, err);
    if (st == MP_OK)
        st = reconcile_all(run, &k[MP__KIND_SERVICE], mp__reconcile_service, err);
    if (st == MP_OK)
        st = reconcile_infrastructure(run, err);
    for (size_t i = 0; i < k[MP__KIND_OTHER].count; i++)
        mp__emit_skipped(run, &k[MP__KIND_OTHER].items[i]);
    return st;
}

mp_status mp__run_begin(mp__run *run, const mp_allocator *alloc, const mp_reconcile_opts *opts,
                        mp_error *err)
{
    static const mp_reconcile_opts defaults = MP_RECONCILE_OPTS_INIT;
    mp_object *root;
    mp_status st;

    *run = (mp__run){ .alloc = mp__allocator(alloc), .opts = opts ? *opts : defaults };
    mp__arena_init(&run->arena, &run->alloc);
    mp__map_init(&run->by_id, &run->alloc);
    mp__map_init(&run->owners, &run->alloc);
    mp__map_init(&run->holders, &run->alloc);
    mp__map_init(&run->observed, &run->alloc);
    mp__map_init(&run->used, &run->alloc);
    st = mp_doc_new(alloc, &run->scratch, err);
    if (st == MP_OK)
        st = mp_doc_new(alloc, &run->doc, err);
    if (st == MP_OK)
        st = mp_fleet_new(alloc, &run->fleet, err);
    if (st != MP_OK)
        return st;
    root = mp_object_new_map(run->doc);
    mp_doc_set_root(run->doc, root);
    run->objects = mp__set_list(root, "objects");
    run->statuses = mp__set_list(root, "statuses");
    run->events = mp__set_list(root, "events");
    run->plans = mp__set_list(root, "plans");
    run->skipped = mp__set_list(root, "skipped");
    run->errors = mp__set_list(root, "errors");
    return MP_OK;
}

void mp__run_end(mp__run *run)
{
    mp_fleet_free(run->fleet);
    mp_doc_free(run->doc);
    mp_doc_free(run->scratch);
    mp__map_fini(&run->used);
    mp__map_fini(&run->observed);
    mp__map_fini(&run->holders);
    mp__map_fini(&run->owners);
    mp__map_fini(&run->by_id);
    mp__arena_fini(&run->arena);
}

static mp_status index_documents(mp__run *run, const mp_object *documents, mp_error *err)
{
    size_t count = 0;
    const mp_object **items =
        MP__NEW_ARRAY(&run->arena, const mp_object *, mp_object_size(documents));

    if (!items)
        return mp__fail_nomem(err);
    for (const mp_object *d = mp_object_first(documents); d; d = mp_object_next(d))
        items[count++] = d;
    return mp__run_index(run, items, count, err);
}

mp_status mp_reconcile(const mp_allocator *alloc, const mp_object *documents,
                       const mp_reconcile_opts *opts, mp_doc **out, mp_error *err)
{
    mp__run run;
    mp_status st;

    *out = NULL;
    mp__error_clear(err);
    if (!mp_object_is_list(documents))
        return mp__fail(err, MP_EINVAL, "documents must be a list");
    st = mp__run_begin(&run, alloc, opts, err);
    if (st == MP_OK)
        st = index_documents(&run, documents, err);
    if (st == MP_OK)
        st = reconcile_kinds(&run, err);
    if (st == MP_OK)
        st = mp__run_status(&run, err);
    if (st == MP_OK) {
        *out = run.doc;
        run.doc = NULL;
    }
    mp__run_end(&run);
    return st;
}

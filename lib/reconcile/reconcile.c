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

/* ---- the replicas that are wanted ---- */

static int compare_parents(const void *a, const void *b, void *user)
{
    const mp__resource *x = a, *y = b;
    int order = mp__str_compare(x->ns, y->ns);

    (void)user;
    return order ? order : mp__str_compare(x->name, y->name);
}

static mp_status reconcile_replicas(mp__run *run, mp_error *err)
{
    mp__resource *all = MP__NEW_ARRAY(&run->arena, mp__resource, run->parent_count);
    size_t count = 0;

    if (!all)
        return mp__fail_nomem(err);
    for (const mp__resource *p = run->parents; p; p = p->next)
        all[count++] = *p;
    if (!mp__sort(&run->alloc, all, count, sizeof *all, compare_parents, NULL))
        return mp__fail_nomem(err);
    for (size_t i = 0; i < count; i++) {
        mp_status st = mp__reconcile_replica(run, &all[i], err);

        if (st != MP_OK)
            return st;
    }
    return MP_OK;
}

/* ---- the call ---- */

static mp_status reconcile_kinds(mp__run *run, mp_error *err)
{
    mp__resources *k = run->kinds;
    mp_status st = MP_OK;

    for (size_t i = 0; i < k[MP__KIND_CLASS].count; i++)
        mp__reconcile_class(run, &k[MP__KIND_CLASS].items[i]);
    for (size_t i = 0; st == MP_OK && i < k[MP__KIND_CLUSTER].count; i++)
        st = mp__reconcile_cluster(run, &k[MP__KIND_CLUSTER].items[i], err);
    for (size_t i = 0; st == MP_OK && i < k[MP__KIND_CACHE].count; i++)
        st = mp__reconcile_cache(run, &k[MP__KIND_CACHE].items[i], err);
    if (st == MP_OK)
        st = mp__add_replicas(run, err);
    if (st == MP_OK)
        st = mp__reconcile_deployments(run, err);
    if (st == MP_OK)
        st = reconcile_replicas(run, err);
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

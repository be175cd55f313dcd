/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One reconcile of one parent object.
 *
 * The request is read into a run like that of mp_reconcile(): the parent, the documents that were
 * required and the ModelReplicas among its children are the input, the children are what is
 * observed under their response keys.  One reconciler is asked, and what it emitted becomes the
 * response.
 */
#include "function_internal.h"
#include "object_internal.h"

/* ---- one reconciler per kind of parent ---- */

static mp_status run_class(mp__run *run, mp__resource *parent, mp_error *err)
{
    mp__reconcile_class(run, parent);
    mp__emit_ready(run, true);
    return mp__run_status(run, err);
}

static mp_status run_deployment(mp__run *run, mp__resource *parent, mp_error *err)
{
    mp__resources *clusters = &run->kinds[MP__KIND_CLUSTER];
    mp_status st = MP_OK;

    run->kinds[MP__KIND_DEPLOYMENT] = (mp__resources){ parent, 1 }; /* others are not asked for */
    for (size_t i = 0; st == MP_OK && i < clusters->count; i++)
        st = mp__add_cluster(run, &clusters->items[i], clusters->items[i].object, err);
    if (st == MP_OK)
        st = mp__add_replicas(run, err);
    return st == MP_OK ? mp__reconcile_deployments(run, err) : st;
}

static mp_status run_replica(mp__run *run, mp__resource *parent, mp_error *err)
{
    parent->cluster = mp__get_str(mp__get(parent->object, "spec"), "clusterName");
    return mp__reconcile_replica(run, parent, err);
}

static mp_status run_cluster(mp__run *run, mp__resource *parent, mp_error *err)
{
    mp_status st = mp__reconcile_cluster(run, parent, err);

    mp__note_used(run);
    return st == MP_OK ? mp__equip_cluster(run, parent, err) : st;
}

static const struct reconciler {
    const char *kind;
    mp_status (*run)(mp__run *run, mp__resource *parent, mp_error *err);
} reconcilers[] = {
    { "InferenceClass", run_class },
    { "InferenceCluster", run_cluster },
    { "InferenceGateway", mp__reconcile_gateway },
    { "ServingStack", mp__reconcile_stack },
    { "ModelDeployment", run_deployment },
    { "ModelReplica", run_replica },
    { "ModelEndpoint", mp__reconcile_endpoint },
    { "ModelService", mp__reconcile_service },
    { "ModelCache", mp__reconcile_cache },
};

static const struct reconciler *find_reconciler(const mp__resource *parent)
{
    for (size_t i = 0; parent && i < MP__COUNT(reconcilers); i++)
        if (mp__str_equal(parent->kind, mp__str_make(reconcilers[i].kind, MP_NTS)))
            return &reconcilers[i];
    return NULL;
}

/* ---- the request ---- */

/* A field by the name it has in JSON, or by that of the protocol. */
static const mp_object *field(const mp_object *map, const char *name, const char *other)
{
    const mp_object *found = mp_object_get(map, name, MP_NTS);

    return found ? found : mp_object_get(map, other, MP_NTS);
}

/* Documents in the order in which they count: of several with one identity the first does. */
typedef struct documents {
    const mp_object **items;
    size_t count;
} documents;

static void add_document(documents *to, const mp_object *holder)
{
    const mp_object *resource = mp__get(holder, "resource");

    if (mp_object_is_map(resource))
        to->items[to->count++] = resource;
}

static void add_required(documents *to, const mp_object *required)
{
    for (const mp_object *r = mp_object_first(required); r; r = mp_object_next(r)) {
        const mp_object *items = mp__get(r, "items");
        const mp_object *item = mp_object_is_list(items) ? mp_object_first(items) : NULL;

        for (; item; item = mp_object_next(item))
            add_document(to, item);
    }
}

static size_t count_required(const mp_object *required)
{
    size_t count = 0;

    for (const mp_object *r = mp_object_first(required); r; r = mp_object_next(r))
        count += mp_object_size(mp__get(r, "items"));
    return count;
}

static bool is_replica(const mp_object *child)
{
    return mp__is_replica(mp__get(child, "resource"));
}

static mp_status index_request(mp__run *run, const mp_object *composite, mp_error *err)
{
    const mp__request *request = run->request;
    size_t most = 1 + mp_object_size(request->observed) + count_required(request->required) +
                  count_required(request->extra);
    documents all = { MP__NEW_ARRAY(&run->arena, const mp_object *, most), 0 };
    const mp_object *child = mp_object_first(request->observed);

    if (!all.items)
        return mp__fail_nomem(err);
    add_document(&all, composite);
    for (; child; child = mp_object_next(child))
        if (is_replica(child))
            add_document(&all, child);
    add_required(&all, request->required);
    add_required(&all, request->extra);
    return mp__run_index(run, all.items, all.count, err);
}

static mp__resource *find_parent(mp__run *run, const mp_object *composite)
{
    const mp_object *object = mp__get(composite, "resource");
    const mp_object *metadata = mp__get(object, "metadata");
    mp__str kind = mp__get_str(object, "kind"), ns = mp__get_str(metadata, "namespace");
    mp__str name = mp__get_str(metadata, "name");
    mp__resource *parent = mp__run_find(run, kind, ns, name);

    if (!parent && ns.size == 0)
        parent = mp__run_find(run, kind, MP__STR(MP_NAMESPACE_DEFAULT), name);
    return parent;
}

static void observe_children(mp__run *run, const mp__resource *parent)
{
    const mp_object *child = mp_object_first(run->request->observed);

    for (; child; child = mp_object_next(child)) {
        const mp_object *object = mp__get(child, "resource");
        mp__resource *resource;
        mp__str key;

        if (!mp_object_is_map(object))
            continue;
        key.data = mp_object_key(child, &key.size);
        resource = mp__run_resource(run, object);
        mp__run_observe(run, parent->ns, parent->name, key, resource);
    }
}

/* What others have found out is taken at its word. */
static void take_statuses(mp__resources *list)
{
    for (size_t i = 0; i < list->count; i++)
        list->items[i].status = mp__get(list->items[i].object, "status");
}

static mp_status read_request(mp__run *run, const mp_object *request, mp__resource **parent,
                              mp_error *err)
{
    const mp_object *observed = mp__get(request, "observed");
    const mp_object *composite = mp__get(observed, "composite");
    mp_status st;

    *run->request =
        (mp__request){ .observed = mp__get(observed, "resources"),
                       .required = field(request, "requiredResources", "required_resources"),
                       .extra = field(request, "extraResources", "extra_resources"),
                       .requirements = mp_object_new_map(run->doc) };
    st = index_request(run, composite, err);
    if (st != MP_OK)
        return st;
    take_statuses(&run->kinds[MP__KIND_CLUSTER]);
    take_statuses(&run->kinds[MP__KIND_ENDPOINT]);
    take_statuses(&run->kinds[MP__KIND_GATEWAY]);
    *parent = find_parent(run, composite);
    if (*parent)
        observe_children(run, *parent);
    return mp__run_status(run, err);
}

/* ---- whole numbers ---- */

/* A double without a fraction, which is how protobuf carries an integer, becomes one. */
static mp_walk_step settle_number(const mp_object *node, mp_walk_event event, void *user)
{
    mp_object *own = (mp_object *)node; /* of a document of this file's */
    int64_t value;

    (void)user;
    if (event == MP_WALK_ENTER && mp_object_type(node) == MP_OBJECT_DOUBLE &&
        mp_object_int(node, &value)) {
        own->type = MP_OBJECT_INT;
        own->as.integer = value;
    }
    return MP_WALK_NEXT;
}

/* ---- the call ---- */

static mp_status reconcile(mp__run *run, const mp_object *request, mp_object *response,
                           mp_error *err)
{
    mp__resource *parent = NULL;
    mp_status st = read_request(run, request, &parent, err);
    const struct reconciler *reconciler = find_reconciler(parent);

    if (st != MP_OK)
        return st;
    if (!reconciler) {
        mp__response_refuse(response, request);
        return MP_OK;
    }
    st = reconciler->run(run, parent, err);
    if (st == MP_OK)
        mp__response_fill(response, run, parent);
    return st;
}

mp_status mp_function_run(const mp_allocator *alloc, const mp_object *request,
                          const mp_reconcile_opts *opts, mp_doc **out, mp_error *err)
{
    mp__request state = { .requirements = NULL };
    mp_doc *doc = NULL;
    mp__run run;
    mp_status st;

    *out = NULL;
    mp__error_clear(err);
    if (!mp_object_is_map(request))
        return mp__fail(err, MP_EINVAL, "a request must be a map");
    st = mp__run_begin(&run, alloc, opts, err);
    run.request = &state;
    run.opts.assume_ready = run.opts.explain = run.opts.explain_all = false;
    if (st == MP_OK)
        st = mp_doc_new(alloc, &doc, err);
    if (st == MP_OK) {
        mp_doc_set_root(doc, mp__response_new(doc, request));
        st = reconcile(&run, request, mp_doc_root(doc), err);
    }
    if (st == MP_OK)
        st = mp__run_status(&run, err);
    if (st == MP_OK && mp_doc_status(doc) != MP_OK)
        st = mp__fail_nomem(err);
    mp__run_end(&run);
    if (st != MP_OK) {
        mp_doc_free(doc);
        return st;
    }
    (void)mp_object_visit(mp_doc_root(doc), settle_number, NULL);
    *out = doc;
    return MP_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The input by kind and identity.
 *
 * Each kind is sorted bytewise by (namespace, name), so nothing after this depends on the order in
 * which documents were given.  ModelReplicas are chained to the deployment they belong to, by
 * namespace and name; provider Objects are found by the marks Crossplane leaves on what it
 * composes: the label crossplane.io/composite and the annotation
 * crossplane.io/composition-resource-name.
 */
#include "reconcile_internal.h"
#include <inttypes.h>
#include <stdio.h>

static const struct {
    const char *group, *kind;
    mp__kind value;
} known[] = {
    { "modelplane.ai", "InferenceClass", MP__KIND_CLASS },
    { "modelplane.ai", "InferenceCluster", MP__KIND_CLUSTER },
    { "modelplane.ai", "ModelDeployment", MP__KIND_DEPLOYMENT },
    { "modelplane.ai", "ModelReplica", MP__KIND_REPLICA },
    { "modelplane.ai", "ModelEndpoint", MP__KIND_ENDPOINT },
    { "modelplane.ai", "ModelCache", MP__KIND_CACHE },
    { "kubernetes.m.crossplane.io", "Object", MP__KIND_REMOTE },
    { "", "Secret", MP__KIND_SECRET },
};

/* ---- keys ---- */

static mp__str join(mp__run *run, mp__str a, mp__str b, mp__str c, const char *separator)
{
    size_t gap = separator ? 1 : 0;
    char *text = mp__arena_alloc(&run->arena, a.size + b.size + c.size + 3);
    size_t size = 0;
    const mp__str parts[] = { a, b, c };

    if (!text)
        return MP__STR("");
    for (size_t i = 0; i < MP__COUNT(parts); i++) {
        if (i > 0 && gap)
            text[size++] = *separator;
        if (parts[i].size)
            memcpy(text + size, parts[i].data, parts[i].size);
        size += parts[i].size;
    }
    text[size] = '\0';
    return (mp__str){ text, size };
}

mp__str mp__run_key(mp__run *run, mp__str a, mp__str b, mp__str c)
{
    return join(run, a, b, c, "");
}

mp__str mp__run_text(mp__run *run, mp__str a, mp__str b, mp__str c)
{
    return join(run, a, b, c, NULL);
}

mp__str mp__run_take(mp__run *run, mp__buf *buf)
{
    mp__str text = mp__run_text(run, (mp__str){ buf->data, buf->size }, MP__STR(""), MP__STR(""));

    if (buf->failed)
        run->arena.failed = true;
    mp__buf_fini(buf);
    return text;
}

static void map_put(mp__run *run, mp__map *map, mp__str key, void *value)
{
    if (!mp__map_set_borrowed(map, key.data, key.size, value))
        run->arena.failed = true;
}

mp__resource *mp__run_find(mp__run *run, mp__str kind, mp__str ns, mp__str name)
{
    mp__str key = mp__run_key(run, kind, ns, name);

    return mp__map_get(&run->by_id, key.data, key.size);
}

const mp__resource *mp__run_observed(mp__run *run, mp__str ns, mp__str parent, mp__str key)
{
    mp__str id = mp__run_key(run, ns, parent, key);

    return mp__map_get(&run->observed, id.data, id.size);
}

mp_status mp__run_status(const mp__run *run, mp_error *err)
{
    if (run->arena.failed || mp_doc_status(run->doc) != MP_OK ||
        mp_doc_status(run->scratch) != MP_OK)
        return mp__fail_nomem(err);
    return MP_OK;
}

void mp__run_relative(const mp__resource *resource, mp_error *err)
{
    char at[MP_ERROR_PATH_SIZE];
    size_t size;

    mp_object_path(resource->object, at, sizeof at);
    size = strlen(at);
    if (size == 0 || strncmp(err->path, at, size) != 0)
        return; /* the document is a root, or a copy was read */
    size += err->path[size] == '.';
    memmove(err->path, err->path + size, sizeof err->path - size);
}

mp_status mp__run_blame(const mp__resource *resource, mp_status status, mp_error *err)
{
    char path[MP_ERROR_PATH_SIZE];

    if (status == MP_OK || status == MP_ENOMEM || !err)
        return status;
    mp__run_relative(resource, err);
    memcpy(path, err->path, sizeof path);
    err->path[0] = '\0';
    mp__error_set_path(err, "%.*s %.*s%s%.*s%s%s", (int)resource->kind.size, resource->kind.data,
                       (int)resource->ns.size, resource->ns.data, resource->ns.size ? "/" : "",
                       (int)resource->name.size, resource->name.data, path[0] ? ": " : "", path);
    return status;
}

/* ---- conditions and labels ---- */

const mp_object *mp__condition_find(const mp_object *status, mp__str type)
{
    const mp_object *conditions = mp__get(status, "conditions");
    const mp_object *item = mp_object_is_list(conditions) ? mp_object_first(conditions) : NULL;

    for (; item; item = mp_object_next(item))
        if (mp_object_string_is(mp__get(item, "type"), type.data, type.size))
            return item;
    return NULL;
}

/* Any condition of the type counts, as in the scheduler. */
bool mp__condition_true(const mp_object *document, mp__str type)
{
    const mp_object *conditions = mp__get(mp__get(document, "status"), "conditions");
    const mp_object *item = mp_object_is_list(conditions) ? mp_object_first(conditions) : NULL;

    for (; item; item = mp_object_next(item))
        if (mp_object_string_is(mp__get(item, "type"), type.data, type.size) &&
            mp_object_string_is(mp__get(item, "status"), MP__LIT("True")))
            return true;
    return false;
}

bool mp__labels_match(const mp_object *document, const mp_object *match_labels)
{
    const mp_object *labels = mp__get(mp__get(document, "metadata"), "labels");
    const mp_object *pair = mp_object_is_map(match_labels) ? mp_object_first(match_labels) : NULL;

    for (; pair; pair = mp_object_next(pair)) {
        size_t size;
        const char *key = mp_object_key(pair, &size);
        mp__str value = mp__object_str(pair);

        if (!mp_object_string_is(mp_object_get(labels, key, size), value.data, value.size))
            return false;
    }
    return true;
}

/* ---- sorting into kinds ---- */

static mp__str group_of(mp__str api_version)
{
    const char *slash = api_version.size ? memchr(api_version.data, '/', api_version.size) : NULL;

    return slash ? (mp__str){ api_version.data, (size_t)(slash - api_version.data) } : MP__STR("");
}

static mp__kind kind_of(const mp__resource *resource)
{
    mp__str group = group_of(resource->api_version);

    for (size_t i = 0; i < MP__COUNT(known); i++)
        if (mp__str_equal(resource->kind, mp__str_make(known[i].kind, MP_NTS)) &&
            mp__str_equal(group, mp__str_make(known[i].group, MP_NTS)))
            return known[i].value;
    return MP__KIND_OTHER;
}

static int compare_resources(const void *a, const void *b, void *user)
{
    const mp__resource *x = a, *y = b;
    int order = mp__str_compare(x->ns, y->ns);

    (void)user;
    if (order == 0)
        order = mp__str_compare(x->name, y->name);
    if (order == 0)
        order = mp__str_compare(x->kind, y->kind);
    return order ? order : mp__str_compare(x->api_version, y->api_version);
}

static mp_status read_identity(const mp_object *object, size_t i, mp__resource *out, mp_error *err)
{
    const mp_object *metadata = mp__get(object, "metadata");

    *out = (mp__resource){ .object = object };
    if (!mp_object_is_map(object)) {
        (void)mp__fail(err, MP_EDOC, "a document must be a map, not %s",
                       mp_object_type_name(mp_object_type(object)));
        mp__error_set_path(err, "[%zu]", i);
        return MP_EDOC;
    }
    out->api_version = mp__get_str(object, "apiVersion");
    out->kind = mp__get_str(object, "kind");
    out->ns = mp__get_str(metadata, "namespace");
    out->name = mp__get_str(metadata, "name");
    return MP_OK;
}

static bool is_namespaced(mp__kind kind)
{
    return kind == MP__KIND_DEPLOYMENT || kind == MP__KIND_REPLICA || kind == MP__KIND_ENDPOINT ||
           kind == MP__KIND_CACHE;
}

/* A document of a namespaced kind without a namespace is in the one that kubectl would put it in.
 */
static void default_namespace(mp__run *run, mp__resource *resource)
{
    mp_object *copy = mp_object_copy(run->scratch, resource->object);
    mp_object *metadata = mp__get(copy, "metadata");

    if (!mp_object_is_map(metadata))
        return; /* without a name either */
    resource->ns = MP__STR(MP_NAMESPACE_DEFAULT);
    mp__set_str(metadata, "namespace", resource->ns);
    resource->object = copy;
    resource->api_version = mp__get_str(copy, "apiVersion");
    resource->kind = mp__get_str(copy, "kind");
    resource->name = mp__get_str(metadata, "name");
}

static mp_status count_kinds(const mp_object *documents, size_t counts[MP__KIND_COUNT],
                             mp_error *err)
{
    size_t i = 0;

    for (const mp_object *o = mp_object_first(documents); o; o = mp_object_next(o), i++) {
        mp__resource resource;
        mp_status st = read_identity(o, i, &resource, err);

        if (st != MP_OK)
            return st;
        counts[kind_of(&resource)]++;
    }
    return MP_OK;
}

static mp_status fill_kinds(mp__run *run, const mp_object *documents, mp_error *err)
{
    size_t counts[MP__KIND_COUNT] = { 0 };
    mp_status st = count_kinds(documents, counts, err);

    if (st != MP_OK)
        return st;
    for (size_t k = 0; k < MP__KIND_COUNT; k++) {
        run->kinds[k].items = MP__NEW_ARRAY(&run->arena, mp__resource, counts[k]);
        if (!run->kinds[k].items)
            return mp__fail_nomem(err);
    }
    for (const mp_object *o = mp_object_first(documents); o; o = mp_object_next(o)) {
        mp__resource resource;
        mp__resources *list;
        mp__kind kind;

        (void)read_identity(o, 0, &resource, NULL);
        kind = kind_of(&resource);
        if (resource.ns.size == 0 && is_namespaced(kind))
            default_namespace(run, &resource);
        list = &run->kinds[kind];
        list->items[list->count++] = resource;
    }
    st = mp__run_status(run, err);
    if (st != MP_OK)
        return st;
    for (size_t k = 0; k < MP__KIND_COUNT; k++)
        if (!mp__sort(&run->alloc, run->kinds[k].items, run->kinds[k].count, sizeof(mp__resource),
                      compare_resources, NULL))
            return mp__fail_nomem(err);
    return MP_OK;
}

/* ---- identities ---- */

static mp_status index_identities(mp__run *run, mp_error *err)
{
    for (size_t k = 0; k < MP__KIND_OTHER; k++)
        for (size_t i = 0; i < run->kinds[k].count; i++) {
            mp__resource *r = &run->kinds[k].items[i];
            mp__str key = mp__run_key(run, r->kind, r->ns, r->name);

            if (run->arena.failed) /* the key is none */
                return mp__fail_nomem(err);
            if (r->name.size == 0 && k != MP__KIND_REMOTE && k != MP__KIND_SECRET)
                return mp__run_blame(r, mp__fail(err, MP_EDOC, "metadata.name is missing"), err);
            if (mp__map_has(&run->by_id, key.data, key.size) && r->name.size > 0)
                return mp__run_blame(r, mp__fail(err, MP_EDOC, "is there twice"), err);
            map_put(run, &run->by_id, key, r);
        }
    return mp__run_status(run, err);
}

/* As Python's int() reads the label: digits, with single underscores between them; else 0. */
int64_t mp__replica_index(const mp_object *replica)
{
    const mp_object *labels = mp__get(mp__get(replica, "metadata"), "labels");
    mp__str label = mp__get_str(labels, "modelplane.ai/replica-index");
    int64_t value = 0;
    bool digit = false;

    for (size_t i = 0; i < label.size; i++) {
        char c = label.data[i];

        if (c == '_' && digit) {
            digit = false;
            continue;
        }
        if (c < '0' || c > '9' || value > (INT64_MAX - (c - '0')) / 10)
            return 0;
        value = 10 * value + (c - '0');
        digit = true;
    }
    return digit ? value : 0;
}

static void index_replica(mp__run *run, mp__resource *r)
{
    const mp_object *labels = mp__get(mp__get(r->object, "metadata"), "labels");
    mp__str owner = mp__get_str(labels, "modelplane.ai/deployment");
    char index[24];
    mp__str key, text;

    r->cluster = mp__get_str(mp__get(r->object, "spec"), "clusterName");
    (void)snprintf(index, sizeof index, "-%" PRId64, mp__replica_index(r->object));
    text = mp__str_make(index, MP_NTS);
    r->key = mp__run_text(run, MP__STR("replica-"), r->cluster, text);
    r->owned = owner.size > 0 && mp__run_find(run, MP__STR("ModelDeployment"), r->ns, owner);
    if (!r->owned)
        return;
    /* Taken from the last to the first, so the chain is in order of names, and of several replicas
     * of one identity the first name is the one observed under their key. */
    key = mp__run_key(run, r->ns, owner, MP__STR(""));
    r->next = mp__map_get(&run->owners, key.data, key.size);
    map_put(run, &run->owners, key, r);
    map_put(run, &run->observed, mp__run_key(run, r->ns, owner, r->key), r);
}

static void index_remote(mp__run *run, mp__resource *r)
{
    const mp_object *metadata = mp__get(r->object, "metadata");
    mp__str parent = mp__get_str(mp__get(metadata, "labels"), "crossplane.io/composite");
    mp__str key =
        mp__get_str(mp__get(metadata, "annotations"), "crossplane.io/composition-resource-name");

    if (parent.size > 0 && key.size > 0)
        map_put(run, &run->observed, mp__run_key(run, r->ns, parent, key), r);
}

mp_status mp__run_index(mp__run *run, const mp_object *documents, mp_error *err)
{
    mp__resources *replicas = &run->kinds[MP__KIND_REPLICA];
    mp__resources *remotes = &run->kinds[MP__KIND_REMOTE];
    mp_status st = fill_kinds(run, documents, err);

    if (st != MP_OK)
        return st;
    st = index_identities(run, err);
    if (st != MP_OK)
        return st;
    for (size_t i = replicas->count; i-- > 0;)
        index_replica(run, &replicas->items[i]);
    for (size_t i = 0; i < remotes->count; i++)
        index_remote(run, &remotes->items[i]);
    return mp__run_status(run, err);
}

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
    { "modelplane.ai", "ModelService", MP__KIND_SERVICE },
    { "modelplane.ai", "InferenceGateway", MP__KIND_GATEWAY },
    { "infrastructure.modelplane.ai", "ServingStack", MP__KIND_STACK },
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

void mp__run_observe(mp__run *run, mp__str ns, mp__str parent, mp__str key, mp__resource *child)
{
    map_put(run, &run->observed, mp__run_key(run, ns, parent, key), child);
}

mp__resource *mp__run_holder(mp__run *run, mp__str ns, mp__str deployment, mp__str key)
{
    mp__str id = mp__run_key(run, ns, deployment, key);

    return mp__map_get(&run->holders, id.data, id.size);
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
bool mp__condition_in(const mp_object *conditions, mp__str type)
{
    const mp_object *item = mp_object_is_list(conditions) ? mp_object_first(conditions) : NULL;

    for (; item; item = mp_object_next(item))
        if (mp_object_string_is(mp__get(item, "type"), type.data, type.size) &&
            mp_object_string_is(mp__get(item, "status"), MP__LIT("True")))
            return true;
    return false;
}

bool mp__condition_true(const mp_object *document, mp__str type)
{
    return mp__condition_in(mp__get(mp__get(document, "status"), "conditions"), type);
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

/* The marks Crossplane leaves on what it composes. */
static bool read_marks(const mp__resource *resource, mp__str *parent, mp__str *key)
{
    const mp_object *metadata = mp__get(resource->object, "metadata");

    *parent = mp__get_str(mp__get(metadata, "labels"), "crossplane.io/composite");
    *key = mp__get_str(mp__get(metadata, "annotations"), "crossplane.io/composition-resource-name");
    return parent->size > 0 && key->size > 0;
}

static mp__kind kind_of(const mp__resource *resource)
{
    mp__str group = group_of(resource->api_version), parent, key;

    for (size_t i = 0; i < MP__COUNT(known); i++)
        if (mp__str_equal(resource->kind, mp__str_make(known[i].kind, MP_NTS)) &&
            mp__str_equal(group, mp__str_make(known[i].group, MP_NTS)))
            return known[i].value;
    return read_marks(resource, &parent, &key) ? MP__KIND_CHILD : MP__KIND_OTHER;
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

static mp__resource read_identity(const mp_object *object)
{
    const mp_object *metadata = mp__get(object, "metadata");

    return (mp__resource){ .object = object,
                           .api_version = mp__get_str(object, "apiVersion"),
                           .kind = mp__get_str(object, "kind"),
                           .ns = mp__get_str(metadata, "namespace"),
                           .name = mp__get_str(metadata, "name") };
}

mp__resource *mp__run_resource(mp__run *run, const mp_object *object)
{
    mp__resource *resource = MP__NEW(&run->arena, mp__resource);

    if (resource)
        *resource = read_identity(object);
    return resource;
}

const mp_object *mp__run_with_status(mp__run *run, const mp_object *object,
                                     const mp__resource *observed)
{
    mp_object *copy = mp_object_copy(run->scratch, object);

    if (observed)
        mp__set_copy(copy, "status", mp__get(observed->object, "status"));
    return copy;
}

static bool is_namespaced(mp__kind kind)
{
    return kind == MP__KIND_DEPLOYMENT || kind == MP__KIND_REPLICA || kind == MP__KIND_ENDPOINT ||
           kind == MP__KIND_CACHE || kind == MP__KIND_SERVICE;
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

/* What is no map has no place among the kinds.  Told by type, so in an order of its own. */
static void refuse_scalars(mp__run *run, const mp_object *const *documents, size_t count)
{
    for (int type = MP_OBJECT_NULL; type < MP_OBJECT_MAP; type++)
        for (size_t i = 0; i < count; i++) {
            mp__resource none = { .object = NULL };
            mp_error why;

            if ((int)mp_object_type(documents[i]) != type)
                continue;
            mp__error_clear(&why);
            (void)mp__fail(&why, MP_EDOC, "a document must be a map, not %s",
                           mp_object_type_name((mp_object_type_t)type));
            (void)mp__run_excuse(run, &none, MP_EDOC, &why, NULL);
        }
}

static void add_to_kind(mp__run *run, const mp_object *object)
{
    mp__resource resource = read_identity(object);
    mp__kind kind = kind_of(&resource);
    mp__resources *list = &run->kinds[kind];

    if (resource.ns.size == 0 && is_namespaced(kind))
        default_namespace(run, &resource);
    list->items[list->count++] = resource;
}

static mp_status fill_kinds(mp__run *run, const mp_object *const *documents, size_t count,
                            mp_error *err)
{
    size_t counts[MP__KIND_COUNT] = { 0 };
    mp_status st;

    for (size_t i = 0; i < count; i++)
        if (mp_object_is_map(documents[i])) {
            mp__resource resource = read_identity(documents[i]);

            counts[kind_of(&resource)]++;
        }
    for (size_t k = 0; k < MP__KIND_COUNT; k++) {
        run->kinds[k].items = MP__NEW_ARRAY(&run->arena, mp__resource, counts[k]);
        if (!run->kinds[k].items)
            return mp__fail_nomem(err);
    }
    for (size_t i = 0; i < count; i++)
        if (mp_object_is_map(documents[i]))
            add_to_kind(run, documents[i]);
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

static mp_status refuse(mp__run *run, mp__resource *r, const char *message, mp_error *err)
{
    mp_error why;

    mp__error_clear(&why);
    return mp__run_excuse(run, r, mp__fail(&why, MP_EDOC, "%s", message), &why, err);
}

static mp_status fail_twice(mp__run *run, const mp__resource *r, mp_error *err)
{
    mp__str name = mp__name_of(run, r);

    (void)mp__fail(err, MP_EDOC, "is there twice");
    mp__error_set_path(err, "%.*s", (int)name.size, name.data);
    return MP_EDOC;
}

/* Provider Objects and other children are found by their marks: Crossplane names them. */
static bool has_identity(mp__kind kind)
{
    return kind < MP__KIND_REMOTE;
}

/* Keeps of a list what has a name of its own. */
static mp_status index_list(mp__run *run, mp__resources *list, mp_error *err)
{
    size_t kept = 0;
    mp_status st = MP_OK;

    for (size_t i = 0; st == MP_OK && i < list->count; i++) {
        mp__resource *r = &list->items[i];
        mp__str key = mp__run_key(run, r->kind, r->ns, r->name);

        if (run->arena.failed) /* the key is none */
            return mp__fail_nomem(err);
        if (r->name.size == 0) {
            st = refuse(run, r, "metadata.name is missing", err);
        } else if (!mp__map_has(&run->by_id, key.data, key.size)) {
            list->items[kept] = *r;
            map_put(run, &run->by_id, key, &list->items[kept++]);
        } else if (!run->request) {
            return fail_twice(run, r, err);
        }
    }
    list->count = kept;
    return st == MP_OK ? mp__run_status(run, err) : st;
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
    map_put(run, &run->holders, mp__run_key(run, r->ns, owner, r->key), r);
    if (!run->request)
        mp__run_observe(run, r->ns, owner, r->key, r);
}

/* A parent that is in no namespace may have its children in any. */
static void index_children(mp__run *run, const mp__resources *list)
{
    const mp__str none = MP__STR("");
    mp__str parent, key;

    for (size_t i = 0; i < list->count; i++)
        if (read_marks(&list->items[i], &parent, &key)) {
            mp__run_observe(run, list->items[i].ns, parent, key, &list->items[i]);
            mp__run_observe(run, none, parent, key, &list->items[i]);
        }
}

mp_status mp__run_index(mp__run *run, const mp_object *const *documents, size_t count,
                        mp_error *err)
{
    mp__resources *replicas = &run->kinds[MP__KIND_REPLICA];
    mp_status st = fill_kinds(run, documents, count, err);

    refuse_scalars(run, documents, count);
    for (size_t k = 0; st == MP_OK && k < MP__KIND_COUNT; k++)
        if (has_identity((mp__kind)k))
            st = index_list(run, &run->kinds[k], err);
    if (st != MP_OK)
        return st;
    for (size_t i = replicas->count; i-- > 0;)
        index_replica(run, &replicas->items[i]);
    if (!run->request) {
        index_children(run, &run->kinds[MP__KIND_REMOTE]);
        index_children(run, &run->kinds[MP__KIND_CHILD]);
        index_children(run, &run->kinds[MP__KIND_STACK]);
    }
    return mp__run_status(run, err);
}

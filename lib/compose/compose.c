/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One ModelReplica becomes the objects of its workload cluster: first its engines in order, each a
 * workload and its claim templates, then the routing to all of them.
 */
#include "compose_internal.h"

#define READY_WHEN_AVAILABLE                                                                       \
    "has(object.status.conditions) && object.status.conditions.exists(c, c.type == "               \
    "\"Available\" && c.status == \"True\")"

/* A PodCliqueSet has no condition for it. */
#define READY_WHEN_ALL_AVAILABLE                                                                   \
    "has(object.status) && has(object.status.observedGeneration) && "                              \
    "object.status.observedGeneration == object.metadata.generation && object.spec.replicas > 0 "  \
    "&& has(object.status.availableReplicas) && object.status.availableReplicas >= "               \
    "object.spec.replicas"

mp__str mp__join(mp_doc *doc, const mp__str *parts, size_t count)
{
    size_t size = 0, at = 0;
    char *text;

    for (size_t i = 0; i < count; i++)
        size += parts[i].size; /* texts that exist at once: the sum of their sizes fits */
    text = mp__arena_alloc(mp__doc_arena(doc), size + 1);
    if (text == NULL)
        return MP__STR("");
    for (size_t i = 0; i < count; i++) {
        if (parts[i].size > 0)
            memcpy(text + at, parts[i].data, parts[i].size);
        at += parts[i].size;
    }
    text[size] = '\0';
    return (mp__str){ text, size };
}

/* ---- manifests and the provider Object around them ---- */

mp_object *mp__manifest_new(const mp__composer *c, mp__str api_version, mp__str kind, mp__str name)
{
    mp_object *manifest = mp_object_new_map(c->doc);
    mp_object *metadata;

    mp__set_str(manifest, "apiVersion", api_version);
    mp__set_str(manifest, "kind", kind);
    metadata = mp__set_map(manifest, "metadata");
    mp__set_str(metadata, "name", name);
    mp__set_lit(metadata, "namespace", "default");
    return manifest;
}

static void put_object_metadata(const mp__composer *c, mp_object *object, mp__str key)
{
    mp_object *metadata = mp__set_map(object, "metadata");
    mp__name buffer;
    mp__str name = mp__object_name(c->replica->name, key, &buffer);

    mp__set_str(metadata, "name", name);
    mp__set_str(metadata, "namespace", c->replica->ns);
}

static void put_readiness(mp_object *to, mp__readiness readiness)
{
    switch (readiness) {
    case MP__READY_CREATED:
        mp__set_lit(to, "policy", "SuccessfulCreate");
        break;
    case MP__READY_AVAILABLE:
        mp__set_lit(to, "policy", "DeriveFromCelQuery");
        mp__set_lit(to, "celQuery", READY_WHEN_AVAILABLE);
        break;
    case MP__READY_CLIQUES:
        mp__set_lit(to, "policy", "DeriveFromCelQuery");
        mp__set_lit(to, "celQuery", READY_WHEN_ALL_AVAILABLE);
        break;
    }
}

static mp_object *wrap(const mp__composer *c, mp__str key, mp_object *manifest,
                       mp__readiness readiness)
{
    mp_object *object = mp_object_new_map(c->doc);
    mp_object *spec, *at;

    mp__set_lit(object, "apiVersion", "kubernetes.m.crossplane.io/v1alpha1");
    mp__set_lit(object, "kind", "Object");
    if (c->named)
        put_object_metadata(c, object, key);
    spec = mp__set_map(object, "spec");
    at = mp__set_map(spec, "forProvider");
    mp__set(at, "manifest", manifest);
    at = mp__set_map(spec, "providerConfigRef");
    mp__set_lit(at, "kind", "ClusterProviderConfig");
    mp__set_str(at, "name", c->provider);
    at = mp__set_map(spec, "readiness");
    put_readiness(at, readiness);
    return object;
}

void mp__manifest_add(const mp__composer *c, mp__str key, mp_object *manifest,
                      mp__readiness readiness)
{
    mp_object *object = c->bare ? manifest : wrap(c, key, manifest, readiness);

    mp_object_set(c->objects, key.data, key.size, object);
}

/* ---- the call ---- */

/* Its part in the serving mode, and the block size, which the first engine says, or else the one
 * that decodes. */
static mp_status prepare_engine(mp__composer *c, const mp_object *item, mp__engine_view *e,
                                mp_error *err)
{
    bool disaggregated = c->mode > MP_SERVING_UNIFIED;

    if (disaggregated && !mp__disagg_prepare(e)) {
        mp_status st = mp__fail_at(err, MP_EDOC, mp_object_offset(item), mp_object_line(item), 0,
                                   "the flag --port of a Decode engine must be a port number");

        mp__error_set_path(err, "members");
        return st;
    }
    if (c->pooled && (disaggregated ? e->phase == MP_PHASE_DECODE : c->block_size.data == NULL))
        c->block_size = mp__block_size(c->doc, &e->members[0]);
    return MP_OK;
}

static mp_status compose_engines(mp__composer *c, mp_error *err)
{
    size_t i = 0;

    for (const mp_object *item = mp_object_first(c->replica->engines); item != NULL;
         item = mp_object_next(item), i++) {
        mp__engine_view engine;
        mp_status st = mp__engine_view_read(item, &engine, err);

        if (st == MP_OK) {
            const mp__str key[] = { MP__STR("model-serving-"), engine.name };
            mp__str joined = mp__join(c->doc, key, MP__COUNT(key));

            if (mp_object_get(c->objects, joined.data, joined.size) != NULL) {
                st = mp__fail_at(err, MP_EDOC, mp_object_offset(item), mp_object_line(item), 0,
                                 "an earlier engine has this name");
                mp__error_set_path(err, "name");
            }
        }
        if (st == MP_OK)
            st = prepare_engine(c, item, &engine, err);
        if (st == MP_OK && c->dynamo)
            st = mp__check_cliques(item, err);
        if (st != MP_OK) {
            mp__error_prefix_path(err, "spec.engines[%zu]", i);
            return st;
        }
        mp__compose_engine(c, &engine);
    }
    return MP_OK;
}

static mp_status compose_all(mp__composer *c, mp_error *err)
{
    const mp__str cache[] = { MP__STR("modelcache"), c->replica->ns, c->replica->cache };
    mp__name name;
    mp_status st;

    c->objects = mp_object_new_map(c->doc);
    mp_doc_set_root(c->doc, c->objects);
    if (c->replica->cache.size > 0)
        c->cache_claim = mp__child_name(cache, MP__COUNT(cache), &name);
    st = compose_engines(c, err);
    if (st != MP_OK)
        return st;
    mp__compose_route(c);
    mp__drop_nulls(c->objects);
    return mp_doc_status(c->doc) == MP_OK ? MP_OK : mp__fail_nomem(err);
}

mp_status mp_compose_replica(const mp_allocator *alloc, const mp_object *replica,
                             const mp_compose_opts *opts, mp_doc **out, mp_error *err)
{
    static const mp_compose_opts defaults = MP_COMPOSE_OPTS_INIT;
    mp__replica_view view;
    mp__composer c = { 0 };
    mp_status st;

    *out = NULL;
    mp__error_clear(err);
    if (opts == NULL)
        opts = &defaults;
    c.replica = &view;
    c.provider = mp__str_make(opts->provider_config, opts->provider_config_size);
    c.bare = opts->bare;
    c.named = opts->named;
    c.v1 = opts->shape == MP_SHAPE_V1;
    c.dynamo = !c.v1 && opts->stack == MP_STACK_DYNAMO;
    if (!c.bare && c.provider.size == 0)
        return mp__fail(err, MP_EINVAL, "provider Objects need a provider_config");
    st = mp__replica_view_read(replica, &view, err);
    if (st != MP_OK)
        return st;
    c.mode = c.v1 ? MP_SERVING_UNIFIED : view.mode;
    c.pooled = !c.v1 && (c.mode > MP_SERVING_UNIFIED || opts->routing == MP_ROUTING_POOL);
    st = mp_doc_new(alloc, &c.doc, err);
    if (st != MP_OK)
        return st;
    st = compose_all(&c, err);
    if (st != MP_OK && mp_doc_status(c.doc) != MP_OK) {
        mp__error_clear(err); /* what was found wrong may follow from it */
        st = mp__fail_nomem(err);
    }
    if (st != MP_OK) {
        mp_doc_free(c.doc);
        return st;
    }
    *out = c.doc;
    return MP_OK;
}

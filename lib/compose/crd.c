/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CustomResourceDefinitions that a stack needs before anything else, by name, group and versions as
 * their projects publish them.
 *
 * Their schemas, hundreds of kilobytes, stay with those projects: these are open, so that objects
 * are accepted and kept whole, and nothing is refused by field.
 */
#include "objects_internal.h"

#define GAIE_BUNDLE "inference.networking.k8s.io/bundle-version"
#define GAIE_VERSION "v1.0.1"
#define GATEWAY "gateway.networking.k8s.io"
#define GATEWAY_VERSION "v1.5.1"
#define GATEWAY_APPROVED "https://github.com/kubernetes-sigs/gateway-api/pull/4530"

struct crd {
    const char *plural, *group, *kind, *short_name; /* short_name: or NULL */
    const char *stored, *served;                    /* versions; served besides, or NULL */
    const char *approved; /* what the API server asks for in groups of k8s.io, or NULL */
    bool in_cluster;      /* its objects are in no namespace */
    bool stateless;       /* they have no status */
};

/* kubernetes-sigs/gateway-api-inference-extension, config/crd/bases, v1.0.1 (Apache-2.0) */
static const struct crd gaie[] = {
    { "inferencepools", "inference.networking.k8s.io", "InferencePool", "infpool", "v1", NULL,
      "https://github.com/kubernetes-sigs/gateway-api-inference-extension/pull/1173", false,
      false },
    { "inferencepools", "inference.networking.x-k8s.io", "InferencePool", "xinfpool", "v1alpha2",
      NULL, "unapproved, experimental-only", false, false },
    { "inferenceobjectives", "inference.networking.x-k8s.io", "InferenceObjective", NULL,
      "v1alpha2", NULL, NULL, false, false },
};

/* kubernetes-sigs/gateway-api, config/crd/standard, v1.5.1 (Apache-2.0) */
static const struct crd gateway[] = {
    { "backendtlspolicies", GATEWAY, "BackendTLSPolicy", "btlspolicy", "v1", NULL, GATEWAY_APPROVED,
      false, false },
    { "gatewayclasses", GATEWAY, "GatewayClass", "gc", "v1", "v1beta1", GATEWAY_APPROVED, true,
      false },
    { "gateways", GATEWAY, "Gateway", "gtw", "v1", "v1beta1", GATEWAY_APPROVED, false, false },
    { "grpcroutes", GATEWAY, "GRPCRoute", NULL, "v1", NULL, GATEWAY_APPROVED, false, false },
    { "httproutes", GATEWAY, "HTTPRoute", NULL, "v1", "v1beta1", GATEWAY_APPROVED, false, false },
    { "listenersets", GATEWAY, "ListenerSet", "lset", "v1", NULL, GATEWAY_APPROVED, false, false },
    { "referencegrants", GATEWAY, "ReferenceGrant", "refgrant", "v1beta1", "v1", GATEWAY_APPROVED,
      false, true },
    { "tlsroutes", GATEWAY, "TLSRoute", NULL, "v1", NULL, GATEWAY_APPROVED, false, false },
};

static void set(mp_object *map, const char *key, const char *text)
{
    mp_object_set_string(map, key, MP_NTS, text, MP_NTS);
}

static void put_version(mp_object *list, const struct crd *of, const char *name, bool stored)
{
    mp_object *version = mp_object_append_map(list), *schema;

    set(version, "name", name);
    mp__set_bool(version, "served", true);
    mp__set_bool(version, "storage", stored);
    schema = mp__set_map(mp__set_map(version, "schema"), "openAPIV3Schema");
    mp__set_lit(schema, "type", "object");
    mp__set_bool(schema, "x-kubernetes-preserve-unknown-fields", true);
    if (!of->stateless)
        (void)mp__set_map(mp__set_map(version, "subresources"), "status");
}

static void put_names(mp_doc *doc, mp_object *spec, const struct crd *of)
{
    const mp__str list_kind[] = { mp__str_make(of->kind, MP_NTS), MP__STR("List") };
    mp_object *names = mp__set_map(spec, "names");
    char *singular = mp__arena_strdup(mp__doc_arena(doc), of->kind, strlen(of->kind));

    for (char *c = singular; c && *c; c++)
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
    set(names, "kind", of->kind);
    mp__set_str(names, "listKind", mp__join(doc, list_kind, MP__COUNT(list_kind)));
    set(names, "plural", of->plural);
    set(names, "singular", singular ? singular : "");
    if (of->short_name)
        mp_object_append_string(mp__set_list(names, "shortNames"), of->short_name, MP_NTS);
    if (strcmp(of->group, GATEWAY) == 0)
        mp_object_append_string(mp__set_list(names, "categories"), MP__LIT("gateway-api"));
}

static mp_object *make_crd(mp_doc *doc, const struct crd *of, mp__str name)
{
    mp_object *object = mp_object_new_map(doc), *at, *spec;

    mp__set_lit(object, "apiVersion", "apiextensions.k8s.io/v1");
    mp__set_lit(object, "kind", "CustomResourceDefinition");
    at = mp__set_map(object, "metadata");
    mp__set_str(at, "name", name);
    if (strcmp(of->kind, "BackendTLSPolicy") == 0)
        mp__set_lit(mp__set_map(at, "labels"), GATEWAY "/policy", "Direct");
    at = mp__set_map(at, "annotations");
    if (of->approved)
        set(at, "api-approved.kubernetes.io", of->approved);
    if (strcmp(of->group, GATEWAY) == 0) {
        mp__set_lit(at, GATEWAY "/bundle-version", GATEWAY_VERSION);
        mp__set_lit(at, GATEWAY "/channel", "standard");
    } else {
        mp__set_lit(at, GAIE_BUNDLE, GAIE_VERSION);
    }
    spec = mp__set_map(object, "spec");
    set(spec, "group", of->group);
    put_names(doc, spec, of);
    set(spec, "scope", of->in_cluster ? "Cluster" : "Namespaced");
    at = mp__set_list(spec, "versions");
    put_version(at, of, of->stored, true);
    if (of->served)
        put_version(at, of, of->served, false);
    return object;
}

static void add_all(const mp__composer *c, const struct crd *list, size_t count, const char *prefix,
                    bool wrapped)
{
    for (size_t i = 0; i < count; i++) {
        const mp__str parts[] = { mp__str_make(list[i].plural, MP_NTS), MP__STR("."),
                                  mp__str_make(list[i].group, MP_NTS) };
        mp__str name = mp__join(c->doc, parts, MP__COUNT(parts));
        const mp__str keys[] = { mp__str_make(prefix, MP_NTS), name };
        mp__str key = mp__join(c->doc, keys, MP__COUNT(keys));
        mp_object *object = make_crd(c->doc, &list[i], name);

        if (wrapped)
            mp__manifest_add(c, key, object, MP__READY_CREATED);
        else
            mp_object_set(c->objects, key.data, key.size, object);
    }
}

void mp__add_inference_crds(const mp__composer *c)
{
    add_all(c, gaie, MP__COUNT(gaie), "gaie-crd-", true);
}

void mp__add_gateway_crds(const mp__composer *c)
{
    add_all(c, gateway, MP__COUNT(gateway), "gateway-api-crd-", false);
}

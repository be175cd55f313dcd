/* SPDX-License-Identifier: Apache-2.0 */
/*
 * InferenceGateway: Traefik on the control plane, and the Gateway that ModelServices route through.
 *
 * MetalLB gives the Gateway an address where the control plane has no load balancer of its own.
 */
#include "objects_internal.h"

/* How provider-helm reaches the cluster it runs on. */
#define IN_CLUSTER "in-cluster"

static mp_object *new_object(mp_doc *doc, mp__str api_version, mp__str kind, mp__str name,
                             const char *ns)
{
    mp_object *object = mp_object_new_map(doc), *metadata;

    mp__set_str(object, "apiVersion", api_version);
    mp__set_str(object, "kind", kind);
    metadata = mp__set_map(object, "metadata");
    mp__set_str(metadata, "name", name);
    if (ns)
        mp_object_set_string(metadata, MP__LIT("namespace"), ns, MP_NTS);
    return object;
}

static void add_traefik(const mp__composer *c, const mp_object *traefik)
{
    const mp__chart chart = { .name = MP__STR("traefik"),
                              .repository = MP__STR("https://traefik.github.io/charts"),
                              .version = mp__get_str(traefik, "version"),
                              .ns = MP__STR(MP__SYSTEM_NAMESPACE) };
    mp_object *object = mp__make_release(c, MP__STR(IN_CLUSTER), &chart), *values;

    values = mp__set_map(mp__get(mp__get(object, "spec"), "forProvider"), "values");
    mp__set_bool(mp__set_map(values, "gateway"), "enabled", false); /* ours is below */
    mp__set_bool(mp__set_map(values, "gatewayClass"), "enabled", false);
    mp__set_bool(mp__set_map(mp__set_map(values, "providers"), "kubernetesGateway"), "enabled",
                 true);
    mp__set(c->objects, "traefik", object);
}

static void add_load_balancer(const mp__composer *c, const mp_object *traefik)
{
    const mp__chart chart = { .name = MP__STR("metallb"),
                              .repository = MP__STR("https://metallb.github.io/metallb"),
                              .version = MP__STR("0.14.9"),
                              .ns = MP__STR("metallb-system") };
    const mp__str version = MP__STR("metallb.io/v1beta1"), name = MP__STR("modelplane");
    mp__str pool = mp__get_str(mp__get(traefik, "metallb"), "addressPool");
    mp_object *object, *at;

    if (!mp_object_string_is(mp__get(traefik, "loadBalancer"), MP__LIT("MetalLB")))
        return;
    mp__set(c->objects, "metallb", mp__make_release(c, MP__STR(IN_CLUSTER), &chart));
    object = new_object(c->doc, version, MP__STR("IPAddressPool"), name, "metallb-system");
    at = mp__set_list(mp__set_map(object, "spec"), "addresses");
    mp_object_append_string(at, pool.data, pool.size);
    mp__set(c->objects, "metallb-pool", object);
    object = new_object(c->doc, version, MP__STR("L2Advertisement"), name, "metallb-system");
    at = mp__set_list(mp__set_map(object, "spec"), "ipAddressPools");
    mp_object_append_string(at, name.data, name.size);
    mp__set(c->objects, "metallb-advertisement", object);
}

static void add_gateway(const mp__composer *c)
{
    const mp__str version = MP__STR("gateway.networking.k8s.io/v1");
    mp_object *object, *spec;

    object = new_object(c->doc, version, MP__STR("GatewayClass"), MP__STR("traefik"), NULL);
    mp__set_lit(mp__set_map(object, "spec"), "controllerName", "traefik.io/gateway-controller");
    mp__set(c->objects, "gateway-class", object);
    object = new_object(c->doc, version, MP__STR("Gateway"), MP__STR("modelplane"),
                        MP__SYSTEM_NAMESPACE);
    spec = mp__set_map(object, "spec");
    mp__set_lit(spec, "gatewayClassName", "traefik");
    mp__put_listener(mp__set_list(spec, "listeners"), NULL, 8000, NULL, "web");
    mp__set(c->objects, "gateway", object);
}

void mp__compose_gateway(const mp__composer *c, const mp_object *document)
{
    const mp_object *traefik = mp__get(mp__get(document, "spec"), "traefik");

    mp__add_gateway_crds(c);
    add_traefik(c, traefik);
    add_load_balancer(c, traefik);
    add_gateway(c);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ModelService: one route to all endpoints that its entries select.
 *
 * Only endpoints of the service's own namespace count: the route refers to their Services without a
 * namespace, so those of another one would lead nowhere.
 */
#include "objects_internal.h"
#include "reconcile_internal.h"
#include <inttypes.h>
#include <stdio.h>

typedef struct service {
    mp__run *run;
    const mp__resource *resource;
    mp__backend *backends; /* ready ones, by entry */
    size_t ready, matched;
    mp__map seen; /* names of endpoints that an entry has taken */
    bool fetched; /* every entry's endpoints were looked for */
} service;

/* ---- endpoints of the entries ---- */

static void take_endpoint(service *s, const mp__resource *endpoint, size_t entry, int64_t weight)
{
    const mp_object *spec = mp__get(endpoint->object, "spec");
    const mp_object *routing = mp__get(endpoint->status, "routing");
    mp__backend *b = &s->backends[s->ready];
    mp__url url;

    if (!mp__str_equal(endpoint->ns, s->resource->ns) ||
        mp__map_has(&s->seen, endpoint->name.data, endpoint->name.size))
        return;
    if (!mp__map_set_borrowed(&s->seen, endpoint->name.data, endpoint->name.size, s))
        s->run->arena.failed = true;
    s->matched++;
    b->name = mp__get_str(routing, "backendName");
    if (b->name.size == 0 || !mp__url_read(s->run->scratch, mp__get_str(spec, "url"), &url))
        return;
    b->rewrite = mp__get_str(spec, "rewritePath");
    b->port = url.port;
    b->group = entry;
    b->weight = weight;
    s->ready++;
}

static mp__str requirement_key(service *s, size_t entry)
{
    char text[40];

    (void)snprintf(text, sizeof text, "endpoints-%zu", entry);
    return mp__run_text(s->run, mp__str_make(text, MP_NTS), MP__STR(""), MP__STR(""));
}

/* To a function in the order in which they are delivered, otherwise by name. */
static void take_entry(service *s, const mp_object *entry, size_t number)
{
    const mp_object *labels = mp__get(mp__get(entry, "selector"), "matchLabels");
    const mp__resources *all = &s->run->kinds[MP__KIND_ENDPOINT];
    mp__str key = requirement_key(s, number);
    const mp_object *items = mp__run_items(s->run, key);
    const mp__need need = { .key = key, .kind = MP__STR("ModelEndpoint"), .labels = labels };
    int64_t weight;

    mp__require(s->run, &need);
    s->fetched = s->fetched && mp__run_fetched(s->run, key);
    if (!mp_object_int(mp__get(entry, "weight"), &weight) || weight < 1)
        weight = 1;
    if (weight > MP__WEIGHT_MAX)
        weight = MP__WEIGHT_MAX;
    for (size_t i = 0; !s->run->request && i < all->count; i++)
        if (!all->items[i].broken && mp__labels_match(all->items[i].object, labels))
            take_endpoint(s, &all->items[i], number, weight);
    for (const mp_object *item = mp_object_first(items); item; item = mp_object_next(item)) {
        const mp_object *metadata = mp__get(mp__get(item, "resource"), "metadata");
        mp__str ns = mp__get_str(metadata, "namespace");
        const mp__resource *endpoint = mp__run_find(
            s->run, MP__STR("ModelEndpoint"), ns.size > 0 ? ns : MP__STR(MP_NAMESPACE_DEFAULT),
            mp__get_str(metadata, "name"));

        if (endpoint)
            take_endpoint(s, endpoint, number, weight);
    }
}

static void take_entries(service *s)
{
    const mp_object *entries = mp__get(mp__get(s->resource->object, "spec"), "endpoints");
    const mp_object *entry = mp_object_is_list(entries) ? mp_object_first(entries) : NULL;

    for (size_t number = 0; entry; entry = mp_object_next(entry))
        take_entry(s, entry, number++);
    if (s->run->opts.shape == MP_SHAPE_V1)
        for (size_t i = 0; i < s->ready; i++)
            s->backends[i].weight = 1;
    else
        mp__backend_weigh(s->backends, s->ready);
}

/* ---- conditions ---- */

static void emit_resolved(const service *s, mp_object *status)
{
    char text[96];
    int size = snprintf(text, sizeof text, "Matched %zu endpoint(s)", s->matched);

    if (s->matched > s->ready)
        (void)snprintf(text + size, sizeof text - (size_t)size, "; %zu waiting for Backend",
                       s->matched - s->ready);
    mp__emit_condition(s->resource, status, MP__STR("EndpointsResolved"), true, MP__STR("Resolved"),
                       mp__str_make(text, MP_NTS));
}

static void refuse(const service *s, mp_object *status)
{
    mp__str text = MP__STR("No ModelEndpoints matched the configured selectors");

    mp__emit_condition(s->resource, status, MP__STR("EndpointsResolved"), false,
                       MP__STR("NoEndpoints"), text);
    if (s->fetched)
        mp__emit_event(s->run, s->resource, MP__STR("Warning"), text);
    else
        mp__emit_kept(s->run, s->resource, MP__STR(""));
    mp__emit_ready(s->run, false);
}

/* Some Gateway has accepted the route. */
static bool is_accepted(const mp__resource *route)
{
    const mp_object *parents = route ? mp__get(mp__get(route->object, "status"), "parents") : NULL;
    const mp_object *parent = mp_object_is_list(parents) ? mp_object_first(parents) : NULL;

    for (; parent; parent = mp_object_next(parent))
        if (mp__condition_in(mp__get(parent, "conditions"), MP__STR("Accepted")))
            return true;
    return false;
}

static void put_address(const service *s, mp_object *status)
{
    const mp__need need = { .key = MP__STR("inference-gateway"),
                            .kind = MP__STR("InferenceGateway"),
                            .name = MP__STR("default") };
    const mp__resource *gateway =
        mp__run_find(s->run, MP__STR("InferenceGateway"), MP__STR(""), MP__STR("default"));
    mp__str address = gateway ? mp__get_str(gateway->status, "address") : MP__STR("");
    mp__str text = mp__run_text(s->run, MP__STR("/"), s->resource->ns, MP__STR("/"));

    mp__require(s->run, &need);
    if (address.size == 0 || !status)
        return;
    text = mp__run_text(s->run, address, text, s->resource->name);
    mp__set_str(status, "address", mp__run_text(s->run, MP__STR("http://"), text, MP__STR("")));
}

/* ---- the service ---- */

static void emit_route(const service *s, mp_object *status)
{
    const mp__str key = MP__STR("httproute");
    const mp__resource *seen = mp__run_observed(s->run, s->resource->ns, s->resource->name, key);
    mp_object *route = mp__make_service_route(s->run->scratch, s->resource->ns, s->resource->name,
                                              s->backends, s->ready);
    bool ready = s->ready > 0 && is_accepted(seen);

    if (s->run->opts.named)
        (void)mp__give_name(s->run, s->resource, key, route);
    mp__emit_object(s->run, s->resource, MP__STR(""), key, ready, route);
    mp__emit_condition(s->resource, status, MP__STR("RoutingReady"), ready,
                       ready ? MP__STR("RouteConfigured") : MP__STR("Configuring"), MP__STR(""));
}

mp_status mp__reconcile_service(mp__run *run, mp__resource *resource, mp_error *err)
{
    mp_object *status = mp__emit_status(run, resource);
    service s = { .run = run, .resource = resource, .fetched = true };

    s.backends = MP__NEW_ARRAY(&run->arena, mp__backend, run->kinds[MP__KIND_ENDPOINT].count + 1);
    if (!s.backends)
        return mp__fail_nomem(err);
    mp__map_init(&s.seen, &run->alloc);
    take_entries(&s);
    if (s.matched == 0) {
        put_address(&s, NULL);
        refuse(&s, status);
    } else {
        put_address(&s, status);
        emit_resolved(&s, status);
        emit_route(&s, status);
    }
    mp__map_fini(&s.seen);
    return mp__run_status(run, err);
}

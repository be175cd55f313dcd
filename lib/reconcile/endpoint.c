/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ModelEndpoint: a Service and the EndpointSlice behind it, on the control plane.
 *
 * The slice must name its Service, whose name Crossplane makes, so it comes one step later.
 */
#include "objects_internal.h"
#include "reconcile_internal.h"

static mp__str name_seen(const mp__resource *child)
{
    return child ? mp__get_str(mp__get(child->object, "metadata"), "name") : MP__STR("");
}

static void emit_routing(const mp__resource *resource, mp_object *status, bool configured)
{
    mp__emit_condition(resource, status, MP__STR("RoutingReady"), configured,
                       configured ? MP__STR("BackendConfigured") : MP__STR("WaitingForBackend"),
                       MP__STR(""));
}

static void refuse_url(mp__run *run, const mp__resource *resource, mp_object *status, mp__str url)
{
    mp__str text = mp__run_text(run, MP__STR("Invalid spec.url: "), url, MP__STR(""));

    mp__emit_condition(resource, status, MP__STR("RoutingReady"), false, MP__STR("InvalidURL"),
                       text);
    mp__emit_event(run, resource, MP__STR("Warning"), text);
    mp__emit_ready(run, false);
}

mp_status mp__reconcile_endpoint(mp__run *run, mp__resource *resource, mp_error *err)
{
    const mp__str service_key = MP__STR("service"), slice_key = MP__STR("endpointslice");
    const mp__resource *service = mp__run_observed(run, resource->ns, resource->name, service_key);
    const mp__resource *slice = mp__run_observed(run, resource->ns, resource->name, slice_key);
    mp__str url = mp__get_str(mp__get(resource->object, "spec"), "url");
    mp__str backend = name_seen(service);
    mp_object *status = mp__emit_status(run, resource), *object;
    bool configured = service && slice && backend.size > 0;
    mp__url target;

    resource->status = status;
    if (!mp__url_read(run->scratch, url, &target)) {
        refuse_url(run, resource, status, url);
        return mp__run_status(run, err);
    }
    object = mp__make_endpoint_service(run->scratch, resource->ns, &target);
    if (run->opts.named && backend.size == 0) {
        backend = mp__give_name(run, resource, service_key, object);
        configured = run->opts.assume_ready;
    }
    mp__emit_object(run, resource, MP__STR(""), service_key, service != NULL, object);
    if (backend.size > 0) {
        object = mp__make_endpoint_slice(run->scratch, resource->ns, backend, &target);
        if (run->opts.named)
            (void)mp__give_name(run, resource, slice_key, object);
        mp__emit_object(run, resource, MP__STR(""), slice_key, service && slice, object);
    }
    if (configured)
        mp__set_str(mp__set_map(status, "routing"), "backendName", backend);
    emit_routing(resource, status, configured);
    return mp__run_status(run, err);
}

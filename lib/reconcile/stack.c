/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ServingStack, and InferenceGateway: what is installed on a cluster, and on the control plane.
 *
 * Both end in a Gateway whose address is their status.
 */
#include "objects_internal.h"
#include "reconcile_internal.h"

/* The address of a Gateway. */
static mp__str address_of(const mp_object *gateway)
{
    const mp_object *list = mp__get(mp__get(gateway, "status"), "addresses");

    return mp__get_str(mp_object_is_list(list) ? mp_object_first(list) : NULL, "value");
}

static mp__composer new_composer(mp__run *run, const mp__replica_view *view)
{
    return (mp__composer){ .doc = run->scratch,
                           .objects = mp_object_new_map(run->scratch),
                           .replica = view,
                           .bare = run->opts.bare,
                           .named = run->opts.named };
}

/* A chart is ready when it is installed, an object when it is there.  True if all are. */
static bool emit_children(mp__run *run, const mp__resource *resource, mp__str cluster,
                          const mp_object *objects)
{
    bool all = true;

    for (mp_object *o = mp_object_first(objects); o; o = mp_object_next(o)) {
        bool release = mp_object_string_is(mp__get(o, "kind"), MP__LIT("Release"));
        const mp__resource *seen;
        mp__str key;
        bool ready;

        key.data = mp_object_key(o, &key.size);
        seen = mp__run_observed(run, resource->ns, resource->name, key);
        ready = seen && (!release || mp__condition_true(seen->object, MP__STR("Ready")));
        all = all && ready;
        if (release && run->opts.named)
            (void)mp__give_name(run, resource, key, o);
        mp__emit_object(run, resource, release ? MP__STR("") : cluster, key, ready, o);
    }
    return all;
}

/* ---- ServingStack ---- */

static void read_secrets(const mp_object *spec, mp__secret_ref *config, mp__secret_ref *identity)
{
    const mp_object *list = mp__get(spec, "secrets");
    const mp_object *item = mp_object_is_list(list) ? mp_object_first(list) : NULL;

    for (; item; item = mp_object_next(item)) {
        mp__secret_ref ref = { mp__get_str(item, "type"), mp__get_str(item, "name"),
                               mp__get_str(item, "key") };

        if (mp__str_equal(ref.type, MP__STR("Kubeconfig")))
            *config = ref;
        else
            *identity = ref;
    }
}

/* A provider configuration of the stack's own; its name. */
static mp__str put_config(mp__run *run, const mp__resource *resource, mp_object *objects,
                          mp__str api_version, mp__str what)
{
    mp__secret_ref config = { .name = MP__STR("") }, identity = { .name = MP__STR("") };
    mp__str key = mp__run_text(run, MP__STR("provider-config-"), what, MP__STR(""));
    mp_object *object;

    read_secrets(mp__get(resource->object, "spec"), &config, &identity);
    object = mp__make_config(run->scratch, api_version, resource->name, what, &config, &identity);
    mp_object_set(objects, key.data, key.size, object);
    return mp__get_str(mp__get(object, "metadata"), "name");
}

static void emit_stack_conditions(const mp__resource *resource, mp_object *status, bool installed)
{
    mp__emit_condition(resource, status, MP__STR("StackReady"), installed,
                       installed ? MP__STR("Installed") : MP__STR("Installing"), MP__STR(""));
}

/* By the label that an InferenceCluster gives its stack, or by the field of a later version. */
static bool is_dynamo(const mp_object *document)
{
    const mp_object *labels = mp__get(mp__get(document, "metadata"), "labels");
    const mp_object *label = mp__get(labels, "modelplane.ai/stack");

    return mp_object_string_is(label, MP__LIT("Dynamo")) ||
           mp_object_string_is(mp__get(mp__get(document, "spec"), "stack"), MP__LIT("Dynamo"));
}

mp_status mp__reconcile_stack(mp__run *run, mp__resource *resource, mp_error *err)
{
    const mp__replica_view view = { .name = resource->name, .ns = resource->ns };
    mp__composer configs = new_composer(run, &view), c = new_composer(run, &view);
    const mp__resource *gateway =
        mp__run_observed(run, resource->ns, resource->name, MP__STR("gateway"));
    mp_object *status = mp__emit_status(run, resource);
    mp__str helm, address = MP__STR("");
    bool ready;

    helm = put_config(run, resource, configs.objects, MP__STR("helm.m.crossplane.io/v1beta1"),
                      MP__STR("helm"));
    c.provider = put_config(run, resource, configs.objects,
                            MP__STR("kubernetes.m.crossplane.io/v1alpha1"), MP__STR("kubernetes"));
    c.v1 = run->opts.shape == MP_SHAPE_V1;
    c.dynamo = !c.v1 && is_dynamo(resource->object);
    mp__compose_stack(&c, resource->object, helm);
    ready = emit_children(run, resource, MP__STR(""), configs.objects);
    ready = emit_children(run, resource, resource->cluster, c.objects) && ready;
    if (gateway)
        address = address_of(
            mp__get(mp__get(mp__get(gateway->object, "status"), "atProvider"), "manifest"));
    if (address.size > 0)
        mp__set_str(mp__set_map(status, "gateway"), "address", address);
    emit_stack_conditions(resource, status, ready);
    return mp__run_status(run, err);
}

void mp__add_stack(mp__run *run, const mp__resource *cluster, const mp_object *object,
                   const mp__resource *seen)
{
    mp__resource *stack, *given;

    if (run->request)
        return;
    stack = mp__run_resource(run, mp__run_with_status(run, object, seen));
    if (!stack)
        return;
    given = mp__run_find(run, stack->kind, stack->ns, stack->name);
    if (given)
        given->owned = true;
    stack->cluster = cluster->name;
    stack->next = run->stacks;
    run->stacks = stack;
}

/* ---- InferenceGateway ---- */

mp_status mp__reconcile_gateway(mp__run *run, mp__resource *resource, mp_error *err)
{
    const mp__replica_view view = { .name = resource->name, .ns = resource->ns };
    mp__composer c = new_composer(run, &view);
    const mp__resource *gateway =
        mp__run_observed(run, resource->ns, resource->name, MP__STR("gateway"));
    const mp__resource *traefik =
        mp__run_observed(run, resource->ns, resource->name, MP__STR("traefik"));
    mp_object *status = mp__emit_status(run, resource);
    bool healthy = traefik && mp__condition_true(traefik->object, MP__STR("Ready"));
    mp__str address = gateway ? address_of(gateway->object) : MP__STR("");

    if (address.size == 0 && !run->request)
        address = mp__get_str(mp__get(resource->object, "status"), "address");
    mp__compose_gateway(&c, resource->object);
    if (run->request || run->opts.infrastructure)
        (void)emit_children(run, resource, MP__STR(""), c.objects);
    if (address.size > 0)
        mp__set_str(status, "address", address);
    mp__emit_condition(resource, status, MP__STR("BackendReady"), healthy,
                       healthy ? MP__STR("BackendHealthy") : MP__STR("Installing"), MP__STR(""));
    mp__emit_condition(resource, status, MP__STR("GatewayReady"), address.size > 0,
                       address.size > 0 ? MP__STR("AddressAssigned") : MP__STR("WaitingForAddress"),
                       MP__STR(""));
    resource->status = status;
    return mp__run_status(run, err);
}

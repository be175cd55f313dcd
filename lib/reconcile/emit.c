/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The result: desired children, statuses, events.
 */
#include "reconcile_internal.h"

static mp_object *put_reference(mp_object *at, const mp__resource *resource)
{
    if (resource->ns.size > 0)
        mp__set_str(at, "namespace", resource->ns);
    mp__set_str(at, "name", resource->name);
    return at;
}

static void put_parent(mp_object *item, const mp__resource *parent)
{
    mp_object *at = mp__set_map(item, "parent");

    mp__set_str(at, "kind", parent->kind);
    put_reference(at, parent);
}

void mp__emit_object(mp__run *run, const mp__resource *parent, mp__str cluster, mp__str key,
                     bool ready, const mp_object *object)
{
    mp_object *item = mp_object_append_map(run->objects);

    put_parent(item, parent);
    if (cluster.size > 0)
        mp__set_str(item, "cluster", cluster);
    mp__set_str(item, "key", key);
    mp__set_bool(item, "ready", ready);
    mp__set_copy(item, "object", object);
}

static mp_object *put_document(mp_object *list, const mp__resource *resource)
{
    mp_object *item = mp_object_append_map(list);

    if (resource->api_version.size > 0)
        mp__set_str(item, "apiVersion", resource->api_version);
    if (resource->kind.size > 0)
        mp__set_str(item, "kind", resource->kind);
    put_reference(mp__set_map(item, "metadata"), resource);
    return item;
}

mp_object *mp__emit_status(mp__run *run, const mp__resource *resource)
{
    return mp__set_map(put_document(run->statuses, resource), "status");
}

void mp__emit_condition(const mp__resource *resource, mp_object *status, mp__str type, bool is_true,
                        mp__str reason, mp__str message)
{
    const mp_object *before = mp__condition_find(mp__get(resource->object, "status"), type);
    mp__str text = is_true ? MP__STR("True") : MP__STR("False");
    mp_object *conditions = mp__get(status, "conditions");
    mp_object *item;

    if (!conditions)
        conditions = mp__set_list(status, "conditions");
    item = mp_object_append_map(conditions);
    mp__set_str(item, "type", type);
    mp__set_str(item, "status", text);
    mp__set_str(item, "reason", reason);
    if (message.size > 0)
        mp__set_str(item, "message", message);
    if (mp_object_string_is(mp__get(before, "status"), text.data, text.size))
        mp__set_copy(item, "lastTransitionTime", mp__get(before, "lastTransitionTime"));
}

void mp__emit_event(mp__run *run, const mp__resource *parent, mp__str type, mp__str message)
{
    mp_object *item = mp_object_append_map(run->events);

    put_parent(item, parent);
    mp__set_str(item, "type", type);
    mp__set_str(item, "message", message);
}

void mp__emit_skipped(mp__run *run, const mp__resource *resource)
{
    put_document(run->skipped, resource);
}

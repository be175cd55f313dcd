/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The result: desired children, statuses, events.
 */
#include "compose_internal.h"
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

mp__str mp__give_name(mp__run *run, const mp__resource *parent, mp__str key, mp_object *object)
{
    mp_object *metadata = mp_object_get(object, MP__LIT("metadata"));
    mp__name buffer;
    mp__str name = mp__object_name(parent->name, key, &buffer);

    if (!metadata)
        metadata = mp__set_map(object, "metadata");
    mp__set_str(metadata, "name", name);
    return mp__run_text(run, name, MP__STR(""), MP__STR(""));
}

void mp__emit_ready(mp__run *run, bool ready)
{
    if (!run->request)
        return;
    run->request->ready_told = true;
    run->request->ready = ready;
}

mp__str mp__name_of(mp__run *run, const mp__resource *resource)
{
    mp__str text = mp__run_text(run, resource->kind, MP__STR(" "), resource->ns);

    return mp__run_text(run, text, resource->ns.size > 0 ? MP__STR("/") : MP__STR(""),
                        resource->name);
}

/* ---- what cannot be read ---- */

mp_status mp__run_excuse(mp__run *run, mp__resource *resource, mp_status status,
                         const mp_error *why, mp_error *err)
{
    mp_error relative = *why;
    mp_object *item;

    if (status == MP_OK)
        return MP_OK;
    if (status == MP_ENOMEM)
        return mp__fail_nomem(err);
    mp__run_relative(resource, &relative);
    resource->broken = true;
    item = put_document(run->errors, resource);
    if (relative.path[0])
        mp_object_set_string(item, MP__LIT("path"), relative.path, MP_NTS);
    mp_object_set_string(item, MP__LIT("message"), relative.text, MP_NTS);
    return mp__run_status(run, err);
}

/* ---- requirements ---- */

void mp__require(mp__run *run, const mp__need *need)
{
    mp_object *selector;

    if (!run->request)
        return;
    selector = mp_object_set_map(run->request->requirements, need->key.data, need->key.size);
    if (need->api_version.size > 0)
        mp__set_str(selector, "apiVersion", need->api_version);
    else
        mp__set_lit(selector, "apiVersion", MP__API_VERSION);
    mp__set_str(selector, "kind", need->kind);
    if (need->name.size > 0) {
        mp__set_str(selector, "matchName", need->name);
    } else {
        mp_object *match = mp__set_map(selector, "matchLabels");

        if (mp_object_is_map(need->labels) && mp_object_size(need->labels) > 0)
            mp__set_copy(match, "labels", need->labels);
    }
    if (need->ns.size > 0)
        mp__set_str(selector, "namespace", need->ns);
}

/* Several functions of a pipeline may need the same: the newer name is looked at first. */
static const mp_object *find_required(const mp__run *run, mp__str key)
{
    const mp_object *found = mp_object_get(run->request->required, key.data, key.size);

    return found ? found : mp_object_get(run->request->extra, key.data, key.size);
}

bool mp__run_fetched(const mp__run *run, mp__str key)
{
    return !run->request || find_required(run, key) != NULL;
}

const mp_object *mp__run_items(const mp__run *run, mp__str key)
{
    const mp_object *items = run->request ? mp__get(find_required(run, key), "items") : NULL;

    return mp_object_is_list(items) ? items : NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A RunFunctionResponse from what a reconciler emitted.
 *
 * Fields that would say nothing are left out, as protobuf does.
 */
#include "function_internal.h"
#include <stdio.h>

/* ---- what is carried over ---- */

mp_object *mp__response_new(mp_doc *doc, const mp_object *request)
{
    mp_object *response = mp_object_new_map(doc), *meta;
    const mp_object *desired = mp__get(request, "desired");
    const mp_object *context = mp__get(request, "context");
    const mp_object *tag = mp__get(mp__get(request, "meta"), "tag");
    char ttl[24];

    meta = mp__set_map(response, "meta");
    if (mp_object_is_string(tag))
        mp__set_copy(meta, "tag", tag);
    (void)snprintf(ttl, sizeof ttl, "%ds", MP_FUNCTION_TTL);
    mp_object_set_string(meta, MP__LIT("ttl"), ttl, MP_NTS);
    if (mp_object_is_map(desired))
        mp__set_copy(response, "desired", desired);
    else
        mp__set_map(response, "desired");
    if (mp_object_is_map(context))
        mp__set_copy(response, "context", context);
    return response;
}

static mp_object *get_or_set(mp_object *map, const char *key)
{
    mp_object *child = mp_object_get(map, key, MP_NTS);

    return mp_object_is_map(child) ? child : mp_object_set_map(map, key, MP_NTS);
}

/* ---- results ---- */

static void put_result(mp_object *response, const char *severity, mp__str message)
{
    mp_object *results = mp__get(response, "results"), *item;

    if (!results)
        results = mp__set_list(response, "results");
    item = mp_object_append_map(results);
    mp_object_set_string(item, MP__LIT("severity"), severity, MP_NTS);
    mp__set_str(item, "message", message);
}

static void put_events(mp_object *response, const mp_object *events)
{
    for (const mp_object *e = mp_object_first(events); e; e = mp_object_next(e)) {
        bool warning = mp_object_string_is(mp__get(e, "type"), MP__LIT("Warning"));

        put_result(response, warning ? "SEVERITY_WARNING" : "SEVERITY_NORMAL",
                   mp__get_str(e, "message"));
    }
}

/* What of the input could not be read: fatal if it is the parent. */
static void put_errors(mp_object *response, mp__run *run, const mp__resource *parent)
{
    for (const mp_object *e = mp_object_first(run->errors); e; e = mp_object_next(e)) {
        const mp__resource who = { .kind = mp__get_str(e, "kind"),
                                   .ns = mp__get_str(mp__get(e, "metadata"), "namespace"),
                                   .name = mp__get_str(mp__get(e, "metadata"), "name") };
        bool own = mp__str_equal(who.kind, parent->kind) && mp__str_equal(who.ns, parent->ns) &&
                   mp__str_equal(who.name, parent->name);
        mp__str path = mp__get_str(e, "path"), text = mp__name_of(run, &who);

        text = mp__run_text(run, text, MP__STR(": "), path);
        text = mp__run_text(run, text, path.size > 0 ? MP__STR(": ") : MP__STR(""),
                            mp__get_str(e, "message"));
        put_result(response, own ? "SEVERITY_FATAL" : "SEVERITY_WARNING", text);
    }
}

void mp__response_refuse(mp_object *response, const mp_object *request)
{
    const mp_object *composite = mp__get(mp__get(request, "observed"), "composite");
    const mp_object *object = mp__get(composite, "resource");
    bool named = mp__get_str(object, "kind").size > 0 &&
                 mp__get_str(mp__get(object, "metadata"), "name").size > 0;

    put_result(response, "SEVERITY_FATAL",
               named ? MP__STR("the composite resource is of a kind that is not known")
                     : MP__STR("the request has no composite resource with a kind and a name"));
}

/* ---- the desired state ---- */

static void put_children(mp_object *desired, const mp_object *objects)
{
    mp_object *resources;

    if (mp_object_size(objects) == 0)
        return;
    resources = get_or_set(desired, "resources");
    for (const mp_object *o = mp_object_first(objects); o; o = mp_object_next(o)) {
        mp__str key = mp__get_str(o, "key");
        mp_object *child = mp_object_set_map(resources, key.data, key.size);

        mp__set_copy(child, "resource", mp__get(o, "object"));
        if (mp_object_bool(mp__get(o, "ready"), false))
            mp__set_lit(child, "ready", "READY_TRUE");
    }
}

static void put_condition(mp_object *response, const mp_object *condition)
{
    mp_object *list = mp__get(response, "conditions"), *item;
    bool is_true = mp_object_string_is(mp__get(condition, "status"), MP__LIT("True"));

    if (!list)
        list = mp__set_list(response, "conditions");
    item = mp_object_append_map(list);
    mp__set_copy(item, "type", mp__get(condition, "type"));
    mp_object_set_string(item, MP__LIT("status"),
                         is_true ? "STATUS_CONDITION_TRUE" : "STATUS_CONDITION_FALSE", MP_NTS);
    mp__set_copy(item, "reason", mp__get(condition, "reason"));
    mp__set_copy(item, "message", mp__get(condition, "message"));
}

/* Conditions are the protocol's own; the rest is status. */
static void put_status(mp_object *response, const mp_object *status)
{
    mp_object *composite = NULL;

    for (const mp_object *field = mp_object_first(status); field; field = mp_object_next(field)) {
        mp__str key;

        key.data = mp_object_key(field, &key.size);
        if (mp__str_equal(key, MP__STR("conditions"))) {
            for (const mp_object *c = mp_object_first(field); c; c = mp_object_next(c))
                put_condition(response, c);
            continue;
        }
        if (!composite) {
            composite = get_or_set(get_or_set(response, "desired"), "composite");
            composite = get_or_set(get_or_set(composite, "resource"), "status");
        }
        mp_object_set_copy(composite, key.data, key.size, field);
    }
}

void mp__response_fill(mp_object *response, mp__run *run, const mp__resource *parent)
{
    const mp__request *request = run->request;
    mp_object *desired = get_or_set(response, "desired");

    put_children(desired, run->objects);
    for (const mp_object *s = mp_object_first(run->statuses); s; s = mp_object_next(s))
        put_status(response, mp__get(s, "status"));
    if (request->ready_told)
        mp_object_set_string(get_or_set(desired, "composite"), MP__LIT("ready"),
                             request->ready ? "READY_TRUE" : "READY_FALSE", MP_NTS);
    put_events(response, run->events);
    put_errors(response, run, parent);
    if (mp_object_size(request->requirements) > 0)
        mp__set_copy(mp__set_map(response, "requirements"), "resources", request->requirements);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ResourceClaimTemplates: one for each member that claims devices, stamped afresh for every pod.
 */
#include "compose_internal.h"

static mp__str role_key(mp_role role)
{
    switch (role) {
    case MP_ROLE_LEADER:
        return MP__STR("leader");
    case MP_ROLE_WORKER:
        return MP__STR("worker");
    case MP_ROLE_STANDALONE:
        break;
    }
    return MP__STR("standalone");
}

mp__str mp__claim_name(const mp__composer *c, const mp__engine_view *e, const mp__member_view *m,
                       mp__name *name)
{
    const mp__str parts[] = { c->replica->name, e->name, role_key(m->role), MP__STR("devices") };

    if (m->requests == NULL)
        return MP__STR("");
    return mp__child_name(parts, MP__COUNT(parts), name);
}

static void put_request(mp_object *list, const mp_object *request)
{
    mp__str name = mp__get_str(request, "name");
    mp__str device_class = mp__get_str(request, "deviceClassName");
    const mp_object *selector = mp_object_first(mp__given(request, "selectors"));
    mp_object *entry = mp_object_append_map(list);
    mp_object *exactly, *selectors;
    int64_t count = 1;

    mp__set_str(entry, "name", name);
    exactly = mp__set_map(entry, "exactly");
    mp__set_str(exactly, "deviceClassName", device_class);
    mp_object_int(mp__given(request, "count"), &count);
    mp__set_int(exactly, "count", count);
    if (selector == NULL)
        return;
    selectors = mp__set_list(exactly, "selectors");
    for (; selector != NULL; selector = mp_object_next(selector)) {
        mp_object *cel = mp__set_map(mp_object_append_map(selectors), "cel");
        mp__str expression = mp__get_str(selector, "cel");

        mp__set_str(cel, "expression", expression);
    }
}

void mp__compose_claim(const mp__composer *c, const mp__engine_view *e, const mp__member_view *m)
{
    const mp__str key[] = { MP__STR("resource-claim-"), e->name, MP__STR("-"), role_key(m->role) };
    mp__name buffer;
    mp__str name = mp__claim_name(c, e, m, &buffer);
    mp_object *object =
        mp__manifest_new(c, MP__STR("resource.k8s.io/v1"), MP__STR("ResourceClaimTemplate"), name);
    mp_object *spec = mp__set_map(mp__set_map(object, "spec"), "spec");
    mp_object *requests = mp__set_list(mp__set_map(spec, "devices"), "requests");

    for (const mp_object *item = mp_object_first(m->requests); item != NULL;
         item = mp_object_next(item))
        put_request(requests, item);
    mp__manifest_add(c, mp__join(c->doc, key, MP__COUNT(key)), object, MP__READY_CREATED);
}

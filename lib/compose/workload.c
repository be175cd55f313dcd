/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The workload of an engine: a Deployment for a lone pod, a LeaderWorkerSet (or, on the Dynamo
 * stack, a PodCliqueSet) for a gang.
 *
 * A workload is never named like its replica: the Service of that name would keep the
 * LeaderWorkerSet controller from making the headless Service that gives gang pods their DNS.
 */
#include "compose_internal.h"

static mp_object *member_template(const mp__composer *c, const mp__engine_view *e, size_t member,
                                  mp__str workload)
{
    mp__name name;
    mp__str claim = mp__claim_name(c, e, &e->members[member], &name);

    return mp__pod_template(c, &e->members[member], workload, claim);
}

/* The selector is the workload's own label alone, so two engines never share one. */
static mp_object *make_deployment(const mp__composer *c, const mp__engine_view *e, mp__str name)
{
    mp_object *object = mp__manifest_new(c, MP__STR("apps/v1"), MP__STR("Deployment"), name);
    mp_object *spec = mp__set_map(object, "spec");
    mp_object *labels;

    mp__set_int(spec, "replicas", e->copies);
    labels = mp__set_map(mp__set_map(spec, "selector"), "matchLabels");
    mp__set_str(labels, "modelplane.ai/workload", name);
    mp__set(spec, "template", member_template(c, e, 0, name));
    return object;
}

static mp_object *make_gang(const mp__composer *c, const mp__engine_view *e, mp__str name)
{
    mp_object *object = mp__manifest_new(c, MP__STR("leaderworkerset.x-k8s.io/v1"),
                                         MP__STR("LeaderWorkerSet"), name);
    mp_object *spec = mp__set_map(object, "spec");
    mp_object *gang;

    mp__set_int(spec, "replicas", e->copies);
    gang = mp__set_map(spec, "leaderWorkerTemplate");
    mp__set_int(gang, "size", 1 + e->members[1].nodes);
    mp__set(gang, "leaderTemplate", member_template(c, e, 0, name));
    mp__set(gang, "workerTemplate", member_template(c, e, 1, name));
    return object;
}

void mp__compose_engine(const mp__composer *c, const mp__engine_view *e)
{
    const mp__str name_parts[] = { c->replica->name, e->name };
    const mp__str key_parts[] = { MP__STR("model-serving-"), e->name };
    mp__str key = mp__join(c->doc, key_parts, MP__COUNT(key_parts));
    mp__name buffer;
    mp__str name = mp__child_name(name_parts, MP__COUNT(name_parts), &buffer);

    if (e->count == 1)
        mp__manifest_add(c, key, make_deployment(c, e, name), MP__READY_AVAILABLE);
    else if (c->dynamo)
        mp__manifest_add(c, key, mp__make_cliques(c, e), MP__READY_CLIQUES);
    else
        mp__manifest_add(c, key, make_gang(c, e, name), MP__READY_AVAILABLE);
    for (size_t i = 0; i < e->count; i++) {
        if (e->members[i].requests != NULL)
            mp__compose_claim(c, e, &e->members[i]);
    }
}

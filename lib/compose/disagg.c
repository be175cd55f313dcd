/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Engines that share the work on one request: Prefill and Decode, with Encode before them.
 *
 * Only serving pods are changed.  Each says its role by a label, which the picker's filters read,
 * and where its KV cache is fetched from, which NIXL reads; before the decode engine stands a
 * sidecar that sends a request through the other stages first.
 */
#include "compose_internal.h"
#include <inttypes.h>
#include <stdio.h>

#define SIDECAR "pd-sidecar"
#define SIDECAR_IMAGE "ghcr.io/llm-d/llm-d-router-disagg-sidecar:v0.9.0"
#define DECODE_PORT 8001
#define NIXL_VOLUME "nixl-shm"

static mp__str phase_role(mp_phase phase)
{
    switch (phase) {
    case MP_PHASE_PREFILL:
        return MP__STR("prefill");
    case MP_PHASE_DECODE:
        return MP__STR("decode");
    case MP_PHASE_ENCODE:
        return MP__STR("encode");
    case MP_PHASE_NONE:
        break;
    }
    return MP__STR("");
}

bool mp__disagg_prepare(mp__engine_view *e)
{
    mp__member_view *serving = &e->members[0];

    serving->phase = e->phase;
    if (e->phase == MP_PHASE_DECODE)
        return mp__engine_port(serving, DECODE_PORT, &serving->port);
    return true;
}

void mp__disagg_labels(const mp__composer *c, const mp__member_view *m, mp_object *labels)
{
    mp__str role = phase_role(m->phase);

    if (role.size == 0)
        return;
    mp__set_str(labels, "llm-d.ai/role", role);
    mp__set_lit(labels, "llm-d.ai/inference-serving", "true");
    mp__set_str(labels, "app", c->replica->name);
}

/* An item of the list with this name, or NULL. */
static mp_object *find_named(const mp_object *list, mp__str name)
{
    mp_object *at = mp_object_first(list);

    while (at != NULL && !mp_object_string_is(mp__given(at, "name"), name.data, name.size))
        at = mp_object_next(at);
    return at;
}

static mp_object *add_named(mp_object *list, mp__str name)
{
    mp_object *item;

    if (find_named(list, name) != NULL)
        return NULL;
    item = mp_object_append_map(list);
    mp__set_str(item, "name", name);
    return item;
}

static mp_object *ensure_list(mp_object *map, const char *key)
{
    mp_object *list = mp_object_get(map, key, MP_NTS);

    return list != NULL ? list : mp_object_set_list(map, key, MP_NTS);
}

static void put_nixl(mp_object *pod_spec, mp_object *engine)
{
    mp_object *env = ensure_list(engine, "env");
    mp_object *item = add_named(ensure_list(pod_spec, "volumes"), MP__STR(NIXL_VOLUME));

    if (item != NULL) /* stays unmounted: /dev/shm is taken by dshm */
        mp__set_lit(mp__set_map(item, "emptyDir"), "medium", "Memory");
    item = add_named(env, MP__STR("VLLM_NIXL_SIDE_CHANNEL_HOST"));
    if (item != NULL)
        mp__set_lit(mp__set_map(mp__set_map(item, "valueFrom"), "fieldRef"), "fieldPath",
                    "status.podIP");
    item = add_named(env, MP__STR("VLLM_NIXL_SIDE_CHANNEL_PORT"));
    if (item != NULL)
        mp__set_lit(item, "value", "5557");
}

static void put_sidecar(const mp__composer *c, const mp__member_view *m, mp_object *containers)
{
    mp_object *sidecar = add_named(containers, MP__STR(SIDECAR)), *args;
    char port[40];
    size_t size;

    if (sidecar == NULL)
        return;
    size = (size_t)snprintf(port, sizeof port, "--vllm-port=%" PRId64, m->port);
    mp__set_lit(sidecar, "image", SIDECAR_IMAGE);
    args = mp__set_list(sidecar, "args");
    mp_object_append_string(args, MP__LIT("--secure-proxy=false"));
    mp_object_append_string(args, MP__LIT("--kv-connector=nixlv2"));
    if (c->mode == MP_SERVING_ENCODE_PREFILL_DECODE)
        mp_object_append_string(args, MP__LIT("--ec-connector=ec-example"));
    mp_object_append_string(args, port, size);
    mp__set_int(mp_object_append_map(mp__set_list(sidecar, "ports")), "containerPort",
                MP__SERVING_PORT);
    mp__put_probe(c, MP__SERVING_PORT, sidecar);
}

void mp__disagg_pod(const mp__composer *c, const mp__member_view *m, mp_object *pod_spec)
{
    mp_object *containers = mp_object_get(pod_spec, MP__LIT("containers"));

    if (m->phase == MP_PHASE_NONE)
        return;
    put_nixl(pod_spec, find_named(containers, MP__STR("engine")));
    if (m->phase == MP_PHASE_DECODE)
        put_sidecar(c, m, containers);
}

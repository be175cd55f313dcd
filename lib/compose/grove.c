/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Dynamo stack: gangs are Grove PodCliqueSets, and with a cache the engines can fetch weights
 * from each other through ModelExpress.
 *
 * A leader is Ready only after its workers joined, so no clique starts after another: ordering
 * would deadlock.
 */
#include "compose_internal.h"

static void put_labels(const mp__composer *c, const mp__member_view *m, mp_object *labels)
{
    if (m->role == MP_ROLE_LEADER)
        mp__set_str(labels, MP__LABEL_SERVING, c->replica->name);
    mp__set_lit(labels, "kai.scheduler/queue", "modelplane");
    if (m->role == MP_ROLE_LEADER)
        mp__set_lit(labels, "modelplane.ai/clique-role", "leader");
}

static void put_clique(const mp__composer *c, const mp__engine_view *e, const mp__member_view *m,
                       mp__str name, mp_object *cliques)
{
    mp_object *clique = mp_object_append_map(cliques), *labels, *spec, *pod;
    int64_t pods = m->role == MP_ROLE_WORKER ? m->nodes : 1;
    mp__name buffer;
    mp__str claim = mp__claim_name(c, e, m, &buffer);

    mp__set_str(clique, "name", name);
    labels = mp__set_map(clique, "labels");
    mp__put_user_labels(c, m, labels);
    put_labels(c, m, labels);
    mp__disagg_labels(c, m, labels);
    mp__put_annotations(c, m, clique);
    spec = mp__set_map(clique, "spec");
    mp__set_str(spec, "roleName", name);
    mp__set_int(spec, "replicas", pods);
    mp__set_int(spec, "minAvailable", pods);
    pod = mp__set_map(spec, "podSpec");
    mp__put_pod_spec(c, m, claim, pod);
    if (mp__given(pod, "schedulerName") == NULL)
        mp__set_lit(pod, "schedulerName", "kai-scheduler");
}

mp_object *mp__make_cliques(const mp__composer *c, const mp__engine_view *e)
{
    const mp__str parts[] = { c->replica->name, e->name };
    mp__name buffer;
    mp__str name = mp__grove_name(parts, MP__COUNT(parts), &buffer);
    mp_object *object =
        mp__manifest_new(c, MP__STR("grove.io/v1alpha1"), MP__STR("PodCliqueSet"), name);
    mp_object *spec = mp__set_map(object, "spec"), *list, *group;

    mp__set_int(spec, "replicas", 1);
    spec = mp__set_map(spec, "template");
    mp__set_lit(spec, "cliqueStartupType", "CliqueStartupTypeExplicit");
    mp__set_lit(spec, "terminationDelay", "4h");
    mp__set_bool(mp__set_map(spec, "headlessServiceConfig"), "publishNotReadyAddresses", true);
    list = mp__set_list(spec, "cliques");
    put_clique(c, e, &e->members[0], MP__STR("leader"), list);
    put_clique(c, e, &e->members[1], MP__STR("worker"), list);
    group = mp_object_append_map(mp__set_list(spec, "podCliqueScalingGroups"));
    mp__set_lit(group, "name", "gang");
    list = mp__set_list(group, "cliqueNames");
    mp_object_append_string(list, MP__LIT("leader"));
    mp_object_append_string(list, MP__LIT("worker"));
    mp__set_int(group, "replicas", e->copies);
    mp__set_int(group, "minAvailable", e->copies);
    return object;
}

/* The first field of a map, other than two, that is given; or NULL. */
static const mp_object *other_field(const mp_object *map, const char *one, const char *two)
{
    const mp_object *at = mp_object_first(map);

    for (; at != NULL; at = mp_object_next(at)) {
        mp__str key;

        key.data = mp_object_key(at, &key.size);
        if (mp_object_type(at) != MP_OBJECT_NULL &&
            !mp__str_equal(key, mp__str_make(one, MP_NTS)) &&
            !mp__str_equal(key, mp__str_make(two, MP_NTS)))
            break;
    }
    return at;
}

mp_status mp__check_cliques(const mp_object *engine, mp_error *err)
{
    const mp_object *members = mp__given(engine, "members");

    if (mp_object_size(members) < 2)
        return MP_OK;
    for (size_t i = 0; i < mp_object_size(members); i++) {
        const mp_object *pod = mp__given(mp_object_at(members, i), "template");
        const mp_object *found = other_field(pod, "metadata", "spec");
        const char *in = "";
        mp_status st;

        if (found == NULL) {
            found = other_field(mp__given(pod, "metadata"), "labels", "annotations");
            in = "metadata.";
        }
        if (found == NULL)
            continue;
        st = mp__fail_at(err, MP_EDOC, mp_object_offset(found), mp_object_line(found), 0,
                         "a gang of the Dynamo stack has no place for this field");
        mp__error_set_path(err, "members[%zu].template.%s%s", i, in, mp_object_key(found, NULL));
        return st;
    }
    return MP_OK;
}

/* ---- ModelExpress ---- */

bool mp__has_express(const mp__composer *c)
{
    return c->dynamo && c->cache_claim.size > 0;
}

void mp__put_express_env(const mp__composer *c, const mp_object *env, mp_object *list)
{
    static const char server[] = "modelexpress-server:8001";
    static const struct {
        const char *name, *path;
    } fields[] = {
        { "POD_NAME", "metadata.name" },
        { "POD_UID", "metadata.uid" },
        { "POD_NAMESPACE", "metadata.namespace" },
    };

    mp__add_variable(list, env, "MX_SERVER_ADDRESS", MP__STR(server));
    mp__add_variable(list, env, "MODELEXPRESS_URL", MP__STR(server));
    mp__add_variable(list, env, "MX_MODEL_REVISION", c->replica->cache);
    mp__add_variable(list, env, "HF_HUB_CACHE", MP__STR(MP__CACHE_PATH));
    mp__add_variable(list, env, "MX_P2P_METADATA", MP__STR("1"));
    for (size_t i = 0; i < MP__COUNT(fields); i++) {
        mp_object *entry;

        if (mp__has_item(env, "name", fields[i].name))
            continue;
        entry = mp_object_append_map(list);
        mp_object_set_string(entry, MP__LIT("name"), fields[i].name, MP_NTS);
        entry = mp__set_map(mp__set_map(entry, "valueFrom"), "fieldRef");
        mp_object_set_string(entry, MP__LIT("fieldPath"), fields[i].path, MP_NTS);
    }
}

/* RDMA pins memory. */
void mp__put_express_security(mp_object *container)
{
    mp_object *context = mp_object_get(container, MP__LIT("securityContext"));
    mp_object *capabilities, *add;

    if (!mp_object_is_map(context))
        context = mp__set_map(container, "securityContext");
    capabilities = mp_object_get(context, MP__LIT("capabilities"));
    if (!mp_object_is_map(capabilities))
        capabilities = mp__set_map(context, "capabilities");
    add = mp_object_get(capabilities, MP__LIT("add"));
    if (!mp_object_is_list(add))
        add = mp__set_list(capabilities, "add");
    for (const mp_object *at = mp_object_first(add); at != NULL; at = mp_object_next(at)) {
        if (mp_object_string_is(at, MP__LIT("IPC_LOCK")))
            return;
    }
    mp_object_append_string(add, MP__LIT("IPC_LOCK"));
}

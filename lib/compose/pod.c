/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pod template of a member: what the user wrote, plus what it needs to be served.
 *
 * Engines are opaque, so the user's template is the base and every field of it survives: extra
 * containers, volumes, security contexts, fields not known here.  In a list, managed entries come
 * first and the user's follow in their order.  A user's entry that is the same thing (a volume of
 * that name, a mount at that path, that port, that variable, a readiness probe) stands instead of
 * ours.  Three things are never given up, since placement and routing rest on them: the pool of the
 * node selector, the device claim, and the managed labels.
 */
#include "compose_internal.h"

static bool is_serving(const mp__member_view *m)
{
    return m->role != MP_ROLE_WORKER;
}

/* ---- merging ---- */

/* True if an item of the list has this text under `key`. */
bool mp__has_item(const mp_object *list, const char *key, const char *text)
{
    for (const mp_object *item = mp_object_first(list); item != NULL; item = mp_object_next(item)) {
        if (mp_object_string_is(mp_object_get(item, key, MP_NTS), text, MP_NTS))
            return true;
    }
    return false;
}

static void append_all(mp_object *list, const mp_object *items)
{
    for (const mp_object *item = mp_object_first(items); item != NULL; item = mp_object_next(item))
        mp_object_append_copy(list, item);
}

/* A map of that name, or a list, is left out when nothing went into it. */
static void set_unless_empty(mp_object *map, const char *key, mp_object *child)
{
    if (mp_object_size(child) > 0)
        mp_object_set(map, key, MP_NTS, child);
}

/* Copy a field if it is given, and, being a map or list, not empty. */
static void copy_field(mp_object *to, const mp_object *from, const char *key)
{
    const mp_object *value = mp__field(from, key, MP_NTS);
    mp_object_type_t type = mp_object_type(value);

    if (value == NULL)
        return;
    if ((type == MP_OBJECT_LIST || type == MP_OBJECT_MAP) && mp_object_size(value) == 0)
        return;
    mp_object_set_copy(to, key, MP_NTS, value);
}

static bool is_one_of(const mp_object *node, const char *const *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (mp_object_key_is(node, keys[i], strlen(keys[i])))
            return true;
    }
    return false;
}

/* Copy the fields that are given and not among those dealt with one by one. */
static void copy_rest(mp_object *to, const mp_object *from, const char *const *done, size_t count)
{
    for (const mp_object *at = mp_object_first(from); at != NULL; at = mp_object_next(at)) {
        size_t size;
        const char *key = mp_object_key(at, &size);

        if (!is_one_of(at, done, count) && mp_object_type(at) != MP_OBJECT_NULL)
            mp_object_set_copy(to, key, size, at);
    }
}

/* ---- the engine container ---- */

static bool names_model(const mp_object *args)
{
    for (const mp_object *arg = mp_object_first(args); arg != NULL; arg = mp_object_next(arg)) {
        mp__str text = mp__object_str(arg);
        const mp__str flag = MP__STR("--model");

        if (text.size >= flag.size && memcmp(text.data, flag.data, flag.size) == 0 &&
            (text.size == flag.size || text.data[flag.size] == '='))
            return true;
    }
    return false;
}

/* The one argument ever added: where the cache is, for an image that starts itself. */
static void put_args(const mp__composer *c, const mp__member_view *m, mp_object *to)
{
    const mp_object *args = mp__given(m->container, "args");
    mp_object *list = mp_object_new_list(c->doc);

    append_all(list, args);
    if (c->cache_claim.size > 0 && is_serving(m) && !names_model(args) &&
        mp_object_size(mp__given(m->container, "command")) == 0)
        mp_object_append_string(list, MP__LIT("--model=" MP__CACHE_PATH));
    if (m->role == MP_ROLE_STANDALONE)
        mp__set(to, "args", list);
    else
        set_unless_empty(to, "args", list);
}

static bool is_port(const mp_object *port, int64_t wanted)
{
    const mp_object *protocol = mp__given(port, "protocol");
    int64_t number;

    return mp_object_int(mp__given(port, "containerPort"), &number) && number == wanted &&
           (protocol == NULL || mp_object_string_is(protocol, MP__LIT("TCP")));
}

static void put_ports(const mp__composer *c, const mp__member_view *m, mp_object *to)
{
    const mp_object *ports = mp__given(m->container, "ports");
    mp_object *list = mp_object_new_list(c->doc);
    const mp_object *port = mp_object_first(ports);

    while (port != NULL && !is_port(port, m->port))
        port = mp_object_next(port);
    if (is_serving(m) && port == NULL)
        mp__set_int(mp_object_append_map(list), "containerPort", m->port);
    append_all(list, ports);
    set_unless_empty(to, "ports", list);
}

/* True if something is mounted at the path; a trailing slash makes no difference. */
static bool has_mount(const mp_object *mounts, mp__str path)
{
    for (const mp_object *at = mp_object_first(mounts); at != NULL; at = mp_object_next(at)) {
        mp__str other = mp__get_str(at, "mountPath");

        while (other.size > path.size && other.data[other.size - 1] == '/')
            other.size--;
        if (mp__str_equal(other, path))
            return true;
    }
    return false;
}

static void add_mount(mp_object *list, const mp_object *mounts, mp__str volume, mp__str path)
{
    mp_object *mount;

    if (has_mount(mounts, path))
        return;
    mount = mp_object_append_map(list);
    mp__set_str(mount, "name", volume);
    mp__set_str(mount, "mountPath", path);
}

static void put_mounts(const mp__composer *c, const mp__member_view *m, mp_object *to)
{
    const mp_object *mounts = mp__given(m->container, "volumeMounts");
    mp_object *list = mp_object_new_list(c->doc);

    add_mount(list, mounts, MP__STR("dshm"), MP__STR("/dev/shm"));
    if (c->cache_claim.size > 0)
        add_mount(list, mounts, MP__STR("model-cache"), MP__STR(MP__CACHE_PATH));
    append_all(list, mounts);
    set_unless_empty(to, "volumeMounts", list);
}

/* The items except those with this name. */
static void append_others(mp_object *list, const mp_object *items, mp__str name)
{
    for (const mp_object *item = mp_object_first(items); item != NULL;
         item = mp_object_next(item)) {
        if (!mp_object_string_is(mp__given(item, "name"), name.data, name.size))
            mp_object_append_copy(list, item);
    }
}

/* One claim without `request`: the list is keyed on the name alone. */
static void put_resources(const mp__composer *c, const mp__member_view *m, mp_object *to)
{
    static const char *const done[] = { "claims" };
    const mp_object *resources = mp__given(m->container, "resources");
    const mp_object *claims = mp__given(resources, "claims");
    mp_object *map = mp_object_new_map(c->doc);
    mp_object *list = mp_object_new_list(c->doc);

    if (m->requests != NULL) {
        mp__set_lit(mp_object_append_map(list), "name", "devices");
        append_others(list, claims, MP__STR("devices"));
    } else {
        append_all(list, claims);
    }
    set_unless_empty(map, "claims", list);
    copy_rest(map, resources, done, MP__COUNT(done));
    set_unless_empty(to, "resources", map);
}

void mp__add_variable(mp_object *list, const mp_object *env, const char *name, mp__str value)
{
    mp_object *entry;

    if (mp__has_item(env, "name", name))
        return;
    entry = mp_object_append_map(list);
    mp_object_set_string(entry, MP__LIT("name"), name, MP_NTS);
    mp__set_str(entry, "value", value);
}

/* Ours first, so that the user's entries can refer to them. */
static void put_env(const mp__composer *c, const mp__member_view *m, mp_object *to)
{
    const mp_object *env = mp__given(m->container, "env");
    mp_object *list = mp_object_new_list(c->doc);

    if (mp__has_express(c))
        mp__put_express_env(c, env, list);
    if (m->role != MP_ROLE_STANDALONE && !c->dynamo) {
        mp__add_variable(list, env, "MODELPLANE_LEADER_ADDRESS", MP__STR("$(LWS_LEADER_ADDRESS)"));
        if (!c->v1)
            mp__add_variable(list, env, "MODELPLANE_RANK", MP__STR("$(LWS_WORKER_INDEX)"));
    }
    append_all(list, env);
    set_unless_empty(to, "env", list);
}

void mp__put_probe(const mp__composer *c, int64_t port, mp_object *to)
{
    mp_object *probe = mp__set_map(to, "readinessProbe");
    mp_object *get = mp__set_map(probe, "httpGet");

    mp__set_lit(get, "path", "/health");
    mp__set_int(get, "port", port);
    mp__set_int(probe, "initialDelaySeconds", 30);
    mp__set_int(probe, "periodSeconds", 10);
    if (!c->v1)
        mp__set_int(probe, "timeoutSeconds", 5);
}

static void put_own_probe(const mp__composer *c, const mp__member_view *m, mp_object *to)
{
    const mp_object *own = mp__given(m->container, "readinessProbe");

    if (own != NULL)
        mp__set_copy(to, "readinessProbe", own);
    else if (is_serving(m))
        mp__put_probe(c, m->port, to);
}

static void put_engine(const mp__composer *c, const mp__member_view *m, mp_object *to)
{
    static const char *const done[] = { "name",         "image",     "command",
                                        "args",         "ports",     "env",
                                        "volumeMounts", "resources", "readinessProbe" };

    mp__set_lit(to, "name", "engine");
    copy_field(to, m->container, "image");
    copy_field(to, m->container, "command");
    put_args(c, m, to);
    put_ports(c, m, to);
    put_mounts(c, m, to);
    put_resources(c, m, to);
    put_env(c, m, to);
    put_own_probe(c, m, to);
    copy_rest(to, m->container, done, MP__COUNT(done));
    if (mp__has_express(c))
        mp__put_express_security(to);
}

/* ---- the pod ---- */

static void put_containers(const mp__composer *c, const mp__member_view *m, mp_object *spec)
{
    mp_object *list = mp__set_list(spec, "containers");

    for (const mp_object *item = mp_object_first(mp__given(m->spec, "containers")); item != NULL;
         item = mp_object_next(item)) {
        if (item == m->container)
            put_engine(c, m, mp_object_append_map(list));
        else
            mp_object_append_copy(list, item);
    }
}

static mp_object *add_volume(mp_object *list, const mp_object *volumes, const char *name)
{
    mp_object *volume;

    if (mp__has_item(volumes, "name", name))
        return NULL;
    volume = mp_object_append_map(list);
    mp_object_set_string(volume, MP__LIT("name"), name, MP_NTS);
    return volume;
}

static void put_volumes(const mp__composer *c, const mp__member_view *m, mp_object *spec)
{
    const mp_object *volumes = mp__given(m->spec, "volumes");
    mp_object *list = mp__set_list(spec, "volumes");
    mp_object *volume = add_volume(list, volumes, "dshm");

    mp__set_lit(mp__set_map(volume, "emptyDir"), "medium", "Memory");
    if (c->cache_claim.size > 0) {
        volume = add_volume(list, volumes, "model-cache");
        mp__set_str(mp__set_map(volume, "persistentVolumeClaim"), "claimName", c->cache_claim);
    }
    append_all(list, volumes);
}

static void put_node_selector(const mp__member_view *m, mp_object *spec)
{
    static const char *const done[] = { "modelplane.ai/pool" };
    mp_object *map = mp__set_map(spec, "nodeSelector");

    mp__set_str(map, "modelplane.ai/pool", m->pool);
    copy_rest(map, mp__given(m->spec, "nodeSelector"), done, MP__COUNT(done));
}

static void put_resource_claims(const mp__composer *c, const mp__member_view *m, mp__str claim,
                                mp_object *spec)
{
    const mp_object *claims = mp__given(m->spec, "resourceClaims");
    mp_object *list = mp_object_new_list(c->doc);

    if (m->requests != NULL) {
        mp_object *entry = mp_object_append_map(list);

        mp__set_lit(entry, "name", "devices");
        mp__set_str(entry, "resourceClaimTemplateName", claim);
        append_others(list, claims, MP__STR("devices"));
    } else {
        append_all(list, claims);
    }
    set_unless_empty(spec, "resourceClaims", list);
}

/* GPU nodes carry this taint; pods that claim by DRA do not get the toleration by themselves. */
static void put_tolerations(const mp__composer *c, const mp__member_view *m, mp_object *spec)
{
    const mp_object *tolerations = mp__given(m->spec, "tolerations");
    mp_object *list = mp__set_list(spec, "tolerations");
    mp_object *ours = mp_object_new_map(c->doc);
    const mp_object *at = mp_object_first(tolerations);

    mp__set_lit(ours, "key", "nvidia.com/gpu");
    mp__set_lit(ours, "operator", "Exists");
    mp__set_lit(ours, "effect", "NoSchedule");
    while (at != NULL && !mp_object_equal(at, ours))
        at = mp_object_next(at);
    if (at == NULL)
        mp_object_append(list, ours);
    append_all(list, tolerations);
}

void mp__put_pod_spec(const mp__composer *c, const mp__member_view *m, mp__str claim,
                      mp_object *spec)
{
    static const char *const done[] = { "containers",     "volumes",     "nodeSelector",
                                        "resourceClaims", "tolerations", "imagePullSecrets" };

    put_containers(c, m, spec);
    put_volumes(c, m, spec);
    put_node_selector(m, spec);
    put_resource_claims(c, m, claim, spec);
    put_tolerations(c, m, spec);
    copy_field(spec, m->spec, "imagePullSecrets");
    copy_rest(spec, m->spec, done, MP__COUNT(done));
    mp__disagg_pod(c, m, spec);
}

/* ---- metadata ---- */

/* A worker must never receive traffic, so it cannot carry the label that services select. */
void mp__put_user_labels(const mp__composer *c, const mp__member_view *m, mp_object *labels)
{
    static const char *const kept_off[] = { MP__LABEL_SERVING };

    if (!c->v1)
        copy_rest(labels, mp__given(m->metadata, "labels"), kept_off,
                  is_serving(m) ? 0 : MP__COUNT(kept_off));
}

void mp__put_annotations(const mp__composer *c, const mp__member_view *m, mp_object *to)
{
    if (!c->v1)
        copy_field(to, m->metadata, "annotations");
}

static void put_labels(const mp__composer *c, const mp__member_view *m, mp__str workload,
                       mp_object *metadata)
{
    mp_object *labels = mp_object_new_map(c->doc);

    mp__put_user_labels(c, m, labels);
    if (is_serving(m))
        mp__set_str(labels, MP__LABEL_SERVING, c->replica->name);
    if (m->role == MP_ROLE_STANDALONE)
        mp__set_str(labels, "modelplane.ai/workload", workload);
    else if (m->role == MP_ROLE_LEADER)
        mp__set_lit(labels, "modelplane.ai/lws-role", "leader");
    mp__disagg_labels(c, m, labels);
    set_unless_empty(metadata, "labels", labels);
}

static void put_metadata(const mp__composer *c, const mp__member_view *m, mp__str workload,
                         mp_object *pod_template)
{
    static const char *const done[] = { "labels", "annotations" };
    mp_object *metadata = mp_object_new_map(c->doc);

    put_labels(c, m, workload, metadata);
    mp__put_annotations(c, m, metadata);
    if (!c->v1)
        copy_rest(metadata, m->metadata, done, MP__COUNT(done));
    set_unless_empty(pod_template, "metadata", metadata);
}

mp_object *mp__pod_template(const mp__composer *c, const mp__member_view *m, mp__str workload,
                            mp__str claim)
{
    static const char *const done[] = { "metadata", "spec" };
    mp_object *pod_template = mp_object_new_map(c->doc);

    put_metadata(c, m, workload, pod_template);
    mp__put_pod_spec(c, m, claim, mp__set_map(pod_template, "spec"));
    copy_rest(pod_template, m->pod_template, done, MP__COUNT(done));
    return pod_template;
}

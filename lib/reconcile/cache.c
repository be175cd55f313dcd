/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ModelCache: on every cluster it selects, a volume that all pods may write, and a job that fills
 * it once.
 *
 * The job leaves a marker behind, so a second run finds its work done.  It goes away by itself soon
 * after it has finished, which is why a cache that was Ready stays Ready as long as its volume is
 * bound.  With a token (the Secret named by spec.huggingFace.authSecret, when it is among the
 * documents) the token is put on the cluster under a name of the cache's own, as long as the job is
 * there.
 */
#include "compose_internal.h"
#include "reconcile_internal.h"
#include <inttypes.h>
#include <stdio.h>

#define MOUNT "/mnt/artifact"
#define SCRIPT                                                                                     \
    "set -eu\n"                                                                                    \
    "[ ! -e " MOUNT "/.modelplane-hydrated ] || exit 0\n"                                          \
    "pip install --no-cache-dir --quiet huggingface_hub\n"                                         \
    "python - <<'PYTHON'\n"                                                                        \
    "import os\n"                                                                                  \
    "from huggingface_hub import snapshot_download\n"                                              \
    "snapshot_download(os.environ['MODEL_REPO'], revision=os.environ.get('MODEL_REVISION'),\n"     \
    "                  local_dir='" MOUNT "')\n"                                                   \
    "PYTHON\n"                                                                                     \
    "touch " MOUNT "/.modelplane-hydrated\n"

typedef enum phase { PENDING, HYDRATING, READY, FAILED } phase;
static const char *const phase_names[] = { "Pending", "Hydrating", "Ready", "Failed" };

typedef struct cache {
    mp__run *run;
    const mp__resource *resource;
    const mp_object *source; /* spec.huggingFace */
    const mp_object *token;  /* the Secret that holds it, or NULL */
    mp__str token_key;
    mp__str volume, job, auth; /* names on the clusters */
    mp__composer composer;
    mp__replica_view view; /* what the composer asks of its parent: name and namespace */
} cache;

static mp__str name_of(cache *c, const char *last)
{
    const mp__str parts[] = { MP__STR("modelcache"), c->resource->ns, c->resource->name,
                              mp__str_make(last, MP_NTS) };
    mp__name buffer;
    mp__str name = mp__child_name(parts, last ? 4 : 3, &buffer);

    return mp__run_text(c->run, name, MP__STR(""), MP__STR(""));
}

/* ---- the objects ---- */

static mp_object *new_manifest(cache *c, mp__str version, mp__str kind, mp__str name)
{
    mp_object *manifest = mp__manifest_new(&c->composer, version, kind, name);
    mp_object *labels = mp__set_map(mp__get(manifest, "metadata"), "labels");

    mp__set_str(labels, "modelplane.ai/modelcache", c->resource->name);
    return manifest;
}

static mp_object *make_volume(cache *c, mp__str storage_class)
{
    mp_object *manifest =
        new_manifest(c, MP__STR("v1"), MP__STR("PersistentVolumeClaim"), c->volume);
    mp_object *spec = mp__set_map(manifest, "spec"), *at;
    int64_t gib = 0;
    char size[32];

    (void)mp_object_int(mp__get(c->source, "sizeGiB"), &gib);
    (void)snprintf(size, sizeof size, "%" PRId64 "Gi", gib);
    at = mp__set_list(spec, "accessModes");
    mp_object_append_string(at, MP__LIT("ReadWriteMany"));
    mp__set_str(spec, "storageClassName", storage_class);
    at = mp__set_map(mp__set_map(spec, "resources"), "requests");
    mp_object_set_string(at, MP__LIT("storage"), size, MP_NTS);
    return manifest;
}

static void put_env(mp_object *list, const char *name, mp__str value)
{
    mp_object *item = mp_object_append_map(list);

    mp_object_set_string(item, MP__LIT("name"), name, MP_NTS);
    mp__set_str(item, "value", value);
}

static void put_token_env(const cache *c, mp_object *list)
{
    mp_object *item = mp_object_append_map(list), *ref;

    mp__set_lit(item, "name", "HF_TOKEN");
    ref = mp__set_map(mp__set_map(item, "valueFrom"), "secretKeyRef");
    mp__set_str(ref, "name", c->auth);
    mp__set_str(ref, "key", c->token_key);
}

static void put_container(const cache *c, mp_object *containers)
{
    mp_object *container = mp_object_append_map(containers), *at;
    mp__str revision = mp__get_str(c->source, "revision");

    mp__set_lit(container, "name", "hydrate");
    mp__set_lit(container, "image", "python:3.11-slim");
    at = mp__set_list(container, "command");
    mp_object_append_string(at, MP__LIT("/bin/sh"));
    mp_object_append_string(at, MP__LIT("-c"));
    mp_object_append_string(at, MP__LIT(SCRIPT));
    at = mp__set_list(container, "env");
    put_env(at, "MODEL_REPO", mp__get_str(c->source, "repo"));
    if (revision.size > 0)
        put_env(at, "MODEL_REVISION", revision);
    if (c->token)
        put_token_env(c, at);
    at = mp_object_append_map(mp__set_list(container, "volumeMounts"));
    mp__set_lit(at, "name", "artifact");
    mp__set_lit(at, "mountPath", MOUNT);
}

static mp_object *make_job(cache *c)
{
    mp_object *manifest = new_manifest(c, MP__STR("batch/v1"), MP__STR("Job"), c->job);
    mp_object *spec = mp__set_map(manifest, "spec"), *pod, *at;

    mp__set_int(spec, "backoffLimit", 3);
    mp__set_int(spec, "ttlSecondsAfterFinished", 180);
    pod = mp__set_map(spec, "template");
    at = mp__set_map(mp__set_map(pod, "metadata"), "labels");
    mp__set_str(at, "modelplane.ai/modelcache", c->resource->name);
    pod = mp__set_map(pod, "spec");
    mp__set_lit(pod, "restartPolicy", "Never");
    put_container(c, mp__set_list(pod, "containers"));
    at = mp_object_append_map(mp__set_list(pod, "volumes"));
    mp__set_lit(at, "name", "artifact");
    mp__set_str(mp__set_map(at, "persistentVolumeClaim"), "claimName", c->volume);
    return manifest;
}

static mp_object *make_token(cache *c)
{
    mp_object *manifest = new_manifest(c, MP__STR("v1"), MP__STR("Secret"), c->auth);
    const mp_object *data = mp__get(c->token, "data");
    const char *field = "data";
    const mp_object *value = mp_object_get(data, c->token_key.data, c->token_key.size);

    if (!value) {
        field = "stringData";
        value =
            mp_object_get(mp__get(c->token, "stringData"), c->token_key.data, c->token_key.size);
    }
    mp_object_set_copy(mp_object_set_map(manifest, field, MP_NTS), c->token_key.data,
                       c->token_key.size, value);
    return manifest;
}

/* ---- one cluster ---- */

/* The object a child is on its cluster, as last seen there. */
static const mp_object *seen(const mp__resource *remote)
{
    const mp_object *status = remote ? mp__get(remote->object, "status") : NULL;

    return mp__get(mp__get(status, "atProvider"), "manifest");
}

static bool was_ready(const mp__resource *resource, mp__str cluster)
{
    const mp_object *list = mp__get(mp__get(resource->object, "status"), "clusters");
    const mp_object *item = mp_object_is_list(list) ? mp_object_first(list) : NULL;

    for (; item; item = mp_object_next(item))
        if (mp_object_string_is(mp__get(item, "name"), cluster.data, cluster.size))
            return mp_object_string_is(mp__get(item, "phase"), MP__LIT("Ready"));
    return false;
}

static phase find_phase(const cache *c, mp__str cluster, const mp_object *volume,
                        const mp_object *job)
{
    bool bound = mp_object_string_is(mp__get(mp__get(volume, "status"), "phase"), MP__LIT("Bound"));

    if (mp__condition_true(job, MP__STR("Failed")))
        return FAILED;
    if (bound && (mp__condition_true(job, MP__STR("Complete")) || was_ready(c->resource, cluster)))
        return READY;
    return bound ? HYDRATING : PENDING;
}

static void emit_child(cache *c, mp__str cluster, const char *prefix, mp_object *manifest)
{
    mp__str key = mp__run_text(c->run, mp__str_make(prefix, MP_NTS), cluster, MP__STR(""));
    bool ready = mp__run_observed(c->run, c->resource->ns, c->resource->name, key) != NULL;

    c->composer.objects = mp_object_new_map(c->run->scratch);
    mp__manifest_add(&c->composer, key, manifest, MP__READY_CREATED);
    mp__emit_object(c->run, c->resource, cluster, key, ready,
                    mp_object_get(c->composer.objects, key.data, key.size));
}

static const mp_object *observed_manifest(const cache *c, mp__str cluster, const char *prefix)
{
    mp__str key = mp__run_text(c->run, mp__str_make(prefix, MP_NTS), cluster, MP__STR(""));

    return seen(mp__run_observed(c->run, c->resource->ns, c->resource->name, key));
}

static phase reconcile_on(cache *c, const mp__resource *cluster, mp__str storage_class)
{
    phase now = find_phase(c, cluster->name, observed_manifest(c, cluster->name, "pvc-"),
                           observed_manifest(c, cluster->name, "hydrate-"));

    c->composer.provider = mp__get_str(mp__get(cluster->status, "providerConfigRef"), "name");
    if (now != READY && c->token)
        emit_child(c, cluster->name, "auth-", make_token(c));
    if (now != READY)
        emit_child(c, cluster->name, "hydrate-", make_job(c));
    emit_child(c, cluster->name, "pvc-", make_volume(c, storage_class));
    return now;
}

/* ---- the cache ---- */

/* False while it is not known whether there is one. */
static bool find_token(cache *c)
{
    const mp_object *ref = mp__get(c->source, "authSecret");
    mp__str name = mp__get_str(ref, "name");
    const mp__need need = { .key = MP__STR("auth-secret"),
                            .kind = MP__STR("Secret"),
                            .api_version = MP__STR("v1"),
                            .name = name,
                            .ns = c->resource->ns };
    const mp__resource *secret;
    const mp_object *data, *plain;

    c->token_key = mp__get_str(ref, "key");
    if (c->token_key.size == 0)
        c->token_key = MP__STR("HF_TOKEN");
    if (name.size == 0)
        return true;
    mp__require(c->run, &need);
    secret = mp__run_find(c->run, MP__STR("Secret"), c->resource->ns, name);
    if (!secret)
        return mp__run_fetched(c->run, need.key);
    data = mp__get(secret->object, "data");
    plain = mp__get(secret->object, "stringData");
    if (mp_object_get(data, c->token_key.data, c->token_key.size) ||
        mp_object_get(plain, c->token_key.data, c->token_key.size))
        c->token = secret->object;
    return true;
}

/* Every cluster that can hold the cache; which phase it is in there. */
static void reconcile_clusters(cache *c, const mp_object *match, mp_object *status)
{
    const mp__resources *clusters = &c->run->kinds[MP__KIND_CLUSTER];
    mp_object *summary = mp__set_map(status, "summary"), *list = mp__set_list(status, "clusters");
    size_t ready = 0, total = 0;
    char text[64];

    for (size_t i = 0; i < clusters->count; i++) {
        const mp__resource *cluster = &clusters->items[i];
        const mp_object *storage = mp__get(mp__get(cluster->status, "cache"), "storageClassName");
        const mp_object *provider = mp__get(mp__get(cluster->status, "providerConfigRef"), "name");
        mp_object *item;
        phase now;

        if (!mp__labels_match(cluster->object, match) || mp__object_str(storage).size == 0 ||
            mp__object_str(provider).size == 0)
            continue;
        now = reconcile_on(c, cluster, mp__object_str(storage));
        total++;
        ready += now == READY;
        item = mp_object_append_map(list);
        mp__set_str(item, "name", cluster->name);
        mp_object_set_string(item, MP__LIT("phase"), phase_names[now], MP_NTS);
    }
    (void)snprintf(text, sizeof text, "%zu/%zu", ready, total);
    mp_object_set_string(summary, MP__LIT("ready"), text, MP_NTS);
}

mp_status mp__reconcile_cache(mp__run *run, mp__resource *resource, mp_error *err)
{
    const mp_object *spec = mp__get(resource->object, "spec");
    const mp_object *match = mp__get(mp__get(spec, "clusterSelector"), "matchLabels");
    const mp__need need = { .key = MP__STR("clusters"),
                            .kind = MP__STR("InferenceCluster"),
                            .labels = match };
    cache c = { .run = run, .resource = resource, .source = mp__get(spec, "huggingFace") };
    mp_object *status = mp__emit_status(run, resource);

    mp__require(run, &need);
    c.view = (mp__replica_view){ .name = resource->name, .ns = resource->ns };
    c.composer = (mp__composer){
        .doc = run->scratch, .replica = &c.view, .bare = run->opts.bare, .named = run->opts.named
    };
    c.volume = name_of(&c, NULL);
    c.job = name_of(&c, "hydrate");
    c.auth = name_of(&c, "auth");
    if (find_token(&c) && mp__run_fetched(run, need.key)) {
        reconcile_clusters(&c, match, status);
    } else { /* until all is known, what is there stays */
        mp__emit_kept(run, resource, MP__STR(""));
        mp__emit_ready(run, false);
    }
    return mp__run_status(run, err);
}

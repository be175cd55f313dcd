/* SPDX-License-Identifier: Apache-2.0 */
/*
 * InferenceCluster: what leads to the cluster, what is installed on it, and what keeps it from
 * being deleted.
 */
#include "objects_internal.h"

static mp_object *new_object(mp_doc *doc, mp__str api_version, mp__str kind)
{
    mp_object *object = mp_object_new_map(doc);

    mp__set_str(object, "apiVersion", api_version);
    mp__set_str(object, "kind", kind);
    return object;
}

static mp_object *put_name(mp_object *object, mp__str cluster, mp__str what)
{
    const mp__str parts[] = { cluster, what };
    mp_object *metadata = mp__set_map(object, "metadata");
    mp__name buffer;
    mp__str name = mp__child_name(parts, MP__COUNT(parts), &buffer);

    mp__set_str(metadata, "name", name);
    return metadata;
}

static void put_source(mp_object *to, const mp__secret_ref *secret)
{
    mp_object *ref;

    mp__set_lit(to, "source", "Secret");
    ref = mp__set_map(to, "secretRef");
    mp__set_str(ref, "name", secret->name);
    mp__set_lit(ref, "namespace", MP__SYSTEM_NAMESPACE);
    mp__set_str(ref, "key", secret->key);
}

mp_object *mp__make_config(mp_doc *doc, mp__str api_version, mp__str owner, mp__str what,
                           const mp__secret_ref *kubeconfig, const mp__secret_ref *identity)
{
    mp_object *object = new_object(doc, api_version, MP__STR("ClusterProviderConfig"));
    mp_object *spec, *at;

    put_name(object, owner, what);
    spec = mp__set_map(object, "spec");
    put_source(mp__set_map(spec, "credentials"), kubeconfig);
    if (identity != NULL && identity->name.size > 0) {
        at = mp__set_map(spec, "identity");
        mp__set_str(at, "type", identity->type);
        put_source(at, identity);
    }
    return object;
}

mp_object *mp__make_provider_config(mp_doc *doc, mp__str cluster, const mp__secret_ref *kubeconfig,
                                    const mp__secret_ref *identity)
{
    return mp__make_config(doc, MP__STR("kubernetes.m.crossplane.io/v1alpha1"), cluster,
                           MP__STR("cluster-kubeconfig"), kubeconfig, identity);
}

static void put_secret(mp_object *secrets, mp__str type, const mp__secret_ref *secret)
{
    mp_object *entry;

    if (secret == NULL || secret->name.size == 0)
        return;
    entry = mp_object_append_map(secrets);
    mp__set_str(entry, "type", type);
    mp__set_str(entry, "name", secret->name);
    mp__set_str(entry, "key", secret->key);
    mp__set_lit(entry, "namespace", MP__SYSTEM_NAMESPACE);
}

mp_object *mp__make_serving_stack(mp_doc *doc, mp__str cluster, const mp__secret_ref *kubeconfig,
                                  const mp__secret_ref *identity)
{
    mp_object *object =
        new_object(doc, MP__STR("infrastructure.modelplane.ai/v1alpha1"), MP__STR("ServingStack"));
    mp_object *secrets;

    mp__set_lit(put_name(object, cluster, MP__STR("serving-stack")), "namespace",
                MP__SYSTEM_NAMESPACE);
    secrets = mp__set_list(mp__set_map(object, "spec"), "secrets");
    put_secret(secrets, MP__STR("Kubeconfig"), kubeconfig);
    if (identity != NULL)
        put_secret(secrets, identity->type, identity);
    return object;
}

mp_object *mp__make_cluster_usage(mp_doc *doc, mp__str cluster)
{
    mp_object *object =
        new_object(doc, MP__STR("protection.crossplane.io/v1beta1"), MP__STR("ClusterUsage"));
    mp_object *spec = mp__set_map(object, "spec");
    mp_object *of = mp__set_map(spec, "of");

    mp__set_lit(of, "apiVersion", "modelplane.ai/v1alpha1");
    mp__set_lit(of, "kind", "InferenceCluster");
    mp__set_str(mp__set_map(of, "resourceRef"), "name", cluster);
    mp__set_lit(spec, "reason", "ModelReplicas are scheduled to this InferenceCluster");
    mp__set_bool(spec, "replayDeletion", true);
    return object;
}

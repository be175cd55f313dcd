/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cluster behind an InferenceCluster that is provisioned: a GKECluster, EKSCluster and so on,
 * with a pool of GPU nodes per node pool.
 *
 * A pool is sized by the InferenceCluster and built as its InferenceClass says; what neither says
 * is left to the defaults of the kind.
 */
#include "objects_internal.h"

static const mp__source sources[] = {
    { "GKE", "gke", "gke-cluster", "GKECluster", "modelplane-rwx" },
    { "EKS", "eks", "eks-cluster", "EKSCluster", "modelplane-rwx-efs" },
    { "AKS", "aks", "aks-cluster", "AKSCluster", "modelplane-rwx-fs" },
    { "Nebius", "nebius", "nebius-cluster", "NebiusCluster", "modelplane-rwx-fs" },
    { "Vultr", "vultr", "vultr-cluster", "VultrCluster", NULL },
    { "Existing", "existing", NULL, NULL, NULL },
};

const mp__source *mp__source_of(const mp_object *cluster)
{
    const mp_object *source = mp__get(mp__get(mp__get(cluster, "spec"), "cluster"), "source");

    for (size_t i = 0; i < MP__COUNT(sources); i++)
        if (mp_object_string_is(source, sources[i].name, MP_NTS))
            return &sources[i];
    return NULL;
}

/* Copy the fields that are there. */
static void copy_fields(mp_object *to, const mp_object *from, const char *const *names)
{
    for (; *names; names++)
        mp_object_set_copy(to, *names, MP_NTS, mp__field(from, *names, strlen(*names)));
}

mp_object *mp__make_backing(mp_doc *doc, mp__str cluster, const mp__source *source,
                            const mp_object *block)
{
    static const char *const fields[] = { "region", "location", "kubernetesVersion", "credentials",
                                          NULL };
    const mp__str parts[] = { cluster, mp__str_make(source->key, MP_NTS) };
    mp_object *object = mp_object_new_map(doc), *at;
    mp__name buffer;
    mp__str name = mp__child_name(parts, MP__COUNT(parts), &buffer);

    mp__set_lit(object, "apiVersion", "infrastructure.modelplane.ai/v1alpha1");
    mp_object_set_string(object, MP__LIT("kind"), source->kind, MP_NTS);
    at = mp__set_map(object, "metadata");
    mp__set_str(at, "name", name);
    mp__set_lit(at, "namespace", MP__SYSTEM_NAMESPACE);
    at = mp__set_map(object, "spec");
    copy_fields(at, block, fields);
    mp__set_list(at, "nodePools");
    return object;
}

/* Nebius has a block for it, the others a word. */
static void put_fabric(mp_object *to, const mp__source *source, const mp_object *fabric)
{
    const mp_object *type = mp__get(fabric, "type");

    if (strcmp(source->block, "nebius") == 0)
        mp__set_copy(to, "fabric", fabric);
    else if ((strcmp(source->block, "eks") == 0 && mp_object_string_is(type, MP__LIT("EFA"))) ||
             (strcmp(source->block, "aks") == 0 &&
              mp_object_string_is(type, MP__LIT("InfiniBand"))))
        mp__set_copy(to, "fabric", type);
}

void mp__put_backing_pool(mp_object *backing, const mp__source *source, const mp_object *pool,
                          const mp_object *nodes)
{
    static const char *const machine[] = { "machineType", "instanceType", "vmSize",     "platform",
                                           "preset",      "plan",         "diskSizeGb", NULL };
    static const char *const size[] = { "nodeCount", "minNodeCount", "maxNodeCount", "zones",
                                        NULL };
    const mp_object *accelerator = mp__get(nodes, "accelerator");
    bool vultr = strcmp(source->block, "vultr") == 0;
    mp_object *to = mp_object_append_map(mp__get(mp__get(backing, "spec"), "nodePools")), *gpu;

    mp__set_copy(to, "name", mp__get(pool, "name"));
    mp__set_lit(to, "role", "GPU");
    copy_fields(to, nodes, machine);
    copy_fields(to, pool, size);
    if (vultr || strcmp(source->block, "nebius") == 0)
        mp_object_remove(to, MP__LIT("zones")); /* these clouds have none */
    gpu = mp__set_map(to, "gpu");
    mp__set_copy(gpu, "acceleratorType", mp__get(accelerator, "type"));
    if (strcmp(source->block, "gke") == 0)
        mp__set_copy(gpu, "acceleratorCount", mp__get(accelerator, "count"));
    mp__set_copy(gpu, "driversPreset", mp__given(nodes, "driversPreset"));
    if (strcmp(source->block, "eks") == 0)
        mp__set_copy(to, "capacityBlock", mp__given(pool, "capacityBlock"));
    put_fabric(to, source, mp__given(pool, "fabric"));
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * InferenceCluster: what its status (cluster.c) and its children (cluster_equip.c) share.
 */
#ifndef MP_CLUSTER_INTERNAL_H
#define MP_CLUSTER_INTERNAL_H

#include "objects_internal.h"
#include "reconcile_internal.h"

/* Classes of its pools that are not there, sorted, joined by ", "; asks for all of them. */
mp__str mp__missing_classes(mp__run *run, const mp__resource *resource);
/* How the class of a pool builds nodes of that source, or NULL. */
const mp_object *mp__class_nodes(mp__run *run, const mp_object *pool, const mp__source *source);
/* The cluster behind an InferenceCluster, as last seen; `source` may be NULL. */
const mp__resource *mp__seen_backing(mp__run *run, const mp__resource *resource,
                                     const mp__source *source);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A null field of a template means that it is not given: what is composed has none, at any depth,
 * since server-side apply would take a null for a value.
 */
#include "compose_internal.h"

/* The node that stands behind this one and all below it. */
static mp_object *behind(const mp_object *root, mp_object *node)
{
    while (node != root && mp_object_next(node) == NULL)
        node = mp_object_parent(node);
    return node == root ? NULL : mp_object_next(node);
}

void mp__drop_nulls(mp_object *root)
{
    mp_object *next;

    for (mp_object *node = root; node != NULL; node = next) {
        size_t size;
        const char *key = mp_object_key(node, &size);

        next = mp_object_first(node);
        if (next == NULL)
            next = behind(root, node);
        if (key != NULL && node != root && mp_object_type(node) == MP_OBJECT_NULL)
            mp_object_remove(mp_object_parent(node), key, size);
    }
}

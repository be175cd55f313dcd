/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Building maps and lists, and deep copies.
 *
 * A step that fails leaves the tree as it was, and the arena remembers that it failed.  An index,
 * once a map has one, knows every key the map ever had; the value of a removed key is NULL there.
 */
#include "object_internal.h"

/* ---- links ---- */

/* True if `child` may be hung under `parent` without sharing nodes or closing a ring.  A ring takes
 * a child that is the top of the parent's own tree, and such a child has children. */
static bool may_adopt(const mp_object *parent, const mp_object *child)
{
    if (child == NULL || child->parent != NULL || child->doc != parent->doc || child == parent)
        return false;
    if (mp_object_size(child) == 0)
        return true;
    while (parent->parent != NULL)
        parent = parent->parent;
    return parent != child;
}

static void link_last(mp_object *parent, mp_object *child)
{
    child->parent = parent;
    child->prev = parent->as.children.last;
    if (child->prev != NULL)
        child->prev->next = child;
    else
        parent->as.children.first = child;
    parent->as.children.last = child;
    parent->as.children.count++;
    if (child->doc->root == child)
        child->doc->root = NULL; /* a root has no parent */
}

static void detach(mp_object *node)
{
    node->parent = node->prev = node->next = NULL;
    node->key = NULL;
    node->key_size = 0;
}

/* Give the map an index of the keys it has. */
static bool make_index(mp_object *map)
{
    mp__arena *arena = &map->doc->arena;
    mp_allocator alloc = mp__arena_allocator(arena);
    mp__map *index = MP__NEW(arena, mp__map);

    if (index == NULL)
        return false;
    mp__map_init(index, &alloc);
    for (mp_object *at = map->as.children.first; at != NULL; at = at->next) {
        if (!mp__map_set_borrowed(index, at->key, at->key_size, at))
            return false;
    }
    map->as.children.index = index;
    return true;
}

bool mp__object_attach(mp_object *parent, const char *key, size_t key_size, mp_object *child)
{
    if (parent->type == MP_OBJECT_MAP) {
        if (parent->as.children.index == NULL && parent->as.children.count >= MP__MAP_SCAN_MAX &&
            !make_index(parent))
            return false;
        if (parent->as.children.index != NULL &&
            !mp__map_set_borrowed(parent->as.children.index, key, key_size, child))
            return false;
        child->key = key;
        child->key_size = key_size;
    }
    link_last(parent, child);
    return true;
}

/* ---- set, append, remove ---- */

/* Put `child` in the place of `old`, key included. */
static void replace(mp_object *map, mp_object *old, mp_object *child)
{
    if (map->as.children.index != NULL)
        mp__map_find(map->as.children.index, old->key, old->key_size)->value = child;
    child->parent = map;
    child->prev = old->prev;
    child->next = old->next;
    child->key = old->key;
    child->key_size = old->key_size;
    *(old->prev != NULL ? &old->prev->next : &map->as.children.first) = child;
    *(old->next != NULL ? &old->next->prev : &map->as.children.last) = child;
    if (child->doc->root == child)
        child->doc->root = NULL;
    detach(old);
}

mp_object *mp_object_set(mp_object *map, const char *key, size_t key_size, mp_object *child)
{
    mp__str text = mp__str_make(key, key_size);
    mp_object *old;

    if (!mp_object_is_map(map) || key == NULL || !may_adopt(map, child))
        return NULL;
    old = mp_object_get(map, text.data, text.size);
    if (old != NULL) {
        replace(map, old, child);
        return child;
    }
    text.data = mp__arena_strdup(&map->doc->arena, text.data, text.size);
    if (text.data == NULL || !mp__object_attach(map, text.data, text.size, child))
        return NULL;
    return child;
}

mp_object *mp_object_append(mp_object *list, mp_object *child)
{
    if (!mp_object_is_list(list) || !may_adopt(list, child))
        return NULL;
    link_last(list, child);
    return child;
}

bool mp_object_remove(mp_object *map, const char *key, size_t key_size)
{
    mp_object *node = mp_object_get(map, key, key_size);

    if (node == NULL)
        return false;
    if (map->as.children.index != NULL)
        mp__map_find(map->as.children.index, node->key, node->key_size)->value = NULL;
    *(node->prev != NULL ? &node->prev->next : &map->as.children.first) = node->next;
    *(node->next != NULL ? &node->next->prev : &map->as.children.last) = node->prev;
    map->as.children.count--;
    detach(node);
    return true;
}

/* ---- make and add in one call.  Nothing is made for a parent that cannot take it ---- */

static mp_doc *map_doc(const mp_object *map)
{
    return mp_object_is_map(map) ? map->doc : NULL;
}

static mp_doc *list_doc(const mp_object *list)
{
    return mp_object_is_list(list) ? list->doc : NULL;
}

mp_object *mp_object_set_null(mp_object *map, const char *key, size_t key_size)
{
    return mp_object_set(map, key, key_size, mp_object_new_null(map_doc(map)));
}

mp_object *mp_object_set_bool(mp_object *map, const char *key, size_t key_size, bool value)
{
    return mp_object_set(map, key, key_size, mp_object_new_bool(map_doc(map), value));
}

mp_object *mp_object_set_int(mp_object *map, const char *key, size_t key_size, int64_t value)
{
    return mp_object_set(map, key, key_size, mp_object_new_int(map_doc(map), value));
}

mp_object *mp_object_set_double(mp_object *map, const char *key, size_t key_size, double value)
{
    return mp_object_set(map, key, key_size, mp_object_new_double(map_doc(map), value));
}

mp_object *mp_object_set_string(mp_object *map, const char *key, size_t key_size, const char *text,
                                size_t size)
{
    return mp_object_set(map, key, key_size, mp_object_new_string(map_doc(map), text, size));
}

mp_object *mp_object_set_list(mp_object *map, const char *key, size_t key_size)
{
    return mp_object_set(map, key, key_size, mp_object_new_list(map_doc(map)));
}

mp_object *mp_object_set_map(mp_object *map, const char *key, size_t key_size)
{
    return mp_object_set(map, key, key_size, mp_object_new_map(map_doc(map)));
}

mp_object *mp_object_set_copy(mp_object *map, const char *key, size_t key_size,
                              const mp_object *src)
{
    return mp_object_set(map, key, key_size, mp_object_copy(map_doc(map), src));
}

mp_object *mp_object_append_int(mp_object *list, int64_t value)
{
    return mp_object_append(list, mp_object_new_int(list_doc(list), value));
}

mp_object *mp_object_append_string(mp_object *list, const char *text, size_t size)
{
    return mp_object_append(list, mp_object_new_string(list_doc(list), text, size));
}

mp_object *mp_object_append_list(mp_object *list)
{
    return mp_object_append(list, mp_object_new_list(list_doc(list)));
}

mp_object *mp_object_append_map(mp_object *list)
{
    return mp_object_append(list, mp_object_new_map(list_doc(list)));
}

mp_object *mp_object_append_copy(mp_object *list, const mp_object *src)
{
    return mp_object_append(list, mp_object_copy(list_doc(list), src));
}

/* ---- copy ---- */

/* A text for `doc`: shared if it is in this document already, since texts never change. */
static const char *copy_text(mp_doc *doc, const mp_doc *from, const char *text, size_t size)
{
    return doc == from ? text : mp__arena_strdup(&doc->arena, text, size);
}

/* The node alone; a map or list comes out empty. */
static mp_object *copy_node(mp_doc *doc, const mp_object *src)
{
    mp_object *node = mp__object_make(doc, src->type);

    if (node == NULL)
        return NULL;
    node->offset = src->offset;
    node->line = src->line;
    if (src->type == MP_OBJECT_STRING) {
        node->as.string.data = copy_text(doc, src->doc, src->as.string.data, src->as.string.size);
        node->as.string.size = src->as.string.size;
        return node->as.string.data == NULL ? NULL : node;
    }
    if (!mp__object_is_parent(src))
        node->as = src->as;
    return node;
}

/* A copy of `src` alone as the last child of `parent`. */
static mp_object *copy_child(mp_object *parent, const mp_object *src)
{
    mp_object *node = copy_node(parent->doc, src);
    const char *key = NULL;

    if (node == NULL)
        return NULL;
    if (src->key != NULL) {
        key = copy_text(parent->doc, src->doc, src->key, src->key_size);
        if (key == NULL)
            return NULL;
    }
    return mp__object_attach(parent, key, src->key_size, node) ? node : NULL;
}

mp_object *mp_object_copy(mp_doc *doc, const mp_object *src)
{
    const mp_object *from = src;
    mp_object *top, *to;

    if (doc == NULL || src == NULL)
        return NULL;
    top = to = copy_node(doc, src);
    if (top == NULL)
        return NULL;
    /* `to` is the copy of `from`; both walk the tree in step. */
    for (;;) {
        if (mp_object_first(from) != NULL) {
            from = mp_object_first(from);
        } else {
            while (from != src && from->next == NULL) {
                from = from->parent;
                to = to->parent;
            }
            if (from == src)
                return top;
            from = from->next;
            to = to->parent;
        }
        to = copy_child(to, from);
        if (to == NULL)
            return NULL;
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Object trees: documents, making nodes, reading nodes.
 *
 * Nothing is ever freed before the document is: a node that was removed or replaced stays valid,
 * and so does every text handed out.
 */
#include "object_internal.h"

/* ---- documents ---- */

mp_status mp_doc_new(const mp_allocator *alloc, mp_doc **out, mp_error *err)
{
    mp_allocator a = mp__allocator(alloc);
    mp_doc *doc;

    mp__error_clear(err);
    if (out == NULL)
        return mp__fail(err, MP_EINVAL, "no place for the document");
    *out = NULL;
    doc = mp__alloc(&a, sizeof *doc);
    if (doc == NULL)
        return mp__fail_nomem(err);
    mp__arena_init(&doc->arena, &a);
    doc->root = NULL;
    *out = doc;
    return MP_OK;
}

void mp_doc_free(mp_doc *doc)
{
    mp_allocator a;

    if (doc == NULL)
        return;
    a = doc->arena.alloc;
    mp__arena_fini(&doc->arena);
    mp__free(&a, doc);
}

mp_object *mp_doc_root(const mp_doc *doc)
{
    return doc == NULL ? NULL : doc->root;
}

void mp_doc_set_root(mp_doc *doc, mp_object *root)
{
    if (doc == NULL || (root != NULL && (root->doc != doc || root->parent != NULL)))
        return;
    doc->root = root;
}

mp_status mp_doc_status(const mp_doc *doc)
{
    return doc != NULL && doc->arena.failed ? MP_ENOMEM : MP_OK;
}

mp__arena *mp__doc_arena(mp_doc *doc)
{
    return &doc->arena;
}

const mp_allocator *mp__doc_allocator(const mp_doc *doc)
{
    return &doc->arena.alloc;
}

/* ---- making nodes ---- */

mp_object *mp__object_make(mp_doc *doc, mp_object_type_t type)
{
    mp_object *node;

    if (doc == NULL)
        return NULL;
    node = MP__NEW(&doc->arena, mp_object);
    if (node == NULL)
        return NULL;
    node->doc = doc;
    node->type = type;
    node->offset = MP_NO_OFFSET;
    return node;
}

mp_object *mp_object_new_null(mp_doc *doc)
{
    return mp__object_make(doc, MP_OBJECT_NULL);
}

mp_object *mp_object_new_bool(mp_doc *doc, bool value)
{
    mp_object *node = mp__object_make(doc, MP_OBJECT_BOOL);

    if (node != NULL)
        node->as.boolean = value;
    return node;
}

mp_object *mp_object_new_int(mp_doc *doc, int64_t value)
{
    mp_object *node = mp__object_make(doc, MP_OBJECT_INT);

    if (node != NULL)
        node->as.integer = value;
    return node;
}

mp_object *mp_object_new_uint(mp_doc *doc, uint64_t value)
{
    mp_object *node;

    if (value <= INT64_MAX)
        return mp_object_new_int(doc, (int64_t)value);
    node = mp__object_make(doc, MP_OBJECT_UINT);
    if (node != NULL)
        node->as.natural = value;
    return node;
}

mp_object *mp_object_new_double(mp_doc *doc, double value)
{
    mp_object *node = mp__object_make(doc, MP_OBJECT_DOUBLE);

    if (node != NULL)
        node->as.real = value;
    return node;
}

mp_object *mp_object_new_string(mp_doc *doc, const char *text, size_t size)
{
    mp__str source = mp__str_make(text, size);
    mp_object *node;
    char *copy;

    if (doc == NULL || text == NULL)
        return NULL;
    copy = mp__arena_strdup(&doc->arena, source.data, source.size);
    if (copy == NULL)
        return NULL;
    node = mp__object_make(doc, MP_OBJECT_STRING);
    if (node != NULL)
        node->as.string = (mp__str){ copy, source.size };
    return node;
}

mp_object *mp_object_new_list(mp_doc *doc)
{
    return mp__object_make(doc, MP_OBJECT_LIST);
}

mp_object *mp_object_new_map(mp_doc *doc)
{
    return mp__object_make(doc, MP_OBJECT_MAP);
}

/* ---- reading ---- */

mp_object_type_t mp_object_type(const mp_object *node)
{
    return node == NULL ? MP_OBJECT_NULL : node->type;
}

const char *mp_object_type_name(mp_object_type_t type)
{
    switch (type) {
    case MP_OBJECT_NULL:
        return "null";
    case MP_OBJECT_BOOL:
        return "bool";
    case MP_OBJECT_INT:
        return "int";
    case MP_OBJECT_UINT:
        return "uint";
    case MP_OBJECT_DOUBLE:
        return "double";
    case MP_OBJECT_STRING:
        return "string";
    case MP_OBJECT_LIST:
        return "list";
    case MP_OBJECT_MAP:
        return "map";
    }
    return "?";
}

bool mp_object_is_map(const mp_object *node)
{
    return node != NULL && node->type == MP_OBJECT_MAP;
}

bool mp_object_is_list(const mp_object *node)
{
    return node != NULL && node->type == MP_OBJECT_LIST;
}

bool mp_object_is_string(const mp_object *node)
{
    return node != NULL && node->type == MP_OBJECT_STRING;
}

size_t mp_object_size(const mp_object *node)
{
    return node != NULL && mp__object_is_parent(node) ? node->as.children.count : 0;
}

mp_object *mp_object_get(const mp_object *map, const char *key, size_t key_size)
{
    mp__str wanted = mp__str_make(key, key_size);

    if (!mp_object_is_map(map) || key == NULL)
        return NULL;
    if (map->as.children.index != NULL)
        return mp__map_get(map->as.children.index, wanted.data, wanted.size);
    for (mp_object *at = map->as.children.first; at != NULL; at = at->next) {
        if (mp__str_equal((mp__str){ at->key, at->key_size }, wanted))
            return at;
    }
    return NULL;
}

mp_object *mp_object_at(const mp_object *node, size_t index)
{
    mp_object *at;

    if (index >= mp_object_size(node))
        return NULL;
    if (index >= node->as.children.count / 2) {
        at = node->as.children.last;
        for (size_t i = node->as.children.count - 1; i > index; i--)
            at = at->prev;
        return at;
    }
    at = node->as.children.first;
    for (size_t i = 0; i < index; i++)
        at = at->next;
    return at;
}

mp_object *mp_object_first(const mp_object *node)
{
    return node != NULL && mp__object_is_parent(node) ? node->as.children.first : NULL;
}

mp_object *mp_object_next(const mp_object *node)
{
    return node == NULL ? NULL : node->next;
}

mp_object *mp_object_parent(const mp_object *node)
{
    return node == NULL ? NULL : node->parent;
}

const char *mp_object_key(const mp_object *node, size_t *size)
{
    if (size != NULL)
        *size = node == NULL ? 0 : node->key_size;
    return node == NULL ? NULL : node->key;
}

bool mp_object_key_is(const mp_object *node, const char *key, size_t key_size)
{
    if (node == NULL || node->key == NULL || key == NULL)
        return false;
    return mp__str_equal((mp__str){ node->key, node->key_size }, mp__str_make(key, key_size));
}

size_t mp_object_index(const mp_object *node)
{
    size_t index = 0;

    for (; node != NULL && node->prev != NULL; node = node->prev)
        index++;
    return index;
}

bool mp_object_bool(const mp_object *node, bool fallback)
{
    return node != NULL && node->type == MP_OBJECT_BOOL ? node->as.boolean : fallback;
}

const char *mp_object_string(const mp_object *node, size_t *size)
{
    mp__str text = mp__object_str(node);

    if (size != NULL)
        *size = text.size;
    return text.data;
}

bool mp_object_string_is(const mp_object *node, const char *text, size_t size)
{
    return mp_object_is_string(node) && text != NULL &&
           mp__str_equal(node->as.string, mp__str_make(text, size));
}

mp__str mp__object_str(const mp_object *node)
{
    return mp_object_is_string(node) ? node->as.string : (mp__str){ NULL, 0 };
}

mp__str mp__object_get_str(const mp_object *map, const char *key, size_t key_size)
{
    return mp__object_str(mp_object_get(map, key, key_size));
}

bool mp_object_int(const mp_object *node, int64_t *out)
{
    double real;

    if (node == NULL)
        return false;
    if (node->type == MP_OBJECT_INT) {
        *out = node->as.integer;
        return true;
    }
    if (node->type != MP_OBJECT_DOUBLE)
        return false;
    real = node->as.real;
    if (!(real >= -0x1p63 && real < 0x1p63) || (double)(int64_t)real != real)
        return false;
    *out = (int64_t)real;
    return true;
}

bool mp_object_uint(const mp_object *node, uint64_t *out)
{
    double real;

    if (node == NULL)
        return false;
    if (node->type == MP_OBJECT_UINT) {
        *out = node->as.natural;
        return true;
    }
    if (node->type == MP_OBJECT_INT) {
        if (node->as.integer < 0)
            return false;
        *out = (uint64_t)node->as.integer;
        return true;
    }
    if (node->type != MP_OBJECT_DOUBLE)
        return false;
    real = node->as.real;
    if (!(real >= 0 && real < 0x1p64) || (double)(uint64_t)real != real)
        return false;
    *out = (uint64_t)real;
    return true;
}

bool mp_object_double(const mp_object *node, double *out)
{
    switch (mp_object_type(node)) {
    case MP_OBJECT_INT:
        *out = (double)node->as.integer;
        return true;
    case MP_OBJECT_UINT:
        *out = (double)node->as.natural;
        return true;
    case MP_OBJECT_DOUBLE:
        *out = node->as.real;
        return true;
    default:
        return false;
    }
}

size_t mp_object_offset(const mp_object *node)
{
    return node == NULL ? MP_NO_OFFSET : node->offset;
}

uint32_t mp_object_line(const mp_object *node)
{
    return node == NULL ? 0 : node->line;
}

void mp_object_set_source(mp_object *node, size_t offset, uint32_t line)
{
    if (node == NULL)
        return;
    node->offset = offset;
    node->line = line;
}

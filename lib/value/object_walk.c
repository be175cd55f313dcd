/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks over a whole tree: visiting, comparing, and the path of a node.
 *
 * Nodes know their parents, so none of these recurses or keeps a stack: depth costs nothing.
 */
#include "object_internal.h"

mp_status mp_object_visit(const mp_object *root, mp_walk_fn fn, void *user)
{
    const mp_object *node = root;

    if (fn == NULL)
        return MP_EINVAL;
    if (root == NULL)
        return MP_OK;
    for (;;) {
        mp_walk_step step = fn(node, MP_WALK_ENTER, user);

        if (step == MP_WALK_STOP)
            return MP_ESTOPPED;
        if (step != MP_WALK_SKIP && mp__object_is_parent(node)) {
            if (node->as.children.first != NULL) {
                node = node->as.children.first;
                continue;
            }
            if (fn(node, MP_WALK_LEAVE, user) == MP_WALK_STOP)
                return MP_ESTOPPED;
        }
        while (node != root && node->next == NULL) {
            node = node->parent;
            if (fn(node, MP_WALK_LEAVE, user) == MP_WALK_STOP)
                return MP_ESTOPPED;
        }
        if (node == root)
            return MP_OK;
        node = node->next;
    }
}

/* ---- comparing ---- */

static bool is_number(const mp_object *node)
{
    return node->type == MP_OBJECT_INT || node->type == MP_OBJECT_UINT ||
           node->type == MP_OBJECT_DOUBLE;
}

/* Numbers are equal when their exact values are; a NaN equals a NaN, so that a tree always equals
 * its copy. */
static bool numbers_equal(const mp_object *a, const mp_object *b)
{
    int64_t i, j;
    uint64_t m, n;

    if (a->type == MP_OBJECT_DOUBLE && b->type == MP_OBJECT_DOUBLE)
        return a->as.real == b->as.real || (a->as.real != a->as.real && b->as.real != b->as.real);
    if (mp_object_int(a, &i))
        return mp_object_int(b, &j) && i == j;
    return mp_object_uint(a, &m) && mp_object_uint(b, &n) && m == n;
}

/* The nodes alone: type, value, number of children. */
static bool nodes_equal(const mp_object *a, const mp_object *b)
{
    if (is_number(a) && is_number(b))
        return numbers_equal(a, b);
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case MP_OBJECT_BOOL:
        return a->as.boolean == b->as.boolean;
    case MP_OBJECT_STRING:
        return mp__str_equal(a->as.string, b->as.string);
    case MP_OBJECT_LIST:
    case MP_OBJECT_MAP:
        return a->as.children.count == b->as.children.count;
    default:
        return true;
    }
}

/* The child of `parent` that stands for `child` of the other tree; `at` is the one at the same
 * position. */
static const mp_object *counterpart(const mp_object *parent, const mp_object *at,
                                    const mp_object *child, bool ordered)
{
    if (child->key == NULL)
        return at;
    if (ordered)
        return mp_object_key_is(at, child->key, child->key_size) ? at : NULL;
    return mp_object_get(parent, child->key, child->key_size);
}

static bool trees_equal(const mp_object *a, const mp_object *b, bool ordered)
{
    const mp_object *x = a, *y = b;

    if (a == NULL || b == NULL)
        return a == b;
    for (;;) {
        if (!nodes_equal(x, y))
            return false;
        if (mp_object_first(x) != NULL) {
            x = mp_object_first(x);
            y = counterpart(y, mp_object_first(y), x, ordered);
        } else {
            while (x != a && x->next == NULL) {
                x = x->parent;
                y = y->parent;
            }
            if (x == a)
                return true;
            x = x->next;
            y = counterpart(y->parent, y->next, x, ordered);
        }
        if (y == NULL)
            return false;
    }
}

bool mp_object_equal(const mp_object *a, const mp_object *b)
{
    return trees_equal(a, b, false);
}

bool mp_object_identical(const mp_object *a, const mp_object *b)
{
    return trees_equal(a, b, true);
}

/* ---- paths ---- */

/* A window on a text that is written from its end to its start: bytes at or beyond `size` fall
 * away. */
typedef struct window {
    char *buf;
    size_t size; /* bytes that are kept, without the NUL */
    size_t at;   /* position of the byte written last; everything before it is still to come */
} window;

static void put_before(window *w, char c)
{
    w->at--;
    if (w->at < w->size)
        w->buf[w->at] = c;
}

static bool is_name_byte(char c, bool first)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (!first && ((c >= '0' && c <= '9') || c == '-'));
}

static bool is_name(const char *key, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (!is_name_byte(key[i], i == 0))
            return false;
    }
    return size != 0;
}

/* Bytes a byte of a quoted key takes: itself, \" and \\, or \u00XX for a control character. */
static size_t quoted_size(char c)
{
    if ((unsigned char)c < 0x20 || c == 0x7F)
        return 6;
    return c == '"' || c == '\\' ? 2 : 1;
}

static size_t segment_size(const mp_object *node)
{
    size_t size;

    if (node->key == NULL) {
        size = 3;
        for (size_t i = mp_object_index(node); i >= 10; i /= 10)
            size++;
        return size;
    }
    if (is_name(node->key, node->key_size))
        return node->key_size + (node->parent->parent != NULL ? 1 : 0);
    size = 4;
    for (size_t i = 0; i < node->key_size; i++)
        size += quoted_size(node->key[i]);
    return size;
}

static void put_quoted_before(window *w, char c)
{
    static const char hex[] = "0123456789abcdef";
    size_t size = quoted_size(c);

    if (size == 6) {
        put_before(w, hex[c & 15]);
        put_before(w, hex[(unsigned char)c >> 4]);
        put_before(w, '0');
        put_before(w, '0');
        put_before(w, 'u');
    } else {
        put_before(w, c);
    }
    if (size > 1)
        put_before(w, '\\');
}

static void put_segment_before(window *w, const mp_object *node)
{
    if (node->key == NULL) {
        size_t index = mp_object_index(node);

        put_before(w, ']');
        do {
            put_before(w, (char)('0' + index % 10));
            index /= 10;
        } while (index != 0);
        put_before(w, '[');
    } else if (is_name(node->key, node->key_size)) {
        for (size_t i = node->key_size; i > 0; i--)
            put_before(w, node->key[i - 1]);
        if (node->parent->parent != NULL)
            put_before(w, '.');
    } else {
        put_before(w, ']');
        put_before(w, '"');
        for (size_t i = node->key_size; i > 0; i--)
            put_quoted_before(w, node->key[i - 1]);
        put_before(w, '"');
        put_before(w, '[');
    }
}

void mp_object_path(const mp_object *node, char *buf, size_t size)
{
    size_t total = 0;
    window w;

    if (buf == NULL || size == 0)
        return;
    for (const mp_object *at = node; at != NULL && at->parent != NULL; at = at->parent)
        total += segment_size(at);
    w = (window){ buf, total < size ? total : size - 1, total };
    for (const mp_object *at = node; at != NULL && at->parent != NULL; at = at->parent)
        put_segment_before(&w, at);
    if (total >= size) { /* do not end inside a character */
        size_t start = w.size, pos;
        uint32_t c;

        while (start > 0 && w.size - start < 3 && ((unsigned char)buf[start - 1] & 0xC0) == 0x80)
            start--;
        if (start > 0 && (unsigned char)buf[start - 1] >= 0xC0) {
            pos = --start;
            if (!mp__utf8_next(buf, w.size, &pos, &c))
                w.size = start;
        }
    }
    buf[w.size] = '\0';
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML writer, block style, laid out as Kubernetes tools do:
 *
 *     key: scalar            a map inside a map is indented by two,
 *     map:                   the items of a list stand below the key of the list,
 *       key: {}              and what is inside an item begins behind its dash.
 *     list:
 *     - - nested
 *     - key: scalar
 *       other: scalar
 *
 * It walks the tree by its links, so it neither recurses nor keeps a stack; `indent` is that of the
 * children of the map or list it is in.
 */
#include "yaml_internal.h"

/* Readers look for the ':' of a key that shares its line with the value within 1024 characters.  A
 * quoted character takes ten at most. */
#define PLAIN_KEY_MAX 1000
#define QUOTED_KEY_MAX 100

typedef struct writer {
    mp__sink sink;
    const mp_object *root;
    size_t indent;
} writer;

static bool has_children(const mp_object *node)
{
    return mp_object_first(node) != NULL;
}

/* By how much the children of a map or list stand further right than itself. */
static size_t step(const writer *w, const mp_object *node)
{
    if (node == w->root || (node->type == MP_OBJECT_LIST && node->parent->type == MP_OBJECT_MAP))
        return 0;
    return 2;
}

/* The first child goes on in the line of the dash before it. */
static bool shares_line(const writer *w, const mp_object *child)
{
    const mp_object *parent = child->parent;

    return child->prev == NULL && parent != w->root && parent->parent->type == MP_OBJECT_LIST;
}

static void put_double(mp__sink *sink, double value)
{
    char text[MP__DOUBLE_TEXT_MAX];

    if (value != value)
        mp__sink_put(sink, MP__LIT(".nan"));
    else if (value - value == 0)
        mp__sink_put(sink, text, mp__format_double(value, true, text));
    else if (value > 0)
        mp__sink_put(sink, MP__LIT(".inf"));
    else
        mp__sink_put(sink, MP__LIT("-.inf"));
}

/* A scalar, or an empty map or list, with the newline after it. */
static void put_leaf(writer *w, const mp_object *node)
{
    mp__sink *sink = &w->sink;
    char text[MP__INT_TEXT_MAX];
    mp__str string;
    mp__yaml_style style;

    switch (node->type) {
    case MP_OBJECT_NULL:
        mp__sink_put(sink, MP__LIT("null"));
        break;
    case MP_OBJECT_BOOL:
        if (node->as.boolean)
            mp__sink_put(sink, MP__LIT("true"));
        else
            mp__sink_put(sink, MP__LIT("false"));
        break;
    case MP_OBJECT_INT:
        mp__sink_put(sink, text, mp__format_int(node->as.integer, text));
        break;
    case MP_OBJECT_UINT:
        mp__sink_put(sink, text, mp__format_uint(node->as.natural, text));
        break;
    case MP_OBJECT_DOUBLE:
        put_double(sink, node->as.real);
        break;
    case MP_OBJECT_STRING:
        string = node->as.string;
        style = mp__yaml_choose(string.data, string.size, true);
        mp__yaml_put_string(sink, style, string.data, string.size, w->indent + 2);
        if (style == MP__YAML_LITERAL)
            return;
        break;
    case MP_OBJECT_LIST:
        mp__sink_put(sink, MP__LIT("[]"));
        break;
    case MP_OBJECT_MAP:
        mp__sink_put(sink, MP__LIT("{}"));
        break;
    }
    mp__sink_putc(sink, '\n');
}

/* The key and its colon; a long one in the form "? key", newline, ": value". */
static void put_key(writer *w, const mp_object *node)
{
    mp__yaml_style style = mp__yaml_choose(node->key, node->key_size, false);
    bool is_long = node->key_size > (style == MP__YAML_PLAIN ? PLAIN_KEY_MAX : QUOTED_KEY_MAX);

    if (is_long)
        mp__sink_put(&w->sink, MP__LIT("? "));
    mp__yaml_put_string(&w->sink, style, node->key, node->key_size, 0);
    if (is_long) {
        mp__sink_putc(&w->sink, '\n');
        mp__sink_repeat(&w->sink, ' ', w->indent);
    }
    mp__sink_putc(&w->sink, ':');
}

static void put_child(writer *w, const mp_object *node)
{
    if (!shares_line(w, node))
        mp__sink_repeat(&w->sink, ' ', w->indent);
    if (node->key == NULL) {
        mp__sink_put(&w->sink, MP__LIT("- "));
    } else {
        put_key(w, node);
        mp__sink_putc(&w->sink, has_children(node) ? '\n' : ' ');
    }
    if (!has_children(node))
        put_leaf(w, node);
}

static void put_tree(writer *w)
{
    const mp_object *node = w->root;

    if (!has_children(node))
        put_leaf(w, node);
    while (w->sink.status == MP_OK) {
        if (has_children(node)) {
            w->indent += step(w, node);
            node = mp_object_first(node);
        } else {
            while (node != w->root && node->next == NULL) {
                node = node->parent;
                w->indent -= step(w, node);
            }
            if (node == w->root)
                return;
            node = node->next;
        }
        put_child(w, node);
    }
}

mp_status mp_yaml_write(const mp_object *node, unsigned flags, mp_write_fn fn, void *user,
                        mp_error *err)
{
    writer w;

    mp__error_clear(err);
    if (fn == NULL)
        return mp__fail(err, MP_EINVAL, "no function to write to");
    mp__sink_init(&w.sink, fn, user);
    w.root = node;
    w.indent = 0;
    if ((flags & MP_YAML_DOCUMENT) != 0)
        mp__sink_put(&w.sink, MP__LIT("---\n"));
    if (node == NULL)
        mp__sink_put(&w.sink, MP__LIT("null\n"));
    else
        put_tree(&w);
    return mp__sink_finish(&w.sink, err);
}

mp_status mp_yaml_text(const mp_allocator *alloc, const mp_object *node, unsigned flags,
                       mp_text *out, mp_error *err)
{
    return mp__write_text(mp_yaml_write, alloc, node, flags, out, err);
}

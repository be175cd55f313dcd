/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON writer (RFC 8259): walks the tree by its links, so it neither recurses nor keeps a stack.
 *
 * What comes out is always JSON: a string that is not UTF-8 is repaired with U+FFFD, and a number
 * that JSON lacks becomes null.
 */
#include "object_internal.h"

typedef struct writer {
    mp__sink sink;
    bool pretty;
    size_t depth;
} writer;

/* Bytes that a string cannot hold as they are, or that must be looked at: control characters, the
 * quote, the backslash, and all of UTF-8 beyond ASCII. */
static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

#define ONES (UINT64_C(0x0101010101010101))
#define HIGHS (UINT64_C(0x8080808080808080))
/* A high bit for each zero byte of x; bits above the first may be wrong, none is set if there is
 * none. */
#define ZERO_BYTES(x) (((x)-ONES) & ~(x)&HIGHS)

/* Length of the run of plain bytes, eight at a time. */
static size_t plain_run(const char *text, size_t size)
{
    size_t i = 0;

    while (size - i >= 8) {
        uint64_t x;

        memcpy(&x, text + i, 8);
        if (((x & HIGHS) | ((x - ONES * 0x20) & ~x & HIGHS) | ZERO_BYTES(x ^ ONES * '"') |
             ZERO_BYTES(x ^ ONES * '\\')) != 0)
            break;
        i += 8;
    }
    while (i < size && is_plain((unsigned char)text[i]))
        i++;
    return i;
}

static void put_escape(mp__sink *sink, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    static const char names[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    char unicode[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };

    for (size_t i = 0; i + 1 < sizeof names; i += 2) {
        if ((unsigned char)names[i] == c) {
            mp__sink_putc(sink, '\\');
            mp__sink_putc(sink, names[i + 1]);
            return;
        }
    }
    mp__sink_put(sink, unicode, sizeof unicode);
}

static void put_string(mp__sink *sink, const char *text, size_t size)
{
    size_t start = 0, at = 0; /* text[start, at) is checked and not yet put */
    uint32_t c;

    mp__sink_putc(sink, '"');
    for (;;) {
        size_t here;

        at += plain_run(text + at, size - at);
        if (at == size)
            break;
        here = at;
        if ((unsigned char)text[at] >= 0x80 && mp__utf8_next(text, size, &at, &c))
            continue;
        mp__sink_put(sink, text + start, here - start);
        if ((unsigned char)text[here] >= 0x80)
            mp__sink_put(sink, MP__LIT("\xEF\xBF\xBD"));
        else
            put_escape(sink, (unsigned char)text[here]);
        start = at = here + 1;
    }
    mp__sink_put(sink, text + start, size - start);
    mp__sink_putc(sink, '"');
}

static void put_scalar(mp__sink *sink, const mp_object *node)
{
    char text[MP__DOUBLE_TEXT_MAX];

    switch (node->type) {
    case MP_OBJECT_BOOL:
        if (node->as.boolean)
            mp__sink_put(sink, MP__LIT("true"));
        else
            mp__sink_put(sink, MP__LIT("false"));
        return;
    case MP_OBJECT_INT:
        mp__sink_put(sink, text, mp__format_int(node->as.integer, text));
        return;
    case MP_OBJECT_UINT:
        mp__sink_put(sink, text, mp__format_uint(node->as.natural, text));
        return;
    case MP_OBJECT_DOUBLE:
        if (node->as.real - node->as.real == 0) { /* neither infinite nor NaN */
            mp__sink_put(sink, text, mp__format_double(node->as.real, false, text));
            return;
        }
        break;
    case MP_OBJECT_STRING:
        put_string(sink, node->as.string.data, node->as.string.size);
        return;
    default:
        break;
    }
    mp__sink_put(sink, MP__LIT("null"));
}

static void put_break(writer *w)
{
    if (!w->pretty)
        return;
    mp__sink_putc(&w->sink, '\n');
    mp__sink_repeat(&w->sink, ' ', 2 * w->depth);
}

/* A scalar, or the beginning of a map or list. */
static void enter(writer *w, const mp_object *node)
{
    if (!mp__object_is_parent(node)) {
        put_scalar(&w->sink, node);
        return;
    }
    mp__sink_putc(&w->sink, node->type == MP_OBJECT_MAP ? '{' : '[');
    w->depth++;
}

static void leave(writer *w, const mp_object *node)
{
    w->depth--;
    if (node->as.children.count != 0)
        put_break(w);
    mp__sink_putc(&w->sink, node->type == MP_OBJECT_MAP ? '}' : ']');
}

/* What stands between a child and the one before it, and its key. */
static void before_child(writer *w, const mp_object *child)
{
    if (child->prev != NULL)
        mp__sink_putc(&w->sink, ',');
    put_break(w);
    if (child->key == NULL)
        return;
    put_string(&w->sink, child->key, child->key_size);
    mp__sink_putc(&w->sink, ':');
    if (w->pretty)
        mp__sink_putc(&w->sink, ' ');
}

static void put_tree(writer *w, const mp_object *root)
{
    const mp_object *node = root;

    enter(w, node);
    while (w->sink.status == MP_OK) {
        if (mp_object_first(node) != NULL) {
            node = mp_object_first(node);
        } else {
            if (mp__object_is_parent(node))
                leave(w, node);
            while (node != root && node->next == NULL) {
                node = node->parent;
                leave(w, node);
            }
            if (node == root)
                return;
            node = node->next;
        }
        before_child(w, node);
        enter(w, node);
    }
}

mp_status mp_json_write(const mp_object *node, unsigned flags, mp_write_fn fn, void *user,
                        mp_error *err)
{
    writer w;

    mp__error_clear(err);
    if (fn == NULL)
        return mp__fail(err, MP_EINVAL, "no function to write to");
    mp__sink_init(&w.sink, fn, user);
    w.pretty = (flags & MP_JSON_PRETTY) != 0;
    w.depth = 0;
    if (node == NULL)
        mp__sink_put(&w.sink, MP__LIT("null"));
    else
        put_tree(&w, node);
    if (w.pretty)
        mp__sink_putc(&w.sink, '\n');
    return mp__sink_finish(&w.sink, err);
}

mp_status mp_json_text(const mp_allocator *alloc, const mp_object *node, unsigned flags,
                       mp_text *out, mp_error *err)
{
    return mp__write_text(mp_json_write, alloc, node, flags, out, err);
}

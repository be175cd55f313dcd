/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The body of a node and of a document, for the files of lib/value that build and write trees.
 */
#ifndef MP_OBJECT_INTERNAL_H
#define MP_OBJECT_INTERNAL_H

#include "value_internal.h"

/* Up to this many keys a map is searched from its first child on; a larger one has an index. */
#define MP__MAP_SCAN_MAX 16

struct mp_doc {
    mp__arena arena; /* arena.failed is the document's sticky status */
    mp_object *root;
};

/*
 * Children of a map or list form a doubly linked chain.  A node is a child of a map exactly when it
 * has a key.  All texts are in the document's arena, NUL-terminated, and never change.
 */
struct mp_object {
    mp_doc *doc;
    mp_object *parent, *prev, *next;
    const char *key;
    size_t key_size;
    union {
        bool boolean;
        int64_t integer;
        uint64_t natural;
        double real;
        mp__str string;
        struct {
            mp_object *first, *last;
            size_t count;
            mp__map
                *index; /* maps that grew beyond MP__MAP_SCAN_MAX: key -> node, NULL if removed */
        } children;
    } as;
    size_t offset; /* in the text it was read from, or MP_NO_OFFSET */
    uint32_t line;
    mp_object_type_t type;
};

static inline bool mp__object_is_parent(const mp_object *node)
{
    return node->type == MP_OBJECT_MAP || node->type == MP_OBJECT_LIST;
}

/* A node without a parent, zero but for doc, type and offset; NULL when out of memory. */
mp_object *mp__object_make(mp_doc *doc, mp_object_type_t type);
/* Hang `child`, which has no parent, behind the last child.  `key` is NULL for a list; for a map it
 * must be new there and its text already in the arena, NUL-terminated.  False when out of memory.
 */
bool mp__object_attach(mp_object *parent, const char *key, size_t key_size, mp_object *child);

/* ---- output: small pieces are gathered, the first failure of the callback is kept ---- */

typedef struct mp__sink {
    mp_write_fn fn;
    void *user;
    mp_status status;
    size_t used;
    char chunk[4096];
} mp__sink;

void mp__sink_init(mp__sink *sink, mp_write_fn fn, void *user);
void mp__sink_put(mp__sink *sink, const char *data, size_t size);
void mp__sink_putc(mp__sink *sink, char c);
void mp__sink_repeat(mp__sink *sink, char c, size_t count);
/* Hand over what was gathered; the status of the whole writing. */
mp_status mp__sink_finish(mp__sink *sink, mp_error *err);
/* A mp_write_fn that appends to the mp__buf given as `user`. */
mp_status mp__sink_to_buf(const char *data, size_t size, void *user);

/* ---- numbers as text, without a NUL; `out` has room for as many bytes as the limit says ---- */

#define MP__INT_TEXT_MAX 20
size_t mp__format_uint(uint64_t value, char *out);
size_t mp__format_int(int64_t value, char *out);
/* A finite double, always with a fraction or an exponent, so that it reads back as a double:
 * 0.1, 1000.0, 1e21, 1.5e-7; with `yaml` the forms that YAML 1.1 reads too: 1.0e+21, 1.5e-7. */
#define MP__DOUBLE_TEXT_MAX 32
size_t mp__format_double(double value, bool yaml, char *out);

/* mp_json_write() or mp_yaml_write(). */
typedef mp_status (*mp__write_tree_fn)(const mp_object *node, unsigned flags, mp_write_fn fn,
                                       void *user, mp_error *err);
/* What a writer writes, as a text of the caller's; empty unless MP_OK. */
mp_status mp__write_text(mp__write_tree_fn write, const mp_allocator *alloc, const mp_object *node,
                         unsigned flags, mp_text *out, mp_error *err);

#endif

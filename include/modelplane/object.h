/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file object.h
 * Object trees: what JSON and YAML documents are read into and written from.
 *
 * A tree lives in an mp_doc, which owns every node and every text in it.  Maps keep the order in
 * which keys were inserted; integers are exact (int64 and uint64), doubles are kept as doubles.
 *
 * Building never needs a check per step: a function that makes or adds a node returns NULL when
 * memory ran out (or its own argument was NULL), every function accepts NULL nodes and does
 * nothing with them, and the document remembers the failure: ask mp_doc_status() once at the end.
 *
 * Threads: any number may read one document at once; changing it is exclusive.
 */
#ifndef MODELPLANE_OBJECT_H
#define MODELPLANE_OBJECT_H

#include <modelplane/status.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mp_doc mp_doc;       /**< owns a tree */
typedef struct mp_object mp_object; /**< a node, borrowed from its document */

/** What a node is. */
typedef enum mp_object_type_t {
    MP_OBJECT_NULL,
    MP_OBJECT_BOOL,
    MP_OBJECT_INT,    /**< fits int64 */
    MP_OBJECT_UINT,   /**< above INT64_MAX, fits uint64 */
    MP_OBJECT_DOUBLE, /**< written with a fraction or exponent, or beyond uint64 */
    MP_OBJECT_STRING,
    MP_OBJECT_LIST,
    MP_OBJECT_MAP
} mp_object_type_t;

/* ---- documents ---- */

/**
 * Make an empty document; its root is NULL until mp_doc_set_root().
 * @param[out] out owned by the caller (mp_doc_free()); NULL unless MP_OK is returned
 * @retval MP_ENOMEM out of memory
 */
MP_API mp_status mp_doc_new(const mp_allocator *alloc, mp_doc **out, mp_error *err);

/** Free a document with all its nodes.  NULL is fine. */
MP_API void mp_doc_free(mp_doc *doc);

/** The root, or NULL. */
MP_API mp_object *mp_doc_root(const mp_doc *doc);

/**
 * Make `root`, a node of this document without a parent, the root; NULL takes the root away.  A
 * root that is later set or appended somewhere stops being the root.
 */
MP_API void mp_doc_set_root(mp_doc *doc, mp_object *root);

/** MP_OK, or MP_ENOMEM once any building step has failed for lack of memory. */
MP_API mp_status mp_doc_status(const mp_doc *doc);

/* ---- making nodes: owned by `doc`, without a parent yet; NULL when out of memory ---- */

/** A null. */
MP_API mp_object *mp_object_new_null(mp_doc *doc);
/** A bool. */
MP_API mp_object *mp_object_new_bool(mp_doc *doc, bool value);
/** An integer. */
MP_API mp_object *mp_object_new_int(mp_doc *doc, int64_t value);
/** A value up to INT64_MAX becomes MP_OBJECT_INT. */
MP_API mp_object *mp_object_new_uint(mp_doc *doc, uint64_t value);
/** A double. */
MP_API mp_object *mp_object_new_double(mp_doc *doc, double value);
/**
 * Copies the text, which must be UTF-8 (not checked; writers put U+FFFD for what is not) and may
 * hold NUL.  NULL for a NULL text.
 */
MP_API mp_object *mp_object_new_string(mp_doc *doc, const char *text, size_t size);
/** An empty list. */
MP_API mp_object *mp_object_new_list(mp_doc *doc);
/** An empty map. */
MP_API mp_object *mp_object_new_map(mp_doc *doc);
/** Deep copy of `src`, from this or another document.  Does not recurse. */
MP_API mp_object *mp_object_copy(mp_doc *doc, const mp_object *src);

/* ---- building maps and lists; `child` must be of the same document and have no parent ---- */

/**
 * Set a key.  A key that is there keeps its place and gets the new value; a new one goes last.
 * Returns `child`, or NULL if anything was NULL, `map` is no map, or memory ran out.
 */
MP_API mp_object *mp_object_set(mp_object *map, const char *key, size_t key_size, mp_object *child);
/** Append to a list.  Returns `child` or NULL, as mp_object_set(). */
MP_API mp_object *mp_object_append(mp_object *list, mp_object *child);

/* Make and set (or append) in one call; same results. */
/** Make a null and set it. */
MP_API mp_object *mp_object_set_null(mp_object *map, const char *key, size_t key_size);
/** Make a bool and set it. */
MP_API mp_object *mp_object_set_bool(mp_object *map, const char *key, size_t key_size, bool value);
/** Make an integer and set it. */
MP_API mp_object *mp_object_set_int(mp_object *map, const char *key, size_t key_size,
                                    int64_t value);
/** Make a double and set it. */
MP_API mp_object *mp_object_set_double(mp_object *map, const char *key, size_t key_size,
                                       double value);
/** Make a string and set it, as mp_object_new_string(). */
MP_API mp_object *mp_object_set_string(mp_object *map, const char *key, size_t key_size,
                                       const char *text, size_t size);
/** Make an empty list and set it. */
MP_API mp_object *mp_object_set_list(mp_object *map, const char *key, size_t key_size);
/** Make an empty map and set it. */
MP_API mp_object *mp_object_set_map(mp_object *map, const char *key, size_t key_size);
/** Set a deep copy of `src`; does nothing and returns NULL if `src` is NULL. */
MP_API mp_object *mp_object_set_copy(mp_object *map, const char *key, size_t key_size,
                                     const mp_object *src);
/** Make an integer and append it. */
MP_API mp_object *mp_object_append_int(mp_object *list, int64_t value);
/** Make a string and append it, as mp_object_new_string(). */
MP_API mp_object *mp_object_append_string(mp_object *list, const char *text, size_t size);
/** Make an empty list and append it. */
MP_API mp_object *mp_object_append_list(mp_object *list);
/** Make an empty map and append it. */
MP_API mp_object *mp_object_append_map(mp_object *list);
/** Append a deep copy of `src`; does nothing and returns NULL if `src` is NULL. */
MP_API mp_object *mp_object_append_copy(mp_object *list, const mp_object *src);

/** Remove a key; true if it was there.  The node stays owned by the document. */
MP_API bool mp_object_remove(mp_object *map, const char *key, size_t key_size);

/* ---- reading: all accept NULL ---- */

/** Type; MP_OBJECT_NULL for NULL. */
MP_API mp_object_type_t mp_object_type(const mp_object *node);
/** "null", "bool", "int", "uint", "double", "string", "list" or "map".  Static text. */
MP_API const char *mp_object_type_name(mp_object_type_t type);
/** Whether it is a map. */
MP_API bool mp_object_is_map(const mp_object *node);
/** Whether it is a list. */
MP_API bool mp_object_is_list(const mp_object *node);
/** Whether it is a string. */
MP_API bool mp_object_is_string(const mp_object *node);

/** Number of children of a map or list; 0 otherwise. */
MP_API size_t mp_object_size(const mp_object *node);
/** Value of a key, or NULL.  Constant time on large maps. */
MP_API mp_object *mp_object_get(const mp_object *map, const char *key, size_t key_size);
/** Child by position, or NULL; takes time in proportion to `index`: iterate with the next two. */
MP_API mp_object *mp_object_at(const mp_object *node, size_t index);
/** First child of a map or list, or NULL. */
MP_API mp_object *mp_object_first(const mp_object *node);
/** Next child of the same parent, or NULL. */
MP_API mp_object *mp_object_next(const mp_object *node);
/** The map or list that holds the node, or NULL. */
MP_API mp_object *mp_object_parent(const mp_object *node);
/** Key of a node that is a child of a map, else NULL; NUL-terminated too. */
MP_API const char *mp_object_key(const mp_object *node, size_t *size);
/** Whether the node has this key. */
MP_API bool mp_object_key_is(const mp_object *node, const char *key, size_t key_size);
/** Position of a node in its parent, 0 without one; takes time in proportion to it. */
MP_API size_t mp_object_index(const mp_object *node);

/** The bool, or `fallback` if it is none. */
MP_API bool mp_object_bool(const mp_object *node, bool fallback);
/** The text of a string (NUL-terminated too), or NULL; `size` may be NULL. */
MP_API const char *mp_object_string(const mp_object *node, size_t *size);
/** Whether it is a string of exactly this text. */
MP_API bool mp_object_string_is(const mp_object *node, const char *text, size_t size);
/**
 * An integer, exactly: MP_OBJECT_INT, or a double without fraction inside int64 (numbers cross some
 * boundaries as doubles).  False, and `out` untouched, otherwise.
 */
MP_API bool mp_object_int(const mp_object *node, int64_t *out);
/** As mp_object_int(), for uint64. */
MP_API bool mp_object_uint(const mp_object *node, uint64_t *out);
/** Any number as a double, rounded if it must be. */
MP_API bool mp_object_double(const mp_object *node, double *out);
/** Byte offset of the node in the text it was read from, or #MP_NO_OFFSET. */
MP_API size_t mp_object_offset(const mp_object *node);
/** Line (1-based) of the node in the text it was read from, or 0. */
MP_API uint32_t mp_object_line(const mp_object *node);
/** Remember where a node came from, for readers of other formats. */
MP_API void mp_object_set_source(mp_object *node, size_t offset, uint32_t line);

/**
 * Write the path of a node, such as spec.engines[0].members[1].role, NUL-terminated into `buf`
 * (cut at `size`); keys that are not plain identifiers are written ["like/this"].  The root is "".
 */
MP_API void mp_object_path(const mp_object *node, char *buf, size_t size);

/**
 * Deep equality.  Maps compare without order; numbers by their exact value, so 1 equals 1.0; NaN
 * equals NaN.  NULL equals NULL only.  Does not recurse.
 */
MP_API bool mp_object_equal(const mp_object *a, const mp_object *b);
/** As mp_object_equal(), and the keys of maps are in the same order. */
MP_API bool mp_object_identical(const mp_object *a, const mp_object *b);

/* ---- visiting ---- */

/** A scalar is entered only; a map or list is also left, after its children. */
typedef enum mp_walk_event { MP_WALK_ENTER, MP_WALK_LEAVE } mp_walk_event;
/** MP_WALK_SKIP, on entering a map or list, passes over its children and its leaving. */
typedef enum mp_walk_step { MP_WALK_NEXT, MP_WALK_SKIP, MP_WALK_STOP } mp_walk_step;

/** Called per event; `user` as given to mp_object_visit(). */
typedef mp_walk_step (*mp_walk_fn)(const mp_object *node, mp_walk_event event, void *user);

/**
 * Visit a tree in document order: a map or list is entered, then its children, then it is left;
 * scalars are entered only.  The tree may not change meanwhile.  Neither recurses nor allocates, so
 * depth costs nothing.
 * @retval MP_ESTOPPED the callback answered MP_WALK_STOP
 */
MP_API mp_status mp_object_visit(const mp_object *root, mp_walk_fn fn, void *user);

/* ---- reading and writing text ---- */

/** Deepest nesting of maps and lists, unless the options say otherwise. */
#define MP_READ_DEPTH_MAX 200
/** Longest text in bytes, unless the options say otherwise. */
#define MP_READ_SIZE_MAX ((size_t)64 << 20)

/** Limits of a reader; fields are added at the end only. */
typedef struct mp_read_opts {
    int version;        /**< 1 */
    unsigned max_depth; /**< nesting of maps and lists; 0 for #MP_READ_DEPTH_MAX */
    size_t max_size;    /**< bytes; 0 for #MP_READ_SIZE_MAX */
} mp_read_opts;
/** The defaults. */
#define MP_READ_OPTS_INIT                                                                          \
    {                                                                                              \
        1, 0, 0                                                                                    \
    }

/**
 * Read one JSON text (RFC 8259, strict; a leading byte order mark is refused).
 *
 * Duplicate keys, invalid UTF-8, lone surrogates, numbers beyond the range of a double and anything
 * after the value are errors.
 * @param[out] out owned by the caller (mp_doc_free()); NULL unless MP_OK is returned
 * @param[out] err offset, line and column of the first offending byte
 * @retval MP_EPARSE not JSON
 * @retval MP_ELIMIT too deep or too large
 * @retval MP_ENOMEM out of memory
 */
MP_API mp_status mp_json_read(const mp_allocator *alloc, const char *text, size_t size,
                              const mp_read_opts *opts, mp_doc **out, mp_error *err);

/** Receives output in pieces; a result other than MP_OK ends the writing and is returned. */
typedef mp_status (*mp_write_fn)(const char *data, size_t size, void *user);

#define MP_JSON_PRETTY 1u /**< two spaces a level, one value a line, a final newline */

/**
 * Write JSON: UTF-8, integers as integers, doubles in the fewest digits that read back equal.
 * Infinities and NaN, which JSON lacks, are written as null.
 * @retval MP_ENOMEM out of memory; otherwise what `fn` returned
 */
MP_API mp_status mp_json_write(const mp_object *node, unsigned flags, mp_write_fn fn, void *user,
                               mp_error *err);
/** As mp_json_write(), into a text of the caller's (mp_text_fini()); empty unless MP_OK. */
MP_API mp_status mp_json_text(const mp_allocator *alloc, const mp_object *node, unsigned flags,
                              mp_text *out, mp_error *err);

#define MP_YAML_DOCUMENT 1u /**< start with a line "---" */

/**
 * Write YAML in block style that readers of YAML 1.1 and 1.2 read back equal: strings that could be
 * taken for something else are quoted, several lines become a literal block where it is safe.
 */
MP_API mp_status mp_yaml_write(const mp_object *node, unsigned flags, mp_write_fn fn, void *user,
                               mp_error *err);
/** As mp_yaml_write(), into a text of the caller's (mp_text_fini()); empty unless MP_OK. */
MP_API mp_status mp_yaml_text(const mp_allocator *alloc, const mp_object *node, unsigned flags,
                              mp_text *out, mp_error *err);

#ifdef __cplusplus
}
#endif
#endif

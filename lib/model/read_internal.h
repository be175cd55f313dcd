/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading fields of documents: an absent or null field has its default, a field of another type is
 * MP_EDOC with its path, offset and line.
 */
#ifndef MP_READ_INTERNAL_H
#define MP_READ_INTERNAL_H

#include "value_internal.h"

/* Fill err for a node: "must be EXPECTED; is ...". */
mp_status mp__read_fail(const mp_object *node, const char *expected, mp_error *err);
/* Fill err for a field that is missing in a map. */
mp_status mp__read_missing(const mp_object *map, const char *key, mp_error *err);
/* Fill err with the status of a builder call that a node led to. */
mp_status mp__read_refused(const mp_object *node, mp_status st, mp_error *err);

/* The field as a map or list; NULL in *out where it is absent. */
mp_status mp__read_map(const mp_object *map, const char *key, const mp_object **out, mp_error *err);
mp_status mp__read_list(const mp_object *map, const char *key, const mp_object **out,
                        mp_error *err);
/* The text; data is NULL where the field is absent. */
mp_status mp__read_str(const mp_object *map, const char *key, mp__str *out, mp_error *err);
/* An integer; a double is cut towards zero, as numbers that crossed a boundary as doubles are. */
mp_status mp__read_int(const mp_object *map, const char *key, int64_t fallback, int64_t *out,
                       mp_error *err);
/* The metadata of a document and the name in it, which must both be there. */
mp_status mp__read_metadata(const mp_object *document, const mp_object **metadata, mp__str *name,
                            mp_error *err);
/* Calls `set` for every entry of a map of texts. */
typedef mp_status (*mp__read_label_fn)(void *target, const char *key, size_t key_size,
                                       const char *value, size_t value_size);
mp_status mp__read_labels(const mp_object *labels, mp__read_label_fn set, void *target,
                          mp_error *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lib/value shares with the layers above, beyond its public headers.
 */
#ifndef MP_VALUE_INTERNAL_H
#define MP_VALUE_INTERNAL_H

#include "base_internal.h"
#include <modelplane/object.h>
#include <modelplane/quantity.h>
#include <modelplane/semver.h>

/* Shorthands for literal keys: mp__get(map, "spec"). */
#define mp__get(map, key) mp_object_get((map), MP__LIT(key))
#define mp__set(map, key, child) mp_object_set((map), MP__LIT(key), (child))
#define mp__set_map(map, key) mp_object_set_map((map), MP__LIT(key))
#define mp__set_list(map, key) mp_object_set_list((map), MP__LIT(key))
#define mp__set_int(map, key, value) mp_object_set_int((map), MP__LIT(key), (value))
#define mp__set_bool(map, key, value) mp_object_set_bool((map), MP__LIT(key), (value))
#define mp__set_str(map, key, text)                                                                \
    mp_object_set_string((map), MP__LIT(key), (text).data, (text).size)
#define mp__set_lit(map, key, literal) mp_object_set_string((map), MP__LIT(key), MP__LIT(literal))
#define mp__set_copy(map, key, src) mp_object_set_copy((map), MP__LIT(key), (src))

/* The text of a string node; {NULL, 0} if it is none. */
mp__str mp__object_str(const mp_object *node);
/* mp__object_str(mp_object_get(map, key)). */
mp__str mp__object_get_str(const mp_object *map, const char *key, size_t key_size);
#define mp__get_str(map, key) mp__object_get_str((map), MP__LIT(key))

/* The arena a document's nodes live in, for what must live as long. */
mp__arena *mp__doc_arena(mp_doc *doc);
const mp_allocator *mp__doc_allocator(const mp_doc *doc);

/* Shortest decimal digits of a finite double that read back equal: digits (at most 17, no leading
 * or trailing zero, "0" for zero) and the decimal exponent such that value = 0.DIGITS x
 * 10^exponent. Exact and independent of the locale and of the C library's printf. */
int mp__double_digits(double value, char digits[18], int *exponent);
/* Decimal text ("1.5e3", optional sign) to the nearest double, independent of the locale; false
 * when the text is no number.  Overflow gives an infinity. */
bool mp__double_parse(const char *text, size_t size, double *out);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a string is written in YAML.
 */
#ifndef MP_YAML_INTERNAL_H
#define MP_YAML_INTERNAL_H

#include "object_internal.h"

typedef enum mp__yaml_style {
    MP__YAML_DOUBLE, /* "with escapes": holds any string */
    MP__YAML_SINGLE, /* 'one line, printable' */
    MP__YAML_PLAIN,  /* nothing around it */
    MP__YAML_LITERAL /* | and indented lines */
} mp__yaml_style;

/* The most readable style that every reader reads back as this string.  Literal only where `block`
 * allows it, that is, not for keys. */
mp__yaml_style mp__yaml_choose(const char *text, size_t size, bool block);
/* Write the string; the lines of a literal are indented by `indent`, and it ends with a newline of
 * its own, unlike the other styles. */
void mp__yaml_put_string(mp__sink *sink, mp__yaml_style style, const char *text, size_t size,
                         size_t indent);

#endif

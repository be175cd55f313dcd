/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values as text: quotation, decimal forms, and the clauses of format strings.
 */
#ifndef MP_TEXT_INTERNAL_H
#define MP_TEXT_INTERNAL_H

#include "cel_internal.h"

/* As Go's %q: what is not printable is escaped. */
void mp__put_escaped_text(mp__buf *buf, mp__str s);

/* A finite double to so many digits after the point, half to even.  `least`: zeros at the end go as
 * far as this many digits are left; `group`: commas between thousands. */
void mp__put_fixed(mp__buf *buf, double d, uint32_t digits, uint32_t least, bool group);
/* d.dddddd and the decimal exponent. */
void mp__put_mantissa(mp__buf *buf, double d, int *exponent);

/* One %-clause of a format string. */
typedef struct mp__clause {
    char verb;
    bool has_precision;
    uint32_t precision;
} mp__clause;

/* Reads the clause after a '%' and moves *at behind it; the text of an error, or NULL. */
const char *mp__clause_read(mp__arena *arena, mp__str format, size_t *at, mp__clause *out);
/* What a verb says of an argument it does not take: "%s" is the type. */
const char *mp__clause_refusal(char verb);

#endif

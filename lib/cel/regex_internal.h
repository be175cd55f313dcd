/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Regular expressions in RE2's syntax, in time linear in the text.
 */
#ifndef MP_REGEX_INTERNAL_H
#define MP_REGEX_INTERNAL_H

#include "base_internal.h"

typedef struct mp__regex mp__regex;

/* MP_EPARSE with a byte offset; MP_ELIMIT; MP_ENOMEM. */
mp_status mp__regex_compile(const mp_allocator *a, const char *src, size_t size, mp__regex **out,
                            mp_error *err);
void mp__regex_free(mp__regex *re);
/* Bytes it keeps. */
size_t mp__regex_memory(const mp__regex *re);

/*
 * 1: found, 0: none, -1: out of memory.  *begin and *end are byte offsets of the leftmost-first
 * match at or after `start`; the text before start is context for ^ and \b.  Both may be NULL for a
 * pure test.  Small programs use a scratch on the stack; larger ones take it from `a`.
 */
int mp__regex_search(const mp__regex *re, const mp_allocator *a, const char *text, size_t size,
                     size_t start, size_t *begin, size_t *end);
/* The same; *steps tells how many states were looked at.  Past `most` it gives up: 0. */
int mp__regex_search_within(const mp__regex *re, const mp_allocator *a, mp__str s, size_t start,
                            size_t *begin, size_t *end, uint64_t most, uint64_t *steps);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree of a regular expression, between reading and compiling, and what the readers share.
 */
#ifndef MP_REGEX_TREE_H
#define MP_REGEX_TREE_H

#include "regex_program.h"

#define MP__RE_RUNE_MAX 0x10FFFF

typedef enum mp__re_node_kind {
    MP__RE_NODE_EMPTY,
    MP__RE_NODE_CLASS, /* ranges */
    MP__RE_NODE_ASSERT,
    MP__RE_NODE_CAT,
    MP__RE_NODE_ALT,
    MP__RE_NODE_REPEAT
} mp__re_node_kind;

typedef struct mp__re_node mp__re_node;
struct mp__re_node {
    mp__re_node_kind kind;
    mp__regex_assert assert;
    mp__regex_range *ranges; /* sorted, apart */
    size_t range_count;
    mp__re_node *left, *right; /* of a pair; a repetition has a left alone */
    int32_t min, max;          /* max -1: no bound */
    bool lazy, nullable;
};

enum { MP__RE_FOLD = 1, MP__RE_MULTILINE = 2, MP__RE_DOT_NL = 4, MP__RE_UNGREEDY = 8 };

typedef struct mp__re_parser {
    mp__arena arena;
    const char *text;
    size_t size, at;
    unsigned flags, depth;
    mp_error *err;
    mp_status status;
    bool no_posix; /* no ":]" follows */
} mp__re_parser;

/* ---- errors and input ---- */

/* Refuse the pattern, unless it is refused already.  Always NULL. */
mp__re_node *mp__re_fail(mp__re_parser *p, size_t at, const char *what);
mp__re_node *mp__re_no_memory(mp__re_parser *p);
/* The next byte, or -1 at the end. */
int mp__re_peek(const mp__re_parser *p);
bool mp__re_looking_at(const mp__re_parser *p, const char *what);
uint32_t mp__re_take_rune(mp__re_parser *p);
bool mp__re_is_alnum(int c);

/* ---- sets of code points ---- */

typedef struct mp__re_set {
    mp__regex_range *items;
    size_t count, capacity;
} mp__re_set;

void mp__re_set_add(mp__re_parser *p, mp__re_set *s, uint32_t low, uint32_t high);
/* Sort and merge. */
void mp__re_set_clean(mp__re_parser *p, mp__re_set *s);
void mp__re_set_negate(mp__re_parser *p, mp__re_set *s);
/* Adds c and all that it folds to. */
void mp__re_set_add_orbit(mp__re_parser *p, mp__re_set *s, uint32_t c);

/* ---- grammar ---- */

/* An escape that stands for one code point; the backslash is at p->at. */
bool mp__re_parse_escape(mp__re_parser *p, uint32_t *out);
/* \d and its kin, or \pL and its kin, if one is at p->at; it is added to the set. */
bool mp__re_parse_perl_class(mp__re_parser *p, mp__re_set *s);
bool mp__re_parse_unicode_class(mp__re_parser *p, mp__re_set *s);
/* A class in brackets; false if it is refused. */
bool mp__re_parse_class(mp__re_parser *p, mp__re_set *s);
/* Alternatives, up to the end or a ')' that is not theirs; NULL if refused. */
mp__re_node *mp__re_parse(mp__re_parser *p);

#endif

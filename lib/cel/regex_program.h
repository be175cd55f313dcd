/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A compiled regular expression.
 */
#ifndef MP_REGEX_PROGRAM_H
#define MP_REGEX_PROGRAM_H

#include "regex_internal.h"
#include "regex_tables.h"

typedef enum mp__regex_assert {
    MP__RE_BEGIN_TEXT,
    MP__RE_END_TEXT,
    MP__RE_BEGIN_LINE,
    MP__RE_END_LINE,
    MP__RE_WORD,
    MP__RE_NOT_WORD
} mp__regex_assert;

typedef enum mp__re_op {
    MP__RE_CHAR,  /* code point x */
    MP__RE_CLASS, /* y ranges from number x on */
    MP__RE_ANY,
    MP__RE_ANY_NOT_NL,
    MP__RE_ASSERT, /* x: mp__regex_assert */
    MP__RE_SPLIT,  /* to x rather than y */
    MP__RE_JUMP,   /* to x */
    MP__RE_MATCH
} mp__re_op;

typedef struct mp__re_insn {
    uint32_t op, x, y;
} mp__re_insn;

struct mp__regex {
    mp_allocator alloc;
    mp__re_insn *code;
    size_t code_count, code_capacity;
    mp__regex_range *ranges;
    size_t range_count, range_capacity;
    bool anchored;        /* can match at the start of the text only */
    mp__str literal;      /* a text that every match holds; empty if none is known */
    bool literal_decides; /* the whole is [^].*literal.*[$] */
    char *literal_text;
};

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of the type checker, and what its parts call of each other.
 */
#ifndef MP_CHECK_INTERNAL_H
#define MP_CHECK_INTERNAL_H

#include "cel_internal.h"

typedef struct mp__scope {
    mp__variable variable;
    struct mp__scope *outer;
} mp__scope;

typedef struct mp__checker {
    mp__arena *arena;
    const mp_cel_env *env;
    const mp__source *source;
    mp_error *err;
    mp_status status; /* of the first error; checking goes no further */
    mp__subst subst;
    mp__scope *locals;
    uint32_t depth, slots; /* local slots in use, and the most there were */
    mp__nodes aggregates;  /* list and map literals, to be looked at again in the end */
    mp__nodes typed;       /* all nodes, which get their final types in the end */
    mp__nodes formats;     /* calls of format(), the same */
    unsigned formatting;   /* such calls that the walk is inside of */
} mp__checker;

/* What a text of at most 80 bytes takes in a message: "%.*s". */
#define MP__TEXT(s) (int)((s).size < 80 ? (s).size : 80), (s).data

/* Keeps the first error; returns the error type. */
const mp__type *mp__refuse(mp__checker *c, const mp__node *node, const char *fmt, ...)
    MP_PRINTF(3, 4);
const mp__type *mp__undeclared(mp__checker *c, const mp__node *node, mp__str name);
/* A type as text in the arena, for messages. */
const char *mp__type_text(mp__checker *c, const mp__type *type);

const mp__type *mp__check_node(mp__checker *c, mp__node *node);
/* The node's type must be assignable to `type`. */
void mp__check_is(mp__checker *c, const mp__node *node, const mp__type *type);

/* Names and selections. */
const mp__type *mp__check_ident(mp__checker *c, mp__node *node);
const mp__type *mp__check_select(mp__checker *c, mp__node *node);
const mp__type *mp__select_field(mp__checker *c, const mp__node *node, mp__node *operand,
                                 mp__str field, bool optional);
const mp__type *mp__check_message(mp__checker *c, mp__node *node);
/* A constant format string against a list literal, once all types are known. */
void mp__check_format(mp__checker *c, const mp__node *call);
/* The dotted name that a chain of plain selections spells, or an empty text. */
mp__str mp__dotted_name(mp__checker *c, const mp__node *node);

#endif

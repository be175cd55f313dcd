/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checker's look at format strings: the clauses of a constant one against the elements of a
 * list literal.
 */
#include "check_internal.h"
#include "text_internal.h"

#define KIND(name) (UINT32_C(1) << MP__TYPE_##name)

/* The types that a clause takes; the texts NaN, Infinity and -Infinity stand for doubles. */
static uint32_t kinds_of(char verb)
{
    switch (verb) {
    case 's':
        return KIND(LIST) | KIND(MAP) | KIND(INT) | KIND(UINT) | KIND(DOUBLE) | KIND(BOOL) |
               KIND(STRING) | KIND(TIMESTAMP) | KIND(BYTES) | KIND(DURATION) | KIND(TYPE) |
               KIND(NULL);
    case 'f':
    case 'e':
        return KIND(DOUBLE) | KIND(STRING);
    case 'b':
        return KIND(INT) | KIND(UINT) | KIND(BOOL);
    case 'x':
    case 'X':
        return KIND(INT) | KIND(UINT) | KIND(STRING) | KIND(BYTES);
    default:
        return KIND(INT) | KIND(UINT);
    }
}

static const mp__type *type_of(mp__checker *c, const mp__node *node)
{
    const mp__type *type = mp__subst_apply(&c->subst, node->type, true);

    return type->kind == MP__TYPE_WRAPPER ? type->a : type;
}

static bool takes(mp__checker *c, char verb, const mp__node *node)
{
    mp__type_kind kind = type_of(c, node)->kind;

    return kind == MP__TYPE_DYN || (kinds_of(verb) >> kind & 1);
}

/* The first part of a literal that %s does not take, or NULL. */
static const mp__node *misfit(mp__checker *c, char verb, const mp__node *node)
{
    const mp__node *bad = NULL;

    if (!takes(c, verb, node))
        return node;
    if (verb != 's' || (node->kind != MP__NODE_LIST && node->kind != MP__NODE_MAP))
        return NULL;
    for (size_t i = 0; i < node->args.count && !bad; i++)
        bad = misfit(c, verb, node->args.items[i]);
    return bad;
}

static const char *type_name(mp__checker *c, const mp__node *node)
{
    return mp__type_value_name(type_of(c, node));
}

/* One clause and its argument; false once something was refused. */
static bool check_clause(mp__checker *c, const mp__node *call, const mp__nodes *args, size_t number,
                         size_t *at)
{
    mp__str format = mp__text_of(&call->target->value);
    mp__clause clause;
    const mp__node *bad;
    const char *why;

    if (*at == format.size) {
        mp__refuse(c, call, "unexpected end of string");
    } else if (number >= args->count) {
        mp__refuse(c, call, "index %zu out of range", number);
    } else if ((why = mp__clause_read(c->arena, format, at, &clause)) != NULL) {
        mp__refuse(c, call, "%s", why);
    } else if ((bad = misfit(c, clause.verb, args->items[number])) != NULL) {
        const char *refusal = mp__clause_refusal(clause.verb);

        /* The text ends in its only "%s". */
        mp__refuse(c, bad, "%.*s%s", (int)strlen(refusal) - 2, refusal, type_name(c, bad));
    }
    return c->status == MP_OK;
}

void mp__check_format(mp__checker *c, const mp__node *call)
{
    const mp__nodes *args;
    size_t at = 0, count = 0;
    mp__str format;

    if (!call->target || call->target->kind != MP__NODE_CONST ||
        call->target->value.kind != MP__STRING || call->args.count != 1 ||
        call->args.items[0]->kind != MP__NODE_LIST)
        return;
    args = &call->args.items[0]->args;
    format = mp__text_of(&call->target->value);
    while (at < format.size) {
        if (format.data[at++] != '%')
            continue;
        if (at < format.size && format.data[at] == '%')
            at++;
        else if (!check_clause(c, call, args, count++, &at))
            return;
    }
    if (args->count > count)
        mp__refuse(c, call, "too many arguments supplied to string.format (expected %zu, got %zu)",
                   count, args->count);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The type checker: gives every node its type, every name its variable, every call its overloads.
 *
 * It walks the tree once, in the order of cel-go's checker, because bindings of type variables
 * depend on that order.  Depth is bounded by the parser.  The first error found is the one
 * reported.
 */
#include "check_internal.h"
#include <stdarg.h>
#include <stdio.h>

/* ---- errors ---- */

const mp__type *mp__refuse(mp__checker *c, const mp__node *node, const char *fmt, ...)
{
    char text[MP_ERROR_TEXT_SIZE];
    va_list args;

    if (c->status == MP_OK) {
        va_start(args, fmt);
        vsnprintf(text, sizeof text, fmt, args);
        va_end(args);
        /* Walks of types that were given up are no verdict. */
        c->status = mp__subst_spent(&c->subst)
                        ? mp__source_fail(c->source, c->err, MP_ELIMIT, node->offset,
                                          "the types of the selector are too large")
                        : mp__source_fail(c->source, c->err, MP_ECOMPILE, node->offset, "%s", text);
    }
    return MP__TYPE(ERROR);
}

const mp__type *mp__undeclared(mp__checker *c, const mp__node *node, mp__str name)
{
    mp__str container = c->env->container;

    if (!container.size)
        return mp__refuse(c, node, "undeclared reference to '%.*s'", MP__TEXT(name));
    return mp__refuse(c, node, "undeclared reference to '%.*s' (in container '%.*s')",
                      MP__TEXT(name), MP__TEXT(container));
}

const char *mp__type_text(mp__checker *c, const mp__type *type)
{
    mp__buf buf;
    const char *copy;

    mp__buf_init(&buf, &c->arena->alloc);
    mp__type_print(mp__subst_apply(&c->subst, type, true), &buf);
    copy = buf.failed ? NULL : mp__arena_strdup(c->arena, buf.data, buf.size);
    mp__buf_fini(&buf);
    return copy ? copy : "?";
}

/* ---- calls ---- */

/* The types of the arguments of a call, the receiver first, as they were found: what their
 * variables stand for may still become more general. */
static size_t gather(const mp__node *call, const mp__type **types)
{
    size_t count = 0;

    if (call->target)
        types[count++] = call->target->type;
    for (size_t i = 0; i < call->args.count && count < 5; i++)
        types[count++] = call->args.items[i]->type;
    return count;
}

/* A parameter type with its variables (by small numbers) replaced by fresh ones. */
static const mp__type *instantiate(mp__checker *c, const mp__type *type, const mp__type **fresh)
{
    const mp__type *a, *b;

    if (type->kind == MP__TYPE_VAR) {
        if (!fresh[type->number])
            fresh[type->number] = mp__subst_fresh(&c->subst);
        return fresh[type->number];
    }
    if (!type->a)
        return type;
    a = instantiate(c, type->a, fresh);
    b = type->b ? instantiate(c, type->b, fresh) : NULL;
    type = a == type->a && b == type->b ? type : mp__type_new(c->arena, type->kind, a, b);
    return type ? type : MP__TYPE(ERROR);
}

static const mp__type *no_overload(mp__checker *c, const mp__node *call, const mp__type **types,
                                   size_t count)
{
    mp__buf buf;
    bool member = call->target != NULL;

    if (c->status != MP_OK)
        return MP__TYPE(ERROR);
    mp__buf_init(&buf, &c->arena->alloc);
    if (member) {
        mp__type_print(mp__subst_apply(&c->subst, types[0], true), &buf);
        mp__buf_putc(&buf, '.');
    }
    mp__buf_putc(&buf, '(');
    for (size_t i = member; i < count; i++) {
        if (i > (size_t)member)
            mp__buf_puts(&buf, ", ");
        mp__type_print(mp__subst_apply(&c->subst, types[i], true), &buf);
    }
    mp__buf_putc(&buf, ')');
    mp__refuse(c, call, "found no matching overload for '%.*s' applied to '%s'",
               MP__TEXT(call->name), buf.failed ? "?" : buf.data);
    mp__buf_fini(&buf);
    return MP__TYPE(ERROR);
}

/* Keeps every overload of the call's style whose parameters take the arguments. */
static const mp__type *resolve(mp__checker *c, mp__node *call, const mp__function *rows,
                               size_t row_count)
{
    const mp__type *types[5], *result = NULL;
    const mp__function **found = MP__NEW_ARRAY(c->arena, const mp__function *, row_count);
    size_t count = call->args.count + (call->target != NULL);

    if (!found)
        return MP__TYPE(ERROR);
    if (count > 4)
        return gather(call, types), no_overload(c, call, types, 5);
    gather(call, types);
    for (size_t i = 0; i < row_count; i++) {
        const mp__function *row = &rows[i];
        const mp__type *fresh[4] = { NULL }, *params[4], *row_result;

        if (row->arity != count || !(row->style & (call->target ? MP__MEMBER : MP__GLOBAL)) ||
            mp__function_since(row) > c->env->release)
            continue;
        row_result = instantiate(c, row->result, fresh);
        for (size_t k = 0; k < count; k++)
            params[k] = instantiate(c, row->params[k], fresh);
        if (!mp__subst_assignable_list(&c->subst, types, params, count))
            continue;
        found[call->overload_count++] = row;
        row_result = mp__subst_apply(&c->subst, row_result, false);
        if (!result)
            result = row_result;
        else if (!mp__type_is_dyn(result) && !mp__type_equal(result, row_result))
            result = MP__TYPE(DYN);
    }
    call->overloads = found;
    return result ? result : no_overload(c, call, types, count);
}

/* The rows that the environment's release has. */
static const mp__function *declared(mp__checker *c, mp__str name, size_t *count)
{
    const mp__function *rows = mp__function_find(name, count);
    bool known = rows && (c->env->lists || !mp__str_equal(name, MP__STR("includes")));

    for (size_t i = 0; known && i < *count; i++)
        if (mp__function_since(&rows[i]) <= c->env->release)
            return rows;
    return NULL;
}

/* A receiver that spells a namespace, as in ip.isCanonical(s). */
static const mp__function *namespaced(mp__checker *c, mp__node *call, size_t *count)
{
    mp__str prefix = mp__dotted_name(c, call->target);
    const mp__function *rows;
    char *joined;
    size_t size;

    if (!prefix.size)
        return NULL;
    joined = mp__arena_printf(c->arena, &size, "%.*s.%.*s", (int)prefix.size, prefix.data,
                              (int)call->name.size, call->name.data);
    rows = joined ? declared(c, (mp__str){ joined, size }, count) : NULL;
    if (rows) {
        call->name = (mp__str){ joined, size };
        call->target = NULL;
    }
    return rows;
}

/* Inside a call of format(), literals may mix types. */
static const mp__type *check_call(mp__checker *c, mp__node *call)
{
    bool formats = mp__str_equal(call->name, MP__STR("format"));
    const mp__function *rows;
    size_t count = 0;

    if (mp__str_equal(call->name, MP__STR("_?._"))) {
        mp__check_node(c, call->args.items[1]);
        return mp__select_field(c, call, call->args.items[0],
                                mp__text_of(&call->args.items[1]->value), true);
    }
    if (!call->target || (rows = namespaced(c, call, &count)) == NULL)
        rows = declared(c, call->name, &count);
    if (!rows) {
        if (call->target)
            mp__check_node(c, call->target); /* what stands first in the text is reported first */
        return mp__undeclared(c, call, call->name);
    }
    c->formatting += formats;
    for (size_t i = 0; i < call->args.count; i++)
        mp__check_node(c, call->args.items[i]);
    if (call->target)
        mp__check_node(c, call->target);
    c->formatting -= formats;
    if (formats)
        mp__nodes_add(c->arena, &c->formats, call);
    return c->status == MP_OK ? resolve(c, call, rows, count) : MP__TYPE(ERROR);
}

/* ---- aggregates ---- */

/* The type that holds both: the more general if one is assignable to the other, else dyn. */
static const mp__type *join(mp__checker *c, const mp__type *before, const mp__type *type)
{
    if (!before)
        return type;
    if (mp__subst_assignable(&c->subst, before, type))
        return mp__type_more_general(before, type);
    return MP__TYPE(DYN);
}

static const mp__type *element_type(mp__checker *c, mp__node *element, bool optional)
{
    const mp__type *type = mp__check_node(c, element);

    if (!optional)
        return type;
    type = mp__subst_apply(&c->subst, type, false);
    if (type->kind == MP__TYPE_OPTIONAL)
        return type->a;
    if (!mp__type_is_dyn(type))
        return mp__refuse(c, element, "expected type 'optional_type(%s)' but found '%s'",
                          mp__type_text(c, type), mp__type_text(c, type));
    return type;
}

static const mp__type *check_list(mp__checker *c, mp__node *list)
{
    const mp__type *type = NULL;

    for (size_t i = 0; i < list->args.count && c->status == MP_OK; i++)
        type = join(c, type, element_type(c, list->args.items[i], list->args.items[i]->optional));
    if (!c->formatting)
        mp__nodes_add(c->arena, &c->aggregates, list);
    type = mp__type_new(c->arena, MP__TYPE_LIST, type ? type : mp__subst_fresh(&c->subst), NULL);
    return type ? type : MP__TYPE(ERROR);
}

static const mp__type *check_map(mp__checker *c, mp__node *map)
{
    const mp__type *key = NULL, *value = NULL, *type;

    for (size_t i = 0; i + 1 < map->args.count && c->status == MP_OK; i += 2) {
        mp__node *k = map->args.items[i];

        key = join(c, key, mp__check_node(c, k));
        value = join(c, value, element_type(c, map->args.items[i + 1], k->optional));
    }
    if (!c->formatting)
        mp__nodes_add(c->arena, &c->aggregates, map);
    type = mp__type_new(c->arena, MP__TYPE_MAP, key ? key : mp__subst_fresh(&c->subst),
                        value ? value : mp__subst_fresh(&c->subst));
    return type ? type : MP__TYPE(ERROR);
}

void mp__check_is(mp__checker *c, const mp__node *node, const mp__type *type)
{
    if (c->status == MP_OK && !mp__subst_assignable(&c->subst, node->type, type))
        mp__refuse(c, node, "expected type '%s' but found '%s'", mp__type_text(c, type),
                   mp__type_text(c, node->type));
}

/* ---- loops ---- */

static mp__variable *enter(mp__checker *c, mp__str name, const mp__type *type, bool lazy)
{
    mp__scope *s = MP__NEW(c->arena, mp__scope);

    if (!s)
        return NULL;
    s->variable.name = name;
    s->variable.type = type;
    s->variable.local = true;
    s->variable.lazy = lazy;
    s->variable.slot = c->depth++;
    if (c->depth > c->slots)
        c->slots = c->depth;
    s->outer = c->locals;
    c->locals = s;
    return &s->variable;
}

static void leave(mp__checker *c)
{
    if (c->locals) {
        c->locals = c->locals->outer;
        c->depth--;
    }
}

/* Types of the iteration variables over a range. */
static void range_types(mp__checker *c, const mp__node *range, bool two, const mp__type **var,
                        const mp__type **var2)
{
    const mp__type *type = mp__subst_apply(&c->subst, range->type, false);

    *var2 = NULL;
    switch (type->kind) {
    case MP__TYPE_LIST:
        *var = two ? MP__TYPE(INT) : type->a;
        *var2 = type->a;
        break;
    case MP__TYPE_MAP:
        *var = type->a;
        *var2 = type->b;
        break;
    case MP__TYPE_DYN:
    case MP__TYPE_ERROR:
    case MP__TYPE_VAR:
        mp__subst_assignable(&c->subst, MP__TYPE(DYN), type);
        *var = *var2 = MP__TYPE(DYN);
        break;
    default:
        *var = *var2 =
            mp__refuse(c, range,
                       "expression of type '%s' cannot be range of a comprehension (must be "
                       "list, map, or dynamic)",
                       mp__type_text(c, type));
    }
}

/* A bound variable is evaluated at its first use, in the midst of the body: its slots are not the
 * body's. */
static const mp__type *check_init(mp__checker *c, mp__loop *l)
{
    uint32_t most = c->slots;
    const mp__type *type;

    if (!l->bind)
        return mp__check_node(c, l->init);
    c->slots = c->depth;
    type = mp__check_node(c, l->init);
    c->depth = c->slots;
    if (c->slots < most)
        c->slots = most;
    return type;
}

static const mp__type *check_loop(mp__checker *c, mp__node *node)
{
    mp__loop *l = node->loop;
    const mp__type *var, *var2, *accu;
    bool two = l->var2.data != NULL;
    uint32_t base = c->depth;

    mp__check_node(c, l->range);
    accu = check_init(c, l);
    if (c->status != MP_OK)
        return MP__TYPE(ERROR);
    range_types(c, l->range, two, &var, &var2);
    l->accu_decl = enter(c, l->accu, accu, l->bind);
    if (l->accu_decl)
        l->accu_decl->repeat = l->repeat;
    l->var_decl = enter(c, l->var, var, false);
    if (two)
        l->var2_decl = enter(c, l->var2, var2, false);
    if (c->arena->failed)
        return MP__TYPE(ERROR);
    mp__check_node(c, l->condition);
    mp__check_is(c, l->condition, MP__TYPE(BOOL));
    mp__check_node(c, l->step);
    mp__check_is(c, l->step, accu);
    if (two)
        leave(c);
    leave(c);
    c->depth += l->repeat; /* the slot after the accumulator stays its own */
    if (c->status == MP_OK)
        mp__check_node(c, l->result);
    leave(c);
    c->depth = base;
    return c->status == MP_OK ? mp__subst_apply(&c->subst, l->result->type, false)
                              : MP__TYPE(ERROR);
}

/* ---- the walk ---- */

static const mp__type *constant_type(const mp__value *v)
{
    switch (v->kind) {
    case MP__NULL:
        return MP__TYPE(NULL);
    case MP__BOOL:
        return MP__TYPE(BOOL);
    case MP__INT:
        return MP__TYPE(INT);
    case MP__UINT:
        return MP__TYPE(UINT);
    case MP__DOUBLE:
        return MP__TYPE(DOUBLE);
    case MP__STRING:
        return MP__TYPE(STRING);
    default:
        return MP__TYPE(BYTES);
    }
}

const mp__type *mp__check_node(mp__checker *c, mp__node *node)
{
    const mp__type *type = MP__TYPE(ERROR);

    if (c->status != MP_OK || c->arena->failed)
        return node->type = MP__TYPE(ERROR);
    switch (node->kind) {
    case MP__NODE_CONST:
        type = constant_type(&node->value);
        break;
    case MP__NODE_IDENT:
        type = mp__check_ident(c, node);
        break;
    case MP__NODE_SELECT:
        type = mp__check_select(c, node);
        break;
    case MP__NODE_CALL:
        type = check_call(c, node);
        break;
    case MP__NODE_LIST:
        type = check_list(c, node);
        break;
    case MP__NODE_MAP:
        type = check_map(c, node);
        break;
    case MP__NODE_STRUCT:
        type = mp__check_message(c, node);
        break;
    case MP__NODE_LOOP:
        type = check_loop(c, node);
        break;
    }
    mp__nodes_add(c->arena, &c->typed, node);
    return node->type = type;
}

/* ---- after the walk ---- */

static const mp__type *final_type(mp__checker *c, const mp__node *node, bool optional)
{
    const mp__type *type = mp__subst_apply(&c->subst, node->type, true);

    return optional && type->kind == MP__TYPE_OPTIONAL ? type->a : type;
}

/* Elements of a list, and keys and values of a map, must all have one type; dyn is one of its own.
 */
static void check_homogeneous(mp__checker *c, const mp__node *node)
{
    const mp__type *expected[2] = { NULL, NULL };
    bool map = node->kind == MP__NODE_MAP;

    for (size_t i = 0; i < node->args.count && c->status == MP_OK; i++) {
        const mp__node *element = node->args.items[i];
        bool is_value = map && i % 2 == 1;
        bool optional = is_value ? node->args.items[i - 1]->optional : !map && element->optional;
        const mp__type *type = final_type(c, element, optional);

        if (!expected[is_value])
            expected[is_value] = type;
        else if (!mp__type_equal(expected[is_value], type))
            mp__refuse(c, element, "expected type '%s' but found '%s'",
                       mp__type_text(c, expected[is_value]), mp__type_text(c, type));
    }
}

mp_status mp__check(mp__arena *arena, const mp_cel_env *env, const mp__source *source,
                    mp__node *root, const mp__type **out, uint32_t *slots, mp_error *err)
{
    mp__checker c = { 0 };

    c.arena = arena;
    c.env = env;
    c.source = source;
    c.err = err;
    c.subst.arena = arena;
    mp__check_node(&c, root);
    for (size_t i = 0; i < c.aggregates.count && c.status == MP_OK; i++)
        check_homogeneous(&c, c.aggregates.items[i]);
    for (size_t i = 0; i < c.formats.count && c.status == MP_OK; i++)
        mp__check_format(&c, c.formats.items[i]);
    for (size_t i = 0; i < c.typed.count; i++)
        c.typed.items[i]->type = mp__subst_apply(&c.subst, c.typed.items[i]->type, true);
    if (mp__subst_spent(&c.subst))
        mp__refuse(&c, root, "the types of the selector are too large");
    if (c.status == MP_OK && !arena->failed) {
        *out = mp__subst_apply(&c.subst, root->type, true);
        if (env->dra && (*out)->kind != MP__TYPE_BOOL &&
            (*out)->kind != (env->lists ? MP__TYPE_DYN : MP__TYPE_ANY))
            mp__refuse(&c, root, "must evaluate to bool or the unknown type, not %s",
                       mp__type_text(&c, *out));
    }
    *slots = c.slots;
    return arena->failed ? mp__fail_nomem(err) : c.status;
}

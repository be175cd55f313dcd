/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The type checker: gives every node its type, every name its variable, every call its overloads.
 *
 * It walks the tree once, in the order of cel-go's checker, because bindings of type variables
 * depend on that order.  Depth is bounded by the parser.  The first error found is the one
 * reported.
 */
#include "cel_internal.h"
#include <stdarg.h>
#include <stdio.h>

typedef struct scope {
    mp__variable variable;
    struct scope *outer;
} scope;

typedef struct checker {
    mp__arena *arena;
    const mp_cel_env *env;
    const mp__source *source;
    mp_error *err;
    mp_status status; /* of the first error; checking goes no further */
    mp__subst subst;
    scope *locals;
    uint32_t depth, slots; /* local slots in use, and the most there were */
    mp__nodes aggregates;  /* list and map literals, to be looked at again in the end */
    mp__nodes typed;       /* all nodes, which get their final types in the end */
} checker;

static const mp__type *check(checker *c, mp__node *node);

#define TEXT(s) (int)((s).size < 80 ? (s).size : 80), (s).data

/* ---- errors ---- */

static const mp__type *refuse(checker *c, const mp__node *node, const char *fmt, ...)
    MP_PRINTF(3, 4);

static const mp__type *refuse(checker *c, const mp__node *node, const char *fmt, ...)
{
    char text[MP_ERROR_TEXT_SIZE];
    va_list args;

    if (c->status == MP_OK) {
        va_start(args, fmt);
        vsnprintf(text, sizeof text, fmt, args);
        va_end(args);
        c->status = mp__source_fail(c->source, c->err, MP_ECOMPILE, node->offset, "%s", text);
    }
    return MP__TYPE(ERROR);
}

static const mp__type *undeclared(checker *c, const mp__node *node, mp__str name)
{
    mp__str container = c->env->container;

    if (!container.size)
        return refuse(c, node, "undeclared reference to '%.*s'", TEXT(name));
    return refuse(c, node, "undeclared reference to '%.*s' (in container '%.*s')", TEXT(name),
                  TEXT(container));
}

/* A type as text in the arena, for messages. */
static const char *type_text(checker *c, const mp__type *type)
{
    mp__buf buf;
    const char *copy;

    mp__buf_init(&buf, &c->arena->alloc);
    mp__type_print(mp__subst_apply(&c->subst, type, true), &buf);
    copy = buf.failed ? NULL : mp__arena_strdup(c->arena, buf.data, buf.size);
    mp__buf_fini(&buf);
    return copy ? copy : "?";
}

/* ---- names ---- */

static const struct {
    const char *name;
    mp__type_kind kind;
} type_names[] = {
    { "bool", MP__TYPE_BOOL },     { "int", MP__TYPE_INT },       { "uint", MP__TYPE_UINT },
    { "double", MP__TYPE_DOUBLE }, { "string", MP__TYPE_STRING }, { "bytes", MP__TYPE_BYTES },
    { "list", MP__TYPE_LIST },     { "map", MP__TYPE_MAP },       { "null_type", MP__TYPE_NULL },
    { "type", MP__TYPE_TYPE },
};

static mp__variable *find_local(checker *c, mp__str name)
{
    for (scope *s = c->locals; s; s = s->outer)
        if (mp__str_equal(s->variable.name, name))
            return &s->variable;
    return NULL;
}

static mp__variable *new_variable(checker *c, mp__str name, const mp__type *type, size_t number)
{
    mp__variable *v = MP__NEW(c->arena, mp__variable);

    if (v) {
        v->name = name;
        v->type = type;
        v->slot = (uint32_t)number;
    }
    return v;
}

/* The name of a type is a value of type type(T). */
static mp__variable *type_variable(checker *c, mp__str name, mp__type_kind kind)
{
    static const mp__type list = { MP__TYPE_LIST, 0, &mp__types[MP__TYPE_DYN], NULL };
    static const mp__type map = { MP__TYPE_MAP, 0, &mp__types[MP__TYPE_DYN],
                                  &mp__types[MP__TYPE_DYN] };
    const mp__type *held = kind == MP__TYPE_LIST  ? &list
                           : kind == MP__TYPE_MAP ? &map
                                                  : &mp__types[kind];
    mp__variable *v = new_variable(c, name, mp__type_new(c->arena, MP__TYPE_TYPE, held, NULL), 0);

    if (v)
        v->is_type = kind;
    return v;
}

static mp__variable *find_exact(checker *c, mp__str name)
{
    for (size_t i = 0; i < c->env->var_count; i++)
        if (mp__str_equal(c->env->vars[i].name, name))
            return new_variable(c, c->env->vars[i].name, c->env->vars[i].type, i);
    for (size_t i = 0; i < MP__COUNT(type_names); i++) {
        if (mp__str_equal(name, mp__str_make(type_names[i].name, MP_NTS))) {
            return type_variable(c, name, type_names[i].kind);
        }
    }
    return NULL;
}

/* A global name: in the container a.b.c that is a.b.c.name, a.b.name, a.name, name, in that order.
 */
static mp__variable *find_global(checker *c, mp__str name, bool rooted)
{
    mp__str container = rooted ? (mp__str){ 0 } : c->env->container;
    mp__variable *v;

    while (container.size) {
        size_t size;
        char *joined = mp__arena_printf(c->arena, &size, "%.*s.%.*s", (int)container.size,
                                        container.data, (int)name.size, name.data);

        v = joined ? find_exact(c, (mp__str){ joined, size }) : NULL;
        if (v)
            return v;
        while (container.size && container.data[container.size - 1] != '.')
            container.size--;
        container.size -= container.size > 0;
    }
    return find_exact(c, name);
}

/* The dotted name that a chain of plain selections spells, or an empty text. */
static mp__str dotted_name(checker *c, const mp__node *node)
{
    mp__str left;
    char *joined;
    size_t size;

    if (node->kind == MP__NODE_IDENT)
        return node->name;
    if (node->kind != MP__NODE_SELECT || node->test || node->qualified)
        return (mp__str){ 0 };
    left = dotted_name(c, node->target);
    if (!left.size)
        return left;
    joined = mp__arena_printf(c->arena, &size, "%.*s.%.*s", (int)left.size, left.data,
                              (int)node->name.size, node->name.data);
    return joined ? (mp__str){ joined, size } : (mp__str){ 0 };
}

static const mp__node *root_of(const mp__node *node)
{
    while (node->kind == MP__NODE_SELECT)
        node = node->target;
    return node;
}

static const mp__type *check_ident(checker *c, mp__node *node)
{
    mp__variable *v = node->rooted ? NULL : find_local(c, node->name);

    if (!v)
        v = find_global(c, node->name, node->rooted);
    if (!v)
        return undeclared(c, node, node->name);
    node->variable = v;
    return v->type;
}

/* A selection that spells the name of a declared variable becomes that variable. */
static bool check_qualified(checker *c, mp__node *node, const mp__type **type)
{
    const mp__node *root = root_of(node);
    mp__variable *v;
    mp__str name;

    if (c->env->dra || root->kind != MP__NODE_IDENT || (!root->rooted && find_local(c, root->name)))
        return false;
    name = dotted_name(c, node);
    v = name.size ? find_global(c, name, root->rooted) : NULL;
    if (!v)
        return false;
    node->kind = MP__NODE_IDENT;
    node->variable = v;
    *type = v->type;
    return true;
}

/* ---- selections ---- */

static const mp__type *field_type(checker *c, const mp__node *node, mp__str field)
{
    static const struct {
        const char *name;
        mp__type type;
    } fields[] = {
        { "driver", { MP__TYPE_STRING, 0, NULL, NULL } },
        { "allowMultipleAllocations", { MP__TYPE_BOOL, 0, NULL, NULL } },
    };
    static const mp__type attribute_ids = { MP__TYPE_MAP, 0, &mp__types[MP__TYPE_STRING],
                                            &mp__types[MP__TYPE_DYN] };
    static const mp__type attributes = { MP__TYPE_MAP, 0, &mp__types[MP__TYPE_STRING],
                                         &attribute_ids };
    static const mp__type capacity_ids = { MP__TYPE_MAP, 0, &mp__types[MP__TYPE_STRING],
                                           &mp__types[MP__TYPE_QUANTITY] };
    static const mp__type capacity = { MP__TYPE_MAP, 0, &mp__types[MP__TYPE_STRING],
                                       &capacity_ids };

    for (size_t i = 0; i < MP__COUNT(fields); i++)
        if (mp__str_equal(field, mp__str_make(fields[i].name, MP_NTS)))
            return &fields[i].type;
    if (mp__str_equal(field, MP__STR("attributes")))
        return &attributes;
    if (mp__str_equal(field, MP__STR("capacity")))
        return &capacity;
    return refuse(c, node, "undefined field '%.*s'", TEXT(field));
}

static const mp__type *optional_of(checker *c, const mp__type *type)
{
    type = mp__type_new(c->arena, MP__TYPE_OPTIONAL, type, NULL);
    return type ? type : MP__TYPE(ERROR);
}

static const mp__type *select_field(checker *c, const mp__node *node, mp__node *operand,
                                    mp__str field, bool optional)
{
    const mp__type *type = mp__subst_apply(&c->subst, check(c, operand), false), *result;
    bool was_optional = type->kind == MP__TYPE_OPTIONAL;

    if (was_optional)
        type = mp__subst_apply(&c->subst, type->a, false);
    switch (type->kind) {
    case MP__TYPE_MAP:
        result = type->b;
        break;
    case MP__TYPE_DEVICE:
        result = field_type(c, node, field);
        break;
    case MP__TYPE_VAR:
        mp__subst_assignable(&c->subst, MP__TYPE(DYN), type);
        result = MP__TYPE(DYN);
        break;
    case MP__TYPE_DYN:
    case MP__TYPE_ANY:
    case MP__TYPE_ERROR:
        result = MP__TYPE(DYN);
        break;
    default:
        return refuse(c, node, "type '%s' does not support field selection", type_text(c, type));
    }
    return was_optional || optional ? optional_of(c, result) : result;
}

static const mp__type *check_select(checker *c, mp__node *node)
{
    const mp__type *type;

    if (!node->test && !node->qualified && check_qualified(c, node, &type))
        return type;
    type = select_field(c, node, node->target, node->name, false);
    return node->test ? MP__TYPE(BOOL) : mp__subst_apply(&c->subst, type, false);
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
static const mp__type *instantiate(checker *c, const mp__type *type, const mp__type **fresh)
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

static const mp__type *no_overload(checker *c, const mp__node *call, const mp__type **types,
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
    refuse(c, call, "found no matching overload for '%.*s' applied to '%s'", TEXT(call->name),
           buf.failed ? "?" : buf.data);
    mp__buf_fini(&buf);
    return MP__TYPE(ERROR);
}

/* Keeps every overload of the call's style whose parameters take the arguments. */
static const mp__type *resolve(checker *c, mp__node *call, const mp__function *rows,
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

        if (row->arity != count || !(row->style & (call->target ? MP__MEMBER : MP__GLOBAL)))
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

/* A receiver that spells a namespace, as in ip.isCanonical(s). */
static const mp__function *namespaced(checker *c, mp__node *call, size_t *count)
{
    mp__str prefix = dotted_name(c, call->target);
    const mp__function *rows;
    char *joined;
    size_t size;

    if (!prefix.size)
        return NULL;
    joined = mp__arena_printf(c->arena, &size, "%.*s.%.*s", (int)prefix.size, prefix.data,
                              (int)call->name.size, call->name.data);
    rows = joined ? mp__function_find((mp__str){ joined, size }, count) : NULL;
    if (rows) {
        call->name = (mp__str){ joined, size };
        call->target = NULL;
    }
    return rows;
}

static const mp__type *check_call(checker *c, mp__node *call)
{
    const mp__function *rows;
    size_t count = 0;

    if (mp__str_equal(call->name, MP__STR("_?._"))) {
        check(c, call->args.items[1]);
        return select_field(c, call, call->args.items[0], mp__text_of(&call->args.items[1]->value),
                            true);
    }
    if (!call->target || (rows = namespaced(c, call, &count)) == NULL)
        rows = mp__function_find(call->name, &count);
    if (!rows) {
        if (call->target)
            check(c, call->target); /* what stands first in the text is reported first */
        return undeclared(c, call, call->name);
    }
    for (size_t i = 0; i < call->args.count; i++)
        check(c, call->args.items[i]);
    if (call->target)
        check(c, call->target);
    return c->status == MP_OK ? resolve(c, call, rows, count) : MP__TYPE(ERROR);
}

/* ---- aggregates ---- */

/* The type that holds both: the more general if one is assignable to the other, else dyn. */
static const mp__type *join(checker *c, const mp__type *before, const mp__type *type)
{
    if (!before)
        return type;
    if (mp__subst_assignable(&c->subst, before, type))
        return mp__type_more_general(before, type);
    return MP__TYPE(DYN);
}

static const mp__type *element_type(checker *c, mp__node *element, bool optional)
{
    const mp__type *type = check(c, element);

    if (!optional)
        return type;
    type = mp__subst_apply(&c->subst, type, false);
    if (type->kind == MP__TYPE_OPTIONAL)
        return type->a;
    if (!mp__type_is_dyn(type))
        return refuse(c, element, "expected type 'optional_type(%s)' but found '%s'",
                      type_text(c, type), type_text(c, type));
    return type;
}

static const mp__type *check_list(checker *c, mp__node *list)
{
    const mp__type *type = NULL;

    for (size_t i = 0; i < list->args.count && c->status == MP_OK; i++)
        type = join(c, type, element_type(c, list->args.items[i], list->args.items[i]->optional));
    mp__nodes_add(c->arena, &c->aggregates, list);
    type = mp__type_new(c->arena, MP__TYPE_LIST, type ? type : mp__subst_fresh(&c->subst), NULL);
    return type ? type : MP__TYPE(ERROR);
}

static const mp__type *check_map(checker *c, mp__node *map)
{
    const mp__type *key = NULL, *value = NULL, *type;

    for (size_t i = 0; i + 1 < map->args.count && c->status == MP_OK; i += 2) {
        mp__node *k = map->args.items[i];

        key = join(c, key, check(c, k));
        value = join(c, value, element_type(c, map->args.items[i + 1], k->optional));
    }
    mp__nodes_add(c->arena, &c->aggregates, map);
    type = mp__type_new(c->arena, MP__TYPE_MAP, key ? key : mp__subst_fresh(&c->subst),
                        value ? value : mp__subst_fresh(&c->subst));
    return type ? type : MP__TYPE(ERROR);
}

static void require(checker *c, const mp__node *node, const mp__type *type)
{
    if (c->status == MP_OK && !mp__subst_assignable(&c->subst, node->type, type))
        refuse(c, node, "expected type '%s' but found '%s'", type_text(c, type),
               type_text(c, node->type));
}

/* The one message that may be written, though it cannot be made: the device's own type. */
static const mp__type *check_message(checker *c, mp__node *node)
{
    mp__str name = dotted_name(c, node->target);

    if (!c->env->dra || !mp__str_equal(name, MP__STR("kubernetes.DRADevice")))
        return undeclared(c, node, name);
    for (size_t i = 0; i + 1 < node->args.count && c->status == MP_OK; i += 2) {
        mp__node *field = node->args.items[i], *value = node->args.items[i + 1];
        const mp__type *want = field_type(c, field, mp__text_of(&field->value));

        check(c, value);
        require(c, value, want);
    }
    return MP__TYPE(DEVICE);
}

/* ---- loops ---- */

static mp__variable *enter(checker *c, mp__str name, const mp__type *type, bool lazy)
{
    scope *s = MP__NEW(c->arena, scope);

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

static void leave(checker *c)
{
    if (c->locals) {
        c->locals = c->locals->outer;
        c->depth--;
    }
}

/* Types of the iteration variables over a range. */
static void range_types(checker *c, const mp__node *range, bool two, const mp__type **var,
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
        *var = *var2 = refuse(c, range,
                              "expression of type '%s' cannot be range of a comprehension (must be "
                              "list, map, or dynamic)",
                              type_text(c, type));
    }
}

/* A bound variable is evaluated at its first use, in the midst of the body: its slots are not the
 * body's. */
static const mp__type *check_init(checker *c, mp__loop *l)
{
    uint32_t most = c->slots;
    const mp__type *type;

    if (!l->bind)
        return check(c, l->init);
    c->slots = c->depth;
    type = check(c, l->init);
    c->depth = c->slots;
    if (c->slots < most)
        c->slots = most;
    return type;
}

static const mp__type *check_loop(checker *c, mp__node *node)
{
    mp__loop *l = node->loop;
    const mp__type *var, *var2, *accu;
    bool two = l->var2.data != NULL;
    uint32_t base = c->depth;

    check(c, l->range);
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
    check(c, l->condition);
    require(c, l->condition, MP__TYPE(BOOL));
    check(c, l->step);
    require(c, l->step, accu);
    if (two)
        leave(c);
    leave(c);
    c->depth += l->repeat; /* the slot after the accumulator stays its own */
    if (c->status == MP_OK)
        check(c, l->result);
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

static const mp__type *check(checker *c, mp__node *node)
{
    const mp__type *type = MP__TYPE(ERROR);

    if (c->status != MP_OK || c->arena->failed)
        return node->type = MP__TYPE(ERROR);
    switch (node->kind) {
    case MP__NODE_CONST:
        type = constant_type(&node->value);
        break;
    case MP__NODE_IDENT:
        type = check_ident(c, node);
        break;
    case MP__NODE_SELECT:
        type = check_select(c, node);
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
        type = check_message(c, node);
        break;
    case MP__NODE_LOOP:
        type = check_loop(c, node);
        break;
    }
    mp__nodes_add(c->arena, &c->typed, node);
    return node->type = type;
}

/* ---- after the walk ---- */

static const mp__type *final_type(checker *c, const mp__node *node, bool optional)
{
    const mp__type *type = mp__subst_apply(&c->subst, node->type, true);

    return optional && type->kind == MP__TYPE_OPTIONAL ? type->a : type;
}

/* Elements of a list, and keys and values of a map, must all have one type; dyn is one of its own.
 */
static void check_homogeneous(checker *c, const mp__node *node)
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
            refuse(c, element, "expected type '%s' but found '%s'",
                   type_text(c, expected[is_value]), type_text(c, type));
    }
}

mp_status mp__check(mp__arena *arena, const mp_cel_env *env, const mp__source *source,
                    mp__node *root, const mp__type **out, uint32_t *slots, mp_error *err)
{
    checker c = { 0 };

    c.arena = arena;
    c.env = env;
    c.source = source;
    c.err = err;
    c.subst.arena = arena;
    check(&c, root);
    for (size_t i = 0; i < c.aggregates.count && c.status == MP_OK; i++)
        check_homogeneous(&c, c.aggregates.items[i]);
    for (size_t i = 0; i < c.typed.count; i++)
        c.typed.items[i]->type = mp__subst_apply(&c.subst, c.typed.items[i]->type, true);
    if (c.status == MP_OK && !arena->failed) {
        *out = mp__subst_apply(&c.subst, root->type, true);
        if (env->dra && (*out)->kind != MP__TYPE_BOOL && (*out)->kind != MP__TYPE_DYN)
            refuse(&c, root, "must evaluate to bool or the unknown type, not %s",
                   type_text(&c, *out));
    }
    *slots = c.slots;
    return arena->failed ? mp__fail_nomem(err) : c.status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checker's names: variables, types as values, fields, messages.
 */
#include "check_internal.h"
#include "message_internal.h"

/* ---- names ---- */

static const struct {
    const char *name;
    mp__type_kind kind;
} type_names[] = {
    { "bool", MP__TYPE_BOOL },
    { "int", MP__TYPE_INT },
    { "uint", MP__TYPE_UINT },
    { "double", MP__TYPE_DOUBLE },
    { "string", MP__TYPE_STRING },
    { "bytes", MP__TYPE_BYTES },
    { "list", MP__TYPE_LIST },
    { "map", MP__TYPE_MAP },
    { "null_type", MP__TYPE_NULL },
    { "type", MP__TYPE_TYPE },
    { "optional_type", MP__TYPE_OPTIONAL },
    { "google.protobuf.Timestamp", MP__TYPE_TIMESTAMP },
    { "google.protobuf.Duration", MP__TYPE_DURATION },
    { "net.IP", MP__TYPE_IP },
    { "net.CIDR", MP__TYPE_CIDR },
};

static mp__variable *find_local(mp__checker *c, mp__str name)
{
    for (mp__scope *s = c->locals; s; s = s->outer)
        if (mp__str_equal(s->variable.name, name))
            return &s->variable;
    return NULL;
}

static mp__variable *new_variable(mp__checker *c, mp__str name, const mp__type *type, size_t number)
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
static mp__variable *type_variable(mp__checker *c, mp__str name, mp__type_kind kind)
{
    static const mp__type list = { MP__TYPE_LIST, 0, &mp__types[MP__TYPE_DYN], NULL };
    static const mp__type map = { MP__TYPE_MAP, 0, &mp__types[MP__TYPE_DYN],
                                  &mp__types[MP__TYPE_DYN] };
    static const mp__type optional = { MP__TYPE_OPTIONAL, 0, &mp__types[MP__TYPE_DYN], NULL };
    const mp__type *held = kind == MP__TYPE_LIST       ? &list
                           : kind == MP__TYPE_MAP      ? &map
                           : kind == MP__TYPE_OPTIONAL ? &optional
                                                       : &mp__types[kind];
    mp__variable *v = new_variable(c, name, mp__type_new(c->arena, MP__TYPE_TYPE, held, NULL), 0);

    if (v)
        v->is_type = kind;
    return v;
}

static mp__variable *find_exact(mp__checker *c, mp__str name)
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

/* The next name that a global name may stand for: in the container a.b.c that is a.b.c.name,
 * a.b.name, a.name, name, in that order.  data is NULL when memory ran out. */
static mp__str candidate(mp__checker *c, mp__str *container, mp__str name)
{
    mp__str out = name;

    if (container->size) {
        out.data = mp__arena_printf(c->arena, &out.size, "%.*s.%.*s", (int)container->size,
                                    container->data, (int)name.size, name.data);
        while (container->size && container->data[container->size - 1] != '.')
            container->size--;
        container->size -= container->size > 0;
    }
    return out;
}

static mp__variable *find_global(mp__checker *c, mp__str name, bool rooted)
{
    mp__str container = rooted ? (mp__str){ 0 } : c->env->container;
    mp__variable *v = NULL;
    bool last;

    do {
        mp__str next;

        last = container.size == 0;
        next = candidate(c, &container, name);
        v = next.data ? find_exact(c, next) : NULL;
    } while (!v && !last);
    return v;
}

mp__str mp__dotted_name(mp__checker *c, const mp__node *node)
{
    mp__str left;
    char *joined;
    size_t size;

    if (node->kind == MP__NODE_IDENT)
        return node->name;
    if (node->kind != MP__NODE_SELECT || node->test || node->qualified)
        return (mp__str){ 0 };
    left = mp__dotted_name(c, node->target);
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

const mp__type *mp__check_ident(mp__checker *c, mp__node *node)
{
    mp__variable *v = node->rooted ? NULL : find_local(c, node->name);

    if (!v)
        v = find_global(c, node->name, node->rooted);
    if (!v)
        return mp__undeclared(c, node, node->name);
    node->variable = v;
    return v->type;
}

/* A selection that spells the name of a declared variable becomes that variable. */
static bool check_qualified(mp__checker *c, mp__node *node, const mp__type **type)
{
    const mp__node *root = root_of(node);
    mp__variable *v;
    mp__str name;

    if (root->kind != MP__NODE_IDENT || (!root->rooted && find_local(c, root->name)))
        return false;
    if (c->env->dra && mp__str_equal(root->name, MP__STR("device")))
        return false; /* no name begins like the variable */
    name = mp__dotted_name(c, node);
    v = name.size ? find_global(c, name, root->rooted) : NULL;
    if (!v)
        return false;
    node->kind = MP__NODE_IDENT;
    node->variable = v;
    *type = v->type;
    return true;
}

/* ---- selections ---- */

static const mp__type *field_type(mp__checker *c, const mp__node *node, mp__str field)
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
    static const mp__type old_ids = { MP__TYPE_MAP, 0, &mp__types[MP__TYPE_STRING],
                                      &mp__types[MP__TYPE_ANY] };
    static const mp__type old_attributes = { MP__TYPE_MAP, 0, &mp__types[MP__TYPE_STRING],
                                             &old_ids };
    static const mp__type capacity_ids = { MP__TYPE_MAP, 0, &mp__types[MP__TYPE_STRING],
                                           &mp__types[MP__TYPE_QUANTITY] };
    static const mp__type capacity = { MP__TYPE_MAP, 0, &mp__types[MP__TYPE_STRING],
                                       &capacity_ids };

    for (size_t i = 0; i < MP__COUNT(fields) - !c->env->multiple; i++)
        if (mp__str_equal(field, mp__str_make(fields[i].name, MP_NTS)))
            return &fields[i].type;
    if (mp__str_equal(field, MP__STR("attributes")))
        return c->env->lists ? &attributes : &old_attributes;
    if (mp__str_equal(field, MP__STR("capacity")))
        return &capacity;
    return mp__refuse(c, node, "undefined field '%.*s'", MP__TEXT(field));
}

static const mp__type *optional_of(mp__checker *c, const mp__type *type)
{
    type = mp__type_new(c->arena, MP__TYPE_OPTIONAL, type, NULL);
    return type ? type : MP__TYPE(ERROR);
}

const mp__type *mp__select_field(mp__checker *c, const mp__node *node, mp__node *operand,
                                 mp__str field, bool optional)
{
    const mp__type *type = mp__subst_apply(&c->subst, mp__check_node(c, operand), false), *result;
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
        return mp__refuse(c, node, "type '%s' does not support field selection",
                          mp__type_text(c, type));
    }
    return was_optional || optional ? optional_of(c, result) : result;
}

const mp__type *mp__check_select(mp__checker *c, mp__node *node)
{
    const mp__type *type;

    if (!node->test && !node->qualified && check_qualified(c, node, &type))
        return type;
    type = mp__select_field(c, node, node->target, node->name, false);
    return node->test ? MP__TYPE(BOOL) : mp__subst_apply(&c->subst, type, false);
}

/* ---- messages ---- */

static const mp__message *find_message(mp__checker *c, mp__str name, bool rooted)
{
    mp__str container = rooted ? (mp__str){ 0 } : c->env->container;
    const mp__message *message;
    bool last;

    do {
        mp__str next;

        last = container.size == 0;
        next = candidate(c, &container, name);
        message = next.data ? mp__message_find(next) : NULL;
    } while (!message && !last);
    return message && mp__message_is_device(message) && !c->env->dra ? NULL : message;
}

/* A field marked with '?' takes an optional of its type. */
static void check_field(mp__checker *c, const mp__message *message, mp__node *field,
                        mp__node *value)
{
    mp__str name = mp__text_of(&field->value);
    uint8_t number = 0;
    const mp__type *want = mp__message_is_device(message)
                               ? field_type(c, field, name)
                               : mp__message_field(message, name, &number);

    if (!want) {
        mp__refuse(c, field, "undefined field '%.*s'", MP__TEXT(name));
        return;
    }
    mp__check_node(c, value);
    mp__check_is(c, value, field->optional ? optional_of(c, want) : want);
}

/* The fields are names and values in turn. */
const mp__type *mp__check_message(mp__checker *c, mp__node *node)
{
    mp__str name = mp__dotted_name(c, node->target);
    const mp__message *message = find_message(c, name, root_of(node->target)->rooted);

    if (!message)
        return mp__undeclared(c, node, name);
    node->message = message;
    for (size_t i = 0; i + 1 < node->args.count && c->status == MP_OK; i += 2)
        check_field(c, message, node->args.items[i], node->args.items[i + 1]);
    return mp__message_type(message);
}

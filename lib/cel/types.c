/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Types of the selector language, and unification.
 *
 * Assignability follows cel-go's checker rule by rule, wildcards and all, because what compiles is
 * part of the contract with Kubernetes.
 */
#include "cel_internal.h"

const mp__type mp__types[] = {
    [MP__TYPE_ERROR] = { MP__TYPE_ERROR, 0, NULL, NULL },
    [MP__TYPE_DYN] = { MP__TYPE_DYN, 0, NULL, NULL },
    [MP__TYPE_ANY] = { MP__TYPE_ANY, 0, NULL, NULL },
    [MP__TYPE_NULL] = { MP__TYPE_NULL, 0, NULL, NULL },
    [MP__TYPE_BOOL] = { MP__TYPE_BOOL, 0, NULL, NULL },
    [MP__TYPE_INT] = { MP__TYPE_INT, 0, NULL, NULL },
    [MP__TYPE_UINT] = { MP__TYPE_UINT, 0, NULL, NULL },
    [MP__TYPE_DOUBLE] = { MP__TYPE_DOUBLE, 0, NULL, NULL },
    [MP__TYPE_STRING] = { MP__TYPE_STRING, 0, NULL, NULL },
    [MP__TYPE_BYTES] = { MP__TYPE_BYTES, 0, NULL, NULL },
    [MP__TYPE_TIMESTAMP] = { MP__TYPE_TIMESTAMP, 0, NULL, NULL },
    [MP__TYPE_DURATION] = { MP__TYPE_DURATION, 0, NULL, NULL },
    /* without parameters: the types of values */
    [MP__TYPE_LIST] = { MP__TYPE_LIST, 0, NULL, NULL },
    [MP__TYPE_MAP] = { MP__TYPE_MAP, 0, NULL, NULL },
    [MP__TYPE_OPTIONAL] = { MP__TYPE_OPTIONAL, 0, NULL, NULL },
    [MP__TYPE_TYPE] = { MP__TYPE_TYPE, 0, NULL, NULL },
    [MP__TYPE_QUANTITY] = { MP__TYPE_QUANTITY, 0, NULL, NULL },
    [MP__TYPE_SEMVER] = { MP__TYPE_SEMVER, 0, NULL, NULL },
    [MP__TYPE_IP] = { MP__TYPE_IP, 0, NULL, NULL },
    [MP__TYPE_CIDR] = { MP__TYPE_CIDR, 0, NULL, NULL },
    [MP__TYPE_URL] = { MP__TYPE_URL, 0, NULL, NULL },
    [MP__TYPE_FORMAT] = { MP__TYPE_FORMAT, 0, NULL, NULL },
    [MP__TYPE_DEVICE] = { MP__TYPE_DEVICE, 0, NULL, NULL },
};

static const char *const names[] = {
    [MP__TYPE_ERROR] = "!error!",
    [MP__TYPE_DYN] = "dyn",
    [MP__TYPE_ANY] = "any",
    [MP__TYPE_NULL] = "null_type",
    [MP__TYPE_BOOL] = "bool",
    [MP__TYPE_INT] = "int",
    [MP__TYPE_UINT] = "uint",
    [MP__TYPE_DOUBLE] = "double",
    [MP__TYPE_STRING] = "string",
    [MP__TYPE_BYTES] = "bytes",
    [MP__TYPE_TIMESTAMP] = "timestamp",
    [MP__TYPE_DURATION] = "duration",
    [MP__TYPE_LIST] = "list",
    [MP__TYPE_MAP] = "map",
    [MP__TYPE_OPTIONAL] = "optional_type",
    [MP__TYPE_TYPE] = "type",
    [MP__TYPE_WRAPPER] = "wrapper",
    [MP__TYPE_QUANTITY] = "kubernetes.Quantity",
    [MP__TYPE_SEMVER] = "kubernetes.Semver",
    [MP__TYPE_IP] = "net.IP",
    [MP__TYPE_CIDR] = "net.CIDR",
    [MP__TYPE_URL] = "kubernetes.URL",
    [MP__TYPE_FORMAT] = "kubernetes.NamedFormat",
    [MP__TYPE_DEVICE] = "kubernetes.DRADevice",
};

const mp__type *mp__type_new(mp__arena *arena, mp__type_kind kind, const mp__type *a,
                             const mp__type *b)
{
    mp__type *type = MP__NEW(arena, mp__type);

    if (type) {
        type->kind = kind;
        type->a = a;
        type->b = b;
    }
    return type;
}

static bool has_params(const mp__type *type)
{
    return type->a != NULL;
}

/* Types nest no deeper than expressions do, whose depth is limited, so recursion is bounded. */
bool mp__type_equal(const mp__type *a, const mp__type *b)
{
    if (a == b)
        return true;
    if (a->kind != b->kind || a->number != b->number || !a->a != !b->a)
        return false;
    return (!a->a || mp__type_equal(a->a, b->a)) && (!a->b || mp__type_equal(a->b, b->b));
}

const char *mp__type_kind_name(mp__type_kind kind)
{
    return names[kind];
}

void mp__type_print(const mp__type *type, mp__buf *buf)
{
    if (type->kind == MP__TYPE_VAR) {
        mp__buf_printf(buf, "%c%u", 'T', type->number);
        return;
    }
    mp__buf_puts(buf, names[type->kind]);
    if (has_params(type)) {
        mp__buf_putc(buf, '(');
        mp__type_print(type->a, buf);
        if (type->b) {
            mp__buf_puts(buf, ", ");
            mp__type_print(type->b, buf);
        }
        mp__buf_putc(buf, ')');
    }
}

/* ---- reading a type ---- */

static void skip_spaces(mp__str *text)
{
    while (text->size && *text->data == ' ') {
        text->data++;
        text->size--;
    }
}

static bool take(mp__str *text, char c)
{
    skip_spaces(text);
    if (text->size == 0 || *text->data != c)
        return false;
    text->data++;
    text->size--;
    return true;
}

static const mp__type *parse(mp__arena *arena, mp__str *text, unsigned depth)
{
    size_t size = 0;
    mp__type_kind kind;
    const mp__type *a = NULL, *b = NULL;

    skip_spaces(text);
    while (size < text->size && text->data[size] != '(' && text->data[size] != ')' &&
           text->data[size] != ',')
        size++;
    for (kind = MP__TYPE_DYN; kind <= MP__TYPE_DEVICE; kind++)
        if (names[kind] && strlen(names[kind]) == size &&
            memcmp(names[kind], text->data, size) == 0)
            break;
    if (kind > MP__TYPE_DEVICE || depth == 0)
        return NULL;
    text->data += size;
    text->size -= size;
    if (kind != MP__TYPE_LIST && kind != MP__TYPE_MAP && kind != MP__TYPE_OPTIONAL &&
        kind != MP__TYPE_WRAPPER)
        return &mp__types[kind];
    if (!take(text, '(') || !(a = parse(arena, text, depth - 1)))
        return NULL;
    if (kind == MP__TYPE_MAP && (!take(text, ',') || !(b = parse(arena, text, depth - 1))))
        return NULL;
    return take(text, ')') ? mp__type_new(arena, kind, a, b) : NULL;
}

const mp__type *mp__type_parse(mp__arena *arena, mp__str text)
{
    const mp__type *type = parse(arena, &text, 32);

    skip_spaces(&text);
    return text.size == 0 ? type : NULL;
}

/* ---- substitution ---- */

const mp__type *mp__subst_fresh(mp__subst *s)
{
    mp__type *type = MP__NEW(s->arena, mp__type);
    const mp__type **grown;

    grown = type ? s->bound : NULL;
    if (type && s->count == s->capacity) {
        size_t wider = s->capacity ? s->capacity * 2 : 32;

        grown = MP__NEW_ARRAY(s->arena, const mp__type *, wider);
        if (grown) {
            if (s->count)
                memcpy(grown, s->bound, s->count * sizeof *grown);
            s->bound = grown;
            s->capacity = wider;
        }
    }
    if (!type || !grown)
        return MP__TYPE(DYN); /* the arena remembers that it failed */
    type->kind = MP__TYPE_VAR;
    type->number = (uint32_t)s->count++;
    s->bound[type->number] = NULL;
    return type;
}

static void bind(mp__subst *s, const mp__type *variable, const mp__type *to)
{
    if (s->trail_size == s->trail_capacity) {
        size_t wider = s->trail_capacity ? s->trail_capacity * 2 : 64;
        mp__binding *grown = MP__NEW_ARRAY(s->arena, mp__binding, wider);

        if (!grown)
            return;
        if (s->trail_size)
            memcpy(grown, s->trail, s->trail_size * sizeof *grown);
        s->trail = grown;
        s->trail_capacity = wider;
    }
    s->trail[s->trail_size++] = (mp__binding){ variable->number, s->bound[variable->number] };
    s->bound[variable->number] = to;
}

static void undo(mp__subst *s, size_t mark)
{
    while (s->trail_size > mark) {
        mp__binding b = s->trail[--s->trail_size];

        s->bound[b.variable] = b.before;
    }
}

bool mp__type_is_dyn(const mp__type *type)
{
    return type->kind == MP__TYPE_DYN || type->kind == MP__TYPE_ANY || type->kind == MP__TYPE_ERROR;
}

/* Types share their parts, so what a short source makes may be huge when it is walked: every step
 * into the parts of a type is counted, and once the limit is passed all walks end. */
static bool step(mp__subst *s)
{
    if (s->steps <= MP__TYPE_STEPS_MAX)
        s->steps++;
    return !mp__subst_spent(s);
}

bool mp__subst_spent(const mp__subst *s)
{
    return s->steps > MP__TYPE_STEPS_MAX;
}

/* mp__type_equal(), counted. */
static bool same(mp__subst *s, const mp__type *a, const mp__type *b)
{
    if (a == b)
        return true;
    if (a->kind != b->kind || a->number != b->number || !a->a != !b->a)
        return false;
    if (!a->a)
        return true;
    return step(s) && same(s, a->a, b->a) && (!a->b || same(s, a->b, b->b));
}

static bool occurs_in(mp__subst *s, const mp__type *variable, const mp__type *type)
{
    if (type->kind == MP__TYPE_VAR) {
        if (type->number == variable->number)
            return true;
        type = s->bound[type->number];
        return type && step(s) && occurs_in(s, variable, type);
    }
    if (!type->a || !step(s))
        return false;
    return occurs_in(s, variable, type->a) || (type->b && occurs_in(s, variable, type->b));
}

/* Whether `a` is at least as general as `b`. */
static bool at_least_as_general(const mp__type *a, const mp__type *b)
{
    if (mp__type_is_dyn(a) || a->kind == MP__TYPE_VAR)
        return true;
    if (mp__type_is_dyn(b) || b->kind == MP__TYPE_VAR)
        return false;
    if (a->kind != b->kind)
        return false;
    if (a->kind == MP__TYPE_TYPE)
        return true;
    return (!a->a || at_least_as_general(a->a, b->a)) && (!a->b || at_least_as_general(a->b, b->b));
}

const mp__type *mp__type_more_general(const mp__type *a, const mp__type *b)
{
    return at_least_as_general(a, b) ? a : b;
}

static bool assignable(mp__subst *s, const mp__type *from, const mp__type *to);

/* Whether `type` may stand for the variable; *bound tells whether the variable had a binding. */
static bool substitutes(mp__subst *s, const mp__type *type, const mp__type *variable, bool *bound)
{
    const mp__type *now = s->bound[variable->number];

    *bound = true;
    if (same(s, type, variable))
        return true;
    if (now) {
        if (same(s, type, now))
            return true;
        if (!assignable(s, type, now))
            return false;
        now = mp__type_more_general(type, now);
        if (!occurs_in(s, variable, now))
            bind(s, variable, now);
        return true;
    }
    *bound = false;
    if (occurs_in(s, variable, type))
        return false;
    bind(s, variable, type);
    return true;
}

/* What null can be assigned to. */
static bool nullable(const mp__type *type)
{
    switch (type->kind) {
    case MP__TYPE_NULL:
    case MP__TYPE_TIMESTAMP:
    case MP__TYPE_DURATION:
    case MP__TYPE_OPTIONAL:
    case MP__TYPE_WRAPPER:
    case MP__TYPE_QUANTITY:
    case MP__TYPE_SEMVER:
    case MP__TYPE_IP:
    case MP__TYPE_CIDR:
    case MP__TYPE_URL:
    case MP__TYPE_FORMAT:
    case MP__TYPE_DEVICE:
        return true;
    default:
        return false;
    }
}

/* A wrapper takes its scalar, and gives it. */
static const mp__type *unwrap(const mp__type *type)
{
    return type->kind == MP__TYPE_WRAPPER ? type->a : type;
}

static bool assignable(mp__subst *s, const mp__type *from, const mp__type *to)
{
    bool bound;

    if (to->kind == MP__TYPE_VAR) {
        if (substitutes(s, from, to, &bound))
            return true;
        if (bound)
            return false;
    }
    if (from->kind == MP__TYPE_VAR)
        return substitutes(s, to, from, &bound);
    if (mp__type_is_dyn(from) || mp__type_is_dyn(to))
        return true;
    if (from->kind == MP__TYPE_NULL)
        return nullable(to);
    if (to->kind == MP__TYPE_NULL)
        return nullable(from);
    from = unwrap(from);
    to = unwrap(to);
    if (from->kind != to->kind)
        return false;
    if (from->kind == MP__TYPE_TYPE || !from->a)
        return true;
    return step(s) && assignable(s, from->a, to->a) && (!from->b || assignable(s, from->b, to->b));
}

bool mp__subst_assignable_list(mp__subst *s, const mp__type *const *from, const mp__type *const *to,
                               size_t count)
{
    size_t mark = s->trail_size;

    for (size_t i = 0; i < count; i++) {
        if (!assignable(s, from[i], to[i])) {
            undo(s, mark);
            return false;
        }
    }
    return true;
}

bool mp__subst_assignable(mp__subst *s, const mp__type *from, const mp__type *to)
{
    return mp__subst_assignable_list(s, &from, &to, 1);
}

const mp__type *mp__subst_apply(mp__subst *s, const mp__type *type, bool close)
{
    const mp__type *a, *b;

    if (type->kind == MP__TYPE_VAR) {
        if (s->bound[type->number])
            return mp__subst_apply(s, s->bound[type->number], close);
        return close ? MP__TYPE(DYN) : type;
    }
    if (!has_params(type))
        return type;
    if (!step(s))
        return MP__TYPE(DYN);
    a = mp__subst_apply(s, type->a, close);
    b = type->b ? mp__subst_apply(s, type->b, close) : NULL;
    if (a == type->a && b == type->b)
        return type;
    type = mp__type_new(s->arena, type->kind, a, b);
    return type ? type : MP__TYPE(DYN);
}

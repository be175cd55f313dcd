/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a checked tree to a program: instructions in one arena, with names resolved to slots,
 * constants folded, lookups of the device's attributes turned into one instruction, quantities,
 * versions and regular expressions that are literals prepared.
 *
 * What is folded follows cel-go's program construction, because there a constant conversion that
 * fails is a compile error, while quantity('bad') and 1/0 fail only when they run.
 */
#include "functions_internal.h"
#include "message_internal.h"
#include "regex_internal.h"
#include <stdio.h>

typedef struct emitter {
    mp_cel *cel;
    mp__arena *arena;
    const mp__source *source;
    mp_error *err;
    mp_status status;
    const mp__str *domain; /* of the last lookup */
    size_t regexes;        /* that this pass has used */
} emitter;

static const mp__insn *emit(emitter *x, const mp__node *node);

static const mp__insn *refuse(emitter *x, const mp__node *node, const char *what)
{
    if (x->status == MP_OK)
        x->status = mp__source_fail(x->source, x->err, MP_ECOMPILE, node->offset, "%s", what);
    return NULL;
}

static const mp__insn *no_memory(emitter *x)
{
    if (x->status == MP_OK)
        x->status = mp__fail_nomem(x->err);
    return NULL;
}

/* A text for as long as the program lives.  What stands in the source as it is needs no copy. */
static mp__str copy(emitter *x, mp__str s)
{
    const char *start = x->source->text;
    uintptr_t at = (uintptr_t)s.data, first = (uintptr_t)start;
    char *data;

    if (x->cel->source.data && at >= first && at + s.size <= first + x->source->size)
        return (mp__str){ x->cel->source.data + (at - first), s.size };
    data = mp__arena_strdup(x->arena, s.data, s.size);
    return (mp__str){ data, data ? s.size : 0 };
}

/* The same for the domains of lookups, of which a program has few. */
static const mp__str *shared_text(emitter *x, mp__str s)
{
    mp__str *made;

    if (x->domain && mp__str_equal(*x->domain, s))
        return x->domain;
    made = MP__NEW(x->arena, mp__str);
    if (!made)
        return NULL;
    *made = copy(x, s);
    x->domain = made;
    return made->data ? made : NULL;
}

static mp__insn *new_insn(emitter *x, mp__op op, size_t args)
{
    mp__insn *i = MP__NEW(x->arena, mp__insn);
    const mp__insn **list = args ? MP__NEW_ARRAY(x->arena, const mp__insn *, args) : NULL;

    if (!i || (args && !list) || args > UINT16_MAX) {
        no_memory(x);
        return NULL;
    }
    i->op = (uint8_t)op;
    i->args = list;
    i->arg_count = (uint16_t)args;
    return i;
}

static const mp__insn **args_of(mp__insn *i)
{
    return (const mp__insn **)(uintptr_t)i->args;
}

static const mp__insn *constant(emitter *x, mp__value v)
{
    mp__insn *i = new_insn(x, MP__OP_CONST, 0);

    if (!i)
        return NULL;
    if (v.kind == MP__STRING || v.kind == MP__BYTES) {
        v.as.text = copy(x, mp__text_of(&v)).data;
        if (!v.as.text)
            return no_memory(x);
    }
    i->as.constant = v;
    return i;
}

static bool is_const(const mp__insn *i)
{
    return i && i->op == MP__OP_CONST;
}

/* ---- names ---- */

static const mp__insn *emit_ident(emitter *x, const mp__node *node)
{
    const mp__variable *v = node->variable;
    mp__insn *i;

    if (v->is_type == MP__TYPE_ERROR && node->type->kind == MP__TYPE_TYPE) {
        char text[128];

        snprintf(text, sizeof text, "reference to undefined type: %.*s",
                 (int)(v->name.size < 80 ? v->name.size : 80), v->name.data);
        return refuse(x, node, text); /* no variable may hold a type */
    }
    if (v->is_type != MP__TYPE_ERROR)
        return constant(x, mp__type_value(&mp__types[v->is_type]));
    i = new_insn(x,
                 v->repeat     ? MP__OP_REPEAT
                 : v->local    ? (v->lazy ? MP__OP_LAZY : MP__OP_LOCAL)
                 : x->cel->dra ? MP__OP_DEVICE
                               : MP__OP_VARIABLE,
                 0);
    if (i) {
        i->slot = v->slot;
        i->path = v->repeat ? MP__PATH_NONE : MP__PATH_BASE;
    }
    return i;
}

/* ---- selections ---- */

/* The name that a selection or a constant index steps by; data is NULL otherwise. */
static mp__str step_name(const mp__node *node, const mp__node **operand)
{
    if (node->kind == MP__NODE_SELECT && !node->test) {
        *operand = node->target;
        return node->name;
    }
    if (node->kind == MP__NODE_CALL && mp__str_equal(node->name, MP__STR("_[_]"))) {
        const mp__node *key = node->args.items[1];

        *operand = node->args.items[0];
        if (key->kind == MP__NODE_CONST && key->value.kind == MP__STRING)
            return mp__text_of(&key->value);
    }
    return (mp__str){ 0 };
}

static bool is_device(const mp__node *node)
{
    return node->kind == MP__NODE_IDENT && node->variable && !node->variable->local &&
           node->variable->type->kind == MP__TYPE_DEVICE;
}

/* device.attributes["domain"].id, however it is spelt, in one instruction. */
static const mp__insn *emit_lookup(emitter *x, const mp__node *node)
{
    const mp__node *inner = NULL, *field = NULL;
    mp__str id = step_name(node, &inner), domain;
    bool capacity;
    mp__insn *i;

    domain = id.data ? step_name(inner, &field) : (mp__str){ 0 };
    if (x->cel->literal || !domain.data || field->kind != MP__NODE_SELECT || field->test ||
        !is_device(field->target))
        return NULL;
    capacity = mp__str_equal(field->name, MP__STR("capacity"));
    if (!capacity && !mp__str_equal(field->name, MP__STR("attributes")))
        return NULL;
    i = new_insn(x, MP__OP_LOOKUP, 0);
    if (!i)
        return NULL;
    i->path = MP__PATH_BASE;
    i->slot = capacity;
    i->as.select.domain = shared_text(x, domain);
    i->as.select.name = copy(x, id);
    return i->as.select.domain && i->as.select.name.data ? i : no_memory(x);
}

/* Of a step into the operand. */
static uint8_t path_after(const mp__insn *operand)
{
    return operand && operand->path == MP__PATH_CONDITIONAL ? MP__PATH_CONDITIONAL : MP__PATH_BASE;
}

static const mp__insn *emit_step(emitter *x, mp__op op, const mp__node *operand, mp__str name)
{
    bool field = op == MP__OP_SELECT && is_device(operand);
    mp__insn *i = new_insn(x, field ? MP__OP_FIELD : op, field ? 0 : 1);

    if (!i)
        return NULL;
    i->as.select.name = copy(x, name);
    if (!i->as.select.name.data)
        return no_memory(x);
    if (!field)
        args_of(i)[0] = emit(x, operand);
    if (op != MP__OP_HAS)
        i->path = field ? MP__PATH_BASE : path_after(i->args[0]);
    return i;
}

static const mp__insn *emit_select(emitter *x, const mp__node *node)
{
    const mp__insn *lookup = node->test ? NULL : emit_lookup(x, node);

    if (lookup || x->status != MP_OK)
        return lookup;
    return emit_step(x, node->test ? MP__OP_HAS : MP__OP_SELECT, node->target, node->name);
}

static const mp__insn *emit_index(emitter *x, const mp__node *node, mp__op op)
{
    const mp__insn *lookup = op == MP__OP_INDEX ? emit_lookup(x, node) : NULL;
    mp__insn *i;

    if (lookup || x->status != MP_OK)
        return lookup;
    i = new_insn(x, op, 2);
    if (!i)
        return NULL;
    args_of(i)[0] = emit(x, node->args.items[0]);
    args_of(i)[1] = emit(x, node->args.items[1]);
    i->path = path_after(i->args[0]);
    if (is_const(i->args[1]) && !mp__may_be_key(&i->args[1]->as.constant))
        return refuse(x, node->args.items[1], "invalid qualifier type");
    return i;
}

/* ---- calls ---- */

static const struct {
    const char *name;
    mp__op op;
} own_ops[] = {
    { "!_", MP__OP_NOT },
    { "_?_:_", MP__OP_TERNARY },
    { "@not_strictly_false", MP__OP_NOT_STRICTLY_FALSE },
    { "_==_", MP__OP_EQUAL },
    { "_!=_", MP__OP_NOT_EQUAL },
    { "or", MP__OP_OPT_OR },
    { "orValue", MP__OP_OPT_OR_VALUE },
};

/* Conversions are made at once where their argument is constant. */
static bool is_conversion(mp__str name)
{
    static const char *const names[] = { "bool", "bytes",  "double",    "dyn",  "duration",
                                         "int",  "string", "timestamp", "type", "uint" };

    for (size_t i = 0; i < MP__COUNT(names); i++)
        if (mp__str_equal(name, mp__str_make(names[i], MP_NTS)))
            return true;
    return false;
}

static const mp__insn *emit_args(emitter *x, const mp__node *node, mp__insn *i)
{
    size_t at = 0;

    if (node->target)
        args_of(i)[at++] = emit(x, node->target);
    for (size_t k = 0; k < node->args.count; k++)
        args_of(i)[at++] = emit(x, node->args.items[k]);
    return x->status == MP_OK ? i : NULL;
}

/* Runs a call on constants now.  NULL where it failed to run; the status tells whether that
 * matters. */
static const mp__insn *run_now(emitter *x, const mp__insn *call, mp__value *out)
{
    mp__machine m;
    const mp__insn *made = NULL;

    mp__machine_init(&m, &x->cel->alloc, x->cel);
    *out = mp__machine_eval(&m, call);
    if (m.status != MP_OK) {
        no_memory(x);
    } else if (out->kind == MP__QUANTITY) {
        /* What the value points to must move to the program's arena. */
        mp_allocator arena = mp__arena_allocator(x->arena);
        mp_quantity zero = MP_QUANTITY_INIT, *q = MP__NEW(x->arena, mp_quantity);
        mp__value v = *out;

        if (!q || mp_quantity_add(&arena, out->as.quantity, &zero, q, NULL) != MP_OK)
            no_memory(x);
        else if (out->as.quantity->big)
            out->kind = MP__ERROR; /* its representation would not survive the copy: left to run */
        else {
            *q = *out->as.quantity;
            v.as.quantity = q;
            made = constant(x, v);
        }
    } else if (out->kind == MP__SEMVER) {
        mp_semver *version = MP__NEW(x->arena, mp_semver);
        mp__value v = *out;

        if (!version) {
            no_memory(x);
        } else {
            *version = *out->as.semver; /* borrows from the literal, which is in the arena */
            v.as.semver = version;
            made = constant(x, v);
        }
    } else if (out->kind != MP__ERROR) {
        made = constant(x, *out);
    }
    mp__machine_fini(&m);
    return made;
}

static const mp__insn *fold_conversion(emitter *x, const mp__node *node, const mp__insn *call)
{
    mp__value out;
    const mp__insn *made = run_now(x, call, &out);
    char text[64];

    if (made || x->status != MP_OK)
        return made;
    if (mp__str_equal(node->name, MP__STR("timestamp")) ||
        mp__str_equal(node->name, MP__STR("duration")))
        snprintf(text, sizeof text, "invalid %.*s argument", (int)node->name.size, node->name.data);
    else
        snprintf(text, sizeof text, "%.*s() cannot convert this constant",
                 (int)(node->name.size % 32), node->name.data);
    return refuse(x, node, text);
}

static mp_status keep_regex(emitter *x, mp__regex *re)
{
    mp_cel *cel = x->cel;
    size_t capacity = cel->regex_capacity;

    if (!mp__grow(&cel->alloc, &cel->regexes, &capacity, cel->regex_count + 1,
                  sizeof *cel->regexes)) {
        mp__regex_free(re);
        return MP_ENOMEM;
    }
    cel->regex_capacity = (uint32_t)capacity;
    cel->regexes[cel->regex_count++] = re;
    return MP_OK;
}

/* A constant pattern is compiled once, and must compile.  `keep` is false where it is only checked.
 */
static bool prepare_regex(emitter *x, const mp__node *node, mp__insn *call, size_t arg, bool keep)
{
    const mp__value *pattern = &call->args[arg]->as.constant;
    mp__regex *re = NULL;
    mp_error cause;
    mp_status st;

    if (!is_const(call->args[arg]) || pattern->kind != MP__STRING)
        return true;
    if (keep && x->regexes < x->cel->regex_count) { /* of the pass before */
        call->as.call.prepared = x->cel->regexes[x->regexes++];
        return true;
    }
    mp__error_clear(&cause);
    st = mp__regex_compile(&x->cel->alloc, pattern->as.text, pattern->size, &re, &cause);
    if (st == MP_ENOMEM) {
        no_memory(x);
        return false;
    }
    if (st != MP_OK) {
        char text[320];

        snprintf(text, sizeof text, "invalid matches argument: %.280s", cause.text);
        refuse(x, node, text);
        return false;
    }
    if (!keep) {
        mp__regex_free(re);
        return true;
    }
    if (keep_regex(x, re) != MP_OK) {
        no_memory(x);
        return false;
    }
    x->regexes++;
    call->as.call.prepared = re;
    return true;
}

static bool is_scalar(const mp__value *v)
{
    return v->kind == MP__BOOL || v->kind == MP__INT || v->kind == MP__UINT ||
           v->kind == MP__DOUBLE || v->kind == MP__STRING;
}

/* A list of scalar constants, as a set; NULL where it is none, or memory ran out. */
static const mp__set *constant_set(emitter *x, const mp__node *list)
{
    mp__value *items;
    mp__list made = { 0 };
    const mp__set *set;

    for (size_t k = 0; k < list->args.count; k++)
        if (list->args.items[k]->kind != MP__NODE_CONST || list->args.items[k]->optional ||
            !is_scalar(&list->args.items[k]->value))
            return NULL;
    items = mp__alloc(&x->cel->alloc, list->args.count * sizeof *items);
    if (!items) {
        no_memory(x);
        return NULL;
    }
    for (size_t k = 0; k < list->args.count; k++) {
        items[k] = list->args.items[k]->value;
        if (items[k].kind == MP__STRING)
            items[k].as.text = copy(x, mp__text_of(&items[k])).data;
    }
    made.items = items;
    made.count = list->args.count;
    set = x->arena->failed ? NULL : mp__set_new(x->arena, &made);
    mp__free(&x->cel->alloc, items);
    if (!set)
        no_memory(x);
    return set;
}

/* x in [constants], as they are written; NULL where it is another. */
static const mp__insn *emit_in(emitter *x, const mp__node *node)
{
    const mp__node *list;
    const mp__set *set;
    mp__insn *i;

    if (!mp__str_equal(node->name, MP__STR("@in")) || node->overload_count != 1)
        return NULL;
    list = node->args.items[1];
    if (list->kind != MP__NODE_LIST)
        return NULL;
    if (list->args.count == 0)
        return constant(x, mp__bool(false)); /* whatever is looked for */
    set = constant_set(x, list);
    i = set ? new_insn(x, MP__OP_IN_CONST, 1) : NULL;
    if (!i)
        return NULL;
    args_of(i)[0] = emit(x, node->args.items[0]);
    i->as.call.prepared = set;
    return i->args[0] ? i : NULL;
}

/* What the evaluators before that of 1.37 charge. */
static uint8_t old_cost(const mp__node *node, uint8_t cost)
{
    if (cost == MP__COST_ARGUMENT)
        return MP__COST_FIRST; /* startsWith and endsWith by the receiver's size */
    if (mp__str_equal(node->name, MP__STR("includes")) ||
        (mp__str_equal(node->name, MP__STR("matches")) && !node->target))
        return MP__COST_ONE;
    return cost;
}

/*
 * The overloads that are tried when the call runs: those that the checker left; but operators and
 * size() go by the values alone, even where types excluded an overload that fits them.
 */
static void choose_overloads(const emitter *x, const mp__node *node, mp__insn *i)
{
    const mp__function *const *left = node->overloads;
    size_t count = node->overload_count;
    char first = node->name.data[0];

    i->as.call.row = left[0];
    for (size_t k = 0; k < count; k++)
        i->as.call.more |= UINT32_C(1) << (left[k] - left[0]);
    if (first == '_' || first == '@' || first == '-' ||
        mp__str_equal(node->name, MP__STR("size"))) {
        i->as.call.row = mp__function_find(node->name, &count);
        i->as.call.more = (uint32_t)((UINT64_C(1) << count) - 1);
    }
    /* A formula of one type's applies only where its overload alone is left. */
    i->cost = (uint8_t)left[0]->cost;
    if (left[0]->cost != left[node->overload_count - 1]->cost ||
        (left[0]->cost == MP__COST_SORT && node->overload_count > 1))
        i->cost = MP__COST_ONE;
    if (x->cel->evaluator < 37)
        i->cost = old_cost(node, i->cost);
}

/* ---- literals of quantities and versions: read now, charged as the call when they run ---- */

/* quantity(text), semver(text), semver(text, bool), all constants. */
static bool is_literal_call(const mp__node *node)
{
    const mp__nodes *args = &node->args;
    bool semver = mp__str_equal(node->name, MP__STR("semver"));

    if (node->target || (!semver && !mp__str_equal(node->name, MP__STR("quantity"))))
        return false;
    if (args->items[0]->kind != MP__NODE_CONST || args->items[0]->value.kind != MP__STRING)
        return false;
    return args->count == 1 ||
           (args->items[1]->kind == MP__NODE_CONST && args->items[1]->value.kind == MP__BOOL);
}

/* NULL where it is none; a bad literal is left to fail when it runs. */
static const mp__insn *emit_literal(emitter *x, const mp__node *node)
{
    mp__insn call = { 0 }, text = { 0 }, flag = { 0 };
    const mp__insn *args[2] = { &text, &flag }, *made;
    mp__insn *prepared;
    mp__value out;
    mp__str copied;
    uint64_t size;

    if (x->cel->literal || !is_literal_call(node))
        return NULL;
    copied = copy(x, mp__text_of(&node->args.items[0]->value));
    if (!copied.data)
        return no_memory(x);
    text.op = flag.op = MP__OP_CONST;
    text.as.constant = mp__string(copied);
    if (node->args.count == 2)
        flag.as.constant = node->args.items[1]->value;
    call.op = MP__OP_CALL;
    call.args = args;
    call.arg_count = (uint16_t)node->args.count;
    choose_overloads(x, node, &call);
    made = run_now(x, &call, &out);
    if (!made)
        return NULL;
    prepared = (mp__insn *)(uintptr_t)made; /* a constant that is not free */
    prepared->op = MP__OP_PREPARED;
    size = mp__cost_size(&text.as.constant);
    prepared->slot = (uint32_t)(size / 10 + (size % 10 > 0));
    return prepared;
}

/* A list on the right of `in` that became constant: its elements were converted. */
static bool is_scalar_list(const mp__insn *i)
{
    if (!is_const(i) || i->as.constant.kind != MP__LIST)
        return false;
    for (size_t k = 0; k < i->as.constant.as.list->count; k++)
        if (!is_scalar(&i->as.constant.as.list->items[k]))
            return false;
    return true;
}

static const mp__insn *in_folded(emitter *x, mp__insn *i)
{
    i->op = MP__OP_IN_CONST;
    i->as.call.prepared = mp__set_new(x->arena, i->args[1]->as.constant.as.list);
    return i->as.call.prepared ? i : no_memory(x);
}

static const mp__insn *emit_function(emitter *x, const mp__node *node)
{
    size_t count = node->args.count + (node->target != NULL);
    const mp__insn *special = emit_in(x, node);
    mp__insn *i;

    if (!special && x->status == MP_OK)
        special = emit_literal(x, node);
    if (special || x->status != MP_OK)
        return special;
    i = new_insn(x, MP__OP_CALL, count);
    if (!i || !emit_args(x, node, i))
        return NULL;
    choose_overloads(x, node, i);
    if (mp__str_equal(node->name, MP__STR("@in")) && node->overload_count == 1 &&
        is_scalar_list(i->args[1]))
        return in_folded(x, i);
    if (count == 1 && is_const(i->args[0]) && !node->target && is_conversion(node->name))
        return fold_conversion(x, node, i);
    if (mp__str_equal(node->name, MP__STR("matches")) ||
        mp__str_equal(node->name, MP__STR("find")) ||
        mp__str_equal(node->name, MP__STR("findAll"))) {
        if ((!node->target && !prepare_regex(x, node, i, 0, false)) ||
            !prepare_regex(x, node, i, 1, true))
            return NULL;
    }
    return i;
}

/* ---- logic: a tree of one operator is one instruction ---- */

static bool is_same(const mp__node *node, const mp__node *operand)
{
    return operand->kind == MP__NODE_CALL && mp__str_equal(operand->name, node->name);
}

static size_t count_operands(const mp__node *node)
{
    size_t count = 0;

    for (size_t k = 0; k < 2; k++)
        count += is_same(node, node->args.items[k]) ? count_operands(node->args.items[k]) : 1;
    return count;
}

/* Depth is that of the tree, which the parser balances. */
static const mp__insn **put_operands(emitter *x, const mp__node *node, const mp__insn **to)
{
    for (size_t k = 0; k < 2; k++) {
        if (is_same(node, node->args.items[k]))
            to = put_operands(x, node->args.items[k], to);
        else
            *to++ = emit(x, node->args.items[k]);
    }
    return to;
}

static const mp__insn *emit_logic(emitter *x, const mp__node *node, mp__op op)
{
    mp__insn *i = new_insn(x, op, count_operands(node));

    if (!i)
        return NULL;
    (void)put_operands(x, node, args_of(i));
    return x->status == MP_OK ? i : NULL;
}

static const mp__insn *emit_call(emitter *x, const mp__node *node)
{
    mp__insn *i;

    if (mp__str_equal(node->name, MP__STR("_[_]")))
        return emit_index(x, node, MP__OP_INDEX);
    if (mp__str_equal(node->name, MP__STR("_[?_]")))
        return emit_index(x, node, MP__OP_OPT_INDEX);
    if (mp__str_equal(node->name, MP__STR("_?._")))
        return emit_step(x, MP__OP_OPT_SELECT, node->args.items[0],
                         mp__text_of(&node->args.items[1]->value));
    if (mp__str_equal(node->name, MP__STR("_&&_")))
        return emit_logic(x, node, MP__OP_AND);
    if (mp__str_equal(node->name, MP__STR("_||_")))
        return emit_logic(x, node, MP__OP_OR);
    for (size_t k = 0; k < MP__COUNT(own_ops); k++) {
        if (!mp__str_equal(node->name, mp__str_make(own_ops[k].name, MP_NTS)))
            continue;
        i = new_insn(x, own_ops[k].op, node->args.count + (node->target != NULL));
        if (i && i->op == MP__OP_TERNARY)
            i->path = MP__PATH_CONDITIONAL;
        return i ? emit_args(x, node, i) : NULL;
    }
    return emit_function(x, node);
}

/* ---- aggregates ---- */

static const uint8_t *optional_flags(emitter *x, const mp__node *node)
{
    uint8_t *flags;
    bool any = false;

    for (size_t k = 0; k < node->args.count; k++)
        any |= node->args.items[k]->optional;
    if (!any)
        return NULL;
    flags = MP__NEW_ARRAY(x->arena, uint8_t, node->args.count);
    if (!flags) {
        no_memory(x);
        return NULL;
    }
    for (size_t k = 0; k < node->args.count; k++)
        flags[k] = node->args.items[k]->optional;
    return flags;
}

/* A list of constants is one constant. */
static const mp__insn *fold_list(emitter *x, const mp__insn *list)
{
    mp__value *items = MP__NEW_ARRAY(x->arena, mp__value, list->arg_count);
    mp__list *made = MP__NEW(x->arena, mp__list);
    mp__value v = { 0 };

    if (!items || !made)
        return no_memory(x);
    for (size_t k = 0; k < list->arg_count; k++)
        items[k] = list->args[k]->as.constant;
    made->items = items;
    made->count = list->arg_count;
    v.kind = MP__LIST;
    v.as.list = made;
    return constant(x, v);
}

static const mp__insn *fold_map(emitter *x, const mp__node *node, const mp__insn *map)
{
    mp__map_store *s = MP__NEW(x->arena, mp__map_store);
    mp__value v = { 0 };

    for (size_t k = 0; s && k < map->arg_count; k += 2) {
        const mp__value *key = &map->args[k]->as.constant, *value = &map->args[k + 1]->as.constant;
        size_t at;

        if (!mp__has_hash(key))
            return refuse(x, node->args.items[k], mp__no_hash);
        at = mp__map_store_find(NULL, s, key);
        if (at < s->used)
            s->values[at] = *value;
        else if (!mp__map_store_add(x->arena, s, key, value))
            return no_memory(x);
    }
    v.kind = MP__MAP;
    v.as.map = s ? mp__map_of_store(x->arena, s) : NULL;
    return v.as.map ? constant(x, v) : no_memory(x);
}

static const mp__insn *emit_aggregate(emitter *x, const mp__node *node, mp__op op)
{
    mp__insn *i = new_insn(x, op, node->args.count);
    bool all_constant = true;

    if (!i || !emit_args(x, node, i))
        return NULL;
    i->as.optional = optional_flags(x, node);
    for (size_t k = 0; k < i->arg_count; k++)
        all_constant = all_constant && is_const(i->args[k]);
    if (!all_constant || i->as.optional || x->status != MP_OK)
        return x->status == MP_OK ? i : NULL;
    return op == MP__OP_LIST ? fold_list(x, i) : fold_map(x, node, i);
}

static const mp__insn *emit_message(emitter *x, const mp__node *node)
{
    size_t count = node->args.count / 2;
    mp__insn *i = new_insn(x, MP__OP_MESSAGE, count);
    uint8_t *numbers = MP__NEW_ARRAY(x->arena, uint8_t, count + 1);
    uint8_t *optional = MP__NEW_ARRAY(x->arena, uint8_t, count + 1);

    if (!i || !numbers || !optional)
        return no_memory(x);
    for (size_t k = 0; k < count; k++) {
        const mp__node *field = node->args.items[2 * k];

        args_of(i)[k] = emit(x, node->args.items[2 * k + 1]);
        (void)mp__message_field(node->message, mp__text_of(&field->value), &numbers[k]);
        optional[k] = field->optional;
    }
    i->as.message.type = node->message;
    i->as.message.numbers = numbers;
    i->as.message.optional = optional;
    return x->status == MP_OK ? i : NULL;
}

/* ---- loops ---- */

static const mp__insn *emit_loop(emitter *x, const mp__node *node)
{
    const mp__loop *l = node->loop;
    mp__insn *i = new_insn(x, MP__OP_LOOP, 0);
    mp__insn_loop *made = MP__NEW(x->arena, mp__insn_loop);

    if (!i || !made)
        return no_memory(x);
    made->range = emit(x, l->range);
    made->init = emit(x, l->init);
    made->condition = emit(x, l->condition);
    made->step = emit(x, l->step);
    made->result = emit(x, l->result);
    made->var = l->var_decl->slot;
    made->var2 = l->var2_decl ? l->var2_decl->slot : made->var;
    made->two = l->var2_decl != NULL;
    made->accu = l->accu_decl->slot;
    made->bind = l->bind;
    i->as.loop = made;
    return x->status == MP_OK ? i : NULL;
}

static const mp__insn *emit(emitter *x, const mp__node *node)
{
    if (x->status != MP_OK)
        return NULL;
    switch (node->kind) {
    case MP__NODE_CONST:
        return constant(x, node->value);
    case MP__NODE_IDENT:
        return emit_ident(x, node);
    case MP__NODE_SELECT:
        return emit_select(x, node);
    case MP__NODE_CALL:
        return emit_call(x, node);
    case MP__NODE_LIST:
        return emit_aggregate(x, node, MP__OP_LIST);
    case MP__NODE_MAP:
        return emit_aggregate(x, node, MP__OP_MAP);
    case MP__NODE_LOOP:
        return emit_loop(x, node);
    case MP__NODE_STRUCT:
        return emit_message(x, node);
    }
    return NULL;
}

mp_status mp__emit(mp_cel *cel, const mp__source *source, const mp__node *root, mp_error *err)
{
    emitter x = { cel, cel->in.arena, source, err, MP_OK, NULL, 0 };

    cel->root = emit(&x, root);
    if (x.status == MP_OK && (!cel->root || cel->in.arena->failed))
        x.status = mp__fail_nomem(err);
    return x.status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Macros, expanded while parsing into the loops that cel-go makes of them, since the expansion
 * fixes both meaning and cost.  `@` names are hidden: no source can spell them.
 */
#include "cel_internal.h"
#include <stdio.h>

#define ACCU MP__STR("@result")

typedef struct expansion {
    mp__parser *p;
    mp__node *call;
    size_t offset;
} expansion;

static mp__node *ident(const expansion *x, mp__str name)
{
    mp__node *node = mp__node_new(x->p->arena, MP__NODE_IDENT, x->offset);

    if (node)
        node->name = name;
    return node;
}

static mp__node *constant(const expansion *x, mp__value value)
{
    mp__node *node = mp__node_new(x->p->arena, MP__NODE_CONST, x->offset);

    if (node)
        node->value = value;
    return node;
}

static mp__node *list_of(const expansion *x, mp__node *element)
{
    mp__node *list = mp__node_new(x->p->arena, MP__NODE_LIST, x->offset);

    if (list && element && !mp__nodes_add(x->p->arena, &list->args, element))
        return NULL;
    return list;
}

#define CALL(name, count, ...)                                                                     \
    mp__node_call(x->p->arena, x->offset, MP__STR(name), count, __VA_ARGS__)

static mp__node *loop(const expansion *x, mp__str var, mp__str var2, mp__node *init,
                      mp__node *condition, mp__node *step, mp__node *result)
{
    mp__node *node = mp__node_new(x->p->arena, MP__NODE_LOOP, x->offset);
    mp__loop *l = MP__NEW(x->p->arena, mp__loop);

    if (!node || !l || !init || !condition || !step || !result)
        return NULL;
    l->range = x->call->target;
    l->init = init;
    l->condition = condition;
    l->step = step;
    l->result = result;
    l->var = var;
    l->var2 = var2;
    l->accu = ACCU;
    node->loop = l;
    return node;
}

static mp_status fail(const expansion *x, const mp__node *at, const char *what)
{
    return mp__source_fail(&x->p->lexer.source, x->p->err, MP_EPARSE, at->offset, "%s", what);
}

/* The name that a macro gives a variable. */
static mp_status simple_name(const expansion *x, size_t i, mp__str *name)
{
    const mp__node *node = x->call->args.items[i];

    if (node->kind != MP__NODE_IDENT || node->rooted)
        return fail(x, node, "argument must be a simple name");
    *name = node->name;
    return MP_OK;
}

/* The name of an iteration variable. */
static mp_status variable(const expansion *x, size_t i, mp__str *name)
{
    mp_status st = simple_name(x, i, name);

    if (st == MP_OK && mp__str_equal(*name, MP__STR("__result__")))
        return fail(x, x->call->args.items[i],
                    "iteration variable overwrites accumulator variable");
    return st;
}

static mp_status done(const expansion *x, mp__node *node, mp__node **out)
{
    *out = node;
    return node ? MP_OK : mp__fail_nomem(x->p->err);
}

/* ---- the forms ---- */

static mp_status expand_has(const expansion *x, mp__node **out)
{
    mp__node *arg = x->call->args.items[0];
    mp__node *test;

    if (arg->kind != MP__NODE_SELECT || arg->test) {
        /* has(x.?y) tests whether the optional selection holds a value, but an index is refused */
        return fail(x, arg, "invalid argument to has() macro");
    }
    test = mp__node_new(x->p->arena, MP__NODE_SELECT, x->call->offset);
    if (!test)
        return mp__fail_nomem(x->p->err);
    test->target = arg->target;
    test->name = arg->name;
    test->test = true;
    test->qualified = true;
    return done(x, test, out);
}

/* all: init true, continue while not strictly false, step accu && p.  exists: the mirror image. */
static mp_status expand_quantifier(const expansion *x, mp__str v, mp__str v2, mp__node *p, bool all,
                                   mp__node **out)
{
    mp__node *condition = all ? CALL("@not_strictly_false", 1, ident(x, ACCU))
                              : CALL("@not_strictly_false", 1, CALL("!_", 1, ident(x, ACCU)));
    mp__node *step = all ? CALL("_&&_", 2, ident(x, ACCU), p) : CALL("_||_", 2, ident(x, ACCU), p);

    return done(x, loop(x, v, v2, constant(x, mp__bool(all)), condition, step, ident(x, ACCU)),
                out);
}

static mp_status expand_exists_one(const expansion *x, mp__str v, mp__str v2, mp__node *p,
                                   mp__node **out)
{
    mp__node *one_more = CALL("_+_", 2, ident(x, ACCU), constant(x, mp__int(1)));
    mp__node *step = CALL("_?_:_", 3, p, one_more, ident(x, ACCU));
    mp__node *result = CALL("_==_", 2, ident(x, ACCU), constant(x, mp__int(1)));

    return done(
        x, loop(x, v, v2, constant(x, mp__int(0)), constant(x, mp__bool(true)), step, result), out);
}

/* map and filter: collect `element` where `p` (NULL: always) holds. */
static mp_status expand_collect(const expansion *x, mp__str v, mp__node *p, mp__node *element,
                                mp__node **out)
{
    mp__node *step = CALL("_+_", 2, ident(x, ACCU), element ? list_of(x, element) : NULL);

    if (p)
        step = CALL("_?_:_", 3, p, step, ident(x, ACCU));
    return done(x,
                loop(x, v, (mp__str){ 0 }, list_of(x, NULL), constant(x, mp__bool(true)), step,
                     ident(x, ACCU)),
                out);
}

/* cel.bind(v, init, body): a loop over nothing, whose accumulator is v. */
static mp_status bind(const expansion *x, mp__str v, mp__node *init, mp__node *body, mp__node **out)
{
    mp__node *node = mp__node_new(x->p->arena, MP__NODE_LOOP, x->offset);
    mp__loop *l = MP__NEW(x->p->arena, mp__loop);

    if (!node || !l || !init || !body)
        return mp__fail_nomem(x->p->err);
    l->range = list_of(x, NULL);
    l->condition = constant(x, mp__bool(false));
    l->step = ident(x, v);
    l->init = init;
    l->result = body;
    l->var = MP__STR("#unused");
    l->accu = v;
    l->bind = true;
    node->loop = l;
    return l->range && l->condition && l->step ? done(x, node, out) : mp__fail_nomem(x->p->err);
}

/* Member calls without arguments, for optMap. */
static mp__node *method(const expansion *x, mp__node *target, mp__str name)
{
    mp__node *call = mp__node_new(x->p->arena, MP__NODE_CALL, x->offset);

    if (!call || !target)
        return NULL;
    call->target = target;
    call->name = name;
    return call;
}

/*
 * opt.optMap(v, e): opt.hasValue() ? optional.of(bind(v, opt.value(), e)) : optional.none()
 * opt.optFlatMap(v, e): the same without optional.of
 *
 * cel-go repeats the operand, so that a chain of k calls makes 2^k copies.  Here the operand is
 * bound to a hidden name, whose every use is charged as if it were the operand.
 */
static mp_status expand_opt_map(const expansion *x, bool flat, mp__node **out)
{
    mp__node *held, *value, *some, *target = x->call->target;
    mp__str v;
    mp_status st = simple_name(x, 0, &v);
    bool simple = target->kind == MP__NODE_IDENT;
    char hidden_text[32];
    mp__str hidden = { 0 };

    if (st != MP_OK)
        return st;
    if (!simple) {
        int size = snprintf(hidden_text, sizeof hidden_text, "@target:%u", x->p->unique++);

        hidden.data = mp__arena_strdup(x->p->arena, hidden_text, (size_t)size);
        hidden.size = hidden.data ? (size_t)size : 0;
        if (!hidden.data)
            return mp__fail_nomem(x->p->err);
    }
    held = method(x, simple ? target : ident(x, hidden), MP__STR("hasValue"));
    value = method(x, simple ? target : ident(x, hidden), MP__STR("value"));
    st = bind(x, v, value, x->call->args.items[1], &some);
    if (st != MP_OK)
        return st;
    *out = CALL("_?_:_", 3, held, flat ? some : CALL("optional.of", 1, some),
                mp__node_call(x->p->arena, x->offset, MP__STR("optional.none"), 0));
    if (!*out)
        return mp__fail_nomem(x->p->err);
    if (simple)
        return MP_OK;
    st = bind(x, hidden, target, *out, out);
    if (st == MP_OK)
        (*out)->loop->repeat = true;
    return st;
}

/* ---- the forms of two variables that collect ---- */

/* Both names, which must differ. */
static mp_status variables(const expansion *x, mp__str *v, mp__str *v2)
{
    mp_status st = variable(x, 0, v);

    if (st == MP_OK)
        st = variable(x, 1, v2);
    if (st == MP_OK && mp__str_equal(*v, *v2))
        st = fail(x, x->call->args.items[1], "duplicate variable name");
    return st;
}

/* Steps on from `init` by `step` where p (NULL: always) holds. */
static mp_status collect(const expansion *x, mp__str v, mp__str v2, mp__node *init, mp__node *p,
                         mp__node *step, mp__node **out)
{
    if (p)
        step = CALL("_?_:_", 3, p, step, ident(x, ACCU));
    return done(x, loop(x, v, v2, init, constant(x, mp__bool(true)), step, ident(x, ACCU)), out);
}

/* transformList(i, v[, p], t): accu + [t]
 * transformMap(k, v[, p], t): accu and an entry k: t
 * transformMapEntry(k, v[, p], {..}): accu and those entries */
static mp_status expand_transform(const expansion *x, mp__node **out)
{
    size_t count = x->call->args.count;
    mp__node *p = count == 4 ? x->call->args.items[2] : NULL, *t = x->call->args.items[count - 1];
    mp__node *init = mp__node_new(x->p->arena, MP__NODE_MAP, x->offset), *step;
    mp__str v, v2;
    mp_status st = variables(x, &v, &v2);

    if (st != MP_OK)
        return st;
    if (mp__str_equal(x->call->name, MP__STR("transformList")))
        return collect(x, v, v2, list_of(x, NULL), p, CALL("_+_", 2, ident(x, ACCU), list_of(x, t)),
                       out);
    if (mp__str_equal(x->call->name, MP__STR("transformMap")))
        step = CALL("cel.@mapInsert", 3, ident(x, ACCU), ident(x, v), t);
    else
        step = CALL("cel.@mapInsert", 2, ident(x, ACCU), t);
    return collect(x, v, v2, init, p, step, out);
}

/* list.sortBy(v, key): the list is bound to a hidden name, and sorted by what map() makes of it. */
static mp_status expand_sort_by(const expansion *x, mp__node **out)
{
    mp__str input = MP__STR("@__sortBy_input__"), v;
    mp__node *target = x->call->target, *keys, *sorted;
    expansion inner = *x;
    mp__node call = *x->call;
    mp_status st = variable(x, 0, &v);

    if (st != MP_OK)
        return st;
    if (target->kind == MP__NODE_CONST || target->kind == MP__NODE_MAP ||
        target->kind == MP__NODE_STRUCT)
        return fail(x, target,
                    "sortBy can only be applied to a list, identifier, comprehension, call or "
                    "select expression");
    call.target = ident(x, input);
    inner.call = &call;
    if (!call.target)
        return mp__fail_nomem(x->p->err);
    st = collect(&inner, v, (mp__str){ 0 }, list_of(x, NULL), NULL,
                 CALL("_+_", 2, ident(x, ACCU), list_of(x, x->call->args.items[1])), &keys);
    if (st != MP_OK)
        return st;
    sorted = method(x, ident(x, input), MP__STR("@sortByAssociatedKeys"));
    if (!sorted || !mp__nodes_add(x->p->arena, &sorted->args, keys))
        return mp__fail_nomem(x->p->err);
    return bind(x, input, target, sorted, out);
}

/* ---- dispatch: by name, style and number of arguments ---- */

static mp_status expand_quantifier_call(const expansion *x, bool two, mp__node **out)
{
    mp__str v = { 0 }, v2 = { 0 }, name = x->call->name;
    mp__node *p = x->call->args.items[two ? 2 : 1];
    mp_status st = two ? variables(x, &v, &v2) : variable(x, 0, &v);

    if (st != MP_OK)
        return st;
    if (mp__str_equal(name, MP__STR("all")))
        return expand_quantifier(x, v, v2, p, true, out);
    if (mp__str_equal(name, MP__STR("exists")))
        return expand_quantifier(x, v, v2, p, false, out);
    return expand_exists_one(x, v, v2, p, out);
}

static mp_status expand_map(const expansion *x, mp__node **out)
{
    bool filtered = x->call->args.count == 3;
    mp__str v;
    mp_status st = variable(x, 0, &v);

    return st == MP_OK ? expand_collect(x, v, filtered ? x->call->args.items[1] : NULL,
                                        x->call->args.items[filtered ? 2 : 1], out)
                       : st;
}

static mp_status expand_filter(const expansion *x, mp__node **out)
{
    mp__str v;
    mp_status st = variable(x, 0, &v);

    return st == MP_OK ? expand_collect(x, v, x->call->args.items[1], ident(x, v), out) : st;
}

static mp_status expand_bind(const expansion *x, mp__node **out)
{
    mp__str v;
    mp_status st = simple_name(x, 0, &v);

    return st == MP_OK ? bind(x, v, x->call->args.items[1], x->call->args.items[2], out) : st;
}

static bool is_quantifier(mp__str name, size_t args)
{
    if (mp__str_equal(name, MP__STR("all")) || mp__str_equal(name, MP__STR("exists")) ||
        mp__str_equal(name, MP__STR("exists_one")))
        return args == 2 || args == 3;
    return mp__str_equal(name, MP__STR("existsOne")) && args == 3;
}

static bool is_transform(mp__str name)
{
    return mp__str_equal(name, MP__STR("transformList")) ||
           mp__str_equal(name, MP__STR("transformMap")) ||
           mp__str_equal(name, MP__STR("transformMapEntry"));
}

mp_status mp__expand_macro(mp__parser *parser, mp__node *call, mp__node **out)
{
    expansion x = { parser, call, call->offset };
    mp__str name = call->name;
    size_t args = call->args.count;

    *out = NULL;
    if (!call->target)
        return args == 1 && !call->rooted && mp__str_equal(name, MP__STR("has"))
                   ? expand_has(&x, out)
                   : MP_OK;
    if (call->target->kind == MP__NODE_IDENT && !call->target->rooted && args == 3 &&
        mp__str_equal(call->target->name, MP__STR("cel")) && mp__str_equal(name, MP__STR("bind")))
        return expand_bind(&x, out);
    if (is_quantifier(name, args) && (args == 2 || parser->release >= 32))
        return expand_quantifier_call(&x, args == 3, out);
    if (mp__str_equal(name, MP__STR("map")) && (args == 2 || args == 3))
        return expand_map(&x, out);
    if (mp__str_equal(name, MP__STR("filter")) && args == 2)
        return expand_filter(&x, out);
    if (mp__str_equal(name, MP__STR("optMap")) && args == 2)
        return expand_opt_map(&x, false, out);
    if (mp__str_equal(name, MP__STR("optFlatMap")) && args == 2)
        return expand_opt_map(&x, true, out);
    if (is_transform(name) && (args == 3 || args == 4) && parser->release >= 32)
        return expand_transform(&x, out);
    if (mp__str_equal(name, MP__STR("sortBy")) && args == 2 && parser->release >= 34)
        return expand_sort_by(&x, out);
    return MP_OK;
}

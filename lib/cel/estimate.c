/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a selector costs at best and at worst, from its checked tree alone.
 *
 * Follows cel-go's estimator step by step, with what Kubernetes adds: sizes are ranges, known from
 * literals, from functions that make them, and from where below the device a value stands.  An
 * answer for a variable depends on the scope at the time it is asked for, so scopes are a stack of
 * names here too.
 */
#include "estimate_internal.h"

typedef struct local {
    mp__str name;
    mp__measure known;
    mp__range cost; /* of a hidden operand, which costs at every use what it costs itself */
    bool repeat;
    struct local *outer;
} local;

typedef struct estimator {
    mp__arena *arena;
    const mp_cel_env *env;
    local *locals;
    mp__measure spare; /* of nodes for which there is no memory; then the whole fails */
} estimator;

static mp__range cost_of(estimator *e, mp__node *node);

/* ---- ranges ---- */

static uint64_t sum(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t product(uint64_t a, uint64_t b)
{
    return b && a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

static uint64_t scale(uint64_t n, double factor)
{
    const double two64 = 18446744073709551616.0;
    double p = (double)n * factor;
    uint64_t whole;

    if (p >= two64 || (n && factor > 0 && (double)n > two64 / factor))
        return UINT64_MAX;
    whole = (uint64_t)p;
    return whole + ((double)whole < p);
}

mp__range mp__range_add(mp__range a, mp__range b)
{
    return (mp__range){ sum(a.min, b.min), sum(a.max, b.max) };
}

mp__range mp__range_times(mp__range a, mp__range b)
{
    return (mp__range){ product(a.min, b.min), product(a.max, b.max) };
}

mp__range mp__range_union(mp__range a, mp__range b)
{
    return (mp__range){ a.min < b.min ? a.min : b.min, a.max > b.max ? a.max : b.max };
}

mp__range mp__range_scale(mp__range a, double factor)
{
    return (mp__range){ scale(a.min, factor), scale(a.max, factor) };
}

static mp__range fixed(uint64_t n)
{
    return (mp__range){ n, n };
}

/* ---- places below the device ---- */

mp__place mp__place_values(mp__place place)
{
    switch (place) {
    case MP__PLACE_ATTRIBUTES:
        return MP__PLACE_ATTRIBUTE_IDS;
    case MP__PLACE_ATTRIBUTE_IDS:
        return MP__PLACE_ATTRIBUTE;
    case MP__PLACE_CAPACITY:
        return MP__PLACE_CAPACITY_IDS;
    case MP__PLACE_CAPACITY_IDS:
        return MP__PLACE_QUANTITY;
    default:
        return MP__PLACE_NONE;
    }
}

mp__place mp__place_keys(mp__place place)
{
    switch (place) {
    case MP__PLACE_ATTRIBUTES:
    case MP__PLACE_CAPACITY:
        return MP__PLACE_DOMAIN;
    case MP__PLACE_ATTRIBUTE_IDS:
    case MP__PLACE_CAPACITY_IDS:
        return MP__PLACE_ID;
    default:
        return MP__PLACE_NONE;
    }
}

mp__place mp__place_field(mp__place place, mp__str name)
{
    if (place == MP__PLACE_ATTRIBUTE_IDS)
        return MP__PLACE_ATTRIBUTE;
    if (place != MP__PLACE_DEVICE)
        return MP__PLACE_NONE; /* a domain or a capacity by name is not known */
    if (mp__str_equal(name, MP__STR("driver")))
        return MP__PLACE_DRIVER;
    if (mp__str_equal(name, MP__STR("attributes")))
        return MP__PLACE_ATTRIBUTES;
    if (mp__str_equal(name, MP__STR("capacity")))
        return MP__PLACE_CAPACITY;
    return MP__PLACE_MULTIPLE;
}

bool mp__place_size(mp__place place, mp__range *size)
{
    /* The limits that Kubernetes sets on a device's parts. */
    static const uint64_t most[] = {
        [MP__PLACE_NONE] = 0,       [MP__PLACE_DEVICE] = 0,      [MP__PLACE_DRIVER] = 63,
        [MP__PLACE_MULTIPLE] = 1,   [MP__PLACE_ATTRIBUTES] = 32, [MP__PLACE_ATTRIBUTE_IDS] = 32,
        [MP__PLACE_ATTRIBUTE] = 64, [MP__PLACE_CAPACITY] = 32,   [MP__PLACE_CAPACITY_IDS] = 32,
        [MP__PLACE_QUANTITY] = 0,   [MP__PLACE_DOMAIN] = 63,     [MP__PLACE_ID] = 32,
    };

    *size = (mp__range){ 0, most[place] };
    return place != MP__PLACE_NONE;
}

/* ---- what is known of a node ---- */

static local *find(const estimator *e, mp__str name)
{
    for (local *l = e->locals; l; l = l->outer)
        if (mp__str_equal(l->name, name))
            return l;
    return NULL;
}

static local *local_of(const estimator *e, const mp__node *node)
{
    return node->kind == MP__NODE_IDENT ? find(e, node->name) : NULL;
}

static mp__measure *known(mp__node *node)
{
    return node->measure;
}

static mp__place place_of(const estimator *e, mp__node *node)
{
    const local *l = local_of(e, node);

    return l ? l->known.place : known(node)->place;
}

static bool literal_size(const mp__node *node, mp__range *size)
{
    switch (node->kind) {
    case MP__NODE_CONST:
        *size = fixed(1);
        if (node->value.kind == MP__STRING)
            *size = fixed(mp__utf8_count(node->value.as.text, node->value.size));
        else if (node->value.kind == MP__BYTES)
            *size = fixed(node->value.size);
        return true;
    case MP__NODE_LIST:
        *size = fixed(node->args.count);
        return true;
    case MP__NODE_MAP:
        *size = fixed(node->args.count / 2);
        return true;
    default:
        return false;
    }
}

static bool is_scalar(const mp__type *type)
{
    if (type->kind == MP__TYPE_WRAPPER)
        type = type->a;
    switch (type->kind) {
    case MP__TYPE_BOOL:
    case MP__TYPE_INT:
    case MP__TYPE_UINT:
    case MP__TYPE_DOUBLE:
    case MP__TYPE_TIMESTAMP:
    case MP__TYPE_DURATION:
        return true;
    default:
        return false;
    }
}

/* The size of a node, as far as it is known now. */
static bool size_of(const estimator *e, mp__node *node, mp__range *size)
{
    mp__measure *m = known(node);
    const mp__type *type = node->type;
    const local *l;

    if (m->sized) {
        *size = m->size;
        return true;
    }
    if (literal_size(node, size))
        return true;
    if (mp__place_size(place_of(e, node), size)) {
        m->sized = true;
        m->size = *size;
        return true;
    }
    while (type->kind == MP__TYPE_OPTIONAL)
        type = type->a;
    if (is_scalar(type)) {
        *size = fixed(1);
        return true;
    }
    l = local_of(e, node);
    if (!l || !l->known.sized)
        return false;
    *size = l->known.size;
    return true;
}

static mp__range size_or_any(const estimator *e, mp__node *node)
{
    mp__range size;

    return size_of(e, node, &size) ? size : MP__ANY_SIZE;
}

static void set_size(mp__node *node, mp__range size)
{
    known(node)->sized = true;
    known(node)->size = size;
}

/* What holds the entry sizes of a node, or NULL. */
static const mp__measure *entries_of(const estimator *e, mp__node *node)
{
    const local *l;

    if (known(node)->has_entry)
        return known(node);
    l = local_of(e, node);
    return l && l->known.has_entry ? &l->known : NULL;
}

static void set_entries(mp__node *node, const mp__measure *from)
{
    mp__measure *m = known(node);

    if (!from)
        return;
    m->has_entry = true;
    m->container = from->container;
    m->key = from->key;
    m->value = from->value;
}

/* A container made of two. */
static void set_entries_union(mp__node *node, const mp__measure *a, const mp__measure *b)
{
    mp__measure both;

    if (!a || !b)
        return;
    both = *a;
    both.key = mp__range_union(a->key, b->key);
    both.value = mp__range_union(a->value, b->value);
    set_entries(node, &both);
}

/* ---- scopes ---- */

static local *push(estimator *e, mp__str name, mp__place place)
{
    local *l = MP__NEW(e->arena, local);

    if (!l)
        return NULL;
    l->name = name;
    l->known.place = place;
    l->outer = e->locals;
    e->locals = l;
    return l;
}

static void pop(estimator *e)
{
    if (e->locals)
        e->locals = e->locals->outer;
}

/* A variable that stands for an expression. */
static local *push_value(estimator *e, mp__str name, mp__node *value)
{
    const mp__measure *entries = entries_of(e, value);
    mp__range size;
    bool sized = size_of(e, value, &size);
    local *l = push(e, name, place_of(e, value));

    if (!l)
        return NULL;
    l->known.sized = sized;
    l->known.size = sized ? size : MP__ANY_SIZE;
    if (entries) {
        l->known.has_entry = true;
        l->known.container = entries->container;
        l->known.key = entries->key;
        l->known.value = entries->value;
    }
    return l;
}

/* A variable that runs over a range: `index` binds positions and keys, `item` the values; with
 * neither, what a loop with one variable binds. */
typedef enum role { ROLE_SINGLE, ROLE_INDEX, ROLE_ITEM } role;

static void push_iteration(estimator *e, mp__str name, mp__node *range, role r)
{
    const mp__measure *entries = entries_of(e, range);
    bool list = (entries ? entries->container : range->type->kind) == MP__TYPE_LIST;
    bool value = r == ROLE_ITEM || (r == ROLE_SINGLE && list);
    mp__place at = place_of(e, range);
    local *l;

    at = value ? mp__place_values(at)
               : (list ? mp__place_field(at, MP__STR("@indices")) : mp__place_keys(at));
    l = push(e, name, at);
    if (l && entries) {
        l->known.sized = true;
        l->known.size = value ? entries->value : entries->key;
    }
}

/* ---- costs of nodes ---- */

static mp__range cost_ident(estimator *e, mp__node *node)
{
    local *l = find(e, node->name);

    if (!l) {
        known(node)->place = e->env->dra && mp__str_equal(node->name, MP__STR("device"))
                                 ? MP__PLACE_DEVICE
                                 : MP__PLACE_NONE;
        return fixed(1);
    }
    known(node)->place = l->known.place;
    return l->repeat ? l->cost : fixed(1);
}

static mp__range cost_select(estimator *e, mp__node *node)
{
    mp__range cost = cost_of(e, node->target);

    if (node->test)
        return cost;
    switch (node->target->type->kind) {
    case MP__TYPE_MAP:
    case MP__TYPE_DEVICE:
    case MP__TYPE_QUANTITY:
    case MP__TYPE_SEMVER:
    case MP__TYPE_VAR:
        cost = mp__range_add(cost, fixed(1));
        break;
    default:
        break;
    }
    known(node)->place = mp__place_field(place_of(e, node->target), node->name);
    return cost;
}

/* A list's items, or a map's keys and values. */
static mp__range cost_container(estimator *e, mp__node *node)
{
    bool map = node->kind == MP__NODE_MAP;
    mp__range cost = fixed(map ? 30 : 10), sizes[2];
    mp__measure entries = { 0 };

    sizes[0] = sizes[1] = (mp__range){ node->args.count ? UINT64_MAX : 0, 0 };
    for (size_t i = 0; i < node->args.count; i++) {
        mp__range *into = &sizes[map ? i % 2 : 1];

        cost = mp__range_add(cost, cost_of(e, node->args.items[i]));
        *into = mp__range_union(*into, size_or_any(e, node->args.items[i]));
    }
    entries.container = map ? MP__TYPE_MAP : MP__TYPE_LIST;
    entries.key = map ? sizes[0] : fixed(1);
    entries.value = sizes[1];
    set_entries(node, &entries);
    return cost;
}

static mp__range cost_message(estimator *e, mp__node *node)
{
    mp__range cost = fixed(40);

    for (size_t i = 1; i < node->args.count; i += 2)
        cost = mp__range_add(cost, cost_of(e, node->args.items[i]));
    return cost;
}

/* A bound variable's expression is charged once, and 10 for the empty list it is looped over. */
static mp__range cost_bind(estimator *e, mp__node *node)
{
    mp__loop *b = node->loop;
    mp__range init, cost, size;
    local *l;

    init = cost_of(e, b->init);
    cost = b->repeat ? fixed(0) : mp__range_add(cost_of(e, b->range), init);
    l = push_value(e, b->accu, b->init);
    if (l && b->repeat) {
        l->repeat = true;
        l->cost = init;
    }
    cost = mp__range_add(cost, cost_of(e, b->result));
    pop(e);
    if (size_of(e, b->result, &size))
        set_size(node, size);
    set_entries(node, entries_of(e, b->result));
    return cost;
}

static mp__range cost_loop(estimator *e, mp__node *node)
{
    mp__loop *l = node->loop;
    mp__range cost, body, count, size;

    if (l->bind)
        return cost_bind(e, node);
    cost = mp__range_add(cost_of(e, l->range), cost_of(e, l->init));
    push_value(e, l->accu, l->init);
    push_iteration(e, l->var, l->range, l->var2.data ? ROLE_INDEX : ROLE_SINGLE);
    if (l->var2.data)
        push_iteration(e, l->var2, l->range, ROLE_ITEM);
    body = cost_of(e, l->condition);
    body = mp__range_add(cost_of(e, l->step), body);
    if (l->var2.data)
        pop(e);
    pop(e);
    cost = mp__range_add(cost, cost_of(e, l->result));
    pop(e);
    count = size_or_any(e, l->range);
    cost = mp__range_add(cost, mp__range_times(count, body));
    if (l->init->kind == MP__NODE_CONST && size_of(e, l->init, &size))
        set_size(node, size);
    if (l->init->kind == MP__NODE_LIST || l->init->kind == MP__NODE_MAP) {
        set_size(node, count);
        set_entries(node, entries_of(e, l->step));
    }
    return cost;
}

/* ---- calls ---- */

#define OPERANDS_MAX 4

typedef struct operands {
    mp__operand target, args[OPERANDS_MAX];
    mp__range costs[OPERANDS_MAX];
    mp__range sum; /* of the arguments' costs */
    size_t count;
} operands;

static mp__operand operand(const estimator *e, mp__node *node)
{
    mp__operand o = { node, node->type, place_of(e, node), false, MP__ANY_SIZE };

    o.sized = size_of(e, node, &o.size);
    if (!o.sized)
        o.size = MP__ANY_SIZE;
    return o;
}

static void gather(estimator *e, mp__node *node, operands *o)
{
    o->sum = fixed(0);
    o->count = node->args.count < OPERANDS_MAX ? node->args.count : OPERANDS_MAX;
    for (size_t i = 0; i < o->count; i++) {
        o->costs[i] = cost_of(e, node->args.items[i]);
        o->args[i] = operand(e, node->args.items[i]);
        o->sum = mp__range_add(o->sum, o->costs[i]);
    }
}

/* One overload of the call, its arguments included. */
static mp__call_estimate cost_overload(estimator *e, mp__node *node, const mp__function *row,
                                       const operands *o)
{
    const char *name = row->name;
    mp__call_estimate out;

    if (strcmp(name, "_&&_") == 0 || strcmp(name, "_||_") == 0) {
        out.cost.min = o->costs[0].min;
        out.cost.max = sum(o->costs[0].max, o->costs[1].max);
        out.sized = false;
        return out;
    }
    if (strcmp(name, "_?_:_") == 0) {
        set_entries_union(node, entries_of(e, node->args.items[1]),
                          entries_of(e, node->args.items[2]));
        out.cost = mp__range_add(o->costs[0], mp__range_union(o->costs[1], o->costs[2]));
        out.sized = true;
        out.size = mp__range_union(o->args[1].size, o->args[2].size);
        return out;
    }
    if (strcmp(name, "_+_") == 0 &&
        (row->params[0]->kind == MP__TYPE_LIST || row->params[0]->kind == MP__TYPE_STRING ||
         row->params[0]->kind == MP__TYPE_BYTES))
        set_entries_union(node, entries_of(e, node->args.items[0]),
                          entries_of(e, node->args.items[1]));
    out = mp__estimate_function(row, node->target ? &o->target : NULL, o->args, o->count);
    out.cost = mp__range_add(out.cost, o->sum);
    return out;
}

/* Where an index leads, if the overload is one of a list or a map; its size is the entries'. */
static bool index_entry(estimator *e, mp__node *node, const mp__function *row, bool *sized,
                        mp__range *size)
{
    const mp__measure *entries;
    mp__node *from;

    if (strcmp(row->name, "_[_]") != 0 || row->params[0]->kind == MP__TYPE_OPTIONAL)
        return false;
    from = node->args.items[0];
    entries = entries_of(e, from);
    *sized = entries != NULL;
    if (entries)
        *size = entries->value;
    known(node)->place = mp__place_values(place_of(e, from));
    return true;
}

static mp__range cost_overloads(estimator *e, mp__node *node, const operands *o)
{
    mp__range cost = { UINT64_MAX, 0 }, size = { 0, 0 };
    bool has_size = false;

    for (size_t i = 0; i < node->overload_count; i++) {
        mp__call_estimate one = cost_overload(e, node, node->overloads[i], o);

        cost = mp__range_union(cost, one.cost);
        if (one.sized)
            size = has_size ? mp__range_union(size, one.size) : one.size;
        has_size = has_size || one.sized;
        index_entry(e, node, node->overloads[i], &has_size, &size);
        if (!has_size)
            has_size = size_of(e, node, &size);
    }
    if (has_size)
        set_size(node, size);
    return cost;
}

static mp__range cost_call(estimator *e, mp__node *node)
{
    mp__range cost, size;
    operands o;

    if (mp__str_equal(node->name, MP__STR("_?._")))
        return mp__range_add(fixed(1), cost_of(e, node->args.items[0]));
    if (mp__str_equal(node->name, MP__STR("dyn")) && node->args.count == 1) {
        mp__node *arg = node->args.items[0];

        cost = mp__range_add(fixed(1), cost_of(e, arg));
        if (size_of(e, arg, &size))
            set_size(node, size);
        set_entries(node, entries_of(e, arg));
        return cost;
    }
    gather(e, node, &o);
    if (!node->target)
        return cost_overloads(e, node, &o);
    cost = cost_of(e, node->target);
    o.target = operand(e, node->target);
    return mp__range_add(cost, cost_overloads(e, node, &o));
}

static mp__range cost_of(estimator *e, mp__node *node)
{
    if (!node->measure)
        node->measure = MP__NEW(e->arena, mp__measure);
    if (!node->measure)
        node->measure = &e->spare;
    if (e->arena->failed)
        return fixed(0);
    switch (node->kind) {
    case MP__NODE_CONST:
        return fixed(0);
    case MP__NODE_IDENT:
        return cost_ident(e, node);
    case MP__NODE_SELECT:
        return cost_select(e, node);
    case MP__NODE_CALL:
        return cost_call(e, node);
    case MP__NODE_LIST:
    case MP__NODE_MAP:
        return cost_container(e, node);
    case MP__NODE_STRUCT:
        return cost_message(e, node);
    case MP__NODE_LOOP:
        return cost_loop(e, node);
    }
    return fixed(0);
}

/* ---- from text ---- */

mp_status mp_cel_estimate(const mp_cel_env *env, const char *source, size_t size, mp_cel_cost *out,
                          mp_error *err)
{
    mp__str text = mp__str_make(source, size);
    estimator e = { 0 };
    const mp__type *type;
    mp__range cost = { 0, 0 };
    mp__arena scratch;
    mp__node *root;
    uint32_t slots;
    mp_status st;

    mp__error_clear(err);
    *out = (mp_cel_cost){ 0, 0 };
    mp__arena_init(&scratch, &env->alloc);
    e.arena = &scratch;
    e.env = env;
    st = mp__cel_read(&scratch, env, text, &root, &type, &slots, err);
    if (st == MP_OK) {
        cost = cost_of(&e, root);
        if (scratch.failed)
            st = mp__fail_nomem(err);
    }
    mp__arena_fini(&scratch);
    if (st == MP_OK)
        *out = (mp_cel_cost){ cost.min, cost.max };
    return st;
}

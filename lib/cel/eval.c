/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine: runs a program on a device, or on bound variables, and counts what it costs.
 *
 * An error is a value of its own, so that && and || can absorb it.  Out of memory and a spent
 * budget are errors too, but nothing absorbs them: `status` says so and every loop looks at it.
 *
 * Costs: a variable 1, each selection or index 1 (and 1 more for the first on a computed value), a
 * list 10, a map 30, a call by its function's formula.  Constants are free.
 */
#include "message_internal.h"

/* Costs follow cel-go, where some calls take more time or memory than they are charged for.  These
 * keep one evaluation within reason: comparisons and visits beyond those paid for, and bytes. */
#define WORK_MAX 20000000
#define MEMORY_MAX ((size_t)64 << 20)

static mp__value eval(mp__machine *m, const mp__insn *i);

bool mp__work(mp__machine *m, size_t steps)
{
    if (m->status != MP_OK)
        return false;
    m->work += steps;
    if (m->work > WORK_MAX || m->arena.total > MEMORY_MAX)
        m->status = MP_EBUDGET;
    return m->status == MP_OK;
}

void mp__machine_init(mp__machine *m, const mp_allocator *alloc, const mp_cel *cel)
{
    memset(m, 0, offsetof(mp__machine, slot_room));
    m->cel = cel;
    m->cost = 0;
    m->work = 0;
    m->limit = MP__COST_LIMIT;
    m->status = MP_OK;
    m->calling = NULL;
    m->zones = NULL;
    m->slots = m->slot_room;
    mp__arena_init(&m->arena, alloc);
}

void mp__machine_fini(mp__machine *m)
{
    mp__arena_fini(&m->arena);
}

mp__value mp__abort(mp__machine *m, const char *reason)
{
    if (m->status == MP_OK) {
        m->status = MP_EEVAL;
        m->reason = reason;
    }
    return mp__error(MP__FAIL_STOPPED, (mp__str){ 0 });
}

static mp__value stopped(void)
{
    return mp__error(MP__FAIL_STOPPED, (mp__str){ 0 });
}

static bool charge(mp__machine *m, uint64_t cost)
{
    if (m->status != MP_OK)
        return false;
    m->cost = cost > UINT64_MAX - m->cost ? UINT64_MAX : m->cost + cost;
    if (m->cost > m->limit || m->arena.total > MEMORY_MAX)
        m->status = MP_EBUDGET;
    return m->status == MP_OK;
}

static mp__value no_overload(mp__str function)
{
    return mp__error(MP__FAIL_NO_OVERLOAD, function);
}

static mp__value no_key(mp__machine *m, const mp__value *key)
{
    char text[32];
    size_t size;

    switch (key->kind) {
    case MP__STRING:
        return mp__error(MP__FAIL_NO_KEY, mp__text_of(key));
    case MP__INT: {
        /* A number as text needs memory; a failed lookup is no common form. */
        uint64_t rest =
            key->as.integer < 0 ? 0 - key->as.unsigned_integer : key->as.unsigned_integer;
        mp__value name;

        size = sizeof text;
        do
            text[--size] = (char)('0' + rest % 10);
        while ((rest /= 10) > 0);
        if (key->as.integer < 0)
            text[--size] = '-';
        name = mp__make_text(m, MP__STRING, text + size, sizeof text - size);
        return name.kind == MP__STRING ? mp__error(MP__FAIL_NO_KEY, mp__text_of(&name)) : name;
    }
    default:
        return mp__error(MP__FAIL_NO_KEY, mp__str_make(mp__kind_name(key), MP_NTS));
    }
}

/* ---- steps: selections and indices ---- */

/* The int that a value is as an index: an int, or a uint or whole double that came through dyn. */
static bool as_index(const mp__value *v, int64_t *out)
{
    if (v->kind == MP__INT)
        *out = v->as.integer;
    else if (v->kind == MP__UINT && v->as.unsigned_integer <= INT64_MAX)
        *out = (int64_t)v->as.unsigned_integer;
    else if (v->kind == MP__DOUBLE && v->as.number >= -9e15 && v->as.number <= 9e15 &&
             (double)(int64_t)v->as.number == v->as.number)
        *out = (int64_t)v->as.number;
    else
        return false;
    return true;
}

typedef enum step { STEP_FOUND, STEP_ABSENT, STEP_ERROR } step;

/* One step into a value by a key: *out is what is there, or the error of a miss. */
static step take_step(mp__machine *m, const mp__value *from, const mp__value *key, mp__value *out)
{
    bool found;
    int64_t index;

    if (!mp__may_be_key(key)) {
        *out = mp__error(MP__FAIL_TEXT, MP__STR("invalid qualifier type"));
        return STEP_ERROR;
    }
    if (mp__is_mapping(from)) {
        *out = mp__map_lookup(m, from, key, &found);
        if (found)
            return STEP_FOUND;
        *out = no_key(m, key);
        return STEP_ABSENT;
    }
    if (from->kind == MP__LIST) {
        if (!as_index(key, &index)) {
            *out = no_overload(MP__STR("_[_]"));
            return STEP_ERROR;
        }
        if (index >= 0 && (uint64_t)index < from->as.list->count) {
            *out = from->as.list->items[index];
            return STEP_FOUND;
        }
        *out = mp__error(MP__FAIL_INDEX, (mp__str){ 0 });
        out->as.integer = index;
        return STEP_ABSENT;
    }
    *out = no_overload(MP__STR("_[_]"));
    return STEP_ABSENT; /* into a scalar: nothing there, and an error where that matters */
}

/* Whether steps from the operand's value go into what it holds: it is the start of a chain, or a
 * step of this chain made it optional.  A map's value that happens to be optional is not entered.
 */
static bool enters(const mp__insn *operand, const mp__value *from)
{
    bool inner = operand->op == MP__OP_SELECT || operand->op == MP__OP_INDEX ||
                 operand->op == MP__OP_OPT_SELECT || operand->op == MP__OP_OPT_INDEX;

    return from->kind == MP__OPTIONAL && (!inner || from->chained);
}

/* What steps into none give: none again, for all the steps to come. */
static mp__value no_step(mp__machine *m)
{
    mp__value none = mp__make_optional(m, NULL);

    none.chained = true;
    return none;
}

/*
 * `from` stepped into by `key`.  Once a value is optional it stays so: what is absent is none, and
 * what is there is wrapped.
 */
static mp__value step_into(mp__machine *m, const mp__insn *i, const mp__value *from,
                           const mp__value *key)
{
    bool optional = i->op == MP__OP_OPT_SELECT || i->op == MP__OP_OPT_INDEX;
    mp__value out;
    step s;

    if (enters(i->args[0], from)) {
        if (!from->as.optional)
            return no_step(m);
        from = from->as.optional;
        optional = true;
    }
    s = take_step(m, from, key, &out);
    if (!optional || s == STEP_FOUND)
        charge(m, 1);
    if (!optional || s == STEP_ERROR)
        return out;
    out = mp__make_optional(m, s == STEP_FOUND ? &out : NULL);
    out.chained = true;
    return out;
}

/* A computed operand costs one more at its first step. */
static void charge_wrapper(mp__machine *m, const mp__insn *operand)
{
    if (operand->path == MP__PATH_NONE)
        charge(m, 1);
}

static mp__value eval_select(mp__machine *m, const mp__insn *i)
{
    mp__value from = eval(m, i->args[0]), key = mp__string(i->as.select.name);

    charge_wrapper(m, i->args[0]);
    return from.kind == MP__ERROR ? from : step_into(m, i, &from, &key);
}

/* A path without the charge for its base, which is the first it makes. */
static mp__value eval_without_base(mp__machine *m, const mp__insn *i)
{
    mp__value v;

    if (i->path != MP__PATH_BASE)
        return eval(m, i);
    m->limit++;
    v = eval(m, i);
    m->limit--;
    m->cost--;
    return v;
}

static mp__value eval_index(mp__machine *m, const mp__insn *i)
{
    mp__value from = eval(m, i->args[0]), key;
    bool optional = i->op == MP__OP_OPT_INDEX;

    charge_wrapper(m, i->args[0]);
    if (from.kind == MP__ERROR)
        return from;
    if (enters(i->args[0], &from)) {
        if (!from.as.optional)
            return no_step(m); /* the index is not looked at */
        optional = true;
    }
    key = eval_without_base(m, i->args[1]);
    if (key.kind != MP__ERROR)
        return step_into(m, i, &from, &key);
    if (!optional)
        charge(m, 1);
    return key;
}

static mp__value eval_lookup(mp__machine *m, const mp__insn *i)
{
    const mp__domains *domains = i->slot ? &m->device->capacity : &m->device->attributes;
    const mp__value *v = mp__domains_find(domains, *i->as.select.domain, i->as.select.name);

    charge(m, 4); /* device, field, domain, id */
    return v ? *v : mp__error(MP__FAIL_NO_KEY, i->as.select.name);
}

static mp__value eval_field(mp__machine *m, const mp__insn *i)
{
    mp__value device = { 0 }, key = mp__string(i->as.select.name);
    bool found;

    charge(m, 2);
    device.kind = MP__DEVICE;
    device.as.device = m->device;
    return mp__map_lookup(m, &device, &key, &found);
}

/* A ternary has no base to be free of, but cel-go takes the 1 off all the same, and may go below 0,
 * which is above every limit. */
static void uncharge_conditional(mp__machine *m, const mp__insn *operand)
{
    if (operand->path != MP__PATH_CONDITIONAL || m->status != MP_OK)
        return;
    if (m->cost == 0)
        charge(m, UINT64_MAX);
    else
        m->cost--;
}

/* Whether the operand has the field: a bool, or an optional one where an optional step came before.
 */
static mp__value find_field(mp__machine *m, const mp__insn *i)
{
    mp__value from = eval_without_base(m, i->args[0]), key = mp__string(i->as.select.name);
    bool found = false, optional = enters(i->args[0], &from);
    mp__value yes = mp__bool(true);

    if (from.kind == MP__ERROR)
        return from;
    if (optional) {
        if (!from.as.optional)
            return from;
        from = *from.as.optional;
    }
    if (mp__is_mapping(&from))
        (void)mp__map_lookup(m, &from, &key, &found);
    if (found || !optional)
        charge(m, 1);
    if (from.kind == MP__LIST)
        return no_overload(MP__STR("_[_]")); /* a name is no index */
    return optional ? mp__make_optional(m, found ? &yes : NULL) : mp__bool(found);
}

static mp__value has_field(mp__machine *m, const mp__insn *i)
{
    mp__value v = find_field(m, i);

    uncharge_conditional(m, i->args[0]);
    return v;
}

static mp__value eval_has(mp__machine *m, const mp__insn *i)
{
    mp__value v = has_field(m, i);

    return v.kind == MP__OPTIONAL ? mp__bool(v.as.optional != NULL) : v;
}

/* ---- logic ---- */

static bool is_bool(const mp__value *v, bool b)
{
    return v->kind == MP__BOOL && v->as.boolean == b;
}

/* `decides` (false for &&, true for ||) on any side wins over whatever the others are; else the
 * first that is no bool is what failed. */
static mp__value eval_logic(mp__machine *m, const mp__insn *i, bool decides)
{
    mp__value first = mp__bool(!decides);

    for (size_t k = 0; k < i->arg_count; k++) {
        mp__value v = eval(m, i->args[k]);

        if (is_bool(&v, decides) || m->status != MP_OK)
            return v;
        if (first.kind == MP__BOOL)
            first = v;
    }
    if (first.kind == MP__BOOL || first.kind == MP__ERROR)
        return first;
    return no_overload(decides ? MP__STR("_||_") : MP__STR("_&&_"));
}

static mp__value eval_ternary(mp__machine *m, const mp__insn *i)
{
    mp__value condition = eval(m, i->args[0]);
    const mp__insn *branch;

    if (condition.kind == MP__ERROR)
        return condition;
    if (condition.kind != MP__BOOL)
        return no_overload(MP__STR("_?_:_"));
    branch = i->args[condition.as.boolean ? 1 : 2];
    /* A branch that is a bare path does not pay for its base variable; has() as a branch gives an
     * optional where an optional step came before. */
    return branch->op == MP__OP_HAS ? has_field(m, branch) : eval_without_base(m, branch);
}

/* opt.or(other), opt.orValue(other): the other is evaluated only for none. */
static mp__value eval_opt_or(mp__machine *m, const mp__insn *i, bool value)
{
    mp__value left = eval(m, i->args[0]);

    if (left.kind == MP__ERROR)
        return left;
    if (left.kind != MP__OPTIONAL)
        return no_overload(value ? MP__STR("orValue") : MP__STR("or"));
    if (left.as.optional)
        return value ? *left.as.optional : left;
    return eval(m, i->args[1]);
}

/* ---- equality ---- */

static uint64_t tenth(uint64_t n)
{
    return n / 10 + (n % 10 > 0);
}

static mp__value eval_equal(mp__machine *m, const mp__insn *i, bool negate)
{
    mp__value a = eval(m, i->args[0]), b = eval(m, i->args[1]), v;
    uint64_t x, y;

    if (!negate && mp__is_opaque(&a)) {
        charge(m, 1);
    } else {
        x = mp__cost_size(&a);
        y = mp__cost_size(&b);
        charge(m, tenth(x < y ? x : y));
    }
    if (m->status != MP_OK)
        return stopped();
    if (a.kind == MP__ERROR)
        return a;
    if (b.kind == MP__ERROR)
        return b;
    v = mp__equal(m, &a, &b);
    if (!negate)
        return v;
    return mp__bool(!is_bool(&v, true));
}

/* x in a constant list of scalars.  What cel-go cannot hash fails; what is no scalar is absent. */
static mp__value eval_in_const(mp__machine *m, const mp__insn *i)
{
    mp__value x = eval(m, i->args[0]);

    if (x.kind == MP__ERROR)
        return x;
    if (!mp__has_hash(&x))
        return mp__abort(m, mp__no_hash);
    return mp__bool(mp__set_has(i->as.call.prepared, &x));
}

/* ---- calls ---- */

/* Strings a tenth of their bytes, other scalars 1, summed over lists and maps. */
static uint64_t traversal(mp__machine *m, const mp__value *v)
{
    uint64_t sum = 0;

    if (!mp__work(m, 1))
        return 0;
    if (v->kind == MP__STRING || v->kind == MP__BYTES)
        return v->size / 10;
    if (v->kind == MP__LIST) {
        for (size_t i = 0; i < v->as.list->count; i++)
            sum += traversal(m, &v->as.list->items[i]);
        return sum;
    }
    if (!mp__is_mapping(v))
        return 1;
    for (size_t i = 0; i < mp__mapping_size(v); i++) {
        mp__value key, value;

        mp__mapping_at(v, i, &key, &value);
        sum += traversal(m, &key) + traversal(m, &value);
    }
    return sum;
}

static uint64_t times(uint64_t a, uint64_t b)
{
    return a && b > UINT64_MAX / a ? UINT64_MAX : a * b;
}

/* A product as cel-go takes it, through a double. */
static uint64_t scaled(double factor, uint64_t n)
{
    double product = factor * (double)n;

    return product < 9e18 ? (uint64_t)product : UINT64_C(9000000000000000000);
}

static uint64_t flatten_cost(const mp__insn *i, const mp__value *args, uint64_t n)
{
    double depth = i->arg_count == 2 && args[1].kind == MP__INT ? (double)args[1].as.integer : 1;

    return scaled(depth < 0 ? 1 : depth, n);
}

/* Every element with every other; texts a tenth more. */
static uint64_t sort_cost(const mp__list *keys)
{
    bool text =
        keys->count && (keys->items[0].kind == MP__STRING || keys->items[0].kind == MP__BYTES);

    return scaled(text ? 2.1 : 2, times(keys->count, keys->count));
}

static uint64_t call_cost(mp__machine *m, const mp__insn *i, const mp__value *args,
                          const mp__value *out)
{
    uint64_t n = 1, k = 1, text = 0;

    if (i->cost == MP__COST_ONE || i->cost == MP__COST_NONE)
        return i->cost == MP__COST_ONE;
    if (i->arg_count > 0)
        n = mp__cost_size(&args[0]);
    if (i->arg_count > 1)
        k = mp__cost_size(&args[1]);
    if (!mp__is_overloaded(i) && i->as.call.row->params[1] &&
        i->as.call.row->params[1]->kind == MP__TYPE_STRING)
        text = tenth(k); /* an address that is still to be read */
    switch ((mp__cost)i->cost) {
    case MP__COST_NONE:
    case MP__COST_ONE:
        break;
    case MP__COST_EQUAL:
    case MP__COST_ORDER:
        return tenth(n < k ? n : k);
    case MP__COST_CONCAT:
        return tenth(n + k);
    case MP__COST_IN_LIST:
        return k;
    case MP__COST_ARGUMENT:
        return tenth(k);
    case MP__COST_FIRST:
        return tenth(n);
    case MP__COST_FIRST2:
        return tenth(2 * n);
    case MP__COST_CONTAINS:
        return tenth(n) * tenth(k);
    case MP__COST_REGEX:
        return tenth(n + 1) * (k / 4 + (k % 4 > 0));
    case MP__COST_JOIN:
        return tenth(2 * (out->kind == MP__STRING ? mp__cost_size(out) : 1));
    case MP__COST_TRAVERSE:
        return traversal(m, &args[0]);
    case MP__COST_CONTAINS_IP:
        return tenth(2 * n) + text;
    case MP__COST_CONTAINS_CIDR:
        return tenth(2 * n) + tenth(n) + 1 + text;
    case MP__COST_LIST:
        return 11 + mp__cost_size(out);
    case MP__COST_FLATTEN:
        return 11 + flatten_cost(i, args, n);
    case MP__COST_SORT:
        return args[i->arg_count - 1].kind == MP__LIST
                   ? 11 + sort_cost(args[i->arg_count - 1].as.list)
                   : 0; /* cel-go gives up before it charges */
    case MP__COST_SETS:
        return 1 + times(n, k);
    case MP__COST_SETS2:
        return 1 + times(2, times(n, k));
    case MP__COST_FORMAT:
        return tenth(k + 1) * ((mp__format_pattern_size(&args[0]) + 3) / 4);
    }
    return 1;
}

static const mp__function *dispatch(const mp__insn *i, const mp__value *args)
{
    const mp__function *row = i->as.call.row;

    for (uint32_t more = i->as.call.more; more; more >>= 1, row++) {
        bool fits = more & 1;

        for (size_t a = 0; fits && a < row->arity; a++)
            fits = row->params[a]->kind == MP__TYPE_LIST && (row->style & MP__ANY_LIST)
                       ? args[a].kind == MP__LIST
                       : mp__value_is(&args[a], row->params[a]);
        if (fits)
            return row;
    }
    return NULL;
}

/*
 * cel-go has two ways to call.  Up to two arguments of one overload, or of an operator, are all
 * evaluated before a failure counts.  In any other call the first failure ends it, and the call is
 * charged only if every argument was seen.
 */
static bool stops_at_failure(const mp__insn *i)
{
    char first = i->as.call.row->name[0];

    if (i->arg_count > 2 || i->as.call.prepared)
        return true;
    return mp__is_overloaded(i) && first != '_' && first != '@' && first != '-';
}

static mp__value eval_call(mp__machine *m, const mp__insn *i)
{
    mp__value args[4], out, first_error = { 0 };
    const mp__function *row;
    bool failed = false;

    for (size_t k = 0; k < i->arg_count; k++) {
        args[k] = eval(m, i->args[k]);
        if (m->status != MP_OK)
            return stopped();
        if (args[k].kind != MP__ERROR)
            continue;
        if (!failed)
            first_error = args[k];
        failed = true;
        if (k + 1u < i->arg_count && stops_at_failure(i))
            return first_error;
    }
    if (failed) {
        charge(m, call_cost(m, i, args, &first_error));
        return first_error;
    }
    row = dispatch(i, args);
    m->calling = i;
    out = row ? row->call(m, args) : no_overload(mp__str_make(i->as.call.row->name, MP_NTS));
    charge(m, call_cost(m, i, args, &out));
    return m->status == MP_OK ? out : stopped();
}

/* ---- aggregates ---- */

/* The value that an element marked with '?' adds; false if it adds none, or fails into *v. */
static bool unwrap(mp__value *v, const char *what)
{
    if (v->kind == MP__ERROR)
        return false;
    if (v->kind != MP__OPTIONAL) {
        *v = mp__error(MP__FAIL_TEXT, mp__str_make(what, MP_NTS));
        return false;
    }
    if (!v->as.optional)
        return false;
    *v = *v->as.optional;
    return true;
}

static mp__value make_list(mp__machine *m, const mp__insn *i)
{
    mp__value *items = MP__NEW_ARRAY(&m->arena, mp__value, i->arg_count);
    size_t count = 0;

    if (!items)
        return mp__no_memory(m);
    for (size_t k = 0; k < i->arg_count; k++) {
        mp__value v = eval(m, i->args[k]);

        if (i->as.optional && i->as.optional[k] &&
            !unwrap(&v, "cannot initialize optional list element from non-optional value") &&
            v.kind != MP__ERROR)
            continue;
        if (v.kind == MP__ERROR)
            return v;
        items[count++] = v;
    }
    return mp__make_list(m, items, count);
}

static mp__value make_map(mp__machine *m, const mp__insn *i)
{
    mp__map_store *s = MP__NEW(&m->arena, mp__map_store);
    mp__value out = { 0 };

    if (!s)
        return mp__no_memory(m);
    for (size_t k = 0; k < i->arg_count; k += 2) {
        mp__value key = eval(m, i->args[k]), v;
        size_t at;

        if (key.kind == MP__ERROR)
            return key;
        v = eval(m, i->args[k + 1]);
        if (i->as.optional && i->as.optional[k] &&
            !unwrap(&v, "cannot initialize optional entry from non-optional value") &&
            v.kind != MP__ERROR)
            continue;
        if (v.kind == MP__ERROR)
            return v;
        if (!mp__has_hash(&key))
            return mp__abort(m, mp__no_hash);
        /* A repeated key keeps its place and takes the later value. */
        at = mp__map_store_find(m, s, &key);
        if (at < s->used)
            s->values[at] = v;
        else if (!mp__map_store_add(&m->arena, s, &key, &v))
            return mp__no_memory(m);
    }
    out.kind = MP__MAP;
    out.as.map = mp__map_of_store(&m->arena, s);
    return out.as.map ? out : mp__no_memory(m);
}

/* What is made costs the same when making it fails. */
static mp__value eval_made(mp__machine *m, mp__value made, uint64_t cost)
{
    return charge(m, cost) ? made : stopped();
}

/* All fields are evaluated, then the value is made of those that are set. */
static mp__value make_message(mp__machine *m, const mp__insn *i)
{
    mp__value *values = MP__NEW_ARRAY(&m->arena, mp__value, i->arg_count + 1u);
    uint8_t *numbers = MP__NEW_ARRAY(&m->arena, uint8_t, i->arg_count + 1u);
    size_t count = 0;

    if (!values || !numbers)
        return mp__no_memory(m);
    for (size_t k = 0; k < i->arg_count; k++) {
        mp__value v = eval(m, i->args[k]);

        if (i->as.message.optional[k] &&
            !unwrap(&v, "cannot initialize optional field from non-optional value") &&
            v.kind == MP__OPTIONAL)
            v = mp__error(MP__FAIL_TEXT, (mp__str){ 0 }); /* none: takes the field away */
        else if (v.kind == MP__ERROR)
            return v;
        numbers[count] = i->as.message.numbers[k];
        values[count++] = v;
    }
    return mp__message_make(m, i->as.message.type, values, numbers, count);
}

/* ---- loops ---- */

static mp__value eval_bind(mp__machine *m, const mp__insn_loop *l)
{
    mp__value *slot = &m->slots[l->accu];

    memset(slot, 0, sizeof *slot);
    slot->kind = MP__LAZY;
    slot->as.lazy = l->init;
    return eval(m, l->result);
}

static mp__value eval_loop(mp__machine *m, const mp__insn_loop *l)
{
    mp__value range, condition, map;
    size_t count;

    if (l->bind)
        return eval_bind(m, l);
    range = eval(m, l->range);
    if (range.kind == MP__ERROR)
        return range;
    if (range.kind != MP__LIST && !mp__is_mapping(&range))
        return no_overload(MP__STR("comprehension"));
    map = range.kind == MP__LIST ? range : mp__as_map(m, &range);
    if (map.kind == MP__ERROR)
        return map;
    m->slots[l->accu] = eval(m, l->init);
    count = map.kind == MP__LIST ? map.as.list->count : map.as.map->count;
    for (size_t k = 0; k < count && m->status == MP_OK; k++) {
        if (map.kind == MP__LIST) {
            m->slots[l->var] = l->two ? mp__int((int64_t)k) : map.as.list->items[k];
            if (l->two)
                m->slots[l->var2] = map.as.list->items[k];
        } else {
            m->slots[l->var] = map.as.map->keys[k];
            if (l->two)
                m->slots[l->var2] = map.as.map->values[k];
        }
        condition = eval(m, l->condition);
        if (!is_bool(&condition, true))
            break;
        m->slots[l->accu] = eval(m, l->step);
    }
    return m->status == MP_OK ? eval(m, l->result) : stopped();
}

static mp__value eval_lazy(mp__machine *m, const mp__insn *i)
{
    static const mp__cmap nothing = { 0, NULL, NULL, NULL, false };
    mp__value *slot = &m->slots[i->slot];

    charge(m, 1);
    if (slot->kind != MP__LAZY)
        return *slot;
    *slot = eval(m, slot->as.lazy);
    /* cel-go makes an ordinary map of an empty one, which then no longer answers every domain. */
    if (slot->kind == MP__DOMAINS && slot->as.domains->count == 0) {
        slot->kind = MP__MAP;
        slot->as.map = &nothing;
    }
    return *slot;
}

/* The slot after the value's own keeps what evaluating it took. */
static mp__value eval_repeat(mp__machine *m, const mp__insn *i)
{
    mp__value *slot = &m->slots[i->slot];
    uint64_t before = m->cost;

    if (slot->kind == MP__LAZY) {
        *slot = eval(m, slot->as.lazy);
        slot[1].as.unsigned_integer = m->cost - before;
    } else {
        charge(m, slot[1].as.unsigned_integer);
    }
    return *slot;
}

static mp__value device_value(const mp__machine *m)
{
    mp__value v = { 0 };

    v.kind = MP__DEVICE;
    v.as.device = m->device;
    return v;
}

static mp__value eval(mp__machine *m, const mp__insn *i)
{
    if (m->status != MP_OK)
        return stopped();
    switch ((mp__op)i->op) {
    case MP__OP_CONST:
        return i->as.constant;
    case MP__OP_PREPARED:
        charge(m, i->slot);
        return i->as.constant;
    case MP__OP_LOCAL:
        charge(m, 1);
        return m->slots[i->slot];
    case MP__OP_LAZY:
        return eval_lazy(m, i);
    case MP__OP_REPEAT:
        return eval_repeat(m, i);
    case MP__OP_VARIABLE:
        charge(m, 1);
        return m->variables[i->slot];
    case MP__OP_DEVICE:
        charge(m, 1);
        return device_value(m);
    case MP__OP_FIELD:
        return eval_field(m, i);
    case MP__OP_LOOKUP:
        return eval_lookup(m, i);
    case MP__OP_SELECT:
    case MP__OP_OPT_SELECT:
        return eval_select(m, i);
    case MP__OP_HAS:
        return eval_has(m, i);
    case MP__OP_INDEX:
    case MP__OP_OPT_INDEX:
        return eval_index(m, i);
    case MP__OP_AND:
        return eval_logic(m, i, false);
    case MP__OP_OR:
        return eval_logic(m, i, true);
    case MP__OP_NOT: {
        mp__value v = eval(m, i->args[0]);

        charge(m, 1);
        if (v.kind == MP__ERROR)
            return v;
        return v.kind == MP__BOOL ? mp__bool(!v.as.boolean) : no_overload(MP__STR("!_"));
    }
    case MP__OP_TERNARY:
        return eval_ternary(m, i);
    case MP__OP_NOT_STRICTLY_FALSE: {
        mp__value v = eval(m, i->args[0]);

        charge(m, 1);
        return m->status == MP_OK ? mp__bool(!is_bool(&v, false)) : stopped();
    }
    case MP__OP_EQUAL:
        return eval_equal(m, i, false);
    case MP__OP_NOT_EQUAL:
        return eval_equal(m, i, true);
    case MP__OP_IN_CONST:
        return eval_in_const(m, i);
    case MP__OP_CALL:
        return eval_call(m, i);
    case MP__OP_OPT_OR:
        return eval_opt_or(m, i, false);
    case MP__OP_OPT_OR_VALUE:
        return eval_opt_or(m, i, true);
    case MP__OP_LIST:
        return eval_made(m, make_list(m, i), 10);
    case MP__OP_MAP:
        return eval_made(m, make_map(m, i), 30);
    case MP__OP_MESSAGE:
        return eval_made(m, make_message(m, i), 40);
    case MP__OP_LOOP:
        return eval_loop(m, i->as.loop);
    }
    return stopped();
}

mp__value mp__machine_eval(mp__machine *m, const mp__insn *insn)
{
    return eval(m, insn);
}

bool mp__machine_ready(mp__machine *m)
{
    if (m->cel->slots > MP__MACHINE_SLOTS)
        m->slots = MP__NEW_ARRAY(&m->arena, mp__value, m->cel->slots);
    return m->slots != NULL;
}

mp__value mp__machine_run(mp__machine *m)
{
    mp__value v;

    if (!mp__machine_ready(m))
        return mp__no_memory(m);
    if (m->device && m->device->malformed.data)
        return mp__error(MP__FAIL_DEVICE, m->device->malformed);
    v = eval(m, m->cel->root);
    return m->status == MP_OK ? v : stopped();
}

/* ---- errors as text ---- */

mp_status mp__machine_fail(const mp__machine *m, const mp__value *error, mp_error *err)
{
    int size = (int)(error->size < 200 ? error->size : 200);
    const char *text = error->as.text;

    switch ((mp__failure)error->failure) {
    case MP__FAIL_STOPPED:
        if (m->status == MP_EBUDGET)
            return mp__fail(err, MP_EBUDGET, "%s",
                            m->cost > m->limit ? "actual cost limit exceeded"
                                               : "the evaluation takes too much time or memory");
        if (m->status == MP_EEVAL)
            return mp__fail(err, MP_EEVAL, "%s", m->reason);
        return mp__fail_nomem(err);
    case MP__FAIL_NO_KEY:
        return mp__fail(err, MP_EEVAL,
                        "no such key: %.*s (an optional step like .?name, or has(), avoids this)",
                        size, text);
    case MP__FAIL_NO_OVERLOAD:
        return mp__fail(err, MP_EEVAL, "no such overload: %.*s", size, text);
    case MP__FAIL_INDEX:
        return mp__fail(err, MP_EEVAL, "index out of bounds: %lld", (long long)error->as.integer);
    case MP__FAIL_DIVIDE:
        return mp__fail(err, MP_EEVAL, "division by zero");
    case MP__FAIL_MODULUS:
        return mp__fail(err, MP_EEVAL, "modulus by zero");
    case MP__FAIL_OVERFLOW:
        return mp__fail(err, MP_EEVAL, "integer overflow");
    case MP__FAIL_UNSIGNED_OVERFLOW:
        return mp__fail(err, MP_EEVAL, "unsigned integer overflow");
    case MP__FAIL_RANGE:
        return mp__fail(err, MP_EEVAL, "%.*s: out of range", size, text);
    case MP__FAIL_TEXT:
        return mp__fail(err, MP_EEVAL, "%.*s", size, text);
    case MP__FAIL_DEVICE:
        return mp__fail(err, MP_EEVAL, "the device's \"%.*s\" has no valid value", size, text);
    }
    return MP_EEVAL;
}

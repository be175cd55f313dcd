/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Selectors as a row of tests: what most of them are, run without values and without counting.
 *
 * A program of && || ! over simple tests (the driver, one attribute or capacity against a constant)
 * becomes an array of tests, each with where to go when it holds and when it does not.  A test that
 * finds anything unusual - no such name, another type - gives up, and the machine runs the program
 * from the start, with all its rules.  What tests could cost at most is known beforehand, so a run
 * that stays within it need not count.
 */
#include "predicate_internal.h"

enum { LESS = 1, SAME = 2, MORE = 4 }; /* outcomes of a comparison that make a test hold */

typedef enum test_op {
    TEST_DRIVER,
    TEST_TEXT,
    TEST_INT,
    TEST_BOOL,
    TEST_SET,
    TEST_QUANTITY,
    TEST_VERSION,
    TEST_GENERAL /* any instruction: run by the machine */
} test_op;

typedef struct test {
    uint8_t op, outcomes;
    bool capacity;
    uint32_t hash;    /* of the name looked up */
    uint32_t yes, no; /* the next test, or one of the ends */
    const mp__insn *insn;
    const mp__insn *lookup;
    const mp__value *constant;
    const mp__set *set;
} test;

#define END_TRUE UINT32_MAX
#define END_FALSE (UINT32_MAX - 1)

struct mp__predicate {
    uint32_t count, first;
    uint64_t bound; /* what all tests but the general ones cost at most */
    test tests[];
};

/* ---- recognising ---- */

typedef struct builder {
    test *tests;
    uint32_t count, simple;
    uint64_t bound;
} builder;

static bool is_scalar_constant(const mp__insn *i, mp__kind kind)
{
    return (i->op == MP__OP_CONST || i->op == MP__OP_PREPARED) && i->as.constant.kind == kind;
}

static bool is_driver(const mp__insn *i)
{
    return i->op == MP__OP_FIELD && mp__str_equal(i->as.select.name, MP__STR("driver"));
}

static bool equals(const mp__insn *i, const mp__insn *left, const mp__insn *right, test *t)
{
    t->outcomes = i->op == MP__OP_EQUAL ? SAME : LESS | MORE;
    t->constant = &right->as.constant;
    t->lookup = left;
    if (is_driver(left) && is_scalar_constant(right, MP__STRING))
        t->op = TEST_DRIVER;
    else if (left->op != MP__OP_LOOKUP || right->op != MP__OP_CONST)
        return false;
    else if (right->as.constant.kind == MP__STRING)
        t->op = TEST_TEXT;
    else if (right->as.constant.kind == MP__INT)
        t->op = TEST_INT;
    else if (right->as.constant.kind == MP__BOOL)
        t->op = TEST_BOOL;
    else
        return false;
    return true;
}

static const char *function_of(const mp__insn *i)
{
    return i->op == MP__OP_CALL ? i->as.call.overloads[0]->name : "";
}

/* lookup.NAME(literal), of a quantity or a version. */
static bool compares(const mp__insn *i, const char *name, test *t)
{
    const mp__insn *literal;

    if (strcmp(function_of(i), name) != 0 || i->arg_count != 2 || i->args[0]->op != MP__OP_LOOKUP)
        return false;
    literal = i->args[1];
    if (is_scalar_constant(literal, MP__QUANTITY))
        t->op = TEST_QUANTITY;
    else if (is_scalar_constant(literal, MP__SEMVER))
        t->op = TEST_VERSION;
    else
        return false;
    t->lookup = i->args[0];
    t->constant = &literal->as.constant;
    return true;
}

/* Which of -1, 0 and 1 stand in the relation to a number. */
static uint8_t outcomes_of(const mp__insn *i, int64_t n)
{
    const char *name = function_of(i);
    uint8_t out = 0;

    for (int sign = -1; sign <= 1; sign++) {
        bool holds = i->op == MP__OP_EQUAL       ? sign == n
                     : i->op == MP__OP_NOT_EQUAL ? sign != n
                     : strcmp(name, "_<_") == 0  ? sign < n
                     : strcmp(name, "_<=_") == 0 ? sign <= n
                     : strcmp(name, "_>_") == 0  ? sign > n
                                                 : sign >= n;

        if (holds)
            out = (uint8_t)(out | (sign < 0 ? LESS : sign == 0 ? SAME : MORE));
    }
    return out;
}

static bool is_relation(const mp__insn *i)
{
    const char *name = function_of(i);

    return i->op == MP__OP_EQUAL || i->op == MP__OP_NOT_EQUAL || strcmp(name, "_<_") == 0 ||
           strcmp(name, "_<=_") == 0 || strcmp(name, "_>_") == 0 || strcmp(name, "_>=_") == 0;
}

/* One instruction as one test; false if only the machine can run it. */
static bool recognise(const mp__insn *i, test *t)
{
    if (i->op == MP__OP_LOOKUP) {
        static const mp__value yes = { MP__BOOL, 0, 0, 0, 0, { true } };

        t->op = TEST_BOOL;
        t->outcomes = SAME;
        t->lookup = i;
        t->constant = &yes;
        return true;
    }
    if (i->op == MP__OP_IN_CONST && i->args[0]->op == MP__OP_LOOKUP) {
        t->op = TEST_SET;
        t->lookup = i->args[0];
        t->set = i->as.call.prepared;
        return true;
    }
    if (is_relation(i) && is_scalar_constant(i->args[1], MP__INT) &&
        compares(i->args[0], "compareTo", t)) {
        t->outcomes = outcomes_of(i, i->args[1]->as.constant.as.integer);
        return true;
    }
    t->outcomes = MORE;
    if (compares(i, "isGreaterThan", t))
        return true;
    t->outcomes = LESS;
    if (compares(i, "isLessThan", t))
        return true;
    return (i->op == MP__OP_EQUAL || i->op == MP__OP_NOT_EQUAL) &&
           equals(i, i->args[0], i->args[1], t);
}

/* ---- building: from the last test to the first, since each must know where to go ---- */

static uint32_t leaves(const mp__insn *i)
{
    if (i->op == MP__OP_AND || i->op == MP__OP_OR)
        return leaves(i->args[0]) + leaves(i->args[1]);
    return i->op == MP__OP_NOT ? leaves(i->args[0]) : 1;
}

static uint32_t add_test(builder *b, const mp__insn *i, uint32_t yes, uint32_t no)
{
    test *t = &b->tests[b->count];

    memset(t, 0, sizeof *t);
    t->insn = i;
    if (recognise(i, t)) {
        b->simple++;
        /* A path 4 and what stands round it; sizes are those of constants. */
        b->bound += 16;
        if (t->constant && t->constant->kind == MP__STRING)
            b->bound += t->constant->size;
        if (t->op == TEST_QUANTITY || t->op == TEST_VERSION)
            b->bound += MP_QUANTITY_SIZE_MAX / 10;
    } else {
        t->op = TEST_GENERAL;
    }
    if (t->lookup && t->lookup->op == MP__OP_LOOKUP) {
        t->capacity = t->lookup->slot != 0;
        t->hash =
            mp__name_hash(t->lookup->as.select.domain, t->lookup->as.select.name, t->capacity);
    }
    t->yes = yes;
    t->no = no;
    return b->count++;
}

static uint32_t build(builder *b, const mp__insn *i, uint32_t yes, uint32_t no)
{
    uint32_t right;

    switch (i->op) {
    case MP__OP_AND:
        right = build(b, i->args[1], yes, no);
        return build(b, i->args[0], right, no);
    case MP__OP_OR:
        right = build(b, i->args[1], yes, no);
        return build(b, i->args[0], yes, right);
    case MP__OP_NOT:
        b->bound++;
        return build(b, i->args[0], no, yes);
    default:
        return add_test(b, i, yes, no);
    }
}

/* More tests than this are left to the machine. */
#define TESTS_MAX 64

bool mp__predicate_make(mp__arena *arena, const mp__insn *root, const mp__predicate **out)
{
    uint32_t count = leaves(root);
    mp__predicate *p;
    test room[TESTS_MAX];
    builder b = { room, 0, 0, 0 };
    uint32_t first;

    *out = NULL;
    if (count > TESTS_MAX)
        return true;
    first = build(&b, root, END_TRUE, END_FALSE);
    if (b.simple == 0 || b.bound > MP__COST_LIMIT / 2)
        return true;
    p = mp__arena_alloc(arena, sizeof *p + count * sizeof *p->tests);
    if (!p)
        return false;
    p->count = count;
    p->first = first;
    p->bound = b.bound;
    memcpy(p->tests, room, count * sizeof *room);
    *out = p;
    return true;
}

/* ---- running ---- */

static int order_of(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int holds(const test *t, int order)
{
    return (t->outcomes & (order < 0 ? LESS : order > 0 ? MORE : SAME)) != 0;
}

static bool same_text(const char *a, size_t a_size, const mp__value *b)
{
    return a_size == b->size && memcmp(a, b->as.text, a_size) == 0;
}

/* 1 or 0; -1: the machine must look at it. */
static int run_simple(const test *t, const mp_cel_device *device)
{
    const mp__value *v, *k = t->constant;

    if (t->op == TEST_DRIVER)
        return holds(t, !same_text(device->driver.data, device->driver.size, k));
    v = mp__device_find(device, t->hash, t->capacity, t->lookup->as.select.domain,
                        t->lookup->as.select.name);
    if (!v)
        return -1;
    switch ((test_op)t->op) {
    case TEST_TEXT:
        return v->kind == MP__STRING ? holds(t, !same_text(v->as.text, v->size, k)) : -1;
    case TEST_INT:
        return v->kind == MP__INT ? holds(t, order_of(v->as.integer, k->as.integer)) : -1;
    case TEST_BOOL:
        return v->kind == MP__BOOL ? holds(t, v->as.boolean != k->as.boolean) : -1;
    case TEST_SET:
        return v->kind == MP__STRING || v->kind == MP__INT || v->kind == MP__BOOL
                   ? mp__set_has(t->set, v)
                   : -1;
    case TEST_QUANTITY:
        if (v->kind != MP__QUANTITY)
            return -1;
        if (!v->as.quantity->big && !k->as.quantity->big &&
            v->as.quantity->scale == k->as.quantity->scale)
            return holds(t, order_of(v->as.quantity->unscaled, k->as.quantity->unscaled));
        return holds(t, mp_quantity_compare(v->as.quantity, k->as.quantity));
    case TEST_VERSION:
        return v->kind == MP__SEMVER ? holds(t, mp_semver_compare(v->as.semver, k->as.semver)) : -1;
    default:
        return -1;
    }
}

static int run_general(const mp__predicate *p, const test *t, mp__machine *m, bool *started,
                       const mp_cel *cel, const mp_cel_device *device)
{
    mp__value v;

    if (!*started) {
        mp__machine_init(m, &cel->alloc, cel);
        m->device = device;
        m->limit -= p->bound;
        *started = true;
        if (!mp__machine_ready(m))
            return -1;
    }
    v = mp__machine_eval(m, t->insn);
    return m->status == MP_OK && v.kind == MP__BOOL ? v.as.boolean : -1;
}

mp_status mp__predicate_run(const mp_cel *cel, const mp_cel_device *device, bool *decided,
                            bool *match)
{
    const mp__predicate *p = cel->predicate;
    mp_status st = MP_OK;
    uint32_t at = p->first;
    bool started = false;
    mp__machine m;

    *decided = false;
    if (device->malformed.data)
        return MP_OK;
    while (at < END_FALSE) {
        const test *t = &p->tests[at];
        int outcome = t->op == TEST_GENERAL ? run_general(p, t, &m, &started, cel, device)
                                            : run_simple(t, device);

        if (outcome < 0)
            break;
        at = outcome ? t->yes : t->no;
    }
    if (started) {
        st = m.status == MP_ENOMEM || m.arena.failed ? MP_ENOMEM : MP_OK;
        mp__machine_fini(&m);
    }
    *match = at == END_TRUE;
    *decided = at >= END_FALSE;
    return st;
}

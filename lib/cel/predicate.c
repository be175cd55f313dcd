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
enum { CAPACITY = 8 };                 /* the name is of a capacity */

typedef enum test_op {
    TEST_DRIVER,
    TEST_TEXT,
    TEST_PREFIX,
    TEST_SUFFIX,
    TEST_PART,
    TEST_INT,
    TEST_BOOL,
    TEST_SET,
    TEST_QUANTITY,
    TEST_VERSION,
    TEST_HAS,
    TEST_GENERAL /* any instruction: run by the machine */
} test_op;

/* A name of the device, of an attribute or of a capacity. */
typedef struct path {
    const mp__str *domain, *id;
    bool capacity;
} path;

typedef struct test {
    uint32_t hash;        /* of the name */
    uint8_t op, outcomes; /* and CAPACITY */
    uint8_t yes, no;      /* the next test, or one of the ends */
    const mp__str *domain, *id;
    union {
        const mp__value *constant;
        const mp__set *set;
        const mp__insn *insn;
    } with;
} test;

/* More tests than this are left to the machine. */
#define TESTS_MAX 64
#define END_TRUE UINT8_MAX
#define END_FALSE (UINT8_MAX - 1)
/* Longer texts are left to the machine where the cost goes by their size. */
#define PART_MAX 4096

struct mp__predicate {
    uint32_t count, first;
    uint64_t bound; /* what all tests but the general ones cost at most */
    test tests[];
};

/* ---- recognising ---- */

/* A variable of cel.bind() that stands for a domain. */
typedef struct binding {
    uint32_t slot;
    path path; /* without an id */
    const struct binding *outer;
} binding;

typedef struct builder {
    mp__arena *arena;
    test tests[TESTS_MAX];
    uint32_t count, simple, general;
    uint64_t bound;
    bool full; /* too many tests, or no memory */
    const binding *bindings;
} builder;

static bool is_scalar_constant(const mp__insn *i, mp__kind kind)
{
    return (i->op == MP__OP_CONST || i->op == MP__OP_PREPARED) && i->as.constant.kind == kind;
}

static bool is_field(const mp__insn *i, const char *name)
{
    return i->op == MP__OP_FIELD && mp__str_equal(i->as.select.name, mp__str_make(name, MP_NTS));
}

static const char *function_of(const mp__insn *i)
{
    return i->op == MP__OP_CALL ? i->as.call.row->name : "";
}

static bool is_call(const mp__insn *i, const char *name, size_t args)
{
    return strcmp(function_of(i), name) == 0 && i->arg_count == args;
}

static const mp__str *keep(builder *b, mp__str s)
{
    mp__str *kept = MP__NEW(b->arena, mp__str);

    if (kept)
        *kept = s;
    else
        b->full = true;
    return kept;
}

/* device.attributes["domain"], or device.capacity, or a variable that is bound to one. */
static bool domain_of(builder *b, const mp__insn *i, path *out)
{
    if (i->op == MP__OP_LAZY) {
        const binding *bound = b->bindings;

        while (bound && bound->slot != i->slot)
            bound = bound->outer;
        if (bound) {
            out->domain = bound->path.domain;
            out->capacity = bound->path.capacity;
        }
        return bound != NULL;
    }
    if ((i->op != MP__OP_INDEX && i->op != MP__OP_SELECT) ||
        (!is_field(i->args[0], "attributes") && !is_field(i->args[0], "capacity")) ||
        (i->op == MP__OP_INDEX && !is_scalar_constant(i->args[1], MP__STRING)))
        return false;
    out->capacity = is_field(i->args[0], "capacity");
    out->domain = i->op == MP__OP_SELECT ? &i->as.select.name
                                         : keep(b, mp__text_of(&i->args[1]->as.constant));
    return out->domain != NULL;
}

/* A name below a domain. */
static bool path_of(builder *b, const mp__insn *i, path *out)
{
    if (i->op == MP__OP_LOOKUP) {
        *out = (path){ i->as.select.domain, &i->as.select.name, i->slot != 0 };
        return true;
    }
    out->id = &i->as.select.name;
    return i->op == MP__OP_SELECT && domain_of(b, i->args[0], out);
}

/* The name that a test looks up. */
static bool names(builder *b, const mp__insn *i, test *t)
{
    path p = { 0 };

    if (!path_of(b, i, &p))
        return false;
    t->domain = p.domain;
    t->id = p.id;
    t->outcomes = (uint8_t)(t->outcomes | (p.capacity ? CAPACITY : 0));
    return true;
}

/* What a text is asked: by an operator or a method, with the other text on its right. */
static bool asks_text(const mp__insn *i, test *t)
{
    static const struct {
        const char *name;
        test_op op;
    } methods[] = { { "startsWith", TEST_PREFIX },
                    { "endsWith", TEST_SUFFIX },
                    { "contains", TEST_PART } };

    if (i->op == MP__OP_EQUAL || i->op == MP__OP_NOT_EQUAL) {
        t->op = TEST_TEXT;
        t->outcomes = i->op == MP__OP_EQUAL ? SAME : LESS | MORE;
        return true;
    }
    for (size_t k = 0; k < MP__COUNT(methods); k++) {
        if (!is_call(i, methods[k].name, 2))
            continue;
        t->op = (uint8_t)methods[k].op;
        t->outcomes = SAME;
        return true;
    }
    return false;
}

/* A text of the device against a constant. */
static bool tests_text(builder *b, const mp__insn *i, const mp__value *constant, test *t)
{
    t->with.constant = constant;
    if (constant->kind != MP__STRING || !asks_text(i, t))
        return false;
    if (t->op == TEST_TEXT && is_field(i->args[0], "driver")) {
        t->op = TEST_DRIVER;
        return true;
    }
    return names(b, i->args[0], t);
}

static bool equals(builder *b, const mp__insn *i, test *t)
{
    const mp__insn *right = i->args[1];

    t->outcomes = i->op == MP__OP_EQUAL ? SAME : LESS | MORE;
    t->with.constant = &right->as.constant;
    if (right->op != MP__OP_CONST || (i->op != MP__OP_EQUAL && i->op != MP__OP_NOT_EQUAL))
        return false;
    t->op = right->as.constant.kind == MP__INT ? TEST_INT : TEST_BOOL;
    return (right->as.constant.kind == MP__INT || right->as.constant.kind == MP__BOOL) &&
           names(b, i->args[0], t);
}

/* path.NAME(literal), of a quantity or a version. */
static bool compares(builder *b, const mp__insn *i, const char *name, test *t)
{
    if (!is_call(i, name, 2))
        return false;
    if (is_scalar_constant(i->args[1], MP__QUANTITY))
        t->op = TEST_QUANTITY;
    else if (is_scalar_constant(i->args[1], MP__SEMVER))
        t->op = TEST_VERSION;
    else
        return false;
    t->with.constant = &i->args[1]->as.constant;
    return names(b, i->args[0], t);
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

/* path.compareTo(literal) in relation to a number. */
static bool orders(builder *b, const mp__insn *i, test *t)
{
    if (!is_relation(i) || !is_scalar_constant(i->args[1], MP__INT) ||
        !compares(b, i->args[0], "compareTo", t))
        return false;
    t->outcomes =
        (uint8_t)((t->outcomes & CAPACITY) | outcomes_of(i, i->args[1]->as.constant.as.integer));
    return true;
}

/* One instruction as one test; false if only the machine can run it. */
static bool recognise(builder *b, const mp__insn *i, test *t)
{
    static const mp__value yes = { MP__BOOL, 0, 0, 0, 0, { true } };

    t->outcomes = SAME;
    if (names(b, i, t)) {
        t->op = TEST_BOOL;
        t->with.constant = &yes;
        return true;
    }
    if (i->op == MP__OP_HAS) {
        path p = { 0 };

        t->op = TEST_HAS;
        t->id = &i->as.select.name;
        if (!domain_of(b, i->args[0], &p))
            return false;
        t->domain = p.domain;
        t->outcomes = p.capacity ? CAPACITY : 0;
        return true;
    }
    if (i->op == MP__OP_IN_CONST) {
        t->op = TEST_SET;
        t->with.set = i->as.call.prepared;
        return names(b, i->args[0], t);
    }
    if (i->arg_count != 2)
        return false;
    if (orders(b, i, t))
        return true;
    t->outcomes = MORE;
    if (compares(b, i, "isGreaterThan", t))
        return true;
    t->outcomes = LESS;
    if (compares(b, i, "isLessThan", t))
        return true;
    return (i->args[1]->op == MP__OP_CONST && tests_text(b, i, &i->args[1]->as.constant, t)) ||
           equals(b, i, t);
}

/* ---- building: from the last test to the first, since each must know where to go ---- */

/* A path is 4, or 2 below a variable, and what stands round it; sizes are those of constants, but
 * for the search in a text, which is no longer than PART_MAX. */
static uint64_t bound_of(const test *t)
{
    uint64_t bound = 16;

    if (t->op == TEST_PART)
        bound += (PART_MAX / 10 + 1) * (t->with.constant->size / 10 + 1);
    else if (t->op <= TEST_SUFFIX)
        bound += t->with.constant->size;
    else if (t->op == TEST_QUANTITY || t->op == TEST_VERSION)
        bound += MP_QUANTITY_SIZE_MAX / 10;
    return bound;
}

static uint8_t add_test(builder *b, test t, uint8_t yes, uint8_t no)
{
    if (b->count == TESTS_MAX) {
        b->full = true;
        return 0;
    }
    t.yes = yes;
    t.no = no;
    if (t.op == TEST_GENERAL) {
        b->general++;
    } else {
        b->simple++;
        b->bound += bound_of(&t);
    }
    if (t.op != TEST_GENERAL && t.op != TEST_DRIVER)
        t.hash = mp__name_hash(*t.domain, *t.id, t.outcomes & CAPACITY);
    b->tests[b->count] = t;
    return (uint8_t)b->count++;
}

static uint8_t add_leaf(builder *b, const mp__insn *i, uint8_t yes, uint8_t no)
{
    test t = { 0 };

    if (!recognise(b, i, &t)) {
        memset(&t, 0, sizeof t);
        t.op = TEST_GENERAL;
        t.with.insn = i;
    }
    return add_test(b, t, yes, no);
}

static uint8_t build(builder *b, const mp__insn *i, uint8_t yes, uint8_t no);

/* cel.bind(v, domain, body): tests of the body go by the domain.  If one is left to the machine,
 * which would have to know the variable, the whole is. */
static uint8_t build_bind(builder *b, const mp__insn *i, uint8_t yes, uint8_t no)
{
    uint32_t count = b->count, simple = b->simple, general = b->general;
    uint64_t bound = b->bound;
    binding bind = { i->as.loop->accu, { 0 }, b->bindings };
    uint8_t first;

    if (!domain_of(b, i->as.loop->init, &bind.path))
        return add_leaf(b, i, yes, no);
    b->bindings = &bind;
    first = build(b, i->as.loop->result, yes, no);
    b->bindings = bind.outer;
    b->bound += 8;
    if (b->general == general)
        return first;
    b->count = count;
    b->simple = simple;
    b->general = general;
    b->bound = bound;
    return add_leaf(b, i, yes, no);
}

static bool is_local(const mp__insn *i, uint32_t slot)
{
    return i->op == MP__OP_LOCAL && i->slot == slot;
}

/* The predicate of exists() (`any`) or all() over a list of constants; NULL where it is another. */
static const mp__insn *quantified(const mp__insn_loop *l, bool *any)
{
    const mp__insn *condition = l->condition, *step = l->step;

    if (l->bind || l->two || !is_scalar_constant(l->range, MP__LIST) ||
        !is_scalar_constant(l->init, MP__BOOL) || !is_local(l->result, l->accu) ||
        condition->op != MP__OP_NOT_STRICTLY_FALSE)
        return NULL;
    *any = !l->init->as.constant.as.boolean;
    condition = condition->args[0];
    if (*any && condition->op != MP__OP_NOT)
        return NULL;
    if (!is_local(*any ? condition->args[0] : condition, l->accu) || step->arg_count != 2 ||
        step->op != (*any ? MP__OP_OR : MP__OP_AND) || !is_local(step->args[0], l->accu))
        return NULL;
    return step->args[1];
}

/* A loop over constants is one test for each of them. */
static uint8_t build_loop(builder *b, const mp__insn *i, uint8_t yes, uint8_t no)
{
    const mp__insn_loop *l = i->as.loop;
    bool any = false;
    const mp__insn *p = quantified(l, &any);
    const mp__list *list = p ? l->range->as.constant.as.list : NULL;
    uint8_t next = any ? no : yes;
    test t = { 0 };

    if (!p || list->count == 0 || list->count > TESTS_MAX - b->count || p->arg_count != 2 ||
        !is_local(p->args[1], l->var))
        return add_leaf(b, i, yes, no);
    for (size_t k = 0; k < list->count; k++)
        if (!tests_text(b, p, &list->items[k], &t))
            return add_leaf(b, i, yes, no);
    for (size_t k = list->count; k-- > 0;) {
        (void)tests_text(b, p, &list->items[k], &t);
        next = any ? add_test(b, t, yes, next) : add_test(b, t, next, no);
        b->bound += 8;
    }
    return next;
}

static uint8_t build(builder *b, const mp__insn *i, uint8_t yes, uint8_t no)
{
    switch (i->op) {
    case MP__OP_AND:
        for (size_t k = i->arg_count; k-- > 0;)
            yes = build(b, i->args[k], yes, no);
        return yes;
    case MP__OP_OR:
        for (size_t k = i->arg_count; k-- > 0;)
            no = build(b, i->args[k], yes, no);
        return no;
    case MP__OP_NOT:
        b->bound++;
        return build(b, i->args[0], no, yes);
    case MP__OP_LOOP:
        return i->as.loop->bind ? build_bind(b, i, yes, no) : build_loop(b, i, yes, no);
    default:
        return add_leaf(b, i, yes, no);
    }
}

bool mp__predicate_make(mp__arena *arena, const mp__insn *root, const mp__predicate **out)
{
    mp__predicate *p;
    builder b;
    uint32_t first;

    *out = NULL;
    b.arena = arena;
    b.count = b.simple = b.general = 0;
    b.bound = 0;
    b.full = false;
    b.bindings = NULL;
    first = build(&b, root, END_TRUE, END_FALSE);
    if (arena->failed)
        return false;
    if (b.full || b.simple == 0 || b.bound > MP__COST_LIMIT / 2)
        return true;
    p = mp__arena_alloc(arena, sizeof *p + b.count * sizeof *p->tests);
    if (!p)
        return false;
    p->count = b.count;
    p->first = first;
    p->bound = b.bound;
    memcpy(p->tests, b.tests, b.count * sizeof *b.tests);
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
static int run_text(const test *t, const mp__value *v)
{
    const mp__value *k = t->with.constant;

    if (v->kind != MP__STRING)
        return -1;
    switch (t->op) {
    case TEST_TEXT:
        return holds(t, !same_text(v->as.text, v->size, k));
    case TEST_PREFIX:
        return v->size >= k->size && memcmp(v->as.text, k->as.text, k->size) == 0;
    case TEST_SUFFIX:
        return v->size >= k->size &&
               memcmp(v->as.text + v->size - k->size, k->as.text, k->size) == 0;
    default:
        return v->size > PART_MAX ? -1
                                  : mp__text_find(mp__text_of(v), mp__text_of(k), 0) != SIZE_MAX;
    }
}

/* Of the value that was found for the test; NULL: none. */
static int run_value(const test *t, const mp__value *v)
{
    const mp__value *k = t->with.constant;

    if (t->op == TEST_HAS)
        return v != NULL;
    if (!v)
        return -1;
    switch ((test_op)t->op) {
    case TEST_INT:
        return v->kind == MP__INT ? holds(t, order_of(v->as.integer, k->as.integer)) : -1;
    case TEST_BOOL:
        return v->kind == MP__BOOL ? holds(t, v->as.boolean != k->as.boolean) : -1;
    case TEST_SET:
        return v->kind == MP__STRING || v->kind == MP__INT || v->kind == MP__BOOL
                   ? mp__set_has(t->with.set, v)
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
        return run_text(t, v);
    }
}

static int run_driver(const test *t, const mp_cel_device *device)
{
    return holds(t, !same_text(device->driver.data, device->driver.size, t->with.constant));
}

/* Where the names of the tests stand in devices that share their names. */
typedef struct places {
    const mp__slot *slots; /* of the devices; NULL: not known */
    mp__slot at[TESTS_MAX];
} places;

static void find_places(const mp__predicate *p, const mp_cel_device *device, places *out)
{
    const mp__slot *s;

    out->slots = device->slots;
    for (uint32_t i = 0; i < p->count && device->slots; i++) {
        const test *t = &p->tests[i];

        s = t->domain ? mp__device_slot(device, t->hash, t->outcomes & CAPACITY, *t->domain, *t->id)
                      : NULL;
        out->at[i].at = s ? s->at : MP__SLOT_FREE;
        out->at[i].domain = s ? s->domain & (uint16_t)~MP__SLOT_CAPACITY : 0;
    }
}

static const mp__value *value_at(const test *t, const mp_cel_device *device, mp__slot at)
{
    const mp__domains *domains = t->outcomes & CAPACITY ? &device->capacity : &device->attributes;

    return at.at == MP__SLOT_FREE ? NULL : &domains->items[at.domain].entries.values[at.at];
}

/* Number i of the tests on a device. */
static int run_simple(const mp__predicate *p, uint32_t i, const mp_cel_device *device,
                      const places *known)
{
    const test *t = &p->tests[i];

    if (t->op == TEST_DRIVER)
        return run_driver(t, device);
    if (known)
        return run_value(t, value_at(t, device, known->at[i]));
    return run_value(t,
                     mp__device_find(device, t->hash, t->outcomes & CAPACITY, *t->domain, *t->id));
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
    v = mp__machine_eval(m, t->with.insn);
    return m->status == MP_OK && v.kind == MP__BOOL ? v.as.boolean : -1;
}

static mp_status run(const mp_cel *cel, const mp_cel_device *device, const places *known,
                     bool *decided, bool *match)
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
                                            : run_simple(p, at, device, known);

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

mp_status mp__predicate_run(const mp_cel *cel, const mp_cel_device *device, bool *decided,
                            bool *match)
{
    return run(cel, device, NULL, decided, match);
}

/* Devices ahead of the one that is looked at are fetched into the cache. */
#define AHEAD 6
#if defined(__GNUC__)
#define FETCH(address) __builtin_prefetch(address)
#else
#define FETCH(address) ((void)(address))
#endif

static mp_status decide(const mp_cel *cel, const mp_cel_device *device, places *known,
                        uint8_t *outcome)
{
    bool decided = false, match = false;
    mp_status st = MP_OK;

    if (cel->predicate) {
        if (device->slots && device->slots != known->slots)
            find_places(cel->predicate, device, known);
        st = run(cel, device, device->slots ? known : NULL, &decided, &match);
    }
    if (st == MP_OK && !decided)
        st = mp__match_by_machine(cel, device, &match, NULL);
    *outcome = st == MP_OK ? match : MP_CEL_FAILED;
    return st == MP_ENOMEM ? st : MP_OK;
}

mp_status mp_cel_match_each(const mp_cel *cel, const mp_cel_device *const *devices, size_t count,
                            uint8_t *outcomes, mp_error *err)
{
    mp_status st = MP_OK;
    places known;

    mp__error_clear(err);
    known.slots = NULL;
    for (size_t i = 0; i < count && st == MP_OK; i++) {
        if (i + AHEAD < count)
            for (size_t line = 0; line < 10; line++)
                FETCH((const char *)devices[i + AHEAD] + 64 * line);
        st = decide(cel, devices[i], &known, &outcomes[i]);
    }
    return st == MP_OK ? st : mp__fail_nomem(err);
}

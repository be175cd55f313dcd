/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The selector language, from text to answer:
 *
 *   text --lexer, parser, macros--> nodes --check--> typed nodes --emit--> program --eval--> value
 *
 * Nodes live in a scratch arena that is gone after compilation; a program is one arena of its own.
 */
#ifndef MP_CEL_INTERNAL_H
#define MP_CEL_INTERNAL_H

#include "value_internal.h"
#include <modelplane/cel.h>

/* ---- types ---- */

typedef enum mp__type_kind {
    MP__TYPE_ERROR,
    MP__TYPE_DYN,
    MP__TYPE_ANY,
    MP__TYPE_VAR, /* a type variable, by number */
    MP__TYPE_NULL,
    MP__TYPE_BOOL,
    MP__TYPE_INT,
    MP__TYPE_UINT,
    MP__TYPE_DOUBLE,
    MP__TYPE_STRING,
    MP__TYPE_BYTES,
    MP__TYPE_TIMESTAMP,
    MP__TYPE_DURATION,
    MP__TYPE_LIST,     /* of a */
    MP__TYPE_MAP,      /* from a to b */
    MP__TYPE_OPTIONAL, /* of a */
    MP__TYPE_TYPE,
    MP__TYPE_WRAPPER, /* of the scalar a, or null */
    MP__TYPE_QUANTITY,
    MP__TYPE_SEMVER,
    MP__TYPE_IP,
    MP__TYPE_CIDR,
    MP__TYPE_URL,
    MP__TYPE_FORMAT,
    MP__TYPE_DEVICE
} mp__type_kind;

typedef struct mp__type mp__type;
struct mp__type {
    mp__type_kind kind;
    uint32_t number; /* of a variable */
    const mp__type *a, *b;
};

extern const mp__type mp__types[]; /* the types without parameters, by kind */
#define MP__TYPE(name) (&mp__types[MP__TYPE_##name])

const mp__type *mp__type_new(mp__arena *arena, mp__type_kind kind, const mp__type *a,
                             const mp__type *b);
/* Same constructors and parameters; variables by number. */
bool mp__type_equal(const mp__type *a, const mp__type *b);
/* The name of a type without its parameters. */
const char *mp__type_kind_name(mp__type_kind kind);
void mp__type_print(const mp__type *type, mp__buf *buf);
/* Reads "map(string, list(int))" and the like; NULL if it is none, or out of memory. */
const mp__type *mp__type_parse(mp__arena *arena, mp__str text);

/* A substitution: what each type variable stands for.  `trail` lists bindings in order, so that a
 * trial can be undone. */
typedef struct mp__binding {
    uint32_t variable;
    const mp__type *before;
} mp__binding;
typedef struct mp__subst {
    mp__arena *arena;
    const mp__type **bound; /* by number; NULL: free */
    size_t count, capacity;
    mp__binding *trail;
    size_t trail_size, trail_capacity;
    uint32_t steps; /* taken into the parts of types */
} mp__subst;
/* Most steps that checking one selector may take into the parts of its types. */
#define MP__TYPE_STEPS_MAX 1000000
/* Whether they were passed: then nothing that was found about types holds. */
bool mp__subst_spent(const mp__subst *s);

const mp__type *mp__subst_fresh(mp__subst *s);
/* Whether `from` is assignable to `to`; bindings made on the way are kept only if so. */
bool mp__subst_assignable(mp__subst *s, const mp__type *from, const mp__type *to);
bool mp__subst_assignable_list(mp__subst *s, const mp__type *const *from, const mp__type *const *to,
                               size_t count);
/* The type with bound variables replaced; free ones become dyn if `close`. */
const mp__type *mp__subst_apply(mp__subst *s, const mp__type *type, bool close);
const mp__type *mp__type_more_general(const mp__type *a, const mp__type *b);
/* Whether the type is dyn, any or error. */
bool mp__type_is_dyn(const mp__type *type);

/* ---- values ---- */

typedef enum mp__kind {
    MP__ERROR, /* in place of a value: see mp__failure */
    MP__NULL,
    MP__BOOL,
    MP__INT,
    MP__UINT,
    MP__DOUBLE,
    MP__STRING,
    MP__BYTES,
    MP__LIST,
    MP__MAP,
    MP__OPTIONAL,
    MP__TYPEVAL,
    MP__QUANTITY,
    MP__SEMVER,
    MP__IP,
    MP__CIDR,
    MP__TIMESTAMP, /* mp__make_time() packs it, mp__time_of() unpacks it */
    MP__DURATION,  /* nanoseconds */
    MP__URL,
    MP__FORMAT, /* a named format */
    MP__LAZY,   /* a bound variable that nobody has read yet */
    MP__DEVICE, /* the device itself: reads as a map of four entries */
    MP__DOMAINS /* device.attributes or device.capacity: a map that answers any name */
} mp__kind;

/* Why an evaluation failed; texts are made from it only when asked for. */
typedef enum mp__failure {
    MP__FAIL_NO_KEY,      /* detail: the key */
    MP__FAIL_NO_OVERLOAD, /* detail: the function */
    MP__FAIL_INDEX,       /* number: the index */
    MP__FAIL_DIVIDE,
    MP__FAIL_MODULUS,
    MP__FAIL_OVERFLOW,
    MP__FAIL_UNSIGNED_OVERFLOW,
    MP__FAIL_RANGE,  /* detail: what */
    MP__FAIL_TEXT,   /* detail: the whole message */
    MP__FAIL_DEVICE, /* the device itself is malformed; detail: the name */
    MP__FAIL_STOPPED /* out of memory or budget: the machine's status says which */
} mp__failure;

typedef struct mp__value mp__value;
typedef struct mp__list mp__list;
typedef struct mp__cmap mp__cmap;
struct mp__url;
struct mp__format;

struct mp__value {
    uint8_t kind;    /* mp__kind */
    uint8_t failure; /* mp__failure, of an error */
    uint8_t sum;     /* of a quantity: it is the result of add or sub (see equality) */
    uint8_t chained; /* of an optional: steps made it, so further steps go into it */
    uint32_t size;   /* bytes of a string, bytes or error detail; nanoseconds of a timestamp */
    union {
        bool boolean;
        int64_t integer;
        uint64_t unsigned_integer;
        double number;
        const char *text; /* not NUL-terminated */
        const mp__list *list;
        const mp__cmap *map;
        const mp__value *optional; /* NULL: none */
        const mp__type *type;
        const mp_quantity *quantity;
        const mp_semver *semver;
        const struct mp__ip *ip;
        const struct mp__cidr *cidr;
        const struct mp__url *url;
        const struct mp__format *format;
        const struct mp__domains *domains;
        const mp_cel_device *device;
        const struct mp__insn *lazy;
    } as;
};

/* Items that may grow behind the lists that share them: a list sees its first `count`. */
typedef struct mp__list_store {
    size_t used, capacity;
    mp__value *items;
} mp__list_store;

struct mp__list {
    size_t count;
    const mp__value *items;
    mp__list_store *store; /* NULL: items that never grow */
};
/* Entries that may grow behind the maps that share them: a map sees its first `count`. */
typedef struct mp__map_store {
    size_t used, capacity;
    mp__value *keys, *values;
    uint32_t *index; /* by hash: positions from 1; NULL while there are few */
    uint32_t mask;
} mp__map_store;

struct mp__cmap {
    size_t count;
    const mp__value *keys, *values;
    mp__map_store *store; /* NULL: entries that never grow */
    bool fixed;           /* of a device: its keys are texts, and anything may be looked for */
};

/* ---- devices ---- */

/* One domain: names in order, with their values. */
typedef struct mp__domain {
    mp__str name;
    mp__cmap entries; /* keys sorted bytewise */
    size_t capacity;
} mp__domain;
typedef struct mp__domains {
    mp__domain *items; /* sorted bytewise by name */
    size_t count, capacity;
} mp__domains;

/* One name of a device in its hash table: where in which domain its value is. */
typedef struct mp__slot {
    uint32_t hash;
    uint16_t domain; /* the top bit: of the capacities */
    uint16_t at;     /* MP__SLOT_FREE: nothing */
} mp__slot;
#define MP__SLOT_FREE UINT16_MAX
#define MP__SLOT_CAPACITY 0x8000u
#define MP__SLOT_NAMES 64 /* a device with more names is searched instead */

struct mp_cel_device {
    mp__str driver;
    mp__str malformed; /* name of the attribute or capacity that makes every selector fail */
    mp__slot *slots;   /* a power of two of them, at most half full; NULL: none */
    mp__domains attributes, capacity;
    uint32_t slot_mask, name_count;
    bool multiple;
    bool shares; /* names and slots are those of the device it was copied from */
    mp_allocator alloc;
    mp__arena arena;
};

uint32_t mp__name_hash(mp__str domain, mp__str id, bool capacity);
/* Where a name stands, by a hash computed before; NULL: nowhere, or the device has no slots. */
const mp__slot *mp__device_slot(const mp_cel_device *device, uint32_t hash, bool capacity,
                                mp__str domain, mp__str id);
/* The same as mp__domains_find(), by a hash computed before. */
const mp__value *mp__device_find(const mp_cel_device *device, uint32_t hash, bool capacity,
                                 mp__str domain, mp__str id);

/* Value of an id in a domain, or NULL.  An unknown domain is an empty one. */
const mp__value *mp__domains_find(const mp__domains *domains, mp__str domain, mp__str id);
const mp__domain *mp__domains_domain(const mp__domains *domains, mp__str domain);

/* ---- nodes: what the parser makes and the checker types ---- */

typedef enum mp__node_kind {
    MP__NODE_CONST,
    MP__NODE_IDENT,
    MP__NODE_SELECT, /* operand.name; test: has(operand.name) */
    MP__NODE_CALL,
    MP__NODE_LIST,
    MP__NODE_MAP,
    MP__NODE_STRUCT, /* a message literal: target is its name, args names and values in turn */
    MP__NODE_LOOP
} mp__node_kind;

typedef struct mp__node mp__node;
typedef struct mp__nodes {
    mp__node **items;
    size_t count, capacity;
} mp__nodes;

struct mp__node {
    mp__node_kind kind;
    bool test;       /* of a select */
    bool rooted;     /* of an ident: written with a leading dot */
    bool optional;   /* an element or entry marked with '?' */
    bool qualified;  /* of a select: resolved as one dotted name */
    uint32_t offset; /* in bytes */
    uint32_t depth;  /* of nested nodes below, for the limit on one path */
    const mp__type *type;
    mp__str name;     /* ident, field, or function */
    mp__value value;  /* of a constant */
    mp__node *target; /* of a call with a receiver; operand of a select */
    mp__nodes args;   /* of a call; elements of a list; keys and values of a map in turn */
    struct mp__loop *loop;
    const struct mp__function *const *overloads; /* of a call: candidates, in order */
    size_t overload_count;
    struct mp__variable *variable;     /* of an ident */
    struct mp__measure *measure;       /* what an estimate knows of it */
    const mp__node *macro;             /* the call that was expanded to this */
    const struct mp__message *message; /* of a message literal */
};

/* A comprehension, as cel-go expands its macros: see macros.c. */
typedef struct mp__loop {
    mp__node *range, *init, *condition, *step, *result;
    mp__str var, var2, accu; /* var2.data is NULL in the one-variable form */
    struct mp__variable *var_decl, *var2_decl, *accu_decl;
    bool bind;   /* cel.bind: the accumulator is evaluated lazily, at most once */
    bool repeat; /* of a bind that stands for an operand written twice: every use is charged */
} mp__loop;

typedef struct mp__variable {
    mp__str name;
    const mp__type *type;
    uint32_t slot; /* of a local; or number of a declared variable */
    bool local;
    bool lazy;             /* the variable of cel.bind */
    bool repeat;           /* the hidden operand of optMap; slot + 1 keeps its cost */
    mp__type_kind is_type; /* not ERROR: the name of a type, as a value */
} mp__variable;

/* ---- parsing ---- */

typedef struct mp__source {
    const char *text;
    size_t size;
} mp__source;

/* Fill err with a byte offset, and the line and column that belong to it. */
mp_status mp__source_fail(const mp__source *source, mp_error *err, mp_status status, size_t offset,
                          const char *fmt, ...) MP_PRINTF(5, 6);

typedef enum mp__token_kind {
    MP__TOKEN_END,
    MP__TOKEN_IDENT,
    MP__TOKEN_QUOTED, /* `name` */
    MP__TOKEN_CONST,  /* a literal other than true, false, null */
    MP__TOKEN_OP      /* operators, brackets, and the keywords true false null in */
} mp__token_kind;

typedef struct mp__token {
    mp__token_kind kind;
    size_t offset, size; /* in the source */
    mp__str text;        /* identifier, or operator */
    mp__value value;     /* of a literal */
} mp__token;

typedef struct mp__lexer {
    mp__source source;
    size_t at;
    mp__arena *arena;
    mp_error *err;
} mp__lexer;

mp_status mp__lex(mp__lexer *lexer, mp__token *token);

typedef struct mp__parser {
    mp__lexer lexer;
    mp__token token; /* the next one */
    mp__arena *arena;
    mp_error *err;
    unsigned depth;   /* of nested expressions */
    unsigned unique;  /* numbers hidden variables */
    unsigned release; /* 1.N: whose macros there are, and whose syntax */
    bool negative;    /* the next token is a number with a minus before it */
} mp__parser;

mp_status mp__parse(mp__arena *arena, const mp__source *source, unsigned release, mp__node **out,
                    mp_error *err);
/* Expand a call if it is a macro: MP_OK and *out set, or *out NULL if it is none. */
mp_status mp__expand_macro(mp__parser *parser, mp__node *call, mp__node **out);

mp__node *mp__node_new(mp__arena *arena, mp__node_kind kind, size_t offset);
bool mp__nodes_add(mp__arena *arena, mp__nodes *nodes, mp__node *node);
/* Calls of operators by name: NULL when out of memory or any argument is NULL. */
mp__node *mp__node_call(mp__arena *arena, size_t offset, mp__str name, size_t count, ...);

/* Appends a parsed tree as text; reading it gives the same tree. */
void mp__cel_print(const mp__node *node, mp__buf *buf);

/* ---- functions ---- */

typedef struct mp__machine mp__machine;
typedef mp__value (*mp__call_fn)(mp__machine *m, const mp__value *args);

/* What a call costs, by the sizes of its arguments: the names of cel.md section 12 in short. */
typedef enum mp__cost {
    MP__COST_ONE,
    MP__COST_NONE,
    MP__COST_EQUAL,    /* ceil(min(n, m) / 10) */
    MP__COST_ORDER,    /* the same for strings and bytes, else 1 */
    MP__COST_CONCAT,   /* ceil((n + m) / 10) for strings and bytes, else 1 */
    MP__COST_IN_LIST,  /* size of the list */
    MP__COST_ARGUMENT, /* ceil(m / 10), m of the second argument */
    MP__COST_FIRST,    /* ceil(n / 10) */
    MP__COST_FIRST2,   /* ceil(2n / 10) */
    MP__COST_CONTAINS, /* ceil(n / 10) * ceil(m / 10) */
    MP__COST_REGEX,    /* ceil((n + 1) / 10) * ceil(m / 4) */
    MP__COST_JOIN,     /* ceil(2 size(result) / 10) */
    MP__COST_TRAVERSE, /* traversal of the target */
    MP__COST_CONTAINS_IP,
    MP__COST_CONTAINS_CIDR,
    MP__COST_LIST,    /* 11 + size(result) */
    MP__COST_FLATTEN, /* 11 + depth * n */
    MP__COST_SORT,    /* 11 + 2 n n, or 2.1 n n for strings and bytes; n of the last argument */
    MP__COST_SETS,    /* 1 + n * m */
    MP__COST_SETS2,   /* 1 + 2 n m */
    MP__COST_FORMAT   /* ceil((m + 1) / 10) * ceil(regex size / 4) */
} mp__cost;

/* How a function is called; and: lists among the arguments are not looked into. */
enum { MP__MEMBER = 1, MP__GLOBAL = 2, MP__ANY_LIST = 4 };

/* One overload.  Rows of one name stand together; the order decides ties. */
typedef struct mp__function {
    const char *name;
    uint8_t style; /* MP__MEMBER, MP__GLOBAL, MP__ANY_LIST */
    uint8_t arity; /* the receiver included */
    const mp__type *result;
    const mp__type *params[4];
    mp__call_fn call;
    mp__cost cost;
} mp__function;

/* The first release, 1.N, whose selectors may call the row: N. */
unsigned mp__function_since(const mp__function *row);
/* Rows with the name: first one and how many; NULL if it is undeclared. */
const mp__function *mp__function_find(mp__str name, size_t *count);
/* Whether a value can be an argument where a parameter of the type stands, at run time. */
bool mp__value_is(const mp__value *v, const mp__type *type);

/* ---- checking ---- */

/* The releases of Kubernetes, 1.N, whose selectors are known: the first and the last. */
#define MP__RELEASE_FIRST 31
#define MP__RELEASE 37

typedef struct mp__env_var {
    mp__str name;
    const mp__type *type;
} mp__env_var;

struct mp_cel_env {
    mp_allocator alloc;
    mp__arena arena;
    bool dra;
    unsigned release;   /* 1.N: what may be written; see mp_cel_profile */
    unsigned evaluator; /* 1.N: who runs it */
    bool multiple;      /* device.allowMultipleAllocations is there */
    bool lists;         /* attributes may be lists: their values are dyn, and includes() is there */
    bool literal;       /* for tests: programs without prepared literals, lookups and tests */
    mp__str container;
    mp__env_var *vars;
    size_t var_count, var_capacity;
};

/* For tests: declare a variable, by type text ("map(string, dyn)"; "dyn" for any). */
mp_status mp__cel_env_declare(mp_cel_env *env, mp__str name, mp__str type_text);
/* For tests: the container that names are resolved in. */
mp_status mp__cel_env_set_container(mp_cel_env *env, mp__str container);

/* Types the tree; *out is the type of the whole.  `slots` is how many local slots it needs. */
mp_status mp__check(mp__arena *arena, const mp_cel_env *env, const mp__source *source,
                    mp__node *root, const mp__type **out, uint32_t *slots, mp_error *err);

/* Parses and checks: the front half of a compilation, into a scratch arena. */
mp_status mp__cel_read(mp__arena *arena, const mp_cel_env *env, mp__str text, mp__node **root,
                       const mp__type **type, uint32_t *slots, mp_error *err);

/* ---- programs ---- */

typedef enum mp__op {
    MP__OP_CONST,
    MP__OP_PREPARED, /* a call on a constant, made while compiling; slot is what the call costs */
    MP__OP_LOCAL,    /* slot */
    MP__OP_LAZY,     /* slot of a bound variable, evaluated at first use */
    MP__OP_REPEAT,   /* the same, charged as if it were evaluated at every use */
    MP__OP_VARIABLE, /* declared variable by number */
    MP__OP_DEVICE,   /* the device */
    MP__OP_FIELD,    /* field of the device: index in slot */
    MP__OP_LOOKUP,   /* device.attributes[const].const or capacity: domain and id known */
    MP__OP_SELECT,   /* args[0].name */
    MP__OP_HAS,      /* has(args[0].name) */
    MP__OP_INDEX,    /* args[0][args[1]] */
    MP__OP_OPT_SELECT,
    MP__OP_OPT_INDEX,
    MP__OP_AND,
    MP__OP_OR,
    MP__OP_NOT,
    MP__OP_TERNARY,
    MP__OP_NOT_STRICTLY_FALSE,
    MP__OP_EQUAL,
    MP__OP_NOT_EQUAL,
    MP__OP_IN_CONST, /* args[0] in a constant list of scalars */
    MP__OP_CALL,     /* one of the overloads */
    MP__OP_OPT_OR,   /* args[0].or(args[1]) */
    MP__OP_OPT_OR_VALUE,
    MP__OP_LIST,
    MP__OP_MAP,
    MP__OP_MESSAGE, /* of the values of its fields */
    MP__OP_LOOP
} mp__op;

/* How an instruction is charged when it is stepped into, or stands where its base is free. */
typedef enum mp__path {
    MP__PATH_NONE,       /* computed: the first step into it costs one more */
    MP__PATH_BASE,       /* a variable, or steps from anything: 1 of its cost is for the base */
    MP__PATH_CONDITIONAL /* a ternary, or steps from one: nothing is for the base */
} mp__path;

typedef struct mp__insn mp__insn;
struct mp__insn {
    uint8_t op;
    uint8_t path; /* mp__path */
    uint8_t cost; /* mp__cost of a call with one overload */
    uint16_t arg_count;
    uint32_t slot; /* of a local; field of the device; 1 for capacity in a lookup */
    const mp__insn *const *args;
    union {
        mp__value constant;
        struct {
            const mp__function *row; /* the first overload that is tried */
            uint32_t more;           /* bit n: the row n behind it is tried too; bit 0 is set */
            const void *prepared;    /* a regex or a set, made once */
        } call;
        struct {
            mp__str name;
            const mp__str *domain; /* of a lookup */
        } select;
        const uint8_t *optional; /* of list elements and map entries; NULL: none is */
        struct {
            const struct mp__message *type;
            const uint8_t *numbers, *optional; /* of the fields; no field is optional: NULL */
        } message;
        const struct mp__insn_loop *loop;
    } as;
};

typedef struct mp__insn_loop {
    const mp__insn *range, *init, *condition, *step, *result;
    uint32_t var, var2, accu; /* slots; var2 == var: the one-variable form */
    bool two, bind;
} mp__insn_loop;

struct mp_cel {
    mp_allocator alloc;
    union {
        mp__arena *arena; /* while the program is made */
        struct mp__arena_block *blocks;
    } in;
    mp__str source;
    const char *type_text;
    const mp__insn *root;
    const struct mp__predicate *predicate; /* the same in short; NULL: none */
    void **regexes;
    uint32_t regex_count, regex_capacity;
    uint32_t slots, variables; /* of locals; that the environment declared */
    uint32_t bytes;            /* of the blocks */
    uint8_t evaluator;         /* 1.N */
    bool dra, literal;
};

/* A program without instructions; NULL when out of memory. */
mp_cel *mp__cel_new(const mp_cel_env *env, uint32_t slots);
/* The program owns what is in its arena, and lets the arena go. */
void mp__cel_finish(mp_cel *cel);
/* Turns a checked tree into the program's instructions.  Constant parts that fail to convert are
 * compile errors. */
mp_status mp__emit(mp_cel *cel, const mp__source *source, const mp__node *root, mp_error *err);

/* ---- running ---- */

static inline bool mp__is_overloaded(const mp__insn *i)
{
    return i->as.call.more != 1;
}

#define MP__COST_LIMIT ((uint64_t)MP_CEL_COST_MAX)
#define MP__MACHINE_SLOTS 32 /* on the stack; more come from the arena */

struct mp__machine {
    const mp_cel *cel;
    const mp_cel_device *device;
    const mp__value *variables; /* of a base environment, by number */
    mp__value *slots;
    mp__value slot_room[MP__MACHINE_SLOTS];
    mp__arena arena; /* lists, maps and texts made on the way; empty in the common forms */
    uint64_t cost, limit;
    uint64_t work;                /* steps beyond those that costs stand for */
    struct mp__zone_entry *zones; /* read so far */
    mp_status status;             /* MP_OK, MP_ENOMEM or MP_EBUDGET */
    const char *reason;           /* text for the status MP_EEVAL: what nothing can absorb */
    const mp__insn *calling;      /* the call under way, for what was prepared */
};

/* A time zone by name; none where it could not be read. */
typedef struct mp__zone_entry {
    mp__str name;
    const struct mp__zone *zone;
    struct mp__zone_entry *next;
} mp__zone_entry;

void mp__machine_init(mp__machine *m, const mp_allocator *alloc, const mp_cel *cel);
void mp__machine_fini(mp__machine *m);
mp__value mp__machine_run(mp__machine *m);
/* Makes room for the program's slots; mp__machine_run() does it by itself. */
bool mp__machine_ready(mp__machine *m);
/* Runs one instruction of a program under construction: for folding. */
mp__value mp__machine_eval(mp__machine *m, const mp__insn *insn);
/* Fills err with the text of an error value; returns its status (MP_EEVAL, ...). */
mp_status mp__machine_fail(const mp__machine *m, const mp__value *error, mp_error *err);

/* Ends the evaluation as a whole, as a panic does in Go: no && or || absorbs it. */
mp__value mp__abort(mp__machine *m, const char *reason);

/* Making values in the machine's arena. */
mp__value mp__error(mp__failure failure, mp__str detail);
mp__value mp__no_memory(mp__machine *m);
mp__value mp__make_text(mp__machine *m, mp__kind kind, const char *data, size_t size);
mp__value mp__make_list(mp__machine *m, const mp__value *items, size_t count);
/* a + b; appending to the newest list of a store takes time in proportion to b alone. */
mp__value mp__concat_lists(mp__machine *m, const mp__value *a, const mp__value *b);
mp__value mp__make_optional(mp__machine *m, const mp__value *held); /* NULL: none */
mp__value mp__make_quantity(mp__machine *m, const mp_quantity *q, bool sum);

static inline mp__value mp__bool(bool b)
{
    mp__value v = { 0 };

    v.kind = MP__BOOL;
    v.as.boolean = b;
    return v;
}

static inline mp__value mp__int(int64_t i)
{
    mp__value v = { 0 };

    v.kind = MP__INT;
    v.as.integer = i;
    return v;
}

static inline mp__value mp__double(double d)
{
    mp__value v = { 0 };

    v.kind = MP__DOUBLE;
    v.as.number = d;
    return v;
}

static inline mp__value mp__string(mp__str s)
{
    mp__value v = { 0 };

    v.kind = MP__STRING;
    v.size = (uint32_t)s.size;
    v.as.text = s.data;
    return v;
}

static inline mp__str mp__text_of(const mp__value *v)
{
    return (mp__str){ v->as.text, v->size };
}

/* Byte offset of the first `needle` at or after `from`, or SIZE_MAX. */
size_t mp__text_find(mp__str s, mp__str needle, size_t from);

/* A constant list of scalars, for membership; NULL when out of memory. */
typedef struct mp__set mp__set;
const mp__set *mp__set_new(mp__arena *arena, const mp__list *list);
bool mp__set_has(const mp__set *set, const mp__value *v);

/* As mp_cel_result_object(): MP_ENOMEM, or MP_ELIMIT for what is too deep or too large. */
mp_status mp__cel_result_object(const mp_cel_result *result, mp_doc *doc, mp_object **out);

/* Whether a value can be the key of a selection or index at all. */
bool mp__may_be_key(const mp__value *v);
bool mp__has_hash(const mp__value *v);
/* Why bytes and versions are no keys: the evaluator of Kubernetes fails to hash them. */
extern const char mp__no_hash[];
/* Quantity, version, address or prefix. */
bool mp__is_opaque(const mp__value *v);
/* Any map-like value: a map, the device, its attributes or capacity. */
bool mp__is_mapping(const mp__value *v);
size_t mp__mapping_size(const mp__value *v);
void mp__mapping_at(const mp__value *v, size_t i, mp__value *key, mp__value *value);

/* Maps under construction.  A store starts out as zero. */
size_t mp__map_store_find(mp__machine *m, const mp__map_store *s, const mp__value *key);
bool mp__map_store_add(mp__arena *arena, mp__map_store *s, const mp__value *key,
                       const mp__value *value);
mp__cmap *mp__map_of_store(mp__arena *arena, mp__map_store *s);
mp__value mp__new_map(mp__machine *m);
/* The map and an entry, which takes the place of an equal key's. */
mp__value mp__map_put(mp__machine *m, const mp__value *map, const mp__value *key,
                      const mp__value *value);

/* Counts steps that no cost stands for; false once there were too many, or the machine stopped. */
bool mp__work(mp__machine *m, size_t steps);

/* Equality as `==` has it at run time: bool, or an error. */
mp__value mp__equal(mp__machine *m, const mp__value *a, const mp__value *b);
/* Order of two values of comparable kinds: -1, 0, 1; 2: no such overload, 3: a NaN. */
int mp__compare(const mp__value *a, const mp__value *b);
/* Size as costs count it. */
uint64_t mp__cost_size(const mp__value *v);
/* Entry of a map (or device map) by key; an error if there is none, or the key cannot be one. */
mp__value mp__map_lookup(mp__machine *m, const mp__value *map, const mp__value *key, bool *found);
/* Any map-like value as a plain map. */
mp__value mp__as_map(mp__machine *m, const mp__value *v);
const char *mp__kind_name(const mp__value *v);
/* What type() gives. */
const mp__type *mp__type_of(const mp__value *v);
mp__value mp__type_value(const mp__type *type);
/* What string() and texts call a type that is a value. */
const char *mp__type_value_name(const mp__type *type);
/* What the regular expression of a named format counts as in costs. */
uint64_t mp__format_pattern_size(const mp__value *v);
bool mp__url_equal(const struct mp__url *a, const struct mp__url *b);

/* ---- timestamps ---- */

/* An instant, and the offset of the zone it was written in. */
typedef struct mp__time {
    int64_t seconds; /* since 1970, within the years 1 to 9999 */
    uint32_t nanos;
    int minutes; /* east of UTC, within 25 hours */
} mp__time;

mp__value mp__make_time(mp__time t);
mp__time mp__time_of(const mp__value *v);
/* By instant alone: -1, 0, 1. */
int mp__time_compare(const mp__value *a, const mp__value *b);
mp__value mp__make_duration(int64_t nanos);
/* Texts of RFC 3339 and of durations; return the size. */
#define MP__TIME_TEXT_MAX 64
size_t mp__time_text(const mp__time *t, char out[MP__TIME_TEXT_MAX]);
size_t mp__duration_text(int64_t nanos, char out[MP__TIME_TEXT_MAX]);
bool mp__date_valid(mp__str text); /* yyyy-mm-dd */

#endif

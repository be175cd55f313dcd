/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a selector gives what it gives: on one device, part by part; on many, conjunct by conjunct.
 *
 * A part is a node of the tree that no loop's variables reach: it is compiled as a program of its
 * own and run on the device, so its value and its cost are those it has when it is evaluated.
 */
#include "cel_internal.h"

/* Each part is run by itself, nested ones again and again: all together no more than so many units.
 */
#define COST_MAX (10 * (uint64_t)MP_CEL_COST_MAX)
/* Names that are compared with one that no device has. */
#define NAMES_MAX 1024
/* Longer names are cut when spellings are compared. */
#define NAME_SIZE_MAX 128

typedef struct explainer {
    const mp_cel_env *env;
    mp__arena arena;
    mp__source source;
    mp__node *root;
    uint32_t slots;
    mp_error *err;
} explainer;

static mp_status open(explainer *x, const mp_cel_env *env, const char *source, size_t size,
                      mp_error *err)
{
    mp__str text = mp__str_make(source, size);
    const mp__type *type;

    mp__error_clear(err);
    x->env = env;
    x->source = (mp__source){ text.data, text.size };
    x->err = err;
    mp__arena_init(&x->arena, &env->alloc);
    if (!env->dra)
        return mp__fail(err, MP_EINVAL, "only selectors of devices can be explained");
    return mp__cel_read(&x->arena, env, text, &x->root, &type, &x->slots, err);
}

/* One node as a program. */
static mp_status compile_part(explainer *x, const mp__node *node, mp_cel **out)
{
    mp_cel *cel = mp__cel_new(x->env, x->slots);
    mp__arena arena;
    mp_status st;

    *out = NULL;
    if (!cel)
        return mp__fail_nomem(x->err);
    mp__arena_init(&arena, &cel->alloc);
    cel->in.arena = &arena;
    st = mp__emit(cel, &x->source, node, x->err);
    mp__cel_finish(cel);
    if (st == MP_OK)
        *out = cel;
    else
        mp_cel_free(cel);
    return st;
}

static mp__str text_of(explainer *x, const mp__node *node)
{
    mp__buf buf;
    mp__str out = { 0 };

    mp__buf_init(&buf, &x->arena.alloc);
    mp__cel_print(node, &buf);
    if (!buf.failed) {
        out.data = mp__arena_strdup(&x->arena, buf.data, buf.size);
        out.size = out.data ? buf.size : 0;
    }
    mp__buf_fini(&buf);
    return out;
}

/* Where a node stands, in lines and characters. */
static void place(const explainer *x, const mp__node *node, mp_error *at)
{
    mp__error_clear(at);
    mp__source_fail(&x->source, at, MP_OK, node->offset, "%s", "");
}

/* ---- one device ---- */

/* The value as JSON; empty where it is too deep or too large for that. */
static mp_status value_text(explainer *x, mp_cel_result *r, mp_text *out)
{
    mp_doc *doc = NULL;
    mp_object *made;
    mp_status st = mp_doc_new(&x->env->alloc, &doc, x->err);

    if (st != MP_OK)
        return st;
    st = mp__cel_result_object(r, doc, &made);
    if (st == MP_OK)
        st = mp_json_text(&x->env->alloc, made, 0, out, x->err);
    else
        st = st == MP_ELIMIT ? MP_OK : mp__fail_nomem(x->err);
    mp_doc_free(doc);
    return st;
}

typedef struct walk {
    explainer *x;
    const mp_cel_device *device;
    mp_cel_part_fn fn;
    void *user;
    size_t parts;
    uint64_t cost;
} walk;

static mp_status report(walk *w, const mp__node *node, unsigned depth)
{
    mp_cel_input input = MP_CEL_INPUT_INIT;
    mp_cel_part part = { 0 };
    mp_cel_result *r = NULL;
    mp_text value = { 0 };
    mp__str text = text_of(w->x, node);
    mp_error at, why;
    mp_cel *cel;
    mp_status st = text.data ? compile_part(w->x, node, &cel) : mp__fail_nomem(w->x->err);

    if (st != MP_OK)
        return st;
    input.device = w->device;
    part.status = mp_cel_eval(cel, &input, &r, &part.cost, &why);
    w->cost += part.cost;
    if (part.status == MP_OK)
        st = value_text(w->x, r, &value);
    else if (part.status == MP_ENOMEM)
        st = mp__fail_nomem(w->x->err);
    if (st == MP_OK) {
        place(w->x, node, &at);
        part.offset = node->offset;
        part.line = at.line;
        part.column = at.column;
        part.depth = depth;
        part.text = text.data;
        part.value = part.status != MP_OK ? why.text : value.data ? value.data : "";
        part.type = r ? mp_cel_result_type(r) : "";
        w->fn(&part, w->user);
    }
    mp_text_fini(&value);
    mp_cel_result_free(r);
    mp_cel_free(cel);
    return st;
}

static mp_status visit(walk *w, const mp__node *node, unsigned depth);

static mp_status visit_all(walk *w, const mp__node *node, unsigned depth)
{
    mp_status st = MP_OK;

    if (node->target && node->kind != MP__NODE_STRUCT)
        st = visit(w, node->target, depth);
    for (size_t i = 0; st == MP_OK && i < node->args.count; i++)
        st = visit(w, node->args.items[i], depth);
    return st;
}

/* A part, and the parts it is made of.  Constants speak for themselves; what a macro repeats has
 * no value of its own. */
static mp_status visit(walk *w, const mp__node *node, unsigned depth)
{
    mp_status st;

    if (node->kind == MP__NODE_CONST || w->parts >= MP_CEL_PARTS_MAX || w->cost > COST_MAX)
        return MP_OK;
    if (node->kind == MP__NODE_IDENT || node->kind == MP__NODE_STRUCT)
        return MP_OK;
    w->parts++;
    st = report(w, node, depth);
    if (st != MP_OK || node->kind != MP__NODE_LOOP)
        return st == MP_OK && !node->macro ? visit_all(w, node, depth + 1) : st;
    return node->loop->bind ? MP_OK : visit(w, node->loop->range, depth + 1);
}

mp_status mp_cel_explain(const mp_cel_env *env, const char *source, size_t size,
                         const mp_cel_device *device, mp_cel_part_fn fn, void *user, mp_error *err)
{
    explainer x = { 0 };
    walk w = { &x, device, fn, user, 0, 0 };
    mp_status st = open(&x, env, source, size, err);

    if (st == MP_OK)
        st = visit(&w, x.root, 0);
    mp__arena_fini(&x.arena);
    return st;
}

/* ---- many devices ---- */

static bool is_and(const mp__node *node)
{
    return node->kind == MP__NODE_CALL && !node->target &&
           mp__str_equal(node->name, MP__STR("_&&_"));
}

typedef struct sieve {
    explainer *x;
    const mp_cel_device *const *devices;
    bool *alive;
    size_t count, left, failed;
    mp_cel_step_fn fn;
    void *user;
} sieve;

static mp_status sift(sieve *s, const mp__node *node)
{
    mp_cel_step step = { 0 };
    mp__str text;
    mp_error at;
    mp_cel *cel;
    mp_status st;

    if (is_and(node)) {
        st = sift(s, node->args.items[0]);
        return st == MP_OK ? sift(s, node->args.items[1]) : st;
    }
    text = text_of(s->x, node);
    st = text.data ? compile_part(s->x, node, &cel) : mp__fail_nomem(s->x->err);
    if (st != MP_OK)
        return st;
    for (size_t i = 0; i < s->count; i++) {
        bool match;
        mp_status got = s->alive[i] ? mp_cel_match(cel, s->devices[i], &match, NULL) : MP_OK;

        if (got == MP_ENOMEM) {
            mp_cel_free(cel);
            return mp__fail_nomem(s->x->err);
        }
        if (!s->alive[i] || (got == MP_OK && match))
            continue;
        s->alive[i] = false;
        s->left--;
        s->failed += got != MP_OK;
    }
    mp_cel_free(cel);
    place(s->x, node, &at);
    step.offset = node->offset;
    step.line = at.line;
    step.column = at.column;
    step.text = text.data;
    step.left = s->left;
    step.failed = s->failed;
    s->fn(&step, s->user);
    return MP_OK;
}

mp_status mp_cel_sieve(const mp_cel_env *env, const char *source, size_t size,
                       const mp_cel_device *const *devices, size_t count, mp_cel_step_fn fn,
                       void *user, mp_error *err)
{
    explainer x = { 0 };
    sieve s = { &x, devices, NULL, count, count, 0, fn, user };
    mp_status st = open(&x, env, source, size, err);

    if (st == MP_OK) {
        s.alive = MP__NEW_ARRAY(&x.arena, bool, count);
        if (!s.alive)
            st = mp__fail_nomem(err);
    }
    for (size_t i = 0; st == MP_OK && i < count; i++)
        s.alive[i] = true;
    if (st == MP_OK)
        st = sift(&s, x.root);
    mp__arena_fini(&x.arena);
    return st;
}

/* ---- names that no device has ---- */

typedef struct known_name {
    mp__str domain, id;
} known_name;

typedef struct names {
    explainer *x;
    const mp_cel_device *const *devices;
    size_t count;
    known_name *known; /* distinct ones, up to NAMES_MAX; NULL until needed */
    size_t known_count;
    mp_cel_unknown_fn fn;
    void *user;
} names;

/* How many letters must change, be added or go; both texts are cut to NAME_SIZE_MAX. */
static size_t distance(mp__str a, mp__str b)
{
    size_t row[NAME_SIZE_MAX + 1], before, corner;

    a.size = a.size < NAME_SIZE_MAX ? a.size : NAME_SIZE_MAX;
    b.size = b.size < NAME_SIZE_MAX ? b.size : NAME_SIZE_MAX;
    for (size_t j = 0; j <= b.size; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.size; i++) {
        corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.size; j++) {
            size_t best = corner + (a.data[i - 1] != b.data[j - 1]);

            before = row[j];
            best = best < before + 1 ? best : before + 1;
            row[j] = best < row[j - 1] + 1 ? best : row[j - 1] + 1;
            corner = before;
        }
    }
    return row[b.size];
}

static void learn(names *n, mp__str domain, mp__str id)
{
    for (size_t i = 0; i < n->known_count; i++)
        if (mp__str_equal(n->known[i].id, id) && mp__str_equal(n->known[i].domain, domain))
            return;
    if (n->known_count < NAMES_MAX)
        n->known[n->known_count++] = (known_name){ domain, id };
}

/* The names of one kind, in the devices' order. */
static bool learn_all(names *n, bool capacity)
{
    if (!n->known)
        n->known = MP__NEW_ARRAY(&n->x->arena, known_name, NAMES_MAX);
    if (!n->known)
        return false;
    n->known_count = 0;
    for (size_t i = 0; i < n->count && n->known_count < NAMES_MAX; i++) {
        const mp__domains *all = capacity ? &n->devices[i]->capacity : &n->devices[i]->attributes;

        for (size_t d = 0; d < all->count; d++)
            for (size_t k = 0; k < all->items[d].entries.count; k++)
                learn(n, all->items[d].name, mp__text_of(&all->items[d].entries.keys[k]));
    }
    return true;
}

static mp_status unknown(names *n, const mp__node *node, mp__str domain, mp__str id, bool capacity)
{
    mp_cel_unknown u = { 0 };
    const known_name *nearest = NULL;
    size_t best = SIZE_MAX, size;
    mp_error at;

    if (!learn_all(n, capacity))
        return mp__fail_nomem(n->x->err);
    for (size_t i = 0; i < n->known_count; i++) {
        size_t far = distance(n->known[i].domain, domain) + distance(n->known[i].id, id);

        if (far < best) {
            best = far;
            nearest = &n->known[i];
        }
    }
    place(n->x, node, &at);
    u.offset = node->offset;
    u.line = at.line;
    u.column = at.column;
    u.capacity = capacity;
    u.name = mp__arena_printf(&n->x->arena, &size, "%.*s/%.*s", (int)domain.size, domain.data,
                              (int)id.size, id.data);
    if (nearest && best <= id.size / 2 + 1)
        u.nearest = mp__arena_printf(&n->x->arena, &size, "%.*s/%.*s", (int)nearest->domain.size,
                                     nearest->domain.data, (int)nearest->id.size, nearest->id.data);
    if (n->x->arena.failed)
        return mp__fail_nomem(n->x->err);
    n->fn(&u, n->user);
    return MP_OK;
}

/* The name that a step or a constant index goes by. */
static bool step_of(const mp__node *node, mp__str *name, const mp__node **from)
{
    if (node->kind == MP__NODE_SELECT) {
        *name = node->name;
        *from = node->target;
        return true;
    }
    if (node->kind != MP__NODE_CALL || node->args.count != 2 || node->target ||
        node->args.items[1]->kind != MP__NODE_CONST ||
        node->args.items[1]->value.kind != MP__STRING)
        return false;
    if (!mp__str_equal(node->name, MP__STR("_[_]")) &&
        !mp__str_equal(node->name, MP__STR("_[?_]")) && !mp__str_equal(node->name, MP__STR("_?._")))
        return false;
    *name = mp__text_of(&node->args.items[1]->value);
    *from = node->args.items[0];
    return true;
}

/* A node that reads a name of the device which none has. */
static mp_status look(names *n, const mp__node *node)
{
    const mp__node *inner, *field, *device;
    mp__str id, domain, kind;
    bool capacity;

    if (!step_of(node, &id, &inner) || !step_of(inner, &domain, &field) ||
        !step_of(field, &kind, &device) || device->kind != MP__NODE_IDENT || !device->variable ||
        device->variable->local)
        return MP_OK;
    capacity = mp__str_equal(kind, MP__STR("capacity"));
    if (!capacity && !mp__str_equal(kind, MP__STR("attributes")))
        return MP_OK;
    for (size_t i = 0; i < n->count; i++)
        if (mp__domains_find(capacity ? &n->devices[i]->capacity : &n->devices[i]->attributes,
                             domain, id))
            return MP_OK;
    return unknown(n, node, domain, id, capacity);
}

static mp_status search(names *n, const mp__node *node)
{
    mp_status st = look(n, node);

    if (st == MP_OK && node->target)
        st = search(n, node->target);
    for (size_t i = 0; st == MP_OK && i < node->args.count; i++)
        st = search(n, node->args.items[i]);
    if (st != MP_OK || node->kind != MP__NODE_LOOP)
        return st;
    st = search(n, node->loop->range);
    if (st == MP_OK)
        st = search(n, node->loop->init);
    if (st == MP_OK && !node->loop->bind)
        st = search(n, node->loop->step);
    return st == MP_OK ? search(n, node->loop->result) : st;
}

mp_status mp_cel_unknown_names(const mp_cel_env *env, const char *source, size_t size,
                               const mp_cel_device *const *devices, size_t count,
                               mp_cel_unknown_fn fn, void *user, mp_error *err)
{
    explainer x = { 0 };
    names n = { &x, devices, count, NULL, 0, fn, user };
    mp_status st = open(&x, env, source, size, err);

    if (st == MP_OK)
        st = search(&n, x.root);
    mp__arena_fini(&x.arena);
    return st;
}

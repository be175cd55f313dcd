/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads: how many pods of a member nodes of one state can take at once, and by which options.
 *
 * The states of all cells are listed as they are when the member's turn comes; each is then decided
 * once, so that no distribution of its pods is met twice.
 */
#include "solver_internal.h"

typedef struct loader {
    solver *s;
    const task *t;
    mp__class *class_of;
    const mp__option **options;
    size_t option_count;
    int64_t *pods; /* per option, of the load under way */
    loads *out;
} loader;

static mp_status add_load(loader *l, uint32_t vector, int64_t pods)
{
    mp__arena *arena = &l->out->arena;
    load item = { .entry = l->out->entry_count - 1, .pods = pods, .after = vector };
    part *parts = MP__NEW_ARRAY(arena, part, l->option_count);
    load *grown;

    if (!parts)
        return MP_ENOMEM;
    for (size_t o = 0; o < l->option_count; o++) {
        if (l->pods[o] == 0)
            continue;
        item.after = mp__vector_after(l->class_of, item.after, l->options[o], l->pods[o]);
        if (item.after == MP__NO_SYMBOL)
            return MP_ENOMEM;
        parts[item.part_count++] = (part){ l->options[o], l->pods[o] };
    }
    item.parts = parts;
    grown = mp__arena_push(arena, l->out->items, &l->out->count, &l->out->capacity, sizeof *grown);
    if (!grown)
        return MP_ENOMEM;
    l->out->items = grown;
    grown[l->out->count - 1] = item;
    return MP_OK;
}

/* The loads of `pods` pods that a node of a state can take, by options: the most of the first
 * option first. */
static mp_status split_load(loader *l, uint32_t vector, int64_t pods)
{
    size_t o = 0, last = l->option_count - 1;
    uint32_t at = vector;
    int64_t rest = pods;

    memset(l->pods, 0, l->option_count * sizeof *l->pods);
    /* An odometer: options before the last take from what the node holds down to none. */
    for (;;) {
        /* Fill options from o on as full as can be. */
        at = vector;
        rest = pods;
        for (size_t i = 0; i < o && at != MP__NO_SYMBOL; i++) {
            rest -= l->pods[i];
            at = mp__vector_after(l->class_of, at, l->options[i], l->pods[i]);
        }
        for (size_t i = o; i <= last && at != MP__NO_SYMBOL; i++) {
            int64_t most = mp__pods_on(l->class_of, at, l->options[i]);

            l->pods[i] = most < rest ? most : rest;
            rest -= l->pods[i];
            at = mp__vector_after(l->class_of, at, l->options[i], l->pods[i]);
        }
        if (at == MP__NO_SYMBOL)
            return MP_ENOMEM;
        if (rest == 0 && add_load(l, vector, pods) != MP_OK)
            return MP_ENOMEM;
        l->s->looks += l->option_count;
        if (l->out->count >= LOADS_MAX) {
            l->s->truncated = true;
            return MP_OK;
        }
        o = last;
        while (o > 0 && l->pods[o - 1] == 0)
            o--;
        if (o == 0)
            return MP_OK;
        l->pods[o - 1]--;
    }
}

static mp_status load_state(loader *l, uint32_t cell, uint32_t vector, int64_t nodes)
{
    loads *out = l->out;
    entry *grown = mp__arena_push(&out->arena, out->entries, &out->entry_count,
                                  &out->entry_capacity, sizeof *grown);
    int64_t most = 0;
    size_t before = out->count;
    mp_status st = MP_OK;

    if (!grown)
        return MP_ENOMEM;
    out->entries = grown;
    grown[out->entry_count - 1] = (entry){ cell, vector, nodes, 0 };
    for (size_t o = 0; o < l->option_count; o++)
        most = l->class_of->width == 0
                   ? 1
                   : mp__add_saturating(most, mp__pods_on(l->class_of, vector, l->options[o]));
    if (most > l->t->pods)
        most = l->t->pods;
    if (most > LOADS_MAX) {
        l->s->truncated = true;
        most = LOADS_MAX;
    }
    for (int64_t pods = most; pods > 0 && st == MP_OK && out->count < LOADS_MAX; pods--)
        st = split_load(l, vector, pods);
    if (out->count == before)
        out->entry_count--;
    return st;
}

/* The fullest states first, then in order of content: never by number, which depends on the path.
 */
static bool state_before(const mp__class *k, uint32_t v, uint32_t w)
{
    const int64_t *x = mp__class_values(k, v), *y = mp__class_values(k, w);
    int64_t m = 0, n = 0;

    for (size_t d = 0; d < k->width; d++) {
        m = mp__add_saturating(m, x[d]);
        n = mp__add_saturating(n, y[d]);
    }
    if (m != n)
        return m < n;
    for (size_t d = 0; d < k->width; d++)
        if (x[d] != y[d])
            return x[d] < y[d];
    return false;
}

static mp_status load_cell(loader *l, uint32_t cell)
{
    solver *s = l->s;
    mp__cell *of = &s->s->cells[cell];
    const mp__options *list = options_of(s, l->t->member, cell);
    uint32_t *states = NULL;
    size_t count = 0;
    mp_status st = MP_OK;

    l->class_of = &s->s->classes[of->class_index];
    l->option_count = 0;
    l->options = MP__NEW_ARRAY(&l->out->arena, const mp__option *, list->count);
    l->pods = MP__NEW_ARRAY(&l->out->arena, int64_t, list->count);
    states = MP__NEW_ARRAY(&l->out->arena, uint32_t, of->left.size);
    if (!l->options || !l->pods || !states)
        return MP_ENOMEM;
    for (size_t o = 0; o < list->count; o++)
        if (may_take(s, l->t->member, &list->items[o]))
            l->options[l->option_count++] = &list->items[o];
    /* Where whole nodes are counted, options of one signature are one. */
    if (l->class_of->width == 0 && l->option_count > 1)
        l->option_count = 1;
    for (uint32_t v = 0; v < of->left.size && l->option_count > 0; v++) {
        size_t j = count;

        if (of->left.nodes[v] <= 0)
            continue;
        for (; j > 0 && l->class_of->width > 0 && state_before(l->class_of, v, states[j - 1]); j--)
            states[j] = states[j - 1];
        states[j] = v;
        count++;
    }
    s->looks += of->left.size + list->count;
    for (size_t i = 0; i < count && st == MP_OK; i++)
        st = load_state(l, cell, states[i], of->left.nodes[states[i]]);
    return st;
}

mp_status mp__solver_loads(solver *s, const task *t, frame *f)
{
    loader l = { .s = s, .t = t };
    mp_status st = MP_OK;
    int64_t room = 0;

    f->loads = l.out = mp__calloc(&s->arena->alloc, 1, sizeof *f->loads);
    if (!f->loads)
        return MP_ENOMEM;
    mp__arena_init(&f->loads->arena, &s->arena->alloc);
    for (uint32_t c = 0; c < s->s->cell_count && st == MP_OK; c++)
        if (allowed(s, t, c))
            st = load_cell(&l, c);
    f->count = l.out->count;
    /* The first load of an entry is its largest. */
    for (size_t i = l.out->count; i-- > 0;) {
        entry *e = &l.out->entries[l.out->items[i].entry];

        if (i > 0 && l.out->items[i - 1].entry == l.out->items[i].entry)
            continue;
        e->room = room;
        room = mp__add_saturating(room, mp__mul_saturating(e->left, l.out->items[i].pods));
    }
    return st;
}

/* Pods that load i and those after it can take at most. */
static int64_t room_from(const loads *l, size_t i)
{
    const entry *e;

    if (i >= l->count)
        return 0;
    e = &l->entries[l->items[i].entry];
    return mp__add_saturating(e->room, mp__mul_saturating(e->left, l->items[i].pods));
}

/* The next way to use loads for the pods of a frame: fewer nodes for this load, or the next load.
 */
bool mp__solver_next_load(frame *f)
{
    for (; f->next < f->count; f->next++, f->nodes = 0) {
        const load *item = &f->loads->items[f->next];
        entry *e = &f->loads->entries[item->entry];

        if (room_from(f->loads, f->next) < f->remaining)
            continue;
        if (f->nodes == 0) {
            f->nodes = f->remaining / item->pods;
            if (f->nodes > e->left)
                f->nodes = e->left;
        } else {
            f->nodes--;
        }
        if (f->nodes > 0) {
            /* What is left over must have room in later loads. */
            int64_t rest = f->remaining - f->nodes * item->pods, room;

            e->left -= f->nodes;
            room = room_from(f->loads, f->next + 1);
            e->left += f->nodes;
            if (rest <= room)
                return true;
        }
    }
    return false;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Constant lists on the right of `in`: scalars sorted by kind, found by bisection.
 *
 * Whole numbers are in exact order; a double is looked for among them as their doubles, which keep
 * that order, so the matches across kinds are those of `==`.
 */
#include "cel_internal.h"

typedef struct run {
    mp__value *items;
    size_t count;
} run;

struct mp__set {
    bool holds[2]; /* false, true */
    run whole, doubles, strings;
};

static int compare(const void *a, const void *b, void *user)
{
    (void)user;
    return mp__compare(a, b);
}

static bool find(const run *r, const mp__value *v)
{
    size_t low = 0, high = r->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = mp__compare(&r->items[middle], v);

        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

static bool is_nan(const mp__value *v)
{
    return v->kind == MP__DOUBLE && v->as.number != v->as.number;
}

bool mp__set_has(const mp__set *set, const mp__value *v)
{
    switch (v->kind) {
    case MP__BOOL:
        return set->holds[v->as.boolean];
    case MP__STRING:
        return find(&set->strings, v);
    case MP__INT:
    case MP__UINT:
    case MP__DOUBLE:
        return !is_nan(v) && (find(&set->whole, v) || find(&set->doubles, v));
    default:
        return false;
    }
}

/* Where a value belongs; NULL for bools, and for NaN, which equals nothing. */
static run *run_of(mp__set *set, const mp__value *v)
{
    if (v->kind == MP__BOOL || is_nan(v))
        return NULL;
    if (v->kind == MP__DOUBLE)
        return &set->doubles;
    return v->kind == MP__STRING ? &set->strings : &set->whole;
}

static void add(mp__set *set, const mp__value *v)
{
    run *r = run_of(set, v);

    if (r)
        r->items[r->count++] = *v;
    else if (v->kind == MP__BOOL)
        set->holds[v->as.boolean] = true;
}

const mp__set *mp__set_new(mp__arena *arena, const mp__list *list)
{
    mp__set *set = MP__NEW(arena, mp__set);
    run *runs[3];

    if (!set)
        return NULL;
    runs[0] = &set->whole;
    runs[1] = &set->doubles;
    runs[2] = &set->strings;
    /* The elements of a list are mostly of one kind: count first. */
    for (size_t i = 0; i < list->count; i++)
        if (run_of(set, &list->items[i]))
            run_of(set, &list->items[i])->count++;
    for (size_t i = 0; i < 3; i++) {
        if (runs[i]->count == 0)
            continue;
        runs[i]->items = MP__NEW_ARRAY(arena, mp__value, runs[i]->count);
        if (!runs[i]->items)
            return NULL;
        runs[i]->count = 0;
    }
    for (size_t i = 0; i < list->count; i++)
        add(set, &list->items[i]);
    for (size_t i = 0; i < 3; i++)
        if (!mp__sort(&arena->alloc, runs[i]->items, runs[i]->count, sizeof(mp__value), compare,
                      NULL))
            return NULL;
    return set;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions that look through lists, make new ones of them, or take them as sets.
 */
#include "functions_internal.h"

#define FN(name) mp__value mp__fn_##name(mp__machine *m, const mp__value *args)

/* Elements of the longest list that lists.range() makes. */
#define RANGE_MAX 1000000

static mp__value fail(const char *text)
{
    return mp__error(MP__FAIL_TEXT, mp__str_make(text, MP_NTS));
}

static mp__value no_overload(const char *name)
{
    return mp__error(MP__FAIL_NO_OVERLOAD, mp__str_make(name, MP_NTS));
}

static mp__value stopped(void)
{
    return mp__error(MP__FAIL_STOPPED, (mp__str){ 0 });
}

/* A failure with numbers in it. */
static mp__value fail_with(mp__machine *m, const char *fmt, int64_t a, int64_t b, int64_t c)
{
    size_t size;
    char *text = mp__arena_printf(&m->arena, &size, fmt, (long long)a, (long long)b, (long long)c);

    return text ? mp__error(MP__FAIL_TEXT, (mp__str){ text, size }) : mp__no_memory(m);
}

/* Room for the elements of a new list; NULL when out of memory. */
static mp__value *new_items(mp__machine *m, size_t count)
{
    return MP__NEW_ARRAY(&m->arena, mp__value, count ? count : 1);
}

static bool is_comparable(const mp__value *v)
{
    switch (v->kind) {
    case MP__BOOL:
    case MP__INT:
    case MP__UINT:
    case MP__DOUBLE:
    case MP__STRING:
    case MP__BYTES:
    case MP__TIMESTAMP:
    case MP__DURATION:
        return true;
    default:
        return false;
    }
}

static bool same(mp__machine *m, const mp__value *a, const mp__value *b)
{
    mp__value v = mp__equal(m, a, b);

    return v.kind == MP__BOOL && v.as.boolean;
}

/* ---- looking through ---- */

/* Neighbours that do not compare are in order. */
FN(is_sorted)
{
    const mp__list *list = args[0].as.list;

    (void)m;
    for (size_t i = 0; i < list->count; i++) {
        if (!is_comparable(&list->items[i]))
            return no_overload("isSorted");
        if (i > 0 && mp__compare(&list->items[i - 1], &list->items[i]) == 1)
            return mp__bool(false);
    }
    return mp__bool(true);
}

/* The first element that none is beyond; `beyond` is -1 for the least. */
static mp__value extreme(const mp__list *list, int beyond, const char *name, const char *empty)
{
    const mp__value *best = NULL;

    for (size_t i = 0; i < list->count; i++) {
        if (!is_comparable(&list->items[i]))
            return no_overload(name);
        if (!best || mp__compare(&list->items[i], best) == beyond)
            best = &list->items[i];
    }
    return best ? *best : fail(empty);
}

FN(list_min)
{
    (void)m;
    return extreme(args[0].as.list, -1, "min", "min called on empty list");
}

FN(list_max)
{
    (void)m;
    return extreme(args[0].as.list, 1, "max", "max called on empty list");
}

/* From `zero` on; every element must be of its kind. */
static mp__value sum(mp__machine *m, const mp__list *list, mp__value zero, mp__call_fn add)
{
    mp__value pair[2];

    pair[0] = zero;
    for (size_t i = 0; i < list->count; i++) {
        pair[1] = list->items[i];
        if (pair[1].kind != zero.kind)
            return no_overload("sum");
        pair[0] = add(m, pair);
        if (pair[0].kind == MP__ERROR)
            return pair[0];
    }
    return pair[0];
}

FN(sum_int)
{
    return sum(m, args[0].as.list, mp__int(0), mp__fn_add_int);
}

FN(sum_uint)
{
    mp__value zero = { 0 };

    zero.kind = MP__UINT;
    return sum(m, args[0].as.list, zero, mp__fn_add_uint);
}

FN(sum_double)
{
    return sum(m, args[0].as.list, mp__double(0), mp__fn_add_double);
}

FN(sum_duration)
{
    return sum(m, args[0].as.list, mp__make_duration(0), mp__fn_add_duration);
}

/* ---- new lists ---- */

FN(slice)
{
    const mp__list *list = args[0].as.list;
    int64_t start = args[1].as.integer, end = args[2].as.integer;

    if (start < 0 || end < 0)
        return fail_with(m, "cannot slice(%lld, %lld), negative indexes not supported", start, end,
                         0);
    if (start > end)
        return fail_with(m,
                         "cannot slice(%lld, %lld), start index must be less than or equal to end "
                         "index",
                         start, end, 0);
    if ((uint64_t)end > list->count)
        return fail_with(m, "cannot slice(%lld, %lld), list is length %lld", start, end,
                         (int64_t)list->count);
    return mp__make_list(m, list->items + start, (size_t)(end - start));
}

FN(reverse)
{
    const mp__list *list = args[0].as.list;
    mp__value *items = new_items(m, list->count);

    if (!items)
        return mp__no_memory(m);
    for (size_t i = 0; i < list->count; i++)
        items[i] = list->items[list->count - 1 - i];
    return mp__make_list(m, items, list->count);
}

FN(list_range)
{
    int64_t count = args[0].as.integer;
    mp__value *items;

    if (count < 0 && m->cel->evaluator < 37)
        return mp__make_list(m, NULL, 0);
    if (count < 0)
        return fail_with(m, "lists.range: size must be non-negative, got %lld", count, 0, 0);
    if (count > RANGE_MAX)
        return fail_with(m, "lists.range: size %lld exceeds maximum allowed (%lld)", count,
                         RANGE_MAX, 0);
    items = new_items(m, (size_t)count);
    if (!items)
        return mp__no_memory(m);
    for (int64_t i = 0; i < count; i++)
        items[i] = mp__int(i);
    return mp__make_list(m, items, (size_t)count);
}

/* How many elements a list has when lists in it, down to `depth` levels, stand for theirs.  Lists
 * nest no deeper than the expressions that made them; parts may be shared many times over. */
static size_t flat_count(mp__machine *m, const mp__list *list, int64_t depth)
{
    size_t count = 0;

    for (size_t i = 0; i < list->count && mp__work(m, 1); i++)
        count += list->items[i].kind == MP__LIST && depth > 0
                     ? flat_count(m, list->items[i].as.list, depth - 1)
                     : 1;
    return count;
}

static mp__value *put_flat(mp__value *to, const mp__list *list, int64_t depth)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].kind == MP__LIST && depth > 0)
            to = put_flat(to, list->items[i].as.list, depth - 1);
        else
            *to++ = list->items[i];
    }
    return to;
}

FN(flatten)
{
    const mp__list *list = args[0].as.list;
    int64_t depth = m->calling->arg_count == 2 ? args[1].as.integer : 1;
    mp__value *items;
    size_t count;

    if (depth < 0)
        return fail("level must be non-negative");
    count = flat_count(m, list, depth);
    if (m->status != MP_OK)
        return stopped();
    items = new_items(m, count);
    if (!items)
        return mp__no_memory(m);
    (void)put_flat(items, list, depth);
    return mp__make_list(m, items, count);
}

FN(distinct)
{
    const mp__list *list = args[0].as.list;
    mp__value *items = new_items(m, list->count);
    size_t count = 0;

    if (!items)
        return mp__no_memory(m);
    for (size_t i = 0; i < list->count && m->status == MP_OK; i++) {
        size_t k = 0;

        while (k < count && !same(m, &list->items[i], &items[k]))
            k++;
        if (k == count)
            items[count++] = list->items[i];
    }
    return mp__make_list(m, items, count);
}

/* ---- order ---- */

/* An element and what it is sorted by. */
typedef struct keyed {
    mp__value key, item;
} keyed;

static int compare_keys(const void *a, const void *b, void *user)
{
    const keyed *x = a, *y = b;
    int order = mp__compare(&x->key, &y->key);

    (void)user;
    return order > 1 ? 0 : order; /* a NaN is neither before nor after */
}

/* The order of insertion, as Go sorts a dozen: what follows stays behind unless it is less. */
static void insertion_sort(keyed *items, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t j = i; j > 0 && compare_keys(&items[j], &items[j - 1], NULL) < 0; j--) {
            keyed t = items[j];

            items[j] = items[j - 1];
            items[j - 1] = t;
        }
}

/* Elements in the order of their keys; equal keys keep the order they came in. */
static mp__value sort(mp__machine *m, const mp__list *list, const mp__list *keys)
{
    keyed *all = MP__NEW_ARRAY(&m->arena, keyed, list->count ? list->count : 1);
    mp__value *items = new_items(m, list->count);

    if (!all || !items)
        return mp__no_memory(m);
    if (list->count != keys->count)
        return fail("the list and the keys that it is sorted by differ in size");
    for (size_t i = 0; i < list->count; i++) {
        if (!is_comparable(&keys->items[0]))
            return fail("list elements must be comparable");
        if (keys->items[i].kind != keys->items[0].kind)
            return fail("list elements must have the same type");
        all[i] = (keyed){ keys->items[i], list->items[i] };
    }
    if (list->count <= 12)
        insertion_sort(all, list->count);
    else if (!mp__sort(&m->arena.alloc, all, list->count, sizeof *all, compare_keys, NULL))
        return mp__no_memory(m);
    for (size_t i = 0; i < list->count; i++)
        items[i] = all[i].item;
    return mp__make_list(m, items, list->count);
}

FN(sort)
{
    return sort(m, args[0].as.list, args[0].as.list);
}

FN(sort_by)
{
    return sort(m, args[0].as.list, args[1].as.list);
}

/* ---- sets ---- */

static bool holds(mp__machine *m, const mp__list *list, const mp__value *v)
{
    for (size_t i = 0; i < list->count && m->status == MP_OK; i++)
        if (same(m, v, &list->items[i]))
            return true;
    return false;
}

static bool holds_all(mp__machine *m, const mp__list *list, const mp__list *wanted)
{
    for (size_t i = 0; i < wanted->count; i++)
        if (!holds(m, list, &wanted->items[i]))
            return false;
    return true;
}

FN(sets_contains)
{
    return mp__bool(holds_all(m, args[0].as.list, args[1].as.list));
}

FN(sets_equivalent)
{
    return mp__bool(holds_all(m, args[0].as.list, args[1].as.list) &&
                    holds_all(m, args[1].as.list, args[0].as.list));
}

FN(sets_intersects)
{
    const mp__list *a = args[0].as.list, *b = args[1].as.list;

    for (size_t i = 0; i < a->count && m->status == MP_OK; i++)
        if (holds(m, b, &a->items[i]))
            return mp__bool(true);
    return mp__bool(false);
}

/* ---- optionals in lists ---- */

FN(unwrap)
{
    const mp__list *list = args[0].as.list;
    mp__value *items = new_items(m, list->count);
    size_t count = 0;

    if (!items)
        return mp__no_memory(m);
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].kind != MP__OPTIONAL)
            return fail("value is not an optional");
        if (list->items[i].as.optional)
            items[count++] = *list->items[i].as.optional;
    }
    return mp__make_list(m, items, count);
}

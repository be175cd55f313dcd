/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stable sort: bottom-up merge sort over runs that insertion has sorted.  n log n at worst.
 */
#include "base_internal.h"

#define RUN 8           /* items a run that insertion sorts */
#define SMALL_BYTES 512 /* arrays up to this size need no allocation */

typedef struct sorter {
    size_t item_size;
    int (*compare)(const void *, const void *, void *);
    void *user;
} sorter;

/* Sort items [0, count) by insertion; `spare` holds one item. */
static void insertion(const sorter *s, char *base, size_t count, char *spare)
{
    size_t w = s->item_size;

    for (size_t i = 1; i < count; i++) {
        size_t to = i;

        while (to > 0 && s->compare(base + (to - 1) * w, base + i * w, s->user) > 0)
            to--;
        if (to == i)
            continue;
        memcpy(spare, base + i * w, w);
        memmove(base + (to + 1) * w, base + to * w, (i - to) * w);
        memcpy(base + to * w, spare, w);
    }
}

/* Merge the sorted from[0, middle) and from[middle, count) into `to`; ties keep their order. */
static void merge(const sorter *s, const char *from, size_t middle, size_t count, char *to)
{
    size_t w = s->item_size, left = 0, right = middle;

    if (middle == count || s->compare(from + (middle - 1) * w, from + middle * w, s->user) <= 0) {
        memcpy(to, from, count * w);
        return;
    }
    for (; left < middle && right < count; to += w) {
        if (s->compare(from + left * w, from + right * w, s->user) <= 0)
            memcpy(to, from + left++ * w, w);
        else
            memcpy(to, from + right++ * w, w);
    }
    memcpy(to, from + left * w, (middle - left) * w);
    memcpy(to + (middle - left) * w, from + right * w, (count - right) * w);
}

static size_t min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void sort_with(const sorter *s, char *base, size_t count, char *scratch)
{
    size_t w = s->item_size;
    char *from = base, *to = scratch, *swap;

    for (size_t i = 0; i < count; i += RUN)
        insertion(s, base + i * w, min_size(RUN, count - i), scratch);
    for (size_t run = RUN; run<count; run = run> count / 2 ? count : run * 2) {
        for (size_t i = 0; i < count;) {
            size_t middle = min_size(run, count - i);
            size_t both = middle + min_size(run, count - i - middle);

            merge(s, from + i * w, middle, both, to + i * w);
            i += both;
        }
        swap = from;
        from = to;
        to = swap;
    }
    if (from != base)
        memcpy(base, from, count * w);
}

bool mp__sort(const mp_allocator *a, void *base, size_t count, size_t item_size,
              int (*compare)(const void *, const void *, void *), void *user)
{
    sorter s = { item_size, compare, user };
    char small[SMALL_BYTES];
    char *scratch = small;

    if (count < 2 || item_size == 0)
        return true;
    if (count > SIZE_MAX / item_size)
        return false;
    if (count * item_size > sizeof small) {
        scratch = mp__alloc(a, count * item_size);
        if (scratch == NULL)
            return false;
    }
    sort_with(&s, base, count, scratch);
    if (scratch != small)
        mp__free(a, scratch);
    return true;
}

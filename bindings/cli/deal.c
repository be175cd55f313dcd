/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dealing out the nodes of a pool: which of them a copy of an engine gets in the picture.
 *
 * The largest share of a node goes first, and each pod to the first node with room: whole nodes
 * stand in a row for each copy, and pods that share nodes leave few gaps.
 */
#include "picture.h"
#include <stdlib.h>
#include <string.h>

int64_t picture_add(int64_t a, int64_t b)
{
    return a > INT64_MAX - b ? INT64_MAX : a + b;
}

int64_t picture_count(const mp_object *map, const char *key, int64_t otherwise)
{
    int64_t value = otherwise;

    (void)mp_object_int(cli_get(map, key), &value);
    return value > 0 ? value : 0;
}

size_t picture_class(const picture_pool *pool, const char *name, int64_t *total)
{
    const mp_object *device = mp_object_first(pool->devices);
    size_t class = PICTURE_CLASSES, at = 0;

    *total = 0;
    for (; device && at < PICTURE_CLASSES; device = mp_object_next(device), at++) {
        if (strcmp(cli_string(cli_get(device, "deviceClassName")), name) != 0)
            continue;
        if (class == PICTURE_CLASSES)
            class = at;
        *total = picture_add(*total, picture_count(device, "count", 0));
    }
    return class;
}

/* What pods have taken of a node that they share. */
typedef struct fill {
    int64_t claims[PICTURE_CLASSES];
    unsigned parts;
} fill;

typedef struct dealer {
    picture_pool *pool;
    int64_t totals[PICTURE_CLASSES];
    fill *nodes;
    size_t next; /* the first node that nothing is on */
} dealer;

static int compare_loads(const void *a, const void *b)
{
    const picture_load *x = a, *y = b;

    if (x->share != y->share)
        return x->share > y->share ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

static void put_cell(picture_pool *pool, size_t node, unsigned from, unsigned to)
{
    if (pool->cell_count == pool->cell_capacity) {
        pool->cell_capacity = pool->cell_capacity ? 2 * pool->cell_capacity : 64;
        pool->cells = cli_resize(pool->cells, pool->cell_capacity, sizeof *pool->cells);
    }
    pool->cells[pool->cell_count++] = (picture_cell){ node, from, to };
}

static bool fits(const dealer *d, const fill *node, const picture_part *part)
{
    if (node->parts >= PICTURE_WHOLE)
        return false;
    for (size_t i = 0; i < PICTURE_CLASSES; i++)
        if (part->claims[i] > d->totals[i] - node->claims[i])
            return false;
    return true;
}

/* The first node with room; false if there is none among those that are drawn. */
static bool deal_pod(dealer *d, const picture_part *part)
{
    size_t node = part->share < PICTURE_WHOLE ? 0 : d->next;
    fill *f;

    while (node < d->next && !fits(d, &d->nodes[node], part))
        node++;
    if (node == d->pool->drawn)
        return false;
    if (node == d->next)
        d->next++;
    f = &d->nodes[node];
    /* Pods that fit by devices may overlap by share, as one takes what the other leaves. */
    if (f->parts + part->share > PICTURE_WHOLE)
        f->parts = PICTURE_WHOLE - part->share;
    put_cell(d->pool, node, f->parts, f->parts + part->share);
    f->parts += part->share;
    for (size_t i = 0; i < PICTURE_CLASSES; i++)
        f->claims[i] = picture_add(f->claims[i], part->claims[i]);
    return true;
}

static void deal_load(dealer *d, const picture_load *l)
{
    picture_pool *pool = d->pool;
    picture_copy copy = l->copy;
    bool room = true;

    copy.first = pool->cell_count;
    for (size_t i = 0; i < l->part_count && room; i++)
        for (int64_t pod = 0; pod < l->parts[i].pods && room; pod++)
            room = deal_pod(d, &l->parts[i]);
    copy.count = pool->cell_count - copy.first;
    if (copy.count == 0)
        return;
    if (pool->copy_count == pool->copy_capacity) {
        pool->copy_capacity = pool->copy_capacity ? 2 * pool->copy_capacity : 16;
        pool->copies = cli_resize(pool->copies, pool->copy_capacity, sizeof *pool->copies);
    }
    pool->copies[pool->copy_count++] = copy;
}

void picture_deal(picture_pool *pool, bool shared)
{
    dealer d = { .pool = pool, .nodes = cli_resize(NULL, pool->drawn, sizeof *d.nodes) };
    const mp_object *device = mp_object_first(pool->devices);

    memset(d.nodes, 0, pool->drawn * sizeof *d.nodes);
    for (size_t i = 0; device && i < PICTURE_CLASSES; device = mp_object_next(device), i++)
        (void)picture_class(pool, cli_string(cli_get(device, "deviceClassName")), &d.totals[i]);
    if (pool->load_count > 0)
        qsort(pool->loads, pool->load_count, sizeof *pool->loads, compare_loads);
    for (size_t i = 0; i < pool->load_count; i++)
        deal_load(&d, &pool->loads[i]);
    pool->taken = d.next;
    if (shared)
        pool->used = (int64_t)d.next;
    free(d.nodes);
}

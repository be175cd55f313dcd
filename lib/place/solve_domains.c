/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the search chooses from: domains, less those that cannot be told apart from one before, in
 * the order of the policy; and signatures.
 */
#include "solver_internal.h"

/* ---- domains ---- */

/* Whether cells i and j can stand for each other in the exchange of two domains of a level. */
static bool like(const solver *s, uint32_t i, uint32_t j, size_t level)
{
    const mp__cell *a = &s->s->cells[i], *b = &s->s->cells[j];
    size_t size = a->left.size > b->left.size ? a->left.size : b->left.size;

    if (a->class_index != b->class_index)
        return false;
    for (size_t v = 0; v < size; v++)
        if (mp__histogram_get(&a->left, (uint32_t)v) != mp__histogram_get(&b->left, (uint32_t)v))
            return false;
    for (size_t l = 0; l < s->ask->level_count; l++) {
        uint32_t da = a->domains[l], db = b->domains[l];

        if (l == level || da == db || (l == MP__LEVEL_POOL && !s->ask->pool_matters))
            continue;
        if (da == MP__NO_DOMAIN || db == MP__NO_DOMAIN)
            return false;
        /* Each must be a domain of that one cell, or the exchange would touch others. */
        for (uint32_t c = 0; c < s->s->cell_count; c++)
            if ((c != i && s->s->cells[c].domains[l] == da) ||
                (c != j && s->s->cells[c].domains[l] == db))
                return false;
    }
    return true;
}

static bool is_bound(const solver *s, const mp__cell *cell)
{
    if (s->ask->replica_level >= 0 && s->binding.replica == cell->domains[s->ask->replica_level])
        return true;
    for (size_t g = 0; g < s->ask->group_count; g++)
        if (s->ask->group_levels[g] >= 0 &&
            s->binding.groups[g] == cell->domains[s->ask->group_levels[g]])
            return true;
    return false;
}

/* Whether two domains of a level cannot be told apart: their cells are alike one by one, and no
 * binding reaches just one of them. */
static bool same_domains(solver *s, size_t level, uint32_t d, uint32_t e)
{
    uint32_t i = 0, j = 0;

    for (;;) {
        while (i < s->s->cell_count && s->s->cells[i].domains[level] != d)
            i++;
        while (j < s->s->cell_count && s->s->cells[j].domains[level] != e)
            j++;
        if (i == s->s->cell_count || j == s->s->cell_count)
            return i == j;
        s->looks += 2 * s->s->cell_count;
        if (is_bound(s, &s->s->cells[i]) != is_bound(s, &s->s->cells[j]) || !like(s, i, j, level))
            return false;
        i++;
        j++;
    }
}

static int64_t cheapest_pool(const solver *s, size_t level, uint32_t domain)
{
    int64_t cost = INT64_MAX;

    for (size_t p = 0; p < s->s->plot_count; p++) {
        const mp__plot *plot = &s->s->plots[p];
        const mp_pool *pool = s->ask->cluster->pools[plot->pool];

        if (plot->domains[level] == domain && pool->cost < cost)
            cost = pool->cost;
    }
    return cost;
}

/* Needs of the largest engine of the question. */
static int64_t largest_needs(const solver *s)
{
    int64_t most = 1;

    for (size_t e = 0; e < s->ask->engine_count; e++)
        if (!s->ask->engines[e].off && mp__bound_needs(&s->bound, e, false) > most)
            most = mp__bound_needs(&s->bound, e, false);
    return most;
}

static int64_t score_of(const solver *s, const task *t, size_t level, uint32_t domain)
{
    int64_t places, needs = mp__bound_needs(&s->bound, t->engine, false), largest;
    mp_candidate c = { .cluster = s->ask->cluster, .replicas = s->ask->replicas, .needs = needs };

    mp__bound_engine(&s->bound, t->engine, false, level, domain, &places);
    switch (s->policy) {
    case MP_POOLS_BEST_FIT:
        return places;
    case MP_POOLS_UNFRAGMENTED:
        largest = largest_needs(s);
        return places / largest - (places > needs ? places - needs : 0) / largest;
    case MP_POOLS_CHEAPEST:
        return cheapest_pool(s, level, domain);
    case MP_POOLS_SCORED:
        if (!s->ask->score)
            return 0;
        c.engine = engine_of(s, t->engine);
        c.free = places;
        for (size_t p = s->s->plot_count; p-- > 0;)
            if (s->s->plots[p].domains[level] == domain)
                c.pool = s->ask->cluster->pools[s->s->plots[p].pool];
        return s->ask->score(&c, s->ask->user);
    case MP_POOLS_FIRST:
        break;
    }
    return 0;
}

/* Sorts candidates by score; equal ones keep their order. */
static void sort_domains(frame *f, int64_t *scores)
{
    for (size_t i = 1; i < f->count; i++) {
        uint32_t domain = f->domains[i];
        int64_t score = scores[i];
        size_t j = i;

        for (; j > 0 && scores[j - 1] > score; j--) {
            scores[j] = scores[j - 1];
            f->domains[j] = f->domains[j - 1];
        }
        scores[j] = score;
        f->domains[j] = domain;
    }
}

/* Whether the engine, or its copy, could be in the domain as far as counting tells. */
static bool has_room(solver *s, const task *t, size_t level, uint32_t domain)
{
    int64_t places;

    s->looks += s->s->cell_count * 2;
    if (t->kind < TASK_HOME || t->kind == TASK_MEMBER)
        return true;
    return mp__bound_engine(&s->bound, t->engine, t->kind == TASK_COPY, level, domain, &places) > 0;
}

/* Scores the candidates and leaves out those without room, and those that cannot be told apart from
 * one of the same score. */
static mp_status choose(solver *s, const task *t, size_t level, frame *f)
{
    bool scored = t->kind == TASK_HOME && s->policy != MP_POOLS_FIRST;
    int64_t *scores = mp__calloc(&s->arena->alloc, f->count + 1, sizeof *scores);
    size_t kept = 0;

    if (!scores)
        return MP_ENOMEM;
    for (size_t i = 0; i < f->count; i++) {
        uint32_t domain = f->domains[i];
        bool skip = !has_room(s, t, level, domain);

        if (scored && !skip) {
            scores[kept] = score_of(s, t, level, domain);
            s->looks += s->s->cell_count + s->s->plot_count;
        }
        for (size_t j = 0; j < kept && !skip; j++)
            skip = scores[j] == scores[kept] && same_domains(s, level, f->domains[j], domain);
        if (!skip)
            f->domains[kept++] = domain;
    }
    f->count = kept;
    if (scored)
        sort_domains(f, scores);
    mp__free(&s->arena->alloc, scores);
    return MP_OK;
}

mp_status mp__solver_domains(solver *s, const task *t, frame *f)
{
    size_t level = level_of(s, t), cells = s->s->cell_count;

    f->domains = mp__alloc(&s->arena->alloc, (cells + 1) * sizeof *f->domains);
    if (!f->domains)
        return MP_ENOMEM;
    for (uint32_t c = 0; c < cells; c++) {
        uint32_t domain = s->s->cells[c].domains[level];
        bool skip = domain == MP__NO_DOMAIN || !allowed(s, t, c);

        for (size_t i = 0; i < f->count && !skip; i++)
            skip = f->domains[i] == domain;
        s->looks += f->count + 1;
        if (!skip)
            f->domains[f->count++] = domain;
    }
    return choose(s, t, level, f);
}

/* ---- signatures ---- */

static bool offers(const solver *s, const task *t, uint32_t cell, uint32_t signature)
{
    const mp__options *list = options_of(s, t->member, cell);

    for (size_t o = 0; o < list->count; o++)
        if (list->items[o].claims > 0 && list->items[o].signature == signature)
            return true;
    return false;
}

/* Whether one signature is on offer wherever another is: then, where whole nodes are counted, the
 * other is of no use. */
static bool covers(solver *s, const task *t, uint32_t signature, uint32_t other)
{
    for (uint32_t c = 0; c < s->s->cell_count; c++)
        if (allowed(s, t, c) && offers(s, t, c, other) && !offers(s, t, c, signature))
            return false;
    s->looks += s->s->cell_count * 4;
    return true;
}

mp_status mp__solver_signatures(solver *s, const task *t, frame *f)
{
    size_t capacity = 0;

    for (uint32_t c = 0; c < s->s->cell_count; c++) {
        const mp__options *list = options_of(s, t->member, c);

        for (size_t o = 0; allowed(s, t, c) && o < list->count; o++) {
            uint32_t signature = list->items[o].signature;
            bool skip = list->items[o].claims == 0;

            for (size_t i = 0; i < f->count && !skip; i++)
                skip = f->domains[i] == signature || (s->ask->accounting == MP_ACCOUNTING_NODES &&
                                                      covers(s, t, f->domains[i], signature));
            if (skip)
                continue;
            if (!mp__grow(&s->arena->alloc, &f->domains, &capacity, f->count + 1,
                          sizeof *f->domains))
                return MP_ENOMEM;
            f->domains[f->count++] = signature;
        }
    }
    return MP_OK;
}

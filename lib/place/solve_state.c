/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the search remembers: tasks that failed, with all that they depend on, up to the exchange of
 * like cells.
 */
#include "solver_internal.h"

/* Like cells: of one class, in the same domains but for those that a cell has to itself. */
mp_status mp__solver_group_cells(solver *s)
{
    mp__space *sp = s->s;
    mp__interner groups;
    mp_status st = MP_OK;
    size_t at = 0;

    s->group_of = MP__NEW_ARRAY(s->arena, uint32_t, sp->cell_count);
    s->order = MP__NEW_ARRAY(s->arena, uint32_t, sp->cell_count);
    s->mark = MP__NEW_ARRAY(s->arena, uint64_t, sp->cell_count);
    if (!s->group_of || !s->order || !s->mark)
        return MP_ENOMEM;
    mp__interner_init(&groups, &s->arena->alloc);
    for (uint32_t c = 0; c < sp->cell_count && st == MP_OK; c++) {
        mp__buf_clear(&s->key);
        mp__buf_put(&s->key, (const char *)&sp->cells[c].class_index,
                    sizeof sp->cells[c].class_index);
        for (size_t l = 0; l < s->ask->level_count; l++) {
            uint32_t domain = sp->cells[c].domains[l];
            bool shared = domain == MP__NO_DOMAIN;

            if (l == MP__LEVEL_POOL && !s->ask->pool_matters)
                continue;
            for (uint32_t i = 0; i < sp->cell_count && !shared; i++)
                shared = i != c && sp->cells[i].domains[l] == domain;
            domain = shared ? domain : MP__NO_DOMAIN - 1;
            mp__buf_put(&s->key, (const char *)&domain, sizeof domain);
        }
        s->group_of[c] =
            s->key.failed ? MP__NO_SYMBOL : mp__intern(&groups, s->key.data, s->key.size);
        if (s->group_of[c] == MP__NO_SYMBOL)
            st = MP_ENOMEM;
    }
    for (uint32_t g = 0; g < groups.count && st == MP_OK; g++)
        for (uint32_t c = 0; c < sp->cell_count; c++)
            if (s->group_of[c] == g)
                s->order[at++] = c;
    mp__interner_fini(&groups);
    return st;
}

/* ---- what failed before ---- */

static int compare_cells(const solver *s, uint32_t a, uint32_t b)
{
    const mp__histogram *x = &s->s->cells[a].left, *y = &s->s->cells[b].left;
    size_t size = x->size > y->size ? x->size : y->size;

    if (s->group_of[a] != s->group_of[b])
        return s->group_of[a] < s->group_of[b] ? -1 : 1;
    if (s->mark[a] != s->mark[b])
        return s->mark[a] < s->mark[b] ? -1 : 1;
    for (size_t v = 0; v < size; v++) {
        int64_t m = mp__histogram_get(x, (uint32_t)v), n = mp__histogram_get(y, (uint32_t)v);

        if (m != n)
            return m > n ? -1 : 1;
    }
    return 0;
}

/* Nearly sorted already: a step changes a cell or two. */
static void sort_cells(solver *s)
{
    for (size_t i = 1; i < s->s->cell_count; i++) {
        uint32_t c = s->order[i];
        size_t j = i;

        for (; j > 0 && compare_cells(s, s->order[j - 1], c) > 0; j--, s->looks += 4)
            s->order[j] = s->order[j - 1];
        s->order[j] = c;
    }
    s->looks += s->s->cell_count;
}

/* A bound domain as the key has it: a number if several cells share it; else its only cell is
 * marked, so that like cells stay exchangeable. */
static void put_binding(solver *s, size_t level, uint32_t domain, unsigned bit)
{
    uint32_t cell = 0, count = 0;

    for (uint32_t c = 0; c < s->s->cell_count && domain != MP__NO_DOMAIN; c++) {
        if (s->s->cells[c].domains[level] == domain) {
            cell = c;
            count++;
        }
    }
    s->looks += s->s->cell_count;
    if (count == 1 && bit < 64) {
        s->mark[cell] |= UINT64_C(1) << bit;
        domain = MP__NO_DOMAIN - 1;
    }
    mp__buf_put(&s->key, (const char *)&domain, sizeof domain);
}

static void put_bindings(solver *s, const task *t)
{
    const mp__ask_engine *e = &s->ask->engines[t->engine];

    memset(s->mark, 0, s->s->cell_count * sizeof *s->mark);
    if (s->ask->replica_level >= 0)
        put_binding(s, (size_t)s->ask->replica_level, s->binding.replica, 0);
    for (size_t g = 0; g < s->ask->group_count; g++)
        if (s->ask->group_levels[g] >= 0)
            put_binding(s, (size_t)s->ask->group_levels[g], s->binding.groups[g],
                        3 + (unsigned)(g < 60 ? g : 61));
    if (t->kind > TASK_HOME)
        put_binding(s, (size_t)e->span, s->binding.homes[t->engine], 1);
    if (t->kind > TASK_COPY && e->copy_level >= 0)
        put_binding(s, (size_t)e->copy_level, s->binding.copy, 2);
}

/* All that the outcome of a task and of those after it depends on. */
mp__str mp__solver_key(solver *s, const task *t)
{
    const mp_engine *e = engine_of(s, t->engine);
    uint32_t index = (uint32_t)(t - s->tasks);

    mp__buf_clear(&s->key);
    mp__buf_put(&s->key, (const char *)&index, sizeof index);
    put_bindings(s, t);
    for (size_t i = 0; t->kind > TASK_HOME && i < e->member_count; i++) {
        uint32_t member = (uint32_t)(s->m->first_member[t->engine] + i);
        /* A signature matters while pods of its member are still to come. */
        bool matters = !t->last || member == t->member || member > t->member;

        if (s->ask->whole_members && matters)
            put_binding(s, MP__LEVEL_POOL, s->binding.members[member], 63);
        mp__buf_put(&s->key, (const char *)(matters ? &s->signature[member] : &index),
                    sizeof index);
    }
    sort_cells(s);
    for (size_t i = 0; i < s->s->cell_count; i++) {
        const mp__cell *cell = &s->s->cells[s->order[i]];
        uint64_t end = UINT64_MAX;

        mp__buf_put(&s->key, (const char *)&s->mark[s->order[i]], sizeof *s->mark);
        for (size_t v = 0; v < cell->left.size; v++) {
            if (cell->left.nodes[v] == 0)
                continue;
            mp__buf_put(&s->key, (const char *)&v, sizeof v);
            mp__buf_put(&s->key, (const char *)&cell->left.nodes[v], sizeof *cell->left.nodes);
        }
        mp__buf_put(&s->key, (const char *)&end, sizeof end);
        s->looks += cell->left.size + 2;
    }
    return (mp__str){ s->key.data, s->key.size };
}

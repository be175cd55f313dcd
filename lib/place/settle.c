/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the answer of the general search, which knows cells, to rows of a plan, which name pools and
 * domains; and back, where a later question must know what a plan has taken.
 */
#include "solve_internal.h"

/* ---- taking ---- */

/* Moves nodes of a plot, and of its cell, to the state that pods leave them in. */
static mp_status move(mp__space *s, mp__plot *p, uint32_t vector, const mp__option *o,
                      int64_t nodes, int64_t each)
{
    mp__cell *cell = &s->cells[p->cell];
    mp__class *k = &s->classes[cell->class_index];
    uint32_t after = mp__vector_after(k, vector, o, each);

    if (after == MP__NO_SYMBOL || !mp__histogram_add(&p->left, s->arena, vector, -nodes) ||
        !mp__histogram_add(&cell->left, s->arena, vector, -nodes))
        return MP_ENOMEM;
    if (k->width == 0)
        return MP_OK;
    return mp__histogram_add(&p->left, s->arena, after, nodes) &&
                   mp__histogram_add(&cell->left, s->arena, after, nodes)
               ? MP_OK
               : MP_ENOMEM;
}

/* Whether a path leads to another, or is it. */
static bool leads_to(mp__str path, mp__str to)
{
    return path.size == 0 || (path.size <= to.size && memcmp(path.data, to.data, path.size) == 0 &&
                              (path.size == to.size || to.data[path.size] == '/'));
}

/* The plot that a domain of a pool is in; NULL if plots are smaller than it. */
static mp__plot *find_plot(mp__space *s, mp__str pool, mp__str domain)
{
    for (size_t i = 0; i < s->plot_count; i++)
        if (mp__str_equal(s->ask->cluster->pools[s->plots[i].pool]->name, pool) &&
            leads_to(s->plots[i].domain, domain))
            return &s->plots[i];
    return NULL;
}

/* Pods that may be in any of several plots count in each, as whole nodes of every state. */
static void take_anywhere(mp__space *s, const mp__row *row)
{
    for (size_t i = 0; i < s->plot_count; i++) {
        mp__plot *p = &s->plots[i];
        mp__cell *cell = &s->cells[p->cell];

        if (!mp__str_equal(s->ask->cluster->pools[p->pool]->name, row->pool) ||
            !leads_to(row->domain, p->domain))
            continue;
        for (size_t v = 0; v < p->left.size; v++) {
            int64_t nodes = p->left.nodes[v] < row->nodes ? p->left.nodes[v] : row->nodes;

            p->left.nodes[v] -= nodes;
            cell->left.nodes[v] -= nodes;
        }
    }
}

/* What a row takes of each device of the pool's profile. */
static mp_status row_use(mp__space *s, const mp__row *row, const mp_member *m,
                         const mp__profile *profile, mp__option *o)
{
    memset(o, 0, sizeof *o);
    o->use = MP__NEW_ARRAY(s->arena, int64_t, profile->device_count);
    if (!o->use)
        return MP_ENOMEM;
    for (size_t r = 0; r < m->request_count; r++)
        if (profile->devices[row->device[r]].claim == MP_CLAIM_DRA)
            o->use[row->device[r]] += m->requests[r]->count;
    return MP_OK;
}

static mp_status take_row(mp__space *s, const mp__row *row, const mp_member *m)
{
    mp__plot *p = find_plot(s, row->pool, row->domain);
    mp__option o;
    mp__class *k;
    uint32_t vector = 0;
    mp_status st;

    if (!p && row->nodes > 0 && !row->again)
        take_anywhere(s, row);
    if (!p || row->nodes == 0)
        return MP_OK;
    k = &s->classes[s->cells[p->cell].class_index];
    st = row_use(s, row, m, k->profile, &o);
    if (st == MP_OK && k->width > 0 && row->left)
        vector = mp__class_vector(k, row->left);
    if (st == MP_OK && vector == MP__NO_SYMBOL)
        st = MP_ENOMEM;
    return st == MP_OK ? move(s, p, vector, &o, row->nodes, row->pods / row->nodes) : st;
}

/* A row and whose it is. */
typedef struct owned {
    const mp__row *row;
    const mp_member *member;
} owned;

static int compare_rows(const void *a, const void *b, void *user)
{
    const owned *x = a, *y = b;

    (void)user;
    return x->row->order < y->row->order ? -1 : x->row->order > y->row->order;
}

/* The rows of a placement in the order in which they were put down.  Engines that stay where they
 * run are not among them: they are charged as observed. */
static owned *order_rows(const mp_placement *p, mp__arena *arena, size_t *count)
{
    owned *rows;
    size_t at = 0;

    *count = 0;
    for (size_t e = 0; e < p->engine_count; e++)
        for (size_t i = 0; i < p->engines[e].engine->member_count && !p->engines[e].kept; i++)
            *count += p->engines[e].members[i].row_count;
    rows = MP__NEW_ARRAY(arena, owned, *count);
    for (size_t e = 0; rows && e < p->engine_count; e++) {
        for (size_t i = 0; i < p->engines[e].engine->member_count; i++) {
            const mp__placed_member *m = &p->engines[e].members[i];

            for (size_t r = 0; r < m->row_count && !p->engines[e].kept; r++)
                rows[at++] = (owned){ &m->rows[r], p->engines[e].engine->members[i] };
        }
    }
    return rows && mp__sort(&arena->alloc, rows, *count, sizeof *rows, compare_rows, NULL) ? rows
                                                                                           : NULL;
}

mp_status mp__space_take(mp__space *s, const mp_placement *p)
{
    size_t count;
    owned *rows = order_rows(p, s->arena, &count);
    mp_status st = rows ? MP_OK : MP_ENOMEM;

    for (size_t i = 0; i < count && st == MP_OK; i++)
        st = take_row(s, rows[i].row, rows[i].member);
    return st;
}

/* ---- settling ---- */

typedef struct settler {
    mp__space *s;
    mp_plan *plan;
    mp__matcher *m;
    mp_placement *p;
    size_t rows; /* written so far */
} settler;

static mp__placed_member *placed_member(const settler *t, const mp__taken *taken,
                                        const mp_member **member)
{
    mp__placed_engine *e = &t->p->engines[taken->engine];
    size_t i = taken->member - t->m->first_member[taken->engine];

    *member = e->engine->members[i];
    return &e->members[i];
}

/* The first row of a member says what its claims are; the others say the same. */
static mp_status write_claims(settler *t, mp__placed_member *placed, const mp_member *member,
                              const mp__taken *taken, const mp__profile *profile)
{
    if (placed->claims)
        return MP_OK;
    placed->claims = MP__NEW_ARRAY(&t->plan->arena, mp__placed_claim, taken->option->claims);
    if (!placed->claims)
        return MP_ENOMEM;
    for (size_t r = 0; r < member->request_count; r++) {
        const mp__profile_device *d = &profile->devices[taken->option->device[r]];

        if (d->claim == MP_CLAIM_DRA &&
            mp__plan_claim(t->plan, placed, member->requests[r], d) != MP_OK)
            return MP_ENOMEM;
    }
    return MP_OK;
}

static mp_status write_row(settler *t, const mp__taken *taken, const mp__plot *plot, int64_t nodes,
                           int64_t pods)
{
    mp__arena *arena = &t->plan->arena;
    const mp__class *k = &t->s->classes[t->s->cells[plot->cell].class_index];
    const mp_member *member;
    mp__placed_member *placed = placed_member(t, taken, &member);
    mp__row row = { .copy = taken->copy, .pods = pods, .nodes = nodes, .again = taken->again },
            *grown;
    uint32_t *device = MP__NEW_ARRAY(arena, uint32_t, member->request_count);
    int64_t *left = k->width > 0 && nodes > 0 ? MP__NEW_ARRAY(arena, int64_t, k->width) : NULL;

    row.pool = mp__arena_str(arena, t->s->ask->cluster->pools[plot->pool]->name);
    row.domain = mp__arena_str(arena, plot->domain);
    if (!row.pool.data || !row.domain.data || !device || (k->width > 0 && nodes > 0 && !left))
        return MP_ENOMEM;
    memcpy(device, taken->option->device, member->request_count * sizeof *device);
    if (left)
        memcpy(left, mp__class_values(k, taken->vector), k->width * sizeof *left);
    row.device = device;
    row.left = left;
    row.order = t->rows++;
    grown = mp__arena_push(arena, placed->rows, &placed->row_count, &placed->row_capacity,
                           sizeof *grown);
    if (!grown)
        return MP_ENOMEM;
    placed->rows = grown;
    grown[placed->row_count - 1] = row;
    if (placed->row_count == 1)
        placed->pool = row.pool;
    if (mp__plan_share(t->plan, placed, &row) != MP_OK)
        return MP_ENOMEM;
    return write_claims(t, placed, member, taken, k->profile);
}

/* The plot of a cell where pods that claim nothing go: one that their engine is on, if there is. */
static const mp__plot *plot_for_rest(const settler *t, const mp__taken *taken)
{
    const mp__placed_engine *e = &t->p->engines[taken->engine];

    for (size_t i = 0; i < e->engine->member_count; i++) {
        for (size_t r = 0; r < e->members[i].row_count; r++) {
            const mp__row *row = &e->members[i].rows[r];
            const mp__plot *p = find_plot(t->s, row->pool, row->domain);

            if (p && p->cell == taken->cell && (row->copy == taken->copy || taken->copy < 0))
                return p;
        }
    }
    return &t->s->plots[t->s->cells[taken->cell].first_plot];
}

/* Spreads one load, `count` rows on the same nodes, over the plots of its cell in published order.
 */
static mp_status settle_load(settler *t, const mp__taken *rows, size_t count)
{
    int64_t rest = rows[0].nodes;

    for (size_t i = 0; i < t->s->plot_count && rest > 0; i++) {
        mp__plot *plot = &t->s->plots[i];
        int64_t nodes;

        if (plot->cell != rows[0].cell)
            continue;
        nodes = mp__histogram_get(&plot->left, rows[0].vector);
        nodes = nodes < rest ? nodes : rest;
        for (size_t r = 0; r < count && nodes > 0; r++) {
            mp_status st = write_row(t, &rows[r], plot, nodes, nodes * rows[r].each);

            if (st == MP_OK)
                st = move(t->s, plot, rows[r].vector, rows[r].option, nodes, rows[r].each);
            if (st != MP_OK)
                return st;
        }
        rest -= nodes;
    }
    return MP_OK;
}

mp_status mp__settle(mp__space *s, mp_plan *plan, mp__matcher *m, const mp__answer *answer,
                     mp_placement *p)
{
    settler t = { s, plan, m, p, 0 };
    const mp_deployment *d = m->deployment;
    mp_status st = MP_OK;

    for (size_t e = 0; e < d->engine_count; e++) {
        p->engines[e].engine = d->engines[e];
        p->engines[e].members =
            MP__NEW_ARRAY(&plan->arena, mp__placed_member, d->engines[e]->member_count);
        if (!p->engines[e].members)
            return MP_ENOMEM;
    }
    for (size_t i = 0, count; i < answer->count && st == MP_OK; i += count) {
        const mp__taken *taken = &answer->taken[i];

        count = 1;
        while (i + count < answer->count && answer->taken[i + count].again)
            count++;
        st = taken->nodes > 0 ? settle_load(&t, taken, count)
                              : write_row(&t, taken, plot_for_rest(&t, taken), 0, taken->pods);
    }
    return st;
}

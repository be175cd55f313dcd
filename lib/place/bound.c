/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counting before searching.
 *
 * Each test asks whether a part of what is to be placed needs more than all the places it could
 * have. The parts are: pods of a kind and of all kinds that exceed it; devices of all kinds that
 * are confined to the same classes; engines, each whole in one domain.  n + 1 of n is refused here,
 * whatever n.
 */
#include "solve_internal.h"

static const mp_engine *engine_at(const mp__bound *b, size_t e)
{
    return b->m->deployment->engines[e];
}

static uint32_t kind_at(const mp__bound *b, size_t e, size_t i)
{
    return b->kind_of[b->m->first_member[e] + i];
}

/* ---- what does not change ---- */

static mp_status find_kinds(mp__bound *b, mp__arena *arena, const bool *claims)
{
    uint32_t *number = MP__NEW_ARRAY(arena, uint32_t, b->m->kind_count); /* plus 1 */

    b->kind_of = MP__NEW_ARRAY(arena, uint32_t, b->m->member_count);
    b->member_of = MP__NEW_ARRAY(arena, size_t, b->m->kind_count);
    if (!number || !b->kind_of || !b->member_of)
        return MP_ENOMEM;
    for (size_t i = 0; i < b->m->member_count; i++) {
        uint32_t *n = &number[b->m->kind_of[i]];

        b->kind_of[i] = MP__NO_DOMAIN;
        if (!claims[i])
            continue;
        if (*n == 0) {
            b->member_of[b->kind_count] = i;
            *n = (uint32_t)++b->kind_count;
        }
        b->kind_of[i] = *n - 1;
    }
    return MP_OK;
}

static int64_t use_of(const mp__option *o, size_t width)
{
    int64_t sum = 0;

    for (size_t d = 0; d < width; d++)
        sum = mp__add_saturating(sum, o->use[d]);
    return sum;
}

static mp_status find_options(mp__bound *b, mp__arena *arena)
{
    const mp__space *s = b->s;

    b->options = MP__NEW_ARRAY(arena, const mp__options *, b->kind_count * s->class_count);
    b->least_use = MP__NEW_ARRAY(arena, int64_t, b->kind_count);
    if (!b->options || !b->least_use)
        return MP_ENOMEM;
    for (size_t k = 0; k < b->kind_count; k++) {
        b->least_use[k] = INT64_MAX;
        for (size_t c = 0; c < s->class_count; c++) {
            const mp__options *list =
                mp__matcher_options(b->m, b->member_of[k], s->classes[c].profile);

            if (!list)
                return MP_ENOMEM;
            b->options[k * s->class_count + c] = list;
            for (size_t i = 0; i < list->count; i++) {
                int64_t use = use_of(&list->items[i], s->classes[c].profile->device_count);

                if (list->items[i].claims > 0 && use < b->least_use[k])
                    b->least_use[k] = use;
            }
        }
    }
    return MP_OK;
}

/* Whether a node that can take the first option can always take the second instead. */
static bool option_exceeds(const mp__option *o, const mp__option *p, size_t width)
{
    for (size_t d = 0; d < width; d++)
        if (p->use[d] > o->use[d])
            return false;
    return true;
}

static bool kind_exceeds(const mp__bound *b, size_t k, size_t l)
{
    for (size_t c = 0; c < b->s->class_count; c++) {
        const mp__options *of_k = b->options[k * b->s->class_count + c];
        const mp__options *of_l = b->options[l * b->s->class_count + c];

        for (size_t i = 0; i < of_k->count; i++) {
            bool any = false;

            if (of_k->items[i].claims == 0)
                continue;
            for (size_t j = 0; j < of_l->count && !any; j++)
                any = of_l->items[j].claims > 0 &&
                      option_exceeds(&of_k->items[i], &of_l->items[j], b->s->classes[c].width);
            if (!any)
                return false;
        }
    }
    return true;
}

/* Whether engine f fits wherever engine e does: each of its members is exceeded by one of e that
 * has as many pods.  (Members of f may share one of e only where that counts for them all, so each
 * must be met by another.) */
static bool find_engine_exceeds(const mp__bound *b, size_t e, size_t f)
{
    const mp__ask *ask = b->s->ask;
    const mp_engine *of_e = engine_at(b, e), *of_f = engine_at(b, f);
    uint64_t met = 0;

    if (ask->engines[e].span != ask->engines[f].span ||
        ask->engines[e].copy_level != ask->engines[f].copy_level || of_e->copies < of_f->copies ||
        of_e->member_count > 64)
        return false;
    for (size_t i = 0; i < of_f->member_count; i++) {
        uint32_t l = kind_at(b, f, i);
        size_t j = 0;

        if (l == MP__NO_DOMAIN)
            continue;
        while (j < of_e->member_count && ((met >> j & 1) || kind_at(b, e, j) == MP__NO_DOMAIN ||
                                          of_e->members[j]->nodes < of_f->members[i]->nodes ||
                                          !b->exceeds[kind_at(b, e, j) * b->kind_count + l]))
            j++;
        if (j == of_e->member_count)
            return false;
        met |= UINT64_C(1) << j;
    }
    return true;
}

/* The same, remembered. */
static bool engine_exceeds(const mp__bound *b, size_t e, size_t f)
{
    char *known = &b->engine_exceeds[e * b->m->deployment->engine_count + f];

    if (!*known)
        *known = find_engine_exceeds(b, e, f) ? 'y' : 'n';
    return *known == 'y';
}

mp_status mp__bound_init(mp__bound *b, mp__space *s, mp__matcher *m, mp__arena *arena,
                         const bool *claims, const mp__binding *binding)
{
    size_t engines = m->deployment->engine_count;
    mp_status st;

    memset(b, 0, sizeof *b);
    b->s = s;
    b->m = m;
    b->bound = binding;
    st = find_kinds(b, arena, claims);
    if (st == MP_OK)
        st = find_options(b, arena);
    if (st != MP_OK)
        return st;
    b->exceeds = MP__NEW_ARRAY(arena, bool, b->kind_count * b->kind_count);
    b->places = MP__NEW_ARRAY(arena, int64_t, b->kind_count * s->cell_count);
    b->engine_exceeds = MP__NEW_ARRAY(arena, char, engines *engines);
    b->order = MP__NEW_ARRAY(arena, uint32_t, engines);
    if (!b->exceeds || !b->places || !b->engine_exceeds || !b->order)
        return MP_ENOMEM;
    for (uint32_t e = 0; e < engines; e++)
        b->order[e] = e;
    for (size_t k = 0; k < b->kind_count; k++)
        for (size_t l = 0; l < b->kind_count; l++)
            b->exceeds[k * b->kind_count + l] = kind_exceeds(b, k, l);
    return MP_OK;
}

/* ---- places ---- */

static int64_t places_on(const mp__bound *b, size_t k, const mp__cell *cell, uint64_t *looks)
{
    const mp__options *list = b->options[k * b->s->class_count + cell->class_index];
    const mp__class *class_of = &b->s->classes[cell->class_index];
    int64_t places = 0;

    for (size_t v = 0; v < cell->left.size; v++) {
        int64_t most = 0;

        if (cell->left.nodes[v] <= 0)
            continue;
        /* Pods of several options on one node: no more than of the one that fits most often, as
         * long as there is one; else what the node has, over the least that a pod takes. */
        for (size_t i = 0; i < list->count; i++) {
            int64_t pods =
                list->items[i].claims > 0 ? mp__pods_on(class_of, (uint32_t)v, &list->items[i]) : 0;

            most = mp__add_saturating(most, pods);
            if (class_of->width == 0 && pods > 0)
                most = 1;
        }
        *looks += list->count + 1;
        places = mp__add_saturating(places, mp__mul_saturating(most, cell->left.nodes[v]));
    }
    return places;
}

void mp__bound_count(mp__bound *b, uint64_t *looks)
{
    for (size_t k = 0; k < b->kind_count; k++)
        for (size_t c = 0; c < b->s->cell_count; c++)
            b->places[k * b->s->cell_count + c] = places_on(b, k, &b->s->cells[c], looks);
}

bool mp__bound_allows(const mp__bound *b, size_t engine, uint32_t cell)
{
    const mp__ask *ask = b->s->ask;
    const uint32_t *domains = b->s->cells[cell].domains;
    const mp__ask_engine *e = &ask->engines[engine];

    if (ask->replica_level >= 0 && b->bound->replica != MP__NO_DOMAIN &&
        domains[ask->replica_level] != b->bound->replica)
        return false;
    if (e->group >= 0 && b->bound->groups[e->group] != MP__NO_DOMAIN &&
        domains[ask->group_levels[e->group]] != b->bound->groups[e->group])
        return false;
    return b->bound->homes[engine] == MP__NO_DOMAIN || domains[e->span] == b->bound->homes[engine];
}

int64_t mp__bound_needs(const mp__bound *b, size_t engine, bool copy)
{
    const mp_engine *e = engine_at(b, engine);
    int64_t sum = 0;

    for (size_t i = 0; i < e->member_count; i++)
        if (kind_at(b, engine, i) != MP__NO_DOMAIN)
            sum = mp__add_saturating(sum, e->members[i]->nodes);
    return copy ? sum : mp__mul_saturating(sum, e->copies);
}

int64_t mp__bound_scarcity(const mp__bound *b, size_t engine)
{
    const mp_engine *e = engine_at(b, engine);
    int64_t sum = 0;

    for (size_t i = 0; i < e->member_count; i++) {
        uint32_t k = kind_at(b, engine, i);
        int64_t places = 0;

        for (size_t c = 0; k != MP__NO_DOMAIN && c < b->s->cell_count; c++)
            places = mp__add_saturating(places, b->places[k * b->s->cell_count + c]);
        sum += places > 0 ? 1000000 / places : 0;
    }
    return sum;
}

/* Free nodes of a cell that some claiming member of the engine can use; whole nodes only. */
static int64_t nodes_for(const mp__bound *b, size_t engine, uint32_t cell)
{
    const mp_engine *e = engine_at(b, engine);
    int64_t most = 0;

    for (size_t i = 0; i < e->member_count; i++) {
        uint32_t k = kind_at(b, engine, i);

        if (k != MP__NO_DOMAIN && b->places[k * b->s->cell_count + cell] > most)
            most = b->places[k * b->s->cell_count + cell];
    }
    return most;
}

int64_t mp__bound_engine(const mp__bound *b, size_t engine, bool copy, size_t level,
                         uint32_t domain, int64_t *places)
{
    const mp_engine *e = engine_at(b, engine);
    int64_t times = INT64_MAX, needs = mp__bound_needs(b, engine, copy), nodes = 0;

    for (uint32_t c = 0; c < b->s->cell_count; c++)
        if (b->s->cells[c].domains[level] == domain && mp__bound_allows(b, engine, c))
            nodes = mp__add_saturating(nodes, nodes_for(b, engine, c));
    *places = nodes;
    if (b->s->ask->accounting == MP_ACCOUNTING_NODES)
        times = needs > 0 ? nodes / needs : 0;
    for (size_t i = 0; i < e->member_count && times > 0; i++) {
        uint32_t k = kind_at(b, engine, i);
        int64_t pods = copy ? e->members[i]->nodes : mp__member_pods(e->members[i]), sum = 0;

        if (k == MP__NO_DOMAIN)
            continue;
        for (uint32_t c = 0; c < b->s->cell_count; c++)
            if (b->s->cells[c].domains[level] == domain && mp__bound_allows(b, engine, c))
                sum = mp__add_saturating(sum, b->places[k * b->s->cell_count + c]);
        if (sum / pods < times)
            times = sum / pods;
    }
    return times;
}

/* ---- the tests ---- */

static bool on(const mp__bound *b, size_t e)
{
    return !b->s->ask->engines[e].off;
}

/* Pods, from place `from` of the order on, that exceed a kind. */
static bool lacks_places(const mp__bound *b, size_t k, size_t from)
{
    int64_t need = 0, have = 0;

    for (size_t at = from; at < b->m->deployment->engine_count; at++) {
        size_t e = b->order[at];

        for (size_t i = 0; on(b, e) && i < engine_at(b, e)->member_count; i++) {
            uint32_t of = kind_at(b, e, i);

            if (of != MP__NO_DOMAIN && b->exceeds[of * b->kind_count + k])
                need = mp__add_saturating(need, mp__member_pods(engine_at(b, e)->members[i]));
        }
    }
    for (size_t c = 0; c < b->s->cell_count; c++)
        have = mp__add_saturating(have, b->places[k * b->s->cell_count + c]);
    return need > have;
}

static bool serves(const mp__bound *b, size_t k, size_t class_index)
{
    const mp__options *list = b->options[k * b->s->class_count + class_index];

    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].claims > 0)
            return true;
    return false;
}

/* Whether a kind goes only where another goes. */
static bool confined(const mp__bound *b, size_t inner, size_t outer)
{
    for (size_t c = 0; c < b->s->class_count; c++)
        if (serves(b, inner, c) && !serves(b, outer, c))
            return false;
    return true;
}

/* Devices that kinds confined to the classes of one need, against those that there are. */
static bool lacks_devices(const mp__bound *b, size_t k, size_t from)
{
    int64_t need = 0, have = 0;

    for (size_t at = from; at < b->m->deployment->engine_count; at++) {
        size_t e = b->order[at];

        for (size_t i = 0; on(b, e) && i < engine_at(b, e)->member_count; i++) {
            uint32_t of = kind_at(b, e, i);

            if (of != MP__NO_DOMAIN && confined(b, of, k))
                need = mp__add_saturating(
                    need, mp__mul_saturating(mp__member_pods(engine_at(b, e)->members[i]),
                                             b->least_use[of]));
        }
    }
    for (size_t c = 0; c < b->s->cell_count; c++) {
        const mp__cell *cell = &b->s->cells[c];
        const mp__class *class_of = &b->s->classes[cell->class_index];

        for (size_t v = 0; serves(b, k, cell->class_index) && v < cell->left.size; v++)
            for (size_t d = 0; cell->left.nodes[v] > 0 && d < class_of->width; d++)
                have = mp__add_saturating(
                    have, mp__mul_saturating(cell->left.nodes[v],
                                             mp__class_values(class_of, (uint32_t)v)[d]));
    }
    return need > have;
}

/* Whether there is a copy's worth of room for all copies of an engine in one domain of its span. */
static int64_t times_in(const mp__bound *b, size_t e, uint32_t domain)
{
    const mp__ask_engine *ask = &b->s->ask->engines[e];
    int64_t copies = 0, places;

    if (ask->copy_level < 0)
        return mp__bound_engine(b, e, false, (size_t)ask->span, domain, &places);
    /* Copies in each domain of their level that reaches into this one. */
    for (uint32_t c = 0; c < b->s->cell_count; c++) {
        const uint32_t *domains = b->s->cells[c].domains;
        bool seen = domains[ask->span] != domain || domains[ask->copy_level] == MP__NO_DOMAIN;

        for (uint32_t i = 0; i < c && !seen; i++)
            seen = b->s->cells[i].domains[ask->span] == domain &&
                   b->s->cells[i].domains[ask->copy_level] == domains[ask->copy_level];
        if (!seen)
            copies =
                mp__add_saturating(copies, mp__bound_engine(b, e, true, (size_t)ask->copy_level,
                                                            domains[ask->copy_level], &places));
    }
    return copies / engine_at(b, e)->copies;
}

/* Whether engines that exceed engine `e` are more than domains can take of it. */
static bool lacks_homes(const mp__bound *b, size_t e, size_t from, uint64_t *looks)
{
    size_t engines = b->m->deployment->engine_count;
    int64_t need = 0, have = 0;
    bool free = b->s->ask->replica_level < 0 || b->bound->replica == MP__NO_DOMAIN;

    for (size_t g = 0; g < b->s->ask->group_count; g++)
        free &= b->bound->groups[g] == MP__NO_DOMAIN;
    /* Engines bound to different domains cannot be counted together. */
    for (size_t at = from; at < engines; at++) {
        size_t f = b->order[at];

        need += on(b, f) && (f == e || (free && engine_exceeds(b, f, e)));
    }
    for (uint32_t c = 0; c < b->s->cell_count && have < need; c++) {
        uint32_t domain = b->s->cells[c].domains[b->s->ask->engines[e].span];
        bool seen = false;

        for (uint32_t i = 0; i < c && !seen; i++)
            seen = b->s->cells[i].domains[b->s->ask->engines[e].span] == domain;
        *looks += c + 1;
        if (!seen) {
            have = mp__add_saturating(have, times_in(b, e, domain));
            *looks += b->s->cell_count * engine_at(b, e)->member_count;
        }
    }
    return have < need;
}

bool mp__bound_refuses(const mp__bound *b, size_t from, uint64_t *looks)
{
    *looks += b->kind_count * (b->s->cell_count + b->m->member_count);
    for (size_t k = 0; k < b->kind_count; k++) {
        if (lacks_places(b, k, from))
            return true;
        if (b->s->ask->accounting == MP_ACCOUNTING_DEVICES && lacks_devices(b, k, from))
            return true;
    }
    for (size_t at = from; at < b->m->deployment->engine_count; at++)
        if (on(b, b->order[at]) && lacks_homes(b, b->order[at], from, looks))
            return true;
    return false;
}

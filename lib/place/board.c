/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The board: one cluster as the search sees it.
 *
 * Pools of one profile are one *class*: an engine costs the same on each.  Engines that cost the
 * same on every class are one *type*.  What an engine costs does not depend on what is free.
 */
#include "place_internal.h"

static mp_status find_classes(mp__board *board, mp__matcher *m, mp__arena *arena)
{
    board->class_of = MP__NEW_ARRAY(arena, uint32_t, board->pool_count);
    board->profile_of = MP__NEW_ARRAY(arena, const mp__profile *, board->pool_count);
    if (!board->class_of || !board->profile_of)
        return MP_ENOMEM;
    for (size_t p = 0; p < board->pool_count; p++) {
        const mp__profile *profile = board->cluster->pools[p]->profile;
        uint32_t *class_plus_1 = &m->class_of[profile->entry->id];

        if (*class_plus_1 == 0) {
            board->profile_of[board->class_count++] = profile;
            *class_plus_1 = (uint32_t)board->class_count;
        }
        board->class_of[p] = *class_plus_1 - 1;
    }
    for (size_t c = 0; c < board->class_count; c++)
        m->class_of[board->profile_of[c]->entry->id] = 0;
    return MP_OK;
}

/* Whether the match is one that this board goes by. */
static bool counts(const mp__board *board, const mp__match *match)
{
    return board->simple ? match->simple : match->matched;
}

/* Which members claim something on some pool of the cluster, capacity aside. */
static mp_status find_claimable(mp__board *board, mp__matcher *m, mp__arena *arena)
{
    board->claimable = MP__NEW_ARRAY(arena, bool, m->member_count);
    if (!board->claimable)
        return MP_ENOMEM;
    for (size_t i = 0; i < m->member_count; i++) {
        for (size_t c = 0; c < board->class_count; c++) {
            const mp__match *match = mp__matcher_member(m, i, board->profile_of[c]);

            if (!match)
                return MP_ENOMEM;
            board->skipped |= board->simple && (match->unknown || match->matched != match->simple);
            board->unknown |= !board->simple && match->unknown;
            board->claimable[i] |= counts(board, match) && match->claims > 0;
        }
    }
    return MP_OK;
}

/* Standing and cost of an engine on a class.  Only members that claim something take nodes. */
static mp_status stand(const mp__board *board, mp__matcher *m, size_t engine, size_t class_index,
                       mp__standing *standing, int64_t *cost)
{
    const mp_engine *e = m->deployment->engines[engine];
    bool any = false, stranded = false;
    int64_t sum = 0;

    *cost = -1;
    for (size_t i = 0; i < e->member_count; i++)
        any |= board->claimable[m->first_member[engine] + i];
    *standing = any ? MP__STANDING_UNMATCHED : MP__STANDING_CLAIMLESS;
    for (size_t i = 0; any && i < e->member_count; i++) {
        size_t member = m->first_member[engine] + i;
        const mp__match *match = mp__matcher_member(m, member, board->profile_of[class_index]);

        if (!match)
            return MP_ENOMEM;
        if (!counts(board, match))
            return MP_OK;
        if (match->claims > 0)
            sum = mp__add_saturating(sum, mp__member_pods(e->members[i]));
        else
            stranded |= board->claimable[member];
    }
    if (!any)
        return MP_OK;
    *standing = stranded ? MP__STANDING_STRANDED : MP__STANDING_OK;
    if (!stranded)
        *cost = sum;
    return MP_OK;
}

/* The type of the row of costs that stands last in board->cost; keeps it if it is a new one. */
static uint32_t type_of_row(mp__board *board)
{
    const int64_t *row = &board->cost[board->type_count * board->class_count];

    for (size_t t = 0; t < board->type_count; t++)
        if (memcmp(&board->cost[t * board->class_count], row, board->class_count * sizeof *row) ==
            0)
            return (uint32_t)t;
    return (uint32_t)board->type_count++;
}

mp_status mp__board_init(mp__board *board, mp__matcher *m, mp__arena *arena,
                         const mp_cluster *cluster, bool simple)
{
    mp_status st;
    size_t cells;

    memset(board, 0, sizeof *board);
    board->cluster = cluster;
    board->simple = simple;
    board->engine_count = m->deployment->engine_count;
    board->pool_count = cluster->pool_count;
    st = find_classes(board, m, arena);
    if (st == MP_OK)
        st = find_claimable(board, m, arena);
    if (st != MP_OK)
        return st;
    if (board->class_count && board->engine_count > SIZE_MAX / board->class_count)
        return MP_ENOMEM;
    cells = board->engine_count * board->class_count;
    board->cost = MP__NEW_ARRAY(arena, int64_t, cells);
    board->standing = MP__NEW_ARRAY(arena, mp__standing, cells);
    board->type_of = MP__NEW_ARRAY(arena, uint32_t, board->engine_count);
    if (!board->cost || !board->standing || !board->type_of)
        return MP_ENOMEM;
    for (size_t e = 0; e < board->engine_count; e++) {
        for (size_t c = 0; c < board->class_count; c++) {
            st = stand(board, m, e, c, &board->standing[e * board->class_count + c],
                       &board->cost[board->type_count * board->class_count + c]);
            if (st != MP_OK)
                return st;
        }
        board->type_of[e] = type_of_row(board);
    }
    return MP_OK;
}

int64_t mp__board_cost(const mp__board *board, size_t engine, size_t pool)
{
    return board->cost[board->type_of[engine] * board->class_count + board->class_of[pool]];
}

/* Such a match is what a stranded engine, or one that claims nothing, comes from. */
static bool may_claim_more(const mp__match *match, const mp__profile *profile)
{
    for (size_t d = 0; match->matched && match->claims == 0 && d < profile->device_count; d++)
        if (profile->devices[d].claim == MP_CLAIM_DRA)
            return true;
    return false;
}

bool mp__board_is_ambiguous(const mp__board *board, mp__matcher *m)
{
    for (size_t i = 0; i < m->member_count; i++) {
        for (size_t c = 0; m->members[i]->request_count > 0 && c < board->class_count; c++) {
            const mp__match *match = mp__matcher_member(m, i, board->profile_of[c]);

            if (match && may_claim_more(match, board->profile_of[c]))
                return true;
        }
    }
    return false;
}

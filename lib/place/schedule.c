/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mp_schedule(): retain, scale down, fill.
 *
 * Each step ends in a total order: replicas are retained in order of their names; the victim of
 * scaling down is on the cluster with the most of ours, then the highest cluster name, then the
 * highest index; a new replica goes to the cluster with the fewest of ours, then the lowest name.
 *
 * Filling keeps the clusters in a heap by that order and asks the first one.  If it cannot take one
 * more replica it never will again in this call, since nodes are only ever taken, and it leaves the
 * heap.  So a cluster is asked once for each replica it gets and once more.
 */
#include "solve_internal.h"
#include <stddef.h>

/* Bytes on the stack that the scratch memory of a call begins with: most need no more. */
#define SCRATCH_FIRST 4096
#define QUESTION_FIRST 2048

/* What is known of a cluster once it has been asked. */
typedef struct seat {
    int64_t *free;      /* per pool; NULL before the first question, and in the general search */
    mp__space *space;   /* likewise the other way round */
    int64_t next_index; /* every index below is taken */
    struct seat *next;  /* list of all */
} seat;

/* A cluster in line; `order` grows with its name. */
typedef struct turn {
    int64_t rank; /* as the policy has it: the least goes first */
    int64_t ours; /* replicas of the deployment there */
    size_t order;
    seat *seat; /* NULL before it is asked */
} turn;

typedef struct line {
    turn *turns;
    size_t count, capacity;
    bool (*goes_first)(turn a, turn b);
} line;

typedef struct planner {
    const mp_fleet *fleet;
    const mp_deployment *deployment;
    const mp__owner *owner; /* NULL: no replica was observed */
    mp_plan *plan;
    mp__arena scratch;
    mp__arena question; /* of one cluster, emptied before each */
    mp__matcher matcher;
    mp__kept *list; /* retained ones, then new ones */
    size_t count, capacity;
    mp__table identities; /* of the list */
    bool repaired;        /* some placement leaves engines where they run */
    line line;
    bool spreads;     /* clusters without replicas are not in line, but come before it, in order */
    size_t next;      /* of those, by position in the fleet */
    mp__table busy;   /* sites with replicas, by number */
    seat *seats;      /* all */
    uint32_t *choice; /* per engine */
    bool general;     /* whether questions go to the general search */
    mp__ask ask;      /* if so */
    bool unknown;
} planner;

static uint64_t wanted(const planner *p)
{
    return (uint64_t)p->deployment->replicas;
}

/* ---- a line of clusters: a binary heap, the one that goes first on top ---- */

static bool fewest_first(turn a, turn b)
{
    if (a.rank != b.rank)
        return a.rank < b.rank;
    return a.ours != b.ours ? a.ours < b.ours : a.order < b.order;
}

static bool most_first(turn a, turn b)
{
    return a.ours != b.ours ? a.ours > b.ours : a.order > b.order;
}

static void sift_down(line *l, size_t i)
{
    turn moved = l->turns[i];

    for (;;) {
        size_t child = 2 * i + 1;

        if (child + 1 < l->count && l->goes_first(l->turns[child + 1], l->turns[child]))
            child++;
        if (child >= l->count || !l->goes_first(l->turns[child], moved))
            break;
        l->turns[i] = l->turns[child];
        i = child;
    }
    l->turns[i] = moved;
}

static void sort_line(line *l)
{
    for (size_t i = l->count / 2; i-- > 0;)
        sift_down(l, i);
}

static void drop_first(line *l)
{
    l->turns[0] = l->turns[--l->count];
    if (l->count > 0)
        sift_down(l, 0);
}

/* ---- scaling down ---- */

static int compare_kept(const void *a, const void *b, void *user)
{
    const mp__kept *x = a, *y = b;
    int order = mp__str_compare(x->placement->cluster, y->placement->cluster);

    (void)user;
    if (order != 0)
        return order;
    return x->placement->index < y->placement->index ? -1
                                                     : x->placement->index > y->placement->index;
}

/*
 * Takes replicas away until as many are left as wanted: always from the cluster with the most, of
 * those the one with the highest name, there the one with the highest index.
 */
static mp_status scale_down(planner *p)
{
    line l = { MP__NEW_ARRAY(&p->scratch, turn, p->count), 0, 0, most_first };
    size_t *keep = MP__NEW_ARRAY(&p->scratch, size_t, p->count); /* per cluster, by name */
    const mp__site *site = NULL;
    size_t kept = 0, cluster = 0, nth = 0;

    if (!l.turns || !keep ||
        !mp__sort(&p->scratch.alloc, p->list, p->count, sizeof *p->list, compare_kept, NULL))
        return MP_ENOMEM;
    for (size_t i = 0; i < p->count; i++) {
        if (i == 0 || p->list[i].site != p->list[i - 1].site) {
            l.turns[l.count] = (turn){ .order = l.count };
            l.count++;
        }
        l.turns[l.count - 1].ours++;
    }
    sort_line(&l);
    for (uint64_t excess = p->count - wanted(p); excess > 0; excess--) {
        l.turns[0].ours--;
        sift_down(&l, 0);
    }
    for (size_t i = 0; i < l.count; i++)
        keep[l.turns[i].order] = (size_t)l.turns[i].ours;
    for (size_t i = 0; i < p->count; i++, nth++) {
        mp__kept item = p->list[i];

        if (item.site != site) {
            cluster += site != NULL;
            site = item.site;
            nth = 0;
        }
        if (nth < keep[cluster])
            p->list[kept++] = item;
    }
    p->count = kept;
    return MP_OK;
}

/* ---- least movement ---- */

static bool takes_new(const mp_cluster *c, const mp_deployment *d);
static mp_status push(planner *p, const mp__site *site, mp_placement *placement);

mp_status mp__repair_take(const mp__repair *by, mp__space *space)
{
    mp_status st = MP_OK;

    for (size_t i = 0; i < by->count && st == MP_OK; i++)
        if (by->list[i].site == space->ask->cluster->site && !by->list[i].placement->retained)
            st = mp__space_take(space, by->list[i].placement);
    return st;
}

/* Replicas that could not be kept, in order of name. */
static mp_status list_lost(planner *p, const mp_replica ***out, size_t *count)
{
    mp_status st = mp__find_ours(p->owner, &p->scratch, out, count);
    size_t kept = 0;

    for (size_t i = 0; i < *count && st == MP_OK; i++) {
        const mp_replica *r = (*out)[i];
        mp__identity id;

        if (r->site->cluster && takes_new(r->site->cluster, p->deployment) &&
            !mp__table_find(&p->identities, mp__identity_key(&id, r->site, r->index)))
            (*out)[kept++] = r;
    }
    *count = kept;
    return st;
}

/* Repairs one replica if it can be; *done: whether it was. */
static mp_status repair_one(planner *p, const mp_replica *r, const bool *pending, bool *done)
{
    mp__repair by = { p->plan,
                      &p->matcher,
                      p->owner,
                      &p->identities,
                      p->list,
                      p->count,
                      &p->plan->counters[MP_COUNTER_STEPS],
                      &p->scratch,
                      &p->question,
                      pending };
    mp_placement *placement;
    mp_status st = mp__repair_replica(&by, r, &placement);

    *done = st == MP_OK && placement;
    if (!*done)
        return st;
    placement->order = p->count;
    p->repaired = true;
    return push(p, r->site, placement);
}

/*
 * In order of name.  Those that come later run until it is their turn, so that nothing is put where
 * they may stay; those that had no room get another turn when the others have moved.
 */
static mp_status repair(planner *p)
{
    bool *pending = MP__NEW_ARRAY(&p->scratch, bool, p->fleet->replica_names.id_limit);
    const mp_replica **lost;
    size_t count;
    mp_status st = pending ? list_lost(p, &lost, &count) : MP_ENOMEM;

    for (size_t i = 0; st == MP_OK && i < count; i++)
        pending[lost[i]->entry->id] = true;
    for (int turn_number = 0; turn_number < 2; turn_number++) {
        for (size_t i = 0; st == MP_OK && i < count && p->count < wanted(p); i++) {
            bool *waits = &pending[lost[i]->entry->id], done;
            mp__identity id;

            if (!*waits)
                continue;
            *waits = false;
            if (mp__table_find(&p->identities,
                               mp__identity_key(&id, lost[i]->site, lost[i]->index)))
                continue;
            st = repair_one(p, lost[i], pending, &done);
            *waits = !done;
        }
    }
    return st;
}

/* ---- filling ---- */

static bool takes_new(const mp_cluster *c, const mp_deployment *d)
{
    return c->ready && c->gateway.size > 0 && !mp__cluster_mismatch(c, d) &&
           !mp__cluster_untolerated(c, d, true) && !mp__affinity_forbids(d, c);
}

static int64_t preferred_labels(const mp_cluster *c, const mp_deployment *d)
{
    int64_t count = 0;

    for (size_t i = 0; i < d->preferred.count; i++) {
        const mp__str *have = mp__labels_get(&c->labels, d->preferred.items[i].key);

        count += have && mp__str_equal(*have, d->preferred.items[i].value);
    }
    return count;
}

static int64_t rank_of(const planner *p, const mp_cluster *c, int64_t ours)
{
    const mp_schedule_opts *opts = &p->plan->opts;
    mp_candidate candidate = { .cluster = c, .replicas = ours };

    switch (opts->clusters) {
    case MP_CLUSTERS_PACK:
        return -ours;
    case MP_CLUSTERS_CHEAPEST:
        return c->cost;
    case MP_CLUSTERS_PREFERRED:
        return -preferred_labels(c, p->deployment);
    case MP_CLUSTERS_SCORED:
        return opts->score ? opts->score(&candidate, opts->user) : 0;
    case MP_CLUSTERS_SPREAD:
        break;
    }
    return 0;
}

static mp_status queue(planner *p, size_t order, int64_t ours)
{
    turn *grown = mp__arena_push(&p->scratch, p->line.turns, &p->line.count, &p->line.capacity,
                                 sizeof *grown);

    if (!grown)
        return MP_ENOMEM;
    p->line.turns = grown;
    grown[p->line.count - 1] =
        (turn){ rank_of(p, p->fleet->clusters[order], ours), ours, order, NULL };
    return MP_OK;
}

static mp__str site_key(const mp__site *site)
{
    return (mp__str){ (const char *)&site->entry->id, sizeof site->entry->id };
}

/* Counts the replicas that stay, cluster by cluster. */
static mp_status count_ours(planner *p)
{
    for (size_t i = 0; i < p->count; i++) {
        const mp__site *site = p->list[i].site;
        mp__entry *e = mp__table_find(&p->busy, site_key(site));

        e = e ? e : mp__table_add(&p->busy, site_key(site), NULL);
        if (!e)
            return MP_ENOMEM;
        e->value = (void *)((uintptr_t)e->value + 1);
    }
    return MP_OK;
}

static int64_t ours_on(const planner *p, const mp_cluster *c)
{
    const mp__entry *e = mp__table_find(&p->busy, site_key(c->site));

    return e ? (int64_t)(uintptr_t)e->value : 0;
}

/* The clusters with replicas, each at the first of them. */
static mp_status queue_busy(planner *p)
{
    mp_status st = MP_OK;

    for (size_t i = 0; i < p->count && st == MP_OK; i++) {
        const mp_cluster *c = p->list[i].site->cluster;
        mp__entry *e = mp__table_find(&p->busy, site_key(p->list[i].site));

        if (e->refs > 1 || !takes_new(c, p->deployment))
            continue;
        e->refs++; /* in line */
        st = queue(p, mp__fleet_position(p->fleet, c->name), (int64_t)(uintptr_t)e->value);
    }
    return st;
}

/*
 * The clusters that may take new replicas, in line.  Spreading asks those without replicas first,
 * in order of name, which is the order of the fleet: they need no line, and those that are never
 * reached cost nothing.
 */
static mp_status line_up(planner *p)
{
    mp_status st = count_ours(p);

    p->line.goes_first = fewest_first;
    p->spreads = p->plan->opts.clusters == MP_CLUSTERS_SPREAD;
    p->choice = MP__NEW_ARRAY(&p->scratch, uint32_t, p->deployment->engine_count);
    if (!p->choice ||
        (p->general && mp__ask_init(&p->ask, &p->scratch, p->deployment, &p->plan->opts) != MP_OK))
        return MP_ENOMEM;
    if (p->spreads)
        return st == MP_OK ? queue_busy(p) : st;
    for (size_t i = 0; st == MP_OK && i < p->fleet->cluster_count; i++)
        if (takes_new(p->fleet->clusters[i], p->deployment))
            st = queue(p, i, ours_on(p, p->fleet->clusters[i]));
    sort_line(&p->line);
    return st;
}

static mp_status push(planner *p, const mp__site *site, mp_placement *placement)
{
    mp__identity id;
    mp__kept *grown;

    if (!mp__table_add(&p->identities, mp__identity_key(&id, site, placement->index), placement))
        return MP_ENOMEM;
    grown = mp__arena_push(&p->scratch, p->list, &p->count, &p->capacity, sizeof *grown);
    if (!grown)
        return MP_ENOMEM;
    p->list = grown;
    grown[p->count - 1] = (mp__kept){ site, placement };
    return MP_OK;
}

/* Smallest index from 0 that none of ours on the cluster has. */
static int64_t free_index(const planner *p, const mp__site *site, seat *s)
{
    mp__identity id;

    while (mp__table_find(&p->identities, mp__identity_key(&id, site, s->next_index)))
        s->next_index++;
    return s->next_index;
}

static mp_placement *new_placement(planner *p, const mp_cluster *c, seat *s)
{
    mp_placement *placement =
        mp__plan_placement(p->plan, c, free_index(p, c->site, s), p->deployment->engine_count);

    if (placement)
        placement->order = p->count;
    return placement;
}

static mp_status add_placement(planner *p, const mp__board *board, seat *s)
{
    const mp_cluster *c = board->cluster;
    mp_placement *placement = new_placement(p, c, s);

    if (!placement)
        return MP_ENOMEM;
    for (size_t e = 0; e < board->engine_count; e++) {
        const mp_engine *engine = p->deployment->engines[e];
        const mp_pool **pools = MP__NEW_ARRAY(&p->question, const mp_pool *, engine->member_count);
        mp_status st;

        if (!pools)
            return MP_ENOMEM;
        for (size_t i = 0; i < engine->member_count; i++)
            pools[i] = c->pools[p->choice[e]];
        st = mp__plan_engine(p->plan, &p->matcher, engine, pools, &placement->engines[e]);
        if (st != MP_OK)
            return st;
        s->free[p->choice[e]] -= mp__board_cost(board, e, p->choice[e]);
    }
    return push(p, c->site, placement);
}

static mp_status make_space(planner *p, const mp_cluster *c, mp__space **out)
{
    bool *hidden;
    mp__space *space = *out = MP__NEW(&p->scratch, mp__space);
    mp_status st = space ? mp__affinity_hide(p->deployment, c, &p->scratch, &hidden) : MP_ENOMEM;

    return st == MP_OK ? mp__space_init(space, &p->ask, &p->matcher, &p->scratch, p->owner,
                                        &p->identities, hidden, NULL)
                       : st;
}

static mp_status settle(planner *p, const mp_cluster *c, seat *s, mp__space *space,
                        const mp__answer *answer)
{
    mp_placement *placement = new_placement(p, c, s);
    mp_status st =
        placement ? mp__settle(space, p->plan, &p->matcher, answer, placement) : MP_ENOMEM;

    return st == MP_OK ? push(p, c->site, placement) : st;
}

/* A space with all that the plan has put on the cluster so far. */
static mp_status make_space_anew(planner *p, const mp_cluster *c, mp__space **out)
{
    mp_status st = make_space(p, c, out);

    for (size_t i = 0; i < p->count && st == MP_OK; i++)
        if (p->list[i].site == c->site && !p->list[i].placement->retained)
            st = mp__space_take(*out, p->list[i].placement);
    return st;
}

/* Asks with some of the preferred wishes, and settles what comes out if `decided`. */
static mp_status ask_with(planner *p, const mp_cluster *c, seat *s, const bool *met, bool decided,
                          mp__fit *fit)
{
    mp__answer answer;
    mp__space *space = NULL;
    int64_t ours = p->ask.replicas;
    mp_status st = mp__ask_init(&p->ask, &p->scratch, p->deployment, &p->plan->opts);

    p->ask.cluster = c;
    p->ask.replicas = ours;
    if (st == MP_OK) {
        mp__ask_prefer(&p->ask, p->deployment, met);
        st = make_space_anew(p, c, &space);
    }
    if (st == MP_OK)
        st = mp__solve(space, &p->matcher, &p->question, &p->plan->counters[MP_COUNTER_STEPS],
                       &answer);
    if (st == MP_OK)
        *fit = answer.fit;
    if (st == MP_OK && decided && answer.fit == MP__FIT_YES)
        st = settle(p, c, s, space, &answer);
    if (space)
        mp__space_fini(space);
    return st;
}

/*
 * As many preferred wishes as can be: each is met if it can be together with those met before it.
 * What is not wished for is not told apart, so every question has a space of its own.
 */
static mp_status ask_preferring(planner *p, const mp_cluster *c, seat *s, size_t wishes,
                                mp__fit *fit)
{
    bool *met = MP__NEW_ARRAY(&p->scratch, bool, wishes);
    mp_status st;

    if (!met)
        return MP_ENOMEM;
    memset(met, true, wishes);
    st = ask_with(p, c, s, met, true, fit);
    if (st != MP_OK || *fit == MP__FIT_YES)
        return st;
    memset(met, false, wishes);
    st = ask_with(p, c, s, met, false, fit);
    if (st != MP_OK || *fit != MP__FIT_YES)
        return st;
    for (size_t i = 0; i < wishes && st == MP_OK; i++) {
        met[i] = true;
        st = ask_with(p, c, s, met, false, fit);
        met[i] = *fit == MP__FIT_YES;
    }
    return st == MP_OK ? ask_with(p, c, s, met, true, fit) : st;
}

/* The general search. */
static mp_status ask_generally(planner *p, const mp_cluster *c, seat *s, int64_t ours, mp__fit *fit)
{
    size_t wishes = mp__ask_preferences(p->deployment);
    mp__answer answer;
    mp_status st = MP_OK;

    p->ask.cluster = c;
    p->ask.replicas = ours;
    if (wishes > 0)
        return ask_preferring(p, c, s, wishes, fit);
    if (!s->space)
        st = p->repaired ? make_space_anew(p, c, &s->space) : make_space(p, c, &s->space);
    if (st == MP_OK)
        st = mp__solve(s->space, &p->matcher, &p->question, &p->plan->counters[MP_COUNTER_STEPS],
                       &answer);
    if (st != MP_OK)
        return st;
    *fit = answer.fit;
    return answer.fit == MP__FIT_YES ? settle(p, c, s, s->space, &answer) : MP_OK;
}

/* Takes what a placement takes from the free nodes of the plain search. */
static void take_free(const mp_cluster *c, const mp_placement *placement, int64_t *free)
{
    for (size_t e = 0; e < placement->engine_count; e++) {
        for (size_t i = 0; i < placement->engines[e].engine->member_count; i++) {
            const mp__placed_member *m = &placement->engines[e].members[i];

            for (size_t r = 0; r < m->row_count && !placement->engines[e].kept; r++) {
                mp_pool *pool = mp_cluster_find_pool(c, m->rows[r].pool.data, m->rows[r].pool.size);

                free[pool->index] -= m->rows[r].nodes;
            }
        }
    }
}

/* The plain search goes by the first devices that serve a member.  Where those claim nothing,
 * though there are others to claim, the general search has the last word. */
static mp_status ask_freely(planner *p, const mp_cluster *c, seat *s, mp__fit *fit)
{
    mp_status st = mp__ask_init(&p->ask, &p->scratch, p->deployment, &p->plan->opts);
    size_t before = p->count;

    p->ask.cluster = c;
    if (st == MP_OK)
        st = make_space_anew(p, c, &s->space);
    if (st == MP_OK)
        st = ask_generally(p, c, s, 0, fit);
    if (s->space)
        mp__space_fini(s->space);
    s->space = NULL;
    if (st == MP_OK && p->count > before)
        take_free(c, p->list[before].placement, s->free);
    return st;
}

/* What is free, beside engines that were moved before filling began. */
static mp_status open_ledger(planner *p, const mp_cluster *c, seat *s)
{
    mp_status st = mp__ledger_free(c, p->owner, &p->identities, &p->scratch, &s->free);

    for (size_t i = 0; i < p->count && p->repaired && st == MP_OK; i++)
        if (p->list[i].site == c->site && !p->list[i].placement->retained)
            take_free(c, p->list[i].placement, s->free);
    return st;
}

/* Whole nodes, one pool an engine. */
static mp_status ask_plainly(planner *p, const mp_cluster *c, seat *s, mp__fit *fit)
{
    mp__board board;
    mp_status st = MP_OK;

    if (!s->free)
        st = open_ledger(p, c, s);
    if (st == MP_OK)
        st = mp__place(&board, &p->matcher, &p->question, c, s->free,
                       &p->plan->counters[MP_COUNTER_STEPS], p->choice, fit);
    if (st == MP_OK && *fit == MP__FIT_YES)
        return add_placement(p, &board, s);
    if (st == MP_OK && *fit != MP__FIT_UNKNOWN && mp__board_is_ambiguous(&board, &p->matcher))
        return ask_freely(p, c, s, fit);
    return st;
}

/* Asks the cluster whose turn it is to take one more replica. */
static mp_status ask(planner *p, turn *t, mp__fit *fit)
{
    const mp_cluster *c = p->fleet->clusters[t->order];
    mp_status st;

    *fit = MP__FIT_UNKNOWN;
    mp__arena_reset(&p->question);
    if (!t->seat) {
        t->seat = MP__NEW(&p->scratch, seat);
        if (!t->seat)
            return MP_ENOMEM;
        t->seat->next = p->seats;
        p->seats = t->seat;
    }
    st = p->general ? ask_generally(p, c, t->seat, t->ours, fit) : ask_plainly(p, c, t->seat, fit);
    p->unknown |= st == MP_OK && *fit == MP__FIT_UNKNOWN;
    return st;
}

static mp_status ask_first(planner *p)
{
    turn *first = &p->line.turns[0];
    mp__fit fit;
    mp_status st = ask(p, first, &fit);

    if (st != MP_OK)
        return st;
    if (fit != MP__FIT_YES) {
        drop_first(&p->line);
        return MP_OK;
    }
    first->ours++;
    first->rank = rank_of(p, p->fleet->clusters[first->order], first->ours);
    sift_down(&p->line, 0);
    return MP_OK;
}

/* Asks the next cluster without replicas; one that takes a replica goes into the line. */
static mp_status ask_next(planner *p)
{
    turn t = { .order = p->next++ };
    const mp_cluster *c = p->fleet->clusters[t.order];
    mp__fit fit;
    mp_status st;

    if ((p->busy.count > 0 && ours_on(p, c) > 0) || !takes_new(c, p->deployment))
        return MP_OK;
    st = ask(p, &t, &fit);
    if (st != MP_OK || fit != MP__FIT_YES)
        return st;
    st = queue(p, t.order, 1);
    if (st == MP_OK)
        p->line.turns[p->line.count - 1].seat = t.seat;
    return st;
}

static mp_status fill(planner *p)
{
    mp_status st = line_up(p);

    while (st == MP_OK && p->spreads && p->count < wanted(p) && p->next < p->fleet->cluster_count)
        st = ask_next(p);
    /* Those that came first may have been put behind others. */
    sort_line(&p->line);
    while (st == MP_OK && p->count < wanted(p) && p->line.count > 0)
        st = ask_first(p);
    return st;
}

/* ---- the answer ---- */

static uint64_t count_candidates(const planner *p)
{
    uint64_t count = 0;

    if (p->deployment->cluster_selector.count == 0)
        return p->fleet->cluster_count;
    for (size_t i = 0; i < p->fleet->cluster_count; i++)
        count += !mp__cluster_mismatch(p->fleet->clusters[i], p->deployment);
    return count;
}

static mp_status finish(planner *p)
{
    mp_plan *plan = p->plan;

    plan->count = p->count;
    plan->placements = MP__NEW_ARRAY(&plan->arena, mp_placement *, plan->count);
    if (!plan->placements ||
        !mp__sort(&plan->alloc, p->list, p->count, sizeof *p->list, compare_kept, NULL))
        return MP_ENOMEM;
    for (size_t i = 0; i < p->count; i++)
        plan->placements[i] = p->list[i].placement;
    plan->counters[MP_COUNTER_CANDIDATES] = count_candidates(p);
    plan->counters[MP_COUNTER_EVALUATIONS] = p->matcher.evaluations;
    plan->counters[MP_COUNTER_SHAPES] = p->matcher.shapes;
    plan->counters[MP_COUNTER_STEPS] += p->matcher.steps;
    if (plan->count >= wanted(p))
        plan->verdict = MP_VERDICT_PLACED;
    else if (plan->opts.no_fill)
        plan->verdict = MP_VERDICT_HELD;
    else
        plan->verdict = p->unknown ? MP_VERDICT_UNKNOWN : MP_VERDICT_PARTIAL;
    return MP_OK;
}

static mp_status make_plan(planner *p, mp_error *err)
{
    const mp_deployment *d = p->deployment;
    const mp_schedule_opts *opts = &p->plan->opts;
    mp_status st;

    p->owner = mp__fleet_owner(p->fleet, d->ns, d->name);
    st = mp__matcher_init(&p->matcher, &p->scratch, p->fleet, d,
                          opts->budget ? opts->budget : MP_SCHEDULE_BUDGET_DEFAULT);
    p->matcher.accounting = opts->accounting;
    p->general = mp__ask_is_general(d, opts);
    if (st == MP_OK)
        st = mp__retain(p->plan, &p->matcher, p->owner, &p->scratch, &p->list, &p->count,
                        &p->identities, err);
    p->capacity = p->count;
    if (st == MP_OK && p->count > wanted(p))
        st = scale_down(p);
    if (st == MP_OK && p->count < wanted(p) && opts->least_movement)
        st = repair(p);
    if (st == MP_OK && p->count < wanted(p) && !opts->no_fill)
        st = fill(p);
    return st == MP_OK ? finish(p) : st;
}

mp_schedule_opts mp__schedule_opts(const mp_schedule_opts *opts)
{
    mp_schedule_opts full = MP_SCHEDULE_OPTS_INIT;

    if (!opts)
        return full;
    if (opts->version >= 2)
        return *opts;
    full.no_fill = opts->no_fill;
    full.budget = opts->budget;
    return full;
}

mp_status mp_schedule(const mp_fleet *fleet, const mp_deployment *d, const mp_schedule_opts *opts,
                      mp_plan **out, mp_error *err)
{
    planner p = { 0 };
    max_align_t scratch[SCRATCH_FIRST / sizeof(max_align_t)];
    max_align_t question[QUESTION_FIRST / sizeof(max_align_t)];
    mp_status st;

    mp__error_clear(err);
    *out = NULL;
    p.fleet = fleet;
    p.deployment = d;
    p.plan = mp__calloc(&fleet->alloc, 1, sizeof *p.plan);
    if (!p.plan)
        return mp__fail_nomem(err);
    p.plan->alloc = fleet->alloc;
    p.plan->deployment = d;
    p.plan->opts = mp__schedule_opts(opts);
    mp__arena_init(&p.plan->arena, &fleet->alloc);
    mp__arena_init_in(&p.scratch, &fleet->alloc, scratch, sizeof scratch);
    mp__arena_init_in(&p.question, &fleet->alloc, question, sizeof question);
    mp__table_init(&p.identities, &fleet->alloc);
    mp__table_init(&p.busy, &fleet->alloc);
    st = make_plan(&p, err);
    for (seat *s = p.seats; s; s = s->next)
        if (s->space)
            mp__space_fini(s->space);
    mp__table_fini(&p.busy, NULL, NULL);
    mp__matcher_fini(&p.matcher);
    mp__table_fini(&p.identities, NULL, NULL);
    mp__arena_fini(&p.question);
    mp__arena_fini(&p.scratch);
    if (st != MP_OK) {
        mp_plan_free(p.plan);
        return mp__fail(err, st, "%s", mp_status_text(st));
    }
    *out = p.plan;
    return MP_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Placement against brute force, on small random instances filled to 70-110 % of their nodes.
 *
 * The oracle works on plain arrays and enumerates: every choice of devices for a member, every
 * choice of pools for the engines, in order.  It replays retention, scaling down and filling by the
 * letter, so its answer is the whole plan, and the library's must be equal: no false accept, no
 * false refusal, no verdict "unknown".
 *
 * Beside it runs the plain walk of the original (no going back anywhere), as a yardstick: where the
 * walk finds a place for a replica, the oracle's place must be the same; and it must miss enough of
 * the instances to show that they are hard.
 */
#include "mp_test.h"
#include <modelplane/schedule.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INSTANCES 200000
#define FLEETS_PER_DEPLOYMENT 25

enum { CLUSTERS = 2, POOLS = 4, DEVICES = 3, ENGINES = 4, MEMBERS = 2, REQUESTS = 3, OBSERVED = 6 };

/* ---- instances ---- */

typedef struct device {
    int size; /* the attribute that selectors look at: 1..3 */
    int count;
    bool dra;
} device;

typedef struct pool {
    int nodes, device_count;
    device devices[DEVICES];
} pool;

typedef struct cluster {
    int pool_count;
    pool pools[POOLS];
    bool ready, gateway;
    mp_taint_effect taint; /* MP_EFFECT_ANY: none */
} cluster;

typedef struct request {
    int count;
    int at_least; /* 0..2: any size above; or -size: exactly this one */
} request;

typedef struct member {
    int nodes, request_count;
    request requests[REQUESTS];
} member;

typedef struct engine {
    int copies, member_count;
    member members[MEMBERS];
} engine;

typedef struct deployment {
    int engine_count;
    engine engines[ENGINES];
} deployment;

/* One observed replica: its engines are the deployment's, in order. */
typedef struct observed {
    bool ours;
    int cluster, index, copies, nodes;
    int engine_count;
    int pool[ENGINES][MEMBERS];
    bool claims;
} observed;

typedef struct instance {
    int cluster_count, wanted, observed_count;
    cluster clusters[CLUSTERS];
    observed observed[OBSERVED]; /* in order of name */
} instance;

/* What a member gets on a pool. */
typedef struct answer {
    bool matched;
    int claims;
    int device[REQUESTS];
} answer;

typedef struct placed {
    int cluster, index;
    bool retained;
    int pool[ENGINES][MEMBERS];
    answer got[ENGINES][MEMBERS];
} placed;

typedef struct world {
    const deployment *d;
    const instance *in;
    answer exact[CLUSTERS][POOLS][ENGINES][MEMBERS];
    answer walk[CLUSTERS][POOLS][ENGINES][MEMBERS];
    answer free_choice[POOLS][ENGINES][MEMBERS]; /* of the cluster asked last */
    int free[CLUSTERS][POOLS];
    placed placed[16];
    int placed_count;
    bool walk_missed, walk_differs; /* on some question that the oracle answered with a place */
    bool gave_way;                  /* some place needed a choice of devices that the walk lacks */
} world;

/* ---- the oracle: devices ---- */

static bool satisfies(const request *r, const device *d)
{
    return r->at_least >= 0 ? d->size > r->at_least : d->size == -r->at_least;
}

static bool devices_suffice(const member *m, const pool *p, const int *choice)
{
    int left[DEVICES];

    for (int i = 0; i < p->device_count; i++)
        left[i] = p->devices[i].count;
    for (int r = 0; r < m->request_count; r++) {
        if (!satisfies(&m->requests[r], &p->devices[choice[r]]))
            return false;
        left[choice[r]] -= m->requests[r].count;
        if (left[choice[r]] < 0)
            return false;
    }
    return true;
}

static void count_claims(const member *m, const pool *p, answer *a)
{
    a->matched = true;
    for (int r = 0; r < m->request_count; r++)
        a->claims += p->devices[a->device[r]].dra;
}

/* The next tuple in lexicographic order; false after the last. */
static bool next_tuple(int *tuple, int length, int base)
{
    int i = length - 1;

    while (i >= 0 && tuple[i] == base - 1)
        tuple[i--] = 0;
    if (i < 0)
        return false;
    tuple[i]++;
    return true;
}

static answer match_exactly(const member *m, const pool *p)
{
    answer a = { 0 };

    if (m->request_count > 0 && p->device_count == 0)
        return a;
    do {
        if (devices_suffice(m, p, a.device)) {
            count_claims(m, p, &a);
            break;
        }
    } while (next_tuple(a.device, m->request_count, p->device_count));
    return a;
}

/* The first choice that claims something, or the first that does not. */
static answer match_freely(const member *m, const pool *p, bool claims)
{
    answer a = { 0 };

    if (m->request_count > 0 && p->device_count == 0)
        return a;
    do {
        a.matched = false;
        a.claims = 0;
        if (devices_suffice(m, p, a.device))
            count_claims(m, p, &a);
        if (a.matched && (a.claims > 0) == claims)
            return a;
    } while (next_tuple(a.device, m->request_count, p->device_count));
    a.matched = false;
    return a;
}

static answer match_by_walk(const member *m, const pool *p)
{
    answer a = { 0 };
    int left[DEVICES];

    for (int i = 0; i < p->device_count; i++)
        left[i] = p->devices[i].count;
    for (int r = 0; r < m->request_count; r++) {
        int i = 0;

        while (i < p->device_count &&
               (left[i] < m->requests[r].count || !satisfies(&m->requests[r], &p->devices[i])))
            i++;
        if (i == p->device_count)
            return a;
        left[i] -= m->requests[r].count;
        a.device[r] = i;
    }
    count_claims(m, p, &a);
    return a;
}

/* ---- the oracle: pools ---- */

typedef answer table[POOLS][ENGINES][MEMBERS];

static bool claimable(const cluster *c, table t, int e, int m)
{
    for (int p = 0; p < c->pool_count; p++)
        if (t[p][e][m].matched && t[p][e][m].claims > 0)
            return true;
    return false;
}

/* Nodes that an engine takes on a pool; -1 if it cannot go there. */
static int cost_on(const world *w, const cluster *c, table t, int e, int p)
{
    const engine *g = &w->d->engines[e];
    bool any = false;
    int cost = 0;

    for (int m = 0; m < g->member_count; m++) {
        const answer *a = &t[p][e][m];

        if (!a->matched)
            return -1;
        if (a->claims > 0)
            cost += g->members[m].nodes * g->copies;
        else if (claimable(c, t, e, m))
            return -1;
        any |= claimable(c, t, e, m);
    }
    return any ? cost : -1;
}

static bool find_costs(const world *w, int cluster_index, table t, int cost[ENGINES][POOLS])
{
    const cluster *c = &w->in->clusters[cluster_index];

    for (int e = 0; e < w->d->engine_count; e++)
        for (int p = 0; p < c->pool_count; p++)
            cost[e][p] = cost_on(w, c, t, e, p);
    return c->pool_count > 0;
}

static bool pools_suffice(const world *w, int c, int cost[ENGINES][POOLS], const int *choice)
{
    int left[POOLS];

    memcpy(left, w->free[c], sizeof left);
    for (int e = 0; e < w->d->engine_count; e++) {
        if (cost[e][choice[e]] < 0)
            return false;
        left[choice[e]] -= cost[e][choice[e]];
        if (left[choice[e]] < 0)
            return false;
    }
    return true;
}

static bool enumerate(const world *w, int c, table t, int choice[ENGINES])
{
    int cost[ENGINES][POOLS];

    if (!find_costs(w, c, t, cost))
        return false;
    memset(choice, 0, ENGINES * sizeof *choice);
    do {
        if (pools_suffice(w, c, cost, choice))
            return true;
    } while (next_tuple(choice, w->d->engine_count, w->in->clusters[c].pool_count));
    return false;
}

static bool walk_cluster(const world *w, int c, int choice[ENGINES])
{
    int cost[ENGINES][POOLS], left[POOLS];
    table t;

    memcpy(t, w->walk[c], sizeof t);
    find_costs(w, c, t, cost);
    memcpy(left, w->free[c], sizeof left);
    for (int e = 0; e < w->d->engine_count; e++) {
        int p = 0;

        while (p < w->in->clusters[c].pool_count && (cost[e][p] < 0 || left[p] < cost[e][p]))
            p++;
        if (p == w->in->clusters[c].pool_count)
            return false;
        left[p] -= cost[e][p];
        choice[e] = p;
    }
    return true;
}

/* What members get if they may have any devices, but those that can claim must; whether they can is
 * asked of the walk, of the first choice, of any choice. */
static void choose_freely(world *w, int c, int rule)
{
    const cluster *k = &w->in->clusters[c];

    for (int e = 0; e < w->d->engine_count; e++) {
        for (int m = 0; m < w->d->engines[e].member_count; m++) {
            const member *asks = &w->d->engines[e].members[m];
            bool claims = false;

            for (int p = 0; p < k->pool_count; p++)
                claims |= rule == 0   ? w->walk[c][p][e][m].claims > 0
                          : rule == 1 ? w->exact[c][p][e][m].claims > 0
                                      : match_freely(asks, &k->pools[p], true).matched;
            for (int p = 0; p < k->pool_count; p++)
                w->free_choice[p][e][m] = match_freely(asks, &k->pools[p], claims);
        }
    }
}

/* The place of one more replica: with simple matches only, or else with all, or else freely. */
static bool find_place(world *w, int c, int choice[ENGINES], bool *simple, bool *freely)
{
    int walked[ENGINES];
    bool walks = walk_cluster(w, c, walked), found;
    table t;

    memcpy(t, w->walk[c], sizeof t);
    *simple = true;
    found = enumerate(w, c, t, choice);
    if (!found) {
        memcpy(t, w->exact[c], sizeof t);
        *simple = false;
        found = enumerate(w, c, t, choice);
    }
    *freely = false;
    for (int rule = 0; rule < 3 && !found; rule++) {
        choose_freely(w, c, rule);
        memcpy(t, w->free_choice, sizeof t);
        *freely = found = enumerate(w, c, t, choice);
    }
    w->gave_way |= found && !*simple;
    w->walk_missed |= found && !walks;
    w->walk_differs |=
        walks && (!found || memcmp(walked, choice, (size_t)w->d->engine_count * sizeof *choice));
    return found;
}

/* ---- the oracle: the whole plan ---- */

static bool is_placed(const world *w, int cluster_index, int index)
{
    for (int i = 0; i < w->placed_count; i++)
        if (w->placed[i].cluster == cluster_index && w->placed[i].index == index)
            return true;
    return false;
}

static bool stays(const world *w, const observed *o)
{
    const cluster *c = &w->in->clusters[o->cluster];
    int claims = 0;

    if (!o->ours || c->taint == MP_EFFECT_NO_EXECUTE || is_placed(w, o->cluster, o->index) ||
        o->engine_count != w->d->engine_count)
        return false;
    for (int e = 0; e < o->engine_count; e++) {
        for (int m = 0; m < w->d->engines[e].member_count; m++) {
            if (o->pool[e][m] >= c->pool_count ||
                !w->exact[o->cluster][o->pool[e][m]][e][m].matched)
                return false;
            claims += w->exact[o->cluster][o->pool[e][m]][e][m].claims;
        }
    }
    return claims > 0;
}

static int ours_on(const world *w, int cluster_index)
{
    int count = 0;

    for (int i = 0; i < w->placed_count; i++)
        count += w->placed[i].cluster == cluster_index;
    return count;
}

static void remove_worst(world *w)
{
    int worst = 0;

    for (int i = 1; i < w->placed_count; i++) {
        const placed *a = &w->placed[i], *b = &w->placed[worst];
        int x = ours_on(w, a->cluster), y = ours_on(w, b->cluster);

        if (x > y || (x == y && (a->cluster > b->cluster ||
                                 (a->cluster == b->cluster && a->index > b->index))))
            worst = i;
    }
    w->placed[worst] = w->placed[--w->placed_count];
}

static void charge_observed(world *w)
{
    for (int c = 0; c < w->in->cluster_count; c++)
        for (int p = 0; p < w->in->clusters[c].pool_count; p++)
            w->free[c][p] = w->in->clusters[c].pools[p].nodes;
    for (int i = 0; i < w->in->observed_count; i++) {
        const observed *o = &w->in->observed[i];

        if (!o->claims || (o->ours && !is_placed(w, o->cluster, o->index)))
            continue;
        for (int e = 0; e < o->engine_count; e++)
            for (int m = 0; m < w->d->engines[e].member_count; m++)
                if (o->pool[e][m] < w->in->clusters[o->cluster].pool_count)
                    w->free[o->cluster][o->pool[e][m]] -= o->copies * o->nodes;
    }
}

static void add_new(world *w, int c, const int *choice, bool simple, bool freely)
{
    placed *p = &w->placed[w->placed_count];

    memset(p, 0, sizeof *p);
    p->cluster = c;
    while (is_placed(w, c, p->index))
        p->index++;
    for (int e = 0; e < w->d->engine_count; e++) {
        for (int m = 0; m < w->d->engines[e].member_count; m++) {
            const answer *a = freely   ? &w->free_choice[choice[e]][e][m]
                              : simple ? &w->walk[c][choice[e]][e][m]
                                       : &w->exact[c][choice[e]][e][m];

            p->pool[e][m] = choice[e];
            p->got[e][m] = *a;
            if (a->claims > 0)
                w->free[c][choice[e]] -=
                    w->d->engines[e].members[m].nodes * w->d->engines[e].copies;
        }
    }
    w->placed_count++;
}

static bool fill_one(world *w)
{
    int best = -1, best_choice[ENGINES], choice[ENGINES];
    bool best_simple = false, best_freely = false, simple, freely;
    table best_answers;

    for (int c = 0; c < w->in->cluster_count; c++) {
        const cluster *k = &w->in->clusters[c];

        if (!k->ready || !k->gateway || k->taint != MP_EFFECT_ANY ||
            (best >= 0 && ours_on(w, c) >= ours_on(w, best)) ||
            !find_place(w, c, choice, &simple, &freely))
            continue;
        best = c;
        best_simple = simple;
        best_freely = freely;
        memcpy(best_answers, w->free_choice, sizeof best_answers);
        memcpy(best_choice, choice, sizeof choice);
    }
    if (best >= 0)
        memcpy(w->free_choice, best_answers, sizeof best_answers);
    if (best >= 0)
        add_new(w, best, best_choice, best_simple, best_freely);
    return best >= 0;
}

static void solve(world *w)
{
    for (int c = 0; c < w->in->cluster_count; c++) {
        const cluster *k = &w->in->clusters[c];

        for (int p = 0; p < k->pool_count; p++) {
            for (int e = 0; e < w->d->engine_count; e++) {
                for (int m = 0; m < w->d->engines[e].member_count; m++) {
                    w->exact[c][p][e][m] =
                        match_exactly(&w->d->engines[e].members[m], &k->pools[p]);
                    w->walk[c][p][e][m] = match_by_walk(&w->d->engines[e].members[m], &k->pools[p]);
                }
            }
        }
    }
    for (int i = 0; i < w->in->observed_count; i++) {
        const observed *o = &w->in->observed[i];
        placed *p = &w->placed[w->placed_count];

        if (!stays(w, o))
            continue;
        p->cluster = o->cluster;
        p->index = o->index;
        p->retained = true;
        memcpy(p->pool, o->pool, sizeof p->pool);
        w->placed_count++;
    }
    while (w->placed_count > w->in->wanted)
        remove_worst(w);
    charge_observed(w);
    while (w->placed_count < w->in->wanted && fill_one(w))
        ;
}

/* ---- generating ---- */

static int below(mp_test_random *r, int bound)
{
    return (int)mp_test_random_below(r, (uint64_t)bound);
}

static bool chance(mp_test_random *r, int percent)
{
    return below(r, 100) < percent;
}

static void make_deployment(mp_test_random *r, deployment *d)
{
    int small = 1 + below(r, 2), large = small + 1 + below(r, 2);

    memset(d, 0, sizeof *d);
    d->engine_count = chance(r, 10) ? 1 : 2 + below(r, ENGINES - 1);
    for (int e = 0; e < d->engine_count; e++) {
        engine *g = &d->engines[e];
        int pods = chance(r, 50) ? small : large;

        g->member_count = pods > 1 && chance(r, 60) ? 2 : 1;
        g->copies = g->member_count == 1 ? pods : 1;
        for (int m = 0; m < g->member_count; m++) {
            member *k = &g->members[m];

            k->nodes = m == 0 ? 1 : pods - 1;
            k->request_count =
                m == 0 && g->member_count == 2 && chance(r, 25) ? 0 : 1 + below(r, REQUESTS);
            for (int q = 0; q < k->request_count; q++) {
                k->requests[q].count = 1 + below(r, 2);
                k->requests[q].at_least = chance(r, 80) ? below(r, 3) : -1 - below(r, 3);
            }
        }
    }
}

static void make_pool(mp_test_random *r, pool *p)
{
    p->device_count = chance(r, 3) ? 0 : 1 + below(r, DEVICES);
    for (int i = 0; i < p->device_count; i++)
        p->devices[i] =
            (device){ 1 + below(r, 3), chance(r, 3) ? 0 : 3 + below(r, 4), !chance(r, 10) };
}

static void make_observed(mp_test_random *r, const deployment *d, instance *in)
{
    int count = chance(r, 30) ? 1 + below(r, OBSERVED) : 0;

    for (int i = 0; i < count; i++) {
        observed *o = &in->observed[in->observed_count++];
        int one = below(r, POOLS);

        o->ours = chance(r, 50);
        o->cluster = below(r, in->cluster_count);
        o->index = below(r, 4);
        o->copies = 1 + below(r, 2);
        o->nodes = 1;
        o->claims = chance(r, 85);
        o->engine_count = o->ours && chance(r, 90) ? d->engine_count : 1;
        for (int e = 0; e < o->engine_count; e++)
            for (int m = 0; m < d->engines[e].member_count; m++)
                o->pool[e][m] = chance(r, 80) ? one : below(r, POOLS);
    }
}

/* Nodes that one replica takes, as far as the pools of the first cluster tell. */
static int pods_of(const deployment *d, int e)
{
    int pods = 0;

    for (int m = 0; m < d->engines[e].member_count; m++)
        if (d->engines[e].members[m].request_count > 0)
            pods += d->engines[e].members[m].nodes * d->engines[e].copies;
    return pods;
}

/*
 * Gives each cluster its share of nodes: first what a packing takes that puts engines on random
 * pools they match, then some more or less, so that demand is 70 to 110 % of what there is.
 */
static void give_nodes(mp_test_random *r, const deployment *d, instance *in, int *demand,
                       int *nodes)
{
    *demand = *nodes = 0;
    for (int i = 0; i < in->wanted; i++) {
        cluster *c = &in->clusters[i % in->cluster_count];

        for (int e = 0; e < d->engine_count; e++) {
            int pods = pods_of(d, e), p = below(r, c->pool_count);

            for (int tries = 0; tries < 8; tries++) {
                bool all = true;

                for (int m = 0; m < d->engines[e].member_count; m++)
                    all &= match_exactly(&d->engines[e].members[m], &c->pools[p]).matched;
                if (all)
                    break;
                p = (p + 1) % c->pool_count;
            }
            c->pools[p].nodes += pods;
            *demand += pods;
        }
    }
    for (int i = 0; i < in->observed_count; i++) {
        const observed *o = &in->observed[i];

        for (int e = 0; e < o->engine_count && o->claims && !o->ours; e++) {
            for (int m = 0; m < d->engines[e].member_count; m++) {
                if (o->pool[e][m] < in->clusters[o->cluster].pool_count) {
                    in->clusters[o->cluster].pools[o->pool[e][m]].nodes += o->copies * o->nodes;
                    *demand += o->copies * o->nodes;
                }
            }
        }
    }
    *nodes = *demand;
    for (int change = below(r, 6) - 1; change != 0; change += change > 0 ? -1 : 1) {
        cluster *c = &in->clusters[below(r, in->cluster_count)];
        pool *p = &c->pools[below(r, c->pool_count)];
        int next = *nodes + (change > 0 ? 1 : -1);

        if (p->nodes + (change > 0 ? 1 : -1) < 0 || 10 * *demand < 7 * next ||
            10 * *demand > 11 * next)
            continue;
        p->nodes += change > 0 ? 1 : -1;
        *nodes = next;
    }
}

static void make_instance(mp_test_random *r, const deployment *d, instance *in, int *demand,
                          int *nodes)
{
    memset(in, 0, sizeof *in);
    in->cluster_count = chance(r, 30) ? 2 : 1;
    in->wanted = chance(r, 70) ? 1 : 2;
    for (int c = 0; c < in->cluster_count; c++) {
        cluster *k = &in->clusters[c];

        k->pool_count = 2 + below(r, POOLS - 1);
        k->ready = !chance(r, 3);
        k->gateway = !chance(r, 3);
        k->taint = chance(r, 3)   ? MP_EFFECT_NO_SCHEDULE
                   : chance(r, 3) ? MP_EFFECT_NO_EXECUTE
                                  : MP_EFFECT_ANY;
        for (int p = 0; p < k->pool_count; p++)
            make_pool(r, &k->pools[p]);
    }
    make_observed(r, d, in);
    give_nodes(r, d, in, demand, nodes);
}

/* ---- building what was generated ---- */

static const char *const cluster_names[] = { "c0", "c1" };
static const char *const pool_names[] = { "p0", "p1", "p2", "p3" };
static const char *const engine_names[] = { "e0", "e1", "e2", "e3" };
static const char *const replica_names[] = { "r0", "r1", "r2", "r3", "r4", "r5" };
static const char *const request_names[] = { "q0", "q1", "q2" };
static const char *const class_names[] = { "k0", "k1", "k2" }; /* by position in the pool */

static mp_role role_of(const engine *e, int m)
{
    return e->member_count == 1 ? MP_ROLE_STANDALONE : m == 0 ? MP_ROLE_LEADER : MP_ROLE_WORKER;
}

static void must(mp_status st)
{
    ck_assert_msg(st == MP_OK, "%s", mp_status_name(st));
}

static mp_deployment *build_deployment(const deployment *d)
{
    mp_deployment *out;
    mp_error err;

    must(mp_deployment_new(NULL, "t", 1, "d", 1, &out, &err));
    for (int e = 0; e < d->engine_count; e++) {
        mp_engine *g =
            mp_deployment_add_engine(out, engine_names[e], MP_NTS, d->engines[e].copies, &err);

        for (int m = 0; m < d->engines[e].member_count; m++) {
            const member *k = &d->engines[e].members[m];
            mp_member *built = mp_engine_add_member(g, role_of(&d->engines[e], m), &err);

            if (role_of(&d->engines[e], m) == MP_ROLE_WORKER)
                must(mp_member_set_nodes(built, k->nodes));
            for (int q = 0; q < k->request_count; q++) {
                mp_request *asked = mp_member_add_request(built, request_names[q], MP_NTS,
                                                          k->requests[q].count, &err);
                char text[64];
                int want = k->requests[q].at_least;

                snprintf(text, sizeof text, "device.attributes[\"d\"].size %s %d",
                         want >= 0 ? ">" : "==", want >= 0 ? want : -want);
                must(mp_request_add_selector(asked, text, MP_NTS, &err));
            }
        }
    }
    return out;
}

static void build_observed(mp_fleet *fleet, const deployment *d, const observed *o,
                           const char *name)
{
    mp_error err;
    mp_replica *r = mp_fleet_add_replica(fleet, "t", 1, name, MP_NTS, o->ours ? "d" : "other",
                                         MP_NTS, cluster_names[o->cluster], MP_NTS, o->index, &err);

    for (int e = 0; e < o->engine_count; e++) {
        mp_replica_engine *g = mp_replica_add_engine(r, engine_names[e], MP_NTS, o->copies, &err);

        for (int m = 0; m < d->engines[e].member_count; m++)
            must(mp_replica_add_member(g, role_of(&d->engines[e], m), pool_names[o->pool[e][m]],
                                       MP_NTS, o->nodes, o->claims, &err));
    }
}

static mp_fleet *build_fleet(const deployment *d, const instance *in)
{
    mp_fleet *fleet;
    mp_error err;

    must(mp_fleet_new(NULL, &fleet, &err));
    for (int c = in->cluster_count; c-- > 0;) {
        const cluster *k = &in->clusters[c];
        mp_cluster *built = mp_fleet_add_cluster(fleet, cluster_names[c], MP_NTS, &err);

        must(mp_cluster_set_ready(built, k->ready));
        if (k->gateway)
            must(mp_cluster_set_gateway(built, "gw", 2));
        if (k->taint != MP_EFFECT_ANY)
            must(mp_cluster_add_taint(built, "k", 1, "v", 1, k->taint));
        for (int p = 0; p < k->pool_count; p++) {
            mp_pool *to =
                mp_cluster_add_pool(built, pool_names[p], MP_NTS, k->pools[p].nodes, &err);

            for (int i = 0; i < k->pools[p].device_count; i++) {
                const device *from = &k->pools[p].devices[i];
                mp_device *dev = mp_pool_add_device(to, "x", 1, "d", 1, class_names[i], MP_NTS,
                                                    from->dra ? MP_CLAIM_DRA : MP_CLAIM_SYNTHETIC,
                                                    from->count, &err);

                must(mp_device_set_int(dev, "size", MP_NTS, from->size));
            }
        }
    }
    for (int i = in->observed_count; i-- > 0;)
        build_observed(fleet, d, &in->observed[i], replica_names[i]);
    return fleet;
}

/* ---- comparing ---- */

static int compare_placed(const void *a, const void *b)
{
    const placed *x = a, *y = b;

    return x->cluster != y->cluster ? x->cluster - y->cluster : x->index - y->index;
}

/* The claims of a member, with the class of the device that each got. */
static bool equal_claims(const world *w, const placed *want, const mp_placement *got, int e, int m)
{
    const pool *p = &w->in->clusters[want->cluster].pools[want->pool[e][m]];
    const answer *a =
        want->retained ? &w->exact[want->cluster][want->pool[e][m]][e][m] : &want->got[e][m];
    size_t claim = 0;

    for (int q = 0; q < w->d->engines[e].members[m].request_count; q++) {
        const char *class_name;
        const mp_request *r =
            mp_placement_claim(got, (size_t)e, (size_t)m, claim, &class_name, NULL);

        if (!p->devices[a->device[q]].dra)
            continue;
        if (!r || strcmp(mp_request_name(r, NULL), request_names[q]) != 0 ||
            strcmp(class_name, class_names[a->device[q]]) != 0)
            return false;
        claim++;
    }
    return mp_placement_claim_count(got, (size_t)e, (size_t)m) == claim;
}

static bool equal_placement(const world *w, const placed *want, const mp_placement *got)
{
    if (strcmp(mp_placement_cluster(got, NULL), cluster_names[want->cluster]) != 0 ||
        mp_placement_index(got) != want->index || mp_placement_retained(got) != want->retained)
        return false;
    for (int e = 0; e < w->d->engine_count; e++)
        for (int m = 0; m < w->d->engines[e].member_count; m++)
            if (strcmp(mp_placement_pool(got, (size_t)e, (size_t)m, NULL),
                       pool_names[want->pool[e][m]]) != 0 ||
                !equal_claims(w, want, got, e, m))
                return false;
    return true;
}

static void compare(world *w, const mp_plan *plan, size_t number)
{
    mp_verdict want = w->placed_count == w->in->wanted ? MP_VERDICT_PLACED : MP_VERDICT_PARTIAL;

    ck_assert_msg(mp_plan_verdict(plan) == want, "instance %zu: verdict %s, wanted %s", number,
                  mp_verdict_name(mp_plan_verdict(plan)), mp_verdict_name(want));
    ck_assert_msg(mp_plan_size(plan) == (size_t)w->placed_count,
                  "instance %zu: %zu placements, wanted %d", number, mp_plan_size(plan),
                  w->placed_count);
    qsort(w->placed, (size_t)w->placed_count, sizeof *w->placed, compare_placed);
    for (int i = 0; i < w->placed_count; i++)
        ck_assert_msg(equal_placement(w, &w->placed[i], mp_plan_placement(plan, (size_t)i)),
                      "instance %zu: placement %d differs", number, i);
}

START_TEST(brute_force)
{
    size_t total = mp_test_scaled(INSTANCES), feasible = 0, missed = 0, gave_way = 0, tight = 0;
    mp_test_random random = { 20260611 };
    deployment d;
    mp_deployment *built = NULL;

    for (size_t i = 0; i < total; i++) {
        static world w;
        instance in;
        mp_fleet *fleet;
        mp_plan *plan;
        mp_error err;
        int demand, nodes;

        if (i % FLEETS_PER_DEPLOYMENT == 0) {
            mp_deployment_free(built);
            make_deployment(&random, &d);
            built = build_deployment(&d);
        }
        make_instance(&random, &d, &in, &demand, &nodes);
        must(mp_deployment_set_replicas(built, in.wanted));
        memset(&w, 0, sizeof w);
        w.d = &d;
        w.in = &in;
        solve(&w);
        fleet = build_fleet(&d, &in);
        must(mp_schedule(fleet, built, NULL, &plan, &err));
        compare(&w, plan, i);
        ck_assert_int_eq(mp_plan_certify(fleet, plan, &err), MP_OK);
        ck_assert_msg(mp_plan_check(fleet, built, NULL, plan, &err) == MP_OK, "instance %zu: %s", i,
                      err.text);
        ck_assert_msg(!w.walk_differs, "instance %zu: the plain walk has another place", i);
        feasible += w.placed_count == in.wanted;
        missed += w.walk_missed;
        gave_way += w.gave_way;
        tight += 10 * demand >= 7 * nodes && 10 * demand <= 11 * nodes;
        mp_plan_free(plan);
        mp_fleet_free(fleet);
    }
    mp_deployment_free(built);
    mp_test_note("%zu instances, %.1f %% feasible, the plain walk misses %.1f %%, "
                 "requests give way in %.1f %%",
                 total, 100.0 * (double)feasible / (double)total,
                 100.0 * (double)missed / (double)total, 100.0 * (double)gave_way / (double)total);
    ck_assert_uint_eq(tight, total);
    ck_assert_uint_ge(feasible * 100, total * 40);
    ck_assert_uint_gt(missed * 100, total * 4);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("place_oracle");
    TCase *tc = tcase_create("oracle");

    tcase_set_timeout(tc, 600);
    tcase_add_test(tc, brute_force);
    suite_add_tcase(s, tc);
    return mp_test_main(s);
}

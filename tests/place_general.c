/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The general search against brute force: replicas on one small random cluster, over every
 * combination of {whole nodes, devices} x {one pool, one fabric} x {no levels, levels} x {no
 * cordons, cordons} x {one replica, several}, by every policy for pools.
 *
 * Of several replicas, those that were placed are taken as they were; beside them the oracle must
 * find room for no other one if fewer were placed than wanted.
 *
 * The oracle keeps a list of single nodes and tries every node for every pod.  Beside it runs a
 * greedy walk, as schedulers do it: engines in order, the first home, the first node that fits, no
 * going back.  It must miss enough to show that the instances are hard.
 */
#include "place_internal.h"
#include "place_random.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INSTANCES 200000 /* MP_TEST_SCALE=500 makes it a million */

typedef struct tally {
    size_t total, feasible, replicas;
    size_t alone, missed; /* of those with one replica: feasible, and missed by the walk */
    uint64_t steps;
    size_t proofs[MP_PROOF_SEARCH + 1];
} tally;

static void must(mp_status st)
{
    ck_assert_msg(st == MP_OK, "%s", mp_status_name(st));
}

/* ---- what a plan has taken ---- */

enum { ROWS = 256 };

typedef struct put {
    const mp__row *row;
    const mp_member *member;
    size_t order; /* of its placement */
} put;

static int compare_puts(const void *a, const void *b)
{
    const put *x = a, *y = b;

    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    return x->row->order < y->row->order ? -1 : x->row->order > y->row->order;
}

static taken to_taken(const put *u, const mp_cluster *c)
{
    const mp_pool *of = mp_cluster_find_pool(c, u->row->pool.data, u->row->pool.size);
    taken t = { .pool = (int)of->index,
                .nodes = (int)u->row->nodes,
                .path = u->row->domain.data,
                .path_size = u->row->domain.size };

    for (size_t d = 0; u->row->left && d < of->device_count; d++)
        t.left[d] = (int)u->row->left[d];
    for (size_t r = 0; u->row->left && r < u->member->request_count; r++)
        if (of->devices[u->row->device[r]]->kind->claim == MP_CLAIM_DRA)
            t.use[u->row->device[r]] +=
                (int)(u->member->requests[r]->count * u->row->pods / u->row->nodes);
    return t;
}

/* The nodes that the plan has put pods on, in the order in which it did. */
static int list_taken(const mp_plan *plan, const mp_cluster *c, taken *out)
{
    put puts[ROWS];
    int count = 0;

    for (size_t i = 0; i < plan->count; i++) {
        const mp_placement *p = plan->placements[i];

        for (size_t e = 0; e < p->engine_count; e++) {
            for (size_t m = 0; m < p->engines[e].engine->member_count; m++) {
                const mp__placed_member *k = &p->engines[e].members[m];

                for (size_t r = 0; r < k->row_count; r++) {
                    ck_assert_int_lt(count, ROWS);
                    puts[count] = (put){ &k->rows[r], p->engines[e].engine->members[m], p->order };
                    count += k->rows[r].nodes > 0;
                }
            }
        }
    }
    qsort(puts, (size_t)count, sizeof *puts, compare_puts);
    for (int i = 0; i < count; i++)
        out[i] = to_taken(&puts[i], c);
    return count;
}

static void run_one(size_t number, unsigned mix, mp_test_random *random, tally *t)
{
    static const mp_pool_policy policies[] = { MP_POOLS_FIRST, MP_POOLS_FIRST, MP_POOLS_BEST_FIT,
                                               MP_POOLS_UNFRAGMENTED, MP_POOLS_CHEAPEST };
    static oracle o;
    static taken before[ROWS];
    mp_schedule_opts opts = MP_SCHEDULE_OPTS_INIT;
    instance in;
    mp_deployment *d;
    mp_fleet *fleet;
    mp_plan *plan;
    mp_error err;
    bool full, fits, walks;
    mp_certificate c;
    mp_status checked;
    int count;

    random_instance(random, mix, &in);
    opts.whole_members = in.whole;
    opts.accounting = in.devices ? MP_ACCOUNTING_DEVICES : MP_ACCOUNTING_NODES;
    opts.pools = policies[number / 32 % (sizeof policies / sizeof *policies)];
    d = random_deployment(&in);
    fleet = random_fleet(&in, random);
    must(mp_schedule(fleet, d, &opts, &plan, &err));
    must(mp_plan_certify(fleet, plan, &err));
    checked = mp_plan_check(fleet, d, &opts, plan, &err);
    full = mp_plan_size(plan) == (size_t)in.replicas;
    count = list_taken(plan, mp_fleet_cluster(fleet, 0), before);
    fits = random_feasible(&in, &o, before, full ? 0 : count);
    walks = random_greedy(&in, &o);
    if ((full ? !fits : fits) || (walks && mp_plan_size(plan) == 0) || o.amiss ||
        mp_plan_verdict(plan) != (full ? MP_VERDICT_PLACED : MP_VERDICT_PARTIAL) ||
        mp_plan_certificate_count(plan) < !full || checked != MP_OK) {
        random_print(&in);
        ck_abort_msg("instance %zu: %zu placed, verdict %s; oracle %d, walk %d; check: %s", number,
                     mp_plan_size(plan), mp_verdict_name(mp_plan_verdict(plan)), fits, walks,
                     checked == MP_OK ? "fine" : err.text);
    }
    for (size_t i = 0; mp_plan_certificate(plan, i, &c); i++)
        t->proofs[c.proof]++;
    t->total++;
    t->replicas += mp_plan_size(plan);
    t->feasible += mp_plan_size(plan) > 0;
    t->alone += full && in.replicas == 1;
    t->missed += full && in.replicas == 1 && !walks;
    t->steps += mp_plan_counter(plan, MP_COUNTER_STEPS);
    mp_plan_free(plan);
    mp_fleet_free(fleet);
    mp_deployment_free(d);
}

START_TEST(brute_force)
{
    size_t total = mp_test_scaled(INSTANCES);
    mp_test_random random = { 20261123 };
    tally of[2] = { { 0 } };

    for (size_t i = 0; i < total; i++)
        run_one(i, (unsigned)i % 32, &random, &of[i & 1]);
    for (size_t k = 0; k < 2; k++) {
        mp_test_note("%s: %zu instances, %zu replicas placed, %.1f %% feasible, of single "
                     "ones a greedy walk misses %.1f %%, %.2f steps each",
                     k ? "devices" : "nodes", of[k].total, of[k].replicas,
                     100.0 * (double)of[k].feasible / (double)of[k].total,
                     100.0 * (double)of[k].missed / (double)of[k].alone,
                     (double)of[k].steps / (double)of[k].total);
        mp_test_note("%zu refusals proved by counting, %zu by a search",
                     of[k].proofs[MP_PROOF_COUNT], of[k].proofs[MP_PROOF_SEARCH]);
        ck_assert_uint_ge(of[k].feasible * 100, of[k].total * 30);
        ck_assert_uint_ge(of[k].missed * 100, of[k].alone * (k ? 20 : 4));
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("place_general");
    TCase *tc = tcase_create("oracle");

    tcase_set_timeout(tc, 3600);
    tcase_add_test(tc, brute_force);
    suite_add_tcase(s, tc);
    return mp_test_main(s);
}

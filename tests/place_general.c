/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The general search against brute force: one replica on one small random cluster, over every
 * combination of {whole nodes, devices} x {one pool, one fabric} x {no levels, levels} x {no
 * cordons, cordons}.
 *
 * The oracle keeps a list of single nodes and tries every node for every pod.  Beside it runs a
 * greedy walk, as schedulers do it: engines in order, the first home, the first node that fits, no
 * going back.  It must miss enough to show that the instances are hard.
 */
#include "place_random.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INSTANCES 1000000

typedef struct tally {
    size_t total, feasible, missed;
    uint64_t steps;
    size_t proofs[MP_PROOF_SEARCH + 1];
} tally;

static void must(mp_status st)
{
    ck_assert_msg(st == MP_OK, "%s", mp_status_name(st));
}

static void run_one(size_t number, unsigned mix, mp_test_random *random, tally *t)
{
    static oracle o;
    mp_schedule_opts opts = MP_SCHEDULE_OPTS_INIT;
    instance in;
    mp_deployment *d;
    mp_fleet *fleet;
    mp_plan *plan;
    mp_error err;
    bool fits, walks;
    mp_certificate c;
    mp_verdict want;

    random_instance(random, mix, &in);
    opts.whole_members = in.whole;
    opts.accounting = in.devices ? MP_ACCOUNTING_DEVICES : MP_ACCOUNTING_NODES;
    fits = random_feasible(&in, &o);
    walks = random_greedy(&in, &o);
    d = random_deployment(&in);
    fleet = random_fleet(&in, random);
    must(mp_schedule(fleet, d, &opts, &plan, &err));
    must(mp_plan_certify(fleet, plan, &err));
    if (!fits)
        ck_assert_uint_eq(mp_plan_certificate_count(plan), 1);
    for (size_t i = 0; mp_plan_certificate(plan, i, &c); i++)
        t->proofs[c.proof] += !fits;
    want = fits ? MP_VERDICT_PLACED : MP_VERDICT_PARTIAL;
    if (mp_plan_verdict(plan) != want || (walks && !fits) ||
        mp_plan_check(fleet, d, &opts, plan, &err) != MP_OK) {
        random_print(&in);
        ck_abort_msg("instance %zu: verdict %s, wanted %s; walk %d; check: %s", number,
                     mp_verdict_name(mp_plan_verdict(plan)), mp_verdict_name(want), walks,
                     mp_plan_check(fleet, d, &opts, plan, &err) == MP_OK ? "fine" : err.text);
    }
    t->total++;
    t->feasible += fits;
    t->missed += fits && !walks;
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
        run_one(i, (unsigned)i % 16, &random, &of[i & 1]);
    for (size_t k = 0; k < 2; k++) {
        mp_test_note("%s: %zu instances, %.1f %% feasible, a greedy walk misses %.1f %% of those, "
                     "%.2f steps each",
                     k ? "devices" : "nodes", of[k].total,
                     100.0 * (double)of[k].feasible / (double)of[k].total,
                     100.0 * (double)of[k].missed / (double)of[k].feasible,
                     (double)of[k].steps / (double)of[k].total);
        mp_test_note("%zu refusals proved by counting, %zu by a search",
                     of[k].proofs[MP_PROOF_COUNT], of[k].proofs[MP_PROOF_SEARCH]);
        ck_assert_uint_ge(of[k].feasible * 100, of[k].total * 30);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("place_general");
    TCase *tc = tcase_create("oracle");

    tcase_set_timeout(tc, 900);
    tcase_add_test(tc, brute_force);
    suite_add_tcase(s, tc);
    return mp_test_main(s);
}

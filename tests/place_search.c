/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search where it is hard: instances that would blow up a naive one, a second oracle for larger
 * instances, the budget, the number of selector runs, and answers that do not depend on input
 * order.
 */
#include "mp_test.h"
#include "place_text.h"
#include <modelplane/object.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(mp_status st)
{
    ck_assert_msg(st == MP_OK, "%s", mp_status_name(st));
}

/* Schedules, checks, and gives verdict and steps; `evaluations` may be NULL. */
static mp_verdict schedule(const mp_fleet *fleet, const mp_deployment *d, uint64_t budget,
                           uint64_t *steps, uint64_t *evaluations)
{
    mp_schedule_opts opts = MP_SCHEDULE_OPTS_INIT;
    mp_plan *plan;
    mp_error err;
    mp_verdict verdict;

    opts.budget = budget;
    must(mp_schedule(fleet, d, &opts, &plan, &err));
    ck_assert_int_eq(mp_plan_certify(fleet, plan, &err), MP_OK);
    ck_assert_msg(mp_plan_check(fleet, d, &opts, plan, &err) == MP_OK, "%s", err.text);
    verdict = mp_plan_verdict(plan);
    if (steps)
        *steps = mp_plan_counter(plan, MP_COUNTER_STEPS);
    if (evaluations)
        *evaluations = mp_plan_counter(plan, MP_COUNTER_EVALUATIONS);
    mp_plan_free(plan);
    return verdict;
}

/* ---- one cluster of pools, and engines of so many pods each ---- */

enum { KINDS = 3 };

typedef struct item {
    int pods;
    int kind; /* of pools that it can go to; 0: any */
} item;

static mp_fleet *pools_of(const item *pools, size_t count)
{
    mp_fleet *fleet;
    mp_cluster *c;
    mp_error err;

    must(mp_fleet_new(NULL, &fleet, &err));
    c = mp_fleet_add_cluster(fleet, "c", 1, &err);
    must(mp_cluster_set_ready(c, true));
    must(mp_cluster_set_gateway(c, "gw", 2));
    for (size_t i = 0; i < count; i++) {
        char name[32];
        mp_pool *p;
        mp_device *d;

        snprintf(name, sizeof name, "p%zu", i);
        p = mp_cluster_add_pool(c, name, MP_NTS, pools[i].pods, &err);
        d = mp_pool_add_device(p, "gpu", 3, "d", 1, "k", 1, MP_CLAIM_DRA, 8, &err);
        must(mp_device_set_int(d, "kind", 4, pools[i].kind));
    }
    return fleet;
}

static mp_deployment *engines_of(const item *engines, size_t count)
{
    mp_deployment *d;
    mp_error err;

    must(mp_deployment_new(NULL, "t", 1, "d", 1, &d, &err));
    for (size_t i = 0; i < count; i++) {
        char name[32], cel[64];
        mp_engine *e;
        mp_request *r;

        snprintf(name, sizeof name, "e%zu", i);
        e = mp_deployment_add_engine(d, name, MP_NTS, engines[i].pods, &err);
        r = mp_member_add_request(mp_engine_add_member(e, MP_ROLE_STANDALONE, &err), "r", 1, 1,
                                  &err);
        snprintf(cel, sizeof cel, "device.attributes[\"d\"].kind %s %d",
                 engines[i].kind ? "==" : ">", engines[i].kind);
        must(mp_request_add_selector(r, cel, MP_NTS, &err));
    }
    return d;
}

static mp_verdict pack(const item *pools, size_t pool_count, const item *engines,
                       size_t engine_count, uint64_t budget, uint64_t *steps)
{
    mp_fleet *fleet = pools_of(pools, pool_count);
    mp_deployment *d = engines_of(engines, engine_count);
    mp_verdict verdict = schedule(fleet, d, budget, steps, NULL);

    mp_deployment_free(d);
    mp_fleet_free(fleet);
    return verdict;
}

/* ---- n + 1 of n ---- */

static const size_t sizes[] = { 1, 2, 3, 10, 100, 1000 };

START_TEST(one_engine_too_many)
{
    size_t n = sizes[_i];
    item *one = malloc((n + 1) * sizeof *one);
    uint64_t steps;

    for (size_t i = 0; i <= n; i++)
        one[i] = (item){ 1, 1 };
    ck_assert_int_eq(pack(one, n, one, n, 0, NULL), MP_VERDICT_PLACED);
    ck_assert_int_eq(pack(one, n, one, n + 1, 0, &steps), MP_VERDICT_PARTIAL);
    ck_assert_uint_le(steps, 1 + n / 64); /* refused by counting, at the first state */
    free(one);
}
END_TEST

START_TEST(one_node_too_few)
{
    int n = (int)sizes[_i];
    item pool = { n, 1 }, engine = { n + 1, 1 };
    uint64_t steps;

    ck_assert_int_eq(pack(&pool, 1, &engine, 1, 0, &steps), MP_VERDICT_PARTIAL);
    ck_assert_uint_le(steps, 1);
    engine.pods = n;
    ck_assert_int_eq(pack(&pool, 1, &engine, 1, 0, NULL), MP_VERDICT_PLACED);
}
END_TEST

/* n requests of 2 devices each, on n entries of 3: one request more does not fit. */
START_TEST(one_request_too_many)
{
    size_t n = sizes[_i] < 255 ? sizes[_i] : 255;
    mp_fleet *fleet;
    mp_deployment *d;
    mp_member *m;
    mp_error err;
    mp_pool *p;
    uint64_t steps;

    must(place_fleet(NULL, "cluster c\npool p 9\n", &fleet));
    p = mp_cluster_pool(mp_fleet_cluster(fleet, 0), 0);
    must(place_deployment(NULL, "deployment t.d 1\nengine a*1\n", &d));
    m = mp_engine_add_member((mp_engine *)mp_deployment_engine(d, 0), MP_ROLE_STANDALONE, &err);
    for (size_t i = 0; i < n; i++) {
        ck_assert_ptr_nonnull(mp_pool_add_device(p, "x", 1, "d", 1, "k", 1, MP_CLAIM_DRA, 3, &err));
        ck_assert_ptr_nonnull(mp_member_add_request(m, "r", 1, 2, &err));
    }
    ck_assert_int_eq(schedule(fleet, d, 0, NULL, NULL), MP_VERDICT_PLACED);
    ck_assert_ptr_nonnull(mp_member_add_request(m, "r", 1, 2, &err));
    ck_assert_int_eq(schedule(fleet, d, 0, &steps, NULL), MP_VERDICT_PARTIAL);
    ck_assert_uint_le(steps, 1);
    mp_deployment_free(d);
    mp_fleet_free(fleet);
}
END_TEST

/* ---- instances made to hurt ---- */

/* `times` of each size, one after the other in turns. */
typedef struct crowd {
    const char *name;
    int pool_count, pool_nodes;
    int sizes[4]; /* of engines, ended by 0 */
    int times;
    mp_verdict want;
} crowd;

static const crowd crowds[] = {
    { "equal engines on equal pools, room for one fewer", 14, 7, { 3 }, 29, MP_VERDICT_PARTIAL },
    { "equal engines on equal pools, room for all", 15, 7, { 3 }, 30, MP_VERDICT_PLACED },
    /* Engines of 2 and 4 leave one of 5 nodes unused: 12 pools take 48 of 54, though 60 are free.
     */
    { "what is left over cannot be used", 12, 5, { 2, 4 }, 9, MP_VERDICT_PARTIAL },
    { "what is left over is not needed", 14, 5, { 2, 4 }, 9, MP_VERDICT_PLACED },
    { "three sizes, none to spare, exact", 10, 15, { 3, 5, 7 }, 10, MP_VERDICT_PLACED },
    { "three sizes, one pool less", 9, 15, { 3, 5, 7 }, 10, MP_VERDICT_PARTIAL },
    { "six and four in tens", 30, 10, { 6, 4 }, 30, MP_VERDICT_PLACED },
    { "six, six and four in tens", 19, 10, { 6, 6, 4 }, 10, MP_VERDICT_PARTIAL },
    { "ties everywhere", 60, 4, { 3, 1 }, 60, MP_VERDICT_PLACED },
    { "ties everywhere, one node short", 59, 4, { 3, 1 }, 60, MP_VERDICT_PARTIAL },
    { "hundreds of equal pools", 400, 9, { 5 }, 401, MP_VERDICT_PARTIAL },
    { "odd sizes in even pools", 16, 8, { 5, 3, 5 }, 11, MP_VERDICT_PARTIAL },
};

START_TEST(crowds_are_settled)
{
    const crowd *c = &crowds[_i];
    item pools[512], engines[512];
    size_t count = 0;
    uint64_t steps;
    mp_verdict got;

    for (int i = 0; i < c->pool_count; i++)
        pools[i] = (item){ c->pool_nodes, 1 };
    for (int t = 0; t < c->times; t++)
        for (int s = 0; s < 4 && c->sizes[s]; s++)
            engines[count++] = (item){ c->sizes[s], 1 };
    got = pack(pools, (size_t)c->pool_count, engines, count, 0, &steps);
    ck_assert_msg(got == c->want, "%s: %s after %llu steps, wanted %s", c->name,
                  mp_verdict_name(got), (unsigned long long)steps, mp_verdict_name(c->want));
    mp_test_note("%s: %s, %llu steps", c->name, mp_verdict_name(got), (unsigned long long)steps);
}
END_TEST

/* The search gives up where it is told to, and says so. */
START_TEST(a_small_budget_is_unknown)
{
    item pools[12], engines[18];
    uint64_t steps;

    for (int i = 0; i < 12; i++)
        pools[i] = (item){ 5, 1 };
    for (int i = 0; i < 18; i++)
        engines[i] = (item){ i % 2 ? 4 : 2, 1 };
    ck_assert_int_eq(pack(pools, 12, engines, 18, 0, &steps), MP_VERDICT_PARTIAL);
    ck_assert_int_eq(pack(pools, 12, engines, 18, steps, NULL), MP_VERDICT_PARTIAL);
    for (uint64_t budget = 1; budget < steps; budget = budget * 2 + 1)
        ck_assert_int_eq(pack(pools, 12, engines, 18, budget, NULL), MP_VERDICT_UNKNOWN);
}
END_TEST

/* A budget too small to match members is unknown too, and a running replica is not lost to it. */
START_TEST(a_small_budget_for_devices)
{
    /* Requests of 2, 3 and 4 on entries of 5, so that most ways to begin leave the end unserved. */
    static const char fleet_text[] = "cluster c\npool p 9 a/D/5/kind=x b/D/5/kind=x c/D/5/kind=x "
                                     "d/D/5/kind=y e/D/5/kind=y\n"
                                     "replica t.r d c 0 a*1 standalone:p:1:claims\n";
    static const char text[] = "deployment t.d 2\nengine a*1\nmember standalone "
                               "r/2/kind=x s/2 t/3/kind=x u/3 v/2/kind=x w/4 x/4/kind=y y/4\n";
    mp_schedule_opts opts = MP_SCHEDULE_OPTS_INIT;
    mp_fleet *fleet;
    mp_deployment *d;
    mp_plan *plan;
    mp_error err;
    size_t refused = 0;

    must(place_fleet(NULL, fleet_text, &fleet));
    must(place_deployment(NULL, text, &d));
    for (opts.budget = 1; opts.budget < 64; opts.budget++) {
        mp_status st = mp_schedule(fleet, d, &opts, &plan, &err);

        if (st == MP_OK) {
            ck_assert_int_ne(mp_plan_verdict(plan), MP_VERDICT_UNKNOWN);
            mp_plan_free(plan);
            continue;
        }
        ck_assert_int_eq(st, MP_EBUDGET);
        ck_assert_ptr_null(plan);
        ck_assert_ptr_nonnull(strstr(err.text, "\"r\""));
        refused++;
    }
    ck_assert_uint_gt(refused, 0);
    mp_deployment_free(d);
    mp_fleet_free(fleet);
}
END_TEST

/* ---- larger instances, against dynamic programming over sets of engines ---- */

enum { DP_ENGINES = 13, DP_POOLS = 7 };

/* reach[s]: whether the engines of set s fit the pools so far. */
static bool fits_by_sets(const item *pools, int pool_count, const item *engines, int engine_count)
{
    static bool reach[1u << DP_ENGINES], next[1u << DP_ENGINES];
    unsigned all = (1u << engine_count) - 1;

    memset(reach, 0, sizeof reach);
    reach[0] = true;
    for (int p = 0; p < pool_count; p++) {
        memcpy(next, reach, sizeof next);
        for (unsigned s = 1; s <= all; s++) {
            int pods = 0;
            bool may = true;

            for (int e = 0; e < engine_count; e++) {
                if (!(s >> e & 1))
                    continue;
                pods += engines[e].pods;
                may &= engines[e].kind == 0 || engines[e].kind == pools[p].kind;
            }
            if (!may || pods > pools[p].pods)
                continue;
            for (unsigned rest = all & ~s, t = rest;; t = (t - 1) & rest) {
                if (reach[t])
                    next[t | s] = true;
                if (t == 0)
                    break;
            }
        }
        memcpy(reach, next, sizeof reach);
    }
    return reach[all];
}

START_TEST(larger_instances)
{
    size_t total = mp_test_scaled(400), feasible = 0;
    mp_test_random r = { 77 };
    uint64_t most = 0;

    for (size_t i = 0; i < total; i++) {
        int engine_count = 8 + (int)mp_test_random_below(&r, DP_ENGINES - 7);
        int pool_count = 3 + (int)mp_test_random_below(&r, DP_POOLS - 2), demand = 0, nodes = 0;
        item engines[DP_ENGINES], pools[DP_POOLS];
        uint64_t steps;
        bool fits;
        mp_verdict got;

        for (int e = 0; e < engine_count; e++) {
            engines[e].pods = 2 + (int)mp_test_random_below(&r, 6);
            engines[e].kind =
                mp_test_random_below(&r, 2) ? 0 : 1 + (int)mp_test_random_below(&r, KINDS);
            demand += engines[e].pods;
        }
        for (int p = 0; p < pool_count; p++) {
            pools[p].kind = 1 + p % KINDS;
            pools[p].pods = 0;
        }
        /* Each node goes to some pool, until there are as many as asked for or two more. */
        for (nodes = 0; nodes < demand + (int)mp_test_random_below(&r, 3); nodes++)
            pools[mp_test_random_below(&r, (uint64_t)pool_count)].pods++;
        fits = fits_by_sets(pools, pool_count, engines, engine_count);
        got = pack(pools, (size_t)pool_count, engines, (size_t)engine_count, 0, &steps);
        ck_assert_msg(got == (fits ? MP_VERDICT_PLACED : MP_VERDICT_PARTIAL), "instance %zu: %s", i,
                      mp_verdict_name(got));
        feasible += fits;
        most = steps > most ? steps : most;
    }
    mp_test_note("%zu larger instances, %zu feasible, at most %llu steps", total, feasible,
                 (unsigned long long)most);
    ck_assert_uint_gt(feasible, 0);
    ck_assert_uint_lt(feasible, total);
}
END_TEST

/* ---- selector runs ---- */

START_TEST(evaluations_do_not_grow_with_pools)
{
    enum { PER_CLUSTER = 8, SELECTORS = 4, SHAPES = 3 };
    size_t pool_count = _i == 0 ? 24 : mp_test_scaled(10000) / PER_CLUSTER * PER_CLUSTER + 24;
    mp_fleet *fleet;
    mp_deployment *d;
    mp_cluster *c = NULL;
    mp_error err;
    uint64_t evaluations;

    must(mp_fleet_new(NULL, &fleet, &err));
    for (size_t i = 0; i < pool_count; i++) {
        char name[32];
        mp_device *v;

        snprintf(name, sizeof name, "c%06zu", i / PER_CLUSTER);
        if (i % PER_CLUSTER == 0) {
            c = mp_fleet_add_cluster(fleet, name, MP_NTS, &err);
            must(mp_cluster_set_ready(c, true));
            must(mp_cluster_set_gateway(c, "gw", 2));
        }
        snprintf(name, sizeof name, "p%zu", i);
        /* Equal content, though names, counts, classes and claims differ. */
        v = mp_pool_add_device(mp_cluster_add_pool(c, name, MP_NTS, (int64_t)(i % 3), &err), name,
                               MP_NTS, "d", 1, i % 2 ? "k" : "j", 1, MP_CLAIM_DRA,
                               1 + (int64_t)(i % 5), &err);
        must(mp_device_set_int(v, "size", 4, (int64_t)(i % SHAPES)));
        must(mp_device_set_string(v, "kind", 4, "x", 1));
    }
    ck_assert_uint_eq(mp_fleet_shape_count(fleet), SHAPES);
    /* Five selectors, two of them the same text; all hold everywhere, so that none is left out. */
    must(place_deployment(
        NULL,
        "deployment t.d 50\n"
        "engine a*1\nmember leader r/1/size>-1,kind=x\nmember worker*2 r/1/size>-2\n"
        "engine b*3\nmember standalone r/1/size>-3 s/1/kind=x\n",
        &d));
    schedule(fleet, d, 0, NULL, &evaluations);
    ck_assert_uint_eq(evaluations, SELECTORS * SHAPES);
    mp_deployment_free(d);
    mp_fleet_free(fleet);
}
END_TEST

/* ---- the order of input ---- */

#define LABELS "label=r:eu label=t:1 label=z:9"

static const char *const blocks[] = {
    "cluster alpha " LABELS "\npool p 3 gpu/D/8/kind=x\npool q 5 gpu/D/4/size=3 nic/S/1/kind=n\n",
    "cluster beta " LABELS " taint=k:v:NoSchedule\npool p 9 gpu/D/8/kind=x\n",
    "cluster gamma " LABELS " taint=k:v:NoExecute taint=j:w:NoSchedule\npool p 9 gpu/D/8/kind=x\n",
    "cluster delta label=z:9 label=r:us label=t:1\npool p 9 gpu/D/8/kind=x\n",
    "cluster epsilon " LABELS "\npool a 2 gpu/D/8/kind=x\npool b 1 gpu/D/8/kind=x nic/S/1/kind=n\n",
    "cluster zeta unready " LABELS "\npool p 9 gpu/D/8/kind=x\n",
    "replica t.r1 d alpha 0 a*1 leader:p:1:claims worker:p:1:claims b*1 standalone:p:1:claims\n",
    "replica t.r2 d alpha 0 a*1 leader:p:1:claims worker:p:1:claims b*1 standalone:p:1:claims\n",
    "replica t.r3 d gamma 2 a*1 leader:p:1:claims worker:p:1:claims b*1 standalone:p:1:claims\n",
    "replica u.r1 d epsilon 0 a*1 standalone:b:1:claims\n",
    "replica t.s1 e epsilon 0 x*1 standalone:a:1:none\n",
};
enum { BLOCKS = sizeof blocks / sizeof *blocks };

static const char *const settings[] = { "select r eu\n", "select t 1\n",
                                        "tolerate j Equal w NoSchedule\n",
                                        "tolerate k Exists - NoSchedule\n" };
enum { SETTINGS = sizeof settings / sizeof *settings };

static void shuffle(mp_test_random *r, const char **items, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)mp_test_random_below(r, i);
        const char *moved = items[i - 1];

        items[i - 1] = items[j];
        items[j] = moved;
    }
}

/* The plan and all its reasons. */
static char *answer(const mp_fleet *fleet, const mp_deployment *d)
{
    mp_plan *plan;
    mp_doc *why;
    mp_text text;
    mp_error err;
    char *line, *all;
    size_t size;

    must(mp_schedule(fleet, d, NULL, &plan, &err));
    ck_assert_int_eq(mp_plan_certify(fleet, plan, &err), MP_OK);
    ck_assert_msg(mp_plan_check(fleet, d, NULL, plan, &err) == MP_OK, "%s", err.text);
    must(mp_plan_explain(fleet, plan, &why, &err));
    must(mp_json_text(NULL, mp_doc_root(why), MP_JSON_PRETTY, &text, &err));
    line = place_plan(plan);
    size = strlen(line) + text.size + 2;
    all = malloc(size);
    snprintf(all, size, "%s\n%s", line, text.data);
    free(line);
    mp_text_fini(&text);
    mp_doc_free(why);
    mp_plan_free(plan);
    return all;
}

START_TEST(input_order_does_not_matter)
{
    size_t total = mp_test_scaled(10000);
    const char *fleet_part[BLOCKS], *setting[SETTINGS];
    mp_test_random r = { 5 };
    char *want = NULL;

    memcpy(fleet_part, blocks, sizeof blocks);
    memcpy(setting, settings, sizeof settings);
    for (size_t i = 0; i < total; i++) {
        char text[2048] = "deployment t.d 4\n";
        mp_fleet *fleet;
        mp_deployment *d;
        char *got;

        for (size_t k = 0; k < SETTINGS; k++)
            strcat(text, setting[k]);
        strcat(text, "engine a*1\nmember leader g/8/kind=x\nmember worker*1 g/8/kind=x\n"
                     "engine b*1\nmember standalone g/8/kind=x\n");
        must(mp_fleet_new(NULL, &fleet, NULL));
        for (size_t k = 0; k < BLOCKS; k++)
            must(place_extend(fleet, fleet_part[k]));
        must(place_deployment(NULL, text, &d));
        got = answer(fleet, d);
        if (!want) {
            want = got;
            ck_assert_ptr_nonnull(strstr(want, "alpha/0! a:p(g),p(g) b:p(g); beta/0"));
        } else {
            ck_assert_msg(strcmp(got, want) == 0, "shuffle %zu\n%s\ninstead of\n%s", i, got, want);
            free(got);
        }
        mp_deployment_free(d);
        mp_fleet_free(fleet);
        shuffle(&r, fleet_part, BLOCKS);
        shuffle(&r, setting, SETTINGS);
    }
    free(want);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("place_search");
    TCase *tc = tcase_create("search");

    tcase_set_timeout(tc, 300);
    tcase_add_loop_test(tc, one_engine_too_many, 0, (int)(sizeof sizes / sizeof *sizes));
    tcase_add_loop_test(tc, one_node_too_few, 0, (int)(sizeof sizes / sizeof *sizes));
    tcase_add_loop_test(tc, one_request_too_many, 0, (int)(sizeof sizes / sizeof *sizes));
    tcase_add_loop_test(tc, crowds_are_settled, 0, (int)(sizeof crowds / sizeof *crowds));
    tcase_add_test(tc, a_small_budget_is_unknown);
    tcase_add_test(tc, a_small_budget_for_devices);
    tcase_add_test(tc, larger_instances);
    tcase_add_loop_test(tc, evaluations_do_not_grow_with_pools, 0, 2);
    tcase_add_test(tc, input_order_does_not_matter);
    suite_add_tcase(s, tc);
    return mp_test_main(s);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No gang ever spans a fabric.
 *
 * Random clusters of pools on fabrics, with and without levels; a deployment whose engines may
 * spread; and then a life of it: it grows and shrinks, nodes are lost, cordoned and come back, and
 * each plan is written down as what runs before the next one is asked for.  In every plan, all pods
 * of a copy of an engine, those that claim nothing too, must be in pools of one fabric.
 */
#include "mp_test.h"
#include <modelplane/schedule.h>
#include <stdio.h>
#include <string.h>

#define GANGS 10000000
#define STEPS 12 /* of a life */
#define LIT(text) text, sizeof(text) - 1

enum { CLUSTERS = 2, POOLS = 5, RACKS = 3 };

typedef struct tally {
    uint64_t plans, gangs, kept, spread;
} tally;

static void must(mp_status st)
{
    ck_assert_msg(st == MP_OK, "%s", mp_status_name(st));
}

static int below(mp_test_random *r, int bound)
{
    return (int)mp_test_random_below(r, (uint64_t)bound);
}

/* ---- the fleet ---- */

static void add_pool(mp_cluster *c, int number, mp_test_random *r)
{
    static const char *const fabrics[] = { "", "f", "g" };
    bool levels = below(r, 2);
    char name[16];
    mp_error err;
    mp_pool *p;
    mp_device *d;

    snprintf(name, sizeof name, "p%d", number);
    p = mp_cluster_add_pool(c, name, MP_NTS, below(r, 40), &err);
    ck_assert_ptr_nonnull(p);
    must(mp_pool_set_fabric(p, fabrics[below(r, 3)], MP_NTS));
    d = mp_pool_add_device(p, LIT("gpu"), LIT("d"), LIT("k"), MP_CLAIM_DRA, 2 + below(r, 7), &err);
    ck_assert_ptr_nonnull(d);
    must(mp_device_set_int(d, LIT("size"), below(r, 3)));
    if (!levels)
        return;
    must(mp_pool_add_level(p, LIT("rack"), &err));
    for (int i = 0; i < RACKS; i++) {
        snprintf(name, sizeof name, "r%d", i);
        ck_assert_ptr_nonnull(mp_pool_add_domain(p, name, MP_NTS, below(r, 20), &err));
    }
}

static mp_fleet *make_fleet(mp_test_random *r)
{
    mp_fleet *fleet;
    mp_error err;

    must(mp_fleet_new(NULL, &fleet, &err));
    for (int i = 0; i < CLUSTERS; i++) {
        mp_cluster *c = mp_fleet_add_cluster(fleet, i ? "b" : "a", 1, &err);
        int pools = 2 + below(r, POOLS - 1);

        must(mp_cluster_set_ready(c, true));
        must(mp_cluster_set_gateway(c, LIT("gw")));
        for (int p = 0; p < pools; p++)
            add_pool(c, p, r);
    }
    return fleet;
}

/* Nodes are lost, cordoned, or come. */
static void change_nodes(mp_fleet *fleet, mp_test_random *r)
{
    mp_cluster *c = mp_fleet_cluster(fleet, (size_t)below(r, CLUSTERS));
    mp_pool *p = mp_cluster_pool(c, (size_t)below(r, (int)mp_cluster_pool_count(c)));
    mp_domain *d = mp_pool_domain(p, (size_t)below(r, RACKS));
    mp_tier tier = below(r, 2) ? MP_TIER_CORDONED : MP_TIER_RESERVED;
    int64_t nodes = below(r, 40);

    if (below(r, 3) == 0)
        must(d ? mp_domain_set_tier(d, tier, nodes / 4) : mp_pool_set_tier(p, tier, nodes / 4));
    else
        must(d ? mp_domain_set_nodes(d, nodes / 2) : mp_pool_set_nodes(p, nodes));
}

/* ---- the deployment ---- */

static mp_deployment *make_deployment(mp_test_random *r)
{
    static const char *const selectors[] = { "true", "device.attributes[\"d\"].size > 0" };
    mp_deployment *d;
    mp_error err;

    must(mp_deployment_new(NULL, LIT("t"), LIT("d"), &d, &err));
    for (int e = 0, engines = 1 + below(r, 3); e < engines; e++) {
        char name[16];
        mp_engine *of;

        snprintf(name, sizeof name, "e%d", e);
        of = mp_deployment_add_engine(d, name, MP_NTS, 1 + below(r, 8), &err);
        must(mp_engine_set_span(of, below(r, 4) ? MP_SPAN_FABRIC : MP_SPAN_POOL));
        if (below(r, 4) == 0)
            must(mp_engine_set_level(of, LIT("rack"),
                                     below(r, 2) ? MP_STRENGTH_REQUIRED : MP_STRENGTH_PREFERRED));
        for (int m = 0; m < 2; m++) {
            mp_member *member = mp_engine_add_member(of, m ? MP_ROLE_WORKER : MP_ROLE_LEADER, &err);
            mp_request *q;

            if (m == 1)
                must(mp_member_set_nodes(member, 1 + below(r, 3)));
            if (m == 0 && below(r, 3) == 0)
                continue; /* claims nothing */
            q = mp_member_add_request(member, LIT("gpu"), 1 + below(r, 4), &err);
            must(mp_request_add_selector(q, selectors[below(r, 2)], MP_NTS, &err));
        }
    }
    return d;
}

/* ---- what a plan says ---- */

static bool one_fabric(const mp_pool *a, const mp_pool *b)
{
    return a == b || (*mp_pool_fabric(a, NULL) &&
                      strcmp(mp_pool_fabric(a, NULL), mp_pool_fabric(b, NULL)) == 0);
}

/* All pods of the engine are in pools of one fabric; whether in several. */
static bool look_at_engine(const mp_cluster *c, const mp_placement *p, size_t e)
{
    const mp_pool *first = NULL;
    bool spread = false;
    mp_share share;

    for (size_t m = 0; m < mp_engine_member_count(mp_placement_engine(p, e)); m++) {
        ck_assert_uint_gt(mp_placement_share_count(p, e, m), 0);
        for (size_t s = 0; mp_placement_share(p, e, m, s, &share); s++) {
            const mp_pool *pool = mp_cluster_find_pool(c, share.pool, share.pool_size);

            ck_assert_ptr_nonnull(pool);
            first = first ? first : pool;
            spread |= pool != first;
            ck_assert_msg(one_fabric(first, pool), "an engine is in %s and %s",
                          mp_pool_name(first, NULL), mp_pool_name(pool, NULL));
        }
    }
    return spread;
}

static void look_at(const mp_fleet *fleet, const mp_plan *plan, tally *t)
{
    for (size_t i = 0; i < mp_plan_size(plan); i++) {
        const mp_placement *p = mp_plan_placement(plan, i);
        size_t size;
        const char *name = mp_placement_cluster(p, &size);
        const mp_cluster *c = mp_fleet_find_cluster(fleet, name, size);

        for (size_t e = 0; e < mp_placement_engine_count(p); e++) {
            uint64_t copies = (uint64_t)mp_engine_copies(mp_placement_engine(p, e));

            t->spread += look_at_engine(c, p, e) ? copies : 0;
            t->gangs += copies;
            t->kept += mp_placement_engine_kept(p, e) ? copies : 0;
        }
    }
    t->plans++;
}

/* ---- what runs ---- */

static void write_engine(mp_replica *r, const mp_placement *p, size_t e)
{
    const mp_engine *engine = mp_placement_engine(p, e);
    mp_error err;
    mp_replica_engine *o = mp_replica_add_engine(r, mp_engine_name(engine, NULL), MP_NTS,
                                                 mp_engine_copies(engine), &err);

    for (size_t m = 0; m < mp_engine_member_count(engine); m++) {
        const mp_member *member = mp_engine_member(engine, m);
        size_t size;
        const char *pool = mp_placement_pool(p, e, m, &size);
        bool claims = mp_placement_claim_count(p, e, m) > 0;
        mp_share share;

        must(mp_replica_add_member(o, mp_member_role(member), pool, size, mp_member_nodes(member),
                                   claims, &err));
        for (size_t s = 0; mp_placement_share(p, e, m, s, &share); s++)
            must(mp_replica_add_pods(o, share.pool, share.pool_size, share.domain,
                                     share.domain_size, "", 0, share.pods, &err));
    }
}

/* From now on what the plan says runs, and nothing else. */
static void write_down(mp_fleet *fleet, const mp_plan *plan, int *count)
{
    mp_error err;
    char name[16];

    for (int i = 0; i < *count; i++) {
        snprintf(name, sizeof name, "r%d", i);
        mp_fleet_remove_replica(fleet, mp_fleet_find_replica(fleet, "t", 1, name, MP_NTS));
    }
    *count = (int)mp_plan_size(plan);
    for (int i = 0; i < *count; i++) {
        const mp_placement *p = mp_plan_placement(plan, (size_t)i);
        size_t size;
        const char *cluster = mp_placement_cluster(p, &size);
        mp_replica *r;

        snprintf(name, sizeof name, "r%d", i);
        r = mp_fleet_add_replica(fleet, "t", 1, name, MP_NTS, "d", 1, cluster, size,
                                 mp_placement_index(p), &err);
        for (size_t e = 0; e < mp_placement_engine_count(p); e++)
            write_engine(r, p, e);
    }
}

static void live(mp_test_random *r, tally *t)
{
    mp_schedule_opts opts = MP_SCHEDULE_OPTS_INIT;
    mp_fleet *fleet = make_fleet(r);
    mp_deployment *d = make_deployment(r);
    int count = 0;

    opts.accounting = below(r, 2) ? MP_ACCOUNTING_DEVICES : MP_ACCOUNTING_NODES;
    opts.span = below(r, 2) ? MP_SPAN_FABRIC : MP_SPAN_POOL;
    opts.pools = (mp_pool_policy)below(r, MP_POOLS_SCORED);
    opts.clusters = (mp_cluster_policy)below(r, MP_CLUSTERS_PREFERRED);
    opts.whole_members = below(r, 4) == 0;
    opts.least_movement = below(r, 2);
    opts.budget = 500; /* what is not found soon is not what this is about */
    for (int step = 0; step < STEPS; step++) {
        mp_plan *plan;
        mp_error err;

        must(mp_deployment_set_replicas(d, below(r, 16)));
        must(mp_schedule(fleet, d, &opts, &plan, &err));
        if (step % 4 == 0)
            ck_assert_msg(mp_plan_check(fleet, d, &opts, plan, &err) == MP_OK, "%s", err.text);
        look_at(fleet, plan, t);
        write_down(fleet, plan, &count);
        mp_plan_free(plan);
        change_nodes(fleet, r);
    }
    mp_deployment_free(d);
    mp_fleet_free(fleet);
}

START_TEST(no_gang_spans_a_fabric)
{
    mp_test_random random = { 20261123 };
    size_t wanted = mp_test_scaled(GANGS);
    tally t = { 0 };

    while (t.gangs < wanted)
        live(&random, &t);
    mp_test_note("%llu gangs in %llu plans, %llu of them kept, %llu in several pools of a fabric",
                 (unsigned long long)t.gangs, (unsigned long long)t.plans,
                 (unsigned long long)t.kept, (unsigned long long)t.spread);
    ck_assert_uint_gt(t.spread * 100, t.gangs);
    ck_assert_uint_gt(t.kept * 10, t.gangs);
    ck_assert_uint_lt(t.kept, t.gangs);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("place_fabric");
    TCase *tc = tcase_create("gangs");

    tcase_set_timeout(tc, 1800);
    tcase_add_test(tc, no_gang_spans_a_fabric);
    suite_add_tcase(s, tc);
    return mp_test_main(s);
}

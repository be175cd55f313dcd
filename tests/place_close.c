/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Closeness, tiers, affinities and policies, case by case: what is asked, and where it goes.
 */
#include "mp_test.h"
#include "place_text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GPU "gpu/D/8/kind=x"
#define LONE "member standalone gpu/8/kind=x\n"
#define GANG "member leader gpu/8/kind=x\nmember worker*1 gpu/8/kind=x\n"
#define RACKS "level block\nlevel rack\n"

static const struct place_case {
    const char *name, *fleet, *deployment, *want;
    mp_accounting accounting;
    mp_cluster_policy clusters;
    mp_pool_policy pools;
} cases[] = {
    /* ---- spans and levels ---- */
    { "an engine stays in one pool",
      "cluster c\npool p 1 " GPU "\nfabric f\npool q 1 " GPU "\nfabric f\n",
      "deployment t.d 1\nengine a*1\n" GANG, "partial", 0, 0, 0 },
    { "it may span its fabric",
      "cluster c\npool p 1 " GPU "\nfabric f\npool q 1 " GPU "\nfabric f\n",
      "deployment t.d 1\nengine a*1\nspan fabric\n" GANG, "c/0 a:p(gpu),q(gpu); placed", 0, 0, 0 },
    { "but not two fabrics", "cluster c\npool p 1 " GPU "\nfabric f\npool q 1 " GPU "\nfabric g\n",
      "deployment t.d 1\nengine a*1\nspan fabric\n" GANG, "partial", 0, 0, 0 },
    { "a pool without a name is on its own", "cluster c\npool p 1 " GPU "\npool q 1 " GPU "\n",
      "deployment t.d 1\nengine a*1\nspan fabric\n" GANG, "partial", 0, 0, 0 },
    { "pods of a member may be apart on the fabric",
      "cluster c\npool p 2 " GPU "\nfabric f\npool q 2 " GPU "\nfabric f\n",
      "deployment t.d 1\nengine a*1\nspan fabric\nmember leader\nmember worker*3 gpu/8/kind=x\n",
      "c/0 a:p(),p*2+q*1(gpu); placed", 0, 0, 0 },
    { "one claim template, so one class for all pods",
      "cluster c\npool p 1 " GPU "/k\nfabric f\npool q 1 " GPU "/l\nfabric f\n",
      "deployment t.d 1\nengine a*1\nspan fabric\nmember leader\nmember worker*2 gpu/8/kind=x\n",
      "partial", 0, 0, 0 },
    { "a rack for each copy",
      "cluster c\npool p 0 " GPU "\n" RACKS "domain b1/r1 3\ndomain b1/r2 2\n",
      "deployment t.d 1\nengine a*2\nwithin rack required\n" GANG,
      "c/0 a:p/b1/r1*1+p/b1/r2*1(gpu),p/b1/r1*1+p/b1/r2*1(gpu); placed", 0, 0, 0 },
    { "no rack is large enough",
      "cluster c\npool p 0 " GPU "\n" RACKS "domain b1/r1 1\ndomain b1/r2 1\n",
      "deployment t.d 1\nengine a*1\nwithin rack required\n" GANG, "partial", 0, 0, 0 },
    { "a preferred rack is left",
      "cluster c\npool p 0 " GPU "\n" RACKS "domain b1/r1 1\ndomain b1/r2 1\n",
      "deployment t.d 1\nengine a*1\nwithin rack preferred\n" GANG, "c/0 a:p(gpu),p(gpu); placed",
      0, 0, 0 },
    { "a preferred rack is taken if it can be",
      "cluster c\npool p 0 " GPU "\n" RACKS "domain b1/r1 1\ndomain b1/r2 2\n",
      "deployment t.d 1\nengine a*1\nwithin rack preferred\n" GANG,
      "c/0 a:p/b1/r2(gpu),p/b1/r2(gpu); placed", 0, 0, 0 },
    { "preferences go in order: the replica's before the engine's",
      "cluster c\npool p 0 " GPU "\n" RACKS
      "domain b1/r1 1\ndomain b1/r2 1\ndomain b1/r3 1\ndomain b2/r1 2\n",
      "deployment t.d 1\ntogether block preferred\nengine a*1\nwithin rack preferred\n" GANG
      "engine b*1\n" LONE,
      "c/0 a:p/b1(gpu),p/b1(gpu) b:p/b1(gpu); placed", 0, 0, 0 },
    { "pools without the level cannot be required to have it", "cluster c\npool p 9 " GPU "\n",
      "deployment t.d 1\nengine a*1\nwithin rack required\n" GANG, "partial", 0, 0, 0 },
    { "a group in one block",
      "cluster c\npool p 0 " GPU "\n" RACKS "domain b1/r1 1\ndomain b2/r1 2\n",
      "deployment t.d 1\ngroup g block required\nengine a*1\nof g\n" LONE "engine b*1\nof g\n" LONE,
      "c/0 a:p/b2(gpu) b:p/b2(gpu); placed", 0, 0, 0 },
    { "domains of one name on one fabric are one",
      "cluster c\npool p 0 " GPU "\nfabric f\n" RACKS "domain b1/r1 1\n"
      "pool q 0 " GPU "\nfabric f\n" RACKS "domain b1/r1 1\n",
      "deployment t.d 1\nengine a*1\nspan fabric\nwithin rack required\n" GANG,
      "c/0 a:p/b1/r1(gpu),q/b1/r1(gpu); placed", 0, 0, 0 },
    { "domains of one name on two fabrics are two",
      "cluster c\npool p 0 " GPU "\n" RACKS "domain b1/r1 1\npool q 0 " GPU "\n" RACKS
      "domain b1/r1 1\n",
      "deployment t.d 1\ntogether block required\nengine a*1\n" LONE "engine b*1\n" LONE, "partial",
      0, 0, 0 },
    { "a claimless member stays with its gang",
      "cluster c\npool p 1 nic/D/1/kind=n\npool q 2 " GPU "\n",
      "deployment t.d 1\nengine a*1\nmember leader\nmember worker*2 gpu/8/kind=x\n",
      "c/0 a:q(),q(gpu); placed", 0, 0, 0 },

    /* ---- tiers ---- */
    { "cordoned nodes are not used", "cluster c\npool p 2 " GPU "\ntier cordoned 1\n",
      "deployment t.d 2\nengine a*1\n" LONE, "c/0 a:p(gpu); partial", 0, 0, 0 },
    { "reserved nodes are not used", "cluster c\npool p 2 " GPU "\ntier reserved 1\n",
      "deployment t.d 2\nengine a*1\n" LONE, "c/0 a:p(gpu); partial", 0, 0, 0 },
    { "nodes that could be created are not there",
      "cluster c\npool p 1 " GPU "\ntier creatable 9\n", "deployment t.d 2\nengine a*1\n" LONE,
      "c/0 a:p(gpu); partial", 0, 0, 0 },

    /* ---- devices ---- */
    { "pods share a node", "cluster c\npool p 1 " GPU "\n",
      "deployment t.d 4\nengine a*1\nmember standalone gpu/2/kind=x\n",
      "c/0 a:p(gpu); c/1 a:p(gpu); c/2 a:p(gpu); c/3 a:p(gpu); placed", MP_ACCOUNTING_DEVICES, 0,
      0 },
    { "not more than it has", "cluster c\npool p 1 " GPU "\n",
      "deployment t.d 3\nengine a*1\nmember standalone gpu/3/kind=x\n",
      "c/0 a:p(gpu); c/1 a:p(gpu); partial", MP_ACCOUNTING_DEVICES, 0, 0 },
    { "several kinds on a node", "cluster c\npool p 1 " GPU " nic/D/1/kind=n\n",
      "deployment t.d 2\nengine a*1\nmember standalone gpu/2/kind=x nic/1/kind=n\n",
      "c/0 a:p(gpu+nic); partial", MP_ACCOUNTING_DEVICES, 0, 0 },
    { "synthetic devices are not used up", "cluster c\npool p 1 " GPU " fast/S/1/kind=n\n",
      "deployment t.d 2\nengine a*1\nmember standalone gpu/2/kind=x fast/1/kind=n\n",
      "c/0 a:p(gpu); c/1 a:p(gpu); placed", MP_ACCOUNTING_DEVICES, 0, 0 },
    { "whoever runs somewhere in the pool takes a whole node",
      "cluster c\npool p 2 " GPU "\nreplica u.r e c 0 x*1 standalone:p:1:claims\n",
      "deployment t.d 3\nengine a*1\nmember standalone gpu/4/kind=x\n",
      "c/0 a:p(gpu); c/1 a:p(gpu); partial", MP_ACCOUNTING_DEVICES, 0, 0 },

    /* ---- clusters ---- */
    { "spread", "cluster a\npool p 2 " GPU "\ncluster b\npool p 2 " GPU "\n",
      "deployment t.d 2\nengine a*1\n" LONE, "a/0 a:p(gpu); b/0 a:p(gpu); placed", 0,
      MP_CLUSTERS_SPREAD, 0 },
    { "pack", "cluster a\npool p 2 " GPU "\ncluster b\npool p 2 " GPU "\n",
      "deployment t.d 2\nengine a*1\n" LONE, "a/0 a:p(gpu); a/1 a:p(gpu); placed", 0,
      MP_CLUSTERS_PACK, 0 },
    { "pack where replicas are",
      "cluster a\npool p 2 " GPU "\ncluster b\npool p 2 " GPU
      "\nreplica t.r d b 0 a*1 standalone:p:1:claims\n",
      "deployment t.d 2\nengine a*1\n" LONE, "b/0! a:p(gpu); b/1 a:p(gpu); placed", 0,
      MP_CLUSTERS_PACK, 0 },
    { "the cheapest cluster",
      "cluster a cost=5\npool p 2 " GPU "\ncluster b cost=3\npool p 1 " GPU "\n",
      "deployment t.d 2\nengine a*1\n" LONE, "a/0 a:p(gpu); b/0 a:p(gpu); placed", 0,
      MP_CLUSTERS_CHEAPEST, 0 },
    { "the preferred cluster",
      "cluster a\npool p 2 " GPU "\ncluster b label=zone:x\npool p 1 " GPU "\n",
      "deployment t.d 1\nprefer zone x\nengine a*1\n" LONE, "b/0 a:p(gpu); placed", 0,
      MP_CLUSTERS_PREFERRED, 0 },

    /* ---- pools ---- */
    { "the pool that is published first", "cluster c\npool p 3 " GPU "\npool q 1 " GPU "\n",
      "deployment t.d 1\nengine a*1\n" LONE, "c/0 a:p(gpu); placed", 0, 0, MP_POOLS_FIRST },
    { "the pool that fits best", "cluster c\npool p 3 " GPU "\npool q 1 " GPU "\n",
      "deployment t.d 1\nengine a*1\n" LONE, "c/0 a:q(gpu); placed", 0, 0, MP_POOLS_BEST_FIT },
    { "the pool whose loss hurts the largest engine least",
      "cluster c\npool p 2 " GPU "\npool q 3 " GPU "\n",
      "deployment t.d 1\nengine a*1\n" LONE "engine b*1\n" GANG,
      "c/0 a:q(gpu) b:p(gpu),p(gpu); placed", 0, 0, MP_POOLS_UNFRAGMENTED },
    { "the cheapest pool", "cluster c\npool p 3 " GPU "\ncost 9\npool q 1 " GPU "\ncost 2\n",
      "deployment t.d 1\nengine a*1\n" LONE, "c/0 a:q(gpu); placed", 0, 0, MP_POOLS_CHEAPEST },

    /* ---- affinities ---- */
    { "near others on a cluster",
      "cluster a\npool p 9 " GPU "\ncluster b\npool p 9 " GPU
      "\nreplica u.r e b 0 app=web x*1 standalone:p:1:claims\n",
      "deployment t.d 1\nnear cluster app web\nengine a*1\n" LONE, "b/0 a:p(gpu); placed", 0, 0,
      0 },
    { "away from others on a cluster",
      "cluster a\npool p 9 " GPU "\ncluster b\npool p 9 " GPU
      "\nreplica u.r e a 0 app=web x*1 standalone:p:1:claims\n",
      "deployment t.d 1\naway cluster app web\nengine a*1\n" LONE, "b/0 a:p(gpu); placed", 0, 0,
      0 },
    { "near others on a fabric",
      "cluster c\npool p 9 " GPU "\npool q 9 " GPU "\nfabric f\npool r 9 " GPU
      "\nfabric f\nreplica u.r e c 0 app=web x*1 standalone:r:1:claims\n",
      "deployment t.d 1\nnear fabric app web\nengine a*1\n" LONE, "c/0 a:q(gpu); placed", 0, 0, 0 },
    { "away from others on a fabric",
      "cluster c\npool p 9 " GPU "\nfabric f\npool q 9 " GPU "\nfabric f\npool r 9 " GPU
      "\nreplica u.r e c 0 app=web x*1 standalone:q:1:claims\n",
      "deployment t.d 1\naway fabric app web\nengine a*1\n" LONE, "c/0 a:r(gpu); placed", 0, 0, 0 },
    { "its own replicas have no say",
      "cluster a\npool p 9 " GPU "\nreplica t.r d a 0 app=web a*1 standalone:p:1:claims\n",
      "deployment t.d 2\naway cluster app web\nengine a*1\n" LONE,
      "a/0! a:p(gpu); a/1 a:p(gpu); placed", 0, 0, 0 },
};

/* What a plan has placed, as replicas that run. */
static void observe(mp_fleet *fleet, const mp_plan *plan)
{
    const mp_deployment *d = mp_plan_deployment(plan);
    mp_error err;

    for (size_t i = 0; i < mp_plan_size(plan); i++) {
        const mp_placement *p = mp_plan_placement(plan, i);
        char name[32];
        mp_replica *r;

        if (mp_placement_retained(p))
            continue;
        snprintf(name, sizeof name, "new-%zu", i);
        r = mp_fleet_add_replica(fleet, mp_deployment_namespace(d, NULL), MP_NTS, name, MP_NTS,
                                 mp_deployment_name(d, NULL), MP_NTS, mp_placement_cluster(p, NULL),
                                 MP_NTS, mp_placement_index(p), &err);
        for (size_t e = 0; e < mp_placement_engine_count(p); e++) {
            const mp_engine *engine = mp_placement_engine(p, e);
            mp_replica_engine *to = mp_replica_add_engine(r, mp_engine_name(engine, NULL), MP_NTS,
                                                          mp_engine_copies(engine), &err);

            for (size_t m = 0; m < mp_engine_member_count(engine); m++) {
                const mp_member *member = mp_engine_member(engine, m);
                mp_share share;

                ck_assert_int_eq(mp_replica_add_member(to, mp_member_role(member),
                                                       mp_placement_pool(p, e, m, NULL), MP_NTS,
                                                       mp_member_nodes(member),
                                                       mp_placement_claim_count(p, e, m) > 0, &err),
                                 MP_OK);
                for (size_t k = 0; mp_placement_share(p, e, m, k, &share); k++)
                    ck_assert_int_eq(mp_replica_add_pods(to, share.pool, share.pool_size,
                                                         share.domain, share.domain_size, "", 0,
                                                         share.pods, &err),
                                     MP_OK);
            }
        }
    }
}

/* A second run on its own answer moves nothing. */
static void run_again(const struct place_case *c, mp_fleet *fleet, const mp_deployment *d,
                      const mp_schedule_opts *opts, const mp_plan *first)
{
    mp_plan *plan;
    mp_error err;

    observe(fleet, first);
    ck_assert_int_eq(mp_schedule(fleet, d, opts, &plan, &err), MP_OK);
    ck_assert_msg(mp_plan_size(plan) == mp_plan_size(first), "%s: %zu placements the second time",
                  c->name, mp_plan_size(plan));
    for (size_t i = 0; i < mp_plan_size(plan); i++) {
        const mp_placement *p = mp_plan_placement(plan, i), *q = mp_plan_placement(first, i);

        ck_assert_msg(mp_placement_retained(p), "%s: %zu has moved", c->name, i);
        ck_assert_str_eq(mp_placement_cluster(p, NULL), mp_placement_cluster(q, NULL));
        ck_assert_int_eq(mp_placement_index(p), mp_placement_index(q));
        ck_assert(mp_placement_engine_kept(p, 0));
    }
    ck_assert_int_eq(mp_plan_certify(fleet, plan, &err), MP_OK);
    ck_assert_msg(mp_plan_check(fleet, d, opts, plan, &err) == MP_OK, "%s: %s", c->name, err.text);
    mp_plan_free(plan);
}

START_TEST(each_case)
{
    const struct place_case *c = &cases[_i];
    mp_schedule_opts opts = MP_SCHEDULE_OPTS_INIT;
    mp_fleet *fleet;
    mp_deployment *d;
    mp_plan *plan;
    mp_error err;
    char *got;

    opts.accounting = c->accounting;
    opts.clusters = c->clusters;
    opts.pools = c->pools;
    ck_assert_int_eq(place_fleet(NULL, c->fleet, &fleet), MP_OK);
    ck_assert_int_eq(place_deployment(NULL, c->deployment, &d), MP_OK);
    ck_assert_int_eq(mp_schedule(fleet, d, &opts, &plan, &err), MP_OK);
    got = place_plan(plan);
    ck_assert_msg(strcmp(got, c->want) == 0, "%s: got %s, want %s", c->name, got, c->want);
    ck_assert_int_eq(mp_plan_certify(fleet, plan, &err), MP_OK);
    ck_assert_msg(mp_plan_check(fleet, d, &opts, plan, &err) == MP_OK, "%s: %s", c->name, err.text);
    run_again(c, fleet, d, &opts, plan);
    free(got);
    mp_plan_free(plan);
    mp_deployment_free(d);
    mp_fleet_free(fleet);
}
END_TEST

/* ---- least movement ---- */

static const struct movement {
    const char *name, *fleet, *deployment, *want;
    const char *moved; /* letters of the engines of the first placement that move */
} movements[] = {
    { "only the engine of a lost pool moves",
      "cluster c\npool o 9 " GPU "\npool p 1 " GPU "\n"
      "replica t.r d c 3 a*1 standalone:p:1:claims b*1 standalone:gone:1:claims\n",
      "deployment t.d 1\nengine a*1\n" LONE "engine b*1\n" LONE, "c/3 a:p(gpu) b:o(gpu); placed",
      "b" },
    { "an engine whose selector has changed moves",
      "cluster c\npool o 9 gpu/D/8/kind=y\npool p 9 " GPU "\n"
      "replica t.r d c 0 a*1 standalone:o:1:claims b*1 standalone:p:1:claims\n",
      "deployment t.d 1\nengine a*1\n" LONE "engine b*1\n" LONE, "c/0 a:p(gpu) b:p(gpu); placed",
      "a" },
    { "one more moves where there is no other way",
      "cluster c\npool o 1 gpu/D/8/kind=y\npool p 1 " GPU "\npool q 2 gpu/D/4/kind=x\n"
      "replica t.r d c 0 a*1 standalone:gone:1:claims b*1 standalone:p:1:claims "
      "c*1 standalone:q:1:claims\n",
      "deployment t.d 1\nengine a*1\n" LONE "engine b*1\nmember standalone gpu/4/kind=x\n"
      "engine c*1\nmember standalone gpu/4/kind=x\n",
      "c/0 a:p(gpu) b:q(gpu) c:q(gpu); placed", "ab" },
    { "an engine that is new is put beside the others",
      "cluster c\npool p 9 " GPU "\nreplica t.r d c 0 a*1 standalone:p:1:claims\n",
      "deployment t.d 1\nengine a*1\n" LONE "engine b*1\n" LONE, "c/0 a:p(gpu) b:p(gpu); placed",
      "b" },
    { "what has moved is taken when the rest is placed",
      "cluster c\npool o 1 " GPU "\npool p 2 " GPU "\n"
      "replica t.r d c 0 a*1 standalone:p:1:claims b*1 standalone:gone:1:claims\n",
      "deployment t.d 2\nengine a*1\n" LONE "engine b*1\n" LONE, "c/0 a:p(gpu) b:o(gpu); partial",
      "b" },
    { "nothing moves to where the next one may stay",
      "cluster c\npool p 2 " GPU "\npool o 1 " GPU "\n"
      "replica t.r d c 0 a*1 standalone:p:1:claims b*1 standalone:gone:1:claims\n"
      "replica t.s d c 1 a*1 standalone:p:1:claims b*1 standalone:gone:1:claims\n",
      "deployment t.d 2\nengine a*1\n" LONE "engine b*1\n" LONE, "c/0 a:p(gpu) b:o(gpu); partial",
      "b" },
    { "a cluster that cannot take it is left",
      "cluster c\npool p 1 " GPU "\ncluster e\npool p 2 " GPU "\n"
      "replica t.r d c 0 a*1 standalone:p:1:claims b*1 standalone:gone:1:claims\n",
      "deployment t.d 1\nengine a*1\n" LONE "engine b*1\n" LONE, "e/0 a:p(gpu) b:p(gpu); placed",
      "ab" },
    { "a drained cluster is left",
      "cluster c taint=k:v:NoExecute\npool p 9 " GPU "\ncluster e\npool p 2 " GPU "\n"
      "replica t.r d c 0 a*1 standalone:p:1:claims b*1 standalone:p:1:claims\n",
      "deployment t.d 1\nengine a*1\n" LONE "engine b*1\n" LONE, "e/0 a:p(gpu) b:p(gpu); placed",
      "ab" },
};

START_TEST(least_movement)
{
    const struct movement *c = &movements[_i];
    mp_schedule_opts opts = MP_SCHEDULE_OPTS_INIT;
    mp_fleet *fleet;
    mp_deployment *d;
    mp_plan *plan;
    mp_error err;
    char *got, moved[8] = "";

    opts.least_movement = true;
    ck_assert_int_eq(place_fleet(NULL, c->fleet, &fleet), MP_OK);
    ck_assert_int_eq(place_deployment(NULL, c->deployment, &d), MP_OK);
    ck_assert_int_eq(mp_schedule(fleet, d, &opts, &plan, &err), MP_OK);
    got = place_plan(plan);
    ck_assert_msg(strcmp(got, c->want) == 0, "%s: got %s, want %s", c->name, got, c->want);
    for (size_t e = 0; e < mp_deployment_engine_count(d); e++)
        if (!mp_placement_engine_kept(mp_plan_placement(plan, 0), e))
            strcat(moved, mp_engine_name(mp_deployment_engine(d, e), NULL));
    ck_assert_str_eq(moved, c->moved);
    ck_assert_int_eq(mp_plan_certify(fleet, plan, &err), MP_OK);
    ck_assert_msg(mp_plan_check(fleet, d, &opts, plan, &err) == MP_OK, "%s: %s", c->name, err.text);
    free(got);
    mp_plan_free(plan);
    mp_deployment_free(d);
    mp_fleet_free(fleet);
}
END_TEST

/* ---- scores ---- */

static int64_t by_last_letter(const mp_candidate *c, void *user)
{
    size_t size;
    const char *name = c->pool ? mp_pool_name(c->pool, &size) : mp_cluster_name(c->cluster, &size);

    *(int *)user += 1;
    return -name[size - 1];
}

START_TEST(a_score_decides)
{
    mp_schedule_opts opts = MP_SCHEDULE_OPTS_INIT;
    mp_fleet *fleet;
    mp_deployment *d;
    mp_plan *plan;
    int calls = 0;
    char *got;

    opts.clusters = MP_CLUSTERS_SCORED;
    opts.pools = MP_POOLS_SCORED;
    opts.score = by_last_letter;
    opts.user = &calls;
    ck_assert_int_eq(place_fleet(NULL,
                                 "cluster a\npool p 9 " GPU "\npool q 9 " GPU
                                 "\ncluster b\npool r 9 " GPU "\npool s 9 " GPU "\n",
                                 &fleet),
                     MP_OK);
    ck_assert_int_eq(place_deployment(NULL, "deployment t.d 1\nengine a*1\n" LONE, &d), MP_OK);
    ck_assert_int_eq(mp_schedule(fleet, d, &opts, &plan, NULL), MP_OK);
    got = place_plan(plan);
    ck_assert_str_eq(got, "b/0 a:s(gpu); placed");
    ck_assert_int_ge(calls, 4);
    free(got);
    mp_plan_free(plan);
    mp_deployment_free(d);
    mp_fleet_free(fleet);
}
END_TEST

/* ---- the builder's refusals ---- */

START_TEST(levels_and_domains_are_checked)
{
    mp_fleet *fleet;
    mp_pool *p;
    mp_domain *one;
    mp_error err;
    size_t size;

    ck_assert_int_eq(mp_fleet_new(NULL, &fleet, NULL), MP_OK);
    p = mp_cluster_add_pool(mp_fleet_add_cluster(fleet, "c", MP_NTS, &err), "p", MP_NTS, 7, &err);
    ck_assert_ptr_null(mp_pool_add_domain(p, "b1", MP_NTS, 1, &err));
    ck_assert_int_eq(err.status, MP_EINVAL);
    ck_assert_int_eq(mp_pool_add_level(p, "fabric", MP_NTS, &err), MP_EINVAL);
    ck_assert_int_eq(mp_pool_add_level(p, "a/b", MP_NTS, &err), MP_EINVAL);
    ck_assert_int_eq(mp_pool_add_level(p, "block", MP_NTS, &err), MP_OK);
    ck_assert_int_eq(mp_pool_add_level(p, "block", MP_NTS, &err), MP_EEXIST);
    ck_assert_int_eq(mp_pool_add_level(p, "rack", MP_NTS, &err), MP_OK);
    ck_assert_int_eq(mp_pool_nodes(p), 7);
    one = mp_pool_add_domain(p, "b1/r1", MP_NTS, 3, &err);
    ck_assert_str_eq(mp_domain_path(one, &size), "b1/r1");
    ck_assert_uint_eq(size, 5);
    ck_assert_int_eq(mp_pool_nodes(p), 3);
    ck_assert_ptr_null(mp_pool_add_domain(p, "b1/r1", MP_NTS, 1, &err));
    ck_assert_int_eq(err.status, MP_EEXIST);
    for (size_t i = 0; i < 4; i++) {
        static const char *const bad[] = { "b1", "b1/", "/r1", "b1/r1/n1" };

        ck_assert_ptr_null(mp_pool_add_domain(p, bad[i], MP_NTS, 1, &err));
        ck_assert_int_eq(err.status, MP_EINVAL);
    }
    ck_assert_ptr_nonnull(mp_pool_add_domain(p, "b1/r2", MP_NTS, 2, &err));
    ck_assert_int_eq(mp_pool_nodes(p), 5);
    ck_assert_int_eq(mp_pool_add_level(p, "row", MP_NTS, &err), MP_EINVAL);
    ck_assert_int_eq(mp_pool_set_nodes(p, 9), MP_EINVAL);
    ck_assert_int_eq(mp_pool_set_tier(p, MP_TIER_CORDONED, 1), MP_EINVAL);
    ck_assert_int_eq(mp_domain_set_tier(one, MP_TIER_CORDONED, 5), MP_OK);
    ck_assert_int_eq(mp_pool_tier(p, MP_TIER_CORDONED), 3);
    ck_assert_int_eq(mp_domain_set_tier(one, MP_TIER_COUNT, 5), MP_EINVAL);
    ck_assert_int_eq(mp_domain_set_nodes(one, 8), MP_OK);
    ck_assert_int_eq(mp_pool_nodes(p), 10);
    ck_assert_uint_eq(mp_pool_domain_count(p), 2);
    ck_assert_ptr_eq(mp_pool_domain(p, 0), one);
    ck_assert_ptr_null(mp_pool_domain(p, 2));
    mp_fleet_free(fleet);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("place_close");
    TCase *tc = tcase_create("cases");

    tcase_add_loop_test(tc, each_case, 0, (int)(sizeof cases / sizeof *cases));
    tcase_add_loop_test(tc, least_movement, 0, (int)(sizeof movements / sizeof *movements));
    tcase_add_test(tc, a_score_decides);
    tcase_add_test(tc, levels_and_domains_are_checked);
    suite_add_tcase(s, tc);
    return mp_test_main(s);
}

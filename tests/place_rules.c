/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of placement, one table for each: retention, scaling down, the ledger, taints, filling,
 * and the choice of pools and devices.  Every plan is checked and explained.
 */
#include "mp_test.h"
#include "place_text.h"
#include <modelplane/object.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct rule {
    const char *name, *fleet, *deployment, *want;
    bool no_fill;
} rule;

#define ONE "deployment t.d 1\nengine a*1\nmember standalone gpu/1/kind=x\n"
#define TWO "deployment t.d 2\nengine a*1\nmember standalone gpu/1/kind=x\n"
#define THREE "deployment t.d 3\nengine a*1\nmember standalone gpu/1/kind=x\n"
#define GPU "gpu/D/8/kind=x"

static const rule matching[] = {
    { "first device that serves the request",
      "cluster c\npool p 1 a/D/1/kind=y/ca b/D/2/kind=x/cb c/D/2/kind=x/cc\n", ONE,
      "c/0 a:p(gpu@cb); placed", false },
    { "counts are taken from the device", "cluster c\npool p 1 a/D/3/kind=x/ca b/D/2/kind=x/cb\n",
      "deployment t.d 1\nengine a*1\nmember standalone r/2/kind=x s/2/kind=x t/1/kind=x\n",
      "c/0 a:p(r@ca+s@cb+t@ca); placed", false },
    { "one request takes all its devices from one entry",
      "cluster c\npool p 1 a/D/1/kind=x b/D/1/kind=x\n",
      "deployment t.d 1\nengine a*1\nmember standalone r/2/kind=x\n", "partial", false },
    { "requests give way: the first answer is not the greedy one",
      "cluster c\npool p 1 a/D/1/kind=x/ca b/D/1/kind=y/cb\n",
      "deployment t.d 1\nengine a*1\nmember standalone r/1 s/1/kind=x\n",
      "c/0 a:p(r@cb+s@ca); placed", false },
    { "a count of nought stays nought", "cluster c\npool p 1 a/D/0/kind=x\n", ONE, "partial",
      false },
    { "a negative count is nought", "cluster c\npool p 1 a/D/-3/kind=x\n", ONE, "partial", false },
    { "all selectors of a request hold on one device",
      "cluster c\npool p 1 a/D/1/kind=x b/D/1/size=3\n",
      "deployment t.d 1\nengine a*1\nmember standalone r/1/kind=x,size>2\n", "partial", false },
    { "a selector that fails on a device is no match",
      "cluster c\npool p 1 a/D/1/size=x b/D/1/size=3/cb\n",
      "deployment t.d 1\nengine a*1\nmember standalone r/1/size>2\n", "c/0 a:p(r@cb); placed",
      false },
    { "a synthetic device matches and is not claimed",
      "cluster c\npool p 1 gpu/D/1/kind=x nic/S/1/kind=n\n",
      "deployment t.d 1\nengine a*1\nmember standalone gpu/1/kind=x nic/1/kind=n\n",
      "c/0 a:p(gpu); placed", false },
    { "somebody must claim", "cluster c\npool p 1 gpu/S/1/kind=x\n", ONE, "partial", false },
    { "an engine that asks for nothing has no place", "cluster c\npool p 1 gpu/D/1/kind=x\n",
      "deployment t.d 1\nengine a*1\nmember standalone\n", "partial", false },
    { "a deployment without engines has no place", "cluster c\npool p 1\n", "deployment t.d 1\n",
      "partial", false },
    { "members are matched each on nodes of their own", "cluster c\npool p 2 gpu/D/8/kind=x\n",
      "deployment t.d 1\nengine a*1\nmember leader r/8/kind=x\nmember worker*1 r/8/kind=x\n",
      "c/0 a:p(r),p(r); placed", false },
};

static const rule pools[] = {
    { "pods times copies", "cluster c\npool p 7 " GPU "\npool q 8 " GPU "\n",
      "deployment t.d 1\nengine a*2\nmember leader r/1/kind=x\nmember worker*3 r/1/kind=x\n",
      "c/0 a:q(r),q(r); placed", false },
    { "all members of an engine on one pool", "cluster c\npool p 1 " GPU "\npool q 1 " GPU "\n",
      "deployment t.d 1\nengine a*1\nmember leader r/1/kind=x\nmember worker*1 r/1/kind=x\n",
      "partial", false },
    { "engines may stand on different pools", "cluster c\npool p 1 " GPU "\npool q 1 " GPU "\n",
      "deployment t.d 1\nengine a*1\nmember standalone r/1/kind=x\n"
      "engine b*1\nmember standalone r/1/kind=x\n",
      "c/0 a:p(r) b:q(r); placed", false },
    { "engines of one replica cannot share a node", "cluster c\npool p 1 " GPU "\n",
      "deployment t.d 1\nengine a*1\nmember standalone r/1/kind=x\n"
      "engine b*1\nmember standalone r/1/kind=x\n",
      "partial", false },
    { "a claimless member costs nothing and takes the engine's pool",
      "cluster c\npool p 1 " GPU "\n",
      "deployment t.d 1\nengine a*1\nmember leader\nmember worker*1 r/1/kind=x\n",
      "c/0 a:p(),p(r); placed", false },
    { "a member that resolves only synthetic devices everywhere is claimless",
      "cluster c\npool p 1 " GPU " nic/S/1/kind=n\n",
      "deployment t.d 1\nengine a*1\nmember leader n/1/kind=n\nmember worker*1 r/1/kind=x\n",
      "c/0 a:p(),p(r); placed", false },
    { "a member is not stranded where it would claim nothing",
      "cluster c\npool p 9 gpu/D/8/kind=x nic/S/1/kind=n\npool q 9 gpu/D/8/kind=x nic/D/1/kind=n\n",
      "deployment t.d 1\nengine a*1\nmember leader n/1/kind=n\nmember worker*1 r/1/kind=x\n",
      "c/0 a:q(n),q(r); placed", false },
    { "stranding ignores capacity",
      "cluster c\npool p 9 gpu/D/8/kind=x nic/S/1/kind=n\npool q 0 gpu/D/8/kind=x nic/D/1/kind=n\n",
      "deployment t.d 1\nengine a*1\nmember leader n/1/kind=n\nmember worker*1 r/1/kind=x\n",
      "partial", false },
    { "big and small pool: A first", /* the original refuses this one */
      "cluster c\npool big 1 gpu/D/1/size=9\npool small 1 gpu/D/1/size=1\n",
      "deployment t.d 1\nengine a*1\nmember standalone r/1/size>0\n"
      "engine b*1\nmember standalone r/1/size>5\n",
      "c/0 a:small(r) b:big(r); placed", false },
    { "big and small pool: B first",
      "cluster c\npool big 1 gpu/D/1/size=9\npool small 1 gpu/D/1/size=1\n",
      "deployment t.d 1\nengine b*1\nmember standalone r/1/size>5\n"
      "engine a*1\nmember standalone r/1/size>0\n",
      "c/0 b:big(r) a:small(r); placed", false },
    { "nodes below nought are none", "cluster c\npool p -2 " GPU "\n", ONE, "partial", false },
    { "pods that overflow fit nowhere", "cluster c\npool p 9223372036854775807 " GPU "\n",
      "deployment t.d 1\nengine a*4611686018427387904\nmember worker*4 r/1/kind=x\n", "partial",
      false },
    { "a sum of pods that overflows fits nowhere",
      "cluster c\npool p 9223372036854775807 " GPU "\n",
      "deployment t.d 1\nengine a*4611686018427387904\nmember leader r/1/kind=x\n"
      "member worker*1 r/1/kind=x\nengine b*4611686018427387904\nmember leader r/1/kind=x\n"
      "member worker*1 r/1/kind=x\n",
      "partial", false },
    { "as many nodes as there can be", "cluster c\npool p 9223372036854775807 " GPU "\n",
      "deployment t.d 1\nengine a*4611686018427387903\nmember worker*2 r/1/kind=x\n",
      "c/0 a:p(r); placed", false },
};

static const rule filling[] = {
    { "the lowest name first", "cluster b\npool p 1 " GPU "\ncluster a\npool p 1 " GPU "\n", ONE,
      "a/0 a:p(gpu); placed", false },
    { "the cluster with fewer of ours first",
      "cluster a\npool p 9 " GPU "\ncluster b\npool p 9 " GPU "\n", THREE,
      "a/0 a:p(gpu); a/1 a:p(gpu); b/0 a:p(gpu); placed", false },
    { "a full cluster is passed over", "cluster a\npool p 1 " GPU "\ncluster b\npool p 9 " GPU "\n",
      THREE, "a/0 a:p(gpu); b/0 a:p(gpu); b/1 a:p(gpu); placed", false },
    { "fewer than wanted", "cluster a\npool p 1 " GPU "\ncluster b\npool p 1 " GPU "\n", THREE,
      "a/0 a:p(gpu); b/0 a:p(gpu); partial", false },
    { "nothing is filled when told so", "cluster a\npool p 1 " GPU "\n", ONE, "held", true },
    { "an unready cluster takes nothing new",
      "cluster a unready\npool p 1 " GPU "\ncluster b\npool p 1 " GPU "\n", ONE,
      "b/0 a:p(gpu); placed", false },
    { "a cluster without gateway takes nothing new",
      "cluster a nogateway\npool p 1 " GPU "\ncluster b\npool p 1 " GPU "\n", ONE,
      "b/0 a:p(gpu); placed", false },
    { "selected by label",
      "cluster a label=r:eu\npool p 1 " GPU "\ncluster b label=r:us label=t:1\npool p 1 " GPU "\n",
      "deployment t.d 1\nselect r us\nselect t 1\nengine a*1\nmember standalone gpu/1/kind=x\n",
      "b/0 a:p(gpu); placed", false },
    { "all labels of the selector", "cluster a label=r:us\npool p 1 " GPU "\n",
      "deployment t.d 1\nselect r us\nselect t 1\nengine a*1\nmember standalone gpu/1/kind=x\n",
      "partial", false },
    { "nought wanted", "cluster a\npool p 1 " GPU "\n",
      "deployment t.d 0\nengine a*1\nmember standalone gpu/1/kind=x\n", "placed", false },
    { "no clusters", "", ONE, "partial", false },
    { "a cluster without pools", "cluster a\n", ONE, "partial", false },
    { "the smallest free index",
      "cluster a\npool p 9 " GPU "\nreplica t.r1 d a 1 a*1 standalone:p:1:claims\n"
      "replica t.r3 d a 3 a*1 standalone:p:1:claims\n",
      "deployment t.d 5\nengine a*1\nmember standalone gpu/1/kind=x\n",
      "a/0 a:p(gpu); a/1! a:p(gpu); a/2 a:p(gpu); a/3! a:p(gpu); a/4 a:p(gpu); placed", false },
    { "what is kept counts among ours",
      "cluster a\npool p 9 " GPU "\ncluster b\npool p 9 " GPU "\n"
      "replica t.r1 d a 7 a*1 standalone:p:1:claims\n",
      TWO, "a/7! a:p(gpu); b/0 a:p(gpu); placed", false },
};

/* Three replicas, kept where the taints of cluster `a` let them; the fleet varies in the test. */
static const rule retention[] = {
    { "kept whatever the cluster's state",
      "cluster a unready nogateway taint=k:v:NoSchedule\npool p 0 " GPU "\n"
      "replica t.r d a 0 a*1 standalone:p:1:claims\n",
      ONE, "a/0! a:p(gpu); placed", false },
    { "kept when filling is off",
      "cluster a\npool p 1 " GPU "\nreplica t.r d a 0 a*1 standalone:p:1:claims\n", TWO,
      "a/0! a:p(gpu); held", true },
    { "dropped: taint NoExecute",
      "cluster a taint=k:v:NoExecute\npool p 1 " GPU "\n"
      "replica t.r d a 0 a*1 standalone:p:1:claims\n",
      ONE, "partial", false },
    { "dropped: no cluster named",
      "cluster a\npool p 1 " GPU "\n"
      "replica t.r d - 0 a*1 standalone:p:1:claims\n",
      ONE, "held", true },
    { "dropped: cluster not in the fleet",
      "cluster a\npool p 1 " GPU "\nreplica t.r d z 0 a*1 standalone:p:1:claims\n", ONE, "held",
      true },
    { "dropped: cluster no longer selected",
      "cluster a\npool p 1 " GPU "\nreplica t.r d a 0 a*1 standalone:p:1:claims\n",
      "deployment t.d 1\nselect r us\nengine a*1\nmember standalone gpu/1/kind=x\n", "held", true },
    { "dropped: another number of engines",
      "cluster a\npool p 2 " GPU "\nreplica t.r d a 0 a*1 standalone:p:1:claims\n",
      "deployment t.d 1\nengine a*1\nmember standalone gpu/1/kind=x\n"
      "engine b*1\nmember standalone gpu/1/kind=x\n",
      "held", true },
    { "dropped: an engine of another name",
      "cluster a\npool p 1 " GPU "\nreplica t.r d a 0 b*1 standalone:p:1:claims\n", ONE, "held",
      true },
    { "dropped: one engine twice, another missing",
      "cluster a\npool p 2 " GPU "\n"
      "replica t.r d a 0 a*1 standalone:p:1:claims a*1 standalone:p:1:claims\n",
      "deployment t.d 1\nengine a*1\nmember standalone gpu/1/kind=x\n"
      "engine b*1\nmember standalone gpu/1/kind=x\n",
      "held", true },
    { "dropped: another number of members",
      "cluster a\npool p 2 " GPU "\nreplica t.r d a 0 a*1 leader:p:1:claims worker:p:1:claims\n",
      ONE, "held", true },
    { "dropped: another role",
      "cluster a\npool p 1 " GPU "\nreplica t.r d a 0 a*1 leader:p:1:claims\n", ONE, "held", true },
    { "dropped: no pool set",
      "cluster a\npool p 1 " GPU "\nreplica t.r d a 0 a*1 standalone:-:1:claims\n", ONE, "held",
      true },
    { "dropped: pool not published",
      "cluster a\npool p 1 " GPU "\nreplica t.r d a 0 a*1 standalone:q:1:claims\n", ONE, "held",
      true },
    { "dropped: the pool matches no more",
      "cluster a\npool p 1 gpu/D/8/kind=y\nreplica t.r d a 0 a*1 standalone:p:1:claims\n", ONE,
      "held", true },
    { "dropped: nobody claims",
      "cluster a\npool p 1 gpu/S/8/kind=x\nreplica t.r d a 0 a*1 standalone:p:1:claims\n", ONE,
      "held", true },
    { "an observed replica without claims is kept with those it has now",
      "cluster a\npool p 1 " GPU "\nreplica t.r d a 0 a*1 standalone:p:1:none\n", ONE,
      "a/0! a:p(gpu); placed", false },
    { "kept split over pools",
      "cluster a\npool p 1 " GPU "\npool q 1 " GPU "\n"
      "replica t.r d a 0 a*1 leader:p:1:claims worker:q:1:claims\n",
      "deployment t.d 1\nengine a*1\nmember leader gpu/1/kind=x\nmember worker*1 gpu/1/kind=x\n",
      "a/0! a:p(gpu),q(gpu); placed", false },
    { "a member that is synthetic-only where it runs stays put",
      "cluster a\npool p 1 gpu/D/8/kind=x nic/S/1/kind=n\npool q 9 gpu/D/8/kind=x nic/D/1/kind=n\n"
      "replica t.r d a 0 a*1 leader:p:1:none worker:p:1:claims\n",
      "deployment t.d 1\nengine a*1\nmember leader n/1/kind=n\nmember worker*1 r/1/kind=x\n",
      "a/0! a:p(),p(r); placed", false },
    { "copies and worker nodes may change",
      "cluster a\npool p 1 " GPU "\nreplica t.r d a 0 a*1 worker:p:1:claims\n",
      "deployment t.d 1\nengine a*5\nmember worker*9 gpu/1/kind=x\n", "a/0! a:p(gpu); placed",
      false },
    { "engines in the order of the replica",
      "cluster a\npool p 9 " GPU "\n"
      "replica t.r d a 0 b*1 standalone:p:1:claims a*1 standalone:p:1:claims\n",
      "deployment t.d 1\nengine a*1\nmember standalone gpu/1/kind=x\n"
      "engine b*1\nmember standalone gpu/1/kind=x\n",
      "a/0! b:p(gpu) a:p(gpu); placed", false },
    { "one identity: the first by name",
      "cluster a\npool p 9 " GPU "\npool q 9 " GPU "\n"
      "replica t.r2 d a 0 a*1 standalone:q:1:claims\nreplica t.r1 d a 0 a*1 "
      "standalone:p:1:claims\n",
      ONE, "a/0! a:p(gpu); placed", false },
    { "one identity: the second if the first is dropped",
      "cluster a\npool p 9 gpu/D/8/kind=y\npool q 9 " GPU "\n"
      "replica t.r1 d a 0 a*1 standalone:p:1:claims\nreplica t.r2 d a 0 a*1 "
      "standalone:q:1:claims\n",
      ONE, "a/0! a:q(gpu); placed", false },
    { "another namespace is another deployment",
      "cluster a\npool p 2 " GPU "\nreplica u.r d a 0 a*1 standalone:p:1:claims\n", ONE,
      "a/0 a:p(gpu); placed", false },
    { "another owner is another deployment",
      "cluster a\npool p 2 " GPU "\nreplica t.r e a 0 a*1 standalone:p:1:claims\n", ONE,
      "a/0 a:p(gpu); placed", false },
    { "a negative index is kept",
      "cluster a\npool p 2 " GPU "\nreplica t.r d a -4 a*1 standalone:p:1:claims\n", TWO,
      "a/-4! a:p(gpu); a/0 a:p(gpu); placed", false },
    { "a dropped replica leaves its index and its nodes",
      "cluster a\npool p 1 gpu/D/8/kind=y\npool q 1 " GPU "\n"
      "replica t.r1 d a 0 a*1 standalone:p:1:claims\n",
      ONE, "a/0 a:q(gpu); placed", false },
};

#define FOUR_KEPT                                                                                  \
    "cluster a\npool p 9 " GPU "\ncluster b\npool p 9 " GPU "\n"                                   \
    "replica t.r1 d a 0 a*1 standalone:p:1:claims\nreplica t.r2 d a 5 a*1 standalone:p:1:claims\n" \
    "replica t.r3 d b 0 a*1 standalone:p:1:claims\nreplica t.r4 d b 2 a*1 standalone:p:1:claims\n"

static const rule scaling_down[] = {
    { "the highest name of the fullest, its highest index", FOUR_KEPT, THREE,
      "a/0! a:p(gpu); a/5! a:p(gpu); b/0! a:p(gpu); placed", false },
    { "then the fullest", FOUR_KEPT, TWO, "a/0! a:p(gpu); b/0! a:p(gpu); placed", false },
    { "then the highest name", FOUR_KEPT, ONE, "a/0! a:p(gpu); placed", false },
    { "down to nought, without filling too", FOUR_KEPT,
      "deployment t.d 0\nengine a*1\nmember standalone gpu/1/kind=x\n", "placed", true },
    { "the fullest first, whatever its name",
      "cluster a\npool p 9 " GPU "\ncluster b\npool p 9 " GPU "\n"
      "replica t.r1 d a 0 a*1 standalone:p:1:claims\nreplica t.r2 d a 1 a*1 standalone:p:1:claims\n"
      "replica t.r3 d b 0 a*1 standalone:p:1:claims\n",
      TWO, "a/0! a:p(gpu); b/0! a:p(gpu); placed", false },
};

static const rule ledger[] = {
    { "others are charged",
      "cluster a\npool p 2 " GPU "\nreplica u.r d a 0 x*1 worker:p:2:claims\n", ONE, "partial",
      false },
    { "copies are charged",
      "cluster a\npool p 2 " GPU "\nreplica u.r d a 0 x*2 worker:p:1:claims\n", ONE, "partial",
      false },
    { "members that claim nothing are not charged",
      "cluster a\npool p 1 " GPU "\nreplica u.r d a 0 x*2 worker:p:9:none\n", ONE,
      "a/0 a:p(gpu); placed", false },
    { "charged as observed, not as wanted now",
      "cluster a\npool p 5 " GPU "\nreplica t.r d a 0 a*1 worker:p:2:claims\n",
      "deployment t.d 2\nengine a*1\nmember worker*3 gpu/1/kind=x\n",
      "a/0! a:p(gpu); a/1 a:p(gpu); placed", false },
    { "charged as observed, though less is wanted now",
      "cluster a\npool p 5 " GPU "\nreplica t.r d a 0 a*1 worker:p:5:claims\n",
      "deployment t.d 2\nengine a*1\nmember worker*1 gpu/1/kind=x\n", "a/0! a:p(gpu); partial",
      false },
    { "ours and dropped is not charged",
      "cluster a\npool p 1 " GPU "\nreplica t.r d a 0 a*1 leader:p:1:claims\n", ONE,
      "a/0 a:p(gpu); placed", false },
    { "a pool that is not published is not charged",
      "cluster a\npool p 1 " GPU "\nreplica u.r d a 0 a*1 standalone:q:5:claims\n", ONE,
      "a/0 a:p(gpu); placed", false },
    { "what was observed may be more than there is",
      "cluster a\npool p 1 " GPU "\npool q 1 " GPU
      "\nreplica u.r d a 0 a*1 standalone:p:5:claims\n",
      ONE, "a/0 a:q(gpu); placed", false },
    { "charges that overflow fill the pool",
      "cluster a\npool p 5 " GPU
      "\nreplica u.r d a 0 a*4611686018427387904 standalone:p:4:claims standalone:p:4:claims\n",
      ONE, "partial", false },
    { "two replicas of one identity are both charged",
      "cluster a\npool p 2 " GPU "\nreplica t.r1 d a 0 a*1 standalone:p:1:claims\n"
      "replica t.r2 d a 0 a*1 standalone:p:1:claims\n",
      TWO, "a/0! a:p(gpu); partial", false },
    { "the trial of a cluster that fails is undone",
      "cluster a\npool p 1 " GPU "\ncluster b\npool p 2 " GPU "\n",
      "deployment t.d 1\nengine a*1\nmember standalone gpu/1/kind=x\n"
      "engine b*1\nmember standalone gpu/1/kind=x\n",
      "b/0 a:p(gpu) b:p(gpu); placed", false },
};

static void run_rule(const rule *r)
{
    mp_schedule_opts opts = MP_SCHEDULE_OPTS_INIT;
    mp_fleet *fleet;
    mp_deployment *d;
    mp_plan *plan;
    mp_doc *why;
    mp_error err;
    char *got;

    opts.no_fill = r->no_fill;
    ck_assert_int_eq(place_fleet(NULL, r->fleet, &fleet), MP_OK);
    ck_assert_int_eq(place_deployment(NULL, r->deployment, &d), MP_OK);
    ck_assert_int_eq(mp_schedule(fleet, d, &opts, &plan, &err), MP_OK);
    got = place_plan(plan);
    ck_assert_msg(strcmp(got, r->want) == 0, "%s:\n  got  %s\n  want %s", r->name, got, r->want);
    ck_assert_int_eq(mp_plan_certify(fleet, plan, &err), MP_OK);
    ck_assert_msg(mp_plan_check(fleet, d, &opts, plan, &err) == MP_OK, "%s: %s", r->name, err.text);
    ck_assert_int_eq(mp_plan_explain(fleet, plan, &why, &err), MP_OK);
    ck_assert_uint_eq(mp_object_size(mp_object_get(mp_doc_root(why), "clusters", MP_NTS)),
                      mp_fleet_cluster_count(fleet));
    mp_doc_free(why);
    free(got);
    mp_plan_free(plan);
    mp_deployment_free(d);
    mp_fleet_free(fleet);
}

#define RULES(table)                                                                               \
    START_TEST(rules_of_##table)                                                                   \
    {                                                                                              \
        run_rule(&table[_i]);                                                                      \
    }                                                                                              \
    END_TEST

RULES(matching)
RULES(pools)
RULES(filling)
RULES(retention)
RULES(scaling_down)
RULES(ledger)

/* ---- tolerations: every pair of a toleration and a taint ---- */

static const struct toleration_case {
    const char *toleration, *taint;
    bool tolerated;
} tolerations[] = {
    { "k Equal v NoSchedule", "k:v:NoSchedule", true },
    { "k Equal v NoSchedule", "k:v:NoExecute", false },
    { "k Equal v NoExecute", "k:v:NoSchedule", false },
    { "k Equal v NoExecute", "k:v:NoExecute", true },
    { "k Equal v -", "k:v:NoSchedule", true },
    { "k Equal v -", "k:v:NoExecute", true },
    { "k Equal w -", "k:v:NoSchedule", false },
    { "j Equal v -", "k:v:NoSchedule", false },
    { "k Equal - -", "k::NoSchedule", true },
    { "k Equal - -", "k:v:NoSchedule", false },
    { "k Exists - NoSchedule", "k:v:NoSchedule", true },
    { "k Exists - NoSchedule", "k:v:NoExecute", false },
    { "k Exists - -", "k::NoExecute", true },
    { "k Exists w -", "k:v:NoExecute", true }, /* Exists looks at no value */
    { "j Exists - -", "k:v:NoSchedule", false },
    { "- Exists - -", "k:v:NoSchedule", true },
    { "- Exists - NoExecute", "k:v:NoExecute", true },
    { "- Exists - NoExecute", "k:v:NoSchedule", false },
    { "- Equal v -", "k:v:NoSchedule", false },
};

START_TEST(tolerations_cover_taints)
{
    const struct toleration_case *t = &tolerations[_i];
    char fleet[256], deployment[256];
    bool executes = strstr(t->taint, "NoExecute") != NULL;
    rule fresh = { t->toleration, fleet, deployment, NULL, false };

    snprintf(deployment, sizeof deployment,
             "deployment t.d 1\ntolerate %s\nengine a*1\nmember standalone gpu/1/kind=x\n",
             t->toleration);
    snprintf(fleet, sizeof fleet, "cluster a taint=%s\npool p 9 " GPU "\n", t->taint);
    fresh.want = t->tolerated ? "a/0 a:p(gpu); placed" : "partial";
    run_rule(&fresh);
    /* One that runs there minds only NoExecute. */
    snprintf(fleet, sizeof fleet,
             "cluster a taint=%s\npool p 9 " GPU "\nreplica t.r d a 3 a*1 standalone:p:1:claims\n",
             t->taint);
    fresh.want = t->tolerated || !executes ? "a/3! a:p(gpu); placed" : "partial";
    run_rule(&fresh);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("place_rules");
    TCase *tc = tcase_create("rules");

#define ADD(table) tcase_add_loop_test(tc, rules_of_##table, 0, (int)(sizeof table / sizeof *table))
    ADD(matching);
    ADD(pools);
    ADD(filling);
    ADD(retention);
    ADD(scaling_down);
    ADD(ledger);
    tcase_add_loop_test(tc, tolerations_cover_taints, 0,
                        (int)(sizeof tolerations / sizeof *tolerations));
    suite_add_tcase(s, tc);
    return mp_test_main(s);
}

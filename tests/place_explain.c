/* SPDX-License-Identifier: Apache-2.0 */
/* Reasons: each code once, with its numbers and its line of text. */
#include "mp_test.h"
#include "place_text.h"
#include <modelplane/object.h>
#include <stdio.h>
#include <string.h>

#define GPU "gpu/D/8/kind=x"
#define GANG "engine a*1\nmember leader\nmember worker*2 gpu/8/kind=x\n"

static const struct reason {
    const char *name, *fleet, *deployment, *want; /* the clusters, as compact JSON */
} reasons[] = {
    { "fits", "cluster c\npool p 3 " GPU "\n", "deployment t.d 1\n" GANG,
      "[{\"name\":\"c\",\"code\":\"InsufficientNodes\",\"engine\":\"a\",\"message\":\"engine "
      "\\\"a\\\" needs 2 nodes in one pool; p comes closest with 1 "
      "free\",\"pools\":[{\"name\":\"p\",\"needs\":2,\"free\":1,"
      "\"nodes\":3,\"code\":\"InsufficientNodes\",\"message\":\"needs 2 nodes, only 1 of 3 "
      "free\"}]}"
      "]" },
    { "room for more", "cluster c\npool p 4 " GPU "\n", "deployment t.d 1\n" GANG,
      "[{\"name\":\"c\",\"code\":\"Fits\",\"message\":\"one more replica fits\"}]" },
    { "a label of another value", "cluster c label=r:us\n", "deployment t.d 1\nselect r eu\n" GANG,
      "[{\"name\":\"c\",\"label\":\"r\",\"code\":\"SelectorMismatch\",\"message\":\"label r is "
      "\\\"us\\\", wanted is \\\"eu\\\"\"}]" },
    { "a label that is missing", "cluster c\n", "deployment t.d 1\nselect r eu\n" GANG,
      "[{\"name\":\"c\",\"label\":\"r\",\"code\":\"SelectorMismatch\",\"message\":\"has no label "
      "r, "
      "wanted is \\\"eu\\\"\"}]" },
    { "a taint", "cluster c taint=k:v:NoExecute\npool p 9 " GPU "\n", "deployment t.d 1\n" GANG,
      "[{\"name\":\"c\",\"taint\":\"k\",\"code\":\"Tainted\",\"message\":\"taint k=v:NoExecute is "
      "not "
      "tolerated\"}]" },
    { "a taint without value", "cluster c taint=k::NoSchedule\n", "deployment t.d 1\n" GANG,
      "[{\"name\":\"c\",\"taint\":\"k\",\"code\":\"Tainted\",\"message\":\"taint k:NoSchedule is "
      "not "
      "tolerated\"}]" },
    { "not ready", "cluster c unready\n", "deployment t.d 1\n" GANG,
      "[{\"name\":\"c\",\"code\":\"NotReady\",\"message\":\"the cluster is not Ready\"}]" },
    { "no gateway", "cluster c nogateway\n", "deployment t.d 1\n" GANG,
      "[{\"name\":\"c\",\"code\":\"NoGateway\",\"message\":\"the cluster's gateway has no "
      "address\"}"
      "]" },
    { "no pools", "cluster c\n", "deployment t.d 1\n" GANG,
      "[{\"name\":\"c\",\"code\":\"NoPools\",\"message\":\"the cluster has no node pools\"}]" },
    { "no engines", "cluster c\npool p 1\n", "deployment t.d 1\n",
      "[{\"name\":\"c\",\"code\":\"EngineUnmatched\",\"message\":\"the deployment has no "
      "engines\"}]" },
    { "a request without device", "cluster c\npool p 9 gpu/D/4/kind=x\n", "deployment t.d 1\n" GANG,
      "[{\"name\":\"c\",\"code\":\"EngineUnmatched\",\"engine\":\"a\",\"message\":\"no pool has "
      "the "
      "devices that engine \\\"a\\\" asks for\",\"pools\":[{\"name\":\"p\",\"member\":"
      "\"Worker\",\"request\":\"gpu\",\"count\":8,\"code\":\"RequestUnmatched\",\"message\":\"no "
      "device can serve request \\\"gpu\\\" (8 per node) of the Worker\"}]}]" },
    { "nobody claims", "cluster c\npool p 9 gpu/S/8/kind=x\n", "deployment t.d 1\n" GANG,
      "[{\"name\":\"c\",\"code\":\"EngineUnmatched\",\"engine\":\"a\",\"message\":\"no pool has "
      "the "
      "devices that engine \\\"a\\\" asks for\",\"pools\":[{\"name\":\"p\",\"code\":"
      "\"RequestUnmatched\",\"message\":\"no member of the engine claims a device here\"}]}]" },
    { "the request is named",
      "cluster c\npool p 9 gpu/D/4/kind=x\npool q 9 gpu/D/8/kind=y nic/D/1/kind=n\n",
      "deployment t.d 1\nengine a*1\nmember standalone nic/1/kind=n gpu/8/kind=x\n"
      "engine b*1\nmember standalone gpu/2/kind=x\n",
      "[{\"name\":\"c\",\"code\":\"EngineUnmatched\",\"engine\":\"a\",\"message\":\"no pool has "
      "the "
      "devices that engine \\\"a\\\" asks for\",\"pools\":[{\"name\":\"p\",\"member\":"
      "\"Standalone\",\"request\":\"nic\",\"count\":1,\"code\":\"RequestUnmatched\",\"message\":"
      "\"no "
      "device can serve request \\\"nic\\\" (1 per node) of the Standalone\"},{\"name\":\"q\","
      "\"member\":\"Standalone\",\"request\":\"gpu\",\"count\":8,\"code\":\"RequestUnmatched\","
      "\"message\":\"no device can serve request \\\"gpu\\\" (8 per node) of the "
      "Standalone\"}]}]" },
    { "stranded",
      "cluster c\npool p 9 gpu/D/8/kind=x nic/S/1/kind=n\npool q 1 gpu/D/8/kind=x nic/D/1/kind=n\n"
      "pool r 9 nic/D/1/kind=n\n",
      "deployment t.d 1\nengine a*1\nmember leader nic/1/kind=n\nmember worker*2 gpu/8/kind=x\n",
      "[{\"name\":\"c\",\"code\":\"InsufficientNodes\",\"engine\":\"a\",\"message\":\"engine "
      "\\\"a\\\" needs 3 nodes in one pool; q comes closest with 1 "
      "free\",\"pools\":[{\"name\":\"p\",\"code\":\"Stranded\","
      "\"message\":\"a member that claims devices elsewhere would claim none "
      "here\"},{\"name\":\"q\","
      "\"needs\":3,\"free\":1,\"nodes\":1,\"code\":\"InsufficientNodes\",\"message\":\"needs 3 "
      "nodes, "
      "only 1 of 1 free\"},{\"name\":\"r\",\"member\":\"Worker\",\"request\":\"gpu\",\"count\":8,"
      "\"code\":\"RequestUnmatched\",\"message\":\"no device can serve request \\\"gpu\\\" (8 per "
      "node) of the Worker\"}]}]" },
    { "each alone but not together", "cluster c\npool p 1 " GPU "\n",
      "deployment t.d 1\nengine a*1\nmember standalone g/1/kind=x\n"
      "engine b*1\nmember standalone g/1/kind=x\n",
      "[{\"name\":\"c\",\"code\":\"InsufficientNodes\",\"engine\":\"b\",\"message\":\"each engine "
      "fits "
      "alone, but all 2 together need more free nodes than there are\",\"pools\":[{\"name\":\"p\","
      "\"needs\":1,\"free\":1,\"nodes\":1,\"code\":\"Fits\",\"message\":\"needs 1 node, 1 of 1 "
      "free\"}"
      "]}]" },
};

/* What the tests below look at. */
static void strip(mp_object *clusters)
{
    for (mp_object *c = mp_object_first(clusters); c; c = mp_object_next(c)) {
        mp_object_remove(c, "conflict", MP_NTS);
        mp_object_remove(c, "fix", MP_NTS);
        mp_object_remove(c, "outlook", MP_NTS);
    }
}

/* Equal as data: the order of keys in a reason is not part of the promise. */
START_TEST(each_code)
{
    const struct reason *r = &reasons[_i];
    mp_fleet *fleet;
    mp_deployment *d;
    mp_plan *plan;
    mp_doc *why, *want;
    mp_text got;
    mp_error err;
    mp_object *root, *clusters;

    ck_assert_int_eq(place_fleet(NULL, r->fleet, &fleet), MP_OK);
    ck_assert_int_eq(place_deployment(NULL, r->deployment, &d), MP_OK);
    ck_assert_int_eq(mp_schedule(fleet, d, NULL, &plan, &err), MP_OK);
    ck_assert_int_eq(mp_plan_explain(fleet, plan, &why, &err), MP_OK);
    ck_assert_msg(mp_json_read(NULL, r->want, strlen(r->want), NULL, &want, &err) == MP_OK, "%s",
                  err.text);
    root = mp_doc_root(why);
    clusters = mp_object_get(root, "clusters", MP_NTS);
    strip(clusters);
    ck_assert_int_eq(mp_json_text(NULL, clusters, 0, &got, &err), MP_OK);
    ck_assert_msg(mp_object_equal(clusters, mp_doc_root(want)), "%s:\n  got  %s\n  want %s",
                  r->name, got.data, r->want);
    ck_assert(mp_object_string_is(mp_object_get(root, "deployment", MP_NTS), "d", 1));
    ck_assert(mp_object_string_is(mp_object_get(root, "namespace", MP_NTS), "t", 1));
    ck_assert(mp_object_string_is(mp_object_get(root, "verdict", MP_NTS),
                                  mp_verdict_name(mp_plan_verdict(plan)), MP_NTS));
    mp_text_fini(&got);
    mp_doc_free(want);
    mp_doc_free(why);
    mp_plan_free(plan);
    mp_deployment_free(d);
    mp_fleet_free(fleet);
}
END_TEST

/* Conflicts, fixes and outlooks, each as its lines of text. */
static const struct advice {
    const char *fleet, *deployment;
    const char *want; /* parts, " | ", fix, " | ", outlook */
} advices[] = {
    { "cluster c\npool p 1 " GPU "\n", "deployment t.d 1\n" GANG,
      "engine \"a\" needs its devices | add 1 node to pool p | never" },
    { "cluster c\npool p 1 " GPU "\ntier creatable 9\n", "deployment t.d 1\n" GANG,
      "engine \"a\" needs its devices | add 1 node to pool p | creatable: 1 in p" },
    { "cluster c\npool p 4 " GPU "\ntier cordoned 3\n", "deployment t.d 1\n" GANG,
      "3 nodes of pool p are cordoned; engine \"a\" needs its devices | uncordon 1 node of pool p "
      "| "
      "never" },
    { "cluster c\npool p 4 " GPU "\ntier reserved 3\n", "deployment t.d 1\n" GANG,
      "3 nodes of pool p are reserved; engine \"a\" needs its devices | add 1 node to pool p | "
      "never" },
    { "cluster c\npool p 3 " GPU "\nreplica u.r e c 0 x*2 standalone:p:1:claims\n",
      "deployment t.d 1\n" GANG,
      "replica u/r runs here; engine \"a\" needs its devices | move replica u/r elsewhere | "
      "never" },
    { "cluster c\npool p 1 " GPU "\nfabric f\npool q 1 " GPU "\nfabric f\n",
      "deployment t.d 1\n" GANG,
      "engine \"a\" stays in one pool; engine \"a\" needs its devices | let engines span their "
      "fabric | never" },
    { "cluster c label=r:us taint=k:v:NoExecute taint=l::NoSchedule\npool p 9 " GPU "\n",
      "deployment t.d 1\n" GANG,
      "taint l:NoSchedule is not tolerated | tolerate 2 taints of cluster c | never" },
    { "cluster c label=r:us\npool p 9 " GPU "\n", "deployment t.d 1\nselect r eu\n" GANG,
      "label r is not \"eu\" | change 1 label of cluster c | never" },
    { "cluster c unready\npool p 9 " GPU "\n", "deployment t.d 1\n" GANG,
      "the cluster is not Ready |  | never" },
    { "cluster c\npool p 1 " GPU "\n",
      "deployment t.d 3\nengine a*1\nmember standalone "
      "gpu/8/kind=x\n",
      "replica 0 of the plan is placed here; engine \"a\" needs its devices | add 1 node to pool p "
      "| "
      "never" },
};

static void put_text(char *out, const mp_object *node, const char *key)
{
    const char *text = mp_object_string(mp_object_get(node, key, MP_NTS), NULL);

    strcat(out, text ? text : "");
}

START_TEST(each_advice)
{
    const struct advice *a = &advices[_i];
    char got[1024] = "", number[32];
    mp_fleet *fleet;
    mp_deployment *d;
    mp_plan *plan;
    mp_doc *why;
    mp_object *c, *outlook;
    int64_t nodes;

    ck_assert_int_eq(place_fleet(NULL, a->fleet, &fleet), MP_OK);
    ck_assert_int_eq(place_deployment(NULL, a->deployment, &d), MP_OK);
    ck_assert_int_eq(mp_schedule(fleet, d, NULL, &plan, NULL), MP_OK);
    ck_assert_int_eq(mp_plan_explain(fleet, plan, &why, NULL), MP_OK);
    c = mp_object_first(mp_object_get(mp_doc_root(why), "clusters", MP_NTS));
    for (mp_object *o = mp_object_first(mp_object_get(c, "conflict", MP_NTS)); o;
         o = mp_object_next(o)) {
        put_text(got, o, "message");
        strcat(got, mp_object_next(o) ? "; " : " | ");
    }
    put_text(got, mp_object_get(c, "fix", MP_NTS), "message");
    strcat(got, " | ");
    outlook = mp_object_get(c, "outlook", MP_NTS);
    put_text(got, outlook, "tier");
    if (mp_object_int(mp_object_get(outlook, "nodes", MP_NTS), &nodes)) {
        snprintf(number, sizeof number, ": %d in ", (int)nodes);
        strcat(got, number);
        put_text(got, outlook, "pool");
    }
    ck_assert_str_eq(got, a->want);
    mp_doc_free(why);
    mp_plan_free(plan);
    mp_deployment_free(d);
    mp_fleet_free(fleet);
}
END_TEST

START_TEST(a_budget_that_ran_out)
{
    char text[4096] = "cluster c\n";
    mp_schedule_opts opts = MP_SCHEDULE_OPTS_INIT;
    mp_fleet *fleet;
    mp_deployment *d;
    mp_plan *plan;
    mp_doc *why;
    mp_object *c;

    for (int i = 0; i < 12; i++)
        strcat(text, (char[]){ 'p', 'o', 'o', 'l', ' ', (char)('a' + i), ' ', '5', ' ', '\0' }),
            strcat(text, GPU "\n");
    ck_assert_int_eq(place_fleet(NULL, text, &fleet), MP_OK);
    strcpy(text, "deployment t.d 1\n");
    for (int i = 0; i < 18; i++)
        strcat(text, (char[]){ 'e', 'n', 'g', 'i', 'n', 'e', ' ', (char)('a' + i), '*',
                               i % 2 ? '4' : '2', '\n', '\0' }),
            strcat(text, "member standalone g/1/kind=x\n");
    ck_assert_int_eq(place_deployment(NULL, text, &d), MP_OK);
    opts.budget = 5;
    ck_assert_int_eq(mp_schedule(fleet, d, &opts, &plan, NULL), MP_OK);
    ck_assert_int_eq(mp_plan_verdict(plan), MP_VERDICT_UNKNOWN);
    ck_assert_int_eq(mp_plan_explain(fleet, plan, &why, NULL), MP_OK);
    c = mp_object_first(mp_object_get(mp_doc_root(why), "clusters", MP_NTS));
    ck_assert(mp_object_string_is(mp_object_get(c, "code", MP_NTS), "Unknown", MP_NTS));
    ck_assert(mp_object_string_is(mp_object_get(c, "message", MP_NTS),
                                  "the search was given up after its budget of 5 steps", MP_NTS));
    mp_doc_free(why);
    mp_plan_free(plan);
    mp_deployment_free(d);
    mp_fleet_free(fleet);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("place_explain");
    TCase *tc = tcase_create("reasons");

    tcase_add_loop_test(tc, each_code, 0, (int)(sizeof reasons / sizeof *reasons));
    tcase_add_loop_test(tc, each_advice, 0, (int)(sizeof advices / sizeof *advices));
    tcase_add_test(tc, a_budget_that_ran_out);
    suite_add_tcase(s, tc);
    return mp_test_main(s);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fleets that change in place: shapes and profiles are shared and given back, versions grow, what
 * is removed is gone, and after any changes a fleet answers as one that was built that way.
 */
#include "fleet_internal.h"
#include "mp_test.h"
#include "place_text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIT(text) text, sizeof(text) - 1

static void must(mp_status st)
{
    ck_assert_msg(st == MP_OK, "%s", mp_status_name(st));
}

static mp_fleet *fleet_of(const char *text)
{
    mp_fleet *fleet;

    must(place_fleet(NULL, text, &fleet));
    return fleet;
}

/* ---- shapes and profiles ---- */

START_TEST(equal_content_is_shared)
{
    mp_fleet *fleet = fleet_of("cluster a\npool p 1 g/D/8/kind=x/c1\npool q 2 h/S/4/kind=x/c2\n"
                               "pool r 2 g/D/8/kind=y/c1\n"
                               "cluster b\npool p 7 x/D/8/kind=x/c1\n");
    mp_pool *ap = mp_cluster_pool(mp_fleet_cluster(fleet, 0), 0);
    mp_pool *aq = mp_cluster_pool(mp_fleet_cluster(fleet, 0), 1);
    mp_pool *ar = mp_cluster_pool(mp_fleet_cluster(fleet, 0), 2);
    mp_pool *bp = mp_cluster_pool(mp_fleet_cluster(fleet, 1), 0);

    ck_assert_uint_eq(mp_fleet_shape_count(fleet), 2);
    ck_assert_uint_eq(fleet->profiles.count, 3);
    ck_assert_ptr_eq(mp_device_cel(mp_pool_device(ap, 0)), mp_device_cel(mp_pool_device(aq, 0)));
    ck_assert_ptr_ne(mp_device_cel(mp_pool_device(ap, 0)), mp_device_cel(mp_pool_device(ar, 0)));
    ck_assert_ptr_eq(ap->profile, bp->profile); /* names and nodes do not count */
    ck_assert_ptr_ne(ap->profile, aq->profile);
    must(mp_device_set_string(mp_pool_device(ar, 0), LIT("kind"), LIT("x")));
    ck_assert_uint_eq(mp_fleet_shape_count(fleet), 1);
    ck_assert_ptr_eq(ap->profile, ar->profile);
    must(mp_device_set_string(mp_pool_device(ar, 0), LIT("kind"), LIT("y")));
    ck_assert_uint_eq(mp_fleet_shape_count(fleet), 2);
    mp_fleet_remove_cluster(fleet, mp_fleet_find_cluster(fleet, LIT("a")));
    ck_assert_uint_eq(mp_fleet_shape_count(fleet), 1);
    ck_assert_uint_eq(fleet->profiles.count, 1);
    mp_fleet_remove_cluster(fleet, mp_fleet_find_cluster(fleet, LIT("b")));
    ck_assert_uint_eq(mp_fleet_shape_count(fleet), 0);
    ck_assert_uint_eq(fleet->profiles.count, 0);
    mp_fleet_free(fleet);
}
END_TEST

typedef mp_status (*describe_fn)(mp_device *d);

static mp_status as_string(mp_device *d)
{
    return mp_device_set_string(d, LIT("n"), LIT("1"));
}

static mp_status as_int(mp_device *d)
{
    return mp_device_set_int(d, LIT("n"), 1);
}

static mp_status as_bool(mp_device *d)
{
    return mp_device_set_bool(d, LIT("n"), true);
}

static mp_status as_version(mp_device *d)
{
    return mp_device_set_version(d, LIT("n"), LIT("1"));
}

static mp_status as_invalid(mp_device *d)
{
    return mp_device_set_invalid(d, LIT("n"));
}

static mp_status as_capacity(mp_device *d)
{
    return mp_device_set_capacity(d, LIT("n"), LIT("1"));
}

static mp_status as_two(mp_device *d)
{
    mp_status st = mp_device_set_int(d, LIT("n"), 1);

    return st == MP_OK ? mp_device_set_capacity(d, LIT("n"), LIT("1")) : st;
}

static mp_status as_other_name(mp_device *d)
{
    return mp_device_set_string(d, LIT("n1"), LIT(""));
}

/* No two of these may share a shape, and each made twice must. */
START_TEST(different_content_is_not_shared)
{
    static const describe_fn describe[] = { as_string,  as_int,      as_bool, as_version,
                                            as_invalid, as_capacity, as_two,  as_other_name };
    mp_fleet *fleet = fleet_of("cluster a\n");
    mp_error err;

    for (size_t i = 0; i < 2 * MP__COUNT(describe); i++) {
        char name[16];
        mp_pool *p;

        snprintf(name, sizeof name, "p%zu", i);
        p = mp_cluster_add_pool(mp_fleet_cluster(fleet, 0), name, MP_NTS, 1, &err);
        must(describe[i % MP__COUNT(describe)](
            mp_pool_add_device(p, LIT("d"), LIT("d"), LIT(""), MP_CLAIM_DRA, 1, &err)));
    }
    ck_assert_uint_eq(mp_fleet_shape_count(fleet), MP__COUNT(describe));
    mp_fleet_free(fleet);
}
END_TEST

/* The driver is part of a shape, the order in which attributes were set is not. */
START_TEST(order_of_attributes_and_drivers)
{
    mp_fleet *fleet = fleet_of("cluster a\npool p 1\npool q 1\npool r 1\n");
    mp_cluster *a = mp_fleet_cluster(fleet, 0);
    mp_device *d[3];
    mp_error err;

    for (size_t i = 0; i < 3; i++)
        d[i] = mp_pool_add_device(mp_cluster_pool(a, i), LIT("d"), i < 2 ? "d" : "e", 1, LIT(""),
                                  MP_CLAIM_DRA, 1, &err);
    for (size_t i = 0; i < 3; i++) {
        must(mp_device_set_int(d[i], i ? "a" : "b", 1, 1));
        must(mp_device_set_int(d[i], i ? "b" : "a", 1, 7));
        must(mp_device_set_int(d[i], LIT("a"), 1));
        must(mp_device_set_int(d[i], LIT("b"), 1));
    }
    ck_assert_uint_eq(mp_fleet_shape_count(fleet), 2);
    ck_assert_ptr_eq(mp_device_cel(d[0]), mp_device_cel(d[1]));
    mp_fleet_free(fleet);
}
END_TEST

/* ---- clusters, pools, replicas ---- */

START_TEST(clusters_are_in_order_of_name)
{
    mp_fleet *fleet = fleet_of("cluster m\ncluster a\ncluster z\ncluster aa\ncluster M\n");
    static const char *const want[] = { "M", "a", "aa", "m", "z" };
    mp_error err;

    for (size_t i = 0; i < MP__COUNT(want); i++)
        ck_assert_str_eq(mp_cluster_name(mp_fleet_cluster(fleet, i), NULL), want[i]);
    ck_assert_ptr_null(mp_fleet_add_cluster(fleet, LIT("aa"), &err));
    ck_assert_int_eq(err.status, MP_EEXIST);
    ck_assert_ptr_null(mp_fleet_add_cluster(fleet, LIT(""), &err));
    ck_assert_int_eq(err.status, MP_EINVAL);
    mp_fleet_remove_cluster(fleet, mp_fleet_find_cluster(fleet, LIT("aa")));
    mp_fleet_remove_cluster(fleet, NULL);
    ck_assert_uint_eq(mp_fleet_cluster_count(fleet), 4);
    ck_assert_ptr_null(mp_fleet_find_cluster(fleet, LIT("aa")));
    ck_assert_str_eq(mp_cluster_name(mp_fleet_cluster(fleet, 2), NULL), "m");
    ck_assert_ptr_nonnull(mp_fleet_add_cluster(fleet, LIT("aa"), &err));
    ck_assert_int_eq(
        mp_cluster_add_taint(mp_fleet_cluster(fleet, 0), LIT("k"), LIT("v"), MP_EFFECT_ANY),
        MP_EINVAL);
    mp_fleet_free(fleet);
}
END_TEST

START_TEST(pools_keep_their_order)
{
    mp_fleet *fleet = fleet_of("cluster a\npool z 3\npool a -4\n");
    mp_cluster *a = mp_fleet_cluster(fleet, 0);
    mp_error err;

    ck_assert_uint_eq(mp_cluster_pool_count(a), 2);
    ck_assert_str_eq(mp_pool_name(mp_cluster_pool(a, 0), NULL), "z");
    ck_assert_int_eq(mp_pool_nodes(mp_cluster_pool(a, 1)), 0);
    must(mp_pool_set_nodes(mp_cluster_pool(a, 1), 6));
    ck_assert_int_eq(mp_pool_nodes(mp_cluster_find_pool(a, LIT("a"))), 6);
    must(mp_pool_set_nodes(mp_cluster_pool(a, 1), -6));
    ck_assert_int_eq(mp_pool_nodes(mp_cluster_pool(a, 1)), 0);
    ck_assert_ptr_null(mp_cluster_add_pool(a, LIT("z"), 1, &err));
    ck_assert_int_eq(err.status, MP_EEXIST);
    ck_assert_ptr_null(mp_cluster_pool(a, 2));
    mp_fleet_free(fleet);
}
END_TEST

START_TEST(replicas_come_and_go)
{
    mp_fleet *fleet = fleet_of("replica t.a d c 0\nreplica u.a d c 0\nreplica t.b d x 0\n");
    mp_replica *r = mp_fleet_find_replica(fleet, LIT("t"), LIT("a"));
    mp_replica_engine *e;
    mp_error err;

    ck_assert_ptr_nonnull(r);
    ck_assert_ptr_ne(r, mp_fleet_find_replica(fleet, LIT("u"), LIT("a")));
    ck_assert_ptr_null(mp_fleet_find_replica(fleet, LIT("ta"), LIT("")));
    ck_assert_ptr_null(mp_fleet_find_replica(fleet, LIT(""), LIT("ta")));
    ck_assert_ptr_null(
        mp_fleet_add_replica(fleet, LIT("t"), LIT("a"), LIT("z"), LIT("z"), 0, &err));
    ck_assert_int_eq(err.status, MP_EEXIST);
    ck_assert_ptr_null(mp_fleet_add_replica(fleet, LIT("t"), LIT(""), LIT("z"), LIT("z"), 0, &err));
    ck_assert_int_eq(err.status, MP_EINVAL);
    ck_assert_ptr_null(mp_replica_add_engine(r, LIT("e"), 0, &err));
    ck_assert_int_eq(err.status, MP_EINVAL);
    e = mp_replica_add_engine(r, LIT("e"), 1, &err);
    ck_assert_int_eq(mp_replica_add_member(e, MP_ROLE_WORKER, LIT("p"), 0, true, &err), MP_EINVAL);
    mp_fleet_remove_replica(fleet, r);
    mp_fleet_remove_replica(fleet, NULL);
    ck_assert_ptr_null(mp_fleet_find_replica(fleet, LIT("t"), LIT("a")));
    ck_assert_uint_eq(mp_fleet_replica_count(fleet), 2);
    ck_assert_uint_eq(fleet->sites.count, 2);
    ck_assert_uint_eq(fleet->owners.count, 2);
    mp_fleet_remove_replica(fleet, mp_fleet_find_replica(fleet, LIT("t"), LIT("b")));
    mp_fleet_remove_replica(fleet, mp_fleet_find_replica(fleet, LIT("u"), LIT("a")));
    ck_assert_uint_eq(fleet->sites.count + fleet->owners.count, 0);
    mp_fleet_free(fleet);
}
END_TEST

/* A cluster that goes and comes back finds the replicas that named it all the while. */
START_TEST(replicas_wait_for_their_cluster)
{
    mp_fleet *fleet = fleet_of("replica t.a d c 0\n");
    mp_replica *r = mp_fleet_find_replica(fleet, LIT("t"), LIT("a"));
    mp_error err;

    ck_assert_ptr_null(r->site->cluster);
    mp_fleet_add_cluster(fleet, LIT("c"), &err);
    ck_assert_ptr_eq(r->site->cluster, mp_fleet_find_cluster(fleet, LIT("c")));
    mp_fleet_remove_cluster(fleet, r->site->cluster);
    ck_assert_ptr_null(r->site->cluster);
    ck_assert_ptr_null(mp_fleet_find_cluster(fleet, LIT("c")));
    mp_fleet_free(fleet);
}
END_TEST

START_TEST(limits)
{
    mp_fleet *fleet = fleet_of("cluster a\npool p 1\n");
    mp_cluster *a = mp_fleet_cluster(fleet, 0);
    mp_device *d = NULL;
    mp_error err;
    char name[16];

    for (int i = 0; i < MP_CLUSTER_TAINTS_MAX; i++)
        must(mp_cluster_add_taint(a, LIT("k"), LIT("v"), MP_EFFECT_NO_EXECUTE));
    ck_assert_int_eq(mp_cluster_add_taint(a, LIT("k"), LIT("v"), MP_EFFECT_NO_EXECUTE), MP_ELIMIT);
    for (int i = 0; i < MP_LABELS_MAX; i++) {
        snprintf(name, sizeof name, "k%d", i);
        must(mp_cluster_set_label(a, name, MP_NTS, LIT("v")));
    }
    ck_assert_int_eq(mp_cluster_set_label(a, LIT("new"), LIT("v")), MP_ELIMIT);
    for (int i = 0; i < MP_POOL_DEVICES_MAX; i++)
        ck_assert_ptr_nonnull(d = mp_pool_add_device(mp_cluster_pool(a, 0), LIT("d"), LIT("d"),
                                                     LIT(""), MP_CLAIM_DRA, 1, &err));
    ck_assert_ptr_null(mp_pool_add_device(mp_cluster_pool(a, 0), LIT("d"), LIT("d"), LIT(""),
                                          MP_CLAIM_DRA, 1, &err));
    ck_assert_int_eq(err.status, MP_ELIMIT);
    for (int i = 0; i < MP_DEVICE_ATTRIBUTES_MAX; i++) {
        snprintf(name, sizeof name, "k%d", i);
        must(i % 2 ? mp_device_set_int(d, name, MP_NTS, i)
                   : mp_device_set_capacity(d, name, MP_NTS, LIT("1")));
    }
    ck_assert_int_eq(mp_device_set_int(d, LIT("new"), 1), MP_ELIMIT);
    must(mp_device_set_int(d, LIT("k1"), 9)); /* one that is there */
    mp_fleet_free(fleet);
}
END_TEST

START_TEST(versions_grow)
{
    mp_fleet *fleet = fleet_of("cluster a\npool p 1 d/D/1/kind=x\nreplica t.r d a 0\n");
    mp_cluster *a = mp_fleet_cluster(fleet, 0);
    mp_pool *p = mp_cluster_pool(a, 0);
    mp_replica *r = mp_fleet_find_replica(fleet, LIT("t"), LIT("r"));
    mp_replica_engine *e;
    mp_error err;
    uint64_t last = mp_fleet_version(fleet);

#define GROWS(change)                                                                              \
    do {                                                                                           \
        change;                                                                                    \
        ck_assert_msg(mp_fleet_version(fleet) > last, "%s", #change);                              \
        last = mp_fleet_version(fleet);                                                            \
    } while (0)
    GROWS(mp_cluster_set_ready(a, false));
    GROWS(mp_cluster_set_gateway(a, LIT("x")));
    GROWS(mp_cluster_set_label(a, LIT("k"), LIT("v")));
    GROWS(mp_cluster_add_taint(a, LIT("k"), LIT("v"), MP_EFFECT_NO_EXECUTE));
    GROWS(mp_pool_set_nodes(p, 4));
    GROWS(mp_device_set_bool(mp_pool_device(p, 0), LIT("k"), true));
    GROWS(mp_pool_add_device(p, LIT("d"), LIT("d"), LIT(""), MP_CLAIM_DRA, 1, &err));
    GROWS(mp_cluster_add_pool(a, LIT("q"), 1, &err));
    GROWS(mp_fleet_add_cluster(fleet, LIT("b"), &err));
    GROWS(e = mp_replica_add_engine(r, LIT("e"), 1, &err));
    GROWS(mp_replica_add_member(e, MP_ROLE_WORKER, LIT("p"), 1, true, &err));
    GROWS(mp_fleet_add_replica(fleet, LIT("t"), LIT("s"), LIT("d"), LIT("a"), 1, &err));
    GROWS(mp_fleet_remove_replica(fleet, r));
    GROWS(mp_fleet_remove_cluster(fleet, a));
#undef GROWS
    mp_fleet_free(fleet);
}
END_TEST

START_TEST(nothing_is_asked_of_nothing)
{
    size_t size = 7;

    mp_fleet_free(NULL);
    ck_assert_uint_eq(mp_fleet_version(NULL), 0);
    ck_assert_uint_eq(mp_fleet_cluster_count(NULL), 0);
    ck_assert_ptr_null(mp_fleet_cluster(NULL, 0));
    ck_assert_ptr_null(mp_fleet_find_cluster(NULL, LIT("c")));
    ck_assert_ptr_null(mp_cluster_name(NULL, &size));
    ck_assert_uint_eq(size, 0);
    ck_assert_ptr_null(mp_cluster_gateway(NULL, NULL));
    ck_assert(!mp_cluster_ready(NULL));
    ck_assert_uint_eq(mp_cluster_pool_count(NULL), 0);
    ck_assert_ptr_null(mp_cluster_pool(NULL, 0));
    ck_assert_ptr_null(mp_cluster_find_pool(NULL, LIT("p")));
    ck_assert_ptr_null(mp_pool_name(NULL, NULL));
    ck_assert_int_eq(mp_pool_nodes(NULL), 0);
    ck_assert_uint_eq(mp_pool_device_count(NULL), 0);
    ck_assert_ptr_null(mp_pool_device(NULL, 0));
    ck_assert_ptr_null(mp_device_name(NULL, NULL));
    ck_assert_int_eq(mp_device_count(NULL), 0);
    ck_assert_ptr_null(mp_device_cel(NULL));
    ck_assert_uint_eq(mp_fleet_shape_count(NULL), 0);
    ck_assert_uint_eq(mp_fleet_replica_count(NULL), 0);
    ck_assert_ptr_null(mp_fleet_find_replica(NULL, LIT("t"), LIT("r")));
}
END_TEST

/* ---- changed in place = built that way ---- */

enum { CLUSTERS = 4, POOLS = 3, REPLICAS = 6 };

/* What a fleet should be; a change is made here and in the fleet. */
typedef struct picture {
    struct {
        bool there, ready;
        int gateway;
        struct {
            int nodes, kind;
        } pools[POOLS];
    } clusters[CLUSTERS];
    struct {
        bool there;
        int cluster, pool, nodes, owner;
    } replicas[REPLICAS];
} picture;

static void put_cluster(mp_fleet *fleet, const picture *want, int c)
{
    char name[16];
    mp_cluster *k;
    mp_error err;

    snprintf(name, sizeof name, "c%d", c);
    k = mp_fleet_add_cluster(fleet, name, MP_NTS, &err);
    must(mp_cluster_set_ready(k, want->clusters[c].ready));
    must(mp_cluster_set_gateway(k, want->clusters[c].gateway ? "gw" : "", MP_NTS));
    for (int p = 0; p < POOLS; p++) {
        mp_pool *pool;

        snprintf(name, sizeof name, "p%d", p);
        pool = mp_cluster_add_pool(k, name, MP_NTS, want->clusters[c].pools[p].nodes, &err);
        must(mp_device_set_int(
            mp_pool_add_device(pool, LIT("g"), LIT("d"), LIT("k"), MP_CLAIM_DRA, 8, &err),
            LIT("kind"), want->clusters[c].pools[p].kind));
    }
}

static void put_replica(mp_fleet *fleet, const picture *want, int r)
{
    char text[128];

    snprintf(text, sizeof text, "replica t.r%d d%d c%d %d a*1 standalone:p%d:%d:claims\n", r,
             want->replicas[r].owner, want->replicas[r].cluster, r, want->replicas[r].pool,
             want->replicas[r].nodes);
    must(place_extend(fleet, text));
}

static int below(mp_test_random *r, int bound)
{
    return (int)mp_test_random_below(r, (uint64_t)bound);
}

static void change_cluster(mp_fleet *fleet, picture *want, mp_test_random *r)
{
    int c = below(r, CLUSTERS), p = below(r, POOLS);
    char name[16];
    mp_cluster *k;

    snprintf(name, sizeof name, "c%d", c);
    k = mp_fleet_find_cluster(fleet, name, MP_NTS);
    ck_assert(want->clusters[c].there == (k != NULL));
    if (!k) {
        want->clusters[c].there = true;
        put_cluster(fleet, want, c);
        return;
    }
    switch (below(r, 5)) {
    case 0:
        must(mp_cluster_set_ready(k, want->clusters[c].ready = below(r, 4) > 0));
        break;
    case 1:
        want->clusters[c].gateway = below(r, 4);
        must(mp_cluster_set_gateway(k, want->clusters[c].gateway ? "gw" : "", MP_NTS));
        break;
    case 2:
        must(mp_pool_set_nodes(mp_cluster_pool(k, (size_t)p),
                               want->clusters[c].pools[p].nodes = below(r, 5)));
        break;
    case 3:
        must(mp_device_set_int(mp_pool_device(mp_cluster_pool(k, (size_t)p), 0), LIT("kind"),
                               want->clusters[c].pools[p].kind = below(r, 3)));
        break;
    default:
        want->clusters[c].there = false;
        mp_fleet_remove_cluster(fleet, k);
    }
}

static void change_replica(mp_fleet *fleet, picture *want, mp_test_random *r)
{
    int i = below(r, REPLICAS);
    char name[16];
    mp_replica *found;

    snprintf(name, sizeof name, "r%d", i);
    found = mp_fleet_find_replica(fleet, LIT("t"), name, MP_NTS);
    ck_assert(want->replicas[i].there == (found != NULL));
    want->replicas[i].there = !found;
    if (found) {
        mp_fleet_remove_replica(fleet, found);
        return;
    }
    want->replicas[i].cluster = below(r, CLUSTERS);
    want->replicas[i].pool = below(r, POOLS);
    want->replicas[i].nodes = 1 + below(r, 2);
    want->replicas[i].owner = below(r, 2);
    put_replica(fleet, want, i);
}

static mp_fleet *rebuild(const picture *want)
{
    mp_fleet *fleet;

    must(mp_fleet_new(NULL, &fleet, NULL));
    for (int i = REPLICAS; i-- > 0;)
        if (want->replicas[i].there)
            put_replica(fleet, want, i);
    for (int c = 0; c < CLUSTERS; c++)
        if (want->clusters[c].there)
            put_cluster(fleet, want, c);
    return fleet;
}

/* The plan and its reasons, as one text. */
static char *answer(const mp_fleet *fleet, const mp_deployment *d)
{
    mp_plan *plan;
    mp_doc *why;
    mp_text json;
    mp_error err;
    char *line, *both;
    size_t size;

    must(mp_schedule(fleet, d, NULL, &plan, &err));
    ck_assert_int_eq(mp_plan_certify(fleet, plan, &err), MP_OK);
    ck_assert_msg(mp_plan_check(fleet, d, NULL, plan, &err) == MP_OK, "%s", err.text);
    must(mp_plan_explain(fleet, plan, &why, &err));
    must(mp_json_text(NULL, mp_doc_root(why), 0, &json, &err));
    line = place_plan(plan);
    size = strlen(line) + json.size + 1;
    both = malloc(size);
    snprintf(both, size, "%s%s", line, json.data);
    free(line);
    mp_text_fini(&json);
    mp_doc_free(why);
    mp_plan_free(plan);
    return both;
}

START_TEST(changed_in_place_equals_rebuilt)
{
    size_t total = mp_test_scaled(3000);
    mp_test_random r = { 11 };
    picture want = { 0 };
    mp_fleet *fleet;
    mp_deployment *d;

    for (int c = 0; c < CLUSTERS; c++) {
        want.clusters[c].ready = true;
        want.clusters[c].gateway = 1;
    }
    must(mp_fleet_new(NULL, &fleet, NULL));
    must(place_deployment(NULL, "deployment t.d0 4\nengine a*1\nmember standalone g/8/kind=1\n",
                          &d));
    for (size_t i = 0; i < total; i++) {
        mp_fleet *fresh;
        char *changed, *rebuilt;

        if (below(&r, 3) == 0)
            change_replica(fleet, &want, &r);
        else
            change_cluster(fleet, &want, &r);
        fresh = rebuild(&want);
        changed = answer(fleet, d);
        rebuilt = answer(fresh, d);
        ck_assert_msg(strcmp(changed, rebuilt) == 0, "change %zu:\n%s\nrebuilt:\n%s", i, changed,
                      rebuilt);
        ck_assert_uint_eq(mp_fleet_shape_count(fleet), mp_fleet_shape_count(fresh));
        ck_assert_uint_eq(fleet->profiles.count, fresh->profiles.count);
        ck_assert_uint_eq(fleet->sites.count, fresh->sites.count);
        free(changed);
        free(rebuilt);
        mp_fleet_free(fresh);
    }
    mp_deployment_free(d);
    mp_fleet_free(fleet);
}
END_TEST

/* However much replicas hold together, what one of them held is free again when it goes. */
START_TEST(sums_come_apart_again)
{
    static const char much[] = "replica t.r%d e a %d x*9223372036854775807 "
                               "standalone:p:9223372036854775807:claims\n";
    mp_fleet *fleet = fleet_of("cluster a\npool p 2 g/D/1/kind=x\n"
                               "replica t.small e a 9 x*1 standalone:p:1:claims\n");
    mp_deployment *d;
    char text[160], *before, *full, *after;

    must(
        place_deployment(NULL, "deployment t.d 2\nengine x*1\nmember standalone g/1/kind=x\n", &d));
    before = answer(fleet, d);
    for (int i = 0; i < 5; i++) {
        snprintf(text, sizeof text, much, i, i);
        must(place_extend(fleet, text));
    }
    full = answer(fleet, d);
    ck_assert_ptr_nonnull(strstr(before, "a/0 x:p"));
    ck_assert_ptr_null(strstr(full, "a/0 x:p"));
    for (int i = 0; i < 5; i++) {
        snprintf(text, sizeof text, "r%d", i);
        mp_fleet_remove_replica(fleet, mp_fleet_find_replica(fleet, "t", 1, text, MP_NTS));
    }
    after = answer(fleet, d);
    ck_assert_str_eq(before, after);
    free(before);
    free(full);
    free(after);
    mp_deployment_free(d);
    mp_fleet_free(fleet);
}
END_TEST

/* A change that fails for lack of memory has not happened. */
START_TEST(failed_changes_leave_no_trace)
{
    for (size_t n = 0;; n++) {
        mp_test_alloc t;
        mp_fleet *fleet;
        mp_device *d;
        mp_status st[3];
        size_t shapes, attributes;

        mp_test_alloc_init(&t);
        must(place_fleet(&t.allocator, "cluster a\npool p 1 g/D/1/kind=x\npool q 1 g/D/1/kind=x\n",
                         &fleet));
        d = mp_pool_device(mp_cluster_pool(mp_fleet_cluster(fleet, 0), 0), 0);
        t.fail_at = t.calls + n;
        attributes = d->shape->attribute_count;
        st[0] = mp_device_set_string(d, LIT("kind"), LIT("y"));
        shapes = mp_fleet_shape_count(fleet);
        ck_assert_uint_eq(shapes, st[0] == MP_OK ? 2 : 1);
        st[1] = mp_device_set_int(d, LIT("a"), 5);
        ck_assert_uint_eq(d->shape->attribute_count, attributes + (st[1] == MP_OK));
        st[2] = mp_pool_add_device(d->pool, LIT("h"), LIT("d"), LIT(""), MP_CLAIM_DRA, 1, NULL)
                    ? MP_OK
                    : MP_ENOMEM;
        ck_assert_uint_eq(mp_pool_device_count(d->pool), st[2] == MP_OK ? 2 : 1);
        ck_assert_uint_eq(d->pool->profile->device_count, mp_pool_device_count(d->pool));
        mp_fleet_free(fleet);
        ck_assert_uint_eq(t.live_blocks, 0);
        if (!t.failed)
            break;
        ck_assert(st[0] != MP_OK || st[1] != MP_OK || st[2] != MP_OK);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("fleet_change");
    TCase *tc = tcase_create("fleet");

    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, equal_content_is_shared);
    tcase_add_test(tc, different_content_is_not_shared);
    tcase_add_test(tc, order_of_attributes_and_drivers);
    tcase_add_test(tc, clusters_are_in_order_of_name);
    tcase_add_test(tc, pools_keep_their_order);
    tcase_add_test(tc, replicas_come_and_go);
    tcase_add_test(tc, replicas_wait_for_their_cluster);
    tcase_add_test(tc, limits);
    tcase_add_test(tc, versions_grow);
    tcase_add_test(tc, nothing_is_asked_of_nothing);
    tcase_add_test(tc, changed_in_place_equals_rebuilt);
    tcase_add_test(tc, sums_come_apart_again);
    tcase_add_test(tc, failed_changes_leave_no_trace);
    suite_add_tcase(s, tc);
    return mp_test_main(s);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the data of a fleet means, and what is left on its nodes beside what runs.
 */
#include "census_internal.h"
#include "mp_test.h"
#include <stdio.h>
#include <string.h>

#define LIT(text) (text), (sizeof(text) - 1)

typedef struct world {
    mp_fleet *fleet;
    mp_cluster *c;
    mp_pool *p, *q; /* of fabric f; p has blocks and racks, q none */
    mp_replica *r;
    mp_replica_engine *e;
    mp__arena arena;
    mp__census census;
} world;

static void must(mp_status st)
{
    ck_assert_msg(st == MP_OK, "%s", mp_status_name(st));
}

static void add_domain(mp_pool *p, const char *path, int64_t nodes, int64_t cordoned)
{
    mp_error err;
    mp_domain *d = mp_pool_add_domain(p, path, MP_NTS, nodes, &err);

    ck_assert_ptr_nonnull(d);
    must(mp_domain_set_tier(d, MP_TIER_CORDONED, cordoned));
}

static void open_world(world *w)
{
    mp_error err;

    must(mp_fleet_new(NULL, &w->fleet, &err));
    w->c = mp_fleet_add_cluster(w->fleet, LIT("c"), &err);
    w->p = mp_cluster_add_pool(w->c, LIT("p"), 0, &err);
    w->q = mp_cluster_add_pool(w->c, LIT("q"), 4, &err);
    must(mp_pool_set_fabric(w->p, LIT("f")));
    must(mp_pool_set_fabric(w->q, LIT("f")));
    must(mp_pool_add_level(w->p, LIT("block"), &err));
    must(mp_pool_add_level(w->p, LIT("rack"), &err));
    add_domain(w->p, "b1/r1", 5, 1);
    add_domain(w->p, "b1/r2", 2, 9);
    add_domain(w->p, "b10/r1", 3, 0);
    ck_assert_ptr_nonnull(
        mp_pool_add_device(w->p, LIT("gpu"), LIT("d"), LIT("k"), MP_CLAIM_DRA, 8, &err));
    ck_assert_ptr_nonnull(
        mp_pool_add_device(w->p, LIT("nic"), LIT("d"), LIT(""), MP_CLAIM_SYNTHETIC, 2, &err));
    w->r = mp_fleet_add_replica(w->fleet, LIT("t"), LIT("r"), LIT("d"), LIT("c"), 0, &err);
    w->e = mp_replica_add_engine(w->r, LIT("e"), 1, &err);
    must(mp_replica_add_member(w->e, MP_ROLE_STANDALONE, LIT("p"), 4, true, &err));
    mp__arena_init(&w->arena, NULL);
}

static void close_world(world *w)
{
    mp__arena_fini(&w->arena);
    mp_fleet_free(w->fleet);
}

static void runs(world *w, const char *path, const char *node, int64_t pods, int64_t gpus)
{
    mp_error err;

    must(mp_replica_add_pods(w->e, "", MP_NTS, path, MP_NTS, node, MP_NTS, pods, &err));
    if (gpus > 0)
        must(mp_replica_hold(w->e, LIT("gpu"), gpus, &err));
}

static void take_census(world *w, bool devices)
{
    ck_assert(mp__census_init(&w->census, &w->arena, w->c, devices));
    ck_assert(mp__census_charge(&w->census, w->e));
}

/* Nodes of a place of p with so many devices left. */
static int64_t nodes(world *w, const char *path, int64_t gpus)
{
    mp__state *at = mp__census_place(&w->census, w->p, mp__str_make(path, MP_NTS));

    return mp__census_state(&w->census, at, (int64_t[]){ gpus, 2 })->nodes;
}

START_TEST(paths)
{
    static const struct {
        const char *path, *outer;
        bool within;
    } cases[] = {
        { "b1/r1", "", true },     { "b1/r1", "b1", true },  { "b1/r1", "b1/r1", true },
        { "b10/r1", "b1", false }, { "b1", "b1/r1", false }, { "", "b1", false },
        { "", "", true },
    };

    for (size_t i = 0; i < MP__COUNT(cases); i++)
        ck_assert_msg(mp__path_within(mp__str_make(cases[i].path, MP_NTS),
                                      mp__str_make(cases[i].outer, MP_NTS)) == cases[i].within,
                      "\"%s\" within \"%s\"", cases[i].path, cases[i].outer);
}
END_TEST

START_TEST(domains)
{
    static const struct {
        const char *path, *other, *level;
        bool same; /* of p and p */
    } cases[] = {
        { "b1/r1", "b1/r2", "block", true },  { "b1/r1", "b1/r2", "rack", false },
        { "b1/r1", "b10/r1", "rack", false }, { "b1/r1", "b10/r1", "fabric", true },
        { "b1/r1", "b10/r1", "pool", true },  { "b1", "b1", "rack", false },
        { "b1/r1", "b1/r1", "aisle", false }, { "b1/r1", "b10/r1", "", true },
    };
    world w;

    open_world(&w);
    for (size_t i = 0; i < MP__COUNT(cases); i++) {
        mp__str level = mp__str_make(cases[i].level, MP_NTS);
        mp__str a = mp__pool_domain_name(&w.arena, w.p, mp__str_make(cases[i].path, MP_NTS), level);
        mp__str b =
            mp__pool_domain_name(&w.arena, w.p, mp__str_make(cases[i].other, MP_NTS), level);

        ck_assert_msg((a.size > 0 && mp__str_equal(a, b)) == cases[i].same, "%s, %s: %s",
                      cases[i].path, cases[i].other, cases[i].level);
    }
    ck_assert(mp__str_equal(mp__pool_domain_name(&w.arena, w.p, MP__STR(""), MP__STR("fabric")),
                            mp__pool_domain_name(&w.arena, w.q, MP__STR(""), MP__STR("fabric"))));
    ck_assert(!mp__str_equal(mp__pool_domain_name(&w.arena, w.p, MP__STR(""), MP__STR("pool")),
                             mp__pool_domain_name(&w.arena, w.q, MP__STR(""), MP__STR("pool"))));
    ck_assert(mp__str_equal(mp__domain_prefix(w.p->levels->domains[2], 1), MP__STR("b10")));
    ck_assert_uint_eq(mp__domain_prefix(w.p->levels->domains[2], 0).size, 0);
    close_world(&w);
}
END_TEST

START_TEST(usable_nodes)
{
    world w;

    open_world(&w);
    ck_assert_int_eq(mp__pool_usable(w.p, MP__STR("b1/r1")), 4);
    ck_assert_int_eq(mp__pool_usable(w.p, MP__STR("b1")), 4);
    ck_assert_int_eq(mp__pool_usable(w.p, MP__STR("")), 7);
    ck_assert_int_eq(mp__pool_usable(w.p, MP__STR("b2")), 0);
    ck_assert_int_eq(mp__pool_usable(w.q, MP__STR("")), 4);
    ck_assert_int_eq(mp__pool_usable(w.q, MP__STR("b1")), 0);
    close_world(&w);
}
END_TEST

/* Two pods on a node that they name, one in a block, one anywhere. */
START_TEST(what_runs)
{
    world w;

    open_world(&w);
    runs(&w, "b1/r1", "n1", 1, 3);
    runs(&w, "b1", "n1", 1, 1);
    runs(&w, "b1", "", 1, 0);
    take_census(&w, true);
    ck_assert_int_eq(nodes(&w, "b1/r1", 8), 4 - 1 - 2);
    ck_assert_int_eq(nodes(&w, "b1/r1", 4), 0); /* there may be somebody on it */
    ck_assert_int_eq(nodes(&w, "b10/r1", 8), 3 - 1);
    ck_assert_int_eq(nodes(&w, "", 8), 7 - 1 - 2);
    take_census(&w, false);
    ck_assert_int_eq(nodes(&w, "b1", 8), 4 - 1 - 2);
    close_world(&w);
}
END_TEST

START_TEST(what_comes)
{
    world w;
    mp__state *from;

    open_world(&w);
    runs(&w, "b10/r1", "n1", 1, 8);
    runs(&w, "b10/r1", "n2", 3, 2);
    take_census(&w, true);
    ck_assert_int_eq(nodes(&w, "b10/r1", 2), 1);
    ck_assert_int_eq(nodes(&w, "b1/r1", 8), 4);
    ck_assert_int_eq(nodes(&w, "", 8), 5);
    from = mp__census_place(&w.census, w.p, MP__STR("b1/r1"));
    ck_assert(mp__census_take(&w.census, from, (int64_t[]){ 5, 2 }, 2, false));
    ck_assert_int_eq(nodes(&w, "b1/r1", 8), 2);
    ck_assert_int_eq(nodes(&w, "b1/r1", 5), 2);
    ck_assert_int_eq(nodes(&w, "", 8), 3);
    ck_assert_int_eq(nodes(&w, "", 5), 2);
    from = mp__census_place(&w.census, w.p, MP__STR(""));
    ck_assert(mp__census_take(&w.census, from, (int64_t[]){ 0, 2 }, 1, false));
    ck_assert_int_eq(nodes(&w, "b1/r1", 8), 1); /* it may be from there */
    ck_assert_int_eq(nodes(&w, "b1/r1", 5), 1);
    ck_assert_int_eq(nodes(&w, "", 8), 2);
    ck_assert_int_eq(nodes(&w, "", 0), 2); /* and n1 */
    close_world(&w);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("fleet_census");
    TCase *tc = tcase_create("fleet");

    tcase_add_test(tc, paths);
    tcase_add_test(tc, domains);
    tcase_add_test(tc, usable_nodes);
    tcase_add_test(tc, what_runs);
    tcase_add_test(tc, what_comes);
    suite_add_tcase(s, tc);
    return mp_test_main(s);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Medium instances for an independent solver: 40 nodes, 12 engines.
 *
 *     place_medium COUNT SEED
 *
 * Prints a JSON line for each instance, with what the library made of it; tests/place_medium.py
 * models the same instances for CP-SAT and compares the verdicts.
 */
#include "mp_test.h"
#include <modelplane/schedule.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POOLS = 5, RACKS = 2, NODES = 40, ENGINES = 12, MEMBERS = 2, DEVICES = 2 };

static mp_test_random random_state;

static int below(int bound)
{
    return (int)mp_test_random_below(&random_state, (uint64_t)bound);
}

static bool chance(int percent)
{
    return below(100) < percent;
}

static void must(mp_status st)
{
    if (st == MP_OK)
        return;
    fprintf(stderr, "place_medium: %s\n", mp_status_name(st));
    exit(EXIT_FAILURE);
}

typedef struct mix {
    bool devices, wide, levels;
} mix;

/* ---- the fleet ---- */

static void add_devices(mp_pool *pool, const mix *m)
{
    int count = 1 + chance(40);

    printf("\"devices\":[");
    for (int i = 0; i < count; i++) {
        int size = 1 + below(3), each = m->devices ? 8 : 1 + below(2), class_number = chance(20);
        char name[16], class_name[16];
        mp_error err;
        mp_device *d;

        snprintf(name, sizeof name, "x%d", i);
        snprintf(class_name, sizeof class_name, "k%d", class_number);
        d = mp_pool_add_device(pool, name, MP_NTS, "d", 1, class_name, MP_NTS, MP_CLAIM_DRA, each,
                               &err);
        must(d ? mp_device_set_int(d, "size", MP_NTS, size) : err.status);
        printf("%s{\"size\":%d,\"count\":%d,\"class\":%d}", i ? "," : "", size, each, class_number);
    }
    printf("]");
}

static void add_pool(mp_cluster *c, int number, int nodes, const mix *m)
{
    bool levels = m->levels && chance(80);
    int fabric = m->wide && chance(70) ? 1 : 0, racks = levels ? 1 + below(RACKS) : 1;
    char name[16];
    mp_error err;
    mp_pool *pool;

    snprintf(name, sizeof name, "p%d", number);
    pool = mp_cluster_add_pool(c, name, MP_NTS, nodes, &err);
    must(pool ? mp_pool_set_fabric(pool, fabric ? "f" : "", MP_NTS) : err.status);
    if (levels)
        must(mp_pool_add_level(pool, "rack", MP_NTS, &err));
    printf("%s{\"fabric\":%d,\"levels\":%s,\"racks\":[", number ? "," : "", fabric ? 100 : number,
           levels ? "true" : "false");
    for (int r = 0; r < racks; r++) {
        int here = r + 1 == racks ? nodes : below(nodes + 1);

        /* Racks of one name on the shared fabric are one rack. */
        snprintf(name, sizeof name, "r%d", r);
        if (levels && !mp_pool_add_domain(pool, name, MP_NTS, here, &err))
            must(err.status);
        printf("%s%d", r ? "," : "", here);
        nodes -= here;
    }
    printf("],");
    add_devices(pool, m);
    printf("}");
}

static mp_fleet *make_fleet(const mix *m)
{
    int left = NODES;
    mp_fleet *fleet;
    mp_cluster *c;
    mp_error err;

    must(mp_fleet_new(NULL, &fleet, &err));
    c = mp_fleet_add_cluster(fleet, "c", MP_NTS, &err);
    must(c ? mp_cluster_set_ready(c, true) : err.status);
    must(mp_cluster_set_gateway(c, "gw", MP_NTS));
    printf("\"pools\":[");
    for (int p = 0; p < POOLS; p++) {
        int nodes = p + 1 == POOLS ? left : below(2 * left / (POOLS - p) + 1);

        add_pool(c, p, nodes, m);
        left -= nodes;
    }
    printf("],");
    return fleet;
}

/* ---- the deployment ---- */

static void add_member(mp_engine *e, mp_role role, int pods, const mix *m)
{
    int count = m->devices ? 1 + below(8) : 1, at_least = chance(60) ? 0 : below(3);
    char selector[64];
    mp_error err;
    mp_member *member = mp_engine_add_member(e, role, &err);
    mp_request *r = member ? mp_member_add_request(member, "q", 1, count, &err) : NULL;

    if (role == MP_ROLE_WORKER)
        must(mp_member_set_nodes(member, pods));
    snprintf(selector, sizeof selector, "device.attributes[\"d\"].size > %d", at_least);
    must(r ? mp_request_add_selector(r, selector, MP_NTS, &err) : err.status);
    printf("{\"pods\":%d,\"count\":%d,\"at_least\":%d}", pods, count, at_least);
}

/* Pods until demand is about what there is. */
static mp_deployment *make_deployment(const mix *m)
{
    mp_deployment *d;
    mp_error err;

    must(mp_deployment_new(NULL, "t", 1, "d", 1, &d, &err));
    printf("\"engines\":[");
    for (int e = 0; e < ENGINES; e++) {
        bool wide = m->wide && chance(60), rack = m->levels && chance(40);
        int workers = below(m->devices ? 7 : 6);
        char name[16];
        mp_engine *engine;

        snprintf(name, sizeof name, "e%d", e);
        engine = mp_deployment_add_engine(d, name, MP_NTS, 1, &err);
        must(engine ? mp_engine_set_span(engine, wide ? MP_SPAN_FABRIC : MP_SPAN_POOL)
                    : err.status);
        must(mp_engine_set_level(engine, rack ? "rack" : "", MP_NTS, MP_STRENGTH_REQUIRED));
        printf("%s{\"wide\":%s,\"rack\":%s,\"members\":[", e ? "," : "", wide ? "true" : "false",
               rack ? "true" : "false");
        add_member(engine, MP_ROLE_LEADER, 1, m);
        if (workers > 0) {
            printf(",");
            add_member(engine, MP_ROLE_WORKER, workers, m);
        }
        printf("]}");
    }
    printf("],");
    return d;
}

static void run_one(int number)
{
    mix m = { number & 1, number & 2, number & 4 };
    mp_schedule_opts opts = MP_SCHEDULE_OPTS_INIT;
    mp_fleet *fleet;
    mp_deployment *d;
    mp_plan *plan;
    mp_error err;

    printf("{\"number\":%d,\"accounting\":\"%s\",", number, m.devices ? "devices" : "nodes");
    fleet = make_fleet(&m);
    d = make_deployment(&m);
    opts.accounting = m.devices ? MP_ACCOUNTING_DEVICES : MP_ACCOUNTING_NODES;
    must(mp_schedule(fleet, d, &opts, &plan, &err));
    if (mp_plan_check(fleet, d, &opts, plan, &err) != MP_OK) {
        fprintf(stderr, "place_medium: %d: %s\n", number, err.text);
        exit(EXIT_FAILURE);
    }
    printf("\"verdict\":\"%s\",\"steps\":%llu}\n", mp_verdict_name(mp_plan_verdict(plan)),
           (unsigned long long)mp_plan_counter(plan, MP_COUNTER_STEPS));
    mp_plan_free(plan);
    mp_deployment_free(d);
    mp_fleet_free(fleet);
}

int main(int argc, char **argv)
{
    int count = argc > 1 ? atoi(argv[1]) : 100;

    random_state.state = argc > 2 ? (uint64_t)atoll(argv[2]) : 1;
    for (int i = 0; i < count; i++)
        run_one(i);
    return EXIT_SUCCESS;
}

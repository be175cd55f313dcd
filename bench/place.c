/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long scheduling takes on fleets of 1,000 to 100,000 pools.
 *
 * One JSON line per result: name, size (pools), allocations per run, selector runs, search steps,
 * verdict, median and p99 in ns.  `ratio` is the median over that of a plain loop, run in between,
 * that looks once at each pool's nodes through the public getters.
 */
#define _POSIX_C_SOURCE 200809L
#include <modelplane/schedule.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RUNS_MAX 1001
#define POOLS_PER_CLUSTER 8
#define LIT(text) text, sizeof(text) - 1

/* ---- time and memory ---- */

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static size_t allocations, live_bytes;

static void *count_alloc(size_t size, void *user)
{
    (void)user;
    allocations++;
    return malloc(size);
}

static void *count_resize(void *block, size_t size, void *user)
{
    (void)user;
    allocations++;
    return realloc(block, size);
}

static void count_release(void *block, void *user)
{
    (void)user;
    free(block);
}

/* Another allocator knows the sizes of blocks, each of which begins with its own. */
#define HEAD 16

static void *weigh_resize(void *block, size_t size, void *user)
{
    char *old = block ? (char *)block - HEAD : NULL, *grown;
    size_t before = 0;

    (void)user;
    if (old)
        memcpy(&before, old, sizeof before);
    grown = realloc(old, size + HEAD);
    if (!grown)
        return NULL;
    live_bytes += size - before;
    memcpy(grown, &size, sizeof size);
    return grown + HEAD;
}

static void *weigh_alloc(size_t size, void *user)
{
    return weigh_resize(NULL, size, user);
}

static void weigh_release(void *block, void *user)
{
    size_t size;

    (void)user;
    if (!block)
        return;
    memcpy(&size, (char *)block - HEAD, sizeof size);
    live_bytes -= size;
    free((char *)block - HEAD);
}

static const mp_allocator weighing = { weigh_alloc, weigh_resize, weigh_release, NULL };
static const mp_allocator counting = { count_alloc, count_resize, count_release, NULL };

static void must(mp_status st, const mp_error *err)
{
    if (st == MP_OK)
        return;
    fprintf(stderr, "place bench: %s: %s\n", mp_status_name(st), err ? err->text : "");
    exit(EXIT_FAILURE);
}

/* ---- fleets ---- */

/* Classes of nodes as clouds have them; the pools of a fleet are these, in turns. */
static const struct node_class {
    const char *product, *memory;
    int64_t gpus;
} classes[] = {
    { "L4", "24Gi", 1 },   { "L40S", "48Gi", 4 },  { "A100", "80Gi", 8 },
    { "H100", "80Gi", 8 }, { "H200", "141Gi", 8 }, { "B200", "192Gi", 8 },
};
#define CLASS_COUNT (sizeof classes / sizeof *classes)

typedef struct fleet_plan {
    size_t pools, pools_per_cluster;
    int64_t nodes;  /* of each pool; up to 9: 1 to 5, but 1 stands for itself */
    size_t classes; /* pools i and i + classes have equal devices; 0: as many as there are above */
} fleet_plan;

static void add_pool(mp_cluster *c, const fleet_plan *plan, size_t i)
{
    const struct node_class *k = &classes[i % CLASS_COUNT];
    char name[32];
    mp_error err;
    mp_pool *p;
    mp_device *gpu;

    snprintf(name, sizeof name, "pool-%zu", i % plan->pools_per_cluster);
    p = mp_cluster_add_pool(c, name, MP_NTS,
                            plan->nodes > 9   ? plan->nodes
                            : plan->nodes > 1 ? (int64_t)(i * 7 % 5) + 1
                                              : plan->nodes,
                            &err);
    gpu = p ? mp_pool_add_device(p, LIT("gpu"), LIT("gpu.nvidia.com"), LIT("gpu.nvidia.com"),
                                 MP_CLAIM_DRA, k->gpus, &err)
            : NULL;
    if (!gpu)
        must(err.status, &err);
    must(mp_device_set_string(gpu, LIT("productName"), k->product, MP_NTS), NULL);
    must(mp_device_set_version(gpu, LIT("driverVersion"), LIT("570.86.15")), NULL);
    must(mp_device_set_capacity(gpu, LIT("memory"), k->memory, MP_NTS), NULL);
    if (plan->classes)
        must(mp_device_set_int(gpu, LIT("serial"), (int64_t)(i % plan->classes)), NULL);
    if (!mp_pool_add_device(p, LIT("nic"), LIT("nic.example"), LIT("rdma"), MP_CLAIM_DRA, 8, &err))
        must(err.status, &err);
}

static mp_fleet *make_fleet_with(const fleet_plan *plan, const mp_allocator *alloc)
{
    mp_fleet *fleet;
    mp_cluster *c = NULL;
    mp_error err;

    must(mp_fleet_new(alloc, &fleet, &err), &err);
    for (size_t i = 0; i < plan->pools; i++) {
        char name[32];

        if (i % plan->pools_per_cluster == 0) {
            snprintf(name, sizeof name, "cluster-%06zu", i / plan->pools_per_cluster);
            c = mp_fleet_add_cluster(fleet, name, MP_NTS, &err);
            if (!c)
                must(err.status, &err);
            must(mp_cluster_set_ready(c, true), NULL);
            must(mp_cluster_set_gateway(c, LIT("203.0.113.7")), NULL);
            must(mp_cluster_set_label(c, LIT("region"), i % 3 ? "us" : "eu", 2), NULL);
        }
        add_pool(c, plan, i);
    }
    return fleet;
}

static mp_fleet *make_fleet(const fleet_plan *plan)
{
    return make_fleet_with(plan, &counting);
}

/* ---- deployments ---- */

#define AT_LEAST "device.capacity[\"gpu.nvidia.com\"].memory.compareTo(quantity(\"%s\")) >= 0"

static void add_member_by(mp_engine *e, mp_role role, int64_t nodes, const char *selector)
{
    mp_error err;
    mp_member *m = mp_engine_add_member(e, role, &err);
    mp_request *r = m ? mp_member_add_request(m, LIT("gpu"), 8, &err) : NULL;

    if (!r)
        must(err.status, &err);
    if (role == MP_ROLE_WORKER)
        must(mp_member_set_nodes(m, nodes), NULL);
    must(mp_request_add_selector(r, selector, MP_NTS, &err), &err);
}

static void add_member(mp_engine *e, mp_role role, int64_t nodes, const char *memory)
{
    char cel[160];

    snprintf(cel, sizeof cel, AT_LEAST, memory);
    add_member_by(e, role, nodes, cel);
}

/* `engines` gangs of a leader and so many workers, 8 devices on each node. */
static mp_deployment *make_deployment(int64_t replicas, size_t engines, int64_t workers,
                                      const char *memory)
{
    mp_deployment *d;
    mp_error err;

    must(mp_deployment_new(&counting, LIT("ml"), LIT("chat"), &d, &err), &err);
    must(mp_deployment_set_replicas(d, replicas), NULL);
    for (size_t i = 0; i < engines; i++) {
        char name[32];
        mp_engine *e;

        snprintf(name, sizeof name, "engine-%zu", i);
        e = mp_deployment_add_engine(d, name, MP_NTS, 1, &err);
        if (!e)
            must(err.status, &err);
        add_member(e, workers ? MP_ROLE_LEADER : MP_ROLE_STANDALONE, 1, memory);
        if (workers)
            add_member(e, MP_ROLE_WORKER, workers, memory);
    }
    return d;
}

/* ---- measuring ---- */

static int compare_times(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static uint64_t median(uint64_t *times, size_t runs)
{
    qsort(times, runs, sizeof *times, compare_times);
    return times[runs / 2] ? times[runs / 2] : 1;
}

/* Looks at every pool once. */
static uint64_t plain_loop(const mp_fleet *fleet)
{
    uint64_t start = now_ns();
    volatile size_t enough = 0;

    for (size_t c = 0; c < mp_fleet_cluster_count(fleet); c++) {
        const mp_cluster *k = mp_fleet_cluster(fleet, c);

        for (size_t p = 0; p < mp_cluster_pool_count(k); p++)
            if (mp_pool_nodes(mp_cluster_pool(k, p)) >= 2)
                enough++;
    }
    return now_ns() - start;
}

static void measure(const char *name, const mp_fleet *fleet, size_t size, const mp_deployment *d,
                    size_t runs)
{
    static uint64_t times[RUNS_MAX], loops[RUNS_MAX];
    uint64_t evaluations = 0, steps = 0;
    size_t asked = 0;
    const char *verdict = "";
    uint64_t middle;

    for (size_t i = 0; i < runs; i++) {
        uint64_t start;
        mp_plan *plan;
        mp_error err;

        /* Once before, since the plain loop has swept the caches. */
        must(mp_schedule(fleet, d, NULL, &plan, &err), &err);
        mp_plan_free(plan);
        asked = allocations;
        start = now_ns();
        must(mp_schedule(fleet, d, NULL, &plan, &err), &err);
        times[i] = now_ns() - start;
        asked = allocations - asked;
        evaluations = mp_plan_counter(plan, MP_COUNTER_EVALUATIONS);
        steps = mp_plan_counter(plan, MP_COUNTER_STEPS);
        verdict = mp_verdict_name(mp_plan_verdict(plan));
        mp_plan_free(plan);
        loops[i] = plain_loop(fleet);
    }
    middle = median(times, runs);
    printf("{\"name\":\"%s\",\"size\":%zu,\"verdict\":\"%s\",\"allocations\":%zu,"
           "\"evaluations\":%llu,\"steps\":%llu,\"median_ns\":%llu,\"p99_ns\":%llu,"
           "\"ratio\":%.2f}\n",
           name, size, verdict, asked, (unsigned long long)evaluations, (unsigned long long)steps,
           (unsigned long long)middle, (unsigned long long)times[runs - 1 - runs / 100],
           (double)middle / (double)median(loops, runs));
    fflush(stdout);
}

static size_t runs_for(size_t pools)
{
    return pools >= 100000 ? 51 : pools >= 10000 ? 201 : RUNS_MAX;
}

static void measure_on(const char *name, fleet_plan plan, mp_deployment *d)
{
    mp_fleet *fleet = make_fleet(&plan);

    measure(name, fleet, plan.pools, d, runs_for(plan.pools));
    mp_fleet_free(fleet);
    mp_deployment_free(d);
}

/* ---- other things than one warm call ---- */

static void report(const char *name, size_t size, uint64_t *times, size_t runs)
{
    uint64_t middle = median(times, runs);

    printf("{\"name\":\"%s\",\"size\":%zu,\"median_ns\":%llu,\"p99_ns\":%llu}\n", name, size,
           (unsigned long long)middle, (unsigned long long)times[runs - 1 - runs / 100]);
    fflush(stdout);
}

/* A gang that asks for the last of 64 classes of devices, in words of its own. */
static mp_deployment *make_picky(size_t number)
{
    char cel[240];
    mp_deployment *d;
    mp_engine *e;
    mp_error err;

    snprintf(cel, sizeof cel,
             "device.attributes[\"gpu.nvidia.com\"].serial >= 63 && "
             "device.capacity[\"gpu.nvidia.com\"].memory.compareTo(quantity(\"%zuMi\")) >= 0",
             number + 1);
    must(mp_deployment_new(&counting, LIT("ml"), LIT("picky"), &d, &err), &err);
    must(mp_deployment_set_replicas(d, 1), NULL);
    e = mp_deployment_add_engine(d, LIT("main"), 1, &err);
    if (!e)
        must(err.status, &err);
    add_member_by(e, MP_ROLE_LEADER, 1, cel);
    add_member_by(e, MP_ROLE_WORKER, 1, cel);
    return d;
}

/* A deployment with a selector that nobody has asked yet; `with` it being read and compiled, too.
 */
static void measure_cold(const char *name, fleet_plan plan, bool with)
{
    static uint64_t times[RUNS_MAX];
    mp_fleet *fleet = make_fleet(&plan);
    size_t runs = runs_for(plan.pools);

    for (size_t i = 0; i < runs; i++) {
        uint64_t start = now_ns();
        mp_deployment *d = make_picky(i);
        mp_plan *made;
        mp_error err;

        start = with ? start : now_ns();
        must(mp_schedule(fleet, d, NULL, &made, &err), &err);
        times[i] = now_ns() - start;
        if (mp_plan_verdict(made) != MP_VERDICT_PLACED)
            must(MP_ECHECK, NULL);
        mp_plan_free(made);
        mp_deployment_free(d);
    }
    report(name, plan.pools, times, runs);
    mp_fleet_free(fleet);
}

/* A refusal, with what is said of it: nothing, certificates, or reasons. */
typedef enum saying { SAY_NOTHING, SAY_PROOFS, SAY_REASONS } saying;

static void measure_refusal(const char *name, fleet_plan plan, mp_deployment *d, saying say)
{
    static uint64_t times[RUNS_MAX];
    mp_fleet *fleet = make_fleet(&plan);
    size_t runs = say ? 21 : runs_for(plan.pools);

    for (size_t i = 0; i < runs; i++) {
        uint64_t start = now_ns();
        mp_plan *made;
        mp_doc *why = NULL;
        mp_error err;

        must(mp_schedule(fleet, d, NULL, &made, &err), &err);
        if (say == SAY_PROOFS)
            must(mp_plan_certify(fleet, made, &err), &err);
        if (say == SAY_REASONS)
            must(mp_plan_explain(fleet, made, &why, &err), &err);
        times[i] = now_ns() - start;
        mp_doc_free(why);
        mp_plan_free(made);
    }
    report(name, plan.pools, times, runs);
    mp_fleet_free(fleet);
    mp_deployment_free(d);
}

/* ---- n + 1 of n ---- */

/* What there is one too many of, on one node (or so many nodes) of n devices. */
typedef enum too_many {
    TOO_MANY_DEVICES,
    TOO_MANY_REQUESTS,
    TOO_MANY_PODS,
    TOO_MANY_ENGINES
} too_many;

static mp_deployment *one_too_many(too_many what, int64_t n)
{
    int64_t engines = what == TOO_MANY_ENGINES ? n + 1 : 1;
    int64_t requests = what == TOO_MANY_REQUESTS ? n + 1 : 1;
    mp_deployment *d;
    mp_error err;

    must(mp_deployment_new(&counting, LIT("ml"), LIT("one-more"), &d, &err), &err);
    must(mp_deployment_set_replicas(d, 1), NULL);
    for (int64_t i = 0; i < engines; i++) {
        char name[32];
        mp_engine *e;
        mp_member *m;

        snprintf(name, sizeof name, "engine-%d", (int)i);
        e = mp_deployment_add_engine(d, name, MP_NTS, what == TOO_MANY_PODS ? n + 1 : 1, &err);
        m = e ? mp_engine_add_member(e, MP_ROLE_STANDALONE, &err) : NULL;
        if (!m)
            must(err.status, &err);
        for (int64_t r = 0; r < requests; r++) {
            mp_request *q;

            snprintf(name, sizeof name, "gpu-%d", (int)r);
            q = mp_member_add_request(m, name, MP_NTS, what == TOO_MANY_DEVICES ? n + 1 : 1, &err);
            if (!q)
                must(err.status, &err);
            must(mp_request_add_selector(q, LIT("device.driver == 'gpu.nvidia.com'"), &err), &err);
        }
    }
    return d;
}

static void measure_one_too_many(const char *name, too_many what, int64_t n)
{
    static uint64_t times[RUNS_MAX];
    mp_schedule_opts opts = MP_SCHEDULE_OPTS_INIT;
    fleet_plan none = { 0, 1, 0, 0 };
    mp_fleet *fleet = make_fleet(&none);
    mp_deployment *d = one_too_many(what, n);
    mp_error err;
    mp_cluster *c = mp_fleet_add_cluster(fleet, LIT("c"), &err);
    mp_pool *p = c ? mp_cluster_add_pool(c, LIT("p"), 1, &err) : NULL;

    opts.accounting = MP_ACCOUNTING_DEVICES;
    if (!p || !mp_pool_add_device(p, LIT("gpu"), LIT("gpu.nvidia.com"), LIT("gpu"), MP_CLAIM_DRA, n,
                                  &err))
        must(err.status, &err);
    must(mp_cluster_set_ready(c, true), NULL);
    must(mp_cluster_set_gateway(c, LIT("203.0.113.7")), NULL);
    for (size_t i = 0; i < RUNS_MAX; i++) {
        uint64_t start = now_ns();
        mp_plan *plan;

        must(mp_schedule(fleet, d, &opts, &plan, &err), &err);
        times[i] = now_ns() - start;
        if (mp_plan_verdict(plan) != MP_VERDICT_PARTIAL)
            must(MP_ECHECK, NULL);
        mp_plan_free(plan);
    }
    report(name, (size_t)n, times, RUNS_MAX);
    mp_deployment_free(d);
    mp_fleet_free(fleet);
}

/* ---- all of a fleet anew ---- */

/* Writes a placement down as a replica that runs. */
static void commit(mp_fleet *fleet, const mp_placement *placed, const char *owner, size_t number)
{
    size_t cluster_size, pool_size;
    const char *cluster = mp_placement_cluster(placed, &cluster_size);
    char name[64];
    mp_error err;
    mp_replica *r;

    snprintf(name, sizeof name, "%s-%zu", owner, number);
    r = mp_fleet_add_replica(fleet, LIT("ml"), name, MP_NTS, owner, MP_NTS, cluster, cluster_size,
                             mp_placement_index(placed), &err);
    if (!r)
        must(err.status, &err);
    for (size_t e = 0; e < mp_placement_engine_count(placed); e++) {
        const mp_engine *engine = mp_placement_engine(placed, e);
        const char *text = mp_engine_name(engine, NULL);
        mp_replica_engine *o = mp_replica_add_engine(r, text, MP_NTS, 1, &err);

        for (size_t m = 0; o && m < mp_engine_member_count(engine); m++) {
            const char *pool = mp_placement_pool(placed, e, m, &pool_size);

            must(mp_replica_add_member(o, m ? MP_ROLE_WORKER : MP_ROLE_LEADER, pool, pool_size, 1,
                                       true, &err),
                 &err);
        }
    }
}

/* Places `replicas` each of so many deployments one after the other on an empty fleet: each sees
 * what those before it took. */
static void measure_recomputation(size_t pools, size_t deployments, int64_t replicas)
{
    fleet_plan plan = { pools, POOLS_PER_CLUSTER, 64, 0 };
    uint64_t times[5], scheduling[5];
    size_t placed = 0;
    char name[64];

    for (size_t run = 0; run < 5; run++) {
        mp_fleet *fleet = make_fleet(&plan);
        uint64_t start = now_ns();

        placed = 0;
        scheduling[run] = 0;
        for (size_t i = 0; i < deployments; i++) {
            char owner[32];
            mp_deployment *d = make_deployment(replicas, 1, 1, "80Gi");
            uint64_t before = now_ns();
            mp_plan *made;
            mp_error err;

            must(mp_schedule(fleet, d, NULL, &made, &err), &err);
            scheduling[run] += now_ns() - before;
            snprintf(owner, sizeof owner, "chat-%zu", i);
            for (size_t k = 0; k < mp_plan_size(made); k++)
                commit(fleet, mp_plan_placement(made, k), owner, k);
            placed += mp_plan_size(made);
            mp_plan_free(made);
            mp_deployment_free(d);
        }
        times[run] = now_ns() - start;
        mp_fleet_free(fleet);
    }
    if (placed != deployments * (size_t)replicas)
        must(MP_ECHECK, NULL);
    snprintf(name, sizeof name, "recomputation_%zux%d", deployments, (int)replicas);
    report(name, pools, scheduling, 5);
    snprintf(name, sizeof name, "recomputation_%zux%d_with_commits", deployments, (int)replicas);
    report(name, pools, times, 5);
}

static void measure_memory(fleet_plan plan)
{
    size_t before = live_bytes;
    mp_fleet *fleet = make_fleet_with(&plan, &weighing);

    printf("{\"name\":\"memory\",\"size\":%zu,\"bytes\":%zu,\"bytes_per_pool\":%.1f}\n", plan.pools,
           live_bytes - before, (double)(live_bytes - before) / (double)plan.pools);
    mp_fleet_free(fleet);
}

static void measure_special_cases(void)
{
    static const int64_t sizes[] = { 8, 32, 128 };
    fleet_plan small = { 1000, POOLS_PER_CLUSTER, 9, 0 };
    fleet_plan many_classes = { 10000, POOLS_PER_CLUSTER, 9, 64 };

    measure_cold("cold_64_classes", many_classes, false);
    measure_cold("cold_64_classes_with_compiling", many_classes, true);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        measure_one_too_many("one_device_too_few", TOO_MANY_DEVICES, sizes[i]);
        measure_one_too_many("one_request_too_many", TOO_MANY_REQUESTS, sizes[i]);
        measure_one_too_many("one_pod_too_many", TOO_MANY_PODS, sizes[i]);
        measure_one_too_many("one_engine_too_many", TOO_MANY_ENGINES, sizes[i]);
    }
    measure_refusal("refusal", small, make_deployment(1, 1, 9, "80Gi"), SAY_NOTHING);
    measure_refusal("refusal_with_proofs", small, make_deployment(1, 1, 9, "80Gi"), SAY_PROOFS);
    measure_refusal("refusal_with_reasons", small, make_deployment(1, 1, 9, "80Gi"), SAY_REASONS);
    measure_recomputation(10000, 1, 10000);
    measure_recomputation(10000, 100, 100);
    measure_recomputation(10000, 1000, 10);
}

int main(void)
{
    static const size_t sizes[] = { 1000, 10000, 100000 };

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        fleet_plan usual = { sizes[i], POOLS_PER_CLUSTER, 9, 0 };
        fleet_plan distinct = { sizes[i], POOLS_PER_CLUSTER, 9, sizes[i] };
        fleet_plan single = { sizes[i], sizes[i], 9, 0 };
        fleet_plan one_each = { sizes[i], sizes[i], 1, 0 };

        measure_memory(usual);
        measure_memory(single);

        /* One replica: a leader and a worker, 8 devices each. */
        measure_on("place_gang", usual, make_deployment(1, 1, 1, "141Gi"));
        measure_on("place_gang_100_replicas", usual, make_deployment(100, 1, 1, "80Gi"));
        /* No pool has as many nodes: every cluster is asked. */
        measure_on("nothing_fits", usual, make_deployment(1, 1, 9, "80Gi"));
        /* No device has as much: every cluster is asked. */
        measure_on("nothing_matches", usual, make_deployment(1, 1, 1, "1Ti"));
        measure_on("nothing_fits_all_profiles_distinct", distinct,
                   make_deployment(1, 1, 9, "80Gi"));
        measure_on("gang_in_one_cluster", single, make_deployment(1, 1, 1, "141Gi"));
        /* 256 equal engines, each on one of many equal pools. */
        measure_on("ties_everywhere", one_each, make_deployment(1, 256, 0, "80Gi"));
    }
    /* 666 of the pools match, of one node each, and 667 engines want one. */
    measure_on("one_node_too_few", (fleet_plan){ 999, 999, 1, 0 },
               make_deployment(1, 667, 0, "80Gi"));
    measure_special_cases();
    return EXIT_SUCCESS;
}

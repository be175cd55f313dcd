/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same inputs give the same bytes, whatever the order in which they were added, and whatever
 * compiled the library.
 *
 * usage: place_digest [SHUFFLES]
 *
 * Random fleets are built again and again in other orders: clusters, labels, attributes and
 * replicas, clusters before or after what runs on them.  Plan, reasons and certificates must be
 * the same bytes each time.  The digest of all of them is printed, for builds to be compared by;
 * see place_digest.sh.
 *
 * What a fleet holds is a function of its number alone, so that it can be built in any order.
 */
#include "base_internal.h"
#include <inttypes.h>
#include <modelplane/schedule.h>
#include <stdio.h>
#include <stdlib.h>

#define SHUFFLES_EACH 100 /* of one fleet */
#define LIT(text) text, sizeof(text) - 1

enum { CLUSTERS = 5, POOLS = 4, LABELS = 4, ATTRIBUTES = 4, REPLICAS = 8, ITEMS_MAX = 8 };

static void must(mp_status st, const mp_error *err)
{
    if (st == MP_OK)
        return;
    printf("Bail out! %s %s\n", mp_status_name(st), err ? err->text : "");
    exit(EXIT_FAILURE);
}

/* ---- numbers ---- */

static uint64_t mix(uint64_t x)
{
    x ^= x >> 30;
    x *= UINT64_C(0xbf58476d1ce4e5b9);
    x ^= x >> 27;
    x *= UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* A number below `bound` that fleet `f` has for some question and its subject. */
static int pick(uint64_t f, const char *question, int a, int b, int bound)
{
    uint64_t x = mix(f + 1);

    for (; *question; question++)
        x = mix(x ^ (unsigned char)*question);
    return (int)(mix(mix(x + (uint64_t)a * 1000003u) + (uint64_t)b) % (uint64_t)bound);
}

/* Numbers 0 to count - 1 in an order that a shuffle gives; shuffle 0: as they are. */
static void shuffle(uint64_t *state, int *order, int count)
{
    for (int i = 0; i < count; i++)
        order[i] = i;
    for (int i = count - 1; i > 0 && *state != 0; i--) {
        int j = (int)((*state = mix(*state)) % (uint64_t)(i + 1)), moved = order[i];

        order[i] = order[j];
        order[j] = moved;
    }
}

/* ---- fleets ---- */

static void add_attribute(mp_device *d, uint64_t f, int kind, int which)
{
    char text[32];

    snprintf(text, sizeof text, "%dGi", 40 * (1 + pick(f, "memory", kind, 0, 3)));
    switch (which) {
    case 0:
        must(mp_device_set_int(d, LIT("size"), pick(f, "size", kind, 0, 3)), NULL);
        break;
    case 1:
        must(mp_device_set_string(d, LIT("model"), pick(f, "model", kind, 0, 2) ? "x" : "y", 1),
             NULL);
        break;
    case 2:
        must(mp_device_set_capacity(d, LIT("memory"), text, MP_NTS), NULL);
        break;
    default:
        must(mp_device_set_version(d, LIT("driver"), LIT("1.2.3")), NULL);
        break;
    }
}

static void add_pool(mp_cluster *c, uint64_t f, int cluster, int number, uint64_t *state)
{
    static const char *const fabrics[] = { "", "f", "g" };
    int order[ITEMS_MAX], key = cluster * POOLS + number;
    char name[16];
    mp_error err;
    mp_pool *p;

    snprintf(name, sizeof name, "p%d", number);
    p = mp_cluster_add_pool(c, name, MP_NTS, pick(f, "nodes", key, 0, 7), &err);
    must(p ? MP_OK : err.status, &err);
    must(mp_pool_set_fabric(p, fabrics[pick(f, "fabric", key, 0, 3)], MP_NTS), NULL);
    for (int i = 0, kinds = 1 + pick(f, "kinds", key, 0, 2); i < kinds; i++) {
        int kind = pick(f, "kind", key, i, 4);
        mp_device *d;

        snprintf(name, sizeof name, "x%d", i);
        d = mp_pool_add_device(p, name, MP_NTS, LIT("d"), kind % 2 ? "k" : "l", 1,
                               pick(f, "claim", key, i, 6) ? MP_CLAIM_DRA : MP_CLAIM_SYNTHETIC,
                               1 + pick(f, "devices", key, i, 8), &err);
        must(d ? MP_OK : err.status, &err);
        shuffle(state, order, ATTRIBUTES);
        for (int k = 0; k < ATTRIBUTES; k++)
            add_attribute(d, f, kind, order[k]);
    }
    if (pick(f, "levels", key, 0, 3) > 0)
        return;
    must(mp_pool_add_level(p, LIT("rack"), &err), &err);
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "r%d", i);
        must(mp_pool_add_domain(p, name, MP_NTS, pick(f, "domain", key, i, 4), &err) ? MP_OK
                                                                                     : err.status,
             &err);
    }
}

static void add_cluster(mp_fleet *fleet, uint64_t f, int number, uint64_t *state)
{
    int order[ITEMS_MAX];
    char name[16], value[16];
    mp_error err;
    mp_cluster *c;

    snprintf(name, sizeof name, "c%d", number);
    c = mp_fleet_add_cluster(fleet, name, MP_NTS, &err);
    must(c ? MP_OK : err.status, &err);
    must(mp_cluster_set_ready(c, pick(f, "ready", number, 0, 8) > 0), NULL);
    must(mp_cluster_set_gateway(c, LIT("203.0.113.7")), NULL);
    must(mp_cluster_set_cost(c, pick(f, "cost", number, 0, 3)), NULL);
    shuffle(state, order, LABELS);
    for (int i = 0; i < LABELS; i++) {
        snprintf(name, sizeof name, "label%d", order[i]);
        snprintf(value, sizeof value, "v%d", pick(f, "label", number, order[i], 4) / 3);
        must(mp_cluster_set_label(c, name, MP_NTS, value, MP_NTS), NULL);
    }
    for (int p = 0, pools = 1 + pick(f, "pools", number, 0, POOLS); p < pools; p++)
        add_pool(c, f, number, p, state);
}

/* Half of them are the deployment's own. */
static void add_replica(mp_fleet *fleet, uint64_t f, int number)
{
    char name[16], cluster[16], pool[16], node[16];
    int claimed = 1 + pick(f, "held", number, 0, 2);
    mp_error err;
    mp_replica *r;
    mp_replica_engine *e;

    snprintf(name, sizeof name, "r%d", number);
    snprintf(cluster, sizeof cluster, "c%d", pick(f, "site", number, 0, CLUSTERS));
    snprintf(pool, sizeof pool, "p%d", pick(f, "pool", number, 0, POOLS));
    snprintf(node, sizeof node, "n%d", pick(f, "node", number, 0, 3));
    r = mp_fleet_add_replica(fleet, "t", 1, name, MP_NTS, number % 2 ? "d" : "o", 1, cluster,
                             MP_NTS, pick(f, "index", number, 0, 3), &err);
    must(r ? MP_OK : err.status, &err);
    must(mp_replica_set_label(r, "app", 3, pick(f, "app", number, 0, 2) ? "a" : "b", 1), NULL);
    e = mp_replica_add_engine(r, "e0", 2, 1, &err);
    must(e ? MP_OK : err.status, &err);
    must(mp_replica_add_member(e, MP_ROLE_LEADER, pool, MP_NTS, 1, true, &err), &err);
    must(mp_replica_add_member(e, MP_ROLE_WORKER, pool, MP_NTS, 1, true, &err), &err);
    if (pick(f, "named", number, 0, 2)) {
        must(mp_replica_add_pods(e, "", 0, "", 0, node, MP_NTS, 1, &err), &err);
        must(mp_replica_hold(e, "x0", 2, claimed, &err), &err);
    }
}

static mp_fleet *make_fleet(uint64_t f, uint64_t *state)
{
    int clusters[ITEMS_MAX], replicas[ITEMS_MAX], first[2];
    mp_fleet *fleet;
    mp_error err;

    must(mp_fleet_new(NULL, &fleet, &err), &err);
    shuffle(state, clusters, CLUSTERS);
    shuffle(state, replicas, REPLICAS);
    shuffle(state, first, 2);
    for (int half = 0; half < 2; half++) {
        for (int i = 0; i < CLUSTERS && first[half] == 0; i++)
            add_cluster(fleet, f, clusters[i], state);
        for (int i = 0; i < REPLICAS && first[half] == 1; i++)
            add_replica(fleet, f, replicas[i]);
    }
    return fleet;
}

static mp_deployment *make_deployment(uint64_t f)
{
    static const char *const selectors[] = {
        "device.attributes[\"d\"].size > 0", "device.attributes[\"d\"].model == \"x\"",
        "device.capacity[\"d\"].memory.compareTo(quantity(\"80Gi\")) >= 0"
    };
    mp_deployment *d;
    mp_error err;

    must(mp_deployment_new(NULL, "t", 1, "d", 1, &d, &err), &err);
    must(mp_deployment_set_replicas(d, 1 + pick(f, "replicas", 0, 0, 8)), NULL);
    must(mp_deployment_select_cluster(d, LIT("label0"), LIT("v0")), NULL);
    must(mp_deployment_prefer_cluster(d, LIT("label1"), LIT("v1")), NULL);
    for (int e = 0, engines = 1 + pick(f, "engines", 0, 0, 3); e < engines; e++) {
        char name[16];
        mp_engine *of;

        snprintf(name, sizeof name, "e%d", e);
        of = mp_deployment_add_engine(d, name, MP_NTS, 1 + pick(f, "copies", e, 0, 2), &err);
        must(of ? MP_OK : err.status, &err);
        if (pick(f, "near", e, 0, 4) == 0)
            must(mp_engine_set_level(of, LIT("rack"), MP_STRENGTH_PREFERRED), NULL);
        for (int m = 0; m < 2; m++) {
            mp_member *member = mp_engine_add_member(of, m ? MP_ROLE_WORKER : MP_ROLE_LEADER, &err);
            mp_request *q =
                mp_member_add_request(member, LIT("gpu"), 1 + pick(f, "count", e, m, 4), &err);

            must(mp_request_add_selector(q, selectors[pick(f, "selector", e, m, 3)], MP_NTS, &err),
                 &err);
        }
    }
    return d;
}

/* ---- answers ---- */

static void put_placement(mp__sha256 *sum, const mp_placement *p)
{
    char line[256];
    mp_share share;
    int n = snprintf(line, sizeof line, "%s/%" PRId64 "%s", mp_placement_cluster(p, NULL),
                     mp_placement_index(p), mp_placement_retained(p) ? "!" : "");

    mp__sha256_update(sum, line, (size_t)n);
    for (size_t e = 0; e < mp_placement_engine_count(p); e++) {
        const mp_engine *engine = mp_placement_engine(p, e);

        for (size_t m = 0; m < mp_engine_member_count(engine); m++) {
            for (size_t i = 0; mp_placement_share(p, e, m, i, &share); i++) {
                n = snprintf(line, sizeof line, " %s.%zu:%.*s/%.*s x%" PRId64,
                             mp_engine_name(engine, NULL), m, (int)share.pool_size, share.pool,
                             (int)share.domain_size, share.domain, share.pods);
                mp__sha256_update(sum, line, (size_t)n);
            }
            for (size_t i = 0; i < mp_placement_claim_count(p, e, m); i++) {
                const char *name;

                mp_placement_claim(p, e, m, i, &name, NULL);
                mp__sha256_update(sum, name, strlen(name));
            }
        }
    }
}

/* The digest of all that is said of a fleet; `state` 0: built as it comes. */
static void answer(uint64_t f, uint64_t state, unsigned char digest[32])
{
    mp_schedule_opts opts = MP_SCHEDULE_OPTS_INIT;
    mp_fleet *fleet = make_fleet(f, &state);
    mp_deployment *d = make_deployment(f);
    mp_certificate c;
    mp__sha256 sum;
    mp_text json;
    mp_error err;
    mp_plan *plan;
    mp_doc *why;

    opts.accounting = pick(f, "accounting", 0, 0, 2) ? MP_ACCOUNTING_DEVICES : MP_ACCOUNTING_NODES;
    opts.span = pick(f, "span", 0, 0, 2) ? MP_SPAN_FABRIC : MP_SPAN_POOL;
    opts.clusters = (mp_cluster_policy)pick(f, "clusters", 0, 0, MP_CLUSTERS_SCORED);
    opts.pools = (mp_pool_policy)pick(f, "policy", 0, 0, MP_POOLS_SCORED);
    opts.least_movement = pick(f, "least", 0, 0, 2);
    mp__sha256_init(&sum);
    must(mp_schedule(fleet, d, &opts, &plan, &err), &err);
    must(mp_plan_certify(fleet, plan, &err), &err);
    must(mp_plan_check(fleet, d, &opts, plan, &err), &err);
    for (size_t i = 0; i < mp_plan_size(plan); i++)
        put_placement(&sum, mp_plan_placement(plan, i));
    for (size_t i = 0; mp_plan_certificate(plan, i, &c); i++) {
        int64_t numbers[] = { c.proof, c.unit, c.needs, c.has };
        char line[128];
        int n = snprintf(line, sizeof line, "%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64,
                         numbers[0], numbers[1], numbers[2], numbers[3]);

        mp__sha256_update(&sum, line, (size_t)n);
    }
    must(mp_plan_explain(fleet, plan, &why, &err), &err);
    must(mp_json_text(NULL, mp_doc_root(why), 0, &json, &err), &err);
    mp__sha256_update(&sum, json.data, json.size);
    mp__sha256_final(&sum, digest);
    mp_text_fini(&json);
    mp_doc_free(why);
    mp_plan_free(plan);
    mp_deployment_free(d);
    mp_fleet_free(fleet);
}

int main(int argc, char **argv)
{
    long shuffles = argc > 1 ? strtol(argv[1], NULL, 10) : 1000, differ = 0;
    unsigned char first[32] = { 0 }, digest[32];
    mp__sha256 all;

    mp__sha256_init(&all);
    for (long i = 0; i < shuffles; i++) {
        uint64_t fleet = (uint64_t)(i / SHUFFLES_EACH);

        answer(fleet, (uint64_t)(i % SHUFFLES_EACH), digest);
        if (i % SHUFFLES_EACH == 0) {
            memcpy(first, digest, sizeof first);
            mp__sha256_update(&all, digest, sizeof digest);
        } else if (memcmp(first, digest, sizeof first) != 0) {
            printf("# fleet %" PRIu64 ", shuffle %ld: another answer\n", fleet, i % SHUFFLES_EACH);
            differ++;
        }
    }
    mp__sha256_final(&all, digest);
    printf("1..1\n%sok 1 - %ld shuffles, digest ", differ ? "not " : "", shuffles);
    for (size_t i = 0; i < sizeof digest; i++)
        printf("%02x", digest[i]);
    printf("\n");
    return differ > 0;
}

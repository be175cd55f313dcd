/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A control loop: a fleet made by calls, events that change it, and what is to be done after each.
 *
 *     cc controller.c $(pkg-config --cflags --libs modelplane) && ./a.out <controller.events
 *
 * The fleet is changed in place, never built anew.  After an event only those deployments are
 * planned that it can matter to: those that changed, those with a replica on a cluster that did,
 * and those that are short of replicas.  What runs is recorded in the fleet, so a plan keeps what
 * can stay, and the difference to what ran before is what there is to do.
 *
 * A controller for Kubernetes has the same parts: a watch in place of the lines of standard input,
 * and apply and delete in place of printf().
 */
#include <inttypes.h>
#include <modelplane/modelplane.h>
#include <stdio.h>
#include <string.h>

#define NAME_SIZE 64   /* of a cluster, pool or deployment, the NUL included */
#define DEPLOYMENTS 32 /* of the controller */
#define REPLICAS 32    /* of a deployment */
#define NS "models"

/* What runs, as far as the plan must be compared with it. */
typedef struct running {
    char cluster[NAME_SIZE];
    int64_t index, nodes;
    bool stays;
} running;

typedef struct service {
    char name[NAME_SIZE];
    mp_deployment *deployment;
    running replicas[REPLICAS];
    size_t count;
    bool dirty; /* must be planned */
    bool is_short;
    char why[256], said[256]; /* what is wrong, now and when it was said last; "" for nothing */
} service;

typedef struct controller {
    mp_fleet *fleet;
    service services[DEPLOYMENTS];
    size_t count;
} controller;

static mp_status fail(mp_error *err, mp_status st, const char *text)
{
    err->status = st;
    (void)snprintf(err->text, sizeof err->text, "%s", text);
    return st;
}

/* ---- the fleet ---- */

/* Nodes with eight GPUs of one kind. */
static mp_status add_pool(mp_cluster *cluster, const char *name, int64_t nodes, const char *memory,
                          mp_error *err)
{
    mp_pool *pool = mp_cluster_add_pool(cluster, name, MP_NTS, nodes, err);
    mp_device *gpu = pool ? mp_pool_add_device(pool, "gpu", MP_NTS, "gpu.nvidia.com", MP_NTS,
                                               "gpu.nvidia.com", MP_NTS, MP_CLAIM_DRA, 8, err)
                          : NULL;

    return gpu ? mp_device_set_capacity(gpu, "memory", MP_NTS, memory, MP_NTS) : err->status;
}

static mp_status make_fleet(mp_fleet **out, mp_error *err)
{
    static const struct {
        const char *cluster, *pool, *memory;
        int64_t nodes;
    } pools[] = {
        { "east", "h200", "141Gi", 4 },
        { "east", "h100", "80Gi", 2 },
        { "west", "h200", "141Gi", 3 },
        { "south", "h100", "80Gi", 2 },
    };
    mp_status st = mp_fleet_new(NULL, out, err);

    for (size_t i = 0; i < sizeof pools / sizeof *pools && st == MP_OK; i++) {
        mp_cluster *c = mp_fleet_find_cluster(*out, pools[i].cluster, MP_NTS);

        if (!c) {
            c = mp_fleet_add_cluster(*out, pools[i].cluster, MP_NTS, err);
            st = c ? mp_cluster_set_gateway(c, "192.0.2.1", MP_NTS) : err->status;
            if (st == MP_OK)
                st = mp_cluster_set_ready(c, true);
        }
        if (st == MP_OK)
            st = add_pool(c, pools[i].pool, pools[i].nodes, pools[i].memory, err);
    }
    return st;
}

/* ---- deployments ---- */

static mp_status add_member(mp_engine *engine, mp_role role, int64_t nodes, const char *memory,
                            mp_error *err)
{
    mp_member *member = mp_engine_add_member(engine, role, err);
    mp_request *gpus = member ? mp_member_add_request(member, "gpu", MP_NTS, 8, err) : NULL;
    char selector[160];
    mp_status st;

    if (!gpus)
        return err->status;
    (void)snprintf(selector, sizeof selector,
                   "device.capacity[\"gpu.nvidia.com\"].memory.compareTo(quantity(\"%s\")) >= 0",
                   memory);
    st = mp_request_add_selector(gpus, selector, MP_NTS, err);
    return st == MP_OK && role == MP_ROLE_WORKER ? mp_member_set_nodes(member, nodes) : st;
}

/* One engine over `nodes` nodes: a gang from two on. */
static mp_status make_deployment(const char *name, int64_t replicas, int64_t nodes,
                                 const char *memory, mp_deployment **out, mp_error *err)
{
    mp_status st = mp_deployment_new(NULL, NS, MP_NTS, name, MP_NTS, out, err);
    mp_engine *engine = st == MP_OK ? mp_deployment_add_engine(*out, "main", MP_NTS, 1, err) : NULL;

    if (!engine)
        return err->status;
    st = mp_deployment_set_replicas(*out, replicas);
    if (st == MP_OK && nodes == 1)
        return add_member(engine, MP_ROLE_STANDALONE, 1, memory, err);
    if (st == MP_OK)
        st = add_member(engine, MP_ROLE_LEADER, 1, memory, err);
    if (st == MP_OK)
        st = add_member(engine, MP_ROLE_WORKER, nodes - 1, memory, err);
    return st;
}

static service *find_service(controller *c, const char *name)
{
    for (size_t i = 0; i < c->count; i++)
        if (strcmp(c->services[i].name, name) == 0)
            return &c->services[i];
    return NULL;
}

/* ---- from a plan to what there is to do ---- */

static void name_replica(const service *s, const char *cluster, int64_t index, char *out,
                         size_t size)
{
    (void)snprintf(out, size, "%s-%s-%" PRId64, s->name, cluster, index);
}

/* Nodes with devices that one replica of a plan takes. */
static int64_t placement_nodes(const mp_placement *p)
{
    int64_t nodes = 0;

    for (size_t i = 0; i < mp_placement_engine_count(p); i++) {
        const mp_engine *engine = mp_placement_engine(p, i);

        for (size_t j = 0; j < mp_engine_member_count(engine); j++)
            if (mp_placement_claim_count(p, i, j) > 0)
                nodes += mp_engine_copies(engine) * mp_member_nodes(mp_engine_member(engine, j));
    }
    return nodes;
}

/* Tell the fleet what a replica takes, so that later plans count it. */
static mp_status record(controller *c, const service *s, const mp_placement *p, mp_error *err)
{
    const char *cluster = mp_placement_cluster(p, NULL);
    char name[2 * NAME_SIZE + 24];
    mp_replica *replica;
    mp_status st = MP_OK;

    name_replica(s, cluster, mp_placement_index(p), name, sizeof name);
    replica = mp_fleet_add_replica(c->fleet, NS, MP_NTS, name, MP_NTS, s->name, MP_NTS, cluster,
                                   MP_NTS, mp_placement_index(p), err);
    for (size_t i = 0; replica && i < mp_placement_engine_count(p) && st == MP_OK; i++) {
        const mp_engine *engine = mp_placement_engine(p, i);
        mp_replica_engine *runs = mp_replica_add_engine(replica, mp_engine_name(engine, NULL),
                                                        MP_NTS, mp_engine_copies(engine), err);

        if (!runs)
            return err->status;
        for (size_t j = 0; j < mp_engine_member_count(engine) && st == MP_OK; j++) {
            const mp_member *member = mp_engine_member(engine, j);

            st = mp_replica_add_member(
                runs, mp_member_role(member), mp_placement_pool(p, i, j, NULL), MP_NTS,
                mp_member_nodes(member), mp_placement_claim_count(p, i, j) > 0, err);
        }
    }
    return replica ? st : err->status;
}

static void forget(controller *c, const service *s, const running *r, char *name, size_t size)
{
    name_replica(s, r->cluster, r->index, name, size);
    mp_fleet_remove_replica(c->fleet, mp_fleet_find_replica(c->fleet, NS, MP_NTS, name, MP_NTS));
}

/* A controller applies the objects of mp_compose() here. */
static mp_status start(controller *c, service *s, const mp_placement *p, mp_error *err)
{
    running *r = &s->replicas[s->count];

    if (s->count == REPLICAS)
        return fail(err, MP_ELIMIT, "too many replicas");
    *r = (running){ .index = mp_placement_index(p), .nodes = placement_nodes(p), .stays = true };
    (void)snprintf(r->cluster, NAME_SIZE, "%s", mp_placement_cluster(p, NULL));
    s->count++;
    printf("  + %s-%s-%" PRId64 ": %" PRId64 " node%s of pool %s\n", s->name, r->cluster, r->index,
           r->nodes, r->nodes == 1 ? "" : "s", mp_placement_pool(p, 0, 0, NULL));
    return record(c, s, p, err);
}

static void stop(controller *c, const service *s, const running *r)
{
    char name[2 * NAME_SIZE + 24];

    forget(c, s, r, name, sizeof name);
    printf("  - %s\n", name);
}

/* It stays where it is, but its deployment has another size now. */
static mp_status change(controller *c, const service *s, running *r, const mp_placement *p,
                        mp_error *err)
{
    char name[2 * NAME_SIZE + 24];

    if (r->nodes == placement_nodes(p))
        return MP_OK;
    forget(c, s, r, name, sizeof name);
    printf("  ~ %s: %" PRId64 " nodes become %" PRId64 "\n", name, r->nodes, placement_nodes(p));
    r->nodes = placement_nodes(p);
    return record(c, s, p, err);
}

/* What does not stay goes first, so that a new replica can have its name. */
static void stop_the_rest(controller *c, service *s)
{
    size_t kept = 0;

    for (size_t i = 0; i < s->count; i++) {
        if (s->replicas[i].stays)
            s->replicas[kept++] = s->replicas[i];
        else
            stop(c, s, &s->replicas[i]);
    }
    s->count = kept;
}

/* A line about a deployment that is short of replicas. */
static mp_status explain(const controller *c, service *s, const mp_plan *plan, mp_error *err)
{
    const mp_object *fix;
    mp_doc *reasons;
    mp_status st = mp_plan_explain(c->fleet, plan, &reasons, err);
    int size;

    if (st != MP_OK)
        return st;
    fix = mp_object_get(mp_doc_root(reasons), "fix", MP_NTS);
    size = snprintf(s->why, sizeof s->why, "%zu of %" PRId64 " replicas", mp_plan_size(plan),
                    mp_deployment_replicas(s->deployment));
    if (fix && size > 0)
        (void)snprintf(s->why + size, sizeof s->why - (size_t)size, "; on %s it would help to %s",
                       mp_object_string(mp_object_get(fix, "cluster", MP_NTS), NULL),
                       mp_object_string(mp_object_get(fix, "message", MP_NTS), NULL));
    mp_doc_free(reasons);
    return MP_OK;
}

/* The placement that keeps a running replica, or NULL. */
static const mp_placement *find_kept(const mp_plan *plan, const running *r)
{
    for (size_t i = 0; i < mp_plan_size(plan); i++) {
        const mp_placement *p = mp_plan_placement(plan, i);

        if (mp_placement_retained(p) && mp_placement_index(p) == r->index &&
            strcmp(mp_placement_cluster(p, NULL), r->cluster) == 0)
            return p;
    }
    return NULL;
}

static mp_status carry_out(controller *c, service *s, const mp_plan *plan, mp_error *err)
{
    mp_status st = MP_OK;

    for (size_t i = 0; i < s->count; i++)
        s->replicas[i].stays = find_kept(plan, &s->replicas[i]) != NULL;
    stop_the_rest(c, s);
    for (size_t i = 0; i < s->count && st == MP_OK; i++)
        st = change(c, s, &s->replicas[i], find_kept(plan, &s->replicas[i]), err);
    for (size_t i = 0; i < mp_plan_size(plan) && st == MP_OK; i++)
        if (!mp_placement_retained(mp_plan_placement(plan, i)))
            st = start(c, s, mp_plan_placement(plan, i), err);
    return st;
}

static mp_status plan_service(controller *c, service *s, mp_error *err)
{
    mp_plan *plan;
    mp_status st = mp_schedule(c->fleet, s->deployment, NULL, &plan, err);

    if (st == MP_OK)
        st = mp_plan_check(c->fleet, s->deployment, NULL, plan, err);
    s->dirty = false;
    s->is_short = st != MP_OK || mp_plan_verdict(plan) != MP_VERDICT_PLACED;
    s->why[0] = '\0';
    if (st == MP_OK && s->is_short) /* before the fleet changes: reasons are of this plan */
        st = explain(c, s, plan, err);
    if (st == MP_OK)
        st = carry_out(c, s, plan, err);
    mp_plan_free(plan);
    return st;
}

/* What is wrong with a deployment is said when it changes. */
static void say(service *s)
{
    if (strcmp(s->why, s->said) != 0)
        printf("  ! %s: %s\n", s->name, s->why[0] ? s->why : "all replicas placed");
    memcpy(s->said, s->why, sizeof s->said);
}

/* In the order in which deployments came; room that one gives up is there for those after it, and
 * another round for those before it. */
static mp_status plan_dirty(controller *c, mp_error *err)
{
    uint64_t version;
    size_t planned = 0;

    for (size_t i = 0; i < c->count; i++)
        c->services[i].dirty = c->services[i].dirty || c->services[i].is_short;
    do {
        version = mp_fleet_version(c->fleet);
        for (size_t i = 0; i < c->count; i++) {
            mp_status st = MP_OK;

            if (c->services[i].dirty) {
                planned++;
                st = plan_service(c, &c->services[i], err);
            }
            if (st != MP_OK)
                return st;
        }
        for (size_t i = 0; i < c->count && version != mp_fleet_version(c->fleet); i++)
            c->services[i].dirty = c->services[i].is_short;
    } while (version != mp_fleet_version(c->fleet));
    for (size_t i = 0; i < c->count; i++)
        say(&c->services[i]);
    printf("  (%zu plan%s for %zu deployments)\n", planned, planned == 1 ? "" : "s", c->count);
    return MP_OK;
}

/* ---- events ---- */

static void touch(controller *c, const char *cluster)
{
    for (size_t i = 0; i < c->count; i++)
        for (size_t j = 0; j < c->services[i].count; j++)
            if (strcmp(c->services[i].replicas[j].cluster, cluster) == 0)
                c->services[i].dirty = true;
}

static mp_status deploy(controller *c, const char *name, int64_t replicas, int64_t nodes,
                        const char *memory, mp_error *err)
{
    service *s = find_service(c, name);
    mp_deployment *changed = NULL;
    mp_status st;

    if (!s && c->count == DEPLOYMENTS)
        return fail(err, MP_ELIMIT, "too many deployments");
    st = make_deployment(name, replicas, nodes, memory, &changed, err);
    if (st != MP_OK) {
        mp_deployment_free(changed);
        return st;
    }
    if (!s) {
        s = &c->services[c->count++];
        *s = (service){ .count = 0 };
        (void)snprintf(s->name, sizeof s->name, "%s", name);
    }
    mp_deployment_free(s->deployment);
    s->deployment = changed;
    s->dirty = true;
    return MP_OK;
}

static mp_status undeploy(controller *c, const char *name, mp_error *err)
{
    service *s = find_service(c, name);

    if (!s)
        return fail(err, MP_ENOENT, "no such deployment");
    for (size_t i = 0; i < s->count; i++)
        stop(c, s, &s->replicas[i]);
    mp_deployment_free(s->deployment);
    memmove(s, s + 1, (size_t)(c->services + c->count - (s + 1)) * sizeof *s);
    c->count--;
    return MP_OK;
}

static mp_status resize(controller *c, const char *cluster, const char *pool, int64_t nodes,
                        mp_error *err)
{
    mp_cluster *found = mp_fleet_find_cluster(c->fleet, cluster, MP_NTS);
    mp_pool *p = found ? mp_cluster_find_pool(found, pool, MP_NTS) : NULL;

    if (!p)
        return fail(err, MP_ENOENT, "no such pool");
    touch(c, cluster);
    return mp_pool_set_nodes(p, nodes);
}

static mp_status set_cluster(controller *c, const char *event, const char *cluster, mp_error *err)
{
    mp_cluster *found = mp_fleet_find_cluster(c->fleet, cluster, MP_NTS);

    if (!found)
        return fail(err, MP_ENOENT, "no such cluster");
    touch(c, cluster);
    if (strcmp(event, "lose") != 0)
        return mp_cluster_set_ready(found, strcmp(event, "uncordon") == 0);
    mp_fleet_remove_cluster(c->fleet, found);
    return MP_OK;
}

/* One line: an event and its words. */
static mp_status handle(controller *c, const char *line, mp_error *err)
{
    char event[NAME_SIZE], name[NAME_SIZE] = "", third[NAME_SIZE] = "", memory[16] = "80Gi";
    long replicas = 0, nodes = 1;

    if (sscanf(line, "deploy %63s %ld %ld %15s", name, &replicas, &nodes, memory) >= 2 &&
        replicas >= 0 && replicas <= REPLICAS && nodes >= 1)
        return deploy(c, name, replicas, nodes, memory, err);
    if (sscanf(line, "pool %63s %63s %ld", name, third, &nodes) == 3)
        return resize(c, name, third, nodes, err);
    if (sscanf(line, "%63s %63s", event, name) == 2) {
        if (strcmp(event, "undeploy") == 0)
            return undeploy(c, name, err);
        if (strcmp(event, "cordon") == 0 || strcmp(event, "uncordon") == 0 ||
            strcmp(event, "lose") == 0)
            return set_cluster(c, event, name, err);
    }
    return fail(err, MP_EPARSE, "unknown event");
}

/* An event that makes no sense is said and passed over: the loop goes on. */
static mp_status run(controller *c, FILE *events, mp_error *err)
{
    char line[256];
    mp_status st = make_fleet(&c->fleet, err);

    while (st == MP_OK && fgets(line, sizeof line, events)) {
        line[strcspn(line, "\r\n")] = '\0';
        if (!line[0] || line[0] == '#')
            continue;
        printf("%s\n", line);
        if (handle(c, line, err) != MP_OK)
            printf("  ? %s\n", err->text);
        st = plan_dirty(c, err);
    }
    return st;
}

int main(void)
{
    static controller c;
    mp_error err = { 0 };
    mp_status st = run(&c, stdin, &err);

    if (st != MP_OK)
        fprintf(stderr, "%s: %s\n", mp_status_name(st), err.text);
    for (size_t i = 0; i < c.count; i++)
        mp_deployment_free(c.services[i].deployment);
    mp_fleet_free(c.fleet);
    return st == MP_OK ? 0 : 1;
}

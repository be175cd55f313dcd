/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From documents and a plan to a picture: which pool has how many nodes, and who takes some of
 * them.
 *
 * Every copy of every engine is noted in the pools that it takes nodes of (a load); deal.c says
 * which nodes these are.  Everything is bounded by what is drawn, however many nodes and copies a
 * document speaks of.
 */
#include "picture.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- clusters ---- */

static bool is_kind(const cli_document *document, const char *kind)
{
    return !document->replaced && mp_document_known(document->object) &&
           strcmp(cli_string(cli_get(document->object, "kind")), kind) == 0;
}

/* A field of a cluster's status: what was derived goes before what was read. */
static const mp_object *status_field(const mp_object *document, const mp_object *status,
                                     const char *key)
{
    const mp_object *derived = cli_get(cli_get(status, "status"), key);

    return derived ? derived : cli_get(cli_get(document, "status"), key);
}

static bool is_ready(const mp_object *conditions)
{
    const mp_object *c = mp_object_first(conditions);

    while (c && strcmp(cli_string(cli_get(c, "type")), "Ready") != 0)
        c = mp_object_next(c);
    return strcmp(cli_string(cli_get(c, "status")), "True") == 0;
}

/* Why a cluster takes nothing new, or not from everyone. */
static char *find_cordon(const mp_object *document, const mp_object *status)
{
    const mp_object *taint = mp_object_first(cli_find(document, "spec.taints"));
    const mp_object *gateway = status_field(document, status, "gateway");
    cli_text text = { 0 };

    if (!is_ready(status_field(document, status, "conditions")))
        cli_text_printf(&text, "not Ready");
    else if (!*cli_string(cli_get(gateway, "address")))
        cli_text_printf(&text, "no gateway");
    for (; taint; taint = mp_object_next(taint)) {
        const char *value = cli_string(cli_get(taint, "value"));

        cli_text_printf(&text, "%s%s%s%s:%s", text.size ? ", " : "taint ",
                        cli_string(cli_get(taint, "key")), *value ? "=" : "", value,
                        cli_string(cli_get(taint, "effect")));
    }
    return text.data;
}

static picture_pool *find_pool(picture_cluster *cluster, const char *name)
{
    for (size_t i = 0; cluster && i < cluster->pool_count; i++)
        if (strcmp(cluster->pools[i].name, name) == 0)
            return &cluster->pools[i];
    return NULL;
}

/* A second pool of one name is not valid, and the first one stands. */
static void read_pools(picture_cluster *cluster, const mp_object *list)
{
    const mp_object *item = mp_object_first(list);

    cluster->pools = cli_resize(NULL, PICTURE_POOLS_MAX, sizeof *cluster->pools);
    for (; item; item = mp_object_next(item)) {
        const char *name = cli_string(cli_get(item, "name"));

        if (cluster->pool_count == PICTURE_POOLS_MAX)
            cluster->more_pools++;
        else if (!find_pool(cluster, name))
            cluster->pools[cluster->pool_count++] =
                (picture_pool){ .name = name,
                                .devices = cli_get(item, "devices"),
                                .nodes = picture_count(item, "nodes", 0) };
    }
}

static int compare_clusters(const void *a, const void *b)
{
    return strcmp(((const picture_cluster *)a)->name, ((const picture_cluster *)b)->name);
}

static int compare_items(const void *a, const void *b)
{
    return cli_compare_identity(*(const mp_object *const *)a, *(const mp_object *const *)b);
}

static const mp_object **sort_items(const mp_object *list, size_t *count)
{
    const mp_object **items = cli_resize(NULL, mp_object_size(list), sizeof *items);

    *count = 0;
    for (const mp_object *item = mp_object_first(list); item; item = mp_object_next(item))
        items[(*count)++] = item;
    if (*count > 0)
        qsort(items, *count, sizeof *items, compare_items);
    return items;
}

static void read_clusters(cli_picture *picture, const cli_input *input, const mp_object *result)
{
    size_t status_count;
    const mp_object **statuses = sort_items(cli_get(result, "statuses"), &status_count);

    picture->clusters = cli_resize(NULL, input->count, sizeof *picture->clusters);
    for (size_t i = 0; i < input->count; i++) {
        const mp_object *document = input->items[i].object, *status = NULL;
        const mp_object **found;
        picture_cluster *cluster;

        if (!is_kind(&input->items[i], "InferenceCluster"))
            continue;
        found = status_count
                    ? bsearch(&document, statuses, status_count, sizeof *statuses, compare_items)
                    : NULL;
        status = found ? *found : NULL;
        cluster = &picture->clusters[picture->cluster_count++];
        *cluster = (picture_cluster){ .name = cli_string(cli_find(document, "metadata.name")),
                                      .cordon = find_cordon(document, status) };
        read_pools(cluster, status_field(document, status, "gpuPools"));
        picture->pool_count += cluster->pool_count;
    }
    free(statuses);
    if (picture->cluster_count > 0)
        qsort(picture->clusters, picture->cluster_count, sizeof *picture->clusters,
              compare_clusters);
}

static picture_cluster *find_cluster(const cli_picture *picture, const char *name)
{
    picture_cluster key = { .name = name };

    return picture->cluster_count ? bsearch(&key, picture->clusters, picture->cluster_count,
                                            sizeof *picture->clusters, compare_clusters)
                                  : NULL;
}

/* ---- loads ---- */

/* What a pod takes; all of the node where that cannot be told. */
static void measure(picture_part *part, const picture_pool *pool, const mp_object *claims,
                    bool shared)
{
    part->share = shared ? 0 : PICTURE_WHOLE;
    for (const mp_object *c = mp_object_first(claims); c && shared; c = mp_object_next(c)) {
        int64_t total, count = picture_count(c, "count", 1);
        size_t class = picture_class(pool, cli_string(cli_get(c, "deviceClassName")), &total);
        unsigned share = PICTURE_WHOLE;

        if (class < PICTURE_CLASSES && count <= total)
            part->claims[class] = picture_add(part->claims[class], count);
        if (class < PICTURE_CLASSES && part->claims[class] < total &&
            total < INT64_MAX / PICTURE_WHOLE)
            share = (unsigned)(part->claims[class] * PICTURE_WHOLE / total);
        if (share > part->share)
            part->share = share;
    }
    if (part->share == 0)
        part->share = 1;
}

static void put_part(picture_load *l, const picture_pool *pool, int64_t pods,
                     const mp_object *claims, bool shared)
{
    picture_part part = { .pods = pods };

    measure(&part, pool, claims, shared);
    l->parts = cli_resize(l->parts, l->part_count + 1, sizeof *l->parts);
    l->parts[l->part_count++] = part;
    l->copy.nodes = picture_add(l->copy.nodes, pods);
    if (part.share > l->share)
        l->share = part.share;
}

static picture_load *add_load(picture_pool *pool, const picture_copy *copy)
{
    if (pool->load_count == pool->load_capacity) {
        pool->load_capacity = pool->load_capacity ? 2 * pool->load_capacity : 16;
        pool->loads = cli_resize(pool->loads, pool->load_capacity, sizeof *pool->loads);
    }
    pool->loads[pool->load_count] = (picture_load){ .copy = *copy, .order = pool->load_count };
    return &pool->loads[pool->load_count++];
}

/* How an engine of a plan and one of a ModelReplica name the same things. */
typedef struct spelling {
    const char *pool, *claims;
} spelling;

static const spelling of_plan = { "pool", "claims" };
static const spelling of_replica = { "nodePoolName", "deviceRequests" };

static int64_t member_pods(const mp_object *member, const spelling *names)
{
    if (mp_object_size(cli_get(member, names->claims)) == 0)
        return 0;
    if (names == &of_plan)
        return picture_count(member, "nodes", 1);
    return picture_count(cli_get(member, "worker"), "nodes", 1);
}

static bool seen_before(const mp_object *members, const mp_object *member, const spelling *names)
{
    const mp_object *m = mp_object_first(members);

    while (m != member && !mp_object_equal(cli_get(m, names->pool), cli_get(member, names->pool)))
        m = mp_object_next(m);
    return m != member;
}

static int64_t pods_of(const mp_object *members, const spelling *names)
{
    int64_t pods = 0;

    for (const mp_object *m = mp_object_first(members); m; m = mp_object_next(m))
        pods = picture_add(pods, member_pods(m, names));
    return pods;
}

/* Note one copy in every pool that its members name. */
static void load_copy(picture_cluster *cluster, const mp_object *members, const spelling *names,
                      const picture_copy *copy, bool shared)
{
    for (const mp_object *m = mp_object_first(members); m; m = mp_object_next(m)) {
        picture_pool *pool = find_pool(cluster, cli_string(cli_get(m, names->pool)));
        picture_load *l = NULL;

        if (!pool || seen_before(members, m, names))
            continue;
        for (const mp_object *o = m; o; o = mp_object_next(o)) {
            int64_t pods = member_pods(o, names);

            if (pods == 0 || !mp_object_equal(cli_get(o, names->pool), cli_get(m, names->pool)))
                continue;
            if (!l)
                l = add_load(pool, copy);
            put_part(l, pool, pods, cli_get(o, names->claims), shared);
        }
        if (l && !shared)
            pool->used = picture_add(pool->used, l->copy.nodes);
    }
}

/* Copies past what a picture holds are counted in the pool of the first member only. */
static void load_engine(picture_cluster *cluster, const mp_object *engine, const spelling *names,
                        picture_copy *copy, bool shared)
{
    const mp_object *members = cli_get(engine, "members");
    int64_t pods = pods_of(members, names);

    copy->engine = cli_string(cli_get(engine, "name"));
    copy->copies = picture_count(engine, "copies", 1);
    copy->gang = pods > 1;
    for (copy->copy = 1; copy->copy <= copy->copies; copy->copy++) {
        if (copy->copy > PICTURE_POOL_CELLS_MAX) {
            picture_pool *pool =
                find_pool(cluster, cli_string(cli_get(mp_object_first(members), names->pool)));
            int64_t left = copy->copies - copy->copy + 1;

            if (pool)
                pool->used = picture_add(pool->used,
                                         left > INT64_MAX / (pods + 1) ? INT64_MAX : left * pods);
            return;
        }
        load_copy(cluster, members, names, copy, shared);
    }
}

static int64_t nodes_of(const mp_object *engine, const spelling *names)
{
    int64_t pods = pods_of(cli_get(engine, "members"), names);
    int64_t copies = picture_count(engine, "copies", 1);

    return copies > 0 && pods > INT64_MAX / copies ? INT64_MAX : pods * copies;
}

static void load_replica(cli_picture *picture, const char *cluster, const mp_object *engines,
                         const spelling *names, picture_copy copy, bool shared)
{
    picture_owner *owner = &picture->owners[copy.owner];

    owner->replicas++;
    for (const mp_object *e = mp_object_first(engines); e; e = mp_object_next(e)) {
        owner->nodes = picture_add(owner->nodes, nodes_of(e, names));
        load_engine(find_cluster(picture, cluster), e, names, &copy, shared);
    }
}

/* ---- owners ---- */

static char *join_name(const mp_object *ns, const char *name)
{
    cli_text text = { 0 };

    cli_text_printf(&text, "%s%s%s", cli_string(ns), *cli_string(ns) ? "/" : "", name);
    return text.data;
}

static size_t add_owner(cli_picture *picture, char *name, bool known)
{
    if (picture->owner_count == picture->owner_capacity) {
        picture->owner_capacity = picture->owner_capacity ? 2 * picture->owner_capacity : 16;
        picture->owners =
            cli_resize(picture->owners, picture->owner_capacity, sizeof *picture->owners);
    }
    picture->owners[picture->owner_count] = (picture_owner){ .name = name, .known = known };
    return picture->owner_count++;
}

static void load_plans(cli_picture *picture, const mp_object *plans, bool shared)
{
    for (const mp_object *plan = mp_object_first(plans); plan; plan = mp_object_next(plan)) {
        const mp_object *p = mp_object_first(cli_get(plan, "placements"));
        size_t owner = add_owner(
            picture, join_name(cli_get(plan, "namespace"), cli_string(cli_get(plan, "name"))),
            true);

        picture->owners[owner].desired = picture_count(plan, "desired", 0);
        picture->owners[owner].refused = cli_is_refused(plan);
        for (; p; p = mp_object_next(p)) {
            picture_copy copy = { .owner = owner,
                                  .replica = cli_string(cli_get(p, "replica")),
                                  .kept = mp_object_bool(cli_get(p, "retained"), false) };

            load_replica(picture, cli_string(cli_get(p, "cluster")), cli_get(p, "engines"),
                         &of_plan, copy, shared);
        }
    }
}

/* ---- replicas whose deployment is not in the input ---- */

typedef struct stranger {
    char *owner;
    const mp_object *replica;
} stranger;

static int compare_strangers(const void *a, const void *b)
{
    const stranger *x = a, *y = b;
    int order = strcmp(x->owner, y->owner);

    return order ? order : cli_compare_identity(x->replica, y->replica);
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void load_strangers(cli_picture *picture, const cli_input *input)
{
    stranger *list = cli_resize(NULL, input->count, sizeof *list);
    const char **known = cli_resize(NULL, picture->owner_count, sizeof *known);
    size_t count = 0, known_count = picture->owner_count;

    for (size_t i = 0; i < known_count; i++)
        known[i] = picture->owners[i].name;
    if (known_count > 0)
        qsort(known, known_count, sizeof *known, compare_texts);
    for (size_t i = 0; i < input->count; i++) {
        const mp_object *object = input->items[i].object;
        const mp_object *metadata = cli_get(object, "metadata");
        char *owner;

        if (!is_kind(&input->items[i], "ModelReplica"))
            continue;
        owner =
            join_name(cli_get(metadata, "namespace"),
                      cli_string(cli_get(cli_get(metadata, "labels"), "modelplane.ai/deployment")));
        if (known_count && bsearch(&owner, known, known_count, sizeof *known, compare_texts))
            free(owner);
        else
            list[count++] = (stranger){ owner, object };
    }
    free(known);
    if (count > 0)
        qsort(list, count, sizeof *list, compare_strangers);
    for (size_t i = 0; i < count; i++) {
        bool again =
            i > 0 && strcmp(picture->owners[picture->owner_count - 1].name, list[i].owner) == 0;
        const mp_object *object = list[i].replica;
        picture_copy copy = { .replica = cli_string(cli_find(object, "metadata.name")),
                              .kept = true };

        if (again)
            free(list[i].owner);
        else
            (void)add_owner(picture, list[i].owner, false);
        copy.owner = picture->owner_count - 1;
        load_replica(picture, cli_string(cli_find(object, "spec.clusterName")),
                     cli_find(object, "spec.engines"), &of_replica, copy, false);
    }
    free(list);
}

/* ---- dealing out nodes ---- */

static void deal_all(cli_picture *picture, bool shared)
{
    size_t left = PICTURE_CELLS_MAX;

    for (size_t i = 0; i < picture->cluster_count; i++)
        for (size_t j = 0; j < picture->clusters[i].pool_count; j++) {
            picture_pool *pool = &picture->clusters[i].pools[j];
            size_t most = left < PICTURE_POOL_CELLS_MAX ? left : PICTURE_POOL_CELLS_MAX;
            int64_t idle;

            pool->drawn = pool->nodes < (int64_t)most ? (size_t)pool->nodes : most;
            left -= pool->drawn;
            picture_deal(pool, shared);
            idle = pool->nodes > pool->used ? pool->nodes - pool->used : 0;
            picture->nodes = picture_add(picture->nodes, pool->nodes);
            picture->used = picture_add(picture->used, pool->nodes - idle);
            if (picture->clusters[i].cordon)
                picture->cordoned = picture_add(picture->cordoned, idle);
            else
                picture->free = picture_add(picture->free, idle);
        }
}

/* ---- in and out ---- */

void cli_picture_init(cli_picture *picture, const cli_options *options, const cli_input *input,
                      const mp_object *result)
{
    bool shared = options->accounting == MP_ACCOUNTING_DEVICES;

    *picture = (cli_picture){ 0 };
    read_clusters(picture, input, result);
    load_plans(picture, cli_get(result, "plans"), shared);
    load_strangers(picture, input);
    deal_all(picture, shared);
}

static void free_pool(picture_pool *pool)
{
    for (size_t i = 0; i < pool->load_count; i++)
        free(pool->loads[i].parts);
    free(pool->loads);
    free(pool->copies);
    free(pool->cells);
}

void cli_picture_fini(cli_picture *picture)
{
    for (size_t i = 0; i < picture->cluster_count; i++) {
        picture_cluster *cluster = &picture->clusters[i];

        for (size_t j = 0; j < cluster->pool_count; j++)
            free_pool(&cluster->pools[j]);
        free(cluster->pools);
        free(cluster->cordon);
    }
    free(picture->clusters);
    for (size_t i = 0; i < picture->owner_count; i++)
        free(picture->owners[i].name);
    free(picture->owners);
    *picture = (cli_picture){ 0 };
}

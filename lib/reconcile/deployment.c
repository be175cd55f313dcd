/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ModelDeployments: what came of their turns (turns.c), as status, conditions, events and children.
 */
#include "reconcile_internal.h"
#include <inttypes.h>
#include <stdio.h>

/* ---- conditions and events ---- */

/* "<a><b><c>" with numbers in it is short: two numbers, a few words. */
static mp__str count_text(const mp__turn *t, const char *format, int64_t a, int64_t b)
{
    char text[128];

    (void)snprintf(text, sizeof text, format, a, b);
    return mp__run_text(t->run, mp__str_make(text, MP_NTS), MP__STR(""), MP__STR(""));
}

static void emit_cache_condition(const mp__turn *t, mp_object *status)
{
    mp__str type = MP__STR("ModelCacheResolved"), text;

    if (t->cache_name.size == 0)
        return;
    if (t->cache) {
        mp__emit_condition(t->resource, status, type, true, type, MP__STR(""));
        return;
    }
    text = mp__cache_message(t);
    if (!mp__run_fetched(t->run, MP__STR("cache"))) {
        mp__emit_condition(t->resource, status, type, false, MP__STR("ModelCacheUnresolved"), text);
        return;
    }
    mp__emit_condition(t->resource, status, type, false, MP__STR("ModelCacheNotFound"), text);
    mp__emit_event(t->run, t->resource, MP__STR("Warning"), text);
}

/* What the replicas of a deployment add up to. */
typedef struct tally {
    int64_t placed, ready, clusters;
    bool observed; /* some replica was seen under its key */
    mp__str names; /* distinct clusters, sorted, joined by ", " */
    mp__str last;  /* the last of them */
    mp__buf text;  /* for `names` */
} tally;

static void count_replica(const mp__turn *t, mp__str key, mp__str cluster, tally *sum)
{
    const mp__resource *seen = mp__run_observed(t->run, t->resource->ns, t->resource->name, key);

    sum->placed++;
    sum->observed = sum->observed || seen;
    sum->ready += seen && mp__condition_true(seen->object, MP__STR("Ready"));
    if (sum->clusters > 0 && mp__str_equal(sum->last, cluster))
        return;
    mp__buf_puts(&sum->text, sum->clusters ? ", " : "");
    mp__buf_put(&sum->text, cluster.data, cluster.size);
    sum->clusters++;
    sum->last = cluster;
}

/* Children come in order of (cluster, index). */
static tally count_replicas(const mp__turn *t)
{
    tally sum = { .last = MP__STR("") };
    const mp_object *child = mp_object_first(mp_doc_root(t->children));

    mp__buf_init(&sum.text, &t->run->alloc);
    for (; child; child = mp_object_next(child)) {
        mp__str key;

        key.data = mp_object_key(child, &key.size);
        if (mp__is_replica(child))
            count_replica(t, key, mp__get_str(mp__get(child, "spec"), "clusterName"), &sum);
    }
    for (size_t i = 0; i < t->held_count; i++)
        count_replica(t, t->held[i]->key, t->held[i]->cluster, &sum);
    sum.names = mp__run_take(t->run, &sum.text);
    return sum;
}

static void emit_scheduled(const mp__turn *t, mp_object *status, const tally *sum)
{
    mp__str type = MP__STR("ReplicasScheduled"), text;

    if (t->outcome == MP__BAD_SELECTOR) {
        text = mp__run_text(t->run, MP__STR("Invalid nodeSelector CEL expression: "), t->fault,
                            MP__STR(""));
        mp__emit_condition(t->resource, status, type, false, MP__STR("InvalidNodeSelector"), text);
        mp__emit_event(t->run, t->resource, MP__STR("Warning"), text);
    } else if (t->outcome == MP__UNREADABLE) {
        mp__emit_condition(t->resource, status, type, false, MP__STR("UnreadableDocument"),
                           t->fault);
        mp__emit_event(t->run, t->resource, MP__STR("Warning"), t->fault);
    } else if (t->outcome == MP__NO_CLUSTERS) {
        mp__emit_condition(t->resource, status, type, false, MP__STR("NoClusters"), MP__STR(""));
        if (mp__run_fetched(t->run, MP__STR("clusters")))
            mp__emit_event(t->run, t->resource, MP__STR("Warning"),
                           MP__STR("No InferenceClusters found"));
    } else if (sum->placed == 0 && t->verdict == MP_VERDICT_UNKNOWN) {
        text = count_text(t,
                          "search budget spent with 0 of %" PRId64 " replicas scheduled "
                          "(checked %" PRId64 " clusters)",
                          t->desired, (int64_t)t->candidates);
        mp__emit_condition(t->resource, status, type, false, MP__STR("SearchBudgetSpent"), text);
    } else if (sum->placed == 0) {
        text = count_text(t, "0 of %" PRId64 " replicas scheduled (checked %" PRId64 " clusters)",
                          t->desired, (int64_t)t->candidates);
        mp__emit_condition(t->resource, status, type, false, MP__STR("InsufficientCapacity"), text);
    } else if (!sum->observed) {
        mp__emit_condition(t->resource, status, type, false, MP__STR("Scheduling"), MP__STR(""));
        text = count_text(t, "Scheduled %" PRId64 " replicas across %" PRId64 " clusters: ",
                          sum->placed, sum->clusters);
        mp__emit_event(t->run, t->resource, MP__STR("Normal"),
                       mp__run_text(t->run, text, sum->names, MP__STR("")));
    } else {
        text =
            count_text(t, "Scheduled %" PRId64 " of %" PRId64 " replicas", sum->placed, t->desired);
        mp__emit_condition(t->resource, status, type, true, MP__STR("ReplicasCreated"), text);
    }
}

static void emit_ready(const mp__turn *t, mp_object *status, const tally *sum)
{
    mp__str type = MP__STR("ReplicasReady");
    bool all = sum->ready == sum->placed;

    if (sum->placed == 0) {
        mp__emit_condition(t->resource, status, type, false, MP__STR("NoReplicasScheduled"),
                           MP__STR(""));
        return;
    }
    mp__emit_condition(t->resource, status, type, all,
                       all ? MP__STR("AllReplicasReady") : MP__STR("ModelStarting"),
                       count_text(t, "%" PRId64 " of %" PRId64 " ready", sum->ready, sum->placed));
}

static void emit_status(const mp__turn *t)
{
    mp_object *status = mp__emit_status(t->run, t->resource), *replicas;
    tally sum = count_replicas(t);
    bool told = t->outcome == MP__SCHEDULED || sum.placed > 0;

    if (told) {
        replicas = mp__set_map(status, "replicas");
        mp__set_int(replicas, "total", sum.placed);
        mp__set_int(replicas, "ready", sum.ready);
    }
    if (t->outcome == MP__BAD_SELECTOR || t->outcome == MP__UNREADABLE ||
        (t->outcome == MP__SCHEDULED && sum.placed == 0))
        mp__emit_ready(t->run, false);
    emit_cache_condition(t, status);
    emit_scheduled(t, status, &sum);
    if (told)
        emit_ready(t, status, &sum);
}

/* ---- children ---- */

void mp__run_add_parent(mp__run *run, const mp_object *replica, const mp__resource *observed)
{
    mp__resource *parent = mp__run_resource(run, mp__run_with_status(run, replica, observed));

    if (!parent)
        return;
    parent->cluster = mp__get_str(mp__get(parent->object, "spec"), "clusterName");
    parent->next = run->parents;
    run->parents = parent;
    run->parent_count++;
}

/* An endpoint is known by its name where all documents are, and by its key to a function. */
static const mp__resource *find_endpoint(const mp__turn *t, mp__str key, mp__str name)
{
    if (t->run->request)
        return mp__run_observed(t->run, t->resource->ns, t->resource->name, key);
    return mp__run_find(t->run, MP__STR("ModelEndpoint"), t->resource->ns, name);
}

static void emit_endpoint(const mp__turn *t, mp__str key, const mp_object *endpoint,
                          const mp__resource *seen)
{
    mp__str name = mp__get_str(mp__get(endpoint, "metadata"), "name");
    mp__resource *desired, *given;

    mp__emit_object(t->run, t->resource, MP__STR(""), key,
                    seen && mp__condition_true(seen->object, MP__STR("Ready")), endpoint);
    if (t->run->request)
        return;
    given = mp__run_find(t->run, MP__STR("ModelEndpoint"), t->resource->ns, name);
    if (given)
        given->owned = true;
    desired = mp__run_resource(t->run, mp__run_with_status(t->run, endpoint, seen));
    if (!desired)
        return;
    desired->next = t->run->endpoints;
    t->run->endpoints = desired;
}

static void emit_children(const mp__turn *t)
{
    const mp_object *child = mp_object_first(mp_doc_root(t->children));

    for (; child; child = mp_object_next(child)) {
        const mp__resource *seen;
        mp__str key;
        bool ready;

        key.data = mp_object_key(child, &key.size);
        if (!mp__is_replica(child)) {
            mp__str name = mp__get_str(mp__get(child, "metadata"), "name");

            emit_endpoint(t, key, child, find_endpoint(t, key, name));
            continue;
        }
        seen = mp__run_observed(t->run, t->resource->ns, t->resource->name, key);
        ready = seen && mp__condition_true(seen->object, MP__STR("Ready"));
        mp__emit_object(t->run, t->resource, MP__STR(""), key, ready, child);
        mp__run_add_parent(t->run, child, seen);
    }
}

/* Where the cluster is not known, and so not its gateway, the endpoint stays as it was. */
static void emit_held_endpoint(const mp__turn *t, const mp__resource *replica)
{
    const size_t prefix = sizeof "replica" - 1;
    mp__str index = { replica->key.data + prefix, replica->key.size - prefix };
    mp__str key = mp__run_text(t->run, MP__STR("endpoint"), index, MP__STR(""));
    const mp__resource *seen = find_endpoint(t, key, replica->name);
    const mp_object *endpoint = mp__held_endpoint(t->run, replica);

    if (!endpoint && seen)
        endpoint = mp__held_object(t->run, seen->object);
    if (endpoint)
        emit_endpoint(t, key, endpoint, seen);
}

static void emit_held(const mp__turn *t)
{
    for (size_t i = 0; i < t->held_count; i++) {
        const mp__resource *r = t->held[i];
        const mp__resource *seen = mp__run_observed(t->run, r->ns, t->resource->name, r->key);
        const mp_object *object = mp__held_object(t->run, r->object);
        bool ready = seen && mp__condition_true(seen->object, MP__STR("Ready"));

        mp__emit_object(t->run, t->resource, MP__STR(""), r->key, ready, object);
        mp__run_add_parent(t->run, object, r);
        if (ready)
            emit_held_endpoint(t, r);
    }
}

/* ---- all of them ---- */

mp_status mp__reconcile_deployments(mp__run *run, mp_error *err)
{
    const mp__resources *all = &run->kinds[MP__KIND_DEPLOYMENT];
    mp__turn *turns = MP__NEW_ARRAY(&run->arena, mp__turn, all->count);
    mp_status st = MP_OK;

    if (!turns)
        return mp__fail_nomem(err);
    for (size_t i = 0; st == MP_OK && i < all->count; i++)
        st = mp__turn_begin(&turns[i], run, &all->items[i], err);
    if (st == MP_OK)
        st = mp__turns_take(turns, all->count, err);
    for (size_t i = 0; st == MP_OK && i < all->count; i++) {
        emit_status(&turns[i]);
        emit_children(&turns[i]);
        emit_held(&turns[i]);
        mp_object_append_copy(run->plans, turns[i].plan);
        st = mp__run_status(run, err);
    }
    for (size_t i = 0; i < all->count; i++)
        mp__turn_fini(&turns[i]);
    return st;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ModelDeployments: schedule each on the one fleet, then say what came of it.
 *
 * Deployments take turns in bytewise order of (namespace, name).  After each turn the fleet holds the
 * deployment's new replicas in place of the observed ones, so that the next deployment sees what is
 * taken.  When a replica is dropped, those that had their turn before may fit now; the ones that are
 * short get another turn, until nothing is dropped any more.  A second turn drops nothing, since all
 * that a replica was kept or placed for still holds, so this ends.
 *
 * Observed replicas are kept as they are (held.c) when the deployment cannot be scheduled at all: its
 * selector does not compile, or no cluster is a candidate.  While its cache is missing nothing new
 * may be placed, so replicas that would have to be replaced stay, up to the number wanted.
 */
#include "compose_internal.h"
#include "reconcile_internal.h"
#include <inttypes.h>
#include <stdio.h>

typedef enum outcome { SCHEDULED, NO_CLUSTERS, BAD_SELECTOR } outcome;

typedef struct turn {
    mp__run *run;
    const mp__resource *resource;
    const mp_object *body; /* spec.template.spec, or spec in the older shape */
    int64_t desired;
    mp__str cache_name;
    const mp__resource *cache; /* NULL while it is missing, or if none is asked for */
    mp__resource *replicas;    /* observed ones, by `next` */
    const mp__resource **held;
    size_t held_count;
    mp_deployment *deployment; /* NULL for a bad selector */
    mp_doc *children;          /* of mp_compose(), NULL until scheduled */
    mp_object *plan;           /* entry of the result's plans, in run->scratch */
    mp__map fresh;             /* names of replicas placed in this call */
    mp__map ready;             /* names that Ready replicas have or would have */
    outcome outcome;
    mp_verdict verdict;
    uint64_t candidates;
    mp__str fault; /* of a bad selector */
} turn;

/* ---- reading ---- */

static void merge_labels(mp_object *match_labels, const mp_object *from)
{
    for (const mp_object *l = mp_object_first(from); l; l = mp_object_next(l)) {
        size_t size;
        const char *key = mp_object_key(l, &size);

        mp_object_set_copy(match_labels, key, size, l);
    }
}

static mp_object *get_or_set_map(mp_object *map, const char *key)
{
    mp_object *child = mp_object_get(map, key, MP_NTS);

    return mp_object_is_map(child) ? child : mp_object_set_map(map, key, MP_NTS);
}

/* The deployment as it is scheduled: only clusters that its cache selects too are candidates, and on
 * a shared key the cache's value wins. */
static const mp_object *narrow(const turn *t)
{
    const mp_object *spec = t->cache ? mp__get(t->cache->object, "spec") : NULL;
    const mp_object *labels = mp__get(mp__get(spec, "clusterSelector"), "matchLabels");
    mp_object *copy, *body, *inner;

    if (!mp_object_is_map(labels) || mp_object_size(labels) == 0)
        return t->resource->object;
    copy = mp_object_copy(t->run->scratch, t->resource->object);
    body = mp__get(copy, "spec");
    inner = mp__get(mp__get(body, "template"), "spec");
    body = mp_object_is_map(inner) ? inner : body;
    merge_labels(get_or_set_map(get_or_set_map(body, "clusterSelector"), "matchLabels"), labels);
    return copy;
}

static mp_status put_name(turn *t, mp__map *map, mp__str name)
{
    return mp__map_set(map, name.data, name.size, t) ? MP_OK : MP_ENOMEM;
}

/* A kept replica is composed under the name its identity gives, whatever name it was observed by. */
static mp_status note_ready(turn *t, const mp__resource *r)
{
    char index[24];
    mp__name buffer;
    mp__str parts[3];

    if (!mp__condition_true(r->object, MP__STR("Ready")) ||
        mp__run_observed(t->run, r->ns, t->resource->name, r->key) != r)
        return MP_OK;
    (void)snprintf(index, sizeof index, "%" PRId64, mp__replica_index(r->object));
    parts[0] = t->resource->name;
    parts[1] = r->cluster;
    parts[2] = mp__str_make(index, MP_NTS);
    return put_name(t, &t->ready, mp__opaque_name(parts, MP__COUNT(parts), &buffer));
}

static mp_status read_observed(turn *t, mp_error *err)
{
    mp__run *run = t->run;
    mp__str key = mp__run_key(run, t->resource->ns, t->resource->name, MP__STR(""));
    size_t count = 0;

    t->replicas = mp__map_get(&run->owners, key.data, key.size);
    for (const mp__resource *r = t->replicas; r; r = r->next) {
        count++;
        if (note_ready(t, r) != MP_OK)
            return mp__fail_nomem(err);
    }
    t->held = MP__NEW_ARRAY(&run->arena, const mp__resource *, count);
    return mp__run_status(run, err);
}

static mp_status read_turn(turn *t, mp_error *err)
{
    const mp_object *spec = mp__get(t->resource->object, "spec");
    const mp_object *inner = mp__get(mp__get(spec, "template"), "spec"), *document;
    mp_status st = read_observed(t, err);

    if (st != MP_OK)
        return st;
    t->body = mp_object_is_map(inner) ? inner : spec;
    if (!mp_object_int(mp__get(spec, "replicas"), &t->desired))
        t->desired = 1;
    t->cache_name = mp__get_str(mp__get(t->body, "modelCacheRef"), "name");
    if (t->cache_name.size > 0)
        t->cache = mp__run_find(t->run, MP__STR("ModelCache"), t->resource->ns, t->cache_name);
    document = narrow(t);
    st = mp__run_status(t->run, err);
    if (st != MP_OK)
        return st;
    st = mp_deployment_read(&t->run->alloc, document, &t->deployment, err);
    if (st != MP_EPARSE && st != MP_ECOMPILE && st != MP_ELIMIT)
        return mp__run_blame(t->resource, st, err);
    t->outcome = BAD_SELECTOR;
    t->verdict = MP_VERDICT_HELD;
    if (err)
        t->fault = mp__run_text(t->run, mp__str_make(err->text, MP_NTS), MP__STR(""), MP__STR(""));
    return mp__run_status(t->run, err);
}

/* ---- one turn ---- */

static void hold(turn *t, mp__resource *replica)
{
    replica->held = true;
    t->held[t->held_count++] = replica;
}

static void hold_all(turn *t)
{
    for (mp__resource *r = t->replicas; r; r = r->next)
        hold(t, r);
}

static bool is_replica(const mp_object *child)
{
    return mp_object_string_is(mp__get(child, "kind"), MP__LIT("ModelReplica"));
}

static const mp_object *child_at(const turn *t, mp__str key)
{
    return mp_object_get(mp_doc_root(t->children), key.data, key.size);
}

static void hold_some(turn *t, size_t placed, bool ready)
{
    for (mp__resource *r = t->replicas; r; r = r->next)
        if ((int64_t)(placed + t->held_count) < t->desired && !child_at(t, r->key) &&
            mp__run_observed(t->run, r->ns, t->resource->name, r->key) == r &&
            mp__condition_true(r->object, MP__STR("Ready")) == ready)
            hold(t, r);
}

/* While the cache is missing, what would be dropped and cannot be replaced stays: first what serves. */
static void hold_for_cache(turn *t, size_t placed)
{
    hold_some(t, placed, true);
    hold_some(t, placed, false);
}

static bool is_ready_name(const char *name, size_t size, void *user)
{
    const turn *t = user;

    return mp__map_has(&t->ready, name, size);
}

static mp_status compose(turn *t, const mp_plan *plan, mp_error *err)
{
    mp_compose_opts opts = MP_COMPOSE_OPTS_INIT;

    opts.replica_ready = is_ready_name;
    opts.user = t;
    mp_doc_free(t->children);
    return mp_compose(plan, &opts, &t->children, err);
}

/* Which replicas are new: a later turn finds those of an earlier one already running. */
static mp_status note_fresh(turn *t, const mp_plan *plan)
{
    const mp_object *child = mp_object_first(mp_doc_root(t->children));

    for (size_t i = 0; child && i < mp_plan_size(plan); child = mp_object_next(child), i++)
        if (!mp_placement_retained(mp_plan_placement(plan, i)) &&
            put_name(t, &t->fresh, mp__get_str(mp__get(child, "metadata"), "name")) != MP_OK)
            return MP_ENOMEM;
    return MP_OK;
}

static void remove_replica(const turn *t, mp__str name)
{
    mp__str ns = t->resource->ns;
    mp_replica *replica =
        mp_fleet_find_replica(t->run->fleet, ns.data, ns.size, name.data, name.size);

    if (replica)
        mp_fleet_remove_replica(t->run->fleet, replica);
    else
        t->run->arena.failed = true; /* it is there: only memory can have been missing */
}

/* Take the observed replicas that are not held out of the fleet; true if one is dropped for good. */
static bool remove_observed(turn *t)
{
    bool dropped = false;

    for (const mp__resource *r = t->replicas; r; r = r->next) {
        if (r->held)
            continue;
        remove_replica(t, r->name);
        dropped = dropped || !child_at(t, r->key) ||
                  mp__run_observed(t->run, r->ns, t->resource->name, r->key) != r;
    }
    return dropped;
}

static void remove_children(turn *t)
{
    const mp_object *child = mp_object_first(mp_doc_root(t->children));

    for (; child; child = mp_object_next(child))
        if (is_replica(child))
            remove_replica(t, mp__get_str(mp__get(child, "metadata"), "name"));
}

static mp_status add_children(turn *t, mp_error *err)
{
    const mp_object *child = mp_object_first(mp_doc_root(t->children));

    for (; child; child = mp_object_next(child)) {
        mp_status st;

        if (!is_replica(child))
            continue;
        st = mp_fleet_read_replica(t->run->fleet, child, err);
        if (st != MP_OK)
            return mp__run_blame(t->resource, st, err);
    }
    return MP_OK;
}

/* ---- the plan as data ---- */

static mp_status explain(turn *t, const mp_plan *plan, mp_error *err)
{
    mp_doc *reasons;
    mp_status st;

    if (!t->run->opts.explain_all &&
        (!t->run->opts.explain || t->verdict == MP_VERDICT_PLACED))
        return MP_OK;
    st = mp_plan_explain(t->run->fleet, plan, &reasons, err);
    if (st != MP_OK)
        return st;
    mp__set_copy(t->plan, "reasons", mp_doc_root(reasons));
    mp_doc_free(reasons);
    return MP_OK;
}

static void begin_plan(turn *t, uint64_t evaluations, uint64_t steps)
{
    mp_object *plan = mp_object_new_map(t->run->scratch);

    mp__set_str(plan, "namespace", t->resource->ns);
    mp__set_str(plan, "name", t->resource->name);
    mp__set_int(plan, "desired", t->desired);
    mp_object_set_string(plan, MP__LIT("verdict"), mp_verdict_name(t->verdict), MP_NTS);
    mp__set_int(plan, "candidates", (int64_t)t->candidates);
    mp__set_int(plan, "evaluations", (int64_t)evaluations);
    mp__set_int(plan, "steps", (int64_t)steps);
    t->plan = plan;
}

static void put_placements(const turn *t)
{
    mp_object *list = mp__set_list(t->plan, "placements");
    const mp_object *child = mp_object_first(mp_doc_root(t->children));

    for (; child; child = mp_object_next(child)) {
        mp__str name = mp__get_str(mp__get(child, "metadata"), "name");

        if (is_replica(child))
            mp__describe_replica(list, child, !mp__map_has(&t->fresh, name.data, name.size));
    }
    for (size_t i = 0; i < t->held_count; i++)
        mp__describe_replica(list, t->held[i]->object, true);
}

static void put_fault(const turn *t, mp__str reason, mp__str path, mp__str message)
{
    mp_object *fault = mp__set_map(t->plan, "fault");

    mp__set_str(fault, "reason", reason);
    if (path.size > 0)
        mp__set_str(fault, "path", path);
    mp__set_str(fault, "message", message);
}

static void put_cache_fault(const turn *t)
{
    mp__str text;

    if (t->cache_name.size == 0 || t->cache)
        return;
    text = mp__run_text(t->run, MP__STR("ModelCache "), t->cache_name,
                        MP__STR(" not found; holding replica placement"));
    put_fault(t, MP__STR("ModelCacheNotFound"), MP__STR(""), text);
}

/* ---- taking turns ---- */

static mp_status apply_plan(turn *t, const mp_plan *plan, bool *dropped, mp_error *err)
{
    bool first = t->children == NULL;
    mp_status st;

    if (!first)
        remove_children(t);
    st = compose(t, plan, err);
    if (st != MP_OK)
        return st;
    if (note_fresh(t, plan) != MP_OK)
        return mp__fail_nomem(err);
    if (first && t->cache_name.size > 0 && !t->cache)
        hold_for_cache(t, mp_plan_size(plan));
    st = explain(t, plan, err); /* before the fleet changes under the plan */
    if (st != MP_OK)
        return st;
    if (first && remove_observed(t))
        *dropped = true;
    st = mp__run_status(t->run, err);
    return st == MP_OK ? add_children(t, err) : st;
}

static mp_status take_turn(turn *t, bool *dropped, mp_error *err)
{
    mp_schedule_opts opts = MP_SCHEDULE_OPTS_INIT;
    mp_plan *plan;
    mp_status st;

    opts.no_fill = t->cache_name.size > 0 && !t->cache;
    opts.budget = t->run->opts.budget;
    st = mp_schedule(t->run->fleet, t->deployment, &opts, &plan, err);
    if (st != MP_OK)
        return st;
    t->verdict = mp_plan_verdict(plan);
    t->candidates = mp_plan_counter(plan, MP_COUNTER_CANDIDATES);
    begin_plan(t, mp_plan_counter(plan, MP_COUNTER_EVALUATIONS),
               mp_plan_counter(plan, MP_COUNTER_STEPS));
    if (t->candidates == 0) {
        t->outcome = NO_CLUSTERS;
        if (t->held_count == 0)
            hold_all(t);
        st = explain(t, plan, err);
        put_fault(t, MP__STR("NoClusters"), MP__STR(""), MP__STR("No InferenceClusters found"));
    } else {
        st = apply_plan(t, plan, dropped, err);
        put_cache_fault(t);
    }
    mp_plan_free(plan);
    if (st != MP_OK)
        return st;
    put_placements(t);
    return mp__run_status(t->run, err);
}

static bool is_short(const turn *t)
{
    return t->verdict == MP_VERDICT_PARTIAL || t->verdict == MP_VERDICT_UNKNOWN;
}

static mp_status take_turns(turn *turns, size_t count, mp_error *err)
{
    bool again = true;

    for (size_t round = 0; again; round++) {
        again = false;
        for (size_t i = 0; i < count; i++) {
            turn *t = &turns[i];
            mp_status st;

            if (t->outcome != SCHEDULED || (round > 0 && !is_short(t)))
                continue;
            st = take_turn(t, &again, err);
            if (st != MP_OK)
                return st;
        }
    }
    return MP_OK;
}

/* ---- conditions and events ---- */

/* "<a><b><c>" with numbers in it is short: two numbers, a few words. */
static mp__str count_text(const turn *t, const char *format, int64_t a, int64_t b)
{
    char text[128];

    (void)snprintf(text, sizeof text, format, a, b);
    return mp__run_text(t->run, mp__str_make(text, MP_NTS), MP__STR(""), MP__STR(""));
}

static void emit_cache_condition(const turn *t, mp_object *status)
{
    mp__str type = MP__STR("ModelCacheResolved"), text;

    if (t->cache_name.size == 0)
        return;
    if (t->cache) {
        mp__emit_condition(t->resource, status, type, true, type, MP__STR(""));
        return;
    }
    text = mp__run_text(t->run, MP__STR("ModelCache "), t->cache_name,
                        MP__STR(" not found; holding replica placement"));
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

static void count_replica(const turn *t, mp__str key, mp__str cluster, tally *sum)
{
    const mp__resource *seen =
        mp__run_observed(t->run, t->resource->ns, t->resource->name, key);

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
static tally count_replicas(const turn *t)
{
    tally sum = {.last = MP__STR("")};
    const mp_object *child = mp_object_first(mp_doc_root(t->children));

    mp__buf_init(&sum.text, &t->run->alloc);
    for (; child; child = mp_object_next(child)) {
        mp__str key;

        key.data = mp_object_key(child, &key.size);
        if (is_replica(child))
            count_replica(t, key, mp__get_str(mp__get(child, "spec"), "clusterName"), &sum);
    }
    for (size_t i = 0; i < t->held_count; i++)
        count_replica(t, t->held[i]->key, t->held[i]->cluster, &sum);
    sum.names = mp__run_take(t->run, &sum.text);
    return sum;
}

static void emit_scheduled(const turn *t, mp_object *status, const tally *sum)
{
    mp__str type = MP__STR("ReplicasScheduled"), text;

    if (t->outcome == BAD_SELECTOR) {
        text = mp__run_text(t->run, MP__STR("Invalid nodeSelector CEL expression: "), t->fault,
                            MP__STR(""));
        mp__emit_condition(t->resource, status, type, false, MP__STR("InvalidNodeSelector"), text);
        mp__emit_event(t->run, t->resource, MP__STR("Warning"), text);
    } else if (t->outcome == NO_CLUSTERS) {
        mp__emit_condition(t->resource, status, type, false, MP__STR("NoClusters"), MP__STR(""));
        mp__emit_event(t->run, t->resource, MP__STR("Warning"),
                       MP__STR("No InferenceClusters found"));
    } else if (sum->placed == 0 && t->verdict == MP_VERDICT_UNKNOWN) {
        text = count_text(t, "search budget spent with 0 of %" PRId64 " replicas scheduled "
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
        text = count_text(t, "Scheduled %" PRId64 " of %" PRId64 " replicas", sum->placed,
                          t->desired);
        mp__emit_condition(t->resource, status, type, true, MP__STR("ReplicasCreated"), text);
    }
}

static void emit_ready(const turn *t, mp_object *status, const tally *sum)
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

static void emit_status(const turn *t)
{
    mp_object *status = mp__emit_status(t->run, t->resource), *replicas;
    tally sum = count_replicas(t);
    bool told = t->outcome == SCHEDULED || sum.placed > 0;

    if (told) {
        replicas = mp__set_map(status, "replicas");
        mp__set_int(replicas, "total", sum.placed);
        mp__set_int(replicas, "ready", sum.ready);
    }
    emit_cache_condition(t, status);
    emit_scheduled(t, status, &sum);
    if (told)
        emit_ready(t, status, &sum);
}

/* ---- children ---- */

void mp__run_add_parent(mp__run *run, const mp_object *replica, const mp_object *observed)
{
    mp_object *object = mp_object_copy(run->scratch, replica);
    const mp_object *metadata = mp__get(object, "metadata");
    mp__resource *parent = MP__NEW(&run->arena, mp__resource);

    if (!parent || !object)
        return;
    if (observed)
        mp__set_copy(object, "status", mp__get(observed, "status"));
    parent->object = object;
    parent->api_version = mp__get_str(object, "apiVersion");
    parent->kind = mp__get_str(object, "kind");
    parent->ns = mp__get_str(metadata, "namespace");
    parent->name = mp__get_str(metadata, "name");
    parent->cluster = mp__get_str(mp__get(object, "spec"), "clusterName");
    parent->next = run->parents;
    run->parents = parent;
    run->parent_count++;
}

static bool endpoint_ready(const turn *t, const mp_object *endpoint)
{
    const mp__resource *seen =
        mp__run_find(t->run, MP__STR("ModelEndpoint"), t->resource->ns,
                     mp__get_str(mp__get(endpoint, "metadata"), "name"));

    return seen && mp__condition_true(seen->object, MP__STR("Ready"));
}

static void emit_children(const turn *t)
{
    const mp_object *child = mp_object_first(mp_doc_root(t->children));

    for (; child; child = mp_object_next(child)) {
        const mp__resource *seen;
        mp__str key;
        bool ready;

        key.data = mp_object_key(child, &key.size);
        if (!is_replica(child)) {
            mp__emit_object(t->run, t->resource, MP__STR(""), key, endpoint_ready(t, child), child);
            continue;
        }
        seen = mp__run_observed(t->run, t->resource->ns, t->resource->name, key);
        ready = seen && mp__condition_true(seen->object, MP__STR("Ready"));
        mp__emit_object(t->run, t->resource, MP__STR(""), key, ready, child);
        mp__run_add_parent(t->run, child, seen ? seen->object : NULL);
    }
}

static void emit_held(const turn *t)
{
    const size_t prefix = sizeof "replica" - 1;

    for (size_t i = 0; i < t->held_count; i++) {
        const mp__resource *r = t->held[i];
        const mp_object *object = mp__held_replica(t->run, r);
        const mp_object *endpoint = mp__held_endpoint(t->run, r);
        mp__str rest = {r->key.data + prefix, r->key.size - prefix};

        mp__emit_object(t->run, t->resource, MP__STR(""), r->key,
                        mp__condition_true(r->object, MP__STR("Ready")), object);
        mp__run_add_parent(t->run, object, r->object);
        if (endpoint)
            mp__emit_object(t->run, t->resource, MP__STR(""),
                            mp__run_text(t->run, MP__STR("endpoint"), rest, MP__STR("")),
                            endpoint_ready(t, endpoint), endpoint);
    }
}

/* ---- all of them ---- */

static void finish_bad_selector(turn *t, const mp_error *err)
{
    hold_all(t);
    begin_plan(t, 0, 0);
    put_fault(t, MP__STR("InvalidNodeSelector"),
              mp__run_text(t->run, mp__str_make(err->path, MP_NTS), MP__STR(""), MP__STR("")),
              t->fault);
    put_placements(t);
}

static mp_status read_turns(mp__run *run, turn *turns, mp_error *err)
{
    const mp__resources *all = &run->kinds[MP__KIND_DEPLOYMENT];

    for (size_t i = 0; i < all->count; i++) {
        turn *t = &turns[i];
        mp_error fault;
        mp_status st;

        mp__error_clear(&fault);
        t->run = run;
        t->resource = &all->items[i];
        mp__map_init(&t->fresh, &run->alloc);
        mp__map_init(&t->ready, &run->alloc);
        st = read_turn(t, &fault);
        if (st != MP_OK) {
            if (err)
                *err = fault;
            return st;
        }
        if (t->outcome == BAD_SELECTOR)
            finish_bad_selector(t, &fault);
    }
    return MP_OK;
}

static void free_turns(turn *turns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!turns[i].run)
            return; /* not begun, nor any after it */
        mp_doc_free(turns[i].children);
        mp_deployment_free(turns[i].deployment);
        mp__map_fini(&turns[i].fresh);
        mp__map_fini(&turns[i].ready);
    }
}

mp_status mp__reconcile_deployments(mp__run *run, mp_error *err)
{
    size_t count = run->kinds[MP__KIND_DEPLOYMENT].count;
    turn *turns = MP__NEW_ARRAY(&run->arena, turn, count);
    mp_status st;

    if (!turns)
        return mp__fail_nomem(err);
    st = read_turns(run, turns, err);
    if (st == MP_OK)
        st = take_turns(turns, count, err);
    for (size_t i = 0; st == MP_OK && i < count; i++) {
        emit_status(&turns[i]);
        emit_children(&turns[i]);
        emit_held(&turns[i]);
        mp_object_append_copy(run->plans, turns[i].plan);
        st = mp__run_status(run, err);
    }
    free_turns(turns, count);
    return st;
}

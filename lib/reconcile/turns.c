/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Turns: ModelDeployments are scheduled one after the other on one fleet.
 *
 * Deployments take turns in bytewise order of (namespace, name).  After each turn the fleet holds
 * the deployment's new replicas in place of the observed ones, so that the next deployment sees
 * what is taken.  When a replica goes or changes its shape, those that had their turn before may
 * fit now; the ones that are short get another turn, until nothing changes any more.  A second turn
 * changes nothing observed, since all that a replica was kept or placed for still holds, so this
 * ends.
 *
 * Observed replicas are kept as they are (held.c) when the deployment cannot be scheduled at all:
 * its selector does not compile, or no cluster is a candidate.  While its cache is missing nothing
 * new may be placed, so replicas that would have to be replaced stay, up to the number wanted.
 */
#include "compose_internal.h"
#include "reconcile_internal.h"
#include <inttypes.h>
#include <stdio.h>

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

/* The deployment as it is scheduled: only clusters that its cache selects too are candidates, and
 * on a shared key the cache's value wins. */
static const mp_object *narrow(mp__turn *t)
{
    const mp_object *spec = t->cache ? mp__get(t->cache->object, "spec") : NULL;
    const mp_object *labels = mp__get(mp__get(spec, "clusterSelector"), "matchLabels");
    mp_object *copy, *body, *inner, *merged;

    t->match_labels = mp__get(mp__get(t->body, "clusterSelector"), "matchLabels");
    if (!mp_object_is_map(labels) || mp_object_size(labels) == 0)
        return t->resource->object;
    copy = mp_object_copy(t->run->scratch, t->resource->object);
    body = mp__get(copy, "spec");
    inner = mp__get(mp__get(body, "template"), "spec");
    body = mp_object_is_map(inner) ? inner : body;
    merged = get_or_set_map(get_or_set_map(body, "clusterSelector"), "matchLabels");
    merge_labels(merged, labels);
    t->match_labels = merged;
    return copy;
}

static mp_status put_name(mp__turn *t, mp__map *map, mp__str name)
{
    return mp__map_set(map, name.data, name.size, t) ? MP_OK : MP_ENOMEM;
}

/* A kept replica is composed under the name its identity gives, whatever name it was observed by.
 */
static mp_status note_ready(mp__turn *t, const mp__resource *r)
{
    const mp__resource *seen = mp__run_observed(t->run, r->ns, t->resource->name, r->key);
    char index[24];
    mp__name buffer;
    mp__str parts[3];

    if (!seen || !mp__condition_true(seen->object, MP__STR("Ready")) ||
        mp__run_holder(t->run, r->ns, t->resource->name, r->key) != r)
        return MP_OK;
    (void)snprintf(index, sizeof index, "%" PRId64, mp__replica_index(r->object));
    parts[0] = t->resource->name;
    parts[1] = r->cluster;
    parts[2] = mp__str_make(index, MP_NTS);
    return put_name(t, &t->ready, mp__opaque_name(parts, MP__COUNT(parts), &buffer));
}

static mp_status read_observed(mp__turn *t, mp_error *err)
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

/* A replica whose place is not known may not be moved, so its deployment is left alone. */
static mp__str find_unreadable(mp__turn *t)
{
    for (const mp__resource *r = t->replicas; r; r = r->next) {
        const mp__resource *cluster =
            mp__run_find(t->run, MP__STR("InferenceCluster"), MP__STR(""), r->cluster);

        if (r->broken)
            return mp__name_of(t->run, r);
        if (cluster && cluster->broken)
            return mp__name_of(t->run, cluster);
    }
    return MP__STR("");
}

static mp__str copy_text(mp__turn *t, const char *text)
{
    return mp__run_text(t->run, mp__str_make(text, MP_NTS), MP__STR(""), MP__STR(""));
}

/* The rest of a deployment that is left as it is. */
static mp_status stand_still(mp__turn *t, mp__outcome outcome, mp__str fault, mp_error *err)
{
    t->outcome = outcome;
    t->verdict = MP_VERDICT_HELD;
    t->fault = fault;
    return mp__run_status(t->run, err);
}

static mp_status read_deployment(mp__turn *t, const mp_object *document, mp_error *why,
                                 mp_error *err)
{
    mp__str unreadable = find_unreadable(t);
    mp_status st = mp_deployment_read(&t->run->alloc, document, &t->deployment, why);

    if (st == MP_EPARSE || st == MP_ECOMPILE || st == MP_ELIMIT)
        return stand_still(t, MP__BAD_SELECTOR, copy_text(t, why->text), err);
    if (st != MP_OK) {
        unreadable = mp__name_of(t->run, t->resource);
        st = mp__run_excuse(t->run, t->resource, st, why, err);
    }
    if (st == MP_OK && unreadable.size > 0)
        st = stand_still(t, MP__UNREADABLE,
                         mp__run_text(t->run, unreadable, MP__STR(" cannot be read"), MP__STR("")),
                         err);
    return st;
}

static void require(const mp__turn *t)
{
    const mp__need cache = { .key = MP__STR("cache"),
                             .kind = MP__STR("ModelCache"),
                             .name = t->cache_name,
                             .ns = t->resource->ns };
    const mp__need clusters = { .key = MP__STR("clusters"),
                                .kind = MP__STR("InferenceCluster"),
                                .labels = t->match_labels };
    const mp__need replicas = { .key = MP__STR("all-replicas"), .kind = MP__STR("ModelReplica") };

    if (t->cache_name.size > 0)
        mp__require(t->run, &cache);
    mp__require(t->run, &clusters);
    mp__require(t->run, &replicas);
}

/* `why` is of a bad selector. */
static mp_status read_turn(mp__turn *t, mp_error *why, mp_error *err)
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
    require(t);
    st = mp__run_status(t->run, err);
    return st == MP_OK ? read_deployment(t, document, why, err) : st;
}

/* ---- one turn ---- */

static void hold(mp__turn *t, mp__resource *replica)
{
    replica->held = true;
    t->held[t->held_count++] = replica;
}

static void hold_all(mp__turn *t)
{
    for (mp__resource *r = t->replicas; r; r = r->next)
        hold(t, r);
}

bool mp__is_replica(const mp_object *child)
{
    return mp_object_string_is(mp__get(child, "kind"), MP__LIT("ModelReplica"));
}

static const mp_object *child_at(const mp__turn *t, mp__str key)
{
    return mp_object_get(mp_doc_root(t->children), key.data, key.size);
}

static void hold_some(mp__turn *t, size_t placed, bool ready)
{
    for (mp__resource *r = t->replicas; r; r = r->next)
        if ((int64_t)(placed + t->held_count) < t->desired && !child_at(t, r->key) &&
            mp__run_holder(t->run, r->ns, t->resource->name, r->key) == r &&
            mp__condition_true(r->object, MP__STR("Ready")) == ready)
            hold(t, r);
}

/* While the cache is missing, what would be dropped and cannot be replaced stays: first what
 * serves. */
static void hold_for_cache(mp__turn *t, size_t placed)
{
    hold_some(t, placed, true);
    hold_some(t, placed, false);
}

static bool is_ready_name(const char *name, size_t size, void *user)
{
    const mp__turn *t = user;

    return mp__map_has(&t->ready, name, size);
}

static mp_status compose(mp__turn *t, const mp_plan *plan, mp_error *err)
{
    mp_compose_opts opts = MP_COMPOSE_OPTS_INIT;

    opts.replica_ready = is_ready_name;
    opts.user = t;
    opts.shape = t->run->opts.shape;
    mp_doc_free(t->children);
    return mp_compose(plan, &opts, &t->children, err);
}

/* Which replicas are new: a later turn finds those of an earlier one already running. */
static mp_status note_fresh(mp__turn *t, const mp_plan *plan)
{
    const mp_object *child = mp_object_first(mp_doc_root(t->children));

    for (size_t i = 0; child && i < mp_plan_size(plan); child = mp_object_next(child), i++)
        if (!mp_placement_retained(mp_plan_placement(plan, i)) &&
            put_name(t, &t->fresh, mp__get_str(mp__get(child, "metadata"), "name")) != MP_OK)
            return MP_ENOMEM;
    return MP_OK;
}

static void remove_replica(const mp__turn *t, mp__str name)
{
    mp__str ns = t->resource->ns;
    mp_replica *replica =
        mp_fleet_find_replica(t->run->fleet, ns.data, ns.size, name.data, name.size);

    if (replica)
        mp_fleet_remove_replica(t->run->fleet, replica);
    else
        t->run->arena.failed = true; /* it is there: only memory can have been missing */
}

/* Whether a replica goes, or is made anew in its place. */
static bool is_changed(const mp__turn *t, const mp__resource *r)
{
    const mp_object *child = child_at(t, r->key);

    return !child || mp__run_holder(t->run, r->ns, t->resource->name, r->key) != r ||
           !mp_object_equal(mp__get(child, "spec"), mp__get(r->object, "spec"));
}

/* Take the observed replicas that are not held out of the fleet; true if what they hold changes. */
static bool remove_observed(mp__turn *t)
{
    bool changed = false;

    for (const mp__resource *r = t->replicas; r; r = r->next) {
        if (r->held)
            continue;
        remove_replica(t, r->name);
        changed = changed || is_changed(t, r);
    }
    return changed;
}

static void remove_children(mp__turn *t)
{
    const mp_object *child = mp_object_first(mp_doc_root(t->children));

    for (; child; child = mp_object_next(child))
        if (mp__is_replica(child))
            remove_replica(t, mp__get_str(mp__get(child, "metadata"), "name"));
}

static mp_status add_children(mp__turn *t, mp_error *err)
{
    const mp_object *child = mp_object_first(mp_doc_root(t->children));

    for (; child; child = mp_object_next(child)) {
        mp_error why;
        mp_status st;

        if (!mp__is_replica(child))
            continue;
        st = mp_fleet_read_replica(t->run->fleet, child, &why);
        st = mp__run_excuse(t->run, t->resource, st, &why, err);
        if (st != MP_OK)
            return st;
    }
    return MP_OK;
}

/* ---- the plan as data ---- */

static mp_status explain(mp__turn *t, const mp_plan *plan, mp_error *err)
{
    mp_doc *reasons;
    mp_status st;

    if (!t->run->opts.explain_all && (!t->run->opts.explain || t->verdict == MP_VERDICT_PLACED))
        return MP_OK;
    st = mp_plan_explain(t->run->fleet, plan, &reasons, err);
    if (st != MP_OK)
        return st;
    mp__set_copy(t->plan, "reasons", mp_doc_root(reasons));
    mp_doc_free(reasons);
    return MP_OK;
}

static void begin_plan(mp__turn *t, uint64_t evaluations, uint64_t steps)
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

static void put_placements(const mp__turn *t)
{
    mp_object *list = mp__set_list(t->plan, "placements");
    const mp_object *child = mp_object_first(mp_doc_root(t->children));

    for (; child; child = mp_object_next(child)) {
        mp__str name = mp__get_str(mp__get(child, "metadata"), "name");

        if (mp__is_replica(child))
            mp__describe_replica(list, child, !mp__map_has(&t->fresh, name.data, name.size));
    }
    for (size_t i = 0; i < t->held_count; i++)
        mp__describe_replica(list, t->held[i]->object, true);
}

static void put_fault(const mp__turn *t, mp__str reason, mp__str path, mp__str message)
{
    mp_object *fault = mp__set_map(t->plan, "fault");

    mp__set_str(fault, "reason", reason);
    if (path.size > 0)
        mp__set_str(fault, "path", path);
    mp__set_str(fault, "message", message);
}

mp__str mp__cache_message(const mp__turn *t)
{
    if (!mp__run_fetched(t->run, MP__STR("cache")))
        return mp__run_text(t->run, MP__STR("Waiting for ModelCache "), t->cache_name, MP__STR(""));
    return mp__run_text(t->run, MP__STR("ModelCache "), t->cache_name,
                        MP__STR(" not found; holding replica placement"));
}

static void put_cache_fault(const mp__turn *t)
{
    if (t->cache_name.size > 0 && !t->cache)
        put_fault(t, MP__STR("ModelCacheNotFound"), MP__STR(""), mp__cache_message(t));
}

/* ---- taking turns ---- */

static mp_status apply_plan(mp__turn *t, const mp_plan *plan, bool *changed, mp_error *err)
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
        *changed = true;
    st = mp__run_status(t->run, err);
    return st == MP_OK ? add_children(t, err) : st;
}

static mp_status take_turn(mp__turn *t, bool *changed, mp_error *err)
{
    mp_schedule_opts opts = MP_SCHEDULE_OPTS_INIT;
    mp_plan *plan;
    mp_status st;

    opts.no_fill = t->cache_name.size > 0 && !t->cache;
    opts.budget = t->run->opts.budget;
    opts.accounting = t->run->opts.accounting;
    opts.span = t->run->opts.span;
    opts.clusters = t->run->opts.clusters;
    opts.pools = t->run->opts.pools;
    opts.whole_members = true;
    st = mp_schedule(t->run->fleet, t->deployment, &opts, &plan, err);
    if (st != MP_OK)
        return st;
    t->verdict = mp_plan_verdict(plan);
    t->candidates = mp_plan_counter(plan, MP_COUNTER_CANDIDATES);
    begin_plan(t, mp_plan_counter(plan, MP_COUNTER_EVALUATIONS),
               mp_plan_counter(plan, MP_COUNTER_STEPS));
    if (t->candidates == 0) {
        t->outcome = MP__NO_CLUSTERS;
        if (t->held_count == 0)
            hold_all(t);
        st = explain(t, plan, err);
        put_fault(t, MP__STR("NoClusters"), MP__STR(""),
                  MP__STR("no InferenceCluster matches the cluster selector"));
    } else {
        st = apply_plan(t, plan, changed, err);
        put_cache_fault(t);
    }
    mp_plan_free(plan);
    if (st != MP_OK)
        return st;
    put_placements(t);
    return mp__run_status(t->run, err);
}

static bool is_short(const mp__turn *t)
{
    return t->verdict == MP_VERDICT_PARTIAL || t->verdict == MP_VERDICT_UNKNOWN;
}

/* A function takes one turn: it sees the room that changes leave when they have happened. */
mp_status mp__turns_take(mp__turn *turns, size_t count, mp_error *err)
{
    bool again = true;

    for (size_t round = 0; again; round++) {
        again = false;
        for (size_t i = 0; i < count; i++) {
            mp__turn *t = &turns[i];
            mp_status st;

            if (t->outcome != MP__SCHEDULED || (round > 0 && !is_short(t)))
                continue;
            st = take_turn(t, &again, err);
            if (st != MP_OK)
                return st;
            again = again && !t->run->request;
        }
    }
    return MP_OK;
}

/* ---- beginning and end ---- */

static void finish_standing(mp__turn *t, mp_error *why)
{
    bool selector = t->outcome == MP__BAD_SELECTOR;

    hold_all(t);
    begin_plan(t, 0, 0);
    mp__run_relative(t->resource, why);
    if (selector)
        put_fault(t, MP__STR("InvalidNodeSelector"), copy_text(t, why->path), t->fault);
    else
        put_fault(t, MP__STR("UnreadableDocument"), MP__STR(""), t->fault);
    put_placements(t);
}

mp_status mp__turn_begin(mp__turn *t, mp__run *run, mp__resource *resource, mp_error *err)
{
    mp_error why;
    mp_status st;

    mp__error_clear(&why);
    t->run = run;
    t->resource = resource;
    mp__map_init(&t->fresh, &run->alloc);
    mp__map_init(&t->ready, &run->alloc);
    st = read_turn(t, &why, err);
    if (st == MP_OK && (t->outcome == MP__BAD_SELECTOR || t->outcome == MP__UNREADABLE))
        finish_standing(t, &why);
    return st;
}

void mp__turn_fini(mp__turn *t)
{
    if (!t->run)
        return; /* not begun */
    mp_doc_free(t->children);
    mp_deployment_free(t->deployment);
    mp__map_fini(&t->fresh);
    mp__map_fini(&t->ready);
}

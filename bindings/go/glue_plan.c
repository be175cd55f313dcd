/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scheduling a batch in one call, with all answers packed.
 */
#include "glue_internal.h"
#include "_cgo_export.h"

static int64_t score(const mp_candidate *c, void *user)
{
    return mpgoScore((mp_cluster *)c->cluster, (mp_pool *)c->pool, (mp_engine *)c->engine,
                     c->replicas, c->needs, c->free, (uintptr_t)user);
}

static mp_schedule_opts schedule_opts(const mpgo_opts *from)
{
    mp_schedule_opts opts = MP_SCHEDULE_OPTS_INIT;

    opts.no_fill = from->no_fill;
    opts.budget = from->budget;
    opts.accounting = from->accounting;
    opts.span = from->span;
    opts.clusters = from->clusters;
    opts.pools = from->pools;
    opts.score = from->score ? score : NULL;
    opts.user = (void *)from->score;
    opts.whole_members = from->whole_members;
    opts.least_movement = from->least_movement;
    return opts;
}

/* ---- packing: plan_read.go reads it in the same order ---- */

static void pack_shares(mpgo_pack *p, const mp_placement *at, size_t engine, size_t member)
{
    size_t count = mp_placement_share_count(at, engine, member);
    mp_share share;

    mpgo__put(p, (int64_t)count);
    for (size_t i = 0; i < count && mp_placement_share(at, engine, member, i, &share); i++) {
        mpgo__put_text(p, share.pool, share.pool_size);
        mpgo__put_text(p, share.domain, share.domain_size);
        mpgo__put(p, share.copy);
        mpgo__put(p, share.pods);
        mpgo__put(p, share.nodes);
    }
}

static void pack_claims(mpgo_pack *p, const mp_placement *at, size_t engine, size_t member)
{
    size_t count = mp_placement_claim_count(at, engine, member);

    mpgo__put(p, (int64_t)count);
    for (size_t i = 0; i < count; i++) {
        const char *device_class, *name;
        size_t size, name_size;
        const mp_request *r = mp_placement_claim(at, engine, member, i, &device_class, &size);

        name = mp_request_name(r, &name_size);
        mpgo__put_text(p, name, name_size);
        mpgo__put_text(p, device_class, size);
        mpgo__put(p, mp_request_count(r));
    }
}

static void pack_engine(mpgo_pack *p, const mp_placement *at, size_t engine)
{
    const mp_engine *e = mp_placement_engine(at, engine);
    size_t members = mp_engine_member_count(e), size;
    const char *name = mp_engine_name(e, &size);

    mpgo__put_text(p, name, size);
    mpgo__put(p, mp_engine_copies(e));
    mpgo__put(p, mp_placement_engine_kept(at, engine));
    mpgo__put(p, (int64_t)members);
    for (size_t i = 0; i < members; i++) {
        const mp_member *m = mp_engine_member(e, i);
        const char *pool = mp_placement_pool(at, engine, i, &size);

        mpgo__put(p, (int64_t)mp_member_role(m));
        mpgo__put_text(p, pool ? pool : "", pool ? size : 0);
        mpgo__put(p, mp_member_nodes(m));
        pack_shares(p, at, engine, i);
        pack_claims(p, at, engine, i);
    }
}

static void pack_placement(mpgo_pack *p, const mp_placement *at)
{
    size_t engines = mp_placement_engine_count(at), size;
    const char *text = mp_placement_cluster(at, &size);

    mpgo__put_text(p, text, size);
    mpgo__put(p, mp_placement_index(at));
    text = mp_placement_gateway(at, &size);
    mpgo__put_text(p, text, size);
    mpgo__put(p, mp_placement_retained(at));
    mpgo__put(p, (int64_t)engines);
    for (size_t i = 0; i < engines; i++)
        pack_engine(p, at, i);
}

static void pack_plan(mpgo_pack *p, const mp_plan *plan)
{
    size_t count = mp_plan_size(plan);

    mpgo__put(p, (int64_t)mp_plan_verdict(plan));
    for (int c = MP_COUNTER_EVALUATIONS; c <= MP_COUNTER_CANDIDATES; c++)
        mpgo__put(p, (int64_t)mp_plan_counter(plan, (mp_counter)c));
    mpgo__put(p, (int64_t)count);
    for (size_t i = 0; i < count; i++)
        pack_placement(p, mp_plan_placement(plan, i));
}

static void pack_error(mpgo_pack *p, const mp_error *err)
{
    mpgo__put(p, (int64_t)err->line);
    mpgo__put(p, (int64_t)err->column);
    mpgo__put(p, (int64_t)err->offset);
    mpgo__put_string(p, err->path);
    mpgo__put_string(p, err->text);
}

/* ---- the calls ---- */

void mpgo_schedule(const mp_fleet *fleet, const mp_deployment *const *deployments, size_t count,
                   const mpgo_opts *from, mp_plan **plans, mpgo_pack *out)
{
    mp_schedule_opts opts = schedule_opts(from);
    mp_error err;

    for (size_t i = 0; i < count && !out->failed; i++) {
        mp_plan *plan;
        mp_status st = mp_schedule(fleet, deployments[i], &opts, &plan, &err);

        mpgo__put(out, (int64_t)st);
        if (st == MP_OK)
            pack_plan(out, plan);
        else
            pack_error(out, &err);
        if (plans)
            plans[i] = plan;
        else
            mp_plan_free(plan);
    }
}

mp_status mpgo_check(const mp_fleet *fleet, const mpgo_opts *from, const mp_plan *plan,
                     mp_error *err)
{
    mp_schedule_opts opts = schedule_opts(from);

    return mp_plan_check(fleet, mp_plan_deployment(plan), &opts, plan, err);
}

void mpgo_free_plans(mp_plan *const *plans, size_t count)
{
    for (size_t i = 0; i < count; i++)
        mp_plan_free(plans[i]);
}

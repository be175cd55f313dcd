/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checker against plans that are wrong in one thing: of random instances a plan is made and
 * certified, one field of one placement, row, claim or certificate is changed so that it cannot be
 * right any more, and the checker must see it.  Then the field is put back, and it must not.
 */
#include "place_internal.h"
#include "place_random.h"
#include <stdio.h>
#include <string.h>

#define INSTANCES 4000

typedef struct mutant {
    mp_plan *plan;
    mp_placement *p;
    mp__placed_member *m;
    mp__row *row;
    mp__certificate *of;
    const mp_pool *pool; /* of the row */
} mutant;

static void must(mp_status st)
{
    ck_assert_msg(st == MP_OK, "%s", mp_status_name(st));
}

/* Each changes one thing; false: there is no such thing here. */

static bool other_index(mutant *u)
{
    u->p->index += 5;
    return true;
}

static bool other_cluster(mutant *u)
{
    u->p->cluster = MP__STR("nowhere");
    return true;
}

static bool other_gateway(mutant *u)
{
    u->p->gateway = MP__STR("elsewhere");
    return true;
}

static bool retained(mutant *u)
{
    u->p->retained = true;
    return true;
}

static bool fewer_engines(mutant *u)
{
    u->p->engine_count--;
    return true;
}

static bool engine_twice(mutant *u)
{
    if (u->p->engine_count < 2)
        return false;
    u->p->engines[1].engine = u->p->engines[0].engine;
    return true;
}

static bool other_pool(mutant *u)
{
    u->row->pool = MP__STR("p9");
    return true;
}

static bool other_domain(mutant *u)
{
    u->row->domain = MP__STR("b9/r9");
    return u->row->nodes > 0;
}

static bool more_pods(mutant *u)
{
    u->row->pods++;
    return true;
}

static bool no_pods(mutant *u)
{
    u->row->pods = 0;
    return true;
}

static bool many_nodes(mutant *u)
{
    u->row->nodes += 1000;
    u->row->pods += 1000;
    return true;
}

static bool negative_nodes(mutant *u)
{
    u->row->nodes = -1;
    return true;
}

static bool no_nodes(mutant *u)
{
    u->row->nodes = 0;
    return u->m->claim_count > 0;
}

static bool no_device(mutant *u)
{
    if (u->m->claim_count == 0)
        return false;
    u->row->device[0] = 7;
    return true;
}

static bool no_claims(mutant *u)
{
    u->m->claim_count = 0;
    return u->row->nodes > 0;
}

static bool other_class(mutant *u)
{
    if (u->m->claim_count == 0)
        return false;
    u->m->claims[0].device_class = MP__STR("k9");
    return true;
}

static bool other_request(mutant *u)
{
    if (u->m->claim_count == 0)
        return false;
    u->m->claims[0].request = NULL;
    return true;
}

static bool other_first_pool(mutant *u)
{
    u->m->pool = MP__STR("p9");
    return true;
}

static bool no_rows(mutant *u)
{
    u->m->row_count = 0;
    return true;
}

static bool not_counted(mutant *u)
{
    u->row->left = u->row->left ? NULL : (const int64_t[]){ 0, 0 };
    return u->row->nodes > 0;
}

static bool other_verdict(mutant *u)
{
    u->plan->verdict = MP_VERDICT_HELD;
    return true;
}

static bool more_needed(mutant *u)
{
    if (u->of->proof != MP_PROOF_COUNT || u->of->needs == INT64_MAX)
        return false;
    u->of->needs++;
    return true;
}

static bool more_there(mutant *u)
{
    if (u->of->proof != MP_PROOF_COUNT)
        return false;
    u->of->has++;
    return true;
}

static bool closed(mutant *u)
{
    u->of->proof = MP_PROOF_CLOSED;
    return true;
}

static bool nowhere(mutant *u)
{
    u->of->level = MP__STR("aisle");
    return u->of->proof == MP_PROOF_COUNT && u->of->unit != MP_UNIT_POD;
}

static bool of_another(mutant *u)
{
    u->of->cluster = MP__STR("d");
    return true;
}

typedef struct change {
    const char *name;
    bool (*make)(mutant *u);
} change;

#define CHANGE(make)                                                                               \
    {                                                                                              \
#make, make                                                                                \
    }

static const change in_rows[] = {
    CHANGE(other_index),   CHANGE(other_cluster),    CHANGE(other_gateway), CHANGE(retained),
    CHANGE(fewer_engines), CHANGE(engine_twice),     CHANGE(other_pool),    CHANGE(other_domain),
    CHANGE(more_pods),     CHANGE(no_pods),          CHANGE(many_nodes),    CHANGE(negative_nodes),
    CHANGE(no_nodes),      CHANGE(no_device),        CHANGE(no_claims),     CHANGE(other_class),
    CHANGE(other_request), CHANGE(other_first_pool), CHANGE(no_rows),       CHANGE(not_counted)
};
static const change in_plans[] = { CHANGE(other_verdict) };
static const change in_certificates[] = { CHANGE(more_needed), CHANGE(more_there), CHANGE(closed),
                                          CHANGE(nowhere), CHANGE(of_another) };

typedef struct counts {
    size_t plans, mutants;
} counts;

static mp_status check(const mp_fleet *fleet, const mp_plan *plan, mp_error *err)
{
    return mp_plan_check(fleet, plan->deployment, &plan->opts, plan, err);
}

/* Makes a change that can be taken back: all that is pointed to is saved. */
static void try_change(const mp_fleet *fleet, mutant *u, const change *by, size_t number, counts *n)
{
    mp_plan plan = *u->plan;
    mp_placement p = { 0 };
    mp__placed_member m = { 0 };
    mp__row row = { 0 };
    mp__certificate of = { 0 };
    mp__placed_claim claim = { 0 };
    const mp_engine *second = NULL;
    uint32_t first = 0;
    mp_error err;

    if (u->p) {
        p = *u->p;
        m = *u->m;
        row = *u->row;
        claim = m.claim_count > 0 ? m.claims[0] : claim;
        first = m.claim_count > 0 ? row.device[0] : 0;
        second = p.engine_count > 1 ? p.engines[1].engine : NULL;
    }
    if (u->of)
        of = *u->of;
    if (by->make(u)) {
        mp_status st = check(fleet, u->plan, &err);

        ck_assert_msg(st == MP_ECHECK, "instance %zu, %s: %s", number, by->name,
                      mp_status_name(st));
        n->mutants++;
    }
    *u->plan = plan;
    if (u->p) {
        *u->p = p;
        *u->m = m;
        *u->row = row;
        if (m.claim_count > 0) {
            m.claims[0] = claim;
            row.device[0] = first;
        }
        if (second)
            p.engines[1].engine = second;
    }
    if (u->of)
        *u->of = of;
}

static void change_all(const mp_fleet *fleet, mp_plan *plan, size_t number, mp_test_random *r,
                       counts *n)
{
    mutant u = { .plan = plan };
    mp_error err;

    for (size_t i = 0; i < plan->count; i++) {
        const mp__placed_engine *e;

        u.p = plan->placements[i];
        e = &u.p->engines[mp_test_random_below(r, u.p->engine_count)];
        u.m = &e->members[mp_test_random_below(r, e->engine->member_count)];
        u.row = &u.m->rows[mp_test_random_below(r, u.m->row_count)];
        for (size_t k = 0; k < MP__COUNT(in_rows); k++)
            try_change(fleet, &u, &in_rows[k], number, n);
    }
    u.p = NULL;
    for (size_t k = 0; k < MP__COUNT(in_plans); k++)
        try_change(fleet, &u, &in_plans[k], number, n);
    for (size_t i = 0; i < plan->certificate_count; i++) {
        u.of = &plan->certificates[i];
        for (size_t k = 0; k < MP__COUNT(in_certificates); k++)
            try_change(fleet, &u, &in_certificates[k], number, n);
    }
    ck_assert_msg(check(fleet, plan, &err) == MP_OK, "%s", err.text);
}

static void run_one(size_t number, mp_test_random *r, counts *n)
{
    mp_schedule_opts opts = MP_SCHEDULE_OPTS_INIT;
    instance in;
    mp_deployment *d;
    mp_fleet *fleet;
    mp_plan *plan;
    mp_error err;

    random_instance(r, (unsigned)number % 32, &in);
    opts.whole_members = in.whole;
    opts.accounting = in.devices ? MP_ACCOUNTING_DEVICES : MP_ACCOUNTING_NODES;
    d = random_deployment(&in);
    fleet = random_fleet(&in, r);
    must(mp_schedule(fleet, d, &opts, &plan, &err));
    must(mp_plan_certify(fleet, plan, &err));
    ck_assert_msg(check(fleet, plan, &err) == MP_OK, "%s", err.text);
    change_all(fleet, plan, number, r, n);
    n->plans++;
    mp_plan_free(plan);
    mp_fleet_free(fleet);
    mp_deployment_free(d);
}

START_TEST(no_mutant_passes)
{
    size_t total = mp_test_scaled(INSTANCES);
    mp_test_random random = { 20261124 };
    counts n = { 0 };

    for (size_t i = 0; i < total; i++)
        run_one(i, &random, &n);
    mp_test_note("%zu plans, %zu changes, all seen", n.plans, n.mutants);
    ck_assert_uint_gt(n.mutants, n.plans);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("place_mutants");
    TCase *tc = tcase_create("checker");

    tcase_set_timeout(tc, 600);
    tcase_add_test(tc, no_mutant_passes);
    suite_add_tcase(s, tc);
    return mp_test_main(s);
}

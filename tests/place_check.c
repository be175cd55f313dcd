/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checker catches every kind of broken plan: a good plan is made, one thing in it is changed,
 * and the checker must name the rule.
 */
#include "mp_test.h"
#include "place_internal.h"
#include "place_text.h"
#include <stdlib.h>
#include <string.h>

/* Three clusters of which two may take something new, and two running replicas.  The deployment
 * wants four: the two that run, and two new ones on alpha. */
static const char fleet_text[] =
    "cluster alpha label=r:eu\n"
    "pool p 6 gpu/D/8/kind=x/cg nic/S/2/kind=n other/D/8/kind=y/co\n"
    "pool q 4 gpu/D/8/kind=x/cg nic/D/2/kind=n/cn\n"
    "pool r 4 gpu/D/8/kind=x/cg spare/D/8/kind=x/cs nic/D/2/kind=n/cn\n"
    "cluster beta label=r:eu\n"
    "pool p 9 gpu/D/8/kind=x/cg nic/D/2/kind=n/cn\n"
    "cluster gamma label=r:us\n"
    "pool p 9 gpu/D/8/kind=x/cg nic/D/2/kind=n/cn\n"
    "replica t.r1 d alpha 1 a*1 leader:q:1:claims worker:q:1:claims b*1 standalone:p:1:claims\n"
    "replica t.r2 d beta 0 a*1 leader:p:1:claims worker:p:1:claims b*1 standalone:p:1:claims\n"
    "replica u.r3 e alpha 0 x*1 standalone:r:1:claims\n";

static const char deployment_text[] =
    "deployment t.d 3\nselect r eu\n"
    "engine a*1\nmember leader nic/1/kind=n\nmember worker*1 gpu/8/kind=x\n"
    "engine b*1\nmember standalone gpu/8/kind=x\n";

typedef struct setup {
    mp_fleet *fleet;
    mp_deployment *d, *first; /* first: the one before, where a test has put another in place */
    mp_plan *plan;
    mp_schedule_opts opts;
} setup;

static void must(mp_status st)
{
    ck_assert_msg(st == MP_OK, "%s", mp_status_name(st));
}

static void open_setup(setup *s)
{
    static const mp_schedule_opts defaults = MP_SCHEDULE_OPTS_INIT;
    mp_error err;
    char *text;

    s->opts = defaults;
    s->first = NULL;
    must(place_fleet(NULL, fleet_text, &s->fleet));
    must(place_deployment(NULL, deployment_text, &s->d));
    must(mp_schedule(s->fleet, s->d, NULL, &s->plan, &err));
    text = place_plan(s->plan);
    ck_assert_str_eq(text, "alpha/0 a:q(nic@cn),q(gpu@cg) b:p(gpu@cg); "
                           "alpha/1! a:q(nic@cn),q(gpu@cg) b:p(gpu@cg); "
                           "beta/0! a:p(nic@cn),p(gpu@cg) b:p(gpu@cg); placed");
    free(text);
    ck_assert_msg(mp_plan_check(s->fleet, s->d, NULL, s->plan, &err) == MP_OK, "%s", err.text);
}

static void close_setup(setup *s)
{
    mp_plan_free(s->plan);
    mp_deployment_free(s->first);
    mp_deployment_free(s->d);
    mp_fleet_free(s->fleet);
}

static mp_placement *placement(setup *s, size_t i)
{
    return s->plan->placements[i];
}

static mp__placed_member *member(setup *s, size_t i, size_t e, size_t m)
{
    return &s->plan->placements[i]->engines[e].members[m];
}

static mp_cluster *cluster(setup *s, const char *name)
{
    return mp_fleet_find_cluster(s->fleet, name, MP_NTS);
}

static mp_pool *pool(setup *s, const char *of, const char *name)
{
    return mp_cluster_find_pool(cluster(s, of), name, MP_NTS);
}

static void drop_placement(setup *s, size_t at)
{
    for (size_t i = at; i + 1 < s->plan->count; i++)
        s->plan->placements[i] = s->plan->placements[i + 1];
    s->plan->count--;
    s->plan->verdict = MP_VERDICT_PARTIAL;
}

/* ---- what is changed: in the plan, or under it ---- */

static void too_many(setup *s)
{
    must(mp_deployment_set_replicas(s->d, 2));
}

static void wrong_verdict(setup *s)
{
    s->plan->verdict = MP_VERDICT_PARTIAL;
}

static void placed_but_short(setup *s)
{
    must(mp_deployment_set_replicas(s->d, 4));
}

static void held_but_filling(setup *s)
{
    must(mp_deployment_set_replicas(s->d, 4));
    s->plan->verdict = MP_VERDICT_HELD;
}

static void filled_though_held(setup *s)
{
    s->opts.no_fill = true;
}

static void swapped(setup *s)
{
    mp_placement *first = placement(s, 0);

    s->plan->placements[0] = placement(s, 1);
    s->plan->placements[1] = first;
}

static void same_identity(setup *s)
{
    placement(s, 1)->index = 0;
}

static void no_such_cluster(setup *s)
{
    placement(s, 2)->cluster = MP__STR("delta");
}

static void not_selected(setup *s)
{
    must(mp_deployment_select_cluster(s->d, "zone", MP_NTS, "1", MP_NTS));
}

static void not_ready(setup *s)
{
    must(mp_cluster_set_ready(cluster(s, "alpha"), false));
}

static void gateway_gone(setup *s)
{
    must(mp_cluster_set_gateway(cluster(s, "alpha"), "", 0));
    for (size_t i = 0; i < 2; i++)
        placement(s, i)->gateway = MP__STR("");
}

static void gateway_changed(setup *s)
{
    placement(s, 0)->gateway = MP__STR("elsewhere");
}

static void tainted(setup *s)
{
    must(mp_cluster_add_taint(cluster(s, "alpha"), "k", 1, "v", 1, MP_EFFECT_NO_SCHEDULE));
}

static void tainted_under_retained(setup *s)
{
    must(mp_cluster_add_taint(cluster(s, "beta"), "k", 1, "v", 1, MP_EFFECT_NO_EXECUTE));
}

static void toleration_of_another_effect(setup *s)
{
    tainted_under_retained(s);
    must(mp_deployment_add_toleration(s->d, "k", 1, MP_TOLERATION_EQUAL, "v", 1,
                                      MP_EFFECT_NO_SCHEDULE));
}

static void index_with_a_gap(setup *s)
{
    mp_placement *first = placement(s, 0);

    first->index = 7;
    s->plan->placements[0] = placement(s, 1);
    s->plan->placements[1] = first;
}

static void engine_missing(setup *s)
{
    placement(s, 0)->engine_count = 1;
}

static void engine_twice(setup *s)
{
    placement(s, 0)->engines[1] = placement(s, 0)->engines[0];
}

static void engines_swapped(setup *s)
{
    mp__placed_engine first = placement(s, 0)->engines[0];

    placement(s, 0)->engines[0] = placement(s, 0)->engines[1];
    placement(s, 0)->engines[1] = first;
}

static void move(mp__placed_member *m, mp__str pool)
{
    m->pool = m->rows[0].pool = pool;
}

static void pool_gone(setup *s)
{
    move(member(s, 0, 1, 0), MP__STR("z"));
}

static void spread(setup *s)
{
    move(member(s, 0, 0, 1), MP__STR("p"));
}

/* The leader of engine a on pool p gets the synthetic card only, though pool q has one to claim. */
static void stranded(setup *s)
{
    move(member(s, 0, 0, 0), MP__STR("p"));
    member(s, 0, 0, 0)->claim_count = 0;
    member(s, 0, 0, 0)->rows[0].nodes = 0;
    move(member(s, 0, 0, 1), MP__STR("p"));
}

static void device_not_there(setup *s)
{
    member(s, 0, 1, 0)->rows[0].device[0] = 9;
}

static void device_of_another_kind(setup *s)
{
    member(s, 0, 1, 0)->rows[0].device[0] = 2;
    member(s, 0, 1, 0)->claims[0].device_class = MP__STR("co");
}

static void device_count_short(setup *s)
{
    must(mp_device_set_int(mp_pool_device(pool(s, "alpha", "q"), 0), "unused", MP_NTS, 1));
    mp_pool_device(pool(s, "alpha", "q"), 0)->count = 7;
}

static void claim_left_out(setup *s)
{
    member(s, 0, 1, 0)->claim_count = 0;
    member(s, 0, 1, 0)->rows[0].nodes = 0;
}

static void claim_too_many(setup *s)
{
    mp__placed_member *m = member(s, 0, 0, 0);
    mp__placed_claim *two = MP__NEW_ARRAY(&s->plan->arena, mp__placed_claim, 2);

    two[0] = two[1] = m->claims[0];
    m->claims = two;
    m->claim_count = 2;
}

static void claim_of_another_class(setup *s)
{
    member(s, 0, 1, 0)->claims[0].device_class = MP__STR("cn");
}

static void claim_of_another_request(setup *s)
{
    member(s, 0, 1, 0)->claims[0].request = member(s, 0, 0, 1)->claims[0].request;
}

static void retained_elsewhere(setup *s)
{
    move(member(s, 1, 1, 0), MP__STR("q"));
}

static void retained_never_observed(setup *s)
{
    mp_fleet_remove_replica(s->fleet, mp_fleet_find_replica(s->fleet, "t", 1, "r2", 2));
}

static void retained_of_another_owner(setup *s)
{
    retained_never_observed(s);
    must(place_extend(s->fleet, "replica t.r2 e beta 0 a*1 leader:p:1:claims worker:p:1:claims "
                                "b*1 standalone:p:1:claims\n"));
}

static void retained_in_another_role(setup *s)
{
    retained_never_observed(s);
    must(place_extend(s->fleet, "replica t.r2 d beta 0 a*1 worker:p:1:claims worker:p:1:claims "
                                "b*1 standalone:p:1:claims\n"));
}

static void retained_under_a_later_name(setup *s)
{
    must(place_extend(s->fleet, "replica t.r0 d beta 0 a*1 leader:p:1:claims worker:p:1:claims "
                                "b*1 standalone:p:1:claims\n"));
}

static void let_go(setup *s)
{
    drop_placement(s, 2);
}

static void let_go_for_a_new_one(setup *s)
{
    must(place_extend(s->fleet, "replica t.r4 d beta 4 a*1 leader:p:1:claims worker:p:1:claims "
                                "b*1 standalone:p:1:claims\n"));
}

static void overcommitted(setup *s)
{
    must(mp_pool_set_nodes(pool(s, "alpha", "q"), 3));
}

static void overcommitted_by_another(setup *s)
{
    must(place_extend(s->fleet, "replica u.r9 z alpha 3 x*5 standalone:p:1:claims\n"));
}

static void overcommitted_without_bound(setup *s)
{
    must(place_extend(s->fleet,
                      "replica u.r9 z alpha 3 x*4611686018427387904 standalone:p:4:claims\n"));
}

static void of_another_deployment(setup *s)
{
    s->first = s->d;
    must(place_deployment(NULL, deployment_text, &s->d));
}

static const struct tampering {
    const char *name, *want; /* part of the message */
    void (*change)(setup *s);
} tamperings[] = {
#define CASE(change, want)                                                                         \
    {                                                                                              \
#change, want, change                                                                      \
    }
    CASE(too_many, "more placements than replicas"),
    CASE(wrong_verdict, "the verdict is not"),
    CASE(placed_but_short, "the verdict is not"),
    CASE(held_but_filling, "the verdict is not"),
    CASE(filled_though_held, "filling is switched off"),
    CASE(swapped, "out of order"),
    CASE(same_identity, "there twice"),
    CASE(no_such_cluster, "no such cluster"),
    CASE(not_selected, "lacks a label"),
    CASE(not_ready, "not ready"),
    CASE(gateway_gone, "without a gateway"),
    CASE(gateway_changed, "gateway is not the cluster's"),
    CASE(tainted, "not tolerated"),
    CASE(tainted_under_retained, "not tolerated"),
    CASE(toleration_of_another_effect, "not tolerated"),
    CASE(index_with_a_gap, "smaller index"),
    CASE(engine_missing, "number of engines"),
    CASE(engine_twice, "there twice"),
    CASE(engines_swapped, "out of order"),
    CASE(pool_gone, "does not publish"),
    CASE(spread, "apart"),
    CASE(stranded, "stranded"),
    CASE(device_not_there, "not there, or does not serve"),
    CASE(device_of_another_kind, "not there, or does not serve"),
    CASE(device_count_short, "not there, or does not serve"),
    CASE(claim_left_out, "claims are not those"),
    CASE(claim_too_many, "claims are not those"),
    CASE(claim_of_another_class, "claims are not those"),
    CASE(claim_of_another_request, "claims are not those"),
    CASE(retained_elsewhere, "no such replica was observed"),
    CASE(retained_never_observed, "no such replica was observed"),
    CASE(retained_of_another_owner, "no such replica was observed"),
    CASE(retained_in_another_role, "no such replica was observed"),
    CASE(retained_under_a_later_name, "goes first by name"),
    CASE(let_go, "can stay but is not kept"),
    CASE(let_go_for_a_new_one, "can stay but is not kept"),
    CASE(overcommitted, "overcommit"),
    CASE(overcommitted_by_another, "overcommit"),
    CASE(overcommitted_without_bound, "overcommit"),
    CASE(of_another_deployment, "another deployment"),
#undef CASE
};

START_TEST(broken_plans_are_caught)
{
    const struct tampering *t = &tamperings[_i];
    setup s;
    mp_error err;

    open_setup(&s);
    t->change(&s);
    ck_assert_msg(mp_plan_check(s.fleet, s.d, &s.opts, s.plan, &err) == MP_ECHECK,
                  "%s: not caught (%s)", t->name, err.text);
    ck_assert_msg(strstr(err.text, t->want) != NULL, "%s: %s", t->name, err.text);
    ck_assert_int_eq(mp_plan_check(s.fleet, s.d, &s.opts, s.plan, NULL), MP_ECHECK);
    close_setup(&s);
}
END_TEST

/* An engine none of whose members claims anything: the engine of a plan for another fleet. */
START_TEST(an_engine_must_claim)
{
    setup s;
    mp_error err;

    open_setup(&s);
    must(mp_fleet_add_cluster(s.fleet, "omega", MP_NTS, &err) ? MP_OK : err.status);
    mp_pool_device(pool(&s, "alpha", "p"), 0)->kind->claim = MP_CLAIM_SYNTHETIC;
    mp_pool_device(pool(&s, "alpha", "q"), 0)->kind->claim = MP_CLAIM_SYNTHETIC;
    mp_pool_device(pool(&s, "alpha", "r"), 0)->kind->claim = MP_CLAIM_SYNTHETIC;
    mp_pool_device(pool(&s, "alpha", "r"), 1)->kind->claim = MP_CLAIM_SYNTHETIC;
    for (size_t i = 0; i < 2; i++) {
        member(&s, i, 0, 1)->claim_count = member(&s, i, 1, 0)->claim_count = 0;
        member(&s, i, 0, 1)->rows[0].nodes = member(&s, i, 1, 0)->rows[0].nodes = 0;
    }
    ck_assert_int_eq(mp_plan_check(s.fleet, s.d, &s.opts, s.plan, &err), MP_ECHECK);
    ck_assert_ptr_nonnull(strstr(err.text, "an engine claims no device"));
    close_setup(&s);
}
END_TEST

/* ---- certificates ---- */

/* More replicas are wanted than there is room for, and the plan says why there are no more: the
 * third cluster is closed, and on the others engine a lacks nodes. */
static void open_refusal(setup *s)
{
    mp_error err;

    open_setup(s);
    mp_plan_free(s->plan);
    must(mp_deployment_set_replicas(s->d, 20));
    must(mp_schedule(s->fleet, s->d, NULL, &s->plan, &err));
    must(mp_plan_certify(s->fleet, s->plan, &err));
    ck_assert_uint_eq(mp_plan_certificate_count(s->plan), 3);
    ck_assert_msg(mp_plan_check(s->fleet, s->d, NULL, s->plan, &err) == MP_OK, "%s", err.text);
}

static mp__certificate *certificate(setup *s, const char *of)
{
    for (size_t i = 0; i < s->plan->certificate_count; i++)
        if (mp__str_equal(s->plan->certificates[i].cluster, mp__str_make(of, MP_NTS)))
            return &s->plan->certificates[i];
    ck_abort_msg("no certificate of %s", of);
}

static void less_is_there(setup *s)
{
    certificate(s, "alpha")->has--;
}

static void more_is_needed(setup *s)
{
    certificate(s, "beta")->needs++;
}

static void closed_though_open(setup *s)
{
    certificate(s, "alpha")->proof = MP_PROOF_CLOSED;
}

static void opened_again(setup *s)
{
    must(mp_cluster_set_label(cluster(s, "gamma"), "r", 1, "eu", 2));
}

static void nobody_is_counted(setup *s)
{
    memset(certificate(s, "beta")->engines, 0, 2 * sizeof(bool));
}

static void only_the_other_engine(setup *s)
{
    mp__certificate *c = certificate(s, "alpha");

    must(mp_pool_set_nodes(pool(s, "alpha", "p"), 60));
    c->engines[0] = false;
    c->engines[1] = true;
    c->unit = MP_UNIT_ENGINE;
    c->level = MP__STR("pool");
}

/* Both engines together need not be in one pool. */
static void units_that_may_be_apart(setup *s)
{
    mp__certificate *c = certificate(s, "alpha");

    c->engines[0] = c->engines[1] = true;
    c->unit = MP_UNIT_ALL;
    c->level = MP__STR("pool");
}

static void domains_nobody_asks_for(setup *s)
{
    certificate(s, "alpha")->unit = MP_UNIT_COPY;
    certificate(s, "alpha")->level = MP__STR("rack");
}

static void nodes_were_added(setup *s)
{
    must(mp_pool_set_nodes(pool(s, "alpha", "q"), 40));
}

static void searched_though_it_fits(setup *s)
{
    nodes_were_added(s);
    must(mp_pool_set_nodes(pool(s, "alpha", "p"), 40));
    certificate(s, "alpha")->proof = MP_PROOF_SEARCH;
}

static void of_no_cluster(setup *s)
{
    certificate(s, "alpha")->cluster = MP__STR("aleph");
}

static const struct tampering refusals[] = {
#define CASE(change, want)                                                                         \
    {                                                                                              \
#change, want, change                                                                      \
    }
    CASE(less_is_there, "counts other numbers"),
    CASE(more_is_needed, "counts other numbers"),
    CASE(closed_though_open, "not closed"),
    CASE(opened_again, "not closed"),
    CASE(nobody_is_counted, "about nothing"),
    CASE(only_the_other_engine, "there is room"),
    CASE(units_that_may_be_apart, "need not be in one domain"),
    CASE(domains_nobody_asks_for, "need not be in one domain"),
    CASE(nodes_were_added, "there is room"),
    CASE(searched_though_it_fits, "fits after all"),
    CASE(of_no_cluster, "no such cluster"),
#undef CASE
};

START_TEST(wrong_certificates_are_caught)
{
    const struct tampering *t = &refusals[_i];
    setup s;
    mp_error err;

    open_refusal(&s);
    t->change(&s);
    ck_assert_msg(mp_plan_check(s.fleet, s.d, NULL, s.plan, &err) == MP_ECHECK,
                  "%s: not caught (%s)", t->name, err.text);
    ck_assert_msg(strstr(err.text, t->want) != NULL, "%s: %s", t->name, err.text);
    close_setup(&s);
}
END_TEST

START_TEST(certificates_can_be_read)
{
    static const struct {
        const char *cluster;
        mp_proof proof;
    } want[] = { { "alpha", MP_PROOF_COUNT },
                 { "beta", MP_PROOF_COUNT },
                 { "gamma", MP_PROOF_CLOSED } };
    mp_certificate c;
    setup s;

    open_refusal(&s);
    for (size_t i = 0; i < 3; i++) {
        ck_assert(mp_plan_certificate(s.plan, i, &c));
        ck_assert_str_eq(c.cluster, want[i].cluster);
        ck_assert_uint_eq(c.cluster_size, strlen(want[i].cluster));
        ck_assert_int_eq(c.proof, want[i].proof);
        ck_assert(c.proof != MP_PROOF_COUNT || c.has < c.needs);
    }
    ck_assert(!mp_plan_certificate(s.plan, 3, &c));
    ck_assert_uint_eq(mp_plan_certificate_count(NULL), 0);
    close_setup(&s);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("place_check");
    TCase *tc = tcase_create("checker");

    tcase_add_loop_test(tc, broken_plans_are_caught, 0,
                        (int)(sizeof tamperings / sizeof *tamperings));
    tcase_add_test(tc, an_engine_must_claim);
    tcase_add_loop_test(tc, wrong_certificates_are_caught, 0,
                        (int)(sizeof refusals / sizeof *refusals));
    tcase_add_test(tc, certificates_can_be_read);
    suite_add_tcase(s, tc);
    return mp_test_main(s);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Placement without memory, and by many threads at once.
 */
#define _POSIX_C_SOURCE 200809L
#include "mp_test.h"
#include "place_text.h"
#include <modelplane/object.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Everything is in it: labels, taints, tolerations, replicas to keep, to drop, of others and of one
 * identity; requests that give way; an engine that fits only after going back. */
static const char fleet_text[] =
    "cluster alpha label=r:eu\n"
    "pool p 3 gpu/D/8/kind=x/cg nic/S/2/kind=n\n"
    "pool q 7 gpu/D/8/kind=x/cg nic/D/2/kind=n/cn\n"
    "cluster beta label=r:eu taint=k:v:NoSchedule\n"
    "pool p 9 gpu/D/4/kind=x/cg any/D/4/kind=y/cy nic/D/2/kind=n/cn\n"
    "pool q 2 gpu/D/8/kind=x/cg nic/D/2/kind=n/cn\n"
    "cluster gamma label=r:us\n"
    "pool p 9 gpu/D/8/kind=x/cg\n"
    "cluster delta label=r:eu taint=k:w:NoExecute\n"
    "cluster omega unready label=r:eu\n"
    "replica t.r1 d alpha 1 a*1 leader:q:1:claims worker:q:1:claims b*1 standalone:p:1:claims\n"
    "replica t.r2 d alpha 1 a*1 leader:q:1:claims worker:q:1:claims b*1 standalone:p:1:claims\n"
    "replica t.r3 d gamma 0 a*1 leader:p:1:claims worker:p:1:claims b*1 standalone:p:1:claims\n"
    "replica u.r3 e alpha 0 x*1 standalone:q:1:claims\n";
static const char deployment_text[] =
    "deployment t.d 4\nselect r eu\ntolerate k Equal v NoSchedule\n"
    "engine a*1\nmember leader nic/1/kind=n\nmember worker*1 any/4 gpu/4/kind=x\n"
    "engine b*1\nmember standalone gpu/4/kind=x\n";

static mp_status explain(const mp_fleet *fleet, const mp_plan *plan, char **text)
{
    mp_doc *why;
    mp_text json;
    mp_status st = mp_plan_explain(fleet, plan, &why, NULL);

    if (st != MP_OK) {
        ck_assert_ptr_null(why);
        return st;
    }
    st = mp_json_text(NULL, mp_doc_root(why), 0, &json, NULL);
    if (st == MP_OK)
        *text = strdup(json.data);
    mp_text_fini(&json);
    mp_doc_free(why);
    return st;
}

/* Schedules, checks and explains; the answer as one text. */
static mp_status answer_by(const mp_fleet *fleet, const mp_deployment *d,
                           const mp_schedule_opts *opts, char **text)
{
    char *line, *why = NULL;
    mp_plan *plan;
    mp_status st = mp_schedule(fleet, d, opts, &plan, NULL);

    *text = NULL;
    if (st != MP_OK) {
        ck_assert_ptr_null(plan);
        return st;
    }
    st = mp_plan_certify(fleet, plan, NULL);
    if (st == MP_OK)
        st = mp_plan_check(fleet, d, opts, plan, NULL);
    if (st == MP_OK)
        st = explain(fleet, plan, &why);
    if (st == MP_OK) {
        line = place_plan(plan);
        *text = malloc(strlen(line) + strlen(why) + 1);
        strcpy(*text, line);
        strcat(*text, why);
        free(line);
    }
    free(why);
    mp_plan_free(plan);
    return st;
}

static mp_status answer(const mp_fleet *fleet, const mp_deployment *d, char **text)
{
    return answer_by(fleet, d, NULL, text);
}

static const char want_plan[] = "alpha/0 a:q(nic@cn),q(any@cg+gpu@cg) b:p(gpu@cg); "
                                "alpha/1! a:q(nic@cn),q(any@cg+gpu@cg) b:p(gpu@cg); "
                                "beta/0 a:q(nic@cn),q(any@cg+gpu@cg) b:p(gpu@cg); "
                                "beta/1 a:p(nic@cn),p(any@cy+gpu@cg) b:p(gpu@cg); placed{";

static mp_status whole_work(const mp_allocator *alloc, void *user)
{
    mp_fleet *fleet;
    mp_deployment *d = NULL;
    char *text = NULL;
    mp_status st = place_fleet(alloc, fleet_text, &fleet);

    (void)user;
    if (st == MP_OK)
        st = place_deployment(alloc, deployment_text, &d);
    if (st == MP_OK)
        st = answer(fleet, d, &text);
    if (st == MP_OK)
        ck_assert_msg(strncmp(text, want_plan, strlen(want_plan)) == 0, "%s", text);
    free(text);
    mp_deployment_free(d);
    mp_fleet_free(fleet);
    return st;
}

/* Fabrics, levels, tiers, devices, wishes that can be met and one that cannot, affinities, advice.
 */
static const char close_fleet[] =
    "cluster alpha label=r:eu cost=2\n"
    "pool p 0 gpu/D/8/kind=x/cg nic/S/2/kind=n\nfabric f\nlevel block\nlevel rack\n"
    "domain b1/r1 2\ndomain b1/r2 2\ntier cordoned 1\ndomain b2/r1 3\ntier creatable 4\n"
    "pool q 3 gpu/D/4/kind=x/cg gpu2/D/4/kind=x/cg nic/D/2/kind=n/cn\nfabric f\n"
    "cluster beta label=r:eu cost=1 taint=k:v:NoSchedule\npool p 1 gpu/D/8/kind=x/cg\n"
    "replica u.r3 e alpha 0 app=web x*1 standalone:q:1:claims\n";
static const char close_deployment[] =
    "deployment t.d 9\nselect r eu\nnear fabric app web\nprefer r eu\n"
    "group g block preferred\n"
    "engine a*2\nspan fabric\nwithin block required\nof g\n"
    "member leader\nmember worker*1 gpu/3/kind=x\n"
    "engine b*1\nof g\nmember standalone gpu/4/kind=x\n";

static mp_status close_work(const mp_allocator *alloc, void *user)
{
    mp_schedule_opts opts = MP_SCHEDULE_OPTS_INIT;
    mp_fleet *fleet;
    mp_deployment *d = NULL;
    char *text = NULL;
    mp_status st = place_fleet(alloc, close_fleet, &fleet);

    (void)user;
    opts.accounting = MP_ACCOUNTING_DEVICES;
    opts.clusters = MP_CLUSTERS_CHEAPEST;
    opts.pools = MP_POOLS_BEST_FIT;
    if (st == MP_OK)
        st = place_deployment(alloc, close_deployment, &d);
    if (st == MP_OK)
        st = answer_by(fleet, d, &opts, &text);
    if (st == MP_OK) {
        ck_assert_ptr_nonnull(strstr(text, "alpha/0 a:"));
        ck_assert_ptr_nonnull(strstr(text, "partial{"));
        ck_assert_ptr_nonnull(strstr(text, "conflict"));
    }
    free(text);
    mp_deployment_free(d);
    mp_fleet_free(fleet);
    return st;
}

START_TEST(closeness_without_memory)
{
    size_t calls = mp_test_sweep(close_work, NULL);

    mp_test_note("%zu allocations", calls);
}
END_TEST

START_TEST(without_memory)
{
    size_t calls = mp_test_sweep(whole_work, NULL);

    mp_test_note("%zu allocations", calls);
}
END_TEST

/* Only the scheduling fails: the fleet stays as it was and answers right afterwards. */
static mp_status only_schedule(const mp_allocator *alloc, void *user)
{
    mp_test_alloc *t = alloc->user;
    size_t fail_at = t->fail_at;
    mp_fleet *fleet;
    mp_deployment *d;
    char *text = NULL;
    mp_status st;

    (void)user;
    t->fail_at = SIZE_MAX;
    ck_assert_int_eq(place_fleet(alloc, fleet_text, &fleet), MP_OK);
    ck_assert_int_eq(place_deployment(NULL, deployment_text, &d), MP_OK);
    t->fail_at = fail_at == SIZE_MAX ? SIZE_MAX : t->calls + fail_at;
    st = answer(fleet, d, &text);
    free(text);
    t->fail_at = SIZE_MAX;
    ck_assert_int_eq(answer(fleet, d, &text), MP_OK);
    ck_assert_int_eq(strncmp(text, want_plan, strlen(want_plan)), 0);
    free(text);
    mp_deployment_free(d);
    mp_fleet_free(fleet);
    return st;
}

START_TEST(scheduling_alone_without_memory)
{
    for (size_t n = 0;; n++) {
        mp_test_alloc t;
        mp_status st;

        mp_test_alloc_init(&t);
        t.fail_at = n;
        st = only_schedule(&t.allocator, NULL);
        ck_assert_uint_eq(t.live_blocks, 0);
        if (!t.failed) {
            ck_assert_int_eq(st, MP_OK);
            ck_assert_uint_gt(n, 10);
            break;
        }
        ck_assert_int_eq(st, MP_ENOMEM);
    }
}
END_TEST

/* What a warm call asks of the allocator does not grow with the fleet. */
START_TEST(few_allocations)
{
    mp_test_alloc t;
    mp_fleet *fleet;
    mp_deployment *d;
    mp_plan *plan;
    size_t before, calls[2];

    for (int large = 0; large < 2; large++) {
        mp_test_alloc_init(&t);
        ck_assert_int_eq(mp_fleet_new(&t.allocator, &fleet, NULL), MP_OK);
        for (int i = 0; i < (large ? 1000 : 10); i++) {
            char text[256];

            snprintf(text, sizeof text,
                     "cluster c%04d\npool p %d gpu/D/8/kind=x\npool q %d gpu/D/8/kind=x\n", i,
                     i % 3, i % 2);
            ck_assert_int_eq(place_extend(fleet, text), MP_OK);
        }
        ck_assert_int_eq(place_deployment(NULL,
                                          "deployment t.d 1\nengine a*1\n"
                                          "member leader g/8/kind=x\nmember worker*1 g/8/kind=x\n",
                                          &d),
                         MP_OK);
        before = t.calls;
        ck_assert_int_eq(mp_schedule(fleet, d, NULL, &plan, NULL), MP_OK);
        calls[large] = t.calls - before;
        ck_assert_int_eq(mp_plan_verdict(plan), MP_VERDICT_PLACED);
        mp_plan_free(plan);
        mp_deployment_free(d);
        mp_fleet_free(fleet);
        ck_assert_uint_eq(t.live_blocks, 0);
    }
    mp_test_note("%zu allocations on 10 clusters, %zu on 1000", calls[0], calls[1]);
    ck_assert_uint_le(calls[1], calls[0] + 8); /* the arena doubles */
}
END_TEST

/* ---- threads ---- */

enum { THREADS = 4, ROUNDS = 50 };

typedef struct shared {
    const mp_fleet *fleet;
    const mp_deployment *d;
    const char *want;
    int wrong;
} shared;

static void *plan_many_times(void *user)
{
    shared *s = user;

    for (int i = 0; i < ROUNDS; i++) {
        char *got;

        if (answer(s->fleet, s->d, &got) != MP_OK || strcmp(got, s->want) != 0)
            s->wrong++;
        free(got);
    }
    return NULL;
}

START_TEST(many_threads_on_one_fleet)
{
    pthread_t threads[THREADS];
    shared s[THREADS];
    mp_fleet *fleet;
    mp_deployment *d;
    char *want;

    ck_assert_int_eq(place_fleet(NULL, fleet_text, &fleet), MP_OK);
    ck_assert_int_eq(place_deployment(NULL, deployment_text, &d), MP_OK);
    ck_assert_int_eq(answer(fleet, d, &want), MP_OK);
    for (int i = 0; i < THREADS; i++) {
        s[i] = (shared){ fleet, d, want, 0 };
        ck_assert_int_eq(pthread_create(&threads[i], NULL, plan_many_times, &s[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        ck_assert_int_eq(s[i].wrong, 0);
    }
    free(want);
    mp_deployment_free(d);
    mp_fleet_free(fleet);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("place_faults");
    TCase *tc = tcase_create("faults");

    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, without_memory);
    tcase_add_test(tc, closeness_without_memory);
    tcase_add_test(tc, scheduling_alone_without_memory);
    tcase_add_test(tc, few_allocations);
    tcase_add_test(tc, many_threads_on_one_fleet);
    suite_add_tcase(s, tc);
    return mp_test_main(s);
}

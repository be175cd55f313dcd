/* SPDX-License-Identifier: Apache-2.0 */
/* The builder of deployments: what it keeps, what it refuses, and running out of memory. */
#include "mp_test.h"
#include <modelplane/deployment.h>
#include <stdio.h>
#include <string.h>

#define LIT(text) text, sizeof(text) - 1

static void must(mp_status st)
{
    ck_assert_msg(st == MP_OK, "%s", mp_status_name(st));
}

static mp_deployment *new_deployment(void)
{
    mp_deployment *d;

    must(mp_deployment_new(NULL, LIT("team"), LIT("chat"), &d, NULL));
    return d;
}

START_TEST(what_was_built_is_read_back)
{
    mp_deployment *d = new_deployment();
    mp_error err;
    mp_engine *e;
    mp_member *leader, *worker;
    mp_request *r;
    mp_doc *doc;
    size_t size;
    const char *value;

    ck_assert_str_eq(mp_deployment_name(d, &size), "chat");
    ck_assert_uint_eq(size, 4);
    ck_assert_str_eq(mp_deployment_namespace(d, NULL), "team");
    ck_assert_int_eq(mp_deployment_replicas(d), 1);
    ck_assert_ptr_null(mp_deployment_cache(d, &size));
    ck_assert_uint_eq(size, 0);
    ck_assert_int_eq(mp_deployment_serving(d), MP_SERVING_UNSET);
    must(mp_deployment_set_replicas(d, 3));
    must(mp_deployment_set_cache(d, LIT("weights")));
    must(mp_deployment_set_serving(d, MP_SERVING_PREFILL_DECODE));
    must(mp_deployment_set_label(d, LIT("b"), LIT("1")));
    must(mp_deployment_set_label(d, LIT("a"), LIT("2")));
    must(mp_deployment_set_label(d, LIT("b"), LIT("3")));
    ck_assert_int_eq(mp_deployment_replicas(d), 3);
    ck_assert_str_eq(mp_deployment_cache(d, NULL), "weights");
    ck_assert_int_eq(mp_deployment_serving(d), MP_SERVING_PREFILL_DECODE);
    ck_assert_uint_eq(mp_deployment_label_count(d), 2);
    ck_assert_str_eq(mp_deployment_label(d, 0, &value), "b");
    ck_assert_str_eq(value, "3");
    ck_assert_str_eq(mp_deployment_label(d, 1, &value), "a");
    ck_assert_ptr_null(mp_deployment_label(d, 2, &value));

    e = mp_deployment_add_engine(d, LIT("main"), 2, &err);
    must(mp_engine_set_phase(e, MP_PHASE_DECODE));
    leader = mp_engine_add_member(e, MP_ROLE_LEADER, &err);
    worker = mp_engine_add_member(e, MP_ROLE_WORKER, &err);
    ck_assert_int_eq(mp_member_nodes(worker), 1);
    ck_assert(!mp_member_has_nodes(worker));
    must(mp_member_set_nodes(worker, 7));
    ck_assert_int_eq(mp_member_set_nodes(leader, 7), MP_EINVAL);
    ck_assert_int_eq(mp_member_set_nodes(worker, 0), MP_EINVAL);
    r = mp_member_add_request(worker, LIT("gpu"), 8, &err);
    must(mp_request_add_selector(r, LIT("device.attributes[\"d\"].kind == \"x\""), &err));
    must(mp_json_read(NULL, LIT("{\"spec\":{\"extra\":[1,2]}}"), NULL, &doc, &err));
    must(mp_member_set_template(worker, mp_doc_root(doc)));
    ck_assert(mp_object_identical(mp_member_template(worker), mp_doc_root(doc)));
    mp_doc_free(doc);

    ck_assert_uint_eq(mp_deployment_engine_count(d), 1);
    ck_assert_ptr_eq(mp_deployment_engine(d, 0), e);
    ck_assert_ptr_eq(mp_deployment_find_engine(d, LIT("main")), e);
    ck_assert_ptr_null(mp_deployment_find_engine(d, LIT("mai")));
    ck_assert_str_eq(mp_engine_name(e, NULL), "main");
    ck_assert_int_eq(mp_engine_copies(e), 2);
    ck_assert_int_eq(mp_engine_phase(e), MP_PHASE_DECODE);
    ck_assert_uint_eq(mp_engine_member_count(e), 2);
    ck_assert_ptr_eq(mp_engine_member(e, 1), worker);
    ck_assert_int_eq(mp_member_role(leader), MP_ROLE_LEADER);
    ck_assert_int_eq(mp_member_nodes(worker), 7);
    ck_assert(mp_member_has_nodes(worker));
    ck_assert_ptr_null(mp_member_template(leader));
    ck_assert_uint_eq(mp_member_request_count(worker), 1);
    ck_assert_str_eq(mp_request_name(mp_member_request(worker, 0), NULL), "gpu");
    ck_assert_int_eq(mp_request_count(r), 8);
    ck_assert_uint_eq(mp_request_selector_count(r), 1);
    ck_assert_str_eq(mp_cel_source(mp_request_selector(r, 0), NULL),
                     "device.attributes[\"d\"].kind == \"x\"");
    mp_deployment_free(d);
}
END_TEST

START_TEST(what_is_refused)
{
    mp_deployment *d;
    mp_engine *e;
    mp_member *m;
    mp_request *r;
    mp_error err;

    ck_assert_int_eq(mp_deployment_new(NULL, LIT("t"), LIT(""), &d, &err), MP_EINVAL);
    ck_assert_ptr_null(d);
    d = new_deployment();
    ck_assert_int_eq(mp_deployment_set_replicas(d, -1), MP_EINVAL);
    ck_assert_ptr_null(mp_deployment_add_engine(d, LIT(""), 1, &err));
    ck_assert_int_eq(err.status, MP_EINVAL);
    ck_assert_ptr_null(mp_deployment_add_engine(d, LIT("e"), 0, &err));
    ck_assert_int_eq(err.status, MP_EINVAL);
    e = mp_deployment_add_engine(d, LIT("e"), 1, &err);
    ck_assert_int_eq(err.status, MP_OK);
    ck_assert_ptr_null(mp_deployment_add_engine(d, LIT("e"), 1, &err));
    ck_assert_int_eq(err.status, MP_EEXIST);
    ck_assert_str_eq(err.text, "engine \"e\" exists already");
    mp_engine_add_member(e, MP_ROLE_LEADER, &err);
    m = mp_engine_add_member(e, MP_ROLE_WORKER, &err);
    ck_assert_ptr_null(mp_member_add_request(m, LIT("r"), 0, &err));
    ck_assert_int_eq(err.status, MP_EINVAL);
    mp_member_add_request(m, LIT("q"), 1, &err);
    r = mp_member_add_request(m, LIT("r"), 1, &err);
    must(mp_request_add_selector(r, LIT("device.attributes[\"d\"].kind == \"x\""), &err));
    ck_assert_int_eq(mp_request_add_selector(r, LIT("device.attributes["), &err), MP_EPARSE);
    ck_assert_str_eq(err.path, "engines[0].members[1].nodeSelector.devices[1].selectors[1].cel");
    ck_assert_uint_eq(mp_request_selector_count(r), 1);
    mp_deployment_free(d);
}
END_TEST

START_TEST(limits)
{
    mp_deployment *d = new_deployment();
    mp_error err;
    mp_engine *e = NULL;
    mp_member *m = NULL;
    mp_request *r = NULL;
    char name[32];

    for (int i = 0; i < MP_LABELS_MAX; i++) {
        snprintf(name, sizeof name, "k%d", i);
        must(mp_deployment_set_label(d, name, MP_NTS, LIT("v")));
        must(mp_deployment_select_cluster(d, name, MP_NTS, LIT("v")));
    }
    ck_assert_int_eq(mp_deployment_set_label(d, LIT("new"), LIT("v")), MP_ELIMIT);
    ck_assert_int_eq(mp_deployment_select_cluster(d, LIT("new"), LIT("v")), MP_ELIMIT);
    must(mp_deployment_set_label(d, LIT("k0"), LIT("w"))); /* one that is there */
    for (int i = 0; i < MP_DEPLOYMENT_TOLERATIONS_MAX; i++)
        must(mp_deployment_add_toleration(d, LIT("k"), MP_TOLERATION_EXISTS, LIT(""),
                                          MP_EFFECT_ANY));
    ck_assert_int_eq(
        mp_deployment_add_toleration(d, LIT("k"), MP_TOLERATION_EXISTS, LIT(""), MP_EFFECT_ANY),
        MP_ELIMIT);
    for (int i = 0; i < MP_DEPLOYMENT_ENGINES_MAX; i++) {
        snprintf(name, sizeof name, "e%d", i);
        e = mp_deployment_add_engine(d, name, MP_NTS, 1, &err);
        ck_assert_ptr_nonnull(e);
    }
    ck_assert_ptr_null(mp_deployment_add_engine(d, LIT("new"), 1, &err));
    ck_assert_int_eq(err.status, MP_ELIMIT);
    for (int i = 0; i < MP_ENGINE_MEMBERS_MAX; i++)
        ck_assert_ptr_nonnull(m = mp_engine_add_member(e, MP_ROLE_WORKER, &err));
    ck_assert_ptr_null(mp_engine_add_member(e, MP_ROLE_WORKER, &err));
    ck_assert_int_eq(err.status, MP_ELIMIT);
    for (int i = 0; i < MP_MEMBER_REQUESTS_MAX; i++)
        ck_assert_ptr_nonnull(r = mp_member_add_request(m, LIT("r"), 1, &err));
    ck_assert_ptr_null(mp_member_add_request(m, LIT("r"), 1, &err));
    ck_assert_int_eq(err.status, MP_ELIMIT);
    for (int i = 0; i < MP_REQUEST_SELECTORS_MAX; i++)
        must(mp_request_add_selector(r, LIT("device.attributes[\"d\"].kind == \"x\""), &err));
    ck_assert_int_eq(
        mp_request_add_selector(r, LIT("device.attributes[\"d\"].kind == \"x\""), &err), MP_ELIMIT);
    mp_deployment_free(d);
}
END_TEST

START_TEST(nothing_is_asked_of_nothing)
{
    size_t size = 7;

    mp_deployment_free(NULL);
    ck_assert_ptr_null(mp_deployment_name(NULL, &size));
    ck_assert_uint_eq(size, 0);
    ck_assert_ptr_null(mp_deployment_namespace(NULL, NULL));
    ck_assert_int_eq(mp_deployment_replicas(NULL), 0);
    ck_assert_ptr_null(mp_deployment_cache(NULL, NULL));
    ck_assert_int_eq(mp_deployment_serving(NULL), MP_SERVING_UNSET);
    ck_assert_uint_eq(mp_deployment_label_count(NULL), 0);
    ck_assert_ptr_null(mp_deployment_label(NULL, 0, NULL));
    ck_assert_uint_eq(mp_deployment_engine_count(NULL), 0);
    ck_assert_ptr_null(mp_deployment_engine(NULL, 0));
    ck_assert_ptr_null(mp_deployment_find_engine(NULL, LIT("e")));
    ck_assert_ptr_null(mp_engine_name(NULL, NULL));
    ck_assert_int_eq(mp_engine_copies(NULL), 0);
    ck_assert_int_eq(mp_engine_phase(NULL), MP_PHASE_NONE);
    ck_assert_uint_eq(mp_engine_member_count(NULL), 0);
    ck_assert_ptr_null(mp_engine_member(NULL, 0));
    ck_assert_int_eq(mp_member_role(NULL), MP_ROLE_STANDALONE);
    ck_assert_int_eq(mp_member_nodes(NULL), 0);
    ck_assert(!mp_member_has_nodes(NULL));
    ck_assert_ptr_null(mp_member_template(NULL));
    ck_assert_uint_eq(mp_member_request_count(NULL), 0);
    ck_assert_ptr_null(mp_member_request(NULL, 0));
    ck_assert_ptr_null(mp_request_name(NULL, NULL));
    ck_assert_int_eq(mp_request_count(NULL), 0);
    ck_assert_uint_eq(mp_request_selector_count(NULL), 0);
    ck_assert_ptr_null(mp_request_selector(NULL, 0));
    ck_assert_str_eq(mp_role_name(MP_ROLE_WORKER), "Worker");
    ck_assert_str_eq(mp_role_name(MP_ROLE_LEADER), "Leader");
    ck_assert_str_eq(mp_role_name(MP_ROLE_STANDALONE), "Standalone");
    ck_assert_str_eq(mp_phase_name(MP_PHASE_NONE), "");
    ck_assert_str_eq(mp_phase_name(MP_PHASE_PREFILL), "Prefill");
    ck_assert_str_eq(mp_phase_name(MP_PHASE_DECODE), "Decode");
}
END_TEST

static mp_status build(const mp_allocator *alloc, void *user)
{
    const mp_object *pod = user;
    mp_deployment *d;
    mp_error err = { 0 };
    mp_status st = mp_deployment_new(alloc, LIT("team"), LIT("chat"), &d, &err);

    if (st == MP_OK)
        st = mp_deployment_set_label(d, LIT("k"), LIT("v"));
    if (st == MP_OK)
        st = mp_deployment_set_cache(d, LIT("weights"));
    for (int i = 0; st == MP_OK && i < 9; i++) {
        char name[16];
        mp_engine *e;
        mp_member *m;
        mp_request *r;

        snprintf(name, sizeof name, "e%d", i);
        e = mp_deployment_add_engine(d, name, MP_NTS, 1, &err);
        m = e ? mp_engine_add_member(e, MP_ROLE_LEADER, &err) : NULL;
        r = m ? mp_member_add_request(m, LIT("r"), 1, &err) : NULL;
        st = r ? mp_request_add_selector(r, LIT("device.attributes[\"d\"].kind == \"x\""), &err)
               : err.status;
        if (st == MP_OK)
            st = mp_member_set_template(m, pod);
        if (st != MP_OK && e)
            ck_assert_ptr_eq(mp_deployment_find_engine(d, name, MP_NTS), e);
    }
    mp_deployment_free(d);
    return st;
}

START_TEST(without_memory)
{
    mp_doc *doc;

    must(mp_json_read(NULL, LIT("{\"spec\":{\"containers\":[{\"name\":\"engine\"}]}}"), NULL, &doc,
                      NULL));
    mp_test_note("%zu allocations", mp_test_sweep(build, mp_doc_root(doc)));
    mp_doc_free(doc);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("deployment_build");
    TCase *tc = tcase_create("builder");

    tcase_add_test(tc, what_was_built_is_read_back);
    tcase_add_test(tc, what_is_refused);
    tcase_add_test(tc, limits);
    tcase_add_test(tc, nothing_is_asked_of_nothing);
    tcase_add_test(tc, without_memory);
    suite_add_tcase(s, tc);
    return mp_test_main(s);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plan becomes ModelReplicas and ModelEndpoints, and each of those ModelReplicas composes.
 * data/compose/plan.want.json and plan.v1.want.json hold the whole result, order included.
 */
#include "compose_sample.h"
#include "mp_test.h"
#include <stdlib.h>
#include <string.h>

static compose_sample sample;

static void make_sample(void)
{
    mp_error err;
    mp_status st = compose_sample_init(&sample, NULL, NULL, &err);

    ck_assert_msg(st == MP_OK, "%s: %s", err.path, err.text);
    ck_assert_int_eq(mp_plan_check(sample.fleet, sample.deployment, NULL, sample.plan, &err),
                     MP_OK);
}

static void free_sample(void)
{
    compose_sample_fini(&sample);
}

static mp_compose_opts options(mp_shape shape)
{
    mp_compose_opts opts = MP_COMPOSE_OPTS_INIT;

    opts.replica_ready = compose_sample_ready;
    opts.shape = shape;
    return opts;
}

static mp_doc *compose(const mp_compose_opts *opts)
{
    mp_doc *out;
    mp_error err;

    ck_assert_int_eq(mp_compose(sample.plan, opts, &out, &err), MP_OK);
    return out;
}

static mp_text json(const mp_doc *doc)
{
    mp_text text;

    ck_assert_int_eq(mp_json_text(NULL, mp_doc_root(doc), 0, &text, NULL), MP_OK);
    return text;
}

static const struct {
    mp_shape shape;
    const char *want;
} wanted[] = {
    { MP_SHAPE_AUTO, "data/compose/plan.want.json" },
    { MP_SHAPE_V2, "data/compose/plan.want.json" },
    { MP_SHAPE_V1, "data/compose/plan.v1.want.json" },
};

START_TEST(replicas_and_endpoints)
{
    mp_compose_opts opts = options(wanted[_i].shape);
    mp_doc *got = compose(&opts), *want;
    size_t size;
    char *text = mp_test_read(mp_test_path(wanted[_i].want), &size);
    mp_text composed = json(got);

    ck_assert_ptr_nonnull(text);
    ck_assert_int_eq(mp_json_read(NULL, text, size, NULL, &want, NULL), MP_OK);
    if (!mp_object_identical(mp_doc_root(got), mp_doc_root(want))) {
        mp_test_note("composed: %s", composed.data);
        ck_abort_msg("%s differs", wanted[_i].want);
    }
    mp_text_fini(&composed);
    mp_doc_free(want);
    mp_doc_free(got);
    free(text);
}
END_TEST

/* Fields that no schema of ours knows reach the replica untouched, order, numbers and nulls too. */
START_TEST(templates_are_opaque)
{
    static const char text[] =
        "{\"x\":null,\"metadata\":{\"finalizers\":[],\"annotations\":{}},\"spec\":{\"hostIPC\":"
        "true,"
        "\"volumes\":[{\"name\":\"v\",\"emptyDir\":{}}],\"containers\":[{\"future\":[1.5,-0.0,"
        "18446744073709551615,{}],\"name\":\"engine\",\"image\":\"i\"},{\"name\":\"side\"}]}}";
    mp_error err;
    const mp_object *at;
    mp_doc *out, *want;

    free_sample();
    ck_assert_int_eq(compose_sample_init(&sample, NULL, text, &err), MP_OK);
    ck_assert_int_eq(mp_json_read(NULL, text, strlen(text), NULL, &want, NULL), MP_OK);
    out = compose(NULL);
    at = mp_object_get(mp_object_first(mp_doc_root(out)), "spec", MP_NTS);
    at = mp_object_first(mp_object_get(at, "engines", MP_NTS));
    at = mp_object_first(mp_object_get(at, "members", MP_NTS));
    ck_assert(mp_object_identical(mp_object_get(at, "template", MP_NTS), mp_doc_root(want)));
    mp_doc_free(want);
    mp_doc_free(out);
}
END_TEST

/* What the deployment says of serving, every replica says. */
START_TEST(serving_is_passed_on)
{
    static const struct {
        mp_serving_mode mode;
        const char *text; /* NULL: nothing is said */
    } modes[] = { { MP_SERVING_UNSET, NULL },
                  { MP_SERVING_UNIFIED, "Unified" },
                  { MP_SERVING_PREFILL_DECODE, "PrefillDecode" },
                  { MP_SERVING_ENCODE_PREFILL_DECODE, "EncodePrefillDecode" } };

    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        for (int v1 = 0; v1 < 2; v1++) {
            mp_compose_opts opts = options(v1 ? MP_SHAPE_V1 : MP_SHAPE_AUTO);
            const mp_object *serving;
            mp_doc *out;

            ck_assert_int_eq(mp_deployment_set_serving(sample.deployment, modes[i].mode), MP_OK);
            out = compose(&opts);
            serving = mp_object_get(mp_object_first(mp_doc_root(out)), "spec", MP_NTS);
            serving = mp_object_get(serving, "serving", MP_NTS);
            ck_assert_uint_eq(mp_object_size(serving), modes[i].text && !v1 ? 1 : 0);
            if (serving)
                ck_assert(mp_object_string_is(mp_object_get(serving, "mode", MP_NTS), modes[i].text,
                                              MP_NTS));
            mp_doc_free(out);
        }
    }
}
END_TEST

START_TEST(nothing_ready_nothing_exposed)
{
    mp_doc *out = compose(NULL);

    ck_assert_uint_eq(mp_object_size(mp_doc_root(out)), mp_plan_size(sample.plan));
    for (const mp_object *at = mp_object_first(mp_doc_root(out)); at != NULL;
         at = mp_object_next(at))
        ck_assert(mp_object_string_is(mp_object_get(at, "kind", MP_NTS), "ModelReplica", MP_NTS));
    mp_doc_free(out);
}
END_TEST

/* What one step writes the next one reads. */
START_TEST(replicas_compose_in_turn)
{
    mp_compose_opts opts = options(MP_SHAPE_AUTO);
    mp_doc *out = compose(&opts);
    size_t count = 0;

    opts.bare = true;
    for (const mp_object *at = mp_object_first(mp_doc_root(out)); at != NULL;
         at = mp_object_next(at)) {
        mp_doc *objects;
        mp_error err;

        if (!mp_object_string_is(mp_object_get(at, "kind", MP_NTS), "ModelReplica", MP_NTS))
            continue;
        ck_assert_int_eq(mp_compose_replica(NULL, at, &opts, &objects, &err), MP_OK);
        /* two workloads, two claims, the pool, six objects of its picker, and HTTPRoute */
        ck_assert_uint_eq(mp_object_size(mp_doc_root(objects)), 12);
        mp_doc_free(objects);
        count++;
    }
    ck_assert_uint_eq(count, 3);
    mp_doc_free(out);
}
END_TEST

START_TEST(same_bytes_twice)
{
    mp_compose_opts opts = options(MP_SHAPE_AUTO);
    mp_doc *first = compose(&opts), *second;
    mp_text a = json(first), b;

    free_sample();
    make_sample();
    second = compose(&opts);
    b = json(second);
    ck_assert_str_eq(a.data, b.data);
    mp_text_fini(&a);
    mp_text_fini(&b);
    mp_doc_free(first);
    mp_doc_free(second);
}
END_TEST

START_TEST(refuses_no_plan)
{
    mp_doc *out;

    ck_assert_int_eq(mp_compose(NULL, NULL, &out, NULL), MP_EINVAL);
    ck_assert_ptr_null(out);
}
END_TEST

/* The whole way, since the plan hands its allocator on. */
static mp_status sweep_plan(const mp_allocator *alloc, void *user)
{
    mp_compose_opts opts = options(MP_SHAPE_AUTO);
    compose_sample s;
    mp_doc *out = NULL;
    mp_error err;
    mp_status st = compose_sample_init(&s, alloc, NULL, &err);

    (void)user;
    if (st == MP_OK) {
        st = mp_compose(s.plan, &opts, &out, &err);
        ck_assert(st == MP_OK || out == NULL);
    }
    mp_doc_free(out);
    compose_sample_fini(&s);
    return st;
}

START_TEST(out_of_memory)
{
    mp_test_sweep(sweep_plan, NULL);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("compose_plan");
    TCase *tc = tcase_create("plan");

    tcase_add_checked_fixture(tc, make_sample, free_sample);
    tcase_add_loop_test(tc, replicas_and_endpoints, 0, sizeof wanted / sizeof *wanted);
    tcase_add_test(tc, templates_are_opaque);
    tcase_add_test(tc, serving_is_passed_on);
    tcase_add_test(tc, nothing_ready_nothing_exposed);
    tcase_add_test(tc, replicas_compose_in_turn);
    tcase_add_test(tc, same_bytes_twice);
    suite_add_tcase(s, tc);

    tc = tcase_create("faults");
    tcase_add_test(tc, refuses_no_plan);
    tcase_add_test(tc, out_of_memory);
    suite_add_tcase(s, tc);
    return mp_test_main(s);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Names of composed objects: known values, the cut, the limits. */
#include "mp_test.h"
#include <modelplane/compose.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define X56 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define LONG "a-very-long-deployment-name-that-keeps-going-well-past-the-57-limit"

static const struct {
    bool opaque;
    const char *parts[4]; /* ends at NULL */
    const char *want;
} cases[] = {
    { true, { "chat", "east-1", "0" }, "chat-3e6a5" },
    { true, { "chat", "east-1", "1" }, "chat-aacfc" },
    { true,
      { LONG, "east-1", "0" },
      "a-very-long-deployment-name-that-keeps-going-well-past-th-323fc" },
    { true, { X56 "-tail", "east-1", "0" }, X56 "-f6716" }, /* the cut left a hyphen */
    { false, { "chat-3e6a5", "web" }, "chat-3e6a5-web-d6415" },
    { false, { "chat-3e6a5", "big" }, "chat-3e6a5-big-6764b" },
    { false, { "chat-3e6a5", "dp" }, "chat-3e6a5-dp-fc212" },
    { false, { "chat-3e6a5", "big", "leader", "devices" }, "chat-3e6a5-big-leader-devices-ad902" },
    { false, { "chat-3e6a5", "big", "worker", "devices" }, "chat-3e6a5-big-worker-devices-9e713" },
    { false, { "chat-3e6a5", "dp", "worker", "devices" }, "chat-3e6a5-dp-worker-devices-e9dc0" },
    { false, { "modelcache", "team-a", "w70" }, "modelcache-team-a-w70-bb6b1" },
    { false, { "modelcache", "ml-team", "qwen" }, "modelcache-ml-team-qwen-17db2" },
    { false, { "test-cluster", "cluster-kubeconfig" }, "test-cluster-cluster-kubeconfig-d0f89" },
    { false, { "test-cluster", "serving-stack" }, "test-cluster-serving-stack-fd00b" },
    { true, { "my-model", "cluster-a", "0" }, "my-model-5ab63" },
};

static mp_status make(const mp_allocator *alloc, bool opaque, const char *const *parts,
                      const size_t *sizes, size_t count, mp_text *out, mp_error *err)
{
    return (opaque ? mp_opaque_name : mp_child_name)(alloc, parts, sizes, count, out, err);
}

START_TEST(known_values)
{
    const char *const *parts = cases[_i].parts;
    size_t sizes[4], count = 0;
    mp_text text;
    mp_error err;

    while (count < 4 && parts[count] != NULL) {
        sizes[count] = strlen(parts[count]);
        count++;
    }
    ck_assert_int_eq(make(NULL, cases[_i].opaque, parts, sizes, count, &text, &err), MP_OK);
    ck_assert_str_eq(text.data, cases[_i].want);
    ck_assert_uint_eq(text.size, strlen(cases[_i].want));
    ck_assert_uint_le(text.size, MP_NAME_MAX);
    mp_text_fini(&text);

    ck_assert_int_eq(make(NULL, cases[_i].opaque, parts, NULL, count, &text, &err), MP_OK);
    ck_assert_str_eq(text.data, cases[_i].want);
    mp_text_fini(&text);
}
END_TEST

/* 60 characters of `bytes` each, so that 57 are kept. */
static void check_characters(const char *character)
{
    size_t width = strlen(character);
    char name[60 * 4 + 1] = "";
    const char *parts[1] = { name };
    mp_text text;

    for (int i = 0; i < 60; i++)
        memcpy(name + (size_t)i * width, character, width + 1);
    ck_assert_int_eq(mp_child_name(NULL, parts, NULL, 1, &text, NULL), MP_OK);
    ck_assert_uint_eq(text.size, 57 * width + 6);
    ck_assert_mem_eq(text.data, name, 57 * width);
    ck_assert_int_eq(text.data[57 * width], '-');
    mp_text_fini(&text);
}

START_TEST(counts_characters_not_bytes)
{
    check_characters("a");
    check_characters("\xC3\xA9");
    check_characters("\xE2\x82\xAC");
    check_characters("\xF0\x9F\x98\x80");
    check_characters("\xFF"); /* no UTF-8: a character each */
}
END_TEST

START_TEST(parts_are_joined_before_the_cut)
{
    const char *whole[] = { "a-b-c" }, *split[] = { "a", "b", "c" };
    mp_text x, y;

    ck_assert_int_eq(mp_child_name(NULL, whole, NULL, 1, &x, NULL), MP_OK);
    ck_assert_int_eq(mp_child_name(NULL, split, NULL, 3, &y, NULL), MP_OK);
    ck_assert_str_eq(x.data, y.data);
    mp_text_fini(&x);
    mp_text_fini(&y);
}
END_TEST

START_TEST(hyphens_at_the_end_are_stripped)
{
    const char *parts[] = { "a---" }, *only[] = { "---" };
    mp_text text;

    ck_assert_int_eq(mp_child_name(NULL, parts, NULL, 1, &text, NULL), MP_OK);
    ck_assert_uint_eq(text.size, 7);
    ck_assert_mem_eq(text.data, "a-", 2);
    mp_text_fini(&text);
    ck_assert_int_eq(mp_child_name(NULL, only, NULL, 1, &text, NULL), MP_OK);
    ck_assert_uint_eq(text.size, 6);
    mp_text_fini(&text);
}
END_TEST

START_TEST(refuses_no_parts)
{
    mp_text text;
    mp_error err;

    ck_assert_int_eq(mp_child_name(NULL, NULL, NULL, 0, &text, &err), MP_EINVAL);
    ck_assert_ptr_null(text.data);
    ck_assert_int_eq(err.status, MP_EINVAL);
}
END_TEST

static mp_status sweep_names(const mp_allocator *alloc, void *user)
{
    const char *parts[] = { LONG, "east-1", "0" };
    mp_text text;
    mp_status st = mp_opaque_name(alloc, parts, NULL, 3, &text, NULL);

    (void)user;
    if (st != MP_OK)
        ck_assert_ptr_null(text.data);
    mp_text_fini(&text);
    return st;
}

START_TEST(out_of_memory)
{
    mp_test_sweep(sweep_names, NULL);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("compose_names");
    TCase *tc = tcase_create("names");

    tcase_add_loop_test(tc, known_values, 0, sizeof cases / sizeof *cases);
    tcase_add_test(tc, counts_characters_not_bytes);
    tcase_add_test(tc, parts_are_joined_before_the_cut);
    tcase_add_test(tc, hyphens_at_the_end_are_stripped);
    tcase_add_test(tc, refuses_no_parts);
    tcase_add_test(tc, out_of_memory);
    suite_add_tcase(s, tc);
    return mp_test_main(s);
}

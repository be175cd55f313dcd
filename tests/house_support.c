/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The test support itself, and the version: an allocator that lies would make every sweep
 * worthless.
 */
#include "mp_test.h"
#include <modelplane/version.h>
#include <signal.h>
#include <string.h>

START_TEST(header_and_library_version_agree)
{
    ck_assert_str_eq(mp_version(), MP_VERSION);
}
END_TEST

START_TEST(allocator_counts)
{
    mp_test_alloc t;
    const mp_allocator *a = &t.allocator;
    char *one, *two;

    mp_test_alloc_init(&t);
    one = a->alloc(10, a->user);
    two = a->alloc(20, a->user);
    ck_assert_ptr_nonnull(one);
    ck_assert_ptr_nonnull(two);
    ck_assert_uint_eq(t.live_blocks, 2);
    ck_assert_uint_eq(t.live_bytes, 30);
    memcpy(one, "0123456789", 10);
    one = a->resize(one, 100, a->user);
    ck_assert_mem_eq(one, "0123456789", 10);
    ck_assert_uint_eq(t.live_bytes, 120);
    a->release(one, a->user);
    a->release(two, a->user);
    a->release(NULL, a->user);
    ck_assert_uint_eq(t.live_blocks, 0);
    ck_assert_uint_eq(t.live_bytes, 0);
    ck_assert_uint_eq(t.calls, 3);
    ck_assert(!t.failed);
}
END_TEST

START_TEST(allocator_fails_on_demand)
{
    mp_test_alloc t;
    const mp_allocator *a = &t.allocator;
    void *first, *third;

    mp_test_alloc_init(&t);
    t.fail_at = 1;
    first = a->alloc(1, a->user);
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_null(a->resize(first, 2, a->user)); /* and `first` stays */
    ck_assert(t.failed);
    third = a->alloc(1, a->user);
    ck_assert_ptr_nonnull(third);
    a->release(third, a->user);
    t.fail_after = true;
    ck_assert_ptr_null(a->alloc(1, a->user));
    a->release(first, a->user);
    ck_assert_uint_eq(t.live_blocks, 0);
}
END_TEST

START_TEST(foreign_release_aborts)
{
    static uint64_t foreign[16];
    mp_test_alloc t;

    mp_test_alloc_init(&t);
    t.allocator.release(&foreign[8], t.allocator.user);
}
END_TEST

/* A chain of `user` blocks, each kept while the next is asked for. */
static mp_status chain(const mp_allocator *a, size_t left)
{
    void *block;
    mp_status status = MP_OK;

    if (left == 0)
        return MP_OK;
    block = a->alloc(left, a->user);
    if (!block)
        return MP_ENOMEM;
    status = chain(a, left - 1);
    a->release(block, a->user);
    return status;
}

static mp_status chain_of(const mp_allocator *a, void *user)
{
    return chain(a, *(size_t *)user);
}

START_TEST(sweep_meets_every_allocation)
{
    size_t length = 7;

    ck_assert_uint_eq(mp_test_sweep(chain_of, &length), 7);
}
END_TEST

START_TEST(random_numbers_are_the_same_everywhere)
{
    mp_test_random r = { 0 };

    /* The first outputs of splitmix64 from 0, as its authors' code prints them. */
    ck_assert_uint_eq(mp_test_random_next(&r), UINT64_C(0xe220a8397b1dcdaf));
    ck_assert_uint_eq(mp_test_random_next(&r), UINT64_C(0x6e789e6aa1b965f4));
    for (int i = 0; i < 1000; i++)
        ck_assert_uint_lt(mp_test_random_below(&r, 3), 3);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("house");
    TCase *tc = tcase_create("support");

    tcase_add_test(tc, header_and_library_version_agree);
    tcase_add_test(tc, allocator_counts);
    tcase_add_test(tc, allocator_fails_on_demand);
    tcase_add_test(tc, sweep_meets_every_allocation);
    tcase_add_test(tc, random_numbers_are_the_same_everywhere);
    suite_add_tcase(s, tc);
    if (mp_test_forks()) {
        tc = tcase_create("abort");
        tcase_add_test_raise_signal(tc, foreign_release_aborts, SIGABRT);
        suite_add_tcase(s, tc);
    } else {
        mp_test_skip("foreign_release_aborts", "tests do not fork here");
    }
    return mp_test_main(s);
}

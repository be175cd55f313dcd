/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every unit test program uses: a main that reports each test in TAP, skipping by name, an
 * allocator that fails on demand and counts what is live, a sweep over allocation failures, a
 * seeded random number generator, and paths of fixtures.
 *
 *     START_TEST(parses_zero) { ... ck_assert_int_eq(...); } END_TEST
 *
 *     int main(void)
 *     {
 *         Suite *s = suite_create("quantity");
 *         TCase *tc = tcase_create("parse");
 *         tcase_add_test(tc, parses_zero);
 *         suite_add_tcase(s, tc);
 *         return mp_test_main(s);
 *     }
 */
#ifndef MP_TEST_H
#define MP_TEST_H

#include <modelplane/status.h>
#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>

/* Run the suite, print TAP with one line per test, free the suite.  The result is for main(). */
int mp_test_main(Suite *suite);

/* Report a test as skipped, by name, with the reason.  Call before mp_test_main(). */
void mp_test_skip(const char *name, const char *reason);

/* Whether each test runs in a process of its own (not under CK_FORK=no). */
bool mp_test_forks(void);

/* A line of figures in the test's log (a TAP diagnostic); may be used inside tests. */
void mp_test_note(const char *fmt, ...) MP_PRINTF(1, 2);

/* Percent of the full size that heavy tests should run at: MP_TEST_SCALE, 1..1000, default 100.
 * mp_test_scaled(n) is at least 1. */
size_t mp_test_scaled(size_t full);

/* ---- allocator ---- */

typedef struct mp_test_alloc {
    mp_allocator allocator; /* pass &t.allocator */
    size_t calls;           /* allocations and resizes asked for so far */
    size_t fail_at;         /* the call with this number (from 0) fails ... */
    bool fail_after;        /* ... and every later one too */
    bool failed;            /* some call was made to fail */
    size_t live_blocks, live_bytes, peak_bytes;
} mp_test_alloc;

/* Never fails until fail_at is set.  Aborts on a foreign or double release. */
void mp_test_alloc_init(mp_test_alloc *t);

/*
 * Calls `fn` with an allocator whose n-th allocation fails, n = 0, 1, 2, ... until a call runs
 * without a failure.  `fn` does a whole piece of work, releases all it made and returns the status.
 * Asserts: MP_ENOMEM whenever an allocation failed, MP_OK in the end, no live block after any call.
 * Each n is tried twice: only that allocation fails, and all from it on.  Past 500 allocations n
 * goes in steps.  Returns the number of allocations of the whole piece of work.
 */
typedef mp_status (*mp_test_sweep_fn)(const mp_allocator *alloc, void *user);
size_t mp_test_sweep(mp_test_sweep_fn fn, void *user);

/* ---- random numbers: splitmix64, the same on every machine ---- */

typedef struct mp_test_random {
    uint64_t state;
} mp_test_random;
uint64_t mp_test_random_next(mp_test_random *r);
/* Uniform in 0..bound-1; bound > 0. */
uint64_t mp_test_random_below(mp_test_random *r, uint64_t bound);

/* ---- files ---- */

/* Path of a file below tests/; static buffer, overwritten by the next call. */
const char *mp_test_path(const char *below_tests);
/* Path below the shared data folder ($MP_SHARED, or ../shared beside the source tree), or NULL if
 * there is no such file; static buffer of its own. */
const char *mp_test_shared(const char *below_shared);
/* Whole file, NUL-terminated, from malloc(); NULL if it cannot be read. */
char *mp_test_read(const char *path, size_t *size);

#endif

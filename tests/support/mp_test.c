/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Check runs the tests and writes its own TAP to a scratch file; main rereads it to add what Check
 * does not know: tests skipped by name, and a plan that counts them.
 */
#define _POSIX_C_SOURCE 200809L
#include "mp_test.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SKIPS_MAX 64

static struct {
    const char *name, *reason;
} skips[SKIPS_MAX];
static size_t skip_count;

void mp_test_skip(const char *name, const char *reason)
{
    if (skip_count == SKIPS_MAX)
        abort();
    skips[skip_count].name = name;
    skips[skip_count++].reason = reason;
}

bool mp_test_forks(void)
{
    const char *fork = getenv("CK_FORK");

    return !fork || strcmp(fork, "no") != 0;
}

void mp_test_note(const char *fmt, ...)
{
    va_list args;

    printf("# ");
    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);
    printf("\n");
    fflush(stdout);
}

size_t mp_test_scaled(size_t full)
{
    const char *text = getenv("MP_TEST_SCALE");
    long percent = text ? strtol(text, NULL, 10) : 100;
    size_t scaled;

    if (percent < 1 || percent > 1000)
        percent = 100;
    scaled = full / 100 * (size_t)percent + full % 100 * (size_t)percent / 100;
    return scaled ? scaled : 1;
}

/* Escaped, so that no message of a failure reads as a TAP directive such as TODO. */
static void put_result(const char *line)
{
    for (; *line; line++) {
        if (*line == '#')
            putchar('\\');
        putchar(*line);
    }
}

/* Copies Check's TAP to stdout without its plan; returns how many tests it holds. */
static unsigned copy_tap(const char *path)
{
    FILE *f = fopen(path, "r");
    char line[4096];
    unsigned count = 0;

    if (!f) {
        printf("Bail out! cannot read %s\n", path);
        return 0;
    }
    while (fgets(line, sizeof line, f)) {
        bool result = strncmp(line, "ok ", 3) == 0 || strncmp(line, "not ok ", 7) == 0;

        count += result;
        if (result)
            put_result(line);
        else if (strncmp(line, "1..", 3) != 0)
            printf("# %s", line); /* the rest of a message */
    }
    fclose(f);
    return count;
}

int mp_test_main(Suite *suite)
{
    char path[] = "/tmp/mp_test_XXXXXX";
    int fd = mkstemp(path);
    SRunner *runner;
    unsigned count;
    int failed;

    if (fd < 0) {
        printf("Bail out! no scratch file\n");
        return EXIT_FAILURE;
    }
    close(fd);
    setenv("CK_DEFAULT_TIMEOUT", "900", 0);
    runner = srunner_create(suite);
    srunner_set_tap(runner, path);
    fflush(stdout);
    srunner_run_all(runner, CK_SILENT);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    count = copy_tap(path);
    unlink(path);
    for (size_t i = 0; i < skip_count; i++)
        printf("ok %u - %s # SKIP %s\n", ++count, skips[i].name, skips[i].reason);
    printf("1..%u\n", count);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* ---- allocator ---- */

#define BLOCK_LIVE UINT64_C(0x6d706c6976652121)
#define BLOCK_DEAD UINT64_C(0x6d70646561642121)

/* In front of every block; a multiple of the strictest alignment. */
typedef union block_head {
    struct {
        uint64_t magic;
        size_t size;
    } h;
    max_align_t align;
} block_head;

static bool must_fail(mp_test_alloc *t)
{
    size_t n = t->calls++;

    if (n == t->fail_at || (t->fail_after && n > t->fail_at)) {
        t->failed = true;
        return true;
    }
    return false;
}

static block_head *head_of(void *block)
{
    block_head *head = (block_head *)block - 1;

    if (head->h.magic != BLOCK_LIVE) {
        fprintf(stderr, "released a block that is not live\n");
        abort();
    }
    return head;
}

static void count_live(mp_test_alloc *t, size_t size)
{
    t->live_blocks++;
    t->live_bytes += size;
    if (t->live_bytes > t->peak_bytes)
        t->peak_bytes = t->live_bytes;
}

static void *test_alloc(size_t size, void *user)
{
    mp_test_alloc *t = user;
    block_head *head;

    if (must_fail(t) || size > SIZE_MAX - sizeof *head)
        return NULL;
    head = malloc(sizeof *head + size);
    if (!head)
        abort();
    head->h.magic = BLOCK_LIVE;
    head->h.size = size;
    memset(head + 1, 0xA5, size);
    count_live(t, size);
    return head + 1;
}

static void test_release(void *block, void *user)
{
    mp_test_alloc *t = user;
    block_head *head;

    if (!block)
        return;
    head = head_of(block);
    t->live_blocks--;
    t->live_bytes -= head->h.size;
    memset(block, 0x5A, head->h.size);
    head->h.magic = BLOCK_DEAD;
    free(head);
}

/* Always moves, so that a stale pointer shows. */
static void *test_resize(void *block, size_t size, void *user)
{
    mp_test_alloc *t = user;
    size_t old = head_of(block)->h.size;
    void *moved = test_alloc(size, t);

    if (!moved)
        return NULL;
    memcpy(moved, block, old < size ? old : size);
    test_release(block, t);
    return moved;
}

void mp_test_alloc_init(mp_test_alloc *t)
{
    memset(t, 0, sizeof *t);
    t->allocator.alloc = test_alloc;
    t->allocator.resize = test_resize;
    t->allocator.release = test_release;
    t->allocator.user = t;
    t->fail_at = SIZE_MAX;
}

/* One run with the n-th allocation failing; true if a failure was met. */
static bool sweep_once(mp_test_sweep_fn fn, void *user, size_t n, bool fail_after, size_t *calls)
{
    mp_test_alloc t;
    mp_status status;

    mp_test_alloc_init(&t);
    t.fail_at = n;
    t.fail_after = fail_after;
    status = fn(&t.allocator, user);
    ck_assert_msg(t.live_blocks == 0, "allocation %zu failing leaves %zu live blocks", n,
                  t.live_blocks);
    ck_assert_msg(status == (t.failed ? MP_ENOMEM : MP_OK), "allocation %zu failing gives %s", n,
                  mp_status_name(status));
    *calls = t.calls;
    return t.failed;
}

size_t mp_test_sweep(mp_test_sweep_fn fn, void *user)
{
    size_t n = 0, calls = 0;

    while (sweep_once(fn, user, n, false, &calls)) {
        (void)sweep_once(fn, user, n, true, &calls);
        n += n < 500 ? 1 : 1 + n / 50;
    }
    ck_assert_msg(calls > 0, "the sweep allocated nothing");
    return calls;
}

/* ---- random numbers ---- */

uint64_t mp_test_random_next(mp_test_random *r)
{
    uint64_t z = (r->state += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t mp_test_random_below(mp_test_random *r, uint64_t bound)
{
    uint64_t skip = (UINT64_MAX % bound + 1) % bound, x;

    do
        x = mp_test_random_next(r);
    while (x < skip);
    return x % bound;
}

/* ---- files ---- */

static const char *source_dir(void)
{
    const char *dir = getenv("srcdir");

    return dir ? dir : MP_TEST_SRCDIR;
}

const char *mp_test_path(const char *below_tests)
{
    static char path[4096];

    snprintf(path, sizeof path, "%s/%s", source_dir(), below_tests);
    return path;
}

const char *mp_test_shared(const char *below_shared)
{
    static char path[4096];
    const char *dir = getenv("MP_SHARED");
    struct stat st;

    if (dir)
        snprintf(path, sizeof path, "%s/%s", dir, below_shared);
    else
        snprintf(path, sizeof path, "%s/../../shared/%s", source_dir(), below_shared);
    return stat(path, &st) == 0 ? path : NULL;
}

char *mp_test_read(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    char *data = NULL;
    size_t used = 0, capacity = 0, got;

    if (!f)
        return NULL;
    do {
        if (capacity - used < 65536) {
            capacity = capacity ? capacity * 2 : 65536;
            data = realloc(data, capacity + 1);
            if (!data)
                abort();
        }
        got = fread(data + used, 1, capacity - used, f);
        used += got;
    } while (got > 0);
    fclose(f);
    data[used] = '\0';
    if (size)
        *size = used;
    return data;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long a selector takes to compile and to match.
 *
 * The device has 12 attributes, two of them versions, and 2 capacities.  One JSON line per result:
 * the median in ns of one compilation, of one match, of one match with its cost counted exactly,
 * and of a plain C loop or comparison that does the same work on a struct; allocations of one
 * match and bytes kept by the program.  Then one selector on 100,000 distinct devices, and again
 * after one device changed.
 */
#define _POSIX_C_SOURCE 200809L
#include "cel_internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define RUNS 101
#define DEVICES 100000
#define DOMAIN "gpu.nvidia.com"
#define ATTR "device.attributes['" DOMAIN "']"
#define MEMORY "device.capacity['" DOMAIN "'].memory.compareTo(quantity('40Gi')) >= 0"

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static size_t allocations;

static void *count_alloc(size_t size, void *user)
{
    (void)user;
    allocations++;
    return malloc(size);
}

static void *count_resize(void *block, size_t size, void *user)
{
    (void)user;
    allocations++;
    return realloc(block, size);
}

static void count_release(void *block, void *user)
{
    (void)user;
    free(block);
}

static const mp_allocator counting = { count_alloc, count_resize, count_release, NULL };

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "cel bench: %s\n", what);
    exit(EXIT_FAILURE);
}

/* What is another on every device. */
static void set_own(mp_cel_device *d, size_t n)
{
    static const char *const plain[] = { "architecture", "brand", "pcieRoot", "uuid", "parent" };
    static const char *const numbers[] = { "index", "minor", "numa" };
    char text[32];

    for (size_t i = 0; i < MP__COUNT(plain); i++) {
        snprintf(text, sizeof text, "%s-%zu", plain[i], n);
        mp_cel_device_set_string(d, plain[i], MP_NTS, text, MP_NTS);
    }
    for (size_t i = 0; i < MP__COUNT(numbers); i++)
        mp_cel_device_set_int(d, numbers[i], MP_NTS, (int64_t)(n + i));
}

static mp_cel_device *make_device(size_t n)
{
    mp_cel_device *d = NULL;

    must(mp_cel_device_new(&counting, DOMAIN, MP_NTS, &d, NULL) == MP_OK, "device");
    mp_cel_device_set_string(d, "productName", MP_NTS, "NVIDIA H100 80GB HBM3", MP_NTS);
    mp_cel_device_set_string(d, "type", MP_NTS, "gpu", MP_NTS);
    set_own(d, n);
    mp_cel_device_set_version(d, "driverVersion", MP_NTS, "570.86.15", MP_NTS);
    mp_cel_device_set_version(d, "cudaDriverVersion", MP_NTS, "12.8.0", MP_NTS);
    mp_cel_device_set_capacity(d, "memory", MP_NTS, "80Gi", MP_NTS);
    mp_cel_device_set_capacity(d, "multiprocessors", MP_NTS, "132", MP_NTS);
    return d;
}

static mp_cel_device *copy_device(const mp_cel_device *model, size_t n)
{
    mp_cel_device *d = NULL;

    must(mp_cel_device_copy(&counting, model, &d, NULL) == MP_OK, "copy");
    set_own(d, n);
    return d;
}

/* ---- what a plain program would do ---- */

typedef struct plain {
    const char *driver, *type, *product;
    int64_t memory;
    uint64_t version[3];
} plain;

/* Not constant, so that no compiler can know the answers. */
static volatile plain the_plain = {
    DOMAIN, "gpu", "NVIDIA H100 80GB HBM3", INT64_C(80) << 30, { 570, 86, 15 }
};

static bool plain_driver(const plain *p)
{
    return strcmp(p->driver, DOMAIN) == 0;
}

static bool plain_memory(const plain *p)
{
    return p->memory >= INT64_C(40) << 30;
}

static bool plain_both(const plain *p)
{
    return plain_driver(p) && plain_memory(p);
}

static bool plain_product(const plain *p)
{
    return strstr(p->product, "A100") || strstr(p->product, "H100") || strstr(p->product, "B200");
}

static bool plain_five(const plain *p)
{
    return plain_both(p) && strcmp(p->type, "gpu") == 0 &&
           (strcmp(p->product, "NVIDIA A100") == 0 ||
            strcmp(p->product, "NVIDIA H100 80GB HBM3") == 0) &&
           p->version[0] >= 550;
}

static bool plain_lower(const plain *p)
{
    char text[64];
    size_t i = 0;

    for (; p->product[i] && i + 1 < sizeof text; i++)
        text[i] = (char)(p->product[i] >= 'A' && p->product[i] <= 'Z' ? p->product[i] | 32
                                                                      : p->product[i]);
    text[i] = '\0';
    return strstr(text, "h100") != NULL;
}

static bool plain_prefix(const plain *p)
{
    return p->product && strncmp(p->product, "NVIDIA", 6) == 0;
}

static const struct {
    const char *name, *source;
    bool (*plain)(const plain *p);
} selectors[] = {
    { "driver", "device.driver == '" DOMAIN "'", plain_driver },
    { "memory", MEMORY, plain_memory },
    { "driver-memory", "device.driver == '" DOMAIN "' && " MEMORY, plain_both },
    { "five-terms",
      "device.driver == '" DOMAIN "' && " ATTR ".type == 'gpu' && " ATTR
      ".productName in ['NVIDIA A100', 'NVIDIA H100 80GB HBM3'] && " ATTR
      ".driverVersion.compareTo(semver('550.0.0')) >= 0 && " MEMORY,
      plain_five },
    { "lower-matches", ATTR ".productName.lowerAscii().matches('^.*h100.*$')", plain_lower },
    { "exists-contains", "['A100', 'H100', 'B200'].exists(p, " ATTR ".productName.contains(p))",
      plain_product },
    { "bind-has", "cel.bind(a, " ATTR ", has(a.productName) && a.productName.startsWith('NVIDIA'))",
      plain_prefix },
};

/* ---- measuring ---- */

typedef struct job {
    const mp_cel_env *env;
    const char *source;
    mp_cel *cel;
    mp_cel_device *device;
    bool (*plain)(const plain *p);
} job;

static void compile_once(job *j)
{
    mp_cel *cel = NULL;

    must(mp_cel_compile(j->env, j->source, strlen(j->source), &cel, NULL) == MP_OK, j->source);
    mp_cel_free(cel);
}

static void match_once(job *j)
{
    bool match = false;

    must(mp_cel_match(j->cel, j->device, &match, NULL) == MP_OK && match, j->source);
}

static void count_once(job *j)
{
    mp__machine m;
    mp__value v;

    mp__machine_init(&m, &counting, j->cel);
    m.device = j->device;
    v = mp__machine_run(&m);
    must(v.kind == MP__BOOL && v.as.boolean && m.cost > 0, j->source);
    mp__machine_fini(&m);
}

static void plain_once(job *j)
{
    plain p = the_plain;

    must(j->plain(&p), j->source);
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Median time of one call, over batches long enough for the clock. */
static double median_ns(job *j, void (*run)(job *), unsigned batch)
{
    double times[RUNS];

    for (size_t i = 0; i < RUNS; i++) {
        uint64_t start = now_ns();

        for (unsigned k = 0; k < batch; k++)
            run(j);
        times[i] = (double)(now_ns() - start) / batch;
    }
    qsort(times, RUNS, sizeof *times, compare_doubles);
    return times[RUNS / 2];
}

static void bench_selector(const mp_cel_env *env, size_t i)
{
    job j = { env, selectors[i].source, NULL, make_device(0), selectors[i].plain };
    double compile, match, counted, by_hand;
    size_t count;

    must(mp_cel_compile(env, j.source, strlen(j.source), &j.cel, NULL) == MP_OK, j.source);
    allocations = 0;
    match_once(&j);
    count = allocations;
    compile = median_ns(&j, compile_once, 100);
    match = median_ns(&j, match_once, 1000);
    counted = median_ns(&j, count_once, 1000);
    by_hand = median_ns(&j, plain_once, 1000);
    printf("{\"bench\":\"cel\",\"selector\":\"%s\",\"match_ns\":%.1f,\"counted_ns\":%.1f,"
           "\"plain_ns\":%.1f,\"compile_ns\":%.0f,\"allocations\":%zu,\"memory\":%zu}\n",
           selectors[i].name, match, counted, by_hand, compile, count, mp_cel_memory(j.cel));
    mp_cel_device_free(j.device);
    mp_cel_free(j.cel);
}

/* ---- many devices ---- */

static double milliseconds(uint64_t start)
{
    return (double)(now_ns() - start) / 1e6;
}

/* `model`: every device is a copy of it; NULL: each is made for itself. */
static void bench_fleet(const mp_cel_env *env, const mp_cel_device *model)
{
    const mp_cel_device **devices = malloc(DEVICES * sizeof(mp_cel_device *));
    plain *plains = malloc(DEVICES * sizeof *plains);
    uint8_t *answers = malloc(DEVICES);
    const char *source = selectors[3].source;
    mp_cel_device *changed;
    mp_cel *cel = NULL;
    size_t found = 0;
    uint64_t start;
    double all, again, by_hand;

    must(devices && plains && answers, "memory");
    must(mp_cel_compile(env, source, strlen(source), &cel, NULL) == MP_OK, source);
    for (size_t i = 0; i < DEVICES; i++) {
        devices[i] = model ? copy_device(model, i) : make_device(i);
        plains[i] = the_plain;
    }
    start = now_ns();
    must(mp_cel_match_each(cel, devices, DEVICES, answers, NULL) == MP_OK, source);
    all = milliseconds(start);
    /* One device changed: all are asked again. */
    changed = (mp_cel_device *)(uintptr_t)devices[DEVICES / 2];
    mp_cel_device_set_string(changed, "type", MP_NTS, "mig", MP_NTS);
    start = now_ns();
    must(mp_cel_match_each(cel, devices, DEVICES, answers, NULL) == MP_OK, source);
    again = milliseconds(start);
    for (size_t i = 0; i < DEVICES; i++)
        found += answers[i];
    must(found == DEVICES - 1, "every device but one");
    start = now_ns();
    for (size_t i = 0; i < DEVICES; i++)
        found += plain_five(&plains[i]);
    by_hand = milliseconds(start);
    must(found == 2 * DEVICES - 1, "every plain device");
    printf("{\"bench\":\"cel\",\"selector\":\"five-terms\",\"devices\":%d,\"made\":\"%s\","
           "\"all_ms\":%.2f,\"changed_ms\":%.2f,\"plain_ms\":%.2f}\n",
           DEVICES, model ? "as copies" : "each", all, again, by_hand);
    for (size_t i = 0; i < DEVICES; i++)
        mp_cel_device_free((mp_cel_device *)(uintptr_t)devices[i]);
    mp_cel_free(cel);
    free(answers);
    free(plains);
    free(devices);
}

int main(void)
{
    mp_cel_device *model = make_device(0);
    mp_cel_env *env = NULL;

    must(mp_cel_env_new_dra(&counting, &env, NULL) == MP_OK, "environment");
    for (size_t i = 0; i < MP__COUNT(selectors); i++)
        bench_selector(env, i);
    bench_fleet(env, NULL);
    bench_fleet(env, model);
    mp_cel_device_free(model);
    mp_cel_env_free(env);
    return 0;
}

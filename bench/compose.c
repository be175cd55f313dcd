/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast a ModelReplica becomes the JSON of its provider Objects, and how fast trees are written.
 *
 * One JSON line per result: name, size (engines), bytes of the result, allocations per run, median
 * and p99 in ns, and the rate in MB/s.  `ratio` is the median over that of memcpy of the same
 * number of bytes, measured in the same run, so that figures of different machines can be compared.
 */
#define _POSIX_C_SOURCE 200809L
#include <modelplane/compose.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RUNS 2001
#define ENGINES_LARGE 200

/* ---- time and memory ---- */

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void *count_alloc(size_t size, void *user)
{
    ++*(size_t *)user;
    return malloc(size);
}

static void *count_resize(void *block, size_t size, void *user)
{
    ++*(size_t *)user;
    return realloc(block, size);
}

static void count_release(void *block, void *user)
{
    (void)user;
    free(block);
}

static int compare_times(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static void die(const char *what, const mp_error *err)
{
    fprintf(stderr, "compose bench: %s: %s\n", what, err->text);
    exit(EXIT_FAILURE);
}

/* ---- the replica: a gang with a cache per engine, as large deployments have ---- */

static const char member_text[] =
    "{\"role\":\"%s\",\"nodePoolName\":\"h200\",\"deviceRequests\":[{\"name\":\"gpu\","
    "\"deviceClassName\":\"gpu.nvidia.com\",\"count\":8,\"selectors\":[{\"cel\":"
    "\"device.capacity[\\\"gpu.nvidia.com\\\"].memory.compareTo(quantity(\\\"141Gi\\\")) >= 0\"}]"
    "}],%s\"template\":{\"metadata\":{\"labels\":{\"team\":\"a\"}},\"spec\":{\"containers\":["
    "{\"name\":\"engine\",\"image\":\"reg.example/vllm:1\",\"args\":["
    "\"--tensor-parallel-size=8\",\"--pipeline-parallel-size=2\",\"--max-model-len=32768\"],"
    "\"env\":[{\"name\":\"VLLM_HOST_IP\",\"valueFrom\":{\"fieldRef\":{\"fieldPath\":"
    "\"status.podIP\"}}},{\"name\":\"NCCL_DEBUG\",\"value\":\"WARN\"}]}]}}}";

static mp_doc *make_replica(size_t engines)
{
    size_t room = engines * 2048 + 1024, used = 0;
    char *text = malloc(room);
    mp_doc *doc = NULL;
    mp_error err = { 0 };

    if (text == NULL)
        exit(EXIT_FAILURE);
    used += (size_t)snprintf(text + used, room - used,
                             "{\"kind\":\"ModelReplica\",\"metadata\":{\"name\":\"chat-3e6a5\","
                             "\"namespace\":\"team-a\"},\"spec\":{\"clusterName\":\"east-1\","
                             "\"modelCacheRef\":{\"name\":\"w70\"},\"engines\":[");
    for (size_t i = 0; i < engines; i++) {
        used += (size_t)snprintf(text + used, room - used,
                                 "%s{\"name\":\"e%zu\",\"copies\":1,\"members\":[",
                                 i > 0 ? "," : "", i);
        used += (size_t)snprintf(text + used, room - used, member_text, "Leader", "");
        text[used++] = ',';
        used += (size_t)snprintf(text + used, room - used, member_text, "Worker",
                                 "\"worker\":{\"nodes\":1},");
        used += (size_t)snprintf(text + used, room - used, "]}");
    }
    used += (size_t)snprintf(text + used, room - used, "]}}");
    if (mp_json_read(NULL, text, used, NULL, &doc, &err) != MP_OK)
        die("fixture", &err);
    free(text);
    return doc;
}

/* ---- what is measured ---- */

typedef struct job {
    const mp_object *input; /* a replica, or what a writer writes */
    mp_allocator alloc;
    size_t allocations, bytes;
} job;

typedef mp_status (*job_fn)(job *j, mp_error *err);

static mp_status write_json(job *j, mp_error *err)
{
    mp_text text;
    mp_status st = mp_json_text(&j->alloc, j->input, 0, &text, err);

    j->bytes = text.size;
    mp_text_fini(&text);
    return st;
}

static mp_status write_yaml(job *j, mp_error *err)
{
    mp_text text;
    mp_status st = mp_yaml_text(&j->alloc, j->input, 0, &text, err);

    j->bytes = text.size;
    mp_text_fini(&text);
    return st;
}

static mp_status compose(job *j, mp_doc **out, mp_error *err)
{
    mp_compose_opts opts = MP_COMPOSE_OPTS_INIT;

    opts.provider_config = "east-1";
    opts.provider_config_size = MP_NTS;
    return mp_compose_replica(&j->alloc, j->input, &opts, out, err);
}

static mp_status compose_only(job *j, mp_error *err)
{
    mp_doc *out;
    mp_status st = compose(j, &out, err);

    mp_doc_free(out);
    return st;
}

static mp_status compose_and_write(job *j, mp_error *err)
{
    mp_doc *out;
    mp_status st = compose(j, &out, err);

    if (st == MP_OK) {
        job writing = { mp_doc_root(out), j->alloc, 0, 0 };

        st = write_json(&writing, err);
        j->bytes = writing.bytes;
    }
    mp_doc_free(out);
    return st;
}

static uint64_t median_of_copy(size_t size)
{
    static uint64_t times[RUNS];
    char *from = calloc(1, size + 1), *to = malloc(size + 1);
    volatile char sink;

    if (from == NULL || to == NULL)
        exit(EXIT_FAILURE);
    for (size_t i = 0; i < RUNS; i++) {
        uint64_t start = now_ns();

        from[i % (size + 1)] = (char)i;
        memcpy(to, from, size + 1);
        sink = to[i % (size + 1)];
        times[i] = now_ns() - start;
    }
    (void)sink;
    free(from);
    free(to);
    qsort(times, RUNS, sizeof *times, compare_times);
    return times[RUNS / 2] > 0 ? times[RUNS / 2] : 1;
}

static void measure(const char *name, size_t size, job_fn fn, const mp_object *input, size_t runs)
{
    static uint64_t times[RUNS];
    job j = { input, { count_alloc, count_resize, count_release, NULL }, 0, 0 };
    mp_error err = { 0 };
    uint64_t median;

    j.alloc.user = &j.allocations;
    for (size_t i = 0; i < runs; i++) {
        uint64_t start = now_ns();

        j.allocations = 0;
        if (fn(&j, &err) != MP_OK)
            die(name, &err);
        times[i] = now_ns() - start;
    }
    qsort(times, runs, sizeof *times, compare_times);
    median = times[runs / 2] > 0 ? times[runs / 2] : 1;
    printf("{\"name\":\"%s\",\"size\":%zu,\"bytes\":%zu,\"allocations\":%zu,\"median_ns\":%llu,"
           "\"p99_ns\":%llu,\"mb_per_s\":%llu,\"ratio\":%llu}\n",
           name, size, j.bytes, j.allocations, (unsigned long long)median,
           (unsigned long long)times[runs - 1 - runs / 100],
           (unsigned long long)(j.bytes * 1000u / median),
           (unsigned long long)(median / median_of_copy(j.bytes)));
}

int main(void)
{
    mp_doc *small = make_replica(1), *large = make_replica(ENGINES_LARGE), *objects;
    mp_error err = { 0 };
    job j = { mp_doc_root(large), { count_alloc, count_resize, count_release, NULL }, 0, 0 };

    j.alloc.user = &j.allocations;
    if (compose(&j, &objects, &err) != MP_OK)
        die("objects", &err);
    measure("compose_replica", 1, compose_only, mp_doc_root(small), RUNS);
    measure("compose_replica_json", 1, compose_and_write, mp_doc_root(small), RUNS);
    measure("compose_replica_json", ENGINES_LARGE, compose_and_write, mp_doc_root(large),
            RUNS / 20);
    measure("json_write", ENGINES_LARGE, write_json, mp_doc_root(objects), RUNS / 20);
    measure("yaml_write", ENGINES_LARGE, write_yaml, mp_doc_root(objects), RUNS / 20);
    mp_doc_free(objects);
    mp_doc_free(large);
    mp_doc_free(small);
    return EXIT_SUCCESS;
}

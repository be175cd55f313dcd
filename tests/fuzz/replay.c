/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main() of a fuzz target without libFuzzer: runs NAME_replay over every seed in fuzz/NAME/ and
 * over the empty input.  The target aborts on a finding, and the missing plan makes that a failure;
 * the last diagnostic line names the seed.
 */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A block of exactly the file's size, so that reading past its end shows. */
static uint8_t *read_seed(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = NULL;
    long end;

    if (!f)
        return NULL;
    if (fseek(f, 0, SEEK_END) == 0 && (end = ftell(f)) >= 0 && fseek(f, 0, SEEK_SET) == 0) {
        *size = (size_t)end;
        data = malloc(*size ? *size : 1);
        if (data && fread(data, 1, *size, f) != *size) {
            free(data);
            data = NULL;
        }
    }
    fclose(f);
    return data;
}

static int is_seed(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void run(unsigned number, const char *name, const uint8_t *data, size_t size)
{
    printf("# %s\n", name);
    fflush(stdout);
    (void)LLVMFuzzerTestOneInput(data, size);
    printf("ok %u - %s\n", number, name);
}

int main(int argc, char **argv)
{
    const char *srcdir = getenv("srcdir"), *slash = strrchr(argv[0], '/');
    const char *program = slash ? slash + 1 : argv[0];
    const char *suffix = strstr(program, "_replay");
    struct dirent **seeds;
    char dir[3072], path[4096];
    uint8_t *data = malloc(1);
    unsigned number = 0;
    int count;

    if (argc != 1 || !suffix || !data)
        return EXIT_FAILURE;
    snprintf(dir, sizeof dir, "%s/fuzz/%.*s", srcdir ? srcdir : MP_TEST_SRCDIR,
             (int)(suffix - program), program);
    count = scandir(dir, &seeds, is_seed, alphasort);
    if (count <= 0) {
        printf("Bail out! no seeds in %s\n", dir);
        return EXIT_FAILURE;
    }
    run(++number, "the empty input", data, 0);
    free(data);
    for (int i = 0; i < count; i++) {
        size_t size = 0;

        snprintf(path, sizeof path, "%s/%s", dir, seeds[i]->d_name);
        data = read_seed(path, &size);
        if (data)
            run(++number, seeds[i]->d_name, data, size);
        else
            printf("not ok %u - cannot read %s\n", ++number, path);
        free(data);
        free(seeds[i]);
    }
    free(seeds);
    printf("1..%u\n", number);
    return EXIT_SUCCESS;
}

/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "case_files.h"
#include "mp_test.h"
#include "value_internal.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CASES_MAX 512

static char *names[CASES_MAX];
static size_t name_count;
static char folder[128];

/* ---- files ---- */

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

size_t case_list(const char *below)
{
    DIR *at = opendir(mp_test_path(below));
    struct dirent *entry;

    (void)snprintf(folder, sizeof folder, "%s", below);
    while (at && (entry = readdir(at)) && name_count < CASES_MAX)
        if (strstr(entry->d_name, ".json"))
            names[name_count++] = strdup(entry->d_name);
    if (at)
        (void)closedir(at);
    qsort(names, name_count, sizeof *names, compare_names);
    return name_count;
}

void case_forget(void)
{
    for (size_t i = 0; i < name_count; i++)
        free(names[i]);
    name_count = 0;
}

const char *case_name(size_t i)
{
    return names[i];
}

mp_doc *case_read(size_t i)
{
    char below[512];
    size_t size;
    char *text;
    mp_error err;
    mp_doc *doc;

    (void)snprintf(below, sizeof below, "%s/%s", folder, names[i]);
    text = mp_test_read(mp_test_path(below), &size);
    ck_assert_msg(text != NULL, "%s: cannot be read", below);
    ck_assert_msg(mp_json_read(NULL, text, size, NULL, &doc, &err) == MP_OK, "%s:%u: %s", below,
                  (unsigned)err.line, err.text);
    free(text);
    return doc;
}

/* ---- lines ---- */

const char *case_text(const mp_object *node)
{
    const char *text = mp_object_string(node, NULL);

    return text ? text : "";
}

bool case_matches(const char *pattern, const char *text, size_t size)
{
    const char *star = NULL, *end = text + size, *back = text;

    while (text < end) {
        if (*pattern == '*') {
            star = pattern++;
            back = text;
        } else if (*pattern == *text) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star + 1;
            text = ++back;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

void case_lines(const char *name, const mp_object *patterns, const char *got)
{
    const mp_object *want = mp_object_first(patterns);
    const char *line = got;

    for (size_t number = 1; *line || want; number++) {
        size_t size = strcspn(line, "\n");

        ck_assert_msg(want && *line && case_matches(case_text(want), line, size),
                      "%s, line %zu: wanted <%s>, got <%.*s>\nall of it:\n%.6000s", name, number,
                      want ? case_text(want) : "end", (int)size, line, got);
        line += size + (line[size] == '\n');
        want = mp_object_next(want);
    }
}

void case_digest(const char *name, const mp_object *sha256, const mp_object *got)
{
    mp_text text;
    char hex[65];

    ck_assert(mp_json_text(NULL, got, 0, &text, NULL) == MP_OK);
    mp__sha256_hex(text.data, text.size, hex);
    ck_assert_msg(mp_object_string_is(sha256, hex, MP_NTS), "%s: digest %s", name, hex);
    mp_text_fini(&text);
}

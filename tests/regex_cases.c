/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Go's regexp accepts, refuses and finds, from data/regex_cases.txt (see regex_cases.go).  A
 * file named on the command line is read in its place.
 */
#include <mp_test.h>
#include "regex_internal.h"
#include <stdio.h>
#include <stdlib.h>

static const char *file;

static int hex_value(char c)
{
    return c <= '9' ? c - '0' : c - 'A' + 10;
}

/* "..." at *at, decoded in place. */
static mp__str take_quoted(char **at)
{
    char *from = strchr(*at, '"') + 1, *to = from, *c = from;

    for (; *c != '"'; c++) {
        if (c[0] == '\\') {
            *to++ = (char)(hex_value(c[2]) * 16 + hex_value(c[3]));
            c += 3;
        } else {
            *to++ = *c;
        }
    }
    *at = c + 1;
    return (mp__str){ from, (size_t)(to - from) };
}

typedef struct reader {
    mp_test_alloc alloc;
    mp__regex *re;
    mp__str text;
    size_t line, searched, refused, compiled, wrong;
} reader;

static void wrong(reader *r, const char *what)
{
    r->wrong++;
    mp_test_note("line %zu: %s", r->line, what);
}

static void read_pattern(reader *r, char *at, bool refused)
{
    mp__str source = take_quoted(&at);
    mp_error err = { 0 };
    mp_status st;

    mp__regex_free(r->re);
    st = mp__regex_compile(&r->alloc.allocator, source.data, source.size, &r->re, &err);
    if (refused) {
        r->refused++;
        if (st != MP_EPARSE || r->re)
            wrong(r, "should be refused");
        else if (err.status != MP_EPARSE || err.offset > source.size)
            wrong(r, "the error has no place");
    } else {
        r->compiled++;
        if (st != MP_OK)
            wrong(r, err.text);
        else if (mp__regex_memory(r->re) > r->alloc.live_bytes)
            wrong(r, "reports more memory than it holds");
    }
}

static void check_found(reader *r, int found, size_t begin, size_t end, const char *want)
{
    char got[64] = "none";

    r->searched++;
    if (found)
        snprintf(got, sizeof got, "%zu %zu", begin, end);
    if (strcmp(got, want) != 0)
        wrong(r, got);
}

static int search(reader *r, size_t start, size_t *begin, size_t *end)
{
    int found =
        mp__regex_search(r->re, &r->alloc.allocator, r->text.data, r->text.size, start, begin, end);

    if (mp__regex_search(r->re, &r->alloc.allocator, r->text.data, r->text.size, start, NULL,
                         NULL) != found)
        wrong(r, "the test without offsets differs");
    return found;
}

static void check_first(reader *r, const char *want)
{
    size_t begin = 0, end = 0;
    int found = search(r, 0, &begin, &end);

    check_found(r, found, begin, end, want);
}

static void check_next(reader *r, size_t start, const char *want)
{
    size_t begin = 0, end = 0, next = start;
    int found = search(r, start, &begin, &end);

    if (found && end == start) {
        uint32_t c;

        found = start < r->text.size;
        if (found && !mp__utf8_next(r->text.data, r->text.size, &next, &c))
            next++;
        found = found && search(r, next, &begin, &end);
    }
    check_found(r, found, begin, end, want);
}

static void read_line(reader *r, char *line)
{
    char *at = line;

    if (strncmp(line, "pattern ", 8) == 0) {
        read_pattern(r, at, false);
    } else if (strncmp(line, "refused ", 8) == 0) {
        read_pattern(r, at, true);
    } else if (strncmp(line, "text ", 5) == 0) {
        r->text = take_quoted(&at);
        if (r->re)
            check_first(r, at + 1);
    } else if (strncmp(line, "after ", 6) == 0) {
        size_t start = strtoul(line + 6, &at, 10);

        if (r->re)
            check_next(r, start, at + 1);
    } else if (line[0] != '#' && line[0] != '\0') {
        wrong(r, "unknown line");
    }
}

START_TEST(agrees_with_go)
{
    size_t size;
    char *data = mp_test_read(file ? file : mp_test_path("data/regex_cases.txt"), &size);
    reader r = { 0 };

    ck_assert_ptr_nonnull(data);
    mp_test_alloc_init(&r.alloc);
    for (char *line = data, *end; *line; line = end) {
        end = line + strcspn(line, "\n");
        if (*end)
            *end++ = '\0';
        r.line++;
        read_line(&r, line);
    }
    mp__regex_free(r.re);
    free(data);
    mp_test_note("%zu patterns compiled, %zu refused, %zu searches", r.compiled, r.refused,
                 r.searched);
    ck_assert_uint_eq(r.wrong, 0);
    ck_assert_uint_eq(r.alloc.live_blocks, 0);
    ck_assert_uint_gt(r.compiled, 1000);
    ck_assert_uint_gt(r.refused, 300);
    ck_assert_uint_gt(r.searched, 3000);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *s = suite_create("regex_cases");
    TCase *tc = tcase_create("go");

    if (argc > 1)
        file = argv[1];
    tcase_set_timeout(tc, 300);
    tcase_add_test(tc, agrees_with_go);
    suite_add_tcase(s, tc);
    return mp_test_main(s);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Regular expressions: the input is a pattern, a line feed, and a text.  What compiles is searched
 * for; a match lies inside the text, the test without offsets agrees, and so does a second
 * compilation.
 */
#include "regex_internal.h"
#include <stdlib.h>

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

#define PATTERN_MAX 1000
#define TEXT_MAX 2000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_searches(const mp__regex *re, const mp__regex *again, const char *text,
                           size_t size)
{
    size_t starts[] = { 0, size / 2, size };

    for (size_t i = 0; i < MP__COUNT(starts); i++) {
        size_t begin = 0, end = 0, other_begin = 0, other_end = 0;
        int found = mp__regex_search(re, NULL, text, size, starts[i], &begin, &end);

        REQUIRE(found == mp__regex_search(re, NULL, text, size, starts[i], NULL, NULL));
        REQUIRE(found ==
                mp__regex_search(again, NULL, text, size, starts[i], &other_begin, &other_end));
        REQUIRE(begin == other_begin && end == other_end);
        REQUIRE(!found || (starts[i] <= begin && begin <= end && end <= size));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *pattern = (const char *)data;
    const uint8_t *line_end = size ? memchr(data, '\n', size) : NULL;
    size_t pattern_size = line_end ? (size_t)(line_end - data) : size;
    size_t text_size = line_end ? size - pattern_size - 1 : 0;
    mp__regex *re, *again;
    mp_error err = { 0 };
    mp_status st;

    if (pattern_size > PATTERN_MAX || text_size > TEXT_MAX)
        return 0;
    st = mp__regex_compile(NULL, pattern, pattern_size, &re, &err);
    REQUIRE((re != NULL) == (st == MP_OK));
    if (st != MP_OK) {
        REQUIRE(st == MP_ELIMIT || (st == MP_EPARSE && err.offset <= pattern_size));
        return 0;
    }
    REQUIRE(mp__regex_compile(NULL, pattern, pattern_size, &again, NULL) == MP_OK);
    check_searches(re, again, line_end ? (const char *)line_end + 1 : pattern, text_size);
    mp__regex_free(re);
    mp__regex_free(again);
    return 0;
}

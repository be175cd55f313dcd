/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Versions: two texts with a space between.  What reads strictly reads the same when normalized,
 * and the order is one.
 */
#include <modelplane/semver.h>
#include <stdlib.h>
#include <string.h>

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static mp_status parse(const char *text, size_t size, unsigned flags, mp_semver *out)
{
    mp_error err;
    mp_status st = mp_semver_parse(text, size, flags, out, &err);

    REQUIRE(st == MP_OK || (st == MP_EPARSE && err.offset <= size && err.text[0]));
    if (st == MP_OK && out->prerelease_size)
        REQUIRE(out->prerelease >= text && out->prerelease + out->prerelease_size <= text + size);
    return st;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *space = size ? memchr(text, ' ', size) : NULL;
    size_t first = space ? (size_t)(space - text) : size;
    mp_semver a, b, normalized;

    if (parse(text, first, MP_SEMVER_NORMALIZE, &normalized) != MP_OK) {
        REQUIRE(parse(text, first, 0, &a) != MP_OK);
        return 0;
    }
    if (parse(text, first, 0, &a) == MP_OK)
        REQUIRE(mp_semver_compare(&a, &normalized) == 0 && a.build_size == normalized.build_size);
    if (space && parse(space + 1, size - first - 1, MP_SEMVER_NORMALIZE, &b) == MP_OK)
        REQUIRE(mp_semver_compare(&normalized, &b) == -mp_semver_compare(&b, &normalized));
    return 0;
}

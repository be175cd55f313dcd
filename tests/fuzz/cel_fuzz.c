/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Selectors: what is refused has a place inside the source and a reason; what compiles runs on two
 * devices, ends, and gives the same answer twice.
 */
#include <modelplane/cel.h>
#include <stdlib.h>
#include <string.h>

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static mp_cel_device *full_device(void)
{
    static const char *const texts[] = { "nv0", "nv1" };
    static const size_t sizes[] = { 3, 3 };
    static const int64_t lanes[] = { 4, 8 };
    mp_cel_device *d;

    REQUIRE(mp_cel_device_new(NULL, "gpu.example.com", MP_NTS, &d, NULL) == MP_OK);
    REQUIRE(mp_cel_device_set_string(d, "model", MP_NTS, "H200", MP_NTS) == MP_OK);
    REQUIRE(mp_cel_device_set_int(d, "cores", MP_NTS, 132) == MP_OK);
    REQUIRE(mp_cel_device_set_bool(d, "healthy", MP_NTS, true) == MP_OK);
    REQUIRE(mp_cel_device_set_version(d, "driver", MP_NTS, "560.35.3-rc.1", MP_NTS) == MP_OK);
    REQUIRE(mp_cel_device_set_strings(d, "links", MP_NTS, texts, sizes, 2) == MP_OK);
    REQUIRE(mp_cel_device_set_ints(d, "lanes", MP_NTS, lanes, 2) == MP_OK);
    REQUIRE(mp_cel_device_set_string(d, "dra.net/ipv4", MP_NTS, "10.1.2.3", MP_NTS) == MP_OK);
    REQUIRE(mp_cel_device_set_capacity(d, "memory", MP_NTS, "141Gi", MP_NTS) == MP_OK);
    return d;
}

static mp_cel_device *empty_device(void)
{
    mp_cel_device *d;

    REQUIRE(mp_cel_device_new(NULL, "", 0, &d, NULL) == MP_OK);
    return d;
}

static void run(const mp_cel *cel, const mp_cel_device *device)
{
    bool first = true, second = true;
    mp_error err, again;
    mp_status st = mp_cel_match(cel, device, &first, &err);

    REQUIRE(st == MP_OK || st == MP_EEVAL || st == MP_EBUDGET);
    REQUIRE(st == MP_OK || (!first && err.status == st && err.text[0] != '\0'));
    REQUIRE(mp_cel_match(cel, device, &second, &again) == st);
    REQUIRE(first == second && strcmp(err.text, again.text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mp_cel_device *full, *empty;
    mp_cel_env *env;
    mp_cel *cel;
    mp_error err;
    mp_status st;

    REQUIRE(mp_cel_env_new_dra(NULL, &env, NULL) == MP_OK);
    st = mp_cel_compile(env, (const char *)data, size, &cel, &err);
    REQUIRE((st == MP_OK) == (cel != NULL));
    mp_cel_env_free(env);
    if (st != MP_OK) {
        REQUIRE(st == MP_EPARSE || st == MP_ECOMPILE || st == MP_ELIMIT);
        REQUIRE(err.status == st && err.text[0] != '\0');
        REQUIRE(err.offset == MP_NO_OFFSET ||
                (err.offset <= size && err.line >= 1 && err.column >= 1));
        return 0;
    }
    full = full_device();
    empty = empty_device();
    run(cel, full);
    run(cel, empty);
    mp_cel_device_free(full);
    mp_cel_device_free(empty);
    mp_cel_free(cel);
    return 0;
}

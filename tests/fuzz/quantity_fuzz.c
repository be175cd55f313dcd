/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quantities: two texts with a space between.  What parses is written and read back equal, and sums
 * agree with differences and with the order.
 */
#include <modelplane/quantity.h>
#include <stdlib.h>
#include <string.h>

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool parse(const char *text, size_t size, mp_quantity *out)
{
    mp_error err;
    mp_status st = mp_quantity_parse(NULL, text, size, out, &err);

    REQUIRE(st == MP_OK || st == MP_EPARSE || st == MP_ELIMIT);
    REQUIRE(st == MP_OK || (err.status == st && err.text[0] && !out->big));
    REQUIRE(st != MP_EPARSE || err.offset <= size);
    return st == MP_OK;
}

static void check_read_back(const mp_quantity *q, mp_text *text)
{
    mp_quantity back;

    /* Beyond int64 a binary suffix is capped; a text may be too long, or its exponent too large
     * once zeros went into it. */
    if (q->format != MP_QUANTITY_BINARY_SI) {
        mp_status st = mp_quantity_parse(NULL, text->data, text->size, &back, NULL);

        REQUIRE(st == MP_ELIMIT || (st == MP_OK && mp_quantity_compare(&back, q) == 0));
        mp_quantity_fini(&back);
    }
    mp_text_fini(text);
}

static void check_texts(const mp_quantity *q)
{
    mp_text text;

    REQUIRE(mp_quantity_text(NULL, q, &text, NULL) == MP_OK);
    check_read_back(q, &text);
    REQUIRE(mp_quantity_decimal(NULL, q, &text, NULL) == MP_OK);
    check_read_back(q, &text);
    (void)mp_quantity_as_double(q);
}

static void check_pair(const mp_quantity *a, const mp_quantity *b)
{
    mp_quantity r = MP_QUANTITY_INIT;
    int order = mp_quantity_compare(a, b);

    REQUIRE(order == -mp_quantity_compare(b, a));
    REQUIRE(mp_quantity_sub(NULL, a, b, &r, NULL) == MP_OK);
    REQUIRE(mp_quantity_sign(&r) == order);
    REQUIRE(mp_quantity_add(NULL, &r, b, &r, NULL) == MP_OK);
    REQUIRE(mp_quantity_compare(&r, a) == 0);
    mp_quantity_fini(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *space = size ? memchr(text, ' ', size) : NULL;
    size_t first = space ? (size_t)(space - text) : size;
    mp_quantity a, b = MP_QUANTITY_INIT;

    if (parse(text, first, &a)) {
        check_texts(&a);
        if (space && parse(space + 1, size - first - 1, &b))
            check_pair(&a, &b);
    }
    mp_quantity_fini(&a);
    mp_quantity_fini(&b);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quantity_dump: reads pairs of texts from standard input, one pair a line, with a space between,
 * and writes what the library makes of them, for a test by exact arithmetic of another kind.
 *
 * A line of output has fields between " | ": the first quantity, the second, their order, sum and
 * difference, the last three only where both parsed.  A quantity is "bad", "limit", or its integer
 * ("-" where it is none), value as a plain decimal, canonical text, bits of its double, and sign.
 */
#include <modelplane/quantity.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 100000

static void require(mp_status st)
{
    if (st != MP_OK) {
        fprintf(stderr, "quantity_dump: %s\n", mp_status_name(st));
        exit(1);
    }
}

static void print_quantity(const mp_quantity *q)
{
    mp_text decimal, text;
    int64_t integer;
    double approximate = mp_quantity_as_double(q);
    uint64_t bits;

    memcpy(&bits, &approximate, sizeof bits);
    require(mp_quantity_decimal(NULL, q, &decimal, NULL));
    require(mp_quantity_text(NULL, q, &text, NULL));
    if (mp_quantity_as_integer(q, &integer))
        printf("%" PRId64, integer);
    else
        putchar('-');
    printf(" %s %s %016" PRIx64 " %d", decimal.data, text.data, bits, mp_quantity_sign(q));
    mp_text_fini(&decimal);
    mp_text_fini(&text);
}

static void print_parsed(mp_status st, const mp_quantity *q)
{
    if (st == MP_OK)
        print_quantity(q);
    else
        fputs(st == MP_ELIMIT ? "limit" : "bad", stdout);
}

static void print_pair(const mp_quantity *a, const mp_quantity *b)
{
    mp_quantity result = MP_QUANTITY_INIT;

    printf(" | %d | ", mp_quantity_compare(a, b));
    require(mp_quantity_add(NULL, a, b, &result, NULL));
    print_quantity(&result);
    fputs(" | ", stdout);
    require(mp_quantity_sub(NULL, a, b, &result, NULL));
    print_quantity(&result);
    mp_quantity_fini(&result);
}

int main(void)
{
    static char line[LINE_MAX_BYTES];

    while (fgets(line, sizeof line, stdin)) {
        size_t size = strcspn(line, "\n"), first = strcspn(line, " ");
        mp_quantity a, b;
        mp_status a_status, b_status;

        if (first >= size)
            return 1;
        a_status = mp_quantity_parse(NULL, line, first, &a, NULL);
        b_status = mp_quantity_parse(NULL, line + first + 1, size - first - 1, &b, NULL);
        print_parsed(a_status, &a);
        fputs(" | ", stdout);
        print_parsed(b_status, &b);
        if (a_status == MP_OK && b_status == MP_OK)
            print_pair(&a, &b);
        putchar('\n');
        mp_quantity_fini(&a);
        mp_quantity_fini(&b);
    }
    return ferror(stdin) || fflush(stdout) != 0;
}

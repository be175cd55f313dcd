/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a JSON list of {shape, document} and prints a line for each: the number of violations of
 * the structure, the number of broken rules, and the first violation.  For validate_schemas.py.
 */
#include "mp_test.h"
#include <modelplane/document.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct tally {
    size_t structure, rules;
} tally;

static bool count(const mp_violation *v, void *user)
{
    tally *t = user;

    if (v->rule == 0)
        t->structure++;
    else
        t->rules++;
    return true;
}

static void dump(const mp_object *item)
{
    const mp_object *shape = mp_object_get(item, "shape", MP_NTS);
    tally t = { 0, 0 };
    mp_error err;
    mp_status st = mp_validate(NULL, mp_object_get(item, "document", MP_NTS),
                               mp_object_string_is(shape, "V1", 2) ? MP_SHAPE_V1 : MP_SHAPE_V2,
                               count, &t, NULL, &err);

    if (st == MP_ENOENT)
        t.structure++;
    printf("%zu %zu %s: %s\n", t.structure, t.rules, err.path, err.text);
}

int main(int argc, char **argv)
{
    size_t size;
    char *text = argc == 2 ? mp_test_read(argv[1], &size) : NULL;
    mp_error err;
    mp_doc *doc;

    if (!text || mp_json_read(NULL, text, size, NULL, &doc, &err) != MP_OK) {
        (void)fprintf(stderr, "usage: validate_dump FILE\n");
        return EXIT_FAILURE;
    }
    for (const mp_object *item = mp_object_first(mp_doc_root(doc)); item;
         item = mp_object_next(item))
        dump(item);
    mp_doc_free(doc);
    free(text);
    return EXIT_SUCCESS;
}

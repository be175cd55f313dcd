/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml_generate SEED COUNT: writes random trees to standard output, each as JSON on one line and
 * then as YAML, with a line "%" before the YAML and a line "%%" after it (no line of the YAML
 * begins with '%').  For tests by other readers.
 */
#include "object_random.h"
#include <modelplane/object.h>
#include <stdio.h>
#include <stdlib.h>

static mp_status print(const char *data, size_t size, void *user)
{
    return fwrite(data, 1, size, user) == size ? MP_OK : MP_EIO;
}

/* Every string of the list, as item, key and value. */
static mp_object *all_strings(mp_doc *doc)
{
    mp_object *top = mp_object_new_map(doc), *list = mp_object_set_list(top, "list", MP_NTS);
    mp_object *map = mp_object_set_map(top, "map", MP_NTS);

    for (size_t i = 0; i < MP__COUNT(object_random_strings); i++) {
        mp__str s = object_random_strings[i];

        mp_object_append_string(list, s.data, s.size);
        mp_object_append_string(mp_object_append_list(list), s.data, s.size);
        mp_object_set_string(map, s.data, s.size, s.data, s.size);
    }
    return top;
}

static mp_status print_tree(const mp_object *tree)
{
    mp_status st = mp_json_write(tree, 0, print, stdout, NULL);

    if (st == MP_OK)
        st = print("\n%\n", 3, stdout);
    if (st == MP_OK)
        st = mp_yaml_write(tree, MP_YAML_DOCUMENT, print, stdout, NULL);
    if (st == MP_OK)
        st = print("%%\n", 3, stdout);
    return st;
}

int main(int argc, char **argv)
{
    mp_test_random r = { argc > 1 ? strtoull(argv[1], NULL, 10) : 1 };
    size_t count = argc > 2 ? (size_t)strtoull(argv[2], NULL, 10) : 10;
    mp_status st = MP_OK;

    for (size_t i = 0; i < count && st == MP_OK; i++) {
        mp_doc *doc;

        st = mp_doc_new(NULL, &doc, NULL);
        if (st != MP_OK)
            break;
        st = print_tree(i == 0 ? all_strings(doc) : object_random_tree(&r, doc, i % 60));
        mp_doc_free(doc);
    }
    return st == MP_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

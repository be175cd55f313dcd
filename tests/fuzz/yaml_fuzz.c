/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML as the command reads it: what is read is a tree that can be written as YAML, and what is
 * written is read back identical.  What is refused has a place.
 */
#include "cli.h"
#include <stdlib.h>

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take_again(mp_doc *doc, unsigned number, void *user)
{
    REQUIRE(number == 1);
    *(mp_doc **)user = doc;
}

static void take(mp_doc *doc, unsigned number, void *user)
{
    mp_doc *again = NULL;
    unsigned first;
    mp_error err;
    mp_text text;

    REQUIRE(number == ++*(unsigned *)user);
    REQUIRE(mp_yaml_text(NULL, mp_doc_root(doc), MP_YAML_DOCUMENT, &text, NULL) == MP_OK);
    REQUIRE(cli_yaml_read(text.data, text.size, take_again, &again, &first, &err));
    REQUIRE(mp_object_identical(mp_doc_root(doc), mp_doc_root(again)));
    mp_text_fini(&text);
    mp_doc_free(again);
    mp_doc_free(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned count = 0, number;
    mp_error err;

    if (!cli_yaml_read((const char *)data, size, take, &count, &number, &err))
        REQUIRE(err.status != MP_OK && err.text[0] != '\0' && number >= 1);
    return 0;
}

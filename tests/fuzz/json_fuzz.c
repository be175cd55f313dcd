/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON: what is read is written and read back identical, compact and pretty, and as YAML it is at
 * least written.  What is refused has a place inside the text.
 */
#include <modelplane/object.h>
#include <stdlib.h>
#include <string.h>

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_written(const mp_object *tree, unsigned flags)
{
    mp_text text, again;
    mp_doc *back;

    REQUIRE(mp_json_text(NULL, tree, flags, &text, NULL) == MP_OK);
    REQUIRE(mp_json_read(NULL, text.data, text.size, NULL, &back, NULL) == MP_OK);
    REQUIRE(mp_object_identical(tree, mp_doc_root(back)));
    REQUIRE(mp_json_text(NULL, mp_doc_root(back), flags, &again, NULL) == MP_OK);
    REQUIRE(text.size == again.size && memcmp(text.data, again.data, text.size) == 0);
    mp_text_fini(&text);
    mp_text_fini(&again);
    mp_doc_free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mp_doc *doc;
    mp_error err;
    mp_text yaml;

    if (mp_json_read(NULL, (const char *)data, size, NULL, &doc, &err) != MP_OK) {
        REQUIRE(doc == NULL && err.status != MP_OK && err.text[0] != '\0');
        REQUIRE(err.offset <= size && err.line >= 1 && err.column >= 1);
        return 0;
    }
    check_written(mp_doc_root(doc), 0);
    check_written(mp_doc_root(doc), MP_JSON_PRETTY);
    REQUIRE(mp_yaml_text(NULL, mp_doc_root(doc), 0, &yaml, NULL) == MP_OK);
    mp_text_fini(&yaml);
    mp_doc_free(doc);
    return 0;
}

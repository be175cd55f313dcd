/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command's YAML reader alone: standard input as YAML, out a line of JSON per document, or a
 * line "error LINE:COLUMN STATUS TEXT" in place of the document that cannot be read.
 */
#include "cli.h"
#include <stdio.h>
#include <stdlib.h>

static void dump(mp_doc *doc, unsigned number, void *user)
{
    mp_text text;
    mp_error err;

    (void)number, (void)user;
    if (mp_json_text(NULL, mp_doc_root(doc), 0, &text, &err) != MP_OK)
        abort();
    printf("%.*s\n", (int)text.size, text.data);
    mp_text_fini(&text);
    mp_doc_free(doc);
}

int main(void)
{
    cli_text input = { 0 };
    char block[4096];
    unsigned number;
    mp_error err;
    size_t size;

    while ((size = fread(block, 1, sizeof block, stdin)) > 0)
        cli_text_put(&input, block, size);
    if (!cli_yaml_read(input.data ? input.data : "", input.size, dump, NULL, &number, &err))
        printf("error %u:%u %s %s\n", (unsigned)err.line, (unsigned)err.column,
               mp_status_name(err.status), err.text);
    cli_text_fini(&input);
    return 0;
}

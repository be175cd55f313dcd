/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the command share.  The command is an ordinary user of the library: it includes
 * public headers only.
 *
 * Standard output carries results, standard error everything said about the input.  Text that comes
 * from documents is cleaned of control characters before it is shown, so that a manifest cannot
 * drive the reader's terminal.
 */
#ifndef MODELPLANE_CLI_H
#define MODELPLANE_CLI_H

#include <modelplane/modelplane.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum cli_exit {
    CLI_DONE = 0,
    CLI_REFUSED = 1, /* something was refused or is invalid; the output says what */
    CLI_USAGE = 2,
    CLI_INPUT = 3 /* input cannot be read, or output cannot be written */
} cli_exit;

typedef enum cli_format {
    CLI_DEFAULT,
    CLI_TABLE,
    CLI_JSON,
    CLI_YAML,
    CLI_LINE,
    CLI_SVG,
    CLI_HTML
} cli_format;

typedef struct cli_options {
    cli_format format;
    bool assume_ready;
    bool wrapped;
    bool relaxed;
    bool infrastructure;
    bool quiet;
    uint64_t budget; /* 0: the library's default */
    mp_accounting accounting;
    mp_span span;
    mp_cluster_policy clusters;
    mp_pool_policy pools;
    mp_shape shape;
    mp_routing routing;
    const char *output_dir;
    const char *expression; /* of eval */
    const char *const *inputs;
    size_t input_count;
    const char *const *observed;
    size_t observed_count;
} cli_options;

/* ---- say.c: lines on standard error, memory ---- */

/* "modelplane: " and a line. */
void cli_fail(const char *format, ...) MP_PRINTF(1, 2);
/* A line as it is. */
void cli_say(const char *format, ...) MP_PRINTF(1, 2);
/* A growing line of text; never NULL, ends the program when memory runs out. */
typedef struct cli_text {
    char *data;
    size_t size, capacity;
} cli_text;
void cli_text_put(cli_text *text, const char *data, size_t size);
void cli_text_printf(cli_text *text, const char *format, ...) MP_PRINTF(2, 3);
void cli_text_vprintf(cli_text *text, const char *format, va_list args) MP_PRINTF(2, 0);
void cli_text_fini(cli_text *text);
/* malloc family that ends the program with a message and CLI_INPUT when memory runs out. */
void *cli_resize(void *block, size_t count, size_t item_size);
char *cli_strdup(const char *text);
/* Replace control characters by "?", in place. */
void cli_clean(char *text, bool keep_newline);
/* The text of a string node, "" for anything else. */
const char *cli_string(const mp_object *node);
const mp_object *cli_get(const mp_object *map, const char *key);
/* Follow a path of keys such as "metadata.name". */
const mp_object *cli_find(const mp_object *map, const char *path);

/* ---- input.c, yaml_input.c, yaml_scalar.c ---- */

/* One document of the input. */
typedef struct cli_document {
    const char *file;
    unsigned number; /* of the document in its file, from 1 */
    char *prefix;    /* path of the object in its document: "", or "items[3]" in a List */
    mp_object *object;
    bool observed; /* came by --observed */
    bool replaced; /* a later document of the same identity took its place */
} cli_document;

typedef struct cli_input {
    cli_document *items;
    size_t count, capacity;
    mp_doc **docs;
    size_t doc_count, doc_capacity;
    char **files;
    size_t file_count, file_capacity;
    cli_document **sorted; /* by identity */
    bool failed;           /* something could not be read; it was said */
} cli_input;

/*
 * Read everything the options name, observed documents first.  A later document replaces an earlier
 * one of the same identity, as `kubectl apply` does, and keeps its status unless it has one itself.
 */
void cli_input_read(cli_input *input, const cli_options *options);
void cli_input_fini(cli_input *input);
/* Whether the library does something with documents of this kind. */
bool cli_kind_used(const mp_object *object);
/* Order of (kind, namespace, name), bytewise; works on anything with these fields. */
int cli_compare_identity(const mp_object *a, const mp_object *b);
/* The document with the identity that `like` has, or NULL. */
const cli_document *cli_input_find(const cli_input *input, const mp_object *like);
/* `FILE:DOCUMENT: PATH: message (line N)` on standard error. */
void cli_document_say(const cli_document *document, const char *path, const char *message,
                      uint32_t line);
/* Check one document, against the one that --observed has in its place if there is one. */
mp_status cli_document_validate(const cli_options *options, const cli_input *input,
                                const cli_document *document, mp_violation_fn fn, void *user,
                                mp_error *err);
/* Say every broken rule of every document; true if there is none. */
bool cli_input_validate(const cli_options *options, const cli_input *input);

/*
 * Read the documents of a YAML stream one by one; `take` owns what it is given.  False when the
 * stream is not well-formed: err has line and column, *number the document.
 */
typedef void (*cli_take_fn)(mp_doc *doc, unsigned number, void *user);
bool cli_yaml_read(const char *text, size_t size, cli_take_fn take, void *user, unsigned *number,
                   mp_error *err);

/* What a plain scalar stands for; `text` is NUL-terminated.  NULL out of memory. */
mp_object *cli_yaml_plain(mp_doc *doc, const char *text, size_t size);

/* ---- table.c ---- */

#define CLI_WIDTH 100
#define CLI_COLUMNS_MAX 10

/* How a text looks on a terminal that takes colour; elsewhere all look the same. */
typedef enum cli_style {
    CLI_PLAIN,
    CLI_TITLE,
    CLI_FAINT,
    CLI_GOOD,
    CLI_DOUBTFUL,
    CLI_BAD
} cli_style;

typedef struct cli_cell {
    char *text;
    cli_style style;
} cli_cell;

typedef struct cli_table {
    const char *const *titles;
    size_t columns;
    size_t indent;   /* spaces before every line */
    bool wrap;       /* the last column is prose: it goes on in the next line rather than be cut */
    cli_cell *cells; /* row by row */
    size_t count, capacity;
} cli_table;

/* The titles are borrowed, and live as long as the table. */
void cli_table_init(cli_table *table, const char *const *titles, size_t columns);
/* Copies the text, cleaned of control characters. */
void cli_table_cell(cli_table *table, const char *text);
void cli_table_cell_styled(cli_table *table, const char *text, cli_style style);
/* Print within CLI_WIDTH columns: the widest columns give way, what is cut ends in "~". */
void cli_table_print(const cli_table *table);
void cli_table_fini(cli_table *table);
/* Print a paragraph within CLI_WIDTH columns, cleaned; lines after the first stand two deeper. */
void cli_paragraph(size_t indent, cli_style style, const char *format, ...) MP_PRINTF(3, 4);

/* ---- output.c (cli_print in say.c) ---- */

/* Print to standard output, cleaned of control characters other than newline. */
void cli_print(const char *format, ...) MP_PRINTF(1, 2);
/* Write a tree as JSON, YAML or a line of JSON to a stream (FILE *); false after saying why it
 * cannot be done. */
bool cli_write(const mp_object *node, cli_format format, void *stream);
/* Flush standard output; CLI_INPUT, said, if any of it was lost, else `result`. */
cli_exit cli_finish(cli_exit result);

/* ---- reconciling ---- */

/*
 * Read and check the input and reconcile it.  CLI_DONE with *result, owned by the caller; anything
 * else after saying what is wrong.
 */
cli_exit cli_reconcile(const cli_options *options, cli_input *input, mp_reconcile_opts *opts,
                       mp_doc **result);
/* Bad selectors, as errors of their documents; the number of deployments that are refused. */
size_t cli_refusals_say(const cli_input *input, const mp_object *result);

/* What the options say of scheduling and composing. */
void cli_options_apply(const cli_options *options, mp_reconcile_opts *opts);

cli_exit cli_plan(const cli_options *options);
cli_exit cli_explain(const cli_options *options);
cli_exit cli_render(const cli_options *options);
cli_exit cli_reconcile_command(const cli_options *options);
cli_exit cli_validate(const cli_options *options);
cli_exit cli_eval(const cli_options *options);
cli_exit cli_function(const cli_options *options);

#endif

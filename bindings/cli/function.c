/* SPDX-License-Identifier: Apache-2.0 */
/*
 * function: RunFunctionRequests in, a RunFunctionResponse a line out.
 *
 * A request ends with the line that closes it, so it may take one line or many; one that is never
 * closed ends where a line begins with the "{" of the next.  Each gets its answer, also one that is
 * no JSON: whoever writes requests to a pipe waits for it.
 */
#include "cli.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct reader {
    const char *file;
    unsigned line;  /* of what was read last, from 1 */
    cli_text text;  /* of the request so far */
    unsigned first; /* its first line */
    size_t depth;   /* brackets that are open */
    bool quoted, escaped;
    mp_reconcile_opts opts;
    cli_exit code; /* the worst so far */
} reader;

static void worsen(reader *r, cli_exit code)
{
    if (code > r->code)
        r->code = code;
}

/* ---- one request ---- */

static bool is_fatal(const mp_object *response)
{
    const mp_object *result = mp_object_first(cli_get(response, "results"));

    for (; result; result = mp_object_next(result))
        if (mp_object_string_is(cli_get(result, "severity"), "SEVERITY_FATAL", MP_NTS))
            return true;
    return false;
}

/* What is no request is answered as one without a parent: the text says why. */
static mp_status answer_fault(const char *message, mp_doc **out)
{
    mp_object *root, *item;
    mp_status st = mp_doc_new(NULL, out, NULL);

    if (st != MP_OK)
        return st;
    root = mp_object_new_map(*out);
    mp_doc_set_root(*out, root);
    item = mp_object_append_map(mp_object_set_list(root, "results", MP_NTS));
    (void)mp_object_set_string(item, "severity", MP_NTS, "SEVERITY_FATAL", MP_NTS);
    (void)mp_object_set_string(item, "message", MP_NTS, message, MP_NTS);
    return mp_doc_status(*out);
}

static mp_status answer(reader *r, mp_doc **out, mp_error *err)
{
    mp_doc *request;
    mp_status st = mp_json_read(NULL, r->text.data, r->text.size, NULL, &request, err);

    if (st == MP_OK) {
        st = mp_function_run(NULL, mp_doc_root(request), &r->opts, out, err);
        mp_doc_free(request);
        if (st == MP_OK)
            return st;
    }
    if (st == MP_ENOMEM)
        return st;
    cli_say("%s:%u: %s", r->file, r->first + (err->line ? err->line - 1 : 0), err->text);
    worsen(r, CLI_INPUT);
    return answer_fault(err->text, out);
}

static bool answer_request(reader *r)
{
    mp_doc *response = NULL;
    mp_error err;
    bool ok = answer(r, &response, &err) == MP_OK;

    if (!ok)
        cli_fail("%s", mp_status_text(MP_ENOMEM));
    if (ok && is_fatal(mp_doc_root(response)))
        worsen(r, CLI_REFUSED);
    ok = ok && cli_write(mp_doc_root(response), CLI_LINE, stdout) && fflush(stdout) == 0;
    mp_doc_free(response);
    r->text.size = 0;
    r->depth = 0;
    r->quoted = r->escaped = false;
    return ok;
}

/* ---- where requests end ---- */

/* Brackets outside strings; a line break ends a string that was never closed. */
static void follow(reader *r, char c)
{
    if (r->quoted) {
        if (c == '\n' || (c == '"' && !r->escaped))
            r->quoted = false;
        r->escaped = c == '\\' && !r->escaped;
    } else if (c == '"') {
        r->quoted = true;
        r->escaped = false;
    } else if (c == '{' || c == '[') {
        r->depth++;
    } else if ((c == '}' || c == ']') && r->depth > 0) {
        r->depth--;
    }
}

static bool is_blank(const cli_text *text)
{
    for (size_t i = 0; i < text->size; i++)
        if (!strchr(" \t\r\n", text->data[i]) || !text->data[i])
            return false;
    return true;
}

static bool take_line(reader *r, const char *line, size_t size)
{
    bool begins = size > 0 && line[0] == '{';

    if (begins && !is_blank(&r->text) && !answer_request(r))
        return false;
    if (is_blank(&r->text)) {
        r->text.size = 0;
        r->first = r->line;
    }
    cli_text_put(&r->text, line, size);
    for (size_t i = 0; i < size; i++)
        follow(r, line[i]);
    if (r->depth > 0 && r->text.size <= MP_READ_SIZE_MAX)
        return true;
    return is_blank(&r->text) || answer_request(r);
}

static bool read_stream(reader *r, FILE *stream)
{
    cli_text line = { 0 };
    bool ok = true;
    int c;

    do {
        char byte;

        c = getc(stream);
        byte = (char)c;
        if (c != EOF)
            cli_text_put(&line, &byte, 1);
        if (c != '\n' && c != EOF)
            continue;
        r->line++;
        ok = take_line(r, line.data ? line.data : "", line.size);
        line.size = 0;
    } while (ok && c != EOF);
    if (ok && !is_blank(&r->text))
        ok = answer_request(r); /* the end is missing, which it will say */
    cli_text_fini(&line);
    if (ferror(stream)) {
        cli_fail("%s: cannot be read", r->file);
        worsen(r, CLI_INPUT);
    }
    return ok;
}

static bool read_file(reader *r, const char *name)
{
    bool standard = strcmp(name, "-") == 0, ok = true;
    FILE *stream = standard ? stdin : fopen(name, "rb");

    r->file = standard ? "-" : name;
    r->line = 0;
    r->text.size = 0;
    if (!stream) {
        cli_fail("%s: cannot be read", name);
        worsen(r, CLI_INPUT);
        return true;
    }
    ok = read_stream(r, stream);
    if (!standard)
        (void)fclose(stream);
    return ok;
}

cli_exit cli_function(const cli_options *options)
{
    static const char *const standard[] = { "-" };
    const char *const *files = options->input_count ? options->inputs : standard;
    size_t count = options->input_count ? options->input_count : 1;
    reader r = { .opts = MP_RECONCILE_OPTS_INIT, .code = CLI_DONE };
    bool ok = true;

    cli_options_apply(options, &r.opts);
    for (size_t i = 0; ok && i < count; i++)
        ok = read_file(&r, files[i]);
    cli_text_fini(&r.text);
    return cli_finish(ok ? r.code : CLI_INPUT);
}

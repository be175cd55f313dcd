/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What plan, explain, reconcile, render and eval begin with: read, check, reconcile.
 *
 * Nothing is planned while a document is invalid: what would be planned without it is not what the
 * documents ask for.
 */
#include "cli.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- places in documents ---- */

/* The node at a path as mp_object_path() writes it, or the nearest parent that is there. */
static const mp_object *node_at(const mp_object *node, const char *path)
{
    const mp_object *next = node;

    while (next && *path) {
        node = next;
        if (*path == '[' && path[1] == '"') {
            const char *end = strstr(path + 2, "\"]");

            if (!end)
                break;
            next = mp_object_get(node, path + 2, (size_t)(end - path - 2));
            path = end + 2;
        } else if (*path == '[') {
            char *end;

            next = mp_object_at(node, (size_t)strtoul(path + 1, &end, 10));
            path = *end == ']' ? end + 1 : end;
        } else {
            size_t size = strcspn(path, ".[");

            next = mp_object_get(node, path, size);
            path += size;
        }
        path += *path == '.';
    }
    return next ? next : node;
}

static void say_at(const cli_document *document, const char *path, const char *message)
{
    cli_document_say(document, path, message, mp_object_line(node_at(document->object, path)));
}

/* ---- checking ---- */

static bool say_violation(const mp_violation *violation, void *user)
{
    cli_document_say(user, violation->path, violation->message, mp_object_line(violation->node));
    return true;
}

/* What a control plane holds in place of a document. */
static const mp_object *find_before(const cli_input *input, const cli_document *document)
{
    if (document->observed)
        return NULL;
    for (size_t i = 0; i < input->count; i++)
        if (input->items[i].observed &&
            cli_compare_identity(input->items[i].object, document->object) == 0)
            return input->items[i].object;
    return NULL;
}

mp_status cli_document_validate(const cli_options *options, const cli_input *input,
                                const cli_document *document, mp_violation_fn fn, void *user,
                                mp_error *err)
{
    mp_validate_opts opts = MP_VALIDATE_OPTS_INIT;

    opts.relaxed = options->relaxed;
    if (strcmp(cli_string(cli_get(document->object, "kind")), "InferenceCluster") == 0)
        opts.before = find_before(input, document); /* the only kind with a rule for it */
    return mp_validate_with(NULL, document->object, &opts, fn, user, NULL, err);
}

bool cli_input_validate(const cli_options *options, const cli_input *input)
{
    bool valid = true;

    for (size_t i = 0; i < input->count; i++) {
        cli_document *document = &input->items[i];
        mp_error err;
        mp_status st;

        if (document->replaced || !mp_document_known(document->object))
            continue;
        st = cli_document_validate(options, input, document, say_violation, document, &err);
        if (st != MP_OK && st != MP_EDOC)
            cli_document_say(document, "", err.text, 0);
        valid = valid && st == MP_OK;
    }
    return valid;
}

/* ---- reconciling ---- */

/* The document that has the kind and metadata of an entry of a result. */
static const cli_document *find_document(const cli_input *input, const mp_object *entry)
{
    const mp_object *wanted = cli_get(entry, "metadata");

    for (size_t i = 0; i < input->count; i++) {
        const mp_object *object = input->items[i].object;
        const mp_object *metadata = cli_get(object, "metadata");

        if (!input->items[i].replaced &&
            mp_object_equal(cli_get(object, "kind"), cli_get(entry, "kind")) &&
            mp_object_equal(cli_get(metadata, "namespace"), cli_get(wanted, "namespace")) &&
            mp_object_equal(cli_get(metadata, "name"), cli_get(wanted, "name")))
            return &input->items[i];
    }
    return NULL;
}

/* Documents that could not be read; how many. */
static size_t say_errors(const cli_input *input, const mp_object *result)
{
    const mp_object *errors = cli_get(result, "errors");

    for (const mp_object *e = mp_object_first(errors); e; e = mp_object_next(e)) {
        const cli_document *document = find_document(input, e);
        const char *path = cli_string(cli_get(e, "path")),
                   *text = cli_string(cli_get(e, "message"));

        if (document)
            say_at(document, path, text);
        else
            cli_fail("%s%s%s", path, path[0] ? ": " : "", text);
    }
    return mp_object_size(errors);
}

static mp_status reconcile_input(const cli_input *input, const mp_reconcile_opts *opts,
                                 mp_doc **result, mp_error *err)
{
    mp_doc *all;
    mp_object *list;
    mp_status st = mp_doc_new(NULL, &all, err);

    *result = NULL;
    if (st != MP_OK)
        return st;
    list = mp_object_new_list(all);
    for (size_t i = 0; i < input->count; i++)
        if (!input->items[i].replaced)
            (void)mp_object_append_copy(list, input->items[i].object);
    st = mp_doc_status(all);
    if (st == MP_OK)
        st = mp_reconcile(NULL, list, opts, result, err);
    else
        (void)snprintf(err->text, sizeof err->text, "%s", mp_status_text(st));
    mp_doc_free(all);
    return st;
}

void cli_options_apply(const cli_options *options, mp_reconcile_opts *opts)
{
    opts->budget = options->budget;
    opts->accounting = options->accounting;
    opts->span = options->span;
    opts->clusters = options->clusters;
    opts->pools = options->pools;
    opts->shape = options->shape;
    opts->routing = options->routing;
}

cli_exit cli_reconcile(const cli_options *options, cli_input *input, mp_reconcile_opts *opts,
                       mp_doc **result)
{
    mp_error err;
    mp_status st;

    *result = NULL;
    cli_input_read(input, options);
    if (input->failed)
        return CLI_INPUT;
    if (input->count == 0) {
        cli_fail("no documents in the input");
        return CLI_INPUT;
    }
    if (!cli_input_validate(options, input))
        return CLI_REFUSED;
    opts->assume_ready = opts->assume_ready || options->assume_ready;
    opts->infrastructure = options->infrastructure;
    cli_options_apply(options, opts);
    st = reconcile_input(input, opts, result, &err);
    if (st == MP_OK)
        return CLI_DONE;
    cli_fail("%s%s%s", err.path, err.path[0] ? ": " : "", err.text);
    return st == MP_ENOMEM ? CLI_INPUT : CLI_REFUSED;
}

static bool is_short(const mp_object *plan)
{
    const char *verdict = cli_string(cli_get(plan, "verdict"));

    return cli_get(plan, "fault") || strcmp(verdict, "placed") != 0;
}

static const cli_document *find_deployment(const cli_input *input, const mp_object *plan)
{
    for (size_t i = 0; i < input->count; i++) {
        const mp_object *object = input->items[i].object;
        const mp_object *metadata = cli_get(object, "metadata");

        if (!input->items[i].replaced && mp_document_known(object) &&
            mp_object_string_is(cli_get(object, "kind"), "ModelDeployment", MP_NTS) &&
            mp_object_equal(cli_get(metadata, "namespace"), cli_get(plan, "namespace")) &&
            mp_object_equal(cli_get(metadata, "name"), cli_get(plan, "name")))
            return &input->items[i];
    }
    return NULL;
}

size_t cli_refusals_say(const cli_input *input, const mp_object *result)
{
    const mp_object *plan = mp_object_first(cli_get(result, "plans"));
    size_t count = say_errors(input, result);

    for (; plan; plan = mp_object_next(plan)) {
        const mp_object *fault = cli_get(plan, "fault");
        const cli_document *document;

        count += is_short(plan);
        if (strcmp(cli_string(cli_get(fault, "reason")), "InvalidNodeSelector") != 0)
            continue;
        document = find_deployment(input, plan);
        if (document)
            say_at(document, cli_string(cli_get(fault, "path")),
                   cli_string(cli_get(fault, "message")));
    }
    return count;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * validate: every broken rule of every document, every selector that does not compile, and as a
 * warning every field that its kind does not have: the API server would drop it without a word.
 */
#include "cli.h"
#include <stdio.h>
#include <string.h>

typedef struct check {
    const cli_document *document;
    mp_cel_env *env;
    size_t documents, errors, warnings;
} check;

static bool say_violation(const mp_violation *violation, void *user)
{
    check *c = user;

    cli_document_say(c->document, violation->path, violation->message,
                     mp_object_line(violation->node));
    c->errors++;
    return true;
}

static bool say_unknown(const mp_violation *violation, void *user)
{
    check *c = user;
    cli_text message = { 0 };

    cli_text_printf(&message, "warning: %s", violation->message);
    cli_document_say(c->document, violation->path, message.data, mp_object_line(violation->node));
    cli_text_fini(&message);
    c->warnings++;
    return true;
}

/* A pod template is the user's own: a key "cel" in it is no selector. */
static bool is_pod_template(const mp_object *node)
{
    return mp_object_key_is(node, "template", MP_NTS) && cli_find(node, "spec.containers");
}

static mp_walk_step check_selector(const mp_object *node, mp_walk_event event, void *user)
{
    check *c = user;
    char path[MP_ERROR_PATH_SIZE];
    const char *source;
    size_t size;
    mp_cel *cel;
    mp_error err;

    if (is_pod_template(node))
        return MP_WALK_SKIP;
    source = mp_object_string(node, &size);
    if (event != MP_WALK_ENTER || !mp_object_key_is(node, "cel", MP_NTS) || !source)
        return MP_WALK_NEXT;
    if (mp_cel_compile(c->env, source, size, &cel, &err) == MP_OK) {
        mp_cel_free(cel);
        return MP_WALK_NEXT;
    }
    mp_object_path(node, path, sizeof path);
    cli_document_say(c->document, path, err.text, mp_object_line(node));
    c->errors++;
    return MP_WALK_NEXT;
}

static bool has_selectors(const mp_object *object)
{
    const char *kind = cli_string(cli_get(object, "kind"));

    return strcmp(kind, "ModelDeployment") == 0 || strcmp(kind, "ModelReplica") == 0;
}

static cli_exit check_document(check *c, const cli_options *options, const cli_input *input,
                               const cli_document *document)
{
    mp_error err;
    mp_status st;

    c->document = document;
    c->documents++;
    st = cli_document_validate(options, input, document, say_violation, c, &err);
    if (st == MP_OK || st == MP_EDOC)
        st = mp_document_unknown(NULL, document->object, MP_SHAPE_AUTO, say_unknown, c, NULL, &err);
    if (st != MP_OK) {
        cli_document_say(document, "", err.text, 0);
        return CLI_INPUT;
    }
    if (has_selectors(document->object))
        (void)mp_object_visit(cli_get(document->object, "spec"), check_selector, c);
    return CLI_DONE;
}

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

cli_exit cli_validate(const cli_options *options)
{
    check c = { 0 };
    cli_input input;
    mp_error err;
    cli_exit code = CLI_DONE;

    cli_input_read(&input, options);
    if (mp_cel_env_new_dra(NULL, &c.env, &err) != MP_OK) {
        cli_fail("%s", err.text);
        code = CLI_INPUT;
    }
    for (size_t i = 0; code == CLI_DONE && i < input.count; i++)
        if (!input.items[i].replaced && mp_document_known(input.items[i].object))
            code = check_document(&c, options, &input, &input.items[i]);
    if (code == CLI_DONE) {
        cli_print("%zu document%s, %zu error%s, %zu warning%s\n", c.documents, plural(c.documents),
                  c.errors, plural(c.errors), c.warnings, plural(c.warnings));
        code = input.failed ? CLI_INPUT : c.errors ? CLI_REFUSED : CLI_DONE;
    }
    mp_cel_env_free(c.env);
    cli_input_fini(&input);
    return cli_finish(code);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reconcile: every document as it would stand after one pass of the control plane.
 *
 * The documents of the input come out with their new status, desired ModelReplicas and
 * ModelEndpoints join them, and events say what was noticed.  The output is input for the next
 * pass: fed back, it says the same but for what has become old news.
 */
#include "cli.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- finding by identity ---- */

/* Things with a kind, a namespace and a name, in order of them. */
typedef struct catalogue {
    const mp_object **items;
    size_t count;
} catalogue;

static int compare_items(const void *a, const void *b)
{
    return cli_compare_identity(*(const mp_object *const *)a, *(const mp_object *const *)b);
}

/* Of the items of a list, or of what they hold under `key`. */
static catalogue make_catalogue(const mp_object *list, const char *key)
{
    catalogue c = { cli_resize(NULL, mp_object_size(list), sizeof *c.items), 0 };

    for (const mp_object *item = mp_object_first(list); item; item = mp_object_next(item))
        c.items[c.count++] = key ? cli_get(item, key) : item;
    if (c.count > 0)
        qsort(c.items, c.count, sizeof *c.items, compare_items);
    return c;
}

static const mp_object *find_item(const catalogue *c, const mp_object *like)
{
    const mp_object *const *found =
        c->count ? bsearch(&like, c->items, c->count, sizeof *c->items, compare_items) : NULL;

    return found ? *found : NULL;
}

/* ---- documents with their status ---- */

static bool same(const mp_object *a, const mp_object *b, const char *path)
{
    return strcmp(cli_string(cli_find(a, path)), cli_string(cli_find(b, path))) == 0;
}

static mp_object *find_condition(mp_object *conditions, const mp_object *like)
{
    mp_object *item = mp_object_first(conditions);

    while (item && !same(item, like, "type"))
        item = mp_object_next(item);
    return item;
}

/* Conditions of a type that is there keep their place. */
static void merge_conditions(mp_object *status, const mp_object *from)
{
    mp_object *conditions = mp_object_get(status, "conditions", MP_NTS);

    if (!mp_object_is_list(conditions))
        conditions = mp_object_set_list(status, "conditions", MP_NTS);
    for (const mp_object *c = mp_object_first(from); c; c = mp_object_next(c)) {
        mp_object *old = find_condition(conditions, c);

        if (!old) {
            (void)mp_object_append_copy(conditions, c);
            continue;
        }
        (void)mp_object_remove(old, "message", MP_NTS);
        (void)mp_object_remove(old, "lastTransitionTime", MP_NTS);
        for (const mp_object *f = mp_object_first(c); f; f = mp_object_next(f))
            (void)mp_object_set_copy(old, mp_object_key(f, NULL), MP_NTS, f);
    }
}

static void merge_status(mp_object *document, const mp_object *from)
{
    mp_object *status = mp_object_get(document, "status", MP_NTS);

    if (!mp_object_is_map(status))
        status = mp_object_set_map(document, "status", MP_NTS);
    for (const mp_object *f = mp_object_first(from); f; f = mp_object_next(f))
        if (!mp_object_key_is(f, "conditions", MP_NTS))
            (void)mp_object_set_copy(status, mp_object_key(f, NULL), MP_NTS, f);
    if (cli_get(from, "conditions"))
        merge_conditions(status, cli_get(from, "conditions"));
}

/* Documents of the input that have a status now; a ModelReplica that is desired comes as that. */
static void put_input(mp_object *items, const cli_input *input, const catalogue *statuses,
                      const catalogue *desired)
{
    for (size_t i = 0; i < input->count; i++) {
        const mp_object *document = input->items[i].object;
        const mp_object *status = find_item(statuses, document);

        if (input->items[i].replaced || !mp_document_known(document) || !status ||
            find_item(desired, document))
            continue;
        merge_status(mp_object_append_copy(items, document), cli_get(status, "status"));
    }
}

/* Objects of workload clusters are left out: render shows those. */
static void put_desired(mp_object *items, const cli_input *input, const catalogue *statuses,
                        const mp_object *objects)
{
    const mp_object *entry = mp_object_first(objects);

    for (; entry; entry = mp_object_next(entry)) {
        const mp_object *object = cli_get(entry, "object");
        const mp_object *status = find_item(statuses, object);
        const cli_document *observed;
        mp_object *document;

        if (cli_get(entry, "cluster"))
            continue;
        observed = cli_input_find(input, object);
        document = mp_object_append_copy(items, object);
        if (observed)
            (void)mp_object_set_copy(document, "status", MP_NTS,
                                     cli_get(observed->object, "status"));
        if (status)
            merge_status(document, cli_get(status, "status"));
    }
}

static void put_events(mp_object *items, const mp_object *result)
{
    const mp_object *event = mp_object_first(cli_get(result, "events"));

    for (; event; event = mp_object_next(event)) {
        const mp_object *parent = cli_get(event, "parent");
        const char *ns = cli_string(cli_get(parent, "namespace"));
        mp_object *item = mp_object_append_map(items), *at;
        cli_text name = { 0 };

        cli_text_printf(&name, "%s.", cli_string(cli_get(parent, "name")));
        (void)mp_object_set_string(item, "apiVersion", MP_NTS, "v1", MP_NTS);
        (void)mp_object_set_string(item, "kind", MP_NTS, "Event", MP_NTS);
        at = mp_object_set_map(item, "metadata", MP_NTS);
        (void)mp_object_set_string(at, "generateName", MP_NTS, name.data, MP_NTS);
        (void)mp_object_set_string(at, "namespace", MP_NTS, ns[0] ? ns : "default", MP_NTS);
        at = mp_object_set_map(item, "involvedObject", MP_NTS);
        (void)mp_object_set_string(at, "apiVersion", MP_NTS, "modelplane.ai/v1alpha1", MP_NTS);
        (void)mp_object_set_copy(at, "kind", MP_NTS, cli_get(parent, "kind"));
        (void)mp_object_set_copy(at, "namespace", MP_NTS, cli_get(parent, "namespace"));
        (void)mp_object_set_copy(at, "name", MP_NTS, cli_get(parent, "name"));
        (void)mp_object_set_copy(item, "type", MP_NTS, cli_get(event, "type"));
        (void)mp_object_set_copy(item, "message", MP_NTS, cli_get(event, "message"));
        cli_text_fini(&name);
    }
}

static bool write_documents(const cli_options *options, const cli_input *input,
                            const mp_object *result)
{
    const mp_object *objects = cli_get(result, "objects");
    catalogue statuses = make_catalogue(cli_get(result, "statuses"), NULL);
    catalogue desired = make_catalogue(objects, "object");
    mp_object *root, *items;
    mp_doc *doc;
    bool ok = mp_doc_new(NULL, &doc, NULL) == MP_OK;

    root = ok ? mp_object_new_map(doc) : NULL;
    (void)mp_object_set_string(root, "apiVersion", MP_NTS, "v1", MP_NTS);
    (void)mp_object_set_string(root, "kind", MP_NTS, "List", MP_NTS);
    items = mp_object_set_list(root, "items", MP_NTS);
    put_input(items, input, &statuses, &desired);
    put_desired(items, input, &statuses, objects);
    put_events(items, result);
    ok = ok && mp_doc_status(doc) == MP_OK;
    if (!ok)
        cli_fail("%s", mp_status_text(MP_ENOMEM));
    else if (options->format == CLI_JSON)
        ok = cli_write(root, CLI_JSON, stdout);
    else
        for (mp_object *item = mp_object_first(items); ok && item; item = mp_object_next(item))
            ok = cli_write(item, CLI_YAML, stdout);
    mp_doc_free(doc);
    free(statuses.items);
    free(desired.items);
    return ok;
}

/* ---- the table ---- */

static void put_where(cli_text *text, const mp_object *at)
{
    const char *ns = cli_string(cli_get(at, "namespace"));

    cli_text_printf(text, "%s%s%s", ns, ns[0] ? "/" : "", cli_string(cli_get(at, "name")));
}

static void print_table(const mp_object *result)
{
    static const char *const titles[] = {
        "KIND", "NAME", "CONDITION", "STATUS", "REASON", "MESSAGE"
    };
    const mp_object *item = mp_object_first(cli_get(result, "statuses"));
    cli_table table;

    cli_table_init(&table, titles, 6);
    for (; item; item = mp_object_next(item)) {
        const mp_object *c = mp_object_first(cli_find(item, "status.conditions"));
        cli_text name = { 0 };

        put_where(&name, cli_get(item, "metadata"));
        for (; c; c = mp_object_next(c)) {
            cli_table_cell(&table, cli_string(cli_get(item, "kind")));
            cli_table_cell(&table, name.data);
            cli_table_cell(&table, cli_string(cli_get(c, "type")));
            cli_table_cell(&table, cli_string(cli_get(c, "status")));
            cli_table_cell(&table, cli_string(cli_get(c, "reason")));
            cli_table_cell(&table, cli_string(cli_get(c, "message")));
        }
        cli_text_fini(&name);
    }
    cli_table_print(&table);
    cli_table_fini(&table);
}

static void print_events(const mp_object *result)
{
    const mp_object *event = mp_object_first(cli_get(result, "events"));

    if (event)
        cli_print("\nEvents:\n");
    for (; event; event = mp_object_next(event)) {
        cli_text name = { 0 };

        put_where(&name, cli_get(event, "parent"));
        cli_print("  %s: %s %s: %s\n", cli_string(cli_get(event, "type")),
                  cli_string(cli_find(event, "parent.kind")), name.data,
                  cli_string(cli_get(event, "message")));
        cli_text_fini(&name);
    }
}

cli_exit cli_reconcile_command(const cli_options *options)
{
    mp_reconcile_opts opts = MP_RECONCILE_OPTS_INIT;
    cli_input input;
    mp_doc *result;
    cli_exit code;

    opts.named = true; /* so that what is printed can be applied */
    code = cli_reconcile(options, &input, &opts, &result);
    if (code == CLI_DONE) {
        if (cli_refusals_say(&input, mp_doc_root(result)) > 0)
            code = CLI_REFUSED;
        if (options->format == CLI_TABLE) {
            print_table(mp_doc_root(result));
            print_events(mp_doc_root(result));
        } else if (!write_documents(options, &input, mp_doc_root(result))) {
            code = CLI_INPUT;
        }
    }
    mp_doc_free(result);
    cli_input_fini(&input);
    return cli_finish(code);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * render: the objects of each workload cluster.
 */
#define _POSIX_C_SOURCE 200809L
#include "cli.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Entries of the result's `objects` that belong to a cluster, grouped by it. */
typedef struct entries {
    const mp_object **items;
    size_t count;
} entries;

static const char *cluster_of(const mp_object *entry)
{
    return cli_string(cli_get(entry, "cluster"));
}

/* The result is in a stable order; within a cluster it is kept. */
typedef struct numbered {
    const mp_object *entry;
    size_t number;
} numbered;

static int compare_entries(const void *a, const void *b)
{
    const numbered *x = a, *y = b;
    int order = strcmp(cluster_of(x->entry), cluster_of(y->entry));

    return order ? order : x->number < y->number ? -1 : 1;
}

static entries group_entries(const mp_object *result)
{
    const mp_object *list = cli_get(result, "objects");
    numbered *all = cli_resize(NULL, mp_object_size(list), sizeof *all);
    entries out = { cli_resize(NULL, mp_object_size(list), sizeof *out.items), 0 };

    for (const mp_object *e = mp_object_first(list); e; e = mp_object_next(e))
        if (cluster_of(e)[0]) {
            all[out.count] = (numbered){ e, out.count };
            out.count++;
        }
    if (out.count > 0)
        qsort(all, out.count, sizeof *all, compare_entries);
    for (size_t i = 0; i < out.count; i++)
        out.items[i] = all[i].entry;
    free(all);
    return out;
}

/* One past the last entry of the cluster that entry `i` belongs to. */
static size_t group_end(const entries *e, size_t i)
{
    size_t end = i + 1;

    while (end < e->count && strcmp(cluster_of(e->items[end]), cluster_of(e->items[i])) == 0)
        end++;
    return end;
}

/* ---- writing ---- */

static bool write_list(const entries *e, size_t begin, size_t end, FILE *stream)
{
    mp_doc *doc;
    mp_object *root, *items;
    bool ok;

    if (mp_doc_new(NULL, &doc, NULL) != MP_OK) {
        cli_fail("%s", mp_status_text(MP_ENOMEM));
        return false;
    }
    root = mp_object_new_map(doc);
    (void)mp_object_set_string(root, "apiVersion", MP_NTS, "v1", MP_NTS);
    (void)mp_object_set_string(root, "kind", MP_NTS, "List", MP_NTS);
    items = mp_object_set_list(root, "items", MP_NTS);
    for (size_t i = begin; i < end; i++)
        (void)mp_object_append_copy(items, cli_get(e->items[i], "object"));
    ok = mp_doc_status(doc) == MP_OK;
    if (ok)
        ok = cli_write(root, CLI_JSON, stream);
    else
        cli_fail("%s", mp_status_text(MP_ENOMEM));
    mp_doc_free(doc);
    return ok;
}

static bool write_group(const entries *e, size_t begin, size_t end, cli_format format, FILE *stream)
{
    char *name;

    if (format == CLI_JSON)
        return write_list(e, begin, end, stream);
    name = cli_strdup(cluster_of(e->items[begin]));
    cli_clean(name, false); /* a name cannot end the comment */
    fprintf(stream, "# cluster: %s\n", name);
    free(name);
    for (size_t i = begin; i < end; i++)
        if (!cli_write(cli_get(e->items[i], "object"), CLI_YAML, stream))
            return false;
    return true;
}

static bool write_all(const entries *e, cli_format format)
{
    if (format == CLI_JSON)
        return write_list(e, 0, e->count, stdout);
    for (size_t i = 0; i < e->count; i = group_end(e, i))
        if (!write_group(e, i, group_end(e, i), format, stdout))
            return false;
    return true;
}

static bool write_file(const entries *e, size_t begin, size_t end, const cli_options *options)
{
    const char *cluster = cluster_of(e->items[begin]);
    cli_format format = options->format == CLI_JSON ? CLI_JSON : CLI_YAML;
    cli_text path = { 0 };
    FILE *stream;
    bool ok;

    if (strchr(cluster, '/') || cluster[0] == '.') {
        cli_fail("cluster \"%s\": its name cannot be the name of a file", cluster);
        return false;
    }
    cli_text_printf(&path, "%s/%s.%s", options->output_dir, cluster,
                    format == CLI_JSON ? "json" : "yaml");
    errno = 0;
    stream = fopen(path.data, "wb");
    ok = stream && write_group(e, begin, end, format, stream);
    if (stream && fclose(stream) != 0)
        ok = false;
    if (ok)
        cli_print("%s: %zu objects\n", path.data, end - begin);
    else
        cli_fail("%s: cannot be written: %s", path.data, errno ? strerror(errno) : "write error");
    cli_text_fini(&path);
    return ok;
}

static bool write_files(const entries *e, const cli_options *options)
{
    if (mkdir(options->output_dir, 0777) != 0 && errno != EEXIST) {
        cli_fail("%s: cannot be made: %s", options->output_dir, strerror(errno));
        return false;
    }
    for (size_t i = 0; i < e->count; i = group_end(e, i))
        if (!write_file(e, i, group_end(e, i), options))
            return false;
    return true;
}

static void print_table(const entries *e)
{
    static const char *const titles[] = { "CLUSTER", "APIVERSION", "KIND", "NAME" };
    cli_table table;

    cli_table_init(&table, titles, 4);
    for (size_t i = 0; i < e->count; i++) {
        const mp_object *object = cli_get(e->items[i], "object");
        const mp_object *name = cli_find(object, "metadata.name");

        cli_table_cell(&table, cluster_of(e->items[i]));
        cli_table_cell(&table, cli_string(cli_get(object, "apiVersion")));
        cli_table_cell(&table, cli_string(cli_get(object, "kind")));
        cli_table_cell(&table, cli_string(name));
    }
    cli_table_print(&table);
    cli_table_fini(&table);
}

/* ---- the command ---- */

static void say_short(const mp_object *result)
{
    const mp_object *plan = mp_object_first(cli_get(result, "plans"));

    for (; plan; plan = mp_object_next(plan)) {
        const mp_object *fault = cli_get(plan, "fault");
        int64_t desired = 0;

        (void)mp_object_int(cli_get(plan, "desired"), &desired);
        if (!fault && strcmp(cli_string(cli_get(plan, "verdict")), "placed") == 0)
            continue;
        if (strcmp(cli_string(cli_get(fault, "reason")), "InvalidNodeSelector") == 0)
            continue; /* said with its place */
        cli_fail("%s/%s: %zu of %lld replicas placed%s%s", cli_string(cli_get(plan, "namespace")),
                 cli_string(cli_get(plan, "name")), mp_object_size(cli_get(plan, "placements")),
                 (long long)desired, fault ? ": " : "", cli_string(cli_get(fault, "message")));
    }
}

cli_exit cli_render(const cli_options *options)
{
    mp_reconcile_opts opts = MP_RECONCILE_OPTS_INIT;
    cli_input input;
    mp_doc *result;
    cli_exit code;

    opts.bare = !options->wrapped;
    opts.named = options->wrapped;
    code = cli_reconcile(options, &input, &opts, &result);
    if (code == CLI_DONE) {
        entries e = group_entries(mp_doc_root(result));
        bool ok = true;

        if (options->output_dir)
            ok = write_files(&e, options);
        else if (options->format == CLI_TABLE)
            print_table(&e);
        else
            ok = write_all(&e, options->format);
        if (cli_refusals_say(&input, mp_doc_root(result)) > 0)
            code = CLI_REFUSED;
        say_short(mp_doc_root(result));
        if (!ok)
            code = CLI_INPUT;
        free(e.items);
    }
    mp_doc_free(result);
    cli_input_fini(&input);
    return cli_finish(code);
}

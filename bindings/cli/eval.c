/* SPDX-License-Identifier: Apache-2.0 */
/*
 * eval: one selector against every kind of device of the fleet; then how many kinds each conjunct
 * leaves, the names that no device has, and the selector part by part on one device.
 */
#include "cli.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct eval {
    mp_cel *cel;
    mp_cel_env *env;
    const char *expression;
    mp_object *rows; /* list of {cluster, pool, device, result or error} */
    const mp_cel_device **devices;
    size_t count, capacity;
    size_t shown; /* the device that is explained: the first that does not match, or the first */
    bool refused; /* one does not match */
} eval;

static bool remember(eval *e, const mp_cel_device *device, bool match)
{
    if (e->count == e->capacity) {
        size_t wider = e->capacity ? 2 * e->capacity : 64;
        const mp_cel_device **grown = realloc(e->devices, wider * sizeof *grown);

        if (!grown)
            return false;
        e->devices = grown;
        e->capacity = wider;
    }
    if (!match && !e->refused) {
        e->refused = true;
        e->shown = e->count;
    }
    e->devices[e->count++] = device;
    return true;
}

static bool eval_device(eval *e, const mp_cluster *cluster, const mp_pool *pool,
                        const mp_device *device)
{
    mp_object *row = mp_object_append_map(e->rows);
    mp_error err;
    mp_status st;
    bool match;

    (void)mp_object_set_string(row, "cluster", MP_NTS, mp_cluster_name(cluster, NULL), MP_NTS);
    (void)mp_object_set_string(row, "pool", MP_NTS, mp_pool_name(pool, NULL), MP_NTS);
    (void)mp_object_set_string(row, "device", MP_NTS, mp_device_name(device, NULL), MP_NTS);
    (void)mp_object_set_int(row, "count", MP_NTS, mp_device_count(device));
    st = mp_cel_match(e->cel, mp_device_cel(device), &match, &err);
    if (st == MP_OK)
        (void)mp_object_set_bool(row, "result", MP_NTS, match);
    else
        (void)mp_object_set_string(row, "error", MP_NTS, err.text, MP_NTS);
    return remember(e, mp_device_cel(device), st == MP_OK && match);
}

static bool eval_fleet(eval *e, const mp_fleet *fleet)
{
    for (size_t i = 0; i < mp_fleet_cluster_count(fleet); i++) {
        const mp_cluster *cluster = mp_fleet_cluster(fleet, i);

        for (size_t j = 0; j < mp_cluster_pool_count(cluster); j++) {
            const mp_pool *pool = mp_cluster_pool(cluster, j);

            for (size_t k = 0; k < mp_pool_device_count(pool); k++)
                if (!eval_device(e, cluster, pool, mp_pool_device(pool, k)))
                    return false;
        }
    }
    return true;
}

/* ---- why ---- */

static void print_step(const mp_cel_step *step, void *user)
{
    bool *first = user;

    printf("%s%s %zu", *first ? "\nkinds of devices left: " : " -> ", step->text, step->left);
    *first = false;
}

static void print_unknown(const mp_cel_unknown *unknown, void *user)
{
    (void)user;
    printf("no device has the %s %s", unknown->capacity ? "capacity" : "attribute", unknown->name);
    if (unknown->nearest)
        printf("; the nearest is %s", unknown->nearest);
    printf("\n");
}

static void print_part(const mp_cel_part *part, void *user)
{
    cli_table *table = user;
    char text[64];

    (void)snprintf(text, sizeof text, "%u:%u", (unsigned)part->line, (unsigned)part->column);
    cli_table_cell(table, text);
    (void)snprintf(text, sizeof text, "%" PRIu64, part->cost);
    cli_table_cell(table, text);
    cli_table_cell(table, part->text);
    cli_table_cell(table, part->value);
}

/* What each conjunct leaves, what no device has, and one device in full. */
static mp_status print_why(const eval *e, mp_error *err)
{
    static const char *const titles[] = { "AT", "COST", "PART", "VALUE" };
    size_t size = strlen(e->expression);
    bool first = true;
    cli_table table;
    mp_status st =
        mp_cel_sieve(e->env, e->expression, size, e->devices, e->count, print_step, &first, err);

    if (st != MP_OK || e->count == 0)
        return st;
    printf("\n");
    st = mp_cel_unknown_names(e->env, e->expression, size, e->devices, e->count, print_unknown,
                              NULL, err);
    if (st != MP_OK)
        return st;
    printf("\non row %zu:\n", e->shown + 1);
    cli_table_init(&table, titles, 4);
    table.wrap = true;
    st = mp_cel_explain(e->env, e->expression, size, e->devices[e->shown], print_part, &table, err);
    if (st == MP_OK)
        cli_table_print(&table);
    cli_table_fini(&table);
    return st;
}

static void print_table(const mp_object *rows)
{
    static const char *const titles[] = { "CLUSTER", "POOL", "DEVICE", "COUNT", "RESULT" };
    cli_table table;

    cli_table_init(&table, titles, 5);
    table.wrap = true;
    for (const mp_object *row = mp_object_first(rows); row; row = mp_object_next(row)) {
        const mp_object *result = cli_get(row, "result");
        int64_t count = 0;
        char text[32];

        (void)mp_object_int(cli_get(row, "count"), &count);
        (void)snprintf(text, sizeof text, "%" PRId64, count);
        cli_table_cell(&table, cli_string(cli_get(row, "cluster")));
        cli_table_cell(&table, cli_string(cli_get(row, "pool")));
        cli_table_cell(&table, cli_string(cli_get(row, "device")));
        cli_table_cell(&table, text);
        cli_table_cell(&table, !result                         ? cli_string(cli_get(row, "error"))
                               : mp_object_bool(result, false) ? "true"
                                                               : "false");
    }
    cli_table_print(&table);
    cli_table_fini(&table);
}

/* The clusters with the status they have or get; deployments play no part. */
static mp_status read_fleet(mp_fleet *fleet, const mp_object *result, mp_error *err)
{
    const mp_object *item = mp_object_first(cli_get(result, "statuses"));

    for (; item; item = mp_object_next(item)) {
        mp_status st;

        if (strcmp(cli_string(cli_get(item, "kind")), "InferenceCluster") != 0)
            continue;
        st = mp_fleet_read_cluster(fleet, item, err);
        if (st != MP_OK)
            return st;
    }
    return MP_OK;
}

static cli_exit eval_result(const cli_options *options, eval *e, const mp_object *result)
{
    mp_fleet *fleet = NULL;
    mp_doc *doc = NULL;
    mp_error err;
    mp_status st = mp_fleet_new(NULL, &fleet, &err);

    if (st == MP_OK)
        st = read_fleet(fleet, result, &err);
    if (st == MP_OK)
        st = mp_doc_new(NULL, &doc, &err);
    if (st == MP_OK) {
        e->rows = mp_object_new_list(doc);
        st = eval_fleet(e, fleet) ? mp_doc_status(doc) : MP_ENOMEM;
        if (st != MP_OK)
            (void)snprintf(err.text, sizeof err.text, "%s", mp_status_text(st));
    }
    if (st != MP_OK)
        cli_fail("%s", err.text);
    else if (options->format == CLI_JSON || options->format == CLI_YAML)
        (void)cli_write(e->rows, options->format, stdout);
    else {
        print_table(e->rows);
        st = print_why(e, &err);
        if (st != MP_OK)
            cli_fail("%s", err.text);
    }
    mp_doc_free(doc);
    mp_fleet_free(fleet);
    return st == MP_OK ? CLI_DONE : CLI_INPUT;
}

static cli_exit compile(eval *e)
{
    mp_error err;
    mp_status st = mp_cel_env_new_dra(NULL, &e->env, &err);

    if (st == MP_OK)
        st = mp_cel_compile(e->env, e->expression, strlen(e->expression), &e->cel, &err);
    if (st == MP_OK)
        return CLI_DONE;
    if (err.line)
        cli_fail("expression: line %u, column %u: %s", (unsigned)err.line, (unsigned)err.column,
                 err.text);
    else
        cli_fail("expression: %s", err.text);
    return st == MP_ENOMEM ? CLI_INPUT : CLI_REFUSED;
}

cli_exit cli_eval(const cli_options *options)
{
    mp_reconcile_opts opts = MP_RECONCILE_OPTS_INIT;
    cli_input input = { 0 };
    mp_doc *result = NULL;
    eval e = { 0 };
    cli_exit code;

    e.expression = options->expression;
    code = compile(&e);
    if (code == CLI_DONE)
        code = cli_reconcile(options, &input, &opts, &result);
    if (code == CLI_DONE)
        code = eval_result(options, &e, mp_doc_root(result));
    mp_cel_free(e.cel);
    mp_cel_env_free(e.env);
    free(e.devices);
    mp_doc_free(result);
    cli_input_fini(&input);
    return cli_finish(code);
}

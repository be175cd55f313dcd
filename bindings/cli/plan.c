/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan and explain: what goes where, and what does not, with why.
 */
#include "picture.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const titles[] = { "DEPLOYMENT", "REPLICA", "CLUSTER", "ENGINE",
                                      "POOL",       "NODES",   "DEVICES", "STATE" };

#define CLUSTERS_SHOWN 8 /* in a headline */

static int64_t get_int(const mp_object *map, const char *key)
{
    int64_t value = 0;

    (void)mp_object_int(cli_get(map, key), &value);
    return value;
}

/* ---- the table ---- */

/* Nodes of all copies; a member that claims nothing takes none. */
static int64_t engine_nodes(const mp_object *engine)
{
    const mp_object *member = mp_object_first(cli_get(engine, "members"));
    int64_t nodes = 0;

    for (; member; member = mp_object_next(member))
        if (mp_object_size(cli_get(member, "claims")) > 0)
            nodes += get_int(member, "nodes");
    return nodes * get_int(engine, "copies");
}

/* How many devices a request gets, over the members and copies of its engine; 0 for a request of
 * that name in an earlier member, where it was counted. */
static int64_t request_total(const mp_object *engine, const mp_object *claim)
{
    const mp_object *member = mp_object_first(cli_get(engine, "members"));
    const char *name = cli_string(cli_get(claim, "name"));
    bool first = true;
    int64_t total = 0;

    for (; member; member = mp_object_next(member)) {
        const mp_object *other = mp_object_first(cli_get(member, "claims"));

        for (; other; other = mp_object_next(other)) {
            if (strcmp(cli_string(cli_get(other, "name")), name) != 0)
                continue;
            if (first && other != claim)
                return 0;
            first = false;
            total += get_int(member, "nodes") * get_int(other, "count");
        }
    }
    return total * get_int(engine, "copies");
}

/* "16 gpu, 32 nic". */
static void put_devices(cli_text *text, const mp_object *engine)
{
    const mp_object *member = mp_object_first(cli_get(engine, "members"));

    cli_text_put(text, "", 0);
    for (; member; member = mp_object_next(member)) {
        const mp_object *claim = mp_object_first(cli_get(member, "claims"));

        for (; claim; claim = mp_object_next(claim)) {
            int64_t total = request_total(engine, claim);

            if (total > 0)
                cli_text_printf(text, "%s%" PRId64 " %s", text->size ? ", " : "", total,
                                cli_string(cli_get(claim, "name")));
        }
    }
}

/* The pools of the members, each once: they differ only in a replica that runs split. */
static void put_pool_names(cli_text *text, const mp_object *engine)
{
    const mp_object *member = mp_object_first(cli_get(engine, "members"));
    const char *last = "";

    cli_text_put(text, "", 0);
    for (; member; member = mp_object_next(member)) {
        const char *pool = cli_string(cli_get(member, "pool"));

        if (strcmp(pool, last) != 0)
            cli_text_printf(text, "%s%s", text->size ? "+" : "", pool);
        last = pool;
    }
}

static void put_engine(cli_table *table, const mp_object *engine)
{
    cli_text pools = { 0 }, devices = { 0 }, nodes = { 0 };

    put_pool_names(&pools, engine);
    put_devices(&devices, engine);
    cli_text_printf(&nodes, "%" PRId64, engine_nodes(engine));
    cli_table_cell(table, cli_string(cli_get(engine, "name")));
    cli_table_cell(table, pools.data);
    cli_table_cell(table, nodes.data);
    cli_table_cell(table, devices.data);
    cli_text_fini(&pools);
    cli_text_fini(&devices);
    cli_text_fini(&nodes);
}

/* Of the replica in the row of its first engine; that an engine runs split is said in its own. */
static void put_state(cli_table *table, bool first, bool kept, bool split)
{
    if (split)
        cli_table_cell_styled(table, first ? "kept, split" : "split", CLI_DOUBTFUL);
    else
        cli_table_cell_styled(table,
                              !first ? ""
                              : kept ? "kept"
                                     : "new",
                              kept ? CLI_FAINT : CLI_GOOD);
}

/* A row per engine; what repeats is left blank. */
static void put_placement(cli_table *table, const char *deployment, const mp_object *placement)
{
    const mp_object *engine = mp_object_first(cli_get(placement, "engines"));
    bool first = true;

    for (; engine; engine = mp_object_next(engine), first = false) {
        cli_table_cell(table, first ? deployment : "");
        cli_table_cell(table, first ? cli_string(cli_get(placement, "replica")) : "");
        cli_table_cell(table, first ? cli_string(cli_get(placement, "cluster")) : "");
        put_engine(table, engine);
        put_state(table, first, mp_object_bool(cli_get(placement, "retained"), false),
                  mp_object_bool(cli_get(engine, "split"), false));
    }
}

static void put_name(cli_text *text, const mp_object *plan)
{
    const char *ns = cli_string(cli_get(plan, "namespace"));

    cli_text_printf(text, "%s%s%s", ns, ns[0] ? "/" : "", cli_string(cli_get(plan, "name")));
}

void cli_plan_table(cli_table *table, const mp_object *plans)
{
    cli_table_init(table, titles, sizeof titles / sizeof *titles);
    for (const mp_object *plan = mp_object_first(plans); plan; plan = mp_object_next(plan)) {
        const mp_object *placement = mp_object_first(cli_get(plan, "placements"));
        cli_text name = { 0 };

        put_name(&name, plan);
        for (; placement; placement = mp_object_next(placement)) {
            put_placement(table, name.data, placement);
            name.data[0] = '\0'; /* said once */
        }
        cli_text_fini(&name);
    }
}

static void print_table(const mp_object *plans)
{
    cli_table table;

    cli_plan_table(&table, plans);
    if (table.count > 0) {
        cli_table_print(&table);
        cli_print("\n");
    }
    cli_table_fini(&table);
}

/* ---- what was refused ---- */

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

bool cli_is_refused(const mp_object *plan)
{
    return cli_get(plan, "fault") || strcmp(cli_string(cli_get(plan, "verdict")), "placed") != 0;
}

static const char *why(const mp_object *plan)
{
    const char *verdict = cli_string(cli_get(plan, "verdict"));

    if (strcmp(verdict, "placed") == 0)
        return "placed";
    if (strcmp(verdict, "unknown") == 0)
        return "the search budget was spent before an answer was found";
    if (strcmp(verdict, "held") == 0)
        return "nothing new is placed";
    return "no cluster has room for another";
}

/* A row of reasons; with no room for pools, two columns. */
static void put_reason(cli_table *table, const char *cluster, const char *pool, cli_style style,
                       const char *format, ...) MP_PRINTF(5, 6);

static void put_reason(cli_table *table, const char *cluster, const char *pool, cli_style style,
                       const char *format, ...)
{
    cli_text text = { 0 };
    va_list args;

    va_start(args, format);
    cli_text_vprintf(&text, format, args);
    va_end(args);
    cli_table_cell(table, cluster);
    if (table->columns == 3)
        cli_table_cell(table, pool);
    cli_table_cell_styled(table, text.data ? text.data : "", style);
    cli_text_fini(&text);
}

static cli_style style_of(const mp_object *reason)
{
    const char *code = cli_string(cli_get(reason, "code"));

    return strcmp(code, "Fits") == 0      ? CLI_GOOD
           : strcmp(code, "Unknown") == 0 ? CLI_DOUBTFUL
                                          : CLI_PLAIN;
}

static void put_pools(cli_table *table, const mp_object *cluster)
{
    const mp_object *pool = mp_object_first(cli_get(cluster, "pools"));

    for (; pool; pool = mp_object_next(pool))
        put_reason(table, "", cli_string(cli_get(pool, "name")), style_of(pool), "%s",
                   cli_string(cli_get(pool, "message")));
}

/* What stands in the way together, and what would help. */
static void put_advice(cli_table *table, const mp_object *cluster)
{
    const mp_object *part = mp_object_first(cli_get(cluster, "conflict"));
    const mp_object *outlook = cli_get(cluster, "outlook");
    const char *domain = cli_string(cli_get(outlook, "domain"));

    /* One part alone is what the cluster's own line says. */
    if (mp_object_size(cli_get(cluster, "conflict")) < 2)
        part = NULL;
    if (part)
        put_reason(table, "", "", CLI_PLAIN, "cannot all be met:");
    for (; part; part = mp_object_next(part))
        put_reason(table, "", "", CLI_PLAIN, "- %s", cli_string(cli_get(part, "message")));
    if (cli_get(cluster, "fix"))
        put_reason(table, "", "", CLI_DOUBTFUL, "would help: %s",
                   cli_string(cli_find(cluster, "fix.message")));
    if (strcmp(cli_string(cli_get(outlook, "tier")), "creatable") == 0)
        put_reason(table, "", "", CLI_DOUBTFUL, "fits after %" PRId64 " more node%s in pool %s%s%s",
                   get_int(outlook, "nodes"), plural((uint64_t)get_int(outlook, "nodes")),
                   cli_string(cli_get(outlook, "pool")), *domain ? ", domain " : "", domain);
}

void cli_reason_table(cli_table *table, const mp_object *plan, bool with_pools)
{
    static const char *const reason_titles[2][2][3] = {
        { { "CLUSTER", "FOR ONE MORE" }, { "CLUSTER", "POOL", "FOR ONE MORE" } },
        { { "CLUSTER", "REASON" }, { "CLUSTER", "POOL", "REASON" } }
    };
    const mp_object *cluster = mp_object_first(cli_find(plan, "reasons.clusters"));

    cli_table_init(table, reason_titles[cli_is_refused(plan)][with_pools], with_pools ? 3 : 2);
    table->wrap = true;
    for (; cluster; cluster = mp_object_next(cluster)) {
        put_reason(table, cli_string(cli_get(cluster, "name")), "", style_of(cluster), "%s",
                   cli_string(cli_get(cluster, "message")));
        if (with_pools)
            put_pools(table, cluster);
        if (with_pools && cli_is_refused(plan))
            put_advice(table, cluster);
    }
}

static void print_reasons(const mp_object *plan, size_t indent, bool with_pools)
{
    cli_table table;

    cli_reason_table(&table, plan, with_pools);
    table.indent = indent;
    if (table.count > 0)
        cli_table_print(&table);
    cli_table_fini(&table);
    if (cli_is_refused(plan) && cli_find(plan, "reasons.fix"))
        cli_paragraph(indent, CLI_DOUBTFUL, "cheapest fix, on %s: %s",
                      cli_string(cli_find(plan, "reasons.fix.cluster")),
                      cli_string(cli_find(plan, "reasons.fix.message")));
}

/* Where the replicas are, as far as a line holds them: placements come sorted by clusters. */
static void put_clusters(cli_text *text, const mp_object *plan)
{
    const mp_object *at = mp_object_first(cli_get(plan, "placements"));

    for (int shown = 0; at; shown++) {
        const char *name = cli_string(cli_get(at, "cluster"));
        size_t replicas = 0;

        for (; at && strcmp(cli_string(cli_get(at, "cluster")), name) == 0; replicas++)
            at = mp_object_next(at);
        if (shown == CLUSTERS_SHOWN) {
            cli_text_printf(text, ", ...");
            return;
        }
        cli_text_printf(text, "%s%s", shown ? ", " : " on ", name);
        if (replicas > 1)
            cli_text_printf(text, " (%zu)", replicas);
    }
}

void cli_headline_put(cli_text *text, const mp_object *plan)
{
    const mp_object *fault = cli_get(plan, "fault");

    put_name(text, plan);
    cli_text_printf(text,
                    ": %zu of %" PRId64 " replicas: ", mp_object_size(cli_get(plan, "placements")),
                    get_int(plan, "desired"));
    if (strcmp(cli_string(cli_get(fault, "reason")), "InvalidNodeSelector") == 0)
        cli_text_printf(text, "invalid selector, %s: ", cli_string(cli_get(fault, "path")));
    cli_text_printf(text, "%s", fault ? cli_string(cli_get(fault, "message")) : why(plan));
    if (!cli_is_refused(plan))
        put_clusters(text, plan);
}

static void print_headline(const mp_object *plan, size_t indent)
{
    cli_text line = { 0 };

    cli_headline_put(&line, plan);
    cli_paragraph(indent, cli_is_refused(plan) ? CLI_BAD : CLI_TITLE, "%s", line.data);
    cli_text_fini(&line);
}

static size_t print_refusals(const mp_object *plans)
{
    size_t count = 0;

    for (const mp_object *plan = mp_object_first(plans); plan; plan = mp_object_next(plan)) {
        if (!cli_is_refused(plan))
            continue;
        if (count++ == 0)
            cli_paragraph(0, CLI_TITLE, "Refused:");
        print_headline(plan, 2);
        print_reasons(plan, 4, false);
    }
    return count;
}

/* ---- the last line ---- */

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static size_t count_clusters(const mp_object *plans)
{
    const char **names = NULL;
    size_t count = 0, distinct = 0;

    for (const mp_object *plan = mp_object_first(plans); plan; plan = mp_object_next(plan)) {
        const mp_object *placement = mp_object_first(cli_get(plan, "placements"));

        for (; placement; placement = mp_object_next(placement)) {
            names = cli_resize(names, count + 1, sizeof *names);
            names[count++] = cli_string(cli_get(placement, "cluster"));
        }
    }
    if (count > 0)
        qsort(names, count, sizeof *names, compare_texts);
    for (size_t i = 0; i < count; i++)
        distinct += i == 0 || strcmp(names[i], names[i - 1]) != 0;
    free(names);
    return distinct;
}

void cli_summary_put(cli_text *text, const mp_object *plans)
{
    size_t deployments = mp_object_size(plans), clusters = count_clusters(plans);
    int64_t placed = 0, desired = 0, evaluations = 0;

    for (const mp_object *plan = mp_object_first(plans); plan; plan = mp_object_next(plan)) {
        placed += (int64_t)mp_object_size(cli_get(plan, "placements"));
        desired += get_int(plan, "desired");
        evaluations += get_int(plan, "evaluations");
    }
    cli_text_printf(text,
                    "%zu deployment%s: %" PRId64 " of %" PRId64 " replica%s on %zu cluster%s, "
                    "%" PRId64 " selector evaluation%s",
                    deployments, plural(deployments), placed, desired, plural((uint64_t)desired),
                    clusters, plural(clusters), evaluations, plural((uint64_t)evaluations));
}

static void print_summary(const mp_object *plans)
{
    cli_text line = { 0 };

    cli_summary_put(&line, plans);
    cli_paragraph(0, CLI_PLAIN, "%s", line.data);
    cli_text_fini(&line);
}

/* Sample manifests have no status, and nobody expects that to matter. */
static void print_hint(const cli_options *options, const cli_input *input)
{
    if (options->assume_ready)
        return;
    for (size_t i = 0; i < input->count; i++) {
        const mp_object *object = input->items[i].object;

        if (!input->items[i].replaced && mp_document_known(object) &&
            strcmp(cli_string(cli_get(object, "kind")), "InferenceCluster") == 0 &&
            mp_object_size(cli_get(object, "status")) == 0) {
            cli_print("Clusters without a status count as Ready only under --assume-ready.\n");
            return;
        }
    }
}

static cli_exit show_plan(const cli_options *options, const cli_input *input,
                          const mp_object *plans)
{
    size_t refused;

    print_table(plans);
    refused = print_refusals(plans);
    if (refused) {
        print_hint(options, input);
        cli_print("\n");
    }
    print_summary(plans);
    return refused ? CLI_REFUSED : CLI_DONE;
}

static cli_exit show_reasons(const cli_options *options, const cli_input *input,
                             const mp_object *plans)
{
    bool refused = false;

    for (const mp_object *plan = mp_object_first(plans); plan; plan = mp_object_next(plan)) {
        if (plan != mp_object_first(plans))
            cli_print("\n");
        print_headline(plan, 0);
        print_reasons(plan, 2, true);
        refused = refused || cli_is_refused(plan);
    }
    if (refused)
        print_hint(options, input);
    return refused ? CLI_REFUSED : CLI_DONE;
}

static cli_exit exit_of(const mp_object *plans)
{
    const mp_object *plan = mp_object_first(plans);

    while (plan && !cli_is_refused(plan))
        plan = mp_object_next(plan);
    return plan ? CLI_REFUSED : CLI_DONE;
}

static cli_exit show_picture(const cli_options *options, const cli_input *input,
                             const mp_object *result)
{
    const mp_object *plans = cli_get(result, "plans");
    cli_picture picture;
    cli_text text = { 0 };

    cli_picture_init(&picture, options, input, result);
    if (options->format == CLI_SVG)
        cli_svg_put(&text, &picture);
    else
        cli_html_put(&text, &picture, plans);
    (void)fwrite(text.data, 1, text.size, stdout); /* cli_finish() says what was lost */
    cli_text_fini(&text);
    cli_picture_fini(&picture);
    return exit_of(plans);
}

typedef cli_exit (*show_fn)(const cli_options *options, const cli_input *input,
                            const mp_object *plans);

static cli_exit run(const cli_options *options, bool explain_all, show_fn show)
{
    mp_reconcile_opts opts = MP_RECONCILE_OPTS_INIT;
    cli_input input;
    mp_doc *result;
    cli_exit code;

    opts.explain = true;
    opts.explain_all = explain_all;
    code = cli_reconcile(options, &input, &opts, &result);
    if (code == CLI_DONE) {
        const mp_object *plans = cli_get(mp_doc_root(result), "plans");

        (void)cli_refusals_say(&input, mp_doc_root(result));
        if (options->format == CLI_JSON || options->format == CLI_YAML) {
            (void)cli_write(plans, options->format, stdout);
            code = exit_of(plans);
        } else if (options->format == CLI_SVG || options->format == CLI_HTML)
            code = show_picture(options, &input, mp_doc_root(result));
        else
            code = show(options, &input, plans);
    }
    mp_doc_free(result);
    cli_input_fini(&input);
    return cli_finish(code);
}

cli_exit cli_plan(const cli_options *options)
{
    return run(options, false, show_plan);
}

cli_exit cli_explain(const cli_options *options)
{
    return run(options, true, show_reasons);
}

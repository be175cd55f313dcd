/* SPDX-License-Identifier: Apache-2.0 */
/*
 * modelplane: the command.  Options first, then one function per command.
 */
#define _POSIX_C_SOURCE 200809L
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "cli.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Which options a command takes. */
enum {
    OPT_OUTPUT = 1,
    OPT_READY = 2,
    OPT_OBSERVED = 4,
    OPT_BUDGET = 8,
    OPT_DIR = 16,
    OPT_WRAPPED = 32,
    OPT_ACCOUNTING = 64,
    OPT_SPAN = 128,
    OPT_POLICY = 256,
    OPT_SHAPE = 512,
    OPT_ROUTING = 1024,
    OPT_PICTURE = 2048, /* --output takes svg and html as well */
    OPT_RELAXED = 4096,
    OPT_INFRASTRUCTURE = 8192,
    OPT_SCHEDULING = OPT_BUDGET | OPT_ACCOUNTING | OPT_SPAN | OPT_POLICY | OPT_SHAPE | OPT_ROUTING,
    OPT_PLANNING = OPT_OUTPUT | OPT_READY | OPT_OBSERVED | OPT_SCHEDULING | OPT_RELAXED
};

static const struct command {
    const char *name;
    cli_exit (*run)(const cli_options *options);
    unsigned options;
    bool expression; /* the first argument is an expression */
    const char *arguments, *summary, *help;
} commands[] = {
    { "plan", cli_plan, OPT_PLANNING | OPT_PICTURE, false, "FILE|DIR...",
      "what goes where, and what is refused",
      "Schedule every ModelDeployment and print a table: replica, cluster, engine, pool, nodes "
      "and\n"
      "devices; then what was refused, with the reason of every cluster.\n" },
    { "explain", cli_explain, OPT_PLANNING | OPT_PICTURE, false, "FILE|DIR...",
      "why every cluster fits or not",
      "For each ModelDeployment: every cluster, every pool, and why another replica fits or "
      "not.\n" },
    { "reconcile", cli_reconcile_command, OPT_PLANNING | OPT_INFRASTRUCTURE, false, "FILE|DIR...",
      "every document with its new status",
      "Print the documents as they stand after one pass of a control plane: those of the input "
      "with\n"
      "their status, desired ModelReplicas and ModelEndpoints, and events.\n" },
    { "render", cli_render, OPT_PLANNING | OPT_DIR | OPT_WRAPPED | OPT_INFRASTRUCTURE, false,
      "FILE|DIR...", "the objects of each workload cluster",
      "Print the Kubernetes objects of each workload cluster, grouped by cluster.\n" },
    { "validate", cli_validate, OPT_OBSERVED | OPT_RELAXED, false, "FILE|DIR...",
      "every broken rule",
      "Check every document and every selector; say each broken rule on standard error as\n"
      "FILE:DOCUMENT: PATH: message.\n" },
    { "eval", cli_eval, OPT_OUTPUT | OPT_OBSERVED, true, "EXPR FILE|DIR...",
      "a selector against every device",
      "Run a CEL selector on every kind of device of the fleet.\n" },
    { "function", cli_function, OPT_SCHEDULING, false, "[FILE...]", "answer requests of Crossplane",
      "Read RunFunctionRequests as JSON, from the files or from standard input, and write a\n"
      "RunFunctionResponse a line, each as soon as its request is complete.\n" },
};
#define COMMANDS (sizeof commands / sizeof *commands)

static const struct option {
    const char *name, *value; /* NULL: takes none */
    char letter;
    unsigned bit; /* 0: every command takes it */
    const char *help;
} known[] = {
    { "output", "FORMAT", 'o', OPT_OUTPUT,
      "table, json or yaml; of plan and explain also svg or html" },
    { "assume-ready", NULL, 0, OPT_READY,
      "clusters without a status are Ready, at CLUSTER.invalid" },
    { "observed", "FILE", 0, OPT_OBSERVED, "what a control plane holds; FILE|DIR replace it" },
    { "budget", "STEPS", 0, OPT_BUDGET, "search steps per replica and cluster (1000000)" },
    { "accounting", "WHAT", 0, OPT_ACCOUNTING, "nodes or devices: what a pod takes" },
    { "span", "SPAN", 0, OPT_SPAN, "pool or fabric: how far an engine may spread" },
    { "policy", "NAME", 0, OPT_POLICY,
      "spread, pack or cheapest; first, best-fit or unfragmented" },
    { "shape", "SHAPE", 0, OPT_SHAPE, "v1 or v2: what is composed (v2)" },
    { "routing", "ROUTING", 0, OPT_ROUTING, "service or pool: how requests reach serving pods" },
    { "relaxed", NULL, 0, OPT_RELAXED, "pods may have containers beside the engine" },
    { "infrastructure", NULL, 0, OPT_INFRASTRUCTURE, "also what clusters and gateways need" },
    { "output-dir", "DIR", 0, OPT_DIR, "write a file per cluster" },
    { "wrapped", NULL, 0, OPT_WRAPPED, "provider Objects instead of bare manifests" },
    { "quiet", NULL, 'q', 0, "no notes on skipped and replaced documents" },
    { "help", NULL, 'h', 0, "this text" },
};
#define OPTIONS (sizeof known / sizeof *known)

/* ---- help ---- */

static void print_help(void)
{
    printf("Usage: modelplane COMMAND [OPTION...] FILE|DIR...\n"
           "Plan and compose model deployments on a fleet of Kubernetes clusters.\n\n");
    for (size_t i = 0; i < COMMANDS; i++)
        printf("  %-10s %-17s %s\n", commands[i].name, commands[i].arguments, commands[i].summary);
    printf(
        "\nFolders are read with everything below them (.yaml, .yml, .json); - is standard input.\n"
        "modelplane COMMAND --help lists the options of a command.\n\n"
        "Exit status: 0 done, 1 something is refused or invalid, 2 usage, 3 input cannot be "
        "read.\n");
}

static void print_command_help(const struct command *command)
{
    printf("Usage: modelplane %s [OPTION...] %s\n%s\n", command->name, command->arguments,
           command->help);
    for (size_t i = 0; i < OPTIONS; i++) {
        char letter[8] = "    ";
        cli_text name = { 0 };

        if (known[i].bit && !(known[i].bit & command->options))
            continue;
        if (known[i].letter)
            (void)snprintf(letter, sizeof letter, "-%c, ", known[i].letter);
        cli_text_printf(&name, "%s--%s%s%s", letter, known[i].name, known[i].value ? " " : "",
                        known[i].value ? known[i].value : "");
        printf("  %-24s %s\n", name.data, known[i].help);
        cli_text_fini(&name);
    }
}

static void print_version(void)
{
    printf("modelplane %s\n", mp_version());
#ifndef HAVE_YAML
    printf("without YAML input\n");
#endif
}

/* ---- options ---- */

typedef struct parser {
    const struct command *command;
    cli_options options;
    const char **inputs, **observed;
    bool help;
} parser;

static bool usage(const parser *p, const char *problem, const char *value)
{
    cli_fail("%s: %s%s; try modelplane %s --help", p->command->name, problem, value,
             p->command->name);
    return false;
}

static bool parse_format(parser *p, const char *value)
{
    static const struct {
        const char *name;
        cli_format format;
        bool picture;
    } formats[] = { { "table", CLI_TABLE, false },
                    { "json", CLI_JSON, false },
                    { "yaml", CLI_YAML, false },
                    { "svg", CLI_SVG, true },
                    { "html", CLI_HTML, true } };
    bool pictures = (p->command->options & OPT_PICTURE) != 0;

    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(value, formats[i].name) == 0 && (pictures || !formats[i].picture)) {
            p->options.format = formats[i].format;
            return true;
        }
    return usage(p,
                 pictures ? "-o takes table, json, yaml, svg or html, not "
                          : "-o takes table, json or yaml, not ",
                 value);
}

static bool parse_budget(parser *p, const char *value)
{
    uint64_t budget = 0;

    for (const char *c = value; *c; c++) {
        if (*c < '0' || *c > '9' || budget > (UINT64_MAX - 9) / 10)
            return usage(p, "--budget takes a number of steps, not ", value);
        budget = 10 * budget + (uint64_t)(*c - '0');
    }
    if (budget == 0)
        return usage(p, "--budget takes a number of steps from 1, not ", value);
    p->options.budget = budget;
    return true;
}

static bool parse_accounting(parser *p, const char *value)
{
    if (strcmp(value, "nodes") == 0)
        p->options.accounting = MP_ACCOUNTING_NODES;
    else if (strcmp(value, "devices") == 0)
        p->options.accounting = MP_ACCOUNTING_DEVICES;
    else
        return usage(p, "--accounting takes nodes or devices, not ", value);
    return true;
}

static bool parse_span(parser *p, const char *value)
{
    if (strcmp(value, "pool") == 0)
        p->options.span = MP_SPAN_POOL;
    else if (strcmp(value, "fabric") == 0)
        p->options.span = MP_SPAN_FABRIC;
    else
        return usage(p, "--span takes pool or fabric, not ", value);
    return true;
}

/* Names of policies for clusters, for pools, or for both. */
static const struct policy {
    const char *name;
    int clusters, pools; /* -1: has no say */
} policies[] = {
    { "spread", MP_CLUSTERS_SPREAD, -1 },
    { "pack", MP_CLUSTERS_PACK, -1 },
    { "cheapest", MP_CLUSTERS_CHEAPEST, MP_POOLS_CHEAPEST },
    { "first", -1, MP_POOLS_FIRST },
    { "best-fit", -1, MP_POOLS_BEST_FIT },
    { "unfragmented", -1, MP_POOLS_UNFRAGMENTED },
};

static bool parse_policy(parser *p, const char *value)
{
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
        if (strcmp(value, policies[i].name) != 0)
            continue;
        if (policies[i].clusters >= 0)
            p->options.clusters = (mp_cluster_policy)policies[i].clusters;
        if (policies[i].pools >= 0)
            p->options.pools = (mp_pool_policy)policies[i].pools;
        return true;
    }
    return usage(p, "--policy takes spread, pack, cheapest, first, best-fit or unfragmented, not ",
                 value);
}

static bool parse_shape(parser *p, const char *value)
{
    if (strcmp(value, "v1") == 0)
        p->options.shape = MP_SHAPE_V1;
    else if (strcmp(value, "v2") == 0)
        p->options.shape = MP_SHAPE_V2;
    else
        return usage(p, "--shape takes v1 or v2, not ", value);
    return true;
}

static bool parse_routing(parser *p, const char *value)
{
    if (strcmp(value, "service") == 0)
        p->options.routing = MP_ROUTING_SERVICE;
    else if (strcmp(value, "pool") == 0)
        p->options.routing = MP_ROUTING_POOL;
    else
        return usage(p, "--routing takes service or pool, not ", value);
    return true;
}

static bool apply(parser *p, const struct option *option, const char *value)
{
    if (option->bit && !(option->bit & p->command->options))
        return usage(p, "does not take --", option->name);
    switch (option->bit) {
    case OPT_OUTPUT:
        return parse_format(p, value);
    case OPT_READY:
        p->options.assume_ready = true;
        return true;
    case OPT_OBSERVED:
        p->observed[p->options.observed_count++] = value;
        return true;
    case OPT_BUDGET:
        return parse_budget(p, value);
    case OPT_ACCOUNTING:
        return parse_accounting(p, value);
    case OPT_SPAN:
        return parse_span(p, value);
    case OPT_POLICY:
        return parse_policy(p, value);
    case OPT_SHAPE:
        return parse_shape(p, value);
    case OPT_ROUTING:
        return parse_routing(p, value);
    case OPT_DIR:
        p->options.output_dir = value;
        return true;
    case OPT_RELAXED:
        p->options.relaxed = true;
        return true;
    case OPT_INFRASTRUCTURE:
        p->options.infrastructure = true;
        return true;
    case OPT_WRAPPED:
        p->options.wrapped = true;
        return true;
    default:
        if (option->letter == 'q')
            p->options.quiet = true;
        else
            p->help = true;
        return true;
    }
}

/* --name, --name=value, --name value, -x, -xvalue, -x value.  *used is how many arguments it took.
 */
static bool parse_option(parser *p, char **argv, size_t left, size_t *used)
{
    const char *text = argv[0];
    bool is_long = text[1] == '-';
    const char *body = text + (is_long ? 2 : 1);

    for (size_t i = 0; i < OPTIONS; i++) {
        const char *name = is_long ? known[i].name : &known[i].letter;
        size_t size = is_long ? strlen(name) : 1;
        const char *rest;

        if (!*name || strncmp(body, name, size) != 0)
            continue;
        rest = body + size;
        if (is_long && *rest && *rest != '=')
            continue;
        *used = 1;
        if (!known[i].value) {
            if (*rest)
                return usage(p, "takes no value: ", text);
            return apply(p, &known[i], NULL);
        }
        if (*rest)
            return apply(p, &known[i], is_long ? rest + 1 : rest);
        if (left < 2)
            return usage(p, "needs a value: ", text);
        *used = 2;
        return apply(p, &known[i], argv[1]);
    }
    return usage(p, "unknown option ", text);
}

static bool parse_arguments(parser *p, char **argv, size_t count)
{
    bool only_files = false;

    for (size_t i = 0, used; i < count; i += used) {
        used = 1;
        if (only_files || argv[i][0] != '-' || !argv[i][1])
            p->inputs[p->options.input_count++] = argv[i];
        else if (strcmp(argv[i], "--") == 0)
            only_files = true;
        else if (!parse_option(p, argv + i, count - i, &used))
            return false;
    }
    if (p->help)
        return true;
    p->options.inputs = p->inputs;
    p->options.observed = p->observed;
    if (p->command->expression) {
        if (p->options.input_count == 0)
            return usage(p, "no expression", "");
        p->options.expression = p->inputs[0];
        p->options.inputs++;
        p->options.input_count--;
    }
    if (p->command->run == cli_function)
        return true; /* which reads standard input then */
    if (p->options.input_count == 0 && p->options.observed_count == 0)
        return usage(p, "no files", "");
    return true;
}

static cli_exit run_command(const struct command *command, char **argv, size_t count)
{
    parser p = { .command = command };
    cli_exit code = CLI_USAGE;

    p.inputs = cli_resize(NULL, count, sizeof *p.inputs);
    p.observed = cli_resize(NULL, count, sizeof *p.observed);
    if (parse_arguments(&p, argv, count)) {
        if (p.help) {
            print_command_help(command);
            code = cli_finish(CLI_DONE);
        } else {
            code = command->run(&p.options);
        }
    }
    free(p.inputs);
    free(p.observed);
    return code;
}

int main(int argc, char **argv)
{
    /* A closed pipe is a failed write, which cli_finish() reports. */
    (void)signal(SIGPIPE, SIG_IGN);
    if (argc < 2) {
        cli_fail("no command; try modelplane --help");
        return CLI_USAGE;
    }
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return (int)run_command(&commands[i], argv + 2, (size_t)argc - 2);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_help();
        return (int)cli_finish(CLI_DONE);
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        print_version();
        return (int)cli_finish(CLI_DONE);
    }
    cli_fail("unknown command %s; try modelplane --help", argv[1]);
    return CLI_USAGE;
}

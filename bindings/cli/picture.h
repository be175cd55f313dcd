/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fleet as a picture: what svg.c draws and html.c puts on a page.
 *
 * Nodes of a pool are interchangeable, so a plan says how many, not which.  The picture deals them
 * out from the left: whole nodes first, then those that pods share, each copy of an engine in a
 * row.
 */
#ifndef MODELPLANE_CLI_PICTURE_H
#define MODELPLANE_CLI_PICTURE_H

#include "cli.h"

#define PICTURE_POOL_CELLS_MAX 4096 /* nodes of one pool that are drawn; the rest is said */
#define PICTURE_CELLS_MAX 20000     /* nodes of the fleet that are drawn: a file of 2 MiB */
#define PICTURE_POOLS_MAX 256       /* pools of one cluster that are drawn */
#define PICTURE_WHOLE 1000          /* a node in parts */
#define PICTURE_CLASSES 8           /* DeviceClasses of a node that are told apart */

/* Who holds nodes: a deployment of the input, or one that is known from its replicas only. */
typedef struct picture_owner {
    char *name; /* "namespace/name" */
    bool known; /* there is a ModelDeployment */
    bool refused;
    int64_t nodes, desired;
    size_t replicas;
} picture_owner;

/* One copy of an engine, as far as it is in one pool. */
typedef struct picture_copy {
    size_t owner; /* position in the picture */
    const char *replica, *engine;
    int64_t copy, copies; /* which one of how many, from 1 */
    int64_t nodes;        /* that it takes in this pool */
    bool gang;            /* it takes more than one node, here or elsewhere */
    bool kept;            /* it runs already */
    size_t first, count;  /* its cells: positions in `cells` of the pool */
} picture_copy;

/* A node, or what a pod holds of it. */
typedef struct picture_cell {
    size_t node;
    unsigned from, to; /* in parts of PICTURE_WHOLE, from the bottom */
} picture_cell;

/* Pods of one member of one copy in one pool, and what each of them takes. */
typedef struct picture_part {
    int64_t pods;
    int64_t claims[PICTURE_CLASSES]; /* by class of the pool */
    unsigned share;                  /* of its node */
} picture_part;

/* A copy before it has cells. */
typedef struct picture_load {
    picture_copy copy;
    picture_part *parts;
    size_t part_count;
    unsigned share; /* the largest of the parts */
    size_t order;
} picture_load;

typedef struct picture_pool {
    const char *name;
    const mp_object *devices;
    int64_t nodes, used; /* used may be more: replicas run that should not */
    size_t drawn;        /* nodes that are drawn, the first of them */
    size_t taken;        /* of these, how many are used */
    picture_copy *copies;
    size_t copy_count, copy_capacity;
    picture_cell *cells;
    size_t cell_count, cell_capacity;
    picture_load *loads;
    size_t load_count, load_capacity;
} picture_pool;

typedef struct picture_cluster {
    const char *name;
    char *cordon; /* why it takes nothing new, or not from everyone; NULL if it is open */
    picture_pool *pools;
    size_t pool_count, more_pools; /* drawn, and not */
} picture_cluster;

typedef struct cli_picture {
    picture_cluster *clusters; /* in bytewise order of names */
    size_t cluster_count, pool_count;
    picture_owner *owners; /* deployments in the order of the plan, then others by name */
    size_t owner_count, owner_capacity;
    int64_t nodes, used, free, cordoned;
} cli_picture;

/* `result` is of mp_reconcile(); the picture borrows names from it and from the input. */
void cli_picture_init(cli_picture *picture, const cli_options *options, const cli_input *input,
                      const mp_object *result);
void cli_picture_fini(cli_picture *picture);

/* ---- deal.c ---- */

/* Give the loads of a pool cells among the first `drawn` nodes. */
void picture_deal(picture_pool *pool, bool shared);
/* Which of the pool's classes a DeviceClass is, in the order of its devices; PICTURE_CLASSES if it
 * is none.  *total is how many devices of it a node has. */
size_t picture_class(const picture_pool *pool, const char *name, int64_t *total);
/* A number of a map, or `otherwise`; below 0 counts as 0. */
int64_t picture_count(const mp_object *map, const char *key, int64_t otherwise);
/* The sum, or the largest number. */
int64_t picture_add(int64_t a, int64_t b);

/* ---- markup.c ---- */

/* The colour of a deployment by its position; some are those of others too. */
const char *cli_owner_colour(size_t owner);
/* Whether that colour takes white text. */
bool cli_owner_dark(size_t owner);
/* Text in XML or HTML: escaped, and cleaned of characters that XML 1.0 cannot hold. */
void cli_markup_put(cli_text *text, const char *data);
/* The same, of at most `width` characters; what is cut ends in an ellipsis. */
void cli_markup_cut(cli_text *text, const char *data, size_t width);

/* ---- svg.c, html.c ---- */

/* The drawing, one <svg> element, without an XML declaration. */
void cli_svg_put(cli_text *text, const cli_picture *picture);
/* The whole page: the drawing, the plan, the reasons of every deployment. */
void cli_html_put(cli_text *text, const cli_picture *picture, const mp_object *plans);

/* ---- plan.c: what tables and pages say alike ---- */

/* A row per engine; what repeats is blank.  The caller frees the tables. */
void cli_plan_table(cli_table *table, const mp_object *plans);
/* A row per cluster, and per pool and piece of advice. */
void cli_reason_table(cli_table *table, const mp_object *plan, bool with_pools);
/* The deployment, how many replicas it has, and what is wrong. */
void cli_headline_put(cli_text *text, const mp_object *plan);
void cli_summary_put(cli_text *text, const mp_object *plans);
bool cli_is_refused(const mp_object *plan);

#endif

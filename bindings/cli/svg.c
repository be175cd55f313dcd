/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The drawing: clusters as blocks, pools as rows, nodes as cells.
 *
 * A cell is one node; lines of cells have a gap after every tenth, so that they can be counted.
 * Colour says which deployment, and so does a number in the first cell of every copy, for more
 * deployments than colours and for eyes that do not tell them apart.  Blocks come in three widths,
 * by their largest pool, and fill the page from the top, in order of names.
 *
 * Integers only, and no font is measured: texts are cut by a guess of their width.
 */
#include "picture.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* All in pixels. */
#define CELL 15
#define PITCH 18   /* from cell to cell */
#define TEN_GAP 4  /* after every tenth */
#define PAGE 1200  /* what blocks fill */
#define MARGIN 20  /* around the page */
#define UNITS 6    /* a page is so many wide */
#define GUTTER 14  /* between blocks */
#define PADDING 12 /* within a block */
#define LABEL 170  /* before a row of cells */
#define HEAD 42    /* of a block, above its pools */
#define ROW_MIN 32 /* the label needs as much */
#define ROW_GAP 8  /* between pools */
#define LEGEND_ROW 20
#define LEGEND_COLUMNS 3
#define LEGEND_MAX 400 /* deployments in the legend */

/* ---- where things are ---- */

typedef struct block {
    int64_t x, y, width, height;
    int64_t columns; /* cells in a line */
} block;

static int64_t cell_x(int64_t column)
{
    return column * PITCH + column / 10 * TEN_GAP;
}

static int64_t pool_height(const picture_pool *pool, int64_t columns)
{
    int64_t lines = ((int64_t)pool->drawn + columns - 1) / columns;

    return (lines * PITCH > ROW_MIN ? lines * PITCH : ROW_MIN) + ROW_GAP;
}

/* How wide a block is, in units, and how many cells it has in a line. */
static int choose_width(const picture_cluster *cluster, block *b)
{
    size_t most = 0;
    int units;

    for (size_t i = 0; i < cluster->pool_count; i++)
        if (cluster->pools[i].drawn > most)
            most = cluster->pools[i].drawn;
    units = most <= 20 ? 2 : most <= 120 ? 3 : 6;
    b->columns = units == 2 ? 10 : units == 3 ? 20 : 50;
    b->width = PAGE / UNITS * units - GUTTER;
    b->height = HEAD + PADDING;
    for (size_t i = 0; i < cluster->pool_count; i++)
        b->height += pool_height(&cluster->pools[i], b->columns);
    if (cluster->more_pools)
        b->height += LEGEND_ROW;
    return units;
}

/* Put a block where it is highest, then leftmost; `level` is how far each unit is filled. */
static void place_block(block *b, int units, int64_t *level)
{
    int best = 0;
    int64_t top = INT64_MAX;

    for (int at = 0; at + units <= UNITS; at += units) {
        int64_t y = 0;

        for (int i = at; i < at + units; i++)
            y = level[i] > y ? level[i] : y;
        if (y < top) {
            top = y;
            best = at;
        }
    }
    b->x = PAGE / UNITS * best;
    b->y = top;
    for (int i = best; i < best + units; i++)
        level[i] = top + b->height + GUTTER;
}

/* ---- cells ---- */

typedef struct pen {
    cli_text *text;
    const cli_picture *picture;
    int64_t x, y; /* of the first cell of the pool */
    int64_t columns;
} pen;

static int64_t node_x(const pen *p, size_t node)
{
    return p->x + cell_x((int64_t)node % p->columns);
}

static int64_t node_y(const pen *p, size_t node)
{
    return p->y + (int64_t)node / p->columns * PITCH;
}

static void put_node(const pen *p, size_t node, unsigned from, unsigned to)
{
    int64_t bottom = CELL - (int64_t)from * CELL / PICTURE_WHOLE;
    int64_t top = CELL - (int64_t)to * CELL / PICTURE_WHOLE;

    if (top >= bottom)
        top = bottom - 1;
    cli_text_printf(
        p->text, "<rect x=\"%" PRId64 "\" y=\"%" PRId64 "\" width=\"%d\" height=\"%" PRId64 "\"/>",
        node_x(p, node), node_y(p, node) + top, CELL, bottom - top);
}

static void put_box(cli_text *text, int64_t left, int64_t top, int64_t right, int64_t bottom)
{
    cli_text_printf(text, "M%" PRId64 " %" PRId64 "H%" PRId64 "V%" PRId64 "H%" PRId64 "Z", left,
                    top, right, bottom, left);
}

/* Round a row of nodes that goes on in the next lines: a box, two of them, or one with two steps.
 */
static void put_row_outline(const pen *p, size_t first, size_t last)
{
    int64_t left = node_x(p, 0) - 1, right = node_x(p, (size_t)p->columns - 1) + CELL + 1;
    int64_t x0 = node_x(p, first) - 1, y0 = node_y(p, first) - 1;
    int64_t x1 = node_x(p, last) + CELL + 1, y1 = node_y(p, last) + CELL + 1;
    int64_t step0 = y0 + PITCH, step1 = y1 - PITCH;

    if (y0 + CELL + 2 == y1)
        put_box(p->text, x0, y0, x1, y1);
    else if (step0 + CELL + 2 == y1 && x1 < x0) {
        put_box(p->text, x0, y0, right, y0 + CELL + 2);
        put_box(p->text, left, y1 - CELL - 2, x1, y1);
    } else
        cli_text_printf(p->text,
                        "M%" PRId64 " %" PRId64 "H%" PRId64 "V%" PRId64 "H%" PRId64 "V%" PRId64
                        "H%" PRId64 "V%" PRId64 "H%" PRId64 "Z",
                        x0, y0, right, step1, x1, y1, left, step0, x0);
}

/* Whole nodes in a row get one outline, parts of nodes one each. */
static void put_outline(const pen *p, const picture_cell *cells, size_t count)
{
    cli_text_printf(p->text, "<path class=\"gang\" d=\"");
    for (size_t i = 0, end; i < count; i = end) {
        bool whole = cells[i].to - cells[i].from == PICTURE_WHOLE;
        int64_t y = node_y(p, cells[i].node);

        end = i + 1;
        while (whole && end < count && cells[end].node == cells[end - 1].node + 1 &&
               cells[end].to - cells[end].from == PICTURE_WHOLE)
            end++;
        if (whole)
            put_row_outline(p, cells[i].node, cells[end - 1].node);
        else
            put_box(p->text, node_x(p, cells[i].node) - 1,
                    y + CELL - (int64_t)cells[i].to * CELL / PICTURE_WHOLE,
                    node_x(p, cells[i].node) + CELL + 1,
                    y + CELL - (int64_t)cells[i].from * CELL / PICTURE_WHOLE);
    }
    cli_text_printf(p->text, "\"/>");
}

static void put_copy_title(const pen *p, const picture_copy *copy)
{
    cli_text_printf(p->text, "<title>");
    cli_markup_put(p->text, p->picture->owners[copy->owner].name);
    cli_text_printf(p->text, "\nreplica ");
    cli_markup_put(p->text, copy->replica);
    cli_text_printf(p->text, "%s\nengine ", copy->kept ? " (kept)" : " (new)");
    cli_markup_put(p->text, copy->engine);
    if (copy->copies > 1)
        cli_text_printf(p->text, ", copy %" PRId64 " of %" PRId64, copy->copy, copy->copies);
    cli_text_printf(p->text, "\n%" PRId64 " pod%s with devices here%s</title>", copy->nodes,
                    copy->nodes == 1 ? "" : "s", copy->gang ? ", part of a gang" : "");
}

/* The number of the deployment, in the first cell if it is all this copy's. */
static void put_number(const pen *p, const picture_copy *copy, const picture_cell *cell)
{
    if (cell->to - cell->from == PICTURE_WHOLE && copy->owner < 999)
        cli_text_printf(
            p->text, "<text class=\"%s\" x=\"%" PRId64 "\" y=\"%" PRId64 "\">%zu</text>",
            cli_owner_dark(copy->owner) ? "no light" : "no", node_x(p, cell->node) + CELL / 2,
            node_y(p, cell->node) + 11, copy->owner + 1);
}

static void put_owner_data(cli_text *text, const cli_picture *picture, size_t owner)
{
    cli_text_printf(text, " data-owner=\"%zu\" data-name=\"", owner + 1);
    cli_markup_put(text, picture->owners[owner].name);
    cli_text_printf(text, "\">");
}

static void put_copy(const pen *p, const picture_pool *pool, const picture_copy *copy)
{
    const picture_cell *cells = pool->cells + copy->first;

    cli_text_printf(p->text, "<g class=\"used%s\" fill=\"%s\"", copy->kept ? " kept" : "",
                    cli_owner_colour(copy->owner));
    put_owner_data(p->text, p->picture, copy->owner);
    put_copy_title(p, copy);
    for (size_t i = 0; i < copy->count; i++)
        put_node(p, cells[i].node, cells[i].from, cells[i].to);
    put_number(p, copy, &cells[0]);
    if (copy->gang)
        put_outline(p, cells, copy->count);
    cli_text_printf(p->text, "</g>\n");
}

/* Nodes that pods share are free in part: what is free shows behind them. */
static void put_shared(const pen *p, const picture_pool *pool, const char *state)
{
    size_t last = SIZE_MAX;

    cli_text_printf(p->text, "<g class=\"%s shared\">", state);
    for (size_t i = 0; i < pool->cell_count; i++)
        if (pool->cells[i].to - pool->cells[i].from < PICTURE_WHOLE && pool->cells[i].node != last)
            put_node(p, last = pool->cells[i].node, 0, PICTURE_WHOLE);
    cli_text_printf(p->text, "</g>\n");
}

static void put_idle(const pen *p, const picture_pool *pool, const char *cordon)
{
    const char *state = cordon ? "cordoned" : "free";

    if (pool->taken == pool->drawn)
        return;
    cli_text_printf(p->text, "<g class=\"%s\"><title>%s", state, state);
    if (cordon) {
        cli_text_printf(p->text, ": ");
        cli_markup_put(p->text, cordon);
    }
    cli_text_printf(p->text, "</title>");
    for (size_t node = pool->taken; node < pool->drawn; node++)
        put_node(p, node, 0, PICTURE_WHOLE);
    if (cordon) { /* crossed out, for those who print in grey */
        cli_text_printf(p->text, "<path class=\"cross\" d=\"");
        for (size_t node = pool->taken; node < pool->drawn; node++)
            cli_text_printf(p->text, "M%" PRId64 " %" PRId64 "l%d %d", node_x(p, node) + 2,
                            node_y(p, node) + CELL - 2, CELL - 4, 4 - CELL);
        cli_text_printf(p->text, "\"/>");
    }
    cli_text_printf(p->text, "</g>\n");
}

/* ---- pools and clusters ---- */

static const char *product_of(const mp_object *device)
{
    const char *product = cli_string(cli_find(device, "attributes.productName.string"));

    return *product ? product : cli_string(cli_get(device, "name"));
}

static void put_text(cli_text *text, const char *class, int64_t x, int64_t y, const char *data,
                     size_t width)
{
    cli_text_printf(text, "<text class=\"%s\" x=\"%" PRId64 "\" y=\"%" PRId64 "\">", class, x, y);
    cli_markup_cut(text, data, width);
    cli_text_printf(text, "</text>\n");
}

/* "8 NVIDIA H200" of the pool's first device. */
static void put_pool_label(const pen *p, const picture_pool *pool, int64_t x)
{
    const mp_object *device = mp_object_first(pool->devices);
    int64_t free_nodes = pool->nodes > pool->used ? pool->nodes - pool->used : 0, count = 0;
    cli_text line = { 0 };

    cli_text_printf(&line, "%" PRId64 " of %" PRId64 " idle", free_nodes, pool->nodes);
    if (pool->used > pool->nodes)
        cli_text_printf(&line, ", %" PRId64 " too many", pool->used - pool->nodes);
    else if ((int64_t)pool->drawn < pool->nodes)
        cli_text_printf(&line, ", %zu drawn", pool->drawn);
    if (device) {
        (void)mp_object_int(cli_get(device, "count"), &count);
        cli_text_printf(&line, " \xc2\xb7 %" PRId64 " %s", count, product_of(device));
    }
    cli_text_printf(p->text, "<g><title>");
    cli_markup_put(p->text, pool->name);
    cli_text_printf(p->text, "\n");
    cli_markup_put(p->text, line.data);
    cli_text_printf(p->text, "</title>\n");
    put_text(p->text, "pool", x, p->y + 11, pool->name, 22);
    put_text(p->text, "small", x, p->y + 25, line.data, 30);
    cli_text_printf(p->text, "</g>\n");
    cli_text_fini(&line);
}

static void put_pool(const pen *p, const picture_cluster *cluster, const picture_pool *pool,
                     int64_t label_x)
{
    cli_text_printf(p->text, "<g class=\"row\">\n");
    put_pool_label(p, pool, label_x);
    put_idle(p, pool, cluster->cordon);
    if (pool->cell_count > 0)
        put_shared(p, pool, cluster->cordon ? "cordoned" : "free");
    for (size_t i = 0; i < pool->copy_count; i++)
        put_copy(p, pool, &pool->copies[i]);
    cli_text_printf(p->text, "</g>\n");
}

static void put_cluster(cli_text *text, const cli_picture *picture, const picture_cluster *cluster,
                        const block *b)
{
    int64_t x = b->x + PADDING;
    pen p = { text, picture, x + LABEL, b->y + HEAD, b->columns };

    cli_text_printf(text, "<g class=\"cluster%s\"><title>", cluster->cordon ? " closed" : "");
    cli_markup_put(text, cluster->name);
    if (cluster->cordon) {
        cli_text_printf(text, ": ");
        cli_markup_put(text, cluster->cordon);
    }
    cli_text_printf(text,
                    "</title>\n<rect class=\"block\" x=\"%" PRId64 "\" y=\"%" PRId64
                    "\" width=\"%" PRId64 "\" height=\"%" PRId64 "\" rx=\"6\"/>\n",
                    b->x, b->y, b->width, b->height);
    put_text(text, "name", x, b->y + 19, cluster->name, (size_t)(b->width / 9));
    put_text(text, cluster->cordon ? "small warn" : "small", x, b->y + 33,
             cluster->cordon ? cluster->cordon : "takes replicas", (size_t)(b->width / 6));
    for (size_t i = 0; i < cluster->pool_count; i++) {
        put_pool(&p, cluster, &cluster->pools[i], x);
        p.y += pool_height(&cluster->pools[i], b->columns);
    }
    if (cluster->more_pools)
        cli_text_printf(text,
                        "<text class=\"small\" x=\"%" PRId64 "\" y=\"%" PRId64
                        "\">and %zu more pools</text>\n",
                        x, p.y + 11, cluster->more_pools);
    cli_text_printf(text, "</g>\n");
}

/* ---- legend ---- */

typedef struct legend {
    cli_text *text;
    const cli_picture *picture;
    int64_t x, y;
    int64_t width; /* of the entry that is being put */
} legend;

/* Entries of at least `least`, so that those of deployments stand in columns. */
static void next_entry(legend *l, size_t characters, int64_t least)
{
    l->x += l->width;
    l->width = 2 * CELL + 12 + (int64_t)characters * 7;
    if (l->width < least)
        l->width = least;
    if (l->x > 0 && l->x + l->width > PAGE) {
        l->x = 0;
        l->y += LEGEND_ROW;
    }
}

static void put_state(legend *l, const char *state, const char *words)
{
    next_entry(l, strlen(words), 0);
    cli_text_printf(l->text,
                    "<g class=\"%s\"><rect x=\"%" PRId64 "\" y=\"%" PRId64
                    "\" width=\"%d\" height=\"%d\"/>",
                    state, l->x, l->y, CELL, CELL);
    if (strcmp(state, "cordoned") == 0)
        cli_text_printf(l->text, "<path class=\"cross\" d=\"M%" PRId64 " %" PRId64 "l%d %d\"/>",
                        l->x + 2, l->y + CELL - 2, CELL - 4, 4 - CELL);
    cli_text_printf(l->text, "</g>");
    put_text(l->text, "entry", l->x + CELL + 6, l->y + 12, words, 80);
}

static void put_owner(legend *l, size_t i)
{
    const picture_owner *owner = &l->picture->owners[i];
    cli_text words = { 0 };

    cli_text_printf(&words, "%s: ", owner->name);
    if (owner->known)
        cli_text_printf(&words, "%zu of %" PRId64 " replica%s", owner->replicas, owner->desired,
                        owner->desired == 1 ? "" : "s");
    else
        cli_text_printf(&words, "%zu replica%s, deployment unknown", owner->replicas,
                        owner->replicas == 1 ? "" : "s");
    if (owner->nodes > 0)
        cli_text_printf(&words, ", %" PRId64 " node%s", owner->nodes, owner->nodes == 1 ? "" : "s");
    next_entry(l, 0, PAGE / LEGEND_COLUMNS);
    cli_text_printf(l->text, "<g class=\"owner\"");
    put_owner_data(l->text, l->picture, i);
    cli_text_printf(l->text, "<title>");
    cli_markup_put(l->text, words.data);
    cli_text_printf(l->text,
                    "</title><rect x=\"%" PRId64 "\" y=\"%" PRId64
                    "\" width=\"%d\" height=\"%d\" fill=\"%s\"/>",
                    l->x, l->y, CELL, CELL, cli_owner_colour(i));
    cli_text_printf(l->text, "<text class=\"%s\" x=\"%" PRId64 "\" y=\"%" PRId64 "\">%zu</text>",
                    cli_owner_dark(i) ? "no light" : "no", l->x + CELL / 2, l->y + 11, i + 1);
    put_text(l->text, owner->refused ? "entry warn" : "entry", l->x + CELL + 6, l->y + 12,
             words.data, PAGE / LEGEND_COLUMNS / 7 - 3);
    cli_text_printf(l->text, "</g>\n");
    cli_text_fini(&words);
}

/* Deployments in a line each, as many as fit beside each other; returns where it ends. */
static int64_t put_legend(cli_text *text, const cli_picture *picture, int64_t y)
{
    legend l = { text, picture, 0, y, 0 };

    cli_text_printf(text, "<g class=\"legend\">\n");
    put_state(&l, "free", "free");
    put_state(&l, "cordoned", "cordoned: the cluster is tainted, not Ready or has no gateway");
    next_entry(&l, 30, 0);
    cli_text_printf(text,
                    "<rect class=\"gang\" x=\"%" PRId64 "\" y=\"%" PRId64
                    "\" width=\"%d\" height=\"%d\"/>",
                    l.x, l.y, 2 * CELL, CELL);
    put_text(text, "entry", l.x + 2 * CELL + 6, l.y + 12, "gang: one copy of an engine", 40);
    l = (legend){ text, picture, 0, l.y + LEGEND_ROW, 0 };
    for (size_t i = 0; i < picture->owner_count && i < LEGEND_MAX; i++)
        put_owner(&l, i);
    if (picture->owner_count > LEGEND_MAX) {
        cli_text more = { 0 };

        cli_text_printf(&more, "and %zu more", picture->owner_count - LEGEND_MAX);
        next_entry(&l, more.size, 0);
        put_text(text, "entry", l.x, l.y + 12, more.data, 40);
        cli_text_fini(&more);
    }
    cli_text_printf(text, "</g>\n");
    return l.y + LEGEND_ROW + GUTTER;
}

/* ---- the whole ---- */

static const char style[] =
    "<style>\n"
    ".fleet text{font-family:system-ui,-apple-system,'Segoe UI','DejaVu Sans',Arial,sans-serif;"
    "font-size:12px;fill:#1b1f24}\n"
    ".fleet .sum{font-size:16px;font-weight:600}.fleet .name{font-size:14px;font-weight:600}\n"
    ".fleet .small{font-size:10px;fill:#57606a}.fleet .warn{fill:#9a3412}.fleet "
    ".pool{font-weight:600}\n"
    ".fleet .no{font-size:8px;text-anchor:middle}.fleet .light{fill:#fff}\n"
    ".fleet .block{fill:#f6f8fa;stroke:#d0d7de}.fleet .closed .block{stroke-dasharray:6 "
    "4;stroke:#9a3412}\n"
    ".fleet .free rect{fill:#fff;stroke:#afb8c1}\n"
    ".fleet .cordoned rect{fill:#d8dee4;stroke:#8c959f}.fleet .cross{stroke:#57606a;fill:none}\n"
    ".fleet .gang{fill:none;stroke:#1b1f24;stroke-width:2;stroke-linejoin:round}\n"
    "</style>\n";

static void put_sum(cli_text *text, const cli_picture *picture)
{
    cli_text_printf(text,
                    "%zu cluster%s, %zu pool%s, %" PRId64 " node%s: %" PRId64 " used, %" PRId64
                    " free, %" PRId64 " cordoned",
                    picture->cluster_count, picture->cluster_count == 1 ? "" : "s",
                    picture->pool_count, picture->pool_count == 1 ? "" : "s", picture->nodes,
                    picture->nodes == 1 ? "" : "s", picture->used, picture->free,
                    picture->cordoned);
}

void cli_svg_put(cli_text *text, const cli_picture *picture)
{
    block *blocks = cli_resize(NULL, picture->cluster_count, sizeof *blocks);
    int64_t level[UNITS], bottom = 0;
    cli_text body = { 0 };

    cli_text_printf(&body, "<text class=\"sum\" x=\"0\" y=\"16\">");
    put_sum(&body, picture);
    cli_text_printf(&body, "</text>\n");
    bottom = put_legend(&body, picture, 32);
    for (size_t i = 0; i < UNITS; i++)
        level[i] = bottom;
    for (size_t i = 0; i < picture->cluster_count; i++) {
        int units = choose_width(&picture->clusters[i], &blocks[i]);

        place_block(&blocks[i], units, level);
        put_cluster(&body, picture, &picture->clusters[i], &blocks[i]);
    }
    for (size_t i = 0; i < UNITS; i++)
        bottom = level[i] > bottom ? level[i] : bottom;
    bottom += 2 * MARGIN - GUTTER;
    cli_text_printf(
        text,
        "<svg class=\"fleet\" xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%" PRId64
        "\" viewBox=\"%d %d %d %" PRId64 "\" role=\"img\">\n<title>",
        PAGE + 2 * MARGIN, bottom, -MARGIN, -MARGIN, PAGE + 2 * MARGIN, bottom);
    put_sum(text, picture);
    cli_text_printf(text,
                    "</title>\n%s<rect class=\"paper\" x=\"%d\" y=\"%d\" width=\"%d\" "
                    "height=\"%" PRId64 "\" fill=\"#fff\"/>\n",
                    style, -MARGIN, -MARGIN, PAGE + 2 * MARGIN, bottom);
    cli_text_put(text, body.data, body.size);
    cli_text_printf(text, "</svg>\n");
    cli_text_fini(&body);
    free(blocks);
}

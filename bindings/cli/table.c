/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables for people: left-aligned columns, two spaces between, no more than CLI_WIDTH wide.
 */
#include "cli.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GAP 2
#define NARROWEST 6

/* Code points; good enough for names, which are ASCII nearly always. */
static size_t text_width(const char *text)
{
    size_t width = 0;

    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

void cli_table_init(cli_table *table, const char *const *titles, size_t columns)
{
    *table = (cli_table){ .titles = titles, .columns = columns };
}

void cli_table_cell(cli_table *table, const char *text)
{
    if (table->count == table->capacity) {
        table->capacity = table->capacity ? 2 * table->capacity : 64;
        table->cells = cli_resize(table->cells, table->capacity, sizeof *table->cells);
    }
    table->cells[table->count] = cli_strdup(text);
    cli_clean(table->cells[table->count], false);
    table->count++;
}

/* The widest column gives way until the row fits. */
static void fit_widths(size_t *width, size_t columns)
{
    for (;;) {
        size_t total = GAP * (columns - 1), widest = 0;

        for (size_t i = 0; i < columns; i++) {
            total += width[i];
            if (width[i] > width[widest])
                widest = i;
        }
        if (total <= CLI_WIDTH || width[widest] <= NARROWEST)
            return;
        width[widest] -= 1;
    }
}

static void print_cell(const char *text, size_t width, bool last)
{
    size_t used = text_width(text), shown = used > width ? width - 1 : used;

    for (size_t left = shown; left > 0 && *text; left--) {
        putchar(*text++);
        while (((unsigned char)*text & 0xc0) == 0x80)
            putchar(*text++);
    }
    if (used > width) {
        putchar('~');
        shown++;
    }
    for (; !last && shown < width + GAP; shown++)
        putchar(' ');
}

static void print_row(const cli_table *table, const char *const *cells, const size_t *width)
{
    size_t last = 0;

    for (size_t i = 0; i < table->columns; i++)
        if (cells[i][0])
            last = i;
    for (size_t i = 0; i <= last; i++)
        print_cell(cells[i], width[i], i == last);
    putchar('\n');
}

void cli_table_print(const cli_table *table)
{
    size_t width[CLI_COLUMNS_MAX] = { 0 };

    for (size_t i = 0; i < table->columns; i++)
        width[i] = text_width(table->titles[i]);
    for (size_t i = 0; i < table->count; i++) {
        size_t w = text_width(table->cells[i]), column = i % table->columns;

        if (w > width[column])
            width[column] = w;
    }
    fit_widths(width, table->columns);
    print_row(table, table->titles, width);
    for (size_t i = 0; i + table->columns <= table->count; i += table->columns)
        print_row(table, (const char *const *)table->cells + i, width);
}

void cli_table_fini(cli_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        free(table->cells[i]);
    free(table->cells);
    *table = (cli_table){ 0 };
}

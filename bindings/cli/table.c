/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables and paragraphs for people: left-aligned columns, two spaces between, no more than
 * CLI_WIDTH wide, and colour where a terminal reads along (https://no-color.org).
 *
 * Widths are counted without colour, so a table has the same lines with and without.
 */
#define _POSIX_C_SOURCE 200809L
#include "cli.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GAP 2
#define NARROWEST 6
#define NARROWEST_PROSE 40

/* ---- colour ---- */

static bool takes_colour(void)
{
    const char *off = getenv("NO_COLOR"), *terminal = getenv("TERM");

    return !(off && *off) && terminal && *terminal && strcmp(terminal, "dumb") != 0 &&
           isatty(STDOUT_FILENO);
}

static void put_style(cli_style style, bool colour)
{
    static const char *const codes[] = { "",         "\033[1m",  "\033[2m",
                                         "\033[32m", "\033[33m", "\033[31m" };

    if (colour)
        fputs(codes[style], stdout);
}

static void end_style(cli_style style, bool colour)
{
    if (colour && style != CLI_PLAIN)
        fputs("\033[0m", stdout);
}

/* ---- texts ---- */

/* Code points; good enough for names, which are ASCII nearly always. */
static size_t text_width(const char *text)
{
    size_t width = 0;

    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

/* Bytes of the first `width` code points. */
static size_t prefix_size(const char *text, size_t width)
{
    size_t size = 0;

    while (text[size] && (width > 0 || ((unsigned char)text[size] & 0xc0) == 0x80)) {
        width -= ((unsigned char)text[size] & 0xc0) != 0x80;
        size++;
    }
    return size;
}

/* Bytes of a line of at most `width` code points: whole words, unless the first one is longer. */
static size_t line_size(const char *text, size_t width)
{
    size_t size = prefix_size(text, width), end = size;

    if (!text[size])
        return size;
    while (end > 0 && text[end] != ' ')
        end--;
    return end > 0 ? end : size;
}

static void put_spaces(size_t count)
{
    while (count-- > 0)
        putchar(' ');
}

/* Print a text from column `first` on, at most `width` wide, what is left over from `next` on. */
static void put_prose(const char *text, size_t first, size_t next, size_t width, cli_style style,
                      bool colour)
{
    size_t used = line_size(text, width - first);

    for (;;) {
        put_style(style, colour);
        (void)fwrite(text, 1, used, stdout);
        end_style(style, colour);
        text += used;
        while (*text == ' ')
            text++;
        putchar('\n');
        if (!*text)
            return;
        put_spaces(next);
        used = line_size(text, width - next);
    }
}

void cli_paragraph(size_t indent, cli_style style, const char *format, ...)
{
    cli_text text = { 0 };
    va_list args;

    va_start(args, format);
    cli_text_vprintf(&text, format, args);
    va_end(args);
    if (text.data) {
        cli_clean(text.data, false);
        put_spaces(indent);
        put_prose(text.data, indent, indent + 2, CLI_WIDTH, style, takes_colour());
    }
    cli_text_fini(&text);
}

/* ---- tables ---- */

void cli_table_init(cli_table *table, const char *const *titles, size_t columns)
{
    *table = (cli_table){ .titles = titles, .columns = columns };
}

void cli_table_cell_styled(cli_table *table, const char *text, cli_style style)
{
    cli_cell cell = { cli_strdup(text), style };

    if (table->count == table->capacity) {
        table->capacity = table->capacity ? 2 * table->capacity : 64;
        table->cells = cli_resize(table->cells, table->capacity, sizeof *table->cells);
    }
    cli_clean(cell.text, false);
    table->cells[table->count++] = cell;
}

void cli_table_cell(cli_table *table, const char *text)
{
    cli_table_cell_styled(table, text, CLI_PLAIN);
}

/* The widest column gives way until the row fits; prose does first, as it loses nothing. */
static void fit_widths(size_t *width, const cli_table *table)
{
    size_t last = table->columns - 1;

    for (;;) {
        size_t total = table->indent + GAP * last, widest = 0;

        for (size_t i = 0; i < table->columns; i++) {
            total += width[i];
            if (width[i] > width[widest])
                widest = i;
        }
        if (table->wrap && width[last] > NARROWEST_PROSE)
            widest = last;
        if (total <= CLI_WIDTH || width[widest] <= NARROWEST)
            return;
        width[widest] -= 1;
    }
}

static void put_cell(const cli_cell *cell, size_t width, bool last, bool colour)
{
    size_t used = text_width(cell->text);
    bool cut = used > width;

    put_style(cell->style, colour);
    (void)fwrite(cell->text, 1, prefix_size(cell->text, cut ? width - 1 : width), stdout);
    if (cut)
        putchar('~');
    end_style(cell->style, colour);
    if (!last)
        put_spaces(width + GAP - (cut ? width : used));
}

static void put_row(const cli_table *table, const cli_cell *cells, const size_t *width, bool colour)
{
    size_t last = 0, column = table->indent;

    for (size_t i = 0; i < table->columns; i++)
        if (cells[i].text[0])
            last = i;
    put_spaces(table->indent);
    for (size_t i = 0; i <= last; i++) {
        if (table->wrap && i + 1 == table->columns) {
            put_prose(cells[i].text, column, column, column + width[i], cells[i].style, colour);
            return;
        }
        put_cell(&cells[i], width[i], i == last, colour);
        column += width[i] + GAP;
    }
    putchar('\n');
}

void cli_table_print(const cli_table *table)
{
    size_t width[CLI_COLUMNS_MAX] = { 0 };
    cli_cell titles[CLI_COLUMNS_MAX];
    bool colour = takes_colour();

    for (size_t i = 0; i < table->columns; i++) {
        titles[i] = (cli_cell){ cli_strdup(table->titles[i]), CLI_TITLE };
        width[i] = text_width(table->titles[i]);
    }
    for (size_t i = 0; i < table->count; i++) {
        size_t w = text_width(table->cells[i].text), column = i % table->columns;

        if (w > width[column])
            width[column] = w;
    }
    fit_widths(width, table);
    put_row(table, titles, width, colour);
    for (size_t i = 0; i < table->columns; i++)
        free(titles[i].text);
    for (size_t i = 0; i + table->columns <= table->count; i += table->columns)
        put_row(table, table->cells + i, width, colour);
}

void cli_table_fini(cli_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        free(table->cells[i].text);
    free(table->cells);
    *table = (cli_table){ 0 };
}

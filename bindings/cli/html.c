/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page: the drawing, the plan and the reasons in one file that needs no network.
 *
 * Everything is there without script; the script only hides what a search does not find.  A policy
 * in the page's head forbids it to load or to send anything, whatever names a manifest holds.
 */
#include "picture.h"
#include <inttypes.h>
#include <string.h>

#define CARRIED 3 /* columns of the plan whose blank cells repeat what stands above */

static const char head[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
    "style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<title>Plan of a fleet</title>\n"
    "<style>\n"
    ":root{color-scheme:light}\n"
    "body{font:14px/1.45 system-ui,-apple-system,'Segoe UI','DejaVu Sans',Arial,sans-serif;"
    "margin:0;color:#1b1f24;background:#fff}\n"
    "header{position:sticky;top:0;background:#fff;border-bottom:1px solid #d0d7de;"
    "padding:10px 20px;display:flex;gap:16px;align-items:center;flex-wrap:wrap;z-index:1}\n"
    "main{padding:0 20px 40px;max-width:1280px}\n"
    "h1{font-size:18px;margin:0}h2{font-size:16px;margin:28px 0 8px}\n"
    "input{font:inherit;padding:5px 10px;border:1px solid #8c959f;border-radius:6px;width:22em}\n"
    "table{border-collapse:collapse;width:100%}\n"
    "th,td{text-align:left;padding:4px 10px 4px 0;border-bottom:1px solid #eaeef2;"
    "vertical-align:top;overflow-wrap:anywhere}\n"
    "th{font-size:12px;color:#57606a}.again{color:#8c959f}\n"
    ".good{color:#116329}.bad{color:#a40e26}.doubtful{color:#7d4e00}\n"
    ".picture{overflow-x:auto}.picture svg{margin-left:-20px}\n"
    "details{margin:6px 0;border:1px solid #d0d7de;border-radius:6px;padding:6px 12px}\n"
    "summary{cursor:pointer;overflow-wrap:anywhere}.fix{font-weight:600}\n"
    ".swatch{display:inline-block;width:11px;height:11px;margin-right:6px;border-radius:2px}\n"
    "[hidden]{display:none}.dim{opacity:.12}.owner{cursor:pointer}\n"
    "</style>\n</head>\n";

/* Words are looked for in any order; a row of the plan knows its blank cells, a row of reasons the
 * deployment above it, a copy in the picture its cluster. */
static const char script[] =
    "<script>\n"
    "'use strict';\n"
    "const box = document.getElementById('find'), found = document.getElementById('found');\n"
    "const fold = text => text.toLowerCase();\n"
    "const titles = (node, words) => {\n"
    "  for (let n = node; n && n.tagName !== 'svg'; n = n.parentNode)\n"
    "    for (const t of n.children || []) if (t.tagName === 'title') words.push(t.textContent);\n"
    "  return words.join(' ');\n"
    "};\n"
    "const rows = [...document.querySelectorAll('tbody tr')].map(row => {\n"
    "  const about = row.closest('details');\n"
    "  return { row, about, text: fold(row.textContent + ' ' + (about ? "
    "about.querySelector('summary').textContent : '')) };\n"
    "});\n"
    "const copies = [...document.querySelectorAll('.fleet [data-owner]')].map(node =>\n"
    "  ({ node, text: fold(titles(node, [])) }));\n"
    "function search() {\n"
    "  const words = fold(box.value).split(/\\s+/).filter(w => w);\n"
    "  const hit = text => words.every(w => text.includes(w));\n"
    "  const open = new Set();\n"
    "  let count = 0;\n"
    "  for (const r of rows) {\n"
    "    const shown = hit(r.text);\n"
    "    r.row.hidden = !shown;\n"
    "    count += shown;\n"
    "    if (shown && r.about) open.add(r.about);\n"
    "  }\n"
    "  for (const d of document.querySelectorAll('details'))\n"
    "    d.hidden = !open.has(d) && !hit(fold(d.textContent));\n"
    "  for (const c of copies) c.node.classList.toggle('dim', !hit(c.text));\n"
    "  found.textContent = words.length ? count + (count === 1 ? ' row' : ' rows') : '';\n"
    "}\n"
    "box.addEventListener('input', search);\n"
    "document.addEventListener('keydown', e => {\n"
    "  if (e.key === '/' && document.activeElement !== box) { e.preventDefault(); box.focus(); }\n"
    "  if (e.key === 'Escape') { box.value = ''; search(); }\n"
    "});\n"
    "for (const c of copies) c.node.addEventListener('click', () => {\n"
    "  const name = c.node.getAttribute('data-name');\n"
    "  box.value = box.value === name ? '' : name;\n"
    "  search();\n"
    "});\n"
    "function fromLink() {\n"
    "  if (!location.hash.startsWith('#find=')) return;\n"
    "  box.value = decodeURIComponent(location.hash.slice(6));\n"
    "  search();\n"
    "}\n"
    "addEventListener('hashchange', fromLink);\n"
    "fromLink();\n"
    "</script>\n";

/* ---- tables ---- */

static const char *class_of(cli_style style)
{
    switch (style) {
    case CLI_GOOD:
        return "good";
    case CLI_BAD:
        return "bad";
    case CLI_DOUBTFUL:
        return "doubtful";
    case CLI_FAINT:
        return "again";
    default:
        return "";
    }
}

static void put_cell(cli_text *text, const char *class, const char *data)
{
    cli_text_printf(text, *class ? "<td class=\"%s\">" : "<td%s>", class);
    cli_markup_put(text, data);
    cli_text_printf(text, "</td>");
}

/* In the first `carried` columns a blank cell says again what stands above it, but faintly. */
static void put_table(cli_text *text, const cli_table *table, size_t carried)
{
    const char *above[CARRIED] = { "", "", "" };

    cli_text_printf(text, "<table>\n<thead><tr>");
    for (size_t i = 0; i < table->columns; i++)
        cli_text_printf(text, "<th>%s</th>", table->titles[i]);
    cli_text_printf(text, "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < table->count; i++) {
        const cli_cell *cell = &table->cells[i];
        size_t column = i % table->columns;
        bool again = column < carried && !cell->text[0];

        if (column == 0)
            cli_text_printf(text, "<tr>");
        put_cell(text, again ? "again" : class_of(cell->style), again ? above[column] : cell->text);
        if (column < carried && !again)
            above[column] = cell->text;
        if (column + 1 == table->columns)
            cli_text_printf(text, "</tr>\n");
    }
    cli_text_printf(text, "</tbody>\n</table>\n");
}

/* ---- sections ---- */

static void put_plan(cli_text *text, const mp_object *plans)
{
    cli_table table;

    cli_plan_table(&table, plans);
    cli_text_printf(text, "<section id=\"plan\">\n<h2>Plan</h2>\n");
    if (table.count > 0)
        put_table(text, &table, CARRIED);
    else
        cli_text_printf(text, "<p>Nothing is placed.</p>\n");
    cli_text_printf(text, "</section>\n");
    cli_table_fini(&table);
}

static void put_fix(cli_text *text, const mp_object *plan)
{
    if (!cli_is_refused(plan) || !cli_find(plan, "reasons.fix"))
        return;
    cli_text_printf(text, "<p class=\"fix doubtful\">cheapest fix, on ");
    cli_markup_put(text, cli_string(cli_find(plan, "reasons.fix.cluster")));
    cli_text_printf(text, ": ");
    cli_markup_put(text, cli_string(cli_find(plan, "reasons.fix.message")));
    cli_text_printf(text, "</p>\n");
}

static void put_reasons_of(cli_text *text, const mp_object *plan, const char *colour)
{
    bool refused = cli_is_refused(plan);
    cli_text line = { 0 };
    cli_table table;

    cli_headline_put(&line, plan);
    cli_text_printf(text,
                    "<details%s>\n<summary%s><span class=\"swatch\" "
                    "style=\"background:%s\"></span>",
                    refused ? " open" : "", refused ? " class=\"bad\"" : "", colour);
    cli_markup_put(text, line.data);
    cli_text_printf(text, "</summary>\n");
    cli_reason_table(&table, plan, true);
    if (table.count > 0)
        put_table(text, &table, 1);
    put_fix(text, plan);
    cli_text_printf(text, "</details>\n");
    cli_table_fini(&table);
    cli_text_fini(&line);
}

/* The refused first, then those whose reasons were asked for as well. */
static void put_reasons(cli_text *text, const mp_object *plans)
{
    for (int pass = 0; pass < 2; pass++) {
        const mp_object *plan = mp_object_first(plans);
        size_t shown = 0;

        cli_text_printf(text, pass == 0 ? "<section id=\"refused\">\n<h2>Refused</h2>\n"
                                        : "<section id=\"placed\">\n");
        for (size_t i = 0; plan; plan = mp_object_next(plan), i++) {
            if (cli_is_refused(plan) != (pass == 0) || (pass == 1 && !cli_get(plan, "reasons")))
                continue;
            if (shown++ == 0 && pass == 1)
                cli_text_printf(text, "<h2>Placed, and where one more would fit</h2>\n");
            put_reasons_of(text, plan, cli_owner_colour(i));
        }
        if (shown == 0 && pass == 0)
            cli_text_printf(text, "<p>Nothing.</p>\n");
        cli_text_printf(text, "</section>\n");
    }
}

void cli_html_put(cli_text *text, const cli_picture *picture, const mp_object *plans)
{
    cli_text line = { 0 };

    cli_summary_put(&line, plans);
    cli_text_put(text, head, sizeof head - 1);
    cli_text_printf(text,
                    "<body>\n<header>\n<h1>Plan of a fleet</h1>\n"
                    "<input id=\"find\" type=\"search\" autocomplete=\"off\" "
                    "placeholder=\"search: deployment, cluster, pool, reason\" "
                    "aria-label=\"search\">\n<span id=\"found\" role=\"status\"></span>\n"
                    "<span>%s</span>\n</header>\n<main>\n<section class=\"picture\">\n",
                    line.data);
    cli_svg_put(text, picture);
    cli_text_printf(text, "</section>\n");
    put_plan(text, plans);
    put_reasons(text, plans);
    cli_text_printf(text, "</main>\n");
    cli_text_put(text, script, sizeof script - 1);
    cli_text_printf(text, "</body>\n</html>\n");
    cli_text_fini(&line);
}

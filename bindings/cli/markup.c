/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What drawings and pages are made of: colours, and text that is safe in markup.
 */
#include "picture.h"
#include <string.h>

/* ---- colours ---- */

/* Far apart from each other, and from the greys of nodes that nobody holds; the first eight are
 * those of Okabe and Ito, which most colour-blind readers tell apart. */
static const struct {
    const char *fill;
    bool dark; /* takes white text */
} colours[] = {
    { "#0072b2", true },  { "#e69f00", false }, { "#009e73", true },  { "#cc79a7", false },
    { "#56b4e9", false }, { "#d55e00", true },  { "#f0e442", false }, { "#5b3a8c", true },
    { "#8dd35f", false }, { "#8c510a", true },  { "#00b5ad", false }, { "#c51b4a", true },
    { "#b39ddb", false }, { "#4d7c0f", true },  { "#ff8a65", false }, { "#1a237e", true },
};
#define COLOURS (sizeof colours / sizeof *colours)

const char *cli_owner_colour(size_t owner)
{
    return colours[owner % COLOURS].fill;
}

bool cli_owner_dark(size_t owner)
{
    return colours[owner % COLOURS].dark;
}

/* ---- markup ---- */

/* Bytes of a character that XML 1.0 cannot hold: a control character, U+FFFE or U+FFFF. */
static size_t forbidden_size(const unsigned char *c)
{
    if (c[0] == 0x7f || (c[0] < 0x20 && c[0] != '\n' && c[0] != '\t'))
        return 1;
    if (c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0)
        return 2;
    return c[0] == 0xef && c[1] == 0xbf && c[2] >= 0xbe ? 3 : 0;
}

static const char *entity_of(char c)
{
    switch (c) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

static void put_markup(cli_text *text, const char *data, size_t size)
{
    for (size_t i = 0; i < size;) {
        size_t bad = forbidden_size((const unsigned char *)data + i);
        const char *entity = bad ? "?" : entity_of(data[i]);

        if (entity)
            cli_text_put(text, entity, strlen(entity));
        else
            cli_text_put(text, data + i, 1);
        i += bad ? bad : 1;
    }
}

void cli_markup_put(cli_text *text, const char *data)
{
    put_markup(text, data, strlen(data));
}

void cli_markup_cut(cli_text *text, const char *data, size_t width)
{
    size_t size = 0, used = 0, last = 0;

    while (data[size] && (used < width || ((unsigned char)data[size] & 0xc0) == 0x80)) {
        if (((unsigned char)data[size] & 0xc0) != 0x80) {
            used++;
            last = size;
        }
        size++;
    }
    put_markup(text, data, data[size] ? last : size);
    if (data[size])
        cli_text_printf(text, "\xe2\x80\xa6");
}

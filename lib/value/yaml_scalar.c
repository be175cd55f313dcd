/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strings in YAML.
 *
 * YAML 1.1 and 1.2, and the readers of each, differ in which unquoted words are numbers, booleans,
 * dates or merge keys.  So a string goes unquoted only if it looks like none of these to anybody:
 * what may stand first is a list of what is allowed, and anything that begins like a number and
 * holds only what some number or date may hold is quoted.  Characters that some reader takes for a
 * line break, strips, or refuses are escaped, and so are those that nobody can see.
 */
#include "yaml_internal.h"

/* ---- characters ---- */

/* Line breaks of YAML 1.1, controls, byte order marks, surrogates' neighbours, non-characters,
 * spaces other than ' ', format and direction marks. */
static bool must_escape(uint32_t c)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        { 0x0000, 0x001F }, { 0x007F, 0x00A0 }, { 0x00AD, 0x00AD }, { 0x034F, 0x034F },
        { 0x061C, 0x061C }, { 0x1680, 0x1680 }, { 0x180B, 0x180F }, { 0x2000, 0x200F },
        { 0x2028, 0x202F }, { 0x205F, 0x206F }, { 0x3000, 0x3000 }, { 0xFDD0, 0xFDEF },
        { 0xFE00, 0xFE0F }, { 0xFEFF, 0xFEFF }, { 0xFFF0, 0xFFFC }, { 0xE0000, 0xE0FFF }
    };

    if (c >= 0x20 && c < 0x7F)
        return false;
    if ((c & 0xFFFE) == 0xFFFE)
        return true;
    for (size_t i = 0; i < MP__COUNT(ranges); i++) {
        if (c >= ranges[i].first && c <= ranges[i].last)
            return true;
    }
    return false;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* ---- what an unquoted string would be taken for ---- */

/* Equal but for the case of ASCII letters; `word` is in lower case. */
static bool is_word(const char *text, size_t size, const char *word)
{
    if (strlen(word) != size)
        return false;
    for (size_t i = 0; i < size; i++) {
        char c = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] - 'A' + 'a') : text[i];

        if (c != word[i])
            return false;
    }
    return true;
}

static bool is_reserved(const char *text, size_t size)
{
    static const char *const words[] = { "null", "true", "false", "yes",   "no",    "on",  "off",
                                         "y",    "n",    ".inf",  "+.inf", "-.inf", ".nan" };

    for (size_t i = 0; i < MP__COUNT(words); i++) {
        if (is_word(text, size, words[i]))
            return true;
    }
    return false;
}

/* Could be a number (0x1F, 0o17, 1_000, 1e3, 12:30:45), a date or a time for some reader. */
static bool is_numeric(const char *text, size_t size)
{
    static const char in_numbers[] = "0123456789abcdefABCDEFxXoOtTzZ_.,:+- ";
    bool digit = false, letter = false;

    if (!is_digit(text[0]) && memchr("+-.", text[0], 3) == NULL)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (memchr(in_numbers, text[i], sizeof in_numbers - 1) == NULL)
            return false;
        digit = digit || is_digit(text[i]);
        letter = letter || is_letter(text[i]);
    }
    return digit || !letter; /* "-c" is neither number nor date */
}

/* May stand first, unquoted.  Of ASCII all but letters, digits and these are indicators, or are
 * words of their own to some reader (=, <<, ~). */
static bool may_begin_plain(const char *text, size_t size)
{
    char c = text[0];

    if (c == '-' && (size == 1 || text[1] == ' '))
        return false;
    if (size >= 3 && (memcmp(text, "---", 3) == 0 || memcmp(text, "...", 3) == 0))
        return false; /* at the start of a line these divide documents */
    return is_letter(c) || is_digit(c) || (unsigned char)c >= 0x80 ||
           memchr("_/.$()^+;\\-", c, 11) != NULL;
}

/* `text` is one line of characters that need no escape, with no space at either end. */
static bool may_be_plain(const char *text, size_t size)
{
    if (!may_begin_plain(text, size) || is_reserved(text, size) || is_numeric(text, size))
        return false;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == ':' && (i + 1 == size || text[i + 1] == ' '))
            return false;
        if (text[i] == '#' && text[i - 1] == ' ') /* '#' may not begin, so i > 0 */
            return false;
    }
    return true;
}

/* ---- choosing ---- */

/*
 * A literal block holds its lines as they are.  Left out: an empty or indented first line (readers
 * find the indent from it), lines that end in white space (editors and people lose it) and lines
 * that begin with a tab.
 */
static bool may_be_literal(const char *text, size_t size)
{
    bool line_start = true;

    if (text[0] == ' ' || text[0] == '\n')
        return false;
    for (size_t i = 0; i < size; i++) {
        bool line_end = i + 1 == size || text[i + 1] == '\n';

        if ((line_start && text[i] == '\t') || (line_end && (text[i] == ' ' || text[i] == '\t')))
            return false;
        line_start = text[i] == '\n';
    }
    return true;
}

mp__yaml_style mp__yaml_choose(const char *text, size_t size, bool block)
{
    bool breaks = false, tabs = false, marks = false;
    size_t pos = 0;
    uint32_t c;

    if (size == 0)
        return MP__YAML_DOUBLE;
    while (pos < size) {
        if (!mp__utf8_next(text, size, &pos, &c))
            return MP__YAML_DOUBLE;
        if (c == '\n')
            breaks = true;
        else if (c == '\t')
            tabs = true;
        else if (must_escape(c))
            return MP__YAML_DOUBLE;
        marks = marks || c == '"' || c == '\\';
    }
    if (breaks)
        return block && may_be_literal(text, size) ? MP__YAML_LITERAL : MP__YAML_DOUBLE;
    if (tabs)
        return MP__YAML_DOUBLE;
    if (text[0] != ' ' && text[size - 1] != ' ' && may_be_plain(text, size))
        return MP__YAML_PLAIN;
    return marks ? MP__YAML_SINGLE : MP__YAML_DOUBLE;
}

/* ---- writing ---- */

static void put_hex(mp__sink *sink, char letter, uint32_t c, int digits)
{
    static const char hex[] = "0123456789ABCDEF";

    mp__sink_putc(sink, '\\');
    mp__sink_putc(sink, letter);
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4)
        mp__sink_putc(sink, hex[c >> shift & 15]);
}

static void put_escape(mp__sink *sink, uint32_t c)
{
    if (c == '\n')
        mp__sink_put(sink, MP__LIT("\\n"));
    else if (c == '\t')
        mp__sink_put(sink, MP__LIT("\\t"));
    else if (c == '\r')
        mp__sink_put(sink, MP__LIT("\\r"));
    else if (c == '"')
        mp__sink_put(sink, MP__LIT("\\\""));
    else if (c == '\\')
        mp__sink_put(sink, MP__LIT("\\\\"));
    else if (c <= 0xFF)
        put_hex(sink, 'x', c, 2);
    else if (c <= 0xFFFF)
        put_hex(sink, 'u', c, 4);
    else
        put_hex(sink, 'U', c, 8);
}

static void put_double_quoted(mp__sink *sink, const char *text, size_t size)
{
    size_t start = 0, pos = 0; /* text[start, pos) needs no escape and is not yet put */

    mp__sink_putc(sink, '"');
    while (pos < size) {
        size_t here = pos;
        uint32_t c;

        if (!mp__utf8_next(text, size, &pos, &c)) {
            mp__sink_put(sink, text + start, here - start);
            mp__sink_put(sink, MP__LIT("\xEF\xBF\xBD"));
            start = ++pos;
        } else if (c == '"' || c == '\\' || must_escape(c)) {
            mp__sink_put(sink, text + start, here - start);
            put_escape(sink, c);
            start = pos;
        }
    }
    mp__sink_put(sink, text + start, size - start);
    mp__sink_putc(sink, '"');
}

static void put_single_quoted(mp__sink *sink, const char *text, size_t size)
{
    mp__sink_putc(sink, '\'');
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\'')
            mp__sink_putc(sink, '\'');
        mp__sink_putc(sink, text[i]);
    }
    mp__sink_putc(sink, '\'');
}

/* |- for no newline at the end, | for one, |+ for more. */
static void put_literal(mp__sink *sink, const char *text, size_t size, size_t indent)
{
    const char *end = text + size;

    mp__sink_putc(sink, '|');
    if (text[size - 1] != '\n')
        mp__sink_putc(sink, '-');
    else if (text[size - 2] == '\n') /* does not begin with a newline, so there are two bytes */
        mp__sink_putc(sink, '+');
    mp__sink_putc(sink, '\n');
    while (text < end) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        size_t line = (size_t)((stop != NULL ? stop : end) - text);

        if (line != 0)
            mp__sink_repeat(sink, ' ', indent);
        mp__sink_put(sink, text, line);
        mp__sink_putc(sink, '\n');
        text += line + (stop != NULL ? 1 : 0);
    }
}

void mp__yaml_put_string(mp__sink *sink, mp__yaml_style style, const char *text, size_t size,
                         size_t indent)
{
    switch (style) {
    case MP__YAML_PLAIN:
        mp__sink_put(sink, text, size);
        return;
    case MP__YAML_SINGLE:
        put_single_quoted(sink, text, size);
        return;
    case MP__YAML_LITERAL:
        put_literal(sink, text, size, indent);
        return;
    case MP__YAML_DOUBLE:
        break;
    }
    put_double_quoted(sink, text, size);
}

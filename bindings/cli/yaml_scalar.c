/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plain scalars of YAML, as kubectl reads them.
 *
 * Its reader (sigs.k8s.io/yaml over go-yaml 2) follows YAML 1.1: yes, no, on, off, y and n are
 * booleans; 0x, 0o, 0b and a leading 0 give integers in base 16, 8, 2 and 8; underscores between
 * digits are dropped; timestamps, and numbers beyond the range of a double, stay strings.
 */
#include "cli.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool one_of(const char *text, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(text, *words) == 0)
            return true;
    return false;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static unsigned digit_value(char c)
{
    if (is_digit(c))
        return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (unsigned)(c - 'a') + 10;
    if (c >= 'A' && c <= 'F')
        return (unsigned)(c - 'A') + 10;
    return 99;
}

/* An integer with optional sign and base prefix; NULL if it is none or beyond uint64. */
static mp_object *make_integer(mp_doc *doc, const char *text)
{
    bool negative = *text == '-';
    unsigned base = 10;
    uint64_t value = 0;

    text += *text == '-' || *text == '+';
    if (text[0] == '0' && text[1]) {
        char c = text[1];

        base = c == 'x' || c == 'X' ? 16 : c == 'b' || c == 'B' ? 2 : 8;
        text += base != 8 || c == 'o' || c == 'O' ? 2 : 1;
    }
    if (!*text)
        return NULL;
    for (; *text; text++) {
        unsigned digit = digit_value(*text);

        if (digit >= base || value > (UINT64_MAX - digit) / base)
            return NULL;
        value = value * base + digit;
    }
    if (!negative)
        return mp_object_new_uint(doc, value);
    if (value > (uint64_t)INT64_MAX + 1)
        return NULL;
    return mp_object_new_int(doc, value ? -(int64_t)(value - 1) - 1 : 0);
}

/* [-+]? ( .digits | digits [. digits?] ) ( [eE] [-+]? digits )? */
static bool is_float(const char *text)
{
    size_t before = 0, after = 0;

    text += *text == '-' || *text == '+';
    for (; is_digit(*text); text++)
        before++;
    if (*text == '.')
        for (text++; is_digit(*text); text++)
            after++;
    if (before + after == 0)
        return false;
    if (*text == 'e' || *text == 'E') {
        text++;
        text += *text == '-' || *text == '+';
        if (!is_digit(*text))
            return false;
        while (is_digit(*text))
            text++;
    }
    return *text == '\0';
}

static mp_object *make_number(mp_doc *doc, const char *text, size_t size)
{
    char plain[128];
    size_t used = 0;
    mp_object *node;

    if (!is_digit(*text) && !strchr("+-.", *text))
        return NULL;
    if (size >= sizeof plain)
        return NULL;
    for (size_t i = 0; i < size; i++)
        if (text[i] != '_')
            plain[used++] = text[i];
    plain[used] = '\0';
    node = make_integer(doc, plain);
    if (!node && is_float(plain)) {
        double value = strtod(plain, NULL); /* the program never leaves the "C" locale */

        if (isfinite(value))
            node = mp_object_new_double(doc, value);
    }
    return node;
}

mp_object *cli_yaml_plain(mp_doc *doc, const char *text, size_t size)
{
    static const char *const nulls[] = { "", "~", "null", "Null", "NULL", NULL };
    static const char *const trues[] = { "y",    "Y",    "yes", "Yes", "YES", "true",
                                         "True", "TRUE", "on",  "On",  "ON",  NULL };
    static const char *const falses[] = { "n",     "N",     "no",  "No",  "NO",  "false",
                                          "False", "FALSE", "off", "Off", "OFF", NULL };
    mp_object *node = NULL;

    if (memchr(text, '\0', size))
        return mp_object_new_string(doc, text, size);
    if (one_of(text, nulls))
        return mp_object_new_null(doc);
    if (one_of(text, trues))
        return mp_object_new_bool(doc, true);
    if (one_of(text, falses))
        return mp_object_new_bool(doc, false);
    node = make_number(doc, text, size);
    return node ? node : mp_object_new_string(doc, text, size);
}

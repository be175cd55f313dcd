/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines on standard error, growing text, memory: what every other file needs.
 */
#include "cli.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *cli_resize(void *block, size_t count, size_t item_size)
{
    void *grown = NULL;

    if (count == 0)
        count = 1;
    if (count <= SIZE_MAX / item_size)
        grown = realloc(block, count * item_size);
    if (!grown) {
        fputs("modelplane: out of memory\n", stderr);
        exit(CLI_INPUT);
    }
    return grown;
}

char *cli_strdup(const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(cli_resize(NULL, size, 1), text, size);
}

void cli_text_put(cli_text *text, const char *data, size_t size)
{
    if (size >= SIZE_MAX / 4 || text->size >= SIZE_MAX / 4)
        (void)cli_resize(NULL, SIZE_MAX, 2);
    if (text->size + size + 1 > text->capacity) {
        text->capacity = 2 * (text->size + size + 1);
        text->data = cli_resize(text->data, text->capacity, 1);
    }
    if (size)
        memcpy(text->data + text->size, data, size);
    text->size += size;
    text->data[text->size] = '\0';
}

void cli_text_vprintf(cli_text *text, const char *format, va_list args)
{
    va_list again;
    int size;

    va_copy(again, args);
    size = vsnprintf(NULL, 0, format, args);
    if (size >= 0) {
        char *line = cli_resize(NULL, (size_t)size + 1, 1);

        (void)vsnprintf(line, (size_t)size + 1, format, again);
        cli_text_put(text, line, (size_t)size);
        free(line);
    }
    va_end(again);
}

void cli_text_printf(cli_text *text, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    cli_text_vprintf(text, format, args);
    va_end(args);
}

void cli_text_fini(cli_text *text)
{
    free(text->data);
    *text = (cli_text){ 0 };
}

/* Control characters, C1 among them (two bytes in UTF-8), become "?". */
void cli_clean(char *text, bool keep_newline)
{
    unsigned char *p = (unsigned char *)text;

    for (; *p; p++) {
        if ((*p < 0x20 && !(keep_newline && *p == '\n')) || *p == 0x7f)
            *p = '?';
        else if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
            p[0] = p[1] = '?';
    }
}

static void say(const char *prefix, const char *format, va_list args)
{
    cli_text line = { 0 };

    cli_text_put(&line, prefix, strlen(prefix));
    cli_text_vprintf(&line, format, args);
    cli_clean(line.data, false);
    fprintf(stderr, "%s\n", line.data);
    cli_text_fini(&line);
}

void cli_fail(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say("modelplane: ", format, args);
    va_end(args);
}

void cli_say(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say("", format, args);
    va_end(args);
}

void cli_print(const char *format, ...)
{
    cli_text line = { 0 };
    va_list args;

    va_start(args, format);
    cli_text_vprintf(&line, format, args);
    va_end(args);
    if (line.data) {
        cli_clean(line.data, true);
        fputs(line.data, stdout);
    }
    cli_text_fini(&line);
}

const char *cli_string(const mp_object *node)
{
    const char *text = mp_object_string(node, NULL);

    return text ? text : "";
}

const mp_object *cli_get(const mp_object *map, const char *key)
{
    return mp_object_get(map, key, MP_NTS);
}

const mp_object *cli_find(const mp_object *map, const char *path)
{
    while (map && *path) {
        size_t size = strcspn(path, ".");

        map = mp_object_get(map, path, size);
        path += size + (path[size] == '.');
    }
    return map;
}

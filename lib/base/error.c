/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filling the caller's error record.
 *
 * The first error stays: a later one is most often a consequence of it.  Whatever the arguments
 * held, the text comes out as one line of valid UTF-8, because messages quote documents that
 * strangers wrote and end up in logs and terminals.
 */
#include "base_internal.h"
#include <stdio.h>

/* Make a text of `size` bytes printable in place: a character that was cut at the end is dropped,
 * malformed bytes and control characters become '?'. */
static void tidy(char *text, size_t size, bool was_cut)
{
    size_t pos = 0;

    while (pos < size) {
        size_t start = pos;
        uint32_t c;

        if (!mp__utf8_next(text, size, &pos, &c)) {
            if (was_cut && size - start < 4 && (unsigned char)text[start] >= 0xC2) {
                text[start] = '\0';
                return;
            }
            text[pos++] = '?';
        } else if (c < 0x20 || c == 0x7F) {
            text[start] = c == '\n' || c == '\t' ? ' ' : '?';
        } else if ((c >= 0x80 && c < 0xA0) || c == 0x2028 || c == 0x2029) {
            memset(text + start, '?', pos - start);
        }
    }
}

/* vsnprintf and tidy. */
static void format(char *out, size_t size, const char *fmt, va_list args)
{
    int wanted = vsnprintf(out, size, fmt, args);

    if (wanted < 0)
        out[0] = '\0';
    tidy(out, strlen(out), wanted >= 0 && (size_t)wanted >= size);
}

void mp__error_clear(mp_error *err)
{
    if (err == NULL)
        return;
    err->status = MP_OK;
    err->offset = MP_NO_OFFSET;
    err->line = 0;
    err->column = 0;
    err->path[0] = '\0';
    err->text[0] = '\0';
}

mp_status mp__fail(mp_error *err, mp_status status, const char *fmt, ...)
{
    va_list args;

    if (err == NULL || err->status != MP_OK)
        return status;
    err->status = status;
    va_start(args, fmt);
    format(err->text, sizeof err->text, fmt, args);
    va_end(args);
    return status;
}

mp_status mp__fail_at(mp_error *err, mp_status status, size_t offset, uint32_t line,
                      uint32_t column, const char *fmt, ...)
{
    va_list args;

    if (err == NULL || err->status != MP_OK)
        return status;
    err->status = status;
    err->offset = offset;
    err->line = line;
    err->column = column;
    va_start(args, fmt);
    format(err->text, sizeof err->text, fmt, args);
    va_end(args);
    return status;
}

mp_status mp__fail_nomem(mp_error *err)
{
    return mp__fail(err, MP_ENOMEM, "out of memory");
}

void mp__error_set_path(mp_error *err, const char *fmt, ...)
{
    va_list args;

    if (err == NULL || err->status == MP_OK || err->path[0] != '\0')
        return;
    va_start(args, fmt);
    format(err->path, sizeof err->path, fmt, args);
    va_end(args);
}

void mp__error_prefix_path(mp_error *err, const char *fmt, ...)
{
    char path[MP_ERROR_PATH_SIZE];
    size_t size, rest, dot;
    bool cut;
    va_list args;

    if (err == NULL || err->status == MP_OK)
        return;
    va_start(args, fmt);
    format(path, sizeof path, fmt, args);
    va_end(args);
    size = strlen(path);
    if (size == 0)
        return;
    rest = strlen(err->path);
    dot = rest != 0 && err->path[0] != '[' ? 1 : 0;
    if (dot != 0 && size + 1 < sizeof path)
        path[size++] = '.';
    cut = rest > sizeof path - 1 - size;
    if (cut)
        rest = sizeof path - 1 - size;
    memcpy(path + size, err->path, rest);
    path[size + rest] = '\0';
    memcpy(err->path, path, size + rest + 1);
    tidy(err->path, size + rest, cut);
}

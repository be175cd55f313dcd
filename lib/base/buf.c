/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Buffer: bytes that grow at the end.
 *
 * Capacity always counts the NUL that follows the bytes.  After a failure every put does nothing,
 * so that a run of them shares one check of `failed` (or mp__buf_take(), which checks it).
 */
#include "base_internal.h"
#include <stdio.h>

void mp__buf_init(mp__buf *buf, const mp_allocator *alloc)
{
    memset(buf, 0, sizeof *buf);
    buf->alloc = mp__allocator(alloc);
}

void mp__buf_fini(mp__buf *buf)
{
    if (buf->data != NULL)
        mp__free(&buf->alloc, buf->data);
    buf->data = NULL;
    buf->size = buf->capacity = 0;
    buf->failed = false;
}

void mp__buf_clear(mp__buf *buf)
{
    buf->size = 0;
    buf->failed = false;
    if (buf->data != NULL)
        buf->data[0] = '\0';
}

/* Room for `more` bytes and a NUL. */
static bool reserve(mp__buf *buf, size_t more)
{
    if (buf->failed)
        return false;
    if (more < buf->capacity - buf->size)
        return true;
    if (more >= SIZE_MAX - buf->size ||
        !mp__grow(&buf->alloc, &buf->data, &buf->capacity, buf->size + more + 1, 1)) {
        buf->failed = true;
        return false;
    }
    return true;
}

void mp__buf_put(mp__buf *buf, const char *data, size_t size)
{
    if (!reserve(buf, size))
        return;
    if (size != 0)
        memcpy(buf->data + buf->size, data, size);
    buf->size += size;
    buf->data[buf->size] = '\0';
}

void mp__buf_putc(mp__buf *buf, char c)
{
    mp__buf_put(buf, &c, 1);
}

void mp__buf_puts(mp__buf *buf, const char *text)
{
    mp__buf_put(buf, text, strlen(text));
}

void mp__buf_printf(mp__buf *buf, const char *fmt, ...)
{
    va_list args;
    int wanted;

    va_start(args, fmt);
    wanted = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (wanted < 0) {
        buf->failed = true;
        return;
    }
    if (!reserve(buf, (size_t)wanted))
        return;
    va_start(args, fmt);
    vsnprintf(buf->data + buf->size, (size_t)wanted + 1, fmt, args);
    va_end(args);
    buf->size += (size_t)wanted;
}

void mp__buf_put_utf8(mp__buf *buf, uint32_t code_point)
{
    char bytes[4];

    mp__buf_put(buf, bytes, mp__utf8_encode(code_point, bytes));
}

mp_status mp__buf_take(mp__buf *buf, mp_text *out, mp_error *err)
{
    memset(out, 0, sizeof *out);
    mp__buf_put(buf, "", 0); /* an empty text has its NUL too */
    if (buf->failed) {
        mp__buf_fini(buf);
        return mp__fail_nomem(err);
    }
    out->data = buf->data;
    out->size = buf->size;
    out->allocator = buf->alloc;
    buf->data = NULL;
    buf->size = buf->capacity = 0;
    return MP_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Output of the writers: small pieces are gathered into chunks, long runs go through as they are.
 */
#include "object_internal.h"

void mp__sink_init(mp__sink *sink, mp_write_fn fn, void *user)
{
    sink->fn = fn;
    sink->user = user;
    sink->status = MP_OK;
    sink->used = 0;
}

static void flush(mp__sink *sink)
{
    if (sink->status == MP_OK && sink->used != 0)
        sink->status = sink->fn(sink->chunk, sink->used, sink->user);
    sink->used = 0;
}

void mp__sink_put(mp__sink *sink, const char *data, size_t size)
{
    if (size > sizeof sink->chunk - sink->used) {
        flush(sink);
        if (size >= sizeof sink->chunk) {
            if (sink->status == MP_OK)
                sink->status = sink->fn(data, size, sink->user);
            return;
        }
    }
    if (size != 0)
        memcpy(sink->chunk + sink->used, data, size);
    sink->used += size;
}

void mp__sink_putc(mp__sink *sink, char c)
{
    if (sink->used == sizeof sink->chunk)
        flush(sink);
    sink->chunk[sink->used++] = c;
}

void mp__sink_repeat(mp__sink *sink, char c, size_t count)
{
    for (; count > 0; count--)
        mp__sink_putc(sink, c);
}

mp_status mp__sink_finish(mp__sink *sink, mp_error *err)
{
    flush(sink);
    if (sink->status == MP_ENOMEM)
        return mp__fail_nomem(err);
    if (sink->status != MP_OK)
        return mp__fail(err, sink->status, "writing was ended by the receiver: %s",
                        mp_status_text(sink->status));
    return MP_OK;
}

mp_status mp__sink_to_buf(const char *data, size_t size, void *user)
{
    mp__buf *buf = user;

    mp__buf_put(buf, data, size);
    return buf->failed ? MP_ENOMEM : MP_OK;
}

mp_status mp__write_text(mp__write_tree_fn write, const mp_allocator *alloc, const mp_object *node,
                         unsigned flags, mp_text *out, mp_error *err)
{
    mp__buf buf;
    mp_status st;

    mp__error_clear(err);
    if (out == NULL)
        return mp__fail(err, MP_EINVAL, "no place for the text");
    memset(out, 0, sizeof *out);
    mp__buf_init(&buf, alloc);
    st = write(node, flags, mp__sink_to_buf, &buf, err);
    if (st == MP_OK)
        st = mp__buf_take(&buf, out, err);
    mp__buf_fini(&buf);
    return st;
}

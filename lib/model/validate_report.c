/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What walks along a schema share: the path of the node they are at, and reporting.
 */
#include "validate_internal.h"

#define QUOTE_MAX 64 /* characters of a text of the document that a message repeats */

void mp__check_init(mp__check *check, const mp_allocator *alloc, mp_violation_fn fn, void *user,
                    mp_error *err)
{
    memset(check, 0, sizeof *check);
    check->fn = fn;
    check->user = user;
    check->err = err;
    mp__buf_init(&check->path, alloc);
    mp__buf_init(&check->message, alloc);
}

mp_status mp__check_finish(mp__check *check, mp_status done)
{
    mp_status st = check->status != MP_OK ? check->status : done;

    mp__buf_fini(&check->path);
    mp__buf_fini(&check->message);
    if (st == MP_ENOMEM) {
        mp__error_clear(check->err); /* of the violation that came first */
        return mp__fail_nomem(check->err);
    }
    return st;
}

/* ---- paths, as mp_object_path() writes them ---- */

static bool is_plain(mp__str key)
{
    for (size_t i = 0; i < key.size; i++) {
        char c = key.data[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';

        if (!letter && (i == 0 || !((c >= '0' && c <= '9') || c == '-')))
            return false;
    }
    return key.size != 0;
}

static void put_quoted_key(mp__buf *path, mp__str key)
{
    mp__buf_puts(path, "[\"");
    for (size_t i = 0; i < key.size; i++) {
        unsigned char c = (unsigned char)key.data[i];

        if (c < 0x20 || c == 0x7F)
            mp__buf_printf(path, "\\u%04x", c);
        else if (c == '"' || c == '\\')
            mp__buf_printf(path, "\\%c", c);
        else
            mp__buf_putc(path, (char)c);
    }
    mp__buf_puts(path, "\"]");
}

void mp__check_enter_key(mp__check *check, mp__str key)
{
    if (!is_plain(key)) {
        put_quoted_key(&check->path, key);
    } else {
        mp__buf_puts(&check->path, check->path.size != 0 ? "." : "");
        mp__buf_put(&check->path, key.data, key.size);
    }
    if (check->path.failed)
        check->status = MP_ENOMEM;
}

void mp__check_return(mp__check *check, size_t size)
{
    check->path.size = size;
    if (check->path.data)
        check->path.data[size] = '\0';
}

void mp__check_enter_index(mp__check *check, size_t index)
{
    mp__buf_printf(&check->path, "[%zu]", index);
    if (check->path.failed)
        check->status = MP_ENOMEM;
}

/* ---- reporting ---- */

void mp__break(mp__check *check, const mp_object *node, unsigned rule, const char *message)
{
    mp_violation violation = { check->path.data ? check->path.data : "", message, node, rule };

    if (check->status != MP_OK)
        return;
    if (check->path.failed || check->message.failed) {
        check->status = MP_ENOMEM;
        return;
    }
    if (check->count++ == 0) {
        mp__fail_at(check->err, MP_EDOC, mp_object_offset(node), mp_object_line(node), 0, "%s",
                    message);
        mp__error_set_path(check->err, "%s", violation.path);
    }
    if (check->fn && !check->fn(&violation, check->user))
        check->status = MP_ESTOPPED;
}

void mp__break_missing(mp__check *check, const mp_object *map, const char *field, unsigned rule,
                       const char *message)
{
    size_t size = check->path.size;

    mp__check_enter_key(check, (mp__str){ field, strlen(field) });
    mp__break(check, map, rule, message);
    mp__check_return(check, size);
}

void mp__break_message(mp__check *check, const mp_object *node)
{
    mp__break(check, node, 0, check->message.data ? check->message.data : "");
}

void mp__put_quoted(mp__buf *out, mp__str text)
{
    size_t pos = 0;

    mp__buf_putc(out, '"');
    for (size_t i = 0; pos < text.size; i++) {
        uint32_t c;

        if (i == QUOTE_MAX) {
            mp__buf_puts(out, "...");
            break;
        }
        if (!mp__utf8_next(text.data, text.size, &pos, &c)) {
            pos++;
            mp__buf_putc(out, '?');
        } else if (c == '\n') {
            mp__buf_puts(out, "\\n");
        } else if (c == '"' || c == '\\') {
            mp__buf_printf(out, "\\%c", (char)c);
        } else if (c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029) {
            mp__buf_putc(out, '?');
        } else {
            mp__buf_put_utf8(out, c);
        }
    }
    mp__buf_putc(out, '"');
}

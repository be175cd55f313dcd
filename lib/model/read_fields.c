/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields of documents, with errors that say where.
 */
#include "read_internal.h"
#include <stdio.h>

static mp_status fail(const mp_object *node, const char *path, mp_error *err, const char *text)
{
    mp_status st =
        mp__fail_at(err, MP_EDOC, mp_object_offset(node), mp_object_line(node), 0, "%s", text);

    mp__error_set_path(err, "%s", path);
    return st;
}

/* A short text that says what a node is. */
static void describe(const mp_object *node, char *out, size_t size)
{
    int64_t number;

    if (mp_object_is_string(node))
        snprintf(out, size, "\"%.40s\"", mp_object_string(node, NULL));
    else if (mp_object_int(node, &number))
        snprintf(out, size, "%lld", (long long)number);
    else if (mp_object_is_list(node) || mp_object_is_map(node))
        snprintf(out, size, "a %s", mp_object_type_name(mp_object_type(node)));
    else if (mp_object_type(node) == MP_OBJECT_BOOL)
        snprintf(out, size, "%s", mp_object_bool(node, false) ? "true" : "false");
    else
        snprintf(out, size, "%s", mp_object_type(node) == MP_OBJECT_NULL ? "null" : "a number");
}

mp_status mp__read_fail(const mp_object *node, const char *expected, mp_error *err)
{
    char path[MP_ERROR_PATH_SIZE], actual[64], text[160];

    mp_object_path(node, path, sizeof path);
    describe(node, actual, sizeof actual);
    snprintf(text, sizeof text, "must be %s; is %s", expected, actual);
    return fail(node, path, err, text);
}

mp_status mp__read_missing(const mp_object *map, const char *key, mp_error *err)
{
    char path[MP_ERROR_PATH_SIZE], whole[MP_ERROR_PATH_SIZE + 64];

    mp_object_path(map, path, sizeof path);
    snprintf(whole, sizeof whole, "%s%s%s", path, path[0] ? "." : "", key);
    return fail(map, whole, err, "is required");
}

mp_status mp__read_refused(const mp_object *node, mp_status st, mp_error *err)
{
    char path[MP_ERROR_PATH_SIZE];

    mp__fail_at(err, st, mp_object_offset(node), mp_object_line(node), 0, "%s", mp_status_text(st));
    mp_object_path(node, path, sizeof path);
    mp__error_set_path(err, "%s", path);
    return st;
}

/* The field, or NULL if it is absent or null. */
static const mp_object *field(const mp_object *map, const char *key)
{
    const mp_object *node = mp_object_get(map, key, strlen(key));

    return mp_object_type(node) == MP_OBJECT_NULL ? NULL : node;
}

mp_status mp__read_map(const mp_object *map, const char *key, const mp_object **out, mp_error *err)
{
    *out = field(map, key);
    return !*out || mp_object_is_map(*out) ? MP_OK : mp__read_fail(*out, "a map", err);
}

mp_status mp__read_list(const mp_object *map, const char *key, const mp_object **out, mp_error *err)
{
    *out = field(map, key);
    return !*out || mp_object_is_list(*out) ? MP_OK : mp__read_fail(*out, "a list", err);
}

mp_status mp__read_str(const mp_object *map, const char *key, mp__str *out, mp_error *err)
{
    const mp_object *node = field(map, key);

    *out = mp__object_str(node);
    return !node || out->data ? MP_OK : mp__read_fail(node, "a string", err);
}

mp_status mp__read_int(const mp_object *map, const char *key, int64_t fallback, int64_t *out,
                       mp_error *err)
{
    const mp_object *node = field(map, key);
    double real;

    *out = fallback;
    if (!node || mp_object_int(node, out))
        return MP_OK;
    if (mp_object_type(node) == MP_OBJECT_DOUBLE && mp_object_double(node, &real) && real > -9e18 &&
        real < 9e18) {
        *out = (int64_t)real;
        return MP_OK;
    }
    return mp__read_fail(node, "an integer", err);
}

mp_status mp__read_metadata(const mp_object *document, const mp_object **metadata, mp__str *name,
                            mp_error *err)
{
    mp_status st;

    if (!mp_object_is_map(document))
        return mp__read_fail(document, "a map", err);
    st = mp__read_map(document, "metadata", metadata, err);
    if (st == MP_OK && !*metadata)
        st = mp__read_missing(document, "metadata", err);
    if (st == MP_OK)
        st = mp__read_str(*metadata, "name", name, err);
    return st == MP_OK && !name->size ? mp__read_missing(*metadata, "name", err) : st;
}

mp_status mp__read_labels(const mp_object *labels, mp__read_label_fn set, void *target,
                          mp_error *err)
{
    mp_status st = MP_OK;

    for (const mp_object *o = mp_object_first(labels); o && st == MP_OK; o = mp_object_next(o)) {
        mp__str key, value = mp__object_str(o);

        key.data = mp_object_key(o, &key.size);
        if (!value.data)
            return mp__read_fail(o, "a string", err);
        st = set(target, key.data, key.size, value.data, value.size);
        if (st != MP_OK)
            return mp__read_refused(labels, st, err);
    }
    return st;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of composed objects.
 *
 * A name is the readable part cut to 57 characters plus "-" and five hex digits of a hash of all
 * that makes it distinct, so it never exceeds the 63 characters of a DNS label.  The hash is added
 * even where the name would fit: otherwise a short name could equal the hashed form of another.
 *
 * Characters are code points, not bytes; a byte that is no UTF-8 counts as one character.
 */
#include "compose_internal.h"

#define NAME_VISIBLE_MAX 57 /* 63 less the hyphen and the digits */
#define NAME_HASH_DIGITS 5
#define GROVE_VISIBLE_MAX 18 /* Grove makes pod names of at most 45 characters from it */

/* Bytes of a code point are at most four; the rest is the hyphen, the digits and the NUL. */
static_assert(sizeof((mp__name *)0)->data >= NAME_VISIBLE_MAX * 4 + 1 + NAME_HASH_DIGITS + 1,
              "a name of four-byte characters fits");

/* Append at most *room characters of `text`; *room becomes what is left. */
static void put_characters(mp__name *name, mp__str text, size_t *room)
{
    size_t end = 0;

    for (; *room > 0 && end < text.size; --*room) {
        uint32_t code_point;

        if (!mp__utf8_next(text.data, text.size, &end, &code_point))
            end++;
    }
    if (end > 0)
        memcpy(name->data + name->size, text.data, end);
    name->size += end;
}

/* `room` characters of the first `visible` parts can be read in the name, but for those of `loose`
 * at their end; all parts are hashed. */
static void make_name(const mp__str *parts, size_t count, size_t visible, size_t room,
                      const char *loose, mp__name *name)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char digest[32];
    mp__sha256 hash;
    size_t i;

    name->size = 0;
    mp__sha256_init(&hash);
    for (i = 0; i < count; i++) {
        if (i > 0)
            mp__sha256_update(&hash, "-", 1);
        mp__sha256_update(&hash, parts[i].data, parts[i].size);
        if (i < visible) {
            if (i > 0)
                put_characters(name, MP__STR("-"), &room);
            put_characters(name, parts[i], &room);
        }
    }
    mp__sha256_final(&hash, digest);

    while (name->size > 0 && memchr(loose, name->data[name->size - 1], strlen(loose)))
        name->size--;
    name->data[name->size++] = '-';
    for (i = 0; i < NAME_HASH_DIGITS; i++) {
        unsigned byte = digest[i / 2];

        name->data[name->size++] = hex[i % 2 == 0 ? byte >> 4 : byte & 15u];
    }
    name->data[name->size] = '\0';
}

mp__str mp__child_name(const mp__str *parts, size_t count, mp__name *name)
{
    make_name(parts, count, count, NAME_VISIBLE_MAX, "-", name);
    return (mp__str){ name->data, name->size };
}

mp__str mp__object_name(mp__str parent, mp__str key, mp__name *name)
{
    const mp__str parts[] = { parent, key };

    make_name(parts, MP__COUNT(parts), MP__COUNT(parts), NAME_VISIBLE_MAX, "-.", name);
    return (mp__str){ name->data, name->size };
}

mp__str mp__opaque_name(const mp__str *parts, size_t count, mp__name *name)
{
    make_name(parts, count, 1, NAME_VISIBLE_MAX, "-", name);
    return (mp__str){ name->data, name->size };
}

mp__str mp__grove_name(const mp__str *parts, size_t count, mp__name *name)
{
    make_name(parts, count, count, GROVE_VISIBLE_MAX, "-", name);
    return (mp__str){ name->data, name->size };
}

/* ---- the exported forms ---- */

typedef mp__str (*namer)(const mp__str *parts, size_t count, mp__name *name);

static mp_status name_text(namer make, const mp_allocator *alloc, const char *const *parts,
                           const size_t *sizes, size_t count, mp_text *out, mp_error *err)
{
    mp_allocator a = mp__allocator(alloc);
    mp__str *strs = NULL;
    mp__name name;
    mp__str made;
    mp__buf buf;
    mp_status st;
    size_t i;

    *out = (mp_text){ 0 };
    mp__error_clear(err);
    if (count == 0 || parts == NULL)
        return mp__fail(err, MP_EINVAL, "a name needs at least one part");
    strs = mp__calloc(&a, count, sizeof *strs);
    if (strs == NULL)
        return mp__fail_nomem(err);
    for (i = 0; i < count; i++)
        strs[i] = mp__str_make(parts[i], sizes != NULL ? sizes[i] : MP_NTS);

    made = make(strs, count, &name);
    mp__free(&a, strs);
    mp__buf_init(&buf, &a);
    mp__buf_put(&buf, made.data, made.size);
    st = mp__buf_take(&buf, out, err);
    mp__buf_fini(&buf);
    return st;
}

mp_status mp_child_name(const mp_allocator *alloc, const char *const *parts, const size_t *sizes,
                        size_t count, mp_text *out, mp_error *err)
{
    return name_text(mp__child_name, alloc, parts, sizes, count, out, err);
}

mp_status mp_opaque_name(const mp_allocator *alloc, const char *const *parts, const size_t *sizes,
                         size_t count, mp_text *out, mp_error *err)
{
    return name_text(mp__opaque_name, alloc, parts, sizes, count, out, err);
}

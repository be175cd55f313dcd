/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions of strings and lists, and optionals.  Positions count code points.
 */
#include "functions_internal.h"

#define FN(name) mp__value mp__fn_##name(mp__machine *m, const mp__value *args)

static mp__value fail(const char *text)
{
    return mp__error(MP__FAIL_TEXT, mp__str_make(text, MP_NTS));
}

static mp__value index_error(int64_t index)
{
    mp__value v = mp__error(MP__FAIL_INDEX, (mp__str){ 0 });

    v.as.integer = index;
    return v;
}

/* Byte offset of code point number `n`; the size of the text where n is its length. */
static size_t offset_of(mp__str s, size_t n)
{
    size_t at = 0;

    for (; n > 0 && at < s.size; n--) {
        at++;
        while (at < s.size && ((unsigned char)s.data[at] & 0xC0) == 0x80)
            at++;
    }
    return at;
}

static mp__str slice(mp__str s, size_t start, size_t end)
{
    return (mp__str){ s.data + start, end - start };
}

/* Where the greatest suffix begins, by one order of bytes or the other; *period is its period. */
static size_t greatest_suffix(mp__str s, bool reversed, size_t *period)
{
    size_t begin = 0, j = 1, k = 0; /* a rival at j agrees in k bytes */

    *period = 1;
    while (j + k < s.size) {
        unsigned char rival = (unsigned char)s.data[j + k], best = (unsigned char)s.data[begin + k];

        if (rival == best) {
            k++;
            if (k == *period) {
                j += k;
                k = 0;
            }
        } else if (reversed ? rival > best : rival < best) {
            j += k + 1;
            k = 0;
            *period = j - begin;
        } else {
            begin = j++;
            k = 0;
            *period = 1;
        }
    }
    return begin;
}

/* Crochemore and Perrin's two-way search: time in proportion to the text, whatever is sought. */
static size_t find_two_way(mp__str s, mp__str needle, size_t at)
{
    const char *x = needle.data;
    size_t n = needle.size, p, q, kept = 0;
    size_t middle = greatest_suffix(needle, false, &p), other = greatest_suffix(needle, true, &q);
    bool periodic;

    if (other > middle) {
        middle = other;
        p = q;
    }
    periodic = middle + p <= n && memcmp(x, x + p, middle) == 0;
    if (!periodic)
        p = (middle > n - middle ? middle : n - middle) + 1;
    while (at + n <= s.size) {
        const char *y = s.data + at;
        size_t k = middle > kept ? middle : kept;

        while (k < n && x[k] == y[k])
            k++;
        if (k < n) {
            at += k - middle + 1;
            kept = 0;
            continue;
        }
        for (k = middle; k > kept && x[k - 1] == y[k - 1];)
            k--;
        if (k <= kept)
            return at;
        at += p;
        kept = periodic ? n - p : 0;
    }
    return SIZE_MAX;
}

/* Guesses by the first byte before the way that is never slow is taken. */
#define GUESSES 64

size_t mp__text_find(mp__str s, mp__str needle, size_t from)
{
    if (needle.size == 0)
        return from;
    for (int guess = 0; from + needle.size <= s.size; guess++) {
        const char *at = memchr(s.data + from, needle.data[0], s.size - needle.size - from + 1);

        if (!at)
            return SIZE_MAX;
        from = (size_t)(at - s.data);
        if (guess == GUESSES)
            return find_two_way(s, needle, from);
        if (memcmp(at, needle.data, needle.size) == 0)
            return from;
        from++;
    }
    return SIZE_MAX;
}

FN(size)
{
    (void)m;
    return mp__int((int64_t)mp__cost_size(&args[0]));
}

FN(contains)
{
    (void)m;
    return mp__bool(mp__text_find(mp__text_of(&args[0]), mp__text_of(&args[1]), 0) != SIZE_MAX);
}

FN(starts_with)
{
    (void)m;
    return mp__bool(args[0].size >= args[1].size &&
                    memcmp(args[0].as.text, args[1].as.text, args[1].size) == 0);
}

FN(ends_with)
{
    (void)m;
    return mp__bool(
        args[0].size >= args[1].size &&
        memcmp(args[0].as.text + args[0].size - args[1].size, args[1].as.text, args[1].size) == 0);
}

/* ---- positions ---- */

FN(char_at)
{
    mp__str s = mp__text_of(&args[0]);
    int64_t i = args[1].as.integer, count = (int64_t)mp__utf8_count(s.data, s.size);
    size_t start;

    (void)m;
    if (i < 0 || i > count)
        return index_error(i);
    start = offset_of(s, (size_t)i);
    return mp__string(slice(s, start, start + offset_of(slice(s, start, s.size), 1)));
}

/* Whether the call has a third argument: the offset. */
static bool has_offset(const mp__machine *m)
{
    return m->calling->arg_count == 3;
}

FN(index_of)
{
    mp__str s = mp__text_of(&args[0]), needle = mp__text_of(&args[1]);
    int64_t count = (int64_t)mp__utf8_count(s.data, s.size);
    int64_t from = has_offset(m) ? args[2].as.integer : 0;
    size_t at;

    if (from < 0)
        return index_error(from);
    if (needle.size == 0)
        return mp__int(from < count || m->cel->evaluator < 37 ? from : count);
    if (from >= count)
        return mp__int(-1);
    at = mp__text_find(s, needle, offset_of(s, (size_t)from));
    return mp__int(at == SIZE_MAX ? -1 : (int64_t)mp__utf8_count(s.data, at));
}

FN(last_index_of)
{
    mp__str s = mp__text_of(&args[0]), needle = mp__text_of(&args[1]);
    int64_t count = (int64_t)mp__utf8_count(s.data, s.size);
    int64_t from = has_offset(m) ? args[2].as.integer : count;
    size_t at;

    if (from < 0)
        return index_error(from);
    if (needle.size == 0)
        return mp__int(from < count || m->cel->evaluator < 37 ? from : count);
    if (has_offset(m) && from >= count)
        return mp__int(-1);
    if (needle.size > s.size)
        return mp__int(-1);
    at = offset_of(s, (size_t)from);
    if (at > s.size - needle.size)
        at = s.size - needle.size;
    for (at++; at-- > 0;)
        if (memcmp(s.data + at, needle.data, needle.size) == 0)
            return mp__int((int64_t)mp__utf8_count(s.data, at));
    return mp__int(-1);
}

FN(substring)
{
    mp__str s = mp__text_of(&args[0]);
    int64_t count = (int64_t)mp__utf8_count(s.data, s.size);
    int64_t start = args[1].as.integer, end = has_offset(m) ? args[2].as.integer : count;

    if (start < 0 || start > count)
        return index_error(start);
    if (end < 0 || end > count)
        return index_error(end);
    if (start > end)
        return fail("invalid substring range: start is behind end");
    return mp__string(slice(s, offset_of(s, (size_t)start), offset_of(s, (size_t)end)));
}

/* ---- new texts ---- */

static mp__value map_ascii(mp__machine *m, const mp__value *v, char from, char to)
{
    char *text = mp__arena_alloc(&m->arena, v->size);
    mp__value out = *v;

    if (!text)
        return mp__no_memory(m);
    for (size_t i = 0; i < v->size; i++) {
        char c = v->as.text[i];

        text[i] = c >= from && c <= from + 25 ? (char)(c - from + to) : c;
    }
    out.as.text = text;
    return out;
}

FN(lower)
{
    return map_ascii(m, &args[0], 'A', 'a');
}

FN(upper)
{
    return map_ascii(m, &args[0], 'a', 'A');
}

/* Moves a finished buffer into the machine's arena. */
static mp__value take_buffer(mp__machine *m, mp__buf *buf)
{
    mp__value v = buf->failed ? mp__no_memory(m)
                              : mp__make_text(m, MP__STRING, buf->size ? buf->data : "", buf->size);

    mp__buf_fini(buf);
    return v;
}

/* Bytes of a text that replace() or join() makes, whose cost does not follow the result's size. */
#define TEXT_MAX ((size_t)16 << 20)

FN(replace)
{
    mp__str s = mp__text_of(&args[0]), from = mp__text_of(&args[1]), to = mp__text_of(&args[2]);
    int64_t left = m->calling->arg_count == 4 ? args[3].as.integer : -1; /* below 0: all */
    size_t at = 0, next, step;
    mp__buf buf;

    mp__buf_init(&buf, &m->arena.alloc);
    for (; left != 0 && buf.size <= TEXT_MAX; left -= left > 0) {
        next = mp__text_find(s, from, at);
        if (next == SIZE_MAX)
            break;
        mp__buf_put(&buf, s.data + at, next - at);
        mp__buf_put(&buf, to.data, to.size);
        at = next + from.size;
        if (from.size > 0)
            continue;
        /* Nothing is found before every code point, and at the end. */
        if (at == s.size)
            break;
        step = offset_of(slice(s, at, s.size), 1);
        mp__buf_put(&buf, s.data + at, step);
        at += step;
    }
    mp__buf_put(&buf, s.data + at, s.size - at);
    if (buf.size > TEXT_MAX) {
        mp__buf_fini(&buf);
        return fail("the replaced string is too long");
    }
    return take_buffer(m, &buf);
}

/* Appends one part to a list that grows; false when out of memory. */
typedef struct parts {
    mp__value *items;
    size_t count, capacity;
} parts;

static bool add_part(mp__machine *m, parts *p, mp__str part)
{
    if (p->count == p->capacity) {
        size_t wider = p->capacity ? p->capacity * 2 : 8;
        mp__value *grown = MP__NEW_ARRAY(&m->arena, mp__value, wider);

        if (!grown)
            return false;
        if (p->count)
            memcpy(grown, p->items, p->count * sizeof *grown);
        p->items = grown;
        p->capacity = wider;
    }
    p->items[p->count++] = mp__string(part);
    return true;
}

FN(split)
{
    mp__str s = mp__text_of(&args[0]), by = mp__text_of(&args[1]);
    int64_t limit = has_offset(m) ? args[2].as.integer : -1;
    size_t at = 0;
    parts p = { 0 };

    while (limit != 0) {
        size_t next = by.size ? mp__text_find(s, by, at) : at + offset_of(slice(s, at, s.size), 1);
        bool last = limit == 1 || next == SIZE_MAX || (by.size == 0 && next >= s.size);

        if (by.size == 0 && s.size == 0)
            break;
        if (!add_part(m, &p, slice(s, at, last ? s.size : next)))
            return mp__no_memory(m);
        if (last)
            break;
        at = next + by.size;
        limit -= limit > 0;
    }
    return mp__make_list(m, p.items, p.count);
}

/* Unicode's White_Space property. */
static bool is_space(uint32_t c)
{
    return (c >= 9 && c <= 13) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
           c == 0x205F || c == 0x3000;
}

FN(trim)
{
    mp__str s = mp__text_of(&args[0]);
    size_t start = 0, end = 0, at = 0;
    bool seen = false;

    (void)m;
    while (at < s.size) {
        uint32_t c;
        size_t here = at;

        if (!mp__utf8_next(s.data, s.size, &at, &c)) {
            c = 0xFFFD;
            at++;
        }
        if (is_space(c))
            continue;
        if (!seen)
            start = here;
        seen = true;
        end = at;
    }
    return mp__string(slice(s, start, end));
}

FN(join)
{
    const mp__list *list = args[0].as.list;
    mp__str by = m->calling->arg_count == 2 ? mp__text_of(&args[1]) : MP__STR("");
    mp__buf buf;

    mp__buf_init(&buf, &m->arena.alloc);
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].kind != MP__STRING || buf.size > TEXT_MAX) {
            mp__buf_fini(&buf);
            return list->items[i].kind == MP__STRING
                       ? fail("the joined string is too long")
                       : mp__error(MP__FAIL_NO_OVERLOAD, MP__STR("join"));
        }
        if (i > 0)
            mp__buf_put(&buf, by.data, by.size);
        mp__buf_put(&buf, list->items[i].as.text, list->items[i].size);
    }
    return take_buffer(m, &buf);
}

/* ---- lists and optionals ---- */

FN(first)
{
    const mp__list *list = args[0].as.list;

    return mp__make_optional(m, list->count ? &list->items[0] : NULL);
}

FN(last)
{
    const mp__list *list = args[0].as.list;

    return mp__make_optional(m, list->count ? &list->items[list->count - 1] : NULL);
}

/* Before 1.37, lists longer than attributes may be were not looked through. */
#define OLD_INCLUDES_MAX 48

static mp__value old_includes(mp__machine *m, const mp__list *list, const mp__value *v)
{
    for (size_t i = 0; i < list->count; i++) {
        mp__value same;

        if (i == OLD_INCLUDES_MAX)
            return fail("the list has more elements than includes() looks at");
        same = mp__equal(m, &list->items[i], v);
        if (same.kind == MP__BOOL && same.as.boolean)
            return same;
    }
    return mp__bool(false);
}

/* A list holds the value, or the value itself is equal; an error of equality counts as unequal. */
FN(includes)
{
    mp__value same;

    if (args[0].kind == MP__LIST && m->cel->evaluator < 37)
        return old_includes(m, args[0].as.list, &args[1]);
    if (args[0].kind == MP__LIST)
        return mp__fn_in_list(m, (const mp__value[]){ args[1], args[0] });
    same = mp__equal(m, &args[0], &args[1]);
    return same.kind == MP__BOOL ? same : mp__bool(false);
}

FN(list_index)
{
    const mp__list *list = args[0].as.list;

    (void)m;
    for (size_t i = 0; i < list->count; i++) {
        mp__value same = mp__equal(m, &list->items[i], &args[1]);

        if (same.kind == MP__BOOL && same.as.boolean)
            return mp__int((int64_t)i);
    }
    return mp__int(-1);
}

FN(list_last_index)
{
    const mp__list *list = args[0].as.list;

    (void)m;
    for (size_t i = list->count; i-- > 0;) {
        mp__value same = mp__equal(m, &list->items[i], &args[1]);

        if (same.kind == MP__BOOL && same.as.boolean)
            return mp__int((int64_t)i);
    }
    return mp__int(-1);
}

FN(optional_of)
{
    return mp__make_optional(m, &args[0]);
}

FN(optional_none)
{
    (void)args;
    return mp__make_optional(m, NULL);
}

static bool is_zero(const mp__value *v)
{
    switch (v->kind) {
    case MP__NULL:
        return true;
    case MP__BOOL:
        return !v->as.boolean;
    case MP__INT:
    case MP__UINT:
        return v->as.unsigned_integer == 0;
    case MP__DOUBLE:
        return v->as.number == 0;
    case MP__STRING:
    case MP__BYTES:
        return v->size == 0;
    case MP__LIST:
    case MP__MAP:
        return mp__cost_size(v) == 0;
    default:
        return false;
    }
}

FN(optional_non_zero)
{
    return mp__make_optional(m, is_zero(&args[0]) ? NULL : &args[0]);
}

FN(has_value)
{
    (void)m;
    return mp__bool(args[0].as.optional != NULL);
}

FN(value)
{
    (void)m;
    return args[0].as.optional ? *args[0].as.optional : fail("optional.none() dereference");
}

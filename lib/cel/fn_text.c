/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Format strings, quotation, and conversions to and from bytes and truth.
 *
 * format() speaks the first dialect of cel-go's strings library, which Kubernetes keeps: a list
 * writes its elements as literals, %f puts commas between thousands, %e writes a power of ten.
 */
#include "functions_internal.h"
#include "text_internal.h"

#define FN(name) mp__value mp__fn_##name(mp__machine *m, const mp__value *args)

/* Bytes of a text that format() makes, whose cost does not follow the result's size. */
#define TEXT_MAX ((size_t)16 << 20)

typedef struct writer {
    mp__machine *m;
    mp__buf buf;
    mp__value error; /* of kind MP__ERROR once something failed */
} writer;

static bool refuse(writer *w, const char *fmt, const mp__value *v)
{
    size_t size;
    char *text = mp__arena_printf(&w->m->arena, &size, fmt, mp__kind_name(v));

    w->error = text ? mp__error(MP__FAIL_TEXT, (mp__str){ text, size }) : mp__no_memory(w->m);
    return false;
}

/* ---- values as literals, inside lists and maps ---- */

/* What string() gives. */
static bool put_converted(writer *w, const mp__value *v, mp__buf *buf)
{
    mp__value text = *v;

    if (v->kind == MP__TYPEVAL)
        text = mp__string(mp__str_make(mp__type_value_name(v->as.type), MP_NTS));
    else if (v->kind == MP__TIMESTAMP || v->kind == MP__DURATION)
        text = mp__fn_time_to_string(w->m, v);
    else if (v->kind == MP__NULL)
        text = mp__string(MP__STR("null"));
    else if (v->kind != MP__STRING)
        text = mp__fn_to_string(w->m, v);
    if (text.kind == MP__ERROR) {
        w->error = text;
        return false;
    }
    mp__buf_put(buf, text.as.text, text.size);
    return true;
}

static bool put_literal(writer *w, const mp__value *v, mp__buf *buf);

static bool put_list(writer *w, const mp__list *list, mp__buf *buf)
{
    mp__buf_putc(buf, '[');
    for (size_t i = 0; i < list->count; i++) {
        if (i > 0)
            mp__buf_puts(buf, ", ");
        if (!put_literal(w, &list->items[i], buf))
            return false;
    }
    mp__buf_putc(buf, ']');
    return true;
}

static bool put_key(writer *w, const mp__value *key, mp__buf *buf)
{
    if (key->kind == MP__STRING)
        mp__put_escaped_text(buf, mp__text_of(key));
    else if (key->kind == MP__BOOL || key->kind == MP__INT || key->kind == MP__UINT)
        return put_converted(w, key, buf);
    else
        return refuse(w, "error during formatting: no formatting function for map key of type %s",
                      key);
    return true;
}

static int compare_texts(const void *a, const void *b, void *user)
{
    const mp__str *x = a, *y = b;

    (void)user;
    return mp__str_compare(x[0], y[0]);
}

/* {key:value, ...} in the order of the keys' texts. */
static bool put_map(writer *w, const mp__value *map, mp__buf *buf)
{
    size_t count = mp__mapping_size(map);
    mp__str(*entries)[2] = (mp__str(*)[2])MP__NEW_ARRAY(&w->m->arena, mp__str, 2 * count + 1);
    mp__buf part;
    bool fine = entries != NULL;

    mp__buf_init(&part, &w->m->arena.alloc);
    for (size_t i = 0; i < count && fine; i++) {
        mp__value key, value;

        mp__mapping_at(map, i, &key, &value);
        for (int k = 0; k < 2 && fine; k++) {
            mp__buf_clear(&part);
            fine = k ? put_literal(w, &value, &part) : put_key(w, &key, &part);
            entries[i][k].data =
                mp__arena_strdup(&w->m->arena, part.size ? part.data : "", part.size);
            entries[i][k].size = part.size;
            fine = fine && entries[i][k].data && !part.failed;
        }
    }
    w->buf.failed = w->buf.failed || part.failed || !entries;
    mp__buf_fini(&part);
    if (!fine)
        return false;
    if (!mp__sort(&w->m->arena.alloc, entries, count, sizeof *entries, compare_texts, NULL)) {
        w->buf.failed = true;
        return false;
    }
    mp__buf_putc(buf, '{');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            mp__buf_puts(buf, ", ");
        mp__buf_put(buf, entries[i][0].data, entries[i][0].size);
        mp__buf_putc(buf, ':');
        mp__buf_put(buf, entries[i][1].data, entries[i][1].size);
    }
    mp__buf_putc(buf, '}');
    return true;
}

static bool is_finite(double d)
{
    return d - d == 0;
}

static bool put_double(double d, mp__buf *buf)
{
    if (d != d)
        mp__buf_puts(buf, "\"NaN\"");
    else if (!is_finite(d))
        mp__buf_puts(buf, d > 0 ? "\"+Inf\"" : "\"-Inf\"");
    else {
        if (d == 0 && 1 / d < 0)
            mp__buf_putc(buf, '-');
        mp__put_fixed(buf, d, 6, 6, false);
    }
    return true;
}

/* name("text") */
static bool put_call(writer *w, const char *name, const mp__value *v, mp__buf *buf)
{
    mp__value text = mp__fn_time_to_string(w->m, v);

    if (text.kind == MP__ERROR)
        return false;
    mp__buf_puts(buf, name);
    mp__buf_putc(buf, '(');
    mp__put_escaped_text(buf, mp__text_of(&text));
    mp__buf_putc(buf, ')');
    return true;
}

/* Values nest no deeper than the expressions that made them; parts may be shared many times over.
 */
static bool put_literal(writer *w, const mp__value *v, mp__buf *buf)
{
    if (!mp__work(w->m, 1) || buf->size > TEXT_MAX)
        return false;
    switch (v->kind) {
    case MP__STRING:
        mp__put_escaped_text(buf, mp__text_of(v));
        return true;
    case MP__BYTES:
        if (!mp__utf8_valid(v->as.text, v->size))
            return put_converted(w, v, buf); /* fails */
        mp__buf_putc(buf, 'b');
        mp__put_escaped_text(buf, mp__text_of(v));
        return true;
    case MP__DOUBLE:
        return put_double(v->as.number, buf);
    case MP__TIMESTAMP:
        return put_call(w, "timestamp", v, buf);
    case MP__DURATION:
        return put_call(w, "duration", v, buf);
    case MP__LIST:
        return put_list(w, v->as.list, buf);
    case MP__NULL:
    case MP__BOOL:
    case MP__INT:
    case MP__UINT:
    case MP__TYPEVAL:
        return put_converted(w, v, buf);
    default:
        if (mp__is_mapping(v))
            return put_map(w, v, buf);
        return refuse(w, "error during formatting: no formatting function for %s", v);
    }
}

/* ---- clauses ---- */

static bool put_text(writer *w, const mp__value *v)
{
    switch (v->kind) {
    case MP__LIST:
        return put_list(w, v->as.list, &w->buf);
    case MP__NULL:
    case MP__BOOL:
    case MP__INT:
    case MP__UINT:
    case MP__DOUBLE:
    case MP__STRING:
    case MP__BYTES:
    case MP__TIMESTAMP:
    case MP__DURATION:
    case MP__TYPEVAL:
        return put_converted(w, v, &w->buf);
    default:
        return mp__is_mapping(v) ? put_map(w, v, &w->buf) : refuse(w, mp__clause_refusal('s'), v);
    }
}

static void put_digits(mp__buf *buf, const mp__value *v, unsigned base, bool upper)
{
    bool negative = v->kind == MP__INT && v->as.integer < 0;
    uint64_t rest = negative ? 0 - v->as.unsigned_integer : v->as.unsigned_integer;
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char text[64];
    size_t at = sizeof text;

    do
        text[--at] = digits[rest % base];
    while ((rest /= base) > 0);
    if (negative)
        mp__buf_putc(buf, '-');
    mp__buf_put(buf, text + at, sizeof text - at);
}

static bool put_integer(writer *w, const mp__value *v, char verb)
{
    if (v->kind == MP__BOOL && verb == 'b')
        mp__buf_putc(&w->buf, v->as.boolean ? '1' : '0');
    else if (v->kind == MP__INT || v->kind == MP__UINT)
        put_digits(&w->buf, v,
                   verb == 'd'   ? 10
                   : verb == 'o' ? 8
                   : verb == 'b' ? 2
                                 : 16,
                   verb == 'X');
    else
        return refuse(w, mp__clause_refusal(verb), v);
    return true;
}

static bool put_hex(writer *w, const mp__value *v, char verb)
{
    const char *digits = verb == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";

    if (v->kind != MP__STRING && v->kind != MP__BYTES)
        return put_integer(w, v, verb);
    for (size_t i = 0; i < v->size; i++) {
        unsigned char c = (unsigned char)v->as.text[i];

        mp__buf_putc(&w->buf, digits[c >> 4]);
        mp__buf_putc(&w->buf, digits[c & 15]);
    }
    return true;
}

/* A double, or one of the three texts that stand for one. */
static bool as_double(const mp__value *v, double *out)
{
    double infinity = 1e308 * 10;
    mp__str s = v->kind == MP__STRING ? mp__text_of(v) : (mp__str){ 0 };

    if (v->kind == MP__DOUBLE)
        *out = v->as.number;
    else if (mp__str_equal(s, MP__STR("NaN")))
        *out = infinity - infinity;
    else if (mp__str_equal(s, MP__STR("Infinity")))
        *out = infinity;
    else if (mp__str_equal(s, MP__STR("-Infinity")))
        *out = -infinity;
    else
        return false;
    return true;
}

static const char *special(double d)
{
    return d != d ? "NaN" : d > 0 ? "\xE2\x88\x9E" : "-\xE2\x88\x9E"; /* the sign of infinity */
}

/* A power of ten, its exponent of at least two digits set high. */
static void put_power(mp__buf *buf, int exponent)
{
    static const char *const high[] = { "\xE2\x81\xB0", "\xC2\xB9",     "\xC2\xB2",
                                        "\xC2\xB3",     "\xE2\x81\xB4", "\xE2\x81\xB5",
                                        "\xE2\x81\xB6", "\xE2\x81\xB7", "\xE2\x81\xB8",
                                        "\xE2\x81\xB9" };
    int n = exponent < 0 ? -exponent : exponent;

    /* narrow no-break spaces around the sign of multiplication */
    mp__buf_puts(buf, "\xE2\x80\xAF\xC3\x97\xE2\x80\xAF"
                      "10");
    if (exponent < 0)
        mp__buf_puts(buf, "\xE2\x81\xBB");
    if (n >= 100)
        mp__buf_puts(buf, high[n / 100]);
    mp__buf_puts(buf, high[n / 10 % 10]);
    mp__buf_puts(buf, high[n % 10]);
}

/* Digits that are written, and perhaps dropped again, for one visit's work. */
#define DIGITS_A_STEP 16

/* The precision of %e is in truth a width: six digits follow the point whatever it says. */
static void put_scientific(writer *w, double d, uint32_t width)
{
    size_t start = w->buf.size, size;
    mp__buf part;
    int exponent;

    mp__buf_init(&part, &w->m->arena.alloc);
    if (is_finite(d)) {
        mp__put_mantissa(&part, d, &exponent);
        put_power(&part, exponent);
    } else {
        mp__buf_puts(&part, special(d));
    }
    size = part.failed ? 0 : mp__utf8_count(part.data, part.size);
    for (; size < width && !w->buf.failed && w->buf.size - start < TEXT_MAX; size++)
        mp__buf_putc(&w->buf, ' ');
    if (!part.failed)
        mp__buf_put(&w->buf, part.data, part.size);
    w->buf.failed = w->buf.failed || part.failed;
    mp__buf_fini(&part);
}

static bool put_number(writer *w, const mp__value *v, const mp__clause *c)
{
    uint32_t digits = c->has_precision ? c->precision : 6;
    double d;

    if (!as_double(v, &d))
        return refuse(w, mp__clause_refusal(c->verb), v);
    if (!mp__work(w->m, (digits < TEXT_MAX ? digits : TEXT_MAX) / DIGITS_A_STEP))
        return false;
    if (c->verb == 'e')
        put_scientific(w, d, digits);
    else if (!is_finite(d))
        mp__buf_puts(&w->buf, special(d));
    else if (digits > TEXT_MAX)
        return refuse(w, "error during formatting: the precision is too large for a %s", v);
    else
        mp__put_fixed(&w->buf, d, digits, digits % 256, true); /* Go keeps the least in 8 bits */
    return true;
}

static bool put_clause(writer *w, const mp__value *v, const mp__clause *c)
{
    switch (c->verb) {
    case 's':
        return put_text(w, v);
    case 'f':
    case 'e':
        return put_number(w, v, c);
    case 'x':
    case 'X':
        return put_hex(w, v, c->verb);
    default:
        return put_integer(w, v, c->verb);
    }
}

static bool fail_text(writer *w, const char *text)
{
    w->error = mp__error(MP__FAIL_TEXT, mp__str_make(text, MP_NTS));
    return false;
}

static bool put_format(writer *w, mp__str format, const mp__list *list)
{
    size_t at = 0, next = 0, size;

    while (at < format.size && w->buf.size <= TEXT_MAX) {
        mp__clause clause;
        const char *why;

        if (format.data[at] != '%') {
            mp__buf_putc(&w->buf, format.data[at++]);
            continue;
        }
        if (++at < format.size && format.data[at] == '%') {
            mp__buf_putc(&w->buf, format.data[at++]);
            continue;
        }
        if (next >= list->count) {
            why = mp__arena_printf(&w->m->arena, &size, "index %zu out of range", next);
            return fail_text(w, why ? why : "out of memory");
        }
        why = mp__clause_read(&w->m->arena, format, &at, &clause);
        if (why)
            return fail_text(w, why);
        if (!put_clause(w, &list->items[next++], &clause))
            return false;
    }
    return true;
}

/* The text of a buffer, moved to the arena. */
static mp__value take(writer *w)
{
    mp__value v;

    if (w->buf.failed || w->m->arena.failed)
        v = mp__no_memory(w->m);
    else if (w->error.kind == MP__ERROR && w->error.as.text)
        v = w->error;
    else if (w->buf.size > TEXT_MAX)
        v = mp__error(MP__FAIL_TEXT, MP__STR("the formatted string is too long"));
    else
        v = mp__make_text(w->m, MP__STRING, w->buf.size ? w->buf.data : "", w->buf.size);
    mp__buf_fini(&w->buf);
    return v;
}

FN(format_string)
{
    writer w = { .m = m };

    mp__buf_init(&w.buf, &m->arena.alloc);
    if (!put_format(&w, mp__text_of(&args[0]), args[1].as.list) && !w.error.as.text)
        w.error = mp__error(MP__FAIL_TEXT, MP__STR("the formatted string is too long"));
    return take(&w);
}

FN(quote)
{
    static const char from[] = "\a\b\f\n\r\t\v\\\"", to[] = "abfnrtv\\\"";
    writer w = { .m = m };
    mp__str s = mp__text_of(&args[0]);

    mp__buf_init(&w.buf, &m->arena.alloc);
    mp__buf_putc(&w.buf, '"');
    for (size_t i = 0; i < s.size; i++) {
        const char *at = s.data[i] ? strchr(from, s.data[i]) : NULL;

        if (at)
            mp__buf_putc(&w.buf, '\\');
        mp__buf_putc(&w.buf, at ? to[at - from] : s.data[i]);
    }
    mp__buf_putc(&w.buf, '"');
    return take(&w);
}

/* ---- conversions ---- */

FN(to_bytes)
{
    mp__value v = args[0];

    (void)m;
    v.kind = MP__BYTES;
    return v;
}

FN(to_bool)
{
    static const char *const texts[2][6] = { { "0", "f", "F", "FALSE", "false", "False" },
                                             { "1", "t", "T", "TRUE", "true", "True" } };

    (void)m;
    for (int b = 0; b < 2; b++)
        for (size_t i = 0; i < MP__COUNT(texts[b]); i++)
            if (mp__str_equal(mp__text_of(&args[0]), mp__str_make(texts[b][i], MP_NTS)))
                return mp__bool(b);
    return mp__error(MP__FAIL_TEXT, MP__STR("type conversion error from 'string' to 'bool'"));
}

FN(type_of)
{
    (void)m;
    return mp__type_value(mp__type_of(&args[0]));
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lexer: source to tokens, literals to values.  Rules are those of cel.md's section on lexis in
 * cel-go: one function per kind of token, longest match.
 */
#include "cel_internal.h"
#include <stdarg.h>
#include <stdio.h>

mp_status mp__source_fail(const mp__source *source, mp_error *err, mp_status status, size_t offset,
                          const char *fmt, ...)
{
    char text[MP_ERROR_TEXT_SIZE];
    uint32_t line = 1, column = 1;
    va_list args;

    for (size_t i = 0; i < offset && i < source->size; i++) {
        if (source->text[i] == '\n') {
            line++;
            column = 1;
        } else if (((unsigned char)source->text[i] & 0xC0) != 0x80) {
            column++;
        }
    }
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return mp__fail_at(err, status, offset, line, column, "%s", text);
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static bool is_name_start(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static int hex_digit(int c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The byte `ahead` of the current one, or -1 past the end. */
static int peek(const mp__lexer *l, size_t ahead)
{
    return ahead < l->source.size - l->at ? (unsigned char)l->source.text[l->at + ahead] : -1;
}

static mp_status lex_fail(const mp__lexer *l, size_t offset, const char *what)
{
    return mp__source_fail(&l->source, l->err, MP_EPARSE, offset, "%s", what);
}

static void skip_space(mp__lexer *l)
{
    for (;;) {
        int c = peek(l, 0);

        if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f') {
            l->at++;
        } else if (c == '/' && peek(l, 1) == '/') {
            while (peek(l, 0) != -1 && peek(l, 0) != '\n')
                l->at++;
        } else {
            return;
        }
    }
}

/* ---- numbers ---- */

static mp_status finish_integer(mp__lexer *l, mp__token *t, uint64_t value, bool fits)
{
    int c = peek(l, 0);

    if (c == 'u' || c == 'U') {
        l->at++;
        if (!fits)
            return lex_fail(l, t->offset, "unsigned integer literal is out of range");
        t->value.kind = MP__UINT;
        t->value.as.unsigned_integer = value;
        return MP_OK;
    }
    /* 2^63 stays for the parser: a minus sign before it makes the least int64. */
    if (!fits || value > (uint64_t)INT64_MAX + 1)
        return lex_fail(l, t->offset, "integer literal is out of range");
    t->value.kind = MP__INT;
    t->value.as.unsigned_integer = value;
    return MP_OK;
}

static mp_status lex_hex(mp__lexer *l, mp__token *t)
{
    uint64_t value = 0;
    bool fits = true;

    for (l->at += 2; hex_digit(peek(l, 0)) >= 0; l->at++) {
        fits = fits && value <= UINT64_MAX >> 4;
        value = value << 4 | (uint64_t)hex_digit(peek(l, 0));
    }
    return finish_integer(l, t, value, fits);
}

static void skip_digits(mp__lexer *l)
{
    while (is_digit(peek(l, 0)))
        l->at++;
}

/* Past an exponent, if there is a whole one. */
static bool skip_exponent(mp__lexer *l)
{
    size_t sign = peek(l, 1) == '+' || peek(l, 1) == '-' ? 1 : 0;

    if ((peek(l, 0) != 'e' && peek(l, 0) != 'E') || !is_digit(peek(l, 1 + sign)))
        return false;
    l->at += 1 + sign;
    skip_digits(l);
    return true;
}

static mp_status lex_number(mp__lexer *l, mp__token *t)
{
    bool real = false, fits = true;
    uint64_t value = 0;

    t->kind = MP__TOKEN_CONST;
    if (peek(l, 0) == '0' && peek(l, 1) == 'x' && hex_digit(peek(l, 2)) >= 0)
        return lex_hex(l, t);
    skip_digits(l);
    if (peek(l, 0) == '.' && is_digit(peek(l, 1))) {
        real = true;
        l->at++;
        skip_digits(l);
    }
    real |= skip_exponent(l);
    if (real) {
        t->value.kind = MP__DOUBLE;
        if (!mp__double_parse(l->source.text + t->offset, l->at - t->offset, &t->value.as.number) ||
            t->value.as.number > 1.7976931348623157e308)
            return lex_fail(l, t->offset, "double literal is out of range");
        return MP_OK;
    }
    for (size_t i = t->offset; i < l->at; i++) {
        uint64_t digit = (uint64_t)(l->source.text[i] - '0');

        fits = fits && value <= (UINT64_MAX - digit) / 10;
        value = value * 10 + digit;
    }
    return finish_integer(l, t, value, fits);
}

/* ---- strings ---- */

typedef struct quote {
    char mark;
    bool triple, raw, bytes;
} quote;

/* A number of `count` hexadecimal or octal digits at the current place. */
static bool read_digits(mp__lexer *l, int count, uint32_t base, uint32_t *out)
{
    uint32_t value = 0;

    for (int i = 0; i < count; i++) {
        int digit = hex_digit(peek(l, 0));

        if (digit < 0 || (uint32_t)digit >= base)
            return false;
        value = value * base + (uint32_t)digit;
        l->at++;
    }
    *out = value;
    return true;
}

/* A code point in a string, a byte value in bytes. */
static mp_status put_escaped(mp__lexer *l, mp__buf *buf, const quote *q, uint32_t value, size_t at)
{
    if (q->bytes) {
        mp__buf_putc(buf, (char)value);
        return MP_OK;
    }
    if (value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
        return lex_fail(l, at, "escape is no Unicode code point");
    mp__buf_put_utf8(buf, value);
    return MP_OK;
}

static mp_status lex_escape(mp__lexer *l, mp__buf *buf, const quote *q)
{
    static const char plain[] = "a\ab\bf\fn\nr\rt\tv\v\\\\''\"\"``??";
    size_t at = l->at++;
    int c = peek(l, 0), digits = 0;
    uint32_t base = 16, value;

    for (const char *p = plain; *p; p += 2) {
        if (c == p[0]) {
            l->at++;
            mp__buf_putc(buf, p[1]);
            return MP_OK;
        }
    }
    if (c == 'x' || c == 'X')
        digits = 2;
    else if (c == 'u' && !q->bytes)
        digits = 4;
    else if (c == 'U' && !q->bytes)
        digits = 8;
    else if (c >= '0' && c <= '3') {
        digits = 3;
        base = 8;
        l->at--;
    }
    l->at++;
    if (digits == 0 || !read_digits(l, digits, base, &value))
        return lex_fail(l, at, "unknown escape sequence");
    return put_escaped(l, buf, q, value, at);
}

static bool at_end_mark(const mp__lexer *l, const quote *q)
{
    return peek(l, 0) == q->mark &&
           (!q->triple || (peek(l, 1) == q->mark && peek(l, 2) == q->mark));
}

/* One source character: CR and CR LF become LF, all else stays. */
static void copy_char(mp__lexer *l, mp__buf *buf)
{
    int c = peek(l, 0);

    if (c == '\r') {
        l->at += peek(l, 1) == '\n' ? 2 : 1;
        mp__buf_putc(buf, '\n');
        return;
    }
    mp__buf_putc(buf, (char)c);
    l->at++;
}

static mp_status lex_string(mp__lexer *l, mp__token *t, quote q)
{
    mp__buf buf;
    mp_status st = MP_OK;
    char *copy;

    q.mark = (char)peek(l, 0);
    q.triple = peek(l, 1) == q.mark && peek(l, 2) == q.mark;
    l->at += q.triple ? 3 : 1;
    mp__buf_init(&buf, &l->arena->alloc);
    while (st == MP_OK && !at_end_mark(l, &q)) {
        int c = peek(l, 0);

        if (c == -1 || (!q.triple && (c == '\n' || c == '\r')))
            st = lex_fail(l, t->offset, "string literal has no end");
        else if (c == '\\' && !q.raw)
            st = lex_escape(l, &buf, &q);
        else
            copy_char(l, &buf);
    }
    copy = st == MP_OK ? mp__arena_strdup(l->arena, buf.size ? buf.data : "", buf.size) : NULL;
    if (st == MP_OK && (buf.failed || !copy))
        st = mp__fail_nomem(l->err);
    l->at += q.triple ? 3 : 1;
    t->kind = MP__TOKEN_CONST;
    t->value.kind = q.bytes ? MP__BYTES : MP__STRING;
    t->value.size = (uint32_t)buf.size;
    t->value.as.text = copy;
    mp__buf_fini(&buf);
    return st;
}

/* The prefixes r, b, br, rb before a quotation mark; *length is how many letters. */
static bool string_prefix(const mp__lexer *l, quote *q, size_t *length)
{
    size_t n = 0;

    memset(q, 0, sizeof *q);
    for (; n < 2; n++) {
        int c = peek(l, n);

        if ((c == 'r' || c == 'R') && !q->raw)
            q->raw = true;
        else if ((c == 'b' || c == 'B') && !q->bytes && !q->raw)
            q->bytes = true;
        else
            break;
    }
    *length = n;
    return peek(l, n) == '"' || peek(l, n) == '\'';
}

/* ---- names and operators ---- */

static mp_status lex_quoted(mp__lexer *l, mp__token *t)
{
    size_t start = ++l->at;

    for (;; l->at++) {
        int c = peek(l, 0);

        if (c == '`' && l->at > start)
            break;
        if (!is_name_start(c) && !is_digit(c) && c != '.' && c != '-' && c != '/' && c != ' ')
            return lex_fail(l, l->at, "this cannot stand in a quoted field name");
    }
    t->kind = MP__TOKEN_QUOTED;
    t->text = (mp__str){ l->source.text + start, l->at - start };
    l->at++;
    return MP_OK;
}

static bool is_keyword(mp__str s)
{
    return mp__str_equal(s, MP__STR("true")) || mp__str_equal(s, MP__STR("false")) ||
           mp__str_equal(s, MP__STR("null")) || mp__str_equal(s, MP__STR("in"));
}

static void lex_name(mp__lexer *l, mp__token *t)
{
    while (is_name_start(peek(l, 0)) || is_digit(peek(l, 0)))
        l->at++;
    t->text = (mp__str){ l->source.text + t->offset, l->at - t->offset };
    t->kind = is_keyword(t->text) ? MP__TOKEN_OP : MP__TOKEN_IDENT;
}

static void lex_operator(mp__lexer *l, mp__token *t)
{
    static const char *const twos[] = { "&&", "||", "==", "!=", "<=", ">=" };
    static const char ones[] = "<>+-*/%!?:.,()[]{}";
    int c = peek(l, 0);
    size_t size = 0;

    for (size_t i = 0; i < MP__COUNT(twos); i++)
        if (c == twos[i][0] && peek(l, 1) == twos[i][1])
            size = 2;
    if (size == 0 && c > 0 && strchr(ones, c))
        size = 1;
    if (size == 0) {
        /* No operator: the parser, which knows what it expected, refuses it. */
        for (size = 1; (peek(l, size) & 0xC0) == 0x80 && peek(l, size) != -1;)
            size++;
    }
    t->kind = MP__TOKEN_OP;
    t->text = (mp__str){ l->source.text + l->at, size };
    l->at += size;
}

mp_status mp__lex(mp__lexer *l, mp__token *t)
{
    mp_status st = MP_OK;
    quote q;
    size_t prefix;
    int c;

    skip_space(l);
    memset(t, 0, sizeof *t);
    t->offset = l->at;
    c = peek(l, 0);
    if (c == -1) {
        t->kind = MP__TOKEN_END;
    } else if (is_digit(c) || (c == '.' && is_digit(peek(l, 1)))) {
        st = lex_number(l, t);
    } else if (string_prefix(l, &q, &prefix)) {
        l->at += prefix;
        st = lex_string(l, t, q);
    } else if (is_name_start(c)) {
        lex_name(l, t);
    } else if (c == '`') {
        st = lex_quoted(l, t);
    } else {
        lex_operator(l, t);
    }
    t->size = l->at - t->offset;
    return st;
}

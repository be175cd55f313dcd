/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a tree back to text: reading what is printed gives the same tree.
 *
 * Works on trees as they are parsed, before they are checked.  A macro is printed as it was
 * written, since what it expands to cannot be.  Parentheses stand where the grammar needs them, and
 * round nested && and ||, whose chains the parser balances.
 */
#include "cel_internal.h"
#include <stdio.h>

enum { TERNARY, OR, AND, RELATION, SUM, PRODUCT, UNARY, MEMBER };

static void print(const mp__node *node, int level, mp__buf *buf);

static void put(mp__buf *buf, mp__str s)
{
    mp__buf_put(buf, s.data, s.size);
}

/* ---- constants ---- */

static void print_integer(uint64_t n, bool negative, const char *suffix, mp__buf *buf)
{
    char text[40];

    snprintf(text, sizeof text, "%s%llu%s", negative ? "-" : "", (unsigned long long)n, suffix);
    mp__buf_puts(buf, text);
}

static void print_double(double d, mp__buf *buf)
{
    char digits[18], text[16];
    int exponent;

    if (d < 0 || (d == 0 && 1 / d < 0))
        mp__buf_putc(buf, '-');
    mp__double_digits(d < 0 ? -d : d, digits, &exponent);
    mp__buf_putc(buf, digits[0]);
    mp__buf_putc(buf, '.');
    mp__buf_puts(buf, digits[1] ? digits + 1 : "0");
    snprintf(text, sizeof text, "e%d", d == 0 ? 0 : exponent - 1);
    mp__buf_puts(buf, text);
}

static void print_text(const mp__value *v, mp__buf *buf)
{
    bool bytes = v->kind == MP__BYTES;
    char escape[8];

    mp__buf_puts(buf, bytes ? "b\"" : "\"");
    for (size_t i = 0; i < v->size; i++) {
        unsigned char c = (unsigned char)v->as.text[i];

        if (c < 0x20 || c == '"' || c == '\\' || c == 0x7f || (bytes && c >= 0x80)) {
            snprintf(escape, sizeof escape, "\\x%02x", c);
            mp__buf_puts(buf, escape);
        } else {
            mp__buf_putc(buf, (char)c);
        }
    }
    mp__buf_putc(buf, '"');
}

static void print_constant(const mp__value *v, mp__buf *buf)
{
    switch (v->kind) {
    case MP__NULL:
        mp__buf_puts(buf, "null");
        break;
    case MP__BOOL:
        mp__buf_puts(buf, v->as.boolean ? "true" : "false");
        break;
    case MP__INT:
        print_integer(v->as.integer < 0 ? 0 - v->as.unsigned_integer : v->as.unsigned_integer,
                      v->as.integer < 0, "", buf);
        break;
    case MP__UINT:
        print_integer(v->as.unsigned_integer, false, "u", buf);
        break;
    case MP__DOUBLE:
        print_double(v->as.number, buf);
        break;
    default:
        print_text(v, buf);
    }
}

static bool is_number(const mp__node *node)
{
    return node->kind == MP__NODE_CONST &&
           (node->value.kind == MP__INT || node->value.kind == MP__UINT ||
            node->value.kind == MP__DOUBLE);
}

/* ---- names ---- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_plain_name(mp__str name)
{
    if (mp__str_equal(name, MP__STR("true")) || mp__str_equal(name, MP__STR("false")) ||
        mp__str_equal(name, MP__STR("null")) || mp__str_equal(name, MP__STR("in")))
        return false;
    for (size_t i = 0; i < name.size; i++)
        if (!is_letter(name.data[i]) && (i == 0 || name.data[i] < '0' || name.data[i] > '9'))
            return false;
    return name.size > 0;
}

static void print_field(mp__str name, mp__buf *buf)
{
    bool plain = is_plain_name(name);

    if (!plain)
        mp__buf_putc(buf, '`');
    put(buf, name);
    if (!plain)
        mp__buf_putc(buf, '`');
}

/* ---- operands ---- */

/* What a step goes into: a number there would swallow the dot. */
static void print_operand(const mp__node *node, mp__buf *buf)
{
    bool number = is_number(node);

    if (number)
        mp__buf_putc(buf, '(');
    print(node, number ? TERNARY : MEMBER, buf);
    if (number)
        mp__buf_putc(buf, ')');
}

static void print_args(const mp__nodes *args, mp__buf *buf)
{
    for (size_t i = 0; i < args->count; i++) {
        if (i)
            mp__buf_puts(buf, ", ");
        if (args->items[i]->optional)
            mp__buf_putc(buf, '?');
        print(args->items[i], TERNARY, buf);
    }
}

/* ---- calls ---- */

static const struct binary {
    const char *name, *text;
    int level;
} binaries[] = {
    { "_||_", " || ", OR },       { "_&&_", " && ", AND },      { "_==_", " == ", RELATION },
    { "_!=_", " != ", RELATION }, { "_<_", " < ", RELATION },   { "_<=_", " <= ", RELATION },
    { "_>_", " > ", RELATION },   { "_>=_", " >= ", RELATION }, { "@in", " in ", RELATION },
    { "_+_", " + ", SUM },        { "_-_", " - ", SUM },        { "_*_", " * ", PRODUCT },
    { "_/_", " / ", PRODUCT },    { "_%_", " % ", PRODUCT },
};

static const struct binary *binary_of(const mp__node *call)
{
    for (size_t i = 0; !call->target && i < MP__COUNT(binaries); i++)
        if (mp__str_equal(call->name, mp__str_make(binaries[i].name, MP_NTS)))
            return &binaries[i];
    return NULL;
}

static void open(int own, int level, mp__buf *buf)
{
    if (own < level)
        mp__buf_putc(buf, '(');
}

static void close(int own, int level, mp__buf *buf)
{
    if (own < level)
        mp__buf_putc(buf, ')');
}

static void print_binary(const mp__node *call, const struct binary *b, int level, mp__buf *buf)
{
    bool logic = b->level <= AND;

    open(b->level, level, buf);
    print(call->args.items[0], logic ? b->level + 1 : b->level, buf);
    mp__buf_puts(buf, b->text);
    print(call->args.items[1], b->level + 1, buf);
    close(b->level, level, buf);
}

static void print_unary(const mp__node *call, char sign, int level, mp__buf *buf)
{
    open(UNARY, level, buf);
    mp__buf_putc(buf, sign);
    print_operand(call->args.items[0], buf);
    close(UNARY, level, buf);
}

static void print_ternary(const mp__node *call, int level, mp__buf *buf)
{
    open(TERNARY, level, buf);
    print(call->args.items[0], OR, buf);
    mp__buf_puts(buf, " ? ");
    print(call->args.items[1], OR, buf);
    mp__buf_puts(buf, " : ");
    print(call->args.items[2], TERNARY, buf);
    close(TERNARY, level, buf);
}

static void print_index(const mp__node *call, const char *bracket, mp__buf *buf)
{
    print_operand(call->args.items[0], buf);
    mp__buf_puts(buf, bracket);
    print(call->args.items[1], TERNARY, buf);
    mp__buf_putc(buf, ']');
}

static void print_call(const mp__node *call, int level, mp__buf *buf)
{
    const struct binary *b = binary_of(call);

    if (b) {
        print_binary(call, b, level, buf);
    } else if (mp__str_equal(call->name, MP__STR("!_"))) {
        print_unary(call, '!', level, buf);
    } else if (mp__str_equal(call->name, MP__STR("-_"))) {
        print_unary(call, '-', level, buf);
    } else if (mp__str_equal(call->name, MP__STR("_?_:_"))) {
        print_ternary(call, level, buf);
    } else if (mp__str_equal(call->name, MP__STR("_[_]"))) {
        print_index(call, "[", buf);
    } else if (mp__str_equal(call->name, MP__STR("_[?_]"))) {
        print_index(call, "[?", buf);
    } else if (mp__str_equal(call->name, MP__STR("_?._"))) {
        print_operand(call->args.items[0], buf);
        mp__buf_puts(buf, ".?");
        print_field(mp__text_of(&call->args.items[1]->value), buf);
    } else {
        if (call->target) {
            print_operand(call->target, buf);
            mp__buf_putc(buf, '.');
        } else if (call->rooted) {
            mp__buf_putc(buf, '.');
        }
        put(buf, call->name);
        mp__buf_putc(buf, '(');
        print_args(&call->args, buf);
        mp__buf_putc(buf, ')');
    }
}

/* ---- the rest ---- */

static void print_entries(const mp__node *node, mp__buf *buf)
{
    mp__buf_putc(buf, '{');
    for (size_t i = 0; i + 1 < node->args.count; i += 2) {
        const mp__node *key = node->args.items[i];

        if (i)
            mp__buf_puts(buf, ", ");
        if (key->optional)
            mp__buf_putc(buf, '?');
        if (node->kind == MP__NODE_STRUCT)
            print_field(mp__text_of(&key->value), buf);
        else
            print(key, TERNARY, buf);
        mp__buf_puts(buf, ": ");
        print(node->args.items[i + 1], TERNARY, buf);
    }
    mp__buf_putc(buf, '}');
}

static void print(const mp__node *node, int level, mp__buf *buf)
{
    if (node->macro)
        node = node->macro;
    switch (node->kind) {
    case MP__NODE_CONST:
        print_constant(&node->value, buf);
        break;
    case MP__NODE_IDENT:
        if (node->rooted)
            mp__buf_putc(buf, '.');
        put(buf, node->name);
        break;
    case MP__NODE_SELECT:
        print_operand(node->target, buf);
        mp__buf_putc(buf, '.');
        print_field(node->name, buf);
        break;
    case MP__NODE_CALL:
        print_call(node, level, buf);
        break;
    case MP__NODE_LIST:
        mp__buf_putc(buf, '[');
        print_args(&node->args, buf);
        mp__buf_putc(buf, ']');
        break;
    case MP__NODE_STRUCT:
        print(node->target, MEMBER, buf);
        print_entries(node, buf);
        break;
    case MP__NODE_MAP:
        print_entries(node, buf);
        break;
    case MP__NODE_LOOP:
        break; /* only macros make loops */
    }
}

void mp__cel_print(const mp__node *node, mp__buf *buf)
{
    print(node, TERNARY, buf);
}

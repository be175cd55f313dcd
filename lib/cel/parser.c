/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parser: one function per rule of the grammar, the rule above it.
 *
 * Depth has two limits, as in cel-go: expressions nest at most MP_CEL_DEPTH_MAX deep below the top,
 * and at most CHAIN_MAX selections, indices, member calls, relations, sums, products and ternaries
 * lie on one path.  Together they bound every later walk over the tree.
 */
#include "cel_internal.h"
#include <stdarg.h>
#include <stdio.h>

#define CHAIN_MAX 250

mp__node *mp__node_new(mp__arena *arena, mp__node_kind kind, size_t offset)
{
    mp__node *node = MP__NEW(arena, mp__node);

    if (node) {
        node->kind = kind;
        node->offset = (uint32_t)offset;
    }
    return node;
}

bool mp__nodes_add(mp__arena *arena, mp__nodes *nodes, mp__node *node)
{
    if (nodes->count == nodes->capacity) {
        size_t wider = nodes->capacity ? nodes->capacity * 2 : 4;
        mp__node **grown = MP__NEW_ARRAY(arena, mp__node *, wider);

        if (!grown)
            return false;
        if (nodes->count)
            memcpy(grown, nodes->items, nodes->count * sizeof *grown);
        nodes->items = grown;
        nodes->capacity = wider;
    }
    nodes->items[nodes->count++] = node;
    return true;
}

mp__node *mp__node_call(mp__arena *arena, size_t offset, mp__str name, size_t count, ...)
{
    mp__node *call = mp__node_new(arena, MP__NODE_CALL, offset);
    va_list args;
    bool ok = call != NULL;

    va_start(args, count);
    for (size_t i = 0; i < count; i++) {
        mp__node *arg = va_arg(args, mp__node *);

        ok = ok && arg && mp__nodes_add(arena, &call->args, arg);
    }
    va_end(args);
    if (!ok)
        return NULL;
    call->name = name;
    return call;
}

/* ---- tokens ---- */

static mp_status advance(mp__parser *p)
{
    return mp__lex(&p->lexer, &p->token);
}

static bool is_op(const mp__parser *p, const char *op)
{
    return p->token.kind == MP__TOKEN_OP && p->token.text.size == strlen(op) &&
           memcmp(p->token.text.data, op, p->token.text.size) == 0;
}

static mp_status unexpected(const mp__parser *p, const char *expected)
{
    const mp__source *s = &p->lexer.source;
    const mp__token *t = &p->token;

    if (t->kind == MP__TOKEN_END)
        return mp__source_fail(s, p->err, MP_EPARSE, t->offset, "expected %s, found the end",
                               expected);
    return mp__source_fail(s, p->err, MP_EPARSE, t->offset, "expected %s, found '%.*s'", expected,
                           (int)(t->size < 40 ? t->size : 40), s->text + t->offset);
}

static mp_status expect(mp__parser *p, const char *op)
{
    char quoted[16];

    if (is_op(p, op))
        return advance(p);
    snprintf(quoted, sizeof quoted, "'%s'", op);
    return unexpected(p, quoted);
}

/* Names that cannot be variables or functions, though they may stand after a dot. */
static bool is_reserved(mp__str name)
{
    static const char *const reserved[] = {
        "as",  "break", "const",   "continue",  "else",   "for", "function", "if",    "import",
        "let", "loop",  "package", "namespace", "return", "var", "void",     "while",
    };

    for (size_t i = 0; i < MP__COUNT(reserved); i++)
        if (mp__str_equal(name, mp__str_make(reserved[i], MP_NTS)))
            return true;
    return false;
}

/* ---- building ---- */

static uint32_t deepest(const mp__node *call)
{
    uint32_t depth = call->target ? call->target->depth : 0;

    for (size_t i = 0; i < call->args.count; i++)
        if (call->args.items[i]->depth > depth)
            depth = call->args.items[i]->depth;
    return depth;
}

/* Sets the depth of a finished node, which is one more than its deepest part if it counts. */
static mp_status finish(mp__parser *p, mp__node *node, bool counts)
{
    if (!node)
        return mp__fail_nomem(p->err);
    node->depth = deepest(node) + counts;
    if (node->depth > CHAIN_MAX)
        return mp__source_fail(&p->lexer.source, p->err, MP_ELIMIT, node->offset,
                               "more than %d operations nest in one another", CHAIN_MAX);
    return MP_OK;
}

static mp_status binary(mp__parser *p, mp__str name, size_t offset, mp__node **left,
                        mp__node *right)
{
    *left = mp__node_call(p->arena, offset, name, 2, *left, right);
    return finish(p, *left, true);
}

static mp_status parse_expr(mp__parser *p, mp__node **out);

/* ---- lists of expressions ---- */

/* A '?' before an element or entry makes it optional. */
static mp_status parse_element(mp__parser *p, mp__node **out)
{
    bool optional = is_op(p, "?");
    mp_status st = optional ? advance(p) : MP_OK;

    if (st == MP_OK)
        st = parse_expr(p, out);
    if (st == MP_OK)
        (*out)->optional = optional;
    return st;
}

/* args = [expr {"," expr}] ")" ; the opening parenthesis is behind us. */
static mp_status parse_args(mp__parser *p, mp__nodes *args)
{
    mp_status st = MP_OK;
    mp__node *arg;

    if (is_op(p, ")"))
        return advance(p);
    for (;;) {
        st = parse_expr(p, &arg);
        if (st != MP_OK)
            return st;
        if (!mp__nodes_add(p->arena, args, arg))
            return mp__fail_nomem(p->err);
        if (!is_op(p, ","))
            break;
        st = advance(p);
        if (st != MP_OK)
            return st;
    }
    return is_op(p, ")") ? advance(p) : unexpected(p, "',' or ')'");
}

/* list = "[" [["?"] expr {"," ["?"] expr}] [","] "]" */
static mp_status parse_list(mp__parser *p, mp__node **out)
{
    mp__node *list = mp__node_new(p->arena, MP__NODE_LIST, p->token.offset), *element;
    mp_status st = advance(p);

    *out = list;
    if (!list)
        return mp__fail_nomem(p->err);
    while (st == MP_OK && !is_op(p, "]") && !is_op(p, ",")) {
        st = parse_element(p, &element);
        if (st == MP_OK && !mp__nodes_add(p->arena, &list->args, element))
            st = mp__fail_nomem(p->err);
        if (st != MP_OK || !is_op(p, ","))
            break;
        st = advance(p);
        if (st == MP_OK && is_op(p, "]"))
            goto close;
        if (st == MP_OK && is_op(p, ","))
            return unexpected(p, "an expression");
    }
    if (st == MP_OK && list->args.count == 0 && is_op(p, ","))
        st = advance(p);
close:
    if (st == MP_OK)
        st = is_op(p, "]") ? advance(p) : unexpected(p, "',' or ']'");
    return st == MP_OK ? finish(p, list, false) : st;
}

/* map = "{" [["?"] expr ":" expr {"," ...}] [","] "}" ; keys and values in turn */
static mp_status parse_map(mp__parser *p, mp__node **out)
{
    mp__node *map = mp__node_new(p->arena, MP__NODE_MAP, p->token.offset), *key, *value;
    mp_status st = advance(p);

    *out = map;
    if (!map)
        return mp__fail_nomem(p->err);
    if (st == MP_OK && is_op(p, ","))
        st = advance(p);
    else
        while (st == MP_OK && !is_op(p, "}")) {
            st = parse_element(p, &key);
            if (st == MP_OK)
                st = expect(p, ":");
            if (st == MP_OK)
                st = parse_expr(p, &value);
            if (st == MP_OK && (!mp__nodes_add(p->arena, &map->args, key) ||
                                !mp__nodes_add(p->arena, &map->args, value)))
                st = mp__fail_nomem(p->err);
            if (st != MP_OK || !is_op(p, ","))
                break;
            st = advance(p);
        }
    if (st == MP_OK)
        st = is_op(p, "}") ? advance(p) : unexpected(p, "',' or '}'");
    return st == MP_OK ? finish(p, map, false) : st;
}

static mp__node *string_node(mp__parser *p, size_t offset, mp__str text)
{
    mp__node *node = mp__node_new(p->arena, MP__NODE_CONST, offset);

    if (node)
        node->value = mp__string(text);
    return node;
}

/* The fields of a message: names and values in turn. */
static mp_status parse_struct(mp__parser *p, mp__node *name, mp__node **out)
{
    mp__node *node = mp__node_new(p->arena, MP__NODE_STRUCT, name->offset), *field, *value;
    mp_status st = advance(p);

    *out = node;
    if (!node)
        return mp__fail_nomem(p->err);
    node->target = name;
    while (st == MP_OK && !is_op(p, "}")) {
        bool optional = is_op(p, "?");

        if (optional)
            st = advance(p);
        if (st == MP_OK && p->token.kind != MP__TOKEN_IDENT && p->token.kind != MP__TOKEN_QUOTED)
            return unexpected(p, "a field name");
        if (st != MP_OK)
            break;
        field = string_node(p, p->token.offset, p->token.text);
        if (field)
            field->optional = optional;
        st = advance(p);
        if (st == MP_OK)
            st = expect(p, ":");
        if (st == MP_OK)
            st = parse_expr(p, &value);
        if (st == MP_OK && (!field || !mp__nodes_add(p->arena, &node->args, field) ||
                            !mp__nodes_add(p->arena, &node->args, value)))
            st = mp__fail_nomem(p->err);
        if (st != MP_OK || !is_op(p, ","))
            break;
        st = advance(p);
    }
    if (st == MP_OK)
        st = is_op(p, "}") ? advance(p) : unexpected(p, "',' or '}'");
    return st == MP_OK ? finish(p, node, false) : st;
}

/* ---- primary ---- */

static mp_status finish_call(mp__parser *p, mp__node *call, mp__node **out)
{
    mp_status st = finish(p, call, call->target != NULL);

    if (st != MP_OK)
        return st;
    st = mp__expand_macro(p, call, out);
    if (st == MP_OK && *out)
        (*out)->macro = call;
    else if (st == MP_OK)
        *out = call;
    if (st == MP_OK)
        (*out)->depth = call->depth;
    return st;
}

/* ["."] ident ["(" args ")"] */
static mp_status parse_name(mp__parser *p, mp__node **out)
{
    size_t offset = p->token.offset;
    bool rooted = is_op(p, ".");
    mp__node *node;
    mp_status st = rooted ? advance(p) : MP_OK;

    if (st != MP_OK)
        return st;
    if (p->token.kind != MP__TOKEN_IDENT)
        return unexpected(p, "an identifier");
    if (is_reserved(p->token.text))
        return mp__source_fail(&p->lexer.source, p->err, MP_EPARSE, p->token.offset,
                               "reserved identifier: %.*s", (int)p->token.text.size,
                               p->token.text.data);
    node = mp__node_new(p->arena, MP__NODE_IDENT, offset);
    if (!node)
        return mp__fail_nomem(p->err);
    node->name = p->token.text;
    node->rooted = rooted;
    *out = node;
    st = advance(p);
    if (st != MP_OK || !is_op(p, "("))
        return st;
    node->kind = MP__NODE_CALL;
    st = advance(p);
    if (st == MP_OK)
        st = parse_args(p, &node->args);
    return st == MP_OK ? finish_call(p, node, out) : st;
}

static mp_status parse_constant(mp__parser *p, mp__node **out)
{
    mp__token *t = &p->token;
    mp__value *v = &t->value;
    mp__node *node = mp__node_new(p->arena, MP__NODE_CONST, t->offset);
    bool negative = p->negative;

    p->negative = false;
    if (!node)
        return mp__fail_nomem(p->err);
    if (v->kind == MP__INT && !negative && v->as.unsigned_integer > INT64_MAX)
        return mp__source_fail(&p->lexer.source, p->err, MP_EPARSE, t->offset,
                               "integer literal is out of range");
    if (v->kind == MP__INT && negative)
        v->as.unsigned_integer = 0 - v->as.unsigned_integer; /* the bits of the int64 */
    else if (v->kind == MP__DOUBLE && negative)
        v->as.number = -v->as.number;
    node->value = *v;
    *out = node;
    return advance(p);
}

static mp_status parse_word(mp__parser *p, mp__node **out, mp__value value)
{
    *out = mp__node_new(p->arena, MP__NODE_CONST, p->token.offset);
    if (!*out)
        return mp__fail_nomem(p->err);
    (*out)->value = value;
    return advance(p);
}

/* primary = ["."] ident ["(" args ")"] | "(" expr ")" | list | map | literal */
static mp_status parse_primary(mp__parser *p, mp__node **out)
{
    mp__value null = { 0 };
    mp_status st;

    null.kind = MP__NULL;
    if (p->token.kind == MP__TOKEN_CONST)
        return parse_constant(p, out);
    if (p->token.kind == MP__TOKEN_IDENT || is_op(p, "."))
        return parse_name(p, out);
    if (is_op(p, "(")) {
        st = advance(p);
        if (st == MP_OK)
            st = parse_expr(p, out);
        return st == MP_OK ? expect(p, ")") : st;
    }
    if (is_op(p, "["))
        return parse_list(p, out);
    if (is_op(p, "{"))
        return parse_map(p, out);
    if (is_op(p, "true"))
        return parse_word(p, out, mp__bool(true));
    if (is_op(p, "false"))
        return parse_word(p, out, mp__bool(false));
    if (is_op(p, "null"))
        return parse_word(p, out, null);
    return unexpected(p, "an expression");
}

/* ---- member ---- */

/* A name made of plain selections on an identifier, as messages have: a.b.C */
static bool is_dotted_name(const mp__node *node)
{
    while (node->kind == MP__NODE_SELECT && !node->test)
        node = node->target;
    return node->kind == MP__NODE_IDENT;
}

/* "." ident | "." ident "(" args ")" | ".?" ident ; the dot is behind us */
static mp_status parse_selection(mp__parser *p, mp__node **left, size_t offset)
{
    bool optional = is_op(p, "?"), quoted;
    mp_status st = optional ? advance(p) : MP_OK;
    mp__node *node;
    mp__str name;

    if (st != MP_OK)
        return st;
    quoted = p->token.kind == MP__TOKEN_QUOTED && p->release >= 37;
    if (p->token.kind != MP__TOKEN_IDENT && !quoted)
        return unexpected(p, "a field or function name");
    name = p->token.text;
    st = advance(p);
    if (st != MP_OK)
        return st;
    if (optional) {
        *left = mp__node_call(p->arena, offset, MP__STR("_?._"), 2, *left,
                              string_node(p, offset, name));
        return finish(p, *left, true);
    }
    if (is_op(p, "(") && !quoted) {
        node = mp__node_new(p->arena, MP__NODE_CALL, offset);
        if (!node)
            return mp__fail_nomem(p->err);
        node->target = *left;
        node->name = name;
        st = advance(p);
        if (st == MP_OK)
            st = parse_args(p, &node->args);
        return st == MP_OK ? finish_call(p, node, left) : st;
    }
    node = mp__node_new(p->arena, MP__NODE_SELECT, offset);
    if (!node)
        return mp__fail_nomem(p->err);
    node->target = *left;
    node->name = name;
    node->qualified = quoted; /* a quoted name is never part of a dotted one */
    *left = node;
    return finish(p, node, true);
}

/* "[" expr "]" | "[?" expr "]" ; the bracket is behind us */
static mp_status parse_index(mp__parser *p, mp__node **left, size_t offset)
{
    bool optional = is_op(p, "?");
    mp_status st = optional ? advance(p) : MP_OK;
    mp__node *index;

    if (st == MP_OK)
        st = parse_expr(p, &index);
    if (st == MP_OK)
        st = expect(p, "]");
    return st == MP_OK
               ? binary(p, optional ? MP__STR("_[?_]") : MP__STR("_[_]"), offset, left, index)
               : st;
}

/* member = primary {selection | index | "{" fields "}"} */
static mp_status parse_member(mp__parser *p, mp__node **out)
{
    mp_status st = parse_primary(p, out);

    while (st == MP_OK) {
        size_t offset = p->token.offset;

        if (is_op(p, ".")) {
            st = advance(p);
            if (st == MP_OK)
                st = parse_selection(p, out, offset);
        } else if (is_op(p, "[")) {
            st = advance(p);
            if (st == MP_OK)
                st = parse_index(p, out, offset);
        } else if (is_op(p, "{") && is_dotted_name(*out)) {
            st = parse_struct(p, *out, out);
        } else {
            break;
        }
    }
    return st;
}

/* unary = member | "!"+ member | "-"+ member ; a single minus joins a literal, an even run of signs
 * vanishes */
static mp_status parse_unary(mp__parser *p, mp__node **out)
{
    const char *op = is_op(p, "!") ? "!" : "-";
    size_t offset = p->token.offset, count = 0;
    mp_status st = MP_OK;

    for (; st == MP_OK && is_op(p, op); count++) {
        offset = p->token.offset;
        st = advance(p);
    }
    p->negative = *op == '-' && count == 1 && p->token.kind == MP__TOKEN_CONST &&
                  (p->token.value.kind == MP__INT || p->token.value.kind == MP__DOUBLE);
    if (p->negative)
        count = 0;
    if (st == MP_OK)
        st = parse_member(p, out);
    if (st != MP_OK || count % 2 == 0)
        return st;
    *out = mp__node_call(p->arena, offset, *op == '!' ? MP__STR("!_") : MP__STR("-_"), 1, *out);
    return finish(p, *out, false);
}

/* ---- binary operators: a table of levels, tightest last ---- */

static const struct {
    const char *op;
    unsigned level;
    const char *name;
} operators[] = {
    { "<", 0, "_<_" },   { "<=", 0, "_<=_" }, { ">", 0, "_>_" },  { ">=", 0, "_>=_" },
    { "==", 0, "_==_" }, { "!=", 0, "_!=_" }, { "in", 0, "@in" }, { "+", 1, "_+_" },
    { "-", 1, "_-_" },   { "*", 2, "_*_" },   { "/", 2, "_/_" },  { "%", 2, "_%_" },
};
#define LEVELS 3

static const char *operator_at(const mp__parser *p, unsigned level)
{
    for (size_t i = 0; i < MP__COUNT(operators); i++)
        if (operators[i].level == level && is_op(p, operators[i].op))
            return operators[i].name;
    return NULL;
}

/* level = next {op next}, to the left */
static mp_status parse_level(mp__parser *p, unsigned level, mp__node **out)
{
    mp_status st;
    const char *name;

    if (level == LEVELS)
        return parse_unary(p, out);
    st = parse_level(p, level + 1, out);
    while (st == MP_OK && (name = operator_at(p, level)) != NULL) {
        size_t offset = p->token.offset;
        mp__node *right;

        st = advance(p);
        if (st == MP_OK)
            st = parse_level(p, level + 1, &right);
        if (st == MP_OK)
            st = binary(p, mp__str_make(name, MP_NTS), offset, out, right);
    }
    return st;
}

/* ---- && and ||: chains become balanced trees, which do not count for depth ---- */

static mp__node *balance(mp__parser *p, mp__str name, mp__node *const *terms, size_t count)
{
    size_t half = (count + 1) / 2;
    mp__node *left, *right, *node;

    if (count == 1)
        return terms[0];
    left = balance(p, name, terms, half);
    right = balance(p, name, terms + half, count - half);
    node = mp__node_call(p->arena, left ? left->offset : 0, name, 2, left, right);
    if (node)
        node->depth = deepest(node);
    return node;
}

static mp_status parse_logic(mp__parser *p, bool is_or, mp__node **out)
{
    mp__nodes terms = { 0 };
    mp__node *term;
    mp_status st;

    for (;;) {
        st = is_or ? parse_logic(p, false, &term) : parse_level(p, 0, &term);
        if (st != MP_OK)
            return st;
        if (!mp__nodes_add(p->arena, &terms, term))
            return mp__fail_nomem(p->err);
        if (!is_op(p, is_or ? "||" : "&&"))
            break;
        st = advance(p);
        if (st != MP_OK)
            return st;
    }
    *out = balance(p, is_or ? MP__STR("_||_") : MP__STR("_&&_"), terms.items, terms.count);
    return *out ? MP_OK : mp__fail_nomem(p->err);
}

/* expr = or ["?" or ":" expr] ; long tails of ternaries count as nesting */
static mp_status parse_expr(mp__parser *p, mp__node **out)
{
    mp__node *yes, *no;
    size_t offset;
    mp_status st;

    if (++p->depth > MP_CEL_DEPTH_MAX + 1)
        return mp__source_fail(&p->lexer.source, p->err, MP_ELIMIT, p->token.offset,
                               "expressions nest deeper than %d", MP_CEL_DEPTH_MAX);
    st = parse_logic(p, true, out);
    if (st == MP_OK && is_op(p, "?")) {
        offset = p->token.offset;
        st = advance(p);
        if (st == MP_OK)
            st = parse_logic(p, true, &yes);
        if (st == MP_OK)
            st = expect(p, ":");
        if (st == MP_OK)
            st = parse_expr(p, &no);
        if (st == MP_OK) {
            *out = mp__node_call(p->arena, offset, MP__STR("_?_:_"), 3, *out, yes, no);
            st = finish(p, *out, true);
        }
    }
    p->depth--;
    return st;
}

mp_status mp__parse(mp__arena *arena, const mp__source *source, unsigned release, mp__node **out,
                    mp_error *err)
{
    mp__parser p = { 0 };
    mp_status st;

    p.lexer.source = *source;
    p.lexer.arena = p.arena = arena;
    p.lexer.err = p.err = err;
    p.release = release;
    st = advance(&p);
    if (st == MP_OK)
        st = parse_expr(&p, out);
    if (st == MP_OK && p.token.kind != MP__TOKEN_END)
        st = unexpected(&p, "an operator or the end");
    return st;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading regular expressions in RE2's syntax, as Go's regexp does, into a tree.
 *
 * What is refused follows Go: stacked repetitions, counts beyond 1000 or whose product is, unknown
 * escapes and classes, look-around, back-references.
 */
#include "regex_tree.h"

#define DEPTH_MAX 1000  /* nested groups */
#define REPEAT_MAX 1000 /* of one repetition, and of nested ones multiplied */

/* ---- errors and input ---- */

mp__re_node *mp__re_fail(mp__re_parser *p, size_t at, const char *what)
{
    if (p->status == MP_OK)
        p->status = mp__fail_at(p->err, MP_EPARSE, at, 0, 0, "error parsing regexp: %s", what);
    return NULL;
}

mp__re_node *mp__re_no_memory(mp__re_parser *p)
{
    if (p->status == MP_OK)
        p->status = mp__fail_nomem(p->err);
    return NULL;
}

int mp__re_peek(const mp__re_parser *p)
{
    return p->at < p->size ? (unsigned char)p->text[p->at] : -1;
}

bool mp__re_looking_at(const mp__re_parser *p, const char *what)
{
    size_t n = strlen(what);

    return p->size - p->at >= n && memcmp(p->text + p->at, what, n) == 0;
}

uint32_t mp__re_take_rune(mp__re_parser *p)
{
    uint32_t c = 0;

    if (!mp__utf8_next(p->text, p->size, &p->at, &c)) {
        mp__re_fail(p, p->at, "invalid UTF-8");
        p->at++;
    }
    return c;
}

bool mp__re_is_alnum(int c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* ---- nodes ---- */

static mp__re_node *new_node(mp__re_parser *p, mp__re_node_kind kind)
{
    mp__re_node *n = MP__NEW(&p->arena, mp__re_node);

    if (!n)
        return mp__re_no_memory(p);
    n->kind = kind;
    return n;
}

static mp__re_node *class_node(mp__re_parser *p, mp__re_set *s)
{
    mp__re_node *n = new_node(p, MP__RE_NODE_CLASS);

    if (!n)
        return NULL;
    mp__re_set_clean(p, s);
    n->ranges = s->items;
    n->range_count = s->count;
    return n;
}

static mp__re_node *rune_node(mp__re_parser *p, uint32_t c)
{
    mp__re_set s = { 0 };

    if (p->flags & MP__RE_FOLD)
        mp__re_set_add_orbit(p, &s, c);
    else
        mp__re_set_add(p, &s, c, c);
    return class_node(p, &s);
}

static mp__re_node *assert_node(mp__re_parser *p, mp__regex_assert what)
{
    mp__re_node *n = new_node(p, MP__RE_NODE_ASSERT);

    if (n) {
        n->assert = what;
        n->nullable = true;
    }
    return n;
}

static mp__re_node *pair(mp__re_parser *p, mp__re_node_kind kind, mp__re_node *left,
                         mp__re_node *right)
{
    mp__re_node *n = new_node(p, kind);

    if (!n || !left || !right)
        return NULL;
    n->left = left;
    n->right = right;
    n->nullable = kind == MP__RE_NODE_CAT ? left->nullable && right->nullable
                                          : left->nullable || right->nullable;
    return n;
}

/* ---- atoms ---- */

static mp__re_node *parse_group_body(mp__re_parser *p, size_t start, unsigned flags_after)
{
    mp__re_node *n;

    if (++p->depth > DEPTH_MAX)
        return mp__re_fail(p, start, "expression nests too deeply");
    n = mp__re_parse(p);
    if (!n)
        return NULL;
    if (mp__re_peek(p) != ')')
        return mp__re_fail(p, start, "missing closing )");
    p->at++;
    p->depth--;
    p->flags = flags_after;
    return n;
}

/* (?P<name> or (?<name> ; p->at is at the '<'.  As in Go, two groups may share a name. */
static bool parse_group_name(mp__re_parser *p, size_t start)
{
    size_t from = ++p->at;

    while (mp__re_is_alnum(mp__re_peek(p)) || mp__re_peek(p) == '_')
        p->at++;
    if (mp__re_peek(p) != '>' || p->at == from) {
        mp__re_fail(p, start, "invalid named capture");
        return false;
    }
    p->at++;
    return true;
}

/* (?flags), which is no item and gives NULL, or (?flags:expr) ; p->at is behind the '?' */
static mp__re_node *parse_flags(mp__re_parser *p, size_t start)
{
    unsigned flags = p->flags, old = p->flags, bit;
    bool negative = false, seen = false;

    for (;;) {
        int c = mp__re_peek(p);

        p->at++;
        switch (c) {
        case 'i':
            bit = MP__RE_FOLD;
            break;
        case 'm':
            bit = MP__RE_MULTILINE;
            break;
        case 's':
            bit = MP__RE_DOT_NL;
            break;
        case 'U':
            bit = MP__RE_UNGREEDY;
            break;
        case '-':
            if (negative)
                return mp__re_fail(p, start, "invalid or unsupported Perl syntax");
            negative = true;
            seen = false;
            continue;
        case ':':
        case ')':
            if (negative && !seen)
                return mp__re_fail(p, start, "invalid or unsupported Perl syntax");
            p->flags = flags;
            return c == ':' ? parse_group_body(p, start, old) : NULL;
        default:
            return mp__re_fail(p, start, "invalid or unsupported Perl syntax");
        }
        flags = negative ? flags & ~bit : flags | bit;
        seen = true;
    }
}

static mp__re_node *parse_group(mp__re_parser *p)
{
    size_t start = p->at++;
    unsigned flags = p->flags;

    if (mp__re_peek(p) != '?')
        return parse_group_body(p, start, flags);
    p->at++;
    if (mp__re_looking_at(p, "P<"))
        p->at++;
    if (mp__re_peek(p) == '<')
        return parse_group_name(p, start) ? parse_group_body(p, start, flags) : NULL;
    return parse_flags(p, start);
}

static mp__re_node *parse_backslash(mp__re_parser *p)
{
    int c = p->at + 1 < p->size ? p->text[p->at + 1] : 0;
    mp__re_set s = { 0 };
    uint32_t rune;

    switch (c) {
    case 'A':
        p->at += 2;
        return assert_node(p, MP__RE_BEGIN_TEXT);
    case 'z':
        p->at += 2;
        return assert_node(p, MP__RE_END_TEXT);
    case 'b':
        p->at += 2;
        return assert_node(p, MP__RE_WORD);
    case 'B':
        p->at += 2;
        return assert_node(p, MP__RE_NOT_WORD);
    default:
        break;
    }
    if (mp__re_parse_unicode_class(p, &s) || mp__re_parse_perl_class(p, &s))
        return p->status == MP_OK ? class_node(p, &s) : NULL;
    return mp__re_parse_escape(p, &rune) ? rune_node(p, rune) : NULL;
}

/* One item of a sequence; NULL for a mere change of flags. */
static mp__re_node *parse_atom(mp__re_parser *p)
{
    mp__re_set s = { 0 };

    switch (mp__re_peek(p)) {
    case '(':
        return parse_group(p);
    case '[':
        return mp__re_parse_class(p, &s) ? class_node(p, &s) : NULL;
    case '.':
        p->at++;
        if (!(p->flags & MP__RE_DOT_NL))
            mp__re_set_add(p, &s, '\n', '\n');
        mp__re_set_negate(p, &s);
        return class_node(p, &s);
    case '^':
        p->at++;
        return assert_node(p, p->flags & MP__RE_MULTILINE ? MP__RE_BEGIN_LINE : MP__RE_BEGIN_TEXT);
    case '$':
        p->at++;
        return assert_node(p, p->flags & MP__RE_MULTILINE ? MP__RE_END_LINE : MP__RE_END_TEXT);
    case '\\':
        return parse_backslash(p);
    default:
        return rune_node(p, mp__re_take_rune(p));
    }
}

/* ---- repetition ---- */

/* {n}, {n,} or {n,m} at p->at; false (and nothing taken) where it is only a brace. */
static bool parse_counts(mp__re_parser *p, int32_t *min, int32_t *max)
{
    size_t at = p->at + 1;
    int32_t counts[2] = { 0, 0 };
    int which = 0;
    size_t digits = 0;

    for (;; at++) {
        int c = at < p->size ? (unsigned char)p->text[at] : -1;

        if (c >= '0' && c <= '9') {
            /* A leading zero with more digits is no count. */
            if (digits == 1 && counts[which] == 0)
                return false;
            if (counts[which] <= REPEAT_MAX)
                counts[which] = counts[which] * 10 + (c - '0');
            digits++;
        } else if (c == ',' && which == 0 && digits) {
            which = 1;
            digits = 0;
        } else if (c == '}' && (digits || which)) {
            break;
        } else {
            return false;
        }
    }
    *min = counts[0];
    *max = which == 0 ? counts[0] : digits ? counts[1] : -1;
    p->at = at + 1;
    return true;
}

/* The product of nested counts may not pass the limit.  Sequences lean to the left, where the loop
 * goes; recursion is as deep as groups nest. */
static bool product_fits(const mp__re_node *n, int32_t limit)
{
    for (; n; n = n->left) {
        int32_t times = n->max < 0 ? n->min : n->max;

        if (n->kind == MP__RE_NODE_REPEAT && n->max == 0)
            return true;
        if (n->kind == MP__RE_NODE_REPEAT && times >= 2) {
            if (times > limit)
                return false;
            limit /= times;
        }
        if (n->right && !product_fits(n->right, limit))
            return false;
    }
    return true;
}

static mp__re_node *repeat(mp__re_parser *p, mp__re_node *atom, size_t at, int32_t min, int32_t max,
                           bool counted)
{
    mp__re_node *n;

    if (counted && (min > REPEAT_MAX || max > REPEAT_MAX || (max >= 0 && min > max)))
        return mp__re_fail(p, at, "invalid repeat count");
    n = new_node(p, MP__RE_NODE_REPEAT);
    if (!n)
        return NULL;
    n->left = atom;
    n->min = min;
    n->max = max;
    n->lazy = (p->flags & MP__RE_UNGREEDY) != 0;
    n->nullable = min == 0 || atom->nullable;
    if (mp__re_peek(p) == '?') {
        p->at++;
        n->lazy = !n->lazy;
    }
    if (counted && !product_fits(n, REPEAT_MAX))
        return mp__re_fail(p, at, "invalid repeat count");
    return n;
}

/* An operator at p->at: true, with its counts. */
static bool parse_operator(mp__re_parser *p, int32_t *min, int32_t *max, bool *counted)
{
    int c = mp__re_peek(p);

    *counted = false;
    *min = c == '+';
    *max = c == '?' ? 1 : -1;
    if (c == '*' || c == '+' || c == '?') {
        p->at++;
        return true;
    }
    *counted = true;
    return c == '{' && parse_counts(p, min, max);
}

/* ---- sequences and alternatives ---- */

/* A sequence in the making.  The last item is kept apart, for an operator may follow it. */
typedef struct sequence {
    mp__re_node *before, *last;
    bool repeated; /* an operator is the latest thing read */
} sequence;

static void append(mp__re_parser *p, sequence *s, mp__re_node *item)
{
    if (s->last)
        s->before = s->before ? pair(p, MP__RE_NODE_CAT, s->before, s->last) : s->last;
    s->last = item;
    s->repeated = false;
}

/* Applies an operator, if one is at p->at. */
static bool parse_repetition(mp__re_parser *p, sequence *s)
{
    size_t start = p->at;
    int32_t min, max;
    bool counted;

    if (!parse_operator(p, &min, &max, &counted))
        return false;
    if (s->repeated)
        mp__re_fail(p, start, "invalid nested repetition operator");
    else if (!s->last)
        mp__re_fail(p, start, "missing argument to repetition operator");
    else
        s->last = repeat(p, s->last, start, min, max, counted);
    s->repeated = true;
    return true;
}

/* \Q text \E, if it is at p->at: each character is an item of its own. */
static bool parse_quoted(mp__re_parser *p, sequence *s)
{
    if (!mp__re_looking_at(p, "\\Q"))
        return false;
    p->at += 2;
    while (p->status == MP_OK && p->at < p->size && !mp__re_looking_at(p, "\\E"))
        append(p, s, rune_node(p, mp__re_take_rune(p)));
    if (p->at < p->size)
        p->at += 2;
    s->repeated = false;
    return true;
}

static mp__re_node *parse_sequence(mp__re_parser *p)
{
    sequence s = { 0 };

    while (p->status == MP_OK && mp__re_peek(p) != -1 && mp__re_peek(p) != '|' &&
           mp__re_peek(p) != ')') {
        mp__re_node *item;

        if (parse_repetition(p, &s) || parse_quoted(p, &s))
            continue;
        item = parse_atom(p);
        if (item)
            append(p, &s, item);
        s.repeated = false;
    }
    append(p, &s, NULL);
    if (!s.before && p->status == MP_OK) {
        s.before = new_node(p, MP__RE_NODE_EMPTY);
        if (s.before)
            s.before->nullable = true;
    }
    return p->status == MP_OK ? s.before : NULL;
}

mp__re_node *mp__re_parse(mp__re_parser *p)
{
    mp__re_node *n = parse_sequence(p);

    while (n && mp__re_peek(p) == '|') {
        p->at++;
        n = pair(p, MP__RE_NODE_ALT, n, parse_sequence(p));
    }
    return p->status == MP_OK ? n : NULL;
}

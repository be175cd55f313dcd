/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading regular expressions in RE2's syntax, as Go's regexp does, into a tree, and compiling the
 * tree.
 *
 * What is refused follows Go: stacked repetitions, counts beyond 1000 or whose product is, unknown
 * escapes and classes, look-around, back-references.
 */
#include "regex_program.h"

#define DEPTH_MAX 1000     /* nested groups */
#define REPEAT_MAX 1000    /* of one repetition, and of nested ones multiplied */
#define PROGRAM_MAX 200000 /* instructions */
#define RUNE_MAX 0x10FFFF

typedef enum node_kind {
    NODE_EMPTY,
    NODE_CLASS, /* ranges */
    NODE_ASSERT,
    NODE_CAT,
    NODE_ALT,
    NODE_REPEAT
} node_kind;

typedef struct node node;
struct node {
    node_kind kind;
    mp__regex_assert assert;
    mp__regex_range *ranges; /* sorted, apart */
    size_t range_count;
    node *left, *right; /* of a pair; a repetition has a left alone */
    int32_t min, max;   /* max -1: no bound */
    bool lazy, nullable;
};

enum { FOLD = 1, MULTILINE = 2, DOT_NL = 4, UNGREEDY = 8 };

typedef struct parser {
    mp__arena arena;
    const char *text;
    size_t size, at;
    unsigned flags, depth;
    mp_error *err;
    mp_status status;
    bool no_posix; /* no ":]" follows */
} parser;

/* ---- errors and input ---- */

static node *fail(parser *p, size_t at, const char *what)
{
    if (p->status == MP_OK)
        p->status = mp__fail_at(p->err, MP_EPARSE, at, 0, 0, "error parsing regexp: %s", what);
    return NULL;
}

static node *no_memory(parser *p)
{
    if (p->status == MP_OK)
        p->status = mp__fail_nomem(p->err);
    return NULL;
}

static int peek(const parser *p)
{
    return p->at < p->size ? (unsigned char)p->text[p->at] : -1;
}

static bool looking_at(const parser *p, const char *what)
{
    size_t n = strlen(what);

    return p->size - p->at >= n && memcmp(p->text + p->at, what, n) == 0;
}

static uint32_t take_rune(parser *p)
{
    uint32_t c = 0;

    if (!mp__utf8_next(p->text, p->size, &p->at, &c)) {
        fail(p, p->at, "invalid UTF-8");
        p->at++;
    }
    return c;
}

/* ---- sets of code points ---- */

typedef struct set {
    mp__regex_range *items;
    size_t count, capacity;
} set;

static void set_add(parser *p, set *s, uint32_t low, uint32_t high)
{
    if (s->count == s->capacity) {
        size_t wider = s->capacity ? s->capacity * 2 : 8;
        mp__regex_range *grown = MP__NEW_ARRAY(&p->arena, mp__regex_range, wider);

        if (!grown) {
            no_memory(p);
            return;
        }
        if (s->count)
            memcpy(grown, s->items, s->count * sizeof *grown);
        s->items = grown;
        s->capacity = wider;
    }
    s->items[s->count++] = (mp__regex_range){ low, high };
}

static int compare_ranges(const void *a, const void *b, void *user)
{
    mp__regex_range x, y;

    (void)user;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return x.low < y.low ? -1 : x.low > y.low;
}

/* Sort and merge. */
static void set_clean(parser *p, set *s)
{
    size_t kept = 0;

    if (s->count == 0)
        return;
    if (!mp__sort(&p->arena.alloc, s->items, s->count, sizeof *s->items, compare_ranges, NULL)) {
        no_memory(p);
        return;
    }
    for (size_t i = 1; i < s->count; i++) {
        if (s->items[i].low <= s->items[kept].high + 1) {
            if (s->items[i].high > s->items[kept].high)
                s->items[kept].high = s->items[i].high;
        } else {
            s->items[++kept] = s->items[i];
        }
    }
    s->count = kept + 1;
}

static void set_negate(parser *p, set *s)
{
    set other = { 0 };
    uint32_t next = 0;

    set_clean(p, s);
    for (size_t i = 0; i < s->count; i++) {
        if (s->items[i].low > next)
            set_add(p, &other, next, s->items[i].low - 1);
        next = s->items[i].high + 1;
    }
    if (next <= RUNE_MAX)
        set_add(p, &other, next, RUNE_MAX);
    *s = other;
}

/* The first entry of the folding table whose code point is c or above. */
static size_t first_fold(uint32_t c)
{
    size_t low = 0, high = mp__regex_fold_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (mp__regex_folds[middle].low < c)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Adds all that c folds to; the table leads through the whole orbit and back to c. */
static void set_add_orbit(parser *p, set *s, uint32_t c)
{
    uint32_t next = c;

    do {
        size_t k = first_fold(next);

        set_add(p, s, next, next);
        if (k == mp__regex_fold_count || mp__regex_folds[k].low != next)
            return;
        next = mp__regex_folds[k].high;
    } while (next != c && p->status == MP_OK);
}

/* Closes the set under simple case folding. */
static void set_fold(parser *p, set *s)
{
    size_t count;

    set_clean(p, s);
    count = s->count;
    for (size_t i = 0; i < count && p->status == MP_OK; i++) {
        uint32_t high = s->items[i].high;

        for (size_t k = first_fold(s->items[i].low);
             k < mp__regex_fold_count && mp__regex_folds[k].low <= high; k++)
            set_add_orbit(p, s, mp__regex_folds[k].low);
    }
    set_clean(p, s);
}

static void set_add_set(parser *p, set *s, const set *other)
{
    for (size_t i = 0; i < other->count; i++)
        set_add(p, s, other->items[i].low, other->items[i].high);
}

/* ---- nodes ---- */

static node *new_node(parser *p, node_kind kind)
{
    node *n = MP__NEW(&p->arena, node);

    if (!n)
        return no_memory(p);
    n->kind = kind;
    return n;
}

static node *class_node(parser *p, set *s)
{
    node *n = new_node(p, NODE_CLASS);

    if (!n)
        return NULL;
    set_clean(p, s);
    n->ranges = s->items;
    n->range_count = s->count;
    return n;
}

static node *rune_node(parser *p, uint32_t c)
{
    set s = { 0 };

    if (p->flags & FOLD)
        set_add_orbit(p, &s, c);
    else
        set_add(p, &s, c, c);
    return class_node(p, &s);
}

static node *assert_node(parser *p, mp__regex_assert what)
{
    node *n = new_node(p, NODE_ASSERT);

    if (n) {
        n->assert = what;
        n->nullable = true;
    }
    return n;
}

static node *pair(parser *p, node_kind kind, node *left, node *right)
{
    node *n = new_node(p, kind);

    if (!n || !left || !right)
        return NULL;
    n->left = left;
    n->right = right;
    n->nullable =
        kind == NODE_CAT ? left->nullable && right->nullable : left->nullable || right->nullable;
    return n;
}

/* ---- escapes and classes ---- */

static int hex_digit(int c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool is_alnum(int c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* \x41 or \x{1F600}; the x is behind us. */
static bool parse_hex(parser *p, uint32_t *out)
{
    uint32_t value = 0;
    int digits = 0;

    if (peek(p) != '{') {
        for (; digits < 2 && hex_digit(peek(p)) >= 0; digits++)
            value = value << 4 | (uint32_t)hex_digit((unsigned char)p->text[p->at++]);
        *out = value;
        return digits == 2;
    }
    for (p->at++; hex_digit(peek(p)) >= 0; digits++) {
        value = value << 4 | (uint32_t)hex_digit((unsigned char)p->text[p->at++]);
        if (value > RUNE_MAX)
            return false;
    }
    *out = value;
    return digits > 0 && peek(p) == '}' && ++p->at;
}

/* An escape that stands for one code point; the backslash is at p->at. */
static bool parse_escape(parser *p, uint32_t *out)
{
    static const char control[] = "a\af\fn\nr\rt\tv\v";
    size_t start = p->at++;
    int c = peek(p);

    if (c == -1) {
        fail(p, start, "trailing backslash at end of expression");
        return false;
    }
    if (c < 0x80) {
        p->at++;
        for (const char *k = control; *k; k += 2) {
            if (c == k[0]) {
                *out = (uint32_t)k[1];
                return true;
            }
        }
        if (c == 'x' && parse_hex(p, out))
            return true;
        if (c == '0' || (c >= '1' && c <= '7' && peek(p) >= '0' && peek(p) <= '7')) {
            *out = (uint32_t)(c - '0');
            for (int i = 1; i < 3 && peek(p) >= '0' && peek(p) <= '7'; i++)
                *out = *out * 8 + (uint32_t)(p->text[p->at++] - '0');
            return true;
        }
        if (!is_alnum(c)) {
            *out = (uint32_t)c;
            return true;
        }
    }
    fail(p, start, "invalid escape sequence");
    return false;
}

static const struct {
    const char *name;
    const char *ranges; /* pairs of characters */
} posix_classes[] = {
    { "alnum", "09AZaz" },
    { "alpha", "AZaz" },
    { "ascii", "\x01\x7F" },
    { "blank", "\t\t  " },
    { "cntrl", "\x01\x1F\x7F\x7F" },
    { "digit", "09" },
    { "graph", "!~" },
    { "lower", "az" },
    { "print", " ~" },
    { "punct", "!/:@[`{~" },
    { "space", "\t\r  " },
    { "upper", "AZ" },
    { "word", "09AZaz__" },
    { "xdigit", "09AFaf" },
};

static void add_pairs(parser *p, set *s, const char *pairs)
{
    for (; pairs[0]; pairs += 2)
        set_add(p, s, (unsigned char)pairs[0], (unsigned char)pairs[1]);
}

/* Adds a finished class, folded and negated as asked. */
static void add_class(parser *p, set *s, set *found, bool negate)
{
    if (p->flags & FOLD)
        set_fold(p, found);
    if (negate)
        set_negate(p, found);
    set_add_set(p, s, found);
}

/* \d \w \s and their negations, if one is at p->at. */
static bool parse_perl_class(parser *p, set *s)
{
    set found = { 0 };
    int c = p->at + 1 < p->size && peek(p) == '\\' ? p->text[p->at + 1] : 0;

    switch (c) {
    case 'd':
    case 'D':
        add_pairs(p, &found, "09");
        break;
    case 's':
    case 'S':
        add_pairs(p, &found, "\t\n\f\r  ");
        break;
    case 'w':
    case 'W':
        add_pairs(p, &found, "09AZ__az");
        break;
    default:
        return false;
    }
    p->at += 2;
    add_class(p, s, &found, c < 'a');
    return true;
}

/* The longest name of a class, and more. */
#define NAME_MAX_SIZE 48

/* Names are compared without regard to case, spaces, '-' and '_'. */
static bool add_named(parser *p, set *s, mp__str name)
{
    char canonical[NAME_MAX_SIZE + 1];
    size_t size = 0;

    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];

        if (c == ' ' || c == '-' || c == '_')
            continue;
        if (size == NAME_MAX_SIZE)
            return false;
        canonical[size++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    for (size_t i = 0; i < mp__regex_named_count; i++) {
        const mp__regex_named *c = &mp__regex_named_classes[i];

        if (!mp__str_equal((mp__str){ canonical, size }, mp__str_make(c->name, MP_NTS)))
            continue;
        for (size_t r = 0; r < c->count; r++)
            set_add(p, s, mp__regex_ranges[c->start + r].low, mp__regex_ranges[c->start + r].high);
        return true;
    }
    return false;
}

/* \pL \PN \p{Greek} \p{^Greek}, if one is at p->at. */
static bool parse_unicode_class(parser *p, set *s)
{
    size_t start = p->at;
    set found = { 0 };
    mp__str name;
    bool negate;

    if (!looking_at(p, "\\p") && !looking_at(p, "\\P"))
        return false;
    negate = p->text[p->at + 1] == 'P';
    p->at += 2;
    if (peek(p) == -1) {
        fail(p, start, "invalid character class range");
        return true;
    }
    if (peek(p) == '{') {
        const char *close = memchr(p->text + p->at, '}', p->size - p->at);

        if (!close) {
            fail(p, start, "invalid character class range");
            return true;
        }
        name = (mp__str){ p->text + p->at + 1, (size_t)(close - p->text) - p->at - 1 };
        p->at = (size_t)(close - p->text) + 1;
    } else {
        name.data = p->text + p->at;
        take_rune(p);
        name.size = (size_t)(p->text + p->at - name.data);
    }
    if (name.size && name.data[0] == '^') {
        negate = !negate;
        name.data++;
        name.size--;
    }
    if (!add_named(p, &found, name))
        fail(p, start, "invalid character class range");
    add_class(p, s, &found, negate);
    return true;
}

/* [:alpha:] or [:^alpha:] inside a class, if one is at p->at. */
static bool parse_posix_class(parser *p, set *s)
{
    size_t start = p->at, end = p->at + 2;
    bool negate;
    mp__str name;

    if (!looking_at(p, "[:") || p->no_posix)
        return false;
    while (end + 1 < p->size && !(p->text[end] == ':' && p->text[end + 1] == ']'))
        end++;
    if (end + 1 >= p->size) {
        p->no_posix = true;
        return false;
    }
    name = (mp__str){ p->text + start + 2, end - start - 2 };
    negate = name.size && name.data[0] == '^';
    name.data += negate;
    name.size -= negate;
    for (size_t i = 0; i < MP__COUNT(posix_classes); i++) {
        if (mp__str_equal(name, mp__str_make(posix_classes[i].name, MP_NTS))) {
            set found = { 0 };

            add_pairs(p, &found, posix_classes[i].ranges);
            if (posix_classes[i].name[0] == 'a' && posix_classes[i].name[1] == 's')
                set_add(p, &found, 0, 0);
            if (posix_classes[i].name[0] == 'c')
                set_add(p, &found, 0, 0);
            p->at = end + 2;
            add_class(p, s, &found, negate);
            return true;
        }
    }
    fail(p, start, "invalid character class range");
    return true;
}

static bool parse_class_rune(parser *p, uint32_t *out)
{
    if (peek(p) == '\\')
        return parse_escape(p, out);
    *out = take_rune(p);
    return p->status == MP_OK;
}

/* "[" ["^"] items "]" ; a "]" that comes first is an item */
static node *parse_class(parser *p)
{
    size_t start = p->at++;
    set s = { 0 };
    bool negate = peek(p) == '^', first = true;

    p->at += negate;
    while (p->status == MP_OK && (peek(p) != ']' || first)) {
        uint32_t low, high;
        size_t item = p->at;

        if (peek(p) == -1)
            return fail(p, start, "missing closing ]");
        first = false;
        if (parse_posix_class(p, &s) || parse_unicode_class(p, &s) || parse_perl_class(p, &s))
            continue;
        if (!parse_class_rune(p, &low))
            return NULL;
        high = low;
        if (p->at + 1 < p->size && peek(p) == '-' && p->text[p->at + 1] != ']') {
            p->at++;
            if (!parse_class_rune(p, &high))
                return NULL;
            if (high < low)
                return fail(p, item, "invalid character class range");
        }
        set_add(p, &s, low, high);
    }
    p->at++;
    /* What was negated above is closed under folding already, so once for all is right. */
    if (p->flags & FOLD)
        set_fold(p, &s);
    if (negate)
        set_negate(p, &s);
    return class_node(p, &s);
}

/* ---- atoms ---- */

static node *parse_alternatives(parser *p);

static node *parse_group_body(parser *p, size_t start, unsigned flags_after)
{
    node *n;

    if (++p->depth > DEPTH_MAX)
        return fail(p, start, "expression nests too deeply");
    n = parse_alternatives(p);
    if (!n)
        return NULL;
    if (peek(p) != ')')
        return fail(p, start, "missing closing )");
    p->at++;
    p->depth--;
    p->flags = flags_after;
    return n;
}

/* (?P<name> or (?<name> ; p->at is at the '<'.  As in Go, two groups may share a name. */
static bool parse_group_name(parser *p, size_t start)
{
    size_t from = ++p->at;

    while (is_alnum(peek(p)) || peek(p) == '_')
        p->at++;
    if (peek(p) != '>' || p->at == from) {
        fail(p, start, "invalid named capture");
        return false;
    }
    p->at++;
    return true;
}

/* (?flags), which is no item and gives NULL, or (?flags:expr) ; p->at is behind the '?' */
static node *parse_flags(parser *p, size_t start)
{
    unsigned flags = p->flags, old = p->flags, bit;
    bool negative = false, seen = false;

    for (;;) {
        int c = peek(p);

        p->at++;
        switch (c) {
        case 'i':
            bit = FOLD;
            break;
        case 'm':
            bit = MULTILINE;
            break;
        case 's':
            bit = DOT_NL;
            break;
        case 'U':
            bit = UNGREEDY;
            break;
        case '-':
            if (negative)
                return fail(p, start, "invalid or unsupported Perl syntax");
            negative = true;
            seen = false;
            continue;
        case ':':
        case ')':
            if (negative && !seen)
                return fail(p, start, "invalid or unsupported Perl syntax");
            p->flags = flags;
            return c == ':' ? parse_group_body(p, start, old) : NULL;
        default:
            return fail(p, start, "invalid or unsupported Perl syntax");
        }
        flags = negative ? flags & ~bit : flags | bit;
        seen = true;
    }
}

static node *parse_group(parser *p)
{
    size_t start = p->at++;
    unsigned flags = p->flags;

    if (peek(p) != '?')
        return parse_group_body(p, start, flags);
    p->at++;
    if (looking_at(p, "P<"))
        p->at++;
    if (peek(p) == '<')
        return parse_group_name(p, start) ? parse_group_body(p, start, flags) : NULL;
    return parse_flags(p, start);
}

static node *parse_backslash(parser *p)
{
    int c = p->at + 1 < p->size ? p->text[p->at + 1] : 0;
    set s = { 0 };
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
    if (parse_unicode_class(p, &s) || parse_perl_class(p, &s))
        return p->status == MP_OK ? class_node(p, &s) : NULL;
    return parse_escape(p, &rune) ? rune_node(p, rune) : NULL;
}

/* One item of a sequence; NULL for a mere change of flags. */
static node *parse_atom(parser *p)
{
    set s = { 0 };

    switch (peek(p)) {
    case '(':
        return parse_group(p);
    case '[':
        return parse_class(p);
    case '.':
        p->at++;
        if (!(p->flags & DOT_NL))
            set_add(p, &s, '\n', '\n');
        set_negate(p, &s);
        return class_node(p, &s);
    case '^':
        p->at++;
        return assert_node(p, p->flags & MULTILINE ? MP__RE_BEGIN_LINE : MP__RE_BEGIN_TEXT);
    case '$':
        p->at++;
        return assert_node(p, p->flags & MULTILINE ? MP__RE_END_LINE : MP__RE_END_TEXT);
    case '\\':
        return parse_backslash(p);
    default:
        return rune_node(p, take_rune(p));
    }
}

/* ---- repetition ---- */

/* {n}, {n,} or {n,m} at p->at; false (and nothing taken) where it is only a brace. */
static bool parse_counts(parser *p, int32_t *min, int32_t *max)
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
static bool product_fits(const node *n, int32_t limit)
{
    for (; n; n = n->left) {
        int32_t times = n->max < 0 ? n->min : n->max;

        if (n->kind == NODE_REPEAT && n->max == 0)
            return true;
        if (n->kind == NODE_REPEAT && times >= 2) {
            if (times > limit)
                return false;
            limit /= times;
        }
        if (n->right && !product_fits(n->right, limit))
            return false;
    }
    return true;
}

static node *repeat(parser *p, node *atom, size_t at, int32_t min, int32_t max, bool counted)
{
    node *n;

    if (counted && (min > REPEAT_MAX || max > REPEAT_MAX || (max >= 0 && min > max)))
        return fail(p, at, "invalid repeat count");
    n = new_node(p, NODE_REPEAT);
    if (!n)
        return NULL;
    n->left = atom;
    n->min = min;
    n->max = max;
    n->lazy = (p->flags & UNGREEDY) != 0;
    n->nullable = min == 0 || atom->nullable;
    if (peek(p) == '?') {
        p->at++;
        n->lazy = !n->lazy;
    }
    if (counted && !product_fits(n, REPEAT_MAX))
        return fail(p, at, "invalid repeat count");
    return n;
}

/* An operator at p->at: true, with its counts. */
static bool parse_operator(parser *p, int32_t *min, int32_t *max, bool *counted)
{
    int c = peek(p);

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
    node *before, *last;
    bool repeated; /* an operator is the latest thing read */
} sequence;

static void append(parser *p, sequence *s, node *item)
{
    if (s->last)
        s->before = s->before ? pair(p, NODE_CAT, s->before, s->last) : s->last;
    s->last = item;
    s->repeated = false;
}

/* Applies an operator, if one is at p->at. */
static bool parse_repetition(parser *p, sequence *s)
{
    size_t start = p->at;
    int32_t min, max;
    bool counted;

    if (!parse_operator(p, &min, &max, &counted))
        return false;
    if (s->repeated)
        fail(p, start, "invalid nested repetition operator");
    else if (!s->last)
        fail(p, start, "missing argument to repetition operator");
    else
        s->last = repeat(p, s->last, start, min, max, counted);
    s->repeated = true;
    return true;
}

/* \Q text \E, if it is at p->at: each character is an item of its own. */
static bool parse_quoted(parser *p, sequence *s)
{
    if (!looking_at(p, "\\Q"))
        return false;
    p->at += 2;
    while (p->status == MP_OK && p->at < p->size && !looking_at(p, "\\E"))
        append(p, s, rune_node(p, take_rune(p)));
    if (p->at < p->size)
        p->at += 2;
    s->repeated = false;
    return true;
}

static node *parse_sequence(parser *p)
{
    sequence s = { 0 };

    while (p->status == MP_OK && peek(p) != -1 && peek(p) != '|' && peek(p) != ')') {
        node *item;

        if (parse_repetition(p, &s) || parse_quoted(p, &s))
            continue;
        item = parse_atom(p);
        if (item)
            append(p, &s, item);
        s.repeated = false;
    }
    append(p, &s, NULL);
    if (!s.before && p->status == MP_OK) {
        s.before = new_node(p, NODE_EMPTY);
        if (s.before)
            s.before->nullable = true;
    }
    return p->status == MP_OK ? s.before : NULL;
}

static node *parse_alternatives(parser *p)
{
    node *n = parse_sequence(p);

    while (n && peek(p) == '|') {
        p->at++;
        n = pair(p, NODE_ALT, n, parse_sequence(p));
    }
    return p->status == MP_OK ? n : NULL;
}

/* ---- compiling ---- */

static bool emit(parser *p, mp__regex *re, mp__re_op op, uint32_t x, uint32_t y)
{
    if (re->code_count >= PROGRAM_MAX) {
        if (p->status == MP_OK)
            p->status = mp__fail(p->err, MP_ELIMIT, "the regular expression is too large");
        return false;
    }
    if (!mp__grow(&re->alloc, &re->code, &re->code_capacity, re->code_count + 1,
                  sizeof *re->code)) {
        no_memory(p);
        return false;
    }
    re->code[re->code_count++] = (mp__re_insn){ op, x, y };
    return true;
}

static bool compile_class(parser *p, mp__regex *re, const node *n)
{
    const mp__regex_range *r = n->ranges;
    uint32_t start = (uint32_t)re->range_count;

    if (n->range_count == 1 && r[0].low == r[0].high)
        return emit(p, re, MP__RE_CHAR, r[0].low, 0);
    if (n->range_count == 1 && r[0].low == 0 && r[0].high == RUNE_MAX)
        return emit(p, re, MP__RE_ANY, 0, 0);
    if (n->range_count == 2 && r[0].low == 0 && r[0].high == '\n' - 1 && r[1].low == '\n' + 1 &&
        r[1].high == RUNE_MAX)
        return emit(p, re, MP__RE_ANY_NOT_NL, 0, 0);
    /* A class repeated by a count shares its ranges. */
    for (size_t i = re->code_count > 2 ? re->code_count - 2 : 0; i < re->code_count; i++)
        if (re->code[i].op == MP__RE_CLASS && re->code[i].y == n->range_count && n->range_count &&
            memcmp(&re->ranges[re->code[i].x], r, n->range_count * sizeof *r) == 0)
            return emit(p, re, MP__RE_CLASS, re->code[i].x, re->code[i].y);
    if (!mp__grow(&re->alloc, &re->ranges, &re->range_capacity,
                  re->range_count + n->range_count + 1, sizeof *re->ranges)) {
        no_memory(p);
        return false;
    }
    if (n->range_count)
        memcpy(&re->ranges[start], r, n->range_count * sizeof *r);
    re->range_count += n->range_count;
    return emit(p, re, MP__RE_CLASS, start, (uint32_t)n->range_count);
}

static bool compile_node(parser *p, mp__regex *re, const node *n);

/* A split whose preferred way is `first`; the other way is filled in by the caller. */
static bool emit_split(parser *p, mp__regex *re, bool lazy, size_t *at)
{
    *at = re->code_count;
    if (!emit(p, re, MP__RE_SPLIT, 0, 0))
        return false;
    if (lazy)
        re->code[*at].y = (uint32_t)re->code_count;
    else
        re->code[*at].x = (uint32_t)re->code_count;
    return true;
}

static void set_other(mp__regex *re, size_t split, bool lazy)
{
    if (lazy)
        re->code[split].x = (uint32_t)re->code_count;
    else
        re->code[split].y = (uint32_t)re->code_count;
}

/* x+ : x, then back to it or on */
static bool compile_plus(parser *p, mp__regex *re, const node *n, bool lazy)
{
    uint32_t start = (uint32_t)re->code_count, next;

    if (!compile_node(p, re, n))
        return false;
    next = (uint32_t)re->code_count + 1;
    return emit(p, re, MP__RE_SPLIT, lazy ? next : start, lazy ? start : next);
}

/* x* ; where x may match nothing it is (x+)?, which keeps the order of preference */
static bool compile_star(parser *p, mp__regex *re, const node *n, bool lazy)
{
    size_t split;

    if (!emit_split(p, re, lazy, &split))
        return false;
    if (n->nullable) {
        if (!compile_plus(p, re, n, lazy))
            return false;
    } else if (!compile_node(p, re, n) || !emit(p, re, MP__RE_JUMP, (uint32_t)split, 0)) {
        return false;
    }
    set_other(re, split, lazy);
    return true;
}

static bool compile_repeat(parser *p, mp__regex *re, const node *n)
{
    int32_t optional = n->max < 0 ? 0 : n->max - n->min;
    size_t *splits;

    if (n->max < 0 && n->min == 1)
        return compile_plus(p, re, n->left, n->lazy);
    for (int32_t i = 0; i < n->min - (n->max < 0 && n->min > 0); i++)
        if (!compile_node(p, re, n->left))
            return false;
    if (n->max < 0)
        return n->min > 0 ? compile_plus(p, re, n->left, n->lazy)
                          : compile_star(p, re, n->left, n->lazy);
    /* x{2,4} is xx(x(x)?)? */
    splits = MP__NEW_ARRAY(&p->arena, size_t, (size_t)optional);
    if (!splits) {
        no_memory(p);
        return false;
    }
    for (int32_t i = 0; i < optional; i++)
        if (!emit_split(p, re, n->lazy, &splits[i]) || !compile_node(p, re, n->left))
            return false;
    for (int32_t i = 0; i < optional; i++)
        set_other(re, splits[i], n->lazy);
    return true;
}

static bool compile_alt(parser *p, mp__regex *re, const node *n)
{
    size_t split, jump;

    if (!emit_split(p, re, false, &split) || !compile_node(p, re, n->left))
        return false;
    jump = re->code_count;
    if (!emit(p, re, MP__RE_JUMP, 0, 0))
        return false;
    set_other(re, split, false);
    if (!compile_node(p, re, n->right))
        return false;
    re->code[jump].x = (uint32_t)re->code_count;
    return true;
}

/* Sequences and alternatives lean to the left, so only their left sides nest deeply: those are
 * walked by a list, in compile_chain(). */
static bool compile_chain(parser *p, mp__regex *re, const node *n)
{
    const node **parts;
    size_t count = 1, i;

    for (const node *k = n; k->kind == NODE_CAT; k = k->left)
        count++;
    parts = MP__NEW_ARRAY(&p->arena, const node *, count);
    if (!parts) {
        no_memory(p);
        return false;
    }
    for (i = count; n->kind == NODE_CAT; n = n->left)
        parts[--i] = n->right;
    parts[0] = n;
    for (i = 0; i < count; i++)
        if (!compile_node(p, re, parts[i]))
            return false;
    return true;
}

/* a|b|c : each split prefers its alternative over all that follow. */
static bool compile_alternatives(parser *p, mp__regex *re, const node *n)
{
    const node **parts;
    size_t count = 1, i, *jumps, split;

    for (const node *k = n; k->kind == NODE_ALT; k = k->left)
        count++;
    if (count == 2)
        return compile_alt(p, re, n);
    parts = MP__NEW_ARRAY(&p->arena, const node *, count);
    jumps = MP__NEW_ARRAY(&p->arena, size_t, count);
    if (!parts || !jumps) {
        no_memory(p);
        return false;
    }
    for (i = count; n->kind == NODE_ALT; n = n->left)
        parts[--i] = n->right;
    parts[0] = n;
    for (i = 0; i + 1 < count; i++) {
        if (!emit_split(p, re, false, &split) || !compile_node(p, re, parts[i]))
            return false;
        jumps[i] = re->code_count;
        if (!emit(p, re, MP__RE_JUMP, 0, 0))
            return false;
        set_other(re, split, false);
    }
    if (!compile_node(p, re, parts[count - 1]))
        return false;
    for (i = 0; i + 1 < count; i++)
        re->code[jumps[i]].x = (uint32_t)re->code_count;
    return true;
}

static bool compile_node(parser *p, mp__regex *re, const node *n)
{
    switch (n->kind) {
    case NODE_EMPTY:
        return true;
    case NODE_CLASS:
        return compile_class(p, re, n);
    case NODE_ASSERT:
        return emit(p, re, MP__RE_ASSERT, n->assert, 0);
    case NODE_CAT:
        return compile_chain(p, re, n);
    case NODE_ALT:
        return compile_alternatives(p, re, n);
    case NODE_REPEAT:
        return compile_repeat(p, re, n);
    }
    return false;
}

/* ---- what every match holds ---- */

static bool is_dot_star(const node *n)
{
    return n->kind == NODE_REPEAT && n->min == 0 && n->max < 0 && n->left->kind == NODE_CLASS &&
           ((n->left->range_count == 2 && n->left->ranges[0].low == 0 &&
             n->left->ranges[0].high == '\n' - 1 && n->left->ranges[1].low == '\n' + 1 &&
             n->left->ranges[1].high == RUNE_MAX) ||
            (n->left->range_count == 1 && n->left->ranges[0].low == 0 &&
             n->left->ranges[0].high == RUNE_MAX));
}

static bool is_literal(const node *n)
{
    uint32_t c;

    if (n->kind != NODE_CLASS || n->range_count != 1)
        return false;
    c = n->ranges[0].low;
    /* U+FFFD also matches bytes that are no UTF-8, and a surrogate has no bytes at all. */
    return c == n->ranges[0].high && c != 0xFFFD && !(c >= 0xD800 && c <= 0xDFFF);
}

/* The first run of literal characters in the sequence of the top; decides the match alone where
 * around it is nothing but .* and anchors beside a .*, or nothing. */
static bool find_required(parser *p, mp__regex *re, const node *n)
{
    const node **parts;
    size_t count = 1, i, first, last;
    mp__buf buf;

    for (const node *k = n; k->kind == NODE_CAT; k = k->left)
        count++;
    parts = MP__NEW_ARRAY(&p->arena, const node *, count);
    if (!parts)
        return false;
    for (i = count; n->kind == NODE_CAT; n = n->left)
        parts[--i] = n->right;
    parts[0] = n;
    re->anchored = parts[0]->kind == NODE_ASSERT && parts[0]->assert == MP__RE_BEGIN_TEXT;
    for (first = 0; first < count && !is_literal(parts[first]); first++)
        ;
    for (last = first; last < count && is_literal(parts[last]); last++)
        ;
    if (first == last)
        return true;
    mp__buf_init(&buf, &re->alloc);
    for (i = first; i < last; i++)
        mp__buf_put_utf8(&buf, parts[i]->ranges[0].low);
    if (buf.failed) {
        mp__buf_fini(&buf);
        return false;
    }
    re->literal_text = buf.data;
    re->literal = (mp__str){ buf.data, buf.size };
    re->literal_decides =
        (first == 0 || (first == 1 && is_dot_star(parts[0])) ||
         (first == 2 && re->anchored && is_dot_star(parts[1]))) &&
        (last == count || (last + 1 == count && is_dot_star(parts[last])) ||
         (last + 2 == count && is_dot_star(parts[last]) && parts[last + 1]->kind == NODE_ASSERT &&
          parts[last + 1]->assert == MP__RE_END_TEXT));
    return true;
}

mp_status mp__regex_compile(const mp_allocator *a, const char *src, size_t size, mp__regex **out,
                            mp_error *err)
{
    mp_allocator alloc = mp__allocator(a);
    mp__regex *re = mp__calloc(&alloc, 1, sizeof *re);
    parser p = { 0 };
    node *root;

    *out = NULL;
    if (!re)
        return mp__fail_nomem(err);
    re->alloc = alloc;
    p.text = src;
    p.size = size;
    p.err = err;
    mp__arena_init(&p.arena, &alloc);
    root = parse_alternatives(&p);
    if (root && peek(&p) == ')')
        fail(&p, p.at, "unexpected )");
    if (p.status == MP_OK && root && compile_node(&p, re, root) &&
        emit(&p, re, MP__RE_MATCH, 0, 0) && !find_required(&p, re, root))
        no_memory(&p);
    if (p.status == MP_OK && (!root || p.arena.failed))
        no_memory(&p);
    mp__arena_fini(&p.arena);
    if (p.status != MP_OK) {
        mp__regex_free(re);
        return p.status;
    }
    *out = re;
    return MP_OK;
}

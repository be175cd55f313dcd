/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Classes of characters: sets of code points, escapes, named classes and brackets.
 */
#include "regex_tree.h"

/* ---- sets of code points ---- */

void mp__re_set_add(mp__re_parser *p, mp__re_set *s, uint32_t low, uint32_t high)
{
    if (s->count == s->capacity) {
        size_t wider = s->capacity ? s->capacity * 2 : 8;
        mp__regex_range *grown = MP__NEW_ARRAY(&p->arena, mp__regex_range, wider);

        if (!grown) {
            mp__re_no_memory(p);
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

void mp__re_set_clean(mp__re_parser *p, mp__re_set *s)
{
    size_t kept = 0;

    if (s->count == 0)
        return;
    if (!mp__sort(&p->arena.alloc, s->items, s->count, sizeof *s->items, compare_ranges, NULL)) {
        mp__re_no_memory(p);
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

void mp__re_set_negate(mp__re_parser *p, mp__re_set *s)
{
    mp__re_set other = { 0 };
    uint32_t next = 0;

    mp__re_set_clean(p, s);
    for (size_t i = 0; i < s->count; i++) {
        if (s->items[i].low > next)
            mp__re_set_add(p, &other, next, s->items[i].low - 1);
        next = s->items[i].high + 1;
    }
    if (next <= MP__RE_RUNE_MAX)
        mp__re_set_add(p, &other, next, MP__RE_RUNE_MAX);
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
void mp__re_set_add_orbit(mp__re_parser *p, mp__re_set *s, uint32_t c)
{
    uint32_t next = c;

    do {
        size_t k = first_fold(next);

        mp__re_set_add(p, s, next, next);
        if (k == mp__regex_fold_count || mp__regex_folds[k].low != next)
            return;
        next = mp__regex_folds[k].high;
    } while (next != c && p->status == MP_OK);
}

/* Closes the set under simple case folding. */
static void set_fold(mp__re_parser *p, mp__re_set *s)
{
    size_t count;

    mp__re_set_clean(p, s);
    count = s->count;
    for (size_t i = 0; i < count && p->status == MP_OK; i++) {
        uint32_t high = s->items[i].high;

        for (size_t k = first_fold(s->items[i].low);
             k < mp__regex_fold_count && mp__regex_folds[k].low <= high; k++)
            mp__re_set_add_orbit(p, s, mp__regex_folds[k].low);
    }
    mp__re_set_clean(p, s);
}

static void set_add_set(mp__re_parser *p, mp__re_set *s, const mp__re_set *other)
{
    for (size_t i = 0; i < other->count; i++)
        mp__re_set_add(p, s, other->items[i].low, other->items[i].high);
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

/* \x41 or \x{1F600}; the x is behind us. */
static bool parse_hex(mp__re_parser *p, uint32_t *out)
{
    uint32_t value = 0;
    int digits = 0;

    if (mp__re_peek(p) != '{') {
        for (; digits < 2 && hex_digit(mp__re_peek(p)) >= 0; digits++)
            value = value << 4 | (uint32_t)hex_digit((unsigned char)p->text[p->at++]);
        *out = value;
        return digits == 2;
    }
    for (p->at++; hex_digit(mp__re_peek(p)) >= 0; digits++) {
        value = value << 4 | (uint32_t)hex_digit((unsigned char)p->text[p->at++]);
        if (value > MP__RE_RUNE_MAX)
            return false;
    }
    *out = value;
    return digits > 0 && mp__re_peek(p) == '}' && ++p->at;
}

/* An escape that stands for one code point; the backslash is at p->at. */
bool mp__re_parse_escape(mp__re_parser *p, uint32_t *out)
{
    static const char control[] = "a\af\fn\nr\rt\tv\v";
    size_t start = p->at++;
    int c = mp__re_peek(p);

    if (c == -1) {
        mp__re_fail(p, start, "trailing backslash at end of expression");
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
        if (c == '0' || (c >= '1' && c <= '7' && mp__re_peek(p) >= '0' && mp__re_peek(p) <= '7')) {
            *out = (uint32_t)(c - '0');
            for (int i = 1; i < 3 && mp__re_peek(p) >= '0' && mp__re_peek(p) <= '7'; i++)
                *out = *out * 8 + (uint32_t)(p->text[p->at++] - '0');
            return true;
        }
        if (!mp__re_is_alnum(c)) {
            *out = (uint32_t)c;
            return true;
        }
    }
    mp__re_fail(p, start, "invalid escape sequence");
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

static void add_pairs(mp__re_parser *p, mp__re_set *s, const char *pairs)
{
    for (; pairs[0]; pairs += 2)
        mp__re_set_add(p, s, (unsigned char)pairs[0], (unsigned char)pairs[1]);
}

/* Adds a finished class, folded and negated as asked. */
static void add_class(mp__re_parser *p, mp__re_set *s, mp__re_set *found, bool negate)
{
    if (p->flags & MP__RE_FOLD)
        set_fold(p, found);
    if (negate)
        mp__re_set_negate(p, found);
    set_add_set(p, s, found);
}

/* \d \w \s and their negations, if one is at p->at. */
bool mp__re_parse_perl_class(mp__re_parser *p, mp__re_set *s)
{
    mp__re_set found = { 0 };
    int c = p->at + 1 < p->size && mp__re_peek(p) == '\\' ? p->text[p->at + 1] : 0;

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
static bool add_named(mp__re_parser *p, mp__re_set *s, mp__str name)
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
            mp__re_set_add(p, s, mp__regex_ranges[c->start + r].low,
                           mp__regex_ranges[c->start + r].high);
        return true;
    }
    return false;
}

/* \pL \PN \p{Greek} \p{^Greek}, if one is at p->at. */
bool mp__re_parse_unicode_class(mp__re_parser *p, mp__re_set *s)
{
    size_t start = p->at;
    mp__re_set found = { 0 };
    mp__str name;
    bool negate;

    if (!mp__re_looking_at(p, "\\p") && !mp__re_looking_at(p, "\\P"))
        return false;
    negate = p->text[p->at + 1] == 'P';
    p->at += 2;
    if (mp__re_peek(p) == -1) {
        mp__re_fail(p, start, "invalid character class range");
        return true;
    }
    if (mp__re_peek(p) == '{') {
        const char *close = memchr(p->text + p->at, '}', p->size - p->at);

        if (!close) {
            mp__re_fail(p, start, "invalid character class range");
            return true;
        }
        name = (mp__str){ p->text + p->at + 1, (size_t)(close - p->text) - p->at - 1 };
        p->at = (size_t)(close - p->text) + 1;
    } else {
        name.data = p->text + p->at;
        mp__re_take_rune(p);
        name.size = (size_t)(p->text + p->at - name.data);
    }
    if (name.size && name.data[0] == '^') {
        negate = !negate;
        name.data++;
        name.size--;
    }
    if (!add_named(p, &found, name))
        mp__re_fail(p, start, "invalid character class range");
    add_class(p, s, &found, negate);
    return true;
}

/* [:alpha:] or [:^alpha:] inside a class, if one is at p->at. */
static bool parse_posix_class(mp__re_parser *p, mp__re_set *s)
{
    size_t start = p->at, end = p->at + 2;
    bool negate;
    mp__str name;

    if (!mp__re_looking_at(p, "[:") || p->no_posix)
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
            mp__re_set found = { 0 };

            add_pairs(p, &found, posix_classes[i].ranges);
            if (posix_classes[i].name[0] == 'a' && posix_classes[i].name[1] == 's')
                mp__re_set_add(p, &found, 0, 0);
            if (posix_classes[i].name[0] == 'c')
                mp__re_set_add(p, &found, 0, 0);
            p->at = end + 2;
            add_class(p, s, &found, negate);
            return true;
        }
    }
    mp__re_fail(p, start, "invalid character class range");
    return true;
}

static bool parse_class_rune(mp__re_parser *p, uint32_t *out)
{
    if (mp__re_peek(p) == '\\')
        return mp__re_parse_escape(p, out);
    *out = mp__re_take_rune(p);
    return p->status == MP_OK;
}

/* "[" ["^"] items "]" ; a "]" that comes first is an item */
bool mp__re_parse_class(mp__re_parser *p, mp__re_set *s)
{
    size_t start = p->at++;
    bool negate = mp__re_peek(p) == '^', first = true;

    p->at += negate;
    while (p->status == MP_OK && (mp__re_peek(p) != ']' || first)) {
        uint32_t low, high;
        size_t item = p->at;

        if (mp__re_peek(p) == -1) {
            mp__re_fail(p, start, "missing closing ]");
            return false;
        }
        first = false;
        if (parse_posix_class(p, s) || mp__re_parse_unicode_class(p, s) ||
            mp__re_parse_perl_class(p, s))
            continue;
        if (!parse_class_rune(p, &low))
            return false;
        high = low;
        if (p->at + 1 < p->size && mp__re_peek(p) == '-' && p->text[p->at + 1] != ']') {
            p->at++;
            if (!parse_class_rune(p, &high))
                return false;
            if (high < low)
                mp__re_fail(p, item, "invalid character class range");
        }
        mp__re_set_add(p, s, low, high);
    }
    p->at++;
    /* What was negated above is closed under folding already, so once for all is right. */
    if (p->flags & MP__RE_FOLD)
        set_fold(p, s);
    if (negate)
        mp__re_set_negate(p, s);
    return p->status == MP_OK;
}

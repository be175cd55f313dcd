/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiling the tree of a regular expression, and what every match must hold.
 */
#include "regex_tree.h"

#define PROGRAM_MAX 200000 /* instructions */

static bool emit(mp__re_parser *p, mp__regex *re, mp__re_op op, uint32_t x, uint32_t y)
{
    if (re->code_count >= PROGRAM_MAX) {
        if (p->status == MP_OK)
            p->status = mp__fail(p->err, MP_ELIMIT, "the regular expression is too large");
        return false;
    }
    if (!mp__grow(&re->alloc, &re->code, &re->code_capacity, re->code_count + 1,
                  sizeof *re->code)) {
        mp__re_no_memory(p);
        return false;
    }
    re->code[re->code_count++] = (mp__re_insn){ op, x, y };
    return true;
}

static bool compile_class(mp__re_parser *p, mp__regex *re, const mp__re_node *n)
{
    const mp__regex_range *r = n->ranges;
    uint32_t start = (uint32_t)re->range_count;

    if (n->range_count == 1 && r[0].low == r[0].high)
        return emit(p, re, MP__RE_CHAR, r[0].low, 0);
    if (n->range_count == 1 && r[0].low == 0 && r[0].high == MP__RE_RUNE_MAX)
        return emit(p, re, MP__RE_ANY, 0, 0);
    if (n->range_count == 2 && r[0].low == 0 && r[0].high == '\n' - 1 && r[1].low == '\n' + 1 &&
        r[1].high == MP__RE_RUNE_MAX)
        return emit(p, re, MP__RE_ANY_NOT_NL, 0, 0);
    /* A class repeated by a count shares its ranges. */
    for (size_t i = re->code_count > 2 ? re->code_count - 2 : 0; i < re->code_count; i++)
        if (re->code[i].op == MP__RE_CLASS && re->code[i].y == n->range_count && n->range_count &&
            memcmp(&re->ranges[re->code[i].x], r, n->range_count * sizeof *r) == 0)
            return emit(p, re, MP__RE_CLASS, re->code[i].x, re->code[i].y);
    if (!mp__grow(&re->alloc, &re->ranges, &re->range_capacity,
                  re->range_count + n->range_count + 1, sizeof *re->ranges)) {
        mp__re_no_memory(p);
        return false;
    }
    if (n->range_count)
        memcpy(&re->ranges[start], r, n->range_count * sizeof *r);
    re->range_count += n->range_count;
    return emit(p, re, MP__RE_CLASS, start, (uint32_t)n->range_count);
}

static bool compile_node(mp__re_parser *p, mp__regex *re, const mp__re_node *n);

/* A split whose preferred way is `first`; the other way is filled in by the caller. */
static bool emit_split(mp__re_parser *p, mp__regex *re, bool lazy, size_t *at)
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
static bool compile_plus(mp__re_parser *p, mp__regex *re, const mp__re_node *n, bool lazy)
{
    uint32_t start = (uint32_t)re->code_count, next;

    if (!compile_node(p, re, n))
        return false;
    next = (uint32_t)re->code_count + 1;
    return emit(p, re, MP__RE_SPLIT, lazy ? next : start, lazy ? start : next);
}

/* x* ; where x may match nothing it is (x+)?, which keeps the order of preference */
static bool compile_star(mp__re_parser *p, mp__regex *re, const mp__re_node *n, bool lazy)
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

static bool compile_repeat(mp__re_parser *p, mp__regex *re, const mp__re_node *n)
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
        mp__re_no_memory(p);
        return false;
    }
    for (int32_t i = 0; i < optional; i++)
        if (!emit_split(p, re, n->lazy, &splits[i]) || !compile_node(p, re, n->left))
            return false;
    for (int32_t i = 0; i < optional; i++)
        set_other(re, splits[i], n->lazy);
    return true;
}

static bool compile_alt(mp__re_parser *p, mp__regex *re, const mp__re_node *n)
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
static bool compile_chain(mp__re_parser *p, mp__regex *re, const mp__re_node *n)
{
    const mp__re_node **parts;
    size_t count = 1, i;

    for (const mp__re_node *k = n; k->kind == MP__RE_NODE_CAT; k = k->left)
        count++;
    parts = MP__NEW_ARRAY(&p->arena, const mp__re_node *, count);
    if (!parts) {
        mp__re_no_memory(p);
        return false;
    }
    for (i = count; n->kind == MP__RE_NODE_CAT; n = n->left)
        parts[--i] = n->right;
    parts[0] = n;
    for (i = 0; i < count; i++)
        if (!compile_node(p, re, parts[i]))
            return false;
    return true;
}

/* a|b|c : each split prefers its alternative over all that follow. */
static bool compile_alternatives(mp__re_parser *p, mp__regex *re, const mp__re_node *n)
{
    const mp__re_node **parts;
    size_t count = 1, i, *jumps, split;

    for (const mp__re_node *k = n; k->kind == MP__RE_NODE_ALT; k = k->left)
        count++;
    if (count == 2)
        return compile_alt(p, re, n);
    parts = MP__NEW_ARRAY(&p->arena, const mp__re_node *, count);
    jumps = MP__NEW_ARRAY(&p->arena, size_t, count);
    if (!parts || !jumps) {
        mp__re_no_memory(p);
        return false;
    }
    for (i = count; n->kind == MP__RE_NODE_ALT; n = n->left)
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

static bool compile_node(mp__re_parser *p, mp__regex *re, const mp__re_node *n)
{
    switch (n->kind) {
    case MP__RE_NODE_EMPTY:
        return true;
    case MP__RE_NODE_CLASS:
        return compile_class(p, re, n);
    case MP__RE_NODE_ASSERT:
        return emit(p, re, MP__RE_ASSERT, n->assert, 0);
    case MP__RE_NODE_CAT:
        return compile_chain(p, re, n);
    case MP__RE_NODE_ALT:
        return compile_alternatives(p, re, n);
    case MP__RE_NODE_REPEAT:
        return compile_repeat(p, re, n);
    }
    return false;
}

/* ---- what every match holds ---- */

static bool is_dot_star(const mp__re_node *n)
{
    return n->kind == MP__RE_NODE_REPEAT && n->min == 0 && n->max < 0 &&
           n->left->kind == MP__RE_NODE_CLASS &&
           ((n->left->range_count == 2 && n->left->ranges[0].low == 0 &&
             n->left->ranges[0].high == '\n' - 1 && n->left->ranges[1].low == '\n' + 1 &&
             n->left->ranges[1].high == MP__RE_RUNE_MAX) ||
            (n->left->range_count == 1 && n->left->ranges[0].low == 0 &&
             n->left->ranges[0].high == MP__RE_RUNE_MAX));
}

static bool is_literal(const mp__re_node *n)
{
    uint32_t c;

    if (n->kind != MP__RE_NODE_CLASS || n->range_count != 1)
        return false;
    c = n->ranges[0].low;
    /* U+FFFD also matches bytes that are no UTF-8, and a surrogate has no bytes at all. */
    return c == n->ranges[0].high && c != 0xFFFD && !(c >= 0xD800 && c <= 0xDFFF);
}

/* The first run of literal characters in the sequence of the top; decides the match alone where
 * around it is nothing but .* and anchors beside a .*, or nothing. */
static bool find_required(mp__re_parser *p, mp__regex *re, const mp__re_node *n)
{
    const mp__re_node **parts;
    size_t count = 1, i, first, last;
    mp__buf buf;

    for (const mp__re_node *k = n; k->kind == MP__RE_NODE_CAT; k = k->left)
        count++;
    parts = MP__NEW_ARRAY(&p->arena, const mp__re_node *, count);
    if (!parts)
        return false;
    for (i = count; n->kind == MP__RE_NODE_CAT; n = n->left)
        parts[--i] = n->right;
    parts[0] = n;
    re->anchored = parts[0]->kind == MP__RE_NODE_ASSERT && parts[0]->assert == MP__RE_BEGIN_TEXT;
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
    re->literal_decides = (first == 0 || (first == 1 && is_dot_star(parts[0])) ||
                           (first == 2 && re->anchored && is_dot_star(parts[1]))) &&
                          (last == count || (last + 1 == count && is_dot_star(parts[last])) ||
                           (last + 2 == count && is_dot_star(parts[last]) &&
                            parts[last + 1]->kind == MP__RE_NODE_ASSERT &&
                            parts[last + 1]->assert == MP__RE_END_TEXT));
    return true;
}

mp_status mp__regex_compile(const mp_allocator *a, const char *src, size_t size, mp__regex **out,
                            mp_error *err)
{
    mp_allocator alloc = mp__allocator(a);
    mp__regex *re = mp__calloc(&alloc, 1, sizeof *re);
    mp__re_parser p = { 0 };
    mp__re_node *root;

    *out = NULL;
    if (!re)
        return mp__fail_nomem(err);
    re->alloc = alloc;
    p.text = src;
    p.size = size;
    p.err = err;
    mp__arena_init(&p.arena, &alloc);
    root = mp__re_parse(&p);
    if (root && mp__re_peek(&p) == ')')
        mp__re_fail(&p, p.at, "unexpected )");
    if (p.status == MP_OK && root && compile_node(&p, re, root) &&
        emit(&p, re, MP__RE_MATCH, 0, 0) && !find_required(&p, re, root))
        mp__re_no_memory(&p);
    if (p.status == MP_OK && (!root || p.arena.failed))
        mp__re_no_memory(&p);
    mp__arena_fini(&p.arena);
    if (p.status != MP_OK) {
        mp__regex_free(re);
        return p.status;
    }
    *out = re;
    return MP_OK;
}

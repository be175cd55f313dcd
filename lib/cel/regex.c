/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running regular expressions: Pike's machine.  All ways through the program advance together, one
 * code point at a time, in order of preference, so the time is bounded by program size times text
 * size, and the first thread that matches is the leftmost-first match.
 */
#include "regex_program.h"
#include "cel_internal.h"

/* Programs up to this size run on the stack. */
#define STACK_STATES 512

/* A set of program counters in order of preference; the classic sparse set, cleared in no time. */
typedef struct thread_set {
    uint32_t *dense, *sparse;
    size_t *begin; /* where the match of each thread began */
    uint32_t count;
} thread_set;

typedef struct runner {
    const mp__regex *re;
    const char *text;
    size_t size;
    thread_set now, next;
    uint32_t *stack;
    uint64_t steps, most; /* threads advanced, and how many may be */
} runner;

static bool contains(const thread_set *s, uint32_t pc)
{
    return s->sparse[pc] < s->count && s->dense[s->sparse[pc]] == pc;
}

/* The code point at `at`, and where the next one begins; an invalid byte stands for U+FFFD. */
static uint32_t next_rune(const char *text, size_t size, size_t at, size_t *after)
{
    uint32_t c = (unsigned char)text[at];

    *after = at + 1;
    if (c < 0x80)
        return c;
    *after = at;
    if (mp__utf8_next(text, size, after, &c))
        return c;
    *after = at + 1;
    return 0xFFFD;
}

static bool is_word(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

static bool holds(const runner *r, mp__regex_assert what, size_t at)
{
    bool before = at > 0 && is_word((unsigned char)r->text[at - 1]);
    bool after = at < r->size && is_word((unsigned char)r->text[at]);

    switch (what) {
    case MP__RE_BEGIN_TEXT:
        return at == 0;
    case MP__RE_END_TEXT:
        return at == r->size;
    case MP__RE_BEGIN_LINE:
        return at == 0 || r->text[at - 1] == '\n';
    case MP__RE_END_LINE:
        return at == r->size || r->text[at] == '\n';
    case MP__RE_WORD:
        return before != after;
    case MP__RE_NOT_WORD:
        return before == after;
    }
    return false;
}

/* Adds a thread with all that it reaches without reading; the stack keeps the order of preference.
 */
static void add(runner *r, thread_set *set, uint32_t start, size_t begin, size_t at)
{
    uint32_t depth = 0;

    r->stack[depth++] = start;
    while (depth > 0) {
        uint32_t pc = r->stack[--depth];
        const mp__re_insn *i = &r->re->code[pc];

        if (contains(set, pc))
            continue;
        set->sparse[pc] = set->count;
        set->begin[set->count] = begin;
        set->dense[set->count++] = pc;
        switch (i->op) {
        case MP__RE_JUMP:
            r->stack[depth++] = i->x;
            break;
        case MP__RE_SPLIT:
            r->stack[depth++] = i->y;
            r->stack[depth++] = i->x;
            break;
        case MP__RE_ASSERT:
            if (holds(r, (mp__regex_assert)i->x, at))
                r->stack[depth++] = pc + 1;
            break;
        default:
            break;
        }
    }
}

static bool in_class(const mp__regex *re, const mp__re_insn *i, uint32_t c)
{
    const mp__regex_range *ranges = re->ranges + i->x;
    size_t low = 0, high = i->y;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (c > ranges[middle].high)
            low = middle + 1;
        else if (c < ranges[middle].low)
            high = middle;
        else
            return true;
    }
    return false;
}

static bool reads(const mp__regex *re, const mp__re_insn *i, uint32_t c)
{
    switch (i->op) {
    case MP__RE_CHAR:
        return c == i->x;
    case MP__RE_ANY:
        return true;
    case MP__RE_ANY_NOT_NL:
        return c != '\n';
    case MP__RE_CLASS:
        return in_class(re, i, c);
    default:
        return false;
    }
}

/* One step over all threads; true when the best thread so far has matched at `at`. */
static bool step(runner *r, uint32_t c, size_t at, size_t after, size_t *begin)
{
    r->next.count = 0;
    for (uint32_t k = 0; k < r->now.count; k++) {
        const mp__re_insn *i = &r->re->code[r->now.dense[k]];

        if (i->op == MP__RE_MATCH) {
            *begin = r->now.begin[k];
            return true; /* threads of lower preference are dropped */
        }
        if (at < r->size && reads(r->re, i, c))
            add(r, &r->next, r->now.dense[k] + 1, r->now.begin[k], after);
    }
    return false;
}

static int run(runner *r, size_t start, size_t *begin, size_t *end)
{
    size_t at = start, after = start;
    bool found = false;

    r->now.count = 0;
    for (;;) {
        uint32_t c = at < r->size ? next_rune(r->text, r->size, at, &after) : 0;
        thread_set swap;
        size_t from;

        if (!found && !(r->re->anchored && at > 0))
            add(r, &r->now, 0, at, at);
        r->steps += r->now.count;
        if (r->now.count == 0 || r->steps > r->most)
            break;
        if (step(r, c, at, after, &from)) {
            found = true;
            if (!end)
                return 1;
            *begin = from;
            *end = at;
        }
        swap = r->now;
        r->now = r->next;
        r->next = swap;
        if (at >= r->size)
            break;
        at = after;
    }
    return found;
}

static void carve(runner *r, char *room, size_t states)
{
    size_t *sizes = (size_t *)(void *)room;
    uint32_t *numbers = (uint32_t *)(void *)(sizes + 2 * states);

    r->now.begin = sizes;
    r->next.begin = sizes + states;
    r->now.dense = numbers;
    r->now.sparse = numbers + states;
    r->next.dense = numbers + 2 * states;
    r->next.sparse = numbers + 3 * states;
    r->stack = numbers + 4 * states;
    /* The sparse halves may hold anything, but must hold something. */
    memset(r->now.sparse, 0, states * sizeof *r->now.sparse);
    memset(r->next.sparse, 0, states * sizeof *r->next.sparse);
}

/* Two offsets, four numbers and a stack entry or two per state. */
#define STATE_BYTES (2 * sizeof(size_t) + 6 * sizeof(uint32_t))

int mp__regex_search_within(const mp__regex *re, const mp_allocator *a, mp__str s, size_t start,
                            size_t *begin, size_t *end, uint64_t most, uint64_t *steps)
{
    union {
        size_t align;
        char bytes[STACK_STATES * STATE_BYTES];
    } room;
    runner r = { 0 };
    size_t states = re->code_count + 1, ignored;
    mp_allocator alloc = mp__allocator(a);
    char *own = NULL;
    int found;

    *steps = 0;
    if (re->literal.size) {
        if (mp__text_find(s, re->literal, start) == SIZE_MAX)
            return 0;
        /* .*literal.* on one line: that the literal is there decides, wherever ^ may hold. */
        if (re->literal_decides && !end && start == 0 && !memchr(s.data, '\n', s.size))
            return 1;
    }
    r.re = re;
    r.text = s.data;
    r.size = s.size;
    r.most = most;
    if (states > STACK_STATES) {
        own = mp__alloc(&alloc, states * STATE_BYTES);
        if (!own)
            return -1;
    }
    carve(&r, own ? own : room.bytes, states);
    found = run(&r, start, begin ? begin : &ignored, end);
    *steps = r.steps;
    mp__free(&alloc, own);
    return found;
}

int mp__regex_search(const mp__regex *re, const mp_allocator *a, const char *text, size_t size,
                     size_t start, size_t *begin, size_t *end)
{
    uint64_t steps;

    return mp__regex_search_within(re, a, (mp__str){ text, size }, start, begin, end, UINT64_MAX,
                                   &steps);
}

void mp__regex_free(mp__regex *re)
{
    mp_allocator a;

    if (!re)
        return;
    a = re->alloc;
    mp__free(&a, re->code);
    mp__free(&a, re->ranges);
    mp__free(&a, re->literal_text);
    mp__free(&a, re);
}

size_t mp__regex_memory(const mp__regex *re)
{
    return sizeof *re + re->code_capacity * sizeof *re->code +
           re->range_capacity * sizeof *re->ranges + re->literal.size;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions with regular expressions: a constant one was compiled with the program, any other is
 * compiled by the call.
 */
#include "functions_internal.h"
#include "regex_internal.h"

#define FN(name) mp__value mp__fn_##name(mp__machine *m, const mp__value *args)

/* States looked at, and bytes compiled, that are as much work as one visit of a value; the most
 * states for one search are more than all the work that an evaluation may do. */
#define STATES_A_STEP 16
#define BYTES_A_STEP 16
#define STATES_MAX UINT64_C(400000000)

static mp__value gave_up(mp__machine *m)
{
    return m->status == MP_OK ? mp__no_memory(m) : mp__error(MP__FAIL_STOPPED, (mp__str){ 0 });
}

/* The prepared one, or a new one that the caller frees. */
static mp__value compile_regex(mp__machine *m, const mp__value *pattern, const mp__regex **re,
                               mp__regex **own)
{
    mp_status st;

    *own = NULL;
    *re = m->calling->as.call.prepared;
    if (*re)
        return mp__bool(true);
    st = mp__regex_compile(&m->arena.alloc, pattern->as.text, pattern->size, own, NULL);
    if (st == MP_ENOMEM)
        return mp__no_memory(m);
    if (st != MP_OK)
        return mp__error(MP__FAIL_TEXT, MP__STR("the regular expression does not compile"));
    *re = *own;
    mp__work(m, mp__regex_memory(*re) / BYTES_A_STEP);
    return mp__bool(true);
}

/* As mp__regex_search(); costs follow the sizes of text and pattern, work what is done. */
static int search(mp__machine *m, const mp__regex *re, mp__str s, size_t start, size_t *begin,
                  size_t *end)
{
    uint64_t steps;
    int found =
        mp__regex_search_within(re, &m->arena.alloc, s, start, begin, end, STATES_MAX, &steps);

    return mp__work(m, (size_t)(steps / STATES_A_STEP)) ? found : -1;
}

FN(matches)
{
    const mp__regex *re;
    mp__regex *own;
    mp__value v = compile_regex(m, &args[1], &re, &own);
    int found;

    if (v.kind == MP__ERROR)
        return v;
    found = search(m, re, mp__text_of(&args[0]), 0, NULL, NULL);
    mp__regex_free(own);
    return found < 0 ? gave_up(m) : mp__bool(found > 0);
}

FN(find)
{
    const mp__regex *re;
    mp__regex *own;
    mp__value v = compile_regex(m, &args[1], &re, &own);
    size_t begin = 0, end = 0;
    int found;

    if (v.kind == MP__ERROR)
        return v;
    found = search(m, re, mp__text_of(&args[0]), 0, &begin, &end);
    mp__regex_free(own);
    if (found < 0)
        return gave_up(m);
    return mp__string((mp__str){ args[0].as.text + begin, end - begin });
}

/* What find_all() has found. */
typedef struct finds {
    mp__value *items;
    size_t count, capacity;
} finds;

static bool add_find(mp__machine *m, finds *f, mp__str text)
{
    if (f->count == f->capacity) {
        size_t wider = f->capacity ? f->capacity * 2 : 8;
        mp__value *grown = MP__NEW_ARRAY(&m->arena, mp__value, wider);

        if (!grown)
            return false;
        if (f->count)
            memcpy(grown, f->items, f->count * sizeof *grown);
        f->items = grown;
        f->capacity = wider;
    }
    f->items[f->count++] = mp__string(text);
    return true;
}

/* Bytes of the code point at a position; 1 where there is none. */
static size_t step(mp__str s, size_t at)
{
    size_t next = at;
    uint32_t c;

    return at < s.size && mp__utf8_next(s.data, s.size, &next, &c) ? next - at : 1;
}

/* Every match up to `most`, none overlapping; an empty one does not follow another match directly.
 * Each search may look for a literal in the whole rest, which its cost does not stand for.  False
 * when out of memory. */
static bool find_each(mp__machine *m, const mp__regex *re, mp__str s, uint64_t most, finds *f)
{
    size_t at = 0, last = SIZE_MAX, begin, end;

    while (f->count < most && at <= s.size && mp__work(m, 1 + (s.size - at) / 1024)) {
        int found = search(m, re, s, at, &begin, &end);

        if (found <= 0)
            return found == 0;
        if ((end > at || begin != last) &&
            !add_find(m, f, (mp__str){ s.data + begin, end - begin }))
            return false;
        at = end > at ? end : at + step(s, at);
        last = end;
    }
    return true;
}

FN(find_all)
{
    /* Below 0 is all. */
    uint64_t most = m->calling->arg_count == 3 ? args[2].as.unsigned_integer : UINT64_MAX;
    const mp__regex *re;
    mp__regex *own;
    mp__value v = compile_regex(m, &args[1], &re, &own);
    finds f = { 0 };
    bool done;

    if (v.kind == MP__ERROR)
        return v;
    done = find_each(m, re, mp__text_of(&args[0]), most, &f);
    mp__regex_free(own);
    return done ? mp__make_list(m, f.items, f.count) : gave_up(m);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Matching a member with a pool, by content alone.
 *
 * A selector is run once per shape and a member is matched once per profile; both results are kept
 * for the rest of the call, so that the work grows with the number of different devices and pools,
 * never with the number of pools.
 *
 * Within a pool, each request takes all its devices from one entry of the profile.  The assignment
 * is the lexicographically first one (requests in order, entries in published order) for which the
 * counts suffice: where taking the first entry that fits works, it is that, and the match is called
 * simple.
 */
#include "place_internal.h"
#include <stddef.h>

enum { RESULT_UNKNOWN, RESULT_NO, RESULT_YES };

/* Bytes on the stack for numbering selectors and members: most deployments need no more. */
#define TEMP_FIRST 4096

/* ---- numbering ---- */

static mp_status number_members(mp__matcher *m, size_t *request_count)
{
    const mp_deployment *d = m->deployment;
    size_t members = 0, requests = 0;

    for (size_t e = 0; e < d->engine_count; e++)
        members += d->engines[e]->member_count;
    m->member_count = members;
    m->members = MP__NEW_ARRAY(m->arena, const mp_member *, members);
    m->first_member = MP__NEW_ARRAY(m->arena, size_t, d->engine_count + 1);
    m->first_request = MP__NEW_ARRAY(m->arena, size_t, members + 1);
    if (!m->members || !m->first_member || !m->first_request)
        return MP_ENOMEM;
    members = 0;
    for (size_t e = 0; e < d->engine_count; e++) {
        m->first_member[e] = members;
        for (size_t i = 0; i < d->engines[e]->member_count; i++) {
            m->members[members] = d->engines[e]->members[i];
            m->first_request[members++] = requests;
            requests += d->engines[e]->members[i]->request_count;
        }
    }
    *request_count = requests;
    return MP_OK;
}

/* Equal texts are one selector: they were compiled in equal environments. */
static mp_status number_request(mp__matcher *m, mp__interner *texts, const mp_request *q,
                                size_t request)
{
    uint32_t *ids = MP__NEW_ARRAY(m->arena, uint32_t, q->selector_count);

    if (!ids)
        return MP_ENOMEM;
    m->selector_ids[request] = ids;
    for (size_t s = 0; s < q->selector_count; s++) {
        size_t size;
        const char *text = mp_cel_source(q->selectors[s], &size);

        /* Many members ask for the same. */
        if (texts->count == 1 &&
            mp__str_equal(mp__interner_text(texts, 0), (mp__str){ text, size }))
            ids[s] = 0;
        else
            ids[s] = mp__intern(texts, text, size);
        if (ids[s] == MP__NO_SYMBOL)
            return MP_ENOMEM;
        m->selectors[ids[s]] = q->selectors[s];
    }
    return MP_OK;
}

static mp_status number_selectors(mp__matcher *m, const mp_allocator *temp, size_t request_count)
{
    mp__interner texts;
    mp_status st = MP_OK;
    size_t total = 0;

    for (size_t i = 0; i < m->member_count; i++)
        for (size_t r = 0; r < m->members[i]->request_count; r++)
            total += m->members[i]->requests[r]->selector_count;
    m->selector_ids = MP__NEW_ARRAY(m->arena, uint32_t *, request_count);
    m->selectors = MP__NEW_ARRAY(m->arena, const mp_cel *, total);
    if (!m->selector_ids || !m->selectors)
        return MP_ENOMEM;
    mp__interner_init(&texts, temp);
    for (size_t i = 0; i < m->member_count; i++)
        for (size_t r = 0; st == MP_OK && r < m->members[i]->request_count; r++)
            st = number_request(m, &texts, m->members[i]->requests[r], m->first_request[i] + r);
    m->selector_count = texts.count;
    return st;
}

/* What a member asks for, as bytes: members that ask for the same are one kind. */
static void put_member(const mp__matcher *m, size_t member, mp__buf *key)
{
    const mp_member *asks = m->members[member];

    mp__buf_clear(key);
    mp__buf_putc(key, 'm'); /* so that no key is empty */
    for (size_t r = 0; r < asks->request_count; r++) {
        const mp_request *q = asks->requests[r];
        const uint32_t *ids = m->selector_ids[m->first_request[member] + r];

        mp__buf_put(key, (const char *)&q->count, sizeof q->count);
        mp__buf_put(key, (const char *)&q->selector_count, sizeof q->selector_count);
        mp__buf_put(key, (const char *)ids, q->selector_count * sizeof *ids);
    }
}

static mp_status number_kinds(mp__matcher *m, const mp_allocator *temp)
{
    mp__interner kinds;
    mp__buf key;
    mp_status st = MP_OK;

    m->kind_of = MP__NEW_ARRAY(m->arena, uint32_t, m->member_count);
    m->member_of = MP__NEW_ARRAY(m->arena, size_t, m->member_count);
    if (!m->kind_of || !m->member_of)
        return MP_ENOMEM;
    mp__interner_init(&kinds, temp);
    mp__buf_init(&key, temp);
    for (size_t i = 0; st == MP_OK && i < m->member_count; i++) {
        put_member(m, i, &key);
        m->kind_of[i] = key.failed ? MP__NO_SYMBOL : mp__intern(&kinds, key.data, key.size);
        if (m->kind_of[i] == MP__NO_SYMBOL)
            st = MP_ENOMEM;
        else if (m->kind_of[i] == m->kind_count)
            m->member_of[m->kind_count++] = i;
    }
    return st;
}

mp_status mp__matcher_init(mp__matcher *m, mp__arena *arena, const mp_fleet *fleet,
                           const mp_deployment *d, uint64_t budget)
{
    max_align_t first[TEMP_FIRST / sizeof(max_align_t)];
    size_t request_count;
    mp_allocator alloc;
    mp__arena temp;
    mp_status st;

    memset(m, 0, sizeof *m);
    m->arena = arena;
    m->fleet = fleet;
    m->deployment = d;
    m->budget = budget;
    mp__arena_init_in(&temp, &arena->alloc, first, sizeof first);
    alloc = mp__arena_allocator(&temp);
    st = number_members(m, &request_count);
    if (st == MP_OK)
        st = number_selectors(m, &alloc, request_count);
    if (st == MP_OK)
        st = number_kinds(m, &alloc);
    mp__arena_fini(&temp);
    if (st != MP_OK)
        return st;
    m->results = MP__NEW_ARRAY(arena, uint8_t *, fleet->shapes.id_limit);
    m->matches = MP__NEW_ARRAY(arena, mp__match *, fleet->profiles.id_limit);
    m->class_of = MP__NEW_ARRAY(arena, uint32_t, fleet->profiles.id_limit);
    return m->results && m->matches && m->class_of ? MP_OK : MP_ENOMEM;
}

void mp__matcher_fini(mp__matcher *m)
{
    if (m->options)
        mp__interner_fini(&m->signatures);
    m->options = NULL;
}

/* A selector that fails on the shape, or whose result is no bool, is not satisfied. */
mp_status mp__matcher_satisfies(mp__matcher *m, const mp_request *q, const uint32_t *ids,
                                const mp__shape *shape, bool *yes)
{
    uint8_t **row = &m->results[shape->entry->id];

    *yes = false;
    if (!*row) {
        *row = MP__NEW_ARRAY(m->arena, uint8_t, m->selector_count);
        if (!*row)
            return MP_ENOMEM;
        m->shapes++;
    }
    for (size_t s = 0; s < q->selector_count; s++) {
        uint8_t *result = &(*row)[ids[s]];

        if (*result == RESULT_UNKNOWN) {
            bool match = false;

            m->evaluations++;
            if (mp_cel_match(m->selectors[ids[s]], shape->cel, &match, NULL) == MP_ENOMEM)
                return MP_ENOMEM;
            *result = match ? RESULT_YES : RESULT_NO;
        }
        if (*result == RESULT_NO)
            return MP_OK;
    }
    *yes = true;
    return MP_OK;
}

/* ---- assigning requests to devices ---- */

/* Entries of the profile that the same requests fit are one *column*, requests of equal count that
 * fit the same entries are *twins*. */
typedef struct assignment {
    const mp_member *member;
    const mp__profile *profile;
    size_t requests, devices;
    bool *fits;         /* [request][device], counts aside */
    uint32_t *column;   /* per device: the first device of its column */
    uint32_t *twin;     /* per request: the nearest earlier twin, or itself */
    int64_t *remaining; /* per device */
    uint32_t *chosen;   /* per request */
    bool gave_way;      /* some request was moved to make room for a later one */
    uint32_t deepest;   /* requests before it were all served at once */
    uint64_t looks;     /* devices looked at; LOOKS_PER_STEP of them are a step */
    int64_t *key;       /* scratch: the bytes of a state */
    mp__table failed;   /* states from which the rest cannot be served */
} assignment;

#define LOOKS_PER_STEP 64

static bool fits(const assignment *a, size_t r, size_t d)
{
    return a->fits[r * a->devices + d];
}

static int64_t count_of(const assignment *a, size_t r)
{
    return a->member->requests[r]->count;
}

static bool same_column(const assignment *a, size_t i, size_t j)
{
    for (size_t r = 0; r < a->requests; r++)
        if (fits(a, r, i) != fits(a, r, j))
            return false;
    return true;
}

static void find_columns(assignment *a)
{
    for (size_t d = 0; d < a->devices; d++) {
        size_t first = 0;

        while (first < d && (a->column[first] != first || !same_column(a, first, d)))
            first++;
        a->column[d] = (uint32_t)first;
    }
}

static void find_twins(assignment *a)
{
    for (size_t r = 0; r < a->requests; r++) {
        a->twin[r] = (uint32_t)r;
        for (size_t s = r; s-- > 0;) {
            if (count_of(a, r) == count_of(a, s) &&
                memcmp(&a->fits[r * a->devices], &a->fits[s * a->devices], a->devices) == 0) {
                a->twin[r] = (uint32_t)s;
                break;
            }
        }
    }
}

/* Whether entry `d` repeats one, from `first` on, that was tried at this state already. */
static bool repeats(assignment *a, size_t r, size_t first, size_t d)
{
    for (size_t i = first; i < d; i++) {
        a->looks++;
        if (a->column[i] == a->column[d] && a->remaining[i] == a->remaining[d] && fits(a, r, i))
            return true;
    }
    return false;
}

/* The next entry that can serve request `r`, from `from` on; == devices: none.  A twin starts where
 * its predecessor stands: exchanging the two could only give an earlier answer. */
static size_t next_device(assignment *a, size_t r, size_t from)
{
    size_t first = a->twin[r] == r ? 0 : a->chosen[a->twin[r]];

    for (size_t d = from > first ? from : first; d < a->devices; d++) {
        a->looks++;
        if (fits(a, r, d) && a->remaining[d] >= count_of(a, r) &&
            !(from > 0 && repeats(a, r, first, d)))
            return d;
    }
    return a->devices;
}

/* The state in which request `r` is next: its number, then what remains of the entries, those of
 * one column in descending order at the places of that column. */
static mp__str state_key(assignment *a, size_t r)
{
    int64_t *remaining = a->key + 1;

    a->key[0] = (int64_t)r;
    memcpy(remaining, a->remaining, a->devices * sizeof *remaining);
    for (size_t d = 1; d < a->devices; d++) {
        size_t at = d;

        for (size_t i = d; i-- > a->column[d];) {
            a->looks++;
            if (a->column[i] != a->column[d])
                continue;
            if (remaining[i] >= remaining[at])
                break;
            int64_t moved = remaining[at];

            remaining[at] = remaining[i];
            remaining[i] = moved;
            at = i;
        }
    }
    return (mp__str){ (const char *)a->key, (a->devices + 1) * sizeof *a->key };
}

/*
 * Depth-first over requests.  Invariant: requests [0, r) hold their devices in `remaining`, the
 * others hold none.  The argument why nothing is missed is that of search.c.
 */
static mp_status assign(assignment *a, uint64_t budget, bool *served, bool *exhausted)
{
    size_t r = 0, from = 0; /* from > 0: back at this state, having tried the entries before */

    while (r < a->requests) {
        size_t d = a->devices;

        if (a->looks / LOOKS_PER_STEP > budget) {
            *exhausted = true;
            return MP_OK;
        }
        a->looks++;
        if (from > 0 || a->failed.count == 0 || !mp__table_find(&a->failed, state_key(a, r)))
            d = next_device(a, r, from);
        if (d < a->devices) {
            a->chosen[r] = (uint32_t)d;
            a->remaining[d] -= count_of(a, r);
            r++;
            from = 0;
            if (r > a->deepest)
                a->deepest = (uint32_t)r;
            continue;
        }
        if (r == 0)
            return MP_OK;
        if (from > 0 && !mp__table_find(&a->failed, state_key(a, r)) &&
            !mp__table_add(&a->failed, state_key(a, r), NULL))
            return MP_ENOMEM;
        r--;
        a->gave_way = true;
        a->remaining[a->chosen[r]] += count_of(a, r);
        from = (size_t)a->chosen[r] + 1;
    }
    *served = true;
    return MP_OK;
}

/*
 * Refuses by counting: some requests confined to the entries that fit request `t` need more devices
 * than those have, or more places: an entry of n devices serves at most n / least requests of them.
 */
static bool counting_refuses(const assignment *a, size_t t)
{
    int64_t need = 0, have = 0, places = 0;
    int64_t need_places = 0, least = count_of(a, t);

    for (size_t r = 0; r < a->requests; r++) {
        bool confined = count_of(a, r) >= least;

        for (size_t d = 0; d < a->devices && confined; d++)
            confined = !fits(a, r, d) || fits(a, t, d);
        if (confined) {
            need = mp__add_saturating(need, count_of(a, r));
            need_places++;
        }
    }
    for (size_t d = 0; d < a->devices; d++) {
        if (!fits(a, t, d))
            continue;
        have = mp__add_saturating(have, a->remaining[d]);
        places = mp__add_saturating(places, a->remaining[d] / least);
    }
    return have < need || places < need_places;
}

/* Whether some entry can serve the request, were it the only one. */
static bool can_serve(const assignment *a, size_t r)
{
    for (size_t d = 0; d < a->devices; d++)
        if (fits(a, r, d) && a->remaining[d] >= count_of(a, r))
            return true;
    return false;
}

static bool hopeless(const assignment *a, uint32_t *failed)
{
    for (uint32_t r = 0; r < a->requests; r++) {
        *failed = r;
        if (!can_serve(a, r))
            return true;
    }
    for (uint32_t r = 0; r < a->requests; r++) {
        *failed = r;
        if (a->twin[r] == r && counting_refuses(a, r))
            return true;
    }
    return false;
}

static mp_status fill_fits(assignment *a, mp__matcher *m, size_t first_request)
{
    for (size_t d = 0; d < a->devices; d++) {
        a->remaining[d] = a->profile->devices[d].count;
        for (size_t r = 0; r < a->requests; r++) {
            mp_status st =
                mp__matcher_satisfies(m, a->member->requests[r], m->selector_ids[first_request + r],
                                      a->profile->devices[d].shape, &a->fits[r * a->devices + d]);

            if (st != MP_OK)
                return st;
        }
    }
    return MP_OK;
}

static mp_status search_match(mp__matcher *m, assignment *a, mp__match *match)
{
    mp_status st;

    find_twins(a);
    if (hopeless(a, &match->failed))
        return MP_OK;
    find_columns(a);
    mp__table_init(&a->failed, &m->arena->alloc);
    st = assign(a, m->budget, &match->matched, &match->unknown);
    mp__table_fini(&a->failed, NULL, NULL);
    m->steps += a->looks / LOOKS_PER_STEP;
    match->simple = match->matched && !a->gave_way;
    match->failed = a->deepest;
    for (size_t r = 0; match->matched && r < a->requests; r++)
        match->claims += a->profile->devices[a->chosen[r]].claim == MP_CLAIM_DRA;
    return st;
}

static mp_status match_member(mp__matcher *m, size_t member, const mp__profile *profile,
                              mp__match *match)
{
    assignment a = { 0 };
    mp_status st;

    a.member = m->members[member];
    a.profile = profile;
    a.requests = a.member->request_count;
    a.devices = profile->device_count;
    if (a.requests == 0) {
        match->matched = match->simple = true;
        return MP_OK;
    }
    a.fits = MP__NEW_ARRAY(m->arena, bool, a.requests *a.devices);
    a.column = MP__NEW_ARRAY(m->arena, uint32_t, a.devices);
    a.twin = MP__NEW_ARRAY(m->arena, uint32_t, a.requests);
    a.remaining = MP__NEW_ARRAY(m->arena, int64_t, a.devices);
    a.key = MP__NEW_ARRAY(m->arena, int64_t, a.devices + 1);
    a.chosen = match->device = MP__NEW_ARRAY(m->arena, uint32_t, a.requests);
    if (!a.fits || !a.column || !a.twin || !a.remaining || !a.key || !a.chosen)
        return MP_ENOMEM;
    st = fill_fits(&a, m, m->first_request[member]);
    return st == MP_OK ? search_match(m, &a, match) : st;
}

const mp__match *mp__matcher_member(mp__matcher *m, size_t member, const mp__profile *profile)
{
    mp__match **row = &m->matches[profile->entry->id], *match;
    uint32_t kind = m->kind_of[member];

    if (!*row)
        *row = MP__NEW_ARRAY(m->arena, mp__match, m->kind_count);
    if (!*row)
        return NULL;
    match = &(*row)[kind];
    if (!match->known && match_member(m, m->member_of[kind], profile, match) != MP_OK)
        return NULL;
    match->known = true;
    return match;
}

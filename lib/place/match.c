/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Matching a member with a pool, by content alone.
 *
 * A selector is run once per shape and a member is matched once per profile; both results are kept
 * for the rest of the call, so that the work grows with the number of different devices and pools,
 * never with the number of pools.
 *
 * Within a pool, each request takes all its devices from one entry of the profile.  The assignment is
 * the lexicographically first one (requests in order, entries in published order) for which the
 * counts suffice: where taking the first entry that fits works, it is that.
 */
#include "place_internal.h"

enum { RESULT_UNKNOWN, RESULT_NO, RESULT_YES };

static mp_status number_members(mp__matcher *m)
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
    m->request_count = requests;
    return MP_OK;
}

/* Equal texts are one selector: they were compiled in equal environments. */
static mp_status number_selectors(mp__matcher *m)
{
    mp__interner texts;
    mp_status st = MP_OK;
    size_t total = 0, request = 0;

    for (size_t i = 0; i < m->member_count; i++)
        for (size_t r = 0; r < m->members[i]->request_count; r++)
            total += m->members[i]->requests[r]->selector_count;
    m->selector_ids = MP__NEW_ARRAY(m->arena, uint32_t *, m->request_count);
    m->selectors = MP__NEW_ARRAY(m->arena, const mp_cel *, total);
    if (!m->selector_ids || !m->selectors)
        return MP_ENOMEM;
    mp__interner_init(&texts, &m->arena->alloc);
    for (size_t i = 0; i < m->member_count && st == MP_OK; i++) {
        for (size_t r = 0; r < m->members[i]->request_count && st == MP_OK; r++) {
            const mp_request *q = m->members[i]->requests[r];
            uint32_t *ids = MP__NEW_ARRAY(m->arena, uint32_t, q->selector_count);

            m->selector_ids[request++] = ids;
            if (!ids)
                st = MP_ENOMEM;
            for (size_t s = 0; s < q->selector_count && st == MP_OK; s++) {
                size_t size;
                const char *text = mp_cel_source(q->selectors[s], &size);

                ids[s] = mp__intern(&texts, text, size);
                if (ids[s] == MP__NO_SYMBOL)
                    st = MP_ENOMEM;
                else
                    m->selectors[ids[s]] = q->selectors[s];
            }
        }
    }
    m->selector_count = texts.count;
    mp__interner_fini(&texts);
    return st;
}

mp_status mp__matcher_init(mp__matcher *m, mp__arena *arena, const mp_fleet *fleet,
                           const mp_deployment *d, uint64_t budget)
{
    mp_status st;

    memset(m, 0, sizeof *m);
    m->arena = arena;
    m->fleet = fleet;
    m->deployment = d;
    m->budget = budget;
    m->shape_limit = fleet->shapes.id_limit;
    m->profile_limit = fleet->profiles.id_limit;
    st = number_members(m);
    if (st == MP_OK)
        st = number_selectors(m);
    if (st != MP_OK)
        return st;
    m->results = mp__arena_calloc(arena, m->selector_count, m->shape_limit);
    m->shape_seen = mp__arena_calloc(arena, m->shape_limit, 1);
    m->matches = m->profile_limit > SIZE_MAX / sizeof *m->matches
                     ? NULL
                     : mp__arena_calloc(arena, m->member_count,
                                        m->profile_limit * sizeof *m->matches);
    return m->results && m->shape_seen && m->matches ? MP_OK : MP_ENOMEM;
}

/* Whether a shape satisfies every selector of a request.  A selector that fails on the shape, or
 * whose result is no bool, is not satisfied. */
static mp_status satisfies(mp__matcher *m, size_t request, const mp_request *q,
                           const mp__shape *shape, bool *yes)
{
    uint32_t id = shape->entry->id;

    *yes = false;
    if (!m->shape_seen[id]) {
        m->shape_seen[id] = 1;
        m->shapes++;
    }
    for (size_t s = 0; s < q->selector_count; s++) {
        uint32_t selector = m->selector_ids[request][s];
        uint8_t *result = &m->results[selector * m->shape_limit + id];

        if (*result == RESULT_UNKNOWN) {
            bool match = false;

            m->evaluations++;
            if (mp_cel_match(m->selectors[selector], shape->cel, &match, NULL) == MP_ENOMEM)
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

typedef struct assignment {
    const mp_member *member;
    const mp__profile *profile;
    size_t requests, devices;
    bool *fits;          /* [request][device], counts aside */
    uint32_t *twin;      /* per request: the nearest earlier one with equal fits and count, or self */
    int64_t *remaining;  /* per device */
    uint32_t *chosen;    /* per request; == devices: none yet */
    uint32_t deepest;    /* the first request that was never served */
    mp__table failed;    /* states from which the rest cannot be served */
    mp__buf key;
} assignment;

static bool equal_requests(const assignment *a, size_t r, size_t s)
{
    return a->member->requests[r]->count == a->member->requests[s]->count &&
           memcmp(&a->fits[r * a->devices], &a->fits[s * a->devices], a->devices) == 0;
}

static void find_twins(assignment *a)
{
    for (size_t r = 0; r < a->requests; r++) {
        a->twin[r] = (uint32_t)r;
        for (size_t s = r; s-- > 0;) {
            if (equal_requests(a, r, s)) {
                a->twin[r] = (uint32_t)s;
                break;
            }
        }
    }
}

/* Entries that no request can tell apart: same fits for all, same remaining. */
static bool equal_devices(const assignment *a, size_t i, size_t j)
{
    const mp__profile_device *d = a->profile->devices;

    return a->remaining[i] == a->remaining[j] && d[i].shape == d[j].shape &&
           d[i].claim == d[j].claim && mp__str_equal(d[i].device_class, d[j].device_class);
}

/* Whether entry `d` repeats one that was tried for request `r` at this state already. */
static bool tried_equal(const assignment *a, size_t r, size_t first, size_t d)
{
    int64_t need = a->member->requests[r]->count;

    for (size_t i = first; i < d; i++)
        if (a->fits[r * a->devices + i] && a->remaining[i] >= need && equal_devices(a, i, d))
            return true;
    return false;
}

/* The next entry that can serve request `r`, from `from` on; == devices: none. */
static size_t next_device(const assignment *a, size_t r, size_t from)
{
    int64_t need = a->member->requests[r]->count;
    size_t first = a->twin[r] == r ? 0 : a->chosen[a->twin[r]];

    for (size_t d = from > first ? from : first; d < a->devices; d++)
        if (a->fits[r * a->devices + d] && a->remaining[d] >= need && !tried_equal(a, r, first, d))
            return d;
    return a->devices;
}

/* The state in which request `r` is next, as bytes. */
static mp__str state_key(assignment *a, size_t r)
{
    mp__buf_clear(&a->key);
    mp__buf_put(&a->key, (const char *)&r, sizeof r);
    mp__buf_put(&a->key, (const char *)a->remaining, a->devices * sizeof *a->remaining);
    return (mp__str){ a->key.data, a->key.size };
}

/*
 * Depth-first over requests.  Invariant: requests [0, r) hold their devices in `remaining`, the others
 * hold none.  Remembered states are those from which requests [r, n) cannot be served, whatever holds
 * the devices, so they stay valid for every later path.
 */
static mp_status assign(assignment *a, uint64_t budget, uint64_t *steps, bool *served,
                        bool *exhausted)
{
    uint64_t spent = 0;
    size_t r = 0, from = 0;

    *served = *exhausted = false;
    while (r < a->requests) {
        size_t d = a->devices;
        mp__str key;

        if (from == 0 && r > 0 && a->failed.count > 0) {
            key = state_key(a, r);
            if (a->key.failed)
                return MP_ENOMEM;
            if (!mp__table_find(&a->failed, key))
                d = next_device(a, r, from);
        } else {
            d = next_device(a, r, from);
        }
        if (d < a->devices) {
            if (++spent > budget) {
                *exhausted = true;
                break;
            }
            a->chosen[r] = (uint32_t)d;
            a->remaining[d] -= a->member->requests[r]->count;
            r++;
            from = 0;
            if (r > a->deepest)
                a->deepest = (uint32_t)r;
            continue;
        }
        if (r == 0)
            break;
        key = state_key(a, r);
        if (a->key.failed)
            return MP_ENOMEM;
        if (!mp__table_find(&a->failed, key) && !mp__table_add(&a->failed, key, NULL))
            return MP_ENOMEM;
        r--;
        a->remaining[a->chosen[r]] += a->member->requests[r]->count;
        from = a->chosen[r] + 1;
    }
    *steps += spent;
    *served = r == a->requests;
    return MP_OK;
}

/* The requests taken together need more devices than the entries that fit any of them have, or one of
 * them finds no entry with enough. */
static bool hopeless(const assignment *a, uint32_t *failed)
{
    int64_t need = 0, have = 0;

    for (size_t r = 0; r < a->requests; r++) {
        int64_t count = a->member->requests[r]->count;
        bool any = false;

        for (size_t d = 0; d < a->devices && !any; d++)
            any = a->fits[r * a->devices + d] && a->remaining[d] >= count;
        if (!any) {
            *failed = (uint32_t)r;
            return true;
        }
        need = need > INT64_MAX - count ? INT64_MAX : need + count;
    }
    for (size_t d = 0; d < a->devices; d++) {
        bool any = false;

        for (size_t r = 0; r < a->requests && !any; r++)
            any = a->fits[r * a->devices + d];
        if (any)
            have = have > INT64_MAX - a->remaining[d] ? INT64_MAX : have + a->remaining[d];
    }
    *failed = (uint32_t)(a->requests ? a->requests - 1 : 0);
    return need > have;
}

static mp_status fill_fits(assignment *a, mp__matcher *m, size_t first_request)
{
    for (size_t d = 0; d < a->devices; d++) {
        a->remaining[d] = a->profile->devices[d].count;
        for (size_t r = 0; r < a->requests; r++) {
            mp_status st = satisfies(m, first_request + r, a->member->requests[r],
                                     a->profile->devices[d].shape, &a->fits[r * a->devices + d]);

            if (st != MP_OK)
                return st;
        }
    }
    return MP_OK;
}

static mp_status match_member(mp__matcher *m, size_t member, const mp__profile *profile,
                              mp__match *match)
{
    assignment a = { 0 };
    bool exhausted = false;
    mp_status st;

    a.member = m->members[member];
    a.profile = profile;
    a.requests = a.member->request_count;
    a.devices = profile->device_count;
    if (a.requests == 0) {
        match->matched = true;
        return MP_OK;
    }
    a.fits = mp__arena_calloc(m->arena, a.requests, a.devices);
    a.twin = MP__NEW_ARRAY(m->arena, uint32_t, a.requests);
    a.remaining = MP__NEW_ARRAY(m->arena, int64_t, a.devices);
    a.chosen = match->device = MP__NEW_ARRAY(m->arena, uint32_t, a.requests);
    if (!a.fits || !a.twin || !a.remaining || !a.chosen)
        return MP_ENOMEM;
    st = fill_fits(&a, m, m->first_request[member]);
    if (st != MP_OK || hopeless(&a, &match->failed))
        return st;
    find_twins(&a);
    mp__table_init(&a.failed, &m->arena->alloc);
    mp__buf_init(&a.key, &m->arena->alloc);
    st = assign(&a, m->budget, &m->steps, &match->matched, &exhausted);
    mp__table_fini(&a.failed, NULL, NULL);
    mp__buf_fini(&a.key);
    match->unknown = exhausted;
    match->failed = a.deepest;
    for (size_t r = 0; st == MP_OK && match->matched && r < a.requests; r++)
        match->claims += profile->devices[a.chosen[r]].claim == MP_CLAIM_DRA;
    return st;
}

const mp__match *mp__matcher_member(mp__matcher *m, size_t member, const mp__profile *profile)
{
    mp__match **slot = &m->matches[member * m->profile_limit + profile->entry->id];
    mp__match *match;

    if (*slot)
        return *slot;
    match = MP__NEW(m->arena, mp__match);
    if (!match || match_member(m, member, profile, match) != MP_OK)
        return NULL;
    return *slot = match;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All the ways in which a node of some profile can serve a member.
 *
 * A pod template has one claim for all its pods, so what counts is which DeviceClass each request
 * gets: the *signature*.  Where devices are counted, it also matters which of them are used up.
 * Ways that are alike in both are one option; the lexicographically first stands for it.
 */
#include "solve_internal.h"

typedef struct lister {
    mp__matcher *m;
    size_t member;
    const mp__profile *profile;
    size_t requests, devices;
    bool *fits;       /* [request][device] */
    int64_t *left;    /* per device */
    uint32_t *chosen; /* per request */
    mp__table seen;   /* signature and use */
    mp__buf key;
    mp__options *out;
    uint64_t looks;
} lister;

#define LOOKS_PER_STEP 64

static mp_status fill_fits(lister *l)
{
    const mp_member *member = l->m->members[l->member];

    for (size_t d = 0; d < l->devices; d++) {
        l->left[d] = l->profile->devices[d].count;
        for (size_t r = 0; r < l->requests; r++) {
            mp_status st = mp__matcher_satisfies(
                l->m, member->requests[r], l->m->selector_ids[l->m->first_request[l->member] + r],
                l->profile->devices[d].shape, &l->fits[r * l->devices + d]);

            if (st != MP_OK)
                return st;
        }
    }
    return MP_OK;
}

/* The signature: per request, the class that it claims, or that it claims nothing. */
static void put_signature(lister *l)
{
    mp__buf_clear(&l->key);
    mp__buf_putc(&l->key, 's');
    for (size_t r = 0; r < l->requests; r++) {
        const mp__profile_device *d = &l->profile->devices[l->chosen[r]];

        mp__buf_putc(&l->key, d->claim == MP_CLAIM_DRA ? 'c' : '-');
        if (d->claim != MP_CLAIM_DRA)
            continue;
        mp__buf_put(&l->key, (const char *)&d->device_class.size, sizeof d->device_class.size);
        mp__buf_put(&l->key, d->device_class.data, d->device_class.size);
    }
}

static mp_status add_option(lister *l)
{
    const mp_member *member = l->m->members[l->member];
    mp__option o = { 0 }, *grown;
    mp__str key;

    o.device = MP__NEW_ARRAY(l->m->arena, uint32_t, l->requests);
    o.use = MP__NEW_ARRAY(l->m->arena, int64_t, l->devices);
    put_signature(l);
    o.signature =
        l->key.failed ? MP__NO_SYMBOL : mp__intern(&l->m->signatures, l->key.data, l->key.size);
    if (!o.device || !o.use || o.signature == MP__NO_SYMBOL)
        return MP_ENOMEM;
    for (size_t r = 0; r < l->requests; r++) {
        o.device[r] = l->chosen[r];
        if (l->profile->devices[l->chosen[r]].claim != MP_CLAIM_DRA)
            continue;
        o.claims++;
        o.use[l->chosen[r]] += member->requests[r]->count;
    }
    if (l->m->accounting == MP_ACCOUNTING_DEVICES)
        mp__buf_put(&l->key, (const char *)o.use, l->devices * sizeof *o.use);
    if (l->key.failed)
        return MP_ENOMEM;
    key = (mp__str){ l->key.data, l->key.size };
    if (mp__table_find(&l->seen, key))
        return MP_OK;
    if (!mp__table_add(&l->seen, key, NULL))
        return MP_ENOMEM;
    grown = mp__arena_push(l->m->arena, l->out->items, &l->out->count, &l->out->capacity,
                           sizeof *grown);
    if (!grown)
        return MP_ENOMEM;
    l->out->items = grown;
    grown[l->out->count - 1] = o;
    return MP_OK;
}

/* Depth-first over requests, devices in published order. */
static mp_status enumerate(lister *l)
{
    const mp_member *member = l->m->members[l->member];
    size_t r = 0, from = 0;
    mp_status st = MP_OK;

    while (st == MP_OK) {
        size_t d = from;

        if (r == l->requests) {
            st = add_option(l);
            d = l->devices;
        }
        while (d < l->devices &&
               (!l->fits[r * l->devices + d] || l->left[d] < member->requests[r]->count))
            d++;
        l->looks += d - from + 1;
        if (l->looks / LOOKS_PER_STEP > l->m->budget) {
            l->out->truncated = true;
            break;
        }
        if (d < l->devices) {
            l->chosen[r] = (uint32_t)d;
            l->left[d] -= member->requests[r++]->count;
            from = 0;
        } else if (r == 0) {
            break;
        } else {
            r--;
            l->left[l->chosen[r]] += member->requests[r]->count;
            from = (size_t)l->chosen[r] + 1;
        }
    }
    l->m->steps += l->looks / LOOKS_PER_STEP;
    return st;
}

static mp_status list_options(mp__matcher *m, size_t member, const mp__profile *profile,
                              mp__options *out)
{
    lister l = { .m = m, .member = member, .profile = profile, .out = out };
    mp_status st;

    l.requests = m->members[member]->request_count;
    l.devices = profile->device_count;
    l.fits = MP__NEW_ARRAY(m->arena, bool, l.requests *l.devices);
    l.left = MP__NEW_ARRAY(m->arena, int64_t, l.devices);
    l.chosen = MP__NEW_ARRAY(m->arena, uint32_t, l.requests);
    if (!l.fits || !l.left || !l.chosen)
        return MP_ENOMEM;
    mp__table_init(&l.seen, &m->arena->alloc);
    mp__buf_init(&l.key, &m->arena->alloc);
    st = fill_fits(&l);
    if (st == MP_OK)
        st = enumerate(&l);
    mp__buf_fini(&l.key);
    mp__table_fini(&l.seen, NULL, NULL);
    return st;
}

const mp__options *mp__matcher_options(mp__matcher *m, size_t member, const mp__profile *profile)
{
    mp__options **row, *options;
    uint32_t kind = m->kind_of[member];

    if (!m->options) {
        m->options = MP__NEW_ARRAY(m->arena, mp__options *, m->fleet->profiles.id_limit);
        if (!m->options)
            return NULL;
        mp__interner_init(&m->signatures, &m->arena->alloc);
    }
    row = &m->options[profile->entry->id];
    if (!*row)
        *row = MP__NEW_ARRAY(m->arena, mp__options, m->kind_count);
    if (!*row)
        return NULL;
    options = &(*row)[kind];
    if (!options->known && list_options(m, m->member_of[kind], profile, options) != MP_OK)
        return NULL;
    options->known = true;
    return options;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "place_random.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the oracle's nodes ---- */

/* Number of the domain of a level that a rack of a pool is in, or -1. */
static int domain_of(const instance *in, int p, int r, level l)
{
    const pool *k = &in->pools[p];
    int fabric = k->fabric ? k->fabric : 10 + p;

    switch (l) {
    case LEVEL_FABRIC:
        return fabric;
    case LEVEL_BLOCK:
        return k->levels ? fabric * 100 + k->racks[r].block : -1;
    case LEVEL_RACK:
        return k->levels ? fabric * 10000 + k->racks[r].block * 100 + k->racks[r].rack : -1;
    case LEVEL_NONE:
        break;
    }
    return 0;
}

/* ---- claims ---- */

static bool satisfies(const request *r, const device *d)
{
    return d->size > r->at_least;
}

/* The next tuple in lexicographic order; false after the last. */
static bool next_tuple(int *tuple, int length, int base)
{
    int i = length - 1;

    while (i >= 0 && tuple[i] == base - 1)
        tuple[i--] = 0;
    if (i < 0)
        return false;
    tuple[i]++;
    return true;
}

/* Whether the choice serves the member from a whole node of the pool, and how many it claims. */
static bool serves(const member *m, const pool *p, const int *choice, int *claims)
{
    int left[DEVICES];

    *claims = 0;
    for (int i = 0; i < p->device_count; i++)
        left[i] = p->devices[i].count;
    for (int r = 0; r < m->request_count; r++) {
        const device *d = &p->devices[choice[r]];

        left[choice[r]] -= m->requests[r].count;
        if (!satisfies(&m->requests[r], d) || left[choice[r]] < 0)
            return false;
        *claims += d->dra;
    }
    return true;
}

/* The first device for each request, one after the other, with no going back. */
static int walk_claims(const member *m, const pool *p)
{
    int left[DEVICES], claims = 0;

    for (int i = 0; i < p->device_count; i++)
        left[i] = p->devices[i].count;
    for (int r = 0; r < m->request_count; r++) {
        int i = 0;

        while (i < p->device_count &&
               (left[i] < m->requests[r].count || !satisfies(&m->requests[r], &p->devices[i])))
            i++;
        if (i == p->device_count)
            return 0;
        left[i] -= m->requests[r].count;
        claims += p->devices[i].dra;
    }
    return claims;
}

/* Whether a member can claim somewhere: by the walk, by the first choice that serves, by any. */
static bool can_claim(const instance *in, const member *m, int rule)
{
    for (int p = 0; p < in->pool_count; p++) {
        int choice[REQUESTS] = { 0 }, claims;

        if (m->request_count == 0 || in->pools[p].device_count == 0)
            continue;
        if (rule == 0) {
            if (walk_claims(m, &in->pools[p]) > 0)
                return true;
            continue;
        }
        do {
            if (!serves(m, &in->pools[p], choice, &claims))
                continue;
            if (claims > 0)
                return true;
            if (rule == 1)
                break;
        } while (next_tuple(choice, m->request_count, in->pools[p].device_count));
    }
    return false;
}

/* ---- nodes that there are ---- */

/* How many nodes that pods of others hold may be in a rack without being known to be: each counts
 * against every state of every place that the question tells apart. */
static int unknown_in(const oracle *o, int p, int r, bool by_rack, bool by_block)
{
    const instance *in = o->in;
    const pool *k = &in->pools[p];
    int sum = 0;

    for (int i = 0; i < in->observed_count; i++) {
        const observed *x = &in->observed[i];

        if (x->pool != p || (x->named && (x->rack >= 0 || !k->levels || !(by_rack || by_block))))
            continue;
        if (x->rack >= 0 && k->levels &&
            ((by_rack && x->rack != r) ||
             (by_block && !by_rack && k->racks[x->rack].block != k->racks[r].block)))
            continue;
        sum += x->named ? 1 : x->pods;
    }
    return sum;
}

static bool uses(const instance *in, level l)
{
    bool any = in->replica_level == l;

    for (int e = 0; e < in->engine_count; e++)
        any |= !in->engines[e].out &&
               (in->engines[e].level == l || (in->engines[e].grouped && in->group_level == l));
    return any;
}

static bool same_state(const node *a, const node *b, int devices)
{
    return memcmp(a->left, b->left, (size_t)devices * sizeof *a->left) == 0;
}

/* One place that the question tells apart: racks of a pool that are in the same domains. */
static void add_place(oracle *o, int p, int first, const bool *inside)
{
    const instance *in = o->in;
    const pool *k = &in->pools[p];
    int fresh = 0, unknown, start = o->node_count, kept = start;
    bool named_here[OBSERVED] = { false };

    for (int r = 0; r < k->rack_count; r++) {
        int nodes = k->racks[r].nodes - k->racks[r].cordoned;

        fresh += inside[r] && nodes > 0 ? nodes : 0;
    }
    for (int i = 0; i < in->observed_count; i++) {
        const observed *x = &in->observed[i];
        bool whole = !k->levels || !(uses(in, LEVEL_RACK) || uses(in, LEVEL_BLOCK));

        named_here[i] = x->named && x->pool == p && (whole || (x->rack >= 0 && inside[x->rack]));
    }
    for (int i = 0; i < in->observed_count; i++) {
        node n = { .pool = p, .rack = first };
        bool any = false;

        if (!named_here[i])
            continue;
        fresh--;
        for (int d = 0; d < k->device_count; d++) {
            n.left[d] = k->devices[d].dra ? k->devices[d].count - in->observed[i].held[d] : 0;
            any |= n.left[d] > 0;
        }
        if (any && in->devices)
            o->nodes[o->node_count++] = n;
    }
    for (; fresh > 0; fresh--) {
        node n = { .pool = p, .rack = first };

        for (int d = 0; d < k->device_count; d++)
            n.left[d] = k->devices[d].dra ? k->devices[d].count : 0;
        o->nodes[o->node_count++] = n;
    }
    unknown = unknown_in(o, p, first, uses(in, LEVEL_RACK), uses(in, LEVEL_BLOCK));
    for (int i = start; i < o->node_count; i++) {
        int before = 0;

        for (int j = start; j < i; j++)
            before += same_state(&o->nodes[j], &o->nodes[i], k->device_count);
        o->nodes[i].taken = before < unknown;
    }
    for (int i = start; i < o->node_count; i++)
        if (!o->nodes[i].taken)
            o->nodes[kept++] = o->nodes[i];
    o->node_count = kept;
}

static void list_nodes(oracle *o)
{
    const instance *in = o->in;
    bool by_rack = uses(in, LEVEL_RACK), by_block = uses(in, LEVEL_BLOCK);

    for (int p = 0; p < in->pool_count; p++) {
        const pool *k = &in->pools[p];
        bool done[RACKS] = { false };

        for (int r = 0; r < k->rack_count; r++) {
            bool inside[RACKS] = { false };

            if (done[r])
                continue;
            for (int q = r; q < k->rack_count; q++) {
                bool apart = k->levels && ((by_rack && q != r) ||
                                           (by_block && k->racks[q].block != k->racks[r].block));

                inside[q] = !apart;
                done[q] |= !apart;
            }
            add_place(o, p, r, inside);
        }
    }
}

/* Whether a rack is in the domain that a path leads to. */
static bool leads_to(const pool *k, int r, const char *path, size_t size)
{
    char text[32];
    size_t end;

    snprintf(text, sizeof text, "b%d/r%d", k->racks[r].block, k->racks[r].rack);
    end = strlen(text);
    return size == 0 || (k->levels && size <= end && memcmp(text, path, size) == 0 &&
                         (size == end || text[size] == '/'));
}

/* Takes what earlier replicas took: nodes as they found them. */
static void take_before(oracle *o)
{
    for (int i = 0; i < o->before_count; i++) {
        const taken *t = &o->before[i];
        const pool *k = &o->in->pools[t->pool];
        int nodes = t->nodes;

        for (int n = 0; n < o->node_count && nodes > 0; n++) {
            node *at = &o->nodes[n];

            if (at->pool != t->pool || at->taken || !leads_to(k, at->rack, t->path, t->path_size) ||
                (o->in->devices &&
                 memcmp(at->left, t->left, (size_t)k->device_count * sizeof *t->left) != 0))
                continue;
            at->taken = !o->in->devices;
            for (int d = 0; d < k->device_count; d++)
                at->left[d] -= t->use[d];
            nodes--;
        }
        o->amiss |= nodes > 0;
    }
}

/* ---- every node for every pod ---- */

static bool place_engine(oracle *o, int turn);

/* Whether a rack is in the domain that was chosen, if one had to be. */
static bool in_domain(const instance *in, int p, int r, level l, int chosen)
{
    return l == LEVEL_NONE || (chosen >= 0 && domain_of(in, p, r, l) == chosen);
}

static bool within(const oracle *o, int e, int p, int r)
{
    const instance *in = o->in;
    const engine *g = &in->engines[e];

    return in_domain(in, p, r, in->replica_level, o->replica_domain) &&
           in_domain(in, p, r, g->grouped ? in->group_level : LEVEL_NONE, o->group_domain) &&
           in_domain(in, p, r, g->level, o->copy_domain) &&
           (g->wide ? domain_of(in, p, r, LEVEL_FABRIC) : p) == o->home;
}

static bool place_copy(oracle *o, int e, int copy);

/* A member that claims nothing needs no node, but a pool that serves it. */
static bool rest_fits(const oracle *o, int e, int m)
{
    const instance *in = o->in;
    const member *k = &in->engines[e].members[m];

    for (int p = 0; p < in->pool_count; p++) {
        for (int r = 0; r < in->pools[p].rack_count; r++) {
            int choice[REQUESTS] = { 0 }, claims;

            if (!within(o, e, p, r))
                continue;
            if (k->request_count == 0)
                return true;
            if (in->pools[p].device_count == 0)
                continue;
            do {
                if (serves(k, &in->pools[p], choice, &claims) && claims == 0)
                    return true;
            } while (next_tuple(choice, k->request_count, in->pools[p].device_count));
        }
    }
    return false;
}

static bool place_pod(oracle *o, int e, int copy, int m, int pod, int from);

/* One pod on one node, in every way that its requests can be served there. */
static bool try_node(oracle *o, int e, int copy, int m, int pod, int at)
{
    const instance *in = o->in;
    const member *k = &in->engines[e].members[m];
    const pool *p = &in->pools[o->nodes[at].pool];
    int choice[REQUESTS] = { 0 };
    node before = o->nodes[at];

    o->tries++;
    if (p->device_count == 0)
        return false;
    if (in->whole && o->pool_of[e][m] != 0 && o->pool_of[e][m] != o->nodes[at].pool + 1)
        return false;
    do {
        int claims, classes[REQUESTS];
        bool fits = serves(k, p, choice, &claims) && claims > 0;
        bool first = !o->has_classes[e][m];

        for (int r = 0; r < k->request_count && fits; r++) {
            const device *d = &p->devices[choice[r]];

            classes[r] = d->dra ? d->class_name : -1;
            if (in->devices && d->dra) {
                o->nodes[at].left[choice[r]] -= k->requests[r].count;
                fits = o->nodes[at].left[choice[r]] >= 0;
            }
        }
        fits = fits && (first || memcmp(classes, o->classes_of[e][m],
                                        (size_t)k->request_count * sizeof *classes) == 0);
        if (fits) {
            o->has_classes[e][m] = true;
            memcpy(o->classes_of[e][m], classes, (size_t)k->request_count * sizeof *classes);
            o->nodes[at].taken = !in->devices;
            o->pool_of[e][m] = o->nodes[at].pool + 1;
            if (place_pod(o, e, copy, m, pod + 1, at))
                return true;
            o->has_classes[e][m] = !first;
            if (first)
                o->pool_of[e][m] = 0;
        }
        o->nodes[at] = before;
    } while (next_tuple(choice, k->request_count, p->device_count));
    return false;
}

static bool place_pod(oracle *o, int e, int copy, int m, int pod, int from)
{
    const engine *g = &o->in->engines[e];

    if (m == g->member_count)
        return place_copy(o, e, copy + 1);
    if (!o->claims[e][m])
        return rest_fits(o, e, m) && place_pod(o, e, copy, m + 1, 0, 0);
    if (pod == g->members[m].nodes)
        return place_pod(o, e, copy, m + 1, 0, 0);
    for (int i = from; i < o->node_count; i++) {
        bool repeats = false;

        if (o->nodes[i].taken || !within(o, e, o->nodes[i].pool, o->nodes[i].rack))
            continue;
        /* A node like the one before it, which was tried, is of no use. */
        if (i > from)
            repeats = o->nodes[i - 1].pool == o->nodes[i].pool &&
                      o->nodes[i - 1].rack == o->nodes[i].rack &&
                      o->nodes[i - 1].taken == o->nodes[i].taken &&
                      same_state(&o->nodes[i - 1], &o->nodes[i], DEVICES);
        if (!repeats && try_node(o, e, copy, m, pod, i))
            return true;
    }
    return false;
}

/* Calls `next` with each domain of a level that there is, until it succeeds. */
static bool each_domain(oracle *o, level l, int *chosen, int e, int copy,
                        bool (*next)(oracle *, int, int))
{
    const instance *in = o->in;
    int seen[POOLS * RACKS], count = 0, before = *chosen;

    for (int p = 0; p < in->pool_count; p++) {
        for (int r = 0; r < in->pools[p].rack_count; r++) {
            int domain = domain_of(in, p, r, l);
            bool known = domain < 0;

            for (int i = 0; i < count; i++)
                known |= seen[i] == domain;
            if (known)
                continue;
            seen[count++] = domain;
            *chosen = domain;
            if (next(o, e, copy))
                return true;
        }
    }
    *chosen = before;
    return false;
}

static bool fill_copy(oracle *o, int e, int copy)
{
    return place_pod(o, e, copy, 0, 0, 0);
}

/* ---- what failed before ---- */

enum { MEMORY = 1 << 18, KEY = 124 };

/* Of this call only; a full memory forgets nothing and learns nothing. */
static struct {
    unsigned call;
    unsigned char size, key[KEY];
} failed[MEMORY];
static unsigned call_number;
static int failed_count;

static void put_byte(unsigned char *key, size_t *size, int value)
{
    if (*size < KEY)
        key[*size] = (unsigned char)value;
    ++*size;
}

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, DEVICES);
}

/* All that the rest of the search depends on when a copy's turn has come: what was chosen, and what
 * nodes have left, in any order among those of one place.  Its size; above KEY: too long. */
static size_t make_key(const oracle *o, int e, int copy, unsigned char *key)
{
    size_t size = 0;

    put_byte(key, &size, e);
    put_byte(key, &size, copy);
    put_byte(key, &size, o->home);
    put_byte(key, &size, o->replica_domain);
    put_byte(key, &size, o->group_domain);
    for (int m = 0; m < o->in->engines[e].member_count; m++) {
        put_byte(key, &size, o->pool_of[e][m]);
        put_byte(key, &size, o->has_classes[e][m]);
        for (int r = 0; r < REQUESTS && o->has_classes[e][m]; r++)
            put_byte(key, &size, o->classes_of[e][m][r]);
    }
    for (int i = 0, first = 0; i < o->node_count; i++) {
        const node *n = &o->nodes[i], *next = n + 1;

        for (int d = 0; d < DEVICES; d++)
            put_byte(key, &size, n->taken ? 255 : n->left[d]);
        if (i + 1 == o->node_count || next->pool != n->pool || next->rack != n->rack) {
            if (size <= KEY)
                qsort(key + size - (size_t)(i + 1 - first) * DEVICES, (size_t)(i + 1 - first),
                      DEVICES, by_bytes);
            first = i + 1;
        }
    }
    return size;
}

/* The slot of a key, or the free one where it belongs. */
static size_t find_slot(const unsigned char *key, size_t size)
{
    size_t at = 0;

    for (size_t i = 0; i < size; i++)
        at = at * 31 + key[i] + (at >> 15);
    for (at %= MEMORY; failed[at].call == call_number; at = (at + 1) % MEMORY)
        if (failed[at].size == size && memcmp(failed[at].key, key, size) == 0)
            break;
    return at;
}

static bool fill_copies(oracle *o, int e, int copy)
{
    const engine *g = &o->in->engines[e];

    return g->level ? each_domain(o, g->level, &o->copy_domain, e, copy, fill_copy)
                    : fill_copy(o, e, copy);
}

static bool place_copy(oracle *o, int e, int copy)
{
    unsigned char key[KEY] = { 0 };
    size_t size, at;

    if (copy == o->in->engines[e].copies) {
        int home = o->home, copy_domain = o->copy_domain;

        if (place_engine(o, o->turn[e] + 1))
            return true;
        o->home = home;
        o->copy_domain = copy_domain;
        return false;
    }
    size = make_key(o, e, copy, key);
    if (size > KEY)
        return fill_copies(o, e, copy);
    if (failed[find_slot(key, size)].call == call_number)
        return false;
    if (fill_copies(o, e, copy))
        return true;
    at = find_slot(key, size);
    if (failed_count < MEMORY / 2) {
        failed[at].call = call_number;
        failed[at].size = (unsigned char)size;
        memcpy(failed[at].key, key, size);
        failed_count++;
    }
    return false;
}

static bool choose_home(oracle *o, int e, int unused)
{
    const engine *g = &o->in->engines[e];

    (void)unused;
    if (g->wide)
        return each_domain(o, LEVEL_FABRIC, &o->home, e, 0, place_copy);
    for (int p = 0; p < o->in->pool_count; p++) {
        o->home = p;
        if (place_copy(o, e, 0))
            return true;
    }
    return false;
}

static bool place_engine(oracle *o, int turn)
{
    const instance *in = o->in;
    int e = turn < in->engine_count ? o->order[turn] : -1;

    if (e < 0)
        return true;
    if (in->engines[e].out)
        return place_engine(o, turn + 1);
    if (in->engines[e].grouped && in->group_level && o->group_domain < 0)
        return each_domain(o, in->group_level, &o->group_domain, e, 0, choose_home);
    return choose_home(o, e, 0);
}

/* Devices that the largest pod of an engine asks for. */
static int largest(const engine *g)
{
    int most = 0;

    for (int m = 0; m < g->member_count; m++) {
        int sum = 0;

        for (int r = 0; r < g->members[m].request_count; r++)
            sum += g->members[m].requests[r].count;
        most = sum > most ? sum : most;
    }
    return most;
}

/* What fits does so in any order; but what does not is seen sooner in this one. */
static void order_engines(oracle *o)
{
    const engine *engines = o->in->engines;

    for (int e = 0; e < o->in->engine_count; e++) {
        int i = e;

        for (; i > 0 && largest(&engines[o->order[i - 1]]) < largest(&engines[e]); i--)
            o->order[i] = o->order[i - 1];
        o->order[i] = e;
    }
    for (int i = 0; i < o->in->engine_count; i++)
        o->turn[o->order[i]] = i;
}

static bool start(oracle *o, int e, int unused)
{
    (void)unused;
    return place_engine(o, e); /* the first turn */
}

static bool open_oracle(const instance *in, oracle *o, int rule, const taken *before,
                        int before_count)
{
    memset(o, 0, sizeof *o);
    call_number++;
    failed_count = 0;
    o->in = in;
    o->replica_domain = o->group_domain = o->home = o->copy_domain = -1;
    o->before = before;
    o->before_count = before_count;
    order_engines(o);
    list_nodes(o);
    take_before(o);
    for (int e = 0; e < in->engine_count; e++) {
        bool any = false;

        for (int m = 0; m < in->engines[e].member_count; m++)
            any |= o->claims[e][m] = can_claim(in, &in->engines[e].members[m], rule);
        if (!any && !in->engines[e].out)
            return false;
    }
    return true;
}

bool random_feasible(const instance *in, oracle *o, const taken *before, int before_count)
{
    for (int rule = 0; rule < 3; rule++)
        if (open_oracle(in, o, rule, before, before_count) &&
            (in->replica_level ? each_domain(o, in->replica_level, &o->replica_domain, 0, 0, start)
                               : place_engine(o, 0)))
            return true;
    return false;
}

/* ---- the greedy walk ---- */

/* One pod on the first node that fits, by the first way to serve it. */
static bool greedy_pod(oracle *o, int e, int m)
{
    const instance *in = o->in;
    const member *k = &in->engines[e].members[m];

    for (int i = 0; i < o->node_count; i++) {
        const pool *p = &in->pools[o->nodes[i].pool];
        int choice[REQUESTS] = { 0 }, claims, classes[REQUESTS];

        if (o->nodes[i].taken || !within(o, e, o->nodes[i].pool, o->nodes[i].rack) ||
            p->device_count == 0 ||
            (in->whole && o->pool_of[e][m] != 0 && o->pool_of[e][m] != o->nodes[i].pool + 1))
            continue;
        do {
            node after = o->nodes[i];
            bool fits = serves(k, p, choice, &claims) && claims > 0;

            for (int r = 0; r < k->request_count && fits; r++) {
                classes[r] = p->devices[choice[r]].dra ? p->devices[choice[r]].class_name : -1;
                if (in->devices && p->devices[choice[r]].dra)
                    fits = (after.left[choice[r]] -= k->requests[r].count) >= 0;
            }
            if (fits && o->has_classes[e][m])
                fits = memcmp(classes, o->classes_of[e][m],
                              (size_t)k->request_count * sizeof *classes) == 0;
            if (fits) {
                o->has_classes[e][m] = true;
                memcpy(o->classes_of[e][m], classes, (size_t)k->request_count * sizeof *classes);
                after.taken = !in->devices;
                o->pool_of[e][m] = o->nodes[i].pool + 1;
                o->nodes[i] = after;
                return true;
            }
        } while (next_tuple(choice, k->request_count, p->device_count));
    }
    return false;
}

static bool greedy_copy(oracle *o, int e, int copy)
{
    node before[NODES * POOLS];
    const engine *g = &o->in->engines[e];
    bool all = true;

    (void)copy;
    memcpy(before, o->nodes, sizeof before);
    for (int m = 0; m < g->member_count && all; m++)
        for (int pod = 0; all && pod < (o->claims[e][m] ? g->members[m].nodes : 1); pod++)
            all = o->claims[e][m] ? greedy_pod(o, e, m) : rest_fits(o, e, m);
    if (!all)
        memcpy(o->nodes, before, sizeof before);
    return all;
}

static bool greedy_home(oracle *o, int e, int unused)
{
    node before[NODES * POOLS];
    const engine *g = &o->in->engines[e];
    bool all = true;

    (void)unused;
    memset(o->has_classes[e], 0, sizeof o->has_classes[e]);
    memset(o->pool_of[e], 0, sizeof o->pool_of[e]);
    memcpy(before, o->nodes, sizeof before);
    for (int c = 0; c < g->copies && all; c++)
        all = g->level ? each_domain(o, g->level, &o->copy_domain, e, c, greedy_copy)
                       : greedy_copy(o, e, c);
    if (!all)
        memcpy(o->nodes, before, sizeof before);
    return all;
}

bool random_greedy(const instance *in, oracle *o)
{
    bool ok = open_oracle(in, o, 0, NULL, 0);

    /* The first domain of a wish is as good as any to a greedy walk. */
    if (in->replica_level)
        o->replica_domain =
            o->node_count ? domain_of(in, o->nodes[0].pool, o->nodes[0].rack, in->replica_level)
                          : -1;
    if (in->group_level)
        o->group_domain =
            o->node_count ? domain_of(in, o->nodes[0].pool, o->nodes[0].rack, in->group_level) : -1;
    for (int e = 0; e < in->engine_count && ok; e++) {
        if (in->engines[e].wide) {
            ok = each_domain(o, LEVEL_FABRIC, &o->home, e, 0, greedy_home);
            continue;
        }
        ok = false;
        for (int p = 0; p < in->pool_count && !ok; p++) {
            o->home = p;
            ok = greedy_home(o, e, 0);
        }
    }
    return ok;
}

/* ---- generating ---- */

static int below(mp_test_random *r, int bound)
{
    return (int)mp_test_random_below(r, (uint64_t)bound);
}

static bool chance(mp_test_random *r, int percent)
{
    return below(r, 100) < percent;
}

static level random_level(mp_test_random *r)
{
    return (level)(1 + below(r, 3));
}

static void make_engine(mp_test_random *r, instance *in, engine *g, bool wide, bool levels)
{
    /* The first engines can go nearly anywhere, and so into the way of the last ones. */
    int modest = g == in->engines ? 95 : 35;

    g->copies = chance(r, 25) ? 2 : 1;
    g->member_count = chance(r, 45) ? 2 : 1;
    g->wide = wide && chance(r, 75);
    g->level = levels && chance(r, 45) ? random_level(r) : LEVEL_NONE;
    g->grouped = in->group_level != LEVEL_NONE && chance(r, 60);
    for (int m = 0; m < g->member_count; m++) {
        member *k = &g->members[m];

        k->nodes = m > 0 && chance(r, 40) ? 2 : 1;
        k->request_count = m == 0 && g->member_count == 2 && chance(r, 20) ? 0 : 1 + chance(r, 30);
        for (int q = 0; q < k->request_count; q++)
            k->requests[q] = in->devices
                                 ? (request){ 1 + below(r, 4), chance(r, modest) ? 0 : below(r, 3) }
                                 : (request){ 1 + below(r, 2), chance(r, 60) ? 0 : below(r, 3) };
    }
}

/* `largest`: what only some engines need. */
static void make_pool(mp_test_random *r, pool *p, bool wide, bool levels, bool devices,
                      bool largest)
{
    p->fabric = wide ? below(r, 3) : chance(r, 30);
    p->device_count = chance(r, 2) ? 0 : 1 + chance(r, 50);
    p->levels = levels && chance(r, 85);
    p->rack_count = p->levels ? 1 + below(r, RACKS) : 1;
    for (int i = 0; i < p->device_count; i++)
        p->devices[i] = (device){ largest ? 3 : 1 + below(r, 3), 2 + below(r, devices ? 5 : 2),
                                  chance(r, 75) ? 0 : below(r, 2), !chance(r, 12) };
    for (int i = 0; i < p->rack_count; i++)
        p->racks[i] = (rack){ below(r, 2), 0, 0, 0 };
    /* Names of racks differ within their block. */
    for (int i = 0; i < p->rack_count; i++)
        for (int j = 0; j < i; j++)
            p->racks[i].rack += p->racks[j].block == p->racks[i].block;
}

/* Nodes one by one, until counting alone would let everything in, and then one less or more: most
 * instances are at the edge. */
static void give_nodes(mp_test_random *r, instance *in, bool cordons)
{
    int need = 0, total = 0;

    for (int e = 0; e < in->engine_count; e++) {
        for (int m = 0; m < in->engines[e].member_count; m++) {
            const member *k = &in->engines[e].members[m];
            int each = 0;

            for (int q = 0; q < k->request_count; q++)
                each += k->requests[q].count;
            need += (in->devices            ? each
                     : k->request_count > 0 ? 1
                                            : 0) *
                    k->nodes * in->engines[e].copies;
        }
    }
    for (int i = 0; i < in->observed_count; i++)
        need += in->devices ? 2 : 1;
    need = need * in->replicas + (in->devices ? below(r, 4) : below(r, 2));
    for (int tries = 0; tries < 12 * in->replicas && total < need; tries++) {
        pool *p = &in->pools[below(r, in->pool_count)];
        rack *k = &p->racks[below(r, p->rack_count)];
        int all = 0, worth = 0;

        for (int i = 0; i < p->rack_count; i++)
            all += p->racks[i].nodes - p->racks[i].cordoned;
        for (int i = 0; i < p->device_count; i++)
            worth += p->devices[i].dra ? p->devices[i].count : 0;
        if (all >= 4 * in->replicas)
            continue;
        k->nodes++;
        total += in->devices ? worth : 1;
    }
    for (int p = 0; p < in->pool_count && cordons; p++) {
        rack *k = &in->pools[p].racks[below(r, in->pools[p].rack_count)];

        k->cordoned = below(r, 2);
        k->nodes += k->cordoned > 0 && chance(r, 70);
    }
}

static void make_observed(mp_test_random *r, instance *in)
{
    in->observed_count = chance(r, 35) ? 1 + below(r, OBSERVED - 1) : 0;
    for (int i = 0; i < in->observed_count; i++) {
        observed *o = &in->observed[i];
        const pool *p;

        o->pool = below(r, in->pool_count);
        p = &in->pools[o->pool];
        o->named = chance(r, 60);
        o->pods = 1;
        o->rack = p->levels && chance(r, 70) ? below(r, p->rack_count) : -1;
        for (int d = 0; d < p->device_count; d++)
            o->held[d] = p->devices[d].dra ? 1 + below(r, p->devices[d].count) : 0;
        if (p->device_count == 0)
            o->named = false;
    }
}

void random_instance(mp_test_random *r, unsigned mix, instance *in)
{
    memset(in, 0, sizeof *in);
    in->devices = mix & 1;
    in->whole = (mix & 2) && chance(r, 30);
    in->replicas = mix & 16 ? 2 + below(r, 2) : 1;
    in->pool_count = 1 + below(r, POOLS);
    in->engine_count = 1 + below(r, ENGINES);
    if (in->devices && chance(r, 80)) {
        in->pool_count = 2 + below(r, POOLS - 1);
        in->engine_count = 2 + below(r, ENGINES - 1);
    }
    in->group_level = (mix & 4) && chance(r, 30) ? random_level(r) : LEVEL_NONE;
    in->replica_level = (mix & 4) && chance(r, 15) ? random_level(r) : LEVEL_NONE;
    for (int p = 0; p < in->pool_count; p++)
        make_pool(r, &in->pools[p], mix & 2, mix & 4, in->devices,
                  in->devices && p == 0 && chance(r, 75));
    for (int e = 0; e < in->engine_count; e++)
        make_engine(r, in, &in->engines[e], mix & 2, mix & 4);
    make_observed(r, in);
    give_nodes(r, in, mix & 8);
}

/* ---- building what was generated ---- */

static const char *const level_names[] = { "", "block", "rack", "fabric" };
static const char *const pool_names[] = { "p0", "p1", "p2" };
static const char *const device_names[] = { "x0", "x1" };
static const char *const class_names[] = { "k0", "k1" };
static const char *const engine_names[] = { "e0", "e1", "e2" };
static const char *const request_names[] = { "q0", "q1" };
static const char *const selectors[] = { "device.attributes[\"d\"].size > 0",
                                         "device.attributes[\"d\"].size > 1",
                                         "device.attributes[\"d\"].size > 2" };

static void must(mp_status st)
{
    ck_assert_msg(st == MP_OK, "%s", mp_status_name(st));
}

mp_deployment *random_deployment(const instance *in)
{
    mp_deployment *d;
    mp_error err;

    must(mp_deployment_new(NULL, "t", 1, "d", 1, &d, &err));
    must(mp_deployment_set_replicas(d, in->replicas));
    must(mp_deployment_set_level(d, level_names[in->replica_level], MP_NTS, MP_STRENGTH_REQUIRED));
    must(mp_deployment_set_group_level(d, "g", 1, level_names[in->group_level], MP_NTS,
                                       MP_STRENGTH_REQUIRED));
    for (int e = 0; e < in->engine_count; e++) {
        const engine *g = &in->engines[e];
        mp_engine *built = mp_deployment_add_engine(d, engine_names[e], MP_NTS, g->copies, &err);

        must(mp_engine_set_span(built, g->wide ? MP_SPAN_FABRIC : MP_SPAN_POOL));
        must(mp_engine_set_level(built, level_names[g->level], MP_NTS, MP_STRENGTH_REQUIRED));
        must(mp_engine_set_group(built, g->grouped ? "g" : "", MP_NTS));
        for (int m = 0; m < g->member_count; m++) {
            const member *k = &g->members[m];
            mp_member *of =
                mp_engine_add_member(built, m > 0 ? MP_ROLE_WORKER : MP_ROLE_LEADER, &err);

            if (m > 0)
                must(mp_member_set_nodes(of, k->nodes));
            for (int q = 0; q < k->request_count; q++) {
                mp_request *asked =
                    mp_member_add_request(of, request_names[q], MP_NTS, k->requests[q].count, &err);

                must(mp_request_add_selector(asked, selectors[k->requests[q].at_least], MP_NTS,
                                             &err));
            }
        }
    }
    return d;
}

static void domain_path(const rack *k, char *out, size_t size)
{
    snprintf(out, size, "b%d/r%d", k->block, k->rack);
}

static void build_pool(mp_cluster *c, const pool *k, int p)
{
    mp_error err;
    mp_pool *built = mp_cluster_add_pool(c, pool_names[p], MP_NTS, k->racks[0].nodes, &err);
    char text[32];

    snprintf(text, sizeof text, "f%d", k->fabric);
    must(mp_pool_set_fabric(built, k->fabric ? text : "", MP_NTS));
    if (!k->levels)
        must(mp_pool_set_tier(built, MP_TIER_CORDONED, k->racks[0].cordoned));
    else {
        must(mp_pool_add_level(built, "block", MP_NTS, &err));
        must(mp_pool_add_level(built, "rack", MP_NTS, &err));
    }
    for (int i = 0; i < k->rack_count && k->levels; i++) {
        mp_domain *d;

        domain_path(&k->racks[i], text, sizeof text);
        d = mp_pool_add_domain(built, text, MP_NTS, k->racks[i].nodes, &err);
        ck_assert_msg(d != NULL, "%s", err.text);
        must(mp_domain_set_tier(d, MP_TIER_CORDONED, k->racks[i].cordoned));
    }
    for (int i = 0; i < k->device_count; i++) {
        const device *from = &k->devices[i];
        mp_device *d = mp_pool_add_device(
            built, device_names[i], MP_NTS, "d", 1, class_names[from->class_name], MP_NTS,
            from->dra ? MP_CLAIM_DRA : MP_CLAIM_SYNTHETIC, from->count, &err);

        must(mp_device_set_int(d, "size", MP_NTS, from->size));
    }
}

static void build_observed(mp_fleet *fleet, const instance *in, int i)
{
    const observed *o = &in->observed[i];
    const pool *p = &in->pools[o->pool];
    char name[16], path[32] = "", node_name[16];
    mp_error err;
    mp_replica *r;
    mp_replica_engine *e;

    snprintf(name, sizeof name, "r%d", i);
    snprintf(node_name, sizeof node_name, "n%d", i);
    if (o->rack >= 0)
        domain_path(&p->racks[o->rack], path, sizeof path);
    r = mp_fleet_add_replica(fleet, "t", 1, name, MP_NTS, "other", MP_NTS, "c", MP_NTS, i, &err);
    e = mp_replica_add_engine(r, "e", 1, 1, &err);
    must(mp_replica_add_member(e, MP_ROLE_STANDALONE, pool_names[o->pool], MP_NTS, o->pods, true,
                               &err));
    if (!o->named && o->rack < 0)
        return;
    must(mp_replica_add_pods(e, "", MP_NTS, path, MP_NTS, o->named ? node_name : "", MP_NTS,
                             o->pods, &err));
    for (int d = 0; d < p->device_count; d++)
        if (o->held[d] > 0)
            must(mp_replica_hold(e, device_names[d], MP_NTS, o->held[d], &err));
}

mp_fleet *random_fleet(const instance *in, mp_test_random *r)
{
    mp_fleet *fleet;
    mp_cluster *c;
    mp_error err;
    int first = in->observed_count ? below(r, in->observed_count) : 0;

    must(mp_fleet_new(NULL, &fleet, &err));
    c = mp_fleet_add_cluster(fleet, "c", MP_NTS, &err);
    must(mp_cluster_set_ready(c, true));
    must(mp_cluster_set_gateway(c, "gw", 2));
    for (int p = 0; p < in->pool_count; p++)
        build_pool(c, &in->pools[p], p);
    for (int i = 0; i < in->observed_count; i++)
        build_observed(fleet, in, (first + i) % in->observed_count);
    return fleet;
}

void random_print(const instance *in)
{
    printf("# replicas=%d devices=%d whole=%d replica=%s group=%s\n", in->replicas, in->devices,
           in->whole, level_names[in->replica_level], level_names[in->group_level]);
    for (int p = 0; p < in->pool_count; p++) {
        const pool *k = &in->pools[p];

        printf("# pool %d fabric %d:", p, k->fabric);
        for (int i = 0; i < k->device_count; i++)
            printf(" x%d size %d count %d class %d %s;", i, k->devices[i].size, k->devices[i].count,
                   k->devices[i].class_name, k->devices[i].dra ? "dra" : "synthetic");
        for (int i = 0; i < k->rack_count; i++)
            printf(" b%d/r%d %d-%d", k->racks[i].block, k->racks[i].rack, k->racks[i].nodes,
                   k->racks[i].cordoned);
        printf("%s\n", k->levels ? "" : " (no levels)");
    }
    for (int e = 0; e < in->engine_count; e++) {
        const engine *g = &in->engines[e];

        printf("# engine %d copies %d %s level %s%s:", e, g->copies, g->wide ? "wide" : "",
               level_names[g->level], g->grouped ? " grouped" : "");
        for (int m = 0; m < g->member_count; m++) {
            printf(" [%d", g->members[m].nodes);
            for (int q = 0; q < g->members[m].request_count; q++)
                printf(" %d>%d", g->members[m].requests[q].count,
                       g->members[m].requests[q].at_least);
            printf("]");
        }
        printf("\n");
    }
    for (int i = 0; i < in->observed_count; i++)
        printf("# observed pool %d rack %d %s holds %d %d\n", in->observed[i].pool,
               in->observed[i].rack, in->observed[i].named ? "named" : "", in->observed[i].held[0],
               in->observed[i].held[1]);
    fflush(stdout);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reasons against brute force, on random refusals: the conflict cannot be met, and could without
 * any one of its parts; no fix of any kind is cheaper than the one that is given.
 *
 * The oracle knows nothing of parts: each is turned into a change of the instance.
 */
#include "place_random.h"
#include <modelplane/object.h>
#include <stdio.h>
#include <string.h>

#define REFUSALS 20000 /* MP_TEST_SCALE=500 makes it 100,000 */

static void must(mp_status st)
{
    ck_assert_msg(st == MP_OK, "%s", mp_status_name(st));
}

/* ---- parts ---- */

enum { PARTS_MAX = 32 };

typedef enum kind {
    OBSERVED_PART,
    CORDON_PART,
    SPAN_PART,
    REPLICA_WISH,
    GROUP_WISH,
    ENGINE_WISH,
    ENGINE_PART
} kind;

typedef struct part {
    kind kind;
    int number;
} part;

static size_t all_parts(const instance *in, part *out)
{
    size_t n = 0;

    for (int i = 0; i < in->observed_count; i++)
        out[n++] = (part){ OBSERVED_PART, i };
    for (int p = 0; p < in->pool_count; p++)
        out[n++] = (part){ CORDON_PART, p };
    for (int e = 0; e < in->engine_count; e++)
        out[n++] = (part){ SPAN_PART, e };
    out[n++] = (part){ REPLICA_WISH, 0 };
    out[n++] = (part){ GROUP_WISH, 0 };
    for (int e = 0; e < in->engine_count; e++)
        out[n++] = (part){ ENGINE_WISH, e };
    for (int e = 0; e < in->engine_count; e++)
        out[n++] = (part){ ENGINE_PART, e };
    return n;
}

/* The instance without the parts; removes engines and what runs from the last to the first. */
static void take_away(instance *in, const part *parts, size_t count)
{
    for (size_t i = count; i-- > 0;) {
        int n = parts[i].number;

        switch (parts[i].kind) {
        case OBSERVED_PART:
            memmove(&in->observed[n], &in->observed[n + 1],
                    (size_t)(--in->observed_count - n) * sizeof *in->observed);
            break;
        case CORDON_PART:
            for (int r = 0; r < in->pools[n].rack_count; r++)
                in->pools[n].racks[r].cordoned = 0;
            break;
        case SPAN_PART:
            in->engines[n].wide = true;
            break;
        case REPLICA_WISH:
            in->replica_level = LEVEL_NONE;
            break;
        case GROUP_WISH:
            in->group_level = LEVEL_NONE;
            break;
        case ENGINE_WISH:
            in->engines[n].level = LEVEL_NONE;
            break;
        case ENGINE_PART:
            in->engines[n].out = true;
            break;
        }
    }
}

static bool fits_without(const instance *in, const part *parts, size_t count)
{
    static oracle o;
    instance less = *in;

    bool any = false;

    take_away(&less, parts, count);
    for (int e = 0; e < less.engine_count; e++)
        any |= !less.engines[e].out;
    return !any || random_feasible(&less, &o, NULL, 0);
}

static int number_of(const mp_object *item)
{
    const char *name = mp_object_string(mp_object_get(item, "name", MP_NTS), NULL);

    return name ? name[1] - '0' : 0; /* "e1", "p0", "r2" */
}

/* The part that an entry of the conflict stands for. */
static part read_part(const mp_object *item)
{
    static const struct {
        const char *name;
        kind kind;
    } kinds[] = { { "replica", OBSERVED_PART },
                  { "cordon", CORDON_PART },
                  { "span", SPAN_PART },
                  { "engine", ENGINE_PART } };
    const char *message = mp_object_string(mp_object_get(item, "message", MP_NTS), NULL);

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (mp_object_string_is(mp_object_get(item, "part", MP_NTS), kinds[i].name, MP_NTS))
            return (part){ kinds[i].kind, number_of(item) };
    ck_assert(mp_object_string_is(mp_object_get(item, "part", MP_NTS), "wish", MP_NTS));
    if (strncmp(message, "the replica", 11) == 0)
        return (part){ REPLICA_WISH, 0 };
    if (strncmp(message, "group", 5) == 0)
        return (part){ GROUP_WISH, 0 };
    return (part){ ENGINE_WISH, strchr(message, '"')[2] - '0' };
}

static bool check_conflict(const instance *in, const mp_object *conflict)
{
    part parts[PARTS_MAX], rest[PARTS_MAX];
    size_t count = all_parts(in, parts), kept = 0, free = 0;
    bool in_conflict[PARTS_MAX] = { false };

    for (const mp_object *o = mp_object_first(conflict); o; o = mp_object_next(o)) {
        part p = read_part(o);

        for (size_t i = 0; i < count; i++)
            in_conflict[i] |= parts[i].kind == p.kind && parts[i].number == p.number;
        kept++;
    }
    for (size_t i = 0; i < count; i++)
        if (!in_conflict[i])
            rest[free++] = parts[i];
    if (free + kept != count || fits_without(in, rest, free))
        return false;
    for (size_t i = 0; i < count; i++) {
        size_t n = 0;

        if (!in_conflict[i])
            continue;
        for (size_t k = 0; k < count; k++)
            if (!in_conflict[k] || k == i)
                rest[n++] = parts[k];
        if (!fits_without(in, rest, n))
            return false;
    }
    return true;
}

/* ---- fixes ---- */

static bool fits(const instance *in)
{
    static oracle o;

    return random_feasible(in, &o, NULL, 0);
}

static int all_pods(const instance *in)
{
    int pods = 0;

    for (int e = 0; e < in->engine_count; e++)
        for (int m = 0; m < in->engines[e].member_count; m++)
            pods += in->engines[e].members[m].nodes * in->engines[e].copies;
    return pods;
}

/* `n` nodes of a rack uncordoned (cost 2 each), or new ones (-10). */
static bool fits_with(const instance *in, int p, int r, int cost, int n)
{
    instance other = *in;
    rack *k = &other.pools[p].racks[r];

    /* As many as are cordoned beyond what is there do not come back with new ones. */
    if (k->cordoned > k->nodes)
        k->cordoned = k->nodes;
    if (cost > 0)
        k->cordoned -= n;
    else
        k->nodes += n;
    return fits(&other);
}

/* The least cost of some nodes of a rack, at most `most`, or `best` if that is not more. */
static int fewest_nodes(const instance *in, int p, int r, int cost, int most, int best)
{
    int each = cost > 0 ? cost : -cost;

    if (most > (best - 1) / each)
        most = (best - 1) / each;
    if (most < 1 || !fits_with(in, p, r, cost, most))
        return best;
    for (int n = 1; n < most; n++)
        if (fits_with(in, p, r, cost, n))
            return each * n;
    return each * most;
}

/* The least cost of any fix that there is, or `bound`. */
static int cheapest(const instance *in, int bound)
{
    int best = bound;
    instance other = *in;

    for (int e = 0; e < in->engine_count; e++)
        other.engines[e].wide = true;
    if (2 < best && fits(&other))
        best = 2;
    for (int i = 0; i < in->observed_count; i++)
        if (5 + in->observed[i].pods < best && fits_without(in, &(part){ OBSERVED_PART, i }, 1))
            best = 5 + in->observed[i].pods;
    for (int p = 0; p < in->pool_count; p++) {
        for (int r = 0; r < in->pools[p].rack_count; r++) {
            const rack *k = &in->pools[p].racks[r];

            best = fewest_nodes(in, p, r, 2, k->cordoned < k->nodes ? k->cordoned : k->nodes, best);
            best = fewest_nodes(in, p, r, -10, all_pods(in), best);
        }
    }
    return best;
}

/* ---- the test ---- */

typedef struct tally {
    size_t refusals, parts, fixed;
} tally;

static void check_refusal(const instance *in, const mp_fleet *fleet, const mp_plan *plan, tally *t)
{
    const mp_object *cluster, *conflict, *fix;
    int64_t cost;
    mp_doc *why;
    mp_text text;

    must(mp_plan_explain(fleet, plan, &why, NULL));
    cluster = mp_object_first(mp_object_get(mp_doc_root(why), "clusters", MP_NTS));
    conflict = mp_object_get(cluster, "conflict", MP_NTS);
    fix = mp_object_get(cluster, "fix", MP_NTS);
    if (!mp_object_int(mp_object_get(fix, "cost", MP_NTS), &cost))
        cost = INT32_MAX;
    if (!conflict || !check_conflict(in, conflict) || cost != cheapest(in, INT32_MAX)) {
        must(mp_json_text(NULL, cluster, 0, &text, NULL));
        random_print(in);
        ck_abort_msg("refusal %zu: %s; cheapest %d", t->refusals, text.data,
                     cheapest(in, INT32_MAX));
    }
    t->refusals++;
    t->parts += mp_object_size(conflict);
    t->fixed += fix != NULL;
    mp_doc_free(why);
}

START_TEST(reasons_are_minimal)
{
    size_t total = mp_test_scaled(REFUSALS);
    mp_test_random random = { 20260729 };
    tally t = { 0 };

    for (unsigned i = 0; t.refusals < total; i++) {
        mp_schedule_opts opts = MP_SCHEDULE_OPTS_INIT;
        instance in;
        mp_deployment *d;
        mp_fleet *fleet;
        mp_plan *plan;

        random_instance(&random, i % 16, &in);
        opts.whole_members = in.whole;
        opts.accounting = in.devices ? MP_ACCOUNTING_DEVICES : MP_ACCOUNTING_NODES;
        d = random_deployment(&in);
        fleet = random_fleet(&in, &random);
        must(mp_schedule(fleet, d, &opts, &plan, NULL));
        if (mp_plan_verdict(plan) == MP_VERDICT_PARTIAL)
            check_refusal(&in, fleet, plan, &t);
        mp_plan_free(plan);
        mp_fleet_free(fleet);
        mp_deployment_free(d);
    }
    mp_test_note("%zu refusals, %.2f parts a conflict, %.1f %% have a fix", t.refusals,
                 (double)t.parts / (double)t.refusals,
                 100.0 * (double)t.fixed / (double)t.refusals);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("place_why");
    TCase *tc = tcase_create("oracle");

    tcase_set_timeout(tc, 900);
    tcase_add_test(tc, reasons_are_minimal);
    suite_add_tcase(s, tc);
    return mp_test_main(s);
}

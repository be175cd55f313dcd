/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The general search within one cluster: depth-first over *tasks*, in this order for each engine:
 * the domain of the replica and of its group (if not chosen yet), the domain of the engine; then
 * for each copy its domain, and for each member its signature and its pods.  Where copies have no
 * wish of their own, their pods are placed together.
 *
 * Pods are placed in bulk: so many nodes of a state take a *load* of so many pods each.  A state is
 * decided once, so no distribution is met twice.  Of domains that cannot be told apart only the
 * first is tried, and tasks that failed are remembered together with all that they depend on: what
 * is left, up to the exchange of like cells, and the domains and signatures that are bound.
 * Counting (bound.c) refuses before each engine.
 */
#include "solver_internal.h"

/* ---- preparing ---- */

/*
 * Who must claim something: a member that can on some node of the cluster, whatever is free.
 * Whether it can is asked three ways, each after the one before has led to nothing: by the first
 * devices that serve its requests one by one; by the first that serve them together; by any that
 * do.
 */
typedef enum rule { RULE_SIMPLE, RULE_FIRST, RULE_ANY, RULE_COUNT } rule;

static mp_status claims_on(solver *s, rule by, size_t member, const mp__profile *profile, bool *yes)
{
    const mp__options *list = mp__matcher_options(s->m, member, profile);
    const mp__match *match = mp__matcher_member(s->m, member, profile);

    if (!list || !match)
        return MP_ENOMEM;
    s->truncated |= list->truncated || match->unknown;
    for (size_t o = 0; by == RULE_ANY && o < list->count; o++)
        *yes |= list->items[o].claims > 0;
    if (by != RULE_ANY)
        *yes |= match->claims > 0 && (by == RULE_FIRST ? match->matched : match->simple);
    return MP_OK;
}

/* *same: the rule says what the one before said. */
static mp_status find_claims(solver *s, rule by, bool *before, bool *same)
{
    *same = by != RULE_SIMPLE;
    s->claims = MP__NEW_ARRAY(s->arena, bool, s->m->member_count);
    if (!s->claims)
        return MP_ENOMEM;
    for (size_t i = 0; i < s->m->member_count; i++) {
        for (size_t c = 0; c < s->s->class_count; c++)
            if (claims_on(s, by, i, s->s->classes[c].profile, &s->claims[i]) != MP_OK)
                return MP_ENOMEM;
        *same &= s->claims[i] == before[i];
        before[i] = s->claims[i];
    }
    return MP_OK;
}

static mp_status add_task(solver *s, task t)
{
    if (!mp__grow(&s->arena->alloc, &s->tasks, &s->task_capacity, s->task_count + 1, sizeof t))
        return MP_ENOMEM;
    s->tasks[s->task_count++] = t;
    return MP_OK;
}

/* Whether a member could get claims of different signatures. */
static bool signs(const solver *s, uint32_t member)
{
    const mp__option *first = NULL;

    for (size_t c = 0; c < s->s->class_count; c++) {
        const mp__options *list = mp__matcher_options(s->m, member, s->s->classes[c].profile);

        for (size_t o = 0; o < list->count; o++) {
            if (list->items[o].claims == 0)
                continue;
            if (first && first->signature != list->items[o].signature)
                return true;
            first = &list->items[o];
        }
    }
    return false;
}

static mp_status add_copy(solver *s, uint32_t e, int64_t copy, bool last)
{
    const mp_engine *engine = engine_of(s, e);
    mp_status st = copy >= 0 ? add_task(s, (task){ TASK_COPY, e, 0, copy, 0, last }) : MP_OK;

    for (int rest = 0; rest < 2; rest++) {
        for (size_t i = 0; i < engine->member_count && st == MP_OK; i++) {
            uint32_t member = (uint32_t)(s->m->first_member[e] + i);
            int64_t pods =
                copy < 0 ? mp__member_pods(engine->members[i]) : engine->members[i]->nodes;

            if (s->claims[member] == (rest == 1))
                continue;
            if (s->ask->whole_members && copy <= 0)
                st = add_task(s, (task){ TASK_MEMBER, e, member, copy, 0, last });
            if (st == MP_OK && !rest && copy <= 0 && signs(s, member))
                st = add_task(s, (task){ TASK_SIGN, e, member, copy, 0, last });
            if (st == MP_OK)
                st = add_task(s,
                              (task){ rest ? TASK_REST : TASK_PODS, e, member, copy, pods, last });
        }
    }
    return st;
}

static mp_status add_engine(solver *s, uint32_t e, bool *grouped)
{
    const mp__ask_engine *ask = &s->ask->engines[e];
    int64_t copies = ask->copy_level < 0 ? 1 : engine_of(s, e)->copies;
    mp_status st = MP_OK;

    if (s->task_count == 0 && s->ask->replica_level >= 0)
        st = add_task(s, (task){ TASK_REPLICA, e, 0, -1, 0, false });
    if (st == MP_OK && ask->group >= 0 && s->ask->group_levels[ask->group] >= 0 &&
        !grouped[ask->group]) {
        grouped[ask->group] = true;
        st = add_task(s, (task){ TASK_GROUP, e, 0, -1, 0, false });
    }
    if (st == MP_OK)
        st = add_task(s, (task){ TASK_HOME, e, 0, -1, 0, false });
    for (int64_t i = 0; i < copies && st == MP_OK; i++)
        st = add_copy(s, e, ask->copy_level < 0 ? -1 : i, i + 1 == copies);
    return st;
}

/* More copies than nodes have been refused by counting, so the list is in proportion to the fleet;
 * and it must be to the budget. */
static mp_status list_tasks(solver *s, bool *too_many)
{
    bool *grouped = MP__NEW_ARRAY(s->arena, bool, s->ask->group_count);
    int64_t copies = 0;
    mp_status st = grouped ? MP_OK : MP_ENOMEM;

    for (size_t e = 0; e < s->ask->engine_count; e++)
        if (!s->ask->engines[e].off && s->ask->engines[e].copy_level >= 0)
            copies = mp__add_saturating(copies, engine_of(s, (uint32_t)e)->copies);
    *too_many = (uint64_t)copies > s->m->budget;
    s->task_count = 0;
    for (size_t i = 0; i < s->ask->engine_count && st == MP_OK && !*too_many; i++) {
        s->position[s->bound.order[i]] = (uint32_t)i;
        if (!s->ask->engines[s->bound.order[i]].off)
            st = add_engine(s, s->bound.order[i], grouped);
    }
    return st;
}

/* Whether some engine could go nowhere, were all nodes free. */
static bool homeless(const solver *s, uint32_t e)
{
    const mp_engine *engine = engine_of(s, e);
    int span = s->ask->engines[e].span;
    bool any = false;

    for (size_t i = 0; i < engine->member_count; i++)
        any |= s->claims[s->m->first_member[e] + i];
    for (uint32_t c = 0; c < s->s->cell_count && any; c++) {
        bool all = true;

        for (size_t i = 0; i < engine->member_count && all; i++) {
            uint32_t member = (uint32_t)(s->m->first_member[e] + i);
            bool found = false;

            for (uint32_t d = 0; d < s->s->cell_count && !found; d++) {
                const mp__options *list;

                if (s->s->cells[d].domains[span] != s->s->cells[c].domains[span])
                    continue;
                list = options_of(s, member, d);
                for (size_t o = 0; o < list->count && !found; o++)
                    found = may_take(s, member, &list->items[o]);
            }
            all = found;
        }
        if (all)
            return false;
    }
    return true;
}

static mp_status init_binding(solver *s)
{
    size_t engines = s->ask->engine_count;

    s->binding.replica = s->binding.copy = MP__NO_DOMAIN;
    s->binding.groups = MP__NEW_ARRAY(s->arena, uint32_t, s->ask->group_count);
    s->binding.homes = MP__NEW_ARRAY(s->arena, uint32_t, engines);
    s->binding.members = MP__NEW_ARRAY(s->arena, uint32_t, s->m->member_count);
    s->signature = MP__NEW_ARRAY(s->arena, uint32_t, s->m->member_count);
    s->position = MP__NEW_ARRAY(s->arena, uint32_t, engines);
    if (!s->position || !s->binding.groups || !s->binding.homes || !s->binding.members ||
        !s->signature)
        return MP_ENOMEM;
    for (size_t g = 0; g < s->ask->group_count; g++)
        s->binding.groups[g] = MP__NO_DOMAIN;
    for (size_t e = 0; e < engines; e++)
        s->binding.homes[e] = MP__NO_DOMAIN;
    for (size_t i = 0; i < s->m->member_count; i++)
        s->signature[i] = s->binding.members[i] = MP__NO_SYMBOL;
    return MP_OK;
}

/* ---- frames ---- */

static void move_nodes(solver *s, const load *item, const entry *e, int64_t nodes, bool back)
{
    mp__cell *cell = &s->s->cells[e->cell];
    int64_t sign = back ? -1 : 1;

    cell->left.nodes[e->vector] -= sign * nodes;
    if (s->s->classes[cell->class_index].width > 0)
        cell->left.nodes[item->after] += sign * nodes;
}

static mp_status apply_load(solver *s, frame *f)
{
    const load *item = &f->loads->items[f->next];
    entry *e = &f->loads->entries[item->entry];

    /* Makes room for the state that comes about. */
    if (!mp__histogram_add(&s->s->cells[e->cell].left, s->s->arena, item->after, 0))
        return MP_ENOMEM;
    e->left -= f->nodes;
    move_nodes(s, item, e, f->nodes, false);
    s->pending = f->remaining - f->nodes * item->pods;
    if (s->pending == 0)
        s->at++;
    return MP_OK;
}

static void undo_load(solver *s, frame *f)
{
    const load *item = &f->loads->items[f->next];
    entry *e = &f->loads->entries[item->entry];

    e->left += f->nodes;
    move_nodes(s, item, e, f->nodes, true);
}

/* A cell for pods that claim nothing: where their engine is, if they can be there. */
static bool find_rest(solver *s, const task *t, frame *f)
{
    uint32_t best = MP__NO_DOMAIN;
    bool near = false;

    for (uint32_t c = 0; c < s->s->cell_count && !near; c++) {
        const mp__options *list = options_of(s, t->member, c);
        bool fits = false;

        for (size_t o = 0; o < list->count && !fits && allowed(s, t, c); o++)
            fits = list->items[o].claims == 0;
        if (!fits)
            continue;
        if (best == MP__NO_DOMAIN)
            best = c;
        for (size_t i = s->depth; i-- > 0 && !near;) {
            const frame *g = &s->frames[i];
            const task *u = &s->tasks[g->task];

            if (u->engine != t->engine || u->copy != t->copy)
                break;
            near = u->kind == TASK_PODS && g->applied &&
                   g->loads->entries[g->loads->items[g->next].entry].cell == c;
        }
        if (near)
            best = c;
    }
    s->looks += s->s->cell_count * 4;
    f->before = best;
    f->count = best != MP__NO_DOMAIN;
    return f->count > 0;
}

static bool advance(solver *s, frame *f, mp_status *st)
{
    const task *t = &s->tasks[f->task];

    *st = MP_OK;
    if (t->kind == TASK_PODS) {
        if (!mp__solver_next_load(f))
            return false;
        *st = apply_load(s, f);
    } else if (f->next < f->count) {
        if (t->kind != TASK_REST) {
            f->before = *binding_of(s, t);
            *binding_of(s, t) = f->domains[f->next];
        }
        f->next++;
        s->at = f->task + 1;
        s->pending = 0;
    } else {
        return false;
    }
    f->applied = f->tried = true;
    return true;
}

static void undo(solver *s, frame *f)
{
    const task *t = &s->tasks[f->task];

    if (t->kind == TASK_PODS)
        undo_load(s, f);
    else if (t->kind != TASK_REST)
        *binding_of(s, t) = f->before;
    f->applied = false;
    s->at = f->task;
}

/* Frees what a frame owns: the loads are those of the first frame of a task. */
static void free_frame(solver *s, frame *f)
{
    mp__free(&s->arena->alloc, f->domains);
    if (f->first && f->loads) {
        mp__arena_fini(&f->loads->arena);
        mp__free(&s->arena->alloc, f->loads);
    }
}

/* Opens the task that is next, or goes on with the pods of the one under way. */
static mp_status open_frame(solver *s)
{
    frame f = { .task = (uint32_t)s->at, .first = s->pending == 0 };
    const task *t = &s->tasks[s->at];
    mp_status st = MP_OK;
    bool hopeless = false;

    if (f.first) {
        s->out->states++;
        mp__bound_count(&s->bound, &s->looks);
        if (t->kind <= TASK_HOME)
            hopeless = mp__bound_refuses(&s->bound, s->position[t->engine], &s->looks);
        if (!hopeless && s->failed.count > 0) {
            mp__str key = mp__solver_key(s, t);

            if (s->key.failed)
                return MP_ENOMEM;
            hopeless = mp__table_find(&s->failed, key) != NULL;
        }
    }
    f.remaining = f.first ? t->pods : s->pending;
    if (!f.first) {
        const frame *above = &s->frames[s->depth - 1];

        f.loads = above->loads;
        f.count = above->count;
        f.next = above->next + 1;
    } else if (!hopeless) {
        switch (t->kind) {
        case TASK_PODS:
            st = mp__solver_loads(s, t, &f);
            break;
        case TASK_SIGN:
            st = mp__solver_signatures(s, t, &f);
            break;
        case TASK_REST:
            find_rest(s, t, &f);
            break;
        default:
            st = mp__solver_domains(s, t, &f);
            break;
        }
    }
    if (st == MP_OK &&
        !mp__grow(&s->arena->alloc, &s->frames, &s->frame_capacity, s->depth + 1, sizeof f))
        st = MP_ENOMEM;
    if (st != MP_OK) {
        free_frame(s, &f);
        return st;
    }
    s->frames[s->depth++] = f;
    return MP_OK;
}

static mp_status close_frame(solver *s)
{
    frame *f = &s->frames[s->depth - 1];
    mp_status st = MP_OK;

    /* Counting finds again what it refused at once; what took a search is remembered. */
    if (f->first && f->tried && s->failed_bytes < FAILED_BYTES_MAX) {
        mp__str key = mp__solver_key(s, &s->tasks[f->task]);

        s->failed_bytes += sizeof(mp__entry) + key.size;
        if (s->key.failed ||
            (!mp__table_find(&s->failed, key) && !mp__table_add(&s->failed, key, NULL)))
            st = MP_ENOMEM;
    }
    free_frame(s, f);
    s->depth--;
    return st;
}

static mp_status run(solver *s, mp__fit *fit)
{
    mp_status st = open_frame(s);

    *fit = MP__FIT_INSUFFICIENT;
    while (st == MP_OK && s->depth > 0) {
        frame *f = &s->frames[s->depth - 1];

        s->looks++;
        if (s->looks / LOOKS_PER_STEP > s->limit) {
            *fit = MP__FIT_UNKNOWN;
            return MP_OK;
        }
        if (f->applied)
            undo(s, f);
        if (!advance(s, f, &st)) {
            if (st == MP_OK)
                st = close_frame(s);
            continue;
        }
        if (st == MP_OK && s->at == s->task_count) {
            *fit = MP__FIT_YES;
            return MP_OK;
        }
        if (st == MP_OK)
            st = open_frame(s);
    }
    return st;
}

/* ---- the answer ---- */

static mp_status emit(solver *s, mp__taken row)
{
    mp__taken *grown =
        mp__arena_push(s->arena, s->out->taken, &s->out->count, &s->out->capacity, sizeof *grown);

    if (!grown)
        return MP_ENOMEM;
    s->out->taken = grown;
    grown[s->out->count - 1] = row;
    return MP_OK;
}

static mp_status emit_load(solver *s, const frame *f, const task *t)
{
    const load *item = &f->loads->items[f->next];
    const entry *e = &f->loads->entries[item->entry];
    mp__class *k = &s->s->classes[s->s->cells[e->cell].class_index];
    uint32_t vector = e->vector;

    for (size_t i = 0; i < item->part_count; i++) {
        const part *p = &item->parts[i];
        mp__taken row = { .engine = t->engine,
                          .member = t->member,
                          .cell = e->cell,
                          .vector = vector,
                          .option = p->option,
                          .copy = t->copy,
                          .nodes = f->nodes,
                          .each = p->pods,
                          .pods = f->nodes * p->pods,
                          .again = i > 0 };

        if (emit(s, row) != MP_OK)
            return MP_ENOMEM;
        vector = mp__vector_after(k, vector, p->option, p->pods);
        if (vector == MP__NO_SYMBOL)
            return MP_ENOMEM;
    }
    return MP_OK;
}

static mp_status emit_rest(solver *s, const frame *f, const task *t)
{
    const mp__options *list = options_of(s, t->member, f->before);
    size_t o = 0;

    while (list->items[o].claims > 0)
        o++;
    return emit(s, (mp__taken){ .engine = t->engine,
                                .member = t->member,
                                .cell = f->before,
                                .option = &list->items[o],
                                .copy = t->copy,
                                .pods = t->pods });
}
static mp_status emit_all(solver *s)
{
    mp_status st = MP_OK;

    for (size_t i = 0; i < s->depth && st == MP_OK; i++) {
        const task *t = &s->tasks[s->frames[i].task];

        if (t->kind == TASK_PODS)
            st = emit_load(s, &s->frames[i], t);
        else if (t->kind == TASK_REST)
            st = emit_rest(s, &s->frames[i], t);
    }
    return st;
}

static mp_status prepare(solver *s, bool *hopeless)
{
    mp_status st = init_binding(s);
    bool too_many = false, any = false;

    if (st == MP_OK)
        st = mp__bound_init(&s->bound, s->s, s->m, s->arena, s->claims, &s->binding);
    if (st != MP_OK)
        return st;
    s->out->counted = true;
    s->out->fit = s->truncated ? MP__FIT_UNKNOWN : MP__FIT_UNMATCHED;
    *hopeless = true;
    for (uint32_t e = 0; e < s->ask->engine_count; e++) {
        any |= !s->ask->engines[e].off;
        if (!s->ask->engines[e].off && homeless(s, e))
            return MP_OK;
    }
    if (!any)
        return MP_OK;
    mp__bound_count(&s->bound, &s->looks);
    s->out->fit = s->truncated ? MP__FIT_UNKNOWN : MP__FIT_INSUFFICIENT;
    if (mp__bound_refuses(&s->bound, 0, &s->looks))
        return MP_OK;
    s->out->counted = false;
    st = list_tasks(s, &too_many);
    if (too_many)
        s->out->fit = MP__FIT_UNKNOWN;
    *hopeless = too_many || s->task_count == 0;
    return st == MP_OK && !*hopeless ? mp__solver_group_cells(s) : st;
}

/* Leaves the space as it was. */
static void unwind(solver *s)
{
    while (s->depth > 0) {
        frame *f = &s->frames[--s->depth];

        if (f->applied)
            undo(s, f);
        free_frame(s, f);
    }
    s->at = 0;
    s->pending = 0;
}

/* Leaves nothing behind but the answer. */
static void finish(solver *s)
{
    unwind(s);
    mp__free(&s->arena->alloc, s->frames);
    mp__free(&s->arena->alloc, s->tasks);
    mp__buf_fini(&s->key);
    mp__table_fini(&s->failed, NULL, NULL);
}

/* Those first whose members have the fewest places; false: they are. */
static bool order_by_scarcity(solver *s)
{
    uint32_t *order = s->bound.order;
    bool changed = false;

    for (size_t i = 1; i < s->ask->engine_count; i++) {
        uint32_t e = order[i];
        int64_t scarcity = mp__bound_scarcity(&s->bound, e);
        size_t j = i;

        for (; j > 0 && mp__bound_scarcity(&s->bound, order[j - 1]) < scarcity; j--)
            order[j] = order[j - 1];
        order[j] = e;
        changed |= j != i;
    }
    return changed;
}

/* Begins anew with the engines that have the least choice, in the tightest homes that they fit. */
static mp_status turn_round(solver *s, mp__fit *fit)
{
    bool too_many;
    mp_status st;

    unwind(s);
    mp__bound_count(&s->bound, &s->looks);
    if (!order_by_scarcity(s) && s->policy != MP_POOLS_FIRST)
        return run(s, fit);
    if (s->policy == MP_POOLS_FIRST)
        s->policy = MP_POOLS_BEST_FIT;
    mp__table_fini(&s->failed, NULL, NULL);
    mp__table_init(&s->failed, &s->arena->alloc);
    s->failed_bytes = 0;
    st = list_tasks(s, &too_many);
    return st == MP_OK ? run(s, fit) : st;
}

/*
 * Searches in the order of the deployment and of the policy, which finds the answer that comes
 * first.  When a part of the budget is spent on it, the rest goes to the order in which dead ends
 * show early: most searches that are long in the first order are short in it.
 */
static mp_status search(solver *s, mp__fit *fit)
{
    mp_status st;

    s->limit = s->m->budget / FIRST_ORDER_PART;
    st = run(s, fit);
    if (st != MP_OK || *fit != MP__FIT_UNKNOWN)
        return st;
    s->limit = s->m->budget;
    return turn_round(s, fit);
}

/* One answer by one rule, unless the rule before it asked the same. */
static mp_status solve_by(rule by, solver *s, bool *before, uint64_t *steps)
{
    bool hopeless = false, same;
    mp_status st = find_claims(s, by, before, &same);

    if (st != MP_OK || same)
        return st;
    memset(s->out, 0, sizeof *s->out);
    mp__table_init(&s->failed, &s->arena->alloc);
    mp__buf_init(&s->key, &s->arena->alloc);
    st = prepare(s, &hopeless);
    if (st == MP_OK && !hopeless) {
        st = search(s, &s->out->fit);
        if (st == MP_OK && s->out->fit == MP__FIT_INSUFFICIENT && s->truncated)
            s->out->fit = MP__FIT_UNKNOWN;
        if (st == MP_OK && s->out->fit == MP__FIT_YES)
            st = emit_all(s);
    }
    finish(s);
    *steps += s->looks / LOOKS_PER_STEP;
    return st;
}

mp_status mp__solve(mp__space *space, mp__matcher *m, mp__arena *arena, uint64_t *steps,
                    mp__answer *out)
{
    bool *before = MP__NEW_ARRAY(arena, bool, m->member_count);
    mp__fit worst = MP__FIT_UNMATCHED;
    mp_status st = before ? MP_OK : MP_ENOMEM;
    bool counted = true;

    out->fit = MP__FIT_UNMATCHED;
    for (rule by = RULE_SIMPLE; by < RULE_COUNT && st == MP_OK; by++) {
        solver s = { .s = space,
                     .m = m,
                     .arena = arena,
                     .ask = space->ask,
                     .policy = space->ask->policy,
                     .out = out };

        st = solve_by(by, &s, before, steps);
        if (st != MP_OK || out->fit == MP__FIT_YES)
            return st;
        worst = out->fit > worst ? out->fit : worst;
        counted &= out->counted;
    }
    out->fit = worst;
    out->counted = counted;
    return st;
}

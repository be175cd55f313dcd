/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Environments, compilation from end to end, and matching.
 */
#include "cel_internal.h"
#include "predicate_internal.h"
#include "regex_internal.h"

/* ---- environments ---- */

static mp_status new_env(const mp_allocator *alloc, bool dra, mp_cel_env **out, mp_error *err)
{
    mp_allocator a = mp__allocator(alloc);
    mp_cel_env *env = mp__calloc(&a, 1, sizeof *env);

    mp__error_clear(err);
    *out = NULL;
    if (!env)
        return mp__fail_nomem(err);
    env->alloc = a;
    env->dra = dra;
    env->release = env->evaluator = MP__RELEASE;
    env->multiple = env->lists = true;
    mp__arena_init(&env->arena, &a);
    if (dra &&
        mp__cel_env_declare(env, MP__STR("device"), MP__STR("kubernetes.DRADevice")) != MP_OK) {
        mp_cel_env_free(env);
        return mp__fail_nomem(err);
    }
    *out = env;
    return MP_OK;
}

mp_status mp_cel_env_new_dra(const mp_allocator *alloc, mp_cel_env **out, mp_error *err)
{
    return new_env(alloc, true, out, err);
}

mp_status mp_cel_env_new(const mp_allocator *alloc, mp_cel_env **out, mp_error *err)
{
    return new_env(alloc, false, out, err);
}

/* Since when the device has a field, and since when it needs no gate where it was stored. */
static bool has_part(const mp_cel_profile *p, unsigned gate, unsigned since, unsigned open)
{
    if (p->release < since)
        return false;
    return (p->gates & gate) != 0 || (p->stored && p->release >= open);
}

mp_status mp_cel_env_new_profile(const mp_allocator *alloc, const mp_cel_profile *profile,
                                 mp_cel_env **out, mp_error *err)
{
    mp_status st;

    *out = NULL;
    if (profile->release < MP__RELEASE_FIRST || profile->release > MP__RELEASE)
        return mp__fail(err, MP_EINVAL, "the release must be from 1.%d to 1.%d", MP__RELEASE_FIRST,
                        MP__RELEASE);
    st = mp_cel_env_new_dra(alloc, out, err);
    if (st != MP_OK)
        return st;
    (*out)->evaluator = profile->release;
    (*out)->release = profile->release - !profile->stored;
    (*out)->multiple = has_part(profile, MP_CEL_CONSUMABLE_CAPACITY, 34, 34);
    (*out)->lists = has_part(profile, MP_CEL_LIST_ATTRIBUTES, 36, 37);
    return MP_OK;
}

void mp_cel_env_free(mp_cel_env *env)
{
    mp_allocator a;

    if (!env)
        return;
    a = env->alloc;
    mp__arena_fini(&env->arena);
    mp__free(&a, env);
}

mp_status mp__cel_env_declare(mp_cel_env *env, mp__str name, mp__str type_text)
{
    const mp__type *type = mp__type_parse(&env->arena, type_text);

    if (!type)
        return env->arena.failed ? MP_ENOMEM : MP_EINVAL;
    if (env->var_count == env->var_capacity) {
        size_t wider = env->var_capacity ? env->var_capacity * 2 : 4;
        mp__env_var *grown = MP__NEW_ARRAY(&env->arena, mp__env_var, wider);

        if (!grown)
            return MP_ENOMEM;
        if (env->var_count)
            memcpy(grown, env->vars, env->var_count * sizeof *grown);
        env->vars = grown;
        env->var_capacity = wider;
    }
    name.data = mp__arena_strdup(&env->arena, name.data, name.size);
    if (!name.data)
        return MP_ENOMEM;
    env->vars[env->var_count++] = (mp__env_var){ name, type };
    return MP_OK;
}

mp_status mp__cel_env_set_container(mp_cel_env *env, mp__str container)
{
    env->container.data = mp__arena_strdup(&env->arena, container.data, container.size);
    env->container.size = env->container.data ? container.size : 0;
    return env->container.data ? MP_OK : MP_ENOMEM;
}

/* ---- compiling ---- */

/* Programs of up to so many bytes are made twice. */
#define SMALL_PROGRAM 16384
/* A program is first made in a block of this size, which suffices for most. */
#define FIRST_PROGRAM 4080
/* What an arena counts for the alignment of its first block, which needs none. */
#define ARENA_SLACK 16

static mp_status set_type(mp_cel *cel, const mp__type *type)
{
    mp__buf buf;

    if (!type->a && type->kind != MP__TYPE_VAR) {
        cel->type_text = mp__type_kind_name(type->kind);
        return MP_OK;
    }
    mp__buf_init(&buf, &cel->alloc);
    mp__type_print(type, &buf);
    cel->type_text = buf.failed ? NULL : mp__arena_strdup(cel->in.arena, buf.data, buf.size);
    mp__buf_fini(&buf);
    return cel->type_text ? MP_OK : MP_ENOMEM;
}

static mp_status check_source(mp__str text, mp_error *err)
{
    mp__source source = { text.data, text.size };
    size_t at = 0;
    uint32_t c;

    if (text.size > 4 * (size_t)MP_CEL_SOURCE_MAX)
        return mp__fail(err, MP_ELIMIT, "the selector is longer than %d characters",
                        MP_CEL_SOURCE_MAX);
    while (at < text.size)
        if (!mp__utf8_next(text.data, text.size, &at, &c))
            return mp__source_fail(&source, err, MP_EPARSE, at, "the selector is not UTF-8");
    if (mp__utf8_count(text.data, text.size) > MP_CEL_SOURCE_MAX)
        return mp__fail(err, MP_ELIMIT, "the selector is longer than %d characters",
                        MP_CEL_SOURCE_MAX);
    return MP_OK;
}

mp_status mp__cel_read(mp__arena *arena, const mp_cel_env *env, mp__str text, mp__node **root,
                       const mp__type **type, uint32_t *slots, mp_error *err)
{
    mp__source source = { text.data, text.size };
    mp_status st = check_source(text, err);

    if (st == MP_OK)
        st = mp__parse(arena, &source, env->release, root, err);
    if (st == MP_OK)
        st = mp__check(arena, env, &source, *root, type, slots, err);
    if (st != MP_OK && st != MP_ENOMEM && arena->failed) {
        /* What looked like a fault of the source was memory that ran out. */
        mp__error_clear(err);
        st = mp__fail_nomem(err);
    }
    return st;
}

mp_cel *mp__cel_new(const mp_cel_env *env, uint32_t slots)
{
    mp_cel *cel = mp__calloc(&env->alloc, 1, sizeof *cel);

    if (!cel)
        return NULL;
    cel->alloc = env->alloc;
    cel->dra = env->dra;
    cel->literal = env->literal;
    cel->evaluator = (uint8_t)env->evaluator;
    cel->variables = (uint32_t)env->var_count;
    cel->slots = slots;
    return cel;
}

void mp__cel_finish(mp_cel *cel)
{
    const mp__arena *arena = cel->in.arena;

    cel->bytes = (uint32_t)arena->total; /* of a source that is limited */
    cel->in.blocks = arena->head;
}

/* The program of a checked tree, all of it in an arena. */
static mp_status make_program(mp_cel *cel, mp__arena *arena, const mp__source *source,
                              const mp__node *root, const mp__type *type, mp_error *err)
{
    mp_status st;

    cel->in.arena = arena;
    cel->source.data = mp__arena_strdup(arena, source->text, source->size);
    cel->source.size = source->size;
    if (!cel->source.data || set_type(cel, type) != MP_OK)
        return mp__fail_nomem(err);
    st = mp__emit(cel, source, root, err);
    if (st == MP_OK && cel->dra && !cel->literal &&
        !mp__predicate_make(arena, cel->root, &cel->predicate))
        return mp__fail_nomem(err);
    return st;
}

/* A program is made twice: to know its size, and in one block of that size.  Many are kept, and
 * nothing of them should lie idle.  Of a large one the idle part is small. */
static mp_status make_exact(mp_cel *cel, const mp__source *source, const mp__node *root,
                            const mp__type *type, mp_error *err)
{
    mp__arena first, exact;
    mp_status st = MP_OK;

    mp__arena_init(&first, &cel->alloc);
    mp__arena_init(&exact, &cel->alloc);
    if (!mp__arena_reserve(&first, FIRST_PROGRAM))
        return mp__fail_nomem(err);
    st = make_program(cel, &first, source, root, type, err);
    if (st == MP_OK && first.used <= SMALL_PROGRAM) {
        st = mp__arena_reserve(&exact, first.used - ARENA_SLACK)
                 ? make_program(cel, &exact, source, root, type, err)
                 : mp__fail_nomem(err);
        mp__arena_fini(&first);
    }
    if (st != MP_OK && st != MP_ENOMEM && cel->in.arena->failed) {
        /* What looked like a fault of the source was memory that ran out. */
        mp__error_clear(err);
        st = mp__fail_nomem(err);
    }
    mp__cel_finish(cel);
    return st;
}

mp_status mp_cel_compile(const mp_cel_env *env, const char *source, size_t size, mp_cel **out,
                         mp_error *err)
{
    mp__str text = mp__str_make(source, size);
    mp__source whole = { text.data, text.size };
    const mp__type *type = NULL;
    mp__node *root = NULL;
    mp_cel *cel = NULL;
    mp__arena scratch;
    uint32_t slots;
    mp_status st;

    mp__error_clear(err);
    *out = NULL;
    mp__arena_init(&scratch, &env->alloc);
    st = mp__cel_read(&scratch, env, text, &root, &type, &slots, err);
    if (st == MP_OK) {
        cel = mp__cel_new(env, slots);
        st = cel ? make_exact(cel, &whole, root, type, err) : mp__fail_nomem(err);
    }
    mp__arena_fini(&scratch);
    if (st == MP_OK)
        *out = cel;
    else
        mp_cel_free(cel);
    return st;
}

void mp_cel_free(mp_cel *cel)
{
    mp__arena arena;
    mp_allocator a;

    if (!cel)
        return;
    a = cel->alloc;
    for (size_t i = 0; i < cel->regex_count; i++)
        mp__regex_free(cel->regexes[i]);
    mp__free(&a, cel->regexes);
    mp__arena_init(&arena, &a);
    arena.head = cel->in.blocks;
    mp__arena_fini(&arena);
    mp__free(&a, cel);
}

const char *mp_cel_source(const mp_cel *cel, size_t *size)
{
    if (size)
        *size = cel->source.size;
    return cel->source.data;
}

const char *mp_cel_type(const mp_cel *cel)
{
    return cel->type_text;
}

size_t mp_cel_memory(const mp_cel *cel)
{
    size_t total = sizeof *cel + cel->bytes + cel->regex_capacity * sizeof *cel->regexes;

    for (size_t i = 0; i < cel->regex_count; i++)
        total += mp__regex_memory(cel->regexes[i]);
    return total;
}

/* ---- matching ---- */

mp_status mp__match_by_machine(const mp_cel *cel, const mp_cel_device *device, bool *match,
                               mp_error *err)
{
    mp__machine m;
    mp__value v;
    mp_status st = MP_OK;

    mp__machine_init(&m, &cel->alloc, cel);
    m.device = device;
    v = mp__machine_run(&m);
    if (v.kind == MP__BOOL)
        *match = v.as.boolean;
    else if (v.kind == MP__ERROR)
        st = mp__machine_fail(&m, &v, err);
    else
        st = mp__fail(err, MP_EEVAL, "CEL result of type %s could not be converted to bool",
                      mp__kind_name(&v));
    mp__machine_fini(&m);
    return st;
}

mp_status mp_cel_match(const mp_cel *cel, const mp_cel_device *device, bool *match, mp_error *err)
{
    bool decided = false;

    mp__error_clear(err);
    *match = false;
    if (cel->predicate && mp__predicate_run(cel, device, &decided, match) != MP_OK) {
        *match = false;
        return mp__fail_nomem(err);
    }
    if (decided)
        return MP_OK;
    *match = false;
    return mp__match_by_machine(cel, device, match, err);
}

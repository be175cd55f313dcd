/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Callbacks that lead into Go, and calls that collect what others hand out one by one.
 */
#include "glue_internal.h"
#include "_cgo_export.h"
#include <stdlib.h>
#include <string.h>

/* ---- packing ---- */

void mpgo_pack_fini(mpgo_pack *p)
{
    free(p->numbers);
    free(p->text);
    memset(p, 0, sizeof *p);
}

void mpgo__grow_numbers(mpgo_pack *p)
{
    size_t room = p->room ? p->room * 2 : 256;
    int64_t *numbers =
        room <= SIZE_MAX / sizeof *numbers ? realloc(p->numbers, room * sizeof *numbers) : NULL;

    if (!numbers) {
        p->failed = true;
        return;
    }
    p->numbers = numbers;
    p->room = room;
}

/* Room for `size` more bytes. */
static bool grow_text(mpgo_pack *p, size_t size)
{
    size_t room = p->text_room ? p->text_room : 1024;
    char *text;

    if (size > SIZE_MAX / 2 - p->size)
        return false;
    while (room < p->size + size)
        room *= 2;
    text = realloc(p->text, room);
    if (!text)
        return false;
    p->text = text;
    p->text_room = room;
    return true;
}

void mpgo__put_text(mpgo_pack *p, const char *text, size_t size)
{
    if (size > p->text_room - p->size && !grow_text(p, size)) {
        p->failed = true;
        return;
    }
    mpgo__put(p, (int64_t)p->size);
    mpgo__put(p, (int64_t)size);
    if (size)
        memcpy(p->text + p->size, text, size);
    p->size += size;
}

void mpgo__put_string(mpgo_pack *p, const char *text)
{
    mpgo__put_text(p, text, strlen(text));
}

/* What a call with a pack ends with. */
static mp_status packed(mp_status st, const mpgo_pack *p)
{
    return p->failed ? MP_ENOMEM : st;
}

/* ---- objects ---- */

static mp_walk_step visit_step(const mp_object *node, mp_walk_event event, void *user)
{
    return (mp_walk_step)mpgoVisit((mp_object *)node, (int)event, (uintptr_t)user);
}

mp_status mpgo_visit(const mp_object *root, uintptr_t handle)
{
    return mp_object_visit(root, visit_step, (void *)handle);
}

static mp_status write_piece(const char *data, size_t size, void *user)
{
    return (mp_status)mpgoWrite((char *)data, size, (uintptr_t)user);
}

mp_status mpgo_write(const mp_object *node, bool yaml, unsigned flags, uintptr_t handle,
                     mp_error *err)
{
    return yaml ? mp_yaml_write(node, flags, write_piece, (void *)handle, err)
                : mp_json_write(node, flags, write_piece, (void *)handle, err);
}

static bool put_violation(const mp_violation *v, void *user)
{
    mpgo_pack *p = user;

    mpgo__put_string(p, v->path);
    mpgo__put_string(p, v->message);
    mpgo__put(p, (int64_t)v->rule);
    mpgo__put(p, (int64_t)mp_object_line(v->node));
    mpgo__put(p, (int64_t)mp_object_offset(v->node));
    mpgo__put(p, (int64_t)(intptr_t)v->node);
    return !p->failed;
}

mp_status mpgo_validate(const mp_object *document, mp_shape shape, bool relaxed,
                        const mp_object *before, mpgo_pack *out, mp_error *err)
{
    mp_validate_opts opts = MP_VALIDATE_OPTS_INIT;

    opts.shape = shape;
    opts.relaxed = relaxed;
    opts.before = before;
    return packed(mp_validate_with(NULL, document, &opts, put_violation, out, NULL, err), out);
}

mp_status mpgo_unknown(const mp_object *document, mp_shape shape, mpgo_pack *out, mp_error *err)
{
    return packed(mp_document_unknown(NULL, document, shape, put_violation, out, NULL, err), out);
}

/* ---- texts and numbers ---- */

void mpgo_free(char *text)
{
    free(text);
}

/* Pointers to texts that lie one after another; NULL when out of memory. */
static const char **split(const char *text, const size_t *sizes, size_t count)
{
    const char **parts =
        count < SIZE_MAX / sizeof *parts ? malloc((count + 1) * sizeof *parts) : NULL;

    for (size_t i = 0; parts && i < count; i++) {
        parts[i] = text;
        text += sizes[i];
    }
    return parts;
}

mp_status mpgo_name(const char *text, const size_t *sizes, size_t count, bool opaque, mp_text *out,
                    mp_error *err)
{
    const char **parts = split(text, sizes, count);
    mp_status st = MP_ENOMEM;

    if (parts)
        st = opaque ? mp_opaque_name(NULL, parts, sizes, count, out, err)
                    : mp_child_name(NULL, parts, sizes, count, out, err);
    free(parts);
    return st;
}

int mpgo_semver_compare(uint64_t major, uint64_t minor, uint64_t patch, const char *prerelease,
                        size_t prerelease_size, uint64_t other_major, uint64_t other_minor,
                        uint64_t other_patch, const char *other_prerelease,
                        size_t other_prerelease_size)
{
    mp_semver a = { major, minor, patch, prerelease, prerelease_size, NULL, 0 };
    mp_semver b = {
        other_major, other_minor, other_patch, other_prerelease, other_prerelease_size, NULL, 0
    };

    return mp_semver_compare(&a, &b);
}

/* ---- selectors ---- */

mp_status mpgo_device_set_texts(mp_cel_device *d, const char *name, size_t name_size,
                                const char *text, const size_t *sizes, size_t count, bool versions)
{
    const char **parts = split(text, sizes, count);
    mp_status st = MP_ENOMEM;

    if (parts)
        st = versions ? mp_cel_device_set_versions(d, name, name_size, parts, sizes, count)
                      : mp_cel_device_set_strings(d, name, name_size, parts, sizes, count);
    free(parts);
    return st;
}

mp_status mpgo_device_set_bools(mp_cel_device *d, const char *name, size_t name_size,
                                const uint8_t *values, size_t count)
{
    bool *bools = malloc(count + 1 > count ? (count + 1) * sizeof *bools : 0);
    mp_status st = MP_ENOMEM;

    for (size_t i = 0; bools && i < count; i++)
        bools[i] = values[i] != 0;
    if (bools)
        st = mp_cel_device_set_bools(d, name, name_size, bools, count);
    free(bools);
    return st;
}

mp_status mpgo_eval(const mp_cel *cel, const mp_cel_device *device, const mp_cel_vars *vars,
                    uint64_t budget, mp_cel_result **out, uint64_t *cost, mp_error *err)
{
    mp_cel_input input = MP_CEL_INPUT_INIT;

    input.device = device;
    input.vars = vars;
    input.budget = budget;
    return mp_cel_eval(cel, &input, out, cost, err);
}

static void put_part(const mp_cel_part *part, void *user)
{
    mpgo_pack *p = user;

    mpgo__put(p, (int64_t)part->offset);
    mpgo__put(p, (int64_t)part->line);
    mpgo__put(p, (int64_t)part->column);
    mpgo__put(p, (int64_t)part->depth);
    mpgo__put_string(p, part->text);
    mpgo__put_string(p, part->type);
    mpgo__put(p, (int64_t)part->status);
    mpgo__put_string(p, part->value);
    mpgo__put(p, (int64_t)part->cost);
}

mp_status mpgo_explain(const mp_cel_env *env, const char *source, size_t size,
                       const mp_cel_device *device, mpgo_pack *out, mp_error *err)
{
    return packed(mp_cel_explain(env, source, size, device, put_part, out, err), out);
}

static void put_step(const mp_cel_step *step, void *user)
{
    mpgo_pack *p = user;

    mpgo__put(p, (int64_t)step->offset);
    mpgo__put(p, (int64_t)step->line);
    mpgo__put(p, (int64_t)step->column);
    mpgo__put_string(p, step->text);
    mpgo__put(p, (int64_t)step->left);
    mpgo__put(p, (int64_t)step->failed);
}

mp_status mpgo_sieve(const mp_cel_env *env, const char *source, size_t size,
                     const mp_cel_device *const *devices, size_t count, mpgo_pack *out,
                     mp_error *err)
{
    return packed(mp_cel_sieve(env, source, size, devices, count, put_step, out, err), out);
}

static void put_unknown(const mp_cel_unknown *unknown, void *user)
{
    mpgo_pack *p = user;

    mpgo__put(p, (int64_t)unknown->offset);
    mpgo__put(p, (int64_t)unknown->line);
    mpgo__put(p, (int64_t)unknown->column);
    mpgo__put(p, unknown->capacity);
    mpgo__put_string(p, unknown->name);
    mpgo__put_string(p, unknown->nearest ? unknown->nearest : "");
}

mp_status mpgo_unknown_names(const mp_cel_env *env, const char *source, size_t size,
                             const mp_cel_device *const *devices, size_t count, mpgo_pack *out,
                             mp_error *err)
{
    return packed(mp_cel_unknown_names(env, source, size, devices, count, put_unknown, out, err),
                  out);
}

/* ---- composing ---- */

static bool is_ready(const char *replica_name, size_t size, void *user)
{
    return mpgoReady((char *)replica_name, size, (uintptr_t)user) != 0;
}

static mp_compose_opts compose_opts(const mpgo_compose_opts *from)
{
    mp_compose_opts opts = MP_COMPOSE_OPTS_INIT;

    opts.bare = from->bare;
    opts.named = from->named;
    opts.shape = from->shape;
    opts.routing = from->routing;
    opts.stack = from->stack;
    opts.replica_ready = from->ready ? is_ready : NULL;
    opts.user = (void *)from->ready;
    return opts;
}

mp_status mpgo_compose(const mp_plan *plan, const mpgo_compose_opts *from, mp_doc **out,
                       mp_error *err)
{
    mp_compose_opts opts = compose_opts(from);

    return mp_compose(plan, &opts, out, err);
}

mp_status mpgo_compose_replica(const mp_object *replica, const mpgo_compose_opts *from,
                               const char *provider_config, size_t size, mp_doc **out,
                               mp_error *err)
{
    mp_compose_opts opts = compose_opts(from);

    if (size) {
        opts.provider_config = provider_config;
        opts.provider_config_size = size;
    }
    return mp_compose_replica(NULL, replica, &opts, out, err);
}

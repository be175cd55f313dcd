/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands between Go and the library where a plain call will not do: callbacks, arrays of
 * texts, and answers that cross in one piece instead of one call a field.
 *
 * No pointer of Go is kept: callbacks are told apart by a handle, a number that Go made.
 */
#ifndef MODELPLANE_GO_GLUE_H
#define MODELPLANE_GO_GLUE_H

#include <modelplane/modelplane.h>

/* Numbers and text that one call collects for Go.  A text is two numbers: offset and size. */
typedef struct mpgo_pack {
    int64_t *numbers;
    size_t count, room;
    char *text;
    size_t size, text_room;
    bool failed; /* out of memory */
} mpgo_pack;

void mpgo_pack_fini(mpgo_pack *p);

/* ---- objects ---- */

mp_status mpgo_visit(const mp_object *root, uintptr_t handle);
mp_status mpgo_write(const mp_object *node, bool yaml, unsigned flags, uintptr_t handle,
                     mp_error *err);
/* Violations: path, message, rule, line, offset, node. */
mp_status mpgo_validate(const mp_object *document, mp_shape shape, bool relaxed,
                        const mp_object *before, mpgo_pack *out, mp_error *err);
/* Unknown fields, in the same form. */
mp_status mpgo_unknown(const mp_object *document, mp_shape shape, mpgo_pack *out, mp_error *err);

/* ---- texts and numbers ---- */

void mpgo_free(char *text);

/* Of parts that lie one after another in `text`. */
mp_status mpgo_name(const char *text, const size_t *sizes, size_t count, bool opaque, mp_text *out,
                    mp_error *err);

int mpgo_semver_compare(uint64_t major, uint64_t minor, uint64_t patch, const char *prerelease,
                        size_t prerelease_size, uint64_t other_major, uint64_t other_minor,
                        uint64_t other_patch, const char *other_prerelease,
                        size_t other_prerelease_size);

/* ---- selectors ---- */

/* A list attribute of texts, or of versions; the texts lie one after another. */
mp_status mpgo_device_set_texts(mp_cel_device *d, const char *name, size_t name_size,
                                const char *text, const size_t *sizes, size_t count, bool versions);
mp_status mpgo_device_set_bools(mp_cel_device *d, const char *name, size_t name_size,
                                const uint8_t *values, size_t count);
/* mp_cel_eval() with an input that is made here. */
mp_status mpgo_eval(const mp_cel *cel, const mp_cel_device *device, const mp_cel_vars *vars,
                    uint64_t budget, mp_cel_result **out, uint64_t *cost, mp_error *err);
/* Parts: offset, line, column, depth, text, type, status, value, cost. */
mp_status mpgo_explain(const mp_cel_env *env, const char *source, size_t size,
                       const mp_cel_device *device, mpgo_pack *out, mp_error *err);
/* Steps: offset, line, column, text, left, failed. */
mp_status mpgo_sieve(const mp_cel_env *env, const char *source, size_t size,
                     const mp_cel_device *const *devices, size_t count, mpgo_pack *out,
                     mp_error *err);
/* Names: offset, line, column, capacity, name, nearest (size -1: none). */
mp_status mpgo_unknown_names(const mp_cel_env *env, const char *source, size_t size,
                             const mp_cel_device *const *devices, size_t count, mpgo_pack *out,
                             mp_error *err);

/* ---- scheduling ---- */

/* mp_schedule_opts, with the handle of a Go function to score with, or 0. */
typedef struct mpgo_opts {
    bool no_fill, whole_members, least_movement;
    uint64_t budget;
    mp_accounting accounting;
    mp_span span;
    mp_cluster_policy clusters;
    mp_pool_policy pools;
    uintptr_t score;
} mpgo_opts;

/*
 * Schedules every deployment; the plans go into `plans`, or are freed if that is NULL.  Packed per
 * deployment: status; then, if it is not MP_OK, line, column, offset, path, text; else verdict,
 * evaluations, shapes, steps, candidates, the placements' number, and per placement what
 * pack_placement() of glue_plan.c puts.
 */
void mpgo_schedule(const mp_fleet *fleet, const mp_deployment *const *deployments, size_t count,
                   const mpgo_opts *opts, mp_plan **plans, mpgo_pack *out);
mp_status mpgo_check(const mp_fleet *fleet, const mpgo_opts *opts, const mp_plan *plan,
                     mp_error *err);
void mpgo_free_plans(mp_plan *const *plans, size_t count);

/* ---- composing ---- */

/* mp_compose_opts, with the handle of a Go function that knows which replicas are Ready, or 0. */
typedef struct mpgo_compose_opts {
    bool bare, named;
    mp_shape shape;
    mp_routing routing;
    mp_stack stack;
    uintptr_t ready;
} mpgo_compose_opts;

mp_status mpgo_compose(const mp_plan *plan, const mpgo_compose_opts *opts, mp_doc **out,
                       mp_error *err);
mp_status mpgo_compose_replica(const mp_object *replica, const mpgo_compose_opts *opts,
                               const char *provider_config, size_t size, mp_doc **out,
                               mp_error *err);

#endif

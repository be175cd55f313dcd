/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How close the pods of a deployment want to be: spans, levels, groups, affinities.
 */
#include "model_internal.h"

/* A text as it is kept; an empty one needs no memory. */
static mp_status keep(mp_deployment *d, const char *text, size_t size, mp__str *out)
{
    mp__str copy = mp__arena_str(&d->arena, mp__str_make(text, size));

    if (!copy.data)
        return MP_ENOMEM;
    *out = copy;
    return MP_OK;
}

static mp_status set_wish(mp_deployment *d, mp__level_wish *wish, const char *level, size_t size,
                          mp_strength strength)
{
    mp_status st;

    if (strength != MP_STRENGTH_REQUIRED && strength != MP_STRENGTH_PREFERRED)
        return MP_EINVAL;
    st = keep(d, level, size, &wish->level);
    if (st == MP_OK)
        wish->strength = strength;
    return st;
}

mp_status mp_engine_set_span(mp_engine *e, mp_span span)
{
    if (span != MP_SPAN_POOL && span != MP_SPAN_FABRIC)
        return MP_EINVAL;
    e->span = span;
    return MP_OK;
}

mp_span mp_engine_span(const mp_engine *e)
{
    return e ? e->span : MP_SPAN_POOL;
}

mp_status mp_engine_set_level(mp_engine *e, const char *level, size_t size, mp_strength strength)
{
    return set_wish(e->deployment, &e->wish, level, size, strength);
}

mp_status mp_deployment_set_level(mp_deployment *d, const char *level, size_t size,
                                  mp_strength strength)
{
    return set_wish(d, &d->wish, level, size, strength);
}

static mp__group *find_group(const mp_deployment *d, mp__str name)
{
    for (size_t i = 0; i < d->group_count; i++)
        if (mp__str_equal(d->groups[i].name, name))
            return &d->groups[i];
    return NULL;
}

/* The group of a name, made if it is not there; NULL when out of memory. */
static mp__group *get_group(mp_deployment *d, mp__str name)
{
    mp__group *group = find_group(d, name), *grown;
    mp__str copy;

    if (group)
        return group;
    copy = mp__arena_str(&d->arena, name);
    grown = copy.data ? mp__arena_push(&d->arena, d->groups, &d->group_count, &d->group_capacity,
                                       sizeof *grown)
                      : NULL;
    if (!grown)
        return NULL;
    d->groups = grown;
    grown[d->group_count - 1].name = copy;
    return &grown[d->group_count - 1];
}

mp_status mp_engine_set_group(mp_engine *e, const char *group, size_t size)
{
    return keep(e->deployment, group, size, &e->group);
}

mp_status mp_deployment_set_group_level(mp_deployment *d, const char *group, size_t group_size,
                                        const char *level, size_t size, mp_strength strength)
{
    mp__str name = mp__str_make(group, group_size);
    mp__group *g;

    if (name.size == 0)
        return MP_EINVAL;
    if (!find_group(d, name) && d->group_count >= MP_DEPLOYMENT_ENGINES_MAX)
        return MP_ELIMIT;
    g = get_group(d, name);
    return g ? set_wish(d, &g->wish, level, size, strength) : MP_ENOMEM;
}

const mp__level_wish *mp__deployment_group_wish(const mp_deployment *d, mp__str group)
{
    const mp__group *g = group.size > 0 ? find_group(d, group) : NULL;

    return g ? &g->wish : NULL;
}

static mp__str required(const mp__level_wish *w)
{
    return w && w->strength == MP_STRENGTH_REQUIRED ? w->level : MP__STR("");
}

void mp__engine_wishes(const mp_engine *e, bool wide, bool whole, mp__wish out[MP__WISHES])
{
    const mp_deployment *d = e->deployment;
    mp__str none = MP__STR(""), pool = MP__STR("pool");
    const mp__wish wishes[MP__WISHES] = {
        { MP__OF_ENGINE, MP__STR("fabric") },
        { MP__OF_ENGINE, wide || e->span == MP_SPAN_FABRIC ? none : pool },
        { MP__OF_MEMBER, whole ? pool : none },
        { MP__OF_COPY, required(&e->wish) },
        { MP__OF_GROUP, required(mp__deployment_group_wish(d, e->group)) },
        { MP__OF_REPLICA, required(&d->wish) },
    };

    memcpy(out, wishes, sizeof wishes);
}

mp_status mp_deployment_prefer_cluster(mp_deployment *d, const char *key, size_t key_size,
                                       const char *value, size_t value_size)
{
    return mp__labels_set(&d->preferred, &d->arena, mp__str_make(key, key_size),
                          mp__str_make(value, value_size));
}

mp_status mp_deployment_add_affinity(mp_deployment *d, const char *key, size_t key_size,
                                     const char *value, size_t value_size, mp_scope scope,
                                     bool anti)
{
    mp__affinity a = { .scope = scope, .anti = anti };
    mp__affinity *grown;
    mp_status st;

    if (scope != MP_SCOPE_CLUSTER && scope != MP_SCOPE_FABRIC)
        return MP_EINVAL;
    if (d->affinity_count >= MP_DEPLOYMENT_AFFINITIES_MAX)
        return MP_ELIMIT;
    st = keep(d, key, key_size, &a.key);
    if (st == MP_OK)
        st = keep(d, value, value_size, &a.value);
    if (st != MP_OK)
        return st;
    grown = mp__arena_push(&d->arena, d->affinities, &d->affinity_count, &d->affinity_capacity,
                           sizeof *grown);
    if (!grown)
        return MP_ENOMEM;
    d->affinities = grown;
    grown[d->affinity_count - 1] = a;
    return MP_OK;
}

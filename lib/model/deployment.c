/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deployments: the builder and the getters.
 *
 * Everything lives in the deployment's arena, but for the compiled selectors, their environment and
 * the member templates, which are handles of their own and are freed one by one.
 */
#include "model_internal.h"

const char *mp_role_name(mp_role role)
{
    switch (role) {
    case MP_ROLE_STANDALONE:
        return "Standalone";
    case MP_ROLE_LEADER:
        return "Leader";
    case MP_ROLE_WORKER:
        return "Worker";
    }
    return "";
}

const char *mp_phase_name(mp_phase phase)
{
    switch (phase) {
    case MP_PHASE_NONE:
        return "";
    case MP_PHASE_PREFILL:
        return "Prefill";
    case MP_PHASE_DECODE:
        return "Decode";
    case MP_PHASE_ENCODE:
        return "Encode";
    }
    return "";
}

/* ---- building ---- */

mp_status mp_deployment_new(const mp_allocator *alloc, const char *ns, size_t ns_size,
                            const char *name, size_t name_size, mp_deployment **out, mp_error *err)
{
    mp_allocator a = mp__allocator(alloc);
    mp__str name_text = mp__str_make(name, name_size);
    mp_deployment *d;

    mp__error_clear(err);
    *out = NULL;
    if (name_text.size == 0)
        return mp__fail(err, MP_EINVAL, "a deployment needs a name");
    d = mp__calloc(&a, 1, sizeof *d);
    if (!d)
        return mp__fail_nomem(err);
    d->alloc = a;
    mp__arena_init(&d->arena, &a);
    mp__map_init(&d->engine_names, &a);
    d->replicas = 1;
    d->ns = mp__arena_str(&d->arena, mp__str_make(ns, ns_size));
    d->name = mp__arena_str(&d->arena, name_text);
    if (d->arena.failed) {
        mp_deployment_free(d);
        return mp__fail_nomem(err);
    }
    *out = d;
    return MP_OK;
}

static void free_selectors(mp_deployment *d)
{
    for (size_t e = 0; e < d->engine_count; e++) {
        const mp_engine *engine = d->engines[e];

        for (size_t m = 0; m < engine->member_count; m++) {
            const mp_member *member = engine->members[m];

            for (size_t r = 0; r < member->request_count; r++)
                for (size_t s = 0; s < member->requests[r]->selector_count; s++)
                    mp_cel_free(member->requests[r]->selectors[s]);
        }
    }
}

void mp_deployment_free(mp_deployment *d)
{
    mp_allocator a;

    if (!d)
        return;
    a = d->alloc;
    free_selectors(d);
    mp_cel_env_free(d->env);
    mp_doc_free(d->templates);
    mp__map_fini(&d->engine_names);
    mp__arena_fini(&d->arena);
    mp__free(&a, d);
}

mp_status mp_deployment_set_replicas(mp_deployment *d, int64_t replicas)
{
    if (replicas < 0)
        return MP_EINVAL;
    d->replicas = replicas;
    return MP_OK;
}

mp_status mp_deployment_set_label(mp_deployment *d, const char *key, size_t key_size,
                                  const char *value, size_t value_size)
{
    return mp__labels_set(&d->labels, &d->arena, mp__str_make(key, key_size),
                          mp__str_make(value, value_size));
}

mp_status mp_deployment_select_cluster(mp_deployment *d, const char *key, size_t key_size,
                                       const char *value, size_t value_size)
{
    return mp__labels_set(&d->cluster_selector, &d->arena, mp__str_make(key, key_size),
                          mp__str_make(value, value_size));
}

mp_status mp_deployment_set_cache(mp_deployment *d, const char *name, size_t name_size)
{
    mp__str copy = mp__arena_str(&d->arena, mp__str_make(name, name_size));

    if (!copy.data)
        return MP_ENOMEM;
    d->cache = copy;
    return MP_OK;
}

mp_status mp_deployment_set_serving(mp_deployment *d, mp_serving_mode mode)
{
    d->serving = mode;
    return MP_OK;
}

mp_status mp_deployment_add_toleration(mp_deployment *d, const char *key, size_t key_size,
                                       mp_toleration_op op, const char *value, size_t value_size,
                                       mp_taint_effect effect)
{
    mp__toleration t = { mp__arena_str(&d->arena, mp__str_make(key, key_size)),
                         mp__arena_str(&d->arena, mp__str_make(value, value_size)), op, effect };
    mp__toleration *grown;

    if (d->toleration_count >= MP_DEPLOYMENT_TOLERATIONS_MAX)
        return MP_ELIMIT;
    if (!t.key.data || !t.value.data)
        return MP_ENOMEM;
    grown = mp__arena_push(&d->arena, d->tolerations, &d->toleration_count, &d->toleration_capacity,
                           sizeof *grown);
    if (!grown)
        return MP_ENOMEM;
    d->tolerations = grown;
    grown[d->toleration_count - 1] = t;
    return MP_OK;
}

/* Appends a new item of `size` bytes to an arena array of pointers. */
static void *push_new(mp__arena *arena, void *array_of_pointers, size_t *count, size_t *capacity,
                      size_t size)
{
    void *item = mp__arena_calloc(arena, 1, size);
    void **array, **grown;

    if (!item)
        return NULL;
    memcpy(&array, array_of_pointers, sizeof array);
    grown = mp__arena_push(arena, array, count, capacity, sizeof *grown);
    if (!grown)
        return NULL;
    grown[*count - 1] = item;
    memcpy(array_of_pointers, &grown, sizeof grown);
    return item;
}

mp_engine *mp_deployment_add_engine(mp_deployment *d, const char *name, size_t name_size,
                                    int64_t copies, mp_error *err)
{
    mp__str text = mp__str_make(name, name_size);
    mp_engine *e;

    mp__error_clear(err);
    if (text.size == 0) {
        mp__fail(err, MP_EINVAL, "an engine needs a name");
        return NULL;
    }
    if (copies < 1) {
        mp__fail(err, MP_EINVAL, "an engine needs at least one copy");
        return NULL;
    }
    if (mp__map_has(&d->engine_names, text.data, text.size)) {
        mp__fail(err, MP_EEXIST, "engine \"%.*s\" exists already", (int)text.size, text.data);
        return NULL;
    }
    if (d->engine_count >= MP_DEPLOYMENT_ENGINES_MAX) {
        mp__fail(err, MP_ELIMIT, "a deployment has at most %d engines", MP_DEPLOYMENT_ENGINES_MAX);
        return NULL;
    }
    text = mp__arena_str(&d->arena, text);
    if (!text.data)
        goto nomem;
    e = push_new(&d->arena, &d->engines, &d->engine_count, &d->engine_capacity, sizeof *e);
    if (!e)
        goto nomem;
    if (!mp__map_set_borrowed(&d->engine_names, text.data, text.size, e)) {
        d->engine_count--;
        goto nomem;
    }
    e->deployment = d;
    e->name = text;
    e->copies = copies;
    e->index = d->engine_count - 1;
    return e;
nomem:
    mp__fail_nomem(err);
    return NULL;
}

mp_status mp_engine_set_phase(mp_engine *e, mp_phase phase)
{
    e->phase = phase;
    return MP_OK;
}

mp_member *mp_engine_add_member(mp_engine *e, mp_role role, mp_error *err)
{
    mp__arena *arena = &e->deployment->arena;
    mp_member *m;

    mp__error_clear(err);
    if (e->member_count >= MP_ENGINE_MEMBERS_MAX) {
        mp__fail(err, MP_ELIMIT, "an engine has at most %d members", MP_ENGINE_MEMBERS_MAX);
        return NULL;
    }
    m = push_new(arena, &e->members, &e->member_count, &e->member_capacity, sizeof *m);
    if (!m) {
        mp__fail_nomem(err);
        return NULL;
    }
    m->engine = e;
    m->role = role;
    m->nodes = 1;
    m->index = e->member_count - 1;
    return m;
}

mp_status mp_member_set_nodes(mp_member *m, int64_t nodes)
{
    if (m->role != MP_ROLE_WORKER || nodes < 1)
        return MP_EINVAL;
    m->nodes = nodes;
    m->has_nodes = true;
    return MP_OK;
}

mp_status mp_member_set_template(mp_member *m, const mp_object *pod_template)
{
    mp_deployment *d = m->engine->deployment;
    mp_object *copy;

    if (!d->templates) {
        mp_status st = mp_doc_new(&d->alloc, &d->templates, NULL);

        if (st != MP_OK)
            return st;
    }
    copy = mp_object_copy(d->templates, pod_template);
    if (pod_template && !copy)
        return MP_ENOMEM;
    m->pod_template = copy;
    return MP_OK;
}

mp_request *mp_member_add_request(mp_member *m, const char *name, size_t name_size, int64_t count,
                                  mp_error *err)
{
    mp__arena *arena = &m->engine->deployment->arena;
    mp__str text;
    mp_request *r;

    mp__error_clear(err);
    if (count < 1) {
        mp__fail(err, MP_EINVAL, "a request needs at least one device");
        return NULL;
    }
    if (m->request_count >= MP_MEMBER_REQUESTS_MAX) {
        mp__fail(err, MP_ELIMIT, "a member has at most %d requests", MP_MEMBER_REQUESTS_MAX);
        return NULL;
    }
    text = mp__arena_str(arena, mp__str_make(name, name_size));
    r = text.data
            ? push_new(arena, &m->requests, &m->request_count, &m->request_capacity, sizeof *r)
            : NULL;
    if (!r) {
        mp__fail_nomem(err);
        return NULL;
    }
    r->member = m;
    r->name = text;
    r->count = count;
    r->index = m->request_count - 1;
    return r;
}

mp_status mp_request_add_selector(mp_request *r, const char *cel, size_t size, mp_error *err)
{
    const mp_member *m = r->member;
    mp_deployment *d = m->engine->deployment;
    mp__str text = mp__str_make(cel, size);
    mp_cel *compiled = NULL;
    mp_cel **grown;
    mp_status st = MP_OK;

    mp__error_clear(err);
    if (r->selector_count >= MP_REQUEST_SELECTORS_MAX)
        return mp__fail(err, MP_ELIMIT, "a request has at most %d selectors",
                        MP_REQUEST_SELECTORS_MAX);
    if (!d->env)
        st = mp_cel_env_new_dra(&d->alloc, &d->env, err);
    if (st == MP_OK)
        st = mp_cel_compile(d->env, text.data, text.size, &compiled, err);
    if (st != MP_OK) {
        mp__error_set_path(err,
                           "engines[%zu].members[%zu].nodeSelector.devices[%zu].selectors[%zu].cel",
                           m->engine->index, m->index, r->index, r->selector_count);
        return st;
    }
    grown = mp__arena_push(&d->arena, r->selectors, &r->selector_count, &r->selector_capacity,
                           sizeof *grown);
    if (!grown) {
        mp_cel_free(compiled);
        return mp__fail_nomem(err);
    }
    r->selectors = grown;
    grown[r->selector_count - 1] = compiled;
    return MP_OK;
}

/* ---- what the layers above ask ---- */

int64_t mp__member_pods(const mp_member *m)
{
    return mp__mul_saturating(m->nodes, m->engine->copies);
}

bool mp__deployment_tolerates(const mp_deployment *d, mp__str key, mp__str value,
                              mp_taint_effect effect)
{
    for (size_t i = 0; i < d->toleration_count; i++) {
        const mp__toleration *t = &d->tolerations[i];

        if (t->effect != MP_EFFECT_ANY && t->effect != effect)
            continue;
        if (t->op == MP_TOLERATION_EXISTS
                ? t->key.size == 0 || mp__str_equal(t->key, key)
                : mp__str_equal(t->key, key) && mp__str_equal(t->value, value))
            return true;
    }
    return false;
}

/* ---- reading ---- */

static const char *give(const mp__str *text, size_t *size)
{
    if (size)
        *size = text ? text->size : 0;
    return text ? text->data : NULL;
}

const char *mp_deployment_name(const mp_deployment *d, size_t *size)
{
    return give(d ? &d->name : NULL, size);
}

const char *mp_deployment_namespace(const mp_deployment *d, size_t *size)
{
    return give(d ? &d->ns : NULL, size);
}

int64_t mp_deployment_replicas(const mp_deployment *d)
{
    return d ? d->replicas : 0;
}

const char *mp_deployment_cache(const mp_deployment *d, size_t *size)
{
    return give(d ? &d->cache : NULL, size);
}

mp_serving_mode mp_deployment_serving(const mp_deployment *d)
{
    return d ? d->serving : MP_SERVING_UNSET;
}

size_t mp_deployment_label_count(const mp_deployment *d)
{
    return d ? d->labels.count : 0;
}

const char *mp_deployment_label(const mp_deployment *d, size_t i, const char **value)
{
    const mp__label *label = d && i < d->labels.count ? &d->labels.items[i] : NULL;

    if (value)
        *value = label ? label->value.data : NULL;
    return label ? label->key.data : NULL;
}

size_t mp_deployment_engine_count(const mp_deployment *d)
{
    return d ? d->engine_count : 0;
}

const mp_engine *mp_deployment_engine(const mp_deployment *d, size_t i)
{
    return d && i < d->engine_count ? d->engines[i] : NULL;
}

const mp_engine *mp_deployment_find_engine(const mp_deployment *d, const char *name, size_t size)
{
    mp__str text = mp__str_make(name, size);

    return d ? mp__map_get(&d->engine_names, text.data, text.size) : NULL;
}

const char *mp_engine_name(const mp_engine *e, size_t *size)
{
    return give(e ? &e->name : NULL, size);
}

int64_t mp_engine_copies(const mp_engine *e)
{
    return e ? e->copies : 0;
}

mp_phase mp_engine_phase(const mp_engine *e)
{
    return e ? e->phase : MP_PHASE_NONE;
}

size_t mp_engine_member_count(const mp_engine *e)
{
    return e ? e->member_count : 0;
}

const mp_member *mp_engine_member(const mp_engine *e, size_t i)
{
    return e && i < e->member_count ? e->members[i] : NULL;
}

mp_role mp_member_role(const mp_member *m)
{
    return m ? m->role : MP_ROLE_STANDALONE;
}

int64_t mp_member_nodes(const mp_member *m)
{
    return m ? m->nodes : 0;
}

bool mp_member_has_nodes(const mp_member *m)
{
    return m && m->has_nodes;
}

const mp_object *mp_member_template(const mp_member *m)
{
    return m ? m->pod_template : NULL;
}

size_t mp_member_request_count(const mp_member *m)
{
    return m ? m->request_count : 0;
}

const mp_request *mp_member_request(const mp_member *m, size_t i)
{
    return m && i < m->request_count ? m->requests[i] : NULL;
}

const char *mp_request_name(const mp_request *r, size_t *size)
{
    return give(r ? &r->name : NULL, size);
}

int64_t mp_request_count(const mp_request *r)
{
    return r ? r->count : 0;
}

size_t mp_request_selector_count(const mp_request *r)
{
    return r ? r->selector_count : 0;
}

const mp_cel *mp_request_selector(const mp_request *r, size_t i)
{
    return r && i < r->selector_count ? r->selectors[i] : NULL;
}

bool mp__request_equal(const mp_request *x, const mp_request *y)
{
    bool same = x->count == y->count && x->selector_count == y->selector_count;

    for (size_t s = 0; same && s < x->selector_count; s++)
        same =
            strcmp(mp_cel_source(x->selectors[s], NULL), mp_cel_source(y->selectors[s], NULL)) == 0;
    return same;
}

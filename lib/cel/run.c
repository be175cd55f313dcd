/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs run on values that a caller binds, and results as the caller reads them.
 */
#include "functions_internal.h"
#include "net_internal.h"
#include "time_internal.h"
#include "url_internal.h"

struct mp_cel_vars {
    mp_allocator alloc;
    mp__arena arena;
    const mp__env_var *declared; /* copies, in the environment's order */
    mp__value *values;
    size_t count;
};

struct mp_cel_result {
    mp_allocator alloc;
    mp__arena arena; /* what the evaluation made */
    mp__value value;
};

/* ---- variables ---- */

mp_status mp_cel_env_declare(mp_cel_env *env, const char *name, size_t name_size,
                             const char *type_text, mp_error *err)
{
    mp__str text = mp__str_make(name, name_size);
    mp_status st;

    mp__error_clear(err);
    if (env->dra)
        return mp__fail(err, MP_EINVAL, "the environment of selectors has its one variable");
    if (!text.size)
        return mp__fail(err, MP_EINVAL, "a variable needs a name");
    st = mp__cel_env_declare(env, text, mp__str_make(type_text, MP_NTS));
    if (st == MP_EINVAL)
        return mp__fail(err, st, "\"%.80s\" is no type", type_text);
    return st == MP_OK ? st : mp__fail_nomem(err);
}

static mp__type *copy_type(mp__arena *arena, const mp__type *type)
{
    mp__type *made = MP__NEW(arena, mp__type);

    if (!made)
        return NULL;
    *made = *type;
    if (type->a)
        made->a = copy_type(arena, type->a);
    if (type->b)
        made->b = copy_type(arena, type->b);
    return made;
}

static bool copy_declared(mp_cel_vars *v, const mp_cel_env *env)
{
    mp__env_var *declared = MP__NEW_ARRAY(&v->arena, mp__env_var, env->var_count);

    v->values = MP__NEW_ARRAY(&v->arena, mp__value, env->var_count);
    v->declared = declared;
    v->count = env->var_count;
    for (size_t i = 0; declared && v->values && i < env->var_count; i++) {
        mp__str name = env->vars[i].name;

        declared[i].name.data = mp__arena_strdup(&v->arena, name.data, name.size);
        declared[i].name.size = name.size;
        declared[i].type = copy_type(&v->arena, env->vars[i].type);
        v->values[i] = mp__error(MP__FAIL_TEXT, MP__STR("no such attribute: variable not set"));
    }
    return !v->arena.failed;
}

mp_status mp_cel_vars_new(const mp_cel_env *env, mp_cel_vars **out, mp_error *err)
{
    mp_cel_vars *v = mp__calloc(&env->alloc, 1, sizeof *v);

    mp__error_clear(err);
    *out = NULL;
    if (!v)
        return mp__fail_nomem(err);
    v->alloc = env->alloc;
    mp__arena_init(&v->arena, &v->alloc);
    if (!copy_declared(v, env)) {
        mp_cel_vars_free(v);
        return mp__fail_nomem(err);
    }
    *out = v;
    return MP_OK;
}

void mp_cel_vars_free(mp_cel_vars *vars)
{
    mp_allocator a;

    if (!vars)
        return;
    a = vars->alloc;
    mp__arena_fini(&vars->arena);
    mp__free(&a, vars);
}

/* ---- binding: objects become values of the declared type ---- */

static bool convert(mp__arena *arena, const mp_object *node, const mp__type *type, mp__value *out);

static bool convert_list(mp__arena *arena, const mp_object *node, const mp__type *element,
                         mp__value *out)
{
    mp__list *list = MP__NEW(arena, mp__list);
    mp__value *items = MP__NEW_ARRAY(arena, mp__value, mp_object_size(node));

    if (!list || !items)
        return false;
    list->items = items;
    for (const mp_object *o = mp_object_first(node); o; o = mp_object_next(o))
        if (!convert(arena, o, element, &items[list->count++]))
            return false;
    out->kind = MP__LIST;
    out->as.list = list;
    return true;
}

static bool convert_map(mp__arena *arena, const mp_object *node, const mp__type *element,
                        mp__value *out)
{
    mp__cmap *map = MP__NEW(arena, mp__cmap);
    mp__value *keys = MP__NEW_ARRAY(arena, mp__value, mp_object_size(node));
    mp__value *values = MP__NEW_ARRAY(arena, mp__value, mp_object_size(node));

    if (!map || !keys || !values)
        return false;
    map->keys = keys;
    map->values = values;
    for (const mp_object *o = mp_object_first(node); o; o = mp_object_next(o)) {
        mp__str key;

        key.data = mp_object_key(o, &key.size);
        key.data = mp__arena_strdup(arena, key.data, key.size);
        if (!key.data || !convert(arena, o, element, &values[map->count]))
            return false;
        keys[map->count++] = mp__string(key);
    }
    out->kind = MP__MAP;
    out->as.map = map;
    return true;
}

static bool convert_opaque(mp__arena *arena, mp__str s, const mp__type *type, mp__value *out)
{
    mp_allocator alloc = mp__arena_allocator(arena);
    mp_quantity *q;
    mp_semver *version;
    mp__ip *ip;
    mp__cidr *cidr;
    mp__url *url;
    mp_status st;

    switch (type->kind) {
    case MP__TYPE_QUANTITY:
        out->kind = MP__QUANTITY;
        out->as.quantity = q = MP__NEW(arena, mp_quantity);
        return q && mp_quantity_parse(&alloc, s.data, s.size, q, NULL) == MP_OK;
    case MP__TYPE_SEMVER:
        out->kind = MP__SEMVER;
        out->as.semver = version = MP__NEW(arena, mp_semver);
        return version && mp_semver_parse(s.data, s.size, 0, version, NULL) == MP_OK;
    case MP__TYPE_IP:
        out->kind = MP__IP;
        out->as.ip = ip = MP__NEW(arena, mp__ip);
        return ip && mp__ip_parse(s, ip);
    case MP__TYPE_CIDR:
        out->kind = MP__CIDR;
        out->as.cidr = cidr = MP__NEW(arena, mp__cidr);
        return cidr && mp__cidr_parse(s, cidr);
    default:
        out->kind = MP__URL;
        out->as.url = url = MP__NEW(arena, mp__url);
        st = url ? mp__url_parse(arena, s, url) : MP_ENOMEM;
        arena->failed = arena->failed || st == MP_ENOMEM;
        return st == MP_OK;
    }
}

/* What a text is where the type says so; else a string. */
static bool convert_text(mp__arena *arena, const mp_object *node, const mp__type *type,
                         mp__value *out)
{
    mp__str s = mp__object_str(node);
    mp__time time;
    int64_t nanos;

    s.data = mp__arena_strdup(arena, s.data, s.size);
    if (!s.data || s.size > UINT32_MAX)
        return false;
    *out = mp__string(s);
    switch (type->kind) {
    case MP__TYPE_BYTES:
        out->kind = MP__BYTES;
        return true;
    case MP__TYPE_TIMESTAMP:
        if (!mp__time_parse(s, &time))
            return false;
        *out = mp__make_time(time);
        return true;
    case MP__TYPE_DURATION:
        if (!mp__duration_parse(s, &nanos))
            return false;
        *out = mp__make_duration(nanos);
        return true;
    case MP__TYPE_QUANTITY:
    case MP__TYPE_SEMVER:
    case MP__TYPE_IP:
    case MP__TYPE_CIDR:
    case MP__TYPE_URL:
        return convert_opaque(arena, s, type, out);
    default:
        return true;
    }
}

static bool convert_number(const mp_object *node, const mp__type *type, mp__value *out)
{
    int64_t i;
    uint64_t u;
    double d;

    bool is_double = type->kind == MP__TYPE_DOUBLE ||
                     (type->kind == MP__TYPE_DYN && mp_object_type(node) == MP_OBJECT_DOUBLE);

    if (is_double && mp_object_double(node, &d))
        *out = mp__double(d);
    else if (type->kind == MP__TYPE_UINT && mp_object_uint(node, &u)) {
        out->kind = MP__UINT;
        out->as.unsigned_integer = u;
    } else if (mp_object_int(node, &i)) {
        *out = mp__int(i);
    } else if (mp_object_uint(node, &u)) {
        out->kind = MP__UINT;
        out->as.unsigned_integer = u;
    } else if (mp_object_double(node, &d)) {
        *out = mp__double(d);
    } else {
        return false;
    }
    return true;
}

/* Whether a value may stand where the type is declared. */
static bool fits(const mp__value *v, const mp__type *type)
{
    return type->kind == MP__TYPE_ANY || mp__value_is(v, type);
}

/* null is none. */
static bool convert_optional(mp__arena *arena, const mp_object *node, const mp__type *held,
                             mp__value *out)
{
    mp__value *copy = NULL;

    memset(out, 0, sizeof *out);
    out->kind = MP__OPTIONAL;
    if (mp_object_type(node) == MP_OBJECT_NULL)
        return true;
    out->as.optional = copy = MP__NEW(arena, mp__value);
    return copy && convert(arena, node, held, copy);
}

/* Depth is that of the object, which its reader or maker bounds; below MP_READ_DEPTH_MAX here. */
static bool convert(mp__arena *arena, const mp_object *node, const mp__type *type, mp__value *out)
{
    static const mp__type any = { MP__TYPE_DYN, 0, NULL, NULL };
    const mp__type *list = type->kind == MP__TYPE_LIST && type->a ? type->a : &any;
    const mp__type *map = type->kind == MP__TYPE_MAP && type->b ? type->b : &any;
    bool made;

    if (type->kind == MP__TYPE_OPTIONAL)
        return convert_optional(arena, node, type->a, out);
    if (type->kind == MP__TYPE_WRAPPER && type->a && mp_object_type(node) != MP_OBJECT_NULL)
        return convert(arena, node, type->a, out);
    memset(out, 0, sizeof *out);
    switch (mp_object_type(node)) {
    case MP_OBJECT_NULL:
        out->kind = MP__NULL;
        made = true;
        break;
    case MP_OBJECT_BOOL:
        *out = mp__bool(mp_object_bool(node, false));
        made = true;
        break;
    case MP_OBJECT_STRING:
        made = convert_text(arena, node, type, out);
        break;
    case MP_OBJECT_LIST:
        made = convert_list(arena, node, list, out);
        break;
    case MP_OBJECT_MAP:
        made = convert_map(arena, node, map, out);
        break;
    default:
        made = convert_number(node, type, out);
    }
    return made && fits(out, type);
}

/* How deep maps and lists of an object nest, up to a limit. */
static bool too_deep(const mp_object *node, unsigned room)
{
    if (!mp_object_is_map(node) && !mp_object_is_list(node))
        return false;
    if (room == 0)
        return true;
    for (const mp_object *o = mp_object_first(node); o; o = mp_object_next(o))
        if (too_deep(o, room - 1))
            return true;
    return false;
}

static size_t find_variable(const mp_cel_vars *vars, mp__str name)
{
    size_t i = 0;

    while (i < vars->count && !mp__str_equal(vars->declared[i].name, name))
        i++;
    return i;
}

mp_status mp_cel_vars_set(mp_cel_vars *vars, const char *name, size_t name_size,
                          const mp_object *value, mp_error *err)
{
    mp__str text = mp__str_make(name, name_size);
    size_t i = find_variable(vars, text);
    mp__value v;

    mp__error_clear(err);
    if (i == vars->count)
        return mp__fail(err, MP_EINVAL, "no variable \"%.*s\" is declared",
                        (int)(text.size < 80 ? text.size : 80), text.data);
    if (too_deep(value, MP_READ_DEPTH_MAX))
        return mp__fail(err, MP_ELIMIT, "the value is nested deeper than %d", MP_READ_DEPTH_MAX);
    if (convert(&vars->arena, value, vars->declared[i].type, &v)) {
        vars->values[i] = v;
        return MP_OK;
    }
    if (vars->arena.failed)
        return mp__fail_nomem(err);
    return mp__fail(err, MP_EINVAL, "the value is not of the declared type %s",
                    mp__type_kind_name(vars->declared[i].type->kind));
}

static mp_status set_value(mp_cel_vars *vars, const char *name, size_t name_size, mp__value v)
{
    size_t i = find_variable(vars, mp__str_make(name, name_size));

    if (i == vars->count || !fits(&v, vars->declared[i].type))
        return MP_EINVAL;
    vars->values[i] = v;
    return MP_OK;
}

mp_status mp_cel_vars_set_bool(mp_cel_vars *vars, const char *name, size_t name_size, bool value)
{
    return set_value(vars, name, name_size, mp__bool(value));
}

mp_status mp_cel_vars_set_int(mp_cel_vars *vars, const char *name, size_t name_size, int64_t value)
{
    return set_value(vars, name, name_size, mp__int(value));
}

mp_status mp_cel_vars_set_uint(mp_cel_vars *vars, const char *name, size_t name_size,
                               uint64_t value)
{
    mp__value v = { 0 };

    v.kind = MP__UINT;
    v.as.unsigned_integer = value;
    return set_value(vars, name, name_size, v);
}

mp_status mp_cel_vars_set_double(mp_cel_vars *vars, const char *name, size_t name_size,
                                 double value)
{
    return set_value(vars, name, name_size, mp__double(value));
}

static mp_status set_text(mp_cel_vars *vars, const char *name, size_t name_size, mp__str text,
                          mp__kind kind)
{
    mp__value v;

    if (text.size > UINT32_MAX)
        return MP_EINVAL;
    text.data = mp__arena_strdup(&vars->arena, text.data, text.size);
    if (!text.data)
        return MP_ENOMEM;
    v = mp__string(text);
    v.kind = (uint8_t)kind;
    return set_value(vars, name, name_size, v);
}

mp_status mp_cel_vars_set_string(mp_cel_vars *vars, const char *name, size_t name_size,
                                 const char *text, size_t size)
{
    return set_text(vars, name, name_size, mp__str_make(text, size), MP__STRING);
}

mp_status mp_cel_vars_set_bytes(mp_cel_vars *vars, const char *name, size_t name_size,
                                const void *data, size_t size)
{
    return set_text(vars, name, name_size, (mp__str){ data, size }, MP__BYTES);
}

/* ---- running ---- */

mp_status mp_cel_eval(const mp_cel *cel, const mp_cel_input *input, mp_cel_result **out,
                      uint64_t *cost, mp_error *err)
{
    mp_cel_result *r;
    mp__machine m;
    mp_status st = MP_OK;

    mp__error_clear(err);
    *out = NULL;
    if (cost)
        *cost = 0;
    if (cel->dra ? !input->device : cel->variables > (input->vars ? input->vars->count : 0))
        return mp__fail(err, MP_EINVAL, "the program's variables are not all given");
    r = mp__calloc(&cel->alloc, 1, sizeof *r);
    if (!r)
        return mp__fail_nomem(err);
    r->alloc = cel->alloc;
    mp__machine_init(&m, &cel->alloc, cel);
    m.device = input->device;
    m.variables = input->vars ? input->vars->values : NULL;
    m.limit = input->budget ? input->budget : MP__COST_LIMIT;
    r->value = mp__machine_run(&m);
    if (r->value.kind == MP__ERROR)
        st = mp__machine_fail(&m, &r->value, err);
    if (cost)
        *cost = m.cost;
    r->arena = m.arena; /* an arena may be moved */
    if (st != MP_OK) {
        mp_cel_result_free(r);
        return st;
    }
    *out = r;
    return MP_OK;
}

void mp_cel_result_free(mp_cel_result *result)
{
    mp_allocator a;

    if (!result)
        return;
    a = result->alloc;
    mp__arena_fini(&result->arena);
    mp__free(&a, result);
}

/* ---- reading results ---- */

const char *mp_cel_result_type(const mp_cel_result *result)
{
    return mp__kind_name(&result->value);
}

bool mp_cel_result_bool(const mp_cel_result *result, bool *out)
{
    *out = result->value.kind == MP__BOOL && result->value.as.boolean;
    return result->value.kind == MP__BOOL;
}

bool mp_cel_result_int(const mp_cel_result *result, int64_t *out)
{
    *out = result->value.kind == MP__INT ? result->value.as.integer : 0;
    return result->value.kind == MP__INT;
}

bool mp_cel_result_uint(const mp_cel_result *result, uint64_t *out)
{
    *out = result->value.kind == MP__UINT ? result->value.as.unsigned_integer : 0;
    return result->value.kind == MP__UINT;
}

bool mp_cel_result_double(const mp_cel_result *result, double *out)
{
    *out = result->value.kind == MP__DOUBLE ? result->value.as.number : 0;
    return result->value.kind == MP__DOUBLE;
}

const char *mp_cel_result_string(const mp_cel_result *result, size_t *size)
{
    bool is = result->value.kind == MP__STRING || result->value.kind == MP__BYTES;

    *size = is ? result->value.size : 0;
    return is ? result->value.as.text : NULL;
}

/* ---- results as objects ---- */

static mp_object *to_object(mp__machine *m, mp_doc *doc, const mp__value *v, unsigned room);

static mp__value version_text(mp__machine *m, const mp_semver *v)
{
    mp__str s;

    s.data = mp__arena_printf(
        &m->arena, &s.size, "%llu.%llu.%llu%s%.*s%s%.*s", (unsigned long long)v->major,
        (unsigned long long)v->minor, (unsigned long long)v->patch, v->prerelease_size ? "-" : "",
        (int)v->prerelease_size, v->prerelease_size ? v->prerelease : "", v->build_size ? "+" : "",
        (int)v->build_size, v->build_size ? v->build : "");
    return s.data ? mp__string(s) : mp__no_memory(m);
}

/* Any other value as text, by the functions a selector has for that. */
static mp__value as_text(mp__machine *m, const mp__value *v)
{
    mp_allocator arena = mp__arena_allocator(&m->arena);
    mp_text text = { 0 };
    mp__value out;

    switch (v->kind) {
    case MP__QUANTITY:
        if (mp_quantity_text(&arena, v->as.quantity, &text, NULL) != MP_OK)
            return mp__no_memory(m);
        return mp__string((mp__str){ text.data, text.size });
    case MP__SEMVER:
        return version_text(m, v->as.semver);
    case MP__TYPEVAL:
        return mp__string(mp__str_make(mp__type_value_name(v->as.type), MP_NTS));
    case MP__TIMESTAMP:
    case MP__DURATION:
        return mp__fn_time_to_string(m, v);
    case MP__URL:
        return mp__string(v->as.url->text);
    case MP__BOOL:
    case MP__INT:
    case MP__UINT:
    case MP__DOUBLE:
    case MP__BYTES:
    case MP__IP:
    case MP__CIDR:
        out = mp__fn_to_string(m, v);
        return out.kind == MP__ERROR && m->status == MP_OK
                   ? mp__string(mp__str_make(mp__kind_name(v), MP_NTS))
                   : out;
    default:
        return mp__string(mp__str_make(mp__kind_name(v), MP_NTS));
    }
}

static mp_object *map_object(mp__machine *m, mp_doc *doc, const mp__value *v, unsigned room)
{
    mp_object *map = mp_object_new_map(doc);

    for (size_t i = 0; i < mp__mapping_size(v) && m->status == MP_OK; i++) {
        mp__value key, value, text;

        mp__mapping_at(v, i, &key, &value);
        text = key.kind == MP__STRING ? key : as_text(m, &key);
        if (text.kind == MP__STRING)
            (void)mp_object_set(map, text.as.text, text.size, to_object(m, doc, &value, room));
    }
    return map;
}

static mp_object *to_object(mp__machine *m, mp_doc *doc, const mp__value *v, unsigned room)
{
    mp_object *list;
    mp__value text;

    /* One value may stand in many places of another: what is made is counted, not what is there. */
    if (room == 0 || m->cost++ >= m->limit) {
        m->status = MP_ELIMIT;
        return NULL;
    }
    if (mp__is_mapping(v))
        return map_object(m, doc, v, room - 1);
    switch (v->kind) {
    case MP__NULL:
        return mp_object_new_null(doc);
    case MP__BOOL:
        return mp_object_new_bool(doc, v->as.boolean);
    case MP__INT:
        return mp_object_new_int(doc, v->as.integer);
    case MP__UINT:
        return mp_object_new_uint(doc, v->as.unsigned_integer);
    case MP__DOUBLE:
        return mp_object_new_double(doc, v->as.number);
    case MP__STRING:
        return mp_object_new_string(doc, v->as.text, v->size);
    case MP__OPTIONAL:
        return v->as.optional ? to_object(m, doc, v->as.optional, room - 1)
                              : mp_object_new_null(doc);
    case MP__LIST:
        list = mp_object_new_list(doc);
        for (size_t i = 0; i < v->as.list->count && m->status == MP_OK; i++)
            (void)mp_object_append(list, to_object(m, doc, &v->as.list->items[i], room - 1));
        return list;
    default:
        text = as_text(m, v);
        return text.kind == MP__STRING ? mp_object_new_string(doc, text.as.text, text.size) : NULL;
    }
}

mp_status mp__cel_result_object(const mp_cel_result *result, mp_doc *doc, mp_object **out)
{
    mp_status st;
    mp__machine m;

    mp__machine_init(&m, &result->alloc, NULL);
    *out = to_object(&m, doc, &result->value, MP_READ_DEPTH_MAX);
    st = m.status == MP_OK ? mp_doc_status(doc) : m.status;
    if (st != MP_OK)
        *out = NULL;
    mp__machine_fini(&m);
    return st;
}

mp_object *mp_cel_result_object(const mp_cel_result *result, mp_doc *doc)
{
    mp_object *made;

    (void)mp__cel_result_object(result, doc, &made);
    return made;
}

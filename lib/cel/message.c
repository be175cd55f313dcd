/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages that a selector may write: the well-known types of protocol buffers, which become plain
 * values at once, and the device's own type, which cannot be made.
 */
#include "message_internal.h"
#include "time_internal.h"

/* Largest integer, of either sign, that JSON carries as a number. */
#define JSON_SAFE ((INT64_C(1) << 53) - 1)

static const mp__type wrappers[] = {
    { MP__TYPE_WRAPPER, 0, &mp__types[MP__TYPE_BOOL], NULL },
    { MP__TYPE_WRAPPER, 0, &mp__types[MP__TYPE_BYTES], NULL },
    { MP__TYPE_WRAPPER, 0, &mp__types[MP__TYPE_DOUBLE], NULL },
    { MP__TYPE_WRAPPER, 0, &mp__types[MP__TYPE_INT], NULL },
    { MP__TYPE_WRAPPER, 0, &mp__types[MP__TYPE_STRING], NULL },
    { MP__TYPE_WRAPPER, 0, &mp__types[MP__TYPE_UINT], NULL },
};
static const mp__type list_dyn = { MP__TYPE_LIST, 0, &mp__types[MP__TYPE_DYN], NULL };
static const mp__type struct_type = { MP__TYPE_MAP, 0, &mp__types[MP__TYPE_STRING],
                                      &mp__types[MP__TYPE_DYN] };

/* ---- wrappers ---- */

static mp__value overflow(void)
{
    return mp__error(MP__FAIL_OVERFLOW, (mp__str){ 0 });
}

static mp__value range_int32(mp__value v)
{
    return v.as.integer < INT32_MIN || v.as.integer > INT32_MAX ? overflow() : v;
}

static mp__value range_uint32(mp__value v)
{
    return v.as.unsigned_integer > UINT32_MAX ? overflow() : v;
}

/* The nearest single-precision number; beyond the largest, an infinity. */
static mp__value round_float(mp__value v)
{
    double d = v.as.number, most = 3.4028235677973366e38; /* halfway past the largest */

    if (d >= most || d <= -most)
        return mp__double(d > 0 ? 1e308 * 10 : -1e308 * 10);
    return mp__double((double)(float)d);
}

static mp__value as_it_is(mp__value v)
{
    return v;
}

static mp__value zero_of(mp__kind kind)
{
    mp__value v = { 0 };

    v.kind = (uint8_t)kind;
    if (kind == MP__STRING || kind == MP__BYTES)
        v.as.text = "";
    return v;
}

/* ---- JSON values ---- */

static mp__value to_json(mp__machine *m, const mp__value *v);

static mp__value json_integer(mp__machine *m, const mp__value *v)
{
    bool safe = v->kind == MP__INT ? v->as.integer <= JSON_SAFE && v->as.integer >= -JSON_SAFE
                                   : v->as.unsigned_integer <= (uint64_t)JSON_SAFE;

    if (!safe)
        return mp__fn_to_string(m, v);
    return mp__double(v->kind == MP__INT ? (double)v->as.integer : (double)v->as.unsigned_integer);
}

static mp__value base64(mp__machine *m, const mp__value *v)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *in = (const unsigned char *)v->as.text;
    size_t size = 0;
    char *text = mp__arena_alloc(&m->arena, ((size_t)v->size + 2) / 3 * 4);

    if (!text)
        return mp__no_memory(m);
    for (size_t i = 0; i < v->size; i += 3) {
        size_t left = v->size - i;
        uint32_t bits = (uint32_t)in[i] << 16 | (left > 1 ? (uint32_t)in[i + 1] << 8 : 0) |
                        (left > 2 ? in[i + 2] : 0);

        text[size++] = digits[bits >> 18];
        text[size++] = digits[bits >> 12 & 63];
        text[size++] = left > 1 ? digits[bits >> 6 & 63] : '=';
        text[size++] = left > 2 ? digits[bits & 63] : '=';
    }
    return mp__string((mp__str){ text, size });
}

static mp__value json_list(mp__machine *m, const mp__list *list)
{
    mp__value *items = MP__NEW_ARRAY(&m->arena, mp__value, list->count ? list->count : 1);

    if (!items)
        return mp__no_memory(m);
    for (size_t i = 0; i < list->count; i++) {
        items[i] = to_json(m, &list->items[i]);
        if (items[i].kind == MP__ERROR)
            return items[i];
    }
    return mp__make_list(m, items, list->count);
}

static mp__value json_key(mp__machine *m, const mp__value *key)
{
    (void)m;
    if (key->kind == MP__STRING)
        return *key;
    return mp__error(MP__FAIL_TEXT, MP__STR("the key of a map cannot be a JSON key"));
}

static mp__value json_map(mp__machine *m, const mp__value *map)
{
    mp__value out = mp__new_map(m);

    for (size_t i = 0; i < mp__mapping_size(map) && out.kind == MP__MAP; i++) {
        mp__value key, value;

        mp__mapping_at(map, i, &key, &value);
        key = json_key(m, &key);
        value = key.kind == MP__ERROR ? key : to_json(m, &value);
        if (value.kind == MP__ERROR)
            return value;
        out = mp__map_put(m, &out, &key, &value);
    }
    return out;
}

/* Values nest no deeper than the expressions that made them; parts may be shared many times over.
 */
static mp__value to_json(mp__machine *m, const mp__value *v)
{
    if (!mp__work(m, 1))
        return mp__error(MP__FAIL_STOPPED, (mp__str){ 0 });
    switch (v->kind) {
    case MP__NULL:
    case MP__BOOL:
    case MP__DOUBLE:
    case MP__STRING:
        return *v;
    case MP__INT:
    case MP__UINT:
        return json_integer(m, v);
    case MP__BYTES:
        return base64(m, v);
    case MP__TIMESTAMP:
    case MP__DURATION:
        return mp__fn_time_to_string(m, v);
    case MP__LIST:
        return json_list(m, v->as.list);
    case MP__OPTIONAL:
        return v->as.optional ? to_json(m, v->as.optional)
                              : mp__error(MP__FAIL_TEXT, MP__STR("optional.none() dereference"));
    default:
        if (mp__is_mapping(v))
            return json_map(m, v);
        return mp__error(MP__FAIL_TEXT, MP__STR("the value cannot be a JSON value"));
    }
}

/* ---- the table ---- */

typedef mp__value (*wrap)(mp__value v);

struct mp__message {
    const char *name;
    const mp__type *type;
    enum { WRAPPER, JSON, TIME, DURATION, DEVICE } form;
    wrap wrap;
    struct {
        const char *name;
        const mp__type *type;
    } fields[6];
};

#define T(kind) (&mp__types[MP__TYPE_##kind])
#define WRAPPER_ROW(name, number, scalar, wrap)                                                    \
    {                                                                                              \
        "google.protobuf." name, &wrappers[number], WRAPPER, wrap,                                 \
        {                                                                                          \
            {                                                                                      \
                "value", T(scalar)                                                                 \
            }                                                                                      \
        }                                                                                          \
    }

static const struct mp__message messages[] = {
    WRAPPER_ROW("BoolValue", 0, BOOL, as_it_is),
    WRAPPER_ROW("BytesValue", 1, BYTES, as_it_is),
    WRAPPER_ROW("DoubleValue", 2, DOUBLE, as_it_is),
    WRAPPER_ROW("FloatValue", 2, DOUBLE, round_float),
    WRAPPER_ROW("Int32Value", 3, INT, range_int32),
    WRAPPER_ROW("Int64Value", 3, INT, as_it_is),
    WRAPPER_ROW("StringValue", 4, STRING, as_it_is),
    WRAPPER_ROW("UInt32Value", 5, UINT, range_uint32),
    WRAPPER_ROW("UInt64Value", 5, UINT, as_it_is),
    { "google.protobuf.Value",
      T(DYN),
      JSON,
      NULL,
      { { "null_value", T(INT) },
        { "number_value", T(DOUBLE) },
        { "string_value", T(STRING) },
        { "bool_value", T(BOOL) },
        { "struct_value", &struct_type },
        { "list_value", &list_dyn } } },
    { "google.protobuf.Struct", &struct_type, JSON, NULL, { { "fields", &struct_type } } },
    { "google.protobuf.ListValue", &list_dyn, JSON, NULL, { { "values", &list_dyn } } },
    { "google.protobuf.Timestamp",
      T(TIMESTAMP),
      TIME,
      NULL,
      { { "seconds", T(INT) }, { "nanos", T(INT) } } },
    { "google.protobuf.Duration",
      T(DURATION),
      DURATION,
      NULL,
      { { "seconds", T(INT) }, { "nanos", T(INT) } } },
    { "kubernetes.DRADevice", T(DEVICE), DEVICE, NULL, { { NULL, NULL } } },
};

const mp__message *mp__message_find(mp__str name)
{
    for (size_t i = 0; i < MP__COUNT(messages); i++)
        if (mp__str_equal(name, mp__str_make(messages[i].name, MP_NTS)))
            return &messages[i];
    return NULL;
}

const mp__type *mp__message_type(const mp__message *message)
{
    return message->type;
}

bool mp__message_is_device(const mp__message *message)
{
    return message->form == DEVICE;
}

const mp__type *mp__message_field(const mp__message *message, mp__str name, uint8_t *number)
{
    for (uint8_t i = 0; i < MP__COUNT(message->fields) && message->fields[i].name; i++) {
        if (!mp__str_equal(name, mp__str_make(message->fields[i].name, MP_NTS)))
            continue;
        *number = i;
        return message->fields[i].type;
    }
    return NULL;
}

/* ---- making ---- */

static mp__value make_wrapper(const mp__message *message, const mp__value *field)
{
    static const mp__kind kinds[] = {
        [MP__TYPE_BOOL] = MP__BOOL,     [MP__TYPE_INT] = MP__INT,
        [MP__TYPE_UINT] = MP__UINT,     [MP__TYPE_DOUBLE] = MP__DOUBLE,
        [MP__TYPE_STRING] = MP__STRING, [MP__TYPE_BYTES] = MP__BYTES,
    };

    return field->kind == MP__ERROR ? zero_of(kinds[message->type->a->kind])
                                    : message->wrap(*field);
}

/* The last field that is set; a number stands for null. */
static mp__value make_json(mp__machine *m, const mp__message *message, const mp__value *field,
                           int number)
{
    if (message->type->kind == MP__TYPE_DYN && (number < 0 || number == 0))
        return zero_of(MP__NULL);
    if (number >= 0)
        return to_json(m, field);
    return message->type->kind == MP__TYPE_LIST ? mp__make_list(m, NULL, 0) : mp__new_map(m);
}

/* A timestamp that is written as a message may lie far outside the years that texts have. */
#define SECONDS_MAX (INT64_C(1) << 50)

static mp__value make_time(int64_t seconds, int64_t nanos)
{
    mp__time t = { 0 };

    seconds += nanos / 1000000000;
    nanos %= 1000000000;
    t.seconds = seconds - (nanos < 0);
    t.nanos = (uint32_t)(nanos < 0 ? nanos + 1000000000 : nanos);
    return t.seconds >= -SECONDS_MAX && t.seconds <= SECONDS_MAX
               ? mp__make_time(t)
               : mp__error(MP__FAIL_TEXT, MP__STR("timestamp overflow"));
}

/* Beyond the longest duration is the longest. */
static mp__value make_duration(int64_t seconds, int64_t nanos)
{
    const int64_t most = INT64_MAX / 1000000000;

    if (seconds > most || seconds < -most)
        return mp__make_duration(seconds > 0 ? INT64_MAX : INT64_MIN);
    return mp__make_duration(seconds * 1000000000 + nanos);
}

/* Fields that are set, the last of them and its number: a later value takes the place of an earlier
 * one, and none takes it away. */
typedef struct fields {
    mp__value values[6];
    bool set[6];
} fields;

static bool gather(const mp__message *message, const mp__value *values, const uint8_t *numbers,
                   size_t count, fields *f, int *last)
{
    memset(f, 0, sizeof *f);
    *last = -1;
    for (size_t i = 0; i < count; i++) {
        f->values[numbers[i]] = values[i];
        f->set[numbers[i]] = values[i].kind != MP__ERROR;
    }
    for (size_t i = 0; i < count; i++)
        if (f->set[numbers[i]])
            *last = numbers[i];
    for (size_t i = 0; i < MP__COUNT(f->set); i++)
        if (f->set[i] && !mp__value_is(&f->values[i], message->fields[i].type))
            return false;
    return true;
}

static int64_t number_of(const fields *f, size_t i)
{
    return f->set[i] ? f->values[i].as.integer : 0;
}

mp__value mp__message_make(mp__machine *m, const mp__message *message, const mp__value *values,
                           const uint8_t *numbers, size_t count)
{
    mp__value nothing = mp__error(MP__FAIL_TEXT, (mp__str){ 0 });
    fields f;
    int last;

    if (message->form == DEVICE)
        return mp__error(MP__FAIL_TEXT, MP__STR("unknown type 'kubernetes.DRADevice'"));
    if (!gather(message, values, numbers, count, &f, &last))
        return mp__error(MP__FAIL_TEXT, MP__STR("field type conversion error"));
    if (message->form == WRAPPER)
        return make_wrapper(message, last < 0 ? &nothing : &f.values[last]);
    if (message->form == JSON)
        return make_json(m, message, &f.values[last < 0 ? 0 : last], last);
    if (number_of(&f, 1) > INT32_MAX || number_of(&f, 1) < INT32_MIN)
        return overflow();
    return message->form == TIME ? make_time(number_of(&f, 0), number_of(&f, 1))
                                 : make_duration(number_of(&f, 0), number_of(&f, 1));
}

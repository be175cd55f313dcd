/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Validation: one walk over a document along the schema of its kind.
 *
 * Recursion follows the schema, which is a constant, so no document can deepen it; what the schema
 * does not name is passed over.  Each node is asked, in the order of the document: is it of the
 * right type and size, do the rules that hang on it hold, are its required fields there; then its
 * children.  The cost is in proportion to the size of the document.
 */
#include "validate_internal.h"

static mp__str str_of(const char *text)
{
    return (mp__str){ text, strlen(text) };
}

/* ---- one node against its schema ---- */

static bool is_type(const mp__schema *schema, const mp_object *node)
{
    int64_t value;

    switch (schema->type) {
    case MP__SCHEMA_ANY:
        return true;
    case MP__SCHEMA_STRING:
        return mp_object_type(node) == MP_OBJECT_STRING;
    case MP__SCHEMA_INT:
        return mp_object_int(node, &value);
    case MP__SCHEMA_BOOL:
        return mp_object_type(node) == MP_OBJECT_BOOL;
    case MP__SCHEMA_LIST:
        return mp_object_type(node) == MP_OBJECT_LIST;
    case MP__SCHEMA_MAP:
    case MP__SCHEMA_OBJECT:
        return mp_object_type(node) == MP_OBJECT_MAP;
    }
    return false;
}

static const char *actual_type(const mp__schema *schema, const mp_object *node)
{
    double value = 0;

    switch (mp_object_type(node)) {
    case MP_OBJECT_NULL:
        return "null";
    case MP_OBJECT_BOOL:
        return "a bool";
    case MP_OBJECT_STRING:
        return "a string";
    case MP_OBJECT_LIST:
        return "a list";
    case MP_OBJECT_MAP:
        return "a map";
    default:
        break;
    }
    if (schema->type != MP__SCHEMA_INT)
        return "a number";
    (void)mp_object_double(node, &value);
    return value > -1e15 && value < 1e15 ? "a number with a fraction" : "beyond 64 bits";
}

static void break_type(mp__check *check, const mp__schema *schema, const mp_object *node)
{
    static const char *const wanted[] = { "anything", "a string", "an integer", "a bool",
                                          "a list",   "a map",    "a map" };

    mp__buf_clear(&check->message);
    mp__buf_printf(&check->message, "must be %s; is %s", wanted[schema->type],
                   actual_type(schema, node));
    mp__break_message(check, node);
}

static void check_number(mp__check *check, const mp__schema *schema, const mp_object *node)
{
    int64_t value = 0;
    bool low;

    (void)mp_object_int(node, &value);
    low = value < schema->min;
    if (!low && value <= schema->max)
        return;
    mp__buf_clear(&check->message);
    mp__buf_printf(&check->message, "must be at %s %lld; is %lld", low ? "least" : "most",
                   (long long)(low ? schema->min : schema->max), (long long)value);
    mp__break_message(check, node);
}

/* How many characters, items, keys or fields there may be; false where that is broken. */
static bool check_count(mp__check *check, const mp__schema *schema, const mp_object *node,
                        size_t count, const char *noun)
{
    int64_t max = check->relaxed && schema->relaxed_max ? schema->relaxed_max : schema->max;
    bool low = (int64_t)count < schema->min;
    int64_t bound = low ? schema->min : max;

    if (!low && (int64_t)count <= bound)
        return true;
    if (low && bound == 1) {
        mp__break(check, node, 0, "must not be empty");
        return false;
    }
    mp__buf_clear(&check->message);
    mp__buf_printf(&check->message, "must have at %s %lld %s%s; has %zu", low ? "least" : "most",
                   (long long)bound, noun, bound == 1 ? "" : "s", count);
    mp__break_message(check, node);
    return false;
}

static void check_choice(mp__check *check, const mp__schema *schema, const mp_object *node)
{
    mp__str text = mp__object_str(node);
    mp__buf *message = &check->message;

    for (const char *const *choice = schema->choices; *choice; choice++) {
        if (mp__str_equal(text, str_of(*choice)))
            return;
    }
    mp__buf_clear(message);
    mp__buf_puts(message, schema->choices[1] ? "must be one of " : "must be ");
    for (const char *const *choice = schema->choices; *choice; choice++) {
        mp__buf_puts(message, choice == schema->choices ? "" : ", ");
        mp__buf_puts(message, *choice);
    }
    mp__buf_puts(message, "; got ");
    mp__put_quoted(message, text);
    mp__break_message(check, node);
}

static void check_form(mp__check *check, const mp__form *form, const char *subject, mp__str text,
                       const mp_object *node)
{
    if (form->matches(text))
        return;
    mp__buf_clear(&check->message);
    mp__buf_printf(&check->message, "%smust be %s; got ", subject, form->text);
    mp__put_quoted(&check->message, text);
    mp__break_message(check, node);
}

static void check_string(mp__check *check, const mp__schema *schema, const mp_object *node)
{
    mp__str text = mp__object_str(node);

    bool fits = check_count(check, schema, node, mp__utf8_count(text.data, text.size), "character");

    if (schema->choices)
        check_choice(check, schema, node);
    if (schema->form && fits)
        check_form(check, schema->form, "", text, node);
    if (schema->rule)
        schema->rule(check, node);
}

/* ---- nodes with children ---- */

static void check_node(mp__check *check, const mp__schema *schema, const mp_object *node);

/* The texts that tell an item from the others; 0 where there are none, or one is malformed. */
static size_t identity(const mp__schema *schema, const mp_object *item, mp__str texts[2])
{
    size_t count = 0;

    if (schema->distinct) {
        texts[0] = mp__object_str(item);
        return texts[0].data != NULL;
    }
    for (; count < 2 && schema->keys[count]; count++) {
        texts[count] = mp__object_get_str(item, schema->keys[count], strlen(schema->keys[count]));
        if (!texts[count].data)
            return 0;
    }
    return count;
}

/* One text for several, as no others give: each after its size. */
static bool remember(mp__check *check, mp__map *seen, const mp__str *texts, size_t count)
{
    mp__buf *key = &check->message;
    bool fresh;

    mp__buf_clear(key);
    for (size_t i = 0; i < count; i++) {
        mp__buf_printf(key, "%zu:", texts[i].size);
        mp__buf_put(key, texts[i].data, texts[i].size);
    }
    if (key->failed) {
        check->status = MP_ENOMEM;
        return true;
    }
    fresh = !mp__map_has(seen, key->data, key->size);
    if (fresh && !mp__map_set(seen, key->data, key->size, NULL))
        check->status = MP_ENOMEM;
    return fresh;
}

static void check_distinct(mp__check *check, const mp__schema *schema, const mp_object *item,
                           mp__map *seen)
{
    mp__buf *message = &check->message;
    mp__str texts[2];
    size_t count = identity(schema, item, texts);

    if (count == 0 || remember(check, seen, texts, count))
        return;
    mp__buf_clear(message);
    mp__buf_puts(message, "an earlier entry has the same ");
    for (size_t i = 0; i < count; i++) {
        mp__buf_puts(message, i > 0 ? " and " : "");
        mp__buf_puts(message, schema->distinct ? "text" : schema->keys[i]);
    }
    for (size_t i = 0; i < count; i++) {
        mp__buf_puts(message, i > 0 ? ", " : ": ");
        mp__put_quoted(message, texts[i]);
    }
    mp__break_message(check, item);
}

static void check_list(mp__check *check, const mp__schema *schema, const mp_object *list)
{
    size_t size = check->path.size, index = 0;
    mp__map seen;

    (void)check_count(check, schema, list, mp_object_size(list), "item");
    if (schema->rule)
        schema->rule(check, list);
    mp__map_init(&seen, &check->path.alloc);
    for (const mp_object *item = mp_object_first(list); item && check->status == MP_OK;
         item = mp_object_next(item)) {
        mp__check_enter_index(check, index++);
        check_distinct(check, schema, item, &seen);
        check_node(check, schema->each, item);
        mp__check_return(check, size);
    }
    mp__map_fini(&seen);
}

static void check_map(mp__check *check, const mp__schema *schema, const mp_object *map)
{
    size_t size = check->path.size;

    (void)check_count(check, schema, map, mp_object_size(map), "key");
    if (schema->rule)
        schema->rule(check, map);
    for (const mp_object *value = mp_object_first(map); value && check->status == MP_OK;
         value = mp_object_next(value)) {
        mp__str key;

        key.data = mp_object_key(value, &key.size);
        mp__check_enter_key(check, key);
        if (schema->form)
            check_form(check, schema->form, "key ", key, value);
        check_node(check, schema->each, value);
        mp__check_return(check, size);
    }
}

const mp__field *mp__schema_field(const mp__schema *schema, mp__str name)
{
    for (const mp__field *field = schema->fields; field && field->name; field++) {
        if (mp__str_equal((mp__str){ field->name, field->size }, name))
            return field;
    }
    return NULL;
}

/* A field that is required and absent, or none of several of which some must be there. */
static void check_fields(mp__check *check, const mp__schema *schema, const mp_object *object)
{
    size_t known = 0;

    for (const mp__field *field = schema->fields; field->name; field++) {
        bool here = mp_object_get(object, field->name, field->size) != NULL;

        known += here;
        if (!here && field->required)
            mp__break_missing(check, object, field->name, 0, "is required");
    }
    (void)check_count(check, schema, object, known, "field");
}

static void check_object(mp__check *check, const mp__schema *schema, const mp_object *object)
{
    size_t size = check->path.size;

    check_fields(check, schema, object);
    if (schema->rule)
        schema->rule(check, object);
    for (const mp_object *value = mp_object_first(object); value && check->status == MP_OK;
         value = mp_object_next(value)) {
        const mp__field *field;
        mp__str key;

        key.data = mp_object_key(value, &key.size);
        field = mp__schema_field(schema, key);
        if (!field)
            continue;
        mp__check_enter_key(check, key);
        check_node(check, field->schema, value);
        mp__check_return(check, size);
    }
}

static void check_node(mp__check *check, const mp__schema *schema, const mp_object *node)
{
    if (check->status != MP_OK || (schema->nullable && mp_object_type(node) == MP_OBJECT_NULL))
        return;
    if (!is_type(schema, node)) {
        break_type(check, schema, node);
        return;
    }
    switch (schema->type) {
    case MP__SCHEMA_STRING:
        check_string(check, schema, node);
        break;
    case MP__SCHEMA_INT:
        check_number(check, schema, node);
        break;
    case MP__SCHEMA_LIST:
        check_list(check, schema, node);
        break;
    case MP__SCHEMA_MAP:
        check_map(check, schema, node);
        break;
    case MP__SCHEMA_OBJECT:
        check_object(check, schema, node);
        break;
    case MP__SCHEMA_ANY:
    case MP__SCHEMA_BOOL:
        break;
    }
}

mp_status mp_validate_with(const mp_allocator *alloc, const mp_object *document,
                           const mp_validate_opts *opts, mp_violation_fn fn, void *user,
                           size_t *count, mp_error *err)
{
    static const mp_validate_opts defaults = MP_VALIDATE_OPTS_INIT;
    const mp__schema *schema;
    mp__check check;

    if (!opts)
        opts = &defaults;
    if (count)
        *count = 0;
    mp__error_clear(err);
    schema = mp__schema_of(document, opts->shape, err);
    if (!schema)
        return MP_ENOENT;
    mp__check_init(&check, alloc, fn, user, err);
    check.relaxed = opts->relaxed;
    check.before = opts->before;
    check_node(&check, schema, document);
    if (count)
        *count = check.count;
    return mp__check_finish(&check, check.count != 0 ? MP_EDOC : MP_OK);
}

mp_status mp_validate(const mp_allocator *alloc, const mp_object *document, mp_shape shape,
                      mp_violation_fn fn, void *user, size_t *count, mp_error *err)
{
    mp_validate_opts opts = MP_VALIDATE_OPTS_INIT;

    opts.shape = shape;
    return mp_validate_with(alloc, document, &opts, fn, user, count, err);
}

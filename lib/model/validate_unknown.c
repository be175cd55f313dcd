/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields that a kind does not have.
 *
 * The API server drops them without a word, so a misspelt field is lost and its default applies.
 * This walk finds them and names the field that was probably meant: the one at the smallest edit
 * distance, if that is small for the length of the name.
 */
#include "validate_internal.h"

#define NAME_MAX_COMPARED 40 /* bytes; longer names are not compared, and no field has one */
#define HINTS_MAX 64 /* fields that are compared: the cost of a hostile document stays low */

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Letters to change, add, drop or swap with a neighbour; the case of letters does not count. */
static size_t distance(mp__str a, mp__str b)
{
    size_t rows[3][NAME_MAX_COMPARED + 1];
    size_t *before = rows[0], *last = rows[1], *row = rows[2];

    for (size_t j = 0; j <= b.size; j++)
        last[j] = j;
    for (size_t i = 1; i <= a.size; i++) {
        size_t *oldest = before;

        row[0] = i;
        for (size_t j = 1; j <= b.size; j++) {
            unsigned char x = lower(a.data[i - 1]), y = lower(b.data[j - 1]);

            row[j] = least(least(last[j], row[j - 1]) + 1, last[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == lower(b.data[j - 2]) && lower(a.data[i - 2]) == y)
                row[j] = least(row[j], before[j - 2] + 1);
        }
        before = last;
        last = row;
        row = oldest;
    }
    return last[b.size];
}

/* The field that was probably meant and is not given; NULL if none comes near. */
static const mp__field *nearest(const mp__check *check, const mp__schema *schema,
                                const mp_object *object, mp__str name)
{
    const mp__field *best = NULL;
    size_t bound = name.size / 3 + 1; /* distances below this are near */

    if (name.size > NAME_MAX_COMPARED || check->count >= HINTS_MAX)
        return NULL;
    for (const mp__field *field = schema->fields; field->name; field++) {
        size_t d;

        if (mp_object_get(object, field->name, field->size))
            continue;
        d = distance(name, (mp__str){ field->name, field->size });
        if (d < bound) {
            bound = d;
            best = field;
        }
    }
    return best;
}

static void report_unknown(mp__check *check, const mp__schema *schema, const mp_object *object,
                           const mp_object *value, mp__str name)
{
    const mp__field *meant = nearest(check, schema, object, name);

    mp__buf_clear(&check->message);
    mp__buf_puts(&check->message, "unknown field");
    if (meant)
        mp__buf_printf(&check->message, "; did you mean %s?", meant->name);
    mp__break_message(check, value);
}

static void look(mp__check *check, const mp__schema *schema, const mp_object *node)
{
    bool list = schema->type == MP__SCHEMA_LIST && mp_object_is_list(node);
    bool object = schema->type == MP__SCHEMA_OBJECT && mp_object_is_map(node);
    size_t size = check->path.size, index = 0;

    if (!list && !object && !(schema->type == MP__SCHEMA_MAP && mp_object_is_map(node)))
        return;
    for (const mp_object *value = mp_object_first(node); value && check->status == MP_OK;
         value = mp_object_next(value)) {
        const mp__schema *below = schema->each;
        mp__str key;

        key.data = mp_object_key(value, &key.size);
        if (list)
            mp__check_enter_index(check, index++);
        else
            mp__check_enter_key(check, key);
        if (object) {
            const mp__field *field = mp__schema_field(schema, key);

            below = field ? field->schema : NULL;
            if (!field)
                report_unknown(check, schema, node, value, key);
        }
        if (below)
            look(check, below, value);
        mp__check_return(check, size);
    }
}

mp_status mp_document_unknown(const mp_allocator *alloc, const mp_object *document, mp_shape shape,
                              mp_violation_fn fn, void *user, size_t *count, mp_error *err)
{
    const mp__schema *schema;
    mp__check check;

    if (count)
        *count = 0;
    mp__error_clear(err);
    schema = mp__schema_of(document, shape, err);
    if (!schema)
        return MP_ENOENT;
    mp__check_init(&check, alloc, fn, user, NULL);
    look(&check, schema, document);
    if (count)
        *count = check.count;
    check.err = err;
    return mp__check_finish(&check, MP_OK);
}

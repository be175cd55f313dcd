/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Labels, and arrays that grow inside an arena.  Both are short (MP_LABELS_MAX and its
 * like bound them), so lookups are linear and a grown array leaves its old self to the arena.
 */
#include "model_internal.h"

mp__str mp__arena_str(mp__arena *arena, mp__str text)
{
    char *copy = mp__arena_strdup(arena, text.data, text.size);

    return (mp__str){ copy, copy ? text.size : 0 };
}

void *mp__arena_push(mp__arena *arena, void *array, size_t *count, size_t *capacity,
                     size_t item_size)
{
    char *items = array;

    if (*count == *capacity) {
        size_t wider = *capacity ? *capacity * 2 : 4;
        char *grown = mp__arena_calloc(arena, wider, item_size);

        if (!grown)
            return NULL;
        if (*count)
            memcpy(grown, items, *count * item_size);
        items = grown;
        *capacity = wider;
    }
    memset(items + *count * item_size, 0, item_size);
    ++*count;
    return items;
}

const mp__str *mp__labels_get(const mp__labels *labels, mp__str key)
{
    for (size_t i = 0; i < labels->count; i++)
        if (mp__str_equal(labels->items[i].key, key))
            return &labels->items[i].value;
    return NULL;
}

bool mp__labels_carry(const mp__labels *labels, mp__str key, mp__str value)
{
    const mp__str *has = mp__labels_get(labels, key);

    return has && mp__str_equal(*has, value);
}

bool mp__labels_carry_all(const mp__labels *labels, const mp__labels *wanted)
{
    for (size_t i = 0; i < wanted->count; i++)
        if (!mp__labels_carry(labels, wanted->items[i].key, wanted->items[i].value))
            return false;
    return true;
}

mp_status mp__labels_set(mp__labels *labels, mp__arena *arena, mp__str key, mp__str value)
{
    mp__str copy = mp__arena_str(arena, value);
    mp__label *grown;

    if (!copy.data)
        return MP_ENOMEM;
    for (size_t i = 0; i < labels->count; i++) {
        if (mp__str_equal(labels->items[i].key, key)) {
            labels->items[i].value = copy;
            return MP_OK;
        }
    }
    if (labels->count >= MP_LABELS_MAX)
        return MP_ELIMIT;
    key = mp__arena_str(arena, key);
    if (!key.data)
        return MP_ENOMEM;
    grown = mp__arena_push(arena, labels->items, &labels->count, &labels->capacity, sizeof *grown);
    if (!grown)
        return MP_ENOMEM;
    labels->items = grown;
    grown[labels->count - 1] = (mp__label){ key, copy };
    return MP_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What devices are called: name, driver, class, and what matching one leads to.  A fleet has few
 * kinds and many devices, so a device only points to its kind.
 *
 * The key of a kind ends with its texts, a NUL after each, and they stay there.
 */
#include "fleet_internal.h"

/* Takes the next of the texts that a key ends with. */
static mp__str next_text(const char **at, size_t size)
{
    mp__str text = { *at, size };

    *at += size + 1;
    return text;
}

static mp__kind *new_kind(mp_fleet *fleet, const mp__buf *key, const mp__str parts[3],
                          mp_claim claim)
{
    size_t texts = parts[0].size + parts[1].size + parts[2].size + 3;
    mp__kind *kind = mp__calloc(&fleet->alloc, 1, sizeof *kind);
    const char *at;

    if (!kind)
        return NULL;
    kind->entry = mp__table_add(&fleet->kinds, (mp__str){ key->data, key->size }, kind);
    if (!kind->entry) {
        mp__free(&fleet->alloc, kind);
        return NULL;
    }
    at = kind->entry->key + key->size - texts;
    kind->name = next_text(&at, parts[0].size);
    kind->driver = next_text(&at, parts[1].size);
    kind->device_class = next_text(&at, parts[2].size);
    kind->claim = claim;
    return kind;
}

mp__kind *mp__kind_get(mp_fleet *fleet, mp__str name, mp__str driver, mp__str device_class,
                       mp_claim claim)
{
    const mp__str parts[3] = { name, driver, device_class };
    mp__entry *entry;
    mp__kind *kind = NULL;
    mp__buf key;

    mp__buf_init(&key, &fleet->alloc);
    mp__buf_putc(&key, (char)claim);
    for (size_t i = 0; i < MP__COUNT(parts); i++)
        mp__buf_put(&key, (const char *)&parts[i].size, sizeof parts[i].size);
    for (size_t i = 0; i < MP__COUNT(parts); i++) {
        mp__buf_put(&key, parts[i].data, parts[i].size);
        mp__buf_putc(&key, 0);
    }
    entry = key.failed ? NULL : mp__table_find(&fleet->kinds, (mp__str){ key.data, key.size });
    if (entry) {
        kind = entry->value;
        entry->refs++;
    } else if (!key.failed) {
        kind = new_kind(fleet, &key, parts, claim);
    }
    mp__buf_fini(&key);
    return kind;
}

void mp__kind_unref(mp_fleet *fleet, mp__kind *kind)
{
    if (!kind || --kind->entry->refs > 0)
        return;
    mp__table_remove(&fleet->kinds, kind->entry);
    mp__free(&fleet->alloc, kind);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hash, map and interner.
 *
 * The map is a hash tree (see base_internal.h): entries sit in an array in insertion order and are
 * linked by numbers.  Only the key that is looked for steers the walk, so an entry stores no path:
 * at every node the whole key is compared (its hash first), and the walk turns by the next bits.
 */
#include "base_internal.h"

/* ---- SipHash-1-3 (Aumasson and Bernstein), bytes read little-endian on every machine ---- */

static uint64_t rotate(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

static uint64_t load_le64(const unsigned char *s)
{
    uint64_t x = 0;

    for (int i = 7; i >= 0; i--)
        x = x << 8 | s[i];
    return x;
}

static uint64_t siphash(const void *data, size_t size, uint64_t key)
{
    const unsigned char *s = data;
    uint64_t v[4] = { UINT64_C(0x736f6d6570736575) ^ key, UINT64_C(0x646f72616e646f6d),
                      UINT64_C(0x6c7967656e657261) ^ key, UINT64_C(0x7465646279746573) };
    uint64_t last = (uint64_t)size << 56;
    size_t left = size;

    for (; left >= 8; left -= 8, s += 8) {
        uint64_t word = load_le64(s);

        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    for (size_t i = 0; i < left; i++)
        last |= (uint64_t)s[i] << (8 * i);
    v[3] ^= last;
    sip_round(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t mp__hash(const void *data, size_t size)
{
    return siphash(data, size, 0);
}

/* ---- map ---- */

void mp__map_init(mp__map *map, const mp_allocator *alloc)
{
    memset(map, 0, sizeof *map);
    mp__arena_init(&map->arena, alloc);
}

void mp__map_fini(mp__map *map)
{
    mp__free(&map->arena.alloc, map->entries);
    mp__free(&map->arena.alloc, map->links);
    map->entries = NULL;
    map->links = NULL;
    map->count = map->capacity = 0;
    mp__arena_fini(&map->arena);
}

/* Walk down to the key.  Returns its number + 1, or 0 and in *parent and *turn the link where it
 * would hang (meaningless while the map is empty). */
static uint32_t find(const mp__map *map, mp__str key, uint64_t hash, uint32_t *parent,
                     unsigned *turn)
{
    uint32_t at = map->count == 0 ? 0 : 1;
    uint64_t bits = hash;
    unsigned level = 0;

    *parent = 0;
    *turn = 0;
    while (at != 0) {
        const mp__map_link *link = &map->links[at - 1];

        if (link->hash == hash && mp__str_equal(map->entries[at - 1].key, key))
            return at;
        if (level != 0 && level % 32 == 0) /* all bits used: an independent hash gives more */
            bits = siphash(key.data, key.size, level);
        *parent = at - 1;
        *turn = (unsigned)(bits & 3);
        bits >>= 2;
        level++;
        at = link->child[*turn];
    }
    return 0;
}

/* Set with the key copied or borrowed.  Returns its number + 1; 0: out of memory. */
static uint32_t set(mp__map *map, mp__str key, void *value, bool copy)
{
    uint64_t hash = mp__hash(key.data, key.size);
    uint32_t parent, at;
    unsigned turn;
    size_t room;

    at = find(map, key, hash, &parent, &turn);
    if (at != 0) {
        map->entries[at - 1].value = value;
        return at;
    }
    if (map->count >= UINT32_MAX - 1)
        return 0;
    /* When the second array cannot grow, the first is merely larger than `capacity` says. */
    room = map->capacity;
    if (!mp__grow(&map->arena.alloc, &map->entries, &room, map->count + 1, sizeof *map->entries))
        return 0;
    room = map->capacity;
    if (!mp__grow(&map->arena.alloc, &map->links, &room, map->count + 1, sizeof *map->links))
        return 0;
    map->capacity = room;
    if (copy) {
        key.data = mp__arena_strdup(&map->arena, key.data, key.size);
        if (key.data == NULL)
            return 0;
    }
    map->entries[map->count] = (mp__map_entry){ key, value };
    map->links[map->count] = (mp__map_link){ hash, { 0, 0, 0, 0 } };
    map->count++;
    if (map->count > 1)
        map->links[parent].child[turn] = (uint32_t)map->count;
    return (uint32_t)map->count;
}

bool mp__map_set(mp__map *map, const char *key, size_t size, void *value)
{
    return set(map, mp__str_make(key, size), value, true) != 0;
}

bool mp__map_set_borrowed(mp__map *map, const char *key, size_t size, void *value)
{
    return set(map, mp__str_make(key, size), value, false) != 0;
}

mp__map_entry *mp__map_find(const mp__map *map, const char *key, size_t size)
{
    mp__str text = mp__str_make(key, size);
    uint32_t parent, at;
    unsigned turn;

    at = find(map, text, mp__hash(text.data, text.size), &parent, &turn);
    return at == 0 ? NULL : &map->entries[at - 1];
}

void *mp__map_get(const mp__map *map, const char *key, size_t size)
{
    const mp__map_entry *entry = mp__map_find(map, key, size);

    return entry == NULL ? NULL : entry->value;
}

bool mp__map_has(const mp__map *map, const char *key, size_t size)
{
    return mp__map_find(map, key, size) != NULL;
}

/* ---- interner ---- */

void mp__interner_init(mp__interner *in, const mp_allocator *alloc)
{
    mp__map_init(&in->map, alloc);
    in->count = 0;
}

void mp__interner_fini(mp__interner *in)
{
    mp__map_fini(&in->map);
    in->count = 0;
}

uint32_t mp__intern(mp__interner *in, const char *data, size_t size)
{
    uint32_t number = set(&in->map, mp__str_make(data, size), NULL, true);

    in->count = in->map.count;
    return number == 0 ? MP__NO_SYMBOL : number - 1;
}

uint32_t mp__interner_find(const mp__interner *in, const char *data, size_t size)
{
    const mp__map_entry *entry = mp__map_find(&in->map, data, size);

    return entry == NULL ? MP__NO_SYMBOL : (uint32_t)(entry - in->map.entries);
}

mp__str mp__interner_text(const mp__interner *in, uint32_t symbol)
{
    if (symbol >= in->map.count)
        return (mp__str){ "", 0 };
    return in->map.entries[symbol].key;
}

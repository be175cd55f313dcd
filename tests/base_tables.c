/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lib/base: hash, map, interner, SHA-256, stable sort; and every one of them out of memory.
 */
#include "base_internal.h"
#include "mp_test.h"
#include <stdio.h>
#include <stdlib.h>

/* ---- hash ---- */

/* SipHash-1-3 under the key 0: the same on every machine, and as other implementations have it. */
START_TEST(hash_is_fixed)
{
    ck_assert_uint_eq(mp__hash("", 0), mp__hash(NULL, 0));
    ck_assert_uint_ne(mp__hash("a", 1), mp__hash("b", 1));
    ck_assert_uint_ne(mp__hash("", 0), mp__hash("\0", 1));
    ck_assert_uint_eq(mp__hash("", 0), UINT64_C(0xd1fba762150c532c));
    ck_assert_uint_eq(mp__hash("modelplane", 10), UINT64_C(0x87df1b18043fcf7a));
}
END_TEST

/* ---- map ---- */

/* Longest path of the tree, in entries. */
static size_t deepest(const mp__map *map)
{
    size_t *depth = calloc(map->count + 1, sizeof *depth), most = 0;

    for (size_t i = 0; i < map->count; i++) { /* children come after their parents */
        if (i == 0)
            depth[i] = 1;
        if (depth[i] > most)
            most = depth[i];
        for (int k = 0; k < 4; k++) {
            if (map->links[i].child[k] != 0)
                depth[map->links[i].child[k] - 1] = depth[i] + 1;
        }
    }
    free(depth);
    return most;
}

START_TEST(map_many_keys)
{
    enum { COUNT = 100000 };
    static int values[COUNT];
    mp__map map;
    char key[32];

    mp__map_init(&map, NULL);
    ck_assert_ptr_null(mp__map_get(&map, "k", 1));
    for (size_t i = 0; i < COUNT; i++) {
        int size = snprintf(key, sizeof key, "key/%zu", i);

        ck_assert(mp__map_set(&map, key, (size_t)size, &values[i]));
    }
    ck_assert_uint_eq(map.count, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        int size = snprintf(key, sizeof key, "key/%zu", i);

        ck_assert_ptr_eq(mp__map_get(&map, key, (size_t)size), &values[i]);
        ck_assert_ptr_eq(map.entries[i].value, &values[i]);
        ck_assert_str_eq(map.entries[i].key.data, key);
    }
    ck_assert(!mp__map_has(&map, "key/100000", MP_NTS));
    ck_assert(!mp__map_has(&map, "", 0));
    ck_assert_uint_le(deepest(&map), 24); /* log4(100000) is 8.3 */
    mp__map_fini(&map);
}
END_TEST

START_TEST(map_replaces)
{
    mp__map map;
    int a, b;

    mp__map_init(&map, NULL);
    ck_assert(mp__map_set(&map, "x", 1, &a));
    ck_assert(mp__map_set(&map, "", 0, &a));
    ck_assert(mp__map_set(&map, "x\0y", 3, &a));
    ck_assert(mp__map_set(&map, "x", MP_NTS, &b));
    ck_assert(mp__map_set(&map, "null", 4, NULL));
    ck_assert_uint_eq(map.count, 4);
    ck_assert_ptr_eq(mp__map_get(&map, "x", 1), &b);
    ck_assert_ptr_eq(mp__map_get(&map, "", 0), &a);
    ck_assert_ptr_eq(mp__map_get(&map, "x\0y", 3), &a);
    ck_assert(mp__map_has(&map, "null", 4));
    ck_assert_ptr_null(mp__map_get(&map, "null", 4));
    mp__map_fini(&map);
}
END_TEST

/* Keys chosen to share 16 bits of the hash cost 8 levels more, not a scan of all. */
START_TEST(map_chosen_keys)
{
    mp__map map;
    uint64_t top = 0;
    char key[32];

    mp__map_init(&map, NULL);
    for (size_t i = 0; map.count < 64; i++) {
        int size = snprintf(key, sizeof key, "%zu", i);
        uint64_t hash = mp__hash(key, (size_t)size) & 0xFFFF;

        if (i == 0)
            top = hash;
        if (hash == top)
            ck_assert(mp__map_set(&map, key, (size_t)size, &map));
    }
    ck_assert_uint_le(deepest(&map), 8 + 12);
    for (size_t i = 0; i < map.count; i++)
        ck_assert(mp__map_has(&map, map.entries[i].key.data, map.entries[i].key.size));
    mp__map_fini(&map);
}
END_TEST

/* When all 64 bits of the hash are used, a second hash goes on.  Nobody can make such keys, so the
 * links are bent by hand: 40 other entries are hung one below the other on the way of "target". */
START_TEST(map_longer_than_the_hash)
{
    enum { WAY = 40 };
    uint64_t bits = mp__hash("target", 6);
    mp__map map;
    char key[32];
    int value;

    mp__map_init(&map, NULL);
    for (int i = 0; i < WAY; i++) {
        int size = snprintf(key, sizeof key, "other %d", i);

        ck_assert(mp__map_set(&map, key, (size_t)size, NULL));
    }
    for (uint32_t i = 0; i < WAY; i++) {
        for (int k = 0; k < 4; k++) /* beyond the 64 bits every way leads on, but for the last */
            map.links[i].child[k] = i >= 32 && i + 1 < WAY ? i + 2 : 0;
        if (i < 32)
            map.links[i].child[bits >> (2 * i) & 3] = i + 2;
    }
    ck_assert(!mp__map_has(&map, "target", 6));
    ck_assert(mp__map_set(&map, "target", 6, &value));
    ck_assert_ptr_eq(mp__map_get(&map, "target", 6), &value);
    ck_assert_uint_eq(map.count, WAY + 1);
    ck_assert(mp__map_set(&map, "target", 6, &map));
    ck_assert_uint_eq(map.count, WAY + 1);
    mp__map_fini(&map);
}
END_TEST

/* ---- interner ---- */

START_TEST(interner_numbers)
{
    mp__interner in;
    char text[32];

    mp__interner_init(&in, NULL);
    ck_assert_uint_eq(mp__interner_find(&in, "a", 1), MP__NO_SYMBOL);
    for (uint32_t i = 0; i < 5000; i++) {
        int size = snprintf(text, sizeof text, "%u", (unsigned)(i * 7919 % 5000));

        ck_assert_uint_eq(mp__intern(&in, text, (size_t)size), i);
    }
    for (uint32_t i = 0; i < 5000; i++) {
        int size = snprintf(text, sizeof text, "%u", (unsigned)(i * 7919 % 5000));

        ck_assert_uint_eq(mp__intern(&in, text, (size_t)size), i);
        ck_assert_uint_eq(mp__interner_find(&in, text, (size_t)size), i);
        ck_assert_str_eq(mp__interner_text(&in, i).data, text);
        ck_assert_uint_eq(mp__interner_text(&in, i).size, (size_t)size);
    }
    ck_assert_uint_eq(in.count, 5000);
    ck_assert_uint_eq(mp__interner_text(&in, 5000).size, 0);
    mp__interner_fini(&in);
}
END_TEST

/* ---- SHA-256 ---- */

/* FIPS 180-4 examples, and the lengths around a block. */
static const struct {
    const char *text;
    size_t times;
    const char *hex;
} sha_cases[] = {
    { "", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
    { "abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
    { "a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" },
    { "x", 55, "d5e285683cd4efc02d021a5c62014694958901005d6f71e89e0989fac77e4072" },
    { "x", 56, "04c26261370ee7541549d16dee320c723e3fd14671e66a099afe0a377c16888e" },
    { "x", 63, "75220b47218278e656f2013bb8f0c455a25eaf01e86c64924e9d48d89776d6f2" },
    { "x", 64, "7ce100971f64e7001e8fe5a51973ecdfe1ced42befe7ee8d5fd6219506b5393c" },
    { "x", 65, "9537c5fdf120482f7d58d25e9ed583f52c02b4e304ea814db1633ad565aed7e9" },
    { "x", 119, "000b48d4edf0fa7bee3c6236ecd2785baa5db4eeb8bb54341b029e0d9fa5fb0c" },
    { "x", 120, "13f05a0b594787f5ecd315edc96141bd3243203d1b7d4f0836f37308b276ba98" },
};

START_TEST(sha256_vectors)
{
    size_t size = strlen(sha_cases[_i].text) * sha_cases[_i].times;
    char *text = malloc(size + 1);
    unsigned char digest[32], again[32];
    char hex[65];
    mp__sha256 s;

    for (size_t i = 0; i < sha_cases[_i].times; i++)
        memcpy(text + i * strlen(sha_cases[_i].text), sha_cases[_i].text,
               strlen(sha_cases[_i].text));
    mp__sha256_hex(text, size, hex);
    ck_assert_str_eq(hex, sha_cases[_i].hex);

    mp__sha256_init(&s);
    mp__sha256_update(&s, text, size);
    mp__sha256_final(&s, digest);
    mp__sha256_init(&s);
    for (size_t at = 0, step = 1; at < size; at += step, step = step * 3 % 131 + 1)
        mp__sha256_update(&s, text + at, size - at < step ? size - at : step);
    mp__sha256_final(&s, again);
    ck_assert_int_eq(memcmp(digest, again, 32), 0);
    free(text);
}
END_TEST

/* ---- sort ---- */

typedef struct item {
    unsigned key;
    size_t place;
    char padding[3];
} item;

static int compare_items(const void *a, const void *b, void *user)
{
    const item *x = a, *y = b;

    ++*(size_t *)user;
    return (x->key > y->key) - (x->key < y->key);
}

START_TEST(sort_is_stable)
{
    static const size_t sizes[] = { 0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100, 1000, 4097 };
    mp_allocator a = mp__allocator(NULL);
    mp_test_random random = { 12345 };

    for (size_t k = 0; k < MP__COUNT(sizes); k++) {
        for (unsigned distinct = 1; distinct < 2000; distinct *= 3) {
            size_t n = sizes[k], calls = 0, levels = 1;
            item *items = calloc(n + 1, sizeof *items);

            for (size_t i = 0; i < n; i++)
                items[i] = (item){ (unsigned)(mp_test_random_below(&random, distinct)), i, "ab" };
            ck_assert(mp__sort(&a, items, n, sizeof *items, compare_items, &calls));
            for (size_t i = 1; i < n; i++) {
                ck_assert_uint_le(items[i - 1].key, items[i].key);
                if (items[i - 1].key == items[i].key)
                    ck_assert_uint_lt(items[i - 1].place, items[i].place);
            }
            while ((size_t)1 << levels < n)
                levels++;
            ck_assert_uint_le(calls, n * (levels + 8));
            free(items);
        }
    }
    ck_assert(!mp__sort(&a, &a, SIZE_MAX / 2, 8, compare_items, NULL));
}
END_TEST

/* ---- out of memory ---- */

static mp_status use_tables(const mp_allocator *a, void *user)
{
    mp__map map;
    mp__interner in;
    mp__arena arena;
    mp__buf buf;
    mp_text text = { 0 };
    item items[100] = { { 0, 0, "" } };
    size_t calls = 0;
    bool ok = true;
    char key[32];

    (void)user;
    mp__map_init(&map, a);
    mp__interner_init(&in, a);
    mp__arena_init(&arena, a);
    mp__buf_init(&buf, a);
    for (size_t i = 0; i < 50 && ok; i++) {
        size_t size = (size_t)snprintf(key, sizeof key, "%zu", i), before = map.count;

        ok = mp__map_set(&map, key, size, &map);
        ck_assert_uint_eq(map.count, before + ok);
        ck_assert_int_eq(mp__map_has(&map, key, size), ok);
        if (ok)
            ok = mp__intern(&in, key, size) == i;
        if (ok)
            ok = mp__arena_printf(&arena, NULL, "%0100zu", i) != NULL;
        ck_assert_int_eq(ok && arena.failed, 0);
        mp__buf_put(&buf, key, size);
    }
    if (ok)
        ok = mp__sort(a, items, MP__COUNT(items), sizeof *items, compare_items, &calls);
    if (ok)
        ok = mp__buf_take(&buf, &text, NULL) == MP_OK;
    ck_assert_int_eq(text.data != NULL, ok);
    mp_text_fini(&text);
    mp__buf_fini(&buf);
    mp__arena_fini(&arena);
    mp__interner_fini(&in);
    mp__map_fini(&map);
    return ok ? MP_OK : MP_ENOMEM;
}

START_TEST(out_of_memory)
{
    ck_assert_uint_gt(mp_test_sweep(use_tables, NULL), 15);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("base tables");
    TCase *tc = tcase_create("tables");

    tcase_set_timeout(tc, 300);
    tcase_add_test(tc, hash_is_fixed);
    tcase_add_test(tc, map_many_keys);
    tcase_add_test(tc, map_replaces);
    tcase_add_test(tc, map_chosen_keys);
    tcase_add_test(tc, map_longer_than_the_hash);
    tcase_add_test(tc, interner_numbers);
    tcase_add_loop_test(tc, sha256_vectors, 0, (int)MP__COUNT(sha_cases));
    tcase_add_test(tc, sort_is_stable);
    tcase_add_test(tc, out_of_memory);
    suite_add_tcase(s, tc);
    return s;
}

int main(void)
{
    return mp_test_main(suite());
}

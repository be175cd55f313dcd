/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every layer stands on: allocator, errors, arena, growing buffer, interner, hash map, sha256,
 * stable sort.  Nothing here knows of documents, selectors or fleets.
 */
#ifndef MP_BASE_INTERNAL_H
#define MP_BASE_INTERNAL_H

#include <modelplane/status.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

/* A literal as the two arguments (text, size). */
#define MP__LIT(literal) (literal), (sizeof(literal) - 1)
#define MP__COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- text views ---- */

/* Borrowed bytes; not NUL-terminated unless the owner says so. */
typedef struct mp__str {
    const char *data;
    size_t size;
} mp__str;

/* Resolves MP_NTS; NULL becomes "". */
mp__str mp__str_make(const char *data, size_t size);
#define MP__STR(literal) ((mp__str){ (literal), sizeof(literal) - 1 })
bool mp__str_equal(mp__str a, mp__str b);
/* Bytewise (= by code point for UTF-8), the order of every name in the library: <0, 0, >0. */
int mp__str_compare(mp__str a, mp__str b);

/* ---- errors ---- */

/* Reset to "nothing failed".  NULL is fine. */
void mp__error_clear(mp_error *err);
/* Fill err, unless it holds an earlier error already, and return `status`. */
mp_status mp__fail(mp_error *err, mp_status status, const char *fmt, ...) MP_PRINTF(3, 4);
/* The same with a byte offset; line and column may be 0. */
mp_status mp__fail_at(mp_error *err, mp_status status, size_t offset, uint32_t line,
                      uint32_t column, const char *fmt, ...) MP_PRINTF(6, 7);
/* mp__fail(err, MP_ENOMEM, "out of memory"). */
mp_status mp__fail_nomem(mp_error *err);
/* Set the path of a filled error if it has none yet. */
void mp__error_set_path(mp_error *err, const char *fmt, ...) MP_PRINTF(2, 3);
/* Put `prefix` before the path of a filled error, with a dot between where the path does not start
 * with '['. */
void mp__error_prefix_path(mp_error *err, const char *fmt, ...) MP_PRINTF(2, 3);

/* ---- allocator ---- */

/* A copy of *alloc, or malloc and friends for NULL. */
mp_allocator mp__allocator(const mp_allocator *alloc);
/* NULL when out of memory or when count*size overflows; zero-size asks for one byte. */
void *mp__alloc(const mp_allocator *a, size_t size);
void *mp__calloc(const mp_allocator *a, size_t count, size_t size);
void *mp__resize(const mp_allocator *a, void *block, size_t size);
void mp__free(const mp_allocator *a, void *block);
/* Grow *array (of *capacity items) to hold at least `need`; false when out of memory, array kept.
 */
bool mp__grow(const mp_allocator *a, void *array, size_t *capacity, size_t need, size_t item_size);

/* ---- arena: everything is freed at once ---- */

typedef struct mp__arena_block mp__arena_block;
typedef struct mp__arena {
    mp_allocator alloc;
    mp__arena_block *head;
    char *cursor, *limit;
    size_t block_size; /* size of the next block; doubles up to a bound */
    size_t total;      /* bytes taken from the allocator */
    size_t used;       /* bytes given out, and what each block may lose to alignment */
    bool failed;       /* sticky: some allocation returned NULL */
    char *lent;        /* bytes of the caller's that come before the first block, or NULL */
    size_t lent_size;
} mp__arena;

void mp__arena_init(mp__arena *arena, const mp_allocator *alloc);
/* The same, with some bytes to begin with, aligned for any type: on the stack, say. */
void mp__arena_init_in(mp__arena *arena, const mp_allocator *alloc, void *lent, size_t size);
void mp__arena_fini(mp__arena *arena);
/* One block of so many bytes, for all that is to come; false when out of memory.  The arena is
 * empty before. */
bool mp__arena_reserve(mp__arena *arena, size_t size);
/* Forget everything but keep (at least the largest) block for reuse. */
void mp__arena_reset(mp__arena *arena);
/* Aligned for any type; not zeroed; NULL when out of memory.  Size 0 gives a valid pointer. */
void *mp__arena_alloc(mp__arena *arena, size_t size);
void *mp__arena_calloc(mp__arena *arena, size_t count, size_t size);
/* A NUL-terminated copy. */
char *mp__arena_strdup(mp__arena *arena, const char *data, size_t size);
char *mp__arena_printf(mp__arena *arena, size_t *size, const char *fmt, ...) MP_PRINTF(3, 4);
/* An allocator that takes from the arena and whose release does nothing. */
mp_allocator mp__arena_allocator(mp__arena *arena);
#define MP__NEW(arena, type) ((type *)mp__arena_calloc((arena), 1, sizeof(type)))
#define MP__NEW_ARRAY(arena, type, count) ((type *)mp__arena_calloc((arena), (count), sizeof(type)))

/* ---- buffer: bytes that grow.  A failure is sticky, so a run of puts shares one check ---- */

typedef struct mp__buf {
    mp_allocator alloc;
    char *data; /* NUL-terminated once anything was put */
    size_t size, capacity;
    bool failed;
} mp__buf;

void mp__buf_init(mp__buf *buf, const mp_allocator *alloc);
void mp__buf_fini(mp__buf *buf);
void mp__buf_clear(mp__buf *buf); /* keeps the memory */
void mp__buf_put(mp__buf *buf, const char *data, size_t size);
void mp__buf_putc(mp__buf *buf, char c);
void mp__buf_puts(mp__buf *buf, const char *text);
void mp__buf_printf(mp__buf *buf, const char *fmt, ...) MP_PRINTF(2, 3);
/* Appends a code point as UTF-8. */
void mp__buf_put_utf8(mp__buf *buf, uint32_t code_point);
/* Moves the bytes out into a text of the caller's; MP_ENOMEM if any put failed.  Resets buf. */
mp_status mp__buf_take(mp__buf *buf, mp_text *out, mp_error *err);

/* ---- UTF-8 ---- */

/* Decode one code point at data[*pos], advance *pos; false on malformed input (overlong, surrogate,
 * beyond 10FFFF, cut short), *pos untouched. */
bool mp__utf8_next(const char *data, size_t size, size_t *pos, uint32_t *code_point);
bool mp__utf8_valid(const char *data, size_t size);
/* Number of code points of valid UTF-8. */
size_t mp__utf8_count(const char *data, size_t size);
/* Writes 1..4 bytes, returns how many. */
size_t mp__utf8_encode(uint32_t code_point, char out[4]);

/* ---- hashing, map, interner ---- */

/* SipHash-1-3 under a fixed key: no seed, since the same input must give the same bytes.  A
 * stranger can therefore choose keys that share some bits of it, which the map below is built to
 * bear. */
uint64_t mp__hash(const void *data, size_t size);

/*
 * Byte key -> pointer.  Keys are copied.  Iteration (index 0..count-1) is in insertion order.
 *
 * The entries are linked into a 4-way tree: a search turns at each level by the next two bits of
 * the hash of the key it looks for, and takes fresh bits from a second hash when all are used.
 * There is nothing to rebuild and no table to overfill; n keys take about log4(n) steps, and keys
 * that share k bits of the hash at most k/2 more.  To make a path of d entries costs 4^d trials, so
 * chosen keys do no harm.
 */
typedef struct mp__map_entry {
    mp__str key;
    void *value;
} mp__map_entry;
typedef struct mp__map_link {
    uint64_t hash;
    uint32_t child[4]; /* entry number + 1, 0 for none */
} mp__map_link;
typedef struct mp__map {
    mp__arena arena; /* the copied keys */
    mp__map_entry *entries;
    mp__map_link *links; /* links[i] belongs to entries[i]; entry 0 is the top of the tree */
    size_t count, capacity;
} mp__map;

void mp__map_init(mp__map *map, const mp_allocator *alloc);
void mp__map_fini(mp__map *map);
/* Sets; replaces the value of a key that is there.  False when out of memory. */
bool mp__map_set(mp__map *map, const char *key, size_t size, void *value);
/* The same with a key that outlives the map and is not copied. */
bool mp__map_set_borrowed(mp__map *map, const char *key, size_t size, void *value);
/* The value, or NULL. */
void *mp__map_get(const mp__map *map, const char *key, size_t size);
bool mp__map_has(const mp__map *map, const char *key, size_t size);
/* The entry of a key, or NULL; valid until the next set.  Its value may be changed. */
mp__map_entry *mp__map_find(const mp__map *map, const char *key, size_t size);

/* Text -> small dense number, in order of first sight.  Texts are copied into the interner. */
typedef struct mp__interner {
    mp__map map; /* entry number = symbol; the values are not used */
    size_t count;
} mp__interner;

#define MP__NO_SYMBOL UINT32_MAX
void mp__interner_init(mp__interner *in, const mp_allocator *alloc);
void mp__interner_fini(mp__interner *in);
/* Number of the text, added if new; MP__NO_SYMBOL when out of memory. */
uint32_t mp__intern(mp__interner *in, const char *data, size_t size);
/* Number of the text, or MP__NO_SYMBOL if it was never added. */
uint32_t mp__interner_find(const mp__interner *in, const char *data, size_t size);
mp__str mp__interner_text(const mp__interner *in, uint32_t symbol);

/* ---- sha256 ---- */

typedef struct mp__sha256 {
    uint32_t state[8];
    uint64_t size;
    unsigned char block[64];
} mp__sha256;
void mp__sha256_init(mp__sha256 *s);
void mp__sha256_update(mp__sha256 *s, const void *data, size_t size);
void mp__sha256_final(mp__sha256 *s, unsigned char digest[32]);
/* Lower-case hex of the digest of one text, NUL-terminated. */
void mp__sha256_hex(const void *data, size_t size, char hex[65]);

/* ---- sort ---- */

/* Stable merge sort (qsort is not stable, so its result differs between C libraries).  `compare`
 * answers <0, 0, >0.  False when out of memory for the scratch, array untouched. */
bool mp__sort(const mp_allocator *a, void *base, size_t count, size_t item_size,
              int (*compare)(const void *, const void *, void *), void *user);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arena: memory that is given back all at once.
 *
 * A list of blocks; the head is the one being filled.  Blocks double from BLOCK_MIN to BLOCK_MAX,
 * so a small document costs little and a large one few calls.  A request too big for that gets a
 * block of its own behind the head, which goes on being filled.
 */
#include "base_internal.h"
#include <stdio.h>

#define BLOCK_MIN 1008
#define BLOCK_MAX ((size_t)256 << 10)
#define ALIGNMENT _Alignof(max_align_t)

struct mp__arena_block {
    mp__arena_block *next;
    size_t size; /* bytes for use, after the header */
};

/* The header is rounded up, so that the bytes after it are aligned for any type. */
#define HEADER ((sizeof(mp__arena_block) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT)

void mp__arena_init(mp__arena *arena, const mp_allocator *alloc)
{
    memset(arena, 0, sizeof *arena);
    arena->alloc = mp__allocator(alloc);
    arena->block_size = BLOCK_MIN;
}

/* Begins with what was lent. */
static void begin(mp__arena *arena)
{
    arena->cursor = arena->lent;
    arena->limit = arena->lent ? arena->lent + arena->lent_size : NULL;
}

void mp__arena_init_in(mp__arena *arena, const mp_allocator *alloc, void *lent, size_t size)
{
    mp__arena_init(arena, alloc);
    arena->lent = lent;
    arena->lent_size = size;
    begin(arena);
}

static void free_blocks(mp__arena *arena, mp__arena_block *block)
{
    while (block != NULL) {
        mp__arena_block *next = block->next;

        mp__free(&arena->alloc, block);
        block = next;
    }
}

void mp__arena_fini(mp__arena *arena)
{
    free_blocks(arena, arena->head);
    arena->head = NULL;
    arena->cursor = arena->limit = NULL;
    arena->total = arena->used = 0;
    arena->block_size = BLOCK_MIN;
    arena->failed = false;
    begin(arena);
}

void mp__arena_reset(mp__arena *arena)
{
    mp__arena_block **largest = &arena->head, *keep;

    arena->failed = false;
    if (arena->head == NULL) {
        begin(arena);
        return;
    }
    for (mp__arena_block **at = &arena->head; *at != NULL; at = &(*at)->next) {
        if ((*at)->size > (*largest)->size)
            largest = at;
    }
    keep = *largest;
    *largest = keep->next;
    free_blocks(arena, arena->head);
    keep->next = NULL;
    arena->head = keep;
    arena->cursor = (char *)keep + HEADER;
    arena->limit = arena->cursor + keep->size;
    arena->total = HEADER + keep->size;
    arena->used = 0;
}

static mp__arena_block *new_block(mp__arena *arena, size_t size)
{
    mp__arena_block *block = NULL;

    if (size <= SIZE_MAX - HEADER)
        block = mp__alloc(&arena->alloc, HEADER + size);
    if (block == NULL) {
        arena->failed = true;
        return NULL;
    }
    block->size = size;
    arena->total += HEADER + size;
    arena->used += ALIGNMENT;
    return block;
}

bool mp__arena_reserve(mp__arena *arena, size_t size)
{
    mp__arena_block *block = new_block(arena, size);

    if (block == NULL)
        return false;
    block->next = NULL;
    arena->head = block;
    arena->cursor = (char *)block + HEADER;
    arena->limit = arena->cursor + size;
    return true;
}

/* The head is full: a block of its own for a large request, a new head for a small one. */
static void *alloc_slow(mp__arena *arena, size_t size)
{
    mp__arena_block *block;

    arena->used += size;

    if (size > arena->block_size / 2) {
        block = new_block(arena, size);
        if (block == NULL)
            return NULL;
        if (arena->head == NULL) {
            block->next = NULL;
            arena->head = block;
            arena->cursor = arena->limit = (char *)block + HEADER + size;
        } else {
            block->next = arena->head->next;
            arena->head->next = block;
        }
        return (char *)block + HEADER;
    }
    block = new_block(arena, arena->block_size);
    if (block == NULL)
        return NULL;
    if (arena->block_size < BLOCK_MAX)
        arena->block_size *= 2;
    block->next = arena->head;
    arena->head = block;
    arena->cursor = (char *)block + HEADER + size;
    arena->limit = (char *)block + HEADER + block->size;
    return (char *)block + HEADER;
}

/* `align` is a power of two no larger than ALIGNMENT. */
static void *alloc_aligned(mp__arena *arena, size_t size, size_t align)
{
    if (arena->cursor != NULL) {
        size_t pad = (size_t)(-(uintptr_t)arena->cursor & (align - 1));
        size_t room = (size_t)(arena->limit - arena->cursor);

        if (room >= pad && room - pad >= size) {
            void *block = arena->cursor + pad;

            arena->cursor += pad + size;
            arena->used += pad + size;
            return block;
        }
    }
    return alloc_slow(arena, size);
}

void *mp__arena_alloc(mp__arena *arena, size_t size)
{
    return alloc_aligned(arena, size == 0 ? 1 : size, ALIGNMENT);
}

void *mp__arena_calloc(mp__arena *arena, size_t count, size_t size)
{
    void *block;

    if (size != 0 && count > SIZE_MAX / size) {
        arena->failed = true;
        return NULL;
    }
    block = mp__arena_alloc(arena, count * size);
    if (block != NULL)
        memset(block, 0, count * size);
    return block;
}

char *mp__arena_strdup(mp__arena *arena, const char *data, size_t size)
{
    mp__str text = mp__str_make(data, size);
    char *copy;

    copy = alloc_aligned(arena, text.size + 1, 1); /* no text has SIZE_MAX bytes: that is MP_NTS */
    if (copy == NULL)
        return NULL;
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    return copy;
}

char *mp__arena_printf(mp__arena *arena, size_t *size, const char *fmt, ...)
{
    va_list args;
    char *text;
    int wanted;

    va_start(args, fmt);
    wanted = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    text = wanted < 0 ? NULL : alloc_aligned(arena, (size_t)wanted + 1, 1);
    if (text == NULL) {
        arena->failed = true;
        return NULL;
    }
    va_start(args, fmt);
    vsnprintf(text, (size_t)wanted + 1, fmt, args);
    va_end(args);
    if (size != NULL)
        *size = (size_t)wanted;
    return text;
}

/*
 * The arena as an allocator.  Each block carries its size in front, for resize.
 */
static void *arena_alloc_fn(size_t size, void *user)
{
    char *block = NULL;

    if (size <= SIZE_MAX - ALIGNMENT)
        block = mp__arena_alloc(user, size + ALIGNMENT);
    if (block == NULL)
        return NULL;
    memcpy(block, &size, sizeof size);
    return block + ALIGNMENT;
}

static void *arena_resize_fn(void *block, size_t size, void *user)
{
    mp__arena *arena = user;
    char *start = block;
    void *moved;
    size_t old;

    memcpy(&old, start - ALIGNMENT, sizeof old);
    if (size <= old)
        return block;
    if (start + old == arena->cursor && (size_t)(arena->limit - arena->cursor) >= size - old) {
        arena->cursor += size - old; /* the last one grows in place */
        memcpy(start - ALIGNMENT, &size, sizeof size);
        return block;
    }
    moved = arena_alloc_fn(size, user);
    if (moved != NULL)
        memcpy(moved, block, old);
    return moved;
}

static void arena_release_fn(void *block, void *user)
{
    (void)block;
    (void)user;
}

mp_allocator mp__arena_allocator(mp__arena *arena)
{
    return (mp_allocator){ arena_alloc_fn, arena_resize_fn, arena_release_fn, arena };
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The caller's allocator, with the size arithmetic checked in one place.
 */
#include "base_internal.h"
#include <stdlib.h>

static void *libc_alloc(size_t size, void *user)
{
    (void)user;
    return malloc(size);
}

static void *libc_resize(void *block, size_t size, void *user)
{
    (void)user;
    return realloc(block, size);
}

static void libc_release(void *block, void *user)
{
    (void)user;
    free(block);
}

mp_allocator mp__allocator(const mp_allocator *alloc)
{
    if (alloc != NULL)
        return *alloc;
    return (mp_allocator){ libc_alloc, libc_resize, libc_release, NULL };
}

void *mp__alloc(const mp_allocator *a, size_t size)
{
    return a->alloc(size == 0 ? 1 : size, a->user);
}

void *mp__calloc(const mp_allocator *a, size_t count, size_t size)
{
    void *block;

    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    block = mp__alloc(a, count * size);
    if (block != NULL)
        memset(block, 0, count * size);
    return block;
}

void *mp__resize(const mp_allocator *a, void *block, size_t size)
{
    if (block == NULL)
        return mp__alloc(a, size);
    return a->resize(block, size == 0 ? 1 : size, a->user);
}

void mp__free(const mp_allocator *a, void *block)
{
    if (block != NULL)
        a->release(block, a->user);
}

bool mp__grow(const mp_allocator *a, void *array, size_t *capacity, size_t need, size_t item_size)
{
    size_t target = *capacity < 4 ? 8 : *capacity;
    void *block;

    if (need <= *capacity)
        return true;
    while (target < need)
        target = target > SIZE_MAX / 2 ? need : target * 2;
    if (item_size != 0 && target > SIZE_MAX / item_size)
        return false;
    memcpy(&block, array, sizeof block); /* `array` points to a pointer of any type */
    block = mp__resize(a, block, target * item_size);
    if (block == NULL)
        return false;
    memcpy(array, &block, sizeof block);
    *capacity = target;
    return true;
}

void mp_text_fini(mp_text *text)
{
    if (text == NULL)
        return;
    if (text->data != NULL)
        mp__free(&text->allocator, text->data);
    memset(text, 0, sizeof *text);
}

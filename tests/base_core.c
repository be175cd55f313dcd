/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lib/base: status, errors, allocator, arena, buffer, UTF-8.
 */
#include "base_internal.h"
#include "mp_test.h"
#include <stdio.h>
#include <stdlib.h>

/* ---- status ---- */

START_TEST(status_names)
{
    ck_assert_str_eq(mp_status_name(MP_OK), "MP_OK");
    ck_assert_str_eq(mp_status_name(MP_ENOMEM), "MP_ENOMEM");
    ck_assert_str_eq(mp_status_name(MP_EIO), "MP_EIO");
    ck_assert_str_eq(mp_status_name((mp_status)999), "MP_?");
    ck_assert_str_eq(mp_status_text(MP_OK), "success");
    ck_assert_str_eq(mp_status_text(MP_ECONFLICT), "the fleet has changed");
    ck_assert_str_eq(mp_status_text((mp_status)999), "unknown status");
}
END_TEST

/* The order is the ABI. */
START_TEST(status_numbers)
{
    static const mp_status order[] = { MP_OK,        MP_ENOMEM, MP_EINVAL,   MP_EPARSE,
                                       MP_ECOMPILE,  MP_EEVAL,  MP_EDOC,     MP_ELIMIT,
                                       MP_ERANGE,    MP_EEXIST, MP_ENOENT,   MP_EBUDGET,
                                       MP_ECONFLICT, MP_ECHECK, MP_ESTOPPED, MP_EIO };

    for (size_t i = 0; i < MP__COUNT(order); i++) {
        ck_assert_uint_eq((size_t)order[i], i);
        ck_assert_str_ne(mp_status_name(order[i]), "MP_?");
        ck_assert_uint_gt(strlen(mp_status_text(order[i])), 0);
    }
}
END_TEST

/* ---- text views ---- */

START_TEST(str_compare)
{
    static const struct {
        const char *a, *b;
        int sign;
    } cases[] = { { "", "", 0 },          { "", "a", -1 },
                  { "a", "", 1 },         { "a", "b", -1 },
                  { "a", "ab", -1 },      { "b", "ab", 1 },
                  { "\x7f", "\xc3", -1 }, { "Z", "a", -1 },
                  { "ab", "ab", 0 },      { "pool-10", "pool-9", -1 } };

    for (size_t i = 0; i < MP__COUNT(cases); i++) {
        mp__str a = mp__str_make(cases[i].a, MP_NTS), b = mp__str_make(cases[i].b, MP_NTS);
        int order = mp__str_compare(a, b);

        ck_assert_int_eq((order > 0) - (order < 0), cases[i].sign);
        ck_assert_int_eq(mp__str_equal(a, b), cases[i].sign == 0);
    }
    ck_assert_uint_eq(mp__str_make(NULL, MP_NTS).size, 0);
    ck_assert_uint_eq(mp__str_make(NULL, 5).size, 0);
    ck_assert_uint_eq(mp__str_make("abc", 2).size, 2);
}
END_TEST

/* ---- errors ---- */

START_TEST(error_first_stays)
{
    mp_error err;

    mp__error_clear(&err);
    ck_assert_int_eq(err.status, MP_OK);
    ck_assert_uint_eq(err.offset, MP_NO_OFFSET);
    ck_assert_int_eq(mp__fail(&err, MP_EDOC, "field %d of %s", 3, "x"), MP_EDOC);
    ck_assert_int_eq(mp__fail_at(&err, MP_EPARSE, 7, 1, 8, "later"), MP_EPARSE);
    ck_assert_int_eq(err.status, MP_EDOC);
    ck_assert_str_eq(err.text, "field 3 of x");
    ck_assert_uint_eq(err.offset, MP_NO_OFFSET);

    mp__error_clear(&err);
    mp__fail_at(&err, MP_EPARSE, 7, 2, 3, "here");
    ck_assert_uint_eq(err.offset, 7);
    ck_assert_uint_eq(err.line, 2);
    ck_assert_uint_eq(err.column, 3);

    mp__error_clear(NULL);
    ck_assert_int_eq(mp__fail(NULL, MP_EDOC, "nobody listens"), MP_EDOC);
    ck_assert_int_eq(mp__fail_nomem(NULL), MP_ENOMEM);
}
END_TEST

START_TEST(error_paths)
{
    mp_error err;

    mp__error_clear(&err);
    mp__error_set_path(&err, "early");
    ck_assert_str_eq(err.path, ""); /* nothing failed yet */
    mp__fail(&err, MP_EDOC, "bad");
    mp__error_prefix_path(&err, "name");
    ck_assert_str_eq(err.path, "name");
    mp__error_set_path(&err, "other");
    ck_assert_str_eq(err.path, "name");
    mp__error_prefix_path(&err, "engines[%d]", 0);
    ck_assert_str_eq(err.path, "engines[0].name");
    mp__error_prefix_path(&err, "%s", "");
    ck_assert_str_eq(err.path, "engines[0].name");

    mp__error_clear(&err);
    mp__fail(&err, MP_EDOC, "bad");
    mp__error_set_path(&err, "[2]");
    mp__error_prefix_path(&err, "items");
    ck_assert_str_eq(err.path, "items[2]");
    for (int i = 0; i < 100; i++)
        mp__error_prefix_path(&err, "level%d", i);
    ck_assert_uint_lt(strlen(err.path), sizeof err.path);
    ck_assert_int_eq(strncmp(err.path, "level99.level98", 15), 0);
}
END_TEST

/* Whatever was quoted, the text is one line of valid UTF-8. */
START_TEST(error_text_is_tidy)
{
    char longest[MP_ERROR_TEXT_SIZE * 2];
    mp_error err;

    mp__error_clear(&err);
    mp__fail(&err, MP_EDOC,
             "a\nb\tc\x01"
             "d\x7f \xff \xc3\xa9 \xe2\x80\xa8 \xc2\x85 \xed\xa0\x80");
    ck_assert_str_eq(err.text, "a b c?d? ? \xc3\xa9 ??? ?? ???");

    for (size_t shift = 0; shift < 3; shift++) {
        memset(longest, 'x', shift);
        for (size_t i = shift; i + 3 < sizeof longest; i += 3)
            memcpy(longest + i, "\xe2\x82\xac", 4);
        mp__error_clear(&err);
        mp__fail(&err, MP_EDOC, "%s", longest);
        ck_assert(mp__utf8_valid(err.text, strlen(err.text)));
        ck_assert_uint_ge(strlen(err.text), MP_ERROR_TEXT_SIZE - 4);
        ck_assert_ptr_null(strchr(err.text, '?'));
    }
}
END_TEST

/* ---- allocator ---- */

START_TEST(grow_checks_overflow)
{
    mp_allocator a = mp__allocator(NULL);
    uint64_t *array = NULL;
    size_t capacity = 0;

    ck_assert(mp__grow(&a, &array, &capacity, 1, sizeof *array));
    ck_assert_uint_ge(capacity, 1);
    array[0] = 42;
    ck_assert(mp__grow(&a, &array, &capacity, 1000, sizeof *array));
    ck_assert_uint_ge(capacity, 1000);
    ck_assert_uint_eq(array[0], 42);
    ck_assert(!mp__grow(&a, &array, &capacity, SIZE_MAX / 4, sizeof *array));
    ck_assert(!mp__grow(&a, &array, &capacity, SIZE_MAX, sizeof *array));
    ck_assert_uint_eq(array[0], 42);
    ck_assert_ptr_null(mp__calloc(&a, SIZE_MAX / 2, 3));
    mp__free(&a, array);
    array = mp__calloc(&a, 3, sizeof *array);
    ck_assert(array[0] == 0 && array[1] == 0 && array[2] == 0);
    mp__free(&a, array);
    mp__free(&a, NULL);
}
END_TEST

/* ---- arena ---- */

START_TEST(arena_blocks)
{
    mp__arena arena;
    mp_allocator inner;
    char *texts[400];
    char *block;

    mp__arena_init(&arena, NULL);
    ck_assert_ptr_nonnull(mp__arena_alloc(&arena, 0));
    for (size_t i = 0; i < 400; i++) {
        size_t size = i * 13 % 3000;
        unsigned char *zeros = mp__arena_calloc(&arena, size, 1);

        ck_assert_uint_eq((uintptr_t)zeros % _Alignof(max_align_t), 0);
        for (size_t k = 0; k < size; k++)
            ck_assert_uint_eq(zeros[k], 0);
        memset(zeros, 0xAA, size);
        texts[i] = mp__arena_printf(&arena, NULL, "text %zu", i);
    }
    for (size_t i = 0; i < 400; i++) {
        char want[32];

        snprintf(want, sizeof want, "text %zu", i);
        ck_assert_str_eq(texts[i], want);
    }
    ck_assert_str_eq(mp__arena_strdup(&arena, "abcdef", 3), "abc");
    ck_assert_str_eq(mp__arena_strdup(&arena, "abcdef", MP_NTS), "abcdef");
    ck_assert(!arena.failed);
    ck_assert_ptr_null(mp__arena_alloc(&arena, SIZE_MAX - 8));
    ck_assert_ptr_null(mp__arena_calloc(&arena, SIZE_MAX / 2, 4));
    ck_assert(arena.failed);

    mp__arena_reset(&arena);
    ck_assert(!arena.failed);
    ck_assert_ptr_nonnull(mp__arena_alloc(&arena, 100));

    inner = mp__arena_allocator(&arena);
    block = mp__alloc(&inner, 10);
    memcpy(block, "123456789", 10);
    block = mp__resize(&inner, block, 20); /* in place */
    ck_assert_ptr_nonnull(mp__arena_alloc(&arena, 1));
    block = mp__resize(&inner, block, 100000); /* moved */
    ck_assert_str_eq(block, "123456789");
    block = mp__resize(&inner, block, 5);
    ck_assert_int_eq(memcmp(block, "12345", 5), 0);
    mp__free(&inner, block);
    mp__arena_fini(&arena);
}
END_TEST

/* A large block has its own place, be it the first or not; the largest survives a reset. */
START_TEST(arena_large_blocks)
{
    mp__arena arena;
    size_t size = 0, total;
    char *first, *small, *large;

    mp__arena_init(&arena, NULL);
    first = mp__arena_alloc(&arena, 5000);
    memset(first, 'a', 5000);
    small = mp__arena_printf(&arena, &size, "%s", "small");
    ck_assert_uint_eq(size, 5);
    large = mp__arena_alloc(&arena, 100000);
    memset(large, 'b', 100000);
    ck_assert_str_eq(small, "small");
    ck_assert_int_eq(first[4999], 'a');
    total = arena.total;
    mp__arena_reset(&arena);
    ck_assert_uint_gt(arena.total, 100000);
    ck_assert_uint_lt(arena.total, total);
    total = arena.total;
    ck_assert_ptr_eq(mp__arena_alloc(&arena, 100000), large);
    ck_assert_uint_eq(arena.total, total);
    ck_assert_ptr_null(mp__arena_strdup(&arena, "x", SIZE_MAX - 1));
    ck_assert(arena.failed);
    mp__arena_fini(&arena);
    mp__arena_fini(&arena);
}
END_TEST

/* Resetting costs nothing once the arena is large enough. */
START_TEST(arena_reset_keeps_memory)
{
    mp__arena arena;
    size_t total = 0;

    mp__arena_init(&arena, NULL);
    for (int round = 0; round < 30; round++) {
        for (int i = 0; i < 100; i++)
            ck_assert_ptr_nonnull(mp__arena_alloc(&arena, 64));
        if (round == 20)
            total = arena.total;
        if (round > 20)
            ck_assert_uint_eq(arena.total, total);
        mp__arena_reset(&arena);
    }
    mp__arena_fini(&arena);
}
END_TEST

/* ---- buffer ---- */

START_TEST(buf_puts)
{
    mp__buf buf;
    mp_text text;
    mp_error err;

    mp__error_clear(&err);
    mp__buf_init(&buf, NULL);
    mp__buf_put(&buf, "", 0);
    ck_assert_str_eq(buf.data, "");
    for (int i = 0; i < 1000; i++)
        mp__buf_printf(&buf, "%d,", i);
    ck_assert_uint_eq(buf.size, 10 * 2 + 90 * 3 + 900 * 4);
    ck_assert_uint_eq(strlen(buf.data), buf.size);
    mp__buf_clear(&buf);
    mp__buf_putc(&buf, 'x');
    mp__buf_puts(&buf, "yz");
    mp__buf_put_utf8(&buf, 0x20AC);
    mp__buf_put(&buf, "\0!", 2);
    ck_assert_int_eq(mp__buf_take(&buf, &text, &err), MP_OK);
    ck_assert_uint_eq(text.size, 8);
    ck_assert_int_eq(memcmp(text.data, "xyz\xe2\x82\xac\0!", 9), 0);
    ck_assert_ptr_null(buf.data);
    mp_text_fini(&text);
    ck_assert_ptr_null(text.data);
    mp_text_fini(&text);
    mp_text_fini(NULL);

    ck_assert_int_eq(mp__buf_take(&buf, &text, &err), MP_OK);
    ck_assert_str_eq(text.data, "");
    mp_text_fini(&text);
    mp__buf_fini(&buf);
}
END_TEST

START_TEST(buf_failure_is_sticky)
{
    mp__buf buf;
    mp_text text;
    mp_error err;

    mp__error_clear(&err);
    mp__buf_init(&buf, NULL);
    mp__buf_puts(&buf, "abc");
    mp__buf_put(&buf, "x", SIZE_MAX - 2);
    ck_assert(buf.failed);
    mp__buf_puts(&buf, "more");
    ck_assert_uint_eq(buf.size, 3);
    ck_assert_int_eq(mp__buf_take(&buf, &text, &err), MP_ENOMEM);
    ck_assert_int_eq(err.status, MP_ENOMEM);
    ck_assert_ptr_null(text.data);
    mp__buf_fini(&buf);
}
END_TEST

/* ---- UTF-8 ---- */

static const struct {
    const char *bytes;
    size_t size;
    bool valid;
} utf8_cases[] = {
    { "", 0, true },
    { "abc", 3, true },
    { "\0", 1, true },
    { "\xc2\x80", 2, true },
    { "\xdf\xbf", 2, true },
    { "\xe0\xa0\x80", 3, true },
    { "\xed\x9f\xbf", 3, true },
    { "\xee\x80\x80", 3, true },
    { "\xef\xbf\xbf", 3, true },
    { "\xf0\x90\x80\x80", 4, true },
    { "\xf4\x8f\xbf\xbf", 4, true },
    { "12345678\xc3\xa9", 10, true },
    { "\x80", 1, false },
    { "\xbf", 1, false },
    { "\xc0\x80", 2, false }, /* overlong */
    { "\xc1\xbf", 2, false },
    { "\xe0\x80\x80", 3, false },
    { "\xe0\x9f\xbf", 3, false },
    { "\xf0\x80\x80\x80", 4, false },
    { "\xf0\x8f\xbf\xbf", 4, false },
    { "\xed\xa0\x80", 3, false }, /* surrogates */
    { "\xed\xbf\xbf", 3, false },
    { "\xf4\x90\x80\x80", 4, false }, /* beyond 10FFFF */
    { "\xf5\x80\x80\x80", 4, false },
    { "\xf8\x88\x80\x80\x80", 5, false },
    { "\xff", 1, false },
    { "\xc3", 1, false }, /* cut short */
    { "\xe2\x82", 2, false },
    { "\xf0\x9f\x98", 3, false },
    { "\xc3(", 2, false },
    { "\xe2\x82(", 3, false },
    { "12345678\xff", 9, false },
    { "1234567\xff", 8, false },
};

START_TEST(utf8_tables)
{
    /* an exact block, so that a sanitizer sees reads beyond the end */
    mp_allocator a = mp__allocator(NULL);
    char *copy = mp__alloc(&a, utf8_cases[_i].size);

    memcpy(copy, utf8_cases[_i].bytes, utf8_cases[_i].size);
    ck_assert_int_eq(mp__utf8_valid(copy, utf8_cases[_i].size), utf8_cases[_i].valid);
    mp__free(&a, copy);
}
END_TEST

START_TEST(utf8_every_code_point)
{
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        char bytes[4];
        size_t pos = 0, size;
        uint32_t back;

        if (c >= 0xD800 && c <= 0xDFFF)
            continue;
        size = mp__utf8_encode(c, bytes);
        if (!mp__utf8_next(bytes, size, &pos, &back) || back != c || pos != size ||
            mp__utf8_count(bytes, size) != 1)
            ck_abort_msg("U+%04X", (unsigned)c);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("base core");
    TCase *tc = tcase_create("core");

    tcase_set_timeout(tc, 300);
    tcase_add_test(tc, status_names);
    tcase_add_test(tc, status_numbers);
    tcase_add_test(tc, str_compare);
    tcase_add_test(tc, error_first_stays);
    tcase_add_test(tc, error_paths);
    tcase_add_test(tc, error_text_is_tidy);
    tcase_add_test(tc, grow_checks_overflow);
    tcase_add_test(tc, arena_blocks);
    tcase_add_test(tc, arena_large_blocks);
    tcase_add_test(tc, arena_reset_keeps_memory);
    tcase_add_test(tc, buf_puts);
    tcase_add_test(tc, buf_failure_is_sticky);
    tcase_add_loop_test(tc, utf8_tables, 0, (int)MP__COUNT(utf8_cases));
    tcase_add_test(tc, utf8_every_code_point);
    suite_add_tcase(s, tc);
    return s;
}

int main(void)
{
    return mp_test_main(suite());
}

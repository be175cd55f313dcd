/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON reader and writer: what is accepted, what is refused and where, limits, round trips, faults.
 */
#include "object_internal.h"
#include "object_random.h"
#include <stdio.h>
#include <stdlib.h>

/* ---- accepted ---- */

/* What is read, and how it is written again. */
static const struct {
    const char *in, *out;
} good[] = {
    { "null", "null" },
    { " \t\r\n true \n", "true" },
    { "false", "false" },
    { "0", "0" },
    { "-0", "0" },
    { "-0.0", "-0.0" },
    { "123", "123" },
    { "9223372036854775807", "9223372036854775807" },
    { "-9223372036854775808", "-9223372036854775808" },
    { "9223372036854775808", "9223372036854775808" },
    { "18446744073709551615", "18446744073709551615" },
    { "18446744073709551616", "18446744073709552000.0" },
    { "-9223372036854775809", "-9223372036854776000.0" },
    { "1.0", "1.0" },
    { "1.50", "1.5" },
    { "1e3", "1000.0" },
    { "1E+3", "1000.0" },
    { "12.5e-1", "1.25" },
    { "0.1", "0.1" },
    { "1e20", "100000000000000000000.0" },
    { "1e21", "1e21" },
    { "123456789012345678901234567890", "1.2345678901234568e29" },
    { "0.000001", "0.000001" },
    { "0.0000001", "1e-7" },
    { "1.25e-9", "1.25e-9" },
    { "5e-324", "5e-324" },
    { "1e-400", "0.0" },
    { "1.7976931348623157e308", "1.7976931348623157e308" },
    { "1.7976931348623158e308", "1.7976931348623157e308" },
    { "\"\"", "\"\"" },
    { "\"a\\u0041\\n\\/\\b\\f\\r\\t\\\"\\\\\"", "\"aA\\n/\\b\\f\\r\\t\\\"\\\\\"" },
    { "\"\\u0000\\u001F\\u007f\"", "\"\\u0000\\u001f\x7f\"" },
    { "\"\\u00e9\\u20AC\\ud83D\\uDE00\"", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"" },
    { "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"" },
    { "\"\\uFFFF\xef\xbf\xbf\xef\xbb\xbf\"", "\"\xef\xbf\xbf\xef\xbf\xbf\xef\xbb\xbf\"" },
    { "[]", "[]" },
    { " [ ] ", "[]" },
    { "[ 1 , 2 ]", "[1,2]" },
    { "[[],[[]],{}]", "[[],[[]],{}]" },
    { "{}", "{}" },
    { "{ \"b\" : 1 , \"a\" : { } }", "{\"b\":1,\"a\":{}}" },
    { "{\"\":1,\"\\u0000\":2,\"\\u0000\\u0000\":3}",
      "{\"\":1,\"\\u0000\":2,\"\\u0000\\u0000\":3}" },
    { "{\"a\":{\"a\":{\"a\":[]}}}", "{\"a\":{\"a\":{\"a\":[]}}}" },
};

START_TEST(accepts)
{
    size_t size = strlen(good[_i].in);
    char *exact = malloc(size); /* no byte beyond the end, so that a sanitizer sees such reads */
    mp_doc *doc;
    mp_error err;
    mp_text text;

    memcpy(exact, good[_i].in, size);
    ck_assert_msg(mp_json_read(NULL, exact, size, NULL, &doc, &err) == MP_OK, "%s: %s", good[_i].in,
                  err.text);
    ck_assert_int_eq(err.status, MP_OK);
    ck_assert_int_eq(mp_json_text(NULL, mp_doc_root(doc), 0, &text, &err), MP_OK);
    ck_assert_str_eq(text.data, good[_i].out);
    ck_assert_uint_eq(strlen(text.data), text.size);
    mp_text_fini(&text);
    mp_doc_free(doc);
    free(exact);
}
END_TEST

/* ---- refused ---- */

static const struct {
    const char *in;
    size_t offset;
    unsigned line, column;
    const char *text;
} bad[] = {
    { "", 0, 1, 1, "expected a value, found the end of the text" },
    { " \n ", 3, 2, 2, "expected a value, found the end of the text" },
    { "nul", 3, 1, 4, "expected null, true or false, found the end of the text" },
    { "nulL", 3, 1, 4, "expected null, true or false, found 'L'" },
    { "True", 0, 1, 1, "expected a value, found 'T'" },
    { "tru e", 3, 1, 4, "expected null, true or false, found ' '" },
    { "nullx", 4, 1, 5, "expected the end of the text, found 'x'" },
    { "NaN", 0, 1, 1, "expected a value, found 'N'" },
    { "-Infinity", 1, 1, 2, "expected a digit after '-', found 'I'" },
    { "'a'", 0, 1, 1, "expected a value, found '''" },
    { "[1] [2]", 4, 1, 5, "expected the end of the text, found '['" },
    { "1 // one", 2, 1, 3, "expected the end of the text, found '/'" },
    { "01", 1, 1, 2, "a number may not begin with a 0 before other digits" },
    { "-01", 2, 1, 3, "a number may not begin with a 0 before other digits" },
    { "+1", 0, 1, 1, "expected a value, found '+'" },
    { ".5", 0, 1, 1, "expected a value, found '.'" },
    { "5.", 2, 1, 3, "expected a digit after the decimal point, found the end of the text" },
    { "[5.]", 3, 1, 4, "expected a digit after the decimal point, found ']'" },
    { "5.e1", 2, 1, 3, "expected a digit after the decimal point, found 'e'" },
    { "1e", 2, 1, 3, "expected a digit in the exponent, found the end of the text" },
    { "1e+", 3, 1, 4, "expected a digit in the exponent, found the end of the text" },
    { "-", 1, 1, 2, "expected a digit after '-', found the end of the text" },
    { "- 1", 1, 1, 2, "expected a digit after '-', found ' '" },
    { "0x10", 1, 1, 2, "expected the end of the text, found 'x'" },
    { "1_000", 1, 1, 2, "expected the end of the text, found '_'" },
    { "1e309", 0, 1, 1, "a number beyond the range of a double" },
    { "[1,\n -1e999]", 5, 2, 2, "a number beyond the range of a double" },
    { "1.7976931348623159e308", 0, 1, 1, "a number beyond the range of a double" },
    { "[", 1, 1, 2, "expected a value or ']', found the end of the text" },
    { "[1", 2, 1, 3, "expected ',' or ']', found the end of the text" },
    { "[1,", 3, 1, 4, "expected a value, found the end of the text" },
    { "[1,]", 3, 1, 4, "expected a value, found ']'" },
    { "[,1]", 1, 1, 2, "expected a value or ']', found ','" },
    { "[1,,2]", 3, 1, 4, "expected a value, found ','" },
    { "[1 2]", 3, 1, 4, "expected ',' or ']', found '2'" },
    { "[1}", 2, 1, 3, "expected ',' or ']', found '}'" },
    { "]", 0, 1, 1, "expected a value, found ']'" },
    { "{", 1, 1, 2, "expected a key in quotes or '}', found the end of the text" },
    { "{\"a\"", 4, 1, 5, "expected ':' after a key, found the end of the text" },
    { "{\"a\":", 5, 1, 6, "expected a value, found the end of the text" },
    { "{\"a\":}", 5, 1, 6, "expected a value, found '}'" },
    { "{\"a\" 1}", 5, 1, 6, "expected ':' after a key, found '1'" },
    { "{\"a\":1,}", 7, 1, 8, "expected a key in quotes, found '}'" },
    { "{\"a\":1 \"b\":2}", 7, 1, 8, "expected ',' or '}', found '\"'" },
    { "{a:1}", 1, 1, 2, "expected a key in quotes or '}', found 'a'" },
    { "{1:1}", 1, 1, 2, "expected a key in quotes or '}', found '1'" },
    { "{\"a\":1]", 6, 1, 7, "expected ',' or '}', found ']'" },
    { "{\"a\":1,\n \"b\":2,\n \"a\":3}", 17, 3, 2, "duplicate key \"a\"" },
    { "{\"a\":1,\"\\u0061\":3}", 7, 1, 8, "duplicate key \"a\"" },
    { "{\"\":1,\"\":3}", 6, 1, 7, "duplicate key \"\"" },
    { "\"", 1, 1, 2, "expected '\"' at the end of a string, found the end of the text" },
    { "\"abc", 4, 1, 5, "expected '\"' at the end of a string, found the end of the text" },
    { "\"a\nb\"", 2, 1, 3, "a line break inside a string" },
    { "\"a\tb\"", 2, 1, 3, "a control character inside a string" },
    { "\"\\x41\"", 2, 1, 3, "expected one of \" \\ / b f n r t u after a backslash, found 'x'" },
    { "\"\\", 2, 1, 3,
      "expected one of \" \\ / b f n r t u after a backslash, found the end of the text" },
    { "\"\\u12g4\"", 5, 1, 6, "expected four hexadecimal digits after \\u, found 'g'" },
    { "\"\\u12", 5, 1, 6, "expected four hexadecimal digits after \\u, found the end of the text" },
    { "\"\\ud800\"", 1, 1, 2, "a high surrogate without a low one after it" },
    { "\"\\ud800\\u0041\"", 1, 1, 2, "a high surrogate without a low one after it" },
    { "\"\\ud800\\ud800\"", 1, 1, 2, "a high surrogate without a low one after it" },
    { "\"\\ud800\\n\"", 1, 1, 2, "a high surrogate without a low one after it" },
    { "\"x\\udc00\"", 2, 1, 3, "a low surrogate without a high one before it" },
    { "\"\xc3\xa9\xff\"", 3, 1, 3, "invalid UTF-8" },
    { "\"\xed\xa0\x80\"", 1, 1, 2, "invalid UTF-8" },
    { "\"\xc0\x80\"", 1, 1, 2, "invalid UTF-8" },
    { "\"\xe2\x82", 1, 1, 2, "invalid UTF-8" },
    { "{\"\xc3\xa9\xf0\x9f\x98\x80\" x", 10, 1, 7, "expected ':' after a key, found 'x'" },
    { "\xef\xbb\xbf{}", 0, 1, 1, "a byte order mark, which JSON does not allow" },
    { "[\xef\xbb\xbf]", 1, 1, 2, "expected a value or ']', found U+FEFF" },
    { "[\xf0\x9f\x98\x80]", 1, 1, 2, "expected a value or ']', found U+1F600" },
    { "[\xff]", 1, 1, 2, "expected a value or ']', found byte 0xFF" },
    { "[\x01]", 1, 1, 2, "expected a value or ']', found byte 0x01" },
    { "[1\x0c]", 2, 1, 3, "expected ',' or ']', found byte 0x0C" },
    { "[1\xc2\xa0]", 2, 1, 3, "expected ',' or ']', found U+00A0" },
};

START_TEST(refuses)
{
    size_t size = strlen(bad[_i].in);
    char *exact = malloc(size + 1);
    mp_doc *doc = (mp_doc *)exact;
    mp_error err;

    memcpy(exact, bad[_i].in, size);
    exact = realloc(exact, size == 0 ? 1 : size);
    ck_assert_int_eq(mp_json_read(NULL, exact, size, NULL, &doc, &err), MP_EPARSE);
    ck_assert_ptr_null(doc);
    ck_assert_int_eq(err.status, MP_EPARSE);
    ck_assert_str_eq(err.text, bad[_i].text);
    ck_assert_uint_eq(err.offset, bad[_i].offset);
    ck_assert_uint_eq(err.line, bad[_i].line);
    ck_assert_uint_eq(err.column, bad[_i].column);
    ck_assert_int_eq(mp_json_read(NULL, exact, size, NULL, &doc, NULL), MP_EPARSE);
    free(exact);
}
END_TEST

/* A NUL byte is a byte like others, not an end. */
START_TEST(refuses_nul)
{
    mp_doc *doc;
    mp_error err;

    ck_assert_int_eq(mp_json_read(NULL, "1\0", 2, NULL, &doc, &err), MP_EPARSE);
    ck_assert_str_eq(err.text, "expected the end of the text, found byte 0x00");
    ck_assert_int_eq(mp_json_read(NULL, "\"a\0\"", 4, NULL, &doc, &err), MP_EPARSE);
    ck_assert_uint_eq(err.offset, 2);
    ck_assert_int_eq(mp_json_read(NULL, "\"\\\0\"", 4, NULL, &doc, &err), MP_EPARSE);
    ck_assert_uint_eq(err.offset, 2);
    ck_assert_int_eq(mp_json_read(NULL, NULL, 0, NULL, &doc, &err), MP_EPARSE);
}
END_TEST

START_TEST(errors_have_paths)
{
    mp_doc *doc;
    mp_error err;

    ck_assert_int_eq(mp_json_read(NULL, "{\"spec\":{\"engines\":[{},{\"name\":1,\"name\":2}]}}",
                                  MP_NTS, NULL, &doc, &err),
                     MP_EPARSE);
    ck_assert_str_eq(err.path, "spec.engines[1]");
    ck_assert_str_eq(err.text, "duplicate key \"name\"");
}
END_TEST

/* ---- limits ---- */

static char *repeat(const char *text, size_t count)
{
    size_t size = strlen(text);
    char *all = malloc(size * count + 1);

    for (size_t i = 0; i < count; i++)
        memcpy(all + i * size, text, size);
    all[size * count] = '\0';
    return all;
}

START_TEST(depth_limit)
{
    static const char *const openers[] = { "[", "{\"a\":", "[{\"a\":" };

    for (size_t k = 0; k < MP__COUNT(openers); k++) {
        char *text = repeat(openers[k], 100000);
        mp_doc *doc;
        mp_error err;

        ck_assert_int_eq(mp_json_read(NULL, text, MP_NTS, NULL, &doc, &err), MP_ELIMIT);
        ck_assert_str_eq(err.text, "more than 200 maps and lists inside each other");
        ck_assert_uint_gt(err.column, 200);
        ck_assert_ptr_null(doc);
        free(text);
    }
}
END_TEST

START_TEST(depth_is_exact)
{
    static const unsigned depths[] = { 1, 2, 200, 50000 };

    for (size_t k = 0; k < MP__COUNT(depths); k++) {
        mp_read_opts opts = MP_READ_OPTS_INIT;
        char *open = repeat("[", depths[k] + 1), *close = repeat("]", depths[k] + 1);
        char *text = malloc(2 * depths[k] + 3);
        mp_doc *doc;

        opts.max_depth = depths[k];
        memcpy(text, open, depths[k] + 1);
        strcpy(text + depths[k] + 1, close);
        ck_assert_int_eq(mp_json_read(NULL, text, 2 * depths[k] + 2, &opts, &doc, NULL), MP_ELIMIT);
        ck_assert_int_eq(mp_json_read(NULL, text + 1, 2 * depths[k], &opts, &doc, NULL), MP_OK);
        mp_doc_free(doc);
        free(open);
        free(close);
        free(text);
    }
}
END_TEST

START_TEST(size_limit)
{
    mp_read_opts opts = MP_READ_OPTS_INIT;
    mp_doc *doc;
    mp_error err;

    opts.max_size = 5;
    ck_assert_int_eq(mp_json_read(NULL, "[1,2]", MP_NTS, &opts, &doc, &err), MP_OK);
    mp_doc_free(doc);
    ck_assert_int_eq(mp_json_read(NULL, "[1,2] ", MP_NTS, &opts, &doc, &err), MP_ELIMIT);
    ck_assert_str_eq(err.text, "the text has 6 bytes, the limit is 5");
    /* The default is refused before a byte is read. */
    ck_assert_int_eq(mp_json_read(NULL, "1", MP_READ_SIZE_MAX + 1, NULL, &doc, &err), MP_ELIMIT);
    opts.version = 2;
    ck_assert_int_eq(mp_json_read(NULL, "1", 1, &opts, &doc, &err), MP_EINVAL);
    ck_assert_int_eq(mp_json_read(NULL, "1", 1, NULL, NULL, &err), MP_EINVAL);
}
END_TEST

/* 100,000 keys, the last one twice. */
START_TEST(large_maps)
{
    mp__buf buf;
    mp_doc *doc;
    mp_error err;

    mp__buf_init(&buf, NULL);
    mp__buf_putc(&buf, '{');
    for (int i = 0; i < 100000; i++)
        mp__buf_printf(&buf, "\"key%d\":%d,\n", i, i);
    mp__buf_puts(&buf, "\"last\":1}");
    ck_assert_int_eq(mp_json_read(NULL, buf.data, buf.size, NULL, &doc, &err), MP_OK);
    ck_assert_uint_eq(mp_object_size(mp_doc_root(doc)), 100001);
    mp_doc_free(doc);
    buf.size--;
    mp__buf_puts(&buf, ",\"key99999\":1}");
    ck_assert_int_eq(mp_json_read(NULL, buf.data, buf.size, NULL, &doc, &err), MP_EPARSE);
    ck_assert_str_eq(err.text, "duplicate key \"key99999\"");
    ck_assert_uint_eq(err.line, 100001);
    mp__buf_fini(&buf);
}
END_TEST

/* ---- writer ---- */

START_TEST(pretty)
{
    mp_doc *doc;
    mp_text text;

    ck_assert_int_eq(mp_json_read(NULL, "{\"a\":[1,{\"b\":null}],\"c\":{},\"d\":[],\"e\":\"x\"}",
                                  MP_NTS, NULL, &doc, NULL),
                     MP_OK);
    ck_assert_int_eq(mp_json_text(NULL, mp_doc_root(doc), MP_JSON_PRETTY, &text, NULL), MP_OK);
    ck_assert_str_eq(text.data, "{\n"
                                "  \"a\": [\n"
                                "    1,\n"
                                "    {\n"
                                "      \"b\": null\n"
                                "    }\n"
                                "  ],\n"
                                "  \"c\": {},\n"
                                "  \"d\": [],\n"
                                "  \"e\": \"x\"\n"
                                "}\n");
    mp_text_fini(&text);
    /* a part of a tree is written as if it were the whole */
    ck_assert_int_eq(mp_json_text(NULL, mp_object_at(mp_doc_root(doc), 0), 0, &text, NULL), MP_OK);
    ck_assert_str_eq(text.data, "[1,{\"b\":null}]");
    mp_text_fini(&text);
    ck_assert_int_eq(mp_json_text(NULL, NULL, MP_JSON_PRETTY, &text, NULL), MP_OK);
    ck_assert_str_eq(text.data, "null\n");
    mp_text_fini(&text);
    ck_assert_int_eq(mp_json_text(NULL, NULL, 0, NULL, NULL), MP_EINVAL);
    ck_assert_int_eq(mp_json_write(NULL, 0, NULL, NULL, NULL), MP_EINVAL);
    mp_doc_free(doc);
}
END_TEST

/* Whatever a builder puts in, JSON comes out. */
START_TEST(output_is_always_json)
{
    static const struct {
        const char *in;
        size_t size;
        const char *out;
    } cases[] = {
        { "\xff", 1, "\"\xef\xbf\xbd\"" },
        { "a\xc3", 2, "\"a\xef\xbf\xbd\"" },
        { "\xed\xa0\x80", 3, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
        { "\xf0\x9f\x98x", 4, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdx\"" },
        { "12345678\x80"
          "9",
          10,
          "\"12345678\xef\xbf\xbd"
          "9\"" },
        { "\0\x1f", 2, "\"\\u0000\\u001f\"" },
    };
    mp_doc *doc;
    mp_object *list, *map;
    mp_text text;

    ck_assert_int_eq(mp_doc_new(NULL, &doc, NULL), MP_OK);
    for (size_t i = 0; i < MP__COUNT(cases); i++) {
        mp_object *node = mp_object_new_string(doc, cases[i].in, cases[i].size);

        ck_assert_int_eq(mp_json_text(NULL, node, 0, &text, NULL), MP_OK);
        ck_assert_str_eq(text.data, cases[i].out);
        mp_text_fini(&text);
    }
    list = mp_object_new_list(doc);
    mp_object_append(list, mp_object_new_double(doc, strtod("inf", NULL)));
    mp_object_append(list, mp_object_new_double(doc, strtod("-inf", NULL)));
    mp_object_append(list, mp_object_new_double(doc, strtod("nan", NULL)));
    map = mp_object_append_map(list);
    mp_object_set_int(map, "\xff\"\n", 3, 1);
    ck_assert_int_eq(mp_json_text(NULL, list, 0, &text, NULL), MP_OK);
    ck_assert_str_eq(text.data, "[null,null,null,{\"\xef\xbf\xbd\\\"\\n\":1}]");
    mp_text_fini(&text);
    mp_doc_free(doc);
}
END_TEST

/* Every byte at every place of a word of eight, alone and doubled. */
START_TEST(every_byte_everywhere)
{
    mp_doc *doc, *back;
    mp_text text;

    ck_assert_int_eq(mp_doc_new(NULL, &doc, NULL), MP_OK);
    for (int c = 0; c < 128; c++) {
        for (size_t at = 0; at < 17; at++) {
            char in[18] = "abcdefghijklmnopq";
            mp_object *node;

            in[at] = (char)c;
            if (at > 2)
                in[at - 2] = (char)c;
            node = mp_object_new_string(doc, in, 17);
            ck_assert_int_eq(mp_json_text(NULL, node, 0, &text, NULL), MP_OK);
            ck_assert_int_eq(mp_json_read(NULL, text.data, text.size, NULL, &back, NULL), MP_OK);
            ck_assert(mp_object_identical(node, mp_doc_root(back)));
            mp_doc_free(back);
            mp_text_fini(&text);
        }
    }
    mp_doc_free(doc);
}
END_TEST

typedef struct receiver {
    size_t calls, fail_at;
    mp_status with;
} receiver;

static mp_status receive(const char *data, size_t size, void *user)
{
    receiver *r = user;

    (void)data;
    ck_assert_uint_gt(size, 0);
    return r->calls++ == r->fail_at ? r->with : MP_OK;
}

/* A result of the callback ends the writing and comes back. */
START_TEST(receiver_ends_writing)
{
    mp_doc *doc;
    mp_object *list;
    mp_error err;
    receiver r = { 0, SIZE_MAX, MP_OK };
    char *longest = repeat("0123456789", 1000);
    size_t calls;

    ck_assert_int_eq(mp_doc_new(NULL, &doc, NULL), MP_OK);
    list = mp_object_new_list(doc);
    for (int i = 0; i < 5000; i++)
        mp_object_append_int(list, i);
    mp_object_append_string(list, longest, MP_NTS);
    for (unsigned yaml = 0; yaml < 2; yaml++) {
        r = (receiver){ 0, SIZE_MAX, MP_OK };
        ck_assert_int_eq((yaml ? mp_yaml_write : mp_json_write)(list, 0, receive, &r, &err), MP_OK);
        calls = r.calls;
        ck_assert_uint_gt(calls, 5);
        for (size_t i = 0; i < calls; i++) {
            r = (receiver){ 0, i, i % 2 == 0 ? MP_EIO : MP_ENOMEM };
            ck_assert_int_eq((yaml ? mp_yaml_write : mp_json_write)(list, 0, receive, &r, &err),
                             r.with);
            ck_assert_uint_eq(r.calls, i + 1);
            ck_assert_int_eq(err.status, r.with);
        }
    }
    free(longest);
    mp_doc_free(doc);
}
END_TEST

/* ---- round trips ---- */

START_TEST(random_trees)
{
    mp_test_random r = { 2024 };

    for (size_t i = 0; i < mp_test_scaled(2000); i++) {
        mp_doc *doc, *back;
        mp_object *tree;
        mp_text text, again;
        unsigned flags = i % 2 == 0 ? 0 : MP_JSON_PRETTY;
        mp_error err;

        ck_assert_int_eq(mp_doc_new(NULL, &doc, NULL), MP_OK);
        tree = object_random_tree(&r, doc, i % 150);
        ck_assert_int_eq(mp_json_text(NULL, tree, flags, &text, NULL), MP_OK);
        ck_assert_msg(mp_json_read(NULL, text.data, text.size, NULL, &back, &err) == MP_OK,
                      "%s in %s", err.text, text.data);
        ck_assert(mp_object_identical(tree, mp_doc_root(back)));
        /* equal to the byte, so doubles stayed doubles */
        ck_assert_int_eq(mp_json_text(NULL, mp_doc_root(back), flags, &again, NULL), MP_OK);
        ck_assert_str_eq(text.data, again.data);
        mp_text_fini(&text);
        mp_text_fini(&again);
        mp_doc_free(back);
        mp_doc_free(doc);
    }
}
END_TEST

/* Texts with a few bytes changed: refused with a place inside the text, or read and equal when
 * written and read again. */
START_TEST(damaged_texts)
{
    static const char bytes[] = "{}[],:\"\\0123456789eE+-.tfn u\n\xff\xc3\xa9\xed\xa0\x80";
    mp_test_random r = { 99 };
    size_t accepted = 0, rounds = mp_test_scaled(20000);

    for (size_t i = 0; i < rounds; i++) {
        mp_doc *doc, *back;
        mp_text text, again;
        mp_error err;

        ck_assert_int_eq(mp_doc_new(NULL, &doc, NULL), MP_OK);
        object_random_tree(&r, doc, 8);
        ck_assert_int_eq(mp_json_text(NULL, mp_doc_root(doc), 0, &text, NULL), MP_OK);
        mp_doc_free(doc);
        for (uint64_t k = mp_test_random_below(&r, 3); k > 0; k--)
            text.data[mp_test_random_below(&r, text.size)] =
                bytes[mp_test_random_below(&r, sizeof bytes - 1)];
        text.size -= (size_t)mp_test_random_below(&r, 2);
        if (mp_json_read(NULL, text.data, text.size, NULL, &doc, &err) != MP_OK) {
            ck_assert_ptr_null(doc);
            ck_assert_uint_le(err.offset, text.size);
            ck_assert_uint_ge(err.line, 1);
            ck_assert_uint_ge(err.column, 1);
            ck_assert_uint_gt(strlen(err.text), 0);
        } else {
            accepted++;
            ck_assert_int_eq(mp_json_text(NULL, mp_doc_root(doc), 0, &again, NULL), MP_OK);
            ck_assert_int_eq(mp_json_read(NULL, again.data, again.size, NULL, &back, NULL), MP_OK);
            ck_assert(mp_object_identical(mp_doc_root(doc), mp_doc_root(back)));
            mp_text_fini(&again);
            mp_doc_free(back);
            mp_doc_free(doc);
        }
        mp_text_fini(&text);
    }
    ck_assert_uint_gt(accepted, rounds / 20);
    ck_assert_uint_lt(accepted, rounds);
}
END_TEST

/* ---- out of memory ---- */

static mp_status read_and_write(const mp_allocator *alloc, void *user)
{
    const mp__buf *json = user;
    mp_doc *doc = (mp_doc *)&json;
    mp_text text = { 0 };
    mp_error err;
    mp_status st = mp_json_read(alloc, json->data, json->size, NULL, &doc, &err);

    ck_assert_int_eq(doc != NULL, st == MP_OK);
    ck_assert_int_eq(err.status, st);
    for (unsigned i = 0; i < 3 && st == MP_OK; i++) {
        st = i < 2 ? mp_json_text(alloc, mp_doc_root(doc), i, &text, &err)
                   : mp_yaml_text(alloc, mp_doc_root(doc), 0, &text, &err);
        ck_assert_int_eq(text.data != NULL, st == MP_OK);
        ck_assert_int_eq(err.status, st);
        mp_text_fini(&text);
    }
    mp_doc_free(doc);
    return st;
}

START_TEST(out_of_memory)
{
    mp__buf json;

    mp__buf_init(&json, NULL);
    mp__buf_puts(&json, "{\"list\":[1,2.5,\"x\\ny\"]");
    for (int i = 0; i < 200; i++)
        mp__buf_printf(&json, ",\"%0100d\":{\"\\u0041%d\":\"%0100d\"}", i, i, i);
    mp__buf_putc(&json, '}');
    ck_assert_uint_gt(mp_test_sweep(read_and_write, &json), 20);
    mp__buf_fini(&json);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("json");
    TCase *tc = tcase_create("text");

    tcase_set_timeout(tc, 300);
    tcase_add_loop_test(tc, accepts, 0, (int)MP__COUNT(good));
    tcase_add_loop_test(tc, refuses, 0, (int)MP__COUNT(bad));
    tcase_add_test(tc, refuses_nul);
    tcase_add_test(tc, errors_have_paths);
    tcase_add_test(tc, depth_limit);
    tcase_add_test(tc, depth_is_exact);
    tcase_add_test(tc, size_limit);
    tcase_add_test(tc, large_maps);
    tcase_add_test(tc, pretty);
    tcase_add_test(tc, output_is_always_json);
    tcase_add_test(tc, every_byte_everywhere);
    tcase_add_test(tc, receiver_ends_writing);
    tcase_add_test(tc, random_trees);
    tcase_add_test(tc, damaged_texts);
    tcase_add_test(tc, out_of_memory);
    suite_add_tcase(s, tc);
    return s;
}

int main(void)
{
    return mp_test_main(suite());
}

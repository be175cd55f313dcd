/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML writer: the layout, and the style of every kind of string.  That readers read it back equal
 * is shown by yaml_libyaml and yaml_pyyaml.py.
 */
#include "value_internal.h"
#include "mp_test.h"
#include <stdlib.h>

static void assert_yaml(const mp_object *node, unsigned flags, const char *want)
{
    mp_text text;

    ck_assert_int_eq(mp_yaml_text(NULL, node, flags, &text, NULL), MP_OK);
    ck_assert_str_eq(text.data, want);
    mp_text_fini(&text);
}

/* ---- layout ---- */

static const struct {
    const char *json, *yaml;
} layouts[] = {
    { "null", "null\n" },
    { "[]", "[]\n" },
    { "{}", "{}\n" },
    { "\"x\"", "x\n" },
    { "\"a\\nb\\n\"", "|\n  a\n  b\n" },
    { "{\"a\":null,\"b\":true,\"c\":false,\"d\":-1,\"e\":18446744073709551615}",
      "a: null\nb: true\nc: false\nd: -1\ne: 18446744073709551615\n" },
    { "{\"a\":1.0,\"b\":1e3,\"c\":1e21,\"d\":-0.0,\"e\":1e-7,\"f\":5e-324}",
      "a: 1.0\nb: 1000.0\nc: 1.0e+21\nd: -0.0\ne: 1.0e-7\nf: 5.0e-324\n" },
    { "{\"a\":{\"b\":{\"c\":1},\"d\":2},\"e\":3}", "a:\n  b:\n    c: 1\n  d: 2\ne: 3\n" },
    { "{\"a\":[1,\"x\"],\"b\":[]}", "a:\n- 1\n- x\nb: []\n" },
    { "{\"a\":{\"b\":[1]},\"c\":{}}", "a:\n  b:\n  - 1\nc: {}\n" },
    { "[1,[2,[3,4],5],[[]],{}]", "- 1\n- - 2\n  - - 3\n    - 4\n  - 5\n- - []\n- {}\n" },
    { "[{\"a\":1,\"b\":2},{\"c\":{\"d\":3},\"e\":4}]", "- a: 1\n  b: 2\n- c:\n    d: 3\n  e: 4\n" },
    { "[{\"a\":[1,{\"b\":2,\"c\":3}],\"d\":4}]", "- a:\n  - 1\n  - b: 2\n    c: 3\n  d: 4\n" },
    { "[[{\"a\":[[1]]}]]", "- - a:\n    - - 1\n" },
    { "{\"a\":[[{\"b\":1,\"c\":[2]}],3]}", "a:\n- - b: 1\n    c:\n    - 2\n- 3\n" },
    { "{\"run\":\"set -e\\necho hi\\n\",\"b\":1}", "run: |\n  set -e\n  echo hi\nb: 1\n" },
    { "{\"a\":{\"b\":[\"x\\ny\",{\"c\":\"p\\n\\n q\\n\\n\"}]},\"d\":1}",
      "a:\n  b:\n  - |-\n    x\n    y\n  - c: |+\n      p\n\n       q\n\nd: 1\n" },
};

START_TEST(layout)
{
    mp_doc *doc;

    ck_assert_int_eq(mp_json_read(NULL, layouts[_i].json, MP_NTS, NULL, &doc, NULL), MP_OK);
    assert_yaml(mp_doc_root(doc), 0, layouts[_i].yaml);
    mp_doc_free(doc);
}
END_TEST

START_TEST(documents)
{
    mp_doc *doc;

    ck_assert_int_eq(mp_json_read(NULL, "{\"a\":[{\"b\":[1]}]}", MP_NTS, NULL, &doc, NULL), MP_OK);
    assert_yaml(mp_doc_root(doc), MP_YAML_DOCUMENT, "---\na:\n- b:\n  - 1\n");
    assert_yaml(NULL, MP_YAML_DOCUMENT, "---\nnull\n");
    /* a part of a tree is written as if it were the whole */
    assert_yaml(mp__get(mp_doc_root(doc), "a"), 0, "- b:\n  - 1\n");
    assert_yaml(mp_object_at(mp__get(mp_doc_root(doc), "a"), 0), 0, "b:\n- 1\n");
    mp_doc_free(doc);
    ck_assert_int_eq(mp_yaml_text(NULL, NULL, 0, NULL, NULL), MP_EINVAL);
    ck_assert_int_eq(mp_yaml_write(NULL, 0, NULL, NULL, NULL), MP_EINVAL);
}
END_TEST

START_TEST(special_doubles)
{
    mp_doc *doc;
    mp_object *list;

    ck_assert_int_eq(mp_doc_new(NULL, &doc, NULL), MP_OK);
    list = mp_object_new_list(doc);
    mp_object_append(list, mp_object_new_double(doc, strtod("inf", NULL)));
    mp_object_append(list, mp_object_new_double(doc, strtod("-inf", NULL)));
    mp_object_append(list, mp_object_new_double(doc, strtod("nan", NULL)));
    assert_yaml(list, 0, "- .inf\n- -.inf\n- .nan\n");
    mp_doc_free(doc);
}
END_TEST

/* ---- strings ---- */

#define QUOTED(literal)                                                                            \
    {                                                                                              \
        literal, sizeof(literal) - 1, "\"" literal "\""                                            \
    }
#define PLAIN(literal)                                                                             \
    {                                                                                              \
        literal, sizeof(literal) - 1, literal                                                      \
    }

static const struct {
    const char *text;
    size_t size;
    const char *yaml;
} strings[] = {
    /* words that some version takes for null, a boolean, infinity */
    QUOTED("no"),
    QUOTED("No"),
    QUOTED("NO"),
    QUOTED("y"),
    QUOTED("N"),
    QUOTED("on"),
    QUOTED("OFF"),
    QUOTED("true"),
    QUOTED("False"),
    QUOTED("null"),
    QUOTED("NULL"),
    QUOTED("~"),
    QUOTED(".inf"),
    QUOTED("-.INF"),
    QUOTED("+.inf"),
    QUOTED(".NaN"),
    QUOTED("="),
    QUOTED("<<"),
    QUOTED(""),
    PLAIN("nothing"),
    PLAIN("yes-man"),
    PLAIN("truest"),
    PLAIN("oN/off"),
    PLAIN("nullable"),
    /* numbers, dates */
    QUOTED("0"),
    QUOTED("12"),
    QUOTED("-1"),
    QUOTED("+1"),
    QUOTED("012"),
    QUOTED("0o7"),
    QUOTED("0x10"),
    QUOTED("0b1"),
    QUOTED("1_000"),
    QUOTED("1,000"),
    QUOTED("1e3"),
    QUOTED("1E3"),
    QUOTED("1.5"),
    QUOTED(".5"),
    QUOTED("5."),
    QUOTED("6.02e+23"),
    QUOTED("12:30:45"),
    QUOTED("1:30"),
    QUOTED("2024-01-01"),
    QUOTED("2024-01-01T10:00:00Z"),
    QUOTED("2001-12-14 21:59:43.10 -5"),
    QUOTED("1.2.3"),
    QUOTED("10.0.0.1"),
    QUOTED("."),
    QUOTED("-"),
    QUOTED("--"),
    QUOTED("0xcafe"),
    PLAIN("80Gi"),
    PLAIN("1500m"),
    PLAIN("v1.2"),
    PLAIN("1.2.3-rc.1"),
    QUOTED("8B"),
    PLAIN("1k"),
    PLAIN("e3"),
    PLAIN("x10"),
    PLAIN("_1"),
    PLAIN("cafe"),
    /* indicators */
    QUOTED("- x"),
    QUOTED("? x"),
    QUOTED(": x"),
    QUOTED(":x"),
    QUOTED("a: b"),
    QUOTED("a:"),
    QUOTED("# x"),
    QUOTED("#x"),
    QUOTED("a #b"),
    QUOTED("@x"),
    QUOTED("%x"),
    QUOTED("!x"),
    QUOTED("&x"),
    QUOTED("*x"),
    QUOTED("| x"),
    QUOTED(">x"),
    QUOTED("[x"),
    QUOTED("]"),
    QUOTED("{x}"),
    QUOTED("`x`"),
    QUOTED("'x'"),
    QUOTED("---"),
    QUOTED("--- x"),
    QUOTED("... x"),
    QUOTED(" x"),
    QUOTED("x "),
    QUOTED(" "),
    QUOTED("a : b"),
    QUOTED(", x"),
    PLAIN("-x"),
    PLAIN("-c"),
    PLAIN("--model=a/b"),
    PLAIN("a:b"),
    PLAIN("a#b"),
    PLAIN("a, b"),
    PLAIN("x[0]"),
    PLAIN("it's"),
    PLAIN("a\"b"),
    PLAIN("a\\b"),
    PLAIN("a  b"),
    PLAIN("$(X)"),
    PLAIN("/a/b"),
    PLAIN(".a"),
    PLAIN("a&b"),
    PLAIN("a*b"),
    PLAIN("50%"),
    PLAIN("a@b"),
    PLAIN("vllm/vllm-openai:v0.11.0"),
    PLAIN("100% sure!"),
    { "\"x\"", 3, "'\"x\"'" },
    { "{\"a\": 1}", 8, "'{\"a\": 1}'" },
    { "it's: \\d", 8, "'it''s: \\d'" },
    /* characters */
    { "\t", 1, "\"\\t\"" },
    { "a\tb", 3, "\"a\\tb\"" },
    { "\r", 1, "\"\\r\"" },
    { "a\r\nb", 4, "\"a\\r\\nb\"" },
    { "\0", 1, "\"\\x00\"" },
    { "\x1b[0m", 4, "\"\\x1B[0m\"" },
    { "\x7f", 1, "\"\\x7F\"" },
    { "\xc2\x85", 2, "\"\\x85\"" },
    { "\xc2\xa0", 2, "\"\\xA0\"" },
    { "\xe2\x80\xa8", 3, "\"\\u2028\"" },
    { "\xe2\x80\xa9", 3, "\"\\u2029\"" },
    { "\xef\xbb\xbfx", 4, "\"\\uFEFFx\"" },
    { "\xef\xbf\xbe", 3, "\"\\uFFFE\"" },
    { "\xf0\x9f\xbf\xbf", 4, "\"\\U0001FFFF\"" },
    { "\xf3\xa0\x80\x81", 4, "\"\\U000E0001\"" },
    { "\xff", 1, "\"\xef\xbf\xbd\"" },
    { "a\xc3", 2, "\"a\xef\xbf\xbd\"" },
    PLAIN("\xc3\xa9t\xc3\xa9"),
    PLAIN("\xe6\x97\xa5\xe6\x9c\xac"),
    PLAIN("\xf0\x9f\x98\x80 ok"),
    { "\xf0\x9f\x98\x80\t", 5, "\"\xf0\x9f\x98\x80\\t\"" },
    /* lines: a literal block where that is safe */
    { "a\nb", 3, "|-\n    a\n    b" },
    { "a\nb\n", 4, "|\n    a\n    b" },
    { "a\n\n\n", 4, "|+\n    a\n\n" },
    { "a\n\n  b", 6, "|-\n    a\n\n      b" },
    { "a\tb\nc", 5, "|-\n    a\tb\n    c" },
    { "# a\n- b: \"c\"\n", 13, "|\n    # a\n    - b: \"c\"" },
    { "---\n...\n", 8, "|\n    ---\n    ..." },
    { "\n", 1, "\"\\n\"" },
    { "\na", 2, "\"\\na\"" },
    { " a\nb", 4, "\" a\\nb\"" },
    { "a \nb", 4, "\"a \\nb\"" },
    { "a\nb ", 4, "\"a\\nb \"" },
    { "a\n  \nb", 6, "\"a\\n  \\nb\"" },
    { "a\n\tb", 4, "\"a\\n\\tb\"" },
    { "a\xc2\x85\nb", 5, "\"a\\x85\\nb\"" },
};

START_TEST(string_styles)
{
    mp_doc *doc;
    mp_object *map;
    mp__buf want;

    ck_assert_int_eq(mp_doc_new(NULL, &doc, NULL), MP_OK);
    map = mp__set_map(mp_object_new_map(doc), "k");
    map = mp_object_parent(map);
    mp_object_set_string(mp__get(map, "k"), "v", 1, strings[_i].text, strings[_i].size);
    mp__buf_init(&want, NULL);
    mp__buf_printf(&want, "k:\n  v: %s\n", strings[_i].yaml);
    assert_yaml(map, 0, want.data);

    if (memchr(strings[_i].text, '\n', strings[_i].size) == NULL) { /* keys in the same way */
        mp_object *keyed = mp_object_new_map(doc);

        mp_object_set_int(keyed, strings[_i].text, strings[_i].size, 1);
        mp__buf_clear(&want);
        mp__buf_printf(&want, "%s: 1\n", strings[_i].yaml);
        assert_yaml(keyed, 0, want.data);
    }
    mp__buf_fini(&want);
    mp_doc_free(doc);
}
END_TEST

START_TEST(keys_of_several_lines)
{
    mp_doc *doc;

    ck_assert_int_eq(mp_json_read(NULL, "{\"a\\nb\":{\"c\\n\":[1]}}", MP_NTS, NULL, &doc, NULL),
                     MP_OK);
    assert_yaml(mp_doc_root(doc), 0, "\"a\\nb\":\n  \"c\\n\":\n  - 1\n");
    mp_doc_free(doc);
}
END_TEST

/* A key too long to be looked for on one line is announced. */
START_TEST(long_keys)
{
    mp_doc *doc;
    mp_object *map, *inner;
    mp__buf want;
    char key[1002], quoted[102];

    memset(key, 'k', sizeof key);
    memset(quoted, ':', sizeof quoted);
    ck_assert_int_eq(mp_doc_new(NULL, &doc, NULL), MP_OK);
    map = mp_object_new_map(doc);
    mp_object_set_int(map, key, 1000, 1);
    inner = mp_object_append_map(mp_object_set_list(map, key, 1001));
    mp_object_set_int(inner, quoted, 100, 2);
    mp_object_set_int(mp_object_set_map(inner, quoted, 101), "x", 1, 3);
    mp__buf_init(&want, NULL);
    mp__buf_printf(&want,
                   "%.1000s: 1\n? %.1001s\n:\n- \"%.100s\": 2\n  ? \"%.101s\"\n  :\n    x: 3\n",
                   key, key, quoted, quoted);
    assert_yaml(map, 0, want.data);
    mp__buf_fini(&want);
    mp_doc_free(doc);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("yaml");
    TCase *tc = tcase_create("text");

    tcase_set_timeout(tc, 300);
    tcase_add_loop_test(tc, layout, 0, (int)MP__COUNT(layouts));
    tcase_add_test(tc, documents);
    tcase_add_test(tc, special_doubles);
    tcase_add_loop_test(tc, string_styles, 0, (int)MP__COUNT(strings));
    tcase_add_test(tc, keys_of_several_lines);
    tcase_add_test(tc, long_keys);
    suite_add_tcase(s, tc);
    return s;
}

int main(void)
{
    return mp_test_main(suite());
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random trees full of strings that are easily taken for something else, for tests of readers and
 * writers.  The same seed gives the same tree on every machine.
 */
#ifndef OBJECT_RANDOM_H
#define OBJECT_RANDOM_H

#include "base_internal.h"
#include "mp_test.h"
#include <modelplane/object.h>
#include <stdlib.h>

static const mp__str object_random_strings[] = {
#define S(literal)                                                                                 \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }
    /* words of YAML 1.1 */
    S("no"),
    S("No"),
    S("NO"),
    S("yes"),
    S("y"),
    S("Y"),
    S("n"),
    S("on"),
    S("Off"),
    S("true"),
    S("TRUE"),
    S("False"),
    S("null"),
    S("Null"),
    S("~"),
    S("<<"),
    S("="),
    S("nan"),
    S(".nan"),
    S(".NaN"),
    S(".inf"),
    S("-.inf"),
    S("+.INF"),
    S("inf"),
    S("nulls"),
    S("yesterday"),
    /* numbers of one version or the other */
    S("0"),
    S("1"),
    S("-1"),
    S("+1"),
    S("012"),
    S("0o7"),
    S("0x10"),
    S("0xFF"),
    S("0b101"),
    S("1_000"),
    S("1,000"),
    S("12:30"),
    S("12:30:45"),
    S("190:20:30"),
    S("190:20:30.15"),
    S("1e3"),
    S("1E3"),
    S("1.5e+3"),
    S("1e-3"),
    S(".5"),
    S("5."),
    S("-.5"),
    S("+.5"),
    S("6.02e23"),
    S("1__0"),
    S("_1"),
    S("._"),
    S("."),
    S(".."),
    S("-"),
    S("--"),
    S("+"),
    S("0x"),
    S("08"),
    S("09"),
    S("1e"),
    S("18446744073709551616"),
    S("1.2.3"),
    S("10.0.0.1"),
    S("80Gi"),
    S("141Gi"),
    S("1500m"),
    S("8.1.0"),
    S("v1.2.3"),
    S("1d"),
    S("1f"),
    S("deadbeef"),
    S("1e1000"),
    S("12e03"),
    S("-0"),
    S("0.0"),
    S("-0.0"),
    S("0o"),
    S("0b"),
    S("12:3"),
    S("1:1"),
    S(":1"),
    S("1:"),
    /* dates */
    S("2024-01-01"),
    S("2024-1-1"),
    S("2024-01-01T00:00:00Z"),
    S("2024-01-01 12:30:45"),
    S("2001-12-14 21:59:43.10 -5"),
    S("2001-12-14t21:59:43.10-05:00"),
    S("2024-13-99"),
    /* indicators */
    S(""),
    S(" "),
    S("  "),
    S("- x"),
    S("-x"),
    S("--flag=1"),
    S("---"),
    S("--- x"),
    S("..."),
    S("... x"),
    S("? x"),
    S("?"),
    S("?x"),
    S(": x"),
    S(":"),
    S(":x"),
    S("a: b"),
    S("a:b"),
    S("a:"),
    S("a :b"),
    S("a : b"),
    S("#"),
    S("#x"),
    S("a #b"),
    S("a# b"),
    S("a#b"),
    S("@x"),
    S("`x`"),
    S("%x"),
    S("%YAML 1.1"),
    S("!x"),
    S("!!str x"),
    S("&x"),
    S("*x"),
    S("|"),
    S("|-"),
    S(">"),
    S("> x"),
    S("[a]"),
    S("[]"),
    S("{}"),
    S("{a: b}"),
    S("a, b"),
    S(", a"),
    S("a]"),
    S("}"),
    S("'"),
    S("''"),
    S("'a'"),
    S("it's"),
    S("\""),
    S("\"a\""),
    S("a\"b'c"),
    S("\\"),
    S("a\\nb"),
    S("\\x41"),
    S("$HOME"),
    S("${X}"),
    S("(a)"),
    S("a/b"),
    S("/dev/shm"),
    S("~/x"),
    S("a~"),
    S("=x"),
    S("a=b"),
    S("<x>"),
    S("a<b"),
    S("^a"),
    S(";"),
    S("k8s.io/role"),
    S("a  b"),
    /* white space and lines */
    S(" a"),
    S("a "),
    S("\t"),
    S("\ta"),
    S("a\t"),
    S("a\tb"),
    S("\n"),
    S("\n\n"),
    S("a\n"),
    S("a\n\n"),
    S("a\n\n\n"),
    S("\na"),
    S("\n a"),
    S("a\nb"),
    S("a\nb\n"),
    S("a\n\nb"),
    S("a\n b\n  c\n"),
    S(" a\nb"),
    S("a \nb"),
    S("a\n \nb"),
    S("a\n\tb"),
    S("a\tb\nc"),
    S("a\nb "),
    S("a\nb\t\n"),
    S("a\r\nb"),
    S("a\rb"),
    S("\r"),
    S("- a\n- b\n"),
    S("a: b\nc: d\n"),
    S("# x\ny\n"),
    S("---\na\n...\n"),
    S("a\n---\nb"),
    S("a\n# b"),
    S("a\n...\n"),
    S("\n\n a\n"),
    S("#!/bin/sh\nset -e\nfor i in 1 2; do\n  echo \"$i\"\ndone\n"),
    S("a\n   \n"),
    S("key: |\n  text\n\n"),
    S("a\n'b'\n\"c\"\\n\n"),
    S("{\n  \"a\": [1]\n}\n"),
    /* characters */
    S("\0"),
    S("a\0b"),
    S("\x01"),
    S("\x1b[0m"),
    S("\x7f"),
    S("\xc2\x80"),
    S("\xc2\x85"),
    S("a\xc2\x85"
      "b"),
    S("\xc2\xa0"),
    S("a\xc2\xa0"),
    S("\xc2\xad"),
    S("\xe2\x80\xa8"),
    S("a\xe2\x80\xa9"
      "b"),
    S("\xef\xbb\xbf"),
    S("a\xef\xbb\xbf"),
    S("\xef\xbf\xbe"),
    S("\xef\xbf\xbf"),
    S("\xef\xbf\xbd"),
    S("\xef\xb7\x90"),
    S("\xf0\x9f\x98\x80"),
    S("\xf0\x9f\xbf\xbe"),
    S("\xf4\x8f\xbf\xbf"),
    S("\xc3\xa9t\xc3\xa9"),
    S("\xe6\x97\xa5"),
    S("\xe6\x97\xa5\n\xe6\x9c\xac\n"),
    S("e\xcc\x81"),
    S("\xe2\x80\x8b"),
    S("\xe2\x80\xae"
      "abc"),
    S("\xe3\x80\x80x"),
    S("\xee\x80\x80"),
    S("\xd7\x90: b"),
    S("\xe2\x9d\xa4\xef\xb8\x8f"),
#undef S
};

/* A string from the list, or pieces of several, or any code points at all; rarely a long one. */
static inline mp_object *object_random_string(mp_test_random *r, mp_doc *doc)
{
    mp__buf buf;
    mp_object *node;
    size_t pieces = 1;

    mp__buf_init(&buf, NULL);
    switch (mp_test_random_below(r, 8)) {
    case 0:
        pieces = 2 + (size_t)mp_test_random_below(r, 4);
        break;
    case 1:
        pieces = 0;
        for (size_t i = (size_t)mp_test_random_below(r, 9); i > 0; i--) {
            uint32_t c = (uint32_t)mp_test_random_below(r, i % 3 == 0 ? 0x110000 : 0x80);

            mp__buf_put_utf8(&buf, c >= 0xD800 && c <= 0xDFFF ? '?' : c);
        }
        break;
    case 2:
        if (mp_test_random_below(r, 16) == 0)
            pieces = 100 + (size_t)mp_test_random_below(r, 300);
        break;
    default:
        break;
    }
    for (; pieces > 0; pieces--) {
        mp__str s =
            object_random_strings[mp_test_random_below(r, MP__COUNT(object_random_strings))];

        mp__buf_put(&buf, s.data, s.size);
    }
    node = mp_object_new_string(doc, buf.data == NULL ? "" : buf.data, buf.size);
    mp__buf_fini(&buf);
    return node;
}

/* Finite. */
static inline double object_random_double(mp_test_random *r)
{
    static const double special[] = { 0.0,  -0.0,   1.0,   -1.5,   0.1,     1e3,    1e21,    1e22,
                                      1e-7, 5e-324, 1e300, 1e-300, 12345.0, 123e10, 0.00001, 1e-5 };
    uint64_t bits = mp_test_random_next(r);
    double value;

    if (mp_test_random_below(r, 2) == 0)
        return special[mp_test_random_below(r, MP__COUNT(special))];
    memcpy(&value, &bits, sizeof value);
    return value - value == 0 ? value : 0.5;
}

static inline mp_object *object_random_scalar(mp_test_random *r, mp_doc *doc)
{
    static const int64_t ints[] = { 0, 1, -1, 8, 10, 1000, INT64_MAX, INT64_MIN, 4294967296 };

    switch (mp_test_random_below(r, 8)) {
    case 0:
        return mp_object_new_null(doc);
    case 1:
        return mp_object_new_bool(doc, mp_test_random_below(r, 2) == 0);
    case 2:
        return mp_object_new_int(doc, ints[mp_test_random_below(r, MP__COUNT(ints))]);
    case 3:
        return mp_object_new_uint(doc, mp_test_random_next(r));
    case 4:
        return mp_object_new_double(doc, object_random_double(r));
    default:
        return object_random_string(r, doc);
    }
}

/* About `budget` nodes, grown at random places of the tree, maps and lists alike; the root, which
 * is set, is a scalar at times. */
static inline mp_object *object_random_tree(mp_test_random *r, mp_doc *doc, size_t budget)
{
    mp_object *open[32];
    size_t open_count = 1;

    if (mp_test_random_below(r, 12) == 0) {
        open[0] = object_random_scalar(r, doc);
        budget = 0;
    } else {
        open[0] =
            mp_test_random_below(r, 4) == 0 ? mp_object_new_list(doc) : mp_object_new_map(doc);
    }
    mp_doc_set_root(doc, open[0]);
    for (; budget > 0; budget--) {
        mp_object *parent = open[mp_test_random_below(r, open_count)], *child;
        uint64_t kind = mp_test_random_below(r, 5);

        child = kind == 0   ? mp_object_new_map(doc)
                : kind == 1 ? mp_object_new_list(doc)
                            : object_random_scalar(r, doc);
        if (mp_object_is_list(parent)) {
            mp_object_append(parent, child);
        } else {
            size_t size;
            const char *key = mp_object_string(object_random_string(r, doc), &size);

            if (mp_object_get(parent, key, size) != NULL)
                continue;
            mp_object_set(parent, key, size, child);
        }
        if (kind < 2) {
            if (open_count < MP__COUNT(open))
                open[open_count++] = child;
            else
                open[mp_test_random_below(r, open_count)] = child;
        }
    }
    if (mp_doc_status(doc) != MP_OK)
        abort();
    return mp_doc_root(doc);
}

#endif

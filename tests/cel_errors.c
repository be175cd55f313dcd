/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is refused, where, and with which words; what fails, with which words; limits and hostile
 * sources; memory that runs out; evaluation that allocates nothing.
 */
#include "cel_internal.h"
#include "mp_test.h"
#include <stdio.h>
#include <stdlib.h>

/* ---- refused ---- */

static const struct {
    const char *in;
    mp_status status;
    size_t offset;
    unsigned line, column;
    const char *text;
} refused[] = {
    /* syntax */
    { "", MP_EPARSE, 0, 1, 1, "expected an expression, found the end" },
    { "1 +", MP_EPARSE, 3, 1, 4, "expected an expression, found the end" },
    { "(1", MP_EPARSE, 2, 1, 3, "expected ')', found the end" },
    { "[1 2]", MP_EPARSE, 3, 1, 4, "expected ',' or ']', found '2'" },
    { "[1,,2]", MP_EPARSE, 3, 1, 4, "expected an expression, found ','" },
    { "{1}", MP_EPARSE, 2, 1, 3, "expected ':', found '}'" },
    { "{1: 2", MP_EPARSE, 5, 1, 6, "expected ',' or '}', found the end" },
    { "f(1,)", MP_EPARSE, 4, 1, 5, "expected an expression, found ')'" },
    { "f(1 2)", MP_EPARSE, 4, 1, 5, "expected ',' or ')', found '2'" },
    { "a.", MP_EPARSE, 2, 1, 3, "expected a field or function name, found the end" },
    { "a.in", MP_EPARSE, 2, 1, 3, "expected a field or function name, found 'in'" },
    { "a ? b", MP_EPARSE, 5, 1, 6, "expected ':', found the end" },
    { "a ? b ? c : d : e", MP_EPARSE, 6, 1, 7, "expected ':', found '?'" },
    { "1 2", MP_EPARSE, 2, 1, 3, "expected an operator or the end, found '2'" },
    { "1 = 2", MP_EPARSE, 2, 1, 3, "expected an operator or the end, found '='" },
    { "1 +\n  $", MP_EPARSE, 6, 2, 3, "expected an expression, found '$'" },
    { "'\xc3\xa9' \xe2\x82\xac", MP_EPARSE, 5, 1, 5,
      "expected an operator or the end, found '\xe2\x82\xac'" },
    { "-!true", MP_EPARSE, 1, 1, 2, "expected an expression, found '!'" },
    { "for", MP_EPARSE, 0, 1, 1, "reserved identifier: for" },
    { "1 + 'abc", MP_EPARSE, 4, 1, 5, "string literal has no end" },
    { "'a\\qb'", MP_EPARSE, 2, 1, 3, "unknown escape sequence" },
    { "'\\ud800'", MP_EPARSE, 1, 1, 2, "escape is no Unicode code point" },
    { "x.`a!`", MP_EPARSE, 4, 1, 5, "this cannot stand in a quoted field name" },
    { "9223372036854775808", MP_EPARSE, 0, 1, 1, "integer literal is out of range" },
    { "18446744073709551616u", MP_EPARSE, 0, 1, 1, "unsigned integer literal is out of range" },
    { "1e999", MP_EPARSE, 0, 1, 1, "double literal is out of range" },
    { "true && '\xff'", MP_EPARSE, 9, 1, 10, "the selector is not UTF-8" },
    /* macros */
    { "has(device)", MP_EPARSE, 4, 1, 5, "invalid argument to has() macro" },
    { "[1].map(x.y, 2)", MP_EPARSE, 9, 1, 10, "argument must be a simple name" },
    { "[1].exists(i, i, true)", MP_EPARSE, 14, 1, 15, "duplicate variable name" },
    /* names */
    { "nope", MP_ECOMPILE, 0, 1, 1, "undeclared reference to 'nope'" },
    { "true || nope(1)", MP_ECOMPILE, 8, 1, 9, "undeclared reference to 'nope'" },
    { "'a'.nope()", MP_ECOMPILE, 3, 1, 4, "undeclared reference to 'nope'" },
    { "device.nope", MP_ECOMPILE, 6, 1, 7, "undefined field 'nope'" },
    { "'a'.reverse() == ''", MP_ECOMPILE, 3, 1, 4,
      "found no matching overload for 'reverse' applied to 'string.()'" },
    { "math.abs(1) == 1", MP_ECOMPILE, 0, 1, 1, "undeclared reference to 'math'" },
    { "{1: 2}.sortBy(x, x) == []", MP_EPARSE, 0, 1, 1,
      "sortBy can only be applied to a list, identifier, comprehension, call or select "
      "expression" },
    { "[1].transformMap(i, i, 1) == {}", MP_EPARSE, 20, 1, 21, "duplicate variable name" },
    /* messages */
    { "google.protobuf.Int32Value{valu: 1} == 1", MP_ECOMPILE, 27, 1, 28,
      "undefined field 'valu'" },
    { "google.protobuf.Int32Value{value: 'a'} == 1", MP_ECOMPILE, 34, 1, 35,
      "expected type 'int' but found 'string'" },
    { "google.protobuf.Nope{} == 1", MP_ECOMPILE, 15, 1, 16,
      "undeclared reference to 'google.protobuf.Nope'" },
    /* format strings */
    { "'%d'.format(['a']) == ''", MP_ECOMPILE, 13, 1, 14,
      "error during formatting: decimal clause can only be used on integers, was given string" },
    { "'%s %s'.format(['a']) == ''", MP_ECOMPILE, 7, 1, 8, "index 1 out of range" },
    { "'a'.format(['a']) == ''", MP_ECOMPILE, 3, 1, 4,
      "too many arguments supplied to string.format (expected 0, got 1)" },
    { "'%'.format(['a']) == ''", MP_ECOMPILE, 3, 1, 4, "unexpected end of string" },
    { "'%q'.format(['a']) == ''", MP_ECOMPILE, 4, 1, 5,
      "could not parse formatting clause: unrecognized formatting clause \"q\"" },
    { "'%.f'.format([1.5]) == ''", MP_ECOMPILE, 5, 1, 6,
      "could not parse formatting clause: error while parsing precision: error while converting "
      "precision to integer" },
    { "'%s'.format([[quantity('1')]]) == ''", MP_ECOMPILE, 14, 1, 15,
      "error during formatting: string clause can only be used on strings, bools, bytes, ints, "
      "doubles, maps, lists, types, durations, and timestamps, was given kubernetes.Quantity" },
    /* types */
    { "1 + 'a'", MP_ECOMPILE, 2, 1, 3,
      "found no matching overload for '_+_' applied to '(int, string)'" },
    { "'a'.contains(1)", MP_ECOMPILE, 3, 1, 4,
      "found no matching overload for 'contains' applied to 'string.(int)'" },
    { "device['driver']", MP_ECOMPILE, 6, 1, 7,
      "found no matching overload for '_[_]' applied to '(kubernetes.DRADevice, string)'" },
    { "1.x", MP_ECOMPILE, 1, 1, 2, "type 'int' does not support field selection" },
    { "[1, 'a']", MP_ECOMPILE, 4, 1, 5, "expected type 'int' but found 'string'" },
    { "[device.attributes['d'].n, 1] == []", MP_ECOMPILE, 27, 1, 28,
      "expected type 'dyn' but found 'int'" },
    { "1.map(x, x)", MP_ECOMPILE, 0, 1, 1,
      "expression of type 'int' cannot be range of a comprehension (must be list, map, or "
      "dynamic)" },
    { "device.driver", MP_ECOMPILE, 6, 1, 7,
      "must evaluate to bool or the unknown type, not string" },
    { "[1]", MP_ECOMPILE, 0, 1, 1, "must evaluate to bool or the unknown type, not list(int)" },
    /* constants */
    { "int('x') == 1", MP_ECOMPILE, 0, 1, 1, "int() cannot convert this constant" },
    { "'a'.matches('(')", MP_ECOMPILE, 3, 1, 4, NULL },
};

START_TEST(refuses)
{
    mp_cel_env *env;
    mp_cel *cel;
    mp_error err;
    mp_status st;

    ck_assert_int_eq(mp_cel_env_new_dra(NULL, &env, NULL), MP_OK);
    st = mp_cel_compile(env, refused[_i].in, MP_NTS, &cel, &err);
    ck_assert_msg(st == refused[_i].status, "%s: %s %s", refused[_i].in, mp_status_name(st),
                  err.text);
    ck_assert_ptr_null(cel);
    ck_assert_int_eq(err.status, st);
    if (refused[_i].text)
        ck_assert_str_eq(err.text, refused[_i].text);
    ck_assert_msg(err.offset == refused[_i].offset && err.line == refused[_i].line &&
                      err.column == refused[_i].column,
                  "%s: %zu %u:%u", refused[_i].in, err.offset, err.line, err.column);
    mp_cel_env_free(env);
}
END_TEST

/* ---- failing ---- */

static const struct {
    const char *in;
    mp_status status;
    const char *text;
} failing[] = {
    { "device.attributes['gpu.example.com'].nope == 1", MP_EEVAL,
      "no such key: nope (an optional step like .?name, or has(), avoids this)" },
    { "dyn(1) + dyn('a') == 1", MP_EEVAL, "no such overload: _+_" },
    { "[1][3] == 1", MP_EEVAL, "index out of bounds: 3" },
    { "1 / 0 == 1", MP_EEVAL, "division by zero" },
    { "1 % 0 == 1", MP_EEVAL, "modulus by zero" },
    { "9223372036854775807 + 1 == 1", MP_EEVAL, "integer overflow" },
    { "0u - 1u == 1u", MP_EEVAL, "unsigned integer overflow" },
    { "dyn('a')", MP_EEVAL, "CEL result of type string could not be converted to bool" },
    { "quantity('1K') == quantity('1')", MP_EEVAL, "the string is no quantity" },
    { "[1,2,3,4,5,6,7,8,9,0].all(a, [1,2,3,4,5,6,7,8,9,0].all(b, [1,2,3,4,5,6,7,8,9,0].all(c, "
      "[1,2,3,4,5,6,7,8,9,0].all(d, [1,2,3,4,5,6,7,8,9,0].all(e, a + b + c + d + e >= 0)))))",
      MP_EBUDGET, "actual cost limit exceeded" },
};

/* A device that the selectors below know. */
static mp_cel_device *new_device(const mp_allocator *alloc)
{
    mp_cel_device *d;

    if (mp_cel_device_new(alloc, "gpu.example.com", MP_NTS, &d, NULL) != MP_OK)
        return NULL;
    if (mp_cel_device_set_string(d, "model", MP_NTS, "H200", MP_NTS) == MP_OK &&
        mp_cel_device_set_int(d, "cores", MP_NTS, 132) == MP_OK &&
        mp_cel_device_set_bool(d, "healthy", MP_NTS, true) == MP_OK &&
        mp_cel_device_set_version(d, "driver", MP_NTS, "560.35.3", MP_NTS) == MP_OK &&
        mp_cel_device_set_strings(d, "links", MP_NTS, (const char *const[]){ "nv0", "nv1" },
                                  (const size_t[]){ 3, MP_NTS }, 2) == MP_OK &&
        mp_cel_device_set_ints(d, "lanes", MP_NTS, (const int64_t[]){ 4, 8 }, 2) == MP_OK &&
        mp_cel_device_set_bools(d, "flags", MP_NTS, (const bool[]){ true, false }, 2) == MP_OK &&
        mp_cel_device_set_versions(d, "fw", MP_NTS, (const char *const[]){ "1.0.0" },
                                   (const size_t[]){ MP_NTS }, 1) == MP_OK &&
        mp_cel_device_set_string(d, "other.example.com/rack", MP_NTS, "r7", 2) == MP_OK &&
        mp_cel_device_set_capacity(d, "memory", MP_NTS, "141Gi", MP_NTS) == MP_OK)
        return d;
    mp_cel_device_free(d);
    return NULL;
}

START_TEST(fails)
{
    mp_cel_device *device = new_device(NULL);
    mp_cel_env *env;
    mp_cel *cel;
    mp_error err;
    mp_status st;
    bool match = true;

    ck_assert_int_eq(mp_cel_env_new_dra(NULL, &env, NULL), MP_OK);
    ck_assert_int_eq(mp_cel_compile(env, failing[_i].in, MP_NTS, &cel, NULL), MP_OK);
    mp_cel_env_free(env); /* programs outlive it */
    st = mp_cel_match(cel, device, &match, &err);
    ck_assert_msg(st == failing[_i].status, "%s: %s", failing[_i].in, mp_status_name(st));
    ck_assert_str_eq(err.text, failing[_i].text);
    ck_assert(!match);
    mp_cel_free(cel);
    mp_cel_device_free(device);
}
END_TEST

START_TEST(malformed_devices_fail_every_selector)
{
    static const char *const names[] = { "version", "versions", "capacity", "empty" };
    mp_cel_device *d;
    mp_cel_env *env;
    mp_cel *cel;
    mp_error err;
    bool match;

    ck_assert_int_eq(mp_cel_env_new_dra(NULL, &env, NULL), MP_OK);
    ck_assert_int_eq(mp_cel_compile(env, "true", MP_NTS, &cel, NULL), MP_OK);
    for (size_t i = 0; i < MP__COUNT(names); i++) {
        mp_status st = MP_EINVAL;

        ck_assert_int_eq(mp_cel_device_new(NULL, "d", 1, &d, NULL), MP_OK);
        if (i == 0)
            st = mp_cel_device_set_version(d, names[i], MP_NTS, "1.2", MP_NTS);
        else if (i == 1)
            st = mp_cel_device_set_versions(d, names[i], MP_NTS,
                                            (const char *const[]){ "1.2.3", "x" },
                                            (const size_t[]){ 5, 1 }, 2);
        else if (i == 2)
            st = mp_cel_device_set_capacity(d, names[i], MP_NTS, "1K", MP_NTS);
        else
            st = mp_cel_device_set_invalid(d, names[i], MP_NTS);
        ck_assert_int_eq(st, MP_OK);
        ck_assert_int_eq(mp_cel_match(cel, d, &match, &err), MP_EEVAL);
        ck_assert_msg(strstr(err.text, names[i]) != NULL, "%s", err.text);
        mp_cel_device_free(d);
    }
    mp_cel_free(cel);
    mp_cel_env_free(env);
}
END_TEST

/* ---- limits ---- */

/* `count` times `open`, then `middle`, then `count` times `close`. */
static char *nest(const char *open, const char *middle, const char *close, size_t count)
{
    size_t size = (strlen(open) + strlen(close)) * count + strlen(middle) + 1;
    char *text = malloc(size), *at = text;

    for (size_t i = 0; i < count; i++)
        at += sprintf(at, "%s", open);
    at += sprintf(at, "%s", middle);
    for (size_t i = 0; i < count; i++)
        at += sprintf(at, "%s", close);
    return text;
}

static mp_status compile_status(const char *source, size_t size)
{
    mp_cel_env *env;
    mp_cel *cel;
    mp_error err;
    mp_status st;

    ck_assert_int_eq(mp_cel_env_new(NULL, &env, NULL), MP_OK);
    st = mp_cel_compile(env, source, size, &cel, &err);
    ck_assert_int_eq(err.status, st);
    mp_cel_free(cel);
    mp_cel_env_free(env);
    return st;
}

static const struct {
    const char *open, *middle, *close;
    size_t count;
    mp_status within, beyond; /* at `count`, and at one more */
} nested[] = {
    { "(", "1", ")", 249, MP_OK, MP_ELIMIT },
    { "[", "1", "]", 249, MP_OK, MP_ELIMIT },
    { "{1: ", "1", "}", 249, MP_OK, MP_ELIMIT },
    { "dyn(", "1", ")", 249, MP_OK, MP_ELIMIT },
    { "true ? 1 : ", "1", "", 249, MP_OK, MP_ELIMIT },
    { "", "1", " + 1", 250, MP_OK, MP_ELIMIT },
    { "", "dyn(1)", " == dyn(1)", 250, MP_OK, MP_ELIMIT },
    { "", "dyn({})", ".a", 250, MP_OK, MP_ELIMIT },
    { "", "dyn({})", "[1]", 250, MP_OK, MP_ELIMIT },
    { "", "'a'", ".trim()", 250, MP_OK, MP_ELIMIT },
    { "", "optional.of(1)", ".optMap(x, x)", 124, MP_OK, MP_OK },
    { "", "true", " && true", 10000, MP_OK, MP_OK },
    { "", "true", " || true", 10000, MP_OK, MP_OK },
    { "!", "true", "", 10000, MP_OK, MP_OK },
    { "- ", "1", "", 10000, MP_OK, MP_OK },
    { "", "[1", ", 1", 1, MP_EPARSE, MP_EPARSE },
};

START_TEST(nests)
{
    for (size_t more = 0; more < 2; more++) {
        char *text =
            nest(nested[_i].open, nested[_i].middle, nested[_i].close, nested[_i].count + more);
        mp_status st = compile_status(text, MP_NTS);

        ck_assert_msg(st == (more ? nested[_i].beyond : nested[_i].within), "%s%s%s x %zu: %s",
                      nested[_i].open, nested[_i].middle, nested[_i].close, nested[_i].count + more,
                      mp_status_name(st));
        free(text);
    }
}
END_TEST

/* The limit of a source counts code points. */
START_TEST(long_sources)
{
    char *text = malloc(2 * MP_CEL_SOURCE_MAX + 8);

    memset(text, ' ', 2 * MP_CEL_SOURCE_MAX);
    text[0] = '1';
    ck_assert_int_eq(compile_status(text, MP_CEL_SOURCE_MAX), MP_OK);
    ck_assert_int_eq(compile_status(text, MP_CEL_SOURCE_MAX + 1), MP_ELIMIT);
    text[0] = '\'';
    for (size_t i = 0; i < MP_CEL_SOURCE_MAX - 2; i++)
        memcpy(text + 1 + 2 * i, "\xc3\xa9", 2);
    memcpy(text + 1 + 2 * (MP_CEL_SOURCE_MAX - 2), "' ", 2);
    ck_assert_int_eq(compile_status(text, 2 * MP_CEL_SOURCE_MAX - 2), MP_OK);
    ck_assert_int_eq(compile_status(text, 2 * MP_CEL_SOURCE_MAX - 1), MP_ELIMIT);
    free(text);
}
END_TEST

/* ---- hostile sources: each ends quickly, with a clear status ---- */

static mp_status run(const char *source)
{
    mp_cel_device *device = new_device(NULL);
    mp_cel_env *env;
    mp_cel *cel;
    mp_error err;
    mp_status st;
    bool match;

    ck_assert_int_eq(mp_cel_env_new_dra(NULL, &env, NULL), MP_OK);
    st = mp_cel_compile(env, source, MP_NTS, &cel, &err);
    if (st == MP_OK)
        st = mp_cel_match(cel, device, &match, &err);
    ck_assert(st == MP_OK || err.text[0] != '\0');
    mp_cel_free(cel);
    mp_cel_env_free(env);
    mp_cel_device_free(device);
    return st;
}

static const struct {
    const char *open, *middle, *close;
    size_t count;
    mp_status want;
} hostile[] = {
    /* nested loops: 10^40 steps if they were taken */
    { "[0,1,2,3,4,5,6,7,8,9].all(x, ", "true", ")", 40, MP_EBUDGET },
    { "[0,1,2,3,4,5,6,7,8,9].map(x, ", "1", ")[0] == 1", 1, MP_OK },
    /* values that share their parts, compared part by part: 2^100 comparisons */
    { "cel.bind(a, [1], cel.bind(b, [1], [", "a == b", "][0]))", 60, MP_OK },
    { "",
      "cel.bind(a, [[1]].map(x, [dyn(x), dyn(x)]), cel.bind(b, a.map(x, [dyn(x), dyn(x)]), "
      "cel.bind(c, b.map(x, [dyn(x), dyn(x)]), c == c)))",
      "", 1, MP_OK },
    /* operands written twice by a macro: 2^120 evaluations */
    { "", "optional.of(1)", ".optMap(x, x)", 120, MP_ECOMPILE },
    /* long constants */
    { "", "1 in [0", ", 1", 20000, MP_EPARSE },
    /* calls that take more time than they are charged for */
    { "", "lists.range(900000).distinct().size() > 0", "", 1, MP_EBUDGET },
    { "", "lists.range(900).map(x, x % 450).distinct().size() == 450", "", 1, MP_EBUDGET },
    { "", "lists.range(900000).sort().size() > 0", "", 1, MP_EBUDGET },
    { "", "sets.equivalent(lists.range(90000), lists.range(90000))", "", 1, MP_EBUDGET },
    { "", "lists.range(100000).transformMap(i, v, i).size() == 100000", "", 1, MP_OK },
    { "", "lists.range(50000).transformMapEntry(i, v, {v: i}).size() == 50000", "", 1, MP_EBUDGET },
    { "", "lists.range(1000000).size() > 0", "", 1, MP_EBUDGET },
    { "", "lists.range(200).map(x, lists.range(1000)).flatten().size() == 200000", "", 1, MP_OK },
    { "", "dyn([1])", ".map(x, [x, x]).flatten(99)", 99, MP_ECOMPILE },
    { "", "lists.range(9000).map(x, 'aaaaaaaa').join().findAll('a').size() == 72000", "", 1,
      MP_OK },
    { "", "lists.range(3000).map(x, 'aaaaaaaa').join().findAll('').size() == 24001", "", 1, MP_OK },
    { "", "lists.range(20000).all(x, timestamp(x).getHours('No/' + string(x)) == 0)", "", 1,
      MP_EBUDGET },
    { "", "lists.range(20000).all(x, timestamp(x).getYear('Europe/Paris') > 0)", "", 1,
      MP_ECOMPILE },
    { "", "'%.99999999f'.format([1.5]) == ''", "", 1, MP_EEVAL },
    { "", "'%.2000000000e'.format([1.5]) == ''", "", 1, MP_EEVAL },
    { "", "url('http://' + lists.range(5000).map(x, 'aaaaaaaaaa').join() + '/').getHost() == ''",
      "", 1, MP_OK },
    { "", "format.dns1123Subdomain().validate(lists.range(9000).map(x, 'a.').join()).hasValue()",
      "", 1, MP_OK },
};

START_TEST(hostile_sources_end)
{
    char *text = nest(hostile[_i].open, hostile[_i].middle, hostile[_i].close, hostile[_i].count);
    mp_status st = run(text);

    ck_assert_msg(st == hostile[_i].want, "%zu: %s", (size_t)_i, mp_status_name(st));
    free(text);
}
END_TEST

/* Lists and texts that double with every step stop at a limit, not at the end of memory. */
static char *doubling(const char *first, const char *step, const char *last, int count)
{
    char *text = malloc((size_t)count * 64 + 256), *at = text;

    at += sprintf(at, "cel.bind(v0, %s, ", first);
    for (int i = 1; i <= count; i++) {
        at += sprintf(at, "cel.bind(v%d, ", i);
        for (const char *s = step; *s; s++)
            at += *s == '$' ? sprintf(at, "v%d", i - 1) : sprintf(at, "%c", *s);
        at += sprintf(at, ", ");
    }
    for (const char *s = last; *s; s++)
        at += *s == '$' ? sprintf(at, "v%d", count) : sprintf(at, "%c", *s);
    for (int i = 0; i <= count; i++)
        at += sprintf(at, ")");
    return text;
}

static const struct {
    const char *first, *step, *last;
} growing[] = {
    { "[device.driver]", "$ + $", "size($) > 0" },
    { "device.driver", "$ + $", "size($) > 0" },
    { "dyn([device.driver])", "dyn([$, $])", "$ == $" },
    { "dyn([device.driver])", "dyn([$, $])", "$.includes(1)" },
    { "dyn({'a': device.driver})", "dyn({'a': $, 'b': $})",
      "$ == dyn({'a': $, 'b': dyn(1)}) || $ == $" },
    { "device.driver", "$.replace('', $)", "size($) > 0" },
    { "dyn([device.driver])", "dyn([$, $])", "$.flatten(99).size() > 0" },
    { "dyn([device.driver])", "dyn([$, $])", "'%s'.format([$]) == ''" },
    { "dyn({'a': device.driver})", "dyn({'a': $, 'b': $})", "'%s'.format([$]) == ''" },
    { "dyn([device.driver])", "dyn([$, $])", "google.protobuf.ListValue{values: $} == []" },
    { "device.driver", "strings.quote($ + $)", "size($) > 0" },
    { "[device.driver]", "[$.join($.join()), $.join(',')]", "size($) > 0" },
};

START_TEST(growth_ends)
{
    char *text = doubling(growing[_i].first, growing[_i].step, growing[_i].last, 60);
    mp_status st = run(text);

    ck_assert_msg(st == MP_EBUDGET || st == MP_EEVAL, "%s: %s", growing[_i].step,
                  mp_status_name(st));
    free(text);
}
END_TEST

/* Long lists and maps of constants take time in proportion, or nearly so. */
START_TEST(long_literals)
{
    static const char *const forms[] = { "%d in [", "%d in {" };
    char *text = malloc(MP_CEL_SOURCE_MAX);

    for (size_t f = 0; f < MP__COUNT(forms); f++) {
        char *at = text + sprintf(text, forms[f], 9000);

        for (int i = 0; i < 9000; i++)
            at += sprintf(at, f ? "%d:0," : "%d,", 10000 + i);
        sprintf(at, "%s", f ? "}" : "]");
        ck_assert_int_eq(run(text), MP_OK);
    }
    free(text);
}
END_TEST

/* ---- memory that runs out ---- */

static const char *const swept[] = {
    "device.driver == 'gpu.example.com' && device.attributes['gpu.example.com'].cores >= 100",
    "device.capacity['gpu.example.com'].memory.compareTo(quantity('40Gi')) >= 0",
    "device.attributes['gpu.example.com'].driver.compareTo(semver('550.0.0')) > 0",
    "device.attributes['gpu.example.com'].model.matches('^[HB][0-9]{3}$')",
    "device.attributes['gpu.example.com'].model in ['H100', 'H200'] && [1, 2].exists(x, x == 2)",
    "['a', 'b'].map(x, x + '!').join(',').split(',').filter(s, s.size() > 1).size() == 2",
    "device.attributes[?'x'].optMap(m, m.?y.orValue('a')).orValue('b').replace('a', 'c') == 'c'",
    "cel.bind(m, {'a': 1, string(device.driver): 2}, m['a'] + m[device.driver] == 3)",
    "cidr('10.0.0.0/8').containsIP('10.1.2.3') && string(ip('::1')) == '::1'",
    "quantity('1').add(quantity('0.1234567890123456789')).isGreaterThan(quantity('1'))",
    "double(string(1.5)) == 1.5 && device.attributes.all(d, d.endsWith('.com'))",
    "timestamp('2024-01-01T00:00:00Z').getHours('Europe/Paris') == 1 || device.driver != ''",
    "string(timestamp(0) + duration('1.5s')) == '1970-01-01T00:00:01.5Z'",
    "url('http://u:p@h:80/a%20b?x=1&x=2#f').getQuery() == {'x': ['1', '2']}",
    "url('http://a/') == url('HTTP://a/') && isURL('/x')",
    "'%s %d %.2f %e'.format([[1, {'k': device.driver}], 7, 1.5, 2.5]).size() > 9",
    "strings.quote(device.driver + '\"').findAll('[a-z]+').sort()[0] == 'com'",
    "format.qualifiedName().validate('a b/').value().size() == 3",
    "format.uri().validate('x').value() == ['parse \"x\": invalid URI for request']",
    "lists.range(20).transformMap(i, v, string(v)).transformList(k, v, k).reverse()[0] == 19",
    "[3, 1, 2].sortBy(x, -x).distinct().slice(0, 1) == [3] || device.driver != ''",
    "{'k': 1}.transformMapEntry(k, v, {device.driver: v}).size() == 1",
    "optional.unwrap([optional.of(device.driver), optional.none()]).size() == 1",
    "google.protobuf.Struct{fields: {'a': [dyn(1), dyn(b'x'), dyn(timestamp(0))]}}.a[1] == 'eA=='",
    "type(google.protobuf.Timestamp{seconds: 1}) == google.protobuf.Timestamp",
};

static mp_status sweep(const mp_allocator *alloc, void *user)
{
    mp_cel_device *device = NULL;
    mp_cel_env *env = NULL;
    mp_cel *cel = NULL;
    mp_error err;
    mp_status st = mp_cel_env_new_dra(alloc, &env, &err);
    bool match = true;

    if (st == MP_OK)
        st = mp_cel_compile(env, user, MP_NTS, &cel, &err);
    ck_assert((st == MP_OK) == (cel != NULL));
    if (st == MP_OK) {
        device = new_device(alloc);
        st = device ? mp_cel_match(cel, device, &match, &err) : MP_ENOMEM;
    }
    ck_assert(st != MP_OK || match);
    mp_cel_device_free(device);
    mp_cel_free(cel);
    mp_cel_env_free(env);
    return st;
}

START_TEST(out_of_memory)
{
    char source[512];

    snprintf(source, sizeof source, "%s", swept[_i]);
    ck_assert_uint_gt(mp_test_sweep(sweep, source), 4);
}
END_TEST

/* ---- evaluation that allocates nothing ---- */

static const char *const plain[] = {
    "device.driver == 'gpu.example.com'",
    "device.attributes['gpu.example.com'].model == 'H200'",
    "device.attributes['gpu.example.com'].model.startsWith('H')",
    "device.attributes['gpu.example.com'].model.contains('20')",
    "device.attributes['gpu.example.com'].model in ['H100', 'H200', 'B200']",
    "device.attributes['gpu.example.com'].cores >= 100",
    "device.attributes['gpu.example.com'].healthy",
    "device.attributes['gpu.example.com'].driver.compareTo(semver('550.0.0')) > 0",
    "device.attributes['gpu.example.com'].driver.isGreaterThan(semver('v550', true))",
    "device.capacity['gpu.example.com'].memory.compareTo(quantity('40Gi')) >= 0",
    "device.capacity['gpu.example.com'].memory.isGreaterThan(quantity('40Gi'))",
    "'nv1' in device.attributes['gpu.example.com'].links",
    "device.attributes['gpu.example.com'].links.includes('nv1')",
    "has(device.attributes['gpu.example.com'].model) && 'other.example.com' in device.attributes",
    "device.driver == 'gpu.example.com' && device.attributes['other.example.com'].rack == 'r7' && "
    "device.capacity['gpu.example.com'].memory.compareTo(quantity('141Gi')) == 0 && "
    "!(device.attributes['gpu.example.com'].cores > 200 || device.allowMultipleAllocations)",
    "device.attributes['gpu.example.com'].model.matches('^H[0-9]+$')",
    "device.attributes['gpu.example.com'].links.exists(l, l == 'nv1')",
};

START_TEST(allocates_nothing)
{
    mp_cel_device *device = new_device(NULL);
    mp_test_alloc counter;
    mp_cel_env *env;
    mp_cel *cel;
    mp_error err;
    size_t before;
    bool match;

    mp_test_alloc_init(&counter);
    ck_assert_int_eq(mp_cel_env_new_dra(&counter.allocator, &env, NULL), MP_OK);
    ck_assert_int_eq(mp_cel_compile(env, plain[_i], MP_NTS, &cel, NULL), MP_OK);
    ck_assert_uint_gt(mp_cel_memory(cel), 0);
    before = counter.calls;
    for (int i = 0; i < 3; i++) {
        ck_assert_msg(mp_cel_match(cel, device, &match, &err) == MP_OK, "%s", err.text);
        ck_assert(match);
    }
    ck_assert_uint_eq(counter.calls, before);
    mp_cel_free(cel);
    mp_cel_env_free(env);
    ck_assert_uint_eq(counter.live_blocks, 0);
    mp_cel_device_free(device);
}
END_TEST

/* ---- handles ---- */

START_TEST(handles)
{
    mp_cel_env *env;
    mp_cel *cel;
    size_t size;

    mp_cel_env_free(NULL);
    mp_cel_free(NULL);
    mp_cel_device_free(NULL);
    ck_assert_int_eq(mp_cel_env_new(NULL, &env, NULL), MP_OK);
    ck_assert_int_eq(mp_cel_compile(env, "[1] + [2] // sum", MP_NTS, &cel, NULL), MP_OK);
    ck_assert_str_eq(mp_cel_source(cel, &size), "[1] + [2] // sum");
    ck_assert_uint_eq(size, 16);
    ck_assert_str_eq(mp_cel_source(cel, NULL), "[1] + [2] // sum");
    ck_assert_str_eq(mp_cel_type(cel), "list(int)");
    mp_cel_free(cel);
    mp_cel_env_free(env);
}
END_TEST

/* A name set twice keeps the last value, however it is spelt. */
START_TEST(names_set_twice)
{
    mp_cel_device *d;
    mp_cel_env *env;
    mp_cel *cel;
    bool match = false;

    ck_assert_int_eq(mp_cel_device_new(NULL, "d", 1, &d, NULL), MP_OK);
    ck_assert_int_eq(mp_cel_device_set_int(d, "x", 1, 1), MP_OK);
    ck_assert_int_eq(mp_cel_device_set_string(d, "d/x", 3, "a", 1), MP_OK);
    ck_assert_int_eq(mp_cel_device_set_multiple_allocations(d, true), MP_OK);
    ck_assert_int_eq(mp_cel_env_new_dra(NULL, &env, NULL), MP_OK);
    ck_assert_int_eq(mp_cel_compile(env,
                                    "device.attributes['d'].x == 'a' && device.attributes['d'].size"
                                    "() == 1 && device.allowMultipleAllocations",
                                    MP_NTS, &cel, NULL),
                     MP_OK);
    ck_assert_int_eq(mp_cel_match(cel, d, &match, NULL), MP_OK);
    ck_assert(match);
    mp_cel_free(cel);
    mp_cel_env_free(env);
    mp_cel_device_free(d);
}
END_TEST

#define ADD(tc, test, table) tcase_add_loop_test(tc, test, 0, (int)MP__COUNT(table))

int main(void)
{
    Suite *s = suite_create("cel");
    TCase *tc = tcase_create("errors");

    ADD(tc, refuses, refused);
    ADD(tc, fails, failing);
    tcase_add_test(tc, malformed_devices_fail_every_selector);
    suite_add_tcase(s, tc);
    tc = tcase_create("limits");
    ADD(tc, nests, nested);
    tcase_add_test(tc, long_sources);
    ADD(tc, hostile_sources_end, hostile);
    ADD(tc, growth_ends, growing);
    tcase_add_test(tc, long_literals);
    suite_add_tcase(s, tc);
    tc = tcase_create("memory");
    ADD(tc, out_of_memory, swept);
    ADD(tc, allocates_nothing, plain);
    suite_add_tcase(s, tc);
    tc = tcase_create("handles");
    tcase_add_test(tc, handles);
    tcase_add_test(tc, names_set_twice);
    suite_add_tcase(s, tc);
    return mp_test_main(s);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Corners: what each function does at the ends of its range, and memory that ends anywhere.
 */
#include "cel_internal.h"
#include "mp_test.h"
#include <stdio.h>
#include <stdlib.h>

/* ---- corners: each must be true, or fail with the text ---- */

static const struct {
    const char *source, *fails;
} corners[] = {
    /* texts in formats and quotes */
    { "strings.quote('a\\u0007\\u0008\\u000c\\n\\r\\t\\u000b\\\\\\\"') == "
      "'\"a\\\\a\\\\b\\\\f\\\\n\\\\r\\\\t\\\\v\\\\\\\\\\\\\"\"'",
      NULL },
    { "'%.0f'.format([0.5]) == '0' && '%.0f'.format([1.5]) == '2' && '%.0f'.format([2.5]) == '2'",
      NULL },
    { "'%.1f'.format([0.25]) == '0.2' && '%.1f'.format([0.35]) == '0.3'", NULL },
    { "'%.2f'.format([999.999]) == '1,000.00' && '%.0f'.format([9.5]) == '10'", NULL },
    { "'%.3f'.format([0.0]) == '0.000' && '%.2f'.format([-1.5]) == '-1.50'", NULL },
    { "'%x %X %o %b'.format([255, 255, 8, 5]) == 'ff FF 10 101'", NULL },
    { "'%x'.format([-255]) == '-ff' && '%b'.format([-5]) == '-101'", NULL },
    { "'%x'.format(['hello']) == '68656c6c6f' && '%X'.format([b'\\xff']) == 'FF'", NULL },
    { "'%s'.format([['\\u0001\\u007f\\u200b\\U000e0001\u00e9']]) == "
      "'[\"\\\\x01\\\\x7f\\\\u200b\\\\U000e0001\u00e9\"]'",
      NULL },
    /* ends of the integers */
    { "int('-9223372036854775808') == -9223372036854775808", NULL },
    { "dyn(-9223372036854775807) - 2 == 0", "integer overflow" },
    { "9223372036854775807 - -1 == 0", "integer overflow" },
    { "-9223372036854775807 * 2 == 0", "integer overflow" },
    { "dyn(-9223372036854775808) / -1 == 0", "integer overflow" },
    { "dyn(-9223372036854775808) % -1 == 0", "integer overflow" },
    { "-dyn(-9223372036854775808) == 0", "integer overflow" },
    { "dyn(18446744073709551615u) + 1u == 0u", "unsigned integer overflow" },
    { "dyn(18446744073709551615u) * 2u == 0u", "unsigned integer overflow" },
    { "dyn(1u) / 0u == 0u", "division by zero" },
    { "dyn(1u) % 0u == 0u", "modulus by zero" },
    { "dyn(7u) % 4u == 3u && dyn(7u) / 2u == 3u", NULL },
    { "dyn(1.0) / 0.0 > 1e308 && -dyn(1.5) == -1.5", NULL },
    { "[dyn(1.5), dyn(2u), dyn(3)].map(x, x < 2) == [true, false, false]", NULL },
    { "dyn(0.0) / 0.0 < 1.0", "NaN values cannot be ordered" },
    /* lists by index */
    { "[1, 2][dyn(1u)] == 2 && [1, 2][dyn(1.0)] == 2", NULL },
    { "[1, 2][-1] == 2", "index out of bounds: -1" },
    { "optional.of([1])[?5].hasValue() == false && optional.of({'a': 1}).?b == optional.none()",
      NULL },
    { "[1, 2][?0].value() == 1 && {1: 2}[?1].orValue(0) == 2", NULL },
    { "optional.none().value() == 1", "optional.none() dereference" },
    { "optional.of(1).or(optional.of(2)).value() == 1", NULL },
    { "optional.none().or(optional.of(2)).value() == 2", NULL },
    { "[?optional.none(), ?optional.of(1)] == [1] && {?'a': optional.none()} == {}", NULL },
    /* lists */
    { "[3, 1, 2].isSorted() == false && [1, 2].isSorted() && ['a', 'b'].isSorted()", NULL },
    { "[1.5, 2.5].sum() == 4.0 && [1u].sum() == 1u && [duration('1s')].sum() == duration('1s')",
      NULL },
    { "[9223372036854775807, 1].sum() == 0", "integer overflow" },
    { "[true, false].min() == false && [b'a', b'b'].max() == b'b'", NULL },
    { "[timestamp(1), timestamp(0)].min() == timestamp(0)", NULL },
    { "[1, 2, 1].indexOf(1) == 0 && [1, 2, 1].lastIndexOf(1) == 2 && [1].indexOf(3) == -1", NULL },
    { "[1, 2, 3].slice(1, 3) == [2, 3] && [1].slice(0, 0) == []", NULL },
    { "[[[1]], [[2, 3]]].flatten(2) == [1, 2, 3] && [[1], [2]].flatten(0) == [[1], [2]]", NULL },
    { "[1, 2].reverse() == [2, 1] && [1, 1, 2].distinct() == [1, 2]", NULL },
    { "['b', 'a'].sort() == ['a', 'b'] && [b'b', b'a'].sort() == [b'a', b'b']", NULL },
    { "[true, false].sort() == [false, true] && [2.5, 1.5].sort() == [1.5, 2.5]", NULL },
    { "[2u, 1u].sort() == [1u, 2u] && [duration('2s'), duration('1s')].sort()[0] == duration('1s')",
      NULL },
    { "[timestamp(2), timestamp(1)].sort()[0] == timestamp(1)", NULL },
    { "lists.range(3) == [0, 1, 2] && [1].first().value() == 1 && ![].last().hasValue()", NULL },
    { "sets.contains([1, 2], [2]) && sets.intersects([1], [1]) && !sets.intersects([1], [2])",
      NULL },
    { "sets.equivalent([1, 1], [1]) && !sets.equivalent([1], [2]) && !sets.contains([1], [2])",
      NULL },
    { "dyn({1: 'a'})[dyn(1u)] == 'a' && dyn({1u: 'a'})[dyn(1.0)] == 'a'", NULL },
    { "{true: 1}[true] == 1 && {'a': 1, 'a': 2}.a == 2", NULL },
    { "{'a': 1} == {'a': 1} && {'a': 1} != {'b': 1} && {'a': 1} != {'a': 1, 'b': 2}", NULL },
    { "dyn({'a': 1}).b == 1",
      "no such key: b (an optional step like .?name, or has(), avoids this)" },
    { "dyn({1: 1})[2] == 1",
      "no such key: 2 (an optional step like .?name, or has(), avoids this)" },
    { "[1, 2].transformMap(i, v, v > 1, v) == {1: 2}", NULL },
    { "{'a': 1}.transformList(k, v, v > 0, k) == ['a']", NULL },
    { "{'a': 1, 'b': 2}.transformMapEntry(k, v, {v: k}) == {1: 'a', 2: 'b'}", NULL },
    { "{'a': 1, 'b': 1}.transformMapEntry(k, v, {v: k}).size() == 1",
      "insert failed: the key already exists" },
    { "{'a': 1}.existsOne(k, v, v == 1) && [1].exists(i, v, v == 1) && [1].all(i, v, i == 0)",
      NULL },
    /* the device as a map */
    { "dyn(device).size() == 4 && dyn(device)['driver'] == 'gpu.example.com'", NULL },
    { "dyn(device).all(k, k in ['driver', 'attributes', 'capacity', 'allowMultipleAllocations'])",
      NULL },
    { "'driver' in dyn(device) && !('nope' in dyn(device)) && !(1 in dyn(device))", NULL },
    { "dyn(device).nope == 1",
      "no such key: nope (an optional step like .?name, or has(), avoids this)" },
    { "dyn(device) == dyn(device) && dyn(device) != dyn({})", NULL },
    { "device.attributes.all(d, device.attributes[d].size() > 0)", NULL },
    { "device.attributes == device.attributes && device.capacity != dyn({})", NULL },
    { "device.attributes[dyn(1)] == {} && device.attributes['nope'] == {}", NULL },
    { "device.attributes['gpu.example.com'].exists(k, v, k == 'model' && v == 'H200')", NULL },
    { "device.capacity.transformList(d, m, m.size()) == [1]", NULL },
    /* time */
    { "timestamp('2024-02-29T23:59:59.5Z').getDayOfYear() == 59", NULL },
    { "timestamp('2024-02-29T23:59:59.5Z').getMilliseconds('+01:00') == 500", NULL },
    { "timestamp('2024-02-29T00:00:00Z').getMonth('-01:30') == 1", NULL },
    { "timestamp('2024-02-29T00:00:00Z').getDate('UTC') == 29", NULL },
    { "timestamp('2024-02-29T00:00:00Z').getDayOfWeek('02:00') == 4", NULL },
    { "timestamp(0).getHours('nope/x') == 0", "unknown time zone" },
    { "timestamp(0).getHours('+1:x') == 0", "invalid timezone offset" },
    { "timestamp(0) - timestamp(1) == duration('-1s')", NULL },
    { "timestamp('9999-12-31T23:59:59Z') + duration('1s') == timestamp(0)", "timestamp overflow" },
    { "timestamp('0001-01-01T00:00:00Z') - duration('1s') == timestamp(0)", "timestamp overflow" },
    { "duration('9223372036s') + duration('9223372036s') == duration('0')", "duration overflow" },
    { "duration('-9223372036s') - duration('9223372036s') == duration('0')", "duration overflow" },
    { "-duration('1s') == duration('-1s')",
      "found no matching overload for '-_' applied to '(duration)'" },
    { "duration('1h1m1s1ms1us1ns').getMinutes() == 61", NULL },
    { "duration('1.5h').getSeconds() == 5400 && duration('5s').getMilliseconds() == 5000", NULL },
    { "timestamp('9999-12-31T23:59:59Z') - timestamp('0001-01-01T00:00:00Z') > duration('0')",
      "duration overflow" },
    /* messages */
    { "google.protobuf.Int32Value{value: 2147483648} == 1", "integer overflow" },
    { "google.protobuf.UInt32Value{value: 4294967296u} == 1u", "integer overflow" },
    { "google.protobuf.FloatValue{value: 1e300} > 1.0", NULL },
    { "google.protobuf.FloatValue{value: -1e300} < 1.0", NULL },
    { "google.protobuf.BytesValue{value: b'a'} == b'a' && google.protobuf.BoolValue{} == false",
      NULL },
    { "google.protobuf.Value{number_value: 1.5} == 1.5 && google.protobuf.Value{} == null", NULL },
    { "google.protobuf.Value{string_value: 'a'} == 'a' && google.protobuf.Value{bool_value: true}",
      NULL },
    { "google.protobuf.Struct{fields: {'a': dyn(b'abcd'), 'b': dyn(b'ab')}} == "
      "{'a': 'YWJjZA==', 'b': 'YWI='}",
      NULL },
    { "google.protobuf.Timestamp{seconds: 1, nanos: -1} < timestamp(1)", NULL },
    { "google.protobuf.Duration{seconds: -1, nanos: -1} < duration('-1s')", NULL },
    { "google.protobuf.Int64Value{?value: optional.of(1)} == 1", NULL },
    { "google.protobuf.Int64Value{?value: optional.none()} == 0", NULL },
    /* regular expressions and texts */
    { "'a1b22'.findAll('[0-9]+') == ['1', '22'] && 'a1b22'.findAll('[0-9]+', 1) == ['1']", NULL },
    { "'a1b22'.find('[0-9]+') == '1' && 'x'.find('[0-9]+') == '' && 'x'.findAll('y', 0) == []",
      NULL },
    { "'a'.find(device.driver + '(') == ''", "the regular expression does not compile" },
    { "'a'.findAll(device.driver + '(') == []", "the regular expression does not compile" },
    { "'a'.matches(device.driver + '(')", "the regular expression does not compile" },
    { "'a,b,c'.split(',', 2) == ['a', 'b,c'] && 'a,b'.split(',', 0) == [] && 'ab'.split('', 1) == "
      "['ab']",
      NULL },
    { "'aXbX'.replace('X', '-', 1) == 'a-bX' && 'ab'.replace('', '-') == '-a-b-'", NULL },
    { "'aaa'.lastIndexOf('a') == 2 && 'aaa'.lastIndexOf('a', 1) == 1 && 'a'.lastIndexOf('b') == -1",
      NULL },
    { "'abc'.charAt(3) == '' && 'abc'.substring(3) == '' && ' a '.trim() == 'a'", NULL },
    { "'abc'.charAt(4) == ''", "index out of bounds: 4" },
    { "'abc'.substring(2, 1) == ''", "invalid substring range: start is behind end" },
    /* numbers as texts */
    { "double('0x1p-1074') > 0.0 && double('0x1.8p1') == 3.0 && double('-0X.8P+1') == -1.0", NULL },
    { "double('0x1ffffffffffffffffffp0') > 1e20 && double('0x0p5') == 0.0", NULL },
    { "double('0x1.fffffffffffff8p1023') > 0.0", "double() cannot convert this constant" },
    { "double('0x1') > 0.0", "double() cannot convert this constant" },
    { "double('1_0.5') == 10.5 && double('+inf') > 1e308 && double('-Infinity') < 0.0", NULL },
    { "double('1__0') == 10.0", "double() cannot convert this constant" },
    { "double('1e400') > 0.0", "double() cannot convert this constant" },
    { "bool('t') && !bool('F') && uint('7') == 7u && int(' 1') == 1",
      "int() cannot convert this constant" },
    { "string(1e21) == '1e+21' && string(0.00001) == '1e-05' && string(-0.0) == '-0'", NULL },
    { "string(b'\\xff') == ''", "string() cannot convert this constant" },
    /* addresses and links */
    { "url('http://[fe80::1%25en0]:80/').getHostname() == 'fe80::1%en0'", NULL },
    { "url('http://h:x/').getPort() == ''", "URL parse error during conversion from string" },
    { "isURL('http://[::1') || isURL('http://a b/') || isURL('http://a/%zz') || isURL(':a')",
      "false" },
    { "isURL('1http://a') || isURL('') || isURL('a') || isURL('http://h/\\u007f')", "false" },
    { "url('/a?x=1;y=2&&=3&z').getQuery().size() > 0", NULL },
    { "url('http://h/?%zz=1').getQuery().size() == 0", NULL },
    { "string(ip('::ffff:1')) != '' && ip('1.2.3.4').family() == 4 && !isIP('1.2.3.256')", NULL },
};

static mp_cel_device *new_device(const mp_allocator *alloc)
{
    mp_cel_device *d;

    if (mp_cel_device_new(alloc, "gpu.example.com", MP_NTS, &d, NULL) != MP_OK)
        return NULL;
    if (mp_cel_device_set_string(d, "model", MP_NTS, "H200", MP_NTS) == MP_OK &&
        mp_cel_device_set_capacity(d, "memory", MP_NTS, "141Gi", MP_NTS) == MP_OK)
        return d;
    mp_cel_device_free(d);
    return NULL;
}

/* What the source gives on the device: NULL for true, "false", or why it is refused or fails. */
static const char *outcome(const char *source, const mp_cel_device *device, mp_error *err)
{
    mp_cel_env *env;
    mp_cel *cel;
    bool match = false;
    mp_status st;

    ck_assert_int_eq(mp_cel_env_new_dra(NULL, &env, NULL), MP_OK);
    st = mp_cel_compile(env, source, MP_NTS, &cel, err);
    if (st == MP_OK)
        st = mp_cel_match(cel, device, &match, err);
    mp_cel_free(cel);
    mp_cel_env_free(env);
    return st != MP_OK ? err->text : match ? NULL : "false";
}

START_TEST(corner)
{
    mp_cel_device *device = new_device(NULL);
    mp_error err;
    const char *got = outcome(corners[_i].source, device, &err);
    const char *want = corners[_i].fails;

    ck_assert_msg((!got && !want) || (got && want && strcmp(got, want) == 0), "%s: %s",
                  corners[_i].source, got ? got : "true");
    mp_cel_device_free(device);
}
END_TEST

/* ---- memory that ends anywhere ---- */

/*
 * An arena asks for memory only when a block is full, so that failing each allocation in turn tries
 * few places.  A text of ever other length before the rest moves the ends of the blocks along.
 */
static const char *const slid[] = {
    "device.attributes['gpu.example.com'].model in ['H100', 'H200'] && [1, 2].exists(x, x == 2)",
    "[[1, 2], [3]].all(l, l.size() > 0) && [3, 1].exists_one(x, x == 1) && {'a': 1}.all(k, k == "
    "'a')",
    "['a', 'b'].map(x, x != 'c', x + '!').join(',').split(',').filter(s, s.size() > 1).size() == 2",
    "optional.of(device.driver).optMap(m, m + 'a').orValue('b').replace('a', 'c') != 'c'",
    "optional.of(1).optFlatMap(m, optional.of(m + 1)).or(optional.none()).value() == 2",
    "cel.bind(m, {'a': 1, string(device.driver): 2}, m['a'] + m[device.driver] == 3)",
    "[3, 1, 2].sortBy(x, -x) == [3, 2, 1] && ['b', 'a'].map(x, x).sortBy(x, x)[0] == 'a'",
    "{'k': 1}.transformMapEntry(k, v, v > 0, {device.driver: v}).transformMap(k, v, 1).size() == 1",
    "lists.range(9).transformList(i, v, i > 1, string(v)).existsOne(i, v, i == 2)",
    "google.protobuf.Struct{fields: {'a': [dyn(1), dyn(b'x'), dyn(timestamp(0))]}}.a[1] == 'eA=='",
    "google.protobuf.Int64Value{?value: optional.of(1)} == 1 && [?optional.of(1)] == [1]",
    "url('http://u:p@h:80/a%20b?x=1&x=2#f').getQuery() == {'x': ['1', '2']} && isURL('/x')",
    "'%s %d %.2f %e'.format([[1, {'k': device.driver}], 7, 1.5, 2.5]).size() > 9",
    "format.qualifiedName().validate('a b/').value().size() == 3",
    "device.driver.matches('^[a-z]+[.](?:ex|am){1,9}[^\\\\d]*\\\\pL$') || device.driver.find('e.') "
    "== 'ex'",
    "cidr('10.0.0.0/8').containsIP('10.1.2.3') && string(ip('::1')) == '::1'",
    "semver('1.2.3-a.1+b').isLessThan(semver('v2', true)) && quantity('1').add(1) == quantity('2')",
    "has(dyn(device).driver) ? device.?driver.hasValue() : (true || 1 / 0 == 1) && !(false && "
    "true)",
    "sets.contains([1, 2], [2]) && [1, 1].distinct() == [1] && [[1], [2]].flatten() == [1, 2]",
    "lists.range(3).reverse().slice(0, 2) == [2, 1] && optional.unwrap([optional.of(1)]) == [1]",
};
#define PADS 130

typedef struct slide {
    char source[1024];
    bool explain;
} slide;

static void ignore(const mp_cel_part *part, void *user)
{
    (void)part;
    (void)user;
}

static mp_status slide_once(const mp_allocator *alloc, void *user)
{
    const slide *s = user;
    mp_cel_device *device = NULL;
    mp_cel_env *env = NULL;
    mp_cel *cel = NULL;
    mp_cel_cost cost;
    bool match = true;
    mp_status st = mp_cel_env_new_dra(alloc, &env, NULL);

    if (st == MP_OK)
        st = mp_cel_compile(env, s->source, MP_NTS, &cel, NULL);
    if (st == MP_OK)
        st = (device = new_device(alloc)) ? MP_OK : MP_ENOMEM;
    if (st == MP_OK)
        st = mp_cel_match(cel, device, &match, NULL);
    if (st == MP_OK)
        st = mp_cel_estimate(env, s->source, MP_NTS, &cost, NULL);
    if (st == MP_OK && s->explain)
        st = mp_cel_explain(env, s->source, MP_NTS, device, ignore, NULL, NULL);
    ck_assert_msg(st != MP_OK || match, "%s", s->source);
    mp_cel_device_free(device);
    mp_cel_free(cel);
    mp_cel_env_free(env);
    return st;
}

START_TEST(memory_ends_anywhere)
{
    slide s;

    for (int pad = 0; pad < PADS; pad += mp_test_scaled(100) < 100 ? 8 : 1) {
        s.explain = pad % 16 == 0;
        snprintf(s.source, sizeof s.source, "'%*s' != device.driver && (%s)",
                 8 * (pad % 65) + pad / 65, "", slid[_i]);
        mp_test_sweep(slide_once, &s);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("cel edges");
    TCase *tc = tcase_create("corners");

    tcase_add_loop_test(tc, corner, 0, (int)MP__COUNT(corners));
    suite_add_tcase(s, tc);
    tc = tcase_create("memory");
    tcase_set_timeout(tc, 300);
    tcase_add_loop_test(tc, memory_ends_anywhere, 0, (int)MP__COUNT(slid));
    suite_add_tcase(s, tc);
    return mp_test_main(s);
}

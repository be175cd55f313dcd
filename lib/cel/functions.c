/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of functions: every name a selector may call, with its overloads in order.
 *
 * To add a function, add its rows here and its implementation to the file of its family.  Rows of
 * one name stand together.  `R` and `M` build a row: global, member, or both.
 */
#include "functions_internal.h"

#define VAR_A (&variable_a)
#define VAR_B (&variable_b)
static const mp__type variable_a = { MP__TYPE_VAR, 0, NULL, NULL };
static const mp__type variable_b = { MP__TYPE_VAR, 1, NULL, NULL };
static const mp__type list_a = { MP__TYPE_LIST, 0, &variable_a, NULL };
static const mp__type map_ab = { MP__TYPE_MAP, 0, &variable_a, &variable_b };
static const mp__type optional_a = { MP__TYPE_OPTIONAL, 0, &variable_a, NULL };
static const mp__type optional_list_a = { MP__TYPE_OPTIONAL, 0, &list_a, NULL };
static const mp__type optional_map_ab = { MP__TYPE_OPTIONAL, 0, &map_ab, NULL };
static const mp__type optional_b = { MP__TYPE_OPTIONAL, 0, &variable_b, NULL };
static const mp__type list_list_a = { MP__TYPE_LIST, 0, &list_a, NULL };
static const mp__type list_optional_a = { MP__TYPE_LIST, 0, &optional_a, NULL };
static const mp__type type_a = { MP__TYPE_TYPE, 0, &variable_a, NULL };
#define LIST_TYPE(name, kind)                                                                      \
    static const mp__type list_##name = { MP__TYPE_LIST, 0, &mp__types[MP__TYPE_##kind], NULL }
LIST_TYPE(dyn, DYN);
LIST_TYPE(truth, BOOL);
LIST_TYPE(int, INT);
LIST_TYPE(uint, UINT);
LIST_TYPE(double, DOUBLE);
LIST_TYPE(string, STRING);
LIST_TYPE(bytes, BYTES);
LIST_TYPE(duration, DURATION);
LIST_TYPE(time, TIMESTAMP);
static const mp__type optional_texts = { MP__TYPE_OPTIONAL, 0, &list_string, NULL };
static const mp__type optional_format = { MP__TYPE_OPTIONAL, 0, &mp__types[MP__TYPE_FORMAT], NULL };
static const mp__type query = { MP__TYPE_MAP, 0, &mp__types[MP__TYPE_STRING], &list_string };

#define A VAR_A
#define B VAR_B
#define LIST_A (&list_a)
#define MAP_AB (&map_ab)
#define OPT_A (&optional_a)
#define OPT_B (&optional_b)
#define OPT_LIST_A (&optional_list_a)
#define OPT_MAP_AB (&optional_map_ab)
#define LIST_STR (&list_string)
#define LIST(name) (&list_##name)
#define T(kind) (&mp__types[MP__TYPE_##kind])
#define DYN T(DYN)
#define BOOL T(BOOL)
#define INT T(INT)
#define UINT T(UINT)
#define DBL T(DOUBLE)
#define STR T(STRING)
#define BYT T(BYTES)
#define TIME T(TIMESTAMP)
#define DUR T(DURATION)
#define QTY T(QUANTITY)
#define SVR T(SEMVER)
#define IP T(IP)
#define CIDR T(CIDR)
#define URL T(URL)
#define FMT T(FORMAT)

#define G MP__GLOBAL
#define M MP__MEMBER
#define GM (MP__GLOBAL | MP__MEMBER)
#define ANY_LIST (MP__MEMBER | MP__ANY_LIST)
#define F(name) mp__fn_##name
#define C(name) MP__COST_##name

#define R0(name, style, res, fn, cost)                                                             \
    {                                                                                              \
        name, style, 0, res, { NULL, NULL, NULL, NULL }, fn, cost                                  \
    }
#define R1(name, style, res, a, fn, cost)                                                          \
    {                                                                                              \
        name, style, 1, res, { a, NULL, NULL, NULL }, fn, cost                                     \
    }
#define R2(name, style, res, a, b, fn, cost)                                                       \
    {                                                                                              \
        name, style, 2, res, { a, b, NULL, NULL }, fn, cost                                        \
    }
#define R3(name, style, res, a, b, c, fn, cost)                                                    \
    {                                                                                              \
        name, style, 3, res, { a, b, c, NULL }, fn, cost                                           \
    }

#define R4(name, style, res, a, b, c, d, fn, cost)                                                 \
    {                                                                                              \
        name, style, 4, res, { a, b, c, d }, fn, cost                                              \
    }

/* The pairs that can be ordered. */
#define ORDER_ROWS(name, fn)                                                                       \
    R2(name, G, BOOL, BOOL, BOOL, fn, C(ONE)), R2(name, G, BOOL, INT, INT, fn, C(ONE)),            \
        R2(name, G, BOOL, INT, DBL, fn, C(ONE)), R2(name, G, BOOL, INT, UINT, fn, C(ONE)),         \
        R2(name, G, BOOL, UINT, UINT, fn, C(ONE)), R2(name, G, BOOL, UINT, DBL, fn, C(ONE)),       \
        R2(name, G, BOOL, UINT, INT, fn, C(ONE)), R2(name, G, BOOL, DBL, DBL, fn, C(ONE)),         \
        R2(name, G, BOOL, DBL, INT, fn, C(ONE)), R2(name, G, BOOL, DBL, UINT, fn, C(ONE)),         \
        R2(name, G, BOOL, STR, STR, fn, C(ORDER)), R2(name, G, BOOL, BYT, BYT, fn, C(ORDER)),      \
        R2(name, G, BOOL, TIME, TIME, fn, C(ONE)), R2(name, G, BOOL, DUR, DUR, fn, C(ONE))

/* Lists of what can be ordered.  A row is `name(list(T)) -> result`; `each` makes it of T. */
#define COMPARABLE_ROWS(each)                                                                      \
    each(int, INT), each(uint, UINT), each(double, DBL), each(truth, BOOL), each(duration, DUR),   \
        each(time, TIME), each(string, STR), each(bytes, BYT)
#define SORTED_ROW(name, type) R1("isSorted", M, BOOL, LIST(name), F(is_sorted), C(TRAVERSE))
#define MIN_ROW(name, type) R1("min", M, type, LIST(name), F(list_min), C(TRAVERSE))
#define MAX_ROW(name, type) R1("max", M, type, LIST(name), F(list_max), C(TRAVERSE))
#define SORT_ROW(name, type) R1("sort", ANY_LIST, LIST(name), LIST(name), F(sort), C(SORT))
#define SORT_BY_ROW(name, type)                                                                    \
    R2("@sortByAssociatedKeys", ANY_LIST, LIST_A, LIST_A, LIST(name), F(sort_by), C(SORT))

/* Parts of a timestamp, in its own zone or a named one; some are parts of a duration too. */
#define TIME_ROWS(name, fn)                                                                        \
    R1(name, M, INT, TIME, F(fn), C(ONE)), R2(name, M, INT, TIME, STR, F(fn), C(ONE))
#define CLOCK_ROWS(name, fn) TIME_ROWS(name, fn), R1(name, M, INT, DUR, F(fn), C(ONE))
#define FORMAT_ROW(name) R0("format." name, G, FMT, F(format), C(ONE))

static const mp__function table[] = {
    /* operators that the machine runs itself: only their types matter here */
    R3("_?_:_", G, A, BOOL, A, A, NULL, C(NONE)),
    R2("_&&_", G, BOOL, BOOL, BOOL, NULL, C(NONE)),
    R2("_||_", G, BOOL, BOOL, BOOL, NULL, C(NONE)),
    R1("!_", G, BOOL, BOOL, NULL, C(ONE)),
    R1("@not_strictly_false", G, BOOL, BOOL, NULL, C(ONE)),
    R2("_==_", G, BOOL, A, A, NULL, C(EQUAL)),
    R2("_!=_", G, BOOL, A, A, NULL, C(EQUAL)),
    R2("_[_]", G, A, LIST_A, INT, NULL, C(ONE)),
    R2("_[_]", G, B, MAP_AB, A, NULL, C(ONE)),
    R2("_[_]", G, OPT_A, OPT_LIST_A, INT, NULL, C(ONE)),
    R2("_[_]", G, OPT_B, OPT_MAP_AB, A, NULL, C(ONE)),
    R2("_[?_]", G, OPT_A, LIST_A, INT, NULL, C(ONE)),
    R2("_[?_]", G, OPT_A, OPT_LIST_A, INT, NULL, C(ONE)),
    R2("_[?_]", G, OPT_B, MAP_AB, A, NULL, C(ONE)),
    R2("_[?_]", G, OPT_B, OPT_MAP_AB, A, NULL, C(ONE)),

    /* arithmetic */
    R2("_+_", G, BYT, BYT, BYT, F(add_text), C(CONCAT)),
    R2("_+_", G, DBL, DBL, DBL, F(add_double), C(ONE)),
    R2("_+_", G, DUR, DUR, DUR, F(add_duration), C(ONE)),
    R2("_+_", G, TIME, DUR, TIME, F(add_time), C(ONE)),
    R2("_+_", G, TIME, TIME, DUR, F(add_time), C(ONE)),
    R2("_+_", G, INT, INT, INT, F(add_int), C(ONE)),
    R2("_+_", G, LIST_A, LIST_A, LIST_A, F(add_list), C(ONE)),
    R2("_+_", G, STR, STR, STR, F(add_text), C(CONCAT)),
    R2("_+_", G, UINT, UINT, UINT, F(add_uint), C(ONE)),
    R2("_-_", G, DBL, DBL, DBL, F(sub_double), C(ONE)),
    R2("_-_", G, DUR, DUR, DUR, F(sub_duration), C(ONE)),
    R2("_-_", G, INT, INT, INT, F(sub_int), C(ONE)),
    R2("_-_", G, TIME, TIME, DUR, F(sub_time_duration), C(ONE)),
    R2("_-_", G, DUR, TIME, TIME, F(sub_time), C(ONE)),
    R2("_-_", G, UINT, UINT, UINT, F(sub_uint), C(ONE)),
    R2("_*_", G, DBL, DBL, DBL, F(mul_double), C(ONE)),
    R2("_*_", G, INT, INT, INT, F(mul_int), C(ONE)),
    R2("_*_", G, UINT, UINT, UINT, F(mul_uint), C(ONE)),
    R2("_/_", G, DBL, DBL, DBL, F(div_double), C(ONE)),
    R2("_/_", G, INT, INT, INT, F(div_int), C(ONE)),
    R2("_/_", G, UINT, UINT, UINT, F(div_uint), C(ONE)),
    R2("_%_", G, INT, INT, INT, F(mod_int), C(ONE)),
    R2("_%_", G, UINT, UINT, UINT, F(mod_uint), C(ONE)),
    R1("-_", G, DBL, DBL, F(neg_double), C(ONE)),
    R1("-_", G, INT, INT, F(neg_int), C(ONE)),
    R1("-_", 0, DUR, DUR, F(neg_duration), C(ONE)), /* undeclared, but done where types are dyn */

    /* order and membership */
    ORDER_ROWS("_<_", F(less)),
    ORDER_ROWS("_<=_", F(less_equal)),
    ORDER_ROWS("_>_", F(greater)),
    ORDER_ROWS("_>=_", F(greater_equal)),
    R2("@in", G, BOOL, A, LIST_A, F(in_list), C(IN_LIST)),
    R2("@in", G, BOOL, A, MAP_AB, F(in_map), C(ONE)),

    /* conversions */
    R1("dyn", G, DYN, A, F(identity), C(ONE)),
    R1("int", G, INT, INT, F(identity), C(ONE)),
    R1("int", G, INT, DBL, F(to_int), C(ONE)),
    R1("int", G, INT, DUR, F(time_to_int), C(ONE)),
    R1("int", G, INT, STR, F(to_int), C(ONE)),
    R1("int", G, INT, TIME, F(time_to_int), C(ONE)),
    R1("int", G, INT, UINT, F(to_int), C(ONE)),
    R1("uint", G, UINT, UINT, F(identity), C(ONE)),
    R1("uint", G, UINT, DBL, F(to_uint), C(ONE)),
    R1("uint", G, UINT, INT, F(to_uint), C(ONE)),
    R1("uint", G, UINT, STR, F(to_uint), C(ONE)),
    R1("bool", G, BOOL, BOOL, F(identity), C(ONE)),
    R1("bool", G, BOOL, STR, F(to_bool), C(ONE)),
    R1("bytes", G, BYT, BYT, F(identity), C(ONE)),
    R1("bytes", G, BYT, STR, F(to_bytes), C(FIRST)),
    R1("type", G, &type_a, A, F(type_of), C(ONE)),
    R1("timestamp", G, TIME, TIME, F(identity), C(ONE)),
    R1("timestamp", G, TIME, INT, F(to_timestamp), C(ONE)),
    R1("timestamp", G, TIME, STR, F(to_timestamp), C(ONE)),
    R1("duration", G, DUR, DUR, F(identity), C(ONE)),
    R1("duration", G, DUR, STR, F(to_duration), C(ONE)),
    R1("double", G, DBL, DBL, F(identity), C(ONE)),
    R1("double", G, DBL, INT, F(to_double), C(ONE)),
    R1("double", G, DBL, STR, F(to_double), C(ONE)),
    R1("double", G, DBL, UINT, F(to_double), C(ONE)),
    R1("string", G, STR, STR, F(identity), C(ONE)),
    R1("string", G, STR, BOOL, F(to_string), C(ONE)),
    R1("string", G, STR, BYT, F(to_string), C(FIRST)),
    R1("string", G, STR, DBL, F(to_string), C(ONE)),
    R1("string", G, STR, DUR, F(time_to_string), C(ONE)),
    R1("string", G, STR, INT, F(to_string), C(ONE)),
    R1("string", G, STR, TIME, F(time_to_string), C(ONE)),
    R1("string", G, STR, UINT, F(to_string), C(ONE)),
    R1("string", G, STR, IP, F(to_string), C(ONE)),
    R1("string", G, STR, CIDR, F(to_string), C(ONE)),

    /* strings */
    R1("size", GM, INT, BYT, F(size), C(ONE)),
    R1("size", GM, INT, LIST_A, F(size), C(ONE)),
    R1("size", GM, INT, MAP_AB, F(size), C(ONE)),
    R1("size", GM, INT, STR, F(size), C(ONE)),
    R2("contains", M, BOOL, STR, STR, F(contains), C(CONTAINS)),
    R2("startsWith", M, BOOL, STR, STR, F(starts_with), C(ARGUMENT)),
    R2("endsWith", M, BOOL, STR, STR, F(ends_with), C(ARGUMENT)),
    R2("matches", GM, BOOL, STR, STR, F(matches), C(REGEX)),
    R2("find", M, STR, STR, STR, F(find), C(REGEX)),
    R2("findAll", M, LIST_STR, STR, STR, F(find_all), C(REGEX)),
    R3("findAll", M, LIST_STR, STR, STR, INT, F(find_all), C(REGEX)),
    R2("format", M, STR, STR, LIST(dyn), F(format_string), C(FIRST)),
    R1("strings.quote", G, STR, STR, F(quote), C(FIRST)),
    R2("charAt", M, STR, STR, INT, F(char_at), C(ONE)),
    R2("indexOf", M, INT, STR, STR, F(index_of), C(TRAVERSE)),
    R3("indexOf", M, INT, STR, STR, INT, F(index_of), C(TRAVERSE)),
    R2("indexOf", M, INT, LIST_A, A, F(list_index), C(TRAVERSE)),
    R2("lastIndexOf", M, INT, STR, STR, F(last_index_of), C(TRAVERSE)),
    R3("lastIndexOf", M, INT, STR, STR, INT, F(last_index_of), C(TRAVERSE)),
    R2("lastIndexOf", M, INT, LIST_A, A, F(list_last_index), C(TRAVERSE)),
    R1("lowerAscii", M, STR, STR, F(lower), C(FIRST)),
    R1("upperAscii", M, STR, STR, F(upper), C(FIRST)),
    R3("replace", M, STR, STR, STR, STR, F(replace), C(FIRST2)),
    R4("replace", M, STR, STR, STR, STR, INT, F(replace), C(FIRST2)),
    R2("split", M, LIST_STR, STR, STR, F(split), C(FIRST2)),
    R3("split", M, LIST_STR, STR, STR, INT, F(split), C(FIRST2)),
    R2("substring", M, STR, STR, INT, F(substring), C(FIRST)),
    R3("substring", M, STR, STR, INT, INT, F(substring), C(FIRST)),
    R1("trim", M, STR, STR, F(trim), C(FIRST)),
    R1("join", M, STR, LIST_STR, F(join), C(JOIN)),
    R2("join", M, STR, LIST_STR, STR, F(join), C(JOIN)),

    /* lists and optionals */
    R1("first", M, OPT_A, LIST_A, F(first), C(ONE)),
    R1("last", M, OPT_A, LIST_A, F(last), C(ONE)),
    R2("includes", M, BOOL, DYN, DYN, F(includes), C(TRAVERSE)),
    COMPARABLE_ROWS(SORTED_ROW),
    COMPARABLE_ROWS(MIN_ROW),
    COMPARABLE_ROWS(MAX_ROW),
    R1("sum", M, INT, LIST(int), F(sum_int), C(TRAVERSE)),
    R1("sum", M, UINT, LIST(uint), F(sum_uint), C(TRAVERSE)),
    R1("sum", M, DBL, LIST(double), F(sum_double), C(TRAVERSE)),
    R1("sum", M, DUR, LIST(duration), F(sum_duration), C(TRAVERSE)),
    R3("slice", M, LIST_A, LIST_A, INT, INT, F(slice), C(LIST)),
    R1("flatten", ANY_LIST, LIST_A, &list_list_a, F(flatten), C(FLATTEN)),
    R2("flatten", ANY_LIST, LIST(dyn), LIST(dyn), INT, F(flatten), C(FLATTEN)),
    COMPARABLE_ROWS(SORT_ROW),
    COMPARABLE_ROWS(SORT_BY_ROW),
    R1("distinct", M, LIST_A, LIST_A, F(distinct), C(SORT)),
    R1("reverse", M, LIST_A, LIST_A, F(reverse), C(LIST)),
    R1("lists.range", G, LIST(int), INT, F(list_range), C(LIST)),
    R2("sets.contains", G, BOOL, LIST_A, LIST_A, F(sets_contains), C(SETS)),
    R2("sets.equivalent", G, BOOL, LIST_A, LIST_A, F(sets_equivalent), C(SETS2)),
    R2("sets.intersects", G, BOOL, LIST_A, LIST_A, F(sets_intersects), C(SETS)),
    R2("cel.@mapInsert", G, MAP_AB, MAP_AB, MAP_AB, F(map_insert), C(ONE)),
    R3("cel.@mapInsert", G, MAP_AB, MAP_AB, A, B, F(map_insert), C(ONE)),
    R1("optional.unwrap", G, LIST_A, &list_optional_a, F(unwrap), C(ONE)),
    R1("unwrapOpt", M, LIST_A, &list_optional_a, F(unwrap), C(ONE)),
    R1("optional.of", G, OPT_A, A, F(optional_of), C(ONE)),
    R0("optional.none", G, OPT_A, F(optional_none), C(ONE)),
    R1("optional.ofNonZeroValue", G, OPT_A, A, F(optional_non_zero), C(ONE)),
    R1("hasValue", M, BOOL, OPT_A, F(has_value), C(ONE)),
    R1("value", M, A, OPT_A, F(value), C(ONE)),
    R2("or", M, OPT_A, OPT_A, OPT_A, NULL, C(NONE)),
    R2("orValue", M, A, OPT_A, A, NULL, C(NONE)),

    /* quantities and versions */
    R1("quantity", G, QTY, STR, F(quantity), C(FIRST)),
    R1("isQuantity", G, BOOL, STR, F(is_quantity), C(FIRST)),
    R1("sign", G, INT, QTY, F(quantity_sign), C(ONE)),
    R2("add", M, QTY, QTY, QTY, F(quantity_add), C(ONE)),
    R2("add", M, QTY, QTY, INT, F(quantity_add), C(ONE)),
    R2("sub", M, QTY, QTY, QTY, F(quantity_sub), C(ONE)),
    R2("sub", M, QTY, QTY, INT, F(quantity_sub), C(ONE)),
    R1("isInteger", M, BOOL, QTY, F(is_integer), C(ONE)),
    R1("asInteger", M, INT, QTY, F(as_integer), C(ONE)),
    R1("asApproximateFloat", M, DBL, QTY, F(as_float), C(ONE)),
    R2("compareTo", M, INT, QTY, QTY, F(quantity_compare), C(ONE)),
    R2("compareTo", M, INT, SVR, SVR, F(semver_compare), C(ONE)),
    R2("isGreaterThan", M, BOOL, QTY, QTY, F(quantity_greater), C(ONE)),
    R2("isGreaterThan", M, BOOL, SVR, SVR, F(semver_greater), C(ONE)),
    R2("isLessThan", M, BOOL, QTY, QTY, F(quantity_less), C(ONE)),
    R2("isLessThan", M, BOOL, SVR, SVR, F(semver_less), C(ONE)),
    R1("semver", G, SVR, STR, F(semver), C(FIRST)),
    R2("semver", G, SVR, STR, BOOL, F(semver), C(FIRST)),
    R1("isSemver", G, BOOL, STR, F(is_semver), C(FIRST)),
    R2("isSemver", G, BOOL, STR, BOOL, F(is_semver), C(FIRST)),
    R1("major", M, INT, SVR, F(major), C(ONE)),
    R1("minor", M, INT, SVR, F(minor), C(ONE)),
    R1("patch", M, INT, SVR, F(patch), C(ONE)),

    /* addresses and prefixes */
    R1("ip", G, IP, STR, F(ip), C(FIRST)),
    R1("ip", M, IP, CIDR, F(cidr_ip), C(ONE)),
    R1("isIP", G, BOOL, STR, F(is_ip), C(FIRST)),
    R1("ip.isCanonical", G, BOOL, STR, F(ip_canonical), C(FIRST2)),
    R1("family", M, INT, IP, F(ip_family), C(ONE)),
    R1("isUnspecified", M, BOOL, IP, F(ip_unspecified), C(ONE)),
    R1("isLoopback", M, BOOL, IP, F(ip_loopback), C(ONE)),
    R1("isLinkLocalMulticast", M, BOOL, IP, F(ip_ll_multicast), C(ONE)),
    R1("isLinkLocalUnicast", M, BOOL, IP, F(ip_ll_unicast), C(ONE)),
    R1("isGlobalUnicast", M, BOOL, IP, F(ip_global), C(ONE)),
    R1("cidr", G, CIDR, STR, F(cidr), C(FIRST)),
    R1("isCIDR", G, BOOL, STR, F(is_cidr), C(FIRST)),
    R2("containsIP", M, BOOL, CIDR, STR, F(contains_ip), C(CONTAINS_IP)),
    R2("containsIP", M, BOOL, CIDR, IP, F(contains_ip), C(CONTAINS_IP)),
    R2("containsCIDR", M, BOOL, CIDR, STR, F(contains_cidr), C(CONTAINS_CIDR)),
    R2("containsCIDR", M, BOOL, CIDR, CIDR, F(contains_cidr), C(CONTAINS_CIDR)),
    R1("masked", M, CIDR, CIDR, F(cidr_masked), C(ONE)),
    R1("prefixLength", M, INT, CIDR, F(cidr_length), C(ONE)),
    R1("url", G, URL, STR, F(url), C(FIRST)),
    R1("isURL", G, BOOL, STR, F(is_url), C(ONE)),
    R1("getScheme", M, STR, URL, F(url_scheme), C(ONE)),
    R1("getHost", M, STR, URL, F(url_host), C(ONE)),
    R1("getHostname", M, STR, URL, F(url_hostname), C(ONE)),
    R1("getPort", M, STR, URL, F(url_port), C(ONE)),
    R1("getEscapedPath", M, STR, URL, F(url_path), C(ONE)),
    R1("getQuery", M, &query, URL, F(url_query), C(ONE)),

    /* time */
    TIME_ROWS("getFullYear", time_year),
    TIME_ROWS("getMonth", time_month),
    TIME_ROWS("getDate", time_date),
    TIME_ROWS("getDayOfMonth", time_day_of_month),
    TIME_ROWS("getDayOfWeek", time_day_of_week),
    TIME_ROWS("getDayOfYear", time_day_of_year),
    CLOCK_ROWS("getHours", time_hours),
    CLOCK_ROWS("getMinutes", time_minutes),
    CLOCK_ROWS("getSeconds", time_seconds),
    CLOCK_ROWS("getMilliseconds", time_milliseconds),

    /* named formats */
    FORMAT_ROW("dns1123Label"),
    FORMAT_ROW("dns1123Subdomain"),
    FORMAT_ROW("dns1035Label"),
    FORMAT_ROW("qualifiedName"),
    FORMAT_ROW("dns1123LabelPrefix"),
    FORMAT_ROW("dns1123SubdomainPrefix"),
    FORMAT_ROW("dns1035LabelPrefix"),
    FORMAT_ROW("labelValue"),
    FORMAT_ROW("uri"),
    FORMAT_ROW("uuid"),
    FORMAT_ROW("byte"),
    FORMAT_ROW("date"),
    FORMAT_ROW("datetime"),
    R1("format.named", G, &optional_format, STR, F(format_named), C(ONE)),
    R2("validate", M, &optional_texts, FMT, STR, F(validate), C(FORMAT)),
};

const mp__function *mp__function_find(mp__str name, size_t *count)
{
    size_t n = MP__COUNT(table), i = 0, end;

    while (i < n && !(strlen(table[i].name) == name.size &&
                      memcmp(table[i].name, name.data, name.size) == 0))
        i++;
    if (i == n)
        return NULL;
    for (end = i; end < n && strcmp(table[end].name, table[i].name) == 0; end++)
        ;
    *count = end - i;
    return &table[i];
}

/* Names that came after 1.31; `arity` 0: all rows. */
static const struct {
    const char *name;
    uint8_t arity, since;
} later[] = {
    { "slice", 0, 34 },       { "flatten", 0, 34 },
    { "sort", 0, 34 },        { "@sortByAssociatedKeys", 0, 34 },
    { "distinct", 0, 34 },    { "reverse", 0, 34 },
    { "lists.range", 0, 34 }, { "first", 0, 34 },
    { "last", 0, 34 },        { "semver", 2, 33 },
    { "isSemver", 2, 33 },    { "cel.@mapInsert", 0, 32 },
};

unsigned mp__function_since(const mp__function *row)
{
    for (size_t i = 0; i < MP__COUNT(later); i++)
        if (strcmp(later[i].name, row->name) == 0 &&
            (later[i].arity == 0 || later[i].arity == row->arity))
            return later[i].since;
    return 31;
}

static bool first_entry_is(const mp__value *v, const mp__type *type)
{
    mp__value key, value;

    if (!type->a || mp__mapping_size(v) == 0)
        return true;
    mp__mapping_at(v, 0, &key, &value);
    return mp__value_is(&key, type->a) && mp__value_is(&value, type->b);
}

bool mp__value_is(const mp__value *v, const mp__type *type)
{
    switch (type->kind) {
    case MP__TYPE_VAR:
    case MP__TYPE_DYN:
        return true;
    case MP__TYPE_BOOL:
        return v->kind == MP__BOOL;
    case MP__TYPE_INT:
        return v->kind == MP__INT;
    case MP__TYPE_UINT:
        return v->kind == MP__UINT;
    case MP__TYPE_DOUBLE:
        return v->kind == MP__DOUBLE;
    case MP__TYPE_STRING:
        return v->kind == MP__STRING;
    case MP__TYPE_BYTES:
        return v->kind == MP__BYTES;
    case MP__TYPE_LIST:
        /* The first element stands for all. */
        return v->kind == MP__LIST &&
               (v->as.list->count == 0 || !type->a || mp__value_is(&v->as.list->items[0], type->a));
    case MP__TYPE_MAP:
        return mp__is_mapping(v) && first_entry_is(v, type);
    case MP__TYPE_OPTIONAL:
        return v->kind == MP__OPTIONAL;
    case MP__TYPE_QUANTITY:
        return v->kind == MP__QUANTITY;
    case MP__TYPE_SEMVER:
        return v->kind == MP__SEMVER;
    case MP__TYPE_IP:
        return v->kind == MP__IP;
    case MP__TYPE_CIDR:
        return v->kind == MP__CIDR;
    case MP__TYPE_TIMESTAMP:
        return v->kind == MP__TIMESTAMP;
    case MP__TYPE_DURATION:
        return v->kind == MP__DURATION;
    case MP__TYPE_URL:
        return v->kind == MP__URL;
    case MP__TYPE_FORMAT:
        return v->kind == MP__FORMAT;
    case MP__TYPE_WRAPPER:
        return v->kind == MP__NULL || (type->a && mp__value_is(v, type->a));
    case MP__TYPE_NULL:
        return v->kind == MP__NULL;
    default:
        return false;
    }
}

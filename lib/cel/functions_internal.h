/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Implementations of functions, by family; the table that names them is functions.c.
 */
#ifndef MP_FUNCTIONS_INTERNAL_H
#define MP_FUNCTIONS_INTERNAL_H

#include "cel_internal.h"

/* X(name): mp__value mp__fn_NAME(mp__machine *, const mp__value *args) */
/* The formatter does not settle on one layout of this list. */
/* clang-format off */
#define MP__FUNCTIONS(X) \
    X(size) X(add_int) X(add_uint) X(add_double) X(add_text) X(add_list) X(sub_int) X(sub_uint) \
    X(sub_double) X(mul_int) X(mul_uint) X(mul_double) X(div_int) X(div_uint) X(div_double) \
    X(mod_int) X(mod_uint) X(neg_int) X(neg_double) X(less) X(less_equal) X(greater) \
    X(greater_equal) X(in_list) X(in_map) X(identity) X(to_int) X(to_double) X(to_string) \
    X(contains) X(starts_with) X(ends_with) X(matches) X(find) X(char_at) X(index_of) \
    X(last_index_of) X(lower) X(upper) X(replace) X(split) X(substring) X(trim) X(join) X(first) \
    X(last) X(includes) X(list_index) X(list_last_index) X(optional_of) X(optional_none) \
    X(optional_non_zero) X(has_value) X(value) X(quantity) X(is_quantity) X(quantity_compare) \
    X(quantity_greater) X(quantity_less) X(quantity_add) X(quantity_sub) X(is_integer) \
    X(as_integer) X(as_float) X(quantity_sign) X(semver) X(is_semver) X(semver_compare) \
    X(semver_greater) X(semver_less) X(major) X(minor) X(patch) X(ip) X(is_ip) X(ip_family) \
    X(ip_canonical) X(ip_unspecified) X(ip_loopback) X(ip_ll_multicast) X(ip_ll_unicast) \
    X(ip_global) X(cidr) X(is_cidr) X(cidr_ip) X(cidr_masked) X(cidr_length) X(contains_ip) \
    X(contains_cidr) X(to_uint) X(to_bool) X(to_bytes) X(type_of) X(to_timestamp) X(to_duration) \
    X(time_to_int) X(time_to_string) X(add_duration) X(add_time) X(sub_duration) X(neg_duration) \
    X(sub_time_duration) X(sub_time) X(time_year) X(time_month) X(time_date) \
    X(time_day_of_month) X(time_day_of_week) X(time_day_of_year) X(time_hours) X(time_minutes) \
    X(time_seconds) X(time_milliseconds) X(find_all) X(format_string) X(quote) X(is_sorted) \
    X(list_min) X(list_max) X(sum_int) X(sum_uint) X(sum_double) X(sum_duration) X(slice) \
    X(flatten) X(sort) X(sort_by) X(distinct) X(reverse) X(list_range) X(sets_contains) \
    X(sets_equivalent) X(sets_intersects) X(map_insert) X(unwrap) X(url) X(is_url) \
    X(url_scheme) X(url_host) X(url_hostname) X(url_port) X(url_path) X(url_query) X(format) \
    X(format_named) X(validate)
/* clang-format on */

#define MP__DECLARE(name) mp__value mp__fn_##name(mp__machine *m, const mp__value *args);
MP__FUNCTIONS(MP__DECLARE)
#undef MP__DECLARE

#endif

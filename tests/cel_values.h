/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of the selector language as JSON has them in case files: one key tells the type.
 *
 *     {"int": "-5"}  {"double": "1.5"}  {"list": [v, ...]}  {"map": [[k, v], ...]}  {"optional":
 * null}
 */
#ifndef CEL_VALUES_H
#define CEL_VALUES_H

#include "cel_internal.h"

/* The value, in the arena; false if its type is not one the library has. */
bool cel_value_read(mp__arena *arena, const mp_object *node, mp__value *out);
/* Same type and equal; NaN agrees with NaN, maps in any order. */
bool cel_value_agrees(const mp__value *v, const mp_object *want);
/* A line about the value, for messages. */
void cel_value_print(const mp__value *v, mp__buf *buf);

/* Gives a device what {"driver": ..., "attributes": {...}, "capacity": {...}} says; false if
 * that makes no sense. */
bool cel_device_read(const mp_object *node, mp_cel_device **out);

#endif

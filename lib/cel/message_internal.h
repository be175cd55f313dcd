/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages by name: their fields, and the values they become.
 */
#ifndef MP_MESSAGE_INTERNAL_H
#define MP_MESSAGE_INTERNAL_H

#include "functions_internal.h"

typedef struct mp__message mp__message;

/* By its full name; NULL if there is none. */
const mp__message *mp__message_find(mp__str name);
/* What a literal of it is. */
const mp__type *mp__message_type(const mp__message *message);
/* Its fields are those of the device, which the checker knows. */
bool mp__message_is_device(const mp__message *message);
/* The type of a field, and its number; NULL if there is none. */
const mp__type *mp__message_field(const mp__message *message, mp__str name, uint8_t *number);
/* The value of a literal, its fields in the order they are written; an error in place of a value is
 * an optional field that holds none. */
mp__value mp__message_make(mp__machine *m, const mp__message *message, const mp__value *values,
                           const uint8_t *numbers, size_t count);

#endif

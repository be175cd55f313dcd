/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Estimates of cost: ranges, what is known of a node's size, and the formulas of functions.
 */
#ifndef MP_ESTIMATE_INTERNAL_H
#define MP_ESTIMATE_INTERNAL_H

#include "cel_internal.h"

/* From the best case to the worst; sums and products saturate at 2^64-1. */
typedef struct mp__range {
    uint64_t min, max;
} mp__range;

/* Where below the device a value stands, as far as its size is known from there. */
typedef enum mp__place {
    MP__PLACE_NONE, /* not below the device, or nothing is known there */
    MP__PLACE_DEVICE,
    MP__PLACE_DRIVER,
    MP__PLACE_MULTIPLE,
    MP__PLACE_ATTRIBUTES,
    MP__PLACE_ATTRIBUTE_IDS, /* the map of one domain */
    MP__PLACE_ATTRIBUTE,
    MP__PLACE_CAPACITY,
    MP__PLACE_CAPACITY_IDS,
    MP__PLACE_QUANTITY,
    MP__PLACE_DOMAIN, /* a key of the outer maps */
    MP__PLACE_ID      /* a key of the inner ones */
} mp__place;

/* What is known of a node: only what a flag says is there. */
typedef struct mp__measure {
    bool sized, has_entry;
    mp__place place;
    mp__range size;
    mp__type_kind container; /* of the entries: list or map */
    mp__range key, value;    /* sizes of the entries' keys and values */
} mp__measure;

/* An argument as the formulas see it. */
typedef struct mp__operand {
    const mp__node *node;
    const mp__type *type;
    mp__place place;
    bool sized;
    mp__range size; /* [0, 2^64-1] unless sized */
} mp__operand;

/* What a call of one overload is estimated at, its arguments left out. */
typedef struct mp__call_estimate {
    mp__range cost;
    bool sized; /* of the result */
    mp__range size;
} mp__call_estimate;

#define MP__ANY_SIZE ((mp__range){ 0, UINT64_MAX })

mp__range mp__range_add(mp__range a, mp__range b);
mp__range mp__range_times(mp__range a, mp__range b);
mp__range mp__range_union(mp__range a, mp__range b);
/* Each end times a factor, rounded up. */
mp__range mp__range_scale(mp__range a, double factor);

/* The place one step below: by the name of a field, or into the entries. */
mp__place mp__place_field(mp__place place, mp__str name);
mp__place mp__place_values(mp__place place);
mp__place mp__place_keys(mp__place place);
/* The size of what stands at a place; false if nothing is known of it. */
bool mp__place_size(mp__place place, mp__range *size);

/* A function's formula.  `target` is NULL for a global call. */
mp__call_estimate mp__estimate_function(const mp__function *row, const mp__operand *target,
                                        const mp__operand *args, size_t count);

#endif

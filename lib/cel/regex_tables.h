/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unicode for regular expressions: named classes and case folding.
 */
#ifndef MP_REGEX_TABLES_H
#define MP_REGEX_TABLES_H

#include <stddef.h>
#include <stdint.h>

typedef struct mp__regex_range {
    uint32_t low, high;
} mp__regex_range;

/* A general category or a script, its name in lower case without separators: `count` ranges from
 * `start` on, in order. */
typedef struct mp__regex_named {
    const char *name;
    uint16_t start, count;
} mp__regex_named;

extern const mp__regex_range mp__regex_ranges[];
extern const mp__regex_named mp__regex_named_classes[];
extern const size_t mp__regex_named_count;
/* Sorted by low: high is the next code point of low's simple case folding orbit. */
extern const mp__regex_range mp__regex_folds[];
extern const size_t mp__regex_fold_count;

#endif

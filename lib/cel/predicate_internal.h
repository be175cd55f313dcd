/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Selectors as a row of tests.
 */
#ifndef MP_PREDICATE_INTERNAL_H
#define MP_PREDICATE_INTERNAL_H

#include "cel_internal.h"

typedef struct mp__predicate mp__predicate;

/* *out is NULL where tests would gain nothing; false: out of memory. */
bool mp__predicate_make(mp__arena *arena, const mp__insn *root, const mp__predicate **out);
/* *decided is false where the machine must decide.  MP_OK or MP_ENOMEM. */
mp_status mp__predicate_run(const mp_cel *cel, const mp_cel_device *device, bool *decided,
                            bool *match);

/* What decides where tests do not. */
mp_status mp__match_by_machine(const mp_cel *cel, const mp_cel_device *device, bool *match,
                               mp_error *err);

#endif

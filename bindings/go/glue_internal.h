/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packing, for the C files of the binding.
 */
#ifndef MODELPLANE_GO_GLUE_INTERNAL_H
#define MODELPLANE_GO_GLUE_INTERNAL_H

#include "glue.h"

void mpgo__grow_numbers(mpgo_pack *p);
void mpgo__put_text(mpgo_pack *p, const char *text, size_t size);
void mpgo__put_string(mpgo_pack *p, const char *text);

static inline void mpgo__put(mpgo_pack *p, int64_t number)
{
    if (p->count == p->room)
        mpgo__grow_numbers(p);
    if (p->count < p->room)
        p->numbers[p->count++] = number;
}

#endif

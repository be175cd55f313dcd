/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mp_function_run(): the response (function_response.c).
 */
#ifndef MP_FUNCTION_INTERNAL_H
#define MP_FUNCTION_INTERNAL_H

#include "reconcile_internal.h"

/* A response with what is carried over from the request. */
mp_object *mp__response_new(mp_doc *doc, const mp_object *request);
/* Everything that was emitted for the parent. */
void mp__response_fill(mp_object *response, mp__run *run, const mp__resource *parent);
/* Fatal: there is no parent, or none of a kind that is known. */
void mp__response_refuse(mp_object *response, const mp_object *request);

#endif

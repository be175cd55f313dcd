/* SPDX-License-Identifier: Apache-2.0 */
/*
 * URLs and their parts.
 */
#ifndef MP_URL_INTERNAL_H
#define MP_URL_INTERNAL_H

#include "cel_internal.h"

typedef struct mp__url {
    mp__str scheme;                /* lower case */
    mp__str opaque;                /* what follows a scheme without a slash */
    mp__str user;                  /* name and password, escaped */
    mp__str host;                  /* with the port, not escaped */
    mp__str path, query, fragment; /* escaped */
    mp__str text;                  /* the whole, normalised */
    bool has_user, no_host, force_query;
    mp__str why; /* of a text that is none: as net/url says it */
} mp__url;

/* Each: MP_EPARSE where the text is none; what is read borrows from the text and the arena. */
/* The target of a request: absolute, or a path from the root. */
mp_status mp__url_request(mp__arena *arena, mp__str text, mp__url *url);
/* The same, with a fragment. */
mp_status mp__url_parse(mp__arena *arena, mp__str text, mp__url *url);
void mp__url_split_host(const mp__url *url, mp__str *name, mp__str *port);
/* The next key and value of a query; false at its end, or when out of memory. */
bool mp__url_next_param(mp__arena *arena, mp__str *rest, mp__str *key, mp__str *value,
                        mp_status *st);

#endif

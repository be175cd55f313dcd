/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the two halves of the checker share: check.c verifies plans, proof.c certificates.
 */
#ifndef MP_PLACE_PROOF_INTERNAL_H
#define MP_PLACE_PROOF_INTERNAL_H

#include "census_internal.h"
#include "place_internal.h"
#include <setjmp.h>

/* Pods that are put down, by a row or by the search. */
typedef struct mp__put mp__put;
struct mp__put {
    const mp_placement *p;
    const mp__row *row;
    const mp_member *m;
    int64_t copy;
    bool kept;     /* they run there already */
    mp__state *at; /* a state of their place */
    int64_t *left; /* of each node after it */
    /* Of the search: */
    bool must;        /* they claim devices */
    mp__put *first;   /* pod of their member */
    size_t device[8]; /* per request */
};

struct mp__checker {
    const mp_fleet *fleet;
    const mp_deployment *d;
    const mp_plan *plan;
    const mp__owner *owner;
    mp_schedule_opts opts;
    mp__str name; /* of the cluster under way */
    const mp_cluster *cluster;
    const mp_placement *p;  /* to blame; NULL: the cluster */
    int64_t number;         /* of the replica, or the certificate, that is looked at */
    mp__census census;      /* of the cluster, */
    bool devices, charged;  /* where they are counted; with what runs on it */
    mp__map facts;          /* of the cluster */
    mp__put **puts;         /* rows of the cluster that take nodes, or pods of the search */
    size_t count, capacity; /* of these */
    size_t steps;           /* of the search */
    mp__arena arena;
    const char *broken; /* NULL: out of memory */
    jmp_buf end;
};

/* Ends the work unless a rule holds; NULL: there was memory.  All memory is the arena's. */
void mp__must(mp__checker *c, bool holds, const char *rule);
/* Memory that there must be. */
void *mp__got(mp__checker *c, void *memory);

/* What is known of something of the cluster: NULL at first.  To be set before the next question. */
enum { MP__FACT_STAYS = -6, MP__FACT_SEEN, MP__FACT_CLAIMS, MP__FACT_DOMAIN, MP__FACT_FIRST };
/* and from 0 on the wishes of each replica */
void **mp__fact(mp__checker *c, int64_t kind, uint64_t a, int64_t b, mp__str text);

/* Adds one to those under way. */
void mp__check_put(mp__checker *c, mp__put *u);
/* What keeps new replicas, or ones that run, off the cluster; NULL: nothing. */
const char *mp__check_closed(const mp__checker *c, bool runs);
/* Whether a device that nobody is on serves a request; NULL: any. */
bool mp__check_serves(mp__checker *c, const mp_device *device, const mp_request *q);
/* Serves a request by a device, if it can be, out of what is left. */
bool mp__check_serve(mp__checker *c, const mp_pool *pool, size_t i, const mp_request *q,
                     int64_t *left);
/* Whether the member must claim devices, since it can somewhere on the cluster. */
bool mp__check_claims(mp__checker *c, const mp_member *m);
/* A place, beside all that runs on the cluster but what goes of the deployment's own. */
mp__state *mp__check_place(mp__checker *c, const mp_pool *pool, mp__str path);
/* Names the domain of a level that a state is in; size 0: none. */
mp__str mp__check_domain(mp__checker *c, const mp__state *at, mp__str level);
/* Whether pods are apart from the first of those that they must be together with. */
bool mp__check_apart(mp__checker *c, mp__put *u);

/* ---- certificates ---- */

/* Opens all places that one more replica may be in: told apart as far as it must be together. */
void mp__proof_open(mp__checker *c);
/* Counts by a certificate: fills in what is needed and what there is. */
void mp__proof_count(mp__checker *c, mp__certificate *of);
/* Verifies one of the cluster under way. */
void mp__proof_check(mp__checker *c, const mp__certificate *of);

#endif

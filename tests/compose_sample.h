/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plan that shows every field of ModelReplica and ModelEndpoint: deployment `chat` of `ml-team`,
 * a prefill/decode pair whose decode side is a gang with a leader that claims nothing, three
 * replicas.  Two are new, on east-1 and west-1; one was observed on zone-3, which has lost its
 * gateway.  The replicas on east-1 and zone-3 are Ready.
 */
#ifndef MP_COMPOSE_SAMPLE_H
#define MP_COMPOSE_SAMPLE_H

#include <modelplane/compose.h>

typedef struct compose_sample {
    mp_fleet *fleet;
    mp_deployment *deployment;
    mp_plan *plan;
} compose_sample;

/* `pod_template` is the JSON of the prefill member's, NULL for one that the schemas know.  All is
 * made with `alloc`; after a failure, too, compose_sample_fini() releases it. */
mp_status compose_sample_init(compose_sample *s, const mp_allocator *alloc,
                              const char *pod_template, mp_error *err);
void compose_sample_fini(compose_sample *s);
/* For mp_compose_opts. */
bool compose_sample_ready(const char *replica_name, size_t size, void *user);

#endif

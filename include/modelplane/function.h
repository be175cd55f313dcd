/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file function.h
 * One reconcile of one parent object, as a composition function of Crossplane answers it.
 */
#ifndef MODELPLANE_FUNCTION_H
#define MODELPLANE_FUNCTION_H

#include <modelplane/reconcile.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How long a response may be reused, in seconds, unless the request says otherwise. */
#define MP_FUNCTION_TTL 60

/**
 * Answer a RunFunctionRequest with a RunFunctionResponse, both in their protobuf-JSON form (field
 * names in lowerCamelCase; a request may have them in snake_case too).
 *
 * What is done follows from the kind of observed.composite.resource: InferenceClass,
 * InferenceCluster, InferenceGateway, ServingStack, ModelDeployment (both shapes), ModelReplica,
 * ModelEndpoint, ModelService or ModelCache.  Read are observed.composite, observed.resources
 * (children by response key), requiredResources (extraResources where that lacks one), desired,
 * context and meta.tag.
 *
 * The response has:
 * - `meta`: the tag of the request, and a ttl of #MP_FUNCTION_TTL seconds;
 * - `desired`: that of the request, with the children of the parent in `resources` (`ready` is
 *   READY_TRUE or absent), and in `composite` the parent's new status (conditions left out) and
 *   whether it is ready, where that does not follow from its children;
 * - `conditions`, `results` (SEVERITY_NORMAL, SEVERITY_WARNING, SEVERITY_FATAL);
 * - `requirements.resources`: what must be known.  A requirement that the request does not have has
 *   not been looked for yet; one without items is not there;
 * - `context`: that of the request.
 *
 * Whole numbers are written as integers, also where the request has them as doubles.  A result of
 * SEVERITY_FATAL, for a request without a parent or with one that cannot be read or is of another
 * kind, tells Crossplane to leave everything as it is; the status is MP_OK then.
 *
 * @param request read only
 * @param opts    NULL for #MP_RECONCILE_OPTS_INIT; `assume_ready`, `explain` and `explain_all` have
 *                no effect
 * @param[out] out owned by the caller (mp_doc_free()); NULL unless MP_OK is returned
 * @retval MP_EINVAL the request is not a map
 * @retval MP_ENOMEM out of memory
 * Threads: any number of calls may share one request while nobody changes it.
 */
MP_API mp_status mp_function_run(const mp_allocator *alloc, const mp_object *request,
                                 const mp_reconcile_opts *opts, mp_doc **out, mp_error *err);

#ifdef __cplusplus
}
#endif
#endif

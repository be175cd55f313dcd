/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file document.h
 * Rules of the document kinds: what the API server would refuse, said with the same words.
 */
#ifndef MODELPLANE_DOCUMENT_H
#define MODELPLANE_DOCUMENT_H

#include <modelplane/object.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The shapes that kinds had over time.  MP_SHAPE_AUTO is MP_SHAPE_V1 for a ModelDeployment that has
 * spec.engines and no spec.template, and MP_SHAPE_V2 for everything else: the newer shape of the
 * other kinds takes what the older one held.
 */
typedef enum mp_shape { MP_SHAPE_AUTO, MP_SHAPE_V1, MP_SHAPE_V2 } mp_shape;

/** One broken rule.  The texts are valid until the callback returns. */
typedef struct mp_violation {
    const char *path;      /**< of the field, such as spec.template.spec.engines[0].members */
    const char *message;   /**< one line */
    const mp_object *node; /**< the field, or the nearest parent that is there; offset and line */
    unsigned rule;         /**< number of the rule in doc/validation.md, 0 for structure */
} mp_violation;

/** Called per violation, in document order; false stops. */
typedef bool (*mp_violation_fn)(const mp_violation *violation, void *user);

/**
 * Whether the library knows rules for the document's apiVersion and kind (modelplane.ai/v1alpha1).
 */
MP_API bool mp_document_known(const mp_object *document);

/**
 * Check every rule of a document's kind: structure (types, required fields, lengths, bounds, enums,
 * duplicate list keys) and the cross-field rules.  Defaults count as given.  Unknown fields are not
 * violations (the API server drops them): see mp_document_unknown().
 *
 * The time is in proportion to the size of the document, and so is the number of violations.
 * @param document  may be part of a larger tree; paths begin at it
 * @param[out] count number of violations reported; may be NULL
 * @param[out] err  the first violation, where there is one
 * @retval MP_OK      no violation
 * @retval MP_EDOC    some; each was given to `fn` (which may be NULL)
 * @retval MP_ENOENT  the kind is not known
 * @retval MP_ESTOPPED `fn` answered false
 * @retval MP_ENOMEM  out of memory
 */
MP_API mp_status mp_validate(const mp_allocator *alloc, const mp_object *document, mp_shape shape,
                             mp_violation_fn fn, void *user, size_t *count, mp_error *err);

/** Fields are added at the end only. */
typedef struct mp_validate_opts {
    int version;    /**< 1 */
    mp_shape shape; /**< as for mp_validate() */
    /** Pods may have containers beside the one named engine, which is all that is asked then. */
    bool relaxed;
    /**
     * The document that this one replaces, or NULL: some rules are about what may change.  One of
     * another kind says nothing.
     */
    const mp_object *before;
} mp_validate_opts;
/** The defaults. */
#define MP_VALIDATE_OPTS_INIT                                                                      \
    {                                                                                              \
        1, MP_SHAPE_AUTO, false, NULL                                                              \
    }

/**
 * As mp_validate(), with options.
 * @param opts NULL for #MP_VALIDATE_OPTS_INIT
 */
MP_API mp_status mp_validate_with(const mp_allocator *alloc, const mp_object *document,
                                  const mp_validate_opts *opts, mp_violation_fn fn, void *user,
                                  size_t *count, mp_error *err);

/**
 * Report the fields of a document that its kind does not have, in document order.  The API server
 * drops them, so they break no rule, but a misspelt field is one of them: the message names the
 * field that was probably meant.  Nothing below an unknown field is looked at.
 * @param[out] count number of fields reported; may be NULL
 * @retval MP_OK      the whole document was looked at
 * @retval MP_ENOENT  the kind is not known
 * @retval MP_ESTOPPED `fn` answered false
 * @retval MP_ENOMEM  out of memory
 */
MP_API mp_status mp_document_unknown(const mp_allocator *alloc, const mp_object *document,
                                     mp_shape shape, mp_violation_fn fn, void *user, size_t *count,
                                     mp_error *err);

#ifdef __cplusplus
}
#endif
#endif

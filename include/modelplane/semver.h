/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file semver.h
 * Semantic versions 2.0.0, as Kubernetes reads them.
 */
#ifndef MODELPLANE_SEMVER_H
#define MODELPLANE_SEMVER_H

#include <modelplane/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A version, held by value.  The two texts are borrowed from the text that was parsed. */
typedef struct mp_semver {
    uint64_t major;         /**< first part */
    uint64_t minor;         /**< second part */
    uint64_t patch;         /**< third part */
    const char *prerelease; /**< without the hyphen; NULL when size is 0 */
    size_t prerelease_size; /**< bytes */
    const char *build;      /**< without the plus; NULL when size is 0 */
    size_t build_size;      /**< bytes */
} mp_semver;

/** Accept "v1.2" and "01.2.3": strip one leading v and leading zeros, add missing parts as 0. */
#define MP_SEMVER_NORMALIZE 1u

/**
 * Parse a version.  Allocates nothing.
 * @param[out] out borrows from `text`; set to zero unless MP_OK is returned
 * @retval MP_EPARSE not a version; err->offset is the first byte that does not belong
 */
MP_API mp_status mp_semver_parse(const char *text, size_t size, unsigned flags, mp_semver *out,
                                 mp_error *err);

/** -1, 0 or 1 by precedence; build metadata is ignored. */
MP_API int mp_semver_compare(const mp_semver *a, const mp_semver *b);

#ifdef __cplusplus
}
#endif
#endif

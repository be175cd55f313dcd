/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file cel.h
 * Device selectors: the CEL of Kubernetes DRA, compiled once and run on many devices.
 *
 * A selector is compiled against an environment: the DRA environment, where the one variable is
 * `device`, or a base environment of declared variables.  A compiled program is immutable.
 */
#ifndef MODELPLANE_CEL_H
#define MODELPLANE_CEL_H

#include <modelplane/object.h>
#include <modelplane/quantity.h>
#include <modelplane/semver.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mp_cel_env mp_cel_env;       /**< what a selector may refer to */
typedef struct mp_cel mp_cel;               /**< a compiled program */
typedef struct mp_cel_device mp_cel_device; /**< a device prepared for matching */

/** Longest source, in code points. */
#define MP_CEL_SOURCE_MAX 100000
/** Deepest nesting of a source. */
#define MP_CEL_DEPTH_MAX 249

/**
 * The DRA environment: variable `device`, result bool or dyn.
 * @param[out] out owned by the caller (mp_cel_env_free()); NULL unless MP_OK is returned
 * Threads: an environment may be shared by any number of threads that compile with it.
 */
MP_API mp_status mp_cel_env_new_dra(const mp_allocator *alloc, mp_cel_env **out, mp_error *err);

/** The base environment without variables; any result type is allowed. */
MP_API mp_status mp_cel_env_new(const mp_allocator *alloc, mp_cel_env **out, mp_error *err);

/** Free an environment.  Programs made with it stay valid.  NULL is fine. */
MP_API void mp_cel_env_free(mp_cel_env *env);

/**
 * Compile a selector.  Memory comes from the environment's allocator.
 * @param[out] out owned by the caller (mp_cel_free()); NULL unless MP_OK is returned
 * @param[out] err offset (bytes), line and column (code points) of the fault and what was expected
 * @retval MP_EPARSE   not well-formed
 * @retval MP_ECOMPILE well-formed but not valid: undeclared name, no such overload, bad constant,
 *                     result neither bool nor dyn
 * @retval MP_ELIMIT   too long or nested too deeply
 * @retval MP_ENOMEM   out of memory
 */
MP_API mp_status mp_cel_compile(const mp_cel_env *env, const char *source, size_t size,
                                mp_cel **out, mp_error *err);
/** Free a program.  NULL is fine. */
MP_API void mp_cel_free(mp_cel *cel);
/** The source text, as given; borrowed. */
MP_API const char *mp_cel_source(const mp_cel *cel, size_t *size);
/** The checked result type, for example "bool" or "list(int)"; borrowed. */
MP_API const char *mp_cel_type(const mp_cel *cel);
/** Bytes of memory the program keeps. */
MP_API size_t mp_cel_memory(const mp_cel *cel);

/** A range of costs, in the units that running a selector is charged in. */
typedef struct mp_cel_cost {
    uint64_t min; /**< best case */
    uint64_t max; /**< worst case; 2^64-1: without bound */
} mp_cel_cost;

/** Longest source of a selector that Kubernetes stores, in bytes. */
#define MP_CEL_STORED_MAX 10240
/** Largest worst-case estimate of a selector that Kubernetes stores, and the limit of one run. */
#define MP_CEL_COST_MAX 1000000

/**
 * What running a selector costs at best and at worst, as Kubernetes estimates it when a selector is
 * stored: where `max` exceeds MP_CEL_COST_MAX, or the source MP_CEL_STORED_MAX bytes, it refuses to
 * store it.  The scheduler does not estimate.  Reads and checks the source; what only program
 * construction finds (a constant that does not convert) is mp_cel_compile()'s to report.
 * @param[out] out zero unless MP_OK is returned
 * @retval MP_EPARSE, MP_ECOMPILE, MP_ELIMIT, MP_ENOMEM as mp_cel_compile()
 */
MP_API mp_status mp_cel_estimate(const mp_cel_env *env, const char *source, size_t size,
                                 mp_cel_cost *out, mp_error *err);

/* ---- devices ---- */

/**
 * An empty device.  Names are qualified names: "domain/id", or "id", whose domain is the driver.
 * @param driver may be ""
 * @param[out] out owned by the caller (mp_cel_device_free()); NULL unless MP_OK is returned
 */
MP_API mp_status mp_cel_device_new(const mp_allocator *alloc, const char *driver,
                                   size_t driver_size, mp_cel_device **out, mp_error *err);
/** Free a device.  NULL is fine. */
MP_API void mp_cel_device_free(mp_cel_device *device);

/* Setters copy what they are given; a name set twice keeps the last value.  All return MP_OK or
 * MP_ENOMEM.  Setting is exclusive; matching may be shared. */
/** A text attribute. */
MP_API mp_status mp_cel_device_set_string(mp_cel_device *device, const char *name, size_t name_size,
                                          const char *text, size_t size);
/** A truth attribute. */
MP_API mp_status mp_cel_device_set_bool(mp_cel_device *device, const char *name, size_t name_size,
                                        bool value);
/** An integer attribute. */
MP_API mp_status mp_cel_device_set_int(mp_cel_device *device, const char *name, size_t name_size,
                                       int64_t value);
/** A text that is no strict semantic version makes every selector fail on this device. */
MP_API mp_status mp_cel_device_set_version(mp_cel_device *device, const char *name,
                                           size_t name_size, const char *text, size_t size);
/** An attribute without a value: makes every selector fail on this device. */
MP_API mp_status mp_cel_device_set_invalid(mp_cel_device *device, const char *name,
                                           size_t name_size);
/* An attribute may hold a list of one type.  Texts are given as parallel arrays; an element of
 * `sizes` may be MP_NTS. */
/** A list of texts. */
MP_API mp_status mp_cel_device_set_strings(mp_cel_device *device, const char *name,
                                           size_t name_size, const char *const *texts,
                                           const size_t *sizes, size_t count);
/** A list of truth values. */
MP_API mp_status mp_cel_device_set_bools(mp_cel_device *device, const char *name, size_t name_size,
                                         const bool *values, size_t count);
/** A list of integers. */
MP_API mp_status mp_cel_device_set_ints(mp_cel_device *device, const char *name, size_t name_size,
                                        const int64_t *values, size_t count);
/** A list of versions; one text that is none makes every selector fail on this device. */
MP_API mp_status mp_cel_device_set_versions(mp_cel_device *device, const char *name,
                                            size_t name_size, const char *const *texts,
                                            const size_t *sizes, size_t count);
/** A text that is no quantity makes every selector fail on this device. */
MP_API mp_status mp_cel_device_set_capacity(mp_cel_device *device, const char *name,
                                            size_t name_size, const char *text, size_t size);
/** What device.allowMultipleAllocations says; false unless set. */
MP_API mp_status mp_cel_device_set_multiple_allocations(mp_cel_device *device, bool value);

/* ---- running ---- */

/**
 * Run a program of the DRA environment on a device.
 * @param[out] match false unless MP_OK is returned
 * @retval MP_EEVAL the selector failed on this device (missing key, result not bool, ...)
 * @retval MP_EBUDGET the cost limit (1,000,000 units) was passed
 * @retval MP_ENOMEM out of memory
 *
 * Allocates nothing in the common forms (comparisons, `in` constant lists, capacities, versions).
 * Threads: any number may run one program on one device at once.
 */
MP_API mp_status mp_cel_match(const mp_cel *cel, const mp_cel_device *device, bool *match,
                              mp_error *err);

#ifdef __cplusplus
}
#endif
#endif

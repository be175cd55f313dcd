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

/** Feature gates of Kubernetes that change what a selector may use. */
typedef enum mp_cel_gate {
    MP_CEL_CONSUMABLE_CAPACITY = 1, /**< DRAConsumableCapacity: device.allowMultipleAllocations */
    MP_CEL_LIST_ATTRIBUTES = 2      /**< DRAListTypeAttributes: lists and includes() */
} mp_cel_gate;

/** Whose selectors are compiled.  Start from MP_CEL_PROFILE_INIT. */
typedef struct mp_cel_profile {
    unsigned release; /**< of Kubernetes: N for 1.N, from 31 to 37 */
    bool stored;      /**< it was stored before; a new one may use only what 1.(N-1) has */
    unsigned gates;   /**< mp_cel_gate, or'ed: those that are on */
} mp_cel_profile;
/** A stored selector of 1.37: every part of the language that mp_cel_env_new_dra() has. */
#define MP_CEL_PROFILE_INIT                                                                        \
    {                                                                                              \
        37, true, 0                                                                                \
    }

/**
 * The DRA environment of a release: what it declares, how it charges, what its evaluator does
 * otherwise than that of 1.37.
 * @retval MP_EINVAL a release that is not known
 * @retval MP_ENOMEM out of memory
 */
MP_API mp_status mp_cel_env_new_profile(const mp_allocator *alloc, const mp_cel_profile *profile,
                                        mp_cel_env **out, mp_error *err);

/** The base environment without variables; any result type is allowed. */
MP_API mp_status mp_cel_env_new(const mp_allocator *alloc, mp_cel_env **out, mp_error *err);

/**
 * Declare a variable of a base environment, before programs are compiled with it.
 * @param name may be dotted: "object.spec"
 * @param type_text NUL-terminated: "int", "list(string)", "map(string, dyn)", ...; "dyn" for any
 * @retval MP_EINVAL no type, no name, or not a base environment
 * @retval MP_ENOMEM out of memory
 */
MP_API mp_status mp_cel_env_declare(mp_cel_env *env, const char *name, size_t name_size,
                                    const char *type_text, mp_error *err);

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
/**
 * A device like another: the values are its own, the names and texts are the other's, which must
 * outlive it and must not change while it lives.  Many devices of one kind are made best as copies
 * of one, on which what differs is set: they take less memory, and mp_cel_match_each() is faster.
 * @param[out] out owned by the caller (mp_cel_device_free()); NULL unless MP_OK is returned
 * @retval MP_ENOMEM out of memory
 */
MP_API mp_status mp_cel_device_copy(const mp_allocator *alloc, const mp_cel_device *model,
                                    mp_cel_device **out, mp_error *err);
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

/** The outcome of a selector that failed on a device; else it is 1 or 0. */
#define MP_CEL_FAILED 2
/**
 * The same on many devices: outcomes[i] is 1 where the selector matches devices[i], 0 where it does
 * not, and MP_CEL_FAILED where it failed: mp_cel_match() says why.
 * @param[out] outcomes room for `count` of them
 * @retval MP_ENOMEM out of memory; the outcomes are not complete
 *
 * Threads: as mp_cel_match().
 */
MP_API mp_status mp_cel_match_each(const mp_cel *cel, const mp_cel_device *const *devices,
                                   size_t count, uint8_t *outcomes, mp_error *err);

/* ---- variables and results ---- */

typedef struct mp_cel_vars mp_cel_vars;     /**< values of an environment's variables */
typedef struct mp_cel_result mp_cel_result; /**< what a program gave */

/**
 * Room for the values of the variables declared so far; none is set, and reading one that is not
 * fails the evaluation.
 * @param[out] out owned by the caller (mp_cel_vars_free()); NULL unless MP_OK is returned
 */
MP_API mp_status mp_cel_vars_new(const mp_cel_env *env, mp_cel_vars **out, mp_error *err);
/** Free variables.  NULL is fine. */
MP_API void mp_cel_vars_free(mp_cel_vars *vars);
/**
 * Set a variable to a copy of an object.  Where the declared type says so, a number becomes a uint
 * or double, a text becomes bytes, a quantity, a version, an address, a prefix, a URL, a timestamp
 * or a duration, and null becomes an optional that holds nothing.
 * @retval MP_EINVAL no such variable, or the value is not of its type
 * @retval MP_ELIMIT nested deeper than MP_READ_DEPTH_MAX
 * @retval MP_ENOMEM out of memory
 */
MP_API mp_status mp_cel_vars_set(mp_cel_vars *vars, const char *name, size_t name_size,
                                 const mp_object *value, mp_error *err);
/* Each sets one variable: MP_OK, MP_EINVAL (no such variable, or of another type) or MP_ENOMEM. */
/** A truth value. */
MP_API mp_status mp_cel_vars_set_bool(mp_cel_vars *vars, const char *name, size_t name_size,
                                      bool value);
/** A signed integer. */
MP_API mp_status mp_cel_vars_set_int(mp_cel_vars *vars, const char *name, size_t name_size,
                                     int64_t value);
/** An unsigned integer. */
MP_API mp_status mp_cel_vars_set_uint(mp_cel_vars *vars, const char *name, size_t name_size,
                                      uint64_t value);
/** A double. */
MP_API mp_status mp_cel_vars_set_double(mp_cel_vars *vars, const char *name, size_t name_size,
                                        double value);
/** A text, copied. */
MP_API mp_status mp_cel_vars_set_string(mp_cel_vars *vars, const char *name, size_t name_size,
                                        const char *text, size_t size);
/** Bytes, copied. */
MP_API mp_status mp_cel_vars_set_bytes(mp_cel_vars *vars, const char *name, size_t name_size,
                                       const void *data, size_t size);

/** What one evaluation is given.  Start from MP_CEL_INPUT_INIT. */
typedef struct mp_cel_input {
    const mp_cel_device *device; /**< for a program of the DRA environment */
    const mp_cel_vars *vars;     /**< for one of a base environment with variables */
    uint64_t budget;             /**< most units it may cost; 0: MP_CEL_COST_MAX */
} mp_cel_input;
/** Nothing given. */
#define MP_CEL_INPUT_INIT                                                                          \
    {                                                                                              \
        0, 0, 0                                                                                    \
    }

/**
 * Evaluate a program.
 * @param[out] out owned by the caller (mp_cel_result_free()); NULL unless MP_OK is returned.  It
 *             borrows from the program and the input, which must outlive it.
 * @param[out] cost what the evaluation was charged, failed or not; may be NULL
 * @retval MP_EEVAL the evaluation failed: the text says why
 * @retval MP_EBUDGET the budget was passed
 * @retval MP_EINVAL the input lacks what the program reads
 * @retval MP_ENOMEM out of memory
 *
 * Threads: any number may run one program at once, on one input that nobody changes.
 */
MP_API mp_status mp_cel_eval(const mp_cel *cel, const mp_cel_input *input, mp_cel_result **out,
                             uint64_t *cost, mp_error *err);
/** Free a result.  NULL is fine. */
MP_API void mp_cel_result_free(mp_cel_result *result);
/** The type of the value, without parameters: "bool", "list", "kubernetes.Quantity"; borrowed. */
MP_API const char *mp_cel_result_type(const mp_cel_result *result);
/* Each reads a value of one type; false, and zero, if it is of another. */
/** A truth value. */
MP_API bool mp_cel_result_bool(const mp_cel_result *result, bool *out);
/** A signed integer. */
MP_API bool mp_cel_result_int(const mp_cel_result *result, int64_t *out);
/** An unsigned integer. */
MP_API bool mp_cel_result_uint(const mp_cel_result *result, uint64_t *out);
/** A double. */
MP_API bool mp_cel_result_double(const mp_cel_result *result, double *out);
/** A string, or bytes; borrowed, and not NUL-terminated.  NULL if it is neither. */
MP_API const char *mp_cel_result_string(const mp_cel_result *result, size_t *size);
/**
 * The value as an object of the document: lists and maps as such (keys as texts), an optional as
 * what it holds or null, quantities, versions, addresses, URLs, times and types as texts.
 * @return borrowed from the document, placed nowhere in it; NULL if memory ran out, or the value is
 *         nested deeper than MP_READ_DEPTH_MAX or has more than MP_CEL_COST_MAX parts
 */
MP_API mp_object *mp_cel_result_object(const mp_cel_result *result, mp_doc *doc);

/* ---- explaining ---- */

/** A part of a selector, evaluated by itself on a device. */
typedef struct mp_cel_part {
    size_t offset;     /**< of its operator or first character, in bytes */
    uint32_t line;     /**< from 1 */
    uint32_t column;   /**< from 1, in code points */
    unsigned depth;    /**< parts that it is a part of */
    const char *text;  /**< the part as text */
    const char *type;  /**< of the value; "" where there is none */
    mp_status status;  /**< MP_OK, MP_EEVAL or MP_EBUDGET */
    const char *value; /**< as JSON, or why there is none */
    uint64_t cost;     /**< what evaluating it is charged */
} mp_cel_part;
/** Parts that mp_cel_explain() reports at most. */
#define MP_CEL_PARTS_MAX 500
/** Called with one part after another; all it is given is borrowed until it returns. */
typedef void (*mp_cel_part_fn)(const mp_cel_part *part, void *user);

/**
 * Every part of a selector on one device, each before the parts it is made of.  Names, constants
 * and what a macro repeats are left out, and what comes after MP_CEL_PARTS_MAX parts or after
 * parts that cost ten times MP_CEL_COST_MAX together.
 * @retval MP_EPARSE, MP_ECOMPILE, MP_ELIMIT, MP_ENOMEM as mp_cel_compile()
 */
MP_API mp_status mp_cel_explain(const mp_cel_env *env, const char *source, size_t size,
                                const mp_cel_device *device, mp_cel_part_fn fn, void *user,
                                mp_error *err);

/** What one conjunct leaves of many devices. */
typedef struct mp_cel_step {
    size_t offset;    /**< as of a part */
    uint32_t line;    /**< from 1 */
    uint32_t column;  /**< from 1 */
    const char *text; /**< the conjunct */
    size_t left;      /**< devices for which it and all before it hold */
    size_t failed;    /**< devices that it or one before it failed on */
} mp_cel_step;
/** Called with one conjunct after another; all it is given is borrowed until it returns. */
typedef void (*mp_cel_step_fn)(const mp_cel_step *step, void *user);

/**
 * How many devices survive each term of the selector's outermost `&&`, in order.
 * @retval MP_EPARSE, MP_ECOMPILE, MP_ELIMIT, MP_ENOMEM as mp_cel_compile()
 */
MP_API mp_status mp_cel_sieve(const mp_cel_env *env, const char *source, size_t size,
                              const mp_cel_device *const *devices, size_t count, mp_cel_step_fn fn,
                              void *user, mp_error *err);

/** A name that a selector reads and no device has. */
typedef struct mp_cel_unknown {
    size_t offset;       /**< as of a part */
    uint32_t line;       /**< from 1 */
    uint32_t column;     /**< from 1 */
    bool capacity;       /**< of a capacity, not an attribute */
    const char *name;    /**< "domain/id" */
    const char *nearest; /**< the most similar name that one has; NULL if none is similar */
} mp_cel_unknown;
/** Called with one name after another; all it is given is borrowed until it returns. */
typedef void (*mp_cel_unknown_fn)(const mp_cel_unknown *unknown, void *user);

/**
 * The attributes and capacities that a selector reads by constant names and that none of the
 * devices has.  The nearest spelling is sought among the first 1024 names.
 * @retval MP_EPARSE, MP_ECOMPILE, MP_ELIMIT, MP_ENOMEM as mp_cel_compile()
 */
MP_API mp_status mp_cel_unknown_names(const mp_cel_env *env, const char *source, size_t size,
                                      const mp_cel_device *const *devices, size_t count,
                                      mp_cel_unknown_fn fn, void *user, mp_error *err);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file status.h
 * Status codes, the caller's error record, the allocator, and the two ways to pass text.
 *
 * Text goes in as pointer plus length.  A length of #MP_NTS means "NUL-terminated: measure it".
 * Text that comes out is borrowed from the handle it was asked of, unless the function says
 * otherwise.
 */
#ifndef MODELPLANE_STATUS_H
#define MODELPLANE_STATUS_H

#include <stddef.h>
#include <stdint.h>

/** Marks what the shared library exports. */
#if defined(_WIN32)
#define MP_API
#elif defined(__GNUC__)
#define MP_API __attribute__((visibility("default")))
#else
#define MP_API
#endif

/** Has the compiler check a format against its arguments. */
#if defined(__GNUC__)
#define MP_PRINTF(fmt_index, first_arg) __attribute__((format(printf, fmt_index, first_arg)))
#else
#define MP_PRINTF(fmt_index, first_arg)
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** Length of a NUL-terminated text, as an argument. */
#define MP_NTS ((size_t)-1)

/** Offset of an error that has no place in a text. */
#define MP_NO_OFFSET ((size_t)-1)

/**
 * Every status: X(code, text).  The order is the ABI: new ones go to the end.
 *
 *   MP_EINVAL    an argument makes no sense (programming error)
 *   MP_EPARSE    a text is not well-formed (JSON, quantity, version, selector syntax)
 *   MP_ECOMPILE  a selector is well-formed but not valid (types, names, constants)
 *   MP_EEVAL     a selector failed while it ran on a device
 *   MP_EDOC      a document breaks a rule of its kind
 *   MP_ELIMIT    a named limit was passed (size, depth, count)
 *   MP_EBUDGET   the search budget was spent before an answer was found
 *   MP_ECONFLICT the fleet changed since the plan was made
 *   MP_ECHECK    the checker refuses a plan; the text says which rule
 *   MP_ESTOPPED  a callback asked to stop
 */
#define MP_STATUS_LIST(X)                                                                          \
    X(MP_OK, "success")                                                                            \
    X(MP_ENOMEM, "out of memory")                                                                  \
    X(MP_EINVAL, "invalid argument")                                                               \
    X(MP_EPARSE, "not well-formed")                                                                \
    X(MP_ECOMPILE, "selector does not compile")                                                    \
    X(MP_EEVAL, "selector cannot be evaluated")                                                    \
    X(MP_EDOC, "invalid document")                                                                 \
    X(MP_ELIMIT, "limit exceeded")                                                                 \
    X(MP_ERANGE, "number out of range")                                                            \
    X(MP_EEXIST, "already exists")                                                                 \
    X(MP_ENOENT, "not found")                                                                      \
    X(MP_EBUDGET, "search budget spent")                                                           \
    X(MP_ECONFLICT, "the fleet has changed")                                                       \
    X(MP_ECHECK, "plan is not valid")                                                              \
    X(MP_ESTOPPED, "stopped by a callback")                                                        \
    X(MP_EIO, "cannot read or write")

/** Result of every call that can fail. */
typedef enum mp_status {
/** An entry of the list as an enumerator. */
#define MP_STATUS_ENUM_(code, text) code,
    MP_STATUS_LIST(MP_STATUS_ENUM_)
#undef MP_STATUS_ENUM_
} mp_status;

/** Name of a status, for example "MP_ENOMEM"; "MP_?" for a number that is none.  Static text. */
MP_API const char *mp_status_name(mp_status status);

/** One line about a status, for example "out of memory".  Static text. */
MP_API const char *mp_status_text(mp_status status);

#define MP_ERROR_PATH_SIZE 256 /**< bytes of mp_error.path, the NUL included */
#define MP_ERROR_TEXT_SIZE 512 /**< bytes of mp_error.text, the NUL included */

/**
 * What went wrong.  The caller owns it, on the stack as a rule; it holds no memory of its own.
 * Every function that takes an `mp_error *` accepts NULL, clears it on entry and fills it on
 * failure.
 */
typedef struct mp_error {
    mp_status status;              /**< MP_OK while nothing failed */
    size_t offset;                 /**< byte offset into the text read, or #MP_NO_OFFSET */
    uint32_t line;                 /**< 1-based line, 0 if unknown */
    uint32_t column;               /**< 1-based column in code points, 0 if unknown */
    char path[MP_ERROR_PATH_SIZE]; /**< document path such as spec.engines[0].name, may be "" */
    char text[MP_ERROR_TEXT_SIZE]; /**< one line, UTF-8, no newline */
} mp_error;

/**
 * Where memory comes from.  Copied by value into the handle that is made with it; NULL anywhere an
 * allocator is asked for means malloc(), realloc() and free().
 *
 * `alloc` and `resize` return NULL when out of memory.  `resize` is never called with a NULL block
 * and `release` may be called with NULL.  Blocks must be aligned for any type.
 */
typedef struct mp_allocator {
    void *(*alloc)(size_t size, void *user);               /**< as malloc() */
    void *(*resize)(void *block, size_t size, void *user); /**< as realloc() */
    void (*release)(void *block, void *user);              /**< as free() */
    void *user;                                            /**< last argument of all three */
} mp_allocator;

/** A text the library made for the caller: data is NUL-terminated, size excludes the NUL. */
typedef struct mp_text {
    char *data;             /**< NUL-terminated; NULL while empty */
    size_t size;            /**< bytes, without the NUL */
    mp_allocator allocator; /**< gives the memory back in mp_text_fini() */
} mp_text;

/** Free what is inside and reset to empty.  NULL and an all-zero text are fine. */
MP_API void mp_text_fini(mp_text *text);

#ifdef __cplusplus
}
#endif
#endif

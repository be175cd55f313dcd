/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file quantity.h
 * Kubernetes quantities ("141Gi", "1500m", "12e6"): exact decimal values.
 *
 * A quantity is held by value.  Most need no memory; one beyond 18 digits or with a fraction below
 * its suffix keeps a big decimal, so call mp_quantity_fini() on every quantity that was filled.
 */
#ifndef MODELPLANE_QUANTITY_H
#define MODELPLANE_QUANTITY_H

#include <modelplane/status.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How a quantity was written, which decides how it is printed. */
typedef enum mp_quantity_format {
    MP_QUANTITY_DECIMAL_SI, /**< n u m "" k M G T P E */
    MP_QUANTITY_BINARY_SI,  /**< Ki Mi Gi Ti Pi Ei */
    MP_QUANTITY_EXPONENT    /**< e3 */
} mp_quantity_format;

/**
 * A quantity.  Read it through the functions below.  Two representations, told apart by
 * mp_quantity_is_integer() as Kubernetes does: `unscaled` x 10^`scale`, or the big decimal in
 * `big`.
 */
typedef struct mp_quantity {
    int64_t unscaled;          /**< valid while big is NULL */
    int32_t scale;             /**< power of ten; valid while big is NULL */
    mp_quantity_format format; /**< how it is printed */
    struct mp__bigdec *big;    /**< owned, or NULL */
} mp_quantity;
/** Zero. */
#define MP_QUANTITY_INIT                                                                           \
    {                                                                                              \
        0, 0, MP_QUANTITY_DECIMAL_SI, 0                                                            \
    }

/** Longest text accepted, in bytes. */
#define MP_QUANTITY_SIZE_MAX 16384
/** Largest magnitude of a decimal exponent. */
#define MP_QUANTITY_EXPONENT_MAX 100000

/**
 * Parse a quantity exactly as Kubernetes 1.37 does (white space is not trimmed; a missing digit
 * part is zero, so "Mi" parses as 0).
 * @param alloc for a big decimal only
 * @param[out] out filled on MP_OK, else set to zero
 * @retval MP_EPARSE not a quantity; err->offset is the first byte that does not belong
 * @retval MP_ELIMIT too long, or an exponent beyond #MP_QUANTITY_EXPONENT_MAX
 * @retval MP_ENOMEM out of memory
 */
MP_API mp_status mp_quantity_parse(const mp_allocator *alloc, const char *text, size_t size,
                                   mp_quantity *out, mp_error *err);
/** Free what is inside and set to zero.  NULL is fine. */
MP_API void mp_quantity_fini(mp_quantity *q);

/** -1, 0 or 1, by exact value, whatever the representations. */
MP_API int mp_quantity_compare(const mp_quantity *a, const mp_quantity *b);
/** -1, 0 or 1. */
MP_API int mp_quantity_sign(const mp_quantity *q);
/** True where Kubernetes says isInteger(): the scaled form, without fraction, inside int64. */
MP_API bool mp_quantity_is_integer(const mp_quantity *q);
/** The integer; false, and `out` untouched, where mp_quantity_is_integer() is false. */
MP_API bool mp_quantity_as_integer(const mp_quantity *q, int64_t *out);
/** The value rounded away from zero to an integer and clamped to int64, in the quantity's unit. */
MP_API int64_t mp_quantity_value(const mp_quantity *q);
/** The nearest double as Kubernetes computes it: unscaled times a power of ten. */
MP_API double mp_quantity_as_double(const mp_quantity *q);

/**
 * Sum and difference, exact.  `out` may be `a` or `b`: what it held is freed after use.
 * @retval MP_ENOMEM out of memory, `out` unchanged
 */
MP_API mp_status mp_quantity_add(const mp_allocator *alloc, const mp_quantity *a,
                                 const mp_quantity *b, mp_quantity *out, mp_error *err);
/** `a` minus `b`, as mp_quantity_add(). */
MP_API mp_status mp_quantity_sub(const mp_allocator *alloc, const mp_quantity *a,
                                 const mp_quantity *b, mp_quantity *out, mp_error *err);

/** The canonical text that the Kubernetes API prints ("1536Mi", "1500m", "0"). */
MP_API mp_status mp_quantity_text(const mp_allocator *alloc, const mp_quantity *q, mp_text *out,
                                  mp_error *err);
/** The exact value as a plain decimal number ("1610612736", "0.5"), no suffix, no exponent. */
MP_API mp_status mp_quantity_decimal(const mp_allocator *alloc, const mp_quantity *q, mp_text *out,
                                     mp_error *err);

#ifdef __cplusplus
}
#endif
#endif

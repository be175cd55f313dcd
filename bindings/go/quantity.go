// SPDX-License-Identifier: Apache-2.0

package modelplane

// #include "glue.h"
import "C"

import "runtime"

// A Quantity is an exact decimal value as Kubernetes writes it: "141Gi", "1500m", "12e6".  It does not
// change, needs no Close, and may be used by any number of goroutines.
type Quantity struct {
	q C.mp_quantity
}

func makeQuantity(call func(out *C.mp_quantity, e *C.mp_error) C.mp_status) (*Quantity, error) {
	q := &Quantity{}
	if err := try(func(e *C.mp_error) C.mp_status { return call(&q.q, e) }); err != nil {
		return nil, err
	}
	if q.q.big != nil { // most need no memory
		runtime.SetFinalizer(q, func(q *Quantity) { C.mp_quantity_fini(&q.q) })
	}
	return q, nil
}

// ParseQuantity reads a quantity exactly as Kubernetes does.
func ParseQuantity(text string) (*Quantity, error) {
	t := lend(text)
	return makeQuantity(func(out *C.mp_quantity, e *C.mp_error) C.mp_status {
		return C.mp_quantity_parse(nil, t.p, t.n, out, e)
	})
}

// Compare is -1, 0 or 1, by exact value.
func (q *Quantity) Compare(other *Quantity) int {
	defer runtime.KeepAlive(q)
	defer runtime.KeepAlive(other)
	return int(C.mp_quantity_compare(&q.q, &other.q))
}

// Sign is -1, 0 or 1.
func (q *Quantity) Sign() int {
	defer runtime.KeepAlive(q)
	return int(C.mp_quantity_sign(&q.q))
}

// IsInteger is true where Kubernetes says so.
func (q *Quantity) IsInteger() bool {
	defer runtime.KeepAlive(q)
	return bool(C.mp_quantity_is_integer(&q.q))
}

// Int64 is the integer; false where IsInteger is.
func (q *Quantity) Int64() (int64, bool) {
	var v C.int64_t
	defer runtime.KeepAlive(q)
	ok := C.mp_quantity_as_integer(&q.q, &v)
	return int64(v), bool(ok)
}

// Value is rounded away from zero to an integer, and clamped to an int64.
func (q *Quantity) Value() int64 {
	defer runtime.KeepAlive(q)
	return int64(C.mp_quantity_value(&q.q))
}

// Float64 is the nearest double as Kubernetes computes it.
func (q *Quantity) Float64() float64 {
	defer runtime.KeepAlive(q)
	return float64(C.mp_quantity_as_double(&q.q))
}

// Add is the exact sum.
func (q *Quantity) Add(other *Quantity) (*Quantity, error) {
	defer runtime.KeepAlive(q)
	defer runtime.KeepAlive(other)
	return makeQuantity(func(out *C.mp_quantity, e *C.mp_error) C.mp_status {
		return C.mp_quantity_add(nil, &q.q, &other.q, out, e)
	})
}

// Sub is the exact difference.
func (q *Quantity) Sub(other *Quantity) (*Quantity, error) {
	defer runtime.KeepAlive(q)
	defer runtime.KeepAlive(other)
	return makeQuantity(func(out *C.mp_quantity, e *C.mp_error) C.mp_status {
		return C.mp_quantity_sub(nil, &q.q, &other.q, out, e)
	})
}

func (q *Quantity) text(call func(t *C.mp_text, e *C.mp_error) C.mp_status) string {
	var t C.mp_text
	defer runtime.KeepAlive(q)
	if err := try(func(e *C.mp_error) C.mp_status { return call(&t, e) }); err != nil {
		return "" // out of memory
	}
	return taken(&t)
}

// String is the canonical text that Kubernetes prints, such as "1536Mi".
func (q *Quantity) String() string {
	return q.text(func(t *C.mp_text, e *C.mp_error) C.mp_status { return C.mp_quantity_text(nil, &q.q, t, e) })
}

// Decimal is the exact value without suffix and exponent, such as "0.5".
func (q *Quantity) Decimal() string {
	return q.text(func(t *C.mp_text, e *C.mp_error) C.mp_status {
		return C.mp_quantity_decimal(nil, &q.q, t, e)
	})
}

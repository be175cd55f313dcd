// SPDX-License-Identifier: Apache-2.0

package modelplane

// #include "glue.h"
import "C"

import (
	"runtime"
	"unsafe"
)

// Vars are values of the variables of an environment.
type Vars struct {
	p *C.mp_cel_vars
	s *shared
}

// NewVars makes room for the variables that are declared so far; none has a value.
func (v *Env) NewVars() (*Vars, error) {
	if v.p == nil {
		return nil, ErrClosed
	}
	var p *C.mp_cel_vars
	err := try(func(e *C.mp_error) C.mp_status { return C.mp_cel_vars_new(v.p, &p, e) })
	runtime.KeepAlive(v)
	if err != nil {
		return nil, err
	}
	env := v.s.keep()
	return closeLater(&Vars{p, share(func() {
		C.mp_cel_vars_free(p)
		env.drop()
	})}), nil
}

// Close frees the values.
func (v *Vars) Close() error {
	if v != nil && v.p != nil {
		v.p = nil
		v.s.drop()
		closed(v)
	}
	return nil
}

// Set gives a variable a value: nil, a bool, number, string, []byte, [Object], or slices and maps of
// such.  Where the declared type says so, a number becomes a uint or double, and a text becomes bytes,
// a quantity or a version.
func (v *Vars) Set(name string, value any) error {
	if v.p == nil {
		return ErrClosed
	}
	n := lend(name)
	defer runtime.KeepAlive(v)
	switch x := value.(type) {
	case bool:
		return check(C.mp_cel_vars_set_bool(v.p, n.p, n.n, C.bool(x)))
	case int:
		return check(C.mp_cel_vars_set_int(v.p, n.p, n.n, C.int64_t(x)))
	case int64:
		return check(C.mp_cel_vars_set_int(v.p, n.p, n.n, C.int64_t(x)))
	case uint64:
		return check(C.mp_cel_vars_set_uint(v.p, n.p, n.n, C.uint64_t(x)))
	case float64:
		return check(C.mp_cel_vars_set_double(v.p, n.p, n.n, C.double(x)))
	case []byte:
		t := lendBytes(x)
		return check(C.mp_cel_vars_set_bytes(v.p, n.p, n.n, unsafe.Pointer(t.p), t.n))
	case Object:
		return v.setObject(n, x)
	}
	doc, err := NewDoc(value)
	if err != nil {
		return err
	}
	defer doc.Close()
	return v.setObject(n, doc.Root())
}

func (v *Vars) setObject(n lent, o Object) error {
	defer runtime.KeepAlive(o.doc)
	return try(func(e *C.mp_error) C.mp_status { return C.mp_cel_vars_set(v.p, n.p, n.n, o.ptr(), e) })
}

// An Input is what one evaluation is given.
type Input struct {
	Device *Device // for a program of an environment of selectors
	Vars   *Vars   // for one with variables
	Budget uint64  // the most that it may cost; 0: CELCostMax
}

// A Result is what a program gave.  One from a device of a fleet is of no more use once the fleet changes.
type Result struct {
	p       *C.mp_cel_result
	fleet   *Fleet // whose device it was
	version uint64 // of the fleet, which must not have changed
	free    func()
}

// ptr is the result, or nil once it is closed, or the fleet with its device changed.
func (r *Result) ptr() *C.mp_cel_result {
	if r.fleet != nil && r.fleet.Version() != r.version {
		return nil
	}
	return r.p
}

// Eval evaluates a program.  The cost is told also where it fails.
func (c *Program) Eval(in Input) (r *Result, cost uint64, err error) {
	if c.ptr() == nil || in.Device != nil && in.Device.ptr() == nil || in.Vars != nil && in.Vars.p == nil {
		return nil, 0, ErrClosed
	}
	var p *C.mp_cel_result
	var spent C.uint64_t
	var vars *C.mp_cel_vars
	if in.Vars != nil {
		vars = in.Vars.p
	}
	err = try(func(e *C.mp_error) C.mp_status {
		return C.mpgo_eval(c.p, in.Device.ptr(), vars, C.uint64_t(in.Budget), &p, &spent, e)
	})
	if err == nil {
		kept := []*shared{c.keep()} // the result borrows from all that it was given
		var fleet *Fleet
		if in.Device != nil && in.Device.owner == nil {
			kept = append(kept, in.Device.s.keep())
		} else if in.Device != nil {
			fleet = in.Device.owner.c.f
			kept = append(kept, fleet.own.s.keep())
		}
		if in.Vars != nil {
			kept = append(kept, in.Vars.s.keep())
		}
		r = closeLater(&Result{p, fleet, fleet.Version(), func() {
			C.mp_cel_result_free(p)
			for _, s := range kept {
				s.drop()
			}
		}})
	}
	runtime.KeepAlive(c)
	runtime.KeepAlive(in)
	return r, uint64(spent), err
}

// Close frees the result.
func (r *Result) Close() error {
	if r != nil && r.p != nil {
		r.p = nil
		r.free()
		closed(r)
	}
	return nil
}

// Type of the value, without parameters, such as "list" or "kubernetes.Quantity".
func (r *Result) Type() string {
	if r.ptr() == nil {
		return ""
	}
	defer runtime.KeepAlive(r)
	return C.GoString(C.mp_cel_result_type(r.p))
}

// Object adds the value to a document, placed nowhere in it: lists and maps as such, an optional as what
// it holds or null; quantities, versions, addresses and types as texts.
func (r *Result) Object(doc *Doc) (Object, error) {
	if r.ptr() == nil || doc == nil || doc.p == nil {
		return Object{}, ErrClosed
	}
	o := doc.object(C.mp_cel_result_object(r.p, doc.p))
	runtime.KeepAlive(r)
	if !o.Exists() {
		if err := doc.Err(); err != nil {
			return o, err
		}
		return o, &Error{Status: ErrLimit, Text: "the value is too large or nested too deeply", Offset: -1}
	}
	return o, nil
}

// Value is the value in Go: bool, int64, uint64, float64, string or []byte; all else as Object makes it
// and [Object.Value] reads it.
func (r *Result) Value() (any, error) {
	if r.ptr() == nil {
		return nil, ErrClosed
	}
	defer runtime.KeepAlive(r)
	var b C.bool
	var i C.int64_t
	var u C.uint64_t
	var d C.double
	var n C.size_t
	switch {
	case bool(C.mp_cel_result_bool(r.p, &b)):
		return bool(b), nil
	case bool(C.mp_cel_result_int(r.p, &i)):
		return int64(i), nil
	case bool(C.mp_cel_result_uint(r.p, &u)):
		return uint64(u), nil
	case bool(C.mp_cel_result_double(r.p, &d)):
		return float64(d), nil
	}
	if text := C.mp_cel_result_string(r.p, &n); text != nil {
		if r.Type() == "bytes" {
			return []byte(goString(text, n)), nil
		}
		return goString(text, n), nil
	}
	doc, err := EmptyDoc()
	if err != nil {
		return nil, err
	}
	defer doc.Close()
	o, err := r.Object(doc)
	if err != nil {
		return nil, err
	}
	return o.Value()
}

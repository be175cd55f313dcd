// SPDX-License-Identifier: Apache-2.0

package modelplane

// #cgo pkg-config: modelplane
// #cgo CFLAGS: -std=c11
// #include "glue.h"
import "C"

import (
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"
)

// Version is the version of the library that is linked, such as "0.1.0".
func Version() string {
	return C.GoString(C.mp_version())
}

// ---- texts into C: the library copies what it keeps, so they are lent for the call ----

type lent struct {
	p *C.char
	n C.size_t
}

var empty = [1]byte{}

// lend has the library read the string where it is.  An empty one is a text too, not NULL.
func lend(s string) lent {
	if s == "" {
		return lent{(*C.char)(unsafe.Pointer(&empty[0])), 0}
	}
	// A string header begins with the pointer to its bytes.
	return lent{*(**C.char)(unsafe.Pointer(&s)), C.size_t(len(s))}
}

func lendBytes(b []byte) lent {
	if len(b) == 0 {
		return lend("")
	}
	return lent{(*C.char)(unsafe.Pointer(&b[0])), C.size_t(len(b))}
}

// lendAll lends several texts as one and their sizes.
func lendAll(texts []string) (lent, *C.size_t) {
	var all []byte
	sizes := make([]C.size_t, len(texts)+1)
	for i, s := range texts {
		all = append(all, s...)
		sizes[i] = C.size_t(len(s))
	}
	return lendBytes(all), &sizes[0]
}

// ---- texts out of C ----

func goString(p *C.char, n C.size_t) string {
	return string(unsafe.Slice((*byte)(unsafe.Pointer(p)), int(n)))
}

// taken is a text that the library made for us.
func taken(t *C.mp_text) string {
	s := goString(t.data, t.size)
	C.mp_text_fini(t)
	return s
}

// ---- ownership ----

// shared counts who needs a C object: its Go owner until Close, and what borrows from it.
type shared struct {
	refs int32
	free func()
}

// alive is how many C objects there are, for tests.
var alive int64

func share(free func()) *shared {
	atomic.AddInt64(&alive, 1)
	return &shared{refs: 1, free: free}
}

func (s *shared) keep() *shared {
	atomic.AddInt32(&s.refs, 1)
	return s
}

func (s *shared) drop() {
	if atomic.AddInt32(&s.refs, -1) == 0 {
		atomic.AddInt64(&alive, -1)
		s.free()
	}
}

// owner is the Go owner of a C object, for types that are part of a cycle, which the garbage collector
// would not finalize: they hold an owner, which is part of none.
type owner struct{ s *shared }

func newOwner(free func()) *owner { return closeLater(&owner{share(free)}) }

// Close drops the owner's share.
func (o *owner) Close() error {
	if o.s != nil {
		o.s.drop()
		o.s = nil
		closed(o)
	}
	return nil
}

// ---- errors ----

var errorRecords = sync.Pool{New: func() any { return new(C.mp_error) }}

// try makes a call that reports into an error record.
func try(call func(e *C.mp_error) C.mp_status) error {
	e := errorRecords.Get().(*C.mp_error)
	st := call(e)
	if st == C.MP_OK {
		errorRecords.Put(e)
		return nil
	}
	err := newError(st, e)
	errorRecords.Put(e)
	return err
}

// made is what a call comes to that returns nil on failure: the status is in the record.
func made(ok bool, e *C.mp_error) C.mp_status {
	if ok {
		return C.MP_OK
	}
	if e.status == C.MP_OK {
		return C.MP_EINVAL
	}
	return e.status
}

// check is for a call that says no more than its status.
func check(st C.mp_status) error {
	if st == C.MP_OK {
		return nil
	}
	return &Error{Status: Status(st), Text: Status(st).Error(), Offset: -1}
}

// ---- packs ----

// unpacking reads what glue.c packed.
type unpacking struct {
	numbers []int64
	text    string
}

// unpack copies a pack and frees it; its text becomes one string that all others are parts of.
func unpack(p *C.mpgo_pack) unpacking {
	defer C.mpgo_pack_fini(p)
	u := unpacking{text: goString(p.text, p.size)}
	if p.count > 0 {
		u.numbers = make([]int64, p.count)
		copy(u.numbers, unsafe.Slice((*int64)(p.numbers), int(p.count)))
	}
	return u
}

func (u *unpacking) more() bool { return len(u.numbers) > 0 }

func (u *unpacking) number() int64 {
	n := u.numbers[0]
	u.numbers = u.numbers[1:]
	return n
}

func (u *unpacking) int() int   { return int(u.number()) }
func (u *unpacking) bool() bool { return u.number() != 0 }

func (u *unpacking) string() string {
	at, size := u.numbers[0], u.numbers[1]
	u.numbers = u.numbers[2:]
	return u.text[at : at+size]
}

// packed makes a call that packs its answer.
func packed(call func(p *C.mpgo_pack, e *C.mp_error) C.mp_status) (unpacking, error) {
	var p C.mpgo_pack
	err := try(func(e *C.mp_error) C.mp_status { return call(&p, e) })
	return unpack(&p), err
}

// closer is what has a Close.
type closer interface{ Close() error }

// closeLater makes the garbage collector close what was forgotten.
func closeLater[T closer](x T) T {
	runtime.SetFinalizer(x, func(x T) { x.Close() })
	return x
}

func closed[T closer](x T) {
	runtime.SetFinalizer(x, nil)
}

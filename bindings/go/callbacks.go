// SPDX-License-Identifier: Apache-2.0

package modelplane

// #include "glue.h"
import "C"

import (
	"io"
	"runtime/cgo"
	"unsafe"
)

// What the library calls back.  C holds the number of a handle, never a pointer of Go.  A panic must
// not unwind through C: it is kept, the library is told to stop, and it goes on when it is back in Go.

// guarded is a callback's state: what it panicked with, if it did.
type guarded struct {
	panicked bool
	value    any
}

// catch is to be deferred by a callback.
func (g *guarded) catch() {
	if v := recover(); v != nil {
		g.panicked, g.value = true, v
	}
}

// rethrow is called back in Go.
func (g *guarded) rethrow() {
	if g.panicked {
		g.panicked = false
		panic(g.value)
	}
}

type visiting struct {
	guarded
	doc  *Doc
	call func(Object, WalkEvent) WalkStep
}

//export mpgoVisit
func mpgoVisit(node *C.mp_object, event C.int, handle C.uintptr_t) (step C.int) {
	v := cgo.Handle(handle).Value().(*visiting)
	step = C.MP_WALK_STOP
	defer v.catch()
	step = C.int(v.call(Object{v.doc, node}, WalkEvent(event)))
	return step
}

type writing struct {
	guarded
	to  io.Writer
	err error
}

//export mpgoWrite
func mpgoWrite(data *C.char, size C.size_t, handle C.uintptr_t) (st C.int) {
	w := cgo.Handle(handle).Value().(*writing)
	st = C.MP_EIO
	defer w.catch()
	if size > 0 {
		if _, w.err = w.to.Write(unsafe.Slice((*byte)(unsafe.Pointer(data)), int(size))); w.err != nil {
			return st
		}
	}
	st = C.MP_OK
	return st
}

type asking struct {
	guarded
	ready func(string) bool
}

//export mpgoReady
func mpgoReady(name *C.char, size C.size_t, handle C.uintptr_t) (yes C.int) {
	a := cgo.Handle(handle).Value().(*asking)
	if a.panicked {
		return 0
	}
	defer a.catch()
	if a.ready(goString(name, size)) {
		yes = 1
	}
	return yes
}

type scoring struct {
	guarded
	fleet *Fleet
	score func(Candidate) int64
}

//export mpgoScore
func mpgoScore(c *C.mp_cluster, p *C.mp_pool, e *C.mp_engine, replicas, needs, free C.int64_t,
	handle C.uintptr_t) (score C.int64_t) {
	s := cgo.Handle(handle).Value().(*scoring)
	if s.panicked {
		return 0
	}
	defer s.catch()
	cluster := s.fleet.cluster(c)
	candidate := Candidate{Cluster: cluster, Replicas: int64(replicas), Needs: int64(needs), Free: int64(free)}
	if p != nil {
		candidate.Pool = &Pool{cluster, p}
	}
	if e != nil {
		candidate.Engine = engineName(e)
	}
	return C.int64_t(s.score(candidate))
}

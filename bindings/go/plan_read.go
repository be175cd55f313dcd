// SPDX-License-Identifier: Apache-2.0

package modelplane

// #include "glue.h"
import "C"

// planReader reads the plans that glue_plan.c packed, in the same order.  All plans of a batch share a
// few blocks of memory.
type planReader struct {
	unpacking
	placements slab[Placement]
	engines    slab[PlacedEngine]
	members    slab[PlacedMember]
	shares     slab[Share]
	claims     slab[PlacedClaim]
}

// slab hands out slices of larger ones.
type slab[T any] struct {
	rest  []T
	block int // elements to make room for at once
}

func (s *slab[T]) take(n int) []T {
	if n == 0 {
		return nil
	}
	if n > len(s.rest) {
		size := s.block
		if size < n {
			size = n
		}
		s.rest = make([]T, size)
	}
	out := s.rest[:n:n]
	s.rest = s.rest[n:]
	return out
}

// expect sizes the blocks for so many plans.
func (r *planReader) expect(plans int) {
	if plans > 256 {
		plans = 256
	}
	r.placements.block = plans
	r.engines.block = plans
	r.members.block = plans
	r.shares.block = plans
	r.claims.block = plans
}

func (r *planReader) decision(d *Decision) {
	if st := Status(r.number()); st != C.MP_OK {
		e := &Error{Status: st}
		e.Line, e.Column, e.Offset = r.int(), r.int(), r.int()
		e.Path, e.Text = r.string(), r.string()
		d.Err = e
		return
	}
	d.Verdict = Verdict(r.number())
	d.Counters.Evaluations = uint64(r.number())
	d.Counters.Shapes = uint64(r.number())
	d.Counters.Steps = uint64(r.number())
	d.Counters.Candidates = uint64(r.number())
	d.Placements = r.placements.take(r.int())
	for i := range d.Placements {
		r.placement(&d.Placements[i])
	}
}

func (r *planReader) placement(p *Placement) {
	p.Cluster = r.string()
	p.Index = r.number()
	p.Gateway = r.string()
	p.Retained = r.bool()
	p.Engines = r.engines.take(r.int())
	for i := range p.Engines {
		r.engine(&p.Engines[i])
	}
}

func (r *planReader) engine(e *PlacedEngine) {
	e.Name = r.string()
	e.Copies = r.number()
	e.Kept = r.bool()
	e.Members = r.members.take(r.int())
	for i := range e.Members {
		r.member(&e.Members[i])
	}
}

func (r *planReader) member(m *PlacedMember) {
	m.Role = Role(r.number())
	m.Pool = r.string()
	m.Nodes = r.number()
	m.Shares = r.shares.take(r.int())
	for i := range m.Shares {
		s := &m.Shares[i]
		s.Pool, s.Domain = r.string(), r.string()
		s.Copy, s.Pods, s.Nodes = r.number(), r.number(), r.number()
	}
	m.Claims = r.claims.take(r.int())
	for i := range m.Claims {
		c := &m.Claims[i]
		c.Request, c.DeviceClass = r.string(), r.string()
		c.Count = r.number()
	}
}

// SPDX-License-Identifier: Apache-2.0

package modelplane

// #include "glue.h"
import "C"

import (
	"fmt"
	"runtime"
	"sync/atomic"
)

// A Device is what a selector is run on.  Names are qualified: "domain/id", or "id", whose domain is the
// driver.
type Device struct {
	p     *C.mp_cel_device
	s     *shared     // nil: it belongs to a fleet
	owner *PoolDevice // which then has it

	copies int32 // that borrow from it; atomic
}

// NewDevice makes a device without attributes.
func NewDevice(driver string) (*Device, error) {
	var p *C.mp_cel_device
	t := lend(driver)
	err := try(func(e *C.mp_error) C.mp_status { return C.mp_cel_device_new(nil, t.p, t.n, &p, e) })
	if err != nil {
		return nil, err
	}
	return closeLater(&Device{p: p, s: share(func() { C.mp_cel_device_free(p) })}), nil
}

// Copy makes a device like this one, on which what differs is set.  Many devices of one kind are made best
// as copies of one: they take less memory, and MatchAll is faster.  A device cannot be changed while it
// has copies.
func (d *Device) Copy() (*Device, error) {
	if d.ptr() == nil {
		return nil, ErrClosed
	}
	if d.owner != nil {
		return nil, invalid("a device of a fleet cannot be copied")
	}
	var p *C.mp_cel_device
	err := try(func(e *C.mp_error) C.mp_status { return C.mp_cel_device_copy(nil, d.p, &p, e) })
	if err != nil {
		return nil, err
	}
	model := d.s.keep()
	atomic.AddInt32(&d.copies, 1)
	return closeLater(&Device{p: p, s: share(func() {
		C.mp_cel_device_free(p)
		model.drop()
		atomic.AddInt32(&d.copies, -1)
	})}), nil
}

// ptr is the device, or nil once it is closed.
func (d *Device) ptr() *C.mp_cel_device {
	if d == nil {
		return nil
	}
	if d.owner != nil {
		if d.owner.c.ptr() == nil {
			return nil
		}
		return C.mp_device_cel(d.owner.p)
	}
	return d.p
}

func devicePointers(devices []*Device) ([]*C.mp_cel_device, error) {
	list := make([]*C.mp_cel_device, len(devices)+1)
	for i, d := range devices {
		if list[i] = d.ptr(); list[i] == nil {
			return nil, ErrClosed
		}
	}
	return list, nil
}

// Close frees the device, unless it belongs to a fleet.
func (d *Device) Close() error {
	if d != nil && d.owner == nil && d.p != nil {
		d.p = nil
		d.s.drop()
		closed(d)
	}
	return nil
}

func (d *Device) changeable() error {
	if d.ptr() == nil {
		return ErrClosed
	}
	if d.owner != nil {
		return invalid("a device of a fleet is changed through the fleet")
	}
	if atomic.LoadInt32(&d.copies) > 0 {
		return invalid("the device has copies")
	}
	return nil
}

// A VersionText is a semantic version as an attribute of a device.
type VersionText string

// Set gives the device an attribute: a string, bool, int, int64 or VersionText, a slice of one of
// these, or nil for an attribute without a value.  A name that is set twice keeps the last value.
func (d *Device) Set(name string, value any) error {
	if err := d.changeable(); err != nil {
		return err
	}
	n := lend(name)
	defer runtime.KeepAlive(d)
	switch v := value.(type) {
	case nil:
		return check(C.mp_cel_device_set_invalid(d.p, n.p, n.n))
	case string:
		t := lend(v)
		return check(C.mp_cel_device_set_string(d.p, n.p, n.n, t.p, t.n))
	case VersionText:
		t := lend(string(v))
		return check(C.mp_cel_device_set_version(d.p, n.p, n.n, t.p, t.n))
	case bool:
		return check(C.mp_cel_device_set_bool(d.p, n.p, n.n, C.bool(v)))
	case int:
		return check(C.mp_cel_device_set_int(d.p, n.p, n.n, C.int64_t(v)))
	case int64:
		return check(C.mp_cel_device_set_int(d.p, n.p, n.n, C.int64_t(v)))
	}
	return d.setList(n, value)
}

func (d *Device) setList(n lent, value any) error {
	switch v := value.(type) {
	case []string:
		all, sizes := lendAll(v)
		return check(C.mpgo_device_set_texts(d.p, n.p, n.n, all.p, sizes, C.size_t(len(v)), false))
	case []VersionText:
		texts := make([]string, len(v))
		for i := range v {
			texts[i] = string(v[i])
		}
		all, sizes := lendAll(texts)
		return check(C.mpgo_device_set_texts(d.p, n.p, n.n, all.p, sizes, C.size_t(len(v)), true))
	case []bool:
		values := make([]C.uint8_t, len(v)+1)
		for i := range v {
			if v[i] {
				values[i] = 1
			}
		}
		return check(C.mpgo_device_set_bools(d.p, n.p, n.n, &values[0], C.size_t(len(v))))
	case []int:
		values := make([]C.int64_t, len(v)+1)
		for i := range v {
			values[i] = C.int64_t(v[i])
		}
		return check(C.mp_cel_device_set_ints(d.p, n.p, n.n, &values[0], C.size_t(len(v))))
	case []int64:
		values := make([]C.int64_t, len(v)+1)
		for i := range v {
			values[i] = C.int64_t(v[i])
		}
		return check(C.mp_cel_device_set_ints(d.p, n.p, n.n, &values[0], C.size_t(len(v))))
	}
	return invalid(fmt.Sprintf("an attribute cannot be a %T", value))
}

// SetCapacity gives the device a capacity, a quantity such as "141Gi".
func (d *Device) SetCapacity(name, quantity string) error {
	if err := d.changeable(); err != nil {
		return err
	}
	n, t := lend(name), lend(quantity)
	defer runtime.KeepAlive(d)
	return check(C.mp_cel_device_set_capacity(d.p, n.p, n.n, t.p, t.n))
}

// SetMultipleAllocations says what device.allowMultipleAllocations is.
func (d *Device) SetMultipleAllocations(v bool) error {
	if err := d.changeable(); err != nil {
		return err
	}
	defer runtime.KeepAlive(d)
	return check(C.mp_cel_device_set_multiple_allocations(d.p, C.bool(v)))
}

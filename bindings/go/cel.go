// SPDX-License-Identifier: Apache-2.0

package modelplane

// #include "glue.h"
import "C"

import "runtime"

// Limits of CEL.
const (
	CELSourceMax = C.MP_CEL_SOURCE_MAX // longest source, in code points
	CELDepthMax  = C.MP_CEL_DEPTH_MAX  // deepest nesting of a source
	CELStoredMax = C.MP_CEL_STORED_MAX // longest source that Kubernetes stores, in bytes
	CELPartsMax  = C.MP_CEL_PARTS_MAX  // parts that Explain tells of
	CELCostMax   = C.MP_CEL_COST_MAX   // largest estimate that it stores, and the limit of one run
)

// An Env says what an expression may refer to.
type Env struct {
	p *C.mp_cel_env
	s *shared
}

func makeEnv(call func(out **C.mp_cel_env, e *C.mp_error) C.mp_status) (*Env, error) {
	var p *C.mp_cel_env
	if err := try(func(e *C.mp_error) C.mp_status { return call(&p, e) }); err != nil {
		return nil, err
	}
	return closeLater(&Env{p, share(func() { C.mp_cel_env_free(p) })}), nil
}

// NewDRAEnv makes the environment of device selectors: one variable, device; the result is a bool.
func NewDRAEnv() (*Env, error) {
	return makeEnv(func(out **C.mp_cel_env, e *C.mp_error) C.mp_status { return C.mp_cel_env_new_dra(nil, out, e) })
}

// A Profile says whose selectors are compiled.  Start from DefaultProfile.
type Profile struct {
	Release            int  // of Kubernetes: N for 1.N, from 31 to 37
	Stored             bool // stored before; a new one may use only what 1.(N-1) has
	ConsumableCapacity bool // the feature gate DRAConsumableCapacity
	ListAttributes     bool // the feature gate DRAListTypeAttributes
}

// DefaultProfile is a stored selector of 1.37.
var DefaultProfile = Profile{Release: 37, Stored: true}

// NewProfileEnv makes the environment of device selectors of a release of Kubernetes.
func NewProfileEnv(profile Profile) (*Env, error) {
	c := C.mp_cel_profile{release: C.uint(profile.Release), stored: C.bool(profile.Stored)}
	if profile.ConsumableCapacity {
		c.gates |= C.MP_CEL_CONSUMABLE_CAPACITY
	}
	if profile.ListAttributes {
		c.gates |= C.MP_CEL_LIST_ATTRIBUTES
	}
	return makeEnv(func(out **C.mp_cel_env, e *C.mp_error) C.mp_status {
		return C.mp_cel_env_new_profile(nil, &c, out, e)
	})
}

// NewEnv makes the environment without variables; any result is allowed.
func NewEnv() (*Env, error) {
	return makeEnv(func(out **C.mp_cel_env, e *C.mp_error) C.mp_status { return C.mp_cel_env_new(nil, out, e) })
}

// Close frees the environment.  Programs made with it stay valid.
func (v *Env) Close() error {
	if v != nil && v.p != nil {
		v.p = nil
		v.s.drop()
		closed(v)
	}
	return nil
}

// Declare adds a variable to an environment of NewEnv: its name, which may be dotted, and its type, such
// as "int", "list(string)" or "dyn".
func (v *Env) Declare(name, typeText string) error {
	if v.p == nil {
		return ErrClosed
	}
	n := lend(name)
	text := append([]byte(typeText), 0)
	defer runtime.KeepAlive(v)
	return try(func(e *C.mp_error) C.mp_status {
		return C.mp_cel_env_declare(v.p, n.p, n.n, lendBytes(text).p, e)
	})
}

// A Program is a compiled expression.  It does not change.
type Program struct {
	p *C.mp_cel
	s *shared // nil: it belongs to a deployment
	d *Deployment
}

// Compile compiles an expression.  The error has the place of the fault.
func (v *Env) Compile(source string) (*Program, error) {
	if v.p == nil {
		return nil, ErrClosed
	}
	var p *C.mp_cel
	t := lend(source)
	err := try(func(e *C.mp_error) C.mp_status { return C.mp_cel_compile(v.p, t.p, t.n, &p, e) })
	runtime.KeepAlive(v)
	if err != nil {
		return nil, err
	}
	return closeLater(&Program{p: p, s: share(func() { C.mp_cel_free(p) })}), nil
}

// ptr is the program, or nil once it is closed.
func (c *Program) ptr() *C.mp_cel {
	if c.d != nil && c.d.p == nil {
		return nil
	}
	return c.p
}

// keep is who must stay for the program to stay.
func (c *Program) keep() *shared {
	if c.d != nil {
		return c.d.s.keep()
	}
	return c.s.keep()
}

// Close frees the program, unless it belongs to a deployment.
func (c *Program) Close() error {
	if c != nil && c.s != nil && c.p != nil {
		c.p = nil
		c.s.drop()
		closed(c)
	}
	return nil
}

// Source is the text that was compiled.
func (c *Program) Source() string {
	var n C.size_t
	defer runtime.KeepAlive(c)
	if c.ptr() == nil {
		return ""
	}
	return goString(C.mp_cel_source(c.p, &n), n)
}

// Type is the type of the result, such as "bool" or "list(int)".
func (c *Program) Type() string {
	defer runtime.KeepAlive(c)
	if c.ptr() == nil {
		return ""
	}
	return C.GoString(C.mp_cel_type(c.p))
}

// Memory is the number of bytes that the program keeps.
func (c *Program) Memory() int {
	defer runtime.KeepAlive(c)
	if c.ptr() == nil {
		return 0
	}
	return int(C.mp_cel_memory(c.p))
}

// Match runs a selector on a device.
func (c *Program) Match(device *Device) (bool, error) {
	if c.ptr() == nil || device.ptr() == nil {
		return false, ErrClosed
	}
	var match C.bool
	err := try(func(e *C.mp_error) C.mp_status { return C.mp_cel_match(c.p, device.ptr(), &match, e) })
	runtime.KeepAlive(c)
	runtime.KeepAlive(device)
	return bool(match), err
}

// A Match is what a selector said of one device.
type Match struct {
	OK  bool
	Err error // why it failed
}

// MatchAll runs a selector on many devices in one call.
func (c *Program) MatchAll(devices []*Device) ([]Match, error) {
	list, err := devicePointers(devices)
	if err != nil {
		return nil, err
	}
	if c.ptr() == nil {
		return nil, ErrClosed
	}
	outcomes := make([]C.uint8_t, len(devices)+1)
	err = try(func(e *C.mp_error) C.mp_status {
		return C.mp_cel_match_each(c.p, &list[0], C.size_t(len(devices)), &outcomes[0], e)
	})
	runtime.KeepAlive(c)
	runtime.KeepAlive(devices)
	if err != nil {
		return nil, err
	}
	out := make([]Match, len(devices))
	for i := range out {
		if outcomes[i] == C.MP_CEL_FAILED {
			_, out[i].Err = c.Match(devices[i])
		} else {
			out[i].OK = outcomes[i] != 0
		}
	}
	return out, nil
}

// A Cost is a range, in the units that running an expression is charged in.
type Cost struct {
	Min, Max uint64 // Max is 2^64-1 where there is no bound
}

// Estimate is what running an expression costs at best and at worst, as Kubernetes estimates it.
func (v *Env) Estimate(source string) (Cost, error) {
	if v.p == nil {
		return Cost{}, ErrClosed
	}
	var c C.mp_cel_cost
	t := lend(source)
	err := try(func(e *C.mp_error) C.mp_status { return C.mp_cel_estimate(v.p, t.p, t.n, &c, e) })
	runtime.KeepAlive(v)
	return Cost{uint64(c.min), uint64(c.max)}, err
}

// A Part is a part of a selector, evaluated by itself.
type Part struct {
	Offset, Line, Column int // Offset in bytes; Line and Column from 1
	Depth                int // how many parts it is a part of
	Text                 string
	Type                 string // of the value; "" where there is none
	Value                string // as JSON; "" where there is none
	Err                  error  // why there is none
	Cost                 uint64
}

// Explain tells what every part of a selector comes to on a device, each before the parts it is made
// of.
func (v *Env) Explain(source string, device *Device) ([]Part, error) {
	if v.p == nil || device.ptr() == nil {
		return nil, ErrClosed
	}
	t := lend(source)
	u, err := packed(func(p *C.mpgo_pack, e *C.mp_error) C.mp_status {
		return C.mpgo_explain(v.p, t.p, t.n, device.ptr(), p, e)
	})
	runtime.KeepAlive(v)
	runtime.KeepAlive(device)
	if err != nil {
		return nil, err
	}
	var parts []Part
	for u.more() {
		part := Part{Offset: u.int(), Line: u.int(), Column: u.int(), Depth: u.int(), Text: u.string(),
			Type: u.string()}
		if st := Status(u.number()); st == C.MP_OK {
			part.Value = u.string()
		} else {
			part.Err = &Error{Status: st, Text: u.string(), Offset: part.Offset, Line: part.Line,
				Column: part.Column}
		}
		part.Cost = uint64(u.number())
		parts = append(parts, part)
	}
	return parts, nil
}

// A SieveStep is one term of a selector's outermost &&.
type SieveStep struct {
	Offset, Line, Column int
	Text                 string
	Left                 int // devices for which it and all before it hold
	Failed               int // devices that it or one before it failed on
}

// Sieve tells how many devices survive each term of a selector's outermost &&.
func (v *Env) Sieve(source string, devices []*Device) ([]SieveStep, error) {
	u, err := v.overDevices(source, devices, func(t lent, list **C.mp_cel_device, p *C.mpgo_pack, e *C.mp_error) C.mp_status {
		return C.mpgo_sieve(v.p, t.p, t.n, list, C.size_t(len(devices)), p, e)
	})
	if err != nil {
		return nil, err
	}
	var steps []SieveStep
	for u.more() {
		steps = append(steps, SieveStep{Offset: u.int(), Line: u.int(), Column: u.int(), Text: u.string(),
			Left: u.int(), Failed: u.int()})
	}
	return steps, nil
}

// An UnknownName is a name that a selector reads and no device has.
type UnknownName struct {
	Offset, Line, Column int
	Capacity             bool   // of a capacity, not of an attribute
	Name                 string // "domain/id"
	Nearest              string // the most similar name that some device has, or ""
}

// UnknownNames are the attributes and capacities that a selector reads and none of the devices has.
func (v *Env) UnknownNames(source string, devices []*Device) ([]UnknownName, error) {
	u, err := v.overDevices(source, devices, func(t lent, list **C.mp_cel_device, p *C.mpgo_pack, e *C.mp_error) C.mp_status {
		return C.mpgo_unknown_names(v.p, t.p, t.n, list, C.size_t(len(devices)), p, e)
	})
	if err != nil {
		return nil, err
	}
	var names []UnknownName
	for u.more() {
		names = append(names, UnknownName{Offset: u.int(), Line: u.int(), Column: u.int(), Capacity: u.bool(),
			Name: u.string(), Nearest: u.string()})
	}
	return names, nil
}

func (v *Env) overDevices(source string, devices []*Device,
	call func(t lent, list **C.mp_cel_device, p *C.mpgo_pack, e *C.mp_error) C.mp_status) (unpacking, error) {
	list, err := devicePointers(devices)
	if err != nil {
		return unpacking{}, err
	}
	if v.p == nil {
		return unpacking{}, ErrClosed
	}
	t := lend(source)
	defer runtime.KeepAlive(v)
	defer runtime.KeepAlive(devices)
	return packed(func(p *C.mpgo_pack, e *C.mp_error) C.mp_status { return call(t, &list[0], p, e) })
}

// SPDX-License-Identifier: Apache-2.0

package modelplane

// #include "glue.h"
import "C"

import (
	"errors"
	"runtime"
	"unsafe"
)

// A Shape is one that kinds had over time.
type Shape int

// ShapeAuto is ShapeV1 for a ModelDeployment that has spec.engines and no spec.template, and ShapeV2 for
// everything else.
const (
	ShapeAuto Shape = C.MP_SHAPE_AUTO
	ShapeV1   Shape = C.MP_SHAPE_V1
	ShapeV2   Shape = C.MP_SHAPE_V2
)

// A Violation is one broken rule.
type Violation struct {
	Path    string // of the field, from the document
	Message string // one line
	Rule    int    // number of the rule; 0 for structure
	Line    int    // of the field, or of the nearest parent that is there; 0 if it was not read
	Offset  int    // in bytes; -1 if it was not read
	Node    Object // the field, or the nearest parent that is there
}

// Known tells whether the library knows rules for the document's apiVersion and kind.
func Known(document Object) bool {
	defer runtime.KeepAlive(document.doc)
	return bool(C.mp_document_known(document.ptr()))
}

// ValidateOptions say how to validate; nil, and the zero value, mean the defaults.
type ValidateOptions struct {
	Shape   Shape
	Relaxed bool   // pods may have containers beside the one named engine
	Before  Object // the document that this one replaces: some rules are about what may change
}

// Validate checks every rule of a document's kind: what the API server would refuse, in the same words.
// The error is ErrNotFound for a kind that is not known; a document that breaks rules is none.
func Validate(document Object, opts *ValidateOptions) ([]Violation, error) {
	if opts == nil {
		opts = &ValidateOptions{}
	}
	defer runtime.KeepAlive(opts.Before.doc)
	return violations(document, func(p *C.mpgo_pack, e *C.mp_error) C.mp_status {
		return C.mpgo_validate(document.ptr(), C.mp_shape(opts.Shape), C.bool(opts.Relaxed),
			opts.Before.ptr(), p, e)
	})
}

// UnknownFields are the fields of a document that its kind does not have, and that the API server drops.
// The message names the field that was probably meant.
func UnknownFields(document Object, shape Shape) ([]Violation, error) {
	return violations(document, func(p *C.mpgo_pack, e *C.mp_error) C.mp_status {
		return C.mpgo_unknown(document.ptr(), C.mp_shape(shape), p, e)
	})
}

func violations(document Object, call func(p *C.mpgo_pack, e *C.mp_error) C.mp_status) ([]Violation, error) {
	u, err := packed(call)
	runtime.KeepAlive(document.doc)
	if err != nil && !errors.Is(err, ErrDocument) {
		return nil, err
	}
	var list []Violation
	for u.more() {
		v := Violation{Path: u.string(), Message: u.string(), Rule: u.int(), Line: u.int(), Offset: u.int()}
		v.Node = document.doc.object(nodeOf(u.number()))
		list = append(list, v)
	}
	return list, nil
}

// nodeOf is the node whose address a pack holds as a number.
func nodeOf(address int64) *C.mp_object {
	return *(**C.mp_object)(unsafe.Pointer(&address))
}

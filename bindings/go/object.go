// SPDX-License-Identifier: Apache-2.0

package modelplane

// #include "glue.h"
import "C"

import (
	"bytes"
	"runtime"
	"runtime/cgo"
)

// A Type says what an object is.
type Type int

// The types of objects.
const (
	TypeNull   Type = C.MP_OBJECT_NULL
	TypeBool   Type = C.MP_OBJECT_BOOL
	TypeInt    Type = C.MP_OBJECT_INT    // fits an int64
	TypeUint   Type = C.MP_OBJECT_UINT   // above that, fits a uint64
	TypeDouble Type = C.MP_OBJECT_DOUBLE // written with a fraction or exponent, or beyond a uint64
	TypeString Type = C.MP_OBJECT_STRING
	TypeList   Type = C.MP_OBJECT_LIST
	TypeMap    Type = C.MP_OBJECT_MAP
)

// String is the type's name, such as "list".
func (t Type) String() string {
	return C.GoString(C.mp_object_type_name(C.mp_object_type_t(t)))
}

// A Doc owns a tree of objects: what JSON and YAML are read into and written from.
type Doc struct {
	p *C.mp_doc
	s *shared
}

func newDoc(p *C.mp_doc) *Doc {
	return closeLater(&Doc{p, share(func() { C.mp_doc_free(p) })})
}

// makeDoc is for calls that make a document.
func makeDoc(call func(out **C.mp_doc, e *C.mp_error) C.mp_status) (*Doc, error) {
	var p *C.mp_doc
	if err := try(func(e *C.mp_error) C.mp_status { return call(&p, e) }); err != nil {
		return nil, err
	}
	return newDoc(p), nil
}

// EmptyDoc makes a document without a root.
func EmptyDoc() (*Doc, error) {
	return makeDoc(func(out **C.mp_doc, e *C.mp_error) C.mp_status { return C.mp_doc_new(nil, out, e) })
}

// Close frees the document with all its objects.
func (d *Doc) Close() error {
	if d != nil && d.p != nil {
		d.p = nil
		d.s.drop()
		closed(d)
	}
	return nil
}

// Root is the root; an object that is not there while the document has none.
func (d *Doc) Root() Object {
	if d == nil || d.p == nil {
		return Object{}
	}
	defer runtime.KeepAlive(d)
	return d.object(C.mp_doc_root(d.p))
}

// SetRoot makes an object of this document, which nothing holds yet, the root.
func (d *Doc) SetRoot(o Object) error {
	if d.p == nil {
		return ErrClosed
	}
	if o.p != nil && (o.doc != d || o.Parent().Exists()) {
		return invalid("the root must be of the document, and in nothing else")
	}
	C.mp_doc_set_root(d.p, o.p)
	runtime.KeepAlive(d)
	return d.Err()
}

// Err tells whether memory ran out in any building step so far.
func (d *Doc) Err() error {
	if d == nil || d.p == nil {
		return ErrClosed
	}
	defer runtime.KeepAlive(d)
	return check(C.mp_doc_status(d.p))
}

func (d *Doc) object(p *C.mp_object) Object {
	if p == nil {
		return Object{}
	}
	return Object{d, p}
}

func invalid(text string) error {
	return &Error{Status: ErrInvalid, Text: text, Offset: -1}
}

// ---- making objects: of the document, in nothing yet ----

func (d *Doc) new(make func() *C.mp_object) Object {
	if d == nil || d.p == nil {
		return Object{}
	}
	defer runtime.KeepAlive(d)
	return d.object(make())
}

// NewNull makes a null.
func (d *Doc) NewNull() Object {
	return d.new(func() *C.mp_object { return C.mp_object_new_null(d.p) })
}

// NewBool makes a bool.
func (d *Doc) NewBool(v bool) Object {
	return d.new(func() *C.mp_object { return C.mp_object_new_bool(d.p, C.bool(v)) })
}

// NewInt makes an integer.
func (d *Doc) NewInt(v int64) Object {
	return d.new(func() *C.mp_object { return C.mp_object_new_int(d.p, C.int64_t(v)) })
}

// NewUint makes an integer; one that fits an int64 is a TypeInt.
func (d *Doc) NewUint(v uint64) Object {
	return d.new(func() *C.mp_object { return C.mp_object_new_uint(d.p, C.uint64_t(v)) })
}

// NewDouble makes a double.
func (d *Doc) NewDouble(v float64) Object {
	return d.new(func() *C.mp_object { return C.mp_object_new_double(d.p, C.double(v)) })
}

// NewString makes a string.
func (d *Doc) NewString(v string) Object {
	s := lend(v)
	return d.new(func() *C.mp_object { return C.mp_object_new_string(d.p, s.p, s.n) })
}

// NewList makes an empty list.
func (d *Doc) NewList() Object {
	return d.new(func() *C.mp_object { return C.mp_object_new_list(d.p) })
}

// NewMap makes an empty map.
func (d *Doc) NewMap() Object {
	return d.new(func() *C.mp_object { return C.mp_object_new_map(d.p) })
}

// Copy makes a deep copy of an object of this or another document.
func (d *Doc) Copy(o Object) Object {
	if o.ptr() == nil {
		return Object{}
	}
	defer runtime.KeepAlive(o.doc)
	return d.new(func() *C.mp_object { return C.mp_object_copy(d.p, o.p) })
}

// An Object is a node of a document.  The zero Object is one that is not there; every method accepts
// it, so that paths can be followed without asking at each step.
type Object struct {
	doc *Doc
	p   *C.mp_object
}

// ptr is the node, or nil if it is not there (any more).
func (o Object) ptr() *C.mp_object {
	if o.doc == nil || o.doc.p == nil {
		return nil
	}
	return o.p
}

// Doc is the document that owns the object.
func (o Object) Doc() *Doc { return o.doc }

// Exists tells whether the object is there.
func (o Object) Exists() bool { return o.ptr() != nil }

// Type of the object; TypeNull for one that is not there.
func (o Object) Type() Type {
	defer runtime.KeepAlive(o.doc)
	return Type(C.mp_object_type(o.ptr()))
}

// IsMap tells whether the object is a map.
func (o Object) IsMap() bool { return o.Type() == TypeMap }

// IsList tells whether the object is a list.
func (o Object) IsList() bool { return o.Type() == TypeList }

// IsString tells whether the object is a string.
func (o Object) IsString() bool { return o.Type() == TypeString }

// Len is the number of children of a map or list; 0 for all else.
func (o Object) Len() int {
	defer runtime.KeepAlive(o.doc)
	return int(C.mp_object_size(o.ptr()))
}

// Get follows keys from map to map.
func (o Object) Get(keys ...string) Object {
	defer runtime.KeepAlive(o.doc)
	at := o.ptr()
	for _, key := range keys {
		k := lend(key)
		at = C.mp_object_get(at, k.p, k.n)
	}
	return o.doc.object(at)
}

// At is a child by position; it takes time in proportion to i.
func (o Object) At(i int) Object {
	if i < 0 {
		return Object{}
	}
	defer runtime.KeepAlive(o.doc)
	return o.doc.object(C.mp_object_at(o.ptr(), C.size_t(i)))
}

// First child of a map or list.
func (o Object) First() Object {
	defer runtime.KeepAlive(o.doc)
	return o.doc.object(C.mp_object_first(o.ptr()))
}

// Next child of the same parent.
func (o Object) Next() Object {
	defer runtime.KeepAlive(o.doc)
	return o.doc.object(C.mp_object_next(o.ptr()))
}

// Parent is the map or list that holds the object.
func (o Object) Parent() Object {
	defer runtime.KeepAlive(o.doc)
	return o.doc.object(C.mp_object_parent(o.ptr()))
}

// All is a sequence of the children of a map or list, with their keys ("" in a list):
//
//	for key, child := range o.All() { ... }
func (o Object) All() func(yield func(key string, child Object) bool) {
	return func(yield func(string, Object) bool) {
		for c := o.First(); c.Exists(); c = c.Next() {
			if !yield(c.Key(), c) {
				return
			}
		}
	}
}

// Key of a child of a map; "" for all else.
func (o Object) Key() string {
	var n C.size_t
	defer runtime.KeepAlive(o.doc)
	k := C.mp_object_key(o.ptr(), &n)
	if k == nil {
		return ""
	}
	return goString(k, n)
}

// Index is the position in the parent; it takes time in proportion to that.
func (o Object) Index() int {
	defer runtime.KeepAlive(o.doc)
	return int(C.mp_object_index(o.ptr()))
}

// Bool is the truth value, or fallback if it is none.
func (o Object) Bool(fallback bool) bool {
	defer runtime.KeepAlive(o.doc)
	return bool(C.mp_object_bool(o.ptr(), C.bool(fallback)))
}

// Str is the text of a string; "" if it is none.
func (o Object) Str() string {
	var n C.size_t
	defer runtime.KeepAlive(o.doc)
	s := C.mp_object_string(o.ptr(), &n)
	if s == nil {
		return ""
	}
	return goString(s, n)
}

// Int is an exact integer: also a double without a fraction.
func (o Object) Int() (int64, bool) {
	var v C.int64_t
	defer runtime.KeepAlive(o.doc)
	ok := C.mp_object_int(o.ptr(), &v)
	return int64(v), bool(ok)
}

// Uint is an exact integer of 0 or more.
func (o Object) Uint() (uint64, bool) {
	var v C.uint64_t
	defer runtime.KeepAlive(o.doc)
	ok := C.mp_object_uint(o.ptr(), &v)
	return uint64(v), bool(ok)
}

// Float is any number, rounded if it must be.
func (o Object) Float() (float64, bool) {
	var v C.double
	defer runtime.KeepAlive(o.doc)
	ok := C.mp_object_double(o.ptr(), &v)
	return float64(v), bool(ok)
}

// Equal compares deeply: maps without order, numbers by value.
func (o Object) Equal(other Object) bool {
	defer runtime.KeepAlive(o.doc)
	defer runtime.KeepAlive(other.doc)
	return bool(C.mp_object_equal(o.ptr(), other.ptr()))
}

// Identical compares as Equal does, and keys must be in the same order.
func (o Object) Identical(other Object) bool {
	defer runtime.KeepAlive(o.doc)
	defer runtime.KeepAlive(other.doc)
	return bool(C.mp_object_identical(o.ptr(), other.ptr()))
}

// ---- building maps and lists ----

// child is what may be put into o: of the same document, in nothing yet, and not what holds o.
func (o Object) child(c Object) *C.mp_object {
	if c.doc != o.doc || c.ptr() == nil || C.mp_object_parent(c.p) != nil {
		return nil
	}
	if C.mp_object_first(c.p) != nil && o.within(c) {
		return nil
	}
	return c.p
}

// within tells whether o is c or below it.
func (o Object) within(c Object) bool {
	for at := o.ptr(); at != nil; at = C.mp_object_parent(at) {
		if at == c.p {
			return true
		}
	}
	return false
}

// Set puts a child, which must be of the same document and in nothing else, under a key of a map.  A
// key that is there keeps its place.  Returns the child, or none where that cannot be.
func (o Object) Set(key string, child Object) Object {
	k := lend(key)
	defer runtime.KeepAlive(o.doc)
	return o.doc.object(C.mp_object_set(o.ptr(), k.p, k.n, o.child(child)))
}

// Append adds a child, as Set does, to the end of a list.
func (o Object) Append(child Object) Object {
	defer runtime.KeepAlive(o.doc)
	return o.doc.object(C.mp_object_append(o.ptr(), o.child(child)))
}

// SetNull makes a null and sets it.
func (o Object) SetNull(key string) Object { return o.Set(key, o.doc.NewNull()) }

// SetBool makes a bool and sets it.
func (o Object) SetBool(key string, v bool) Object { return o.Set(key, o.doc.NewBool(v)) }

// SetInt makes an integer and sets it.
func (o Object) SetInt(key string, v int64) Object { return o.Set(key, o.doc.NewInt(v)) }

// SetDouble makes a double and sets it.
func (o Object) SetDouble(key string, v float64) Object { return o.Set(key, o.doc.NewDouble(v)) }

// SetString makes a string and sets it.
func (o Object) SetString(key, v string) Object { return o.Set(key, o.doc.NewString(v)) }

// SetList makes an empty list and sets it.
func (o Object) SetList(key string) Object { return o.Set(key, o.doc.NewList()) }

// SetMap makes an empty map and sets it.
func (o Object) SetMap(key string) Object { return o.Set(key, o.doc.NewMap()) }

// SetCopy sets a deep copy of an object of any document.
func (o Object) SetCopy(key string, v Object) Object { return o.Set(key, o.doc.Copy(v)) }

// AppendInt makes an integer and appends it.
func (o Object) AppendInt(v int64) Object { return o.Append(o.doc.NewInt(v)) }

// AppendString makes a string and appends it.
func (o Object) AppendString(v string) Object { return o.Append(o.doc.NewString(v)) }

// AppendList makes an empty list and appends it.
func (o Object) AppendList() Object { return o.Append(o.doc.NewList()) }

// AppendMap makes an empty map and appends it.
func (o Object) AppendMap() Object { return o.Append(o.doc.NewMap()) }

// AppendCopy appends a deep copy of an object of any document.
func (o Object) AppendCopy(v Object) Object { return o.Append(o.doc.Copy(v)) }

// Remove takes a key out of a map; false if it was not there.
func (o Object) Remove(key string) bool {
	k := lend(key)
	defer runtime.KeepAlive(o.doc)
	return bool(C.mp_object_remove(o.ptr(), k.p, k.n))
}

// ---- places ----

// Path from the root, such as spec.engines[0].name.
func (o Object) Path() string {
	defer runtime.KeepAlive(o.doc)
	for size := 256; ; size *= 2 {
		buf := make([]byte, size)
		C.mp_object_path(o.ptr(), lendBytes(buf).p, C.size_t(size))
		if end := bytes.IndexByte(buf, 0); end < size-1 {
			return string(buf[:end])
		}
	}
}

// Offset in bytes into the text that the object was read from; -1 if it was not read.
func (o Object) Offset() int {
	defer runtime.KeepAlive(o.doc)
	return offset(C.mp_object_offset(o.ptr()))
}

// Line in the text that the object was read from, from 1; 0 if it was not read.
func (o Object) Line() int {
	defer runtime.KeepAlive(o.doc)
	return int(C.mp_object_line(o.ptr()))
}

// SetSource tells where an object was read from; for readers of other formats.
func (o Object) SetSource(offset, line int) {
	defer runtime.KeepAlive(o.doc)
	if p := o.ptr(); p != nil && offset >= 0 && line >= 0 {
		C.mp_object_set_source(p, C.size_t(offset), C.uint32_t(line))
	}
}

// ---- visiting ----

// A WalkEvent says why a visitor is called.
type WalkEvent int

// A scalar is entered only; a map or list is also left, after its children.
const (
	WalkEnter WalkEvent = C.MP_WALK_ENTER
	WalkLeave WalkEvent = C.MP_WALK_LEAVE
)

// A WalkStep is what a visitor wants next.
type WalkStep int

// WalkSkip, on entering a map or list, passes over its children and its leaving.
const (
	WalkNext WalkStep = C.MP_WALK_NEXT
	WalkSkip WalkStep = C.MP_WALK_SKIP
	WalkStop WalkStep = C.MP_WALK_STOP
)

// Visit calls a function for every object of the tree, in document order.  It may not change the tree.
// The error is ErrStopped if the function answered WalkStop.
func (o Object) Visit(visit func(o Object, event WalkEvent) WalkStep) error {
	if !o.Exists() {
		return nil
	}
	v := &visiting{doc: o.doc, call: visit}
	h := cgo.NewHandle(v)
	defer h.Delete()
	st := C.mpgo_visit(o.p, C.uintptr_t(h))
	runtime.KeepAlive(o.doc)
	v.rethrow()
	return check(st)
}

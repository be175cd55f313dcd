// SPDX-License-Identifier: Apache-2.0

package modelplane

// #include "glue.h"
import "C"

import (
	"io"
	"runtime"
	"runtime/cgo"
)

// ReadOptions are the limits of a reader; 0 means the library's own limit.
type ReadOptions struct {
	MaxDepth int // nesting of maps and lists
	MaxSize  int // bytes
}

// ReadJSON reads one JSON text (RFC 8259, strict).  Options may be nil.
func ReadJSON(text []byte, opts *ReadOptions) (*Doc, error) {
	o := C.mp_read_opts{version: 1}
	if opts != nil {
		if opts.MaxDepth < 0 || opts.MaxSize < 0 {
			return nil, invalid("a limit below 0")
		}
		o.max_depth, o.max_size = C.uint(opts.MaxDepth), C.size_t(opts.MaxSize)
	}
	t := lendBytes(text)
	return makeDoc(func(out **C.mp_doc, e *C.mp_error) C.mp_status {
		return C.mp_json_read(nil, t.p, t.n, &o, out, e)
	})
}

// JSON writes the object in one line, with integers as integers.  One that is not there is null.
func (o Object) JSON() ([]byte, error) {
	return o.text(func(t *C.mp_text, e *C.mp_error) C.mp_status {
		return C.mp_json_text(nil, o.ptr(), 0, t, e)
	})
}

// PrettyJSON writes two spaces a level, one value a line, and a final newline.
func (o Object) PrettyJSON() ([]byte, error) {
	return o.text(func(t *C.mp_text, e *C.mp_error) C.mp_status {
		return C.mp_json_text(nil, o.ptr(), C.MP_JSON_PRETTY, t, e)
	})
}

// YAML writes block style that readers of YAML 1.1 and 1.2 read back equal.  With document, it starts
// with a line "---".
func (o Object) YAML(document bool) ([]byte, error) {
	return o.text(func(t *C.mp_text, e *C.mp_error) C.mp_status {
		return C.mp_yaml_text(nil, o.ptr(), yamlFlags(document), t, e)
	})
}

func (o Object) text(call func(t *C.mp_text, e *C.mp_error) C.mp_status) ([]byte, error) {
	var t C.mp_text
	err := try(func(e *C.mp_error) C.mp_status { return call(&t, e) })
	runtime.KeepAlive(o.doc)
	if err != nil {
		return nil, err
	}
	return []byte(taken(&t)), nil
}

func yamlFlags(document bool) C.uint {
	if document {
		return C.MP_YAML_DOCUMENT
	}
	return 0
}

// WriteJSON writes as JSON does, or PrettyJSON, to a writer, piece by piece.
func (o Object) WriteJSON(to io.Writer, pretty bool) error {
	var flags C.uint
	if pretty {
		flags = C.MP_JSON_PRETTY
	}
	return o.write(to, false, flags)
}

// WriteYAML writes as YAML does, to a writer, piece by piece.
func (o Object) WriteYAML(to io.Writer, document bool) error {
	return o.write(to, true, yamlFlags(document))
}

func (o Object) write(to io.Writer, yaml bool, flags C.uint) error {
	w := &writing{to: to}
	h := cgo.NewHandle(w)
	defer h.Delete()
	err := try(func(e *C.mp_error) C.mp_status {
		return C.mpgo_write(o.ptr(), C.bool(yaml), flags, C.uintptr_t(h), e)
	})
	runtime.KeepAlive(o.doc)
	w.rethrow()
	if w.err != nil {
		return w.err
	}
	return err
}

// MarshalJSON writes the object, for encoding/json.
func (o Object) MarshalJSON() ([]byte, error) { return o.JSON() }

// MarshalJSON writes the root, for encoding/json.
func (d *Doc) MarshalJSON() ([]byte, error) { return d.Root().JSON() }

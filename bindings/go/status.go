// SPDX-License-Identifier: Apache-2.0

package modelplane

// #include "glue.h"
import "C"

import (
	"errors"
	"strconv"
	"strings"
)

// A Status says what kind of failure an error is.  It is an error itself, for errors.Is.
type Status int

// The kinds of failures.
const (
	ErrNoMemory Status = C.MP_ENOMEM    // out of memory
	ErrInvalid  Status = C.MP_EINVAL    // an argument makes no sense
	ErrParse    Status = C.MP_EPARSE    // a text is not well-formed
	ErrCompile  Status = C.MP_ECOMPILE  // a selector is well-formed but not valid
	ErrEval     Status = C.MP_EEVAL     // a selector failed while it ran
	ErrDocument Status = C.MP_EDOC      // a document breaks a rule of its kind
	ErrLimit    Status = C.MP_ELIMIT    // a named limit was passed
	ErrRange    Status = C.MP_ERANGE    // a number is out of range
	ErrExist    Status = C.MP_EEXIST    // there already
	ErrNotFound Status = C.MP_ENOENT    // not there, or not known
	ErrBudget   Status = C.MP_EBUDGET   // the search or cost budget was spent
	ErrConflict Status = C.MP_ECONFLICT // the fleet changed since the plan was made
	ErrCheck    Status = C.MP_ECHECK    // the checker refuses a plan
	ErrStopped  Status = C.MP_ESTOPPED  // a callback asked to stop
	ErrIO       Status = C.MP_EIO       // cannot read or write
)

// ErrClosed is returned for the use of what has been closed or removed.
var ErrClosed = errors.New("modelplane: used after it was closed or removed")

// Error is one line about the status.
func (s Status) Error() string {
	return C.GoString(C.mp_status_text(C.mp_status(s)))
}

// String is the name of the status in C, such as "MP_EDOC".
func (s Status) String() string {
	return C.GoString(C.mp_status_name(C.mp_status(s)))
}

// An Error is what the library reports.
type Error struct {
	Status Status // what kind of failure
	Path   string // in a document, such as spec.engines[0].name; may be ""
	Text   string // one line
	Offset int    // in bytes, into the text that was read; -1 if unknown
	Line   int    // from 1; 0 if unknown
	Column int    // from 1, in code points; 0 if unknown
}

// Error is one line: place, path and text, as far as they are known.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("modelplane: ")
	if e.Line > 0 {
		b.WriteString(strconv.Itoa(e.Line) + ":" + strconv.Itoa(e.Column) + ": ")
	}
	if e.Path != "" {
		b.WriteString(e.Path + ": ")
	}
	if e.Text == "" {
		b.WriteString(e.Status.Error())
	} else {
		b.WriteString(e.Text)
	}
	return b.String()
}

// Unwrap is the status, so that errors.Is(err, ErrDocument) tells.
func (e *Error) Unwrap() error { return e.Status }

func offset(n C.size_t) int {
	if n == ^C.size_t(0) {
		return -1
	}
	return int(n)
}

// newError copies a record; one that was not filled says what the status does.
func newError(st C.mp_status, e *C.mp_error) *Error {
	if e.status != st {
		return &Error{Status: Status(st), Text: Status(st).Error(), Offset: -1}
	}
	return &Error{
		Status: Status(st),
		Path:   C.GoString(&e.path[0]),
		Text:   C.GoString(&e.text[0]),
		Offset: offset(e.offset),
		Line:   int(e.line),
		Column: int(e.column),
	}
}

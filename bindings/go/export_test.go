// SPDX-License-Identifier: Apache-2.0

package modelplane

import (
	"sync/atomic"
	"unsafe"
)

// Alive is how many C objects there are.
func Alive() int64 { return atomic.LoadInt64(&alive) }

// For the benchmark that does the same in C.

func (f *Fleet) Pointer() unsafe.Pointer      { return unsafe.Pointer(f.p) }
func (d *Deployment) Pointer() unsafe.Pointer { return unsafe.Pointer(d.p) }

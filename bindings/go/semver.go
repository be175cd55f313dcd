// SPDX-License-Identifier: Apache-2.0

package modelplane

// #include "glue.h"
import "C"

import "strconv"

// A Semver is a semantic version 2.0.0.
type Semver struct {
	Major, Minor, Patch uint64
	Prerelease          string // without the hyphen
	Build               string // without the plus
}

// ParseSemver reads a version; with normalize, also "v1.2" and "01.2.3".
func ParseSemver(text string, normalize bool) (Semver, error) {
	var v C.mp_semver
	var flags C.uint
	if normalize {
		flags = C.MP_SEMVER_NORMALIZE
	}
	// The texts of the result lie in the text that was read, which therefore must be C's.
	c := C.CString(text)
	defer C.mpgo_free(c)
	err := try(func(e *C.mp_error) C.mp_status { return C.mp_semver_parse(c, C.size_t(len(text)), flags, &v, e) })
	if err != nil {
		return Semver{}, err
	}
	return Semver{uint64(v.major), uint64(v.minor), uint64(v.patch),
		goString(v.prerelease, v.prerelease_size), goString(v.build, v.build_size)}, nil
}

// Compare is -1, 0 or 1 by precedence; build metadata does not count.
func (v Semver) Compare(other Semver) int {
	a, b := lend(v.Prerelease), lend(other.Prerelease)
	return int(C.mpgo_semver_compare(
		C.uint64_t(v.Major), C.uint64_t(v.Minor), C.uint64_t(v.Patch), a.p, a.n,
		C.uint64_t(other.Major), C.uint64_t(other.Minor), C.uint64_t(other.Patch), b.p, b.n))
}

// String writes the version.
func (v Semver) String() string {
	s := strconv.FormatUint(v.Major, 10) + "." + strconv.FormatUint(v.Minor, 10) + "." +
		strconv.FormatUint(v.Patch, 10)
	if v.Prerelease != "" {
		s += "-" + v.Prerelease
	}
	if v.Build != "" {
		s += "+" + v.Build
	}
	return s
}

// SPDX-License-Identifier: Apache-2.0

package modelplane_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What needs no counterpart in Go, and why.
var notInGo = map[string]string{
	"mp_object_is_map":        "Type",
	"mp_object_is_list":       "Type",
	"mp_object_is_string":     "Type",
	"mp_object_key_is":        "Key",
	"mp_object_string_is":     "Str",
	"mp_object_set_null":      "Set and a new object; so all that follow",
	"mp_object_set_bool":      "",
	"mp_object_set_int":       "",
	"mp_object_set_double":    "",
	"mp_object_set_string":    "",
	"mp_object_set_list":      "",
	"mp_object_set_map":       "",
	"mp_object_set_copy":      "",
	"mp_object_append_int":    "",
	"mp_object_append_string": "",
	"mp_object_append_list":   "",
	"mp_object_append_map":    "",
	"mp_object_append_copy":   "",
	"mp_validate":             "mp_validate_with",
	"mp_cel_vars_set_string":  "a text may have to become what is declared",
}

// Every function that the library exports is called, or is not needed.
func TestEveryFunctionIsCovered(t *testing.T) {
	exports, err := os.ReadFile(filepath.Join(top(t), "lib", "modelplane.exports"))
	fatal(t, err)
	var source strings.Builder
	for _, pattern := range []string{"*.go", "*.c"} {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			if !strings.HasSuffix(file, "_test.go") {
				text, err := os.ReadFile(file)
				fatal(t, err)
				source.Write(text)
			}
		}
	}
	called := map[string]bool{}
	for _, name := range regexp.MustCompile(`\bmp_[a-z0-9_]+\(`).FindAllString(source.String(), -1) {
		called[strings.TrimSuffix(name, "(")] = true
	}
	names := strings.Fields(string(exports))
	for _, name := range names {
		_, excused := notInGo[name]
		if called[name] == excused {
			t.Errorf("%s: called %v, excused %v", name, called[name], excused)
		}
	}
	t.Logf("%d functions", len(names))
}

// Constants of the headers that have no counterpart: how C passes texts, sizes records and starts them.
var constantNotInGo = regexp.MustCompile(`^MP_(API|PRINTF|NTS|NO_OFFSET|.*_INIT|ERROR_.*_SIZE|STATUS_.*|TIER_COUNT|` +
	`COUNTER_.*|QUANTITY_(BINARY_SI|DECIMAL_SI|EXPONENT))$`)

// Every enumerator and every limit of the public headers is there in Go.
func TestEveryConstantIsCovered(t *testing.T) {
	headers, _ := filepath.Glob(filepath.Join(top(t), "include", "modelplane", "*.h"))
	sources, _ := filepath.Glob("*.go")
	names := func(files []string, pattern string) map[string]bool {
		found := map[string]bool{}
		for _, file := range files {
			text, err := os.ReadFile(file)
			fatal(t, err)
			for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(text), -1) {
				found[m[1]] = true
			}
		}
		return found
	}
	used := names(sources, `\bC\.(MP_[A-Z0-9_]+)`)
	there := names(headers, `\b(MP_[A-Z0-9_]+)\b`)
	if len(there) < 100 {
		t.Errorf("only %d names in the headers", len(there))
	}
	for name := range there {
		if !used[name] && !constantNotInGo.MatchString(name) {
			t.Errorf("%s is not in Go", name)
		}
	}
}

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

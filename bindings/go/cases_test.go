// SPDX-License-Identifier: Apache-2.0

package modelplane_test

// The cases that the library's own tests run, from the same files.

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	modelplane "github.com/modelplaneai/libmodelplane/bindings/go"
)

// top is the library's source tree; tests that need it are skipped without it.
func top(t testing.TB) string {
	dir := os.Getenv("MP_TOP_SRCDIR")
	if dir == "" {
		dir = filepath.Join("..", "..")
	}
	if _, err := os.Stat(filepath.Join(dir, "tests", "data")); err != nil {
		t.Skip("the library's tests/data is not there")
	}
	return dir
}

func readJSON(t testing.TB, path string) *modelplane.Doc {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := modelplane.ReadJSON(text, nil)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	t.Cleanup(func() { doc.Close() })
	return doc
}

// each runs a test for every file of a folder of cases.
func each(t *testing.T, folder string, run func(t *testing.T, root modelplane.Object)) {
	files, _ := filepath.Glob(filepath.Join(top(t), "tests", "data", folder, "*.json"))
	if len(files) == 0 {
		t.Fatal("no cases in " + folder)
	}
	for _, file := range files {
		file := file
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			run(t, readJSON(t, file).Root())
		})
	}
}

// children of a map or list.
func children(o modelplane.Object) []modelplane.Object {
	var list []modelplane.Object
	o.All()(func(_ string, child modelplane.Object) bool {
		list = append(list, child)
		return true
	})
	return list
}

// matches compares with a pattern in which "*" is any text, also none.
func matches(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	last := parts[len(parts)-1]
	if !strings.HasPrefix(text, parts[0]) || !strings.HasSuffix(text[len(parts[0]):], last) {
		return false
	}
	text = text[len(parts[0]) : len(text)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		at := strings.Index(text, part)
		if at < 0 {
			return false
		}
		text = text[at+len(part):]
	}
	return true
}

func compareLines(t *testing.T, want modelplane.Object, got []string) {
	t.Helper()
	patterns := children(want)
	for i := 0; i < len(patterns) || i < len(got); i++ {
		if i >= len(patterns) || i >= len(got) || !matches(patterns[i].Str(), got[i]) {
			t.Fatalf("line %d is not as wanted; all of it:\n%s", i+1, strings.Join(got, "\n"))
		}
	}
}

func jsonOf(t testing.TB, o modelplane.Object) string {
	t.Helper()
	text, err := o.JSON()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func number(o modelplane.Object, fallback int64) int64 {
	if n, ok := o.Int(); ok {
		return n
	}
	return fallback
}

// ---- reconcile ----

func place(o modelplane.Object) string {
	if ns := o.Get("namespace").Str(); ns != "" {
		return ns + "/" + o.Get("name").Str()
	}
	return o.Get("name").Str()
}

func quoted(o modelplane.Object) string {
	if !o.Exists() {
		return ""
	}
	return ` "` + o.Str() + `"`
}

func statusLines(item modelplane.Object) (lines []string) {
	head := "status " + item.Get("kind").Str() + " " + place(item.Get("metadata")) + ": "
	status := item.Get("status")
	if r := status.Get("replicas"); r.Exists() {
		lines = append(lines, fmt.Sprintf("%sreplicas %d total, %d ready", head, number(r.Get("total"), -1),
			number(r.Get("ready"), -1)))
	}
	if s := status.Get("summary"); s.Exists() {
		lines = append(lines, head+"ready "+s.Get("ready").Str())
		for _, c := range children(status.Get("clusters")) {
			lines = append(lines, head+c.Get("name").Str()+" "+c.Get("phase").Str())
		}
	}
	if name := status.Get("routing", "backendName"); name.Exists() {
		lines = append(lines, head+"backend "+name.Str())
	}
	if address := status.Get("address"); address.Exists() {
		lines = append(lines, head+"address "+address.Str())
	}
	for _, c := range children(status.Get("conditions")) {
		lines = append(lines, head+c.Get("type").Str()+"="+c.Get("status").Str()+" "+c.Get("reason").Str()+
			quoted(c.Get("message")))
	}
	return lines
}

func planLine(p modelplane.Object) string {
	line := "plan " + place(p) + " " + p.Get("verdict").Str()
	if fault := p.Get("fault"); fault.Exists() {
		line += " fault " + fault.Get("reason").Str()
	}
	separator := ": "
	for _, at := range children(p.Get("placements")) {
		word := " new"
		if at.Get("retained").Bool(false) {
			word = " kept"
		}
		line += separator + at.Get("replica").Str() + word
		separator = ", "
	}
	return line
}

func resultLines(result modelplane.Object) (lines []string) {
	for _, item := range children(result.Get("statuses")) {
		lines = append(lines, statusLines(item)...)
	}
	for _, o := range children(result.Get("objects")) {
		line := "child " + o.Get("parent", "kind").Str() + " " + place(o.Get("parent")) + " " + o.Get("key").Str()
		if on := o.Get("cluster").Str(); on != "" {
			line += " on " + on
		}
		if o.Get("ready").Bool(false) {
			line += " ready"
		} else {
			line += " waiting"
		}
		lines = append(lines, line)
	}
	for _, e := range children(result.Get("events")) {
		lines = append(lines, "event "+e.Get("type").Str()+" "+e.Get("parent", "kind").Str()+" "+
			place(e.Get("parent"))+": "+e.Get("message").Str())
	}
	for _, p := range children(result.Get("plans")) {
		lines = append(lines, planLine(p))
	}
	for _, s := range children(result.Get("skipped")) {
		lines = append(lines, "skipped "+s.Get("kind").Str()+" "+place(s.Get("metadata")))
	}
	for _, e := range children(result.Get("errors")) {
		line := "error " + e.Get("kind").Str() + " " + place(e.Get("metadata")) + ": "
		if path := e.Get("path").Str(); path != "" {
			line += path + ": "
		}
		lines = append(lines, line+e.Get("message").Str())
	}
	return lines
}

func exactReconcile(t *testing.T, exact, result modelplane.Object) {
	find := func(list, field, key string, id func(modelplane.Object) string) modelplane.Object {
		for _, item := range children(result.Get(list)) {
			if id(item) == key {
				return item.Get(field)
			}
		}
		return modelplane.Object{}
	}
	for _, want := range children(exact.Get("statuses")) {
		got := find("statuses", "status", want.Key(), func(o modelplane.Object) string {
			return o.Get("kind").Str() + " " + o.Get("metadata", "name").Str()
		})
		if !want.Equal(got) {
			t.Errorf("status of %s: %s", want.Key(), jsonOf(t, got))
		}
	}
	for _, want := range children(exact.Get("objects")) {
		got := find("objects", "object", want.Key(), func(o modelplane.Object) string { return o.Get("key").Str() })
		if !want.Equal(got) {
			t.Errorf("object %s: %s", want.Key(), jsonOf(t, got))
		}
	}
}

func TestReconcileCases(t *testing.T) {
	each(t, "reconcile", func(t *testing.T, root modelplane.Object) {
		options := root.Get("options")
		result, err := modelplane.Reconcile(root.Get("documents"), &modelplane.ReconcileOptions{
			AssumeReady: options.Get("assume_ready").Bool(false),
			Bare:        options.Get("bare").Bool(false),
			Explain:     true,
			Named:       options.Get("named").Bool(false),

			Infrastructure: options.Get("infrastructure").Bool(false),
		})
		if err != nil {
			t.Fatal(err)
		}
		defer result.Close()
		compareLines(t, root.Get("expect"), resultLines(result.Root()))
		exactReconcile(t, root.Get("exact"), result.Root())
	})
}

// ---- function ----

func responseLines(r modelplane.Object) (lines []string) {
	composite := r.Get("desired", "composite")
	if ready := composite.Get("ready"); ready.Exists() {
		lines = append(lines, "parent "+ready.Str())
	}
	for _, f := range children(composite.Get("resource", "status")) {
		text, _ := f.JSON()
		lines = append(lines, "status "+f.Key()+" "+string(text))
	}
	for _, c := range children(r.Get("desired", "resources")) {
		line := "child " + c.Key() + " " + c.Get("resource", "kind").Str()
		if ready := c.Get("ready"); ready.Exists() {
			line += " " + ready.Str()
		}
		lines = append(lines, line)
	}
	for _, c := range children(r.Get("conditions")) {
		lines = append(lines, "condition "+c.Get("type").Str()+" "+c.Get("status").Str()+" "+
			c.Get("reason").Str()+quoted(c.Get("message")))
	}
	for _, s := range children(r.Get("results")) {
		lines = append(lines, s.Get("severity").Str()+" "+s.Get("message").Str())
	}
	for _, q := range children(r.Get("requirements", "resources")) {
		line := "require " + q.Key() + " " + q.Get("apiVersion").Str() + " " + q.Get("kind").Str()
		if name := q.Get("matchName"); name.Exists() {
			line += " named " + name.Str()
		} else {
			text, _ := q.Get("matchLabels").JSON()
			line += string(text)
		}
		if ns := q.Get("namespace").Str(); ns != "" {
			line += " in " + ns
		}
		lines = append(lines, line)
	}
	return lines
}

func functionOptions(root modelplane.Object) *modelplane.ReconcileOptions {
	opts := &modelplane.ReconcileOptions{}
	if root.Get("options", "shape").Str() == "v1" {
		opts.Shape = modelplane.ShapeV1
	}
	if root.Get("options", "routing").Str() == "pool" {
		opts.Routing = modelplane.RoutingPool
	}
	return opts
}

// follow takes a path "a/b/0" through maps and lists.
func follow(o modelplane.Object, path string) modelplane.Object {
	for _, step := range strings.Split(path, "/") {
		var i int
		if _, err := fmt.Sscan(step, &i); err == nil && o.IsList() {
			o = o.At(i)
		} else if path != "" {
			o = o.Get(step)
		}
	}
	return o
}

func TestFunctionCases(t *testing.T) {
	each(t, "function", func(t *testing.T, root modelplane.Object) {
		response, err := modelplane.RunFunction(root.Get("request"), functionOptions(root))
		if err != nil {
			t.Fatal(err)
		}
		defer response.Close()
		compareLines(t, root.Get("expect"), responseLines(response.Root()))
		for _, want := range children(root.Get("exact")) {
			got := follow(response.Root(), want.Key())
			if jsonOf(t, want) != jsonOf(t, got) {
				t.Errorf("%s: wanted %s, got %s", want.Key(), jsonOf(t, want), jsonOf(t, got))
			}
		}
	})
}

// ---- compose ----

func TestComposeCases(t *testing.T) {
	folder := filepath.Join(top(t), "tests", "data", "compose")
	composed := 0
	for _, c := range []struct {
		replica, want string
		opts          modelplane.ComposeOptions
	}{
		{"standalone", "standalone.want", modelplane.ComposeOptions{}},
		{"gang-cache", "gang-cache.want", modelplane.ComposeOptions{Shape: modelplane.ShapeV2}},
		{"gang-cache", "gang-cache.v1.want", modelplane.ComposeOptions{Shape: modelplane.ShapeV1}},
		{"claimless-leader", "claimless-leader.want", modelplane.ComposeOptions{}},
		{"two-standalone", "two-standalone.want", modelplane.ComposeOptions{}},
		{"prefill-decode", "prefill-decode.want", modelplane.ComposeOptions{}},
		{"own-fields", "own-fields.want", modelplane.ComposeOptions{}},
		{"standalone", "standalone.pool.want", modelplane.ComposeOptions{Routing: modelplane.RoutingPool}},
		{"gang-cache", "gang-cache.dynamo.want", modelplane.ComposeOptions{Stack: modelplane.StackDynamo}},
		{"encode-prefill-decode", "encode-prefill-decode.want", modelplane.ComposeOptions{}},
	} {
		c.opts.Bare = true
		replica, want := readJSON(t, filepath.Join(folder, c.replica+".json")), readJSON(t, filepath.Join(folder, c.want+".json"))
		got, err := modelplane.ComposeReplica(replica.Root(), &c.opts)
		if err != nil {
			t.Fatal(err)
		}
		if !got.Root().Identical(want.Root()) {
			t.Errorf("%s differs: %s", c.want, jsonOf(t, got.Root()))
		}
		got.Close()
		composed++
	}
	if files, _ := filepath.Glob(filepath.Join(folder, "*.want.json")); composed < len(files)-2 {
		t.Errorf("%d of %d files", composed, len(files)-2) // two are of plans
	}
}

// ---- validate ----

func TestValidateCases(t *testing.T) {
	for _, file := range []string{"rules", "structure", "every-field"} {
		cases := readJSON(t, filepath.Join(top(t), "tests", "data", "validate", file+".json"))
		for _, c := range children(cases.Root()) {
			shape := map[string]modelplane.Shape{"V1": modelplane.ShapeV1, "V2": modelplane.ShapeV2}[c.Get("shape").Str()]
			got, err := modelplane.Validate(c.Get("document"), &modelplane.ValidateOptions{Shape: shape,
				Relaxed: c.Get("relaxed").Bool(false), Before: c.Get("before")})
			if err != nil {
				t.Fatalf("%s: %v", c.Get("name").Str(), err)
			}
			want := children(c.Get("want"))
			if len(got) != len(want) {
				t.Fatalf("%s: %d violations, wanted %d", c.Get("name").Str(), len(got), len(want))
			}
			for i, v := range got {
				rule := number(want[i].Get("rule"), number(c.Get("rule"), -1))
				if v.Path != want[i].Get("path").Str() || v.Message != want[i].Get("message").Str() ||
					file != "every-field" && int64(v.Rule) != rule {
					t.Errorf("%s: %+v", c.Get("name").Str(), v)
				}
				if v.Line < 1 || v.Offset < 0 || !v.Node.Exists() {
					t.Errorf("%s: a violation without a place", c.Get("name").Str())
				}
			}
		}
	}
}

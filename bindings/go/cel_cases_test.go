// SPDX-License-Identifier: Apache-2.0

package modelplane_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	modelplane "github.com/modelplaneai/libmodelplane/bindings/go"
)

// The selector cases: those of the project, and the shared ones where they are.

type celCase struct {
	modelplane.Object
}

// answer is a field of the case, or what selectors answer where the case says that it differs.
func (c celCase) answer(field string) modelplane.Object {
	dra := c.Get("dra")
	if dra.Get("want").Exists() || dra.Get("want_error").Exists() {
		return dra.Get(field)
	}
	return c.Get(field)
}

// outside tells why a case cannot be run through the public functions.
func (c celCase) outside() string {
	for _, need := range children(c.Get("needs")) {
		switch need.Str() {
		case "math", "encoders", "block":
			return "needs a library that selectors do not have"
		}
	}
	if c.Get("container").Str() != "" {
		return "needs a container"
	}
	return ""
}

// goValue is what a variable is set to.
func goValue(node modelplane.Object) (any, error) {
	held := node.First()
	switch held.Key() {
	case "null":
		return nil, nil
	case "bool":
		return held.Bool(false), nil
	case "int":
		return strconv.ParseInt(held.Str(), 10, 64)
	case "uint":
		return strconv.ParseUint(held.Str(), 10, 64)
	case "double":
		return strconv.ParseFloat(held.Str(), 64)
	case "string":
		return held.Str(), nil
	case "bytes":
		return base64.StdEncoding.DecodeString(held.Str())
	case "duration":
		ns, err := strconv.ParseInt(held.Str(), 10, 64)
		return time.Duration(ns).String(), err
	case "list":
		list := []any{}
		for _, item := range children(held) {
			v, err := goValue(item)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	case "map":
		m := map[string]any{}
		for _, pair := range children(held) {
			v, err := goValue(pair.At(1))
			if err != nil {
				return nil, err
			}
			m[pair.At(0).First().Str()] = v
		}
		return m, nil
	}
	return nil, fmt.Errorf("a variable of type %s", held.Key())
}

// agrees compares a value with what a case wants.
func agrees(got any, node modelplane.Object) bool {
	want := node.First()
	text := want.Str()
	switch want.Key() {
	case "null":
		return got == nil
	case "bool":
		return got == want.Bool(false)
	case "int", "uint": // within a list, a uint is no type of its own
		return fmt.Sprint(got) == text
	case "double":
		return doubleAgrees(got, text)
	case "bytes":
		b, _ := base64.StdEncoding.DecodeString(text)
		// Within a list or map, what is no text is told by its type.
		return fmt.Sprintf("%s", got) == string(b) || got == "bytes" && !utf8.Valid(b)
	case "string", "type", "ip", "cidr", "url":
		return got == text
	case "quantity":
		a, ok := exact(fmt.Sprint(got))
		b, ok2 := exact(text)
		return ok && ok2 && a.Cmp(b) == 0
	case "semver":
		a, err := modelplane.ParseSemver(fmt.Sprint(got), false)
		b, err2 := modelplane.ParseSemver(text, false)
		return err == nil && err2 == nil && a.Compare(b) == 0 && a.Build == b.Build
	case "duration":
		d, err := strconv.ParseFloat(strings.TrimSuffix(fmt.Sprint(got), "s"), 64) // its text is seconds
		ns, err2 := strconv.ParseInt(text, 10, 64)
		return err == nil && err2 == nil && d == time.Duration(ns).Seconds()
	case "timestamp":
		a, err := time.Parse(time.RFC3339Nano, fmt.Sprint(got))
		b, err2 := time.Parse(time.RFC3339Nano, text)
		return err == nil && err2 == nil && a.Equal(b)
	case "optional":
		return want.Type() == modelplane.TypeNull && got == nil || agrees(got, want)
	case "list":
		return listAgrees(got, want)
	case "map":
		return mapAgrees(got, want)
	}
	return false
}

// exact is the value of a canonical quantity; ParseQuantity would cap what is beyond an int64.
func exact(text string) (*big.Rat, bool) {
	number := strings.TrimRight(text, "numkKMGTPEi")
	value, ok := new(big.Rat).SetString(number)
	if !ok {
		return nil, false
	}
	unit := text[len(number):]
	base := big.NewInt(1000)
	if strings.HasSuffix(unit, "i") {
		base = big.NewInt(1024)
	}
	power := strings.Index("num kMGTPE", strings.TrimSuffix(unit, "i")) - 3
	if unit == "Ki" {
		power = 1
	} else if unit == "" {
		power = 0
	}
	for ; power > 0; power-- {
		value.Mul(value, new(big.Rat).SetInt(base))
	}
	for ; power < 0; power++ {
		value.Quo(value, new(big.Rat).SetInt(base))
	}
	return value, true
}

func doubleAgrees(got any, text string) bool {
	want, err := strconv.ParseFloat(text, 64)
	if got == nil { // in JSON, a number that it lacks
		return math.IsNaN(want) || math.IsInf(want, 0)
	}
	d, ok := got.(float64)
	return err == nil && ok && (d == want || math.IsNaN(d) && math.IsNaN(want))
}

func listAgrees(got any, want modelplane.Object) bool {
	list, ok := got.([]any)
	if !ok || len(list) != want.Len() {
		return false
	}
	for i, item := range children(want) {
		if !agrees(list[i], item) {
			return false
		}
	}
	return true
}

func mapAgrees(got any, want modelplane.Object) bool {
	m, ok := got.(map[string]any)
	if !ok || len(m) != want.Len() {
		return false
	}
	for _, pair := range children(want) {
		key := pair.At(0).First()
		name := key.Str()
		if key.Key() == "bool" {
			name = strconv.FormatBool(key.Bool(false))
		}
		v, there := m[name]
		if !there || !agrees(v, pair.At(1)) {
			return false
		}
	}
	return true
}

func caseDevice(node modelplane.Object) (*modelplane.Device, error) {
	d, err := modelplane.NewDevice(node.Get("driver").Str())
	if err != nil {
		return nil, err
	}
	for _, a := range children(node.Get("attributes")) {
		v, err := attribute(a.First())
		if err == nil {
			err = d.Set(a.Key(), v)
		}
		if err != nil {
			return nil, err
		}
	}
	for _, c := range children(node.Get("capacity")) {
		if err := d.SetCapacity(c.Key(), c.Str()); err != nil {
			return nil, err
		}
	}
	if node.Get("allowMultipleAllocations").Bool(false) {
		err = d.SetMultipleAllocations(true)
	}
	return d, err
}

func attribute(held modelplane.Object) (any, error) {
	switch held.Key() {
	case "string":
		return held.Str(), nil
	case "version":
		return modelplane.VersionText(held.Str()), nil
	case "bool":
		return held.Bool(false), nil
	case "int":
		return strconv.ParseInt(held.Str(), 10, 64)
	}
	var texts []string
	var versions []modelplane.VersionText
	var bools []bool
	var ints []int64
	for _, item := range children(held) {
		n, _ := strconv.ParseInt(item.Str(), 10, 64)
		texts, versions = append(texts, item.Str()), append(versions, modelplane.VersionText(item.Str()))
		bools, ints = append(bools, item.Bool(false)), append(ints, n)
	}
	return map[string]any{"strings": texts, "versions": versions, "bools": bools, "ints": ints}[held.Key()], nil
}

func (c celCase) env() (*modelplane.Env, error) {
	if !c.Get("device").Exists() {
		return modelplane.NewEnv()
	}
	profile := modelplane.DefaultProfile
	profile.Stored = c.Get("env").Str() != "new"
	for _, f := range children(c.Get("features")) {
		profile.ConsumableCapacity = profile.ConsumableCapacity || f.Str() == "DRAConsumableCapacity"
		profile.ListAttributes = profile.ListAttributes || f.Str() == "DRAListTypeAttributes"
	}
	return modelplane.NewProfileEnv(profile)
}

// declare declares the variables of a case, and gives them their values.
func (c celCase) declare(env *modelplane.Env) (*modelplane.Vars, error) {
	for _, typ := range children(c.Get("types")) {
		if err := env.Declare(typ.Key(), typ.Str()); err != nil {
			return nil, err
		}
	}
	for _, v := range children(c.Get("vars")) {
		if c.Get("types", v.Key()).Exists() {
			continue
		}
		if err := env.Declare(v.Key(), "dyn"); err != nil {
			return nil, err
		}
	}
	vars, err := env.NewVars()
	for _, v := range children(c.Get("vars")) {
		if err != nil {
			break
		}
		var value any
		if value, err = goValue(v); err == nil {
			err = vars.Set(v.Key(), value)
		}
	}
	return vars, err
}

// run is nil if the case gives what is wanted.
func (c celCase) run() error {
	env, err := c.env()
	if err != nil {
		return err
	}
	defer env.Close()
	vars, err := c.declare(env)
	if err != nil {
		return err
	}
	defer vars.Close()
	wantError := c.answer("want_error").Str()
	program, err := env.Compile(c.Get("expr").Str())
	if err != nil {
		var e *modelplane.Error
		if wantError != "compile" || !errors.As(err, &e) || e.Line == 0 || e.Column == 0 {
			return err
		}
		return nil
	}
	defer program.Close()
	if wantError == "compile" {
		return errors.New("compiles")
	}
	if want := c.answer("want_type"); want.Exists() && want.Str() != program.Type() {
		return fmt.Errorf("type %s", program.Type())
	}
	if err := c.estimate(env); err != nil || c.Get("check_only").Bool(false) {
		return err
	}
	return c.eval(program, vars, wantError)
}

func (c celCase) estimate(env *modelplane.Env) error {
	if !c.answer("want_cost").Exists() && !c.Get("want_cost").Exists() {
		return nil
	}
	cost, err := env.Estimate(c.Get("expr").Str())
	if err != nil {
		return err
	}
	for name, got := range map[string]uint64{"want_cost_min": cost.Min, "want_cost": cost.Max} {
		field := c.Get("dra", name)
		if !field.Exists() {
			field = c.Get(name)
		}
		if want, ok := field.Uint(); ok && want != got {
			return fmt.Errorf("%s %d", name, got)
		}
	}
	return nil
}

func (c celCase) eval(program *modelplane.Program, vars *modelplane.Vars, wantError string) error {
	in := modelplane.Input{Vars: vars}
	if node := c.Get("device"); node.Exists() {
		device, err := caseDevice(node)
		if err != nil {
			return err
		}
		defer device.Close()
		in = modelplane.Input{Device: device}
	}
	result, cost, err := program.Eval(in)
	if want, ok := c.Get("want_actual_cost").Uint(); ok && want != cost {
		return fmt.Errorf("costs %d", cost)
	}
	if in.Device != nil {
		return c.match(program, in.Device, result, err, wantError)
	}
	if err != nil {
		if wantError == "" {
			return err
		}
		return nil
	}
	defer result.Close()
	v, err := result.Value()
	if err != nil {
		return err
	}
	if want := c.answer("want"); wantError != "" || want.Exists() && !agrees(v, want) {
		return fmt.Errorf("gives %v", v)
	}
	return nil
}

// match is how a selector is asked: only a bool will do.
func (c celCase) match(program *modelplane.Program, d *modelplane.Device, r *modelplane.Result, failed error, wantError string) error {
	defer r.Close()
	all, err := program.MatchAll([]*modelplane.Device{d, d})
	if err != nil {
		return err
	}
	match, err := program.Match(d)
	if all[0].OK != match || all[1].OK != match || (all[0].Err == nil) != (err == nil) {
		return errors.New("MatchAll differs from Match")
	}
	switch {
	case err != nil && wantError == "":
		return err
	case err == nil && wantError != "":
		return fmt.Errorf("matches: %v", match)
	case err != nil:
		return nil
	case failed != nil:
		return failed
	}
	if want := c.answer("want"); want.Exists() && !agrees(match, want) {
		return fmt.Errorf("matches: %v", match)
	}
	return nil
}

func celFolders(t *testing.T) []string {
	folders := []string{filepath.Join(top(t), "tests", "data", "cel")}
	shared := os.Getenv("MP_SHARED")
	if shared == "" {
		shared = filepath.Join(top(t), "..", "shared")
	}
	return append(folders, filepath.Join(shared, "testdata", "cel"))
}

func TestSelectorCases(t *testing.T) {
	for i, folder := range celFolders(t) {
		files, _ := filepath.Glob(filepath.Join(folder, "*.json"))
		if len(files) == 0 && i == 0 {
			t.Fatal("no cases in " + folder)
		}
		for _, file := range files {
			file := file
			t.Run(filepath.Base(file), func(t *testing.T) { runSelectorCases(t, file) })
		}
	}
}

func runSelectorCases(t *testing.T, file string) {
	passed, left := 0, map[string]int{}
	for _, o := range children(readJSON(t, file).Root()) {
		c := celCase{o}
		if why := c.outside(); why != "" {
			left[why]++
		} else if err := c.run(); err != nil {
			t.Errorf("%s: %s: %v", c.Get("name").Str(), c.Get("expr").Str(), err)
		} else {
			passed++
		}
	}
	t.Logf("%d passed, left out: %v", passed, left)
}

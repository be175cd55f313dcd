// SPDX-License-Identifier: Apache-2.0

package modelplane_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"sync"
	"testing"

	modelplane "github.com/modelplaneai/libmodelplane/bindings/go"
)

func want(t *testing.T, got, wanted any) {
	t.Helper()
	if !reflect.DeepEqual(got, wanted) {
		t.Errorf("got %#v, wanted %#v", got, wanted)
	}
}

// wantStatus checks the kind of an error.
func wantStatus(t *testing.T, err error, status modelplane.Status) {
	t.Helper()
	var e *modelplane.Error
	if !errors.Is(err, status) || !errors.As(err, &e) || e.Text == "" || !strings.HasPrefix(e.Error(), "modelplane: ") {
		t.Errorf("got %v, wanted %s", err, status.String())
	}
}

// ---- objects ----

func TestValues(t *testing.T) {
	type word string
	for _, v := range []struct{ in, out any }{
		{nil, nil},
		{true, true},
		{"", ""},
		{"tab\t\"quote\" \\ \u00e9 \x00 \u2028", "tab\t\"quote\" \\ \u00e9 \x00 \u2028"},
		{word("w"), "w"},
		{7, int64(7)},
		{int8(-7), int64(-7)},
		{uint64(math.MaxUint64), uint64(math.MaxUint64)},
		{uint8(3), int64(3)},
		{1.0, 1.0},
		{-0.5, -0.5},
		{float32(0.25), 0.25},
		{1e300, 1e300},
		{5e-324, 5e-324},
		{json.Number("1.50"), 1.5},
		{json.Number("15"), int64(15)},
		{[]any{}, []any{}},
		{[]string{"a", "b"}, []any{"a", "b"}},
		{[2]int{1, 2}, []any{int64(1), int64(2)}},
		{map[string]any{"b": nil, "a": []any{1.0}}, map[string]any{"b": nil, "a": []any{1.0}}},
		{map[word]int{"k": 1}, map[string]any{"k": int64(1)}},
		{struct {
			Name string `json:"name"`
		}{"x"}, map[string]any{"name": "x"}},
		{&struct{ N int }{1}, map[string]any{"N": int64(1)}},
		{(*int)(nil), nil},
	} {
		doc, err := modelplane.NewDoc(v.in)
		if err != nil {
			t.Errorf("%#v: %v", v.in, err)
			continue
		}
		got, err := doc.Root().Value()
		fatal(t, err)
		want(t, got, v.out)
		again, err := modelplane.NewDoc(doc.Root())
		fatal(t, err)
		want(t, again.Root().Identical(doc.Root()), true)
		doc.Close()
		again.Close()
	}
}

func TestValuesThatCannotBe(t *testing.T) {
	loop := map[string]any{}
	loop["self"] = loop
	for _, v := range []any{math.NaN(), math.Inf(1), "\xff", loop, func() {}, map[string]any{"\xff": 1}} {
		if doc, err := modelplane.NewDoc(v); err == nil || doc != nil {
			t.Errorf("%T was taken", v)
		}
	}
}

func TestObjects(t *testing.T) {
	doc, err := modelplane.EmptyDoc()
	fatal(t, err)
	defer doc.Close()
	want(t, doc.Root().Exists(), false)
	root := doc.NewMap()
	fatal(t, doc.SetRoot(root))
	root.SetInt("n", math.MinInt64)
	root.SetBool("yes", true)
	root.SetNull("nothing")
	root.SetDouble("d", 2)
	root.SetString("s", "text")
	list := root.SetList("list")
	list.AppendInt(1)
	list.AppendString("two")
	list.AppendMap().SetMap("deep").SetString("key with space", "v")
	list.AppendList()
	list.Append(doc.NewUint(math.MaxUint64))
	list.AppendCopy(root.Get("s"))
	root.SetCopy("copy", list)
	fatal(t, doc.Err())
	text, err := root.JSON()
	fatal(t, err)
	const inner = `[1,"two",{"deep":{"key with space":"v"}},[],18446744073709551615,"text"]`
	want(t, string(text), `{"n":-9223372036854775808,"yes":true,"nothing":null,"d":2.0,"s":"text","list":`+inner+`,"copy":`+inner+`}`)
	marshalled, err := json.Marshal(doc)
	fatal(t, err)
	var compact bytes.Buffer
	fatal(t, json.Compact(&compact, marshalled))
	want(t, compact.String(), string(text))

	deep := root.Get("list").At(2).Get("deep", "key with space")
	want(t, deep.Str(), "v")
	want(t, deep.Path(), `list[2].deep["key with space"]`)
	want(t, deep.Key(), "key with space")
	want(t, deep.Parent().Parent().Index(), 2)
	want(t, deep.Doc() == doc, true)
	want(t, root.Len(), 7)
	want(t, root.Get("d").Type().String(), "double")
	n, ok := root.Get("d").Int()
	want(t, []any{n, ok}, []any{int64(2), true})
	u, ok := root.Get("list").At(4).Uint()
	want(t, []any{u, ok}, []any{uint64(math.MaxUint64), true})
	f, ok := root.Get("n").Float()
	want(t, []any{f, ok}, []any{float64(math.MinInt64), true})
	want(t, root.Get("yes").Bool(false), true)
	want(t, root.Get("s").Bool(true), true)
	want(t, root.Get("list").Equal(root.Get("copy")), true)
	want(t, root.Remove("copy"), true)
	want(t, root.Remove("copy"), false)
	want(t, root.IsMap() && list.IsList() && root.Get("s").IsString(), true)

	// What is not there.
	gone := root.Get("no", "such", "thing")
	want(t, gone.Exists() || gone.Len() > 0 || gone.Str() != "" || gone.At(-1).Exists() || gone.Next().Exists(), false)
	want(t, gone.Set("a", doc.NewNull()).Exists(), false)

	// A node is in one place, of one document, and not below itself.
	other, err := modelplane.EmptyDoc()
	fatal(t, err)
	defer other.Close()
	want(t, root.Set("other", other.NewMap()).Exists(), false)
	want(t, root.Set("twice", list).Exists(), false)
	want(t, list.Append(root).Exists(), false)
	wantStatus(t, doc.SetRoot(list), modelplane.ErrInvalid)
	wantStatus(t, other.SetRoot(root), modelplane.ErrInvalid)

	yaml, err := root.Get("list").YAML(true)
	fatal(t, err)
	want(t, strings.HasPrefix(string(yaml), "---\n- 1\n- two\n"), true)
	pretty, err := root.PrettyJSON()
	fatal(t, err)
	var out bytes.Buffer
	fatal(t, root.WriteJSON(&out, true))
	want(t, out.String(), string(pretty))
	out.Reset()
	fatal(t, root.Get("list").WriteYAML(&out, true))
	want(t, out.String(), string(yaml))
	var decoded struct{ S string }
	fatal(t, root.Decode(&decoded))
	want(t, decoded.S, "text")

	root.Get("s").SetSource(12, 3)
	want(t, []int{root.Get("s").Offset(), root.Get("s").Line(), root.Offset()}, []int{12, 3, -1})
}

func TestLongPath(t *testing.T) {
	doc, err := modelplane.EmptyDoc()
	fatal(t, err)
	defer doc.Close()
	at := doc.NewMap()
	fatal(t, doc.SetRoot(at))
	for i := 0; i < 1000; i++ {
		at = at.SetMap("step")
	}
	want(t, at.Path(), strings.TrimSuffix(strings.Repeat("step.", 1000), "."))
}

type brokenWriter struct{ err error }

func (w brokenWriter) Write([]byte) (int, error) { return 0, w.err }

func TestCallbacks(t *testing.T) {
	doc, err := modelplane.ReadJSON([]byte(`{"a": [1, {"b": 2}], "c": {}}`), nil)
	fatal(t, err)
	defer doc.Close()
	var seen []string
	visit := func(skip, stop string) error {
		seen = nil
		return doc.Root().Visit(func(o modelplane.Object, event modelplane.WalkEvent) modelplane.WalkStep {
			path := o.Path()
			if event == modelplane.WalkLeave {
				path = "-" + path
			}
			seen = append(seen, path)
			switch path {
			case skip:
				return modelplane.WalkSkip
			case stop:
				return modelplane.WalkStop
			}
			return modelplane.WalkNext
		})
	}
	fatal(t, visit("none", "none"))
	want(t, strings.Join(seen, " "), " a a[0] a[1] a[1].b -a[1] -a c -c -")
	fatal(t, visit("a", "none"))
	want(t, strings.Join(seen, " "), " a c -c -")
	wantStatus(t, visit("none", "a[1]"), modelplane.ErrStopped)

	broken := errors.New("broken")
	want(t, doc.Root().WriteJSON(brokenWriter{broken}, false), broken)

	// A panic comes through C, and leaves nothing behind.
	for i := 0; i < 3; i++ {
		func() {
			defer func() { want(t, recover(), "visited") }()
			doc.Root().Visit(func(modelplane.Object, modelplane.WalkEvent) modelplane.WalkStep { panic("visited") })
		}()
	}
	fleet, d := largeFleet(t, 20), smallDeployments(t, 1)[0]
	func() {
		defer func() { want(t, recover(), "scored") }()
		fleet.Schedule(d, &modelplane.ScheduleOptions{Pools: modelplane.PoolsScored,
			Score: func(modelplane.Candidate) int64 { panic("scored") }})
	}()
	plan, err := fleet.Schedule(d, nil)
	fatal(t, err)
	defer plan.Close()
	func() {
		defer func() { want(t, recover(), "asked") }()
		plan.Compose(&modelplane.ComposeOptions{Ready: func(string) bool { panic("asked") }})
	}()
}

// ---- errors ----

func TestErrors(t *testing.T) {
	_, err := modelplane.ReadJSON([]byte("{\n \"a\": x}"), nil)
	wantStatus(t, err, modelplane.ErrParse)
	var e *modelplane.Error
	errors.As(err, &e)
	want(t, []int{e.Offset, e.Line, e.Column}, []int{8, 2, 7})
	_, err = modelplane.ReadJSON([]byte("[[[]]]"), &modelplane.ReadOptions{MaxDepth: 2})
	wantStatus(t, err, modelplane.ErrLimit)
	_, err = modelplane.ReadJSON([]byte("[1,2,3]"), &modelplane.ReadOptions{MaxSize: 3})
	wantStatus(t, err, modelplane.ErrLimit)
	_, err = modelplane.ReadJSON(nil, nil)
	wantStatus(t, err, modelplane.ErrParse)
	_, err = modelplane.NewDeployment("ns", "")
	wantStatus(t, err, modelplane.ErrInvalid)
	_, err = modelplane.ReadDeployment(modelplane.Object{})
	wantStatus(t, err, modelplane.ErrDocument)
	_, err = modelplane.Reconcile(modelplane.Object{}, nil)
	wantStatus(t, err, modelplane.ErrInvalid)
	_, err = modelplane.RunFunction(modelplane.Object{}, nil)
	wantStatus(t, err, modelplane.ErrInvalid)
	_, err = modelplane.ComposeReplica(modelplane.Object{}, &modelplane.ComposeOptions{Bare: true})
	wantStatus(t, err, modelplane.ErrDocument)
	_, err = modelplane.Validate(modelplane.Object{}, nil)
	wantStatus(t, err, modelplane.ErrNotFound)
	want(t, modelplane.Known(modelplane.Object{}), false)
	_, err = modelplane.ChildName()
	wantStatus(t, err, modelplane.ErrInvalid)
	_, err = modelplane.ParseQuantity("1Qi")
	wantStatus(t, err, modelplane.ErrParse)
	_, err = modelplane.ParseSemver("v1.2", false)
	wantStatus(t, err, modelplane.ErrParse)
	want(t, modelplane.ErrDocument.String(), "MP_EDOC")
	want(t, errors.Is(err, modelplane.ErrDocument), false)
	want(t, modelplane.Version() != "", true)
}

// ---- what is closed ----

func TestClosed(t *testing.T) {
	fleet, d := largeFleet(t, 20), smallDeployments(t, 1)[0]
	plan, err := fleet.Schedule(d, nil)
	fatal(t, err)
	first := fmt.Sprint(plan.Placements())
	engine := d.Engines()[0]
	fatal(t, d.Close())
	fatal(t, d.Close())
	objects, err := plan.Compose(nil) // the plan keeps what it borrows from
	fatal(t, err)
	want(t, objects.Root().Len(), 1)
	fatal(t, plan.Check(fleet, nil))
	root := objects.Root().First()
	fatal(t, objects.Close())
	want(t, root.Exists() || root.Str() != "" || root.First().Exists(), false)
	want(t, objects.Err(), modelplane.ErrClosed)

	want(t, engine.Name(), "")
	want(t, engine.SetGroup("g"), modelplane.ErrClosed)
	_, err = engine.AddMember(modelplane.Leader)
	want(t, err, modelplane.ErrClosed)
	_, err = fleet.Schedule(d, nil)
	want(t, err, modelplane.ErrClosed)

	fatal(t, plan.Close())
	fatal(t, plan.Close())
	want(t, fmt.Sprint(plan.Placements()), first)
	_, err = plan.Compose(nil)
	want(t, err, modelplane.ErrClosed)
	_, err = plan.Explain(fleet)
	want(t, err, modelplane.ErrClosed)

	cluster := fleet.Clusters()[0]
	pool := cluster.Pools()[0]
	device := pool.Devices()[0].CEL()
	same := fleet.FindCluster(cluster.Name())
	want(t, same == cluster, true)
	fatal(t, fleet.RemoveCluster(same))
	want(t, cluster.Name()+pool.Name(), "")
	want(t, pool.SetNodes(1), modelplane.ErrClosed)
	want(t, fleet.RemoveCluster(cluster), modelplane.ErrClosed)
	env, err := modelplane.NewDRAEnv()
	fatal(t, err)
	program, err := env.Compile("true")
	fatal(t, err)
	_, err = program.Match(device)
	want(t, err, modelplane.ErrClosed)
	fatal(t, env.Close())
	want(t, program.Type(), "bool") // a program needs its environment no more
	fatal(t, program.Close())
	want(t, program.Source(), "")
	_, err = env.Compile("true")
	want(t, err, modelplane.ErrClosed)

	cluster = fleet.Clusters()[0]
	fatal(t, fleet.Close())
	want(t, cluster.SetReady(true), modelplane.ErrClosed)
	want(t, len(fleet.Clusters())+fleet.Shapes()+fleet.Replicas(), 0)
}

// ---- fleets and deployments ----

func TestFleet(t *testing.T) {
	fleet := newFleet(t)
	east, err := fleet.AddCluster("east")
	fatal(t, err)
	_, err = fleet.AddCluster("east")
	wantStatus(t, err, modelplane.ErrExist)
	fatal(t, east.SetReady(true))
	fatal(t, east.SetGateway("192.0.2.1"))
	fatal(t, east.SetLabel("zone", "a"))
	fatal(t, east.SetCost(3))
	fatal(t, east.AddTaint("team", "ml", modelplane.EffectNoSchedule))
	wantStatus(t, east.AddTaint("team", "ml", modelplane.EffectAny), modelplane.ErrInvalid)
	want(t, []any{east.Name(), east.Gateway(), east.Ready()}, []any{"east", "192.0.2.1", true})

	pool, err := east.AddPool("h200", 4)
	fatal(t, err)
	fatal(t, pool.SetFabric("ib0"))
	fatal(t, pool.SetTier(modelplane.TierCordoned, 1))
	fatal(t, pool.SetCost(9))
	want(t, []any{pool.Name(), pool.Fabric(), pool.Nodes(), pool.Tier(modelplane.TierCordoned), pool.Cluster() == east},
		[]any{"h200", "ib0", int64(4), int64(1), true})
	racked, err := east.AddPool("racked", 0)
	fatal(t, err)
	fatal(t, racked.AddLevel("rack"))
	wantStatus(t, racked.AddLevel("fabric"), modelplane.ErrInvalid)
	rack, err := racked.AddDomain("r1", 3)
	fatal(t, err)
	_, err = racked.AddDomain("r1", 3)
	wantStatus(t, err, modelplane.ErrExist)
	fatal(t, rack.SetNodes(5))
	fatal(t, rack.SetTier(modelplane.TierReserved, 2))
	want(t, []any{racked.Nodes(), racked.Tier(modelplane.TierReserved), racked.Domains()[0].Path()},
		[]any{int64(5), int64(2), "r1"})
	want(t, east.FindPool("racked").Nodes(), int64(5))
	want(t, east.FindPool("none") == nil && fleet.FindCluster("none") == nil, true)

	gpu, err := pool.AddDevice(modelplane.DeviceSpec{Name: "gpu", Driver: "gpu.nvidia.com", Count: 8,
		Attributes: map[string]any{"cores": 132, "model": "H200", "ecc": true,
			"driver": modelplane.VersionText("560.35.3")},
		Capacity: map[string]string{"memory": "141Gi"}})
	fatal(t, err)
	want(t, []any{gpu.Name(), gpu.Count(), fleet.Shapes()}, []any{"gpu", int64(8), 1})
	wantStatus(t, gpu.Set("x", 1.5), modelplane.ErrInvalid)
	env, err := modelplane.NewDRAEnv()
	fatal(t, err)
	defer env.Close()
	program, err := env.Compile(`device.attributes["gpu.nvidia.com"].ecc`)
	fatal(t, err)
	defer program.Close()
	match, err := program.Match(gpu.CEL())
	want(t, []any{match, err}, []any{true, error(nil)})
	result, _, err := program.Eval(modelplane.Input{Device: gpu.CEL()})
	fatal(t, err)
	want(t, result.Type(), "bool")
	fatal(t, gpu.Set("ecc", false))
	match, err = program.Match(gpu.CEL())
	want(t, []any{match, err}, []any{false, error(nil)})
	_, err = result.Value() // of a device as it was
	want(t, err, modelplane.ErrClosed)
	fatal(t, result.Close())
	wantStatus(t, gpu.CEL().Set("ecc", true), modelplane.ErrInvalid)

	version := fleet.Version()
	r, err := fleet.AddReplica(modelplane.ReplicaSpec{Namespace: "chat", Name: "m-1", Owner: "m", Cluster: "east"})
	fatal(t, err)
	fatal(t, r.SetLabel("a", "b"))
	engine, err := r.AddEngine("main", 1)
	fatal(t, err)
	fatal(t, engine.AddMember(modelplane.Standalone, "h200", 1, true))
	fatal(t, engine.AddPods("", "", "node-1", 1))
	fatal(t, engine.Hold("gpu", 4))
	want(t, fleet.Version() > version, true)
	want(t, fleet.FindReplica("chat", "m-1") == r && fleet.Replicas() == 1, true)
	fatal(t, fleet.RemoveReplica(r))
	want(t, r.SetLabel("a", "b"), modelplane.ErrClosed)
	want(t, engine.Hold("gpu", 4), modelplane.ErrClosed)
	want(t, fleet.FindReplica("chat", "m-1") == nil && fleet.Replicas() == 0, true)
}

func TestDeployment(t *testing.T) {
	d, err := modelplane.NewDeployment("chat", "m")
	fatal(t, err)
	defer d.Close()
	fatal(t, d.SetReplicas(3))
	wantStatus(t, d.SetReplicas(-1), modelplane.ErrInvalid)
	fatal(t, d.SetLabel("tier", "gold"))
	fatal(t, d.SelectCluster("zone", "a"))
	fatal(t, d.PreferCluster("zone", "b"))
	_, cached := d.Cache()
	want(t, cached, false)
	fatal(t, d.SetCache("w"))
	fatal(t, d.SetServing(modelplane.ServingPrefillDecode))
	fatal(t, d.AddToleration("", modelplane.TolerationExists, "", modelplane.EffectAny))
	fatal(t, d.AddAffinity("team", "ml", modelplane.ScopeFabric, true))
	fatal(t, d.SetLevel("rack", modelplane.Preferred))
	fatal(t, d.SetGroupLevel("g", "rack", modelplane.Required))
	cache, _ := d.Cache()
	want(t, []any{d.Namespace(), d.Name(), d.Replicas(), cache, d.Serving(), d.Labels()},
		[]any{"chat", "m", int64(3), "w", modelplane.ServingPrefillDecode, map[string]string{"tier": "gold"}})

	e, err := d.AddEngine("main", 2)
	fatal(t, err)
	_, err = d.AddEngine("main", 2)
	wantStatus(t, err, modelplane.ErrExist)
	fatal(t, e.SetPhase(modelplane.PhaseDecode))
	fatal(t, e.SetSpan(modelplane.SpanFabric))
	fatal(t, e.SetGroup("g"))
	fatal(t, e.SetLevel("pool", modelplane.Required))
	same := d.FindEngine("main")
	want(t, []any{same.Name(), same.Copies(), same.Phase(), same.Span(), same.Phase().String()},
		[]any{"main", int64(2), modelplane.PhaseDecode, modelplane.SpanFabric, "Decode"})
	want(t, d.FindEngine("none") == nil, true)

	m, err := e.AddMember(modelplane.Worker)
	fatal(t, err)
	fatal(t, m.SetNodes(4))
	template, err := m.Template()
	want(t, []any{template, err}, []any{(*modelplane.Doc)(nil), error(nil)})
	fatal(t, m.SetTemplate(map[string]any{"spec": map[string]any{"hostIPC": true}}))
	template, err = m.Template()
	fatal(t, err)
	defer template.Close()
	want(t, template.Root().Get("spec", "hostIPC").Bool(false), true)
	nodes, set := m.Nodes()
	want(t, []any{e.Members()[0].Role(), nodes, set, m.Role().String()}, []any{modelplane.Worker, int64(4), true, "Worker"})

	_, err = m.AddRequest("bad", 1, "device.driver ==")
	wantStatus(t, err, modelplane.ErrParse)
	r, err := m.AddRequest("gpu", 8, `device.driver == "gpu.nvidia.com"`)
	fatal(t, err)
	want(t, []any{m.Requests()[1].Name(), r.Count(), r.Selectors()[0].Source()},
		[]any{"gpu", int64(8), `device.driver == "gpu.nvidia.com"`})
	selector := r.Selectors()[0]
	fatal(t, selector.Close()) // not its own
	want(t, selector.Type() == "bool" && selector.Memory() > 0, true)
}

// Options arrive: each changes the answer.
func TestScheduleOptions(t *testing.T) {
	fleet := newFleet(t)
	for name, nodes := range map[string]int64{"a": 3, "b": 2} {
		c := readyCluster(t, fleet, name)
		for i, pool := range []string{"p", "q"} {
			p, err := c.AddPool(pool, nodes-int64(i))
			fatal(t, err)
			fatal(t, p.SetFabric("f"))
			_, err = p.AddDevice(modelplane.DeviceSpec{Name: "gpu", Driver: "gpu.nvidia.com", DeviceClass: "gpu", Count: 8})
			fatal(t, err)
		}
	}
	fatal(t, fleet.FindCluster("a").SetCost(5))
	d, err := modelplane.NewDeployment("chat", "m")
	fatal(t, err)
	defer d.Close()
	fatal(t, d.SetReplicas(2))
	e, err := d.AddEngine("main", 1)
	fatal(t, err)
	m, err := e.AddMember(modelplane.Standalone)
	fatal(t, err)
	_, err = m.AddRequest("gpu", 4)
	fatal(t, err)

	var asked []string
	for _, c := range []struct {
		opts *modelplane.ScheduleOptions
		want string
	}{
		{nil, "placed: a/p b/p"},
		{&modelplane.ScheduleOptions{NoFill: true}, "held:"},
		{&modelplane.ScheduleOptions{Clusters: modelplane.ClustersPack}, "placed: a/p a/p"},
		{&modelplane.ScheduleOptions{Clusters: modelplane.ClustersCheapest}, "placed: b/p b/p"},
		{&modelplane.ScheduleOptions{Pools: modelplane.PoolsBestFit}, "placed: a/q b/q"},
		{&modelplane.ScheduleOptions{Accounting: modelplane.AccountingDevices, Span: modelplane.SpanFabric,
			LeastMovement: true, WholeMembers: true, Budget: 1000}, "placed: a/p b/p"},
		{&modelplane.ScheduleOptions{Pools: modelplane.PoolsScored, Score: func(c modelplane.Candidate) int64 {
			asked = append(asked, c.Engine)
			return c.Free // the fewest
		}}, "placed: a/q b/q"},
		{&modelplane.ScheduleOptions{Clusters: modelplane.ClustersScored, Score: func(c modelplane.Candidate) int64 {
			return int64('z' - c.Cluster.Name()[0]) // the last
		}}, "placed: b/p b/p"},
	} {
		plan, err := fleet.Schedule(d, c.opts)
		fatal(t, err)
		got := plan.Verdict().String() + ":"
		for _, p := range plan.Placements() {
			got += " " + p.Cluster + "/" + p.Engines[0].Members[0].Pool
		}
		want(t, got, c.want)
		_, err = plan.Certify(fleet)
		fatal(t, err)
		fatal(t, plan.Check(fleet, c.opts))
		why, err := plan.Explain(fleet)
		fatal(t, err)
		fatal(t, why.Close())
		fatal(t, plan.Close())
	}
	want(t, len(asked) > 0 && asked[0] == "main", true)
}

func TestPlacement(t *testing.T) {
	fleet := newFleet(t)
	c := readyCluster(t, fleet, "a")
	p, err := c.AddPool("p", 3)
	fatal(t, err)
	_, err = p.AddDevice(modelplane.DeviceSpec{Name: "gpu", Driver: "gpu.nvidia.com", DeviceClass: "class", Count: 8})
	fatal(t, err)
	d, err := modelplane.NewDeployment("chat", "m")
	fatal(t, err)
	defer d.Close()
	fatal(t, d.SetReplicas(2))
	e, err := d.AddEngine("main", 1)
	fatal(t, err)
	for _, role := range []modelplane.Role{modelplane.Leader, modelplane.Worker} {
		m, err := e.AddMember(role)
		fatal(t, err)
		_, err = m.AddRequest("gpu", 8)
		fatal(t, err)
	}
	plan, err := fleet.Schedule(d, nil)
	fatal(t, err)
	defer plan.Close()
	want(t, plan.Deployment() == d, true)
	want(t, plan.Verdict(), modelplane.Partial)
	claims := []modelplane.PlacedClaim{{Request: "gpu", DeviceClass: "class", Count: 8}}
	shares := []modelplane.Share{{Pool: "p", Copy: -1, Pods: 1, Nodes: 1}}
	want(t, plan.Placements(), []modelplane.Placement{{Cluster: "a", Gateway: "192.0.2.1",
		Engines: []modelplane.PlacedEngine{{Name: "main", Copies: 1, Members: []modelplane.PlacedMember{
			{Role: modelplane.Leader, Pool: "p", Nodes: 1, Shares: shares, Claims: claims},
			{Role: modelplane.Worker, Pool: "p", Nodes: 1, Shares: shares, Claims: claims},
		}}}}})
	certificates, err := plan.Certify(fleet)
	fatal(t, err)
	want(t, len(certificates), 1)
	want(t, certificates[0].Cluster, "a")
	want(t, certificates[0].Proof, modelplane.ProofCount)
	want(t, certificates[0].Needs > certificates[0].Has, true)
	fatal(t, plan.Check(fleet, nil))
	fatal(t, p.SetNodes(1))
	wantStatus(t, plan.Check(fleet, nil), modelplane.ErrCheck)
}

// ---- selectors ----

func TestExplainSelector(t *testing.T) {
	env, err := modelplane.NewDRAEnv()
	fatal(t, err)
	defer env.Close()
	var devices []*modelplane.Device
	for i := 0; i < 4; i++ {
		d, err := modelplane.NewDevice("gpu.nvidia.com")
		fatal(t, err)
		defer d.Close()
		fatal(t, d.Set("cores", int64(i)))
		fatal(t, d.Set("lanes", []int{1, 2}))
		fatal(t, d.Set("links", []string{"", "nv1"}))
		fatal(t, d.Set("flags", []bool{true, false}))
		fatal(t, d.Set("fw", []modelplane.VersionText{"1.0.0"}))
		wantStatus(t, d.Set("bad", 1.5), modelplane.ErrInvalid)
		devices = append(devices, d)
	}
	like, err := devices[0].Copy()
	fatal(t, err)
	wantStatus(t, devices[0].Set("cores", 7), modelplane.ErrInvalid)
	fatal(t, like.Set("cores", 7))
	big, err := env.Compile(`device.attributes["gpu.nvidia.com"].cores == 7 && device.attributes["gpu.nvidia.com"].links[1] == "nv1"`)
	fatal(t, err)
	defer big.Close()
	both, err := big.MatchAll([]*modelplane.Device{devices[0], like})
	fatal(t, err)
	want(t, both, []modelplane.Match{{}, {OK: true}})
	fatal(t, like.Close())
	fatal(t, devices[0].Set("cores", 0))

	const source = `device.driver == "gpu.nvidia.com" && device.attributes["gpu.nvidia.com"].cores >= 2`
	steps, err := env.Sieve(source, devices)
	fatal(t, err)
	want(t, []int{len(steps), steps[0].Left, steps[1].Left, steps[1].Failed}, []int{2, 4, 2, 0})
	parts, err := env.Explain(source, devices[0])
	fatal(t, err)
	want(t, parts[0].Value == "false" && parts[0].Type == "bool" && parts[0].Depth == 0 && len(parts) > 2, true)
	parts, err = env.Explain(`device.attributes["gpu.nvidia.com"].nope`, devices[0])
	fatal(t, err)
	wantStatus(t, parts[0].Err, modelplane.ErrEval)
	names, err := env.UnknownNames(`device.attributes["gpu.nvidia.com"].core > 1`, devices)
	fatal(t, err)
	want(t, len(names), 1)
	want(t, []any{names[0].Name, names[0].Nearest, names[0].Capacity}, []any{"gpu.nvidia.com/core", "gpu.nvidia.com/cores", false})
	_, err = env.Sieve("device.driver ==", devices)
	wantStatus(t, err, modelplane.ErrParse)
	cost, err := env.Estimate(source)
	want(t, err == nil && cost.Min > 0 && cost.Max >= cost.Min, true)

	program, err := env.Compile(`device.attributes["gpu.nvidia.com"].nope`)
	fatal(t, err)
	defer program.Close()
	matches, err := program.MatchAll(devices)
	fatal(t, err)
	wantStatus(t, matches[3].Err, modelplane.ErrEval)
	matches, err = program.MatchAll(nil)
	want(t, []any{len(matches), err}, []any{0, error(nil)})
	_, _, err = program.Eval(modelplane.Input{})
	wantStatus(t, err, modelplane.ErrInvalid)
	_, err = modelplane.NewProfileEnv(modelplane.Profile{Release: 1})
	wantStatus(t, err, modelplane.ErrInvalid)
}

func TestVars(t *testing.T) {
	env, err := modelplane.NewEnv()
	fatal(t, err)
	defer env.Close()
	for name, typ := range map[string]string{"b": "bool", "i": "int", "u": "uint", "d": "double", "s": "string",
		"y": "bytes", "m": "map(string, int)", "any": "dyn", "q": "kubernetes.Quantity"} {
		fatal(t, env.Declare(name, typ))
	}
	wantStatus(t, env.Declare("x", "no such type"), modelplane.ErrInvalid)
	vars, err := env.NewVars()
	fatal(t, err)
	defer vars.Close()
	for name, v := range map[string]any{"b": true, "i": -1, "u": uint64(2), "d": 1.0, "s": "x\x00y",
		"y": []byte{0xff, 0}, "m": map[string]int{"a": 1}, "any": []any{nil, 1.0, "s"}, "q": "1Ki"} {
		fatal(t, vars.Set(name, v))
	}
	wantStatus(t, vars.Set("nope", 1), modelplane.ErrInvalid)
	wantStatus(t, vars.Set("b", "text"), modelplane.ErrInvalid)
	for source, wanted := range map[string]any{
		"b": true, "i": int64(-1), "u": uint64(2), "d": 1.0, "s": "x\x00y", "y": []byte{0xff, 0},
		"m": map[string]any{"a": int64(1)}, "any": []any{nil, 1.0, "s"}, "q": "1Ki", "null": nil,
		"[i, i]": []any{int64(-1), int64(-1)}, "q.asInteger()": int64(1024),
	} {
		program, err := env.Compile(source)
		fatal(t, err)
		result, _, err := program.Eval(modelplane.Input{Vars: vars})
		fatal(t, err)
		fatal(t, program.Close()) // the result keeps what it borrows from
		got, err := result.Value()
		fatal(t, err)
		want(t, got, wanted)
		fatal(t, result.Close())
		_, err = result.Value()
		want(t, err, modelplane.ErrClosed)
	}
	program, err := env.Compile("[1, 2, 3].all(x, x > 0)")
	fatal(t, err)
	defer program.Close()
	_, _, err = program.Eval(modelplane.Input{Vars: vars, Budget: 2})
	wantStatus(t, err, modelplane.ErrBudget)
}

// ---- numbers and names ----

func TestQuantities(t *testing.T) {
	a, err := modelplane.ParseQuantity("1536Mi")
	fatal(t, err)
	b, err := modelplane.ParseQuantity("0.5")
	fatal(t, err)
	sum, err := a.Add(b)
	fatal(t, err)
	difference, err := b.Sub(a)
	fatal(t, err)
	n, ok := a.Int64()
	_, fraction := b.Int64()
	want(t, []any{n, ok, fraction, a.IsInteger(), b.IsInteger(), b.Value(), b.Float64(), difference.Sign(), a.Compare(b)},
		[]any{int64(1536 << 20), true, false, true, false, int64(1), 0.5, -1, 1})
	want(t, sum.Decimal(), "1610612736.5")
	want(t, a.String(), "1536Mi")
	large, err := modelplane.ParseQuantity("0.123456789012345678901234567890")
	fatal(t, err)
	for i := 0; i < 10; i++ {
		large, err = large.Add(large)
		fatal(t, err)
	}
	want(t, large.Sign(), 1)
}

func TestSemver(t *testing.T) {
	a, err := modelplane.ParseSemver("1.2.3-rc.1+b5", false)
	fatal(t, err)
	want(t, a, modelplane.Semver{Major: 1, Minor: 2, Patch: 3, Prerelease: "rc.1", Build: "b5"})
	want(t, a.String(), "1.2.3-rc.1+b5")
	b, err := modelplane.ParseSemver("v01.2.3", true)
	fatal(t, err)
	want(t, []int{a.Compare(b), b.Compare(a), a.Compare(a)}, []int{-1, 1, 0})
}

func TestNames(t *testing.T) {
	child, err := modelplane.ChildName("chat", "", "east")
	fatal(t, err)
	opaque, err := modelplane.OpaqueName("chat", "", "east")
	fatal(t, err)
	want(t, strings.HasPrefix(child, "chat--east-") && strings.HasPrefix(opaque, "chat-") && len(opaque) == 10, true)
	long, err := modelplane.ChildName(strings.Repeat("x", 100), "y")
	fatal(t, err)
	want(t, len(long), modelplane.NameMax)
}

// ---- goroutines ----

// Many read one fleet, one program and one document at once.
func TestGoroutines(t *testing.T) {
	fleet, deployments := largeFleet(t, 100), smallDeployments(t, 4)
	doc, err := modelplane.NewDoc(map[string]any{"a": []int{1, 2, 3}})
	fatal(t, err)
	defer doc.Close()
	selector := deployments[0].Engines()[0].Members()[0].Requests()[0].Selectors()[0]
	var all sync.WaitGroup
	for i := 0; i < 8; i++ {
		i := i
		all.Add(1)
		go func() {
			defer all.Done()
			for n := 0; n < 20; n++ {
				plan, err := fleet.Schedule(deployments[i%4], &modelplane.ScheduleOptions{Pools: modelplane.PoolsScored,
					Score: func(c modelplane.Candidate) int64 { return int64(len(c.Pool.Name()) + len(c.Cluster.Name())) }})
				if err != nil || plan.Verdict() != modelplane.Placed {
					t.Error(err)
					return
				}
				plan.Close()
				if _, err := selector.Match(fleet.Clusters()[i].Pools()[n%10].Devices()[0].CEL()); err != nil {
					t.Error(err)
				}
				if doc.Root().Get("a").Len() != 3 {
					t.Error("a document")
				}
			}
		}()
	}
	all.Wait()
}

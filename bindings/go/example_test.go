// SPDX-License-Identifier: Apache-2.0

package modelplane_test

import (
	"errors"
	"fmt"
	"log"

	modelplane "github.com/modelplaneai/libmodelplane/bindings/go"
)

// must panics where an example would return an error.
func must[T any](v T, err error) T {
	check(err)
	return v
}

func check(err error) {
	if err != nil {
		log.Panic(err)
	}
}

// A fleet and a deployment made by calls, a plan, and the objects that make it so.
func Example() {
	fleet := must(modelplane.NewFleet())
	defer fleet.Close()
	for name, nodes := range map[string]int64{"east": 4, "west": 3} {
		cluster := must(fleet.AddCluster(name))
		check(cluster.SetReady(true))
		check(cluster.SetGateway("203.0.113.7"))
		pool := must(cluster.AddPool("h200", nodes))
		must(pool.AddDevice(modelplane.DeviceSpec{
			Name: "gpu", Driver: "gpu.nvidia.com", DeviceClass: "gpu.nvidia.com", Count: 8,
			Attributes: map[string]any{"architecture": "Hopper"},
			Capacity:   map[string]string{"memory": "141Gi"},
		}))
	}

	d := must(modelplane.NewDeployment("chat", "big-model"))
	defer d.Close()
	check(d.SetReplicas(2))
	engine := must(d.AddEngine("main", 1))
	for _, role := range []modelplane.Role{modelplane.Leader, modelplane.Worker} {
		member := must(engine.AddMember(role))
		if role == modelplane.Worker {
			check(member.SetNodes(2))
		}
		check(member.SetTemplate(map[string]any{"spec": map[string]any{"containers": []any{
			map[string]any{"name": "engine", "image": "vllm/vllm-openai:v0.11.0"},
		}}}))
		must(member.AddRequest("gpu", 8, `device.capacity["gpu.nvidia.com"].memory.compareTo(quantity("140Gi")) >= 0`))
	}

	plan := must(fleet.Schedule(d, nil))
	defer plan.Close()
	check(plan.Check(fleet, nil))
	fmt.Println(plan.Verdict())
	for _, p := range plan.Placements() {
		fmt.Printf("replica %d on %s, pool %s\n", p.Index, p.Cluster, p.Engines[0].Members[0].Pool)
	}

	replicas := must(plan.Compose(nil))
	defer replicas.Close()
	first := replicas.Root().First()
	objects := must(modelplane.ComposeReplica(first, &modelplane.ComposeOptions{Bare: true}))
	defer objects.Close()
	objects.Root().All()(func(key string, o modelplane.Object) bool {
		fmt.Println(first.Key(), key, o.Get("kind").Str())
		return true
	})
	// Output:
	// placed
	// replica 0 on east, pool h200
	// replica 0 on west, pool h200
	// replica-east-0 model-serving-main LeaderWorkerSet
	// replica-east-0 resource-claim-main-leader ResourceClaimTemplate
	// replica-east-0 resource-claim-main-worker ResourceClaimTemplate
	// replica-east-0 model-service Service
	// replica-east-0 model-route HTTPRoute
}

// Documents in, everything desired out.
func ExampleReconcile() {
	documents := must(modelplane.ReadJSON([]byte(`[
		{"apiVersion": "modelplane.ai/v1alpha1", "kind": "InferenceClass", "metadata": {"name": "l4"},
		 "spec": {"devices": [{"name": "gpu", "driver": "gpu.nvidia.com", "deviceClassName": "gpu.nvidia.com", "count": 1}]}}
	]`), nil))
	defer documents.Close()
	result := must(modelplane.Reconcile(documents.Root(), nil))
	defer result.Close()
	fmt.Println(result.Root().Get("objects").Len(), "objects")
	// Output:
	// 0 objects
}

// Why a deployment does not fit.
func ExamplePlan_Explain() {
	fleet := must(modelplane.NewFleet())
	defer fleet.Close()
	cluster := must(fleet.AddCluster("east"))
	check(cluster.SetReady(true))
	check(cluster.SetGateway("203.0.113.7"))
	pool := must(cluster.AddPool("l4", 3))
	must(pool.AddDevice(modelplane.DeviceSpec{Name: "gpu", Driver: "gpu.nvidia.com", Count: 1}))

	d := must(modelplane.NewDeployment("chat", "small"))
	defer d.Close()
	engine := must(d.AddEngine("main", 1))
	member := must(engine.AddMember(modelplane.Standalone))
	must(member.AddRequest("gpu", 2))

	plan := must(fleet.Schedule(d, nil))
	defer plan.Close()
	why := must(plan.Explain(fleet))
	defer why.Close()
	fmt.Println(plan.Verdict())
	fmt.Println(why.Root().Get("clusters").First().Get("code").Str())
	// Output:
	// partial
	// EngineUnmatched
}

// A selector on a device.
func ExampleEnv_Compile() {
	env := must(modelplane.NewDRAEnv())
	defer env.Close()
	selector := must(env.Compile(`device.attributes["gpu.nvidia.com"].cores >= 100`))
	defer selector.Close()

	device := must(modelplane.NewDevice("gpu.nvidia.com"))
	defer device.Close()
	check(device.Set("cores", 132))
	fmt.Println(must(selector.Match(device)))

	_, err := env.Compile(`device.driver == 1`)
	var e *modelplane.Error
	fmt.Println(errors.Is(err, modelplane.ErrCompile), errors.As(err, &e) && e.Line == 1)
	// Output:
	// true
	// true true
}

// An expression over variables.
func ExampleProgram_Eval() {
	env := must(modelplane.NewEnv())
	defer env.Close()
	check(env.Declare("replicas", "list(int)"))
	program := must(env.Compile(`replicas.map(r, r * 2)`))
	defer program.Close()
	vars := must(env.NewVars())
	defer vars.Close()
	check(vars.Set("replicas", []int{1, 2, 3}))

	result, cost, err := program.Eval(modelplane.Input{Vars: vars})
	check(err)
	defer result.Close()
	fmt.Println(must(result.Value()), cost > 0)
	// Output:
	// [2 4 6] true
}

// Quantities are exact.
func ExampleParseQuantity() {
	a := must(modelplane.ParseQuantity("141Gi"))
	b := must(modelplane.ParseQuantity("512Mi"))
	fmt.Println(must(a.Add(b)), a.Compare(b))
	// Output:
	// 144896Mi 1
}

// What the API server would refuse.
func ExampleValidate() {
	doc := must(modelplane.NewDoc(map[string]any{
		"apiVersion": "modelplane.ai/v1alpha1", "kind": "ModelCache",
		"metadata": map[string]any{"name": "weights", "namespace": "chat"}, "spec": map[string]any{},
	}))
	defer doc.Close()
	for _, v := range must(modelplane.Validate(doc.Root(), nil)) {
		fmt.Println(v.Path + ": " + v.Message)
	}
	// Output:
	// spec.source: is required
}

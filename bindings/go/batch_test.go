// SPDX-License-Identifier: Apache-2.0

package modelplane_test

import (
	"fmt"
	"os"
	"testing"
	"time"
	"unsafe"

	modelplane "github.com/modelplaneai/libmodelplane/bindings/go"
	"github.com/modelplaneai/libmodelplane/bindings/go/internal/baseline"
)

func newFleet(t testing.TB) *modelplane.Fleet {
	t.Helper()
	fleet, err := modelplane.NewFleet()
	fatal(t, err)
	t.Cleanup(func() { fleet.Close() })
	return fleet
}

// readyCluster adds a cluster that takes replicas.
func readyCluster(t testing.TB, fleet *modelplane.Fleet, name string) *modelplane.Cluster {
	t.Helper()
	cluster, err := fleet.AddCluster(name)
	fatal(t, err)
	fatal(t, cluster.SetReady(true))
	fatal(t, cluster.SetGateway("192.0.2.1"))
	return cluster
}

// largeFleet has so many pools of a few kinds, ten in a cluster.
func largeFleet(t testing.TB, pools int) *modelplane.Fleet {
	t.Helper()
	fleet := newFleet(t)
	kinds := []struct {
		name, memory string
		count        int64
	}{{"h200", "141Gi", 8}, {"h100", "80Gi", 8}, {"l40s", "48Gi", 4}, {"l4", "24Gi", 1}}
	var cluster *modelplane.Cluster
	for i := 0; i < pools; i++ {
		if i%10 == 0 {
			cluster = readyCluster(t, fleet, fmt.Sprintf("cluster-%04d", i/10))
		}
		k := kinds[i%len(kinds)]
		pool, err := cluster.AddPool(fmt.Sprintf("%s-%d", k.name, i%10), int64(2+i%7))
		fatal(t, err)
		_, err = pool.AddDevice(modelplane.DeviceSpec{Name: "gpu", Driver: "gpu.nvidia.com",
			DeviceClass: "gpu.nvidia.com", Count: k.count,
			Capacity: map[string]string{"memory": k.memory}})
		fatal(t, err)
	}
	return fleet
}

// smallDeployments are so many deployments of one replica.
func smallDeployments(t testing.TB, count int) []*modelplane.Deployment {
	t.Helper()
	memory := []string{"20Gi", "40Gi", "60Gi", "120Gi"}
	list := make([]*modelplane.Deployment, count)
	for i := range list {
		d, err := modelplane.NewDeployment("bench", fmt.Sprintf("model-%d", i))
		fatal(t, err)
		t.Cleanup(func() { d.Close() })
		engine, err := d.AddEngine("main", 1)
		fatal(t, err)
		member, err := engine.AddMember(modelplane.Standalone)
		fatal(t, err)
		_, err = member.AddRequest("gpu", 1, `device.capacity["gpu.nvidia.com"].memory.compareTo(quantity("`+memory[i%4]+`")) >= 0`)
		fatal(t, err)
		list[i] = d
	}
	return list
}

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// overhead is what a decision costs in Go beyond what it costs in C: the least of several runs of each,
// taken in turns.
func overhead(t testing.TB, pools, count, runs int) (inC, inGo time.Duration) {
	fleet, deployments := largeFleet(t, pools), smallDeployments(t, count)
	pointers := make([]unsafe.Pointer, count)
	for i, d := range deployments {
		pointers[i] = d.Pointer()
	}
	for run := 0; run < runs; run++ {
		placed, took := baseline.Decide(fleet.Pointer(), pointers)
		if run == 0 || took < inC {
			inC = took
		}
		start := time.Now()
		decisions, err := fleet.Decide(deployments, nil)
		fatal(t, err)
		total := int64(0)
		for i := range decisions {
			for _, p := range decisions[i].Placements {
				if p.Cluster != "" && p.Engines[0].Members[0].Pool != "" {
					total++
				}
			}
		}
		if took := time.Since(start); run == 0 || took < inGo {
			inGo = took
		}
		if total != placed || total != int64(count) {
			t.Fatalf("placed %d, in C %d", total, placed)
		}
	}
	return inC / time.Duration(count), inGo / time.Duration(count)
}

// A batch gives each deployment what it gets by itself.
func TestBatch(t *testing.T) {
	fleet, deployments := largeFleet(t, 40), smallDeployments(t, 12)
	batch, err := fleet.ScheduleBatch(deployments, nil)
	fatal(t, err)
	defer batch.Close()
	decisions, err := fleet.Decide(deployments, nil)
	fatal(t, err)
	for i, d := range deployments {
		a, err := batch.Plan(i)
		fatal(t, err)
		b, err := fleet.Schedule(d, nil)
		fatal(t, err)
		inBatch := fmt.Sprint(a.Verdict(), a.Placements(), a.Counters(), nil)
		if alone := fmt.Sprint(b.Verdict(), b.Placements(), b.Counters(), nil); inBatch != alone {
			t.Errorf("%d: %s, by itself %s", i, inBatch, alone)
		}
		c := decisions[i]
		if decided := fmt.Sprint(c.Verdict, c.Placements, c.Counters, c.Err); inBatch != decided {
			t.Errorf("%d: %s, decided %s", i, inBatch, decided)
		}
		fatal(t, a.Check(fleet, nil))
		fatal(t, b.Close())
		fatal(t, a.Close()) // no effect: it belongs to the batch
	}
	empty, err := fleet.ScheduleBatch(nil, nil)
	fatal(t, err)
	if empty.Len() != 0 {
		t.Error("plans of nothing")
	}
	fatal(t, empty.Close())
}

// BenchmarkBatch is 1,000 decisions at 1,000 pools in one call; go/C is the overhead for each.
func BenchmarkBatch(b *testing.B) {
	inC, inGo := overhead(b, 1000, 1000, 5+b.N)
	b.ReportMetric(float64(inC.Nanoseconds()), "C-ns/decision")
	b.ReportMetric(float64(inGo.Nanoseconds()), "Go-ns/decision")
	b.ReportMetric(float64((inGo - inC).Nanoseconds()), "overhead-ns/decision")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkSchedule is one decision a call.
func BenchmarkSchedule(b *testing.B) {
	fleet, deployments := largeFleet(b, 1000), smallDeployments(b, 4)
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		plan, err := fleet.Schedule(deployments[i%4], nil)
		fatal(b, err)
		plan.Close()
	}
}

func BenchmarkMatchAll(b *testing.B) {
	env, err := modelplane.NewDRAEnv()
	fatal(b, err)
	program, err := env.Compile(`device.attributes["gpu.nvidia.com"].cores >= 100`)
	fatal(b, err)
	devices := make([]*modelplane.Device, 1000)
	for i := range devices {
		devices[i], err = modelplane.NewDevice("gpu.nvidia.com")
		fatal(b, err)
		fatal(b, devices[i].Set("cores", i))
	}
	b.ResetTimer()
	start := time.Now()
	for i := 0; i < b.N; i++ {
		_, err := program.MatchAll(devices)
		fatal(b, err)
	}
	b.ReportMetric(float64(time.Since(start).Nanoseconds())/float64(b.N)/1000, "ns/device")
}

// instrumented tells whether time and memory are not what they would be.
func instrumented() bool { return raceEnabled || os.Getenv("MP_INSTRUMENTED") != "" }

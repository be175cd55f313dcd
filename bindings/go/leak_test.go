// SPDX-License-Identifier: Apache-2.0

package modelplane_test

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	modelplane "github.com/modelplaneai/libmodelplane/bindings/go"
)

// resident is the memory of the process that is in RAM, in bytes.
func resident(t *testing.T) int {
	for i := 0; i < 3; i++ { // what a finalizer lets go of is collected in the next round
		runtime.GC()
		time.Sleep(20 * time.Millisecond)
	}
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("no /proc here")
	}
	pages, err := strconv.Atoi(strings.Fields(string(text))[1])
	fatal(t, err)
	return pages * os.Getpagesize()
}

// once makes and closes one of everything that a plan leads to.
func once(t *testing.T, fleet *modelplane.Fleet, d *modelplane.Deployment) {
	plan, err := fleet.Schedule(d, &modelplane.ScheduleOptions{Pools: modelplane.PoolsScored,
		Score: func(c modelplane.Candidate) int64 { return -c.Free }})
	fatal(t, err)
	defer plan.Close()
	replicas, err := plan.Compose(&modelplane.ComposeOptions{Ready: func(string) bool { return true }})
	fatal(t, err)
	defer replicas.Close()
	why, err := plan.Explain(fleet)
	fatal(t, err)
	defer why.Close()
	if _, err := replicas.Root().Value(); err != nil {
		t.Fatal(err)
	}
	if _, err := modelplane.NewDeployment("", ""); err == nil {
		t.Fatal("a deployment without a name")
	}
}

// forgotten leaves what it makes to the garbage collector.
func forgotten(t *testing.T, fleet *modelplane.Fleet, d *modelplane.Deployment) {
	plan, err := fleet.Schedule(d, nil)
	fatal(t, err)
	_, err = plan.Compose(nil)
	fatal(t, err)
	other, err := modelplane.NewFleet()
	fatal(t, err)
	cluster, err := other.AddCluster("east")
	fatal(t, err)
	_, err = cluster.AddPool("l4", 1)
	fatal(t, err)
	_, err = modelplane.ParseQuantity("123456789012345678901234567890Gi")
	fatal(t, err)
}

// 10,000 plans leave the process no larger than 10,000 before them did.
func TestNoLeak(t *testing.T) {
	plans := 10000
	if testing.Short() {
		plans = 500
	}
	fleet, d := largeFleet(t, 20), smallDeployments(t, 1)[0]
	many := func() int {
		for i := 0; i < plans; i++ {
			once(t, fleet, d)
		}
		return resident(t)
	}
	before, objects := many(), modelplane.Alive()
	grown := many() - before
	t.Logf("%d KiB, and %d KiB more after %d plans", before>>10, grown>>10, plans)
	if !instrumented() && grown > 4<<20 { // a plan that is lost is 2 KiB and more: 20 MiB
		t.Errorf("grown by %d KiB", grown>>10)
	}
	if now := modelplane.Alive(); now != objects {
		t.Errorf("%d objects were not freed", now-objects)
	}
}

// What is forgotten is freed by the garbage collector.
func TestForgotten(t *testing.T) {
	fleet, d := largeFleet(t, 20), smallDeployments(t, 1)[0]
	before := modelplane.Alive()
	for i := 0; i < 1000; i++ {
		forgotten(t, fleet, d)
	}
	for try := 0; try < 100 && modelplane.Alive() > before; try++ {
		runtime.GC()
		time.Sleep(10 * time.Millisecond)
	}
	if now := modelplane.Alive(); now > before {
		t.Errorf("%d objects are left", now-before)
	}
}

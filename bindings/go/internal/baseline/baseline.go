// SPDX-License-Identifier: Apache-2.0

// Package baseline schedules a batch as a C program would, to compare with.
package baseline

/*
#cgo pkg-config: modelplane
#cgo CFLAGS: -std=c11
#include <modelplane/modelplane.h>

// Schedules, looks at where the replicas are, and frees: what a decision costs in C.
static int64_t decide(const mp_fleet *fleet, const mp_deployment *const *deployments, size_t count)
{
    int64_t placed = 0;

    for (size_t i = 0; i < count; i++) {
        mp_plan *plan;

        if (mp_schedule(fleet, deployments[i], NULL, &plan, NULL) != MP_OK)
            return -1;
        for (size_t p = 0; p < mp_plan_size(plan); p++) {
            const mp_placement *at = mp_plan_placement(plan, p);

            placed += mp_placement_cluster(at, NULL) != NULL && mp_placement_pool(at, 0, 0, NULL) != NULL;
        }
        mp_plan_free(plan);
    }
    return placed;
}
*/
import "C"

import (
	"time"
	"unsafe"
)

// Decide schedules all deployments on the fleet.  It returns how many replicas were placed, -1 if a call
// failed, and how long it took.
func Decide(fleet unsafe.Pointer, deployments []unsafe.Pointer) (placed int64, took time.Duration) {
	list := make([]*C.mp_deployment, len(deployments)+1)
	for i, d := range deployments {
		list[i] = (*C.mp_deployment)(d)
	}
	start := time.Now()
	n := C.decide((*C.mp_fleet)(fleet), &list[0], C.size_t(len(deployments)))
	return int64(n), time.Since(start)
}

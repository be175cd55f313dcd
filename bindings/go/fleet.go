// SPDX-License-Identifier: Apache-2.0

package modelplane

// #include "glue.h"
import "C"

import (
	"runtime"
	"sync"
)

// A Fleet is what there is: clusters, their pools of nodes, the devices on the nodes of each pool, and
// what already runs.
type Fleet struct {
	p   *C.mp_fleet
	own *owner

	mu       sync.Mutex // of the two below, which reading fills
	clusters map[*C.mp_cluster]*Cluster
	replicas map[*C.mp_replica]*Replica
}

// NewFleet makes an empty fleet.
func NewFleet() (*Fleet, error) {
	var p *C.mp_fleet
	if err := try(func(e *C.mp_error) C.mp_status { return C.mp_fleet_new(nil, &p, e) }); err != nil {
		return nil, err
	}
	return &Fleet{
		p:        p,
		own:      newOwner(func() { C.mp_fleet_free(p) }),
		clusters: map[*C.mp_cluster]*Cluster{},
		replicas: map[*C.mp_replica]*Replica{},
	}, nil
}

// Close frees the fleet.  Plans made on it stay valid.
func (f *Fleet) Close() error {
	if f != nil && f.p != nil {
		f.p = nil
		f.clusters, f.replicas = nil, nil
		f.own.Close()
	}
	return nil
}

// Version grows with every change, so equal versions of one fleet mean equal content.
func (f *Fleet) Version() uint64 {
	if f == nil || f.p == nil {
		return 0
	}
	defer runtime.KeepAlive(f)
	return uint64(C.mp_fleet_version(f.p))
}

// Shapes is the number of distinct devices.
func (f *Fleet) Shapes() int {
	if f.p == nil {
		return 0
	}
	defer runtime.KeepAlive(f)
	return int(C.mp_fleet_shape_count(f.p))
}

// ReadCluster adds the cluster that an InferenceCluster document describes.
func (f *Fleet) ReadCluster(document Object) error {
	if f.p == nil {
		return ErrClosed
	}
	defer runtime.KeepAlive(f)
	defer runtime.KeepAlive(document.doc)
	return try(func(e *C.mp_error) C.mp_status { return C.mp_fleet_read_cluster(f.p, document.ptr(), e) })
}

// ReadReplica adds the observed replica that a ModelReplica document describes.
func (f *Fleet) ReadReplica(document Object) error {
	if f.p == nil {
		return ErrClosed
	}
	defer runtime.KeepAlive(f)
	defer runtime.KeepAlive(document.doc)
	return try(func(e *C.mp_error) C.mp_status { return C.mp_fleet_read_replica(f.p, document.ptr(), e) })
}

// ---- clusters ----

// A Cluster is some pools of nodes behind one gateway.  There is one Cluster for each, so that all who
// hold it see when it is removed.
type Cluster struct {
	f *Fleet
	p *C.mp_cluster // nil once removed
}

func (f *Fleet) cluster(p *C.mp_cluster) *Cluster {
	if p == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.clusters[p]
	if c == nil {
		c = &Cluster{f, p}
		f.clusters[p] = c
	}
	return c
}

// ptr is the cluster, or nil once it or the fleet is gone.
func (c *Cluster) ptr() *C.mp_cluster {
	if c == nil || c.f.p == nil {
		return nil
	}
	return c.p
}

// AddCluster adds a cluster; it takes no replicas before SetReady and SetGateway.
func (f *Fleet) AddCluster(name string) (*Cluster, error) {
	if f.p == nil {
		return nil, ErrClosed
	}
	var p *C.mp_cluster
	n := lend(name)
	err := try(func(e *C.mp_error) C.mp_status {
		p = C.mp_fleet_add_cluster(f.p, n.p, n.n, e)
		return made(p != nil, e)
	})
	if err != nil {
		return nil, err
	}
	return f.cluster(p), nil
}

// RemoveCluster removes a cluster with its pools.  Replicas that name it stay and count nowhere.
func (f *Fleet) RemoveCluster(c *Cluster) error {
	if f.p == nil || c.ptr() == nil || c.f != f {
		return ErrClosed
	}
	f.mu.Lock()
	delete(f.clusters, c.p)
	f.mu.Unlock()
	C.mp_fleet_remove_cluster(f.p, c.p)
	c.p = nil
	runtime.KeepAlive(f)
	return nil
}

// FindCluster is the cluster of that name, or nil.
func (f *Fleet) FindCluster(name string) *Cluster {
	if f.p == nil {
		return nil
	}
	n := lend(name)
	defer runtime.KeepAlive(f)
	return f.cluster(C.mp_fleet_find_cluster(f.p, n.p, n.n))
}

// Clusters in bytewise order of names.
func (f *Fleet) Clusters() []*Cluster {
	if f.p == nil {
		return nil
	}
	defer runtime.KeepAlive(f)
	out := make([]*Cluster, int(C.mp_fleet_cluster_count(f.p)))
	for i := range out {
		out[i] = f.cluster(C.mp_fleet_cluster(f.p, C.size_t(i)))
	}
	return out
}

func (c *Cluster) set(call func() C.mp_status) error {
	if c.ptr() == nil {
		return ErrClosed
	}
	defer runtime.KeepAlive(c)
	return check(call())
}

// SetLabel gives the cluster a label, for the cluster selectors of deployments.
func (c *Cluster) SetLabel(key, value string) error {
	k, v := lend(key), lend(value)
	return c.set(func() C.mp_status { return C.mp_cluster_set_label(c.p, k.p, k.n, v.p, v.n) })
}

// AddTaint keeps away deployments that do not tolerate it.
func (c *Cluster) AddTaint(key, value string, effect TaintEffect) error {
	k, v := lend(key), lend(value)
	return c.set(func() C.mp_status {
		return C.mp_cluster_add_taint(c.p, k.p, k.n, v.p, v.n, C.mp_taint_effect(effect))
	})
}

// SetCost says what one more replica there costs, for ClustersCheapest.
func (c *Cluster) SetCost(cost int64) error {
	return c.set(func() C.mp_status { return C.mp_cluster_set_cost(c.p, C.int64_t(cost)) })
}

// SetReady says whether the cluster takes new replicas.
func (c *Cluster) SetReady(ready bool) error {
	return c.set(func() C.mp_status { return C.mp_cluster_set_ready(c.p, C.bool(ready)) })
}

// SetGateway gives the address of the cluster's gateway; without one it takes no new replicas.
func (c *Cluster) SetGateway(address string) error {
	a := lend(address)
	return c.set(func() C.mp_status { return C.mp_cluster_set_gateway(c.p, a.p, a.n) })
}

// Name of the cluster.
func (c *Cluster) Name() string {
	var n C.size_t
	if c.ptr() == nil {
		return ""
	}
	defer runtime.KeepAlive(c)
	return borrowed(C.mp_cluster_name(c.p, &n), n)
}

// Gateway is the address of the cluster's gateway, or "".
func (c *Cluster) Gateway() string {
	var n C.size_t
	if c.ptr() == nil {
		return ""
	}
	defer runtime.KeepAlive(c)
	return borrowed(C.mp_cluster_gateway(c.p, &n), n)
}

// Ready tells whether the cluster takes new replicas.
func (c *Cluster) Ready() bool {
	if c.ptr() == nil {
		return false
	}
	defer runtime.KeepAlive(c)
	return bool(C.mp_cluster_ready(c.p))
}

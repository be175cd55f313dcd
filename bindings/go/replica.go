// SPDX-License-Identifier: Apache-2.0

package modelplane

// #include "glue.h"
import "C"

import "runtime"

// A Replica is an observed replica: what runs, or is being started.
type Replica struct {
	f *Fleet
	p *C.mp_replica // nil once removed
}

func (f *Fleet) replica(p *C.mp_replica) *Replica {
	if p == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.replicas[p]
	if r == nil {
		r = &Replica{f, p}
		f.replicas[p] = r
	}
	return r
}

func (r *Replica) ptr() *C.mp_replica {
	if r == nil || r.f.p == nil {
		return nil
	}
	return r.p
}

// ReplicaSpec says whose replica runs where.
type ReplicaSpec struct {
	Namespace string
	Name      string
	Owner     string // name of the deployment, in the same namespace
	Cluster   string // need not be in the fleet
	Index     int64  // of the replica on that cluster
}

// AddReplica records an observed replica.
func (f *Fleet) AddReplica(spec ReplicaSpec) (*Replica, error) {
	if f.p == nil {
		return nil, ErrClosed
	}
	var p *C.mp_replica
	ns, n, owner, cluster := lend(spec.Namespace), lend(spec.Name), lend(spec.Owner), lend(spec.Cluster)
	err := try(func(e *C.mp_error) C.mp_status {
		p = C.mp_fleet_add_replica(f.p, ns.p, ns.n, n.p, n.n, owner.p, owner.n, cluster.p, cluster.n,
			C.int64_t(spec.Index), e)
		return made(p != nil, e)
	})
	if err != nil {
		return nil, err
	}
	return f.replica(p), nil
}

// RemoveReplica removes an observed replica; what it took is free again.
func (f *Fleet) RemoveReplica(r *Replica) error {
	if f.p == nil || r.ptr() == nil || r.f != f {
		return ErrClosed
	}
	f.mu.Lock()
	delete(f.replicas, r.p)
	f.mu.Unlock()
	C.mp_fleet_remove_replica(f.p, r.p)
	r.p = nil
	runtime.KeepAlive(f)
	return nil
}

// FindReplica is the observed replica of that name, or nil.
func (f *Fleet) FindReplica(namespace, name string) *Replica {
	if f.p == nil {
		return nil
	}
	ns, n := lend(namespace), lend(name)
	defer runtime.KeepAlive(f)
	return f.replica(C.mp_fleet_find_replica(f.p, ns.p, ns.n, n.p, n.n))
}

// Replicas is the number of observed replicas.
func (f *Fleet) Replicas() int {
	if f.p == nil {
		return 0
	}
	defer runtime.KeepAlive(f)
	return int(C.mp_fleet_replica_count(f.p))
}

// SetLabel gives the replica a label, for the affinities of deployments.
func (r *Replica) SetLabel(key, value string) error {
	if r.ptr() == nil {
		return ErrClosed
	}
	k, v := lend(key), lend(value)
	defer runtime.KeepAlive(r)
	return check(C.mp_replica_set_label(r.p, k.p, k.n, v.p, v.n))
}

// A ReplicaEngine is an engine of an observed replica.
type ReplicaEngine struct {
	r *Replica
	p *C.mp_replica_engine
}

// AddEngine adds an engine to the replica.
func (r *Replica) AddEngine(name string, copies int64) (*ReplicaEngine, error) {
	if r.ptr() == nil {
		return nil, ErrClosed
	}
	e := &ReplicaEngine{r: r}
	n := lend(name)
	err := try(func(rec *C.mp_error) C.mp_status {
		e.p = C.mp_replica_add_engine(r.p, n.p, n.n, C.int64_t(copies), rec)
		return made(e.p != nil, rec)
	})
	if err != nil {
		return nil, err
	}
	return e, nil
}

func (e *ReplicaEngine) add(call func(rec *C.mp_error) C.mp_status) error {
	if e.r.ptr() == nil {
		return ErrClosed
	}
	defer runtime.KeepAlive(e)
	return try(call)
}

// AddMember adds a member on a pool.  Nodes are the pods of one copy; claims tells whether it claims
// devices, and so takes whole nodes.
func (e *ReplicaEngine) AddMember(role Role, pool string, nodes int64, claims bool) error {
	p := lend(pool)
	return e.add(func(rec *C.mp_error) C.mp_status {
		return C.mp_replica_add_member(e.p, C.mp_role(role), p.p, p.n, C.int64_t(nodes), C.bool(claims), rec)
	})
}

// AddPods says where pods of the member added last run: the pool ("" for the member's), the domain as
// far as it is known, the node ("" if it is not), and how many they are.
func (e *ReplicaEngine) AddPods(pool, domain, node string, pods int64) error {
	p, d, n := lend(pool), lend(domain), lend(node)
	return e.add(func(rec *C.mp_error) C.mp_status {
		return C.mp_replica_add_pods(e.p, p.p, p.n, d.p, d.n, n.p, n.n, C.int64_t(pods), rec)
	})
}

// Hold says what each of the pods added last holds: so many devices of the pool's entry.
func (e *ReplicaEngine) Hold(device string, count int64) error {
	d := lend(device)
	return e.add(func(rec *C.mp_error) C.mp_status {
		return C.mp_replica_hold(e.p, d.p, d.n, C.int64_t(count), rec)
	})
}

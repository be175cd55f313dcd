// SPDX-License-Identifier: Apache-2.0

package modelplane

// #include "glue.h"
import "C"

import (
	"runtime"
	"runtime/cgo"
	"unsafe"
)

// BudgetDefault is the number of search steps for one replica on one cluster, unless the options say
// otherwise.
const BudgetDefault = C.MP_SCHEDULE_BUDGET_DEFAULT

// Accounting says what a pod that claims devices takes from the node it runs on.
type Accounting int

// All of the node, or the devices that it claims.
const (
	AccountingNodes   Accounting = C.MP_ACCOUNTING_NODES
	AccountingDevices Accounting = C.MP_ACCOUNTING_DEVICES
)

// A ClusterPolicy says which cluster gets the next replica.
type ClusterPolicy int

// The cluster policies.
const (
	ClustersSpread    ClusterPolicy = C.MP_CLUSTERS_SPREAD    // fewest replicas of the deployment
	ClustersPack      ClusterPolicy = C.MP_CLUSTERS_PACK      // most replicas of the deployment
	ClustersCheapest  ClusterPolicy = C.MP_CLUSTERS_CHEAPEST  // least Cluster.SetCost
	ClustersPreferred ClusterPolicy = C.MP_CLUSTERS_PREFERRED // most labels of Deployment.PreferCluster
	ClustersScored    ClusterPolicy = C.MP_CLUSTERS_SCORED    // least score
)

// A PoolPolicy says which pool an engine is offered first.
type PoolPolicy int

// The pool policies.
const (
	PoolsFirst        PoolPolicy = C.MP_POOLS_FIRST        // published first
	PoolsBestFit      PoolPolicy = C.MP_POOLS_BEST_FIT     // fewest nodes that could still be used
	PoolsUnfragmented PoolPolicy = C.MP_POOLS_UNFRAGMENTED // fewest places for the largest engine lost
	PoolsCheapest     PoolPolicy = C.MP_POOLS_CHEAPEST     // least Pool.SetCost
	PoolsScored       PoolPolicy = C.MP_POOLS_SCORED       // least score
)

// A Candidate is what a score is asked for.
type Candidate struct {
	Cluster  *Cluster
	Pool     *Pool  // the pool, or the first of a fabric; nil: the cluster is scored
	Engine   string // name of the engine to be placed; "" with no pool
	Replicas int64  // of the deployment on the cluster so far
	Needs    int64  // nodes or places that the engine needs; 0 for a cluster
	Free     int64  // how many there are; 0 for a cluster
}

// ScheduleOptions say how to schedule; nil, and the zero value, mean the defaults.
type ScheduleOptions struct {
	NoFill        bool   // keep and scale down, but place nothing new
	Budget        uint64 // search steps for one replica on one cluster; 0: BudgetDefault
	Accounting    Accounting
	Span          Span // SpanFabric: every engine may spread over its fabric
	Clusters      ClusterPolicy
	Pools         PoolPolicy
	WholeMembers  bool // keep the pods of a member in one pool, also where engines span
	LeastMovement bool // a replica that cannot stay keeps its cluster and what engines it can

	// Score is for ClustersScored and PoolsScored: the least goes first.  It must depend on its argument
	// alone, and may not change the fleet.
	Score func(Candidate) int64
}

// scorer holds the handle of a score function as long as plans are there that may ask it.
type scorer struct {
	scoring
	h cgo.Handle
}

// c is the options for one call, and what its plans keep; that may be nil.
func (o *ScheduleOptions) c(f *Fleet) (C.mpgo_opts, *scorer) {
	if o == nil {
		return C.mpgo_opts{}, nil
	}
	c := C.mpgo_opts{
		no_fill:        C.bool(o.NoFill),
		whole_members:  C.bool(o.WholeMembers),
		least_movement: C.bool(o.LeastMovement),
		budget:         C.uint64_t(o.Budget),
		accounting:     C.mp_accounting(o.Accounting),
		span:           C.mp_span(o.Span),
		clusters:       C.mp_cluster_policy(o.Clusters),
		pools:          C.mp_pool_policy(o.Pools),
	}
	if o.Score == nil {
		return c, nil
	}
	s := &scorer{scoring: scoring{fleet: f, score: o.Score}}
	s.h = cgo.NewHandle(&s.scoring)
	c.score = C.uintptr_t(s.h)
	return c, s
}

func (s *scorer) rethrow() {
	if s != nil {
		s.scoring.rethrow()
	}
}

func (s *scorer) delete() {
	if s != nil {
		s.h.Delete()
	}
}

// Schedule keeps what runs of a deployment, scales down, and fills up to the replicas wanted.  Fewer
// placements than wanted is no error: ask Plan.Verdict.
func (f *Fleet) Schedule(d *Deployment, opts *ScheduleOptions) (*Plan, error) {
	b, err := f.ScheduleBatch([]*Deployment{d}, opts)
	if err != nil {
		return nil, err
	}
	plan, err := b.Plan(0)
	if err != nil {
		b.Close()
	}
	return plan, err
}

// Decide schedules each deployment by itself on the fleet as it is, all in one call, and keeps no more of
// the plans than what they say: there is nothing to close.  The decisions do not see each other: what one
// takes, another may take too.
func (f *Fleet) Decide(deployments []*Deployment, opts *ScheduleOptions) ([]Decision, error) {
	o, score := opts.c(f)
	defer score.delete()
	decisions := make([]Decision, len(deployments))
	err := f.schedule(deployments, &o, score, nil, func(i int) *Decision { return &decisions[i] })
	if err != nil {
		return nil, err
	}
	return decisions, nil
}

// schedule has the plans packed and reads them; they are kept if there is room for them.
func (f *Fleet) schedule(deployments []*Deployment, o *C.mpgo_opts, score *scorer, room **C.mp_plan,
	into func(i int) *Decision) error {
	list := make([]*C.mp_deployment, len(deployments)+1)
	for i, d := range deployments {
		if d == nil || d.p == nil {
			return ErrClosed
		}
		list[i] = d.p
	}
	if f.p == nil {
		return ErrClosed
	}
	var pack C.mpgo_pack
	C.mpgo_schedule(f.p, &list[0], C.size_t(len(deployments)), o, room, &pack)
	runtime.KeepAlive(f)
	runtime.KeepAlive(deployments)
	defer C.mpgo_pack_fini(&pack)
	score.rethrow()
	if pack.failed {
		return check(C.MP_ENOMEM)
	}
	r := planReader{unpacking: unpacking{text: goString(pack.text, pack.size)}}
	if pack.count > 0 {
		r.numbers = unsafe.Slice((*int64)(pack.numbers), int(pack.count))
	}
	r.expect(len(deployments))
	for i := range deployments {
		r.decision(into(i))
	}
	return nil
}

// A Batch is the plans of several deployments.
type Batch struct {
	own   *plans
	plans []Plan
}

// plans is the C side of a batch, and what it borrows from.
type plans struct {
	c     []*C.mp_plan // nil once closed
	kept  []*shared    // the deployments
	score *scorer
}

// Close frees the plans.
func (o *plans) Close() error {
	if o.c != nil {
		C.mpgo_free_plans(&o.c[0], C.size_t(len(o.c)-1))
		o.c = nil
		for _, s := range o.kept {
			s.drop()
		}
		o.score.delete()
		closed(o)
	}
	return nil
}

// ScheduleBatch decides as Decide does, and keeps the plans, to be checked, explained and composed.
func (f *Fleet) ScheduleBatch(deployments []*Deployment, opts *ScheduleOptions) (*Batch, error) {
	n := len(deployments)
	o, score := opts.c(f)
	b := &Batch{plans: make([]Plan, n)}
	b.own = closeLater(&plans{c: make([]*C.mp_plan, n+1), kept: make([]*shared, 0, n), score: score})
	err := f.schedule(deployments, &o, score, &b.own.c[0], func(i int) *Decision { return &b.plans[i].decision })
	if err != nil {
		b.own.Close()
		return nil, err
	}
	for i, d := range deployments {
		b.own.kept = append(b.own.kept, d.s.keep())
		b.plans[i].own, b.plans[i].p, b.plans[i].deployment = b.own, b.own.c[i], d
	}
	return b, nil
}

// Close frees the plans.
func (b *Batch) Close() error {
	if b == nil {
		return nil
	}
	return b.own.Close()
}

// Len is the number of deployments.
func (b *Batch) Len() int { return len(b.plans) }

// Plan is what became of a deployment, by its position.  It is closed with the batch.
func (b *Batch) Plan(i int) (*Plan, error) {
	if err := b.plans[i].decision.Err; err != nil {
		return nil, err
	}
	return &b.plans[i], nil
}

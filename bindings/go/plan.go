// SPDX-License-Identifier: Apache-2.0

package modelplane

// #include "glue.h"
import "C"

import "runtime"

// A Verdict says what became of the replicas wanted.
type Verdict int

// The verdicts.
const (
	Placed  Verdict = C.MP_VERDICT_PLACED  // every replica wanted has a place
	Partial Verdict = C.MP_VERDICT_PARTIAL // some have none, and none can be found: proved
	Unknown Verdict = C.MP_VERDICT_UNKNOWN // some have none, and a search ran out of budget
	Held    Verdict = C.MP_VERDICT_HELD    // some have none, and filling was switched off
)

// String is "placed", "partial", "unknown" or "held".
func (v Verdict) String() string { return C.GoString(C.mp_verdict_name(C.mp_verdict(v))) }

// Counters are what a plan cost; the same for equal inputs.
type Counters struct {
	Evaluations uint64 // selector runs
	Shapes      uint64 // distinct devices that selectors were asked about
	Steps       uint64 // search steps
	Candidates  uint64 // clusters that the deployment's selector admits
}

// A Placement is one replica on one cluster.
type Placement struct {
	Cluster  string
	Index    int64  // of the replica on its cluster, from 0
	Gateway  string // address of the cluster's gateway, or ""
	Retained bool   // an observed replica that was kept
	Engines  []PlacedEngine
}

// A PlacedEngine is an engine of a placement.
type PlacedEngine struct {
	Name    string
	Copies  int64
	Kept    bool // it stays where it runs
	Members []PlacedMember
}

// A PlacedMember is a member of an engine of a placement.
type PlacedMember struct {
	Role   Role
	Pool   string // the first, if it spreads
	Nodes  int64  // of one copy
	Shares []Share
	Claims []PlacedClaim
}

// A Share is pods of a member that are in one place.
type Share struct {
	Pool   string
	Domain string // within the pool, as far as some wish for closeness asked for it
	Copy   int64  // of the engine that the pods are of; -1: of all copies
	Pods   int64
	Nodes  int64 // that they claim devices of
}

// A PlacedClaim is a device request that became a claim.
type PlacedClaim struct {
	Request     string
	DeviceClass string // of the device that it got, or ""
	Count       int64
}

// A Decision is what a plan says.
type Decision struct {
	Verdict    Verdict
	Placements []Placement // ordered by cluster and index
	Counters   Counters
	Err        error // why there is no plan
}

// A Plan is the answer for one deployment.  What it says is in Go as soon as it is there; the library is
// asked again only to check, explain and compose.
type Plan struct {
	own        *plans
	p          *C.mp_plan
	deployment *Deployment
	decision   Decision
}

// Close frees the plan; one of a Batch is freed with that.
func (p *Plan) Close() error {
	if p != nil && len(p.own.kept) == 1 {
		return p.own.Close()
	}
	return nil
}

// Verdict is what came out.
func (p *Plan) Verdict() Verdict { return p.decision.Verdict }

// Counters are what the plan cost.
func (p *Plan) Counters() Counters { return p.decision.Counters }

// Placements ordered by cluster and index; not to be changed.
func (p *Plan) Placements() []Placement { return p.decision.Placements }

// Deployment that was scheduled.
func (p *Plan) Deployment() *Deployment { return p.deployment }

// Check verifies the plan from the inputs alone, by code that shares nothing with the scheduler.  The
// options are those that the plan was made with.
func (p *Plan) Check(f *Fleet, opts *ScheduleOptions) error {
	if p.own.c == nil || f.p == nil {
		return ErrClosed
	}
	o, score := opts.c(f)
	defer score.delete()
	err := try(func(e *C.mp_error) C.mp_status { return C.mpgo_check(f.p, &o, p.p, e) })
	runtime.KeepAlive(p)
	runtime.KeepAlive(f)
	score.rethrow()
	return err
}

// Explain tells why clusters that could have taken one more replica did not: a tree of codes, counts and
// messages, with what would help.  The fleet is the one that the plan was made on.
func (p *Plan) Explain(f *Fleet) (*Doc, error) {
	if p.own.c == nil || f.p == nil {
		return nil, ErrClosed
	}
	doc, err := makeDoc(func(out **C.mp_doc, e *C.mp_error) C.mp_status {
		return C.mp_plan_explain(f.p, p.p, out, e)
	})
	runtime.KeepAlive(p)
	runtime.KeepAlive(f)
	p.own.score.rethrow()
	return doc, err
}

// ---- proofs ----

// A Proof says how a certificate proves that a cluster takes no more replicas.
type Proof int

// The ways to prove it.
const (
	ProofClosed Proof = C.MP_PROOF_CLOSED // a label, a taint, readiness, the gateway or an affinity
	ProofCount  Proof = C.MP_PROOF_COUNT  // counting: more is needed than there is
	ProofSearch Proof = C.MP_PROOF_SEARCH // all was tried
)

// A Unit says what a proof counts.
type Unit int

// What is counted.
const (
	UnitPod    Unit = C.MP_UNIT_POD    // pods of one member, each on one node
	UnitCopy   Unit = C.MP_UNIT_COPY   // copies of engines
	UnitEngine Unit = C.MP_UNIT_ENGINE // engines
	UnitAll    Unit = C.MP_UNIT_ALL    // all that some engines need together
)

// A Certificate says why a cluster takes no more replicas.
type Certificate struct {
	Cluster string
	Proof   Proof
	Unit    Unit   // of one that counts: what must be in one domain of a level
	Level   string // which level: "cluster", "fabric", "pool" or a named one
	Needs   int64  // so many units there are
	Has     int64  // for so many there is room at most
}

// Certify proves why clusters take no more replicas than the plan has put there, and has the plan keep
// the proofs, which Check then verifies too.  The fleet is as it was when the plan was made.
func (p *Plan) Certify(f *Fleet) ([]Certificate, error) {
	if p.own.c == nil || f.p == nil {
		return nil, ErrClosed
	}
	err := try(func(e *C.mp_error) C.mp_status { return C.mp_plan_certify(f.p, p.p, e) })
	defer runtime.KeepAlive(p)
	runtime.KeepAlive(f)
	p.own.score.rethrow()
	if err != nil {
		return nil, err
	}
	list := make([]Certificate, int(C.mp_plan_certificate_count(p.p)))
	for i := range list {
		var c C.mp_certificate
		C.mp_plan_certificate(p.p, C.size_t(i), &c)
		list[i] = Certificate{
			Cluster: borrowed(c.cluster, c.cluster_size),
			Proof:   Proof(c.proof),
			Unit:    Unit(c.unit),
			Level:   borrowed(c.level, c.level_size),
			Needs:   int64(c.needs),
			Has:     int64(c.has),
		}
	}
	return list, nil
}

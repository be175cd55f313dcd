// SPDX-License-Identifier: Apache-2.0

package modelplane

// #include "glue.h"
import "C"

import "runtime"

// A Role is what a member is to its engine.
type Role int

// The roles.
const (
	Standalone Role = C.MP_ROLE_STANDALONE
	Leader     Role = C.MP_ROLE_LEADER
	Worker     Role = C.MP_ROLE_WORKER
)

// String is "Standalone", "Leader" or "Worker".
func (r Role) String() string { return C.GoString(C.mp_role_name(C.mp_role(r))) }

// A Phase is the part of inference that an engine does.
type Phase int

// The phases.
const (
	PhaseNone    Phase = C.MP_PHASE_NONE
	PhasePrefill Phase = C.MP_PHASE_PREFILL
	PhaseDecode  Phase = C.MP_PHASE_DECODE
	PhaseEncode  Phase = C.MP_PHASE_ENCODE
)

// String is "", "Prefill", "Decode" or "Encode".
func (p Phase) String() string { return C.GoString(C.mp_phase_name(C.mp_phase(p))) }

// A ServingMode says how the engines of a replica serve together.
type ServingMode int

// The serving modes.
const (
	ServingUnset               ServingMode = C.MP_SERVING_UNSET // as unified
	ServingUnified             ServingMode = C.MP_SERVING_UNIFIED
	ServingPrefillDecode       ServingMode = C.MP_SERVING_PREFILL_DECODE
	ServingEncodePrefillDecode ServingMode = C.MP_SERVING_ENCODE_PREFILL_DECODE
)

// A TolerationOp says how a toleration compares with a taint.
type TolerationOp int

// How a toleration compares.
const (
	TolerationEqual  TolerationOp = C.MP_TOLERATION_EQUAL
	TolerationExists TolerationOp = C.MP_TOLERATION_EXISTS
)

// A TaintEffect says what a taint keeps away.
type TaintEffect int

// The effects; EffectAny is for tolerations only.
const (
	EffectAny        TaintEffect = C.MP_EFFECT_ANY
	EffectNoSchedule TaintEffect = C.MP_EFFECT_NO_SCHEDULE
	EffectNoExecute  TaintEffect = C.MP_EFFECT_NO_EXECUTE
)

// A Span says how far an engine may spread.
type Span int

// One pool, or the pools of one fabric.
const (
	SpanPool   Span = C.MP_SPAN_POOL
	SpanFabric Span = C.MP_SPAN_FABRIC
)

// A Strength says what happens when a wish for closeness cannot be met.
type Strength int

// The replica is not placed, or the wish is dropped.
const (
	Required  Strength = C.MP_STRENGTH_REQUIRED
	Preferred Strength = C.MP_STRENGTH_PREFERRED
)

// A Scope says where a deployment looks for replicas that it wants near, or not near.
type Scope int

// The scopes.
const (
	ScopeCluster Scope = C.MP_SCOPE_CLUSTER
	ScopeFabric  Scope = C.MP_SCOPE_FABRIC
)

// A Deployment is what should run: replicas of engines, engines of members, members that ask for
// devices.  Order is part of the meaning.
type Deployment struct {
	p *C.mp_deployment
	s *shared
}

func makeDeployment(call func(out **C.mp_deployment, e *C.mp_error) C.mp_status) (*Deployment, error) {
	var p *C.mp_deployment
	if err := try(func(e *C.mp_error) C.mp_status { return call(&p, e) }); err != nil {
		return nil, err
	}
	return closeLater(&Deployment{p, share(func() { C.mp_deployment_free(p) })}), nil
}

// NewDeployment makes a deployment of one replica without engines.
func NewDeployment(namespace, name string) (*Deployment, error) {
	ns, n := lend(namespace), lend(name)
	return makeDeployment(func(out **C.mp_deployment, e *C.mp_error) C.mp_status {
		return C.mp_deployment_new(nil, ns.p, ns.n, n.p, n.n, out, e)
	})
}

// ReadDeployment reads a ModelDeployment document, of the newer or the older shape.
func ReadDeployment(document Object) (*Deployment, error) {
	defer runtime.KeepAlive(document.doc)
	return makeDeployment(func(out **C.mp_deployment, e *C.mp_error) C.mp_status {
		return C.mp_deployment_read(nil, document.ptr(), out, e)
	})
}

// Close frees the deployment.  Plans made of it stay valid.
func (d *Deployment) Close() error {
	if d != nil && d.p != nil {
		d.p = nil
		d.s.drop()
		closed(d)
	}
	return nil
}

// set makes a call that changes the deployment.
func (d *Deployment) set(call func() C.mp_status) error {
	if d.p == nil {
		return ErrClosed
	}
	defer runtime.KeepAlive(d)
	return check(call())
}

// add makes a call that reports into an error record and tells whether it worked.
func (d *Deployment) add(call func(e *C.mp_error) bool) error {
	if d.p == nil {
		return ErrClosed
	}
	defer runtime.KeepAlive(d)
	return try(func(e *C.mp_error) C.mp_status { return made(call(e), e) })
}

// SetReplicas says how many replicas are wanted, 0 or more.
func (d *Deployment) SetReplicas(n int64) error {
	return d.set(func() C.mp_status { return C.mp_deployment_set_replicas(d.p, C.int64_t(n)) })
}

// SetLabel gives every replica a label.
func (d *Deployment) SetLabel(key, value string) error {
	k, v := lend(key), lend(value)
	return d.set(func() C.mp_status { return C.mp_deployment_set_label(d.p, k.p, k.n, v.p, v.n) })
}

// SelectCluster leaves only clusters with this label; several are ANDed.
func (d *Deployment) SelectCluster(key, value string) error {
	k, v := lend(key), lend(value)
	return d.set(func() C.mp_status { return C.mp_deployment_select_cluster(d.p, k.p, k.n, v.p, v.n) })
}

// PreferCluster prefers clusters with this label, for ClustersPreferred; several count together.
func (d *Deployment) PreferCluster(key, value string) error {
	k, v := lend(key), lend(value)
	return d.set(func() C.mp_status { return C.mp_deployment_prefer_cluster(d.p, k.p, k.n, v.p, v.n) })
}

// SetCache names the ModelCache, in the deployment's namespace.
func (d *Deployment) SetCache(name string) error {
	n := lend(name)
	return d.set(func() C.mp_status { return C.mp_deployment_set_cache(d.p, n.p, n.n) })
}

// SetServing says how the engines serve together.
func (d *Deployment) SetServing(mode ServingMode) error {
	return d.set(func() C.mp_status { return C.mp_deployment_set_serving(d.p, C.mp_serving_mode(mode)) })
}

// AddToleration tolerates a taint; an empty key with TolerationExists tolerates every key.
func (d *Deployment) AddToleration(key string, op TolerationOp, value string, effect TaintEffect) error {
	k, v := lend(key), lend(value)
	return d.set(func() C.mp_status {
		return C.mp_deployment_add_toleration(d.p, k.p, k.n, C.mp_toleration_op(op), v.p, v.n,
			C.mp_taint_effect(effect))
	})
}

// AddAffinity wants to be where replicas of other deployments with this label run; with anti, where none
// runs.
func (d *Deployment) AddAffinity(key, value string, scope Scope, anti bool) error {
	k, v := lend(key), lend(value)
	return d.set(func() C.mp_status {
		return C.mp_deployment_add_affinity(d.p, k.p, k.n, v.p, v.n, C.mp_scope(scope), C.bool(anti))
	})
}

// SetLevel wants all pods of a replica in one domain of a level: a level of the pools, "fabric" or
// "pool"; "" takes the wish back.
func (d *Deployment) SetLevel(level string, strength Strength) error {
	l := lend(level)
	return d.set(func() C.mp_status {
		return C.mp_deployment_set_level(d.p, l.p, l.n, C.mp_strength(strength))
	})
}

// SetGroupLevel wants all pods of a group of engines in one domain.
func (d *Deployment) SetGroupLevel(group, level string, strength Strength) error {
	g, l := lend(group), lend(level)
	return d.set(func() C.mp_status {
		return C.mp_deployment_set_group_level(d.p, g.p, g.n, l.p, l.n, C.mp_strength(strength))
	})
}

// Name of the deployment.
func (d *Deployment) Name() string {
	var n C.size_t
	defer runtime.KeepAlive(d)
	return borrowed(C.mp_deployment_name(d.p, &n), n)
}

// Namespace of the deployment; may be "".
func (d *Deployment) Namespace() string {
	var n C.size_t
	defer runtime.KeepAlive(d)
	return borrowed(C.mp_deployment_namespace(d.p, &n), n)
}

// Replicas that are wanted.
func (d *Deployment) Replicas() int64 {
	defer runtime.KeepAlive(d)
	return int64(C.mp_deployment_replicas(d.p))
}

// Cache is the name of the ModelCache; false if there is none.
func (d *Deployment) Cache() (string, bool) {
	var n C.size_t
	defer runtime.KeepAlive(d)
	p := C.mp_deployment_cache(d.p, &n)
	return borrowed(p, n), p != nil
}

// Serving is how the engines serve together.
func (d *Deployment) Serving() ServingMode {
	defer runtime.KeepAlive(d)
	return ServingMode(C.mp_deployment_serving(d.p))
}

// Labels of every replica.
func (d *Deployment) Labels() map[string]string {
	defer runtime.KeepAlive(d)
	labels := map[string]string{}
	for i, n := C.size_t(0), C.mp_deployment_label_count(d.p); i < n; i++ {
		var value *C.char
		key := C.mp_deployment_label(d.p, i, &value)
		labels[C.GoString(key)] = C.GoString(value)
	}
	return labels
}

// borrowed copies a text that may be NULL.
func borrowed(p *C.char, n C.size_t) string {
	if p == nil {
		return ""
	}
	return goString(p, n)
}

// ---- engines ----

// An Engine is one serving unit of a deployment: a lone pod or a gang.
type Engine struct {
	d *Deployment
	p *C.mp_engine
}

// AddEngine adds an engine, with so many identical copies (1 or more) in every replica.
func (d *Deployment) AddEngine(name string, copies int64) (*Engine, error) {
	e := &Engine{d: d}
	n := lend(name)
	err := d.add(func(r *C.mp_error) bool {
		e.p = C.mp_deployment_add_engine(d.p, n.p, n.n, C.int64_t(copies), r)
		return e.p != nil
	})
	if err != nil {
		return nil, err
	}
	return e, nil
}

// Engines in the order in which they were added.
func (d *Deployment) Engines() []*Engine {
	defer runtime.KeepAlive(d)
	out := make([]*Engine, int(C.mp_deployment_engine_count(d.p)))
	for i := range out {
		out[i] = &Engine{d, C.mp_deployment_engine(d.p, C.size_t(i))}
	}
	return out
}

// FindEngine is the engine of that name, or nil.
func (d *Deployment) FindEngine(name string) *Engine {
	n := lend(name)
	defer runtime.KeepAlive(d)
	if p := C.mp_deployment_find_engine(d.p, n.p, n.n); p != nil {
		return &Engine{d, p}
	}
	return nil
}

// ptr is the engine, or nil once the deployment is closed.
func (e *Engine) ptr() *C.mp_engine {
	if e.d.p == nil {
		return nil
	}
	return e.p
}

// SetPhase says which part of inference the engine does.
func (e *Engine) SetPhase(phase Phase) error {
	return e.d.set(func() C.mp_status { return C.mp_engine_set_phase(e.p, C.mp_phase(phase)) })
}

// SetSpan says how far the engine may spread; no engine ever leaves one fabric.
func (e *Engine) SetSpan(span Span) error {
	return e.d.set(func() C.mp_status { return C.mp_engine_set_span(e.p, C.mp_span(span)) })
}

// SetLevel wants all pods of each copy in one domain, as Deployment.SetLevel.
func (e *Engine) SetLevel(level string, strength Strength) error {
	l := lend(level)
	return e.d.set(func() C.mp_status { return C.mp_engine_set_level(e.p, l.p, l.n, C.mp_strength(strength)) })
}

// SetGroup puts the engine into a group of engines; "" for none.
func (e *Engine) SetGroup(group string) error {
	g := lend(group)
	return e.d.set(func() C.mp_status { return C.mp_engine_set_group(e.p, g.p, g.n) })
}

// engineName copies the name of an engine.
func engineName(e *C.mp_engine) string {
	var n C.size_t
	return borrowed(C.mp_engine_name(e, &n), n)
}

// Name of the engine.
func (e *Engine) Name() string {
	defer runtime.KeepAlive(e)
	return engineName(e.ptr())
}

// Copies of the engine in every replica.
func (e *Engine) Copies() int64 {
	defer runtime.KeepAlive(e)
	return int64(C.mp_engine_copies(e.ptr()))
}

// Phase is the part of inference that the engine does.
func (e *Engine) Phase() Phase {
	defer runtime.KeepAlive(e)
	return Phase(C.mp_engine_phase(e.ptr()))
}

// Span is how far the engine may spread.
func (e *Engine) Span() Span {
	defer runtime.KeepAlive(e)
	return Span(C.mp_engine_span(e.ptr()))
}

// ---- members ----

// A Member is one pod template of an engine.
type Member struct {
	d *Deployment
	p *C.mp_member
}

// AddMember adds a member; a Worker counts as one node until SetNodes.
func (e *Engine) AddMember(role Role) (*Member, error) {
	m := &Member{d: e.d}
	err := e.d.add(func(r *C.mp_error) bool {
		m.p = C.mp_engine_add_member(e.p, C.mp_role(role), r)
		return m.p != nil
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

// Members in the order in which they were added.
func (e *Engine) Members() []*Member {
	defer runtime.KeepAlive(e)
	out := make([]*Member, int(C.mp_engine_member_count(e.ptr())))
	for i := range out {
		out[i] = &Member{e.d, C.mp_engine_member(e.p, C.size_t(i))}
	}
	return out
}

func (m *Member) ptr() *C.mp_member {
	if m.d.p == nil {
		return nil
	}
	return m.p
}

// SetNodes says how many nodes (pods) a Worker takes, 1 or more.
func (m *Member) SetNodes(n int64) error {
	return m.d.set(func() C.mp_status { return C.mp_member_set_nodes(m.p, C.int64_t(n)) })
}

// SetTemplate copies a pod template, which passes through verbatim: an [Object] or a Go value that
// [NewDoc] takes.
func (m *Member) SetTemplate(template any) error {
	o, ok := template.(Object)
	if !ok {
		doc, err := NewDoc(template)
		if err != nil {
			return err
		}
		defer doc.Close()
		o = doc.Root()
	}
	defer runtime.KeepAlive(o.doc)
	return m.d.set(func() C.mp_status { return C.mp_member_set_template(m.p, o.ptr()) })
}

// Role of the member.
func (m *Member) Role() Role {
	defer runtime.KeepAlive(m)
	return Role(C.mp_member_role(m.ptr()))
}

// Nodes that one copy takes; set tells whether SetNodes said so.
func (m *Member) Nodes() (nodes int64, set bool) {
	defer runtime.KeepAlive(m)
	return int64(C.mp_member_nodes(m.ptr())), bool(C.mp_member_has_nodes(m.ptr()))
}

// Template is a copy of the pod template, in a document of its own; nil if there is none.
func (m *Member) Template() (*Doc, error) {
	defer runtime.KeepAlive(m)
	p := C.mp_member_template(m.ptr())
	if p == nil {
		return nil, nil
	}
	doc, err := EmptyDoc()
	if err != nil {
		return nil, err
	}
	C.mp_doc_set_root(doc.p, C.mp_object_copy(doc.p, p))
	return doc, doc.Err()
}

// ---- requests ----

// A Request asks for devices on each node of a member.
type Request struct {
	d *Deployment
	p *C.mp_request
}

// AddRequest asks for so many devices (1 or more) on each node of the member, each of which satisfies
// all selectors.
func (m *Member) AddRequest(name string, count int64, selectors ...string) (*Request, error) {
	r := &Request{d: m.d}
	n := lend(name)
	err := m.d.add(func(e *C.mp_error) bool {
		r.p = C.mp_member_add_request(m.p, n.p, n.n, C.int64_t(count), e)
		return r.p != nil
	})
	if err != nil {
		return nil, err
	}
	for _, cel := range selectors {
		if err := r.AddSelector(cel); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// Requests in the order in which they were added.
func (m *Member) Requests() []*Request {
	defer runtime.KeepAlive(m)
	out := make([]*Request, int(C.mp_member_request_count(m.ptr())))
	for i := range out {
		out[i] = &Request{m.d, C.mp_member_request(m.p, C.size_t(i))}
	}
	return out
}

func (r *Request) ptr() *C.mp_request {
	if r.d.p == nil {
		return nil
	}
	return r.p
}

// AddSelector adds a selector in CEL, which is compiled at once.
func (r *Request) AddSelector(cel string) error {
	if r.d.p == nil {
		return ErrClosed
	}
	t := lend(cel)
	defer runtime.KeepAlive(r)
	return try(func(e *C.mp_error) C.mp_status { return C.mp_request_add_selector(r.p, t.p, t.n, e) })
}

// Name of the request.
func (r *Request) Name() string {
	var n C.size_t
	defer runtime.KeepAlive(r)
	return borrowed(C.mp_request_name(r.ptr(), &n), n)
}

// Count of devices on each node.
func (r *Request) Count() int64 {
	defer runtime.KeepAlive(r)
	return int64(C.mp_request_count(r.ptr()))
}

// Selectors of the request.  They belong to the deployment, and need no Close.
func (r *Request) Selectors() []*Program {
	defer runtime.KeepAlive(r)
	out := make([]*Program, int(C.mp_request_selector_count(r.ptr())))
	for i := range out {
		out[i] = &Program{p: C.mp_request_selector(r.p, C.size_t(i)), d: r.d}
	}
	return out
}

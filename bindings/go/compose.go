// SPDX-License-Identifier: Apache-2.0

package modelplane

// #include "glue.h"
import "C"

import (
	"runtime"
	"runtime/cgo"
	"sort"
)

// NameMax is the longest name made, in characters.
const NameMax = C.MP_NAME_MAX

// NamespaceDefault is the namespace of a deployment or replica that names none.
const NamespaceDefault = C.MP_NAMESPACE_DEFAULT

// ChildName is the name of a child: the parts joined by "-", cut, and a hash of the whole.
func ChildName(parts ...string) (string, error) { return makeName(parts, false) }

// OpaqueName is as ChildName, hashed over all parts while only the first is visible.
func OpaqueName(parts ...string) (string, error) { return makeName(parts, true) }

func makeName(parts []string, opaque bool) (string, error) {
	var t C.mp_text
	all, sizes := lendAll(parts)
	err := try(func(e *C.mp_error) C.mp_status {
		return C.mpgo_name(all.p, sizes, C.size_t(len(parts)), C.bool(opaque), &t, e)
	})
	if err != nil {
		return "", err
	}
	return taken(&t), nil
}

// Routing says how requests reach the serving pods of a replica.
type Routing int

// How requests are routed.
const (
	RoutingAuto    Routing = C.MP_ROUTING_AUTO    // by the serving mode
	RoutingService Routing = C.MP_ROUTING_SERVICE // a Service, but for modes that need a picker
	RoutingPool    Routing = C.MP_ROUTING_POOL    // an InferencePool with an endpoint picker
)

// Stack says what runs gangs on the workload cluster.
type Stack int

// What runs gangs.
const (
	StackStandard Stack = C.MP_STACK_STANDARD // LeaderWorkerSet
	StackDynamo   Stack = C.MP_STACK_DYNAMO   // Grove and KAI
)

// ComposeOptions say how to compose; nil, and the zero value, mean the defaults.
type ComposeOptions struct {
	Ready          func(replica string) bool // which replicas are Ready and so get an endpoint; nil: none
	ProviderConfig string                    // of the provider Objects; ComposeReplica needs it, or Bare
	Bare           bool                      // manifests, not wrapped in provider Objects
	Shape          Shape
	Named          bool // give provider Objects a name
	Routing        Routing
	Stack          Stack
}

// c is the options for one call; done must follow.
func (o *ComposeOptions) c() (c C.mpgo_compose_opts, done func()) {
	if o == nil {
		return c, func() {}
	}
	c.bare = C.bool(o.Bare)
	c.named = C.bool(o.Named)
	c.shape = C.mp_shape(o.Shape)
	c.routing = C.mp_routing(o.Routing)
	c.stack = C.mp_stack(o.Stack)
	if o.Ready == nil {
		return c, func() {}
	}
	a := &asking{ready: o.Ready}
	h := cgo.NewHandle(a)
	c.ready = C.uintptr_t(h)
	return c, func() {
		h.Delete()
		a.rethrow()
	}
}

// Compose makes the ModelReplicas and ModelEndpoints of the plan: a map from response key to object.
func (p *Plan) Compose(opts *ComposeOptions) (*Doc, error) {
	if p.own.c == nil {
		return nil, ErrClosed
	}
	o, done := opts.c()
	doc, err := makeDoc(func(out **C.mp_doc, e *C.mp_error) C.mp_status { return C.mpgo_compose(p.p, &o, out, e) })
	runtime.KeepAlive(p)
	done()
	return doc, err
}

// ComposeReplica makes the objects of one ModelReplica on its workload cluster: a map from response key
// to object.
func ComposeReplica(replica Object, opts *ComposeOptions) (*Doc, error) {
	var config string
	if opts != nil {
		config = opts.ProviderConfig
	}
	t := lend(config)
	o, done := opts.c()
	doc, err := makeDoc(func(out **C.mp_doc, e *C.mp_error) C.mp_status {
		return C.mpgo_compose_replica(replica.ptr(), &o, t.p, t.n, out, e)
	})
	runtime.KeepAlive(replica.doc)
	done()
	return doc, err
}

func sortedKeys[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

// SPDX-License-Identifier: Apache-2.0

package modelplane

// #include "glue.h"
import "C"

import "runtime"

// ReconcileOptions say how to reconcile; nil, and the zero value, mean the defaults.
type ReconcileOptions struct {
	AssumeReady bool   // a cluster whose status is derived counts as Ready with an address
	Explain     bool   // add the reasons of every deployment that is short of replicas
	ExplainAll  bool   // add the reasons of every deployment
	Bare        bool   // remote objects as manifests, not wrapped in provider Objects
	Named       bool   // give provider Objects a name
	Budget      uint64 // search steps for one replica on one cluster; 0: BudgetDefault
	Accounting  Accounting
	Span        Span
	Clusters    ClusterPolicy // ClustersScored counts as ClustersSpread
	Pools       PoolPolicy    // PoolsScored counts as PoolsFirst
	Shape       Shape         // what is composed; documents of both shapes are read
	Routing     Routing
	// Infrastructure adds what clusters and gateways themselves need.
	Infrastructure bool
}

// c is the options for one call.
func (o *ReconcileOptions) c() C.mp_reconcile_opts {
	c := C.mp_reconcile_opts{version: 1}
	if o == nil {
		return c
	}
	c.assume_ready = C.bool(o.AssumeReady)
	c.explain = C.bool(o.Explain)
	c.explain_all = C.bool(o.ExplainAll)
	c.bare = C.bool(o.Bare)
	c.named = C.bool(o.Named)
	c.budget = C.uint64_t(o.Budget)
	c.accounting = C.mp_accounting(o.Accounting)
	c.span = C.mp_span(o.Span)
	c.clusters = C.mp_cluster_policy(o.Clusters)
	c.pools = C.mp_pool_policy(o.Pools)
	c.shape = C.mp_shape(o.Shape)
	c.routing = C.mp_routing(o.Routing)
	c.infrastructure = C.bool(o.Infrastructure)
	return c
}

// Reconcile takes a list of documents, of any kinds and in any order, to a fixed point.  The result is a
// map:
//
//	objects   what is desired: [{parent, cluster?, key, ready, object}]
//	statuses  [{apiVersion, kind, metadata, status}]
//	events    [{parent, type, message}]
//	plans     [{namespace, name, desired, verdict, placements, reasons?, ...}]
//	skipped   documents of kinds that are not reconciled
//	errors    documents that cannot be read: [{apiVersion?, kind?, metadata, path?, message}]
func Reconcile(documents Object, opts *ReconcileOptions) (*Doc, error) {
	c := opts.c()
	defer runtime.KeepAlive(documents.doc)
	return makeDoc(func(out **C.mp_doc, e *C.mp_error) C.mp_status {
		return C.mp_reconcile(nil, documents.ptr(), &c, out, e)
	})
}

// FunctionTTL is how long a response may be reused, in seconds, unless the request says otherwise.
const FunctionTTL = C.MP_FUNCTION_TTL

// RunFunction answers a RunFunctionRequest of Crossplane with a RunFunctionResponse, both in their
// protobuf-JSON form: one reconcile of one parent object, by its kind.  A request that makes no sense is
// answered with a result of SEVERITY_FATAL, which is no error.
func RunFunction(request Object, opts *ReconcileOptions) (*Doc, error) {
	c := opts.c()
	defer runtime.KeepAlive(request.doc)
	return makeDoc(func(out **C.mp_doc, e *C.mp_error) C.mp_status {
		return C.mp_function_run(nil, request.ptr(), &c, out, e)
	})
}

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
}

// Reconcile takes a list of documents, of any kinds and in any order, to a fixed point.  The result is a
// map:
//
//	objects   what is desired: [{parent, cluster?, key, ready, object}]
//	statuses  [{apiVersion, kind, metadata, status}]
//	events    [{parent, type, message}]
//	plans     [{namespace, name, desired, verdict, placements, reasons?, ...}]
//	skipped   documents of kinds that are not reconciled
func Reconcile(documents Object, opts *ReconcileOptions) (*Doc, error) {
	var o ReconcileOptions
	if opts != nil {
		o = *opts
	}
	c := C.mp_reconcile_opts{
		version:      1,
		assume_ready: C.bool(o.AssumeReady),
		explain:      C.bool(o.Explain),
		explain_all:  C.bool(o.ExplainAll),
		bare:         C.bool(o.Bare),
		named:        C.bool(o.Named),
		budget:       C.uint64_t(o.Budget),
		accounting:   C.mp_accounting(o.Accounting),
		span:         C.mp_span(o.Span),
		clusters:     C.mp_cluster_policy(o.Clusters),
		pools:        C.mp_pool_policy(o.Pools),
	}
	defer runtime.KeepAlive(documents.doc)
	return makeDoc(func(out **C.mp_doc, e *C.mp_error) C.mp_status {
		return C.mp_reconcile(nil, documents.ptr(), &c, out, e)
	})
}

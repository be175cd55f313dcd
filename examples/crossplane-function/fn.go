// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/response"
	modelplane "github.com/modelplaneai/libmodelplane/bindings/go"
	"google.golang.org/protobuf/encoding/protojson"
)

// Function answers RunFunctionRequests.  It keeps nothing between them.
type Function struct {
	fnv1.UnimplementedFunctionRunnerServiceServer

	log logging.Logger
}

// Input is what a pipeline step of a Composition may say; all of it has defaults.
type Input struct {
	APIVersion string          `json:"apiVersion"` // any
	Kind       string          `json:"kind"`       // any
	Metadata   json.RawMessage `json:"metadata"`   // any
	Shape      string          `json:"shape"`      // V1 or V2: which shape of the kinds is composed
	Routing    string          `json:"routing"`    // Service or Pool
	Accounting string          `json:"accounting"` // Nodes or Devices: what a pod takes from its node
	Span       string          `json:"span"`       // Pool or Fabric: how far an engine may spread
	Clusters   string          `json:"clusters"`   // Spread, Pack, Cheapest or Preferred
	Pools      string          `json:"pools"`      // First, BestFit, Unfragmented or Cheapest
	Budget     uint64          `json:"budget"`     // search steps for one replica on one cluster
	Named      bool            `json:"named"`      // give provider Objects a name
}

// pick looks a word up; an empty one is the zero value.
func pick[T any](field, word string, words map[string]T, into *T) error {
	if word == "" {
		return nil
	}
	value, ok := words[word]
	if !ok {
		return fmt.Errorf("input.%s: %q is not known", field, word)
	}
	*into = value
	return nil
}

// options are what the input says.
func options(req *fnv1.RunFunctionRequest) (*modelplane.ReconcileOptions, error) {
	opts := &modelplane.ReconcileOptions{}
	if req.GetInput() == nil {
		return opts, nil
	}
	text, err := protojson.Marshal(req.GetInput())
	if err != nil {
		return nil, err
	}
	var in Input
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&in); err != nil {
		return nil, fmt.Errorf("input: %w", err)
	}
	opts.Budget, opts.Named = in.Budget, in.Named
	for _, err := range []error{
		pick("shape", in.Shape, map[string]modelplane.Shape{
			"V1": modelplane.ShapeV1, "V2": modelplane.ShapeV2}, &opts.Shape),
		pick("routing", in.Routing, map[string]modelplane.Routing{
			"Service": modelplane.RoutingService, "Pool": modelplane.RoutingPool}, &opts.Routing),
		pick("accounting", in.Accounting, map[string]modelplane.Accounting{
			"Nodes": modelplane.AccountingNodes, "Devices": modelplane.AccountingDevices}, &opts.Accounting),
		pick("span", in.Span, map[string]modelplane.Span{
			"Pool": modelplane.SpanPool, "Fabric": modelplane.SpanFabric}, &opts.Span),
		pick("clusters", in.Clusters, map[string]modelplane.ClusterPolicy{
			"Spread": modelplane.ClustersSpread, "Pack": modelplane.ClustersPack,
			"Cheapest": modelplane.ClustersCheapest, "Preferred": modelplane.ClustersPreferred}, &opts.Clusters),
		pick("pools", in.Pools, map[string]modelplane.PoolPolicy{
			"First": modelplane.PoolsFirst, "BestFit": modelplane.PoolsBestFit,
			"Unfragmented": modelplane.PoolsUnfragmented, "Cheapest": modelplane.PoolsCheapest}, &opts.Pools),
	} {
		if err != nil {
			return nil, err
		}
	}
	return opts, nil
}

// RunFunction is one reconcile of one parent object.  What fails is a result of SEVERITY_FATAL, which has
// Crossplane leave everything as it is.
func (f *Function) RunFunction(_ context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	f.log.Debug("request", "tag", req.GetMeta().GetTag(),
		"kind", req.GetObserved().GetComposite().GetResource().GetFields()["kind"].GetStringValue())
	rsp, err := run(req)
	if err != nil {
		f.log.Info("cannot answer", "error", err)
		rsp = response.To(req, response.DefaultTTL)
		response.Fatal(rsp, err)
	}
	return rsp, nil
}

// run passes the request through the library, both ways in the JSON form of protobuf.
func run(req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	opts, err := options(req)
	if err != nil {
		return nil, err
	}
	text, err := protojson.Marshal(req)
	if err != nil {
		return nil, err
	}
	request, err := modelplane.ReadJSON(text, nil)
	if err != nil {
		return nil, err
	}
	defer request.Close()
	answer, err := modelplane.RunFunction(request.Root(), opts)
	if err != nil {
		return nil, err
	}
	defer answer.Close()
	if text, err = answer.Root().JSON(); err != nil {
		return nil, err
	}
	rsp := &fnv1.RunFunctionResponse{}
	return rsp, protojson.Unmarshal(text, rsp)
}

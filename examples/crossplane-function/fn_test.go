// SPDX-License-Identifier: Apache-2.0

package main

// Starts the server, sends it the requests of tests/data/function over gRPC, and compares what comes back
// with what those files expect, and with what the library says of the file itself.

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"time"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/proto/v1beta1"
	modelplane "github.com/modelplaneai/libmodelplane/bindings/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
)

var (
	binary string
	server *grpc.ClientConn
)

func TestMain(m *testing.M) {
	os.Exit(withServer(m.Run))
}

// start runs the command, and stop ends it and has what it said.
func start(args ...string) (stop func() string) {
	command := exec.Command(binary, args...)
	var log bytes.Buffer
	command.Stdout, command.Stderr = &log, &log
	if err := command.Start(); err != nil {
		panic(err)
	}
	return func() string {
		command.Process.Kill()
		command.Wait()
		return log.String()
	}
}

// withServer builds and starts the command, and stops it in the end.
func withServer(run func() int) int {
	dir, err := os.MkdirTemp("", "crossplane-function")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "function")
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", binary, ".").CombinedOutput(); err != nil {
		panic(string(out))
	}
	address := freeAddress()
	stop := start("-address", address)
	server, err = grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.WaitForReady(true)))
	if err != nil {
		panic(err)
	}
	status := run()
	server.Close()
	if said := stop(); status != 0 {
		fmt.Println("the server said:", said)
	}
	return status
}

func freeAddress() string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func call(t *testing.T, req *fnv1.RunFunctionRequest) *fnv1.RunFunctionResponse {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	rsp, err := fnv1.NewFunctionRunnerServiceClient(server).RunFunction(ctx, req)
	if err != nil {
		t.Fatal(err)
	}
	return rsp
}

// ---- cases ----

type testCase struct {
	Request json.RawMessage                 `json:"request"`
	Options struct{ Shape, Routing string } `json:"options"`
	Expect  []string                        `json:"expect"`
}

func readCases(t *testing.T) map[string]*testCase {
	top := os.Getenv("MP_TOP_SRCDIR")
	if top == "" {
		top = filepath.Join("..", "..")
	}
	files, _ := filepath.Glob(filepath.Join(top, "tests", "data", "function", "*.json"))
	if len(files) == 0 {
		t.Fatal("no cases")
	}
	cases := map[string]*testCase{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c := &testCase{}
		if err := json.Unmarshal(text, c); err != nil {
			t.Fatal(err)
		}
		cases[strings.TrimSuffix(filepath.Base(file), ".json")] = c
	}
	return cases
}

// request is the case's, with its options as input.
func (c *testCase) request(t *testing.T) *fnv1.RunFunctionRequest {
	req := &fnv1.RunFunctionRequest{}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(c.Request, req); err != nil {
		t.Skip("not a request that protobuf can carry: ", err)
	}
	input := map[string]any{"apiVersion": "modelplane.ai/v1alpha1", "kind": "Input"}
	if c.Options.Shape != "" {
		input["shape"] = strings.ToUpper(c.Options.Shape)
	}
	if c.Options.Routing == "pool" {
		input["routing"] = "Pool"
	}
	req.Input, _ = structpb.NewStruct(input)
	return req
}

// direct is what the library says of the text of the case.
func (c *testCase) direct(t *testing.T) *fnv1.RunFunctionResponse {
	doc, err := modelplane.ReadJSON(c.Request, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer doc.Close()
	opts := &modelplane.ReconcileOptions{}
	if c.Options.Shape == "v1" {
		opts.Shape = modelplane.ShapeV1
	}
	if c.Options.Routing == "pool" {
		opts.Routing = modelplane.RoutingPool
	}
	answer, err := modelplane.RunFunction(doc.Root(), opts)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Close()
	text, err := answer.Root().JSON()
	if err != nil {
		t.Fatal(err)
	}
	rsp := &fnv1.RunFunctionResponse{}
	if err := protojson.Unmarshal(text, rsp); err != nil {
		t.Fatal(err)
	}
	return rsp
}

// ---- a response in lines, as the cases expect them, but for the status of the parent ----

func text(s *structpb.Struct, field string) string { return s.GetFields()[field].GetStringValue() }

func sorted[T any](m map[string]T) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

func message(m *string) string {
	if m == nil {
		return ""
	}
	return ` "` + *m + `"`
}

func labels(r *fnv1.ResourceSelector) string {
	if len(r.GetMatchLabels().GetLabels()) == 0 {
		return "{}"
	}
	text, _ := json.Marshal(map[string]any{"labels": r.GetMatchLabels().GetLabels()})
	return string(text)
}

func lines(r *fnv1.RunFunctionResponse) (out []string) {
	if ready := r.GetDesired().GetComposite().GetReady(); ready != fnv1.Ready_READY_UNSPECIFIED {
		out = append(out, "parent "+ready.String())
	}
	for _, key := range sorted(r.GetDesired().GetResources()) {
		child := r.GetDesired().GetResources()[key]
		line := "child " + key + " " + text(child.GetResource(), "kind")
		if child.GetReady() != fnv1.Ready_READY_UNSPECIFIED {
			line += " " + child.GetReady().String()
		}
		out = append(out, line)
	}
	status := map[fnv1.Status]string{fnv1.Status_STATUS_CONDITION_TRUE: "STATUS_CONDITION_TRUE",
		fnv1.Status_STATUS_CONDITION_FALSE: "STATUS_CONDITION_FALSE", fnv1.Status_STATUS_CONDITION_UNKNOWN: "STATUS_CONDITION_UNKNOWN"}
	for _, c := range r.GetConditions() {
		out = append(out, "condition "+c.GetType()+" "+status[c.GetStatus()]+" "+c.GetReason()+message(c.Message))
	}
	for _, s := range r.GetResults() {
		out = append(out, s.GetSeverity().String()+" "+s.GetMessage())
	}
	for _, key := range sorted(r.GetRequirements().GetResources()) {
		q := r.GetRequirements().GetResources()[key]
		line := "require " + key + " " + q.GetApiVersion() + " " + q.GetKind()
		if q.GetMatchName() != "" {
			line += " named " + q.GetMatchName()
		} else {
			line += labels(q)
		}
		if q.GetNamespace() != "" {
			line += " in " + q.GetNamespace()
		}
		out = append(out, line)
	}
	return out
}

// matches compares with a pattern in which "*" is any text.
func matches(pattern, text string) bool {
	at := strings.Index(pattern, "*")
	if at < 0 {
		return pattern == text
	}
	if !strings.HasPrefix(text, pattern[:at]) {
		return false
	}
	for end := at; end <= len(text); end++ {
		if matches(pattern[at+1:], text[end:]) {
			return true
		}
	}
	return false
}

// sortLabels gives the labels of a requirement the order that lines() writes.
func sortLabels(line string) string {
	at := strings.Index(line, "{")
	var labels map[string]any
	if !strings.HasPrefix(line, "require ") || at < 0 || json.Unmarshal([]byte(line[at:]), &labels) != nil {
		return line
	}
	text, _ := json.Marshal(labels)
	return line[:at] + string(text)
}

// compare does not look at the order of lines: protobuf's maps have none.
func compare(t *testing.T, want []string, got []string) {
	t.Helper()
	used := make([]bool, len(got))
	found := 0
	for _, pattern := range want {
		if strings.HasPrefix(pattern, "status ") {
			continue
		}
		pattern = sortLabels(pattern)
		at := -1
		for i, line := range got {
			if at < 0 && !used[i] && matches(pattern, line) {
				at = i
			}
		}
		if at < 0 {
			t.Errorf("wanted %s", pattern)
			continue
		}
		used[at] = true
		found++
	}
	if found != len(got) {
		t.Errorf("%d lines are wanted; all of it:\n%s", found, strings.Join(got, "\n"))
	}
}

func TestCases(t *testing.T) {
	kinds := map[string]bool{}
	for name, c := range readCases(t) {
		c := c
		t.Run(name, func(t *testing.T) {
			req := c.request(t)
			kinds[text(req.GetObserved().GetComposite().GetResource(), "kind")] = true
			rsp := call(t, req)
			compare(t, c.Expect, lines(rsp))
			if want := c.direct(t); !proto.Equal(rsp, want) {
				t.Errorf("the library says\n%v\nthe server\n%v", want, rsp)
			}
		})
	}
	t.Log("kinds of parents: ", sorted(kinds))
	for _, kind := range []string{"InferenceClass", "InferenceCluster", "InferenceGateway", "ModelDeployment",
		"ModelReplica", "ModelEndpoint", "ModelService", "ModelCache"} {
		if !kinds[kind] {
			t.Errorf("no case of kind %s", kind)
		}
	}
}

// ---- input, and what cannot be answered ----

func TestInput(t *testing.T) {
	c := readCases(t)["deployment-scheduled"]
	for _, bad := range []map[string]any{{"shape": "V9"}, {"routing": "pool"}, {"colour": "red"}, {"budget": "many"}} {
		req := c.request(t)
		req.Input, _ = structpb.NewStruct(bad)
		rsp := call(t, req)
		if len(rsp.GetResults()) != 1 || rsp.GetResults()[0].GetSeverity() != fnv1.Severity_SEVERITY_FATAL {
			t.Errorf("%v: %v", bad, rsp.GetResults())
		}
	}
	req := c.request(t)
	req.Input, _ = structpb.NewStruct(map[string]any{"accounting": "Devices", "span": "Fabric", "clusters": "Pack",
		"pools": "BestFit", "budget": 1000, "named": true})
	for _, r := range call(t, req).GetResults() {
		if r.GetSeverity() == fnv1.Severity_SEVERITY_FATAL {
			t.Error(r)
		}
	}
}

// Crossplane 1.16 and older speak v1beta1.
func TestBeta(t *testing.T) {
	req := &v1beta1.RunFunctionRequest{Meta: &v1beta1.RequestMeta{Tag: "t"}}
	rsp, err := v1beta1.NewFunctionRunnerServiceClient(server).RunFunction(context.Background(), req)
	if err != nil || rsp.GetMeta().GetTag() != "t" || len(rsp.GetResults()) != 1 {
		t.Errorf("%v %v", rsp, err)
	}
}

// Many at once get what one gets.
func TestConcurrent(t *testing.T) {
	req := readCases(t)["deployment-scheduled"].request(t)
	want := call(t, req)
	answers := make(chan *fnv1.RunFunctionResponse)
	for i := 0; i < 50; i++ {
		go func() {
			rsp, _ := fnv1.NewFunctionRunnerServiceClient(server).RunFunction(context.Background(), req)
			answers <- rsp
		}()
	}
	for i := 0; i < 50; i++ {
		if rsp := <-answers; !proto.Equal(rsp, want) {
			t.Error("differs")
		}
	}
}

func TestLoopback(t *testing.T) {
	for address, want := range map[string]bool{"127.0.0.1:9443": true, "[::1]:1": true, "localhost:0": true,
		":9443": false, "0.0.0.0:9443": false, "10.0.0.1:9443": false, "nonsense": false} {
		if loopback(address) != want {
			t.Error(address)
		}
	}
	if err := serve([]string{"-address", ":0"}); err == nil {
		t.Error("serves the world without TLS")
	}
}

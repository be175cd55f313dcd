# SPDX-License-Identifier: Apache-2.0
"""Options that change what is valid and what is composed: JSON documents, so any build runs them."""
import copy
import json
import os
import tempfile

from cli_support import expect, main, run, test

VERSION = "modelplane.ai/v1alpha1"


def document(kind, name, spec, **more):
    return {"apiVersion": VERSION, "kind": kind, "metadata": {"name": name, **more}, "spec": spec}


GPU = {"name": "gpu", "driver": "gpu.nvidia.com", "deviceClassName": "gpu.nvidia.com",
       "capacity": {"memory": {"value": "80Gi"}}}
CLASS = document("InferenceClass", "a", {"devices": [GPU]})
CLUSTER = document("InferenceCluster", "east", {
    "cluster": {"source": "Existing", "existing": {"secretRef": {"name": "kc"}}},
    "nodePools": [{"name": "a", "className": "a"}]})
DEPLOYMENT = document("ModelDeployment", "m", {"replicas": 1, "template": {"spec": {"engines": [
    {"name": "main", "members": [{
        "nodeSelector": {"devices": [{"name": "gpu", "selectors": [{"cel": "true"}]}]},
        "template": {"spec": {"containers": [{"name": "engine", "image": "vllm:1"}]}}}]}]}}},
    namespace="team")
SERVICE = document("ModelService", "chat", {"endpoints": [
    {"selector": {"matchLabels": {"modelplane.ai/deployment": "m"}}}]}, namespace="team")


def files(folder, **documents):
    """A file of JSON documents (a List) per name; their paths."""
    paths = []
    for name, items in documents.items():
        paths.append(os.path.join(folder, name + ".json"))
        with open(paths[-1], "w", encoding="utf-8") as f:
            json.dump({"apiVersion": "v1", "kind": "List", "items": items}, f)
    return paths


def items(result):
    return json.loads(result.out)["items"]


def containers(item):
    return [c["name"] for c in item["spec"]["template"]["spec"]["containers"]]


@test
def relaxed():
    """--relaxed: a container beside the engine is allowed, and reaches the pod"""
    with tempfile.TemporaryDirectory() as folder:
        two = copy.deepcopy(DEPLOYMENT)
        member = two["spec"]["template"]["spec"]["engines"][0]["members"][0]
        member["template"]["spec"]["containers"].append({"name": "side", "image": "i"})
        path, = files(folder, all=[CLASS, CLUSTER, two])
        expect(run("validate", path), 1, err="must have at most 1 item; has 2")
        expect(run("render", "--assume-ready", path), 1, err="must have at most 1 item; has 2")
        expect(run("validate", "--relaxed", path), 0, "0 errors")
        result = expect(run("render", "--relaxed", "--assume-ready", "-o", "json", path), 0)
        assert containers(items(result)[0]) == ["engine", "side"], result.out


@test
def updates():
    """--observed: what may not change is compared with it"""
    with tempfile.TemporaryDirectory() as folder:
        dynamo = copy.deepcopy(CLUSTER)
        dynamo["spec"]["stack"] = "Dynamo"
        before, after = files(folder, before=[CLUSTER], after=[CLASS, dynamo])
        expect(run("validate", after), 0, "0 errors")
        expect(run("validate", "--observed", before, after), 1, err="spec.stack: spec.stack is "
               "immutable; recreate the cluster to change its serving stack.")
        expect(run("validate", "--observed", after, after), 0, "0 errors")


@test
def shape_and_routing():
    """--shape and --routing: which objects a replica becomes"""
    with tempfile.TemporaryDirectory() as folder:
        path, = files(folder, all=[CLASS, CLUSTER, DEPLOYMENT])

        def kinds(*options):
            return {o["kind"] for o in items(expect(
                run("render", "--assume-ready", "-o", "json", *options, path), 0))}
        service = {"Deployment", "ResourceClaimTemplate", "Service", "HTTPRoute"}
        assert kinds() == kinds("--routing", "service") == kinds("--shape", "v2") == service
        assert kinds("--shape", "v1", "--routing", "pool") == service
        assert kinds("--routing", "pool") == service | {
            "InferencePool", "ServiceAccount", "Role", "RoleBinding", "ConfigMap"}


@test
def services():
    """a replica reported Ready gets its endpoint, that its Service, and a service its route"""
    with tempfile.TemporaryDirectory() as folder:
        path, = files(folder, all=[CLASS, CLUSTER, DEPLOYMENT, SERVICE])
        first = items(expect(run("reconcile", "--assume-ready", "-o", "json", path), 0))
        replica = next(o for o in first if o["kind"] == "ModelReplica")
        assert not any(o["kind"] in ("ModelEndpoint", "HTTPRoute") for o in first)
        replica["status"]["conditions"].append(
            {"type": "Ready", "status": "True", "reason": "Available"})
        observed, = files(folder, observed=[replica])
        second = items(expect(run("reconcile", "--assume-ready", "-o", "json", "--observed",
                                  observed, path), 0))
        one = {o["kind"]: o for o in second}
        assert one["Service"]["metadata"]["namespace"] == "team", one
        backend, = one["HTTPRoute"]["spec"]["rules"][0]["backendRefs"]
        assert backend["name"] == one["Service"]["metadata"]["name"], backend
        assert one["EndpointSlice"]["metadata"]["labels"] == {
            "kubernetes.io/service-name": backend["name"]}
        third = items(expect(run("reconcile", "--assume-ready", "-o", "json", "--observed",
                                 observed, path), 0))
        assert third == second


@test
def infrastructure():
    """--infrastructure: what a cluster needs"""
    with tempfile.TemporaryDirectory() as folder:
        path, = files(folder, all=[CLASS, CLUSTER])
        plain = items(expect(run("reconcile", "-o", "json", path), 0))
        more = items(expect(run("reconcile", "--infrastructure", "-o", "json", path), 0))
        added = {o["kind"] for o in more} - {o["kind"] for o in plain}
        assert {"ClusterProviderConfig", "ServingStack", "Release"} <= added, added
        assert all(o["metadata"].get("name") for o in more if o["kind"] != "Event")
        expect(run("plan", "--infrastructure", path), 2, err="does not take --infrastructure")


main()

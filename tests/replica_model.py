# SPDX-License-Identifier: Apache-2.0
"""One reconcile of a ModelReplica, written down a second time and compared on random replicas.

Every object that a replica becomes on its cluster is built here from dictionaries, in the three
forms of routing and both shapes; nothing is shared with the library.
"""
import hashlib
import random

from cli_support import main, test
from function_model import GROUP, RUNS, child_name, compare

IMAGES = "ghcr.io/llm-d/llm-d-router-"
AVAILABLE = ('has(object.status.conditions) && object.status.conditions.exists(c, '
             'c.type == "Available" && c.status == "True")')


def flag(args, names, default):
    """The first value of a flag, as text."""
    for i, arg in enumerate(args):
        for name in names:
            if arg == name and i + 1 < len(args):
                return args[i + 1]
            if arg.startswith(name + "="):
                return arg[len(name) + 1:]
    return default


def block_size(args):
    try:
        return int(flag(args, ("--block-size", "--page-size"), "16"))
    except ValueError:
        return 16


def probe(port, v1=False):
    return {"httpGet": {"path": "/health", "port": port}, "initialDelaySeconds": 30,
            "periodSeconds": 10, **({} if v1 else {"timeoutSeconds": 5})}


def producer(size):
    return (f"apiVersion: llm-d.ai/v1alpha1\nkind: EndpointPickerConfig\nplugins:\n"
            f"- type: approx-prefix-cache-producer\n  parameters:\n    autoTune: false\n"
            f"    blockSizeTokens: {size}\n    maxPrefixBlocksToMatch: 256\n"
            f"    lruCapacityPerServer: 31250\n- type: prefix-cache-scorer\n")


SCORERS = ("  - pluginRef: max-score-picker\n  - pluginRef: prefix-cache-scorer\n    weight: 2\n"
           "  - pluginRef: queue-scorer\n    weight: 1\n")


def unified_config(size):
    return (producer(size) + "- type: queue-scorer\n- type: max-score-picker\n"
            "schedulingProfiles:\n- name: default\n  plugins:\n" + SCORERS)


def disaggregated_config(size):
    return (producer(size) + "- type: disagg-headers-handler\n- type: queue-scorer\n"
            "- type: prefill-filter\n- type: decode-filter\n- type: max-score-picker\n"
            "- type: prefix-based-pd-decider\n  parameters:\n    nonCachedTokens: 16\n"
            "- type: disagg-profile-handler\n  parameters:\n    deciders:\n"
            "      prefill: prefix-based-pd-decider\nschedulingProfiles:\n"
            "- name: prefill\n  plugins:\n  - pluginRef: prefill-filter\n" + SCORERS +
            "- name: decode\n  plugins:\n  - pluginRef: decode-filter\n" + SCORERS)


class Model:
    def __init__(self, request, v1, pool):
        self.parent = request["observed"]["composite"]["resource"]
        self.observed = {k: v["resource"] for k, v in request["observed"]["resources"].items()}
        self.clusters = request["requiredResources"]["cluster"].get("items", [])
        self.spec, self.v1, self.pool = self.parent["spec"], v1, pool
        self.name = self.parent["metadata"]["name"]
        self.ns = self.parent["metadata"]["namespace"]
        self.cache = self.spec.get("modelCacheRef", {}).get("name")
        self.split = not v1 and self.spec.get("serving", {}).get("mode") == "PrefillDecode"
        self.manifests, self.workloads = {}, []

    # ---- pods ----

    def container(self, member, gang, serving):
        given = member["template"]["spec"]["containers"][0]
        args = list(given.get("args", []))
        if (self.cache and serving and not given.get("command") and
                not any(a == "--model" or a.startswith("--model=") for a in args)):
            args.append("--model=/mnt/models")
        out = {"name": "engine", "image": given["image"],
               "volumeMounts": [{"name": "dshm", "mountPath": "/dev/shm"}]}
        if given.get("command"):
            out["command"] = given["command"]
        if args or not gang:
            out["args"] = args
        env = []
        if gang:
            env.append({"name": "MODELPLANE_LEADER_ADDRESS", "value": "$(LWS_LEADER_ADDRESS)"})
            if not self.v1:
                env.append({"name": "MODELPLANE_RANK", "value": "$(LWS_WORKER_INDEX)"})
        env += given.get("env", [])
        if env:
            out["env"] = env
        if serving:
            out["ports"] = [{"containerPort": 8000}]
            out["readinessProbe"] = probe(8000, self.v1)
        if self.cache:
            out["volumeMounts"].append({"name": "model-cache", "mountPath": "/mnt/models"})
        if member.get("deviceRequests"):
            out["resources"] = {"claims": [{"name": "devices"}]}
        return out

    def pod(self, engine, member, managed):
        gang = member["role"] != "Standalone"
        template = member["template"]
        spec = {"containers": [self.container(member, gang, member["role"] != "Worker")],
                "volumes": [{"name": "dshm", "emptyDir": {"medium": "Memory"}}],
                "nodeSelector": {"modelplane.ai/pool": member["nodePoolName"]},
                "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists",
                                 "effect": "NoSchedule"}]}
        if self.cache:
            claim = child_name("modelcache", self.ns, self.cache)
            spec["volumes"].append({"name": "model-cache",
                                    "persistentVolumeClaim": {"claimName": claim}})
        if member.get("deviceRequests"):
            spec["resourceClaims"] = [{"name": "devices", "resourceClaimTemplateName":
                                       self.claim(engine, member)}]
        if template["spec"].get("imagePullSecrets"):
            spec["imagePullSecrets"] = template["spec"]["imagePullSecrets"]
        given = {} if self.v1 else template.get("metadata", {})
        metadata = {}
        if {**given.get("labels", {}), **managed}:
            metadata["labels"] = {**given.get("labels", {}), **managed}
        if given.get("annotations"):
            metadata["annotations"] = given["annotations"]
        return {**({"metadata": metadata} if metadata else {}), "spec": spec}

    def claim(self, engine, member):
        return child_name(self.name, engine["name"], member["role"].lower(), "devices")

    def add_claim(self, engine, member):
        requests = []
        for r in member["deviceRequests"]:
            exactly = {"deviceClassName": r["deviceClassName"], "count": r.get("count", 1)}
            if r.get("selectors"):
                exactly["selectors"] = [{"cel": {"expression": s["cel"]}} for s in r["selectors"]]
            requests.append({"name": r["name"], "exactly": exactly})
        self.manifests[f"resource-claim-{engine['name']}-{member['role'].lower()}"] = {
            "apiVersion": "resource.k8s.io/v1", "kind": "ResourceClaimTemplate",
            "metadata": {"name": self.claim(engine, member), "namespace": "default"},
            "spec": {"spec": {"devices": {"requests": requests}}}}

    # ---- workloads ----

    def workload(self, engine):
        name = child_name(self.name, engine["name"])
        meta = {"name": name, "namespace": "default"}
        members = {m["role"]: m for m in engine["members"]}
        serving = {"modelplane.ai/serving": self.name}
        if "Standalone" in members:
            own = {"modelplane.ai/workload": name}
            pod = self.pod(engine, members["Standalone"], {**serving, **own})
            served, out = pod, {
                "apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta,
                "spec": {"replicas": engine.get("copies", 1), "selector": {"matchLabels": own},
                         "template": pod}}
        else:
            served = self.pod(engine, members["Leader"],
                              {**serving, "modelplane.ai/lws-role": "leader"})
            nodes = members["Worker"].get("worker", {}).get("nodes", 1)
            out = {"apiVersion": "leaderworkerset.x-k8s.io/v1", "kind": "LeaderWorkerSet",
                   "metadata": meta,
                   "spec": {"replicas": engine.get("copies", 1), "leaderWorkerTemplate": {
                       "size": 1 + nodes, "leaderTemplate": served,
                       "workerTemplate": self.pod(engine, members["Worker"], {})}}}
        if self.split:
            self.decorate(served, engine["phase"])
        key = "model-serving-" + engine["name"]
        self.manifests[key] = out
        self.workloads.append(key)
        for member in engine["members"]:
            if member.get("deviceRequests"):
                self.add_claim(engine, member)

    def decorate(self, pod, phase):
        spec, container = pod["spec"], pod["spec"]["containers"][0]
        pod["metadata"]["labels"].update({"llm-d.ai/role": phase.lower(), "app": self.name,
                                          "llm-d.ai/inference-serving": "true"})
        if phase == "Decode":
            port = int(flag(container.get("args", []), ("--port",), "8001"))
            container["ports"] = [{"containerPort": port}]
            container["readinessProbe"] = probe(port)
            spec["containers"].append({
                "name": "pd-sidecar", "image": IMAGES + "disagg-sidecar:v0.9.0",
                "args": ["--secure-proxy=false", "--kv-connector=nixlv2", f"--vllm-port={port}"],
                "ports": [{"containerPort": 8000}], "readinessProbe": probe(8000)})
        spec["volumes"].append({"name": "nixl-shm", "emptyDir": {"medium": "Memory"}})
        env = container.setdefault("env", [])
        for entry in ({"name": "VLLM_NIXL_SIDE_CHANNEL_HOST",
                       "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
                      {"name": "VLLM_NIXL_SIDE_CHANNEL_PORT", "value": "5557"}):
            if all(e["name"] != entry["name"] for e in env):
                env.append(entry)

    # ---- routing ----

    def serving_args(self):
        """Of the container whose block size the picker must know."""
        engine = next(e for e in self.spec["engines"]
                      if not self.split or e["phase"] == "Decode")
        member = next(m for m in engine["members"] if m["role"] != "Worker")
        return member["template"]["spec"]["containers"][0].get("args", [])

    def route(self):
        pooled = self.split or (self.pool and not self.v1)
        meta = {"name": self.name, "namespace": "default"}
        rule = {"matches": [{"path": {"type": "PathPrefix", "value": f"/{self.ns}/{self.name}/"}}],
                "filters": [{"type": "URLRewrite", "urlRewrite": {"path": {
                    "type": "ReplacePrefixMatch", "replacePrefixMatch": "/"}}}],
                "backendRefs": [{"name": self.name, "port": 80}]}
        if not self.v1:
            rule["timeouts"] = {"request": "0s"}
        if pooled:
            rule["backendRefs"] = [{"group": "inference.networking.k8s.io",
                                    "kind": "InferencePool", "name": self.name + "-pool"}]
            self.picker()
        else:
            self.manifests["model-service"] = {
                "apiVersion": "v1", "kind": "Service", "metadata": meta,
                "spec": {"selector": {"modelplane.ai/serving": self.name},
                         "ports": [{"port": 80, "targetPort": 8000}]}}
        self.manifests["model-route"] = {
            "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": meta,
            "spec": {"parentRefs": [{"name": "inference-gateway",
                                     "namespace": "modelplane-system"}], "rules": [rule]}}

    def picker(self):
        epp, pool = self.name + "-epp", self.name + "-pool"
        if len(epp) > 63:  # it names a Service
            epp = child_name(self.name, "epp")
        group = "inference.networking.k8s.io"
        meta = {"name": epp, "namespace": "default"}
        size = block_size(self.serving_args())
        config = (disaggregated_config if self.split else unified_config)(size)
        rbac = "rbac.authorization.k8s.io"
        verbs = ["get", "watch", "list"]
        self.manifests.update({
            "inference-pool": {
                "apiVersion": group + "/v1", "kind": "InferencePool",
                "metadata": {"name": pool, "namespace": "default"},
                "spec": {"selector": {"matchLabels": {"modelplane.ai/serving": self.name}},
                         "targetPorts": [{"number": 8000}],
                         "endpointPickerRef": {"name": epp, "port": {"number": 9002},
                                               "failureMode": "FailOpen"}}},
            "epp-serviceaccount": {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta},
            "epp-role": {
                "apiVersion": rbac + "/v1", "kind": "Role", "metadata": meta,
                "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": verbs},
                          {"apiGroups": [group], "resources": ["inferencepools"], "verbs": verbs},
                          {"apiGroups": ["inference.networking.x-k8s.io"],
                           "resources": ["inferenceobjectives"], "verbs": verbs}]},
            "epp-rolebinding": {
                "apiVersion": rbac + "/v1", "kind": "RoleBinding", "metadata": meta,
                "subjects": [{"kind": "ServiceAccount", "name": epp, "namespace": "default"}],
                "roleRef": {"apiGroup": rbac, "kind": "Role", "name": epp}},
            "epp-config": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta,
                           "data": {"epp-config.yaml": config}},
            "epp": {
                "apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta,
                "spec": {"replicas": 1, "selector": {"matchLabels": {"app": epp}}, "template": {
                    "metadata": {"labels": {"app": epp}, "annotations": {
                        "modelplane.ai/epp-config-checksum":
                            hashlib.sha256(config.encode()).hexdigest()}},
                    "spec": {"serviceAccountName": epp, "containers": [{
                        "name": "epp", "image": IMAGES + "endpoint-picker:v0.9.0",
                        "args": [f"--pool-name={pool}", "--pool-namespace=default",
                                 f"--pool-group={group}",
                                 "--config-file=/config/epp-config.yaml", "--grpc-port=9002"],
                        "ports": [{"name": "grpc", "containerPort": 9002},
                                  {"name": "grpc-health", "containerPort": 9003}],
                        "volumeMounts": [{"name": "config", "mountPath": "/config"}]}],
                        "volumes": [{"name": "config", "configMap": {"name": epp}}]}}}},
            "epp-service": {
                "apiVersion": "v1", "kind": "Service", "metadata": meta,
                "spec": {"selector": {"app": epp}, "ports": [{
                    "name": "grpc-ext-proc", "port": 9002, "targetPort": 9002,
                    "appProtocol": "http2"}]}}})

    # ---- the answer ----

    def is_ready(self, key):
        conditions = self.observed.get(key, {}).get("status", {}).get("conditions", [])
        return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)

    def child(self, key, config):
        derived = key in self.workloads or key == "epp"
        return ({"apiVersion": "kubernetes.m.crossplane.io/v1alpha1", "kind": "Object",
                 "spec": {"forProvider": {"manifest": self.manifests[key]},
                          "providerConfigRef": {"kind": "ClusterProviderConfig", "name": config},
                          "readiness": {"policy": "DeriveFromCelQuery", "celQuery": AVAILABLE}
                          if derived else {"policy": "SuccessfulCreate"}}},
                self.is_ready(key) if key in self.workloads else key in self.observed)

    def run(self):
        waiting = ("False", "WaitingForModel", "")
        cluster = self.clusters[0]["resource"] if self.clusters else None
        config = cluster and cluster.get("status", {}).get("providerConfigRef", {}).get("name")
        if not config:
            text = ("Waiting for cluster providerConfigRef" if cluster else
                    "Waiting for cluster to be resolved")
            return {"children": {}, "events": [("Normal", text)], "conditions": {
                "ModelAccepted": ("False", "WaitingForCluster", ""), "ModelReady": waiting}}
        for engine in self.spec["engines"]:
            self.workload(engine)
        self.route()
        seen = any(k in self.observed for k in self.workloads)
        accepted = all(self.observed.get(k, {}).get("status", {}).get("atProvider", {})
                       .get("manifest") for k in self.workloads)
        serving = all(self.is_ready(k) for k in self.workloads)
        image = self.spec["engines"][0]["members"][0]["template"]["spec"]["containers"][0]["image"]
        return {
            "children": {k: self.child(k, config) for k in self.manifests},
            "events": [] if seen else [("Normal", f"Composing {image} on "
                                        f"{self.spec['clusterName']}")],
            "conditions": {
                "ModelAccepted": ("True", "Accepted", "") if accepted else
                ("False", "Deploying", ""),
                "ModelReady": ("True", "Serving", "") if serving else
                ("False", "ModelStarting", "") if accepted else waiting}}


# ---- random replicas ----

class Draw(random.Random):
    def maybe(self, percent):
        return self.randrange(100) < percent

    def some(self, items, percent=30):
        return [i for i in items if self.maybe(percent)]

    def args(self):
        sizes = ("32", "64", "-1", "0", "+8", "1_28", "007", "x", "", "16.0", " 24 ", "0x10")
        args = self.some(["--tensor-parallel-size=8", "--enforce-eager", "--model", "--model=o/m",
                          "--block-size", "--page-size", "--block-sizes=3", "-O3"], 20)
        for name in self.some(["--block-size", "--page-size"]):
            args += [f"{name}={self.choice(sizes)}"] if self.maybe(50) else [
                name, self.choice(sizes)]
        self.shuffle(args)
        if self.maybe(30):
            port = self.choice(("8001", "9000", "1", "65535"))
            args += [f"--port={port}"] if self.maybe(50) else ["--port", port]
        return args

    def member(self, role):
        container = {"name": "engine", "image": f"reg.example/e:{self.randrange(9)}"}
        if self.maybe(70):
            container["args"] = self.args()
        if self.maybe(30):
            container["command"] = self.choice((["serve"], ["/bin/sh", "-c", "x $(Y)"], []))
        if self.maybe(40):
            container["env"] = self.some(
                [{"name": "A", "value": "1"}, {"name": "VLLM_NIXL_SIDE_CHANNEL_PORT", "value": "1"},
                 {"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
                 {"name": "S", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}], 40)
        template = {"spec": {"containers": [container]}}
        if self.maybe(20):
            template["spec"]["imagePullSecrets"] = self.some([{"name": "reg"}], 70)
        if self.maybe(40):
            template["metadata"] = {}
            if self.maybe(70):
                template["metadata"]["labels"] = {k: "x" for k in self.some(
                    ["team", "app", "llm-d.ai/role"], 50)}
            if self.maybe(50):
                template["metadata"]["annotations"] = {k: "y" for k in self.some(["note"], 70)}
        member = {"role": role, "nodePoolName": self.choice(("h200", "l4")), "template": template}
        if self.maybe(75):
            member["deviceRequests"] = [self.request(n) for n in ("gpu", "nic")[:self.randint(1, 2)]]
        if role == "Worker" and self.maybe(80):
            member["worker"] = {"nodes": self.randint(1, 7)}
        return member

    def request(self, name):
        request = {"name": name, "deviceClassName": name + ".example"}
        if self.maybe(70):
            request["count"] = self.randint(1, 16)
        if self.maybe(60):
            request["selectors"] = [{"cel": f"device.driver == '{name}'"}
                                    for _ in range(self.randint(0, 2))]
        return request

    def engine(self, name, phase):
        roles = ["Standalone"] if self.maybe(50) else ["Leader", "Worker"]
        self.shuffle(roles)
        engine = {"name": name, "members": [self.member(r) for r in roles]}
        if not any("deviceRequests" in m for m in engine["members"]):
            return self.engine(name, phase)
        if phase:
            engine["phase"] = phase
        if self.maybe(40):
            engine["copies"] = self.randint(1, 4)
        return engine

    def spec(self, split):
        spec = {"clusterName": "east"}
        if split:
            phases = ["Prefill", "Decode"]
            self.shuffle(phases)
            spec["serving"] = {"mode": "PrefillDecode"}
            spec["engines"] = [self.engine(n, p) for n, p in zip("yx", phases)]
        else:
            if self.maybe(30):
                spec["serving"] = self.choice(({}, {"mode": "Unified"}))
            spec["engines"] = [self.engine(n, None) for n in ("b", "a", "c")[:self.randint(1, 3)]]
        if self.maybe(40):
            spec["modelCacheRef"] = {"name": "w70"}
        return spec

    def observed(self, spec):
        keys = ["model-route", "model-service", "epp", "epp-config", "inference-pool"]
        keys += [f"resource-claim-{e['name']}-{m['role'].lower()}"
                 for e in spec["engines"] for m in e["members"]]
        keys += ["model-serving-" + e["name"] for e in spec["engines"]] * 2
        out, much = {}, self.choice((0, 40, 90))
        for key in self.some(keys, much):
            status = {}
            if self.maybe(80):
                status["conditions"] = [{"type": "Ready",
                                         "status": "False" if self.maybe(20) else "True"}]
            if self.maybe(85):
                status["atProvider"] = {"manifest": {} if self.maybe(10) else {"kind": "X"}}
            out[key] = {"resource": {"apiVersion": "kubernetes.m.crossplane.io/v1alpha1",
                                     "kind": "Object", "metadata": {"name": key},
                                     "spec": {}, "status": status}}
        return out

    def request_for(self, split):
        spec = self.spec(split)
        cluster = {"apiVersion": GROUP, "kind": "InferenceCluster", "metadata": {"name": "east"},
                   "spec": {"cluster": {"source": "Existing",
                                        "existing": {"secretRef": {"name": "k"}}}}}
        if not self.maybe(10):
            cluster["status"] = {"providerConfigRef": {"name": "east-config"}}
        named = self.maybe(95)
        observed = self.observed(spec) if named and "status" in cluster else {}
        return {"observed": {"composite": {"resource": {
            "apiVersion": GROUP, "kind": "ModelReplica", "spec": spec,
            "metadata": {"name": self.choice(("chat-3e6a5", "x" * 57 + "-0abcd")),
                         "namespace": "team-a"}}}, "resources": observed},
            "requiredResources": {"cluster": {"items": [{"resource": cluster}] if named else []}}}


def check(split, v1, pool, *options):
    requests = [Draw(seed).request_for(split) for seed in range(RUNS // 4)]
    compare(lambda r: Model(r, v1, pool).run(), requests, *options)


@test
def behind_a_service():
    """random replicas behind a Service"""
    check(False, False, False)


@test
def behind_a_pool():
    """random replicas behind an InferencePool with its picker"""
    check(False, False, True, "--routing", "pool")


@test
def disaggregated():
    """random replicas of a prefill and a decode engine"""
    check(True, False, False)


@test
def of_the_first_shape():
    """random replicas in the shape of v1"""
    check(False, True, False, "--shape", "v1")


main()

# SPDX-License-Identifier: Apache-2.0
"""Sections 6 and 7 of the reference, read as tests: what a ModelReplica becomes on its cluster.

The example trees, the configurations of the picker with their sizes and digests, the tables and
every quoted value are taken from the text and looked for in what the command composes.
"""
import copy
import hashlib
import re

from cli_support import main, pyyaml, test
from function_model import call, child_name, shown
from reference_support import appears, blocks, quoted_in, section, spans, table

NAME, NS = "chat-3e6a5", "team-a"
GPU = 'device.capacity["gpu.nvidia.com"].memory.compareTo(quantity("40Gi")) >= 0'
IMAGE = "reg.example/vllm:1"


def member(role="Standalone", pool="l4", gpus=1, nodes=None, metadata=None, secrets=None,
           **container):
    given = {"role": role, "nodePoolName": pool, "template": {"spec": {
        "containers": [{"name": "engine", "image": IMAGE, **container}]}}}
    if gpus:
        given["deviceRequests"] = [{"name": "gpu", "deviceClassName": "gpu.nvidia.com",
                                    "count": gpus, "selectors": [{"cel": GPU}]}]
    if nodes:
        given["worker"] = {"nodes": nodes}
    if metadata:
        given["template"]["metadata"] = metadata
    if secrets:
        given["template"]["spec"]["imagePullSecrets"] = secrets
    return given


def engine(name, *members, **more):
    return {"name": name, "copies": 1, "members": list(members), **more}


def request(*engines, cluster=True, config="east-kubeconfig", observed=None, **spec):
    resource = {"apiVersion": "modelplane.ai/v1alpha1", "kind": "ModelReplica",
                "metadata": {"name": NAME, "namespace": NS},
                "spec": {"clusterName": "east", "engines": list(engines), **spec}}
    item = {"apiVersion": "modelplane.ai/v1alpha1", "kind": "InferenceCluster",
            "metadata": {"name": "east"}, "spec": {"cluster": {"source": "Existing"}},
            "status": {"providerConfigRef": {"name": config}} if config else {}}
    return {"observed": {"composite": {"resource": resource},
                         "resources": {k: {"resource": v} for k, v in (observed or {}).items()}},
            "requiredResources": {"cluster": {"items": [{"resource": item}] if cluster else []}}}


def answer(asked, *options):
    response, = call([asked], *options)
    return shown(response)


def manifests(asked, *options):
    """The bare manifest of each child."""
    return {key: child["spec"]["forProvider"]["manifest"]
            for key, (child, _) in answer(asked, *options)["children"].items()}


def web(*args, **more):
    return engine("web", member(args=list(args)), **more)


def split(*decode_args, mode="PrefillDecode", extra=()):
    """Engines whose names say nothing of their phases."""
    return request(engine("one", member(args=["--block-size=64"]), phase="Prefill"),
                   engine("two", member(args=list(decode_args)), phase="Decode"), *extra,
                   serving={"mode": mode})


def named(text):
    """A quoted text with the names of the example for N and NS."""
    text = re.sub(r"\bNS\b", NS, text)
    return re.sub(r"(?<![\w-])N(?![\w])", NAME, text)


def assert_quoted(text, tree, left_out=()):
    quoted_in(text, tree, left_out, named)


# ---- section 6 ----

@test
def trees_of_6_8():
    """the example trees of 6.8"""
    load = pyyaml().safe_load
    join = ["/bin/sh", "-c", "exec join $(MODELPLANE_LEADER_ADDRESS) $(MODELPLANE_RANK)"]
    host = {"name": "VLLM_HOST_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}
    big = engine("big",
                 member("Leader", "h200", 8, args=["--tensor-parallel-size=8"], env=[host],
                        metadata={"labels": {"team": "a"}, "annotations": {"note": "x"}},
                        secrets=[{"name": "reg"}]),
                 member("Worker", "h200", 8, nodes=3, command=join))
    dp = engine("dp", member("Leader", "h200", 0, command=["head"]),
                member("Worker", "h200", 8, nodes=1, command=["rank"]))
    two = web("--model=org/m7", "--block-size=32")
    two["copies"] = 2
    cases = ((request(two), {}), (request(big, modelCacheRef={"name": "w70"}), {
        "resource-claim-big-leader": 8, "resource-claim-big-worker": 8}),
             (request(dp), {"resource-claim-dp-worker": 8}))
    texts = blocks(section("6.8"))
    assert len(texts) == len(cases)
    for text, (asked, claims) in zip(texts, cases):
        want, got = load(text), manifests(asked)
        for key, count in claims.items():
            made = got[key]
            exactly = made["spec"]["spec"]["devices"]["requests"][0]["exactly"]
            assert exactly["count"] == count
            assert appears(want, made["metadata"]["name"])
            want[key] = made
        del got["model-service"], got["model-route"]
        assert got == want, f"want {want}\ngot {got}"


def statuses(cell):
    """Each condition of a cell, with what it may be."""
    found = {}
    for kind, rest in re.findall(r"(Model\w+) ?= ?([^;|]+)", cell):
        found[kind] = re.findall(r"(True|False) (\w+)", rest)
    return found or {"ModelReady": re.findall(r"(True|False) (\w+)", cell)}


@test
def conditions_of_6():
    """the conditions and events of a replica, row by row"""
    rows = table("6")
    one = web()
    accepted = {"status": {"atProvider": {"manifest": {"kind": "Deployment"}}}}
    ready = copy.deepcopy(accepted)
    ready["status"]["conditions"] = [{"type": "Ready", "status": "True"}]
    key = "model-serving-web"
    image_row = re.sub(r"<[^>]*>", "{}", spans(rows[2]["event (Normal)"])[0])

    def told(*engines, **more):
        got = answer(request(*(engines or [one]), **more))
        return ({k: v[:2] for k, v in got["conditions"].items() if k.startswith("Model")},
                got["events"], got["children"])

    for row, more in ((rows[0], {"cluster": False}), (rows[1], {"config": None})):
        conditions, events, children = told(**more)
        want = statuses(rows[0]["conditions"])
        assert conditions == {k: v[0] for k, v in want.items()}
        assert events == [("Normal", spans(row["event (Normal)"])[0])] and not children
    conditions, events, _ = told()
    yes, no = statuses(rows[3]["conditions"])["ModelAccepted"]
    serving, = statuses(rows[4]["conditions"])["ModelReady"]
    starting, = statuses(rows[5]["conditions"])["ModelReady"]
    waiting, = statuses(rows[6]["conditions"])["ModelReady"]
    assert conditions == {"ModelAccepted": no, "ModelReady": waiting}
    assert events == [("Normal", image_row.format(IMAGE, "east"))]
    for seen, want in (({key: {}}, (no, waiting)),
                       ({key: {"status": {"atProvider": {"manifest": {}}}}}, (no, waiting)),
                       ({key: accepted}, (yes, starting)), ({key: ready}, (yes, serving))):
        conditions, events, _ = told(observed=seen)
        assert (conditions["ModelAccepted"], conditions["ModelReady"]) == want and not events
    # Of two engines both must be.
    other = engine("other", member())
    conditions, _, _ = told(one, other, observed={key: ready})
    assert (conditions["ModelAccepted"], conditions["ModelReady"]) == (no, waiting)
    conditions, _, _ = told(one, other, observed={key: ready, "model-serving-other": accepted})
    assert (conditions["ModelAccepted"], conditions["ModelReady"]) == (yes, starting)


@test
def ready_flags_of_6():
    """a workload is ready by its condition, all else as soon as it is observed"""
    unready = {"status": {"conditions": [{"type": "Ready", "status": "False"}]}}
    keys = answer(request(web()), "--routing", "pool")["children"]
    children = answer(request(web(), observed={key: unready for key in keys}),
                      "--routing", "pool")["children"]
    assert {key for key, (_, ready) in children.items() if not ready} == {"model-serving-web"}


@test
def wrapper_of_6_1():
    """the Object around a manifest"""
    children = answer(request(web()), "--routing", "pool")["children"]
    text = section("6.1")
    query = next(span for span in spans(text) if span.startswith("has("))
    created, derived = ({"policy": "SuccessfulCreate"},
                        {"policy": "DeriveFromCelQuery", "celQuery": query})
    for key, (child, _) in children.items():
        assert set(child) == {"apiVersion", "kind", "spec"}
        readiness = child["spec"]["readiness"]
        assert readiness == (derived if key in ("epp", "model-serving-web") else created), key
        assert child["spec"]["providerConfigRef"] == {"kind": "ClusterProviderConfig",
                                                      "name": "east-kubeconfig"}
        assert child["spec"]["forProvider"]["manifest"]["metadata"]["namespace"] == "default"
        for span in ("kubernetes.m.crossplane.io/v1alpha1", "Object"):
            assert span in spans(text) and appears(child, span)


@test
def keys_of_6_2():
    """the keys of the response"""
    first, v1, v2 = re.split(r"; V[12] also ", section("6.2").strip())
    gang = engine("g", member("Leader"), member("Worker"))
    asked = request(web(), gang)
    fixed = {"model-serving-web", "model-serving-g", "model-route",
             *(f"resource-claim-{x}" for x in ("web-standalone", "g-leader", "g-worker"))}
    assert spans(first) == ["model-serving-<engine>",
                            "resource-claim-<engine>-<standalone|leader|worker>", "model-route"]
    assert set(manifests(asked, "--shape", "v1")) == fixed | set(spans(v1))
    assert set(manifests(asked, "--routing", "pool")) == fixed | set(spans(v2))


@test
def pods_of_6_3():
    """the common parts of pods, and the probe"""
    text = section("6.3")
    gang = engine("g", member("Leader", secrets=[{"name": "s"}]), member("Worker"))
    made = manifests(request(web(), gang))
    claim = child_name(NAME, "g", "leader", "devices")
    quoted = [span.replace("<nodePoolName>", "l4") if not span.startswith("resourceClaims")
              else span.replace("name: T", "name: x").replace("resourceClaimTemplateName: T",
                                                              "resourceClaimTemplateName: " + claim)
              for span in spans(text) if span not in ("request", "[]", "command", "spec.replicas")]
    for span in quoted:
        assert appears(made, span), span
    probe = {k: int(v) for k, v in re.findall(r"(\w+Seconds) (\d+)", text)}
    lone = made["model-serving-web"]["spec"]["template"]["spec"]["containers"][0]
    assert lone["readinessProbe"] == {"httpGet": {"path": "/health", "port": 8000}, **probe}
    assert lone["args"] == [] and "command" not in lone and "env" not in lone
    gang = made["model-serving-g"]["spec"]["leaderWorkerTemplate"]
    assert gang["size"] == 2
    pods = [gang[name]["spec"]["containers"][0] for name in ("leaderTemplate", "workerTemplate")]
    assert all("args" not in pod for pod in pods)
    assert "readinessProbe" not in pods[1] and "ports" not in pods[1]
    lone = manifests(request(web()), "--shape", "v1")["model-serving-web"]["spec"]["template"]
    assert "timeoutSeconds" not in lone["spec"]["containers"][0]["readinessProbe"]


@test
def labels_of_6_4():
    """the managed labels"""
    lone, leader, worker = table("6.4")
    gang = engine("g", member("Leader"), member("Worker"))
    made = manifests(request(web(), gang))
    pod = made["model-serving-web"]["spec"]["template"]["metadata"]
    workload = child_name(NAME, "web")
    first, second = spans(lone["managed labels"])
    assert pod == {"labels": {first: NAME, second: workload}}
    assert made["model-serving-web"]["spec"]["selector"]["matchLabels"] == {second: workload}
    first, second = spans(leader["managed labels"])
    gang = made["model-serving-g"]["spec"]["leaderWorkerTemplate"]
    assert gang["leaderTemplate"]["metadata"] == {
        "labels": {first: NAME, **pyyaml().safe_load(second)}}
    assert not spans(worker["managed labels"]) and "metadata" not in gang["workerTemplate"]


@test
def cache_and_env_of_6_5():
    """where the cache is told, and the variables of a gang"""
    text = section("6.5")
    model = next(s for s in spans(text) if s.startswith("--model=/"))
    cache = {"modelCacheRef": {"name": "w70"}}
    for given, want in (({}, [model]), ({"args": ["--x"]}, ["--x", model]),
                        ({"command": ["run"]}, []), ({"command": []}, [model]),
                        ({"args": ["--model", "m"]}, ["--model", "m"]),
                        ({"args": ["--model="]}, ["--model="]),
                        ({"args": ["--models=m"]}, ["--models=m", model])):
        made = manifests(request(engine("web", member(**given)), **cache))
        pod = made["model-serving-web"]["spec"]["template"]["spec"]
        assert pod["containers"][0]["args"] == want, given
    gang = engine("g", member("Leader"), member("Worker"))
    assert_quoted(text, manifests(request(gang, **cache)), ("--model", "--model="))


# ---- section 7 ----

@test
def service_of_7_1():
    """form (i): a Service"""
    made = manifests(request(web()), "--shape", "v1")
    assert_quoted(section("7.1"), made, ("model-service",))
    assert "model-service" in made and "timeouts" not in made["model-route"]["spec"]["rules"][0]


@test
def route_of_7():
    """the HTTPRoute that all forms share"""
    text = section("7").split("### 7.1")[0].split("All forms", 1)[1]
    for options in (), ("--routing", "pool"):
        made = manifests(request(web()), *options)
        assert made["model-route"]["metadata"] == {"name": NAME, "namespace": "default"}
        assert_quoted(text, made["model-route"], ("model-route",))


@test
def pool_and_picker_of_7_2():
    """form (ii): a pool and its picker"""
    made = manifests(request(web()), "--routing", "pool")
    text = section("7.2")
    for row in table("7.2"):
        key, cell = row["key"], row["object"]
        assert key in made, key
        assert made[key]["metadata"] == {"name": NAME + "-epp", "namespace": "default"}
        assert made[key]["kind"] == re.search(
            r"\b(ServiceAccount|RoleBinding|Role|ConfigMap|Deployment|Service)\b", cell)[0]
        for span in spans(cell):
            assert appears(made[key], named(span)), span
    prose = "\n".join(line for line in text.splitlines() if not line.startswith("|"))
    assert_quoted(prose, made, ("16", "inference-pool", *(s for _, s in digests(text))))
    ports = {p["name"]: p["containerPort"] for p in
             made["epp"]["spec"]["template"]["spec"]["containers"][0]["ports"]}
    assert ports == {name: int(port) for name, port in re.findall(r"`(grpc[-a-z]*)` (\d+)", text)}


def digests(text):
    return re.findall(r"at (\d+) (?:is )?`([0-9a-f]{64})`", text)


def assert_configs(number, ask, *options):
    text = section(number)
    want, = blocks(text)
    size = int(re.search(r"(\d+) bytes", text)[1])
    assert len(digests(text)) == 2
    for blocksize, digest in digests(text):
        made = manifests(ask(f"--block-size={blocksize}"), *options)
        config, = made["epp-config"]["data"].values()
        assert config == want.replace("blockSizeTokens: 16", "blockSizeTokens: " + blocksize)
        assert len(config) == size and hashlib.sha256(config.encode()).hexdigest() == digest
        sums = made["epp"]["spec"]["template"]["metadata"]["annotations"]
        assert sums == {"modelplane.ai/epp-config-checksum": digest}


@test
def unified_configuration_of_7_2():
    """the picker's configuration, byte by byte"""
    assert_configs("7.2", lambda flag: request(web(flag)), "--routing", "pool")


@test
def split_configuration_of_7_3():
    """the picker's configuration of PrefillDecode, byte by byte"""
    assert_configs("7.3", split)


@test
def stages_of_7_3():
    """form (iii): labels, sidecar and NIXL of the stages"""
    text = section("7.3").split("PrefillDecode config text")[0].replace("=P`", "=8001`")
    made = manifests(split())
    tree = copy.deepcopy(made)
    tree["P"] = [{"containerPort": 8001}]
    assert_quoted(text.replace("containerPort: P", "containerPort: 8001"), tree,
                  ("--port", "--kv-transfer-config", "NIXL is not available"))
    prefill, decode = (made["model-serving-" + n]["spec"]["template"] for n in ("one", "two"))
    assert prefill["metadata"]["labels"]["llm-d.ai/role"] == "prefill"
    assert decode["metadata"]["labels"]["llm-d.ai/role"] == "decode"
    assert [c["name"] for c in prefill["spec"]["containers"]] == ["engine"]
    serving, sidecar = decode["spec"]["containers"]
    assert serving["readinessProbe"]["httpGet"]["port"] == 8001
    assert sidecar["readinessProbe"]["httpGet"]["port"] == 8000
    for pod in prefill, decode:
        assert [v["name"] for v in pod["spec"]["volumes"]] == ["dshm", "nixl-shm"]
        assert [m["name"] for m in pod["spec"]["containers"][0]["volumeMounts"]] == ["dshm"]


@test
def gangs_of_7_3():
    """only the leader of a gang takes part in a stage"""
    asked = split()
    asked["observed"]["composite"]["resource"]["spec"]["engines"][1] = engine(
        "two", member("Leader", args=["--port", "9"]), member("Worker"), phase="Decode")
    gang = manifests(asked)["model-serving-two"]["spec"]["leaderWorkerTemplate"]
    serving, sidecar = gang["leaderTemplate"]["spec"]["containers"]
    assert serving["ports"] == [{"containerPort": 9}] and "--vllm-port=9" in sidecar["args"]
    worker = gang["workerTemplate"]
    assert "metadata" not in worker and len(worker["spec"]["containers"]) == 1
    assert [v["name"] for v in worker["spec"]["volumes"]] == ["dshm"]
    assert not [e for e in worker["spec"]["containers"][0]["env"] if "NIXL" in e["name"]]


BLOCK_SIZES = (
    ([], 16), (["--block-size=32"], 32), (["--block-size", "8"], 8), (["--page-size=4"], 4),
    (["--page-size", "1", "--block-size=2"], 1), (["--block-size=2", "--page-size=1"], 2),
    (["--block-size"], 16), (["--page-size=64", "--block-size"], 64), (["--block-size="], 16),
    (["--block-size=x", "--block-size=32"], 16), (["--block-size=-3"], -3), (["--block-size=0"], 0),
    (["--block-size= 32 "], 32), (["--block-size=1_000"], 1000), (["--block-size=0x10"], 16),
    (["--block-size=+7"], 7), (["--block-size=007"], 7), (["--block-size=3.0"], 16),
    (["--block-sizes=9"], 16), (["--block-size", "--page-size=8"], 16),
    (["--block-size=99999999999999999999"], 99999999999999999999),
)


@test
def block_sizes_of_7_4():
    """the block size, however it is written"""
    assert [s for s in spans(section("7.4")) if s.startswith("--")] == [
        "--block-size", "--page-size", "--port"]
    for args, want in BLOCK_SIZES:
        for asked, options in ((request(web(*args), engine("x", member(args=["--block-size=5"]))),
                                ("--routing", "pool")), (split(*args), ())):
            config, = manifests(asked, *options)["epp-config"]["data"].values()
            assert f"    blockSizeTokens: {want}\n" in config, (args, config)


@test
def encode_prefill_decode_of_7_6():
    """a third stage, as the text sketches it"""
    text = section("7.6")
    assert {"EncodePrefillDecode", "phase: Encode", "--ec-connector"} <= set(spans(text))
    made = manifests(split(mode="EncodePrefillDecode",
                           extra=[engine("three", member(), phase="Encode")]))
    sidecar = made["model-serving-two"]["spec"]["template"]["spec"]["containers"][1]
    assert [a for a in sidecar["args"] if a.startswith("--ec-connector=")]
    encode = made["model-serving-three"]["spec"]["template"]
    assert encode["metadata"]["labels"]["llm-d.ai/role"] == "encode"
    config = pyyaml().safe_load(*made["epp-config"]["data"].values())
    assert [p["name"] for p in config["schedulingProfiles"]] == ["encode", "prefill", "decode"]


main()

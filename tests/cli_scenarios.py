# SPDX-License-Identifier: Apache-2.0
"""Every upstream sample scenario with its fleet: where each deployment goes, or why it does not.

The expectations are written by hand from the samples.
"""
import json
import os
import subprocess
import sys
import tempfile

from cli_support import SHARED, YAML, Skip, expect, main, pyyaml, run, test

MANIFESTS = os.path.join(SHARED, "manifests")
FLEETS = os.path.join(SHARED, "fleets")

# name: (folders or files below manifests/, fleet, {deployment: places, or the reasons of clusters})
# A place is (cluster, [(engine, pool, nodes)]).
SCENARIOS = {
    "collecting-engine-metrics": (["collecting-engine-metrics"], "collecting-engine-metrics", {
        "qwen2-5-0-5b": [("gke-l4-single", [("qwen2-5-0-5b", "gpu-l4", 1)])]}),
    # Six clusters have a GPU of 20Gi: the lowest name wins.  None has one of 120Gi.
    "concepts": (["concepts"], "concepts", {
        "qwen3-8b": [("aks-westeurope", [("qwen3-8b", "gpuh100", 1)])],
        "qwen3-coder": {c: "EngineUnmatched" for c in (
            "aks-westeurope", "byo-us-east", "eks-us-west", "gke-us-central", "nebius-eu-north",
            "vultr-ewr")}}),
    "e2e": (["e2e"], "e2e", {"mock-demo": [("local", [("mock", "gpu-synthetic", 1)])]}),
    "getting-started-eks": (
        ["getting-started-common", "getting-started-eks/model-deployment.yaml"],
        "getting-started-eks", {"qwen-demo": [("eks-us-east", [("qwen", "gpu-l4", 1)])]}),
    # The deployment for the west is held to a region that has no cluster yet.
    "getting-started-eks before scaling": (
        ["getting-started-eks/model-deployment.yaml",
         "getting-started-eks/model-deployment-west.yaml"],
        "getting-started-eks", {"qwen-demo": [("eks-us-east", [("qwen", "gpu-l4", 1)])],
                                "qwen-west": {"eks-us-east": "SelectorMismatch"}}),
    "getting-started-eks scaled": (
        ["getting-started-common", "getting-started-eks"], "getting-started-eks--scaled", {
            "qwen-demo": [("eks-eu-central", [("qwen", "gpu-l40s", 1)])],
            "qwen-west": [("eks-us-west", [("qwen", "gpu-l40s", 1)])]}),
    "getting-started-vultr": (["getting-started-common", "getting-started-vultr"],
                              "getting-started-vultr", {}),
    "kimi-k2": (["kimi-k2"], "kimi-k2", {
        "kimi-k2": [("eks-kimi", [("kimi-prefill", "gpu-h200", 1), ("kimi-decode", "gpu-h200", 1)])]}),
    "laguna": (["laguna"], "laguna", {
        "laguna": [("nebius-eu-north", [("laguna", "gpu-h100", 1)])]}),
    "llama-3.1-8b": (["llama-3.1-8b"], "llama-3.1-8b", {
        "llama-3-1-8b": [("eks-l4-single", [("llama", "gpu-l4", 1)])]}),
    "overview": (["overview"], "overview", {
        "qwen-demo": [("eks-us-east", [("qwen", "gpu-l4", 1)])]}),
    "qwen2.5-72b": (["qwen2.5-72b"], "qwen2.5-72b", {
        "qwen-72b": [("aks-a100-single", [("qwen-72b", "gpua100", 1)]),
                     ("nebius-h100-single", [("qwen-72b", "gpu-h100", 1)])]}),
    "qwen3-8b": (["qwen3-8b"], "qwen3-8b", {
        "qwen3-8b": [("eks-l4", [("qwen3-8b", "gpu-l4", 1)])]}),
    "qwen3-8b-speculative-decoding": (
        ["qwen3-8b-speculative-decoding"], "qwen3-8b-speculative-decoding", {
            "qwen3-8b-spec": [("eks-l4", [("qwen3-8b-spec", "gpu-l4", 1)])]}),
    # The gang takes both nodes, so its one-node alternative has none.
    "qwen3-coder": (["qwen3-coder"], "qwen3-coder", {
        "qwen3-coder": [("eks-coder", [("qwen3-coder", "gpu-h200", 2)])],
        "qwen3-coder-sgl": {"eks-coder": "InsufficientNodes"}}),
    # Without EFA interfaces it is the other way round.
    "qwen3-coder fp8": (["qwen3-coder"], "qwen3-coder--fp8", {
        "qwen3-coder": {"eks-coder": "EngineUnmatched"},
        "qwen3-coder-sgl": [("eks-coder", [("qwen3-coder-sgl", "gpu-h200", 1)])]}),
    "seed-137/qwen-demo": (["seed-137/qwen-demo"], "seed-137/qwen-demo", {
        "qwen-demo": [("demo-us-central", [("qwen", "gpu-l4", 1)]),
                      ("demo-us-east", [("qwen", "gpu-l4", 1)])]}),
    # Documents wrapped as text, so nothing to place; the fleet's cluster waits for its class.
    "seed-137/reference": (["seed-137/reference"], "seed-137/reference", {}),
}
# In these the clusters and classes lie in the folder itself, so a status can be derived from them.
DERIVED = ("collecting-engine-metrics", "concepts", "e2e", "getting-started-vultr", "kimi-k2",
           "laguna", "llama-3.1-8b", "qwen2.5-72b", "qwen3-8b", "seed-137/qwen-demo",
           "getting-started-eks scaled")


FORMS = ([], ["--wrapped"], ["--routing", "pool"], ["--shape", "v1"],
         ["--routing", "pool", "--wrapped"], ["--assume-ready", "--infrastructure"],
         ["--assume-ready", "--infrastructure", "--wrapped"],
         ["--assume-ready", "--infrastructure", "--wrapped", "--shape", "v1"])


def arguments(name):
    if not os.path.isdir(MANIFESTS):
        raise Skip("no sample manifests")
    folders, fleet, _ = SCENARIOS[name]
    return ["-q", *(os.path.join(MANIFESTS, f) for f in folders),
            os.path.join(FLEETS, fleet + ".yaml")]


def nodes(engine):
    return engine["copies"] * sum(m["nodes"] for m in engine["members"] if m["claims"])


def composed(item):
    """Not a document of the input, and no event."""
    return (item["kind"] in ("ModelReplica", "ModelEndpoint")
            or (item["kind"] != "Event"
                and not item["apiVersion"].startswith("modelplane.ai/")))


def fit(tool, options, texts):
    """All documents of the texts are valid."""
    with tempfile.TemporaryDirectory() as folder:
        for i, text in enumerate(texts):
            with open(os.path.join(folder, f"{i}.yaml"), "w", encoding="utf-8") as f:
                f.write(text)
        done = subprocess.run([sys.executable, tool, "--quiet", *options, folder],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        assert done.returncode == 0, done.stdout.decode()


def places(plan):
    return [(p["cluster"], [(e["name"], e["members"][0]["pool"], nodes(e)) for e in p["engines"]])
            for p in plan["placements"]]


def check(plans, wanted):
    assert sorted(p["name"] for p in plans) == sorted(wanted), plans
    for plan in plans:
        want = wanted[plan["name"]]
        if isinstance(want, list):
            assert plan["verdict"] == "placed", plan
            assert places(plan) == want, places(plan)
        else:
            assert plan["verdict"] == "partial" and not plan["placements"], plan
            reasons = {c["name"]: c["code"] for c in plan["reasons"]["clusters"]}
            assert reasons == want, reasons


def refused(wanted):
    return any(isinstance(w, dict) for w in wanted.values())


def define(name):
    wanted = SCENARIOS[name][2]

    def plan():
        code = 1 if refused(wanted) else 0
        result = expect(run("plan", "-o", "json", *arguments(name)), code)
        assert result.err == "", result.err
        check(json.loads(result.out), wanted)
        table = expect(run("plan", *arguments(name)), code).out
        for deployment, want in wanted.items():
            if isinstance(want, dict):
                why = ("no InferenceCluster matches the cluster selector"
                       if set(want.values()) == {"SelectorMismatch"}
                       else "no cluster has room for another")
                assert f"{deployment}: 0 of 1 replicas: {why}" in table, table
                for cluster in want:
                    assert f"\n    {cluster} " in table, table

    plan.__doc__ = f"{name}: plan"
    test(plan)

    def render():
        tool = os.path.join(SHARED, "schemas", "validate.py")
        yaml = pyyaml()
        texts = []
        for more in FORMS:
            as_yaml = run("render", *more, *arguments(name)).out
            as_json = json.loads(run("render", "-o", "json", *more, *arguments(name)).out)
            assert list(yaml.safe_load_all(as_yaml)) == as_json["items"]
            assert run("render", *more, *arguments(name)).out == as_yaml
            texts.append(as_yaml)
        for more in ([], ["--infrastructure"], ["--assume-ready", "--infrastructure"]):
            items = json.loads(run("reconcile", "-o", "json", *more, *arguments(name)).out)["items"]
            texts.append(yaml.safe_dump_all(
                {k: v for k, v in o.items() if k != "status"} for o in items if composed(o)))
        fit(tool, [], texts)
        items = json.loads(run("reconcile", "-o", "json", "--shape", "v1",
                               *arguments(name)).out)["items"]
        fit(tool, ["--set", "seed-137"], [yaml.safe_dump_all(
            {k: v for k, v in o.items() if k != "status"} for o in items
            if o["kind"] in ("ModelReplica", "ModelEndpoint"))])

    render.__doc__ = f"{name}: rendered objects fit the schemas, YAML equals JSON"
    test(render)

    def valid():
        expect(run("validate", *arguments(name)), 0, " 0 errors")

    valid.__doc__ = f"{name}: the documents are valid"
    test(valid)


def define_derived(name):
    def derived():
        yaml = pyyaml()
        files = arguments(name)
        result = run("reconcile", "--assume-ready", "-o", "json", *files[:-1])
        got = {o["metadata"]["name"]: o["status"] for o in json.loads(result.out)["items"]
               if o["kind"] == "InferenceCluster"}
        with open(files[-1], encoding="utf-8") as f:
            fleet = [d for d in yaml.safe_load_all(f) if d]
        for cluster in fleet:
            status = got[cluster["metadata"]["name"]]
            for key in ("gpuPools", "providerConfigRef", "namespace"):
                assert status.get(key) == cluster["status"].get(key), (key, status)
            if not name.startswith("seed-137"):  # that state had no storage class
                assert status.get("cache") == cluster["status"].get("cache"), status
            have = {(c["type"], c["status"], c["reason"]) for c in status["conditions"]}
            want = {(c["type"], c["status"], c["reason"]) for c in cluster["status"]["conditions"]
                    if c["type"] != "Synced"}
            assert have == want, have ^ want
        plans = json.loads(run("plan", "--assume-ready", "-o", "json", *files[:-1]).out)
        check(plans, SCENARIOS[name][2])

    derived.__doc__ = f"{name}: the status derived is that of a control plane, and so is the plan"
    test(derived)


if not YAML:
    @test
    def without_yaml():
        """the command over the sample scenarios"""
        raise Skip("built without YAML")
else:
    for scenario in SCENARIOS:
        define(scenario)
    for scenario in DERIVED:
        define_derived(scenario)

if __name__ == "__main__":
    main()

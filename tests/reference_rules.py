# SPDX-License-Identifier: Apache-2.0
"""Sections 2, 3.10, 4, 5, 8 and 9 of the reference, read as tests.

Names, messages, conditions, weights and charts are taken from the text and looked for in what the
command answers.
"""
import json
import os
import re

from cli_support import main, test
from function_model import GROUP, call, child_name, opaque_name, shown
from reference_support import blocks, numbered, section, spans, table, unwrapped

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")


def cases(prefix):
    """The requests of tests/data/function whose names begin so."""
    folder = os.path.join(DATA, "function")
    for name in sorted(os.listdir(folder)):
        if name.startswith(prefix):
            with open(os.path.join(folder, name), encoding="utf-8") as f:
                yield json.load(f)["request"]


def answers(prefix):
    return [shown(r) for r in call(list(cases(prefix)))]


def as_pattern(text):
    """A message in which <x> stands for anything."""
    return "".join(".+" if part.startswith("<") else re.escape(part)
                   for part in re.split(r"(<[^<>]+>)", text))


def has(texts, message):
    return any(re.fullmatch(as_pattern(message), t) for t in texts)


# ---- 2: validation ----

def expand(rule, message):
    """The messages that one of the reference stands for."""
    if "<P>" in message and "phase" in message:
        return [message.replace("<P>", p) for p in ("Prefill", "Decode")]
    pairs = re.search(r"for ((?:\w+/\w+(?:, )?)+)", rule)
    if pairs:
        return [message.replace("<block>", block).replace("<P>", name).replace("<S>", name)
                for name, block in re.findall(r"(\w+)/(\w+)", pairs[1])]
    return [message]


@test
def messages():
    """2: every message of a rule is what some refused document gets, and with its number"""
    with open(os.path.join(DATA, "validate", "rules.json"), encoding="utf-8") as f:
        told = {(w["message"], c["rule"]) for c in json.load(f) for w in c["want"]}
    seen = 0
    for first, last, line in numbered(section("2")):
        wanted = [m for s in spans(line) if " " in s for m in expand(line, s)]
        if first == 15:  # rules 1-4 once more
            wanted = ["member " + m for m, n in told
                      if n in (1, 2, 3, 4) and m.startswith("template.metadata.labels")] + [
                          s for s in wanted if s != "member "]
        assert wanted, line
        for message in wanted:
            numbers = {n for m, n in told if m == message}
            assert any(isinstance(n, int) and first <= n <= last for n in numbers), (
                message, numbers, line)
            seen += 1
    for line in unwrapped(section("2")):
        if line.startswith(("**InferenceGateway**", "**ModelCache**")):
            for message in (s for s in spans(line) if " " in s):
                assert any(m == message for m, _ in told), message
                seen += 1
    assert seen >= 45, seen


# ---- 4: names ----

def place(name, cluster):
    """Names of two replicas of a deployment of that name, on that cluster."""
    request = next(cases("deployment-one-of-two-ready"))
    parent = request["observed"]["composite"]["resource"]
    parent["metadata"]["name"] = name
    parent["spec"]["replicas"] = 2
    request["observed"].pop("resources")
    fetched = request["requiredResources"]
    fetched["all-replicas"]["items"] = []
    only = fetched["clusters"]["items"][0]
    only["resource"]["metadata"]["name"] = cluster
    only["resource"]["status"]["gpuPools"][0]["nodes"] = 2
    fetched["clusters"]["items"] = [only]
    children = shown(call([request])[0])["children"]
    return {str(i): children[f"replica-{cluster}-{i}"][0]["metadata"]["name"] for i in range(2)}


def arguments(text):
    """The strings of a call; "56 x `x` followed by" repeats a letter."""
    text = re.sub(r'(\d+) x (\w) followed by "', lambda m: '"' + m[2] * int(m[1]), text)
    return re.findall(r'"([^"]*)"', text)


@test
def names():
    """4: the table of names, those of replicas through the command"""
    rows = table("4")
    assert len(rows) == 8, len(rows)
    for row in rows:
        asked = row["call"].replace("`x`", "x").strip("`")
        wanted = re.sub(r"(\d+) x `(\w)` followed by `", lambda m: "`" + m[2] * int(m[1]),
                        row["result"])
        wanted = spans(wanted)[0]
        parts = arguments(asked)
        if asked.startswith("opaque_name"):
            assert opaque_name(*parts) == wanted, row
            assert place(parts[0], parts[1])[parts[2]] == wanted, row
        elif asked.startswith("child_name"):
            assert child_name(*parts) == wanted, row
        else:  # Grove: 18 characters of the same
            assert "grove" in row["call"], row
            full = child_name(*parts)
            assert "-".join(parts)[:18].rstrip("-") + full[-6:] == wanted, row
    known = re.search(r"Known values.*?(?=\n[A-Z])", section("4"), re.S)[0]
    pairs = re.findall(r"(child_name|opaque_name)\(([^)]*)\) = `([^`]*)`", known)
    assert len(pairs) == 4, known
    for function, parts, wanted in pairs:
        made = child_name if function == "child_name" else opaque_name
        assert made(*re.findall(r'"([^"]*)"', parts)) == wanted, wanted


# ---- 3.10 and 5: deployments ----

@test
def conditions():
    """3.10: each row of the table is a condition that some deployment gets; events as well"""
    told = answers("deployment-")
    got = {(kind, *what) for t in told for kind, what in t["conditions"].items()}
    rows = table("3.10")
    assert len(rows) == 11, len(rows)
    events = [m for t in told for _, m in t["events"]]
    for row in rows:
        message = "" if row["message"].startswith("-") else spans(row["message"])[0]
        found = [g for g in got if g[:3] == (row["type"], row["status"].strip("*"), row["reason"])
                 and re.fullmatch(as_pattern(message), g[3])]
        assert found, row
        if "Warning event" in row["message"]:
            warned = re.search(r"Warning event `([^`]*)`", row["message"])
            assert has(events, warned[1] if warned else message), row
    scheduled = re.search(r"Event \(Normal\).*?: `([^`]*)`", section("3.10"))[1]
    scheduled = scheduled.split(": <")[0] + ": <names>"
    assert has(events, scheduled), scheduled
    assert "Scheduled 1 replicas across 1 clusters" in " ".join(events)


@test
def endpoint():
    """5: the address and the path of a replica's endpoint, and the labels of both"""
    block = next(b for b in blocks(section("5")) if "rewritePath" in b)
    given = {"namespace": "chat", "replica name": "m-733eb", "gateway address": "192.0.2.1"}
    fill = lambda text: re.sub(r"<([^<>]+)>", lambda m: given[m[1]], text)
    fields = dict(re.findall(r"spec\.(\w+):\s+(\S.*)", block))
    children = answers("deployment-one-of-two-ready")[0]["children"]
    made = children["endpoint-east-0"][0]
    assert made["spec"] == {k: fill(v) for k, v in fields.items()}, (made["spec"], fields)
    labels = spans(next(r["value"] for r in table("5") if r["target"] == "metadata.labels"))
    for key in (s for s in labels if s.startswith("modelplane.ai/")):
        assert key in made["metadata"]["labels"], key
        assert key in children["replica-east-0"][0]["metadata"]["labels"], key


# ---- 8: services and endpoints ----

def service(groups):
    """The weights that groups of (weight, endpoints) get."""
    fetched = {"inference-gateway": {"items": []}}
    for i, (_, count) in enumerate(groups):
        fetched[f"endpoints-{i}"] = {"items": [{"resource": {
            "apiVersion": GROUP, "kind": "ModelEndpoint",
            "metadata": {"name": f"e{i}-{n}", "namespace": "ns"},
            "spec": {"url": "http://192.0.2.1/"},
            "status": {"routing": {"backendName": f"b{i}-{n}"}}}} for n in range(count)]}
    request = {"observed": {"composite": {"resource": {
        "apiVersion": GROUP, "kind": "ModelService", "metadata": {"name": "s", "namespace": "ns"},
        "spec": {"endpoints": [{"selector": {"matchLabels": {"app": str(i)}}, "weight": w}
                               for i, (w, _) in enumerate(groups)]}}}},
        "requiredResources": fetched}
    route = shown(call([request])[0])["children"]["httproute"][0]
    return [b["weight"] for b in route["spec"]["rules"][0]["backendRefs"]]


@test
def weights():
    """8.2: the examples of weights"""
    line = re.search(r"^Examples \(weight, endpoints\): (.*?)\. V1", section("8.2"), re.M)[1]
    examples = line.split("; ")
    assert len(examples) == 5, examples
    for example in examples:
        asked, wanted = example.split(" -> ")
        groups = [tuple(map(int, g)) for g in re.findall(r"\((\d+),(\d+)\)", asked)]
        assert service(groups) == [int(w) for w in wanted.split()], example


@test
def routing():
    """8: the reasons and the messages of endpoints and services"""
    told = answers("endpoint-") + answers("service-")
    reasons = {what[1] for t in told for what in t["conditions"].values()}
    texts = [what[2] for t in told for what in t["conditions"].values()]
    text = section("8.1") + section("8.2")
    for reason in ("InvalidURL", "BackendConfigured", "WaitingForBackend", "NoEndpoints",
                   "Resolved", "RouteConfigured", "Configuring"):
        assert f"`{reason}`" in text, f"the reference does not say {reason}"
        assert reason in reasons, reason
    for message in spans(text):
        if message.startswith(("Invalid spec.url", "No ModelEndpoints", "Matched <n>")):
            assert has(texts, message), message
    tail = next(s for s in spans(text) if s.startswith("; <w>"))
    assert any(re.search(as_pattern(tail) + "$", t) for t in texts), tail


# ---- 9: clusters ----

@test
def charts():
    """9.2: every chart with its repository, version and namespace"""
    requests = [next(cases("stack-" + k)) for k in ("standard", "dynamo", "efa", "infiniband")]
    for request in requests:  # no versions of one's own
        request["observed"]["composite"]["resource"]["spec"].pop("versions", None)
    standard, dynamo, *first = (shown(r)["children"] for r in call(requests))
    seen = 0
    for row in table("9.2"):
        keys = re.sub(r"\([^)]*\)", "", row["component (key)"].split(":")[-1]).split(",")
        if not row["repository"].startswith(("http", "oci")):
            continue
        for key, chart in zip((k.strip() for k in keys), row["chart"].split(", ")):
            children = dynamo if "V3" in row["component (key)"] else standard
            made = children[key][0]["spec"]["forProvider"]
            version = re.sub(r" \(.*", "", row["version"])
            assert made["chart"] == {"name": chart, "repository": row["repository"],
                                     "version": version}, (row, made)
            assert made["namespace"] == row["namespace"], (row, made)
            external = children[key][0]["metadata"]["annotations"]["crossplane.io/external-name"]
            assert external == "mp-" + chart, external
            seen += 1
    assert seen == 10, seen
    for name, version in re.findall(r"`(aws-dranet|network-operator)` ([\d.]+)", section("9.2")):
        children = first[name == "network-operator"]
        assert children[name][0]["spec"]["forProvider"]["chart"]["version"] == version.rstrip(".")
    bundle = next(r["version"] for r in table("9.2") if "gaie-crd" in r["component (key)"])
    crds = [v[0]["spec"]["forProvider"]["manifest"] for k, v in standard.items()
            if k.startswith("gaie-crd-")]
    assert len(crds) == 3
    for crd in crds:
        held = crd["metadata"]["annotations"]["inference.networking.k8s.io/bundle-version"]
        assert bundle == "bundle " + held, (bundle, held)


@test
def cluster():
    """9.1: the reasons and messages of clusters, and of what keeps one from being deleted"""
    told = answers("cluster-")
    got = {(kind, what[1]) for t in told for kind, what in t["conditions"].items()}
    text = section("9.1")
    for kind, reasons in (("ClusterReady", ("ClusterRunning", "Provisioning", "WaitingForClasses")),
                          ("BackendReady", ("BackendHealthy", "WaitingForCluster", "Installing"))):
        for reason in reasons:
            assert f"`{reason}`" in text and (kind, reason) in got, (kind, reason)
    texts = [m for t in told for _, m in t["events"]]
    for message in spans(text):
        if message.startswith(("Waiting for InferenceClasses", "InferenceClass <name>")):
            assert has(texts, message), message
    usage = next(t["children"]["usage-replicas"][0] for t in told
                 if "usage-replicas" in t["children"])
    assert usage["spec"]["reason"] == re.search(r"ClusterUsage \(reason `([^`]*)`", text)[1]


main()

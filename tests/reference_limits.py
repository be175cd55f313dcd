# SPDX-License-Identifier: Apache-2.0
"""The limits and rules of the reference, read from its text, against mp_validate().

A row of limits names its numbers by patterns; every number of a row is either the limit of a field,
tried at it and one beyond it, or of a pattern that says what else it is.  So a number that changes,
here or there, is seen.
"""
import copy
import json
import os
import re
import subprocess
import tempfile

from cli_support import TOP, Skip, main, test
from reference_support import numbered, section, spans, tables

HERE = os.path.dirname(os.path.abspath(__file__))
DUMP = os.path.join(os.environ.get("builddir", HERE), "validate_dump")
DATA = os.path.join(TOP, "tests", "data", "validate")
OTHER = None  # in place of a path: a number that is no limit of a field

DEVICE = "devices[0]."
CLUSTER = "spec.cluster."
ENGINE = "engines[0]."
MEMBER = ENGINE + "members[0]."
POD = MEMBER + "template.spec."
LO, HI, BOTH = r"(?P<lo>\d+)", r"(?P<hi>\d+)", r"(?P<lo>\d+)\.\.(?P<hi>\d+)"


def under(prefix, *paths):
    return [prefix + p for p in paths]


CLOUDS = ["gke", "eks", "aks", "nebius", "vultr"]
ACCELERATORS = [f"spec.provisioning.{b}.accelerator." for b in CLOUDS]

# kind -> {how the row begins: [(pattern, paths of the fields, or OTHER)]}
CLASS_ROWS = {
    "provisioning.gke": [
        (rf"machineType \(>={LO} char\)", ["spec.provisioning.gke.machineType"]),
        (r"default 100", OTHER), (rf"min {LO}\b", ["spec.provisioning.gke.diskSizeGb"]),
        (rf"type {BOTH}", [a + "type" for a in ACCELERATORS]),
        (rf"count {BOTH}", [a + "count" for a in ACCELERATORS])],
    "provisioning.eks": [(r"default 100", OTHER),
                         (rf"min {LO}\b", ["spec.provisioning.eks.diskSizeGb"])],
    "provisioning.nebius": [(rf"platform {BOTH}", ["spec.provisioning.nebius.platform"]),
                            (rf"preset {BOTH}", ["spec.provisioning.nebius.preset"]),
                            (rf"driversPreset {BOTH}", ["spec.provisioning.nebius.driversPreset"]),
                            (r"`cuda13\.0`", OTHER)],
    "provisioning.vultr": [(rf"plan {BOTH}", ["spec.provisioning.vultr.plan"])],
    "devices[] (required)": [(BOTH, ["spec.devices"])],
    "devices[].name": [(BOTH, ["spec.devices[0].name"])],
    "devices[].driver": [(BOTH, ["spec.devices[0].driver"])],
    "devices[].deviceClassName": [(BOTH, ["spec.devices[0].deviceClassName"])],
    "devices[].count": [(r"int \| 1 \|", OTHER), (BOTH, ["spec.devices[0].count"])],
    "devices[].attributes{name}": [
        (rf"string \(<={HI}\)", ["spec.devices[0].attributes.productName.string"]),
        (rf"version \(<={HI}\)", ["spec.devices[0].attributes.driverVersion.version"]),
        (r"int64", OTHER), (rf"<={HI} keys", ["spec.devices[0].attributes"])],
    "devices[].capacity{name}.value": [
        (rf"<={HI} keys", ["spec.devices[0].capacity"]),
        (rf"{BOTH} chars", ["spec.devices[0].capacity.memory.value"])],
}
CLUSTER_ROWS = {
    "spec.cluster.source": [(r"V1: GKE", OTHER)],
    "spec.cluster.existing.secretRef": [
        (BOTH, under(CLUSTER + "existing.", "secretRef.name", "secretRef.key",
                     "identitySecretRef.name", "identitySecretRef.key"))],
    "spec.cluster.existing.cache": [(BOTH, [CLUSTER + "existing.cache.storageClassName"]),
                                    (r"\(V1 default", OTHER)],
    "spec.cluster.{gke": [(BOTH, under(CLUSTER, "gke.region", "eks.region", "vultr.region",
                                       "aks.location"))],
    "spec.cluster.X.kubernetesVersion": [
        (r"gke 1\.35, eks 1\.36, aks 1\.34, nebius 1\.34, vultr v1\.36\.1\+3", OTHER)],
    "spec.cluster.X.credentials": [(rf"name {BOTH}",
                                    [f"{CLUSTER}{b}.credentials.name" for b in CLOUDS])],
    "spec.taints[]": [(r"\(V2\)", OTHER), (rf"key >={LO} char", ["spec.taints[0].key"])],
    "spec.nodePools[] ": [(BOTH, ["spec.nodePools"])],
    "spec.nodePools[].name": [(rf"name <={HI}", ["spec.nodePools[0].name"]),
                              (rf"className {BOTH}", ["spec.nodePools[0].className"])],
    "spec.nodePools[].nodeCount": [(r"int \| 1 \|", OTHER),
                                   (rf">={LO}", ["spec.nodePools[0].nodeCount"])],
    "spec.nodePools[].minNodeCount": [(rf"\| >={LO}", ["spec.nodePools[0].minNodeCount"]),
                                      (rf"/ >={LO}", ["spec.nodePools[0].maxNodeCount"])],
    "spec.nodePools[].capacityBlock": [
        (r"\(V2\)|0-9", OTHER),
        (BOTH, ["spec.nodePools[0].capacityBlock.capacityReservationId"])],
    "spec.nodePools[].fabric": [(r"\(V2\)", OTHER),
                                (BOTH, ["spec.nodePools[0].fabric.infiniband.fabric"])],
    "spec.stack": [(r"\(V3\)", OTHER)],
    "status.providerConfigRef": [(rf"<={HI}", ["status.cache.storageClassName"])],
    "status.gpuPools[] ": [(rf"<={HI}", ["status.gpuPools"])],
    "status.gpuPools[].name": [(r"0 or negative", OTHER)],
    "status.gpuPools[].devices[]": [(rf"<={HI}", ["status.gpuPools[0].devices"])],
}
SPEC = "spec.template.spec."
DEVICES = SPEC + MEMBER + "nodeSelector.devices"
DEPLOYMENT_ROWS = {
    "spec.replicas": [(BOTH, ["spec.replicas"])],
    "spec.template.metadata.labels": [(rf"<={HI} keys", ["spec.template.metadata.labels"]),
                                      (rf"values <={HI}", ["spec.template.metadata.labels.team"])],
    "spec.template.spec.modelCacheRef.name": [(rf">={LO}", [SPEC + "modelCacheRef.name"])],
    "spec.template.spec.engines[]": [(BOTH, [SPEC + "engines"])],
    "engines[].name": [(BOTH, [SPEC + ENGINE + "name"])],
    "engines[].copies": [(r"int \| 1 \|", OTHER), (BOTH, [SPEC + ENGINE + "copies"])],
    "engines[].members[]": [(BOTH, [SPEC + ENGINE + "members"])],
    "members[].nodeSelector.devices[]": [(BOTH, [DEVICES])],
    "...devices[].name": [(BOTH, [DEVICES + "[0].name"])],
    "...devices[].count": [(r"int \| 1 \|", OTHER), (BOTH, [DEVICES + "[0].count"])],
    "...devices[].selectors[]": [(rf"\| {BOTH},", [DEVICES + "[0].selectors"]),
                                 (rf"cel {BOTH}", [DEVICES + "[0].selectors[0].cel"])],
    "members[].worker.nodes": [(BOTH, [SPEC + ENGINE + "members[1].worker.nodes"])],
    "members[].template.metadata": [
        (rf"<={HI} keys", under(SPEC + MEMBER + "template.metadata.", "labels", "annotations")),
        (rf"label values <={HI}", [SPEC + MEMBER + "template.metadata.labels.tier"]),
        (rf"annotation values <={HI}", [SPEC + MEMBER + "template.metadata.annotations.note"])],
    "members[].template.spec.containers[]": [
        (r"exactly (?P<lo>(?P<hi>\d+))", [SPEC + POD + "containers"])],
    "containers[].name": [(rf">={LO} char", under(SPEC + POD + "containers[0].", "name", "image"))],
    "containers[].env[]": [(r"V2 adds", OTHER)],
    "status.replicas.total": [(r"V2 also", OTHER)],
}
REQUESTS = "spec." + MEMBER + "deviceRequests"
REPLICA_PROSE = [
    (rf"`clusterName` \(>={LO}", ["spec.clusterName"]),
    (rf"`engines\[\]` \(req, {BOTH}", ["spec.engines"]),
    (rf"`name`\s{BOTH}", ["spec.engines[0].name"]),
    (rf"`copies` default 1 \({BOTH}\)", ["spec.engines[0].copies"]),
    (rf"`members\[\]` {BOTH}", ["spec.engines[0].members"]),
    (rf"`nodePoolName`\*\* \(req, >={LO}", ["spec." + MEMBER + "nodePoolName"]),
    (rf"`deviceRequests\[\]`\*\* \(absent or\s{BOTH}", [REQUESTS]),
    (rf": name {BOTH}", [REQUESTS + "[0].name"]),
    (rf"deviceClassName {BOTH}", [REQUESTS + "[0].deviceClassName"]),
    (rf"count default 1 in {BOTH}", [REQUESTS + "[0].count"]),
    (rf"selectors\[\] {BOTH} of", [REQUESTS + "[0].selectors"]),
    (rf"cel {BOTH}", [REQUESTS + "[0].selectors[0].cel"]),
]
OTHER_ROWS = {
    "spec.url": ("ModelEndpoint", [(rf">={LO}", ["spec.url"])]),
    "spec.endpoints[]": ("ModelService", [(rf">={LO}, required;", ["spec.endpoints"]),
                                          (r"default 1,|\(V1: no", OTHER),
                                          (BOTH, ["spec.endpoints[0].weight"])]),
    "spec.source": ("ModelCache", [(rf"repo >={LO}", ["spec.huggingFace.repo"]),
                                   (rf"name >={LO}", ["spec.huggingFace.authSecret.name"]),
                                   (rf"sizeGiB {BOTH}", ["spec.huggingFace.sizeGiB"])]),
}


# ---- documents around a limit ----

def samples(shape="V2"):
    with open(os.path.join(DATA, "every-field.json"), encoding="utf-8") as f:
        return {s["document"]["kind"]: s["document"] for s in json.load(f) if s["shape"] == shape}


def steps(path):
    return [int(p) if p.isdigit() else p for p in re.findall(r"[^.\[\]]+", path)]


def stand_in(value, size, path):
    """A value like that one whose size is the given one."""
    if isinstance(value, str):
        return (value[:3] + "0" * size)[:size]
    if isinstance(value, int):
        return size
    if isinstance(value, dict):
        return {f"k{i}": next(iter(value.values())) for i in range(size)}
    out = [copy.deepcopy(value[i % len(value)]) for i in range(size)]
    for i, item in enumerate(out):
        if "name" in item and not path.endswith("containers"):
            item["name"] = f"n{i}"
    return out


def with_changed(document, path, change):
    """A copy in which change() was made of the value at a path; None: a key is not there."""
    changed = copy.deepcopy(document)
    node = changed
    *way, last = steps(path)
    for step in way:
        node = node[step]
    node[last] = change(node.get(last) if isinstance(node, dict) else node[last])
    return changed


def with_size(document, path, size):
    return with_changed(document, path, lambda value: stand_in(value, size, path))


def verdicts(items):
    """(violations of the structure, broken rules, the first one) of each document."""
    if not os.path.exists(DUMP):
        raise Skip("validate_dump is not built")
    with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
        json.dump([{"shape": "V2", "document": d} for d in items], f)
        f.flush()
        done = subprocess.run([DUMP, f.name], stdout=subprocess.PIPE, check=True)
    return [line.split(" ", 2) for line in done.stdout.decode().splitlines()]


def bounds_of(text, patterns):
    """(path, lowest, highest) of a text; asserts that no number of it is left over."""
    rest, found = text, []
    for pattern, paths in patterns:
        match = re.search(pattern, text)
        assert match, f"no {pattern!r} in {text!r}"
        rest = re.sub(pattern, "", rest)
        numbers = {k: int(v) for k, v in match.groupdict().items()} if paths else {}
        found += [(p, numbers.get("lo"), numbers.get("hi")) for p in paths or ()]
    assert not re.search(r"\d", rest), f"a number that no pattern names: {rest!r}"
    return found


def check(document, bounds):
    """Each limit is accepted by the structure, and one beyond it refused there."""
    tried = []
    for path, low, high in bounds:
        for size, fine in ((low, True), (low and low - 1, False), (high, True),
                           (high and high + 1, False)):
            if size is not None and not (low == 0 and not fine and size == low):
                tried.append((path, size, fine))
        if low == 0 and path.endswith("Count"):
            tried.append((path, -1, False))
    for (path, size, fine), (structure, _, first) in zip(tried, verdicts(
            [with_size(document, p, s) for p, s, _ in tried])):
        assert fine == (structure == "0"), f"{path} of size {size}: {first}"
        parent = path.rsplit("[", 1)[0]  # a rule of the list may be told first
        assert fine or first.startswith((path, parent)), f"{path} of size {size}: {first}"
    assert tried


def line_of(row):
    return "| " + " | ".join(row.values()) + " |"


def check_table(number, kind, patterns):
    rows, bounds = tables(section(number))[0], []
    used = set()
    for row in rows:
        line = line_of(row)
        name = next((n for n in patterns if line.startswith("| " + n)), None)
        used.add(name)
        bounds += bounds_of(line, patterns.get(name, []))
    assert set(patterns) <= used, f"rows that are gone: {set(patterns) - used}"
    check(samples()[kind], bounds)


@test
def classes():
    """1.1: the limits of InferenceClass"""
    check_table("1.1", "InferenceClass", CLASS_ROWS)


@test
def clusters():
    """1.2: the limits of InferenceCluster"""
    check_table("1.2", "InferenceCluster", CLUSTER_ROWS)


@test
def deployments():
    """1.3: the limits of ModelDeployment"""
    check_table("1.3", "ModelDeployment", DEPLOYMENT_ROWS)


@test
def replicas():
    """1.4: the limits of ModelReplica"""
    check(samples()["ModelReplica"], bounds_of(section("1.4"), REPLICA_PROSE))


@test
def other_kinds():
    """1.5: the limits of the other kinds"""
    used = set()
    for row in tables(section("1.5"))[0]:
        line = line_of(row)
        name = next((n for n in OTHER_ROWS if row["field"] == n), None)
        kind, patterns = OTHER_ROWS.get(name, (None, []))
        used.add(name)
        bounds = bounds_of(line, patterns)
        if kind:
            check(samples()[kind], bounds)
    assert set(OTHER_ROWS) <= used


# ---- choices ----

CHOICES = [  # section, pattern around the words, kind, path
    ("1.1", r"provisioning\.provider \| enum ([^|]*) \|", "InferenceClass",
     "spec.provisioning.provider"),
    ("1.1", r"devices\[\]\.claim \| enum ([^|]*) \|", "InferenceClass", "spec.devices[0].claim"),
    ("1.2", r"spec\.cluster\.source \(req\) \| enum ([^|]*) \|", "InferenceCluster",
     CLUSTER + "source"),
    ("1.2", r"credentials\{type,name\} \| type ([^|]*) \|", "InferenceCluster",
     CLUSTER + "gke.credentials.type"),
    ("1.2", r"effect req enum ([^|]*) \|", "InferenceCluster", "spec.taints[0].effect"),
    ("1.2", r"\(V2\) \| type enum ([^|]*) \|", "InferenceCluster",
     "spec.nodePools[0].fabric.type"),
    ("1.2", r"spec\.stack \(V3\) \| enum ([^|]*) \|", "InferenceCluster", "spec.stack"),
    ("1.3", r"serving\.mode \|[^|]*\| enum ([^|]*) \|", "ModelDeployment",
     SPEC + "serving.mode"),
    ("1.3", r"operator enum (\w+, \w+) default", "ModelDeployment",
     SPEC + "tolerations[0].operator"),
    ("1.3", r"effect enum (\w+, \w+) \(", "ModelDeployment", SPEC + "tolerations[0].effect"),
    ("1.3", r"engines\[\]\.phase \|[^|]*\| enum ([^|]*) \|", "ModelDeployment",
     SPEC + ENGINE + "phase"),
    ("1.3", r"members\[\]\.role \|[^|]*\| enum ([^|]*) \|", "ModelDeployment",
     SPEC + MEMBER + "role"),
    ("1.5", r"spec\.backend \| enum (\w+)", "InferenceGateway", "spec.backend"),
    ("1.5", r"loadBalancer enum (\w+)", "InferenceGateway", "spec.traefik.loadBalancer"),
    ("1.5", r"spec\.source \| enum (\w+)", "ModelCache", "spec.source"),
    ("1.5", r"phase enum ([\w, ]+), message", "ModelCache", "status.clusters[0].phase"),
]


def with_value(document, path, value):
    if "taints" in path:  # of which no two may be the same
        document = copy.deepcopy(document)
        del document["spec"]["taints"][1:]
    return with_changed(document, path, lambda _: value)


@test
def choices():
    """every word of an enumeration is accepted, and others are refused with the list"""
    documents = samples()
    for number, pattern, kind, path in CHOICES:
        found = re.search(pattern, section(number))
        assert found, (number, pattern)
        words = re.split(r", | or ", found[1])
        wrong = [words[0] + "X", words[-1].lower(), ""]
        told = verdicts([with_value(documents[kind], path, w) for w in words + wrong])
        assert [t[0] == "0" for t in told] == [True] * len(words) + [False] * len(wrong), (
            path, words, told)
        text = told[len(words)][2]
        if text.startswith(path):
            assert all(word in text for word in words), text


# ---- the rules ----

def rules():
    """{number: [message]} of section 2; <P> and the like written out."""
    found = {}
    for first, last, line in numbered(section("2")):
        messages = [s for s in spans(line.split(" - ", 1)[-1]) if " " in s and len(s) > 30]
        messages = messages or [s for s in spans(line) if s.startswith("member ")][:1]
        assert len(messages) >= 1, line
        message = messages[0]
        pairs = re.findall(r"(\w+)/(\w+)", line) if "<block>" in message else []
        if pairs:
            messages = [re.sub("<[PS]>", p, message.replace("<block>", b)) for p, b in pairs]
        elif "<P>" in message:
            messages = [message.replace("<P>", p)
                        for p in re.search(r"for P = (\w+) then (\w+)", line).groups()]
        elif first == 15:  # to 18: rules 1-4 once more
            messages = ["member " + found[n] for n in (1, 2, 3, 4)]
        else:
            messages = [message]
        assert len(messages) == last - first + 1, (line, messages)
        found.update(zip(range(first, last + 1), messages))
    return found


def refused():
    """{rule: [(kind, message)]} of the documents that are refused, and {rule: count} accepted."""
    told, accepted = {}, {}
    with open(os.path.join(DATA, "rules.json"), encoding="utf-8") as f:
        for case in json.load(f):
            if not case["want"]:
                accepted[case["rule"]] = accepted.get(case["rule"], 0) + 1
            for want in case["want"]:
                told.setdefault(want.get("rule", case["rule"]), []).append(
                    (case["document"]["kind"], want["message"]))
    return told, accepted


@test
def numbered_rules():
    """2: every numbered rule refuses a document with exactly its words, and accepts another"""
    wanted, (told, accepted) = rules(), refused()
    assert sorted(wanted) == list(range(1, 39)), sorted(wanted)
    for number, message in wanted.items():
        messages = {m for _, m in told[number]}
        assert messages == {message}, (number, message, messages)
        assert accepted.get(number), f"no document is accepted by rule {number}"


@test
def rules_of_replicas():
    """2: the rules that a ModelReplica shares with a ModelDeployment refuse both"""
    line = re.search(r"\*\*ModelReplica\*\*: rules ([\d, and-]+) with", section("2"))[1]
    shared = []
    for first, last in re.findall(r"(\d+)(?:-(\d+))?", line):
        shared += range(int(first), int(last or first) + 1)
    told, _ = refused()
    for number in shared:
        kinds = {k for k, _ in told[number]}
        assert {"ModelDeployment", "ModelReplica"} <= kinds, f"rule {number} refuses {kinds}"


@test
def rules_without_numbers():
    """2: the messages of InferenceGateway and ModelCache"""
    text = section("2")
    text = text[text.index("**InferenceGateway**"):]
    messages = [s for s in spans(text) if s.startswith("spec.")]
    assert len(messages) == 3, messages
    told = {m for rule in refused()[0].values() for _, m in rule}
    assert set(messages) <= told, set(messages) - told


main()

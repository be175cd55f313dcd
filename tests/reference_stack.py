# SPDX-License-Identifier: Apache-2.0
"""Sections 4 to 9 of the reference, what the other tests by it leave: keys, requirements, wrappers,
gangs of the Dynamo stack, endpoints, services, clusters and what is installed on them.

Every quoted value of a line is looked for in an answer, and numbers are tried.
"""
import copy
import json
import os
import re

from cli_support import main, test
from function_model import GROUP, call, child_name, opaque_name, shown
from reference_support import appears, quoted_in, reference, section, spans, table

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data", "function")


def case(name):
    with open(os.path.join(DATA, name + ".json"), encoding="utf-8") as f:
        return json.load(f)["request"]


def answer(request, *options):
    response, = call([request], *options)
    return {**shown(response), "requirements": response.get("requirements", {})}


def line_of(number, start):
    """The line of a section that begins so, with the lines that are indented under it."""
    found = re.search(rf"^{re.escape(start)}.*(?:\n  .*)*", section(number), re.M)
    assert found, f"{number} has no line {start!r}"
    return found[0]


def number_in(pattern, text):
    found = re.search(pattern, text)
    assert found, f"{pattern!r} is not in {text!r}"
    return int(found[1])


def filled(**given):
    """Puts what is given for <x> in a quoted text."""
    return lambda span: re.sub(r"<([\w ]+)>", lambda m: given.get(m[1].replace(" ", "_"), m[0]),
                               span)


def replica(*engines, stack="Standard", **spec):
    cluster = {"apiVersion": GROUP, "kind": "InferenceCluster", "metadata": {"name": "east"},
               "spec": {"cluster": {"source": "Existing"}, "stack": stack},
               "status": {"providerConfigRef": {"name": "east-config"}}}
    return {"observed": {"composite": {"resource": {
        "apiVersion": GROUP, "kind": "ModelReplica", "metadata": {"name": "r", "namespace": "ns"},
        "spec": {"clusterName": "east", "engines": list(engines), **spec}}}},
        "requiredResources": {"cluster": {"items": [{"resource": cluster}]}}}


def member(role="Standalone", nodes=None, **container):
    made = {"role": role, "nodePoolName": "p", "template": {"spec": {
        "containers": [{"name": "engine", "image": "i", **container}]}},
        "deviceRequests": [{"name": "gpu", "deviceClassName": "c", "count": 1,
                            "selectors": [{"cel": "true"}]}]}
    return {**made, "worker": {"nodes": nodes}} if nodes else made


def gang(nodes=None, **container):
    return [member("Leader", **container), member("Worker", nodes, **container)]


def engine(*members, name="e", **more):
    return {"name": name, "members": list(members), **more}


def manifest(answered, key):
    return answered["children"][key][0]["spec"]["forProvider"]["manifest"]


def objects(answered):
    return [child for child, _ in answered["children"].values()]


# ---- 4 and 5 ----

@test
def name_rules():
    """4: how many characters of a name can be read, and how many digits follow"""
    text = section("4")
    digits = number_in(r"`h` = first (\d+) hex digits", text)
    whole = number_in(r"at most (\d+) characters\.", text)
    room = {number_in(rf"\*\*{kind}\(.*?prefix = first (\d+) characters", text)
            for kind in ("child_name", "opaque_name")}
    made = {child_name("x" * 99), opaque_name("x" * 99, "y")}
    assert {len(n) for n in made} == {whole} and {len(n.rsplit("-")[0]) for n in made} == room
    assert {len(n.rsplit("-")[1]) for n in made} == {digits}
    long = replica(engine(*gang(), name="e" * 40), stack="Dynamo")
    long["observed"]["composite"]["resource"]["metadata"]["name"] = "r" * 17
    set_name = manifest(answer(long), "model-serving-" + "e" * 40)["metadata"]["name"]
    grove = line_of("4", "- **V3 PodCliqueSet**")
    read = number_in(r"prefix = first (\d+) characters", grove)
    assert set_name == "r" * (read - 1) + child_name("r" * 17, "e" * 40)[-6:], set_name
    assert child_name("r" * 18, "e")[:18] == "r" * 18 and read == 18
    assert number_in(r"at most (\d+) characters", grove) == read + 1 + digits
    assert number_in(r"to (\d+) and needs", grove) == read + 1 + digits + 1 + len(
        spans(grove)[-1]), grove
    assert number_in(r"needs (\d+) for", grove) == len(spans(grove)[-1])
    claim = answer(replica(engine(member()), modelCacheRef={"name": "w"}))
    assert appears(objects(claim), child_name("r", "e"))
    parts = spans(line_of("4", "- **Workload**"))
    assert appears(objects(claim), child_name("r", "e", "standalone", parts[0])), parts
    assert appears(objects(claim), child_name(parts[1], "ns", "w")), parts


@test
def deployments():
    """5: keys, defaults and what is left out; the status counts"""
    request = case("deployment-one-of-two-ready")
    spec = request["observed"]["composite"]["resource"]["spec"]
    for e in spec["template"]["spec"]["engines"]:
        e.pop("copies", None)
    made = answer(request)
    keys = (line_of("4", "- Response keys"), line_of("5", "For each candidate"),
            line_of("5", "Endpoint: for each"))
    for key in {s for line in keys for s in spans(line) if "<cluster>" in s}:
        assert filled(cluster="east", index="0")(key) in made["children"], key
    rows = {r["target"]: r["value"] for r in table("5")}
    child = made["children"]["replica-east-0"][0]["spec"]
    for e in child["engines"]:
        assert e["copies"] == number_in(r"default (\d+)", rows["spec.engines[]"])
    assert "never `[]`" in rows["members[].deviceRequests[]"]
    assert all(m.get("deviceRequests") != [] for e in child["engines"] for m in e["members"])
    status = line_of("5", "Status:")
    for name in spans(status)[:2]:
        group, field = name.split(".")
        assert field in made["status"][group], name
    none = answer(case("deployment-insufficient"))["status"]["replicas"]
    zero = number_in(r"even when (\d+)", status)
    assert none == {s.split(".")[1]: zero for s in spans(status)[:2]}, none


@test
def requirements():
    """6, 8.2 and 9.1: what is asked for, under which names"""
    asked = answer(replica(engine(member())))["requirements"]["resources"]
    field, name = spans(line_of("6", "Requires InferenceCluster"))[:2]
    want = asked[name]
    assert want["kind"] == "InferenceCluster" and field == "spec.clusterName"
    assert want["matchName"] == "east", want
    text = line_of("8.2", "Requirements:")
    gateway, default, entry = spans(text)
    asked = answer(case("service-weights"))["requirements"]["resources"]
    assert asked[gateway]["kind"] == "InferenceGateway" and asked[gateway]["matchName"] == default
    assert asked[entry.replace("<i>", "0")]["kind"] == "ModelEndpoint", asked
    assert "namespace" not in asked[entry.replace("<i>", "0")]
    asked = answer(case("cluster-first"))["requirements"]["resources"]
    prefix = spans(line_of("9.1", "Each distinct className"))[0].split("<")[0]
    classes = [k for k in asked if asked[k]["kind"] == "InferenceClass"]
    assert classes and all(k.startswith(prefix) for k in classes), asked


@test
def accepted():
    """6: what makes a workload accepted"""
    path = next(s for s in spans(section("6")) if s.startswith("status."))
    request = replica(engine(member()))
    for held, want in (({}, "False"), ({"kind": "Deployment"}, "True")):
        tree = held
        for step in reversed(path.split(".")):
            tree = {step: tree}
        request["observed"]["resources"] = {"model-serving-e": {"resource": tree}}
        assert answer(request)["conditions"]["ModelAccepted"][0] == want, (path, held)
    picker = re.search(r"picker Deployment `(\w+)`", section("6"))[1]
    request["observed"]["resources"] = {picker: {"resource": {"status": {}}}}
    children = answer(request, "--routing", "pool")["children"]
    assert children[picker][1] and not children["model-serving-e"][1]


@test
def wrappers():
    """6.1: every quoted word about the Object around a manifest"""
    children = answer(replica(engine(member())))["children"]
    text = section("6.1")
    query = next(s for s in spans(text) if s.startswith("has("))
    places = {"spec.forProvider.manifest", "spec.readiness"}
    quoted_in(text, [c for c, _ in children.values()],
              left_out=places | {s for s in spans(text) if "celQuery" in s},
              named=lambda s: s.replace("<cluster status.providerConfigRef.name>", "east-config")
              .replace("spec.providerConfigRef: ", "providerConfigRef: "))
    policy = next(s for s in spans(text) if "celQuery" in s)
    shape = re.fullmatch(r"\{policy: (\w+), (\w+): Q\}", policy)
    assert shape, policy
    for place in places:
        assert place in spans(text), place
        for child, _ in children.values():
            for step in place.split("."):
                child = child[step]
    readiness = children["model-serving-e"][0]["spec"]["readiness"]
    assert readiness == {"policy": shape[1], shape[2]: query}
    for child, _ in children.values():
        home = child["spec"]["forProvider"]["manifest"]["metadata"]["namespace"]
        assert home == re.search(r"live in namespace `(\w+)`", text)[1]


@test
def gang_sizes_and_claims():
    """6.3 and 6.6: the size of a gang, the port of the probe, the shape of a claim template"""
    text = section("6.3")
    base, absent = re.search(r"gang `size` = (\d+) \+ worker.nodes \((\d+) when", text).groups()
    for nodes, size in ((None, int(absent)), (4, int(base) + 4)):
        made = manifest(answer(replica(engine(*gang(nodes)))), "model-serving-e")
        assert made["spec"]["leaderWorkerTemplate"]["size"] == size, (nodes, size)
    pod = manifest(answer(replica(engine(member()))), "model-serving-e")["spec"]["template"]["spec"]
    probe = pod["containers"][0]["readinessProbe"]["httpGet"]
    assert probe["port"] == number_in(r"`/health` on (\d+)", text)
    text = section("6.6")
    made = manifest(answer(replica(engine(member()))), "resource-claim-e-standalone")
    version, shape = spans(text)
    assert made["apiVersion"] == version
    listed = made["spec"]["spec"]["devices"]["requests"][0]
    words = [w for w in re.findall(r"\w+", shape)]
    assert words == ["name", "exactly", "deviceClassName", "count", "selectors", "cel",
                     "expression"], words
    assert listed == {"name": "gpu", "exactly": {"deviceClassName": "c", "count": 1, "selectors": [
        {"cel": {"expression": "true"}}]}}


# ---- 7 ----

def staged(*decode_args):
    """A prefill and a decode engine that say nothing of block sizes."""
    return replica(engine(member(), name="one", phase="Prefill"),
                   engine(member(args=list(decode_args)), name="two", phase="Decode"),
                   serving={"mode": "PrefillDecode"})


@test
def decode_ports():
    """7.3: where the engine listens behind its sidecar, and the probes of both"""
    text = section("7.3")
    port = number_in(r"`--port` value if given, else (\d+)\. Engine ports", text)
    assert port == number_in(r"make it listen on (\d+)", text)
    front, same = re.search(r"ports `\[\{containerPort: (\d+)\}\]`, the same probe on (\d+)",
                            text).groups()
    delay, period, timeout = map(int, re.search(r"\((\d+)/(\d+)/(\d+) as", text).groups())
    for args, want in (((), port), (("--port=9100",), 9100)):
        pod = manifest(answer(staged(*args)), "model-serving-two")["spec"]["template"]["spec"]
        serving, sidecar = pod["containers"]
        assert serving["ports"] == [{"containerPort": want}]
        assert sidecar["ports"] == [{"containerPort": int(front)}]
        assert f"--vllm-port={want}" in sidecar["args"]
        for container, where in ((serving, want), (sidecar, int(same))):
            assert container["readinessProbe"] == {
                "httpGet": {"path": "/health", "port": where}, "initialDelaySeconds": delay,
                "periodSeconds": period, "timeoutSeconds": timeout}


@test
def block_size():
    """7.4: what the block size is where the flag is absent or no number"""
    size = number_in(r"absent -> (\d+)", section("7.4"))
    for args in ((), ("--block-size=many",), ("--block-size",)):
        made = answer(staged(*args))
        assert re.search(rf"blockSize(?:Tokens)?: {size}\b", json.dumps(objects(made))), args


# ---- 7.7 ----

@test
def cliques():
    """7.7: a gang as a PodCliqueSet, its labels and its readiness"""
    text = section("7.7")
    made = answer(replica(engine(*gang(3), copies=2), stack="Dynamo"))
    key = spans(line_of("7.7", "- Backend:"))
    assert manifest(made, filled(engine="e")(key[1]))["apiVersion"] == key[0]
    tree = made["children"]["model-serving-e"][0]
    quoted_in(line_of("7.7", "- PodCliqueSet:"), tree,
              named=lambda s: s.replace("copies", "2"))
    spec = tree["spec"]["forProvider"]["manifest"]["spec"]
    assert spec["replicas"] == number_in(r"spec\.replicas (\d+)", text)
    assert spec["template"]["headlessServiceConfig"] == {"publishNotReadyAddresses": True}
    for nodes in (None, 3):
        made = answer(replica(engine(*gang(nodes)), stack="Dynamo"))
        leader, worker = manifest(made, "model-serving-e")["spec"]["template"]["cliques"]
        shares = re.search(r"leader (\d+)/(\d+), worker nodes/nodes \((\d+) if", text).groups()
        given = [leader["spec"]["replicas"], leader["spec"]["minAvailable"]]
        assert given == [int(n) for n in shares[:2]]
        follow = nodes or int(shares[2])
        assert worker["spec"]["replicas"] == worker["spec"]["minAvailable"] == follow
        assert "startsAfter" not in json.dumps(leader) + json.dumps(worker)
        assert [c["spec"]["roleName"] for c in (leader, worker)] == [leader["name"], worker["name"]]
    labels = spans(line_of("7.7", "- Labels sit on the clique"))
    for label in labels[:3]:
        name, value = label.replace(": N", ": r").split(": ")
        assert leader["labels"][name] == value, label
    assert worker["labels"] == dict([labels[1].split(": ")])
    scheduler = dict([labels[3].split(": ")])
    assert all(scheduler.items() <= c["spec"]["podSpec"].items() for c in (leader, worker))
    query = spans(line_of("7.7", "- Readiness query:"))[0]
    assert tree["spec"]["readiness"] == {"policy": "DeriveFromCelQuery", "celQuery": query}
    assert "MODELPLANE_" not in json.dumps(spec) and "No MODELPLANE_ env" in text


@test
def modelexpress():
    """7.7: the variables of ModelExpress, in order and before the user's, and the capability"""
    line = line_of("7.7", "- ModelExpress,")
    first, rest = line.split(", then ")
    quoted = spans(first)
    server, revision = quoted[2], "w"
    want = [(quoted[0], server), (quoted[1], server), (quoted[3], revision),
            (quoted[4], quoted[5]), (quoted[6], quoted[7].strip('"'))]
    names = spans(rest)[:3]
    paths = re.search(r"fieldRef ([\w.]+) / ([\w.]+) / ([\w.]+)", rest).groups()
    own = [{"name": "MINE", "value": "1"}]
    for members in (gang(env=own), [member(env=own)]):
        made = manifest(answer(replica(engine(*members), stack="Dynamo",
                                       modelCacheRef={"name": "w"})), "model-serving-e")
        text = json.dumps(made)
        pods = ([c["spec"]["podSpec"] for c in made["spec"]["template"]["cliques"]]
                if made["kind"] == "PodCliqueSet" else [made["spec"]["template"]["spec"]])
        for pod in pods:
            container = pod["containers"][0]
            env = container["env"]
            assert [(e["name"], e.get("value")) for e in env[:5]] == want, env
            assert [(e["name"], e["valueFrom"]["fieldRef"]["fieldPath"]) for e in env[5:8]] == list(
                zip(names, paths)), env
            assert env[8:] == own
            assert container["securityContext"]["capabilities"]["add"] == [spans(rest)[3]]
        assert spans(rest)[4].split()[0] not in text
    without = manifest(answer(replica(engine(member(env=own)), stack="Dynamo")), "model-serving-e")
    assert quoted[0] not in json.dumps(without)


@test
def own_settings_of_dynamo():
    """7.7: what a user sets of the same stays, once: variables, capabilities, the scheduler"""
    line = line_of("7.7", "- ModelExpress,")
    names, capability = spans(line.split(", then ")[1])[:3], spans(line.split(", then ")[1])[3]
    for added in (["SYS_NICE"], [capability, "SYS_NICE"], None):
        context = {"runAsUser": 7, "capabilities": {"drop": ["ALL"]}}
        if added:
            context["capabilities"]["add"] = added
        env = [{"name": n, "value": "mine"} for n in names + spans(line)[:1]]
        members = gang(env=env, securityContext=context)
        for each in members:
            each["template"]["spec"]["schedulerName"] = "mine"
        made = manifest(answer(replica(engine(*members), stack="Dynamo",
                                       modelCacheRef={"name": "w"})), "model-serving-e")
        for clique in made["spec"]["template"]["cliques"]:
            pod = clique["spec"]["podSpec"]
            container = pod["containers"][0]
            want = added if added and capability in added else (added or []) + [capability]
            assert container["securityContext"] == {
                "runAsUser": 7, "capabilities": {"drop": ["ALL"], "add": want}}, container
            assert pod["schedulerName"] == "mine"
            given = [e["name"] for e in container["env"]]
            assert len(given) == len(set(given)), given
            assert [e for e in container["env"] if e.get("value") == "mine"] == env


# ---- 8 ----

def endpoint(url, observed=None):
    return {"observed": {"composite": {"resource": {
        "apiVersion": GROUP, "kind": "ModelEndpoint",
        "metadata": {"name": "e", "namespace": "ns"}, "spec": {"url": url}}},
        "resources": {k: {"resource": v} for k, v in (observed or {}).items()}}}


@test
def endpoints():
    """8.1: the port that is taken, the objects and their keys, the status"""
    text = section("8.1")
    service, = [s for s in spans(line_of("8.1", "- key `service`")) if s == "service"]
    slice_line = line_of("8.1", "- key `endpointslice`")
    key, version, label, *kinds, ports, ends = spans(slice_line)
    https, plain = (number_in(r"else (\d+) for https", text), number_in(r"https, else (\d+)", text))
    lowest, highest = map(int, re.search(r"integer in (\d+)\.\.(\d+)", text).groups())
    seen = {service: {"metadata": {"name": "S"}}}
    for url, port in (("https://h/", https), ("http://h/", plain), ("http://h:81/", 81),
                      (f"http://h:{lowest}/", plain), (f"http://h:{highest}/", highest)):
        made = answer(endpoint(url, seen))["children"]
        given = spans(line_of("8.1", "- key `service`"))[1]
        want = given.replace("port,", f"port: {port},")
        assert appears(made[service][0]["spec"], "ports: " + want), (url, want)
        assert made[key][0]["apiVersion"] == version
        assert made[key][0]["metadata"]["labels"] == dict([label.split(": ")])
        assert appears(made[key][0], "ports: " + ports.replace("port,", f"port: {port},"))
        assert appears(made[key][0], "endpoints: " + ends.replace("[host]", "[h]"))
    assert answer(endpoint(f"http://h:{highest + 1}/"))["conditions"]["RoutingReady"][1] == (
        "InvalidURL")
    for kind, host in zip(kinds, ("192.0.2.1", "[2001:db8::1]", "host.example")):
        made = answer(endpoint(f"http://{host}/", seen))["children"]
        assert made[key][0]["addressType"] == kind, (kind, host)
    name, empty = spans(line_of("8.1", "Status:"))[:2]
    both = {**seen, key: {"metadata": {"name": "T"}}}
    where, value = name.split(": ")
    told = answer(endpoint("http://h/", both))["status"]
    for step in where.split("."):
        told = told[step]
    assert told == value
    assert answer(endpoint("http://h/", seen))["status"] == json.loads(empty)


@test
def services():
    """8.2: the route, its address, the rewriting and the largest weight"""
    text = section("8.2")
    made = answer(case("service-weights"))
    line = line_of("8.2", "Key `httproute`")
    route, _ = made["children"][spans(line)[0]]
    parent = case("service-weights")["observed"]["composite"]["resource"]["metadata"]
    fill = filled(ns=parent["namespace"], service=parent["name"])
    quoted = spans(line)
    assert route["apiVersion"] == quoted[1]
    assert appears(route, "parentRefs: " + quoted[2]), quoted[2]
    assert appears(route, fill(quoted[3])), quoted[3]
    backend = route["spec"]["rules"][0]["backendRefs"][0]
    assert re.findall(r"(\w+): ", quoted[4]) == ["name", "port", "weight"]
    assert {"name", "port", "weight"} <= set(backend)
    rewrite = next(s for s in spans(text) if s.startswith("filters:"))
    path = backend["filters"][0]["urlRewrite"]["path"]["replacePrefixMatch"]
    assert appears(backend, rewrite.replace("<rewritePath>", f'"{path}"')), rewrite
    ceiling = number_in(r"exceeds (\d+): each", text)
    assert ceiling == number_in(r"largest x (\d+)\)", text)
    huge = case("service-weights")
    spec = huge["observed"]["composite"]["resource"]["spec"]
    entries = spec["endpoints"]
    one = copy.deepcopy(huge["requiredResources"]["endpoints-0"]["items"][0])
    for i in range(len(entries)):
        huge["requiredResources"][f"endpoints-{i}"] = {"items": []}
    items = []
    for n in range(8):
        items.append(copy.deepcopy(one))
        items[-1]["resource"]["metadata"]["name"] = f"e{n}"
    spec["endpoints"] = entries[:1] + [copy.deepcopy(entries[0])]
    spec["endpoints"][0]["weight"], spec["endpoints"][1]["weight"] = ceiling, 1
    huge["requiredResources"]["endpoints-0"]["items"] = items[:1]
    huge["requiredResources"]["endpoints-1"]["items"] = items[1:]
    refs = answer(huge)["children"][spans(line)[0]][0]["spec"]["rules"][0]["backendRefs"]
    least = number_in(r"each = max\((\d+), round", text)
    assert refs[0]["weight"] == ceiling and {r["weight"] for r in refs[1:]} == {least}, refs
    old = answer(case("service-weights"), "--shape", "v1")["children"][spans(line)[0]][0]
    weight = number_in(r"V1: every backend ref had weight (\d+)", text)
    assert {b["weight"] for b in old["spec"]["rules"][0]["backendRefs"]} == {weight}
    address, empty = spans(line_of("8.2", "Status:"))[:2]
    gateway = case("service-weights")
    gateway["requiredResources"]["inference-gateway"] = {"items": [{"resource": {
        "apiVersion": GROUP, "kind": "InferenceGateway", "metadata": {"name": "default"},
        "status": {"address": "192.0.2.9"}}}]}
    want = fill(address).replace("<gateway status.address>", "192.0.2.9")
    assert appears(answer(gateway)["status"], want), want
    gateway["requiredResources"]["inference-gateway"] = {"items": []}
    assert answer(gateway)["status"] == json.loads(empty)


@test
def external():
    """8.3: the example of a provider, behind a service"""
    text = section("8.3")
    url, rewrite, label = spans(text)[:3]
    made = answer(endpoint(url, {"service": {"metadata": {"name": "S"}}}))["children"]
    host = re.fullmatch(r"https://(.*)/", url)[1]
    assert appears(made["endpointslice"][0], f"addresses: [{host}]"), host
    request = case("service-weights")
    item = request["requiredResources"]["endpoints-0"]["items"][0]["resource"]
    item["spec"] = {"url": url, "rewritePath": rewrite}
    item["metadata"]["labels"] = dict([label.split(": ")])
    route = answer(request)["children"]["httproute"][0]
    assert appears(route, f'replacePrefixMatch: "{rewrite}"')
    parent = request["observed"]["composite"]["resource"]["metadata"]
    strips = next(s for s in spans(text) if "<service>" in s)
    assert appears(route, filled(ns=parent["namespace"], service=parent["name"])(strips)), strips


# ---- 9 ----

@test
def clusters():
    """9.1: names and keys of what a cluster has, and what its status says"""
    made = answer(case("cluster-ready"))
    name = case("cluster-ready")["observed"]["composite"]["resource"]["metadata"]["name"]
    written = line_of("9.1", "Also written:")
    config, home, _ = spans(written)[:3]
    assert made["status"]["providerConfigRef"]["name"] == child_name(name, config)
    assert made["status"]["namespace"] == home
    keys = spans(line_of("9.1", "Children:"))
    existing = answer(case("cluster-existing"))["children"]
    assert {keys[0], keys[1]} <= set(made["children"]) and {keys[0], keys[1]} <= set(existing)
    stack = re.fullmatch(r'child_name\(cluster, "([\w-]+)"\)', keys[2])[1]
    assert made["children"][keys[1]][0]["metadata"]["name"] == child_name(name, stack)
    source = case("cluster-ready")["observed"]["composite"]["resource"]["spec"]["cluster"]["source"]
    assert filled(source=source.lower())(keys[3]) in made["children"], keys[3]
    usage = line_of("9.1", "While any ModelReplica")
    label, key = spans(usage)[:2]
    used = case("cluster-in-use")
    this = used["observed"]["composite"]["resource"]["metadata"]["name"]
    told = answer(used)
    assert key in told["children"]
    assert any(want.get("matchLabels", {}).get("labels") ==
               dict([label.replace("<this>", this).split(": ")])
               for want in told["requirements"]["resources"].values()), told["requirements"]
    for flag in re.findall(r"(\w+) true\)", usage):
        assert told["children"][key][0]["spec"][flag] is True
    fields = re.findall(r"(\w+): ", spans(line_of("9.1", "`{name: pool.name"))[0])
    for pool in made["status"]["gpuPools"]:
        assert list(pool) == fields, (pool, fields)


@test
def stack_objects():
    """9.2: queues, ModelExpress, the gateway, and the namespaces that they are in"""
    rows = table("9.2")
    requests = {k: case("stack-" + k) for k in ("standard", "dynamo", "efa", "infiniband", "v1")}
    for request in requests.values():
        request["observed"]["composite"]["resource"]["spec"].pop("versions", None)
    made = {k: answer(r, *(["--shape", "v1"] if k == "v1" else []))["children"]
            for k, r in requests.items()}
    for row in rows:
        older = re.search(r"\(V1: (\S+)\)", row["version"])
        key = row["component (key)"]
        if older:
            chart = made["v1"][key][0]["spec"]["forProvider"]["chart"]
            assert chart["version"] == older[1], row
        if "(V2)" in key:
            assert not {k.strip() for k in key.split("(")[0].split(",")} & set(made["v1"]), row
    row = next(r for r in rows if r["component (key)"].startswith("gateway-namespace"))
    keys = [k.strip() for k in row["component (key)"].split(",")]
    tree = {k: made["standard"][k][0] for k in keys}
    for name in spans(row["chart"]):
        assert appears(tree, name), name
    for kind, name in re.findall(r"(\w+) ([\w-]+)(?:,|$)", row["chart"]):
        assert appears(tree, kind) or appears(tree, name), (kind, name)
    assert appears(tree, row["namespace"])
    row = next(r for r in rows if "kai-queue-root" in r["component (key)"])
    root, child = (made["dynamo"][k.strip()][0]["spec"]["forProvider"]["manifest"]
                   for k in row["component (key)"].split(":")[1].split(","))
    version, above, below = spans(row["chart"])
    assert root["apiVersion"] == child["apiVersion"] == version
    assert (root["metadata"]["name"], child["metadata"]["name"]) == (above, below)
    assert child["spec"]["parentQueue"] == above
    given = dict(re.findall(r"(quota|limit|overQuotaWeight) (-?\d+)", row["chart"]))
    for queue in (root, child):
        for what in ("cpu", "gpu", "memory"):
            share = queue["spec"]["resources"][what]
            assert share == {k: int(v) for k, v in given.items()}, share
    row = next(r for r in rows if "modelexpress-server" in r["component (key)"])
    name = re.search(r"V3: ([\w-]+)", row["component (key)"])[1]
    keys = [name] + [name + k for k in re.findall(r"-(?:sa|rolebinding|role|svc)\b",
                                                  row["component (key)"])]
    assert len(keys) == 5 and set(keys) <= set(made["dynamo"]), keys
    tree = {k: made["dynamo"][k][0]["spec"]["forProvider"]["manifest"] for k in keys}
    image = re.search(r"image (\S+)", row["chart"])[1] + ":" + row["version"]
    assert appears(tree, image), image
    home, port = re.fullmatch(r"(\w+), port (\d+)", row["namespace"]).groups()
    assert appears(tree[name + "-svc"], f"port: {port}") and appears(tree, home)
    added = dict(re.findall(r"`([\w-]+)` ([\d.]+\d)", line_of("9.2", "The Gateway listens")))
    assert set(added) == {"aws-dranet", "network-operator"}, added
    for key, where in (("aws-dranet", "efa"), ("network-operator", "infiniband")):
        assert made[where][key][0]["spec"]["forProvider"]["chart"] == {
            **made[where][key][0]["spec"]["forProvider"]["chart"], "name": key,
            "version": added[key]}
    prefix = re.search(r"### 9\.2.*release names are `([\w-]+)<chart>`", reference())[1]
    for tree in (made["standard"], made["dynamo"]):
        for child, _ in tree.values():
            if child["kind"] == "Release":
                named = child["metadata"]["annotations"]["crossplane.io/external-name"]
                assert named == prefix + child["spec"]["forProvider"]["chart"]["name"]


@test
def gateways():
    """9.2: the listeners of both gateways, and where an address is read"""
    line = line_of("9.2", "The Gateway listens")
    name, protocol, port = re.search(r"listens `(\w+)`/(\w+)/(\d+)", line).groups()
    tree = answer(case("stack-standard"))["children"]["gateway"][0]
    listener, = tree["spec"]["forProvider"]["manifest"]["spec"]["listeners"]
    assert (listener["name"], listener["protocol"], listener["port"]) == (name, protocol, int(port))
    assert listener["allowedRoutes"]["namespaces"] == {"from": "All"}
    path = next(s for s in spans(line) if s.startswith("status.addresses"))
    assert path == "status.addresses[0].value"
    text = line_of("9.2", "The control plane gateway")
    made = answer(case("gateway-with-address"))
    quoted_in(text, objects(made))
    name, home, klass, listener = spans(text)
    gateway = made["children"]["gateway"][0]
    assert gateway["metadata"]["name"] == name and gateway["metadata"]["namespace"] == home
    assert gateway["spec"]["gatewayClassName"] == klass
    port = number_in(r"HTTP (\d+);", text)
    assert gateway["spec"]["listeners"][0] == {**gateway["spec"]["listeners"][0],
                                               "name": listener, "port": port, "protocol": "HTTP"}
    api, balancer = re.search(r"CRDs v([\d.]+); optional MetalLB ([\d.]+\d)", text).groups()
    assert made["children"]["metallb"][0]["spec"]["forProvider"]["chart"]["version"] == balancer
    crds = [c for k, (c, _) in made["children"].items() if k.startswith("gateway-api-crd-")]
    versions = {c["metadata"]["annotations"]["gateway.networking.k8s.io/bundle-version"]
                for c in crds}
    assert versions == {"v" + api}, versions


main()

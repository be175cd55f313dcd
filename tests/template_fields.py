# SPDX-License-Identifier: Apache-2.0
"""What users write in the template of a member reaches the pod: random fields in random places.

Fields have names that nobody has heard of, so that nothing here depends on what is known; the
sidecars, init containers and volumes are such that exist.
"""
import json
import random

import cli_fleets as fleets
from cli_support import main, run, test
from function_model import GROUP, RUNS, call, shown

CLUSTER = {"apiVersion": GROUP, "kind": "InferenceCluster", "metadata": {"name": "east"},
           "spec": {"cluster": {"source": "Existing", "existing": {"secretRef": {"name": "k"}}}},
           "status": {"providerConfigRef": {"name": "east-config"}}}

PHASES = {None: (None,), "PrefillDecode": ("Prefill", "Decode"),
          "EncodePrefillDecode": ("Decode", "Encode", "Prefill")}


class Draw(random.Random):
    number = 0

    def name(self):
        self.number += 1
        return f"x{self.number}"

    def value(self, depth=0):
        kind = self.randrange(6 if depth < 3 else 4)
        if kind == 0:
            return self.randint(-2**63, 2**63 - 1)
        if kind == 1:
            return self.choice((True, False))
        if kind == 4:
            return {self.name(): self.value(depth + 1) for _ in range(self.randint(1, 3))}
        if kind == 5:
            return [self.value(depth + 1) for _ in range(self.randint(1, 3))]
        return self.choice(("", "text", "$(X)", "\u00e9\n", "1e3"))

    def fields(self):
        return {self.name(): self.value() for _ in range(self.randint(0, 3))}

    def container(self, name):
        return {"name": name, "image": "i:1", "securityContext": {"runAsUser": self.randrange(9)},
                **self.fields()}

    def template(self):
        spec = {"containers": [self.container("engine")], **self.fields()}
        if self.random() < .5:
            spec["containers"].append(self.container("side"))
        if self.random() < .5:
            spec["initContainers"] = [self.container("first")]
        if self.random() < .5:
            spec["volumes"] = [{"name": "own", "emptyDir": {"sizeLimit": "1Gi"}}]
            spec["containers"][0]["volumeMounts"] = [{"name": "own", "mountPath": "/own"}]
        if self.random() < .5:
            spec["tolerations"] = [{"key": "own", "operator": "Exists"}]
        return {"metadata": {"labels": {"team": "a"}, "annotations": {"note": "b"}}, "spec": spec}

    def member(self, role):
        return {"role": role, "nodePoolName": "p", "template": self.template(),
                "deviceRequests": [{"name": "gpu", "deviceClassName": "gpu.example"}]}

    def request(self, stack, mode):
        phases = PHASES[mode]
        engines = []
        for phase in phases:
            roles = ("Standalone",) if self.random() < .5 else ("Leader", "Worker")
            engines.append({"name": "e" + str(len(engines)), **({"phase": phase} if phase else {}),
                            "members": [self.member(r) for r in roles]})
        spec = {"clusterName": "east", "engines": engines}
        if mode:
            spec["serving"] = {"mode": mode}
        cluster = {**CLUSTER, "spec": {**CLUSTER["spec"], "stack": stack}}
        return {"observed": {"composite": {"resource": {
            "apiVersion": GROUP, "kind": "ModelReplica", "spec": spec,
            "metadata": {"name": "r", "namespace": "ns"}}}},
            "requiredResources": {"cluster": {"items": [{"resource": cluster}]}}}


def pods(workload):
    """Pods of a workload by role: their metadata and spec."""
    spec = workload["spec"]
    if workload["kind"] == "Deployment":
        return {"Standalone": spec["template"]}
    if workload["kind"] == "LeaderWorkerSet":
        both = spec["leaderWorkerTemplate"]
        return {"Leader": both["leaderTemplate"], "Worker": both["workerTemplate"]}
    assert workload["kind"] == "PodCliqueSet", workload["kind"]
    return {c["name"].capitalize(): {"metadata": {k: c[k] for k in ("labels", "annotations")
                                                  if k in c}, "spec": c["spec"]["podSpec"]}
            for c in spec["template"]["cliques"]}


def contains(made, given, path):
    """Whether all that was given is there: items of lists that have a name by it, others in order."""
    if isinstance(given, dict):
        assert isinstance(made, dict), path
        for key, value in given.items():
            assert key in made, f"{path}.{key} is lost"
            contains(made[key], value, f"{path}.{key}")
    elif isinstance(given, list) and given and isinstance(given[0], dict) and (
            path.split(".")[-1] in ("containers", "initContainers", "volumes", "volumeMounts",
                                    "tolerations")):
        place = 0
        for item in given:
            key = "key" if "key" in item else "name"
            found = [i for i, m in enumerate(made) if m.get(key) == item[key]]
            assert len(found) == 1 and found[0] >= place, f"{path}[{item[key]}]: {found}"
            place = found[0]
            contains(made[place], item, f"{path}[{item[key]}]")
    else:
        assert made == given and isinstance(made, type(given)), f"{path}: {made} is not {given}"


def check(stack, mode):
    requests = [Draw(seed).request(stack, mode) for seed in range(max(1, RUNS // 8))]
    kinds = set()
    for request, response in zip(requests, call(requests)):
        children = shown(response)["children"]
        for engine in request["observed"]["composite"]["resource"]["spec"]["engines"]:
            workload = children["model-serving-" + engine["name"]][0]["spec"]["forProvider"]
            kinds.add(workload["manifest"]["kind"])
            made = pods(workload["manifest"])
            for member in engine["members"]:
                contains(made[member["role"]], member["template"], member["role"])
    return kinds


@test
def standard():
    """all of a template reaches the pods of Deployments and LeaderWorkerSets"""
    assert check("Standard", None) == {"Deployment", "LeaderWorkerSet"}


@test
def disaggregated():
    """the same of engines that have a part each, beside the sidecar"""
    for mode in ("PrefillDecode", "EncodePrefillDecode"):
        assert check("Standard", mode) == {"Deployment", "LeaderWorkerSet"}


@test
def dynamo():
    """the same of PodCliqueSets, where labels and annotations are the clique's"""
    for mode in PHASES:
        assert check("Dynamo", mode) == {"Deployment", "PodCliqueSet"}


@test
def replicas():
    """all of a deployment's templates reaches its ModelReplicas, of both shapes"""
    for seed in range(max(1, RUNS // 8)):
        draw = Draw(seed)
        deployment = fleets.deployment("web", "l4", nodes=draw.choice((1, 2)))
        spec = deployment["spec"]["template"]["spec"]
        members = spec["engines"][0]["members"]
        for member in members:
            member["template"] = draw.template()
        if draw.random() < .5:
            deployment["spec"] = {"replicas": 1, **spec}
        documents = fleets.stream(fleets.cluster("east", [("l4", 4)]), deployment)
        result = run("reconcile", "-q", "--relaxed", "-o", "json", "-", stdin=documents)
        made = [d for d in json.loads(result.out)["items"] if d["kind"] == "ModelReplica"]
        assert len(made) == 1, result.out
        for member, theirs in zip(members, made[0]["spec"]["engines"][0]["members"]):
            assert theirs["template"] == member["template"], (seed, theirs)


main()

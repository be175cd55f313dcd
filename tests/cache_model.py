# SPDX-License-Identifier: Apache-2.0
"""One reconcile of a ModelCache, written down a second time and compared on random clusters."""
import random

from cli_support import main, test
from function_model import GROUP, RUNS, child_name, compare

OBJECT = "kubernetes.m.crossplane.io/v1alpha1"


def manifest_of(seen, key):
    return seen.get(key, {}).get("resource", {}).get("status", {}).get("atProvider", {}).get(
        "manifest", {})


def has(manifest, kind):
    return any(c["type"] == kind and c["status"] == "True"
               for c in manifest.get("status", {}).get("conditions", []))


def phase_of(seen, name, before):
    volume, job = manifest_of(seen, "pvc-" + name), manifest_of(seen, "hydrate-" + name)
    bound = volume.get("status", {}).get("phase") == "Bound"
    if has(job, "Failed"):
        return "Failed"
    if bound and (has(job, "Complete") or before.get(name) == "Ready"):
        return "Ready"
    return "Hydrating" if bound else "Pending"


def model(request):
    """The children by what they are, and the whole status."""
    parent = request["observed"]["composite"]["resource"]
    seen, fetched = request["observed"]["resources"], request["requiredResources"]
    ns, name = parent["metadata"]["namespace"], parent["metadata"]["name"]
    source = parent["spec"]["huggingFace"]
    before = {c["name"]: c["phase"] for c in parent.get("status", {}).get("clusters", [])}
    token = any(source.get("authSecret", {}).get("key", "HF_TOKEN") in s["resource"].get("data", {})
                for s in fetched.get("auth-secret", {}).get("items", []))
    children, clusters = {}, []
    for item in sorted(fetched["clusters"]["items"],
                       key=lambda i: i["resource"]["metadata"]["name"]):
        status = item["resource"].get("status", {})
        where = item["resource"]["metadata"]["name"]
        config = status.get("providerConfigRef", {}).get("name")
        storage = status.get("cache", {}).get("storageClassName")
        if not config or not storage:
            continue
        phase = phase_of(seen, where, before)
        clusters.append({"name": where, "phase": phase})
        children["pvc-" + where] = (config, "PersistentVolumeClaim",
                                    child_name("modelcache", ns, name), storage,
                                    f"{source['sizeGiB']}Gi")
        if phase != "Ready":
            children["hydrate-" + where] = (config, "Job",
                                            child_name("modelcache", ns, name, "hydrate"))
            if token:
                children["auth-" + where] = (config, "Secret",
                                             child_name("modelcache", ns, name, "auth"))
    ready = sum(c["phase"] == "Ready" for c in clusters)
    return {"children": children,
            "status": {"summary": {"ready": f"{ready}/{len(clusters)}"}, "clusters": clusters}}


def brief(got):
    """A child by its provider, kind, name, and what a volume asks for."""
    children = {}
    for key, (child, _) in got["children"].items():
        manifest = child["spec"]["forProvider"]["manifest"]
        assert manifest["metadata"]["labels"]["modelplane.ai/modelcache"] == "w"
        assert manifest["metadata"]["namespace"] == "default"
        children[key] = (child["spec"]["providerConfigRef"]["name"], manifest["kind"],
                         manifest["metadata"]["name"])
        if key.startswith("pvc-"):
            assert manifest["spec"]["accessModes"] == ["ReadWriteMany"]
            children[key] += (manifest["spec"]["storageClassName"],
                              manifest["spec"]["resources"]["requests"]["storage"])
    return {**got, "children": children}


class Draw(random.Random):
    def maybe(self, percent):
        return self.randrange(100) < percent

    def cluster(self, name):
        status = {}
        if self.maybe(85):
            status["providerConfigRef"] = {"name": name + "-config"}
        if self.maybe(85):
            status["cache"] = {"storageClassName": self.choice(("rwx", "filestore"))}
        return {"apiVersion": GROUP, "kind": "InferenceCluster", "metadata": {"name": name},
                "spec": {"cluster": {"source": "Existing",
                                     "existing": {"secretRef": {"name": "k"}}}}, "status": status}

    def condition(self, kinds):
        return {"type": self.choice(kinds), "status": self.choice(("True", "True", "False"))}

    def seen(self, name):
        volume = {"kind": "PersistentVolumeClaim",
                  "status": {"phase": self.choice(("Bound", "Bound", "Pending", "Lost"))}}
        job = {"kind": "Job", "status": {"conditions": [
            self.condition(("Complete", "Failed", "Suspended")) for _ in range(self.randint(0, 2))]}}
        for key, manifest in (("pvc-" + name, volume), ("hydrate-" + name, job)):
            if self.maybe(80):
                yield key, {"resource": {"apiVersion": OBJECT, "kind": "Object",
                                         "metadata": {"name": key}, "spec": {},
                                         "status": {"atProvider": {"manifest": manifest}}}}

    def request(self):
        names = ["east", "west", "north"][:self.randint(0, 3)]
        source = {"repo": "org/m", "sizeGiB": self.randint(1, 100000)}
        parent = {"apiVersion": GROUP, "kind": "ModelCache",
                  "metadata": {"name": "w", "namespace": "chat"},
                  "spec": {"source": "HuggingFace", "huggingFace": source}}
        clusters = [{"resource": self.cluster(n)} for n in names]
        self.shuffle(clusters)
        required = {"clusters": {"items": clusters}}
        if self.maybe(50):
            source["authSecret"] = {"name": "hf"}
            if self.maybe(40):
                source["authSecret"]["key"] = "TOKEN"
            secret = {"apiVersion": "v1", "kind": "Secret",
                      "metadata": {"name": "hf", "namespace": "chat"},
                      "data": {k: "eA==" for k in ("HF_TOKEN", "TOKEN") if self.maybe(70)}}
            required["auth-secret"] = {"items": [{"resource": secret}] if self.maybe(80) else []}
        if self.maybe(50):
            parent["status"] = {"clusters": [
                {"name": n, "phase": self.choice(("Pending", "Hydrating", "Ready", "Failed"))}
                for n in names if self.maybe(70)]}
        return {"observed": {"composite": {"resource": parent},
                             "resources": dict(p for n in names for p in self.seen(n))},
                "requiredResources": required}


@test
def caches():
    """random ModelCaches: volumes, jobs, tokens and phases"""
    compare(model, [Draw(seed).request() for seed in range(RUNS)], view=brief)


main()

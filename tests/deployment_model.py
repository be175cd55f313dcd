# SPDX-License-Identifier: Apache-2.0
"""One reconcile of a ModelDeployment, written down a second time and compared on random fleets.

The model below is a plain reading of how replicas are kept, given up and placed: nothing is shared
with the library, nothing is fast.  Requests of one member never compete for a device and engines are
put on pools by trying every combination in order, so that there is one right answer.
"""
import itertools
import random

from cli_support import main, test
from function_model import GROUP, RUNS, compare, opaque_name

LABEL = "modelplane.ai/"
KINDS = ("a", "b", "c")


# ---- the model ----

def index_of(replica):
    text = replica["metadata"].get("labels", {}).get(LABEL + "replica-index", "")
    try:
        return int(text)
    except ValueError:
        return 0


def is_true(resource, kind):
    conditions = (resource or {}).get("status", {}).get("conditions", [])
    return any(c["type"] == kind and c["status"] == "True" for c in conditions)


def tolerates(tolerations, taint):
    for t in tolerations:
        if t.get("effect", "") not in ("", taint["effect"]):
            continue
        if t.get("operator", "Equal") == "Exists":
            if t.get("key", "") in ("", taint["key"]):
                return True
        elif t.get("key", "") == taint["key"] and t.get("value", "") == taint.get("value", ""):
            return True
    return False


def pools_of(cluster):
    return {p["name"]: p for p in cluster.get("status", {}).get("gpuPools", [])}


def resolve(member, pool):
    """What a member claims on a pool; None: it does not match."""
    left = {d["name"]: max(0, d.get("count", 0)) for d in pool.get("devices", [])}
    claims = []
    for request in member.get("nodeSelector", {}).get("devices", []):
        count = request.get("count", 1)
        for device in pool.get("devices", []):
            kinds = {f"device.driver == '{device['driver']}'"}
            if left[device["name"]] >= count and all(s["cel"] in kinds
                                                     for s in request["selectors"]):
                break
        else:
            return None
        left[device["name"]] -= count
        if device.get("claim", "DRA") == "DRA":
            claims.append({"name": request["name"],
                           "deviceClassName": device.get("deviceClassName", ""),
                           "count": count, "selectors": request["selectors"]})
    return claims


def pods_of(member):
    worker = member.get("worker") if member.get("role") == "Worker" else None
    return worker["nodes"] if worker else 1


class Model:
    def __init__(self, request):
        self.parent = request["observed"]["composite"]["resource"]
        self.observed = {k: v["resource"]
                         for k, v in request["observed"].get("resources", {}).items()}
        fetched = request["requiredResources"]
        self.clusters = {c["resource"]["metadata"]["name"]: c["resource"]
                         for c in fetched["clusters"]["items"]}
        self.replicas = sorted((r["resource"] for r in fetched["all-replicas"]["items"]),
                               key=lambda r: r["metadata"]["name"])
        self.name = self.parent["metadata"]["name"]
        self.namespace = self.parent["metadata"]["namespace"]
        self.spec = self.parent["spec"]["template"]["spec"]
        self.engines = {e["name"]: e for e in self.spec["engines"]}
        self.tolerations = self.spec.get("tolerations", [])
        self.placed = {}  # (cluster, index) -> [(engine, [(member, pool, claims)])]

    def ours(self, replica):
        labels = replica["metadata"].get("labels", {})
        return (labels.get(LABEL + "deployment") == self.name and
                replica["metadata"]["namespace"] == self.namespace)

    def refuses(self, cluster, effects):
        return any(t["effect"] in effects and not tolerates(self.tolerations, t)
                   for t in cluster["spec"].get("taints", []))

    def still_there(self, replica, cluster):
        """The engines of a replica that may stay, or None."""
        engines, pools = [], pools_of(cluster)
        if len(replica["spec"]["engines"]) != len(self.engines):
            return None
        for seen in replica["spec"]["engines"]:
            engine = self.engines.get(seen["name"])
            if not engine or len(seen["members"]) != len(engine["members"]):
                return None
            members = []
            for old, member in zip(seen["members"], engine["members"]):
                pool = pools.get(old.get("nodePoolName"))
                if not pool or old["role"] != member["role"] or resolve(member, pool) is None:
                    return None
                members.append((member, pool["name"], resolve(member, pool)))
            engines.append((engine, members))
        return engines if any(c for _, ms in engines for _, _, c in ms) else None

    def retain(self):
        for replica in filter(self.ours, self.replicas):
            where = replica["spec"].get("clusterName", "")
            cluster, key = self.clusters.get(where), (where, index_of(replica))
            if not cluster or key in self.placed or self.refuses(cluster, ("NoExecute",)):
                continue
            engines = self.still_there(replica, cluster)
            if engines:
                self.placed[key] = engines

    def on(self, cluster):
        return sum(1 for c, _ in self.placed if c == cluster)

    def scale_down(self):
        while len(self.placed) > self.parent["spec"]["replicas"]:
            del self.placed[max(self.placed, key=lambda k: (self.on(k[0]), *k))]

    def charge(self):
        self.free = {(c, p): max(0, pool.get("nodes", 0))
                     for c, cluster in self.clusters.items()
                     for p, pool in pools_of(cluster).items()}
        for replica in self.replicas:
            where = replica["spec"].get("clusterName", "")
            if self.ours(replica) and (where, index_of(replica)) not in self.placed:
                continue
            for engine in replica["spec"]["engines"]:
                for member in engine["members"]:
                    key = (where, member["nodePoolName"])
                    if member.get("deviceRequests") and key in self.free:
                        self.free[key] -= pods_of(member) * engine.get("copies", 1)

    def homes(self, cluster, engine):
        """(pool, cost, members) that an engine may be put on, in the pools' order."""
        pools = pools_of(cluster).values()
        claimable = [any(resolve(m, p) for p in pools) for m in engine["members"]]
        for pool in pools if any(claimable) else ():
            got = [resolve(m, pool) for m in engine["members"]]
            if None in got or any(can and not g for can, g in zip(claimable, got)):
                continue
            cost = sum(pods_of(m) for m, g in zip(engine["members"], got) if g)
            yield (pool["name"], cost * engine.get("copies", 1),
                   [(m, pool["name"], g) for m, g in zip(engine["members"], got)])

    def place(self, name):
        cluster = self.clusters[name]
        homes = [list(self.homes(cluster, e)) for e in self.engines.values()]
        for choice in itertools.product(*homes):
            free = dict(self.free)
            for pool, cost, _ in choice:
                free[name, pool] -= cost
                if free[name, pool] < 0:
                    break
            else:
                return choice, free
        return None

    def fill(self):
        while len(self.placed) < self.parent["spec"]["replicas"]:
            best = None
            for name in sorted(self.clusters, key=lambda n: (self.on(n), n)):
                cluster = self.clusters[name]
                if (is_true(cluster, "Ready") and self.address(name) and
                        not self.refuses(cluster, ("NoSchedule", "NoExecute"))):
                    best = self.place(name)
                if best:
                    break
            if not best:
                return
            choice, self.free = best
            index = next(i for i in itertools.count() if (name, i) not in self.placed)
            self.placed[name, index] = [(e, members) for e, (_, _, members)
                                        in zip(self.engines.values(), choice)]

    def address(self, name):
        return self.clusters[name].get("status", {}).get("gateway", {}).get("address", "")

    def replica(self, cluster, index):
        engines = []
        for engine, members in self.placed[cluster, index]:
            out = {"name": engine["name"], "copies": engine.get("copies", 1), "members": []}
            for member, pool, claims in members:
                m = {"role": member["role"], "nodePoolName": pool, "template": member["template"]}
                if claims:
                    m["deviceRequests"] = claims
                if "worker" in member:
                    m["worker"] = member["worker"]
                out["members"].append(m)
            engines.append(out)
        labels = dict(self.parent["spec"]["template"].get("metadata", {}).get("labels", {}))
        labels.update({LABEL + "deployment": self.name, LABEL + "cluster": cluster,
                       LABEL + "replica-index": str(index)})
        return {"apiVersion": GROUP, "kind": "ModelReplica",
                "metadata": {"name": opaque_name(self.name, cluster, str(index)),
                             "namespace": self.namespace, "labels": labels},
                "spec": {"clusterName": cluster, "engines": engines}}

    def run(self):
        """The part of a response that is about children, status, conditions and events."""
        wanted = self.parent["spec"]["replicas"]
        self.retain()
        self.scale_down()
        self.charge()
        self.fill()
        children, ready, seen = {}, 0, False
        for cluster, index in sorted(self.placed):
            key = f"{cluster}-{index}"
            made = self.replica(cluster, index)
            serves = is_true(self.observed.get("replica-" + key), "Ready")
            seen = seen or "replica-" + key in self.observed
            ready += serves
            children["replica-" + key] = (made, serves)
            if self.address(cluster) and serves:
                path = f"/{self.namespace}/{made['metadata']['name']}/"
                endpoint = {"apiVersion": GROUP, "kind": "ModelEndpoint",
                            "metadata": made["metadata"],
                            "spec": {"rewritePath": path,
                                     "url": f"http://{self.address(cluster)}{path}v1"}}
                children["endpoint-" + key] = (
                    endpoint, is_true(self.observed.get("endpoint-" + key), "Ready"))
        count = len(self.placed)
        names = sorted({c for c, _ in self.placed})
        if not count:
            scheduled = ("False", "InsufficientCapacity", f"0 of {wanted} replicas scheduled "
                         f"(checked {len(self.clusters)} clusters)")
            readiness = ("False", "NoReplicasScheduled", "")
        else:
            scheduled = (("True", "ReplicasCreated", f"Scheduled {count} of {wanted} replicas")
                         if seen else ("False", "Scheduling", ""))
            readiness = (("True", "AllReplicasReady") if ready == count else
                         ("False", "ModelStarting")) + (f"{ready} of {count} ready",)
        events = [] if seen or not count else [("Normal", (
            f"Scheduled {count} replicas across {len(names)} clusters: {', '.join(names)}"))]
        return {"children": children, "status": {"replicas": {"total": count, "ready": ready}},
                "conditions": {"ReplicasScheduled": scheduled, "ReplicasReady": readiness},
                "events": events}


# ---- random fleets ----

class Draw(random.Random):
    def maybe(self, percent):
        return self.randrange(100) < percent

    def device(self, kind):
        device = {"name": kind, "driver": kind + ".example", "deviceClassName": kind + ".class"}
        if not self.maybe(10):
            device["count"] = self.choice((0, 1, 2, 8, 8, 8, 8, -1))
        device["claim"] = "Synthetic" if self.maybe(15) else "DRA"
        if self.maybe(30):
            del device["claim"]
        return device

    def pool(self, name):
        pool = {"name": name, "devices": [self.device(k) for k in KINDS if self.maybe(80)]}
        if not self.maybe(5):
            pool["nodes"] = self.choice((-1, 0, 1, 2, 3, 4, 6, 9, 12))
        return pool

    def taint(self):
        return {"key": self.choice("xy"), "effect": self.choice(("NoSchedule", "NoExecute")),
                **({"value": self.choice("12")} if self.maybe(50) else {})}

    def toleration(self):
        t = {"operator": self.choice(("Exists", "Equal"))}
        if t["operator"] == "Equal" or self.maybe(70):
            t["key"] = self.choice("xy")
        if t["operator"] == "Equal" and self.maybe(60):
            t["value"] = self.choice("12")
        if self.maybe(30):
            del t["operator"]
            t.setdefault("key", "x")
        if self.maybe(50):
            t["effect"] = self.choice(("NoSchedule", "NoExecute"))
        return t

    def cluster(self, name):
        status = {"gpuPools": [self.pool(p) for p in ("p2", "p0", "p1")[:self.choice((0, 1, 2, 3, 3))]],
                  "conditions": [{"type": "Ready", "reason": "R",
                                  "status": "False" if self.maybe(12) else "True"}]}
        if not self.maybe(10):
            status["gateway"] = {"address": f"192.0.2.{self.randrange(9)}"}
        spec = {"cluster": {"source": "Existing", "existing": {"secretRef": {"name": "k"}}}}
        if self.maybe(25):
            spec["taints"] = [self.taint()]
        return {"apiVersion": GROUP, "kind": "InferenceCluster", "metadata": {"name": name},
                "spec": spec, "status": status}

    def member(self, role):
        member = {"role": role, "template": {"spec": {"containers": [
            {"name": "engine", "image": "engine:" + str(self.randrange(3))}]}}}
        wanted = [k for k in KINDS if self.maybe(25)]
        if wanted or role == "Standalone":
            member["nodeSelector"] = {"devices": [
                {"name": k, "selectors": [{"cel": f"device.driver == '{k}.example'"}],
                 **({"count": self.choice((1, 1, 2, 8))} if self.maybe(70) else {})}
                for k in wanted or [self.choice(KINDS)]]}
        if role == "Worker" and self.maybe(80):
            member["worker"] = {"nodes": self.randint(1, 3)}
        return member

    def engine(self, name):
        roles = ("Standalone",) if self.maybe(50) else ("Leader", "Worker")
        engine = {"name": name, "members": [self.member(r) for r in roles]}
        if not any("nodeSelector" in m for m in engine["members"]):
            return self.engine(name)
        if self.maybe(30):
            engine["copies"] = self.randint(1, 3)
        return engine

    def deployment(self):
        spec = {"engines": [self.engine(n) for n in ("e1", "e0", "e2")[:self.choice((1, 1, 2, 3))]]}
        if self.maybe(30):
            spec["tolerations"] = [self.toleration() for _ in range(self.randint(1, 2))]
        template = {"spec": spec}
        if self.maybe(30):
            template["metadata"] = {"labels": {"team": "a"}}
        return {"apiVersion": GROUP, "kind": "ModelDeployment",
                "metadata": {"name": "chat", "namespace": "ns"},
                "spec": {"replicas": self.randint(1, 6), "template": template}}

    def replica(self, parent, clusters):
        """One that ran before, and may fit no more."""
        ours, engines = self.maybe(70), []
        for engine in parent["spec"]["template"]["spec"]["engines"]:
            if not ours and self.maybe(50):
                continue
            pool = self.choice(("p0", "p1", "p2"))
            members = []
            for m in engine["members"]:
                member = {"role": m["role"], "template": m["template"],
                          "nodePoolName": self.choice(("p0", "p1")) if self.maybe(8) else pool}
                if "nodeSelector" in m and not self.maybe(10):
                    member["deviceRequests"] = [{"name": "a", "deviceClassName": "a.class"}]
                if "worker" in m:
                    member["worker"] = {"nodes": self.randint(1, 3)}
                members.append(member)
            engines.append({"name": engine["name"], "members": members,
                            "copies": self.randint(1, 2)})
        self.shuffle(engines)
        if not engines or self.maybe(5):
            return None
        where = self.choice(clusters)
        labels = {LABEL + "deployment": "chat" if ours else self.choice(("other", "chat2")),
                  LABEL + "cluster": where}
        if self.maybe(90):
            labels[LABEL + "replica-index"] = self.choice(("0", "1", "2", "007", "1_0", "x", "1.0"))
        replica = {"apiVersion": GROUP, "kind": "ModelReplica",
                   "metadata": {"name": f"r{self.randrange(10**6)}", "namespace": "ns",
                                "labels": labels},
                   "spec": {"clusterName": where, "engines": engines}}
        if self.maybe(50):
            replica["status"] = {"conditions": [
                {"type": "Ready", "status": self.choice(("True", "True", "False", "Unknown"))}]}
        return replica

    def request(self):
        clusters = [self.cluster(f"c{i}") for i in range(self.randint(1, 4))]
        names = [c["metadata"]["name"] for c in clusters] + ["gone"]
        parent = self.deployment()
        replicas = [self.replica(parent, names) for _ in range(self.randint(0, 5))]
        replicas = list({r["metadata"]["name"]: r for r in replicas if r}.values())
        observed = {}
        for r in replicas:
            labels = r["metadata"]["labels"]
            if labels[LABEL + "deployment"] != "chat" or self.maybe(20):
                continue
            key = f"{labels[LABEL + 'cluster']}-{index_of(r)}"
            observed["replica-" + key] = {"resource": r}
            if self.maybe(50):
                observed["endpoint-" + key] = {"resource": {
                    "apiVersion": GROUP, "kind": "ModelEndpoint", "metadata": r["metadata"],
                    "spec": {"url": "http://x/"}, "status": {"conditions": [
                        {"type": "Ready", "status": self.choice(("True", "False"))}]}}}
        self.shuffle(clusters)
        self.shuffle(replicas)
        return {"observed": {"composite": {"resource": parent}, "resources": observed},
                "requiredResources": {
                    "clusters": {"items": [{"resource": c} for c in clusters]},
                    "all-replicas": {"items": [{"resource": r} for r in replicas]}}}


@test
def as_the_model():
    """random deployments are reconciled as a second, plain reading of the rules has it"""
    requests = [Draw(seed).request() for seed in range(RUNS)]
    told = compare(lambda request: Model(request).run(), requests)
    placed = sum(t["status"]["replicas"]["total"] for t in told)
    kept = sum(1 for t, r in zip(told, requests) for key in t["children"]
               if key in r["observed"]["resources"])
    assert placed > RUNS // 2 and kept > RUNS // 10, (placed, kept)


main()

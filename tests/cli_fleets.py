# SPDX-License-Identifier: Apache-2.0
"""Documents for the tests of pictures: fleets of any size, as JSON."""
import json

GROUP = "modelplane.ai/v1alpha1"


def devices(kind, count=8):
    return [{"name": "gpu", "driver": "gpu.nvidia.com", "deviceClassName": "gpu.nvidia.com",
             "count": count, "claim": "DRA",
             "attributes": {"productName": {"string": "NVIDIA " + kind.upper()},
                            "architecture": {"string": kind}}}]


def cluster(name, pools, ready=True, taint=None, address="192.0.2.1"):
    """`pools`: (name, nodes) pairs; the name is the architecture as well."""
    spec = {"cluster": {"source": "Existing",
                        "existing": {"secretRef": {"name": "kubeconfig", "key": "kubeconfig"}}}}
    if taint:
        spec["taints"] = [{"key": taint, "effect": "NoSchedule"}]
    return {"apiVersion": GROUP, "kind": "InferenceCluster", "metadata": {"name": name},
            "spec": spec,
            "status": {"gateway": {"address": address},
                       "conditions": [{"type": "Ready", "status": "True" if ready else "False",
                                       "reason": "Available"}],
                       "gpuPools": [{"name": kind, "nodes": nodes, "devices": devices(kind)}
                                    for kind, nodes in pools]}}


def member(role, kind, gpus=8, nodes=None):
    selector = f'device.attributes["gpu.nvidia.com"].architecture == "{kind}"'
    made = {"role": role,
            "nodeSelector": {"devices": [{"name": "gpu", "count": gpus,
                                          "selectors": [{"cel": selector}]}]},
            "template": {"spec": {"containers": [{"name": "engine", "image": "example/engine:1"}]}}}
    if nodes:
        made["worker"] = {"nodes": nodes}
    return made


def deployment(name, kind, nodes=1, replicas=1, copies=1, gpus=8, namespace="chat"):
    """One engine of `nodes` nodes, so a gang from two on."""
    members = ([member("Standalone", kind, gpus)] if nodes == 1 else
               [member("Leader", kind, gpus), member("Worker", kind, gpus, nodes - 1)])
    return {"apiVersion": GROUP, "kind": "ModelDeployment",
            "metadata": {"namespace": namespace, "name": name},
            "spec": {"replicas": replicas,
                     "template": {"spec": {"engines": [{"name": "main", "copies": copies,
                                                        "members": members}]}}}}


def replica(name, owner, where, pool, copies=1, namespace="chat"):
    """What runs: one engine with one member."""
    request = {"name": "gpu", "deviceClassName": "gpu.nvidia.com", "count": 8}
    return {"apiVersion": GROUP, "kind": "ModelReplica",
            "metadata": {"namespace": namespace, "name": name,
                         "labels": {"modelplane.ai/deployment": owner,
                                    "modelplane.ai/cluster": where,
                                    "modelplane.ai/replica-index": "0"}},
            "spec": {"clusterName": where,
                     "engines": [{"name": "main", "copies": copies,
                                  "members": [{"role": "Standalone", "nodePoolName": pool,
                                               "deviceRequests": [request],
                                               "template": {"spec": {"containers": [
                                                   {"name": "engine", "image": "x:1"}]}}}]}]}}


def stream(*documents):
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(documents)}).encode()


def thousand():
    """A thousand nodes in nine clusters, and two dozen deployments of one to sixteen nodes."""
    kinds = ("h100", "h200", "b200", "l4", "l40s", "mi300x")
    pools = ((("h200", 64), ("l4", 24)), (("h100", 320), ("b200", 8)),
             (("b200", 128), ("h100", 96), ("l40s", 40)), (("h200", 16),),
             (("l4", 60), ("h100", 40)), (("h200", 12), ("l40s", 8)),
             (("mi300x", 48), ("h100", 20)), (("l4", 16),), (("h100", 100),))
    clusters = [cluster(f"cluster-{i}", p, ready=i != 3, taint="maintenance" if i == 5 else None)
                for i, p in enumerate(pools)]
    assert sum(nodes for p in pools for _, nodes in p) == 1000
    return stream(*clusters,
                  *(deployment(f"model-{i:02d}", kinds[i % 6], nodes=(1, 2, 4, 8, 16)[i * 7 % 5],
                               replicas=1 + i * 5 % 8, copies=1 + i % 3)
                    for i in range(24)))

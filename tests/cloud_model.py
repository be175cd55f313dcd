# SPDX-License-Identifier: Apache-2.0
"""A model of the object behind a provisioned cluster, against the command: pools of each cloud.

What each cloud's kind has is from the kinds' schemas; the rest of a pool or class stays behind.
"""
import random

from cli_support import main, test
from function_model import GROUP, RUNS, child_name, compare

CLOUDS = {  # fields of the class, fields of the pool, what the cloud calls its region
    "GKE": (("machineType", "diskSizeGb"), ("zones",), "region"),
    "EKS": (("instanceType", "diskSizeGb"), ("zones", "capacityBlock"), "region"),
    "AKS": (("vmSize", "diskSizeGb"), ("zones",), "location"),
    "Nebius": (("platform", "preset", "diskSizeGb"), (), None),
    "Vultr": (("plan",), (), "region"),
}
SIZES = ("nodeCount", "minNodeCount", "maxNodeCount")
FABRICS = {"EKS": ("None", "EFA"), "AKS": ("None", "InfiniBand"), "Nebius": ("None", "InfiniBand")}


def some(draw, fields):
    return {k: v for k, v in fields.items() if draw.random() < .6}


def request(seed):
    draw = random.Random(seed)
    cloud = draw.choice(list(CLOUDS))
    machine, _, region = CLOUDS[cloud]
    block = cloud.lower()
    nodes = {k: draw.randint(50, 200) if k == "diskSizeGb" else draw.choice(("small", "large"))
             for k in machine}
    nodes["accelerator"] = {"type": draw.choice(("l4", "h100")), "count": draw.randint(1, 8)}
    if cloud == "Nebius" and draw.random() < .5:
        nodes["driversPreset"] = "cuda12.8"
    pools = []
    for i in range(draw.randint(1, 3)):
        fabric = {"type": draw.choice(FABRICS.get(cloud, ("None",)))}
        if fabric["type"] == "InfiniBand":
            fabric["infiniband"] = {"fabric": "f1"}
        pools.append({"name": f"p{i}", "className": "c", **some(draw, {
            "nodeCount": draw.randint(1, 9), "minNodeCount": draw.randint(1, 2),
            "maxNodeCount": draw.randint(2, 9), "zones": [draw.choice("abc")], "fabric": fabric,
            "capacityBlock": {"capacityReservationId": "cr-1"}})})
    cluster = {**({region: "somewhere"} if region else {}), **some(draw, {
        "kubernetesVersion": "1.36", "credentials": {"type": "ProviderConfig", "name": "mine"}})}
    provisioning = {"provider": cloud, block: nodes}
    return {"observed": {"composite": {"resource": {
        "apiVersion": GROUP, "kind": "InferenceCluster", "metadata": {"name": "east"},
        "spec": {"cluster": {"source": cloud, block: cluster}, "nodePools": pools}}}},
        "requiredResources": {"replicas": {"items": []}, "class-c": {"items": [{"resource": {
            "apiVersion": GROUP, "kind": "InferenceClass", "metadata": {"name": "c"},
            "spec": {"provisioning": provisioning,
                     "devices": [{"name": "gpu", "driver": "gpu.nvidia.com"}]}}}]}}}


def pool_of(cloud, pool, nodes):
    machine, more, _ = CLOUDS[cloud]
    made = {"name": pool["name"], "role": "GPU",
            **{k: nodes[k] for k in machine if k in nodes},
            **{k: pool[k] for k in SIZES + more if k in pool}}
    made["gpu"] = {"acceleratorType": nodes["accelerator"]["type"]}
    if cloud == "GKE":
        made["gpu"]["acceleratorCount"] = nodes["accelerator"]["count"]
    if "driversPreset" in nodes:
        made["gpu"]["driversPreset"] = nodes["driversPreset"]
    fabric = pool.get("fabric")
    if fabric and cloud == "Nebius":
        made["fabric"] = fabric
    elif fabric and fabric["type"] == {"EKS": "EFA", "AKS": "InfiniBand"}.get(cloud):
        made["fabric"] = fabric["type"]
    return made


def model(asked):
    spec = asked["observed"]["composite"]["resource"]["spec"]
    cloud = spec["cluster"]["source"]
    block = cloud.lower()
    of_class = asked["requiredResources"]["class-c"]["items"][0]["resource"]["spec"]
    nodes = of_class["provisioning"][block]
    return {"behind": {
        "apiVersion": "infrastructure.modelplane.ai/v1alpha1", "kind": cloud + "Cluster",
        "metadata": {"name": child_name("east", block + "-cluster"),
                     "namespace": "modelplane-system"},
        "spec": {**spec["cluster"][block],
                 "nodePools": [pool_of(cloud, p, nodes) for p in spec["nodePools"]]}}}


@test
def clouds():
    """the object behind a cluster has what its kind has, and no more"""
    view = lambda told: {"behind": next(
        child for key, (child, _) in told["children"].items()
        if child["kind"].endswith("Cluster") and key.endswith("-cluster"))}
    told = compare(model, [request(seed) for seed in range(max(20, RUNS // 8))], view=view)
    kinds = {t["behind"]["kind"] for t in told}
    assert kinds == {c + "Cluster" for c in CLOUDS}, kinds
    fabrics = {(t["behind"]["kind"], str(p["fabric"])) for t in told
               for p in t["behind"]["spec"]["nodePools"] if "fabric" in p}
    assert len(fabrics) == 4, fabrics


main()

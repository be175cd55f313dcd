# SPDX-License-Identifier: Apache-2.0
"""What a decision costs in Python beyond C: a batch of 1,000 on 1,000 pools, as JSON lines.

    MODELPLANE_LIBRARY=libmodelplane.so PYTHONPATH=bindings/python python3 bench/python_batch.py baseline.so

Both are timed by the CPU time of the process, in turns; the least of the runs counts.
"""

import json
import sys
import time

import modelplane
from modelplane._lib import ffi

KINDS = [("h200", "141Gi", 8), ("h100", "80Gi", 8), ("l40s", "48Gi", 4), ("l4", "24Gi", 1)]
MEMORY = ["20Gi", "40Gi", "60Gi", "120Gi"]
POOLS = DEPLOYMENTS = 1000
RUNS = 30


def make_fleet():
    fleet = modelplane.Fleet()
    for i in range(POOLS):
        if i % 10 == 0:
            cluster = fleet.add_cluster(f"cluster-{i // 10:04d}", ready=True, gateway="203.0.113.7")
        name, memory, count = KINDS[i % len(KINDS)]
        cluster.add_pool(f"{name}-{i % 10}", nodes=2 + i % 7).add_device(
            "gpu", "gpu.nvidia.com", count, device_class="gpu.nvidia.com", capacity={"memory": memory})
    return fleet


def make_deployments():
    deployments = []
    for i in range(DEPLOYMENTS):
        deployment = modelplane.Deployment(f"model-{i}", namespace="bench", replicas=1)
        selector = ('device.capacity["gpu.nvidia.com"].memory'
                    f'.compareTo(quantity("{MEMORY[i % len(MEMORY)]}")) >= 0')
        deployment.add_engine("main").add_member().request("gpu", 1, [selector])
        deployments.append(deployment)
    return deployments


def timed(run):
    start = time.process_time()
    result = run()
    return (time.process_time() - start) * 1e6 / DEPLOYMENTS, result


def main():
    ffi.cdef("int64_t decide(const mp_fleet *, const mp_deployment *const *, size_t);")
    baseline = ffi.dlopen(sys.argv[1])
    fleet, deployments = make_fleet(), make_deployments()
    handles = ffi.new("const mp_deployment *[]", [deployment._c for deployment in deployments])
    in_c, in_python = [], []
    for _ in range(RUNS):
        took, placed = timed(lambda: baseline.decide(fleet._c, handles, DEPLOYMENTS))
        in_c.append(took)
        took, decisions = timed(lambda: modelplane.decide(fleet, deployments))
        in_python.append(took)
        if placed != sum(len(decision.replicas) for decision in decisions) or placed != DEPLOYMENTS:
            sys.exit(f"placed {placed} in C")
    print(json.dumps({"bench": "python.batch", "pools": POOLS, "decisions": DEPLOYMENTS,
                      "c_us": round(min(in_c), 2), "python_us": round(min(in_python), 2),
                      "overhead_us": round(min(in_python) - min(in_c), 2)}))


main()

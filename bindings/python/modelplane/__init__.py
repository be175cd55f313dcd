# SPDX-License-Identifier: Apache-2.0
"""Where a model runs: plans LLM inference over fleets of clusters.

    import modelplane

    with modelplane.Fleet() as fleet:
        pool = fleet.add_cluster("a", ready=True, gateway="a.example").add_pool("h100", nodes=4)
        pool.add_device("gpu", "gpu.nvidia.com", 8, capacity={"memory": "80Gi"})
        deployment = modelplane.Deployment("chat", replicas=2)
        deployment.add_engine("main").add_member().request("gpu", 8)
        for placement in modelplane.schedule(fleet, deployment):
            print(placement.cluster, placement.engines[0].members[0].pool)
"""

from . import cel
from ._errors import Error, Status, decode as _decode
from ._lib import lib as _lib
from .compose import Routing, Shape, Stack, child_name, compose, compose_replica, opaque_name
from .deployment import (Deployment, Engine, Member, Phase, Request, Scope, Serving, Span, Strength,
                         TolerationOp)
from .document import Document, Node, Walk, load_yaml
from .fleet import Claim, Cluster, Domain, Effect, Fleet, Pool, PoolDevice, Replica, ReplicaEngine, Role, Tier
from .quantity import Format, Quantity, Version
from .reconcile import (ReconcileOptions, Violation, function_run, is_known, reconcile, unknown_fields,
                        validate)
from .schedule import (Accounting, Candidate, Certificate, ClaimOf, ClusterPolicy, Counters, Decision,
                       EnginePlace, MemberPlace, Options, Placement, Plan, PoolPolicy, Proof, Share, Unit,
                       Verdict, Where, decide, schedule, schedule_all)

__version__ = "0.1.0"


def library_version() -> str:
    """Version of the C library that was opened."""
    return _decode(_lib.mp_version())


__all__ = [
    "Accounting", "Candidate", "Certificate", "Claim", "ClaimOf", "Cluster", "ClusterPolicy", "Counters",
    "Decision", "Deployment", "Document", "Domain", "Effect", "Engine", "EnginePlace", "Error", "Fleet", "Format",
    "Member", "MemberPlace", "Node", "Options", "Phase", "Placement", "Plan", "Pool", "PoolDevice",
    "PoolPolicy", "Proof", "Quantity", "ReconcileOptions", "Replica", "ReplicaEngine", "Request", "Role",
    "Routing", "Scope", "Serving", "Shape", "Share", "Span", "Stack", "Status", "Strength", "Tier",
    "TolerationOp", "Unit", "Verdict", "Version", "Violation", "Walk", "Where", "cel", "child_name", "compose",
    "compose_replica", "decide", "function_run", "is_known", "library_version", "load_yaml", "opaque_name",
    "reconcile", "schedule", "schedule_all", "unknown_fields", "validate",
]

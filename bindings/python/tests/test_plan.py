# SPDX-License-Identifier: Apache-2.0
"""Fleets and deployments by calls, plans and what they lead to."""

from __future__ import annotations

import gc
import io
import threading
from typing import List, Tuple

import pytest

import modelplane
from modelplane import (ClusterPolicy, Document, Effect, Error, Options, PoolPolicy, Proof, Role, Scope, Span,
                        Status, Strength, Tier, Verdict)


def small() -> Tuple[modelplane.Fleet, modelplane.Deployment]:
    fleet = modelplane.Fleet()
    for name in ("east", "west"):
        cluster = fleet.add_cluster(name, ready=True, gateway=f"{name}.example", labels={"region": name})
        pool = cluster.add_pool("h100", nodes=4)
        pool.add_device("gpu", "gpu.nvidia.com", 8, attributes={"productName": "H100"},
                        capacity={"memory": "80Gi"})
    deployment = modelplane.Deployment("chat", namespace="team", replicas=2)
    engine = deployment.add_engine("main")
    for role, nodes in ((Role.LEADER, None), (Role.WORKER, 1)):
        engine.add_member(role, nodes).request("gpu", 8, [
            'device.attributes["gpu.nvidia.com"].productName == "H100"'])
    return fleet, deployment


def test_a_plan() -> None:
    fleet, deployment = small()
    with fleet, deployment, modelplane.schedule(fleet, deployment) as plan:
        assert plan.verdict == Verdict.PLACED and len(plan) == 2
        assert [p.cluster for p in plan] == ["east", "west"]
        first = plan.placements[0]
        assert (first.index, first.gateway, first.retained) == (0, "east.example", False)
        leader, worker = first.engines[0].members
        assert leader.pool == worker.pool == "h100"
        assert sum(share.pods for share in worker.shares) == 1
        assert leader.claims[0].request == "gpu"
        assert plan.counters.evaluations > 0
        plan.check()
        composed = modelplane.compose(plan, ready=lambda name: True)
        assert {o["kind"] for o in composed.values()} == {"ModelReplica", "ModelEndpoint"}
        assert all(o["kind"] == "ModelReplica" for o in modelplane.compose(plan).values())


def test_why_not() -> None:
    fleet, deployment = small()
    deployment.replicas = 9
    with modelplane.schedule(fleet, deployment) as plan:
        assert plan.verdict == Verdict.PARTIAL and len(plan) == 4
        certificates = plan.certify()
        assert [c.cluster for c in certificates] == ["east", "west"]
        assert all(c.proof in (Proof.COUNT, Proof.SEARCH) for c in certificates)
        plan.check()
        why = plan.explain()
        assert [cluster["name"] for cluster in why["clusters"]] == ["east", "west"]


def test_scores_and_their_exceptions() -> None:
    fleet, deployment = small()
    seen: List[str] = []

    def score(candidate: modelplane.Candidate) -> int:
        seen.append(candidate.cluster.name)
        return 0 if candidate.cluster.name == "west" else 1

    with modelplane.schedule(fleet, deployment, Options(clusters=ClusterPolicy.SCORED, score=score)) as plan:
        assert {p.cluster for p in plan} == {"west"}
        plan.check()
    assert set(seen) == {"east", "west"}

    def fails(candidate: modelplane.Candidate) -> int:
        raise KeyError(candidate.cluster.name)

    with pytest.raises(KeyError, match="east"):
        modelplane.schedule(fleet, deployment, Options(clusters=ClusterPolicy.SCORED, score=fails))


def test_every_setting() -> None:
    fleet = modelplane.Fleet()
    cluster = fleet.add_cluster("a", ready=True, gateway="a.example", labels={"tier": "gold"}, cost=3)
    cluster.add_taint("reserved", "yes", Effect.NO_SCHEDULE)
    pool = cluster.add_pool("p", nodes=8, fabric="ib", cost=2)
    pool.add_level("rack")
    domain = pool.add_domain("r1", 4)
    pool.add_domain("r2", 4)
    domain.set_nodes(4)
    domain.set_tier(Tier.CORDONED, 0)
    assert (pool.fabric, domain.path, [d.path for d in pool.domains]) == ("ib", "r1", ["r1", "r2"])
    device = pool.add_device("gpu", "gpu.example", 2, device_class="gpu.example", attributes={
        "big": True, "rank": 3, "model": "x", "driverVersion": modelplane.Version("1.2.3")})
    device.set_capacity("memory", modelplane.Quantity("80Gi"))
    device.set_version("firmware", "2.0.0")
    with modelplane.cel.Environment() as env, env.compile(
            'device.attributes["gpu.example"].rank == 3') as program:
        assert device.matches(program)
    assert (device.name, device.count, [d.name for d in pool.devices]) == ("gpu", 2, ["gpu"])
    assert fleet.cluster("a") == cluster and fleet.cluster("b") is None
    assert cluster.pool("p") == pool and cluster.pool("q") is None and list(cluster) == [pool]
    version = fleet.version
    fleet.add_cluster("other").add_pool("p", nodes=1).nodes = 2
    assert fleet.version > version and fleet.shapes == 1 and pool.tier(Tier.CORDONED) == 0

    deployment = modelplane.Deployment("d", replicas=1)
    deployment.set_label("app", "chat")
    deployment.select_cluster("tier", "gold")
    deployment.prefer_cluster("tier", "silver")
    deployment.tolerate("reserved", "yes", Effect.NO_SCHEDULE)
    deployment.tolerate("spot")
    deployment.add_affinity("app", "other", Scope.CLUSTER, anti=True)
    engine = deployment.add_engine("e", copies=2, span=Span.POOL)
    engine.set_level("rack", Strength.PREFERRED)
    engine.add_member(Role.LEADER, template={"spec": {"containers": [{"name": "engine"}]}}).request(
        "gpu", 2, ['device.attributes["gpu.example"].rank == 3'])
    engine.add_member(Role.WORKER, nodes=1).request("gpu", 2)
    assert deployment.labels == {"app": "chat"} and deployment.engine("e") == engine
    assert (engine.copies, engine.span, len(engine.members)) == (2, Span.POOL, 2)
    leader = engine.members[0]
    assert leader.template["spec"]["containers"][0]["name"] == "engine"
    assert leader.requests[0].selectors == ['device.attributes["gpu.example"].rank == 3']
    with modelplane.schedule(fleet, deployment) as plan:
        assert plan.verdict == Verdict.PLACED
        plan.check()


def test_observed_replicas() -> None:
    fleet, deployment = small()
    replica = fleet.add_replica("team", "chat-abc", "chat", "east", 0)
    replica.set_label("app", "chat")
    engine = replica.add_engine("main")
    engine.add_member(Role.LEADER, "h100")
    engine.add_member(Role.WORKER, "h100", nodes=1)
    assert fleet.replica_count == 1 and fleet.replica("team", "chat-abc") == replica
    with modelplane.schedule(fleet, deployment) as plan:
        assert [(p.cluster, p.retained) for p in plan] == [("east", True), ("west", False)]
        plan.check()
    fleet.remove_replica(replica)
    assert fleet.replica_count == 0 and fleet.replica("team", "chat-abc") is None


def test_documents_of_a_fleet() -> None:
    fleet = modelplane.Fleet()
    with pytest.raises(Error) as caught:
        fleet.read_cluster({"apiVersion": "modelplane.ai/v1alpha1", "kind": "InferenceCluster",
                            "metadata": {"name": 3}})
    assert caught.value.status == Status.EDOC and caught.value.path


def test_errors_tell_where() -> None:
    with pytest.raises(Error) as caught:
        Document.from_json('{"a": [1, 2,, 3]}')
    error = caught.value
    assert (error.status, error.offset, error.line, error.column) == (Status.EPARSE, 12, 1, 13)
    assert str(error).startswith("1:13: ")
    with pytest.raises(Error) as caught:
        modelplane.Deployment("")
    assert caught.value.status == Status.EINVAL
    member = modelplane.Deployment("d").add_engine("e").add_member()
    with pytest.raises(Error) as caught:
        member.request("gpu", 1, ["device.driver == "])
    assert caught.value.status == Status.EPARSE and caught.value.column == 18


def test_closed_means_closed() -> None:
    fleet, deployment = small()
    cluster = fleet.clusters[0]
    plan = modelplane.schedule(fleet, deployment)
    deployment.close()
    deployment.close()
    with pytest.raises(ValueError, match="Deployment is closed"):
        plan.placements
    fleet.close()
    with pytest.raises(ValueError, match="Fleet is closed"):
        cluster.name
    with pytest.raises(ValueError, match="Fleet is closed"):
        plan.explain()


def test_parts_keep_the_whole() -> None:
    pool = modelplane.Fleet().add_cluster("a").add_pool("p", nodes=2)
    gc.collect()
    assert (pool.name, pool.nodes) == ("p", 2)
    node = Document({"a": [{"b": 1}]}).root.get("a").at(0)
    gc.collect()
    assert node.to_python() == {"b": 1} and node.path == "a[0]"


def test_documents() -> None:
    value = {"a": [1, -2, 2**63, 1.5, True, None, "ü\u0000"], "b": {}}
    with Document(value) as doc:
        assert doc.to_python() == value
        assert Document.from_json(doc.to_json(pretty=True)).root == doc.root
        assert doc.root.get("a").at(0).type == "int" and not doc.root.get("c")
        assert [node.key for node in doc.root] == ["a", "b"] and len(doc.root) == 2
        assert doc.to_yaml(document=True).startswith("---\n")
        paths: List[str] = []
        doc.root.visit(lambda node, leaving: None if leaving else paths.append(node.path))
        assert paths[:3] == ["", "a", "a[0]"]
        stopped: List[str] = []

        def first(node: modelplane.Node, leaving: bool) -> modelplane.Walk:
            stopped.append(node.path)
            return modelplane.Walk.STOP

        doc.root.visit(first)
        assert stopped == [""]

        def fails(node: modelplane.Node, leaving: bool) -> None:
            raise LookupError

        with pytest.raises(LookupError):
            doc.root.visit(fails)
        for write, text in ((doc.root.write_json, doc.to_json()), (doc.root.write_yaml, doc.to_yaml())):
            file = io.StringIO()
            write(file)
            assert file.getvalue() == text
            file.close()
            with pytest.raises(ValueError, match="closed file"):
                write(file)
        assert doc.root.get("a").at(3).index == 3
    with pytest.raises(ValueError):
        Document({"a": float("nan")})


def test_yaml() -> None:
    pytest.importorskip("yaml")
    assert modelplane.load_yaml("a: 2024-01-01\n---\n- 1\n---\n") == [{"a": "2024-01-01"}, [1]]
    with pytest.raises(Error) as caught:
        modelplane.load_yaml("a: [1,\nb: }")
    assert caught.value.status == Status.EPARSE and caught.value.line == 2


def test_quantities_and_versions() -> None:
    assert modelplane.Quantity("1.5Gi") + modelplane.Quantity("512Mi") == modelplane.Quantity("2Gi")
    assert str(modelplane.Quantity("1024Mi")) == "1Gi" and int(modelplane.Quantity("1k")) == 1000
    assert modelplane.Quantity("100m") < modelplane.Quantity(1) and hash(modelplane.Quantity("1k")) == hash(
        modelplane.Quantity(1000))
    assert modelplane.Version("1.2.3-rc.1") < modelplane.Version("1.2.3")
    with pytest.raises(Error):
        modelplane.Quantity("1.2.3")


def test_names() -> None:
    assert modelplane.child_name("chat", "main") == modelplane.child_name("chat", "main")
    assert modelplane.opaque_name("chat", "a") != modelplane.opaque_name("chat", "b")
    assert modelplane.library_version()


def test_threads_share_a_fleet() -> None:
    """The interpreter's lock is let go of in calls, and plans are the same from every thread."""
    fleet, deployment = small()
    found: List[List[str]] = []

    def plans() -> None:
        for plan in modelplane.schedule_all(fleet, [deployment] * 200):
            found.append([p.cluster for p in plan])

    threads = [threading.Thread(target=plans) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 800 and all(clusters == ["east", "west"] for clusters in found)


def test_policies_agree_with_the_checker() -> None:
    fleet, deployment = small()
    for clusters in (ClusterPolicy.SPREAD, ClusterPolicy.PACK, ClusterPolicy.CHEAPEST, ClusterPolicy.PREFERRED):
        for pools in (PoolPolicy.FIRST, PoolPolicy.BEST_FIT, PoolPolicy.UNFRAGMENTED, PoolPolicy.CHEAPEST):
            with modelplane.schedule(fleet, deployment, Options(clusters=clusters, pools=pools)) as plan:
                assert plan.verdict == Verdict.PLACED
                plan.check()

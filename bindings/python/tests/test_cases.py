# SPDX-License-Identifier: Apache-2.0
"""The cases that the library's own tests run, from the same files."""

from __future__ import annotations

import json
from typing import Any, Dict, Iterator

import pytest

import modelplane
from support import DATA, at, cases, same_lines


def compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def place(of: Any) -> str:
    of = of or {}
    space = of.get("namespace")
    return (f"{space}/" if space else "") + str(of.get("name", ""))


def quoted(text: Any) -> str:
    return "" if text is None else f' "{text}"'


# ---- reconcile ----

def status_lines(item: Dict[str, Any]) -> Iterator[str]:
    head = f"status {item['kind']} {place(item['metadata'])}: "
    status = item["status"]
    replicas = status.get("replicas")
    if replicas is not None:
        yield f"{head}replicas {replicas.get('total', -1)} total, {replicas.get('ready', -1)} ready"
    summary = status.get("summary")
    if summary is not None:
        yield f"{head}ready {summary['ready']}"
        for cluster in status.get("clusters") or []:
            yield f"{head}{cluster['name']} {cluster['phase']}"
    backend = at(status, "routing", "backendName")
    if backend is not None:
        yield f"{head}backend {backend}"
    if "address" in status:
        yield f"{head}address {status['address']}"
    for c in status.get("conditions") or []:
        yield f"{head}{c['type']}={c['status']} {c['reason']}{quoted(c.get('message'))}"


def plan_line(plan: Dict[str, Any]) -> str:
    line = f"plan {place(plan)} {plan['verdict']}"
    if "fault" in plan:
        line += f" fault {plan['fault']['reason']}"
    placed = [f"{p['replica']} {'kept' if p.get('retained') else 'new'}" for p in plan["placements"]]
    return line + (": " + ", ".join(placed) if placed else "")


def result_lines(result: Dict[str, Any]) -> Iterator[str]:
    for item in result.get("statuses") or []:
        yield from status_lines(item)
    for o in result.get("objects") or []:
        on = f" on {o['cluster']}" if o.get("cluster") else ""
        ready = "ready" if o.get("ready") else "waiting"
        yield f"child {o['parent']['kind']} {place(o['parent'])} {o['key']}{on} {ready}"
    for e in result.get("events") or []:
        yield f"event {e['type']} {at(e, 'parent', 'kind')} {place(e.get('parent'))}: {e['message']}"
    for plan in result.get("plans") or []:
        yield plan_line(plan)
    for s in result.get("skipped") or []:
        yield f"skipped {s['kind']} {place(s.get('metadata'))}"
    for e in result.get("errors") or []:
        path = f"{e['path']}: " if e.get("path") else ""
        yield f"error {e.get('kind', '')} {place(e.get('metadata'))}: {path}{e['message']}"


@cases("reconcile")
def test_reconcile(case: Dict[str, Any]) -> None:
    given = {name: value for name, value in case.get("options", {}).items()
             if name in ("assume_ready", "bare", "named", "infrastructure")}
    result = modelplane.reconcile(case["documents"], modelplane.ReconcileOptions(explain=True, **given))
    same_lines(case["expect"], list(result_lines(result)))
    exact = case.get("exact", {})
    statuses = {f"{s['kind']} {s['metadata']['name']}": s["status"] for s in result["statuses"]}
    for key, want in exact.get("statuses", {}).items():
        assert statuses[key] == want
    objects: Dict[str, Any] = {}
    for o in result["objects"]:
        objects.setdefault(o["key"], o["object"])
    for key, want in exact.get("objects", {}).items():
        assert objects[key] == want


# ---- function ----

def response_lines(response: Dict[str, Any]) -> Iterator[str]:
    composite = at(response, "desired", "composite") or {}
    if "ready" in composite:
        yield f"parent {composite['ready']}"
    for key, value in (at(composite, "resource", "status") or {}).items():
        yield f"status {key} {compact(value)}"
    for key, child in (at(response, "desired", "resources") or {}).items():
        ready = f" {child['ready']}" if "ready" in child else ""
        yield f"child {key} {child['resource'].get('kind', '')}{ready}"
    for c in response.get("conditions") or []:
        yield f"condition {c['type']} {c['status']} {c['reason']}{quoted(c.get('message'))}"
    for r in response.get("results") or []:
        yield f"{r['severity']} {r['message']}"
    for key, q in (at(response, "requirements", "resources") or {}).items():
        which = f" named {q['matchName']}" if "matchName" in q else compact(q.get("matchLabels"))
        space = f" in {q['namespace']}" if q.get("namespace") else ""
        yield f"require {key} {q['apiVersion']} {q['kind']}{which}{space}"


def follow(tree: Any, path: str) -> Any:
    for step in path.split("/") if path else []:
        tree = tree[int(step)] if isinstance(tree, list) else tree.get(step)
    return tree


@cases("function")
def test_function(case: Dict[str, Any]) -> None:
    options = modelplane.ReconcileOptions(
        shape=modelplane.Shape.V1 if at(case, "options", "shape") == "v1" else modelplane.Shape.AUTO,
        routing=modelplane.Routing.POOL if at(case, "options", "routing") == "pool"
        else modelplane.Routing.AUTO)
    response = modelplane.function_run(case["request"], options)
    same_lines(case["expect"], list(response_lines(response)))
    for path, want in case.get("exact", {}).items():
        assert compact(follow(response, path)) == compact(want)


# ---- compose ----

V1, V2 = modelplane.Shape.V1, modelplane.Shape.V2
REPLICAS = [
    ("standalone", "standalone", {}),
    ("gang-cache", "gang-cache", {"shape": V2}),
    ("gang-cache", "gang-cache.v1", {"shape": V1}),
    ("claimless-leader", "claimless-leader", {}),
    ("two-standalone", "two-standalone", {}),
    ("prefill-decode", "prefill-decode", {}),
    ("own-fields", "own-fields", {}),
    ("standalone", "standalone.pool", {"routing": modelplane.Routing.POOL}),
    ("gang-cache", "gang-cache.dynamo", {"stack": modelplane.Stack.DYNAMO}),
    ("encode-prefill-decode", "encode-prefill-decode", {}),
]


@pytest.mark.parametrize("replica, want, options", REPLICAS, ids=[want for _, want, _ in REPLICAS])
def test_compose(replica: str, want: str, options: Dict[str, Any]) -> None:
    made = modelplane.compose_replica(json.loads((DATA / "compose" / f"{replica}.json").read_text()), **options)
    assert compact(made) == compact(json.loads((DATA / "compose" / f"{want}.want.json").read_text()))


def test_every_compose_case_is_run() -> None:
    files = {file.name[:-len(".want.json")] for file in (DATA / "compose").glob("*.want.json")}
    assert files - {want for _, want, _ in REPLICAS} == {"plan", "plan.v1"}  # of whole plans


# ---- validate ----

@pytest.mark.parametrize("file", ["rules", "structure", "every-field"])
def test_validate(file: str) -> None:
    shapes = {"V1": V1, "V2": V2, None: modelplane.Shape.AUTO}
    path = DATA / "validate" / f"{file}.json"
    with modelplane.Document.from_json(path.read_bytes()) as read:
        for case, node in zip(json.loads(path.read_text()), read.root):
            got = modelplane.validate(node.get("document"), shapes[case.get("shape")],
                                      case.get("relaxed", False), case.get("before"))
            want = case.get("want", [])
            assert [(v.path, v.message) for v in got] == [(w["path"], w["message"]) for w in want], case["name"]
            if file != "every-field":
                assert [v.rule for v in got] == [w.get("rule", case.get("rule", -1)) for w in want], case["name"]
            assert all(v.line is not None and v.offset is not None for v in got)

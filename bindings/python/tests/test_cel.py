# SPDX-License-Identifier: Apache-2.0
"""Selectors by calls."""

from __future__ import annotations

import threading
from typing import List

import pytest

import modelplane
from modelplane import Error, Status, cel

MEMORY = 'device.capacity["gpu.example"].memory.compareTo(quantity("80Gi")) >= 0'


def h100(memory: str = "80Gi") -> cel.Device:
    return cel.Device("gpu.example", {"model": "h100", "rank": 2, "ok": True,
                                      "driverVersion": modelplane.Version("1.2.3"), "tags": ["a", "b"]},
                      {"memory": memory})


def test_matching() -> None:
    with cel.Environment() as env, env.compile(MEMORY) as program, h100() as large, h100("40Gi") as little:
        assert program.source == MEMORY and program.type == "bool" and program.memory > 0
        assert program.matches(large) and not program.matches(little)
        assert program.matches_each([large, little, cel.Device("other.example")]) == [True, False, None]
        with pytest.raises(Error) as caught:
            program.matches(cel.Device("other.example"))
        assert caught.value.status == Status.EEVAL


def test_copies() -> None:
    with cel.Environment() as env, env.compile(MEMORY) as program, h100() as model:
        copies = [model.copy() for _ in range(10)]
        copies[3].set("memory", cel.Capacity("1Gi"))
        assert program.matches_each(copies) == [True] * 3 + [False] + [True] * 6
    with pytest.raises(ValueError, match="closed"):
        copies[0].set("rank", 1)


def test_explaining() -> None:
    source = 'device.driver == "gpu.example" && device.attributes["gpu.example"].rank > 2'
    with cel.Environment() as env, h100() as device:
        parts = env.explain(source, device)
        assert parts[0].value == "false" and parts[0].type == "bool"
        assert [p.text for p in parts if p.depth == 1] == source.split(" && ")
        assert [step.left for step in env.sieve(source, [device])] == [1, 0]
        unknown = env.unknown_names('device.attributes["gpu.example"].modle == "h100"', [device])
        assert [(u.name, u.nearest) for u in unknown] == [("gpu.example/modle", "gpu.example/model")] or (
            unknown[0].nearest is not None and "model" in unknown[0].nearest)
        cost = env.estimate(source)
        assert 0 < cost.min <= cost.max < cel.COST_MAX


def test_releases() -> None:
    source = 'device.allowMultipleAllocations == true'
    with cel.Environment.of_release(37, consumable_capacity=True) as env:
        env.compile(source).close()
    with cel.Environment.of_release(31) as env, pytest.raises(Error) as caught:
        env.compile(source)
    assert caught.value.status == Status.ECOMPILE and caught.value.line == 1


def test_values() -> None:
    types = {"n": "int", "names": "list(string)", "raw": "bytes", "m": "map(string, dyn)", "q": "kubernetes.Quantity"}
    with cel.Environment(types) as env:
        def run(source: str) -> cel.Result:
            with env.compile(source) as program:
                return program.evaluate({"n": 3, "names": ["a", "b"], "raw": b"\x00\xff",
                                         "m": {"x": None, "y": [1.5]}, "q": modelplane.Quantity("1Gi")})

        assert run("n + 1").value == 4 and run("n + 1").type == "int" and run("n + 1").cost > 0
        assert run("names.map(s, s + '!')").value == ["a!", "b!"]
        assert run("raw").value == b"\x00\xff"
        assert run("m").value == {"x": None, "y": [1.5]}
        assert run("q.isGreaterThan(quantity('1Mi'))").value is True
        assert run("0.0 / 0.0").value != run("0.0 / 0.0").value
        with env.compile("names.all(x, names.all(y, x != y))") as program, pytest.raises(Error) as caught:
            program.evaluate({"names": [str(i) for i in range(50)]}, budget=10)
        assert caught.value.status in (Status.EBUDGET, Status.EEVAL)


def test_a_program_in_many_threads() -> None:
    with cel.Environment() as env, env.compile(MEMORY) as program, h100() as device:
        answers: List[bool] = []

        def match() -> None:
            answers.extend(program.matches(device) for _ in range(500))

        threads = [threading.Thread(target=match) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == [True] * 2000

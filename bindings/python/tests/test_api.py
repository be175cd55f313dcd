# SPDX-License-Identifier: Apache-2.0
"""The whole of the library is covered, and nothing of it leaks."""

from __future__ import annotations

import gc
import os
import pathlib
import re

import pytest

import modelplane
from modelplane import ClusterPolicy, Options, cel
from support import TOP
from test_plan import small

# What needs no counterpart in Python, and what takes its place.
NOT_IN_PYTHON = {
    r"mp_object_(new|set|append)_\w+|mp_object_(set|append|remove|copy)|mp_doc_(new|status)":
        "Document() of a Python value",
    r"mp_object_(bool|int|uint|double|string)|mp_object_(is|key|string)_\w+": "to_python(), type, key",
    r"mp_cel_vars_set_(bool|int|uint|double|string)": "mp_cel_vars_set() has the declared type",
    r"mp_cel_result_(bool|int|uint)": "mp_cel_result_object()",
    r"mp_(phase|role|status|verdict)_name": "the names of the enums",
    r"mp_plan_deployment": "Plan.deployment",
    r"mp_validate": "mp_validate_with()",
}


def test_every_function_is_covered() -> None:
    exports = set((TOP / "lib" / "modelplane.exports").read_text().split())
    folder = pathlib.Path(modelplane.__file__).parent
    source = "".join(file.read_text() for file in folder.glob("*.py") if file.name != "_cdef.py")
    called = set(re.findall(r"\b_?lib\.(mp_\w+)", source))
    assert called <= exports
    left = exports - called
    assert not {name for name in left if not any(re.fullmatch(p, name) for p in NOT_IN_PYTHON)}
    assert not [p for p in NOT_IN_PYTHON if not any(re.fullmatch(p, name) for name in left)]


def resident() -> int:
    """Memory of the process that is in RAM, in bytes."""
    gc.collect()
    return int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def once(fleet: modelplane.Fleet, deployment: modelplane.Deployment, env: cel.Environment) -> None:
    """One of everything that a plan leads to; half is closed, half left to the collector."""
    options = Options(clusters=ClusterPolicy.SCORED, score=lambda candidate: candidate.replicas)
    with modelplane.schedule(fleet, deployment, options) as plan:
        modelplane.compose(plan, ready=lambda name: True)
        plan.certify()
    left = modelplane.schedule(fleet, deployment)
    left.explain()
    left.placements
    modelplane.decide(fleet, [deployment])
    with pytest.raises(modelplane.Error):
        modelplane.Deployment("")
    env.compile("device.driver == 'a'").matches(cel.Device("a", {"model": "x"}, {"memory": "1Gi"}))
    str(modelplane.Quantity("123456789012345678901234567890Gi"))


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="no /proc here")
def test_no_leak() -> None:
    """10,000 plans leave the process no larger than 2,000 before them did."""
    fleet, deployment = small()
    with cel.Environment() as env:
        for _ in range(1000):
            once(fleet, deployment, env)
        before = resident()
        for _ in range(5000):  # two plans each
            once(fleet, deployment, env)
        assert resident() - before < 1 << 20

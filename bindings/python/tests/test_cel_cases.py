# SPDX-License-Identifier: Apache-2.0
"""The selector cases: those of the project, and the shared ones where they are."""

from __future__ import annotations

import base64
import datetime
import decimal
import json
import math
import pathlib
import re
from typing import Any, Dict, Optional, Tuple

import pytest

import modelplane
from modelplane import cel
from support import DATA, SHARED, at

Case = Dict[str, Any]


def answer(case: Case, field: str) -> Any:
    """A field of the case, or what selectors answer where the case says that it differs."""
    dra = case.get("dra", {})
    return dra.get(field) if "want" in dra or "want_error" in dra else case.get(field)


def outside(case: Case) -> bool:
    """Whether the case needs what selectors do not have."""
    return bool({"math", "encoders", "block"} & set(case.get("needs", []))) or bool(case.get("container"))


def held(node: Dict[str, Any]) -> Tuple[str, Any]:
    return next(iter(node.items()))


def given(node: Dict[str, Any]) -> Any:
    """What a variable is set to."""
    kind, value = held(node)
    if kind in ("null", "bool", "string"):
        return value
    if kind in ("int", "uint"):
        return int(value)
    if kind == "double":
        return float(value)
    if kind == "bytes":
        return base64.b64decode(value)
    if kind == "duration":
        return f"{decimal.Decimal(value) / 10**9:f}s"
    if kind == "list":
        return [given(item) for item in value]
    if kind == "map":
        return {str(held(key)[1]): given(item) for key, item in value}
    raise ValueError(f"a variable of type {kind}")


def exact(text: str) -> decimal.Decimal:
    """The value of a canonical quantity, which may be beyond every limit."""
    number = text.rstrip("numkKMGTPEi")
    unit = text[len(number):]
    base = 1024 if unit.endswith("i") else 1000
    power = {"": 0, "n": -3, "u": -2, "m": -1}.get(unit)
    if power is None:
        power = " kMGTPE".upper().index(unit[0].upper())
    with decimal.localcontext() as context:
        context.prec = 2000
        return decimal.Decimal(number) * decimal.Decimal(base) ** power


def moment(text: str) -> Tuple[datetime.datetime, str]:
    """Seconds and the fraction; datetime has no nanoseconds."""
    parts = re.fullmatch(r"([^.Z+]{19})\.?(\d*)(Z|[-+].*)", text)
    assert parts, text
    zone = parts[3].replace("Z", "+00:00")
    return (datetime.datetime.fromisoformat(parts[1] + zone).astimezone(datetime.timezone.utc),
            parts[2].rstrip("0"))


def agrees(got: Any, node: Dict[str, Any]) -> bool:
    """Compares a value with what a case wants."""
    kind, want = held(node)
    if kind == "null":
        return got is None
    if kind == "bool":
        return got is want
    if kind in ("int", "uint"):
        return str(got) == str(want)
    if kind == "double":
        number = float(want)
        if got is None:  # in JSON, a number that it lacks
            return math.isnan(number) or math.isinf(number)
        return isinstance(got, (int, float)) and (got == number or math.isnan(got) and math.isnan(number))
    if kind == "bytes":
        raw = base64.b64decode(want)
        if isinstance(got, bytes):
            return got == raw
        try:
            return bool(got == raw.decode())
        except UnicodeDecodeError:  # within a list or map, what is no text is told by its type
            return bool(got == "bytes")
    if kind in ("string", "type", "ip", "cidr", "url"):
        return bool(got == want)
    if kind == "quantity":
        return exact(got) == exact(want)
    if kind == "semver":
        return str(modelplane.Version(got)) == str(modelplane.Version(want))
    if kind == "duration":
        return float(str(got).rstrip("s")) == int(want) / 10**9
    if kind == "timestamp":
        return moment(got) == moment(want)
    if kind == "optional":
        return got is None if want is None else agrees(got, want)
    if kind == "list":
        return isinstance(got, list) and len(got) == len(want) and all(map(agrees, got, want))
    if kind == "map":
        if not isinstance(got, dict) or len(got) != len(want):
            return False
        for key, value in want:
            name = held(key)[1]
            name = str(name).lower() if isinstance(name, bool) else str(name)
            if name not in got or not agrees(got[name], value):
                return False
        return True
    return False


def device_of(node: Case) -> cel.Device:
    device = cel.Device(node.get("driver", ""))
    for name, attribute in node.get("attributes", {}).items():
        if not attribute:
            device.set_invalid(name)
            continue
        kind, value = held(attribute)
        if kind == "version":
            device.set_version(name, value)
        elif kind == "versions":
            device.set_versions(name, value)
        elif kind == "ints":
            device.set(name, [int(item) for item in value])
        else:
            device.set(name, int(value) if kind == "int" else value)
    for name, text in node.get("capacity", {}).items():
        device.set(name, cel.Capacity(text))
    if node.get("allowMultipleAllocations"):
        device.set_multiple_allocations(True)
    return device


def environment(case: Case) -> cel.Environment:
    if "device" not in case:
        types = dict(case.get("types", {}))
        for name in case.get("vars", {}):
            types.setdefault(name, "dyn")
        return cel.Environment(types)
    features = case.get("features", [])
    return cel.Environment.of_release(37, case.get("env") != "new", "DRAConsumableCapacity" in features,
                                      "DRAListTypeAttributes" in features)


def fault(case: Case) -> Optional[str]:
    """What is wrong with the answer to a case."""
    want_error, want = answer(case, "want_error"), answer(case, "want")
    with environment(case) as env:
        try:
            program = env.compile(case["expr"])
        except modelplane.Error as error:
            return None if want_error == "compile" and error.line and error.column else str(error)
        if want_error == "compile":
            return "compiles"
        if answer(case, "want_type") not in (None, program.type):
            return f"type {program.type}"
        if answer(case, "want_cost") is not None or "want_cost" in case:
            cost = env.estimate(case["expr"])
            for field, got in (("want_cost_min", cost.min), ("want_cost", cost.max)):
                wanted = at(case, "dra", field)
                wanted = case.get(field) if wanted is None else wanted
                if wanted is not None and int(wanted) != got:
                    return f"{field} {got}"
        if case.get("check_only"):
            return None
        device = device_of(case["device"]) if "device" in case else None
        try:
            if device is not None:
                value: Any = program.matches(device)
                if program.matches_each([device, device]) != [value, value]:
                    return "matches_each differs"
            else:
                result = program.evaluate({name: given(v) for name, v in case.get("vars", {}).items()})
                value = result.value
                if case.get("want_actual_cost") not in (None, result.cost):
                    return f"costs {result.cost}"
        except modelplane.Error as error:
            return None if want_error else str(error)
        if want_error:
            return f"gives {value}"
        return None if want is None or agrees(value, want) else f"gives {value!r}"


FILES = sorted((DATA / "cel").glob("*.json")) + sorted((SHARED / "testdata" / "cel").glob("*.json"))


@pytest.mark.parametrize("file", FILES, ids=[f"{file.parents[1].name}-{file.stem}" for file in FILES])
def test_selectors(file: pathlib.Path) -> None:
    run = [case for case in json.loads(file.read_text()) if not outside(case)]
    if not run:
        pytest.skip("every case needs what selectors do not have")
    faults = [(case, wrong) for case, wrong in zip(run, map(fault, run)) if wrong is not None]
    assert not faults, "\n".join(f"{case.get('name')}: {case['expr']}: {wrong}" for case, wrong in faults[:20])

# SPDX-License-Identifier: Apache-2.0
"""What the README and the package's own text say works as it stands, and so does the example."""

from __future__ import annotations

import contextlib
import io
import os
import pathlib
import re
import subprocess
import sys
import textwrap

import pytest

import modelplane
from support import TOP

HERE = pathlib.Path(__file__).resolve().parents[1]


def printed(code: str) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(code, "README.md", "exec"), {})
    return out.getvalue()


def test_readme() -> None:
    text = (HERE / "README.md").read_text()
    code, wanted = re.findall(r"```(?:python|text)\n(.*?)```", text, re.DOTALL)
    assert printed(code) == wanted


def test_package_text() -> None:
    doc = modelplane.__doc__ or ""
    code = textwrap.dedent(re.sub(r"^.*\n", "", doc, count=1))
    assert printed(code) == "a h100\na h100\n"


def test_names_of_the_readme() -> None:
    table = re.findall(r"^\| `(.*)` \|", (HERE / "README.md").read_text(), re.MULTILINE)
    names = [name for row in table for name in re.findall(r"[A-Za-z_.]+", row)]
    assert len(names) > 20
    for name in names:
        if name != "cel":
            assert hasattr(modelplane.Plan, name[1:] if name[0] == "." else name.rpartition(".")[2]) or hasattr(
                modelplane, name)
    assert all(hasattr(modelplane, name) for name in modelplane.__all__)


def test_example_plans_as_the_command_does() -> None:
    pytest.importorskip("yaml")
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run([sys.executable, HERE / "examples" / "plan_fleet.py", TOP / "examples" / "fleet"],
                         capture_output=True, text=True, check=True, env=env)

    def replicas(table: str) -> list[str]:
        return sorted(" ".join(found.split()) for found in re.findall(
            r"[a-z][-a-z0-9]*-[0-9a-f]{5} +[a-z][-a-z0-9]*", table))

    wanted = (TOP / "tests" / "data" / "cli" / "plan-fleet.txt").read_text()
    assert replicas(run.stdout) == replicas(wanted) != []

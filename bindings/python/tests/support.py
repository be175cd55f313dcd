# SPDX-License-Identifier: Apache-2.0
"""What the tests share: the project's own cases, and patterns."""

from __future__ import annotations

import json
import os
import pathlib
import re
from typing import Any, List

import pytest

TOP = pathlib.Path(os.environ.get("MP_TOP_SRCDIR") or pathlib.Path(__file__).resolve().parents[3])
DATA = TOP / "tests" / "data"
SHARED = pathlib.Path(os.environ.get("MP_SHARED") or TOP.parent / "shared")


def cases(folder: str) -> pytest.MarkDecorator:
    """Runs a test for every file of a folder of cases."""
    files = sorted((DATA / folder).glob("*.json"))
    return pytest.mark.parametrize("case", [pytest.param(json.loads(file.read_text()), id=file.stem)
                                            for file in files])


def same_lines(want: List[str], got: List[str]) -> None:
    """Compares with patterns in which "*" is any text, also none."""
    def fits(pattern: str, text: str) -> bool:
        parts = map(re.escape, pattern.split("*"))
        return re.fullmatch(".*".join(parts), text, re.DOTALL) is not None

    assert len(want) == len(got), "\n".join(got)
    for pattern, text in zip(want, got):
        assert fits(pattern, text), f"{pattern!r} is not {text!r} in\n" + "\n".join(got)


def at(tree: Any, *keys: str) -> Any:
    """The value below several keys, or None."""
    for key in keys:
        tree = tree.get(key) if isinstance(tree, dict) else None
    return tree

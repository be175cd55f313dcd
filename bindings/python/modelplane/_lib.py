# SPDX-License-Identifier: Apache-2.0
"""Finds and opens the C library."""

from __future__ import annotations

import ctypes.util
import os
import sys
from typing import Any, Iterator

from cffi import FFI

from ._cdef import CDEF

ffi: Any = FFI()
ffi.cdef(CDEF)


def _candidates() -> Iterator[str]:
    """$MODELPLANE_LIBRARY, then the library inside the package, then an installed one."""
    named = os.environ.get("MODELPLANE_LIBRARY")
    if named:
        yield named
        return
    suffix = "dylib" if sys.platform == "darwin" else "so"
    inside = os.path.join(os.path.dirname(__file__), f"libmodelplane.{suffix}")
    if os.path.exists(inside):
        yield inside
    found = ctypes.util.find_library("modelplane")
    if found:
        yield found
    yield f"libmodelplane.{suffix}.0"
    yield f"libmodelplane.{suffix}"


def _open() -> Any:
    tried = []
    for name in _candidates():
        try:
            return ffi.dlopen(name)
        except OSError as error:
            tried.append(f"{name}: {error}")
    raise ImportError("libmodelplane cannot be opened; set MODELPLANE_LIBRARY to its path, or install "
                      "it\n  " + "\n  ".join(tried))


lib: Any = _open()
NULL: Any = ffi.NULL
NO_OFFSET = 2**64 - 1

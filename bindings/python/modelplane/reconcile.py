# SPDX-License-Identifier: Apache-2.0
"""Whole document sets: validation, reconciling, composition functions."""

from __future__ import annotations

import dataclasses
from typing import Any, Dict, List, Optional

from ._errors import Error, Status, check, decode, new_error
from ._lib import NO_OFFSET, NULL, ffi, lib
from .compose import Routing, Shape
from .deployment import Span
from .document import Borrowed, DocumentLike, taken
from .schedule import Accounting, ClusterPolicy, PoolPolicy


@dataclasses.dataclass(frozen=True)
class Violation:
    """One broken rule.  ``rule`` is its number in doc/validation.md, 0 for structure."""

    path: str
    message: str
    rule: int
    line: Optional[int]
    offset: Optional[int]


@dataclasses.dataclass(frozen=True)
class ReconcileOptions:
    """How to reconcile; the defaults are those of the library."""

    assume_ready: bool = False
    explain: bool = False
    bare: bool = False
    budget: int = 0
    named: bool = False
    explain_all: bool = False
    accounting: Accounting = Accounting.NODES
    span: Span = Span.POOL
    clusters: ClusterPolicy = ClusterPolicy.SPREAD
    pools: PoolPolicy = PoolPolicy.FIRST
    shape: Shape = Shape.AUTO
    routing: Routing = Routing.AUTO
    infrastructure: bool = False


_DEFAULT = ReconcileOptions()


def _options(options: ReconcileOptions) -> Any:
    return ffi.new("mp_reconcile_opts *", {"version": 1, **dataclasses.asdict(options)})


def reconcile(documents: DocumentLike, options: ReconcileOptions = _DEFAULT) -> Dict[str, Any]:
    """Reconcile a list of documents to a fixed point: objects, statuses, events, plans, errors."""
    out, err = ffi.new("mp_doc **"), new_error()
    with Borrowed(documents) as node:
        check(lib.mp_reconcile(NULL, node, _options(options), out, err), err)
    made: Dict[str, Any] = taken(out[0])
    return made


def function_run(request: DocumentLike, options: ReconcileOptions = _DEFAULT) -> Dict[str, Any]:
    """Answer a RunFunctionRequest of Crossplane with a RunFunctionResponse."""
    out, err = ffi.new("mp_doc **"), new_error()
    with Borrowed(request) as node:
        check(lib.mp_function_run(NULL, node, _options(options), out, err), err)
    made: Dict[str, Any] = taken(out[0])
    return made


def is_known(document: DocumentLike) -> bool:
    """Whether there are rules for the document's apiVersion and kind."""
    with Borrowed(document) as node:
        return bool(lib.mp_document_known(node))


def _violations(call: Any) -> List[Violation]:
    found: List[Violation] = []

    def add(v: Any, _: Any) -> bool:
        offset = int(lib.mp_object_offset(v.node))
        found.append(Violation(decode(v.path), decode(v.message), v.rule,
                               int(lib.mp_object_line(v.node)) or None,
                               None if offset == NO_OFFSET else offset))
        return True

    err = new_error()
    status = call(ffi.callback("bool(const mp_violation *, void *)", add), err)
    if status == lib.MP_ENOENT:
        raise Error(Status.ENOENT, "the kind of the document is not known")
    if status != lib.MP_EDOC:
        check(status, err)
    return found


def validate(document: DocumentLike, shape: Shape = Shape.AUTO, relaxed: bool = False,
             before: Optional[DocumentLike] = None) -> List[Violation]:
    """Every broken rule, in document order.  ``before`` is the document that this one replaces.

    Lines and offsets are there for a Document that was read from text.
    """
    with Borrowed(document) as node, Borrowed(before if before is not None else {}) as old:
        opts = ffi.new("mp_validate_opts *", [1, shape, relaxed, old if before is not None else NULL])
        return _violations(lambda fn, err: lib.mp_validate_with(NULL, node, opts, fn, NULL, NULL, err))


def unknown_fields(document: DocumentLike, shape: Shape = Shape.AUTO) -> List[Violation]:
    """Fields that the document's kind does not have, with the ones that were probably meant."""
    with Borrowed(document) as node:
        return _violations(lambda fn, err: lib.mp_document_unknown(NULL, node, shape, fn, NULL, NULL, err))

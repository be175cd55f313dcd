# SPDX-License-Identifier: Apache-2.0
"""Composing: the objects of plans and replicas, and the names of children."""

from __future__ import annotations

import enum
from typing import Any, Callable, Dict, List, Optional

from ._errors import check, decode, encode, new_error, take_text
from ._lib import NULL, ffi, lib
from .document import Borrowed, DocumentLike, taken
from .schedule import Plan


class Shape(enum.IntEnum):
    """The shapes that kinds had over time."""

    AUTO = lib.MP_SHAPE_AUTO
    V1 = lib.MP_SHAPE_V1
    V2 = lib.MP_SHAPE_V2


class Routing(enum.IntEnum):
    """How requests reach the serving pods of a replica."""

    AUTO = lib.MP_ROUTING_AUTO
    SERVICE = lib.MP_ROUTING_SERVICE
    POOL = lib.MP_ROUTING_POOL


class Stack(enum.IntEnum):
    """What runs gangs on the workload cluster."""

    STANDARD = lib.MP_STACK_STANDARD
    DYNAMO = lib.MP_STACK_DYNAMO


def compose(plan: Plan, ready: Optional[Callable[[str], bool]] = None) -> Dict[str, Any]:
    """The ModelReplicas and ModelEndpoints of a plan, by response key.

    ``ready`` says of a replica's name whether it is Ready and so gets an endpoint.
    """
    opts = ffi.new("mp_compose_opts *", {"version": 1})
    raised: List[BaseException] = []

    def call(name: Any, size: int, _: Any) -> bool:
        try:
            return bool(ready(decode(name, size))) if ready and not raised else False
        except BaseException as error:  # pylint: disable=broad-except
            raised.append(error)
            return False

    callback = ffi.callback("bool(const char *, size_t, void *)", call)
    if ready is not None:
        opts.replica_ready = callback
    out, err = ffi.new("mp_doc **"), new_error()
    check(lib.mp_compose(plan._c, opts, out, err), err)
    made: Dict[str, Any] = taken(out[0])
    if raised:
        raise raised[0]
    return made


def compose_replica(replica: DocumentLike, provider_config: Optional[str] = None,
                    shape: Shape = Shape.AUTO, routing: Routing = Routing.AUTO,
                    stack: Stack = Stack.STANDARD, named: bool = False) -> Dict[str, Any]:
    """The objects of a ModelReplica on its workload cluster, by response key.

    They are wrapped in provider Objects where there is a ``provider_config``, else bare.
    """
    config = ffi.new("char[]", encode(provider_config or ""))
    opts = ffi.new("mp_compose_opts *", {
        "version": 1, "shape": shape, "routing": routing, "stack": stack, "named": named,
        "bare": provider_config is None})
    if provider_config is not None:
        opts.provider_config = config
        opts.provider_config_size = len(encode(provider_config))
    out, err = ffi.new("mp_doc **"), new_error()
    with Borrowed(replica) as node:
        check(lib.mp_compose_replica(NULL, node, opts, out, err), err)
    made: Dict[str, Any] = taken(out[0])
    return made


def _name(function: Any, parts: List[str]) -> str:
    raw = [ffi.from_buffer(encode(part)) for part in parts]
    text, err = ffi.new("mp_text *"), new_error()
    check(function(NULL, raw, [len(part) for part in raw], len(raw), text, err), err)
    return take_text(text)


def child_name(*parts: str) -> str:
    """The parts joined by "-", cut, with a hash of the whole."""
    return _name(lib.mp_child_name, list(parts))


def opaque_name(*parts: str) -> str:
    """Hashed over all parts while only the first is visible."""
    return _name(lib.mp_opaque_name, list(parts))

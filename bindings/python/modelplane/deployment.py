# SPDX-License-Identifier: Apache-2.0
"""Deployments: N replicas of a set of engines, each a lone pod or a gang."""

from __future__ import annotations

import enum
from typing import Iterable, Iterator, List, Mapping, Optional

from ._errors import Handle, check, decode, encode, made, named, new_error
from ._lib import NULL, ffi, lib
from .document import Borrowed, Document, DocumentLike, Value
from .fleet import Effect, Role, _Borrowed


class Phase(enum.IntEnum):
    """What an engine does of a request."""

    NONE = lib.MP_PHASE_NONE
    PREFILL = lib.MP_PHASE_PREFILL
    DECODE = lib.MP_PHASE_DECODE
    ENCODE = lib.MP_PHASE_ENCODE


class Serving(enum.IntEnum):
    """How the engines of a replica serve together."""

    UNSET = lib.MP_SERVING_UNSET
    UNIFIED = lib.MP_SERVING_UNIFIED
    PREFILL_DECODE = lib.MP_SERVING_PREFILL_DECODE
    ENCODE_PREFILL_DECODE = lib.MP_SERVING_ENCODE_PREFILL_DECODE


class Span(enum.IntEnum):
    """Over what an engine may lie."""

    POOL = lib.MP_SPAN_POOL
    FABRIC = lib.MP_SPAN_FABRIC


class Strength(enum.IntEnum):
    """Of a wish for closeness."""

    REQUIRED = lib.MP_STRENGTH_REQUIRED
    PREFERRED = lib.MP_STRENGTH_PREFERRED


class Scope(enum.IntEnum):
    """What an affinity is about."""

    CLUSTER = lib.MP_SCOPE_CLUSTER
    FABRIC = lib.MP_SCOPE_FABRIC


class TolerationOp(enum.IntEnum):
    EQUAL = lib.MP_TOLERATION_EQUAL
    EXISTS = lib.MP_TOLERATION_EXISTS


class Deployment(Handle):
    """N replicas of a set of engines."""

    def __init__(self, name: str, namespace: str = "default", replicas: Optional[int] = None) -> None:
        ns, raw = encode(namespace), encode(name)
        out, err = ffi.new("mp_deployment **"), new_error()
        check(lib.mp_deployment_new(NULL, ns, len(ns), raw, len(raw), out, err), err)
        super().__init__(out[0], lib.mp_deployment_free)
        self._layout: Optional[List[int]] = None
        if replicas is not None:
            self.replicas = replicas

    @classmethod
    def read(cls, document: DocumentLike) -> "Deployment":
        """A ModelDeployment."""
        out, err = ffi.new("mp_deployment **"), new_error()
        with Borrowed(document) as node:
            check(lib.mp_deployment_read(NULL, node, out, err), err)
        deployment = cls.__new__(cls)
        Handle.__init__(deployment, out[0], lib.mp_deployment_free)
        deployment._layout = None
        return deployment

    def _members(self) -> List[int]:
        """How many members each engine has; kept, for reading many plans fast."""
        if self._layout is None:
            self._layout = [len(engine.members) for engine in self.engines]
        return self._layout

    @property
    def name(self) -> str:
        return named(lib.mp_deployment_name, self._c)

    @property
    def namespace(self) -> str:
        return named(lib.mp_deployment_namespace, self._c)

    @property
    def replicas(self) -> int:
        return int(lib.mp_deployment_replicas(self._c))

    @replicas.setter
    def replicas(self, count: int) -> None:
        check(lib.mp_deployment_set_replicas(self._c, count))

    @property
    def cache(self) -> str:
        return named(lib.mp_deployment_cache, self._c)

    @cache.setter
    def cache(self, name: str) -> None:
        raw = encode(name)
        check(lib.mp_deployment_set_cache(self._c, raw, len(raw)))

    @property
    def serving(self) -> Serving:
        return Serving(lib.mp_deployment_serving(self._c))

    @serving.setter
    def serving(self, mode: Serving) -> None:
        check(lib.mp_deployment_set_serving(self._c, mode))

    @property
    def labels(self) -> Mapping[str, str]:
        value = ffi.new("const char **")
        return {decode(lib.mp_deployment_label(self._c, i, value)): decode(value[0])
                for i in range(lib.mp_deployment_label_count(self._c))}

    def set_label(self, key: str, value: str) -> None:
        k, v = encode(key), encode(value)
        check(lib.mp_deployment_set_label(self._c, k, len(k), v, len(v)))

    def select_cluster(self, key: str, value: str) -> None:
        """Only clusters with this label."""
        k, v = encode(key), encode(value)
        check(lib.mp_deployment_select_cluster(self._c, k, len(k), v, len(v)))

    def prefer_cluster(self, key: str, value: str) -> None:
        k, v = encode(key), encode(value)
        check(lib.mp_deployment_prefer_cluster(self._c, k, len(k), v, len(v)))

    def tolerate(self, key: str, value: Optional[str] = None, effect: Effect = Effect.ANY) -> None:
        """Taints with the key: of the value, or of any if there is none."""
        k, v = encode(key), encode(value or "")
        op = TolerationOp.EXISTS if value is None else TolerationOp.EQUAL
        check(lib.mp_deployment_add_toleration(self._c, k, len(k), op, v, len(v), effect))

    def add_affinity(self, key: str, value: str, scope: Scope = Scope.CLUSTER, anti: bool = False) -> None:
        """Near replicas with the label, or (``anti``) away from them."""
        k, v = encode(key), encode(value)
        check(lib.mp_deployment_add_affinity(self._c, k, len(k), v, len(v), scope, anti))

    def set_level(self, level: str, strength: Strength = Strength.REQUIRED) -> None:
        """Every replica as a whole in one domain of the level."""
        raw = encode(level)
        check(lib.mp_deployment_set_level(self._c, raw, len(raw), strength))

    def set_group_level(self, group: str, level: str, strength: Strength = Strength.REQUIRED) -> None:
        g, raw = encode(group), encode(level)
        check(lib.mp_deployment_set_group_level(self._c, g, len(g), raw, len(raw), strength))

    def add_engine(self, name: str, copies: int = 1, phase: Phase = Phase.NONE,
                   span: Optional[Span] = None, group: Optional[str] = None) -> "Engine":
        raw, err = encode(name), new_error()
        self._layout = None
        engine = Engine(self, made(
            lib.mp_deployment_add_engine(self._c, raw, len(raw), copies, err), err))
        if phase != Phase.NONE:
            check(lib.mp_engine_set_phase(engine._c, phase))
        if span is not None:
            check(lib.mp_engine_set_span(engine._c, span))
        if group is not None:
            text = encode(group)
            check(lib.mp_engine_set_group(engine._c, text, len(text)))
        return engine

    def engine(self, name: str) -> Optional["Engine"]:
        raw = encode(name)
        found = lib.mp_deployment_find_engine(self._c, raw, len(raw))
        return Engine(self, found) if found != NULL else None

    @property
    def engines(self) -> List["Engine"]:
        return [Engine(self, lib.mp_deployment_engine(self._c, i))
                for i in range(lib.mp_deployment_engine_count(self._c))]

    def __iter__(self) -> Iterator["Engine"]:
        return iter(self.engines)


class Engine(_Borrowed):
    """A Standalone pod, or a Leader and its Workers."""

    __slots__ = ()

    @property
    def name(self) -> str:
        return named(lib.mp_engine_name, self._c)

    @property
    def copies(self) -> int:
        return int(lib.mp_engine_copies(self._c))

    @property
    def phase(self) -> Phase:
        return Phase(lib.mp_engine_phase(self._c))

    @property
    def span(self) -> Span:
        return Span(lib.mp_engine_span(self._c))

    def set_level(self, level: str, strength: Strength = Strength.REQUIRED) -> None:
        """All members of a copy in one domain of the level."""
        raw = encode(level)
        check(lib.mp_engine_set_level(self._c, raw, len(raw), strength))

    def add_member(self, role: Role = Role.STANDALONE, nodes: Optional[int] = None,
                   template: Optional[Value] = None) -> "Member":
        err = new_error()
        self._owner._layout = None
        member = Member(self._owner, made(lib.mp_engine_add_member(self._c, role, err), err))
        if nodes is not None:
            check(lib.mp_member_set_nodes(member._c, nodes))
        if template is not None:
            with Document(template) as doc:
                check(lib.mp_member_set_template(member._c, doc.root._c))
        return member

    @property
    def members(self) -> List["Member"]:
        return [Member(self._owner, lib.mp_engine_member(self._c, i))
                for i in range(lib.mp_engine_member_count(self._c))]


class Member(_Borrowed):
    """One pod template of an engine."""

    __slots__ = ()

    @property
    def role(self) -> Role:
        return Role(lib.mp_member_role(self._c))

    @property
    def nodes(self) -> int:
        return int(lib.mp_member_nodes(self._c))

    @property
    def has_nodes(self) -> bool:
        return bool(lib.mp_member_has_nodes(self._c))

    @property
    def template(self) -> Value:
        from .document import Node

        node = lib.mp_member_template(self._c)
        return Node(self._owner, node).to_python() if node != NULL else None

    def request(self, name: str, count: int, selectors: Iterable[str] = ()) -> "Request":
        """Devices that each pod needs from its node, all of which match every selector."""
        raw, err = encode(name), new_error()
        request = Request(self._owner, made(
            lib.mp_member_add_request(self._c, raw, len(raw), count, err), err))
        for selector in selectors:
            request.add_selector(selector)
        return request

    @property
    def requests(self) -> List["Request"]:
        return [Request(self._owner, lib.mp_member_request(self._c, i))
                for i in range(lib.mp_member_request_count(self._c))]


class Request(_Borrowed):
    """Devices that a pod needs from its node."""

    __slots__ = ()

    @property
    def name(self) -> str:
        return named(lib.mp_request_name, self._c)

    @property
    def count(self) -> int:
        return int(lib.mp_request_count(self._c))

    def add_selector(self, selector: str) -> None:
        raw, err = encode(selector), new_error()
        check(lib.mp_request_add_selector(self._c, raw, len(raw), err), err)

    @property
    def selectors(self) -> List[str]:
        return [named(lib.mp_cel_source, lib.mp_request_selector(self._c, i))
                for i in range(lib.mp_request_selector_count(self._c))]

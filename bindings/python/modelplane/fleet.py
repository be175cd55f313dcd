# SPDX-License-Identifier: Apache-2.0
"""Fleets: clusters, their pools, nodes and devices, and what runs on them."""

from __future__ import annotations

import enum
from typing import Any, Iterator, List, Mapping, Optional, Union

from ._errors import Handle, check, encode, made, named, new_error
from ._lib import NULL, ffi, lib
from .cel import Program
from .document import Borrowed, DocumentLike
from .quantity import Quantity, Version


class Claim(enum.IntEnum):
    """How a device is got: claimed from the node, or matched only."""

    DRA = lib.MP_CLAIM_DRA
    SYNTHETIC = lib.MP_CLAIM_SYNTHETIC


class Tier(enum.IntEnum):
    """Nodes that new pods cannot use, or not yet."""

    CORDONED = lib.MP_TIER_CORDONED
    RESERVED = lib.MP_TIER_RESERVED
    CREATABLE = lib.MP_TIER_CREATABLE


class Effect(enum.IntEnum):
    """Of a taint, or of what a toleration covers."""

    ANY = lib.MP_EFFECT_ANY
    NO_SCHEDULE = lib.MP_EFFECT_NO_SCHEDULE
    NO_EXECUTE = lib.MP_EFFECT_NO_EXECUTE


class Role(enum.IntEnum):
    """Of a pod in its engine."""

    STANDALONE = lib.MP_ROLE_STANDALONE
    LEADER = lib.MP_ROLE_LEADER
    WORKER = lib.MP_ROLE_WORKER


class Fleet(Handle):
    """Clusters, and the replicas that run on them."""

    def __init__(self) -> None:
        out, err = ffi.new("mp_fleet **"), new_error()
        check(lib.mp_fleet_new(NULL, out, err), err)
        super().__init__(out[0], lib.mp_fleet_free)

    @property
    def version(self) -> int:
        """Grows with every change."""
        return int(lib.mp_fleet_version(self._c))

    @property
    def shapes(self) -> int:
        """Distinct devices that selectors are asked about."""
        return int(lib.mp_fleet_shape_count(self._c))

    def add_cluster(self, name: str, ready: Optional[bool] = None, gateway: Optional[str] = None,
                    labels: Optional[Mapping[str, str]] = None, cost: Optional[int] = None) -> "Cluster":
        raw, err = encode(name), new_error()
        cluster = Cluster(self, made(lib.mp_fleet_add_cluster(self._c, raw, len(raw), err), err))
        if ready is not None:
            cluster.ready = ready
        if gateway is not None:
            cluster.gateway = gateway
        for key, value in (labels or {}).items():
            cluster.set_label(key, value)
        if cost is not None:
            cluster.set_cost(cost)
        return cluster

    def remove_cluster(self, cluster: "Cluster") -> None:
        """Its pools and domains are gone with it."""
        lib.mp_fleet_remove_cluster(self._c, cluster._c)

    def cluster(self, name: str) -> Optional["Cluster"]:
        raw = encode(name)
        found = lib.mp_fleet_find_cluster(self._c, raw, len(raw))
        return Cluster(self, found) if found != NULL else None

    @property
    def clusters(self) -> List["Cluster"]:
        return [Cluster(self, lib.mp_fleet_cluster(self._c, i))
                for i in range(lib.mp_fleet_cluster_count(self._c))]

    def __iter__(self) -> Iterator["Cluster"]:
        return iter(self.clusters)

    def read_cluster(self, document: DocumentLike) -> None:
        """Add what an InferenceCluster with a status publishes."""
        err = new_error()
        with Borrowed(document) as node:
            check(lib.mp_fleet_read_cluster(self._c, node, err), err)

    def add_replica(self, namespace: str, name: str, owner: str, cluster: str, index: int = 0) -> "Replica":
        """What is observed to run, or to start."""
        texts = [encode(text) for text in (namespace, name, owner, cluster)]
        sized = [part for text in texts for part in (text, len(text))]
        err = new_error()
        return Replica(self, made(lib.mp_fleet_add_replica(self._c, *sized, index, err), err))

    def read_replica(self, document: DocumentLike) -> None:
        """Add a ModelReplica."""
        err = new_error()
        with Borrowed(document) as node:
            check(lib.mp_fleet_read_replica(self._c, node, err), err)

    def replica(self, namespace: str, name: str) -> Optional["Replica"]:
        ns, raw = encode(namespace), encode(name)
        found = lib.mp_fleet_find_replica(self._c, ns, len(ns), raw, len(raw))
        return Replica(self, found) if found != NULL else None

    def remove_replica(self, replica: "Replica") -> None:
        lib.mp_fleet_remove_replica(self._c, replica._c)

    @property
    def replica_count(self) -> int:
        return int(lib.mp_fleet_replica_count(self._c))


class _Borrowed:
    """A part of a fleet or deployment, which it keeps alive."""

    __slots__ = ("_owner", "_part")

    def __init__(self, owner: Any, pointer: Any) -> None:
        self._owner = owner
        self._part = pointer

    @property
    def _c(self) -> Any:
        self._owner._c  # raises where that is closed
        return self._part

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Borrowed) and bool(self._c == other._c)

    def __hash__(self) -> int:
        return hash(int(ffi.cast("uintptr_t", self._c)))


class Cluster(_Borrowed):
    """Node pools behind one gateway."""

    __slots__ = ()

    @property
    def name(self) -> str:
        return named(lib.mp_cluster_name, self._c)

    @property
    def ready(self) -> bool:
        return bool(lib.mp_cluster_ready(self._c))

    @ready.setter
    def ready(self, value: bool) -> None:
        check(lib.mp_cluster_set_ready(self._c, value))

    @property
    def gateway(self) -> str:
        return named(lib.mp_cluster_gateway, self._c)

    @gateway.setter
    def gateway(self, address: str) -> None:
        raw = encode(address)
        check(lib.mp_cluster_set_gateway(self._c, raw, len(raw)))

    def set_label(self, key: str, value: str) -> None:
        k, v = encode(key), encode(value)
        check(lib.mp_cluster_set_label(self._c, k, len(k), v, len(v)))

    def add_taint(self, key: str, value: str = "", effect: Effect = Effect.NO_SCHEDULE) -> None:
        k, v = encode(key), encode(value)
        check(lib.mp_cluster_add_taint(self._c, k, len(k), v, len(v), effect))

    def set_cost(self, cost: int) -> None:
        check(lib.mp_cluster_set_cost(self._c, cost))

    def add_pool(self, name: str, nodes: int, fabric: Optional[str] = None,
                 cost: Optional[int] = None) -> "Pool":
        raw, err = encode(name), new_error()
        pool = Pool(self._owner, made(lib.mp_cluster_add_pool(self._c, raw, len(raw), nodes, err), err))
        if fabric is not None:
            pool.fabric = fabric
        if cost is not None:
            pool.set_cost(cost)
        return pool

    def pool(self, name: str) -> Optional["Pool"]:
        raw = encode(name)
        found = lib.mp_cluster_find_pool(self._c, raw, len(raw))
        return Pool(self._owner, found) if found != NULL else None

    @property
    def pools(self) -> List["Pool"]:
        return [Pool(self._owner, lib.mp_cluster_pool(self._c, i))
                for i in range(lib.mp_cluster_pool_count(self._c))]

    def __iter__(self) -> Iterator["Pool"]:
        return iter(self.pools)


class Pool(_Borrowed):
    """Identical nodes of one cluster."""

    __slots__ = ()

    @property
    def name(self) -> str:
        return named(lib.mp_pool_name, self._c)

    @property
    def nodes(self) -> int:
        return int(lib.mp_pool_nodes(self._c))

    @nodes.setter
    def nodes(self, count: int) -> None:
        check(lib.mp_pool_set_nodes(self._c, count))

    def tier(self, tier: Tier) -> int:
        return int(lib.mp_pool_tier(self._c, tier))

    def set_tier(self, tier: Tier, nodes: int) -> None:
        check(lib.mp_pool_set_tier(self._c, tier, nodes))

    def set_cost(self, cost: int) -> None:
        check(lib.mp_pool_set_cost(self._c, cost))

    @property
    def fabric(self) -> str:
        """The pool's own name unless one was set."""
        return named(lib.mp_pool_fabric, self._c)

    @fabric.setter
    def fabric(self, name: str) -> None:
        raw = encode(name)
        check(lib.mp_pool_set_fabric(self._c, raw, len(raw)))

    def add_level(self, name: str) -> None:
        """A kind of domain, from the widest to the narrowest."""
        raw, err = encode(name), new_error()
        check(lib.mp_pool_add_level(self._c, raw, len(raw), err), err)

    def add_domain(self, path: str, nodes: int) -> "Domain":
        """Nodes that are close: a name for each level, with slashes between."""
        raw, err = encode(path), new_error()
        return Domain(self._owner, made(lib.mp_pool_add_domain(self._c, raw, len(raw), nodes, err), err))

    @property
    def domains(self) -> List["Domain"]:
        return [Domain(self._owner, lib.mp_pool_domain(self._c, i))
                for i in range(lib.mp_pool_domain_count(self._c))]

    def add_device(self, name: str, driver: str, count: int, device_class: str = "",
                   claim: Claim = Claim.DRA,
                   attributes: Optional[Mapping[str, Union[bool, int, str, Version]]] = None,
                   capacity: Optional[Mapping[str, Union[str, Quantity]]] = None) -> "PoolDevice":
        """One kind of device, ``count`` of it on every node."""
        texts = [encode(text) for text in (name, driver, device_class)]
        sized = [part for text in texts for part in (text, len(text))]
        err = new_error()
        device = PoolDevice(self._owner, made(
            lib.mp_pool_add_device(self._c, *sized, claim, count, err), err))
        for key, value in (attributes or {}).items():
            device.set(key, value)
        for key, text in (capacity or {}).items():
            device.set_capacity(key, text)
        return device

    @property
    def devices(self) -> List["PoolDevice"]:
        return [PoolDevice(self._owner, lib.mp_pool_device(self._c, i))
                for i in range(lib.mp_pool_device_count(self._c))]


class Domain(_Borrowed):
    """Nodes of a pool that are close to each other."""

    __slots__ = ()

    @property
    def path(self) -> str:
        return named(lib.mp_domain_path, self._c)

    def set_nodes(self, nodes: int) -> None:
        check(lib.mp_domain_set_nodes(self._c, nodes))

    def set_tier(self, tier: Tier, nodes: int) -> None:
        check(lib.mp_domain_set_tier(self._c, tier, nodes))


class PoolDevice(_Borrowed):
    """One kind of device on every node of a pool."""

    __slots__ = ()

    @property
    def name(self) -> str:
        return named(lib.mp_device_name, self._c)

    @property
    def count(self) -> int:
        return int(lib.mp_device_count(self._c))

    def matches(self, program: Program) -> bool:
        """Whether a selector matches it; raises Error where that fails on the device."""
        return program._match(lib.mp_device_cel(self._c))

    def set(self, name: str, value: Union[bool, int, str, Version]) -> None:
        key = encode(name)
        if isinstance(value, bool):
            check(lib.mp_device_set_bool(self._c, key, len(key), value))
        elif isinstance(value, int):
            check(lib.mp_device_set_int(self._c, key, len(key), value))
        else:
            raw = encode(str(value))
            function = lib.mp_device_set_version if isinstance(value, Version) else lib.mp_device_set_string
            check(function(self._c, key, len(key), raw, len(raw)))

    def set_version(self, name: str, text: str) -> None:
        key, raw = encode(name), encode(text)
        check(lib.mp_device_set_version(self._c, key, len(key), raw, len(raw)))

    def set_invalid(self, name: str) -> None:
        key = encode(name)
        check(lib.mp_device_set_invalid(self._c, key, len(key)))

    def set_capacity(self, name: str, text: Union[str, Quantity]) -> None:
        key, raw = encode(name), encode(str(text))
        check(lib.mp_device_set_capacity(self._c, key, len(key), raw, len(raw)))


class Replica(_Borrowed):
    """An observed replica."""

    __slots__ = ()

    def add_engine(self, name: str, copies: int = 1) -> "ReplicaEngine":
        raw, err = encode(name), new_error()
        return ReplicaEngine(self._owner, made(
            lib.mp_replica_add_engine(self._c, raw, len(raw), copies, err), err))

    def set_label(self, key: str, value: str) -> None:
        k, v = encode(key), encode(value)
        check(lib.mp_replica_set_label(self._c, k, len(k), v, len(v)))


class ReplicaEngine(_Borrowed):
    """An engine of an observed replica."""

    __slots__ = ()

    def add_member(self, role: Role, pool: str, nodes: int = 1, claims: bool = True) -> None:
        raw, err = encode(pool), new_error()
        check(lib.mp_replica_add_member(self._c, role, raw, len(raw), nodes, claims, err), err)

    def add_pods(self, pool: str, pods: int, domain: str = "", node: str = "") -> None:
        """Pods of the member that was added last, where they are."""
        texts = [encode(text) for text in (pool, domain, node)]
        sized = [part for text in texts for part in (text, len(text))]
        err = new_error()
        check(lib.mp_replica_add_pods(self._c, *sized, pods, err), err)

    def hold(self, device: str, count: int) -> None:
        """Devices that each pod of the member that was added last has taken."""
        raw, err = encode(device), new_error()
        check(lib.mp_replica_hold(self._c, raw, len(raw), count, err), err)

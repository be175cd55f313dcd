# SPDX-License-Identifier: Apache-2.0
"""Planning: where the replicas of a deployment go."""

from __future__ import annotations

import dataclasses
import enum
from typing import Any, Callable, Iterable, Iterator, List, NamedTuple, Optional, Tuple

from ._errors import Handle, check, decode, named, new_error
from ._lib import NULL, ffi, lib
from .deployment import Deployment, Engine, Span
from .document import Value, taken
from .fleet import Cluster, Fleet, Pool


class Accounting(enum.IntEnum):
    """What a pod that claims devices takes from its node."""

    NODES = lib.MP_ACCOUNTING_NODES
    DEVICES = lib.MP_ACCOUNTING_DEVICES


class ClusterPolicy(enum.IntEnum):
    """Which cluster gets the next replica."""

    SPREAD = lib.MP_CLUSTERS_SPREAD
    PACK = lib.MP_CLUSTERS_PACK
    CHEAPEST = lib.MP_CLUSTERS_CHEAPEST
    PREFERRED = lib.MP_CLUSTERS_PREFERRED
    SCORED = lib.MP_CLUSTERS_SCORED


class PoolPolicy(enum.IntEnum):
    """Which pool an engine is offered first."""

    FIRST = lib.MP_POOLS_FIRST
    BEST_FIT = lib.MP_POOLS_BEST_FIT
    UNFRAGMENTED = lib.MP_POOLS_UNFRAGMENTED
    CHEAPEST = lib.MP_POOLS_CHEAPEST
    SCORED = lib.MP_POOLS_SCORED


class Verdict(enum.IntEnum):
    """What became of the replicas wanted."""

    PLACED = lib.MP_VERDICT_PLACED
    PARTIAL = lib.MP_VERDICT_PARTIAL
    UNKNOWN = lib.MP_VERDICT_UNKNOWN
    HELD = lib.MP_VERDICT_HELD


class Proof(enum.IntEnum):
    """How a certificate proves that a cluster takes no more."""

    CLOSED = lib.MP_PROOF_CLOSED
    COUNT = lib.MP_PROOF_COUNT
    SEARCH = lib.MP_PROOF_SEARCH


class Unit(enum.IntEnum):
    """What a certificate counts."""

    POD = lib.MP_UNIT_POD
    COPY = lib.MP_UNIT_COPY
    ENGINE = lib.MP_UNIT_ENGINE
    ALL = lib.MP_UNIT_ALL


@dataclasses.dataclass(frozen=True)
class Candidate:
    """What a score is asked for: a cluster, or (with ``pool``) a place for an engine."""

    cluster: Cluster
    pool: Optional[Pool]
    engine: Optional[Engine]
    replicas: int
    needs: int
    free: int


@dataclasses.dataclass(frozen=True)
class Options:
    """How to plan.  ``score`` is for the SCORED policies: the least goes first."""

    no_fill: bool = False
    budget: int = 0
    accounting: Accounting = Accounting.NODES
    span: Span = Span.POOL
    clusters: ClusterPolicy = ClusterPolicy.SPREAD
    pools: PoolPolicy = PoolPolicy.FIRST
    score: Optional[Callable[[Candidate], int]] = None
    whole_members: bool = False
    least_movement: bool = False


@dataclasses.dataclass(frozen=True)
class Share:
    """Pods of a member that are in one place."""

    pool: str
    domain: str
    copy: int
    pods: int
    nodes: int


@dataclasses.dataclass(frozen=True)
class ClaimOf:
    """A device request that became a claim."""

    request: str
    device_class: str


@dataclasses.dataclass(frozen=True)
class MemberPlace:
    """Where the pods of a member are."""

    pool: str
    shares: List[Share]
    claims: List[ClaimOf]


@dataclasses.dataclass(frozen=True)
class EnginePlace:
    name: str
    kept: bool
    members: List[MemberPlace]


@dataclasses.dataclass(frozen=True)
class Placement:
    """One replica on one cluster."""

    cluster: str
    index: int
    gateway: str
    retained: bool
    engines: List[EnginePlace]


@dataclasses.dataclass(frozen=True)
class Certificate:
    """Why a cluster takes no more replicas."""

    cluster: str
    proof: Proof
    unit: Unit
    level: str
    needs: int
    has: int


@dataclasses.dataclass(frozen=True)
class Counters:
    """What a plan cost; the same for equal inputs."""

    evaluations: int
    shapes: int
    steps: int
    candidates: int


class Where(NamedTuple):
    """One replica in short: the pools of an engine's members, by engine."""

    cluster: str
    pools: Tuple[Tuple[str, ...], ...]


class Decision(NamedTuple):
    """A plan in short."""

    verdict: Verdict
    replicas: Tuple[Where, ...]


class _Opts:
    """The options in C.  An exception of ``score`` is kept, and raised by done()."""

    def __init__(self, fleet: Fleet, deployment: Optional[Deployment], options: Options) -> None:
        self.raised: List[BaseException] = []
        self._fn: Any = NULL
        if options.score is not None:
            self._fn = self._callback(fleet, deployment, options.score)
        self.c = ffi.new("mp_schedule_opts *", {
            "version": 2, "no_fill": options.no_fill, "budget": options.budget,
            "accounting": options.accounting, "span": options.span, "clusters": options.clusters,
            "pools": options.pools, "score": self._fn, "whole_members": options.whole_members,
            "least_movement": options.least_movement})

    def _callback(self, fleet: Fleet, deployment: Optional[Deployment],
                  score: Callable[[Candidate], int]) -> Any:
        def call(candidate: Any, _: Any) -> int:
            if self.raised:
                return 0
            try:
                return int(score(Candidate(
                    Cluster(fleet, candidate.cluster),
                    Pool(fleet, candidate.pool) if candidate.pool != NULL else None,
                    Engine(deployment, candidate.engine) if candidate.engine != NULL else None,
                    candidate.replicas, candidate.needs, candidate.free)))
            except BaseException as error:  # pylint: disable=broad-except
                self.raised.append(error)
                return 0

        return ffi.callback("int64_t(const mp_candidate *, void *)", call)

    def done(self) -> None:
        if self.raised:
            raise self.raised[0]


class Plan(Handle):
    """The answer: placements, a verdict, and on demand why there are no more."""

    def __init__(self, pointer: Any, fleet: Fleet, deployment: Deployment, options: Options) -> None:
        super().__init__(pointer, lib.mp_plan_free)
        self.fleet = fleet
        self.deployment = deployment  # the plan borrows from it
        self._options = options

    @property
    def _c(self) -> Any:
        self.deployment._c  # raises where that is closed
        return super()._c

    @property
    def verdict(self) -> Verdict:
        return Verdict(lib.mp_plan_verdict(self._c))

    @property
    def counters(self) -> Counters:
        return Counters(*(int(lib.mp_plan_counter(self._c, counter)) for counter in (
            lib.MP_COUNTER_EVALUATIONS, lib.MP_COUNTER_SHAPES, lib.MP_COUNTER_STEPS,
            lib.MP_COUNTER_CANDIDATES)))

    def __len__(self) -> int:
        return int(lib.mp_plan_size(self._c))

    def __iter__(self) -> Iterator[Placement]:
        return iter(self.placements)

    @property
    def placements(self) -> List[Placement]:
        """In order of cluster and index."""
        return [_placement(lib.mp_plan_placement(self._c, i)) for i in range(len(self))]

    def explain(self) -> Value:
        """Why clusters that could have taken one more replica did not."""
        out, err = ffi.new("mp_doc **"), new_error()
        check(lib.mp_plan_explain(self.fleet._c, self._c, out, err), err)
        return taken(out[0])

    def certify(self) -> List[Certificate]:
        """Proofs of why clusters take no more, which check() verifies from then on."""
        err = new_error()
        check(lib.mp_plan_certify(self.fleet._c, self._c, err), err)
        out, found = ffi.new("mp_certificate *"), []
        for i in range(lib.mp_plan_certificate_count(self._c)):
            lib.mp_plan_certificate(self._c, i, out)
            found.append(Certificate(decode(out.cluster, out.cluster_size), Proof(out.proof), Unit(out.unit),
                                     decode(out.level, out.level_size), out.needs, out.has))
        return found

    def check(self) -> None:
        """Verify the plan from the inputs alone; raises Error with ECHECK and the rule."""
        opts, err = _Opts(self.fleet, self.deployment, self._options), new_error()
        status = lib.mp_plan_check(self.fleet._c, self.deployment._c, opts.c, self._c, err)
        opts.done()
        check(status, err)


def _placement(p: Any) -> Placement:
    return Placement(named(lib.mp_placement_cluster, p), int(lib.mp_placement_index(p)),
                     named(lib.mp_placement_gateway, p), bool(lib.mp_placement_retained(p)),
                     [_engine(p, i) for i in range(lib.mp_placement_engine_count(p))])


def _engine(p: Any, engine: int) -> EnginePlace:
    handle = lib.mp_placement_engine(p, engine)
    return EnginePlace(named(lib.mp_engine_name, handle), bool(lib.mp_placement_engine_kept(p, engine)),
                       [_member(p, engine, i) for i in range(lib.mp_engine_member_count(handle))])


def _member(p: Any, engine: int, member: int) -> MemberPlace:
    size, share = ffi.new("size_t *"), ffi.new("mp_share *")
    pool = decode(lib.mp_placement_pool(p, engine, member, size), size[0])
    shares, claims = [], []
    for i in range(lib.mp_placement_share_count(p, engine, member)):
        lib.mp_placement_share(p, engine, member, i, share)
        shares.append(Share(decode(share.pool, share.pool_size), decode(share.domain, share.domain_size),
                            share.copy, share.pods, share.nodes))
    text = ffi.new("const char **")
    for i in range(lib.mp_placement_claim_count(p, engine, member)):
        request = lib.mp_placement_claim(p, engine, member, i, text, size)
        claims.append(ClaimOf(named(lib.mp_request_name, request), decode(text[0], size[0])))
    return MemberPlace(pool, shares, claims)


_DEFAULT = Options()


def schedule(fleet: Fleet, deployment: Deployment, options: Options = _DEFAULT) -> Plan:
    """Retain what runs, scale down, and fill up to the replicas wanted."""
    return next(iter(schedule_all(fleet, [deployment], options)))


def schedule_all(fleet: Fleet, deployments: Iterable[Deployment], options: Options = _DEFAULT) -> List[Plan]:
    """The same for many deployments on one fleet, each as if it were alone.

    The options are converted once, which is most of what a call costs beside the search.
    """
    out, err = ffi.new("mp_plan **"), new_error()
    run, handle, plans = lib.mp_schedule, fleet._c, []
    opts = _Opts(fleet, None, options) if options.score is None else None
    for deployment in deployments:
        used = opts or _Opts(fleet, deployment, options)
        status = run(handle, deployment._c, used.c, out, err)
        if used.raised and not status:
            lib.mp_plan_free(out[0])
        used.done()
        check(status, err)
        plans.append(Plan(out[0], fleet, deployment, options))
    return plans


_VERDICTS = {int(verdict): verdict for verdict in Verdict}


def decide(fleet: Fleet, deployments: Iterable[Deployment], options: Options = _DEFAULT) -> List[Decision]:
    """What schedule_all() plans, in short: where each replica goes, and no plan is kept.

    For loops over very many deployments; a decision costs a few microseconds beyond the search.
    """
    out, err, size = ffi.new("mp_plan **"), new_error(), ffi.new("size_t *")
    run, handle, decisions = lib.mp_schedule, fleet._c, []
    free, verdict, count, read = lib.mp_plan_free, lib.mp_plan_verdict, lib.mp_plan_size, _where
    opts = _Opts(fleet, None, options) if options.score is None else None
    for deployment in deployments:
        used = opts or _Opts(fleet, deployment, options)
        status = run(handle, deployment._c, used.c, out, err)
        if status:
            used.done()
            check(status, err)
        plan = out[0]
        try:
            if used.raised:
                used.done()
            layout = deployment._members()
            decisions.append(Decision(_VERDICTS[verdict(plan)],
                                      tuple([read(plan, i, layout, size) for i in range(count(plan))])))
        finally:
            free(plan)
    return decisions


def _where(plan: Any, replica: int, layout: List[int], size: Any) -> Where:
    placement = lib.mp_plan_placement(plan, replica)
    pool, unpack = lib.mp_placement_pool, ffi.unpack
    text = lib.mp_placement_cluster(placement, size)
    cluster = unpack(text, size[0]).decode()
    pools = []
    for engine, members in enumerate(layout):
        names = []
        for member in range(members):
            text = pool(placement, engine, member, size)
            names.append(unpack(text, size[0]).decode())
        pools.append(tuple(names))
    return Where(cluster, tuple(pools))

# SPDX-License-Identifier: Apache-2.0
"""Device selectors: the CEL of Kubernetes DRA."""

from __future__ import annotations

import dataclasses
from typing import Any, Callable, List, Mapping, Optional, Sequence, Union

from ._errors import Error, Handle, Status, Text, check, decode, encode, named, new_error
from ._lib import NULL, ffi, lib
from .document import Borrowed, Document
from .quantity import Quantity, Version

COST_MAX = 1_000_000
"""Most units that one evaluation may cost unless a budget says otherwise."""


@dataclasses.dataclass(frozen=True)
class Cost:
    """What a selector is estimated to cost at best and at worst."""

    min: int
    max: int


@dataclasses.dataclass(frozen=True)
class Part:
    """A part of a selector, evaluated by itself on a device."""

    offset: int
    line: int
    column: int
    depth: int
    text: str
    type: str
    status: Status
    value: str
    cost: int


@dataclasses.dataclass(frozen=True)
class Step:
    """What one term of the outermost && leaves of many devices."""

    offset: int
    line: int
    column: int
    text: str
    left: int
    failed: int


@dataclasses.dataclass(frozen=True)
class UnknownName:
    """A name that a selector reads and no device has."""

    offset: int
    line: int
    column: int
    capacity: bool
    name: str
    nearest: Optional[str]


@dataclasses.dataclass(frozen=True)
class Result:
    """What an expression gave, as a Python value, and what that cost."""

    value: Any
    type: str
    cost: int


class Capacity(str):
    """A text that is set as a capacity of a device."""


Attribute = Union[bool, int, str, Version, Capacity, Quantity, Sequence[str], Sequence[bool], Sequence[int],
                  Sequence[Version]]


class Device(Handle):
    """A device as selectors see it.  Names are "domain/id", or "id" in the driver's domain."""

    def __init__(self, driver: str, attributes: Optional[Mapping[str, Attribute]] = None,
                 capacity: Optional[Mapping[str, Union[str, Quantity]]] = None) -> None:
        raw = encode(driver)
        out, err = ffi.new("mp_cel_device **"), new_error()
        check(lib.mp_cel_device_new(NULL, raw, len(raw), out, err), err)
        self._model: Optional[Device] = None
        super().__init__(out[0], lib.mp_cel_device_free)
        for name, value in (attributes or {}).items():
            self.set(name, value)
        for name, text in (capacity or {}).items():
            self.set(name, Capacity(text))

    @property
    def _c(self) -> Any:
        if self._model is not None:
            self._model._c  # raises where that is closed
        return super()._c

    def copy(self) -> "Device":
        """A device like this one, which shares its names.  This one must not change or be closed before."""
        out, err = ffi.new("mp_cel_device **"), new_error()
        check(lib.mp_cel_device_copy(NULL, self._c, out, err), err)
        device = Device.__new__(Device)
        Handle.__init__(device, out[0], lib.mp_cel_device_free)
        device._model = self  # keeps it alive
        return device

    def set(self, name: str, value: Attribute) -> None:
        """Set an attribute, or a capacity where the value is a Capacity or a Quantity."""
        key = encode(name)
        if isinstance(value, bool):
            check(lib.mp_cel_device_set_bool(self._c, key, len(key), value))
        elif isinstance(value, int):
            check(lib.mp_cel_device_set_int(self._c, key, len(key), value))
        elif isinstance(value, (Capacity, Quantity)):
            raw = encode(str(value))
            check(lib.mp_cel_device_set_capacity(self._c, key, len(key), raw, len(raw)))
        elif isinstance(value, Version):
            raw = encode(str(value))
            check(lib.mp_cel_device_set_version(self._c, key, len(key), raw, len(raw)))
        elif isinstance(value, str):
            raw = encode(value)
            check(lib.mp_cel_device_set_string(self._c, key, len(key), raw, len(raw)))
        else:
            self._set_list(key, list(value))

    def _set_list(self, key: bytes, items: List[Any]) -> None:
        if all(isinstance(item, bool) for item in items):
            check(lib.mp_cel_device_set_bools(self._c, key, len(key), items, len(items)))
        elif all(isinstance(item, int) for item in items):
            check(lib.mp_cel_device_set_ints(self._c, key, len(key), items, len(items)))
        else:
            raw = [ffi.from_buffer(encode(str(item))) for item in items]
            function = (lib.mp_cel_device_set_versions if isinstance(items[0], Version)
                        else lib.mp_cel_device_set_strings)
            sizes = [len(text) for text in raw]
            check(function(self._c, key, len(key), raw, sizes, len(items)))

    def set_version(self, name: str, text: str) -> None:
        """A version attribute by its text; one that is none makes every selector fail."""
        key, raw = encode(name), encode(text)
        check(lib.mp_cel_device_set_version(self._c, key, len(key), raw, len(raw)))

    def set_versions(self, name: str, texts: Sequence[str]) -> None:
        key, raw = encode(name), [ffi.from_buffer(encode(text)) for text in texts]
        check(lib.mp_cel_device_set_versions(self._c, key, len(key), raw, [len(t) for t in raw], len(raw)))

    def set_invalid(self, name: str) -> None:
        """An attribute without a value: makes every selector fail."""
        key = encode(name)
        check(lib.mp_cel_device_set_invalid(self._c, key, len(key)))

    def set_multiple_allocations(self, value: bool) -> None:
        check(lib.mp_cel_device_set_multiple_allocations(self._c, value))


class Environment(Handle):
    """What an expression may refer to: the device of DRA, or variables that are declared."""

    def __init__(self, variables: Optional[Mapping[str, str]] = None) -> None:
        """Without ``variables`` the environment of selectors; else names with their types."""
        out, err = ffi.new("mp_cel_env **"), new_error()
        make = lib.mp_cel_env_new_dra if variables is None else lib.mp_cel_env_new
        check(make(NULL, out, err), err)
        super().__init__(out[0], lib.mp_cel_env_free)
        self.is_dra = variables is None
        for name, kind in (variables or {}).items():
            raw = encode(name)
            check(lib.mp_cel_env_declare(self._c, raw, len(raw), encode(kind), err), err)

    @classmethod
    def of_release(cls, release: int, stored: bool = True, consumable_capacity: bool = False,
                   list_attributes: bool = False) -> "Environment":
        """The environment of selectors of Kubernetes 1.``release``, from 31 to 37."""
        gates = ((lib.MP_CEL_CONSUMABLE_CAPACITY if consumable_capacity else 0) |
                 (lib.MP_CEL_LIST_ATTRIBUTES if list_attributes else 0))
        profile = ffi.new("mp_cel_profile *", [release, stored, gates])
        out, err = ffi.new("mp_cel_env **"), new_error()
        check(lib.mp_cel_env_new_profile(NULL, profile, out, err), err)
        env = cls.__new__(cls)
        Handle.__init__(env, out[0], lib.mp_cel_env_free)
        env.is_dra = True
        return env

    def compile(self, source: Text) -> "Program":
        return Program(self, source)

    def estimate(self, source: Text) -> Cost:
        raw = encode(source)
        out, err = ffi.new("mp_cel_cost *"), new_error()
        check(lib.mp_cel_estimate(self._c, raw, len(raw), out, err), err)
        return Cost(int(out.min), int(out.max))

    def explain(self, source: Text, device: Device) -> List[Part]:
        """Every part of a selector on one device, each before the parts it is made of."""
        def part(p: Any) -> Part:
            return Part(p.offset, p.line, p.column, p.depth, decode(p.text), decode(p.type),
                        Status(p.status), decode(p.value), p.cost)

        return _collect("void(const mp_cel_part *, void *)", part,
                        lambda fn, raw, err: lib.mp_cel_explain(self._c, raw, len(raw), device._c, fn,
                                                                NULL, err), source)

    def sieve(self, source: Text, devices: Sequence[Device]) -> List[Step]:
        """How many devices each term of the outermost && leaves."""
        handles = [device._c for device in devices]

        def step(s: Any) -> Step:
            return Step(s.offset, s.line, s.column, decode(s.text), s.left, s.failed)

        return _collect("void(const mp_cel_step *, void *)", step,
                        lambda fn, raw, err: lib.mp_cel_sieve(self._c, raw, len(raw), handles,
                                                              len(handles), fn, NULL, err), source)

    def unknown_names(self, source: Text, devices: Sequence[Device]) -> List[UnknownName]:
        """Names that the selector reads and no device has, with the nearest spelling."""
        handles = [device._c for device in devices]

        def unknown(u: Any) -> UnknownName:
            return UnknownName(u.offset, u.line, u.column, bool(u.capacity), decode(u.name),
                               decode(u.nearest) if u.nearest != NULL else None)

        return _collect("void(const mp_cel_unknown *, void *)", unknown,
                        lambda fn, raw, err: lib.mp_cel_unknown_names(self._c, raw, len(raw), handles,
                                                                      len(handles), fn, NULL, err), source)


def _collect(signature: str, convert: Callable[[Any], Any], call: Callable[[Any, bytes, Any], int],
             source: Text) -> List[Any]:
    found: List[Any] = []
    fn = ffi.callback(signature, lambda item, _: found.append(convert(item)))
    raw, err = encode(source), new_error()
    check(call(fn, raw, err), err)
    return found


class Program(Handle):
    """A compiled expression.  Any number of threads may run it at once."""

    def __init__(self, env: Environment, source: Text) -> None:
        raw = encode(source)
        out, err = ffi.new("mp_cel **"), new_error()
        check(lib.mp_cel_compile(env._c, raw, len(raw), out, err), err)
        super().__init__(out[0], lib.mp_cel_free)
        self._env = env

    @property
    def source(self) -> str:
        return named(lib.mp_cel_source, self._c)

    @property
    def type(self) -> str:
        """The checked type of the result."""
        return decode(lib.mp_cel_type(self._c))

    @property
    def memory(self) -> int:
        return int(lib.mp_cel_memory(self._c))

    def matches(self, device: Device) -> bool:
        """Whether a selector matches; raises Error where it fails on the device."""
        return self._match(device._c)

    def _match(self, device: Any) -> bool:
        match, err = ffi.new("bool *"), new_error()
        check(lib.mp_cel_match(self._c, device, match, err), err)
        return bool(match[0])

    def matches_each(self, devices: Sequence[Device]) -> List[Optional[bool]]:
        """The same for many devices in one call; None where the selector failed."""
        handles = ffi.new("mp_cel_device *[]", [device._c for device in devices])
        outcomes, err = ffi.new("uint8_t[]", len(devices)), new_error()
        check(lib.mp_cel_match_each(self._c, handles, len(devices), outcomes, err), err)
        return [None if outcome == 2 else outcome == 1 for outcome in outcomes]

    def evaluate(self, variables: Optional[Mapping[str, Any]] = None, device: Optional[Device] = None,
                 budget: int = 0) -> Result:
        """Run an expression on values of its variables, or a selector on a device."""
        bound = _Variables(self._env, variables or {}) if not self._env.is_dra else None
        inputs = ffi.new("mp_cel_input *", [device._c if device else NULL, bound._c if bound else NULL,
                                            budget])
        out, cost, err = ffi.new("mp_cel_result **"), ffi.new("uint64_t *"), new_error()
        try:
            check(lib.mp_cel_eval(self._c, inputs, out, cost, err), err)
            result = ffi.gc(out[0], lib.mp_cel_result_free)
            value = Result(_value(result), decode(lib.mp_cel_result_type(result)), int(cost[0]))
            ffi.release(result)
            return value
        finally:
            if bound:
                bound.close()


class _Variables(Handle):
    def __init__(self, env: Environment, values: Mapping[str, Any]) -> None:
        out, err = ffi.new("mp_cel_vars **"), new_error()
        check(lib.mp_cel_vars_new(env._c, out, err), err)
        super().__init__(out[0], lib.mp_cel_vars_free)
        for name, value in values.items():
            raw = encode(name)
            if isinstance(value, bytes):
                check(lib.mp_cel_vars_set_bytes(self._c, raw, len(raw), value, len(value)))
                continue
            if isinstance(value, (Quantity, Version)):
                value = str(value)
            with Borrowed(value) as node:
                check(lib.mp_cel_vars_set(self._c, raw, len(raw), node, err), err)


def _value(result: Any) -> Any:
    size = ffi.new("size_t *")
    text = lib.mp_cel_result_string(result, size)
    if text != NULL:
        raw = bytes(ffi.buffer(text, size[0]))
        return raw if decode(lib.mp_cel_result_type(result)) == "bytes" else raw.decode()
    number = ffi.new("double *")
    if lib.mp_cel_result_double(result, number):
        return float(number[0])  # JSON has no NaN
    with Document() as doc:
        made = lib.mp_cel_result_object(result, doc._c)
        if made == NULL:
            raise Error(Status.ELIMIT, "the result is too deep or too large")
        lib.mp_doc_set_root(doc._c, made)
        return doc.to_python()


__all__ = ["Attribute", "COST_MAX", "Capacity", "Cost", "Device", "Environment", "Part", "Program",
           "Result", "Step", "UnknownName"]

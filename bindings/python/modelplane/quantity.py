# SPDX-License-Identifier: Apache-2.0
"""Kubernetes quantities and semantic versions."""

from __future__ import annotations

import enum
import functools
from typing import Any, Optional, Union

from ._errors import Text, check, decode, encode, new_error, take_text
from ._lib import NULL, ffi, lib


class Format(enum.IntEnum):
    """How a quantity is printed."""

    DECIMAL_SI = lib.MP_QUANTITY_DECIMAL_SI
    BINARY_SI = lib.MP_QUANTITY_BINARY_SI
    EXPONENT = lib.MP_QUANTITY_EXPONENT


@functools.total_ordering
class Quantity:
    """An exact number with a suffix, such as 80Gi or 1500m."""

    __slots__ = ("_c",)

    def __init__(self, text: Union[Text, int]) -> None:
        raw = encode(str(text) if isinstance(text, int) else text)
        value, err = ffi.new("mp_quantity *"), new_error()
        check(lib.mp_quantity_parse(NULL, raw, len(raw), value, err), err)
        self._c = ffi.gc(value, lib.mp_quantity_fini)

    @classmethod
    def _of(cls, value: Any) -> "Quantity":
        q = cls.__new__(cls)
        q._c = ffi.gc(value, lib.mp_quantity_fini)
        return q

    def __str__(self) -> str:
        """The canonical text, as the Kubernetes API prints it."""
        text, err = ffi.new("mp_text *"), new_error()
        check(lib.mp_quantity_text(NULL, self._c, text, err), err)
        return take_text(text)

    def __repr__(self) -> str:
        return f"Quantity({str(self)!r})"

    @property
    def decimal(self) -> str:
        """The exact value in plain decimal digits."""
        text, err = ffi.new("mp_text *"), new_error()
        check(lib.mp_quantity_decimal(NULL, self._c, text, err), err)
        return take_text(text)

    @property
    def format(self) -> Format:
        return Format(self._c.format)

    @property
    def sign(self) -> int:
        return int(lib.mp_quantity_sign(self._c))

    @property
    def is_integer(self) -> bool:
        """As CEL's isInteger(): held as an integer, not merely equal to one."""
        return bool(lib.mp_quantity_is_integer(self._c))

    def as_integer(self) -> Optional[int]:
        """The integer that it is held as; None unless is_integer."""
        out = ffi.new("int64_t *")
        return int(out[0]) if lib.mp_quantity_as_integer(self._c, out) else None

    def __int__(self) -> int:
        """Rounded up, and within 64 bits, as Kubernetes' Value()."""
        return int(lib.mp_quantity_value(self._c))

    def __float__(self) -> float:
        return float(lib.mp_quantity_as_double(self._c))

    def __bool__(self) -> bool:
        return self.sign != 0

    def _with(self, other: object, function: Any) -> "Quantity":
        right = _quantity(other)
        out, err = ffi.new("mp_quantity *"), new_error()
        check(function(NULL, self._c, right._c, out, err), err)
        return Quantity._of(out)

    def __add__(self, other: object) -> "Quantity":
        return self._with(other, lib.mp_quantity_add)

    def __sub__(self, other: object) -> "Quantity":
        return self._with(other, lib.mp_quantity_sub)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Quantity) and lib.mp_quantity_compare(self._c, other._c) == 0

    def __lt__(self, other: "Quantity") -> bool:
        return bool(lib.mp_quantity_compare(self._c, _quantity(other)._c) < 0)

    def __hash__(self) -> int:
        return hash(self.decimal)


def _quantity(value: object) -> Quantity:
    if isinstance(value, Quantity):
        return value
    if isinstance(value, (str, int)):
        return Quantity(value)
    raise TypeError(f"a quantity is wanted, not {type(value).__name__}")


@functools.total_ordering
class Version:
    """A semantic version.  Build metadata counts for nothing in comparisons."""

    __slots__ = ("_text", "_c")

    def __init__(self, text: Text, normalize: bool = False) -> None:
        """``normalize`` takes v1.2 for 1.2.0, as CEL's semver(text, true)."""
        raw = encode(text)
        self._text = ffi.from_buffer(raw)  # the parsed parts borrow from it
        self._c = ffi.new("mp_semver *")
        err = new_error()
        check(lib.mp_semver_parse(self._text, len(raw), 1 if normalize else 0, self._c, err), err)

    @property
    def major(self) -> int:
        return int(self._c.major)

    @property
    def minor(self) -> int:
        return int(self._c.minor)

    @property
    def patch(self) -> int:
        return int(self._c.patch)

    @property
    def prerelease(self) -> str:
        return decode(self._c.prerelease, self._c.prerelease_size)

    @property
    def build(self) -> str:
        return decode(self._c.build, self._c.build_size)

    def __str__(self) -> str:
        text = f"{self.major}.{self.minor}.{self.patch}"
        text += f"-{self.prerelease}" if self.prerelease else ""
        return text + (f"+{self.build}" if self.build else "")

    def __repr__(self) -> str:
        return f"Version({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and lib.mp_semver_compare(self._c, other._c) == 0

    def __lt__(self, other: "Version") -> bool:
        return bool(lib.mp_semver_compare(self._c, other._c) < 0)

    def __hash__(self) -> int:
        return hash((self.major, self.minor, self.patch, self.prerelease))

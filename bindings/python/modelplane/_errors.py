# SPDX-License-Identifier: Apache-2.0
"""The one exception, and what every module uses to call the library."""

from __future__ import annotations

import enum
from typing import Any, Optional, TypeVar, Union

from ._lib import NO_OFFSET, NULL, ffi, lib

Text = Union[str, bytes]
_Self = TypeVar("_Self", bound="Handle")


class Status(enum.IntEnum):
    """What a call came to."""

    OK = lib.MP_OK
    ENOMEM = lib.MP_ENOMEM
    EINVAL = lib.MP_EINVAL
    EPARSE = lib.MP_EPARSE
    ECOMPILE = lib.MP_ECOMPILE
    EEVAL = lib.MP_EEVAL
    EDOC = lib.MP_EDOC
    ELIMIT = lib.MP_ELIMIT
    ERANGE = lib.MP_ERANGE
    EEXIST = lib.MP_EEXIST
    ENOENT = lib.MP_ENOENT
    EBUDGET = lib.MP_EBUDGET
    ECONFLICT = lib.MP_ECONFLICT
    ECHECK = lib.MP_ECHECK
    ESTOPPED = lib.MP_ESTOPPED
    EIO = lib.MP_EIO


class Error(Exception):
    """A call that failed.

    ``offset`` is a byte offset into the text that was read and ``path`` the path of a field, where
    they are known; ``line`` and ``column`` count from 1.
    """

    def __init__(self, status: Status, text: str, path: str = "", offset: Optional[int] = None,
                 line: Optional[int] = None, column: Optional[int] = None) -> None:
        self.status = status
        self.text = text
        self.path = path
        self.offset = offset
        self.line = line
        self.column = column
        where = f"{line}:{column}: " if line else ""
        super().__init__(f"{where}{path + ': ' if path else ''}{text}")


def encode(text: Text) -> bytes:
    return text.encode() if isinstance(text, str) else bytes(text)


def decode(data: Any, size: Optional[int] = None) -> str:
    """A C text as str; "" for NULL."""
    if data == NULL:
        return ""
    raw: bytes = ffi.string(data) if size is None else bytes(ffi.buffer(data, size))
    return raw.decode("utf-8", "surrogateescape")


def new_error() -> Any:
    return ffi.new("mp_error *")


def failure(status: int, err: Any = NULL) -> Error:
    """The exception for a status and what the library says of it."""
    if err == NULL or not err.text[0]:
        return Error(Status(status), decode(lib.mp_status_text(status)))
    offset = None if err.offset == NO_OFFSET else int(err.offset)
    return Error(Status(status), decode(err.text), decode(err.path), offset, int(err.line) or None,
                 int(err.column) or None)


def check(status: int, err: Any = NULL) -> None:
    if status != lib.MP_OK:
        raise failure(status, err)


def made(handle: Any, err: Any) -> Any:
    """A handle that a call returned; NULL means that it failed."""
    if handle == NULL:
        raise failure(err.status if err.status != lib.MP_OK else lib.MP_ENOMEM, err)
    return handle


def named(function: Any, handle: Any) -> str:
    """The text that a getter with a size gives."""
    size = ffi.new("size_t *")
    return decode(function(handle, size), size[0])


def take_text(text: Any) -> str:
    """What a call wrote into an mp_text, which is freed."""
    try:
        return decode(text.data, text.size)
    finally:
        lib.mp_text_fini(text)


class Handle:
    """Something that the library made, freed by close(), by ``with``, or with the object."""

    def __init__(self, pointer: Any, free: Any) -> None:
        self._pointer: Any = ffi.gc(pointer, free)

    @property
    def _c(self) -> Any:
        if self._pointer is None:
            raise ValueError(f"{type(self).__name__} is closed")
        return self._pointer

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Free it now.  Doing it again is fine."""
        pointer, self._pointer = self._pointer, None
        if pointer is not None:
            ffi.release(pointer)

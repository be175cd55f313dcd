# SPDX-License-Identifier: Apache-2.0
"""Documents: trees of dicts and lists as the library holds them.

Most calls take and give dicts.  A Document keeps the tree on the C side: for documents that are read
once and used often, and for positions in the text that was read.
"""

from __future__ import annotations

import codecs
import enum
import json
from typing import Any, Callable, Dict, Iterator, List, Optional, TextIO, Union

from ._errors import Error, Handle, Status, Text, check, decode, encode, named, new_error, take_text
from ._lib import NO_OFFSET, NULL, ffi, lib

Value = Any
"""None, bool, int, float, str, list or dict."""


class Walk(enum.IntEnum):
    """What a visitor answers."""

    NEXT = lib.MP_WALK_NEXT
    SKIP = lib.MP_WALK_SKIP
    STOP = lib.MP_WALK_STOP


class Document(Handle):
    """A tree; its nodes live as long as it does."""

    def __init__(self, value: Value = None) -> None:
        """A document of a Python value."""
        super().__init__(_read(json.dumps(value, allow_nan=False)), lib.mp_doc_free)

    @classmethod
    def _of(cls, pointer: Any) -> "Document":
        doc = cls.__new__(cls)
        Handle.__init__(doc, pointer, lib.mp_doc_free)
        return doc

    @classmethod
    def from_json(cls, text: Text, max_depth: int = 0, max_size: int = 0) -> "Document":
        """Read JSON; errors have the byte offset."""
        return cls._of(_read(text, max_depth, max_size))

    @property
    def root(self) -> "Node":
        return Node(self, lib.mp_doc_root(self._c))

    def to_python(self) -> Value:
        return self.root.to_python()

    def to_json(self, pretty: bool = False) -> str:
        return self.root.to_json(pretty)

    def to_yaml(self, document: bool = False) -> str:
        """YAML; ``document`` begins it with a line "---"."""
        return self.root.to_yaml(document)


def _read(text: Text, max_depth: int = 0, max_size: int = 0) -> Any:
    raw = encode(text)
    out, err = ffi.new("mp_doc **"), new_error()
    opts = ffi.new("mp_read_opts *", [1, max_depth, max_size])
    check(lib.mp_json_read(NULL, raw, len(raw), opts, out, err), err)
    return out[0]


class Node:
    """One value of a document."""

    __slots__ = ("_doc", "_node")

    def __init__(self, doc: Handle, pointer: Any) -> None:
        self._doc = doc
        self._node = pointer

    @property
    def _c(self) -> Any:
        self._doc._c  # raises where that is closed
        return self._node

    def __bool__(self) -> bool:
        """Whether there is a value at all: get() and at() give nodes for what is not there too."""
        return bool(self._c != NULL)

    def __len__(self) -> int:
        return int(lib.mp_object_size(self._c))

    def __iter__(self) -> Iterator["Node"]:
        child = lib.mp_object_first(self._c)
        while child != NULL:
            yield Node(self._doc, child)
            child = lib.mp_object_next(child)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and bool(lib.mp_object_equal(self._c, other._c))

    def __hash__(self) -> int:
        return hash(int(ffi.cast("uintptr_t", self._c)))

    def get(self, *keys: str) -> "Node":
        """The value at a key, or below several in turn."""
        node = self._c
        for key in keys:
            raw = encode(key)
            node = lib.mp_object_get(node, raw, len(raw))
        return Node(self._doc, node)

    def at(self, index: int) -> "Node":
        return Node(self._doc, lib.mp_object_at(self._c, index))

    @property
    def parent(self) -> "Node":
        return Node(self._doc, lib.mp_object_parent(self._c))

    @property
    def key(self) -> str:
        """The key that it has in its map; "" in a list."""
        return named(lib.mp_object_key, self._c)

    @property
    def index(self) -> int:
        """Where it is in its list or map."""
        return int(lib.mp_object_index(self._c))

    @property
    def type(self) -> str:
        """null, bool, int, uint, double, string, list or map."""
        return decode(lib.mp_object_type_name(lib.mp_object_type(self._c)))

    @property
    def path(self) -> str:
        buffer = ffi.new("char[]", 1024)
        lib.mp_object_path(self._c, buffer, 1024)
        return decode(buffer)

    @property
    def line(self) -> Optional[int]:
        return int(lib.mp_object_line(self._c)) or None

    @property
    def offset(self) -> Optional[int]:
        offset = int(lib.mp_object_offset(self._c))
        return None if offset == NO_OFFSET else offset

    def identical(self, other: "Node") -> bool:
        """Equal, and in the same order."""
        return bool(lib.mp_object_identical(self._c, other._c))

    def visit(self, visitor: Callable[["Node", bool], Union[Walk, None]]) -> None:
        """Call ``visitor(node, leaving)`` for every node, before and after what is below it.

        None answers NEXT.  An exception of the visitor ends the walk and is raised.
        """
        raised: List[BaseException] = []

        def step(node: Any, event: int, _: Any) -> int:
            try:
                answer = visitor(Node(self._doc, node), event == lib.MP_WALK_LEAVE)
                return int(Walk.NEXT if answer is None else answer)
            except BaseException as error:  # pylint: disable=broad-except
                raised.append(error)
                return int(Walk.STOP)

        callback = ffi.callback("mp_walk_step(const mp_object *, mp_walk_event, void *)", step)
        status = lib.mp_object_visit(self._c, callback, NULL)
        if raised:
            raise raised[0]
        if status != lib.MP_ESTOPPED:
            check(status)

    def to_python(self) -> Value:
        return json.loads(self.to_json())

    def to_json(self, pretty: bool = False) -> str:
        text, err = ffi.new("mp_text *"), new_error()
        flags = lib_constant("MP_JSON_PRETTY") if pretty else 0
        check(lib.mp_json_text(NULL, self._c, flags, text, err), err)
        return take_text(text)

    def to_yaml(self, document: bool = False) -> str:
        text, err = ffi.new("mp_text *"), new_error()
        flags = lib_constant("MP_YAML_DOCUMENT") if document else 0
        check(lib.mp_yaml_text(NULL, self._c, flags, text, err), err)
        return take_text(text)

    def write_json(self, file: TextIO, pretty: bool = False) -> None:
        """Write JSON to a file, in pieces; an exception of the file ends it and is raised."""
        self._write(lib.mp_json_write, lib_constant("MP_JSON_PRETTY") if pretty else 0, file)

    def write_yaml(self, file: TextIO, document: bool = False) -> None:
        self._write(lib.mp_yaml_write, lib_constant("MP_YAML_DOCUMENT") if document else 0, file)

    def _write(self, function: Any, flags: int, file: TextIO) -> None:
        raised: List[BaseException] = []
        decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")

        def piece(data: Any, size: int, _: Any) -> int:
            try:
                file.write(decoder.decode(bytes(ffi.buffer(data, size))))
                return int(lib.MP_OK)
            except BaseException as error:  # pylint: disable=broad-except
                raised.append(error)
                return int(lib.MP_EIO)

        err = new_error()
        callback = ffi.callback("mp_status(const char *, size_t, void *)", piece)
        status = function(self._c, flags, callback, NULL, err)
        if raised:
            raise raised[0]
        check(status, err)


def lib_constant(name: str) -> int:
    from ._cdef import CONSTANTS

    return CONSTANTS[name]


DocumentLike = Union[Document, Node, Dict[str, Any], List[Any]]


class Borrowed:
    """A C node for a document, a node or a Python value, for the length of a ``with``."""

    def __init__(self, value: DocumentLike) -> None:
        self._own: Optional[Document] = None
        if isinstance(value, Node):
            self.node = value
        elif isinstance(value, Document):
            self.node = value.root
        else:
            self._own = Document(value)
            self.node = self._own.root

    def __enter__(self) -> Any:
        return self.node._c

    def __exit__(self, *_: object) -> None:
        if self._own is not None:
            self._own.close()


def taken(pointer: Any) -> Value:
    """The Python value of a document that a call made, which is freed."""
    with Document._of(pointer) as doc:
        return doc.to_python()


def load_yaml(text: Text) -> List[Value]:
    """The documents of a YAML text, by PyYAML (``pip install modelplane[yaml]``)."""
    try:
        import yaml
    except ImportError as error:
        raise ImportError("reading YAML needs PyYAML: pip install modelplane[yaml]") from error
    try:
        return [value for value in yaml.load_all(text, Loader=_yaml_loader(yaml)) if value is not None]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise Error(Status.EPARSE, str(error.problem or error), "", None,
                    mark.line + 1 if mark else None, mark.column + 1 if mark else None) from error


def _yaml_loader(yaml: Any) -> Any:
    """The core schema of YAML 1.2 as Kubernetes reads it: no dates, and yes is a text."""

    class Loader(yaml.SafeLoader):  # type: ignore[misc, name-defined, unused-ignore]
        pass

    dates = "tag:yaml.org,2002:timestamp"
    Loader.yaml_implicit_resolvers = {
        first: [(tag, regexp) for tag, regexp in resolvers if tag != dates]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}
    return Loader

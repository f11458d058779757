# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads how a TorchScript file describes its module: the tensors and numbers by their names.

The description is written in the notation of Python's pickle. An unpickler would call whatever the
file names. This reader takes the operations that torch writes for a module, which make texts,
numbers, lists, dictionaries and objects, and calls nothing: objects are dictionaries here, and a
tensor is its type, size and the name of the member that holds it.
"""

from __future__ import annotations

import pickletools
import warnings
from dataclasses import dataclass, field

_TENSOR = "torch._utils _rebuild_tensor_v2"
_LISTS = tuple(f"torch.jit._pickle build_{kind}list" for kind in ("int", "double", "bool"))
_EMPTY = "collections OrderedDict"
_MOST_NAMES = 100_000
_DEEPEST = 32
_MARK = object()
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
_MADE = {"EMPTY_LIST": list, "EMPTY_DICT": dict}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


@dataclass(frozen=True)
class StoredTensor:
    """A tensor of ``size`` and ``stride`` from number ``offset`` on, in a member with ``count``
    numbers of the type ``kind``, such as "torch FloatStorage"."""

    kind: str
    key: str
    count: int
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]


@dataclass
class Attributes:
    """Tensors, and plain numbers, by their dotted names."""

    tensors: dict[str, StoredTensor] = field(default_factory=dict)
    numbers: dict[str, bool | int | float] = field(default_factory=dict)


@dataclass(frozen=True)
class _Name:
    """A class or function that the description names; it is never looked up."""

    name: str


@dataclass
class _Module:
    """An object of a class of the file's own, and its attributes."""

    attributes: dict = field(default_factory=dict)


def read_attributes(data: bytes) -> Attributes:
    """The attributes of a description.

    Raises:
        ValueError: in one line, when torch would not write it so.
    """
    reader = _Reader()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of texts that are no Python
            for operation, argument, _ in pickletools.genops(data):
                reader.take(operation.name, argument)
        (root,) = reader.stack
        found = Attributes()
        _collect(root, "", found, 0)
    except (TypeError, KeyError, IndexError, AttributeError) as error:
        raise ValueError(f"the description of its module is damaged: {error}") from None
    return found


class _Reader:
    """Follows the operations with a stack of values."""

    def __init__(self):
        self.stack: list = []
        self._memo: dict[int, object] = {}

    def take(self, name: str, argument) -> None:
        stack = self.stack
        if name in ("PROTO", "STOP"):
            return
        if name in _CONSTANTS:
            stack.append(_CONSTANTS[name])
        elif name in _MADE:
            stack.append(_MADE[name]())
        elif name in ("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE"):
            stack.append(argument)
        elif name in ("BINPUT", "LONG_BINPUT"):
            self._memo[argument] = stack[-1]
        elif name in ("BINGET", "LONG_BINGET"):
            stack.append(self._memo[argument])
        elif name == "MARK":
            stack.append(_MARK)
        elif name == "GLOBAL":
            stack.append(_Name(argument))
        elif name in _TUPLES:
            stack[-_TUPLES[name] :] = [tuple(stack[-_TUPLES[name] :])]
        else:
            self._combine(name)

    def _combine(self, name: str) -> None:
        stack = self.stack
        if name == "TUPLE":
            stack.append(tuple(self._marked()))
        elif name == "APPENDS":
            values = self._marked()
            stack[-1].extend(values)
        elif name == "APPEND":
            value = stack.pop()
            stack[-1].append(value)
        elif name == "SETITEMS":
            values = self._marked()
            stack[-1].update(zip(values[::2], values[1::2], strict=True))
        elif name == "NEWOBJ":
            stack[-2:] = [_Module()]
        elif name == "BUILD":
            state = stack.pop()
            stack[-1].attributes.update(state)
        elif name == "BINPERSID":
            _, kind, key, _, count = stack.pop()
            stack.append((kind.name, _text(key), _whole(count)))
        elif name == "REDUCE":
            arguments, called = stack.pop(), stack.pop()
            stack.append(_value_of(called.name, arguments))
        else:
            raise ValueError(f"the description of its module has the operation {name}")

    def _marked(self) -> list:
        """The values since the last mark, which leave the stack."""
        at = len(self.stack) - 1
        while self.stack[at] is not _MARK:
            at -= 1
            if at < 0:
                raise IndexError("a mark is missing")
        values = self.stack[at + 1 :]
        del self.stack[at:]
        return values


def _value_of(called: str, arguments: tuple):
    """The value that a known function would return."""
    if called == _TENSOR:
        (kind, key, count), offset, size, stride, *_ = arguments
        size, stride = (tuple(map(_whole, values)) for values in (size, stride))
        return StoredTensor(kind, key, count, _whole(offset), size, stride)
    if called in _LISTS:
        return list(arguments[0])
    if called == _EMPTY and not arguments:
        return {}
    raise ValueError(f"the description of its module names {called[:100]}")


def _whole(value) -> int:
    if type(value) is not int or not 0 <= value < 2**62:
        raise TypeError("a number is not whole")
    return value


def _text(value) -> str:
    if not isinstance(value, str):
        raise TypeError("the name of a member is no text")
    return value


def _collect(module: _Module, prefix: str, found: Attributes, depth: int) -> None:
    """Adds the attributes of a module and of the modules in it."""
    if depth > _DEEPEST or len(found.tensors) + len(found.numbers) > _MOST_NAMES:
        raise ValueError("the description of its module is too large")
    for name, value in module.attributes.items():
        if isinstance(value, _Module):
            _collect(value, f"{prefix}{_text(name)}.", found, depth + 1)
        elif isinstance(value, StoredTensor):
            found.tensors[prefix + _text(name)] = value
        elif isinstance(value, bool | int | float) and name != "training":
            found.numbers[prefix + _text(name)] = value

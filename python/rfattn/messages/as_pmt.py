# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detections and emissions as GNU Radio messages, and messages left when a flowgraph ends."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import cache, lru_cache
from typing import get_type_hints

import pmt

from ..rfattn_python import dictionary, message_values, numbers_message
from . import schema
from .detection import Detection
from .emission import Nearest
from .entries import Fields, Octets, Text, without_none

_SYSTEM = pmt.intern("system")
_STREAM, _CONFIDENCE = pmt.intern("stream"), pmt.intern("confidence")


def _probabilities(values: dict[str, float]) -> pmt.pmt_base:
    return numbers_message(_symbols(tuple(values)), list(values.values()))


@lru_cache(maxsize=64)
def _symbols(names: tuple[str, ...]) -> list[pmt.pmt_base]:
    return [pmt.intern(name) for name in names]


def _vector(values) -> pmt.pmt_base:
    vector = pmt.make_vector(len(values), pmt.PMT_NIL)
    for i, value in enumerate(values):
        pmt.vector_set(vector, i, value)
    return vector


def _seconds(values: list[float]) -> pmt.pmt_base:
    """A time as GNU Radio has it: whole seconds and fraction."""
    whole, fraction = values
    return pmt.make_tuple(pmt.from_uint64(int(whole)), pmt.from_double(fraction))


def _octets(values: bytes) -> pmt.pmt_base:
    return pmt.init_u8vector(len(values), list(values))


def _text(text: str) -> pmt.pmt_base:
    return _octets(text.encode())


def _field(value) -> pmt.pmt_base:
    for kind, make in ((bool, pmt.from_bool), (int, pmt.from_long), (float, pmt.from_double)):
        if isinstance(value, kind):
            return make(value)
    return _text(value)


def _fields_of(values: dict) -> pmt.pmt_base:
    """Their names come from a small set, unlike their texts."""
    return dictionary(_symbols(tuple(values)), [_field(value) for value in values.values()])


_MAKERS = {
    str: pmt.intern,
    float: pmt.from_double,
    int: pmt.from_uint64,
    bool: pmt.from_bool,
    Text: _text,
    Octets: lambda digits: _octets(bytes.fromhex(digits)),
    Fields: _fields_of,
    dict[str, float]: _probabilities,
    list[int]: lambda values: _vector([pmt.from_uint64(value) for value in values]),
    list[str]: lambda values: _vector([pmt.intern(value) for value in values]),
    list[float]: _seconds,
    list[Nearest]: lambda values: _vector([to_message(value) for value in values]),
}


@cache
def _fields(kind: type) -> list:
    """Name, key and maker of each field."""
    return [
        (name, pmt.intern(name), _MAKERS[without_none(annotation)])
        for name, annotation in get_type_hints(kind).items()
    ]


def to_message(values) -> pmt.pmt_base:
    """A message, of a class whose fields `_MAKERS` has, as the PMT dictionary that ports send:
    counts are uint64, numbers double, names symbols."""
    keys, entries = [], []
    for name, key, make in _fields(type(values)):
        value = getattr(values, name)
        if value is not None:
            keys.append(key)
            entries.append(make(value))
    return dictionary(keys, entries)


def confidence_message(stream: int, confidence: float) -> pmt.pmt_base:
    """A message of the ports ``confidences``: how sure the model is of a stream."""
    entries = [pmt.from_uint64(stream), pmt.from_double(confidence)]
    return dictionary([_STREAM, _CONFIDENCE], entries)


def from_message(message: pmt.pmt_base) -> Detection:
    """The detection that `to_message` was given.

    Raises:
        ValueError: when it is no message of a ``detections`` port.
    """
    return schema.read("detections", to_python(message))


def to_python(message: pmt.pmt_base) -> dict:
    """A PMT dictionary as a Python dictionary, its empty dictionaries and vectors as such.

    Raises:
        ValueError: when it is no dictionary.
    """
    if not pmt.is_dict(message):
        raise ValueError(f"not a dictionary: {message}")
    return message_values(message)


def drain(
    block,
    handlers: dict[str, Callable],
    until: float = math.inf,
    lose: Callable[[str, pmt.pmt_base], object] | None = None,
) -> None:
    """Hands to ``handlers`` (by port name) the messages that still wait at the block's ports; from
    the time ``until`` of `time.monotonic` on to ``lose``, with the name of the port.

    A block with message ports alone ends with the first of its senders. Messages that a sender
    posts in its ``work()`` before it ends have been handled by then. Those that other senders post
    afterwards, or any sender in ``stop()``, stay at the port. So call this when the flowgraph has
    ended.
    """
    for port, handle in handlers.items():
        while (message := block.delete_head_nowait(pmt.intern(port))) is not None:
            if time.monotonic() < until:
                handle(message)
            else:
                lose(port, message)


def forget_ends(block) -> None:
    """Makes a block with message ports alone ready for another flowgraph, before that starts.

    In the last flowgraph it ended with the first of its senders. The ends of the others still wait
    at its system port and would end it at once.
    """
    while block.delete_head_nowait(_SYSTEM) is not None:
        pass

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detections as GNU Radio messages, and messages that are left when a flowgraph ends."""

from __future__ import annotations

from dataclasses import fields

import pmt

from .detection import Detection

_SYSTEM = pmt.intern("system")


def _probabilities(values: dict[str, float]) -> pmt.pmt_base:
    message = pmt.make_dict()
    for name, value in values.items():
        message = pmt.dict_add(message, pmt.intern(name), pmt.from_double(value))
    return message


_TYPES = {"str": pmt.intern, "float": pmt.from_double, "int": pmt.from_uint64}
_FIELDS = [
    (field.name, pmt.intern(field.name), _TYPES.get(field.type.split(" | ")[0], _probabilities))
    for field in fields(Detection)
]


def to_message(detection: Detection) -> pmt.pmt_base:
    """The PMT dictionary of the ``detections`` port: counts are uint64, numbers double."""
    message = pmt.make_dict()
    for name, key, make in _FIELDS:
        value = getattr(detection, name)
        if value is not None:
            message = pmt.dict_add(message, key, make(value))
    return message


def from_message(message: pmt.pmt_base) -> Detection:
    """What `to_message` made it from.

    Raises:
        ValueError: when it is no message of a ``detections`` port.
    """
    values = pmt.to_python(message) if pmt.is_dict(message) else None
    try:
        return Detection(**values)
    except TypeError:
        raise ValueError(f"not a detection: {message}") from None


def drain(block, handlers: dict) -> None:
    """Hands to ``handlers`` (by port name) what still waits at the block's message ports.

    A block with message ports alone ends with the first of its senders. What a sender posts in its
    ``work()`` before it ends has been handled by then; what other senders post afterwards, or
    anyone in ``stop()``, waits for ever. So call this when the flowgraph has ended.
    """
    for port, handle in handlers.items():
        while (message := block.delete_head_nowait(pmt.intern(port))) is not None:
            handle(message)


def forget_ends(block) -> None:
    """Makes a block with message ports alone ready for another flowgraph, before that starts.

    In the last one it ended with the first of its senders; that the others ended, too, still waits
    at its system port and would end it at once.
    """
    while block.delete_head_nowait(_SYSTEM) is not None:
        pass

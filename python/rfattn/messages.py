# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detections as GNU Radio messages, and messages that are left when a flowgraph ends."""

from __future__ import annotations

import pmt

from .detection import Detection

_COUNTS = ("sample_start", "sample_count", "segment")


def to_message(detection: Detection) -> pmt.pmt_base:
    """The PMT dictionary of the ``detections`` port: counts are uint64, numbers double."""
    fields = detection.to_dict()
    message = pmt.to_pmt({k: v for k, v in fields.items() if k not in _COUNTS})
    for name in _COUNTS:
        message = pmt.dict_add(message, pmt.intern(name), pmt.from_uint64(fields[name]))
    return message


def from_message(message: pmt.pmt_base) -> Detection:
    """What `to_message` made it from.

    Raises:
        ValueError: when it is no message of a ``detections`` port.
    """
    fields = pmt.to_python(message) if pmt.is_dict(message) else None
    try:
        return Detection(**fields)
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

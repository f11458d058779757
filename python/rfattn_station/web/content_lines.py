# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was read from the signal of an emission, as lines of a page."""

from __future__ import annotations

import json

from gnuradio.rfattn.emissions.record import EmissionRecord
from gnuradio.rfattn.messages.decoded import Decoded
from gnuradio.rfattn.printable import printable, shortened

_MOST_NEWEST = {"source": 40, "text": 200}
"""Characters of the line in the table; the details have all."""


def line_of(decoded: Decoded, record: EmissionRecord, began: float) -> dict:
    """A line in plain values: ``source`` and ``text``; ``time`` of the frame, s since 1970, or
    None; ``is_right`` and ``is_private`` as `Decoded` has them; ``bits``, or None; and ``fields``,
    pairs of texts. Control characters are escapes in all texts.

    Args:
        began: when the first sample of the emission came, s since 1970; `record` may state it
            more exactly.
    """
    return {
        **_without_details(decoded, record, began),
        "bits": decoded.bits,
        "fields": [
            (printable(name), printable(_shown(value)))
            for name, value in (decoded.fields or {}).items()
        ],
    }


def newest_of(record: EmissionRecord, began: float) -> dict | None:
    """The newest line of an emission, shortened, without bits and fields; None: it has none."""
    if not record.decoded:
        return None
    line = _without_details(record.decoded[-1], record, began)
    return {**line, **{name: shortened(line[name], most) for name, most in _MOST_NEWEST.items()}}


def _without_details(decoded: Decoded, record: EmissionRecord, began: float) -> dict:
    return {
        "source": printable(decoded.source),
        "text": printable(decoded.text),
        "time": _time(decoded, record, began),
        "is_right": decoded.is_right,
        "is_private": decoded.is_private,
    }


def _time(decoded: Decoded, record: EmissionRecord, began: float) -> float | None:
    latest = record.latest
    if decoded.sample_start is None or not latest.rx_rate:
        return None
    start = sum(latest.rx_time) if latest.rx_time else began
    return start + (decoded.sample_start - latest.sample_start) / latest.rx_rate


def _shown(value) -> str:
    return value if isinstance(value, str) else json.dumps(value)

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Emissions as a logbook has them, from what a receiver booked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from gnuradio.rfattn.emissions.record import EmissionRecord

from .heard import Heard

_SENDERS = {
    "mmsi": "mmsi {mmsi:09}",
    "address": "icao {address}",
    "home": "zwave {home} {source}",
    "source": "call {source}",
}
"""By the field of a frame that names its sender, what the sender is called."""
_MOST_CONTENT = 2000
"""Characters of the newest content."""


def heard_in(
    record: EmissionRecord, start_s: float, sample_rate: float, receiver: str, contents: bool
) -> Heard:
    """An emission that ended.

    Args:
        start_s: its first sample, s since 1970.
        contents: whether to keep what was read from it.
    """
    stated = {name: getattr(record.latest, name) for name in (*_MEASURED, *_STATED)}
    fields = (one.fields for one in record.decoded if one.is_right is not False)
    content = "\n".join(f"{one.source}: {one.text}" for one in record.decoded)
    kept = content[-_MOST_CONTENT:] if contents and content else None
    return heard_from(stated, start_s, sample_rate, receiver, fields, kept)


def heard_from(
    emission: Mapping,
    start_s: float,
    sample_rate: float,
    receiver: str,
    frames: Iterable[Mapping | None],
    content: str | None = None,
) -> Heard:
    """An emission that ended, by its fields as JSON has them.

    Args:
        start_s: its first sample, s since 1970.
        frames: fields of each frame that was read.
        content: what is kept of what was read.
    """
    low, high = emission["freq_lower"], emission["freq_upper"]
    length = emission["sample_count"] / sample_rate
    return Heard(
        start_s,
        start_s + length,
        (low + high) / 2,
        high - low,
        sender=sender_in(frames),
        content=content,
        receiver=receiver,
        air_s=length * emission["duty"],
        **{name: emission[name] for name in _STATED},
    )


_MEASURED = "freq_lower", "freq_upper", "sample_count", "duty"
_STATED = (
    "burst_count",
    "period_s",
    "snr_db",
    "power_db",
    "symbol_rate",
    "label",
    "family",
    "confidence",
    "basis",
)
"""What an emission states under the same name."""


def sender_in(frames: Iterable[Mapping | None]) -> str | None:
    """Whom most frames name, by their fields; None: nobody."""
    counts = Counter(name for name in map(_sender, frames) if name)
    return max(counts, key=counts.get) if counts else None


def _sender(fields: Mapping | None) -> str | None:
    for name, form in _SENDERS.items():
        if fields and name in fields:
            try:
                return form.format(**fields)
            except (KeyError, ValueError):
                return None
    return None

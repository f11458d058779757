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
    latest = record.latest
    length = latest.sample_count / sample_rate
    fields = (one.fields for one in record.decoded if one.is_right is not False)
    content = "\n".join(f"{one.source}: {one.text}" for one in record.decoded)
    return Heard(
        start_s,
        start_s + length,
        latest.middle,
        latest.width,
        sender=sender_in(fields),
        content=content[-_MOST_CONTENT:] if contents and content else None,
        receiver=receiver,
        air_s=length * latest.duty,
        **{name: getattr(latest, name) for name in STATED},
    )


STATED = (
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

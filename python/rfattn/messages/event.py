# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The message of what happened to a transmitter or to the receiver, and its fields wherever else it
is shown."""

from __future__ import annotations

from dataclasses import dataclass

from .entries import entry
from .limits import SECONDS

EVENTS = ("new", "back", "missing", "changed", "receiver")


@dataclass(frozen=True, kw_only=True)
class Event:
    """What happened to a transmitter that a station knows, or to the receiver itself."""

    event: str = entry(
        "`new`, `back`, `missing` or `changed`, of a transmitter; `receiver`, of the receiver."
    )
    time_unix_s: float = entry("When it was noticed, s since 1970.", **SECONDS)
    since_unix_s: float = entry(
        "When it began: first heard, last heard, back or changed, s since 1970.", **SECONDS
    )
    transmitter: int | None = entry(
        "Number of the transmitter among those of its receiver; absent: it is of the receiver.",
        default=None,
    )
    name: str | None = entry("What its user calls it; absent: it has no name.", default=None)
    receiver: str = entry("Name of the receiver in the logbook.")
    frequency: float | None = entry("Where the transmitter is, Hz.", default=None)
    label: str | None = entry("Which it had most often; absent: none.", default=None)
    works: bool | None = entry(
        "Whether the receiver works from then on; absent: it is not about that.", default=None
    )
    text: str = entry("The same in words, such as `missing since 2026-12-01 15:04:05`.")

    def __post_init__(self):
        if self.event not in EVENTS:
            raise ValueError(
                f"events: event must be one of {', '.join(EVENTS)}, got {self.event!r:.60}"
            )
        if self.event != "receiver" and None in (self.transmitter, self.frequency):
            raise ValueError(f"events: {self.event} needs transmitter and frequency")

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of an emission as one row of plain values, for conditions, commands and MQTT."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_type_hints

from ..messages.emission import Emission, names_in
from ..messages.entries import without_none
from ..messages.event import Event

_STATED, _TYPES = names_in("fact"), get_type_hints(Emission)
TEXTS = (*(name for name in _STATED if without_none(_TYPES[name]) is str), "nearest")
"""Facts that are text."""
NUMBERS = ("frequency", "width", "duration_s", *(name for name in _STATED if name not in TEXTS))
"""Facts that are numbers, in Hz, s, dB and symbols a second."""
EVENT_TEXTS = ("event", "name", "receiver")
EVENT_FACTS = tuple(get_type_hints(Event))
"""What is known of an event of a transmitter."""
FACTS = ("id", "time", "time_unix_s", *NUMBERS, *TEXTS, "sideband_of")


def facts_of(emission: Emission, time_unix_s: float | None = None) -> dict:
    """The facts by the names in `FACTS`; None for unknown ones.

    Frequencies are in Hz, relative to the centre of the band where the emission has no rx_freq;
    `frequency` is the middle between the edges, `nearest` the known signal that fits best, and
    `time` the time of the first sample as ISO 8601 in UTC.

    Args:
        time_unix_s: time of the first sample, s since 1970; None: not known.
    """
    named = {
        "id": emission.id,
        "time": None if time_unix_s is None else _iso(time_unix_s),
        "time_unix_s": time_unix_s,
        "frequency": emission.middle,
        "width": emission.width,
        "duration_s": emission.duration_s,
        "nearest": emission.nearest[0].name if emission.nearest else None,
    }
    return {name: named[name] if name in named else getattr(emission, name) for name in FACTS}


def facts_of_event(event: dict) -> dict:
    """The facts of an event, a message of `Event`, besides those that emissions have."""
    named = {name: event.get(name) for name in EVENT_FACTS}
    return {**dict.fromkeys(FACTS), **named, "time": _iso(event["time_unix_s"])}


def _iso(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

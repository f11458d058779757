# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of a transmitter, for those who ask a station."""

from __future__ import annotations

from dataclasses import dataclass

from .track import Track


@dataclass(frozen=True, slots=True)
class Transmitter:
    """What is known of a transmitter.

    Attributes:
        number: its id, which stays.
        name: which a user gave, or "".
        sender: whom the content names, such as ``mmsi 211234560``; None: nobody.
        first_s, last_s: start of its first and last emission, s since 1970 (UTC).
        count: emissions.
        frequencies_hz: middle of its channels, Hz, the busiest first.
        labels: share of each label.
        hours: share of its emissions in each hour of the day (UTC).
        period_s, jitter_s: mean and deviation of its intervals, s; None: it is not regular.
        missed: share of its emissions that are not received; None: it is not regular.
        next_s: when the next emission is expected, s since 1970; None: it is not regular.
        level_db: mean of the latest levels with the settings of the receiver, dB; None: none.
        missing_since_s: when it was last heard, if it is missing; else None.
    """

    number: int
    name: str
    sender: str | None
    first_s: float
    last_s: float
    count: int
    frequencies_hz: tuple[float, ...]
    labels: dict[str | None, float]
    hours: tuple[float, ...]
    period_s: float | None
    jitter_s: float | None
    missed: float | None
    next_s: float | None
    level_db: float | None
    missing_since_s: float | None


@dataclass(frozen=True, slots=True)
class Moved:
    """Emissions that have another transmitter, as more is known.

    Attributes:
        was, now: ids of the transmitters.
        emissions: by the number of the call of `Station.add`, from 0; None: all of `was`.
    """

    was: int
    now: int
    emissions: tuple[int, ...] | None


def describe(track: Track, names: list[str | None]) -> Transmitter:
    """What is known of a track, whose labels have numbers."""
    rhythm = track.rhythm if track.timing.is_regular else None
    labels = sum(track.labels.values())
    return Transmitter(
        track.number,
        track.name,
        track.sender,
        track.first_s,
        track.last_s,
        track.count,
        tuple(channel[1] for channel in sorted(track.channels, reverse=True)),
        {names[code]: n / labels for code, n in track.labels.items()},
        tuple(n / track.count for n in track.hours),
        rhythm and rhythm.period_s,
        rhythm and rhythm.jitter_s,
        rhythm and rhythm.missed,
        rhythm and track.last_s + rhythm.period_s,
        track.means[3][1] if track.means[3][0] else None,
        track.missing_s,
    )

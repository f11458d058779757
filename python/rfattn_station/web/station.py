# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page shows of a logbook: transmitters, events, and how much was heard when."""

from __future__ import annotations

import asyncio
import math
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

from gnuradio.rfattn.emissions.rounding import rounded
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from ..logbook.followed import transmitter_states
from ..logbook.hours import heard_between
from ..logbook.logbook import Logbook, reason_of
from ..logbook.names import give_name, given_names, key_of
from ..logbook.questions import Filter, Hours, events
from ..logbook.tables import HOUR_US, HOURS, LISTENED, LISTENED_HOURS, RASTER_HZ
from ..transmitters.station import Station

DAYS = 28
_HOURS = 24 * DAYS
_MOST_TRANSMITTERS, _MOST_EVENTS = 500, 100
_BINS = 96
"""Columns of the picture of frequency by time."""
_MOST_CHANNELS = 64
"""An emission over more channels counts in the middle one alone."""
_FRESH_S = 10.0
"""So long an answer is given again."""
_LONGEST_NAME = 40
_Counts = dict[int, list[int]]
"""By channel, a number for each hour."""


class StationView:
    """Answers from a logbook, in a thread of its own.

    Args:
        where: folder or address of the logbook, see `Logbook`.
        clock: as time.time.

    Raises:
        ValueError: in one line, where there is no logbook.
    """

    def __init__(self, where: str, clock=time.time):
        self._logbook, self._clock = Logbook(where, is_new=False), clock
        self._thread = ThreadPoolExecutor(1, "station")
        self._answer: dict | None = None
        self._asked_s = 0.0

    def close(self) -> None:
        self._thread.shutdown()
        self._logbook.close()

    async def answer(self) -> dict:
        """``transmitters``, the newest `_MOST_TRANSMITTERS`, muted ones last, as `Transmitter` has
        them, each with its ``key``, ``receiver``, ``is_muted`` and ``life``; ``count``, how many
        there are; ``events``, the newest; ``picture``, with ``low_hz``, ``high_hz`` and counts of
        emissions ``by_hour`` of the day (UTC) [24, `_BINS`] and ``by_day`` [`DAYS`, `_BINS`];
        ``first_s``, where `DAYS` days begin; and ``listened``.

        ``life`` and ``listened`` have a character for each hour of these days: how many emissions
        began on its channel, from 0, none, to 9, as many as in its busiest hour, by their
        logarithm; and whether a receiver listened, 0 or 1.

        Raises:
            ValueError: in one line that names the logbook.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._fresh)

    async def name(self, key: str, name: str, is_muted: bool) -> None:
        """Gives a transmitter a name, or mutes it.

        Raises:
            ValueError: naming the rule and the value, or the logbook.
        """
        if len(name) > _LONGEST_NAME or not (name.isprintable()):
            raise ValueError(f"a name has at most {_LONGEST_NAME} letters, got {name!r:.60}")
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._thread, self._name, key, name, is_muted)
        except SQLAlchemyError as error:
            raise ValueError(f"{self._logbook.name}: {reason_of(error)}") from None

    def _name(self, key: str, name: str, is_muted: bool) -> None:

        with self._logbook.writing() as data:
            give_name(self._logbook, data, key, name, is_muted)
        self._answer = None

    def _fresh(self) -> dict:
        if self._answer is None or time.monotonic() - self._asked_s > _FRESH_S:
            with self._logbook.reading() as data:
                self._answer = self._ask(data)
            self._asked_s = time.monotonic()
        return self._answer

    def _ask(self, data) -> dict:

        end = int(self._clock() // 3600) + 1
        first = end - _HOURS
        lives, counts = self._counts(data, first, end)
        given = given_names(data)
        rows = []
        for receiver, state in transmitter_states(data).items():
            for one in Station.from_state(state).transmitters():
                key = key_of(one.number, receiver)
                life = lives.get(int(one.frequencies_hz[0] // RASTER_HZ), [0] * _HOURS)
                about = {"key": key, "receiver": receiver, "is_muted": False}
                row = {**about, **asdict(one), **given.get(key, {})}
                row["label"] = max(one.labels, key=one.labels.get, default=None)
                row["life"] = _digits(life)
                del row["labels"], row["hours"]
                rows.append(row)
        rows.sort(key=lambda row: (row["is_muted"], -row["last_s"]))
        since = Filter(since_us=first * HOUR_US)
        return {
            "days": DAYS,
            "first_s": first * 3600,
            "count": len(rows),
            "transmitters": rounded(rows[:_MOST_TRANSMITTERS]),
            "events": rounded(events(data, since, _MOST_EVENTS)[::-1]),
            "picture": _picture(counts, RASTER_HZ),
            "listened": self._listened(data, first, end),
        }

    def _counts(self, data, first: int, end: int) -> tuple[_Counts, _Counts]:
        """How many emissions began in each hour, on each channel and in the middle of each."""

        on_it: _Counts = defaultdict(lambda: [0] * _HOURS)
        around: _Counts = defaultdict(lambda: [0] * _HOURS)

        def add(hour: int, low: int, high: int, begun: int) -> None:
            middle = (low + high) // 2
            around[middle][hour - first] += int(begun)
            for channel in range(low, high + 1) if high - low < _MOST_CHANNELS else (middle,):
                on_it[channel][hour - first] += int(begun)

        row, hours = HOURS.c, Hours.of(data, first * HOUR_US, end * HOUR_US)
        counted = select(row.hour, row.low, row.high, func.sum(row.begun)).where(
            hours.where(HOURS), row.hour >= first, row.hour < end
        )
        for one in data.execute(counted.group_by(row.hour, row.low, row.high)):
            add(*one)
        for begin, stop in hours.parts:
            for (low, high, *_), count in heard_between(data, begin, stop).items():
                add(begin // HOUR_US, low, high, count.begun)
        return on_it, around

    def _listened(self, data, first: int, end: int) -> str:

        row, span = LISTENED_HOURS.c, LISTENED.c
        hours = set(data.execute(select(row.hour).where(row.hour >= first)).scalars())
        spans = select(span.start_us, span.end_us).where(span.end_us >= first * HOUR_US)
        for start, stop in data.execute(spans):
            hours.update(range(start // HOUR_US, stop // HOUR_US + 1))
        return "".join(str(int(hour in hours)) for hour in range(first, end))


def _digits(counts: list[int]) -> str:
    most = math.log1p(max(counts)) or 1.0
    return "".join(str(math.ceil(9 * math.log1p(n) / most)) for n in counts)


def _picture(counts: _Counts, raster_hz: float) -> dict | None:
    """Emissions by frequency and hour of the day, and by frequency and day; None: none."""
    used = {channel: row for channel, row in counts.items() if any(row)}
    if not used:
        return None
    low, high = min(used), max(used) + 1
    by_hour = [[0] * _BINS for _ in range(24)]
    by_day = [[0] * _BINS for _ in range(DAYS)]
    for channel, row in used.items():
        column = (channel - low) * _BINS // (high - low)
        for hour, count in enumerate(row):
            by_hour[hour % 24][column] += count
            by_day[hour // 24][column] += count
    edges = {"low_hz": low * raster_hz, "high_hz": high * raster_hz}
    return {**edges, "by_hour": by_hour, "by_day": by_day}

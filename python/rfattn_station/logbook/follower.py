# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hands what a receiver hears to what joins it into transmitters, and keeps that between runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import asdict

from sqlalchemy import func, select

from .heard import Heard, Listened
from .logbook import Logbook, state_of
from .tables import HEARD, HOUR_US, LISTENED, RECEIVERS, US, heard_of, microseconds

STATE = "transmitters "
"""Begins the names of states, each of which ends with the name of a receiver."""
_AT_ONCE = 500
_PAST_US = 30 * 24 * HOUR_US
"""Before the newest emission, from which on a new state is made of what is in the logbook."""
_LOOK_S, _SAVE_S = 10.0, 60.0
_SAVE_SHARE = 0.005
"""Of the time that saving the state may take."""


class Follower:
    """Follows one receiver.

    What was heard after the state was kept, as before a kill, is taken from the logbook.

    Args:
        receiver: its name.
        make: returns what joins emissions, which continues a state, or is new for None; see
            `transmitters.station.Station`.
    """

    def __init__(self, receiver: str, make: Callable):
        self._receiver, self._make = receiver, make
        self._station = None
        self._until_us, self._is_behind = 0, True
        self._looked_s = self._saved_s = time.monotonic()
        self._took_s = 0.0

    def take(self, heard: Iterable[Heard], listened: Iterable[Listened]) -> None:
        """Takes what is in the logbook now."""
        if self._is_behind:  # which finds it there
            return
        for span in listened:
            self._station.listened(span)
        for one in sorted(heard, key=lambda one: one.start_s):
            self._station.add(one)
            self._until_us = max(self._until_us, microseconds(one.start_s))

    def look(self, logbook: Logbook, now_s: float) -> None:
        """Catches up, and keeps events and, with them or every minute or so, the state; call once
        a second."""
        if self._station is None:
            self._begin(logbook)
        elif self._is_behind:
            self._catch_up(logbook)
        now = time.monotonic()
        if not self._is_behind and now - self._looked_s >= _LOOK_S:
            self._looked_s = now
            found = self._station.events(now_s)
            if found or now - self._saved_s >= max(_SAVE_S, self._took_s / _SAVE_SHARE):
                self._save(logbook, found)

    def save(self, logbook: Logbook, now_s: float) -> None:
        if self._station is not None:
            self._save(logbook, [] if self._is_behind else self._station.events(now_s))

    def _save(self, logbook: Logbook, events: list) -> None:
        """In one transaction, so that no event comes twice after a kill."""
        begin = time.monotonic()
        state = {"until_us": self._until_us, "station": self._station.to_state()}
        with logbook.writing() as data:
            logbook.add_events(data, self._receiver, map(asdict, events))
            logbook.set_state(data, f"{STATE}{self._receiver}", state)
        self._saved_s = time.monotonic()
        self._took_s = self._saved_s - begin

    def _begin(self, logbook: Logbook) -> None:
        with logbook.reading() as data:
            kept = state_of(data, f"{STATE}{self._receiver}")
            newest = data.execute(select(func.max(HEARD.c.start_us))).scalar() or 0
        self._station = self._make(kept and kept["station"])
        self._until_us = kept["until_us"] if kept else newest - _PAST_US

    def _catch_up(self, logbook: Logbook) -> None:
        """Takes the next emissions from the logbook, and the times of listening around them."""
        row = HEARD.c
        with logbook.reading() as data:
            numbers = dict(
                data.execute(
                    select(RECEIVERS.c.number, RECEIVERS.c.settings).where(
                        RECEIVERS.c.name == self._receiver
                    )
                )
                .tuples()
                .all()
            )
            mine = row.receiver.in_(numbers), row.start_us > self._until_us
            rows = data.execute(
                select(HEARD).where(*mine).order_by(row.start_us).limit(_AT_ONCE)
            ).all()
            spans = data.execute(
                select(LISTENED)
                .where(
                    LISTENED.c.receiver.in_(numbers),
                    LISTENED.c.end_us >= self._until_us,
                    LISTENED.c.start_us <= (rows[-1].start_us if rows else 2**62),
                )
                .order_by(LISTENED.c.start_us)
            ).all()
        for one in spans:
            about = one.start_us / US, one.end_us / US, one.low_hz, one.high_hz
            self._station.listened(Listened(self._receiver, *about, numbers[one.receiver]))
        for one in rows:
            self._station.add(heard_of(one, self._receiver))
            self._until_us = one.start_us
        self._is_behind = len(rows) == _AT_ONCE

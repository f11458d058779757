# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hands what a receiver hears to what joins it into transmitters, and keeps that between runs."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

from sqlalchemy import func, select

from .followed import FollowedState
from .heard import Heard, Listened
from .logbook import Logbook
from .names import event_message, give_name, given_names, is_muted, key_of
from .tables import HEARD, HOUR_US, LISTENED, RECEIVERS, US, heard_of, microseconds

_AT_ONCE = 500
_PAST_US = 30 * 24 * HOUR_US
"""Before the newest emission, from which on a new state is made of what is in the logbook."""
_LATE_US = HOUR_US // 60
"""Times of listening are stated each 10 s, so that emissions are ahead of them by less."""
_AHEAD_US = 24 * HOUR_US
"""What is so far ahead of the clock was written by another one, and is not believed."""
_LOOK_S, _SAVE_S = 10.0, 60.0
_SAVE_SHARE = 0.005
"""Of the time that saving the state may take."""


@dataclass(frozen=True)
class Named:
    """A transmitter that has a name, as it is now.

    Attributes:
        number, name: its id and what its user calls it.
        last_s: start of its last emission, s since 1970.
        is_present: it is not missing.
        label, frequency_hz: the one that it had most often, or None, and where it is, Hz.
    """

    number: int
    name: str
    last_s: float
    is_present: bool
    label: str | None
    frequency_hz: float


class Follower:
    """Follows one receiver.

    What was heard after the state was kept, as before a kill, is taken from the logbook.

    Attributes:
        named: the transmitters that have names; another list when something changed. None until
            they are read.

    Args:
        receiver: its name.
        make: returns what joins emissions, which continues a state, or is new for None; see
            `transmitters.station.Station`.
    """

    def __init__(self, receiver: str, make: Callable):
        self._receiver, self._make = receiver, make
        self._station, self._kept = None, FollowedState(receiver)
        self._until_us, self._is_behind = 0, True
        self._looked_s = self._saved_s = time.monotonic()
        self._took_s = 0.0
        self._names: dict[str, dict] = {}
        self.named: list[Named] | None = None
        self._waiting: deque[dict] = deque()

    def take_events(self) -> list[dict]:
        """The events since the last call, see `event_message`; from any thread. What nobody took
        until the end comes in the next run; a kill may cost those of a second."""
        return [self._waiting.popleft() for _ in range(len(self._waiting))]

    def take(self, heard: Iterable[Heard], listened: Iterable[Listened]) -> None:
        """Takes what is in the logbook now."""
        if not self._is_behind:  # which finds it there
            self._join(heard, listened)

    def _join(self, heard: Iterable[Heard], listened: Iterable[Listened]) -> None:
        """Has emissions joined, and times of listening, in the order of their begins. One that
        cannot be joined keeps no other from that.

        Raises:
            Exception: of the first that could not.
        """
        failed = None
        waiting = deque(sorted(listened, key=lambda span: span.end_s))
        for one in [*sorted(heard, key=lambda one: one.start_s), None]:
            while waiting and (one is None or waiting[0].start_s <= one.start_s):
                span = waiting.popleft()
                self._station.listened(span)
                if self._until_us > microseconds(span.end_s) + _LATE_US:
                    self._until_us = microseconds(span.start_s)  # the clock was set back
            try:
                if one is not None:
                    self._until_us = max(self._until_us, microseconds(one.start_s))
                    self._station.add(one)
            except Exception as error:
                failed = failed or error
        if failed is not None:
            raise failed

    def look(self, logbook: Logbook, now_s: float) -> None:
        """Catches up, and keeps events and, with them or every minute or so, the state; call once
        a second."""
        if self._station is None:
            self._begin(logbook)
        elif self._is_behind:
            self._catch_up(logbook, microseconds(now_s))
        now = time.monotonic()
        if not self._is_behind and now - self._looked_s >= _LOOK_S:
            self._looked_s = now
            self._look_at_names(logbook)
            found = self._station.events(now_s)
            if found or now - self._saved_s >= max(_SAVE_S, self._took_s / _SAVE_SHARE):
                self._save(logbook, found)

    def save(self, logbook: Logbook, now_s: float) -> None:
        if self._station is not None:
            self._save(logbook, [] if self._is_behind else self._station.events(now_s), True)

    def _save(self, logbook: Logbook, events: list, is_last: bool = False) -> None:
        """In one transaction, so that no event comes twice after a kill."""
        begin = time.monotonic()
        rows = [asdict(event) for event in events]
        told = [event_message(self._receiver, row, self._names) for row in rows]
        found = [event for event in told if not is_muted(event, self._names)]
        state = {"until_us": self._until_us, "station": self._station.to_state()}
        state["waiting"] = [*self._waiting, *found] if is_last else []
        with logbook.writing() as data:
            logbook.add_events(data, self._receiver, rows)
            self._kept.write(logbook, data, state)
        self._waiting.extend(found)
        self._saved_s = time.monotonic()
        self._took_s = self._saved_s - begin

    def _look_at_names(self, logbook: Logbook) -> None:
        """Reads the names that were given; a name stays with emissions that now have another
        transmitter."""
        joined = [one for one in self._station.rejoined() if one.emissions is None]
        with logbook.reading() as data:
            self._names = given_names(data)
        for moved in joined:
            was, now = key_of(moved.was, self._receiver), key_of(moved.now, self._receiver)
            if was in self._names and now not in self._names:
                given = self._names[was]
                with logbook.writing() as data:
                    give_name(logbook, data, was, "", False)
                    give_name(logbook, data, now, given["name"], given["is_muted"])
                with logbook.reading() as data:
                    self._names = given_names(data)
        found = []
        for one in self._station.named(self._names_of_numbers()):
            label = max(one.labels, key=one.labels.get, default=None)
            about = one.last_s, one.missing_since_s is None, label, one.frequencies_hz[0]
            found.append(Named(one.number, one.name, *about))
        if found != self.named:
            self.named = found

    def _names_of_numbers(self) -> dict[int, str]:
        """Names of the transmitters of this receiver, by their ids."""
        keys = (key.partition(" ") + (given["name"],) for key, given in self._names.items())
        return {
            int(number): name
            for number, _, receiver, name in keys
            if receiver == self._receiver and name
        }

    def _begin(self, logbook: Logbook) -> None:
        with logbook.reading() as data:
            kept = self._kept.read(data)
            newest = data.execute(select(func.max(HEARD.c.start_us))).scalar() or 0
        self._station = self._make(kept and kept["station"])
        self._until_us = kept["until_us"] if kept else newest - _PAST_US
        self._waiting.extend(kept.get("waiting", ()) if kept else ())

    def _catch_up(self, logbook: Logbook, now_us: int) -> None:
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
            later = row.start_us.between(self._until_us + 1, now_us + _AHEAD_US)
            mine = row.receiver.in_(numbers), later
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
        self._is_behind = len(rows) == _AT_ONCE
        listened = []
        for one in spans:
            about = one.start_us / US, one.end_us / US, one.low_hz, one.high_hz
            listened.append(Listened(self._receiver, *about, numbers[one.receiver]))
        until_us = max([self._until_us, *(one.start_us for one in rows)])
        try:
            self._join([heard_of(one, self._receiver) for one in rows], listened)
        finally:
            self._until_us = until_us

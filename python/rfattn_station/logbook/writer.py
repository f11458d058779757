# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes into a logbook beside a receiver, which never waits for it."""

from __future__ import annotations

import threading
import time
from collections import deque

from gnuradio.rfattn.failures import Failures, text_of
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError, StatementError

from .heard import Heard, Listened
from .hours import believe, count_hours, remove_thinned, settled_hour, thin, thin_to
from .keep import Keep
from .logbook import Logbook, is_server, reason_of
from .tables import HOUR_US, microseconds

MOST_WAITING = 10_000
"""Emissions that wait for a full disk or a server; further ones are lost, and counted."""
_AT_ONCE, _HOURS_AT_ONCE = 1000, 24
_REST_S = 1.0
"""Between attempts, and between looks at what is to be thinned."""
_MINUTE_S, _HOUR_S = 60.0, 3600.0
END_S = 1.0
"""How long the end of a receiver waits for the logbook."""
_OF_VALUES = (DataError, IntegrityError, StatementError, ValueError, OverflowError)
"""Types of errors that come again with each attempt."""


class LogbookWriter:
    """Writes in a thread of its own, in the order of `add`; what cannot be written waits.

    Args:
        where: see `Logbook`.
        settings: of the receiver.
        keep: how much stays; None: everything.
        follower: a `Follower` of the receiver; None: nobody joins its emissions.
        report: called with a line when something fails, or is left out, as nothing was before.

    Attributes:
        notes: such lines of what is left out, that nobody took yet.
        follower: as given.
        failures: attempts that failed.
        kept, lost, left_out: emissions that are in the logbook; that are not, since too many waited
            or one cannot be written at all, or the end came first; and that are older than all
            that is kept.

    Raises:
        ValueError: see `Logbook`.
    """

    def __init__(self, where, settings="", keep: Keep | None = None, report=print, follower=None):
        self._logbook = Logbook(where, wait_s=END_S / 2, later=True)
        keep = keep or Keep()
        if keep.most_bytes is not None and is_server(str(where)):
            raise ValueError("keep: must be days alone on a server, which has no file, got a size")
        self._settings, self._keep, self.follower = settings, keep, follower
        self.failures, self._report = Failures(report), report
        self.notes: deque[str] = deque()
        self._noted = set()
        self.kept = self.lost = self.left_out = 0
        self._waiting: deque[Heard] = deque()
        self._events: deque[dict] = deque(maxlen=MOST_WAITING)
        self._listened: dict[tuple, Listened] = {}
        self._changed = threading.Condition()
        self._is_made = self._is_late = self._has_thinned = False
        self._end_s: float | None = None
        self._minute_s = self._hour_s = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="logbook", daemon=True)
        self._thread.start()

    def add(self, heard: Heard) -> None:
        with self._changed:
            if len(self._waiting) >= MOST_WAITING:
                self.lost += 1
                return
            self._waiting.append(heard)
            self._changed.notify_all()

    def listened(self, listened: Listened) -> None:
        """Adds a time of listening, or moves its end."""
        with self._changed:
            key = listened.receiver, listened.start_s, listened.low_hz, listened.high_hz
            self._listened[key] = listened
            if len(self._listened) > MOST_WAITING:
                del self._listened[next(iter(self._listened))]
            self._changed.notify_all()

    def add_event(self, event: dict) -> None:
        """Adds what happened to the receiver, a message of `messages.event`."""
        with self._changed:
            self._events.append(event)
            self._changed.notify_all()

    def settle(self, most_s: float) -> None:
        """Waits until all that was added is kept; where that took too long once, no longer waits
        before it has caught up."""
        with self._changed:
            if not self._is_late:
                is_kept = self._changed.wait_for(lambda: not self._waiting, most_s)
                self._is_late = not is_kept

    def close(self) -> None:
        """Ends; counts what could not be written until then as lost. May be called twice."""
        with self._changed:
            if self._end_s is None:
                self._end_s = time.monotonic() + END_S
            self._changed.notify_all()
        self._thread.join(2 * END_S)
        with self._changed:
            self.lost += len(self._waiting)
            self._waiting.clear()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.notify_all()  # that something was done, or failed
                self._changed.wait_for(self._has_work, _REST_S)
                if self._end_s is not None and (
                    not (self._waiting or self._listened or self._events)
                    or time.monotonic() > self._end_s
                ):
                    break
            try:
                if not self._is_made:
                    self._logbook.make()
                    self._believe()
                    self._is_made = True
                some, spans = self._write()
                self._write_events()
                self._guest("take", some, spans)
                self._tidy()
            except Exception as error:
                self._fail(error)
                with self._changed:
                    self._changed.wait_for(lambda: self._end_s is not None, _REST_S)
        if self._is_made:
            self._guest("save", self._logbook, time.time())
        self._logbook.close()

    def _guest(self, name: str, *values) -> None:
        """Calls the follower, whose errors keep nothing from being written, counted or thinned."""
        try:
            if self.follower is not None:
                getattr(self.follower, name)(*values)
        except Exception as error:
            self._fail(error, "transmitters: ")

    def _note(self, text: str) -> None:
        """Reports what a logbook does no longer keep, once."""
        if text and text not in self._noted:
            self._noted.add(text)
            self.notes.append(f"logbook: {text}")
            self._report(f"{self._logbook.name}: {text}")

    def _believe(self) -> None:
        self._note(believe(self._logbook, settled_hour(microseconds(time.time()))))

    def _has_work(self) -> bool:
        waits = self._waiting or self._listened or self._events
        return bool(waits or self._end_s is not None)

    def _fail(self, error: Exception, what: str = "") -> None:
        is_of_data = isinstance(error, SQLAlchemyError)
        text = reason_of(error) if is_of_data else text_of(error)
        name = f"{self._logbook.name}: "
        self.failures.add(ValueError(f"{name}{what}{text.removeprefix(name)}"))

    def _write(self) -> tuple[list[Heard], list[Listened]]:
        """Writes what waits, and returns it. What a logbook cannot have at all is lost, and others
        are kept."""
        with self._changed:
            some = [self._waiting[i] for i in range(min(_AT_ONCE, len(self._waiting)))]
            spans = dict(self._listened)
        if not some and not spans:
            return [], []
        kept = some
        try:
            self._done(some, self._logbook.write(some, spans.values(), self._settings))
        except _OF_VALUES as error:
            if isinstance(error, SQLAlchemyError) and type(error) not in _OF_VALUES:
                raise
            kept = []
            for one in some:
                try:
                    self._done([one], self._logbook.write([one], (), self._settings))
                    kept.append(one)
                except _OF_VALUES as error:
                    self._fail(error)
                    self._done([one], 0, is_lost=True)
            self._logbook.write([], spans.values(), self._settings)
        with self._changed:
            for key, span in spans.items():
                if self._listened.get(key) is span:
                    del self._listened[key]
        return kept, list(spans.values())

    def _write_events(self) -> None:
        for event in list(self._events):
            with self._logbook.writing() as data:
                self._logbook.add_events(data, event["receiver"], [event])
            with self._changed:
                self._events.popleft()

    def _done(self, some: list[Heard], left_out: int, is_lost: bool = False) -> None:
        with self._changed:
            for _ in some:
                self._waiting.popleft()
            self.lost += len(some) if is_lost else 0
            self.kept += 0 if is_lost else len(some) - left_out
            self.left_out += left_out
            self._is_late &= bool(self._waiting)
            self._changed.notify_all()
        self._note("emissions older than what is kept are left out" if left_out else "")

    def _tidy(self) -> None:
        """Counts hours that are over, and thins what is too old or too much."""
        now, now_us = time.monotonic(), microseconds(time.time())
        logbook, keep = self._logbook, self._keep
        if now >= self._minute_s:
            self._minute_s = now + _MINUTE_S
            self._believe()
            count_hours(logbook, settled_hour(now_us), _HOURS_AT_ONCE)
            if keep.most_bytes is not None:
                self._note(thin_to(logbook, keep.most_bytes, settled_hour(now_us)))
            self._has_thinned = True
        if keep.seconds is not None and now >= self._hour_s:
            self._hour_s = now + _HOUR_S
            thin(logbook, (now_us - microseconds(keep.seconds)) // HOUR_US)
            self._has_thinned = True
        if self._has_thinned:
            self._has_thinned = remove_thinned(logbook)
        self._guest("look", logbook, time.time())

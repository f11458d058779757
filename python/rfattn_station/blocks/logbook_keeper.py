# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the emissions of a receiver in the logbook of its station, and when it listened."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from datetime import timedelta

from gnuradio.rfattn.blocks.parts.attachment import Attachment
from gnuradio.rfattn.emissions.record import EmissionRecord
from gnuradio.rfattn.failures import counted
from gnuradio.rfattn.reporting import count_of

from ..logbook.heard import Listened
from ..logbook.names import receiver_message
from ..logbook.received import heard_in
from ..logbook.writer import LogbookWriter

_WAIT_S = 0.2
"""For the logbook, before emissions are shown; a disk that is slower is not waited for."""
_NOTE_S = 10.0
"""Between notes of the time of listening: what a kill may cost of it."""
_SILENT_S = 2.0
"""A receiver that sends no sample for so long does not listen."""
_CLOCK_S = 2.0
"""A clock that moved by so much against the processor's was set."""
_HOUR_S = 3600


class LogbookKeeper(Attachment):
    """Keeps what a path finds. Sidebands, parts of others and ignored emissions are left out.

    Args:
        writer: a `LogbookWriter`.
        receiver: name of the receiver; settings: see `Listened`.
        contents: whether to keep what was read from emissions, and not the sender alone.
        clock, timer: as time.time and time.monotonic.
    """

    def __init__(
        self,
        writer: LogbookWriter,
        receiver: str,
        settings: str = "",
        contents: bool = False,
        clock=time.time,
        timer=time.monotonic,
    ):
        self._writer, self._receiver, self._settings = writer, receiver, settings
        self._contents, self._clock, self._timer = contents, clock, timer
        self.failures = writer.failures
        self._frequency: float | None = None
        self._sample, self._moved = -1.0, timer()
        self._now = clock()
        self._span: Listened | None = None
        self._began, self._noted = 0.0, -math.inf
        self._notes: list[str] = []

    def tuned(self, frequency: float | None) -> None:
        self._end_span()
        self._frequency = frequency or 0.0  # as the emissions count then

    @counted
    def look(self, sample: float, sample_rate: float, measured: float | None = None) -> None:
        now, timer = self._clock(), self._timer()
        sample = sample if measured is None else measured
        if sample > self._sample:
            self._sample, self._moved, self._now = sample, timer, now
        elif timer - self._moved > _SILENT_S:
            self._end_span()
            return
        if self._frequency is not None and sample >= 0:
            self._listen(now, timer, sample_rate)

    def _listen(self, now: float, timer: float, rate: float) -> None:
        span = self._span
        moved = 0.0 if span is None else (now - span.start_s) - (timer - self._began)
        if abs(moved) > _CLOCK_S:
            way, by = "forward" if moved > 0.0 else "back", timedelta(seconds=round(abs(moved)))
            self._notes.append(f"clock set {way} by {by}")
            self._end_span()
        elif span is not None and now // _HOUR_S > span.start_s // _HOUR_S:
            hour = now // _HOUR_S * _HOUR_S
            self._span = replace(span, end_s=hour)
            self._end_span()
            self._begin_span(hour, timer - (now - hour), rate)
        if self._span is None:
            self._begin_span(now, timer, rate)
        self._span = replace(self._span, end_s=max(self._span.start_s, now))
        if timer - self._noted >= _NOTE_S:
            self._writer.listened(self._span)
            self._noted = timer

    def _begin_span(self, start: float, timer: float, rate: float) -> None:
        low, high = self._frequency - rate / 2, self._frequency + rate / 2
        self._span = Listened(self._receiver, start, start, low, high, self._settings)
        self._began, self._noted = timer, -math.inf

    def _end_span(self) -> None:
        if self._span is not None:
            self._writer.listened(self._span)
        self._span = None

    @counted
    def add_final(self, record: EmissionRecord, sample_rate: float) -> None:
        latest = record.latest
        if not latest.is_shown(sidebands=False):
            return
        start = record.time_unix_s
        if start is None:  # a recording that states none: when it was played
            start = self._now - (self._sample - latest.sample_start) / sample_rate
        self._writer.add(heard_in(record, start, sample_rate, self._receiver, self._contents))

    def settle(self) -> None:
        self._writer.settle(_WAIT_S)

    def take_events(self) -> list[dict]:
        """Those of transmitters, and of the receiver: a clock that was set, and what the logbook no
        longer keeps."""
        writer, now = self._writer, self._clock()
        notes, self._notes = self._notes, []
        notes += [writer.notes.popleft() for _ in range(len(writer.notes))]
        found = [] if writer.follower is None else writer.follower.take_events()
        return [*found, *(receiver_message(self._receiver, now, text) for text in notes)]

    def named_transmitters(self) -> list | None:
        """See `follower.Follower.named`."""
        follower = self._writer.follower
        return None if follower is None else follower.named

    def complete(self) -> None:
        self._end_span()

    def close(self) -> None:
        self._writer.close()

    def account(self) -> dict:
        writer = self._writer
        counts = {"kept": writer.kept, "lost": writer.lost, "left_out": writer.left_out}
        return {"logbook": counts}

    def summary(self) -> str:
        """What became of the emissions, in a line."""
        writer = self._writer
        text = f"logbook:   {count_of(writer.kept, 'emission')} kept"
        text += f", {writer.lost} lost" if writer.lost else ""
        return text + (f", {writer.left_out} older than what is kept" if writer.left_out else "")

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the emissions of a receiver in the logbook of its station, and when it listened."""

from __future__ import annotations

import time
from dataclasses import astuple

from gnuradio.rfattn.emissions.record import EmissionRecord
from gnuradio.rfattn.failures import counted
from gnuradio.rfattn.flowgraph.listening import Listening, Span
from gnuradio.rfattn.reporting import count_of

from ..logbook.heard import Listened
from ..logbook.names import receiver_message
from ..logbook.received import heard_in
from ..logbook.writer import LogbookWriter

_WAIT_S = 0.2
"""For the logbook, before emissions are shown; a disk that is slower is not waited for."""
_NOTE_S = 10.0
"""Between notes of the time of listening: what a kill may cost of it."""


class LogbookKeeper(Listening):
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
        self._contents, self._notes = contents, []
        self.failures = writer.failures
        Listening.__init__(self, self._add_span, _NOTE_S, self._notes.append, clock, timer)

    tuned, look = counted(Listening.tuned), counted(Listening.look)
    complete = counted(Listening.complete)

    def _add_span(self, span: Span) -> None:
        self._writer.listened(Listened(self._receiver, *astuple(span), self._settings))

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
        notes = [*self._notes, *(writer.notes.popleft() for _ in range(len(writer.notes)))]
        self._notes.clear()
        found = [] if writer.follower is None else writer.follower.take_events()
        return [*found, *(receiver_message(self._receiver, now, text) for text in notes)]

    def show_event(self, event: dict) -> None:
        """Keeps what happened to the receiver; what happened to transmitters is kept already."""
        if event["event"] == "receiver":
            self._writer.add_event(event)

    def named_transmitters(self) -> list | None:
        """See `follower.Follower.named`."""
        follower = self._writer.follower
        return None if follower is None else follower.named

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

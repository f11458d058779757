# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a receiver listened to which band."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from ..blocks.parts.attachment import Attachment

_SILENT_S = 2.0
"""A receiver that sends no sample for so long does not listen."""
_CLOCK_S = 2.0
"""A clock that moved by so much against the processor's was set."""
_HOUR_S = 3600


@dataclass(frozen=True)
class Span:
    """A time within one hour in which a receiver listened to one band without a pause, s since 1970
    and Hz."""

    start_s: float
    end_s: float
    low_hz: float
    high_hz: float


class Listening(Attachment):
    """States the times in which samples of one band came, by a clock that may be set.

    Args:
        take: called with a `Span`, again with a later end while it lasts, and when it ends.
        every_s: between two such calls.
        note: called with a text where the clock was set.
        clock, timer: as time.time and time.monotonic.
    """

    def __init__(
        self,
        take: Callable[[Span], object],
        every_s: float,
        note: Callable[[str], object] = str,
        clock=time.time,
        timer=time.monotonic,
    ):
        self._take_span, self._every_s, self._note = take, every_s, note
        self._clock, self._timer = clock, timer
        self._frequency: float | None = None
        self._sample, self._moved = -1.0, timer()
        self._now = clock()
        self._span: Span | None = None
        self._began, self._noted = 0.0, -math.inf

    def tuned(self, frequency: float | None) -> None:
        self._end_span()
        self._frequency = frequency or 0.0  # as the emissions count then

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
            self._note(f"clock set {way} by {by}")
            self._end_span()
        elif span is not None and now // _HOUR_S > span.start_s // _HOUR_S:
            hour = now // _HOUR_S * _HOUR_S
            self._span = replace(span, end_s=hour)
            self._end_span()
            self._begin_span(hour, timer - (now - hour), rate)
        if self._span is None:
            self._begin_span(now, timer, rate)
        self._span = replace(self._span, end_s=max(self._span.start_s, now))
        if timer - self._noted >= self._every_s:
            self._take_span(self._span)
            self._noted = timer

    def _begin_span(self, start: float, timer: float, rate: float) -> None:
        self._span = Span(start, start, self._frequency - rate / 2, self._frequency + rate / 2)
        self._began, self._noted = timer, -math.inf

    def _end_span(self) -> None:
        if self._span is not None:
            self._take_span(self._span)
        self._span = None

    def complete(self) -> None:
        self._end_span()

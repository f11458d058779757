# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""When somebody listened to a frequency, and with which settings."""

from __future__ import annotations

from dataclasses import astuple, dataclass, replace

from ..logbook.heard import Heard, Listened

_KEPT_S = 28 * 86400.0
_MOST_SPANS = 4096
_LATE_S = 60.0  # more than what ends at the same time comes apart
CLOCK_S = 2.0
"""A receiver that begins again so much later was off, or its clock was set; or so much earlier."""


@dataclass(frozen=True, order=True, slots=True)
class Age:
    """How many seconds were listened to until a moment. It cannot be compared with the time of a
    clock, which goes on while nobody listens, and which people set."""

    s: float

    def __sub__(self, earlier: Age) -> float:
        return self.s - earlier.s


class Coverage:
    """The times of the last weeks in which receivers listened. Without any, all times count.

    Attributes:
        age: how long was listened altogether.
    """

    def __init__(self, spans=(), age_s: float = 0.0, last_s: float | None = None, deaf=()):
        self._spans: list[Listened] = list(spans)  # in the order of their ends
        self.age, self._last_s = Age(age_s), last_s
        self._deaf = dict(deaf)  # end of each time in which nothing could be heard

    def move_to(self, heard: Heard) -> float:
        """Lets time pass until an emission, where nobody states when somebody listened.

        Returns:
            less than 0 where the clock was set back, see `add`.
        """
        last_s, self._last_s = self._last_s, heard.start_s
        if self._spans or last_s is None:
            return 0.0
        self.age = Age(self.age.s + max(0.0, heard.start_s - last_s))
        # One that ended long before another began would have come before it.
        return heard.start_s - last_s if heard.end_s < last_s - _LATE_S else 0.0

    def age_at(self, time_s: float) -> Age:
        """How long was listened until a moment of the past, at least."""
        return Age(max(0.0, self.age.s - max(0.0, (self._last_s or time_s) - time_s)))

    def add(self, span: Listened) -> float:
        """Adds a span, which may be longer than it was when it was added before.

        Returns:
            seconds from the end of the last span to the begin of a new one, less than 0 where the
            clock was set back: what was heard behind that moment was heard so much earlier.
        """
        if span.end_s < span.start_s:
            raise ValueError(f"end_s must be >= start_s = {span.start_s}, got {span.end_s}")
        gap, known_s = 0.0, 0.0
        for k in reversed(range(len(self._spans))):
            if _identity(self._spans[k]) == _identity(span):
                old = self._spans.pop(k)
                known_s = old.end_s - old.start_s
                break
        else:
            gap = span.start_s - self._spans[-1].end_s if self._spans else 0.0
        if gap < -CLOCK_S:
            self._spans = [
                replace(one, start_s=one.start_s + gap, end_s=one.end_s + gap)
                if one.end_s > span.start_s
                else one
                for one in self._spans
            ]
        self.age = Age(self.age.s + max(0.0, span.end_s - span.start_s - known_s))
        self._spans.append(span)
        self._spans.sort(key=lambda one: one.end_s)
        oldest = span.end_s - _KEPT_S
        self._spans = [one for one in self._spans[-_MOST_SPANS:] if one.end_s >= oldest]
        return gap

    def settings(self, receiver: str, frequency_hz: float) -> str:
        """Receiver and settings with which a frequency is listened to at last."""
        for span in reversed(self._spans):
            if span.receiver == receiver and span.low_hz <= frequency_hz <= span.high_hz:
                return _settings(span)
        return receiver

    def listened_s(self, frequency_hz: float, settings: str, start_s: float, end_s: float) -> float:
        """Seconds of a time in which a frequency was listened to with the same settings."""
        if not self._spans:
            return self._not_deaf_s(start_s, end_s)
        total, free = 0.0, end_s  # what is behind `free` is counted
        for span in reversed(self._spans):
            if span.end_s <= start_s:
                break
            if span.low_hz <= frequency_hz <= span.high_hz and _settings(span) == settings:
                stop = min(span.end_s, free)
                total += self._not_deaf_s(max(span.start_s, start_s), stop)
                free = min(free, max(span.start_s, start_s))
        return total

    def deafen(self, start_s: float, end_s: float) -> None:
        """Takes out a time in which nothing could be heard; again with a later end while it
        lasts."""
        self._deaf[start_s] = end_s
        self._deaf = {one: end for one, end in self._deaf.items() if end > end_s - _KEPT_S}

    def _not_deaf_s(self, start_s: float, end_s: float) -> float:
        out = (max(0.0, min(end, end_s) - max(start, start_s)) for start, end in self._deaf.items())
        return max(0.0, end_s - start_s - sum(out))

    def to_state(self) -> list:
        spans = [list(astuple(span)) for span in self._spans]
        return [spans, self.age.s, self._last_s, list(self._deaf.items())]

    @classmethod
    def from_state(cls, state: list) -> Coverage:
        return cls([Listened(*values) for values in state[0]], *state[1:])


def _settings(span: Listened) -> str:
    return f"{span.receiver} {span.settings}".rstrip()


def _identity(span: Listened) -> tuple:
    # A logbook keeps whole microseconds.
    return span.receiver, round(span.start_s * 1e6), span.low_hz, span.high_hz, span.settings

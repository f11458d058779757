# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How surprising something must be, so that chance alone raises a given number of alarms."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime

from .coverage import Age

WEEK_S = 7 * 86400.0
LEAST_WEEKS = 4.0 / 7.0
"""Of scores, below which there is no threshold."""
_WEEKS = 4.0  # of the past that count
_TAIL = 12  # highest scores that show how likely higher ones are
_MOST_SCORES = 256
_LEAST_SCALE = 1.0  # nats of the tail: that of likelihoods which are right
_NO_CHANCE = 4.0  # a score that should come once in e^4 such pasts is no chance

NEW, BACK, MISSING, CHANGED = "new", "back", "missing", "changed"
RECEIVER = "receiver"
RHYTHM = "rhythm"  # what is new or back, and regular
SHARES = {MISSING: 0.6, NEW: 0.1, RHYTHM: 0.2, CHANGED: 0.1}
"""Of the false alarms that a user allows."""


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to a transmitter, or to the receiver.

    Attributes:
        event: ``new``, ``back``, ``missing`` or ``changed``; ``receiver``, which has neither
            transmitter nor frequency.
        time_unix_s: when it was noticed, s since 1970 (UTC).
        since_unix_s: when it began: first heard, last heard, or back; s since 1970 (UTC).
        transmitter: id.
        frequency_hz: of the transmitter, Hz.
        label: which it had most often, or None.
        nats: how surprising it is.
        text: the same in words, such as ``missing since 2026-12-01 15:04:05``.
        works: whether the receiver works from then on; None: it is not about that.
    """

    event: str
    time_unix_s: float
    since_unix_s: float
    transmitter: int | None
    frequency_hz: float | None
    label: str | None
    nats: float
    text: str
    works: bool | None = None


def shown_time(unix_s: float) -> str:
    """A time as texts and tables have it, in UTC."""
    return f"{datetime.fromtimestamp(unix_s, UTC):%Y-%m-%d %H:%M:%S}"


def shown_change(db: float) -> str:
    """A change of level in words, such as ``6 dB weaker``."""
    return f"{abs(db):.0f} dB {'stronger' if db > 0.0 else 'weaker'}"


class Pool:
    """The scores of what looked like an event in the last weeks of listening and ended by itself.

    The next score is above the k-th of the last N weeks as often as any of them was: k times in N
    weeks. Between and above the scores an exponential tail stands for them.
    """

    def __init__(self, scores: list[list[float]] = ()):
        self._scores = [list(entry) for entry in scores]  # of each its age in s, and nats

    def add(self, age: Age, nats: float) -> None:
        self._scores.append([age.s, nats])
        if len(self._scores) > 2 * _MOST_SCORES:
            new = [entry for entry in self._scores if entry[0] > age.s - _WEEKS * WEEK_S]
            highest = sorted(new, key=lambda entry: -entry[1])[:_MOST_SCORES]
            self._scores = sorted(highest, key=lambda entry: entry[0])

    def threshold(self, now: Age, weeks: float, alarms_per_week: float) -> float | None:
        """Nats above which chance is so often, or None: too little is known.

        Args:
            weeks: that were listened to.
        """
        weeks = min(weeks, _WEEKS)
        if weeks < LEAST_WEEKS:
            return None
        oldest = now.s - _WEEKS * WEEK_S
        scores = sorted((nats for age_s, nats in self._scores if age_s > oldest), reverse=True)
        while len(scores) >= _TAIL and scores[0] > self._at(scores[1:], math.exp(-_NO_CHANCE)):
            del scores[0]
        return self._at(scores, alarms_per_week * weeks)

    @staticmethod
    def _at(scores: list[float], expected: float) -> float:
        """The score above which `expected` scores are to be expected."""
        tail = scores[:_TAIL]
        if len(tail) < 3:
            return (tail[0] if tail else 0.0) + max(0.0, 3.0 - math.log(expected))
        scale = (sum(tail) - len(tail) * tail[-1]) / (len(tail) - 1)
        return tail[-1] + max(scale, _LEAST_SCALE) * math.log(len(tail) / expected)

    def to_state(self) -> list:
        return self._scores

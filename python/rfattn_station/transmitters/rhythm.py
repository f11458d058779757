# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rhythm: intervals that are multiples of a period, since emissions may be missed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

LEAST_NATS = 14.0
"""A rhythm must be so much more likely than emissions at random times."""
LEAST_EMISSIONS = 4
MOST_JITTER = 0.1
"""Of a period: a rhythm with more is none."""
_MOST_STEPS = 6  # periods from one emission to the next of a chain
_LEAST_JITTER_S = 0.05
_KERNELS = 0.05, 0.01  # of a period: intervals that differ by less are counted as equal
_CANDIDATES = 3  # periods of each kind that are tried
_LATEST = 12  # emissions from which on the newest may be one period away


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Intervals of one transmitter: m periods with the probability (1 - missed) missed^(m - 1).

    Attributes:
        period_s, jitter_s: mean and standard deviation of one interval, s.
        missed: share of the emissions that are not received.
    """

    period_s: float
    jitter_s: float
    missed: float

    def misfit(self, interval_s: float) -> float:
        """Distance of an interval from the nearest multiple of the period, in its deviations."""
        m = max(1, round(interval_s / self.period_s))
        return abs(interval_s - m * self.period_s) / (self.jitter_s * math.sqrt(m))

    def log_hazard(self, interval_s: float) -> float:
        """Logarithm of the emissions a second after an interval without any."""
        m = max(1, round(interval_s / self.period_s))
        s = self.jitter_s * math.sqrt(m)
        x = (interval_s - m * self.period_s) / s
        later = self.missed + (1.0 - self.missed) * 0.5 * math.erfc(x / math.sqrt(2.0))
        density = math.log1p(-self.missed) - 0.5 * x * x - math.log(s * math.sqrt(2.0 * math.pi))
        return density - math.log(later)

    def log_density(self, interval_s: float) -> float:
        """Logarithm of the probability density of an interval without emissions in it, 1/s."""
        m = max(1, round(interval_s / self.period_s))
        s = self.jitter_s * math.sqrt(m)
        x = (interval_s - m * self.period_s) / s
        caught = math.log1p(-self.missed) + (m - 1) * math.log(self.missed)
        return caught - 0.5 * x * x - math.log(s * math.sqrt(2.0 * math.pi))

    def silent_periods(self, silence_s: float) -> int:
        """Emissions that are missed in a silence: each is half a period late."""
        return max(0, math.floor(silence_s / self.period_s - 0.5))


def find_rhythm(
    times: np.ndarray, rate: float | None = None, least_nats: float = LEAST_NATS
) -> tuple[Rhythm, np.ndarray, float] | None:
    """The rhythm of some of the emissions, or None.

    Args:
        times: when emissions began, in order, s.
        rate: emissions a second if they came at random; by default that of `times`.
        least_nats: below which there is no rhythm.

    Returns:
        the rhythm, a mask of the emissions that follow it, and how many nats it is more likely
        than emissions at random times.
    """
    if len(times) < LEAST_EMISSIONS:
        return None
    intervals = times[None, :] - times[:, None]
    rate = (len(times) - 1) / max(float(times[-1] - times[0]), 1e-9) if rate is None else rate
    best = None
    for period, jitter in _candidates(intervals[np.triu_indices(len(times), 1)], times):
        rhythm = Rhythm(period, max(jitter, _LEAST_JITTER_S), 0.2)
        for _ in range(3):
            members, nats = _chain(intervals, rhythm, rate)
            if members.sum() < LEAST_EMISSIONS:
                break
            if best is None or nats > best[2]:
                best = rhythm, members, nats
            rhythm = _fitted(np.diff(times[members]), rhythm)
    return best if best and best[2] >= least_nats else None


def _candidates(intervals: np.ndarray, times: np.ndarray):
    """Periods and jitters: intervals that came before the newest emission several times, and those
    that are more frequent than chance makes them."""
    before = times[-1] - times[-2 : -2 - _LATEST : -1]
    before = before[before > 4.0 * _LEAST_JITTER_S]
    due = times[-1] - np.arange(2.0, 6.0)[:, None] * before  # two to five periods ago
    distance = np.abs(times - due[:, :, None]).min(axis=2)
    hits = (distance < 0.1 * before).sum(axis=0)
    for k in np.argsort(-hits, kind="stable")[:_CANDIDATES]:
        if hits[k] >= 2:
            yield float(before[k]), float(_KERNELS[0] * before[k] / 3.0)
    intervals = np.sort(intervals[intervals > 4.0 * _LEAST_JITTER_S])
    span = times[-1] - times[0]
    for kernel in _KERNELS:
        low = np.searchsorted(intervals, intervals * (1.0 - kernel))
        high = np.searchsorted(intervals, intervals * (1.0 + kernel))
        share = np.maximum(1.0 - intervals / max(span, 1e-9), 0.0)
        chance = len(times) ** 2 / max(span, 1e-9) * share * 2.0 * kernel * intervals
        excess = (high - low - 1 - chance) / np.sqrt(chance + 1.0)
        for _ in range(_CANDIDATES if len(excess) else 0):
            k = int(np.argmax(excess))
            if high[k] - low[k] < 3:
                break
            alike = intervals[low[k] : high[k]]
            # A few intervals may be alike by chance, so that their spread is no measure.
            yield float(alike.mean()), float(max(alike.std(), kernel * alike.mean() / 3.0))
            excess[np.abs(intervals - intervals[k]) < 1.6 * kernel * intervals[k]] = -np.inf


def _chain(intervals: np.ndarray, rhythm: Rhythm, rate: float) -> tuple[np.ndarray, float]:
    """The emissions of the most likely chain, and its nats above emissions at random times."""
    count = len(intervals)
    m = np.clip(np.rint(intervals / rhythm.period_s), 1, _MOST_STEPS)
    s = rhythm.jitter_s * np.sqrt(m)
    nats = (
        math.log(1.0 - rhythm.missed)
        + (m - 1.0) * math.log(rhythm.missed)
        - 0.5 * ((intervals - m * rhythm.period_s) / s) ** 2
        - np.log(s * math.sqrt(2.0 * math.pi) * rate)
    )
    total, before, nats = np.zeros(count), np.full(count, -1), nats.T.copy()  # rows are read
    for i in range(1, count):
        reached = total[:i] + nats[i, :i]
        j = reached.argmax()
        if reached[j] > 0.0:
            total[i], before[i] = reached[j], j
    members, i = np.zeros(count, bool), int(np.argmax(total))
    best = float(total[i])
    while i >= 0:
        members[i] = True
        i = int(before[i])
    return members, best


def _fitted(intervals: np.ndarray, before: Rhythm) -> Rhythm:
    """The rhythm of the intervals of a chain."""
    m = np.maximum(1.0, np.rint(intervals / before.period_s))
    period = float(intervals.sum() / m.sum())
    variance = float(np.mean((intervals - m * period) ** 2 / m)) * len(m) / (len(m) - 0.9)
    # The prior counts as two emissions, of which a fifth is missed.
    missed = (float(np.sum(m - 1.0)) + 0.4) / (float(m.sum()) + 2.0)
    jitter = min(max(math.sqrt(variance), _LEAST_JITTER_S), MOST_JITTER * period)
    return Rhythm(period, jitter, min(missed, 0.8))

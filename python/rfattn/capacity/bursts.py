# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bursts at random times and frequencies in the band that is measured, and what each takes."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

_AMPLITUDE = 10**-1.5, 10**-0.5
"""Least and largest; the noise of the band has 0.01."""
_USED = 0.9
"""Share of the band in which the middles of bursts lie."""
MOST_BURSTS = 1000.0
"""A second, that are measured; more cost in proportion."""


@dataclass(frozen=True)
class BurstKind:
    """Packets with minimum shift keying of random bits.

    Attributes:
        seconds: shortest and longest.
        width: least and largest symbol rate, Hz, about the width.
    """

    seconds: tuple[float, float] = (0.5e-3, 20e-3)
    width: tuple[float, float] = (2e3, 40e3)

    def make(self, random: np.random.Generator, sample_rate: float) -> np.ndarray:
        """The samples of one burst, complex64."""
        count = max(1, round(sample_rate * random.uniform(*self.seconds)))
        symbol = max(2, round(sample_rate / random.uniform(*self.width)))
        bits = random.choice([-0.25, 0.25], count // symbol + 1)
        middle = sample_rate * random.uniform(-_USED / 2, _USED / 2)
        cycles = np.cumsum(bits.repeat(symbol)[:count] / symbol + middle / sample_rate)
        level = 10 ** random.uniform(*np.log10(_AMPLITUDE))
        return (level * np.exp(2j * np.pi * cycles)).astype(np.complex64)


def burst_kind(sample_rate: float) -> BurstKind:
    """The kind with widths that fit into a band of this sample rate, Hz."""
    least, most = BurstKind().width
    return BurstKind(width=(min(least, sample_rate / 50), min(most, sample_rate / 10)))


class Bursts:
    """Adds bursts to the samples of a band, without end; equal seeds add the same bursts.

    Args:
        sample_rate: Hz.
        per_s: bursts a second, on average; 0: none.
        kind: of all of them.
    """

    def __init__(self, sample_rate: float, per_s: float, kind: BurstKind = BurstKind()):  # noqa: B008 (frozen)
        self.per_s, self._rate, self._kind = per_s, sample_rate, kind
        self._random = np.random.default_rng(3)
        self._now, self._next = 0, self._pause()
        self._on_air: deque[tuple[int, np.ndarray]] = deque()

    def add_to(self, samples: np.ndarray) -> None:
        """Adds what lies in the next samples of the band to them."""
        end = self._now + len(samples)
        while self._next < end:
            burst = self._kind.make(self._random, self._rate)
            self._on_air.append((math.floor(self._next), burst))
            self._next += self._pause()
        for _ in range(len(self._on_air)):
            start, burst = self._on_air.popleft()
            first, last = max(start, self._now), min(start + len(burst), end)
            samples[first - self._now : last - self._now] += burst[first - start : last - start]
            if start + len(burst) > end:
                self._on_air.append((start, burst))
        self._now = end

    def _pause(self) -> float:
        """Samples to the next burst."""
        return self._random.exponential(self._rate / self.per_s) if self.per_s else math.inf


@dataclass(frozen=True)
class BurstCosts:
    """What one burst takes, as it is on average with so many a second.

    Attributes:
        per_s: bursts a second that were measured.
        detector, extractor, labels: CPU seconds.
        steps: of the model.
    """

    per_s: float
    detector: float
    extractor: float
    labels: float
    steps: float


def burst_costs(run, costs) -> BurstCosts:
    """What a burst takes.

    Args:
        run: a `PathRun` on a band with bursts and no other emission.
        costs: with the lines of the parts, from runs without bursts.
    """
    each = {
        name: max(0.0, run.parts[name] - getattr(costs, name).base) / run.bursts_per_s
        for name in ("detector", "extractor", "labels")
    }
    return BurstCosts(
        per_s=run.bursts_per_s, steps=run.steps / run.signal_s / run.bursts_per_s, **each
    )

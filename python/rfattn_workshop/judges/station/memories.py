# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain memories of a band, and how well a memory foretells its next emission.

Each is a marked point process: it states how many emissions a second and a Hz it expects, of each
label. An emission scores the logarithm of that where it came, less the number that was expected
since the one before (Daley and Vere-Jones 2003, 7.2): nats an emission, the more the better.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple, Protocol

import numpy as np

from .senders_air import DAY_S, START_S, Air, is_awake
from .senders_baselines import tracks_of

_CHANNEL_HZ = 25e3
LEAST = 4  # emissions of a transmitter that is expected by itself
_LEAST_INTERVALS = 30  # of a track that has a density of them
_FORGOTTEN = 50.0  # emissions after which a mean has forgotten
ROOT = math.sqrt(2.0 * math.pi)
_EDGES_S = np.concatenate([[0.0], np.geomspace(0.5, 2 * DAY_S, 240), [1e12]])
_STEP_S = 60.0
_DAY = np.arange(0.0, DAY_S + 1.0, _STEP_S)
_AWAKE_S = np.concatenate([[0.0], np.cumsum(is_awake(_DAY[:-1] + _STEP_S / 2.0) * _STEP_S)])
_AWAKE = _AWAKE_S[-1] / DAY_S  # mean


class Emission(NamedTuple):
    """Where and when it came: s since the first day began, Hz, and the number of its label."""

    number: int
    time_s: float
    frequency_hz: float
    label: int


class Memory(Protocol):
    def intensity(self, emission: Emission) -> float:
        """Emissions of this label a second and a Hz that were expected then and there."""

    def expected(self, start_s: float, end_s: float) -> float:
        """Emissions that were expected in a time without any."""

    def add(self, emission: Emission) -> None:
        """Learns from an emission."""


def nats(memory: Memory, emissions: Iterable[Emission], is_scored: np.ndarray) -> float:
    """Mean score of the emissions that are scored; a memory learns from all of them."""
    total, before = 0.0, 0.0
    for emission in emissions:
        if is_scored[emission.number]:
            total += math.log(memory.intensity(emission) + 1e-300)
            total -= memory.expected(before, emission.time_s)
        memory.add(emission)
        before = emission.time_s
    return total / int(is_scored.sum())


def emissions_of(air: Air) -> tuple[list[Emission], list[str]]:
    """The emissions of a band, and the labels that they have."""
    labels = sorted({heard.label for heard in air.heard})
    numbers = {label: number for number, label in enumerate(labels)}
    return [
        Emission(k, heard.start_s - START_S, heard.frequency_hz, numbers[heard.label])
        for k, heard in enumerate(air.heard)
    ], labels


def scored(air: Air, emissions: list[Emission]) -> np.ndarray:
    """Those of the second half, but for the first one behind each pause of the receiver."""
    times = np.array([emission.time_s for emission in emissions])
    is_scored = times > air.days * DAY_S / 2.0
    starts = np.array([span.start_s for span in air.listened]) - START_S
    behind = np.searchsorted(times, starts)
    is_scored[behind[behind < len(times)]] = False
    return is_scored


def awake_s(start_s: float, end_s: float) -> float:
    """Seconds of a time, each weighted by how awake people are."""

    def until(time_s):
        days, rest = divmod(time_s, DAY_S)
        return days * _AWAKE_S[-1] + np.interp(rest, _DAY, _AWAKE_S)

    return float(until(end_s) - until(start_s))


class Counts:
    """Emissions of each channel and label, by the hour of the day or at all hours alike."""

    def __init__(self, air: Air, labels: int, hours: int):
        self._low = -max(abs(heard.frequency_hz) for heard in air.heard) - _CHANNEL_HZ
        self._counts = np.full((hours, int(-2.0 * self._low / _CHANNEL_HZ) + 1, labels), 0.05)
        self._sums = self._counts.sum(axis=(1, 2))
        self.known_s = DAY_S

    def _hour(self, time_s: float) -> int:
        return int(time_s % DAY_S / DAY_S * len(self._counts))

    def _cell(self, emission: Emission) -> tuple[int, int, int]:
        channel = int((emission.frequency_hz - self._low) / _CHANNEL_HZ)
        return self._hour(emission.time_s), channel, emission.label

    def intensity(self, emission: Emission) -> float:
        return self._counts[self._cell(emission)] * len(self._counts) / self.known_s / _CHANNEL_HZ

    def expected(self, start_s: float, end_s: float) -> float:
        rate = self._sums[self._hour(end_s)] * len(self._counts) / self.known_s
        return float(rate * (end_s - start_s))

    def add(self, emission: Emission) -> None:
        cell = self._cell(emission)
        self._counts[cell] += 1.0
        self._sums[cell[0]] += 1.0
        self.known_s = max(emission.time_s, DAY_S)


class Transmitters:
    """What all memories of single transmitters do alike; each has a row of the arrays.

    Those with a rhythm are silent for m periods with the probability (1 - missed) missed^(m - 1),
    or for any time with that of an outage; the others send when people are awake.
    """

    outage, is_clocked = 1e-3, False

    def __init__(self, air: Air, labels: int, size: int):
        self.background = Counts(air, labels, 24)
        self.frequency, self.variance = np.zeros(size), np.full(size, 500.0**2)
        self.labels = np.full((size, labels), 0.1)
        self.weight, self.count = np.zeros(size), np.zeros(size)
        self.first, self.last = np.zeros(size), np.zeros(size)
        self.period, self.jitter = np.zeros(size), np.ones(size)
        self.missed = np.full(size, 0.2)
        self.known: set[int] = set()

    def marks(self, which: np.ndarray, emission: Emission) -> np.ndarray:
        """Density of the frequency, a Hz, and the label."""
        variance, own = self.variance[which], self.labels[which]
        z = (emission.frequency_hz - self.frequency[which]) ** 2 / variance
        near = (0.95 * np.exp(-0.5 * z) + 0.05 / 3.0 * np.exp(-z / 18.0)) / np.sqrt(variance)
        return near / ROOT * own[:, emission.label] / own.sum(axis=1)

    def silence(self, which: np.ndarray, seconds) -> tuple[np.ndarray, np.ndarray]:
        """Density and probability that the silences since the last emissions end now, and later."""
        period, missed = self.period[which], self.missed[which]
        m = np.maximum(1.0, np.rint(seconds / period))
        s = self.jitter[which] * (1.0 if self.is_clocked else np.sqrt(m))
        z = np.clip((seconds - m * period) / s, -30.0, 30.0)
        earlier = np.exp(np.maximum((m - 1.0) * np.log(missed), -600.0))
        density = earlier * (1.0 - missed) * np.exp(-0.5 * z * z) / (s * ROOT)
        later = earlier * (missed + (1.0 - missed) * 0.5 * _erfc(z))
        long, out = 5.0 * period, self.outage
        density = (1.0 - out) * density + out / long / (1.0 + seconds / long) ** 2
        return density, np.maximum((1.0 - out) * later + out / (1.0 + seconds / long), 1e-280)

    def _kinds(self) -> tuple[np.ndarray, np.ndarray]:
        which = np.array(sorted(self.known), int)
        has_rhythm = self.period[which] > 0.0
        return which[has_rhythm], which[~has_rhythm]

    def _rates(self, which: np.ndarray, time_s: float) -> np.ndarray:
        return self.count[which] / np.maximum(time_s - self.first[which], DAY_S / 4.0) / _AWAKE

    def intensity(self, emission: Emission) -> float:
        regular, others = self._kinds()
        time_s, total = emission.time_s, self.background.intensity(emission)
        density, later = self.silence(regular, np.maximum(time_s - self.last[regular], 1e-3))
        total += float((density / later * self.marks(regular, emission)).sum())
        rates = self._rates(others, time_s) * is_awake(time_s)
        return total + float((rates * self.marks(others, emission)).sum())

    def expected(self, start_s: float, end_s: float) -> float:
        regular, others = self._kinds()
        last = self.last[regular]
        before = self.silence(regular, np.maximum(start_s - last, 0.0))[1]
        behind = self.silence(regular, np.maximum(end_s - last, 0.0))[1]
        total = float(np.log(before / behind).sum()) + self.background.expected(start_s, end_s)
        return total + float(self._rates(others, end_s).sum()) * awake_s(start_s, end_s)

    def learn(self, which: int, emission: Emission) -> None:
        """Adds an emission to a transmitter, or to the background while that has few."""
        time_s = emission.time_s
        if not self.count[which]:
            self.first[which] = time_s
        self.count[which] += 1
        self.last[which] = time_s
        self.learn_marks(which, emission)
        self.background.known_s = max(time_s, DAY_S)
        if self.count[which] >= LEAST:
            self.known.add(which)
        else:
            self.background.add(emission)

    def learn_marks(self, which: int, emission: Emission) -> None:
        n = self.weight[which] = min(self.weight[which] + 1.0, _FORGOTTEN)
        if n == 1.0:
            self.frequency[which] = emission.frequency_hz
        error = emission.frequency_hz - self.frequency[which]
        self.frequency[which] += error * max(0.15, 1.0 / n)
        if n > 1.0:
            self.variance[which] += (error**2 - self.variance[which]) / (n + 3.0)
        self.labels[which, emission.label] += 1.0


def _erfc(z: np.ndarray) -> np.ndarray:
    from scipy.special import erfc

    return erfc(z / math.sqrt(2.0))


class Tracks(Transmitters):
    """One track a frequency and label, with a density of its intervals."""

    def __init__(self, air: Air, labels: int):
        self._ids = tracks_of(air)
        size = int(self._ids.max()) + 1
        super().__init__(air, labels, size)
        self._intervals = np.full((size, len(_EDGES_S) - 1), 0.02)
        self._hazard, self._sums = np.zeros_like(self._intervals), np.zeros((size, len(_EDGES_S)))

    def intensity(self, emission: Emission) -> float:
        which = np.array(sorted(self.known), int)
        hazard = self._hazard[which, _bin(emission.time_s - self.last[which])]
        own = float((hazard * self.marks(which, emission)).sum())
        return own + self.background.intensity(emission)

    def expected(self, start_s: float, end_s: float) -> float:
        which = np.array(sorted(self.known), int)
        before, behind = (self._until(which, t - self.last[which]) for t in (start_s, end_s))
        return float((behind - before).sum()) + self.background.expected(start_s, end_s)

    def _until(self, which: np.ndarray, seconds: np.ndarray) -> np.ndarray:
        k = _bin(seconds)
        return self._sums[which, k] + self._hazard[which, k] * (seconds - _EDGES_S[k])

    def add(self, emission: Emission) -> None:
        which = int(self._ids[emission.number])
        if self.count[which]:
            self._intervals[which, _bin(emission.time_s - self.last[which])] += 1.0
        self.learn(which, emission)
        if self.count[which] <= _LEAST_INTERVALS:
            self.known.discard(which)
            if self.count[which] >= LEAST:
                self.background.add(emission)
            return
        share = self._intervals[which] / self._intervals[which].sum()
        later = np.maximum(1.0 - np.cumsum(share) + share, 1e-12)
        widths = np.diff(_EDGES_S)
        self._hazard[which] = -np.log1p(-np.minimum(share / later, 0.999)) / widths
        self._sums[which, 1:] = np.cumsum(self._hazard[which] * widths)


def _bin(seconds) -> np.ndarray:
    return np.clip(np.searchsorted(_EDGES_S, seconds) - 1, 0, len(_EDGES_S) - 2)

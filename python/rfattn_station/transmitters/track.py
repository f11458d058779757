# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One transmitter: what its emissions are like, and when the next is to be expected."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .rhythm import Rhythm
from .timing import Timing

TIME, FREQUENCY, WIDTH, LENGTH, RATE, LEVEL, LABEL, NUMBER = range(8)
"""Columns of a row: start (s), Hz, logarithms of Hz, s and symbols a second, dB, number of the
label, number of the emission. What was not measured is NaN."""
FEATURES = WIDTH, LENGTH, RATE, LEVEL
DEVIATIONS = 0.15, 0.2, 0.01, 3.0
"""Of the features of one transmitter, as a prior that counts as `_PRIOR` emissions."""
LEAST_VARIANCE = 1e-8
"""Of a feature: no measurement repeats to better than a ten-thousandth of its value, or of a dB."""
MOST_ROWS = 48
"""Latest emissions that are kept of a transmitter."""
_NAMED_ROWS = 16  # of one that its content names, which needs no search
_PRIOR = 3.0
_MEMORY = 50.0  # emissions after which an average has forgotten
_FOREIGN = 0.03  # share of emissions that do not look like the others
MOST_CHANNELS = 8
_ROOT = math.sqrt(2.0 * math.pi)


def log_normal(x: float, mean: float, variance: float) -> float:
    return -0.5 * ((x - mean) ** 2 / variance + math.log(variance)) - math.log(_ROOT)


def deviation_hz(width_hz: float) -> float:
    """A prior of the deviation of measured frequencies, Hz."""
    return 100.0 + 0.03 * width_hz


@dataclass(slots=True)
class Noise:
    """What is measured beside the emissions of a transmitter, dB of full scale in a Hz.

    Attributes:
        count, mean_db: of emissions, and how much it is usually.
        others, other_db, since_s: the latest emissions with more, or with less; how much more that
            is, and since when.
        is_drowned: it is too weak to be heard since there is more.
    """

    count: int = 0
    mean_db: float = 0.0
    others: int = 0
    other_db: float = 0.0
    since_s: float = 0.0
    is_drowned: bool = False

    def settle(self, db: float) -> None:
        """Takes what is usual to be so much more."""
        self.mean_db += db
        self.others, self.other_db = 0, 0.0


class Track:
    """A transmitter.

    Attributes:
        number: its id.
        name: which a user gave, or "".
        sender: whom the content of its emissions names, or None.
        first_s: start of its first emission, s since 1970.
        age_s: how long was listened until the last one, s.
        count: emissions.
        channels: of each its emissions, mean (Hz) and variance (Hz^2); old ones count less.
        labels: emissions of each number of a label.
        hours: emissions of each hour of the day (UTC).
        timing: when it sends.
        means: count, mean and variance of each feature.
        settings: of the receiver, with which it was last heard.
        slow_level: as levels have been for long: count, mean and variance, dB.
        noise: beside its emissions.
        rows: the latest emissions.
        searched: when a rhythm is looked for again, s since 1970.
        evidence, peak: nats that its emissions belong together and are no strangers, now and at
            most.
        is_known: it is not new, or was reported.
        missing_s: when it was last heard, while it is missing.
        returned: emissions since it was missing, and their nats.
        level_excess: highest score of the levels since they were as usual.
    """

    __slots__ = (
        "number name sender first_s count channels labels hours timing means settings slow_level "
        "noise rows searched age_s evidence peak is_known missing_s returned level_excess"
    ).split()

    def __init__(self, number: int, row: np.ndarray, settings: str, sender: str | None = None):
        self.number, self.name, self.sender = number, "", sender
        self.first_s = float(row[TIME])
        self.count = 0
        self.channels: list[list[float]] = []
        self.labels: dict[int, float] = {}
        self.hours = [0] * 24
        self.timing = Timing(self.first_s)
        self.means = [[0.0, 0.0, s * s] for s in DEVIATIONS]
        self.age_s = 0.0
        self.settings = settings
        self.slow_level = [0.0, 0.0, DEVIATIONS[3] ** 2]
        self.noise = Noise()
        self.rows, self.searched = np.empty((0, 8)), 0.0
        self.evidence = self.peak = self.level_excess = 0.0
        self.is_known, self.missing_s, self.returned = False, None, [0, 0.0]
        self._learn(row, settings)

    @property
    def frequency_hz(self) -> float:
        """Middle of its busiest channel."""
        return max(self.channels)[1]

    @property
    def last_s(self) -> float:
        """Start of its last emission, s since 1970."""
        return self.timing.last_s

    @property
    def rhythm(self) -> Rhythm | None:
        """Of its emissions; None: it has none that is known."""
        return self.timing.rhythm

    # What its emissions are like

    def frequency_ratio(self, frequency_hz: float, background: float) -> float:
        """Log-likelihood ratio to a background of so many emissions a Hz."""
        total = sum(channel[0] for channel in self.channels)
        density = 0.0
        for weight, mean, variance in self.channels:
            z = (frequency_hz - mean) ** 2 / variance
            if z < 400.0:
                # Every tenth emission may be three deviations off: devices drift in between.
                near = 0.9 * math.exp(-0.5 * z) + 0.1 / 3.0 * math.exp(-0.5 * z / 9.0)
                density += weight / total * near / (_ROOT * math.sqrt(variance))
        return math.log(density / background + 1e-4)

    def content_ratio(self, row, settings: str, background, share_of_label: float) -> float:
        """Log-likelihood ratio of width, length, rate, level and label to those of others.

        Args:
            background: count, mean and variance of each feature in emissions of this label.
        """
        total = 0.0
        for k, column in enumerate(FEATURES):
            x, (n, mean, variance) = row[column], self.means[k]
            if x != x or n == 0.0 or (column == LEVEL and settings != self.settings):
                continue
            other = background[k]
            wide = max(other[2], 2.0 * variance)
            own = variance * (1.0 + 1.0 / n)
            ratio = log_normal(x, mean, own) - log_normal(x, other[1], wide)
            total += math.log(_FOREIGN + (1.0 - _FOREIGN) * math.exp(min(ratio, 20.0)))
        code, n = int(row[LABEL]), sum(self.labels.values())
        own = (self.labels.get(code, 0.0) + share_of_label) / (n + 1.0)
        return total + math.log(_FOREIGN + (1.0 - _FOREIGN) * own / share_of_label)

    # When its next emission is to be expected

    def log_intensity(self, time_s: float, unheard_s: float) -> float:
        """Logarithm of the emissions a second that are to be expected now, see `Timing`."""
        nats = self.timing.log_intensity(time_s, unheard_s)
        return nats if self.rhythm is not None else nats + self._log_hour(time_s)

    def log_rate(self, time_s: float) -> float:
        """Logarithm of its emissions a second at an hour of the day, whatever came just before."""
        if self.rhythm is not None:
            return -math.log(self.rhythm.period_s)
        span = max(self.last_s - self.first_s, 3600.0)
        return math.log(self.count / span) + self._log_hour(time_s)

    def _log_hour(self, time_s: float) -> float:
        hour = int(time_s % 86400.0 // 3600.0)
        near = sum(self.hours[(hour + d) % 24] for d in (-1, 0, 1)) / 3.0
        return math.log((near + 2.0) / (sum(self.hours) / 24.0 + 2.0))

    # What an emission adds

    def take(self, row: np.ndarray, settings: str, silence_s: float, unheard_s: float) -> None:
        """Adds an emission, see `Timing.take`."""
        self.timing.take(float(row[TIME]), silence_s, unheard_s)
        self._learn(row, settings)

    def _learn(self, row: np.ndarray, settings: str) -> None:
        if settings != self.settings:
            self.means[3] = [0.0, 0.0, DEVIATIONS[3] ** 2]
            self.slow_level = [0.0, 0.0, DEVIATIONS[3] ** 2]
            self.noise, self.settings = Noise(), settings
        self.count += 1
        self.hours[int(row[TIME] % 86400.0 // 3600.0)] += 1
        self._learn_frequency(float(row[FREQUENCY]), math.exp(row[WIDTH]))
        for k, column in enumerate(FEATURES):
            if row[column] == row[column]:
                average(self.means[k], float(row[column]), _MEMORY)
        code = int(row[LABEL])
        self.labels[code] = self.labels.get(code, 0.0) + 1.0
        if sum(self.labels.values()) > 4.0 * _MEMORY:
            self.labels = {c: n / 2.0 for c, n in self.labels.items() if n > 0.5}
        most = MOST_ROWS if self.sender is None else _NAMED_ROWS
        self.rows = np.concatenate([self.rows, row[None]])[-most:]

    def _learn_frequency(self, frequency_hz: float, width_hz: float) -> None:
        nearest = min(self.channels, key=lambda c: abs(frequency_hz - c[1]), default=None)
        s = deviation_hz(width_hz)
        if nearest is None or (frequency_hz - nearest[1]) ** 2 > 40.0 * max(nearest[2], s * s):
            self.channels.append([1.0, frequency_hz, s * s])
            if len(self.channels) > MOST_CHANNELS:
                self.channels.remove(min(self.channels))
            return
        n, mean, variance = nearest
        error = frequency_hz - mean
        nearest[0] = n + 1.0
        nearest[1] = mean + error * max(0.15, 1.0 / (n + 1.0))
        variance += (error**2 - variance) / min(n + _PRIOR, _MEMORY)
        nearest[2] = max(variance, 1.0)  # a frequency is measured in whole Hz
        if n > 4.0 * _MEMORY:
            for channel in self.channels:
                channel[0] /= 2.0
            self.channels = [channel for channel in self.channels if channel[0] >= 0.5]

    def in_channel(self) -> np.ndarray:
        """Frequencies of the latest emissions before the newest one, in the channel of it, Hz."""
        frequencies = self.rows[:, FREQUENCY]
        distances = np.abs(frequencies[:, None] - [channel[1] for channel in self.channels])
        nearest = distances.argmin(axis=1)
        return frequencies[:-1][nearest[:-1] == nearest[-1]]

    def keep(self, rows: np.ndarray) -> None:
        """Leaves only so many of its latest emissions."""
        self.count -= len(self.rows) - len(rows)
        self.learn_again(rows)
        if self.count == len(rows):
            self.first_s = float(rows[0, TIME])
        self.timing.last_s = float(rows[-1, TIME])
        self.searched = 0.0

    def learn_again(self, rows: np.ndarray) -> None:
        """Makes what it is like that of rows."""
        like = Track(self.number, rows[0], self.settings)
        for row in rows[1:]:
            like.take(row, self.settings, 0.0, 0.0)
        for name in ("channels", "means", "labels", "rows", "slow_level"):
            setattr(self, name, getattr(like, name))
        self.timing.octaves = like.timing.octaves

    def absorb(self, other: Track) -> None:
        """Adds the emissions of another one."""
        rows = np.concatenate([self.rows, other.rows])
        self.rows = rows[np.argsort(rows[:, TIME], kind="stable")][-MOST_ROWS:]
        self.channels = sorted(self.channels + other.channels, reverse=True)[:MOST_CHANNELS]
        self.count += other.count
        self.first_s = min(self.first_s, other.first_s)
        self.timing.last_s = max(self.last_s, other.last_s)
        self.age_s = max(self.age_s, other.age_s)
        self.is_known |= other.is_known
        self.evidence = max(self.evidence, other.evidence)
        self.hours = [a + b for a, b in zip(self.hours, other.hours, strict=True)]
        for code, n in other.labels.items():
            self.labels[code] = self.labels.get(code, 0.0) + n

    def continue_as(self, new: Track) -> None:
        """Goes on as another one, which it became."""
        for name in "channels means labels rows slow_level noise age_s settings".split():
            setattr(self, name, getattr(new, name))
        self.count += new.count
        self.timing.continue_as(new.timing)
        self.missing_s, self.returned, self.searched = None, [0, 0.0], 0.0

    def lose_phase(self, now_s: float, by_s: float) -> None:
        """Begins its phase anew where a receiver begins again.

        Args:
            now_s: when it does; by_s: by how much its clock was set back, < 0, or more.
        """
        self.timing.in_phase = False
        if by_s < 0.0 and self.last_s > now_s:
            parts = (self, "first_s missing_s searched"), (self.timing, "last_s firm_s")
            for part, names in parts:
                for name in names.split():
                    time_s = getattr(part, name)
                    if time_s is not None and time_s > now_s:
                        setattr(part, name, time_s + by_s)
            self.first_s = min(self.first_s, self.last_s)
            self.rows[:, TIME] += by_s


def average(entry: list[float], x: float, memory: float) -> None:
    """Adds a value to a count, a mean and a variance, of which the latter has a prior."""
    n = entry[0] = min(entry[0] + 1.0, memory)
    error = x - entry[1]
    entry[1] += error / n
    if n > 1.0:
        variance = entry[2] + (error**2 - entry[2]) / min(n + _PRIOR, memory)
        entry[2] = max(variance, LEAST_VARIANCE)

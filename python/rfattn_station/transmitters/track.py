# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One transmitter: what its emissions are like, and when the next is to be expected."""

from __future__ import annotations

import math

import numpy as np

from .rhythm import MOST_JITTER, Rhythm

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
LEAST_BEATS = 20
"""Emissions that show that a rhythm is none by chance."""
_LEAST_FIT = 0.7  # share of intervals that fit, of a regular transmitter
_MOST_MISSED = 0.6  # share of its emissions
_PRIOR = 3.0
_MEMORY = 50.0  # emissions after which an average has forgotten
_FOREIGN = 0.03  # share of emissions that do not look like the others
MOST_CHANNELS = 8
_OCTAVES = 24  # of intervals, from a quarter of a second on
_UNIFORM = 0.1  # emissions that the prior of each octave counts for
_LOST = 5.0  # periods of silence after which the phase may be lost
_MOVED = 0.1  # share of pauses in which a clock was set, or a device began anew
_ROOT = math.sqrt(2.0 * math.pi)


def log_normal(x: float, mean: float, variance: float) -> float:
    return -0.5 * ((x - mean) ** 2 / variance + math.log(variance)) - math.log(_ROOT)


def deviation_hz(width_hz: float) -> float:
    """A prior of the deviation of measured frequencies, Hz."""
    return 100.0 + 0.03 * width_hz


class Track:
    """A transmitter.

    Attributes:
        number: its id.
        name: which a user gave, or "".
        sender: whom the content of its emissions names, or None.
        first_s, last_s: start of its first and last emission, s since 1970.
        firm_s: start of the last one that came in its rhythm.
        age_s: how long was listened until the last one, s.
        in_phase: no clock was set since, and no receiver was off, so that its next one is due.
        count: emissions.
        channels: of each its emissions, mean (Hz) and variance (Hz^2); old ones count less.
        labels: emissions of each number of a label.
        hours: emissions of each hour of the day (UTC).
        rhythm: None: it has none that is known.
        beats: emissions since it has a rhythm.
        fit: share of the intervals that fit the rhythm, of the latest.
        caught, missed, gaps: emissions that were received, that were not, and runs of those.
        outages: silences that were no chance.
        evidence, peak: nats that its emissions belong together and are no strangers, now and at
            most.
        is_known: it is not new, or was reported.
        missing_s: when it was last heard, while it is missing.
        returned: emissions since it was missing, and their nats.
        settings: of the receiver, with which it was last heard.
        slow_level: as levels have been for long: count, mean and variance, dB.
    """

    __slots__ = (
        "number name sender first_s last_s count channels labels hours rhythm beats caught missed "
        "gaps fit outages octaves means evidence is_known missing_s returned settings slow_level "
        "rows used searched level_excess peak firm_s age_s in_phase"
    ).split()

    def __init__(self, number: int, row: np.ndarray, settings: str, sender: str | None = None):
        self.number, self.name, self.sender = number, "", sender
        self.first_s = self.last_s = float(row[TIME])
        self.count = 0
        self.channels: list[list[float]] = []
        self.labels: dict[int, float] = {}
        self.hours = [0] * 24
        self.rhythm: Rhythm | None = None
        self.beats, self.fit, self.outages = 0, 1.0, 0
        self.caught, self.missed, self.gaps = 8.0, 2.0, 1.6
        self.octaves = [0] * _OCTAVES
        self.means = [[0.0, 0.0, s * s] for s in DEVIATIONS]
        self.evidence = self.peak = 0.0
        self.is_known = False
        self.firm_s = self.last_s
        self.age_s, self.in_phase = 0.0, True
        self.missing_s: float | None = None
        self.returned = [0, 0.0]
        self.settings = settings
        self.slow_level = [0.0, 0.0, DEVIATIONS[3] ** 2]
        self.level_excess = 0.0
        self.rows, self.used, self.searched = np.empty((4, 8)), 0, 4
        self._learn(row, settings)

    @property
    def frequency_hz(self) -> float:
        """Middle of its busiest channel."""
        return max(self.channels)[1]

    @property
    def is_regular(self) -> bool:
        """Whether it has a rhythm that has shown itself, so that it can be missing."""
        return (
            self.rhythm is not None
            and self.beats >= LEAST_BEATS
            and self.fit > _LEAST_FIT
            and self.rhythm.missed < _MOST_MISSED
        )

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

    def lost(self, silence_s: float) -> float:
        """Probability of an outage, after so many seconds of listening without an emission."""
        outage, chance = self._silence(silence_s)
        return outage / (outage + chance)

    def surprise(self, silence_s: float) -> float:
        """Nats of a silence, in seconds of listening."""
        return -math.log(min(1.0, sum(self._silence(silence_s))))

    def _silence(self, silence_s: float) -> tuple[float, float]:
        m = self.rhythm.silent_periods(silence_s)
        often = (self.outages + 1e-6) / (self.beats + 20.0)
        outage = often / (1.0 + silence_s / (_LOST * self.rhythm.period_s))
        return outage, math.exp(max(-600.0, self._log_chance(m)))

    def _log_chance(self, m: int) -> float:
        """Logarithm of the probability that the next m emissions are missed.

        One is missed more often behind another. Both shares are uncertain by what was counted; that
        of the first one has Jeffreys' prior, so that one late beat is no outage where none was
        missed for long.
        """
        if m == 0:
            return 0.0
        again = max(self.missed - self.gaps, 0.4) + 0.6
        heard = self.gaps + 2.4
        return math.log((self.gaps + 0.5) / (self.caught + self.gaps + 1.0)) + (
            math.lgamma(again + m - 1)
            + math.lgamma(again + heard)
            - math.lgamma(again)
            - math.lgamma(again + heard + m - 1)
        )

    def log_intensity(self, time_s: float, unheard_s: float) -> float:
        """Logarithm of the emissions a second that are to be expected now.

        Args:
            unheard_s: seconds of listening since the last emission in the rhythm.
        """
        interval = max(time_s - self.last_s, 0.01)
        if self.rhythm is None:
            return self._log_irregular(interval) + self._log_hour(time_s)
        lost = self.lost(unheard_s)
        again = lost / (_LOST * self.rhythm.period_s + max(0.0, time_s - self.firm_s))
        # The phase is that of the last emission, which may be the first behind an outage.
        own = 1.0 - lost if self.last_s == self.firm_s else 0.5
        due = math.exp(max(-80.0, self.rhythm.log_hazard(interval)))
        if not self.in_phase:  # it may be any phase, as well as that of the last one
            due = (1.0 - _MOVED) * due + _MOVED / self.rhythm.period_s
        return math.log(own * due + again)

    def log_rate(self, time_s: float) -> float:
        """Logarithm of its emissions a second at an hour of the day, whatever came just before."""
        if self.rhythm is not None:
            return -math.log(self.rhythm.period_s)
        span = max(self.last_s - self.first_s, 3600.0)
        return math.log(self.count / span) + self._log_hour(time_s)

    def _log_irregular(self, interval_s: float) -> float:
        k = min(max(int(math.log2(interval_s * 4.0)) if interval_s > 0.25 else 0, 0), _OCTAVES - 1)
        later = sum(self.octaves[k:]) + _UNIFORM * (_OCTAVES - k)
        width = 0.25 * 2.0**k
        share = (self.octaves[k] + _UNIFORM) / later
        return math.log(-math.log1p(-min(share, 0.99)) / width)

    def _log_hour(self, time_s: float) -> float:
        hour = int(time_s % 86400.0 // 3600.0)
        near = sum(self.hours[(hour + d) % 24] for d in (-1, 0, 1)) / 3.0
        return math.log((near + 2.0) / (sum(self.hours) / 24.0 + 2.0))

    # What an emission adds

    def take(self, row: np.ndarray, settings: str, silence_s: float, unheard_s: float) -> None:
        """Adds an emission.

        Args:
            silence_s, unheard_s: seconds of listening since the last one, and since the last one
                in the rhythm.
        """
        interval = float(row[TIME]) - self.last_s
        if self.rhythm is None:
            if interval > 0.0:
                self.octaves[min(max(int(math.log2(interval * 4.0 + 1e-9)), 0), 23)] += 1
        else:
            self._beat(float(row[TIME]), silence_s, unheard_s)
        self.last_s = float(row[TIME])
        self._learn(row, settings)

    def _beat(self, time_s: float, silence_s: float, unheard_s: float) -> None:
        rhythm, interval = self.rhythm, time_s - self.last_s
        self.beats += 1
        is_lost = self.last_s == self.firm_s and self.lost(unheard_s) > 0.5
        if is_lost:
            self.outages += 1
        fits = rhythm.misfit(interval) < 4.0 and not is_lost
        if not self.in_phase:
            self.firm_s, self.in_phase = time_s, fits
            if not fits:
                return
        self.fit += (0.2 if is_lost else 0.08) * (fits - self.fit)
        if not fits:
            return
        self.firm_s = time_s
        m = max(1, round(interval / rhythm.period_s))
        gain = max(1.0 / (self.beats + 5.0), 0.02) / m
        error = interval - m * rhythm.period_s
        period = rhythm.period_s + gain * error
        variance = rhythm.jitter_s**2 + gain * (error**2 / m - rhythm.jitter_s**2)
        missed = min(m - 1.0, silence_s / rhythm.period_s)
        self.caught += 1.0
        self.missed += missed
        self.gaps += missed >= 0.5
        if self.caught > 500.0:
            self.caught, self.missed, self.gaps = (
                n / 2.0 for n in (self.caught, self.missed, self.gaps)
            )
        missed = min(max(self.missed / (self.caught + self.missed), 0.02), 0.9)
        jitter = min(max(math.sqrt(variance), 0.05), MOST_JITTER * period)
        self.rhythm = Rhythm(period, jitter, missed)

    def _learn(self, row: np.ndarray, settings: str) -> None:
        if settings != self.settings:
            self.means[3] = [0.0, 0.0, DEVIATIONS[3] ** 2]
            self.slow_level = [0.0, 0.0, DEVIATIONS[3] ** 2]
            self.settings = settings
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
        if self.used == len(self.rows):
            if self.used < (MOST_ROWS if self.sender is None else _NAMED_ROWS):
                self.rows = np.concatenate([self.rows, np.empty_like(self.rows)])[:MOST_ROWS]
            else:
                self.rows[:-1] = self.rows[1:]
                self.used -= 1
        self.rows[self.used] = row
        self.used += 1

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
        frequencies = self.latest()[:, FREQUENCY]
        distances = np.abs(frequencies[:, None] - [channel[1] for channel in self.channels])
        nearest = distances.argmin(axis=1)
        return frequencies[:-1][nearest[:-1] == nearest[-1]]

    def lose_phase(self, now_s: float, by_s: float) -> None:
        """Begins its phase anew where a receiver begins again.

        Args:
            now_s: when it does; by_s: by how much its clock was set back, < 0, or more.
        """
        self.in_phase = False
        if by_s < 0.0 and self.last_s > now_s:
            for name in ("first_s", "last_s", "firm_s", "missing_s", "searched"):
                time_s = getattr(self, name)
                if time_s is not None and time_s > now_s:
                    setattr(self, name, time_s + by_s)
            self.first_s = min(self.first_s, self.last_s)
            self.latest()[:, TIME] += by_s

    def latest(self) -> np.ndarray:
        """The rows of the latest emissions."""
        return self.rows[: self.used]


def average(entry: list[float], x: float, memory: float) -> None:
    """Adds a value to a count, a mean and a variance, of which the latter has a prior."""
    n = entry[0] = min(entry[0] + 1.0, memory)
    error = x - entry[1]
    entry[1] += error / n
    if n > 1.0:
        variance = entry[2] + (error**2 - entry[2]) / min(n + _PRIOR, memory)
        entry[2] = max(variance, LEAST_VARIANCE)

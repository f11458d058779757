# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a transmitter sends: how well its rhythm holds, and when its next emission is due."""

from __future__ import annotations

import math

import numpy as np

from .rhythm import MOST_JITTER, Rhythm

LEAST_BEATS = 20
"""Emissions that show that a rhythm is none by chance."""
_LEAST_FIT = 0.7  # share of intervals that fit, of a regular transmitter
_BROKEN = 0.5  # share of intervals that fit, below which a rhythm is given up
_MOST_MISSED = 0.6  # share of its emissions
_OCTAVES = 24  # of intervals, from a quarter of a second on
_UNIFORM = 0.1  # emissions that the prior of each octave counts for
_LOST = 5.0  # periods of silence after which the phase may be lost
_MOVED = 0.1  # share of pauses in which a clock was set, or a device began anew
_USUAL_JITTER = 0.02  # of a period


class Timing:
    """When a transmitter sent, and when it is to be expected.

    Attributes:
        rhythm: None: it has none that is known.
        last_s, firm_s: start of its last emission, and of the last one that came in its rhythm, s
            since 1970.
        in_phase: no clock was set since, and no receiver was off, so that its next one is due.
        beats: emissions since it has a rhythm.
        fit: share of the intervals that fit the rhythm, of the latest.
        caught, missed, gaps: emissions that were received, that were not, and runs of those.
        outages: silences that were no chance.
        octaves: how many intervals of each octave were outside of a rhythm.
    """

    __slots__ = "rhythm last_s firm_s in_phase beats fit caught missed gaps outages octaves".split()

    def __init__(self, first_s: float):
        self.rhythm: Rhythm | None = None
        self.last_s = self.firm_s = first_s
        self.in_phase = True
        self.beats, self.fit, self.outages = 0, 1.0, 0
        self.caught, self.missed, self.gaps = 8.0, 2.0, 1.6
        self.octaves = [0] * _OCTAVES

    @property
    def is_regular(self) -> bool:
        """Whether there is a rhythm that has shown itself."""
        return (
            self.rhythm is not None
            and self.beats >= LEAST_BEATS
            and self.fit > _LEAST_FIT
            and self.rhythm.missed < _MOST_MISSED
        )

    @property
    def is_broken(self) -> bool:
        """Whether there is a rhythm that no longer holds."""
        return self.rhythm is not None and self.fit < _BROKEN

    def begin(self, rhythm: Rhythm, times_s: np.ndarray) -> None:
        """Begins a rhythm with the emissions that showed it."""
        self.beats, self.fit = len(times_s) - 1, 1.0
        # A few intervals may be alike by chance: the prior counts as three of them.
        usual = (_USUAL_JITTER * rhythm.period_s) ** 2
        variance = (self.beats * rhythm.jitter_s**2 + 3.0 * usual) / (self.beats + 3.0)
        self.rhythm = Rhythm(rhythm.period_s, math.sqrt(variance), rhythm.missed)
        self.caught, self.missed, self.gaps = 8.0, 2.0, 1.6
        self.last_s = self.firm_s = float(times_s[-1])

    def end(self) -> None:
        """Gives the rhythm up."""
        self.rhythm, self.fit = None, 1.0

    def continue_as(self, new: Timing) -> None:
        """Goes on as that of another transmitter, which it became."""
        self.last_s, self.firm_s, self.octaves = new.last_s, new.firm_s, new.octaves
        if new.rhythm is not None:
            self.rhythm, self.beats, self.fit = new.rhythm, max(new.beats, LEAST_BEATS), 1.0

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
            return self._log_irregular(interval)
        lost = self.lost(unheard_s)
        again = lost / (_LOST * self.rhythm.period_s + max(0.0, time_s - self.firm_s))
        # The phase is that of the last emission, which may be the first behind an outage.
        own = 1.0 - lost if self.last_s == self.firm_s else 0.5
        due = math.exp(max(-80.0, self.rhythm.log_hazard(interval)))
        if not self.in_phase:  # it may be any phase, as well as that of the last one
            due = (1.0 - _MOVED) * due + _MOVED / self.rhythm.period_s
        return math.log(own * due + again)

    def _log_irregular(self, interval_s: float) -> float:
        k = min(max(int(math.log2(interval_s * 4.0)) if interval_s > 0.25 else 0, 0), _OCTAVES - 1)
        later = sum(self.octaves[k:]) + _UNIFORM * (_OCTAVES - k)
        width = 0.25 * 2.0**k
        share = (self.octaves[k] + _UNIFORM) / later
        return math.log(-math.log1p(-min(share, 0.99)) / width)

    def take(self, time_s: float, silence_s: float, unheard_s: float) -> None:
        """Adds an emission.

        Args:
            silence_s, unheard_s: seconds of listening since the last one, and since the last one
                in the rhythm.
        """
        interval = time_s - self.last_s
        if self.rhythm is not None:
            self._beat(time_s, silence_s, unheard_s)
        elif interval > 0.0:
            self.octaves[min(max(int(math.log2(interval * 4.0 + 1e-9)), 0), _OCTAVES - 1)] += 1
        self.last_s = time_s

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

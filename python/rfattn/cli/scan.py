# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tunes a receiver to several frequencies in turn, and counts what was seen where."""

from __future__ import annotations

import argparse
import math
from collections import Counter
from collections.abc import Callable

from ..reporting import count_of, duration, hertz
from .sources.inputs import receiver_hertz

DWELL_S = 2.0
LEAST_DWELL_S = 0.5
"""At each frequency the detector first learns the noise floor, in about 0.2 s."""


def frequency_list(text: str) -> tuple[float, ...]:
    """Reads frequencies with commas between them, such as 433.92M,868.3M, for argparse."""
    found = tuple(map(receiver_hertz, text.split(",")))
    for frequency in found:
        if found.count(frequency) > 1:
            raise argparse.ArgumentTypeError(f"{hertz(frequency)} stands there twice")
    return found


def dwell(text: str) -> float:
    """Reads the time at a frequency, for argparse."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not LEAST_DWELL_S <= seconds < math.inf:
        raise argparse.ArgumentTypeError(f"must be {LEAST_DWELL_S} s or more, got {text!r}")
    return seconds


class Scan:
    """Retunes when ``dwell_s`` of samples have come from a frequency.

    Args:
        frequencies: Hz, the receiver is tuned to the first; dwell_s: time at each, s.
        sample_rate: Hz.
        tune: called with the next frequency.
        clock: a `frequency_clock` behind the receiver.
    """

    def __init__(
        self,
        frequencies: tuple[float, ...],
        dwell_s: float,
        sample_rate: float,
        tune: Callable[[float], None],
        clock,
    ):
        self._frequencies, self._rate, self._clock = frequencies, sample_rate, clock
        self._dwell = dwell_s * sample_rate
        self._tune, self._at = tune, 0
        self._visits = Counter({frequencies[0]: 1})
        self._emissions: Counter[float | None] = Counter()

    @property
    def frequency(self) -> float:
        """The frequency that the receiver is tuned to, Hz."""
        return self._frequencies[self._at]

    def look(self) -> None:
        """Tunes to the next frequency if it is time; call some times a second."""
        clock = self._clock
        if self._nearest(clock.frequency) == self.frequency and clock.since >= self._dwell:
            self._at = (self._at + 1) % len(self._frequencies)
            self._visits[self.frequency] += 1
            self._tune(self.frequency)

    def add(self, record) -> None:
        """Counts an emission that is final."""
        self._emissions[self._nearest(record.latest.rx_freq)] += 1

    def to_list(self) -> list[dict]:
        """What was seen at each frequency, as the JSON has it."""
        samples: Counter[float | None] = Counter()
        for frequency, count in self._clock.samples.items():
            samples[self._nearest(frequency)] += count
        return [
            {
                "frequency": frequency,
                "visits": self._visits[frequency],
                "seconds": samples[frequency] / self._rate,
                "emissions": self._emissions[frequency],
            }
            for frequency in self._frequencies
        ]

    def _nearest(self, tuned: float | None) -> float | None:
        """The frequency of the list that a receiver means, which tunes in steps of its own."""
        if tuned is None:
            return None
        return min(self._frequencies, key=lambda frequency: abs(frequency - tuned))


def centre(row: dict) -> str:
    """Where the receiver of ``row``, an entry of the JSON, was tuned to."""
    return f"{len(row['scan'])} frequencies" if "scan" in row else hertz(row["frequency"])


def print_scan(rows: list[dict], has_emissions: bool) -> None:
    """Prints what `Scan.to_list` returns."""
    for row in rows:
        found = f", {count_of(row['emissions'], 'emission')}" if has_emissions else ""
        print(
            f"  scanned:   {hertz(row['frequency'])}: {duration(row['seconds'])} in "
            f"{count_of(row['visits'], 'visit')}{found}"
        )

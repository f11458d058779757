# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A quantity by which a receiver changes all emissions alike."""

from __future__ import annotations

import math
from collections import deque
from statistics import median

import numpy as np

from .track import FREQUENCY, TIME, Track

LEAST, _MOST = 5, 12
"""Transmitters that are compared, those that were heard last."""
_SURE = 5.0  # deviations of the median of what they are from what they were
_KEPT = 256


class Shared:
    """By how much the level (dB) or the frequency (ppm) of all is more than it was.

    Args:
        column: `track.LEVEL` or `track.FREQUENCY`.
        least: by how much it changes before this is told.

    Attributes:
        column: as given.
        value: what is taken away from emissions.
        told: the value when a change was told last.
    """

    def __init__(self, column: int, least: float):
        self.value = self.told = 0.0
        self.column, self._least = column, least
        self._entries: deque[tuple[float, int, float, float]] = deque(maxlen=_KEPT)

    def less(self, values, value: float):
        """Levels, or frequencies in Hz, from which so much is taken away."""
        return values * (1.0 - 1e-6 * value) if self.column == FREQUENCY else values - value

    def heard(self, since_s: float) -> set[int]:
        """The transmitters that were heard since a time."""
        return {number for time_s, number, *_ in self._entries if time_s >= since_s}

    def add(self, track: Track, row: np.ndarray, error: float, variance: float):
        """Adds by how much an emission of a transmitter is more than is usual of it.

        Returns:
            by how much all are more, and since when (s since 1970), or None.
        """
        self._entries.append((float(row[TIME]), track.number, error, variance))
        places = {entry[1]: place for place, entry in enumerate(self._entries)}
        newest = [self._entries[place] for place in sorted(places.values())[: -1 - _MOST : -1]]
        if len(newest) < LEAST:
            return None
        shift = median(entry[2] for entry in newest)
        spread = 1.48 * median(abs(entry[2] - shift) for entry in newest)
        own = math.sqrt(sum(entry[3] for entry in newest) / len(newest))
        if abs(shift) <= _SURE * 1.25 * max(own, spread) / math.sqrt(len(newest)):
            return None
        # It began where the errors fit best.
        times, errors = np.array([(entry[0], entry[2]) for entry in reversed(self._entries)]).T
        last = np.argmax(np.cumsum((errors - shift / 2.0) * math.copysign(1.0, shift)))
        return float(np.median(errors[: last + 1])), float(times[last])

    def move(self, shift: float) -> float | None:
        """Adds to the value. Returns the change since one was told, if it is to be told."""
        self._entries.clear()
        self.value += shift
        change = self.value - self.told
        if abs(change) < self._least:
            return None
        self.told = self.value
        return change

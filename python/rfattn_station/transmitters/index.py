# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which transmitters may have sent at a frequency."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator

from .track import WIDTH, Track

_BIN_HZ = 5e3  # of the narrowest signals; four times as much for each step of the width
_NARROW_HZ = 40e3


class FrequencyIndex:
    """Transmitters by frequency and width, those that were added last first."""

    def __init__(self):
        self._bins: dict[tuple[int, int], dict[int, None]] = {}
        self._places: dict[int, set[tuple[int, int]]] = {}

    def to_state(self) -> list:
        return [[*place, list(numbers)] for place, numbers in self._bins.items() if numbers]

    @classmethod
    def from_state(cls, state: list, known: Collection[int]) -> FrequencyIndex:
        """That of a state, for the transmitters that are known."""
        index = cls()
        for step, k, numbers in state:
            numbers = [number for number in numbers if number in known]
            index._bins[step, k] = dict.fromkeys(numbers)
            for number in numbers:
                index._places.setdefault(number, set()).add((step, k))
        return index

    def add(self, track: Track) -> None:
        """Adds the channels of a transmitter, or puts them first."""
        step = _step(float(track.rows[-1][WIDTH]))
        for _, frequency, _ in track.channels:
            place = step, int(frequency // (_BIN_HZ * 4.0**step))
            numbers = self._bins.setdefault(place, {})
            numbers.pop(track.number, None)
            numbers[track.number] = None
            self._places.setdefault(track.number, set()).add(place)

    def remove(self, track: Track) -> None:
        for place in sorted(self._places.pop(track.number)):
            del self._bins[place][track.number]
            if not self._bins[place]:
                del self._bins[place]

    def near(self, frequency_hz: float, log_width: float, most: int) -> Iterator[int]:
        """Transmitters within a bin of a frequency, at most so many of each bin."""
        found: dict[int, None] = {}
        middle = _step(log_width)
        for step in (middle - 1, middle, middle + 1):
            place = int(frequency_hz // (_BIN_HZ * 4.0**step))
            for k in (place - 1, place, place + 1):
                numbers = self._bins.get((step, k))
                for count, number in enumerate(reversed(numbers or ())):
                    if count == most:
                        break
                    found[number] = None
        return iter(found)


def _step(log_width: float) -> int:
    return max(0, round((log_width - math.log(_NARROW_HZ)) / math.log(4.0)))

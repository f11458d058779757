# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is usual in a band: how often something is new, where, when, and what it is like."""

from __future__ import annotations

import copy
import math

import numpy as np

from ..logbook.heard import Heard
from .coverage import Age
from .state import is_sound
from .track import FEATURES, FREQUENCY, LABEL, LEVEL, TIME, average, log_normal

_DAY_S = 86400.0
PART_HZ = 25e3
"""Of the band, in which it is counted where transmitters are."""
_MOST_BINS = 4096
_KEPT_S = 14 * _DAY_S  # of the past in which it is counted what is usual
_UNSEEN = 2.0  # emissions that are usual where there were none
_SPOT_HZ, _SPOT_DB = 2.5e3, 6.0  # in which emissions are alike
_DICTS = "_places", "_cells", "_spots", "_codes"
_DEVIATIONS = 2.0, 2.0, 1.0, 10.0  # of the features of transmitters, until they are known


class Usual:
    """The background, against which the emissions of one transmitter have to stand out.

    Attributes:
        names: of labels, by their numbers.
    """

    def __init__(self):
        self._age_s = 0.0
        self.names: list[str | None] = []
        self._labels: list[float] = []  # transmitters of each label
        self._features: list[list[list[float]]] = []  # of each label: count, mean, variance
        self._births = 100.0  # new transmitters of the last day, each weighted by its age
        self._places: dict[int, float] = {}  # new transmitters of each part of the band
        self._cells: dict[int, float] = {}  # emissions without a rhythm, of each part of the band
        self._spots: dict[int, float] = {}  # the same of each frequency, label and level
        self._hours = [1.0] * 24  # the same of each hour of the day
        self._codes: dict[str | None, int] = {}
        self._in_places = 0.0

    def row(self, heard: Heard, number: int) -> np.ndarray:
        """An emission as a row, with its number."""
        code = self._codes.get(heard.label)
        if code is None:
            code = self._codes[heard.label] = len(self.names)
            self.names.append(heard.label)
            self._labels.append(1.0)
            self._features.append([[0.0, 0.0, s * s] for s in _DEVIATIONS])
        level = heard.power_db if heard.power_db is not None else heard.snr_db
        rate = math.log(heard.symbol_rate) if heard.symbol_rate else math.nan
        width, length = max(heard.width_hz, 1.0), max(heard.end_s - heard.start_s, 1e-4)
        row = [heard.start_s, heard.frequency_hz, math.log(width), math.log(length), rate, level]
        return np.array([*row, code, number])

    def move_to(self, age: Age) -> None:
        """Weighs what was by its age."""
        elapsed, self._age_s = max(0.0, age.s - self._age_s), age.s
        births = self._births * math.exp(-elapsed / _DAY_S)
        self._births = max(births, _DAY_S / _KEPT_S)  # at least one in the past that counts

    def fade(self, elapsed_s: float) -> None:
        """Lets counts of some time ago count less."""
        fading = math.exp(-elapsed_s / _KEPT_S)
        self._cells = {cell: n * fading for cell, n in self._cells.items() if n > 0.1}
        self._spots = {spot: n * fading for spot, n in self._spots.items() if n > 0.1}
        self._hours = [max(1.0, n * fading) for n in self._hours]

    def log_births(self) -> float:
        """Logarithm of the new transmitters a second."""
        return math.log(self._births / _DAY_S)

    def density(self, frequency_hz: float) -> float:
        """New transmitters a Hz at a frequency, as a probability density."""
        count = self._places.get(_bin(frequency_hz), 0.0) + 1.0
        return count / (self._in_places + len(self._places) + 1.0) / PART_HZ

    def features(self, code: int) -> list[list[float]]:
        """Count, mean and variance of each feature of the transmitters of a label."""
        return self._features[code]

    def share_of_label(self, code: int) -> float:
        return self._labels[code] / sum(self._labels)

    def busy(self, time_s: float) -> float:
        """Emissions without a rhythm at this hour of the day, as a share of the mean."""
        return self._hours[int(time_s % _DAY_S // 3600.0)] * 24.0 / sum(self._hours)

    def log_irregular(self, row: list[float]) -> float:
        """Logarithm of the emissions without a rhythm a second, in a part of the band.

        Where many were like this one, the rate is that of such ones, and as much higher as they are
        closer together than those of the part of the band.
        """
        time = row[TIME]
        span = min(max(self._age_s, _DAY_S / 24.0), _KEPT_S)
        nats = math.log(self._cells.get(_bin(row[FREQUENCY]), 0.0) + _UNSEEN)
        spot = self._spots.get(_spot(row), 0.0)
        if spot and row[LEVEL] == row[LEVEL]:
            code = int(row[LABEL])
            _, mean, variance = self._features[code][-1]
            closer = math.log(PART_HZ / _SPOT_HZ / _SPOT_DB / self.share_of_label(code))
            nats = max(nats, math.log(spot) + closer - log_normal(row[LEVEL], mean, variance))
        return nats + math.log(self.busy(time) / span)

    def add_irregular(self, row: np.ndarray) -> None:
        """Counts an emission without a rhythm."""
        cell = _bin(row[FREQUENCY])
        self._cells[cell] = self._cells.get(cell, 0.0) + 1.0
        spot = _spot(row)
        self._spots[spot] = self._spots.get(spot, 0.0) + 1.0
        self._hours[int(row[TIME] % _DAY_S // 3600.0)] += 1.0

    def add_transmitter(self, row: np.ndarray) -> None:
        """Counts the first emission of a transmitter, which shows what others are like."""
        self._births += 1.0
        place, code = _bin(row[FREQUENCY]), int(row[LABEL])
        self._places[place] = self._places.get(place, 0.0) + 1.0
        self._in_places += 1.0
        if len(self._places) > _MOST_BINS:
            self._places = {k: n / 2.0 for k, n in self._places.items() if n > 1.0}
            self._in_places = sum(self._places.values())
        self._labels[code] += 1.0
        for k, column in enumerate(FEATURES):
            if row[column] == row[column]:
                average(self._features[code][k], float(row[column]), 1000.0)

    def to_state(self) -> dict:
        state = {name: copy.deepcopy(value) for name, value in vars(self).items()}
        for name in _DICTS:
            state[name] = [[key, value] for key, value in state[name].items()]
        return state

    @classmethod
    def from_state(cls, state: dict) -> Usual:
        usual = cls()
        for name in vars(usual):
            value = copy.deepcopy(state[name])
            pairs = name in _DICTS
            if is_sound(value):
                setattr(usual, name, dict(value) if pairs else value)
        usual.move_to(Age(usual._age_s))
        return usual


def _bin(frequency_hz: float) -> int:
    return int(frequency_hz // PART_HZ)


def _spot(row) -> int:
    """A number of the frequency, the level and the label of an emission."""
    level = 0 if row[LEVEL] != row[LEVEL] else int(row[LEVEL] // _SPOT_DB) % 256
    return (int(row[FREQUENCY] // _SPOT_HZ) * 256 + level) * 4096 + int(row[LABEL]) % 4096

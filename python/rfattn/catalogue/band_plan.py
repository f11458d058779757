# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where each class transmits, as a prior beside what the model says of a signal's shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ..checked import shown
from ..json_files import read_settings
from .classes import Names, known_of
from .signal_table import Range, is_range

SHIPPED = "shipped"
"""In place of a file: the plan of the catalogue, of `classes()`."""
NO_PLAN = "none"
"""In place of a file: no plan."""


@dataclass(frozen=True)
class BandPlan:
    """The bands of classes, in Hz. A class without bands may transmit anywhere."""

    bands: Mapping[str, tuple[Range, ...]]
    _tables: dict[Names, tuple] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def load(cls, path: str | Path = SHIPPED) -> BandPlan:
        """Reads a plan from a JSON file, {class: [[low, high], …]} in Hz, or the one of `SHIPPED`.

        Raises:
            ValueError: naming the file, the class, the rule and the value.
        """
        if path == SHIPPED:
            return cls(known_of("bands_hz"))
        entries = read_settings("band plan", path)
        if not isinstance(entries, dict) or not entries:
            raise ValueError(
                f"band plan: {path}: must be an object of classes, got {shown(entries)}"
            )
        for name, ranges in entries.items():
            if not isinstance(ranges, list) or not ranges or not all(map(is_range, ranges)):
                raise ValueError(
                    f"band plan: {path}: {shown(name)} must be a list of ranges [low, high] with "
                    f"0 < low <= high, got {shown(ranges)}"
                )
        return cls({name: tuple(map(tuple, ranges)) for name, ranges in entries.items()})

    def fits(self, names: Names, frequency_hz: float) -> np.ndarray:
        """Which classes may transmit at a frequency: bool [classes]."""
        if names not in self._tables:
            self._tables[names] = self._table(names)
        anywhere, numbers, low, high = self._tables[names]
        fits = anywhere.copy()
        fits[numbers[(low <= frequency_hz) & (frequency_hz <= high)]] = True
        return fits

    def _table(self, names: Names) -> tuple[np.ndarray, ...]:
        """Which classes may transmit anywhere; and of each band the number of its class and its
        edges."""
        anywhere = np.array([name not in self.bands for name in names])
        bands = [(n, *edges) for n, name in enumerate(names) for edges in self.bands.get(name, ())]
        numbers, low, high = np.array(bands, float).reshape(-1, 3).T
        return anywhere, numbers.astype(int), low, high

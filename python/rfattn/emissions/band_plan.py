# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where each class transmits, as a prior beside what the model says of a signal's shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..checked import shown
from ..json_files import read_settings
from .signal_table import Range, is_range
from .weights import weighted

SHIPPED = "shipped"
"""In place of a file: the plan that the module brings."""
NO_PLAN = "none"
"""In place of a file: no plan."""
_SHIPPED_FILE = Path(__file__).with_name("band_plan.json")
OUTSIDE = 0.05
"""Weight of a class outside of its bands. It is not 0: plans differ between countries, receivers
have images, and converters move bands."""


@dataclass(frozen=True)
class BandPlan:
    """The bands of classes, in Hz. A class without bands may transmit anywhere."""

    bands: Mapping[str, tuple[Range, ...]]

    @classmethod
    def load(cls, path: str | Path = SHIPPED) -> BandPlan:
        """Reads a plan from a JSON file, {class: [[low, high], …]} in Hz, or the one of `SHIPPED`.

        Raises:
            ValueError: naming the file, the class, the rule and the value.
        """
        path = _SHIPPED_FILE if path == SHIPPED else path
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

    def weight(self, name: str, frequency_hz: float) -> float:
        """1 where a class may transmit at a frequency, else `OUTSIDE`."""
        bands = self.bands.get(name)
        inside = bands is None or any(low <= frequency_hz <= high for low, high in bands)
        return 1.0 if inside else OUTSIDE

    def apply(
        self, probabilities: Mapping[str, float], frequency_hz: float | None
    ) -> dict[str, float]:
        """The probabilities times the weights of their classes, so that they again add up to 1.

        Args:
            probabilities: by class.
            frequency_hz: middle of the emission; None, where it is not known, changes nothing.
        """
        if frequency_hz is None:
            return dict(probabilities)
        return weighted(probabilities, {n: self.weight(n, frequency_hz) for n in probabilities})

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The symbol rate of an emission, where its power and its frequency show the same line.

Most keyed signals have a line at their symbol rate in the spectrum of the power, or in that of the
squared frequency, or in both (Gardner, "Exploitation of spectral redundancy in cyclostationary
signals", IEEE Signal Processing Magazine, April 1991). The features `am_rate` and `fm_rate` of a
token are the strongest lines there (lib/measure/modulation.h). One of them alone is often something
else, such as the pattern of a preamble.
"""

from __future__ import annotations

import math
import statistics
from collections import deque
from collections.abc import Iterable, Sequence

import numpy as np

_NEEDED = ("measured", "am_rate", "am_line", "fm_rate", "fm_line")
_LEAST_LINE = 0.3
"""The least `am_line` and `fm_line` of a rate: 13 dB over the surroundings."""
_SAME = 0.01
"""Relative difference of equal rates."""
_LEAST_STEPS = 3
_SHARE = 0.8
"""Share of the steps that must show the rate."""
_KEPT = 64
"""Newest steps that count."""


def step_rates(features: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """The symbol rate that each step shows.

    Args:
        features: of the last token of each step, float32 [steps, features].
        names: of the features.

    Returns:
        float64 [steps] in Hz; 0 where there is none, nan where nothing was measured.
    """
    if any(name not in names for name in _NEEDED):
        return np.full(len(features), np.nan)
    columns = features[:, [names.index(name) for name in _NEEDED]].T.astype(np.float64)
    measured, am_rate, am_line, fm_rate, fm_line = columns
    rates = 4800.0 * 2.0 ** (2.0 * np.array([am_rate, fm_rate]))
    is_shown = (np.minimum(am_line, fm_line) >= _LEAST_LINE) & (
        np.abs(rates[0] - rates[1]) <= _SAME * rates[1]
    )
    return np.where(measured > 0, np.where(is_shown, rates.mean(axis=0), 0.0), np.nan)


class SymbolRate:
    """The rate that most of the newest steps of an emission show.

    Attributes:
        hertz: the rate; None where too few steps agree.
    """

    def __init__(self):
        self.hertz: float | None = None
        self._rates: deque[float] = deque(maxlen=_KEPT)

    def add(self, rates: Iterable[float]) -> None:
        """Takes steps, as `step_rates` gives them."""
        self._rates.extend(rate for rate in rates if math.isfinite(rate))
        self.hertz = self._agreed()

    def _agreed(self) -> float | None:
        shown = [rate for rate in self._rates if rate > 0]
        if len(shown) < _LEAST_STEPS:
            return None
        middle = statistics.median(shown)
        same = sum(abs(rate - middle) <= _SAME * middle for rate in shown)
        return middle if same >= _SHARE * len(self._rates) else None

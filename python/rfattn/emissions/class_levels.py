# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Digital voice radios with four levels of the frequency, beside what the model says of the shape.

Their standards fix the symbol rate and how far apart the levels are; the shape differs little.
"""

from __future__ import annotations

import math
from functools import lru_cache

from .classes import classes
from .weights import Names, Weighing, unchanged, weighted

DEVIATIONS: dict[str, tuple[float, float]] = {
    row.name: (row.level_rate_bd, row.outer_level_hz)
    for row in classes()
    if row.level_rate_bd is not None
}
"""Symbol rate in Bd and deviation of the outer levels in Hz."""
TOLERANCE = 0.05
"""Relative standard deviation of the deviation of transmitters."""
LEAST = 0.03
"""Least probability of these classes, where four levels are found, before they are weighed."""
_FAR, _OTHERS, _UNKNOWN = 0.02, 0.03, 0.1
"""Least weight of a class with four levels, and weights of one without and of `unknown`. Not 0: the
levels of a distorted or weak signal may be anywhere."""
_SAME_RATE = 0.05
_LEAST_MATCH = 0.1
LEAST_HZ, LEAST_WIDTH, MOST_WIDTH = 3e3, 1.1, 2.5
"""Width of an emission with four levels, in Hz, and in symbol rates: 1.2 to 2.2 in recordings. A
voice on a single sideband, narrower, and packets with two levels, wider, seem to have four at
times."""


@lru_cache(maxsize=256)
def weigh_by_levels(
    names: Names, level_rate: float | None, deviation: float | None, width_hz: float
) -> Weighing:
    """What the four levels of the frequency of an emission change of the probabilities.

    Args:
        names: of the classes.
        level_rate: symbol rate at which there are four levels, in Bd; None changes nothing.
        deviation: of the outer ones from the middle, in Hz.
        width_hz: of the emission.
    """
    if not has_levels(level_rate, width_hz) or not deviation:
        return unchanged(names)
    fits = {name: _fit(levels, level_rate, deviation) for name, levels in DEVIATIONS.items()}
    if max((fits[name] for name in fits if name in names), default=0.0) < _LEAST_MATCH:
        return unchanged(names)
    weights = dict.fromkeys(names, _OTHERS) | {"unknown": _UNKNOWN}
    weights |= {name: max(fit, _FAR) for name, fit in fits.items() if fit > 0.0}
    least = {name: LEAST if weights.get(name, 0.0) > _OTHERS else 0.0 for name in DEVIATIONS}
    return weighted(names, weights, least)


def has_levels(level_rate: float | None, width_hz: float) -> bool:
    """Whether an emission as wide as this may have four levels at this symbol rate."""
    if level_rate is None:
        return False
    least = max(LEAST_HZ, LEAST_WIDTH * level_rate)
    return least <= width_hz <= MOST_WIDTH * level_rate


def _fit(levels: tuple[float, float], level_rate: float, deviation: float) -> float:
    """How well a measured rate and deviation fit, from 0 to 1; 0 at another rate."""
    rate, standard = levels
    if abs(level_rate - rate) > _SAME_RATE * rate:
        return 0.0
    return math.exp(-0.5 * (math.log(deviation / standard) / TOLERANCE) ** 2)

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long the bursts of some classes last, beside what the model says of the shape.

A model sees no more than a step of a burst. A remote control may look like a radiosonde in it.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from .classes import known_of
from .weights import Names, Weighing, fitting, unchanged, values_of

OTHER = 0.05
"""Weight of a class with other bursts. Not 0: fades cut a burst in pieces."""
LEAST_BURSTS = 2
"""So many must have ended before they are too short: the first may have begun before the receiver.
"""


def may_have_bursts(name: str, burst_s: float, burst_count: int) -> bool:
    """Whether bursts of a class may be as long as these, of which so many have ended."""
    is_short = burst_count >= LEAST_BURSTS and burst_s < known_of("least_burst_s").get(name, 0.0)
    return not is_short and burst_s <= known_of("most_burst_s").get(name, math.inf)


def weigh_by_bursts(
    names: Names, burst_s: float | None, burst_count: int, air_s: float | None = None
) -> Weighing:
    """What the bursts of an emission change of the probabilities of classes.

    Args:
        names: of the classes.
        burst_s: median duration, in s, or that so far of one on the air where it is longer; None,
            where it is not known, changes nothing.
        burst_count: how many have ended.
        air_s: how long it was on the air, in s; None where it is not known.
    """
    if burst_s is None:
        return unchanged(names)
    least, most, least_air = _limits(names)
    fits = burst_s <= most
    if burst_count >= LEAST_BURSTS:
        fits &= burst_s >= least
    if air_s is not None:
        fits &= air_s >= least_air
    return fitting(names, fits, OTHER)


@lru_cache(maxsize=8)
def _limits(names: Names) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The three tables, [classes] each."""
    return (
        values_of(names, known_of("least_burst_s"), 0.0),
        values_of(names, known_of("most_burst_s"), math.inf),
        values_of(names, known_of("least_air_s"), 0.0),
    )

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Classes that are never so wide, or so narrow, beside what the model says of the shape.

A carrier with little modulation, such as a voice radio in a pause, may look like a time signal, and
a spur of a receiver with a wide band like a part of LTE; how wide its band is tells them apart.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from .classes import known_of
from .weights import Names, Weighing, fitting, values_of

OTHER_WIDTH = 0.05
"""Weight of a class in a wider or narrower emission. Not 0: edges may be wrong."""


def weigh_by_width(names: Names, width_hz: float, is_cut: bool) -> Weighing:
    """What the width of an emission changes of the probabilities of classes.

    Args:
        names: of the classes.
        width_hz: upper minus lower edge.
        is_cut: part of the emission may lie outside the receiver's band, so it may be wider.
    """
    least, most = _limits(names)
    fits = width_hz <= most
    if not is_cut:
        fits &= width_hz >= least
    return fitting(names, fits, OTHER_WIDTH)


@lru_cache(maxsize=8)
def _limits(names: Names) -> tuple[np.ndarray, np.ndarray]:
    """The two tables, [classes] each."""
    return (
        values_of(names, known_of("least_width_hz"), 0.0),
        values_of(names, known_of("most_width_hz"), math.inf),
    )

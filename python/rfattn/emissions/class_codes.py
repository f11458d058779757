# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Codes that keep runs of equal symbols short, beside what the model says of the shape.

A tyre sensor and another sensor with keyed frequency look alike; their codes do not.
"""

from __future__ import annotations

from functools import lru_cache

from .classes import known_of
from .weights import Names, Weighing, fitting, unchanged, values_of

LONGER = 0.05
"""Weight of a class with longer runs. Not 0: a few sensors of it send bits as they are."""


@lru_cache(maxsize=256)
def weigh_by_runs(names: Names, longest_run: int | None) -> Weighing:
    """What the runs of equal symbols of an emission change of the probabilities of classes.

    Args:
        names: of the classes.
        longest_run: symbols of the longest runs that are not rare; None changes nothing.
    """
    if longest_run is None:
        return unchanged(names)
    most = values_of(names, known_of("most_run"), longest_run)
    return fitting(names, longest_run <= most, LONGER)

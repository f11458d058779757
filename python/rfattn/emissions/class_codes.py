# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Codes that keep runs of equal symbols short, beside what the model says of the shape.

A tyre sensor and another sensor with keyed frequency look alike; their codes do not.
"""

from __future__ import annotations

from collections.abc import Mapping

from .weights import fitting

MOST_RUN: dict[str, int] = {"tpms": 2}
"""Equal symbols that follow each other: nearly all tyre sensors send Manchester code, plain or
differential."""
LONGER = 0.05
"""Weight of a class with longer runs. Not 0: a few sensors of it send bits as they are."""


def weigh_by_runs(probabilities: Mapping[str, float], longest_run: int | None) -> dict[str, float]:
    """The probabilities of classes, given the runs of equal symbols of an emission.

    Args:
        probabilities: by class; adds up to 1.
        longest_run: symbols of the longest runs that are not rare; None changes nothing.
    """
    if longest_run is None:
        return dict(probabilities)
    return fitting(
        probabilities, lambda name: longest_run <= MOST_RUN.get(name, longest_run), LONGER
    )

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Classes that are never so wide, beside what the model says of the shape.

A carrier with little modulation, such as a voice radio in a pause, may look like a time signal; how
wide its band is tells them apart.
"""

from __future__ import annotations

from collections.abc import Mapping

from .weights import limited

MOST_HZ: dict[str, float] = {
    "dcf77": 4e3,
    "wspr": 4e3,
    "jt65": 4e3,
    "psk31": 4e3,
    "rtty": 4e3,
    "navtex": 4e3,
    "ft8": 6e3,
    "js8": 6e3,
}
"""Widest emission of a class, in Hz, with what a strong one spills; of `ft8` and `js8` also where
many stations are found as one."""
WIDER = 0.05
"""Weight of a class in a wider emission. Not 0: edges may be wrong."""


def weigh_by_width(probabilities: Mapping[str, float], width_hz: float) -> dict[str, float]:
    """The probabilities of classes, given the width of an emission.

    Args:
        probabilities: by class; adds up to 1.
        width_hz: upper minus lower edge.
    """
    return limited(probabilities, width_hz, MOST_HZ, WIDER)

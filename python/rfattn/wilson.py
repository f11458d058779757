# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The 95 % interval of a share, from a count; standard library only."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

CONFIDENCE = 0.95
_Z = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2)

Interval = tuple[float, float]


def wilson(right: int, count: int) -> Interval | None:
    """The interval of the share ``right / count`` (Wilson 1927); None if ``count`` is 0."""
    if count == 0:
        return None
    share, z2 = right / count, _Z**2 / count
    middle = (share + z2 / 2) / (1 + z2)
    half = _Z * sqrt(share * (1 - share) / count + z2 / (4 * count)) / (1 + z2)
    return max(0.0, middle - half), min(1.0, middle + half)

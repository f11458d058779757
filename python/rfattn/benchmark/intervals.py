# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Quantiles and ratios with the intervals that their sample supports."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from statistics import median

CONFIDENCE = 0.95
_RESAMPLES = 1000


def quantile(ordered: Sequence[float], p: float) -> float:
    """The smallest value that at least a share ``p`` of the sorted sample does not exceed."""
    return ordered[max(0, math.ceil(p * len(ordered) - 1e-9) - 1)]


def quantile_interval(
    ordered: Sequence[float], p: float, confidence: float = CONFIDENCE
) -> tuple[float | None, float | None]:
    """Two values of the sorted sample between which the true quantile lies, whatever the
    distribution.

    The number of values below the quantile is binomial, which gives the ranks. An end is None where
    the sample is too small to give one: the p99 of 100 values has no upper end.
    """
    n, tail = len(ordered), (1.0 - confidence) / 2.0
    low = high = None
    below = 0.0  # P(fewer than `rank` values lie below the quantile)
    for rank in range(1, n + 1):
        below += _binomial(n, rank - 1, p)
        if below <= tail:
            low = ordered[rank - 1]
        if below >= 1.0 - tail:
            high = ordered[rank - 1]
            break
    return (ordered[0] if low is None and _binomial(n, 0, p) <= tail else low), high


def _binomial(n: int, k: int, p: float) -> float:
    log = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return math.exp(log + k * math.log(p) + (n - k) * math.log1p(-p))


def ratio_interval(
    over: Sequence[Sequence[float]], under: Sequence[Sequence[float]], seed: int = 0
) -> tuple[float, float | None, float | None]:
    """How many times ``over`` is ``under``, each a list of the rounds' values, round by round.

    The two of a round were measured next to each other, so what slows the machine for a while slows
    both: the ratio is the median over the rounds of the ratio of their medians. Its interval comes
    from drawing rounds again (bootstrap); None with fewer than three rounds.
    """
    ratios = [median(a) / median(b) for a, b in zip(over, under, strict=True)]
    if len(ratios) < 3:
        return median(ratios), None, None
    draw = random.Random(seed)
    again = sorted(median(draw.choices(ratios, k=len(ratios))) for _ in range(_RESAMPLES))
    tail = (1.0 - CONFIDENCE) / 2.0
    return median(ratios), quantile(again, tail), quantile(again, 1.0 - tail)


def apart(a: Sequence[float | None], b: Sequence[float | None]) -> bool:
    """Whether two intervals do not touch; an interval without an end is apart from nothing."""
    if None in (*a, *b):
        return False
    return a[1] < b[0] or b[1] < a[0]

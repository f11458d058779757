# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Means with intervals, paired tests, and the correction for several tests, from SciPy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

CONFIDENCE = 0.95
SIGNIFICANT = 0.05
_RESAMPLES = 9999


def mean_interval(values: Sequence[float]) -> dict:
    """mean, sd (n - 1), low and high of the 95 % t interval of the mean, and values.

    sd, low and high are None for a single value.
    """
    found = {
        "mean": float(np.mean(values)),
        "sd": None,
        "low": None,
        "high": None,
        "values": [float(v) for v in values],
    }
    n = len(values)
    if n > 1:
        sd = float(np.std(values, ddof=1))
        half = float(stats.t.ppf((1 + CONFIDENCE) / 2, n - 1)) * sd / n**0.5
        found |= {"sd": sd, "low": found["mean"] - half, "high": found["mean"] + half}
    return found


def paired(a: Sequence[float], b: Sequence[float]) -> dict:
    """Compares paired ``a`` and ``b``: `mean_interval` of the differences, and two p values.

    ``p`` belongs to the paired t test, ``p_sign_flip`` to the exact sign-flip permutation test,
    which assumes no distribution but cannot fall below 2 / 2^n. Both are None for a single pair.
    """
    difference = np.asarray(a, float) - np.asarray(b, float)
    found = mean_interval(difference) | {"p": None, "p_sign_flip": None}
    if len(difference) > 1:
        constant = bool(np.all(difference == difference[0]))
        p = float(difference[0] == 0) if constant else stats.ttest_rel(a, b).pvalue
        found |= {"p": float(p), "p_sign_flip": sign_flip(a, b)}
    return found


def sign_flip(a: Sequence[float], b: Sequence[float]) -> float:
    """Two-sided p value of sum(a - b) under exchanges within pairs: all exchanges if they are few,
    otherwise 9999 drawn with a fixed seed."""
    result = stats.permutation_test(
        (np.asarray(a, float), np.asarray(b, float)),
        _difference,
        permutation_type="samples",
        n_resamples=_RESAMPLES,
        rng=np.random.default_rng(0),
    )
    return float(result.pvalue)


def _difference(a, b, axis):
    # Rounded, so that exchanges of equal size tie whatever the order of the summands.
    return np.round((a - b).sum(axis=axis), 12)


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's step-down adjustment of a family of p values; None values are skipped."""
    known = sorted((p, i) for i, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    highest = 0.0
    for rank, (p, i) in enumerate(known):
        highest = max(highest, min(1.0, (len(known) - rank) * p))
        adjusted[i] = highest
    return adjusted

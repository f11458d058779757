# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Chooses how sure a model must be before its answer counts as a label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .data import UNKNOWN

GRID = np.linspace(0.2, 0.95, 76)
"""Thresholds that are tried."""
DEFAULT = 0.5
"""Threshold of a class that is never answered in validation."""


def choose_thresholds(
    probabilities: np.ndarray,
    labels: Sequence[str],
    classes: Sequence[str],
    families: Mapping[str, str],
    precision: float = 0.9,
) -> tuple[dict[str, float], float]:
    """The least confidence at which answers are right often enough.

    Every label counts the same, however many emissions it has.

    Args:
        probabilities: mean probabilities of each emission, [N, n_classes].
        labels: its true class, or `UNKNOWN`.
        families: family by class.
        precision: share of the answers above a threshold that must be right.

    Returns:
        The threshold of each class except `UNKNOWN`, and one for all families.
    """
    names = np.array(classes)
    best, sure = names[probabilities.argmax(axis=1)], probabilities.max(axis=1)
    true = np.array(labels)
    weight = 1.0 / np.array([np.sum(true == label) for label in true])
    found = {
        name: _threshold(
            sure[best == name], (true == name)[best == name], weight[best == name], precision
        )
        for name in classes
        if name != UNKNOWN
    }
    totals, family = family_probabilities(probabilities, classes, families)
    picked, total = totals.argmax(axis=1), totals.max(axis=1)
    right = np.array(
        [families.get(t) == family[k] for t, k in zip(true, picked, strict=True)], bool
    )
    return found, _threshold(total, right, weight, precision)


def family_probabilities(
    probabilities: np.ndarray, classes: Sequence[str], families: Mapping[str, str]
) -> tuple[np.ndarray, list[str]]:
    """The summed probability of each family, [N, families], and their names."""
    names = sorted({families[name] for name in classes if name in families})
    of = np.array([[families.get(c) == name for name in names] for c in classes], float)
    return probabilities @ of, names


def _threshold(sure: np.ndarray, right: np.ndarray, weight: np.ndarray, precision: float) -> float:
    """The least value of `GRID` from which on the weighted share of right answers suffices."""
    if len(sure) == 0:
        return DEFAULT
    for value in GRID:
        above = sure >= value
        if not above.any() or np.average(right[above], weights=weight[above]) >= precision:
            return float(value)
    return float(GRID[-1])

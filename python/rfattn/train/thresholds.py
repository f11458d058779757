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
PRECISION = 0.9
"""Share of the answers for a class above its threshold that must be right."""
ALL_PRECISION = 0.95
"""Share of all answers that must be right. Few emissions of a class validate, so that its own
threshold is often too low by chance; that of all answers is a floor for every class."""
UNKNOWN_WEIGHT = 0.25
"""Weight of all emissions of no class, over that of all others."""


def choose_thresholds(
    probabilities: np.ndarray,
    labels: Sequence[str],
    classes: Sequence[str],
    families: Mapping[str, str],
) -> tuple[dict[str, float], float]:
    """The least confidences of `GRID` above which enough answers are right.

    Of the answers for a class these are `PRECISION`, and of those for all classes `ALL_PRECISION`.
    Every class counts the same, however many emissions it has, and emissions of no class count
    `UNKNOWN_WEIGHT`. Where no value suffices, the threshold is one that no answer of the validation
    reaches, or the highest.

    Args:
        probabilities: of each emission, [N, n_classes].
        labels: its true class, or `UNKNOWN`: [N].
        classes: names of the columns.
        families: family by class.

    Returns:
        The threshold of each class except `UNKNOWN`, and one for all families.
    """
    true, names = np.array(labels), np.array(classes)
    best, sure = names[probabilities.argmax(axis=1)], probabilities.max(axis=1)
    weight = _weights(true)
    found = {}
    for name in classes:
        if name != UNKNOWN:
            named = best == name
            found[name] = _threshold(sure[named], true[named] == name, weight[named])
    answered = np.array([sure[k] >= found.get(name, np.inf) for k, name in enumerate(best)], bool)
    right = (best == true)[answered]
    floor = _threshold(sure[answered], right, weight[answered], ALL_PRECISION)
    if answered.any():
        found = {name: max(value, floor) for name, value in found.items()}
    return found, _family_threshold(probabilities, labels, classes, families, weight)


def _weights(true: np.ndarray) -> np.ndarray:
    """The weight of each emission by its label."""
    names, index, counts = np.unique(true, return_inverse=True, return_counts=True)
    known = max(1, np.count_nonzero(names != UNKNOWN))
    shares = np.where(names == UNKNOWN, UNKNOWN_WEIGHT * known, 1.0)
    return (shares / counts)[index]


def _family_threshold(probabilities, labels, classes, families, weight) -> float:
    sums, names = family_probabilities(probabilities, classes, families)
    if not names:
        return DEFAULT
    picked = [names[k] for k in sums.argmax(axis=1)]
    right = np.array([families.get(t) == p for t, p in zip(labels, picked, strict=True)], bool)
    return _threshold(sums.max(axis=1), right, weight)


def family_probabilities(
    probabilities: np.ndarray, classes: Sequence[str], families: Mapping[str, str]
) -> tuple[np.ndarray, list[str]]:
    """The summed probability of each family, [N, families], and their names."""
    names = sorted({families[name] for name in classes if name in families})
    of = np.array([[families.get(c) == name for name in names] for c in classes], float)
    return probabilities @ of.reshape(len(classes), len(names)), names


def _threshold(
    sure: np.ndarray, right: np.ndarray, weight: np.ndarray, precision: float = PRECISION
) -> float:
    """The least value of `GRID` above which the weighted share of right answers suffices."""
    if len(sure) == 0:
        return DEFAULT
    for value in GRID:
        above = sure >= value
        if not above.any() or np.average(right[above], weights=weight[above]) >= precision:
            return float(value)
    return float(GRID[-1])

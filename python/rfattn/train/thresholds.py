# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Chooses how sure a model must be before its answer counts as a label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .data import UNKNOWN

GRID = np.linspace(0.5, 0.95, 46)
"""Thresholds that are tried: below a half, all other answers together are more probable."""
PRECISION = 0.9
"""Share of the answers above a threshold that must be right."""
PRIOR_ANSWERS = 10
"""Answers for all classes that count beside those for one class. Few emissions of a class validate,
so that a threshold from them alone would be too low or too high by chance."""


def choose_thresholds(
    probabilities: np.ndarray,
    labels: Sequence[str],
    classes: Sequence[str],
    families: Mapping[str, str],
    weights: np.ndarray | None = None,
) -> tuple[dict[str, float], float]:
    """The least confidences of `GRID` above which enough answers are right.

    Of the answers for a class these are `PRECISION`, where `PRIOR_ANSWERS` are added that are right
    as often as those for all classes above the same threshold. Where no value suffices, the
    threshold is one that no answer of the validation reaches, or the highest.

    Args:
        probabilities: of each emission, [N, n_classes].
        labels: its true class, or `UNKNOWN`: [N].
        classes: names of the columns.
        families: family by class.
        weights: how many answers each emission counts as, [N]; None: one.

    Returns:
        The threshold of each class except `UNKNOWN`, and one for all families.
    """
    true, names = np.array(labels), np.array(classes)
    weights = np.ones(len(true)) if weights is None else np.asarray(weights, float)
    best, sure = names[probabilities.argmax(axis=1)], probabilities.max(axis=1)

    def precisions(chosen: np.ndarray, *prior) -> np.ndarray:
        return _precisions(sure[chosen], (best == true)[chosen], weights[chosen], *prior)

    common = precisions(best != UNKNOWN)
    found = {
        name: _least(precisions(best == name, PRIOR_ANSWERS, common))
        for name in classes
        if name != UNKNOWN
    }
    return found, _family_threshold(probabilities, labels, classes, families, weights)


def _family_threshold(probabilities, labels, classes, families, weights) -> float:
    sums, names = family_probabilities(probabilities, classes, families)
    if not names:
        return float(GRID[-1])
    picked = [names[k] for k in sums.argmax(axis=1)]
    right = np.array([families.get(t) == p for t, p in zip(labels, picked, strict=True)], bool)
    return _least(_precisions(sums.max(axis=1), right, weights))


def family_probabilities(
    probabilities: np.ndarray, classes: Sequence[str], families: Mapping[str, str]
) -> tuple[np.ndarray, list[str]]:
    """The summed probability of each family, [N, families], and their names."""
    names = sorted({families[name] for name in classes if name in families})
    of = np.array([[families.get(c) == name for name in names] for c in classes], float)
    return probabilities @ of.reshape(len(classes), len(names)), names


def _precisions(
    sure: np.ndarray,
    right: np.ndarray,
    weights: np.ndarray,
    more: int = 0,
    precision: np.ndarray | float = 1.0,
) -> np.ndarray:
    """Share of the answers above each value of `GRID` that are right, float64 [values]; 1 where
    there are none.

    Args:
        weights: how many answers each counts as.
        more: further answers above each value.
        precision: share of these that is right, a number or [values].
    """
    above = (sure[None, :] >= GRID[:, None]) * weights
    hits, count = above @ right.astype(float), above.sum(axis=1) + more
    return np.where(count > 0, (hits + more * precision) / np.maximum(count, 1), 1.0)


def _least(precisions: np.ndarray) -> float:
    """The least value of `GRID` whose precision suffices, or the highest."""
    enough = np.flatnonzero(precisions >= PRECISION)
    return float(GRID[enough[0]] if len(enough) else GRID[-1])

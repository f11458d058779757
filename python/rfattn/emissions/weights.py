# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Probabilities of classes times weights that come from something else than the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

Names = tuple[str, ...]
"""Of the classes, in the order of their probabilities."""


@dataclass(frozen=True, eq=False)
class Weighing:
    """What a measurement changes of the probabilities of the classes ``names``.

    Attributes:
        weights: > 0, of each class, in any scale; None: all are equal, which changes no bit.
        least: what the probability of each class counts as at least, before it is weighed; None:
            any.
    """

    names: Names
    weights: np.ndarray | None = None
    least: np.ndarray | None = None

    def apply(self, probabilities: np.ndarray) -> np.ndarray:
        """The probabilities, float64 [classes], times the weights, so that they again add up to 1.
        Where there are no weights, but least probabilities, they add up to 1 or more."""
        if self.least is not None:
            probabilities = np.maximum(probabilities, self.least)
        if self.weights is None:
            return probabilities
        products = probabilities * self.weights
        total = sum(products.tolist())  # the sum of Python rounds less than that of numpy
        return products / total if total > 0 else probabilities

    def of(self, probabilities: Mapping[str, float]) -> dict[str, float]:
        """As `apply`, by class."""
        found = self.apply(np.array([probabilities[name] for name in self.names]))
        return dict(zip(self.names, found.tolist(), strict=True))


def weighted(
    names: Names, weights: Mapping[str, float], least: Mapping[str, float] | None = None
) -> Weighing:
    """By class: a weight for each of the names, and least probabilities of some of them."""
    found = np.array([weights[name] for name in names])
    bounds = None
    if least and not least.keys().isdisjoint(names):
        bounds = np.array([least.get(name, 0.0) for name in names])
    return Weighing(names, None if len(set(found.tolist())) <= 1 else found, bounds)


def unchanged(names: Names) -> Weighing:
    """Of a measurement that is absent or fits all classes."""
    return Weighing(names)


def fitting(names: Names, fits: np.ndarray, others: float) -> Weighing:
    """Of a measurement that does not fit some classes.

    Args:
        fits: bool [classes], whether it fits them.
        others: weight of a class that it does not fit, > 0.
    """
    is_same = fits.all() or not fits.any()
    return Weighing(names, None if is_same else np.where(fits, 1.0, others))


def favoured(names: Names, name: str, least: float, others: float) -> Weighing:
    """Of something that speaks for one class.

    Args:
        name: of that class, one of them; it counts as at least ``least`` probable.
        others: weight of all other classes, > 0.
    """
    weights = dict.fromkeys(names, others) | {name: 1.0}
    return weighted(names, weights, {name: least})


def values_of(names: Names, values: Mapping[str, float], absent: float) -> np.ndarray:
    """The value of each class, float64 [classes]."""
    return np.array([values.get(name, absent) for name in names])

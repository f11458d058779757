# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Probabilities of classes times weights that come from something else than the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping


def weighted(probabilities: Mapping[str, float], weights: Mapping[str, float]) -> dict[str, float]:
    """The probabilities times the weights of their classes, so that they again add up to 1.

    Equal weights change no bit.

    Args:
        probabilities: by class.
        weights: > 0 for every class, in any scale.
    """
    if len({weights[name] for name in probabilities}) <= 1:
        return dict(probabilities)
    products = {name: p * weights[name] for name, p in probabilities.items()}
    total = sum(products.values())
    return {n: p / total for n, p in products.items()} if total > 0 else dict(probabilities)


def fitting(
    probabilities: Mapping[str, float], fits: Callable[[str], bool], others: float
) -> dict[str, float]:
    """The probabilities, adding up to 1, where what was measured does not fit some classes.

    Args:
        probabilities: by class.
        fits: whether it fits a class.
        others: weight of a class that it does not fit, > 0.
    """
    return weighted(probabilities, {n: 1.0 if fits(n) else others for n in probabilities})


def at_least(probabilities: Mapping[str, float], least: Mapping[str, float]) -> dict[str, float]:
    """The probabilities, of which those of some classes are raised; they add up to 1 or more.

    Args:
        probabilities: by class.
        least: by class; one that is not among the probabilities changes nothing.
    """
    return {name: max(p, least.get(name, 0.0)) for name, p in probabilities.items()}


def favoured(
    probabilities: Mapping[str, float], name: str, least: float, others: float
) -> dict[str, float]:
    """The probabilities, adding up to 1, where something speaks for one class.

    Args:
        probabilities: by class.
        name: of that class, one of them; it counts as at least ``least`` probable.
        others: weight of all other classes, > 0.
    """
    raised = at_least(probabilities, {name: least})
    return fitting(raised, lambda n: n == name, others)

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures of a classifier from labels and scores, in numpy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def recalls(labels: Sequence[str], predicted: Sequence[str]) -> dict[str, float]:
    """For each label its share that was predicted right."""
    labels, predicted = np.asarray(labels), np.asarray(predicted)
    return {str(k): float((predicted[labels == k] == k).mean()) for k in np.unique(labels)}


def balanced_accuracy(labels: Sequence[str], predicted: Sequence[str]) -> float | None:
    """The mean of the recalls of the labels that occur; None without any."""
    found = recalls(labels, predicted)
    return float(np.mean(list(found.values()))) if found else None


def confusion(labels: Sequence[str], predicted: Sequence[str]) -> dict[str, dict[str, int]]:
    """How often each label was taken for what: {label: {predicted: count}}."""
    table: dict[str, dict[str, int]] = {}
    for label, guess in zip(labels, predicted, strict=True):
        row = table.setdefault(label, {})
        row[guess] = row.get(guess, 0) + 1
    return {label: dict(sorted(row.items())) for label, row in sorted(table.items())}


def auroc(known: Sequence[float], unknown: Sequence[float]) -> float | None:
    """How well a score that is high for the known tells it from the unknown: 1 always, 0.5 not at
    all.

    The probability that a known one scores higher than an unknown one, ties counting half; None
    when one of the two is empty.
    """
    if len(known) == 0 or len(unknown) == 0:
        return None
    difference = np.asarray(known)[:, None] - np.asarray(unknown)[None, :]
    return float((difference > 0).mean() + 0.5 * (difference == 0).mean())

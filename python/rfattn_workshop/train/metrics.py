# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Computes figures of a classifier from labels and scores, in numpy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def recalls(labels: Sequence[str], predicted: Sequence[str]) -> dict[str, float]:
    """For each label the share of its items that were predicted right."""
    labels, predicted = np.asarray(labels), np.asarray(predicted)
    return {str(k): float((predicted[labels == k] == k).mean()) for k in np.unique(labels)}


def balanced_accuracy(labels: Sequence[str], predicted: Sequence[str]) -> float | None:
    """The mean recall of the labels that occur; None if there are none."""
    found = recalls(labels, predicted)
    return float(np.mean(list(found.values()))) if found else None


def confusion(labels: Sequence[str], predicted: Sequence[str]) -> dict[str, dict[str, int]]:
    """How often each label was predicted as which: {label: {predicted: count}}."""
    table: dict[str, dict[str, int]] = {}
    for label, guess in zip(labels, predicted, strict=True):
        row = table.setdefault(label, {})
        row[guess] = row.get(guess, 0) + 1
    return {label: dict(sorted(row.items())) for label, row in sorted(table.items())}


def auroc(known: Sequence[float], unknown: Sequence[float]) -> float | None:
    """How well a score separates known from unknown items: 1 is always, 0.5 is chance.

    It is the probability that a known item scores higher than an unknown one; ties count half. None
    if one of the two is empty.
    """
    if len(known) == 0 or len(unknown) == 0:
        return None
    difference = np.asarray(known)[:, None] - np.asarray(unknown)[None, :]
    return float((difference > 0).mean() + 0.5 * (difference == 0).mean())

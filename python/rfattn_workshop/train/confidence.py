# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Computes 95 % intervals of a classifier's figures.

Counts get Wilson's interval, the other figures a cluster bootstrap: recordings of one group (a
session, a device) are alike, so it draws whole groups with replacement (Field and Welsh 2007) and
takes percentiles. A class that a draw misses does not count in the mean of that draw. With few
groups such an interval tends to be too narrow.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from gnuradio.rfattn.wilson import CONFIDENCE, Interval, wilson

DRAWS = 2000


def intervals(rows: Sequence[dict], classes: Sequence[str]) -> dict[str, Interval | None]:
    """The intervals of the figures that `evaluate.summarise` computes from the same rows.

    A figure without recordings, or with fewer than two groups of them, has None.
    """
    known = [row for row in rows if row["label"] in classes]
    right = [row["predicted"] == row["label"] for row in known]
    steps_right = [row["window_predictions"].get(row["label"], 0) for row in known]
    draws = redraw([row["group"] for row in known])
    labels = [row["label"] for row in known]
    found = {
        "correct": wilson(sum(right), len(right)),
        "balanced_accuracy": _percentiles(_balanced(draws, labels, right, np.ones(len(known)))),
        "window_balanced_accuracy": _percentiles(
            _balanced(draws, labels, steps_right, [row["windows"] for row in known])
        ),
    }
    is_known = np.array([row["label"] in classes for row in rows])
    if not is_known.all():
        draws = redraw([row["group"] for row in rows])
        for name, score in (("ood_auroc", "confidence"), ("ood_auroc_energy", "energy")):
            scores = np.array([row[score] for row in rows])
            found[name] = _percentiles(_auroc(draws, scores, is_known))
    return found


def redraw(groups: Sequence[str], draws: int = DRAWS, seed: int = 0) -> np.ndarray:
    """Draws as many groups as there are, with replacement, ``draws`` times.

    Returns:
        How often each row is in each draw: int [draws, rows]. With fewer than two groups there are
        no draws.
    """
    names, index = np.unique(groups, return_inverse=True)
    if len(names) < 2:
        return np.empty((0, len(groups)), int)
    rng = np.random.default_rng(seed)
    return rng.multinomial(len(names), np.full(len(names), 1 / len(names)), draws)[:, index]


def _balanced(draws: np.ndarray, labels, right, count) -> np.ndarray:
    """Balanced accuracy of each draw; in each row ``right`` of ``count`` were right."""
    of_class = np.array([[label == name for name in sorted(set(labels))] for label in labels])
    with np.errstate(invalid="ignore"):  # 0 / 0 where a draw misses a class
        recalls = (draws * right) @ of_class / ((draws * count) @ of_class)
    return np.nanmean(recalls, axis=1)


def _auroc(draws: np.ndarray, scores: np.ndarray, is_known: np.ndarray) -> np.ndarray:
    """AUROC of each draw that has known and unknown rows; see `metrics.auroc`."""
    difference = scores[is_known][:, None] - scores[~is_known][None, :]
    wins = (difference > 0) + 0.5 * (difference == 0)
    known, unknown = draws[:, is_known], draws[:, ~is_known]
    pairs = known.sum(axis=1) * unknown.sum(axis=1)
    both = pairs > 0
    return ((known @ wins) * unknown).sum(axis=1)[both] / pairs[both]


def _percentiles(values: np.ndarray) -> Interval | None:
    if len(values) == 0:
        return None
    tail = 50 * (1 - CONFIDENCE)
    low, high = np.percentile(values, [tail, 100 - tail])
    return float(low), float(high)

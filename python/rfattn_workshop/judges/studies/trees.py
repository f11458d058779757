# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plain rivals: trees on the numbers behind an emission's spectra, and on the mean spectrum."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

import numpy as np
from gnuradio.rfattn.recordings.emission_features import FEATURES
from gnuradio.rfattn_station.learning.cut_set import Cut

from .exam import Answer, label_of

NUMBERS, SPECTRUM = "trees_numbers", "trees_numbers_spectrum"
SETTINGS = {
    "max_iter": 100,
    "max_leaf_nodes": 15,
    "learning_rate": 0.1,
    "l2_regularization": 1.0,
    "early_stopping": False,
    "class_weight": "balanced",
}
_ROWS = 4
"""Training rows of a cut: what is known after a random part of it, since bursts are short."""
_LEAST = 1e-6
"""Least probability of a class, as that of a step of a network."""


def require() -> None:
    """
    Raises:
        ImportError: naming the Debian package.
    """
    for module, package in (("sklearn", "python3-sklearn"), ("scipy", "python3-scipy")):
        if find_spec(module) is None:
            raise ImportError(f"study: {module} is not installed (apt-get install {package})")


def fit(name: str, cuts: Sequence[Cut], classes: Sequence[str], seed: int) -> Answer:
    """Boosted trees of `NUMBERS` or `SPECTRUM`, with parts of the cuts that the seed draws."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    rng, rows, labels = np.random.default_rng([seed, 4]), [], []
    for cut in cuts:
        for end in rng.integers(1, len(cut.tokens), _ROWS, endpoint=True):
            rows.append(_features([cut.tokens[:end]], name))
            labels.append(classes.index(label_of(cut)))
    trees = HistGradientBoostingClassifier(random_state=seed, **SETTINGS)
    trees.fit(np.stack(rows), labels)

    def answer(emissions: Sequence[Sequence[np.ndarray]]) -> list[np.ndarray]:
        found = np.full((len(emissions), len(classes)), _LEAST)
        asked = np.stack([_features(parts, name) for parts in emissions])
        found[:, trees.classes_] = np.maximum(trees.predict_proba(asked), _LEAST)
        return list(np.log(found / found.sum(axis=1, keepdims=True)))

    return answer


def _features(parts: Sequence[np.ndarray], name: str) -> np.ndarray:
    """The newest numbers of an emission, and its mean spectrum without its level."""
    numbers = parts[-1][-1, -len(FEATURES) :].astype(np.float32)
    if name == NUMBERS:
        return numbers
    spectra = np.concatenate([part[:, : -len(FEATURES)] for part in parts])
    mean = spectra.mean(axis=0, dtype=np.float32)
    return np.concatenate([numbers, mean - mean.mean()])

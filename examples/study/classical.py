# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The classical baseline: trees on features of the same spectra and training sequences.

At each step it sees the same as an attention layer, the last ``window`` tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from importlib.util import find_spec

import numpy as np
from gnuradio.rfattn.train import TrainConfig
from gnuradio.rfattn.train.augment import vary
from gnuradio.rfattn.train.data import IGNORE, Sampler
from gnuradio.rfattn.train.loop import pool_batch_sizes
from gnuradio.rfattn.train.read_data import Pool

from exam import Answer, Exam

_LAGS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96)
_PERCENTILES = (1, 5, 25, 50, 75, 95, 99)
_SHARES = (0.5, 0.9, 0.99)
_RISE_DB = 6.0
"""A token counts as busy from this far above the lowest level."""
_EPS = 1e-9


def require() -> None:
    """
    Raises:
        ImportError: naming the Debian package.
    """
    for module, package in (("sklearn", "python3-sklearn"), ("scipy", "python3-scipy")):
        if find_spec(module) is None:
            raise ImportError(f"study: {module} is not installed (apt-get install {package})")


def features(spectra: np.ndarray) -> np.ndarray:
    """Features of spectra [T, n_bins] in dB, independent of their level: float32 [F].

    Of the mean spectrum: spread, percentiles, occupied bandwidth, flatness, centre. Of the power by
    time: spread, percentiles, duty, autocorrelation. Of both: spread of each bin over time, flux.
    """
    spectra = spectra.astype(np.float64)
    spectra = spectra - spectra.mean()
    power = 10 ** (spectra / 10)
    return np.concatenate(
        [
            _of_shape(spectra.mean(axis=0), power.mean(axis=0)),
            _of_series(spectra.mean(axis=1)),
            _of_series(10 * np.log10(power.mean(axis=1))),
            _of_changes(spectra),
            np.percentile(spectra, _PERCENTILES),
        ]
    ).astype(np.float32)


def _of_shape(level: np.ndarray, power: np.ndarray) -> np.ndarray:
    """Mean spectrum in dB and linear, [n_bins] each."""
    share = power / power.sum()
    bins = np.arange(len(share)) / len(share)
    centre = (share * bins).sum()
    spread = np.sqrt((share * (bins - centre) ** 2).sum())
    falling = np.sort(share)[::-1].cumsum()
    occupied = [np.searchsorted(falling, s) / len(share) for s in _SHARES]
    edges = [np.searchsorted(share.cumsum(), s) / len(share) for s in (0.005, 0.995)]
    flatness = np.exp(np.log(power + _EPS).mean()) / power.mean()
    middle = len(level) // 2
    line = level[middle] - np.median(level[max(0, middle - 4) : middle + 5])
    roughness = np.abs(np.diff(level)).mean()
    ends = [level.std(), *np.percentile(level, _PERCENTILES), np.ptp(level)]
    asymmetry = np.abs(level - level[::-1]).mean()
    place = [centre, abs(centre - 0.5), spread, *occupied, *edges, edges[1] - edges[0]]
    return np.array([*place, flatness, line, roughness, asymmetry, *ends])


def _of_series(level: np.ndarray) -> np.ndarray:
    """Power by time in dB, [T]."""
    busy = level > np.percentile(level, 5) + _RISE_DB
    turns = np.count_nonzero(np.diff(busy)) / len(level)
    centred = level - level.mean()
    variance = (centred**2).mean() + _EPS
    lags = [
        (centred[:-k] * centred[k:]).mean() / variance if k < len(level) else 0.0 for k in _LAGS
    ]
    moments = [(centred**p).mean() / variance ** (p / 2) for p in (3, 4)]
    activity = [busy.mean(), turns]
    return np.array(
        [np.sqrt(variance), *moments, *activity, *lags, *np.percentile(centred, _PERCENTILES)]
    )


def _of_changes(spectra: np.ndarray) -> np.ndarray:
    """Changes of the bins over time; spectra [T, n_bins] in dB."""
    spread = spectra.std(axis=0)
    flux = np.abs(np.diff(spectra, axis=0)).mean(axis=1) if len(spectra) > 1 else np.zeros(1)
    strongest = spectra.argmax(axis=1)
    hops = np.count_nonzero(np.diff(strongest)) / len(spectra)
    within = spectra.std(axis=1)
    held = spectra.max(axis=0) - spectra.mean(axis=0)
    bins = [spread.mean(), spread.std(), np.ptp(spread), flux.mean(), flux.std(), hops]
    peaks = [strongest.std() / spectra.shape[1], within.mean(), within.std()]
    return np.array([*bins, *peaks, held.mean(), held.std()])


class StepFeatures:
    """Features of each step of a stream: those of its window and those of its own tokens.

    Features of the exam's spectra are cached, because every seed needs the same ones.
    """

    def __init__(self, block_size: int, window: int):
        self._n, self._window = block_size, window
        self._kept: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def of(self, spectra: np.ndarray) -> np.ndarray:
        """spectra [T, n_bins] → float32 [T // n, 2 F]"""
        source, found = self._kept.get(id(spectra), (None, None))
        if source is not spectra:
            ends = range(self._n, len(spectra) + 1, self._n)
            found = np.stack([self.at(spectra, end) for end in ends])
            self._kept[id(spectra)] = spectra, found
        return found

    def at(self, spectra: np.ndarray, end: int) -> np.ndarray:
        """Features of the step that ends before token ``end``: float32 [2 F]."""
        seen, last = spectra[max(0, end - self._window) : end], spectra[end - self._n : end]
        return np.concatenate([features(seen), features(last)])


def training_set(
    pools: Sequence[Pool], config: TrainConfig, steps: StepFeatures, sequences: int
) -> tuple[np.ndarray, np.ndarray]:
    """Features [N, 2 F] and labels [N] of one labelled step of each of ``sequences`` sequences.

    Sequences are drawn and varied like those of the networks, so that every class, group and
    variant occurs.
    """
    n = config.model.block_size
    rng = np.random.default_rng([config.seed, 4])
    rows, labels = [], []
    counts = pool_batch_sizes(pools, sequences)
    for k, (pool, count) in enumerate(zip(pools, counts, strict=True)):
        sampler = Sampler(
            pool.recordings,
            config.sequence_tokens,
            n,
            config.plain,
            config.seed + k,
            partial(vary, config.augmentation),
        )
        wanted = len(rows) + count
        while len(rows) < wanted:
            (spectra,), (targets,) = sampler.batch(1)
            claimed = np.flatnonzero(targets != IGNORE)
            if len(claimed):
                block = int(rng.choice(claimed))
                rows.append(steps.at(spectra, (block + 1) * n))
                labels.append(int(targets[block]))
    return np.stack(rows), np.array(labels)


def fit(
    pools: Sequence[Pool],
    config: TrainConfig,
    exam: Exam,
    steps: StepFeatures,
    sequences: int,
    trees: int,
) -> tuple[Answer, dict]:
    """The best of three kinds of trees by the validation score of the networks, and its
    ``kind``."""
    x, y = training_set(pools, config, steps, sequences)
    scored = []
    for name, classifier in _candidates(config, trees).items():
        answer = _answer(classifier.fit(x, y), steps, len(exam.classes))
        figures = [exam.figures(answer, exam.sets[s]) for s in ("val", "val_augmented")]
        score = np.mean([f["window_balanced_accuracy"] for f in figures])
        scored.append((float(score), name, answer))
    _, name, answer = max(scored, key=lambda entry: entry[0])
    return answer, {"kind": name}


def _candidates(config: TrainConfig, trees: int) -> dict:
    from sklearn.ensemble import (
        ExtraTreesClassifier,
        HistGradientBoostingClassifier,
        RandomForestClassifier,
    )

    forest = {"n_estimators": trees, "n_jobs": config.threads, "random_state": config.seed}
    return {
        "random forest": RandomForestClassifier(**forest, max_features=0.2),
        "extra trees": ExtraTreesClassifier(**forest, max_features=0.3),
        "gradient boosting": HistGradientBoostingClassifier(
            max_iter=max(10, trees // 5),
            max_leaf_nodes=15,
            l2_regularization=1.0,
            early_stopping=False,
            random_state=config.seed,
        ),
    }


def _answer(classifier, steps: StepFeatures, n_classes: int) -> Answer:
    return lambda spectra: _logits(classifier, [steps.of(s) for s in spectra], n_classes)


def _logits(trees, steps: Sequence[np.ndarray], n_classes: int) -> list[np.ndarray]:
    """Log probabilities of each recording's steps; tiny for a class that was never drawn."""
    logits = np.full((sum(map(len, steps)), n_classes), np.log(_EPS))
    logits[:, trees.classes_] = np.log(np.maximum(trees.predict_proba(np.concatenate(steps)), _EPS))
    return np.split(logits, np.cumsum([len(s) for s in steps])[:-1])

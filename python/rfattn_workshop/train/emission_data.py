# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns cuts of emissions into the data of a training run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np
from gnuradio.rfattn.checked import CheckedDataclass
from gnuradio.rfattn.messages.label_text import UNKNOWN
from gnuradio.rfattn.recordings.emission_features import FEATURES
from gnuradio.rfattn.recordings.labelled_folder import OTHER
from gnuradio.rfattn_station.learning.cut_set import MADE, Cut
from gnuradio.rfattn_station.learning.variants import Augmentation

from .augment import vary
from .data import Tokens
from .read_data import Pool, TrainingData

_SPLIT_SEED = 5


@dataclass(frozen=True)
class FeatureNoise(CheckedDataclass):
    """How far the features of a drawn sequence differ from those that were measured."""

    title: ClassVar[str] = "features"

    jitter: float = 0.08
    """Standard deviation of what is added to the features, in their own units; 3 times as much to
    the SNR, half as much to the duty, 0.03 times to symbol rates, which is 0.3 %: the cuts
    hold the errors of the transmitters' clocks already."""
    dropped: float = 0.1
    """Share of the sequences in which a feature is 0, drawn for each feature or `TOGETHER`."""
    all_dropped: float = 0.05
    """Share of the sequences in which all features are 0."""
    moved_bins: int = 3
    """Largest shift of the spectra along frequency, in bins, as that of a box's centre."""


_JITTER = {
    "ended": 0.0,
    "periodic": 0.0,
    "snr": 3.0,
    "duty": 0.5,
    "am_rate": 0.03,
    "fm_rate": 0.03,
}
"""Factors of `FeatureNoise.jitter`, where they are not 1."""

TOGETHER = {"periodic": "period", "am_line": "am_rate", "fm_line": "fm_rate"}
"""Features that are dropped with another one: a strong line at a rate of 0 would mean 4800 Hz."""


def vary_emission(
    settings: Augmentation, noise: FeatureNoise, tokens: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Changes a drawn sequence as another receiver and another box would.

    Args:
        settings: of the spectra.
        noise: of the features.
        tokens: float32 [T, n_bins + features].

    Returns:
        float32 [T, n_bins + features].
    """
    n_bins = tokens.shape[1] - len(FEATURES)
    spectra, features = tokens[:, :n_bins], tokens[:, n_bins:].copy()
    move = int(rng.integers(-noise.moved_bins, noise.moved_bins + 1))
    if move:
        spectra = np.roll(spectra, move, axis=1)
        edge = slice(0, move) if move > 0 else slice(move, None)
        spectra[:, edge] = spectra[:, [move if move > 0 else move - 1]]
    spectra = vary(settings, spectra, rng)
    features += _jitter(noise, rng)
    dropped = rng.random(len(FEATURES)) < noise.dropped
    for name, other in TOGETHER.items():
        dropped[FEATURES.index(name)] = dropped[FEATURES.index(other)]
    if rng.random() < noise.all_dropped:
        dropped[:] = True
    features[:, dropped] = 0.0
    return np.concatenate([spectra, features], axis=1)


def _jitter(noise: FeatureNoise, rng: np.random.Generator) -> np.ndarray:
    """What is added to the features of a sequence, float32 [features]; flags stay as they are."""
    factors = np.array([_JITTER.get(name, 1.0) for name in FEATURES])
    return (factors * noise.jitter * rng.standard_normal(len(FEATURES))).astype(np.float32)


def emission_data(
    cuts: Sequence[Cut],
    augmentation: Augmentation,
    recorded_share: float,
    unknown_share: float,
    val_share: float,
) -> TrainingData:
    """The data of a training run on cuts.

    Classes are the labels of the training cuts, and `UNKNOWN` for those of `OTHER`. Pieces of
    signals teach nothing, since nothing tells how much of the signal shows in them. Some groups of
    made-up cuts validate; recordings validate and test as their splits state. Without recordings of
    split `val`, the made-up cuts take their place.

    Args:
        cuts: each with at least one step of the model.
        augmentation: of the spectra of drawn sequences.
        recorded_share: share of the sequences from cuts of recordings.
        unknown_share: share of the sequences from cuts of no class.
        val_share: share of the groups of made-up cuts that validates; the larger one of two shares
            holds the groups of the smaller one.

    Raises:
        ValueError: no class has made-up cuts to train on, or none of these validate.
    """
    whole = [cut for cut in cuts if not cut.is_piece]
    training = training_cuts(cuts, val_share)
    labels = sorted({c.label for c in whole if c.split == "train"} - {OTHER})
    classes = (*labels, UNKNOWN)
    index = {name: k for k, name in enumerate(classes)} | {OTHER: len(labels)}
    pools = _pools(training, index, recorded_share, unknown_share)
    sets = {
        name: [as_tokens(cut, index) for cut in found]
        for name, found in cut_sets(whole, val_share, classes).items()
    }
    return TrainingData(classes, sets, pools, partial(vary_emission, augmentation, FeatureNoise()))


def training_cuts(cuts: Sequence[Cut], val_share: float) -> list[Cut]:
    """The cuts that teach: whole ones of split `train` that do not validate."""
    return [
        cut
        for cut in cuts
        if cut.split == "train" and not cut.is_piece and not _validates(cut, val_share)
    ]


def cut_sets(cuts: Sequence[Cut], val_share: float, classes: Sequence[str]) -> dict[str, list[Cut]]:
    """The cuts that validate and test, by split, without those of labels that are no class.

    Raises:
        ValueError: no made-up cuts validate.
    """
    cuts = [cut for cut in cuts if cut.label in (*classes, OTHER)]
    made = [cut for cut in cuts if _validates(cut, val_share)]
    if not made:
        raise ValueError("training: no made-up cuts validate: cut more --rounds")
    sets = {split: [cut for cut in cuts if cut.split == split] for split in ("val", "test")}
    sets["val"] = sets["val"] or made
    return {name: found for name, found in sets.items() if found} | {"val_augmented": made}


def _pools(
    training: Sequence[Cut], index: dict[str, int], recorded_share: float, unknown_share: float
) -> list[Pool]:
    """What training sequences are drawn from: made-up cuts, those of no class, and recordings."""
    known = [c for c in training if c.label != OTHER]
    made = [c for c in known if c.origin == MADE]
    recorded = [c for c in known if c.origin != MADE]
    other = [c for c in training if c.label == OTHER]
    if not made:
        raise ValueError("training: the cut sets hold no made-up cuts of a class: cut --rounds 1")
    shares = [(other, unknown_share), (recorded, recorded_share)]
    pools = [
        Pool([[as_tokens(c, index)] for c in found], share)
        for found, share in shares
        if found and share
    ]
    rest = 1.0 - sum(pool.share for pool in pools)
    return [Pool([[as_tokens(c, index)] for c in made], rest), *pools]


def as_tokens(cut: Cut, index: dict[str, int]) -> Tokens:
    """A cut as a recording whose every token is of its class.

    Args:
        index: number of the class by label.
    """
    label = UNKNOWN if cut.label == OTHER else cut.label
    targets = np.full(len(cut.tokens), index[cut.label], np.int64)
    return Tokens(cut.file, label, cut.group, cut.tokens, targets)


def _validates(cut: Cut, share: float) -> bool:
    """Whether a made-up cut is one of the share that validates, by its group."""
    if cut.split != "train" or cut.origin != MADE:
        return False
    draw = np.random.default_rng([_SPLIT_SEED, *cut.group.encode()]).random()
    return bool(draw < share)

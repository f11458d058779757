# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads folders of recordings into what training draws from and what it is judged by."""

from __future__ import annotations

import dataclasses
from functools import lru_cache

import numpy as np

from ..front_end import FrontEnd
from .augment import Augmentation, noise_variants, variants_of
from .data import read_tokens, select
from .folders import UNKNOWN, read_folder, split_folder


@lru_cache(maxsize=1)
def load(folder, front_end: FrontEnd, settings: Augmentation, seed: int, val_share: float = 0.2):
    """Reads a folder once for all models trained on it in one process.

    Returns:
        the class names; the Tokens of each split, and `val_augmented`; the pool of `Sampler`.
    """
    entries, _ = split_folder(folder, val_share, seed)
    training = [e for e in select(entries, "train") if e.label != UNKNOWN]
    classes = tuple(sorted({e.label for e in training}))
    sets = {}
    for split in sorted({e.split for e in entries} - {"train", ""}):
        chosen = select(entries, split)
        strange = {e.label for e in chosen} - {*classes, UNKNOWN}
        if strange:
            raise ValueError(
                f"training: split {split} has classes train lacks: {', '.join(sorted(strange))}"
            )
        sets[split] = [read_tokens(e, front_end, classes) for e in chosen]
    rng = np.random.default_rng([seed, 1])
    few = dataclasses.replace(settings, variants=4, max_tokens=min(1024, settings.max_tokens))
    validation = select(entries, "val")
    sets["val_augmented"] = [
        t for e in validation for t in variants_of(e, front_end, classes, few, rng)
    ]
    rng = np.random.default_rng([seed, 0])
    pool = [
        [read_tokens(e, front_end, classes), *variants_of(e, front_end, classes, settings, rng)]
        for e in training
    ]
    if "noise" in classes:
        pool += noise_variants(front_end, classes, settings, rng)
    return classes, sets, pool


@lru_cache(maxsize=1)
def extra_pool(folders: tuple, classes, front_end: FrontEnd, settings: Augmentation, seed: int):
    """What the extra folders add to training: each recording as it is and two variants of it."""
    rng = np.random.default_rng([seed, 2])
    two = dataclasses.replace(settings, variants=2)
    pool = [
        [read_tokens(e, front_end, classes), *variants_of(e, front_end, classes, two, rng)]
        for folder in folders
        for e in select(read_folder(folder), "train")
        if e.label in classes
    ]
    if not pool:
        raise ValueError(f"training: no recordings of {', '.join(classes)} in the extra folders")
    return pool

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads folders of recordings into what training draws from and what it is judged by."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ..front_end import FrontEnd
from .augment import Augmentation, noise_variants, variants_of
from .data import OTHER, UNKNOWN, Tokens, read_tokens, select
from .folders import read_folder, split_folder


class Pool(NamedTuple):
    """Recordings to draw from, each with its variants, and the share of the sequences that they
    give."""

    recordings: Sequence[Sequence[Tokens]]
    share: float


@lru_cache(maxsize=1)
def load(folder, front_end: FrontEnd, settings: Augmentation, seed: int, val_share: float = 0.2):
    """Reads a folder once for all models trained on it in one process.

    Returns:
        the class names; the Tokens of each split, and `val_augmented`; the pool of `Sampler`.
    """
    entries, _ = split_folder(folder, val_share, seed)
    training = [e for e in select(entries, "train") if e.label != OTHER]
    classes = tuple(sorted({e.label for e in training}))
    sets = {}
    for split in sorted({e.split for e in entries} - {"train", ""}):
        chosen = select(entries, split)
        strange = {e.label for e in chosen} - {*classes, OTHER}
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
def extra_pools(folders: tuple, known, front_end: FrontEnd, settings: Augmentation, seed: int):
    """What the extra folders add to training, each recording as it is and variants of it: a pool of
    recordings of the ``known`` classes, and one of `OTHER`, which teaches the class `UNKNOWN`. One
    of them may be empty.

    Raises:
        ValueError: both are.
    """
    rng = np.random.default_rng([seed, 2])
    settings = dataclasses.replace(settings, variants=settings.extra_variants)
    classes = (*known, UNKNOWN)
    pools: tuple[list[list[Tokens]], list[list[Tokens]]] = [], []
    for folder in folders:
        for entry in select(read_folder(folder), "train"):
            if entry.label in (*known, OTHER):
                plain = read_tokens(entry, front_end, classes)
                varied = variants_of(entry, front_end, classes, settings, rng)
                pools[entry.label == OTHER].append([plain, *varied])
    if not any(pools):
        raise ValueError(
            f"training: no recordings of {', '.join((*known, OTHER))} in the extra folders"
        )
    return pools

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads folders of recordings into what training draws from and what it is judged by."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ..recordings.front_end import FrontEnd
from .augment import Augmentation, noise_variants, variants_of
from .config import TrainConfig
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


class Extra(NamedTuple):
    """What the extra folders add: the classes that only they have, recordings of all classes to
    draw from, those of `OTHER`, which teach the class `UNKNOWN`, and for the added classes
    recordings to validate on and variants of these."""

    classes: tuple[str, ...]
    known: list[list[Tokens]]
    unknown: list[list[Tokens]]
    val: list[Tokens]
    val_augmented: list[Tokens]


@lru_cache(maxsize=1)
def extra_pools(
    folders: tuple,
    classes: tuple,
    kept: tuple,
    front_end: FrontEnd,
    settings: Augmentation,
    seed: int,
) -> Extra:
    """Reads the extra folders, each recording as it is and in variants.

    Args:
        classes: those of the training folder.
        kept: more classes to take up where there are recordings of them. Two of their groups, or
            one where there are no more than two, are held out to validate on.

    Raises:
        ValueError: there is nothing to add.
    """
    entries = [e for folder in folders for e in select(read_folder(folder), "train")]
    added = tuple(sorted(({e.label for e in entries} & {*kept}) - {*classes, OTHER}))
    rng = np.random.default_rng([seed, 2])
    held = {(label, group) for label in added for group in _held(label, entries, rng)}
    settings = dataclasses.replace(settings, variants=settings.extra_variants)
    names = (*classes, *added, UNKNOWN)
    extra = Extra(added, [], [], [], [])
    for entry in entries:
        if entry.label not in (*classes, *added, OTHER):
            continue
        plain = read_tokens(entry, front_end, names)
        varied = variants_of(entry, front_end, names, settings, rng)
        if (entry.label, entry.group) in held:
            extra.val.append(plain)
            extra.val_augmented.extend(varied)
        else:
            (extra.unknown if entry.label == OTHER else extra.known).append([plain, *varied])
    if not (extra.known or extra.unknown):
        raise ValueError(
            f"training: no recordings of {', '.join((*classes, OTHER))} in the extra folders"
        )
    return extra


def read(config: TrainConfig, folder, extra: Sequence, kept: Sequence[str] = ()):
    """The classes, the tokens of each split, and the pools to draw from: that of the folder, and
    those of the extra ones, each with its share of the sequences.

    The ``kept`` classes are taken up where the extra folders have recordings of them.
    """
    settings = (config.front_end, config.augmentation, config.seed)
    classes, sets, pool = load(folder, *settings, config.val_share)
    pools = [Pool(pool, 1.0)]
    if extra:
        found = extra_pools(tuple(extra), classes, tuple(kept), *settings)
        classes = (*classes, *found.classes)
        if found.classes:
            both = {name: sets[name] + getattr(found, name) for name in ("val", "val_augmented")}
            sets = {**sets, **both}
        if found.known:
            pools.append(Pool(found.known, config.extra_share))
        if found.unknown:
            pools.append(Pool(found.unknown, config.unknown_share))
            classes = (*classes, UNKNOWN)
        pools[0] = Pool(pool, 1.0 - sum(other.share for other in pools[1:]))
    return classes, sets, pools


def _held(label: str, entries, rng: np.random.Generator) -> list[str]:
    groups = sorted({e.group for e in entries if e.label == label})
    return list(rng.permutation(groups)[: min(2, len(groups) // 2)])

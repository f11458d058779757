# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads folders of recordings into the data of a training run.

Two steps: `list_files` finds the recordings and refuses what cannot be trained on, within seconds;
`read_data` computes the tokens of all recordings and their variants.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np
from gnuradio.rfattn.messages.label_text import UNKNOWN
from gnuradio.rfattn.recordings.front_end import FrontEnd
from gnuradio.rfattn.recordings.labelled_folder import (
    OTHER,
    LabelledRecording,
    read_folder,
    select_split,
    split_folder,
)
from gnuradio.rfattn.reporting import track
from gnuradio.rfattn_station.learning.variants import Augmentation

from . import distributed
from .augment import make_noise_variants, make_variants, vary
from .check_folder import check_folder, check_recordings
from .config import TrainConfig
from .data import Tokens, Vary, read_tokens


@dataclass(frozen=True)
class Files:
    """The recordings of a training run."""

    folder: str
    entries: list[LabelledRecording]
    """Those of the training folder."""
    moved_groups: set[str]
    """Groups that were moved from split `train` to `val`."""
    extra: dict[str, list[LabelledRecording]]
    """For each extra folder its recordings that join the training."""
    kept_classes: Sequence[str]
    """Classes of the initial model, which stay if an extra folder has recordings of them."""


class Pool(NamedTuple):
    """Recordings to draw sequences from, each with its variants, and their share of a batch."""

    recordings: Sequence[Sequence[Tokens]]
    share: float


class TrainingData(NamedTuple):
    """The tokens of a training run."""

    classes: tuple[str, ...]
    sets: dict[str, list[Tokens]]
    """The tokens of each split except `train`, and `val_augmented`, variants of those of `val`."""
    pools: list[Pool]
    """What training sequences are drawn from: the training folder first, then extra folders."""
    vary: Vary = lambda spectra, rng: spectra
    """Changes each drawn sequence."""


class Extra(NamedTuple):
    """What the extra folders add."""

    classes: tuple[str, ...]
    """Classes that the training folder lacks."""
    known: list[list[Tokens]]
    """Recordings of classes, with their variants."""
    unknown: list[list[Tokens]]
    """Recordings of `OTHER`, which teach the class `UNKNOWN`, with their variants."""
    val: list[Tokens]
    """Recordings of the added classes for validation."""
    val_augmented: list[Tokens]
    """Variants of these."""


def list_files(
    config: TrainConfig, folder, extra: Sequence, kept_classes: Sequence[str] = ()
) -> Files:
    """Lists the recordings of a training folder and of extra folders.

    Of an extra folder, the recordings of split `train` join that belong to a class of the training
    folder, to one of the ``kept_classes`` or to `OTHER`.

    Raises:
        SigMFError: no model can be trained on them (see `check_folder`).
    """
    entries, moved = split_folder(folder, config.val_share, config.seed)
    classes = {e.label for e in entries if e.split == "train"} | {*kept_classes, OTHER}
    joining = {str(more): _list_extra(config, more, classes) for more in extra}
    labels = {e.label for found in joining.values() for e in found}
    check_folder(folder, entries, labels, config.front_end, config.model.block_size)
    return Files(str(folder), entries, moved, joining, tuple(kept_classes))


def read_data(
    config: TrainConfig, folder, extra: Sequence, kept_classes: Sequence[str] = ()
) -> TrainingData:
    """Computes the tokens of all recordings and draws their variants.

    Raises:
        SigMFError: a recording cannot be read.
        ValueError: a split has a class that `train` lacks, or the extra folders add nothing.
    """
    settings = (config.front_end, config.augmentation, config.seed)
    change = partial(vary, config.augmentation)
    classes, sets, pool = read_training_folder(folder, *settings, config.val_share)
    if not extra:
        return TrainingData(classes, sets, [Pool(pool, 1.0)], change)
    found = read_extra_folders(tuple(extra), classes, tuple(kept_classes), *settings)
    classes = (*classes, *found.classes)
    if found.classes:
        both = {name: sets[name] + getattr(found, name) for name in ("val", "val_augmented")}
        sets = {**sets, **both}
    pools = []
    if found.known:
        pools.append(Pool(found.known, config.extra_share))
    if found.unknown:
        pools.append(Pool(found.unknown, config.unknown_share))
        classes = (*classes, UNKNOWN)
    own = Pool(pool, 1.0 - sum(other.share for other in pools))
    return TrainingData(classes, sets, [own, *pools], change)


@lru_cache(maxsize=1)
def read_training_folder(
    folder, front_end: FrontEnd, settings: Augmentation, seed: int, val_share: float = 0.2
):
    """Reads a training folder, once for all models that one process trains on it.

    Returns:
        The classes, the sets of `TrainingData`, and the recordings of the folder's pool.
    """
    entries, _ = split_folder(folder, val_share, seed)
    training = [e for e in select_split(entries, "train") if e.label != OTHER]
    classes = tuple(sorted({e.label for e in training}))
    sets = {}
    for split in sorted({e.split for e in entries} - {"train", ""}):
        chosen = select_split(entries, split)
        strange = {e.label for e in chosen} - {*classes, OTHER}
        if strange:
            raise ValueError(
                f"training: split {split} has classes train lacks: {', '.join(sorted(strange))}"
            )
        sets[split] = [read_tokens(e, front_end, classes) for e in _track(chosen, split)]
    rng = np.random.default_rng([seed, 1])
    few = dataclasses.replace(settings, variants=4, max_tokens=min(1024, settings.max_tokens))
    sets["val_augmented"] = [
        t
        for e in _track(select_split(entries, "val"), "variants of val")
        for t in make_variants(e, front_end, classes, few, rng)
    ]
    rng = np.random.default_rng([seed, 0])
    pool = [
        [read_tokens(e, front_end, classes), *make_variants(e, front_end, classes, settings, rng)]
        for e in _track(training, "train and its variants")
    ]
    if "noise" in classes:
        pool += make_noise_variants(front_end, classes, settings, rng)
    return classes, sets, pool


@lru_cache(maxsize=1)
def read_extra_folders(
    folders: tuple,
    classes: tuple,
    kept_classes: tuple,
    front_end: FrontEnd,
    settings: Augmentation,
    seed: int,
) -> Extra:
    """Reads the extra folders: each recording unaltered and in variants.

    Args:
        classes: those of the training folder.
        kept_classes: further classes to add if there are recordings of them. Two of the groups of
            such a class, or one if it has two or three, are held out for validation.

    Raises:
        ValueError: there is nothing to add.
    """
    entries = [e for folder in folders for e in select_split(read_folder(folder), "train")]
    added = tuple(sorted(({e.label for e in entries} & {*kept_classes}) - {*classes, OTHER}))
    rng = np.random.default_rng([seed, 2])
    held_out = {(label, group) for label in added for group in _draw_groups(label, entries, rng)}
    settings = dataclasses.replace(settings, variants=settings.extra_variants)
    names = (*classes, *added, UNKNOWN)
    extra = Extra(added, [], [], [], [])
    joining = [e for e in entries if e.label in (*classes, *added, OTHER)]
    for entry in _track(joining, "extra folders and their variants"):
        plain = read_tokens(entry, front_end, names)
        varied = make_variants(entry, front_end, names, settings, rng)
        if (entry.label, entry.group) in held_out:
            extra.val.append(plain)
            extra.val_augmented.extend(varied)
        else:
            (extra.unknown if entry.label == OTHER else extra.known).append([plain, *varied])
    if not (extra.known or extra.unknown):
        raise ValueError(
            f"training: no recordings of {', '.join((*classes, OTHER))} in the extra folders"
        )
    return extra


def _list_extra(config: TrainConfig, folder, classes: Collection[str]) -> list[LabelledRecording]:
    """The training recordings of an extra folder that belong to the ``classes``."""
    found = [e for e in read_folder(folder) if e.split == "train" and e.label in classes]
    check_recordings(folder, found, config.front_end, config.model.block_size)
    return found


def _draw_groups(label: str, entries, rng: np.random.Generator) -> list[str]:
    groups = sorted({e.group for e in entries if e.label == label})
    return list(rng.permutation(groups)[: min(2, len(groups) // 2)])


def _track(entries: Sequence[LabelledRecording], what: str) -> Iterator[LabelledRecording]:
    """Yields the entries and shows how many are read, in the first of several processes."""
    return track(entries, f"reading {what}", quiet=not distributed.is_rank0())

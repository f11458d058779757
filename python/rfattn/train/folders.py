# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is in a folder of recordings to train on: its splits, whether they can work, and its hash.

Splits are those of ``labels.csv``. Where it states none, every recording is of `train`, or of `ood`
if its label is `other`. Where no recording is of `val`, some groups of the training recordings
become `val`, so that no group is in both.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import numpy as np

from ..recordings.front_end import FrontEnd
from ..recordings.sigmf import LabelledRecording, Recording, SigMFError, find_recordings
from .data import OTHER

SPLITS = ("train", "val", "test", "ood")


def read_folder(folder) -> list[LabelledRecording]:
    """The recordings of a folder, each with a label and a split.

    Raises:
        SigMFError: no such folder, nothing in it, a recording without label, or one with no or an
        unknown split where others have one.
    """
    entries = find_recordings(folder)
    _require(folder, [e for e in entries if not e.label], "have no label")
    if not any(e.split for e in entries):
        return [
            dataclasses.replace(e, split="ood" if e.label == OTHER else "train") for e in entries
        ]
    strange = [e for e in entries if e.split not in SPLITS]
    _require(folder, strange, f"have a split that is not one of {', '.join(SPLITS)}")
    return entries


def split_folder(folder, val_share: float, seed: int) -> tuple[list[LabelledRecording], set[str]]:
    """The recordings of a folder as `read_folder` finds them, and the groups that became `val`.

    Args:
        val_share: share of a class's groups that become `val` where no recording is, at least one
            if there are two.

    Raises:
        SigMFError: as `read_folder`, or no class has two groups to take `val` from.
    """
    entries = read_folder(folder)
    if any(e.split == "val" for e in entries):
        return entries, set()
    held = _held_out(entries, val_share, np.random.default_rng([seed, 3]))
    if not held:
        raise SigMFError(
            f"{folder}: no recordings of split 'val', and none can be taken from 'train': no class "
            "has two groups of recordings"
        )
    return [
        dataclasses.replace(e, split="val") if e.split == "train" and e.group in held else e
        for e in entries
    ], held


def check_folder(
    folder,
    entries: Sequence[LabelledRecording],
    others: Collection[str],
    front_end: FrontEnd,
    block_size: int,
) -> None:
    """Refuses splits and recordings that nothing can be learnt from, together with classes that
    come from elsewhere.

    Raises:
        SigMFError: fewer than two classes, no class among the validation recordings, or as
        `check_recordings`.
    """
    classes = sorted({e.label for e in entries if e.split == "train"} - {OTHER})
    if len({*classes, *others} - {OTHER}) < 2 or not classes:
        raise SigMFError(
            f"{folder}: split 'train' must have at least two classes, got "
            f"{', '.join(classes) or 'none'}"
        )
    if not any(e.split == "val" and e.label in classes for e in entries):
        raise SigMFError(f"{folder}: no recordings of a class in split 'val'")
    training = [e for e in entries if e.split == "train" and e.label in classes]
    check_recordings(folder, training, front_end, block_size)


def check_recordings(
    folder, training: Sequence[LabelledRecording], front_end: FrontEnd, block_size: int
) -> None:
    """Refuses training recordings that nothing can be learnt from.

    Raises:
        SigMFError: one is shorter than a step or has no annotation of its label.
    """
    opened = [(entry, Recording.open(entry.path)) for entry in training]
    short = [e for e, r in opened if r.n_samples < _step_samples(r, front_end, block_size)]
    _require(folder, short, f"are shorter than one step of {block_size} tokens")
    unlabelled = [
        e for e, r in opened if not any(a.label == e.label and a.count for a in r.annotations)
    ]
    _require(folder, unlabelled, "have no annotation with their label as core:label")


def fingerprint(folder, entries: Iterable[LabelledRecording]) -> dict[str, dict[str, str]]:
    """What the recordings are: for each by its place in the folder label, split, group and the
    SHA-256 of its two files."""
    found = {}
    for entry in entries:
        recording = Recording.open(entry.path)
        name = str(recording.data_path.relative_to(Path(folder)))
        digest = hashlib.sha256(recording.meta_path.read_bytes())
        with recording.data_path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
        about = {"label": entry.label, "split": entry.split, "group": entry.group}
        found[name] = {**about, "sha256": digest.hexdigest()}
    return found


def _held_out(entries, share: float, rng: np.random.Generator) -> set[str]:
    """Groups of the training recordings, a share of every class's, that leave every class one."""
    groups: dict[str, set[str]] = {}
    for entry in entries:
        if entry.split == "train" and entry.label != OTHER:
            groups.setdefault(entry.label, set()).add(entry.group)
    held: set[str] = set()
    for label in sorted(groups, key=lambda name: (len(groups[name]), name)):
        wanted = max(1, round(share * len(groups[label])))
        for group in rng.permutation(sorted(groups[label])):
            taken = {*held, str(group)}
            if len(held & groups[label]) < wanted and all(g - taken for g in groups.values()):
                held = taken
    return held


def _step_samples(recording: Recording, front_end: FrontEnd, block_size: int) -> int:
    view = front_end.for_real() if recording.is_real else front_end
    return (block_size - 1) * view.samples_per_token + view.token_samples


def _require(folder, failing: Sequence[LabelledRecording], fault: str) -> None:
    if failing:
        names = ", ".join(entry.path.name for entry in failing[:3])
        rest = ", …" if len(failing) > 3 else ""
        raise SigMFError(f"{folder}: {len(failing)} recordings {fault}: {names}{rest}")

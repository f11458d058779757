# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refuses folders of recordings that a model cannot be trained on."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from gnuradio.rfattn.recordings.front_end import FrontEnd
from gnuradio.rfattn.recordings.labelled_folder import (
    OTHER,
    LabelledRecording,
    open_labelled,
    refuse,
)
from gnuradio.rfattn.recordings.recording import Recording
from gnuradio.rfattn.recordings.sigmf import SigMFError


def check_folder(
    folder,
    entries: Sequence[LabelledRecording],
    extra_labels: Collection[str],
    front_end: FrontEnd,
    block_size: int,
) -> None:
    """Refuses a training folder that lacks what training needs.

    Args:
        extra_labels: labels of the recordings that extra folders add.

    Raises:
        SigMFError: fewer than two classes, no validation recording of one, or see
        `check_recordings`.
    """
    classes = sorted({e.label for e in entries if e.split == "train"} - {OTHER})
    if len({*classes, *extra_labels} - {OTHER}) < 2 or not classes:
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
    """Refuses training recordings that teach nothing.

    Raises:
        SigMFError: a recording is shorter than a step, or no annotation has its label.
    """
    opened = [(entry, open_labelled(entry.path, entry.label)) for entry in training]
    short = [e for e, r in opened if r.n_samples < _step_samples(r, front_end, block_size)]
    refuse(folder, short, f"are shorter than one step of {block_size} tokens")
    unlabelled = [
        e for e, r in opened if not any(a.label == e.label and a.count for a in r.annotations)
    ]
    refuse(folder, unlabelled, "have no annotation with their label as core:label")


def _step_samples(recording: Recording, front_end: FrontEnd, block_size: int) -> int:
    view = front_end.for_real() if recording.is_real else front_end
    return (block_size - 1) * view.samples_per_token + view.token_samples

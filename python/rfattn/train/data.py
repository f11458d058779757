# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings to labelled tokens, and batches of token sequences that give every class its turn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ..recordings.front_end import FrontEnd
from ..recordings.sigmf import Annotation, LabelledRecording, Recording, SigMFError

IGNORE = -100
"""Target of a token or block that no class is claimed for; what torch's cross entropy skips."""
UNKNOWN = "unknown"
"""The class of what is none of the others, in models that were taught it."""
OTHER = "other"
"""The label of recordings that are no class: what `UNKNOWN` is taught with, or asked about at the
end."""


@dataclass(frozen=True)
class Tokens:
    """The tokens of a recording. ``spectra`` float32 [T, n_bins], or float16 where there are many
    (0.1 dB at most of rounding); ``targets`` int64 [T], a class or IGNORE, per token."""

    file: str
    label: str
    group: str
    spectra: np.ndarray
    targets: np.ndarray

    def __len__(self) -> int:
        return len(self.spectra)


def read_tokens(entry: LabelledRecording, front_end: FrontEnd, classes: Sequence[str]) -> Tokens:
    """The tokens of one recording, as a receiver would see it: unaltered, from its first sample.

    Raises:
        SigMFError: the recording cannot be read.
    """
    recording = Recording.open(entry.path)
    view = front_end.for_real() if recording.is_real else front_end
    spectra = view.tokens(recording.samples())
    targets = token_targets(recording.annotations, len(spectra), view, classes)
    return Tokens(recording.data_path.name, entry.label, entry.group, spectra, targets)


def token_targets(
    annotations: Iterable[Annotation], count: int, front_end: FrontEnd, classes: Sequence[str]
) -> np.ndarray:
    """The class of each of ``count`` tokens: that of the annotation one of its samples lies in.

    `OTHER` is of class `UNKNOWN` where there is one. Labels that are no class leave their tokens at
    IGNORE, as does the space between annotations.
    """
    targets = np.full(count, IGNORE, np.int64)
    index = {OTHER if name == UNKNOWN else name: k for k, name in enumerate(classes)}
    for annotation in annotations:
        if annotation.label in index and annotation.count > 0:
            last = (annotation.end - 1) // front_end.samples_per_token
            before = annotation.start - front_end.token_samples
            first = max(0, before // front_end.samples_per_token + 1)
            targets[first : last + 1] = index[annotation.label]
    return targets


def block_targets(targets: np.ndarray, block_size: int) -> np.ndarray:
    """The class of each whole block: the one most of its tokens have, IGNORE where none has any.

    targets [T] → [T // block_size]
    """
    blocks = targets[: len(targets) // block_size * block_size].reshape(-1, block_size)
    present = np.unique(blocks[blocks != IGNORE])
    if len(present) == 0:
        return np.full(len(blocks), IGNORE, np.int64)
    counts = (blocks[:, :, None] == present).sum(axis=1)  # (blocks, classes present)
    return np.where(counts.any(axis=1), present[counts.argmax(axis=1)], IGNORE)


def select(entries: Iterable[LabelledRecording], split: str) -> list[LabelledRecording]:
    """The entries of a split.

    Raises:
        SigMFError: there is none.
    """
    chosen = [entry for entry in entries if entry.split == split]
    if not chosen:
        raise SigMFError(f"no recordings of split {split!r}")
    return chosen


Vary = Callable[[np.ndarray, np.random.Generator], np.ndarray]


class Sampler:
    """Draws sequences: a class, a group of it, a recording of that, one of its variants, a place.

    Each choice is uniform, so that neither a class with many recordings nor a device with many
    takes over. Every sequence holds at least one token of the class drawn.

    Args:
        pool: for each recording its variants; the first one is the recording as it is.
        length: tokens of a sequence, a multiple of block_size.
        plain: share of the sequences taken from the first variant.
        vary: changes a drawn sequence, float32 [length, n_bins] in dB.
        seed: a number, or a random generator that goes on from where it is.
    """

    def __init__(
        self,
        pool: Sequence[Sequence[Tokens]],
        length: int,
        block_size: int,
        plain: float,
        seed: int | np.random.Generator,
        vary: Vary = lambda spectra, rng: spectra,
    ):
        self._length, self._block_size, self._plain = length, block_size, plain
        self._vary = vary
        self._rng = np.random.default_rng(seed)
        self._tree: dict[str, dict[str, list[Sequence[Tokens]]]] = {}
        for variants in pool:
            first = variants[0]
            groups = self._tree.setdefault(first.label, {})
            groups.setdefault(first.group, []).append(variants)

    def batch(self, size: int) -> tuple[np.ndarray, np.ndarray]:
        """Spectra float32 [size, length, n_bins], targets int64 [size, length // block_size]."""
        drawn = [self._sequence() for _ in range(size)]
        return np.stack([spectra for spectra, _ in drawn]), np.stack([t for _, t in drawn])

    def _sequence(self) -> tuple[np.ndarray, np.ndarray]:
        tokens = self._draw()
        active = np.flatnonzero(tokens.targets != IGNORE)
        place = active[self._rng.integers(len(active))]
        latest = max(0, min(place, len(tokens) - self._block_size))
        start = self._rng.integers(max(0, place - self._length + self._block_size), latest + 1)
        spectra, targets = padded(tokens, start, self._length, self._block_size)
        return self._vary(spectra, self._rng), targets

    def _draw(self) -> Tokens:
        groups = self._pick(list(self._tree.values()))
        variants = self._pick(self._pick(list(groups.values())))
        if len(variants) == 1 or self._rng.random() < self._plain:
            return variants[0]
        return self._pick(variants[1:])

    def _pick(self, choices):
        return choices[self._rng.integers(len(choices))]


def padded(
    tokens: Tokens, start: int, length: int, block_size: int
) -> tuple[np.ndarray, np.ndarray]:
    """``length`` tokens from ``start`` and their block targets; past the end zeros and IGNORE.

    A block that the end cuts is ignored; what comes after a block cannot change its answer.
    """
    spectra = np.zeros((length, tokens.spectra.shape[1]), np.float32)
    part = tokens.spectra[start : start + length]
    spectra[: len(part)] = part
    targets = np.full(length // block_size, IGNORE, np.int64)
    blocks = block_targets(tokens.targets[start : start + length], block_size)
    targets[: len(blocks)] = blocks
    return spectra, targets

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns recordings into labelled tokens, and draws batches in which every class is as frequent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from gnuradio.rfattn.messages.label_text import UNKNOWN
from gnuradio.rfattn.recordings.annotation import Annotation
from gnuradio.rfattn.recordings.front_end import FrontEnd
from gnuradio.rfattn.recordings.labelled_folder import OTHER, LabelledRecording, open_labelled

IGNORE = -100
"""Target of a token or block without a class, which torch's cross entropy skips."""


@dataclass(frozen=True)
class Tokens:
    """The tokens of a recording and the class of each."""

    file: str
    label: str
    group: str
    spectra: np.ndarray
    """float32 [T, n_bins]; augmented ones are float16 to save memory (at most 0.1 dB of error)."""
    targets: np.ndarray
    """int64 [T]: a class or IGNORE."""

    def __len__(self) -> int:
        return len(self.spectra)


def read_tokens(entry: LabelledRecording, front_end: FrontEnd, classes: Sequence[str]) -> Tokens:
    """The tokens of one recording, unaltered, from its first sample.

    Raises:
        SigMFError: the recording cannot be read.
    """
    recording = open_labelled(entry.path, entry.label)
    view = front_end.for_real() if recording.is_real else front_end
    spectra = view.tokens(recording.samples())
    targets = token_targets(recording.annotations, len(spectra), view, classes)
    return Tokens(recording.data_path.name, entry.label, entry.group, spectra, targets)


def token_targets(
    annotations: Iterable[Annotation], count: int, front_end: FrontEnd, classes: Sequence[str]
) -> np.ndarray:
    """The class of each of ``count`` tokens, int64 [count].

    A token has the class of an annotation that holds one of its samples; the last one counts. The
    label `OTHER` is class `UNKNOWN`, if the model has it. Tokens of other labels and tokens outside
    annotations are IGNORE.
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
    """The class of each whole block: that of most of its tokens, IGNORE if no token has a class.

    targets [T] → [T // block_size]
    """
    blocks = targets[: len(targets) // block_size * block_size].reshape(-1, block_size)
    present = np.unique(blocks[blocks != IGNORE])
    if len(present) == 0:
        return np.full(len(blocks), IGNORE, np.int64)
    counts = (blocks[:, :, None] == present).sum(axis=1)  # (blocks, classes present)
    return np.where(counts.any(axis=1), present[counts.argmax(axis=1)], IGNORE)


Vary = Callable[[np.ndarray, np.random.Generator], np.ndarray]


class Sampler:
    """Draws sequences: a class, one of its groups, a recording, one of its variants, a place.

    Each choice is uniform, so that neither a class nor a device with many recordings dominates.
    Every sequence holds at least one token of the class drawn.

    Args:
        pool: for each recording its variants; the first one is the unaltered recording.
        length: tokens of a sequence, a multiple of block_size.
        plain: share of the sequences taken from the first variant.
        seed: a number, or a random generator to draw from.
        vary: changes a drawn sequence, float32 [length, n_bins] in dB.
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
        spectra, targets = cut_sequence(tokens, start, self._length, self._block_size)
        return self._vary(spectra, self._rng), targets

    def _draw(self) -> Tokens:
        groups = self._pick(list(self._tree.values()))
        variants = self._pick(self._pick(list(groups.values())))
        if len(variants) == 1 or self._rng.random() < self._plain:
            return variants[0]
        return self._pick(variants[1:])

    def _pick(self, choices):
        return choices[self._rng.integers(len(choices))]


def cut_sequence(
    tokens: Tokens, start: int, length: int, block_size: int
) -> tuple[np.ndarray, np.ndarray]:
    """``length`` tokens from ``start`` and their block targets; zeros and IGNORE after the end.

    A block that the end cuts is IGNORE. The zeros after it change nothing, since a block sees only
    earlier tokens.
    """
    spectra = np.zeros((length, tokens.spectra.shape[1]), np.float32)
    part = tokens.spectra[start : start + length]
    spectra[: len(part)] = part
    targets = np.full(length // block_size, IGNORE, np.int64)
    blocks = block_targets(tokens.targets[start : start + length], block_size)
    targets[: len(blocks)] = blocks
    return spectra, targets

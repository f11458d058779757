# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same questions for every model: the recordings, by tokens seen, and under noise."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from gnuradio.rfattn.recordings.formats import open_recording
from gnuradio.rfattn.recordings.front_end import FrontEnd
from gnuradio.rfattn.recordings.labelled_folder import LabelledRecording
from gnuradio.rfattn.recordings.variants import Baseband, crop, peak_density
from gnuradio.rfattn.train import Tokens, judge, summarise
from gnuradio.rfattn.train.data import IGNORE, block_targets, token_targets
from gnuradio.rfattn.train.metrics import auroc, balanced_accuracy

NOISE = "noise"
_NOISY_TOKENS = 1024
"""Length of the part of a recording to which noise is added."""

Answer = Callable[[Sequence[np.ndarray]], list[np.ndarray]]
"""Maps spectra [T, n_bins] of each recording to its logits [T // block_size, n_classes]."""


@dataclass(frozen=True)
class Exam:
    """Everything that a model is asked.

    Attributes:
        sets: recordings by split: val, test, val_augmented, and ood where there is one.
        points: (test recording, step) pairs at which accuracy by tokens seen is measured.
        parts: for each number of tokens seen, the spectra that end with the step of each point.
        noisy: (low, high, recordings) by band of the SNR in dB.
    """

    classes: tuple[str, ...]
    block_size: int
    sets: dict[str, list[Tokens]]
    points: list[tuple[int, int]]
    parts: dict[int, list[np.ndarray]]
    noisy: list[tuple[float, float, list[Tokens]]]

    def judge(self, answer: Answer) -> dict:
        """All figures of one model."""
        found = {s: self.figures(answer, self.sets[s]) for s in ("val", "test", "val_augmented")}
        del found["val_augmented"]["recordings"]
        if "ood" in self.sets:
            strange = self.figures(answer, self.sets["ood"])["recordings"]
            known = found["val"]["recordings"] + found["test"]["recordings"]
            found["ood_auroc"] = auroc(
                *([r["confidence"] for r in rows] for rows in (known, strange))
            )
        found["context"] = self.by_context(answer)
        found["snr"] = [self.under_noise(answer, *band) for band in self.noisy]
        return found

    def figures(self, answer: Answer, recordings: Sequence[Tokens]) -> dict:
        """See `train.evaluate`."""
        usable = [t for t in recordings if len(t) >= self.block_size]
        logits = answer([t.spectra for t in usable])
        rows = [
            judge(t, scores, self.classes, self.block_size)
            for t, scores in zip(usable, logits, strict=True)
        ]
        return summarise(rows, self.classes)

    def by_context(self, answer: Answer) -> list[dict]:
        """Balanced accuracy at the same steps, by the number of tokens since the cache was empty;
        None stands for all from the recording's start."""
        recordings = self.sets["test"]
        labels = [recordings[r].label for r, _ in self.points]
        found = []
        for tokens, parts in self.parts.items():
            last = [logits[-1] for logits in answer(parts)]
            found.append({"tokens": tokens, "balanced_accuracy": self._right(labels, last)})
        asked = sorted({r for r, _ in self.points})
        whole = dict(zip(asked, answer([recordings[r].spectra for r in asked]), strict=True))
        last = [whole[r][b] for r, b in self.points]
        return [*found, {"tokens": None, "balanced_accuracy": self._right(labels, last)}]

    def _right(self, labels, logits) -> float | None:
        return balanced_accuracy(labels, [self.classes[int(x.argmax())] for x in logits])

    def under_noise(self, answer: Answer, low: float, high: float, recordings) -> dict:
        figures = self.figures(answer, recordings)
        predicted = [r["predicted"] for r in figures["recordings"]]
        return {
            "low_db": low,
            "high_db": high,
            "balanced_accuracy": figures["balanced_accuracy"],
            "window_balanced_accuracy": figures["window_balanced_accuracy"],
            "called_noise": predicted.count(NOISE) / len(predicted) if predicted else None,
        }


def context_points(
    recordings: Sequence[Tokens], block_size: int, history: int, count: int
) -> list[tuple[int, int]]:
    """(recording, step) of up to ``count`` labelled steps of each recording that have ``history``
    tokens up to their end, evenly spread."""
    found = []
    for r, tokens in enumerate(recordings):
        claimed = np.flatnonzero(block_targets(tokens.targets, block_size) != IGNORE)
        late = claimed[claimed + 1 >= history // block_size]
        chosen = np.unique(np.linspace(0, len(late) - 1, min(count, len(late))).round().astype(int))
        found += [(r, int(b)) for b in late[chosen]]
    return found


def parts_of(
    recordings: Sequence[Tokens], points, block_size: int, contexts: Sequence[int]
) -> dict[int, list[np.ndarray]]:
    """For each number of tokens, the spectra that end with each point's step; fewer where the
    recording starts later."""
    ends = [(recordings[r].spectra, (b + 1) * block_size) for r, b in points]
    return {k: [spectra[max(0, end - k) : end] for spectra, end in ends] for k in contexts}


def noisy(
    entries: Sequence[LabelledRecording],
    front_end: FrontEnd,
    classes: Sequence[str],
    edges_db: Sequence[float],
    draws: int,
    seed: int,
) -> list[tuple[float, float, list[Tokens]]]:
    """Parts of the recordings of signals with white noise added in I/Q, by band of the SNR in dB.

    The SNR is drawn uniformly in each band. As in `train.Augmentation` it is the signal's strongest
    bin of 64 over the added noise.
    """
    rng = np.random.default_rng([seed, 3])
    found: list[tuple[float, float, list[Tokens]]] = [
        (float(low), float(high), []) for low, high in zip(edges_db[:-1], edges_db[1:], strict=True)
    ]
    for entry in entries:
        if entry.label not in classes or entry.label == NOISE:
            continue
        baseband = Baseband.from_recording(open_recording(entry.path))
        for low, high, variants in found:
            for _ in range(draws):
                part = crop(baseband, _NOISY_TOKENS * front_end.samples_per_token, rng)
                part = with_noise(part, rng.uniform(low, high), rng)
                spectra = front_end.tokens(part.samples)
                targets = token_targets(part.annotations, len(spectra), front_end, classes)
                variants.append(Tokens(entry.path.name, entry.label, entry.group, spectra, targets))
    return found


def with_noise(baseband: Baseband, snr_db: float, rng: np.random.Generator) -> Baseband:
    """Adds complex white noise ``snr_db`` below the strongest bin of the annotated signal."""
    power = peak_density(baseband.samples, baseband.annotations) / 10 ** (snr_db / 10)
    noise = rng.standard_normal(2 * len(baseband.samples), np.float32).view(np.complex64)
    samples = baseband.samples + noise * np.float32(np.sqrt(power / 2))
    return dataclasses.replace(baseband, samples=samples)

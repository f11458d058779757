# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the cuts that a model for emissions is trained on and judged by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from ..emissions.boxes import Box
from ..emissions.truth import SLACK_S, TrueEmission, labels_in_recording, labels_of
from ..recordings.front_end import FrontEnd
from ..recordings.labelled_folder import OTHER, LabelledRecording
from ..recordings.sigmf import Recording, SigMFError
from ..synthesis.detectors import SSB, find_detector
from ..synthesis.scene_signal import prepared_signal
from ..synthesis.services import SERVICES
from ..synthesis.training_bands import draw_band, draw_recorded_band
from ..train.augment import Augmentation, Baseband, augment
from ..train.cut_set import DIRECT, MADE, RECORDED, Cut
from .cut import CutEmission, cut

MOST_TOKENS = 768
"""Tokens kept of a segment."""
LEAST_TOKENS = 8
ASSUMED_RATE = 1e6
"""Rate of recordings that state none, in Hz."""
_SPURIOUS = 1
"""Emissions kept of a band that lie on none of its signals."""


def cut_band(
    name: str, seed: int, front_end: FrontEnd, recordings: Sequence[tuple[str, str, str]] = ()
) -> list[Cut]:
    """The cuts of a made-up band; see `training_bands.draw_band`.

    Args:
        recordings: label, group and path of recordings that may be a part of the band.
    """
    drawn = draw_band(name, seed, [(label, path) for label, _, path in recordings])
    prepared_signal.cache_clear()  # the next band has other signals
    rng = np.random.default_rng([seed, 23])
    found = cut(drawn.samples, drawn.sample_rate, front_end)
    true: dict[int, list] = {}
    for burst in drawn.truth:
        true.setdefault(burst.emission, []).append(burst)
    emissions = [
        TrueEmission(str(number), _within(bursts, drawn.sample_rate))
        for number, bursts in true.items()
    ]
    groups = {path: group for _, group, path in recordings}
    cuts, spurious = [], 0
    for emission, number in zip(
        found, labels_of([e.boxes() for e in found], emissions), strict=True
    ):
        if number is None:
            continue
        if number == OTHER:
            spurious += 1
            if spurious > _SPURIOUS:
                continue
            about = (OTHER, f"spurious {seed}", "train", MADE, "spurious")
        else:
            about = _origin(
                true[int(number)][0].kind, seed, drawn.recorded.get(int(number)), groups
            )
        cuts += _cuts(rng, emission, *about)
    return cuts


def _within(bursts, sample_rate: float) -> tuple[Box, ...]:
    """The boxes of bursts, a little longer, as far as they lie in the band."""
    half, found = sample_rate / 2, []
    for burst in bursts:
        box = burst.box(sample_rate)
        low, high = max(box.freq_lower, -half), min(box.freq_upper, half)
        slack = SLACK_S * sample_rate
        if high > low:
            start, count = box.sample_start - slack, box.sample_count + 2 * slack
            found.append(
                replace(
                    box, sample_start=start, sample_count=count, freq_lower=low, freq_upper=high
                )
            )
    return tuple(found)


def _origin(kind: str, seed: int, path: str | None, groups) -> tuple[str, str, str, str, str]:
    """Label, group, split, origin and file of a true emission of a band."""
    label = _class_of(kind)
    if path:
        return label, groups[path], "train", RECORDED, path
    return label, f"{kind} {seed}", "train", MADE, kind


def cut_recording(
    entry: LabelledRecording,
    front_end: FrontEnd,
    variants: int = 0,
    settings: Augmentation | None = None,
    seed: int = 0,
) -> Iterator[Cut]:
    """The cuts of a labelled recording as it is, and of variants of it.

    Args:
        variants: how many altered ones; see `augment`.
        seed: of the variants.
    """
    recording = Recording.open(entry.path)
    rng = np.random.default_rng([seed, 29])
    if recording.is_real and not _is_sideband(recording, entry.label):
        # Of a signal behind a detector only the transmitter's modulation is left: it is sent again.
        for number in range(1 + variants):
            yield from _cut_sent_again(rng, entry, seed * 1000 + number, front_end)
        return
    rate = recording.sample_rate or ASSUMED_RATE
    sides = "one" if recording.is_real else "two"
    centre = recording.frequency or 0.0
    yield from _cut_samples(
        rng, recording.samples(), rate, sides, recording.annotations, centre, entry, front_end
    )
    plain = Baseband.from_recording(recording)
    for _ in range(variants):
        varied = augment(plain, settings or Augmentation(), rng)
        ratio = len(varied.samples) / len(recording.samples())
        yield from _cut_samples(
            rng, varied.samples, rate * ratio, "two", varied.annotations, 0.0, entry, front_end
        )


def _is_sideband(recording: Recording, label: str) -> bool:
    """Whether a real-valued recording shows a band of the spectrum, moved down."""
    try:
        return isinstance(find_detector(recording, label), SSB)
    except SigMFError:
        return False


def _cut_sent_again(rng, entry: LabelledRecording, seed: int, front_end) -> list[Cut]:
    try:
        drawn = draw_recorded_band(entry.label, str(entry.path), seed)
    except SigMFError:
        return []  # the envelope of a field, which cannot be sent again
    prepared_signal.cache_clear()
    true = [TrueEmission(entry.label, _within(drawn.truth, drawn.sample_rate))]
    found = cut(drawn.samples, drawn.sample_rate, front_end)
    about = (_class_of(entry.label), entry.group, entry.split, RECORDED, str(entry.path))
    return [
        one
        for emission, label in zip(found, labels_of([e.boxes() for e in found], true), strict=True)
        if label == entry.label
        for one in _cuts(rng, emission, *about)
    ]


def _class_of(label: str) -> str:
    return label if label in SERVICES else OTHER


def _cut_samples(rng, samples, rate, sides, annotations, centre, entry, front_end) -> list[Cut]:
    found = cut(samples, rate, front_end, sides)
    labels = labels_in_recording(
        [e.boxes() for e in found],
        [e.record.latest.power_db for e in found],
        annotations,
        centre,
    )
    cuts = []
    for emission, label in zip(found, labels, strict=True):
        if label is not None and label != "noise":
            about = (_class_of(label), entry.group, entry.split, DIRECT, str(entry.path))
            cuts += _cuts(rng, emission, *about)
    return cuts


def _cuts(rng, emission: CutEmission, label, group, split, origin, file) -> list[Cut]:
    number = emission.record.latest.id
    return [
        Cut(label, group, split, origin, file, number, _window(rng, tokens).astype(np.float16))
        for tokens in emission.segments
        if len(tokens) >= LEAST_TOKENS
    ]


def _window(rng, tokens: np.ndarray) -> np.ndarray:
    """The beginning of a long segment, or a part of it."""
    excess = len(tokens) - MOST_TOKENS
    if excess <= 0:
        return tokens
    first = int(rng.integers(excess + 1)) if rng.random() < 0.5 else 0
    return tokens[first : first + MOST_TOKENS]

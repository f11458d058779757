# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the cuts that a model for emissions is trained on and judged by.

Made-up bands and recordings pass through the detector and the extractor of the running path. What
is cut gets the label of the true signal that it lies on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ..emissions.boxes import Box
from ..emissions.truth import SLACK_S, TrueEmission, labels_in_recording, labels_of, signal_under
from ..recordings.cut_set import DIRECT, MADE, RECORDED, Cut
from ..recordings.front_end import FrontEnd
from ..recordings.labelled_folder import OTHER, LabelledRecording, open_labelled
from ..recordings.recording import Recording, RecordingError
from ..recordings.variants import Augmentation, Baseband, augment
from ..rfattn_python import tags
from ..synthesis.detectors import SSB, find_detector
from ..synthesis.scene_signal import prepared_signal
from ..synthesis.scene_truth import Burst
from ..synthesis.services import SERVICES
from ..synthesis.training_bands import Band, draw_band, draw_noise_band, draw_recorded_band
from .cut import CutEmission, cut

MOST_TOKENS = 768
"""Tokens kept of a segment."""
LEAST_TOKENS = 8
"""Segments with fewer tokens, a step of the shipped models, are left out."""
ASSUMED_RATE = 1e6
"""Rate of recordings that state none, in Hz. The width of their emissions follows from it."""
_SPURIOUS = 1
"""Emissions kept of a band that lie on none of its signals."""
_PIECES = 3
"""Emissions kept of a band that are pieces of its signals."""
_NOISE = 3
"""Emissions kept of a band of noise alone."""


class _About(NamedTuple):
    """What all cuts of an emission have in common; see `Cut`."""

    label: str
    group: str
    split: str
    origin: str
    file: str
    stated: str = ""


def cut_band(
    name: str, seed: int, front_end: FrontEnd, recordings: Sequence[tuple[str, str, str]] = ()
) -> list[Cut]:
    """The cuts of a made-up band; see `training_bands.draw_band`. All are of split `train`.

    Args:
        name: the class, or the technology of no class, that the band is for.
        seed: of the band; the same gives the same cuts.
        front_end: of the channels.
        recordings: label, group and path of recordings that may be a part of the band.
    """
    drawn = draw_band(name, seed, [(label, path) for label, _, path in recordings])
    prepared_signal.cache_clear()  # the next band has other signals
    groups = {path: group for _, group, path in recordings}
    return _cut_drawn(drawn, seed, front_end, groups, _SPURIOUS)


def cut_noise_band(seed: int, front_end: FrontEnd) -> list[Cut]:
    """The cuts of what the detector finds in a band of noise alone, often none: `OTHER`, or
    carriers where the receiver has spurious lines."""
    return _cut_drawn(draw_noise_band(seed), seed, front_end, {}, _NOISE)


def _cut_drawn(
    drawn: Band, seed: int, front_end: FrontEnd, groups: Mapping[str, str], most_spurious: int
) -> list[Cut]:
    """The cuts of a band that was drawn.

    Args:
        groups: group by path of the recordings in it.
        most_spurious: emissions kept that lie on none of its signals. One on the spike at 0 Hz is
            not: it looks like a carrier, but the detector has already said what it is.
    """
    rng = np.random.default_rng([seed, 23])
    found = cut(drawn.samples, drawn.sample_rate, front_end)
    bursts: dict[int, list[Burst]] = {}
    for burst in drawn.truth:
        bursts.setdefault(burst.emission, []).append(burst)
    true = [
        TrueEmission(str(number), boxes_in_band(those, drawn.sample_rate))
        for number, those in bursts.items()
    ]
    cuts, spurious, pieces = [], [], []
    for emission, number in zip(found, labels_of([e.boxes() for e in found], true), strict=True):
        if number is None:
            number = signal_under(emission.boxes(), true)
            if number is not None:
                pieces.append((emission, int(number)))
        elif number != OTHER:
            about = _origin(bursts[int(number)][0].kind, int(number), seed, drawn, groups)
            cuts += _cuts(rng, emission, about)
        elif tags.KEY_DC not in emission.record.latest.flags:
            spurious.append(emission)
    for k in rng.permutation(len(spurious))[:most_spurious]:
        cuts += _cuts(rng, spurious[k], _spurious(seed))
    for k in rng.permutation(len(pieces))[:_PIECES]:
        emission, number = pieces[k]
        about = _origin(bursts[number][0].kind, number, seed, drawn, groups)
        cuts += _cuts(rng, emission, about, is_piece=True)
    return cuts


def _spurious(seed: int) -> _About:
    return _About(OTHER, f"spurious {seed}", "train", MADE, "spurious")


def boxes_in_band(bursts: Sequence[Burst], sample_rate: float) -> tuple[Box, ...]:
    """The boxes of bursts, `SLACK_S` longer to each side, as far as they lie in the band."""
    half, slack, found = sample_rate / 2, SLACK_S * sample_rate, []
    for burst in bursts:
        box = burst.box(sample_rate)
        low, high = max(box.freq_lower, -half), min(box.freq_upper, half)
        if high > low:
            start, count = box.sample_start - slack, box.sample_count + 2 * slack
            found.append(
                replace(
                    box, sample_start=start, sample_count=count, freq_lower=low, freq_upper=high
                )
            )
    return tuple(found)


def _origin(kind: str, number: int, seed: int, drawn: Band, groups: Mapping[str, str]) -> _About:
    """What a true emission of a band is; those from a recording belong to its group."""
    label, path = _class_of(kind), drawn.recorded.get(number)
    if path:
        return _About(label, groups[path], "train", RECORDED, path)
    return _About(label, f"{kind} {seed}", "train", MADE, kind)


def _class_of(label: str) -> str:
    return label if label in SERVICES else OTHER


def _of_recording(entry: LabelledRecording, label: str, origin: str) -> _About:
    """What an emission of a recording is that is labelled so."""
    stated = "" if label in (*SERVICES, OTHER) else label
    return _About(_class_of(label), entry.group, entry.split, origin, str(entry.path), stated)


def cut_recording(
    entry: LabelledRecording,
    front_end: FrontEnd,
    variants: int = 0,
    seed: int = 0,
    are_bands: bool = False,
) -> Iterator[Cut]:
    """The cuts of a labelled recording as it is, and of variants of it.

    Labels that are no class of `SERVICES` become `OTHER`; emissions labelled `noise` are left out.
    A complex recording is altered as another receiver would have made it. Of a real-valued one only
    the transmitter's modulation is left, so its signal is sent again: as it is, too, unless it is
    the audio of a single-sideband receiver, which is a band of the spectrum moved down.

    Args:
        entry: label, group, split and path.
        front_end: of the channels.
        variants: how many altered ones.
        seed: of the variants; the same gives the same cuts.
        are_bands: see `labels_in_recording`.

    Raises:
        SigMFError: the recording cannot be read.
    """
    recording = open_labelled(entry.path, entry.label)
    rng = np.random.default_rng([seed, 29])
    resent = variants if recording.is_real else 0
    if recording.is_real and not is_sideband(recording, entry.label):
        resent += 1
    else:
        rate = recording.sample_rate or ASSUMED_RATE
        whole = Baseband(recording.samples(), recording.annotations)
        sides = "one" if recording.is_real else "two"
        middle = recording.frequency or 0.0
        yield from _cut_samples(rng, whole, rate, sides, middle, entry, front_end, are_bands)
    for number in range(resent):
        yield from _cut_sent_again(rng, entry, seed * 1000 + number, front_end)
    if not recording.is_real:
        for _ in range(variants):
            varied = augment(whole, Augmentation(), rng)
            ratio = len(varied.samples) / len(whole.samples)
            yield from _cut_samples(rng, varied, rate * ratio, "two", 0.0, entry, front_end)


def is_sideband(recording: Recording, label: str) -> bool:
    """Whether a real-valued recording shows a band of the spectrum, moved down."""
    try:
        return isinstance(find_detector(recording, label), SSB)
    except RecordingError:
        return False


def _cut_sent_again(
    rng: np.random.Generator, entry: LabelledRecording, seed: int, front_end: FrontEnd
) -> list[Cut]:
    """The cuts of a recording in a band of its own; none of an envelope, which lost its phase."""
    try:
        drawn = draw_recorded_band(entry.label, str(entry.path), seed)
    except RecordingError:
        return []
    prepared_signal.cache_clear()
    sent = [burst for burst in drawn.truth if burst.emission == 0]
    true = [TrueEmission(entry.label, boxes_in_band(sent, drawn.sample_rate))]
    found = cut(drawn.samples, drawn.sample_rate, front_end)
    labels = labels_of([e.boxes() for e in found], true)
    about = _of_recording(entry, entry.label, RECORDED)
    return [
        one
        for emission, label in zip(found, labels, strict=True)
        if label == entry.label
        for one in _cuts(rng, emission, about)
    ]


def _cut_samples(
    rng: np.random.Generator,
    whole: Baseband,
    rate: float,
    sides: str,
    frequency: float,
    entry: LabelledRecording,
    front_end: FrontEnd,
    are_bands: bool = False,
) -> list[Cut]:
    """The cuts of samples as they are, with the labels of the annotations on them."""
    found = cut(whole.samples, rate, front_end, sides)
    powers = [e.record.latest.power_db for e in found]
    boxes = [e.boxes() for e in found]
    labels = labels_in_recording(boxes, powers, whole.annotations, frequency, are_bands)
    cuts = []
    for emission, label in zip(found, labels, strict=True):
        if label is not None and label != "noise":
            cuts += _cuts(rng, emission, _of_recording(entry, label, DIRECT))
    return cuts


def _cuts(
    rng: np.random.Generator, emission: CutEmission, about: _About, is_piece: bool = False
) -> list[Cut]:
    """A cut of each segment that is long enough."""
    number, facts = emission.record.latest.id, emission.facts.to_dict()
    return [
        Cut(
            **about._asdict(),
            emission=number,
            tokens=_window(rng, tokens).astype(np.float16),
            facts=facts,
            is_piece=is_piece,
        )
        for tokens in emission.segments
        if len(tokens) >= LEAST_TOKENS
    ]


def _window(rng: np.random.Generator, tokens: np.ndarray) -> np.ndarray:
    """`MOST_TOKENS` of a longer segment: its beginning, or with equal chance any part of it."""
    excess = len(tokens) - MOST_TOKENS
    if excess <= 0:
        return tokens
    first = int(rng.integers(excess + 1)) if rng.random() < 0.5 else 0
    return tokens[first : first + MOST_TOKENS]

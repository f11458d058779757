# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cuts the emissions of labelled recordings, as the running path finds them, for training.

What is cut gets the label of the annotation that it lies on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from gnuradio.rfattn.catalogue.classes import known_of
from gnuradio.rfattn.recordings.front_end import FrontEnd
from gnuradio.rfattn.recordings.labelled_folder import OTHER, LabelledRecording, open_labelled
from gnuradio.rfattn.recordings.recording import Recording, RecordingError
from gnuradio.rfattn_station.learning.detectors import SSB, find_detector

from ..learning.cut_set import DIRECT, Cut
from ..learning.truth import labels_in_recording
from ..learning.variants import Augmentation, Baseband, augment
from .cut import CutEmission, cut

MOST_TOKENS = 768
"""Tokens kept of a segment."""
LEAST_TOKENS = 8
"""Segments with fewer tokens, a step of the shipped models, are left out."""
ASSUMED_RATE = 1e6
"""Rate of recordings that state none, in Hz. The width of their emissions follows from it."""

SendAgain = Callable[[np.random.Generator, LabelledRecording, int, FrontEnd], list[Cut]]
"""Makes the cuts of a recording, with a seed and the front end of the channels."""


class About(NamedTuple):
    """What all cuts of an emission have in common; see `Cut`."""

    label: str
    group: str
    split: str
    origin: str
    file: str
    stated: str = ""


def class_of(label: str) -> str:
    return label if label in known_of("family") else OTHER


def of_recording(entry: LabelledRecording, label: str, origin: str) -> About:
    """What an emission of a recording is that is labelled so."""
    stated = "" if label in (*known_of("family"), OTHER) else label
    return About(class_of(label), entry.group, entry.split, origin, str(entry.path), stated)


def cut_recording(
    entry: LabelledRecording,
    front_end: FrontEnd,
    send_again: SendAgain,
    variants: int = 0,
    seed: int = 0,
    are_bands: bool = False,
) -> Iterator[Cut]:
    """The cuts of a labelled recording as it is, and of variants of it.

    Labels that are no class of the catalogue become `OTHER`; emissions labelled `noise` are left
    out.
    A complex recording is altered as another receiver would have made it. Of a real-valued one only
    the transmitter's modulation is left, so its signal is sent again: as it is, too, unless it is
    the audio of a single-sideband receiver, which is a band of the spectrum moved down.

    Args:
        entry: label, group, split and path.
        front_end: of the channels.
        send_again: sends the signal of a real-valued recording again, in a band of its own.
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
        yield from send_again(rng, entry, seed * 1000 + number, front_end)
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
            cuts += cuts_of(rng, emission, of_recording(entry, label, DIRECT))
    return cuts


def cuts_of(
    rng: np.random.Generator, emission: CutEmission, about: About, is_piece: bool = False
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

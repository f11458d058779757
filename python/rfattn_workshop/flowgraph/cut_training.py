# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cuts the emissions of made-up bands, as the running path finds them, for training.

What is cut gets the label of the true signal that it lies on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from gnuradio.rfattn.recordings.front_end import FrontEnd
from gnuradio.rfattn.recordings.labelled_folder import OTHER, LabelledRecording
from gnuradio.rfattn.recordings.recording import RecordingError
from gnuradio.rfattn.rfattn_python import tags
from gnuradio.rfattn_station.cutting.cut import cut
from gnuradio.rfattn_station.cutting.cut_recording import About, class_of, cuts_of, of_recording
from gnuradio.rfattn_station.learning.boxes import Box
from gnuradio.rfattn_station.learning.cut_set import MADE, RECORDED, Cut
from gnuradio.rfattn_station.learning.truth import SLACK_S, TrueEmission, labels_of, signal_under

from ..synthesis.scene_signal import prepared_signal
from ..synthesis.scene_truth import Burst
from ..synthesis.training_bands import Band, draw_band, draw_noise_band, draw_recorded_band

_SPURIOUS = 1
"""Emissions kept of a band that lie on none of its signals."""
_PIECES = 3
"""Emissions kept of a band that are pieces of its signals."""
_NOISE = 3
"""Emissions kept of a band of noise alone."""


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
            cuts += cuts_of(rng, emission, about)
        elif tags.KEY_DC not in emission.record.latest.flags:
            spurious.append(emission)
    for k in rng.permutation(len(spurious))[:most_spurious]:
        cuts += cuts_of(rng, spurious[k], _spurious(seed))
    for k in rng.permutation(len(pieces))[:_PIECES]:
        emission, number = pieces[k]
        about = _origin(bursts[number][0].kind, number, seed, drawn, groups)
        cuts += cuts_of(rng, emission, about, is_piece=True)
    return cuts


def _spurious(seed: int) -> About:
    return About(OTHER, f"spurious {seed}", "train", MADE, "spurious")


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


def _origin(kind: str, number: int, seed: int, drawn: Band, groups: Mapping[str, str]) -> About:
    """What a true emission of a band is; those from a recording belong to its group."""
    label, path = class_of(kind), drawn.recorded.get(number)
    if path:
        return About(label, groups[path], "train", RECORDED, path)
    return About(label, f"{kind} {seed}", "train", MADE, kind)


def cut_sent_again(
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
    about = of_recording(entry, entry.label, RECORDED)
    return [
        one
        for emission, label in zip(found, labels, strict=True)
        if label == entry.label
        for one in cuts_of(rng, emission, about)
    ]

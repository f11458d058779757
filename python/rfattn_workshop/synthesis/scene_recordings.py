# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cuts emissions out of labelled real recordings, for scenes.

A recording brings noise of its own. Therefore a cut is limited to the band that stands out of it,
and is used only where its own SNR exceeds that of the scene by 10 dB.
"""

from __future__ import annotations

import functools
import itertools
import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.fft
import scipy.ndimage
from gnuradio.rfattn.recordings.annotation import Annotation
from gnuradio.rfattn.recordings.formats import open_recording
from gnuradio.rfattn.recordings.labelled_folder import OTHER, find_recordings
from gnuradio.rfattn.recordings.recording import Recording
from gnuradio.rfattn.signals.waveform import resample

from .waves.keying import Signal
from .waves.waveform import Rng, choice

MARGIN_DB = 10.0
"""What a recording's own SNR must exceed the scene's by."""
STEP_HZ = 12.5e3
"""Cuts are resampled to a multiple of this rate."""
_BINS = 512
"""Bins of the mean spectrum in which the occupied band is found."""
_LEAST_S = 0.005
"""The shortest annotation that is used."""


def usable(folders: Sequence[str | os.PathLike], highest_rate: float = 2.0e6) -> tuple[str, ...]:
    """The complex recordings of labelled folders that have a rate, an annotation and one signal.

    Raises:
        SigMFError: see `labelled_folder.find_recordings`.
    """
    found = []
    for folder in folders:
        for entry in find_recordings(folder):
            if entry.label in ("noise", OTHER):
                continue
            recording = open_recording(entry.path)
            rate = recording.sample_rate
            if not recording.is_real and rate and rate <= highest_rate and _has_one(recording):
                found.append(str(entry.path))
    return tuple(found)


def usable_noise(folders: Sequence[str | os.PathLike]) -> tuple[str, ...]:
    """The complex recordings of labelled folders that are labelled noise."""
    entries = [entry for folder in folders for entry in find_recordings(folder)]
    noise = [str(entry.path) for entry in entries if entry.label == "noise"]
    return tuple(path for path in noise if not open_recording(path).is_real)


def _has_one(recording: Recording) -> bool:
    """True if the annotations are long enough and none begins before the last one ends."""
    marks = sorted(recording.annotations, key=lambda a: a.start)
    apart = all(a.end <= b.start for a, b in itertools.pairwise(marks))
    return bool(marks) and apart and max(a.count for a in marks) >= _LEAST_S * recording.sample_rate


@dataclass(frozen=True)
class Cut:
    """An annotated stretch of a recording, limited to its occupied band."""

    label: str
    samples: np.ndarray
    rate: float
    own_snr_db: float
    """Power in the occupied band over the recording's noise there."""


@functools.lru_cache(maxsize=64)
def read_cut(path: str) -> Cut:
    """The longest annotation of a recording, at most 4 s of it."""
    recording = open_recording(path)
    mark: Annotation = max(recording.annotations, key=lambda a: a.count)
    rate = recording.sample_rate
    samples = recording.samples(mark.start, min(mark.count, int(4 * rate)))
    spectrum = scipy.fft.fft(samples)
    low, high, snr = _occupied(
        np.fft.fftshift(np.abs(spectrum) ** 2), _stated_band(recording, mark)
    )
    f = np.fft.fftfreq(len(samples))
    samples = scipy.fft.ifft(spectrum * ((f >= low) & (f < high)))
    target = STEP_HZ * np.ceil(rate / STEP_HZ)
    return Cut(
        mark.label or recording.label,
        resample(samples.astype(np.complex64), target / rate),
        target,
        10 * np.log10(max(snr, 1e-3)),
    )


def _stated_band(recording: Recording, mark: Annotation) -> tuple[float, float]:
    """The edges of an annotation as shares of the rate, with a tenth of the width around them; the
    whole band where it has none."""
    if mark.freq_lower_edge is None or mark.freq_upper_edge is None:
        return -0.5, 0.5
    room = 0.1 * (mark.freq_upper_edge - mark.freq_lower_edge)
    centre, rate = recording.frequency or 0.0, recording.sample_rate
    low, high = mark.freq_lower_edge - room - centre, mark.freq_upper_edge + room - centre
    return max(low / rate, -0.5), min(high / rate, 0.5)


def _occupied(energy: np.ndarray, stated: tuple[float, float]) -> tuple[float, float, float]:
    """The part of the stated band that exceeds the noise by 6 dB, as shares of the rate, and the
    SNR in it.

    The noise is the 20 % quantile over frequency of the mean spectrum.
    """
    bins = min(_BINS, len(energy))
    width = len(energy) // bins
    mean = energy[: bins * width].reshape(bins, width).mean(axis=1)
    noise = np.quantile(mean, 0.2)
    place = np.arange(bins) / bins - 0.5
    inside = (place >= stated[0]) & (place < stated[1])
    above = np.flatnonzero(inside & (mean > 4 * noise))
    if len(above) == 0:
        return *stated, 0.0
    low, high = int(above[0]), int(above[-1]) + 1
    snr = mean[low:high].mean() / noise - 1
    return low / bins - 0.5, high / bins - 0.5, float(snr)


def draw(rng: Rng, paths: Sequence[str], snr_db: float) -> str | None:
    """A recording of a random folder that is good enough for an SNR, or None after 10 attempts."""
    folders = sorted({os.path.dirname(path) for path in paths})
    for _ in range(10):
        folder = choice(rng, folders)
        path = choice(rng, [p for p in paths if os.path.dirname(p) == folder])
        if read_cut(path).own_snr_db >= snr_db + MARGIN_DB:
            return path
    return None


def cut(path: str, rng: Rng, seconds: float) -> Signal:
    """The cut of a recording, once, at a random time of ``seconds``, or a part that fills them."""
    source = read_cut(path)
    n = round(seconds * source.rate)
    samples = source.samples
    if len(samples) >= n:
        first = int(rng.integers(len(samples) - n + 1))
        return Signal(samples[first : first + n], source.rate, ((0, n),))
    first = int(rng.integers(n - len(samples) + 1))
    out = np.zeros(n, np.complex64)
    out[first : first + len(samples)] = samples
    return Signal(out, source.rate, ((first, first + len(samples)),))

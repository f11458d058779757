# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns recordings from behind a detector back into signals at complex baseband.

The output of an FM discriminator is proportional to frequency, so a carrier that is modulated with
it has the transmitter's modulation, data and timing; only its scale is lost, and the deviation of
the standard gives that. An AM detector lost the carrier, a single-sideband receiver one half of the
spectrum: both can be put back. The envelope of a field has lost its phase, and cannot. What a
receiver's audio filter and de-emphasis took away stays away.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import scipy.signal
from gnuradio.rfattn.recordings.formats import open_recording
from gnuradio.rfattn.recordings.labelled_folder import open_labelled
from gnuradio.rfattn.recordings.recording import Recording
from gnuradio.rfattn.recordings.sigmf import Annotation, SigMFError
from gnuradio.rfattn.signals.modulate import (
    AM,
    FM,
    amplitude_of,
    finer,
    frequency_of,
    limit,
    measure,
)
from gnuradio.rfattn.signals.waveform import apply_response, carrier, resample
from gnuradio.rfattn_station.learning.detectors import find_detector

from .keying import Signal, ramps
from .waveform import Spans, merge_spans

RAMP_S = 2e-3
"""Ramps of a signal that begins or ends within a recording; the audio lost the real ones."""


def as_signal(path: str | os.PathLike, label: str | None = None, deviation: float = 1.0) -> Signal:
    """A recording as a signal at complex baseband, centred, zero outside its annotations.

    Complex recordings stay as they are; with band edges the middle of the annotated band moves to
    0 Hz. Bursts in turn on other frequencies give a hopper's ``centres``.

    Args:
        path: a SigMF recording.
        label: whose annotations to use (default: the label that covers most samples).
        deviation: what the deviation of the standard is multiplied by, since transmitters differ.

    Raises:
        SigMFError: the recording is unusable, has no rate, no such annotation, or its audio cannot
            be turned back or is constant.
        ValueError: ``deviation`` is not positive.
    """
    if not deviation > 0:
        raise ValueError(f"deviation must be positive, got {deviation}")
    recording = open_recording(path) if label is None else open_labelled(path, label)
    label = recording.label if label is None else label
    marks = sorted((a for a in recording.annotations if a.label == label), key=lambda a: a.start)
    if not marks:
        raise SigMFError(f"{recording.path}: no annotation {label!r}")
    if recording.sample_rate is None:
        raise SigMFError(f"{recording.path}: its sample rate is not stated")
    spans = merge_spans(tuple((a.start, a.end) for a in marks), 0)
    rate, centres = recording.sample_rate, ()
    if not recording.is_real:
        wave, centres = _centre(recording.samples(), rate, marks, recording.frequency or 0.0)
        return _as_sent(wave, rate, spans, recording, centres)
    detector, audio = find_detector(recording, label), recording.samples().real
    if not np.ptp(_within(audio, spans)):
        raise SigMFError(f"{recording.path}: nothing changes in its annotations")
    if isinstance(detector, FM):
        detector = replace(detector, deviation_hz=detector.deviation_hz * deviation)
        wave, rate = _modulate_frequency(detector, audio, rate, spans)
    elif isinstance(detector, AM):
        wave = _modulate_amplitude(detector, audio, rate, spans)
    else:
        wave = _restore_sideband(audio, rate, marks, spans)
    return _as_sent(wave, rate, spans, recording, centres)


def _modulate_frequency(
    detector: FM, audio: np.ndarray, rate: float, spans: Spans
) -> tuple[np.ndarray, float]:
    """A carrier whose frequency follows the audio."""
    audio = limit(audio, rate, detector.top_hz)
    scale = measure(detector, _within(audio, spans))
    times = finer(detector, rate)
    return carrier(frequency_of(detector, audio, rate, scale) / (times * rate)), times * rate


def _modulate_amplitude(detector: AM, audio: np.ndarray, rate: float, spans: Spans) -> np.ndarray:
    """A carrier whose amplitude follows the audio."""
    audio = limit(audio, rate, detector.top_hz)
    audio = audio - _within(audio, spans).mean()
    low, high = detector.low_hz / rate, detector.high_hz / rate
    one = apply_response(audio, lambda f: ((np.abs(f) > low) & (np.abs(f) < high)) * 1.0)
    amplitude = np.sqrt(2) * float(_within(one, spans).std())
    return amplitude_of(audio * (detector.depth / amplitude)).astype(np.complex64)


def _within(samples: np.ndarray, spans: Spans) -> np.ndarray:
    return np.concatenate([samples[first:end] for first, end in spans])


def _restore_sideband(
    audio: np.ndarray, rate: float, marks: Sequence[Annotation], spans: Spans
) -> np.ndarray:
    """The band that a single-sideband receiver moved down, around 0 Hz."""
    band_up = scipy.signal.hilbert(audio)
    if _edges(marks) is not None:
        return _centre(band_up, rate, marks, 0.0)[0]
    middle = _power_middle(_within(band_up, spans), rate)
    return band_up * carrier(-middle / rate, len(audio))


def _centre(
    samples: np.ndarray, rate: float, marks: Sequence[Annotation], frequency: float
) -> tuple[np.ndarray, tuple[float, ...]]:
    """Moves the annotated band to 0 Hz, and returns where in it each burst is if they hop."""
    edges = _edges(marks)
    if edges is None:
        return samples, ()
    middle = (edges.min() + edges.max()) / 2
    moved = samples * carrier((frequency - middle) / rate, len(samples))
    return moved, _hops(marks, edges, middle)


def _hops(marks: Sequence[Annotation], edges: np.ndarray, middle: float) -> tuple[float, ...]:
    """The centre of each burst in Hz if bursts follow each other on other frequencies."""
    apart = all(a.end < b.start for a, b in itertools.pairwise(marks))
    centres = edges.mean(axis=1)
    if not apart or np.ptp(centres) < 0.5 * np.median(edges[:, 1] - edges[:, 0]):
        return ()
    return tuple(float(centre - middle) for centre in centres)


def _edges(marks: Sequence[Annotation]) -> np.ndarray | None:
    """Lower and upper edge of each annotation in Hz: [marks, 2]; None if one has none."""
    edges = [(a.freq_lower_edge, a.freq_upper_edge) for a in marks]
    return None if any(None in pair for pair in edges) else np.array(edges, np.float64)


def _power_middle(samples: np.ndarray, rate: float) -> float:
    """The middle of the band that stands out, in Hz: 98 % of the squared power density, so that
    the noise of the receiver's whole passband counts little."""
    size = min(512, len(samples))
    f, density = scipy.signal.welch(samples, rate, nperseg=size, return_onesided=False)
    order = np.argsort(f)
    total = np.cumsum(density[order] ** 2)
    return float(f[order][np.searchsorted(total, np.array([0.01, 0.99]) * total[-1])].mean())


def _as_sent(
    wave: np.ndarray, rate: float, spans: Spans, recording: Recording, centres: tuple[float, ...]
) -> Signal:
    """The wave at a rate that fits, zero outside the spans, with ramps of what was modulated."""
    target = fitting_rate(rate)
    wave = resample(wave, target / rate)
    times, n = target / recording.sample_rate, len(wave)
    spans = tuple((round(a * times), min(n, round(b * times))) for a, b in spans)
    gate = np.zeros(n, np.float32)
    for first, end in spans:
        gate[first:end] = 1
        if recording.is_real:
            gate[first:end] = _inner_ramps(first, end, n, RAMP_S * target)
    wave = wave * gate
    on = sum(end - first for first, end in spans)
    scale = np.sqrt(on / (float(np.sum(np.abs(wave) ** 2)) + 1e-30))
    return Signal((wave * np.float32(scale)).astype(np.complex64), target, spans, centres)


def _inner_ramps(first: int, end: int, n: int, length: float) -> np.ndarray:
    """Ramps of a span, except where it reaches an end of the recording."""
    gate, middle = ramps(end - first, length), (end - first) // 2
    if first == 0:
        gate[:middle] = 1
    if end == n:
        gate[middle:] = 1
    return gate


def fitting_rate(rate: float) -> float:
    """The lowest rate from ``rate`` up that is a multiple of 25 Hz with the factors 2, 3, 5, 7."""
    units = int(np.ceil(rate / 25 - 1e-9))
    while not _is_smooth(units):
        units += 1
    return 25.0 * units


def _is_smooth(number: int) -> bool:
    for factor in (2, 3, 5, 7):
        while number % factor == 0:
            number //= factor
    return number == 1

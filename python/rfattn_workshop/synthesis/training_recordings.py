# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts labelled recordings into made-up bands, as if their transmitters were received again.

A recording is limited to the band that it occupies, so that neither its own noise nor the edges of
its receiver's band show where it was put in.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import scipy.fft
from gnuradio.rfattn.recordings.labelled_folder import LabelledRecording
from gnuradio.rfattn.signals.waveform import band

from .waves.keying import Signal
from .waves.remodulate import as_signal
from .waves.waveform import Rng

_SPREAD = 0.08
"""Standard deviation of the logarithm of what the standard's deviation is multiplied by."""
_POWER = 0.995
"""Share of a recording's power in the band that is kept."""
_MOST_SAMPLES = 6_000_000
"""Samples of the longest recording that is put into bands."""


def usable(entries: Iterable[LabelledRecording]) -> list[tuple[str, str, str]]:
    """Label, group and path of the recordings that can be received again.

    The others are left out: envelopes, recordings without a rate or an annotation of their label,
    and those of more than `_MOST_SAMPLES` samples.
    """
    found = []
    for entry in entries:
        try:
            signal = _read(str(entry.path), entry.label, 1.0)
        except ValueError:
            continue
        if len(signal.samples) <= _MOST_SAMPLES:
            found.append((entry.label, entry.group, str(entry.path)))
    _read.cache_clear()
    return found


def recorded_signal(path: str, label: str, rng: Rng, seconds: float) -> Signal:
    """A random part of a recording that lasts so long; a shorter one is silent before and after.

    Args:
        path: of the recording.
        label: of the annotations whose samples are the signal.
        rng: draws the part, and how far the deviation of a modulated carrier is from its standard.
        seconds: length.

    Raises:
        SigMFError: see `remodulate.as_signal`.
    """
    factor = float(np.round(np.exp(_SPREAD * rng.standard_normal()), 2))
    signal = _limited(_read(path, label, factor))
    n, have = round(seconds * signal.rate), len(signal.samples)
    if have >= n:
        a, b = signal.spans[int(rng.integers(len(signal.spans)))]
        first = int(np.clip(rng.integers(a, b) - rng.integers(n), 0, have - n))
        return _moved(signal, signal.samples[first : first + n], -first)
    first = int(rng.integers(n - have + 1))
    samples = np.zeros(n, np.complex64)
    samples[first : first + have] = signal.samples
    return _moved(signal, samples, first)


@functools.lru_cache(maxsize=4)
def _read(path: str, label: str, factor: float) -> Signal:
    return as_signal(path, label, factor)


def _limited(signal: Signal) -> Signal:
    """The signal without what lies beside the band of nearly all of its power."""
    if signal.centres:
        return signal
    spectrum = scipy.fft.fft(signal.samples)
    n = len(spectrum)
    energy = np.fft.fftshift(np.abs(spectrum) ** 2)
    total = np.cumsum(energy, dtype=np.float64)
    tail = (1 - _POWER) / 2
    low = np.searchsorted(total, tail * total[-1]) / n - 0.5
    high = (np.searchsorted(total, (1 - tail) * total[-1]) + 1) / n - 0.5
    room = 0.1 * (high - low)
    response = band(low - room, high + room, max(room, 2 / n))
    spectrum *= response(np.fft.fftfreq(n)).astype(np.float32)
    gate = np.zeros(n, np.float32)
    for a, b in signal.spans:
        gate[a:b] = 1.0
    return replace(signal, samples=(scipy.fft.ifft(spectrum) * gate).astype(np.complex64))


def _moved(signal: Signal, samples: np.ndarray, by: int) -> Signal:
    """The signal with other samples, and its spans ``by`` samples later."""
    n = len(samples)
    moved = [(max(0, a + by), min(n, b + by)) for a, b in signal.spans]
    kept = [k for k, (a, b) in enumerate(moved) if b > a]
    centres = tuple(signal.centres[k] for k in kept) if signal.centres else ()
    return Signal(samples, signal.rate, tuple(moved[k] for k in kept), centres)

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends a signal through the air: echoes, and fading that follows from motion."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.signal

from .keying import Signal
from .waveform import Rng, log_uniform, white


def propagate(rng: Rng, signal: Signal) -> Signal:
    """The signal as it arrives: two times in five with echoes, one in four with fading.

    Echoes have an exponential power profile of 30 ns to 10 µs. Fading is Rician (K from -3 to 15
    dB), with a Doppler spread of 0.05 to 80 Hz.
    """
    samples = signal.samples
    if rng.random() < 0.4:
        samples = _echo(rng, samples, signal.rate)
    if rng.random() < 0.25:
        samples = samples * _fading(rng, len(samples), signal.rate)
    return signal if samples is signal.samples else replace(signal, samples=samples)


def _echo(rng: Rng, samples: np.ndarray, rate: float) -> np.ndarray:
    spread = log_uniform(rng, 30e-9, 10e-6) * rate
    if spread < 0.1:
        return samples  # far shorter than a sample: nothing shows
    delay = np.arange(min(2048, int(np.ceil(4 * spread)) + 1))
    taps = white(rng, len(delay)) * np.exp(-delay / (2 * spread)) * rng.uniform(0.2, 1.0)
    taps[0] = 1.0
    taps /= np.sqrt(np.sum(np.abs(taps) ** 2))
    return scipy.signal.oaconvolve(samples, taps)[: len(samples)].astype(np.complex64)


def _fading(rng: Rng, count: int, rate: float) -> np.ndarray:
    """A gain of mean power 1: complex64 [count]."""
    knots = max(4, int(4 * log_uniform(rng, 0.05, 80.0) * count / rate))
    if knots > count // 4:
        return np.ones(count, np.complex64)
    k = 10 ** (rng.uniform(-3, 15) / 10)
    walk, place = white(rng, knots), np.linspace(0, knots - 1, count)
    scattered = np.interp(place, np.arange(knots), walk.real) + 1j * np.interp(
        place, np.arange(knots), walk.imag
    )
    # Between the knots the interpolated gain has two thirds of their power.
    return ((np.sqrt(k) + scattered * np.sqrt(1.5)) / np.sqrt(k + 1)).astype(np.complex64)

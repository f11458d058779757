# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends a signal through the air: echoes, and fading that follows from motion."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import scipy.signal
from gnuradio.rfattn.signals.waveform import white

from .waves.keying import Signal
from .waves.waveform import Rng, log_uniform

SHORTWAVE_RATE = 7000.0
"""Signals up to this rate in Hz are those of shortwave."""


def propagate(rng: Rng, signal: Signal) -> Signal:
    """Returns the signal as it arrives: two times in five with echoes, once in four with fading.

    Echoes have an exponential power profile of 30 ns to 10 µs. Fading is Rician (K from -3 to 15
    dB), with a Doppler spread of 0.05 to 80 Hz, less for narrow signals. Half of the narrowest ones
    come over the ionosphere.
    """
    samples = signal.samples
    if signal.rate <= SHORTWAVE_RATE and rng.random() < 0.5:
        return replace(signal, samples=_ionosphere(rng, samples, signal.rate))
    if rng.random() < 0.4:
        samples = _echo(rng, samples, signal.rate)
    if rng.random() < 0.25:
        samples = samples * _fading(rng, len(samples), signal.rate)
    return signal if samples is signal.samples else replace(signal, samples=samples)


def _echo(rng: Rng, samples: np.ndarray, rate: float) -> np.ndarray:
    """The samples and their echoes, complex64 [n], with the power that they had on average."""
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
    # Signals a few Hz wide come from senders at rest.
    doppler = log_uniform(rng, 0.05, min(80.0, max(0.5, rate / 600)))
    return _rician(rng, count, rate, doppler, 10 ** (rng.uniform(-3, 15) / 10))


def _ionosphere(rng: Rng, samples: np.ndarray, rate: float) -> np.ndarray:
    """Two paths 0.3 to 5 ms apart that fade on their own, as in ITU-R recommendation F.1487."""
    doppler = log_uniform(rng, 0.02, 1.5)
    late = round(log_uniform(rng, 0.3e-3, 5e-3) * rate)
    level = 10 ** (rng.uniform(-20, 0) / 20)
    k = 10 ** (rng.uniform(-20, 10) / 10)
    first, second = (_rician(rng, len(samples), rate, doppler, k) for _ in range(2))
    delayed = np.concatenate([np.zeros(late, np.complex64), samples])[: len(samples)]
    wave = first * samples + level * second * delayed
    return (wave / np.sqrt(1 + level**2)).astype(np.complex64)


def _rician(rng: Rng, count: int, rate: float, doppler: float, k: float) -> np.ndarray:
    """A gain of mean power 1 with a steady part ``k`` times the rest: complex64 [count]."""
    knots = max(4, int(4 * doppler * count / rate))
    if knots > count // 4:
        return np.ones(count, np.complex64)
    walk, place = white(rng, knots), np.linspace(0, knots - 1, count)
    scattered = np.interp(place, np.arange(knots), walk.real) + 1j * np.interp(
        place, np.arange(knots), walk.imag
    )
    # Between the knots the interpolated gain has two thirds of their power.
    return ((np.sqrt(k) + scattered * np.sqrt(1.5)) / np.sqrt(k + 1)).astype(np.complex64)

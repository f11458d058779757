# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carriers, filters and noise at complex baseband. Frequencies are shares of the sample rate."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.fft


def white(rng: np.random.Generator, count: int) -> np.ndarray:
    """Draws complex white noise of power 1: complex64 [count]."""
    return rng.standard_normal(2 * count, np.float32).view(np.complex64) * np.float32(np.sqrt(0.5))


def carrier(frequency: np.ndarray | float, count: int | None = None, phase: float = 0.0):
    """A carrier of amplitude 1: complex64 [count].

    Args:
        frequency: share of the rate; one number, or one for each sample.
        phase: share of a turn.
    """
    if np.ndim(frequency) == 0:
        angle = float(frequency) * np.arange(count)
    else:
        angle = np.cumsum(frequency)
    return np.exp(2j * np.pi * (angle + phase)).astype(np.complex64)


def resample(samples: np.ndarray, ratio: float) -> np.ndarray:
    """Resamples to ``ratio`` times as many samples; what exceeds the new band is lost."""
    n = len(samples)
    target = max(1, round(n * ratio))
    if target == n:
        return np.asarray(samples, np.complex64)
    spectrum = scipy.fft.fft(np.asarray(samples, np.complex64))
    kept = min(n, target)
    out = np.zeros(target, np.complex64)
    positive = (kept + 1) // 2
    out[:positive] = spectrum[:positive]
    out[target - kept // 2 :] = spectrum[n - kept // 2 :]
    return (scipy.fft.ifft(out) * (target / n)).astype(np.complex64)


def apply_response(samples: np.ndarray, response: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Filters with ``response``, an amplitude for frequencies from -0.5 to 0.5 of the rate."""
    n = scipy.fft.next_fast_len(len(samples))
    spectrum = scipy.fft.fft(samples, n) * response(np.fft.fftfreq(n))
    out = scipy.fft.ifft(spectrum)[: len(samples)]
    return out.astype(np.complex64) if np.iscomplexobj(samples) else out.real.astype(np.float32)


def band(low: float, high: float, edge: float, floor_db: float = -100.0):
    """A response that passes ``low`` to ``high``; its raised-cosine edges are ``edge`` wide."""
    floor = 10 ** (floor_db / 20)

    def response(f):
        inside = np.minimum(f - low, high - f) / edge + 0.5
        return np.maximum(0.5 - 0.5 * np.cos(np.pi * np.clip(inside, 0, 1)), floor)

    return response

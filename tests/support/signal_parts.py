# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Powers of samples, and the samples of a made-up signal on which it is on the air."""

import numpy as np


def power(samples: np.ndarray) -> float:
    return float(np.mean(np.abs(samples) ** 2))


def in_band(samples: np.ndarray, rate: float, low: float, high: float) -> float:
    """Power between two frequencies."""
    spectrum = np.abs(np.fft.fft(samples) / len(samples)) ** 2
    f = np.fft.fftfreq(len(samples), 1 / rate)
    return float(spectrum[(f >= low) & (f < high)].sum())


def on(signal) -> np.ndarray:
    """Whether each sample lies in a span."""
    inside = np.zeros(len(signal.samples), bool)
    for first, end in signal.spans:
        inside[first:end] = True
    return inside

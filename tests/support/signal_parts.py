# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Powers of samples, and the samples of a made-up signal on which it is on the air."""

import numpy as np
from gnuradio.rfattn.recordings.front_end import window_taps


def power(samples: np.ndarray) -> float:
    return float(np.mean(np.abs(samples) ** 2))


def in_band(samples: np.ndarray, rate: float, low: float, high: float) -> float:
    """Power between two frequencies."""
    spectrum = np.abs(np.fft.fft(samples) / len(samples)) ** 2
    f = np.fft.fftfreq(len(samples), 1 / rate)
    return float(spectrum[(f >= low) & (f < high)].sum())


def noise_gain(front_end) -> float:
    """What complex white noise of power 1 reads in a two-sided bin of a front end, linear."""
    taps = window_taps(front_end.window, front_end.fft_size)
    return float(np.sum(taps**2) / np.sum(taps) ** 2)


def on(signal) -> np.ndarray:
    """Whether each sample lies in a span."""
    inside = np.zeros(len(signal.samples), bool)
    for first, end in signal.spans:
        inside[first:end] = True
    return inside

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detectors to compare with, written anew from their published rules.

Each turns samples into boxes by a map of power over time and frequency, a threshold and connected
cells. Cells have a size in Hz and seconds, so that a rule is the same at every rate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.fft
import scipy.ndimage
import scipy.stats
from gnuradio.rfattn_station.learning.boxes import Box

LEAST_DB = 6.0
"""Least threshold of the plain rule over its floor."""
UPPER, LOWER = 1e-6, 1e-2
"""Shares of the noise that exceed the thresholds of LAD."""
AVERAGE = 0.8
"""Weight of the newest spectrum in gr-inspector's average."""


@dataclass(frozen=True)
class Baseline:
    """A rule with its settings."""

    rule: str
    """One of `RULES`."""
    bin_hz: float
    """Width of a cell."""
    frame_s: float
    """Length of a cell, at least that of one FFT."""
    factor: float = 0.0
    """Of the plain rule: threshold over the floor in interquartile ranges. gr-inspector's
    sensitivity: jumps above 1 - sensitivity of the range."""

    def detect(self, samples: np.ndarray, sample_rate: float) -> list[Box]:
        """Boxes of everything that stands out of the noise."""
        power, fft_size, hop = power_map(samples, sample_rate, self.bin_hz, self.frame_s)
        seen = RULES[self.rule](power, hop // fft_size, self)
        return connect(seen, sample_rate / fft_size, hop)


def power_map(
    samples: np.ndarray, sample_rate: float, bin_hz: float, frame_s: float
) -> tuple[np.ndarray, int, int]:
    """Mean power of cells, DC in the middle: float32 [frames, bins], FFT size, samples a frame."""
    fft_size = 2 ** max(3, round(np.log2(sample_rate / bin_hz)))
    averaged = max(1, round(frame_s * sample_rate / fft_size))
    hop = averaged * fft_size
    frames = len(samples) // hop
    window = np.hanning(fft_size).astype(np.float32)
    power = np.empty((frames, fft_size), np.float32)
    for i in range(frames):
        part = samples[i * hop : (i + 1) * hop].reshape(averaged, fft_size)
        spectra = scipy.fft.fft(part * window, axis=1)
        power[i] = np.mean(spectra.real**2 + spectra.imag**2, axis=0)
    return np.fft.fftshift(power, axes=1) + np.float32(1e-20), fft_size, hop


def connect(seen: np.ndarray, bin_hz: float, hop: int) -> list[Box]:
    """A box around each group of neighbouring cells, also across corners."""
    labels, _ = scipy.ndimage.label(seen, np.ones((3, 3)))
    middle = seen.shape[1] // 2
    boxes = []
    for number, (time, frequency) in enumerate(scipy.ndimage.find_objects(labels), 1):
        low, high = (frequency.start - middle - 0.5), (frequency.stop - middle - 0.5)
        start, count = time.start * hop, (time.stop - time.start) * hop
        boxes.append(Box(start, count, low * bin_hz, high * bin_hz, number))
    return boxes


def plain(power: np.ndarray, _averaged: int, settings: Baseline) -> np.ndarray:
    """Cells above the 40 % quantile over frequency by 6 dB or a multiple of the interquartile
    range, as trunk-recorder finds signals."""
    db = 10 * np.log10(power)
    low, floor, high = np.quantile(db, (0.25, 0.4, 0.75), axis=1)
    return db > (floor + np.maximum(LEAST_DB, settings.factor * (high - low)))[:, None]


def inspector(power: np.ndarray, _averaged: int, settings: Baseline) -> np.ndarray:
    """Bins above the first large jump between the sorted values of an averaged spectrum in dB, as
    gr-inspector finds signals; nothing without such a jump."""
    db = 10 * np.log10(power)
    for i in range(1, len(db)):
        db[i] = AVERAGE * db[i] + (1 - AVERAGE) * db[i - 1]
    ordered = np.sort(db, axis=1)
    jump = np.diff(ordered, axis=1) > (1 - settings.factor) * np.ptp(db, axis=1)[:, None]
    first = jump.argmax(axis=1)
    threshold = np.where(jump.any(axis=1), ordered[np.arange(len(db)), first], np.inf)
    return db > threshold[:, None]


def lad(power: np.ndarray, averaged: int, _: Baseline) -> np.ndarray:
    """Localization by double thresholding in two dimensions: groups of cells above the lower
    threshold that have one above the upper. The noise is estimated by FCME in each frame."""
    # A cell is the mean of exponential values, so it has a gamma distribution.
    upper, lower = scipy.stats.gamma.isf((UPPER, LOWER), averaged) / averaged
    floor = np.array([forward_consecutive_mean(row, lower) for row in power])[:, None]
    labels, count = scipy.ndimage.label(power > lower * floor, np.ones((3, 3)))
    strong = np.zeros(count + 1, bool)
    strong[np.unique(labels[power > upper * floor])] = True
    strong[0] = False
    return strong[labels]


def forward_consecutive_mean(row: np.ndarray, threshold: float) -> float:
    """FCME: the mean of the smallest tenth, then of all below a multiple of the mean, until it
    stays."""
    ordered = np.sort(row)
    means = np.cumsum(ordered) / np.arange(1, len(ordered) + 1)
    count = max(1, len(ordered) // 10)
    while True:
        grown = int(np.searchsorted(ordered, threshold * means[count - 1], side="right"))
        if grown <= count:
            return float(means[count - 1])
        count = grown


RULES: dict[str, Callable[[np.ndarray, int, Baseline], np.ndarray]] = {
    "plain": plain,
    "inspector": inspector,
    "lad": lad,
}
_BINS_HZ = (1000.0, 2000.0, 4000.0, 8000.0)
_FRAMES_S = (0.001, 0.004, 0.016)


def candidates(rule: str) -> list[Baseline]:
    """The settings of a rule that are tried on validation scenes."""
    if rule == "inspector":
        return [Baseline(rule, b, 0.0, s) for b in _BINS_HZ for s in (0.2, 0.9, 0.95)]
    factors = (0.3, 1.0) if rule == "plain" else (0.0,)
    return [Baseline(rule, b, f, k) for b in _BINS_HZ for f in _FRAMES_S for k in factors]

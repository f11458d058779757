# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes waveforms at complex baseband from random numbers; the parts that all signals share.

Frequencies are shares of the sample rate and times are samples, so that signals are drawn with
widths and lengths that show in spectra of some hundred bins. `Emission.rate` converts to Hz.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.signal
from gnuradio.rfattn.signals.waveform import carrier, resample

Rng = np.random.Generator
Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Emission:
    """The signal of a transmitter, without channel and noise."""

    samples: np.ndarray
    """complex64 [n], zero where the transmitter is off."""
    rate: float
    """Samples per second."""
    bandwidth: float
    """Occupied bandwidth as a share of the rate; above 1 the receiver sees a part of it."""
    spans: Spans
    """(first, last + 1) of each stretch in which the transmitter is on."""
    name: str
    """Name of the technology, for the recording's sublabel."""


def log_uniform(rng: Rng, low: float, high: float) -> float:
    """Draws a number whose logarithm is uniform."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def choice(rng: Rng, options: Sequence):
    """Draws one of the options."""
    return options[int(rng.integers(len(options)))]


def bits(rng: Rng, count: int) -> np.ndarray:
    """Draws zeros and ones: int64 [count]."""
    return rng.integers(0, 2, count)


def sample_hold(edges: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    """Holds ``values[i]`` from time ``edges[i]`` to ``edges[i + 1]``, 0 outside: float64 [count].

    A sample is the mean over its interval, so that edges between samples keep their place.
    """
    edges = np.asarray(edges, np.float64)
    integral = np.concatenate([[0.0], np.cumsum(np.asarray(values) * np.diff(edges))])
    return np.diff(np.interp(np.arange(count + 1), edges, integral))


def nrz(values: Sequence[float], period: float) -> np.ndarray:
    """Holds each value for ``period`` samples, as non-return-to-zero keying does."""
    edges = np.arange(len(values) + 1) * period
    return sample_hold(edges, np.asarray(values, np.float64), int(np.ceil(edges[-1])))


def smooth(values: np.ndarray, width: float) -> np.ndarray:
    """Filters with a Gaussian of standard deviation ``width`` samples."""
    if width < 0.05:
        return values
    half = int(np.ceil(4 * width))
    taps = np.exp(-0.5 * (np.arange(-half, half + 1) / width) ** 2)
    padded = np.pad(values, half, mode="edge")
    return scipy.signal.fftconvolve(padded, taps / taps.sum(), mode="valid")


def gaussian_fsk(symbols, period: float, deviation: float, bt: float | None) -> np.ndarray:
    """Modulates by frequency shift keying.

    Args:
        symbols: from -1 to 1, ``period`` samples each.
        deviation: share of the rate.
        bt: bandwidth-time product of the Gaussian filter, None for abrupt keying.
    """
    frequency = nrz(symbols, period)
    if bt is not None:
        frequency = smooth(frequency, np.sqrt(np.log(2)) / (2 * np.pi) * period / bt)
    return carrier(deviation * frequency)


def root_raised_cosine(rolloff: float, period: int, symbols: int = 8) -> np.ndarray:
    """Taps of a root-raised-cosine filter over ``2 * symbols`` periods, of energy 1."""
    t = np.arange(-symbols * period, symbols * period + 1) / period + 1e-9
    numerator = np.sin(np.pi * t * (1 - rolloff)) + 4 * rolloff * t * np.cos(
        np.pi * t * (1 + rolloff)
    )
    taps = numerator / (np.pi * t * (1 - (4 * rolloff * t) ** 2) + 1e-12)
    return taps / np.sqrt(np.sum(taps**2))


def shape_symbols(symbols: np.ndarray, period: float, rolloff: float) -> np.ndarray:
    """Modulates complex symbols, ``period`` samples each, with a root-raised cosine; power 1."""
    grid = 4
    up = np.zeros(len(symbols) * grid, np.complex64)
    up[::grid] = symbols
    wave = scipy.signal.fftconvolve(up, root_raised_cosine(rolloff, grid), mode="same")
    wave = resample(wave, period / grid)
    return wave / np.sqrt(np.mean(np.abs(wave) ** 2) + 1e-20)


def bursts(
    rng: Rng, count: int, burst: Callable[[], np.ndarray], gap: Callable[[], float], first: float
) -> tuple[np.ndarray, Spans]:
    """Joins bursts and gaps, the first burst after ``first`` samples, up to ``count`` samples."""
    out = np.zeros(count, np.complex64)
    spans = []
    position = int(first)
    while position < count:
        samples = burst()[: count - position]
        out[position : position + len(samples)] = samples
        spans.append((position, position + len(samples)))
        position += len(samples) + max(1, int(gap()))
    return out, tuple(spans)


def full_span(count: int) -> Spans:
    """The spans of a signal that is always on."""
    return ((0, count),)


def merge_spans(spans: Spans, gap: int) -> Spans:
    """Joins spans whose distance is at most ``gap``."""
    out: list[tuple[int, int]] = []
    for first, end in sorted(spans):
        if out and first - out[-1][1] <= gap:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((first, end))
    return tuple(out)

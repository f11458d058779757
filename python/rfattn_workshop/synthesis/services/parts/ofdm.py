# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns grids of subcarriers into OFDM, and limits the band and the crest as transmitters do."""

from __future__ import annotations

import numpy as np
import scipy.fft
import scipy.signal

from ...waves.waveform import Rng


def modulate(grid: np.ndarray, size: int, guard: int, half: bool = False) -> np.ndarray:
    """OFDM symbols with cyclic prefixes.

    Args:
        grid: amplitudes [symbols, carriers], low to high; an odd number of carriers has the one
            at 0 Hz in its middle, an even number has none there, or none at all with ``half``.
        size: samples of the useful part.
        guard: samples of the prefix.
        half: shifts up by half a carrier, as the LTE uplink is.

    Returns:
        complex64 [symbols · (size + guard)], of the mean power of a row's sum over size.
    """
    count = grid.shape[1]
    low, high = count // 2, count - count // 2
    first = 0 if half or count % 2 else 1
    out = np.zeros((len(grid), size), np.complex64)
    out[:, first : first + high] = grid[:, low:]
    out[:, size - low :] = grid[:, :low]
    wave = scipy.fft.ifft(out, axis=1, overwrite_x=True) * np.float32(np.sqrt(size))
    wave = np.concatenate([wave[:, size - guard :], wave], axis=1)
    if half:
        wave *= np.exp(1j * np.pi * np.arange(-guard, size) / size).astype(np.complex64)
    return wave.ravel()


def qam(rng: Rng, shape: tuple[int, ...], side: int) -> np.ndarray:
    """Random points of a square constellation with ``side`` levels an axis: power 1, complex64."""
    scale = np.float32(np.sqrt(1.5 / (side**2 - 1)))
    levels = (2 * np.arange(side, dtype=np.float32) - side + 1) * scale
    draws = rng.integers(0, side**2, shape, np.uint16)
    points = (levels[:, None] + 1j * levels[None, :]).astype(np.complex64).ravel()
    return points[draws]


def limit_band(wave: np.ndarray, rate: float, width_hz: float, edge_hz: float) -> np.ndarray:
    """Filters out what is more than ``edge_hz`` beyond a width around 0 Hz, by 50 dB."""
    count = int(3.0 * rate / edge_hz) | 1
    taps = scipy.signal.firwin(count, width_hz + edge_hz, fs=2 * rate, window=("kaiser", 5.0))
    return scipy.signal.oaconvolve(wave, taps.astype(np.float32), mode="same")


def clip_crest(rng: Rng, wave: np.ndarray) -> np.ndarray:
    """Limits the amplitude to 7 to 12 dB over the mean power, as amplifiers do."""
    most = np.sqrt(np.mean(np.abs(wave[:: max(1, len(wave) // 100000)]) ** 2))
    most *= 10 ** (rng.uniform(7, 12) / 20)
    return wave * np.minimum(1, most / (np.abs(wave) + 1e-12)).astype(np.float32)

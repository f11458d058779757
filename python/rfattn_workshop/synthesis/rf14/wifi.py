# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes Wi-Fi bursts of 802.11a, g and n in 20 MHz: training, signal field, data, acknowledgement.

Times are those of the standard at 20 MS/s: symbols of 64 samples with a guard of 16 (short: 8).
"""

from __future__ import annotations

import numpy as np
import scipy.fft
from gnuradio.rfattn.signals.waveform import resample

from ..waves.waveform import (
    Emission,
    Rng,
    bursts,
    choice,
    log_uniform,
    merge_spans,
)

NATIVE = 20e6
SIFS_US, DIFS_US, SLOT_US = 10.0, 28.0, 9.0
MODULATION = (1, 2, 4, 6)
"""Bits per subcarrier: BPSK, QPSK, 16-QAM, 64-QAM."""


def wifi_ofdm(rng: Rng, count: int) -> Emission:
    """The frames of two stations."""
    ratio = float(np.clip(log_uniform(rng, 0.55, 1.8), 0.5, 2.0))
    native_count = int(count / ratio) + 64
    station, peer = Station(rng), Station(rng)
    gap_us = log_uniform(rng, 2, 1500) if rng.random() < 0.7 else rng.uniform(1, 12)
    chatty = rng.random() < 0.7

    def exchange():
        parts = [station.frame(rng, station.length(rng))]
        if rng.random() < 0.85 and chatty:
            parts += [
                np.zeros(_n(SIFS_US * rng.uniform(0.5, 1.6))),
                peer.frame(rng, 14, legacy=True),
            ]
        return np.concatenate(parts)

    def gap():
        backoff = SLOT_US * rng.integers(0, 16) + DIFS_US if chatty else 0.0
        return _n(backoff + rng.exponential(gap_us))

    samples, spans = bursts(rng, native_count, exchange, gap, rng.uniform(0, 0.3) * native_count)
    samples = resample(samples, ratio)[:count]
    spans = tuple((int(a * ratio), min(count, int(b * ratio))) for a, b in spans)
    width = min(1.0, 16.6e6 / (NATIVE * ratio))
    return Emission(samples, NATIVE * ratio, width, merge_spans(spans, 1024), station.name)


def _n(us: float) -> int:
    return int(us * NATIVE / 1e6)


class Station:
    """A transmitter with its standard, modulation, level and filter."""

    def __init__(self, rng: Rng):
        self._high_throughput = rng.random() < 0.5
        self._short_guard = self._high_throughput and rng.random() < 0.3
        self._bits = choice(rng, MODULATION)
        self._rate = choice(rng, (0.5, 0.67, 0.75, 0.83))
        self._level = 10 ** (rng.uniform(-12, 0) / 20)
        self._sizes = choice(
            rng, ((1500,), (100,), (100, 300), (60, 1500), (24, 24, 1500), (256,), (40,))
        )
        tilt = rng.uniform(-0.12, 0.12, 2)
        k = np.fft.fftfreq(64) * 2
        self._shape = 10 ** ((tilt[0] * k * 20 - abs(tilt[1]) * 60 * k**2) / 20)
        self.name = "11n" if self._high_throughput else "11ag"

    def length(self, rng: Rng) -> int:
        return int(choice(rng, self._sizes) * rng.uniform(0.8, 1.1))

    def frame(self, rng: Rng, octets: int, legacy: bool = False) -> np.ndarray:
        modern = self._high_throughput and not legacy
        used = 56 if modern else 52
        per_symbol = (52 if modern else 48) * (1 if legacy else self._bits) * self._rate
        n_symbols = int(np.ceil((22 + 8 * octets) / per_symbol))
        parts = [self._short_training(rng), self._long_training(rng), self._data(rng, 1, 1, 52, 16)]
        if modern:
            parts += [self._data(rng, 2, 1, 52, 16), self._short_training(rng)[:80]]
            parts += [self._data(rng, 1, 1, 56, 16)]
        guard = 8 if modern and self._short_guard else 16
        parts.append(self._data(rng, n_symbols, self._bits if not legacy else 1, used, guard))
        return np.concatenate(parts) * self._level

    def _transform(self, grid: np.ndarray) -> np.ndarray:
        return scipy.fft.ifft(grid * self._shape, axis=-1) * np.sqrt(64 * 64 / 52)

    def _short_training(self, rng: Rng) -> np.ndarray:
        """Every fourth subcarrier: ten repetitions of 16 samples."""
        grid = np.zeros(64, np.complex64)
        places = [k for k in range(-24, 25, 4) if k]
        grid[places] = np.sqrt(13 / 3) * np.exp(0.5j * np.pi * rng.integers(0, 4, 12))
        return np.tile(self._transform(grid)[:16], 10)

    def _long_training(self, rng: Rng) -> np.ndarray:
        grid = np.zeros(64, np.complex64)
        grid[_carriers(52)] = 2.0 * rng.integers(0, 2, 52) - 1
        symbol = self._transform(grid)
        return np.concatenate([symbol[-32:], symbol, symbol])

    def _data(self, rng: Rng, count: int, bits: int, used: int, guard: int) -> np.ndarray:
        grid = np.zeros((count, 64), np.complex64)
        grid[:, _carriers(used)] = _constellation(rng, (count, used), bits)
        grid[:, [7, 21, -7, -21]] = 1 - 2.0 * rng.integers(0, 2, (count, 1))
        symbols = self._transform(grid)
        return np.concatenate([symbols[:, 64 - guard :], symbols], axis=1).ravel()


def _carriers(used: int) -> np.ndarray:
    half = used // 2
    return np.r_[1 : half + 1, -half:0]


def _constellation(rng: Rng, shape, bits: int) -> np.ndarray:
    if bits == 1:
        return 2.0 * rng.integers(0, 2, shape) - 1
    levels = 2 ** (bits // 2)
    axis = 2.0 * np.arange(levels) - levels + 1
    axis = axis / np.sqrt(2 * np.mean(axis**2))
    return axis[rng.integers(0, levels, shape)] + 1j * axis[rng.integers(0, levels, shape)]

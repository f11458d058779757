# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes Wi-Fi: frames of 802.11a, g, n, ac and ax in 20 and 40 MHz.

Samples are twice as many as the standard's transform has, so that what a transmitter leaks beside
its channel is there too.
"""

from __future__ import annotations

import numpy as np
import scipy.fft
from gnuradio.rfattn.signals.waveform import carrier

from ...waves.keying import Signal
from ...waves.waveform import Rng, choice, log_uniform
from ..parts.air import Air, crystal_hz, first_start, level
from ..parts.packets import shift_register

_OVER = 2
SHORT_TRAINING = {
    -24: 1,
    -20: -1,
    -16: 1,
    -12: -1,
    -8: -1,
    -4: 1,
    4: -1,
    8: -1,
    12: 1,
    16: 1,
    20: 1,
    24: 1,
}
"""Signs of the twelve subcarriers of the short training, times 1 + 1j (802.11, 17.3.3)."""
_LOW = "1 1 -1 -1 1 1 -1 1 -1 1 1 1 1 1 1 -1 -1 1 1 -1 1 -1 1 1 1 1"
_HIGH = "1 -1 -1 1 1 -1 1 -1 1 -1 -1 -1 -1 -1 1 1 -1 -1 1 -1 1 -1 1 1 1 1"
LONG_TRAINING = np.array([int(v) for v in f"{_LOW} {_HIGH}".split()], np.complex64)
"""Subcarriers -26 to -1 and 1 to 26 of the long training."""
_LEGACY = np.r_[-26:0, 1:27]
_POLARITY = 1.0 - 2.0 * shift_register((4, 7), 7, 0x7F)
RATES = ((1, 0.5), (1, 0.75), (2, 0.5), (2, 0.75), (4, 0.5), (4, 0.75), (6, 2 / 3), (6, 0.75))
"""Bits of a subcarrier and code rate of the eight rates of 802.11a."""


def wifi_ofdm(rng: Rng, seconds: float) -> Signal:
    """A channel with 1 to 4 access points that send beacons, and the traffic of their stations."""
    wide = rng.random() < 0.2
    air = Air(seconds, 80e6 if wide else 40e6)
    five = rng.random() < 0.5
    sifs_s = 16e-6 if five else 10e-6
    points = [WifiStation(rng, wide, five, 0) for _ in range(int(rng.integers(1, 5)))]
    busy = rng.random() < 0.75
    if busy:
        _exchange_frames(rng, air, seconds, sifs_s, points[0], WifiStation(rng, wide, five, 20))
    for i, point in enumerate(points):
        beacon = point.frame(rng, int(rng.integers(120, 420)), legacy=True)
        # The strongest one shows at least one beacon where nothing else is on the air.
        sole = i == 0 and not busy
        now = first_start(rng, seconds, len(beacon) / air.rate) if sole else rng.uniform(0, 0.1024)
        while now < seconds:
            air.add(now + rng.exponential(2e-4), beacon)
            now += 0.1024
    return air.signal()


def _exchange_frames(rng: Rng, air: Air, seconds: float, sifs_s: float, point, peer) -> None:
    """Data one way or both, with answers; requests and permissions to send before some."""
    sizes = choice(rng, ((1500,), (100, 1500), (60, 300), (40,), (24, 300, 1500), (12000, 30000)))
    protected, mean_s = rng.random() < 0.25, log_uniform(rng, 5e-5, 0.02)
    down, answered = rng.random(), rng.random() < 0.9
    now = rng.uniform(0, 0.5) * min(seconds, 0.01)
    while now < seconds:
        sender, receiver = (point, peer) if rng.random() < down else (peer, point)
        turns = [(sender, 20, True), (receiver, 14, True)] if protected else []
        turns.append((sender, int(choice(rng, sizes) * rng.uniform(0.8, 1.0)), False))
        if answered:
            turns.append((receiver, 32 if max(sizes) > 2000 else 14, True))
        for station, octets, control in turns:
            wave = station.frame(rng, octets, legacy=control)
            air.add(now, wave)
            now += len(wave) / air.rate + sifs_s + rng.uniform(0, 1e-6)
        now += sifs_s + 9e-6 * (2 + rng.integers(0, 16)) + rng.exponential(mean_s)


class WifiStation:
    """A transmitter with its standard, rate, level, frequency error and amplifier."""

    def __init__(self, rng: Rng, wide: bool, five: bool, range_db: float):
        self._blocks = 2 if wide else 1
        self._rate = (40e6, 80e6)[wide]
        kinds = ("n", "n", "ac", "ax") if wide else ("a", "a", "n", "n", "ac", "ax")
        self._kind = choice(rng, kinds)
        self._bits, self._code = choice(rng, RATES)
        if self._kind in ("ac", "ax") and rng.random() < 0.4:
            self._bits, self._code = choice(rng, ((8, 0.75), (10, 0.75)))[:2]
        self._control = choice(rng, RATES[:5:2])
        self._short_guard = rng.random() < 0.4
        self._level = level(rng, range_db)
        self._offset = crystal_hz(rng, 5.5e9 if five else 2.44e9, 20, 1.1e5)
        self._clip = rng.uniform(2.6, 5.0)
        self._edge = int(rng.integers(0, 5))
        tilt = rng.uniform(-0.12, 0.12, 2)
        self._tilt = lambda f: 10 ** ((tilt[0] * f * 20 - abs(tilt[1]) * 60 * f**2) / 20)

    def frame(self, rng: Rng, octets: int, legacy: bool = False) -> np.ndarray:
        """A frame of so many octets: training, signal fields and data: complex64 [n]."""
        kind = "a" if legacy else self._kind
        bits, code = self._control if legacy else (self._bits, self._code)
        parts = [*self._legacy_head(rng), *self._modern_head(rng, kind)]
        tones, symbol_us = self._data_tones(kind)
        length = 22 + 8 * octets
        count = int(np.ceil(length / (len(tones) * bits * code)))
        # A frame lasts at most 5.484 ms.
        count = min(count, int(5000 / symbol_us))
        parts.append(self._data(rng, kind, count, bits))
        wave = np.concatenate(parts)
        wave = wave / (1 + np.abs(wave / self._clip) ** 6) ** (1 / 6)
        turn = carrier(self._offset / self._rate, len(wave), rng.random())
        return (self._level * wave * turn).astype(np.complex64)

    def _transform(self, tones: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
        """Symbols of ``size`` standard samples without guard: complex64 [m, size * _OVER]."""
        grid = np.zeros((len(values), size * _OVER), np.complex64)
        grid[:, tones] = values * self._tilt(2 * tones / size)
        return scipy.fft.ifft(grid, axis=1) * (size * _OVER / np.sqrt(len(tones)))

    def _guard(self, symbols: np.ndarray, guard: int) -> np.ndarray:
        """Puts a guard of standard samples before symbols, with soft edges between them."""
        out = np.concatenate([symbols[:, -guard * _OVER :], symbols], axis=1)
        w = self._edge
        if w:
            rise = np.sin(np.pi / 2 * (np.arange(w) + 0.5) / w) ** 2
            out[1:, :w] = out[1:, :w] * rise + symbols[:-1, :w] * (1 - rise)
        return out.ravel()

    def _legacy_tones(self) -> np.ndarray:
        return _LEGACY if self._blocks == 1 else np.concatenate([_LEGACY - 32, _LEGACY + 32])

    def _copies(self, values: np.ndarray) -> np.ndarray:
        """In 40 MHz the upper half repeats the lower one, turned by 90 degrees."""
        return values if self._blocks == 1 else np.concatenate([values, 1j * values], axis=1)

    def _legacy_head(self, rng: Rng) -> list[np.ndarray]:
        size, tones = 64 * self._blocks, self._legacy_tones()
        short = np.array([[SHORT_TRAINING.get(int(k), 0) * np.sqrt(13 / 6) for k in _LEGACY]])
        short = self._transform(tones, self._copies(short * (1 + 1j)), size)[0]
        long = self._transform(tones, self._copies(LONG_TRAINING[None, :]), size)[0]
        part = 32 * self._blocks * _OVER
        return [
            np.tile(short, 3)[: 5 * part],
            np.concatenate([long[-part:], long, long]),
            self._binary(rng, 1),
        ]

    def _binary(self, rng: Rng, count: int, turn: complex = 1.0) -> np.ndarray:
        """Symbols of the signal fields: BPSK, times ``turn``."""
        values = turn * (1.0 - 2.0 * rng.integers(0, 2, (count, 52)))
        for pilot, sign in zip((5, 19, 32, 46), (1, 1, 1, -1), strict=True):
            values[:, pilot] = sign
        size = 64 * self._blocks
        return self._guard(
            self._transform(self._legacy_tones(), self._copies(values), size), size // 4
        )

    def _modern_head(self, rng: Rng, kind: str) -> list[np.ndarray]:
        """The signal fields of the newer standards and their training."""
        if kind == "a":
            return []
        if kind == "n":
            fields = [self._binary(rng, 2, 1j)]
        elif kind == "ac":
            fields = [self._binary(rng, 1), self._binary(rng, 1, 1j)]
        else:
            fields = [self._binary(rng, 3)]
        short = self._legacy_head(rng)[0]
        fields.append(short[: len(short) // 2])
        tones, _ = self._data_tones(kind)
        signs = 1.0 - 2.0 * shift_register((4, 7), 7, 0x55)
        size = (256 if kind == "ax" else 64) * self._blocks
        long = self._transform(tones, np.resize(signs, (1, len(tones))), size)
        return [*fields, self._guard(long, size // (16 if kind == "ax" else 4))]

    def _data_tones(self, kind: str) -> tuple[np.ndarray, float]:
        """The subcarriers of data and pilots, and the length of a symbol in µs."""
        wide = self._blocks == 2
        if kind == "ax":
            half, first = (244, 3) if wide else (122, 2)
            return np.r_[-half : -first + 1, first : half + 1], 13.6
        if kind == "a":
            return self._legacy_tones(), 4.0
        half, first = (58, 2) if wide else (28, 1)
        return np.r_[-half : -first + 1, first : half + 1], 3.6 if self._short_guard else 4.0

    def _data(self, rng: Rng, kind: str, count: int, bits: int) -> np.ndarray:
        tones, symbol_us = self._data_tones(kind)
        repeated = kind == "a" and self._blocks == 2
        values = constellation(rng, (count, 52 if repeated else len(tones)), bits)
        polarity = np.resize(_POLARITY, count + 1)[1:]
        pilots = {52: (5, 19, 32, 46), 56: (7, 21, 34, 48), 114: (5, 33, 47, 66, 80, 108)}
        for i, pilot in enumerate(pilots.get(values.shape[1], range(6, values.shape[1], 30))):
            values[:, pilot] = polarity * (-1 if i == 3 else 1)
        size = (256 if kind == "ax" else 64) * self._blocks
        spread = self._copies(values) if repeated else values
        guard = round(symbol_us * 20 * self._blocks) - size
        return self._guard(self._transform(tones, spread, size), guard)


def constellation(rng: Rng, shape, bits: int) -> np.ndarray:
    """Draws points of BPSK or of square QAM with ``bits`` bits, of mean power 1."""
    if bits == 1:
        return 1.0 - 2.0 * rng.integers(0, 2, shape) + 0j
    side = 2 ** (bits // 2)
    axis = (2.0 * np.arange(side) - side + 1) / np.sqrt(2 * (side**2 - 1) / 3)
    return axis[rng.integers(0, side, shape)] + 1j * axis[rng.integers(0, side, shape)]


SERVICES = {"wifi_ofdm": wifi_ofdm}

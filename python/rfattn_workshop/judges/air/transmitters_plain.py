# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes standards in their plainest form: the modulation and random data, hardly any framing.

The benchmark of labels sends them, to see what models say of signals from a generator that knows
less of a standard than the one they learned from. No model learns from these.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.signal
from gnuradio.rfattn.signals.waveform import apply_response, band, carrier

from ...synthesis.waves.keying import Signal, key_by_hand, send
from ...synthesis.waves.waveform import (
    Rng,
    bits,
    choice,
    gaussian_fsk,
    nrz,
    shape_symbols,
    smooth,
)
from .transmitters_analogue import audio_band

_FOUR = np.array([-1, -1 / 3, 1 / 3, 1])


def _always(wave: np.ndarray, seconds: float, rate: float) -> Signal:
    n = round(seconds * rate)
    return Signal(wave[:n].astype(np.complex64), rate, ((0, min(n, len(wave))),))


def _symbols(rng: Rng, points: int, count: int) -> np.ndarray:
    """Points of phase shift keying."""
    return np.exp(2j * np.pi * rng.integers(0, points, count) / points)


def _psk(points: int, baud: float, rolloff: float, turn: float = 0.0):
    """A function that makes phase shift keying that is always on.

    Args:
        turn: by which the constellation turns from symbol to symbol, in turns.
    """

    def make(rng: Rng, seconds: float) -> Signal:
        rate = 12.5e3 * max(1, round(4 * baud / 12.5e3))
        count = int(seconds * baud) + 60
        symbols = _symbols(rng, points, count) * carrier(turn, count)
        return _always(shape_symbols(symbols, rate / baud, rolloff), seconds, rate)

    return make


def _four_level(baud: float, deviation: float, is_keyed: bool):
    def make(rng: Rng, seconds: float) -> Signal:
        rate = 25e3
        symbols = _FOUR[rng.integers(0, 4, int(seconds * baud) + 40)]
        wave = gaussian_fsk(symbols, rate / baud, deviation / rate, 0.5)[: round(seconds * rate)]
        return key_by_hand(rng, wave, rate) if is_keyed else _always(wave, seconds, rate)

    return make


def _two_level(baud: float, deviation: float, bt: float | None, rate: float = 50e3):
    def make(rng: Rng, seconds: float) -> Signal:
        symbols = 2.0 * bits(rng, int(seconds * baud) + 40) - 1
        return _always(gaussian_fsk(symbols, rate / baud, deviation / rate, bt), seconds, rate)

    return make


def _fsk_bursts(baud, deviation, bt, rate, count, gap_s, ramp_s=2e-6, is_manchester=False):
    """A function that makes bursts of FSK; ``count`` and ``gap_s`` are ranges."""

    def make(rng: Rng, seconds: float) -> Signal:
        def burst():
            data = bits(rng, int(rng.integers(*count)))
            data = np.column_stack([data, 1 - data]).ravel() if is_manchester else data
            return gaussian_fsk(2.0 * data - 1, rate / baud, deviation / rate, bt)

        return send(rng, seconds, rate, burst, lambda: rng.uniform(*gap_s), ramp_s)

    return make


def mode_s(rng: Rng, seconds: float) -> Signal:
    """Squitters of one aircraft: pulse position, 1 Mb/s, 56 or 112 bits."""
    rate = 8e6
    preamble = np.zeros(16)
    preamble[[0, 2, 7, 9]] = 1

    def burst():
        data = bits(rng, int(choice(rng, (56, 112, 112))))
        chips = np.concatenate([preamble, np.column_stack([data, 1 - data]).ravel()])
        return smooth(nrz(chips, rate * 0.5e-6), 0.4).astype(np.complex64)

    return send(rng, seconds, rate, burst, lambda: rng.uniform(0.02, 0.2), 0.0)


def afsk1200(rng: Rng, seconds: float) -> Signal:
    """Packets of 1200 Bd: tones of 1200 and 2200 Hz on a narrow FM transmitter."""
    rate = 50e3

    def burst():
        data = np.concatenate([np.tile([0, 1, 1, 1, 1, 1, 1, 0], 40), bits(rng, 500)])
        levels = np.cumsum(1 - data) % 2
        tone = np.cumsum(1700 - 500 * (2 * nrz(levels, rate / 1200) - 1)) / rate
        return carrier(3000 / rate * np.sin(2 * np.pi * tone))

    return send(rng, seconds, rate, burst, lambda: rng.uniform(0.3, 1.5), 0.002)


def acars(rng: Rng, seconds: float) -> Signal:
    """Blocks of 2400 Bd minimum shift keying on an AM transmitter."""
    rate = 50e3

    def burst():
        data = 2.0 * bits(rng, int(rng.integers(600, 1800))) - 1
        tone = np.cumsum(1800 + 600 * nrz(data, rate / 2400)) / rate
        return (1 + 0.8 * np.sin(2 * np.pi * tone)).astype(np.complex64)

    return send(rng, seconds, rate, burst, lambda: rng.uniform(0.3, 1.5), 0.002)


def vdl2(rng: Rng, seconds: float) -> Signal:
    """Bursts of 8-PSK, 10.5 kBd."""
    rate = 50e3

    def burst():
        turns = np.cumsum(rng.integers(0, 8, int(rng.integers(400, 2500))))
        return shape_symbols(np.exp(0.25j * np.pi * turns), rate / 10500, 0.6)

    return send(rng, seconds, rate, burst, lambda: rng.uniform(0.1, 0.8), 0.0005)


def vor(rng: Rng, seconds: float) -> Signal:
    """A beacon: 30 Hz, and a subcarrier of 9960 Hz that swings by 480 Hz, on an AM carrier."""
    rate = 50e3
    t = np.arange(round(seconds * rate)) / rate
    swing = 480 / 30 * np.sin(2 * np.pi * 30 * t + rng.uniform(0, 6))
    audio = 0.3 * np.sin(2 * np.pi * 30 * t) + 0.3 * np.cos(2 * np.pi * 9960 * t + swing)
    morse = nrz(bits(rng, int(seconds * 10) + 2), rate / 10)[: len(t)]
    audio += 0.1 * morse * np.sin(2 * np.pi * 1020 * t)
    return _always(1 + audio, seconds, rate)


def noaa_apt(rng: Rng, seconds: float) -> Signal:
    """A weather picture: two lines a second on a subcarrier of 2400 Hz, 17 kHz of deviation."""
    rate = 100e3
    n = round(seconds * rate)
    words = int(4160 * seconds) + 4160
    line = smooth(rng.random(2080), 15) * 4
    picture = np.tile((line - line.min()) / (np.ptp(line) + 1e-9), words // 2080 + 1)
    picture += 0.1 * rng.standard_normal(len(picture))
    for first in range(0, len(picture) - 40, 2080):
        picture[first : first + 28] = np.tile([1, 1, 0, 0], 7)
    level = nrz(np.clip(0.1 + 0.8 * picture, 0, 1), rate / 4160)[:n]
    audio = level * np.sin(2 * np.pi * 2400 * np.arange(n) / rate)
    return _always(carrier(17e3 / rate * audio), seconds, rate)


def _multicarrier(carriers: int, spacing: float, size: int, guard: int, null: tuple[int, int]):
    """A function that makes OFDM of random points.

    Args:
        null: symbols in a frame, and samples without power before each frame; 0 for none.
    """

    def make(rng: Rng, seconds: float) -> Signal:
        rate = spacing * size
        n = round(seconds * rate)
        count = n // (size + guard) + 2
        grid = np.zeros((count, size), np.complex64)
        half = carriers // 2
        grid[:, 1 : half + 1] = _symbols(rng, 4, (count, half))
        grid[:, -(carriers - half) :] = _symbols(rng, 4, (count, carriers - half))
        symbols = np.fft.ifft(grid, axis=1).astype(np.complex64)
        wave = np.concatenate([symbols[:, size - guard :], symbols], axis=1)
        wave = wave.ravel()
        if null[0]:
            first = np.arange(0, len(wave), null[0] * (size + guard))
            wave = np.insert(wave, np.repeat(first, null[1]), 0)
        return _always(wave, seconds, rate)

    return make


def gsm_beacon(rng: Rng, seconds: float) -> Signal:
    """A base station's beacon: bursts of 148 bits in each slot, with hardly a pause."""
    rate, baud = 812.5e3, 1625e3 / 6
    n = round(seconds * rate)
    wave = gaussian_fsk(2.0 * bits(rng, int(seconds * baud) + 20) - 1, rate / baud, 0.25 / 3, 0.3)
    return _always(wave[:n], seconds, rate)


def zigbee(rng: Rng, seconds: float) -> Signal:
    """Frames of offset QPSK with half sines, 2 Mchip/s, symbols of 32 chips."""
    rate, table = 8e6, 2 * bits(np.random.default_rng(4), 16 * 32).reshape(16, 32) - 1

    def burst():
        chips = table[rng.integers(0, 16, int(rng.integers(40, 250)))].ravel()
        pulse = np.sin(np.pi * (np.arange(8) + 0.5) / 8)
        grid = np.zeros((2, len(chips) * 4 + 16))
        for k in (0, 1):
            grid[k, 4 * k : 4 * len(chips) + 4 * k : 8] = chips[k::2]
        i, q = (scipy.signal.fftconvolve(row, pulse) for row in grid)
        return (i + 1j * q).astype(np.complex64)

    return send(rng, seconds, rate, burst, lambda: rng.uniform(0.005, 0.1), 1e-6)


def iridium(rng: Rng, seconds: float) -> Signal:
    """Bursts of 8.28 ms every 90 ms: a tone, then QPSK of 25 kBd."""
    rate = 100e3

    def burst():
        turns = np.cumsum(np.concatenate([np.zeros(64), rng.integers(0, 4, 143)]))
        return shape_symbols(np.exp(0.5j * np.pi * turns), rate / 25e3, 0.4)

    return send(rng, seconds, rate, burst, lambda: 0.08172, 2e-4)


def radiosonde(rng: Rng, seconds: float) -> Signal:
    """A frame of 320 bytes each second, GFSK of 4800 Bd."""
    rate = 50e3

    def burst():
        data = np.concatenate([np.arange(320) % 2, bits(rng, 2560)])
        return gaussian_fsk(2.0 * data - 1, rate / 4800, 2400 / rate, 0.5)

    return send(rng, seconds, rate, burst, lambda: 0.4, 0.001)


def ft8(rng: Rng, seconds: float) -> Signal:
    """Eight tones, 6.25 Bd and 6.25 Hz apart."""
    rate, symbols = 12.5e3, rng.integers(0, 8, int(6.25 * seconds) + 2) - 3.5
    return _always(gaussian_fsk(symbols / 3.5, rate / 6.25, 21.875 / rate, 2.0), seconds, rate)


def _noise_voice(rng: Rng, seconds: float, rate: float) -> np.ndarray:
    """Noise of 300 to 3000 Hz in syllables: peak about 1."""
    n = round(seconds * rate)
    noise = apply_response(rng.standard_normal(n).astype(np.float32), audio_band(rate))
    syllables = int(4 * seconds) + 3
    loud = rng.uniform(0.05, 1, syllables)
    noise = noise * np.interp(np.linspace(0, syllables - 1, n), np.arange(syllables), loud)
    return np.clip(noise / (3 * noise.std()), -1, 1)


def nfm(rng: Rng, seconds: float) -> Signal:
    """Narrow FM of noise in syllables, 2.5 or 5 kHz of deviation."""
    rate, deviation = 50e3, float(choice(rng, (2500.0, 5000.0)))
    return key_by_hand(rng, carrier(deviation / rate * _noise_voice(rng, seconds, rate)), rate)


def am(rng: Rng, seconds: float) -> Signal:
    """AM of noise in syllables."""
    rate = 25e3
    return key_by_hand(rng, (1 + 0.9 * _noise_voice(rng, seconds, rate)) + 0j, rate)


def ssb(rng: Rng, seconds: float) -> Signal:
    """One sideband of noise in syllables."""
    rate = 12.5e3
    wave = _noise_voice(rng, seconds, rate).astype(np.complex64)
    wave = apply_response(wave, band(100 / rate, 3200 / rate, 150 / rate))
    return key_by_hand(rng, wave * carrier(-1650 / rate, len(wave)), rate)


def wfm(rng: Rng, seconds: float) -> Signal:
    """Broadcast FM of noise that falls to 15 kHz, in mono."""
    rate = 400e3
    noise = apply_response(
        rng.standard_normal(round(seconds * rate)).astype(np.float32),
        lambda f: (np.abs(f) < 15e3 / rate) / (1 + np.abs(f) * rate / 2000),
    )
    return _always(carrier(75e3 / rate * np.clip(noise / (3 * noise.std()), -1, 1)), seconds, rate)


PLAIN: dict[str, tuple[Callable[[Rng, float], Signal], tuple[str, ...]]] = {
    "acars": (acars, ("acars",)),
    "afsk1200": (afsk1200, ("afsk1200",)),
    "am": (am, ("am_voice",)),
    "ble": (_fsk_bursts(1e6, 250e3, 0.5, 8e6, (128, 376), (0.02, 0.1)), ("ble",)),
    "dab": (_multicarrier(1536, 1000.0, 2048, 504, (76, 2656)), ("dab",)),
    "dect": (_fsk_bursts(1.152e6, 288e3, 0.5, 11.52e6, (420, 424), (0.00963, 0.00964)), ("dect",)),
    "dmr": (_four_level(4800.0, 1944.0, False), ("dmr",)),
    "dstar": (_two_level(4800.0, 1200.0, 0.5, 25e3), ("dstar", "sat_fsk")),
    "dvbt": (_multicarrier(1705, 4500.0, 2048, 256, (0, 0)), ("dvbt",)),
    "ft8": (ft8, ("ft8", "js8")),
    "gsm": (gsm_beacon, ("gsm",)),
    "iridium": (iridium, ("iridium",)),
    "lrpt": (_psk(4, 72e3, 0.6), ("lrpt",)),
    "lte": (_multicarrier(72, 15e3, 128, 9, (0, 0)), ("lte_fdd",)),
    "mode_s": (mode_s, ("mode_s",)),
    "navtex": (_two_level(100.0, 85.0, None, 12.5e3), ("navtex",)),
    "nfm": (nfm, ("nfm_voice",)),
    "noaa_apt": (noaa_apt, ("noaa_apt",)),
    "nxdn": (_four_level(2400.0, 1050.0, True), ("nxdn", "dpmr")),
    "orbcomm": (_psk(2, 4800.0, 0.4, 0.25), ("orbcomm",)),
    "p25": (_four_level(4800.0, 1800.0, True), ("p25",)),
    "radiosonde": (radiosonde, ("radiosonde",)),
    "sat_bpsk": (_psk(2, 1200.0, 0.35), ("sat_bpsk", "inmarsat")),
    "sat_fsk": (_two_level(9600.0, 2400.0, 0.5), ("sat_fsk",)),
    "ssb": (ssb, ("ssb",)),
    "tetra": (_psk(4, 18e3, 0.35, 0.125), ("tetra",)),
    "tpms": (
        _fsk_bursts(20e3, 38e3, None, 400e3, (64, 90), (0.05, 0.1), 2e-5, True),
        ("tpms", "fsk_srd"),
    ),
    "vdl2": (vdl2, ("vdl2",)),
    "vor": (vor, ("vor",)),
    "wfm": (wfm, ("wfm",)),
    "ysf": (_four_level(4800.0, 2700.0, True), ("ysf",)),
    "zigbee": (zigbee, ("zigbee",)),
}
"""What makes so many seconds of each standard from random numbers, and the right classes."""

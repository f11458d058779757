# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes navigation aids of aviation (ICAO Annex 10 volume I): VOR, ILS, marker and NDB."""

from __future__ import annotations

import numpy as np
from gnuradio.rfattn.signals.waveform import carrier

from ...waves.keying import Signal, wander
from ...waves.waveform import Rng, choice, smooth
from ..analogue_radio.morse import gate, marks
from ..parts.audio import RADIO_RATE, limit_band, to_rate
from ..parts.speech import speech


def vor(rng: Rng, seconds: float) -> Signal:
    """A VOR: 30 Hz AM, 9960 Hz with FM of 480 Hz at 30 Hz, identification at 1020 Hz, voice."""
    rate = 50e3
    n = round(seconds * rate)
    t = np.arange(n) / rate
    turn = 2 * np.pi * 30 * (1 + rng.normal() * 0.002) * t
    bearing, start = 2 * np.pi * rng.random(2)
    swing = 16 * rng.uniform(0.94, 1.06)
    sub = 2 * np.pi * 9960 * (1 + rng.normal() * 0.002) * t + swing * np.sin(turn + start)
    depth = rng.uniform(0.27, 0.33, 2)
    level = 1 + depth[0] * np.cos(turn + bearing) + depth[1] * _ripple(rng, t, turn) * np.cos(sub)
    level += 10 ** (rng.uniform(-50, -30) / 20) * np.cos(2 * sub)
    level += rng.uniform(0.04, 0.12) * _identification(rng, n, rate, 1020.0)
    if rng.random() < 0.2:
        level += rng.uniform(0.1, 0.3) * _voice(rng, seconds, rate, n)
    return _radiate(rng, level, seconds, rate)


def _ripple(rng: Rng, t: np.ndarray, turn: np.ndarray) -> np.ndarray:
    """The amplitude of the subcarrier: steady, or that of a Doppler VOR's switched antennas."""
    if rng.random() < 0.45:
        return np.ones(len(t))
    antennas = 30 * int(choice(rng, (48, 50)))
    out = 1 + rng.uniform(0, 0.25) * np.cos(2 * turn + 6 * rng.random())
    out += rng.uniform(0, 0.1) * np.cos(turn + 6 * rng.random())
    return out + rng.uniform(0, 0.15) * np.cos(2 * np.pi * antennas * t)


def _identification(rng: Rng, n: int, rate: float, hz: float) -> np.ndarray:
    """Two or three letters in Morse at 7 words a minute, every 3 to 15 s: float64 [n], peak 1."""
    letters = "".join(chr(65 + int(k)) for k in rng.integers(0, 26, rng.integers(2, 4)))
    dot, pause = 1.2 / rng.uniform(6, 9), rng.uniform(2, 12)
    signs = [*marks(letters, rng, 0.0, 0.0, 1.0), (pause / dot, False)]
    period = sum(length for length, _ in signs)
    signs = signs * (int(n / rate / (period * dot)) + 2)
    key = gate(signs, dot * rate, rng.random() * period * dot * rate, n)
    return smooth(key, 0.003 * rate) * np.cos(2 * np.pi * (hz * np.arange(n) / rate + rng.random()))


def _voice(rng: Rng, seconds: float, rate: float, n: int) -> np.ndarray:
    """A recorded announcement, 300 to 3000 Hz, peak about 1."""
    audio = limit_band(speech(rng, seconds, RADIO_RATE), RADIO_RATE, 300, 3000, 300)
    return to_rate(np.tanh(audio), RADIO_RATE, rate, n)


def _radiate(rng: Rng, level: np.ndarray, seconds: float, rate: float) -> Signal:
    """A carrier of this amplitude with a small error of frequency, power 1, always on."""
    level = np.maximum(level, 0.0)
    hz = rng.normal() * 0.004 * rate + wander(rng, seconds, rate, 3)
    wave = level / np.sqrt(np.mean(level**2)) * carrier(hz / rate)
    return Signal(wave.astype(np.complex64), rate, ((0, len(wave)),))


def ils(rng: Rng, seconds: float) -> Signal:
    """A localizer or glide path: tones of 90 and 150 Hz, 20 % each, 40 % on the glide path."""
    rate = 6e3
    n = round(seconds * rate)
    t = np.arange(n) / rate
    localizer = rng.random() < 0.6
    depth = (0.2 if localizer else 0.4) * (1 + np.array([1, -1]) * rng.uniform(-0.9, 0.9))
    phase = 2 * np.pi * rng.random()
    level = 1 + depth[0] * np.cos(2 * np.pi * 90 * t + 3 * phase)
    level += depth[1] * np.cos(2 * np.pi * 150 * t + 5 * phase)
    if localizer:
        level += rng.uniform(0.05, 0.15) * _identification(rng, n, rate, 1020.0)
    return _radiate(rng, level, seconds, rate)


def beacon(rng: Rng, seconds: float) -> Signal:
    """A marker of 75 MHz with keyed tones, or an NDB: a carrier with a tone in Morse."""
    rate = 12.5e3
    n = round(seconds * rate)
    if rng.random() < 0.6:
        hz, depth = float(choice(rng, (400.0, 1020.0, 1020.0))), rng.uniform(0.5, 0.98)
        return _radiate(rng, 1 + depth * _identification(rng, n, rate, hz), seconds, rate)
    hz, pattern = choice(rng, ((400.0, (0.375, 0.125)), (1300.0, (0.375, 0.125, 0.12, 0.05))))
    if rng.random() < 0.33:
        hz, pattern = 3000.0, (0.11, 0.055)
    edges = np.cumsum(np.tile(pattern, int(seconds / sum(pattern)) + 3)) - rng.random()
    key = (np.searchsorted(edges, np.arange(n) / rate) % 2 == 0).astype(float)
    tone = smooth(key, 0.002 * rate) * np.cos(2 * np.pi * hz * np.arange(n) / rate)
    return _radiate(rng, 1 + rng.uniform(0.9, 1.0) * tone, seconds, rate)


SERVICES = {"vor": vor}
OTHERS = {"ils": ils, "aero_beacon": beacon}

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes bare carriers and time signals that are nearly bare carriers."""

from __future__ import annotations

import numpy as np
from gnuradio.rfattn.signals.waveform import apply_response, carrier

from ...waves.keying import Signal, wander
from ...waves.waveform import (
    Rng,
    choice,
    log_uniform,
    sample_hold,
    smooth,
)
from ..parts.overs import draw_overs, send_overs


def unmodulated(rng: Rng, seconds: float) -> Signal:
    """A carrier: steady, drifting, with hum, with phase noise, or switched on for a while."""
    rate = float(choice(rng, (1000, 2500, 2500, 5000, 12500)))
    n = round(seconds * rate)
    hz = rng.normal() * 0.02 * rate + _draw_drift(rng, seconds, rate, n)
    phase = 2 * np.pi * np.cumsum(hz) / rate + _draw_phase_noise(rng, n, rate)
    level = np.ones(n)
    if rng.random() < 0.35:
        level = level + _hum(rng, n, rate, log_uniform(rng, 0.003, 0.3))
        phase = phase + _hum(rng, n, rate, log_uniform(rng, 0.003, 0.5))
    wave = (np.exp(1j * phase) * level / np.sqrt(np.mean(level**2))).astype(np.complex64)
    if rng.random() < 0.8:
        return Signal(wave, rate, ((0, n),))
    length, pause = log_uniform(rng, 0.3, 30), log_uniform(rng, 0.3, 10)
    overs = draw_overs(rng, seconds, rate, lambda: length, lambda: pause)
    ramp = log_uniform(rng, 0.002, 0.05)
    return send_overs(overs, seconds, rate, lambda over: wave[over.first : over.end], ramp)


def _draw_drift(rng: Rng, seconds: float, rate: float, n: int) -> np.ndarray:
    """Slow changes of the frequency in Hz, at most 0.2 of the rate: float64 [n]."""
    kind = rng.random()
    most = 0.2 * rate
    if kind < 0.4:
        return np.full(n, 0.0)
    if kind < 0.7:
        return wander(rng, seconds, rate, log_uniform(rng, 0.3, 100))
    if kind < 0.9:
        slope = log_uniform(rng, 0.1, 100) * choice(rng, (-1, 1))
        return np.clip(slope * (np.arange(n) / rate - seconds / 2), -most, most)
    # A regulator pulls the oscillator in steps.
    steps = int(seconds * 2) + 2
    hold = np.cumsum(rng.standard_normal(steps)) * log_uniform(rng, 0.5, 20)
    return np.clip(np.repeat(hold, int(np.ceil(n / steps)))[:n], -most, most)


def _draw_phase_noise(rng: Rng, n: int, rate: float) -> np.ndarray:
    """Phase of a random walk with a line a fraction of a Hz to some 10 Hz wide: rad [n]."""
    if rng.random() < 0.5:
        return np.zeros(n)
    width = log_uniform(rng, 0.001, 0.01 * rate)
    return np.cumsum(rng.standard_normal(n)) * np.sqrt(2 * np.pi * width / rate)


def _hum(rng: Rng, n: int, rate: float, depth: float) -> np.ndarray:
    """Harmonics of the mains: float64 [n]."""
    base = 2 * np.pi * choice(rng, (50.0, 60.0, 100.0, 120.0)) * np.arange(n) / rate
    strength = rng.random(5) / np.arange(1, 6)
    return depth * sum(a * np.cos(k * base + 6 * rng.random()) for k, a in enumerate(strength, 1))


_CHIP_S = 120 / 77500
"""A chip lasts 120 periods of the carrier of 77.5 kHz."""


def dcf77(rng: Rng, seconds: float) -> Signal:
    """The time signal DCF77: second marks in amplitude, pseudo-random phase (PTB)."""
    rate = 5000.0
    n = round(seconds * rate)
    code = _time_code(rng)
    begin = rng.random() * 60
    t = begin + np.arange(n) / rate
    second, within = np.floor(t).astype(int) % 60, t % 1.0
    bit = code[second]
    mark = np.where(second == 59, 0.0, np.where(bit > 0, 0.2, 0.1))
    low = float(choice(rng, (0.15, 0.15, 0.25))) * rng.uniform(0.9, 1.2)
    # The antenna is narrow: its level follows in about a millisecond.
    level = smooth(np.where(within < mark, low, 1.0), rng.uniform(0.0004, 0.002) * rate)
    chips = _pseudo_random()
    index = np.floor((within - 0.2) / _CHIP_S).astype(int)
    inside = (index >= 0) & (index < 512)
    sent = np.where(inside, chips[np.clip(index, 0, 511)], 0.0) * np.where(bit > 0, -1, 1)
    phase = np.deg2rad(rng.uniform(11.0, 15.6)) * smooth(sent, rng.uniform(0.0003, 0.0006) * rate)
    wave = _antenna(rng, level * np.exp(1j * (phase + 2 * np.pi * rng.random())), rate)
    wave = wave * carrier(rng.normal() * 0.05 / rate, n) / np.sqrt(np.mean(level**2))
    return Signal(wave.astype(np.complex64), rate, ((0, n),))


def _antenna(rng: Rng, wave: np.ndarray, rate: float) -> np.ndarray:
    """Resonates like a transmitter's antenna, 0.4 to 3 kHz wide and a little off tune."""
    half, off = log_uniform(rng, 200, 1500) / rate, rng.normal() * 80 / rate
    return apply_response(wave.astype(np.complex64), lambda f: 1 / (1 + 1j * (f - off) / half))


def _pseudo_random() -> np.ndarray:
    """512 chips of the register x^9 + x^5 + 1, from all ones: float64, -1 and 1."""
    state, out = 0x1FF, []
    for _ in range(512):
        out.append(1.0 if state & 1 else -1.0)
        state = state >> 1 | ((state ^ state >> 4) & 1) << 8
    return np.array(out)


def _time_code(rng: Rng) -> np.ndarray:
    """The 60 bits of a minute: weather, flags, time and date in BCD with parity: int64 [60]."""
    out = rng.integers(0, 2, 60)
    out[0], out[20], out[59] = 0, 1, 0
    out[15:20] = (0, 0, 0, 1, 0) if rng.random() < 0.5 else (0, 0, 1, 0, 0)
    fields = ((21, 7, 59), (29, 6, 23), (36, 6, 31), (42, 3, 7), (45, 5, 12), (50, 8, 99))
    for first, width, most in fields:
        value = int(rng.integers(1, most + 1))
        bcd = value % 10 | value // 10 << 4
        out[first : first + width] = [bcd >> k & 1 for k in range(width)]
    out[28], out[35], out[58] = (out[a:b].sum() % 2 for a, b in ((21, 28), (29, 35), (36, 58)))
    return out


def time_signal(rng: Rng, seconds: float) -> Signal:
    """Other time signals: MSF switches its carrier off, WWVB lowers it, RWM sends ticks."""
    rate, kind = 2500.0, choice(rng, ("msf", "wwvb", "rwm"))
    n = round(seconds * rate)
    first = int(rng.integers(0, 60))
    lengths = {"msf": (0.1, 0.2, 0.3, 0.5), "wwvb": (0.2, 0.5, 0.8), "rwm": (0.1,)}[kind]
    count = int(seconds) + 3
    marks = rng.choice(lengths, count)
    edges = np.sort(np.concatenate([np.arange(count), np.arange(count) + marks]))
    low = {"msf": 0.001, "wwvb": 0.14, "rwm": 1.0}[kind]
    high = 0.0 if kind == "rwm" else 1.0
    levels = np.tile([low, high], count)[:-1]
    shift = rng.random() + 0.4 * (first % 2)
    level = sample_hold((edges - min(shift, 0.95)) * rate, levels, n)
    level = smooth(level, rng.uniform(0.0005, 0.004) * rate)
    if kind == "rwm" and level.max() < 0.5:
        level[:] = 1.0
    wave = level * carrier(rng.normal() * 0.2 / rate, n) / np.sqrt(np.mean(level**2) + 1e-9)
    return Signal(wave.astype(np.complex64), rate, ((0, n),))


SERVICES = {"carrier": unmodulated, "dcf77": dcf77}
OTHERS = {"time_signal": time_signal}

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes radars, digital broadcast, navigation pulses and time signals below 30 MHz: no classes.

Sources: ETSI ES 201 980 (DRM), USCG COMDTINST M16562.4A (Loran-C), ITU-R recommendation TF.768
(time signals), ITU-R report M.2234 (oceanographic radars).
"""

from __future__ import annotations

import itertools

import numpy as np
from gnuradio.rfattn.signals.waveform import apply_response, band, carrier

from ...waves.keying import Signal, ramps
from ...waves.waveform import Rng, bits, choice, log_uniform
from ..parts.air import smooth_rate
from ..parts.hf_air import Air, send_bursts, send_cycles
from ..unknown.unknown_air import draw_width, limit


def codar(rng: Rng, seconds: float) -> Signal:
    """Oceanographic radar: sweeps of 25 to 150 kHz, 1 to 8 a second, chopped 500 times a second."""
    width = draw_width(rng, seconds, 20e3, 150e3)
    air = Air(seconds, smooth_rate(2.2 * width))
    sweeps, chops = log_uniform(rng, 1, 8), log_uniform(rng, 250, 1000)
    t = np.arange(air.count) / air.rate + rng.random()
    sign = choice(rng, (-1.0, 1.0))
    wave = carrier(sign * ((t * sweeps) % 1.0 - 0.5) * width / air.rate)
    air.add(wave, 0.0)
    if rng.random() < 0.75:
        gate = np.clip(0.5 + 20 * np.sin(2 * np.pi * chops * t), 0, 1) * np.sqrt(2)
        air.samples *= gate.astype(np.float32)
    return air.signal()


def oth_radar(rng: Rng, seconds: float) -> Signal:
    """Over-the-horizon radar: sweeps of 5 to 160 kHz, or coded pulses; 10 to 60 a second.

    A radar dwells for 0.5 to 60 s and comes back, at times with another rate.
    """
    width = draw_width(rng, seconds, 5e3, 160e3)
    air = Air(seconds, smooth_rate(2.3 * width))
    kind, dwell = rng.random(), log_uniform(rng, 0.5, 60)
    rates = (10, 12.5, 20, 25, 33.3, 40, 50, 60)
    sweeps, up = float(choice(rng, rates)), float(choice(rng, (-1.0, 1.0)))
    code = 2 * bits(rng, int(choice(rng, (13, 31, 64)))) - 1

    def burst():
        count = int(min(dwell, 2 * seconds) * air.rate)
        t = np.arange(count) / air.rate
        turn = (t * sweeps + 0.5) % 1.0
        if kind < 0.65:
            wave = carrier(up * (turn - 0.5) * width / air.rate)
            if kind < 0.15:
                wave = wave * (np.sin(np.pi * turn) ** 0.3)
        else:
            chip = (turn * width / sweeps).astype(int)
            wave = np.where(chip < len(code), code[np.minimum(chip, len(code) - 1)], 0)
            if kind > 0.85:
                wave = (chip < rng.integers(20, 200)) * carrier(
                    up * (chip % 100 - 50) / 100 * width / air.rate
                )
        wave = limit(wave)
        wave = wave / np.sqrt(np.mean(np.abs(wave) ** 2) + 1e-12)
        return wave * ramps(count, 0.001 * air.rate)

    send_bursts(rng, air, burst, lambda: log_uniform(rng, 0.2, 30))
    return air.signal()


DRM = {
    "A": (
        576,
        64,
        15,
        (5, 20, 4),
        ((2, 102), (2, 114), (-102, 102), (-114, 114), (-98, 314), (-110, 350)),
    ),
    "B": (
        512,
        128,
        15,
        (3, 6, 2),
        ((1, 91), (1, 103), (-91, 91), (-103, 103), (-87, 279), (-99, 311)),
    ),
    "C": (352, 128, 20, (2, 4, 2), ((-69, 69), (-67, 213))),
    "D": (224, 176, 24, (3, 3, 1), ((-44, 44), (-43, 135))),
}
"""Samples of a symbol and its guard at 24 kHz, symbols a frame, pilots (period, step, shift),
carriers of the spectrum occupancies."""


def drm(rng: Rng, seconds: float) -> Signal:
    """Digital Radio Mondiale: modes A to D in 4.5 to 20 kHz, with pilots; always on."""
    size, guard, frame, pilots, occupancies = DRM[
        str(rng.choice(list("ABCD"), p=[0.3, 0.5, 0.1, 0.1]))
    ]
    low, high = choice(rng, occupancies)
    scale = 2 if high - low > 1.15 * size / 2.4 else 1
    rate, size, guard = 24e3 * scale, size * scale, guard * scale
    count = int(seconds * rate / (size + guard)) + 2
    numbers = np.arange(low, high + 1)
    side = np.arange(-7, 8, 2.0) if rng.random() < 0.6 else np.arange(-3, 4, 2.0)
    points = (side[:, None] + 1j * side).ravel() / np.sqrt(2 * np.mean(side**2))
    data = points[rng.integers(0, len(points), (count, len(numbers)))]
    _add_pilots(rng, data, numbers, pilots, frame, rate / size)
    data[:, numbers == 0] = 0
    grid = np.zeros((count, size), np.complex64)
    grid[:, (numbers - (low + high) // 2) % size] = data
    wave = np.fft.ifft(grid, axis=1) * size / np.sqrt(len(numbers))
    wave = np.concatenate([wave[:, size - guard :], wave], axis=1).ravel()
    air = Air(seconds, rate)
    air.add(wave, -rng.random() * (size + guard) / rate)
    return air.signal()


def _add_pilots(
    rng: Rng, data: np.ndarray, numbers: np.ndarray, pilots, frame: int, spacing: float
):
    """Puts pilots on scattered carriers and on 750, 2250 and 3000 Hz; phases repeat each frame."""
    period, step, shift = pilots
    phases = np.exp(2j * np.pi * rng.random((frame, len(numbers))))
    start = int(rng.integers(frame))
    for s in range(len(data)):
        row = (s + start) % frame
        at = (numbers - shift * (row % period)) % step == step // 2
        data[s, at] = np.sqrt(2) * phases[row, at]
        if row == 0:
            data[s, ::3] = np.sqrt(2) * phases[0, ::3]
    for hz in (750.0, 2250.0, 3000.0):
        data[:, numbers == round(hz / spacing)] = np.sqrt(2) * phases[0, 0]


def loran(rng: Rng, seconds: float) -> Signal:
    """Loran-C and its likes: groups of 8 or 9 phase-coded pulses every 40 to 100 ms."""
    air = Air(seconds, 60e3)
    t = np.arange(int(5e-4 * air.rate)) / 65e-6 / air.rate
    pulse = t**2 * np.exp(2 - 2 * t)
    period = rng.uniform(0.04, 0.1)
    levels = 10 ** (rng.uniform(-20, 0, int(rng.integers(1, 5))) / 20)
    levels[0] = 1
    codes = 2 * rng.integers(0, 2, (len(levels), 2, 8)) - 1
    for level, code in zip(levels, codes, strict=True):
        turns = itertools.cycle(code)

        def burst(level=level, turns=turns):
            wave = np.zeros(int(0.0085 * air.rate), np.complex64)
            for k, sign in enumerate(next(turns)):
                at = round(k * 1e-3 * air.rate)
                wave[at : at + len(pulse)] += level * sign * pulse
            return wave

        send_cycles(rng, air, burst, period)
    return air.signal()


def time_ticks(rng: Rng, seconds: float) -> Signal:
    """Time signals: ticks of a carrier or of tones on it, once or ten times a second; codes."""
    air = Air(seconds, 6000.0)
    t = np.arange(air.count) / air.rate + rng.random() * 60
    second, kind = t % 1.0, rng.random()
    if kind < 0.35:  # carrier keyed: RWM and its likes
        length, times = choice(rng, ((0.1, 1), (0.02, 10), (0.3, 1), (0.005, 1), (0.1, 1)))
        wave = ((t * times) % 1.0 < length * times).astype(np.complex64)
        on = np.flatnonzero(np.diff(np.concatenate([[0], wave.real, [0]])))
        if len(on):
            for a, b in on.reshape(-1, 2):
                air.add(wave[a:b] * ramps(b - a, 5), a / air.rate)
            return air.signal()
    tick, cycles = float(choice(rng, (1000, 1200, 800, 440))), float(choice(rng, (5, 10, 100, 300)))
    audio = np.sin(2 * np.pi * tick * second) * (second < cycles / 1000)
    if rng.random() < 0.6:
        audio += 0.3 * np.sin(2 * np.pi * 100 * t) * (second < rng.choice([0.2, 0.5, 0.8]))
    if rng.random() < 0.5 or seconds < 2:
        audio += 0.5 * np.sin(2 * np.pi * float(choice(rng, (500, 600))) * t) * (second > 0.05)
    wave = (1 + 0.8 * audio).astype(np.complex64)
    if rng.random() < 0.3:
        wave = apply_response(wave, band(-60 / air.rate, 3000 / air.rate, 60 / air.rate))
    air.add(wave, 0.0)
    return air.signal()


def buzzer(rng: Rng, seconds: float) -> Signal:
    """Channel markers: buzzes, pips or slides of tones every 1 to 4 s, perhaps with a carrier."""
    air = Air(seconds, 9000.0)
    period, length = rng.uniform(0.8, 4), rng.uniform(0.05, 0.75)
    base, kind = rng.uniform(20, 140), int(rng.integers(3))
    tones = rng.uniform(0.1, 1, 24) * np.exp(-np.arange(24) / rng.uniform(3, 15))
    high = rng.uniform(600, 2500)

    def burst():
        t = np.arange(int(length * period * air.rate)) / air.rate
        if kind == 0:
            wave = sum(a * np.exp(2j * np.pi * base * (k + 2) * t) for k, a in enumerate(tones))
        elif kind == 1:
            wave = np.exp(2j * np.pi * high * t)
        else:
            wave = np.exp(2j * np.pi * (high * t + 300 * np.sin(6 * t)))
        wave = wave * carrier(-1500 / air.rate, len(t))
        return wave / np.sqrt(np.mean(np.abs(wave) ** 2)) * ramps(len(t), 0.01 * air.rate)

    send_cycles(rng, air, burst, period)
    if rng.random() < 0.4:
        air.add(
            np.full(air.count, rng.uniform(0.1, 0.7)) * carrier(-1500 / air.rate, air.count), 0.0
        )
    return air.signal()


OTHERS = {
    "buzzer": buzzer,
    "codar": codar,
    "drm": drm,
    "loran": loran,
    "oth_radar": oth_radar,
    "time_ticks": time_ticks,
}

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes what is like the signals of standards, and has no frames of any: no proof may be of these.

Random symbols at each symbol rate at which frames are looked for, data that repeats, codes of
navigation, and lines at equal distances.
"""

from __future__ import annotations

import numpy as np
from gnuradio.rfattn.catalogue.formats import format_rows
from gnuradio.rfattn.signals.waveform import carrier

from ...synthesis.scene_signal import add_kinds
from ...synthesis.waves.keying import Signal, send
from ...synthesis.waves.waveform import (
    Rng,
    bits,
    choice,
    full_span,
    gaussian_fsk,
    log_uniform,
    nrz,
    shape_symbols,
)

IMPOSTOR = "impostor:"
"""What the kind of an emission begins with that is one of these."""
_BAUDS = sorted({baud for _, row in format_rows() for baud in row.keys.get("baud", ())})
_CODE_TAPS = ((3, 10), (2, 3, 6, 8, 9, 10))
"""Stages that both registers of the civil code of GPS feed back (IS-GPS-200, 3.3.2.3)."""


def frequencies(rng: Rng, seconds: float) -> Signal:
    baud, levels = _draw_baud(rng, seconds), int(choice(rng, (2, 2, 4)))
    index = log_uniform(rng, 0.3, 2.0)
    rate = _rate((6 + 3 * levels * index) * baud)
    symbols = 2.0 * _draw_data(rng, int(seconds * baud) + 60, levels) / (levels - 1) - 1
    deviation = index * baud * (levels - 1) / 2 / rate
    wave = gaussian_fsk(symbols, rate / baud, deviation, choice(rng, (None, 0.3, 0.5, 1.0)))
    return _on_air(rng, wave, seconds, rate)


def phases(rng: Rng, seconds: float) -> Signal:
    baud, points = _draw_baud(rng, seconds), int(choice(rng, (2, 2, 4, 4, 8)))
    rate = _rate(6 * baud)
    turns = np.cumsum(_draw_data(rng, int(seconds * baud) + 60, points)) / points
    turns = turns + np.arange(len(turns)) * choice(rng, (0.0, 0.5 / points))
    wave = shape_symbols(np.exp(2j * np.pi * turns), rate / baud, rng.uniform(0.2, 0.8))
    return _on_air(rng, wave, seconds, rate)


def amplitudes(rng: Rng, seconds: float) -> Signal:
    """Two levels of a carrier, or points in a square."""
    baud, side = _draw_baud(rng, seconds), int(choice(rng, (2, 2, 4, 8)))
    rate, count = _rate(8 * baud), int(seconds * baud) + 60
    if side == 2:
        levels = 1 - choice(rng, (1.0, 1.0, 0.5)) * _draw_data(rng, count, side)
        return _on_air(rng, nrz(levels, rate / baud), seconds, rate)
    rows = [2 * _draw_data(rng, count, side) / (side - 1) - 1 for _ in range(2)]
    return _on_air(rng, shape_symbols(rows[0] + 1j * rows[1], rate / baud, 0.35), seconds, rate)


def codes(rng: Rng, seconds: float) -> Signal:
    """The civil code of GPS, or another of any period, with data of about 50 Bd or none."""
    if rng.random() < 0.5:
        chips, baud = _navigation_code(int(rng.integers(5, 900))), 1.023e6
    else:
        chips = 2 * bits(rng, int(log_uniform(rng, 15, 2047))) - 1
        baud = log_uniform(rng, 2e3, 2e6)
    rate = _rate(2.2 * baud)
    sent = np.resize(chips, int(seconds * baud) + 60).astype(float)
    if rng.random() < 0.7:
        period = len(chips) * max(1, round(0.02 * baud / len(chips)))
        data = 2 * bits(rng, len(sent) // period + 1) - 1
        sent *= np.repeat(data, period)[: len(sent)]
    wave = nrz(sent, rate / baud)
    return _on_air(rng, wave * carrier(rng.uniform(-5e3, 5e3) / rate, len(wave)), seconds, rate)


def lines(rng: Rng, seconds: float) -> Signal:
    """Lines at equal distances, each with its phase or all with one, which makes pulses."""
    step = choice(rng, (50.0, 100.0, 1e3, 3.8e3, 4e3, 19e3, log_uniform(rng, 30, 50e3)))
    count = int(log_uniform(rng, 3, 100))
    rate = _rate(1.5 * step * count)
    size = max(2, round(rate / step))
    spectrum = np.zeros(size, complex)
    places = (np.arange(count) - count // 2) % size
    spectrum[places] = np.exp(2j * np.pi * rng.random(count) * choice(rng, (0, 1)))
    return _on_air(rng, np.resize(np.fft.ifft(spectrum), round(seconds * rate)), seconds, rate)


def _draw_baud(rng: Rng, seconds: float) -> float:
    """One of the rates of which some symbols fit, or the highest."""
    fitting = [baud for baud in _BAUDS if baud * seconds >= 20]
    return float(choice(rng, fitting or _BAUDS[-1:]))


def _draw_data(rng: Rng, count: int, choices: int) -> np.ndarray:
    """Numbers that are random, repeat, or alternate as a square wave: int64 [count]."""
    kind = rng.random()
    if kind < 0.5:
        return rng.integers(0, choices, count)
    if kind < 0.9:
        return np.resize(rng.integers(0, choices, int(log_uniform(rng, 7, 600))), count)
    return np.resize(np.repeat([0, choices - 1], choice(rng, (1, 2, 4))), count)


def _navigation_code(shift: int) -> np.ndarray:
    """The product of both sequences with a shift between them: 1023 chips of 1 and -1."""

    def sequence(taps) -> np.ndarray:
        stages, sent = [1] * 10, []
        for _ in range(1023):
            sent.append(stages[-1])
            stages = [sum(stages[tap - 1] for tap in taps) % 2, *stages[:-1]]
        return np.array(sent)

    first, second = map(sequence, _CODE_TAPS)
    return 1 - 2 * (first ^ np.roll(second, shift))


def _rate(least: float) -> float:
    """A rate of a signal that is at least so high, which scenes can take."""
    return float(25 * 2 ** np.ceil(np.log2(least / 25)))


def _on_air(rng: Rng, wave: np.ndarray, seconds: float, rate: float) -> Signal:
    """A wave that is always on, or comes in bursts that are alike or not."""
    count = round(seconds * rate)
    if rng.random() < 0.6:
        return Signal(wave[:count].astype(np.complex64), rate, full_span(count))
    length = max(1, round(count * log_uniform(rng, 0.02, 0.5)))
    step, place = int(choice(rng, (0, length))), 0

    def burst() -> np.ndarray:
        nonlocal place
        place = (place + step) % max(1, count - length)
        return wave[place : place + length]

    gap_s = seconds * log_uniform(rng, 0.005, 0.2)
    return send(rng, seconds, rate, burst, lambda: gap_s, 0.0)


IMPOSTORS = {make.__name__: make for make in (frequencies, phases, amplitudes, codes, lines)}
"""What makes so many seconds of each from random numbers."""

add_kinds({IMPOSTOR + name: make for name, make in IMPOSTORS.items()})

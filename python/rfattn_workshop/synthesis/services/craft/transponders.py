# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes what aircraft send: Mode S, Mode A and C at 1090 MHz, and UAT at 978 MHz."""

from __future__ import annotations

import numpy as np
from gnuradio.rfattn.signals.waveform import carrier

from ...waves.keying import Signal
from ...waves.waveform import (
    Rng,
    bits,
    choice,
    log_uniform,
    sample_hold,
    smooth,
)
from ..parts.air import Air, Content, first_start, level
from ..parts.packets import number_bits

PREAMBLE_US = (0.0, 1.0, 3.5, 4.5)
SHORT_FORMATS, LONG_FORMATS = (0, 4, 5, 11), (16, 17, 17, 17, 18, 20, 21)


def mode_s(rng: Rng, seconds: float) -> Signal:
    """The replies and squitters of 1 to 60 aircraft.

    ICAO Annex 10, volume IV, 3.1.2: pulses of 0.5 µs, 1090 MHz ± 1 MHz. Replies of modes A and C
    come in rows, as the beam of a radar passes.
    """
    air = Air(seconds, float(choice(rng, (8e6, 9.6e6, 10e6, 12e6))))
    spread = rng.uniform(5, 30)
    aircraft = [
        Aircraft(rng, air.rate, 0.0 if i == 0 else spread)
        for i in range(int(log_uniform(rng, 1, 60)))
    ]
    frames = log_uniform(rng, 15, 2500)
    now = first_start(rng, seconds, 120e-6)
    air.add(now, aircraft[0].mode_s(rng))
    for start in _arrivals(rng, seconds, frames):
        air.add(start, choice(rng, aircraft).mode_s(rng))
    for start in _arrivals(rng, seconds, log_uniform(rng, 0.5, 20) * (rng.random() < 0.7)):
        _answer_radar(rng, air, choice(rng, aircraft), start)
    return air.signal()


def _arrivals(rng: Rng, seconds: float, mean_rate: float) -> np.ndarray:
    """Random times in s, ``mean_rate`` a second."""
    return rng.uniform(0, seconds, rng.poisson(mean_rate * seconds))


def _answer_radar(rng: Rng, air: Air, aircraft: Aircraft, start: float) -> None:
    """Answers the interrogations while a beam passes, modes A and C in turn."""
    period = rng.uniform(2.0e-3, 6e-3)
    count = int(rng.integers(3, 20))
    for i in range(count):
        beam = np.cos(np.pi * (i - count / 2) / (1.3 * count))
        air.add(start + i * period * rng.uniform(0.98, 1.02), beam * aircraft.mode_ac(rng, i % 2))


def parity(data: np.ndarray) -> np.ndarray:
    """The 24 parity bits of a Mode S frame (Annex 10, volume IV, 3.1.2.3.3): int64 [24]."""
    value = int("".join(map(str, data.tolist())), 2) << 24
    for place in range(len(data) + 23, 23, -1):
        if value >> place & 1:
            value ^= 0x1FFF409 << (place - 24)
    return number_bits(value, 24)


class Aircraft:
    """One transponder: level, frequency error, pulse shape, address and codes."""

    def __init__(self, rng: Rng, rate: float, range_db: float):
        self._per_us = rate / 1e6
        self._level = level(rng, range_db)
        wide = rng.random() < 0.3
        self._frequency = np.clip(rng.normal(0, 4e5 if wide else 8e4), -1e6, 1e6) / rate
        # 50 to 100 ns of rise and 50 to 200 ns of fall are allowed; older ones are slower. An edge
        # of a Gaussian rises from 10 to 90 % in 2.6 standard deviations.
        self._edge = rng.uniform(0.03, 0.1) * self._per_us
        self._droop = rng.uniform(0, 0.12)
        self._width = 0.5 + rng.uniform(-0.05, 0.05)
        self._address = bits(rng, 24)
        self._codes = [bits(rng, 12), bits(rng, 12)]
        self._message = Content(rng, 7)

    def mode_s(self, rng: Rng) -> np.ndarray:
        """A frame of 56 or 112 bits: format, address, content and parity."""
        long = rng.random() < 0.6
        kind = int(choice(rng, LONG_FORMATS if long else SHORT_FORMATS))
        squitter = kind in (11, 17, 18)
        first = self._address if squitter else np.concatenate([bits(rng, 11), self._codes[0], [0]])
        body = self._message() if long else []
        data = np.concatenate([number_bits(kind, 5), bits(rng, 3), first, body]).astype(np.int64)
        data = np.concatenate([data, parity(data) ^ (0 if squitter else self._address)])
        starts = np.array([*PREAMBLE_US, *(8.0 + np.arange(len(data)) + 0.5 * (1 - data))])
        return self._pulses(rng, starts, self._width)

    def mode_ac(self, rng: Rng, which: int) -> np.ndarray:
        """Framing pulses 20.3 µs apart and up to twelve between, in steps of 1.45 µs."""
        places = np.flatnonzero(np.insert(self._codes[which], 6, 0)) + 1
        starts = np.array([0.0, *(1.45 * places), 20.3])
        if rng.random() < 0.03:
            starts = np.append(starts, 24.65)
        return self._pulses(rng, starts, 0.45)

    def _pulses(self, rng: Rng, starts: np.ndarray, width: float) -> np.ndarray:
        margin = 4 * self._edge + 1
        edges = np.column_stack([starts, starts + width]).ravel() * self._per_us
        edges = np.maximum.accumulate(edges + margin + rng.random())
        count = int(np.ceil(edges[-1] + margin)) + 1
        wave = smooth(sample_hold(edges, np.tile([1.0, 0.0], len(starts))[:-1], count), self._edge)
        wave = wave * (1 - self._droop * np.linspace(0, 1, count)) * self._level
        return (wave * carrier(self._frequency, count, rng.random())).astype(np.complex64)


SERVICES = {"mode_s": mode_s}

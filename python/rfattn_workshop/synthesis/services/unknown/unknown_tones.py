# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes signals of no known service that send data by tones: one after the other, or several."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from gnuradio.rfattn.signals.waveform import carrier

from ...waves.keying import Signal
from ...waves.waveform import Rng, choice, log_uniform
from .unknown_air import Make, avoid, draw_rate, draw_width, hold, is_always_on, on_air
from .unknown_content import draw_glide, draw_numbers

FSK_AVOIDED = {
    2: ((20, 110), (450, 45e3), (250e3, 290e3), (0.9e6, 1.3e6), (1.9e6, 2.1e6)),
    4: ((1, 2), (2.1e3, 2.7e3), (4.2e3, 6.6e3)),
    8: ((2, 40),),
}
"""Bd at which classes or their like use so many tones: RTTY, satellites, GSM, DMR, FT8."""
JT65_BD = (2.0, 3.5)
PACKETS_BD = (450, 250e3)
"""Bd at which two tones in bursts are packets of sensors."""
LEAST_SYMBOLS = 12.0
"""Least number of symbols of a scene; a few slow tones look like carriers."""
ORDERS = (2, 2, 3, 4, 4, 4, 5, 6, 7, 8, 8, 9, 10, 12, 16, 16, 20, 24, 32, 48, 64)


def avoided_rates(order: int, always: bool) -> tuple[tuple[float, float], ...]:
    """The rates in Bd at which so many tones would be of a class."""
    if order > 40:
        return (JT65_BD,)
    return FSK_AVOIDED.get(order, ()) + ((PACKETS_BD,) if order == 2 and not always else ())


def random_fsk(rng: Rng, seconds: float) -> Signal:
    """Shift keying with 2 to 64 tones of any rate, indices 0.25 to 8, abrupt to smooth.

    Some have tones at uneven distances, an index that changes from symbol to symbol, or symbols
    that move the tone by so many steps.
    """
    order, always = int(choice(rng, ORDERS)), is_always_on(rng)
    index = log_uniform(rng, 0.25, 8)
    factor = (order - 1) * index + 2
    baud = avoid(
        lambda: draw_width(rng, seconds, product=LEAST_SYMBOLS * factor) / factor,
        avoided_rates(order, always),
    )
    rate = draw_rate(rng, baud * factor)
    numbers, glide = draw_numbers(rng, order), draw_glide(rng)
    moves = order > 2 and rng.random() < 0.2
    places = np.arange(order) - (order - 1) / 2
    if order > 2 and rng.random() < 0.15:
        places = np.sort(rng.uniform(-0.5, 0.5, order)) * (order - 1)
    indices = np.ones(1)
    if rng.random() < 0.15:
        indices = rng.uniform(0.5, 1.0, int(rng.integers(2, 5)))

    def make(count: int) -> np.ndarray:
        symbols = numbers(int(count * baud / rate) + 2)
        if moves:
            symbols = np.cumsum(symbols + 1) % order
        tones = places[symbols] * np.resize(indices, len(symbols))
        return carrier(glide(tones, rate / baud, count) * (index * baud / rate))

    return on_air(rng, seconds, rate, make, 20 / baud, always)


def draw_tones(rng: Rng, order: int, baud: float, index: float, rate: float) -> Make:
    """Draws shift keying with so many even tones; returns what makes so many samples of it."""
    numbers, glide = draw_numbers(rng, order), draw_glide(rng)

    def tones(count: int) -> np.ndarray:
        symbols = numbers(int(count * baud / rate) + 2) - (order - 1) / 2
        return carrier(glide(symbols, rate / baud, count) * (index * baud / rate))

    return tones


def slow_tones(rng: Rng, seconds: float) -> Signal:
    """Tones one after the other, 5 Hz to 3 kHz wide, as in slow modes of shortwave.

    Tones may be keyed softly, with pauses between them. A permutation of the tones marks the start
    of a message, and often its middle and end.
    """
    order = int(choice(rng, (3, 4, 5, 6, 8, 9, 10, 12, 16, 18, 24, 32, 44, 64)))
    index = log_uniform(rng, 0.8, 4)
    factor = (order - 1) * index + 2
    avoided = avoided_rates(order, True)
    baud = avoid(
        lambda: draw_width(rng, seconds, 5.0, 3e3, LEAST_SYMBOLS * factor) / factor, avoided
    )
    rate = draw_rate(rng, baud * factor)
    sync, numbers = rng.permutation(order)[: int(rng.integers(3, 12))], draw_numbers(rng, order)
    length, soft = int(log_uniform(rng, 20, 300)), rng.random() < 0.4
    shares = (0.0,) if rng.random() < 0.3 else choice(rng, ((0.0,), (0.0, 0.5), (0.0, 0.5, 1.0)))
    moves, glide = rng.random() < 0.3, draw_glide(rng)
    pause = 0.0 if rng.random() < 0.6 else rng.uniform(0.1, 0.6)

    def make(count: int) -> np.ndarray:
        symbols = numbers(int(count * baud / rate) + 2)
        if moves:
            symbols = np.cumsum(symbols + 1) % order
        for share in shares:
            for at in range(int(share * length), len(symbols), length + len(sync)):
                symbols[at : at + len(sync)] = sync[: len(symbols) - at]
        tones = glide(symbols - (order - 1) / 2, rate / baud, count)
        wave = carrier(tones * (index * baud / rate))
        return wave * _soft_gate(count, rate / baud, pause, soft)

    return on_air(rng, seconds, rate, make, 20 / baud)


def _soft_gate(count: int, period: float, pause: float, soft: bool) -> np.ndarray:
    """The level of tones that are silent for a share of each symbol, and rise and fall softly."""
    if not (pause or soft):
        return np.ones(count, np.float32)
    place = (np.arange(count) / period) % 1.0 / (1 - pause)
    if soft:
        return np.where(place < 1, np.sin(np.pi * place), 0).astype(np.float32)
    return (place < 1).astype(np.float32)


MOST_TONES = 2e7
"""Samples of all tones of a signal together."""


def parallel_tones(rng: Rng, seconds: float) -> Signal:
    """Several tones at once, others for each symbol: chords, sums of two rows, signs of codes."""
    width = draw_width(rng, seconds)
    rate = draw_rate(rng, width)
    most = int(np.clip(MOST_TONES / (rate * seconds), 4, 64))
    count_tones = int(log_uniform(rng, 4, most + 0.5))
    places = (np.arange(count_tones) - (count_tones - 1) / 2) * width / rate / count_tones
    if rng.random() < 0.3:
        places = np.sort(rng.uniform(-0.48, 0.48, count_tones)) * width / rate
    levels = _draw_chords(rng, count_tones)
    baud = max(width / count_tones / log_uniform(rng, 0.7, 30), LEAST_SYMBOLS / seconds)
    pause = 0.0 if rng.random() < 0.6 else rng.uniform(0.1, 0.7)
    phases, soft = rng.random(count_tones), rng.random() < 0.3

    def make(count: int) -> np.ndarray:
        rows = levels(int(count * baud / rate) + 2)
        wave = np.zeros(count, np.complex64)
        for place, phase, row in zip(places, phases, rows.T, strict=True):
            wave += hold(row.astype(np.complex64), rate / baud, count) * carrier(
                place, count, phase
            )
        return wave * _soft_gate(count, rate / baud, pause, soft)

    return on_air(rng, seconds, rate, make, 8 / baud)


def _draw_chords(rng: Rng, tones: int) -> Callable[[int], np.ndarray]:
    """Draws a code: what makes the amplitudes of tones for so many symbols, [symbols, tones]."""
    kind, at_once = int(rng.integers(4)), int(rng.integers(2, max(3, tones // 2 + 1)))
    split = int(rng.integers(1, tones))
    order = int(choice(rng, (2, 4, 8)))
    book = rng.integers(0, order, (int(log_uniform(rng, 4, 128)), tones))
    book = np.exp(2j * np.pi * book / order)

    def chords(count: int) -> np.ndarray:
        if kind == 0:  # any so many of the tones
            rank = np.argsort(np.argsort(rng.random((count, tones)), axis=1), axis=1)
            return 1.0 * (rank < at_once)
        if kind == 1:  # one of the low tones and one of the high ones
            low, high = rng.integers(0, split, count), rng.integers(split, tones, count)
            place = np.arange(tones)
            return 1.0 * ((place == low[:, None]) | (place == high[:, None]))
        if kind == 2:  # the phases of each are one of few code words
            return book[rng.integers(0, len(book), count)]
        turns = np.cumsum(rng.integers(0, order, (count, tones)), axis=0) / order
        return np.exp(2j * np.pi * turns)

    return chords


OTHERS = {
    "parallel_tones": parallel_tones,
    "random_fsk": random_fsk,
    "slow_tones": slow_tones,
}

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes signals of no known service that key phase and amplitude, on one channel or on several."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from gnuradio.rfattn.signals.waveform import apply_response, band, carrier

from ...waves.keying import Signal
from ...waves.waveform import Rng, choice, log_uniform
from .unknown_air import Make, avoid, draw_rate, draw_width, is_always_on, on_air
from .unknown_content import draw_constellation, draw_numbers, draw_pulse, send_symbols
from .unknown_tones import MOST_TONES, avoided_rates, draw_tones

PSK_AVOIDED = {
    2: ((20, 140), (400, 25e3)),
    4: ((20, 140), (500, 700), (1.1e3, 1.3e3), (4.2e3, 12e3), (16e3, 28e3), (65e3, 90e3)),
    8: ((9e3, 12e3),),
}
"""Bd at which classes use so many phases: PSK31, satellites, TETRA, VDL and others."""


def draw_symbols(rng: Rng) -> tuple[Callable[[int], np.ndarray], int]:
    """Draws a constellation and its framing.

    Returns:
        what makes so many symbols of mean power about 1, and the number of points.
    """
    points = draw_constellation(rng)
    numbers = draw_numbers(rng, len(points))
    turn = float(choice(rng, (0.0, 0.0, 1 / 8, 1 / 4, 1 / 3, rng.random())))
    differs = rng.random() < 0.4 and np.ptp(np.abs(points)) < 1e-6
    known = rng.integers(0, 2, int(log_uniform(rng, 4, 200))) if rng.random() < 0.2 else None

    def symbols(count: int) -> np.ndarray:
        out = points[numbers(count)]
        if differs:
            out = np.exp(1j * np.cumsum(np.angle(out)))
        if known is not None:
            out[: len(known)] = (2 * known - 1)[:count] * np.exp(0.25j * np.pi)
        return (out * np.exp(2j * np.pi * turn * np.arange(count))).astype(np.complex64)

    return symbols, len(points)


def random_psk(rng: Rng, seconds: float) -> Signal:
    """Phase and amplitude keying with 2 to 1024 points and any pulse; some have Q half a symbol
    late, turn from symbol to symbol, or are differential."""
    symbols, order = draw_symbols(rng)
    pulse, reach, factor = draw_pulse(rng)
    baud = avoid(lambda: draw_width(rng, seconds) / factor, PSK_AVOIDED.get(order, ()))
    rate = draw_rate(rng, baud * factor)
    late = rng.random() < 0.2

    def make(count: int) -> np.ndarray:
        wave = send_symbols(symbols, baud, rate, pulse, reach, count)
        if late:
            wave = wave.real + 1j * np.roll(wave.imag, round(rate / baud / 2))
        return wave

    return on_air(rng, seconds, rate, make, 30 / baud)


def random_ask(rng: Rng, seconds: float) -> Signal:
    """Amplitude keying with 3 to 64 levels, with or without a carrier, both sidebands or a part."""
    levels = int(choice(rng, (3, 4, 4, 6, 8, 8, 16, 32, 64)))
    low, even = rng.uniform(-1, 0.3), rng.random() < 0.8
    pulse, reach, factor = draw_pulse(rng)
    baud = draw_width(rng, seconds) / factor
    rate = draw_rate(rng, factor * baud)
    steps = np.linspace(0, 1, levels) if even else np.sort(rng.random(levels))
    values, numbers = low + (1 - low) * steps, draw_numbers(rng, levels)
    bias = values.mean() * choice(rng, (0.0, 1.0, 1.0))
    vestige = rng.uniform(0.05, 0.5) if rng.random() < 0.35 else None

    def symbols(count: int) -> np.ndarray:
        return values[numbers(count)] - values.mean()

    def make(count: int) -> np.ndarray:
        wave = send_symbols(symbols, baud, rate, pulse, reach, count) + bias
        wave = wave.astype(np.complex64)
        if vestige is not None:
            half = baud * factor / 2 / rate
            wave = apply_response(wave, band(-vestige * half, 1.2 * half, vestige * half))
            wave = wave * carrier(-half * (1 - vestige) / 2, len(wave))
        return wave

    return on_air(rng, seconds, rate, make, 30 / baud)


def many_channels(rng: Rng, seconds: float) -> Signal:
    """Two to 32 transmitters at equal distances, with the same keying and other data each.

    Some channels are stronger, some are carriers, and some are silent for a while.
    """
    always, width = is_always_on(rng), draw_width(rng, seconds, 100.0)
    rate = draw_rate(rng, width)
    most = int(np.clip(min(MOST_TONES / rate, width / 40) / seconds, 2, 32))
    channels = int(log_uniform(rng, 2, most + 0.9))
    fill = rng.uniform(0.3, 1.0)
    make_channel = draw_channel(rng, fill * width / channels, rate, always)
    places = (np.arange(channels) - (channels - 1) / 2) * width / rate / channels
    gains = 10 ** (-rng.uniform(0, 1, channels) * choice(rng, (0, 0, 6, 15)) / 20)
    plain = rng.random(channels) < choice(rng, (0, 0, 0.2))
    plain[0] = False

    def make(count: int) -> np.ndarray:
        wave = np.zeros(count, np.complex64)
        for place, gain, is_plain in zip(places, gains, plain, strict=True):
            part = 1.0 if is_plain else make_channel(count)[:count]
            wave += gain * part * carrier(place, count, rng.random())
        return wave

    return on_air(rng, seconds, rate, make, 40 * channels / width, always)


def draw_channel(rng: Rng, width: float, rate: float, always: bool) -> Make:
    """Draws the keying of a channel of so many Hz: what makes so many samples of it."""
    if rng.random() < 0.4:
        order = int(choice(rng, (2, 2, 3, 4, 8)))
        index = log_uniform(rng, 0.3, 4)
        baud = width / ((order - 1) * index + 2)
        if any(low <= baud <= high for low, high in avoided_rates(order, always)):
            order, baud = 6, width / (5 * index + 2)
        return draw_tones(rng, order, baud, index, rate)
    return draw_phases(rng, width, rate)


def draw_phases(rng: Rng, width: float, rate: float) -> Make:
    """Draws phase and amplitude keying of so many Hz; returns what makes so many samples of it."""
    symbols, (pulse, reach, factor) = draw_symbols(rng)[0], draw_pulse(rng)
    baud = width / factor
    return lambda count: send_symbols(symbols, baud, rate, pulse, reach, count)


OTHERS = {
    "many_channels": many_channels,
    "random_ask": random_ask,
    "random_psk": random_psk,
}

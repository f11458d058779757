# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes digital signals of no known service, over a wide range of rates and shapes.

A model must not name them. Rates and orders at which a class of `emissions.families` lives are
left out, as a random signal there would be an example of the class.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.fft

from ..keying import Signal, ramps
from ..waveform import (
    Rng,
    apply_response,
    band,
    bits,
    carrier,
    choice,
    log_uniform,
)
from .air import smooth_rate
from .hf_air import Air, send_bursts, shape, shift_keying

MOST_SAMPLES = 4e6
"""A scene of unknown signals has at most about so many samples."""
LEAST_PRODUCT = 100.0
"""Least product of width and length of a scene; with less, much looks like a carrier."""
WIDTHS = (10.0, 5e6)
"""Hz."""


def draw_width(rng: Rng, seconds: float, least: float = WIDTHS[0], most: float = WIDTHS[1]):
    """Draws a width in Hz that shows in a scene of ``seconds`` and does not fill the memory."""
    most = min(most, 0.4 * MOST_SAMPLES / seconds)
    least = min(max(least, LEAST_PRODUCT / seconds), most)
    return log_uniform(rng, least, most)


def draw_rate(rng: Rng, width: float) -> float:
    """Draws a sample rate for a signal of ``width`` Hz."""
    return smooth_rate(max(600.0, width * rng.uniform(2.0, 3.6)))


def on_air(
    rng: Rng,
    seconds: float,
    rate: float,
    make: Callable[[int], np.ndarray],
    least_s: float,
) -> Signal:
    """Sends what ``make(samples)`` returns: always, in irregular bursts, or in time slots.

    Args:
        least_s: shortest burst.
    """
    air, kind = Air(seconds, rate), rng.random()
    if kind < 0.45:
        air.add(limit(make(air.count)), 0.0)
        return air.signal()
    least = max(least_s, 16 / rate)
    length = log_uniform(rng, least, max(1.01 * least, min(2.0, 0.7 * max(seconds, least))))
    gap_s = log_uniform(rng, length / 6, length * 8)
    ramp_s = log_uniform(rng, 1 / rate, length / 8)
    spread = 0.0 if kind < 0.7 else rng.uniform(0.1, 0.8)

    def burst():
        count = max(16, round(length * (1 + spread * rng.uniform(-0.5, 1)) * rate))
        wave = limit(make(count)[:count])
        wave = wave / (np.sqrt(np.mean(np.abs(wave) ** 2)) + 1e-12)
        return wave * ramps(len(wave), ramp_s * rate)

    send_bursts(rng, air, burst, lambda: gap_s * (1 + spread * rng.exponential()))
    return air.signal()


def limit(wave: np.ndarray) -> np.ndarray:
    """Filters as a transmitter does: what is beyond 0.3 of the rate is gone."""
    return apply_response(np.asarray(wave, np.complex64), band(-0.3, 0.3, 0.06))


def avoid(draw: Callable[[], float], bands) -> float:
    """Draws until the value is outside all (low, high) of ``bands``; the last of 50 otherwise."""
    for _ in range(50):
        value = draw()
        if not any(low <= value <= high for low, high in bands):
            break
    return value


FSK_AVOIDED = {
    2: ((20, 110), (450, 250e3)),
    3: (),
    4: ((1, 2), (15, 25), (1500, 12e3)),
    8: ((2, 40),),
}
"""Bd at which classes or their like use so many tones: RTTY, FSK packets, DMR and others, FT8."""


def random_fsk(rng: Rng, seconds: float) -> Signal:
    """Shift keying with 2 to 64 tones, indices 0.3 to 8, abrupt to smooth, of any rate."""
    order = int(choice(rng, (2, 3, 4, 4, 5, 6, 7, 8, 8, 9, 10, 12, 16, 16, 20, 24, 32, 48, 64)))
    index = log_uniform(rng, 0.3, 8)
    avoided = FSK_AVOIDED.get(order, ((2, 3.5),) if order > 40 else ())
    factor = (order - 1) * index + 2
    baud = avoid(lambda: draw_width(rng, seconds) / factor, avoided)
    rate = draw_rate(rng, baud * factor)
    bt = None if rng.random() < 0.45 else log_uniform(rng, 0.5, 4)
    walks, header = rng.random() < 0.15, rng.integers(0, order, int(rng.integers(4, 40)))
    skew = rng.dirichlet(np.full(order, log_uniform(rng, 0.3, 30)))

    def make(count):
        symbols = rng.choice(order, int(count * baud / rate) + 2, p=skew)
        if walks:
            symbols = np.cumsum(symbols) % order
        symbols = np.concatenate([header, symbols])
        return shift_keying(symbols - (order - 1) / 2, rate, baud, index * baud, bt)[:count]

    return on_air(rng, seconds, rate, make, 20 / baud)


def _constellation(rng: Rng) -> tuple[str, np.ndarray]:
    """Draws a name and the points, of mean power 1."""
    name = str(choice(rng, ("bpsk", "qpsk", "oqpsk", "pi4", "8psk", "16psk", "qam", "qam", "apsk")))
    order = {"bpsk": 2, "qpsk": 4, "oqpsk": 4, "pi4": 4, "8psk": 8, "16psk": 16}.get(name)
    if order:
        return name, np.exp(2j * np.pi * (np.arange(order) + 0.5) / order)
    if name == "qam":
        side = np.arange(1, 2 * int(choice(rng, (2, 3, 4, 8, 16))), 2).astype(float)
        side = np.concatenate([-side, side])
        points = (side[:, None] + 1j * side[None, :]).ravel()
    else:
        inner, outer = (
            np.exp(2j * np.pi * np.arange(4) / 4),
            np.exp(2j * np.pi * np.arange(12) / 12),
        )
        points = np.concatenate([inner, rng.uniform(2.2, 3.2) * outer])
    return name, points / np.sqrt(np.mean(np.abs(points) ** 2))


PSK_AVOIDED = ((20, 140), (400, 90e3))
"""Bd of PSK with two and four phases: PSK31, satellites, TETRA and others."""


def random_psk(rng: Rng, seconds: float) -> Signal:
    """Phase and amplitude keying with 2 to 1024 points; roll-off 0.05 to 1, or abrupt changes."""
    name, points = _constellation(rng)
    pulse = "root" if rng.random() < 0.75 else "abrupt"
    rolloff = rng.uniform(0.05, 1.0)
    factor = 1 + rolloff if pulse == "root" else 3.0
    avoided = PSK_AVOIDED if len(points) <= 4 else ((9e3, 12e3),) if name == "8psk" else ()
    baud = avoid(lambda: draw_width(rng, seconds) / factor, avoided)
    rate = draw_rate(rng, baud * factor)
    known = rng.integers(0, len(points), int(rng.integers(8, 64)))
    every = int(choice(rng, (0, 0, 16, 40, 100, 500)))

    def make(count):
        n = int(count * baud / rate) + 3
        numbers = rng.integers(0, len(points), n)
        for at in range(0, n, len(known) + every) if every else [0]:
            numbers[at : at + len(known)] = known[: n - at]
        symbols = points[numbers]
        if name == "pi4":
            symbols = symbols * np.exp(0.25j * np.pi * np.arange(n))
        return _pulse_shape(symbols, rate / baud, rolloff if pulse == "root" else None, name)[
            :count
        ]

    return on_air(rng, seconds, rate, make, 30 / baud)


def _pulse_shape(symbols: np.ndarray, period: float, rolloff: float | None, name: str = ""):
    """Shapes symbols by a root-raised cosine, or holds each; OQPSK has Q half a symbol late."""
    if rolloff is None:
        place = np.arange(int(len(symbols) * period)) / period
        wave = symbols[np.minimum(place.astype(int), len(symbols) - 1)]
    else:
        wave = shape(symbols, period, rolloff)
    if name == "oqpsk":
        wave = wave.real + 1j * np.roll(wave.imag, round(period / 2))
    return wave


def random_ask(rng: Rng, seconds: float) -> Signal:
    """Amplitude keying with 3 to 16 levels, with or without a carrier, both sidebands or one."""
    levels = int(choice(rng, (3, 4, 4, 6, 8, 16)))
    low, rolloff = rng.uniform(-1, 0.5), rng.uniform(0.1, 1)
    baud = draw_width(rng, seconds) / 2
    rate = draw_rate(rng, 2 * baud)
    values = low + (1 - low) * np.arange(levels) / (levels - 1)
    abrupt, one_side = rng.random() < 0.4, rng.random() < 0.25

    def make(count):
        symbols = values[rng.integers(0, levels, int(count * baud / rate) + 3)]
        bias = symbols.mean()
        wave = _pulse_shape(
            (symbols - bias).astype(complex), rate / baud, None if abrupt else rolloff
        )
        wave = (wave + bias).astype(np.complex64)[:count]
        if one_side:
            wave = apply_response(
                wave, band(-0.1 * baud / rate, 2 * baud / rate, 0.1 * baud / rate)
            )
            wave = wave * carrier(-0.5 * baud / rate, len(wave))
        return wave

    return on_air(rng, seconds, rate, make, 30 / baud)


def random_dsss(rng: Rng, seconds: float) -> Signal:
    """Spread spectrum: each bit times a code of 7 to 1023 chips, by two or four phases."""
    chips = int(choice(rng, (7, 11, 13, 15, 31, 63, 127, 255, 1023)))
    code = 2.0 * bits(rng, chips) - 1
    rolloff = None if rng.random() < 0.4 else rng.uniform(0.15, 0.8)
    rate_of_chips = draw_width(rng, seconds, 2e3) / 1.6
    rate, four = draw_rate(rng, 1.6 * rate_of_chips), rng.random() < 0.5

    def make(count):
        n = int(count * rate_of_chips / rate / chips) + 2
        data = 1j ** rng.integers(0, 4, n) if four else 2.0 * bits(rng, n) - 1
        symbols = (data[:, None] * code).ravel().astype(np.complex64)
        return _pulse_shape(symbols, rate / rate_of_chips, rolloff)[:count]

    return on_air(rng, seconds, rate, make, 10 * chips / rate_of_chips)


OFDM_AVOIDED = ((900, 1200), (4.2e3, 4.8e3), (14e3, 16e3), (290e3, 330e3))
"""Hz between carriers: DAB, DVB-T, LTE, Wi-Fi."""


def random_ofdm(rng: Rng, seconds: float) -> Signal:
    """Multicarrier of 4 to 2000 carriers, guard 1/32 to 1/2, perhaps pilots and preamble."""
    carriers = int(log_uniform(rng, 4, 2000))
    spacing = avoid(lambda: draw_width(rng, seconds, 200.0) / carriers, OFDM_AVOIDED)
    rate = draw_rate(rng, carriers * spacing)
    guard = float(choice(rng, (0, 1 / 32, 1 / 16, 1 / 8, 0.2, 1 / 4, 1 / 3, 1 / 2)))
    grid = _Grid(rng, carriers, round(rate / spacing), guard)

    def make(count):
        return grid.make(count // (grid.size + grid.guard) + 2)[:count]

    return on_air(rng, seconds, rate, make, 6 * (1 + guard) / spacing)


class _Grid:
    """A multicarrier transmitter: which carriers are on, and what is sent on them."""

    def __init__(self, rng: Rng, carriers: int, size: int, guard: float):
        self.rng, self.carriers, self.size = rng, carriers, size
        self.guard = round(guard * self.size)
        self.spread = rng.random() < 0.2  # as the uplink of LTE: one carrier's envelope
        self.points = _constellation(rng)[1]
        step = int(choice(rng, (0, 0, 3, 4, 8, 12)))
        self.pilots = (
            np.arange(int(rng.integers(0, step)), carriers, step) if step else np.array([])
        )
        self.pilot_level = float(choice(rng, (1.0, 1.33, 2.0)))
        self.pilot_values = 2.0 * bits(rng, len(self.pilots)) - 1
        self.preamble = rng.random() < 0.5
        self.dc = rng.random() < 0.5

    def make(self, symbols: int) -> np.ndarray:
        data = self.points[self.rng.integers(0, len(self.points), (symbols, self.carriers))]
        if self.spread:
            data = np.fft.fft(data, axis=1) / np.sqrt(self.carriers)
        elif len(self.pilots):
            data[:, self.pilots.astype(int)] = self.pilot_level * self.pilot_values
        if self.preamble:
            data[0, 1::2] = 0
        grid = np.zeros((symbols, self.size), np.complex64)
        place = np.arange(self.carriers) - self.carriers // 2
        grid[:, place % self.size] = data
        if not self.dc:
            grid[:, 0] = 0
        wave = scipy.fft.ifft(grid, axis=1)
        return np.concatenate([wave[:, self.size - self.guard :], wave], axis=1).ravel()


def random_hopper(rng: Rng, seconds: float) -> Signal:
    """Bursts on 3 to 60 channels, each of several kinds of keying."""
    channels = int(log_uniform(rng, 3, 60))
    width = draw_width(rng, seconds, 2e3)
    spacing = width / channels
    baud = spacing * rng.uniform(0.15, 0.8)
    rate = draw_rate(rng, width)
    air = Air(seconds, rate)
    length = log_uniform(rng, 15 / baud, max(16 / baud, min(0.5, seconds / 2)))
    order, index = int(choice(rng, (1, 2, 3, 4, 8))), log_uniform(rng, 0.1, 1.0)
    gap_s = length * log_uniform(rng, 0.02, 4)
    centres: list[float] = []

    def burst():
        centres.append((float(rng.integers(channels)) - (channels - 1) / 2) * spacing)
        tones = rng.integers(0, order, max(4, int(length * baud))) - (order - 1) / 2
        wave = shift_keying(tones, rate, baud, index * baud / order)
        ramp = ramps(len(wave), min(len(wave) / 8, 2 * rate / baud))
        return wave * carrier(centres[-1] / rate, len(wave)) * ramp

    send_bursts(rng, air, burst, lambda: gap_s)
    return air.signal(tuple(centres[: len(air.spans)]))


OTHERS = {
    "random_ask": random_ask,
    "random_dsss": random_dsss,
    "random_fsk": random_fsk,
    "random_hopper": random_hopper,
    "random_ofdm": random_ofdm,
    "random_psk": random_psk,
}

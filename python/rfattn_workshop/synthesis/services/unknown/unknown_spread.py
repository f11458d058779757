# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes spread spectrum of no known service: codes, hops in frequency, short pulses in time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from gnuradio.rfattn.signals.waveform import apply_response, band, carrier, white

from ...waves.keying import Signal, ramps
from ...waves.waveform import Rng, bits, choice, log_uniform
from ..parts.hf_air import Air, send_bursts
from .unknown_air import (
    MOST_BURSTS,
    Make,
    avoid,
    draw_rate,
    draw_width,
    limit_pulse,
    on_air,
    put_pulses,
)
from .unknown_content import draw_numbers, draw_pulse, send_symbols
from .unknown_phases import draw_phases
from .unknown_tones import draw_tones

CHIPS_AVOIDED = ((1.6e6, 2.4e6),)
"""Chips a second of Zigbee."""


def random_dsss(rng: Rng, seconds: float) -> Signal:
    """Spread spectrum: symbols times a code of 3 to 16000 chips, with any pulse.

    Some have another code for each of several values, and some add the codes of several users.
    """
    chips, users = int(log_uniform(rng, 3, 16000)), 1
    if rng.random() < 0.3:
        users = int(rng.integers(2, 12))
    book = int(choice(rng, (1, 1, 1, 2, 4, 16))) if chips < 1000 else 1
    four = rng.random() < 0.3
    codes = (2.0 * bits(rng, users * book * chips) - 1).reshape(users, book, chips)
    if four:
        codes = (codes + 1j * rng.permuted(codes, axis=2)) / np.sqrt(2)
    codes = codes * 10 ** (-rng.uniform(0, 8, (users, 1, 1)) / 20)
    pulse, reach, factor = draw_pulse(rng)
    chip_rate = avoid(lambda: draw_width(rng, seconds, 1e3) / factor, CHIPS_AVOIDED)
    rate = draw_rate(rng, chip_rate * factor)
    phases, late = int(choice(rng, (1, 2, 2, 4, 8))), rng.random() < 0.2

    def spread(count: int) -> np.ndarray:
        n = count // chips + 1
        total = np.zeros(n * chips, np.complex64)
        for own in codes:
            data = np.exp(2j * np.pi * rng.integers(0, phases, n) / phases)
            total += (data[:, None] * own[rng.integers(0, book, n)]).ravel()
        return total[:count]

    def make(count: int) -> np.ndarray:
        wave = send_symbols(spread, chip_rate, rate, pulse, reach, count)
        if late:
            wave = wave.real + 1j * np.roll(wave.imag, round(rate / chip_rate / 2))
        return wave

    return on_air(rng, seconds, rate, make, min(10 * chips, 4000) / chip_rate)


def random_hopper(rng: Rng, seconds: float) -> Signal:
    """Bursts on 2 to 80 channels in random or cyclic order, with any keying.

    A dwell lasts from a symbol to 0.5 s; pauses are between none and several dwells.
    """
    channels = int(log_uniform(rng, 2, 80))
    width = draw_width(rng, seconds, 1e3)
    spacing = width / channels
    rate, fill = draw_rate(rng, width), rng.uniform(0.15, 1.0)
    air = Air(seconds, rate)
    least = max(2 / spacing, seconds / MOST_BURSTS)
    length = log_uniform(rng, least, max(1.5 * least, min(0.5, seconds / 12)))
    make = _draw_keying(rng, fill * spacing, rate, length)
    gap_s = length * choice(rng, (0.0, 0.05, log_uniform(rng, 0.02, 4)))
    order = rng.permutation(channels) if rng.random() < 0.5 else None
    ramp = log_uniform(rng, 1, max(2, length * rate / 6))
    centres: list[float] = []

    def burst() -> np.ndarray:
        number = int(rng.integers(channels)) if order is None else order[len(centres) % channels]
        centres.append((float(number) - (channels - 1) / 2) * spacing)
        count = max(8, round(length * rate))
        wave = make(count)[:count]
        wave = wave / (np.sqrt(np.mean(np.abs(wave) ** 2)) + 1e-12)
        return wave * carrier(centres[-1] / rate, len(wave)) * ramps(len(wave), ramp)

    send_bursts(rng, air, burst, lambda: gap_s)
    return air.signal(tuple(centres[: len(air.spans)]))


def _draw_keying(rng: Rng, width: float, rate: float, length: float) -> Make:
    """Draws what a burst of a hopper sends in its channel of ``width`` Hz."""
    kind = str(choice(rng, ("tone", "fsk", "fsk", "psk", "psk", "chirp", "noise")))
    if kind == "tone" or width * length < 12:
        return lambda count: carrier(0.0, count)
    if kind == "chirp":
        sign = choice(rng, (-1, 1))
        return lambda count: carrier(sign * np.linspace(-0.5, 0.5, count) * width / rate)
    if kind == "noise":
        response = band(-width / 2 / rate, width / 2 / rate, width / 5 / rate)
        return lambda count: apply_response(white(rng, count), response)
    if kind == "psk":
        return draw_phases(rng, width, rate)
    order, index = int(choice(rng, (3, 4, 4, 5, 8, 16))), log_uniform(rng, 0.25, 2)
    return draw_tones(rng, order, width / ((order - 1) * index + 2), index, rate)


LEAST_PULSE_HZ = 4e5
"""Least width of keyed pulses: longer pulses are those of remote controls."""
MODE_S_HZ = (0.8e6, 1.3e6)
"""Pulses a second of Mode S, and near them."""


def pulse_keyed(rng: Rng, seconds: float) -> Signal:
    """Data by short pulses: their places, numbers, phases, or presence, in frames of time slots.

    A frame is 6 to 3000 pulses long, so that the duty is small. Codes may move the places.
    """
    width = draw_width(rng, seconds, LEAST_PULSE_HZ)
    rate = draw_rate(rng, 1.2 * width)
    pulse = _short_pulse(rng, width, rate)
    length = len(pulse) / rate
    least = max(6 * length, seconds / MOST_BURSTS / 10)
    frame = avoid(
        lambda: log_uniform(rng, least, max(2 * least, min(3000 * length, seconds / 20))),
        [(1 / high, 1 / low) for low, high in (MODE_S_HZ,)],
    )
    count = int(seconds / frame) + 1
    kind = str(choice(rng, ("place", "place", "gap", "phase", "presence", "code", "number")))
    room, order = max(frame - 1.1 * length, 0.0), int(choice(rng, (2, 2, 4, 8, 64, 256)))
    numbers = draw_numbers(rng, order)(count)
    at, gains = frame * np.arange(count), np.ones(count, complex)
    if kind in ("place", "code"):
        code = np.resize(rng.random(int(log_uniform(rng, 3, 200))), count) * (kind == "code")
        at = at + room * ((numbers / order * rng.uniform(0.2, 1) + code) % 1.0)
    elif kind == "gap":
        gaps = np.maximum(frame * (0.5 + rng.uniform(0.3, 3) * numbers / order), 1.1 * length)
        at = np.cumsum(gaps)
    elif kind == "phase":
        gains = np.exp(2j * np.pi * numbers / order)
        places = rng.random(int(rng.integers(1, 30)))
        at = at + room * rng.uniform(0, 0.5) * np.resize(places, count)
    elif kind == "number":
        at = np.repeat(at, numbers % 4 + 1)
        at = at + 1.1 * length * (np.arange(len(at)) - np.searchsorted(at, at))
        gains = np.ones(len(at), complex)
    shown = _presence(rng, kind, at, seconds)
    air = Air(seconds, rate)
    put_pulses(air, pulse, at[shown], gains[shown])
    return air.signal()


def _presence(rng: Rng, kind: str, at: np.ndarray, seconds: float) -> np.ndarray:
    """Which pulses are sent: by data, and in bursts of many pulses or always."""
    shown = np.ones(len(at), bool)
    if kind == "presence":
        shown = rng.random(len(at)) < rng.uniform(0.3, 0.8)
    if rng.random() < 0.5:
        period = seconds * log_uniform(rng, 0.03, 1.0)
        shown &= ((at + rng.random() * period) / period) % 1.0 < rng.uniform(0.2, 0.8)
    shown[len(at) // 2] = True
    return shown


def _short_pulse(rng: Rng, width: float, rate: float) -> np.ndarray:
    """Draws a pulse of about so many Hz: a bell, a doublet, or a damped wave."""
    count = max(8, round(2 * rate / width))
    place = (np.arange(count) + 0.5) / count - 0.5
    bell = np.exp(-((place / rng.uniform(0.15, 0.35)) ** 2))
    courses: tuple[Callable[[], np.ndarray], ...] = (
        lambda: bell,
        lambda: (np.abs(place) < 0.3) * 1.0,
        lambda: bell * place,
        lambda: bell * (1 - 8 * place**2),
        lambda: np.exp(-6 * (place + 0.5)) * np.cos(2 * np.pi * place),
    )
    wave = courses[int(rng.integers(len(courses)))]()
    return limit_pulse(wave.astype(complex), count)


OTHERS = {
    "pulse_keyed": pulse_keyed,
    "random_dsss": random_dsss,
    "random_hopper": random_hopper,
}

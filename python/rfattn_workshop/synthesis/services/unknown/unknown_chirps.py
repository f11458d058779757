# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes chirps of no known service: sweeps, data by sweeps, and coded pulses of radars."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from gnuradio.rfattn.signals.waveform import carrier

from ...waves.keying import Signal, ramps
from ...waves.waveform import Rng, choice, log_uniform
from ..parts.hf_air import Air
from .unknown_air import (
    MOST_BURSTS,
    avoid,
    draw_rate,
    draw_width,
    hold,
    limit_pulse,
    on_air,
    put_pulses,
)
from .unknown_content import draw_numbers

Course = Callable[[np.ndarray], np.ndarray]
"""From 0 to 1 of a sweep to -0.5 to 0.5 of the width."""


def draw_course(rng: Rng) -> Course:
    """Draws how a sweep moves: straight, curved, to and fro, in steps, or wandering."""
    sign, power = float(choice(rng, (-1.0, 1.0))), log_uniform(rng, 0.3, 3.5)
    steps, peak = int(rng.integers(3, 60)), rng.uniform(0.05, 0.95)
    jumps = rng.permutation(steps) / (steps - 1) - 0.5
    ratio = log_uniform(rng, 1.5, 30)
    knots = np.cumsum(rng.standard_normal(int(rng.integers(3, 12))))
    knots = (knots - knots.min()) / (np.ptp(knots) + 1e-9) - 0.5
    courses = (
        lambda t: t - 0.5,
        lambda t: t - 0.5,
        lambda t: np.interp(t, [0, peak, 1], [-0.5, 0.5, -0.5]),
        lambda t: np.interp(t, [0, 0.5 * peak, 0.5, 1], [-0.5, 0.5, 0.5, -0.5]),
        lambda t: t**power - 0.5,
        lambda t: (ratio**t - 1) / (ratio - 1) - 0.5,
        lambda t: 1 / (1 + (ratio - 1) * (1 - t)) * ratio / (ratio - 1) - 1 / (ratio - 1) - 0.5,
        lambda t: 0.5 * np.sin(2 * np.pi * t),
        lambda t: np.floor(np.minimum(t, 0.9999) * steps) / (steps - 1) - 0.5,
        lambda t: jumps[(np.minimum(t, 0.9999) * steps).astype(int)],
        lambda t: 0.5 * np.tanh(4 * power * (t - 0.5)) / np.tanh(2 * power),
        lambda t: np.interp(t * (len(knots) - 1), np.arange(len(knots)), knots),
    )
    course = courses[int(rng.integers(len(courses)))]
    return lambda t: sign * course(t)


def random_chirp(rng: Rng, seconds: float) -> Signal:
    """Sweeps of one to three courses in turn, with pauses or without, of products 8 to 1e6.

    A sweep lasts up to twice the scene. Its level may fall towards its ends.
    """
    width = draw_width(rng, seconds, 300.0)
    rate = draw_rate(rng, width)
    least = max(8 / width, seconds / MOST_BURSTS / 25)
    period = log_uniform(rng, least, max(2 * least, min(1e6 / width, 2 * seconds, 10.0)))
    courses = [draw_course(rng) for _ in range(int(choice(rng, (1, 1, 1, 2, 3))))]
    pause = 0.0 if rng.random() < 0.6 else rng.uniform(0.02, 0.7)
    taper = rng.uniform(0.1, 1) if rng.random() < 0.25 else 0.0
    reach, start = rng.uniform(0.3, 1.0, len(courses)), rng.random()
    reach[0] = 1.0

    def make(count: int) -> np.ndarray:
        turn = np.arange(count) / rate / period + start
        number, place = turn.astype(int) % len(courses), turn % 1.0 / (1 - pause)
        inside = np.minimum(place, 1.0)
        track = reach[number] * _of_each(courses, number, inside)
        level = np.sin(np.pi * inside) ** taper if taper else 1.0
        return carrier(track * (width / rate)) * (place <= 1) * level

    return on_air(rng, seconds, rate, make, log_uniform(rng, 0.3, 10) * period)


LORA_HZ = (6e3, 1.7e6)
"""Widths of chirps whose cyclic shifts LoRa keys."""


def chirp_keyed(rng: Rng, seconds: float) -> Signal:
    """Data by chirps: each symbol is one of 2 to 32 courses, slopes, starts, shifts or phases."""
    kind = str(choice(rng, ("slope", "course", "shift", "phase", "start")))
    avoided = (LORA_HZ,) if kind in ("shift", "start") else ()
    width = avoid(lambda: draw_width(rng, seconds, 100.0), avoided)
    rate = draw_rate(rng, width)
    product = log_uniform(rng, 6, 500 if kind not in ("shift", "start") else 60)
    order = 2 if kind == "slope" else int(choice(rng, (2, 3, 4, 4, 6, 8, 16, 32)))
    # A scene has 12 to 20000 symbols.
    period = np.clip(product / width, seconds / 20000, seconds / 12)
    numbers, courses = draw_numbers(rng, order), [draw_course(rng) for _ in range(order)]
    slopes = np.linspace(-1, 1, order)
    pause = rng.uniform(0, 0.3) if rng.random() < 0.2 else 0.0
    turns = kind == "phase" or rng.random() < 0.15

    def make(count: int) -> np.ndarray:
        symbols = numbers(int(count / rate / period) + 2)
        number = hold(symbols, period * rate, count)
        place = (np.arange(count) / rate / period) % 1.0 / (1 - pause)
        inside = np.minimum(place, 1.0)
        track = courses[0](inside)
        if kind == "slope":
            track = (2 * number - 1) * (inside - 0.5)
        elif kind == "start":
            track = slopes[number] * (1 - inside) * 0.5 + (inside - 0.5)
            track = np.clip(track, -0.5, 0.5)
        elif kind == "course":
            track = _of_each(courses, number, inside)
        elif kind == "shift":
            track = courses[0]((inside + number / order) % 1.0)
        wave = carrier(track * (width / rate))
        if turns:
            phase = np.cumsum(symbols) if kind == "phase" else symbols
            wave = wave * hold(np.exp(2j * np.pi * phase / order), period * rate, count)
        return wave * (place < 1)

    return on_air(rng, seconds, rate, make, 8 * period)


def _of_each(courses: list[Course], number: np.ndarray, place: np.ndarray) -> np.ndarray:
    """The track whose samples each follow the course with their number."""
    track = np.zeros(len(place))
    for k, course in enumerate(courses):
        track[number == k] = course(place[number == k])
    return track


BARKER = {len(code): code for code in "10 110 1101 11101 1110010 11100010010 1111100110101".split()}


def coded_pulses(rng: Rng, seconds: float) -> Signal:
    """Pulses of a radar or sounder: plain, swept, with phase codes or steps of frequency.

    Periods are fixed, staggered, jittered, or in groups; an antenna may turn.
    """
    width = draw_width(rng, seconds, 3e3)
    rate = draw_rate(rng, 1.5 * width)
    pulse = limit_pulse(_draw_pulse(rng, width, rate), max(4, round(2 * rate / width)))
    length = len(pulse) / rate
    least = max(1.05 * length, seconds / MOST_BURSTS / 10)
    every = log_uniform(rng, least, max(2 * least, min(200 * length, seconds / 3)))
    count = int(seconds / every) + 2
    periods = np.full(count, every)
    kind = rng.random()
    if kind < 0.3:
        periods = every * np.resize(rng.uniform(0.7, 1.3, int(rng.integers(2, 9))), count)
    elif kind < 0.5:
        periods = every * (1 + log_uniform(rng, 1e-3, 0.6) * rng.uniform(-1, 1, count))
    elif kind < 0.65:
        group = int(rng.integers(2, 20))
        steps = rng.uniform(0.5, 1.5, int(rng.integers(2, 6)))
        periods = every * np.resize(np.repeat(steps, group), count)
    periods = np.maximum(periods, least)
    at = np.cumsum(periods) - periods[0] + rng.random() * min(every, 0.9 * max(seconds - length, 0))
    gains = _draw_gains(rng, at, seconds)
    shown = np.abs(gains) > 0.03
    air = Air(seconds, rate)
    put_pulses(air, pulse, at[shown], gains[shown])
    return air.signal()


def _draw_gains(rng: Rng, at: np.ndarray, seconds: float) -> np.ndarray:
    """Amplitudes of pulses: steady, of an antenna that turns, or with phases that change."""
    gains = np.ones(len(at), complex)
    if rng.random() < 0.3:
        turn_s, beam = rng.uniform(0.3, 2) * seconds, rng.uniform(0.03, 0.3)
        away = (at - rng.uniform(0, seconds)) / turn_s
        gains *= np.exp(-(((away - np.round(away)) / beam) ** 2))
        gains[np.argmin(np.abs(away - np.round(away)))] = 1.0
    if rng.random() < 0.5:
        gains *= np.exp(2j * np.pi * rng.random(len(at)))
    return gains


def _draw_pulse(rng: Rng, width: float, rate: float) -> np.ndarray:
    """Draws a pulse of about so many Hz."""
    kind = str(choice(rng, ("plain", "chirp", "chirp", "barker", "random", "poly", "steps")))
    chips = {
        "plain": 3,
        "barker": int(choice(rng, tuple(BARKER))),
        "poly": int(rng.integers(3, 13)) ** 2,
    }.get(kind, int(log_uniform(rng, 5, 500)))
    # Chips with sharp edges are twice as wide as their rate.
    chip_rate = width if kind == "chirp" else width / 2
    count = max(4, round(chips * rate / chip_rate))
    place = (np.arange(count) + 0.5) / count
    if kind == "chirp":
        wave = carrier(draw_course(rng)(place) * width / rate)
    elif kind == "steps":
        tones = rng.permutation(max(2, int(np.sqrt(chips))))
        wave = carrier((hold(tones, count / len(tones), count) / len(tones) - 0.5) * width / rate)
    elif kind == "plain":
        wave = np.ones(count, complex)
    else:
        code = _draw_code(rng, kind, chips)
        wave = hold(code, count / len(code), count)
    if rng.random() < 0.4:
        wave = wave * np.sin(np.pi * place) ** rng.uniform(0.1, 2)
    return wave * ramps(count, rng.uniform(0, 0.1) * count)


def _draw_code(rng: Rng, kind: str, chips: int) -> np.ndarray:
    """The phases of the chips of a pulse: of Barker, random, or of a chirp in steps."""
    if kind == "barker":
        return np.array([2.0 * int(bit) - 1 for bit in BARKER[chips]])
    if kind == "random":
        order = int(choice(rng, (2, 2, 4, 8)))
        return np.exp(2j * np.pi * rng.integers(0, order, chips) / order)
    side = round(np.sqrt(chips))
    row, column = np.divmod(np.arange(chips), side)
    kind = int(rng.integers(3))
    if kind == 0:
        turns = row * column / side
    elif kind == 1:
        turns = np.arange(chips) ** 2 / (2 * chips)
    else:
        turns = np.arange(chips) * (np.arange(chips) - chips) / (2 * chips)
    return np.exp(2j * np.pi * turns)


OTHERS = {
    "chirp_keyed": chirp_keyed,
    "coded_pulses": coded_pulses,
    "random_chirp": random_chirp,
}

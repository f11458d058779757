# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes interference and tones of no service: noise, impulses, combs, drifting and mixing tones."""

from __future__ import annotations

import numpy as np
from gnuradio.rfattn.signals.waveform import apply_response, band, carrier, white

from ...waves.keying import Signal
from ...waves.waveform import Rng, choice, log_uniform
from ..parts.hf_air import Air
from .unknown_air import MOST_BURSTS, Make, draw_rate, draw_width, on_air, put_pulses
from .unknown_content import draw_numbers
from .unknown_phases import draw_channel
from .unknown_tones import MOST_TONES


def modulated_noise(rng: Rng, seconds: float) -> Signal:
    """Noise of any shape: flat, tilted, with humps and notches; steady, gated, or with its level
    modulated by a wave, by data, or by chance."""
    width = draw_width(rng, seconds)
    rate = draw_rate(rng, width)
    edge = width / rate * log_uniform(rng, 0.02, 0.8)
    shape = band(-width / 2 / rate, width / 2 / rate, edge)
    knots = rng.uniform(-1, 0, int(rng.integers(2, 12))) * choice(rng, (0, 0, 6, 15, 30))
    level = _draw_level(rng, seconds, width, rate)

    def response(f: np.ndarray) -> np.ndarray:
        place = (np.clip(f * rate / width, -0.6, 0.6) + 0.6) / 1.2 * (len(knots) - 1)
        return shape(f) * 10 ** (np.interp(place, np.arange(len(knots)), knots) / 20)

    def make(count: int) -> np.ndarray:
        return apply_response(white(rng, count), response) * level(count).astype(np.float32)

    return on_air(rng, seconds, rate, make, 20 / width)


def _draw_level(rng: Rng, seconds: float, width: float, rate: float) -> Make:
    """Draws how a level moves between 0 and 2."""
    kind = str(choice(rng, ("steady", "steady", "sine", "square", "data", "chance", "pulses")))
    depth = rng.uniform(0.3, 1)
    hz = log_uniform(rng, 1 / seconds, max(2 / seconds, width / 20))
    numbers, duty = draw_numbers(rng, int(rng.integers(2, 6))), rng.uniform(0.05, 0.9)

    def level(count: int) -> np.ndarray:
        turn = hz * np.arange(count) / rate + rng.random()
        if kind == "steady":
            return np.ones(count)
        if kind == "sine":
            return 1 + depth * np.sin(2 * np.pi * turn)
        if kind == "square":
            return np.where(turn % 1.0 < duty, 1.0, 1 - depth)
        if kind == "pulses":
            return 1 - depth + np.exp(-8 * (turn % 1.0) / duty)
        if kind == "data":
            return 0.1 + numbers(int(turn[-1]) + 3)[turn.astype(int)] / 2
        knots = rng.exponential(1, int(turn[-1]) + 3)
        return 0.05 + np.minimum(np.interp(turn, np.arange(len(knots)), knots), 3)

    return level


def swept_carrier(rng: Rng, seconds: float) -> Signal:
    """One to four carriers that drift, step or wobble: oscillators that warm up, free-running ones.

    Mains ripple moves many of them at 50, 60, 100 or 120 Hz.
    """
    width = draw_width(rng, seconds, max(200.0, 60 / seconds), 500e3)
    rate = draw_rate(rng, 1.3 * width)
    count = max(1, round(seconds * rate))
    course = _draw_drift(rng, count)
    ripple = float(choice(rng, (50, 60, 100, 120))) * np.arange(count) / rate
    share = rng.uniform(0, 0.4) * (rng.random() < 0.5)
    course = (1 - share) * course + 0.5 * share * np.sin(2 * np.pi * ripple)
    jitter = log_uniform(rng, 1e-4, 1e-1) * np.sqrt(width / rate) * (rng.random() < 0.5)
    angle = np.cumsum(course * width / rate + rng.standard_normal(count) * jitter / (2 * np.pi))
    lines = int(choice(rng, (1, 1, 1, 2, 3, 4)))
    wave = np.zeros(count, np.complex64)
    for scale in (1.0, *rng.uniform(-1, 1, lines - 1)):
        wave += rng.uniform(0.2, 1) * np.exp(2j * np.pi * (scale * angle + rng.random()))
    air = Air(seconds, rate)
    air.add(wave, 0.0)
    return air.signal()


def _draw_drift(rng: Rng, count: int) -> np.ndarray:
    """A course of frequency over the scene, from -0.5 to 0.5."""
    t, kind = np.arange(count) / count, rng.random()
    if kind < 0.25:
        course = (1 - np.exp(-t * rng.uniform(0.5, 6))) * choice(rng, (-1, 1))
    elif kind < 0.4:
        course = t * choice(rng, (-1, 1))
    elif kind < 0.65:
        knots = np.cumsum(rng.standard_normal(int(rng.integers(4, 60))))
        course = np.interp(t * (len(knots) - 1), np.arange(len(knots)), knots)
    elif kind < 0.8:
        turns = t * log_uniform(rng, 0.5, 60)
        course = np.sin(2 * np.pi * turns) + rng.uniform(-2, 2) * t
    else:
        steps = rng.random(int(rng.integers(2, 30)))
        course = steps[(t * len(steps)).astype(int)]
    return (course - course.min()) / (np.ptp(course) + 1e-9) - 0.5


def tone_group(rng: Rng, seconds: float) -> Signal:
    """Two to 20 tones at once, even or uneven, of any levels, steady or keyed together."""
    width = draw_width(rng, seconds)
    rate = draw_rate(rng, 1.3 * width)
    most = np.clip(MOST_TONES / (rate * seconds), 3, 20.9)
    tones = int(log_uniform(rng, 2, most))
    places = np.concatenate([[-0.5, 0.5], rng.uniform(-0.5, 0.5, tones - 2)])
    if rng.random() < 0.3:
        places = np.linspace(-0.5, 0.5, tones)
    levels = 10 ** (-rng.uniform(0, 1, tones) * choice(rng, (0, 6, 15, 30)) / 20)
    wobble = rng.uniform(0, 0.01) * (rng.random() < 0.3)
    hz = log_uniform(rng, 0.2, 50)

    def make(count: int) -> np.ndarray:
        track = wobble * np.sin(2 * np.pi * hz * np.arange(count) / rate)
        wave = np.zeros(count, np.complex64)
        for gain, place in zip(levels, places, strict=True):
            wave += gain * carrier((place + track) * (width / rate), phase=rng.random())
        return wave

    return on_air(rng, seconds, rate, make, 20 / width)


def intermodulation(rng: Rng, seconds: float) -> Signal:
    """Two to four signals, of carriers or keyed ones, in an amplifier that is overdriven.

    Products of odd orders stand beside them, or alone where the signals are filtered out.
    """
    width = draw_width(rng, seconds, 300.0)
    rate = draw_rate(rng, width)
    order = int(choice(rng, (3, 3, 5)))
    spread = width / order
    sources = int(rng.integers(2, 5))
    places = np.concatenate([[-0.5, 0.5], rng.uniform(-0.5, 0.5, sources - 2)])
    places = 0.7 * places * spread / rate
    own = log_uniform(rng, 0.02, 0.3) * spread
    makes = [
        draw_channel(rng, own, rate, True) if rng.random() < 0.6 else (lambda n: np.ones(n))
        for _ in range(sources)
    ]
    levels, drive = 10 ** (-rng.uniform(0, 10, sources) / 20), log_uniform(rng, 0.3, 3)
    alone = rng.random() < 0.25

    def make(count: int) -> np.ndarray:
        wave = np.zeros(count, np.complex64)
        for gain, place, source in zip(levels, places, makes, strict=True):
            wave += gain * source(count)[:count] * carrier(place, count, rng.random())
        product = wave * (drive * np.abs(wave) ** 2) ** (order // 2)
        return product if alone else wave - 0.3 * product

    return on_air(rng, seconds, rate, make, 20 / own)


def spur_comb(rng: Rng, seconds: float) -> Signal:
    """Lines at equal distances that drift together: clocks, supplies, power-line modems.

    They are harmonics from any order on, so that the drift may be larger than the distance.
    """
    width = draw_width(rng, seconds, 200.0)
    rate = draw_rate(rng, width)
    count = max(1, round(seconds * rate))
    spacing = width / log_uniform(rng, 3, 60)
    drift = log_uniform(rng, 1e-6, 3e-2) * (rng.random() < 0.6)
    walk = drift * np.interp(
        np.linspace(0, 9, count), np.arange(10), np.cumsum(rng.standard_normal(10)) / 3
    )
    if rng.random() < 0.4:
        mains = float(choice(rng, (100, 120))) * np.arange(count) / rate
        walk = walk + log_uniform(rng, 1e-5, 1e-2) * np.sin(2 * np.pi * mains)
    half = max(1, int(width / spacing / 2))
    lines = np.arange(-half, half + 1)
    levels = 10 ** (-(rng.uniform(0, 15) * np.abs(lines) / half + rng.uniform(0, 12)) / 20)
    levels *= 10 ** (-rng.uniform(0, 1, len(lines)) * choice(rng, (0, 6, 20)) / 20)
    period = np.zeros(4096, np.complex64)
    period[lines] = levels * np.exp(2j * np.pi * rng.random(len(lines)) * (rng.random() < 0.5))
    period = np.fft.ifft(period).astype(np.complex64)
    wave = period[(np.cumsum((1 + walk) * spacing / rate) % 1.0 * 4096).astype(int)]
    first = log_uniform(rng, 1, 200) * (rng.random() < 0.5)
    common = np.clip(first * walk * spacing, -0.1 * width, 0.1 * width)
    wave = wave * carrier(common / rate + (rng.random() - 0.5) * spacing / rate)
    if rng.random() < 0.4:
        mains = np.pi * float(choice(rng, (50, 60))) * np.arange(count) / rate
        wave = wave * np.abs(np.sin(mains + rng.random())) ** rng.uniform(0.3, 4)
    air = Air(seconds, rate)
    air.add(wave, 0.0)
    return air.signal()


def impulse_train(rng: Rng, seconds: float) -> Signal:
    """Impulses that ring in a band: mains, ignition, fences, dimmers; alone or in groups.

    They come up to 4000 times a scene, at fixed times, with jitter, or by chance.
    """
    width = draw_width(rng, seconds, 2e3)
    rate = draw_rate(rng, width)
    pulse = _ring(rng, width, rate)
    length = len(pulse) / rate
    group = int(rng.integers(2, 12)) if rng.random() < 0.3 else 1
    least = group * max(1.6 * length, seconds / MOST_BURSTS / 10)
    every = log_uniform(rng, least, max(2 * least, seconds / 2))
    if rng.random() < 0.35 and seconds > 0.05:
        every = max(1 / float(choice(rng, (50, 60, 100, 120, 300))), least)
    jitter = 0.0 if rng.random() < 0.4 else log_uniform(rng, 1e-3, 1.0)
    gaps = every * (1 + jitter * (rng.exponential(1, int(seconds / every) * 2 + 2) - 1))
    at = rng.random() * min(every, max(seconds - length, 0.0)) + np.cumsum(gaps) - gaps[0]
    at = (at[:, None] + 1.05 * length * np.arange(group)).ravel()
    at = at[np.concatenate([[True], np.diff(np.maximum.accumulate(at)) >= length])]
    spread_db = choice(rng, (0.5, 1.5, 6))
    air = Air(seconds, rate)
    put_pulses(air, pulse, at, 10 ** (rng.normal(0, spread_db, len(at)) / 20))
    return air.signal()


def _ring(rng: Rng, width: float, rate: float) -> np.ndarray:
    """Draws an impulse as a receiver's or line's band passes it, with an echo or two."""
    count = max(16, int(rate / width * log_uniform(rng, 4, 40)))
    t = np.arange(count) / count
    wave = np.zeros(2 * count, np.complex64)
    wave[count // 2 : count // 2 + count] = np.exp(-t * rng.uniform(3, 9))
    if rng.random() < 0.4:
        wave *= white(rng, len(wave))
    half = width / 2 / rate
    wave = apply_response(wave, band(-half, half, half / 2))
    return wave * carrier(rng.uniform(-0.2, 0.2) * width / rate, len(wave))


OTHERS = {
    "impulse_train": impulse_train,
    "intermodulation": intermodulation,
    "modulated_noise": modulated_noise,
    "spur_comb": spur_comb,
    "swept_carrier": swept_carrier,
    "tone_group": tone_group,
}

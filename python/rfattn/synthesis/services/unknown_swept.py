# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes analogue signals and interference of no known service: sweeps, tones, combs, noise."""

from __future__ import annotations

import numpy as np

from ..keying import Signal
from ..waveform import Rng, apply_response, band, carrier, choice, log_uniform, white
from .hf_air import Air
from .unknown_keyed import avoid, draw_rate, draw_width, limit, on_air


def random_chirp(rng: Rng, seconds: float) -> Signal:
    """Sweeps up, down, to and fro, curved or in steps; time-bandwidth products of 15 to 1e5."""
    width = draw_width(rng, seconds, 500.0)
    rate = draw_rate(rng, width)
    period = log_uniform(rng, 15 / width, max(16 / width, min(1e5 / width, 5.0)))
    shape = _sweep(rng)
    pause = 0.0 if rng.random() < 0.6 else rng.uniform(0.05, 0.6)

    def make(count):
        turn = (np.arange(count) / rate / period) % 1.0
        busy = turn < 1 - pause
        place = np.minimum(turn / (1 - pause), 1.0)
        return carrier(shape(place) * (width / rate)) * busy

    return on_air(rng, seconds, rate, make, 1.2 * period)


def _sweep(rng: Rng):
    """Draws a course of frequency: from 0 to 1 of a period to -0.5 to 0.5 of the width."""
    kind, sign = int(rng.integers(6)), float(choice(rng, (-1.0, 1.0)))
    power, steps = log_uniform(rng, 0.4, 2.5), int(rng.integers(4, 40))
    courses = (
        lambda t: t - 0.5,
        lambda t: t - 0.5,
        lambda t: 0.5 - np.abs(2 * t - 1),
        lambda t: t**power - 0.5,
        lambda t: 0.5 * np.sin(2 * np.pi * t),
        lambda t: np.floor(t * steps) / (steps - 1) - 0.5,
    )
    return lambda t: sign * courses[kind](t)


def modulated_noise(rng: Rng, seconds: float) -> Signal:
    """A band of noise with steep or soft edges, steady, gated, or with its level modulated."""
    width = draw_width(rng, seconds)
    rate = draw_rate(rng, width)
    edge = width / rate * log_uniform(rng, 0.02, 0.8)
    shape = band(-width / 2 / rate, width / 2 / rate, edge)
    tilt, depth = rng.uniform(-10, 10), rng.uniform(0.3, 1) * (rng.random() < 0.6)
    hz = log_uniform(rng, 1 / seconds, max(2 / seconds, width / 20))
    square = rng.random() < 0.5

    def make(count):
        def response(f):
            return shape(f) * 10 ** (tilt * np.clip(f * rate / width, -0.6, 0.6) / 20)

        wave = np.sin(2 * np.pi * (hz * np.arange(count) / rate + rng.random()))
        level = 1 + depth * (np.sign(wave) if square else wave)
        return apply_response(white(rng, count), response) * level.astype(np.float32)

    return on_air(rng, seconds, rate, make, 20 / width)


def swept_carrier(rng: Rng, seconds: float) -> Signal:
    """A carrier that drifts, steps or wobbles: oscillators that warm up, switching supplies.

    Mains ripple moves many of them at 50, 60, 100 or 120 Hz.
    """
    width = draw_width(rng, seconds, max(200.0, 60 / seconds), 500e3)
    rate = draw_rate(rng, 1.3 * width)
    count = max(1, round(seconds * rate))
    t = np.arange(count) / count
    kind = rng.random()
    if kind < 0.3:
        course = (1 - np.exp(-t * rng.uniform(0.5, 6))) * choice(rng, (-1, 1))
    elif kind < 0.5:
        course = t * choice(rng, (-1, 1))
    elif kind < 0.75:
        knots = np.cumsum(rng.standard_normal(int(rng.integers(4, 60))))
        course = np.interp(t * (len(knots) - 1), np.arange(len(knots)), knots)
    else:
        steps = rng.random(int(rng.integers(2, 30)))
        course = steps[(t * len(steps)).astype(int)]
    course = (course - course.min()) / (np.ptp(course) + 1e-9) - 0.5
    ripple = float(choice(rng, (50, 60, 100, 120))) * np.arange(count) / rate
    share = rng.uniform(0, 0.4) * (rng.random() < 0.5)
    course = (1 - share) * course + 0.5 * share * np.sin(2 * np.pi * ripple)
    jitter = log_uniform(rng, 1e-4, 1e-1) * np.sqrt(width / rate) * (rng.random() < 0.5)
    phase = np.cumsum(rng.standard_normal(count)) * jitter / (2 * np.pi)
    air = Air(seconds, rate)
    air.add(np.exp(2j * np.pi * (np.cumsum(course * width / rate) + phase)), 0.0)
    return air.signal()


def two_tone(rng: Rng, seconds: float) -> Signal:
    """Two to six tones at once, steady or keyed, sometimes with intermodulation."""
    width = draw_width(rng, seconds)
    rate = draw_rate(rng, 1.5 * width)
    tones = int(rng.choice([2, 3, 4, 5, 6], p=[0.5, 0.2, 0.1, 0.1, 0.1]))
    places = np.concatenate([[-0.5, 0.5], rng.uniform(-0.5, 0.5, tones - 2)]) * width / rate
    levels = 10 ** (rng.uniform(-12, 0, tones) / 20)
    drive = rng.uniform(0.3, 1.5) if rng.random() < 0.3 else 0.0

    def make(count):
        wave = sum(a * carrier(f, count, rng.random()) for a, f in zip(levels, places, strict=True))
        if drive:
            level = np.abs(wave) + 1e-9
            wave = wave / level * np.tanh(drive * level)
        return wave

    return on_air(rng, seconds, rate, make, 20 / width)


def spur_comb(rng: Rng, seconds: float) -> Signal:
    """Lines at equal distances that drift together: clocks, supplies, power-line modems."""
    width = draw_width(rng, seconds, 200.0)
    rate = draw_rate(rng, width)
    count = max(1, round(seconds * rate))
    spacing = width / log_uniform(rng, 3, 60)
    drift = log_uniform(rng, 1e-6, 3e-2) * (rng.random() < 0.6)
    walk = np.interp(np.linspace(0, 9, count), np.arange(10), np.cumsum(rng.standard_normal(10)))
    turn = np.cumsum((1 + drift * walk / 3) * spacing / rate)
    half = max(1, int(width / spacing / 2))
    lines = np.arange(-half, half + 1)
    levels = 10 ** (-(rng.uniform(0, 15) * np.abs(lines) / half + rng.uniform(0, 12)) / 20)
    period = np.zeros(4096, np.complex64)
    period[lines] = levels * np.exp(2j * np.pi * rng.random(len(lines)) * (rng.random() < 0.5))
    period = np.fft.ifft(period).astype(np.complex64)
    wave = period[(turn % 1.0 * 4096).astype(int)]
    wave = wave * carrier((rng.random() - 0.5) * spacing / rate, count)
    if rng.random() < 0.4:
        mains = np.pi * float(choice(rng, (50, 60))) * np.arange(count) / rate
        wave = wave * np.abs(np.sin(mains + rng.random())) ** rng.uniform(0.3, 4)
    air = Air(seconds, rate)
    air.add(wave, 0.0)
    return air.signal()


def impulse_train(rng: Rng, seconds: float) -> Signal:
    """Impulses that ring in a band: mains, ignition, fences, dimmers; 1 Hz to 50 kHz, jittered."""
    width = draw_width(rng, seconds, 2e3)
    rate = draw_rate(rng, width)
    pulse = _ring(rng, width, rate)
    length = len(pulse) / rate
    most = max(0.6 / length, 2 / seconds)
    every = 1 / log_uniform(rng, min(2 / seconds, most / 2), min(most, 50e3))
    if rng.random() < 0.35 and seconds > 0.05:
        every = max(1 / float(choice(rng, (50, 60, 100, 120, 300))), 1.5 * length)
    jitter = 0.0 if rng.random() < 0.4 else log_uniform(rng, 1e-3, 0.5)
    air = Air(seconds, rate)
    at = rng.random() * min(every, max(seconds - length, 0.0))
    while at < seconds:
        air.add(pulse * 10 ** (rng.normal(0, 1.5) / 20), at)
        at += max(every * (1 + jitter * rng.standard_normal()), length)
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


def random_pulse(rng: Rng, seconds: float) -> Signal:
    """Pulses of a radar or sounder: plain, phase-coded or chirped; fixed or staggered periods."""
    width = draw_width(rng, seconds, 3e3)
    rate = draw_rate(rng, 1.5 * width)
    kind = int(rng.integers(3))
    chips = int(choice(rng, (7, 11, 13, 28, 63))) if kind else 1
    count = max(4, round(max(chips, 1.5) * rate / width))
    place = np.arange(count) / count
    code = np.repeat(2 * rng.integers(0, 2, chips) - 1, -(-count // chips))[:count]
    wave = code.astype(complex) if kind < 2 else np.exp(1j * np.pi * chips * (place**2 - place))
    wave = wave * np.sin(np.pi * (place + 0.5 / count)) ** rng.choice([0.02, 0.3, 1.0])
    wave = limit(np.pad(wave, count // 2 + 4))
    count = len(wave)
    staggers = rng.uniform(0.7, 1.3, int(choice(rng, (1, 1, 2, 3, 5))))
    most = max(0.3 * rate / count, 3 / seconds)
    every = 1 / log_uniform(rng, min(3 / seconds, most / 2), most)
    air = Air(seconds, rate)
    at, k = rng.random() * min(every, 0.9 * max(seconds - count / rate, 0.0)), 0
    while at < seconds:
        air.add(wave, at)
        at += max(every * staggers[k % len(staggers)], 1.1 * count / rate)
        k += 1
    return air.signal()


def random_fm(rng: Rng, seconds: float) -> Signal:
    """Frequency modulation by tones, noise or steps, with indices from 0.5 to 50."""
    kind = int(rng.integers(4))
    # Noise by FM near these widths sounds like a programme of NFM or broadcasting.
    avoided = ((5e3, 40e3), (80e3, 400e3)) if kind == 2 else ()
    width = avoid(lambda: draw_width(rng, seconds, 100.0), avoided)
    rate = draw_rate(rng, width)
    index = log_uniform(rng, 0.5, 50)
    hz = width / (2 * index + 2)
    tones = rng.uniform(0.2, 1.0, 3)

    def make(count):
        t = np.arange(count) / rate
        if kind == 0:
            audio = np.sin(2 * np.pi * hz * t)
        elif kind == 1:
            audio = sum(np.sin(2 * np.pi * (hz * f * t + rng.random())) for f in tones) / 3
        elif kind == 2:
            shape = band(-hz / rate, hz / rate, hz / rate / 2)
            audio = apply_response(rng.standard_normal(count).astype(np.float32), shape)
            audio = audio / (3 * audio.std() + 1e-9)
        else:
            audio = 2 * ((hz * t + rng.random()) % 1.0) - 1
        return carrier(audio * (index * hz / rate))

    return on_air(rng, seconds, rate, make, 4 / hz)


def random_am(rng: Rng, seconds: float) -> Signal:
    """Amplitude modulation by tones, pulses or noise, with or without a carrier."""
    kind, tones = int(rng.integers(3)), rng.uniform(0.1, 1.0, 3)
    # Noise by AM near these widths sounds like a broadcast.
    width = avoid(lambda: draw_width(rng, seconds, 50.0), ((2e3, 25e3),) if kind == 2 else ())
    rate = draw_rate(rng, width)
    hz, bias = width / 2 * rng.uniform(0.1, 1), float(choice(rng, (0.0, 0.5, 1.0)))

    def make(count):
        t = np.arange(count) / rate
        if kind == 0:
            audio = sum(np.sin(2 * np.pi * (hz * f * t + rng.random())) for f in tones) / 3
        elif kind == 1:
            audio = np.sign(np.sin(2 * np.pi * hz * tones[0] * t / 3)) * 0.8
        else:
            audio = apply_response(
                rng.standard_normal(count).astype(np.float32),
                band(-hz / rate, hz / rate, hz / rate),
            )
            audio = audio / (2.5 * audio.std() + 1e-9)
        return (bias + audio).astype(np.complex64)

    return on_air(rng, seconds, rate, make, 10 / hz)


OTHERS = {
    "impulse_train": impulse_train,
    "modulated_noise": modulated_noise,
    "random_am": random_am,
    "random_chirp": random_chirp,
    "random_fm": random_fm,
    "random_pulse": random_pulse,
    "spur_comb": spur_comb,
    "swept_carrier": swept_carrier,
    "two_tone": two_tone,
}

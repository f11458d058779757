# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes analogue signals and radar that belong to no class.

Each function returns the samples, the occupied bandwidth as a share of the rate, and the spans; its
name is the technology. Lengths and rates are drawn over the range that receivers may show.
"""

from __future__ import annotations

import numpy as np
from gnuradio.rfattn.signals.waveform import apply_response, band, carrier

from ..waves.waveform import (
    Rng,
    bits,
    bursts,
    choice,
    full_span,
    log_uniform,
    nrz,
    sample_hold,
    smooth,
)


def _voice(rng: Rng, count: int, width: float) -> np.ndarray:
    """Real audio up to ``width``, peak about 1: harmonics and hiss in the rhythm of syllables."""
    syllable = log_uniform(rng, 3000, 40000)
    knots = max(4, int(count / syllable) + 2)
    at = np.linspace(0, knots - 1, count)
    loud = np.interp(at, np.arange(knots), rng.random(knots) ** 2 * (rng.random(knots) < 0.8))
    pitch = np.interp(at, np.arange(knots), rng.uniform(0.03, 0.08, knots)) * width
    phase = 2 * np.pi * np.cumsum(pitch)
    tones = sum(rng.random() / k * np.cos(k * phase) for k in range(1, 12))
    audio = loud * (tones + 0.3 * rng.standard_normal(count))
    audio = apply_response(audio.astype(np.float32), band(-width, width, 0.2 * width))
    return audio / (np.abs(audio).max() + 1e-9)


def am(rng: Rng, count: int):
    width = log_uniform(rng, 0.005, 0.2)
    audio = _voice(rng, count, width)
    return (1 + rng.uniform(0.3, 0.95) * audio).astype(np.complex64), 2 * width, full_span(count)


def ssb_voice(rng: Rng, count: int):
    width = log_uniform(rng, 0.02, 0.3)
    audio = apply_response(
        _voice(rng, count, width).astype(np.complex64), band(0.0, width, 0.1 * width)
    )
    return audio * carrier(-width / 2, count), width, full_span(count)


def fm_voice(rng: Rng, count: int):
    width = log_uniform(rng, 0.003, 0.08)
    deviation = width * rng.uniform(0.6, 4)
    audio = _voice(rng, count, width) + 0.15 * np.sin(2 * np.pi * width * 0.05 * np.arange(count))
    return carrier(deviation * audio), min(1.0, 2 * (deviation + width)), full_span(count)


def fm_stereo(rng: Rng, count: int):
    """Broadcast FM: sum, 19 kHz pilot, difference at 38 kHz, RDS."""
    unit = log_uniform(rng, 0.002, 0.01)
    n = np.arange(count)
    left, right = _voice(rng, count, 0.75 * unit), _voice(rng, count, 0.75 * unit)
    pilot = 2 * np.pi * unit * n
    message = (
        0.45 * (left + right) + 0.1 * np.sin(pilot) + 0.45 * (left - right) * np.sin(2 * pilot)
    )
    rds = nrz(2.0 * bits(rng, int(count * unit / 16) + 2) - 1, 16 / unit)[:count]
    return (
        carrier(3.9 * unit * (message + 0.04 * rds * np.sin(3 * pilot))),
        10 * unit,
        full_span(count),
    )


def cw(rng: Rng, count: int):
    unit = log_uniform(rng, 100, 4000)
    levels = []
    while len(levels) * unit < count:
        for _ in range(int(rng.integers(1, 5))):
            levels += [1] * int(choice(rng, (1, 3))) + [0]
        levels += [0] * int(choice(rng, (2, 2, 6)))
    wave = smooth(nrz(levels, unit)[:count], rng.uniform(5, 0.2 * unit)).astype(np.complex64)
    return wave, max(4 / unit, 0.004), full_span(count)


def radar(rng: Rng, count: int):
    """Pulses, plain, chirped or coded, at fixed or staggered intervals."""
    length, interval = log_uniform(rng, 6, 1500), log_uniform(rng, 3, 60)
    width = rng.uniform(0.05, 0.7) if rng.random() < 0.6 else 1.0 / length
    n = max(4, int(length))
    pulse = carrier(width * np.linspace(-0.5, 0.5, n))
    if rng.random() < 0.2:
        pulse = nrz(2.0 * bits(rng, 13) - 1, n / 13)[:n].astype(np.complex64)
        width = 13 / n
    stagger = 1 + rng.uniform(0, 0.15, int(rng.integers(1, 5)))
    turn = iter(range(10**9))
    samples, spans = bursts(
        rng,
        count,
        lambda: pulse,
        lambda: n * interval * stagger[next(turn) % len(stagger)],
        rng.uniform(0, 0.2) * count,
    )
    return samples, min(1.0, max(width, 1 / n)), spans


def sweep(rng: Rng, count: int):
    """A continuous chirp, as sounders, altimeters and FMCW radar send."""
    width, period = rng.uniform(0.1, 0.95), log_uniform(rng, 200, 40000)
    place = np.arange(count) / period % 1
    place = 1 - np.abs(2 * place - 1) if rng.random() < 0.4 else place
    return carrier(width * (place - 0.5)), width, full_span(count)


def time_signal(rng: Rng, count: int):
    """A carrier that drops once a second for 0.1, 0.2 or 0.5 s, as DCF77, MSF and WWVB send."""
    second = log_uniform(rng, 1500, 30000)
    low = rng.uniform(0.0, 0.3)
    edges, levels = [0.0], []
    while edges[-1] < count:
        drop = float(choice(rng, (0.1, 0.2, 0.5))) * second
        edges += [edges[-1] + drop, edges[-1] + second]
        levels += [low, 1.0]
    return sample_hold(edges, levels, count).astype(np.complex64), 0.005, full_span(count)


def tones(rng: Rng, count: int):
    samples = sum(
        10 ** (rng.uniform(-25, 0) / 20) * carrier(rng.uniform(-0.4, 0.4), count, rng.random())
        for _ in range(int(rng.integers(1, 8)))
    )
    return samples, 0.02, full_span(count)


def television(rng: Rng, count: int):
    """Analogue TV: line synchronisation and picture on a vestigial carrier, sound beside it."""
    line = log_uniform(rng, 60, 1500)
    place = np.arange(count) / line % 1
    picture = smooth(rng.random(count), 2.0)
    rows = np.interp(
        np.arange(count) / line, np.arange(int(count / line) + 2), rng.random(int(count / line) + 2)
    )
    level = np.where(place < 0.075, 1.0, np.where(place < 0.18, 0.75, 0.1 + 0.6 * rows * picture))
    wave = apply_response(level.astype(np.complex64), band(-0.1, 0.35, 0.1))
    sound = carrier(0.39 + 0.003 * _voice(rng, count, 0.002)) * 0.3
    return (wave + sound) * carrier(-0.15, count), 0.5, full_span(count)


TECHNOLOGIES = (
    am,
    ssb_voice,
    fm_voice,
    fm_stereo,
    cw,
    radar,
    sweep,
    time_signal,
    tones,
    television,
)

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns an emission into the recording of a receiver: channel, noise, faults, level."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.signal
from gnuradio.rfattn.signals.waveform import apply_response, band, carrier, white

from .waves.waveform import (
    Emission,
    Rng,
    Spans,
    choice,
    log_uniform,
)


@dataclass(frozen=True)
class Received:
    """A finished recording and how to store it."""

    samples: np.ndarray
    """complex64, or float32 for a real-valued recording, at full scale 1.0."""
    datatype: str
    """SigMF datatype: `ci16_le`, `ci8`, `cu8` or, for a real-valued recording, `ri16_le`."""
    lsb: float
    """Step of the converter at full scale 1.0, at least that of the datatype."""
    rate: float
    """Samples per second."""
    spans: Spans
    """(first, last + 1) of each stretch in which the signal is on."""
    name: str
    """Name of the technology, for the sublabel."""


def receive(rng: Rng, emission: Emission, snr_db: float, others=()) -> Received:
    """Records an emission.

    Args:
        snr_db: signal over noise in the signal's bandwidth while it is on.
        others: further emissions at the same rate: (samples, distance as a share of the rate, level
            in dB over this emission).
    """
    samples = apply_channel(rng, emission.samples, emission.bandwidth)
    power = mean_power(samples, emission.spans)
    room = max(0.0, 0.5 - emission.bandwidth / 2)
    offset = rng.normal(0.0, 0.25) * room if rng.random() < 0.7 else rng.uniform(-0.9, 0.9) * room
    samples = retune(rng, samples, float(np.clip(offset, -room, room)))
    samples = add_phase_noise(rng, samples)
    samples = samples / np.sqrt(power)
    for other, shift, level_db in others:
        moved = retune(rng, other[: len(samples)], offset + shift)
        samples = samples + moved * 10 ** (level_db / 20)
    density = 10 ** (-snr_db / 10) / max(min(emission.bandwidth, 1.0), 1e-3)
    samples = samples + draw_noise_floor(rng, len(samples)) * np.sqrt(density)
    samples = add_faults(rng, samples)
    datatype, lsb = draw_converter(rng)
    samples = auto_gain(rng, samples, lsb, density)
    return Received(samples, datatype, lsb, emission.rate, emission.spans, emission.name)


def mean_power(samples: np.ndarray, spans: Spans) -> float:
    """The mean power while the signal is on."""
    total = sum(float(np.sum(np.abs(samples[a:b]) ** 2)) for a, b in spans)
    return max(total / max(1, sum(b - a for a, b in spans)), 1e-20)


def apply_channel(rng: Rng, samples: np.ndarray, bandwidth: float) -> np.ndarray:
    """Adds a few echoes and slow fading, each by chance."""
    if rng.random() < 0.5:
        echoes = np.zeros(int(rng.integers(2, 24)), np.complex64)
        echoes[0] = 1.0
        decay = np.exp(-np.arange(1, len(echoes)) / rng.uniform(1, 6))
        echoes[1:] = white(rng, len(echoes) - 1) * decay * rng.uniform(0, 0.5)
        samples = scipy.signal.fftconvolve(samples, echoes)[: len(samples)]
    if rng.random() < 0.3:
        samples = samples * draw_fading(rng, len(samples))
    return samples.astype(np.complex64)


def draw_fading(rng: Rng, count: int) -> np.ndarray:
    """Draws a Rician gain of mean power 1 that swings a few times over the recording."""
    swings = rng.uniform(0.3, 12)
    k = 10 ** (rng.uniform(-3, 15) / 10)
    knots = max(4, int(swings * 4))
    scattered = np.interp(
        np.linspace(0, knots - 1, count), np.arange(knots), white(rng, knots).real
    ) + 1j * np.interp(np.linspace(0, knots - 1, count), np.arange(knots), white(rng, knots).real)
    return ((np.sqrt(k) + scattered) / np.sqrt(k + 1)).astype(np.complex64)


def retune(rng: Rng, samples: np.ndarray, offset: float, drift: float = 0.002) -> np.ndarray:
    """Moves the frequency by ``offset`` of the rate, sometimes with a slow drift."""
    slope = rng.uniform(-drift, drift) if rng.random() < 0.3 else 0.0
    frequency = offset + slope * np.linspace(-0.5, 0.5, len(samples))
    return samples * carrier(frequency)


def add_phase_noise(rng: Rng, samples: np.ndarray) -> np.ndarray:
    """Adds the random walk of an oscillator, which puts skirts around strong signals."""
    if rng.random() < 0.5:
        return samples
    step = log_uniform(rng, 1e-4, 0.02)
    walk = np.cumsum(rng.standard_normal(len(samples), np.float32)) * step
    walk = scipy.signal.lfilter([1, -1], [1, -0.999], walk)
    return samples * np.exp(1j * walk).astype(np.complex64)


def draw_noise_floor(rng: Rng, count: int) -> np.ndarray:
    """Draws the noise of a receiver: white, density 1, sometimes with interference and clicks."""
    samples = white(rng, count)
    if rng.random() < 0.2:
        samples = samples + draw_interference(rng, count)
    if rng.random() < 0.15:
        samples = samples + draw_clicks(rng, count)
    return samples.astype(np.complex64)


def draw_interference(rng: Rng, count: int) -> np.ndarray:
    """Draws interference of power supplies and lamps: impulses and lines in a regular rhythm."""
    period = log_uniform(rng, 2000, 40000)
    on = ((np.arange(count) / period + rng.random()) % 1.0) < rng.uniform(0.2, 0.7)
    spiky = white(rng, count) * np.where(rng.random(count) < 0.05, rng.uniform(1, 5), 1.0)
    for _ in range(rng.poisson(2.0)):
        spiky += 10 ** (rng.uniform(-20, -5) / 20) * carrier(rng.uniform(-0.5, 0.5), count)
    return spiky * on * 10 ** (rng.uniform(-6, 6) / 20)


def draw_clicks(rng: Rng, count: int) -> np.ndarray:
    """Draws short wide-band clicks."""
    out = np.zeros(count, np.complex64)
    for _ in range(rng.poisson(count / log_uniform(rng, 3000, 60000))):
        place, width = int(rng.integers(count)), int(rng.integers(2, 80))
        level = 10 ** (rng.uniform(5, 25) / 20)
        part = out[place : place + width]
        part += white(rng, len(part)) * level * np.exp(-np.arange(len(part)) / (width / 3))
    return out


def add_faults(rng: Rng, samples: np.ndarray) -> np.ndarray:
    """Adds spurs, a filter, unequal I and Q, a DC offset and slow gain control."""
    scale = np.sqrt(np.median(np.abs(samples[:: max(1, len(samples) // 4096)]) ** 2) + 1e-20)
    if rng.random() < 0.3:
        for _ in range(int(rng.integers(1, 6))):
            level = scale * 10 ** (rng.uniform(-30, -5) / 20)
            samples = samples + level * carrier(rng.uniform(-0.5, 0.5), len(samples))
    samples = apply_response(samples, draw_passband(rng))
    if rng.random() < 0.5:
        image = 10 ** (rng.uniform(-60, -22) / 20) * np.exp(2j * np.pi * rng.random())
        samples = samples + image * samples.conj()
    if rng.random() < 0.45:
        samples = samples + scale * draw_dc_offset(rng, len(samples))
    if rng.random() < 0.25:
        samples = control_gain(rng, samples)
    return samples.astype(np.complex64)


def draw_dc_offset(rng: Rng, count: int) -> np.ndarray:
    """Draws a constant and, sometimes, flicker noise around it."""
    spike = 10 ** (rng.triangular(-30, -12, 12) / 20) * carrier(0.0, count, rng.random())
    if rng.random() < 0.4:
        flicker = apply_response(white(rng, count), lambda f: np.sqrt(0.004 / (np.abs(f) + 0.002)))
        spike = spike + flicker * 10 ** (rng.uniform(-15, 8) / 20)
    return spike


def draw_passband(rng: Rng):
    """Draws the amplitude response from antenna to converter."""
    kind = rng.random()
    tilt, ripple, turns = rng.uniform(-2, 2), rng.uniform(0, 1), rng.uniform(0.5, 3)
    edge = rng.uniform(0.01, 0.12)
    # Shaped quantisation noise rises to the edges, decimating filters fall.
    bowl = rng.triangular(-4, 0, 12) if rng.random() < 0.3 else 0.0
    if kind < 0.35:
        shape = band(-0.52 - edge, 0.52 + edge, edge)
    elif kind < 0.8:
        width = rng.uniform(0.40, 0.5)
        shape = band(-width, width, edge, rng.uniform(-70, -6))
    else:
        droop = rng.uniform(0.5, 2.0)

        def shape(f):
            return np.sinc(f) ** droop

    def response(f):
        gain_db = tilt * f + ripple * np.cos(2 * np.pi * turns * f) + bowl * (2 * f) ** 2
        return shape(f) * 10 ** (gain_db / 20)

    return response


def control_gain(rng: Rng, samples: np.ndarray) -> np.ndarray:
    """Divides the samples by a running mean of their magnitude."""
    a = 1.0 / log_uniform(rng, 200, 20000)
    level = scipy.signal.lfilter(
        [a], [1, a - 1], np.abs(samples), zi=[np.abs(samples[:500]).mean()]
    )
    strength = rng.uniform(0.3, 1.0)
    return samples / (level[0] + 1e-9) ** strength


def draw_converter(rng: Rng) -> tuple[str, float]:
    """Draws the datatype and the step of the converter."""
    kind = choice(rng, ("ci8", "cu8", "ci16_le", "ci16_le", "ci16_le"))
    bits = 8 if kind != "ci16_le" else choice(rng, (8, 12, 14, 16))
    return kind, 2.0 ** (1 - bits)


def in_steps(samples: np.ndarray, bits: int) -> np.ndarray:
    """Complex samples rounded to the steps of a converter of so many bits, full scale 1.0.

    Returns:
        complex64 [n]; what exceeds the range is not clipped.
    """
    step = np.float32(2.0 ** (1 - bits))
    parts = np.ascontiguousarray(samples, np.complex64).view(np.float32)
    return (np.round(parts / step) * step).view(np.complex64)


def auto_gain(rng: Rng, samples: np.ndarray, lsb: float, density: float) -> np.ndarray:
    """Scales to the range of the converter: well used, slightly clipped, or down to its steps."""
    peak = float(np.quantile(np.abs(samples[::7]), 0.9995)) + 1e-12
    top_db = rng.uniform(-30, 0) if rng.random() < 0.85 else rng.uniform(0, 8)
    gain = 10 ** (top_db / 20) / peak
    lowest = log_uniform(rng, 0.05, 1.0) * lsb / np.sqrt(density)
    # With an offset of a part of a step, low noise stays on one step or toggles between two.
    offset = lsb * rng.uniform(-0.6, 0.6) * (1 + 1j)
    return (samples * max(gain, min(lowest, 0.7 / peak)) + offset).astype(np.complex64)

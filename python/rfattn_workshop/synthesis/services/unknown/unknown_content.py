# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws what signals of no known service carry: symbols, constellations, shapes of pulses."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import scipy.signal

from ...waves.waveform import Rng, choice, log_uniform
from ..parts.shaping import Pulse, cosine, shape, square
from .unknown_air import hold

Numbers = Callable[[int], np.ndarray]
"""Makes so many symbols, numbers below the order."""


def draw_numbers(rng: Rng, order: int) -> Numbers:
    """Draws how data is framed: a preamble of few symbols that alternate, a word that may come
    again, data that is uniform, skewed, or the same again and again."""
    word = rng.integers(0, order, int(log_uniform(rng, 3, 200)))
    tune = rng.permutation(order)[: int(rng.integers(2, 5))]
    tune = np.resize(tune, int(log_uniform(rng, 4, 64)))
    has_tune, has_word, again = rng.random(3) < (0.4, 0.6, 0.4)
    every = len(word) + int(log_uniform(rng, 8, 2000))
    skew = np.full(order, 1 / order)
    if rng.random() < 0.3:
        skew = 0.6 * skew + 0.4 * rng.dirichlet(np.full(order, log_uniform(rng, 0.3, 30)))
    loop = int(log_uniform(rng, 8, 500)) if rng.random() < 0.1 else 0

    def make(count: int) -> np.ndarray:
        numbers = rng.choice(order, count, p=skew)
        if loop:
            numbers = np.resize(numbers[:loop], count)
        for at in range(0, count if has_word else 0, every if again else count):
            numbers[at : at + len(word)] = word[: count - at]
        return np.concatenate([tune, numbers])[:count] if has_tune else numbers

    return make


def draw_constellation(rng: Rng) -> np.ndarray:
    """Draws 2 to 1024 points, of mean power 1: on a circle, rings, squares, or a lattice."""
    kind = rng.random()
    if kind < 0.45:
        order = int(choice(rng, (2, 2, 4, 4, 4, 8, 8, 3, 5, 6, 12, 16, 32)))
        points = np.exp(2j * np.pi * (np.arange(order) + 0.5) / order)
    elif kind < 0.7:
        points = _grid(*(int(2 ** rng.integers(1, 6)) for _ in range(2)))
        if rng.random() < 0.6:
            points = _grid(*(int(choice(rng, (4, 4, 6, 8, 8, 12, 16, 32))),) * 2)
    elif kind < 0.9:
        points = _rings(rng)
    else:
        points = _hexagons(rng)
    return points / np.sqrt(np.mean(np.abs(points) ** 2))


def _grid(rows: int, columns: int) -> np.ndarray:
    y, x = (np.arange(n) - (n - 1) / 2 for n in (rows, columns))
    return (x[:, None] + 1j * y[None, :]).ravel()


def _rings(rng: Rng) -> np.ndarray:
    """Amplitude and phase keying: 2 to 4 rings, each with as many points as before or more."""
    count, radius, rings = int(choice(rng, (1, 4, 4, 4, 8))), 1.0, []
    for _ in range(int(rng.integers(2, 5))):
        turn = rng.choice([0.0, 0.5]) if count > 1 else 0.0
        rings.append(radius * np.exp(2j * np.pi * (np.arange(count) + turn) / count))
        count = max(count * int(rng.integers(1, 3)), count + int(choice(rng, (0, 4, 8))))
        radius += rng.uniform(0.5, 1.5)
    return np.concatenate(rings)


def _hexagons(rng: Rng) -> np.ndarray:
    """The points of a triangular lattice that are nearest to its middle."""
    y, x = np.meshgrid(np.arange(-8, 9), np.arange(-8, 9))
    points = (x + 0.5 * y + 1j * np.sqrt(0.75) * y).ravel() + 1e-3 * (1 + 1j) + rng.random() * 0.5
    order = int(choice(rng, (7, 8, 12, 16, 19, 32, 64)))
    points = points[np.argsort(np.abs(points))[:order]]
    return points - points.mean()


def draw_pulse(rng: Rng) -> tuple[Pulse, int, float]:
    """Draws the pulse of a symbol.

    Returns:
        the pulse; how many symbols it reaches from its centre; its width in Hz for 1 Bd.
    """
    kind = rng.random()
    if kind < 0.55:
        rolloff = rng.uniform(0.05, 1.0)
        return cosine(rolloff), 8, 1 + rolloff
    if kind < 0.7:
        bt = log_uniform(rng, 0.25, 4)
        return square(bt), 3, 1.2 + min(bt, 1.5)
    if kind < 0.85:
        half = rng.uniform(0.5, 1.5)
        return (lambda t: np.cos(np.pi / 2 * np.clip(t / half, -1, 1)) ** 2), 2, 2.2 / half
    if kind < 0.92:
        return (lambda t: np.cos(np.pi * np.clip(t, -0.5, 0.5))), 1, 2.5
    return (lambda t: (np.abs(t) <= 0.5) * 1.0), 1, 3.0


def send_symbols(
    symbols: Callable[[int], np.ndarray],
    baud: float,
    rate: float,
    pulse: Pulse,
    reach: int,
    count: int,
) -> np.ndarray:
    """Sends a pulse for each symbol, as `shaping.shape` does, up to exactly ``count`` samples.

    Args:
        symbols: makes so many symbols.
        baud: symbols per second; where they are long, a period is a whole number of samples.
    """
    period = Fraction(rate / baud).limit_denominator(300 if rate < 30 * baud else 1)
    own = symbols(int(count / period) + 3)
    return shape(own, rate / float(period), rate, pulse, reach)[:count]


def draw_glide(rng: Rng) -> Callable[[np.ndarray, float, int], np.ndarray]:
    """Draws how a frequency moves from symbol to symbol: at once, or through a filter.

    Returns:
        what turns tones, a period in samples and a count into the frequency of each sample.
    """
    kind, symbols = rng.random(), log_uniform(rng, 0.15, 3)
    window = choice(rng, ("boxcar", "hann", "cosine", ("gaussian", 0.18)))

    def glide(tones: np.ndarray, period: float, count: int) -> np.ndarray:
        held = hold(np.asarray(tones, np.float32), period, count)
        length = round(symbols * period)
        if kind < 0.4 or length < 2:
            return held
        if isinstance(window, tuple):
            taps = scipy.signal.get_window((window[0], window[1] * length), length)
        else:
            taps = scipy.signal.get_window(window, length, fftbins=False)
        taps = (taps / (taps.sum() or 1.0)).astype(np.float32)
        return scipy.signal.oaconvolve(np.pad(held, length, "edge"), taps, "same")[length:-length]

    return glide

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws widths, rates and times on the air for signals of no known service, over wide ranges.

A model must not name them. Rates and orders at which a class of `emissions.families` lives are
left out, as a random signal there would be an example of the class.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import scipy.signal
from gnuradio.rfattn.signals.waveform import apply_response, band

from ...waves.keying import Signal, ramps
from ...waves.waveform import Rng, log_uniform
from ..parts.air import smooth_rate
from ..parts.hf_air import Air, send_bursts

MOST_SAMPLES = 4e6
"""A scene of unknown signals has at most about so many samples."""
LEAST_PRODUCT = 100.0
"""Least product of width and length of a scene; with less, much looks like a carrier."""
WIDTHS = (10.0, 10e6)
"""Hz."""
MOST_BURSTS = 400
"""A scene has at most about so many bursts, and ten times as many pulses."""

Make = Callable[[int], np.ndarray]
"""Makes at least so many samples."""


def draw_width(
    rng: Rng,
    seconds: float,
    least: float = WIDTHS[0],
    most: float = WIDTHS[1],
    product: float = LEAST_PRODUCT,
) -> float:
    """Draws a width in Hz that shows in a scene of ``seconds`` and does not fill the memory.

    A width that does both in a short scene and in a long one is the same in both, so that what a
    short probe of a signal shows is true of the whole.

    Args:
        least, most: bounds, which a scene may narrow.
        product: least product of width and length.
    """
    possible = min(most, 0.4 * MOST_SAMPLES / seconds)
    visible = min(max(least, product / seconds), possible)
    for _ in range(20):
        width = log_uniform(rng, least, most)
        if visible <= width <= possible:
            return width
    return log_uniform(rng, visible, possible)


def draw_rate(rng: Rng, width: float) -> float:
    """Draws a sample rate for a signal of ``width`` Hz."""
    return smooth_rate(max(600.0, width * rng.uniform(2.0, 3.6)))


def avoid(draw: Callable[[], float], bands) -> float:
    """Draws until the value is outside all (low, high) of ``bands``; the last of 50 otherwise."""
    for _ in range(50):
        value = draw()
        if not any(low <= value <= high for low, high in bands):
            break
    return value


def limit(wave: np.ndarray) -> np.ndarray:
    """Filters as a transmitter does: what is beyond 0.3 of the rate is gone."""
    return apply_response(np.asarray(wave, np.complex64), band(-0.3, 0.3, 0.06))


def limit_pulse(pulse: np.ndarray, margin: int) -> np.ndarray:
    """Filters a short pulse, which gets ``margin`` samples before and behind it to ring in."""
    return limit(np.pad(pulse, margin)) * ramps(len(pulse) + 2 * margin, margin)


def is_always_on(rng: Rng) -> bool:
    """Draws whether a transmitter is always on."""
    return bool(rng.random() < 0.45)


def on_air(
    rng: Rng, seconds: float, rate: float, make: Make, least_s: float, always: bool | None = None
) -> Signal:
    """Sends what ``make`` returns: always, in irregular bursts, in time slots, or in groups.

    Args:
        least_s: shortest burst.
        always: drawn by `is_always_on` where it is None.
    """
    air = Air(seconds, rate)
    if is_always_on(rng) if always is None else always:
        air.add(limit(make(air.count)[: air.count]), 0.0)
        return air.signal()
    least = max(least_s, 64 / rate, seconds / MOST_BURSTS / 2)
    length = log_uniform(rng, least, max(1.01 * least, min(3.0, 0.8 * max(seconds, least))))
    spread = 0.0 if rng.random() < 0.45 else rng.uniform(0.1, 0.8)
    ramp_s = log_uniform(rng, 1 / rate, length / 8)

    def burst() -> np.ndarray:
        count = max(16, round(length * (1 + spread * rng.uniform(-0.5, 1)) * rate))
        wave = limit(make(count)[:count])
        wave = wave / (np.sqrt(np.mean(np.abs(wave) ** 2)) + 1e-12)
        return wave * ramps(len(wave), ramp_s * rate)

    send_bursts(rng, air, burst, _draw_gaps(rng, length, spread))
    return air.signal()


def _draw_gaps(rng: Rng, length: float, spread: float) -> Callable[[], float]:
    """Draws pauses between bursts; groups of bursts have short ones, and long ones between."""
    gap_s = log_uniform(rng, length / 6, length * 8)
    group = 1 if rng.random() < 0.75 else int(rng.integers(2, 12))
    short_s = length * log_uniform(rng, 0.05, 1.0)
    number = 0

    def gap() -> float:
        nonlocal number
        number += 1
        usual = gap_s if number % group == 0 else short_s
        return usual * (1 + spread * rng.exponential())

    return gap


def put_pulses(air: Air, pulse: np.ndarray, at: Sequence[float], gains: np.ndarray) -> None:
    """Adds a short pulse at each time in s, with its gain; pulses must not overlap."""
    first = np.round(np.asarray(at) * air.rate).astype(int)
    kept = (first >= 0) & (first < air.count)
    first, gains = first[kept], np.asarray(gains)[kept]
    starts = np.zeros(air.count, np.complex64)
    starts[first] = gains
    wave = scipy.signal.oaconvolve(starts, pulse.astype(np.complex64))[: air.count]
    ends = np.minimum(first + len(pulse), air.count)
    on = np.zeros(air.count + 1, np.int32)
    np.add.at(on, first, 1)
    np.add.at(on, ends, -1)
    air.samples += wave * (np.cumsum(on[:-1]) > 0)
    air.spans += [(int(a), int(b)) for a, b in zip(first, ends, strict=True)]


def hold(values: np.ndarray, period: float, count: int) -> np.ndarray:
    """Holds each value for ``period`` samples, which need not be whole, up to ``count`` samples."""
    place = ((np.arange(count) + 0.5) / period).astype(np.int64)
    return np.asarray(values)[np.minimum(place, len(values) - 1)]

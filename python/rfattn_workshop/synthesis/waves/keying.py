# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Switches transmitters on and off: by hand, in packets, in telegrams of a keyed carrier."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .waveform import Rng, Spans

KEYED_GAP_S = 0.01
"""Pauses up to this long belong to a telegram that keys its carrier."""


@dataclass(frozen=True)
class Signal:
    """A transmitter's signal at complex baseband, without channel and noise."""

    samples: np.ndarray
    """complex64 [n], zero where the transmitter is off."""
    rate: float
    """Samples per second, a multiple of 25 with small factors."""
    spans: Spans
    """(first, last + 1) of each burst."""
    centres: tuple[float, ...] = ()
    """Centre of each burst in Hz, for hoppers."""


def key_by_hand(rng: Rng, wave: np.ndarray, rate: float, ramp_s: float = 0.002) -> Signal:
    """Keys a transmitter by hand: on all the time, or one or two overs, with ramps."""
    n = len(wave)
    kind = rng.random()
    if kind < 0.4:
        spans = [(0, n)]
    elif kind < 0.75:
        first, length = rng.uniform(0.05, 0.55) * n, rng.uniform(0.25, 0.9) * n
        spans = [(int(first), min(n, int(first + length)))]
    else:
        a, b, c, d = np.sort(rng.uniform(0.02, 0.98, 4))
        spans = [(int(a * n), int(b * n)), (int(c * n), int(d * n))]
        spans = [(a, b) for a, b in spans if b - a > 0.1 * rate]
    spans = spans or [(0, n)]
    return Signal(key(wave, spans, rate, ramp_s), rate, tuple(spans))


def key(wave: np.ndarray, spans, rate: float, ramp_s: float) -> np.ndarray:
    """Switches the wave on in the spans, with raised-cosine ramps."""
    gate = np.zeros(len(wave), np.float32)
    for a, b in spans:
        gate[a:b] = ramps(b - a, ramp_s * rate)
    return (wave * gate).astype(np.complex64)


def ramps(count: int, length: float) -> np.ndarray:
    """A gate of ``count`` samples that rises and falls in ``length`` samples: float32."""
    n = int(np.clip(length, 1, max(1, count // 2)))
    ramp = np.sin(np.pi / 2 * np.arange(1, n + 1) / (n + 1)) ** 2
    gate = np.ones(count, np.float32)
    gate[:n] *= ramp[: len(gate[:n])]
    gate[-n:] *= ramp[::-1][-len(gate[-n:]) :]
    return gate


def wander(rng: Rng, seconds: float, rate: float, hz: float) -> np.ndarray:
    """The frequency of an oscillator around its mean, within about ``hz``: Hz, float64 [n]."""
    knots = max(4, int(4 * seconds) + 2)
    walk = np.cumsum(rng.standard_normal(knots))
    walk = (walk - walk.mean()) / (np.abs(walk).max() + 1e-9) * hz * rng.random()
    return np.interp(np.linspace(0, knots - 1, round(seconds * rate)), np.arange(knots), walk)


def send(
    rng: Rng,
    seconds: float,
    rate: float,
    burst: Callable[[], np.ndarray],
    gap: Callable[[], float],
    ramp_s: float,
) -> Signal:
    """Sends bursts with pauses of ``gap()`` seconds between them; ramps of ``ramp_s`` seconds."""
    n = round(seconds * rate)
    out, spans = np.zeros(n, np.complex64), []
    wave = burst()
    # The first burst lies in the scene whole where it fits, or the transmitter sends already.
    room = max(n - len(wave), 1)
    place = int(rng.random() * min(room, max(gap(), 0.1 * seconds) * rate))
    while place < n:
        wave = (wave * ramps(len(wave), ramp_s * rate)) if ramp_s else wave
        part = wave[: n - place]
        out[place : place + len(part)] = part
        spans.append((place, place + len(part)))
        place += len(wave) + max(1, int(gap() * rate))
        wave = burst()
    return Signal(out, rate, tuple(spans))


def keyed_spans(wave: np.ndarray, rate: float, gap_s: float | None = None) -> Spans:
    """The telegrams of a keyed carrier.

    Pauses shorter than ``gap_s`` belong to a telegram, at least `KEYED_GAP_S` (default: ten times
    the median pulse), as rtl_433 joins pulses.
    """
    level = np.abs(wave)
    on = np.concatenate([[0], level > 0.3 * level.max(), [0]]).astype(np.int8)
    runs = np.flatnonzero(np.diff(on)).reshape(-1, 2)
    if gap_s is None:
        gap_s = 10 * float(np.median(runs[:, 1] - runs[:, 0])) / rate
    gap = max(KEYED_GAP_S, gap_s) * rate
    cuts = np.flatnonzero(runs[1:, 0] - runs[:-1, 1] > gap)
    firsts, ends = runs[np.r_[0, cuts + 1], 0], runs[np.r_[cuts, len(runs) - 1], 1]
    return tuple((int(a), int(b)) for a, b in zip(firsts, ends, strict=True))

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes Mode S replies at 1090 MHz: a preamble and 56 or 112 bits of pulse position, 1 µs each.

Replies of modes A and C, which use the same channel, come between them.
"""

from __future__ import annotations

import numpy as np
from gnuradio.rfattn.signals.waveform import carrier

from ..waves.waveform import (
    Emission,
    Rng,
    bits,
    log_uniform,
    merge_spans,
    sample_hold,
)

PREAMBLE_US = (0.0, 1.0, 3.5, 4.5)


def mode_s(rng: Rng, count: int) -> Emission:
    """Replies of up to eleven aircraft."""
    rate = rng.choice([2e6, 2.4e6, 2.56e6, 3.2e6, 4e6, 8e6]) * rng.uniform(0.999, 1.001)
    out = np.zeros(count, np.complex64)
    tuning = rng.normal(0, 0.1e6)
    aircraft = [_Aircraft(rng, rate, tuning) for _ in range(int(rng.integers(1, 12)))]
    spans = []
    spacing = log_uniform(rng, 600, 12000)
    position = rng.uniform(0, 4) * spacing
    while position < count:
        start, end = aircraft[int(rng.integers(len(aircraft)))].reply(rng, out, position, True)
        spans.append((start, min(end, count)))
        position = end + rng.exponential(spacing)
    for _ in range(rng.poisson(count / log_uniform(rng, 250, 1e6))):
        aircraft[int(rng.integers(len(aircraft)))].reply(rng, out, rng.uniform(0, count), False)
    return Emission(
        out, float(rate), min(1.0, 2.6e6 / rate), merge_spans(tuple(spans), 1500), "mode_s"
    )


class _Aircraft:
    """One transponder, with its level, frequency error and code."""

    def __init__(self, rng: Rng, rate: float, tuning: float):
        self._samples_per_us = rate / 1e6
        self._level = 10 ** (rng.uniform(-22, 0) / 20)
        self._frequency = (tuning + rng.normal(0, 0.08e6)) / rate
        self._squawk = bits(rng, 12)

    def reply(self, rng: Rng, out: np.ndarray, position: float, mode_s: bool) -> tuple[int, int]:
        """Adds a reply to ``out`` and returns its first sample and the one after its last."""
        pulses = _mode_s_pulses(rng) if mode_s else _mode_a_pulses(rng, self._squawk)
        edges = np.array(pulses).ravel() * self._samples_per_us + position % 1
        values = np.tile([1.0, 0.0], len(pulses))[:-1]
        n = int(np.ceil(edges[-1])) + 2
        start = int(position)
        wave = sample_hold(edges, values, n)[: len(out) - start] * self._level
        wave = wave * carrier(self._frequency, len(wave), rng.random())
        out[start : start + len(wave)] += wave
        return start, start + n


def _mode_s_pulses(rng: Rng) -> list[tuple[float, float]]:
    data = bits(rng, 112 if rng.random() < 0.6 else 56)
    starts = [*PREAMBLE_US, *(8.0 + np.arange(len(data)) + 0.5 * (1 - data))]
    return [(t, t + 0.5) for t in starts]


def _mode_a_pulses(rng: Rng, code: np.ndarray) -> list[tuple[float, float]]:
    """Two framing pulses, 20.3 µs apart, and up to twelve of data in steps of 1.45 µs."""
    places = np.flatnonzero(np.insert(code, 6, 0)) + 1
    starts = [0.0, *(1.45 * places), 20.3]
    return [(t, t + 0.45) for t in starts]

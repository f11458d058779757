# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes transmissions of no known service that change their keying on the way."""

from __future__ import annotations

import numpy as np
from gnuradio.rfattn.signals.waveform import apply_response, band, carrier, white

from ...waves.keying import Signal
from ...waves.waveform import Rng, log_uniform
from .unknown_air import Make, draw_rate, draw_width, is_always_on, on_air
from .unknown_chirps import draw_course
from .unknown_phases import draw_channel


def random_stages(rng: Rng, seconds: float) -> Signal:
    """Transmissions of two to five parts: tones, sweeps, noise, keying of several rates."""
    width, always = draw_width(rng, seconds, 50.0), is_always_on(rng)
    rate = draw_rate(rng, width)
    parts = [_stage(rng, width, rate, always) for _ in range(int(rng.integers(2, 6)))]
    shares = np.cumsum(rng.dirichlet(np.full(len(parts), 2.0)))
    cycle = 1 if rng.random() < 0.6 else int(rng.integers(2, 8))

    def make(count: int) -> np.ndarray:
        ends = np.round(
            np.concatenate([[0], (shares + np.arange(cycle)[:, None]).ravel()]) * count / cycle
        )
        lengths = np.diff(ends).astype(int)
        return np.concatenate([parts[k % len(parts)](max(n, 2))[:n] for k, n in enumerate(lengths)])

    return on_air(rng, seconds, rate, make, 60 / width, always)


def _stage(rng: Rng, width: float, rate: float, always: bool) -> Make:
    """Draws one part; returns what makes so many samples of it, of power about 1."""
    kind, course = int(rng.integers(5)), draw_course(rng)
    own = width * log_uniform(rng, 0.1, 1.0)
    place = rng.uniform(-0.5, 0.5) * (width - own) / rate
    half = own / 2 / rate
    keyed = draw_channel(rng, own, rate, always)

    def stage(count: int) -> np.ndarray:
        if kind == 0:
            return carrier(place, count)
        if kind == 1:
            return carrier(course(np.arange(count) / count) * width / rate)
        if kind == 2:
            wave = apply_response(white(rng, count), band(-half, half, half / 3))
            wave = wave / np.sqrt(2 * half)
        else:
            wave = keyed(count)[:count]
        return wave * carrier(place, count)

    return stage


OTHERS = {"random_stages": random_stages}

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures how many samples a second this machine finds and labels emissions in."""

from __future__ import annotations

import time

import numpy as np

from ..inference import DEFAULT_EMISSION_MODEL

RATE = 4e6
EMISSIONS = 6
_PERIOD_S = 0.25
_PERIODS = 6
"""So that what comes once a second, a look of the model, is in the band."""
_LIMIT_S = 5.0
_WIDTH, _AMPLITUDE = 12e3, 0.02


def measure_pace() -> float:
    """Samples a second through the path of `live` with the default model, in a band of `RATE` with
    `EMISSIONS` on the air; measured for at most some seconds.

    Raises:
        ImportError: something that the path needs is missing.
        ValueError, RuntimeError: a block or the model refuses.
    """
    from ..flowgraph.cut import ArraySource
    from ..flowgraph.emissions import EmissionFlowgraph
    from ..flowgraph.options import ModelOptions

    source = ArraySource(make_band(), RATE)
    flowgraph = EmissionFlowgraph(
        source, RATE, model=ModelOptions(model=DEFAULT_EMISSION_MODEL), policy="block"
    )
    started = time.monotonic()
    flowgraph.run_watched(lambda: time.monotonic() - started > _LIMIT_S)
    return flowgraph.samples() / (time.monotonic() - started)


def make_band() -> np.ndarray:
    """Noise and frequency-modulated carriers, complex64."""
    rng = np.random.default_rng(1)
    count = int(_PERIOD_S * RATE)
    band = 0.01 * rng.standard_normal(2 * count, np.float32).view(np.complex64)
    seconds = np.arange(count) / RATE
    for number in range(EMISSIONS):
        centre = round((number - EMISSIONS / 2 + 0.5) / (EMISSIONS + 1) * RATE, -3)
        swing = _WIDTH / 1000 * np.sin(2 * np.pi * 400 * seconds)
        band += _AMPLITUDE * np.exp(1j * (2 * np.pi * centre * seconds + swing)).astype(
            np.complex64
        )
    return np.tile(band, _PERIODS)

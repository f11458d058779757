# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bands in which nobody sends: receivers' floors, their spurs, and the crackle of the rest."""

from __future__ import annotations

import numpy as np

from .audio import fm_discriminator, recorded
from .receiver import Received, converter, crackle, levelled, noise_floor, switching, with_faults
from .waveform import Rng, band, filtered, log_uniform, turned, white


def noise(rng: Rng, count: int) -> Received:
    if rng.random() < 0.35:
        return _audio(rng, count)
    samples = noise_floor(rng, count)
    if rng.random() < 0.25:
        samples = samples + switching(rng, count) * 10 ** (rng.uniform(0, 6) / 20)
    samples = with_faults(rng, samples)
    datatype, lsb = converter(rng)
    samples = levelled(rng, samples, lsb, 1.0)
    rate = log_uniform(rng, 12e3, 20e6)
    return Received(samples, datatype, lsb, rate, ((0, count),), "iq")


def _audio(rng: Rng, count: int) -> Received:
    """An empty SSB channel, or an FM receiver without a carrier."""
    if rng.random() < 0.3:
        audio = fm_discriminator(
            rng,
            np.zeros(count, np.complex64),
            (),
            rng.uniform(0.2, 0.9),
            rng.uniform(0.05, 0.47),
            0,
        )
        return recorded(rng, audio, log_uniform(rng, 20e3, 96e3), ((0, count),), "fm")
    samples = white(rng, count)
    if rng.random() < 0.4:
        samples = samples + crackle(rng, count)
    low = rng.uniform(0.0, 0.08)
    high = low + rng.uniform(0.05, 0.48 - low)
    response = band(low, high, log_uniform(rng, 0.002, 0.05), rng.uniform(-90, -30))
    audio = filtered(samples, response).real
    for _ in range(rng.poisson(0.5)):
        audio = (
            audio + 10 ** (rng.uniform(-30, -8) / 20) * turned(rng.uniform(low, high), count).real
        )
    return recorded(rng, audio, log_uniform(rng, 8e3, 96e3), ((0, count),), "ssb")

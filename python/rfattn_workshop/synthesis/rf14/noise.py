# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes recordings of empty bands: the noise, spurs and interference of receivers."""

from __future__ import annotations

import numpy as np
from gnuradio.rfattn.signals.waveform import apply_response, band, carrier, white

from ..receiver import (
    Received,
    add_faults,
    auto_gain,
    draw_clicks,
    draw_converter,
    draw_interference,
    draw_noise_floor,
)
from ..waves.waveform import Rng, log_uniform
from .audio import fm_discriminator, record_audio


def noise(rng: Rng, count: int) -> Received:
    """An empty band as I/Q or as audio."""
    if rng.random() < 0.35:
        return _audio(rng, count)
    samples = draw_noise_floor(rng, count)
    if rng.random() < 0.25:
        samples = samples + draw_interference(rng, count) * 10 ** (rng.uniform(0, 6) / 20)
    samples = add_faults(rng, samples)
    datatype, lsb = draw_converter(rng)
    samples = auto_gain(rng, samples, lsb, 1.0)
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
        return record_audio(rng, audio, log_uniform(rng, 20e3, 96e3), ((0, count),), "fm")
    samples = white(rng, count)
    if rng.random() < 0.4:
        samples = samples + draw_clicks(rng, count)
    low = rng.uniform(0.0, 0.08)
    high = low + rng.uniform(0.05, 0.48 - low)
    response = band(low, high, log_uniform(rng, 0.002, 0.05), rng.uniform(-90, -30))
    audio = apply_response(samples, response).real
    for _ in range(rng.poisson(0.5)):
        audio = (
            audio + 10 ** (rng.uniform(-30, -8) / 20) * carrier(rng.uniform(low, high), count).real
        )
    return record_audio(rng, audio, log_uniform(rng, 8e3, 96e3), ((0, count),), "ssb")

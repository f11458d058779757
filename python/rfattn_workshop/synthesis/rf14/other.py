# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes signals that belong to no class, which teach a classifier the class `unknown`."""

from __future__ import annotations

from gnuradio.rfattn.signals.waveform import carrier

from ..receiver import Received, receive
from ..waves.waveform import Emission, Rng, choice, log_uniform
from . import analogue, digital
from .audio import fm_discriminator, record_audio, ssb

TECHNOLOGIES = (*analogue.TECHNOLOGIES, *digital.TECHNOLOGIES)
_SSB, _FM = 0.35, 0.2
"""Shares of the narrow signals that are recorded with an SSB and with an FM receiver."""


def other(rng: Rng, count: int) -> Received:
    """A signal of one of `TECHNOLOGIES`, as I/Q or as audio."""
    make = choice(rng, TECHNOLOGIES)
    samples, width, spans = make(rng, count)
    name, way = make.__name__, rng.random()
    if width < 0.3 and way < _SSB:
        return record_audio(
            rng,
            _tune_audio(rng, samples, width, spans),
            log_uniform(rng, 8e3, 96e3),
            spans,
            name + "_ssb",
        )
    if width < 0.3 and way < _SSB + _FM:
        audio = fm_discriminator(
            rng,
            samples,
            spans,
            min(0.9, width * rng.uniform(1, 2)),
            rng.uniform(0.1, 0.48),
            rng.triangular(3, 12, 60),
        )
        return record_audio(rng, audio, log_uniform(rng, 8e3, 96e3), spans, name + "_fm")
    emission = Emission(samples, log_uniform(rng, 20e3, 20e6), width, spans, name)
    return receive(rng, emission, rng.uniform(0, 40))


def _tune_audio(rng: Rng, samples, width: float, spans):
    """Tunes an SSB receiver somewhere near the signal, with a filter wider than the signal."""
    centre = rng.uniform(width / 2 + 0.01, 0.49 - width / 2)
    low = max(0.003, centre - width * rng.uniform(0.6, 3))
    high = min(0.495, centre + width * rng.uniform(0.6, 3))
    return ssb(rng, samples * carrier(centre, len(samples)), spans, low, high, rng.uniform(0, 30))

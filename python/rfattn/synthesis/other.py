# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Technologies that are no class, for teaching a classifier what it does not know."""

from __future__ import annotations

from . import analogue, digital
from .audio import fm_discriminator, recorded, ssb
from .receiver import Received, receive
from .waveform import Emission, Rng, choice, log_uniform, turned

TECHNOLOGIES = (*analogue.TECHNOLOGIES, *digital.TECHNOLOGIES)


_SSB, _FM = 0.35, 0.2
"""How many of the narrow ones are heard through an SSB receiver and through an FM one."""


def other(rng: Rng, count: int) -> Received:
    """One of `TECHNOLOGIES`, as I/Q or as audio."""
    make = choice(rng, TECHNOLOGIES)
    samples, width, spans = make(rng, count)
    name, way = make.__name__, rng.random()
    if width < 0.3 and way < _SSB:
        return recorded(
            rng,
            _tuned_audio(rng, samples, width, spans),
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
        return recorded(rng, audio, log_uniform(rng, 8e3, 96e3), spans, name + "_fm")
    emission = Emission(samples, log_uniform(rng, 20e3, 20e6), width, spans, name)
    return receive(rng, emission, rng.uniform(0, 40))


def _tuned_audio(rng: Rng, samples, width: float, spans):
    """SSB audio in which the signal lies somewhere, in a filter that is wider by chance."""
    centre = rng.uniform(width / 2 + 0.01, 0.49 - width / 2)
    low = max(0.003, centre - width * rng.uniform(0.6, 3))
    high = min(0.495, centre + width * rng.uniform(0.6, 3))
    return ssb(rng, samples * turned(centre, len(samples)), spans, low, high, rng.uniform(0, 30))

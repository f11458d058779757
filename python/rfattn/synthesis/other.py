# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Technologies that are no class, for teaching a classifier what it does not know."""

from __future__ import annotations

from . import analogue, digital
from .audio import recorded, ssb
from .receiver import Received, receive
from .waveform import Emission, Rng, choice, log_uniform, turned

TECHNOLOGIES = (*analogue.TECHNOLOGIES, *digital.TECHNOLOGIES)


def other(rng: Rng, count: int) -> Received:
    """One of `TECHNOLOGIES`, as I/Q or as audio."""
    make = choice(rng, TECHNOLOGIES)
    samples, width, spans = make(rng, count)
    name = make.__name__
    if rng.random() < 0.25 and width < 0.3:
        centre = rng.uniform(width / 2 + 0.01, 0.49 - width / 2)
        low, high = (
            max(0.003, centre - width * rng.uniform(0.6, 3)),
            min(0.495, centre + width * rng.uniform(0.6, 3)),
        )
        audio = ssb(rng, samples * turned(centre, count), spans, low, high, rng.uniform(0, 30))
        return recorded(rng, audio, log_uniform(rng, 8e3, 96e3), spans, name + "_ssb")
    emission = Emission(samples, log_uniform(rng, 20e3, 20e6), width, spans, name)
    return receive(rng, emission, rng.uniform(0, 40))

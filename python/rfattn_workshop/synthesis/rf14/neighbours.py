# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes other users of the band, besides the one that a recording is labelled with."""

from __future__ import annotations

import numpy as np

from ..waves.waveform import Emission, Rng, choice
from . import digital, srd

_SENDERS = (digital.four_level, digital.gmsk_tdma, digital.lora, digital.qam)


def neighbours(rng: Rng, emission: Emission) -> list[tuple[np.ndarray, float, float]]:
    """Draws up to two neighbours, mostly none: (samples, distance, level in dB over the emission).

    The distance is a share of the rate. Neighbours stay in the part of the band that the emission
    leaves free, so that the label stays true.
    """
    room = 1.0 - emission.bandwidth
    if room < 0.3 or rng.random() > 0.25:
        return []
    found = []
    for _ in range(int(rng.integers(1, 3))):
        samples, width = _draw_sender(rng, len(emission.samples))
        nearest = (emission.bandwidth + width) / 2 + 0.02
        if nearest + width / 2 > 0.5:
            continue
        distance = rng.uniform(nearest, 0.5 - width / 2) * choice(rng, (-1.0, 1.0))
        found.append((samples, distance, rng.uniform(-25, 6)))
    return found


def _draw_sender(rng: Rng, count: int) -> tuple[np.ndarray, float]:
    if rng.random() < 0.4:
        emission = choice(rng, (srd.ook, srd.fsk))(rng, count)
        return emission.samples, emission.bandwidth
    samples, width, _ = choice(rng, _SENDERS)(rng, count)
    return samples, width

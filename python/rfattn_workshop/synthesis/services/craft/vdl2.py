# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes VHF data link mode 2 (ICAO Annex 10, volume III, 6.4; ETSI EN 301 841)."""

from __future__ import annotations

import numpy as np
from gnuradio.rfattn.signals.waveform import carrier

from ...waves.keying import Signal
from ...waves.waveform import Rng, bits, log_uniform
from ..parts.framing import whitening
from ..parts.shaping import cosine, shape, smooth_rate, transmit

_BAUD = 10500.0
_GRAY = np.array([0, 1, 3, 2, 7, 6, 4, 5])
"""Eighths of a turn for three bits, the first as the highest."""
_TRAINING = np.array([0, 2, 3, 6, 0, 1, 5, 6, 1, 4, 3, 7, 5, 7, 4, 2])
"""Three bits of each of the 16 symbols of the synchronisation word."""


def vdl2(rng: Rng, seconds: float) -> Signal:
    """A channel of VDL mode 2: bursts of several aircraft and a ground station.

    D8PSK of 10.5 kBd, root-raised cosine 0.6. Five symbols of ramp, 16 of training, then a
    header and data in blocks of 255 bytes at most, scrambled.
    """
    rate = smooth_rate(rng.uniform(1.9, 4) * 14e3)
    stations = [(rng.normal(0, 250), rng.uniform(-14, 0)) for _ in range(int(rng.integers(1, 12)))]
    busy = log_uniform(rng, 0.03, 1.5)

    def burst():
        offset, level_db = stations[int(rng.integers(len(stations)))]
        # Short acknowledgements, and information of up to a quarter of a second.
        most = 500 if rng.random() < 0.5 else 7800
        wave = _burst(int(log_uniform(rng, 150, most)), rng, rate)
        return wave * carrier(offset / rate, len(wave)) * 10 ** (level_db / 20)

    return transmit(rng, seconds, rate, burst, lambda: 0.003 + rng.exponential(busy), 2.5 / _BAUD)


def _burst(count: int, rng: Rng, rate: float) -> np.ndarray:
    """A burst with ``count`` bits of header and data, rounded up to whole symbols."""
    data = bits(rng, count + -count % 3)
    data = data ^ whitening(len(data), (15, 1), 15, 0b100110100101101)
    tribits = np.concatenate([np.zeros(5, int), _TRAINING, data.reshape(-1, 3) @ [4, 2, 1]])
    phases = np.cumsum(_GRAY[tribits])
    return shape(np.exp(0.25j * np.pi * phases), _BAUD, rate, cosine(0.6), 10)


SERVICES = {"vdl2": vdl2}

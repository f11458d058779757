# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a channel of Iridium: differential QPSK of 25 kBd in frames of 90 ms.

A frame has a simplex slot of 20.32 ms, then four uplink and four downlink slots of 8.28 ms.
"""

from __future__ import annotations

import numpy as np
from gnuradio.rfattn.signals.waveform import carrier

from ...waves.keying import Signal, ramps
from ...waves.waveform import Rng, choice, log_uniform
from ..parts.shaping import cosine, level_out, shape

_BAUD, _FRAME_S, _RATE = 25e3, 0.09, 250e3
_SLOTS_S = {
    "simplex": (0.0,),
    "uplink": (0.0216, 0.0301, 0.0386, 0.0471),
    "downlink": (0.05582, 0.0642, 0.07258, 0.08096),
}
"""Starts of the slots in a frame."""
_UNIQUE_DOWN = np.array([0, 2, 2, 2, 2, 0, 0, 0, 2, 0, 0, 2])
_UNIQUE_UP = np.array([2, 2, 0, 0, 0, 2, 0, 0, 2, 0, 2, 2])


def iridium(rng: Rng, seconds: float) -> Signal:
    """A simplex channel (ring alerts, messages) or a traffic channel, as received from 1 to 3
    satellites, each with its own Doppler shift of up to 36 kHz."""
    kind = choice(rng, ("simplex", "simplex", "downlink", "downlink", "downlink", "uplink"))
    satellites = [
        (rng.uniform(-36e3, 36e3), rng.uniform(-8, 0)) for _ in range(int(rng.integers(1, 4)))
    ]
    n = round(seconds * _RATE)
    out, spans, centres = np.zeros(n, np.complex64), [], []
    for start_s, slot in _schedule(rng, seconds, kind):
        # A user has one satellite; the simplex channel is shared by all in view.
        satellite = int(rng.integers(9)) if kind == "simplex" else slot
        doppler, level_db = satellites[satellite % len(satellites)]
        wave = _burst(rng, kind) * 10 ** ((level_db + rng.normal(0, 1.5)) / 20)
        first = round(start_s * _RATE)
        wave = (wave * carrier(doppler / _RATE, len(wave)))[max(-first, 0) : max(n - first, 0)]
        first = max(first, 0)
        if len(wave) and first >= (spans[-1][1] if spans else 0):
            out[first : first + len(wave)] = wave
            spans.append((first, first + len(wave)))
            centres.append(doppler)
    return level_out(Signal(out, _RATE, tuple(spans), tuple(centres)))


def _schedule(rng: Rng, seconds: float, kind: str) -> list[tuple[float, int]]:
    """Start in s and slot of each burst; the first used slot of a frame lies in the scene."""
    slots = _SLOTS_S[kind]
    used = np.flatnonzero(rng.random(len(slots)) < log_uniform(rng, 0.2, 1.0))
    used = used if len(used) else rng.integers(len(slots), size=1)
    share = log_uniform(rng, 0.1, 1.0) if kind == "simplex" else rng.uniform(0.85, 1.0)
    first_s = rng.uniform(-0.003, min(_FRAME_S, max(0.0, seconds - 0.01)))
    begin = first_s - slots[used[0]]
    bursts = []
    for frame in range(-1, int(seconds / _FRAME_S) + 2):
        for slot in used:
            certain = frame == 0 and slot == used[0]
            if certain or rng.random() < share:
                # Up to 0.3 ms: paths of different length.
                late = rng.uniform(0, 3e-4)
                bursts.append((begin + frame * _FRAME_S + slots[slot] + late, int(slot)))
    return bursts


def _burst(rng: Rng, kind: str) -> np.ndarray:
    """A tone of 64 or 16 symbols, the unique word, and data; up to 20.3 or 8.28 ms."""
    tone = np.zeros(64 if kind == "simplex" else 16, np.int64)
    unique = _UNIQUE_UP if kind == "uplink" else _UNIQUE_DOWN
    data = rng.integers(0, 4, int(rng.integers(96, 432)) if kind == "simplex" else 179)
    turns = np.concatenate([tone, unique, unique[-1] + np.cumsum(data)])
    points = (1j ** (turns % 4)).astype(np.complex64)
    wave = shape(points, _BAUD, _RATE, cosine(0.4), 10)
    return wave * ramps(len(wave), 1e-4 * _RATE)


SERVICES = {"iridium": iridium}

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes automatic picture transmission of weather satellites (NOAA KLM user's guide, 4.2)."""

from __future__ import annotations

import numpy as np
from gnuradio.rfattn.signals.waveform import apply_response, band, carrier

from ...waves.keying import Signal
from ...waves.waveform import Rng, choice
from ..parts.pictures import scene

WORD_RATE = 4160.0
LINE = 2080
"""Words of a line of half a second, both pictures."""
_EDGE, _PICTURE, _TELEMETRY = 47, 909, 45
_WEDGES = (31, 63, 95, 127, 159, 191, 224, 255, 0)


def noaa_apt(rng: Rng, seconds: float) -> Signal:
    """APT: lines as AM of 2400 Hz, which modulates the carrier by about 17 kHz."""
    rate = 100e3
    n = round(seconds * rate)
    lines = int(seconds * 2) + 3
    words = _draw_words(rng, lines).ravel() / 255
    t = np.arange(n) / rate
    at = (t + rng.random() * 0.5) * WORD_RATE
    # Words pass a filter of 2080 Hz (a hold, rounded off).
    grid = np.arange(len(words) * 4)
    held = apply_response(np.repeat(words, 4), band(-2080 / 16640, 2080 / 16640, 600 / 16640))
    video = np.clip(np.interp(at * 4, grid, held), 0, 1)
    depth = rng.uniform(0.85, 0.95)
    level = (1 - depth) + depth * video
    deviation = 17e3 * rng.uniform(0.9, 1.1)
    frequency = deviation * level * np.cos(2 * np.pi * (2400 * t + rng.random()))
    doppler = rng.uniform(-3.4e3, 3.4e3) + rng.uniform(-35, 0) * t
    return Signal(carrier((frequency + doppler) / rate), rate, ((0, n),))


def _draw_words(rng: Rng, lines: int) -> np.ndarray:
    """Whole lines of words from 0 to 255: float64 [lines, 2080]."""
    first = int(rng.integers(0, 128))
    night = rng.random() < 0.3
    parts = []
    for half in range(2):
        picture = 255 * scene(rng, lines, _PICTURE)
        if half == 0 and night:
            picture = 0.08 * picture
        pulses, low, high = ((4, 11, 244), (5, 11, 244))[half]
        sync = np.full(39, float(low))
        period, start = (4, 4) if half == 0 else (5, 4)
        for k in range(7):
            sync[start + k * period : start + k * period + pulses // 2 + half] = high
        space = np.full((lines, _EDGE), 0.0 if half == 0 else 255.0)
        space[(np.arange(lines) + first) % 120 < 4] = 255.0 if half == 0 else 0.0
        telemetry = _telemetry(rng, lines, first)
        parts += [np.tile(sync, (lines, 1)), space, picture, telemetry]
    return np.concatenate(parts, axis=1)


def _telemetry(rng: Rng, lines: int, first: int) -> np.ndarray:
    """16 wedges of 8 lines each: greys, temperatures, and the channel: float64 [lines, 45]."""
    frame = [*_WEDGES, *rng.integers(60, 200, 6), choice(rng, _WEDGES[:5])]
    wedge = (np.arange(lines) + first) // 8 % 16
    return np.repeat(np.array(frame, float)[wedge][:, None], _TELEMETRY, axis=1)


SERVICES = {"noaa_apt": noaa_apt}

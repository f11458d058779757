# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes FT8: up to dozens of stations in a voice channel.

A station sends for 12.64 s of a 15 s slot with eight tones, 6.25 Hz apart.
"""

from __future__ import annotations

import numpy as np
from gnuradio.rfattn.signals.waveform import carrier

from ..receiver import Received, receive
from ..waves.waveform import (
    Emission,
    Rng,
    log_uniform,
    merge_spans,
    nrz,
    smooth,
)
from .audio import record_audio, ssb

COSTAS = (3, 1, 4, 0, 6, 5, 2)
SYMBOL_S, SPACING, SYMBOLS, SLOT_S = 0.16, 6.25, 79, 15.0


def ft8(rng: Rng, count: int) -> Received:
    """FT8 as the audio of a voice channel, or as the channel in I/Q."""
    rate = 6000.0 * log_uniform(rng, 1.1, 3.8)
    iq = rng.random() < 0.3
    rate = rate / 2 if iq else rate
    low, high = rng.uniform(100, 350), rng.uniform(2300, min(3300, 0.49 * rate * (2 if iq else 1)))
    samples = np.zeros(count, np.complex64)
    crowd = int(log_uniform(rng, 1, 45))
    slot = rng.uniform(-8, 1.0)
    while slot * rate < count:
        for _ in range(crowd):
            _add_station(rng, samples, rate, slot, low, high)
        slot += SLOT_S if rng.random() < 0.9 else 2 * SLOT_S
    on = _on_air(samples, rate)
    if iq:
        centre = (low + high) / 2 / rate
        samples = samples * carrier(-centre, count)
        emission = Emission(samples, rate, min(1.0, (high - low) / rate), on, "ft8_iq")
        return receive(rng, emission, rng.uniform(-5, 30))
    audio = ssb(rng, samples, on, low / rate, high / rate, rng.uniform(-5, 32))
    return record_audio(rng, audio, rate, on, "ft8_audio")


def _add_station(rng: Rng, samples: np.ndarray, rate: float, slot: float, low: float, high: float):
    """Adds a station with a random start, frequency, level and fading to the samples."""
    start = int(
        (slot + 0.5 + rng.normal(0, 0.25) + (rng.random() < 0.05) * rng.uniform(-1, 2)) * rate
    )
    tones = rng.integers(0, 8, SYMBOLS)
    for first in (0, 36, 72):
        tones[first : first + 7] = COSTAS
    wave = _modulate(tones, rate) * carrier(rng.uniform(low, high - 60) / rate, _length(rate))
    wave = wave * 10 ** (rng.uniform(-30, 0) / 20)
    if rng.random() < 0.5:
        beat = np.arange(len(wave)) / rate * rng.uniform(0.03, 0.5) + rng.random()
        wave = wave * (1 - rng.uniform(0, 0.9) * np.cos(np.pi * beat) ** 4)
    skip = max(0, -start)
    part = samples[start + skip : start + len(wave)]
    part += wave[skip : skip + len(part)]


def _length(rate: float) -> int:
    return int(np.ceil(SYMBOLS * SYMBOL_S * rate))


def _modulate(tones: np.ndarray, rate: float) -> np.ndarray:
    """Modulates tones, Gaussian-smoothed (bandwidth-time product 2), with raised-cosine ends."""
    frequency = smooth(nrz(tones * SPACING / rate, SYMBOL_S * rate), 0.066 * SYMBOL_S * rate)
    wave = carrier(frequency)
    n = int(SYMBOL_S * rate / 8)
    ramp = 0.5 - 0.5 * np.cos(np.pi * np.arange(n) / n)
    wave[:n] *= ramp
    wave[-n:] *= ramp[::-1]
    return wave


def _on_air(samples: np.ndarray, rate: float):
    """The spans of slots with a station, from its first to its last sample."""
    block = max(1, int(0.1 * rate))
    busy = np.flatnonzero([np.any(samples[i : i + block]) for i in range(0, len(samples), block)])
    spans = tuple((int(b * block), int(min(len(samples), (b + 1) * block))) for b in busy)
    return merge_spans(spans, int(0.5 * rate))

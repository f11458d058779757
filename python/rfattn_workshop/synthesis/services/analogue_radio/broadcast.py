# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes broadcast FM: mono and stereo (ITU-R BS.450), RDS, and rarely HD Radio beside it."""

from __future__ import annotations

import numpy as np
from gnuradio.rfattn.signals.waveform import carrier, resample

from ...waves.keying import Signal
from ...waves.waveform import Rng, choice, log_uniform
from ..parts.audio import (
    emphasize,
    limit_band,
    limit_emphasized,
    process_programme,
    programme,
    to_rate,
)
from ..parts.rds import rds

_AUDIO_RATE = 40000.0
_AHEAD_S = 0.2
"""Filters and gain control settle in this time, which is cut off."""


def wfm(rng: Rng, seconds: float) -> Signal:
    """Broadcast FM: deviation about 75 kHz at peaks, less in quiet passages; always on."""
    hybrid = rng.random() < 0.04
    rate = 800e3 if hybrid else 400e3
    n = round(seconds * rate)
    frequency = _multiplex(rng, seconds, rate, n)
    wave = carrier(frequency / rate + log_uniform(rng, 1, 1000) * choice(rng, (-1, 1)) / rate)
    if hybrid:
        wave = (wave + _digital_sidebands(rng, seconds, rate)).astype(np.complex64)
    return Signal(wave, rate, ((0, n),))


def _multiplex(rng: Rng, seconds: float, rate: float, n: int) -> np.ndarray:
    """The deviation in Hz: sum, pilot, difference and RDS: float64 [n]."""
    audio = _audio(rng, seconds)
    left, right = to_rate(audio, _AUDIO_RATE, rate, n)
    peak = 75e3 * _draw_level(rng)
    pilot = 2 * np.pi * (19e3 * np.arange(n) / rate + rng.random())
    stereo = rng.random() < 0.86
    width = 0.0 if not stereo else min(1.0, rng.uniform(0.0, 1.6))
    share = rng.uniform(0.85, 0.92) if stereo else 1.0
    out = share * peak * ((left + right) / 2 + width * (left - right) / 2 * np.sin(2 * pilot))
    if stereo:
        out += rng.uniform(5.5e3, 7.5e3) * np.sin(pilot)
    if rng.random() < (0.85 if stereo else 0.3):
        quadrature = choice(rng, (0.0, np.pi / 2))
        out += (
            log_uniform(rng, 1.2e3, 5e3) * rds(rng, seconds, rate) * np.sin(3 * pilot + quadrature)
        )
    if rng.random() < 0.04:
        out += _subcarrier(rng, seconds, rate, n)
    return out


def _draw_level(rng: Rng) -> float:
    """Peak deviation over 75 kHz: most stations are near 1, some low, some over."""
    kind = rng.random()
    if kind < 0.7:
        return rng.uniform(0.8, 1.05)
    return rng.uniform(0.3, 0.8) if kind < 0.85 else rng.uniform(1.05, 1.3)


def _audio(rng: Rng, seconds: float) -> np.ndarray:
    """Left and right at 40 kHz, processed, with pre-emphasis, within 1: float64 [2, n]."""
    audio = programme(rng, seconds + _AHEAD_S, _AUDIO_RATE)
    if rng.random() < 0.03:
        audio = audio * 0.0
    density = rng.random() ** 0.5
    audio = process_programme(rng, audio, _AUDIO_RATE, density)
    audio = emphasize(audio, _AUDIO_RATE, float(choice(rng, (50e-6, 50e-6, 75e-6))))
    drive = 10 ** (rng.uniform(-4, 8) * density / 20)
    audio = limit_emphasized(audio, _AUDIO_RATE, rng.uniform(1500, 4000), drive)
    high = rng.uniform(12e3, 15.5e3)
    audio = np.stack([limit_band(x, _AUDIO_RATE, 30, high, 1000) for x in audio])
    return audio[:, round(_AHEAD_S * _AUDIO_RATE) :]


def _subcarrier(rng: Rng, seconds: float, rate: float, n: int) -> np.ndarray:
    """A second programme at 67 or 92 kHz (SCA), FM of 6 kHz."""
    audio = to_rate(programme(rng, seconds, _AUDIO_RATE)[0], _AUDIO_RATE, rate, n)
    hz = float(choice(rng, (67e3, 92e3))) + 5e3 * np.clip(audio, -1, 1)
    return 7.5e3 * np.sin(2 * np.pi * np.cumsum(hz) / rate)


def _digital_sidebands(rng: Rng, seconds: float, rate: float) -> np.ndarray:
    """HD Radio in hybrid mode MP1: carriers 356 to 546 of 363.4 Hz on both sides (NRSC-5)."""
    size, prefix = 2048, 112
    own_rate = 1488375.0 / 2
    symbols = int(seconds * own_rate / (size + prefix)) + 2
    spectrum = np.zeros((symbols, size), np.complex64)
    used = np.r_[356:547, -546:-355]
    spectrum[:, used] = 1j ** rng.integers(0, 4, (symbols, len(used)))
    wave = np.fft.ifft(spectrum, axis=1).astype(np.complex64)
    wave = np.concatenate([wave[:, -prefix:], wave], axis=1).ravel()
    wave = resample(wave, rate / own_rate)[: round(seconds * rate)]
    return wave / wave.std() * 10 ** (rng.uniform(-20, -10) / 20)


SERVICES = {"wfm": wfm}

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes analogue modulations of plain audio: noise, a hum or speech as they are, without what
transmitters do to a voice. Simulations and test transmitters send such signals.
"""

from __future__ import annotations

import numpy as np
import scipy.signal
from gnuradio.rfattn.signals.waveform import carrier

from ..waves.keying import Signal
from ..waves.waveform import Rng, choice, log_uniform
from .parts.audio import emphasize, limit_band, to_rate
from .parts.microphone import hissing, humming, vowels
from .parts.music import music
from .parts.on_air import Timing, put_on_air
from .parts.shaping import continuous, detune
from .parts.speech import speech

_AUDIO_RATE = 16000.0
_WIDE_AUDIO_RATE = 40000.0
_OVERS = Timing(always=0.6)


def _audio(
    rng: Rng, count: int, rate: float, low: float, high: float, limited: float = 0.5
) -> np.ndarray:
    """Plain audio of a band in Hz: float64 [count] within 1.

    Args:
        limited: how often its peaks are limited; else most of it lies far below them.
    """
    audio_rate = _WIDE_AUDIO_RATE if high > 6000 else _AUDIO_RATE
    seconds = count / rate + 0.1
    kind = rng.random()
    if kind < 0.3:
        audio = speech(rng, seconds, audio_rate)
        if not audio.any():  # a pause
            audio = vowels(rng, seconds, audio_rate)
    elif kind < 0.48:
        audio = hissing(rng, seconds, audio_rate)
    elif kind < 0.68:
        audio = humming(rng, seconds, audio_rate) + rng.uniform(0, 0.7) * hissing(
            rng, seconds, audio_rate
        )
    elif kind < 0.85:
        audio = vowels(rng, seconds, audio_rate)
    elif kind < 0.9:
        audio = music(rng, seconds, audio_rate)[0]
    else:
        audio = rng.standard_normal(round(seconds * audio_rate))
    audio = limit_band(audio, audio_rate, low, high, rng.uniform(0.03, 0.3) * high)
    if rng.random() > limited:
        audio = audio / (np.abs(audio).max() + 1e-9)
    else:
        audio = np.tanh(log_uniform(rng, 0.6, 2.5) * audio / (audio.std() + 1e-9))
    return to_rate(audio, audio_rate, rate, count)


def _voice_band(rng: Rng) -> tuple[float, float]:
    return rng.uniform(100, 350), rng.uniform(2500, 3400)


def am_voice(rng: Rng, seconds: float) -> Signal:
    """A carrier with 30 to 100 % of modulation at the peaks."""
    rate, depth, (low, high) = 25e3, rng.uniform(0.3, 1.0), _voice_band(rng)
    high *= float(choice(rng, (1.0, 1.0, 1.5)))

    def wave(count: int) -> np.ndarray:
        return (1 + depth * _audio(rng, count, rate, low, high)).astype(np.complex64)

    return put_on_air(rng, seconds, rate, wave, _OVERS)


def ssb(rng: Rng, seconds: float) -> Signal:
    """One sideband of the audio, upper or lower, with its middle in the middle of the band."""
    rate, (low, high) = 12.5e3, _voice_band(rng)
    is_upper = rng.random() < 0.6

    def wave(count: int) -> np.ndarray:
        sideband = scipy.signal.hilbert(_audio(rng, count, rate, low, high))
        sideband = sideband * carrier(-(low + high) / 2 / rate, count)
        return (sideband if is_upper else sideband.conj()).astype(np.complex64)

    return put_on_air(rng, seconds, rate, wave, _OVERS)


def nfm_voice(rng: Rng, seconds: float) -> Signal:
    """Narrow FM of 2 to 5 kHz at the peaks, with or without emphasis of high tones."""
    rate, (low, high) = 50e3, _voice_band(rng)
    peak = float(choice(rng, (2500.0, 2500.0, 5000.0))) * rng.uniform(0.8, 1.05)
    has_emphasis = rng.random() < 0.5

    def wave(count: int) -> np.ndarray:
        audio = _audio(rng, count, rate, low, high, limited=0.9)
        if has_emphasis:
            audio = emphasize(audio, rate, 530e-6)
            audio = audio / (np.abs(audio).max() + 1e-9)
        return carrier(peak / rate * audio)

    return put_on_air(rng, seconds, rate, wave, _OVERS)


def wfm(rng: Rng, seconds: float) -> Signal:
    """Wide FM of 40 to 80 kHz at the peaks: mono, with or without a pilot tone."""
    rate, count = 400e3, round(seconds * 400e3)
    audio = _audio(rng, count, rate, rng.uniform(20, 200), log_uniform(rng, 4e3, 15.5e3), 1.0)
    if rng.random() < 0.4:
        audio = emphasize(audio, rate, float(choice(rng, (50e-6, 75e-6))))
        audio = audio / (np.abs(audio).max() + 1e-9)
    hz = rng.uniform(40e3, 80e3) * audio
    if rng.random() < 0.5:
        hz = hz + 7.5e3 * np.sin(2 * np.pi * 19e3 / rate * np.arange(count))
    return detune(continuous(carrier(hz / rate), seconds, rate), rng.normal() * 2e3)


SIMPLE = {"am_voice": am_voice, "nfm_voice": nfm_voice, "ssb": ssb, "wfm": wfm}
"""Simple signals of classes."""

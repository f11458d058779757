# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes analogue and narrow signals in Hz and seconds, each at a rate of its own."""

from __future__ import annotations

import numpy as np
import scipy.signal
from gnuradio.rfattn.signals.waveform import apply_response, band, carrier

from ...synthesis.waves.keying import Signal, key_by_hand, keyed_spans, wander
from ...synthesis.waves.waveform import (
    Rng,
    bits,
    choice,
    gaussian_fsk,
    nrz,
    smooth,
)


def voice(rng: Rng, seconds: float, rate: float) -> np.ndarray:
    """Makes speech-like audio from -1 to 1: harmonics of 90 to 250 Hz and hiss in syllables.

    Three to six syllables a second, and pauses for breath. Band 300 to 3000 Hz: float64 [n].
    """
    n = round(seconds * rate)
    syllables = max(4, int(seconds * rng.uniform(3, 6)) + 3)
    at = np.linspace(0, syllables - 1, n)
    strength = rng.uniform(0.2, 1, syllables)
    breath = rng.random(syllables) < 0.15
    strength[breath] = 0.0
    beat = np.abs(np.sin(np.pi * at)) ** 0.5
    loud = strength[np.round(at).astype(int)] * beat
    base = rng.uniform(90, 250)
    pitch = np.interp(at, np.arange(syllables), base * rng.uniform(0.8, 1.25, syllables))
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    formants = rng.uniform((400, 900, 2100), (800, 1900, 2900))
    audio = 0.15 * rng.standard_normal(n)
    for k in range(1, int(3000 / base) + 1):
        gain = np.exp(-0.5 * ((k * base - formants) / 250) ** 2).sum() + 0.1
        audio += gain * np.cos(k * phase + 2 * np.pi * rng.random())
    audio = apply_response((loud * audio).astype(np.float32), audio_band(rate))
    # Transmitters limit their audio, which keeps the modulation near its peak.
    return np.tanh(audio / (2.2 * audio.std() + 1e-9))


def audio_band(rate: float):
    """The response of a voice radio, 300 to 3000 Hz, to both signs of frequency."""
    response = band(300 / rate, 3000 / rate, 200 / rate)
    return lambda f: response(np.abs(f))


def nfm(rng: Rng, seconds: float) -> Signal:
    """Hand-held radio: 2.5 or 5 kHz of deviation, sometimes a tone below the voice."""
    rate, deviation = 50e3, float(choice(rng, (2000.0, 2500.0, 4000.0)))
    audio = voice(rng, seconds, rate) * deviation
    if rng.random() < 0.5:
        tone = rng.uniform(67, 250)
        audio += 0.12 * deviation * np.sin(2 * np.pi * tone * np.arange(len(audio)) / rate)
    hiss = apply_response(rng.standard_normal(len(audio)).astype(np.float32), audio_band(rate))
    audio += 0.05 * deviation * hiss
    return key_by_hand(rng, carrier(audio / rate), rate)


def am(rng: Rng, seconds: float) -> Signal:
    """Airband and broadcast: carrier with voice on both sides."""
    rate = 25e3
    wave = 1 + rng.uniform(0.5, 0.95) * voice(rng, seconds, rate)
    return key_by_hand(rng, wave * carrier(wander(rng, seconds, rate, 20) / rate), rate)


def ssb(rng: Rng, seconds: float) -> Signal:
    """Single sideband voice, 300 to 3000 Hz, upper or lower."""
    rate = 12.5e3
    audio = voice(rng, seconds, rate).astype(np.complex64)
    wave = apply_response(audio, band(100 / rate, 3200 / rate, 150 / rate))
    wave = wave * carrier(-1600 / rate, len(wave))
    return key_by_hand(rng, wave if rng.random() < 0.7 else wave.conj(), rate)


def cw(rng: Rng, seconds: float) -> Signal:
    """Morse at 12 to 30 words a minute; an over is one burst."""
    rate, dot = 12.5e3, 1.2 / rng.uniform(12, 30)
    levels = [0.0] * int(rng.uniform(0, 0.4) * seconds / dot)
    while len(levels) * dot < seconds:
        for _ in range(int(rng.integers(1, 6))):
            for _ in range(int(rng.integers(1, 5))):
                levels += [1.0] * int(choice(rng, (1, 3))) + [0.0]
            levels += [0.0, 0.0]
        levels += [0.0] * 4
    n = round(seconds * rate)
    wave = smooth(nrz(levels, dot * rate)[:n], rng.uniform(0.002, 0.005) * rate)
    wave = wave * carrier(wander(rng, seconds, rate, 10) / rate)
    return Signal(wave.astype(np.complex64), rate, keyed_spans(wave, rate))


def unmodulated(rng: Rng, seconds: float) -> Signal:
    """A carrier with the drift of a warm oscillator."""
    rate = 12.5e3
    wave = carrier(wander(rng, seconds, rate, 30) / rate)
    return Signal(wave, rate, ((0, len(wave)),))


def wfm(rng: Rng, seconds: float) -> Signal:
    """Broadcast FM: sum, 19 kHz pilot, difference at 38 kHz; always on."""
    rate = 400e3
    n = round(seconds * rate)
    music = [_music(rng, n, rate) for _ in range(2)]
    pilot = 2 * np.pi * 19e3 * np.arange(n) / rate
    message = 0.45 * (music[0] + music[1]) + 0.1 * np.sin(pilot)
    message += 0.45 * (music[0] - music[1]) * rng.uniform(0.1, 0.6) * np.sin(2 * pilot)
    wave = carrier(75e3 * message / rate)
    return Signal(wave, rate, ((0, n),))


def _music(rng: Rng, n: int, rate: float) -> np.ndarray:
    """Coloured noise and chords up to 15 kHz, peak about 1."""
    noise = rng.standard_normal(n).astype(np.float32)

    def pink(f):
        hz = np.abs(f) * rate
        return (hz > 40) * (hz < 15e3) / np.sqrt(hz + 200)

    wave = apply_response(noise, pink)
    return np.tanh(wave / (1.8 * wave.std() + 1e-9))


def psk31(rng: Rng, seconds: float) -> Signal:
    """Binary phase keying at 31.25 Bd with cosine transitions."""
    rate, period = 12.5e3, 400
    n = round(seconds * rate)
    symbols = np.cumprod(2.0 * bits(rng, n // period + 3) - 1)
    grid = np.zeros(len(symbols) * period, np.float32)
    grid[::period] = symbols
    pulse = np.cos(np.pi * np.linspace(-0.5, 0.5, 2 * period))
    return key_by_hand(rng, scipy.signal.fftconvolve(grid, pulse)[:n], rate, 0.01)


def rtty(rng: Rng, seconds: float) -> Signal:
    """Frequency keying at 45.45 to 75 Bd, 170 to 850 Hz apart."""
    rate, baud = 12.5e3, float(choice(rng, (45.45, 50.0, 75.0)))
    frames = int(seconds * baud / 8) + 2
    symbols = np.column_stack(
        [-np.ones(frames), 2.0 * rng.integers(0, 2, (frames, 5)) - 1, np.ones((frames, 2))]
    )
    shift = float(choice(rng, (170.0, 170.0, 450.0, 850.0)))
    wave = gaussian_fsk(symbols.ravel(), rate / baud, shift / 2 / rate, 1.0)
    return key_by_hand(rng, wave[: round(seconds * rate)], rate, 0.005)

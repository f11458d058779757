# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes programme audio as studios and transmitters do, and draws programmes."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import scipy.ndimage
import scipy.signal
from gnuradio.rfattn.signals.waveform import apply_response

from ...waves.waveform import Rng, log_uniform
from .music import music
from .speech import draw_speaker, speech

RADIO_RATE = 16000.0
"""Samples per second of the audio of voice radios."""


def to_rate(audio: np.ndarray, rate: float, target: float, count: int) -> np.ndarray:
    """Resamples real audio along its last axis: float64 [..., count], zeros where it ends early."""
    ratio = Fraction(target / rate).limit_denominator(10000)
    out = scipy.signal.resample_poly(audio, ratio.numerator, ratio.denominator, axis=-1)
    out = out[..., :count]
    return np.pad(out, [(0, 0)] * (out.ndim - 1) + [(0, count - out.shape[-1])])


def limit_band(audio: np.ndarray, rate: float, low: float, high: float, edge: float) -> np.ndarray:
    """Passes ``low`` to ``high`` Hz; the upper edge is ``edge`` Hz wide, the lower one at most."""
    return apply_response(audio.astype(np.float32), lambda f: _pass(f, rate, low, high, edge))


def _pass(f, rate, low, high, edge):
    hz = np.abs(f) * rate
    rise = np.clip((hz - low) / (min(edge, low) + 1) + 0.5, 0, 1)
    fall = np.clip((high - hz) / edge + 0.5, 0, 1)
    return np.sin(np.pi / 2 * rise) ** 2 * np.sin(np.pi / 2 * fall) ** 2


def emphasize(audio: np.ndarray, rate: float, seconds: float) -> np.ndarray:
    """Raises high frequencies with this time constant: 50e-6 s in Europe, 75e-6 s in America."""
    a = seconds * rate
    return scipy.signal.lfilter([1 + a, -a], [1.0], audio, axis=-1)


def envelope(audio: np.ndarray, rate: float, attack_s: float, release_s: float) -> np.ndarray:
    """The level that a detector with attack and release follows: float64, same shape.

    The peak within the attack, which then falls with the release time.
    """
    block = max(1, round(0.001 * rate))
    n = audio.shape[-1]
    peaks = np.abs(np.pad(audio, [(0, 0)] * (audio.ndim - 1) + [(0, -n % block)]))
    peaks = peaks.reshape(*audio.shape[:-1], -1, block).max(-1)
    if peaks.ndim > 1:
        peaks = peaks.max(0)
    peaks = scipy.ndimage.maximum_filter1d(peaks, max(1, round(2 * attack_s * 1000)))
    fall = np.exp(-0.001 / release_s)
    # A decaying maximum is a running maximum of the logarithm plus a ramp.
    ramp = -np.log(fall) * np.arange(len(peaks))
    level = np.exp(np.maximum.accumulate(np.log(peaks + 1e-9) + ramp) - ramp)
    level = scipy.ndimage.uniform_filter1d(level, max(1, round(2 * attack_s * 1000)))
    return np.interp(np.arange(n) / block - 0.5, np.arange(len(level)), level)


def compress(
    audio: np.ndarray, rate: float, ratio: float, attack_s: float, release_s: float, gate: float
) -> np.ndarray:
    """Brings the level towards 1, ``ratio`` dB in for one dB out; below ``gate`` the gain stays.

    Channels of the first axis, if there are two axes, get one common gain.
    """
    level = np.maximum(envelope(audio, rate, attack_s, release_s), gate)
    return audio * level ** (1 / ratio - 1)


def limit(audio: np.ndarray, rate: float, release_s: float = 0.05) -> np.ndarray:
    """Limits peaks to 1 with gain that looks ahead, and clips what is left."""
    level = envelope(audio, rate, 0.002, release_s)
    return np.clip(audio / np.maximum(level, 1.0), -1, 1)


def process_programme(rng: Rng, audio: np.ndarray, rate: float, density: float) -> np.ndarray:
    """Processes stereo audio as a station does: slow gain control, compression by bands, limiter.

    Args:
        density: 0 for the dynamics of a concert, 1 for the loudest stations.
    """
    audio = compress(audio, rate, 1 + 3 * density, 0.05, 2.0, 0.1)
    edges = [0.0, *(log_uniform(rng, 0.8, 1.25) * np.array([150, 700, 3000, 7000])), rate / 2]
    ratio, release = 1 + 3 * density, rng.uniform(0.05, 0.4)
    tilt = rng.uniform(0, 1.5, 5)
    out = np.zeros_like(audio)
    for k in range(5 if density > 0.15 else 0):
        part = np.stack([_cut(x, rate, edges[k], edges[k + 1]) for x in audio])
        target = 10 ** (-(9 + 3 * k - tilt[k] * 3) / 20)
        out += target * compress(part / target, rate, ratio, 0.01, release, 0.05)
    out = audio if density <= 0.15 else out * 1.4
    return limit(out * 10 ** ((rng.uniform(-6, 6) + 5 * density) * density / 20), rate, release)


def _cut(audio: np.ndarray, rate: float, low: float, high: float) -> np.ndarray:
    """A band with edges that add up to one with the neighbours'."""

    def response(f):
        hz = np.abs(f) * rate + 1e-6
        rise = 1.0 if low == 0 else np.clip(np.log2(hz / low) + 0.5, 0, 1)
        fall = 1.0 if high >= rate / 2 else np.clip(0.5 - np.log2(hz / high), 0, 1)
        return rise * fall

    return apply_response(audio.astype(np.float32), response)


def limit_emphasized(audio: np.ndarray, rate: float, split_hz: float, drive: float) -> np.ndarray:
    """Limits stereo audio after its emphasis: what is high for itself, then everything.

    Args:
        drive: gain before the last limiter, which clips the more the higher it is.
    """
    low = np.stack([_cut(x, rate, 0.0, split_hz) for x in audio])
    high = 0.6 * limit((audio - low) / 0.6, rate, 0.02)
    return np.clip(drive * limit(low + high, rate, 0.03), -1, 1)


PROGRAMMES = ("news", "music", "talk over", "telephone", "crowd", "pause", "tones", "noise")
_LIKELY = (0.24, 0.47, 0.1, 0.04, 0.04, 0.05, 0.03, 0.03)


def programme(rng: Rng, seconds: float, rate: float, kind: str | None = None) -> np.ndarray:
    """Draws what a station sends: float64 [2, seconds * rate], stereo, peak about 1."""
    kind = kind or PROGRAMMES[int(rng.choice(len(PROGRAMMES), p=_LIKELY))]
    n = round(seconds * rate)
    if kind == "music":
        return music(rng, seconds, rate)[:, :n]
    if kind == "pause":
        return 10 ** (rng.uniform(-80, -45) / 20) * rng.standard_normal((2, n))
    if kind == "tones":
        hz = rng.choice([440, 800, 1000, 1000, 400], 2)
        return 0.7 * np.sin(2 * np.pi * hz[:, None] * np.arange(n) / rate)
    if kind == "noise":
        both = _coloured(rng, n), _coloured(rng, n)
        return np.stack([both[0], both[0] + rng.random() * (both[1] - both[0])])
    talk = 0.35 * np.tile(speech(rng, seconds, rate), (2, 1))
    if kind == "telephone":
        other = limit_band(0.35 * speech(rng, seconds, rate), rate, 300, 3400, 300)
        return talk * (0.02 if rng.random() < 0.5 else 1.0) + other
    if kind == "talk over":
        return talk + rng.uniform(0.05, 0.5) * music(rng, seconds, rate)[:, :n]
    if kind == "crowd":
        return rng.uniform(0, 1) * talk + crowd(rng, seconds, rate)
    room = limit_band(rng.standard_normal(n), rate, 50, 0.3 * rate, 0.2 * rate)
    return talk + 10 ** (rng.uniform(-65, -40) / 20) * room


def _coloured(rng: Rng, n: int) -> np.ndarray:
    """Noise that falls by 0 to 6 dB per octave, as in sweeps, rain and test signals."""
    slope = rng.uniform(0, 1)
    noise = apply_response(
        rng.standard_normal(n).astype(np.float32), lambda f: (np.abs(f) + 0.002) ** -slope
    )
    return noise / (3 * noise.std() + 1e-9)


def crowd(rng: Rng, seconds: float, rate: float) -> np.ndarray:
    """Many people: applause, a stadium, a restaurant: float64 [2, n], peak about 1."""
    voices = [0.25 * speech(rng, seconds, rate, draw_speaker(rng)) for _ in range(4)]
    mix = rng.random((2, 4)) @ np.stack(voices)
    low, high = log_uniform(rng, 150, 800), log_uniform(rng, 1500, 9000)
    roar = [limit_band(rng.standard_normal(mix.shape[1]), rate, low, high, high) for _ in range(2)]
    return mix * rng.random() + np.stack(roar) * rng.uniform(0.1, 0.6)

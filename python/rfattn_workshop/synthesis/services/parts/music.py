# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes music: chords, bass, melody, singing and percussion of a random style, in stereo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.signal

from ...waves.waveform import Rng, choice, log_uniform
from .speech import Speaker, draw_speaker, speech

_MAJOR, _MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
_TABLE = 1024


@dataclass(frozen=True)
class Timbre:
    """An instrument."""

    slope: float
    """Harmonics fall with this power of their number."""
    odd: float
    """Level of even harmonics."""
    attack_s: float
    decay_s: float
    sustain: float
    vibrato: float
    """Relative depth."""
    noise: float
    """Level of breath and bow."""


def draw_timbre(rng: Rng) -> Timbre:
    """Draws an instrument, plucked or sustained."""
    plucked = rng.random() < 0.5
    return Timbre(
        rng.uniform(0.6, 2.5),
        rng.uniform(0.0, 1.0) if rng.random() < 0.3 else 1.0,
        log_uniform(rng, 0.001, 0.01) if plucked else log_uniform(rng, 0.01, 0.2),
        log_uniform(rng, 0.1, 1.5),
        0.0 if plucked else rng.uniform(0.4, 1.0),
        0.0 if plucked else rng.uniform(0.0, 0.012),
        log_uniform(rng, 0.001, 0.03),
    )


@dataclass(frozen=True)
class Style:
    """Levels of the parts (0: absent), pace and room of a piece."""

    beat_s: float
    drums: float
    bass: float
    chords: float
    melody: float
    singing: float
    busy: float
    """Notes a beat."""
    room: float
    """Share of the reverberation."""
    room_s: float
    drive: float
    """Distortion of the chords."""
    dynamics_db: float
    """Range of slow changes of loudness."""


def draw_style(rng: Rng) -> Style:
    """Draws a style: pop and rock, dance, a solo instrument, or orchestra and ambient."""
    beat = 60 / rng.uniform(65, 175)
    kind = rng.random()
    if kind < 0.5:
        levels = (rng.uniform(0.4, 1.2), rng.uniform(0.3, 1.0), rng.uniform(0.3, 1))
        singing = rng.uniform(0.5, 1.3) if rng.random() < 0.65 else 0.0
        drive = rng.uniform(1, 8) if rng.random() < 0.4 else 0.0
        return Style(beat, *levels, 0.5, singing, rng.uniform(1, 4), 0.15, 0.6, drive, 2.0)
    if kind < 0.65:
        levels = (rng.uniform(0.8, 1.6), rng.uniform(0.6, 1.4), 0.5, rng.uniform(0, 0.7))
        return Style(60 / rng.uniform(118, 145), *levels, 0.0, 4.0, 0.2, 0.8, 2.0, 1.0)
    if kind < 0.8:
        return Style(beat, 0, 0.3 * rng.random(), 0.6, 1.0, 0, rng.uniform(1, 4), 0.3, 1.2, 0, 10.0)
    room_s = rng.uniform(1.0, 3.0)
    return Style(
        beat, 0.1 * rng.random(), 0.6, 1.0, 0.8, 0, rng.uniform(0.5, 2), 0.5, room_s, 0, 18.0
    )


def music(rng: Rng, seconds: float, rate: float) -> np.ndarray:
    """Makes a piece of music that has begun before: float64 [2, seconds * rate], peak about 1."""
    style = draw_style(rng)
    lead = rng.uniform(0.1, 1.0)
    n = round((seconds + lead) * rate)
    out = np.zeros((2, n))
    scale = np.array(choice(rng, (_MAJOR, _MAJOR, _MINOR)))
    root = int(rng.integers(40, 52))
    degrees = rng.integers(0, 7, 4)
    bars = int(np.ceil((seconds + lead) / (4 * style.beat_s))) + 1
    start = -rng.uniform(0, 4) * style.beat_s
    score = _score(rng, style, scale, degrees, bars)
    instruments = [draw_timbre(rng) for _ in range(3)]
    pans = [rng.uniform(-0.6, 0.6), 0.0, rng.uniform(-0.5, 0.5)]
    parts = np.zeros((3, n))
    for part, beat, length, pitch, strength in score:
        at = round((start + beat * style.beat_s) * rate)
        hz = 440 * 2 ** ((root + pitch - 69) / 12)
        wave = strength * _note(rng, hz, length * style.beat_s, rate, instruments[part])
        _put(parts[part], at, wave)
    if style.drive:
        parts[0] = np.tanh(style.drive * parts[0]) / style.drive**0.5
    for part, pan in zip(parts, pans, strict=True):
        out += _pan(part, pan)
    if style.singing:
        out += style.singing * _sing(rng, seconds + lead, rate, root + 24)[:n]
    if style.drums:
        out += style.drums * _drums(rng, style, n, start, bars, rate)
    out = _reverberate(rng, out, rate, style)[:, -round(seconds * rate) :]
    out *= 10 ** (_swell(rng, seconds, out.shape[1], style.dynamics_db) / 20)
    return out / (np.quantile(np.abs(out[:, ::7]), 0.999) + 1e-9)


def _score(rng: Rng, style: Style, scale, degrees, bars: int):
    """Notes: (part, beat, beats, semitones over the root, strength)."""
    notes = []
    strums = max(1, round(style.busy * rng.uniform(0.25, 1)))
    tune = int(rng.integers(0, 7))
    for bar in range(bars):
        degree = degrees[bar % 4]
        chord = [_pitch(scale, degree + step) + 12 for step in (0, 2, 4, 7)[: rng.integers(3, 5)]]
        for k in range(strums):
            for pitch in chord if style.chords else ():
                notes.append((0, 4 * bar + 4 * k / strums, 4 / strums, pitch, 0.25 * style.chords))
        hits = int(rng.integers(1, 5))
        for k in range(hits if style.bass else 0):
            notes.append(
                (1, 4 * bar + 4 * k / hits, 4 / hits, _pitch(scale, degree), 0.5 * style.bass)
            )
        beat = 0.0
        while style.melody and beat < 4:
            length = float(choice(rng, (0.25, 0.5, 0.5, 1, 1, 2))) * 2 / max(style.busy, 1)
            tune = int(np.clip(tune + rng.integers(-3, 4), -2, 12))
            if rng.random() < 0.85:
                level = style.melody * rng.uniform(0.2, 0.45)
                notes.append((2, 4 * bar + beat, length, _pitch(scale, tune) + 24, level))
            beat += length
    return notes


def _pitch(scale, degree: int) -> int:
    return int(scale[degree % 7] + 12 * (degree // 7))


def _note(rng: Rng, hz: float, seconds: float, rate: float, timbre: Timbre) -> np.ndarray:
    """A tone that grows dull while it decays."""
    n = max(8, round((seconds + 0.1) * rate))
    t = np.arange(n) / rate
    partials = np.arange(1, max(2, min(60, int(0.45 * rate / hz))))
    level = partials**-timbre.slope * np.where(partials % 2, 1.0, timbre.odd)
    level = level * rng.uniform(0.5, 1.5, len(partials))
    turn = np.exp(2j * np.pi * rng.random(len(partials)))
    phase = hz * t * (1 + rng.normal() * 0.0015)
    if timbre.vibrato:
        phase += timbre.vibrato * hz / 6 * np.sin(2 * np.pi * 5.5 * t)
    index = (phase % 1.0 * _TABLE).astype(np.int64) % _TABLE
    bright = np.exp(-t / timbre.decay_s)
    wave = bright * _wavetable(level * turn)[index]
    wave += (1 - bright) * 0.6 * _wavetable(level * turn / partials**0.7)[index]
    wave += scipy.signal.lfilter([timbre.noise], [1, -0.7], rng.standard_normal(n))
    fade = timbre.sustain + (1 - timbre.sustain) * bright
    gate = np.minimum(t / timbre.attack_s, 1) * np.clip((n - np.arange(n)) / (0.08 * rate), 0, 1)
    return wave * fade * gate


def _wavetable(partials: np.ndarray) -> np.ndarray:
    spectrum = np.zeros(_TABLE // 2 + 1, complex)
    spectrum[1 : len(partials) + 1] = partials
    wave = np.fft.irfft(spectrum)
    return wave / (wave.std() * 3 + 1e-12)


def _put(out: np.ndarray, at: int, wave: np.ndarray) -> None:
    """Adds the wave from sample ``at`` on, what fits."""
    wave = wave[max(0, -at) :]
    at = max(at, 0)
    wave = wave[: max(0, len(out) - at)]
    out[at : at + len(wave)] += wave


def _pan(wave: np.ndarray, place: float) -> np.ndarray:
    angle = np.pi / 4 * (1 + place)
    return np.stack([np.cos(angle) * wave, np.sin(angle) * wave])


def _sing(rng: Rng, seconds: float, rate: float, key: int) -> np.ndarray:
    """A singer: a slow speaker with a lively pitch near the key."""
    base = draw_speaker(rng)
    pitch = 440 * 2 ** ((key - 69) / 12) * (1.0 if base.pitch_hz < 150 else 1.6)
    singer = Speaker(pitch, base.size, rng.uniform(0.25, 0.6), 0.25, 0.02, 1.0, 0.8)
    return 0.3 * speech(rng, seconds, rate, singer)


def _drums(rng: Rng, style: Style, n: int, start: float, bars: int, rate: float) -> np.ndarray:
    """Kick, snare, hat and cymbal on sixteenths of a bar, in a pattern of one bar."""
    kick, snare, hat = _kick(rng, rate), _snare(rng, rate), _hiss(rng, rate, 0.04, 6000)
    crash = _hiss(rng, rate, 0.8, 3500)
    pattern = rng.random((3, 16))
    likely = np.tile([0.9, 0.1, 0.3, 0.1], 4)
    out = np.zeros((2, n))
    every = int(choice(rng, (1, 2, 2, 4)))
    for step in range(16 * bars):
        at, k = round((start + step * style.beat_s / 4) * rate), step % 16
        if k % 8 == 0 or pattern[0, k] < 0.4 * likely[k]:
            _put(out[0], at, kick)
            _put(out[1], at, kick)
        if k % 8 == 4 or pattern[1, k] < 0.06:
            _put(out[0], at, snare)
            _put(out[1], at, 0.9 * snare)
        if k % every == 0:
            _put(out[0], at, rng.uniform(0.15, 0.3) * hat)
            _put(out[1], at, rng.uniform(0.05, 0.2) * hat)
        if step % 64 == 0:
            _put(out[1], at, 0.3 * crash)
    return out


def _kick(rng: Rng, rate: float) -> np.ndarray:
    t = np.arange(round(0.35 * rate)) / rate
    hz = rng.uniform(42, 65) + rng.uniform(60, 200) * np.exp(-t / 0.03)
    return np.sin(2 * np.pi * np.cumsum(hz) / rate) * np.exp(-t / rng.uniform(0.06, 0.15))


def _snare(rng: Rng, rate: float) -> np.ndarray:
    t = np.arange(round(0.3 * rate)) / rate
    tone = np.sin(2 * np.pi * rng.uniform(160, 240) * t) * np.exp(-t / 0.04)
    return 0.5 * tone + 0.35 * rng.standard_normal(len(t)) * np.exp(-t / rng.uniform(0.04, 0.12))


def _hiss(rng: Rng, rate: float, decay_s: float, above_hz: float) -> np.ndarray:
    t = np.arange(round(3 * decay_s * rate)) / rate
    corner = min(above_hz, 0.3 * rate)
    taps = scipy.signal.butter(2, corner / (rate / 2), "high", output="sos")
    return scipy.signal.sosfilt(taps, rng.standard_normal(len(t))) * np.exp(-t / decay_s)


def _reverberate(rng: Rng, wave: np.ndarray, rate: float, style: Style) -> np.ndarray:
    """Adds the echoes of a room, other ones in each channel."""
    t = np.arange(round(min(style.room_s, 0.8) * rate)) / rate
    echo = rng.standard_normal((2, len(t))) * np.exp(-t * 6.9 / style.room_s)
    echo = scipy.signal.lfilter([0.4], [1, -0.6], echo)
    wet = scipy.signal.fftconvolve(wave, echo / np.linalg.norm(echo, axis=1)[:, None], axes=1)
    return (1 - style.room) * wave + style.room * wet[:, : wave.shape[1]]


def _swell(rng: Rng, seconds: float, n: int, range_db: float) -> np.ndarray:
    """Slow changes of loudness in dB, at most 0: float64 [n]."""
    knots = -range_db * rng.random(int(seconds / 4) + 2)
    return np.interp(np.linspace(0, len(knots) - 1, n), np.arange(len(knots)), knots)

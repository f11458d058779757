# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes speech: phones of a random language in syllables, words and sentences, by a speaker.

A source (pulses of the voice, noise of breath) passes resonances of the mouth, and noise of
fricatives passes a band, both in frames of 20 ms. Formant frequencies are typical values of the
phonetic literature (Peterson and Barney, 1952), scaled by the speaker's size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...waves.waveform import Rng, choice, smooth

FRAME_S = 0.01
"""The distance of frames, half their length."""

_VOWELS = (
    (280, 2250, 2900),
    (400, 2000, 2600),
    (550, 1850, 2500),
    (730, 1150, 2450),
    (670, 1700, 2400),
    (570, 850, 2400),
    (450, 800, 2350),
    (310, 870, 2250),
    (500, 1500, 2500),
    (290, 1700, 2200),
    (490, 1350, 1700),
)
"""First three formants in Hz."""
_NEUTRAL = (500, 1500, 2500)
_NASALS = ((250, 1100, 2300), (250, 1500, 2500), (280, 2000, 2700))
_LIQUIDS = ((350, 1100, 2600), (320, 1250, 1650), (280, 2200, 2900), (300, 650, 2300))
_FRICATIVES = (
    (6500, 3500, 0.30),
    (3500, 2500, 0.32),
    (7000, 9000, 0.07),
    (5500, 8000, 0.06),
    (1800, 1500, 0.12),
)
"""Centre, width in Hz and level of the noise."""
_BURSTS = ((900, 1500, 0.25), (4500, 3500, 0.4), (2000, 1500, 0.35))

_VOICE, _BREATH, _HISS, _F1, _F2, _F3, _CENTRE, _WIDTH, _PITCH = range(9)


@dataclass(frozen=True)
class Speaker:
    """What differs between two people and two ways to talk."""

    pitch_hz: float
    size: float
    """Formants are this many times those of an adult man."""
    syllable_s: float
    lively: float
    """Range of the pitch, natural logarithm."""
    breath: float
    tilt: float
    """The voice falls by about 6 dB times this for each octave above 500 Hz."""
    pause_s: float
    """Mean pause between phrases."""


def draw_speaker(rng: Rng) -> Speaker:
    """Draws a man, a woman or a child."""
    kind = rng.random()
    low, high, size = (80, 150, 1.0) if kind < 0.6 else (155, 260, 1.16)
    if kind > 0.97:
        low, high, size = 250, 350, 1.3
    return Speaker(
        rng.uniform(low, high),
        size * rng.uniform(0.95, 1.06),
        1 / rng.uniform(3.3, 6.8),
        rng.uniform(0.05, 0.3),
        rng.uniform(0.01, 0.08),
        rng.uniform(1.0, 1.7),
        rng.uniform(0.15, 0.8),
    )


def speech(rng: Rng, seconds: float, rate: float, speaker: Speaker | None = None) -> np.ndarray:
    """Makes running speech with pauses: float64 [seconds * rate], power about 1 while talking.

    It begins anywhere in a sentence.

    Args:
        rate: Hz, at least 8000.
    """
    speaker = speaker or draw_speaker(rng)
    n = round(seconds * rate)
    frames = int(np.ceil(seconds / FRAME_S)) + 2
    tracks = _tracks(rng, speaker, frames)
    at = np.arange(n + round(4 * FRAME_S * rate)) / (FRAME_S * rate)
    voice, breath, hiss, pitch = (
        np.interp(at, np.arange(frames), tracks[k]) for k in (_VOICE, _BREATH, _HISS, _PITCH)
    )
    noise = rng.standard_normal((2, len(at)))
    mouth = voice * _pulses(rng, pitch, rate) + breath * noise[0]
    return _filter_frames(mouth, hiss * noise[1], tracks, speaker, rate)[:n]


def _pulses(rng: Rng, pitch: np.ndarray, rate: float) -> np.ndarray:
    """Pulses of the vocal cords at ``pitch`` Hz with jitter and shimmer; power about 1."""
    phase = np.cumsum(pitch) / rate
    turns = np.arange(1, int(phase[-1]) + 1) + 0.01 * rng.standard_normal(int(phase[-1]))
    place = np.interp(turns, phase, np.arange(len(phase)))
    low = np.minimum(place.astype(int), len(pitch) - 2)
    strength = (1 + 0.06 * rng.standard_normal(len(place))) * np.sqrt(rate / pitch[low])
    out = np.zeros(len(pitch))
    np.add.at(out, low, strength * (1 - (place - low)))
    np.add.at(out, low + 1, strength * (place - low))
    return out


def _filter_frames(mouth, hiss, tracks, speaker: Speaker, rate: float) -> np.ndarray:
    """Filters both sources in frames of 20 ms and adds the frames."""
    hop = round(FRAME_S * rate)
    count = min(tracks.shape[1], len(mouth) // hop - 1)
    size = 2 ** int(np.ceil(np.log2(3 * hop)))
    window = np.hanning(2 * hop + 1)[:-1]
    out = np.zeros((count + size // hop + 2) * hop)
    f = np.fft.rfftfreq(size, 1 / rate)
    for first in range(0, count, 512):
        part = slice(first, min(count, first + 512))
        spectra = _spectra(mouth, hop, part, window, size) * _mouth(tracks[:, part], speaker, f)
        spectra += _spectra(hiss, hop, part, window, size) * _teeth(tracks[:, part], f)
        waves = np.fft.irfft(spectra, size)
        for row, wave in zip(range(part.start, part.stop), waves, strict=True):
            out[row * hop : row * hop + size] += wave
    return 5.0 * out[hop:]


def _spectra(wave, hop: int, part: slice, window, size: int) -> np.ndarray:
    frames = np.lib.stride_tricks.sliding_window_view(wave, 2 * hop)[::hop][part]
    return np.fft.rfft(frames * window, size)


def _mouth(tracks: np.ndarray, speaker: Speaker, f: np.ndarray) -> np.ndarray:
    """The response of the mouth to the voice in each frame: complex [frames, bins]."""
    out = 1 / (1 + (f / 500) ** 2) ** (speaker.tilt / 2) * (f > 50)
    formants = [
        (tracks[k][:, None], b, a) for k, b, a in ((_F1, 80, 9), (_F2, 110, 7), (_F3, 160, 5))
    ]
    formants += [(hz, b, 4) for hz, b in ((3600, 250), (4700, 350))]
    for hz, width, gain in formants:
        pole = 1j * f * width
        hz = hz * speaker.size
        out = out * (1 + (gain - 1) * pole / (hz**2 - f**2 + pole + 1e-9))
    return 0.35 * out


def _teeth(tracks: np.ndarray, f: np.ndarray) -> np.ndarray:
    """The response for hissing sounds in each frame: float64 [frames, bins]."""
    distance = (f - tracks[_CENTRE][:, None]) / (0.6 * tracks[_WIDTH][:, None])
    return 2 / (1 + distance**2) * (f > 200)


def _tracks(rng: Rng, speaker: Speaker, frames: int) -> np.ndarray:
    """Draws phones until there are ``frames`` frames, from anywhere: float64 [9, frames]."""
    lead = int(rng.uniform(0, 3) / FRAME_S)
    rows: list[np.ndarray] = []
    lengths: list[int] = []
    while sum(lengths) < frames + lead:
        phones = _phrase(rng, speaker)
        rows += [row for _, row in phones]
        lengths += [max(1, round(s / FRAME_S)) for s, _ in phones]
    out = np.repeat(np.array(rows).T, lengths, axis=1)[:, lead : lead + frames]
    for k in (_VOICE, _BREATH, _HISS):
        out[k] = smooth(out[k], 0.7)
    for k in (_F1, _F2, _F3, _PITCH):
        out[k] = smooth(out[k], 2.0)
    return out


def _phrase(rng: Rng, speaker: Speaker) -> list[tuple[float, np.ndarray]]:
    """A phrase and the pause after it: (duration in s, values of the tracks) of each phone."""
    syllables = int(rng.integers(3, 22))
    phones = []
    for k in range(syllables):
        fall = 1.12 - 0.25 * k / syllables
        stress = 1.0 if rng.random() < 0.4 else rng.uniform(0.35, 0.8)
        pitch = speaker.pitch_hz * fall * np.exp(speaker.lively * rng.normal() * stress)
        phones += _syllable(rng, speaker, pitch, stress)
    pause = speaker.pause_s * rng.exponential() + 0.05
    if rng.random() < 0.5:
        phones.append((pause, _row(speaker.pitch_hz)))
        return phones
    breath = rng.uniform(0.02, 0.06)
    phones.append((0.5 * pause, _row(speaker.pitch_hz)))
    phones.append((rng.uniform(0.15, 0.4), _row(speaker.pitch_hz, breath=breath)))
    return phones


def _syllable(rng: Rng, speaker: Speaker, pitch: float, stress: float):
    unit = speaker.syllable_s
    phones = []
    if rng.random() < 0.85:
        phones += _consonant(rng, unit, pitch, stress)
    loud = stress * rng.uniform(0.7, 1.2)
    vowel = _row(pitch, voice=loud, breath=speaker.breath, formants=choice(rng, _VOWELS))
    phones.append((unit * rng.uniform(0.25, 0.75), vowel))
    if rng.random() < 0.2:
        glide = _row(pitch, voice=loud, breath=speaker.breath, formants=choice(rng, _VOWELS))
        phones.append((unit * rng.uniform(0.2, 0.4), glide))
    if rng.random() < 0.45:
        phones += _consonant(rng, unit, pitch, 0.8 * stress)
    return phones


def _consonant(rng: Rng, unit: float, pitch: float, stress: float):
    kind = rng.random()
    if kind < 0.2:
        formants = choice(rng, _NASALS)
        return [(unit * rng.uniform(0.2, 0.45), _row(pitch, voice=0.4 * stress, formants=formants))]
    if kind < 0.4:
        formants = choice(rng, _LIQUIDS)
        return [(unit * rng.uniform(0.2, 0.4), _row(pitch, voice=0.6 * stress, formants=formants))]
    if kind < 0.68:
        centre, width, level = choice(rng, _FRICATIVES)
        voice = 0.3 * stress if rng.random() < 0.3 else 0.0
        level *= rng.uniform(0.4, 1.1) * (0.4 + 0.6 * stress)
        row = _row(pitch, voice=voice, hiss=level, noise=(centre, width))
        return [(unit * rng.uniform(0.3, 0.6), row)]
    centre, width, level = choice(rng, _BURSTS)
    voiced = rng.random() < 0.5
    closed = _row(pitch, voice=0.12 * stress if voiced else 0.0, formants=(200, 1000, 2300))
    burst = _row(pitch, hiss=level * stress, noise=(centre, width))
    phones = [(unit * rng.uniform(0.2, 0.45), closed), (0.01, burst)]
    if not voiced:
        phones.append((rng.uniform(0.015, 0.06), _row(pitch, breath=0.15 * stress)))
    return phones


def _row(pitch, voice=0.0, breath=0.0, hiss=0.0, formants=_NEUTRAL, noise=(4000, 4000)):
    return np.array([voice, breath, hiss, *formants, *noise, pitch], np.float64)

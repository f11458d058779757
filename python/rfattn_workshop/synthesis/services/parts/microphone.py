# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes what the microphone of a voice radio delivers, and the tones that radios add to it."""

from __future__ import annotations

import numpy as np

from ...waves.waveform import Rng, choice, log_uniform, nrz, smooth
from .audio import RADIO_RATE, compress, limit_band
from .music import music
from .speech import draw_speaker, speech

CTCSS_HZ = (67.0, 71.9, 74.4, 77.0, 79.7, 82.5, 85.4, 88.5, 91.5, 94.8, 97.4, 100.0, 103.5)
CTCSS_HZ += (107.2, 110.9, 114.8, 118.8, 123.0, 127.3, 131.8, 136.5, 141.3, 146.2, 151.4, 156.7)
CTCSS_HZ += (162.2, 167.9, 173.8, 179.9, 186.2, 192.8, 203.5, 210.7, 218.1, 225.7, 233.6, 241.8)
CTCSS_HZ += (250.3,)
DCS_BAUD = 134.4


def talk(rng: Rng, seconds: float, starts: bool, ends: bool) -> np.ndarray:
    """A person talks, with the noise around, gain control and pauses; peak about 1 to 3.

    Args:
        starts, ends: whether the key is pressed and released in this time; people begin to talk
            later and end before.

    Returns:
        float64 [seconds * RADIO_RATE].
    """
    rate = RADIO_RATE
    n = round(seconds * rate)
    audio = _content(rng, seconds, rate)
    first = int(min(rng.uniform(0, 0.6), 0.25 * seconds) * rate) if starts else 0
    last = n - int(min(rng.uniform(0, 0.5), 0.25 * seconds) * rate) if ends else n
    audio[:first] = 0.0
    audio[max(0, last) :] = 0.0
    audio += 10 ** (rng.uniform(-45, -8) / 20) * surroundings(rng, n, rate)
    if rng.random() < 0.6:
        gate = 10 ** (rng.uniform(-35, -10) / 20)
        audio = compress(audio, rate, rng.uniform(1.5, 8), 0.005, log_uniform(rng, 0.05, 1), gate)
    return audio


def _content(rng: Rng, seconds: float, rate: float) -> np.ndarray:
    """Mostly speech; also bare noise, humming or vowels in syllables, seldom nothing, music or an
    alarm: float64 [n]."""
    n, kind = round(seconds * rate), rng.random()
    if kind < 0.72:
        return speech(rng, seconds, rate, draw_speaker(rng))
    if kind < 0.82:
        return hissing(rng, seconds, rate)
    if kind < 0.87:
        hiss = rng.uniform(0, 0.7) * hissing(rng, seconds, rate)
        return humming(rng, seconds, rate) + hiss
    if kind < 0.92:
        return vowels(rng, seconds, rate)
    if kind < 0.94:
        return np.zeros(n)
    if kind < 0.97:
        return 2 * music(rng, seconds, rate)[0, :n]
    t = np.arange(n) / rate
    low, span, pace = rng.uniform(400, 1500), rng.uniform(0, 1000), log_uniform(rng, 0.3, 20)
    turn = 2 * np.pi * pace * t
    swing = np.sign(np.sin(turn)) if rng.random() < 0.5 else np.sin(turn)
    return np.sin(2 * np.pi * np.cumsum(low + span * (0.5 + 0.5 * swing)) / rate)


def _syllables(rng: Rng, seconds: float, rate: float) -> np.ndarray:
    """A level that rises and falls three to eight times a second, or hardly at all: float64 [n]."""
    knots = rng.random(int(seconds * rng.uniform(3, 8)) + 3) ** rng.uniform(0.1, 2)
    return np.interp(
        np.linspace(0, len(knots) - 1, round(seconds * rate)), np.arange(len(knots)), knots
    )


def hissing(rng: Rng, seconds: float, rate: float) -> np.ndarray:
    """Noise in syllables, flat or with the slope of speech: float64 [n]."""
    noise = rng.standard_normal(round(seconds * rate))
    noise = limit_band(noise, rate, 150, log_uniform(rng, 800, 6000), 800)
    if rng.random() < 0.4:
        noise = limit_band(noise, rate, 100, 700, 1200) + rng.uniform(0, 0.3) * noise
    return noise / (noise.std() + 1e-9) * _syllables(rng, seconds, rate)


def humming(rng: Rng, seconds: float, rate: float) -> np.ndarray:
    """Harmonics of a pitch that glides, around two or three fixed formants: float64 [n]."""
    n = round(seconds * rate)
    knots = int(seconds * rng.uniform(2, 8)) + 3
    pitch = rng.uniform(85, 280) * rng.uniform(0.75, 1.3, knots)
    phase = np.cumsum(np.interp(np.linspace(0, knots - 1, n), np.arange(knots), pitch)) / rate
    formants = rng.uniform(250, 3000, 3)
    width, floor = rng.uniform(120, 600), rng.uniform(0, 0.2)
    out = np.zeros(n)
    for k in range(1, int(3500 / pitch.max()) + 1):
        gain = np.exp(-0.5 * ((k * pitch.mean() - formants) / width) ** 2).sum() + floor
        out += gain * np.cos(2 * np.pi * (k * phase + rng.random()))
    return out / (out.std() + 1e-9) * _syllables(rng, seconds, rate)


def vowels(rng: Rng, seconds: float, rate: float) -> np.ndarray:
    """A buzz behind resonances that jump from syllable to syllable, as simple speech synthesizers
    sound: float64 [n], power about 1."""
    n, length = round(seconds * rate), 1 / rng.uniform(2.5, 7)
    pitch, lively = rng.uniform(80, 270), rng.uniform(0, 0.25)
    slope, breath, gap = rng.uniform(0, 1.5), rng.uniform(0, 0.3), rng.uniform(0, 0.35)
    out, at = np.zeros(n), -int(rng.uniform(0, 0.5 * length) * rate)
    while at < n:
        count = max(64, int(length * rng.uniform(0.5, 1.6) * rate))
        t = np.arange(count) / count
        if rng.random() > gap or not out.any():
            turn = pitch * np.exp(lively * (rng.normal() + rng.normal() * t))
            phase = 2 * np.pi * np.cumsum(turn) / rate
            formants = rng.uniform((250, 700, 1800), (900, 2300, 3400))
            widths = rng.uniform(60, 400, 3)
            wave = breath * rng.standard_normal(count)
            for k in range(1, int(3600 / turn.mean()) + 1):
                hz = k * turn.mean()
                gain = (1 / (1 + ((hz - formants) / widths) ** 2)).sum() * (300 / hz) ** slope
                wave += gain * np.cos(k * phase + 2 * np.pi * rng.random())
            wave *= rng.uniform(0.2, 1) * np.sin(np.pi * t) ** rng.uniform(0.2, 1.5)
            part = out[max(at, 0) : at + count]
            part[:] = wave[max(-at, 0) : max(-at, 0) + len(part)]
        at += count
    return out / (out.std() + 1e-9)


def surroundings(rng: Rng, n: int, rate: float) -> np.ndarray:
    """Noise around a microphone: a room, wind, an engine, people: float64 [n], power about 1."""
    kind = rng.random()
    noise = rng.standard_normal(n)
    if kind < 0.35:
        high = log_uniform(rng, 1000, 0.45 * rate)
        out = limit_band(noise, rate, log_uniform(rng, 30, 300), high, high)
    elif kind < 0.6:
        gusts = 1 + 3 * np.maximum(0, smooth(rng.standard_normal(n), 0.15 * rate) * np.sqrt(rate))
        out = limit_band(noise * gusts, rate, 10, log_uniform(rng, 200, 900), 300)
    elif kind < 0.85:
        out = _engine(rng, n, rate) + 0.5 * limit_band(noise, rate, 50, 2000, 1500)
    else:
        out = sum(speech(rng, n / rate, rate, draw_speaker(rng))[:n] for _ in range(3))
    return out / (np.std(out) + 1e-9)


def _engine(rng: Rng, n: int, rate: float) -> np.ndarray:
    """Harmonics of a motor or rotor whose speed wanders."""
    speed = rng.uniform(12, 180) * (1 + 0.03 * smooth(rng.standard_normal(n), 0.1 * rate) * 50)
    phase = 2 * np.pi * np.cumsum(speed) / rate
    strength = rng.random(20) / np.arange(1, 21) ** rng.uniform(0, 1)
    return sum(a * np.cos(k * phase + rng.random() * 6) for k, a in enumerate(strength, 1))


def ctcss(rng: Rng, count: int, rate: float) -> np.ndarray:
    """A tone below the voice that opens squelches (CTCSS): float64 [count], peak 1."""
    hz = float(choice(rng, CTCSS_HZ)) * (1 + rng.normal() * 0.002)
    return np.sin(2 * np.pi * (hz * np.arange(count) / rate + rng.random()))


def dcs(rng: Rng, count: int, rate: float) -> np.ndarray:
    """Digital coded squelch: a Golay codeword of 23 bits, again and again, at 134.4 Bd: peak 1."""
    word = _golay(0b100 << 9 | int(rng.integers(0, 512)))
    levels = np.array([2.0 * (word >> k & 1) - 1 for k in range(23)])
    period = rate / DCS_BAUD
    repeats = int(np.ceil(count / period / 23)) + 2
    wave = nrz(np.tile(levels, repeats), period)
    at = int(rng.random() * 23 * period)
    return smooth(wave, rng.uniform(0.15, 0.35) * period)[at : at + count] * choice(rng, (-1, 1))


def _golay(data: int) -> int:
    """The Golay codeword (23, 12): data in the low bits, 11 check bits above."""
    check = data << 11
    for k in range(22, 10, -1):
        if check >> k & 1:
            check ^= 0xC75 << (k - 11)
    return data | check << 12


def beep(rng: Rng, rate: float) -> np.ndarray:
    """A beep at the end of an over, of one or several tones: float64 [n], peak 1."""
    kind = rng.random()
    if kind < 0.5:
        tones = [(rng.uniform(600, 2600), rng.uniform(0.06, 0.4))]
    elif kind < 0.9:
        length = rng.uniform(0.04, 0.15)
        tones = [(rng.uniform(500, 2500), length) for _ in range(int(rng.integers(2, 6)))]
    else:
        hz, dot = rng.uniform(700, 1200), rng.uniform(0.04, 0.08)
        tones = [(hz, 3 * dot), (0, dot), (hz, dot), (0, dot), (hz, 3 * dot)]
    lengths = [round(s * rate) for _, s in tones]
    hz = np.repeat([hz for hz, _ in tones], lengths)
    return np.sin(2 * np.pi * np.cumsum(hz) / rate) * (hz > 0)


FIVE_TONES = {
    "ZVEI1": ((2400, 1060, 1160, 1270, 1400, 1530, 1670, 1830, 2000, 2200, 2600), 0.07),
    "CCIR": ((1981, 1124, 1197, 1275, 1358, 1446, 1540, 1640, 1747, 1860, 2110), 0.1),
    "EEA": ((1981, 1124, 1197, 1275, 1358, 1446, 1540, 1640, 1747, 1860, 2110), 0.04),
}
"""Tones in Hz of the digits 0 to 9 and of the repetition, and their length in s."""


def five_tones(rng: Rng, rate: float) -> np.ndarray:
    """A selective call of five tones: float64 [n], peak 1."""
    tones, length = FIVE_TONES[choice(rng, tuple(FIVE_TONES))]
    digits = [int(d) for d in rng.integers(0, 10, 5)]
    sent = [10 if k and digits[k] == digits[k - 1] else d for k, d in enumerate(digits)]
    hz = np.repeat([float(tones[d]) for d in sent], round(length * rate))
    return np.sin(2 * np.pi * np.cumsum(hz) / rate)


def dtmf(rng: Rng, rate: float) -> np.ndarray:
    """Digits of two tones each (ITU-T Q.23): float64 [n], peak 1."""
    on, off = round(rng.uniform(0.05, 0.15) * rate), round(rng.uniform(0.04, 0.12) * rate)
    twist = 10 ** (rng.uniform(0, 4) / 20)
    t = np.arange(on) / rate
    out = []
    for _ in range(int(rng.integers(1, 9))):
        low, high = choice(rng, (697, 770, 852, 941)), choice(rng, (1209, 1336, 1477, 1633))
        both = np.sin(2 * np.pi * low * t) + twist * np.sin(2 * np.pi * high * t)
        out += [both / (1 + twist), np.zeros(off)]
    return np.concatenate(out)

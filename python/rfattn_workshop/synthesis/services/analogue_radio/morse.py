# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys Morse code (ITU-R M.1677): letters, texts as sent on the air, operators, transmitters."""

from __future__ import annotations

import numpy as np
import scipy.signal
from gnuradio.rfattn.signals.waveform import carrier

from ...waves.keying import Signal, keyed_spans, wander
from ...waves.waveform import (
    Rng,
    choice,
    log_uniform,
    sample_hold,
    smooth,
)

CODE = dict(
    zip(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/?=+",
        (
            ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- "
            "...- .-- -..- -.-- --.. ----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----. "
            "-..-. ..--.. -...- .-.-."
        ).split(),
        strict=True,
    )
)
_WORDS = "CQ CQ DE TEST 5NN TU 599 RST NAME QTH WX HR ES GM GE FB OM 73 BK K KN = R UR QRZ? ANT PWR"


def callsign(rng: Rng) -> str:
    """Draws a call sign."""
    letters = [chr(65 + int(k)) for k in rng.integers(0, 26, 5)]
    prefix, suffix = letters[: rng.integers(1, 3)], letters[2 : 2 + rng.integers(1, 4)]
    return "".join([*prefix, str(rng.integers(0, 10)), *suffix])


def marks(text: str, rng: Rng, hand: float, weight: float, gap: float) -> list[tuple[float, bool]]:
    """The text as (length in dots, key down).

    Args:
        hand: relative spread of lengths; 0 for a keyer.
        weight: dots and dashes are longer by this many dots, the gaps between them shorter.
        gap: stretch of the pauses between letters and words.
    """
    out: list[tuple[float, bool]] = []
    for letter in text:
        if letter == " ":
            out.append((4 * gap * _near(rng, hand), False))
            continue
        for sign in CODE[letter]:
            length = (1.0 if sign == "." else 3.0) * _near(rng, hand) + weight
            out += [(length, True), (max(0.3, _near(rng, hand) - weight), False)]
        out.append((2 * gap * _near(rng, hand), False))
    return out


def _near(rng: Rng, spread: float) -> float:
    return float(np.exp(spread * rng.standard_normal())) if spread else 1.0


def gate(signs: list[tuple[float, bool]], dot: float, start: float, count: int) -> np.ndarray:
    """The key from ``start`` samples after the beginning on: float64 [count], 0 to 1."""
    edges = np.concatenate([[0.0], np.cumsum([length * dot for length, _ in signs])]) - start
    return sample_hold(edges, np.array([float(down) for _, down in signs]), count)


def draw_text(rng: Rng) -> str:
    """A call, a contact, groups of five letters, or a beacon's identification."""
    kind, own = rng.random(), callsign(rng)
    if kind < 0.3:
        return f"CQ CQ CQ DE {own} {own} {own} K "
    if kind < 0.5:
        letters = [choice(rng, tuple(CODE)[:36]) for _ in range(50)]
        return "".join(x + (" " if k % 5 == 4 else "") for k, x in enumerate(letters))
    if kind < 0.65:
        return f"VVV DE {own} {own} "
    words = [choice(rng, _WORDS.split()) for _ in range(20)]
    return f"{callsign(rng)} DE {own} " + " ".join(words) + " "


def cw(rng: Rng, seconds: float) -> Signal:
    """Morse by hand or keyer at 8 to 40 words a minute, and beacons with long dashes."""
    rate = 2500.0
    n = round(seconds * rate)
    dot = 1.2 / log_uniform(rng, 8, 40)
    hand = 0.0 if rng.random() < 0.5 else rng.uniform(0.03, 0.2)
    weight, gap = rng.normal() * 0.12, log_uniform(rng, 0.9, 2.0)
    text = draw_text(rng)
    signs: list[tuple[float, bool]] = []
    dash_s = log_uniform(rng, 2, 30) if rng.random() < 0.15 else 0.0
    silence_s = log_uniform(rng, 0.5, 10)
    while sum(length for length, _ in signs) * dot < seconds + silence_s:
        signs += marks(text, rng, hand, weight, gap)
        if dash_s:
            signs += [(dash_s / dot, True), (1.0, False)]
        signs.append((silence_s / dot * rng.random(), False))
    key = gate(signs, dot * rate, _draw_start(rng, signs, n / rate / dot) * dot * rate, n)
    return _transmit(rng, key, rate, seconds)


def _draw_start(rng: Rng, signs, window: float) -> float:
    """A moment, in dots, from which on the window holds a mark."""
    ends = np.cumsum([length for length, _ in signs])
    start = rng.random() * max(ends[-1] - window, 0.0)
    down = np.array([down for _, down in signs])
    firsts = ends - np.array([length for length, _ in signs])
    if np.any(down & (firsts < start + 0.7 * window) & (ends > start + 0.2 * window)):
        return start
    later = np.flatnonzero(down & (ends < max(ends[-1] - window, ends[down][0] + 1)))
    return float(firsts[choice(rng, later)])


def _transmit(rng: Rng, key: np.ndarray, rate: float, seconds: float) -> Signal:
    """Shapes the key's edges, with chirp, drift and hum of poor transmitters."""
    spans = keyed_spans(key, rate, max(0.25, 10 * _dot(key) / rate))
    kind = rng.random()
    rise = log_uniform(rng, 0.0008, 0.008) * rate
    if kind < 0.7:
        level = smooth(key, 0.5 * rise)
    else:
        level = scipy.signal.lfilter([1 / (1 + rise)], [1, -rise / (1 + rise)], key)
    hz = rng.normal() * 20 + wander(rng, seconds, rate, log_uniform(rng, 0.1, 30))
    if rng.random() < 0.25:
        sag = 1 / (1 + rate * log_uniform(rng, 0.005, 0.1))
        hz = hz + log_uniform(rng, 5, 150) * choice(rng, (-1, 1)) * (
            1 - scipy.signal.lfilter([sag], [1, sag - 1], key)
        )
    if rng.random() < 0.1:
        hum = 2 * np.pi * choice(rng, (50, 60, 100, 120)) * np.arange(len(key)) / rate
        level = level * (1 + rng.uniform(0.02, 0.5) * np.cos(hum))
    held = np.zeros(len(key), np.float32)
    for first, end in spans:
        held[first:end] = 1.0
    wave = level * held * carrier(hz / rate)
    power = np.mean(level[held > 0] ** 2)
    return Signal((wave / np.sqrt(power + 1e-12)).astype(np.complex64), rate, spans)


def _dot(key: np.ndarray) -> float:
    """The median length of a mark in samples."""
    runs = np.flatnonzero(np.diff(np.concatenate([[0], key > 0.5, [0]]).astype(np.int8)))
    return float(np.median(np.diff(runs)[::2])) if len(runs) else 1.0

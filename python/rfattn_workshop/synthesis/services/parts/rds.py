# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the baseband of the Radio Data System (IEC 62106): groups, checkwords, biphase symbols."""

from __future__ import annotations

import numpy as np

from ...waves.waveform import Rng, choice

BIT_RATE = 1187.5
_OFFSETS = (0x0FC, 0x198, 0x168, 0x1B4)
_POLYNOMIAL = 0x5B9
"""x^10 + x^8 + x^7 + x^5 + x^4 + x^3 + 1."""


def checkword(word: int, offset: int) -> int:
    """The 10 bits that follow a block of 16 bits."""
    value = word << 10
    for k in range(25, 9, -1):
        if value >> k & 1:
            value ^= _POLYNOMIAL << (k - 10)
    return value ^ offset


def rds(rng: Rng, seconds: float, rate: float) -> np.ndarray:
    """The data signal before it modulates 57 kHz: float64 [seconds * rate], peak about 1."""
    n = round(seconds * rate)
    count = int(seconds * BIT_RATE) + 120
    sent = np.cumsum(_groups(rng, count)) % 2
    period = rate / BIT_RATE
    halves = np.column_stack([2.0 * sent - 1, 1 - 2.0 * sent]).ravel()
    # Half symbols as pulses, shaped by cos(pi f Td / 4) up to 2 / Td: a cosine of 2 half symbols.
    coarse = 8
    grid = np.zeros(len(halves) * coarse)
    grid[::coarse] = halves
    t = np.arange(-4 * coarse, 4 * coarse + 1) / coarse
    pulse = (np.sinc(t - 0.5) + np.sinc(t + 0.5)) * np.pi / 4
    wave = np.convolve(grid, pulse, mode="same")
    at = (np.arange(n) + rng.random() * 40 * period) * (2 * coarse / period)
    return 0.7 * np.interp(at, np.arange(len(wave)), wave)


def _groups(rng: Rng, count: int) -> np.ndarray:
    """Bits of groups 0A (name), 2A (text), 4A (time) and applications: int64 [count or more]."""
    station, kind = int(rng.integers(0x1000, 0x10000)), int(rng.integers(0, 32))
    name, text = _letters(rng, 8), _letters(rng, 64)
    others = (3, 8, 11, 12, 14)
    out: list[np.ndarray] = []
    k = int(rng.integers(0, 64))
    while 104 * len(out) < count:
        group = choice(rng, (0, 0, 2, 2, choice(rng, others)))
        if group == 0:
            low, c, d = k % 4 | 8, 0xE0E0, _pair(name, 2 * (k % 4))
        elif group == 2:
            low, c, d = k % 16, _pair(text, 4 * (k % 16)), _pair(text, 4 * (k % 16) + 2)
        else:
            low, c, d = int(rng.integers(0, 32)), *(int(v) for v in rng.integers(0, 65536, 2))
        out.append(_blocks((station, group << 12 | kind << 5 | low, c, d)))
        k += 1
    return np.concatenate(out)


def _blocks(words) -> np.ndarray:
    blocks = [w << 10 | checkword(w, o) for w, o in zip(words, _OFFSETS, strict=True)]
    return np.concatenate([[b >> k & 1 for k in range(25, -1, -1)] for b in blocks])


def _letters(rng: Rng, count: int) -> np.ndarray:
    return rng.choice(
        np.frombuffer(b"ABCDEFGHIJKLMNOPRSTUVWZaeinorst    0123456789.", np.uint8), count
    )


def _pair(letters: np.ndarray, first: int) -> int:
    return int(letters[first]) << 8 | int(letters[first + 1])

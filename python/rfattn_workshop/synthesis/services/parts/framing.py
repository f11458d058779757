# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the bits of packets and telemetry: payloads, HDLC frames, scramblers, sync words."""

from __future__ import annotations

import numpy as np

from ...waves.waveform import Rng, choice
from .packets import stuff

FLAG = (0, 1, 1, 1, 1, 1, 1, 0)


def payload(rng: Rng, count: int) -> np.ndarray:
    """The bits of ``count`` bytes of telemetry: random values, fill, text, counters."""
    data = np.empty(0, np.uint8)
    while len(data) < count:
        size = int(rng.integers(4, 60))
        part = choice(
            rng,
            (
                rng.integers(0, 256, size),
                np.repeat(choice(rng, (0, 255, 0xAA, 0x55)), size),
                rng.integers(32, 127, size),
                rng.integers(0, 16, size) * (np.arange(size) % 2),
                np.arange(size) + rng.integers(200),
            ),
        )
        data = np.concatenate([data, part.astype(np.uint8)])
    return np.unpackbits(data[:count]).astype(np.int64)


def hdlc(data: np.ndarray, flags: int) -> np.ndarray:
    """A frame of HDLC: flags, data with a zero after five ones, a flag."""
    return np.concatenate([np.tile(FLAG, flags), stuff(data), FLAG]).astype(np.int64)


def nrzi(data: np.ndarray) -> np.ndarray:
    """Changes the level for each 0."""
    return np.cumsum(1 - data) % 2


def g3ruh(data: np.ndarray) -> np.ndarray:
    """The self-synchronising scrambler 1 + x¹² + x¹⁷ of packet radio at 9600 Bd."""
    out = [0] * 17
    for bit in data.tolist():
        out.append(bit ^ out[-12] ^ out[-17])
    return np.array(out[17:])


def whitening(count: int, taps: tuple[int, ...], length: int, state: int) -> np.ndarray:
    """A pseudo-random sequence to add to data: the output of a shift register of ``length`` bits.

    Args:
        taps: places, from 1 for the newest bit, whose sum is the next bit.
        state: the bits at the start, not 0.
    """
    period = 2**length - 1
    out = [state >> i & 1 for i in range(length)]
    for _ in range(min(count, period) - length):
        out.append(sum(out[-t] for t in taps) & 1)
    return np.resize(np.array(out[:period]), count)


def ccsds_randomizer(count: int) -> np.ndarray:
    """The sequence of CCSDS 131.0-B: x⁸ + x⁷ + x⁵ + x³ + 1, all ones at the start."""
    return whitening(count, (8, 5, 3, 1), 8, 0xFF)


def pn9(count: int) -> np.ndarray:
    """The whitening of radio chips: x⁹ + x⁵ + 1, all ones at the start."""
    return whitening(count, (9, 4), 9, 0x1FF)


def convolve(data: np.ndarray) -> np.ndarray:
    """The convolutional code of rate 1/2 and length 7, polynomials 171 and 133 (octal)."""
    padded = np.concatenate([np.zeros(6, np.int64), data])
    taps = (0o171, 0o133)
    streams = [
        sum(padded[6 - i : len(padded) - i] for i in range(7) if g >> (6 - i) & 1) % 2 for g in taps
    ]
    return np.column_stack(streams).ravel()


def callsign_header(rng: Rng) -> np.ndarray:
    """The addresses of an AX.25 frame, two calls of 7 bytes shifted by one bit, and UI control."""
    text = rng.integers(65, 91, 12)
    data = np.concatenate([text[:6] * 2, [0x60], text[6:] * 2, [0x61, 0x03, 0xF0]])
    return np.unpackbits(data.astype(np.uint8), bitorder="little").astype(np.int64)

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Codes the bits of packets: checksums, whitening and line codes."""

from __future__ import annotations

import binascii
from functools import lru_cache

import numpy as np


def crc16(data: np.ndarray, start: int = 0xFFFF) -> np.ndarray:
    """The bits of the CRC-CCITT (0x1021) of bits: int64 [16]."""
    value = binascii.crc_hqx(np.packbits(data.astype(np.uint8)).tobytes(), start)
    return number_bits(value, 16)


def remainder(data: np.ndarray, count: int, polynomial: int, value: int = 0) -> np.ndarray:
    """The bits that are left of a division by a polynomial, whose highest power is left out, from
    what is in the register before: int64 [count]."""
    for bit in data.tolist():
        is_odd = (value >> (count - 1)) != bit
        value = (value << 1 & (1 << count) - 1) ^ (polynomial if is_odd else 0)
    return number_bits(value, count)


def crc32(data: np.ndarray) -> np.ndarray:
    """The bits of the CRC-32 of bits: int64 [32]. Its parts stand for other checksums."""
    return number_bits(binascii.crc32(np.packbits(data.astype(np.uint8)).tobytes()), 32)


def number_bits(value: int, count: int) -> np.ndarray:
    """The lowest bits of a number, the most significant first: int64 [count]."""
    return np.array([value >> k & 1 for k in range(count - 1, -1, -1)], np.int64)


@lru_cache(maxsize=16)
def shift_register(taps: tuple[int, ...], length: int, seed: int) -> np.ndarray:
    """The period of a linear feedback shift register: int64 [2 ** length - 1].

    Args:
        taps: stages, from 1, whose sum modulo 2 is the next bit and the output.
        seed: the stages' first contents, stage 1 in the lowest bit.
    """
    stages = [seed >> k & 1 for k in range(length)]
    out = np.empty(2**length - 1, np.int64)
    for i in range(len(out)):
        out[i] = sum(stages[tap - 1] for tap in taps) % 2
        stages = [int(out[i]), *stages[:-1]]
    return out


def seeded_period(taps: tuple[int, ...], length: int, seed: int) -> np.ndarray:
    """The period of `shift_register` with the first contents in front, the last stage first."""
    return np.roll(shift_register(taps, length, seed), length)


def whiten(data: np.ndarray, taps=(5, 9), length: int = 9, seed: int = 0x1FF) -> np.ndarray:
    """Adds the period of a shift register modulo 2; default: PN9, as most FSK chips do."""
    return data ^ np.resize(shift_register(tuple(taps), length, seed), len(data))


def manchester(data: np.ndarray, first: int = 1) -> np.ndarray:
    """Two chips a bit; those of a one start with ``first``: int64 [2 * n]."""
    head = data if first else 1 - data
    return np.column_stack([head, 1 - head]).ravel()


def differential_manchester(data: np.ndarray) -> np.ndarray:
    """Two chips a bit; all bits start with a turn, zeros have one more in the middle."""
    turns = np.column_stack([np.ones(len(data), np.int64), 1 - data]).ravel()
    return np.cumsum(turns) % 2


def stuff(data: np.ndarray) -> np.ndarray:
    """Inserts a zero after five ones, as HDLC does (ISO 13239): int64."""
    text = "".join("01"[bit] for bit in data).replace("11111", "111110")
    return np.frombuffer(text.encode(), np.uint8).astype(np.int64) - ord("0")


def alternating(count: int, first: int = 1) -> np.ndarray:
    """The preamble 1010…, or 0101… if ``first`` is 0: int64 [count]."""
    return (np.arange(count) + first) % 2


def runs(levels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The values of runs of equal levels, and their lengths."""
    turns = np.flatnonzero(np.diff(levels)) + 1
    edges = np.concatenate([[0], turns, [len(levels)]])
    return levels[edges[:-1]], np.diff(edges)

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes 5G cells (3GPP TS 38.211), idle or with users."""

from __future__ import annotations

import numpy as np

from ...waves.keying import Signal
from ...waves.waveform import Rng, choice, log_uniform, merge_spans
from ..parts.ofdm import modulate, qam
from ..parts.shaping import level_out

_SIZES = ((15e3, 25, 512), (15e3, 52, 1024), (15e3, 106, 2048), (30e3, 24, 512), (30e3, 51, 1024))
"""Subcarrier spacing in Hz, resource blocks and transform of cells of 5 to 20 MHz."""


def nr_ssb(rng: Rng, seconds: float) -> Signal:
    """The synchronisation blocks of a cell every 20 ms (clause 7.4.3).

    20 resource blocks of 15 or 30 kHz, four symbols a block, one to eight blocks a half-frame,
    some with system information after them.
    """
    spacing, most = choice(rng, ((15e3, 4), (30e3, 8), (30e3, 8)))
    rate, size = 512 * spacing, 512
    count, period = int(rng.integers(1, most + 1)), choice(rng, (20, 20, 20, 10, 40, 5))
    system, extra = rng.random() < 0.4, int(rng.integers(2, 13))
    n = round(seconds * rate)
    out, spans = np.zeros(n, np.complex64), []
    root = int(rng.integers(3))
    at = -round(rng.uniform(0, min(period * 1e-3, 0.8 * seconds)) * rate) + int(0.1 * n)
    while at < n:
        for index in range(count):
            begin = at + index // 2 * 15 * size + (2, 8)[index % 2] * (size + 36)
            burst = modulate(block(rng, root), size, 36)
            if system and index == 0:
                burst = np.concatenate([burst, modulate(qam(rng, (extra, 240), 2), size, 36)])
            part = burst[max(-begin, 0) : max(n - begin, 0)]
            if len(part):
                begin = max(begin, 0)
                out[begin : begin + len(part)] += part
                spans.append((begin, begin + len(part)))
        at += round(period * 1e-3 * rate)
    return level_out(Signal(out, rate, merge_spans(tuple(spans), round(4e-4 * rate))))


def block(rng: Rng, root: int) -> np.ndarray:
    """PSS, PBCH, SSS between parts of PBCH, PBCH: amplitudes [4 symbols, 240 subcarriers]."""
    grid = np.zeros((4, 240), np.complex64)
    sequence = np.random.default_rng(root).integers(0, 2, (2, 127))
    grid[0, 56:183], grid[2, 56:183] = 2.0 * sequence - 1
    grid[1::2] = qam(rng, (2, 240), 2)
    grid[2, :48], grid[2, 192:] = qam(rng, (48,), 2), qam(rng, (48,), 2)
    return grid


def nr_cell(rng: Rng, seconds: float) -> Signal:
    """The downlink of a cell of 5 to 20 MHz, with or without time division.

    Slots with users have one or two symbols of control and twelve of data. There is nothing in the
    other slots but a block of synchronisation every 20 ms. A cell of a long scene is narrow.
    """
    fitting = [cell for cell in _SIZES if cell[0] * cell[2] * seconds <= 12e6]
    spacing, blocks, size = choice(rng, fitting or _SIZES[:1])
    rate, guard, slots_s = size * spacing, 9 * size // 128, 1e-3 * 15e3 / spacing
    n, period = round(seconds * rate), round(0.02 / slots_s)
    pattern = choice(rng, ("D", "D", "DDDSU", "DDDDDDDSUU"))
    load, at = log_uniform(rng, 0.05, 1.0), int(rng.integers(period))
    skip = int(rng.integers(14 * (size + guard)))
    slots = [
        _slot(rng, blocks, pattern[(at + i) % len(pattern)], load, (at + i) % period == 0)
        for i in range((n + skip) // (14 * (size + guard)) + 1)
    ]
    grid = np.concatenate(slots)
    if not grid[14:-14].any():
        grid[14:28] = _slot(rng, blocks, "D", 1.0, True)
    out = modulate(grid, size, guard)[skip : skip + n]
    edges = np.flatnonzero(np.diff(np.concatenate([[0], grid.any(axis=1), [0]]).astype(int)))
    edges = np.clip(edges * (size + guard) - skip, 0, n).reshape(-1, 2)
    spans = tuple((int(a), int(b)) for a, b in edges if b > a)
    return level_out(Signal(out, rate, merge_spans(spans, round(4e-4 * rate))))


def _slot(rng: Rng, blocks: int, kind: str, load: float, synchronise: bool) -> np.ndarray:
    """Amplitudes [14 symbols, subcarriers] of a slot."""
    grid = np.zeros((14, 12 * blocks), np.complex64)
    last = {"D": 14, "S": int(rng.integers(6, 11)), "U": 0}[kind]
    if last and rng.random() < load:
        count = int(rng.integers(1, blocks + 1)) if rng.random() < 0.6 else blocks
        first = 12 * int(rng.integers(blocks - count + 1))
        rows = slice(first, first + 12 * count)
        grid[0, 6 * blocks - 144 :][:288] = qam(rng, (288,), 2)
        grid[1:last, rows] = qam(rng, (last - 1, 12 * count), choice(rng, (2, 4, 8, 16)))
    if synchronise and kind == "D":
        middle = slice(6 * blocks - 120, 6 * blocks + 120)
        grid[2:6, middle] = block(rng, 0)
    return grid


OTHERS = {"nr_cell": nr_cell, "nr_ssb": nr_ssb}

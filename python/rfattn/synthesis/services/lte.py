# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes LTE cells, the uplink of LTE, NB-IoT and the synchronisation blocks of 5G."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..keying import Signal
from ..waveform import Rng, choice, log_uniform, merge_spans, resample
from .lte_grid import SIZES, SUBCARRIER_HZ, Cell, downlink, spread_phone, symbols, zadoff_chu
from .ofdm import clip_crest, limit_band, modulate, qam
from .shaping import continuous, level_out

WIDTHS = (6, 15, 25, 50, 50, 75, 100, 100)
"""Resource blocks of a cell; the commonest twice."""


def lte_fdd(rng: Rng, seconds: float) -> Signal:
    """The downlink of a cell with frequency division: 1.4 to 20 MHz, idle to fully loaded."""
    return _cell(rng, seconds, None)


def lte_tdd(rng: Rng, seconds: float) -> Signal:
    """A cell with time division, and the phones near the receiver in the uplink subframes."""
    return _cell(rng, seconds, int(choice(rng, (2, 2, 2, 1, 1, 0, 3, 4, 5, 6))))


def _cell(rng: Rng, seconds: float, tdd: int | None) -> Signal:
    blocks = choice(rng, WIDTHS)
    rate, width = SIZES[blocks] * SUBCARRIER_HZ, blocks * 12 * SUBCARRIER_HZ
    n = round(seconds * rate)
    cell = Cell.draw(rng, tdd, blocks)
    wave = downlink(rng, cell, n)
    if tdd is None and rng.random() < 0.3:
        # A neighbour on the same frequency, whose frames are at other times.
        wave += 10 ** (rng.uniform(-20, -3) / 20) * downlink(rng, Cell.draw(rng, None, blocks), n)
    edge = 0.1 * width
    wave = limit_band(clip_crest(rng, wave), rate, width, edge)
    return continuous(wave, seconds, rate)


def lte_uplink(rng: Rng, seconds: float) -> Signal:
    """Phones of a cell with frequency division, in bursts of single-carrier subframes."""
    blocks = choice(rng, WIDTHS[1:])
    size = SIZES[blocks]
    rate, n = size * SUBCARRIER_HZ, round(seconds * size * SUBCARRIER_HZ)
    cell = replace(Cell.draw(rng, None, blocks), edge_db=0.0)
    busy_ms, quiet_ms = log_uniform(rng, 1, 60), log_uniform(rng, 1, 40)
    out, spans, at = np.zeros(n, np.complex64), [], -int(rng.integers(15 * size))
    while at < n:
        length = int(rng.geometric(1 / busy_ms))
        count = min(blocks, int(rng.geometric(3 / blocks)))
        first = int(rng.integers(blocks - count + 1))
        level = 10 ** (rng.normal(0, 3) / 20)
        wave = [_phone(rng, cell, size, first, count, level) for _ in range(length)]
        wave = np.concatenate(wave)[max(-at, 0) : n - at]
        at = max(at, 0)
        out[at : at + len(wave)] = wave
        spans.append((at, at + len(wave)))
        at += len(wave) + 15 * size * int(rng.geometric(1 / quiet_ms))
    return level_out(Signal(out, rate, tuple(spans)))


def _phone(rng: Rng, cell: Cell, size: int, first: int, count: int, level: float) -> np.ndarray:
    """A subframe of one phone, which moves its blocks now and then."""
    grid = cell.grid()
    if rng.random() < 0.1:
        first = int(rng.integers(cell.blocks - count + 1))
    spread_phone(rng, grid, 0, first, count, level)
    return symbols(grid, size, half=True)


def nb_iot(rng: Rng, seconds: float) -> Signal:
    """The downlink of NB-IoT, 12 subcarriers (36.211, clause 10.2), idle to fully loaded.

    NPBCH in subframe 0, NPSS in 5, NSSS in 9 of every other frame. Subframes without data have
    only the references of one or two ports.
    """
    load, ports = choice(rng, (0.0, 0.1, 0.3, 0.6, 1.0)), choice(rng, (1, 2))
    shift, root = int(rng.integers(6)), int(rng.integers(1, 130))
    start = int(rng.integers(20))
    grids = [
        _narrow_subframe(rng, start + i, load, ports, shift, root)
        for i in range(int(1000 * seconds) + 3)
    ]
    wave = symbols(np.concatenate(grids), 128)
    skip = 4 * int(rng.integers(480))
    count = 4 * round(480e3 * seconds)
    wave = resample(wave[skip : skip + count], 0.25)
    return continuous(limit_band(wave, 480e3, 180e3, 20e3), seconds, 480e3)


def _narrow_subframe(rng: Rng, number: int, load: float, ports: int, shift: int, root: int):
    grid = np.zeros((14, 12), np.complex64)
    kind = number % 10
    if kind == 5:
        cover = np.array([1, 1, 1, 1, -1, -1, 1, 1, 1, -1, 1])
        grid[3:, :11] = cover[:, None] * zadoff_chu(5, 11)
    elif kind == 9 and number % 20 == 9:
        grid[3:] = np.resize(zadoff_chu(root, 131), 132).reshape(11, 12)
    else:
        if kind == 0 or rng.random() < load:
            grid[3 * (kind == 0) :] = qam(rng, (14 - 3 * (kind == 0), 12), 2)
        for symbol in (5, 6, 12, 13):
            for port in range(ports):
                grid[symbol, (shift + 3 * (port ^ (symbol % 7 == 6))) % 6 :: 6] = qam(rng, (2,), 2)
    return grid


def nr_ssb(rng: Rng, seconds: float) -> Signal:
    """The synchronisation blocks of a 5G cell every 20 ms (3GPP TS 38.211, clause 7.4.3).

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
            burst = _block(rng, size, root)
            if system and index == 0:
                burst = np.concatenate([burst, modulate(qam(rng, (extra, 240), 2), size, 36)])
            part = burst[max(-begin, 0) : max(n - begin, 0)]
            if len(part):
                begin = max(begin, 0)
                out[begin : begin + len(part)] += part
                spans.append((begin, begin + len(part)))
        at += round(period * 1e-3 * rate)
    return level_out(Signal(out, rate, merge_spans(tuple(spans), round(4e-4 * rate))))


def _block(rng: Rng, size: int, root: int) -> np.ndarray:
    """PSS, PBCH, SSS between parts of PBCH, PBCH; 240 subcarriers."""
    grid = np.zeros((4, 240), np.complex64)
    sequence = np.random.default_rng(root).integers(0, 2, (2, 127))
    grid[0, 56:183], grid[2, 56:183] = 2.0 * sequence - 1
    grid[1::2] = qam(rng, (2, 240), 2)
    grid[2, :48], grid[2, 192:] = qam(rng, (48,), 2), qam(rng, (48,), 2)
    return modulate(grid, size, 36)


SERVICES = {"lte_fdd": lte_fdd, "lte_tdd": lte_tdd}
OTHERS = {"lte_uplink": lte_uplink, "nb_iot": nb_iot, "nr_ssb": nr_ssb}

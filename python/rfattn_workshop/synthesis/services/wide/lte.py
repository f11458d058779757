# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes LTE cells, the uplink of LTE, and NB-IoT."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from gnuradio.rfattn.signals.waveform import carrier, resample

from ...waves.keying import Signal
from ...waves.waveform import Rng, choice, log_uniform
from ..parts.ofdm import clip_crest, limit_band, qam
from ..parts.shaping import continuous, level_out, shape, square, transmit
from .lte_grid import SIZES, SUBCARRIER_HZ, Cell, downlink, spread_phone, symbols, zadoff_chu

WIDTHS = (6, 15, 25, 25, 25, 50, 50, 75, 100, 100)
"""Resource blocks of a cell; the common ones several times."""
_MOST_SAMPLES = 12e6
"""Cells of a long scene are narrower, so that they have at most so many samples if they can."""


def lte_fdd(rng: Rng, seconds: float) -> Signal:
    """The downlink of a cell with frequency division: 1.4 to 20 MHz, idle to fully loaded."""
    return _cell(rng, seconds, None)


def lte_tdd(rng: Rng, seconds: float) -> Signal:
    """A cell with time division, and the phones near the receiver in the uplink subframes."""
    return _cell(rng, seconds, int(choice(rng, (2, 2, 2, 1, 1, 0, 3, 4, 5, 6))))


def _draw_blocks(rng: Rng, seconds: float) -> int:
    fitting = [b for b in WIDTHS if SIZES[b] * SUBCARRIER_HZ * seconds <= _MOST_SAMPLES]
    return choice(rng, fitting or WIDTHS[:1])


def _cell(rng: Rng, seconds: float, tdd: int | None) -> Signal:
    blocks = _draw_blocks(rng, seconds)
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
    blocks = _draw_blocks(rng, seconds)
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


def nb_iot_uplink(rng: Rng, seconds: float) -> Signal:
    """A terminal of NB-IoT, which sends one tone at a time (36.211, clause 10.1).

    Random access: groups of 1.4 or 1.6 ms on tones 3.75 or 22.5 kHz apart, in repetitions of four.
    Data: turning QPSK on one tone of 3.75 or 15 kHz, 8 to 500 ms.
    """
    rate = 480e3
    spacing, group_s = choice(rng, (3750.0, 15e3)), choice(rng, (1.4e-3, 1.6e-3))
    origin = rng.integers(-12, 12)

    def access():
        first, groups = rng.integers(-24, 18), 4 * int(choice(rng, (1, 2, 4, 8, 16)))
        tones = first + np.resize([0, 1, 7, 6], groups)
        return carrier(np.repeat(tones * 3750.0, round(group_s * rate)) / rate)

    def data():
        count = int(log_uniform(rng, 8e-3, 0.5) * spacing * 0.93)
        turns = 2 * rng.integers(0, 4, count) + np.arange(count) % 2
        points = np.exp(0.25j * np.pi * turns)
        wave = shape(points, 0.93 * spacing, rate, square(2.0), 2)
        return wave * carrier(origin * spacing / 2 / rate, len(wave))

    gap = log_uniform(rng, 0.01, 2)
    burst = choice(rng, (access, data, data))
    return transmit(rng, seconds, rate, burst, lambda: rng.exponential(gap), 5e-5)


SERVICES = {"lte_fdd": lte_fdd, "lte_tdd": lte_tdd}
OTHERS = {
    "lte_uplink": lte_uplink,
    "nb_iot": nb_iot,
    "nb_iot_uplink": nb_iot_uplink,
}

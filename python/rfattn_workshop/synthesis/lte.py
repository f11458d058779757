# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes LTE downlink frames, FDD and TDD, and the uplink in the other subframes of TDD.

The resource grid follows 3GPP TS 36.211 (normal cyclic prefix): synchronisation signals and PBCH in
the middle 72 subcarriers, cell-specific reference signals every third subcarrier of symbols 0 and 4
of a slot, control in the first one to three symbols, data in runs of resource blocks. The bits are
random, since a power spectrum does not show them. A receiver narrower than the cell sees its
middle.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.fft
from gnuradio.rfattn.signals.waveform import apply_response, band, carrier, resample

from .waves.waveform import Emission, Rng, choice, log_uniform

SUBCARRIER = 15e3
SYMBOLS = 14
BLOCKS = (6, 15, 25, 50, 75, 100)
# Uplink-downlink configurations 0 to 6 of TDD: downlink, special, uplink.
TDD = (
    "DSUUUDSUUU",
    "DSUUDDSUUD",
    "DSUDDDSUDD",
    "DSUUUDDDDD",
    "DSUUDDDDDD",
    "DSUDDDDDDD",
    "DSUUUDSUUD",
)
# Downlink and uplink symbols of the special subframe, configurations 0 to 8.
SPECIAL = ((3, 1), (9, 1), (10, 1), (11, 1), (12, 1), (3, 2), (9, 2), (10, 2), (11, 2))


def lte_fdd(rng: Rng, count: int) -> Emission:
    """Downlink frames of a cell with frequency division."""
    return _lte(rng, count, None)


def lte_tdd(rng: Rng, count: int) -> Emission:
    """Frames of a cell with time division."""
    return _lte(rng, count, choice(rng, (1, 2, 2, 2, 0, 3, 4, 5, 6)))


@dataclass(frozen=True)
class Cell:
    """The fixed properties of a cell, and how busy it is."""

    blocks: int
    """Resource blocks."""
    tdd: int | None
    """Uplink-downlink configuration, None for FDD."""
    special: tuple[int, int]
    """Downlink and uplink symbols of the special subframe."""
    load: float
    """Share of the data blocks in use."""
    data_db: float
    """Power of data over that of a reference symbol."""
    ports: int
    """Antenna ports, whose reference signals interleave."""
    control: int
    """Control symbols of a subframe."""
    shift: int
    """Frequency shift of the reference signals, in subcarriers."""
    uplink_db: float
    """Power of the uplink over that of a reference symbol."""

    @classmethod
    def draw(cls, rng: Rng, tdd: int | None) -> Cell:
        return cls(
            choice(rng, BLOCKS[2:]) if rng.random() < 0.8 else choice(rng, BLOCKS),
            tdd,
            SPECIAL[rng.integers(9)] if rng.random() < 0.3 else choice(rng, ((10, 2), (3, 2))),
            float(choice(rng, (0.0, 0.03, 0.08, 0.2, 0.4, 0.9))) * rng.uniform(0.5, 1.1),
            rng.uniform(-4, 3),
            choice(rng, (1, 2, 2, 4)),
            int(rng.integers(1, 4)),
            int(rng.integers(6)),
            rng.uniform(-40, 6),
        )


def _lte(rng: Rng, count: int, tdd: int | None) -> Emission:
    cell = Cell.draw(rng, tdd)
    wide = cell.blocks * 12 * SUBCARRIER
    rate = 1.92e6 if rng.random() < 0.5 else max(1.92e6, wide * rng.uniform(1.02, 2.5))
    rate = float(np.clip(rate * log_uniform(rng, 0.75, 1.35), 1.4e6, 24e6))
    fft_size = 128
    while fft_size * SUBCARRIER < 1.3 * rate or fft_size < 128:
        fft_size *= 2
    native = fft_size * SUBCARRIER
    needed = int(count / rate * native) + 2 * fft_size
    start = rng.uniform(0, 10)
    samples = downlink(rng, cell, fft_size, needed, start)
    for _ in range(int(rng.choice([0, 0, 1, 2]))):
        # The cells of a TDD network share frames, down to microseconds of propagation.
        neighbour = replace(Cell.draw(rng, tdd), special=cell.special)
        other = start + 0.002 * rng.random() if tdd is not None else rng.uniform(0, 10)
        level = 10 ** (rng.uniform(-18, -1) / 20)
        samples = samples + level * downlink(rng, neighbour, fft_size, needed, other)
    width = wide / rate
    if width < 0.8 and rng.random() < 0.6:
        samples, width = samples + _adjacent(rng, tdd, cell, native, needed, start), 1.0
    offset = rng.normal(0, 0.03) * rate if rng.random() < 0.5 else 0.0
    samples = samples * carrier(offset / native, len(samples))
    if native > rate:
        edge = 0.5 * rate / native
        samples = apply_response(samples, band(-edge, edge, 0.04 * edge))
    samples = resample(samples, rate / native)[:count]
    duplex = "fdd" if tdd is None else f"tdd{tdd}"
    name = f"{duplex}_{cell.blocks}rb"
    return Emission(samples, rate, width, ((0, len(samples)),), name)


def _adjacent(rng: Rng, tdd, cell: Cell, native: float, needed: int, start: float) -> np.ndarray:
    """Carriers of other operators on one or both sides, a tenth of a bandwidth apart."""
    total = np.zeros(needed, np.complex64)
    for side in ((-1,), (1,), (-1, 1))[rng.integers(3)]:
        other = replace(Cell.draw(rng, tdd), special=cell.special)
        at = start if tdd is not None else rng.uniform(0, 10)
        samples = downlink(rng, other, round(native / SUBCARRIER), needed, at)
        shift = side * (cell.blocks + other.blocks) * 6 * SUBCARRIER / 0.9 / native
        # What moves beyond one edge of the band must not come back at the other.
        samples = apply_response(samples, band(-0.5 - shift, 0.5 - shift, 0.01))
        total += 10 ** (rng.uniform(-20, 6) / 20) * samples * carrier(shift, needed)
    return total


def downlink(rng: Rng, cell: Cell, fft_size: int, needed: int, start: float) -> np.ndarray:
    """``needed`` samples of the cell from ``start``, in subframes after the start of a frame."""
    subframe = int(start)
    parts, have = [], 0
    skip = int((start - subframe) * 15 * fft_size)
    while have < needed + skip:
        grid = _subframe(rng, cell, subframe % 10, fft_size)
        parts.append(_modulate(grid))
        have += len(parts[-1])
        subframe += 1
    return np.concatenate(parts)[skip : skip + needed]


def _subframe(rng: Rng, cell: Cell, number: int, fft_size: int) -> np.ndarray:
    """Resource elements [14 symbols, subcarriers] of a subframe; reference symbols have power 1."""
    kind = "D" if cell.tdd is None else TDD[cell.tdd][number]
    # Only as many blocks as the transform holds, around the middle of the cell.
    blocks = min(cell.blocks, (fft_size - 4) // 12)
    grid = np.zeros((SYMBOLS, blocks * 12), np.complex64)
    if kind == "U":
        return _order_subcarriers(_uplink(rng, cell, grid, 0), fft_size)
    last = SYMBOLS if kind == "D" else cell.special[0]
    _data(rng, cell, grid, last)
    _references(rng, cell, grid, last)
    _synchronisation(rng, cell, grid, number)
    if kind == "S" and rng.random() < 0.3:
        _uplink(rng, cell, grid, SYMBOLS - cell.special[1])
    return _order_subcarriers(grid, fft_size)


def _order_subcarriers(grid: np.ndarray, fft_size: int) -> np.ndarray:
    """Orders the subcarriers, around an unused DC, as the transform needs them."""
    half = grid.shape[1] // 2
    out = np.zeros((SYMBOLS, fft_size), np.complex64)
    out[:, 1 : half + 1] = grid[:, half:]
    out[:, -half:] = grid[:, :half]
    return out


def _modulate(grid: np.ndarray) -> np.ndarray:
    """Transforms the symbols and adds cyclic prefixes: 10 samples of 128, then six times 9."""
    fft_size = grid.shape[1]
    symbols = scipy.fft.ifft(grid, axis=1) * np.sqrt(fft_size)
    parts = []
    for i, symbol in enumerate(symbols):
        prefix = (10 if i % 7 == 0 else 9) * fft_size // 128
        parts += [symbol[-prefix:], symbol]
    return np.concatenate(parts)


def _symbols(rng: Rng, shape) -> np.ndarray:
    """Draws QPSK symbols of power 1."""
    turns = rng.integers(0, 4, shape)
    return np.exp(0.5j * np.pi * (turns + 0.5)).astype(np.complex64)


def _data(rng: Rng, cell: Cell, grid: np.ndarray, last: int) -> None:
    """Fills in control symbols in groups, then runs of blocks for the users of this subframe."""
    groups = np.repeat(rng.random(grid.shape[1] // 4 + 1) < 0.15 + 0.7 * cell.load, 4)
    for symbol in range(min(cell.control, last)):
        used = groups[: grid.shape[1]] & (rng.random() < 0.95)
        grid[symbol] = _symbols(rng, grid.shape[1]) * np.roll(used, 4 * int(rng.integers(9)))
    blocks = grid.shape[1] // 12
    used = np.zeros(blocks)
    if rng.random() < min(1.0, 0.15 + 1.5 * cell.load):
        while used.mean() < cell.load * rng.uniform(0.6, 1.4) and not used.all():
            run = int(rng.integers(1, max(2, blocks)))
            at = int(rng.integers(blocks))
            used[at : at + run] = 10 ** ((cell.data_db + rng.normal(0, 1)) / 20)
    data = _symbols(rng, (last, grid.shape[1])) * np.repeat(used, 12)
    grid[cell.control : last] = data[cell.control :]


def _references(rng: Rng, cell: Cell, grid: np.ndarray, last: int) -> None:
    """Fills in references: ports 0 and 1 in symbols 0 and 4 of a slot, 2 and 3 in symbol 1."""
    combs = 2 if cell.ports > 1 else 1
    for symbol in (0, 4, 7, 11):
        if symbol < last:
            step = 6 // combs
            grid[symbol, cell.shift % step :: step] = _symbols(
                rng, len(grid[symbol, cell.shift % step :: step])
            )
    if cell.ports == 4:
        for symbol in (1, 8):
            if symbol < last:
                grid[symbol, cell.shift % 3 :: 3] = _symbols(
                    rng, len(grid[symbol, cell.shift % 3 :: 3])
                )


def _synchronisation(rng: Rng, cell: Cell, grid: np.ndarray, number: int) -> None:
    """Fills in PSS and SSS over the middle 62 subcarriers and PBCH over the middle 72."""
    middle = slice(grid.shape[1] // 2 - 36, grid.shape[1] // 2 + 36)
    if cell.tdd is None:
        places = {0: (6, 5), 5: (6, 5)}.get(number, ())
    else:
        places = {0: (13,), 5: (13,), 1: (2,), 6: (2,)}.get(number, ())
        if number == 6 and TDD[cell.tdd][6] == "U":
            places = ()
    for symbol in places:
        grid[symbol, middle] = 0
        grid[symbol, middle][5:-5] = _symbols(rng, 62)
    if number == 0:
        grid[7:11, middle] = _symbols(rng, (4, 72))


def _uplink(rng: Rng, cell: Cell, grid: np.ndarray, first: int) -> np.ndarray:
    """Adds phones: single-carrier runs of blocks, each at its own level."""
    blocks = grid.shape[1] // 12
    for _ in range(rng.poisson(0.3 + 2 * cell.load)):
        run = int(min(blocks, rng.geometric(0.15)))
        at = 12 * int(rng.integers(blocks - run + 1))
        level = 10 ** ((cell.uplink_db + rng.normal(0, 6)) / 20)
        part = scipy.fft.fft(_symbols(rng, (SYMBOLS - first, 12 * run)), axis=1)
        grid[first:, at : at + 12 * run] += level * part / np.sqrt(12 * run)
    return grid

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fills resource grids of LTE after 3GPP TS 36.211 and 36.213, with normal cyclic prefix.

The sequences of the synchronisation signals are the standard's. Reference symbols are random but
fixed for a cell, and repeat every frame. Everything else is random data of users and channels that
are scheduled per millisecond.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import scipy.fft

from ...lte import SPECIAL, TDD
from ...waves.waveform import Rng, choice, log_uniform
from ..parts.ofdm import modulate, qam
from ..parts.packets import seeded_period

SIZES = {6: 128, 15: 384, 25: 512, 50: 1024, 75: 1536, 100: 2048}
"""Transform of each width in resource blocks, at least 1.6 times the width."""
SUBCARRIER_HZ = 15e3
_GROUP = {6: 1, 15: 2, 25: 2, 50: 3, 75: 4, 100: 4}
"""Blocks that are allocated together (36.213, table 7.1.6.1-1)."""


def zadoff_chu(root: int, length: int) -> np.ndarray:
    n = np.arange(length)
    return np.exp(-1j * np.pi * root * n * (n + length % 2) / length).astype(np.complex64)


def _signs(*taps: int) -> np.ndarray:
    """The period of a register of five stages, of which one is 1, as 1 and -1: float64 [31]."""
    return 1.0 - 2.0 * seeded_period(taps, 5, 1)


def secondary(group: int, sector: int, is_second: bool) -> np.ndarray:
    """The secondary synchronisation signal of a cell in subframe 0 or 5 (6.11.2): float64 [62].

    Args:
        group: of cells, 0 to 167.
        sector: number within the group, 0 to 2.
        is_second: whether of subframe 5.
    """
    pairs = [(m, m + step) for step in range(1, 8) for m in range(31 - step)]
    pair = pairs[group]
    first, second = pair[::-1] if is_second else pair
    s, c, z = _signs(3, 5), _signs(2, 5), _signs(1, 3, 4, 5)
    scrambling = np.roll(c, -sector), np.roll(c, -sector - 3)
    out = np.empty(62)
    out[0::2] = np.roll(s, -first) * scrambling[0]
    out[1::2] = np.roll(s, -second) * scrambling[1] * np.roll(z, -(first % 8))
    return out


@dataclass
class Cell:
    """A cell: what is fixed, and the users that it serves now."""

    blocks: int
    tdd: int | None
    special: tuple[int, int]
    ports: int
    shift: int
    load: float
    """Mean share of the blocks in use; 1 is more traffic than the cell can carry."""
    burst_ms: float
    """Mean length of a user's transmission."""
    data_db: float
    """Power of data over that of reference symbols."""
    edge_db: float
    """Power of the uplink; -300 where the receiver is far from all phones."""
    uplink_load: float
    frame: int
    port_gains: np.ndarray
    sector: int
    group: int
    """Of cells; with the sector it is the cell's identity."""
    broadcast: tuple[int, ...]
    """Subframes kept free for broadcast (MBSFN), with control and its references only."""
    references: dict = field(default_factory=dict)
    users: list = field(default_factory=list)

    @classmethod
    def draw(cls, rng: Rng, tdd: int | None, blocks: int) -> Cell:
        idle = rng.random()
        load = 0.0 if idle < 0.12 else 1.0 if idle > 0.9 else log_uniform(rng, 0.02, 1.0)
        ports = choice(rng, (1, 2, 2, 2, 4))
        return cls(
            blocks,
            tdd,
            choice(rng, ((10, 2), (3, 2), (9, 2), (10, 2), *SPECIAL)),
            ports,
            int(rng.integers(6)),
            load,
            log_uniform(rng, 1, 60),
            choice(rng, (0.0, -3.0, -3.0, -4.77, -6.0, -1.77, 1.0, 3.0)) + rng.normal(0, 0.5),
            -300.0 if rng.random() < 0.4 else rng.uniform(-35, 12),
            load * rng.uniform(0.1, 1.0),
            int(rng.integers(1024)),
            10 ** (rng.normal(0, 2, ports) / 20),
            int(rng.integers(3)),
            int(rng.integers(168)),
            choice(rng, ((2, 3, 7, 8), (3, 8))) if rng.random() < 0.08 and tdd is None else (),
        )

    def grid(self) -> np.ndarray:
        return np.zeros((14, 12 * self.blocks), np.complex64)


def downlink(rng: Rng, cell: Cell, count: int) -> np.ndarray:
    """``count`` samples of the cell from a random time in a frame on: complex64."""
    size = SIZES[cell.blocks]
    for _ in range(round(3 * cell.burst_ms)):
        _schedule(rng, cell)
    start = int(rng.integers(150 * size))
    number, skip = divmod(start, 15 * size)
    out, have = [], -skip
    while have < count:
        out.append(_subframe(rng, cell, number, size))
        have += len(out[-1])
        number += 1
    return np.concatenate(out)[skip : skip + count]


def symbols(grid: np.ndarray, size: int, half: bool = False) -> np.ndarray:
    """The samples of whole slots of 7 symbols, the first with a longer prefix."""
    slots = grid.reshape(-1, 7, grid.shape[1])
    long = modulate(slots[:, 0], size, 10 * size // 128, half).reshape(len(slots), -1)
    short = modulate(slots[:, 1:].reshape(-1, grid.shape[1]), size, 9 * size // 128, half)
    return np.concatenate([long, short.reshape(len(slots), -1)], axis=1).ravel()


def _subframe(rng: Rng, cell: Cell, count: int, size: int) -> np.ndarray:
    """The samples of the subframe so many after the cell's first frame."""
    number, even = count % 10, (cell.frame + count // 10) % 2 == 0
    kind = "D" if cell.tdd is None else TDD[cell.tdd][number]
    if kind == "U":
        return symbols(uplink(rng, cell, 0), size, half=True)
    last = 14 if kind == "D" else cell.special[0]
    last = 2 if number in cell.broadcast else last
    grid = cell.grid()
    control = _control(rng, cell, grid, number)
    _data(rng, cell, grid, control, last, number == 5 and even)
    _references(rng, cell, grid, number, last)
    _synchronisation(rng, cell, grid, number)
    wave = symbols(grid, size)
    if kind == "S" and cell.special[1]:
        wave += symbols(uplink(rng, cell, 14 - cell.special[1]), size, half=True)
    return wave


def _control(rng: Rng, cell: Cell, grid: np.ndarray, number: int) -> int:
    """Fills in PCFICH, PHICH and PDCCH in groups of four; returns the number of symbols."""
    busy = min(1.0, 0.1 + 0.9 * cell.load * rng.uniform(0.3, 1.3))
    count = 1 + int(rng.random() < busy) + int(rng.random() < busy**2) + int(cell.blocks < 10)
    if cell.tdd is not None and number in (1, 6):
        count = min(count, 2)
    groups = rng.random((count, grid.shape[1] // 4)) < busy * rng.uniform(0.3, 1)
    groups[0, :: max(1, groups.shape[1] // 8)] = True
    level = 10 ** ((cell.data_db + 2) / 20)
    points = qam(rng, (count, grid.shape[1]), 2)
    grid[:count] = level * points * np.repeat(groups, 4, axis=1)
    return count


def _schedule(rng: Rng, cell: Cell) -> None:
    """Lets a millisecond pass: transmissions end, and new ones begin where there is room."""
    cell.users = [(ms - 1, *user) for ms, *user in cell.users if ms > 1]
    arrivals = (4 if cell.load == 1 else 1) * cell.load / (0.38 * cell.burst_ms)
    for _ in range(rng.poisson(arrivals)):
        if sum(share for _, share, *_ in cell.users) < 1:
            ms = int(rng.geometric(1 / cell.burst_ms))
            level = 10 ** ((cell.data_db + rng.normal(0, 1)) / 20)
            share = choice(rng, (0.05, 0.1, 0.25, 0.5, 1.0))
            cell.users.append((ms, share, rng.random(), level, choice(rng, (2, 4, 8))))


def _data(rng: Rng, cell: Cell, grid: np.ndarray, control: int, last: int, system: bool) -> None:
    """Fills in the blocks of the users of this millisecond, and of system information."""
    if control >= last:  # a short special subframe has no room for data
        return
    _schedule(rng, cell)
    for _, share, at, level, side in cell.users:
        step = _GROUP[cell.blocks]
        count = max(1, round(share * cell.blocks / step)) * step
        first = int(at * max(1, cell.blocks - count) / step) * step
        rows = slice(12 * first, 12 * min(first + count, cell.blocks))
        width = rows.stop - rows.start
        grid[control:last, rows] = level * qam(rng, (last - control, width), side)
    if system or rng.random() < 0.03:
        level = 10 ** (cell.data_db / 20)
        for block in rng.choice(cell.blocks, min(4, cell.blocks), replace=False):
            rows = slice(12 * block, 12 * block + 12)
            grid[control:last, rows] = level * qam(rng, (last - control, 12), 2)


def _references(rng: Rng, cell: Cell, grid: np.ndarray, number: int, last: int) -> None:
    """Fills in references: ports 0 and 1 in symbols 0 and 4 of a slot, 2 and 3 in symbol 1."""
    for port in range(cell.ports):
        for symbol in (0, 4, 7, 11) if port < 2 else (1, 8):
            if symbol >= last:
                continue
            # Ports swap their places in every other of their symbols; the standard's v.
            turn = symbol in (4, 11) if port < 2 else symbol == 8
            first = (cell.shift + 3 * ((port % 2) ^ turn)) % 6
            key = (number, symbol, port)
            if key not in cell.references:
                cell.references[key] = qam(rng, (2 * cell.blocks,), 2) * cell.port_gains[port]
            grid[symbol, first::6] = cell.references[key]


def _synchronisation(rng: Rng, cell: Cell, grid: np.ndarray, number: int) -> None:
    """Fills in PSS and SSS over the middle 62 subcarriers and PBCH over the middle 72."""
    middle = slice(grid.shape[1] // 2 - 36, grid.shape[1] // 2 + 36)
    fdd = cell.tdd is None
    if number in (0, 5):
        place = 5 if fdd else 13
        grid[place, middle] = 0
        grid[place, middle][5:-5] = secondary(cell.group, cell.sector, number == 5)
    if number in ((0, 5) if fdd else (1, 6)):
        place = 6 if fdd else 2
        sequence = zadoff_chu((25, 29, 34)[cell.sector], 63)
        grid[place, middle] = 0
        grid[place, middle][5:-5] = np.delete(sequence, 31)
    if number == 0:
        free = np.arange(72) % 3 != cell.shift % 3
        for symbol in range(7, 11):
            grid[symbol, middle] = qam(rng, (72,), 2) * (free | (symbol > 8))
        _references(rng, cell, grid, number, 11)


def uplink(rng: Rng, cell: Cell, first: int) -> np.ndarray:
    """A grid with phones from symbol ``first`` on, each at its level: shared and control channel.

    Data are spread by a transform over a phone's subcarriers; reference symbols have a flat
    spectrum.
    """
    grid = cell.grid()
    if cell.edge_db < -100:
        return grid
    for _ in range(rng.poisson(2 * cell.uplink_load)):
        count = min(cell.blocks, int(rng.geometric(4 / cell.blocks)))
        at = int(rng.integers(cell.blocks - count + 1))
        level = 10 ** ((cell.edge_db + rng.normal(0, 5)) / 20)
        spread_phone(rng, grid, first, at, count, level)
    if rng.random() < 0.2 + 0.6 * cell.uplink_load and first == 0:
        edge = int(rng.integers(max(1, cell.blocks // 12)))
        level = 10 ** ((cell.edge_db + rng.normal(-3, 4)) / 20)
        for slot, block in ((0, edge), (7, cell.blocks - 1 - edge)):
            rows = slice(12 * block, 12 * block + 12)
            grid[slot : slot + 7, rows] = level * zadoff_chu(5, 12) * qam(rng, (7, 1), 2)
    return grid


def spread_phone(rng: Rng, grid: np.ndarray, first: int, at: int, count: int, level: float) -> None:
    """Adds a phone's transmission on ``count`` blocks from block ``at`` on."""
    width = 12 * count
    data = scipy.fft.fft(qam(rng, (14, width), choice(rng, (2, 2, 4, 8))), axis=1)
    data /= np.sqrt(np.float32(width))
    data[[3, 10]] = zadoff_chu(int(rng.integers(1, width)), width)
    grid[first:, 12 * at : 12 * (at + count)] += np.float32(level) * data[first:]

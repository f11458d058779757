# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes digital broadcasting: DAB, DVB-T and T2, ISDB-T and ATSC."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from gnuradio.rfattn.signals.waveform import carrier

from ...waves.keying import Signal
from ...waves.waveform import Rng, bits, choice
from ..parts.ofdm import clip_crest, limit_band, modulate, qam
from ..parts.shaping import continuous, cosine, shape

_CONTINUAL_TEXT = """
0 48 54 87 141 156 192 201 255 279 282 333 432 450 483 525 531 618 636 714 759 765 780 804
873 888 918 939 942 969 984 1050 1101 1107 1110 1137 1140 1146 1206 1269 1323 1377 1491
1683 1704
"""
_CONTINUAL = np.array(_CONTINUAL_TEXT.split(), int)
"""Carriers of the continual pilots of the 2k mode; 8k repeats them every 1704 (EN 300 744)."""
_SIGNALLING = np.array(
    [34, 50, 209, 346, 413, 569, 595, 688, 790, 901, 1073, 1219, 1262, 1286, 1469, 1594, 1687]
)
"""Carriers of the transmission parameters of the 2k mode."""
_LOWEST, _CHANNEL = {8: 16e6, 7: 14e6, 6: 12e6}, 3584
"""Rate for a channel of so many MHz, and the useful part of a 2k symbol at that rate."""


def dab(rng: Rng, seconds: float) -> Signal:
    """A DAB ensemble in mode I (EN 300 401): frames of a null symbol and 76 symbols of 1.246 ms.

    Differential QPSK on 1536 carriers. Every other null symbol identifies the transmitters, one or
    several in a network of one frequency.
    """
    rate, size, guard, null = 3.072e6, 3072, 756, 3984
    n = round(seconds * rate)
    frame = null + 76 * (size + guard)
    start = int(rng.integers(2 * frame))
    reference = np.random.default_rng(1).integers(0, 4, 1536)
    stations = _stations(rng) if rng.random() < 0.9 else []
    parts = []
    for number in range((start + n) // frame + 1):
        parts.append(_null(stations if number % 2 else [], null, size))
        turns = np.vstack([2 * reference, 2 * rng.integers(0, 4, (75, 1536)) + 1])
        phases = np.exp(0.25j * np.pi * (np.cumsum(turns, axis=0) % 8)).astype(np.complex64)
        parts.append(modulate(phases, size, guard))
    wave = np.concatenate(parts)[start : start + n]
    return continuous(limit_band(clip_crest(rng, wave), rate, 1.537e6, 0.1e6), seconds, rate)


def _stations(rng: Rng) -> list[np.ndarray]:
    """The carriers of each transmitter's identification: pairs, 4 in 8 places of 4 groups."""
    out = []
    for _ in range(int(rng.integers(1, 5))):
        comb, places = int(rng.integers(24)), np.sort(rng.permutation(8)[:4])
        first = (384 * np.arange(4)[:, None] + 48 * places + 2 * comb).ravel()
        out.append(np.sort(np.concatenate([first, first + 1])))
    return out


def _null(stations: list[np.ndarray], count: int, size: int) -> np.ndarray:
    grid = np.zeros((1, 1536), np.complex64)
    for order, carriers in enumerate(stations):
        grid[0, carriers] += 0.5**order * 1j ** (carriers // 2 % 4)
    return modulate(grid, size, count - size)


def dvbt(rng: Rng, seconds: float) -> Signal:
    """A multiplex of DVB-T (EN 300 744), 6 to 8 MHz."""
    return _television(rng, seconds, _first, 7.61)


def dvbt2(rng: Rng, seconds: float) -> Signal:
    """A multiplex of DVB-T2 (EN 302 755), 6 to 8 MHz."""
    return _television(rng, seconds, _second, 7.77)


def _television(rng: Rng, seconds: float, make: Callable, of_8_mhz: float) -> Signal:
    mhz = int(choice(rng, (8, 8, 8, 7, 6)))
    rate, width = _LOWEST[mhz], mhz * 1e6 * of_8_mhz / 8
    wave = make(rng, round(seconds * rate))
    wave = limit_band(clip_crest(rng, wave), rate, width, 0.03 * width)
    return continuous(wave, seconds, rate)


def _first(rng: Rng, count: int) -> np.ndarray:
    """DVB-T: scattered pilots every 12 carriers, moved by 3 a symbol, 2.5 dB over the data; their
    signs are those of a register (4.5.2)."""
    scale = choice(rng, (1, 4, 4))
    size, last = scale * _CHANNEL, 1704 * scale
    guard = size // choice(rng, (4, 4, 8, 16, 32))
    side = int(choice(rng, (2, 4, 8, 8)))
    offsets = 1704 * np.arange(scale)[:, None]
    continual = np.unique((_CONTINUAL + offsets).ravel())
    signalling = (_SIGNALLING + offsets).ravel()
    reference = _register(last + 1)
    sign = 2.0 * bits(rng, 272) - 1

    def fill(grid: np.ndarray, first: int) -> None:
        for row, symbol in zip(grid, range(first, first + len(grid)), strict=True):
            row[signalling] = reference[signalling] * sign[symbol % 272]
            scattered = slice(3 * (symbol % 4), None, 12)
            row[scattered] = 4 / 3 * reference[scattered]
            row[continual] = 4 / 3 * reference[continual]

    return _symbols(rng, count, last + 1, size, guard, side, fill)


def _register(count: int) -> np.ndarray:
    """Signs by 1 + x^2 + x^11, beginning with ones: complex64 [count]."""
    drawn = [1] * 11
    while len(drawn) < count:
        drawn.append(drawn[-11] ^ drawn[-9])
    return (1 - 2 * np.array(drawn[:count])).astype(np.complex64)


def _second(rng: Rng, count: int) -> np.ndarray:
    """DVB-T2: 8k to 32k, extended carriers, scattered pilots of several patterns, and P1."""
    scale = choice(rng, (4, 8, 16, 16))
    size, last = scale * _CHANNEL, {4: 6912, 8: 13920, 16: 27840}[scale]
    guard = size * choice(rng, (2, 8, 16, 19, 32)) // 256
    apart, cycle, boost = choice(
        rng, ((12, 2, 7 / 4), (24, 2, 7 / 3), (6, 4, 7 / 4), (24, 4, 7 / 3))
    )
    reference = _register(last + 1)
    side = int(choice(rng, (16, 16, 8, 4)))
    frame = int(0.2 * 64e6 / 7 / 2048 / scale * rng.uniform(0.5, 1.2)) + 4

    def fill(grid: np.ndarray, first: int) -> None:
        for row, symbol in zip(grid, range(first, first + len(grid)), strict=True):
            scattered = slice(apart * (symbol % cycle), None, apart * cycle)
            row[scattered] = boost * reference[scattered]
            row[[0, -1]] = boost

    data = _symbols(rng, count, last + 1, size, guard, side, fill)
    begin = _preamble(rng)
    period = frame * (size + guard)
    for at in range(int(rng.integers(period)), count, period):
        data[at : at + len(begin)] = begin[: max(0, len(data) - at)]
    return data


def _preamble(rng: Rng) -> np.ndarray:
    """P1: 384 of 853 carriers of 1k, 224 µs with its two shifted parts."""
    grid = np.zeros((1, 853), np.complex64)
    used = np.sort(np.random.default_rng(2).permutation(853)[:384])
    grid[0, used] = 2.0 * bits(rng, 384) - 1
    main = modulate(grid, _CHANNEL // 2, 0) * np.float32(np.sqrt(6817 / 4 / 384))
    shift = carrier(1 / 1792, len(main))
    first = round(542 / 1024 * len(main))
    return np.concatenate([(main * shift)[:first], main, (main * shift)[first:]])


def _symbols(
    rng: Rng,
    count: int,
    carriers: int,
    size: int,
    guard: int,
    side: int,
    fill: Callable[[np.ndarray, int], None],
) -> np.ndarray:
    """``count`` samples of symbols full of data, into which ``fill`` puts pilots."""
    parts, skip = [], int(rng.integers(size + guard))
    symbol, have = int(rng.integers(272)), -skip
    while have < count:
        rows = min(16, (count - have) // (size + guard) + 1)
        grid = qam(rng, (rows, carriers), side)
        fill(grid, symbol)
        parts.append(modulate(grid, size, guard))
        symbol, have = symbol + rows, have + len(parts[-1])
    return np.concatenate(parts)[skip : skip + count]


def isdbt(rng: Rng, seconds: float) -> Signal:
    """A multiplex of ISDB-T (ARIB STD-B31), 13 segments in mode 3, layers of 64-QAM and QPSK."""
    rate, size, carriers = 10e6, 10080, 5617
    guard = size // choice(rng, (4, 8, 8, 16))
    reference = (2.0 * bits(rng, carriers) - 1).astype(np.complex64)
    middle = slice(6 * 432, 7 * 432)
    auxiliary = np.sort(rng.permutation(carriers)[: 13 * 12])

    def fill(grid: np.ndarray, first: int) -> None:
        grid[:, middle] = qam(rng, (len(grid), 432), 2)
        for row, symbol in zip(grid, range(first, first + len(grid)), strict=True):
            row[auxiliary] = 4 / 3 * reference[auxiliary] * (1 - 2 * bits(rng, 1))
            scattered = slice(3 * (symbol % 4), None, 12)
            row[scattered] = 4 / 3 * reference[scattered]

    wave = _symbols(rng, round(seconds * rate), carriers, size, guard, 8, fill)
    return continuous(limit_band(clip_crest(rng, wave), rate, 5.575e6, 0.2e6), seconds, rate)


def atsc(rng: Rng, seconds: float) -> Signal:
    """ATSC: 8-VSB of 10.762 MBd with a pilot, syncs of 4 symbols in segments of 832 (A/53)."""
    baud, rate = 10.762238e6, 12e6
    count = int(seconds * baud) + 2000
    symbols = (2.0 * rng.integers(0, 8, count) - 7).astype(np.float32)
    place = (np.arange(count) + int(rng.integers(832 * 313))) % (832 * 313)
    segment = place % 832
    for index, level in enumerate((5, -5, -5, 5)):
        symbols[segment == index] = level
    field = (place // 832 == 0) & (segment >= 4)
    symbols[field] = 5.0 * (2 * bits(rng, int(field.sum())) - 1)
    # Both sidebands' filter of half the rate, moved to the upper sideband, then to the middle.
    both = cosine(0.1152)
    wave = shape(symbols + 1.25, baud, rate, lambda t: both(t / 2) * np.exp(0.5j * np.pi * t), 16)
    return continuous(wave * carrier(-baud / 4 / rate, len(wave)), seconds, rate)


SERVICES = {"dab": dab, "dvbt": dvbt}
OTHERS = {"dvbt2": dvbt2, "isdbt": isdbt, "atsc": atsc}

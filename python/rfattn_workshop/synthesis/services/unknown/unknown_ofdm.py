# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes multicarrier signals of no known service."""

from __future__ import annotations

import numpy as np
import scipy.fft

from ...waves.keying import Signal
from ...waves.waveform import Rng, choice, log_uniform
from ..parts.shaping import saturate
from .unknown_air import avoid, draw_rate, draw_width, on_air
from .unknown_content import draw_constellation, draw_numbers

OFDM_AVOIDED = ((900, 1200), (4.2e3, 4.8e3), (14e3, 16e3), (290e3, 330e3))
"""Hz between carriers: DAB, DVB-T, LTE, Wi-Fi."""


def random_ofdm(rng: Rng, seconds: float) -> Signal:
    """Multicarrier of 3 to 4000 carriers, guards up to 1/2, with any pilots and preambles.

    Some spread each symbol over the carriers first, as telephones do for a steady envelope.
    """
    width = draw_width(rng, seconds, 200.0)
    # A scene has at least 20 symbols.
    most = np.clip(width * seconds / 20, 4, 4000)
    spacing = avoid(lambda: width / int(log_uniform(rng, 3, most)), OFDM_AVOIDED)
    carriers = round(width / spacing)
    rate = draw_rate(rng, width)
    grid = Grid(rng, carriers, max(carriers + 2, round(rate / spacing)))
    limit_db = rng.uniform(0, 9) if rng.random() < 0.3 else None

    def make(count: int) -> np.ndarray:
        wave = grid.make(count // grid.length + 2)[:count]
        return wave if limit_db is None else saturate(wave, limit_db)

    return on_air(rng, seconds, rate, make, 6 * grid.length / rate)


class Grid:
    """A multicarrier transmitter: which carriers are on, and what is sent on them."""

    def __init__(self, rng: Rng, carriers: int, size: int):
        """Draws the transmitter.

        Args:
            carriers: number of carriers.
            size: samples of a symbol without its guard.
        """
        self.rng, self.carriers, self.size = rng, carriers, size
        self.guard = round(size * self._draw_guard())
        self.length = size + self.guard
        self.points = draw_constellation(rng)
        self.numbers = draw_numbers(rng, len(self.points)) if rng.random() < 0.2 else None
        self.has_middle, self.is_spread = rng.random() < 0.4, rng.random() < 0.2
        self.half = rng.random() < 0.15
        self.differs = rng.random() < 0.15
        self.edge = int(self.guard * rng.uniform(0, 0.8)) if rng.random() < 0.5 else 0
        self.gains = 10 ** (-rng.uniform(0, 1, carriers) * choice(rng, (0, 0, 0, 3, 10)) / 20)
        if carriers > 12 and rng.random() < 0.15:
            hole = int(carriers * rng.uniform(0.1, 0.4))
            first = int(rng.integers(carriers // 4, carriers - hole))
            self.gains[first : first + hole] = 0
        self._draw_pilots()
        self._draw_frame()

    def _draw_guard(self) -> float:
        if self.rng.random() < 0.15:
            return 0.0
        return min(0.5, log_uniform(self.rng, 1 / 64, 0.6))

    def _draw_pilots(self) -> None:
        """Pilots on the same carriers always, on others in each symbol, or in some symbols."""
        rng, carriers = self.rng, self.carriers
        kind = str(choice(rng, ("none", "continuous", "continuous", "scattered", "comb", "few")))
        step = int(rng.integers(2, 25))
        first = int(rng.integers(step))
        self.pilot_rows, self.pilot_shift = 1, 0
        places = np.arange(first, carriers, step)
        if kind == "none":
            places = places[:0]
        elif kind == "few":
            places = rng.permutation(carriers)[: int(rng.integers(1, 9))]
        elif kind == "scattered":
            self.pilot_shift = int(rng.integers(1, step))
        elif kind == "comb":
            self.pilot_rows = int(rng.integers(2, 15))
        self.pilots, self.step = places, step
        level = float(choice(rng, (0.7, 1.0, 1.0, 4 / 3, 2.0)))
        order = int(choice(rng, (1, 2, 2, 4)))
        self.pilot_values = level * np.exp(2j * np.pi * rng.integers(0, order, carriers) / order)

    def _draw_frame(self) -> None:
        """A frame of some symbols begins with silence, a preamble, or one whose halves repeat."""
        rng = self.rng
        self.frame = int(log_uniform(rng, 4, 300)) if rng.random() < 0.6 else 0
        self.nulls = int(rng.integers(1, 3)) if rng.random() < 0.3 else 0
        self.parts = int(choice(rng, (1, 2, 2, 4))) if rng.random() < 0.6 else 0
        self.preambles = int(rng.integers(1, 5 if self.frame > 12 else 2))
        row = np.exp(2j * np.pi * rng.random(self.carriers))
        if rng.random() < 0.5:
            row = np.sign(rng.standard_normal(self.carriers)).astype(complex)
        self.preamble = row

    def make(self, symbols: int) -> np.ndarray:
        """Makes so many symbols, one after the other."""
        data = self._fill(symbols)
        offset = np.arange(self.carriers) - self.carriers // 2
        if not self.has_middle:
            offset = offset + (offset >= 0)
        grid = np.zeros((symbols, self.size), np.complex64)
        grid[:, offset % self.size] = data * self.gains
        wave = scipy.fft.ifft(grid, axis=1, overwrite_x=True)
        if self.half:
            wave *= np.exp(1j * np.pi * np.arange(self.size) / self.size).astype(np.complex64)
        return self._join(wave)

    def _fill(self, symbols: int) -> np.ndarray:
        rng, shape = self.rng, (symbols, self.carriers)
        if self.numbers:
            data = self.points[self.numbers(symbols * self.carriers)].reshape(shape)
        else:
            data = self.points[rng.integers(0, len(self.points), shape)]
        data = data.astype(np.complex64)
        if self.differs:
            data = np.exp(1j * np.cumsum(np.angle(data), axis=0))
        if self.is_spread:
            data = scipy.fft.fft(data, axis=1) / np.sqrt(self.carriers)
        elif len(self.pilots):
            for row in range(0, symbols, self.pilot_rows):
                shift = (row * self.pilot_shift) % self.step
                places = self.pilots + shift
                places = places[places < self.carriers]
                data[row, places] = self.pilot_values[places]
        self._mark_frames(data)
        return data

    def _mark_frames(self, data: np.ndarray) -> None:
        for first in range(0, len(data), self.frame or len(data)):
            data[first : first + self.nulls] = 0
            at = first + self.nulls
            if self.parts:
                row = np.zeros(self.carriers, complex)
                row[:: self.parts] = np.sqrt(self.parts) * self.preamble[:: self.parts]
                data[at : at + self.preambles] = row

    def _join(self, wave: np.ndarray) -> np.ndarray:
        """Puts guards before the symbols, with soft edges where there are any."""
        if not self.guard:
            return wave.ravel()
        out = np.concatenate([wave[:, self.size - self.guard :], wave], axis=1)
        if self.edge > 1:
            rise = np.sin(np.pi / 2 * (np.arange(self.edge) + 0.5) / self.edge).astype(np.float32)
            tail = np.roll(wave[:, : self.edge] * rise[::-1] ** 2, 1, axis=0)
            out[:, : self.edge] = out[:, : self.edge] * rise**2 + tail
        return out.ravel()


OTHERS = {"random_ofdm": random_ofdm}

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes pictures for services that send some: clouds, charts, photographs, test cards."""

from __future__ import annotations

import numpy as np
import scipy.ndimage

from ...waves.waveform import Rng, choice, log_uniform


def scene(rng: Rng, rows: int, columns: int) -> np.ndarray:
    """A picture with areas, edges and texture, as clouds or a landscape: float64, 0 to 1."""
    out = np.zeros((rows, columns))
    slope = rng.uniform(0.5, 1.1)
    for octave in range(1, 8):
        cells = (max(2, rows * 2**octave // max(rows, columns) + 2), 2**octave + 2)
        noise = rng.standard_normal(cells) * 2.0 ** (-slope * octave)
        zoom = np.array([rows, columns]) / (np.array(cells) - 1)
        at = np.meshgrid(np.arange(rows) / zoom[0], np.arange(columns) / zoom[1], indexing="ij")
        out += scipy.ndimage.map_coordinates(noise, at, order=1)
    out = (out - out.mean()) / (out.std() + 1e-9)
    if rng.random() < 0.7:
        # Clouds over dark water: a bright part with sharp edges.
        out = np.where(out > rng.uniform(-0.5, 0.8), out, 0.3 * out - 1)
    out = 0.5 + out * rng.uniform(0.1, 0.35) + rng.uniform(-0.2, 0.2)
    return np.clip(out + 0.01 * rng.standard_normal(out.shape), 0, 1)


def chart(rng: Rng, rows: int, columns: int) -> np.ndarray:
    """A weather chart: black lines, letters and curves on white: float64, 0 or 1."""
    field = scene(rng, rows, columns)
    levels = scipy.ndimage.gaussian_filter(field, 6) * rng.uniform(10, 40)
    lines = np.abs(np.diff(np.floor(levels), axis=1, prepend=0)) > 0
    out = np.where(lines, 0.0, 1.0)
    out[:, :: max(20, columns // int(rng.integers(4, 12)))] = 0.0
    out[:: max(20, rows // int(rng.integers(2, 12)))] = 0.0
    for _ in range(rows * columns // 40000):
        y, x = int(rng.integers(0, max(rows - 10, 1))), int(rng.integers(0, columns - 60))
        letters = rng.random((9, 60)) < 0.4
        out[y : y + 9, x : x + 60] = np.where(letters[: rows - y], 0.0, 1.0)
    return out


def card(rng: Rng, rows: int, columns: int) -> np.ndarray:
    """A test card or a title: bars of colour and areas with a border: float64, 0 to 1."""
    bars = rng.random(int(choice(rng, (4, 8, 8, 16))))
    row = bars[np.arange(columns) * len(bars) // columns]
    out = np.tile(row, (rows, 1))
    if rng.random() < 0.5:
        out[rows // 2 :] = np.linspace(0, 1, columns)
    for _ in range(int(rng.integers(0, 5))):
        y, x = int(rng.integers(0, rows)), int(rng.integers(0, columns))
        height, width = log_uniform(rng, 0.1, 0.5) * rows, log_uniform(rng, 0.1, 0.5) * columns
        out[y : y + int(height) + 1, x : x + int(width)] = rng.random()
    return out


def photograph(rng: Rng, rows: int, columns: int) -> np.ndarray:
    """A photograph or a test card with a title bar: float64, 0 to 1."""
    out = card(rng, rows, columns) if rng.random() < 0.3 else scene(rng, rows, columns)
    bar = min(16, rows)
    if rng.random() < 0.5:
        out[:bar] = np.where(rng.random((bar, columns)) < 0.3, 1.0, 0.1)
    return out

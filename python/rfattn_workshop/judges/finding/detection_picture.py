# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws true and found boxes on the spectrogram of a scene or a recording."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from gnuradio.rfattn_station.learning.boxes import Box

_ROWS, _COLUMNS = 1200, 2048
"""Most pixels of the spectrogram: time, frequency."""


def draw(
    path: Path,
    samples: np.ndarray,
    sample_rate: float,
    truth: Sequence[Box],
    found: Sequence[Box],
    title: str = "",
    labels: Sequence[str] = (),
) -> None:
    """Writes a PNG: time upwards, frequency to the right, truth in green, found boxes in red.

    Args:
        labels: a text for each true box.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    power = _spectrogram(samples)
    figure = Figure(figsize=(16, 9.5), layout="constrained")
    axes = figure.add_subplot()
    span = (-sample_rate / 2e3, sample_rate / 2e3, 0, len(samples) / sample_rate)
    low, high = np.quantile(power, (0.2, 0.9995))
    axes.imshow(power, origin="lower", aspect="auto", extent=span, cmap="gray", vmin=low, vmax=high)
    for boxes, colour in ((truth, "lime"), (found, "red")):
        _draw_boxes(axes, boxes, sample_rate, colour)
    for box, text in zip(truth, labels, strict=False):
        place = (box.freq_upper / 1e3, box.sample_start / sample_rate)
        axes.text(*place, text, color="cyan", fontsize=7)
    axes.set(xlabel="kHz from the centre", ylabel="s", title=title, xlim=span[:2], ylim=span[2:])
    FigureCanvasAgg(figure).print_png(str(path))


def _draw_boxes(axes, boxes: Sequence[Box], sample_rate: float, colour: str) -> None:
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    patches = [
        Rectangle(
            (b.freq_lower / 1e3, b.sample_start / sample_rate),
            (b.freq_upper - b.freq_lower) / 1e3,
            b.sample_count / sample_rate,
        )
        for b in boxes
    ]
    axes.add_collection(PatchCollection(patches, facecolor="none", edgecolor=colour, linewidth=0.7))


def _spectrogram(samples: np.ndarray) -> np.ndarray:
    """Power in dB, at most [`_ROWS`, `_COLUMNS`]; rows are means over their time."""
    window = np.hanning(_COLUMNS).astype(np.float32)
    frames = max(1, len(samples) // _COLUMNS)
    step = max(1, frames // _ROWS)
    rows = []
    for first in range(0, frames - step + 1, step):
        part = samples[first * _COLUMNS : (first + step) * _COLUMNS].reshape(step, _COLUMNS)
        power = np.abs(np.fft.fft(part * window, axis=1)) ** 2
        rows.append(np.fft.fftshift(power.mean(axis=0)))
    return 10 * np.log10(np.array(rows) + 1e-20)

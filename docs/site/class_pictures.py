# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws a made-up signal of each class of emissions: its band over time, and a part enlarged."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from gnuradio.rfattn.catalogue.class_row import EmissionClass
from gnuradio.rfattn_workshop.synthesis.scene import render
from gnuradio.rfattn_workshop.synthesis.scene_noise import Receiver
from gnuradio.rfattn_workshop.synthesis.scene_signal import (
    LEAST_WIDTH_HZ,
    SERVICE,
    prepared_signal,
)
from gnuradio.rfattn_workshop.synthesis.scene_truth import Burst, Emission, Scene, bursts_of
from matplotlib.figure import Figure
from scipy.fft import next_fast_len

SNR_DB = 35.0
RATE_STEP = 25
"""A scene's sample rate is a multiple of this, in Hz."""
ENLARGED = 96
"""The enlarged part is so many times as long as the inverse of the width."""
ROWS, FRAMES, BINS = 240, 8, 256
"""Of a spectrogram; a row has the highest levels of so many spectra."""
SIZE_INCHES, DPI = (6.4, 3.2), 100


@dataclass(frozen=True)
class _Part:
    """What a panel shows of samples."""

    samples: np.ndarray
    rate: float
    start_s: float
    end_s: float
    window_s: float

    def levels(self) -> np.ndarray:
        """In dB, [rows, bins], the oldest row first."""
        length = max(8, round(self.window_s * self.rate))
        middles = np.linspace(self.start_s, self.end_s, ROWS * FRAMES) * self.rate
        first = np.round(middles + length / 2).astype(int)
        frames = np.pad(self.samples, length)[first[:, None] + np.arange(length)]
        bins = max(BINS, 2 ** math.ceil(math.log2(length)))
        spectra = np.fft.fftshift(np.fft.fft(frames * np.hanning(length), bins), axes=1)
        rows = (np.abs(spectra) ** 2).reshape(ROWS, FRAMES, bins).max(axis=1)
        return 10 * np.log10(rows + 1e-12)


def draw_class(row: EmissionClass, path: Path) -> None:
    """Writes the picture of a class."""
    emission, bursts = _first_emission(row)
    low, high = _edges(emission, bursts, row.shows_in_s)
    width, seconds = high - low, row.shows_in_s
    steps = math.ceil(max(2.5 * width, 1.5 * row.usual_width_hz) / RATE_STEP)
    rate = RATE_STEP * next_fast_len(steps)
    centred = replace(emission, centre_hz=-(low + high) / 2)
    samples, _ = render(Scene(seconds, emission.seed, (centred,), Receiver()), rate)
    longest = max(bursts, key=lambda burst: burst.duration_s)
    length = min(ENLARGED / width, longest.duration_s)
    start = longest.start_s + (longest.duration_s - length) / 2
    figure = Figure(figsize=SIZE_INCHES, layout="constrained")
    whole, part = figure.subplots(1, 2)
    _draw(whole, _Part(samples, rate, 0.0, seconds, math.sqrt(seconds / rate)))
    _draw(part, _Part(samples, rate, start, start + length, 2 / width))
    for edge in (start, start + length):
        whole.axhline(edge * _time_unit(seconds)[0], color="white", linewidth=0.7)
    part.set_title("between the white lines", fontsize="medium")
    figure.savefig(path, dpi=DPI, pil_kwargs={"quality": 80})


def _first_emission(row: EmissionClass) -> tuple[Emission, list[Burst]]:
    """That of the first seed with a burst in the time that is shown, and its bursts."""
    for seed in itertools.count(1):
        emission = Emission(SERVICE + row.name, seed, 0.0, SNR_DB)
        bursts = bursts_of(emission, 0, row.shows_in_s)
        if bursts:
            return emission, bursts


def _edges(emission: Emission, bursts: list[Burst], seconds: float) -> tuple[float, float]:
    """Of the band of all bursts, in Hz; a true box is never narrower than `LEAST_WIDTH_HZ`."""
    prepared = prepared_signal(emission.kind, emission.seed, seconds, None)
    if prepared.high_hz - prepared.low_hz < LEAST_WIDTH_HZ:
        return prepared.low_hz, prepared.high_hz
    return min(b.freq_lower for b in bursts), max(b.freq_upper for b in bursts)


def _draw(axes, part: _Part) -> None:
    levels, half, seconds = part.levels(), part.rate / 2, part.end_s - part.start_s
    scale, unit = _frequency_unit(half)
    times, time_unit = _time_unit(seconds)
    axes.imshow(
        levels,
        aspect="auto",
        extent=(-half * scale, half * scale, seconds * times, 0),
        cmap="inferno",
        vmin=np.quantile(levels, 0.1),
        vmax=levels.max(),
    )
    axes.set(xlabel=unit, ylabel=time_unit)


def _frequency_unit(hertz: float) -> tuple[float, str]:
    units = ((1e6, "MHz"), (1e3, "kHz"), (1.0, "Hz"))
    least, unit = next(pair for pair in units if hertz >= pair[0])
    return 1 / least, unit


def _time_unit(seconds: float) -> tuple[float, str]:
    units = ((0.5, 1.0, "s"), (0.5e-3, 1e3, "ms"), (0.0, 1e6, "\N{MICRO SIGN}s"))
    return next((factor, unit) for least, factor, unit in units if seconds > least)

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modulates a carrier with the audio that a detector makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from .waveform import apply_response, band, resample


@dataclass(frozen=True)
class FM:
    """A discriminator, and the modulation that it received.

    The scale follows from ``measure``: "four levels" takes the outer symbols of four equally
    frequent levels (3 / sqrt(5) of the standard deviation); "two levels" the 75 % quantile of the
    distance from the centre, which noise and overshoot move least; "peak" its 99.5 % quantile.
    """

    deviation_hz: float
    """What the measured value becomes."""
    top_hz: float
    """Highest frequency of the modulation; a discriminator's noise above it is left out."""
    measure: Literal["four levels", "two levels", "peak"]


@dataclass(frozen=True)
class AM:
    """An envelope detector.

    The tone or subcarrier between ``low_hz`` and ``high_hz`` gets a modulation depth of ``depth``.
    """

    depth: float
    low_hz: float
    high_hz: float
    top_hz: float


def measure(detector: FM, audio: np.ndarray) -> tuple[float, float]:
    """The audio of an unmodulated carrier, and that of ``deviation_hz`` above it."""
    if detector.measure == "four levels":
        return float(audio.mean()), 3 / np.sqrt(5) * float(audio.std())
    if detector.measure == "two levels":
        centre = float(np.quantile(audio, [0.1, 0.9]).mean())
        return centre, float(np.quantile(np.abs(audio - centre), 0.75))
    return measure_peak(audio)


def measure_peak(audio: np.ndarray) -> tuple[float, float]:
    """The mean of audio, and how far from it 99.5 % of it stay."""
    centre = float(audio.mean())
    return centre, float(np.quantile(np.abs(audio - centre), 0.995))


def limit(audio: np.ndarray, rate: float, top_hz: float) -> np.ndarray:
    """The audio below a frequency, if it reaches there."""
    top = top_hz / rate
    return apply_response(audio, band(-top, top, 0.1 * top)) if top < 0.45 else audio


def finer(detector: FM | AM, rate: float) -> int:
    """How many times the rate of its audio a modulated carrier needs: four times its width."""
    return int(np.ceil(4 * _width(detector, rate) / rate))


def _width(detector: FM | AM, rate: float) -> float:
    deviation = detector.deviation_hz if isinstance(detector, FM) else 0.0
    return 2 * (deviation + min(detector.top_hz, rate / 2))


def frequency_of(
    detector: FM, audio: np.ndarray, rate: float, scale: tuple[float, float]
) -> np.ndarray:
    """The frequency of a carrier that is modulated with audio: Hz, float64 [n * `finer`].

    Args:
        audio: float [n], as `limit` returns it.
        rate: of the audio, Hz.
        scale: of the audio, as `measure` returns it.
    """
    centre, deviated = scale
    audio = resample(audio, finer(detector, rate)).real.astype(np.float64)
    frequency = (audio - centre) * (detector.deviation_hz / deviated)
    # Noise between transmissions would exceed the band.
    width = _width(detector, rate)
    return np.clip(frequency, -width, width)


def amplitude_of(modulation: np.ndarray) -> np.ndarray:
    """The amplitude of a carrier that is modulated so deeply; below -1 it is off."""
    return np.maximum(1 + modulation, 0)

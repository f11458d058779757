# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a receiver delivers of signals. It shares no code with the receivers of training.

The chain: a crystal that is off and drifts, the phase noise of the oscillator, white noise, a
filter with ripple, unequal I and Q, a spike at 0 Hz, and a converter of 8 or 12 bits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.fft
import scipy.signal
from gnuradio.rfattn_station.learning.boxes import Box

from ...synthesis.scene_signal import LEAST_WIDTH_HZ
from .labels_foreign_modulators import band_edges
from .labels_foreign_sender import Made, Rng

RATES = (
    *(9600, 20250, 44.1e3, 62.5e3, 78125, 192e3, 256e3, 384e3, 600e3, 768e3, 912e3),
    *(1.4e6, 2.048e6, 2.56e6, 3e6, 4e6, 6e6, 7.5e6, 9e6, 12.5e6, 16e6, 25e6, 40e6),
)
"""Of receivers that people have, in Hz, as far as no band of training has them."""
_WIDEST = 0.62
"""Width of a signal over the rate of its receiver, at most."""
_NARROWEST = 1 / 150
_MOST_SAMPLES = 3e6
_PLACE = 0.42
"""Edges of the band in which signals lie, over the rate."""
_PASS = 0.44, 0.497
"""Where filters end, over the rate."""
_LEAST_BURST_S = 2e-5
_PAUSE_S = 2e-3
"""Shorter pauses belong to a burst."""


@dataclass(frozen=True)
class Chain:
    """What a receiver does to all that it receives: a filter with ripple, mixers that differ, a
    spike at 0 Hz, and a converter. Levels are over noise of power 1."""

    sections: np.ndarray
    """Of the filter, second order each."""
    image: complex
    spike: complex
    bits: int
    noise_steps: float
    """Of the converter, that the noise takes."""
    lines: tuple[tuple[float, complex], ...] = ()
    """Spurious lines: frequency over the rate, and amplitude."""

    @classmethod
    def draw(cls, rng: Rng) -> Chain:
        """One without lines."""
        sections = scipy.signal.cheby1(
            int(rng.integers(4, 9)), rng.uniform(0.1, 1.0), 2 * rng.uniform(*_PASS), output="sos"
        )
        image_db, spike_db = rng.uniform(-50, -25), rng.uniform(-30, 5)
        image = 10 ** (image_db / 20) * np.exp(2j * np.pi * rng.random())
        spike = 10 ** (spike_db / 20) * np.exp(2j * np.pi * rng.random())
        bits = int(rng.choice([8, 12]))
        noise_steps = rng.uniform(0.8, 6.0) if bits == 8 else 10 ** rng.uniform(0.0, 1.8)
        return cls(sections, image, spike, bits, noise_steps)

    def apply(self, samples: np.ndarray) -> np.ndarray:
        """What the converter gives of samples with noise of power 1."""
        samples = scipy.signal.sosfilt(self.sections, samples)
        samples = samples + self.image * samples.conj() + self.spike
        time = np.arange(len(samples))
        for place, amplitude in self.lines:
            samples = samples + amplitude * np.exp(2j * np.pi * place * time)
        return self._digitized(samples)

    def _digitized(self, samples: np.ndarray) -> np.ndarray:
        """In steps, with a gain that leaves the noise one step or more, but for strong signals,
        whose peaks fill the range."""
        parts = np.ascontiguousarray(samples, np.complex64).view(np.float32)
        full = 2.0 ** (self.bits - 1) - 1
        gain = min(self.noise_steps / np.sqrt(1 / 2), 0.95 * full / np.abs(parts).max())
        return (np.clip(np.round(parts * np.float32(gain)), -full, full) / full).view(np.complex64)


@dataclass(frozen=True)
class Signal:
    """A signal at the rate of a receiver, around 0 Hz."""

    wave: np.ndarray
    width: float
    """Of the band that holds 99 % of its power, in Hz."""
    low: float
    """Lower edge of that band in Hz."""


def choose_rate(rng: Rng, made: Made, channel_hz: float | None = None) -> float | None:
    """A rate of `RATES` that shows the signal, or so wide a channel; None where none does."""
    wave, own = made
    low, high = band_edges(wave, own, 0.005)
    width, seconds = channel_hz or high - low, len(wave) / own
    fitting = [r for r in RATES if _NARROWEST * r <= width <= _WIDEST * r]
    # A signal of some Hz is received with a whole sideband around it.
    fitting = fitting or [r for r in RATES[:6] if width <= _WIDEST * r]
    fitting = [r for r in fitting if seconds * r <= _MOST_SAMPLES] or fitting[:1]
    return float(rng.choice(fitting)) if fitting else None


def at_rate(made: Made, rate: float) -> Signal:
    """The signal at another rate, which need not be a whole ratio; its first `_MOST_SAMPLES`."""
    wave, own = made
    wave = np.asarray(wave, np.complex64)[: round(_MOST_SAMPLES / rate * own)]
    # The longer of the two transforms gets a length that is fast.
    longest = scipy.fft.next_fast_len(math.ceil(len(wave) * max(rate / own, 1.0)))
    size, count = round(longest * min(own / rate, 1.0)), round(longest * min(rate / own, 1.0))
    spectrum = np.fft.fftshift(scipy.fft.fft(wave, size))
    kept = min(size, count)
    # Bin 0 Hz stands in the middle, at size // 2, of either spectrum.
    first, place = size // 2 - kept // 2, count // 2 - kept // 2
    resampled = np.zeros(count, np.complex64)
    resampled[place : place + kept] = spectrum[first : first + kept]
    resampled = scipy.fft.ifft(np.fft.ifftshift(resampled))[: round(len(wave) * rate / own)]
    low, high = band_edges(resampled, rate, 0.005)
    return Signal(resampled, high - low, low)


def bursts_of(wave: np.ndarray, rate: float) -> list[tuple[int, int]]:
    """First sample and number of samples of each stretch on the air."""
    power = np.abs(wave) ** 2
    size = max(1, round(_LEAST_BURST_S * rate))
    smooth = scipy.signal.oaconvolve(power, np.ones(size) / size, "same")
    level = 0.05 * np.quantile(smooth[smooth > 1e-6 * smooth.max()], 0.9)
    (on,) = np.nonzero(smooth > level)
    breaks = np.nonzero(np.diff(on) > _PAUSE_S * rate)[0]
    starts, ends = on[np.append(0, breaks + 1)], on[np.append(breaks, len(on) - 1)] + 1
    return [(int(a), int(b - a)) for a, b in zip(starts, ends, strict=True)]


def place(rng: Rng, signals: Sequence[Signal], rate: float) -> list[float] | None:
    """A middle for each signal, in Hz, the first anywhere and others beside it; None: no room."""
    found: list[float] = []
    taken: list[tuple[float, float]] = []
    for signal in signals:
        half = signal.width / 2
        free = max(0.0, _PLACE * rate - half)  # what fills the band lies in its middle
        for _ in range(50):
            middle = float(rng.uniform(-free, free))
            edges = middle - 1.3 * half, middle + 1.3 * half
            if all(edges[1] < low or edges[0] > high for low, high in taken):
                break
        else:
            return None
        taken.append(edges)
        found.append(middle)
    return found


def receive(
    rng: Rng,
    signals: Sequence[Signal],
    snrs_db: Sequence[float],
    middles: Sequence[float],
    rate: float,
    carrier_hz: float,
) -> tuple[np.ndarray, list[list[Box]]]:
    """The samples of a receiver, complex64 [n], full scale 1, and the bursts of each signal.

    Args:
        snrs_db: power on the air over the noise in the band with 99 % of the power, or in
            `LEAST_WIDTH_HZ` of a narrower one.
        middles: of these bands, in Hz.
        carrier_hz: that the phase noise and the drift of the oscillator go with.
    """
    lead = round(rng.choice([0, rng.uniform(0.05, 0.4)]) * min(0.5 * rate, len(signals[0].wave)))
    count = lead + len(signals[0].wave) + round(lead * rng.uniform(0.2, 1))
    noise = (rng.standard_normal((count, 2), np.float32) @ [1, 1j]) / np.sqrt(2)
    samples, boxes = noise.astype(np.complex64), []
    oscillator = _oscillator(rng, count, rate, carrier_hz)
    for signal, snr_db, middle in zip(signals, snrs_db, middles, strict=True):
        wave = signal.wave[: count - lead]
        bursts = bursts_of(wave, rate)
        on = np.concatenate([wave[start : start + size] for start, size in bursts])
        density = np.mean(np.abs(on) ** 2) / max(signal.width, LEAST_WIDTH_HZ) * rate
        gain = np.sqrt(10 ** (snr_db / 10) / density)
        shift = middle - (signal.low + signal.width / 2)
        time = np.arange(len(wave)) / rate
        samples[lead : lead + len(wave)] += (
            gain * wave * np.exp(2j * np.pi * shift * time) * oscillator[: len(wave)]
        )
        edges = signal.low + shift, signal.low + signal.width + shift
        boxes.append([Box(lead + start, size, *edges) for start, size in bursts])
    return Chain.draw(rng).apply(samples), boxes


def _oscillator(rng: Rng, count: int, rate: float, carrier_hz: float) -> np.ndarray:
    """A drift of up to 0.1 ppm over the samples, and phase noise as a random walk."""
    line_hz = carrier_hz * 10 ** rng.uniform(-10.5, -8.5)
    steps = rng.standard_normal(count, np.float32) * np.sqrt(2 * np.pi * line_hz / rate)
    drift_hz = rng.uniform(-1e-7, 1e-7) * carrier_hz * np.linspace(0, 1, count)
    return np.exp(1j * np.cumsum(steps + 2 * np.pi * drift_hz / rate)).astype(np.complex64)

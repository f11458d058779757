# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modulates packets by frequency shift keying, with the faults of cheap transmitters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.signal

from ...waves.keying import ramps
from ...waves.waveform import Rng, choice, log_uniform, nrz, smooth

_WARM_UP = 600
"""Time constant of a transmitter's drift, in symbols."""


@dataclass(frozen=True)
class FskTransmitter:
    """A transmitter of 2-FSK or GFSK. Frequencies are in Hz, times in s."""

    rate: float
    baud: float
    deviation: float
    bt: float | None = None
    """Bandwidth-time product of the Gaussian filter; None keys abruptly."""
    loop: tuple[float, float] | None = None
    """Natural frequency in Hz and damping of the synthesizer's loop that follows the keying."""
    offset: float = 0.0
    settle: tuple[float, float] = (0.0, 1e-4)
    """Frequency error at the start, and its time constant."""
    drift: float = 0.0
    """Hz per s at the start; a part that warms up comes to rest within `_WARM_UP` symbols."""
    tilt: float = 0.0
    """Relative difference of amplitude of the two tones."""
    lead: tuple[float, float] = (0.0, 0.0)
    """Seconds of carrier before the data, and its place from -1 to 1 deviation."""
    lead_gain: float = 1.0
    """Relative amplitude before the data, where the power amplifier starts."""
    sag: float = 0.0
    """Share of amplitude that is lost during a packet, as with small batteries."""
    tail: float = 0.0
    ramp: float = 1e-5
    gain: float = 1.0

    def burst(self, symbols: np.ndarray) -> np.ndarray:
        """Modulates symbols from -1 to 1: complex64 [n]."""
        period = self.rate / self.baud
        lead = np.full(max(1, round(self.lead[0] * self.rate)), self.lead[1])
        tail = np.full(max(1, round(self.tail * self.rate)), symbols[-1])
        shift = np.concatenate([lead, nrz(symbols, period), tail])
        if self.bt is not None:
            shift = smooth(shift, np.sqrt(np.log(2)) / (2 * np.pi) * period / self.bt)
        if self.loop is not None:
            shift = follow(shift, self.loop[0] / self.rate, self.loop[1])
        seconds = np.arange(len(shift)) / self.rate
        warm = _WARM_UP / self.baud
        drift = self.drift * warm * -np.expm1(-seconds / warm)
        frequency = self.offset + self.deviation * shift + drift
        frequency = frequency + self.settle[0] * np.exp(-seconds / self.settle[1])
        envelope = self._envelope(shift, len(lead))
        return envelope_wave(envelope, frequency / self.rate)

    def _envelope(self, shift: np.ndarray, lead: int) -> np.ndarray:
        out = self.gain * (1 + self.tilt * shift) * (1 - self.sag * np.linspace(0, 1, len(shift)))
        if self.lead_gain != 1.0:
            steps = np.where(np.arange(len(shift)) < lead, self.lead_gain, 1.0)
            out = out * smooth(steps, 0.5 * self.ramp * self.rate)
        return out * ramps(len(shift), self.ramp * self.rate)


def envelope_wave(envelope: np.ndarray, frequency: np.ndarray) -> np.ndarray:
    """A wave of this envelope and frequency (share of the rate): complex64 [n]."""
    return (envelope * np.exp(2j * np.pi * np.cumsum(frequency))).astype(np.complex64)


def follow(values: np.ndarray, natural: float, damping: float) -> np.ndarray:
    """Follows values as a loop of second order does, natural frequency as a share of the rate."""
    if natural > 0.2:
        return values
    w = 2 * np.pi * natural
    roots = -damping * w + np.array([1, -1]) * w * np.emath.sqrt(damping**2 - 1)
    a = np.real(np.poly(np.exp(roots)))
    start = scipy.signal.lfilter_zi([a.sum()], a) * values[0]
    return scipy.signal.lfilter([a.sum()], a, values, zi=start)[0]


def draw_fsk(
    rng: Rng, rate: float, baud: float, deviation: float, bt: float | None, **fixed
) -> FskTransmitter:
    """Draws a transmitter's faults: settling, drift, tilt, carrier before the data, ramps."""
    loop = None
    if bt is None and rng.random() < 0.5:
        loop = (baud * log_uniform(rng, 1.2, 8), rng.uniform(0.4, 1.2))
    settle = rng.normal(0, 0.3) * deviation if rng.random() < 0.5 else 0.0
    lead = log_uniform(rng, 0.5, 30) / baud if rng.random() < 0.5 else 0.0
    faults = {
        "loop": loop,
        "settle": (settle, log_uniform(rng, 2, 60) / baud),
        "drift": rng.normal(0, 0.02) * deviation * baud / 300,
        "tilt": rng.normal(0, 0.02) if rng.random() < 0.8 else rng.uniform(-0.4, 0.4),
        "lead": (lead, choice(rng, (-1.0, 1.0, 0.0, -1.0))),
        "lead_gain": rng.uniform(0.1, 1.0) if rng.random() < 0.25 else 1.0,
        "sag": rng.uniform(0, 0.3) if rng.random() < 0.2 else 0.0,
        "tail": log_uniform(rng, 0.2, 8) / baud if rng.random() < 0.3 else 0.0,
        "ramp": log_uniform(rng, 0.05, 4) / baud,
    }
    return FskTransmitter(rate, baud, deviation, bt, **(faults | fixed))

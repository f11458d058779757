# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts transmissions on the air in time: in slots, in overs, in bursts, and in crowds.

A scene is a window into a schedule that has run for a while and continues after it, so that most
scenes that are shorter than a transmission see the middle of one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from gnuradio.rfattn.signals.waveform import carrier
from scipy.special import erf

from ...waves.keying import Signal, ramps, wander
from ...waves.waveform import (
    Rng,
    log_uniform,
    merge_spans,
    root_raised_cosine,
)

Make = Callable[[], np.ndarray]


class Air:
    """A scene of ``seconds``, to which waves are added where they fall into it."""

    def __init__(self, seconds: float, rate: float):
        self.rate, self.count = rate, max(1, round(seconds * rate))
        self.samples = np.zeros(self.count, np.complex64)
        self.spans: list[tuple[int, int]] = []

    def add(self, wave: np.ndarray, at: float) -> None:
        """Adds a wave that begins at the time ``at`` in s, which may be negative."""
        first = round(at * self.rate)
        a, b = max(0, first), min(self.count, first + len(wave))
        if b > a:
            self.samples[a:b] += wave[a - first : b - first].astype(np.complex64)
            self.spans.append((a, b))

    def signal(self, centres: tuple[float, ...] = ()) -> Signal:
        """Returns what was added; spans that overlap or touch are one; the power while on is 1."""
        spans = tuple(self.spans) if centres else merge_spans(tuple(self.spans), 0)
        energy = sum(float(np.sum(np.abs(self.samples[a:b]) ** 2)) for a, b in spans)
        gain = np.sqrt(sum(b - a for a, b in spans) / max(energy, 1e-20))
        return Signal(self.samples * np.float32(gain), self.rate, spans, centres)


def draw_start(rng: Rng, seconds: float, length: float) -> float:
    """Draws the start of a transmission of ``length`` s, so that a part of it falls in the scene.

    The part is at least 0.4 of the transmission or of the scene, whichever is shorter.
    """
    least = 0.4 * min(seconds, length)
    return float(rng.uniform(least - length, seconds - least))


def send_in_slots(rng: Rng, air: Air, message: Make, slot_s: float, first: float) -> None:
    """Adds messages in slots of ``slot_s``: a station sends, then listens or sends on.

    Args:
        first: time in s of a message that is surely sent.
    """
    seconds = air.count / air.rate
    again = float(rng.choice([0.1, 0.9], p=[0.7, 0.3]))
    at, sent = first, True
    air.add(message(), at)
    while at + slot_s < seconds:
        at += slot_s
        sent = rng.random() < (again if sent else 0.8)
        if sent:
            air.add(message(), at + rng.uniform(-0.02, 0.02))


def send_overs(
    rng: Rng, air: Air, over: Callable[[float], np.ndarray], usual_s: float, pause_s: float
) -> None:
    """Adds overs of about ``usual_s`` with pauses of about ``pause_s``; ``over`` makes one."""
    seconds = air.count / air.rate
    at = None
    while at is None or at < seconds:
        # What is further away than 30 s is not made.
        wave = over(min(log_uniform(rng, usual_s / 5, usual_s * 2), seconds + 30))
        if at is None:
            at = draw_start(rng, seconds, len(wave) / air.rate)
        air.add(wave, at)
        at += len(wave) / air.rate + log_uniform(rng, pause_s / 5, pause_s * 2)


def send_bursts(rng: Rng, air: Air, burst: Make, gap: Callable[[], float]) -> None:
    """Adds bursts with pauses of ``gap()`` seconds from the end of one to the next."""
    seconds = air.count / air.rate
    wave = burst()
    length = len(wave) / air.rate
    at = draw_start(rng, seconds, length)
    # The schedule has run before the burst that the scene surely sees.
    for _ in range(1000):
        earlier = at - gap() - length
        if earlier < -length:
            break
        at = earlier
    while at < seconds:
        air.add(wave, at)
        at += len(wave) / air.rate + max(gap(), 1 / air.rate)
        wave = burst()


def send_cycles(rng: Rng, air: Air, burst: Callable[[], np.ndarray], period_s: float) -> None:
    """Adds bursts that begin every ``period_s``."""
    seconds = air.count / air.rate
    wave = burst()
    at = draw_start(rng, seconds, len(wave) / air.rate)
    at -= np.floor((at + len(wave) / air.rate) / period_s) * period_s
    while at < seconds:
        air.add(wave, at)
        at += period_s
        wave = burst()


def transmit(rng: Rng, wave: np.ndarray, rate: float, drift_hz: float, ramp_s: float) -> np.ndarray:
    """Sends a wave through a shortwave transmitter: ramps, slow drift, sometimes hum.

    Args:
        drift_hz: the frequency stays within about this of its mean, and half of this off nominal.
        ramp_s: rise and fall time.
    """
    n = len(wave)
    walk = wander(rng, max(n, 4) / rate, rate, drift_hz)[:n]
    walk = walk + rng.uniform(-0.5, 0.5) * drift_hz
    out = wave * carrier(walk / rate, phase=rng.random()) * ramps(n, ramp_s * rate)
    if rng.random() < 0.1:
        mains = 2 * np.pi * rng.choice([50.0, 60.0, 100.0, 120.0]) * np.arange(n) / rate
        out = out * (1 + 10 ** (rng.uniform(-35, -15) / 20) * np.cos(mains))
    return out.astype(np.complex64)


def shift_keying(
    tones: np.ndarray, rate: float, baud: float, spacing: float, bt: float | None = None
) -> np.ndarray:
    """Modulates tones with continuous phase: complex64, amplitude 1.

    Args:
        tones: numbers of tones; 0 is the centre, and fractions are allowed.
        spacing: distance of tones in Hz.
        bt: bandwidth-time product of the Gaussian filter, None for abrupt changes.
    """
    count = int(np.ceil(len(tones) * rate / baud - 1e-9))
    symbol = np.minimum((np.arange(count) + 0.5) * (baud / rate), len(tones) - 0.5)
    if bt is None:
        frequency = np.asarray(tones, np.float64)[symbol.astype(int)]
    else:
        frequency = _glide(np.asarray(tones, np.float64), symbol, bt)
    return carrier(frequency * (spacing / rate))


def _glide(tones: np.ndarray, symbol: np.ndarray, bt: float) -> np.ndarray:
    """Moves from tone to tone as a Gaussian filter does: the mean of the four nearest symbols.

    For ``bt`` from 0.4.
    """
    fine = 512
    t = (np.arange(fine) + 0.5) / fine - np.arange(-1, 3)[:, None]
    scale = np.pi * bt * np.sqrt(2 / np.log(2))
    weights = erf(scale * (t + 0.5)) - erf(scale * (t - 0.5))
    weights /= weights.sum(axis=0)
    place = symbol - 0.5
    low = np.floor(place).astype(int)
    late = ((place - low) * fine).astype(int)
    padded = np.pad(tones, 3, mode="edge")
    return sum(weights[k + 1, late] * padded[low + k + 3] for k in (-1, 0, 1, 2))


def shape(symbols: np.ndarray, period: float, rolloff: float) -> np.ndarray:
    """Shapes symbols, ``period`` samples each, with a root-raised cosine.

    The period need not be whole. Returns complex64 [int(len(symbols) * period)], of mean power
    about that of the symbols.
    """
    reach, fine = 6, 256
    taps = root_raised_cosine(rolloff, fine, reach).astype(np.float32) * np.float32(np.sqrt(fine))
    place = np.arange(int(len(symbols) * period)) / period
    first = place.astype(np.int64)
    late = ((place - first) * fine).astype(np.int64)
    padded = np.pad(np.asarray(symbols, np.complex64), reach)
    out = np.zeros(len(place), np.complex64)
    for k in range(-reach + 1, reach + 1):
        out += padded[first + (k + reach)] * taps[late + (reach - k) * fine]
    return out

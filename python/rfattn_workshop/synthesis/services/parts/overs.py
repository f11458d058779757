# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times transmissions: presses of a key and packets, as seen from a random moment on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...waves.keying import Signal, ramps
from ...waves.waveform import Rng, log_uniform


@dataclass(frozen=True)
class Over:
    """The part of a transmission that lies in the time looked at."""

    first: int
    end: int
    starts: bool
    """False if the transmission began before."""
    ends: bool
    """False if it continues after."""

    @property
    def count(self) -> int:
        """Its samples."""
        return self.end - self.first


def draw_overs(
    rng: Rng, seconds: float, rate: float, on_s: Callable[[], float], off_s: Callable[[], float]
) -> list[Over]:
    """Draws transmissions of ``on_s()`` and pauses of ``off_s()`` seconds, at least one."""
    n = round(seconds * rate)
    length = on_s()
    if rng.random() < 0.55:
        at = -length * rng.random()
    else:
        at = rng.random() * min(0.6 * seconds, off_s())
    overs: list[Over] = []
    while at < seconds or not overs:
        first, end = max(0, round(at * rate)), min(n, round((at + length) * rate))
        if end - first >= min(0.02 * rate, n // 2):
            overs.append(Over(first, end, at >= 0, at + length <= seconds))
        at += length + off_s()
        length = on_s()
        if at >= seconds and not overs:
            return [Over(0, n, True, False)]
    return overs


def send_overs(
    overs: list[Over],
    seconds: float,
    rate: float,
    wave: Callable[[Over], np.ndarray],
    ramp_s: float,
) -> Signal:
    """Places ``wave(over)`` of each over, with ramps where it starts and ends."""
    out = np.zeros(round(seconds * rate), np.complex64)
    for over in overs:
        gate = ramps(over.count, ramp_s * rate)
        if not over.starts:
            gate[: over.count // 2] = 1.0
        if not over.ends:
            gate[over.count // 2 :] = 1.0
        out[over.first : over.end] = wave(over) * gate
    return Signal(out, rate, tuple((over.first, over.end) for over in overs))


def send_packets(
    rng: Rng,
    seconds: float,
    rate: float,
    packet: Callable[[], np.ndarray],
    gap_s: Callable[[], float],
    ramp_s: float,
) -> Signal:
    """Sends packets at random times; the first may have begun before or be cut at the end."""
    n = round(seconds * rate)
    out, spans = np.zeros(n, np.complex64), []
    wave = packet()
    if rng.random() < 0.3:
        place = -int(rng.random() * 0.8 * len(wave))
    else:
        place = int(rng.random() * min(max(n - len(wave), 0.3 * n), max(gap_s(), 0.2) * rate))
    # What would be cut after 5 ms is not sent.
    while place < n - min(0.005 * rate, n // 2):
        wave = wave * ramps(len(wave), ramp_s * rate)
        part = wave[max(0, -place) : n - place]
        first = max(place, 0)
        out[first : first + len(part)] = part
        spans.append((first, first + len(part)))
        place += len(wave) + max(1, int(gap_s() * rate))
        wave = packet()
    return Signal(out, rate, tuple(spans))


def settle(rng: Rng, count: int, rate: float, hz: float) -> np.ndarray:
    """The frequency error of a synthesiser that locks after it is keyed: Hz, float64 [count].

    It decays from about ``hz``, sometimes ringing.
    """
    t = np.arange(count) / rate
    decay = log_uniform(rng, 0.001, 0.03)
    ringing = np.cos(2 * np.pi * rng.uniform(0, 2) / decay * t / 4)
    return hz * rng.standard_normal() * np.exp(-t / decay) * ringing

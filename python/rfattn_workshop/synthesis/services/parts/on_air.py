# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts simple signals on the air: always, in overs, or in bursts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...waves.keying import Signal
from ...waves.waveform import Rng, log_uniform
from .overs import Over, draw_overs, send_overs
from .shaping import continuous, detune, transmit

Range = tuple[float, float]


@dataclass(frozen=True)
class Timing:
    """When a transmitter is on: always, in overs of seconds, or in bursts."""

    always: float = 1.0
    """Share of transmitters that are always on."""
    burst_s: Range | None = None
    """Length of bursts; None: overs of 0.5 to 20 s."""
    gap_s: Range = (0.2, 5.0)
    period_s: float | None = None
    """From the start of a burst to that of the next; None: ``gap_s`` between them."""


Wave = Callable[[int], np.ndarray]
"""Makes at least so many samples."""


def put_on_air(rng: Rng, seconds: float, rate: float, wave: Wave, timing: Timing) -> Signal:
    """Sends ``wave`` as ``timing`` states, off its frequency by about 1 % of the rate."""
    error = rng.normal() * 0.01 * rate
    if rng.random() < timing.always:
        return detune(continuous(wave(round(seconds * rate)), seconds, rate), error)
    if timing.burst_s is None:
        mean, ramp_s = log_uniform(rng, 0.5, 20), log_uniform(rng, 3e-4, 5e-3)
        pause = log_uniform(rng, *timing.gap_s)
        overs = draw_overs(
            rng,
            seconds,
            rate,
            lambda: mean * rng.uniform(0.5, 1.5),
            lambda: pause * rng.uniform(0.5, 2),
        )

        def over_wave(over: Over) -> np.ndarray:
            return wave(over.count)[: over.count]

        return detune(send_overs(overs, seconds, rate, over_wave, ramp_s), error)
    length = log_uniform(rng, *timing.burst_s)
    gap = timing.period_s - length if timing.period_s else log_uniform(rng, *timing.gap_s)
    jitter = 0.0 if timing.period_s else rng.uniform(0, 0.6)
    count = max(8, round(length * rate))
    ramp_s = min(log_uniform(rng, 0.002, 0.05) * length, 0.003)

    def burst() -> np.ndarray:
        return wave(count)[:count]

    def pause_s() -> float:
        return gap * rng.uniform(1 - jitter, 1 + jitter)

    return detune(transmit(rng, seconds, rate, burst, pause_s, ramp_s), error)

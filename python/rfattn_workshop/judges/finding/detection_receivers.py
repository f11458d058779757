# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the detector reports in the noise of drawn receivers, which have slope, ripple, roll-off and
lines of their own at once, and no signals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import scipy.fft

from ..harness import in_processes
from .detection_flowgraph import find_in_parts, flagged

RECEIVER_S = 30.0
RATES = (0.25e6, 1e6, 2.4e6, 5e6, 10e6, 20e6)
NOISE_STEPS = {8: 2.5, 12: 12.0}
"""By bits of a converter: square root of the power of the noise, in its steps."""
TAPS = 512
PART = (1 << 15) - TAPS
"""Samples of a drawn receiver that are made at once."""
NEAR_HZ = 1500.0
"""What is so near to a line of the receiver is that line."""


def _converted(steps: np.ndarray, bits: int) -> np.ndarray:
    """As a converter gives samples that are stated in its steps."""
    most = np.float32(2 ** (bits - 1) - 0.5)
    half = np.float32(0.5)
    parts = np.round(steps.astype(np.complex64).view(np.float32) - half) + half
    return (np.clip(parts, -most, most) / most).view(np.complex64)


@dataclass(frozen=True)
class Line:
    """A line that a receiver makes by itself, from a time to another."""

    frequency: float
    """Share of the rate, from -0.5 to 0.5."""
    db: float
    """Over the noise of 1 kHz."""
    start_s: float
    end_s: float

    def span(self, rate: float) -> np.ndarray:
        """Its first sample, and the one past its last."""
        return np.ceil(np.array([self.start_s, self.end_s]) * rate)

    def samples(self, number: np.ndarray, rate: float) -> np.ndarray:
        """As if it were there all the time, beside noise of power 1."""
        amplitude = np.sqrt(10 ** (self.db / 10) * 1e3 / rate)
        return (amplitude * np.exp(2j * np.pi * self.frequency * number)).astype(np.complex64)


@dataclass(frozen=True)
class DrawnReceiver:
    """A receiver that hears nothing but itself."""

    seed: int
    rate: float
    bits: int
    slope_db: float
    ripple_db: float
    periods: float
    phase: float
    roll_off_db: float
    roll_off_from: float
    dc: complex
    """In steps of the converter."""
    image_db: float
    lines: tuple[Line, ...]

    def power(self, frequency: np.ndarray) -> np.ndarray:
        """Of its noise, by frequency as a share of the rate. What lies beyond the band is folded
        into it."""
        beside = frequency - np.where(frequency >= 0, 1, -1)
        return self._before_converter(frequency) + self._before_converter(beside)

    def _before_converter(self, frequency: np.ndarray) -> np.ndarray:
        away = np.abs(frequency)
        beyond = np.clip((away - self.roll_off_from) / (0.5 - self.roll_off_from), 0, None)
        wave = np.cos(2 * np.pi * self.periods * frequency + self.phase)
        db = self.slope_db * frequency + self.ripple_db / 2 * wave - self.roll_off_db * beyond
        return 10 ** (db / 10) * np.cos(np.pi / 2 * np.clip((away - 0.49) / 0.02, 0, 1)) ** 2

    def samples(self, seconds: float) -> Iterator[np.ndarray]:
        """What it gives, part by part."""
        rng = np.random.default_rng([56, self.seed])
        gain = np.sqrt(self.power(scipy.fft.fftfreq(TAPS)))
        taps = scipy.fft.fftshift(scipy.fft.ifft(gain)) * np.hanning(TAPS + 1)[:-1]
        gain = scipy.fft.fft(taps.astype(np.complex64), PART + TAPS)
        image = np.float32(10 ** (-self.image_db / 20))
        lines = [(line, line.samples(np.arange(PART), self.rate)) for line in self.lines]
        before = np.zeros(TAPS, np.complex64)
        total = round(seconds * self.rate)
        for start in range(0, total, PART):
            noise = rng.standard_normal(2 * PART, np.float32) * np.float32(np.sqrt(0.5))
            heard = noise.view(np.complex64)
            for line, samples in lines:
                first, end = (np.clip(line.span(self.rate) - start, 0, PART)).astype(int)
                turn = np.complex64(np.exp(2j * np.pi * (line.frequency * start % 1)))
                heard[first:end] += turn * samples[first:end]
            both = scipy.fft.fft(np.concatenate([before, heard])) * gain
            before = heard[-TAPS:]
            passed = scipy.fft.ifft(both)[TAPS:][: total - start]
            passed += image * np.conj(passed)
            steps = passed * np.float32(NOISE_STEPS[self.bits]) + np.complex64(self.dc)
            yield _converted(steps, self.bits)

    def is_line(self, lower: float, upper: float) -> bool:
        """Whether one of its lines lies in a band, or near to it."""
        return any(
            lower - NEAR_HZ < line.frequency * self.rate < upper + NEAR_HZ for line in self.lines
        )


def draw_receiver(seed: int) -> DrawnReceiver:
    """One of the rates in turn; all else is drawn."""
    rng = np.random.default_rng([55, seed])
    lines = []
    for _ in range(rng.integers(0, 5)):
        kind = rng.integers(0, 3)  # there all the time, from a time on, until a time
        begin, end = np.sort(rng.uniform(0.02, 0.9, 2)) * RECEIVER_S
        span = (begin if kind == 1 else 0.0, end if kind == 2 else np.inf)
        lines.append(Line(rng.uniform(-0.45, 0.45), rng.uniform(3, 25), *span))
    return DrawnReceiver(
        seed,
        RATES[seed % len(RATES)],
        bits=int(rng.choice([8, 12])),
        slope_db=float(rng.choice([-1, 1]) * rng.uniform(0, 8)),
        ripple_db=rng.uniform(0, 1.5),
        periods=rng.uniform(2, 8),
        phase=rng.uniform(0, 2 * np.pi),
        roll_off_db=rng.uniform(0, 10),
        roll_off_from=rng.uniform(0.40, 0.47),
        dc=complex(*rng.uniform(-1.5, 1.5, 2)),
        image_db=rng.uniform(30, 45),
        lines=tuple(lines),
    )


def hear_nothing(seed: int) -> dict:
    """What the detector reports in `RECEIVER_S` of a drawn receiver, but for its own lines."""
    drawn = draw_receiver(seed)
    found = find_in_parts(drawn.samples(RECEIVER_S), drawn.rate)
    own = flagged(found)
    false = sum(
        any(not drawn.is_line(box.freq_lower, box.freq_upper) for box in emission.boxes)
        for number, emission in found.items()
        if number not in own
    )
    return {
        "seed": seed,
        "rate": drawn.rate,
        "bits": drawn.bits,
        "slope, dB": drawn.slope_db,
        "ripple, dB": drawn.ripple_db,
        "roll-off, dB": drawn.roll_off_db,
        "lines": len(drawn.lines),
        "false": false,
        "false /s/MHz": false / (RECEIVER_S * drawn.rate / 1e6),
    }


def measure(seeds: Iterable[int], jobs: int, progress: Callable[[str, int], None]) -> list[dict]:
    """`hear_nothing` of every seed, in ``jobs`` processes."""
    rows = []
    for row in in_processes(hear_nothing, [*seeds], jobs):
        rows.append(row)
        progress(f"receiver {row['seed']}", len(rows))
    return rows

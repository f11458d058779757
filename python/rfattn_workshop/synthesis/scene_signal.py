# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prepares the signal of an emission for scenes: its power, its bands and its bursts."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import scipy.fft
import scipy.ndimage

from . import scene_recordings
from .propagation import propagate
from .services import OTHERS, SERVICES, Service
from .training_recordings import recorded_signal
from .waves.keying import Signal

SERVICE = "service:"
"""What the kind of an emission begins with that is made by a function of `services`."""
_ADDED: dict[str, Service] = {}
"""What makes the kinds of emissions that `add_kinds` added."""

LEAST_WIDTH_HZ = 500.0
"""The least width of a true box; narrower signals are lines to a detector."""
CARRIER_HZ = 50.0
"""On each side, what belongs to a carrier that drifts."""
LEAST_SIDES, MOST_SIDES = 0.01, 0.1
"""Share of the power beside a carrier, from which and up to which its side bands are the band."""
LEAD_S = 0.02
"""What is rendered before the scene begins and cut off, since a spectrum has no ends."""
GRID_S = 0.04
"""The rendered length is a multiple of this, so that every rate has a whole number of samples."""
_DRAWS = 20
"""Most draws of a signal that sends something within the rendered length."""


def padded_s(duration_s: float) -> float:
    """The rendered length: a multiple of `GRID_S` whose factors are small, for fast FFTs."""
    return GRID_S * scipy.fft.next_fast_len(int(np.ceil((duration_s + 2 * LEAD_S) / GRID_S)), True)


@dataclass(frozen=True)
class Prepared:
    """A signal with what does not depend on its level."""

    signal: Signal
    density: np.ndarray
    """Smoothed PSD of the bursts at power 1, 1/Hz, from low to high; without a strong carrier."""
    step_hz: float
    """Width of a bin of the density."""
    low_hz: float
    high_hz: float
    """The band with 99 % of the power of `density`, in Hz from the centre."""
    bursts_s: tuple[tuple[float, float], ...]
    """Start and end of each burst, by its envelope, in s from the start of the scene."""

    @property
    def width_hz(self) -> float:
        return max(self.high_hz - self.low_hz, LEAST_WIDTH_HZ)


def _prepare(signal: Signal) -> Prepared:
    rate, on = signal.rate, sum(b - a for a, b in signal.spans)
    power = sum(float(np.sum(np.abs(signal.samples[a:b]) ** 2)) for a, b in signal.spans) / on
    signal = replace(signal, samples=signal.samples / np.float32(np.sqrt(power)))
    energy = np.abs(np.fft.fftshift(scipy.fft.fft(_dehopped(signal)))) ** 2
    step, middle = rate / len(energy), len(energy) // 2
    energy = _without_carrier(energy, step)
    # In float32 the sum of many bins stops growing.
    total = np.cumsum(energy, dtype=np.float64) / energy.sum(dtype=np.float64)
    low = (np.searchsorted(total, 0.005) - middle) * step
    high = (np.searchsorted(total, 0.995) + 1 - middle) * step
    width = max(high - low, LEAST_WIDTH_HZ)
    density = scipy.ndimage.uniform_filter1d(
        (energy / (rate * on)).astype(np.float32), max(1, int(width / 32 / step)), mode="constant"
    )
    times = [_trim(signal.samples, a, b, max(1, int(rate / width))) for a, b in signal.spans]
    bursts = tuple((a / rate - LEAD_S, b / rate - LEAD_S) for a, b in times)
    return Prepared(signal, density, step, low, high, bursts)


def _without_carrier(energy: np.ndarray, step: float) -> np.ndarray:
    """The spectrum without a carrier that leaves side bands less than a tenth of the power, which
    the 99 % band would not contain; as it is where there are none."""
    reach, peak = int(CARRIER_HZ / step), int(energy.argmax())
    rest = energy.copy()
    rest[max(0, peak - reach) : peak + reach + 1] = 0
    share = rest.sum(dtype=np.float64) / energy.sum(dtype=np.float64)
    return rest if LEAST_SIDES < share < MOST_SIDES else energy


def _dehopped(signal: Signal) -> np.ndarray:
    """The samples with every burst moved to the same centre."""
    if not signal.centres:
        return signal.samples
    still = signal.samples.copy()
    for (a, b), centre in zip(signal.spans, signal.centres, strict=True):
        still[a:b] *= np.exp(-2j * np.pi * centre / signal.rate * np.arange(b - a))
    return still


def _trim(samples: np.ndarray, first: int, end: int, smoothing: int) -> tuple[int, int]:
    """The part of a burst from the first to the last sample above a tenth of its mean power."""
    power = np.abs(samples[first:end]) ** 2
    if smoothing > 1:
        power = scipy.ndimage.uniform_filter1d(power, smoothing, mode="constant")
    above = np.flatnonzero(power > 0.1 * power.mean())
    return (first + int(above[0]), first + int(above[-1]) + 1) if len(above) else (first, end)


def visible_band(prepared: Prepared, snr_db: float) -> tuple[float, float]:
    """The band with 99 % of the power that can be seen: of the bins whose density exceeds half the
    noise's, or half their own peak where that is less. Lower and upper edge in Hz from the centre.
    """
    density = prepared.density * 10 ** (snr_db / 10) * prepared.width_hz
    seen = np.where(density >= min(0.5, 0.5 * density.max()), density, 0)
    share = np.cumsum(seen, dtype=np.float64) / seen.sum(dtype=np.float64)
    middle = len(density) // 2
    low = max((np.searchsorted(share, 0.005) - middle) * prepared.step_hz, prepared.low_hz)
    high = min((np.searchsorted(share, 0.995) + 1 - middle) * prepared.step_hz, prepared.high_hz)
    missing = max(0.0, LEAST_WIDTH_HZ - (high - low)) / 2
    return low - missing, high + missing


@functools.lru_cache(maxsize=48)
def prepared_signal(kind: str, seed: int, duration_s: float, recording: str) -> Prepared:
    """The signal of an emission of a scene so long; the last ones are kept."""
    rng = np.random.default_rng([seed, 7])
    if recording and kind.startswith(SERVICE):
        label = kind.removeprefix(SERVICE)
        return _prepare(recorded_signal(recording, label, rng, padded_s(duration_s)))
    if recording:
        return _prepare(scene_recordings.cut(recording, rng, padded_s(duration_s)))
    return _prepare(_sent(kind, rng, padded_s(duration_s)))


def _sent(kind: str, rng: np.random.Generator, seconds: float) -> Signal:
    """A signal that sends in the time: where a draw is silent throughout, the next draw."""
    for _ in range(_DRAWS):
        signal = _maker(kind)(rng, seconds)
        if any(end > first for first, end in signal.spans):
            return signal
    raise ValueError(f"scene: {kind} sent nothing within {seconds:g} s in {_DRAWS} draws")


def _maker(kind: str):
    if kind in _ADDED:
        return _ADDED[kind]
    make = _service(kind) if kind.startswith(SERVICE) else None
    if make is None:
        raise ValueError(f"scene: kind must be of a class or added by add_kinds, got {kind}")
    return lambda rng, seconds: propagate(rng, make(rng, seconds))


def _service(kind: str):
    name = kind.removeprefix(SERVICE)
    return SERVICES.get(name) or OTHERS.get(name)


def is_kind(kind: str) -> bool:
    """Whether a scene can have emissions of this kind."""
    return kind in _ADDED or (kind.startswith(SERVICE) and _service(kind) is not None)


def add_kinds(makers: Mapping[str, Service]) -> None:
    """Adds kinds of emissions that scenes can have besides those of `services`.

    A module that has such kinds calls this where it defines them. A process that is spawned knows
    them as soon as it imports that module.

    Args:
        makers: what makes so many seconds of a kind from random numbers, by the name of the kind.

    Raises:
        ValueError: a scene already has such a kind, made by something else.
    """
    for kind, make in makers.items():
        if kind.startswith(SERVICE) or _ADDED.get(kind, make) is not make:
            raise ValueError(f"scene: a kind must be added once, got {kind} again")
    _ADDED.update(makers)


def known_kinds() -> list[str]:
    """The names of the classes, and of the kinds that `add_kinds` added."""
    return sorted({*SERVICES, *_ADDED})


def kind_of_name(name: str) -> str:
    """The kind that a user means by the name of a class or of a kind."""
    return f"{SERVICE}{name}" if name in SERVICES else name

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bands that keep a detector busy in different ways: many bursts, short pulses, hops, wide FM."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from gnuradio.rfattn.capacity.bursts import Bursts
from gnuradio.rfattn_workshop.judges.air import transmitters  # noqa: F401, adds kinds to scenes
from gnuradio.rfattn_workshop.synthesis.scene import draw_scene, render

Rng = np.random.Generator
NOISE = 0.01
"""Deviation of the real and of the imaginary part of the noise."""
LIVE_KINDS = ("am", "carrier", "nfm", "pager", "psk31", "qpsk", "rtty", "wfm")
"""Kinds of scenes that are on the air for long."""


@dataclass(frozen=True)
class Band:
    """A band of a rate in Hz; ``make`` takes a generator and a count and returns the samples."""

    rate: float
    make: Callable[[Rng, int], np.ndarray]

    def samples(self, seed: int, seconds: float) -> np.ndarray:
        """The band as complex64; the same seed gives the same samples."""
        samples = self.make(np.random.default_rng(seed), round(seconds * self.rate))
        return samples.astype(np.complex64)


def noise(rng: Rng, count: int) -> np.ndarray:
    """White noise."""
    return NOISE * (rng.standard_normal(count) + 1j * rng.standard_normal(count))


def _live(rng: Rng, count: int) -> np.ndarray:
    """20 emissions that are on the air all the time."""
    seed = int(rng.integers(1 << 31))
    scene = draw_scene(seed, count / 2.4e6, 20, snr_db=(10.0, 25.0), kinds=LIVE_KINDS)
    return render(scene, 2.4e6)[0]


def _bursts(rate: float, per_s: float) -> Band:
    """The bursts in which `gr-rfattn bench` measures the path, at random times."""

    def make(rng: Rng, count: int) -> np.ndarray:
        samples = noise(rng, count)
        Bursts(rate, per_s).add_to(samples)
        return samples

    return Band(rate, make)


def _mode_s(rate: float, per_s: float) -> Band:
    """Replies of 112 us with pulses of half a microsecond, at random times."""

    def make(rng: Rng, count: int) -> np.ndarray:
        samples, length = noise(rng, count), round(112e-6 * rate)
        half_bits = np.arange(length) * 2e6 // rate
        for _ in range(round(per_s * count / rate)):
            start, bits = int(rng.integers(count - length)), rng.integers(0, 2, 112)
            keyed = (bits[(half_bits // 2).astype(int)] + half_bits) % 2
            phase = rng.uniform() + rng.normal(0, 0.01) * np.arange(length)
            level = 10 ** rng.uniform(-1.5, -0.2)
            samples[start : start + length] += level * keyed * np.exp(2j * np.pi * phase)
        return samples

    return Band(rate, make)


def _bluetooth(rate: float, links: int) -> Band:
    """Links that hop over 79 channels of 1 MHz every 625 us; the band has some of them."""

    def make(rng: Rng, count: int) -> np.ndarray:
        samples, seen, length = noise(rng, count), int(rate / 1e6), round(366e-6 * rate)
        symbol = round(rate / 1e6)
        for slot in range(links * int(count / rate / 625e-6)):
            channel = rng.integers(79)
            start = int((slot // links * 625e-6 + rng.uniform(0, 1e-5)) * rate)
            if channel >= seen or start + length > count:
                continue
            keys = rng.choice([-160e3, 160e3], length // symbol + 1).repeat(symbol)[:length]
            turns = np.cumsum((channel - (seen - 1) / 2) * 1e6 + keys) / rate
            level = 10 ** rng.uniform(-1.5, -0.5)
            samples[start : start + length] += level * np.exp(2j * np.pi * turns)
        return samples

    return Band(rate, make)


def _audio(rng: Rng, count: int, rate: float) -> np.ndarray:
    """Noise of 50 Hz to 15 kHz whose density falls with the frequency, of changing loudness; its
    peak is 1."""
    frequencies = np.fft.rfftfreq(count, 1 / rate)
    passed = (frequencies > 50.0) & (frequencies < 15e3)
    shape = passed / np.sqrt(np.maximum(frequencies, 50.0))
    audio = np.fft.irfft(shape * np.fft.rfft(rng.standard_normal(count)), count)
    steps = max(2, int(5 * count / rate))
    audio *= np.interp(np.arange(count), np.linspace(0, count, steps), rng.uniform(0.1, 1, steps))
    return audio / max(np.abs(audio).max(), 1e-12)


def broadcast(rng: Rng, count: int, rate: float) -> np.ndarray:
    """A broadcast station in stereo around 0 Hz, 75 kHz of deviation at most, of level 1."""
    left, right = _audio(rng, count, rate), _audio(rng, count, rate)
    pilot = 2 * np.pi * 19e3 / rate * np.arange(count)
    message = 0.45 * (left + right + (left - right) * np.sin(2 * pilot)) + 0.1 * np.sin(pilot)
    return np.exp(2j * np.pi * 75e3 / rate * np.cumsum(message))


def _stations(rate: float, middles: tuple[float, ...]) -> Band:
    """Strong broadcast stations, their middles in Hz."""

    def make(rng: Rng, count: int) -> np.ndarray:
        samples = noise(rng, count)
        for hz in middles:
            turn = np.exp(2j * np.pi * hz / rate * np.arange(count))
            samples += 0.3 * turn * broadcast(rng, count, rate)
        return samples

    return Band(rate, make)


BANDS = {
    "empty": Band(2.4e6, noise),
    "20 emissions on the air": Band(2.4e6, _live),
    "200 bursts/s": _bursts(2.4e6, 200),
    "800 bursts/s": _bursts(2.4e6, 800),
    "Mode S, 300 replies/s": _mode_s(2.4e6, 300),
    "Mode S, 1500 replies/s": _mode_s(2.4e6, 1500),
    "8 Bluetooth links": _bluetooth(4e6, 8),
    "3 FM stations": _stations(2.4e6, (-0.8e6, 0.1e6, 0.9e6)),
}

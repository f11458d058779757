# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Places bursts on the air: sample rates, times of first bursts, messages with repeats."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...waves.keying import Signal
from ...waves.waveform import Rng, bits

Message = list[tuple[np.ndarray, float]]
"""Bursts, each with the pause in s that follows it."""


def smooth_rate(hz: float) -> float:
    """The least rate from ``hz`` on that is 25 Hz times factors 2, 3, 5 and 7."""
    least = max(1, int(np.ceil(hz / 25)))
    best = 1 << (least - 1).bit_length()
    for a in _powers(7, best):
        for b in _powers(5, best // a):
            for c in _powers(3, best // (a * b)):
                odd = a * b * c
                best = min(best, odd << max(0, -(-least // odd) - 1).bit_length())
    return 25.0 * best


def _powers(base: int, most: int):
    power = 1
    while power <= most:
        yield power
        power *= base


def crystal_hz(rng: Rng, carrier_hz: float, ppm: float, most_hz: float) -> float:
    """Draws the frequency error of a crystal in Hz: triangular, within ``ppm`` and ``most_hz``."""
    return float(np.clip(rng.triangular(-ppm, 0, ppm) * 1e-6 * carrier_hz, -most_hz, most_hz))


def first_start(rng: Rng, seconds: float, length_s: float) -> float:
    """Draws the start of a burst in s.

    A burst that fits lies inside; a longer one covers at least 0.3 of the ``seconds``.
    """
    if length_s <= seconds:
        return float(rng.uniform(0, seconds - length_s))
    return float(rng.uniform(0.3 * seconds - length_s, 0.7 * seconds))


class Air:
    """Adds the bursts of any number of transmitters to ``seconds`` of silence."""

    def __init__(self, seconds: float, rate: float):
        self.rate = rate
        self._samples = np.zeros(round(seconds * rate), np.complex64)
        self._bursts: list[tuple[int, int, float | None]] = []
        self._power = 0.0

    def add(self, start_s: float, wave: np.ndarray, centre: float | None = None) -> bool:
        """Adds a burst that starts at ``start_s``, and returns whether some of it is inside.

        What lies before 0 or after the end is cut. ``centre`` is the burst's centre in Hz.
        """
        place = int(np.floor(start_s * self.rate + 0.5))
        first, end = max(place, 0), min(place + len(wave), len(self._samples))
        if first >= end:
            return False
        part = wave[first - place : end - place]
        self._samples[first:end] += part
        self._power = max(self._power, float(np.vdot(part, part).real) / len(part))
        self._bursts.append((first, end, centre))
        return True

    def signal(self, join_s: float = 0.0) -> Signal:
        """The sum of all bursts, the strongest of power 1.

        Pauses up to ``join_s`` belong to one burst.
        """
        joined: list[tuple[int, int, float | None]] = []
        for first, end, centre in sorted(self._bursts, key=lambda burst: burst[:2]):
            last = joined[-1] if joined else None
            if last and last[2] == centre and first - last[1] <= join_s * self.rate:
                joined[-1] = (last[0], max(end, last[1]), centre)
            else:
                joined.append((first, end, centre))
        spans = tuple((first, end) for first, end, _ in joined)
        centres = tuple(centre for *_, centre in joined if centre is not None)
        scale = np.float32(1 / np.sqrt(self._power)) if self._power else np.float32(1)
        return Signal(self._samples * scale, self.rate, spans, centres)


def send_messages(
    rng: Rng,
    seconds: float,
    rate: float,
    message: Callable[[], Message],
    pause: Callable[[], float],
    join_s: float = 0.0,
) -> Signal:
    """Sends messages with ``pause()`` s between them.

    The first message is inside where it fits; otherwise one of its bursts is.
    """
    air = Air(seconds, rate)
    parts = message()
    now = _message_start(rng, seconds, rate, parts)
    while now < seconds:
        for wave, gap in parts:
            air.add(now, wave)
            now += len(wave) / rate + gap
        now += pause()
        parts = message() if now < seconds else []
    return air.signal(join_s)


def _message_start(rng: Rng, seconds: float, rate: float, parts: Message) -> float:
    starts = np.cumsum([0.0, *(len(wave) / rate + gap for wave, gap in parts)])
    whole = starts[-1] - parts[-1][1]
    if whole <= seconds:
        return first_start(rng, seconds, whole)
    chosen = int(rng.integers(len(parts)))
    return first_start(rng, seconds, len(parts[chosen][0]) / rate) - float(starts[chosen])


def level(rng: Rng, range_db: float) -> float:
    """Draws the amplitude of one of several transmitters: 1 to ``-range_db``."""
    return float(10 ** (-rng.uniform(0, range_db) / 20))


class Content:
    """What one device sends: its identity stays, a counter counts, readings change a little."""

    def __init__(self, rng: Rng, octets: int):
        self._rng = rng
        self._octets = rng.integers(0, 256, octets).astype(np.uint8)
        fill = rng.random(octets) < (0.0 if rng.random() < 0.5 else rng.uniform(0, 0.7))
        self._octets[fill] = int(rng.choice([0x00, 0x00, 0xFF, 0x20]))
        self._octets[: min(octets, 2)] = rng.integers(1, 256, min(octets, 2))
        self._counter = int(rng.integers(octets))
        self._readings = rng.random(octets) < rng.uniform(0, 0.6)

    def __call__(self) -> np.ndarray:
        """The bits of the next message: int64 [8 * octets]."""
        self._octets[self._counter] = (int(self._octets[self._counter]) + 1) % 256
        steps = self._rng.integers(-2, 3, len(self._octets))
        self._octets[self._readings] += steps[self._readings].astype(np.uint8)
        return octet_bits(self._octets)


def octet_bits(octets) -> np.ndarray:
    """The bits of octets, the most significant first: int64 [8 * n]."""
    return np.unpackbits(np.asarray(octets, np.uint8)).astype(np.int64)


def random_octets(rng: Rng, count: int) -> np.ndarray:
    """The bits of random octets: int64 [8 * count]."""
    return bits(rng, 8 * count)

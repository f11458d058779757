# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes DECT (ETSI EN 300 175-2 and -3): GFSK of 1.152 Mb/s, BT 0.5, 24 slots in 10 ms.

The base sends in the first twelve slots and the handset in the last twelve. An idle base sends a
short packet in one slot of each frame.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from gnuradio.rfattn.signals.waveform import carrier

from ...waves.keying import Signal, ramps
from ...waves.waveform import (
    Rng,
    bits,
    choice,
    gaussian_fsk,
    log_uniform,
)
from .mobile_modem import at_power_one, hex_bits

BAUD, PER_SYMBOL = 1.152e6, 3
RATE = BAUD * PER_SYMBOL
SLOT = 480
"""Bits of a slot; a full packet has 424 of them at most, a long one 804."""
DEVIATION_HZ = 288e3
SYNC = {"base": hex_bits("AAAAE98A"), "handset": hex_bits("55551675")}
"""The S field: 16 bits of preamble and 16 of synchronisation."""


def dect(rng: Rng, seconds: float) -> Signal:
    """An idle base, or one to four calls with both ends or one of them."""
    n = round(seconds * RATE)
    out, spans = np.zeros(n, np.complex64), []
    bursts = _schedule(rng, int(seconds / 0.01) + 2)
    phase = int(rng.integers(0, min(24 * SLOT * PER_SYMBOL, n)))
    last = 0
    for slot, part in bursts:
        wave = part.wave(rng)
        place = slot * SLOT * PER_SYMBOL - phase + part.late
        wave, place = wave[max(0, last - place) :], max(place, last)
        wave = wave[: max(0, n - place)]
        if len(wave):
            out[place : place + len(wave)] = wave
            spans.append((place, place + len(wave)))
            last = place + len(wave)
    return at_power_one(out, RATE, tuple(spans))


@dataclass
class _Part:
    """The base or the handset."""

    sync: np.ndarray
    size: int
    """Bits of the B field: 0 in short packets, 320, or 640."""
    offset_hz: float
    deviation: float
    level: float
    late: int
    ramp: float
    lead: int
    """Symbols of carrier before the packet."""
    identity: np.ndarray

    def packet(self, rng: Rng) -> np.ndarray:
        """The bits of a packet: S field, A field, B field, and its check."""
        head = self.identity.copy()
        # The tail of the A field alternates between a few messages.
        if rng.random() < 0.5:
            head[8:] = bits(rng, 56)
        check = bits(rng, 8 if self.size else 0)
        return np.concatenate([self.sync, head, bits(rng, self.size), check])

    def wave(self, rng: Rng) -> np.ndarray:
        """A packet with its ramps."""
        symbols = 2.0 * self.packet(rng) - 1
        symbols = np.pad(symbols, (self.lead, 2))
        step = self.deviation * DEVIATION_HZ / RATE
        wave = gaussian_fsk(symbols, PER_SYMBOL, step, 0.5)
        wave = wave * carrier(self.offset_hz / RATE, len(wave), rng.random())
        return self.level * wave * ramps(len(wave), self.ramp * PER_SYMBOL)


def _draw_part(rng: Rng, side: str, size: int) -> _Part:
    return _Part(
        SYNC[side],
        size,
        rng.uniform(-40e3, 40e3),
        rng.uniform(0.85, 1.2),
        10 ** (rng.uniform(-12, 0) / 20),
        int(rng.integers(0, 5)),
        log_uniform(rng, 1.0, 12.0),
        int(rng.integers(2, 14)),
        bits(rng, 64),
    )


def _schedule(rng: Rng, frames: int) -> list[tuple[int, _Part]]:
    """The slot, counted from the first frame's first, and the sender of each packet."""
    slots: list[tuple[int, _Part]] = []
    calls = int(choice(rng, (0, 0, 1, 1, 1, 2, 4)))
    size = int(choice(rng, (320, 320, 320, 640)))
    free = rng.permutation(12 if size == 320 else np.arange(0, 12, 2))
    base_size = int(choice(rng, (0, 0, 320))) if calls == 0 else size
    base = _draw_part(rng, "base", base_size)
    seen = rng.random()
    for place in free[: max(1, calls)]:
        handset = _draw_part(rng, "handset", size)
        if calls == 0 or seen < 0.85:
            slots.append((int(place), base))
        if calls and seen > 0.15:
            slots.append((int(place) + 12, handset))
    order = sorted(slots, key=lambda entry: entry[0])
    return [(24 * frame + place, part) for frame in range(frames) for place, part in order]

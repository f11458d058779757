# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes GSM (3GPP TS 45.002, 45.004): GMSK of 270.83 kBd, BT 0.3, eight slots in 4.615 ms.

A cell's first carrier is always on: bursts of a pure tone each tenth frame, synchronisation in the
next, dummy bursts in idle slots. Other carriers and telephones send only in slots that are in use.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from ...waves.keying import Signal
from ...waves.waveform import (
    Rng,
    bits,
    choice,
    gaussian_fsk,
    merge_spans,
)
from . import edge
from .mobile_content import Messages
from .mobile_modem import nonzero_spans, on_air

BAUD = 1625e3 / 6
RATE = 800e3
FRAME = 1250
"""Symbols of a frame; its slots have 157, 156, 156, 156 and the same again."""
_SLOT_STARTS = np.array([0, 157, 313, 469, 625, 782, 938, 1094])
_ACTIVE, _RAMP = 148, 4
"""Symbols of a burst, and of each ramp beside it."""


def _sequence(text: str) -> np.ndarray:
    return np.array([int(bit) for bit in text])


TRAINING = [
    _sequence(text)
    for text in (
        "00100101110000100010010111",
        "00101101110111100010110111",
        "01000011101110100100001110",
        "01000111101101000100011110",
        "00011010111001000001101011",
        "01001110101100000100111010",
        "10100111110110001010011111",
        "11101111000100101110111100",
    )
]
"""TS 45.002, clause 5.2.3."""
_SYNCHRONISATION = _sequence("1011100101100010000001000000111100101101010001010111011000011011")
_DUMMY = _sequence(
    "11111011011101100000101001001110000010010001000000011111000111000101110001011100010101110100"
    "10100011001100111001111010011111000100101111101010"
)
_ACCESS = _sequence("01001011011111111001100110101010001111000")
_TAIL = np.zeros(3, np.int64)


def gsm(rng: Rng, seconds: float) -> Signal:
    """A cell's first carrier, another carrier of the cell, or a telephone."""
    kind = rng.random()
    if kind < 0.45:
        source = _Carrier(rng, first=True)
    elif kind < 0.7:
        source = _Carrier(rng, first=False)
    else:
        source = _Telephone(rng)
    error = choice(rng, (900e6, 945e6, 1747e6, 1842e6)) * (0.1e-6 if kind < 0.7 else 0.3e-6)
    n = round(seconds * RATE)
    symbols, heights = _draw_frames(rng, source, int(np.ceil(seconds * BAUD / FRAME)) + 2)
    wave = gaussian_fsk(symbols, RATE / BAUD, BAUD / 4 / RATE, 0.3 * rng.uniform(0.95, 1.05))
    if not source.constant:
        wave = wave * _gate(rng, heights, source.active, len(wave))
    if source.edge.any():
        wave = _add_edge(rng, wave, heights, source)
    first = int(rng.uniform(0, FRAME) * RATE / BAUD)
    wave = wave[first : first + n]
    return on_air(rng, wave, RATE, error, merge_spans(nonzero_spans(wave), int(40e-6 * RATE)))


def _draw_frames(rng: Rng, source: _Source, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The symbols and the slots' levels of frames in a row, in which the source sends."""
    while True:
        start = int(rng.integers(51 * 26))
        frames = [source.frame(number) for number in range(start, start + count)]
        if any(heights.any() for _, heights in frames[1:-3]):
            symbols, heights = zip(*frames, strict=True)
            return np.concatenate(symbols), np.concatenate(heights)


def _add_edge(rng: Rng, wave: np.ndarray, heights: np.ndarray, source: _Source) -> np.ndarray:
    """Replaces the bursts of packet slots by those of EDGE."""
    chosen = np.resize(source.edge, len(heights)) * (heights > 0)
    gate = _gate(rng, chosen * 1.0, _ACTIVE, len(wave))
    count = int(len(wave) * BAUD / RATE) + 8
    packet = edge.modulate(rng, count, len(wave), RATE / BAUD)
    level = _gate(rng, heights, _ACTIVE, len(wave)) if not source.constant else 1.0
    return wave * (1 - gate) + packet * gate * level


def _encode(sent: np.ndarray) -> np.ndarray:
    """The symbols of bits, differentially encoded: zeros turn the phase forward."""
    return 1.0 - 2.0 * (sent ^ np.concatenate([[1], sent[:-1]]))


def _normal_burst(data: np.ndarray, training: np.ndarray) -> np.ndarray:
    """148 bits of a normal burst with 114 of data; the stealing flags are 0."""
    flag = [0]
    return np.concatenate([_TAIL, data[:57], flag, training, flag, data[57:], _TAIL])


class _Source(Protocol):
    """What sends on a carrier."""

    constant: bool
    """True if it is on at one level all the time."""
    active: int
    """Symbols of its bursts."""
    edge: np.ndarray
    """The slots that carry EDGE: bool [8]."""

    def frame(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """The 1250 symbols of a frame, and the level of each slot, 0 where it is off."""


class _Blocks:
    """The bursts of a logical channel: blocks of 456 bits over four bursts.

    Args:
        repeats: share of the blocks that carry a message which repeats.
    """

    def __init__(self, rng: Rng, load: float | None = None):
        self._messages, self._left = Messages(rng, 456, load), []

    def burst(self, training: np.ndarray) -> np.ndarray:
        if not self._left:
            self._left = list(self._messages.message().reshape(4, 114))
        return _normal_burst(self._left.pop(0), training)


class _Carrier:
    """A carrier of a cell. The first one is constant; others send where there is a call."""

    def __init__(self, rng: Rng, first: bool):
        self._rng, self._first = rng, first
        self.constant, self.active = first, _ACTIVE
        self._training = choice(rng, TRAINING)
        self._common, self._traffic = _Blocks(rng), _Blocks(rng, 1.0)
        load = rng.uniform(0, 1)
        busy = rng.random(8) < load
        busy[rng.integers(8)] |= not first
        self._share = np.where(busy, choice(rng, (1.0, 1.0, 0.9, 0.5)), 0.0)
        # A hopping carrier has a burst of a call in some frames only.
        self._share *= 1.0 if first or rng.random() < 0.7 else rng.uniform(0.2, 0.8)
        self._levels = 10 ** (-choice(rng, (0.0, 1.0)) * rng.integers(0, 11, 8) * 2 / 20)
        self._synchronisation = bits(rng, 78)
        # A quarter of the carriers have packet slots, slot 0 of the first never.
        self.edge = (rng.random(8) < 0.5) & (rng.random() < 0.25)
        self.edge[0] &= not first

    def frame(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        idle = number % 26 == 25
        on = (self._rng.random(8) < self._share) & ~np.array(idle)
        slots = [self._traffic.burst(self._training) if busy else _dummy() for busy in on]
        if self._first:
            slots[0] = self._control(number % 51)
            return _join(slots), np.ones(8)
        return _join(slots), np.where(on, self._levels, 0.0)

    def _control(self, place: int) -> np.ndarray:
        """Slot 0 of a frame of the control channel's 51 (clause 6.4)."""
        if place == 50:
            return _dummy()
        if place % 10 == 0:
            return np.zeros(_ACTIVE, np.int64)
        if place % 10 == 1:
            data = self._synchronisation
            return np.concatenate([_TAIL, data[:39], _SYNCHRONISATION, data[39:], _TAIL])
        return self._common.burst(self._training)


class _Telephone:
    """A telephone: one slot in eight in a call, more with packet data, four bursts in 51 frames
    with short messages, or access bursts."""

    constant, edge = False, np.zeros(8, bool)

    def __init__(self, rng: Rng):
        self._rng = rng
        self._training, self._traffic = choice(rng, TRAINING), _Blocks(rng, 1.0)
        self._kind = choice(rng, ("call", "call", "call", "packet", "signalling", "access"))
        self.active = 88 if self._kind == "access" else _ACTIVE
        self._slots = np.zeros(8)
        count = int(rng.integers(1, 3)) if self._kind == "packet" else 1
        first = int(rng.integers(9 - count))
        self._slots[first : first + count] = 1.0
        # A pause in speech leaves a burst in 8 or so frames.
        self._silent = self._kind == "call" and rng.random() < 0.25
        self._place = int(rng.integers(11)) * 4

    def frame(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        burst = self._access() if self._kind == "access" else self._traffic.burst(self._training)
        return _join([burst] * 8), self._slots * self._sends(number)

    def _sends(self, number: int) -> bool:
        if self._kind == "call":
            return number % 26 != 25 and not (self._silent and number % 8 and number % 26 != 12)
        if self._kind == "signalling":
            return self._place <= number % 51 < self._place + 4
        if self._kind == "access":
            return self._rng.random() < 0.15
        return number % 13 != 12

    def _access(self) -> np.ndarray:
        """88 bits of an access burst (clause 5.2.7)."""
        tail = _sequence("00111010")
        return np.concatenate([tail, _ACCESS, bits(self._rng, 36), _TAIL])


def _dummy() -> np.ndarray:
    """148 bits of the dummy burst (clause 5.2.6)."""
    return np.concatenate([_TAIL, _DUMMY, _TAIL])


def _join(slots: list[np.ndarray]) -> np.ndarray:
    """The symbols of a frame; ones fill the guard between bursts."""
    sent = np.ones(FRAME, np.int64)
    for start, burst in zip(_SLOT_STARTS, slots, strict=True):
        sent[start : start + len(burst)] = burst
    return _encode(sent)


def _gate(rng: Rng, levels: np.ndarray, active: int, count: int) -> np.ndarray:
    """The amplitude of slots with levels, ramps of a few symbols beside each burst."""
    ramp = rng.uniform(2.0, _RAMP)
    starts = (np.arange(len(levels) // 8)[:, None] * FRAME + _SLOT_STARTS).ravel() + 0.0
    knots = starts[:, None] + [-ramp, 0.0, active, active + ramp]
    heights = levels[:, None] * [0, 1, 1, 0]
    place = (np.arange(count) + 0.5) * BAUD / RATE
    return np.interp(place, knots.ravel(), heights.ravel()).astype(np.float32)

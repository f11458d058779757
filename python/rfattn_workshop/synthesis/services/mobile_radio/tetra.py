# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes TETRA (ETSI EN 300 392-2): pi/4-DQPSK of 18 kBd, roll-off 0.35, four slots in 56.67 ms.

A slot has 255 symbols. A base station sends without pause; a terminal sends in its slot.
"""

from __future__ import annotations

import numpy as np

from ...waves.keying import Signal, ramps
from ...waves.waveform import Rng, bits, choice
from .mobile_content import Messages, Speech
from .mobile_modem import (
    crop,
    draw_overs,
    levels,
    make_pulse,
    modulate_phase,
    on_air,
    root_raised_cosine,
)

BAUD, PER_SYMBOL = 18e3, 3
RATE = BAUD * PER_SYMBOL
SLOT = 255
"""Symbols of a slot."""


def _sequence(text: str) -> np.ndarray:
    return np.array([int(bit) for bit in text if bit != " "])


TRAINING = {
    "normal 1": _sequence("11 01 00 00 11 10 10 01 11 01 00"),
    "normal 2": _sequence("01 11 10 10 01 00 00 11 01 11 10"),
    "normal 3": _sequence("10 11 01 11 00 00 01 10 10 11 01"),
    "extended": _sequence("10 01 11 01 00 00 11 10 10 01 11 01 00 00 11"),
    "synchronisation": _sequence("11 00 00 01 10 01 11 00 11 10 10 01 11 00 00 01 10 01 11"),
}
"""Clause 9.4.4.3."""
_CORRECTION = np.concatenate([np.ones(8), np.zeros(64), np.ones(8)]).astype(np.int64)
_TAIL = _sequence("11 00")


def tetra(rng: Rng, seconds: float) -> Signal:
    """A base station's carrier, main or not, or a terminal."""
    error = rng.uniform(0.05, 1.0) * 1e-6 * choice(rng, (390e6, 395e6, 420e6, 870e6))
    pulse = make_pulse(root_raised_cosine(0.35), PER_SYMBOL)
    if rng.random() < 0.65:
        count = int(seconds * BAUD) + 1
        wave = modulate_phase(_downlink(rng, count), pulse, PER_SYMBOL)
        spans = None
    else:
        wave, spans = _terminal(rng, seconds, pulse)
    wave = _amplify(rng, wave[: round(seconds * RATE)])
    return on_air(rng, wave, RATE, error, spans)


def _amplify(rng: Rng, wave: np.ndarray) -> np.ndarray:
    """The amplifier: strong peaks are compressed a little, which widens the spectrum."""
    level = np.abs(wave) / (rng.uniform(1.3, 4.0) * np.sqrt(2))
    return wave / (1 + level**4) ** 0.25


class _Logical:
    """The content of a slot of a base station: 432 bits of blocks, and 30 broadcast bits."""

    def __init__(self, rng: Rng):
        self._rng = rng
        self._kind = choice(rng, ("idle", "idle", "speech", "speech", "signalling", "data"))
        self._idle = bits(rng, 432)
        self._speech = Speech(rng, 432)
        self._messages = Messages(rng, 216)
        self._broadcast = bits(rng, 30)

    def blocks(self) -> np.ndarray:
        if self._kind == "idle":
            return self._idle
        if self._kind == "speech":
            return self._speech.frame()
        if self._kind == "data":
            return bits(self._rng, 432)
        return np.concatenate([self._messages.message(), self._messages.message()])

    def normal_burst(self) -> np.ndarray:
        """510 bits of the normal continuous downlink burst (clause 9.4.4.2.5)."""
        two = self._kind == "signalling"
        middle, outer = TRAINING[f"normal {1 + two}"], TRAINING["normal 3"]
        first, second = np.split(self.blocks(), 2)
        head, broadcast = [outer[10:], [0, 0], first], self._broadcast
        return np.concatenate(
            [*head, broadcast[:14], middle, broadcast[14:], second, [0, 0], outer[:10]]
        )

    def synchronisation_burst(self) -> np.ndarray:
        """510 bits of the synchronisation burst (clause 9.4.4.2.6)."""
        outer = TRAINING["normal 3"]
        head = [outer[10:], [0, 0], _CORRECTION, self._idle[:120], TRAINING["synchronisation"]]
        return np.concatenate([*head, self._broadcast, self._idle[216:], [0, 0], outer[:10]])


def _downlink(rng: Rng, count: int) -> np.ndarray:
    """Phase changes of a carrier; a main carrier synchronises in frame 18, or each frame."""
    slots = [_Logical(rng) for _ in range(4)]
    main = rng.random() < 0.6
    often = rng.random() < 0.5
    total, offset = count // SLOT + 6, int(rng.integers(72))
    parts = []
    for k in range(offset, offset + total):
        slot, frame, multiframe = k % 4, k // 4 % 18, k // 72
        turn = (slot == 3 - multiframe % 4) if frame == 17 else (often and slot == 0 and main)
        logical = slots[slot]
        parts.append(logical.synchronisation_burst() if turn else logical.normal_burst())
    return crop(rng, levels(np.concatenate(parts)), count)


def _terminal(rng: Rng, seconds: float, pulse: np.ndarray) -> tuple[np.ndarray, tuple]:
    """A terminal: a control burst of half a slot, then a normal burst in each frame."""
    out = np.zeros(round(seconds * RATE), np.complex64)
    spans = []
    ramp = int(rng.uniform(2, 15) * PER_SYMBOL)
    for at, sent in _terminal_bursts(rng, seconds):
        wave = modulate_phase(np.pad(levels(sent), 8), pulse, PER_SYMBOL)
        place = round(at * RATE)
        part = (wave * ramps(len(wave), ramp))[: max(0, len(out) - place)]
        if len(part):
            out[place : place + len(part)] = part
            spans.append((place, place + len(part)))
    return out, tuple(spans)


def _terminal_bursts(rng: Rng, seconds: float) -> list[tuple[float, np.ndarray]]:
    """Times in s and bits of a terminal's bursts, in order."""
    slot_s, speech, bursts = SLOT / BAUD, Speech(rng, 432), []
    slots = 1 if rng.random() < 0.85 else int(rng.integers(2, 5))
    for start, end in draw_overs(rng, seconds):
        if start >= 0:
            bursts.append((start, _control_burst(rng)))
            first = start + int(rng.integers(1, 6)) * 4 * slot_s
        else:
            first = rng.uniform(0, min(4 * slot_s, 0.7 * seconds))
        for at in np.arange(first, max(min(end, seconds), first + slot_s), 4 * slot_s):
            bursts += [(at + k * slot_s, _normal_burst(rng, speech)) for k in range(slots)]
    return bursts


def _normal_burst(rng: Rng, speech: Speech) -> np.ndarray:
    """462 bits of the normal uplink burst (clause 9.4.4.2.4)."""
    first, second = np.split(speech.frame(), 2)
    middle = TRAINING[f"normal {1 + int(rng.random() < 0.1)}"]
    return np.concatenate([_TAIL, first, middle, second, _TAIL])


def _control_burst(rng: Rng) -> np.ndarray:
    """206 bits of the control uplink burst (clause 9.4.4.2.1)."""
    return np.concatenate([_TAIL, bits(rng, 84), TRAINING["extended"], bits(rng, 84), _TAIL])

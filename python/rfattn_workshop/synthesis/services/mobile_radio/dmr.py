# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes DMR (ETSI TS 102 361-1): two-slot TDMA, four-level FSK of 4800 Bd.

A slot lasts 30 ms: 264 bits in 27.5 ms, of which the middle 48 are a synchronisation pattern or
embedded signalling. A base station fills the 2.5 ms between with its CACH; a hand-held ramps there.
"""

from __future__ import annotations

import functools

import numpy as np

from ...waves.keying import Signal, ramps
from ...waves.waveform import Rng, bits, choice, log_uniform
from .mobile_content import Messages, Speech
from .mobile_modem import (
    all_the_time,
    crop,
    deviate,
    draw_overs,
    hex_bits,
    levels,
    make_pulse,
    modulate_frequency,
    on_air,
    root_raised_cosine,
    send_overs,
)

BAUD, PER_SYMBOL = 4800.0, 5
RATE = BAUD * PER_SYMBOL
STEP_HZ = 648.0
"""Frequency of the level 1."""
SYNC = {
    "base voice": hex_bits("755FD7DF75F7"),
    "base data": hex_bits("DFF57D75DF5D"),
    "mobile voice": hex_bits("7F7D5DD57DFD"),
    "mobile data": hex_bits("D5D7F77FD757"),
    "direct voice": hex_bits("5D577F7757FF"),
    "direct data": hex_bits("F7FDD5DDFD55"),
}
"""Clause 9.1.1; the last two are those of time slot 1 in direct mode."""
_SILENCE = hex_bits("B9E881526173002A6B")
"""The speech coder's frame of silence."""
_IDLE = hex_bits("FF83DF1732094ED1E7CD8A91")
"""The pseudo-random 96 bits of an idle message (clause 7.3, table 7.6)."""


def _checks(rows: int, *columns: tuple[int, ...]) -> np.ndarray:
    """The parity part of a code's generator: ones where a data bit enters a check bit."""
    out = np.zeros((rows, len(columns)), np.int64)
    for k, members in enumerate(columns):
        out[list(members), k] = 1
    return out


_ROW_CHECKS = _checks(
    11, (0, 1, 2, 3, 5, 7, 8), (1, 2, 3, 4, 6, 8, 9), (2, 3, 4, 5, 7, 9, 10), (0, 1, 2, 4, 6, 7, 10)
)
"""Hamming (15, 11, 3), annex B.3.3."""
_COLUMN_CHECKS = _checks(
    9, (0, 1, 3, 5, 6), (0, 1, 2, 4, 6, 7), (0, 1, 2, 3, 5, 7, 8), (0, 2, 4, 5, 8)
)
"""Hamming (13, 9, 3), annex B.3.4."""


def dmr(rng: Rng, seconds: float) -> Signal:
    """A base station with one or two busy slots, or a hand-held that sends in one slot."""
    error = rng.uniform(0.2, 2.0) * 1e-6 * choice(rng, (160e6, 440e6, 440e6, 860e6))
    wave = _base(rng, seconds) if rng.random() < 0.5 else _hand_held(rng, seconds)
    return on_air(rng, wave, RATE, error)


class _Slot:
    """The bursts of one slot: calls of speech or data, and what is sent between them.

    Args:
        sender: "base", "mobile" or "direct".
        load: share of the bursts that belong to calls.
    """

    def __init__(self, rng: Rng, sender: str, load: float, voice: float):
        self._rng, self._sender, self._load, self._voice = rng, sender, load, voice
        self._speech = Speech(rng, 72, _SILENCE if rng.random() < 0.7 else None)
        self._signalling = Messages(rng, 196)
        self._colour = bits(rng, 20 * 16).reshape(16, 20)
        self._embedded = bits(rng, 48 * 6).reshape(6, 48)
        self._link_control = [bits(rng, 196), bits(rng, 196)]

    def data(self, kind: int, info: np.ndarray) -> np.ndarray:
        """A data burst: 98 bits, slot type, synchronisation, slot type, 98 bits."""
        slot_type, sync = self._colour[kind], SYNC[f"{self._sender} data"]
        return np.concatenate([info[:98], slot_type[:10], sync, slot_type[10:], info[98:]])

    def superframe(self) -> list[np.ndarray]:
        """Six bursts of speech of 360 ms; the first has the synchronisation pattern."""
        out = []
        for k in range(6):
            middle = SYNC[f"{self._sender} voice"] if k == 0 else self._embedded[k]
            speech = self._speech.frames(3)
            out.append(np.concatenate([speech[:108], middle, speech[108:]]))
        return out

    def call(self) -> list[np.ndarray]:
        """The bursts of a call: speech between its headers and terminators, or blocks of data."""
        rng = self._rng
        if rng.random() < self._voice:
            out = [self.data(1, self._link_control[0])] * int(rng.integers(1, 4))
            for _ in range(1 + int(rng.exponential(8.0))):
                out += self.superframe()
            return out + [self.data(2, self._link_control[1])] * int(rng.integers(1, 3))
        out = [self.data(3, bits(rng, 196))] * int(rng.integers(0, 8))
        blocks = 1 + int(rng.exponential(8.0))
        return out + [self.data(k, bits(rng, 196)) for k in [6] + [7] * blocks]

    def rest(self) -> list[np.ndarray]:
        """What a base station sends while no one talks: idle messages and some signalling."""
        rng = self._rng
        count = 1 + int(rng.exponential(30.0))
        if rng.random() < 0.4:
            return [self.data(3, self._signalling.message()) for _ in range(count)]
        kind, info = (9, _idle()) if rng.random() < 0.8 else (2, self._link_control[1])
        return [self.data(kind, info)] * count

    def bursts(self, count: int) -> np.ndarray:
        """``count`` bursts in a row, from a random place of a call or of a pause."""
        out: list[np.ndarray] = []
        while len(out) < count + 60:
            out += self.call() if self._rng.random() < self._load else self.rest()
        return crop(self._rng, np.array(out), count)


def _base(rng: Rng, seconds: float) -> np.ndarray:
    """Both slots, without pause; the station of a small network goes off between calls."""
    pulse, deviation = _draw_pulse(rng), deviate(rng)
    both = choice(rng, ((0.9, 0.9), (0.9, 0.1), (0.9, 0.0), (0.1, 0.0), (0.0, 0.0)))
    loads = both if rng.random() < 0.5 else both[::-1]
    voice = float(choice(rng, (1.0, 0.9, 0.5, 0.1)))
    slots = [_Slot(rng, "base", load, voice) for load in loads]
    control = _access_channel(rng)

    def over(length: float) -> np.ndarray:
        pairs = int(length / 0.06) + 2
        sent = np.empty((2 * pairs, 288), np.int64)
        sent[0::2, 24:], sent[1::2, 24:] = (slot.bursts(pairs) for slot in slots)
        sent[:, :24] = np.resize(control, (2 * pairs, 24))
        symbols = levels(sent.ravel())[int(rng.integers(288)) :][: int(length * BAUD) + 1]
        return modulate_frequency(rng, symbols, pulse, PER_SYMBOL, deviation * STEP_HZ / RATE)

    always = all_the_time(rng, seconds) if rng.random() < 0.6 else draw_overs(rng, seconds)
    return send_overs(rng, seconds, RATE, over, rng.uniform(0.5e-3, 3e-3), always)


def _hand_held(rng: Rng, seconds: float) -> np.ndarray:
    """One slot in 60 ms, towards a base station or in direct mode."""
    pulse, deviation = _draw_pulse(rng), deviate(rng)
    sender = choice(rng, ("mobile", "mobile", "direct"))
    slot = _Slot(rng, sender, 1.0, float(choice(rng, (1.0, 0.8, 0.2))))
    ramp_s = log_uniform(rng, 0.1e-3, 1.2e-3)
    # The ramps lie beside the 27.5 ms.
    edge = int(np.ceil(ramp_s * BAUD))
    n = (132 + 2 * edge) * PER_SYMBOL

    def over(length: float) -> np.ndarray:
        count = int(length / 0.06) + 2
        sent = slot.bursts(count) if rng.random() < 0.6 else np.resize(slot.call(), (count, 264))
        frame = round(0.06 * RATE)
        out = np.zeros(count * frame, np.complex64)
        gate = ramps(n, ramp_s * RATE)
        for k, burst in enumerate(sent):
            symbols = np.pad(levels(burst), edge)
            wave = modulate_frequency(rng, symbols, pulse, PER_SYMBOL, deviation * STEP_HZ / RATE)
            out[k * frame : k * frame + n] = wave * gate
        return out

    return send_overs(rng, seconds, RATE, over, 0.0)


def _access_channel(rng: Rng) -> np.ndarray:
    """The CACH of 24 bits before each slot: which slot follows, and a short message in four."""
    out = np.tile(bits(rng, 4 * 24).reshape(4, 24), (2, 1))
    out[0::2, 4], out[1::2, 4] = 0, 1
    return out


@functools.cache
def _idle() -> np.ndarray:
    """The idle message in the block product turbo code (196, 96) of annex B.1.1."""
    rows = np.zeros((13, 15), np.int64)
    rows[:9, :11] = np.concatenate([[0, 0, 0], _IDLE]).reshape(9, 11)
    rows[:9, 11:] = rows[:9, :11] @ _ROW_CHECKS % 2
    rows[9:] = (rows[:9].T @ _COLUMN_CHECKS % 2).T
    coded = np.concatenate([[0], rows.ravel()])
    out = np.empty(196, np.int64)
    out[np.arange(196) * 181 % 196] = coded
    return out


def _draw_pulse(rng: Rng) -> np.ndarray:
    rolloff = 0.2 if rng.random() < 0.8 else rng.uniform(0.18, 0.35)
    return make_pulse(root_raised_cosine(rolloff), PER_SYMBOL)

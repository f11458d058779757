# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes contactless cards at 13.56 MHz: NFC-A, B, F (ISO 14443, FeliCa) and V (ISO 15693).

A reader keys its field; a card answers by loading the field slightly. A recording is the envelope
of the field (real-valued, as from a diode or the magnitude of I/Q) or I/Q around the carrier. Times
are counted in carrier cycles, as in the standards.
"""

from __future__ import annotations

import numpy as np
import scipy.signal
from gnuradio.rfattn.signals.waveform import carrier

from .receiver import Received, receive
from .waves.waveform import (
    Emission,
    Rng,
    choice,
    log_uniform,
    sample_hold,
)

CARRIER = 13.56e6
ETU = 128
"""Cycles of a bit at 106 kbit/s."""

_ONES = (0.5, 0.5, 0.25, 0.1)

Pieces = list[tuple[float, float]]
"""Field strengths, each with the number of cycles that it lasts."""


def nfc_a(rng: Rng, count: int) -> Received:
    return _record(rng, count, _TypeA(rng))


def nfc_b(rng: Rng, count: int) -> Received:
    return _record(rng, count, _TypeB(rng))


def nfc_f(rng: Rng, count: int) -> Received:
    return _record(rng, count, _TypeF(rng))


def nfc_v(rng: Rng, count: int) -> Received:
    return _record(rng, count, _TypeV(rng))


class _TypeA:
    """The reader sends modified Miller code with deep pauses. The card keys a subcarrier of
    847.5 kHz at 106 kbit/s and reverses its phase at higher rates."""

    name = "nfc_a"
    load_db = (-34.0, -14.0)

    def __init__(self, rng: Rng):
        self._speed = choice(rng, (1, 1, 1, 1, 2, 2, 4, 8))
        self._pause = rng.uniform(0.22, 0.34) if self._speed == 1 else rng.uniform(0.3, 0.45)
        self._low = rng.uniform(0.0, 0.06) if self._speed == 1 else rng.uniform(0.05, 0.5)
        self.sublabel = f"{106 * self._speed}kbps"

    def poll(self, rng: Rng) -> Pieces:
        bit = ETU / self._speed
        gap = self._pause * bit
        pieces, previous = [(self._low, gap), (1.0, bit - gap)], 0
        for value in _with_parity(rng, int(choice(rng, (1, 2, 4, 9, 16, 40)))):
            if value:
                pieces += [(1.0, bit / 2), (self._low, gap), (1.0, bit / 2 - gap)]
            elif previous:
                pieces += [(1.0, bit)]
            else:
                pieces += [(self._low, gap), (1.0, bit - gap)]
            previous = value
        return [*pieces, (1.0, 2 * bit)]

    def listen(self, rng: Rng) -> Pieces:
        data = _with_parity(rng, int(choice(rng, (2, 5, 3, 18, 40, 120))))
        if self._speed == 1:
            halves = np.concatenate([[1, 0], *((1, 0) if b else (0, 1) for b in data)])
            return _key_subcarrier(halves, ETU / 2, 16)
        return _reverse_subcarrier([*[0] * 32, *data], ETU / self._speed, 16)


class _TypeB:
    """The reader keys plain bits with a shallow depth. The card reverses the phase of 847.5 kHz."""

    name = "nfc_b"
    load_db = (-34.0, -12.0)

    def __init__(self, rng: Rng):
        self._speed = choice(rng, (1, 1, 1, 2, 4))
        self._low = 1 - rng.uniform(0.14, 0.65)
        self._guard = int(rng.integers(0, 3))
        self.sublabel = f"{106 * self._speed}kbps"

    def _characters(self, rng: Rng, count: int) -> list[int]:
        out = [*[0] * int(rng.integers(10, 12)), *[1] * int(rng.integers(2, 4))]
        ones = choice(rng, _ONES)
        for _ in range(count):
            out += [0, *_octets(rng, 1, ones), 1, *[1] * self._guard]
        return [*out, *[0] * 10]

    def poll(self, rng: Rng) -> Pieces:
        levels = self._characters(rng, int(choice(rng, (5, 5, 11, 20, 40))))
        return [(1.0 if b else self._low, ETU / self._speed) for b in [*levels, 1, 1]]

    def listen(self, rng: Rng) -> Pieces:
        lead = [1] * int(rng.integers(10, 25))
        data = self._characters(rng, int(choice(rng, (3, 14, 14, 20, 60))))
        return _reverse_subcarrier([*lead, *data, 1, 1], ETU / self._speed, 16)


class _TypeF:
    """Both send Manchester code at 212 or 424 kbit/s after 48 zeros, without a subcarrier."""

    name = "nfc_f"
    load_db = (-32.0, -12.0)

    def __init__(self, rng: Rng):
        self._speed = choice(rng, (2, 2, 4))
        self._low = 1 - rng.uniform(0.1, 0.6)
        self._reversed = rng.random() < 0.5
        self.sublabel = f"{106 * self._speed}kbps"

    def _frame(self, rng: Rng) -> np.ndarray:
        sync = np.unpackbits(np.array([0xB2, 0x4D], np.uint8))
        data = [
            *[0] * 48,
            *sync,
            *_octets(rng, int(choice(rng, (6, 18, 18, 20, 40, 100))), choice(rng, _ONES)),
        ]
        halves = np.concatenate([(0, 1) if b else (1, 0) for b in data])
        return 1 - halves if self._reversed else halves

    def poll(self, rng: Rng) -> Pieces:
        return [(self._low if h else 1.0, ETU / self._speed / 2) for h in self._frame(rng)]

    def listen(self, rng: Rng) -> Pieces:
        return [(float(h), ETU / self._speed / 2) for h in self._frame(rng)]


class _TypeV:
    """The reader sends pauses of 9.44 µs in one of 4 or 256 places. The card keys 423.75 kHz, alone
    or alternating with 484.28 kHz."""

    name = "nfc_v"
    load_db = (-34.0, -12.0)
    SLOT = 128

    def __init__(self, rng: Rng):
        self._low = choice(rng, (rng.uniform(0, 0.08), 1 - rng.uniform(0.18, 0.4)))
        self._wide = rng.random() < 0.05
        self._dual = rng.random() < 0.25
        self._slow = rng.random() < 0.15
        self.sublabel = f"1of{256 if self._wide else 4}_{'dual' if self._dual else 'single'}"

    def _places(self, places) -> Pieces:
        """Pauses in slots of 9.44 µs."""
        out: Pieces = []
        for place, of in places:
            out += [(1.0, self.SLOT * place), (self._low, self.SLOT)]
            out += [(1.0, self.SLOT * (of - place - 1))]
        return out

    def poll(self, rng: Rng) -> Pieces:
        octets = int(choice(rng, (3, 5, 5, 11, 13)))
        start, end = (
            [(0, 4 if self._wide else 5), (3 if self._wide else 0, 4 if self._wide else 3)],
            [(2, 4)],
        )
        if self._wide:
            data = [(2 * int(rng.integers(256)) + 1, 512) for _ in range(min(octets, 3))]
        else:
            data = [(2 * int(rng.integers(4)) + 1, 8) for _ in range(4 * octets)]
        return self._places([*start, *data, *end])

    def listen(self, rng: Rng) -> Pieces:
        octets = int(choice(rng, (3, 12, 12, 18, 40)))
        stretch = 4 if self._slow else 1
        pieces: Pieces = []
        pieces += self._half(True, 3 * stretch) + self._half(False, 3 * stretch)
        for value in _octets(rng, octets, choice(rng, _ONES)):
            pieces += self._half(bool(1 - value), stretch) + self._half(bool(value), stretch)
        return pieces + self._half(False, 3 * stretch) + self._half(True, 3 * stretch)

    def _half(self, active: bool, times: int) -> Pieces:
        """Half a bit: 8 cycles of fc/32 if active, otherwise 9 cycles of fc/28 or silence."""
        if active:
            return [(1.0, 16), (0.0, 16)] * (8 * times)
        return [(1.0, 14), (0.0, 14)] * (9 * times) if self._dual else [(0.0, 256 * times)]


def _octets(rng: Rng, count: int, ones: float) -> np.ndarray:
    """Draws the bits of octets; short commands and empty memory have few ones."""
    return (rng.random(8 * count) < ones).astype(int)


def _with_parity(rng: Rng, octets: int) -> np.ndarray:
    data = _octets(rng, octets, choice(rng, _ONES)).reshape(octets, 8)
    return np.column_stack([data, 1 - data.sum(axis=1) % 2]).ravel()


def _key_subcarrier(halves, length: float, cycles: int) -> Pieces:
    periods = int(length / cycles)
    on = [(1.0, cycles / 2), (0.0, cycles / 2)] * periods
    return [piece for h in halves for piece in (on if h else [(0.0, length)])]


def _reverse_subcarrier(values, length: float, cycles: int) -> Pieces:
    periods = max(1, int(length / cycles))
    pair = [(1.0, cycles / 2), (0.0, cycles / 2)]
    return [piece for v in values for piece in (pair if v else pair[::-1]) * periods]


KINDS = {kind.name: kind for kind in (_TypeA, _TypeB, _TypeF, _TypeV)}
"""Makes the reader and the card of each class from random numbers."""


def _record(rng: Rng, count: int, kind) -> Received:
    rate = 10e6 * log_uniform(rng, 0.55, 1.7)
    envelope, spans = dialogue(rng, count, rate, kind)
    name = f"{kind.name}_{kind.sublabel}"
    if rng.random() < 0.3:
        oscillation = carrier(rng.normal(0, 0.05), count, rng.random())
        width = min(1.0, 4e6 / rate)
        emission = Emission(envelope * oscillation, rate, width, spans, name + "_iq")
        return receive(rng, emission, rng.uniform(32, 65))
    strength = rng.uniform(0.1, 0.7)
    noise = rng.standard_normal(count, np.float32) * 10 ** (rng.uniform(-78, -52) / 20)
    samples = strength * np.abs(envelope) + noise
    for _ in range(rng.poisson(1.0)):
        level = 10 ** (rng.uniform(-80, -55) / 20)
        samples = samples + level * carrier(rng.uniform(0.02, 0.5), count).real
    return Received(
        samples.astype(np.float32), "ri16_le", 2.0 ** -choice(rng, (11, 15, 15)), rate, spans, name
    )


def dialogue(rng: Rng, count: int, rate: float, kind) -> tuple[np.ndarray, tuple]:
    """The envelope of the field with polls and answers, and their spans."""
    pieces: Pieces = [(1.0, rng.uniform(0.0, 0.25) * count / rate * CARRIER)]
    loads: Pieces = [(0.0, pieces[0][1])]
    spans, now = [], pieces[0][1]

    def wait(cycles: float):
        nonlocal now
        pieces.append((1.0, cycles))
        loads.append((0.0, cycles))
        now += cycles

    def send(part: Pieces, card: bool):
        nonlocal now
        length = sum(d for _, d in part)
        (loads if card else pieces).extend(part)
        (pieces if card else loads).append((0.0 if not card else 1.0, length))
        spans.append((now, now + length))
        now += length

    pace = log_uniform(rng, 2000, 120000)
    answer = log_uniform(rng, 900, 9000)
    total = count / rate * CARRIER
    while now < total:
        send(kind.poll(rng), False)
        if rng.random() < 0.85:
            wait(answer * rng.uniform(0.9, 1.3))
            send(kind.listen(rng), True)
        wait(pace * rng.uniform(0.5, 2.0))
    scale = rate / CARRIER
    field = _response(rng, _hold_pieces(pieces, scale, count), rate, True)
    load = _response(rng, _hold_pieces(loads, scale, count), rate, False)
    depth = 10 ** (rng.uniform(*kind.load_db) / 20) * rng.choice([-1.0, 1.0])
    drift = 1 + rng.uniform(-0.05, 0.05) * np.linspace(0, 1, count)
    inside = tuple(
        (int(a * scale), min(count, int(b * scale))) for a, b in spans if a * scale < count - 64
    )
    return (field * (1 + depth * load) * drift).astype(np.float32), inside


def _hold_pieces(pieces: Pieces, scale: float, count: int) -> np.ndarray:
    levels, durations = np.array(pieces).T
    edges = np.concatenate([[0.0], np.cumsum(durations)]) * scale
    return sample_hold(edges, levels, count)


def _response(rng: Rng, values: np.ndarray, rate: float, resonant: bool) -> np.ndarray:
    """Filters as antenna and detector do: one or two poles with a little ringing."""
    corner = log_uniform(rng, 0.5e6, 4e6) if resonant else log_uniform(rng, 2e6, 12e6)
    pole = np.exp(-2 * np.pi * corner / rate)
    start = scipy.signal.lfilter_zi([1 - pole], [1, -pole]) * values[0]
    values = scipy.signal.lfilter([1 - pole], [1, -pole], values, zi=start)[0]
    if rng.random() < 0.4:
        angle = 2 * np.pi * rng.uniform(0.3e6, 2e6) / rate
        r = rng.uniform(0.5, 0.85)
        a = [1, -2 * r * np.cos(angle), r * r]
        values = scipy.signal.lfilter(
            [sum(a)], a, values, zi=scipy.signal.lfilter_zi([sum(a)], a) * values[0]
        )[0]
    return values

# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes control channels of older trunked radio, and TETRAPOL; none of them is a class."""

from __future__ import annotations

import numpy as np
from gnuradio.rfattn.signals.waveform import carrier

from ...waves.keying import Signal
from ...waves.waveform import Rng, bits, choice, nrz
from .mobile_content import Messages
from .mobile_modem import crop, deviate, hex_bits, modulate_gaussian, on_air


def _stream(rng: Rng, count: int, block, size: int) -> np.ndarray:
    """``count`` bits of blocks without pause, from a random bit of the first."""
    parts = [block() for _ in range(count // size + 3)]
    return crop(rng, np.concatenate(parts), count)


def tetrapol(rng: Rng, seconds: float) -> Signal:
    """TETRAPOL: GMSK of 8 kb/s, BT 0.25, frames of 20 ms with 8 bits of synchronisation."""
    baud, rate = 8e3, 32e3
    messages = Messages(rng, 152, float(choice(rng, (0.1, 0.5, 1.0))))
    sync = np.array([0, 1, 1, 0, 0, 0, 1, 0])

    def frame() -> np.ndarray:
        return np.concatenate([sync, messages.message()])

    sent = _stream(rng, int(seconds * baud) + 8, frame, 160)
    symbols = 2.0 * (sent ^ np.roll(sent, 1)) - 1
    wave = modulate_gaussian(rng, symbols, 4, baud / 4 / rate, 0.25)
    return on_air(rng, wave[: round(seconds * rate)], rate, 400.0)


def mpt1327(rng: Rng, seconds: float) -> Signal:
    """MPT 1327: 1200 and 1800 Hz on FM, slots of 106.7 ms of two codewords."""
    baud, rate = 1200.0, 24e3
    deviation = float(choice(rng, (1500.0, 3000.0))) * deviate(rng)
    system, messages = bits(rng, 32), Messages(rng, 64)
    preamble, sync = hex_bits("AAAA"), hex_bits("C4D7")

    def slot() -> np.ndarray:
        return np.concatenate([system, preamble, sync, messages.message()])

    sent = _stream(rng, int(seconds * baud) + 4, slot, 128)
    tone = carrier(nrz(np.where(sent == 1, 1200.0, 1800.0), rate / baud) / rate).imag
    wave = carrier(deviation / rate * tone, None, rng.random())[: round(seconds * rate)]
    return on_air(rng, wave, rate, rng.uniform(0.3, 2) * 450.0)


def edacs(rng: Rng, seconds: float) -> Signal:
    """EDACS: a control channel of 9600 b/s (4800 in narrow channels), slots of 288 bits; each
    message is sent three times, inverted in the middle."""
    narrow = rng.random() < 0.25
    baud = 4800.0 if narrow else 9600.0
    rate, deviation = 4 * baud, (1500.0 if narrow else 2600.0) * deviate(rng)
    sync, messages = hex_bits("555557125555"), Messages(rng, 40)

    def slot() -> np.ndarray:
        first, second = messages.message(), messages.message()
        return np.concatenate([sync, first, 1 - first, first, second, 1 - second, second])

    sent = _stream(rng, int(seconds * baud) + 4, slot, 288)
    wave = modulate_gaussian(rng, 2.0 * sent - 1, 4, deviation / rate, rng.uniform(0.4, 0.8))
    return on_air(rng, wave[: round(seconds * rate)], rate, 860.0)


def motorola_type2(rng: Rng, seconds: float) -> Signal:
    """Motorola's control channel of 3600 b/s: words of 84 bits, the first 8 of them fixed."""
    baud, rate = 3600.0, 28800.0
    deviation = rng.uniform(2000, 3600)
    sync, messages = hex_bits("AC"), Messages(rng, 76)

    def word() -> np.ndarray:
        return np.concatenate([sync, messages.message()])

    sent = _stream(rng, int(seconds * baud) + 4, word, 84)
    wave = modulate_gaussian(rng, 2.0 * sent - 1, 8, deviation / rate, rng.uniform(0.6, 1.5))
    return on_air(rng, wave[: round(seconds * rate)], rate, 860.0)

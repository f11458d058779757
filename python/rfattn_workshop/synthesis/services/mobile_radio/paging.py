# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes pagers' signals: POCSAG (ITU-R M.584) and FLEX, by direct frequency shift keying."""

from __future__ import annotations

import numpy as np
from gnuradio.rfattn.signals.waveform import carrier

from ...waves.keying import Signal, send
from ...waves.waveform import (
    Rng,
    bits,
    choice,
    log_uniform,
    nrz,
    smooth,
)
from .mobile_modem import crop, deviate, hex_bits, on_air

RATE = 38400.0
POCSAG_SYNC, POCSAG_IDLE = hex_bits("7CD215D8"), hex_bits("7A89C197")
_GENERATOR = 0b11101101001
"""x^10 + x^9 + x^8 + x^6 + x^5 + x^3 + 1, of the code (31, 21)."""


def codeword(data: int) -> np.ndarray:
    """32 bits of a codeword with 21 bits of data, 10 of the code and one of even parity."""
    rest = data << 10
    for k in range(20, -1, -1):
        if rest >> (k + 10) & 1:
            rest ^= _GENERATOR << k
    word = data << 10 | rest
    return np.array([*(int(bit) for bit in f"{word:031b}"), word.bit_count() & 1])


def pocsag(rng: Rng, seconds: float) -> Signal:
    """POCSAG of 512, 1200 or 2400 b/s: 4.5 kHz to either side, 576 bits of preamble, batches."""
    baud = float(choice(rng, (512.0, 1200.0, 1200.0, 2400.0)))
    nominal = 4500.0 if rng.random() < 0.85 else float(choice(rng, (2500.0, 3500.0, 4000.0)))
    deviation = nominal * deviate(rng) * (1 if rng.random() < 0.95 else -1)
    keyer = _draw_keyer(rng, baud, deviation)
    busy = rng.uniform(0.1, 1.0)
    error = rng.uniform(0.2, 3.0) * 1e-6 * choice(rng, (148e6, 169e6, 439e6, 466e6, 929e6))

    def transmission(preamble: int) -> np.ndarray:
        batches = 1 + min(int(rng.exponential(4.0)), int(seconds * baud / 544) + 1)
        parts = [np.resize([1, 0], preamble)]
        parts += [_batch(rng, busy) for _ in range(batches)]
        # The level of a 1 is the lower frequency.
        return keyer(1.0 - 2.0 * np.concatenate(parts))

    if rng.random() < 0.5:
        gap = log_uniform(rng, 0.3, 10.0)
        wave = _in_progress(rng, transmission(576), RATE, seconds, gap, lambda: transmission(576))
    else:
        lead = 576 if rng.random() < 0.7 else int(rng.integers(576, 1500))
        wave = send(
            rng, seconds, RATE, lambda: transmission(lead), lambda: rng.uniform(0.2, 5.0), 0.001
        ).samples
    return on_air(rng, wave, RATE, error)


def _in_progress(rng: Rng, wave, rate: float, seconds: float, gap: float, again) -> np.ndarray:
    """A transmission that has begun before, a pause, and others."""
    n = round(seconds * rate)
    out = np.zeros(n, np.complex64)
    place = -int(rng.uniform(0, 0.9) * len(wave))
    while place < n:
        part = wave[max(0, -place) :][: n - max(0, place)]
        out[max(0, place) : max(0, place) + len(part)] = part
        place += len(wave) + int(gap * rng.uniform(0.5, 1.5) * rate)
        wave = again()
    return out


def _batch(rng: Rng, busy: float) -> np.ndarray:
    """544 bits: synchronisation and 16 codewords: addresses, messages that follow, idle ones."""
    words = [POCSAG_SYNC]
    while len(words) < 17:
        if rng.random() > busy:
            words.append(POCSAG_IDLE)
            continue
        words.append(codeword(int(rng.integers(1 << 20))))
        for _ in range(min(int(rng.exponential(4.0)), 17 - len(words))):
            words.append(codeword(1 << 20 | _text(rng)))
    return np.concatenate(words[:17])


def _text(rng: Rng) -> int:
    """20 bits of a message: digits of four bits, or a part of text of seven."""
    if rng.random() < 0.4:
        return int("".join(f"{d:04b}" for d in rng.integers(0, 10, 5)), 2)
    letters = "".join(f"{d:07b}"[::-1] for d in rng.integers(97, 123, 3))
    return int(letters[:20], 2)


def _draw_keyer(rng: Rng, baud: float, deviation: float):
    """What turns levels from -1 to 1 into a carrier: a low-pass filter of the transmitter's, from
    barely filtered to the corner that the standard allows."""
    corner = max(log_uniform(rng, 1.2e3, 9e3), 0.6 * baud)
    width = np.sqrt(np.log(2)) / (2 * np.pi) * RATE / corner

    def keyer(symbols: np.ndarray) -> np.ndarray:
        frequency = smooth(nrz(symbols, RATE / baud), width)
        return carrier(deviation / RATE * frequency, None, rng.random())

    return keyer


_FLEX_MODES = {
    "1600/2": (1600.0, 2, "870C"),
    "1600/4": (1600.0, 4, "B068"),
    "3200/2": (3200.0, 2, "7B18"),
    "3200/4": (3200.0, 4, "DEA0"),
}
"""Symbols a second, levels, and the code that announces the mode."""


def flex(rng: Rng, seconds: float) -> Signal:
    """FLEX: frames of 1.875 s, two or four levels to 4800 Hz, 1600 or 3200 Bd."""
    modes = list(_FLEX_MODES.values())
    mode = choice(rng, (modes[0], *modes))
    deviation, load = 4800 * deviate(rng), rng.uniform(0, 1)
    slow, fast = (_draw_keyer(rng, baud, deviation) for baud in (1600.0, mode[0]))
    frames = int(seconds / 1.875) + 2
    waves = [part for _ in range(frames) for part in _flex_frame(rng, mode, load, slow, fast)]
    wave = crop(rng, np.concatenate(waves), round(seconds * RATE))
    if rng.random() < 0.3:
        # Some channels send a few frames of each cycle only.
        first, end = np.sort(rng.integers(0, len(wave), 2))
        end = max(end, first + int(0.3 * len(wave)))
        wave[:first], wave[end:] = 0, 0
    error = rng.uniform(0.2, 2.0) * 1e-6 * choice(rng, (169e6, 455e6, 930e6))
    return on_air(rng, wave, RATE, error)


def _flex_frame(rng: Rng, mode: tuple, load: float, slow, fast) -> list[np.ndarray]:
    """The waves of a frame: two synchronisations, frame information, eleven blocks of 160 ms."""
    baud, count, code = mode
    marks = hex_bits(code)
    inverse = 1 - marks
    sync = [np.resize([1, 0], 32), marks, hex_bits("A6C6AAAA"), inverse, bits(rng, 48)]
    head = 2.0 * np.concatenate(sync) - 1
    blocks = [np.resize([1.0, -1.0], round(0.025 * baud))]
    per_block = round(0.16 * baud)
    for _ in range(11):
        if rng.random() < load:
            levels = np.linspace(-1, 1, count)
            blocks.append(levels[rng.integers(0, count, per_block)])
        else:
            # Interleaved words of zeros and of ones in turn.
            blocks.append(np.resize([1.0, -1.0], per_block))
    return [slow(head), fast(np.concatenate(blocks))]

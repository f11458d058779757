# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the digital voice of radio amateurs: D-STAR, System Fusion (C4FM) and M17."""

from __future__ import annotations

import numpy as np

from ...waves.keying import Signal
from ...waves.waveform import Rng, bits, choice, log_uniform
from .mobile_content import Speech, scramble
from .mobile_modem import (
    deviate,
    hex_bits,
    levels,
    make_pulse,
    modulate_frequency,
    modulate_gaussian,
    on_air,
    root_raised_cosine,
    send_overs,
)

BAUD, PER_SYMBOL = 4800.0, 5
RATE = BAUD * PER_SYMBOL


def _least_significant_first(*octets: int) -> np.ndarray:
    return np.array([octet >> k & 1 for octet in octets for k in range(8)])


_DSTAR_SYNC = _least_significant_first(0x55, 0x2D, 0x16)
"""The slow data of each 21st frame."""
_DSTAR_SILENCE = _least_significant_first(0x9E, 0x8D, 0x32, 0x88, 0x26, 0x1A, 0x3F, 0x61, 0xE8)
_DSTAR_FILLER = _least_significant_first(0x16, 0x29, 0xF5)
"""Slow data without content, scrambled."""
_DSTAR_START = np.array([int(bit) for bit in "111011001010000"])
_DSTAR_END = np.concatenate([np.tile([1, 0], 16), [int(bit) for bit in "0001001101011110"]])


def _draw_error(rng: Rng) -> float:
    """The greatest error of an amateur's carrier on 2 m, 70 cm or 23 cm, in Hz."""
    return rng.uniform(0.3, 3.0) * 1e-6 * choice(rng, (145e6, 145e6, 435e6, 435e6, 1297e6))


def dstar(rng: Rng, seconds: float) -> Signal:
    """D-STAR: GMSK of 4800 b/s; a header of 660 bits, then a voice frame each 20 ms."""
    bt = 0.5 if rng.random() < 0.6 else rng.uniform(0.3, 0.7)
    deviation = 1200 * deviate(rng) / RATE
    # Repeaters and hotspots send a preamble of 64 bits or much longer.
    preamble = np.resize([1, 0], int(log_uniform(rng, 64, 1500)))
    speech, message = Speech(rng, 72, _DSTAR_SILENCE), bits(rng, 20 * 24).reshape(20, 24)
    header = bits(rng, 660)
    silent = rng.random(20) < choice(rng, (0.0, 0.3, 0.9))
    message[silent] = _DSTAR_FILLER

    def over(length: float) -> np.ndarray:
        parts = [preamble, _DSTAR_START, header]
        for k in range(max(1, int((length * BAUD - len(preamble) - 675) / 96))):
            place = k % 21
            parts += [speech.frame(), message[place - 1] if place else _DSTAR_SYNC]
        symbols = 2.0 * np.concatenate([*parts, _DSTAR_END]) - 1
        return modulate_gaussian(rng, symbols, PER_SYMBOL, deviation, bt)

    wave = send_overs(rng, seconds, RATE, over, log_uniform(rng, 0.3e-3, 5e-3))
    return on_air(rng, wave, RATE, _draw_error(rng))


_FUSION_SYNC = hex_bits("D471C9634D")
_WHITE = scramble(720, (0, 4), 0x1C9)


def _fusion_frame(mode: str, speech: Speech, data: np.ndarray) -> np.ndarray:
    """The 720 bits after the frame information channel of a frame of 100 ms."""
    if mode == "full":
        return speech.frames(5)
    if mode == "data":
        return data
    return np.concatenate([np.concatenate([data[40 * k :][:40], speech.frame()]) for k in range(5)])


def ysf(rng: Rng, seconds: float) -> Signal:
    """System Fusion: four-level FSK of 4800 Bd to 2700 Hz, frames of 100 ms.

    Speech with data (V/D), speech at full rate, data at full rate; half the deviation in narrow
    mode.
    """
    mode = choice(rng, ("half", "half", "half", "full", "data"))
    narrow = 0.5 if rng.random() < 0.15 else 1.0
    rolloff = 0.2 if rng.random() < 0.8 else rng.uniform(0.18, 0.4)
    pulse, step = make_pulse(root_raised_cosine(rolloff), PER_SYMBOL), 900 * narrow * deviate(rng)
    speech = Speech(rng, 104 if mode == "half" else 144)
    information, shared = bits(rng, 8 * 200).reshape(8, 200), bits(rng, 8 * 720).reshape(8, 720)

    # Radios send turns between the outer levels first, for 50 ms or so; hotspots do not.
    preamble = np.resize(hex_bits("7"), 2 * int(choice(rng, (0, 240, 240, rng.integers(20, 480)))))

    def over(length: float) -> np.ndarray:
        frames = [preamble]
        count = max(2, int(length / 0.1))
        for k in range(count):
            # The first and the last frame carry call signs only.
            edge = k in (0, count - 1)
            fresh = mode == "data" and not edge
            data = bits(rng, 720) if fresh else shared[k % 8]
            content = data if edge else _fusion_frame(mode, speech, data)
            frames += [_FUSION_SYNC, information[k % 8], content ^ _WHITE]
        symbols = levels(np.concatenate(frames))
        return modulate_frequency(rng, symbols, pulse, PER_SYMBOL, step / RATE)

    wave = send_overs(rng, seconds, RATE, over, log_uniform(rng, 0.3e-3, 5e-3))
    return on_air(rng, wave, RATE, _draw_error(rng))


def m17(rng: Rng, seconds: float) -> Signal:
    """M17: four-level FSK of 4800 Bd to 2400 Hz, roll-off 0.5, frames of 40 ms."""
    pulse = make_pulse(root_raised_cosine(0.5), PER_SYMBOL)
    step = 800 * deviate(rng)
    setup, speech = bits(rng, 368), Speech(rng, 272)
    links = bits(rng, 6 * 96).reshape(6, 96)
    order = rng.permutation(368)

    def over(length: float) -> np.ndarray:
        parts = [np.resize(hex_bits("7"), 384), hex_bits("55F7"), setup]
        for k in range(max(1, int(length / 0.04) - 2)):
            parts += [
                hex_bits("FF5D"),
                np.concatenate([links[k % 6], speech.frame()])[order],
            ]
        symbols = levels(np.concatenate([*parts, np.resize(hex_bits("555D"), 384)]))
        return modulate_frequency(rng, symbols, pulse, PER_SYMBOL, step / RATE)

    wave = send_overs(rng, seconds, RATE, over, log_uniform(rng, 0.3e-3, 5e-3))
    return on_air(rng, wave, RATE, _draw_error(rng))

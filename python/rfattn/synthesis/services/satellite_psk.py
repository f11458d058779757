# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the PSK downlinks of satellites: LRPT, ORBCOMM, Inmarsat, small satellites.

Coded and scrambled data are as good as random; what repeats are sync words, fill and framing.
"""

from __future__ import annotations

import numpy as np

from ..keying import Signal, wander
from ..waveform import Rng, bits, carrier, choice, log_uniform
from .framing import ccsds_randomizer, convolve, payload, word
from .shaping import (
    continuous,
    cosine,
    detune,
    follow_pass,
    offset_qpsk,
    saturate,
    shape,
    smooth_rate,
    split_phase,
    square,
    transmit,
)

_REACH = 10
"""Symbols to either side over which a root-raised cosine extends."""


def quarter_turns(turns: np.ndarray) -> np.ndarray:
    """Points of QPSK or BPSK on the axes."""
    return (1j ** (turns % 4)).astype(np.complex64)


def lrpt(rng: Rng, seconds: float) -> Signal:
    """Meteor-M: QPSK or offset QPSK of 72 or 80 kBd, root-raised cosine 0.6.

    Frames of 1024 bytes with a sync word, randomised (CCSDS) and convolutionally coded.
    """
    offset = rng.random() < 0.5
    baud = float(choice(rng, (72e3, 80e3))) if offset else 72e3
    rate = smooth_rate(rng.uniform(1.9, 3.2) * 1.6 * baud)
    count = int(seconds * baud) + 64
    frames = [
        np.concatenate([word(0x1ACFFC1D, 32), bits(rng, 8160) ^ ccsds_randomizer(8160)])
        for _ in range(count // 8192 + 2)
    ]
    coded = convolve(np.concatenate(frames))[2 * int(rng.integers(8192)) :][: 2 * count]
    symbols = ((2.0 * coded[::2] - 1) + 1j * (2.0 * coded[1::2] - 1)).astype(np.complex64)
    if offset:
        wave = offset_qpsk(symbols, baud, rate, 0.6)
    else:
        wave = shape(symbols, baud, rate, cosine(0.6), _REACH)
    signal = continuous(saturate(rng, wave), seconds, rate)
    return follow_pass(rng, signal, choice(rng, (137.1e6, 137.9e6)))


def orbcomm(rng: Rng, seconds: float) -> Signal:
    """ORBCOMM's subscriber downlink: symmetric DPSK of 4800 Bd, root-raised cosine 0.4.

    Minor frames of a second: a packet with the sync word 65A8F9, then 49 packets of 12 bytes, of
    which many repeat or are fill.
    """
    rate, baud = smooth_rate(rng.uniform(1.9, 4) * 6700), 4800.0
    count = int(seconds * baud) + 64
    fill, load = payload(rng, 12), rng.random()
    packets = []
    for number in range(int(rng.integers(50)), count // 96 + 52):
        if number % 50 == 0:
            packets.append(np.concatenate([word(0x65A8F9, 24), bits(rng, 72)]))
        else:
            packets.append(bits(rng, 96) if rng.random() < load else fill)
    data = np.concatenate(packets)[int(rng.integers(96)) :][:count]
    symbols = quarter_turns(np.cumsum(2 * data - 1))
    signal = continuous(shape(symbols, baud, rate, cosine(0.4), _REACH), seconds, rate)
    return follow_pass(rng, signal, 137.5e6)


def inmarsat(rng: Rng, seconds: float) -> Signal:
    """Inmarsat-C and Aero channels, continuous, or bursts from terminals.

    C: BPSK of 1200 Bd in frames of 64 rows of 162 symbols, each after two of the unique word.
    Aero: BPSK of 600 or 1200 Bd whose axis turns each symbol (0.4), and offset QPSK of 8400 (0.6)
    and 10500 Bd (1.0).
    """
    kind = choice(rng, ("c", "c", 600, 1200, 8400, 10500))
    baud = 1200.0 if kind == "c" else float(kind)
    rolloff = {600: 0.4, 1200: 0.4, 8400: 0.6, 10500: 1.0}.get(kind, rng.uniform(0.4, 1.0))
    rate = smooth_rate(rng.uniform(2, 4) * (1 + rolloff) * baud)
    burst = kind != "c" and kind != 8400 and rng.random() < 0.3

    def modulate(data: np.ndarray) -> np.ndarray:
        if baud > 2000:
            pairs = data[: len(data) // 2 * 2].reshape(-1, 2)
            points = (2.0 * pairs[:, 0] - 1) + 1j * (2.0 * pairs[:, 1] - 1)
            return offset_qpsk(points.astype(np.complex64), baud, rate, rolloff)
        turned = 0 if kind == "c" else np.arange(len(data))
        return shape(quarter_turns(2 * data + turned), baud, rate, cosine(rolloff), _REACH)

    per_symbol = 2 if baud > 2000 else 1
    if burst:
        signal = _terminal(rng, seconds, rate, baud * per_symbol, modulate)
    else:
        data = bits(rng, per_symbol * (int(seconds * baud) + 64))
        if kind == "c":
            data = _rows(rng, len(data))
        signal = continuous(modulate(data), seconds, rate)
    drift = wander(rng, seconds, rate, log_uniform(rng, 1, 60))
    return detune(signal, rng.normal(0, 0.02) * baud + drift)


def _rows(rng: Rng, count: int) -> np.ndarray:
    rows = bits(rng, (count // 162 + 2) * 162).reshape(-1, 162)
    unique = np.random.default_rng(7).integers(0, 2, 64)
    rows[:, :2] = unique[(np.arange(len(rows)) + int(rng.integers(64))) % 64, None]
    return rows.ravel()[int(rng.integers(162)) :][:count]


def _terminal(rng: Rng, seconds: float, rate: float, bit_rate: float, modulate) -> Signal:
    """Bursts from aircraft: alternating bits, a unique word, coded data; each at its level."""
    unique, gap = bits(rng, 32), log_uniform(rng, 0.2, 8)
    lead = int(rng.uniform(0.05, 0.15) * bit_rate)

    def burst():
        length = int(log_uniform(rng, 0.2, 3.0) * bit_rate)
        data = np.concatenate([np.arange(lead) % 2, unique, bits(rng, length)])
        tone = np.zeros(int(0.02 * rng.integers(4) * bit_rate), np.int64)
        wave = modulate(np.concatenate([tone, data]))
        offset = carrier(rng.normal(0, 0.02) * bit_rate / rate, len(wave))
        return wave * offset * 10 ** (rng.normal(0, 2) / 20)

    return transmit(rng, seconds, rate, burst, lambda: rng.exponential(gap), 2 / bit_rate)


def sat_bpsk(rng: Rng, seconds: float) -> Signal:
    """A small satellite: BPSK of 400 to 50 kBd, often 1200 or 9600, continuous or in packets.

    Plain or differential, of cosine or almost square pulses, Manchester-coded, or with a residual
    carrier, also on a subcarrier.
    """
    baud = float(choice(rng, (400, 1200, 1200, 1200, 2400, 4800, 9600, 9600, 9600, 19200, 50e3)))
    kind = choice(rng, ("cosine", "cosine", "cosine", "square", "manchester", "residual"))
    symbols_a_bit = 2 if kind == "manchester" else 1
    wide = {"cosine": 2.0, "square": 4.0, "manchester": 7.0, "residual": 11.0}[kind]
    rate = smooth_rate(max(1000.0, wide * baud * rng.uniform(1.6, 2.4)))
    rolloff, bt = rng.uniform(0.3, 1.0), log_uniform(rng, 0.4, 1.2)
    index, subcarrier = rng.uniform(0.7, 1.3), choice(rng, (0, 0, 2, 3))
    differential, coded = rng.random() < 0.5, rng.random() < 0.6
    fixed = payload(rng, 64)

    def modulate(seconds_on: float) -> np.ndarray:
        data = _telemetry(rng, int(seconds_on * baud) + 32, fixed, coded)
        levels = 2.0 * (np.cumsum(data) % 2 if differential else data) - 1
        if kind == "cosine":
            return saturate(rng, shape(levels + 0j, baud, rate, cosine(rolloff), _REACH))
        if kind == "square":
            return shape(levels + 0j, baud, rate, square(bt), 2)
        coded_levels = split_phase(levels)
        if kind == "manchester":
            return shape(coded_levels + 0j, symbols_a_bit * baud, rate, square(bt), 2)
        return _residual(coded_levels, levels, baud, rate, index, subcarrier)

    if rng.random() < 0.6:
        signal = continuous(modulate(seconds + 64 / baud), seconds, rate)
    else:
        length, gap = log_uniform(rng, 0.3, 6), log_uniform(rng, 0.1, 8)
        signal = transmit(
            rng,
            seconds,
            rate,
            lambda: modulate(length * rng.uniform(0.7, 1.4)),
            lambda: gap * rng.uniform(0.5, 2),
            log_uniform(rng, 2e-4, 5e-3),
        )
    return follow_pass(rng, signal, choice(rng, (145.9e6, 436e6, 436e6)) * min(1.0, baud / 1200))


def _telemetry(rng: Rng, count: int, fixed: np.ndarray, coded: bool) -> np.ndarray:
    """Frames of 32 to 256 bytes after a sync word; fill in between where they are not coded."""
    parts, have = [], 0
    while have < count:
        frame = 8 * int(rng.integers(32, 257))
        if coded:
            body = convolve(bits(rng, frame))
        else:
            body = np.concatenate([np.resize(fixed, 256), payload(rng, frame // 8)])
        parts += [word(0x1ACFFC1D, 32), body]
        have += 32 + len(body)
    return np.concatenate(parts)[:count]


def _residual(
    manchester: np.ndarray,
    levels: np.ndarray,
    baud: float,
    rate: float,
    index: float,
    subcarrier: int,
) -> np.ndarray:
    """Phase modulation of a carrier that remains, by split-phase bits or a keyed subcarrier."""
    if subcarrier:
        data = shape(levels, baud, rate, square(1.0), 2)
        time = np.arange(len(data)) / rate
        data = data * np.sin(2 * np.pi * subcarrier * baud / 2 * time).astype(np.float32)
    else:
        data = shape(manchester, 2 * baud, rate, square(0.6), 2)
    return np.exp(1j * index * data).astype(np.complex64)


SERVICES = {
    "lrpt": lrpt,
    "orbcomm": orbcomm,
    "inmarsat": inmarsat,
    "sat_bpsk": sat_bpsk,
}
